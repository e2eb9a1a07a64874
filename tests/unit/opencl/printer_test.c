/* SPDX-License-Identifier: Apache-2.0 */
/* printer_test.c - the OpenCL C printer: every kernel of battery.cu runs on an OpenCL device and its data is
 * compared with the same computation in C; every kernel of refused.cu but one is refused by name, with a reason. */
#include "tests/unit/opencl/device.h"
#include "tests/unit/suite.h"

#include "include/tenon/bundle.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static tncc_opencl_result battery;

static uint32_t flags_of(const tncc_opencl_result *r, const char *name)
{
    for (size_t i = 0; i < r->kernel_count; i++)
        if (!strcmp(r->kernels[i].name, name))
            return r->kernels[i].flags;
    ck_abort_msg("no kernel %s", name);
    return 0;
}

START_TEST(local_memory_and_barriers)
{
    int *out = device_memory(96 * sizeof *out), n = 90;
    RUN("dynamic_local", 3, 32, 32 * 8, POINTER(out), VALUE(n));
    for (int i = 0; i < 96; i++)
        ck_assert_int_eq(out[i], i < n ? 4 * (31 - i % 32) : 0);
    ck_assert(flags_of(&battery, "dynamic_local") & TN_KERNEL_USES_DYNAMIC_LOCAL);

    float *in = device_memory(256 * sizeof *in), *sums = device_memory(4 * sizeof *sums);
    for (int i = 0; i < 256; i++)
        in[i] = (float)(i % 17);
    RUN("tree_sum", 4, 64, 0, POINTER(in), POINTER(sums));
    for (int b = 0; b < 4; b++) {
        float s = 0;
        for (int i = 0; i < 64; i++)
            s += in[64 * b + i];
        ck_assert_float_eq(sums[b], s);
    }

    int *v = device_memory(32 * sizeof *v);
    for (int i = 0; i < 32; i++)
        v[i] = i;
    RUN("votes", 1, 32, 0, POINTER(v), POINTER(out));
    ck_assert(out[0] == 21 && out[1] == 0 && out[2] == 0);
    v[0] = 77;
    RUN("votes", 1, 32, 0, POINTER(v), POINTER(out));
    ck_assert(out[0] == 22 && out[1] == 1 && out[2] == 1);
}
END_TEST

START_TEST(threads_leave_before_barriers)
{
    int *in = device_memory(256 * sizeof *in), *out = device_memory(256 * sizeof *out), n = 203;
    for (int i = 0; i < 256; i++)
        in[i] = i * i;
    RUN("early_return", 4, 64, 0, POINTER(in), POINTER(out), VALUE(n));
    for (int i = 0; i < 256; i++) {
        int t = i % 64, other = (t & 1) || t + 1 >= 64 || i + 1 >= n ? i : i + 1;
        ck_assert_int_eq(out[i], i < n ? in[other] + in[i / 64 * 64] : 0);
    }
    RUN("leave_one_by_one", 1, 16, 0, POINTER(out));
    for (int t = 0, alive = 0; t < 16; t++) { /* round r is run by 16 - r threads */
        alive += 16 - t;
        ck_assert_int_ge(out[t], alive);
        ck_assert_int_le(out[t], alive + 16 - t); /* those that are ahead in the same round may have counted again */
    }
}
END_TEST

START_TEST(punning_and_alignment)
{
    float *in = device_memory(64), vectors[16 * 4];
    unsigned *out = device_memory(16 * 16);
    int n = 16;
    for (int i = 0; i < 16; i++)
        in[i] = 1.5f * (float)i - 3.25f;
    RUN("punning", 1, 16, 0, POINTER(in), POINTER(out), VALUE(n));
    for (int i = 0; i < 16; i++) {
        double d = (double)in[i];
        unsigned f, w[2];
        memcpy(&f, &in[i], 4);
        memcpy(w, &d, 8);
        ck_assert_uint_eq(out[4 * i], f >> 16);
        ck_assert_uint_eq(out[4 * i + 1], w[1]);
        ck_assert_uint_eq(out[4 * i + 2], i & 1 ? 0x3f800000u : f);
        ck_assert_uint_eq(out[4 * i + 3], 7);
    }
    struct __attribute__((packed)) odd {
        char tag;
        int value;
        double real;
    } *a = device_memory(5 * 13), *b = device_memory(5 * 13);
    for (int i = 0; i < 5; i++)
        a[i] = (struct odd){ (char)('a' + i), 100 * i, 0.5 * i };
    n = 5;
    RUN("under_aligned", 1, 8, 0, POINTER(a), POINTER(b), VALUE(n));
    for (int i = 0; i < 5; i++)
        ck_assert(b[i].tag == a[i].tag && b[i].value == 101 * i && b[i].real == 1.0 * i);

    float *v = device_memory(sizeof vectors), *v2 = device_memory(sizeof vectors), *w = device_memory(sizeof vectors),
          *w2 = device_memory(sizeof vectors);
    for (int i = 0; i < 64; i++) {
        v[i] = (float)i;
        v2[i] = (float)(3 * i);
    }
    n = 15;
    RUN("vectors", 1, 16, 0, POINTER(v), POINTER(w), POINTER(v2), POINTER(w2), VALUE(n));
    for (int i = 0; i < 64; i++) {
        int o = i / 4 * 4 + 3 - i % 4;
        ck_assert_float_eq(w[i], i >= 60 ? 0 : v[o] + (i % 4 == 3 ? 1.0f : 0.0f));
        ck_assert_float_eq(w2[i], i >= 60 ? 0 : 2 * v2[o] + v2[i]);
    }
}
END_TEST

START_TEST(structures_and_moves)
{
    struct {
        float *data;
        struct {
            short a, b;
        } inner[2];
        char c;
        double scale;
    } p = { device_memory(16), { { 3, 4 }, { 5, 6 } }, 7, 2.25 };
    struct {
        unsigned char r, g, b;
    } t = { 1, 2, 3 };
    unsigned char flag = 1;
    char c = -5;
    short h = 300;
    long long l = 7LL << 32;
    int *out = device_memory(20);
    RUN("structures", 1, 4, 0, VALUE(p), VALUE(t), VALUE(flag), VALUE(c), VALUE(h), VALUE(l), POINTER(out));
    ck_assert(out[0] == 3 + 60 + 7 && out[1] == 9 && out[2] == 0x030201 && out[3] == 295 && out[4] == 7);
    ck_assert_float_eq(p.data[1], 4);
    ck_assert(flags_of(&battery, "structures") & TN_KERNEL_INDIRECT_POINTERS);

    unsigned char *a = device_memory(64), *b = device_memory(32);
    int *ints = device_memory(64), n = 29;
    for (int i = 0; i < 32; i++)
        b[i] = (unsigned char)(i + 1);
    for (int i = 0; i < 16; i++)
        ints[i] = i;
    RUN("block_moves", 1, 1, 0, POINTER(a), POINTER(b), VALUE(n), POINTER(ints));
    for (int i = 0; i < 64; i++)
        ck_assert_int_eq(a[i], i < 1 ? 1 : i < n ? i : i < 2 * n ? 0xab : 0);
    for (int i = 0; i < 16; i++)
        ck_assert_int_eq(ints[i], 15 - i);
}
END_TEST

START_TEST(pointers_of_every_kind)
{
    struct node {
        struct node *next;
        int value;
    } *nodes = device_memory(3 * sizeof *nodes);
    float **rows = device_memory(4 * sizeof *rows), *out = device_memory(4);
    int n = 4;
    for (int i = 0; i < 4; i++) {
        rows[i] = device_memory(8);
        rows[i][1] = 10;
    }
    nodes[0] = (struct node){ &nodes[2], 1 };
    nodes[2] = (struct node){ &nodes[1], 2 };
    nodes[1] = (struct node){ NULL, 3 };
    RUN("pointers", 1, 8, 0, POINTER(rows), POINTER(nodes), POINTER(out), VALUE(n));
    ck_assert_float_eq(*out, 123);
    for (int i = 0; i < 4; i++)
        ck_assert_float_eq(rows[i][1], (float)(10 + i));
    ck_assert(flags_of(&battery, "pointers") & TN_KERNEL_INDIRECT_POINTERS);
    ck_assert(!(flags_of(&battery, "tree_sum") & TN_KERNEL_INDIRECT_POINTERS));

    int *g = device_memory(32 * 4), *o = device_memory(32 * 4);
    for (int i = 0; i < 32; i++)
        g[i] = 3000 + i;
    RUN("generic_pointers", 1, 32, 0, POINTER(g), POINTER(o));
    for (int t = 0; t < 32; t++) {
        int at = t % 3 == 0 ? 1000 + (t ^ 1) : t % 3 == 1 ? 3000 + t : 2000 + (t & 3) + t;
        int first = t & 1 ? 1000 + t : at;
        ck_assert_int_ge(o[t], first + at); /* a neighbour may have added one in between */
        ck_assert_int_le(o[t], first + at + 2);
        ck_assert_int_eq(g[t], 3000 + t + (t % 3 == 1));
    }
}
END_TEST

START_TEST(atomic_operations)
{
    int *i = device_memory(16);
    unsigned *u = device_memory(32), n = 40, expected_xor = 0;
    float *f = device_memory(4);
    unsigned long long *l = device_memory(16);
    double *d = device_memory(8);
    u[0] = ~0u;
    u[2] = 0;
    u[6] = 9;
    RUN("atomics", 2, n, 0, POINTER(i), POINTER(u), POINTER(f), POINTER(l), POINTER(d));
    for (unsigned t = 0; t < n; t++)
        expected_xor ^= 1u << (t & 31);
    ck_assert_int_eq(i[0], 2 * 80);
    ck_assert_int_eq(i[1], 34);
    ck_assert_int_eq(i[2], -39);
    ck_assert_int_eq(i[3], -240);
    ck_assert_uint_eq(u[0], 0);
    ck_assert_uint_eq(u[1], ~0u);
    ck_assert_uint_eq(u[2], 0); /* two blocks cancel */
    ck_assert_uint_ne(expected_xor, 0);
    ck_assert_uint_eq(u[3], 39 * 0x1000000u);
    ck_assert_uint_eq(u[4], 80 % 10);
    ck_assert_uint_eq(u[5], 0); /* 9, 8 ... 0, eight times */
    ck_assert_uint_eq(u[6], 0);
    ck_assert_uint_eq(u[7], 400);
    ck_assert_float_eq(f[0], 40);
    ck_assert(l[0] == 80 * 0x100000000ull && l[1] == 39ull << 40);
    ck_assert_double_eq(*d, 20);
    ck_assert(flags_of(&battery, "atomics") & TN_KERNEL_USES_ATOMIC_64);
}
END_TEST

START_TEST(variables_and_constants)
{
    static const float table[5] = { 1.0f, 2.5f, -3.0f, 4.0f, 0.0f };
    static const int primes[] = { 2, 3, 5, 7, 11, 13, 17, 19 };
    int *out = device_memory(64), seed = 3;
    RUN("variables", 1, 16, 0, POINTER(out), VALUE(seed));
    for (int t = 0; t < 16; t++)
        ck_assert_int_eq(out[t], (int)(table[t % 5] * 2) + primes[t * seed & 7] + "tenon"[t % 5]);
    RUN("variables_again", 1, 16, 0, POINTER(out));
    for (int t = 0; t < 8; t++)
        ck_assert_int_eq(out[t], primes[(t + seed) & 7]);
    ck_assert_int_eq(out[8], 56);

    int seen = 0;
    for (size_t k = 0; k < battery.variable_count; k++) {
        const tncc_opencl_variable *v = &battery.variables[k];
        if (!strcmp(v->name, "table")) {
            float first[5];
            ck_assert(v->bytes == 20 && v->flags == TN_VARIABLE_CONSTANT && v->init);
            memcpy(first, v->init, sizeof first);
            for (int i = 0; i < 5; i++)
                ck_assert_float_eq(first[i], table[i]);
            seen++;
        }
        if (!strcmp(v->name, "written")) {
            ck_assert(v->bytes == 32 && v->flags == 0 && !v->init);
            seen++;
        }
    }
    ck_assert_int_eq(seen, 2);
}
END_TEST

static void near(float got, double want, double relative, const char *what, int i)
{
    if (isnan(want) || isnan(got)) {
        ck_assert_msg(isnan(want) && isnan(got), "%s of value %d: %g instead of %g", what, i, (double)got, want);
        return;
    }
    ck_assert_msg(fabs((double)got - want) <= relative * fmax(fabs(want), 1e-3), "%s of value %d: %.9g instead of %.9g",
                  what, i, (double)got, want);
}

/* The bits of a number of few digits in half precision. */
static unsigned short half_of(float x)
{
    unsigned bits;
    memcpy(&bits, &x, 4);
    return (unsigned short)(x == 0 ? 0
                                   : (bits >> 16 & 0x8000) | ((bits >> 23 & 0xff) - 112) << 10 | (bits >> 13 & 0x3ff));
}

START_TEST(floating_point)
{
    float *in = device_memory(8 * 4), *out = device_memory(8 * 24 * 4);
    static const float values[8] = { 0.5f, 1.25f, 3.0f, 0.001f, 7.75f, 2.0f, 0.9f, 10.5f };
    memcpy(in, values, sizeof values);
    RUN("math_float", 1, 8, 0, POINTER(in), POINTER(out));
    for (int i = 0; i < 8; i++) {
        double x = values[i], y = values[i ^ 1];
        int e;
        double fraction = frexp(x, &e);
        const double want[24] = { exp(x),      log(x),    sin(x),      cos(x),   tanh(x),      sqrt(x),
                                  1 / sqrt(x), pow(x, y), fmod(x, y),  erf(x),   fma(x, y, 1), fmin(x, y),
                                  floor(x),    round(x),  atan2(x, y), exp2(x),  log10(x),     cbrt(x),
                                  hypot(x, y), exp(x),    -x,          log1p(x), ilogb(x),     fraction + e };
        for (int k = 0; k < 24; k++)
            near(out[24 * i + k], want[k], 2e-6, "function", 100 * i + k);
    }
    double *din = device_memory(64), *dout = device_memory(8 * 48);
    for (int i = 0; i < 8; i++)
        din[i] = 0.1 + i * 1.7;
    RUN("math_double", 1, 8, 0, POINTER(din), POINTER(dout));
    for (int i = 0; i < 8; i++) {
        double x = din[i], want[6] = { exp(x), log(x), sin(x), pow(x, 1.5), fma(x, x, 0.5), rint(x * 10) };
        for (int k = 0; k < 6; k++)
            ck_assert_double_eq_tol(dout[6 * i + k], want[k], 1e-14 * fmax(1, fabs(want[k])));
    }
    static const float small[4] = { 0.0f, -0.5f, 65504.0f, 0x1p-24f };
    unsigned short *h = device_memory(64), *ho = device_memory(64);
    float *wide = device_memory(128);
    for (int i = 0; i < 32; i++)
        h[i] = half_of((float)i / 16 - 1);
    RUN("half_numbers", 1, 32, 0, POINTER(h), POINTER(ho), POINTER(wide));
    for (int i = 0; i < 32; i++) {
        float x = (float)i / 16 - 1;
        ck_assert_uint_eq(ho[i], half_of(3 * x + 0.5f));
        if (x == 0 || (i & 3) < 2) /* the others round */
            ck_assert_float_eq(wide[i], x + small[i & 3]);
        else if ((i & 3) == 2)
            ck_assert_float_eq(wide[i], 65504.0f);
        else
            ck_assert_float_eq(wide[i], x);
    }
}
END_TEST

static unsigned reverse(unsigned x)
{
    unsigned r = 0;
    for (int i = 0; i < 32; i++)
        r |= (x >> i & 1) << (31 - i);
    return r;
}

START_TEST(integers)
{
    unsigned *in = device_memory(128), *out = device_memory(32 * 80), s = 12345;
    for (int i = 0; i < 32; i++)
        in[i] = i == 3 ? 0 : (s = s * 1664525u + 1013904223u) >> (i % 5);
    RUN("integers", 1, 32, 0, POINTER(in), POINTER(out));
    for (unsigned i = 0; i < 32; i++) {
        unsigned x = in[i], y = in[(i + 1) & 31], *o = out + 20 * i;
        unsigned long long wide = (unsigned long long)x << 32 | y;
        unsigned __int128 up = (unsigned __int128)wide * wide;
        __int128 sp = (__int128)(long long)wide * -(long long)wide;
        unsigned want[20] = { (unsigned)__builtin_popcount(x),
                              x ? (unsigned)__builtin_clz(x) : 32,
                              (unsigned)__builtin_ffs((int)x),
                              reverse(x),
                              (unsigned)((unsigned long long)x * y >> 32),
                              (unsigned)((long long)(int)x * (int)y >> 32),
                              (unsigned)((unsigned long long)(up >> 64) >> 7),
                              (unsigned)((unsigned long long)(long long)(sp >> 64) >> 7),
                              (x & 0xff) | (y & 0xff) << 8 | (x >> 8 & 0xff) << 16 | (y >> 8 & 0xff) << 24,
                              (unsigned)(((unsigned long long)y << 32 | x) << (i & 31) >> 32),
                              (unsigned)((int)x >> (i & 31)),
                              (unsigned)((int)x / ((int)(y & 1023) + 1)),
                              x % ((y & 4095) + 1),
                              (unsigned char)(x * 7 + y),
                              (unsigned)(short)((short)x * (short)y - 3),
                              (unsigned)((float)(int)x * 16.0f >= 2147483648.0f   ? INT32_MAX
                                         : (float)(int)x * 16.0f < -2147483648.0f ? INT32_MIN
                                                                                  : (int)((float)(int)x * 16.0f)),
                              0,
                              x < y ? x : y,
                              (unsigned)((int)x > (int)y ? (int)x : (int)y),
                              (wide >> (i + 3) ? (unsigned)__builtin_clzll(wide >> (i + 3)) : 64) +
                                  100 * (unsigned)__builtin_popcountll(wide) };
        want[16] = (float)x >= 4294967296.0f ? o[16] : (unsigned)(float)x;
        for (int k = 0; k < 20; k++)
            ck_assert_msg(o[k] == want[k], "operation %d of %#x and %#x: %#x instead of %#x", k, x, y, o[k], want[k]);
    }
}
END_TEST

static int steps(unsigned n)
{
    int s = 0;
    for (; n != 1; s++)
        n = n & 1 ? 3 * n + 1 : n / 2;
    return s;
}

START_TEST(control_flow_and_shapes)
{
    int *out = device_memory(100 * 4), n = 97;
    RUN("control", 4, 25, 0, POINTER(out), VALUE(n));
    for (int i = 0; i < 100; i++) {
        int r = steps((unsigned)i + 1), m = i % 7;
        if (m == 0)
            r += 100;
        else if (m == 1)
            r += 500;
        else if (m == 2)
            r += 300;
        else if (m != 5)
            for (int k = 0; k < i && k * k <= i; k++)
                r += k == 3 ? 0 : k;
        ck_assert_int_eq(out[i], i < n ? r + 3 * i + 3 : 0);
    }
    int *all = device_memory(6 * 4 * 6 * 4);
    device_run("shapes", (size_t[]){ 3, 2, 3 }, (size_t[]){ 2, 2, 2 }, 0, (device_argument[]){ POINTER(all) }, 1);
    for (int k = 0; k < 144; k++)
        ck_assert_int_eq(all[k], k % 6 + 10 * (k / 6 % 4) + 100 * (k / 24));
    RUN("clamp", 1, 4, 0, POINTER(out));
    ck_assert_int_eq(out[3], 5);
}
END_TEST

START_TEST(printf_on_the_device)
{
    char path[] = "/tmp/tenon-opencl-XXXXXX", text[256];
    float *in = device_memory(4);
    int fd = mkstemp(path), saved = dup(1), n = 42;
    unlink(path);
    in[0] = 2.5f;
    fflush(stdout);
    dup2(fd, 1);
    RUN("prints", 1, 4, 0, VALUE(n), POINTER(in));
    fflush(stdout);
    dup2(saved, 1);
    close(saved);
    ssize_t got = pread(fd, text, sizeof text - 1, 0);
    close(fd);
    ck_assert_int_gt(got, 0);
    text[got] = 0;
    ck_assert_str_eq(text, "n=42 real=2.50 text=abc long=360777252864 hex=0000002a char=q percent=%\n");
    ck_assert(flags_of(&battery, "prints") & TN_KERNEL_USES_PRINTF);
}
END_TEST

START_TEST(refusals_name_the_kernel_and_the_reason)
{
    static const struct {
        const char *name, *part;
    } want[] = {
        { "recursion", "recursive function" },
        { "function_pointer", "function" },
        { "heap", "malloc" },
        { "stops", "assert" },
        { "assembly", "inline assembly" },
        { "undefined", "elsewhere" },
        { "ticks", "clock" },
        { "wide", "128-bit" },
        { "format", "literal" },
    };
    tncc_opencl_result r;
    device_print("refused.cu", &r);
    ck_assert_uint_eq(r.refused_count, sizeof want / sizeof *want);
    for (size_t i = 0; i < r.kernel_count; i++) {
        const tncc_opencl_kernel *k = &r.kernels[i];
        const char *part = NULL;
        for (size_t w = 0; w < sizeof want / sizeof *want; w++)
            if (!strcmp(want[w].name, k->name))
                part = want[w].part;
        if (!part) {
            ck_assert_msg(!k->refusal, "%s was refused: it %s", k->name, k->refusal);
            continue;
        }
        ck_assert_msg(k->refusal && strstr(k->refusal, part), "%s: %s", k->name, k->refusal ? k->refusal : "accepted");
        ck_assert_msg(!strstr(r.text, k->entry), "%s is in the text", k->name);
        if (!strcmp(k->name, "recursion"))
            ck_assert_msg(k->file && strstr(k->file, "refused.cu") && k->line == 11, "at %s:%u",
                          k->file ? k->file : "?", k->line);
    }
    tncc_opencl_c_release(&r);
}
END_TEST

static void start(void)
{
    device_print("battery.cu", &battery);
    ck_assert_uint_eq(battery.refused_count, 0);
    device_load(&battery);
}

int main(void)
{
    static const TTest *const *const tests[] = {
        &local_memory_and_barriers,
        &threads_leave_before_barriers,
        &punning_and_alignment,
        &structures_and_moves,
        &pointers_of_every_kind,
        &atomic_operations,
        &variables_and_constants,
        &floating_point,
        &integers,
        &control_flow_and_shapes,
        &printf_on_the_device,
        &refusals_name_the_kernel_and_the_reason,
    };
    const char *why = device_open();
    if (why) {
        puts(why);
        return 77;
    }
    Suite *suite = suite_create("OpenCL C printer");
    TCase *c = tcase_create("battery");
    tcase_set_timeout(c, 120);
    tcase_add_unchecked_fixture(c, start, NULL);
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        tcase_add_test(c, *tests[i]);
    suite_add_tcase(suite, c);
    const int failed = suite_run_here(suite); /* OpenCL has threads by now */
    tncc_opencl_c_release(&battery);
    device_close();
    return failed;
}
