/* SPDX-License-Identifier: Apache-2.0 */
/*
 * driver_test.c - the OpenCL driver through the driver ABI alone: the plugin is opened as the runtime opens it, and its
 * kernels come from the printer. Data is compared; each refusal is checked with its words. TENON_TEST_TIER=buffers or
 * addresses runs it through shim.c, on a device without shared virtual memory.
 */
#include "tests/unit/host.h"
#include "tests/unit/opencl/device.h"
#include "tests/unit/opencl/image.h"
#include "tests/unit/suite.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <check.h>

static const tn_driver *driver;
static tn_driver_instance *instance;
static tn_driver_device *device;
static tn_driver_module *battery, *slow;
static tncc_opencl_result battery_text, slow_text;
static tn_ktab *battery_table, *slow_table;
static const char *tier = "svm";
static tn_driver_options open_options = { .size = sizeof open_options };

#define FAILS(status, words, call)                                                      \
    do {                                                                                \
        host_message[0] = 0;                                                            \
        ck_assert_int_eq((call), (status));                                             \
        ck_assert_msg(strstr(host_message, words), "\"%s\" is not in \"%s\"", words, host_message); \
    } while (0)

/* ------------------------------------------------------------------------------------------------------- */
/* Shorthands */

static tn_driver_stream *new_stream(void)
{
    tn_driver_stream *s;
    GOOD(driver->stream_create(device, &(tn_driver_stream_options){ .size = sizeof(tn_driver_stream_options) }, &s));
    return s;
}

static tn_address new_memory(uint64_t bytes)
{
    tn_address a;
    GOOD(driver->memory_alloc(device, bytes, &a));
    return a;
}

static void put(tn_driver_stream *s, tn_address to, const void *from, uint64_t bytes, uint64_t value)
{
    GOOD(driver->submit_copy(s, TN_COPY_TO_DEVICE, to, (uint64_t)(uintptr_t)from, bytes, false, value, 0));
}

static void get(tn_driver_stream *s, void *to, tn_address from, uint64_t bytes, uint64_t value)
{
    GOOD(driver->submit_copy(s, TN_COPY_TO_HOST, (uint64_t)(uintptr_t)to, from, bytes, false, value, TN_SUBMIT_POINT));
    GOOD(driver->stream_wait(s, value, TN_FOREVER));
}

static tn_driver_kernel *kernel_of(tn_driver_module *m, const tn_ktab *t, const char *name)
{
    tn_driver_kernel *k;
    for (uint32_t i = 0; i < t->kernel_count; i++) {
        const tn_ktab_kernel *e = (const tn_ktab_kernel *)((const char *)t + t->kernels_at) + i;
        if (!strcmp((const char *)t + t->strings_at + e->name, name)) {
            GOOD(driver->module_kernel(m, i, &k));
            return k;
        }
    }
    ck_abort_msg("no kernel %s", name);
    return NULL;
}

static tn_status launch(tn_driver_stream *s, tn_driver_kernel *k, uint32_t blocks, uint32_t threads, uint32_t local,
                        const void *args, uint32_t bytes, uint64_t value, uint32_t flags)
{
    tn_driver_launch l = { .size = sizeof l, .grid = { blocks, 1, 1 }, .block = { threads, 1, 1 }, .local_bytes = local,
                           .args_bytes = bytes, .args = args };
    return driver->submit_launch(s, k, &l, value, flags);
}

/* ------------------------------------------------------------------------------------------------------- */

START_TEST(devices_say_what_they_are)
{
    tn_device_info info = { .size = sizeof info };
    uint64_t free_bytes, total;
    GOOD(driver->device_info(instance, 0, &info));
    ck_assert_str_eq(info.driver, "opencl");
    ck_assert(!(info.flags & TN_DEVICE_SIMULATED) && info.flags & TN_DEVICE_THREADS);
    ck_assert_int_eq(!(info.flags & TN_DEVICE_INDIRECT), !strcmp(tier, "buffers"));
    ck_assert(info.name[0] && info.library[0] == '/' && info.width == 1 && info.units > 0 && info.max_threads > 0);
    ck_assert_msg(!strncmp(info.arch, "OpenCL ", 7) && !strchr(info.arch + 7, ' '), "\"%s\"", info.arch);
    if (strstr(info.library, "pocl"))
        ck_assert(info.flags & TN_DEVICE_CPU && info.fault_domain == TN_DOMAIN_PROCESS);
    GOOD(driver->device_memory(device, &free_bytes, &total));
    ck_assert(total == info.memory_bytes && free_bytes <= total);
    ck_assert_msg(strstr(host_explained, !strcmp(tier, "svm") ? "shared virtual memory" : tier), "%s", host_explained);
    FAILS(TN_NOT_FOUND, "number 1000", driver->device_info(instance, 1000, &info));
}
END_TEST

START_TEST(no_device_when_hardware_is_not_wanted)
{
    tn_driver_instance *other;
    uint32_t count = 9;
    GOOD(driver->open(&(tn_driver_options){ .size = sizeof(tn_driver_options), .flags = TN_OPEN_NO_HARDWARE }, &other));
    GOOD(driver->device_count(other, &count));
    ck_assert_uint_eq(count, 0);
    driver->close(other);
    const tn_driver_options elsewhere = { .size = sizeof elsewhere,
                                          .library_override = "opencl=/nonexistent/libOpenCL.so.1" };
    FAILS(TN_BAD_DRIVER, "/nonexistent/libOpenCL.so.1", driver->open(&elsewhere, &other));
}
END_TEST

START_TEST(copies_and_fills)
{
    tn_driver_stream *s = new_stream();
    tn_address a = new_memory(100000), b = new_memory(100000);
    unsigned char *in = malloc(100000), *out = malloc(100000);
    for (int i = 0; i < 100000; i++)
        in[i] = (unsigned char)(i * 7 + i / 251);
    put(s, a, in, 100000, 1);
    GOOD(driver->submit_copy(s, TN_COPY_ON_DEVICE, b + 1, a + 3, 99990, false, 2, 0));
    get(s, out, b + 1, 99990, 3);
    ck_assert_int_eq(memcmp(out, in + 3, 99990), 0);
    GOOD(driver->submit_fill(s, a, 0xab, 1, 100, 4, 0));
    GOOD(driver->submit_fill(s, a + 100, 0x1234, 2, 50, 5, 0));
    GOOD(driver->submit_fill(s, a + 200, 0xdeadbeef, 4, 25, 6, 0));
    get(s, out, a, 304, 7);
    for (int i = 0; i < 304; i++)
        ck_assert_uint_eq(out[i], i < 100   ? 0xab
                                  : i < 200 ? (i & 1 ? 0x12 : 0x34)
                                  : i < 300 ? 0xdeadbeefu >> 8 * (i % 4) & 255
                                            : in[i]);
    GOOD(driver->memory_free(device, a));
    GOOD(driver->memory_free(device, b));
    FAILS(TN_BAD_ADDRESS, "start of an allocation", driver->memory_free(device, b));
    driver->stream_destroy(s);
    free(in);
    free(out);
}
END_TEST

START_TEST(memory_is_divided_without_overlap)
{
    enum { N = 3000 };
    static tn_address address[N];
    static uint64_t bytes[N];
    uint64_t before, after, total;
    unsigned seed = 7;
    GOOD(driver->device_memory(device, &before, &total));
    for (int round = 0; round < 20 * N; round++) {
        int i = (int)((seed = seed * 1664525u + 1013904223u) >> 8) % N;
        if (address[i]) {
            GOOD(driver->memory_free(device, address[i]));
            address[i] = 0;
            continue;
        }
        bytes[i] = 1 + (seed >> 3) % (i % 50 ? 4000 : 3000000);
        GOOD(driver->memory_alloc(device, bytes[i], &address[i]));
        ck_assert_uint_eq(address[i] % 256, 0);
    }
    for (int i = 0; i < N; i++)
        for (int k = 0; k < i && address[i]; k++)
            ck_assert(!address[k] || address[k] + bytes[k] <= address[i] || address[i] + bytes[i] <= address[k]);
    for (int i = 0; i < N; i++)
        if (address[i])
            GOOD(driver->memory_free(device, address[i]));
    GOOD(driver->device_memory(device, &after, &total));
    ck_assert_uint_eq(before, after);
    tn_address a;
    FAILS(TN_OUT_OF_MEMORY, "bytes", driver->memory_alloc(device, total + 1, &a));
    FAILS(TN_OUT_OF_MEMORY, "bytes", driver->memory_alloc(device, UINT64_MAX - 5, &a));
    FAILS(TN_BAD_ADDRESS, "0x1000", driver->memory_free(device, 0x1000));
}
END_TEST

START_TEST(kernels_compute)
{
    tn_driver_stream *s = new_stream();
    enum { N = 1000 };
    int in[N], out[N], n = 203;
    tn_address a = new_memory(sizeof in), b = new_memory(sizeof in);
    struct { tn_address a, b; int n; } args = { a, b, n };
    for (int i = 0; i < N; i++)
        in[i] = i * i;
    put(s, a, in, sizeof in, 1);
    GOOD(driver->submit_fill(s, b, 0, 4, N, 2, 0));
    GOOD(launch(s, kernel_of(battery, battery_table, "early_return"), 4, 64, 0, &args, 20, 3, 0));
    get(s, out, b, sizeof out, 4);
    for (int i = 0; i < 256; i++) {
        int t = i % 64, other = (t & 1) || t + 1 >= 64 || i + 1 >= n ? i : i + 1;
        ck_assert_int_eq(out[i], i < n ? in[other] + in[i / 64 * 64] : 0);
    }
    struct { tn_address out; int n; } dynamic = { b, 90 };
    for (uint32_t threads = 32; threads >= 16; threads /= 2) {      /* the local size changes between launches */
        uint64_t v = threads == 32 ? 5 : 7;
        GOOD(launch(s, kernel_of(battery, battery_table, "dynamic_local"), 2, threads, threads * 8, &dynamic, 12, v,
                    0));
        get(s, out, b, 2 * threads * 4, v + 1);
        for (int i = 0; i < 2 * (int)threads; i++)
            ck_assert_int_eq(out[i], 4 * ((int)threads - 1 - i % (int)threads));
    }
    GOOD(driver->memory_free(device, a));
    GOOD(driver->memory_free(device, b));
    driver->stream_destroy(s);
}
END_TEST

START_TEST(variables_have_addresses)
{
    tn_driver_stream *s = new_stream();
    tn_address out = new_memory(64), at = 0;
    uint64_t bytes = 0;
    float table[5];
    int values[16], seed = 3;
    struct { tn_address out; int seed; } args = { out, seed };
    for (uint32_t i = 0; i < battery_table->variable_count; i++) {
        const tn_ktab_variable *v =
            (const tn_ktab_variable *)((const char *)battery_table + battery_table->variables_at) + i;
        if (!strcmp((const char *)battery_table + battery_table->strings_at + v->name, "table"))
            GOOD(driver->module_variable(battery, i, &at, &bytes));
    }
    ck_assert(at && bytes == sizeof table);
    get(s, table, at, sizeof table, 1);
    ck_assert(table[0] == 1.0f && table[1] == 2.5f && table[2] == -3.0f && table[3] == 4.0f);
    table[0] = 50.0f;
    put(s, at, table, sizeof table, 2);
    GOOD(launch(s, kernel_of(battery, battery_table, "variables"), 1, 16, 0, &args, 12, 3, 0));
    get(s, values, out, sizeof values, 4);
    ck_assert_int_eq(values[0], 100 + 2 + 't');
    FAILS(TN_NOT_FOUND, "variables", driver->module_variable(battery, 10000, &at, &bytes));
    GOOD(driver->memory_free(device, out));
    driver->stream_destroy(s);
}
END_TEST

START_TEST(pointers_in_memory_reach_every_arena)
{
    if (!strcmp(tier, "buffers")) {
        tn_driver_kernel *k;
        FAILS(TN_UNSUPPORTED, "kernel pointers follows pointers", driver->module_kernel(battery, 3, &k));
        return;
    }
    tn_driver_stream *s = new_stream();
    enum { ROWS = 4 };
    uint64_t big = 40u << 20;                       /* several arenas */
    tn_address rows[ROWS], table = new_memory(sizeof rows), list = new_memory(48), out = new_memory(4);
    struct {
        tn_address next;
        int value;
        int pad;
    } nodes[3] = { { list + 32, 1, 0 }, { 0, 3, 0 }, { list + 16, 2, 0 } };
    float pair[2] = { 0, 10 }, sum, got[2];
    for (int i = 0; i < ROWS; i++) {
        rows[i] = new_memory(big);
        put(s, rows[i], pair, sizeof pair, 1 + (uint64_t)i);
    }
    put(s, table, rows, sizeof rows, 5);
    put(s, list, nodes, sizeof nodes, 6);
    struct { tn_address rows, list, out; int n; } args = { table, list, out, ROWS };
    GOOD(launch(s, kernel_of(battery, battery_table, "pointers"), 1, 8, 0, &args, 28, 7, 0));
    get(s, &sum, out, 4, 8);
    ck_assert_float_eq(sum, 123);
    for (int i = 0; i < ROWS; i++) {
        get(s, got, rows[i], sizeof got, 9 + (uint64_t)i);
        ck_assert_float_eq(got[1], (float)(10 + i));
        GOOD(driver->memory_free(device, rows[i]));
    }
    GOOD(driver->memory_free(device, table));
    GOOD(driver->memory_free(device, list));
    GOOD(driver->memory_free(device, out));
    driver->stream_destroy(s);
}
END_TEST

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

START_TEST(points_deadlines_and_marks)
{
    tn_driver_stream *s = new_stream(), *other = new_stream();
    tn_driver_mark *from, *to;
    tn_address out = new_memory(256 * 64 * 4);
    tn_driver_kernel *spin = kernel_of(slow, slow_table, "spin");
    struct { int rounds; int pad; tn_address out; } args = { 4000000, 0, out };
    uint64_t passed = 99;
    int64_t ns = 0;
    unsigned word = 0;
    GOOD(driver->mark_create(device, &from));
    GOOD(driver->mark_create(device, &to));
    GOOD(driver->submit_mark(s, from, 1, 0));
    GOOD(launch(s, spin, 64, 64, 0, &args, 16, 2, TN_SUBMIT_POINT));
    uint64_t start = now_ns();
    ck_assert_int_eq(driver->stream_wait(s, 2, 0), TN_TIMEOUT);
    ck_assert_int_eq(driver->stream_wait(s, 2, 2000000), TN_TIMEOUT);
    ck_assert_uint_lt(now_ns() - start, 1000000000u);
    GOOD(driver->stream_passed(s, &passed));
    ck_assert_uint_lt(passed, 2);
    GOOD(driver->submit_wait(other, s, 2, 1, 0));
    get(other, &word, out, 4, 2);                   /* behind the kernel of the first stream */
    ck_assert_uint_ne(word, 0);
    GOOD(driver->submit_mark(s, to, 3, TN_SUBMIT_POINT));
    GOOD(driver->stream_wait(s, 3, 60000000000u));
    GOOD(driver->stream_passed(s, &passed));
    ck_assert_uint_eq(passed, 3);
    GOOD(driver->mark_elapsed(from, to, &ns));
    ck_assert_int_gt(ns, 2000000);
    GOOD(driver->mark_elapsed(to, from, &ns));
    ck_assert_int_lt(ns, 0);
    driver->mark_destroy(from);
    driver->mark_destroy(to);
    GOOD(driver->memory_free(device, out));
    driver->stream_destroy(other);
    driver->stream_destroy(s);
}
END_TEST

/* ------------------------------------------------------------------------------------------------------- */

struct worker { int number; tn_status status; int wrong; };

static void *work(void *p)
{
    struct worker *w = p;
    tn_driver_stream *s;
    tn_driver_kernel *add = kernel_of(slow, slow_table, "add");
    enum { N = 256, ROUNDS = 300 };
    int a[N], b[N], c[N];
    tn_address da, db, dc;
    uint64_t value = 0;
    w->status = driver->stream_create(device, NULL, &s);
    if (w->status != TN_OK)
        return NULL;
    w->status = driver->memory_alloc(device, sizeof a, &da) | driver->memory_alloc(device, sizeof b, &db)
                | driver->memory_alloc(device, sizeof c, &dc);
    for (int i = 0; i < N; i++) {
        a[i] = i * (w->number + 1);
        b[i] = 1000 * w->number;
    }
    put(s, da, a, sizeof a, ++value);
    put(s, db, b, sizeof b, ++value);
    for (int r = 0; r < ROUNDS && w->status == TN_OK; r++) {        /* the sum alternates between two destinations */
        struct { tn_address a, b, c; int n; } args = { r & 1 ? dc : da, db, r & 1 ? da : dc, N };
        w->status = launch(s, add, 2, 128, 0, &args, 28, ++value, r % 7 ? 0 : TN_SUBMIT_POINT);
    }
    get(s, c, da, sizeof c, ++value);
    for (int i = 0; i < N; i++)
        w->wrong += c[i] != a[i] + ROUNDS * b[i];
    driver->memory_free(device, da);
    driver->memory_free(device, db);
    driver->memory_free(device, dc);
    driver->stream_destroy(s);
    return NULL;
}

START_TEST(streams_of_several_threads)
{
    pthread_t threads[4];
    struct worker workers[4];
    for (int i = 0; i < 4; i++) {
        workers[i] = (struct worker){ .number = i };
        ck_assert_int_eq(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        ck_assert_int_eq(workers[i].status, TN_OK);
        ck_assert_int_eq(workers[i].wrong, 0);
    }
}
END_TEST

START_TEST(host_memory_and_native_handles)
{
    tn_driver_stream *s = new_stream(), *adopted;
    int *words;
    tn_address at = 0;
    void *context, *queue;
    GOOD(driver->host_alloc(device, 4096, (void **)&words, &at));
    for (int i = 0; i < 256; i++)
        words[i] = i;
    GOOD(driver->native(TN_NATIVE_CONTEXT, device, &context));
    GOOD(driver->native(TN_NATIVE_STREAM, s, &queue));
    ck_assert(context && queue);
    GOOD(driver->stream_create(
        device, &(tn_driver_stream_options){ .size = sizeof(tn_driver_stream_options), .adopt = queue }, &adopted));
    ck_assert_int_eq(!at, strcmp(tier, "svm") != 0);
    if (at) {
        struct { tn_address a, b, c; int n; } args = { at, at, at + 1024, 256 };
        GOOD(launch(adopted, kernel_of(slow, slow_table, "add"), 2, 128, 0, &args, 28, 1, TN_SUBMIT_POINT));
        GOOD(driver->stream_wait(adopted, 1, TN_FOREVER));
        for (int i = 0; i < 256; i++)
            ck_assert_int_eq(words[256 + i], 2 * i);
    }
    driver->stream_destroy(adopted);
    GOOD(driver->host_free(device, words));
    driver->stream_destroy(s);
}
END_TEST

START_TEST(bad_launches_are_refused)
{
    tn_driver_stream *s = new_stream();
    tn_address a = new_memory(4096);
    tn_device_info info = { .size = sizeof info };
    struct { tn_address a, b, c; int n; } args = { a, a, a, 16 };
    struct { tn_address out; int n; } dynamic = { a, 1 };
    int out[16];
    GOOD(driver->device_info(instance, 0, &info));
    FAILS(TN_LIMIT, "add", launch(s, kernel_of(slow, slow_table, "add"), 1, info.max_threads + 1, 0, &args, 28, 1, 0));
    FAILS(TN_LIMIT, "local memory", launch(s, kernel_of(battery, battery_table, "dynamic_local"), 1, 1,
                                           (uint32_t)info.local_bytes + 1, &dynamic, 12, 1, 0));
    GOOD(driver->submit_fill(s, a, 3, 4, 16, 1, 0));
    /* the stream is as good as before */
    GOOD(launch(s, kernel_of(slow, slow_table, "add"), 1, 16, 0, &args, 28, 2, 0));
    get(s, out, a, sizeof out, 3);
    ck_assert_int_eq(out[15], 6);
    GOOD(driver->memory_free(device, a));
    driver->stream_destroy(s);
}
END_TEST

static tn_status load(const char *text, const tn_ktab *table, tn_driver_module **out)
{
    tn_driver_image image = { .size = sizeof image,
                              .kind = TN_IMAGE_OPENCL_C,
                              .target = "cl1.2",
                              .features = "",
                              .data = text,
                              .bytes = strlen(text) + 1,
                              .table = table };
    const char *why = "";
    ck_assert_uint_gt(driver->image_score(device, &image, &why), 0);
    return driver->module_load(device, &image, out);
}

START_TEST(bad_images_are_refused)
{
    tn_driver_module *m;
    const char *why = NULL;
    tn_driver_image ptx = { .size = sizeof ptx, .kind = TN_IMAGE_PTX };
    ck_assert_uint_eq(driver->image_score(device, &ptx, &why), 0);
    ck_assert(why && strstr(why, "OpenCL C"));
    FAILS(TN_BAD_BUNDLE, "error", load("__kernel void entry_add(int x) { this is no C; }", slow_table, &m));
    FAILS(TN_NOT_FOUND, "no kernel", load("__kernel void other(int x) { }", slow_table, &m));
    FAILS(TN_BAD_BUNDLE, "parameters",
          load("__kernel void entry_spin(int x) { } __kernel void entry_add(int x) { }", slow_table, &m));
    GOOD(load(slow_text.text, slow_table, &m));
    driver->module_unload(m);
}
END_TEST

/* ------------------------------------------------------------------------------------------------------- */

static void start(void)
{
    static const image_kernel battery_kernels[] = { { "early_return", "ppi" },
                                                    { "dynamic_local", "pi" },
                                                    { "variables", "pi" },
                                                    { "pointers", "pppi" },
                                                    { "tree_sum", "pp" } };
    static const image_kernel slow_kernels[] = { { "spin", "ip" }, { "add", "pppi" } };
    GOOD(driver->device_open(instance, 0, &device));
    device_print("battery.cu", &battery_text);
    device_print("slow.cu", &slow_text);
    battery_table = image_table(&battery_text, battery_kernels, sizeof battery_kernels / sizeof *battery_kernels);
    slow_table = image_table(&slow_text, slow_kernels, sizeof slow_kernels / sizeof *slow_kernels);
    GOOD(load(battery_text.text, battery_table, &battery));
    GOOD(load(slow_text.text, slow_table, &slow));
}

static void finish(void)
{
    driver->module_unload(battery);
    driver->module_unload(slow);
    driver->device_close(device);
    driver->close(instance);
    free(battery_table);
    free(slow_table);
    tncc_opencl_c_release(&battery_text);
    tncc_opencl_c_release(&slow_text);
}

/* NULL, or why the tests cannot run; before Check is at work. */
static const char *open_driver(void)
{
    char path[4096];
    uint32_t count = 0;
    snprintf(path, sizeof path, "%s/lib/tenon/drivers/opencl.so", host_build());
    driver = host_load(path);
    if (!driver)
        return host_message;
    if (getenv("TENON_TEST_TIER")) {
        static char override[4200];
        tier = getenv("TENON_TEST_TIER");
        snprintf(override, sizeof override, "opencl=%s/obj/tests/opencl_shim.so", host_build());
        open_options.library_override = override;
    }
    if (driver->open(&open_options, &instance) != TN_OK)
        return host_message;
    driver->device_count(instance, &count);
    return count ? NULL : "no OpenCL device that the driver can use";
}

int main(void)
{
    static const TTest *const *const tests[] = {
        &devices_say_what_they_are,
        &no_device_when_hardware_is_not_wanted,
        &copies_and_fills,
        &memory_is_divided_without_overlap,
        &kernels_compute,
        &variables_have_addresses,
        &pointers_in_memory_reach_every_arena,
        &points_deadlines_and_marks,
        &streams_of_several_threads,
        &host_memory_and_native_handles,
        &bad_launches_are_refused,
        &bad_images_are_refused,
    };
    const char *why = open_driver();
    if (why) {
        printf("%s%s\n", host_explained, why);
        return instance ? 77 : 1;
    }
    Suite *suite = suite_create("OpenCL driver");
    TCase *c = tcase_create("driver");
    tcase_set_timeout(c, 120);
    tcase_add_unchecked_fixture(c, start, finish);
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        tcase_add_test(c, *tests[i]);
    suite_add_tcase(suite, c);
    return suite_run_here(suite); /* OpenCL has threads by now */
}
