/* SPDX-License-Identifier: Apache-2.0 */
/* Transposes of m x n floats; blocks of 32 x 8 threads, tiles of 32 x 32. Described in transpose.c. */
#define TILE 32
#define ROWS 8

extern "C" __global__ void transpose_naive(const float *x, float *y, unsigned n, unsigned m)
{
    const unsigned column = blockIdx.x * TILE + threadIdx.x, row = blockIdx.y * TILE + threadIdx.y;
    for (unsigned i = 0; i < TILE; i += ROWS)
        if (column < n && row + i < m)
            y[column * m + row + i] = x[(row + i) * n + column];
}

extern "C" __global__ void transpose_tiled(const float *x, float *y, unsigned n, unsigned m)
{
    __shared__ float tile[TILE][TILE + 1];
    unsigned column = blockIdx.x * TILE + threadIdx.x, row = blockIdx.y * TILE + threadIdx.y;
    for (unsigned i = 0; i < TILE; i += ROWS)
        if (column < n && row + i < m)
            tile[threadIdx.y + i][threadIdx.x] = x[(row + i) * n + column];
    __syncthreads();
    column = blockIdx.y * TILE + threadIdx.x;
    row = blockIdx.x * TILE + threadIdx.y;
    for (unsigned i = 0; i < TILE; i += ROWS)
        if (column < m && row + i < n)
            y[(row + i) * m + column] = tile[threadIdx.x][threadIdx.y + i];
}
