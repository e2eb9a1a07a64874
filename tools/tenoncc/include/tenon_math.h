/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenon_math.h - CUDA's mathematics and integer intrinsics for device code. Part of tenon_cuda.h.
 * The functions are builtins: a back end finds llvm.exp.f32 or a call of the C name and has its own implementation.
 */
#ifndef TENON_MATH_H
#define TENON_MATH_H

TN__C float tnm_fast_expf(float x);
TN__C float tnm_fast_exp10f(float x);
TN__C float tnm_fast_logf(float x);
TN__C float tnm_fast_log2f(float x);
TN__C float tnm_fast_log10f(float x);
TN__C float tnm_fast_sinf(float x);
TN__C float tnm_fast_cosf(float x);
TN__C float tnm_fast_tanf(float x);
TN__C float tnm_fast_powf(float x, float y);
/* -use_fast_math: functions that have a fast form are it */
#ifdef __USE_FAST_MATH__
#define TN__QUICK(__n) tnm_fast_##__n##f
#else
#define TN__QUICK(__n) __builtin_##__n##f
#endif
#define TN__Q1(__n)                                                                                                   \
    TN__D float __n##f(float x) { return TN__QUICK(__n)(x); }                                                         \
    TN__D float __n(float x) { return TN__QUICK(__n)(x); }                                                            \
    TN__D double __n(double x) { return __builtin_##__n(x); }
#define TN__F1(__n) TN__D float __n##f(float x) { return __builtin_##__n##f(x); } TN__D double __n(double x) { return __builtin_##__n(x); }
#define TN__F2(__n)                                                                                                   \
    TN__D float __n##f(float x, float y) { return __builtin_##__n##f(x, y); }                                         \
    TN__D double __n(double x, double y) { return __builtin_##__n(x, y); }
/* also under the plain name for float, as C++ has it */
#define TN__O1(__n) TN__D float __n(float x) { return __builtin_##__n##f(x); }
#define TN__O2(__n) TN__D float __n(float x, float y) { return __builtin_##__n##f(x, y); }

TN__F1(sqrt) TN__F1(fabs) TN__F1(floor) TN__F1(ceil) TN__F1(trunc) TN__F1(round) TN__F1(rint) TN__F1(nearbyint)
TN__Q1(exp) TN__F1(exp2) TN__F1(expm1) TN__Q1(log) TN__Q1(log2) TN__Q1(log10) TN__F1(log1p)
TN__Q1(sin) TN__Q1(cos) TN__Q1(tan) TN__F1(asin) TN__F1(acos) TN__F1(atan)
TN__F1(sinh) TN__F1(cosh) TN__F1(tanh) TN__F1(asinh) TN__F1(acosh) TN__F1(atanh)
TN__F1(cbrt) TN__F1(erf) TN__F1(erfc) TN__F1(tgamma) TN__F1(lgamma) TN__F1(logb)
TN__F2(atan2) TN__F2(fmod) TN__F2(remainder) TN__F2(hypot) TN__F2(fmin) TN__F2(fmax) TN__F2(fdim)
TN__F2(copysign) TN__F2(nextafter)
TN__O1(sqrt) TN__O1(fabs) TN__O1(floor) TN__O1(ceil) TN__O1(trunc) TN__O1(round) TN__O1(rint)
TN__O1(exp2) TN__O1(expm1) TN__O1(log1p) TN__O1(asin) TN__O1(acos) TN__O1(atan)
TN__O1(sinh) TN__O1(cosh) TN__O1(tanh) TN__O1(asinh) TN__O1(acosh) TN__O1(atanh)
TN__O1(cbrt) TN__O1(erf) TN__O1(erfc) TN__O1(tgamma) TN__O1(lgamma)
TN__O2(atan2) TN__O2(fmod) TN__O2(hypot) TN__O2(fmin) TN__O2(fmax) TN__O2(copysign)
TN__D float powf(float x, float y) { return TN__QUICK(pow)(x, y); }
TN__D float pow(float x, float y) { return TN__QUICK(pow)(x, y); }
TN__D double pow(double x, double y) { return __builtin_pow(x, y); }
#undef TN__F1
#undef TN__Q1
#undef TN__F2
#undef TN__O1
#undef TN__O2

TN__D float fmaf(float __a, float __b, float __c) { return __builtin_fmaf(__a, __b, __c); }
TN__D double fma(double __a, double __b, double __c) { return __builtin_fma(__a, __b, __c); }
TN__D float fma(float __a, float __b, float __c) { return __builtin_fmaf(__a, __b, __c); }
TN__D float pow(float x, int __n) { return TN__QUICK(pow)(x, (float)__n); }
TN__D double pow(double x, int __n) { return __builtin_pow(x, (double)__n); }
TN__D float ldexpf(float x, int __e) { return __builtin_ldexpf(x, __e); }
TN__D double ldexp(double x, int __e) { return __builtin_ldexp(x, __e); }
TN__D float scalbnf(float x, int __e) { return __builtin_ldexpf(x, __e); }
TN__D double scalbn(double x, int __e) { return __builtin_ldexp(x, __e); }
TN__D double frexp(double x, int *__e)
{
    bool __small = __builtin_fabs(x) < 0x1p-1022, __special = x == 0.0 || !(__builtin_fabs(x) <= 1.7976931348623157e308);
    unsigned long long __u = __builtin_bit_cast(unsigned long long, __small ? x * 0x1p54 : x);
    *__e = __special ? 0 : (int)(__u >> 52 & 2047) - 1022 - (__small ? 54 : 0);
    return __special ? x : __builtin_bit_cast(double, (__u & 0x800fffffffffffffull) | 0x3fe0000000000000ull);
}
TN__D float frexpf(float x, int *__e) { return (float)frexp((double)x, __e); }
TN__D float modff(float x, float *__whole) { *__whole = __builtin_truncf(x); return __builtin_copysignf(__builtin_isinf(x) ? 0.f : x - *__whole, x); }
TN__D double modf(double x, double *__whole) { *__whole = __builtin_trunc(x); return __builtin_copysign(__builtin_isinf(x) ? 0. : x - *__whole, x); }
TN__D int ilogbf(float x) { return __builtin_ilogbf(x); }
TN__D int ilogb(double x) { return __builtin_ilogb(x); }
TN__D long lrintf(float x) { return (long)__builtin_rintf(x); }
TN__D long lrint(double x) { return (long)__builtin_rint(x); }
TN__D long lroundf(float x) { return (long)__builtin_roundf(x); }
TN__D long lround(double x) { return (long)__builtin_round(x); }
TN__D long long llrintf(float x) { return (long long)__builtin_rintf(x); }
TN__D long long llrint(double x) { return (long long)__builtin_rint(x); }
TN__D long long llroundf(float x) { return (long long)__builtin_roundf(x); }
TN__D long long llround(double x) { return (long long)__builtin_round(x); }
TN__D float rsqrtf(float x) { return 1.0f / __builtin_sqrtf(x); }
TN__D double rsqrt(double x)
{
    double __v = x < 0x1p-900 ? x * 0x1p200 : x;
    double __y = 1.0 / __builtin_sqrt(__v), __p = __v * __y, __l = __builtin_fma(__v, __y, -__p);
    double __r = __builtin_fma(-__p, __y, 1.0) - __l * __y;
    __y = x > 0.0 && x < __builtin_inf() ? __y + 0.5 * __y * __r : __y;
    return x < 0x1p-900 ? __y * 0x1p100 : __y;
}
TN__D float rsqrt(float x) { return 1.0f / __builtin_sqrtf(x); }
TN__D double rcbrt(double x)
{
    double __a = __builtin_fabs(x), __v = __a < 0x1p-900 ? x * 0x1p300 : x;
    double __y = 1.0 / __builtin_cbrt(__v), __p = __v * __y, __pl = __builtin_fma(__v, __y, -__p);
    double __q = __y * __y, __ql = __builtin_fma(__y, __y, -__q), __r = __builtin_fma(-__p, __q, 1.0) - (__pl * __q + __p * __ql);
    __y = __a > 0.0 && __a < __builtin_inf() ? __y + __y * __r * (1.0 / 3) : __y;
    return __a < 0x1p-900 ? __y * 0x1p100 : __y;
}
TN__D float rcbrtf(float x) { return (float)rcbrt((double)x); }
TN__D float exp10f(float x) { return TN__QUICK(exp10)(x); }
TN__D double exp10(double x) { return __builtin_exp10(x); }
TN__D void sincosf(float x, float *__s, float *__c) { *__s = TN__QUICK(sin)(x); *__c = TN__QUICK(cos)(x); }
TN__D void sincos(double x, double *__s, double *__c) { *__s = __builtin_sin(x); *__c = __builtin_cos(x); }
/* sin(pi x): the whole part leaves first, exactly */
/* sin(pi (x + quarter / 2)): whole multiples of a half are taken out exactly, so that zeros are zeros */
TN__D double tn__sinpi(double x, int __quarter)
{
    double __r = x - 2.0 * __builtin_rint(0.5 * x), __n = __builtin_rint(2.0 * __r), __f = __r - 0.5 * __n;
    double __h = 3.14159265358979323846 * __f;
    double __l = __builtin_fma(3.14159265358979323846, __f, -__h) + 1.2246467991473532e-16 * __f;
    double __s = __builtin_sin(__h), __c = __builtin_cos(__h);
    int __q = (int)__n + __quarter;
    double __v = __q & 1 ? __c - __l * __s : __s + __l * __c;
    return __q & 2 ? -__v : __v;
}
TN__D double sinpi(double x) { return tn__sinpi(x, 0); }
TN__D double cospi(double x) { return tn__sinpi(x, 1); }
TN__D float sinpif(float x) { return (float)tn__sinpi((double)x, 0); }
TN__D float cospif(float x) { return (float)tn__sinpi((double)x, 1); }
/* erfc of -x / sqrt(2) with what that number loses, by erfc's slope */
TN__D double normcdf(double x)
{
    double __h = -0.70710678118654752440 * x;
    double __l = __builtin_fma(-0.70710678118654752440, x, -__h) + 4.8336466567264567e-17 * x;
    double __slope = -1.1283791670955126 * __builtin_exp(-__h * __h) * __l;
    return 0.5 * (__builtin_erfc(__h) + (__builtin_fabs(x) < 40.0 ? __slope : 0.0));
}
TN__D float normcdff(float x) { return (float)normcdf((double)x); }
TN__D float rhypotf(float x, float y) { return (float)(1.0 / __builtin_hypot((double)x, (double)y)); }
TN__D float norm3df(float x, float y, float z) { return __builtin_sqrtf(x * x + y * y + z * z); }
TN__D float saturatef(float x) { return __builtin_fminf(__builtin_fmaxf(x, 0.0f), 1.0f); }
TN__D float __saturatef(float x) { return saturatef(x); }
TN__D float fdividef(float x, float y) { return x / y; }

/* classification: functions, so that they also stand where a C header made macros */
#ifndef isnan
TN__D bool isnan(float x) { return __builtin_isnan(x); }
TN__D bool isnan(double x) { return __builtin_isnan(x); }
TN__D bool isinf(float x) { return __builtin_isinf(x); }
TN__D bool isinf(double x) { return __builtin_isinf(x); }
TN__D bool isfinite(float x) { return __builtin_isfinite(x); }
TN__D bool isfinite(double x) { return __builtin_isfinite(x); }
TN__D bool signbit(float x) { return __builtin_signbit(x); }
TN__D bool signbit(double x) { return __builtin_signbit(x); }
#endif

/* fast forms */
TN__D float __expf(float x) { return tnm_fast_expf(x); }
TN__D float __exp10f(float x) { return tnm_fast_exp10f(x); }
TN__D float __logf(float x) { return tnm_fast_logf(x); }
TN__D float __log2f(float x) { return tnm_fast_log2f(x); }
TN__D float __log10f(float x) { return tnm_fast_log10f(x); }
TN__D float __sinf(float x) { return tnm_fast_sinf(x); }
TN__D float __cosf(float x) { return tnm_fast_cosf(x); }
TN__D float __tanf(float x) { return tnm_fast_tanf(x); }
TN__D void __sincosf(float x, float *__s, float *__c) { *__s = tnm_fast_sinf(x); *__c = tnm_fast_cosf(x); }
TN__D float __powf(float x, float y) { return tnm_fast_powf(x, y); }
TN__D float __tanhf(float x) { return __builtin_tanhf(x); }
TN__D float __fdividef(float x, float y) { return x / y; }
TN__D float __frcp_rn(float x) { return 1.0f / x; }
TN__D float __fsqrt_rn(float x) { return __builtin_sqrtf(x); }
TN__D float __frsqrt_rn(float x) { return 1.0f / __builtin_sqrtf(x); }
TN__D double __drcp_rn(double x) { return 1.0 / x; }
TN__D double __dsqrt_rn(double x) { return __builtin_sqrt(x); }
/* one rounding each, never contracted */
#define TN__RN(__T, name, op) TN__D __T name(__T x, __T y) { _Pragma("clang fp contract(off)") __T __r = x op y; return __r; }
TN__RN(float, __fadd_rn, +) TN__RN(float, __fsub_rn, -) TN__RN(float, __fmul_rn, *) TN__RN(float, __fdiv_rn, /)
TN__RN(double, __dadd_rn, +) TN__RN(double, __dsub_rn, -) TN__RN(double, __dmul_rn, *) TN__RN(double, __ddiv_rn, /)
#undef TN__RN
TN__D float __fmaf_rn(float __a, float __b, float __c) { return __builtin_fmaf(__a, __b, __c); }
TN__D double __fma_rn(double __a, double __b, double __c) { return __builtin_fma(__a, __b, __c); }

/* ---- integers ---- */
#define TN__MINMAX(__T)                                                                                               \
    TN__HD __T min(__T __a, __T __b) { return __b < __a ? __b : __a; }                                                \
    TN__HD __T max(__T __a, __T __b) { return __a < __b ? __b : __a; }
TN__MINMAX(int) TN__MINMAX(unsigned int) TN__MINMAX(long) TN__MINMAX(unsigned long) TN__MINMAX(long long)
TN__MINMAX(unsigned long long)
#undef TN__MINMAX
TN__HD unsigned int min(int __a, unsigned int __b) { return min((unsigned int)__a, __b); }
TN__HD unsigned int min(unsigned int __a, int __b) { return min(__a, (unsigned int)__b); }
TN__HD unsigned int max(int __a, unsigned int __b) { return max((unsigned int)__a, __b); }
TN__HD unsigned int max(unsigned int __a, int __b) { return max(__a, (unsigned int)__b); }
TN__HD float min(float __a, float __b) { return __builtin_fminf(__a, __b); }
TN__HD float max(float __a, float __b) { return __builtin_fmaxf(__a, __b); }
TN__HD double min(double __a, double __b) { return __builtin_fmin(__a, __b); }
TN__HD double max(double __a, double __b) { return __builtin_fmax(__a, __b); }
TN__HD double min(float __a, double __b) { return __builtin_fmin(__a, __b); }
TN__HD double min(double __a, float __b) { return __builtin_fmin(__a, __b); }
TN__HD double max(float __a, double __b) { return __builtin_fmax(__a, __b); }
TN__HD double max(double __a, float __b) { return __builtin_fmax(__a, __b); }
TN__D int abs(int x) { return x < 0 ? -x : x; }
TN__D long labs(long x) { return x < 0 ? -x : x; }
TN__D long long llabs(long long x) { return x < 0 ? -x : x; }
TN__D long abs(long x) { return x < 0 ? -x : x; }
TN__D long long abs(long long x) { return x < 0 ? -x : x; }
TN__D float abs(float x) { return __builtin_fabsf(x); }
TN__D double abs(double x) { return __builtin_fabs(x); }

TN__D int __popc(unsigned int x) { return __builtin_popcount(x); }
TN__D int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
TN__D int __clz(int x) { return x ? __builtin_clz((unsigned int)x) : 32; }
TN__D int __clzll(long long x) { return x ? __builtin_clzll((unsigned long long)x) : 64; }
TN__D int __ffs(int x) { return x ? __builtin_ctz((unsigned int)x) + 1 : 0; }
TN__D int __ffsll(long long x) { return x ? __builtin_ctzll((unsigned long long)x) + 1 : 0; }
TN__D unsigned int __brev(unsigned int x) { return __builtin_bitreverse32(x); }
TN__D unsigned long long __brevll(unsigned long long x) { return __builtin_bitreverse64(x); }
TN__D int __mulhi(int __a, int __b) { return (int)(((long long)__a * __b) >> 32); }
TN__D unsigned int __umulhi(unsigned int __a, unsigned int __b) { return (unsigned int)(((unsigned long long)__a * __b) >> 32); }
TN__D long long __mul64hi(long long __a, long long __b) { return (long long)(((__int128)__a * __b) >> 64); }
TN__D unsigned long long __umul64hi(unsigned long long __a, unsigned long long __b) { return (unsigned long long)(((unsigned __int128)__a * __b) >> 64); }
TN__D int __mul24(int __a, int __b) { return (int)((unsigned int)((__a << 8) >> 8) * (unsigned int)((__b << 8) >> 8)); }
TN__D unsigned int __umul24(unsigned int __a, unsigned int __b) { return (__a & 0xffffffu) * (__b & 0xffffffu); }
TN__D unsigned int __sad(int __a, int __b, unsigned int __c) { return __c + (__a < __b ? (unsigned int)__b - (unsigned int)__a : (unsigned int)__a - (unsigned int)__b); }
TN__D unsigned int __usad(unsigned int __a, unsigned int __b, unsigned int __c) { return __c + (__a < __b ? __b - __a : __a - __b); }
TN__D int __hadd(int __a, int __b) { return (int)(((long long)__a + __b) >> 1); }
TN__D int __rhadd(int __a, int __b) { return (int)(((long long)__a + __b + 1) >> 1); }
TN__D unsigned int __funnelshift_l(unsigned int __lo, unsigned int __hi, unsigned int __s) { return (unsigned int)(((((unsigned long long)__hi << 32) | __lo) << (__s & 31)) >> 32); }
TN__D unsigned int __funnelshift_r(unsigned int __lo, unsigned int __hi, unsigned int __s) { return (unsigned int)((((unsigned long long)__hi << 32) | __lo) >> (__s & 31)); }
TN__D unsigned int __funnelshift_lc(unsigned int __lo, unsigned int __hi, unsigned int __s) { return __s >= 32 ? __lo : __funnelshift_l(__lo, __hi, __s); }
TN__D unsigned int __funnelshift_rc(unsigned int __lo, unsigned int __hi, unsigned int __s) { return __s >= 32 ? __hi : __funnelshift_r(__lo, __hi, __s); }
TN__D unsigned int __byte_perm(unsigned int __a, unsigned int __b, unsigned int __s)
{
    unsigned long long __both = ((unsigned long long)__b << 32) | __a;
    unsigned int __r = 0;
    for (unsigned int __i = 0; __i < 4; __i++)
        __r |= (unsigned int)((__both >> (((__s >> (4 * __i)) & 7) * 8)) & 0xff) << (8 * __i);
    return __r;
}
TN__D int __dp4a(int __a, int __b, int __c)
{
    for (int __i = 0; __i < 32; __i += 8)
        __c += (int)(signed char)(__a >> __i) * (int)(signed char)(__b >> __i);
    return __c;
}
TN__D unsigned int __dp4a(unsigned int __a, unsigned int __b, unsigned int __c)
{
    for (int __i = 0; __i < 32; __i += 8)
        __c += ((__a >> __i) & 255u) * ((__b >> __i) & 255u);
    return __c;
}

/* ---- bits and conversions ---- */
TN__D int __float_as_int(float x) { return __builtin_bit_cast(int, x); }
TN__D unsigned int __float_as_uint(float x) { return __builtin_bit_cast(unsigned int, x); }
TN__D float __int_as_float(int x) { return __builtin_bit_cast(float, x); }
TN__D float __uint_as_float(unsigned int x) { return __builtin_bit_cast(float, x); }
TN__D long long __double_as_longlong(double x) { return __builtin_bit_cast(long long, x); }
TN__D double __longlong_as_double(long long x) { return __builtin_bit_cast(double, x); }
TN__D int __double2hiint(double x) { return (int)(__builtin_bit_cast(unsigned long long, x) >> 32); }
TN__D int __double2loint(double x) { return (int)__builtin_bit_cast(unsigned long long, x); }
TN__D double __hiloint2double(int __hi, int __lo) { return __builtin_bit_cast(double, ((unsigned long long)(unsigned int)__hi << 32) | (unsigned int)__lo); }
/* conversions saturate and give 0 for NaN, as the hardware's do */
template <class __I, class __F> TN__D __I tn__to_int(__F x)
{
    constexpr bool __has_sign = (__I)-1 < (__I)0;
    constexpr int __bits = 8 * (int)sizeof(__I) - (__has_sign ? 1 : 0);
    constexpr __F __limit = 2 * (__F)(1ull << (__bits - 1));
    constexpr __I __most = __has_sign ? (__I)~((unsigned long long)1 << (8 * sizeof(__I) - 1)) : (__I)~(__I)0;
    constexpr __I __least = __has_sign ? (__I)((unsigned long long)1 << (8 * sizeof(__I) - 1)) : (__I)0;
    return x != x ? (__I)0 : x >= __limit ? (__has_sign && sizeof(__I) == 4 ? (__I)0x7fffffff : __most)
                                      : x < (__has_sign ? -__limit : (__F)0) ? __least : (__I)x;
}
#define TN__CONVERT(name, __I, __F)                                                                                   \
    TN__D __I name##_rz(__F x) { return tn__to_int<__I, __F>(x); }                                                    \
    TN__D __I name##_rn(__F x) { return tn__to_int<__I, __F>(sizeof(__F) == 4 ? (__F)__builtin_rintf((float)x) : (__F)__builtin_rint(x)); } \
    TN__D __I name##_rd(__F x) { return tn__to_int<__I, __F>(sizeof(__F) == 4 ? (__F)__builtin_floorf((float)x) : (__F)__builtin_floor(x)); } \
    TN__D __I name##_ru(__F x) { return tn__to_int<__I, __F>(sizeof(__F) == 4 ? (__F)__builtin_ceilf((float)x) : (__F)__builtin_ceil(x)); }
TN__CONVERT(__float2int, int, float) TN__CONVERT(__float2uint, unsigned int, float)
TN__CONVERT(__float2ll, long long, float) TN__CONVERT(__float2ull, unsigned long long, float)
TN__CONVERT(__double2int, int, double) TN__CONVERT(__double2uint, unsigned int, double)
TN__CONVERT(__double2ll, long long, double) TN__CONVERT(__double2ull, unsigned long long, double)
#undef TN__CONVERT
TN__D float __int2float_rn(int x) { return (float)x; }
TN__D float __uint2float_rn(unsigned int x) { return (float)x; }
TN__D float __ll2float_rn(long long x) { return (float)x; }
TN__D float __ull2float_rn(unsigned long long x) { return (float)x; }
TN__D double __int2double_rn(int x) { return (double)x; }
TN__D double __uint2double_rn(unsigned int x) { return (double)x; }
TN__D double __ll2double_rn(long long x) { return (double)x; }
TN__D float __double2float_rn(double x) { return (float)x; }

/* ---- loads and stores with cache hints: plain ones ---- */
#define TN__LOAD(name) template <class __T> TN__D __T name(const __T *__p) { return *__p; }
TN__LOAD(__ldg) TN__LOAD(__ldcg) TN__LOAD(__ldca) TN__LOAD(__ldcs) TN__LOAD(__ldlu)
template <class __T> TN__D __T __ldcv(const __T *__p)   /* from memory each time */
{
    __tn_fence(0);
    __T __v = *__p;
    __tn_fence(0);
    return __v;
}
TN__D int __ldcv(const int *__p) { return *(const volatile int *)__p; }
TN__D unsigned int __ldcv(const unsigned int *__p) { return *(const volatile unsigned int *)__p; }
TN__D float __ldcv(const float *__p) { return *(const volatile float *)__p; }
#undef TN__LOAD
#define TN__STORE(name) template <class __T> TN__D void name(__T *__p, __T __v) { *__p = __v; }
TN__STORE(__stcg) TN__STORE(__stwb) TN__STORE(__stcs) TN__STORE(__stwt)
#undef TN__STORE

#include "tenon_math_more.h"
#include "tenon_math_special.h"

#endif
