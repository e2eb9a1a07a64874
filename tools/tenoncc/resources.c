/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resources.c - what each kernel takes on each target, as ptxas -v tells it: for --resource-usage and -Xptxas -v. Calls
 * bundle/ktab.h, and amdgcn_check.c for what the code object's metadata says.
 */
#include <stdio.h>
#include <string.h>

#include "bundle/bundle.h"
#include "bundle/ktab.h"
#include "tools/tenoncc/amdgcn.h"
#include "tools/tenoncc/tenoncc.h"

static void print_kernel(const struct tncc_image *image, const tn_ktab *t, const tn_ktab_kernel *k)
{
    struct tncc_registers r;
    fprintf(stderr, "tenoncc: info: %s for %s%s: %u bytes of arguments, %u bytes of static local memory",
            tn_ktab_string(t, k->display), tn_bundle_kind_name(image->kind),
            *image->target ? tncc_format(" %s", image->target) : "", k->args_bytes, k->static_local_bytes);
    if (image->kind == TN_IMAGE_SIM) {
        if (image->width)
            fprintf(stderr, ", warps of %u", image->width);
        fprintf(stderr, ", scratch memory of %u bytes a block and %u a thread, %u bytes of stack", k->scratch_per_block,
                k->scratch_per_thread, k->stack_bytes);
    }
    if (image->kind == TN_IMAGE_AMDGPU &&
        tncc_amdgcn_registers(image->data, image->bytes, tn_ktab_string(t, k->name), &r))
        fprintf(stderr, ", %u vector and %u scalar registers, %u and %u of them spilled, %u bytes of stack a lane",
                r.vector, r.scalar, r.vector_spills, r.scalar_spills, r.stack);
    if (k->max_threads)
        fprintf(stderr, ", at most %u threads a block", k->max_threads);
    fputs(image->kind == TN_IMAGE_PTX ? "; registers are ptxas's choice\n" : "\n", stderr);
}

void tncc_print_resources(const struct tncc_image *images, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const tn_ktab *t = images[i].ktab;
        for (uint32_t k = 0; k < t->kernel_count; k++)
            print_kernel(&images[i], t, tn_ktab_kernel_at(t, k));
    }
}
