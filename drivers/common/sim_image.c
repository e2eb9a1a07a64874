/* SPDX-License-Identifier: Apache-2.0 */
/* Scores of simulator images: width first, then how many processor features an image makes use of. */
#include "drivers/common/sim_image.h"

#include "bundle/cpu.h"

uint32_t tn_sim_image_score(const tn_driver_image *image, bool simulated, uint32_t width, const char **why)
{
    enum { ANY_WIDTH = 100, THE_WIDTH = 200 };
    char missing[32];
    uint32_t used = 0;
    *why = NULL;
    if (!simulated)
        *why = "simulator images run on simulated devices only";
    else if (image->width && image->width != width)
        *why = "the image was built for warps of a width that this chip does not have";
    else if (!tn_cpu_has(image->features, missing, sizeof missing))
        *why = "the image needs features that this machine's processor does not have";
    if (*why)
        return 0;
    for (const char *at = image->features; *at; at++)
        used += at == image->features || at[-1] == ',';
    return (image->width ? THE_WIDTH : ANY_WIDTH) + used;
}
