/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of reductions, prefix sums and histograms. */
#include <math.h>

#include "bench.h"
#include "kernels/histogram.h"
#include "kernels/reduce.h"
#include "kernels/scan.h"

/* Around one block's share, one level more, and two. */
static const size_t sizes[] = { 1, 2, 255, 1024, 1025, 2048, 2049, 70001 };
#define SIZES (sizeof sizes / sizeof *sizes)

void check_reduce(struct bench *b)
{
    for (size_t s = 0; s < SIZES; s++) {
        size_t n = sizes[s];
        struct buffer in = buffer_random(b, n), out = buffer_empty(b, 1);
        struct buffer work = buffer_empty(b, tnk_reduce_workspace(n) / 4);
        double *sum = doubles(1), *most = doubles(1), *negative = doubles(1);
        *most = -2;
        for (size_t i = 0; i < n; i++) {
            *sum += (double)in.f[i];
            *most = fmax(*most, (double)in.f[i]);
        }
        OK(b, tnk_reduce_sum(b->kernels, b->stream, in.device, n, out.device, work.device));
        expect_floats(b, &out, sum, 1e-3, 1e-5);
        OK(b, tnk_reduce_max(b->kernels, b->stream, in.device, n, out.device, work.device));
        expect_floats(b, &out, most, 0, 0);
        for (size_t i = 0; i < n; i++)
            in.f[i] = -3.0f - (float)(i % 7);
        *negative = -3; /* a block that starts from 0 would not see it */
        OK(b, tn_memory_write(b->stream, in.device, in.f, n * 4));
        OK(b, tnk_reduce_max(b->kernels, b->stream, in.device, n, out.device, work.device));
        expect_floats(b, &out, negative, 0, 0);
        buffer_read(b, &work);
        buffer_free(b, &in);
        buffer_free(b, &out);
        buffer_free(b, &work);
    }
}

void check_scan(struct bench *b)
{
    for (size_t s = 0; s < SIZES * 2; s++) {
        size_t n = sizes[s / 2];
        bool inclusive = s % 2, in_place = s % 3 == 0;
        struct buffer in = buffer_integers(b, n, 1u << 20), out = buffer_empty(b, n);
        struct buffer work = buffer_empty(b, tnk_scan_workspace(n) / 4);
        uint32_t *want = malloc(n * 4), sum = 0;
        for (size_t i = 0; i < n; i++) {
            want[i] = inclusive ? sum + in.u[i] : sum;
            sum += in.u[i];
        }
        OK(b, tnk_scan(b->kernels, b->stream, in.device, in_place ? in.device : out.device, n, inclusive, work.device));
        expect_integers(b, in_place ? &in : &out, want);
        buffer_read(b, &work);
        buffer_free(b, &in);
        buffer_free(b, &out);
        buffer_free(b, &work);
    }
}

void check_histogram(struct bench *b)
{
    for (size_t s = 0; s < SIZES; s++) {
        size_t n = sizes[s] * 4; /* bytes */
        struct buffer in = s % 2 ? buffer_integers(b, n / 4, UINT32_MAX) : buffer_integers(b, n / 4, 3);
        struct buffer counts = buffer_integers(b, 256, 100); /* it adds to what is there */
        uint32_t *want = malloc(256 * 4);
        for (int i = 0; i < 256; i++)
            want[i] = counts.u[i];
        for (size_t i = 1; i < n; i++)
            want[((unsigned char *)in.u)[i]]++;
        OK(b, tnk_histogram(b->kernels, b->stream, in.device + 1, n - 1, counts.device));
        expect_integers(b, &counts, want);
        buffer_free(b, &in);
        buffer_free(b, &counts);
    }
}
