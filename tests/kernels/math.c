/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/kernels/math.c - every function of math.cu against the host's long double functions, in units of the last
 * place, on random arguments of a range and on special values.
 */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kernels/harness.h"

enum { COUNT = 4096, SPECIAL = 18 };
static const double special[SPECIAL] = { 0.0,      -0.0,      1.0, -1.0,  0.5,  -0.5,  2.0,   -3.0,  2.5,
                                         INFINITY, -INFINITY, NAN, 1e-30, 1e30, -1e30, 1e-42, 700.0, -20.25 };

static const struct {
    const char *name;
    long double (*one)(long double);
    long double (*two)(long double, long double);
    double least, most;  /* of random arguments */
    double ulp_f, ulp_d; /* largest error */
} rows[] = {
    { "sqrt", sqrtl, NULL, 0, 100, 0.51, 0.51 },
    { "fabs", fabsl, NULL, -9, 9, 0, 0 },
    { "floor", floorl, NULL, -9, 9, 0, 0 },
    { "ceil", ceill, NULL, -9, 9, 0, 0 },
    { "trunc", truncl, NULL, -9, 9, 0, 0 },
    { "round", roundl, NULL, -9, 9, 0, 0 },
    { "rint", rintl, NULL, -9, 9, 0, 0 },
    { "exp", expl, NULL, -80, 80, 1.5, 1.5 },
    { "exp2", exp2l, NULL, -120, 120, 1, 1.5 },
    { "expm1", expm1l, NULL, -3, 3, 1, 2 },
    { "log", logl, NULL, 0, 10, 1.5, 1 },
    { "log2", log2l, NULL, 0, 10, 1, 1.5 },
    { "log10", log10l, NULL, 0, 10, 1, 1.5 },
    { "log1p", log1pl, NULL, -1, 3, 1, 1.5 },
    { "sin", sinl, NULL, -100, 100, 1, 1.5 },
    { "cos", cosl, NULL, -1e6, 1e6, 1, 1.5 },
    { "tan", tanl, NULL, -10, 10, 1, 2.5 },
    { "asin", asinl, NULL, -1, 1, 1, 3 },
    { "acos", acosl, NULL, -1, 1, 1, 2 },
    { "atan", atanl, NULL, -5, 5, 1, 2 },
    { "sinh", sinhl, NULL, -5, 5, 1, 3 },
    { "cosh", coshl, NULL, -5, 5, 1, 3 },
    { "tanh", tanhl, NULL, -3, 3, 1, 3 },
    { "asinh", asinhl, NULL, -5, 5, 1, 2 },
    { "acosh", acoshl, NULL, 1, 9, 1, 2 },
    { "atanh", atanhl, NULL, -1, 1, 1, 2 },
    { "cbrt", cbrtl, NULL, -50, 50, 1, 1 },
    { "erf", erfl, NULL, -3, 3, 1.2, 2 },
    { "erfc", erfcl, NULL, -3, 5, 1, 5 },
    { "tgamma", tgammal, NULL, 0, 20, 1, 5 },
    { "lgamma", lgammal, NULL, 0.1, 30, 1, 5 },
    { "pow", NULL, powl, 0, 9, 1, 1.5 },
    { "atan2", NULL, atan2l, -4, 4, 1, 3 },
    { "fmod", NULL, fmodl, -1000, 1000, 0, 0 },
    { "remainder", NULL, remainderl, -900, 900, 0, 0 },
    { "hypot", NULL, hypotl, -5, 5, 1, 1 },
    { "fmin", NULL, fminl, -5, 5, 0, 0 },
    { "fmax", NULL, fmaxl, -5, 5, 0, 0 },
    { "fdim", NULL, fdiml, -5, 5, 0.51, 0.51 },
    { "copysign", NULL, copysignl, -5, 5, 0, 0 },
};

static double random_in(double least, double most)
{
    return least + (most - least) * ((double)rand() / RAND_MAX);
}

/* Error in units of the last place of a number with `bits` bits and least exponent `floor_exponent`. */
static double ulps(long double got, long double want, int bits, int floor_exponent, long double most)
{
    int e;
    if (isnan(want) || isnan(got))
        return isnan(want) && isnan(got) ? 0 : 1e9;
    if (fabsl(want) > most)
        return isinf(got) && signbit(got) == signbit(want) ? 0 : 1e8;
    if (isinf(got))
        return 1e7;
    frexpl(want, &e);
    return (double)(fabsl(got - want) / ldexpl(1, (e < floor_exponent ? floor_exponent : e) - bits));
}

static long double expected(size_t r, long double x, long double y)
{
    return rows[r].one ? rows[r].one(x) : rows[r].two(x, y);
}

static void test_float(kt_module *m, size_t r)
{
    static float x[COUNT], y[COUNT], out[COUNT];
    double worst = 0, at = 0;
    for (int i = 0; i < COUNT; i++) {
        x[i] = (float)(i < SPECIAL * SPECIAL ? special[i / SPECIAL] : random_in(rows[r].least, rows[r].most));
        y[i] = (float)(i < SPECIAL * SPECIAL ? special[i % SPECIAL] : random_in(rows[r].least, rows[r].most));
    }
    struct {
        float *x, *y, *out;
        int n;
    } args = { x, y, out, COUNT };
    char name[40];
    snprintf(name, sizeof name, "f_%s", rows[r].name);
    KT_CHECK(!KT_RUN(m, name, KT_1D(COUNT / 128, 128), args));
    for (int i = 0; i < COUNT; i++) {
        double u = ulps(out[i], expected(r, x[i], y[i]), 24, -125, 3.4028235677973366e38L);
        if (u > worst)
            worst = u, at = x[i];
    }
    if (worst > kt_bound(rows[r].ulp_f))
        kt_fail(__FILE__, __LINE__, "%sf is off by %.2f units at %.9g", rows[r].name, worst, at);
}

static void test_double(kt_module *m, size_t r)
{
    static double x[COUNT], y[COUNT], out[COUNT];
    double worst = 0, at = 0;
    for (int i = 0; i < COUNT; i++) {
        x[i] = i < SPECIAL * SPECIAL ? special[i / SPECIAL] : random_in(rows[r].least, rows[r].most);
        y[i] = i < SPECIAL * SPECIAL ? special[i % SPECIAL] : random_in(rows[r].least, rows[r].most);
    }
    struct {
        double *x, *y, *out;
        int n;
    } args = { x, y, out, COUNT };
    char name[40];
    snprintf(name, sizeof name, "d_%s", rows[r].name);
    KT_CHECK(!KT_RUN(m, name, KT_1D(COUNT / 128, 128), args));
    for (int i = 0; i < COUNT; i++) {
        double u = ulps(out[i], expected(r, x[i], y[i]), 53, -1021, (long double)DBL_MAX);
        if (u > worst)
            worst = u, at = x[i];
    }
    if (worst > kt_bound(rows[r].ulp_d))
        kt_fail(__FILE__, __LINE__, "%s is off by %.2f units at %.17g", rows[r].name, worst, at);
}

static void test_intrinsics(kt_module *m)
{
    static float x[64], out[64][8];
    struct {
        void *x, *out;
    } args = { x, out };
    for (int t = 0; t < 64; t++)
        x[t] = 0.125f * (float)t;
    KT_CHECK(!KT_RUN(m, "intrinsics", KT_1D(1, 64), args));
    for (int t = 0; t < 64; t++) {
        int e;
        float f = frexpf(x[t], &e);
        KT_CHECK(fabsf(out[t][0] - 1) < 1e-6f && fabsf(out[t][1] / (expf(x[t]) / sqrtf(x[t] + 1)) - 1) < 1e-6f);
        KT_CHECK(fabsf(out[t][2] - x[t] / 3) <= 1e-6f && out[t][3] == fmaf(x[t], x[t], -1) && out[t][4] == 8 * x[t]);
        KT_CHECK(out[t][5] == f + (float)e && out[t][7] == (x[t] < 1 ? x[t] : 1));
        KT_CHECK(fabs(out[t][6] - (sin(M_PI * x[t]) + cos(M_PI * x[t]))) < 1e-5);
    }
}

static void test_halves(kt_module *m)
{
    static float x[64], out[64][5];
    struct {
        void *x, *out;
    } args = { x, out };
    for (int t = 0; t < 64; t++)
        x[t] = 0.37f * (float)t - 5;
    KT_CHECK(!KT_RUN(m, "halves", KT_1D(1, 64), args));
    for (int t = 0; t < 64; t++) {
        _Float16 h = (_Float16)x[t], square = (_Float16)((float)h * (float)h), k = (_Float16)((float)square + 0.25f);
        uint32_t u;
        memcpy(&u, &x[t], 4);
        u = (u + 0x7fff + (u >> 16 & 1)) & 0xffff0000u;
        float b;
        memcpy(&b, &u, 4);
        /* a product and a sum may be contracted to one rounding, as on hardware */
        _Float16 fused = (_Float16)((double)h * (double)h + 0.25);
        KT_CHECK(out[t][0] == (float)h && (out[t][1] == (float)k || out[t][1] == (float)fused) && out[t][2] == 6.5f &&
                 out[t][3] == b);
        KT_CHECK(out[t][4] == (float)h + (out[t][0] < out[t][1]));
    }
}

/* The C functions of the inverses: the result is judged by what erf or erfc makes of it. */
static void check_inverse(kt_module *m, const char *name, double least, double most, long double (*f)(long double),
                          long double scale)
{
    static double x[COUNT], y[COUNT], out[COUNT];
    char kernel[40];
    double worst = 0;
    struct {
        double *x, *y, *out;
        int n;
    } args = { x, y, out, COUNT };
    for (int i = 0; i < COUNT; i++)
        x[i] = random_in(least, most);
    snprintf(kernel, sizeof kernel, "d_%s", name);
    KT_CHECK(!KT_RUN(m, kernel, KT_1D(COUNT / 128, 128), args));
    for (int i = 0; i < COUNT; i++) { /* the error of the argument that f would need, by f's slope */
        long double r = (long double)out[i] * scale, slope = 1.128379167095512574L * expl(-r * r);
        double off = (double)(fabsl(f(r) - (scale < 0 ? 2.0L * x[i] : x[i])) / slope / fabsl(r) / 1.1102230246251565e-16L / 2);
        worst = off > worst ? off : worst;
    }
    if (!(worst <= 8))
        kt_fail(__FILE__, __LINE__, "%s is off by %.2f units", name, worst);
}

static long double scaled_erfc(long double x)
{
    return expl(x * x) * erfcl(x);
}

static void test_rest(kt_module *m)
{
    static double x[COUNT], y[COUNT], out[COUNT], worst;
    static float v[256];
    struct {
        double *x, *y, *out;
        int n;
    } args = { x, y, out, COUNT };
    check_inverse(m, "erfinv", 0.001, 0.9999999, erfl, 1);
    check_inverse(m, "erfcinv", 1e-12, 0.95, erfcl, 1);
    check_inverse(m, "normcdfinv", 1e-9, 0.45, erfcl, -0.70710678118654752440L);
    for (int i = 0; i < COUNT; i++)
        x[i] = random_in(-5, 24);
    KT_CHECK(!KT_RUN(m, "d_erfcx", KT_1D(COUNT / 128, 128), args));
    for (int i = 0; i < COUNT; i++)
        worst = fmax(worst, (double)fabsl(out[i] / scaled_erfc(x[i]) - 1) / 1.1e-16);
    if (!(worst < 12))
        kt_fail(__FILE__, __LINE__, "erfcx is off by %.2f units", worst);
    struct {
        void *x, *out;
    } norms = { v, out };
    for (int i = 0; i < 256; i++)
        v[i] = (float)random_in(-9, 9);
    KT_CHECK(!KT_RUN(m, "norms", KT_1D(1, 64), norms));
    for (int t = 0; t < 64; t++) {
        double three = (double)v[4 * t] * v[4 * t] + (double)v[4 * t + 1] * v[4 * t + 1] + (double)v[4 * t + 2] * v[4 * t + 2];
        double four = sqrt(three + (double)v[4 * t + 3] * v[4 * t + 3]);
        KT_CHECK(fabs(out[4 * t] / four - 1) < 1e-7 && fabs(out[4 * t + 1] * sqrt(three) - 1) < 1e-15);
        KT_CHECK(fabs(out[4 * t + 2] / four - 1) < 1e-7 && fabs(out[4 * t + 3] / 1e300 / sqrt(three) - 1) < 1e-15);
    }
}

/* Rounds towards zero, down and up must be what the nearest of long double is between. */
static void check_directed(const double *got, long double exact, double (*step)(double, double), int line)
{
    double zero = got[0], down = got[1], up = got[2];
    if (!((long double)down <= exact && (long double)up >= exact && (up == down || up == step(down, INFINITY)) &&
          zero == (exact < 0 ? up : down)))
        kt_fail(__FILE__, line, "directed: %.17g %.17g %.17g of %.21Lg", zero, down, up, exact);
}

static double next_float(double x, double to)
{
    return nextafterf((float)x, (float)to);
}

static void test_directed(kt_module *m)
{
    static double x[COUNT], y[COUNT], p[COUNT][12];
    static float f[COUNT][18];
    struct {
        void *x, *y, *f, *p;
    } args = { x, y, f, p };
    for (int i = 0; i < COUNT; i++) {
        x[i] = ldexp(random_in(-1, 1), rand() % 20 - 10);
        y[i] = ldexp(random_in(-1, 1), rand() % 20 - 10);
    }
    KT_CHECK(!KT_RUN(m, "directed", KT_1D(COUNT / 128, 128), args));
    for (int i = 0; i < COUNT; i++) {
        long double a = (float)x[i], b = (float)y[i];
        long double of[6] = { a + b, a * b, a / b, sqrtl(fabsl(a)), a * b + a, x[i] };
        for (int k = 0; k < 6; k++) {
            double three[3] = { f[i][3 * k], f[i][3 * k + 1], f[i][3 * k + 2] };
            check_directed(three, of[k], next_float, 100 + k);
        }
        a = x[i], b = y[i];
        long double by[4] = { a + b, a * b, a / b, sqrtl(fabsl(a)) };
        for (int k = 0; k < 4; k++)
            check_directed(&p[i][3 * k], by[k], nextafter, 200 + k);
    }
}

static size_t row_now;

static void test_row(kt_module *m)
{
    test_float(m, row_now);
    test_double(m, row_now);
}

static void run(kt_module *m)
{
    for (row_now = 0; row_now < sizeof rows / sizeof *rows; row_now++)
        kt_test(test_row, m);
    kt_test(test_intrinsics, m);
    kt_test(test_halves, m);
    kt_test(test_rest, m);
    kt_test(test_directed, m);
}

int main(int argc, char **argv)
{
    return kt_main(argc, argv, (const uint32_t[]){ 32, 0 }, run);
}
