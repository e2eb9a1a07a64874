/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenon_math_more.h - CUDA's less common mathematics over tenon_math.h: norms, inverses of the error functions, operations
 * in a given rounding. Single precision is computed in double. Part of tenon_cuda.h.
 */
#ifndef TENON_MATH_MORE_H
#define TENON_MATH_MORE_H

TN__D void sincospi(double x, double *s, double *c) { *s = sinpi(x); *c = cospi(x); }
TN__D void sincospif(float x, float *s, float *c) { *s = sinpif(x); *c = cospif(x); }
TN__D double scalbln(double x, long e) { return __builtin_ldexp(x, e > 5000 ? 5000 : e < -5000 ? -5000 : (int)e); }
TN__D float scalblnf(float x, long e) { return __builtin_ldexpf(x, e > 5000 ? 5000 : e < -5000 ? -5000 : (int)e); }
TN__D double nan(const char *) { return __builtin_nan(""); }
TN__D float nanf(const char *) { return __builtin_nanf(""); }
TN__D double rhypot(double x, double y) { return 1.0 / __builtin_hypot(x, y); }
/* sums of squares that neither overflow nor vanish: scaled by a power of two */
TN__D double tn__norm(int n, const double *v)
{
    double most = 0.0, sum = 0.0;
    for (int i = 0; i < n; i++)
        most = __builtin_fmax(most, __builtin_fabs(v[i]));
    for (int i = 0; i < n; i++)
        if (__builtin_fabs(v[i]) == __builtin_inf())
            return __builtin_inf();
    int e = (int)(__builtin_bit_cast(unsigned long long, most) >> 52 & 2047) - 1022;
    for (int i = 0; i < n; i++) {
        double s = __builtin_ldexp(v[i], -e);
        sum = __builtin_fma(s, s, sum);
    }
    return __builtin_ldexp(__builtin_sqrt(sum), e);
}
TN__D double tn__norm(int n, const float *v)
{
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
        if (__builtin_fabs(v[i]) == __builtin_inf())
            return __builtin_inf();
        sum += (double)v[i] * (double)v[i];
    }
    return __builtin_sqrt(sum);
}
TN__D double norm3d(double x, double y, double z) { double v[3] = {x, y, z}; return tn__norm(3, v); }
TN__D double norm4d(double x, double y, double z, double w) { double v[4] = {x, y, z, w}; return tn__norm(4, v); }
TN__D double norm(int n, const double *v) { return tn__norm(n, v); }
TN__D double rnorm3d(double x, double y, double z) { return 1.0 / norm3d(x, y, z); }
TN__D double rnorm4d(double x, double y, double z, double w) { return 1.0 / norm4d(x, y, z, w); }
TN__D double rnorm(int n, const double *v) { return 1.0 / tn__norm(n, v); }
TN__D float norm4df(float x, float y, float z, float w) { float v[4] = {x, y, z, w}; return (float)tn__norm(4, v); }
TN__D float normf(int n, const float *v) { return (float)tn__norm(n, v); }
TN__D float rnorm3df(float x, float y, float z) { float v[3] = {x, y, z}; return (float)(1.0 / tn__norm(3, v)); }
TN__D float rnorm4df(float x, float y, float z, float w) { float v[4] = {x, y, z, w}; return (float)(1.0 / tn__norm(4, v)); }
TN__D float rnormf(int n, const float *v) { return (float)(1.0 / tn__norm(n, v)); }

/* erfc(r) = y for 0 < y <= 1: a rational start, then steps of Halley's method on log erfc while y is small */
TN__D double tn__erfc_inverse(double y)
{
    double t = __builtin_sqrt(-2.0 * __builtin_log(0.5 * y));
    double r = 0.70710678118654752440 * (t - (2.515517 + t * (0.802853 + t * 0.010328)) /
                                             (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308))));
    for (int i = 0; i < 3; i++) {
        double c = __builtin_erfc(r), slope = 1.12837916709551257390 * __builtin_exp(-r * r), step = (c - y) / slope;
        r += step / (1.0 + r * step);
    }
    return r;
}
TN__D double erfcinv(double y)
{
    if (!(y > 0.0 && y < 2.0))
        return y == 0.0 ? __builtin_inf() : y == 2.0 ? -__builtin_inf() : __builtin_nan("");
    return y <= 1.0 ? tn__erfc_inverse(y) : -tn__erfc_inverse(2.0 - y);
}
TN__D double erfinv(double x)
{
    double a = __builtin_fabs(x), r;
    if (!(a < 1.0))
        return a == 1.0 ? __builtin_copysign(__builtin_inf(), x) : __builtin_nan("");
    if (a > 0.5) {
        r = tn__erfc_inverse(1.0 - a);   /* exact from one half on */
    } else {
        r = a * (0.88622692545275801365 + a * a * 0.23201366653465449);
        for (int i = 0; i < 4; i++) {
            double step = (__builtin_erf(r) - a) / (1.12837916709551257390 * __builtin_exp(-r * r));
            r -= step / (1.0 + r * step);
        }
    }
    return a == 0.0 ? x : __builtin_copysign(r, x);
}
TN__D double normcdfinv(double p) { return -1.41421356237309504880 * erfcinv(2.0 * p); }
TN__D float erfinvf(float x) { return (float)erfinv((double)x); }
TN__D float erfcinvf(float x) { return (float)erfcinv((double)x); }
TN__D float normcdfinvf(float x) { return (float)normcdfinv((double)x); }
/* exp(x x) erfc(x): beyond 25 a continued series; before, the square in two parts */
TN__D double erfcx(double x)
{
    if (x > 25.0) {
        double q = 0.5 / (x * x);
        return 0.56418958354775628695 / x * (1.0 - q * (1.0 - 3.0 * q * (1.0 - 5.0 * q * (1.0 - 7.0 * q * (1.0 - 9.0 * q)))));
    }
    double square = x * x, low = __builtin_fma(x, x, -square);
    if (x < -26.7)
        return __builtin_inf();
    double e = __builtin_exp(square);
    return __builtin_fma(e, low, e) * __builtin_erfc(x);
}
TN__D float erfcxf(float x) { return (float)erfcx((double)x); }

/* ---- one rounding towards zero (rz), down (rd) or up (ru): from the nearest, by the sign of what was lost ---- */
template <int MODE> TN__D double tn__directed(double r, double lost)   /* the exact number is r + lost */
{
    unsigned long long u = __builtin_bit_cast(unsigned long long, r);
    bool up = MODE == 3 || (MODE == 1 && r < 0.0), move = up ? lost > 0.0 : lost < 0.0;
    if (!move || __builtin_isnan(r) || (r == 0.0))
        return r;
    return __builtin_bit_cast(double, up == !(u >> 63) ? u + 1 : u - 1);
}
template <int MODE> TN__D float tn__directed_f(double s, double lost)
{
    float r = (float)s;
    double rest = s - (double)r;
    rest = rest != 0.0 ? rest : lost;
    unsigned int u = __builtin_bit_cast(unsigned int, r);
    bool up = MODE == 3 || (MODE == 1 && s < 0.0), move = up ? rest > 0.0 : rest < 0.0;
    if (!move || __builtin_isnan(s) || __builtin_isinf(s))
        return r;
    if (r == 0.0f)
        return up ? 0x1p-149f : -0x1p-149f;
    return __builtin_bit_cast(float, up == !(u >> 31) ? u + 1 : u - 1);
}
TN__D double tn__lost_sum(double a, double b, double s)
{
    _Pragma("clang fp contract(off) reassociate(off)") double t = s - a, r = (a - (s - t)) + (b - t);
    return r;
}
#define TN__DIRECTED(suffix, mode)                                                                                    \
    TN__D float __fadd_##suffix(float a, float b)                                                                     \
    { double s = (double)a + (double)b; return tn__directed_f<mode>(s, tn__lost_sum(a, b, s)); }                      \
    TN__D float __fsub_##suffix(float a, float b) { return __fadd_##suffix(a, -b); }                                  \
    TN__D float __fmul_##suffix(float a, float b) { return tn__directed_f<mode>((double)a * (double)b, 0.0); }        \
    TN__D float __fmaf_##suffix(float a, float b, float c)                                                            \
    {                                                                                                                 \
        double p = (double)a * (double)b, s = __dadd_rn(p, (double)c);                                                \
        return tn__directed_f<mode>(s, tn__lost_sum(p, (double)c, s));                                                \
    }                                                                                                                 \
    TN__D float __fdiv_##suffix(float a, float b)                                                                     \
    {                                                                                                                 \
        double q = (double)a / (double)b, lost = __builtin_fma(-q, (double)b, (double)a);                             \
        return tn__directed_f<mode>(q, b < 0.0f ? -lost : lost);                                                      \
    }                                                                                                                 \
    TN__D float __frcp_##suffix(float a) { return __fdiv_##suffix(1.0f, a); }                                         \
    TN__D float __fsqrt_##suffix(float a)                                                                             \
    { double q = __builtin_sqrt((double)a); return tn__directed_f<mode>(q, __builtin_fma(-q, q, (double)a)); }        \
    TN__D float __double2float_##suffix(double a) { return tn__directed_f<mode>(a, 0.0); }                            \
    TN__D float __int2float_##suffix(int a) { return tn__directed_f<mode>((double)a, 0.0); }                          \
    TN__D float __uint2float_##suffix(unsigned int a) { return tn__directed_f<mode>((double)a, 0.0); }                \
    TN__D double __dadd_##suffix(double a, double b)                                                                  \
    { double s = __dadd_rn(a, b); return tn__directed<mode>(s, tn__lost_sum(a, b, s)); }                              \
    TN__D double __dsub_##suffix(double a, double b) { return __dadd_##suffix(a, -b); }                               \
    TN__D double __dmul_##suffix(double a, double b)                                                                  \
    { double p = __dmul_rn(a, b); return tn__directed<mode>(p, __builtin_fma(a, b, -p)); }                            \
    TN__D double __ddiv_##suffix(double a, double b)                                                                  \
    {                                                                                                                 \
        double q = a / b, lost = __builtin_fma(-q, b, a);                                                             \
        return tn__directed<mode>(q, b < 0.0 ? -lost : lost);                                                         \
    }                                                                                                                 \
    TN__D double __drcp_##suffix(double a) { return __ddiv_##suffix(1.0, a); }                                        \
    TN__D double __dsqrt_##suffix(double a)                                                                           \
    { double q = __builtin_sqrt(a); return tn__directed<mode>(q, __builtin_fma(-q, q, a)); }
TN__DIRECTED(rz, 1) TN__DIRECTED(rd, 2) TN__DIRECTED(ru, 3)
#undef TN__DIRECTED
TN__D double __ull2double_rn(unsigned long long x) { return (double)x; }

#endif
