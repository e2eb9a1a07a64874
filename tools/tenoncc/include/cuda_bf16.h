/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cuda_bf16.h - bfloat16 as 16 bits of storage; arithmetic is float's, rounded to nearest even after each operation.
 */
#ifndef TENON_CUDA_BF16_H
#define TENON_CUDA_BF16_H

#include "tenon_halves.h"

TN__D unsigned short tn__bf16_bits(float x)
{
    unsigned int __u = __builtin_bit_cast(unsigned int, x);
    return x != x ? (unsigned short)0x7fff : (unsigned short)((__u + 0x7fffu + (__u >> 16 & 1u)) >> 16);
}
/* A double goes through a float whose last bit says that something was lost, so that it is rounded once. */
TN__D unsigned short tn__bf16_bits(double x)
{
    float __f = (float)x;
    unsigned int __u = __builtin_bit_cast(unsigned int, __f);
    if (x == x && (double)__f != x && !(__u & 1))
        __u = __builtin_fabs((double)__f) < __builtin_fabs(x) ? __u + 1 : __u - 1;
    return tn__bf16_bits(__builtin_bit_cast(float, __u));
}
struct __nv_bfloat16_raw { unsigned short x; };
struct __nv_bfloat162_raw { unsigned short x, y; };
struct __attribute__((__aligned__(2))) __nv_bfloat16 {
    unsigned short tn__v;
    __nv_bfloat16() = default;
    TN__H __nv_bfloat16(float __v) : tn__v(tn__bf16_bits(__v)) {}
    TN__H __nv_bfloat16(double __v) : tn__v(tn__bf16_bits(__v)) {}
    TN__H __nv_bfloat16(int __v) : tn__v(tn__bf16_bits((double)__v)) {}
    TN__H __nv_bfloat16(unsigned int __v) : tn__v(tn__bf16_bits((double)__v)) {}
    TN__H __nv_bfloat16(__nv_bfloat16_raw __r) : tn__v(__r.x) {}
    TN__H operator float() const { return __builtin_bit_cast(float, (unsigned int)tn__v << 16); }
    TN__H operator __nv_bfloat16_raw() const { return __nv_bfloat16_raw{tn__v}; }
};
typedef __nv_bfloat16 nv_bfloat16;
struct __attribute__((__aligned__(4))) __nv_bfloat162 {
    __nv_bfloat16 x, y;
    __nv_bfloat162() = default;
    TN__H __nv_bfloat162(const __nv_bfloat16 &__a, const __nv_bfloat16 &__b) : x(__a), y(__b) {}
};
typedef __nv_bfloat162 nv_bfloat162;

TN__D __nv_bfloat16 tn__fma(__nv_bfloat16 __a, __nv_bfloat16 __b, __nv_bfloat16 __c)
{ return __nv_bfloat16(tn__fused_odd((double)(float)__a, (double)(float)__b, (double)(float)__c)); }
TN__HALF_COMMON(__nv_bfloat16, __nv_bfloat162)
TN__HALF_CONVERSIONS(__nv_bfloat16, bfloat16)
/* with a number of another type: that type's arithmetic */
#define TN__MIXED(__T, op, __R)                                                                                       \
    TN__D __R operator op(__nv_bfloat16 __a, __T __b) { return (__R)(float)__a op __b; }                              \
    TN__D __R operator op(__T __a, __nv_bfloat16 __b) { return __a op (__R)(float)__b; }
#define TN__MIXED4(__T, __R) TN__MIXED(__T, +, __R) TN__MIXED(__T, -, __R) TN__MIXED(__T, *, __R) TN__MIXED(__T, /, __R)
TN__MIXED4(float, float) TN__MIXED4(double, double) TN__MIXED4(int, float)
#undef TN__MIXED
#undef TN__MIXED4

TN__D __nv_bfloat162 make_bfloat162(__nv_bfloat16 x, __nv_bfloat16 y) { return __nv_bfloat162{x, y}; }
TN__D __nv_bfloat162 __halves2bfloat162(__nv_bfloat16 x, __nv_bfloat16 y) { return __nv_bfloat162{x, y}; }
TN__D __nv_bfloat162 __bfloat162bfloat162(__nv_bfloat16 x) { return __nv_bfloat162{x, x}; }
TN__D __nv_bfloat162 __float2bfloat162_rn(float x) { return __nv_bfloat162{__nv_bfloat16(x), __nv_bfloat16(x)}; }
TN__D __nv_bfloat162 __floats2bfloat162_rn(float x, float y) { return __nv_bfloat162{__nv_bfloat16(x), __nv_bfloat16(y)}; }
TN__D __nv_bfloat162 __float22bfloat162_rn(float2 __v) { return __floats2bfloat162_rn(__v.x, __v.y); }
TN__D float2 __bfloat1622float2(__nv_bfloat162 __v) { return make_float2((float)__v.x, (float)__v.y); }
TN__D __nv_bfloat16 __low2bfloat16(__nv_bfloat162 __v) { return __v.x; }
TN__D __nv_bfloat16 __high2bfloat16(__nv_bfloat162 __v) { return __v.y; }
TN__D __nv_bfloat162 __low2bfloat162(__nv_bfloat162 __v) { return __nv_bfloat162{__v.x, __v.x}; }
TN__D __nv_bfloat162 __high2bfloat162(__nv_bfloat162 __v) { return __nv_bfloat162{__v.y, __v.y}; }

#define CUDART_INF_BF16 __ushort_as_bfloat16((unsigned short)0x7f80u)
#define CUDART_NAN_BF16 __ushort_as_bfloat16((unsigned short)0x7fffu)
#define CUDART_MIN_DENORM_BF16 __ushort_as_bfloat16((unsigned short)0x0001u)
#define CUDART_MAX_NORMAL_BF16 __ushort_as_bfloat16((unsigned short)0x7f7fu)
#define CUDART_NEG_ZERO_BF16 __ushort_as_bfloat16((unsigned short)0x8000u)
#define CUDART_ZERO_BF16 __ushort_as_bfloat16((unsigned short)0x0000u)
#define CUDART_ONE_BF16 __ushort_as_bfloat16((unsigned short)0x3f80u)

#endif
