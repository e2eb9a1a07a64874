/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the checks of kernels/ share: a device under test, buffers with guard words behind them, reproducible numbers,
 * and comparison. A check returns nothing; it counts failures on its bench. May include tenon/ and kernels/.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "kernels/kernels.h"

struct bench {
    const char *device;
    const char *check; /* the one that runs */
    tn_device handle;
    tn_stream stream;
    tnk_library *kernels;
    int failures;
};

/* A device buffer with its host copy. The host's numbers are what the device has until a kernel writes it. */
struct buffer {
    tn_address device;
    float *f;
    uint32_t *u;
    size_t count;
};

#define GUARD 16 /* elements behind each buffer that no kernel may touch */

#define OK(bench, call) bench_ok(bench, (call), #call, __LINE__)
bool bench_ok(struct bench *b, tn_status status, const char *what, int line);
__attribute__((format(printf, 2, 3))) void bench_fail(struct bench *b, const char *format, ...);

/* Floats in [-1, 1), the same on each run; or integers below `limit`. */
struct buffer buffer_random(struct bench *b, size_t count);
struct buffer buffer_integers(struct bench *b, size_t count, uint32_t limit);
struct buffer buffer_of(struct bench *b, const void *data, size_t count);
/* Filled with a pattern that no kernel leaves by chance. */
struct buffer buffer_empty(struct bench *b, size_t count);
void buffer_free(struct bench *b, struct buffer *buffer);

/* Reads the device's numbers back into `u`/`f` and checks the guard. */
void buffer_read(struct bench *b, struct buffer *buffer);
/* Reads back and compares: |got - want| <= absolute + relative * |want| for each. Frees `want`. */
void expect_floats(struct bench *b, struct buffer *buffer, double *want, double absolute, double relative);
void expect_integers(struct bench *b, struct buffer *buffer, uint32_t *want);
double *doubles(size_t count);

void check_vector(struct bench *b);
void check_gelu(struct bench *b);
void check_gemm(struct bench *b);
void check_transpose(struct bench *b);
void check_reduce(struct bench *b);
void check_scan(struct bench *b);
void check_histogram(struct bench *b);
void check_softmax(struct bench *b);
void check_layer_norm(struct bench *b);
void check_embedding(struct bench *b);
void check_attention(struct bench *b);
void check_mean_pool(struct bench *b);
void check_refusals(struct bench *b);
