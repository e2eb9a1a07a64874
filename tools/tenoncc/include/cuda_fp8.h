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
TN__D unsigned char __nv_cvt_double_to_fp8(double x, __nv_saturation_t __saturate, __nv_fp8_interpretation_t __kind)
{
    const int __mantissa = __kind == __NV_E4M3 ? 3 : 2, __least = __kind == __NV_E4M3 ? -6 : -14;
    const unsigned int __most = __kind == __NV_E4M3 ? 0x7e : 0x7b, __beyond = __kind == __NV_E4M3 ? 0x7f : 0x7c;
    unsigned long long __u = __builtin_bit_cast(unsigned long long, x);
    unsigned int __sign = (unsigned int)(__u >> 63) << 7;
    double __v = __builtin_fabs(x);
    if (x != x)
        return 0x7f;
    int __e = (int)(__u >> 52 & 2047) - 1023;
    __e = __e < __least ? __least : __e;
    if (__e > 20)
        return (unsigned char)(__sign | (__saturate == __NV_SATFINITE ? __most : __beyond));
    double __unit = __builtin_bit_cast(double, (unsigned long long)(1023 + __mantissa - __e) << 52);
    unsigned int __m = (unsigned int)__builtin_rint(__v * __unit);
    unsigned int __bits = __m + ((unsigned int)(__e - __least) << __mantissa);
    return (unsigned char)(__sign | (__bits > __most ? (__saturate == __NV_SATFINITE ? __most : __beyond) : __bits));
}
TN__D unsigned char __nv_cvt_float_to_fp8(float x, __nv_saturation_t __saturate, __nv_fp8_interpretation_t __kind)
{ return __nv_cvt_double_to_fp8((double)x, __saturate, __kind); }
TN__D unsigned char __nv_cvt_bfloat16raw_to_fp8(__nv_bfloat16_raw x, __nv_saturation_t __saturate, __nv_fp8_interpretation_t __kind)
{ return __nv_cvt_float_to_fp8((float)__nv_bfloat16(x), __saturate, __kind); }
TN__D unsigned char __nv_cvt_halfraw_to_fp8(__half_raw x, __nv_saturation_t __saturate, __nv_fp8_interpretation_t __kind)
{ return __nv_cvt_float_to_fp8((float)__half(x), __saturate, __kind); }
TN__D unsigned short __nv_cvt_float2_to_fp8x2(float2 __v, __nv_saturation_t __saturate, __nv_fp8_interpretation_t __kind)
{
    return (unsigned short)(__nv_cvt_float_to_fp8(__v.x, __saturate, __kind) |
                            (unsigned int)__nv_cvt_float_to_fp8(__v.y, __saturate, __kind) << 8);
}
TN__D float tn__fp8_value(unsigned char __b, __nv_fp8_interpretation_t __kind)
{
    unsigned int __sign = (unsigned int)(__b & 0x80) << 8, __m = __b & 7u, __e = __b >> 3 & 15u;
    if (__kind == __NV_E5M2)
        return (float)__builtin_bit_cast(_Float16, (unsigned short)((unsigned int)__b << 8));
    if ((__b & 0x7f) == 0x7f)
        return __builtin_nanf("");
    float __v = __e ? __builtin_bit_cast(float, (__e + 120u) << 23 | __m << 20) : (float)__m * 0x1p-9f;
    return __sign ? -__v : __v;
}
TN__D __half_raw __nv_cvt_fp8_to_halfraw(unsigned char __b, __nv_fp8_interpretation_t __kind)
{ return (__half_raw)__half(tn__fp8_value(__b, __kind)); }

TN__D unsigned short __nv_cvt_double2_to_fp8x2(double2 __v, __nv_saturation_t __saturate, __nv_fp8_interpretation_t __kind)
{
    return (unsigned short)(__nv_cvt_double_to_fp8(__v.x, __saturate, __kind) |
                            (unsigned int)__nv_cvt_double_to_fp8(__v.y, __saturate, __kind) << 8);
}
TN__D unsigned short __nv_cvt_halfraw2_to_fp8x2(__half2_raw __v, __nv_saturation_t __saturate, __nv_fp8_interpretation_t __kind)
{ return __nv_cvt_float2_to_fp8x2(make_float2((float)__half(__half_raw{__v.x}), (float)__half(__half_raw{__v.y})), __saturate, __kind); }
TN__D unsigned short __nv_cvt_bfloat16raw2_to_fp8x2(__nv_bfloat162_raw __v, __nv_saturation_t __saturate, __nv_fp8_interpretation_t __kind)
{
    return __nv_cvt_float2_to_fp8x2(make_float2((float)__nv_bfloat16(__nv_bfloat16_raw{__v.x}), (float)__nv_bfloat16(__nv_bfloat16_raw{__v.y})),
                                    __saturate, __kind);
}
TN__D __half2_raw __nv_cvt_fp8x2_to_halfraw2(unsigned short __v, __nv_fp8_interpretation_t __kind)
{
    return __half2_raw{__nv_cvt_fp8_to_halfraw((unsigned char)__v, __kind).x, __nv_cvt_fp8_to_halfraw((unsigned char)(__v >> 8), __kind).x};
}

#define TN__FP8(__N, TN__KIND)                                                                                        \
    struct __nv_fp8_##__N {                                                                                           \
        __nv_fp8_storage_t __x;                                                                                       \
        __nv_fp8_##__N() = default;                                                                                   \
        TN__H explicit __nv_fp8_##__N(float __v) : __x(__nv_cvt_float_to_fp8(__v, __NV_SATFINITE, TN__KIND)) {}       \
        TN__H explicit __nv_fp8_##__N(double __v) : __x(__nv_cvt_double_to_fp8(__v, __NV_SATFINITE, TN__KIND)) {}     \
        TN__H explicit __nv_fp8_##__N(int __v) : __x(__nv_cvt_double_to_fp8((double)__v, __NV_SATFINITE, TN__KIND)) {} \
        TN__H explicit __nv_fp8_##__N(__half __v) : __x(__nv_cvt_float_to_fp8((float)__v, __NV_SATFINITE, TN__KIND)) {} \
        TN__H explicit __nv_fp8_##__N(__nv_bfloat16 __v) : __x(__nv_cvt_float_to_fp8((float)__v, __NV_SATFINITE, TN__KIND)) {} \
        TN__H explicit operator float() const { return tn__fp8_value(__x, TN__KIND); }                                \
        TN__H explicit operator double() const { return (double)tn__fp8_value(__x, TN__KIND); }                       \
        TN__H explicit operator __half() const { return __half(tn__fp8_value(__x, TN__KIND)); }                       \
        TN__H explicit operator __nv_bfloat16() const { return __nv_bfloat16(tn__fp8_value(__x, TN__KIND)); }         \
    };                                                                                                                \
    struct __attribute__((__aligned__(2))) __nv_fp8x2_##__N {                                                         \
        __nv_fp8x2_storage_t __x;                                                                                     \
        __nv_fp8x2_##__N() = default;                                                                                 \
        TN__H explicit __nv_fp8x2_##__N(float2 __v) : __x(__nv_cvt_float2_to_fp8x2(__v, __NV_SATFINITE, TN__KIND)) {} \
        TN__H explicit operator float2() const                                                                        \
        { return make_float2(tn__fp8_value((unsigned char)__x, TN__KIND), tn__fp8_value((unsigned char)(__x >> 8), TN__KIND)); } \
    };                                                                                                                \
    struct __attribute__((__aligned__(4))) __nv_fp8x4_##__N {                                                         \
        __nv_fp8x4_storage_t __x;                                                                                     \
        __nv_fp8x4_##__N() = default;                                                                                 \
        TN__H explicit __nv_fp8x4_##__N(float4 __v)                                                                   \
            : __x(__nv_cvt_float2_to_fp8x2(make_float2(__v.x, __v.y), __NV_SATFINITE, TN__KIND) |                     \
                  (unsigned int)__nv_cvt_float2_to_fp8x2(make_float2(__v.z, __v.w), __NV_SATFINITE, TN__KIND) << 16) {} \
        TN__H explicit operator float4() const                                                                        \
        {                                                                                                             \
            return make_float4(tn__fp8_value((unsigned char)__x, TN__KIND), tn__fp8_value((unsigned char)(__x >> 8), TN__KIND), \
                               tn__fp8_value((unsigned char)(__x >> 16), TN__KIND), tn__fp8_value((unsigned char)(__x >> 24), TN__KIND)); \
        }                                                                                                             \
    };
TN__FP8(e4m3, __NV_E4M3)
TN__FP8(e5m2, __NV_E5M2)
#undef TN__FP8

#endif
