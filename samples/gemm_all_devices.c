/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One matrix multiplication on all devices at once: submit to each, then wait for all. Nothing needs a thread of its
 * own, since submitting returns at once. Uses the kernels of kernels/ in place of writing one.
 */
#include <math.h>

#include "kernels/gemm.h"
#include "sample.h"

#define M 200
#define N 300
#define K 150

static float a[M * K], b[K * N], expected[M * N];

struct worker {
    tn_device device;
    tn_device_info info;
    tn_stream stream;
    tnk_library *kernels;
    tn_address memory; /* a, b and c, one behind the other */
    float *c;
};

static void submit(struct worker *w, tn_point *out_point)
{
    tn_address da = w->memory, db = da + sizeof a, dc = db + sizeof b;
    tnk_gemm_args args = { .size = sizeof args, .a = da, .b = db, .c = dc, .m = M, .n = N, .k = K };
    CHECK(tn_copy_to_device(w->stream, da, a, sizeof a, NULL));
    CHECK(tn_copy_to_device(w->stream, db, b, sizeof b, NULL));
    CHECK(tnk_gemm(w->kernels, w->stream, &args));
    CHECK(tn_copy_to_host(w->stream, w->c, dc, sizeof expected, out_point));
}

static void prepare(struct worker *w, tn_runtime runtime, uint32_t index)
{
    w->info.size = sizeof w->info;
    w->c = malloc(sizeof expected);
    CHECK(tn_device_get(runtime, index, &w->device));
    CHECK(tn_device_get_info(w->device, &w->info));
    CHECK(tn_stream_create(w->device, NULL, &w->stream));
    CHECK(tnk_open(w->device, NULL, &w->kernels));
    CHECK(tn_memory_alloc(w->device, sizeof a + sizeof b + sizeof expected, &w->memory));
}

static double finish(struct worker *w)
{
    double difference = 0;
    for (int i = 0; i < M * N; i++)
        difference = fmax(difference, fabs((double)w->c[i] - (double)expected[i]));
    CHECK(tn_memory_free(w->device, w->memory));
    CHECK(tnk_close(w->kernels));
    CHECK(tn_stream_destroy(w->stream));
    free(w->c);
    return difference;
}

int main(void)
{
    uint32_t devices;
    int wrong = 0;
    tn_runtime runtime = sample_open(&devices);
    struct worker *workers = calloc(devices, sizeof *workers);
    tn_point *points = calloc(devices, sizeof *points);
    for (int i = 0; i < M * K; i++)
        a[i] = (float)(i % 13) / 13;
    for (int i = 0; i < K * N; i++)
        b[i] = (float)(i % 7) / 7;
    for (int i = 0; i < M; i++)
        for (int k = 0; k < K; k++)
            for (int j = 0; j < N; j++)
                expected[i * N + j] += a[i * K + k] * b[k * N + j];

    for (uint32_t i = 0; i < devices; i++)
        prepare(&workers[i], runtime, i);
    for (uint32_t i = 0; i < devices; i++)
        submit(&workers[i], &points[i]);
    CHECK(tn_point_wait_all(points, devices, TN_FOREVER, NULL));
    for (uint32_t i = 0; i < devices; i++) {
        double difference = finish(&workers[i]);
        printf("%-34s largest difference %.1e\n", workers[i].info.name, difference);
        wrong += !(difference < 1e-3);
    }
    free(points);
    free(workers);
    CHECK(tn_close(runtime, TN_FOREVER));
    return wrong != 0;
}
