/* SPDX-License-Identifier: Apache-2.0 */
/* Histograms of bytes; blocks of 256 threads stride over the input. Described in histogram.c. */
extern "C" __global__ void histogram_local(const unsigned char *x, unsigned *counts, unsigned n)
{
    __shared__ unsigned own[256];
    const unsigned t = threadIdx.x;
    own[t] = 0;
    __syncthreads();
    for (unsigned i = blockIdx.x * blockDim.x + t; i < n; i += gridDim.x * blockDim.x)
        atomicAdd(&own[x[i]], 1u);
    __syncthreads();
    atomicAdd(&counts[t], own[t]);
}

extern "C" __global__ void histogram_global(const unsigned char *x, unsigned *counts, unsigned n)
{
    for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
        atomicAdd(&counts[x[i]], 1u);
}
