/* SPDX-License-Identifier: Apache-2.0 */
/* Sorting networks. Described in sort.c. */
#define RUN 512

extern "C" __global__ void bitonic_block(const unsigned *x, unsigned *y)
{
    __shared__ unsigned part[RUN];
    const unsigned t = threadIdx.x, first = blockIdx.x * RUN;
    part[t] = x[first + t];
    part[t + RUN / 2] = x[first + t + RUN / 2];
    for (unsigned size = 2; size <= RUN; size *= 2)
        for (unsigned step = size / 2; step > 0; step /= 2) {
            __syncthreads();
            const unsigned i = 2 * t - (t & (step - 1)), j = i + step;
            const unsigned a = part[i], b = part[j];
            if ((a > b) == ((i & size) == 0)) {
                part[i] = b;
                part[j] = a;
            }
        }
    __syncthreads();
    y[first + t] = part[t];
    y[first + t + RUN / 2] = part[t + RUN / 2];
}

extern "C" __global__ void bitonic_global(unsigned *x, unsigned size, unsigned step)
{
    const unsigned t = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned i = 2 * t - (t & (step - 1)), j = i + step;
    const unsigned a = x[i], b = x[j];
    if ((a > b) == ((i & size) == 0)) {
        x[i] = b;
        x[j] = a;
    }
}

#define SHORT 128

extern "C" __global__ void odd_even(const unsigned *x, unsigned *y)
{
    __shared__ unsigned part[SHORT];
    const unsigned t = threadIdx.x, first = blockIdx.x * SHORT;
    part[t] = x[first + t];
    part[t + SHORT / 2] = x[first + t + SHORT / 2];
    __syncthreads();
    for (unsigned round = 0; round < SHORT; round++) {
        const unsigned i = 2 * t + (round & 1);
        if (i + 1 < SHORT) {
            const unsigned a = part[i], b = part[i + 1];
            if (a > b) {
                part[i] = b;
                part[i + 1] = a;
            }
        }
        __syncthreads();
    }
    y[first + t] = part[t];
    y[first + t + SHORT / 2] = part[t + SHORT / 2];
}
