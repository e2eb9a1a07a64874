/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/kernels/fast.c - the errors of CUDA's fast functions, against the bounds that CUDA documents for its own.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kernels/harness.h"

enum { N = 8192, THREADS = 128, ROWS = 27 };

static int same_bits(float a, float b)
{
    uint32_t x, y;
    memcpy(&x, &a, sizeof x);
    memcpy(&y, &b, sizeof y);
    return x == y;
}

static double ulps(double got, double want)
{
    int e;
    frexp(want, &e);
    return fabs(got - want) / ldexp(1, (e < -125 ? -125 : e) - 24);
}

static double worst[10];

static void check(int row, double error, double bound, float x, float y, float got)
{
    worst[row] = error > worst[row] ? error : worst[row];
    if (!(error <= bound))
        kt_fail(__FILE__, __LINE__, "function %d of %a, %a is %a: off by %g, more than %g", row, (double)x, (double)y, (double)got,
                error, bound);
}

int main(int argc, char **argv)
{
    static float x[N], y[N], out[ROWS * N];
    struct {
        float *x, *y, *out;
        int count;
    } args = { x, y, out, N };
    kt_module *m = argc == 2 ? kt_open(argv[1], 32) : NULL;
    if (!m)
        return 1;
    for (int i = 0; i < N; i++) {
        double u = rand() / (double)RAND_MAX * 2 - 1;
        x[i] = (float)(i % 3 == 0 ? u * 3.14159 : i % 3 == 1 ? u * 80 : 0.5 + fabs(u) * 1.5);
        y[i] = (float)(rand() / (double)RAND_MAX * 8 - 4);
    }
    x[0] = 0;
    KT_CHECK(!KT_RUN(m, "fast", KT_1D(N / THREADS, THREADS), args));
    for (int i = 0; i < N; i++) {
        const double v = x[i], a = fabs(v), w = y[i];
#define OUT(r) (out[(r) * N + i])
        if (a <= 3.14159265) { /* absolute, 2^-21.41 and 2^-21.19 */
            check(0, fabs(OUT(0) - sin(v)), 3.6e-7, x[i], 0, OUT(0));
            check(1, fabs(OUT(1) - cos(v)), 4.2e-7, x[i], 0, OUT(1));
        }
        check(2, fabs(OUT(2) - tan(v)) / (1 + tan(v) * tan(v)), 1e-6, x[i], 0, OUT(2)); /* derived: sin / cos */
        check(3, ulps(OUT(3), exp(v)), 2 + floor(fabs(1.173 * v)), x[i], 0, OUT(3));
        if (a < 37)
            check(4, ulps(OUT(4), pow(10, v)), 2 + floor(fabs(2.97 * v)), x[i], 0, OUT(4));
        if (a > 0 && a >= 0.5 && a <= 2) {
            check(5, fabs(OUT(5) - log(a)), 3.6e-7, x[i], 0, OUT(5));
            check(6, fabs(OUT(6) - log2(a)), 2.4e-7, x[i], 0, OUT(6));
            check(7, fabs(OUT(7) - log10(a)), 1.5e-7, x[i], 0, OUT(7));
        } else if (a > 0) {
            check(5, ulps(OUT(5), log(a)), 3, x[i], 0, OUT(5));
            check(6, ulps(OUT(6), log2(a)), 2, x[i], 0, OUT(6));
            check(7, ulps(OUT(7), log10(a)), 3, x[i], 0, OUT(7));
        }
        if (a > 0) /* derived: exp2(y log2(x)) */
            check(8, ulps(OUT(8), pow(a, w)), 4 + 2 * fabs(w * log2(a)) + 4 * fabs(w), x[i], y[i], OUT(8));
        check(9, ulps(OUT(9), v / w), 2, x[i], y[i], OUT(9));
        for (int k = 0; k < 9; k++)
            KT_CHECK(same_bits(OUT(k), OUT(10 + k)) || (a == 0 && k == 8));
        KT_CHECK(ulps(OUT(19), v / w) <= 2);
        KT_CHECK(same_bits(OUT(20), OUT(0)) && same_bits(OUT(21), OUT(1)));
        if (!getenv("TENON_TEST_PLATFORM") && (!isnan(OUT(22)) || OUT(23) != -INFINITY || OUT(24) != INFINITY || OUT(25) != 0 || !isnan(OUT(26)))) { /* OpenCL says nothing of native_ functions there */
            kt_fail(__FILE__, __LINE__, "at the ends: %a %a %a %a %a", (double)OUT(22), (double)OUT(23), (double)OUT(24),
                    (double)OUT(25), (double)OUT(26));
            break;
        }
    }
    kt_close(m);
    for (int k = 0; k < 10; k++)
        printf("%s%.3g", k ? ", " : "largest errors: ", worst[k]);
    printf("; %d failures\n", kt_failures);
    return kt_failures != 0;
}
