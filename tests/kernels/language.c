/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/kernels/language.c - runs the kernels of language.cu and compares with plain C.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kernels/harness.h"

static int out[256];

static int fibonacci(int n)
{
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

static int tree_sum(int node, int factor, int block)
{
    return node >= 64
               ? 0
               : node * factor + tree_sum(2 * node + 1, factor, block) + tree_sum(2 * node + 2, factor, block) + block;
}

static void test_functions(kt_module *m)
{
    struct {
        int *out;
    } args = { out };
    KT_CHECK(!KT_RUN(m, "recursion", KT_1D(1, 64), args));
    for (int t = 0; t < 64; t++)
        KT_CHECK(out[t] == fibonacci((63 - t) % 12) * 10 + (t % 2 == 0));
    KT_CHECK(!KT_RUN(m, "recursion_with_context", KT_1D(2, 64), args));
    for (int i = 0; i < 128; i++)
        KT_CHECK(out[i] == tree_sum(i % 64, 1 + i % 2, i / 64));
    KT_CHECK(!KT_RUN(m, "function_pointers", KT_1D(1, 30), args));
    for (int t = 0; t < 30; t++)
        KT_CHECK(out[t] == (t % 3 == 1 ? 3 * t : 2 * t) + 100 + t);
    KT_CHECK(!KT_RUN(m, "virtual_calls", KT_1D(1, 16), args));
    for (int t = 0; t < 16; t++)
        KT_CHECK(out[t] == (t & 1 ? t * t : t * 10) * 100 + (t & 2 ? 9 : 20));
    KT_CHECK(!KT_RUN(m, "templates", KT_1D(1, 20), args));
    for (int t = 0; t < 20; t++)
        KT_CHECK(out[t] == t * (t - 1) / 2 + t * t * t + 3 + t);
}

static void test_names(kt_module *m)
{
    static float f[4] = { 1, 2, 3, 4 };
    static double d[4] = { 1, 2, 3, 4 };
    struct {
        float *x;
        float by;
    } fa = { f, 3 };
    struct {
        double *x;
        double by;
    } da = { d, 0.5 };
    struct {
        int *out;
    } ia = { out };
    KT_CHECK(!KT_RUN(m, "scale<float>", KT_1D(1, 4), fa) && f[3] == 12);
    KT_CHECK(!KT_RUN(m, "_Z5scaleIdEvPT_S0_", KT_1D(1, 4), da) && d[3] == 2);
    KT_CHECK(!KT_RUN(m, "inner::in_namespace", KT_1D(1, 1), ia) && out[0] == 42);
    KT_CHECK(!kt_has(m, "scale<int>") && !kt_has(m, "scale") && !kt_has(m, ""));
}

static void test_layouts(kt_module *m)
{
    struct {
        int *out;
    } args = { out };
    KT_CHECK(!KT_RUN(m, "layouts", KT_1D(1, 50), args));
    for (int t = 0; t < 50; t++) {
        float f = (float)t + 1;
        uint32_t u;
        memcpy(&u, &f, 4);
        KT_CHECK((uint32_t)out[2 * t] == (u ^ u >> 24) && out[2 * t + 1] == 5000000 + (1000 + t) * 100 + 43);
    }
}

static void test_services(kt_module *m)
{
    struct {
        int n;
    } n = { -12 };
    int *keep[1] = { out };
    KT_CHECK(!KT_RUN(m, "printing", KT_1D(1, 4), n));
    KT_CHECK(!strcmp(kt_printed(), "n=-12 u=4000000000 ll=-5000000000 f=2.500 s=text c=x %|plain\n"));
    n.n = 20;
    KT_CHECK(KT_RUN(m, "failing", KT_1D(2, 32), n) == TN_SIM_TRAP_ASSERT);
    const char *text = kt_printed();
    KT_CHECK(strstr(text, "language.cu:") && strstr(text, "block 0 thread 20,0,0: s[threadIdx.x & 31] < limit"));
    n.n = 32;
    KT_CHECK(!KT_RUN(m, "failing", KT_1D(2, 32), n));
    n.n = 3;
    KT_CHECK(KT_RUN(m, "trapping", KT_1D(1, 32), n) == TN_SIM_TRAP_TRAP);
    n.n = 99;
    KT_CHECK(!KT_RUN(m, "trapping", KT_1D(1, 32), n));
    struct {
        int **keep;
        int *out;
    } args = { keep, out };
    KT_CHECK(!KT_RUN(m, "heap", KT_1D(1, 40), args));
    for (int t = 0; t < 40; t++)
        KT_CHECK(out[t] == 16 * t + 120);
    KT_CHECK(keep[0] == NULL);
}

static void test_atomics(kt_module *m)
{
    int i[9] = { 0, 0, 5, -5, -1, 0, 0, 0, 8 };
    unsigned u[5] = { 0, 0, 5, 100, 0 };
    unsigned long long l[6] = { 0, 0, 5, 0, ~0ull, 100 };
    float f[2] = { 0 };
    double d[1] = { 0 };
    struct {
        void *i, *u, *l, *f, *d;
    } args = { i, u, l, f, d };
    KT_CHECK(!KT_RUN(m, "atomics", KT_1D(1, 40), args));
    int x = 0;
    unsigned inc = 0, dec = 5;
    for (int t = 0; t < 40; t++) {
        x ^= t;
        inc = inc >= 9 ? 0 : inc + 1;
        dec = dec == 0 || dec > 9 ? 9 : dec - 1;
    }
    KT_CHECK(i[0] == 780 && i[1] == -780 && i[2] == -39 && i[3] == 39 && i[4] == 0 && i[5] == -1 && i[6] == x &&
             i[7] == 77 && i[8] == 9);
    KT_CHECK(u[0] == 40 * 3000000000u && u[1] == inc && u[2] == dec && u[3] == 5 && u[4] == 44);
    KT_CHECK(l[0] == 40ull << 33 && l[1] == 39ull << 35 && l[2] == 1ull << 40 && l[3] == 3ull << 50 &&
             l[4] == ~0ull << 40 && l[5] == 3);
    KT_CHECK(f[0] == 20 && f[1] == 2.5f && d[0] == 10);
    int mutex = 0, value = 0;
    struct {
        int *mutex, *value;
    } lock = { &mutex, &value };
    KT_CHECK(!KT_RUN(m, "lock", KT_1D(50, 32), lock));
    KT_CHECK(mutex == 0 && value == 50);
    struct {
        int *mutex, *next, *out;
    } tickets = { &mutex, &value, out };
    KT_CHECK(!KT_RUN(m, "tickets", KT_1D(1, 64), tickets));
    unsigned long long seen = 0;
    for (int t = 0; t < 64; t++)
        seen |= 1ull << ((out[t] - 50) & 63);
    KT_CHECK(value == 114 && seen == ~0ull);
}

static void test_integers(kt_module *m)
{
    static const int a[12] = { 0, 1, -1, 7, 1 << 30, -(1 << 30), 123456, -987654, 2147483647, -2147483647 - 1, 255, 4 };
    static const uint32_t b[12] = { 0,  1,           0xffffffffu, 0x80000000u, 0x12345678u, 5,
                                    77, 0xdeadbeefu, 3,           9,           0xf0f0f0f0u, 6 };
    static long long o[12][16];
    struct {
        const void *a, *b;
        void *o;
    } args = { a, b, o };
    KT_CHECK(!KT_RUN(m, "integers", KT_1D(1, 12), args));
    for (int t = 0; t < 12; t++) {
        uint32_t rev = 0, perm = 0;
        for (int k = 0; k < 32; k++)
            rev |= (b[t] >> k & 1) << (31 - k);
        uint64_t both = (uint64_t)0x44332211 << 32 | b[t];
        for (int k = 0; k < 4; k++)
            perm |= (uint32_t)(both >> ((0x6142 >> (4 * k) & 7) * 8) & 0xff) << (8 * k);
        long long v = a[t];
        int dot = 5;
        for (int k = 0; k < 4; k++)
            dot += (signed char)(a[t] >> (8 * k)) * (0x01020304 >> (8 * k) & 255);
        KT_CHECK(o[t][0] == __builtin_popcount(b[t]) && o[t][1] == (a[t] ? __builtin_clz((unsigned)a[t]) : 32));
        KT_CHECK(o[t][2] == __builtin_ffs(a[t]) && (uint32_t)o[t][3] == rev && o[t][4] == (v * 123456789) >> 32);
        KT_CHECK((uint32_t)o[t][5] == (uint32_t)((uint64_t)b[t] * 3000000000u >> 32) && (uint32_t)o[t][6] == perm);
        KT_CHECK(o[t][7] == (int)(uint32_t)((v < 5 ? v : 5) + (v > -5 ? v : -5)));
        KT_CHECK((uint32_t)o[t][8] == (uint32_t)((((uint64_t)0x12345678 << 32 | b[t]) << 7) >> 32));
        KT_CHECK(o[t][9] == (b[t] ? __builtin_clzll((uint64_t)b[t] << 20) : 64));
        KT_CHECK((int)o[t][10] == (int)(a[t] < 0 ? 0u - (unsigned)a[t] : (unsigned)a[t]) && o[t][11] == dot &&
                 o[t][12] == 32 * v);
        KT_CHECK(o[t][13] == (long long)(int)__builtin_rintf((float)a[t] + 0.5f) || a[t] > 2000000000);
        KT_CHECK(o[t][14] == a[t] && o[t][15] == a[t] % 7 + a[t] / 3);
    }
}

static void test_memory(kt_module *m)
{
    struct big {
        int v[20];
    } in, got[16];
    static char text[200], copied[3][200];
    for (int k = 0; k < 20; k++)
        in.v[k] = 100 * k;
    struct {
        struct big in;
        struct big *out;
    } args = { in, got };
    KT_CHECK(!KT_RUN(m, "big_values", KT_1D(1, 16), args));
    for (int t = 0; t < 16; t++) {
        /* deep: v[19] of each level, then v[3] of the last; each level begins one later */
        int sum = in.v[19], x = in.v[1];
        for (int n = 3; n > 0; n--, x++)
            sum += x + 19;
        sum += x + 3;
        KT_CHECK(got[t].v[0] == in.v[t] + sum && got[t].v[1] == t + 1 && got[t].v[19] == t + 19);
    }
    for (int k = 0; k < 200; k++)
        text[k] = (char)(k % 100);
    struct {
        void *out, *in;
        int n;
    } copy = { copied, text, 133 };
    KT_CHECK(!KT_RUN(m, "copies", KT_1D(1, 3), copy));
    for (int k = 0; k < 600; k++)
        KT_CHECK(copied[k / 200][k % 200] == (k % 200 < 133 ? text[k % 200] : 7) + k / 200);
}

static void test_undefined(kt_module *m)
{
    static const int a[6] = { 7, -7, -2147483647 - 1, 0, 9, -2147483647 - 1 }, b[6] = { 0, 2, -1, 0, -4, 0 };
    static const float f[6] = { 1e20f, -1e20f, NAN, 3.9f, -3.9f, 4294967040.0f };
    static const int quotient[6] = { -1, -3, -2147483647 - 1, -1, -2, -1 },
                     rest[6] = { 7, -1, 0, 0, 1, -2147483647 - 1 };
    static const int whole[6] = { 2147483647, -2147483647 - 1, 0, 3, -3, 2147483647 };
    static const uint32_t natural[6] = { 0xffffffffu, 0, 0, 3, 0, 0xffffff00u };
    static const int high[6] = { 0x7fffffff, -2147483647 - 1, 0, 0, -1, 0 };
    struct {
        const void *a, *b, *f;
        int *out;
    } args = { a, b, f, out };
    KT_CHECK(!KT_RUN(m, "undefined_operations", KT_1D(1, 6), args));
    for (int t = 0; t < 6; t++) {
        KT_CHECK(out[t * 6] == quotient[t] && out[t * 6 + 1] == rest[t]);
        KT_CHECK((uint32_t)out[t * 6 + 2] == (b[t] ? (uint32_t)a[t] / (uint32_t)b[t] : 0xffffffffu));
        KT_CHECK(out[t * 6 + 3] == whole[t] && (uint32_t)out[t * 6 + 4] == natural[t] && out[t * 6 + 5] == high[t]);
    }
}

static void (*const tests[])(kt_module *) = { test_functions, test_names,    test_layouts, test_services,
                                              test_atomics,   test_integers, test_memory,  test_undefined };

static void run(kt_module *m)
{
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        kt_test(tests[i], m);
}

int main(int argc, char **argv)
{
    return kt_main(argc, argv, (const uint32_t[]){ 32, 0 }, run);
}
