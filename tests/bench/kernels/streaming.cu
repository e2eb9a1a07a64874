/* SPDX-License-Identifier: Apache-2.0 */
/* Streaming kernels; one thread an element. Described in streaming.c. */
extern "C" __global__ void copy(const float *x, float *y, unsigned n)
{
    const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        y[i] = x[i];
}

extern "C" __global__ void saxpy(const float *x, float *y, unsigned n, float a)
{
    const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        y[i] = a * x[i] + y[i];
}

extern "C" __global__ void triad(const float *x, const float *y, float *z, unsigned n, float a)
{
    const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        z[i] = x[i] + a * y[i];
}

extern "C" __global__ void pairs(const float2 *x, float *y, unsigned n)
{
    const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) {
        const float2 pair = x[i];
        y[i] = pair.x + pair.y;
    }
}
