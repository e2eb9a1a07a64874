/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/kernels/grid.cu - blocks that wait for each other: the barrier of the whole grid.
 */
#include <cooperative_groups.h>
namespace cg = cooperative_groups;

/* Every thread adds what its neighbour in the next block had before; `rounds` times. */
extern "C" __global__ void neighbours(int *data, int rounds)
{
    cg::grid_group grid = cg::this_grid();
    unsigned n = gridDim.x * blockDim.x, me = blockIdx.x * blockDim.x + threadIdx.x;
    for (int r = 0; r < rounds; r++) {
        int other = data[(me + blockDim.x) % n];
        grid.sync();
        data[me] += other + r;
        grid.sync();
    }
}

/* Local memory, private arrays and uniform values live through the barrier; some threads have ended before it. */
extern "C" __global__ void kept(const int *in, int *out, int *valid)
{
    __shared__ int tile[64];
    extern __shared__ int more[];
    cg::grid_group grid = cg::this_grid();
    int mine[4], t = threadIdx.x, b = blockIdx.x;
    tile[t] = in[b * blockDim.x + t];
    more[t] = tile[t] * 2;
    for (int i = 0; i < 4; i++)
        mine[i] = tile[t] + i * b;
    if (t == 0)
        atomicAdd(valid, grid.is_valid());
    if (t >= 50 || (b == 2 && t == 0))
        return;
    __syncthreads();
    cg::sync(grid);
    int v = tile[(t + 1) % 50] + more[(t + 2) % 50];
    for (int i = 0; i < 4; i++)
        v += mine[(i + t) % 4] * in[((b + 1) % gridDim.x) * blockDim.x];
    out[grid.thread_rank()] = v;
}

/* Managed variables are device variables that the host finds by name. */
__managed__ int together[4] = { 5, 6, 7, 8 };
extern "C" __global__ void managed(int *out)
{
    out[threadIdx.x] = together[threadIdx.x];
    together[threadIdx.x] += 10 * threadIdx.x;
    cg::this_grid().sync();
}

/* One total for the whole grid in one launch, by shuffles, local memory and global memory. */
extern "C" __global__ void total(const int *in, int n, int *parts, int *result)
{
    __shared__ int warps[32];
    cg::grid_group grid = cg::this_grid();
    cg::thread_block block = cg::this_thread_block();
    int sum = 0;
    for (unsigned i = (unsigned)grid.thread_rank(); i < (unsigned)n; i += (unsigned)grid.size())
        sum += in[i];
    for (int d = warpSize / 2; d; d /= 2)
        sum += __shfl_down_sync(~0u, sum, d);
    if (threadIdx.x % warpSize == 0)
        warps[threadIdx.x / warpSize] = sum;
    block.sync();
    if (threadIdx.x == 0) {
        for (int w = 1; w < (int)(blockDim.x / warpSize); w++)
            sum += warps[w];
        parts[blockIdx.x] = sum;
    }
    grid.sync();
    if (grid.thread_rank() == 0) {
        int all = 0;
        for (unsigned b = 0; b < gridDim.x; b++)
            all += parts[b];
        *result = all;
    }
}
