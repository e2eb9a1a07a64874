/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenon_halves.h - what half and bfloat16 have in common: operators, comparisons, mathematics, pairs, rounding modes and
 * atomics, as macros over a type of 16 bits `tn__v` that converts to float exactly and from float to nearest even.
 * Sums, products, quotients and roots that are rounded to float and then to 16 bits are correctly rounded.
 */
#ifndef TENON_HALVES_H
#define TENON_HALVES_H

#include "tenon_cuda.h"

#define TN__H __device__ __attribute__((always_inline, nodebug))

/* From what was rounded to nearest to another rounding: 1 towards zero, 2 down, 3 up. `bits` is a sign and a magnitude. */
template <int MODE, class F> TN__D unsigned short tn__redirect(unsigned short bits, F rounded, F exact)
{
    bool up = MODE == 3 || (MODE == 1 && exact < 0), move = up ? rounded < exact : rounded > exact;
    if (MODE == 0 || !move)
        return bits;
    bool away = up == !(bits >> 15);
    return (unsigned short)(away ? bits + 1 : bits - 1);
}
template <class T, int MODE> TN__D T tn__half_from(double x)
{
    T r = T(x);
    return __builtin_bit_cast(T, tn__redirect<MODE>(__builtin_bit_cast(unsigned short, r), (double)(float)r, x));
}
/* a b + c with what is lost pushed into the last bit, so that the next rounding is the only one */
TN__D double tn__fused_odd(double a, double b, double c)
{
    _Pragma("clang fp contract(off) reassociate(off)") double p = a * b, s = p + c, t = s - p, lost = (p - (s - t)) + (c - t);
    unsigned long long u = __builtin_bit_cast(unsigned long long, s);
    if (!(lost != 0.0) || (u & 1) || !__builtin_isfinite(s))
        return s;
    return __builtin_bit_cast(double, (lost > 0.0) == (s > 0.0) ? u + 1 : u - 1);
}

#define TN__HALF_OPERATOR(T, T2, op)                                                                                   \
    TN__D T operator op(T a, T b) { return T((float)a op (float)b); }                                                 \
    TN__D T &operator op##=(T &a, T b) { return a = a op b; }                                                         \
    TN__D T2 operator op(const T2 &a, const T2 &b) { return T2{a.x op b.x, a.y op b.y}; }                             \
    TN__D T2 &operator op##=(T2 &a, const T2 &b) { return a = a op b; }
#define TN__HALF_COMPARE(T, T2, name, op)                                                                              \
    TN__D bool operator op(T a, T b) { return (float)a op (float)b; }                                                 \
    TN__D bool operator op(const T2 &a, const T2 &b) { return (a.x op b.x) && (a.y op b.y); }                         \
    TN__HALF_COMPARE_NAMED(T, T2, name, , (float)a op (float)b)                                                       \
    TN__HALF_COMPARE_NAMED(T, T2, name, u, ((float)a op (float)b) || __builtin_isunordered((float)a, (float)b))
#define TN__HALF_COMPARE_NAMED(T, T2, name, u, expr)                                                                   \
    TN__D bool __h##name##u(T a, T b) { return expr; }                                                                \
    TN__D T2 __h##name##u##2(T2 a, T2 b) { return T2{T(__h##name##u(a.x, b.x) ? 1.f : 0.f), T(__h##name##u(a.y, b.y) ? 1.f : 0.f)}; } \
    TN__D bool __hb##name##u##2(T2 a, T2 b) { return __h##name##u(a.x, b.x) && __h##name##u(a.y, b.y); }              \
    TN__D unsigned int __h##name##u##2_mask(T2 a, T2 b)                                                               \
    { return (__h##name##u(a.x, b.x) ? 0xffffu : 0u) | (__h##name##u(a.y, b.y) ? 0xffff0000u : 0u); }
#define TN__HALF_1(T, T2, name, expr)                                                                                  \
    TN__D T h##name(T a) { float x = (float)a; return T(expr); }                                                      \
    TN__D T2 h2##name(T2 a) { return T2{h##name(a.x), h##name(a.y)}; }
#define TN__HALF_2(T, T2, name, expr)                                                                                  \
    TN__D T __h##name(T a, T b) { float x = (float)a, y = (float)b; return T(expr); }                                 \
    TN__D T2 __h##name##2(T2 a, T2 b) { return T2{__h##name(a.x, b.x), __h##name(a.y, b.y)}; }
#define TN__HALF_2S(T, T2, name, suffix, expr)                                                                         \
    TN__D T __h##name##suffix(T a, T b) { float x = (float)a, y = (float)b; return T(expr); }                         \
    TN__D T2 __h##name##2##suffix(T2 a, T2 b) { return T2{__h##name##suffix(a.x, b.x), __h##name##suffix(a.y, b.y)}; }
#define TN__HALF_3(T, T2, suffix, expr)                                                                                \
    TN__D T __hfma##suffix(T a, T b, T c) { T r = tn__fma(a, b, c); float x = (float)r; (void)x; return expr; }       \
    TN__D T2 __hfma2##suffix(T2 a, T2 b, T2 c) { return T2{__hfma##suffix(a.x, b.x, c.x), __hfma##suffix(a.y, b.y, c.y)}; }
#define TN__HALF_UNIT(x) __builtin_fminf(__builtin_fmaxf(x, 0.f), 1.f)
#define TN__HALF_NAN(x, y, r) (__builtin_isunordered(x, y) ? __builtin_nanf("") : (r))

/* the integer conversions in four roundings: n = half or bfloat16 */
#define TN__HALF_TO(T, n, N, I, suffix, f)                                                                            \
    TN__D I __##n##2##N##_##suffix(T a) { return tn__to_int<I, float>(f((float)a)); }
#define TN__HALF_FROM(T, n, N, I, suffix, mode)                                                                       \
    TN__D T __##N##2##n##_##suffix(I v) { return tn__half_from<T, mode>((double)v); }
#define TN__HALF_INTEGER(T, n, N, I)                                                                                  \
    TN__HALF_TO(T, n, N, I, rn, __builtin_rintf) TN__HALF_TO(T, n, N, I, rz, __builtin_truncf)                        \
    TN__HALF_TO(T, n, N, I, rd, __builtin_floorf) TN__HALF_TO(T, n, N, I, ru, __builtin_ceilf)                        \
    TN__HALF_FROM(T, n, N, I, rn, 0) TN__HALF_FROM(T, n, N, I, rz, 1)                                                 \
    TN__HALF_FROM(T, n, N, I, rd, 2) TN__HALF_FROM(T, n, N, I, ru, 3)
#define TN__HALF_CONVERSIONS(T, n)                                                                                    \
    TN__HALF_INTEGER(T, n, int, int) TN__HALF_INTEGER(T, n, uint, unsigned int)                                       \
    TN__HALF_INTEGER(T, n, short, short) TN__HALF_INTEGER(T, n, ushort, unsigned short)                               \
    TN__HALF_INTEGER(T, n, ll, long long) TN__HALF_INTEGER(T, n, ull, unsigned long long)                             \
    TN__HALF_FROM(T, n, float, float, rn, 0) TN__HALF_FROM(T, n, float, float, rz, 1)                                 \
    TN__HALF_FROM(T, n, float, float, rd, 2) TN__HALF_FROM(T, n, float, float, ru, 3)                                 \
    TN__D T __float2##n(float v) { return T(v); }                                                                     \
    TN__D T __double2##n(double v) { return T(v); }                                                                   \
    TN__D float __##n##2float(T v) { return (float)v; }                                                               \
    TN__D unsigned short __##n##_as_ushort(T v) { return __builtin_bit_cast(unsigned short, v); }                     \
    TN__D short __##n##_as_short(T v) { return __builtin_bit_cast(short, v); }                                        \
    TN__D T __ushort_as_##n(unsigned short v) { return __builtin_bit_cast(T, v); }                                    \
    TN__D T __short_as_##n(short v) { return __builtin_bit_cast(T, v); }

/* atomicAdd, and the scopes' forms; W an integer of T's size */
#define TN__HALF_ATOMIC_NAMED(name, T, W)                                                                             \
    TN__D T name(T *p, T v)                                                                                           \
    {                                                                                                                 \
        W seen = __atomic_load_n((W *)p, __ATOMIC_RELAXED);                                                           \
        while (!__atomic_compare_exchange_n((W *)p, &seen, __builtin_bit_cast(W, (T)(__builtin_bit_cast(T, seen) + v)), \
                                            false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {                             \
        }                                                                                                             \
        return __builtin_bit_cast(T, seen);                                                                           \
    }
#define TN__HALF_ATOMIC(T, W)                                                                                         \
    TN__HALF_ATOMIC_NAMED(atomicAdd, T, W) TN__HALF_ATOMIC_NAMED(atomicAdd_block, T, W)                               \
    TN__HALF_ATOMIC_NAMED(atomicAdd_system, T, W)

/* A back end's sim image forms no pair type; both halves are computed alike. */
#define TN__HALF_COMMON(T, T2)                                                                                        \
    TN__HALF_OPERATOR(T, T2, +) TN__HALF_OPERATOR(T, T2, -) TN__HALF_OPERATOR(T, T2, *) TN__HALF_OPERATOR(T, T2, /)   \
    TN__D T operator-(T a) { return __builtin_bit_cast(T, (unsigned short)(__builtin_bit_cast(unsigned short, a) ^ 0x8000)); } \
    TN__D T operator+(T a) { return a; }                                                                              \
    TN__D T2 operator-(const T2 &a) { return T2{-a.x, -a.y}; }                                                        \
    TN__D T2 operator+(const T2 &a) { return a; }                                                                     \
    TN__D T &operator++(T &a) { return a = a + T(1.0f); }                                                             \
    TN__D T &operator--(T &a) { return a = a - T(1.0f); }                                                             \
    TN__D T operator++(T &a, int) { T was = a; a = a + T(1.0f); return was; }                                         \
    TN__D T operator--(T &a, int) { T was = a; a = a - T(1.0f); return was; }                                         \
    TN__HALF_COMPARE(T, T2, eq, ==) TN__HALF_COMPARE(T, T2, lt, <) TN__HALF_COMPARE(T, T2, gt, >)                     \
    TN__HALF_COMPARE(T, T2, le, <=) TN__HALF_COMPARE(T, T2, ge, >=)                                                   \
    TN__D bool operator!=(T a, T b) { return (float)a != (float)b; }                                                  \
    TN__D bool operator!=(const T2 &a, const T2 &b) { return (a.x != b.x) && (a.y != b.y); }                          \
    TN__HALF_COMPARE_NAMED(T, T2, ne, , ((float)a != (float)b) && !__builtin_isunordered((float)a, (float)b))         \
    TN__HALF_COMPARE_NAMED(T, T2, ne, u, (float)a != (float)b)                                                        \
    TN__HALF_2(T, T2, add, x + y) TN__HALF_2(T, T2, sub, x - y) TN__HALF_2(T, T2, mul, x * y)                         \
    TN__HALF_2S(T, T2, add, _rn, x + y) TN__HALF_2S(T, T2, sub, _rn, x - y) TN__HALF_2S(T, T2, mul, _rn, x * y)       \
    TN__HALF_2S(T, T2, add, _sat, TN__HALF_UNIT((float)T(x + y))) TN__HALF_2S(T, T2, sub, _sat, TN__HALF_UNIT((float)T(x - y))) \
    TN__HALF_2S(T, T2, mul, _sat, TN__HALF_UNIT((float)T(x * y)))                                                     \
    TN__D T __hdiv(T a, T b) { return T((float)a / (float)b); }                                                       \
    TN__D T2 __h2div(T2 a, T2 b) { return T2{__hdiv(a.x, b.x), __hdiv(a.y, b.y)}; }                                   \
    TN__HALF_2(T, T2, max, __builtin_fmaxf(x, y)) TN__HALF_2(T, T2, min, __builtin_fminf(x, y))                       \
    TN__HALF_2S(T, T2, max, _nan, TN__HALF_NAN(x, y, __builtin_fmaxf(x, y)))                                          \
    TN__HALF_2S(T, T2, min, _nan, TN__HALF_NAN(x, y, __builtin_fminf(x, y)))                                          \
    TN__D T __hneg(T a) { return -a; }                                                                                \
    TN__D T2 __hneg2(T2 a) { return -a; }                                                                             \
    TN__D T __habs(T a) { return __builtin_bit_cast(T, (unsigned short)(__builtin_bit_cast(unsigned short, a) & 0x7fff)); } \
    TN__D T2 __habs2(T2 a) { return T2{__habs(a.x), __habs(a.y)}; }                                                   \
    TN__HALF_3(T, T2, , r) TN__HALF_3(T, T2, _rn, r) TN__HALF_3(T, T2, _sat, T(TN__HALF_UNIT(x)))                     \
    TN__HALF_3(T, T2, _relu, x > 0.f || x != x ? r : T(0.0f))                                                         \
    TN__D bool __hisnan(T a) { return __builtin_isnan((float)a); }                                                    \
    TN__D T2 __hisnan2(T2 a) { return T2{T(__hisnan(a.x) ? 1.f : 0.f), T(__hisnan(a.y) ? 1.f : 0.f)}; }               \
    TN__D int __hisinf(T a) { return __builtin_isinf((float)a) ? ((float)a < 0.f ? -1 : 1) : 0; }                     \
    TN__HALF_1(T, T2, exp, __builtin_expf(x)) TN__HALF_1(T, T2, exp2, __builtin_exp2f(x))                             \
    TN__HALF_1(T, T2, exp10, __builtin_exp10f(x)) TN__HALF_1(T, T2, log, __builtin_logf(x))                           \
    TN__HALF_1(T, T2, log2, __builtin_log2f(x)) TN__HALF_1(T, T2, log10, __builtin_log10f(x))                         \
    TN__HALF_1(T, T2, sin, __builtin_sinf(x)) TN__HALF_1(T, T2, cos, __builtin_cosf(x))                               \
    TN__HALF_1(T, T2, tanh, __builtin_tanhf(x)) TN__HALF_1(T, T2, sqrt, __builtin_sqrtf(x))                           \
    TN__HALF_1(T, T2, rsqrt, 1.0f / __builtin_sqrtf(x)) TN__HALF_1(T, T2, rcp, 1.0f / x)                              \
    TN__HALF_1(T, T2, floor, __builtin_floorf(x)) TN__HALF_1(T, T2, ceil, __builtin_ceilf(x))                         \
    TN__HALF_1(T, T2, trunc, __builtin_truncf(x)) TN__HALF_1(T, T2, rint, __builtin_rintf(x))                         \
    TN__D float __low2float(T2 v) { return (float)v.x; }                                                              \
    TN__D float __high2float(T2 v) { return (float)v.y; }                                                             \
    TN__D T2 __lowhigh2highlow(T2 v) { return T2{v.y, v.x}; }                                                         \
    TN__HALF_ATOMIC(T, unsigned short) TN__HALF_ATOMIC(T2, unsigned int)

#endif
