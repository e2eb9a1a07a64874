/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sum and maximum of a vector of floats; C interface in reduce.h. Each block turns BLOCK * EACH elements into one
 * partial result; the host repeats until one is left. No warp is needed: a tree in local memory. The order of the
 * additions depends on the size alone, so that a device gives the same sum each time.
 */
#include "device_math.h"

#define BLOCK 256 /* as in reduce.c */
#define EACH  8

extern "C" __global__ void __launch_bounds__(BLOCK) tnk_k_reduce_sum(const float *in, float *out, unsigned n)
{
    __shared__ float local[BLOCK];
    const unsigned x = threadIdx.x, base = blockIdx.x * (BLOCK * EACH) + x;
    float value = 0.0f;
#pragma unroll
    for (unsigned i = 0; i < EACH; i++)
        if (base + i * BLOCK < n)
            value += in[base + i * BLOCK];
    value = tnk_block_sum(local, value, x, BLOCK);
    if (x == 0)
        out[blockIdx.x] = value;
}

extern "C" __global__ void __launch_bounds__(BLOCK) tnk_k_reduce_max(const float *in, float *out, unsigned n)
{
    __shared__ float local[BLOCK];
    const unsigned x = threadIdx.x, first = blockIdx.x * (BLOCK * EACH), base = first + x;
    float value = in[first]; /* every block has at least one element, and the maximum doesn't mind it twice */
#pragma unroll
    for (unsigned i = 0; i < EACH; i++)
        if (base + i * BLOCK < n)
            value = fmaxf(value, in[base + i * BLOCK]);
    value = tnk_block_max(local, value, x, BLOCK);
    if (x == 0)
        out[blockIdx.x] = value;
}
