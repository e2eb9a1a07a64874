/* SPDX-License-Identifier: Apache-2.0 */
/* Streams: launches, copies, order within and between streams, back-pressure, deadlines, aborts, bad arguments. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/sim/engine/internal.h"
#include "tests/unit/engine/fixture.h"
#include "tests/unit/suite.h"

typedef struct axpy_args {
    uint64_t x, y;
    float a;
    uint32_t n;
} axpy_args;

typedef struct sequence_args {
    uint64_t at, errors, value;
} sequence_args;

START_TEST(launch_computes)
{
    enum { N = 1000 };
    float x[N], y[N];
    for (int i = 0; i < N; i++) {
        x[i] = (float)i;
        y[i] = 1.0f;
    }
    uint64_t dx = device_alloc(sizeof x), dy = device_alloc(sizeof y), value;
    OK(sil_submit_copy(stream, (void *)dx, SIL_SIDE_DEVICE, x, SIL_SIDE_HOST, sizeof x, true, NULL));
    OK(sil_submit_copy(stream, (void *)dy, SIL_SIDE_ANY, y, SIL_SIDE_ANY, sizeof y, true, NULL));
    axpy_args args = { dx, dy, 2.0f, N };
    launch(stream, "k_axpy", 4, 256, &args, sizeof args);
    OK(sil_submit_copy(stream, y, SIL_SIDE_HOST, (void *)dy, SIL_SIDE_DEVICE, sizeof y, true, &value));
    wait_ok(stream, value);
    for (int i = 0; i < N; i++)
        ck_assert_float_eq(y[i], 1.0f + 2.0f * (float)i);
}
END_TEST

START_TEST(values_count_from_one)
{
    sil_stream *fresh;
    OK(sil_stream_create(device, 0, &fresh));
    ck_assert_uint_eq(sil_stream_last(fresh), 0);
    OK(sil_stream_wait(fresh, 0, SIL_FOREVER));
    for (uint64_t i = 1; i <= 3; i++)
        ck_assert_uint_eq(launch(fresh, "k_empty", 1, 1, NULL, 0), i);
    wait_ok(fresh, 3);
    ck_assert_uint_eq(sil_stream_passed(fresh), 3);
    OK(sil_stream_query(fresh, 2));
    STATUS(sil_stream_query(fresh, 4), SIL_INVALID);
    STATUS(sil_stream_wait(fresh, 4, SIL_FOREVER), SIL_INVALID);
    STATUS(sil_stream_wait(fresh, 4, 0), SIL_INVALID);
}
END_TEST

/* More than the ring holds, nobody waiting: the submitter makes room, and the order stays. */
START_TEST(full_ring_pushes_back)
{
    uint64_t at = device_alloc(16);
    for (uint64_t i = 0; i < 5000; i++) {
        sequence_args args = { at, at + 8, i };
        launch(stream, "k_sequence", 1, 1, &args, sizeof args);
    }
    wait_ok(stream, sil_stream_last(stream));
    ck_assert_uint_eq(read_u64(at), 5000);
    ck_assert_uint_eq(read_u64(at + 8), 0);
}
END_TEST

/* Arguments beyond a slot travel in the arguments' ring, which is as often full. */
START_TEST(large_arguments)
{
    struct {
        uint64_t out;
        unsigned char values[1024];
    } args;
    args.out = device_alloc(8);
    uint64_t sum = 0;
    for (int i = 0; i < 300; i++) {
        memset(args.values, i, sizeof args.values);
        sum += 1024u * (unsigned char)i;
        launch(stream, "k_large", 1, 1, &args, sizeof args);
        memset(args.values, 0xee, sizeof args.values); /* they were copied */
    }
    wait_ok(stream, sil_stream_last(stream));
    ck_assert_uint_eq(read_u64(args.out), sum);
}
END_TEST

START_TEST(streams_wait_for_each_other)
{
    sil_stream *two[2] = { stream, NULL };
    uint64_t at = device_alloc(16);
    OK(sil_stream_create(device, 0, &two[1]));
    for (uint64_t i = 0; i < 2000; i++) {
        sequence_args args = { at, at + 8, i };
        sil_stream *here = two[i % 2], *there = two[(i + 1) % 2];
        OK(sil_submit_wait(here, there, sil_stream_last(there), NULL));
        launch(here, "k_sequence", 1, 1, &args, sizeof args);
    }
    wait_ok(two[1], sil_stream_last(two[1]));
    ck_assert_uint_eq(read_u64(at), 2000);
    ck_assert_uint_eq(read_u64(at + 8), 0);
}
END_TEST

/* A chain over many streams, deeper than the engine follows on one thread. */
START_TEST(chain_of_streams)
{
    enum { N = 100 };
    sil_stream *chain[N];
    uint64_t at = device_alloc(16);
    for (uint64_t i = 0; i < N; i++) {
        OK(sil_stream_create(device, 0, &chain[i]));
        sequence_args args = { at, at + 8, i };
        if (i)
            OK(sil_submit_wait(chain[i], chain[i - 1], sil_stream_last(chain[i - 1]), NULL));
        launch(chain[i], "k_sequence", 1, 1, &args, sizeof args);
    }
    wait_ok(chain[N - 1], sil_stream_last(chain[N - 1]));
    ck_assert_uint_eq(read_u64(at), N);
    ck_assert_uint_eq(read_u64(at + 8), 0);
}
END_TEST

/* Nothing of a cycle can run; a wait with a deadline comes back, and an abort undoes it. */
START_TEST(cycle_times_out)
{
    sil_stream *other;
    uint64_t word = device_alloc(8), value;
    OK(sil_stream_create(device, 0, &other));
    OK(sil_submit_value_wait(stream, word, 1, 8, SIL_EQ, &value));
    OK(sil_submit_wait(other, stream, value, &value));
    uint64_t start = now_ns();
    STATUS(sil_stream_wait(other, value, 20000000), SIL_TIMEOUT);
    ck_assert_uint_ge(now_ns() - start, 20000000);
    STATUS(sil_stream_query(other, value), SIL_NOT_READY);
    OK(sil_stream_abort(other));
    STATUS(sil_stream_wait(other, value, SIL_FOREVER), SIL_ABORTED);
    OK(sil_stream_abort(stream));
}
END_TEST

START_TEST(grid_runs_every_block_once)
{
    static const uint32_t sizes[] = { 1, 2, 31, 255, 256, 257, 5000, 65536 };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint64_t at = device_alloc(8), args[1] = { at };
        wait_ok(stream, launch(stream, "k_count", sizes[i], 1, args, 8));
        ck_assert_uint_eq(read_u64(at), sizes[i]);
        OK(sil_free(device, at));
    }
}
END_TEST

/* Blocks worth sharing: every result is right whoever computed it. */
START_TEST(shared_grid_is_right)
{
    enum { BLOCKS = 3000 };
    struct {
        uint64_t out, turns;
    } args = { device_alloc(BLOCKS * 8), 2000 };
    wait_ok(stream, launch(stream, "k_work", BLOCKS, 1, &args, sizeof args));
    uint64_t *got = malloc(BLOCKS * 8);
    OK(sil_submit_copy(stream, got, SIL_SIDE_HOST, (void *)args.out, SIL_SIDE_DEVICE, BLOCKS * 8, true, NULL));
    for (uint64_t b = 0; b < BLOCKS; b++) {
        uint64_t x = b + 1;
        for (int i = 0; i < 2000; i++)
            x = x * 6364136223846793005u + 1442695040888963407u;
        ck_assert_uint_eq(got[b], x);
    }
    free(got);
}
END_TEST

/* One launch of 512 blocks; returns how many ran beside another. */
static uint64_t crowd(uint64_t turns, uint64_t more, uint64_t late)
{
    struct {
        uint64_t at, turns, more, late;
    } args = { device_alloc(24), turns, more, late };
    wait_ok(stream, launch(stream, "k_crowd", 512, 1, &args, sizeof args));
    uint64_t saw = read_u64(args.at + 8);
    ck_assert_uint_eq(read_u64(args.at), 512);
    ck_assert_uint_eq(read_u64(args.at + 16), 0);
    OK(sil_free(device, args.at));
    return saw;
}

/* Blocks that hinder each other end up on one thread. Beside other programs the first ones may look slow: then not. */
START_TEST(a_crowd_is_sent_away)
{
    uint64_t most = 0;
    bool sent = false;
    for (int i = 0; i < 50 && !sent; i++) {
        uint64_t saw = crowd(40000, 400000, 0);
        most = saw > most ? saw : most;
        sent = atomic_load(&stream->alone);
        ck_assert(!sent || saw <= 256);
    }
    ck_assert_msg(sent || most < 64, "%llu of 512 blocks ran beside others", (unsigned long long)most);
    ck_assert_uint_eq(kernel("k_crowd")->untried, 0);
}
END_TEST

/* Blocks that take longer than the first ones only look as if they did: the others come back, and are not sent away again. */
START_TEST(a_crowd_comes_back)
{
    for (int i = 0; i < 4; i++) {
        crowd(40000, 0, 400000);
        uint32_t untried = kernel("k_crowd")->untried;
        ck_assert(untried == 0 || untried > 200); /* 0: no other thread came by */
        ck_assert_uint_eq(atomic_load(&stream->alone), 0);
    }
}
END_TEST

/* Nobody waits: workers do it. */
START_TEST(unattended_work_runs)
{
    for (int i = 0; i < 20; i++) {
        uint64_t value = launch(stream, "k_empty", 1, 1, NULL, 0), start = now_ns();
        while (sil_stream_passed(stream) < value) {
            ck_assert_uint_lt(now_ns() - start, 5000000000u);
            sleep_us(100);
        }
        sleep_us(i % 2 ? 5000 : 10);
    }
}
END_TEST

typedef struct call {
    pthread_t thread;
    _Atomic(int) calls;
    sil_stream *other;
} call;

static void on_call(void *argument)
{
    call *c = argument;
    c->thread = pthread_self();
    atomic_fetch_add(&c->calls, 1);
}

static void wait_elsewhere(void *argument)
{
    call *c = argument;
    if (sil_stream_wait(c->other, sil_stream_last(c->other), SIL_FOREVER) == SIL_OK)
        atomic_fetch_add(&c->calls, 1);
}

START_TEST(host_calls_run_elsewhere_in_order)
{
    call c = { 0 };
    uint64_t value;
    for (int i = 0; i < 10; i++)
        OK(sil_submit_host_call(stream, on_call, &c, &value));
    wait_ok(stream, value);
    ck_assert_int_eq(c.calls, 10);
    ck_assert(!pthread_equal(c.thread, pthread_self()));
    STATUS(sil_submit_host_call(stream, NULL, NULL, NULL), SIL_INVALID);
}
END_TEST

/* As many host functions at once as there are workers, each waiting for the next: another worker takes over. */
START_TEST(host_calls_that_wait)
{
    enum { N = 12 };
    sil_stream *s[N + 1];
    call c[N];
    memset(c, 0, sizeof c);
    for (int i = 0; i <= N; i++)
        OK(sil_stream_create(device, 0, &s[i]));
    uint64_t word = device_alloc(8), value;
    OK(sil_submit_value_wait(s[N], word, 1, 8, SIL_GEQ, &value));
    for (int i = N - 1; i >= 0; i--) {
        c[i].other = s[i + 1];
        OK(sil_submit_host_call(s[i], wait_elsewhere, &c[i], &value));
    }
    sleep_us(20000);
    OK(sil_submit_value_write(stream, word, 1, 8, NULL));
    wait_ok(s[0], value);
    for (int i = 0; i < N; i++)
        ck_assert_int_eq(c[i].calls, 1);
}
END_TEST

START_TEST(timestamps_grow)
{
    static _Atomic(uint64_t) slot[3];
    uint64_t value, before = now_ns();
    for (int i = 0; i < 3; i++) {
        OK(sil_submit_timestamp(stream, &slot[i], &value));
        launch(stream, "k_empty", 1, 1, NULL, 0);
    }
    wait_ok(stream, sil_stream_last(stream));
    ck_assert_uint_ge(slot[0], before);
    ck_assert_uint_ge(slot[1], slot[0]);
    ck_assert_uint_ge(slot[2], slot[1]);
    ck_assert_uint_le(slot[2], now_ns());
}
END_TEST

START_TEST(values_in_memory)
{
    sil_stream *other;
    uint64_t word = device_alloc(16), value;
    OK(sil_stream_create(device, 0, &other));
    OK(sil_submit_value_wait(stream, word, 7, 4, SIL_GEQ, NULL));
    OK(sil_submit_value_wait(stream, word + 8, 2, 8, SIL_AND, &value));
    STATUS(sil_stream_wait(stream, value, 1000000), SIL_TIMEOUT);
    OK(sil_submit_value_write(other, word, 8, 4, NULL));
    OK(sil_submit_value_write(other, word + 8, 6, 8, NULL));
    wait_ok(stream, value);
    ck_assert_uint_eq(read_u64(word), 8);
    ck_assert_uint_eq(read_u64(word + 8), 6);
    STATUS(sil_submit_value_wait(stream, word + 2, 0, 4, SIL_EQ, NULL), SIL_INVALID);
    STATUS(sil_submit_value_wait(stream, word, 0, 2, SIL_EQ, NULL), SIL_INVALID);
    STATUS(sil_submit_value_wait(stream, word, 0, 8, (sil_compare)9, NULL), SIL_INVALID);
    STATUS(sil_submit_value_write(stream, 64, 0, 4, NULL), SIL_BAD_ADDRESS);
}
END_TEST

/* ------------------------------------------------------------------------------------------------------- */

static void *wait_in_thread(void *argument)
{
    uint64_t value = *(uint64_t *)argument;
    return (void *)(uintptr_t)sil_stream_wait(stream, value, SIL_FOREVER);
}

/* The kernel never ends. A host that helps, a host with a deadline and a worker come out, and the stream goes on. */
START_TEST(abort_ends_a_hung_kernel)
{
    for (int helped = 0; helped < 2; helped++) {
        pthread_t waiter;
        void *verdict = NULL;
        uint64_t value = launch(stream, "k_spin", 4, 32, NULL, 0), behind = launch(stream, "k_empty", 1, 1, NULL, 0);
        if (helped)
            ck_assert_int_eq(pthread_create(&waiter, NULL, wait_in_thread, &value), 0);
        STATUS(sil_stream_wait(stream, value, 10000000), SIL_TIMEOUT);
        uint64_t start = now_ns();
        OK(sil_stream_abort(stream));
        ck_assert_uint_lt(now_ns() - start, 1000000000); /* 1 ms on an idle machine */
        STATUS(sil_stream_wait(stream, value, SIL_FOREVER), SIL_ABORTED);
        STATUS(sil_stream_wait(stream, behind, 0), SIL_ABORTED);
        SAYS("abort");
        if (helped) {
            pthread_join(waiter, &verdict);
            ck_assert_int_eq((int)(uintptr_t)verdict, SIL_ABORTED);
        }
        wait_ok(stream, launch(stream, "k_empty", 1, 1, NULL, 0));
    }
}
END_TEST

/* Two streams of hung kernels take every worker; a third one's work still gets done. */
START_TEST(hung_kernels_leave_others_alone)
{
    sil_stream *hung[3];
    for (int i = 0; i < 3; i++) {
        OK(sil_stream_create(device, 0, &hung[i]));
        launch(hung[i], "k_spin", 1, 1, NULL, 0);
    }
    sleep_us(20000);
    OK(sil_stream_wait(stream, launch(stream, "k_empty", 1, 1, NULL, 0), 5000000000u));
    for (int i = 0; i < 3; i++)
        OK(sil_stream_abort(hung[i]));
}
END_TEST

START_TEST(abort_of_nothing)
{
    wait_ok(stream, launch(stream, "k_empty", 1, 1, NULL, 0));
    OK(sil_stream_abort(stream));
    OK(sil_stream_wait(stream, sil_stream_last(stream), 0));
    wait_ok(stream, launch(stream, "k_empty", 1, 1, NULL, 0));
}
END_TEST

/* Work that a destroyed stream still has runs, and who waits for its values comes through. */
START_TEST(destroyed_stream_finishes)
{
    uint64_t at = device_alloc(8), args[1] = { at }, value = 0;
    sil_stream *brief;
    OK(sil_stream_create(device, 0, &brief));
    for (int i = 0; i < 100; i++)
        value = launch(brief, "k_count", 10, 1, args, 8);
    OK(sil_submit_wait(stream, brief, value, NULL));
    OK(sil_stream_destroy(brief));
    STATUS(sil_stream_destroy(brief), SIL_INVALID);
    STATUS(sil_submit_host_call(brief, on_call, NULL, NULL), SIL_INVALID);
    wait_ok(stream, launch(stream, "k_empty", 1, 1, NULL, 0));
    ck_assert_uint_eq(read_u64(at), 1000);
}
END_TEST

START_TEST(no_stream_is_valid_by_chance)
{
    int here;
    sil_stream *gone;
    OK(sil_stream_create(device, 0, &gone));
    OK(sil_stream_destroy(gone));
    ck_assert(sil_stream_valid(stream));
    ck_assert(!sil_stream_valid(NULL));
    ck_assert(!sil_stream_valid((sil_stream *)&here));
    ck_assert(!sil_stream_valid((sil_stream *)((char *)stream + 64)));
    ck_assert(!sil_stream_valid(gone));
    STATUS(sil_stream_wait(gone, 0, 0), SIL_INVALID);
    STATUS(sil_submit_wait(stream, gone, 0, NULL), SIL_INVALID);
}
END_TEST

START_TEST(stream_limit)
{
    sil_profile profile;
    sil_device *small;
    sil_stream *s[3];
    OK(sil_profile_load("a100", &profile));
    profile.max_streams = 2;
    OK(sil_device_create(&profile, 9, &small));
    OK(sil_stream_create(small, 0, &s[0]));
    OK(sil_stream_create(small, 0, &s[1]));
    STATUS(sil_stream_create(small, 0, &s[2]), SIL_LIMIT);
    OK(sil_stream_destroy(s[0]));
    OK(sil_stream_create(small, 0, &s[2]));
    sil_device_destroy(small);
}
END_TEST

START_TEST(bad_launches)
{
    static const struct {
        sil_launch launch;
        sil_status status;
        const char *says;
    } cases[] = {
        { { { 0, 1, 1 }, { 1, 1, 1 }, 0, 0, NULL }, SIL_LIMIT, "grid" },
        { { { 1, 1, 0 }, { 1, 1, 1 }, 0, 0, NULL }, SIL_LIMIT, "grid" },
        { { { 1, 65536, 1 }, { 1, 1, 1 }, 0, 0, NULL }, SIL_LIMIT, "65535" },
        { { { 1, 1, 1 }, { 0, 1, 1 }, 0, 0, NULL }, SIL_LIMIT, "block" },
        { { { 1, 1, 1 }, { 1025, 1, 1 }, 0, 0, NULL }, SIL_LIMIT, "1024" },
        { { { 1, 1, 1 }, { 64, 32, 1 }, 0, 0, NULL }, SIL_LIMIT, "2048" },
        { { { 1, 1, 1 }, { 1, 1, 65 }, 0, 0, NULL }, SIL_LIMIT, "64" },
        { { { 1, 1, 1 }, { 1, 1, 1 }, 200000, 0, NULL }, SIL_LIMIT, "local memory" },
        { { { 1, 1, 1 }, { 1, 1, 1 }, 0, 8, "12345678" }, SIL_INVALID, "takes 0 bytes" },
    };
    uint64_t before = sil_stream_last(stream);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        STATUS(sil_submit_launch(stream, kernel("k_empty"), &cases[i].launch, NULL), cases[i].status);
        SAYS(cases[i].says);
    }
    ck_assert_uint_eq(sil_stream_last(stream), before);
    sil_launch no_args = { { 1, 1, 1 }, { 1, 1, 1 }, 0, 8, NULL };
    STATUS(sil_submit_launch(stream, kernel("k_count"), &no_args, NULL), SIL_INVALID);
    sil_launch one = { { 1, 1, 1 }, { 1, 1, 1 }, 0, 0, NULL };
    STATUS(sil_submit_launch(stream, kernel("k_together"), &one, NULL), SIL_OK);
    one.cooperative = true;
    STATUS(sil_submit_launch(stream, kernel("k_together"), &one, NULL), SIL_OK);
    one.grid[0] = 1 << 20;
    STATUS(sil_submit_launch(stream, kernel("k_together"), &one, NULL), SIL_LIMIT);
    SAYS("the device holds");
}
END_TEST

START_TEST(kernel_of_another_device)
{
    sil_device *other;
    sil_stream *there;
    sil_profile profile;
    sil_launch l = { { 1, 1, 1 }, { 1, 1, 1 }, 0, 0, NULL };
    OK(sil_profile_load("v100", &profile));
    OK(sil_device_create(&profile, 1, &other));
    OK(sil_stream_create(other, 0, &there));
    STATUS(sil_submit_launch(there, kernel("k_empty"), &l, NULL), SIL_INVALID);
    /* but streams of two devices may wait for each other */
    uint64_t value = launch(stream, "k_empty", 1, 1, NULL, 0);
    OK(sil_submit_wait(there, stream, value, &value));
    wait_ok(there, value);
    sil_device_destroy(other);
}
END_TEST

START_TEST(local_memory_and_scratch)
{
    enum { BLOCKS = 300, THREADS = 96 };
    static const uint32_t dynamic[] = { 0, 1, 4096, 100000 };
    for (size_t d = 0; d < 4; d++) {
        uint64_t at = device_alloc(BLOCKS * 8), args[1] = { at }, got[BLOCKS];
        sil_launch l = { { BLOCKS, 1, 1 }, { THREADS, 1, 1 }, dynamic[d], 8, args };
        OK(sil_submit_launch(stream, kernel("k_local"), &l, NULL));
        OK(sil_submit_copy(stream, got, SIL_SIDE_HOST, (void *)at, SIL_SIDE_DEVICE, sizeof got, true, NULL));
        for (uint64_t b = 0; b < BLOCKS; b++)
            ck_assert_uint_eq(got[b],
                              (b & 255) * 1024 + ((b + 1) & 255) * dynamic[d] + ((b + 2) & 255) * (128 + 16 * THREADS));
    }
}
END_TEST

START_TEST(device_wait)
{
    sil_stream *other;
    OK(sil_stream_create(device, 0, &other));
    for (int i = 0; i < 50; i++) {
        launch(stream, "k_empty", 100, 1, NULL, 0);
        launch(other, "k_empty", 100, 1, NULL, 0);
    }
    OK(sil_device_wait(device, SIL_FOREVER));
    ck_assert_uint_eq(sil_stream_passed(other), 50);
    launch(other, "k_spin", 1, 1, NULL, 0);
    STATUS(sil_device_wait(device, 5000000), SIL_TIMEOUT);
    OK(sil_stream_abort(other));
    OK(sil_device_wait(device, SIL_FOREVER));
}
END_TEST

static _Atomic(int) free_ended;

static void *free_behind(void *address)
{
    OK(sil_free(device, (uint64_t)(uintptr_t)address));
    atomic_fetch_add(&free_ended, 1);
    return NULL;
}

static void *unload_behind(void *loaded)
{
    OK(sil_module_unload(loaded));
    atomic_fetch_add(&free_ended, 1);
    return NULL;
}

/* Both wait for the device's work, and so for a kernel that never ends until somebody aborts it. */
START_TEST(frees_and_unloads_end_with_an_abort)
{
    pthread_t threads[2];
    sil_module *second;
    size_t bytes;
    void *image = image_read("engine-kernels.so", &bytes);
    uint64_t at = device_alloc(64), idle = device_alloc(64), value = launch(stream, "k_spin", 1, 1, NULL, 0);
    OK(sil_module_load(device, image, bytes, &second));
    free(image);
    pthread_create(&threads[0], NULL, free_behind, (void *)(uintptr_t)at);
    pthread_create(&threads[1], NULL, unload_behind, second);
    sleep_us(30000);
    ck_assert_int_eq(atomic_load(&free_ended), 0);
    OK(sil_find(at, NULL, NULL, NULL));
    OK(sil_free_idle(device, idle)); /* which nothing uses: no wait */
    STATUS(sil_free_idle(device, idle), SIL_BAD_ADDRESS);
    STATUS(sil_stream_query(stream, value), SIL_NOT_READY);
    OK(sil_stream_abort(stream));
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    STATUS(sil_stream_query(stream, value), SIL_ABORTED);
    STATUS(sil_find(at, NULL, NULL, NULL), SIL_BAD_ADDRESS);
    wait_ok(stream, launch(stream, "k_empty", 1, 1, NULL, 0));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("engine streams");
    TCase *t = tcase_create("streams");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 30);
    tcase_add_test(t, launch_computes);
    tcase_add_test(t, values_count_from_one);
    tcase_add_test(t, full_ring_pushes_back);
    tcase_add_test(t, large_arguments);
    tcase_add_test(t, streams_wait_for_each_other);
    tcase_add_test(t, chain_of_streams);
    tcase_add_test(t, cycle_times_out);
    tcase_add_test(t, grid_runs_every_block_once);
    tcase_add_test(t, shared_grid_is_right);
    tcase_add_test(t, a_crowd_is_sent_away);
    tcase_add_test(t, a_crowd_comes_back);
    tcase_add_test(t, unattended_work_runs);
    tcase_add_test(t, host_calls_run_elsewhere_in_order);
    tcase_add_test(t, host_calls_that_wait);
    tcase_add_test(t, timestamps_grow);
    tcase_add_test(t, values_in_memory);
    tcase_add_test(t, abort_ends_a_hung_kernel);
    tcase_add_test(t, hung_kernels_leave_others_alone);
    tcase_add_test(t, abort_of_nothing);
    tcase_add_test(t, frees_and_unloads_end_with_an_abort);
    tcase_add_test(t, destroyed_stream_finishes);
    tcase_add_test(t, no_stream_is_valid_by_chance);
    tcase_add_test(t, stream_limit);
    tcase_add_test(t, bad_launches);
    tcase_add_test(t, kernel_of_another_device);
    tcase_add_test(t, local_memory_and_scratch);
    tcase_add_test(t, device_wait);
    suite_add_tcase(suite, t);
    return suite_run(suite);
}
