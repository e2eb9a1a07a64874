/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/kernels/narrow.c - runs the kernels of narrow.cu and compares each 16-bit result with the exact one, rounded here.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kernels/harness.h"

enum { NEAREST, ZERO, DOWN, UP };
enum { COUNT = 512, RESULTS = 32 };

struct kind {
    const char *kernel;
    int bits, exponent_bits; /* of the significand, with the hidden one */
};
static const struct kind kinds[2] = { { "halves16", 11, 5 }, { "bfloats", 8, 8 } };

static long double value(const struct kind *k, uint32_t b)
{
    int bias = (1 << (k->exponent_bits - 1)) - 1, e = (int)(b >> (k->bits - 1) & ((1u << k->exponent_bits) - 1));
    long double m = b & ((1u << (k->bits - 1)) - 1), sign = b & 0x8000 ? -1 : 1;
    if (e == (1 << k->exponent_bits) - 1)
        return m != 0 ? (long double)NAN : sign * (long double)INFINITY;
    return sign * (e ? ldexpl(m + (1 << (k->bits - 1)), e - bias - k->bits + 1) : ldexpl(m, 2 - bias - k->bits));
}

static uint32_t rounded(const struct kind *k, long double v, int mode)
{
    int bias = (1 << (k->exponent_bits - 1)) - 1, e;
    uint32_t sign = signbit(v) ? 0x8000 : 0, inf = ((1u << k->exponent_bits) - 1) << (k->bits - 1);
    if (isnan(v))
        return 0x7fff;
    if (isinf(v) || v == 0)
        return sign | (v == 0 ? 0 : inf);
    frexpl(v, &e);
    if (e < 2 - bias)
        e = 2 - bias;
    long double scaled = ldexpl(v, k->bits - e);
    scaled = mode == NEAREST ? rintl(scaled) : mode == ZERO ? truncl(scaled) : mode == DOWN ? floorl(scaled) : ceill(scaled);
    uint64_t m = (uint64_t)fabsl(scaled), b = m;
    if (e > 2 - bias || m >> (k->bits - 1))
        b = m + ((uint64_t)(e + bias - 2) << (k->bits - 1));
    if (b >= inf) {
        int stays = mode == ZERO || (mode == DOWN && !sign) || (mode == UP && sign);
        b = stays ? inf - 1 : inf;
    }
    return sign | (uint32_t)b;
}

static const struct kind *current;
static void want(int line, const char *what, uint32_t got, long double v, int mode)
{
    uint32_t r = rounded(current, v, mode);
    if (got != r && !(isnan(v) && isnan(value(current, got))))
        kt_fail(__FILE__, line, "%s: %s is %04x, not %04x (%Lg)", current->kernel, what, got, r, v);
}
#define WANT(n, v)          want(__LINE__, "result " #n, o[n], v, NEAREST)
#define WANT_MODE(n, v, by) want(__LINE__, "result " #n, o[n], v, by)
#define WANT_PAIR(n, lo, hi)                                                                                           \
    (want(__LINE__, "low " #n, o[n] & 0xffff, lo, NEAREST), want(__LINE__, "high " #n, o[n] >> 16, hi, NEAREST))

static long double once(long double v)
{
    return value(current, rounded(current, v, NEAREST));
}

static uint32_t relations(long double a, long double b, int unordered)
{
    int u = unordered && (isnan(a) || isnan(b)), o = !(isnan(a) || isnan(b));
    return (uint32_t)((a < b || u) | (a > b || u) << 1 | (a <= b || u) << 2 | (a >= b || u) << 3 | (a == b || u) << 4 |
                      (o ? a != b : u) << 5);
}

static int whole(long double v)
{
    return isnan(v) ? 0 : v >= 2147483647.0L ? 2147483647 : v <= -2147483648.0L ? -2147483647 - 1 : (int)v;
}

static void check_common(const uint32_t *o, long double a, long double b)
{
    long double unit = once(a + b);
    WANT(0, a + b);
    WANT(1, a - b);
    WANT(2, a * b);
    WANT(3, a / b);
    WANT(4, a * b + 0.75L);
    KT_CHECK(o[5] == (relations(a, b, 0) | (uint32_t)(a != b) << 5) && o[6] == relations(a, b, 0) &&
             o[7] == relations(a, b, 1));
    WANT(8, fmaxl(a, b));
    WANT(9, fminl(a, b));
    KT_CHECK(isnan(a) || (o[10] == rounded(current, -a, NEAREST) && o[11] == rounded(current, fabsl(a), NEAREST)));
    WANT(12, isnan(unit) ? 0 : unit < 0 ? 0 : unit > 1 ? 1 : unit);
    KT_CHECK(o[13] == (uint32_t)(isnan(a) | ((isinf(a) ? (a < 0 ? -1 : 1) : 0) + 1) << 1));
    WANT(14, sqrtl(fabsl(a)));
    WANT(15, once(once(a + b) - 0.75L) * b);
    WANT(16, floorl(a));
    WANT(17, isnan(a * b + 0.75L) ? (long double)NAN : a * b + 0.75L > 0 ? a * b + 0.75L : 0);
}

static void check_row(const uint32_t *o, float x, float y)
{
    long double a = once(x), b = once(y), q = 0.75L;
    check_common(o, a, b);
    WANT_PAIR(18, a + q, b + q);
    WANT_PAIR(19, a * q + a, b * q + b);
    WANT_PAIR(20, a > q, b > q);
    KT_CHECK(o[21] == ((uint32_t)(a > q && b > q) | (uint32_t)(a > q) << 1 | (uint32_t)(b > q) << 17));
    WANT_MODE(22, x, ZERO);
    WANT_MODE(23, x, DOWN);
    WANT_MODE(24, x, UP);
    KT_CHECK((int)o[25] == whole(rintl(a)) && (int)o[26] == whole(ceill(a)));
    KT_CHECK(o[27] == (isnan(a) || a < 0 ? 0 : a > 65535 ? 65535 : (uint32_t)a));
    WANT_MODE(28, whole(x * 1000), ZERO);
    long double low = once(b * q), high = once(a * q), lo = b * q - a, hi = a * q - b;
    /* a product and a difference may be one operation, rounded once */
    KT_CHECK(isnan(lo) || isnan(hi) || (o[29] & 0xffff) == rounded(current, low - a, NEAREST) ||
             (o[29] & 0xffff) == rounded(current, lo, NEAREST));
    KT_CHECK(isnan(lo) || isnan(hi) || o[29] >> 16 == rounded(current, high - b, NEAREST) ||
             o[29] >> 16 == rounded(current, hi, NEAREST));
    WANT(30, isnan(a) || isnan(b) ? (long double)NAN : fmaxl(a, b));
    if (current == &kinds[0])
        WANT(31, b);
    else
        WANT(31, (float)a + 0.5f);
}

static void test_kind(kt_module *m, const struct kind *k)
{
    static const float special[8] = { 0.0f, 1.0f, -2.5f, 65504.0f, INFINITY, NAN, 6e-8f, -70000.0f };
    static float x[COUNT], y[COUNT];
    static uint32_t out[COUNT][RESULTS];
    current = k;
    for (int i = 0; i < COUNT; i++) {
        float spread = ldexpf(1, rand() % 24 - 12);
        x[i] = i < 64 ? special[i / 8] : spread * ((float)rand() / (float)RAND_MAX - 0.5f);
        y[i] = i < 64 ? special[i % 8] : spread * ((float)rand() / (float)RAND_MAX - 0.5f) * (i % 3 ? 1.0f : 64.0f);
    }
    struct {
        void *x, *y, *out;
    } args = { x, y, out };
    KT_CHECK(!KT_RUN(m, k->kernel, KT_1D(COUNT / 64, 64), args));
    for (int i = 0; i < COUNT; i++)
        check_row(out[i], x[i], y[i]);
}

/* Halves, and doubles in the middle between two and next to it on either side. */
static void test_rounds(kt_module *m)
{
    enum { ROUNDS = 29 };
    static double d[COUNT];
    static uint32_t out[COUNT][3];
    current = &kinds[0];
    for (int i = 0; i < COUNT; i++) {
        const long double low = value(current, (uint32_t)(i * 61 % 0x6000)), high = value(current, (uint32_t)(i * 61 % 0x6000 + 1));
        const double middle = (double)((low + high) / 2);
        d[i] = i % 5 == 0 ? (double)low : i % 5 == 1 ? middle : nextafter(middle, i % 5 == 2 ? 0 : 1e9);
        d[i] = i % 5 == 4 ? ldexp(1, i / 5 - 60) : i & 8 ? -d[i] : d[i];
    }
    struct {
        void *d, *out;
        int n;
    } args = { d, out, ROUNDS };
    KT_CHECK(!KT_RUN(m, "half_rounds", KT_1D(COUNT / 64, 64), args));
    for (int i = 0; i < COUNT; i++) {
        long double s = once(d[i]);
        int rounds = 0;
        want(__LINE__, "a double", out[i][0], d[i], NEAREST);
        want(__LINE__, "an int", out[i][2], i * 131 - 33000, NEAREST);
        for (; rounds < ROUNDS; rounds++) {
            const long double u = once(d[(i + rounds * 7) & 511]);
            s = s < u ? once(once(s * 0.75L) + u) : once(s * 0.625L - u);
            if (fabsl(s) > 900)
                break;
        }
        want(__LINE__, "a loop", out[i][1] & 0xffff, s, NEAREST);
        KT_CHECK(out[i][1] >> 16 == (uint32_t)rounds);
    }
}

static void test_sums(kt_module *m)
{
    uint16_t h[2] = { 0, 0xabcd }, b[2] = { 0, 0xabcd };
    uint32_t h2 = 0, b2 = 0;
    static float shuffled[128];
    struct {
        void *h, *h2, *b, *b2, *shuffled;
    } args = { h, &h2, b, &b2, shuffled };
    KT_CHECK(!KT_RUN(m, "half_sums", KT_1D(1, 128), args));
    KT_CHECK(h[0] == 0x5800 && h[1] == 0xabcd && b[0] == 0x4300 && b[1] == 0xabcd); /* 128 */
    KT_CHECK(h2 == 0x54005800u && b2 == 0x42004380u);                              /* 64 and 128; 32 and 256 */
    for (int t = 0; t < 128; t++) {
        int width = (int)kt_current_width, next = t % width == width - 1 ? t : t + 1;
        KT_CHECK(shuffled[t] == (float)(next + ((t ^ 3) + 1) * 100));
    }
}

/* Value of an 8-bit pattern: e4m3 has no infinity. */
static double value8(unsigned b, int mantissa)
{
    int exponent_bits = 7 - mantissa, bias = (1 << (exponent_bits - 1)) - 1, e = (int)(b >> mantissa) & ((1 << exponent_bits) - 1);
    double m = b & ((1u << mantissa) - 1), sign = b & 0x80 ? -1 : 1;
    if (mantissa == 3 ? (b & 0x7f) == 0x7f : (b & 0x7f) > 0x7c)
        return NAN;
    if (mantissa == 2 && (b & 0x7f) == 0x7c)
        return sign * (double)INFINITY;
    return sign * (e ? ldexp(m + (1 << mantissa), e - bias - mantissa) : ldexp(m, 1 - bias - mantissa));
}

/* The nearest pattern, looked for among all; the even one of two. */
static unsigned nearest8(double x, int mantissa, int saturates)
{
    unsigned most = mantissa == 3 ? 0x7e : 0x7b, best = 0, sign = signbit(x) ? 0x80 : 0;
    double limit = value8(most, mantissa) + (value8(most, mantissa) - value8(most - 1, mantissa)) / 2;
    if (isnan(x))
        return 0x7f;
    if (!saturates && (fabs(x) > limit || (fabs(x) == limit && (most & 1))))
        return sign | (most + 1);
    for (unsigned b = 1; b <= most; b++) {
        double near = fabs(fabs(x) - value8(b, mantissa)), now = fabs(fabs(x) - value8(best, mantissa));
        if (near < now || (near == now && !isinf(x) && !(b & 1)))
            best = b;
    }
    return sign | (isinf(x) ? most : best);
}

static void test_eights(kt_module *m)
{
    static float x[1024], values[512];
    static uint32_t out[1024];
    static const float special[8] = { 0.0f, -0.0f, INFINITY, -INFINITY, NAN, 464.0f, 465.0f, 61440.0f };
    for (int i = 0; i < 1024; i++)
        x[i] = i < 8     ? special[i]
               : i < 264 ? (float)(value8((unsigned)i & 0xfe, 3) + value8(((unsigned)i & 0xfe) + 1, 3)) / 2
                         : ldexpf((float)rand() / (float)RAND_MAX - 0.5f, rand() % 36 - 18);
    struct {
        void *x, *values, *out;
    } args = { x, values, out };
    KT_CHECK(!KT_RUN(m, "eights", KT_1D(1, 256), args));
    for (unsigned b = 0; b < 256; b++)
        for (int k = 0; k < 2; k++) {
            double want8 = value8(b, 3 - k);
            KT_CHECK(isnan(want8) ? isnan(values[2 * b + (unsigned)k]) : values[2 * b + (unsigned)k] == (float)want8);
        }
    for (int i = 0; i < 1024; i++) {
        uint32_t all = nearest8(x[i], 3, 1) | nearest8(x[i], 2, 1) << 8 | nearest8(x[i], 3, 0) << 16 | nearest8(x[i], 2, 0) << 24;
        if (out[i] != all)
            kt_fail(__FILE__, __LINE__, "%g in 8 bits is %08x, not %08x", (double)x[i], out[i], all);
    }
}

static void test_halves(kt_module *m)
{
    test_kind(m, &kinds[0]);
}

static void test_bfloats(kt_module *m)
{
    test_kind(m, &kinds[1]);
}

static void run(kt_module *m)
{
    kt_test(test_halves, m);
    kt_test(test_bfloats, m);
    kt_test(test_rounds, m);
    kt_test(test_sums, m);
    kt_test(test_eights, m);
}

int main(int argc, char **argv)
{
    return kt_main(argc, argv, (const uint32_t[]){ 32, 64, 0 }, run);
}
