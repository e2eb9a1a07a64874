/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wrap.c - -fatbin, --genco and --ascend: the images that the vendor's container can hold, in it.
 * Calls drivers/common/container.h.
 */
#include "tools/tenoncc/wrap.h"

#include <stdlib.h>
#include <string.h>

#include "drivers/common/container.h"

static tn_container_kind kind_of(enum tncc_output output)
{
    return output == TNCC_GENCO ? TN_CONTAINER_HIP : output == TNCC_ASCEND ? TN_CONTAINER_ASCEND : TN_CONTAINER_FATBIN;
}

bool tncc_wrap(const struct tncc_options *o, const struct tncc_image *images, size_t count)
{
    tn_container_image *parts = tncc_alloc((count + 1) * sizeof *parts);
    unsigned used = 0;
    void *data;
    size_t bytes;
    for (size_t i = 0; i < count; i++)
        if (images[i].kind == TN_IMAGE_SIM || (images[i].kind == TN_IMAGE_PTX && o->output == TNCC_FATBIN) ||
            (images[i].kind == TN_IMAGE_AMDGPU && o->output == TNCC_GENCO))
            parts[used++] = (tn_container_image){ images[i].data, images[i].bytes, images[i].width, images[i].kind,
                                                  images[i].kind == TN_IMAGE_SIM ? NULL : images[i].target };
    int failed = tn_container_wrap(kind_of(o->output), parts, used, &data, &bytes);
    if (failed) {
        tncc_error(o->out, 0, "can't make the container: %s", strerror(failed));
        return false;
    }
    bool good = tncc_write_file(o->out, data, bytes);
    free(data);
    return good;
}
