/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenon_halves.h - what half and bfloat16 have in common: operators, comparisons, mathematics, pairs, rounding modes and
 * atomics, as macros over a type of 16 bits `tn__v` that converts to float exactly and from float to nearest even.
 * Sums, products, quotients and roots that are rounded to float and then to 16 bits are correctly rounded.
 */
#ifndef TENON_HALVES_H
#define TENON_HALVES_H

#include "tenon_cuda.h"

#define TN__H __device__ __attribute__((__always_inline__, __nodebug__))

/* From what was rounded to nearest to another rounding: 1 towards zero, 2 down, 3 up. `bits` is a sign and a magnitude. */
template <int TN__MODE, class __F> TN__D unsigned short tn__redirect(unsigned short __bits, __F __rounded, __F __exact)
{
    bool __up = TN__MODE == 3 || (TN__MODE == 1 && __exact < 0), __move = __up ? __rounded < __exact : __rounded > __exact;
    if (TN__MODE == 0 || !__move)
        return __bits;
    bool __away = __up == !(__bits >> 15);
    return (unsigned short)(__away ? __bits + 1 : __bits - 1);
}
template <class __T, int TN__MODE> TN__D __T tn__half_from(double x)
{
    __T __r = __T(x);
    return __builtin_bit_cast(__T, tn__redirect<TN__MODE>(__builtin_bit_cast(unsigned short, __r), (double)(float)__r, x));
}
/* a b + c with what is lost pushed into the last bit, so that the next rounding is the only one */
TN__D double tn__fused_odd(double __a, double __b, double __c)
{
    _Pragma("clang fp contract(off) reassociate(off)") double __p = __a * __b, __s = __p + __c, __t = __s - __p, __lost = (__p - (__s - __t)) + (__c - __t);
    unsigned long long __u = __builtin_bit_cast(unsigned long long, __s);
    if (!(__lost != 0.0) || (__u & 1) || !__builtin_isfinite(__s))
        return __s;
    return __builtin_bit_cast(double, (__lost > 0.0) == (__s > 0.0) ? __u + 1 : __u - 1);
}

#define TN__HALF_OPERATOR(__T, __T2, op)                                                                              \
    TN__D __T operator op(__T __a, __T __b) { return __T((float)__a op (float)__b); }                                 \
    TN__D __T &operator op##=(__T &__a, __T __b) { return __a = __a op __b; }                                         \
    TN__D __T2 operator op(const __T2 &__a, const __T2 &__b) { return __T2{__a.x op __b.x, __a.y op __b.y}; }         \
    TN__D __T2 &operator op##=(__T2 &__a, const __T2 &__b) { return __a = __a op __b; }
#define TN__HALF_COMPARE(__T, __T2, name, op)                                                                         \
    TN__D bool operator op(__T __a, __T __b) { return (float)__a op (float)__b; }                                     \
    TN__D bool operator op(const __T2 &__a, const __T2 &__b) { return (__a.x op __b.x) && (__a.y op __b.y); }         \
    TN__HALF_COMPARE_NAMED(__T, __T2, name, , (float)__a op (float)__b)                                               \
    TN__HALF_COMPARE_NAMED(__T, __T2, name, u, ((float)__a op (float)__b) || __builtin_isunordered((float)__a, (float)__b))
#define TN__HALF_COMPARE_NAMED(__T, __T2, name, u, expr)                                                              \
    TN__D bool __h##name##u(__T __a, __T __b) { return expr; }                                                        \
    TN__D __T2 __h##name##u##2(__T2 __a, __T2 __b) { return __T2{__T(__h##name##u(__a.x, __b.x) ? 1.f : 0.f), __T(__h##name##u(__a.y, __b.y) ? 1.f : 0.f)}; } \
    TN__D bool __hb##name##u##2(__T2 __a, __T2 __b) { return __h##name##u(__a.x, __b.x) && __h##name##u(__a.y, __b.y); } \
    TN__D unsigned int __h##name##u##2_mask(__T2 __a, __T2 __b)                                                       \
    { return (__h##name##u(__a.x, __b.x) ? 0xffffu : 0u) | (__h##name##u(__a.y, __b.y) ? 0xffff0000u : 0u); }
#define TN__HALF_1(__T, __T2, name, expr)                                                                             \
    TN__D __T h##name(__T __a) { float x = (float)__a; return __T(expr); }                                            \
    TN__D __T2 h2##name(__T2 __a) { return __T2{h##name(__a.x), h##name(__a.y)}; }
#define TN__HALF_2(__T, __T2, name, expr)                                                                             \
    TN__D __T __h##name(__T __a, __T __b) { float x = (float)__a, y = (float)__b; return __T(expr); }                 \
    TN__D __T2 __h##name##2(__T2 __a, __T2 __b) { return __T2{__h##name(__a.x, __b.x), __h##name(__a.y, __b.y)}; }
#define TN__HALF_2S(__T, __T2, name, suffix, expr)                                                                    \
    TN__D __T __h##name##suffix(__T __a, __T __b) { float x = (float)__a, y = (float)__b; return __T(expr); }         \
    TN__D __T2 __h##name##2##suffix(__T2 __a, __T2 __b) { return __T2{__h##name##suffix(__a.x, __b.x), __h##name##suffix(__a.y, __b.y)}; }
#define TN__HALF_3(__T, __T2, suffix, expr)                                                                           \
    TN__D __T __hfma##suffix(__T __a, __T __b, __T __c) { __T __r = tn__fma(__a, __b, __c); float x = (float)__r; (void)x; return expr; } \
    TN__D __T2 __hfma2##suffix(__T2 __a, __T2 __b, __T2 __c) { return __T2{__hfma##suffix(__a.x, __b.x, __c.x), __hfma##suffix(__a.y, __b.y, __c.y)}; }
#define TN__HALF_UNIT(x) __builtin_fminf(__builtin_fmaxf(x, 0.f), 1.f)
#define TN__HALF_NAN(x, y, __r) (__builtin_isunordered(x, y) ? __builtin_nanf("") : (__r))

/* the integer conversions in four roundings: n = half or bfloat16 */
#define TN__HALF_TO(__T, __n, __N, __I, suffix, __f)                                                                  \
    TN__D __I __##__n##2##__N##_##suffix(__T __a) { return tn__to_int<__I, float>(__f((float)__a)); }
#define TN__HALF_FROM(__T, __n, __N, __I, suffix, __mode)                                                             \
    TN__D __T __##__N##2##__n##_##suffix(__I __v) { return tn__half_from<__T, __mode>((double)__v); }
#define TN__HALF_INTEGER(__T, __n, __N, __I)                                                                          \
    TN__HALF_TO(__T, __n, __N, __I, rn, __builtin_rintf) TN__HALF_TO(__T, __n, __N, __I, rz, __builtin_truncf)        \
    TN__HALF_TO(__T, __n, __N, __I, rd, __builtin_floorf) TN__HALF_TO(__T, __n, __N, __I, ru, __builtin_ceilf)        \
    TN__HALF_FROM(__T, __n, __N, __I, rn, 0) TN__HALF_FROM(__T, __n, __N, __I, rz, 1)                                 \
    TN__HALF_FROM(__T, __n, __N, __I, rd, 2) TN__HALF_FROM(__T, __n, __N, __I, ru, 3)
#define TN__HALF_CONVERSIONS(__T, __n)                                                                                \
    TN__HALF_INTEGER(__T, __n, int, int) TN__HALF_INTEGER(__T, __n, uint, unsigned int)                               \
    TN__HALF_INTEGER(__T, __n, short, short) TN__HALF_INTEGER(__T, __n, ushort, unsigned short)                       \
    TN__HALF_INTEGER(__T, __n, ll, long long) TN__HALF_INTEGER(__T, __n, ull, unsigned long long)                     \
    TN__HALF_FROM(__T, __n, float, float, rn, 0) TN__HALF_FROM(__T, __n, float, float, rz, 1)                         \
    TN__HALF_FROM(__T, __n, float, float, rd, 2) TN__HALF_FROM(__T, __n, float, float, ru, 3)                         \
    TN__D __T __float2##__n(float __v) { return __T(__v); }                                                           \
    TN__D __T __double2##__n(double __v) { return __T(__v); }                                                         \
    TN__D float __##__n##2float(__T __v) { return (float)__v; }                                                       \
    TN__D unsigned short __##__n##_as_ushort(__T __v) { return __builtin_bit_cast(unsigned short, __v); }             \
    TN__D short __##__n##_as_short(__T __v) { return __builtin_bit_cast(short, __v); }                                \
    TN__D __T __ushort_as_##__n(unsigned short __v) { return __builtin_bit_cast(__T, __v); }                          \
    TN__D __T __short_as_##__n(short __v) { return __builtin_bit_cast(__T, __v); }

/* atomicAdd, and the scopes' forms; W an integer of T's size */
#define TN__HALF_ATOMIC_NAMED(name, __T, __W)                                                                         \
    TN__D __T name(__T *__p, __T __v)                                                                                 \
    {                                                                                                                 \
        __W __seen = __atomic_load_n((__W *)__p, __ATOMIC_RELAXED);                                                   \
        while (!__atomic_compare_exchange_n((__W *)__p, &__seen, __builtin_bit_cast(__W, (__T)(__builtin_bit_cast(__T, __seen) + __v)), \
                                            false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {                             \
        }                                                                                                             \
        return __builtin_bit_cast(__T, __seen);                                                                       \
    }
#define TN__HALF_ATOMIC(__T, __W)                                                                                     \
    TN__HALF_ATOMIC_NAMED(atomicAdd, __T, __W) TN__HALF_ATOMIC_NAMED(atomicAdd_block, __T, __W)                       \
    TN__HALF_ATOMIC_NAMED(atomicAdd_system, __T, __W)

/* A back end's sim image forms no pair type; both halves are computed alike. */
#define TN__HALF_COMMON(__T, __T2)                                                                                    \
    TN__HALF_OPERATOR(__T, __T2, +) TN__HALF_OPERATOR(__T, __T2, -) TN__HALF_OPERATOR(__T, __T2, *) TN__HALF_OPERATOR(__T, __T2, /) \
    TN__D __T operator-(__T __a) { return __builtin_bit_cast(__T, (unsigned short)(__builtin_bit_cast(unsigned short, __a) ^ 0x8000)); } \
    TN__D __T operator+(__T __a) { return __a; }                                                                      \
    TN__D __T2 operator-(const __T2 &__a) { return __T2{-__a.x, -__a.y}; }                                            \
    TN__D __T2 operator+(const __T2 &__a) { return __a; }                                                             \
    TN__D __T &operator++(__T &__a) { return __a = __a + __T(1.0f); }                                                 \
    TN__D __T &operator--(__T &__a) { return __a = __a - __T(1.0f); }                                                 \
    TN__D __T operator++(__T &__a, int) { __T __was = __a; __a = __a + __T(1.0f); return __was; }                     \
    TN__D __T operator--(__T &__a, int) { __T __was = __a; __a = __a - __T(1.0f); return __was; }                     \
    TN__HALF_COMPARE(__T, __T2, eq, ==) TN__HALF_COMPARE(__T, __T2, lt, <) TN__HALF_COMPARE(__T, __T2, gt, >)         \
    TN__HALF_COMPARE(__T, __T2, le, <=) TN__HALF_COMPARE(__T, __T2, ge, >=)                                           \
    TN__D bool operator!=(__T __a, __T __b) { return (float)__a != (float)__b; }                                      \
    TN__D bool operator!=(const __T2 &__a, const __T2 &__b) { return (__a.x != __b.x) && (__a.y != __b.y); }          \
    TN__HALF_COMPARE_NAMED(__T, __T2, ne, , ((float)__a != (float)__b) && !__builtin_isunordered((float)__a, (float)__b)) \
    TN__HALF_COMPARE_NAMED(__T, __T2, ne, u, (float)__a != (float)__b)                                                \
    TN__HALF_2(__T, __T2, add, x + y) TN__HALF_2(__T, __T2, sub, x - y) TN__HALF_2(__T, __T2, mul, x * y)             \
    TN__HALF_2S(__T, __T2, add, _rn, x + y) TN__HALF_2S(__T, __T2, sub, _rn, x - y) TN__HALF_2S(__T, __T2, mul, _rn, x * y) \
    TN__HALF_2S(__T, __T2, add, _sat, TN__HALF_UNIT((float)__T(x + y))) TN__HALF_2S(__T, __T2, sub, _sat, TN__HALF_UNIT((float)__T(x - y))) \
    TN__HALF_2S(__T, __T2, mul, _sat, TN__HALF_UNIT((float)__T(x * y)))                                               \
    TN__D __T __hdiv(__T __a, __T __b) { return __T((float)__a / (float)__b); }                                       \
    TN__D __T2 __h2div(__T2 __a, __T2 __b) { return __T2{__hdiv(__a.x, __b.x), __hdiv(__a.y, __b.y)}; }               \
    TN__HALF_2(__T, __T2, max, __builtin_fmaxf(x, y)) TN__HALF_2(__T, __T2, min, __builtin_fminf(x, y))               \
    TN__HALF_2S(__T, __T2, max, _nan, TN__HALF_NAN(x, y, __builtin_fmaxf(x, y)))                                      \
    TN__HALF_2S(__T, __T2, min, _nan, TN__HALF_NAN(x, y, __builtin_fminf(x, y)))                                      \
    TN__D __T __hneg(__T __a) { return -__a; }                                                                        \
    TN__D __T2 __hneg2(__T2 __a) { return -__a; }                                                                     \
    TN__D __T __habs(__T __a) { return __builtin_bit_cast(__T, (unsigned short)(__builtin_bit_cast(unsigned short, __a) & 0x7fff)); } \
    TN__D __T2 __habs2(__T2 __a) { return __T2{__habs(__a.x), __habs(__a.y)}; }                                       \
    TN__HALF_3(__T, __T2, , __r) TN__HALF_3(__T, __T2, _rn, __r) TN__HALF_3(__T, __T2, _sat, __T(TN__HALF_UNIT(x)))   \
    TN__HALF_3(__T, __T2, _relu, x > 0.f || x != x ? __r : __T(0.0f))                                                 \
    TN__D bool __hisnan(__T __a) { return __builtin_isnan((float)__a); }                                              \
    TN__D __T2 __hisnan2(__T2 __a) { return __T2{__T(__hisnan(__a.x) ? 1.f : 0.f), __T(__hisnan(__a.y) ? 1.f : 0.f)}; } \
    TN__D int __hisinf(__T __a) { return __builtin_isinf((float)__a) ? ((float)__a < 0.f ? -1 : 1) : 0; }             \
    TN__HALF_1(__T, __T2, exp, __builtin_expf(x)) TN__HALF_1(__T, __T2, exp2, __builtin_exp2f(x))                     \
    TN__HALF_1(__T, __T2, exp10, __builtin_exp10f(x)) TN__HALF_1(__T, __T2, log, __builtin_logf(x))                   \
    TN__HALF_1(__T, __T2, log2, __builtin_log2f(x)) TN__HALF_1(__T, __T2, log10, __builtin_log10f(x))                 \
    TN__HALF_1(__T, __T2, sin, __builtin_sinf(x)) TN__HALF_1(__T, __T2, cos, __builtin_cosf(x))                       \
    TN__HALF_1(__T, __T2, tanh, __builtin_tanhf(x)) TN__HALF_1(__T, __T2, sqrt, __builtin_sqrtf(x))                   \
    TN__HALF_1(__T, __T2, rsqrt, 1.0f / __builtin_sqrtf(x)) TN__HALF_1(__T, __T2, rcp, 1.0f / x)                      \
    TN__HALF_1(__T, __T2, floor, __builtin_floorf(x)) TN__HALF_1(__T, __T2, ceil, __builtin_ceilf(x))                 \
    TN__HALF_1(__T, __T2, trunc, __builtin_truncf(x)) TN__HALF_1(__T, __T2, rint, __builtin_rintf(x))                 \
    TN__D float __low2float(__T2 __v) { return (float)__v.x; }                                                        \
    TN__D float __high2float(__T2 __v) { return (float)__v.y; }                                                       \
    TN__D __T2 __lowhigh2highlow(__T2 __v) { return __T2{__v.y, __v.x}; }                                             \
    TN__HALF_ATOMIC(__T, unsigned short) TN__HALF_ATOMIC(__T2, unsigned int)

#endif
