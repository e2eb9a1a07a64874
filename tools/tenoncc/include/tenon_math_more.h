/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenon_math_more.h - CUDA's less common mathematics over tenon_math.h: norms, inverses of the error functions, operations
 * in a given rounding. Single precision is computed in double. Part of tenon_cuda.h.
 */
#ifndef TENON_MATH_MORE_H
#define TENON_MATH_MORE_H

TN__D void sincospi(double x, double *__s, double *__c) { *__s = sinpi(x); *__c = cospi(x); }
TN__D void sincospif(float x, float *__s, float *__c) { *__s = sinpif(x); *__c = cospif(x); }
TN__D double scalbln(double x, long __e) { return __builtin_ldexp(x, __e > 5000 ? 5000 : __e < -5000 ? -5000 : (int)__e); }
TN__D float scalblnf(float x, long __e) { return __builtin_ldexpf(x, __e > 5000 ? 5000 : __e < -5000 ? -5000 : (int)__e); }
TN__D double nan(const char *) { return __builtin_nan(""); }
TN__D float nanf(const char *) { return __builtin_nanf(""); }
TN__D double rhypot(double x, double y)
{
    double __a = __builtin_fabs(x), __b = __builtin_fabs(y), __big = __a > __b ? __a : __b, __h = __builtin_hypot(x, y);
    double __k = __big > 0x1p500 ? 0x1p-600 : __big < 0x1p-450 ? 0x1p600 : 1.0;
    double __p = __a * __k, __q = __b * __k, __s = __p * __p, __t = __q * __q, __sum = __s + __t;
    double __e = (__p > __q ? (__s - __sum) + __t : (__t - __sum) + __s) + __builtin_fma(__p, __p, -__s) + __builtin_fma(__q, __q, -__t);
    double __y = 1.0 / __builtin_sqrt(__sum), __u = __y * __y, __ul = __builtin_fma(__y, __y, -__u);
    double __r = __builtin_fma(-__u, __sum, 1.0) - (__ul * __sum + __u * __e);
    return __big > 0.0 && __h == __h && __a < __builtin_inf() && __b < __builtin_inf() ? (__y + 0.5 * __y * __r) * __k : 1.0 / __h;
}
/* sums of squares that neither overflow nor vanish: scaled by a power of two */
TN__D double tn__norm(int __n, const double *__v)
{
    double __most = 0.0, __sum = 0.0;
    for (int __i = 0; __i < __n; __i++)
        __most = __builtin_fmax(__most, __builtin_fabs(__v[__i]));
    for (int __i = 0; __i < __n; __i++)
        if (__builtin_fabs(__v[__i]) == __builtin_inf())
            return __builtin_inf();
    int __e = (int)(__builtin_bit_cast(unsigned long long, __most) >> 52 & 2047) - 1022;
    for (int __i = 0; __i < __n; __i++) {
        double __s = __builtin_ldexp(__v[__i], -__e);
        __sum = __builtin_fma(__s, __s, __sum);
    }
    return __builtin_ldexp(__builtin_sqrt(__sum), __e);
}
TN__D double tn__norm(int __n, const float *__v)
{
    double __sum = 0.0;
    for (int __i = 0; __i < __n; __i++) {
        if (__builtin_fabs(__v[__i]) == __builtin_inf())
            return __builtin_inf();
        __sum += (double)__v[__i] * (double)__v[__i];
    }
    return __builtin_sqrt(__sum);
}
TN__D double norm3d(double x, double y, double z) { double __v[3] = {x, y, z}; return tn__norm(3, __v); }
TN__D double norm4d(double x, double y, double z, double w) { double __v[4] = {x, y, z, w}; return tn__norm(4, __v); }
TN__D double norm(int __n, const double *__v) { return tn__norm(__n, __v); }
TN__D double rnorm3d(double x, double y, double z) { return 1.0 / norm3d(x, y, z); }
TN__D double rnorm4d(double x, double y, double z, double w) { return 1.0 / norm4d(x, y, z, w); }
TN__D double rnorm(int __n, const double *__v) { return 1.0 / tn__norm(__n, __v); }
TN__D float norm4df(float x, float y, float z, float w) { float __v[4] = {x, y, z, w}; return (float)tn__norm(4, __v); }
TN__D float normf(int __n, const float *__v) { return (float)tn__norm(__n, __v); }
TN__D float rnorm3df(float x, float y, float z) { float __v[3] = {x, y, z}; return (float)(1.0 / tn__norm(3, __v)); }
TN__D float rnorm4df(float x, float y, float z, float w) { float __v[4] = {x, y, z, w}; return (float)(1.0 / tn__norm(4, __v)); }
TN__D float rnormf(int __n, const float *__v) { return (float)(1.0 / tn__norm(__n, __v)); }

/* erfc(r) = y for 0 < y <= 1: a rational start, then steps of Halley's method on log erfc while y is small */
TN__D double tn__erfc_inverse(double y)
{
    double __t = __builtin_sqrt(-2.0 * __builtin_log(0.5 * y));
    double __r = 0.70710678118654752440 * (__t - (2.515517 + __t * (0.802853 + __t * 0.010328)) /
                                             (1.0 + __t * (1.432788 + __t * (0.189269 + __t * 0.001308))));
    for (int __i = 0; __i < 3; __i++) {
        double __c = __builtin_erfc(__r), __slope = 1.12837916709551257390 * __builtin_exp(-__r * __r), __step = (__c - y) / __slope;
        __r += __step / (1.0 + __r * __step);
    }
    return __r;
}
TN__D double erfcinv(double y)
{
    if (!(y > 0.0 && y < 2.0))
        return y == 0.0 ? __builtin_inf() : y == 2.0 ? -__builtin_inf() : __builtin_nan("");
    return y <= 1.0 ? tn__erfc_inverse(y) : -tn__erfc_inverse(2.0 - y);
}
TN__D double erfinv(double x)
{
    double __a = __builtin_fabs(x), __r;
    if (!(__a < 1.0))
        return __a == 1.0 ? __builtin_copysign(__builtin_inf(), x) : __builtin_nan("");
    if (__a > 0.5) {
        __r = tn__erfc_inverse(1.0 - __a);   /* exact from one half on */
    } else {
        __r = __a * (0.88622692545275801365 + __a * __a * 0.23201366653465449);
        for (int __i = 0; __i < 4; __i++) {
            double __step = (__builtin_erf(__r) - __a) / (1.12837916709551257390 * __builtin_exp(-__r * __r));
            __r -= __step / (1.0 + __r * __step);
        }
    }
    return __a == 0.0 ? x : __builtin_copysign(__r, x);
}
TN__D double normcdfinv(double __p) { return -1.41421356237309504880 * erfcinv(2.0 * __p); }
TN__D float erfinvf(float x) { return (float)erfinv((double)x); }
TN__D float erfcinvf(float x) { return (float)erfcinv((double)x); }
TN__D float normcdfinvf(float x) { return (float)normcdfinv((double)x); }
/* exp(x x) erfc(x): beyond 25 a continued series; before, the square in two parts */
TN__D double erfcx(double x)
{
    if (x > 25.0) {
        double __q = 0.5 / (x * x);
        return 0.56418958354775628695 / x * (1.0 - __q * (1.0 - 3.0 * __q * (1.0 - 5.0 * __q * (1.0 - 7.0 * __q * (1.0 - 9.0 * __q *
               (1.0 - 11.0 * __q * (1.0 - 13.0 * __q * (1.0 - 15.0 * __q))))))));
    }
    double __square = x * x, __low = __builtin_fma(x, x, -__square);
    double __e = __builtin_exp(__square);
    if (__e == __builtin_inf())
        return __e;
    return __builtin_fma(__e, __low, __e) * __builtin_erfc(x);
}
TN__D float erfcxf(float x) { return (float)erfcx((double)x); }

/* ---- one rounding towards zero (rz), down (rd) or up (ru): from the nearest, by the sign of what was lost ---- */
/* r is the nearest, r + lost the exact number; overflowed: r is infinite and the operands were not */
template <int TN__MODE> TN__D double tn__directed(double __r, double __lost, bool __overflowed)
{
    unsigned long long __u = __builtin_bit_cast(unsigned long long, __r);
    bool __neg = __u >> 63, __up = TN__MODE == 3 || (TN__MODE == 1 && (__r == 0. ? __lost < 0. : __neg));
    if (__builtin_isinf(__r))
        return __overflowed && __neg == __up ? __builtin_copysign(1.7976931348623157e308, __r) : __r;
    if (!(__up ? __lost > 0. : __lost < 0.))
        return __r;
    if (__r == 0.)
        return TN__MODE == 1 ? __builtin_copysign(0., __lost) : __up ? 0x1p-1074 : -0x1p-1074;
    return __builtin_bit_cast(double, __up == !__neg ? __u + 1 : __u - 1);
}
TN__D bool tn__finite(double __a) { return __builtin_fabs(__a) <= 1.7976931348623157e308; }
TN__D bool tn__finite(double __a, double __b) { return tn__finite(__a) && tn__finite(__b); }
/* What rounding lost: exactly, or with the exact sign where it would be too small for a double */
TN__D double tn__lost_product(double __a, double __b, double __p)
{
    double __c = __a * 0x1p537, __d = __b * 0x1p537, __q = __c * __d;
    return __builtin_fabs(__p) < 0x1p-900 ? (__q - __p * 0x1p537 * 0x1p537) + __builtin_fma(__c, __d, -__q) : __builtin_fma(__a, __b, -__p);
}
TN__D double tn__lost_quotient(double __a, double __b, double __q)
{
    double __rest = !(__builtin_fabs(__a) < 0x1p-400)  ? __builtin_fma(-__q, __b, __a)
                    : __builtin_fabs(__b) < 1.         ? __builtin_fma(-__q, __b * 0x1p600, __a * 0x1p600)
                                                       : __builtin_fma(-__q * 0x1p600, __b, __a * 0x1p600);
    return __builtin_signbit(__b) ? -__rest : __rest;
}
TN__D double tn__lost_root(double __a, double __q)
{
    double __s = __q * 0x1p100;
    return __a < 0x1p-900 ? __builtin_fma(-__s, __s, __a * 0x1p200) : __builtin_fma(-__q, __q, __a);
}
template <int TN__MODE> TN__D float tn__directed_f(double __s, double __lost)
{
    float __r = (float)__s;
    double __rest = __s - (double)__r;
    __rest = __rest != 0.0 ? __rest : __lost;
    unsigned int __u = __builtin_bit_cast(unsigned int, __r);
    bool __up = TN__MODE == 3 || (TN__MODE == 1 && __s < 0.0), __move = __up ? __rest > 0.0 : __rest < 0.0;
    if (!__move || __builtin_isnan(__s) || __builtin_isinf(__s))
        return __r;
    if (__r == 0.0f)
        return __up ? 0x1p-149f : -0x1p-149f;
    return __builtin_bit_cast(float, __up == !(__u >> 31) ? __u + 1 : __u - 1);
}
TN__D double tn__lost_sum(double __a, double __b, double __s)
{
    _Pragma("clang fp contract(off) reassociate(off)") double __t = __s - __a, __r = (__a - (__s - __t)) + (__b - __t);
    return __r;
}
TN__D double tn__lost_fused(double __a, double __b, double __c, double __r)
{
    if (__builtin_fabs(__r) < 0x1p-900 && __builtin_fabs(__a) < 0x1p480 && __builtin_fabs(__b) < 0x1p480 && __builtin_fabs(__c) < 0x1p-100) {
        __a *= 0x1p537;
        __b *= 0x1p537;
        __c = __c * 0x1p537 * 0x1p537;
        __r = __r * 0x1p537 * 0x1p537;
    }
    if (__builtin_fabs(__a * __b) < 0x1p-950 && __builtin_fabs(__r) >= 0x1p-900)   /* far below c: its sign is all that matters */
        return __a == 0. || __b == 0. ? 0. : __builtin_signbit(__a) != __builtin_signbit(__b) ? -0x1p-1074 : 0x1p-1074;
    double __p = __dmul_rn(__a, __b), __e = __builtin_fma(__a, __b, -__p), __s = __dadd_rn(__p, __c), __t = tn__lost_sum(__p, __c, __s);
    double __d = __dsub_rn(__s, __r), __f = tn__lost_sum(__s, -__r, __d);
    return __dadd_rn(__d, __dadd_rn(__f, __dadd_rn(__t, __e)));
}
/* x - d for the double d that is nearest to x */
TN__D double tn__lost_whole(long long x, double __d) { return __d < 0x1p63 ? (double)(x - (long long)__d) : (double)(x - 0x7fffffffffffffffll) - 1.; }
TN__D double tn__lost_whole(unsigned long long x, double __d)
{ return (double)(long long)(__d < 0x1p64 ? x - (unsigned long long)__d : x); }
#define TN__DIRECTED(suffix, __mode)                                                                                  \
    TN__D float __fadd_##suffix(float __a, float __b)                                                                 \
    {                                                                                                                 \
        double __s = (double)__a + (double)__b;                                                                       \
        if (__s == 0. && __mode == 2 && (__builtin_signbit(__a) || __builtin_signbit(__b)))                           \
            return -0.f;   /* a sum of zero is -0 when it is rounded down */                                          \
        return tn__directed_f<__mode>(__s, tn__lost_sum(__a, __b, __s));                                              \
    }                                                                                                                 \
    TN__D float __fsub_##suffix(float __a, float __b) { return __fadd_##suffix(__a, -__b); }                          \
    TN__D float __fmul_##suffix(float __a, float __b) { return tn__directed_f<__mode>((double)__a * (double)__b, 0.0); } \
    TN__D float __fmaf_##suffix(float __a, float __b, float __c)                                                      \
    {                                                                                                                 \
        double __p = (double)__a * (double)__b, __s = __dadd_rn(__p, (double)__c);                                    \
        if (__s == 0. && __mode == 2 && (__builtin_signbit(__p) || __builtin_signbit(__c)))                           \
            return -0.f;                                                                                              \
        return tn__directed_f<__mode>(__s, tn__lost_sum(__p, (double)__c, __s));                                      \
    }                                                                                                                 \
    TN__D float __fdiv_##suffix(float __a, float __b)                                                                 \
    {                                                                                                                 \
        double __q = (double)__a / (double)__b, __lost = __builtin_fma(-__q, (double)__b, (double)__a);               \
        return tn__directed_f<__mode>(__q, __b < 0.0f ? -__lost : __lost);                                            \
    }                                                                                                                 \
    TN__D float __frcp_##suffix(float __a) { return __fdiv_##suffix(1.0f, __a); }                                     \
    TN__D float __fsqrt_##suffix(float __a)                                                                           \
    { double __q = __builtin_sqrt((double)__a); return tn__directed_f<__mode>(__q, __builtin_fma(-__q, __q, (double)__a)); } \
    TN__D float __double2float_##suffix(double __a) { return tn__directed_f<__mode>(__a, 0.0); }                      \
    TN__D float __int2float_##suffix(int __a) { return tn__directed_f<__mode>((double)__a, 0.0); }                    \
    TN__D float __uint2float_##suffix(unsigned int __a) { return tn__directed_f<__mode>((double)__a, 0.0); }          \
    TN__D double __dadd_##suffix(double __a, double __b)                                                              \
    {                                                                                                                 \
        double __s = __dadd_rn(__a, __b);                                                                             \
        if (__s == 0. && __mode == 2 && (__builtin_signbit(__a) || __builtin_signbit(__b)))                             \
            return -0.;   /* a sum of zero is -0 when it is rounded down */                                           \
        return tn__directed<__mode>(__s, tn__lost_sum(__a, __b, __s), tn__finite(__a, __b));                            \
    }                                                                                                                 \
    TN__D double __dsub_##suffix(double __a, double __b) { return __dadd_##suffix(__a, -__b); }                       \
    TN__D double __dmul_##suffix(double __a, double __b)                                                              \
    { double __p = __dmul_rn(__a, __b); return tn__directed<__mode>(__p, tn__lost_product(__a, __b, __p), tn__finite(__a, __b)); } \
    TN__D double __fma_##suffix(double __a, double __b, double __c)                                                   \
    {                                                                                                                 \
        double __r = __builtin_fma(__a, __b, __c), __lost = tn__lost_fused(__a, __b, __c, __r);                       \
        if (__r == 0. && __lost == 0. && __mode == 2 && (__builtin_signbit(__a) != __builtin_signbit(__b) || __builtin_signbit(__c))) \
            return -0.;                                                                                               \
        return tn__directed<__mode>(__r, __lost, tn__finite(__a, __b) && tn__finite(__c));                    \
    }                                                                                                                 \
    TN__D double __ddiv_##suffix(double __a, double __b)                                                              \
    { double __q = __a / __b; return tn__directed<__mode>(__q, tn__lost_quotient(__a, __b, __q), tn__finite(__a, __b) && __b != 0.); } \
    TN__D double __drcp_##suffix(double __a) { return __ddiv_##suffix(1.0, __a); }                                    \
    TN__D double __dsqrt_##suffix(double __a)                                                                         \
    { double __q = __builtin_sqrt(__a); return tn__directed<__mode>(__q, tn__lost_root(__a, __q), false); }             \
    TN__D float __ll2float_##suffix(long long __a)                                                                    \
    { double __s = (double)__a; return tn__directed_f<__mode>(__s, tn__lost_whole(__a, __s)); }          \
    TN__D float __ull2float_##suffix(unsigned long long __a)                                                          \
    { double __s = (double)__a; return tn__directed_f<__mode>(__s, tn__lost_whole(__a, __s)); }          \
    TN__D double __ll2double_##suffix(long long __a)                                                                  \
    { double __s = (double)__a; return tn__directed<__mode>(__s, tn__lost_whole(__a, __s), false); }     \
    TN__D double __ull2double_##suffix(unsigned long long __a)                                                        \
    { double __s = (double)__a; return tn__directed<__mode>(__s, tn__lost_whole(__a, __s), false); }
TN__DIRECTED(rz, 1) TN__DIRECTED(rd, 2) TN__DIRECTED(ru, 3)
#undef TN__DIRECTED
TN__D double __ull2double_rn(unsigned long long x) { return (double)x; }

#endif
