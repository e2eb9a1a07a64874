/* SPDX-License-Identifier: Apache-2.0 */
/*
 * device/math64.c - double-precision mathematics. The elementary functions are inlined; the rest is called. Where one
 * double is too little (powers, gamma) values are carried as unevaluated sums hi + lo.
 */
#include "tools/tenoncc/device/math_core.h"
#include "tools/tenoncc/device/math_tables.h"

#define D1(name, how) how double tnm_##name(double x); how double tnm_##name(double x)
#define D2(name, how) how double tnm_##name(double x, double y); how double tnm_##name(double x, double y)
#define DINF ((double)INF)
#define DNAN ((double)NAN)

CORE double clamp(double x, double least, double most)
{
    return x < least ? least : x > most ? most : x;
}

/* ---- exponentials and logarithms ---- */
D1(exp, INLINE)
{
    double r = exp_core(clamp(x, -800.0, 800.0), 0.0);
    return x != x ? x : r;
}
D1(exp2, INLINE)
{
    double n = __builtin_rint(clamp(x, -1200.0, 1200.0)), f = clamp(x, -1200.0, 1200.0) - n;
    double hi = f * 0.693147180559945286227, lo = __builtin_fma(f, 0.693147180559945286227, -hi) + f * 2.319046813846299558e-17;
    return x != x ? x : scale_d(exp_core(hi, lo), (int64_t)n);
}
D1(exp10, INLINE)
{
    double c = clamp(x, -400.0, 400.0), hi = c * 2.30258509299404590109;
    double lo = __builtin_fma(c, 2.30258509299404590109, -hi) + c * -2.1707562233822494e-16;
    return x != x ? x : exp_core(hi, lo);
}
D1(expm1, INLINE)
{
    static const double c[] = { 1.0 / 6227020800.0, 1.0 / 479001600.0, 1.0 / 39916800.0, 1.0 / 3628800.0, 1.0 / 362880.0,
                                1.0 / 40320.0, 1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0 };
    double k = clamp(x, -60.0, 720.0), n = __builtin_rint(k * 1.4426950408889634074);
    double r = __builtin_fma(n, -LN2_HI, k), e = n * -LN2_LO, v = r + e, rest = (r - v) + e;
    /* v + v^2/2 as a sum, the rest is small beside it */
    double vv = v * v, h = 0.5 * vv, a = v + h, w = __builtin_fma(POLY(c, v) * v, vv, rest + 0.5 * __builtin_fma(v, v, -vv));
    w += (v - a) + h;
    double p = a + w, pl = (a - p) + w;
    double half = double_of((uint64_t)((int64_t)n - 1 + 1023) << 52);      /* 2^(n-1) */
    double s = half - 0.5, t = __builtin_fma(half, p, s), b = t - s, lost = (s - (t - b)) + (half * p - b);
    double big = 2.0 * (t + __builtin_fma(half, pl, lost));
    return x != x ? x : x == 0.0 ? x : x > 709.79 ? DINF : big;
}

CORE double log_special(double x, double r)
{
    r = x == DINF ? x : r;
    r = x == 0.0 ? -DINF : r;
    return x >= 0.0 ? r : DNAN;
}

PAIR double log_pair(double x, double *lo)
{
    int tiny = x < 0x1p-1022;
    double v = tiny ? x * 0x1p54 : x;
    return log_core(v > 0.0 && v < DINF ? v : 1.0, tiny ? -54 : 0, lo);
}

D1(log, INLINE)
{
    double lo, hi = log_pair(x, &lo);
    return log_special(x, hi + lo);
}
D1(log2, INLINE)
{
    double lo, hi = log_pair(x, &lo), p = hi * 1.4426950408889633870;
    double r = __builtin_fma(hi, 1.4426950408889633870, -p) + (lo * 1.4426950408889633870 + hi * 2.0355273740931033e-17);
    return log_special(x, p + r);
}
D1(log10, INLINE)
{
    double lo, hi = log_pair(x, &lo), p = hi * 0.43429448190325181667;
    double r = __builtin_fma(hi, 0.43429448190325181667, -p) + (lo * 0.43429448190325181667 + hi * 1.0983196502167650e-17);
    return log_special(x, p + r);
}
D1(log1p, INLINE)
{
    double v = 1.0 + x, good = v > 0.0 && v < DINF ? v : 1.0;
    double lost = x > 1.0 ? 1.0 - (v - x) : x - (v - 1.0), lo, hi = log_core(good, 0, &lo), r = hi + (lo + lost / good);
    r = v == 0.0 ? -DINF : r;
    r = x == DINF ? x : r;
    return __builtin_fabs(x) < 0x1p-54 ? x : x >= -1.0 ? r : DNAN;
}

/* ---- circular functions ---- */
/* x = q pi/2 + (r + lo). Up to 2^20 with pi in three parts; above, by the bits of 2/pi. */
static __attribute__((noinline)) double reduce_large(double x, int *quarter, double *lo)
{
    uint64_t u = bits_d(x), m = (u & 0x000fffffffffffffu) | 1ull << 52;
    int e = (int)(u >> 52 & 2047) - 1075;                 /* x = m 2^e */
    if (e > 971 || x != x) {
        *quarter = 0;
        *lo = 0;
        return DNAN;
    }
    /* the bits of 2/pi from weight 2^-(e-2) on: what is before makes whole multiples of four quarters */
    int skip = e - 2 > 0 ? e - 2 : 0, word = skip / 64, shift = skip % 64;
    int up = e - 2 < 0 ? 2 - e : 0;                       /* for e below 2 the product is shifted down instead */
    uint64_t w[3];
    for (int k = 0; k < 3; k++)
        w[k] = shift ? two_over_pi[word + k] << shift | two_over_pi[word + k + 1] >> (64 - shift) : two_over_pi[word + k];
    unsigned __int128 p2 = (unsigned __int128)m * w[2], p1 = (unsigned __int128)m * w[1] + (uint64_t)(p2 >> 64);
    uint64_t top = m * w[0] + (uint64_t)(p1 >> 64), high = (uint64_t)p1, carry = m * w[0] > top;
    unsigned __int128 above = ((unsigned __int128)m * w[0] >> 64) + carry;
    /* value = above:top:high with the point behind `above`, times 2^2 / 2^up quarters: bring two whole bits to the top */
    if (up) {
        unsigned __int128 all = (unsigned __int128)top << 64 | high;
        all = all >> up | (up < 128 ? above << (128 - up) : 0);
        top = (uint64_t)(all >> 64);
        high = (uint64_t)all;
    }
    uint64_t near = top + (1ull << 61);
    int q = (int)(near >> 62);
    top -= near & 3ull << 62;
    int negative = (int64_t)top < 0;
    if (negative) {
        top = ~top;
        high = ~high;
    }
    /* top:high times 2^-62-64, as hi + lo, times pi/2 */
    int zeros = top ? __builtin_clzll(top) : 64;
    unsigned __int128 all = ((unsigned __int128)top << 64 | high) << zeros;
    double hi = (double)(uint64_t)(all >> 75) * __builtin_ldexp(1.0, 75 - zeros - 126);
    double rest = (double)(uint64_t)((all << 53) >> 64) * __builtin_ldexp(1.0, 11 - zeros - 126);
    double r = hi * (0.5 * PI), tail = __builtin_fma(hi, 0.5 * PI, -r) + (hi * (0.5 * PI_LO) + rest * (0.5 * PI));
    if (negative)
        r = -r, tail = -tail;
    if (u >> 63)
        r = -r, tail = -tail, q = -q;
    *quarter = q;
    *lo = tail;
    return r;
}

PAIR double reduce(double x, int *quarter, double *lo)
{
    if (!(__builtin_fabs(x) < 0x1p20))
        return reduce_large(x, quarter, lo);
    static const double part[3] = { 0x1.921fb544p+0, 0x1.0b4611a6p-34, 0x1.3198a2e03707p-69 };   /* pi/2 */
    double n = __builtin_rint(x * 0.63661977236758134308);
    double a = __builtin_fma(n, -part[0], x), b = n * part[1], r = a - b, bb = r - a;
    double err = (a - (r - bb)) - (b + bb), c = __builtin_fma(n, part[2], -err), v = r - c;
    *quarter = (int)n;
    *lo = (r - v) - c;
    return v;
}

CORE double sin_or_cos(double x, int plus)
{
    int q;
    double lo, r = reduce(x, &q, &lo);
    q += plus;
    double v = q & 1 ? cos_core(r, lo) : sin_core(r, lo);
    return q & 2 ? -v : v;
}

D1(sin, CALLED) { return x == 0.0 ? x : sin_or_cos(x, 0); }
D1(cos, CALLED) { return sin_or_cos(x, 1); }
D1(tan, CALLED)
{
    int q;
    double lo, sl, cl, r = reduce(x, &q, &lo), s = sin_pair(r, lo, &sl), c = cos_pair(r, lo, &cl);
    double n = q & 1 ? -c : s, nl = q & 1 ? -cl : sl, d = q & 1 ? s : c, dl = q & 1 ? sl : cl, t = n / d;
    return x == 0.0 ? x : t + (__builtin_fma(-t, d, n) + (nl - t * dl)) / d;
}

CORE double atan_of(double x)
{
    double a = __builtin_fabs(x), t = a > 1.0 ? 1.0 / a : a, p = t * POLY(atan_d, t * t);
    /* the fit loses a bit near 1: step the argument there */
    double near = (t - 0.75) / (1.0 + 0.75 * t), pn = 0.64350110879328438680 + (near * POLY(atan_d, near * near) + 9.5e-19);
    p = t > 0.4 ? pn : p;
    p = a > 1.0 ? 0.5 * PI - (p - 0.5 * PI_LO) : p;
    return __builtin_copysign(p, x);
}
D1(atan, INLINE) { return x == 0.0 || x != x ? x : atan_of(x); }
D1(asin, INLINE)
{
    double a = __builtin_fabs(x), z = a > 0.5 ? 0.5 * (1.0 - a) : a * a, s = a > 0.5 ? __builtin_sqrt(z) : a;
    double more = s * z * poly_d(asin_d, sizeof asin_d / sizeof *asin_d - 1, z);       /* asin(s) - s */
    double lost = a > 0.5 ? __builtin_fma(-s, s, z) / (s + s + (s == 0.0)) : 0.0;
    double r = 0.5 * PI - 2.0 * s, e = (0.5 * PI - r) - 2.0 * s;
    double p = a > 0.5 ? r + (e - (2.0 * (more + lost) - 0.5 * PI_LO)) : s + more;
    return x == 0.0 ? x : a <= 1.0 ? __builtin_copysign(p, x) : DNAN;
}
D1(acos, INLINE)
{
    double a = __builtin_fabs(x), z = a > 0.5 ? 0.5 * (1.0 - a) : a * a, s = a > 0.5 ? __builtin_sqrt(z) : x;
    double p = s * POLY(asin_d, z), lost = a > 0.5 ? __builtin_fma(-s, s, z) / (s + s + (s == 0.0)) : 0.0;
    double near = 2.0 * (p + lost), r = x > 0.5 ? near : PI - (near - 0x1.1a62633145c07p-53);
    r = a > 0.5 ? r : 0.5 * PI - (p - 0x1.1a62633145c07p-54);
    return a <= 1.0 ? r : DNAN;
}
D2(atan2, INLINE)
{
    double an = __builtin_fabs(x), ad = __builtin_fabs(y), big = an > ad ? an : ad, small = an > ad ? ad : an;
    double q = big == 0.0 ? 0.0 : small == DINF ? 1.0 : small / big;
    double r = q == 0.0 ? q : atan_of(q);
    r = an > ad ? 0.5 * PI - (r - 0x1.1a62633145c07p-54) : r;
    r = __builtin_signbit(y) ? PI - (r - 0x1.1a62633145c07p-53) : r;
    return x != x || y != y ? DNAN : __builtin_copysign(r, x);
}

/* ---- hyperbolic functions ---- */
/* exp(a) / 2 as a sum, for a >= 0 */
PAIR double half_exp(double a, double *lo)
{
    double c = clamp(a, 0.0, 711.0), h = c - 0x1.62e42fefa39efp-1, b = h - c;
    return exp_pair(h, ((c - (h - b)) - (0x1.62e42fefa39efp-1 + b)) - 0x1.abc9e3b39803fp-56, lo);
}
/* sinh(a) - a and cosh(a) - 1 for a < 1 */
CORE double sinh_more(double a)
{
    static const double c[] = { 1.0 / 121645100408832000.0, 1.0 / 355687428096000.0, 1.0 / 1307674368000.0, 1.0 / 6227020800.0,
                                1.0 / 39916800.0, 1.0 / 362880.0, 1.0 / 5040.0, 1.0 / 120.0, 1.0 / 6.0 };
    return a * (a * a) * POLY(c, a * a);
}
CORE double cosh_more(double a)
{
    static const double c[] = { 1.0 / 2432902008176640000.0, 1.0 / 6402373705728000.0, 1.0 / 20922789888000.0, 1.0 / 87178291200.0,
                                1.0 / 479001600.0, 1.0 / 3628800.0, 1.0 / 40320.0, 1.0 / 720.0, 1.0 / 24.0, 0.5 };
    return a * a * POLY(c, a * a);
}
D1(sinh, INLINE)
{
    double a = __builtin_fabs(x), lo, e = half_exp(a, &lo), q = 0.25 / e, r = e - q;
    r = r + (((e - r) - q) + lo);
    r = a < 1.0 ? a + sinh_more(a) : e > 0x1.fffffffffffffp1023 ? DINF : r;
    return x == 0.0 || x != x ? x : __builtin_copysign(r, x);
}
D1(cosh, INLINE)
{
    double a = __builtin_fabs(x), lo, e = half_exp(a, &lo), q = 0.25 / e, r = e + q;
    r = r + (((e - r) + q) + lo);
    return x != x ? x : e > 0x1.fffffffffffffp1023 ? DINF : r;
}
D1(tanh, INLINE)
{
    double a = __builtin_fabs(x), c = a > 22.0 ? 22.0 : a;
    /* 1 - 2 / (exp(2a) + 1) with what the divisor and the quotient lose, and sinh / cosh of what is small */
    double lo, e = exp_pair(2.0 * c, 0.0, &lo), d = e + 1.0, dl = (e - d) + 1.0 + lo, t = 2.0 / d;
    double tl = (__builtin_fma(-t, d, 2.0) - t * dl) / d, r = 1.0 - t;
    r = r + (((1.0 - r) - t) - tl);
    double f = a < 0.55 ? a : 0.0, sl = sinh_more(f), n = f + sl, nl = (f - n) + sl;
    double cl = cosh_more(f), m = 1.0 + cl, ml = (1.0 - m) + cl, q = n / m;
    q = q + (__builtin_fma(-q, m, n) + (nl - q * ml)) / m;
    r = a < 0.55 ? q : r;
    return x == 0.0 || x != x ? x : __builtin_copysign(r, x);
}
D1(asinh, INLINE)
{
    double a = __builtin_fabs(x), c = a > 1e9 ? 1.0 : a, w = c + c * c / (1.0 + __builtin_sqrt(1.0 + c * c));
    double r = a > 1e9 ? tnm_log(a) + 0.693147180559945309417 : tnm_log1p(w);
    return x == 0.0 || x != x ? x : __builtin_copysign(r, x);
}
D1(acosh, INLINE)
{
    double t = x > 1e9 ? 1.0 : x - 1.0;
    double r = x > 1e9 ? tnm_log(x) + 0.693147180559945309417 : tnm_log1p(t + __builtin_sqrt(2.0 * t + t * t));
    return x >= 1.0 ? r : DNAN;
}
D1(atanh, INLINE)
{
    static const double c[] = { 1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13, 1.0 / 11, 1.0 / 9, 1.0 / 7, 1.0 / 5, 1.0 / 3 };
    double a = __builtin_fabs(x), z = a * a, d = 1.0 - a, w = 2.0 * a / d;
    /* the logarithm of 1 + w + wl; d is exact from one half on, and its error below is small beside 1 */
    double dl = (1.0 - d) - a, wl = (__builtin_fma(-w, d, 2.0 * a) - w * dl) / d;
    double r = 0.5 * (tnm_log1p(w) + wl / (1.0 + w));
    r = a < 0.15 ? a + a * z * POLY(c, z) : r;
    r = a == 1.0 ? DINF : r;
    return x == 0.0 ? x : a <= 1.0 ? __builtin_copysign(r, x) : DNAN;
}

/* ---- roots, remainders, bits ---- */
D1(cbrt, INLINE)
{
    double a = __builtin_fabs(x);
    double scale = a < 0x1p-600 ? 0x1p180 : a > 0x1p600 ? 0x1p-180 : 1.0;
    a = a * scale * scale;
    a = a > 0.0 && a < DINF ? a : 1.0;
    double y = double_of(bits_d(a) / 3 + 0x2a9f7893782da1ceu);
    for (int i = 0; i < 3; i++) {
        double t = y * y * y;
        y = y * ((t + 2.0 * a) / (2.0 * t + a));
    }
    double s = y * y, e = __builtin_fma(y, y, -s), t = s * y;            /* y^3 - a, exactly enough */
    double d = (t - a) + (__builtin_fma(s, y, -t) + e * y);
    y -= d / (3.0 * s);
    y = scale > 1.0 ? y * 0x1p-120 : scale < 1.0 ? y * 0x1p120 : y;
    return x == 0.0 || __builtin_fabs(x) == DINF || x != x ? x : __builtin_copysign(y, x);
}
D2(hypot, INLINE)
{
    double a = __builtin_fabs(x), b = __builtin_fabs(y), big = a > b ? a : b, small = a > b ? b : a;
    double k = big > 0x1p500 ? 0x1p-600 : big < 0x1p-450 ? 0x1p600 : 1.0;
    double p = big * k, q = small * k, pp = p * p, e = __builtin_fma(p, p, -pp), s = pp + q * q;
    double r = __builtin_sqrt(s), low = (pp - s) + __builtin_fma(q, q, e) - __builtin_fma(r, r, -s);
    r = (r + (r > 0.0 ? low / (2.0 * r) : 0.0)) / k;
    return a == DINF || b == DINF ? DINF : x != x || y != y ? DNAN : small == 0.0 ? big : r;
}
D2(fdim, INLINE) { return x != x || y != y ? DNAN : x > y ? x - y : 0.0; }

/* Exact: long division, bit by bit. `low` is set to the lowest bit of the whole quotient. */
static double remain(double x, double y, int *low)
{
    uint64_t a = bits_d(x) & ~(1ull << 63), b = bits_d(y) & ~(1ull << 63);
    *low = 0;
    if (x != x || y != y || a >= 0x7ffull << 52 || b == 0)
        return DNAN;
    if (a < b)
        return x;
    int ea = (int)(a >> 52), eb = (int)(b >> 52);
    uint64_t ma = ea ? (a & 0x000fffffffffffffu) | 1ull << 52 : a, mb = eb ? (b & 0x000fffffffffffffu) | 1ull << 52 : b;
    ea += !ea, eb += !eb;
    for (int n = ea - eb;; n--) {
        *low = ma / mb & 1;
        ma %= mb;
        if (!n)
            break;
        ma <<= 1;
    }
    while (ma && ma < 1ull << 52 && eb > 1) {
        ma <<= 1;
        eb--;
    }
    uint64_t r = ma & 1ull << 52 ? (ma & 0x000fffffffffffffu) | (uint64_t)eb << 52 : ma;
    return __builtin_copysign(double_of(r), x);
}
D2(fmod, CALLED)
{
    int low;
    return remain(x, y, &low);
}
D2(remainder, CALLED)
{
    int low;
    double r = remain(x, y, &low), a = __builtin_fabs(r), b = __builtin_fabs(y), half = 0.5 * b;
    if (x != x || y != y || r != r || b == DINF)
        return r != r ? r : x;
    int over = b < 0x1p-1021 ? a + a > b || (a + a == b && low) : a > half || (a == half && low);
    return over ? r - __builtin_copysign(b, r) : r;
}
INLINE double tnm_ldexp(double x, int e);
INLINE double tnm_ldexp(double x, int e)
{
    e = e < -2200 ? -2200 : e > 2200 ? 2200 : e;
    int a = e < -1000 ? -1000 : e > 1000 ? 1000 : e, b = e - a < -1000 ? -1000 : e - a > 1000 ? 1000 : e - a;
    /* one rounding: the first step keeps away from the denormals */
    double first = e < 0 && e - a - b == 0 && b ? x * double_of((uint64_t)(b + 1023) << 52) : x;
    if (b && first == x)
        first = x * double_of((uint64_t)(b + 1023) << 52);
    return first * double_of((uint64_t)(a + 1023) << 52) * double_of((uint64_t)(e - a - b + 1023) << 52);
}
INLINE int tnm_ilogb(double x);
INLINE int tnm_ilogb(double x)
{
    int tiny = __builtin_fabs(x) < 0x1p-1022, e = (int)(bits_d(tiny ? x * 0x1p54 : x) >> 52 & 2047) - 1023 - (tiny ? 54 : 0);
    return x == 0.0 || x != x ? -2147483647 - 1 : __builtin_fabs(x) == DINF ? 2147483647 : e;
}
D1(logb, INLINE) { return x == 0.0 ? -DINF : __builtin_fabs(x) == DINF ? DINF : x != x ? x : (double)tnm_ilogb(x); }
D2(nextafter, INLINE)
{
    uint64_t u = bits_d(x), away = (x < y) == !(u >> 63) ? u + 1 : u - 1;
    double r = x == 0.0 ? double_of((bits_d(y) & 1ull << 63) | 1u) : double_of(away);
    return x != x || y != y ? DNAN : x == y ? y : r;
}

/* ---- errors and gamma ---- */
CORE double erfc_tail(double a)
{
    double t = (a - 3.0) / (a + 3.0), z = a * a, low = __builtin_fma(a, a, -z);
    return exp_core(-clamp(z, 0.0, 760.0), -low) * POLY(erfc_d, clamp(t, -0.5, 0.81)) / a;
}
D1(erf, CALLED)
{
    double a = __builtin_fabs(x);
    double r = a < 1.0 ? a * POLY(erf_d, a * a) : a > 6.5 ? 1.0 : 1.0 - erfc_tail(a);
    return x == 0.0 || x != x ? x : __builtin_copysign(r, x);
}
D1(erfc, CALLED)
{
    double a = __builtin_fabs(x), inner = 1.0 - x * POLY(erf_d, x * x);
    /* erf as a sum, its first two terms exactly, since little is left of 1 minus it */
    const unsigned n = sizeof erf_d / sizeof *erf_d;
    double z = a * a, p = a * z, pl = __builtin_fma(a, z, -p) + a * __builtin_fma(a, a, -z);
    double first = a * erf_d[n - 1], second = p * erf_d[n - 2], more = __builtin_fma(a, erf_d[n - 1], -first);
    more += __builtin_fma(p, erf_d[n - 2], -second) + pl * erf_d[n - 2] + p * z * poly_d(erf_d, n - 2, z);
    double near = (0.5 - first) + 0.5, lost = (0.5 - first) - (near - 0.5), sum = near - second, b = sum - near;
    lost += (near - (sum - b)) - (second + b);
    double r = a < 0.5 ? inner : a > 27.3 ? 0.0 : a < 1.0 ? sum + (lost - more) : erfc_tail(a);
    r = x <= -0.5 ? 2.0 - r : r;
    return x != x ? x : r;
}

/* log in twice the precision: hi + lo with an error of about 2^-100 of the larger of it and 1 */
static double log_double(double x, double *lo)
{
    double first = tnm_log(x), n = __builtin_rint(first * 1.4426950408889634074);
    /* one Newton step in log space: log x = first + log(x exp(-first)), x exp(-first) = 1 + d */
    /* exp(first) = 2^n exp(r), r = first - n ln 2 in two parts; its series in two parts */
    double r = __builtin_fma(n, -LN2_HI, first), rl = -n * LN2_LO;
    double rh = r + rl, rr = (r - rh) + rl;
    double sum = 1.0, low = 0.0, th = 1.0, tl = 0.0;
    for (int k = 1; k < 26; k++) {
        double ph = th * rh, pl = __builtin_fma(th, rh, -ph) + th * rr + tl * rh, inv = 1.0 / k;
        double il = __builtin_fma(-inv, (double)k, 1.0) / k;
        th = ph * inv;
        tl = __builtin_fma(ph, inv, -th) + ph * il + pl * inv;
        double s = sum + th, bb = s - sum;
        low += (sum - (s - bb)) + (th - bb) + tl;
        sum = s;
    }
    double m = x * double_of((uint64_t)(1023 - (int64_t)n / 2) << 52) * double_of((uint64_t)(1023 - ((int64_t)n - (int64_t)n / 2)) << 52);
    double d = ((m - sum) - low) / sum;
    double corrected = d - 0.5 * d * d;
    double hi = first + corrected;
    *lo = (first - hi) + corrected;
    return hi;
}

D2(pow, CALLED)
{
    double a = __builtin_fabs(x), ay = __builtin_fabs(y);
    int whole = ay >= 0x1p53 || __builtin_trunc(y) == y, odd = whole && ay < 0x1p53 && ((int64_t)ay & 1);
    if (y == 0.0 || x == 1.0)
        return 1.0;
    if (x != x || y != y)
        return DNAN;
    if (ay == DINF)
        return a == 1.0 ? 1.0 : (a > 1.0) == (y > 0.0) ? DINF : 0.0;
    if (a == 0.0 || a == DINF) {
        double r = (a == 0.0) == (y < 0.0) ? DINF : 0.0;
        return __builtin_signbit(x) && odd ? -r : r;
    }
    if (x < 0.0 && !whole)
        return DNAN;
    double v = a < 0x1p-1022 ? a * 0x1p54 : a, lo, hi = log_double(v, &lo);
    if (a < 0x1p-1022) {
        double h = hi - 54.0 * LN2_HI, b = h - hi;
        lo += ((hi - (h - b)) - (54.0 * LN2_HI + b)) - 54.0 * LN2_LO;
        hi = h;
    }
    double p = y * hi, e = __builtin_fma(y, hi, -p) + y * lo;
    double r = p > 710.0 ? DINF : p < -750.0 ? 0.0 : exp_core(p, e);
    return x < 0.0 && odd ? -r : r;
}

/* log gamma for x >= 12, hi + lo */
static double lgamma_large(double x, double *lo)
{
    double l, h = log_double(x, &l), w = 1.0 / x, rest = w * POLY(stirling, w * w);
    double k = x - 0.5, p = k * h, e = __builtin_fma(k, h, -p) + k * l;
    double s = p - x, b = s - p;
    e += (p - (s - b)) - (x + b);
    double t = s + 0.91893853320467274178, bb = t - s;
    e += (s - (t - bb)) + (0.91893853320467274178 - bb) + rest;
    *lo = e;
    return t;
}

D1(tgamma, CALLED)
{
    if (x != x || x == DINF)
        return x;
    if (x == 0.0)
        return __builtin_copysign(DINF, x);
    if (x < 0.0 && __builtin_trunc(x) == x)
        return DNAN;
    if (x > 172.0)
        return DINF;
    if (x < -184.0)
        return __builtin_trunc(0.5 * x) == 0.5 * __builtin_trunc(x) ? -0.0 : 0.0;
    if (x < -20.0) {                                       /* gamma(x) gamma(1 - x) = pi / sin(pi x) */
        double n = __builtin_rint(x), s = tnm_sin(PI * (x - n)), lo, hi = lgamma_large(-x, &lo);
        if (n - 2.0 * __builtin_trunc(0.5 * n) != 0.0)
            s = -s;
        /* gamma(-x) (-x) = gamma(1 - x) */
        double half = exp_core(-0.5 * hi, -0.5 * lo);
        return PI / (s * -x) * half * half;
    }
    double product = 1.0, low = 0.0, z = x, lost = 0.0, k = 0.0;
    while (z < 12.0) {
        double p = product * z;
        low = __builtin_fma(product, z, -p) + low * z + product * lost;
        product = p;
        k += 1.0;
        z = x + k;
        lost = __builtin_fabs(x) < k ? x - (z - k) : k - (z - x);
    }
    double lo, hi = lgamma_large(z, &lo), r = exp_core(hi, lo + lost * tnm_log(z));
    return product == 1.0 ? r : r / product * (1.0 - low / product);
}

D1(lgamma, CALLED)
{
    double lo, a = __builtin_fabs(x);
    if (x != x || a == DINF)
        return a;
    if (x <= 0.0 && __builtin_trunc(x) == x)
        return DINF;
    if (x < -0.25) {
        double n = __builtin_rint(x), s = __builtin_fabs(tnm_sin(PI * (x - n)));
        return tnm_log(PI / (s * a)) - tnm_lgamma(a);
    }
    if (x > 1e17)
        return x * (tnm_log(x) - 1.0);
    if (x >= 12.0) {
        double hi = lgamma_large(x, &lo);
        return hi + lo;
    }
    /* down to 0.75 <= z < 2.25, or up from below */
    double z = x, product = 1.0;
    while (z >= 2.25) {
        z -= 1.0;
        product *= z;
    }
    double up = 1.0;
    if (z < 0.75) {
        up = z;
        z += 1.0;
    }
    double t = z - 1.0, base = t * (t - 1.0) * POLY(lgamma_d, t);
    return base + tnm_log(product) - tnm_log(__builtin_fabs(up));
}
