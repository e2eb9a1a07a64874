/* SPDX-License-Identifier: Apache-2.0 */
/* tests/kernels/linked/first.cu - kernels whose functions and variables another file defines. */
#include "shared.h"

static __device__ int private_count = 100;   /* second.cu has its own */
static __device__ int helper(int x) { return x * 3; }

extern "C" __global__ void from_both(int *out)
{
    int t = threadIdx.x;
    char room[32];
    const Shape *s = make_square(room, t);
    out[t] = elsewhere(t) + helper(t) + table[t % 4] + (int)(scale_of[t % 2] * 10) + operations[t % 2](t, 5) + s->area() + twice(t);
    if (t == 0)
        private_count += 1;
    out[64 + t] = private_count;
}

extern "C" __global__ void sums(int *out)
{
    out[threadIdx.x] = lane_sum(threadIdx.x + 1);
}
