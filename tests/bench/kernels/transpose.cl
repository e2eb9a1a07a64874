/* SPDX-License-Identifier: Apache-2.0 */
/* Transposes as OpenCL C; work-groups of 32 x 8. Described in transpose.c. */
#define TILE 32
#define ROWS 8

kernel void transpose_naive(global const float *x, global float *y, uint n, uint m)
{
    const uint column = get_group_id(0) * TILE + get_local_id(0), row = get_group_id(1) * TILE + get_local_id(1);
    for (uint i = 0; i < TILE; i += ROWS)
        if (column < n && row + i < m)
            y[column * m + row + i] = x[(row + i) * n + column];
}

kernel void transpose_tiled(global const float *x, global float *y, uint n, uint m)
{
    local float tile[TILE][TILE + 1];
    uint column = get_group_id(0) * TILE + get_local_id(0), row = get_group_id(1) * TILE + get_local_id(1);
    for (uint i = 0; i < TILE; i += ROWS)
        if (column < n && row + i < m)
            tile[get_local_id(1) + i][get_local_id(0)] = x[(row + i) * n + column];
    barrier(CLK_LOCAL_MEM_FENCE);
    column = get_group_id(1) * TILE + get_local_id(0);
    row = get_group_id(0) * TILE + get_local_id(1);
    for (uint i = 0; i < TILE; i += ROWS)
        if (column < m && row + i < n)
            y[(row + i) * m + column] = tile[get_local_id(0)][get_local_id(1) + i];
}
