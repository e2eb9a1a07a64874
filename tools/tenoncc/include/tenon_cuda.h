/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenon_cuda.h - CUDA C++ device language for tenoncc, put in front of every source file. No SDK is needed.
 * Everything ends in the extern "C" names of tools/tenoncc/README.md or in compiler builtins.
 */
#ifndef TENON_CUDA_H
#define TENON_CUDA_H

#include "tenon_device_base.h"

#define TN__C extern "C" __device__ __attribute__((__nothrow__))
#define TN__D static __inline__ __device__ __attribute__((__always_inline__, __nodebug__))
typedef unsigned int tn__u32;
typedef unsigned long long tn__u64;

/* ---- who am I ---- */
#define TN__ID(__n) TN__C __attribute__((__const__)) unsigned int __tn_##__n(void);
TN__ID(tid_x) TN__ID(tid_y) TN__ID(tid_z) TN__ID(ctaid_x) TN__ID(ctaid_y) TN__ID(ctaid_z)
TN__ID(ntid_x) TN__ID(ntid_y) TN__ID(ntid_z) TN__ID(nctaid_x) TN__ID(nctaid_y) TN__ID(nctaid_z)
TN__ID(width) TN__ID(lane)
#undef TN__ID
#define TN__INDEX(__N, __n)                                                                                           \
    struct tn__##__n##_t {                                                                                            \
        __declspec(property(get = tn__x)) unsigned int x;                                                             \
        __declspec(property(get = tn__y)) unsigned int y;                                                             \
        __declspec(property(get = tn__z)) unsigned int z;                                                             \
        TN__D unsigned int tn__x() { return __tn_##__n##_x(); }                                                       \
        TN__D unsigned int tn__y() { return __tn_##__n##_y(); }                                                       \
        TN__D unsigned int tn__z() { return __tn_##__n##_z(); }                                                       \
        __device__ __attribute__((__nodebug__)) operator uint3() const { return uint3{tn__x(), tn__y(), tn__z()}; }   \
        __device__ __attribute__((__nodebug__)) operator dim3() const { return dim3(tn__x(), tn__y(), tn__z()); }     \
    };                                                                                                                \
    extern const __device__ __attribute__((__weak__)) tn__##__n##_t __N;
TN__INDEX(threadIdx, tid) TN__INDEX(blockIdx, ctaid) TN__INDEX(blockDim, ntid) TN__INDEX(gridDim, nctaid)
#undef TN__INDEX
struct tn__width_t {
    __attribute__((__always_inline__, __nodebug__)) __device__ operator int() const { return (int)__tn_width(); }
};
extern const __device__ __attribute__((__weak__)) tn__width_t warpSize;

/* ---- barriers and fences ---- */
#define TN__SYNC extern "C" __device__ __attribute__((__convergent__, __nothrow__))
TN__SYNC void __tn_barrier(void);
TN__SYNC int __tn_barrier_count(int __predicate);
TN__SYNC int __tn_barrier_and(int __predicate);
TN__SYNC int __tn_barrier_or(int __predicate);
TN__SYNC void __tn_warp_sync(tn__u64 __mask);
TN__SYNC tn__u32 __tn_shfl_32(tn__u64 __mask, tn__u32 __value, tn__u32 __source);
TN__SYNC tn__u64 __tn_shfl_64(tn__u64 __mask, tn__u64 __value, tn__u32 __source);
TN__SYNC tn__u64 __tn_ballot(tn__u64 __mask, int __predicate);
TN__SYNC tn__u64 __tn_activemask(void);
TN__SYNC tn__u64 __tn_match(tn__u64 __mask, tn__u64 __value);
TN__C void __tn_fence(tn__u32 __scope);
TN__C tn__u32 __tn_local_offset(const void *__p);
TN__C tn__u64 __tn_local_address(tn__u32 __offset);
TN__D size_t __cvta_generic_to_shared(const void *__p) { return __tn_local_offset(__p); }
TN__D void *__cvta_shared_to_generic(size_t __offset) { return (void *)__tn_local_address((tn__u32)__offset); }
TN__D size_t __cvta_generic_to_global(const void *__p) { return (size_t)__p; }
TN__D void *__cvta_global_to_generic(size_t __p) { return (void *)__p; }
TN__D size_t __nvvm_get_smem_pointer(void *__p) { return __tn_local_offset(__p); }
TN__C void __tn_grid_wait(tn__u32 __threads);
TN__C int __tn_grid_whole(void);
#define __syncthreads() __tn_barrier()
TN__D int __syncthreads_count(int __p) { return __tn_barrier_count(__p); }
TN__D int __syncthreads_and(int __p) { return __tn_barrier_and(__p); }
TN__D int __syncthreads_or(int __p) { return __tn_barrier_or(__p); }
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
TN__D tn__u64 tn__lanes(int __m) { return __m == -1 ? ~0ull : (tn__u64)(tn__u32)__m; }
TN__D tn__u64 tn__lanes(tn__u32 __m) { return __m == ~0u ? ~0ull : (tn__u64)__m; }
TN__D tn__u64 tn__lanes(long __m) { return (tn__u64)__m; }
TN__D tn__u64 tn__lanes(unsigned long __m) { return __m; }
TN__D tn__u64 tn__lanes(long long __m) { return (tn__u64)__m; }
TN__D tn__u64 tn__lanes(tn__u64 __m) { return __m; }
#else
typedef tn__u32 tn__mask;
TN__D tn__u64 tn__lanes(tn__u32 __m) { return __m; }
#endif
TN__D void __syncwarp() { __tn_warp_sync(tn__lanes(~0u)); }
template <class __M> TN__D void __syncwarp(__M __mask) { __tn_warp_sync(tn__lanes(__mask)); }
TN__D tn__mask __activemask() { return (tn__mask)__tn_activemask(); }
template <class __M> TN__D tn__mask __ballot_sync(__M __mask, int __p) { return (tn__mask)__tn_ballot(tn__lanes(__mask), __p); }
template <class __M> TN__D int __any_sync(__M __mask, int __p) { return __tn_ballot(tn__lanes(__mask), __p) != 0; }
template <class __M> TN__D int __all_sync(__M __mask, int __p) { return __tn_ballot(tn__lanes(__mask), !__p) == 0; }
template <class __M> TN__D int __uni_sync(__M __mask, int __p)
{
    tn__u64 __yes = __tn_ballot(tn__lanes(__mask), __p), __no = __tn_ballot(tn__lanes(__mask), !__p);
    return !__yes || !__no;
}

template <class __T, unsigned long __N = sizeof(__T)> struct tn__lane_value {   /* any size, in pieces of 4 bytes */
    static __device__ __attribute__((__always_inline__, __nodebug__)) __T __from(tn__u64 __mask, __T __v, tn__u32 __source)
    {
        union tn__u { __T __t; tn__u32 w[(__N + 3) / 4]; __device__ tn__u() {} } __a, __b;
        for (unsigned long __i = 0; __i < (__N + 3) / 4; __i++)
            __a.w[__i] = 0;
        __a.__t = __v;
        for (unsigned long __i = 0; __i < (__N + 3) / 4; __i++)
            __b.w[__i] = __tn_shfl_32(__mask, __a.w[__i], __source);
        return __b.__t;
    }
};
template <class __T> struct tn__lane_value<__T, 1> {
    static __device__ __attribute__((__always_inline__, __nodebug__)) __T __from(tn__u64 __mask, __T __v, tn__u32 __source)
    { return __builtin_bit_cast(__T, (unsigned char)__tn_shfl_32(__mask, __builtin_bit_cast(unsigned char, __v), __source)); }
};
template <class __T> struct tn__lane_value<__T, 2> {
    static __device__ __attribute__((__always_inline__, __nodebug__)) __T __from(tn__u64 __mask, __T __v, tn__u32 __source)
    { return __builtin_bit_cast(__T, (unsigned short)__tn_shfl_32(__mask, __builtin_bit_cast(unsigned short, __v), __source)); }
};
template <class __T> struct tn__lane_value<__T, 4> {
    static __device__ __attribute__((__always_inline__, __nodebug__)) __T __from(tn__u64 __mask, __T __v, tn__u32 __source)
    { return __builtin_bit_cast(__T, __tn_shfl_32(__mask, __builtin_bit_cast(tn__u32, __v), __source)); }
};
template <class __T> struct tn__lane_value<__T, 8> {
    static __device__ __attribute__((__always_inline__, __nodebug__)) __T __from(tn__u64 __mask, __T __v, tn__u32 __source)
    { return __builtin_bit_cast(__T, __tn_shfl_64(__mask, __builtin_bit_cast(tn__u64, __v), __source)); }
};
template <class __M, class __T> TN__D __T __shfl_sync(__M __mask, __T __v, int __source, int __width = warpSize)
{
    tn__u32 __lane = __tn_lane(), w = (tn__u32)__width;
    return tn__lane_value<__T>::__from(tn__lanes(__mask), __v, (__lane & ~(w - 1)) | ((tn__u32)__source & (w - 1)));
}
template <class __M, class __T> TN__D __T __shfl_up_sync(__M __mask, __T __v, unsigned int __delta, int __width = warpSize)
{
    tn__u32 __lane = __tn_lane(), w = (tn__u32)__width;
    return tn__lane_value<__T>::__from(tn__lanes(__mask), __v, (__lane & (w - 1)) >= __delta ? __lane - __delta : __lane);
}
template <class __M, class __T> TN__D __T __shfl_down_sync(__M __mask, __T __v, unsigned int __delta, int __width = warpSize)
{
    tn__u32 __lane = __tn_lane(), w = (tn__u32)__width;
    return tn__lane_value<__T>::__from(tn__lanes(__mask), __v, __delta < w - (__lane & (w - 1)) ? __lane + __delta : __lane);
}
template <class __M, class __T> TN__D __T __shfl_xor_sync(__M __mask, __T __v, int __lanes, int __width = warpSize)
{
    tn__u32 __lane = __tn_lane(), w = (tn__u32)__width, __source = __lane ^ (tn__u32)__lanes;
    return tn__lane_value<__T>::__from(tn__lanes(__mask), __v, __source < (__lane & ~(w - 1)) + w ? __source : __lane);
}
template <class __M, class __T> TN__D tn__mask __match_any_sync(__M __mask, __T __v)
{
    static_assert(sizeof(__T) == 4 || sizeof(__T) == 8, "__match_any_sync takes values of 4 or 8 bytes");
    if constexpr (sizeof(__T) == 4)
        return (tn__mask)__tn_match(tn__lanes(__mask), __builtin_bit_cast(tn__u32, __v));
    else
        return (tn__mask)__tn_match(tn__lanes(__mask), __builtin_bit_cast(tn__u64, __v));
}
template <class __M, class __T> TN__D tn__mask __match_all_sync(__M __mask, __T __v, int *__every)
{
    tn__mask __same = __match_any_sync(__mask, __v), __who = (tn__mask)__tn_ballot(tn__lanes(__mask), 1);
    *__every = __same == __who;
    return *__every ? __who : 0;
}
/* The lanes below, at, above the own one; as wide as masks are. */
TN__D tn__mask __lanemask_eq() { return (tn__mask)(1ull << __tn_lane()); }
TN__D tn__mask __lanemask_lt() { return (tn__mask)((1ull << __tn_lane()) - 1); }
TN__D tn__mask __lanemask_le() { return __lanemask_lt() | __lanemask_eq(); }
TN__D tn__mask __lanemask_ge() { return ~__lanemask_lt(); }
TN__D tn__mask __lanemask_gt() { return ~__lanemask_le(); }
/* The forms without a mask, which name every lane. */
template <class __T> TN__D __T __shfl(__T __v, int __source, int __width = warpSize) { return __shfl_sync(~0u, __v, __source, __width); }
template <class __T> TN__D __T __shfl_up(__T __v, unsigned int __delta, int __width = warpSize) { return __shfl_up_sync(~0u, __v, __delta, __width); }
template <class __T> TN__D __T __shfl_down(__T __v, unsigned int __delta, int __width = warpSize) { return __shfl_down_sync(~0u, __v, __delta, __width); }
template <class __T> TN__D __T __shfl_xor(__T __v, int __lanes, int __width = warpSize) { return __shfl_xor_sync(~0u, __v, __lanes, __width); }
TN__D tn__mask __ballot(int __p) { return __ballot_sync(~0u, __p); }
TN__D int __any(int __p) { return __any_sync(~0u, __p); }
TN__D int __all(int __p) { return __all_sync(~0u, __p); }
/* Reductions over the lanes of a mask: each lane looks at every other. */
#define TN__REDUCE(name, __T, expr)                                                                                   \
    template <class __M> TN__D __T name(__M __mask, __T __v)                                                          \
    {                                                                                                                 \
        tn__u64 __who = __tn_ballot(tn__lanes(__mask), 1);                                                            \
        tn__u32 __first = (tn__u32)__builtin_ctzll(__who);                                                            \
        __T __r = __builtin_bit_cast(__T, __tn_shfl_32(tn__lanes(__mask), __builtin_bit_cast(tn__u32, __v), __first)); \
        for (__who &= __who - 1; __who; __who &= __who - 1) {                                                         \
            __T __o = __builtin_bit_cast(__T, __tn_shfl_32(tn__lanes(__mask), __builtin_bit_cast(tn__u32, __v),       \
                                                     (tn__u32)__builtin_ctzll(__who)));                               \
            __r = expr;                                                                                               \
        }                                                                                                             \
        return __r;                                                                                                   \
    }
TN__REDUCE(__reduce_add_sync, unsigned int, __r + __o)
TN__REDUCE(__reduce_add_sync, int, (int)((tn__u32)__r + (tn__u32)__o))
TN__REDUCE(__reduce_min_sync, unsigned int, __o < __r ? __o : __r)
TN__REDUCE(__reduce_min_sync, int, __o < __r ? __o : __r)
TN__REDUCE(__reduce_max_sync, unsigned int, __o > __r ? __o : __r)
TN__REDUCE(__reduce_max_sync, int, __o > __r ? __o : __r)
TN__REDUCE(__reduce_and_sync, unsigned int, __r & __o)
TN__REDUCE(__reduce_or_sync, unsigned int, __r | __o)
TN__REDUCE(__reduce_xor_sync, unsigned int, __r ^ __o)
#undef TN__REDUCE

/* ---- services ---- */
TN__C int __tn_print(const char *__format, const tn__u64 *__slots, tn__u32 __count);
TN__C void *__tn_malloc(tn__u64 __bytes);
TN__C void __tn_free(void *__address);
TN__C __attribute__((__noreturn__)) void __tn_assert(const char *__text, const char *__file, tn__u32 __line, const char *__function);
TN__C __attribute__((__noreturn__)) void __tn_trap(tn__u32 __kind, const char *where);
TN__C tn__u64 __tn_timer(void);
TN__C tn__u64 __tn_clock(void);
TN__D tn__u64 tn__slot(float __v) { return __builtin_bit_cast(tn__u64, (double)__v); }
TN__D tn__u64 tn__slot(double __v) { return __builtin_bit_cast(tn__u64, __v); }
template <class __T> TN__D tn__u64 tn__slot(__T *__v) { return (tn__u64)__v; }
template <class __T> TN__D tn__u64 tn__slot(__T __v) { return (tn__u64)(long long)__v; }
TN__D int printf(const char *__format) { return __tn_print(__format, 0, 0); }
template <class... __A> TN__D int printf(const char *__format, __A... __a)
{
    tn__u64 __slots[] = {tn__slot(__a)...};
    return __tn_print(__format, __slots, (tn__u32)sizeof...(__A));
}
TN__D void *memcpy(void *__to, const void *__from, size_t __bytes) { return __builtin_memcpy(__to, __from, __bytes); }
TN__D void *memmove(void *__to, const void *__from, size_t __bytes) { return __builtin_memmove(__to, __from, __bytes); }
TN__D void *memset(void *__to, int __value, size_t __bytes) { return __builtin_memset(__to, __value, __bytes); }
TN__D void *malloc(size_t __bytes) { return __tn_malloc(__bytes); }
TN__D void free(void *__address) { __tn_free(__address); }
/* without <new>, as nvcc has it; templates, so that <new>'s own are the better match when it is there */
template <class __T> inline __device__ __attribute__((__always_inline__, __nodebug__)) void *operator new(size_t, __T *__at) noexcept { return __at; }
template <class __T> inline __device__ __attribute__((__always_inline__, __nodebug__)) void *operator new[](size_t, __T *__at) noexcept { return __at; }
TN__D void __trap() { __tn_trap(2, 0); }
TN__D void __brkpt() { __tn_trap(2, 0); }
TN__D long long clock64() { return (long long)__tn_clock(); }
TN__D int clock() { return (int)__tn_clock(); }
TN__D tn__u64 __globaltimer() { return __tn_timer(); }
TN__D void __nanosleep(unsigned int) {}
TN__D void __prof_trigger(int) {}
extern "C" {
TN__D void __assert_fail(const char *__text, const char *__file, unsigned int __line, const char *__function)
{ __tn_assert(__text, __file, __line, __function); }
TN__D void __assertfail(const char *__text, const char *__file, unsigned int __line, const char *__function, size_t)
{ __tn_assert(__text, __file, __line, __function); }
}
#ifndef assert   /* a later assert.h takes its place, and ends in __assert_fail too */
#ifdef NDEBUG
#define assert(__e) ((void)0)
#else
#define assert(__e) ((__e) ? (void)0 : __assert_fail(#__e, __FILE__, __LINE__, __PRETTY_FUNCTION__))
#endif
#endif


#include "tenon_atomics.h"
#include "tenon_math.h"
#include "tenon_simd.h"

#endif
