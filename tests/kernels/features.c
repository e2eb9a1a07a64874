/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/kernels/features.c - runs the kernels of features.cu and compares with C.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kernels/harness.h"

struct bits { unsigned a : 3; int b : 5; unsigned : 0; unsigned long long c : 40; bool d : 1; unsigned char e : 7; };
union word { float f; unsigned u; unsigned char bytes[4]; struct { short low, high; } h; };
struct big { double d[40]; char text[13]; short s[7]; };
struct tail { char c; _Alignas(16) float v[3]; };

static void test_layout(kt_module *m)
{
    static long long out[12 * 64];
    static struct big more;
    struct {
        struct bits b;
        union word w;
        struct big big;
        struct tail tail;
        const struct big *more;
        long long *out;
    } args = { { 5, -9, 123456789012ull, true, 99 }, { 1.5f }, { { 0 }, "hello", { 0 } }, { 7, { 1.5f, 2.5f, 3.5f } }, &more, out };
    for (int i = 0; i < 40; i++) {
        args.big.d[i] = i;
        more.d[i] = 2 * i;
    }
    for (int i = 0; i < 7; i++)
        args.big.s[i] = more.s[i] = (short)(100 * i);
    KT_CHECK(!KT_RUN(m, "layout", KT_1D(1, 64), args));
    for (int t = 0; t < 64; t++) {
        const long long *o = out + 12 * t;
        struct bits b = args.b;
        union word w = args.w;
        b.a += (unsigned)t;
        b.b = (b.b - t) % 32;
        b.c += (unsigned long long)t << 35;
        b.e = (unsigned char)(b.e * 3 + t);
        w.bytes[3] ^= 0x80;
        w.h.high = (short)(w.h.high + t);
        int signed_b = ((-9 - t) & 31) >= 16 ? ((-9 - t) & 31) - 32 : (-9 - t) & 31;
        KT_CHECK(o[0] == b.a && o[1] == signed_b && o[2] == (long long)b.c && o[3] == 0 && o[4] == b.e);
        KT_CHECK(o[5] == w.u && o[6] == w.h.low * 65536ll + w.h.high);
        KT_CHECK(o[7] == 780 + 1560 + 1 && o[8] == t + 100 * (t % 7) + 300);
        KT_CHECK(o[9] == (long long)(sizeof(struct big) * 1000 + sizeof(struct bits)));
        KT_CHECK(o[10] == 15 + 10 * (t % 3) + 7 && o[11] == (long long)(sizeof(struct tail) * 100 + 16));
    }
}

static void test_templates(kt_module *m)
{
    static int out[12 * 32];
    struct {
        int *out, k;
    } args = { out, 3 };
    KT_CHECK(!KT_RUN(m, "templates_and_lambdas", KT_1D(1, 32), args));
    for (int t = 0; t < 32; t++) {
        const int *o = out + 12 * t;
        KT_CHECK(o[0] == 4 && o[1] == (int)(7.75 + t) && o[2] == 729 && o[3] == (t % 16) * (t % 16) + 1);
        KT_CHECK(o[4] == (t + 7) * 3 && o[5] == (t + 2) * 10 + 2);
        KT_CHECK(o[6] == (t > 20 ? t : 20) + (t > 2 ? t : 2) && o[7] == 64 && o[8] == t + t * t && o[9] == 14 + t);
        KT_CHECK(o[10] == 2 * t && o[11] == 7 + t % 3);
    }
    struct {
        int by;
        int *out;
    } apply = { 11, out };
    KT_CHECK(!KT_RUN(m, "_Z5applyI5AdderEvT_Pi", KT_1D(1, 32), apply));
    for (int t = 0; t < 32; t++)
        KT_CHECK(out[t] == t + 11);
}

static int power(int a, int b)
{
    return b ? a * power(a, b - 1) : 1;
}

static int hanoi(int n, int from, int to, int *moves)
{
    if (!n)
        return 0;
    int other = 3 - from - to, a = hanoi(n - 1, from, other, moves);
    ++*moves;
    return a + hanoi(n - 1, other, to, moves) + n * 7 + from;
}

static void test_calls(kt_module *m)
{
    static int out[10 * 64];
    struct {
        int *out;
    } args = { out };
    KT_CHECK(!KT_RUN(m, "chosen_calls", KT_1D(1, 64), args));
    for (int t = 0; t < 64; t++) {
        const int *o = out + 10 * t;
        int a = t % 5 + 2, b = t % 4, moves = 0, low = 99, high = -1;
        for (int i = 0; i < 12; i++) {
            int v = (i * 31 + t * 17) % 23;
            low = v < low ? v : low;
            high = v > high ? v : high;
        }
        KT_CHECK(o[0] == (t % 2 ? 2010 : t + 5) && o[1] == 2 * (1000 + t));
        KT_CHECK(o[2] == (t % 3 == 0 ? a + b : t % 3 == 1 ? a - b : power(a, b)));
        KT_CHECK(o[3] == (t & 1 ? t + 3 : t - 3) + power(2, t % 6) && o[4] == t + 4);
        KT_CHECK(o[5] == (t % 19 % 2 == 0) * 2 + (t % 7 % 2));
        KT_CHECK(o[6] == hanoi(t % 6, 0, 2, &moves) && o[7] == moves);
        KT_CHECK(o[8] == 1000 + low + high && o[9] == 1);
    }
}

static int statement(int t, int n)
{
    int v = 0;
    for (int i = 0; i < n; i++) {
        int k = (i + t) % 6;
        if (k < 2)
            v += k ? 10 : 11;
        else if (k == 2)
            do
                v += 3;
            while (v % 5 && v % 7);
        else if (k == 3) {
            for (int j = 0; j <= 5; j++)
                v += j == t % 4 ? 0 : j;
        } else {
            v ^= i;
            if (v > 1000)
                break;
        }
    }
    return v;
}

static void test_statements(kt_module *m)
{
    static int out[64];
    struct {
        int *out, n;
    } args = { out, 90 };
    KT_CHECK(!KT_RUN(m, "statements", KT_1D(1, 64), args));
    for (int t = 0; t < 64; t++)
        KT_CHECK(out[t] == statement(t, 90) + statement((t + 1) % 64, 90) * (t < 60 ? 1 : -1));
}

static void run(kt_module *m)
{
    test_layout(m);
    test_templates(m);
    if (kt_has(m, "chosen_calls")) /* not on targets without calls by pointer */
        test_calls(m);
    test_statements(m);
}

int main(int argc, char **argv)
{
    return kt_main(argc, argv, (const uint32_t[]){ 1, 32, 64, 0 }, run);
}
