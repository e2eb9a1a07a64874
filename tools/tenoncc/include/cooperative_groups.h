/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cooperative_groups.h - the block, tiles of a warp, and the lanes that are together. A group of the whole grid knows its
 * ranks; its sync() is an error when the program is compiled.
 */
#ifndef TENON_COOPERATIVE_GROUPS_H
#define TENON_COOPERATIVE_GROUPS_H

#include "tenon_cuda.h"

namespace cooperative_groups
{
#define TN__M __device__ __attribute__((always_inline, nodebug))

struct thread_block {
    static TN__M void sync() { __tn_barrier(); }
    static TN__M unsigned int thread_rank()
    { return __tn_tid_x() + __tn_ntid_x() * (__tn_tid_y() + __tn_ntid_y() * __tn_tid_z()); }
    static TN__M unsigned int size() { return __tn_ntid_x() * __tn_ntid_y() * __tn_ntid_z(); }
    static TN__M unsigned int num_threads() { return size(); }
    static TN__M dim3 group_index() { return dim3(__tn_ctaid_x(), __tn_ctaid_y(), __tn_ctaid_z()); }
    static TN__M dim3 thread_index() { return dim3(__tn_tid_x(), __tn_tid_y(), __tn_tid_z()); }
    static TN__M dim3 dim_threads() { return dim3(__tn_ntid_x(), __tn_ntid_y(), __tn_ntid_z()); }
    static TN__M dim3 group_dim() { return dim_threads(); }
    static TN__M void barrier_wait() { __tn_barrier(); }
};
struct grid_group {
    static TN__M bool is_valid() { return false; }
    template <class T = void> static TN__M void sync()
    { static_assert(!sizeof(T *), "synchronisation of the whole grid is not supported"); }
    static TN__M unsigned long long num_blocks()
    { return (unsigned long long)__tn_nctaid_x() * __tn_nctaid_y() * __tn_nctaid_z(); }
    static TN__M unsigned long long block_rank()
    { return __tn_ctaid_x() + (unsigned long long)__tn_nctaid_x() * (__tn_ctaid_y() + (unsigned long long)__tn_nctaid_y() * __tn_ctaid_z()); }
    static TN__M unsigned long long thread_rank() { return block_rank() * thread_block::size() + thread_block::thread_rank(); }
    static TN__M unsigned long long size() { return num_blocks() * thread_block::size(); }
    static TN__M unsigned long long num_threads() { return size(); }
    static TN__M dim3 block_index() { return thread_block::group_index(); }
    static TN__M dim3 dim_blocks() { return dim3(__tn_nctaid_x(), __tn_nctaid_y(), __tn_nctaid_z()); }
    static TN__M dim3 group_dim() { return dim_blocks(); }
};
TN__D grid_group this_grid() { return grid_group(); }
TN__D thread_block this_thread_block() { return thread_block(); }

/* N lanes side by side, N a power of two up to the warp's width. */
template <unsigned int N, class Parent = void> struct thread_block_tile {
    static_assert(N && !(N & (N - 1)) && N <= TENON_WARP, "a tile has a power of two of lanes, and fits in a warp");
    static TN__M tn__u64 tn__members()
    {
        if constexpr (N == TENON_WARP)
            return ~0ull;
        else
            return ((1ull << N) - 1) << (__tn_lane() & ~(N - 1));
    }
    static TN__M unsigned int tn__first() { return __tn_lane() & ~(N - 1); }
    static TN__M void sync() { __tn_warp_sync(tn__members()); }
    static TN__M unsigned int thread_rank() { return __tn_lane() & (N - 1); }
    static TN__M constexpr unsigned int size() { return N; }
    static TN__M constexpr unsigned int num_threads() { return N; }
    static TN__M unsigned int meta_group_rank() { return thread_block::thread_rank() / N; }
    static TN__M unsigned int meta_group_size() { return (thread_block::size() + N - 1) / N; }
    template <class T> static TN__M T shfl(T v, int from)
    { return tn__lane_value<T>::from(tn__members(), v, tn__first() | ((tn__u32)from & (N - 1))); }
    template <class T> static TN__M T shfl_down(T v, unsigned int d)
    { return tn__lane_value<T>::from(tn__members(), v, d < N - thread_rank() ? __tn_lane() + d : __tn_lane()); }
    template <class T> static TN__M T shfl_up(T v, unsigned int d)
    { return tn__lane_value<T>::from(tn__members(), v, d <= thread_rank() ? __tn_lane() - d : __tn_lane()); }
    template <class T> static TN__M T shfl_xor(T v, unsigned int x)
    { return tn__lane_value<T>::from(tn__members(), v, (thread_rank() ^ x) < N ? tn__first() | (thread_rank() ^ x) : __tn_lane()); }
    static TN__M tn__mask ballot(int p) { return (tn__mask)(__tn_ballot(tn__members(), p) >> tn__first()); }
    static TN__M int any(int p) { return __tn_ballot(tn__members(), p) != 0; }
    static TN__M int all(int p) { return __tn_ballot(tn__members(), !p) == 0; }
    template <class T> static TN__M tn__mask match_any(T v)
    { return (tn__mask)((tn__u64)__match_any_sync(tn__members(), v) >> tn__first()); }
    template <class T> static TN__M tn__mask match_all(T v, int &all)
    {
        tn__mask same = match_any(v), who = ballot(1);
        all = same == who;
        return all ? who : 0;
    }
};
template <unsigned int N, class G> TN__D thread_block_tile<N, G> tiled_partition(const G &) { return thread_block_tile<N, G>(); }

/* The lanes that ran here together. */
struct coalesced_group {
    tn__u64 tn__who;
    TN__M unsigned int size() const { return (unsigned int)__builtin_popcountll(tn__who); }
    TN__M unsigned int num_threads() const { return size(); }
    TN__M unsigned int thread_rank() const { return (unsigned int)__builtin_popcountll(tn__who & ((1ull << __tn_lane()) - 1)); }
    TN__M void sync() const { __tn_warp_sync(tn__who); }
    TN__M unsigned int tn__lane_of(unsigned int rank) const
    {
        tn__u64 m = tn__who;
        for (unsigned int i = 0; i < rank && m; i++)
            m &= m - 1;
        return m ? (unsigned int)__builtin_ctzll(m) : __tn_lane();
    }
    template <class T> TN__M T shfl(T v, unsigned int rank) const
    { return tn__lane_value<T>::from(tn__who, v, tn__lane_of(rank)); }
    template <class T> TN__M T shfl_up(T v, unsigned int d) const
    { unsigned int r = thread_rank(); return tn__lane_value<T>::from(tn__who, v, d <= r ? tn__lane_of(r - d) : __tn_lane()); }
    template <class T> TN__M T shfl_down(T v, unsigned int d) const
    { unsigned int r = thread_rank(); return tn__lane_value<T>::from(tn__who, v, d < size() - r ? tn__lane_of(r + d) : __tn_lane()); }
    TN__M int any(int p) const { return __tn_ballot(tn__who, p) != 0; }
    TN__M int all(int p) const { return __tn_ballot(tn__who, !p) == 0; }
    TN__M tn__mask tn__by_rank(tn__u64 lanes) const   /* lanes of the warp to bits of the group */
    {
        tn__u64 r = 0, m = tn__who;
        for (unsigned int i = 0; m; i++, m &= m - 1)
            r |= (lanes >> __builtin_ctzll(m) & 1) << i;
        return (tn__mask)r;
    }
    TN__M tn__mask ballot(int p) const { return tn__by_rank(__tn_ballot(tn__who, p)); }
    template <class T> TN__M tn__mask match_any(T v) const { return tn__by_rank(__match_any_sync(tn__who, v)); }
    static TN__M unsigned int meta_group_rank() { return 0; }
    static TN__M unsigned int meta_group_size() { return 1; }
};
TN__D coalesced_group coalesced_threads() { return coalesced_group{__tn_activemask()}; }

template <class G> TN__D void sync(const G &g) { g.sync(); }

template <class T> struct plus { TN__M T operator()(T a, T b) const { return a + b; } };
template <class T> struct less { TN__M T operator()(T a, T b) const { return b < a ? b : a; } };
template <class T> struct greater { TN__M T operator()(T a, T b) const { return a < b ? b : a; } };
template <class T> struct bit_and { TN__M T operator()(T a, T b) const { return a & b; } };
template <class T> struct bit_or { TN__M T operator()(T a, T b) const { return a | b; } };
template <class T> struct bit_xor { TN__M T operator()(T a, T b) const { return a ^ b; } };
template <unsigned int N, class P, class T, class F> TN__D T reduce(const thread_block_tile<N, P> &tile, T v, F f)
{
    for (unsigned int x = N / 2; x; x >>= 1)
        v = f(v, tile.shfl_xor(v, x));
    return v;
}
/* In the order of ranks, so that any associative function will do. */
template <class T, class F> TN__D T reduce(const coalesced_group &g, T v, F f)
{
    T r = g.shfl(v, 0);
    for (unsigned int i = 1; i < g.size(); i++)
        r = f(r, g.shfl(v, i));
    return r;
}
template <unsigned int N, class P, class T, class F> TN__D T inclusive_scan(const thread_block_tile<N, P> &tile, T v, F f)
{
    for (unsigned int d = 1; d < N; d <<= 1) {
        T o = tile.shfl_up(v, d);
        if (tile.thread_rank() >= d)
            v = f(o, v);
    }
    return v;
}
template <unsigned int N, class P, class T> TN__D T inclusive_scan(const thread_block_tile<N, P> &tile, T v)
{ return inclusive_scan(tile, v, plus<T>()); }
template <unsigned int N, class P, class T, class F> TN__D T exclusive_scan(const thread_block_tile<N, P> &tile, T v, F f)
{
    T before = tile.shfl_up(inclusive_scan(tile, v, f), 1);
    return tile.thread_rank() ? before : T();
}
template <unsigned int N, class P, class T> TN__D T exclusive_scan(const thread_block_tile<N, P> &tile, T v)
{ return exclusive_scan(tile, v, plus<T>()); }
template <class G, class F> TN__D void invoke_one(const G &g, F f)
{
    if (g.thread_rank() == 0)
        f();
}
/* Copies at once; wait() is the group's barrier, as the threads share what was copied. */
template <class G, class T> TN__D void memcpy_async(const G &g, T *to, const T *from, size_t bytes)
{
    for (size_t i = g.thread_rank(); i < bytes; i += g.size())
        ((char *)to)[i] = ((const char *)from)[i];
}
template <class G> TN__D void wait(const G &g) { g.sync(); }
#undef TN__M
}

#endif
