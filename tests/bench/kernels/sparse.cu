/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses that come from data. Described in sparse.c. */
extern "C" __global__ void spmv_thread(const unsigned *offsets, const unsigned *columns, const float *values, const float *x, float *y, unsigned n)
{
    const unsigned row = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= n)
        return;
    float sum = 0.0f;
    for (unsigned i = offsets[row]; i < offsets[row + 1]; i++)
        sum += values[i] * x[columns[i]];
    y[row] = sum;
}

#define THREADS 128
#define GROUP 8

extern "C" __global__ void spmv_group(const unsigned *offsets, const unsigned *columns, const float *values, const float *x, float *y, unsigned n)
{
    __shared__ float part[THREADS];
    const unsigned t = threadIdx.x, row = blockIdx.x * (THREADS / GROUP) + t / GROUP, lane = t % GROUP;
    float sum = 0.0f;
    if (row < n)
        for (unsigned i = offsets[row] + lane; i < offsets[row + 1]; i += GROUP)
            sum += values[i] * x[columns[i]];
    part[t] = sum;
    __syncthreads();
    for (unsigned step = GROUP / 2; step > 0; step /= 2) {
        if (lane < step)
            part[t] += part[t + step];
        __syncthreads();
    }
    if (lane == 0 && row < n)
        y[row] = part[t];
}

extern "C" __global__ void binary_search(const unsigned *keys, const unsigned *x, unsigned *y, unsigned n, unsigned m)
{
    const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n)
        return;
    const unsigned wanted = x[i];
    unsigned low = 0, high = m;
    while (low < high) {
        const unsigned middle = (low + high) / 2;
        if (keys[middle] < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    y[i] = low;
}

extern "C" __global__ void gather(const unsigned *places, const float *x, float *y, unsigned n)
{
    const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        y[i] = x[places[i]];
}
