/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/kernels/grid.c - runs the kernels of grid.cu cooperatively, and not, and compares with C.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/ktab.h"
#include "tests/kernels/harness.h"

enum { BLOCKS = 5, THREADS = 64, N = BLOCKS * THREADS };

static kt_launch together(uint32_t blocks, uint32_t threads, uint32_t bytes)
{
    return (kt_launch){ { blocks, 1, 1 }, { threads, 1, 1 }, bytes, 0, 0, 1 };
}

static void test_neighbours(kt_module *m)
{
    static int data[N], want[N], next[N];
    struct {
        int *data;
        int rounds;
    } args = { data, 7 };
    for (int i = 0; i < N; i++)
        data[i] = want[i] = i * 37 % 101;
    for (int r = 0; r < args.rounds; r++) {
        for (int i = 0; i < N; i++)
            next[i] = want[i] + want[(i + THREADS) % N] + r;
        memcpy(want, next, sizeof want);
    }
    KT_CHECK(!KT_RUN(m, "neighbours", together(BLOCKS, THREADS, 0), args));
    KT_CHECK(!memcmp(data, want, sizeof data));
    args.rounds = 0;
    KT_CHECK(!KT_RUN(m, "neighbours", KT_1D(BLOCKS, THREADS), args));
    args.rounds = 1; /* a plain launch runs up to the barrier, and fails there */
    KT_CHECK(KT_RUN(m, "neighbours", KT_1D(BLOCKS, THREADS), args) == TN_SIM_TRAP_TRAP);
    KT_CHECK(strstr(kt_printed(), "not launched cooperatively") != NULL);
}

static void test_kept(kt_module *m)
{
    static int in[N], out[N];
    int valid = 0;
    struct {
        const int *in;
        int *out, *valid;
    } args = { in, out, &valid };
    for (int i = 0; i < N; i++) {
        in[i] = i % 23;
        out[i] = -1;
    }
    KT_CHECK(!KT_RUN(m, "kept", together(BLOCKS, THREADS, THREADS * 4), args));
    KT_CHECK(valid == BLOCKS);
    for (int b = 0; b < BLOCKS; b++)
        for (int t = 0; t < THREADS; t++) {
            int v = in[b * THREADS + (t + 1) % 50] + 2 * in[b * THREADS + (t + 2) % 50];
            for (int i = 0; i < 4; i++)
                v += (in[b * THREADS + t] + (i + t) % 4 * b) * in[(b + 1) % BLOCKS * THREADS];
            KT_CHECK(out[b * THREADS + t] == (t >= 50 || (b == 2 && t == 0) ? -1 : v));
        }
}

static void test_managed(kt_module *m)
{
    int out[4], *together_there = kt_variable(m, "together", 16);
    struct {
        int *out;
    } args = { out };
    together_there[2] = -1;
    KT_CHECK(!KT_RUN(m, "managed", together(1, 4, 0), args));
    KT_CHECK(out[0] == 5 && out[1] == 6 && out[2] == -1 && out[3] == 8);
    KT_CHECK(together_there[1] == 16 && together_there[2] == 19 && together_there[3] == 38);
    together_there[1] = 6;
    together_there[3] = 8;
}

static void test_total(kt_module *m)
{
    enum { COUNT = 10007 };
    static int in[COUNT], parts[16];
    int result = 0, want = 0;
    struct {
        const int *in;
        int n, *parts, *result;
    } args = { in, COUNT, parts, &result };
    if (!kt_has(m, "total"))
        return;
    for (int i = 0; i < COUNT; i++)
        want += in[i] = i % 97 - 20;
    KT_CHECK(!KT_RUN(m, "total", together(9, 128, 0), args));
    KT_CHECK(result == want);
}

static void run(kt_module *m)
{
    const tn_ktab *table = kt_table(m);
    for (uint32_t i = 0; i < table->kernel_count; i++)
        KT_CHECK(tn_ktab_kernel_at(table, i)->flags & TN_KERNEL_COOPERATIVE);
    test_neighbours(m);
    test_kept(m);
    test_managed(m);
    test_total(m);
}

int main(int argc, char **argv)
{
    return kt_main(argc, argv, (const uint32_t[]){ 1, 32, 64, 0 }, run);
}
