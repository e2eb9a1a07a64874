// SPDX-License-Identifier: Apache-2.0
// Warp operations: whole warps, partial masks, parted lanes, tails, three-dimensional blocks, 64-bit and other types.
__device__ float warp_sum(float v)
{
    for (int o = warpSize / 2; o; o >>= 1)
        v += __shfl_down_sync(0xffffffffu, v, o);
    return v;
}

extern "C" __global__ void block_sum(const float *in, float *out, int n)
{
    __shared__ float s[32];
    float v = 0;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
        v += in[i];
    v = warp_sum(v);
    int lane = threadIdx.x % warpSize, w = threadIdx.x / warpSize;
    if (lane == 0)
        s[w] = v;
    __syncthreads();
    if (w == 0) {
        v = lane < (int)(blockDim.x / warpSize) ? s[lane] : 0.0f;
        v = warp_sum(v);
        if (lane == 0)
            out[blockIdx.x] = v;
    }
}

// every form of shuffle, with segments
extern "C" __global__ void shuffles(int *out, int width)
{
    int t = threadIdx.x, v = t * 10 + 1;
    int *o = out + t * 5;
    o[0] = __shfl_sync(~0u, v, t * 3 + 1, width);
    o[1] = __shfl_up_sync(~0u, v, 3, width);
    o[2] = __shfl_down_sync(~0u, v, 5, width);
    o[3] = __shfl_xor_sync(~0u, v, 6, width);
    o[4] = __shfl_sync(~0u, v, 2);
}

extern "C" __global__ void shuffle_types(double *d, long long *l, float *f, short *h, char *c, float4 *q)
{
    int t = threadIdx.x;
    d[t] = __shfl_xor_sync(~0u, t + 0.5, 1);
    l[t] = __shfl_xor_sync(~0u, (long long)t << 40, 2);
    f[t] = __shfl_xor_sync(~0u, t + 0.25f, 3);
    h[t] = __shfl_xor_sync(~0u, (short)-t, 4);
    c[t] = __shfl_xor_sync(~0u, (char)t, 5);
    q[t] = __shfl_xor_sync(~0u, make_float4(t, t + 1, t + 2, t + 3), 7);
}

extern "C" __global__ void votes(const int *in, unsigned long long *out)
{
    int t = threadIdx.x;
    unsigned long long *o = out + t * 5;
    o[0] = __ballot_sync(~0u, in[t] & 1);
    o[1] = __any_sync(~0u, in[t] > 100);
    o[2] = __all_sync(~0u, in[t] >= 0);
    o[3] = __activemask();
    o[4] = __match_any_sync(~0u, in[t] & 3);
}

// lanes that left earlier take no part
extern "C" __global__ void tail(int *out, int n)
{
    int t = threadIdx.x;
    if (t >= n)
        return;
    int v = t + 1;
    for (int o = 1; o < warpSize; o <<= 1)
        v += __shfl_xor_sync(~0u, v, o);
    out[t] = v + 1000000 * (int)__popcll(__ballot_sync(~0u, 1));
}

// some lanes leave by a branch that they take together
extern "C" __global__ void leaving(int *out, int n)
{
    int t = threadIdx.x, lane = t % warpSize;
    if (lane % 5 == 2 && n > 3) {
        out[t] = -1;
        return;
    }
    out[t] = __shfl_sync(~0u, t, lane + 3) + 1000 * __shfl_sync(~0u, t, n - 2);
}

// half of the lanes with a mask of their own, each half in a loop of its own length
extern "C" __global__ void parted(int *out)
{
    int t = threadIdx.x, lane = t % warpSize, v = lane;
    if (lane < 8) {
        for (int i = 0; i < 3; i++)
            v += __shfl_xor_sync(0xffu, v, 1 << i);
    } else if (lane < 24) {
        for (int i = 0; i < 4; i++)
            v = v * 3 + __shfl_sync(0x00ffff00u, v, 8 + (lane + 1 + i) % 16);
    } else {
        v = -v;
    }
    __syncwarp();
    out[t] = v + 100000 * __shfl_sync(~0u, lane < 8 ? 1 : 2, (lane + 8) % warpSize);
}

// a loop that lanes leave at different times, with the mask of those that are left
extern "C" __global__ void shrinking(const int *rounds, int *out)
{
    int t = threadIdx.x, lane = t % warpSize, sum = 0;
    unsigned long long mask = __ballot_sync(~0u, rounds[t] > 0);
    for (int i = 0; i < rounds[t]; i++) {
        sum += (int)__popcll(__ballot_sync(mask, 1)) * 100 + i;
        mask = __ballot_sync(mask, i + 1 < rounds[t]);
    }
    (void)lane;
    out[t] = sum;
}

extern "C" __global__ void active_in_branch(unsigned long long *out)
{
    int t = threadIdx.x;
    if (t % 3 == 0)
        out[t] = __activemask();
    else
        out[t] = __activemask() | (1ull << 63);
}

// 3-D blocks: warps are formed along the linear index
extern "C" __global__ void warps_in_3d(int *out)
{
    int t = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
    int lane = t % warpSize;
    int from = __shfl_sync(~0u, threadIdx.x + 100 * threadIdx.y + 10000 * threadIdx.z, (lane + 1) % warpSize);
    out[t] = from;
}

// barriers and warp operations in turn, in a loop, with an early return before
extern "C" __global__ void mixed(int *out, int n)
{
    __shared__ int s[256];
    int t = threadIdx.x, v = t;
    if (t >= n)
        return;
    for (int round = 0; round < 3; round++) {
        v += __shfl_xor_sync(~0u, v, 1);
        s[t] = v;
        __syncthreads();
        v = s[(t + 7) % n] + __syncthreads_count(v & 1);
        if (round == 1)
            v += __shfl_xor_sync(~0u, v, 2);
        __syncthreads();
    }
    out[t] = v;
}

extern "C" __global__ void reductions(const int *in, int *out)
{
    int t = threadIdx.x, v = in[t];
    int *o = out + t * 5;
    o[0] = __reduce_add_sync(~0u, v);
    o[1] = __reduce_min_sync(~0u, v);
    o[2] = __reduce_max_sync(~0u, v);
    o[3] = (int)__reduce_xor_sync(~0u, (unsigned)v);
    int all;
    __match_all_sync(~0u, v / 1000, &all);
    o[4] = all;
}

// inclusive scan of a block by warps
extern "C" __global__ void scan(const int *in, int *out)
{
    __shared__ int sums[32];
    int t = threadIdx.x, lane = t % warpSize, w = t / warpSize, v = in[t];
    for (int o = 1; o < warpSize; o <<= 1) {
        int n = __shfl_up_sync(~0u, v, o);
        if (lane >= o)
            v += n;
    }
    if (lane == warpSize - 1)
        sums[w] = v;
    __syncthreads();
    if (w == 0) {
        int x = lane < (int)(blockDim.x / warpSize) ? sums[lane] : 0;
        for (int o = 1; o < warpSize; o <<= 1) {
            int n = __shfl_up_sync(~0u, x, o);
            if (lane >= o)
                x += n;
        }
        if (lane < 32)
            sums[lane] = x;
    }
    __syncthreads();
    out[t] = v + (w ? sums[w - 1] : 0);
}

// no warp operation: also for chips without warps
extern "C" __global__ void plain(int *out)
{
    out[threadIdx.x] = warpSize;
}

#include <cooperative_groups.h>
#include <cooperative_groups/reduce.h>
namespace cg = cooperative_groups;
extern "C" __global__ void groups(int *out)
{
    cg::thread_block block = cg::this_thread_block();
    cg::thread_block_tile<8, cg::thread_block> tile = cg::tiled_partition<8>(block);
    int t = block.thread_rank(), *o = out + t * 5;
    o[0] = cg::reduce(tile, t, cg::plus<int>());
    block.sync();
    o[1] = tile.shfl(t, 3) + 1000 * tile.thread_rank() + 100000 * tile.meta_group_rank();
    o[2] = (int)tile.ballot(t % 3 == 0);
    // tiles that go their own ways
    int v = t;
    if (tile.meta_group_rank() % 2) {
        for (int i = 0; i < (int)tile.meta_group_rank(); i++)
            v += tile.shfl_down(v, 1);
    }
    o[3] = v;
    o[4] = 0;
    if (t % 5 == 0) {
        cg::coalesced_group g = cg::coalesced_threads();
        o[4] = g.size() * 100 + g.thread_rank() * 10 + g.shfl(t, 0) % 7;
    }
}

// blocks of whole warps and others; each warp takes a row of its own, and some end before
extern "C" __global__ void warp_rows(const int *in, const int *first, int *out, int rows)
{
    int w = (blockIdx.x * blockDim.x + threadIdx.x) / warpSize, lane = threadIdx.x % warpSize, sum = 0;
    if (w >= rows)
        return;
    for (int j = first[w] + lane; j < first[w + 1]; j += warpSize)
        sum += in[j];
    for (int o = warpSize / 2; o; o /= 2)
        sum += __shfl_xor_sync(~0u, sum, o);
    if (lane == 0)
        out[w] = sum;
}

// the last step by a part of the first warp, with the vote on the way there as a mask
extern "C" __global__ void voted_step(const int *in, int *out)
{
    __shared__ int s[64];
    int t = threadIdx.x, v = in[blockIdx.x * blockDim.x + t], warps = (blockDim.x + warpSize - 1) / warpSize;
    for (int o = warpSize / 2; o; o /= 2) {
        int other = __shfl_down_sync(~0u, v, o);
        v += t % warpSize + o < warpSize && t + o < blockDim.x ? other : 0;
    }
    if (t % warpSize == 0)
        s[t / warpSize] = v;
    __syncthreads();
    auto who = __ballot_sync(~0u, t < warps);
    if (t < warps) {
        v = s[t];
        for (int o = 32; o; o /= 2) {
            int other = __shfl_down_sync(who, v, o);
            v += t + o < warps ? other : 0;
        }
        if (t == 0)
            out[blockIdx.x] = v;
    }
}

// the first eight lanes of a block by a constant mask, beside what the others do
extern "C" __global__ void first_lanes(const int *in, int *out)
{
    int t = threadIdx.x, v = in[t];
    if (t < 8) {
        for (int o = 4; o; o /= 2)
            v += __shfl_xor_sync(0xffu, v, o);
    } else {
        for (int i = 0; i < t % 5; i++)
            v = v * 3 + 1;
    }
    out[t] = v + __shfl_sync(~0u, v, 0);
}

// one atomic for all that come together: a place for each, in any order
static __device__ unsigned take_place(unsigned *count)
{
    auto here = __activemask();
    int lane = threadIdx.x % warpSize, leader = __ffsll(here) - 1;
    unsigned base = 0;
    if (lane == leader)
        base = atomicAdd(count, (unsigned)__popcll(here));
    base = __shfl_sync(here, base, leader);
    return base + __popcll(here & (((decltype(here))1 << lane) - 1));
}

extern "C" __global__ void collect(const int *in, int *out, unsigned *count, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n && in[i] % 3 == 0)
        out[take_place(count)] = in[i];
}

// lane 0 waits for lanes that ask first who is active, behind a branch that it does not take
extern "C" __global__ void ask_then_meet(unsigned *asked, int *got)
{
    int lane = threadIdx.x % warpSize;
    if (lane)
        asked[threadIdx.x] = (unsigned)__popcll(__activemask());
    if (lane < 4)
        got[threadIdx.x] = __shfl_sync(0xfu, (int)threadIdx.x * 10, lane ^ 3);
}

// some lanes ask who is active on a way of their own, and all ask behind it: they have met again
extern "C" __global__ void ask_behind(unsigned *count, unsigned long long *there)
{
    if (threadIdx.x % warpSize % 16 == 5)
        atomicAdd(count + 1, take_place(count) + 1);
    there[threadIdx.x] = __activemask();
}
