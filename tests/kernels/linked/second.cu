/* SPDX-License-Identifier: Apache-2.0 */
/* tests/kernels/linked/second.cu - what first.cu asks for, and a kernel of its own. */
#include "shared.h"

static __device__ int private_count = 7;
static __device__ int helper(int x) { return x + 1000; }
static __device__ int add(int a, int b) { return a + b; }
static __device__ int times(int a, int b) { return a * b; }

__device__ int table[4] = { 10, 20, 30, 40 };
__constant__ float scale_of[2] = { 0.5f, 2.5f };
__device__ int (*const operations[2])(int, int) = { add, times };
__device__ int elsewhere(int x) { return helper(x) + twice(x); }
__device__ int count_calls(int x) { return atomicAdd(&private_count, x); }
__device__ int lane_sum(int v)
{
    for (int d = warpSize / 2; d; d /= 2)
        v += __shfl_xor_sync(~0u, v, d);
    return v;
}

struct Square : Shape {
    __device__ int area() const override { return side * side; }
};
__device__ const Shape *make_square(void *at, int side)
{
    Square *s = new (at) Square;
    s->side = side;
    return s;
}

extern "C" __global__ void counts(int *out)
{
    out[threadIdx.x] = count_calls(2);
}
