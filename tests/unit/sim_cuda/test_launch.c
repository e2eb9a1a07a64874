/* SPDX-License-Identifier: Apache-2.0 */
/* Modules, launches, and what happens when a kernel fails. */
#include <stdio.h>
#include <unistd.h>

#include "tests/unit/sim_cuda/client.h"

START_TEST(axpy_adds)
{
    enum { N = 5000 };
    float x[N], y[N], a = 2.5f;
    int n = N;
    ptr dx, dy;
    for (int i = 0; i < N; i++) {
        x[i] = (float)i;
        y[i] = 1;
    }
    ok(cu.alloc(&dx, sizeof x));
    ok(cu.alloc(&dy, sizeof y));
    ok(cu.to_device(dx, x, sizeof x));
    ok(cu.to_device(dy, y, sizeof y));
    void *params[] = { &a, &dx, &dy, &n };
    ok(cu.launch(kernel("axpy"), (N + 127) / 128, 1, 1, 128, 1, 1, 0, NULL, params, NULL));
    ok(cu.to_host(y, dy, sizeof y));
    for (int i = 0; i < N; i++)
        ck_assert_float_eq(y[i], 1 + 2.5f * (float)i);
}
END_TEST

/* Blocks print at once; the text of one call stays together, and nothing is lost. */
START_TEST(lines_stay_whole)
{
    enum { BLOCKS = 64, THREADS = 16, LINES = 20 };
    static unsigned char seen[BLOCKS][THREADS][LINES];
    int lines = LINES, b, t, l, end, count = 0;
    char text[200];
    FILE *file = tmpfile();
    ck_assert_ptr_nonnull(file);
    fflush(stdout);
    int before = dup(1);
    ck_assert_int_ge(dup2(fileno(file), 1), 0);
    void *params[] = { &lines };
    int status = cu.launch(kernel("many_lines"), BLOCKS, 1, 1, THREADS, 1, 1, 0, NULL, params, NULL);
    int waited = cu.ctx_wait();
    fflush(stdout);
    dup2(before, 1);
    ok(status);
    ok(waited);
    rewind(file);
    while (fgets(text, sizeof text, file)) {
        end = 0;
        int got = sscanf(text, "block %d thread %d line %d of the flood%n", &b, &t, &l, &end);
        ck_assert_msg(got == 3 && end && text[end] == '\n' && b < BLOCKS && t < THREADS && l < LINES && !seen[b][t][l],
                      "a line is '%s'", text);
        seen[b][t][l] = 1;
        count++;
    }
    ck_assert_int_eq(count, BLOCKS * THREADS * LINES);
    fclose(file);
}
END_TEST

/* As many blocks as the device holds at once may wait for each other, and no more. */
START_TEST(a_grid_waits_for_itself)
{
    enum { BLOCKS = 40, THREADS = 64, N = BLOCKS * THREADS, ROUNDS = 5 };
    static int data[N], want[N], next[N];
    int rounds = ROUNDS, per_unit, units;
    ptr d;
    for (int i = 0; i < N; i++)
        data[i] = want[i] = i * 37 % 101;
    for (int r = 0; r < ROUNDS; r++) {
        for (int i = 0; i < N; i++)
            next[i] = want[i] + want[(i + THREADS) % N] + r;
        memcpy(want, next, sizeof want);
    }
    ok(cu.alloc(&d, sizeof data));
    void *params[] = { &d, &rounds };
    for (int turn = 0; turn < 3; turn++) { /* the stacks are used again */
        ok(cu.to_device(d, data, sizeof data));
        ok(cu.launch_cooperative(kernel("neighbours"), BLOCKS, 1, 1, THREADS, 1, 1, 0, NULL, params));
        ok(cu.to_host(next, d, sizeof next));
        ck_assert_mem_eq(next, want, sizeof want);
    }
    ok(cu.occupancy(&per_unit, kernel("neighbours"), THREADS, 0));
    ok(cu.device_attribute(&units, 16, 0));
    rounds = 0;
    unsigned most = (unsigned)(per_unit * units);
    ok(cu.launch_cooperative(kernel("neighbours"), most, 1, 1, THREADS, 1, 1, 0, NULL, params));
    ok(cu.ctx_wait());
    is(cu.launch_cooperative(kernel("neighbours"), most + 1, 1, 1, THREADS, 1, 1, 0, NULL, params), 720);
    rounds = 1;
    ok(cu.launch(kernel("neighbours"), BLOCKS, 1, 1, THREADS, 1, 1, 0, NULL, params, NULL));
    is(cu.ctx_wait(), 719); /* a plain launch fails at the barrier */
}
END_TEST

struct odd {
    char a;
    short b;
    double c;
    float d[3];
};

/* Sizes and alignments as in C, by pointers and as one packed buffer. */
START_TEST(arguments_are_packed_as_in_c)
{
    struct odd o = { 1, 20, 300.5, { 4, 5, 6 } };
    char c = -3;
    short s = 1234;
    double out[3] = { 0 };
    ptr d;
    ok(cu.alloc(&d, 64));
    void *params[] = { &c, &o, &s, &d };
    ok(cu.launch(kernel("take_odd"), 1, 1, 1, 1, 1, 1, 0, NULL, params, NULL));
    ok(cu.to_host(out, d, sizeof out));
    ck_assert_double_eq(out[0], -3);
    ck_assert_double_eq(out[1], 336.5);
    ck_assert_double_eq(out[2], 1234);

    struct {
        char c;
        struct odd o;
        short s;
        ptr d;
    } packed = { 9, o, 4321, d };
    size_t bytes = sizeof packed, too_few = 8;
    void *extra[] = { (void *)1, &packed, (void *)2, &bytes, NULL };
    ok(cu.launch(kernel("take_odd"), 1, 1, 1, 1, 1, 1, 0, NULL, NULL, extra));
    ok(cu.to_host(out, d, sizeof out));
    ck_assert_double_eq(out[0], 9);
    ck_assert_double_eq(out[2], 4321);
    extra[3] = &too_few;
    is(cu.launch(kernel("take_odd"), 1, 1, 1, 1, 1, 1, 0, NULL, NULL, extra), 1);
    extra[2] = (void *)7;
    is(cu.launch(kernel("take_odd"), 1, 1, 1, 1, 1, 1, 0, NULL, NULL, extra), 1);
    is(cu.launch(kernel("take_odd"), 1, 1, 1, 1, 1, 1, 0, NULL, params, extra), 1);
    is(cu.launch(kernel("take_odd"), 1, 1, 1, 1, 1, 1, 0, NULL, NULL, NULL), 1);
    params[1] = NULL;
    is(cu.launch(kernel("take_odd"), 1, 1, 1, 1, 1, 1, 0, NULL, params, NULL), 1);
}
END_TEST

START_TEST(shapes_are_checked)
{
    handle f = kernel("empty");
    int most[8];
    for (int i = 1; i < 8; i++)
        ok(cu.device_attribute(&most[i], i, 0)); /* threads, block x y z, grid x y z */
    ok(cu.launch(f, 2, 3, 4, 8, 8, 4, 0, NULL, NULL, NULL));
    is(cu.launch(f, 0, 1, 1, 1, 1, 1, 0, NULL, NULL, NULL), 1);
    is(cu.launch(f, 1, 1, 1, 1, 0, 1, 0, NULL, NULL, NULL), 1);
    is(cu.launch(f, 1, 1, 1, (unsigned)most[1] + 1, 1, 1, 0, NULL, NULL, NULL), 1);
    is(cu.launch(f, 1, 1, 1, 2, (unsigned)most[1], 1, 0, NULL, NULL, NULL), 1);
    is(cu.launch(f, 1, 1, 1, 1, 1, (unsigned)most[4] + 1, 0, NULL, NULL, NULL), 1);
    is(cu.launch(f, 1, (unsigned)most[6] + 1, 1, 1, 1, 1, 0, NULL, NULL, NULL), 1);
    launch_config config = { { 1, 1, 1 }, { 1, 1, 1 }, 0, NULL, NULL, 0 };
    ok(cu.launch_ex(&config, f, NULL, NULL));
    config.count = 1;
    is(cu.launch_ex(&config, f, NULL, NULL), 1);
    ok(cu.ctx_wait());
}
END_TEST

START_TEST(dynamic_local_memory_is_opted_into)
{
    enum { N = 256 };
    int data[N], back[N], n = N, limit = 0, optin = 0, blocks = 0;
    ptr d;
    handle f = kernel("reverse");
    for (int i = 0; i < N; i++)
        data[i] = i * i;
    ok(cu.alloc(&d, sizeof data));
    ok(cu.to_device(d, data, sizeof data));
    void *params[] = { &d, &n };
    ok(cu.launch(f, 1, 1, 1, N, 1, 1, sizeof data, NULL, params, NULL));
    ok(cu.to_host(back, d, sizeof back));
    for (int i = 0; i < N; i++)
        ck_assert_int_eq(back[i], data[N - 1 - i]);
    ok(cu.func_attribute(&limit, 8, f));
    is(cu.launch(f, 1, 1, 1, N, 1, 1, (unsigned)limit + 1, NULL, params, NULL), 1);
    ok(cu.device_attribute(&optin, 97, 0));
    is(cu.func_set(f, 8, optin + 1), 1);
    is(cu.func_set(f, 8, -1), 1);
    if (optin > limit) {
        ok(cu.func_set(f, 8, optin));
        ok(cu.launch(f, 1, 1, 1, N, 1, 1, (unsigned)optin, NULL, params, NULL));
        ok(cu.to_host(back, d, sizeof back));
        ck_assert_mem_eq(back, data, sizeof data);
    }
    ok(cu.occupancy(&blocks, f, N, 0));
    ck_assert_int_gt(blocks, 0);
    is(cu.occupancy(&blocks, f, 0, 0), 1);
}
END_TEST

START_TEST(variables_live_in_the_module)
{
    int out[5], seven = 100;
    ptr d, counter = 0;
    size_t bytes = 0;
    handle second;
    ok(cu.alloc(&d, 64));
    void *params[] = { &d };
    ok(cu.global(&counter, &bytes, module, "counter"));
    ck_assert_uint_eq(bytes, 4);
    ok(cu.launch(kernel("use_variables"), 1, 1, 1, 1, 1, 1, 0, NULL, params, NULL));
    ok(cu.to_host(out, d, sizeof out));
    ck_assert_int_eq(out[0], 8);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(out[1 + i], i + 1);
    ok(cu.to_device(counter, &seven, 4));
    ok(cu.launch(kernel("use_variables"), 1, 1, 1, 1, 1, 1, 0, NULL, params, NULL));
    ok(cu.to_host(out, d, sizeof out));
    ck_assert_int_eq(out[0], 101);
    is(cu.global(&counter, &bytes, module, "nobody"), 500);
    ok(cu.module_load(&second, getenv("CLIENT_IMAGE"))); /* a second load has its own variables */
    ok(cu.global(&counter, NULL, second, "counter"));
    ok(cu.to_host(&seven, counter, 4));
    ck_assert_int_eq(seven, 7);
}
END_TEST

START_TEST(warps_have_the_chips_width)
{
    int out[33];
    ptr d;
    ok(cu.alloc(&d, sizeof out));
    void *params[] = { &d };
    ok(cu.launch(kernel("lanes"), 1, 1, 1, 32, 1, 1, 0, NULL, params, NULL));
    ok(cu.to_host(out, d, sizeof out));
    for (int i = 0; i < 31; i++)
        ck_assert_int_eq(out[i], i + 1);
    ck_assert_int_eq(out[31], 31);
    ck_assert_int_eq(out[32], 32);
}
END_TEST

START_TEST(images_are_checked)
{
    size_t bytes;
    unsigned char *data = image(&bytes);
    handle m = NULL, f = NULL;
    is(cu.function(&f, module, "nobody"), 500);
    is(cu.module_load(&m, "/dev/null/none"), 301);
    is(cu.module_load(&m, "/"), 301);
    is(cu.module_data(&m, NULL), 1);
    is(cu.module_data(&m, "garbage, and more of it"), 221);
    is(cu.module_data(&m, ".version 7.0\n.target sm_70\n"), 221);
    is(cu.module_data(&m, "\x01\x02\x03\x04\x05\x06\x07\x08"), 200);
    ok(cu.module_data(&m, data));
    ok(cu.function(&f, m, "empty"));
    ok(cu.launch(f, 1, 1, 1, 1, 1, 1, 0, NULL, NULL, NULL));
    ok(cu.ctx_wait());
    ok(cu.module_unload(m));
    is(cu.launch(f, 1, 1, 1, 1, 1, 1, 0, NULL, NULL, NULL), 400);
    is(cu.module_unload(m), 400);
    is(cu.function(&f, m, "empty"), 400);
    struct {
        uint32_t magic, version;
        const void *data;
        void *unused;
    } wrapper = { 0x466243b1, 1, data, NULL };
    ok(cu.module_fatbin(&m, &wrapper));
    wrapper.data = NULL;
    is(cu.module_fatbin(&m, &wrapper), 200);
    data[16 + 4] = 0xff; /* an entry's header is larger than the file */
    data[16 + 7] = 0xff;
    is(cu.module_data(&m, data), 200);
    free(data);
}
END_TEST

/* A library has no context: its kernels run in whichever is current, each with the module's own variables. */
START_TEST(libraries_follow_the_context)
{
    size_t bytes;
    unsigned char *data = image(&bytes);
    handle l = NULL, k, again, f, other;
    unsigned count = 0;
    int out[5], threads = 0, nine = 9;
    ptr d, counter;
    ok(cu.library_load(&l, data, NULL, NULL, 0, NULL, NULL, 0));
    free(data); /* the library has its own copy */
    ok(cu.library_count(&count, l));
    ck_assert_uint_eq(count, 10);
    ok(cu.library_kernel(&k, l, "use_variables"));
    ok(cu.library_kernel(&again, l, "use_variables"));
    ck_assert_ptr_eq(k, again);
    is(cu.library_kernel(&again, l, "nobody"), 500);
    ok(cu.kernel_attribute(&threads, 0, k, 0));
    ck_assert_int_gt(threads, 0);
    ok(cu.library_global(&counter, &bytes, l, "counter"));
    ok(cu.to_device(counter, &nine, 4));
    ok(cu.alloc(&d, 64));
    void *params[] = { &d };
    ok(cu.launch(k, 1, 1, 1, 1, 1, 1, 0, NULL, params, NULL)); /* a kernel for a function */
    ok(cu.kernel_function(&f, k));
    ok(cu.launch(f, 1, 1, 1, 1, 1, 1, 0, NULL, params, NULL));
    ok(cu.to_host(out, d, sizeof out));
    ck_assert_int_eq(out[0], 11);
    ok(cu.ctx_create(&other, 0, 1));
    ok(cu.alloc(&d, 64));
    ok(cu.launch(k, 1, 1, 1, 1, 1, 1, 0, NULL, params, NULL));
    ok(cu.to_host(out, d, sizeof out));
    ck_assert_int_eq(out[0], 8);
    ok(cu.library_unload(l));
    is(cu.library_unload(l), 400);
    is(cu.launch(k, 1, 1, 1, 1, 1, 1, 0, NULL, params, NULL), 400);
    is(cu.library_file(&l, "/dev/null/none", NULL, NULL, 0, NULL, NULL, 0), 301);
    is(cu.library_file(&l, "/", NULL, NULL, 0, NULL, NULL, 0), 301); /* a directory */
    ok(cu.library_file(&l, getenv("CLIENT_IMAGE"), NULL, NULL, 0, NULL, NULL, 0));
    is(cu.library_load(&l, "garbage, not a library", NULL, NULL, 0, NULL, NULL, 0), 200);
}
END_TEST

START_TEST(a_fault_sticks_until_the_reset)
{
    handle primary, f, m;
    ptr bad = 16, x;
    int value = 1, back = 0;
    ok(cu.primary_retain(&primary, 1));
    ok(cu.ctx_set(primary));
    ok(cu.module_load(&m, getenv("CLIENT_IMAGE")));
    ok(cu.function(&f, m, "poke"));
    ok(cu.alloc(&x, 64));
    void *params[] = { &bad, &value };
    ok(cu.launch(f, 1, 1, 1, 1, 1, 1, 0, NULL, params, NULL));
    is(cu.ctx_wait(), 700);
    is(cu.ctx_wait(), 700);
    is(cu.alloc(&x, 64), 700);
    is(cu.launch(f, 1, 1, 1, 1, 1, 1, 0, NULL, params, NULL), 700);
    ok(cu.ctx_set(context)); /* the other device goes on */
    ok(cu.alloc(&x, 64));
    ok(cu.primary_reset(1));
    ok(cu.ctx_set(primary));
    is(cu.function(&f, m, "poke"), 400); /* gone with the reset */
    ok(cu.module_load(&m, getenv("CLIENT_IMAGE")));
    ok(cu.function(&f, m, "poke"));
    ok(cu.alloc(&x, 64));
    params[0] = &x;
    ok(cu.launch(f, 1, 1, 1, 1, 1, 1, 0, NULL, params, NULL));
    ok(cu.to_host(&back, x, 4));
    ck_assert_int_eq(back, 1);
}
END_TEST

Suite *launch_suite(void)
{
    Suite *s = suite_create("launch");
    TCase *t = tcase_create("launch");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, client_start, NULL);
    tcase_add_test(t, axpy_adds);
    tcase_add_test(t, a_grid_waits_for_itself);
    tcase_add_test(t, lines_stay_whole);
    tcase_add_test(t, arguments_are_packed_as_in_c);
    tcase_add_test(t, shapes_are_checked);
    tcase_add_test(t, dynamic_local_memory_is_opted_into);
    tcase_add_test(t, variables_live_in_the_module);
    tcase_add_test(t, warps_have_the_chips_width);
    tcase_add_test(t, images_are_checked);
    tcase_add_test(t, libraries_follow_the_context);
    tcase_add_test(t, a_fault_sticks_until_the_reset);
    suite_add_tcase(s, t);
    return s;
}
