/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels of the CUDA and HIP stand-ins' tests: tenoncc wraps them as a fat binary and as an offload bundle. */
#include <cuda_runtime.h>

__device__ int counter = 7;
__constant__ int table[4] = { 1, 2, 3, 4 };

struct odd {
    char a;
    short b;
    double c;
    float d[3];
};

extern "C" __global__ void empty()
{
}

extern "C" __global__ void axpy(float a, const float *x, float *y, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        y[i] += a * x[i];
}

extern "C" __global__ void take_odd(char c, struct odd o, short s, double *out)
{
    out[0] = c;
    out[1] = o.a + o.b + o.c + o.d[0] + o.d[1] + o.d[2];
    out[2] = s;
}

extern "C" __global__ void reverse(int *data, int n)
{
    extern __shared__ int tile[];
    int i = threadIdx.x;
    if (i < n)
        tile[i] = data[i];
    __syncthreads();
    if (i < n)
        data[i] = tile[n - 1 - i];
}

extern "C" __global__ void increment(int *at)
{
    *at += 1;
}

extern "C" __global__ void use_variables(int *out)
{
    counter += 1;
    out[0] = counter;
    for (int i = 0; i < 4; i++)
        out[1 + i] = table[i];
}

extern "C" __global__ void lanes(int *out)
{
    out[threadIdx.x] = __shfl_down_sync(0xffffffff, (int)threadIdx.x, 1);
    if (threadIdx.x == 0)
        out[blockDim.x] = warpSize;
}

extern "C" __global__ void poke(int *at, int value)
{
    *at = value;
}

/* Every thread adds what its neighbour in the next block had before. */
#include <cooperative_groups.h>
extern "C" __global__ void neighbours(int *data, int rounds)
{
    cooperative_groups::grid_group grid = cooperative_groups::this_grid();
    unsigned n = gridDim.x * blockDim.x, me = blockIdx.x * blockDim.x + threadIdx.x;
    for (int r = 0; r < rounds; r++) {
        int other = data[(me + blockDim.x) % n];
        grid.sync();
        data[me] += other + r;
        grid.sync();
    }
}

/* Lines from all blocks at once, more than any buffer holds. */
extern "C" __global__ void many_lines(int lines)
{
    for (int i = 0; i < lines; i++)
        printf("block %d thread %d line %d of the flood\n", blockIdx.x, threadIdx.x, i);
}
