/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/kernels/assembly.c - runs the inline PTX of assembly.cu and compares with C.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kernels/harness.h"

enum { COUNT = 256 };

static float as_float(uint32_t u)
{
    float f;
    memcpy(&f, &u, 4);
    return f;
}

static uint32_t signed_field(uint32_t a, unsigned at, unsigned length)
{
    uint32_t r = 0;
    unsigned top = at + length - 1 > 31 ? 31 : at + length - 1;
    for (unsigned k = 0; k < 32; k++)
        r |= (k < length && at + k < 32 ? a >> (at + k) & 1 : a >> top & 1) << k;
    return r;
}

static uint32_t permuted(uint32_t a, uint32_t b, uint32_t s)
{
    uint64_t both = (uint64_t)b << 32 | a;
    uint32_t r = 0;
    for (int k = 0; k < 4; k++) {
        uint32_t byte = both >> ((s >> (4 * k) & 7) * 8) & 255;
        r |= (s >> (4 * k) & 8 ? (byte & 128 ? 255u : 0u) : byte) << (8 * k);
    }
    return r;
}

static uint32_t dot(uint32_t a, uint32_t b, uint32_t c)
{
    for (int k = 0; k < 32; k += 8)
        c += (uint32_t)((int)(signed char)(a >> k) * (int)(signed char)(b >> k));
    return c;
}

static void check_bits(const uint32_t *o, uint32_t a, uint32_t b)
{
    uint64_t both = (uint64_t)b << 32 | a, product = (uint64_t)a * b, pair = (uint64_t)a << 32 | b;
    unsigned n = b & 63, clamped = n > 32 ? 32 : n;
    KT_CHECK(o[2] == (a >> 5 & 511) && o[3] == signed_field(a, b & 31, 12));
    KT_CHECK(o[4] == ((b & ~(2047u << 7)) | (a & 2047u) << 7) && o[5] == permuted(a, b, 0x0d17));
    KT_CHECK(o[6] == ((a & b) | (~a & 0x12345678u)));
    KT_CHECK(o[7] == (uint32_t)(both << (n & 31) >> 32) && o[8] == (uint32_t)(both >> clamped));
    KT_CHECK(o[9] == (uint32_t)(__builtin_popcount(a) + (a ? __builtin_ctz(a) : 32)));
    KT_CHECK(o[10] == (uint32_t)product && o[11] == (uint32_t)(product >> 32) && o[12] == (uint32_t)(pair >> 16));
    KT_CHECK(o[13] == (uint32_t)(((int64_t)(int)a * (int)b) >> 32));
    KT_CHECK(o[14] == ((int)a < (int)b ? 11u : 1u) && o[16] == (a ^ b));
    KT_CHECK(o[17] == (uint32_t)((int)a >> (n > 31 ? 31 : n)) && o[18] == (n > 31 ? 0 : a << n));
}

static void check_numbers(const uint32_t *o, uint32_t a, uint32_t b)
{
    float f = (float)(a & 0xffff) + 0.5f;
    uint32_t most = (int)a > (int)b ? a : b;
    KT_CHECK(as_float(o[19]) == fmaf(f, f, 1) && (int)o[20] == (int)rintf(-f) && as_float(o[21]) == (float)b);
    KT_CHECK(o[22] == dot(a, b, 7) && o[23] == (most < 1000000 ? most : 1000000) && o[24] == 42);
    KT_CHECK(fabsf(as_float(o[26]) * sqrtf(f) - 1) < 1e-6f && (int)o[27] == (signed char)a);
    KT_CHECK(fabsf(as_float(o[28]) / exp2f(0.125f * (float)(a & 63)) - 1) < 1e-6f);
}

static void test_rows(kt_module *m)
{
    static uint32_t x[COUNT + 2], y[COUNT], out[COUNT][32];
    for (int i = 0; i < COUNT; i++) {
        x[i] = i == 0 ? 0 : (uint32_t)rand() * 2654435761u;
        y[i] = (uint32_t)rand() * 2246822519u;
    }
    struct {
        void *x, *y, *out;
    } args = { x, y, out };
    KT_CHECK(!KT_RUN(m, "assembly", KT_1D(COUNT / 64, 64), args));
    for (uint32_t i = 0; i < COUNT; i++) {
        KT_CHECK(out[i][0] == i % 64 % kt_current_width && out[i][1] == i);
        KT_CHECK(out[i][15] == x[i / 2 + 1] && out[i][25] == x[i & ~1u] - x[i | 1]);
        check_bits(out[i], x[i], y[i]);
        check_numbers(out[i], x[i], y[i]);
    }
}

static void test_together(kt_module *m)
{
    static uint32_t sum, most[2], out[128];
    struct {
        void *sum, *most, *out;
    } args = { &sum, most, out };
    sum = most[0] = most[1] = 0;
    KT_CHECK(!KT_RUN(m, "together", KT_1D(1, 128), args));
    KT_CHECK(sum == 127 * 64 && most[0] == 127 && most[1] >= 1);
    for (uint32_t t = 0; t < 128; t++)
        KT_CHECK(out[t] == (127 - t) * 3);
    struct {
        void *out;
    } rows = { out };
    KT_CHECK(!KT_RUN(m, "warps", KT_1D(1, 128), rows));
    for (uint32_t t = 0; t < 128; t++)
        KT_CHECK(out[t] == t / kt_current_width);
}

static void run(kt_module *m)
{
    kt_test(test_rows, m);
    kt_test(test_together, m);
}

int main(int argc, char **argv)
{
    return kt_main(argc, argv, (const uint32_t[]){ 32, 64, 0 }, run);
}
