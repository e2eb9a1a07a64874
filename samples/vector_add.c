/* SPDX-License-Identifier: Apache-2.0 */
/* Adds two vectors on the first device: load a bundle, find a kernel, launch it, read the result. */
#include "sample.h"

#define N 100000

static float x[N], y[N], z[N];

int main(void)
{
    uint32_t devices;
    tn_runtime runtime = sample_open(&devices);
    tn_device device;
    tn_device_info info = { .size = sizeof info };
    tn_stream stream;
    tn_module module;
    tn_kernel add;
    tn_address dx, dy, dz;
    CHECK(tn_device_get(runtime, 0, &device));
    CHECK(tn_device_get_info(device, &info));
    CHECK(tn_stream_create(device, NULL, &stream));
    CHECK(tn_module_load_file(device, sample_bundle(), NULL, &module));
    CHECK(tn_module_kernel(module, "add", &add));
    CHECK(tn_memory_alloc(device, sizeof x, &dx));
    CHECK(tn_memory_alloc(device, sizeof y, &dy));
    CHECK(tn_memory_alloc(device, sizeof z, &dz));
    for (int i = 0; i < N; i++) {
        x[i] = (float)i;
        y[i] = 0.5f;
    }
    CHECK(tn_memory_write(stream, dx, x, sizeof x));
    CHECK(tn_memory_write(stream, dy, y, sizeof y));

    /* Arguments are given one by one, and checked against the kernel's own table. */
    const int n = N;
    const tn_arg args[] = { TN_ARG(dx), TN_ARG(dy), TN_ARG(dz), TN_ARG(n) };
    const tn_launch shape = tn_launch_shape((tn_dim3){ (N + 255) / 256, 1, 1 }, (tn_dim3){ 256, 1, 1 }, 0);
    CHECK(tn_kernel_launch(stream, add, &shape, args, 4, NULL));

    /* The stream keeps the order, so the read waits for the kernel. */
    CHECK(tn_memory_read(stream, z, dz, sizeof z));
    int wrong = 0;
    for (int i = 0; i < N; i++)
        wrong += z[i] != x[i] + y[i];
    printf("%s: %d sums, %d wrong\n", info.name, N, wrong);
    CHECK(tn_memory_free(device, dx));
    CHECK(tn_memory_free(device, dy));
    CHECK(tn_memory_free(device, dz));
    CHECK(tn_module_unload(module));
    CHECK(tn_stream_destroy(stream));
    CHECK(tn_close(runtime, TN_FOREVER));
    return wrong != 0;
}
