/* SPDX-License-Identifier: Apache-2.0 */
/*
 * device/math32.c - single-precision mathematics: inlined and without branches, so that loops over threads vectorise.
 * Most works in double, where the errors of double arithmetic vanish in the rounding to float.
 */
#include "tools/tenoncc/device/math_core.h"
#include "tools/tenoncc/device/math_tables.h"

#define F1(name) INLINE float tnm_##name##f(float x); INLINE float tnm_##name##f(float x)
#define F2(name) INLINE float tnm_##name##f(float x, float y); INLINE float tnm_##name##f(float x, float y)

/* exp(x) / 2^n, n near x / ln 2: x = n ln 2 + r, |r| <= ln 2 / 2; series to r^7 */
CORE float exp_rest(float x, float n)
{
    float r = __builtin_fmaf(n, -0.693145751953125f, x);
    r = __builtin_fmaf(n, -1.42860682030941723e-6f, r);
    static const float c[] = { 1.0f / 5040, 1.0f / 720, 1.0f / 120, 1.0f / 24, 1.0f / 6, 0.5f };
    return __builtin_fmaf(POLYF(c, r), r * r, r) + 1.0f;
}

/* The power of two in two halves, for results below 2^-126. */
F1(exp)
{
    float n = __builtin_rintf(x * 1.44269504088896341f);
    n = n < -160.0f ? -160.0f : n > 160.0f ? 160.0f : n;
    float p = exp_rest(x, n);
    int k = (int)n, half = k >> 1;
    float v = p * float_of((uint32_t)(half + 127) << 23) * float_of((uint32_t)(k - half + 127) << 23);
    v = x > 88.7228394f ? INF : v;
    v = x < -103.972084f ? 0.0f : v;
    return x != x ? x : v;
}

F1(log)
{
    float v = x < 1.17549435e-38f ? x * 8388608.0f : x;
    uint32_t u = bits_f(v) + (0x3f800000u - 0x3f3504f3u);
    float e = (float)((int)(u >> 23) - 127 - (x < 1.17549435e-38f ? 23 : 0));
    float f = float_of((u & 0x007fffffu) + 0x3f3504f3u) - 1.0f;
    float y = f * f * f * POLYF(log_f, f);
    y = __builtin_fmaf(e, -2.12194440e-4f, y);
    y = __builtin_fmaf(-0.5f * f, f, y);
    float r = __builtin_fmaf(e, 0.693359375f, f + y);
    r = x == INF ? x : r;
    r = x == 0.0f ? -INF : r;
    return x >= 0.0f ? r : NAN;
}

/* ---- by double ---- */
CORE double clamp(double x, double least, double most)
{
    return x < least ? least : x > most ? most : x;
}

CORE double log_of_float(float x)
{
    double r = log_simple(x > 0.0f && x < INF ? (double)x : 1.0, 0);
    r = x == INF ? (double)INF : r;
    r = x == 0.0f ? -(double)INF : r;
    return x >= 0.0f ? r : (double)NAN;
}

/* exp of what a float can hold: beyond +-160 the result is 0 or infinite anyway */
CORE double exp_of_float(double x)
{
    double r = exp_core(clamp(x, -160.0, 160.0), 0.0);
    return x != x ? x : r;
}

F1(exp2) { return (float)exp_of_float((double)x * 0.693147180559945309417); }
F1(exp10) { return (float)exp_of_float((double)x * 2.30258509299404568402); }
F1(log2) { return (float)(log_of_float(x) * 1.44269504088896340736); }
F1(log10) { return (float)(log_of_float(x) * 0.43429448190325182765); }

F1(expm1)
{
    double d = (double)x, z = d + d * d * (0.5 + d * (1.0 / 6 + d * (1.0 / 24)));
    float small = (float)z, big = (float)(exp_of_float(d) - 1.0);
    return x == 0.0f ? x : __builtin_fabsf(x) < 1e-3f ? small : big;
}

F1(log1p)
{
    double v = 1.0 + (double)x, d = (double)x, good = v > 0.0 && v < (double)INF ? v : 1.0;
    double r = log_simple(good, 0), small = d * (1.0 - d * (0.5 - d * (1.0 / 3)));
    r = __builtin_fabs(d) < 1e-4 ? small : r;
    r = x == INF ? d : r;
    r = x == -1.0f ? -(double)INF : r;
    return x == 0.0f ? x : x >= -1.0f ? (float)r : NAN;
}

/* x = q pi/2 + r. Up to 2^30 with pi in three parts; above, the fraction of x / (2 pi) from the bits of 1 / (2 pi). */
PAIR double reduce(float x, int *quarter)
{
    double d = (double)x, n = __builtin_rint(d * 0.63661977236758134308);
    double r = __builtin_fma(n, -0.5 * PI, d);
    r = __builtin_fma(n, -0.5 * PI_LO, r);
    uint32_t u = bits_f(x), e = u >> 23 & 255;
    int q;
    if (e >= 157) {
        const uint32_t *t = turn_f[e - 157 < 98 ? e - 157 : 0];
        uint64_t m = (u & 0x7fffffu) | 0x800000u;
        uint64_t p1 = m * t[1] + (m * t[2] >> 32), p2 = m * t[0] + (p1 >> 32);
        uint64_t turn = p2 << 32 | (p1 & 0xffffffffu);
        uint64_t near = turn + (1ull << 61);
        double part = (double)(int64_t)(turn - (near & 3ull << 62)) * (0x1p-62 * 0.5 * PI);
        q = (int)(near >> 62);
        r = u >> 31 ? -part : part;
        q = u >> 31 ? -q : q;
    } else {
        q = (int)n;
    }
    *quarter = q;
    return e == 255 ? (double)NAN : r;
}

CORE double sin_or_cos(float x, int plus)
{
    int q;
    double r = reduce(x, &q);
    double s = sin_core(r, 0.0), c = cos_core(r, 0.0);
    q += plus;
    double v = q & 1 ? c : s;
    return q & 2 ? -v : v;
}

F1(sin) { return x == 0.0f ? x : (float)sin_or_cos(x, 0); }
F1(cos) { return (float)sin_or_cos(x, 1); }
F1(tan)
{
    int q;
    double r = reduce(x, &q), s = sin_core(r, 0.0), c = cos_core(r, 0.0);
    return x == 0.0f ? x : (float)(q & 1 ? -c / s : s / c);
}

CORE double atan_of(double x)
{
    double a = __builtin_fabs(x), inv = a > 1.0 ? 1.0 / a : a, p = inv * POLY(atan_f, inv * inv);
    p = a > 1.0 ? 0.5 * PI - p : p;
    return __builtin_copysign(p, x);
}

CORE double asin_of(double x)
{
    double a = __builtin_fabs(x), z = a > 0.5 ? 0.5 * (1.0 - a) : a * a;
    double s = a > 0.5 ? __builtin_sqrt(z) : a, p = s * POLY(asin_f, z);
    p = a > 0.5 ? 0.5 * PI - 2.0 * p : p;
    return __builtin_copysign(p, x);
}

F1(atan) { return x == 0.0f ? x : (float)atan_of((double)x); }
F1(asin) { return x == 0.0f ? x : __builtin_fabsf(x) <= 1.0f ? (float)asin_of((double)x) : NAN; }
F1(acos)
{
    /* near 1 the difference from pi/2 would cancel */
    double a = (double)x, near = 2.0 * asin_of(__builtin_sqrt(0.5 * (1.0 - a)));
    double r = a > 0.5 ? near : 0.5 * PI - asin_of(a);
    return __builtin_fabsf(x) <= 1.0f ? (float)r : NAN;
}

F2(atan2)    /* (y, x) in C's order: the first is the ordinate */
{
    double n = (double)x, d = (double)y, an = __builtin_fabs(n), ad = __builtin_fabs(d);
    double big = an > ad ? an : ad, small = an > ad ? ad : an;
    double q = small / big;
    q = big == 0.0 ? 0.0 : q;
    q = small == (double)INF ? 1.0 : q;
    double r = q * POLY(atan_f, q * q);
    r = an > ad ? 0.5 * PI - r : r;
    r = __builtin_signbit(y) ? PI - r : r;
    r = __builtin_copysign(r, n);
    return x != x || y != y ? NAN : (float)r;
}

F1(sinh)
{
    double d = (double)x, e = exp_of_float(d), z = d * d, small = d * (1.0 + z * (1.0 / 6 + z * (1.0 / 120)));
    return x == 0.0f ? x : __builtin_fabs(d) < 0.01 ? (float)small : (float)(0.5 * (e - 1.0 / e));
}
F1(cosh)
{
    double e = exp_of_float(__builtin_fabs((double)x));
    return (float)(0.5 * (e + 1.0 / e));
}
F1(tanh)
{
    double d = __builtin_fabs((double)x), e = exp_core(clamp(2.0 * d, 0.0, 60.0), 0.0), z = d * d;
    double r = d < 0.01 ? d * (1.0 - z * (1.0 / 3 - z * (2.0 / 15))) : (e - 1.0) / (e + 1.0);
    return x != x ? x : __builtin_copysignf((float)r, x);
}
F1(asinh)
{
    double a = __builtin_fabs((double)x), z = a * a;
    double r = a < 0.01 ? a * (1.0 - z * (1.0 / 6 - z * (3.0 / 40))) : log_simple(a + __builtin_sqrt(z + 1.0) , 0);
    r = a == (double)INF ? a : r;
    return x != x ? x : __builtin_copysignf((float)r, x);
}
F1(acosh)
{
    /* log(1 + w), with the part of w that the sum loses */
    double t = (double)x - 1.0, w = t + __builtin_sqrt(2.0 * t + t * t), v = x >= 1.0f && x < INF ? 1.0 + w : 1.0;
    double r = log_simple(v, 0) + (w - (v - 1.0)) / v;
    return x == INF ? x : x >= 1.0f ? (float)r : NAN;
}
F1(atanh)
{
    double a = __builtin_fabs((double)x), z = a * a;
    double r = a < 0.01 ? a * (1.0 + z * (1.0 / 3 + z * 0.2)) : 0.5 * log_simple(a < 1.0 ? (1.0 + a) / (1.0 - a) : 1.0, 0);
    r = a == 1.0 ? (double)INF : r;
    return a <= 1.0 ? __builtin_copysignf((float)r, x) : NAN;
}

F1(cbrt)
{
    double a = __builtin_fabs((double)x);
    a = a > 0.0 && a < (double)INF ? a : 1.0;
    double y = double_of(bits_d(a) / 3 + 0x2a9f7893782da1ceu);
    for (int i = 0; i < 3; i++) {
        double t = y * y * y;
        y = y * (t + 2.0 * a) / (2.0 * t + a);       /* Halley */
    }
    return x == 0.0f || __builtin_fabsf(x) == INF || x != x ? x : __builtin_copysignf((float)y, x);
}

F1(erf)
{
    /* near 0 a series; else 1 minus the exponential of a polynomial, which is below 0.16: its error counts little */
    float a = __builtin_fabsf(x), near = __builtin_fmaf(a, POLYF(erf_near, a * a), a);
    float log_rest = POLYF(log_erfc, a < 1.0f ? 1.0f : a > 4.0f ? 4.0f : a);
    float n = __builtin_rintf(log_rest * 1.44269504088896341f);
    float r = 1.0f - exp_rest(log_rest, n) * float_of((uint32_t)((int)n + 127) << 23);
    r = a < 1.0f ? near : a > 4.0f ? 1.0f : r;
    return x != x ? x : __builtin_copysignf(r, x);
}
F1(erfc)
{
    double d = (double)x, a = __builtin_fabs(d), z = a * a, t = (a - 3.0) / (a + 3.0);
    double inner = d * POLY(erf_f, z);
    double outer = exp_core(-clamp(z, 0.0, 200.0), 0.0) * POLY(erfc_f, clamp(t, -0.5, 0.6)) / (a < 1.0 ? 1.0 : a);
    outer = a > 11.0 ? 0.0 : outer;
    double r = a < 1.0 ? 1.0 - inner : d > 0.0 ? outer : 2.0 - outer;
    return x != x ? x : (float)r;
}

F2(pow)
{
    float a = __builtin_fabsf(x), ay = __builtin_fabsf(y);
    int whole = ay >= 16777216.0f || __builtin_truncf(y) == y;
    int odd = whole && ay < 16777216.0f && ((int)ay & 1);
    double l = log_simple(a > 0.0f && a < INF ? (double)a : 1.0, 0);
    double r = exp_core(clamp((double)y * l, -400.0, 400.0), 0.0);
    float v = (float)r;
    v = a == 0.0f ? (y < 0.0f ? INF : 0.0f) : v;
    v = a == INF ? (y < 0.0f ? 0.0f : INF) : v;
    float far = (a > 1.0f) == (y > 0.0f) ? INF : 0.0f;
    v = ay == INF && a != 1.0f ? far : v;
    v = x < 0.0f && a != INF && !whole ? NAN : v;
    v = __builtin_signbit(x) && odd ? -v : v;
    v = x != x || y != y ? NAN : v;
    v = a == 1.0f && ay == INF ? 1.0f : v;
    return x == 1.0f || y == 0.0f ? 1.0f : v;
}

F2(hypot)
{
    double a = (double)x, b = (double)y;
    float r = (float)__builtin_sqrt(a * a + b * b);
    return __builtin_fabsf(x) == INF || __builtin_fabsf(y) == INF ? INF : r;
}
F2(fdim) { return x != x || y != y ? NAN : x > y ? x - y : 0.0f; }

F2(fmod)
{
    extern double tnm_fmod(double, double) __attribute__((const, nothrow));
    return (float)tnm_fmod((double)x, (double)y);
}
F2(remainder)
{
    extern double tnm_remainder(double, double) __attribute__((const, nothrow));
    return (float)tnm_remainder((double)x, (double)y);
}
F1(tgamma)
{
    extern double tnm_tgamma(double) __attribute__((const, nothrow));
    return (float)tnm_tgamma((double)x);
}
F1(lgamma)
{
    extern double tnm_lgamma(double) __attribute__((const, nothrow));
    return (float)tnm_lgamma((double)x);
}

/* ---- by bits ---- */
INLINE float tnm_ldexpf(float x, int e);
INLINE float tnm_ldexpf(float x, int e)
{
    e = e < -400 ? -400 : e > 400 ? 400 : e;
    return (float)((double)x * double_of((uint64_t)(e + 1023) << 52));
}
F1(logb)
{
    float e = (float)((int)(bits_d((double)x) >> 52 & 2047) - 1023);
    return x == 0.0f ? -INF : __builtin_fabsf(x) == INF ? INF : x != x ? x : e;
}
INLINE int tnm_ilogbf(float x);
INLINE int tnm_ilogbf(float x)
{
    return x == 0.0f || x != x ? -2147483647 - 1 : __builtin_fabsf(x) == INF ? 2147483647
                                                                            : (int)(bits_d((double)x) >> 52 & 2047) - 1023;
}
F2(nextafter)
{
    uint32_t u = bits_f(x);
    uint32_t away = (x < y) == !(u >> 31) ? u + 1 : u - 1;
    float r = x == 0.0f ? float_of((bits_f(y) & 0x80000000u) | 1u) : float_of(away);
    return x != x || y != y ? NAN : x == y ? y : r;
}
