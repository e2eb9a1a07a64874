/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/kernels/groups.c - runs the kernels of groups.cu and compares with C.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kernels/harness.h"

enum { N = 128 };
static int in[N];

static void test_tiles(kt_module *m)
{
    static int out[12 * N];
    struct {
        int *in, *out;
    } args = { in, out };
    KT_CHECK(!KT_RUN(m, "tiles", KT_1D(1, N), args));
    for (int t = 0; t < N; t++) {
        const int *v = in + t / 8 * 8, r = t % 8, *o = out + 12 * t;
        int sum = 0, most = v[0], before = 0, odd = 0, same = 0, all = 1, seven = 0;
        for (int k = 0; k < 8; k++) {
            sum += v[k];
            most = v[k] > most ? v[k] : most;
            before += k < r ? v[k] : 0;
            odd |= (v[k] & 1) << k;
            same |= (v[k] % 3 == v[r] % 3) << k;
            all &= v[k] / 1000 == v[0] / 1000;
            seven |= v[k] == 7;
        }
        KT_CHECK(o[0] == sum && o[1] == most && o[2] == before + v[r] && o[3] == before);
        KT_CHECK(o[4] == v[3] + 1000 * v[r ^ 1]);
        KT_CHECK(o[5] == odd * 100 + t / 8 && o[6] == same);
        KT_CHECK(o[7] == (all ? 255 + 10000 : 0));
        KT_CHECK(o[8] == v[r] * v[r ^ 1] && o[9] == v[0] + 5);
        KT_CHECK(o[10] == t % 4 * 10 + 4 && o[11] == seven + 2);
    }
}

/* Of the lanes `who` of a warp: how many, the rank of lane l, and a sum. */
static int count(uint64_t who)
{
    return __builtin_popcountll(who);
}

static void check_lane(const int *v, const int *o, int l, int w)
{
    uint64_t who = 0, label = 0, half = 0, run = 0, heads = 0;
    int sum = 0, upto = 0, label_sum = 0, least = 1 << 30, nth[64] = { 0 }, n = 0, rank;
    for (int k = 0; k < w; k++)
        if (v[k] % 3)
            nth[n++] = k;
    for (int i = 0; i < n; i++) {
        int k = nth[i];
        who |= 1ull << k;
        sum += v[k];
        upto += k <= l ? v[k] : 0;
        if (v[k] % 5 == v[l] % 5) {
            label |= 1ull << k;
            label_sum += v[k];
        }
        if ((v[k] & 1) == (v[l] & 1)) {
            half |= 1ull << k;
            least = v[k] < least ? v[k] : least;
        }
    }
    for (int i = n; i-- > 0;) { /* the lowest lane of each label */
        for (int k = 0; k < n; k++)
            if (v[nth[k]] % 5 == v[nth[i]] % 5) {
                heads |= 1ull << nth[k];
                break;
            }
    }
    rank = count(who & ((1ull << l) - 1));
    for (int i = rank / 4 * 4; i < n && i < rank / 4 * 4 + 4; i++)
        run |= 1ull << nth[i];
    const uint64_t below = (1ull << l) - 1;
    KT_CHECK(o[0] == n * 100 + rank);
    KT_CHECK(o[1] == sum && o[2] == upto && o[3] == upto - v[l]);
    KT_CHECK(o[4] == v[nth[1]] + 1000 * v[rank + 1 < n ? nth[rank + 1] : l]);
    KT_CHECK(o[5] == count(label) * 10000 + count(label & below) * 100 + count(heads & ((label & -label) - 1)));
    KT_CHECK(o[6] == label_sum);
    KT_CHECK(o[7] == count(half) * 10000 + count(half & below) * 100 + !(v[l] & 1));
    KT_CHECK(o[8] == least);
    KT_CHECK(o[9] == count(run) * 10000 + count(run & below) * 100 + rank / 4);
}

static void test_coalesced(kt_module *m, int width)
{
    static int out[10 * N];
    struct {
        int *in, *out;
    } args = { in, out };
    KT_CHECK(!KT_RUN(m, "coalesced", KT_1D(1, N), args));
    for (int t = 0; t < N; t++)
        if (in[t] % 3)
            check_lane(in + t / width * width, out + 10 * t, t % width, width);
}

static void test_copies(kt_module *m)
{
    static float x[N], out[N];
    struct {
        float *in, *out;
        int n;
    } args = { x, out, 16 };
    for (int i = 0; i < N; i++)
        x[i] = (float)(i * 3 % 50);
    KT_CHECK(!KT_RUN(m, "copies", ((kt_launch){ { 2, 1, 1 }, { 64, 1, 1 }, 256, 0, 0, 0 }), args));
    for (int i = 0; i < N; i++) {
        int b = i / 64, t = i % 64;
        KT_CHECK(out[i] == x[b * 64 + 63 - t] + x[t % 16] * 1000 + x[t] + (t % 2 ? 0 : x[t]));
    }
}

static void test_atomics(kt_module *m)
{
    int ints[3 + N] = { 10, -1, 0 }, seen[N], most = -1, *counter = kt_variable(m, "counter", 4), first = *counter;
    float floats[1] = { 1 };
    unsigned long long wide = 1, want = 1;
    struct {
        int *ints;
        float *floats;
        unsigned long long *wide;
        int *seen;
    } args = { ints, floats, &wide, seen };
    KT_CHECK(!KT_RUN(m, "atomics", KT_1D(1, N), args));
    unsigned char there[N] = { 0 };
    for (int t = 0; t < N; t++) {
        want = want * 3 + 1;
        most = t * 7 % 31 > most ? t * 7 % 31 : most;
        KT_CHECK(seen[t] >= first && seen[t] < first + N && !there[seen[t] - first]);
        if (seen[t] >= first && seen[t] < first + N)
            there[seen[t] - first] = 1;
        KT_CHECK(ints[3 + t] == t % 3 + 1 + 127);
    }
    KT_CHECK(ints[0] == 10 + N * (N - 1) / 2 && ints[1] == most && ints[2] == (1 << 20) - 1);
    KT_CHECK(floats[0] == 1 + N * 0.5f && wide == want && *counter == first + N);
    KT_CHECK(KT_RUN(m, "half_a_barrier", KT_1D(1, 64), args) == TN_SIM_TRAP_UNSUPPORTED);
    KT_CHECK(strstr(kt_printed(), "cuda::barrier for another number") != NULL);
}

static void run(kt_module *m)
{
    bool opencl = getenv("TENON_TEST_PLATFORM") != NULL;
    for (int i = 0; i < N; i++)
        in[i] = i * 37 % 101;
    KT_CHECK(opencl || kt_has(m, "tiles") == (kt_current_width > 1));
    if (kt_current_width > 1) {
        test_tiles(m);
        test_coalesced(m, (int)kt_current_width);
    }
    test_copies(m);
    if (kt_has(m, "atomics")) /* not on targets without traps */
        test_atomics(m);
}

int main(int argc, char **argv)
{
    return kt_main(argc, argv, (const uint32_t[]){ 1, 32, 64, 0 }, run);
}
