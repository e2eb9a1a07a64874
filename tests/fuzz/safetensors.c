/* SPDX-License-Identifier: Apache-2.0 */
/* Weight files of the semantic search: what is found lies inside the file. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "samples/semantic_search/problem.h"
#include "samples/semantic_search/safetensors.h"
#include "tests/fuzz/target.h"

unsigned long fuzz_accepted;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    char path[64];
    struct problem problem = { 0 };
    int file = memfd_create("weights", MFD_CLOEXEC);
    if (file < 0 || (bytes && write(file, data, bytes) != (ssize_t)bytes))
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    struct safetensors *weights = safetensors_open(path, &problem);
    if (weights) {
        fuzz_accepted++;
        uint64_t shape[2] = { 0, 0 };
        const uint8_t *at = safetensors_get(weights, "vectors", "F32", 2, shape, &problem);
        volatile uint8_t sum = 0;
        for (uint64_t i = 0; at && i < shape[0] * shape[1] * 4; i += 512)
            sum = (uint8_t)(sum + at[i]);
        safetensors_close(weights);
    }
    close(file);
    return 0;
}
