/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wrap.c - -fatbin, --genco and --ascend: the simulator image in the container that the vendor's library loads.
 * Calls drivers/common/container.h.
 */
#include "tools/tenoncc/wrap.h"

#include <stdlib.h>

bool tncc_wrap(const struct tncc_options *o, const struct tncc_image *images, size_t count)
{
    (void)images;
    (void)count;
    tncc_error(o->out, 0, "unsupported");
    return false;
}
