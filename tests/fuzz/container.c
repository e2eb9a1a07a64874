/* SPDX-License-Identifier: Apache-2.0 */
/* The vendors' containers: what is found lies inside the input. */
#include <stdlib.h>

#include "drivers/common/container.h"
#include "tests/fuzz/target.h"

unsigned long fuzz_accepted;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static const uint32_t widths[] = { 1, 32, 64 };
    if (!bytes)                                 /* would mean a size that is not known */
        return 0;
    if (tn_container_size(data, bytes) > bytes)
        abort();
    for (int i = 0; i < 3; i++) {
        const void *sim = NULL;
        size_t sim_bytes = 0;
        char why[256] = "";
        if (tn_container_find(data, bytes, widths[i], &sim, &sim_bytes, why, sizeof why) != 0) {
            if (!why[0])
                abort();
            continue;
        }
        fuzz_accepted++;
        const uint8_t *at = sim;
        if (at < data || sim_bytes > bytes || at + sim_bytes > data + bytes)
            abort();
        (void)tn_container_table(sim, sim_bytes);
    }
    return 0;
}
