/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cooperative_groups.h - the block, tiles of a warp, the lanes that are together, and in cooperative launches the grid.
 */
#ifndef TENON_COOPERATIVE_GROUPS_H
#define TENON_COOPERATIVE_GROUPS_H

#include "tenon_cuda.h"

namespace cooperative_groups
{
#define TN__M __device__ __attribute__((__always_inline__, __nodebug__))

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
    struct arrival_token {};
    static TN__M arrival_token barrier_arrive() { return arrival_token(); }
    static TN__M void barrier_wait() { __tn_barrier(); }
    static TN__M void barrier_wait(arrival_token) { __tn_barrier(); }
};
struct grid_group {
    static TN__M bool is_valid() { return __tn_grid_whole() != 0; }
    static TN__M void sync()
    {
        __threadfence();
        unsigned int __n = (unsigned int)__tn_barrier_count(1);   /* each thread that is left tells the grid how many there are */
        __tn_grid_wait(__n);
        __tn_barrier();
        __threadfence();
    }
    static TN__M void barrier_wait() { sync(); }
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
template <unsigned int __N, class TN__PARENT = void> struct thread_block_tile {
    static_assert(__N && !(__N & (__N - 1)) && __N <= TENON_WARP, "a tile has a power of two of lanes, and fits in a warp");
    TN__M thread_block_tile() {}
    template <class __P> TN__M thread_block_tile(const thread_block_tile<__N, __P> &) {}   /* whatever it is a part of */
    static TN__M tn__u64 tn__members()
    {
        if constexpr (__N == TENON_WARP)
            return ~0ull;
        else
            return ((1ull << __N) - 1) << (__tn_lane() & ~(__N - 1));
    }
    static TN__M unsigned int tn__first() { return __tn_lane() & ~(__N - 1); }
    static TN__M void sync() { __tn_warp_sync(tn__members()); }
    static TN__M unsigned int thread_rank() { return __tn_lane() & (__N - 1); }
    static TN__M constexpr unsigned int size() { return __N; }
    static TN__M constexpr unsigned int num_threads() { return __N; }
    static TN__M unsigned int meta_group_rank() { return thread_block::thread_rank() / __N; }
    static TN__M unsigned int meta_group_size() { return (thread_block::size() + __N - 1) / __N; }
    template <class __T> static TN__M __T shfl(__T __v, int __from)
    { return tn__lane_value<__T>::__from(tn__members(), __v, tn__first() | ((tn__u32)__from & (__N - 1))); }
    template <class __T> static TN__M __T shfl_down(__T __v, unsigned int __d)
    { return tn__lane_value<__T>::__from(tn__members(), __v, __d < __N - thread_rank() ? __tn_lane() + __d : __tn_lane()); }
    template <class __T> static TN__M __T shfl_up(__T __v, unsigned int __d)
    { return tn__lane_value<__T>::__from(tn__members(), __v, __d <= thread_rank() ? __tn_lane() - __d : __tn_lane()); }
    template <class __T> static TN__M __T shfl_xor(__T __v, unsigned int x)
    { return tn__lane_value<__T>::__from(tn__members(), __v, (thread_rank() ^ x) < __N ? tn__first() | (thread_rank() ^ x) : __tn_lane()); }
    static TN__M tn__mask ballot(int __p) { return (tn__mask)(__tn_ballot(tn__members(), __p) >> tn__first()); }
    static TN__M int any(int __p) { return __tn_ballot(tn__members(), __p) != 0; }
    static TN__M int all(int __p) { return __tn_ballot(tn__members(), !__p) == 0; }
    template <class __T> static TN__M tn__mask match_any(__T __v)
    { return (tn__mask)((tn__u64)__match_any_sync(tn__members(), __v) >> tn__first()); }
    template <class __T> static TN__M tn__mask match_all(__T __v, int &__every)
    {
        tn__mask __same = match_any(__v), __who = ballot(1);
        __every = __same == __who;
        return __every ? __who : 0;
    }
};
template <unsigned int __N, class __G> TN__D thread_block_tile<__N, __G> tiled_partition(const __G &) { return thread_block_tile<__N, __G>(); }

/* The lanes that ran here together. */
struct coalesced_group {
    tn__u64 tn__who;
    TN__M unsigned int size() const { return (unsigned int)__builtin_popcountll(tn__who); }
    TN__M unsigned int num_threads() const { return size(); }
    TN__M unsigned int thread_rank() const { return (unsigned int)__builtin_popcountll(tn__who & ((1ull << __tn_lane()) - 1)); }
    TN__M void sync() const { __tn_warp_sync(tn__who); }
    TN__M unsigned int tn__lane_of(unsigned int __rank) const
    {
        tn__u64 __m = tn__who;
        for (unsigned int __i = 0; __i < __rank && __m; __i++)
            __m &= __m - 1;
        return __m ? (unsigned int)__builtin_ctzll(__m) : __tn_lane();
    }
    template <class __T> TN__M __T shfl(__T __v, unsigned int __rank) const
    { return tn__lane_value<__T>::__from(tn__who, __v, tn__lane_of(__rank)); }
    template <class __T> TN__M __T shfl_up(__T __v, unsigned int __d) const
    { unsigned int __r = thread_rank(); return tn__lane_value<__T>::__from(tn__who, __v, __d <= __r ? tn__lane_of(__r - __d) : __tn_lane()); }
    template <class __T> TN__M __T shfl_down(__T __v, unsigned int __d) const
    { unsigned int __r = thread_rank(); return tn__lane_value<__T>::__from(tn__who, __v, __d < size() - __r ? tn__lane_of(__r + __d) : __tn_lane()); }
    TN__M int any(int __p) const { return __tn_ballot(tn__who, __p) != 0; }
    TN__M int all(int __p) const { return __tn_ballot(tn__who, !__p) == 0; }
    TN__M tn__mask tn__by_rank(tn__u64 __lanes) const   /* lanes of the warp to bits of the group */
    {
        tn__u64 __r = 0, __m = tn__who;
        for (unsigned int __i = 0; __m; __i++, __m &= __m - 1)
            __r |= (__lanes >> __builtin_ctzll(__m) & 1) << __i;
        return (tn__mask)__r;
    }
    TN__M tn__mask ballot(int __p) const { return tn__by_rank(__tn_ballot(tn__who, __p)); }
    template <class __T> TN__M tn__mask match_any(__T __v) const { return tn__by_rank(__match_any_sync(tn__who, __v)); }
    template <class __T> TN__M tn__mask match_all(__T __v, int &__same) const
    {
        tn__mask __m = match_any(__v), __w = ballot(1);
        __same = __m == __w;
        return __same ? __w : 0;
    }
    unsigned int tn__meta_rank = 0, tn__meta_size = 1;
    TN__M unsigned int meta_group_rank() const { return tn__meta_rank; }
    TN__M unsigned int meta_group_size() const { return tn__meta_size; }
};
TN__D coalesced_group coalesced_threads() { return coalesced_group{__tn_activemask()}; }
TN__D thread_block_tile<1> this_thread() { return thread_block_tile<1>(); }

/* ---- parts of a tile or of coalesced lanes ---- */
template <unsigned int __N, class __P> TN__D tn__u64 tn__lanes_of(const thread_block_tile<__N, __P> &) { return thread_block_tile<__N, __P>::tn__members(); }
TN__D tn__u64 tn__lanes_of(const coalesced_group &__g) { return __g.tn__who; }
/* Lanes with the same label. Groups are numbered by their lowest lanes. */
template <class __G, class __T> TN__D coalesced_group labeled_partition(const __G &__g, __T __label)
{
    tn__u64 __all = tn__lanes_of(__g), __mine = __tn_match(__all, (tn__u64)__label), __first = __mine & -__mine;
    tn__u64 __heads = __tn_ballot(__all, __first == 1ull << __tn_lane());
    coalesced_group __r{__mine};
    __r.tn__meta_rank = (unsigned int)__builtin_popcountll(__heads & (__first - 1));
    __r.tn__meta_size = (unsigned int)__builtin_popcountll(__heads);
    return __r;
}
template <class __G> TN__D coalesced_group binary_partition(const __G &__g, bool __yes)
{
    tn__u64 __all = tn__lanes_of(__g), __who = __tn_ballot(__all, __yes), __there = __tn_ballot(__all, 1);
    coalesced_group __r{__yes ? __who : __there & ~__who};
    __r.tn__meta_rank = !__yes && __who ? 1 : 0;   /* who said yes is the first part */
    __r.tn__meta_size = __who && (__there & ~__who) ? 2 : 1;
    return __r;
}
/* Runs of `size` ranks. */
TN__D coalesced_group tiled_partition(const coalesced_group &__g, unsigned int __size)
{
    unsigned int __part = __g.thread_rank() / __size, __i = 0;
    tn__u64 __who = 0;
    for (tn__u64 __m = __g.tn__who; __m; __m &= __m - 1, __i++)
        __who |= __i / __size == __part ? __m & -__m : 0;
    coalesced_group __r{__who};
    __r.tn__meta_rank = __part;
    __r.tn__meta_size = (__g.size() + __size - 1) / __size;
    return __r;
}

/* ---- a group of any kind: the block, or lanes of a warp ---- */
struct thread_group {
    tn__u64 tn__who;   /* 0: the block */
    unsigned int tn__rank, tn__size;
    TN__M thread_group(const thread_block &__b) : tn__who(0), tn__rank(__b.thread_rank()), tn__size(__b.size()) {}
    template <unsigned int __N, class __P> TN__M thread_group(const thread_block_tile<__N, __P> &__t)
        : tn__who(tn__lanes_of(__t)), tn__rank(__t.thread_rank()), tn__size(__N) {}
    TN__M thread_group(const coalesced_group &__g) : tn__who(__g.tn__who), tn__rank(__g.thread_rank()), tn__size(__g.size()) {}
    TN__M thread_group(tn__u64 __who, unsigned int __rank, unsigned int __size) : tn__who(__who), tn__rank(__rank), tn__size(__size) {}
    TN__M unsigned int size() const { return tn__size; }
    TN__M unsigned int num_threads() const { return tn__size; }
    TN__M unsigned int thread_rank() const { return tn__rank; }
    TN__M bool is_valid() const { return true; }
    TN__M void sync() const
    {
        if (tn__who)
            __tn_warp_sync(tn__who);
        else
            __tn_barrier();
    }
};
TN__D thread_group tiled_partition(const thread_block &, unsigned int __size)
{
    unsigned int __first = __tn_lane() & ~(__size - 1);
    tn__u64 __ones = __size == 64 ? ~0ull : (1ull << __size) - 1;
    return thread_group(__ones << __first, __tn_lane() - __first, __size);
}
TN__D thread_group tiled_partition(const thread_group &__g, unsigned int __size)
{
    if (!__g.tn__who)
        return tiled_partition(thread_block(), __size);
    unsigned int __first = (unsigned int)__builtin_ctzll(__g.tn__who) + __g.tn__rank / __size * __size;   /* a tile's lanes are neighbours */
    tn__u64 __ones = __size == 64 ? ~0ull : (1ull << __size) - 1;
    return thread_group(__ones << __first, __g.tn__rank % __size, __size);
}

template <class __G> TN__D void sync(const __G &__g) { __g.sync(); }

template <class __T> struct plus { TN__M __T operator()(__T __a, __T __b) const { return __a + __b; } };
template <class __T> struct less { TN__M __T operator()(__T __a, __T __b) const { return __b < __a ? __b : __a; } };
template <class __T> struct greater { TN__M __T operator()(__T __a, __T __b) const { return __a < __b ? __b : __a; } };
template <class __T> struct bit_and { TN__M __T operator()(__T __a, __T __b) const { return __a & __b; } };
template <class __T> struct bit_or { TN__M __T operator()(__T __a, __T __b) const { return __a | __b; } };
template <class __T> struct bit_xor { TN__M __T operator()(__T __a, __T __b) const { return __a ^ __b; } };
template <unsigned int __N, class __P, class __T, class __F> TN__D __T reduce(const thread_block_tile<__N, __P> &__tile, __T __v, __F __f)
{
    for (unsigned int x = __N / 2; x; x >>= 1)
        __v = __f(__v, __tile.shfl_xor(__v, x));
    return __v;
}
/* In the order of ranks, so that any associative function will do. */
template <class __T, class __F> TN__D __T reduce(const coalesced_group &__g, __T __v, __F __f)
{
    __T __r = __g.shfl(__v, 0);
    for (unsigned int __i = 1; __i < __g.size(); __i++)
        __r = __f(__r, __g.shfl(__v, __i));
    return __r;
}
template <unsigned int __N, class __P, class __T, class __F> TN__D __T inclusive_scan(const thread_block_tile<__N, __P> &__tile, __T __v, __F __f)
{
    for (unsigned int __d = 1; __d < __N; __d <<= 1) {
        __T __o = __tile.shfl_up(__v, __d);
        if (__tile.thread_rank() >= __d)
            __v = __f(__o, __v);
    }
    return __v;
}
template <unsigned int __N, class __P, class __T> TN__D __T inclusive_scan(const thread_block_tile<__N, __P> &__tile, __T __v)
{ return inclusive_scan(__tile, __v, plus<__T>()); }
template <unsigned int __N, class __P, class __T, class __F> TN__D __T exclusive_scan(const thread_block_tile<__N, __P> &__tile, __T __v, __F __f)
{
    __T __before = __tile.shfl_up(inclusive_scan(__tile, __v, __f), 1);
    return __tile.thread_rank() ? __before : __T();
}
template <unsigned int __N, class __P, class __T> TN__D __T exclusive_scan(const thread_block_tile<__N, __P> &__tile, __T __v)
{ return exclusive_scan(__tile, __v, plus<__T>()); }
/* In the order of ranks. */
template <class __T, class __F> TN__D __T inclusive_scan(const coalesced_group &__g, __T __v, __F __f)
{
    for (unsigned int __d = 1; __d < __g.size(); __d <<= 1) {
        __T __o = __g.shfl_up(__v, __d);
        if (__g.thread_rank() >= __d)
            __v = __f(__o, __v);
    }
    return __v;
}
template <class __T> TN__D __T inclusive_scan(const coalesced_group &__g, __T __v) { return inclusive_scan(__g, __v, plus<__T>()); }
template <class __T, class __F> TN__D __T exclusive_scan(const coalesced_group &__g, __T __v, __F __f)
{
    __T __before = __g.shfl_up(inclusive_scan(__g, __v, __f), 1);
    return __g.thread_rank() ? __before : __T();
}
template <class __T> TN__D __T exclusive_scan(const coalesced_group &__g, __T __v) { return exclusive_scan(__g, __v, plus<__T>()); }
template <class __G, class __T> TN__D __T reduce(const __G &__g, __T __v) { return reduce(__g, __v, plus<__T>()); }
template <class __G, class __F> TN__D auto invoke_one_broadcast(const __G &__g, __F __f) -> decltype(__f())
{
    decltype(__f()) __v{};
    if (__g.thread_rank() == 0)
        __v = __f();
    return __g.shfl(__v, 0);
}
template <class __G, class __F> TN__D void invoke_one(const __G &__g, __F __f)
{
    if (__g.thread_rank() == 0)
        __f();
}
/* Copies at once; wait() is the group's barrier, as the threads share what was copied. */
template <class __G, class __T> TN__D void memcpy_async(const __G &__g, __T *__to, const __T *__from, size_t __bytes)
{
    for (size_t __i = __g.thread_rank(); __i < __bytes; __i += __g.size())
        ((char *)__to)[__i] = ((const char *)__from)[__i];
}
template <class __G, class __T, class __S, class __U>
TN__D void memcpy_async(const __G &__g, __T *__to, __S __have, const __T *__from, __U __want)   /* counts of elements */
{ memcpy_async(__g, __to, __from, sizeof(__T) * (size_t)((size_t)__have < (size_t)__want ? (size_t)__have : (size_t)__want)); }
template <class __G> TN__D void wait(const __G &__g) { __g.sync(); }
template <unsigned int __N, class __G> TN__D void wait_prior(const __G &__g) { __g.sync(); }
#undef TN__M
}

#endif
