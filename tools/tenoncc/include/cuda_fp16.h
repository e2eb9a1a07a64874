/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cuda_fp16.h - half and half2 over the compiler's _Float16. Arithmetic is rounded after each operation.
 */
#ifndef TENON_CUDA_FP16_H
#define TENON_CUDA_FP16_H

#include "tenon_cuda.h"

#define TN__H __device__ __attribute__((always_inline, nodebug))
struct __attribute__((aligned(2))) __half {
    _Float16 tn__v;
    __half() = default;
    TN__H __half(_Float16 v) : tn__v(v) {}
    TN__H __half(float v) : tn__v((_Float16)v) {}
    TN__H __half(double v) : tn__v((_Float16)v) {}
    TN__H __half(int v) : tn__v((_Float16)v) {}
    TN__H __half(unsigned int v) : tn__v((_Float16)v) {}
    TN__H operator float() const { return (float)tn__v; }
    TN__H __half &operator+=(__half o) { tn__v = tn__v + o.tn__v; return *this; }
    TN__H __half &operator-=(__half o) { tn__v = tn__v - o.tn__v; return *this; }
    TN__H __half &operator*=(__half o) { tn__v = tn__v * o.tn__v; return *this; }
    TN__H __half &operator/=(__half o) { tn__v = tn__v / o.tn__v; return *this; }
};
typedef __half half;
struct __attribute__((aligned(4))) __half2 { __half x, y; };
typedef __half2 half2;

TN__D __half operator+(__half a, __half b) { return __half((_Float16)(a.tn__v + b.tn__v)); }
TN__D __half operator-(__half a, __half b) { return __half((_Float16)(a.tn__v - b.tn__v)); }
TN__D __half operator*(__half a, __half b) { return __half((_Float16)(a.tn__v * b.tn__v)); }
TN__D __half operator/(__half a, __half b) { return __half((_Float16)(a.tn__v / b.tn__v)); }
TN__D __half operator-(__half a) { return __half((_Float16)-a.tn__v); }
TN__D bool operator<(__half a, __half b) { return a.tn__v < b.tn__v; }
TN__D bool operator>(__half a, __half b) { return a.tn__v > b.tn__v; }
TN__D bool operator<=(__half a, __half b) { return a.tn__v <= b.tn__v; }
TN__D bool operator>=(__half a, __half b) { return a.tn__v >= b.tn__v; }
TN__D bool operator==(__half a, __half b) { return a.tn__v == b.tn__v; }
TN__D bool operator!=(__half a, __half b) { return a.tn__v != b.tn__v; }

TN__D __half __float2half(float x) { return __half(x); }
TN__D __half __float2half_rn(float x) { return __half(x); }
TN__D float __half2float(__half x) { return (float)x.tn__v; }
TN__D __half __double2half(double x) { return __half(x); }
TN__D __half __int2half_rn(int x) { return __half(x); }
TN__D int __half2int_rz(__half x) { return (int)x.tn__v; }
TN__D unsigned short __half_as_ushort(__half x) { return __builtin_bit_cast(unsigned short, x.tn__v); }
TN__D __half __ushort_as_half(unsigned short x) { return __half(__builtin_bit_cast(_Float16, x)); }
TN__D __half __hadd(__half a, __half b) { return a + b; }
TN__D __half __hsub(__half a, __half b) { return a - b; }
TN__D __half __hmul(__half a, __half b) { return a * b; }
TN__D __half __hdiv(__half a, __half b) { return a / b; }
TN__D __half __hneg(__half a) { return -a; }
TN__D __half __habs(__half a) { return a < __half(0.0f) ? -a : a; }
/* exact in float up to one rounding: 11-bit products fit */
TN__D __half __hfma(__half a, __half b, __half c)
{ return __half((_Float16)((double)a.tn__v * (double)b.tn__v + (double)c.tn__v)); }
TN__D bool __hlt(__half a, __half b) { return a < b; }
TN__D bool __hgt(__half a, __half b) { return a > b; }
TN__D bool __heq(__half a, __half b) { return a == b; }
TN__D __half __hmax(__half a, __half b) { return a > b ? a : b; }
TN__D __half __hmin(__half a, __half b) { return a < b ? a : b; }
TN__D __half hexp(__half a) { return __half(__builtin_expf((float)a)); }
TN__D __half hlog(__half a) { return __half(__builtin_logf((float)a)); }
TN__D __half hsqrt(__half a) { return __half(__builtin_sqrtf((float)a)); }
TN__D __half hrsqrt(__half a) { return __half(1.0f / __builtin_sqrtf((float)a)); }

TN__D __half2 make_half2(__half x, __half y) { return __half2{x, y}; }
TN__D __half2 __halves2half2(__half x, __half y) { return __half2{x, y}; }
TN__D __half2 __float2half2_rn(float x) { return __half2{__half(x), __half(x)}; }
TN__D __half2 __floats2half2_rn(float x, float y) { return __half2{__half(x), __half(y)}; }
TN__D __half2 __float22half2_rn(float2 v) { return __half2{__half(v.x), __half(v.y)}; }
TN__D float2 __half22float2(__half2 v) { return make_float2((float)v.x, (float)v.y); }
TN__D float __low2float(__half2 v) { return (float)v.x; }
TN__D float __high2float(__half2 v) { return (float)v.y; }
TN__D __half __low2half(__half2 v) { return v.x; }
TN__D __half __high2half(__half2 v) { return v.y; }
TN__D __half2 __hadd2(__half2 a, __half2 b) { return __half2{a.x + b.x, a.y + b.y}; }
TN__D __half2 __hsub2(__half2 a, __half2 b) { return __half2{a.x - b.x, a.y - b.y}; }
TN__D __half2 __hmul2(__half2 a, __half2 b) { return __half2{a.x * b.x, a.y * b.y}; }
TN__D __half2 __hfma2(__half2 a, __half2 b, __half2 c) { return __half2{__hfma(a.x, b.x, c.x), __hfma(a.y, b.y, c.y)}; }
#undef TN__H

#endif
