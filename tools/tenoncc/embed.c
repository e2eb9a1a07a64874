/* SPDX-License-Identifier: Apache-2.0 */
/*
 * embed.c - --embed.
 */
#include "tools/tenoncc/tenoncc.h"

bool tncc_embed(const struct tncc_options *o, const struct tncc_image *images, size_t count)
{
    (void)images;
    (void)count;
    tncc_error(o->out, 0, "--embed is not supported");
    return false;
}
