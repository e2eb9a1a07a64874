/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/kernels/warp.c - runs the kernels of warp.cu at widths 32 and 64 and compares with plain C that runs one lane
 * after another; on width 1 the kernels with warp operations must be missing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kernels/harness.h"

static int W;

static uint64_t first_lanes(int n)
{
    return n >= 64 ? ~0ull : (1ull << n) - 1;
}

static void test_sum(kt_module *m)
{
    static float in[5000], out[4];
    static const int threads[] = { 256, 64, 1024, 128 };
    for (int i = 0; i < 5000; i++)
        in[i] = (float)(i % 13);
    for (int k = 0; k < 4; k++) {
        float sum = 0, got = 0;
        struct {
            float *in, *out;
            int n;
        } args = { in, out, 5000 };
        KT_CHECK(!KT_RUN(m, "block_sum", KT_1D(4, (uint32_t)threads[k]), args));
        for (int i = 0; i < 5000; i++)
            sum += in[i];
        for (int i = 0; i < 4; i++)
            got += out[i];
        KT_CHECK(sum == got);
    }
}

static void test_shuffles(kt_module *m)
{
    static int out[128][5];
    for (int width = 2; width <= W; width *= 2) {
        struct {
            void *out;
            int width;
        } args = { out, width };
        KT_CHECK(!KT_RUN(m, "shuffles", KT_1D(1, 128), args));
        for (int t = 0; t < 128; t++) {
            int base = t / W * W, l = t % W, seg = l / width * width, i = l % width;
            KT_CHECK(out[t][0] == (base + seg + (t * 3 + 1) % width) * 10 + 1);
            KT_CHECK(out[t][1] == (i >= 3 ? t - 3 : t) * 10 + 1);
            KT_CHECK(out[t][2] == (i + 5 < width ? t + 5 : t) * 10 + 1);
            int x = l ^ 6;
            KT_CHECK(out[t][3] == (x < seg + width ? base + x : t) * 10 + 1);
            KT_CHECK(out[t][4] == (base + 2) * 10 + 1);
        }
    }
}

static void test_types(kt_module *m)
{
    static double d[64];
    static long long l[64];
    static float f[64], q[64][4];
    static short h[64];
    static char c[64];
    struct {
        void *d, *l, *f, *h, *c, *q;
    } args = { d, l, f, h, c, q };
    KT_CHECK(!KT_RUN(m, "shuffle_types", KT_1D(1, 64), args));
    for (int t = 0; t < 64; t++)
        KT_CHECK(d[t] == (t ^ 1) + 0.5 && l[t] == (long long)(t ^ 2) << 40 && f[t] == (float)(t ^ 3) + 0.25f &&
                 h[t] == -(t ^ 4) && c[t] == (t ^ 5) && q[t][0] == (float)(t ^ 7) && q[t][3] == (float)(t ^ 7) + 3);
}

static void test_votes(kt_module *m)
{
    static int in[100];
    static uint64_t out[100][5];
    for (int t = 0; t < 100; t++)
        in[t] = t * 7 % 130 - (t == 70);
    struct {
        void *in, *out;
    } args = { in, out };
    KT_CHECK(!KT_RUN(m, "votes", KT_1D(1, 100), args));
    for (int t = 0; t < 100; t++) {
        int base = t / W * W, n = base + W > 100 ? 100 - base : W, any = 0, all = 1;
        uint64_t odd = 0, same = 0;
        for (int l = 0; l < n; l++) {
            odd |= (uint64_t)(in[base + l] & 1) << l;
            same |= (uint64_t)((in[base + l] & 3) == (in[t] & 3)) << l;
            any |= in[base + l] > 100;
            all &= in[base + l] >= 0;
        }
        KT_CHECK(out[t][0] == odd && out[t][1] == (uint64_t)any && out[t][2] == (uint64_t)all);
        KT_CHECK(out[t][3] == first_lanes(n) && out[t][4] == same);
    }
}

static void test_tail(kt_module *m)
{
    static int out[256];
    for (int n = 1; n <= 200; n += 37) {
        int expect[256], v[256] = { 0 }, old[256];
        memset(out, 0, sizeof out);
        memset(expect, 0, sizeof expect);
        struct {
            int *out;
            int n;
        } args = { out, n };
        KT_CHECK(!KT_RUN(m, "tail", KT_1D(1, 200), args));
        for (int t = 0; t < n; t++)
            v[t] = t + 1;
        for (int o = 1; o < W; o <<= 1) {
            memcpy(old, v, sizeof v);
            for (int t = 0; t < n; t++) {
                int from = t / W * W + ((t % W) ^ o);
                v[t] += old[from < n ? from : t];
            }
        }
        for (int t = 0; t < n; t++)
            expect[t] = v[t] + 1000000 * (t / W * W + W > n ? n - t / W * W : W);
        KT_CHECK(!memcmp(out, expect, sizeof expect));
    }
}

static void test_leaving(kt_module *m)
{
    for (int n = 3; n <= 6; n++) {
        int out[128], expect[128];
        struct {
            int *out;
            int n;
        } args = { out, n };
        KT_CHECK(!KT_RUN(m, "leaving", KT_1D(1, 128), args));
        for (int t = 0; t < 128; t++) {
            int lane = t % W, from = (lane + 3) % W, one = n - 2;
            bool left = n > 3 && lane % 5 == 2;
            from = n > 3 && from % 5 == 2 ? lane : from; /* who has left gives nothing */
            one = n > 3 && one % 5 == 2 ? lane : one;
            expect[t] = left ? -1 : t - lane + from + 1000 * (t - lane + one);
        }
        KT_CHECK(!memcmp(out, expect, sizeof expect));
    }
}

static void test_parted(kt_module *m)
{
    static int out[128];
    struct {
        int *out;
    } args = { out };
    KT_CHECK(!KT_RUN(m, "parted", KT_1D(1, 128), args));
    for (int b = 0; b < 128; b += W) {
        int v[64] = { 0 }, old[64];
        for (int l = 0; l < W; l++)
            v[l] = l < 24 ? l : -l;
        for (int i = 0; i < 3; i++) {
            memcpy(old, v, sizeof v);
            for (int l = 0; l < 8; l++)
                v[l] += old[l ^ (1 << i)];
        }
        for (int i = 0; i < 4; i++) {
            memcpy(old, v, sizeof v);
            for (int l = 8; l < 24; l++)
                v[l] = old[l] * 3 + old[8 + (l + 1 + i) % 16];
        }
        for (int l = 0; l < W; l++)
            KT_CHECK(out[b + l] == v[l] + 100000 * ((l + 8) % W < 8 ? 1 : 2));
    }
}

static void test_shrinking(kt_module *m)
{
    static int rounds[128], out[128];
    for (int t = 0; t < 128; t++)
        rounds[t] = t * 5 % 7;
    struct {
        int *rounds, *out;
    } args = { rounds, out };
    KT_CHECK(!KT_RUN(m, "shrinking", KT_1D(1, 128), args));
    for (int t = 0; t < 128; t++) {
        int sum = 0;
        for (int i = 0; i < rounds[t]; i++) {
            int left = 0;
            for (int l = 0; l < W; l++)
                left += rounds[t / W * W + l] > i;
            sum += left * 100 + i;
        }
        KT_CHECK(out[t] == sum);
    }
}

static void test_active(kt_module *m)
{
    static uint64_t out[128];
    struct {
        void *out;
    } args = { out };
    KT_CHECK(!KT_RUN(m, "active_in_branch", KT_1D(1, 128), args));
    for (int t = 0; t < 128; t++) {
        uint64_t mask = 0;
        for (int l = 0; l < W; l++)
            mask |= (uint64_t)(((t / W * W + l) % 3 == 0) == (t % 3 == 0)) << l;
        KT_CHECK(out[t] == (t % 3 == 0 ? mask : mask | 1ull << 63));
    }
}

static void test_3d(kt_module *m)
{
    static const uint32_t shapes[][3] = { { 8, 4, 4 },  { 16, 16, 1 }, { 5, 7, 3 },
                                          { 1, 1, 64 }, { 32, 2, 2 },  { 33, 3, 1 } };
    static int out[1024];
    for (int k = 0; k < 6; k++) {
        const uint32_t *b = shapes[k];
        int n = (int)(b[0] * b[1] * b[2]);
        struct {
            int *out;
        } args = { out };
        KT_CHECK(!KT_RUN(m, "warps_in_3d", ((kt_launch){ { 2, 1, 1 }, { b[0], b[1], b[2] }, 0, 0, 0, 0 }), args));
        for (int t = 0; t < n; t++) {
            int from = t / W * W + (t % W + 1) % W;
            if (from >= n)
                from = t;
            KT_CHECK(out[t] ==
                     from % (int)b[0] + 100 * (from / (int)b[0] % (int)b[1]) + 10000 * (from / (int)(b[0] * b[1])));
        }
    }
}

static void test_mixed(kt_module *m)
{
    static int out[256];
    static const int sizes[] = { 256, 200, 100, 33, 1 };
    for (int k = 0; k < 5; k++) {
        int n = sizes[k], v[256] = { 0 }, old[256];
        struct {
            int *out;
            int n;
        } args = { out, n };
        KT_CHECK(!KT_RUN(m, "mixed", KT_1D(2, 256), args));
        for (int t = 0; t < n; t++)
            v[t] = t;
        for (int r = 0; r < 3; r++) {
            int count = 0;
            memcpy(old, v, sizeof v);
            for (int t = 0; t < n; t++)
                v[t] += old[(t ^ 1) < n ? t ^ 1 : t];
            memcpy(old, v, sizeof v);
            for (int t = 0; t < n; t++)
                count += v[t] & 1;
            for (int t = 0; t < n; t++)
                v[t] = old[(t + 7) % n] + count;
            memcpy(old, v, sizeof v);
            for (int t = 0; t < n && r == 1; t++)
                v[t] += old[(t ^ 2) < n ? t ^ 2 : t];
        }
        KT_CHECK(!memcmp(v, out, (size_t)n * sizeof *v));
    }
}

static void test_reductions(kt_module *m)
{
    static int in[128], out[128][5], scanned[128];
    for (int t = 0; t < 128; t++)
        in[t] = (t * 37 + 11) % 101 - 50;
    struct {
        void *in, *out;
    } args = { in, out };
    KT_CHECK(!KT_RUN(m, "reductions", KT_1D(1, 128), args));
    for (int t = 0; t < 128; t++) {
        int sum = 0, least = 1000, most = -1000, x = 0;
        for (int l = 0; l < W; l++) {
            int v = in[t / W * W + l];
            sum += v, x ^= v;
            least = v < least ? v : least;
            most = v > most ? v : most;
        }
        KT_CHECK(out[t][0] == sum && out[t][1] == least && out[t][2] == most && out[t][3] == x && out[t][4] == 1);
    }
    args.out = scanned;
    KT_CHECK(!KT_RUN(m, "scan", KT_1D(1, 128), args));
    for (int t = 0, sum = 0; t < 128; t++) {
        sum += in[t];
        KT_CHECK(scanned[t] == sum);
    }
}

static void test_groups(kt_module *m)
{
    static int out[128][5];
    struct {
        void *out;
    } args = { out };
    KT_CHECK(!KT_RUN(m, "groups", KT_1D(1, 128), args));
    for (int b = 0; b < 128; b += 8) {
        int v[8] = { 0 }, old[8], sum = 0, bits = 0;
        for (int i = 0; i < 8; i++)
            v[i] = b + i, sum += b + i, bits |= ((b + i) % 3 == 0) << i;
        for (int round = 0; round < b / 8 && b / 8 % 2; round++) {
            memcpy(old, v, sizeof v);
            for (int i = 0; i < 8; i++)
                v[i] += old[i < 7 ? i + 1 : i];
        }
        for (int i = 0; i < 8; i++) {
            int t = b + i, size = 0, rank = 0, first = -1;
            for (int l = 0; l < W; l++) {
                int u = t / W * W + l;
                size += u % 5 == 0, rank += u % 5 == 0 && u < t;
                first = first < 0 && u % 5 == 0 ? u : first;
            }
            KT_CHECK(out[t][0] == sum && out[t][1] == b + 3 + 1000 * i + 100000 * (b / 8) && out[t][2] == bits &&
                     out[t][3] == v[i]);
            KT_CHECK(out[t][4] == (t % 5 ? 0 : size * 100 + rank * 10 + first % 7));
        }
    }
}

/* Blocks of whole warps, which go as one, and others. */
static const int sizes[] = { 64, 256, 96, 40, 192, 128, 33 };
enum { SIZES = sizeof sizes / sizeof *sizes };

static void test_rows(kt_module *m)
{
    static int in[5000], first[31], out[32];
    for (int i = 0; i < 5000; i++)
        in[i] = i * 7 % 101;
    for (int r = 0; r < 31; r++)
        first[r] = r * r * 5;
    for (int k = 0; k < SIZES; k++) {
        struct {
            int *in, *first, *out;
            int rows;
        } args = { in, first, out, 30 };
        memset(out, 0, sizeof out);
        if (sizes[k] % W) /* a row would be taken by parts of two warps */
            continue;
        KT_CHECK(!KT_RUN(m, "warp_rows", KT_1D((uint32_t)(31 * W / sizes[k] + 2), (uint32_t)sizes[k]), args));
        for (int r = 0; r < 30; r++) {
            int sum = 0;
            for (int j = first[r]; j < first[r + 1]; j++)
                sum += in[j];
            KT_CHECK(out[r] == sum);
        }
        KT_CHECK(!out[30] && !out[31]);
    }
}

static void test_voted(kt_module *m)
{
    static int in[1024], out[4];
    for (int i = 0; i < 1024; i++)
        in[i] = i * i % 1009;
    for (int k = 0; k < SIZES; k++) {
        struct {
            int *in, *out;
        } args = { in, out };
        KT_CHECK(!KT_RUN(m, "voted_step", KT_1D(4, (uint32_t)sizes[k]), args));
        for (int b = 0; b < 4; b++) {
            int sum = 0;
            for (int i = 0; i < sizes[k]; i++)
                sum += in[b * sizes[k] + i];
            KT_CHECK(out[b] == sum);
        }
    }
}

static void test_first_lanes(kt_module *m)
{
    static int in[256], out[256], want[256];
    for (int k = 0; k < SIZES; k++) {
        struct {
            int *in, *out;
        } args = { in, out };
        int sum = 0;
        for (int t = 0; t < sizes[k]; t++) {
            in[t] = t * 11 % 17;
            sum += t < 8 ? in[t] : 0;
            want[t] = in[t];
            for (int i = 0; i < t % 5; i++)
                want[t] = want[t] * 3 + 1;
        }
        for (int t = 0; t < 8; t++)
            want[t] = sum;
        KT_CHECK(!KT_RUN(m, "first_lanes", KT_1D(1, (uint32_t)sizes[k]), args));
        for (int t = 0; t < sizes[k]; t++)
            KT_CHECK(out[t] == want[t] + want[t / W * W]);
    }
}

static void test_collect(kt_module *m)
{
    static int in[1000], out[1000], seen[1000];
    for (int k = 0; k < SIZES; k++) {
        unsigned count = 0, wanted = 0;
        struct {
            int *in, *out;
            unsigned *count;
            int n;
        } args = { in, out, &count, 1000 };
        for (int i = 0; i < 1000; i++) {
            in[i] = i * 37 % 1000;
            wanted += in[i] % 3 == 0;
            seen[i] = 0;
        }
        KT_CHECK(!KT_RUN(m, "collect", KT_1D((uint32_t)(1000 / sizes[k] + 1), (uint32_t)sizes[k]), args));
        KT_CHECK(count == wanted);
        for (unsigned i = 0; i < wanted && i < count; i++)
            KT_CHECK(out[i] % 3 == 0 && !seen[out[i]]++);
    }
}

static void test_ask_then_meet(kt_module *m)
{
    static unsigned asked[128];
    static int got[128];
    struct {
        void *asked, *got;
    } args = { asked, got };
    KT_CHECK(!KT_RUN(m, "ask_then_meet", KT_1D(1, 128), args));
    for (int t = 0; t < 128; t++) {
        if (t % W) /* any lanes that run together, with the own */
            KT_CHECK(asked[t] >= 1 && asked[t] < (unsigned)W);
        if (t % W < 4)
            KT_CHECK(got[t] == (t ^ 3) * 10);
    }
}

static void test_ask_behind(kt_module *m)
{
    static unsigned long long there[128];
    static unsigned count[2];
    struct {
        void *count, *there;
    } args = { count, there };
    for (int n = 128; n > 100; n -= 9) { /* whole warps, and warps that are not */
        memset(count, 0, sizeof count);
        KT_CHECK(!KT_RUN(m, "ask_behind", KT_1D(1, n), args));
        for (int t = 0; t < n; t++) {
            int lanes = n - t / W * W < W ? n - t / W * W : W;
            KT_CHECK(there[t] == ~0ull >> (64 - lanes));
        }
        unsigned asked = 0;
        for (int t = 0; t < n; t++)
            asked += t % W % 16 == 5;
        KT_CHECK(count[0] == asked && count[1] == asked * (asked + 1) / 2); /* each place once */
    }
}

static void test_plain(kt_module *m)
{
    static int out[4];
    struct {
        int *out;
    } args = { out };
    KT_CHECK(!KT_RUN(m, "plain", KT_1D(1, 4), args));
    KT_CHECK(out[3] == W);
}

static void (*const tests[])(kt_module *) = {
    test_sum,       test_shuffles,    test_types,   test_votes,         test_tail,       test_leaving, test_parted,
    test_shrinking, test_active,      test_3d,      test_mixed,         test_reductions, test_groups,  test_rows,
    test_voted,     test_first_lanes, test_collect, test_ask_then_meet, test_ask_behind, test_plain
};

static void run(kt_module *m)
{
    W = (int)kt_current_width;
    if (W == 1) {
        KT_CHECK(kt_has(m, "plain") && !kt_has(m, "tail") && !kt_has(m, "block_sum"));
        test_plain(m);
        return;
    }
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        kt_test(tests[i], m);
}

int main(int argc, char **argv)
{
    return kt_main(argc, argv, (const uint32_t[]){ 32, 64, 1, 0 }, run);
}
