/* SPDX-License-Identifier: Apache-2.0 */
/* Products of matrices: C = A B with A m x k, B k x n, row-major; of 8-bit numbers with B transposed; and A x. */
#include "tests/bench/kernels/hand.h"

static void sgemm(const work *w)
{
    const float *a = w->at[0], *b = w->at[1];
    float *c = w->at[2];
    for (size_t i = 0; i < w->m; i++) {
        for (size_t j0 = 0; j0 < w->n; j0 += 64) {
            double s[64] = { 0 };
            size_t width = w->n - j0 < 64 ? w->n - j0 : 64;
            for (size_t l = 0; l < w->k; l++)
                for (size_t j = 0; j < width; j++)
                    s[j] += (double)a[i * w->k + l] * b[l * w->n + j0 + j];
            for (size_t j = 0; j < width; j++)
                c[i * w->n + j0 + j] = (float)s[j];
        }
    }
}

static void igemm(const work *w)
{
    const int8_t *a = w->at[0], *b = w->at[1];
    int32_t *c = w->at[2];
    for (size_t i = 0; i < w->m; i++)
        for (size_t j = 0; j < w->n; j++) {
            int32_t s = 0;
            for (size_t l = 0; l < w->k; l++)
                s += a[i * w->k + l] * b[j * w->k + l];
            c[i * w->n + j] = s;
        }
}

static void matvec(const work *w)
{
    const float *a = w->at[0], *x = w->at[1];
    float *y = w->at[2];
    for (size_t i = 0; i < w->m; i++) {
        double s = 0;
        for (size_t j = 0; j < w->n; j++)
            s += (double)a[i * w->n + j] * x[j];
        y[i] = (float)s;
    }
}

#define MATRIX(r, t, size)                                                                                             \
    {                                                                                                                  \
        .role = r, .type = t, .count = { size }, .fill = FILL_RANGE, .low = -1, .high = 1                              \
    }
#define BYTES(size)                                                                                                    \
    {                                                                                                                  \
        .role = IN, .type = I8, .count = { size }, .fill = FILL_RANGE, .low = -128, .high = 128                        \
    }
#define SQUARE .full = { 768, 768, 768 }, .quick = { 128, 64, 64 }
#define FLOATS                                                                                                         \
    .buffers = { MATRIX(IN, F32, M | K), MATRIX(IN, F32, K | N), MATRIX(OUT, F32, M | N) }, .absolute = 1e-3,          \
    .relative = 1e-4, .reference = sgemm, .hand = hand_sgemm,                                                          \
    .hand_how = "OpenBLAS if installed, else packed panels and 12 x 32 sums in registers"

static const struct kernel kernels[] = {
    { .name = "sgemm_naive",
      .what = "an element of C a thread, no local memory",
      .bound = COMPUTE,
      SQUARE,
      FLOATS,
      .launches = { { "sgemm_naive", "ABCnmk", { 16, 16 }, { { N, .over = 16 }, { M, .over = 16 } } } } },
    { .name = "sgemm_tiled",
      .what = "16 x 16 tiles of A and B in local memory",
      .bound = COMPUTE,
      SQUARE,
      FLOATS,
      .launches = { { "sgemm_tiled", "ABCnmk", { 16, 16 }, { { N, .over = 16 }, { M, .over = 16 } } } } },
    { .name = "sgemm_blocked",
      .what = "64 x 64 of C a block, 4 x 4 sums in registers a thread",
      .bound = COMPUTE,
      SQUARE,
      FLOATS,
      .launches = { { "sgemm_blocked", "ABCnmk", { 16, 16 }, { { N, .over = 64 }, { M, .over = 64 } } } } },
    { .name = "igemm",
      .what = "8-bit numbers, 32-bit sums, 16 x 16 tiles of four packed in a word",
      .bound = COMPUTE,
      SQUARE,
      .buffers = { BYTES(M | K), BYTES(K | N), { .role = OUT, .type = I32, .count = { M | N } } },
      .launches = { { "igemm", "ABCnmk", { 16, 16 }, { { N, .over = 16 }, { M, .over = 16 } } } },
      .reference = igemm,
      .hand = hand_igemm,
      .hand_how = "VNNI where the processor has it" },
    { .name = "matvec",
      .what = "matrix times vector, 128 threads a row",
      .bound = MEMORY,
      .full = { .n = 2048, .m = 2048 },
      .quick = { .n = 300, .m = 50 },
      .buffers = { MATRIX(IN, F32, M | N), MATRIX(IN, F32, N), MATRIX(OUT, F32, M) },
      .launches = { { "matvec", "ABCn", { 128 }, { { M } } } },
      .absolute = 1e-3,
      .relative = 1e-4,
      .reference = matvec,
      .hand = hand_matvec },
};

FAMILY(gemm);
