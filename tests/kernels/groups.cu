/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/kernels/groups.cu - cooperative groups: tiles, coalesced lanes, parts of them, reductions, scans, copies; and the C++
 * atomics, barriers and pipelines that CUDA's headers add.
 */
#include <cooperative_groups.h>
#include <cooperative_groups/memcpy_async.h>
#include <cooperative_groups/reduce.h>
#include <cooperative_groups/scan.h>
#include <cuda/atomic>
#include <cuda/barrier>
#include <cuda/pipeline>
#include <cuda/std/array>
#include <cuda/std/limits>
#include <cuda/std/utility>
#include <cuda_pipeline.h>
namespace cg = cooperative_groups;

extern "C" __global__ void tiles(const int *in, int *out)
{
    cg::thread_block block = cg::this_thread_block();
    cg::thread_block_tile<8> tile = cg::tiled_partition<8>(block);
    auto quarter = cg::tiled_partition<2>(tile);
    int t = block.thread_rank(), v = in[t], *o = out + 12 * t, same;
    o[0] = cg::reduce(tile, v, cg::plus<int>());
    o[1] = cg::reduce(tile, v, cg::greater<int>());
    o[2] = cg::inclusive_scan(tile, v);
    o[3] = cg::exclusive_scan(tile, v, cg::plus<int>());
    o[4] = tile.shfl(v, 3) + 1000 * tile.shfl_xor(v, 1);
    o[5] = tile.ballot(v & 1) * 100 + tile.meta_group_rank();
    o[6] = tile.match_any(v % 3);
    o[7] = tile.match_all(v / 1000, same) + 10000 * same;
    o[8] = cg::reduce(quarter, v, [](int a, int b) { return a * b; });
    o[9] = cg::invoke_one_broadcast(tile, [&] { return v + 5; });
    cg::thread_group g = cg::tiled_partition((cg::thread_group)block, 4);
    g.sync();
    o[10] = g.thread_rank() * 10 + g.size();
    o[11] = tile.any(v == 7) + 2 * tile.all(v >= 0);
}

extern "C" __global__ void coalesced(const int *in, int *out)
{
    int t = threadIdx.x, v = in[t], *o = out + 10 * t;
    if (v % 3 == 0)
        return;
    cg::coalesced_group g = cg::coalesced_threads();
    o[0] = g.size() * 100 + g.thread_rank();
    o[1] = cg::reduce(g, v, cg::plus<int>());
    o[2] = cg::inclusive_scan(g, v, cg::plus<int>());
    o[3] = cg::exclusive_scan(g, v);
    o[4] = g.shfl(v, 1) + 1000 * g.shfl_down(v, 1);
    auto label = cg::labeled_partition(g, v % 5);
    o[5] = label.size() * 10000 + label.thread_rank() * 100 + label.meta_group_rank();
    o[6] = cg::reduce(label, v, cg::plus<int>());
    auto half = cg::binary_partition(g, (v & 1) != 0);
    o[7] = half.size() * 10000 + half.thread_rank() * 100 + half.meta_group_rank();
    o[8] = cg::reduce(half, v, cg::less<int>());
    auto run = cg::tiled_partition(g, 4);
    o[9] = run.size() * 10000 + run.thread_rank() * 100 + run.meta_group_rank();
}

extern "C" __global__ void copies(const float *in, float *out, int n)
{
    extern __shared__ float tile[];
    __shared__ float second[256];
    cg::thread_block block = cg::this_thread_block();
    cg::memcpy_async(block, tile, in + blockIdx.x * blockDim.x, sizeof(float) * blockDim.x);
    cg::wait(block);
    cg::memcpy_async(block, second, n, in, 64);
    auto token = block.barrier_arrive();
    block.barrier_wait(std::move(token));
    cuda::pipeline<cuda::thread_scope_thread> pipe = cuda::make_pipeline();
    float own = 0, more = 0;
    pipe.producer_acquire();
    cuda::memcpy_async(&own, in + threadIdx.x, cuda::aligned_size_t<4>(sizeof(float)), pipe);
    pipe.producer_commit();
    cuda::pipeline_consumer_wait_prior<0>(pipe);
    __pipeline_memcpy_async(&more, in + threadIdx.x, 4, threadIdx.x % 2 ? 4 : 0);
    __pipeline_commit();
    __pipeline_wait_prior(0);
    out[blockIdx.x * blockDim.x + threadIdx.x] = tile[blockDim.x - 1 - threadIdx.x] + second[threadIdx.x % n] * 1000 + own + more;
}

__device__ cuda::atomic<int, cuda::thread_scope_device> counter{5};
extern "C" __global__ void atomics(int *ints, float *floats, unsigned long long *wide, int *seen)
{
    __shared__ cuda::barrier<cuda::thread_scope_block> barrier;
    __shared__ int order[256];
    if (threadIdx.x == 0)
        init(&barrier, blockDim.x);
    __syncthreads();
    cuda::atomic_ref<int, cuda::thread_scope_block> sum(ints[0]), most(ints[1]), bits(ints[2]);
    sum.fetch_add(threadIdx.x, cuda::std::memory_order_relaxed);
    most.fetch_max(threadIdx.x * 7 % 31);
    bits |= 1 << threadIdx.x % 20;
    cuda::atomic_ref<float> f(floats[0]);
    f.fetch_add(0.5f);
    cuda::atomic_ref<unsigned long long> w(wide[0]);
    unsigned long long expected = w.load(cuda::memory_order_acquire);
    while (!w.compare_exchange_weak(expected, expected * 3 + 1)) {
    }
    order[threadIdx.x] = counter++;
    barrier.arrive_and_wait();
    seen[threadIdx.x] = order[blockDim.x - 1 - threadIdx.x];
    cuda::atomic_thread_fence(cuda::memory_order_seq_cst, cuda::thread_scope_device);
    cuda::std::array<int, 3> a{ 1, 2, 3 };
    cuda::std::pair<int, int> p(a[threadIdx.x % 3], cuda::std::numeric_limits<signed char>::max());
    auto token = barrier.arrive();
    barrier.wait(cuda::std::move(token));
    ints[3 + threadIdx.x] = p.first + p.second;
}

extern "C" __global__ void half_a_barrier(int *out)
{
    __shared__ cuda::barrier<cuda::thread_scope_block> barrier;
    if (threadIdx.x == 0)
        init(&barrier, blockDim.x / 2);
    __syncthreads();
    if (threadIdx.x < blockDim.x / 2)
        barrier.arrive_and_wait();
    out[threadIdx.x] = 1;
}
