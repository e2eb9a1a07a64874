/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ptx.c - the PTX image.
 */
#include "tools/tenoncc/tenoncc.h"

bool tncc_ptx_image(const struct tncc_options *o, struct tncc_unit *unit, struct tncc_image *out)
{
    (void)unit;
    (void)out;
    tncc_error(o->out, 0, "target ptx is not supported");
    return false;
}
