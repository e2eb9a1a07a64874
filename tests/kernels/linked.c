/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/kernels/linked.c - runs a device program of two sources, compiled apart (-dc) and linked later.
 */
#include <stdio.h>

#include "tests/kernels/harness.h"

static void run(kt_module *m)
{
    static int out[128];
    struct {
        int *out;
    } args = { out };
    KT_CHECK(!KT_RUN(m, "from_both", KT_1D(1, 64), args));
    for (int t = 0; t < 64; t++) {
        int table[4] = { 10, 20, 30, 40 };
        KT_CHECK(out[t] == t + 1000 + 2 * t + 3 * t + table[t % 4] + (t % 2 ? 25 : 5) + (t % 2 ? t * 5 : t + 5) + t * t + 2 * t);
        KT_CHECK(out[64 + t] == 101);
    }
    KT_CHECK(!KT_RUN(m, "counts", KT_1D(1, 8), args)); /* the other file's variable of the same name */
    int sum = 0;
    for (int t = 0; t < 8; t++)
        sum += out[t];
    KT_CHECK(sum == 8 * 7 + 2 * 28);
    KT_CHECK(kt_has(m, "sums") == (kt_current_width > 1));
    if (kt_has(m, "sums")) {
        int w = (int)kt_current_width;
        KT_CHECK(!KT_RUN(m, "sums", KT_1D(1, 64), args));
        for (int t = 0; t < 64; t++)
            KT_CHECK(out[t] == (w == 64 ? 64 * 65 / 2 : t < 32 ? 32 * 33 / 2 : 64 * 65 / 2 - 32 * 33 / 2));
    }
}

int main(int argc, char **argv)
{
    return kt_main(argc, argv, (const uint32_t[]){ 1, 32, 64, 0 }, run);
}
