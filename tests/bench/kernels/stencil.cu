/* SPDX-License-Identifier: Apache-2.0 */
/* Stencils and convolutions; one thread an element. Described in stencil.c. */
extern "C" __global__ void stencil5(const float *x, float *y, unsigned n, unsigned m)
{
    const unsigned column = blockIdx.x * blockDim.x + threadIdx.x, row = blockIdx.y * blockDim.y + threadIdx.y;
    if (column >= n || row >= m)
        return;
    const unsigned i = row * n + column;
    if (column == 0 || row == 0 || column == n - 1 || row == m - 1)
        y[i] = x[i];
    else
        y[i] = 0.5f * x[i] + 0.125f * (x[i - 1] + x[i + 1] + x[i - n] + x[i + n]);
}

extern "C" __global__ void stencil7(const float *x, float *y, unsigned n, unsigned m, unsigned k)
{
    const unsigned column = blockIdx.x * blockDim.x + threadIdx.x, row = blockIdx.y * blockDim.y + threadIdx.y;
    const unsigned height = blockIdx.z * blockDim.z + threadIdx.z, plane = n * m;
    if (column >= n || row >= m || height >= k)
        return;
    const unsigned i = height * plane + row * n + column;
    if (column == 0 || row == 0 || height == 0 || column == n - 1 || row == m - 1 || height == k - 1)
        y[i] = x[i];
    else
        y[i] = 0.4f * x[i] + 0.1f * (x[i - 1] + x[i + 1] + x[i - n] + x[i + n] + x[i - plane] + x[i + plane]);
}

#define THREADS 256
#define REACH 8

extern "C" __global__ void conv1d(const float *x, const float *taps, float *y, unsigned n)
{
    __shared__ float part[THREADS + 2 * REACH];
    const unsigned t = threadIdx.x, first = blockIdx.x * THREADS;
    for (unsigned j = t; j < THREADS + 2 * REACH; j += THREADS)
        part[j] = first + j >= REACH && first + j - REACH < n ? x[first + j - REACH] : 0.0f;
    __syncthreads();
    float sum = 0.0f;
    for (unsigned j = 0; j <= 2 * REACH; j++)
        sum += taps[j] * part[t + j];
    if (first + t < n)
        y[first + t] = sum;
}

extern "C" __global__ void conv2d(const float *x, const float *taps, float *y, unsigned n, unsigned m)
{
    const unsigned column = blockIdx.x * blockDim.x + threadIdx.x, row = blockIdx.y * blockDim.y + threadIdx.y;
    if (column >= n || row >= m)
        return;
    float sum = 0.0f;
    for (unsigned a = 0; a < 5; a++)
        for (unsigned b = 0; b < 5; b++)
            sum += taps[a * 5 + b] * x[(row + a) * (n + 4) + column + b];
    y[row * n + column] = sum;
}
