/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bundles with images for several processors: at each level that TENON_SIM_CPU names, the bundle with all of them loads and
 * computes the same, and a bundle with nothing for that level is refused. Usage: levels ALL.tnb V4.tnb V3.tnb
 */
#include <stdio.h>
#include <stdlib.h>

#include "tenon/tenon.h"

enum { COUNT = 1000, SKIPPED = 77 };

static int failures;
#define EXPECT(condition)                                                                                              \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: %s (%s)\n", __FILE__, __LINE__, #condition, tn_error_message());                   \
            failures++;                                                                                                \
        }                                                                                                              \
    } while (0)

static float x[COUNT], y[COUNT];

static float wanted(int i)
{
    float sum = 0;
    for (int j = 0; j <= i % 7; j++)
        sum += x[(i + j) % COUNT] * (float)(j + 1);
    return sum;
}

static void run(tn_device device, tn_stream stream, tn_module module)
{
    tn_kernel kernel;
    tn_address from, to;
    const int n = COUNT;
    EXPECT(tn_module_kernel(module, "levels", &kernel) == TN_OK);
    EXPECT(tn_memory_alloc(device, sizeof x, &from) == TN_OK);
    EXPECT(tn_memory_alloc(device, sizeof y, &to) == TN_OK);
    EXPECT(tn_memory_write(stream, from, x, sizeof x) == TN_OK);
    const tn_arg args[] = { TN_ARG(from), TN_ARG(to), TN_ARG(n) };
    const tn_launch shape = tn_launch_shape((tn_dim3){ (COUNT + 63) / 64, 1, 1 }, (tn_dim3){ 64, 1, 1 }, 0);
    EXPECT(tn_kernel_launch(stream, kernel, &shape, args, 3, NULL) == TN_OK);
    EXPECT(tn_memory_read(stream, y, to, sizeof y) == TN_OK);
    int wrong = 0;
    for (int i = 0; i < COUNT; i++)
        wrong += y[i] != wanted(i);
    EXPECT(wrong == 0);
    EXPECT(tn_memory_free(device, from) == TN_OK);
    EXPECT(tn_memory_free(device, to) == TN_OK);
}

static tn_status load(tn_device device, tn_stream stream, const char *path)
{
    tn_module module;
    tn_status status = tn_module_load_file(device, path, NULL, &module);
    if (status == TN_OK) {
        run(device, stream, module);
        EXPECT(tn_module_unload(module) == TN_OK);
    }
    return status;
}

int main(int argc, char **argv)
{
    static const char *const levels[] = { "x86-64-v2", "x86-64-v3", "x86-64-v4" };
    tn_runtime runtime;
    tn_device device;
    tn_stream stream;
#if !defined(__x86_64__)
    puts("levels are x86-64's");
    return SKIPPED;
#endif
    if (argc != 4)
        return 2;
    setenv("TENON_SIM", "a100", 1);
    for (int i = 0; i < COUNT; i++)
        x[i] = (float)(i % 50);
    if (tn_open(NULL, &runtime) != TN_OK || tn_device_get(runtime, 0, &device) != TN_OK ||
        tn_stream_create(device, NULL, &stream) != TN_OK) {
        fprintf(stderr, "no device: %s\n", tn_error_message());
        return 1;
    }
    const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"),
               v4 = v3 && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
    for (int level = 2; level <= 4; level++) {
        setenv("TENON_SIM_CPU", levels[level - 2], 1);
        EXPECT(load(device, stream, argv[1]) == TN_OK);
        EXPECT((load(device, stream, argv[2]) == TN_OK) == (level >= 4 && v4));
        EXPECT((load(device, stream, argv[3]) == TN_OK) == (level >= 3 && v3));
    }
    setenv("TENON_SIM_CPU", "nothing that there is", 1);
    EXPECT((load(device, stream, argv[2]) == TN_OK) == v4);
    EXPECT(tn_stream_destroy(stream) == TN_OK);
    EXPECT(tn_close(runtime, TN_FOREVER) == TN_OK);
    return failures != 0;
}
