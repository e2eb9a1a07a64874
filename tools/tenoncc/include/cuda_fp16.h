/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cuda_fp16.h - half and half2 over the compiler's _Float16. Arithmetic is rounded after each operation.
 */
#ifndef TENON_CUDA_FP16_H
#define TENON_CUDA_FP16_H

#include "tenon_halves.h"

struct __half_raw { unsigned short x; };
struct __half2_raw { unsigned short x, y; };
struct __attribute__((aligned(2))) __half {
    _Float16 tn__v;
    __half() = default;
    TN__H __half(_Float16 v) : tn__v(v) {}
    TN__H __half(float v) : tn__v((_Float16)v) {}
    TN__H __half(double v) : tn__v((_Float16)v) {}
    TN__H __half(int v) : tn__v((_Float16)v) {}
    TN__H __half(unsigned int v) : tn__v((_Float16)v) {}
    TN__H __half(short v) : tn__v((_Float16)v) {}
    TN__H __half(unsigned short v) : tn__v((_Float16)v) {}
    TN__H __half(long long v) : tn__v((_Float16)v) {}
    TN__H __half(unsigned long long v) : tn__v((_Float16)v) {}
    TN__H __half(__half_raw r) : tn__v(__builtin_bit_cast(_Float16, r.x)) {}
    TN__H operator float() const { return (float)tn__v; }
    TN__H operator __half_raw() const { return __half_raw{__builtin_bit_cast(unsigned short, tn__v)}; }
};
typedef __half half;
typedef __half nv_half;
struct __attribute__((aligned(4))) __half2 {
    __half x, y;
    __half2() = default;
    TN__H __half2(const __half &a, const __half &b) : x(a), y(b) {}
};
typedef __half2 half2;
typedef __half2 nv_half2;

TN__D __half tn__fma(__half a, __half b, __half c)   /* in double everything that can round again is exact */
{ return __half((_Float16)((double)a.tn__v * (double)b.tn__v + (double)c.tn__v)); }
TN__HALF_COMMON(__half, __half2)
TN__HALF_CONVERSIONS(__half, half)

TN__D __half2 make_half2(__half x, __half y) { return __half2{x, y}; }
TN__D __half2 __halves2half2(__half x, __half y) { return __half2{x, y}; }
TN__D __half2 __half2half2(__half x) { return __half2{x, x}; }
TN__D __half2 __float2half2_rn(float x) { return __half2{__half(x), __half(x)}; }
TN__D __half2 __floats2half2_rn(float x, float y) { return __half2{__half(x), __half(y)}; }
TN__D __half2 __float22half2_rn(float2 v) { return __half2{__half(v.x), __half(v.y)}; }
TN__D float2 __half22float2(__half2 v) { return make_float2((float)v.x, (float)v.y); }
TN__D __half __low2half(__half2 v) { return v.x; }
TN__D __half __high2half(__half2 v) { return v.y; }
TN__D __half2 __low2half2(__half2 v) { return __half2{v.x, v.x}; }
TN__D __half2 __high2half2(__half2 v) { return __half2{v.y, v.y}; }
TN__D __half2 __lows2half2(__half2 a, __half2 b) { return __half2{a.x, b.x}; }
TN__D __half2 __highs2half2(__half2 a, __half2 b) { return __half2{a.y, b.y}; }

#endif
