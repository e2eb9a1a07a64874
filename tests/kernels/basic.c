/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/kernels/basic.c - runs the kernels of basic.cu and compares with plain C.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kernels/harness.h"

static void test_vadd(kt_module *m)
{
    static float a[1000], b[1000], c[1001];
    for (int i = 0; i < 1000; i++)
        a[i] = (float)i, b[i] = 0.5f * (float)i, c[i] = -1;
    c[1000] = -1;
    struct {
        float *a, *b, *c;
        int n;
    } args = { a, b, c, 1000 };
    KT_CHECK(!KT_RUN(m, "vadd", KT_1D(4, 256), args));
    for (int i = 0; i < 1000; i++)
        KT_CHECK(c[i] == 1.5f * (float)i);
    KT_CHECK(c[1000] == -1);
    /* a range of blocks only */
    memset(c, 0, sizeof c);
    kt_launch some = KT_1D(4, 256);
    some.first = 1, some.count = 2;
    KT_CHECK(!KT_RUN(m, "vadd", some, args));
    KT_CHECK(c[255] == 0 && c[256] == 384.0f && c[767] == 1150.5f && c[768] == 0);
}

static void test_indices(kt_module *m)
{
    enum { THREADS = 5 * 3 * 2, BLOCKS = 3 * 2 * 2 };
    static uint32_t out[THREADS * BLOCKS][8];
    struct {
        void *out;
    } args = { out };
    kt_launch l = { { 3, 2, 2 }, { 5, 3, 2 }, 0, 0, 0 };
    KT_CHECK(!KT_RUN(m, "indices", l, args));
    for (uint32_t i = 0; i < THREADS * BLOCKS; i++) {
        uint32_t t = i % THREADS, b = i / THREADS;
        KT_CHECK(out[i][0] == t % 5 && out[i][1] == t / 5 % 3 && out[i][2] == t / 15);
        KT_CHECK(out[i][3] == b % 3 && out[i][4] == b / 3 % 2 && out[i][5] == b / 6);
        KT_CHECK(out[i][6] == 3005 && out[i][7] == 2003 + 1000000 * kt_width(m));
    }
}

static void test_early_return(kt_module *m)
{
    static float in[1024], out[1024];
    for (int i = 0; i < 1024; i++)
        in[i] = (float)(i + 1), out[i] = 0;
    struct {
        float *in, *out;
        int n;
    } args = { in, out, 1000 };
    KT_CHECK(!KT_RUN(m, "early_return", KT_1D(4, 256), args));
    for (int i = 0; i < 1024; i++)
        KT_CHECK(out[i] == (i < 1000 ? in[i ^ 1] : 0));
    static int left[128];
    struct {
        int *out;
    } args2 = { left };
    KT_CHECK(!KT_RUN(m, "leave_one_by_one", KT_1D(1, 100), args2));
    for (int t = 0; t < 100; t++)
        KT_CHECK(left[t] == (t + 1) * 1000 + t + 1);
}

static void test_tree(kt_module *m)
{
    static float in[2000], out[8];
    float expect[8] = { 0 };
    for (int i = 0; i < 2000; i++)
        in[i] = (float)(i % 17), expect[i / 256] += in[i];
    struct {
        float *in, *out;
        int n;
    } args = { in, out, 2000 };
    KT_CHECK(!KT_RUN(m, "tree", KT_1D(8, 256), args));
    for (size_t i = 0; i < sizeof out / sizeof *out; i++)
        KT_CHECK(out[i] == expect[i]);
}

static void test_sgemm(kt_module *m)
{
    enum { N = 64 };
    static float a[N * N], b[N * N], c[N * N];
    for (int i = 0; i < N * N; i++)
        a[i] = (float)(i % 7), b[i] = (float)(i % 5), c[i] = -1;
    struct {
        float *a, *b, *c;
        int n;
    } args = { a, b, c, N };
    KT_CHECK(!KT_RUN(m, "sgemm", ((kt_launch){ { N / 16, N / 16, 1 }, { 16, 16, 1 }, 0, 0, 0, 0 }), args));
    int bad = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            float sum = 0;
            for (int k = 0; k < N; k++)
                sum += a[i * N + k] * b[k * N + j];
            bad += sum != c[i * N + j];
        }
    KT_CHECK(bad == 0);
}

static void test_local(kt_module *m)
{
    static int out[3][300], large[2][96];
    struct {
        void *out;
        int n;
    } args = { out, 300 };
    kt_launch l = KT_1D(3, 64);
    l.dynamic_local = 1200;
    KT_CHECK(!KT_RUN(m, "dynamic_local", l, args));
    for (int i = 0; i < 900; i++)
        KT_CHECK(out[i / 300][i % 300] == (299 - i % 300) * (299 - i % 300) + (i % 300 & 7));
    struct {
        void *out;
    } args2 = { large };
    KT_CHECK(!KT_RUN(m, "large_local", KT_1D(2, 96), args2));
    for (int i = 0; i < 192; i++)
        KT_CHECK(large[i / 96][i % 96] == 40000 / 96 + (i % 96 < 40000 % 96));
}

static void test_arguments(kt_module *m)
{
    struct params {
        float scale;
        int shift[3];
        double bias;
        char tag;
    } p = { 2.5f, { 10, 20, 30 }, 7.0, 3 };
    static long long out[32][4];
    struct {
        char a;
        short b;
        struct params p;
        _Bool flag;
        double d;
        struct {
            _Alignas(8) float x;
            float y;
        } v;
        void *out;
        struct params q;
    } args = { -5, 300, p, 1, 12.5, { 3, 4 }, out, p };
    KT_CHECK(!KT_RUN(m, "arguments", KT_1D(1, 32), args));
    for (int t = 0; t < 32; t++) {
        KT_CHECK(out[t][0] == 299995 && out[t][1] == 60 + t + 2 + 7 + 3);
        KT_CHECK(out[t][2] == 125 && out[t][3] == 403 + 10 * (1 + t % 3));
    }
}

static void test_variables(kt_module *m)
{
    static float out[8];
    struct {
        float *out;
    } args = { out };
    int *counter = kt_variable(m, "counter", 4);
    float *weights = kt_variable(m, "weights", 16);
    KT_CHECK(*counter == 5 && weights[3] == 4);
    KT_CHECK(!KT_RUN(m, "variables", KT_1D(3, 8), args));
    KT_CHECK(*counter == 35 && out[0] == 9 && out[7] == 12);
    weights[2] = 100;
    KT_CHECK(!KT_RUN(m, "variables", KT_1D(1, 8), args));
    KT_CHECK(out[2] == 108);
    weights[2] = 3, *counter = 5;
}

static void test_branches(kt_module *m)
{
    static int out[2][64], which[2] = { 1, 0 }, both[64];
    struct {
        int *which;
        void *out;
    } args = { which, out };
    KT_CHECK(!KT_RUN(m, "uniform_branch", KT_1D(2, 64), args));
    for (int t = 0; t < 64; t++)
        KT_CHECK(out[0][t] == 63 - t && out[1][t] == 2 * ((t + 1) & 63));
    struct {
        int *out;
    } args2 = { both };
    KT_CHECK(!KT_RUN(m, "barrier_in_both_branches", KT_1D(1, 64), args2));
    int acc[64], old[64];
    for (int t = 0; t < 64; t++)
        acc[t] = t;
    for (int r = 0; r < 3; r++) {
        memcpy(old, acc, sizeof acc);
        for (int t = 0; t < 64; t++)
            acc[t] += t < 32 ? old[t + 32] : 2 * old[t - 32];
    }
    KT_CHECK(!memcmp(acc, both, sizeof acc));
}

static void test_nested(kt_module *m)
{
    static int out[3][100], rounds[3] = { 0, 1, 7 };
    struct {
        int *rounds;
        void *out;
    } args = { rounds, out };
    KT_CHECK(!KT_RUN(m, "nested", KT_1D(3, 100), args));
    for (int b = 0; b < 3; b++) {
        int v[100];
        for (int t = 0; t < 100; t++)
            v[t] = t;
        for (int i = 0; i < rounds[b]; i++) {
            int sum = 0;
            for (int t = 0; t < 100; t++)
                sum += v[t];
            for (int t = 0; t < 100; t++)
                v[t] = (sum + v[t]) % 1009 + (i & 1 ? 100 : 0);
        }
        KT_CHECK(!memcmp(v, out[b], sizeof v));
    }
}

static void test_private_array(kt_module *m)
{
    static int out[64];
    struct {
        int *out;
    } args = { out };
    KT_CHECK(!KT_RUN(m, "private_array", KT_1D(1, 64), args));
    for (int t = 0; t < 64; t++) {
        int mine[8], n = (t + 1) & 63, sum = 0;
        for (int i = 0; i < 8; i++)
            mine[i] = t * 8 + i;
        mine[(t + 3) & 7] += n * 8 + (n & 7);
        for (int i = 0; i < 8; i++)
            sum = sum * 3 + mine[(i + t) & 7];
        KT_CHECK(out[t] == sum);
    }
}

static void test_votes(kt_module *m)
{
    static int in[2][70], out[2][70], rest[64];
    int expect[2];
    for (int b = 0; b < 2; b++) {
        int count = 0, all = 1, any = 0;
        for (int t = 0; t < 70; t++) {
            in[b][t] = b ? t % 8 + 1 : t % 10;
            count += in[b][t] > 3, all &= in[b][t] > 0, any |= in[b][t] > 8;
        }
        expect[b] = count * 4 + all * 2 + any;
    }
    struct {
        void *in, *out;
    } args = { in, out };
    KT_CHECK(!KT_RUN(m, "votes", KT_1D(2, 70), args));
    for (int i = 0; i < 140; i++)
        KT_CHECK(out[i / 70][i % 70] == expect[i / 70]);
    struct {
        int *out;
    } args2 = { rest };
    KT_CHECK(!KT_RUN(m, "votes_of_the_rest", KT_1D(1, 64), args2));
    for (int t = 0; t < 64; t++)
        KT_CHECK(rest[t] == (t < 40 ? 41 : 0));
}

static int switch_value(int v)
{
    int r = 0;
    switch (v) {
    case 0:
        r = 10;
        break;
    case 1:
        r = 25;
        break;
    case 2:
        r = 5;
        break;
    case 7:
        return 0;
    default:
        r = -v;
    }
    for (int k = 0; k < v && k != 9; k++)
        r += k == 5 ? 0 : k;
    return r;
}

static void test_switches(kt_module *m)
{
    static int in[100], out[128];
    for (int i = 0; i < 100; i++)
        in[i] = i % 13;
    struct {
        int *in, *out;
        int n;
    } args = { in, out, 100 };
    KT_CHECK(!KT_RUN(m, "switches", KT_1D(4, 32), args));
    for (int i = 0; i < 100; i++)
        KT_CHECK(out[i] == switch_value(in[i]) + switch_value(in[i / 32 * 32]));
}

static void test_rest(kt_module *m)
{
    static int out[60];
    static double in[32], sums[32];
    struct {
        int *out;
    } args = { out };
    KT_CHECK(!KT_RUN(m, "cube", ((kt_launch){ { 1, 1, 1 }, { 5, 3, 4 }, 0, 0, 0, 0 }), args));
    for (int i = 0; i < 60; i++)
        KT_CHECK(out[i] == (4 - i % 5) + 10 * (2 - i / 5 % 3) + 100 * (3 - i / 15));
    for (int t = 0; t < 32; t++)
        in[t] = t;
    struct {
        double *in, *out;
    } args2 = { in, sums };
    KT_CHECK(!KT_RUN(m, "carried", KT_1D(1, 32), args2));
    for (int t = 0; t < 32; t++)
        KT_CHECK(sums[t] == t + 2 * t + t + (t > 10 ? 1000 : 0) + t + t + t + 3 + 2 * (31 - t));
}

static void test_local_structs(kt_module *m)
{
    enum { N = 48 };
    static float data[N][4];
    static double out[N];
    for (int t = 0; t < N; t++)
        for (int k = 0; k < 4; k++)
            data[t][k] = (float)(t * 4 + k);
    struct {
        void *data, *out;
    } args = { data, out };
    KT_CHECK(!KT_RUN(m, "local_structs", KT_1D(1, N), args));
    for (int t = 0; t < N; t++) {
        for (int k = 0; k < 4; k++)
            KT_CHECK(data[t][k] == (float)((N - 1 - t) * 4 + 3 - k));
        KT_CHECK(out[t] == (N - 1 - t) * 0.5 + (t + 1) % N);
    }
}

static void test_wide_bound(kt_module *m)
{
    enum { N = 64, ROUNDS = 8 };
    static const uint64_t from[] = { 0, 7, 0x7ffffffc, 0xfffffffc, 0x1fffffffcull };
    static uint32_t in[N], out[N];
    for (int t = 0; t < N; t++)
        in[t] = t % 3 == 0 ? (uint32_t)t / 3 : t % 3 == 1 ? 0xffffffffu - (uint32_t)t / 3 : 0x80000000u - (uint32_t)t / 3;
    for (size_t f = 0; f < sizeof from / sizeof *from; f++) {
        struct {
            const void *in;
            void *out;
            uint64_t from;
            uint32_t rounds;
        } args = { in, out, from[f], ROUNDS };
        KT_CHECK(!KT_RUN(m, "wide_bound", KT_1D(2, N / 2), args));
        for (int t = 0; t < N; t++) {
            uint32_t want = 0;
            for (uint64_t u = from[f]; u < from[f] + ROUNDS; u++)
                want += (in[t] < u) + 100 * (u < in[t] ? 1 + (uint32_t)(u & 1) : 0) + 10000 * (in[t] <= u ? 3 : 0) +
                        1000000 * (u <= in[t] ? 5 : 0);
            KT_CHECK(out[t] == want);
        }
    }
}

static void (*const tests[])(kt_module *) = { test_vadd,     test_indices, test_early_return,  test_tree,
                                              test_sgemm,    test_local,   test_arguments,     test_variables,
                                              test_branches, test_nested,  test_private_array, test_votes,
                                              test_switches, test_rest,    test_local_structs, test_wide_bound };

static void run(kt_module *m)
{
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        kt_test(tests[i], m);
}

int main(int argc, char **argv)
{
    return kt_main(argc, argv, (const uint32_t[]){ 1, 32, 64, 0 }, run);
}
