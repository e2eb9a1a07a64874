/* SPDX-License-Identifier: Apache-2.0 */
/* Products of matrices; sizes are multiples of the tiles. Described in gemm.c. */
#define TILE 16

extern "C" __global__ void sgemm_naive(const float *a, const float *b, float *c, unsigned n, unsigned m, unsigned k)
{
    const unsigned column = blockIdx.x * TILE + threadIdx.x, row = blockIdx.y * TILE + threadIdx.y;
    float sum = 0.0f;
    if (row >= m || column >= n)
        return;
    for (unsigned i = 0; i < k; i++)
        sum += a[row * k + i] * b[i * n + column];
    c[row * n + column] = sum;
}

extern "C" __global__ void sgemm_tiled(const float *a, const float *b, float *c, unsigned n, unsigned m, unsigned k)
{
    __shared__ float left[TILE][TILE], right[TILE][TILE];
    const unsigned x = threadIdx.x, y = threadIdx.y;
    const unsigned column = blockIdx.x * TILE + x, row = blockIdx.y * TILE + y;
    float sum = 0.0f;
    for (unsigned i = 0; i < k; i += TILE) {
        left[y][x] = a[row * k + i + x];
        right[y][x] = b[(i + y) * n + column];
        __syncthreads();
        for (unsigned j = 0; j < TILE; j++)
            sum += left[y][j] * right[j][x];
        __syncthreads();
    }
    c[row * n + column] = sum;
}

/* Each thread makes the 4 x 4 elements of C that are 16 apart. */
extern "C" __global__ void sgemm_blocked(const float *a, const float *b, float *c, unsigned n, unsigned m, unsigned k)
{
    __shared__ float left[TILE][64], right[TILE][64];
    const unsigned x = threadIdx.x, y = threadIdx.y, t = y * TILE + x;
    const unsigned column = blockIdx.x * 64, row = blockIdx.y * 64;
    float sum[4][4] = {};
    for (unsigned i = 0; i < k; i += TILE) {
        for (unsigned j = 0; j < 4; j++) {
            const unsigned e = t + j * 256;
            left[e % TILE][e / TILE] = a[(row + e / TILE) * k + i + e % TILE];
            right[e / 64][e % 64] = b[(i + e / 64) * n + column + e % 64];
        }
        __syncthreads();
#pragma unroll
        for (unsigned j = 0; j < TILE; j++) {
            float l[4], r[4];
#pragma unroll
            for (unsigned s = 0; s < 4; s++) {
                l[s] = left[j][y + s * TILE];
                r[s] = right[j][x + s * TILE];
            }
#pragma unroll
            for (unsigned s = 0; s < 4; s++)
#pragma unroll
                for (unsigned u = 0; u < 4; u++)
                    sum[s][u] += l[s] * r[u];
        }
        __syncthreads();
    }
#pragma unroll
    for (unsigned s = 0; s < 4; s++)
#pragma unroll
        for (unsigned u = 0; u < 4; u++)
            c[(row + y + s * TILE) * n + column + x + u * TILE] = sum[s][u];
}

/* B is transposed: n x k. Tiles are TILE rows of TILE words of four numbers. */
extern "C" __global__ void igemm(const int *a, const int *b, int *c, unsigned n, unsigned m, unsigned k)
{
    __shared__ int left[TILE][TILE], right[TILE][TILE + 1];
    const unsigned x = threadIdx.x, y = threadIdx.y, words = k / 4;
    const unsigned column = blockIdx.x * TILE, row = blockIdx.y * TILE + y;
    int sum = 0;
    for (unsigned i = 0; i < words; i += TILE) {
        left[y][x] = a[row * words + i + x];
        right[y][x] = b[(column + y) * words + i + x];
        __syncthreads();
        for (unsigned j = 0; j < TILE; j++)
            sum = __dp4a(left[y][j], right[x][j], sum);
        __syncthreads();
    }
    c[row * n + column + x] = sum;
}

extern "C" __global__ void matvec(const float *a, const float *x, float *y, unsigned n)
{
    __shared__ float part[128];
    const unsigned t = threadIdx.x, row = blockIdx.x;
    float sum = 0.0f;
    for (unsigned i = t; i < n; i += 128)
        sum += a[row * n + i] * x[i];
    part[t] = sum;
    __syncthreads();
    for (unsigned step = 64; step > 0; step /= 2) {
        if (t < step)
            part[t] += part[t + step];
        __syncthreads();
    }
    if (t == 0)
        y[row] = part[0];
}
