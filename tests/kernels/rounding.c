/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/kernels/rounding.c - the kernels of rounding.cu against the processor's own rounding modes, bit for bit, on numbers of
 * every size: common ones, subnormal ones, ones that overflow, zeros of both signs, infinities.
 */
#include <fenv.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kernels/harness.h"

enum { N = 4096, THREADS = 128 };
static const int modes[4] = { FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD };
static uint64_t state = 88172645463325252ull;

static uint64_t next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

static double any_double(int kind)
{
    static const double special[] = { 0.0, -0.0, 1.0, -1.0, 0.5, INFINITY, -INFINITY, 0x1p-1074, -0x1p-1022, 0x1.fffffffffffffp1023 };
    double x;
    uint64_t u = next_random();
    if (kind == 0)
        return special[u % 10];
    if (kind == 1) { /* few bits, so that results are exact or halfway */
        x = (double)(int64_t)(u % 4096) - 2048;
        return ldexp(x, (int)(u >> 40 & 15) - 8);
    }
    if (kind == 2) /* near the ends of the range */
        u = (u & 0x800fffffffffffffull) | (u >> 32 & 1 ? (uint64_t)(u >> 20 & 127) << 52 : (2046 - (u >> 20 & 63)) << 52);
    if (kind == 3)
        u = (u & 0x800fffffffffffffull) | (1023 - 40 + (u >> 20) % 80) << 52;
    memcpy(&x, &u, 8);
    return isnan(x) ? 1.25 : x;
}

/* volatile: in the rounding mode that is set, not folded before */
#define OPERATE(name, type, root, fused)                                                                               \
    static type name(int op, volatile type x, volatile type y, volatile type z)                                        \
    {                                                                                                                  \
        volatile type one = 1;                                                                                         \
        switch (op) {                                                                                                  \
        case 0: return x + y;                                                                                          \
        case 1: return x - y;                                                                                          \
        case 2: return x * y;                                                                                          \
        case 3: return x / y;                                                                                          \
        case 4: return one / x;                                                                                        \
        case 5: return root(x);                                                                                        \
        default: return fused(x, y, z);                                                                                \
        }                                                                                                              \
    }
OPERATE(operate, double, sqrt, fma)
OPERATE(operate_f, float, sqrtf, fmaf)

static void test_doubles(kt_module *m)
{
    static double a[N], b[N], c[N], out[28 * N];
    struct {
        double *a, *b, *c, *out;
        int count;
    } args = { a, b, c, out, N };
    int shown = 0;
    for (int i = 0; i < N; i++) {
        a[i] = any_double(i % 5);
        b[i] = any_double(i / 5 % 5);
        c[i] = i % 7 ? any_double(i / 25 % 5) : -a[i] * b[i];
    }
    KT_CHECK(!KT_RUN(m, "doubles", KT_1D(N / THREADS, THREADS), args));
    for (int f = 0; f < 28; f++)
        for (int i = 0; i < N; i++) {
            fesetround(modes[f / 7]);
            double want = operate(f % 7, a[i], b[i], c[i]), got = out[f * N + i];
            fesetround(FE_TONEAREST);
            /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): every bit counts, that of a zero's sign too */
            if ((isnan(want) && isnan(got)) || !memcmp(&want, &got, 8))
                continue;
            if (shown++ < 10)
                kt_fail(__FILE__, __LINE__, "double operation %d, mode %d of %a %a %a: %a, not %a", f % 7, f / 7, a[i], b[i], c[i],
                        got, want);
            else
                kt_failures++;
        }
}

static void test_floats(kt_module *m)
{
    static float a[N], b[N], c[N], out[28 * N];
    struct {
        float *a, *b, *c, *out;
        int count;
    } args = { a, b, c, out, N };
    int shown = 0;
    for (int i = 0; i < N; i++) {
        uint32_t u = (uint32_t)next_random();
        memcpy(&a[i], &u, 4);
        u = (uint32_t)next_random();
        memcpy(&b[i], &u, 4);
        a[i] = isnan(a[i]) || i % 3 == 0 ? (float)any_double(i % 2) : a[i];
        b[i] = isnan(b[i]) || i % 4 == 0 ? (float)any_double(1) : b[i];
        c[i] = i % 7 ? (float)any_double(1) : -a[i] * b[i];
    }
    KT_CHECK(!KT_RUN(m, "floats", KT_1D(N / THREADS, THREADS), args));
    for (int f = 0; f < 28; f++)
        for (int i = 0; i < N; i++) {
            fesetround(modes[f / 7]);
            float want = operate_f(f % 7, a[i], b[i], c[i]), got = out[f * N + i];
            fesetround(FE_TONEAREST);
            /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison) */
            if ((isnan(want) && isnan(got)) || !memcmp(&want, &got, 4))
                continue;
            if (getenv("TENON_TEST_PLATFORM") && f >= 3 && f < 6)
                continue; /* OpenCL C 1.2 lets quotients and roots of float be off by some ulp */
            if (shown++ < 10)
                kt_fail(__FILE__, __LINE__, "float operation %d, mode %d of %a %a %a: %a, not %a", f % 7, f / 7, (double)a[i],
                        (double)b[i], (double)c[i], (double)got, (double)want);
            else
                kt_failures++;
        }
}

/* What the hardware's conversions give: the nearest number that fits, and 0 for what is no number. */
static long long to_integer(double x, int kind)
{
    static const double least[] = { -0x1p31, 0, -0x1p63, 0 }, most[] = { 0x1p31, 0x1p32, 0x1p63, 0x1p64 };
    if (isnan(x))
        return 0;
    if (x >= most[kind])
        return kind == 0 ? 0x7fffffff : kind == 1 ? 0xffffffffll : kind == 2 ? 0x7fffffffffffffffll : -1;
    if (x < least[kind])
        return kind == 0 ? -0x80000000ll : kind == 2 ? (-0x7fffffffffffffffll - 1) : 0;
    return kind == 3 ? (long long)(unsigned long long)x : (long long)x;
}

static void test_conversions(kt_module *m)
{
    static double a[N], wide[24 * N];
    static float singles[4 * N];
    static long long out[32 * N], in[N];
    struct {
        double *a;
        long long *out;
        float *singles;
        int count;
    } args = { a, out, singles, N };
    struct {
        long long *in;
        double *out;
        int count;
    } iargs = { in, wide, N };
    for (int i = 0; i < N; i++) {
        a[i] = i % 3 ? any_double(i % 5) : ((double)next_random() - 0x1p63) * ldexp(1, (int)(next_random() % 70) - 64);
        in[i] = (long long)next_random() >> (next_random() % 64);
    }
    a[0] = NAN;
    KT_CHECK(!KT_RUN(m, "from_doubles", KT_1D(N / THREADS, THREADS), args));
    KT_CHECK(!KT_RUN(m, "from_integers", KT_1D(N / THREADS, THREADS), iargs));
    for (int i = 0; i < N; i++)
        for (int f = 0; f < 4; f++) {
            volatile double x = a[i];
            volatile float s = (float)x;
            volatile long long v = in[i];
            long long got[8];
            for (int k = 0; k < 8; k++)
                got[k] = out[(8 * f + k) * N + i];
            fesetround(modes[f]);
            double whole = rint(x), whole_s = (double)rintf(s);
            volatile float narrow = (float)x;
            double sums[6] = { (double)(float)(int)v, (double)(float)(unsigned)v, (double)(float)v,
                               (double)(float)(unsigned long long)v, (double)v, (double)(unsigned long long)v };
            fesetround(FE_TONEAREST);
            for (int k = 0; k < 4; k++) {
                KT_CHECK(got[k] == (k == 1 ? (long long)(unsigned)to_integer(whole, k) : to_integer(whole, k)));
                KT_CHECK(got[4 + k] == (k == 1 ? (long long)(unsigned)to_integer(whole_s, k) : to_integer(whole_s, k)));
            }
            float have = singles[f * N + i];
            KT_CHECK((isnan(narrow) && isnan(have)) || have == narrow);
            for (int k = 0; k < 6; k++)
                KT_CHECK(wide[(6 * f + k) * N + i] == sums[k]);
        }
}

static void run(kt_module *m)
{
    test_doubles(m);
    test_floats(m);
    test_conversions(m);
}

int main(int argc, char **argv)
{
    return kt_main(argc, argv, (const uint32_t[]){ 32, 0 }, run);
}
