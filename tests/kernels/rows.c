/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/kernels/rows.c - runs the kernels of rows.cu in blocks of several shapes and compares with C: columns become rows.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tests/kernels/harness.h"

enum { MOST = 64 * 96 };

static const unsigned sizes[][2] = { { 64, 96 }, { 37, 29 }, { 16, 4 }, { 3, 50 }, { 48, 31 } };
static const unsigned blocks[][2] = { { 16, 16 }, { 32, 8 }, { 32, 4 },  { 16, 2 }, { 8, 8 },
                                      { 7, 5 },   { 64, 1 }, { 16, 6 },  { 32, 12 } };

struct args {
    const void *in;
    void *out;
    unsigned n, m;
};

static uint64_t in[MOST + 1], out[MOST + 1];

static void fill(void)
{
    for (unsigned i = 0; i < MOST; i++)
        in[i] = (i + 1) * 0x9e3779b97f4a7c15u >> 1;
    memset(out, 0xee, sizeof out);
}

static uint64_t at(const void *p, unsigned bytes, unsigned i)
{
    uint64_t v = 0;
    memcpy(&v, (const char *)p + (size_t)i * bytes, bytes);
    return v;
}

static kt_launch grid(unsigned n, unsigned m, unsigned x, unsigned y)
{
    return (kt_launch){ { (n + x - 1) / x, (m + y - 1) / y, 1 }, { x, y, 1 }, 0, 0, 0 };
}

static void turn(kt_module *m, const char *name, unsigned bytes, bool puts, const unsigned size[2], kt_launch l)
{
    struct args args = { in, out, size[0], size[1] };
    fill();
    KT_CHECK(!KT_RUN(m, name, l, args));
    for (unsigned y = 0; y < size[1]; y++)
        for (unsigned x = 0; x < size[0]; x++) {
            unsigned far = x * size[1] + y, near = y * size[0] + x;
            KT_CHECK(at(out, bytes, puts ? far : near) == at(in, bytes, puts ? near : far));
        }
    for (size_t behind = (size_t)size[0] * size[1] * bytes; behind < sizeof out; behind++)
        KT_CHECK(at(out, 1, (unsigned)behind) == 0xee);
}

static void test_turns(kt_module *m)
{
    static const struct {
        const char *name;
        unsigned bytes;
    } kinds[] = { { "bytes", 1 }, { "shorts", 2 }, { "words", 4 }, { "floats", 4 }, { "doubles", 8 }, { "longs", 8 } };
    for (unsigned k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (unsigned s = 0; s < sizeof sizes / sizeof *sizes; s++)
            for (unsigned b = 0; b < sizeof blocks / sizeof *blocks; b++)
                for (int puts = 0; puts < 2; puts++) {
                    char name[20];
                    snprintf(name, sizeof name, "%s_%s", puts ? "put" : "get", kinds[k].name);
                    turn(m, name, kinds[k].bytes, puts, sizes[s], grid(sizes[s][0], sizes[s][1], blocks[b][0], blocks[b][1]));
                }
}

static void test_strips(kt_module *m)
{
    for (unsigned s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int puts = 0; puts < 2; puts++) {
            kt_launch l = grid(sizes[s][0], sizes[s][1], 32, 32);
            l.block[1] = 8;
            turn(m, puts ? "put_strips" : "get_strips", 4, puts, sizes[s], l);
        }
}

static void test_tiles(kt_module *m)
{
    for (unsigned s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (unsigned rows = 1; rows <= 32; rows *= 2) {
            struct args args = { in, out, sizes[s][0], sizes[s][1] };
            kt_launch l = grid(args.n, args.m, 32, 32);
            l.block[1] = rows;
            fill();
            KT_CHECK(!KT_RUN(m, "tiles", l, args));
            for (unsigned y = 0; y < args.m; y++)
                for (unsigned x = 0; x < args.n; x++)
                    KT_CHECK(at(out, 4, x * args.m + y) == at(in, 4, y * args.n + x));
        }
}

static void test_some(kt_module *m)
{
    for (unsigned b = 0; b < sizeof blocks / sizeof *blocks; b++) {
        struct args args = { in, out, 64, 96 };
        fill();
        KT_CHECK(!KT_RUN(m, "some", grid(64, 96, blocks[b][0], blocks[b][1]), args));
        for (unsigned y = 0; y < 96; y++)
            for (unsigned x = 0; x < 64; x++) {
                uint32_t v = (uint32_t)at(in, 4, x * 96 + y) * 3, w = v + (uint32_t)at(in, 4, y * 64 + x);
                KT_CHECK(at(out, 4, x * 96 + y) == (v & 1 ? w : 0xeeeeeeee));
            }
    }
}

static void test_sieve(kt_module *m)
{
    struct args args = { in, out, 64, 96 };
    fill();
    KT_CHECK(!KT_RUN(m, "sieve", grid(64, 96, 32, 8), args));
    for (unsigned y = 0; y < 96; y++)
        for (unsigned x = 0; x < 64; x++) {
            uint32_t v = (uint32_t)at(in, 4, y * 64 + x) * 3;
            KT_CHECK(at(out, 4, x * 96 + y) == (v & 1 ? v : 0xeeeeeeee));
        }
}

static void test_wraps(kt_module *m)
{
    const size_t room = (size_t)1 << 32;
    unsigned char *p = mmap(NULL, room + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) {
        puts("no 4 GiB of addresses: wrapping indices are left out");
        return;
    }
    struct {
        unsigned char *out;
        unsigned step, from;
    } args = { p, 64, 0 };
    for (args.from = 0u - 70; args.from != 0u - 58; args.from++) {
        KT_CHECK(!KT_RUN(m, "wraps", ((kt_launch){ { 1, 1, 1 }, { 16, 8, 1 }, 0, 0, 0 }), args));
        for (unsigned y = 0; y < 8; y++)
            for (unsigned x = 0; x < 16; x++) {
                uint32_t place = x * 64 + y + args.from;
                KT_CHECK(p[place] == (unsigned char)(x * 16 + y + 1));
                p[place] = 0;
            }
        KT_CHECK(p[room] == 0 && p[room + 1] == 0);
    }
    munmap(p, room + 4096);
}

static void run(kt_module *m)
{
    kt_test(test_turns, m);
    kt_test(test_strips, m);
    kt_test(test_tiles, m);
    kt_test(test_some, m);
    kt_test(test_sieve, m);
    kt_test(test_wraps, m);
}

int main(int argc, char **argv)
{
    return kt_main(argc, argv, (const uint32_t[]){ 1, 32, 64, 0 }, run);
}
