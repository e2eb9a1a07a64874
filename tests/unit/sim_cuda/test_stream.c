/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Streams, default-stream rules, events, host functions. Order is proved by a gate: a stream that waits for a word
 * which the test opens, so nothing depends on how fast anything runs.
 */
#include "tests/unit/sim_cuda/client.h"

#include <pthread.h>
#include <stdatomic.h>

static uint32_t *gate;

static void with_gate(void)
{
    client_start();
    ok(cu.host_alloc((void **)&gate, 64, 0));
    *gate = 0;
}

static void open_gate(void)
{
    __atomic_store_n(gate, 1, __ATOMIC_RELEASE);
}

#define CLOSE(stream) ok(cu.wait_value32(stream, (uintptr_t)gate, 1, 0))

START_TEST(legacy_work_waits_for_blocking_streams)
{
    handle s, e;
    ptr x;
    int value = 0;
    ok(cu.alloc(&x, 64));
    ok(cu.fill32(x, 1, 1));
    ok(cu.stream_create(&s, 0));
    ok(cu.event_create(&e, 2));
    CLOSE(s);
    ok(cu.fill32_async(x, 2, 1, s));
    ok(cu.event_record(e, NULL));
    is(cu.event_query(e), 600);
    is(cu.stream_query(NULL), 600);
    is(cu.stream_query((handle)1), 600);
    open_gate();
    ok(cu.to_host(&value, x, 4)); /* in the legacy stream: behind the fill */
    ck_assert_int_eq(value, 2);
    ok(cu.event_query(e));
}
END_TEST

START_TEST(blocking_streams_wait_for_legacy_work)
{
    handle s, free_runner;
    ok(cu.stream_create(&s, 0));
    ok(cu.stream_create(&free_runner, 1));
    CLOSE(NULL);
    ok(cu.launch(kernel("empty"), 1, 1, 1, 1, 1, 1, 0, s, NULL, NULL));
    is(cu.stream_query(s), 600);
    ok(cu.launch(kernel("empty"), 1, 1, 1, 1, 1, 1, 0, free_runner, NULL, NULL));
    ok(cu.stream_wait(free_runner)); /* does not join: no wait for the gate */
    is(cu.stream_query(s), 600);
    open_gate();
    ok(cu.stream_wait(s));
}
END_TEST

START_TEST(legacy_work_ignores_non_blocking_streams)
{
    handle s;
    ptr x;
    ok(cu.alloc(&x, 64));
    ok(cu.stream_create(&s, 1));
    CLOSE(s);
    ok(cu.fill32(x, 3, 4));
    ok(cu.stream_wait(NULL));
    is(cu.stream_query(s), 600);
    open_gate();
    ok(cu.stream_wait(s));
}
END_TEST

/* A destroyed stream's work still counts for the legacy stream. */
START_TEST(destroyed_streams_finish)
{
    handle s;
    ptr x;
    int value = 0;
    ok(cu.alloc(&x, 64));
    ok(cu.fill32(x, 1, 1));
    ok(cu.stream_create(&s, 0));
    CLOSE(s);
    ok(cu.fill32_async(x, 5, 1, s));
    ok(cu.stream_destroy(s));
    is(cu.stream_destroy(s), 400);
    is(cu.stream_wait(s), 400);
    is(cu.stream_query(NULL), 600);
    open_gate();
    ok(cu.to_host(&value, x, 4));
    ck_assert_int_eq(value, 5);
}
END_TEST

static void *other_thread(void *unused)
{
    (void)unused;
    ok(cu.ctx_set(context));
    ok(cu.stream_query_ptsz(NULL)); /* this thread's own: empty */
    return NULL;
}

START_TEST(each_thread_has_its_default_stream)
{
    pthread_t thread;
    ok(cu.wait_value32_ptsz(NULL, (uintptr_t)gate, 1, 0));
    is(cu.stream_query((handle)2), 600);
    is(cu.stream_query_ptsz(NULL), 600);
    ck_assert_int_eq(pthread_create(&thread, NULL, other_thread, NULL), 0);
    pthread_join(thread, NULL);
    open_gate();
    ok(cu.stream_wait((handle)2));
}
END_TEST

START_TEST(events_mark_places)
{
    handle a, b, e, fresh;
    ok(cu.stream_create(&a, 1));
    ok(cu.stream_create(&b, 1));
    ok(cu.event_create(&e, 2));
    ok(cu.event_create(&fresh, 0));
    ok(cu.event_query(fresh)); /* never recorded: nothing to wait for */
    ok(cu.event_wait(fresh));
    CLOSE(a);
    ok(cu.event_record(e, a));
    ok(cu.stream_wait_event(b, e, 0));
    ok(cu.launch(kernel("empty"), 1, 1, 1, 1, 1, 1, 0, b, NULL, NULL));
    is(cu.event_query(e), 600);
    is(cu.stream_query(b), 600);
    ok(cu.stream_destroy(a)); /* the event outlives its stream */
    is(cu.event_query(e), 600);
    open_gate();
    ok(cu.event_wait(e));
    ok(cu.stream_wait(b));
    ok(cu.event_destroy(e));
    is(cu.event_query(e), 400);
    is(cu.event_destroy(e), 400);
    is(cu.stream_wait_event(b, e, 0), 400);
    is(cu.event_create(&e, 8), 1);
    is(cu.event_create(&e, 4), 1);
    is(cu.event_create(&e, 6), 801); /* between processes: not supported */
}
END_TEST

START_TEST(events_tell_time)
{
    handle s, from, to, dark;
    float ms = -1;
    ok(cu.stream_create(&s, 1));
    ok(cu.event_create(&from, 0));
    ok(cu.event_create(&to, 0));
    ok(cu.event_create(&dark, 2));
    is(cu.event_elapsed(&ms, from, to), 400);
    ok(cu.event_record(from, s));
    CLOSE(s);
    ok(cu.event_record(to, s));
    is(cu.event_elapsed(&ms, from, to), 600);
    struct timespec pause = { 0, 20000000 };
    nanosleep(&pause, NULL);
    open_gate();
    ok(cu.event_wait(to));
    ok(cu.event_elapsed(&ms, from, to));
    ck_assert_float_ge(ms, 10);
    ck_assert_float_lt(ms, 50000);
    ok(cu.event_record(dark, s));
    is(cu.event_elapsed(&ms, from, dark), 400);
    ok(cu.event_record(to, s));
    ok(cu.event_destroy(to)); /* while its time stamp may still be to come */
    ok(cu.stream_wait(s));
}
END_TEST

static _Atomic int calls;

static void count_call(void *by)
{
    atomic_fetch_add(&calls, *(int *)by);
}

static void called_back(handle stream, int status, void *data)
{
    ck_assert_ptr_nonnull(stream);
    ck_assert_int_eq(status, 0);
    atomic_fetch_add(&calls, *(int *)data * 10);
}

START_TEST(host_functions_run_in_order)
{
    handle s;
    int one = 1;
    ok(cu.stream_create(&s, 1));
    CLOSE(s);
    ok(cu.host_func(s, count_call, &one));
    ok(cu.stream_callback(s, called_back, &one, 0));
    ck_assert_int_eq(atomic_load(&calls), 0);
    open_gate();
    ok(cu.stream_wait(s));
    ck_assert_int_eq(atomic_load(&calls), 11);
    is(cu.host_func(s, NULL, NULL), 1);
    is(cu.stream_callback(s, called_back, &one, 1), 1);
}
END_TEST

START_TEST(words_are_written_in_order)
{
    handle s;
    ok(cu.stream_create(&s, 1));
    ok(cu.write_value32(s, (uintptr_t)(gate + 1), 77, 0));
    ok(cu.stream_wait(s));
    ck_assert_uint_eq(gate[1], 77);
    is(cu.write_value32(s, (uintptr_t)gate + 1, 77, 0), 1);
    is(cu.wait_value32(s, 0, 77, 0), 1);
}
END_TEST

START_TEST(forged_streams_are_refused)
{
    int local;
    const uintptr_t forged[] = {
        3, 16, 0x7fff00001234, (uintptr_t)&local, UINTPTR_MAX, (uintptr_t)1 << 63, 0x5400000100000021
    };
    for (size_t i = 0; i < sizeof forged / sizeof forged[0]; i++) {
        is(cu.stream_wait((handle)forged[i]), 400);
        is(cu.event_query((handle)forged[i]), 400);
        is(cu.module_unload((handle)forged[i]), 400);
        is(cu.launch((handle)forged[i], 1, 1, 1, 1, 1, 1, 0, NULL, NULL, NULL), 400);
    }
}
END_TEST

static void *worker(void *unused)
{
    enum { ROUNDS = 300 };
    handle s, f;
    ptr x;
    int value = 0;
    (void)unused;
    ok(cu.ctx_set(context));
    f = kernel("increment");
    ok(cu.stream_create(&s, 0));
    ok(cu.alloc(&x, 64));
    ok(cu.fill32_async(x, 0, 1, s));
    void *params[] = { &x };
    for (int i = 0; i < ROUNDS; i++)
        ok(cu.launch(f, 1, 1, 1, 1, 1, 1, 0, i % 16 ? s : NULL, params, NULL)); /* now and then in the legacy stream */
    ok(cu.to_host(&value, x, 4));
    ck_assert_int_eq(value, ROUNDS);
    ok(cu.stream_destroy(s));
    ok(cu.free(x));
    return NULL;
}

START_TEST(threads_share_a_context)
{
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, worker, NULL), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
}
END_TEST

Suite *stream_suite(void)
{
    Suite *s = suite_create("stream");
    TCase *t = tcase_create("stream");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, with_gate, NULL);
    tcase_add_test(t, legacy_work_waits_for_blocking_streams);
    tcase_add_test(t, blocking_streams_wait_for_legacy_work);
    tcase_add_test(t, legacy_work_ignores_non_blocking_streams);
    tcase_add_test(t, destroyed_streams_finish);
    tcase_add_test(t, each_thread_has_its_default_stream);
    tcase_add_test(t, events_mark_places);
    tcase_add_test(t, events_tell_time);
    tcase_add_test(t, host_functions_run_in_order);
    tcase_add_test(t, words_are_written_in_order);
    tcase_add_test(t, forged_streams_are_refused);
    tcase_add_test(t, threads_share_a_context);
    suite_add_tcase(s, t);
    return s;
}
