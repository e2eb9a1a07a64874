/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of vector operations, GELU, matrix multiplication and transposition. */
#include <math.h>

#include "bench.h"
#include "kernels/gelu.h"
#include "kernels/gemm.h"
#include "kernels/transpose.h"
#include "kernels/vector.h"

static const size_t sizes[] = { 1, 31, 256, 257, 5000 };
#define SIZES (sizeof sizes / sizeof *sizes)

void check_vector(struct bench *b)
{
    for (size_t s = 0; s < SIZES; s++) {
        size_t n = sizes[s];
        struct buffer x = buffer_random(b, n), y = buffer_random(b, n), z = buffer_empty(b, n);
        double *sum = doubles(n), *product = doubles(n), *scaled = doubles(n), *axpy = doubles(n);
        for (size_t i = 0; i < n; i++) {
            sum[i] = (double)x.f[i] + y.f[i];
            product[i] = (double)x.f[i] * y.f[i];
            scaled[i] = -2.5 * x.f[i];
            axpy[i] = 0.5 * x.f[i] + y.f[i];
        }
        OK(b, tnk_add(b->kernels, b->stream, x.device, y.device, z.device, n));
        expect_floats(b, &z, sum, 0, 1e-6);
        OK(b, tnk_multiply(b->kernels, b->stream, x.device, y.device, z.device, n));
        expect_floats(b, &z, product, 0, 1e-6);
        OK(b, tnk_scale(b->kernels, b->stream, -2.5f, x.device, z.device, n));
        expect_floats(b, &z, scaled, 0, 1e-6);
        OK(b, tnk_axpy(b->kernels, b->stream, 0.5f, x.device, y.device, n));
        expect_floats(b, &y, axpy, 1e-7, 1e-6);
        buffer_free(b, &x);
        buffer_free(b, &y);
        buffer_free(b, &z);
    }
}

static double gelu(double x)
{
    return 0.5 * x * (1 + erf(x * sqrt(0.5)));
}

void check_gelu(struct bench *b)
{
    enum { N = 4001 };
    float points[N];
    double *want = doubles(N);
    for (int i = 0; i < N; i++)
        points[i] = (float)(i - 2000) / 200.0f; /* -10 to 10 */
    points[1] = 1e30f;
    points[2] = -1e30f;
    struct buffer x = buffer_of(b, points, N);
    for (int i = 0; i < N; i++)
        want[i] = gelu((double)points[i]);
    OK(b, tnk_gelu(b->kernels, b->stream, x.device, x.device, N));
    want[2] = 0;
    expect_floats(b, &x, want, 4e-6, 1e-6);
    buffer_free(b, &x);
}

struct shape {
    uint32_t m, n, k, batch, flags, more; /* `more` elements between rows beyond the row's length */
    bool bias;
};

static void gemm_case(struct bench *b, const struct shape *s)
{
    bool transposed = (s->flags & TNK_GEMM_TRANSPOSED_B) != 0;
    uint32_t rows_b = transposed ? s->n : s->k, row_b = transposed ? s->k : s->n;
    uint32_t pa = s->k + s->more, pb = row_b + s->more, pc = s->n + s->more, batch = s->batch ? s->batch : 1;
    size_t na = (size_t)s->m * pa, nb = (size_t)rows_b * pb, nc = (size_t)s->m * pc;
    struct buffer a = buffer_random(b, na * batch), bb = buffer_random(b, nb * batch), bias = buffer_random(b, s->n);
    struct buffer c = buffer_random(b, nc * batch);
    tnk_gemm_args args = { .size = sizeof args,
                           .flags = s->flags,
                           .a = a.device,
                           .b = bb.device,
                           .c = c.device,
                           .bias = s->bias ? bias.device : 0,
                           .m = s->m,
                           .n = s->n,
                           .k = s->k,
                           .batch = s->batch,
                           .pitch_a = s->more ? pa : 0,
                           .pitch_b = s->more ? pb : 0,
                           .pitch_c = s->more ? pc : 0,
                           .batch_a = na,
                           .batch_b = nb,
                           .batch_c = nc };
    double *want = doubles(nc * batch);
    for (size_t i = 0; i < nc * batch; i++)
        want[i] = (double)c.f[i]; /* what lies between the rows stays */
    for (uint32_t z = 0; z < batch; z++)
        for (uint32_t i = 0; i < s->m; i++)
            for (uint32_t j = 0; j < s->n; j++) {
                double sum = s->bias ? (double)bias.f[j] : 0;
                for (uint32_t l = 0; l < s->k; l++)
                    sum += (double)a.f[z * na + i * pa + l] *
                           (double)bb.f[z * nb + (transposed ? j * pb + l : l * pb + j)];
                want[z * nc + i * pc + j] = s->flags & TNK_GEMM_GELU ? gelu(sum) : sum;
            }
    OK(b, tnk_gemm(b->kernels, b->stream, &args));
    int before = b->failures;
    expect_floats(b, &c, want, 2e-5, 1e-5);
    if (b->failures > before)
        bench_fail(b, "that was m %u n %u k %u batch %u flags %u", s->m, s->n, s->k, s->batch, s->flags);
    buffer_free(b, &a);
    buffer_free(b, &bb);
    buffer_free(b, &bias);
    buffer_free(b, &c);
}

void check_gemm(struct bench *b)
{
    enum { T = TNK_GEMM_TRANSPOSED_B, G = TNK_GEMM_GELU };
    static const struct shape shapes[] = {
        { 1, 1, 1, 0, 0, 0, false },     { 8, 128, 8, 0, 0, 0, false },     { 7, 129, 5, 0, 0, 0, true },
        { 13, 384, 96, 0, 0, 0, true },  { 33, 40, 70, 0, T, 0, true },     { 9, 260, 33, 0, T, 0, false },
        { 17, 256, 64, 0, G, 0, true },  { 5, 130, 24, 0, T | G, 3, true }, { 12, 200, 17, 3, 0, 0, true },
        { 10, 128, 16, 2, T, 5, false }, { 40, 150, 12, 0, 0, 7, true },    { 3, 2, 0, 0, 0, 0, true },
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        gemm_case(b, &shapes[i]);
}

void check_transpose(struct bench *b)
{
    static const uint32_t shapes[][2] = { { 1, 1 }, { 32, 32 }, { 33, 65 }, { 1, 100 }, { 70, 3 }, { 128, 96 } };
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        uint32_t rows = shapes[s][0], columns = shapes[s][1];
        struct buffer in = buffer_random(b, (size_t)rows * columns), out = buffer_empty(b, (size_t)rows * columns);
        double *want = doubles((size_t)rows * columns);
        for (uint32_t i = 0; i < rows; i++)
            for (uint32_t j = 0; j < columns; j++)
                want[(size_t)j * rows + i] = (double)in.f[(size_t)i * columns + j];
        OK(b, tnk_transpose(b->kernels, b->stream, in.device, out.device, rows, columns));
        expect_floats(b, &out, want, 0, 0);
        buffer_free(b, &in);
        buffer_free(b, &out);
    }
}
