/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/kernels/special.c - the kernels of special.cu against the C library's functions in long double. Errors of Bessel functions
 * are taken against the size of their waves, as they have zeros: docs/language.md says how large.
 */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kernels/harness.h"

enum { N = 2048, THREADS = 128, FUNCTIONS = 11 };

/* The C library has none: the series in long double. */
static long double modified(int n, long double x)
{
    long double term = n ? x / 2 : 1, sum = term;
    for (int k = 1; k < 4000 && fabsl(term) > 1e-25L * fabsl(sum); k++)
        sum += term *= x * x / 4 / k / (k + n);
    return sum;
}

static long double exact(int f, long double x)
{
    switch (f) {
    case 0:
        return j0l(x);
    case 1:
        return j1l(x);
    case 2:
        return jnl(2, x);
    case 3:
        return jnl(9, x);
    case 4:
        return jnl(-3, x);
    case 5:
        return y0l(x);
    case 6:
        return y1l(x);
    case 7:
        return ynl(2, x);
    case 8:
        return ynl(7, x);
    case 9:
        return modified(0, x);
    default:
        return modified(1, x);
    }
}

static void test_bessel(kt_module *m)
{
    static double x[N], out[2 * FUNCTIONS * N];
    struct {
        double *x, *out;
        int count;
    } args = { x, out, N };
    double worst[2 * FUNCTIONS] = { 0 };
    srand(7);
    for (int i = 0; i < N; i++) {
        double u = rand() / (double)RAND_MAX;
        x[i] = i % 4 == 0 ? u * 8 : i % 4 == 1 ? u * 30 : i % 4 == 2 ? u * 300 : ldexp(u, -(i % 64));
        if (i % 8 == 5)
            x[i] = -x[i];
        x[i] = i % 2 ? x[i] : (double)(float)x[i];
    }
    KT_CHECK(!KT_RUN(m, "bessel", KT_1D(N / THREADS, THREADS), args));
    for (int f = 0; f < 2 * FUNCTIONS; f++)
        for (int i = 0; i < N; i++) {
            int which = f % FUNCTIONS, single = f >= FUNCTIONS;
            long double at = single ? (long double)(float)x[i] : x[i], want = exact(which, at);
            double got = out[f * N + i];
            if (which >= 5 && which <= 8 && x[i] < 0) {
                KT_CHECK(isnan(got));
                continue;
            }
            if (fabsl(want) > (single ? FLT_MAX : DBL_MAX)) {
                KT_CHECK(isinf(got));
                continue;
            }
            /* where it waves, against the wave's height; elsewhere against itself */
            long double a = fabsl(at), size = fabsl(want);
            if (which < 9 && a > 0.5L)
                size = fmaxl(size, sqrtl(2 / (3.14159265L * a)));
            double error = (double)(fabsl(got - want) / fmaxl(size, single ? FLT_MIN : DBL_MIN));
            worst[f] = error > worst[f] ? error : worst[f];
        }
    for (int f = 0; f < 2 * FUNCTIONS; f++)
        if (worst[f] > (f >= FUNCTIONS ? 1.3e-7 : f == 3 || f == 8 ? 4e-14 : 3e-15))
            kt_fail(__FILE__, __LINE__, "function %d: %g of its size", f, worst[f]);
}

static void test_remainders(kt_module *m)
{
    static double x[N], y[N], rest[2 * N];
    static int quotient[2 * N];
    struct {
        double *x, *y, *rest;
        int *quotient, count;
    } args = { x, y, rest, quotient, N };
    for (int i = 0; i < N; i++) {
        x[i] = ldexp(rand() / (double)RAND_MAX - 0.5, i % 40);
        y[i] = i % 5 ? ldexp(rand() / (double)RAND_MAX - 0.5, i % 7) : (double)(i % 9 - 4);
        if (i % 6 == 0)
            x[i] = (i % 101 - 50) * 0.5 * y[i]; /* ties and whole multiples */
        if (i % 4 == 0) {
            x[i] = (float)x[i];
            y[i] = (float)y[i];
        }
    }
    KT_CHECK(!KT_RUN(m, "remainders", KT_1D(N / THREADS, THREADS), args));
    for (int i = 0; i < N; i++) {
        int q, qf;
        double want = remquo(x[i], y[i], &q);
        float wantf = remquof((float)x[i], (float)y[i], &qf);
        KT_CHECK((isnan(want) && isnan(rest[i])) || (rest[i] == want && (quotient[i] & 7) == (q & 7)));
        KT_CHECK((isnan(wantf) && isnan(rest[N + i])) || (rest[N + i] == (double)wantf && (quotient[N + i] & 7) == (qf & 7)));
    }
}

static void test_overloads(kt_module *m)
{
    static double out[64];
    struct {
        int n;
        float f;
        double d;
        unsigned char c;
        double *out;
    } args = { 5, 2.75f, 1.5, 9, out };
    const float f = args.f;
    int e;
    float part;
    const double want[] = { sqrt(5), sqrtf(f), 32, 2, pow(f, 1.5), f, log2(5), cos(5), 3, exp(9), f, 5, 1.5, f, 3, 3, FLT_MAX,
                            frexpf(f, &e), 2, 22, modff(f, &part), 2, remainderf(f, 2), fmaf(f, f, f), 6, 3, atan2f(f, f), 4, 1.5,
                            atan2(5, 2), 5, 1, 1, nextafterf(f, 10), expf(f), 1, 1, 11 };
    KT_CHECK(!KT_RUN(m, "overloads", KT_1D(1, 1), args));
    for (size_t k = 0; k < sizeof want / sizeof *want; k++)
        if (fabs(out[k] - want[k]) > 3e-7 * fabs(want[k]))
            kt_fail(__FILE__, __LINE__, "expression %zu: %g, not %g", k, out[k], want[k]);
}

static void test_random(kt_module *m)
{
    enum { T = 64, DRAWS = 2000 };
    static uint32_t words[6];
    static float uniform[3 * T], normal[2 * T];
    static double wide[2 * T];
    /* the known answer of Philox4x32-10 for counter and key 0 */
    static const uint32_t known[4] = { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 };
    struct {
        uint32_t *words;
        float *uniform, *normal;
        double *wide;
        int draws;
    } args = { words, uniform, normal, wide, DRAWS };
    double means = 0;
    KT_CHECK(!KT_RUN(m, "random_numbers", KT_1D(2, T / 2), args));
    KT_CHECK(!memcmp(words, known, sizeof known) && words[4] == words[5]);
    for (int t = 0; t < T; t++) {
        KT_CHECK(fabsf(uniform[3 * t] - 0.5f) < 0.04f && uniform[3 * t + 1] > 0 && uniform[3 * t + 2] <= 1);
        KT_CHECK(fabsf(normal[2 * t]) < 0.12f && fabsf(normal[2 * t + 1] - 1) < 0.2f);
        KT_CHECK(fabs(wide[2 * t] - 3.5) < 0.25 && wide[2 * t + 1] > 0 && wide[2 * t + 1] <= 1);
        for (int k = 0; k < t; k++) /* threads have numbers of their own */
            KT_CHECK(uniform[3 * t] != uniform[3 * k]);
        means += uniform[3 * t];
    }
    KT_CHECK(fabs(means / T - 0.5) < 0.005);
}

static int most(int a, int b)
{
    return a > b ? a : b;
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

static int pairs(int a, int b, int c, int which)
{
    uint32_t r = 0;
    for (int k = 0; k < 32; k += 16) {
        uint32_t x = (uint32_t)a >> k & 0xffff, y = (uint32_t)b >> k & 0xffff, z = (uint32_t)c >> k & 0xffff;
        int top = most(most((int16_t)x, (int16_t)y), (int16_t)z);
        uint32_t low = ((x + y) & 0xffff) < z ? (x + y) & 0xffff : z;
        r |= ((which ? low : (uint32_t)top) & 0xffff) << k;
    }
    return (int)r;
}

static void test_intrinsics(kt_module *m)
{
    enum { T = 64 };
    static int in[3 * T], out[12 * T];
    struct {
        const int *in;
        int *out;
    } args = { in, out };
    for (int i = 0; i < 3 * T; i++)
        in[i] = i % 5 ? (rand() - RAND_MAX / 2) * 2 : i - 90;
    KT_CHECK(!KT_RUN(m, "more_intrinsics", KT_1D(1, T), args));
    for (int t = 0; t < T; t++) {
        const int a = in[3 * t], b = in[3 * t + 1], c = in[3 * t + 2], *o = out + 12 * t;
        const int sum = (int)((uint32_t)a + (uint32_t)b);
        int8_t v[4] = { (int8_t)a, (int8_t)b, (int8_t)c, 1 };
        uint8_t w[4] = { (uint8_t)a, (uint8_t)b, (uint8_t)c, 2 };
        uint32_t dot = (uint32_t)c, udot = (uint32_t)c, small = (uint32_t)a < (uint32_t)b ? (uint32_t)a : (uint32_t)b;
        for (int k = 0; k < 4; k++) {
            dot += (uint32_t)(v[k] * v[k]);
            udot += (uint32_t)(w[k] * w[k]);
        }
        KT_CHECK(o[0] == most(most(a, b), c) && o[1] == least(sum, c) && o[2] == most(most(sum, c), 0));
        KT_CHECK((uint32_t)o[3] == (small < (uint32_t)c ? small : (uint32_t)c));
        KT_CHECK(o[4] == (most(a, b) ^ (a >= b ? 1 << 30 : 0)));
        KT_CHECK(o[5] == pairs(a, b, c, 0) && o[6] == pairs(a, b, c, 1));
        KT_CHECK((uint32_t)o[7] == dot && (uint32_t)o[8] == udot);
        KT_CHECK((uint32_t)o[9] == (uint32_t)c + (uint32_t)((int16_t)a * v[0]) + (uint32_t)((int16_t)b * v[1]));
        _Float16 h = (_Float16)(a % 16); /* these all are numbers of e4m3 */
        uint16_t bits;
        memcpy(&bits, &h, 2);
        KT_CHECK(o[10] == bits || a % 16 == 0);
        KT_CHECK(o[11] == 3 + a);
    }
}

static void run(kt_module *m)
{
    test_bessel(m);
    test_remainders(m);
    test_overloads(m);
    test_random(m);
    test_intrinsics(m);
}

int main(int argc, char **argv)
{
    return kt_main(argc, argv, (const uint32_t[]){ 32, 0 }, run);
}
