/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cuda_fp16.h - half and half2 over the compiler's _Float16. Arithmetic is rounded after each operation.
 */
#ifndef TENON_CUDA_FP16_H
#define TENON_CUDA_FP16_H

#include "tenon_halves.h"

struct __half_raw { unsigned short x; };
struct __half2_raw { unsigned short x, y; };
struct __attribute__((__aligned__(2))) __half {
    _Float16 tn__v;
    __half() = default;
    TN__H __half(_Float16 __v) : tn__v(__v) {}
    TN__H __half(float __v) : tn__v((_Float16)__v) {}
    TN__H __half(double __v) : tn__v((_Float16)__v) {}
    TN__H __half(int __v) : tn__v((_Float16)__v) {}
    TN__H __half(unsigned int __v) : tn__v((_Float16)__v) {}
    TN__H __half(short __v) : tn__v((_Float16)__v) {}
    TN__H __half(unsigned short __v) : tn__v((_Float16)__v) {}
    TN__H __half(long long __v) : tn__v((_Float16)__v) {}
    TN__H __half(unsigned long long __v) : tn__v((_Float16)__v) {}
    TN__H __half(__half_raw __r) : tn__v(__builtin_bit_cast(_Float16, __r.x)) {}
    TN__H operator float() const { return (float)tn__v; }
    TN__H operator __half_raw() const { return __half_raw{__builtin_bit_cast(unsigned short, tn__v)}; }
};
typedef __half half;
typedef __half nv_half;
struct __attribute__((__aligned__(4))) __half2 {
    __half x, y;
    __half2() = default;
    TN__H __half2(const __half &__a, const __half &__b) : x(__a), y(__b) {}
};
typedef __half2 half2;
typedef __half2 nv_half2;

TN__D __half tn__fma(__half __a, __half __b, __half __c)   /* in double everything that can round again is exact */
{ return __half((_Float16)((double)__a.tn__v * (double)__b.tn__v + (double)__c.tn__v)); }
TN__HALF_COMMON(__half, __half2)
TN__HALF_CONVERSIONS(__half, half)

TN__D __half2 make_half2(__half x, __half y) { return __half2{x, y}; }
TN__D __half2 __halves2half2(__half x, __half y) { return __half2{x, y}; }
TN__D __half2 __half2half2(__half x) { return __half2{x, x}; }
TN__D __half2 __float2half2_rn(float x) { return __half2{__half(x), __half(x)}; }
TN__D __half2 __floats2half2_rn(float x, float y) { return __half2{__half(x), __half(y)}; }
TN__D __half2 __float22half2_rn(float2 __v) { return __half2{__half(__v.x), __half(__v.y)}; }
TN__D float2 __half22float2(__half2 __v) { return make_float2((float)__v.x, (float)__v.y); }
TN__D __half __low2half(__half2 __v) { return __v.x; }
TN__D __half __high2half(__half2 __v) { return __v.y; }
TN__D __half2 __low2half2(__half2 __v) { return __half2{__v.x, __v.x}; }
TN__D __half2 __high2half2(__half2 __v) { return __half2{__v.y, __v.y}; }
TN__D __half2 __lows2half2(__half2 __a, __half2 __b) { return __half2{__a.x, __b.x}; }
TN__D __half2 __highs2half2(__half2 __a, __half2 __b) { return __half2{__a.y, __b.y}; }

#define CUDART_INF_FP16 __ushort_as_half((unsigned short)0x7c00u)
#define CUDART_NAN_FP16 __ushort_as_half((unsigned short)0x7fffu)
#define CUDART_MIN_DENORM_FP16 __ushort_as_half((unsigned short)0x0001u)
#define CUDART_MAX_NORMAL_FP16 __ushort_as_half((unsigned short)0x7bffu)
#define CUDART_NEG_ZERO_FP16 __ushort_as_half((unsigned short)0x8000u)
#define CUDART_ZERO_FP16 __ushort_as_half((unsigned short)0x0000u)
#define CUDART_ONE_FP16 __ushort_as_half((unsigned short)0x3c00u)

#endif
