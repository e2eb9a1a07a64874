/* SPDX-License-Identifier: Apache-2.0 */
/* Element by element over vectors of floats; C interface in vector.h. One thread an element. */

extern "C" __global__ void tnk_k_add(const float *x, const float *y, float *z, unsigned n)
{
    const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        z[i] = x[i] + y[i];
}

extern "C" __global__ void tnk_k_multiply(const float *x, const float *y, float *z, unsigned n)
{
    const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        z[i] = x[i] * y[i];
}

extern "C" __global__ void tnk_k_scale(float a, const float *x, float *y, unsigned n)
{
    const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        y[i] = a * x[i];
}

extern "C" __global__ void tnk_k_axpy(float a, const float *x, float *y, unsigned n)
{
    const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        y[i] += a * x[i];
}
