/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Products of matrices by hand: OpenBLAS when it is installed, else panels of B packed so that they stay in the second-level
 * cache, and 12 rows by 32 columns of sums in vector registers.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#ifdef __AVX512VNNI__
#include <immintrin.h>
#endif

#include "tests/bench/kernels/hand.h"

enum { ROWS = 12, COLUMNS = 32, DEPTH = 256 };

typedef float vec __attribute__((vector_size(64), aligned(4)));

/* 12 x 32 of C += A (rows lda apart, DEPTH columns) times a packed panel; the first slice of k sets C. */
static void block_12x32(const float *a, size_t lda, const float *panel, size_t depth, float *c, size_t ldc, bool first)
{
    const vec zero = { 0 };
    vec sum[ROWS][2];
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < 2; j++)
            sum[i][j] = first ? zero : *(const vec *)(c + (size_t)i * ldc + 16 * j);
    for (size_t l = 0; l < depth; l++) {
        const vec b0 = *(const vec *)(panel + l * COLUMNS), b1 = *(const vec *)(panel + l * COLUMNS + 16);
#pragma GCC unroll 12
        for (int i = 0; i < ROWS; i++) {
            const float x = a[(size_t)i * lda + l];
            sum[i][0] += x * b0;
            sum[i][1] += x * b1;
        }
    }
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < 2; j++)
            *(vec *)(c + (size_t)i * ldc + 16 * j) = sum[i][j];
}

static void block_rest(const float *a, size_t lda, const float *b, size_t ldb, size_t depth, float *c, size_t ldc,
                       size_t rows, size_t columns, bool first)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++) {
            float s = first ? 0.0f : c[i * ldc + j];
            for (size_t l = 0; l < depth; l++)
                s += a[i * lda + l] * b[l * ldb + j];
            c[i * ldc + j] = s;
        }
}

/* A piece is a range of rows of C. */
static void sgemm_part(const work *w, size_t from, size_t to, unsigned part)
{
    static _Thread_local float panel[DEPTH * COLUMNS] __attribute__((aligned(64)));
    const float *a = w->at[0], *b = w->at[1];
    float *c = w->at[2];
    const size_t n = w->n, k = w->k;
    (void)part;
    for (size_t l = 0; l < k; l += DEPTH) {
        size_t depth = k - l < DEPTH ? k - l : DEPTH;
        for (size_t j = 0; j < n; j += COLUMNS) {
            size_t columns = n - j < COLUMNS ? n - j : COLUMNS, i = from;
            for (size_t d = 0; d < depth && columns == COLUMNS; d++)
                memcpy(panel + d * COLUMNS, b + (l + d) * n + j, COLUMNS * sizeof(float));
            for (; columns == COLUMNS && i + ROWS <= to; i += ROWS)
                block_12x32(a + i * k + l, k, panel, depth, c + i * n + j, n, l == 0);
            if (i < to)
                block_rest(a + i * k + l, k, b + l * n + j, n, depth, c + i * n + j, n, to - i, columns, l == 0);
        }
    }
}

typedef void cblas_sgemm_fn(int order, int trans_a, int trans_b, int m, int n, int k, float alpha, const float *a,
                            int lda, const float *b, int ldb, float beta, float *c, int ldc);

static cblas_sgemm_fn *find_openblas(void)
{
    static cblas_sgemm_fn *found;
    static bool looked;
    if (!looked) {
        static void *library; /* stays open */
        library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
        looked = true;
        if (library)
            *(void **)&found = dlsym(library, "cblas_sgemm");
    }
    return found;
}

void hand_sgemm(const work *w)
{
    enum { ROW_MAJOR = 101, PLAIN = 111 };
    cblas_sgemm_fn *blas = find_openblas();
    int m = (int)w->m, n = (int)w->n, k = (int)w->k;
    if (blas)
        blas(ROW_MAJOR, PLAIN, PLAIN, m, n, k, 1.0f, w->at[0], k, w->at[1], n, 0.0f, w->at[2], n);
    else
        spread(w, w->m, ROWS, sgemm_part);
}

/* ------------------------------------------------------------------------------------------------------- */

#ifdef __AVX512VNNI__
/*
 * The instruction multiplies unsigned by signed bytes: A is taken with 128 added, and 128 times the sum of B's row is
 * taken away again. 4 x 4 sums of 64 bytes at once.
 */
static void igemm_4x4(const int8_t *a, const int8_t *b, size_t k, int32_t *c, size_t ldc)
{
    const __m512i flip = _mm512_set1_epi8((char)0x80), ones = _mm512_set1_epi8(1);
    __m512i sum[4][4], of_b[4];
    for (int j = 0; j < 4; j++) {
        of_b[j] = _mm512_setzero_si512();
        for (int i = 0; i < 4; i++)
            sum[i][j] = _mm512_setzero_si512();
    }
    for (size_t l = 0; l < k; l += 64) {
        __m512i right[4];
        for (int j = 0; j < 4; j++) {
            right[j] = _mm512_loadu_si512(b + (size_t)j * k + l);
            of_b[j] = _mm512_dpbusd_epi32(of_b[j], ones, right[j]);
        }
        for (int i = 0; i < 4; i++) {
            const __m512i left = _mm512_xor_si512(_mm512_loadu_si512(a + (size_t)i * k + l), flip);
            for (int j = 0; j < 4; j++)
                sum[i][j] = _mm512_dpbusd_epi32(sum[i][j], left, right[j]);
        }
    }
    for (int j = 0; j < 4; j++) {
        const int32_t away = 128 * _mm512_reduce_add_epi32(of_b[j]);
        for (int i = 0; i < 4; i++)
            c[(size_t)i * ldc + (size_t)j] = _mm512_reduce_add_epi32(sum[i][j]) - away;
    }
}
#endif

static void igemm_rest(const int8_t *a, const int8_t *b, size_t k, int32_t *c)
{
    int32_t s = 0;
    for (size_t l = 0; l < k; l++)
        s += a[l] * b[l];
    *c = s;
}

static void igemm_part(const work *w, size_t from, size_t to, unsigned part)
{
    const int8_t *a = w->at[0], *b = w->at[1];
    int32_t *c = w->at[2];
    const size_t n = w->n, k = w->k;
    (void)part;
#ifdef __AVX512VNNI__
    if (k % 64 == 0 && n % 4 == 0) {
        for (; from + 4 <= to; from += 4)
            for (size_t j = 0; j < n; j += 4)
                igemm_4x4(a + from * k, b + j * k, k, c + from * n + j, n);
    }
#endif
    for (; from < to; from++)
        for (size_t j = 0; j < n; j++)
            igemm_rest(a + from * k, b + j * k, k, c + from * n + j);
}

static void matvec_part(const work *w, size_t from, size_t to, unsigned part)
{
    const float *a = w->at[0], *x = w->at[1];
    float *y = w->at[2];
    (void)part;
    for (size_t i = from; i < to; i++) {
        const float *row = a + i * w->n;
        float s = 0;
        for (size_t j = 0; j < w->n; j++)
            s += row[j] * x[j];
        y[i] = s;
    }
}

SPREAD(hand_igemm, igemm_part, w->m, 4)
SPREAD(hand_matvec, matvec_part, w->m, 8)
