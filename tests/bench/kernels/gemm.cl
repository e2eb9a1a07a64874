/* SPDX-License-Identifier: Apache-2.0 */
/* Products of matrices as OpenCL C; sizes are multiples of the tiles. Described in gemm.c. */
#define TILE 16

kernel void sgemm_naive(global const float *a, global const float *b, global float *c, uint n, uint m, uint k)
{
    const uint column = get_global_id(0), row = get_global_id(1);
    float sum = 0.0f;
    if (row >= m || column >= n)
        return;
    for (uint i = 0; i < k; i++)
        sum += a[row * k + i] * b[i * n + column];
    c[row * n + column] = sum;
}

kernel void sgemm_tiled(global const float *a, global const float *b, global float *c, uint n, uint m, uint k)
{
    local float left[TILE][TILE], right[TILE][TILE];
    const uint x = get_local_id(0), y = get_local_id(1);
    const uint column = get_global_id(0), row = get_global_id(1);
    float sum = 0.0f;
    for (uint i = 0; i < k; i += TILE) {
        left[y][x] = a[row * k + i + x];
        right[y][x] = b[(i + y) * n + column];
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint j = 0; j < TILE; j++)
            sum += left[y][j] * right[j][x];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    c[row * n + column] = sum;
}

kernel void sgemm_blocked(global const float *a, global const float *b, global float *c, uint n, uint m, uint k)
{
    local float left[TILE][64], right[TILE][64];
    const uint x = get_local_id(0), y = get_local_id(1), t = y * TILE + x;
    const uint column = get_group_id(0) * 64, row = get_group_id(1) * 64;
    float sum[4][4];
    for (uint s = 0; s < 4; s++)
        for (uint u = 0; u < 4; u++)
            sum[s][u] = 0.0f;
    for (uint i = 0; i < k; i += TILE) {
        for (uint j = 0; j < 4; j++) {
            const uint e = t + j * 256;
            left[e % TILE][e / TILE] = a[(row + e / TILE) * k + i + e % TILE];
            right[e / 64][e % 64] = b[(i + e / 64) * n + column + e % 64];
        }
        barrier(CLK_LOCAL_MEM_FENCE);
#pragma unroll
        for (uint j = 0; j < TILE; j++) {
            float l[4], r[4];
#pragma unroll
            for (uint s = 0; s < 4; s++) {
                l[s] = left[j][y + s * TILE];
                r[s] = right[j][x + s * TILE];
            }
#pragma unroll
            for (uint s = 0; s < 4; s++)
#pragma unroll
                for (uint u = 0; u < 4; u++)
                    sum[s][u] += l[s] * r[u];
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
#pragma unroll
    for (uint s = 0; s < 4; s++)
#pragma unroll
        for (uint u = 0; u < 4; u++)
            c[(row + y + s * TILE) * n + column + x + u * TILE] = sum[s][u];
}

int dot4(int a, int b, int sum)
{
    const char4 x = as_char4(a), y = as_char4(b);
    return sum + x.x * y.x + x.y * y.y + x.z * y.z + x.w * y.w;
}

kernel void igemm(global const int *a, global const int *b, global int *c, uint n, uint m, uint k)
{
    local int left[TILE][TILE], right[TILE][TILE + 1];
    const uint x = get_local_id(0), y = get_local_id(1), words = k / 4;
    const uint column = get_group_id(0) * TILE, row = get_global_id(1);
    int sum = 0;
    for (uint i = 0; i < words; i += TILE) {
        left[y][x] = a[row * words + i + x];
        right[y][x] = b[(column + y) * words + i + x];
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint j = 0; j < TILE; j++)
            sum = dot4(left[y][j], right[x][j], sum);
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    c[row * n + column + x] = sum;
}

kernel void matvec(global const float *a, global const float *x, global float *y, uint n)
{
    local float part[128];
    const uint t = get_local_id(0), row = get_group_id(0);
    float sum = 0.0f;
    for (uint i = t; i < n; i += 128)
        sum += a[row * n + i] * x[i];
    part[t] = sum;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint step = 64; step > 0; step /= 2) {
        if (t < step)
            part[t] += part[t + step];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (t == 0)
        y[row] = part[0];
}
