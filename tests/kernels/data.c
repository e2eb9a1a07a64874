/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/kernels/data.c - runs the kernels of data.cu and compares with C.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/kernels/harness.h"

enum { N = 4096, LARGE = 16384 };
static uint32_t in[LARGE];

static void test_guard_behind(kt_module *m)
{
    static uint32_t out[N], want[N];
    for (uint32_t least = 0; least < 40; least += 13)
        for (uint32_t threads = 24; threads <= 64; threads += 20) {
            uint32_t blocks = N / threads, n = blocks * threads - 5;
            struct {
                uint32_t *x, *y, n, least;
            } args = { in, out, n, least };
            memset(out, 0, sizeof out);
            memset(want, 0, sizeof want);
            for (uint32_t t = 0; t < n; t++) {
                uint32_t a = in[t], p[4] = { 1, 2, 3, 4 };
                if (a % 8 != 3)
                    p[a & 3] ^= 16;
                else if (t % threads >= least)
                    a += in[(a ^ t) % n];
                want[t] = a ^ p[0] ^ p[1] << 8 ^ p[2] << 16 ^ p[3] << 24;
            }
            KT_CHECK(!KT_RUN(m, "guard_behind", KT_1D(blocks, threads), args));
            KT_CHECK(!memcmp(out, want, sizeof out));
        }
}

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void test_swaps(kt_module *m)
{
    static uint32_t x[N], want[N];
    memcpy(x, in, sizeof x);
    memcpy(want, in, sizeof want);
    qsort(want, N, sizeof *want, ascending);
    struct {
        uint32_t *x, size, step;
    } args = { x, 2, 1 };
    for (; args.size <= N; args.size *= 2)
        for (args.step = args.size / 2; args.step > 0; args.step /= 2)
            KT_CHECK(!KT_RUN(m, "swap_global", KT_1D(N / 128, 64), args));
    KT_CHECK(!memcmp(x, want, sizeof x));
    for (uint32_t threads = 2; threads <= 256; threads *= 4) {
        struct {
            uint32_t *x, *y;
        } parts = { in, x };
        kt_launch l = KT_1D(N / threads / 2, threads);
        l.dynamic_local = 8 * threads;
        memcpy(want, in, sizeof want);
        for (uint32_t k = 0; k < N; k += 2 * threads)
            qsort(want + k, 2 * threads, sizeof *want, ascending);
        KT_CHECK(!KT_RUN(m, "swap_local", l, parts));
        KT_CHECK(!memcmp(x, want, sizeof x));
    }
}

/* All different, as they come, half of them the same, nearly all, all. */
static void test_counts(kt_module *m)
{
    static uint8_t x[N];
    static uint32_t counts[256], wanted[256];
    static int32_t least[256], wanted_least[256];
    static uint64_t sums[256], wanted_sums[256];
    for (int kind = 0; kind < 5; kind++) {
        uint32_t n = N - 7 * (uint32_t)kind;
        struct {
            uint8_t *x;
            void *out;
            uint32_t n;
            int32_t step;
        } args = { x, counts, n, 0 }, more = { x, sums, n, 0 }, last = { x, least, n, kind % 2 ? 3 : -3 };
        memset(least, 0, sizeof least);
        memset(wanted_least, 0, sizeof wanted_least);
        memset(counts, 0, sizeof counts);
        memset(wanted, 0, sizeof wanted);
        memset(sums, 0, sizeof sums);
        memset(wanted_sums, 0, sizeof wanted_sums);
        for (uint32_t i = 0; i < n; i++) {
            uint8_t some = (uint8_t)(in[i] >> 20),
                    same[5] = { (uint8_t)i, some, i % 2 ? some : 9, i % 31 ? 9 : some, 9 };
            x[i] = same[kind];
            if (x[i] == 255)
                continue;
            wanted[x[i]]++;
            wanted_sums[x[i]] -= (uint64_t)i << 20;
            if ((int32_t)i * last.step < wanted_least[x[i]])
                wanted_least[x[i]] = (int32_t)i * last.step;
        }
        KT_CHECK(!kt_run(m, "count_bytes", KT_1D(3, 104), &args, 20) &&
                 !kt_run(m, "sum_bytes", KT_1D(2, 64), &more, 20));
        KT_CHECK(!KT_RUN(m, "least_bytes", KT_1D(2, 96), last));
        KT_CHECK(!memcmp(counts, wanted, sizeof counts) && !memcmp(sums, wanted_sums, sizeof sums));
        KT_CHECK(!memcmp(least, wanted_least, sizeof least));
    }
}

static void test_own_places(kt_module *m)
{
    enum { OWN = 300, ROUNDS = 37 };
    static uint32_t own[2 * OWN], seen[OWN];
    struct {
        uint32_t *own, *seen, n, rounds;
    } args = { own, seen, OWN, ROUNDS };
    memset(own, 0, sizeof own);
    KT_CHECK(!KT_RUN(m, "own_places", KT_1D(5, 64), args));
    for (uint32_t t = 0; t < OWN; t++) {
        uint32_t sum = 0, a = 0, b = 0;
        for (uint32_t r = 0; r < ROUNDS; r++) {
            a += r + 1;
            if ((t ^ r) % 3 == 0)
                sum = sum * 5 + a;
            b = (t + r) % 4 == 0 ? r : b + t;
        }
        KT_CHECK(seen[t] == sum && own[t] == a && own[OWN + t] == b);
    }
}

static void test_bits_and_bounds(kt_module *m)
{
    uint32_t out[40], want[40];
    int32_t low[8], want_low[8];
    struct {
        uint32_t *x, *out;
        int32_t *low;
        uint32_t n;
    } args = { in, out, low, N - 3 };
    for (int k = 0; k < 40; k++)
        out[k] = want[k] = k / 8 == 2 ? ~0u : 0;
    for (int k = 0; k < 8; k++)
        low[k] = want_low[k] = 1000;
    for (uint32_t i = 0; i < N - 3; i++) {
        uint32_t v = in[i], to = v % 7;
        want[to] |= 1u << (v >> 27);
        want[8 + to] ^= v;
        want[16 + to] &= ~(1u << (i % 32)) | v;
        want[24 + to] = v > want[24 + to] ? v : want[24 + to];
        want[32 + to] -= v;
        want_low[to] = (int32_t)v < want_low[to] ? (int32_t)v : want_low[to];
    }
    KT_CHECK(!KT_RUN(m, "bits_and_bounds", KT_1D((N + 95) / 96, 96), args));
    KT_CHECK(!memcmp(out, want, sizeof out) && !memcmp(low, want_low, sizeof low));
}

static void test_rows(kt_module *m)
{
    static const struct {
        uint32_t block[3], size[3], piece;
    } cases[] = {
        { { 32, 4, 2 }, { 100, 21, 7 }, 0 },  { { 32, 4, 2 }, { 96, 20, 6 }, 3 },  { { 16, 4, 1 }, { 160, 9, 2 }, 7 },
        { { 16, 1, 4 }, { 48, 5, 9 }, 1000 }, { { 32, 8, 1 }, { 64, 70, 1 }, 2 },  { { 64, 1, 1 }, { 1000, 1, 4 }, 5 },
        { { 16, 8, 4 }, { 33, 15, 8 }, 4 },   { { 24, 3, 2 }, { 100, 10, 4 }, 5 }, { { 128, 2, 1 }, { 2048, 2, 1 }, 0 },
    };
    static uint32_t y[LARGE], want[LARGE];
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const uint32_t *b = cases[c].block, *s = cases[c].size;
        kt_launch l = { .block = { b[0], b[1], b[2] } };
        uint64_t blocks = 1;
        struct {
            uint32_t *x, *y, n, m, k;
        } args = { in, y, s[0], s[1], s[2] };
        for (int d = 0; d < 3; d++)
            blocks *= l.grid[d] = (s[d] + b[d] - 1) / b[d];
        memset(want, 0, sizeof want);
        memset(y, 0, sizeof y);
        for (uint32_t i = 0; i < s[0] * s[1] * s[2]; i++) {
            uint32_t x = i % s[0], r = i / s[0] % s[1], z = i / s[0] / s[1], plane = s[0] * s[1];
            want[i] = !x || !r || !z ? in[i]
                                     : in[i - 1] + 3 * in[i - s[0]] + 5 * in[i - plane] + (x / b[0] << 8) +
                                           (r / b[1] << 16) + (z / b[2] << 24);
        }
        for (l.first = 0; l.first < blocks; l.first += l.count) {
            l.count = cases[c].piece && cases[c].piece < blocks - l.first ? cases[c].piece : blocks - l.first;
            KT_CHECK(!KT_RUN(m, "rows", l, args));
        }
        KT_CHECK(!memcmp(y, want, sizeof y));
    }
}

enum { FAR_LOOPS = 12, FAR_THREADS = 1536 };

static void far_thread(uint32_t *y, uint32_t t, uint32_t me, uint32_t all, uint32_t n, uint32_t step)
{
    uint32_t a[FAR_LOOPS], own[4] = { 1, 2, 3, 4 }, k = 1;
    for (int l = 0; l < FAR_LOOPS; l++)
        a[l] = me;
    for (uint32_t i = me; i < n; i += all) {
        a[0] = a[0] * 3 + in[i];
        a[2] = a[2] * 3 + in[n - 1 - i];
        a[5] = in[i] & 1 ? a[5] * 3 + in[n - 1 - i] : a[5];
        own[in[i] & 3] += in[i] + k++;
    }
    for (uint32_t i = t; i < n; i += 128)
        a[1] = a[1] * 3 + in[i];
    for (uint32_t i = me; i < n; i += step)
        a[3] = a[3] * 5 + in[i];
    for (uint32_t i = t; i < n; i += 96)
        a[4] = a[4] > (in[i] ^ in[i + 7]) ? a[4] : in[i] ^ in[i + 7];
    for (uint32_t i = t; i < n; i += 64)
        for (uint32_t j = 0; j < 3; j++)
            a[6] = a[6] * 3 + in[i + j];
    for (uint32_t i = t; i < n; i += 160)
        a[7] = a[7] * 3 + in[i];
    for (uint32_t i = 0; i < n; i += 100)
        a[8] = a[8] * 3 + in[i + t];
    for (uint32_t i = t; i < n && i < 3 * step + t; i += 256)
        a[9] = a[9] * 3 + in[i];
    for (uint32_t i = t; i + t < n; i += 33)
        a[10] = a[10] * 3 + in[i];
    a[11] = me * 3 < n ? own[0] ^ own[1] << 3 ^ own[2] << 6 ^ own[3] : 0;
    for (int l = 0; l < FAR_LOOPS; l++)
        y[(uint32_t)l * all + me] = a[l];
}

static void test_far_rounds(kt_module *m)
{
    static const uint32_t threads[] = { 1, 16, 40, 64, 128, 136, 256, 512 }, steps[] = { 1, 24, 700 };
    static const uint32_t sizes[] = { 0, 1, 16, 100, 128, 1023, 2048, 5005 };
    static uint32_t y[FAR_LOOPS * FAR_THREADS], want[FAR_LOOPS * FAR_THREADS];
    for (size_t b = 0; b < sizeof threads / sizeof *threads; b++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            const uint32_t blocks = 1 + (uint32_t)(s + b) % 3, all = blocks * threads[b];
            struct {
                uint32_t *x, *y, n, step;
            } args = { in, y, sizes[s], steps[(s * 2 + b) % 3] };
            memset(want, 0, sizeof want);
            memset(y, 0, sizeof y);
            for (uint32_t i = 0; i < all; i++)
                far_thread(want, i % threads[b], i, all, args.n, args.step);
            KT_CHECK(!KT_RUN(m, "far_rounds", KT_1D(blocks, threads[b]), args));
            KT_CHECK(!memcmp(y, want, sizeof y));
        }
}

static void far_writes(uint32_t *y, uint32_t me, uint32_t all, uint32_t n, uint32_t step, uint32_t base)
{
    for (uint32_t i = me; i < n; i += all) {
        uint32_t a = 0;
        y[i] += in[i] * 3;
        y[i] += in[i] & 1 ? i : 0;
        for (uint32_t j = 0; j < (in[i] & 7); j++)
            a = a * 3 + in[i + j];
        y[i] ^= a;
    }
    for (uint32_t i = me; i < n; i += step * all)
        y[i] += 7;
    for (uint32_t i = me; i < n && base + n >= base; i += all)
        y[i] += base + i;
    for (uint32_t i = me; i < n && (int)base <= (int)(base + n); i += all)
        y[i] ^= in[i] + base + i;
    for (uint32_t i = me; i < n; i += all) {
        y[i] += in[i];
        if (y[i] % 61 == step)
            break;
        for (uint32_t j = 0; j < step; j++)
            y[i] += in[i + j] ^ j;
    }
}

static void test_far_writes(kt_module *m)
{
    static const uint32_t threads[] = { 1, 24, 64, 128, 256, 400 }, sizes[] = { 0, 1, 64, 100, 1024, 1999, 4096, 9000 };
    static const uint32_t bases[] = { 0, 5, 0u - 20000, 0x7fffa000, 0u - 2000 };
    static uint32_t y[LARGE], want[LARGE];
    for (size_t b = 0; b < sizeof threads / sizeof *threads; b++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            const uint32_t blocks = 1 + (uint32_t)(s + b) % 3, all = blocks * threads[b];
            struct {
                uint32_t *x, *y, n, step, base;
            } args = { in, y, sizes[s], 1 + (uint32_t)(s * 5 + b) % 4, bases[(s + 2 * b) % 5] };
            if (args.base == 0u - 2000 && args.n + all > 2000) /* would go on from 0 */
                args.base = 3;
            for (uint32_t i = 0; i < LARGE; i++)
                y[i] = want[i] = i;
            for (uint32_t i = 0; i < all; i++)
                far_writes(want, i, all, args.n, args.step, args.base);
            KT_CHECK(!KT_RUN(m, "far_writes", KT_1D(blocks, threads[b]), args));
            KT_CHECK(!memcmp(y, want, sizeof y));
        }
}

enum { GUARDS = 10, GUARD_THREADS = 136 };

static void test_guards(kt_module *m)
{
    static const uint32_t sizes[] = { 0, 1, 16, 30, 100, 127, 128, 0x7fffffff, 0x80000001, 0xfffffff3, 0xffffffff };
    static uint32_t y[GUARDS * GUARD_THREADS], want[GUARDS * GUARD_THREADS];
    for (size_t s = 0; s < 3 * (sizeof sizes / sizeof *sizes); s++) {
        const uint32_t n = sizes[s / 3], step = sizes[s % 3 + 2], all = GUARD_THREADS - s % 3 * 8;
        struct {
            uint32_t *x, *y, n, step;
        } args = { in, y, n, step };
        memset(y, 0, sizeof y);
        memset(want, 0, sizeof want);
        for (uint32_t t = 0; t < all; t++) {
            const bool takes[GUARDS] = { t - 5 < n,
                                         (int)t - 5 < (int)(n - 3),
                                         n > t * 2,
                                         n >= 0xfffffff0u + t,
                                         7 - (int)t >= (int)(0 - n),
                                         n - t <= step,
                                         (int)(t + 0x7ffffff0u) > (int)n,
                                         (int)n <= (int)(0x80000014u - t),
                                         (uint64_t)t * 3 < n,
                                         (int16_t)(t + 32700) > (int16_t)n };
            for (uint32_t k = 0; k < GUARDS; k++)
                want[k * all + t] = takes[k] ? in[t + k] : 0;
        }
        KT_CHECK(!KT_RUN(m, "guards", KT_1D(1, all), args));
        KT_CHECK(!memcmp(y, want, sizeof y));
    }
}

/* The bytes end where memory does: what lies behind them must not be touched. */
static void check_bytes(kt_module *m, const uint8_t *x, uint32_t n, uint32_t threads, uint32_t blocks)
{
    static uint8_t changed[LARGE], want_changed[LARGE];
    static uint32_t starts[LARGE], want_starts[LARGE], counts[256], want_counts[256];
    static uint64_t sums[256], want_sums[256];
    const uint32_t all = threads * blocks, from = n % 3 ? 0 : 0u - 37;
    struct {
        const uint8_t *x;
        void *out;
        uint32_t n, more;
    } change = { x, changed, n, from }, start = { x, starts, n, all };
    struct {
        const uint8_t *x;
        uint32_t *counts;
        uint64_t *sums;
        uint32_t n;
    } table = { x, counts, sums, n };
    memset(changed, 0, sizeof changed);
    memset(want_changed, 0, sizeof want_changed);
    memset(starts, 0, sizeof starts);
    memset(want_starts, 0, sizeof want_starts);
    memset(counts, 0, sizeof counts);
    memset(want_counts, 0, sizeof want_counts);
    memset(sums, 0, sizeof sums);
    memset(want_sums, 0, sizeof want_sums);
    for (uint32_t t = 0; t < all; t++) {
        uint32_t i = t + from;
        if (i < n)
            want_changed[i] = (uint8_t)(x[i] >= 'a' && x[i] <= 'z' ? x[i] - 32 : x[i] & 1 ? x[i] * 3 + 1 : x[i]);
    }
    for (uint32_t i = 0; i < n; i++) {
        want_starts[i % all] += x[i] > 99 && (i == 0 || x[i - 1] <= 99);
        want_counts[x[i]]++;
        want_sums[x[i]] += x[i] != 7 ? (uint64_t)i << 20 : 0;
    }
    KT_CHECK(!KT_RUN(m, "change_bytes", KT_1D(blocks, threads), change));
    KT_CHECK(!KT_RUN(m, "byte_starts", KT_1D(blocks, threads), start));
    KT_CHECK(!KT_RUN(m, "byte_tables", KT_1D(blocks, threads), table));
    KT_CHECK(!memcmp(changed, want_changed, sizeof changed) && !memcmp(starts, want_starts, sizeof starts));
    KT_CHECK(!memcmp(counts, want_counts, sizeof counts) && !memcmp(sums, want_sums, sizeof sums));
    struct {
        const uint8_t *x;
        uint32_t *counts;
        uint32_t n;
    } ways = { x, counts, n };
    struct {
        const uint8_t *x;
        uint32_t *counts;
        uint32_t n, rounds;
    } rounds = { x, counts, n, 2 };
    memset(counts, 0, sizeof counts);
    memset(want_counts, 0, sizeof want_counts);
    for (uint32_t i = 0; i < n; i++)
        want_counts[x[i]] += (i % 3 == 1 ? i : i & 4 ? 0u - i * 3 : 0) + 2 * i + 1;
    KT_CHECK(!kt_run(m, "byte_ways", KT_1D(blocks, threads), &ways, 20));
    KT_CHECK(!KT_RUN(m, "byte_rounds", KT_1D(blocks, threads), rounds));
    KT_CHECK(!memcmp(counts, want_counts, sizeof counts));
}

static void test_kept_places(kt_module *m)
{
    for (uint32_t n = 1; n <= 128; n += n < 60 ? 31 : 33) {
        uint32_t y[128] = { 0 }, *args = y;
        kt_launch l = KT_1D(1, n);
        l.dynamic_local = n * 12;
        KT_CHECK(!KT_RUN(m, "kept_places", l, args));
        for (uint32_t t = 0; t < 128; t++)
            KT_CHECK(y[t] == (t < n ? t + 15 : 0));
    }
}

static void test_bytes(kt_module *m)
{
    static const uint32_t sizes[] = { 0, 1, 63, 64, 65, 1000, 4099, LARGE },
                          shapes[][2] = { { 64, 3 }, { 96, 2 }, { 256, 5 }, { 33, 7 }, { 128, 1 } };
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), room = (LARGE + page - 1) / page * page;
    uint8_t *at = mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    KT_CHECK(at != MAP_FAILED);
    if (at == MAP_FAILED)
        return;
    KT_CHECK(!mprotect(at + room, page, PROT_NONE));
    for (size_t i = 0; i < room; i++)
        at[i] = (uint8_t)(in[i % LARGE] >> 20);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++)
            check_bytes(m, at + room - sizes[s], sizes[s], shapes[k][0], shapes[k][1]);
    munmap(at, room + page);
}

static void run(kt_module *m)
{
    kt_test(test_bytes, m);
    kt_test(test_kept_places, m);
    kt_test(test_far_rounds, m);
    kt_test(test_far_writes, m);
    kt_test(test_guards, m);
    kt_test(test_rows, m);
    kt_test(test_guard_behind, m);
    kt_test(test_swaps, m);
    kt_test(test_counts, m);
    kt_test(test_own_places, m);
    kt_test(test_bits_and_bounds, m);
}

int main(int argc, char **argv)
{
    for (int i = 0; i < LARGE; i++)
        in[i] = (uint32_t)(i + 1) * 2654435761u ^ (uint32_t)i << 13;
    return kt_main(argc, argv, (const uint32_t[]){ 1, 32, 64, 0 }, run);
}
