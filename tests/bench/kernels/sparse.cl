/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses that come from data, as OpenCL C. Described in sparse.c. */
kernel void spmv_thread(global const uint *offsets, global const uint *columns, global const float *values, global const float *x, global float *y, uint n)
{
    const uint row = get_group_id(0) * get_local_size(0) + get_local_id(0);
    if (row >= n)
        return;
    float sum = 0.0f;
    for (uint i = offsets[row]; i < offsets[row + 1]; i++)
        sum += values[i] * x[columns[i]];
    y[row] = sum;
}

#define THREADS 128
#define GROUP 8

kernel void spmv_group(global const uint *offsets, global const uint *columns, global const float *values, global const float *x, global float *y, uint n)
{
    local float part[THREADS];
    const uint t = get_local_id(0), row = get_group_id(0) * (THREADS / GROUP) + t / GROUP, lane = t % GROUP;
    float sum = 0.0f;
    if (row < n)
        for (uint i = offsets[row] + lane; i < offsets[row + 1]; i += GROUP)
            sum += values[i] * x[columns[i]];
    part[t] = sum;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint step = GROUP / 2; step > 0; step /= 2) {
        if (lane < step)
            part[t] += part[t + step];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (lane == 0 && row < n)
        y[row] = part[t];
}

kernel void binary_search(global const uint *keys, global const uint *x, global uint *y, uint n, uint m)
{
    const uint i = get_group_id(0) * get_local_size(0) + get_local_id(0);
    if (i >= n)
        return;
    const uint wanted = x[i];
    uint low = 0, high = m;
    while (low < high) {
        const uint middle = (low + high) / 2;
        if (keys[middle] < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    y[i] = low;
}

kernel void gather(global const uint *places, global const float *x, global float *y, uint n)
{
    const uint i = get_group_id(0) * get_local_size(0) + get_local_id(0);
    if (i < n)
        y[i] = x[places[i]];
}
