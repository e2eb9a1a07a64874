/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program with its kernels inside: scale.kernels.o holds the bundle, scale.kernels.h the functions to load and launch them.
 */
#include <stdio.h>
#include <tenon/tenon.h>

#include "scale.kernels.h"

#define TRY(call)                                                                                                      \
    do {                                                                                                               \
        if ((call) != TN_OK) {                                                                                         \
            fprintf(stderr, "%s failed\n", #call);                                                                     \
            return 1;                                                                                                  \
        }                                                                                                              \
    } while (0)

int main(void)
{
    enum { COUNT = 1000 };
    static float values[COUNT];
    tn_runtime runtime;
    tn_device device;
    tn_stream stream;
    tn_module module;
    tn_kernel kernel;
    tn_address memory;
    for (int i = 0; i < COUNT; i++)
        values[i] = (float)i;
    TRY(tn_open(NULL, &runtime));
    TRY(tn_device_get(runtime, 0, &device));
    TRY(scale_load(device, &module));
    TRY(scale_kernel(module, &kernel));
    TRY(tn_stream_create(device, NULL, &stream));
    TRY(tn_memory_alloc(device, sizeof values, &memory));
    TRY(tn_memory_write(stream, memory, values, sizeof values));
    TRY(scale_launch(stream, kernel, (tn_dim3){ 4, 1, 1 }, (tn_dim3){ 256, 1, 1 }, 0, memory, 2.5f, COUNT, NULL));
    TRY(tn_memory_read(stream, values, memory, sizeof values));
    printf("%g\n", (double)values[COUNT - 1]);
    TRY(tn_close(runtime, TN_FOREVER));
    return values[COUNT - 1] == 2.5f * (COUNT - 1) ? 0 : 1;
}
