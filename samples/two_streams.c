/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two streams and points. One stream makes numbers, the other squares them; a point of the first tells the second where
 * to begin. The host waits once, with a deadline, and measures with events.
 */
#include "sample.h"

#define N      50000
#define ROUNDS 4

static float result[ROUNDS][N];

static void launch(tn_stream stream, tn_kernel kernel, const tn_arg *args, tn_point *out_point)
{
    const tn_launch shape = tn_launch_shape((tn_dim3){ (N + 127) / 128, 1, 1 }, (tn_dim3){ 128, 1, 1 }, 0);
    CHECK(tn_kernel_launch(stream, kernel, &shape, args, 3, out_point));
}

int main(void)
{
    uint32_t devices;
    tn_runtime runtime = sample_open(&devices);
    tn_device device;
    tn_stream maker, squarer;
    tn_module module;
    tn_kernel iota, square;
    tn_address numbers[ROUNDS], squares[ROUNDS];
    tn_event begin, end;
    tn_point last = { 0 };
    const int n = N;
    int64_t took_ns;
    CHECK(tn_device_get(runtime, 0, &device));
    CHECK(tn_stream_create(device, NULL, &maker));
    CHECK(tn_stream_create(device, NULL, &squarer));
    CHECK(tn_event_create(device, NULL, &begin));
    CHECK(tn_event_create(device, NULL, &end));
    CHECK(tn_module_load_file(device, sample_bundle(), NULL, &module));
    CHECK(tn_module_kernel(module, "iota", &iota));
    CHECK(tn_module_kernel(module, "square", &square));

    CHECK(tn_event_record(begin, squarer, NULL));
    for (int i = 0; i < ROUNDS; i++) {
        const float first = (float)(i * 10);
        tn_point made;
        CHECK(tn_memory_alloc(device, N * sizeof(float), &numbers[i]));
        CHECK(tn_memory_alloc(device, N * sizeof(float), &squares[i]));
        launch(maker, iota, (tn_arg[]){ TN_ARG(numbers[i]), TN_ARG(first), TN_ARG(n) }, &made);
        /* From here on the second stream runs after `made`. The host goes on at once. */
        CHECK(tn_stream_join(squarer, made));
        launch(squarer, square, (tn_arg[]){ TN_ARG(numbers[i]), TN_ARG(squares[i]), TN_ARG(n) }, NULL);
        CHECK(tn_copy_to_host(squarer, result[i], squares[i], sizeof result[i], &last));
    }
    CHECK(tn_event_record(end, squarer, NULL));

    /* A deadline of ten seconds. TN_TIMEOUT would mean that the work goes on: its memory stays busy. */
    CHECK(tn_point_wait(last, 10000000000ull));
    CHECK(tn_stream_wait(squarer, TN_FOREVER));
    CHECK(tn_event_elapsed(begin, end, &took_ns));
    int wrong = 0;
    for (int i = 0; i < ROUNDS; i++)
        for (int j = 0; j < N; j++)
            wrong += result[i][j] != (float)(i * 10 + j) * (float)(i * 10 + j);
    printf("%d squares through two streams, %d wrong, %.2f ms\n", ROUNDS * N, wrong, (double)took_ns / 1e6);
    for (int i = 0; i < ROUNDS; i++) {
        CHECK(tn_memory_free(device, numbers[i]));
        CHECK(tn_memory_free(device, squares[i]));
    }
    CHECK(tn_module_unload(module));
    CHECK(tn_event_destroy(begin));
    CHECK(tn_event_destroy(end));
    CHECK(tn_stream_destroy(maker));
    CHECK(tn_stream_destroy(squarer));
    CHECK(tn_close(runtime, TN_FOREVER));
    return wrong != 0;
}
