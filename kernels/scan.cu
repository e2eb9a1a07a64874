/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prefix sums of unsigned integers; C interface in scan.h. Each block scans BLOCK * EACH elements and keeps its total;
 * the host has the totals scanned in the same way and added. No warp is needed: doubling steps in local memory.
 */
#define BLOCK 256 /* as in reduce.c */
#define EACH  4

extern "C" __global__ void __launch_bounds__(BLOCK)
    tnk_k_scan(const unsigned *in, unsigned *out, unsigned *totals, unsigned n, unsigned inclusive)
{
    __shared__ unsigned local[2][BLOCK];
    const unsigned x = threadIdx.x, base = blockIdx.x * (BLOCK * EACH) + x * EACH;
    unsigned value[EACH], mine = 0;
#pragma unroll
    for (unsigned i = 0; i < EACH; i++) {
        value[i] = base + i < n ? in[base + i] : 0;
        mine += value[i];
    }
    unsigned from = 0;
    local[0][x] = mine;
    __syncthreads();
    for (unsigned distance = 1; distance < BLOCK; distance *= 2) {
        local[1 - from][x] = local[from][x] + (x >= distance ? local[from][x - distance] : 0);
        from = 1 - from;
        __syncthreads();
    }
    unsigned before = local[from][x] - mine;
#pragma unroll
    for (unsigned i = 0; i < EACH; i++) {
        if (base + i < n)
            out[base + i] = inclusive ? before + value[i] : before;
        before += value[i];
    }
    if (x == BLOCK - 1)
        totals[blockIdx.x] = before;
}

/* Adds to each block's elements the sum of all blocks before it. */
extern "C" __global__ void __launch_bounds__(BLOCK) tnk_k_scan_add(unsigned *out, const unsigned *totals, unsigned n)
{
    const unsigned before = totals[blockIdx.x], base = blockIdx.x * (BLOCK * EACH) + threadIdx.x;
#pragma unroll
    for (unsigned i = 0; i < EACH; i++)
        if (base + i * BLOCK < n)
            out[base + i * BLOCK] += before;
}
