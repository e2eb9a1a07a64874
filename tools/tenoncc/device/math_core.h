/* SPDX-License-Identifier: Apache-2.0 */
/*
 * device/math_core.h - the pieces that both precisions are made of, in double and without branches: exponential,
 * logarithm, sine and cosine of a reduced argument, polynomials. Errors are those of double arithmetic, a few 2^-53.
 */
#ifndef TNCC_DEVICE_MATH_CORE_H
#define TNCC_DEVICE_MATH_CORE_H

#include "tools/tenoncc/device/math.h"

#define POLY(c, x) poly_d(c, sizeof(c) / sizeof *(c), x)
#define POLYF(c, x) poly_f(c, sizeof(c) / sizeof *(c), x)
#define CORE static inline __attribute__((always_inline, const, nothrow, unused))
/* For those that give something back through a pointer. */
#define PAIR static inline __attribute__((always_inline, nothrow, unused))

CORE double poly_d(const double *c, unsigned n, double x)
{
    double p = c[0];
#pragma clang loop unroll(full)
    for (unsigned i = 1; i < n; i++)
        p = __builtin_fma(p, x, c[i]);
    return p;
}

CORE float poly_f(const float *c, unsigned n, float x)
{
    float p = c[0];
#pragma clang loop unroll(full)
    for (unsigned i = 1; i < n; i++)
        p = __builtin_fmaf(p, x, c[i]);
    return p;
}

#define LN2_HI 0x1.62e42fefa38p-1       /* 42 bits: exact times any exponent */
#define LN2_LO 0x1.ef35793c7673p-45
#define PI 0x1.921fb54442d18p+1
#define PI_LO 0x1.1a62633145c07p-53

/* 2^k for k in -2098 ... 2046, in two steps */
CORE double scale_d(double v, int64_t k)
{
    int64_t half = k >> 1;
    return v * double_of((uint64_t)(half + 1023) << 52) * double_of((uint64_t)(k - half + 1023) << 52);
}

/* exp(hi + lo), |lo| small; hi within +-1100 */
CORE double exp_core(double hi, double lo)
{
    static const double c[] = { 1.0 / 6227020800.0, 1.0 / 479001600.0, 1.0 / 39916800.0, 1.0 / 3628800.0, 1.0 / 362880.0,
                                1.0 / 40320.0, 1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5 };
    double n = __builtin_rint(hi * 1.4426950408889634074);
    double r = __builtin_fma(n, -LN2_HI, hi), e = __builtin_fma(n, -LN2_LO, lo);
    double x = r + e, rest = (r - x) + e;
    double p = __builtin_fma(POLY(c, x), x * x, rest);
    return scale_d(1.0 + (x + p), (int64_t)n);
}

/* The same as a sum, for what goes on to calculate with it. */
PAIR double exp_pair(double hi, double lo, double *out_lo)
{
    static const double c[] = { 1.0 / 6227020800.0, 1.0 / 479001600.0, 1.0 / 39916800.0, 1.0 / 3628800.0, 1.0 / 362880.0,
                                1.0 / 40320.0, 1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5 };
    double n = __builtin_rint(hi * 1.4426950408889634074);
    double r = __builtin_fma(n, -LN2_HI, hi), e = __builtin_fma(n, -LN2_LO, lo);
    double x = r + e, rest = (r - x) + e;
    double p = __builtin_fma(POLY(c, x), x * x, rest), s = x + p, v = 1.0 + s;
    *out_lo = scale_d(((1.0 - v) + s) + ((x - s) + p), (int64_t)n);
    return scale_d(v, (int64_t)n);
}

/* log of a positive, finite, normal number as hi + lo */
PAIR double log_core(double v, int64_t extra, double *lo)
{
    uint64_t u = bits_d(v) + (0x3ff0000000000000u - 0x3fe6a09e667f3bcdu);
    int64_t e = (int64_t)(u >> 52) - 1023;
    double f = double_of((u & 0x000fffffffffffffu) + 0x3fe6a09e667f3bcdu) - 1.0;
    static const double c[] = { 2.0 / 23, 2.0 / 21, 2.0 / 19, 2.0 / 17, 2.0 / 15, 2.0 / 13, 2.0 / 11, 2.0 / 9, 2.0 / 7, 2.0 / 5,
                                2.0 / 3 };
    double s = f / (2.0 + f), z = s * s, r = z * POLY(c, z), half = 0.5 * f * f, n = (double)(e + extra);
    /* log(1 + f) = f - f^2/2 + s (f^2/2 + r) */
    double low = __builtin_fma(n, LN2_LO, s * (half + r));
    double a = n * LN2_HI, big = a + f, back = big - a, err = (a - (big - back)) + (f - back);
    double b = big - half, bb = b - big, err2 = (big - (b - bb)) + (-half - bb);
    *lo = low + (err + err2) - __builtin_fma(0.5 * f, f, -half);
    return b;
}

CORE double log_simple(double v, int64_t extra)
{
    double lo, hi = log_core(v, extra, &lo);
    return hi + lo;
}

/* Sine and cosine for |x| <= pi/4, x + lo; as sums */
PAIR double sin_pair(double x, double lo, double *out_lo)
{
    static const double c[] = { 1.0 / 355687428096000.0, -1.0 / 1307674368000.0, 1.0 / 6227020800.0, -1.0 / 39916800.0,
                                1.0 / 362880.0, -1.0 / 5040.0, 1.0 / 120.0, -1.0 / 6.0 };
    double z = x * x;
    double w = __builtin_fma(POLY(c, z) * z, x, lo * (1.0 - 0.5 * z)), s = x + w;
    *out_lo = (x - s) + w;
    return s;
}

PAIR double cos_pair(double x, double lo, double *out_lo)
{
    static const double c[] = { 1.0 / 20922789888000.0, -1.0 / 87178291200.0, 1.0 / 479001600.0, -1.0 / 3628800.0, 1.0 / 40320.0,
                                -1.0 / 720.0, 1.0 / 24.0 };
    double z = x * x, half = 0.5 * z, w = 1.0 - half;
    double t = ((1.0 - w) - half) + __builtin_fma(z * z, POLY(c, z), -x * lo), v = w + t;
    *out_lo = (w - v) + t;
    return v;
}

CORE double sin_core(double x, double lo)
{
    double low;
    return sin_pair(x, lo, &low);
}

CORE double cos_core(double x, double lo)
{
    double low;
    return cos_pair(x, lo, &low);
}

#endif
