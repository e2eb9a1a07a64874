/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenon_cuda.h - CUDA C++ device language for tenoncc, put in front of every source file. No SDK is needed.
 * Everything ends in the extern "C" names of tools/tenoncc/README.md or in compiler builtins.
 */
#ifndef TENON_CUDA_H
#define TENON_CUDA_H

#include "tenon_device_base.h"

#define TN__C extern "C" __device__ __attribute__((nothrow))
#define TN__D static __inline__ __device__ __attribute__((always_inline, nodebug))
typedef unsigned int tn__u32;
typedef unsigned long long tn__u64;

/* ---- who am I ---- */
#define TN__ID(n) TN__C __attribute__((const)) unsigned int __tn_##n(void);
TN__ID(tid_x) TN__ID(tid_y) TN__ID(tid_z) TN__ID(ctaid_x) TN__ID(ctaid_y) TN__ID(ctaid_z)
TN__ID(ntid_x) TN__ID(ntid_y) TN__ID(ntid_z) TN__ID(nctaid_x) TN__ID(nctaid_y) TN__ID(nctaid_z)
TN__ID(width) TN__ID(lane)
#undef TN__ID
#define TN__INDEX(N, n)                                                                                               \
    struct tn__##n##_t {                                                                                              \
        __declspec(property(get = tn__x)) unsigned int x;                                                             \
        __declspec(property(get = tn__y)) unsigned int y;                                                             \
        __declspec(property(get = tn__z)) unsigned int z;                                                             \
        TN__D unsigned int tn__x() { return __tn_##n##_x(); }                                                         \
        TN__D unsigned int tn__y() { return __tn_##n##_y(); }                                                         \
        TN__D unsigned int tn__z() { return __tn_##n##_z(); }                                                         \
        __device__ __attribute__((nodebug)) operator uint3() const { return uint3{tn__x(), tn__y(), tn__z()}; }                                \
        __device__ __attribute__((nodebug)) operator dim3() const { return dim3(tn__x(), tn__y(), tn__z()); }                                  \
    };                                                                                                                \
    extern const __device__ __attribute__((weak)) tn__##n##_t N;
TN__INDEX(threadIdx, tid) TN__INDEX(blockIdx, ctaid) TN__INDEX(blockDim, ntid) TN__INDEX(gridDim, nctaid)
#undef TN__INDEX
struct tn__width_t {
    __attribute__((always_inline, nodebug)) __device__ operator int() const { return (int)__tn_width(); }
};
extern const __device__ __attribute__((weak)) tn__width_t warpSize;

/* ---- barriers and fences ---- */
#define TN__SYNC extern "C" __device__ __attribute__((convergent, nothrow))
TN__SYNC void __tn_barrier(void);
TN__SYNC int __tn_barrier_count(int predicate);
TN__SYNC int __tn_barrier_and(int predicate);
TN__SYNC int __tn_barrier_or(int predicate);
TN__SYNC void __tn_warp_sync(tn__u64 mask);
TN__SYNC tn__u32 __tn_shfl_32(tn__u64 mask, tn__u32 value, tn__u32 source);
TN__SYNC tn__u64 __tn_shfl_64(tn__u64 mask, tn__u64 value, tn__u32 source);
TN__SYNC tn__u64 __tn_ballot(tn__u64 mask, int predicate);
TN__SYNC tn__u64 __tn_activemask(void);
TN__SYNC tn__u64 __tn_match(tn__u64 mask, tn__u64 value);
TN__C void __tn_fence(tn__u32 scope);
#define __syncthreads() __tn_barrier()
TN__D int __syncthreads_count(int p) { return __tn_barrier_count(p); }
TN__D int __syncthreads_and(int p) { return __tn_barrier_and(p); }
TN__D int __syncthreads_or(int p) { return __tn_barrier_or(p); }
TN__D void __threadfence_block() { __tn_fence(0); }
TN__D void __threadfence() { __tn_fence(1); }
TN__D void __threadfence_system() { __tn_fence(2); }

/* ---- warps. A lane mask has 32 bits where the warp has 32 lanes and 64 where it has 64; 0xffffffff as a 32-bit value
 * means every lane at either width. TENON_WARP is set by tenoncc. ---- */
#ifndef TENON_WARP
#define TENON_WARP 32
#endif
#if TENON_WARP == 64
typedef tn__u64 tn__mask;
TN__D tn__u64 tn__lanes(int m) { return m == -1 ? ~0ull : (tn__u64)(tn__u32)m; }
TN__D tn__u64 tn__lanes(tn__u32 m) { return m == ~0u ? ~0ull : (tn__u64)m; }
TN__D tn__u64 tn__lanes(long m) { return (tn__u64)m; }
TN__D tn__u64 tn__lanes(unsigned long m) { return m; }
TN__D tn__u64 tn__lanes(long long m) { return (tn__u64)m; }
TN__D tn__u64 tn__lanes(tn__u64 m) { return m; }
#else
typedef tn__u32 tn__mask;
TN__D tn__u64 tn__lanes(tn__u32 m) { return m; }
#endif
TN__D void __syncwarp() { __tn_warp_sync(tn__lanes(~0u)); }
template <class M> TN__D void __syncwarp(M mask) { __tn_warp_sync(tn__lanes(mask)); }
TN__D tn__mask __activemask() { return (tn__mask)__tn_activemask(); }
template <class M> TN__D tn__mask __ballot_sync(M mask, int p) { return (tn__mask)__tn_ballot(tn__lanes(mask), p); }
template <class M> TN__D int __any_sync(M mask, int p) { return __tn_ballot(tn__lanes(mask), p) != 0; }
template <class M> TN__D int __all_sync(M mask, int p) { return __tn_ballot(tn__lanes(mask), !p) == 0; }
template <class M> TN__D int __uni_sync(M mask, int p)
{
    tn__u64 yes = __tn_ballot(tn__lanes(mask), p), no = __tn_ballot(tn__lanes(mask), !p);
    return !yes || !no;
}

template <class T, unsigned long N = sizeof(T)> struct tn__lane_value {   /* any size, in pieces of 4 bytes */
    static __device__ __attribute__((always_inline, nodebug)) T from(tn__u64 mask, T v, tn__u32 source)
    {
        union tn__u { T t; tn__u32 w[(N + 3) / 4]; __device__ tn__u() {} } a, b;
        for (unsigned long i = 0; i < (N + 3) / 4; i++)
            a.w[i] = 0;
        a.t = v;
        for (unsigned long i = 0; i < (N + 3) / 4; i++)
            b.w[i] = __tn_shfl_32(mask, a.w[i], source);
        return b.t;
    }
};
template <class T> struct tn__lane_value<T, 1> {
    static __device__ __attribute__((always_inline, nodebug)) T from(tn__u64 mask, T v, tn__u32 source)
    { return __builtin_bit_cast(T, (unsigned char)__tn_shfl_32(mask, __builtin_bit_cast(unsigned char, v), source)); }
};
template <class T> struct tn__lane_value<T, 2> {
    static __device__ __attribute__((always_inline, nodebug)) T from(tn__u64 mask, T v, tn__u32 source)
    { return __builtin_bit_cast(T, (unsigned short)__tn_shfl_32(mask, __builtin_bit_cast(unsigned short, v), source)); }
};
template <class T> struct tn__lane_value<T, 4> {
    static __device__ __attribute__((always_inline, nodebug)) T from(tn__u64 mask, T v, tn__u32 source)
    { return __builtin_bit_cast(T, __tn_shfl_32(mask, __builtin_bit_cast(tn__u32, v), source)); }
};
template <class T> struct tn__lane_value<T, 8> {
    static __device__ __attribute__((always_inline, nodebug)) T from(tn__u64 mask, T v, tn__u32 source)
    { return __builtin_bit_cast(T, __tn_shfl_64(mask, __builtin_bit_cast(tn__u64, v), source)); }
};
template <class M, class T> TN__D T __shfl_sync(M mask, T v, int source, int width = warpSize)
{
    tn__u32 lane = __tn_lane(), w = (tn__u32)width;
    return tn__lane_value<T>::from(tn__lanes(mask), v, (lane & ~(w - 1)) | ((tn__u32)source & (w - 1)));
}
template <class M, class T> TN__D T __shfl_up_sync(M mask, T v, unsigned int delta, int width = warpSize)
{
    tn__u32 lane = __tn_lane(), w = (tn__u32)width;
    return tn__lane_value<T>::from(tn__lanes(mask), v, (lane & (w - 1)) >= delta ? lane - delta : lane);
}
template <class M, class T> TN__D T __shfl_down_sync(M mask, T v, unsigned int delta, int width = warpSize)
{
    tn__u32 lane = __tn_lane(), w = (tn__u32)width;
    return tn__lane_value<T>::from(tn__lanes(mask), v, delta < w - (lane & (w - 1)) ? lane + delta : lane);
}
template <class M, class T> TN__D T __shfl_xor_sync(M mask, T v, int lanes, int width = warpSize)
{
    tn__u32 lane = __tn_lane(), w = (tn__u32)width, source = lane ^ (tn__u32)lanes;
    return tn__lane_value<T>::from(tn__lanes(mask), v, source < (lane & ~(w - 1)) + w ? source : lane);
}
template <class M, class T> TN__D tn__mask __match_any_sync(M mask, T v)
{
    static_assert(sizeof(T) == 4 || sizeof(T) == 8, "__match_any_sync takes values of 4 or 8 bytes");
    if constexpr (sizeof(T) == 4)
        return (tn__mask)__tn_match(tn__lanes(mask), __builtin_bit_cast(tn__u32, v));
    else
        return (tn__mask)__tn_match(tn__lanes(mask), __builtin_bit_cast(tn__u64, v));
}
template <class M, class T> TN__D tn__mask __match_all_sync(M mask, T v, int *all)
{
    tn__mask same = __match_any_sync(mask, v), who = (tn__mask)__tn_ballot(tn__lanes(mask), 1);
    *all = same == who;
    return *all ? who : 0;
}
/* The forms without a mask, which name every lane. */
template <class T> TN__D T __shfl(T v, int source, int width = warpSize) { return __shfl_sync(~0u, v, source, width); }
template <class T> TN__D T __shfl_up(T v, unsigned int delta, int width = warpSize) { return __shfl_up_sync(~0u, v, delta, width); }
template <class T> TN__D T __shfl_down(T v, unsigned int delta, int width = warpSize) { return __shfl_down_sync(~0u, v, delta, width); }
template <class T> TN__D T __shfl_xor(T v, int lanes, int width = warpSize) { return __shfl_xor_sync(~0u, v, lanes, width); }
TN__D tn__mask __ballot(int p) { return __ballot_sync(~0u, p); }
TN__D int __any(int p) { return __any_sync(~0u, p); }
TN__D int __all(int p) { return __all_sync(~0u, p); }
/* Reductions over the lanes of a mask: each lane looks at every other. */
#define TN__REDUCE(name, T, expr)                                                                                     \
    template <class M> TN__D T name(M mask, T v)                                                                      \
    {                                                                                                                 \
        tn__u64 who = __tn_ballot(tn__lanes(mask), 1);                                                                \
        tn__u32 first = (tn__u32)__builtin_ctzll(who);                                                                \
        T r = __builtin_bit_cast(T, __tn_shfl_32(tn__lanes(mask), __builtin_bit_cast(tn__u32, v), first));            \
        for (who &= who - 1; who; who &= who - 1) {                                                                   \
            T o = __builtin_bit_cast(T, __tn_shfl_32(tn__lanes(mask), __builtin_bit_cast(tn__u32, v),                 \
                                                     (tn__u32)__builtin_ctzll(who)));                                 \
            r = expr;                                                                                                 \
        }                                                                                                             \
        return r;                                                                                                     \
    }
TN__REDUCE(__reduce_add_sync, unsigned int, r + o)
TN__REDUCE(__reduce_add_sync, int, (int)((tn__u32)r + (tn__u32)o))
TN__REDUCE(__reduce_min_sync, unsigned int, o < r ? o : r)
TN__REDUCE(__reduce_min_sync, int, o < r ? o : r)
TN__REDUCE(__reduce_max_sync, unsigned int, o > r ? o : r)
TN__REDUCE(__reduce_max_sync, int, o > r ? o : r)
TN__REDUCE(__reduce_and_sync, unsigned int, r & o)
TN__REDUCE(__reduce_or_sync, unsigned int, r | o)
TN__REDUCE(__reduce_xor_sync, unsigned int, r ^ o)
#undef TN__REDUCE

/* ---- services ---- */
TN__C int __tn_print(const char *format, const tn__u64 *slots, tn__u32 count);
TN__C void *__tn_malloc(tn__u64 bytes);
TN__C void __tn_free(void *address);
TN__C __attribute__((noreturn)) void __tn_assert(const char *text, const char *file, tn__u32 line, const char *function);
TN__C __attribute__((noreturn)) void __tn_trap(tn__u32 kind, const char *where);
TN__C tn__u64 __tn_timer(void);
TN__C tn__u64 __tn_clock(void);
TN__D tn__u64 tn__slot(float v) { return __builtin_bit_cast(tn__u64, (double)v); }
TN__D tn__u64 tn__slot(double v) { return __builtin_bit_cast(tn__u64, v); }
template <class T> TN__D tn__u64 tn__slot(T *v) { return (tn__u64)v; }
template <class T> TN__D tn__u64 tn__slot(T v) { return (tn__u64)(long long)v; }
TN__D int printf(const char *format) { return __tn_print(format, 0, 0); }
template <class... A> TN__D int printf(const char *format, A... a)
{
    tn__u64 slots[] = {tn__slot(a)...};
    return __tn_print(format, slots, (tn__u32)sizeof...(A));
}
TN__D void *memcpy(void *to, const void *from, size_t bytes) { return __builtin_memcpy(to, from, bytes); }
TN__D void *memmove(void *to, const void *from, size_t bytes) { return __builtin_memmove(to, from, bytes); }
TN__D void *memset(void *to, int value, size_t bytes) { return __builtin_memset(to, value, bytes); }
TN__D void *malloc(size_t bytes) { return __tn_malloc(bytes); }
TN__D void free(void *address) { __tn_free(address); }
TN__D void __trap() { __tn_trap(2, 0); }
TN__D void __brkpt() { __tn_trap(2, 0); }
TN__D long long clock64() { return (long long)__tn_clock(); }
TN__D int clock() { return (int)__tn_clock(); }
TN__D tn__u64 __globaltimer() { return __tn_timer(); }
TN__D void __nanosleep(unsigned int) {}
extern "C" {
TN__D void __assert_fail(const char *text, const char *file, unsigned int line, const char *function)
{ __tn_assert(text, file, line, function); }
TN__D void __assertfail(const char *text, const char *file, unsigned int line, const char *function, size_t)
{ __tn_assert(text, file, line, function); }
}
#ifndef assert   /* a later assert.h takes its place, and ends in __assert_fail too */
#ifdef NDEBUG
#define assert(e) ((void)0)
#else
#define assert(e) ((e) ? (void)0 : __assert_fail(#e, __FILE__, __LINE__, __PRETTY_FUNCTION__))
#endif
#endif


#include "tenon_atomics.h"
#include "tenon_math.h"
#include "tenon_simd.h"

#endif
