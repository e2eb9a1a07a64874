/* SPDX-License-Identifier: Apache-2.0 */
/* stream_test.c - streams, points, events, joins, timeouts, aborting; handles that are stale, forged or of another
 * kind. */
#include <pthread.h>
#include <time.h>

#include "runtime/handle.h"
#include "tests/unit/runtime/common.h"

START_TEST(test_handles)
{
    tn_runtime runtime = open_null(1, 0);
    tn_device device = device_at(runtime, 0);
    tn_stream a = stream_on(device);
    void *native;
    tn_device back;
    OK(tn_stream_device(a, &back));
    ck_assert_uint_eq(back.bits, device.bits);
    OK(tn_stream_native(a, &native));
    ck_assert_ptr_nonnull(native);
    OK(tn_stream_destroy(a));
    FAILS(TN_BAD_HANDLE, "stale", tn_stream_destroy(a));
    FAILS(TN_BAD_HANDLE, "stale", tn_stream_native(a, &native));
    tn_stream b = stream_on(device);   /* takes the place, not the handle */
    ck_assert_uint_ne(a.bits, b.bits);
    ck_assert_uint_eq(a.bits & 0xffffff, b.bits & 0xffffff);
    FAILS(TN_BAD_HANDLE, "stale", tn_stream_wait(a, 0));
    FAILS(TN_BAD_HANDLE, "that of a device", tn_stream_wait((tn_stream){ device.bits }, 0));
    FAILS(TN_BAD_HANDLE, "that of a stream", tn_device_health((tn_device){ b.bits }));
    FAILS(TN_BAD_HANDLE, "zero", tn_stream_wait((tn_stream){ 0 }, 0));
    FAILS(TN_BAD_HANDLE, "no handle", tn_stream_wait((tn_stream){ UINT64_MAX }, 0));
    OK(tn_stream_destroy(b));
    OK(tn_close(runtime, 0));
}
END_TEST

/* Whatever the bits are, the answer is a status. */
START_TEST(test_forged_handles)
{
    tn_runtime runtime = open_null(1, 0);
    tn_device device = device_at(runtime, 0);
    tn_stream stream = stream_on(device);
    uint64_t seed = 88172645463325252ull;
    for (int i = 0; i < 60000; i++) {
        seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
        uint64_t bits = i % 3 ? seed : stream.bits ^ (1ull << (seed % 64));
        if (i % 3 == 1)
            bits = (bits & 0x0fffffffff0000ffull) | (uint64_t)(i % 8) << 60;
        if (bits == stream.bits || bits == device.bits || bits == runtime.bits)
            continue;
        tn_point point = { { bits }, 1 };
        tn_kernel_info info = { .size = sizeof info };
        uint32_t count;
        ck_assert_int_eq(tn_point_wait(point, 0), TN_BAD_HANDLE);
        ck_assert_int_eq(tn_device_health((tn_device){ bits }), TN_BAD_HANDLE);
        ck_assert_int_eq(tn_kernel_get_info((tn_kernel){ bits }, &info), TN_BAD_HANDLE);
        ck_assert_int_eq(tn_module_kernel_count((tn_module){ bits }, &count), TN_BAD_HANDLE);
        ck_assert_int_eq(tn_event_point((tn_event){ bits }, &point), TN_BAD_HANDLE);
        ck_assert_int_eq(tn_fill((tn_stream){ bits }, 0, 0, 4, 1, NULL), TN_BAD_HANDLE);
        ck_assert_int_eq(tn_close((tn_runtime){ bits }, 0), TN_BAD_HANDLE);
    }
    OK(tn_stream_wait(stream, 0));
    OK(tn_close(runtime, 0));
}
END_TEST

START_TEST(test_options)
{
    tn_runtime runtime = open_null(1, 0);
    tn_device device = device_at(runtime, 0);
    tn_stream_options options = TN_STREAM_OPTIONS_INIT;
    tn_stream stream;
    options.priority = -5;
    OK(tn_stream_create(device, &options, &stream));
    options.flags = 1;
    FAILS(TN_INVALID, "flags", tn_stream_create(device, &options, &stream));
    options = (tn_stream_options)TN_STREAM_OPTIONS_INIT;
    options.size = 4;
    FAILS(TN_INVALID, "size is 4", tn_stream_create(device, &options, &stream));
    FAILS(TN_INVALID, "out is NULL", tn_stream_create(device, NULL, NULL));
    FAILS(TN_UNSUPPORTED, "streams but its own", tn_stream_import(device, &options, &stream));
    FAILS(TN_INVALID, "native is NULL", tn_stream_import(device, NULL, &stream));
    OK(tn_close(runtime, 0));
}
END_TEST

START_TEST(test_points)
{
    tn_runtime runtime = open_mock(0);
    tn_device device = device_at(runtime, 0);
    tn_stream s = stream_on(device), t = stream_on(device);
    tn_address a;
    tn_point p[3], none;
    uint32_t index = 9;
    OK(tn_memory_alloc(device, 64, &a));
    OK(tn_stream_point(s, &none));
    ck_assert_uint_eq(none.value, 0);
    OK(tn_point_wait(none, 0));
    mock->hold = 1;
    for (int i = 0; i < 3; i++)
        OK(tn_fill(i < 2 ? s : t, a, 1, 1, 64, &p[i]));
    FAILS(TN_NOT_READY, "not ended", tn_point_wait(p[0], 0));
    FAILS(TN_TIMEOUT, "0 of 2 have", tn_point_wait(p[1], 3 * MS));
    FAILS(TN_TIMEOUT, "the first not known to have ended is submission 1 of the stream, made by tn_fill",
          tn_point_wait(p[1], 3 * MS));
    FAILS(TN_TIMEOUT, "", tn_stream_wait(s, 1 * MS));
    FAILS(TN_TIMEOUT, "", tn_device_wait(device, 1 * MS));
    FAILS(TN_NOT_READY, "", tn_device_wait(device, 0));
    FAILS(TN_TIMEOUT, "", tn_point_wait_any(p, 3, 2 * MS, &index));
    FAILS(TN_NOT_READY, "none of 3", tn_point_wait_any(p, 3, 0, &index));
    FAILS(TN_TIMEOUT, "", tn_point_wait_all(p, 3, 2 * MS, &index));
    ck_assert_uint_eq(index, 0);
    FAILS(TN_INVALID, "not submitted yet", tn_point_wait((tn_point){ s, 3 }, 0));
    FAILS(TN_INVALID, "no point", tn_point_wait_any(p, 0, 0, NULL));
    OK(tn_point_wait_all(NULL, 0, 0, NULL));
    FAILS(TN_BAD_HANDLE, "", tn_point_wait((tn_point){ { 1 }, 0 }, 0));
    mock->hold = 0;
    OK(tn_point_wait_any(p, 3, TN_FOREVER, &index));
    ck_assert_uint_lt(index, 3);
    OK(tn_point_wait_all(p, 3, TN_FOREVER, &index));
    OK(tn_device_wait(device, TN_FOREVER));
    OK(tn_stream_destroy(s));
    FAILS(TN_BAD_HANDLE, "stale", tn_point_wait(p[0], 0));
    OK(tn_close(runtime, 0));
    ck_assert_int_eq(mock->live, 0);
}
END_TEST

/* Who waits in vain is told what it is that does not end, unless a submission has the stream at that moment. */
START_TEST(test_timeouts_name_the_kernel)
{
    setenv("MOCK", "no-abort", 1);
    tn_runtime runtime = open_mock(0);
    tn_device device = device_at(runtime, 0);
    tn_stream s = stream_on(device);
    tn_address a;
    tn_point last;
    OK(tn_memory_alloc(device, 64, &a));
    tn_module module = load_null_bundle(device);
    tn_kernel kernel = kernel_of(module, "fill_u32");
    uint32_t value = 1, n = 16;
    tn_arg args[] = { TN_ARG(a), TN_ARG(value), TN_ARG(n) };
    tn_launch launch = shape(1, 16);
    OK(tn_fill(s, a, 1, 1, 64, &last));
    OK(tn_point_wait(last, TN_FOREVER));
    mock->hold = 1;
    OK(tn_kernel_launch(s, kernel, &launch, args, 3, NULL));
    OK(tn_fill(s, a, 1, 1, 64, &last));
    FAILS(TN_TIMEOUT, "submission 2 of the stream, kernel fill_u32", tn_point_wait(last, 3 * MS));
    FAILS(TN_TIMEOUT, "made by tn_kernel_launch", tn_stream_wait(s, 3 * MS));
    FAILS(TN_TIMEOUT, "submission 2 of the stream, kernel fill_u32", tn_close(runtime, 5 * MS));
}
END_TEST

START_TEST(test_abort)
{
    tn_runtime runtime = open_mock(0);
    tn_device device = device_at(runtime, 0);
    tn_stream s = stream_on(device);
    tn_address a;
    tn_point before, dropped[2], after;
    OK(tn_memory_alloc(device, 64, &a));
    OK(tn_fill(s, a, 1, 1, 64, &before));
    OK(tn_point_wait(before, TN_FOREVER));
    mock->hold = 1;
    OK(tn_fill(s, a, 1, 1, 64, &dropped[0]));
    OK(tn_fill(s, a, 1, 1, 64, &dropped[1]));
    OK(tn_stream_abort(s));
    mock->hold = 0;
    OK(tn_point_wait(before, 0));
    for (int i = 0; i < 2; i++)
        FAILS(TN_ABORTED, "dropped", tn_point_wait(dropped[i], TN_FOREVER));
    OK(tn_fill(s, a, 1, 1, 64, &after));
    OK(tn_point_wait(after, TN_FOREVER));
    FAILS(TN_ABORTED, "dropped", tn_point_wait(dropped[0], 0));
    OK(tn_stream_abort(s));   /* nothing to drop */
    OK(tn_point_wait(after, 0));
    OK(tn_stream_wait(s, 0));
    OK(tn_stream_destroy(s));
    OK(tn_close(runtime, 0));
    ck_assert_int_eq(mock->live, 0);
}
END_TEST

static tn_stream stream_with_held_work(tn_runtime runtime)
{
    tn_stream s = stream_on(device_at(runtime, 0));
    tn_address a;
    OK(tn_memory_alloc(device_at(runtime, 0), 64, &a));
    mock->hold = 1;
    OK(tn_fill(s, a, 1, 1, 64, NULL));
    return s;
}

START_TEST(test_close_aborts_what_hangs)
{
    tn_runtime runtime = open_mock(0);
    (void)stream_with_held_work(runtime);
    OK(tn_close(runtime, 5 * MS));
    ck_assert_int_eq(mock->live, 0);
}
END_TEST

START_TEST(test_close_leaves_what_cannot_end)
{
    setenv("MOCK", "no-abort", 1);
    tn_runtime runtime = open_mock(0);
    tn_stream s = stream_with_held_work(runtime);
    FAILS(TN_UNSUPPORTED, "cannot abort", tn_stream_abort(s));
    FAILS(TN_TIMEOUT, "is closed, and what that work uses stays; the first not known to have ended is submission 1",
          tn_close(runtime, 5 * MS));
    FAILS(TN_BAD_HANDLE, "stale", tn_stream_wait(s, 0));
    ck_assert_int_gt(mock->live, 0);
}
END_TEST

START_TEST(test_busy)
{
    tn_runtime runtime = open_mock(0);
    tn_stream s = stream_with_held_work(runtime);
    FAILS(TN_BUSY, "abort", tn_stream_destroy(s));
    FAILS(TN_NOT_READY, "", tn_stream_wait(s, 0));   /* it is still there */
    OK(tn_stream_abort(s));
    OK(tn_stream_destroy(s));
    OK(tn_close(runtime, 0));
}
END_TEST

START_TEST(test_events)
{
    tn_runtime runtime = open_mock(0);
    tn_device device = device_at(runtime, 0);
    tn_stream s = stream_on(device);
    tn_event a, b, elsewhere;
    tn_point p, q;
    int64_t ns = 0;
    OK(tn_event_create(device, NULL, &a));
    OK(tn_event_create(device, NULL, &b));
    OK(tn_event_create(device_at(runtime, 1), NULL, &elsewhere));
    FAILS(TN_NOT_FOUND, "never recorded", tn_event_point(a, &p));
    FAILS(TN_NOT_FOUND, "never recorded", tn_event_elapsed(a, b, &ns));
    OK(tn_event_record(a, s, &p));
    OK(tn_event_point(a, &q));
    ck_assert_uint_eq(p.value, q.value);
    mock->hold = 1;
    OK(tn_event_record(b, s, &p));
    FAILS(TN_NOT_READY, "", tn_event_elapsed(a, b, &ns));
    mock->hold = 0;
    OK(tn_point_wait(p, TN_FOREVER));
    OK(tn_event_elapsed(a, b, &ns));
    ck_assert_int_eq(ns, 1000);
    OK(tn_event_elapsed(b, a, &ns));
    ck_assert_int_eq(ns, -1000);
    OK(tn_event_record(a, s, NULL));   /* moves it */
    OK(tn_event_point(a, &q));
    ck_assert_uint_eq(q.value, 3);
    FAILS(TN_INVALID, "different devices", tn_event_record(elsewhere, s, NULL));
    OK(tn_event_record(elsewhere, stream_on(device_at(runtime, 1)), NULL));
    FAILS(TN_INVALID, "different devices", tn_event_elapsed(a, elsewhere, &ns));
    FAILS(TN_INVALID, "NULL", tn_event_elapsed(a, b, NULL));
    OK(tn_event_destroy(a));
    FAILS(TN_BAD_HANDLE, "stale", tn_event_destroy(a));
    FAILS(TN_BAD_HANDLE, "stale", tn_event_record(a, s, NULL));
    FAILS(TN_BAD_HANDLE, "stale", tn_event_elapsed(b, a, &ns));
    OK(tn_close(runtime, 0));
    ck_assert_int_eq(mock->live, 0);
}
END_TEST

START_TEST(test_joins)
{
    tn_runtime runtime = open_mock(0);
    tn_device device = device_at(runtime, 0);
    tn_stream s = stream_on(device), t = stream_on(device);
    tn_address a;
    tn_point p, q;
    OK(tn_memory_alloc(device, 64, &a));
    mock->hold = 1;
    OK(tn_fill(s, a, 1, 1, 64, &p));
    int calls = mock->calls;
    OK(tn_stream_join(t, p));
    ck_assert_int_eq(mock->calls, calls + 1);
    OK(tn_stream_join(s, p));   /* its own: nothing to do */
    ck_assert_int_eq(mock->calls, calls + 1);
    FAILS(TN_INVALID, "not submitted yet", tn_stream_join(t, (tn_point){ s, 9 }));
    FAILS(TN_BAD_HANDLE, "", tn_stream_join(t, (tn_point){ { 3 }, 1 }));
    FAILS(TN_BAD_HANDLE, "", tn_stream_join((tn_stream){ 3 }, p));
    OK(tn_fill(t, a, 2, 1, 64, &q));
    FAILS(TN_NOT_READY, "", tn_point_wait(q, 0));
    mock->hold = 0;
    OK(tn_point_wait(q, TN_FOREVER));
    OK(tn_point_wait(p, TN_FOREVER));
    calls = mock->calls;
    OK(tn_stream_join(t, p));   /* has passed */
    ck_assert_int_eq(mock->calls, calls);
    for (int i = 0; i < 500; i++) {   /* more joins than are kept */
        OK(tn_fill(s, a, 1, 1, 1, &p));
        OK(tn_stream_join(t, p));
        OK(tn_fill(t, a, 1, 1, 1, &q));
        OK(tn_stream_join(s, q));
    }
    OK(tn_device_wait(device, TN_FOREVER));
    OK(tn_close(runtime, 0));
    ck_assert_int_eq(mock->live, 0);
}
END_TEST

static void *release_soon(void *arg)
{
    struct timespec nap = { 0, 30000000 };
    (void)arg;
    nanosleep(&nap, NULL);
    mock->hold = 0;
    return NULL;
}

/* Two drivers share no clock: the join waits on the host, and what follows comes after the point. */
START_TEST(test_join_across_drivers)
{
    tn_options options = TN_OPTIONS_INIT;
    tn_runtime runtime;
    pthread_t thread;
    tn_address a, b;
    tn_point point;
    OK(tn_close(open_mock(0), 0));
    options.simulate = "null:1";
    options.drivers = built("obj/tests/mock.so");
    options.only = "null,mock";
    OK(tn_open(&options, &runtime));
    tn_device mocked = device_at(runtime, 0), null = device_at(runtime, 2);
    tn_stream s = stream_on(mocked), t = stream_on(null);
    OK(tn_memory_alloc(mocked, 64, &a));
    OK(tn_memory_alloc(null, 64, &b));
    mock->hold = 1;
    OK(tn_fill(s, a, 1, 4, 16, &point));
    FAILS(TN_NOT_READY, "", tn_point_wait(point, 0));
    pthread_create(&thread, NULL, release_soon, NULL);
    OK(tn_stream_join(t, point));
    OK(tn_point_wait(point, 0));
    OK(tn_fill(t, b, 1, 4, 16, &point));
    OK(tn_stream_join(s, point));
    pthread_join(thread, NULL);
    mock->fault_at = 2;
    mock->tell = 2;
    OK(tn_fill(s, a, 1, 4, 16, &point));
    FAILS(TN_POISONED, "failed on", tn_stream_join(t, point));
    OK(tn_fill(t, b, 1, 4, 16, NULL));   /* it was not joined */
    OK(tn_close(runtime, TN_FOREVER));
}
END_TEST

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

START_TEST(test_deadlines_are_kept)
{
    tn_runtime runtime = open_mock(0);
    tn_stream s = stream_on(device_at(runtime, 0));
    tn_address a;
    tn_point p;
    OK(tn_memory_alloc(device_at(runtime, 0), 64, &a));
    mock->hold = 1;
    OK(tn_fill(s, a, 1, 1, 64, &p));
    uint64_t begin = now();
    FAILS(TN_TIMEOUT, "", tn_point_wait(p, 30 * MS));
    FAILS(TN_TIMEOUT, "", tn_point_wait_any(&p, 1, 30 * MS, NULL));
    FAILS(TN_TIMEOUT, "", tn_point_wait_all(&p, 1, 30 * MS, NULL));
    uint64_t took = now() - begin;
    ck_assert_uint_ge(took, 89 * MS);
    ck_assert_uint_lt(took, 5000 * MS);
    OK(tn_close(runtime, 0));
}
END_TEST

RUN("stream", test_handles, test_forged_handles, test_options, test_points, test_timeouts_name_the_kernel, test_abort, test_close_aborts_what_hangs,
    test_close_leaves_what_cannot_end, test_busy, test_events, test_joins, test_join_across_drivers, test_deadlines_are_kept)
