/* SPDX-License-Identifier: Apache-2.0 */
/* Compiles a kernel while the program runs, for a type that is chosen then, and runs it on the first device. */
#include "sample.h"

#include <tenon/compile.h>

#define N 1000

static const char source[] = "template <typename T> __global__ void ramp(T *out, T step, int n)\n"
                             "{\n"
                             "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n"
                             "    if (i < n)\n"
                             "        out[i] = i * step;\n"
                             "}\n";

int main(void)
{
    /* A template has no name of its own: the instance is asked for, and its linkage name comes back. */
    const char *const instance[] = { "ramp<float>" };
    tn_compile_options options = TN_COMPILE_OPTIONS_INIT;
    const tn_compile_result *result;
    options.name = "ramp.cu";
    options.name_expressions = instance;
    options.name_expression_count = 1;
    if (tn_compile(source, sizeof source - 1, &options, &result) != TN_OK) {
        fprintf(stderr, "%s\n%s", result ? result->message : "no memory", result ? result->log : "");
        return 1;
    }
    printf("%s is %s: %llu bytes, %s in %.1f ms\n", instance[0], result->names[0], (unsigned long long)result->bundle_bytes,
           result->flags & TN_COMPILE_CACHED ? "from the cache" : "compiled", (double)result->elapsed_ns * 1e-6);

    uint32_t devices;
    tn_runtime runtime = sample_open(&devices);
    tn_device device;
    tn_stream stream;
    tn_module module;
    tn_kernel kernel;
    tn_address memory;
    static float out[N];
    CHECK(tn_device_get(runtime, 0, &device));
    CHECK(tn_stream_create(device, NULL, &stream));
    CHECK(tn_module_load(device, result->bundle, result->bundle_bytes, NULL, &module));
    CHECK(tn_module_kernel(module, result->names[0], &kernel));
    tn_compile_free(result);

    CHECK(tn_memory_alloc(device, sizeof out, &memory));
    const float step = 0.5f;
    const int n = N;
    const tn_arg args[] = { TN_ARG(memory), TN_ARG(step), TN_ARG(n) };
    const tn_launch shape = tn_launch_shape((tn_dim3){ (N + 255) / 256, 1, 1 }, (tn_dim3){ 256, 1, 1 }, 0);
    CHECK(tn_kernel_launch(stream, kernel, &shape, args, 3, NULL));
    CHECK(tn_memory_read(stream, out, memory, sizeof out));
    int wrong = 0;
    for (int i = 0; i < N; i++)
        wrong += out[i] != (float)i * step;
    printf("%d values, %d wrong\n", N, wrong);
    CHECK(tn_close(runtime, TN_FOREVER));
    return wrong != 0;
}
