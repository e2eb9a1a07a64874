/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/integration/opencl/compare.h - the main of a random program, as tests/kernels/random/compare.h, but each kernel runs
 * through the runtime on the first OpenCL device: printed, built by the vendor, and compared with the oracle.
 */
#include <stdio.h>
#include <string.h>

#include <tenon/tenon.h>

static const Index shapes[] = { { 64, 1, 1 }, { 40, 1, 1 }, { 8, 4, 2 }, { 33, 3, 1 }, { 1, 1, 1 }, { 128, 1, 1 }, { 16, 16, 1 } };

#define CHECK(call)                                                                                                   \
    do {                                                                                                              \
        if ((call) != TN_OK) {                                                                                        \
            printf("%s: %s\n", #call, tn_error_message());                                                            \
            return 1;                                                                                                 \
        }                                                                                                             \
    } while (0)

int main(int argc, char **argv)
{
    enum { BLOCKS = 3, WORDS = BLOCKS * 256 };
    static unsigned in[256], got[WORDS], want[WORDS];
    tn_options options = {};
    tn_runtime runtime;
    tn_device device;
    tn_stream stream;
    tn_module module;
    tn_address input, output;
    uint32_t devices = 0;
    int failures = 0;
    if (argc != 2)
        return 2;
    options.size = sizeof options;
    options.only = "opencl";
    CHECK(tn_open(&options, &runtime));
    CHECK(tn_device_count(runtime, &devices));
    if (!devices) {
        puts("no OpenCL device that the driver can use");
        return 77;
    }
    CHECK(tn_device_get(runtime, 0, &device));
    CHECK(tn_stream_create(device, NULL, &stream));
    CHECK(tn_module_load_file(device, argv[1], NULL, &module));
    CHECK(tn_memory_alloc(device, sizeof in, &input));
    CHECK(tn_memory_alloc(device, sizeof got, &output));
    for (unsigned i = 0; i < 256; i++)
        in[i] = i * 2654435761u >> 7;
    CHECK(tn_memory_write(stream, input, in, sizeof in));
    warpSize = 32;
    for (const auto &row : table)
        for (Index shape : shapes) {
            unsigned n = 5 + shape.x, threads = shape.x * shape.y * shape.z;
            tn_kernel kernel;
            const tn_arg args[] = { TN_ARG(input), TN_ARG(output), TN_ARG(n) };
            const tn_launch launch = tn_launch_shape({ BLOCKS, 1, 1 }, { shape.x, shape.y, shape.z }, 0);
            memset(want, 0, sizeof want);
            CHECK(tn_module_kernel(module, row.name, &kernel));
            CHECK(tn_fill(stream, output, 0, 4, WORDS, NULL));
            CHECK(tn_kernel_launch(stream, kernel, &launch, args, 3, NULL));
            CHECK(tn_memory_read(stream, got, output, sizeof got));
            run_oracle(row.kernel, { BLOCKS, 1, 1 }, shape, in, want, n);
            for (unsigned i = 0; i < BLOCKS * threads; i++)
                if (got[i] != want[i]) {
                    printf("kernel %s, block %u x %u x %u: thread %u gave %u, wanted %u\n", row.name, shape.x, shape.y,
                           shape.z, i, got[i], want[i]);
                    failures++;
                    break;
                }
        }
    CHECK(tn_module_unload(module));
    CHECK(tn_stream_destroy(stream));
    CHECK(tn_memory_free(device, input));
    CHECK(tn_memory_free(device, output));
    CHECK(tn_close(runtime, TN_FOREVER));
    return failures != 0;
}
