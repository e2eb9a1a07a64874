/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matrix multiplication, C = act(A B + bias), row-major floats; C interface in gemm.h.
 *
 * A block makes ROWS x COLUMNS of C. Each thread owns one column and keeps its ROWS sums in registers; the strip of A
 * is shared through local memory, and a row of B is read once by neighbouring threads. Between two barriers the code is
 * straight and neighbouring in threadIdx.x, so that lanes of a vector unit take it as well as a warp does.
 * Whole tiles of columns take the kernels without guards; the columns that remain take the guarded ones.
 */
#include "device_math.h"

#define ROWS    8 /* as in gemm.c */
#define COLUMNS 128
#define DEPTH   16 /* ROWS * DEPTH == COLUMNS: each thread fetches one element of the strip */

template <bool TRANSPOSED, bool GUARDED>
static __device__ __forceinline__ void
gemm(const float *__restrict__ a, const float *__restrict__ b, const float *__restrict__ bias, float *__restrict__ c,
     unsigned m, unsigned n, unsigned k, unsigned lda, unsigned ldb, unsigned ldc, unsigned long long batch_a,
     unsigned long long batch_b, unsigned long long batch_c, unsigned first_column, unsigned activation)
{
    __shared__ float strip[DEPTH][ROWS];
    const unsigned x = threadIdx.x, row = blockIdx.x * ROWS, column = first_column + blockIdx.y * COLUMNS + x;
    /* A guarded thread beyond the last column computes the last one again and stores nothing. */
    const unsigned from = GUARDED && column >= n ? n - 1 : column;
    a += blockIdx.z * batch_a;
    b += blockIdx.z * batch_b + (TRANSPOSED ? (unsigned long long)from * ldb : from);
    c += blockIdx.z * batch_c;

    float sum[ROWS];
#pragma unroll
    for (unsigned i = 0; i < ROWS; i++)
        sum[i] = 0.0f;

    /* Which element of the strip this thread fetches; rows beyond the last repeat it, and are not stored either. */
    const unsigned fetch_row = x / DEPTH, fetch_k = x % DEPTH;
    const unsigned clamped = row + fetch_row < m ? row + fetch_row : m - 1;
    unsigned k0 = 0;
    for (; k0 + DEPTH <= k; k0 += DEPTH) {
        strip[fetch_k][fetch_row] = a[(unsigned long long)clamped * lda + k0 + fetch_k];
        __syncthreads();
#pragma unroll
        for (unsigned j = 0; j < DEPTH; j++) {
            const float right = TRANSPOSED ? b[k0 + j] : b[(unsigned long long)(k0 + j) * ldb];
#pragma unroll
            for (unsigned i = 0; i < ROWS; i++)
                sum[i] += strip[j][i] * right;
        }
        __syncthreads();
    }
    for (; k0 < k; k0++) {
        const float right = TRANSPOSED ? b[k0] : b[(unsigned long long)k0 * ldb];
#pragma unroll
        for (unsigned i = 0; i < ROWS; i++)
            sum[i] += a[(unsigned long long)(row + i < m ? row + i : m - 1) * lda + k0] * right;
    }

    if (GUARDED && column >= n)
        return;
    const float offset = bias ? bias[column] : 0.0f;
#pragma unroll
    for (unsigned i = 0; i < ROWS; i++)
        if (row + i < m) {
            const float value = sum[i] + offset;
            c[(unsigned long long)(row + i) * ldc + column] = activation ? tnk_gelu_of(value) : value;
        }
}

#define GEMM(name, transposed, guarded)                                                                                \
    extern "C" __global__ void __launch_bounds__(COLUMNS)                                                              \
        name(const float *a, const float *b, const float *bias, float *c, unsigned m, unsigned n, unsigned k,          \
             unsigned lda, unsigned ldb, unsigned ldc, unsigned first_column, unsigned activation,                     \
             unsigned long long batch_a, unsigned long long batch_b, unsigned long long batch_c)                       \
    {                                                                                                                  \
        gemm<transposed, guarded>(a, b, bias, c, m, n, k, lda, ldb, ldc, batch_a, batch_b, batch_c, first_column,      \
                                  activation);                                                                         \
    }

GEMM(tnk_k_gemm_nn, false, false)
GEMM(tnk_k_gemm_nn_edge, false, true)
GEMM(tnk_k_gemm_nt, true, false)
GEMM(tnk_k_gemm_nt_edge, true, true)
