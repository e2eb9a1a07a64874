/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transposition of a row-major matrix of floats; C interface in transpose.h. A block turns one tile over in local
 * memory, so that it reads and writes whole rows; the odd pitch keeps the columns of a tile in different banks.
 */
#define TILE 32 /* as in gemm.c */
#define STEP 8

extern "C" __global__ void tnk_k_transpose(const float *__restrict__ in, float *__restrict__ out, unsigned rows,
                                           unsigned columns, unsigned first_row)
{
    __shared__ float tile[TILE][TILE + 1];
    unsigned column = blockIdx.x * TILE + threadIdx.x, row = first_row + blockIdx.y * TILE + threadIdx.y;
    for (unsigned i = 0; i < TILE; i += STEP)
        if (column < columns && row + i < rows)
            tile[threadIdx.y + i][threadIdx.x] = in[(unsigned long long)(row + i) * columns + column];
    __syncthreads();
    column = first_row + blockIdx.y * TILE + threadIdx.x;
    row = blockIdx.x * TILE + threadIdx.y;
    for (unsigned i = 0; i < TILE; i += STEP)
        if (column < rows && row + i < columns)
            out[(unsigned long long)(row + i) * rows + column] = tile[threadIdx.x][threadIdx.y + i];
}
