/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/kernels/tensor.c - runs the kernels of tensor.cu and compares with C. Fragments are laid out as the PTX manual says:
 * with g = lane / 4 and p = lane % 4, word w of a holds row g + 8 (w % 2), columns c (4 (w / 2) + p) and on, c of them a word; word
 * w of b column g, rows c (4 w + p) and on; element i of the result row g + 8 (i / 2), column 2 p + i % 2.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kernels/harness.h"

static uint32_t random_state = 12345;
static uint32_t next_random(void)
{
    random_state = random_state * 1664525u + 1013904223u;
    return random_state >> 8;
}

static uint16_t half_of(float x)
{
    _Float16 h = (_Float16)x;
    uint16_t u;
    memcpy(&u, &h, 2);
    return u;
}

static float of_half(uint16_t u)
{
    _Float16 h;
    memcpy(&h, &u, 2);
    return (float)h;
}

static uint16_t bf16_of(float x)
{
    uint32_t u;
    memcpy(&u, &x, 4);
    return (uint16_t)((u + 0x7fff + (u >> 16 & 1)) >> 16);
}

static float of_bf16(uint16_t v)
{
    uint32_t u = (uint32_t)v << 16;
    float x;
    memcpy(&x, &u, 4);
    return x;
}

/* ---- matrices of small whole numbers, so that every sum is exact ---- */
enum { MAX_K = 32 };
static int ma[16][MAX_K], mb[MAX_K][8], mc[16][8], want[16][8];

static void fill(int rows, int k, int range)
{
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < k; i++)
            ma[r][i] = (int)(next_random() % (unsigned)(2 * range + 1)) - range;
    for (int i = 0; i < k; i++)
        for (int c = 0; c < 8; c++)
            mb[i][c] = (int)(next_random() % (unsigned)(range + 1));
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < 8; c++) {
            want[r][c] = mc[r][c] = (int)(next_random() % 21) - 10;
            for (int i = 0; i < k; i++)
                want[r][c] += ma[r][i] * mb[i][c];
        }
}

enum kind { HALF, BFLOAT, SINGLE, BYTE };
static uint32_t pack(enum kind kind, const int *v, int step)
{
    uint32_t u;
    float f = (float)v[0];
    switch (kind) {
    case HALF:
        return half_of((float)v[0]) | (uint32_t)half_of((float)v[step]) << 16;
    case BFLOAT:
        return bf16_of((float)v[0]) | (uint32_t)bf16_of((float)v[step]) << 16;
    case SINGLE:
        memcpy(&u, &f, 4);
        return u;
    default:
        return (uint8_t)v[0] | (uint32_t)(uint8_t)v[step] << 8 | (uint32_t)(uint8_t)v[2 * step] << 16 |
               (uint32_t)(uint8_t)v[3 * step] << 24;
    }
}

static void lay_out(enum kind kind, int rows, int k, uint32_t *a, uint32_t *b)
{
    const int few = kind == SINGLE ? 1 : kind == BYTE ? 4 : 2, parts = k / (4 * few), row_sets = rows / 8;
    for (int lane = 0; lane < 32; lane++) {
        int g = lane / 4, p = lane % 4;
        for (int w = 0; w < parts * row_sets; w++)
            a[lane * parts * row_sets + w] = pack(kind, &ma[g + 8 * (w % row_sets)][few * (4 * (w / row_sets) + p)], 1);
        for (int w = 0; w < parts; w++)
            b[lane * parts + w] = pack(kind, &mb[few * (4 * w + p)][g], 8);
    }
}

/* NOLINTBEGIN(bugprone-integer-division): indices are whole numbers */
#define RESULT(lane, i) [(lane) / 4 + 8 * ((i) / 2)][2 * ((lane) % 4) + (i) % 2]

static void test_float_matrices(kt_module *m)
{
    static const struct {
        const char *kernel;
        enum kind kind;
        int k;
    } rows[] = { { "mma_f16_f32", HALF, 16 }, { "mma_bf16", BFLOAT, 16 }, { "mma_tf32", SINGLE, 8 } };
    static uint32_t a[128], b[64];
    static float c[128], d[128];
    struct {
        const void *a, *b, *c;
        void *d;
    } args = { a, b, c, d };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        fill(16, rows[r].k, 9);
        lay_out(rows[r].kind, 16, rows[r].k, a, b);
        for (int i = 0; i < 128; i++)
            c[i] = (float)mc RESULT(i / 4, i % 4);
        KT_CHECK(!KT_RUN(m, rows[r].kernel, KT_1D(1, 32), args));
        for (int i = 0; i < 128; i++)
            KT_CHECK(d[i] == (float)want RESULT(i / 4, i % 4));
    }
    static uint16_t hc[128], hd[128];
    args.c = hc;
    args.d = hd;
    fill(16, 8, 5);
    lay_out(HALF, 16, 8, a, b);
    for (int i = 0; i < 128; i++)
        hc[i] = half_of((float)mc RESULT(i / 4, i % 4));
    KT_CHECK(!KT_RUN(m, "mma_f16_f16", KT_1D(1, 32), args));
    for (int i = 0; i < 128; i++)
        KT_CHECK(of_half(hd[i]) == (float)want RESULT(i / 4, i % 4));
}

static void test_other_matrices(kt_module *m)
{
    static uint32_t a[128], b[64];
    static int c[128], d[128];
    static double fa[32], fb[32], fc[64], fd[64];
    struct {
        const void *a, *b, *c;
        void *d;
    } args = { a, b, c, d }, fargs = { fa, fb, fc, fd };
    fill(16, 32, 127);
    lay_out(BYTE, 16, 32, a, b);
    for (int i = 0; i < 128; i++)
        c[i] = mc RESULT(i / 4, i % 4);
    c[5] = 0x7fffffff - 3; /* saturates if the sum is positive */
    KT_CHECK(!KT_RUN(m, "mma_s8", KT_1D(1, 32), args));
    for (int i = 0; i < 128; i++) {
        long long w = (long long)want RESULT(i / 4, i % 4) - mc RESULT(i / 4, i % 4) + c[i];
        KT_CHECK(d[i] == (w > 0x7fffffff ? 0x7fffffff : (int)w));
    }
    fill(8, 16, 100);
    lay_out(BYTE, 8, 16, a, b);
    for (int i = 0; i < 64; i++)
        c[i] = mc[i / 8][i / 2 % 4 * 2 + i % 2];
    KT_CHECK(!KT_RUN(m, "mma_s8_small", KT_1D(1, 32), args));
    for (int i = 0; i < 64; i++)
        KT_CHECK(d[i] == want[i / 8][i / 2 % 4 * 2 + i % 2]);
    fill(8, 4, 1000);
    for (int l = 0; l < 32; l++) {
        fa[l] = ma[l / 4][l % 4] / 8.0;
        fb[l] = mb[l % 4][l / 4];
    }
    for (int i = 0; i < 64; i++)
        fc[i] = mc[i / 8][i / 2 % 4 * 2 + i % 2] / 8.0;
    KT_CHECK(!KT_RUN(m, "mma_f64", KT_1D(1, 32), fargs));
    for (int i = 0; i < 64; i++)
        KT_CHECK(fd[i] == want[i / 8][i / 2 % 4 * 2 + i % 2] / 8.0);
}

/* NOLINTEND(bugprone-integer-division) */
static void test_gemm(kt_module *m)
{
    enum { K = 80 };
    static uint16_t a[32 * K], b[K * 32];
    static float c[32 * 32];
    struct {
        const void *a, *b;
        float *c;
        int k;
    } args = { a, b, c, K };
    for (int i = 0; i < 32 * K; i++) {
        a[i] = half_of((float)(next_random() % 17) - 8);
        b[i] = half_of((float)(next_random() % 17) - 8);
    }
    KT_CHECK(!KT_RUN(m, "gemm_tensor", KT_1D(1, 128), args));
    for (int r = 0; r < 32; r++)
        for (int n = 0; n < 32; n++) {
            float sum = 0;
            for (int k = 0; k < K; k++)
                sum += of_half(a[r * K + k]) * of_half(b[k * 32 + n]);
            KT_CHECK(c[r * 32 + n] == sum);
        }
}

/* ---- lanes ---- */
static void check_lanes(const uint32_t *in, const uint32_t *o, uint32_t t)
{
    uint32_t l = t % 32, first = t - l, any = 0, all = 1, sum = 0, bits = 0, big = 1, small = 1, count = 0, max = 0;
    int least = 1 << 30;
    for (uint32_t k = 0; k < 32; k++) {
        any |= (uint32_t)(in[first + k] % 4 == in[t] % 4) << k;
        sum += in[first + k];
        bits ^= in[first + k];
        least = (int)in[first + k] - 40 < least ? (int)in[first + k] - 40 : least;
        big &= in[first + k] > 20;
        small &= in[first + k] <= 20;
        max = k < 12 && in[first + k] > max ? in[first + k] : max;
    }
    for (uint32_t k = 0; k < 64; k++)
        count += in[k] % 3 != 0;
    KT_CHECK(o[0] == in[l + 3 < 32 ? t + 3 : t]);
    KT_CHECK(o[1] == in[l >= 2 ? t - 2 : t]);
    KT_CHECK(o[2] == in[first + ((l ^ 5) <= ((l & 24) | 7) ? l ^ 5 : l)] && o[3] == 1);
    KT_CHECK(o[4] == in[first + in[t] % 32]);
    KT_CHECK(o[5] == any);
    KT_CHECK(o[6] == 0xffffffffu && o[7] == all);
    KT_CHECK(o[8] == sum && (int)o[9] == least && o[10] == bits);
    KT_CHECK(o[11] == (big | small));
    KT_CHECK(o[12] == (l == 4));
    KT_CHECK(l >= 12 || o[13] == max);
    KT_CHECK(o[14] == count);
    KT_CHECK(o[15] == ~0u << l);
}

static void test_lanes(kt_module *m)
{
    static uint32_t in[64], out[64 * 16];
    struct {
        const uint32_t *in;
        uint32_t *out;
    } args = { in, out };
    for (int i = 0; i < 64; i++)
        in[i] = i < 32 ? next_random() % 97 : 30 + next_random() % 50;
    KT_CHECK(!KT_RUN(m, "lanes", KT_1D(1, 64), args));
    for (uint32_t t = 0; t < 64; t++)
        check_lanes(in, out + 16 * t, t);
}

static void test_addresses(kt_module *m)
{
    static uint32_t in[64], out[256];
    struct {
        const uint32_t *in;
        uint32_t *out;
    } args = { in, out };
    for (int i = 0; i < 64; i++)
        in[i] = next_random() % 1000;
    KT_CHECK(!KT_RUN(m, "addresses", ((kt_launch){ { 1, 1, 1 }, { 64, 1, 1 }, 256, 0, 0, 0 }), args));
    for (int t = 0; t < 64; t++) {
        KT_CHECK(out[4 * t] == in[(t + 1) % 64]);
        KT_CHECK(out[4 * t + 1] == (t < 32 ? in[t] + 1000 : 7));
        KT_CHECK(out[4 * t + 2] == in[t]);
        KT_CHECK(out[4 * t + 3] == in[t % 2] + (t % 2 ? 500 : 64) + in[63 - t] + 1000);
    }
    static uint8_t bytes[64], copied[64];
    struct {
        const uint8_t *in;
        uint8_t *out;
        int have;
    } cargs = { bytes, copied, 5 };
    for (int i = 0; i < 64; i++)
        bytes[i] = (uint8_t)(i + 1);
    KT_CHECK(!KT_RUN(m, "copies", KT_1D(1, 4), cargs));
    for (int i = 0; i < 64; i++)
        KT_CHECK(copied[i] == (i / 16 == 2 || i % 16 >= 8 ? 0xee : i % 16 < 5 ? i + 1 : 0));
}

/* ---- one lane ---- */
static void test_big_numbers(kt_module *m)
{
    enum { N = 40 };
    typedef unsigned __int128 u128;
    static uint32_t a[4 * N], b[4 * N], out[16 * N];
    struct {
        const uint32_t *a, *b;
        uint32_t *out;
    } args = { a, b, out };
    for (int i = 0; i < 4 * N; i++) {
        a[i] = next_random() % 3 ? next_random() << 8 | next_random() : 0xffffffffu;
        b[i] = next_random() % 3 ? next_random() << 8 | next_random() : i % 2 ? 0 : 0xffffffffu;
    }
    KT_CHECK(!KT_RUN(m, "big_numbers", KT_1D(1, N), args));
    for (int t = 0; t < N; t++) {
        u128 x, y, got;
        memcpy(&x, a + 4 * t, 16);
        memcpy(&y, b + 4 * t, 16);
        memcpy(&got, out + 16 * t, 16);
        KT_CHECK(got == (u128)(x + y) && out[16 * t + 4] == ((u128)(x + y) < x));
        memcpy(&got, out + 16 * t + 5, 16);
        KT_CHECK(got == (u128)(x - y));
        u128 want_product = (u128)((uint64_t)a[4 * t + 1] << 32 | a[4 * t]) * b[4 * t] +
                            ((uint64_t)b[4 * t + 3] << 32 | b[4 * t + 2]);
        u128 product = (u128)out[16 * t + 11] << 64 | (uint64_t)out[16 * t + 10] << 32 | out[16 * t + 9];
        KT_CHECK(product == (want_product & (((u128)1 << 96) - 1)));
    }
}

static int highest(uint32_t v)
{
    int at = -1;
    for (int k = 0; k < 32; k++)
        at = v >> k & 1 ? k : at;
    return at;
}

static void check_rare(uint32_t a, uint32_t b, float x, float y, const uint32_t *o, const float *f)
{
    uint16_t hx = half_of(x), hy = half_of(y);
    float bx = of_bf16(bf16_of(x)), by = of_bf16(bf16_of(y));
    KT_CHECK(o[0] == ((uint32_t)hx << 16 | hy));
    KT_CHECK(o[1] == ((uint32_t)bf16_of(x) << 16 | bf16_of(y)));
    KT_CHECK(o[2] == ((uint32_t)half_of(of_half(hx) + 1) << 16 | half_of(of_half(hy) + 2)));
    KT_CHECK(o[3] == ((uint32_t)half_of(of_half(hx) * of_half(hx) + 1) << 16 | half_of(of_half(hy) * of_half(hy) + 2)));
    KT_CHECK(o[4] == ((uint32_t)bf16_of(bx * bx + 1) << 16 | bf16_of(by * by + 1)));
    KT_CHECK(o[5] == ((uint32_t)(x > 0 ? hx : 0) << 16 | (y > 0 ? hy : 0)));
    KT_CHECK(o[6] == bf16_of(x));
    KT_CHECK(o[7] == ((int)a < (int)b ? b - a : a - b) + 5);
    KT_CHECK(o[8] == (uint32_t)((uint64_t)(a & 0xffffff) * (b & 0xffffff)));
    KT_CHECK(o[9] == (uint32_t)(((int64_t)((int)(a << 8) >> 8) * ((int)(b << 8) >> 8)) >> 16) + 1);
    KT_CHECK((int)o[10] == highest(a));
    KT_CHECK((int)o[11] == (highest((int)b < 0 ? ~b : b) < 0 ? -1 : 31 - highest((int)b < 0 ? ~b : b)));
    long long sum = (long long)(int)a + (int)b;
    KT_CHECK((int)o[12] == (sum > 0x7fffffff ? 0x7fffffff : sum < -0x7fffffffll - 1 ? -0x7fffffff - 1 : (int)sum));
    KT_CHECK(o[13] == 9 + (uint32_t)((int16_t)a * (int)(b & 255)) + (uint32_t)((int16_t)(a >> 16) * (int)(b >> 8 & 255)));
    KT_CHECK(o[14] == ((int)a >= 0 ? a : b));
    KT_CHECK(o[15] == !(a % 2));
    KT_CHECK(f[0] == fminf(fmaxf(x + y, 0), 1) && f[1] == fminf(fmaxf(fmaf(x, y, 0.5f), 0), 1));
    KT_CHECK(fabsf(f[2] - tanhf(x)) < 1e-6f && f[3] == copysignf(y, x));
}

static void test_rare(kt_module *m)
{
    enum { N = 50 };
    static uint32_t in[2 * N], out[20 * N];
    static float fin[2 * N], fout[8 * N];
    struct {
        const uint32_t *in;
        const float *fin;
        uint32_t *out;
        float *fout;
    } args = { in, fin, out, fout };
    for (int i = 0; i < 2 * N; i++) {
        in[i] = i < 4 ? (uint32_t)-(i % 3) : next_random() << 8 ^ next_random();
        fin[i] = (float)((int)(next_random() % 4001) - 2000) / 512.0f;
    }
    KT_CHECK(!KT_RUN(m, "rare", KT_1D(1, N), args));
    for (int t = 0; t < N; t++)
        check_rare(in[2 * t], in[2 * t + 1], fin[2 * t], fin[2 * t + 1], out + 20 * t, fout + 8 * t);
}

static void run(kt_module *m)
{
    KT_CHECK(kt_has(m, "gemm_tensor") == (kt_current_width == 32) && kt_has(m, "rare"));
    if (kt_has(m, "gemm_tensor")) {
        test_float_matrices(m);
        test_other_matrices(m);
        test_gemm(m);
        test_lanes(m);
    }
    test_addresses(m);
    test_big_numbers(m);
    test_rare(m);
}

int main(int argc, char **argv)
{
    return kt_main(argc, argv, (const uint32_t[]){ 1, 32, 64, 0 }, run);
}
