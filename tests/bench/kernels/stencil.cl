/* SPDX-License-Identifier: Apache-2.0 */
/* Stencils and convolutions as OpenCL C. Described in stencil.c. */
kernel void stencil5(global const float *x, global float *y, uint n, uint m)
{
    const uint column = get_group_id(0) * get_local_size(0) + get_local_id(0), row = get_group_id(1) * get_local_size(1) + get_local_id(1);
    if (column >= n || row >= m)
        return;
    const uint i = row * n + column;
    if (column == 0 || row == 0 || column == n - 1 || row == m - 1)
        y[i] = x[i];
    else
        y[i] = 0.5f * x[i] + 0.125f * (x[i - 1] + x[i + 1] + x[i - n] + x[i + n]);
}

kernel void stencil7(global const float *x, global float *y, uint n, uint m, uint k)
{
    const uint column = get_group_id(0) * get_local_size(0) + get_local_id(0), row = get_group_id(1) * get_local_size(1) + get_local_id(1);
    const uint height = get_group_id(2) * get_local_size(2) + get_local_id(2), plane = n * m;
    if (column >= n || row >= m || height >= k)
        return;
    const uint i = height * plane + row * n + column;
    if (column == 0 || row == 0 || height == 0 || column == n - 1 || row == m - 1 || height == k - 1)
        y[i] = x[i];
    else
        y[i] = 0.4f * x[i] + 0.1f * (x[i - 1] + x[i + 1] + x[i - n] + x[i + n] + x[i - plane] + x[i + plane]);
}

#define THREADS 256
#define REACH 8

kernel void conv1d(global const float *x, global const float *taps, global float *y, uint n)
{
    local float part[THREADS + 2 * REACH];
    const uint t = get_local_id(0), first = get_group_id(0) * THREADS;
    for (uint j = t; j < THREADS + 2 * REACH; j += THREADS)
        part[j] = first + j >= REACH && first + j - REACH < n ? x[first + j - REACH] : 0.0f;
    barrier(CLK_LOCAL_MEM_FENCE);
    float sum = 0.0f;
    for (uint j = 0; j <= 2 * REACH; j++)
        sum += taps[j] * part[t + j];
    if (first + t < n)
        y[first + t] = sum;
}

kernel void conv2d(global const float *x, global const float *taps, global float *y, uint n, uint m)
{
    const uint column = get_group_id(0) * get_local_size(0) + get_local_id(0), row = get_group_id(1) * get_local_size(1) + get_local_id(1);
    if (column >= n || row >= m)
        return;
    float sum = 0.0f;
    for (uint a = 0; a < 5; a++)
        for (uint b = 0; b < 5; b++)
            sum += taps[a * 5 + b] * x[(row + a) * (n + 4) + column + b];
    y[row * n + column] = sum;
}
