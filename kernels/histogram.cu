/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts of the 256 byte values; C interface in histogram.h. A block counts its bytes in local memory and adds its
 * counts to the result's with one atomic a value.
 */
#define BLOCK 256 /* as in reduce.c */
#define EACH  64

extern "C" __global__ void __launch_bounds__(BLOCK)
    tnk_k_histogram(const unsigned char *in, unsigned *counts, unsigned n)
{
    __shared__ unsigned local[256];
    const unsigned x = threadIdx.x, base = blockIdx.x * (BLOCK * EACH) + x;
    local[x] = 0;
    __syncthreads();
    for (unsigned i = 0; i < EACH; i++)
        if (base + i * BLOCK < n)
            atomicAdd(&local[in[base + i * BLOCK]], 1u);
    __syncthreads();
    if (local[x])
        atomicAdd(&counts[x], local[x]);
}
