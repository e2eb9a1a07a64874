/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernels of the conformance suite: small, each for one behaviour. A vendor whose chip tenoncc has no target for builds
 * these with the chip's own compiler and names the bundle with --bundle.
 */
#define KERNEL extern "C" __global__ void
#ifndef CTS_NO_GRID /* where blocks can't wait for each other, or the compiler has no header for it */
#include <cooperative_groups.h>
#endif

struct cts_mixed {
    char c;
    short s;
    double d;
    float f;
};

/* out[i] = base + i */
KERNEL cts_iota(unsigned *out, unsigned base, unsigned count)
{
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < count)
        out[i] = base + i;
}

/* out[i] = a[i] + b[i] */
KERNEL cts_add(float *out, const float *a, const float *b, unsigned count)
{
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < count)
        out[i] = a[i] + b[i];
}

/* out[i] = out[i] * 3 + 1: order matters */
KERNEL cts_step(unsigned *out, unsigned count)
{
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < count)
        out[i] = out[i] * 3u + 1u;
}

/* Each thread writes where it is: 6 words at its linear index. */
KERNEL cts_geometry(unsigned *out)
{
    unsigned block = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
    unsigned thread = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    unsigned *at = out + 6u * (block * (blockDim.x * blockDim.y * blockDim.z) + thread);
    at[0] = blockIdx.x;
    at[1] = blockIdx.y;
    at[2] = blockIdx.z;
    at[3] = threadIdx.x;
    at[4] = threadIdx.y;
    at[5] = threadIdx.z;
}

/* Arguments of unlike sizes arrive unharmed: out[0..7] holds them as doubles. */
KERNEL cts_arguments(double *out, char c, short s, int i, long long l, float f, double d, struct cts_mixed m)
{
    out[0] = c;
    out[1] = s;
    out[2] = i;
    out[3] = (double)l;
    out[4] = f;
    out[5] = d;
    out[6] = m.c * 1000.0 + m.s;
    out[7] = m.d + m.f;
}

/* Reverses each block through static local memory. At most 256 threads. */
KERNEL cts_reverse(unsigned *data)
{
    __shared__ unsigned tile[256];
    unsigned base = blockIdx.x * blockDim.x;
    tile[threadIdx.x] = data[base + threadIdx.x];
    __syncthreads();
    data[base + threadIdx.x] = tile[blockDim.x - 1u - threadIdx.x];
}

/* The sum of each block through dynamic local memory; blockDim.x is a power of two. */
KERNEL cts_block_sum(unsigned *sums, const unsigned *data, unsigned count)
{
    extern __shared__ unsigned partial[];
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    partial[threadIdx.x] = i < count ? data[i] : 0u;
    for (unsigned width = blockDim.x / 2u; width > 0u; width /= 2u) {
        __syncthreads();
        if (threadIdx.x < width)
            partial[threadIdx.x] += partial[threadIdx.x + width];
    }
    if (threadIdx.x == 0u)
        sums[blockIdx.x] = partial[0];
}

/* counts[value % bins]++ for each value */
KERNEL cts_histogram(unsigned *counts, const unsigned *values, unsigned count, unsigned bins)
{
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < count)
        atomicAdd(&counts[values[i] % bins], 1u);
}

__device__ unsigned cts_counter = 41u;
__constant__ unsigned cts_table[4] = { 10u, 20u, 30u, 40u };

/* Reads a constant and a variable, then raises the variable. One thread. */
KERNEL cts_variables(unsigned *out)
{
    out[0] = cts_counter;
    out[1] = cts_table[0] + cts_table[3];
    cts_counter = cts_counter + 1u;
}

/* Keeps a device busy: a chain of `rounds` dependent steps in one thread, of a kind that compilers can't fold into fewer
 * (xorshift32; Marsaglia, "Xorshift RNGs", 2003). */
KERNEL cts_busy(unsigned *out, unsigned rounds)
{
    unsigned x = out[0];
    for (unsigned i = 0; i < rounds; i++) {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
    }
    out[0] = x;
}

/* Writes through whatever pointer it is given; index in elements. */
KERNEL cts_poke(unsigned *where, unsigned long long index, unsigned value)
{
    where[index] = value;
}

/* Ends only when *flag is not 0. */
KERNEL cts_forever(volatile unsigned *flag)
{
    while (*flag == 0u) {
    }
}

#ifndef CTS_NO_GRID
/* `rounds` times each thread adds what its neighbour in the next block had before. */
KERNEL cts_turns(unsigned *data, unsigned rounds)
{
    cooperative_groups::grid_group grid = cooperative_groups::this_grid();
    unsigned n = gridDim.x * blockDim.x, me = blockIdx.x * blockDim.x + threadIdx.x;
    for (unsigned r = 0; r < rounds; r++) {
        unsigned other = data[(me + blockDim.x) % n];
        grid.sync();
        data[me] += other + r;
        grid.sync();
    }
}
#endif
