// SPDX-License-Identifier: Apache-2.0
// Words as bytes and halves, the remaining atomics, warp reductions and matches, cooperative groups.
#include <cooperative_groups.h>
namespace cg = cooperative_groups;

extern "C" __global__ void words(const unsigned *x, const unsigned *y, unsigned *out)
{
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x, a = x[i], b = y[i], *o = out + i * 32;
    o[0] = __vadd2(a, b);
    o[1] = __vsub4(a, b);
    o[2] = __vaddss2(a, b);
    o[3] = __vsubus4(a, b);
    o[4] = __vmaxs2(a, b);
    o[5] = __vminu4(a, b);
    o[6] = __vavgu4(a, b);
    o[7] = __vhaddu2(a, b);
    o[8] = __vabsdiffu4(a, b);
    o[9] = __vcmpgts2(a, b);
    o[10] = __vsetltu4(a, b);
    o[11] = __vabs4(a);
    o[12] = __vneg2(a);
    o[13] = __vabsss2(a);
    o[14] = __vsadu4(a, b);
    o[15] = __vsads2(a, b);
    o[16] = (unsigned)__dp2a_lo((int)a, (int)b, 9);
    o[17] = __dp2a_hi(a, b, 9u);
    o[18] = __uhadd(a, b);
    o[19] = __urhadd(a, b);
    o[20] = __fns(a, b & 31, (int)(b >> 8 & 7) - 3);
    o[21] = __vaddus2(a, b);
    o[22] = __vsubss4(a, b);
    o[23] = __vcmpeq4(a, b & 0xff00ff00u | a & 0x00ff00ffu);
}

// Products of bytes in loops that are vectorised: of what each thread has, of what all have, under a condition, and in tiles.
extern "C" __global__ void dots(const int *x, const int *y, int *out, int n)
{
    __shared__ int left[16][16], right[16][17];
    const int u = threadIdx.x, v = threadIdx.y, t = v * blockDim.x + u, i = blockIdx.x * 256 + t;
    int own = 0, all = (int)0x7ffffff0, some = 1, tile = 0;
    unsigned plain = 0xfffffff0u;
    left[v][u] = x[i];
    right[v][u] = y[i];
    __syncthreads();
    for (int k = 0; k < n; k++) {
        own = __dp4a(x[(i + k) & 511], y[(i * 3 + k) & 511], own);
        all = __dp4a(x[k], y[k + 1], all);
        plain = __dp4a((unsigned)x[(i + k) & 511], (unsigned)y[k], plain);
        if ((x[i] + k) & 1)
            some = __dp4a(some, y[(i + k) & 511], k);
    }
    for (int k = 0; k < 16; k++)
        tile = __dp4a(left[v][k], right[u][k], tile);
    out[i * 5] = own;
    out[i * 5 + 1] = all;
    out[i * 5 + 2] = (int)plain;
    out[i * 5 + 3] = some;
    out[i * 5 + 4] = tile;
}

extern "C" __global__ void more_atomics(unsigned long long *l, long long *s, double *d, unsigned short *h, float *f)
{
    int t = threadIdx.x;
    atomicAdd_system(l + 0, 1ull << 33);
    atomicMin_block(l + 1, (unsigned long long)t << 40);
    atomicMax(s + 0, (long long)t - 1000);
    atomicMin_system(s + 1, -((long long)t << 35));
    atomicXor(l + 2, 1ull << (t & 63));
    atomicAnd_block(l + 3, ~(1ull << (t & 63)));
    atomicExch(d + 1, 2.5);
    atomicAdd_block(d, 0.25);
    atomicAdd_system(f, 0.5f);
    for (unsigned short seen = h[1], was;; seen = was) { /* a counter of 16 bits beside another */
        was = atomicCAS(h + 1, seen, (unsigned short)(seen + 3));
        if (was == seen)
            break;
    }
    __threadfence_system();
}

extern "C" __global__ void lanes(unsigned long long *out)
{
    int t = threadIdx.x, lane = t % warpSize;
    unsigned long long *o = out + t * 10;
    o[0] = __reduce_add_sync(~0u, (unsigned)t);
    o[1] = (unsigned long long)(long long)__reduce_min_sync(~0u, 5 - lane);
    o[2] = __reduce_max_sync(~0u, (unsigned)t * 7);
    o[3] = __reduce_and_sync(~0u, ~(1u << (t & 7)));
    o[4] = __reduce_or_sync(~0u, 1u << (t & 15));
    o[5] = __reduce_xor_sync(~0u, (unsigned)t * 0x9e3779b9u);
    int all;
    o[6] = __match_any_sync(~0u, (long long)(lane / 5) << 33);
    o[7] = __match_all_sync(~0u, 42, &all) + 0ull;
    o[8] = all + 10 * (int)__match_all_sync(~0u, lane, &all) + 100 * all;
    o[9] = (unsigned long long)__shfl_xor(t, 9) << 32 | (unsigned)__shfl_down_sync(~0u, (unsigned char)t, 2);
}

extern "C" __global__ void groups(int *out)
{
    __shared__ int copied[128];
    auto block = cg::this_thread_block();
    auto tile = cg::tiled_partition<16>(block);
    auto grid = cg::this_grid();
    int t = block.thread_rank(), *o = out + (int)grid.thread_rank() * 12;
    o[0] = tile.thread_rank() + 100 * tile.meta_group_rank();
    o[1] = cg::reduce(tile, t, cg::plus<int>());
    o[2] = cg::inclusive_scan(tile, t + 1);
    o[3] = cg::exclusive_scan(tile, t + 1, cg::plus<int>());
    o[4] = tile.shfl(t, 3) + (tile.any(t == 5) ? 1000 : 0);
    o[5] = (int)tile.ballot(t & 1);
    o[6] = o[7] = o[8] = -1;
    if (t % 3 == 0) {
        auto some = cg::coalesced_threads();
        o[6] = (int)some.thread_rank() + 100 * (int)some.size();
        o[7] = some.shfl_down(t, 1);
        o[8] = cg::reduce(some, t, cg::greater<int>());
        o[11] = some.ballot(t % 2) & 1;
    } else {
        o[11] = 0;
    }
    cg::memcpy_async(block, copied, out + 0, 0);
    copied[t] = t;
    cg::sync(block);
    o[9] = copied[127 - t];
    o[10] = (int)grid.size();
}

#include <mma.h>
using namespace nvcuda;
// d = a b + c for one tile; a by rows, b by columns, then once more with the result doubled
template <int M, int N, class T, class R> __device__ void tile(const T *a, const T *b, const R *c, R *d)
{
    wmma::fragment<wmma::matrix_a, M, N, 16, T, wmma::row_major> fa;
    wmma::fragment<wmma::matrix_b, M, N, 16, T, wmma::col_major> fb;
    wmma::fragment<wmma::accumulator, M, N, 16, R> sum;
    wmma::load_matrix_sync(fa, a, 20);
    wmma::load_matrix_sync(fb, b, 16);
    wmma::load_matrix_sync(sum, c, N, wmma::mem_row_major);
    wmma::mma_sync(sum, fa, fb, sum);
    for (int i = 0; i < sum.num_elements; i++)
        sum.x[i] *= 2;
    wmma::store_matrix_sync(d, sum, M, wmma::mem_col_major);
}
extern "C" __global__ void matrices(const float *a, const float *b, const float *c, float *d, int *e)
{
    __shared__ half ha[32 * 20], hb[32 * 16];
    __shared__ signed char ca[32 * 20], cb[32 * 16];
    __shared__ int ci[256];
    for (int i = threadIdx.x; i < 640; i += blockDim.x) {
        ha[i] = __float2half(a[i]);
        ca[i] = (signed char)a[i];
        if (i < 512) {
            hb[i] = __float2half(b[i]);
            cb[i] = (signed char)b[i];
        }
        if (i < 256)
            ci[i] = (int)c[i];
    }
    __syncthreads();
    int warp = threadIdx.x / warpSize;
    if (warp == 0)
        tile<16, 16>(ha, hb, c, d);
    else if (warp == 1)
        tile<32, 8>(ha, hb, c, d + 256);
    else if (warp == 2)
        tile<8, 32>(ha, hb, c, d + 512);
    else
        tile<16, 16>(ca, cb, ci, e);
}
