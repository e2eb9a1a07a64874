/* SPDX-License-Identifier: Apache-2.0 */
/* Sums; blocks of 256 threads. Described in reduce.c. */
#define THREADS 256

static __device__ __forceinline__ void tree(float *part, float value, float *out)
{
    const unsigned t = threadIdx.x;
    part[t] = value;
    __syncthreads();
    for (unsigned step = THREADS / 2; step > 0; step /= 2) {
        if (t < step)
            part[t] += part[t + step];
        __syncthreads();
    }
    if (t == 0)
        *out = part[0];
}

extern "C" __global__ void reduce_tree(const float *x, float *partial, unsigned n)
{
    __shared__ float part[THREADS];
    const unsigned i = blockIdx.x * THREADS + threadIdx.x;
    tree(part, i < n ? x[i] : 0.0f, &partial[blockIdx.x]);
}

extern "C" __global__ void reduce_stride(const float *x, float *partial, unsigned n)
{
    __shared__ float part[THREADS];
    float sum = 0.0f;
    for (unsigned i = blockIdx.x * THREADS + threadIdx.x; i < n; i += gridDim.x * THREADS)
        sum += x[i];
    tree(part, sum, &partial[blockIdx.x]);
}

extern "C" __global__ void reduce_last(const float *partial, float *out, unsigned count)
{
    __shared__ float part[THREADS];
    float sum = 0.0f;
    for (unsigned i = threadIdx.x; i < count; i += THREADS)
        sum += partial[i];
    tree(part, sum, out);
}

/* The same for the blocks of n elements. */
extern "C" __global__ void reduce_last_of(const float *partial, float *out, unsigned n)
{
    __shared__ float part[THREADS];
    const unsigned count = (n + THREADS - 1) / THREADS;
    float sum = 0.0f;
    for (unsigned i = threadIdx.x; i < count; i += THREADS)
        sum += partial[i];
    tree(part, sum, out);
}

extern "C" __global__ void reduce_shuffle(const float *x, float *partial, unsigned n)
{
    __shared__ float part[THREADS / 32];
    const unsigned t = threadIdx.x, i = blockIdx.x * THREADS + t;
    float sum = i < n ? x[i] : 0.0f;
    for (unsigned step = warpSize / 2; step > 0; step /= 2)
        sum += __shfl_down_sync(0xffffffffu, sum, step);
    if (t % warpSize == 0)
        part[t / warpSize] = sum;
    __syncthreads();
    if (t == 0) {
        sum = 0.0f;
        for (unsigned j = 0; j < THREADS / warpSize; j++)
            sum += part[j];
        partial[blockIdx.x] = sum;
    }
}

extern "C" __global__ void reduce_max(const float *x, float *partial, unsigned n)
{
    __shared__ float part[THREADS];
    const unsigned t = threadIdx.x;
    float most = x[0];
    for (unsigned i = blockIdx.x * THREADS + t; i < n; i += gridDim.x * THREADS)
        most = fmaxf(most, x[i]);
    part[t] = most;
    __syncthreads();
    for (unsigned step = THREADS / 2; step > 0; step /= 2) {
        if (t < step)
            part[t] = fmaxf(part[t], part[t + step]);
        __syncthreads();
    }
    if (t == 0)
        partial[blockIdx.x] = part[0];
}

extern "C" __global__ void dot_product(const float *x, const float *y, float *partial, unsigned n)
{
    __shared__ float part[THREADS];
    float sum = 0.0f;
    for (unsigned i = blockIdx.x * THREADS + threadIdx.x; i < n; i += gridDim.x * THREADS)
        sum += x[i] * y[i];
    tree(part, sum, &partial[blockIdx.x]);
}
