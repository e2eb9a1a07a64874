/* SPDX-License-Identifier: Apache-2.0 */
/* many.c - runs the kernels of many.cu: each is there, and all see the same variables. */
#include <stdio.h>

#include "tests/kernels/harness.h"

static int x[32];

static void run(kt_module *m, const char *kernel)
{
    struct {
        int *x;
    } args = { x };
    KT_CHECK(kt_run(m, kernel, KT_1D(1, 32), &args, sizeof args) == 0);
}

static void all_kernels(kt_module *m)
{
    static const int start[4] = { 10, 20, 30, 40 };
    int *table = kt_variable(m, "table", sizeof start), sum = 0;
    char name[16];
    for (int round = 0; round < 2; round++) {
        for (int i = 10; i < 50; i++) {
            snprintf(name, sizeof name, "many_%d", i);
            KT_CHECK(kt_has(m, name));
            run(m, name);
            sum += i + 1;
            for (int t = 0; t < 32; t++)
                KT_CHECK(x[t] == (start[i & 3] + round * 100) * 2 + i + (t ^ 1));
        }
        run(m, "report");
        KT_CHECK(x[0] == sum && x[31] == sum + 31);
        for (int k = 0; k < 4; k++)
            table[k] += 100;
    }
}

static void run_all(kt_module *m)
{
    kt_test(all_kernels, m);
}

int main(int argc, char **argv)
{
    return kt_main(argc, argv, (const uint32_t[]){ 32, 64, 1, 0 }, run_all);
}
