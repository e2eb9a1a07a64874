/* SPDX-License-Identifier: Apache-2.0 */
/* Simulator images: the engine's own loader refuses or loads, and unloads again. Loaded code is not run. */
#include <stdlib.h>
#include <string.h>

#include "bundle/ktab.h"
#include "drivers/sim/engine/engine.h"
#include "tests/fuzz/target.h"

unsigned long fuzz_accepted;
static sil_device *device;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static sil_profile profile;
    (void)argc;
    (void)argv;
    if (sil_profile_load("a100", &profile) != SIL_OK || sil_device_create(&profile, 0, &device) != SIL_OK)
        abort();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    sil_module *module = NULL;
    sil_status status = sil_module_load(device, data, bytes, &module);
    if (status != SIL_OK) {
        if (!sil_last_message()[0])
            abort();
        return 0;
    }
    fuzz_accepted++;
    const tn_ktab *table = sil_module_table(module);
    for (uint32_t k = 0; k < table->kernel_count; k++) {
        sil_kernel *kernel;
        if (sil_module_kernel(module, tn_ktab_string(table, tn_ktab_kernel_at(table, k)->name), &kernel) != SIL_OK)
            abort();
    }
    if (sil_module_unload(module) != SIL_OK)
        abort();
    return 0;
}
