/* SPDX-License-Identifier: Apache-2.0 */
/* debug.c - for debug.sh: loads a bundle on a simulated device, calls `loaded`, runs its kernel `k`, and checks the data. */
#include <stdio.h>
#include <stdlib.h>

#include "tenon/tenon.h"

#define OK(call)                                                                                                       \
    do {                                                                                                               \
        if ((call) != TN_OK) {                                                                                         \
            printf("%s: %s\n", #call, tn_error_message());                                                             \
            return 1;                                                                                                  \
        }                                                                                                              \
    } while (0)

void loaded(void);
__attribute__((noinline)) void loaded(void)
{
    __asm__ volatile("");
}

int main(int argc, char **argv)
{
    static char bundle[1 << 20];
    static int out[128];
    tn_options options = TN_OPTIONS_INIT;
    tn_runtime runtime;
    tn_device device;
    tn_stream stream;
    tn_module module;
    tn_kernel kernel;
    tn_address memory;
    FILE *f = argc == 2 ? fopen(argv[1], "rb") : NULL;
    size_t bytes = f ? fread(bundle, 1, sizeof bundle, f) : 0;
    const int n = 5;
    options.simulate = "a100";
    options.flags = TN_OPTION_NO_HARDWARE;
    OK(tn_open(&options, &runtime));
    OK(tn_device_get(runtime, 0, &device));
    OK(tn_stream_create(device, NULL, &stream));
    OK(tn_module_load(device, bundle, bytes, NULL, &module));
    OK(tn_module_kernel(module, "k", &kernel));
    OK(tn_memory_alloc(device, sizeof out, &memory));
    loaded();
    const tn_arg args[] = { TN_ARG(memory), TN_ARG(n) };
    const tn_launch shape = tn_launch_shape((tn_dim3){ 2, 1, 1 }, (tn_dim3){ 64, 1, 1 }, 0);
    OK(tn_kernel_launch(stream, kernel, &shape, args, 2, NULL));
    OK(tn_memory_read(stream, out, memory, sizeof out));
    for (int i = 0; i < 128; i++)
        if (out[i] != i * n + 3) {
            printf("%d is %d\n", i, out[i]);
            return 1;
        }
    printf("data as they should be\n");
    OK(tn_close(runtime, TN_FOREVER));
    return 0;
}
