/* SPDX-License-Identifier: Apache-2.0 */
/* Bundles: whatever the reader accepts can be walked to the end. */
#include <stdlib.h>
#include <string.h>

#include "bundle/bundle.h"
#include "tests/fuzz/target.h"

unsigned long fuzz_accepted;

static size_t walk_table(const tn_ktab *table)
{
    size_t sum = 0;
    for (uint32_t k = 0; k < table->kernel_count; k++) {
        const tn_ktab_kernel *kernel = tn_ktab_kernel_at(table, k);
        sum += strlen(tn_ktab_string(table, kernel->name)) + strlen(tn_ktab_string(table, kernel->display)) +
               strlen(tn_ktab_entry(table, kernel));
        for (uint32_t a = 0; a < kernel->arg_count; a++)
            sum += tn_ktab_arg_at(table, kernel, a)->size;
        if (tn_ktab_find_kernel(table, tn_ktab_string(table, kernel->name)) < 0)
            abort();
    }
    for (uint32_t v = 0; v < table->variable_count; v++)
        sum += strlen(tn_ktab_string(table, tn_ktab_variable_at(table, v)->name));
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    tn_bundle *bundle = NULL;
    char why[256] = "";
    volatile size_t sum = 0;
    if (tn_bundle_open_memory(data, bytes, &bundle, why, sizeof why) != TN_BUNDLE_OK) {
        if (bundle || !why[0])
            abort();                    /* a refusal leaves nothing behind and says why */
        return 0;
    }
    fuzz_accepted++;
    for (uint32_t i = 0; i < tn_bundle_image_count(bundle); i++) {
        const tn_bundle_view *view = tn_bundle_image_at(bundle, i);
        sum += strlen(view->target) + strlen(view->features) + walk_table(view->kernels);
        for (size_t b = 0; b < view->bytes; b += 64)
            sum += ((const uint8_t *)view->data)[b];
    }
    tn_bundle_close(bundle);
    return 0;
}
