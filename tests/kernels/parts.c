/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/kernels/parts.c - runs the kernels of parts.cu and compares with C, part by part.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/kernels/harness.h"

enum { COUNT = 512 };

typedef int (*part_fn)(int a, int b);
static int add(int a, int b) { return a + b; }
static int sub(int a, int b) { return a - b; }
static int most(int a, int b) { return a > b ? a : b; }
static int least(int a, int b) { return a < b ? a : b; }
static int mean_up(int a, int b) { return (a + b + 1) / 2; }
static int mean(int a, int b) { return (a + b) / 2; }
static int distance(int a, int b) { return abs(a - b); }
static int greater(int a, int b) { return a > b ? 0xffff : 0; }
static int less(int a, int b) { return a < b; }
static int equal(int a, int b) { return a == b ? 255 : 0; }
static int magnitude(int a, int b) { (void)b; return abs(a); }
static int negative(int a, int b) { (void)b; return -a; }

struct row {
    int result, bits, is_signed, saturates;
    part_fn f;
};
static const struct row rows[] = {
    { 0, 16, 0, 0, add },       { 1, 8, 0, 0, sub },      { 2, 16, 1, 1, add },       { 3, 8, 0, 1, sub },
    { 4, 16, 1, 0, most },      { 5, 8, 0, 0, least },    { 6, 8, 0, 0, mean_up },    { 7, 16, 0, 0, mean },
    { 8, 8, 0, 0, distance },   { 9, 16, 1, 0, greater }, { 10, 8, 0, 0, less },      { 11, 8, 1, 0, magnitude },
    { 12, 16, 1, 0, negative }, { 13, 16, 1, 1, magnitude }, { 21, 16, 0, 1, add },   { 22, 8, 1, 1, sub },
};

static int part(uint32_t v, int at, int bits, int is_signed)
{
    int p = (int)(v >> at & (0xffffffffu >> (32 - bits)));
    return is_signed && p >> (bits - 1) ? p - (1 << bits) : p;
}

static uint32_t by_parts(const struct row *r, uint32_t a, uint32_t b)
{
    uint32_t out = 0;
    for (int k = 0; k < 32; k += r->bits) {
        int v = r->f(part(a, k, r->bits, r->is_signed), part(b, k, r->bits, r->is_signed));
        int high = (1 << (r->bits - r->is_signed)) - 1, low = r->is_signed ? -high - 1 : 0;
        if (r->saturates)
            v = v > high ? high : v < low ? low : v;
        out |= ((uint32_t)v & (0xffffffffu >> (32 - r->bits))) << k;
    }
    return out;
}

static uint32_t distances(uint32_t a, uint32_t b, int bits, int is_signed)
{
    uint32_t sum = 0;
    for (int k = 0; k < 32; k += bits)
        sum += (uint32_t)abs(part(a, k, bits, is_signed) - part(b, k, bits, is_signed));
    return sum;
}

static uint32_t nth_set(uint32_t mask, int base, int n)
{
    for (int k = base; k >= 0 && k < 32; k += n < 0 ? -1 : 1) {
        if (n == 0)
            return mask >> k & 1 ? (uint32_t)k : 0xffffffffu;
        if (mask >> k & 1) {
            n += n < 0 ? 1 : -1;
            if (n == 0)
                return (uint32_t)k;
        }
    }
    return 0xffffffffu;
}

static void check_words(const uint32_t *o, uint32_t a, uint32_t b)
{
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
        if (o[rows[r].result] != by_parts(&rows[r], a, b))
            kt_fail(__FILE__, __LINE__, "result %d of %08x %08x is %08x", rows[r].result, a, b, o[rows[r].result]);
    const struct row eq = { 23, 8, 0, 0, equal };
    KT_CHECK(o[23] == by_parts(&eq, a, (b & 0xff00ff00u) | (a & 0x00ff00ffu)));
    KT_CHECK(o[14] == distances(a, b, 8, 0) && o[15] == distances(a, b, 16, 1));
    KT_CHECK((int)o[16] == 9 + part(a, 0, 16, 1) * part(b, 0, 8, 1) + part(a, 16, 16, 1) * part(b, 8, 8, 1));
    KT_CHECK(o[17] == 9u + (a & 0xffff) * (b >> 16 & 255) + (a >> 16) * (b >> 24));
    KT_CHECK(o[18] == ((uint64_t)a + b) / 2 && o[19] == ((uint64_t)a + b + 1) / 2);
    KT_CHECK(o[20] == nth_set(a, (int)(b & 31), (int)(b >> 8 & 7) - 3));
}

static void test_words(kt_module *m)
{
    static uint32_t x[COUNT], y[COUNT], out[COUNT][32];
    static const uint32_t special[4] = { 0x80008000u, 0x7fff7fffu, 0x80ff017fu, 0 };
    for (int i = 0; i < COUNT; i++) {
        x[i] = i < 16 ? special[i / 4] : (uint32_t)rand() * 2654435761u;
        y[i] = i < 16 ? special[i % 4] : (uint32_t)rand() * 2246822519u;
    }
    struct {
        void *x, *y, *out;
    } args = { x, y, out };
    KT_CHECK(!KT_RUN(m, "words", KT_1D(COUNT / 64, 64), args));
    for (int i = 0; i < COUNT; i++)
        check_words(out[i], x[i], y[i]);
}

static uint32_t products(uint32_t a, uint32_t b, uint32_t sum, int is_signed)
{
    for (int k = 0; k < 32; k += 8)
        sum += (uint32_t)(part(a, k, 8, is_signed) * part(b, k, 8, is_signed));
    return sum;
}

static void test_dots(kt_module *m)
{
    enum { ROUNDS = 37 };
    static uint32_t x[COUNT], y[COUNT], out[COUNT][5];
    for (int i = 0; i < COUNT; i++) {
        x[i] = i % 8 == 3 ? 0x80808080u : (uint32_t)rand() * 2654435761u;
        y[i] = i % 8 == 3 ? 0x80808080u : i % 8 == 5 ? 0xffffffffu : (uint32_t)rand() * 2246822519u;
    }
    struct {
        void *x, *y, *out;
        int n;
    } args = { x, y, out, ROUNDS };
    KT_CHECK(!KT_RUN(m, "dots", ((kt_launch){ { COUNT / 256, 1, 1 }, { 16, 16, 1 }, 0, 0, 0, 0 }), args));
    for (int i = 0; i < COUNT; i++) {
        uint32_t own = 0, all = 0x7ffffff0, some = 1, plain = 0xfffffff0u, tile = 0;
        for (int k = 0; k < ROUNDS; k++) {
            own = products(x[(i + k) & 511], y[(i * 3 + k) & 511], own, 1);
            all = products(x[k], y[k + 1], all, 1);
            plain = products(x[(i + k) & 511], y[k], plain, 0);
            if ((x[i] + (uint32_t)k) & 1)
                some = products(some, y[(i + k) & 511], (uint32_t)k, 1);
        }
        for (int k = 0; k < 16; k++)
            tile = products(x[i / 16 * 16 + k], y[i / 256 * 256 + i % 16 * 16 + k], tile, 1);
        KT_CHECK(out[i][0] == own && out[i][1] == all && out[i][2] == plain && out[i][3] == some && out[i][4] == tile);
    }
}

static void test_atomics(kt_module *m)
{
    uint64_t l[4] = { 0, ~0ull, 0, ~0ull };
    int64_t s[2] = { -99999, 5 };
    double d[2] = { 0, 0 };
    uint16_t h[3] = { 0xaaaa, 7, 0xbbbb };
    float f = 0;
    struct {
        void *l, *s, *d, *h, *f;
    } args = { l, s, d, h, &f };
    KT_CHECK(!KT_RUN(m, "more_atomics", KT_1D(1, 96), args));
    KT_CHECK(l[0] == 96ull << 33 && l[1] == 0 && l[2] == ~0ull << 32 && l[3] == 0);
    KT_CHECK(s[0] == -905 && s[1] == -(95ll << 35) && d[0] == 24 && d[1] == 2.5 && f == 48);
    KT_CHECK(h[0] == 0xaaaa && h[1] == 7 + 3 * 96 && h[2] == 0xbbbb);
}

static void check_lane(const uint64_t *o, int t, int width)
{
    uint32_t sum = 0, parity = 0;
    uint64_t same = 0, all = width == 64 ? ~0ull : 0xffffffffull;
    int first = t / width * width, lane = t % width;
    for (int k = first; k < first + width; k++) {
        sum += (uint32_t)k;
        parity ^= (uint32_t)k * 0x9e3779b9u;
        same |= (uint64_t)((k - first) / 5 == lane / 5) << (k - first);
    }
    KT_CHECK(o[0] == sum && (int64_t)o[1] == 5 - (width - 1) && o[2] == 7u * (uint32_t)(first + width - 1));
    KT_CHECK(o[3] == 0xffffff00u && o[4] == 0xffff && o[5] == parity && o[6] == same && o[7] == all && o[8] == 1);
    int down = lane + 2 < width ? t + 2 : t;
    KT_CHECK(o[9] == ((uint64_t)(t ^ 9) << 32 | (uint32_t)(down & 255)));
}

static void test_lanes(kt_module *m)
{
    static uint64_t out[128][10];
    struct {
        void *out;
    } args = { out };
    KT_CHECK(!KT_RUN(m, "lanes", KT_1D(1, 128), args));
    for (int t = 0; t < 128; t++)
        check_lane(out[t], t, (int)kt_current_width);
}

static void check_group(const int *o, int t, int width)
{
    int first = t / 16 * 16, sum = 0, before = 0, warp = t / width * width, size = 0, rank = 0, next = t, top = 0, low = -1;
    for (int k = first; k < first + 16; k++) {
        sum += k;
        before += k < t ? k + 1 : 0;
    }
    for (int k = warp; k < warp + width; k++)
        if (k % 3 == 0) {
            size++;
            rank += k < t;
            top = k;
            low = low < 0 ? k : low;
            next = next == t && k > t ? k : next;
        }
    KT_CHECK(o[0] == t % 16 + 100 * (t / 16) && o[1] == sum && o[2] == before + t + 1 && o[3] == before);
    KT_CHECK(o[4] == first + 3 + (first == 0 ? 1000 : 0) && o[5] == 0xaaaa && o[9] == 127 - t && o[10] == 256);
    if (t % 3 == 0)
        KT_CHECK(o[6] == rank + 100 * size && o[7] == next && o[8] == top && o[11] == low % 2);
    else
        KT_CHECK(o[6] == -1 && o[7] == -1 && o[8] == -1 && o[11] == 0);
}

static void test_groups(kt_module *m)
{
    static int out[256][12];
    struct {
        void *out;
    } args = { out };
    KT_CHECK(!KT_RUN(m, "groups", KT_1D(2, 128), args));
    for (int i = 0; i < 256; i++)
        check_group(out[i], i % 128, (int)kt_current_width);
}

static void check_tile(int height, int columns, const float *a, const float *b, const float *c, const float *d,
                       const int *e)
{
    for (int i = 0; i < height; i++)
        for (int j = 0; j < columns; j++) {
            float sum = c[i * columns + j];
            for (int k = 0; k < 16; k++)
                sum += a[i * 20 + k] * b[j * 16 + k];
            if (d)
                KT_CHECK(d[j * height + i] == 2 * sum);
            if (e)
                KT_CHECK((float)e[j * height + i] == 2 * sum);
        }
}

static void test_matrices(kt_module *m)
{
    static float a[640], b[512], c[256], d[768];
    static int e[256];
    for (int i = 0; i < 640; i++) {
        a[i] = (float)(rand() % 100 - 50);
        b[i % 512] = (float)(rand() % 20 - 10);
        c[i % 256] = (float)(rand() % 1000);
    }
    struct {
        void *a, *b, *c, *d, *e;
    } args = { a, b, c, d, e };
    KT_CHECK(!KT_RUN(m, "matrices", KT_1D(1, 4 * kt_current_width), args));
    check_tile(16, 16, a, b, c, d, NULL);
    check_tile(32, 8, a, b, c, d + 256, NULL);
    check_tile(8, 32, a, b, c, d + 512, NULL);
    check_tile(16, 16, a, b, c, NULL, e);
}

static void run(kt_module *m)
{
    kt_test(test_words, m);
    kt_test(test_dots, m);
    kt_test(test_atomics, m);
    kt_test(test_lanes, m);
    kt_test(test_groups, m);
    kt_test(test_matrices, m);
}

int main(int argc, char **argv)
{
    return kt_main(argc, argv, (const uint32_t[]){ 32, 64, 0 }, run);
}
