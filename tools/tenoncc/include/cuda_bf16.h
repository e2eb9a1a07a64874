/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cuda_bf16.h - bfloat16 as 16 bits of storage; arithmetic is float's, rounded to nearest even after each operation.
 */
#ifndef TENON_CUDA_BF16_H
#define TENON_CUDA_BF16_H

#include "tenon_cuda.h"

TN__D unsigned short tn__bf16_bits(float x)
{
    unsigned int u = __builtin_bit_cast(unsigned int, x);
    return x != x ? (unsigned short)((u >> 16) | 64u) : (unsigned short)((u + 0x7fffu + (u >> 16 & 1u)) >> 16);
}
#define TN__H __device__ __attribute__((always_inline, nodebug))
struct __attribute__((aligned(2))) __nv_bfloat16 {
    unsigned short tn__v;
    __nv_bfloat16() = default;
    TN__H __nv_bfloat16(float v) : tn__v(tn__bf16_bits(v)) {}
    TN__H operator float() const { return __builtin_bit_cast(float, (unsigned int)tn__v << 16); }
};
typedef __nv_bfloat16 nv_bfloat16;
struct __attribute__((aligned(4))) __nv_bfloat162 { __nv_bfloat16 x, y; };
typedef __nv_bfloat162 nv_bfloat162;
TN__D __nv_bfloat16 __float2bfloat16(float x) { return __nv_bfloat16(x); }
TN__D __nv_bfloat16 __float2bfloat16_rn(float x) { return __nv_bfloat16(x); }
TN__D float __bfloat162float(__nv_bfloat16 x) { return (float)x; }
TN__D __nv_bfloat16 __hadd(__nv_bfloat16 a, __nv_bfloat16 b) { return __nv_bfloat16((float)a + (float)b); }
TN__D __nv_bfloat16 __hsub(__nv_bfloat16 a, __nv_bfloat16 b) { return __nv_bfloat16((float)a - (float)b); }
TN__D __nv_bfloat16 __hmul(__nv_bfloat16 a, __nv_bfloat16 b) { return __nv_bfloat16((float)a * (float)b); }
TN__D __nv_bfloat16 __hfma(__nv_bfloat16 a, __nv_bfloat16 b, __nv_bfloat16 c)
{ return __nv_bfloat16(__builtin_fmaf((float)a, (float)b, (float)c)); }
TN__D __nv_bfloat162 __floats2bfloat162_rn(float x, float y) { return __nv_bfloat162{__nv_bfloat16(x), __nv_bfloat16(y)}; }
TN__D float2 __bfloat1622float2(__nv_bfloat162 v) { return make_float2((float)v.x, (float)v.y); }
#undef TN__H

#endif
