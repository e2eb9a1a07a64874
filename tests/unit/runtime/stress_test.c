/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stress_test.c - many threads on the same objects: what they get is TN_OK or a status that fits, data that was
 * written is read, and under the thread sanitizer nothing races.
 */
#include <pthread.h>

#include "runtime/handle.h"
#include "tests/unit/runtime/common.h"

enum { THREADS = 4, TURNS = 300 };

static tn_runtime runtime;
static tn_device device;
static _Atomic(uint64_t) shared_stream, shared_kernel, shared_module, shared_event;
static _Atomic(int) stop, surprises, done;

static void expect(tn_status status, const char *what)
{
    if (status == TN_OK || status == TN_BAD_HANDLE || status == TN_BAD_ADDRESS || status == TN_NOT_FOUND ||
        status == TN_NOT_READY)
        return;
    fprintf(stderr, "%s: %s: %s\n", what, tn_status_name(status), tn_error_message());
    surprises++;
}

/* Submits to whatever stream is there just now, with whatever kernel. */
static void *submitter(void *arg)
{
    tn_address words = *(tn_address *)arg;
    while (!stop) {
        tn_stream s = { shared_stream };
        tn_point point = { { 0 }, 0 };
        uint32_t value = 7, n = 16;
        tn_arg args[] = { TN_ARG(words), TN_ARG(value), TN_ARG(n) };
        tn_launch launch = shape(1, 16);
        expect(tn_kernel_launch(s, (tn_kernel){ shared_kernel }, &launch, args, 3, &point), "launch");
        if (point.value)
            expect(tn_point_wait(point, TN_FOREVER), "wait");
        expect(tn_fill(s, words, 3, 4, 16, &point), "fill");
        expect(tn_event_record((tn_event){ shared_event }, s, NULL), "record");
        expect(tn_stream_wait(s, TN_FOREVER), "stream wait");
        done++;
    }
    return NULL;
}

/* Makes and destroys the objects that the others use. */
static void *exchanger(void *arg)
{
    struct buffer b;
    (void)arg;
    make_bundle(&b, TN_IMAGE_VENDOR, "null");
    for (int turn = 0; turn < TURNS; turn++) {
        tn_stream s;
        tn_module m;
        tn_kernel k = { 0 };
        tn_event e;
        tn_address variable;
        expect(tn_stream_create(device, NULL, &s), "create");
        s.bits = atomic_exchange(&shared_stream, s.bits);
        expect(tn_stream_destroy(s), "destroy");
        expect(tn_module_load(device, b.bytes, b.size, NULL, &m), "load");
        expect(tn_module_kernel(m, "fill_u32", &k), "kernel");
        expect(tn_module_variable(m, "counter", &variable, NULL), "variable");
        shared_kernel = k.bits;
        m.bits = atomic_exchange(&shared_module, m.bits);
        expect(tn_module_unload(m), "unload");
        expect(tn_event_create(device, NULL, &e), "event");
        e.bits = atomic_exchange(&shared_event, e.bits);
        expect(tn_event_destroy(e), "event destroy");
    }
    return NULL;
}

START_TEST(test_destroy_against_use)
{
    pthread_t threads[THREADS];
    tn_address words[THREADS];
    runtime = open_null(1, 0);
    device = device_at(runtime, 0);
    shared_stream = stream_on(device).bits;
    for (int i = 0; i < THREADS - 1; i++) {
        OK(tn_memory_alloc(device, 64, &words[i]));
        pthread_create(&threads[i], NULL, submitter, &words[i]);
    }
    pthread_create(&threads[THREADS - 1], NULL, exchanger, NULL);
    pthread_join(threads[THREADS - 1], NULL);
    stop = 1;
    for (int i = 0; i < THREADS - 1; i++)
        pthread_join(threads[i], NULL);
    ck_assert_int_eq(surprises, 0);
    ck_assert_int_gt(done, 0);
    OK(tn_close(runtime, TN_FOREVER));
}
END_TEST

/* The same, and the runtime is closed in the middle of it. */
START_TEST(test_close_against_use)
{
    for (int turn = 0; turn < 20; turn++) {
        pthread_t threads[THREADS];
        tn_address words[THREADS];
        stop = 0;
        runtime = open_null(1, 0);
        device = device_at(runtime, 0);
        shared_stream = stream_on(device).bits;
        for (int i = 0; i < 2; i++) {
            OK(tn_memory_alloc(device, 64, &words[i]));
            pthread_create(&threads[i], NULL, submitter, &words[i]);
        }
        pthread_create(&threads[2], NULL, exchanger, NULL);
        struct timespec nap = { 0, 1000000 };
        nanosleep(&nap, NULL);
        OK(tn_close(runtime, TN_FOREVER));
        stop = 1;
        for (int i = 0; i < 3; i++)
            pthread_join(threads[i], NULL);
    }
    ck_assert_int_eq(surprises, 0);
}
END_TEST

/* Each thread has a stream and memory of its own and checks its data; allocations come and go beside it. */
static void *worker(void *arg)
{
    uint32_t seed = *(uint32_t *)arg, out[64];
    tn_stream s;
    expect(tn_stream_create(device, NULL, &s), "create");
    for (int turn = 0; turn < TURNS; turn++) {
        tn_address a, b;
        expect(tn_memory_alloc(device, sizeof out, &a), "alloc");
        expect(tn_memory_alloc(device, sizeof out, &b), "alloc");
        expect(tn_fill(s, a, seed + (uint32_t)turn, 4, 64, NULL), "fill");
        expect(tn_copy_on_device(s, b, a, sizeof out, NULL), "copy");
        expect(tn_memory_read(s, out, b, sizeof out), "read");
        for (int i = 0; i < 64; i++)
            surprises += out[i] != seed + (uint32_t)turn;
        expect(tn_memory_free(device, a), "free");
        expect(tn_memory_free(device, b), "free");
    }
    expect(tn_stream_destroy(s), "destroy");
    return NULL;
}

START_TEST(test_streams_of_their_own)
{
    pthread_t threads[THREADS];
    uint32_t seeds[THREADS];
    runtime = open_null(1, 0);
    device = device_at(runtime, 0);
    for (uint32_t i = 0; i < THREADS; i++) {
        seeds[i] = i * 100000;
        pthread_create(&threads[i], NULL, worker, &seeds[i]);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    ck_assert_int_eq(surprises, 0);
    OK(tn_close(runtime, TN_FOREVER));
}
END_TEST

/* One stream, many threads: values are given once each, and all pass. */
static tn_stream common;
static uint64_t values[THREADS][TURNS];
static void *sharer(void *arg)
{
    uint64_t *mine = arg;
    tn_address words;
    expect(tn_memory_alloc(device, 64, &words), "alloc");
    for (int i = 0; i < TURNS; i++) {
        tn_point point = { { 0 }, 0 };
        expect(tn_fill(common, words, 1, 4, 16, &point), "fill");
        mine[i] = point.value;
        if (i % 16 == 0)
            expect(tn_point_wait(point, TN_FOREVER), "wait");
    }
    return NULL;
}

START_TEST(test_one_stream_for_all)
{
    static unsigned char seen[THREADS * TURNS + 1];
    pthread_t threads[THREADS];
    runtime = open_mock(0);
    device = device_at(runtime, 0);
    common = stream_on(device);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, sharer, values[i]);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < THREADS; i++)
        for (int k = 0; k < TURNS; k++) {
            ck_assert_uint_ge(values[i][k], 1);
            ck_assert_uint_le(values[i][k], THREADS * TURNS);
            ck_assert(!seen[values[i][k]]++);
        }
    ck_assert_int_eq(surprises, 0);
    OK(tn_stream_wait(common, TN_FOREVER));
    OK(tn_close(runtime, TN_FOREVER));
    ck_assert_int_eq(mock->live, 0);
}
END_TEST

/* A wait without a deadline comes out when its stream is aborted, its work fails, or its runtime is closed. */
static _Atomic(int) waiter_said, waiting;
static void *waiter(void *arg)
{
    waiting = 1;
    waiter_said = (int)tn_point_wait(*(tn_point *)arg, TN_FOREVER) + 1000;
    return NULL;
}

START_TEST(test_waits_come_out)
{
    for (int how = 0; how < 3; how++) {
        pthread_t thread;
        tn_point point;
        tn_address words;
        runtime = open_mock(0);
        device = device_at(runtime, 0);
        common = stream_on(device);
        OK(tn_memory_alloc(device, 64, &words));
        mock->hold = 1;
        OK(tn_fill(common, words, 1, 4, 16, &point));
        waiting = waiter_said = 0;
        pthread_create(&thread, NULL, waiter, &point);
        while (!waiting)
            ;
        struct timespec nap = { 0, 100000000 };   /* the waiter is inside by now */
        nanosleep(&nap, NULL);
        if (how == 0)
            OK(tn_stream_abort(common));
        if (how == 1)
            mock->fault_at = 1;
        mock->hold = how == 2;
        if (how == 2)
            OK(tn_close(runtime, 1 * MS));
        pthread_join(thread, NULL);
        ck_assert_int_eq(waiter_said - 1000, how == 1 ? (int)TN_FAULT : (int)TN_ABORTED);
        mock->hold = 0;
        if (how != 2)
            OK(tn_close(runtime, TN_FOREVER));
        ck_assert_int_eq(mock->live, 0);
    }
}
END_TEST

static void *opener(void *arg)
{
    (void)arg;
    for (int i = 0; i < 20; i++) {
        tn_options options = TN_OPTIONS_INIT;
        tn_runtime r;
        tn_device d;
        tn_stream s;
        options.simulate = "null:2";
        options.only = "null";
        expect(tn_open(&options, &r), "open");
        expect(tn_device_get(r, 1, &d), "device");
        expect(tn_stream_create(d, NULL, &s), "create");
        expect(tn_explain(r, NULL, NULL), "explain");
        expect(tn_close(r, TN_FOREVER), "close");
    }
    return NULL;
}

START_TEST(test_many_open)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, opener, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    ck_assert_int_eq(surprises, 0);
}
END_TEST

/* Aborting must get through although a submission is stuck in the driver. */
static void *stuck(void *arg)
{
    expect(tn_fill(common, *(tn_address *)arg, 1, 4, 16, NULL), "fill");
    done = 1;
    return NULL;
}

static void *let_go(void *arg)
{
    struct timespec nap = { 0, 300000000 };
    (void)arg;
    nanosleep(&nap, NULL);
    mock->full = 0;
    return NULL;
}

START_TEST(test_abort_beside_a_stuck_submission)
{
    pthread_t threads[2];
    tn_address words;
    runtime = open_mock(0);
    device = device_at(runtime, 0);
    common = stream_on(device);
    OK(tn_memory_alloc(device, 64, &words));
    mock->full = 1;
    pthread_create(&threads[0], NULL, stuck, &words);
    pthread_create(&threads[1], NULL, let_go, NULL);
    OK(tn_stream_abort(common));
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    tn_status status = tn_stream_wait(common, TN_FOREVER);
    ck_assert(status == TN_OK || status == TN_ABORTED);
    OK(tn_close(runtime, TN_FOREVER));
    ck_assert_int_eq(mock->live, 0);
}
END_TEST

RUN("stress", test_destroy_against_use, test_close_against_use, test_streams_of_their_own, test_one_stream_for_all,
    test_waits_come_out, test_many_open, test_abort_beside_a_stuck_submission)
