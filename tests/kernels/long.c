/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/kernels/long.c - runs the kernels of long.cu: blocks of whole rows and warps and others, threads that leave, lanes that part.
 */
#include <string.h>

#include "tests/kernels/harness.h"

enum { MOST = 128, COUNT = 500 };

static unsigned in[COUNT], out[MOST], want[MOST], sums[COUNT];

static void reset(void)
{
    for (unsigned i = 0; i < COUNT; i++) {
        in[i] = (i * 2654435761u) >> 7;
        sums[i] = i;
    }
    memset(out, 0, sizeof out);
}

static void compare(const char *kernel, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (out[i] != want[i]) {
            kt_fail(__FILE__, __LINE__, "%s, block of %u, thread %u: %u instead of %u (width %u)", kernel, n, i, out[i], want[i],
                    kt_current_width);
            return;
        }
}

static void run_steps(kt_module *m, unsigned n, unsigned leave)
{
    struct {
        unsigned *out, *sums, *in, leave, count;
    } args = { out, sums, in, leave, COUNT };
    unsigned t[2][MOST], gone[MOST] = { 0 };
    reset();
    KT_CHECK(!KT_RUN(m, "steps", KT_1D(1, n), args));
    memcpy(want, in, sizeof want);
    for (unsigned k = 0; k < 201; k += 20) {
        for (unsigned i = 0; i < n; i++)
            t[k / 20 & 1][i] = gone[i] ? t[k / 20 & 1][i] : want[i];
        for (unsigned i = 0; i < n; i++) {
            gone[i] |= k == 40 && want[i] % 8 == leave;
            want[i] = gone[i] ? want[i] : want[i] * 5 + t[k / 20 & 1][(i + k + 1) % n];
        }
    }
    compare("steps", n);
    for (unsigned i = 0; i < COUNT; i++)
        KT_CHECK(sums[i] == i + (gone[i % n] ? 0 : 2 * in[i]));
}

static void run_tree(kt_module *m)
{
    struct {
        unsigned *out, *in;
    } args = { out, in };
    reset();
    KT_CHECK(!KT_RUN(m, "tree", KT_1D(1, MOST), args));
    memcpy(want, in, sizeof want);
    for (unsigned k = 0; k < 210; k++)
        for (unsigned i = 0, step = 64u >> k % 7; i < step; i++)
            want[i] += want[i + step];
    compare("tree", MOST);
}

static void run_places(kt_module *m, unsigned n)
{
    struct {
        unsigned *out, *in;
    } args = { out, in };
    reset();
    KT_CHECK(!KT_RUN(m, "places", KT_1D(1, n), args));
    for (unsigned i = 0; i < n; i++)
        want[i] = 110 + i;
    compare("places", n);
}

/* The value of lane i's partner among the lanes that take part, i's own where it is not there. */
static unsigned partner(const unsigned *x, const unsigned *there, unsigned n, unsigned i, unsigned by)
{
    const unsigned other = i ^ by;
    return other < n && there[other] ? x[other] : x[i];
}

static void run_lanes(kt_module *m, unsigned n)
{
    struct {
        unsigned *out, *in;
    } args = { out, in };
    const unsigned width = kt_width(m);
    unsigned x[64], there[64];
    reset();
    KT_CHECK(!KT_RUN(m, "lanes", KT_1D(1, n), args));
    memcpy(want, in, sizeof want);
    for (unsigned first = 0; first < n; first += width) {
        const unsigned lanes = n - first < width ? n - first : width;
        for (unsigned k = 0; k < 34; k++) {
            unsigned any = 0;
            for (unsigned i = 0; i < lanes; i++) {
                x[i] = want[first + i];
                any |= x[i] % 37 == k;
            }
            for (unsigned i = 0; i < lanes; i++)
                there[i] = k < 24 ? any : x[i] >> k % 5 & 1;
            for (unsigned i = 0; i < lanes; i++)
                if (there[i])
                    want[first + i] += partner(x, there, lanes, i, 1 + k % 16) ^ k;
        }
    }
    compare("lanes", n);
}

static void run(kt_module *m)
{
    static const unsigned blocks[] = { 128, 40, 1, 64 };
    for (unsigned b = 0; b < sizeof blocks / sizeof *blocks; b++) {
        run_steps(m, blocks[b], 8); /* none */
        run_steps(m, blocks[b], 3);
        run_places(m, blocks[b]);
        if (kt_width(m) > 1)
            run_lanes(m, blocks[b]);
    }
    run_tree(m);
}

int main(int argc, char **argv)
{
    return kt_main(argc, argv, (const uint32_t[]){ 1, 32, 64, 0 }, run);
}
