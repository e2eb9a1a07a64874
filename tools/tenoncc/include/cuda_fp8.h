/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cuda_fp8.h - the 8-bit floating-point types e4m3 and e5m2: storage and conversions, rounded to nearest even, with or
 * without saturation to the largest finite number. There is no arithmetic on them; it is float's.
 */
#ifndef TENON_CUDA_FP8_H
#define TENON_CUDA_FP8_H

#include "cuda_bf16.h"
#include "cuda_fp16.h"

typedef unsigned char __nv_fp8_storage_t;
typedef unsigned short __nv_fp8x2_storage_t;
typedef unsigned int __nv_fp8x4_storage_t;
enum __nv_saturation_t { __NV_NOSAT, __NV_SATFINITE };
enum __nv_fp8_interpretation_t { __NV_E4M3, __NV_E5M2 };

/* e4m3 has no infinity, and one NaN of each sign; e5m2 is the upper half of half. */
TN__D unsigned char __nv_cvt_double_to_fp8(double x, __nv_saturation_t saturate, __nv_fp8_interpretation_t kind)
{
    const int mantissa = kind == __NV_E4M3 ? 3 : 2, least = kind == __NV_E4M3 ? -6 : -14;
    const unsigned int most = kind == __NV_E4M3 ? 0x7e : 0x7b, beyond = kind == __NV_E4M3 ? 0x7f : 0x7c;
    unsigned long long u = __builtin_bit_cast(unsigned long long, x);
    unsigned int sign = (unsigned int)(u >> 63) << 7;
    double v = __builtin_fabs(x);
    if (x != x)
        return 0x7f;
    int e = (int)(u >> 52 & 2047) - 1023;
    e = e < least ? least : e;
    if (e > 20)
        return (unsigned char)(sign | (saturate == __NV_SATFINITE ? most : beyond));
    double unit = __builtin_bit_cast(double, (unsigned long long)(1023 + mantissa - e) << 52);
    unsigned int m = (unsigned int)__builtin_rint(v * unit);
    unsigned int bits = m + ((unsigned int)(e - least) << mantissa);
    return (unsigned char)(sign | (bits > most ? (saturate == __NV_SATFINITE ? most : beyond) : bits));
}
TN__D unsigned char __nv_cvt_float_to_fp8(float x, __nv_saturation_t saturate, __nv_fp8_interpretation_t kind)
{ return __nv_cvt_double_to_fp8((double)x, saturate, kind); }
TN__D unsigned char __nv_cvt_bfloat16raw_to_fp8(__nv_bfloat16_raw x, __nv_saturation_t saturate, __nv_fp8_interpretation_t kind)
{ return __nv_cvt_float_to_fp8((float)__nv_bfloat16(x), saturate, kind); }
TN__D unsigned char __nv_cvt_halfraw_to_fp8(__half_raw x, __nv_saturation_t saturate, __nv_fp8_interpretation_t kind)
{ return __nv_cvt_float_to_fp8((float)__half(x), saturate, kind); }
TN__D unsigned short __nv_cvt_float2_to_fp8x2(float2 v, __nv_saturation_t saturate, __nv_fp8_interpretation_t kind)
{
    return (unsigned short)(__nv_cvt_float_to_fp8(v.x, saturate, kind) |
                            (unsigned int)__nv_cvt_float_to_fp8(v.y, saturate, kind) << 8);
}
TN__D float tn__fp8_value(unsigned char b, __nv_fp8_interpretation_t kind)
{
    unsigned int sign = (unsigned int)(b & 0x80) << 8, m = b & 7u, e = b >> 3 & 15u;
    if (kind == __NV_E5M2)
        return (float)__builtin_bit_cast(_Float16, (unsigned short)((unsigned int)b << 8));
    if ((b & 0x7f) == 0x7f)
        return __builtin_nanf("");
    float v = e ? __builtin_bit_cast(float, (e + 120u) << 23 | m << 20) : (float)m * 0x1p-9f;
    return sign ? -v : v;
}
TN__D __half_raw __nv_cvt_fp8_to_halfraw(unsigned char b, __nv_fp8_interpretation_t kind)
{ return (__half_raw)__half(tn__fp8_value(b, kind)); }

#define TN__FP8(N, KIND)                                                                                              \
    struct __nv_fp8_##N {                                                                                             \
        __nv_fp8_storage_t __x;                                                                                       \
        __nv_fp8_##N() = default;                                                                                     \
        TN__H explicit __nv_fp8_##N(float v) : __x(__nv_cvt_float_to_fp8(v, __NV_SATFINITE, KIND)) {}                 \
        TN__H explicit __nv_fp8_##N(double v) : __x(__nv_cvt_double_to_fp8(v, __NV_SATFINITE, KIND)) {}               \
        TN__H explicit __nv_fp8_##N(int v) : __x(__nv_cvt_double_to_fp8((double)v, __NV_SATFINITE, KIND)) {}          \
        TN__H explicit __nv_fp8_##N(__half v) : __x(__nv_cvt_float_to_fp8((float)v, __NV_SATFINITE, KIND)) {}         \
        TN__H explicit __nv_fp8_##N(__nv_bfloat16 v) : __x(__nv_cvt_float_to_fp8((float)v, __NV_SATFINITE, KIND)) {}  \
        TN__H explicit operator float() const { return tn__fp8_value(__x, KIND); }                                    \
        TN__H explicit operator double() const { return (double)tn__fp8_value(__x, KIND); }                           \
        TN__H explicit operator __half() const { return __half(tn__fp8_value(__x, KIND)); }                           \
        TN__H explicit operator __nv_bfloat16() const { return __nv_bfloat16(tn__fp8_value(__x, KIND)); }             \
    };                                                                                                                \
    struct __attribute__((aligned(2))) __nv_fp8x2_##N {                                                               \
        __nv_fp8x2_storage_t __x;                                                                                     \
        __nv_fp8x2_##N() = default;                                                                                   \
        TN__H explicit __nv_fp8x2_##N(float2 v) : __x(__nv_cvt_float2_to_fp8x2(v, __NV_SATFINITE, KIND)) {}           \
        TN__H explicit operator float2() const                                                                        \
        { return make_float2(tn__fp8_value((unsigned char)__x, KIND), tn__fp8_value((unsigned char)(__x >> 8), KIND)); } \
    };                                                                                                                \
    struct __attribute__((aligned(4))) __nv_fp8x4_##N {                                                               \
        __nv_fp8x4_storage_t __x;                                                                                     \
        __nv_fp8x4_##N() = default;                                                                                   \
        TN__H explicit __nv_fp8x4_##N(float4 v)                                                                       \
            : __x(__nv_cvt_float2_to_fp8x2(make_float2(v.x, v.y), __NV_SATFINITE, KIND) |                             \
                  (unsigned int)__nv_cvt_float2_to_fp8x2(make_float2(v.z, v.w), __NV_SATFINITE, KIND) << 16) {}       \
        TN__H explicit operator float4() const                                                                        \
        {                                                                                                             \
            return make_float4(tn__fp8_value((unsigned char)__x, KIND), tn__fp8_value((unsigned char)(__x >> 8), KIND), \
                               tn__fp8_value((unsigned char)(__x >> 16), KIND), tn__fp8_value((unsigned char)(__x >> 24), KIND)); \
        }                                                                                                             \
    };
TN__FP8(e4m3, __NV_E4M3)
TN__FP8(e5m2, __NV_E5M2)
#undef TN__FP8

#endif
