/* SPDX-License-Identifier: Apache-2.0 */
/* Simulator images: the engine's own loader refuses or loads, and unloads again. Loaded code is not run. */
#include <stdlib.h>
#include <string.h>

#include "bundle/ktab.h"
#include "drivers/sim/engine/elf.h"
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
    sil__elf elf; /* its line tables are read when a kernel fails */
    char place[64];
    if (sil__elf_read(&elf, data, bytes) != SIL_OK)
        abort();
    elf.file = data;
    elf.bytes = bytes;
    for (uint64_t at = elf.low; at < elf.high && at < elf.low + 65536; at += 1021)
        sil__line_of(&elf, at, place, sizeof place);
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
