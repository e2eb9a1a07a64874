/* SPDX-License-Identifier: Apache-2.0 */
/* More kernels than one group of code (tools/tenoncc/groups.c) has; they share variables, known outside and not. */
__device__ int table[4] = { 10, 20, 30, 40 };
__constant__ float scale = 2;
static __device__ int hits;

__device__ __noinline__ int mixed(int i)
{
    return table[i & 3] * (int)scale + i;
}

#define KERNEL(i)                                                                                                      \
    extern "C" __global__ void many_##i(int *x)                                                                        \
    {                                                                                                                  \
        __shared__ int local[32];                                                                                      \
        local[threadIdx.x ^ 1] = mixed(i) + threadIdx.x;                                                               \
        if (threadIdx.x == 0)                                                                                          \
            atomicAdd(&hits, i + 1);                                                                                   \
        __syncthreads();                                                                                               \
        x[threadIdx.x] = local[threadIdx.x];                                                                           \
    }
#define TEN(d) KERNEL(d##0) KERNEL(d##1) KERNEL(d##2) KERNEL(d##3) KERNEL(d##4) KERNEL(d##5) KERNEL(d##6) KERNEL(d##7) KERNEL(d##8) KERNEL(d##9)
TEN(1)
TEN(2)
TEN(3)
TEN(4)

extern "C" __global__ void report(int *x)
{
    x[threadIdx.x] = hits + threadIdx.x;
}
