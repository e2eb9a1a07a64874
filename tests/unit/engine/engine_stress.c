/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several threads on several streams, with operations drawn from a seed: each stream's launches must run in the order
 * of their submission, every block exactly once, and what was waited for must have happened. The kernels check it.
 *   engine_stress [seed] [turns]
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/engine/fixture.h"
#include "tests/unit/suite.h"

enum { THREADS = 3, STREAMS = 4 };

#if defined(TN_SAN_thread) || defined(TN_SAN_address)
static unsigned turns = 3000;
#else
static unsigned turns = 30000;
#endif
static unsigned seed = 1;

static struct {
    sil_stream *stream;
    pthread_mutex_t lock;     /* keeps counter and submission together */
    uint64_t counter;         /* of k_sequence */
    uint64_t at;              /* device: the counter, errors, blocks */
    _Atomic(uint64_t) blocks; /* that were submitted */
} lane[STREAMS];

typedef struct sequence_args {
    uint64_t at, errors, value;
} sequence_args;

static void submit_next(int i)
{
    sequence_args args = { lane[i].at, lane[i].at + 8, lane[i].counter++ };
    launch(lane[i].stream, "k_sequence", 1, 1, &args, sizeof args);
}

static void turn(unsigned *state)
{
    *state = *state * 1664525 + 1013904223;
    int i = (int)(*state >> 30), op = (int)(*state >> 8 & 1023), j = (i + 1 + (int)(*state >> 20 & 1)) & 3;
    pthread_mutex_lock(&lane[i].lock);
    if (op < 800) {
        submit_next(i);
    } else if (op < 850) {
        uint64_t value = sil_stream_last(lane[i].stream);
        pthread_mutex_unlock(&lane[i].lock);
        pthread_mutex_lock(&lane[j].lock);
        OK(sil_submit_wait(lane[j].stream, lane[i].stream, value, NULL));
        submit_next(j);
        pthread_mutex_unlock(&lane[j].lock);
        return;
    } else if (op < 900) {
        uint32_t blocks = 100 + (*state >> 12 & 4095);
        uint64_t args[1] = { lane[i].at + 16 };
        atomic_fetch_add(&lane[i].blocks, blocks);
        launch(lane[i].stream, "k_count", blocks, 1, args, 8);
    } else if (op < 950) {
        /* A copy sees exactly what was submitted before it. */
        uint64_t got = 0, wanted = lane[i].counter, value;
        OK(sil_submit_copy(lane[i].stream, &got, SIL_SIDE_HOST, (void *)lane[i].at, SIL_SIDE_DEVICE, 8, true, &value));
        wait_ok(lane[i].stream, value);
        ck_assert_uint_eq(got, wanted);
    } else if (op < 980) {
        uint64_t value = sil_stream_last(lane[i].stream);
        pthread_mutex_unlock(&lane[i].lock);
        wait_ok(lane[i].stream, value);
        return;
    } else if (op < 1000) {
        uint64_t value = sil_stream_last(lane[i].stream);
        pthread_mutex_unlock(&lane[i].lock);
        sil_status status = sil_stream_wait(lane[i].stream, value, *state >> 12 & 0xfffff);
        ck_assert(status == SIL_OK || status == SIL_TIMEOUT);
        return;
    } else if (op < 1010) {
        sil_stream *brief;
        uint64_t value = sil_stream_last(lane[i].stream);
        OK(sil_stream_create(device, 0, &brief));
        OK(sil_submit_wait(brief, lane[i].stream, value, &value));
        OK(sil_submit_wait(lane[i].stream, brief, value, NULL));
        OK(sil_stream_destroy(brief));
    } else if (op < 1020) {
        uint64_t at;
        OK(sil_alloc(device, 100 + (*state >> 4 & 0xfffff), &at));
        uint8_t one = 1;
        OK(sil_submit_fill(lane[i].stream, at, &one, 1, 100, NULL));
        pthread_mutex_unlock(&lane[i].lock);
        OK(sil_free(device, at));
        return;
    } else {
        pthread_mutex_unlock(&lane[i].lock);
        sleep_us(*state >> 28 ? 50 : 5000);
        return;
    }
    pthread_mutex_unlock(&lane[i].lock);
}

static void *run(void *argument)
{
    unsigned state = seed * 2654435761u + (unsigned)(uintptr_t)argument * 7919;
    for (unsigned t = 0; t < turns; t++)
        turn(&state);
    return NULL;
}

START_TEST(random_work)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < STREAMS; i++) {
        pthread_mutex_init(&lane[i].lock, NULL);
        OK(sil_stream_create(device, 0, &lane[i].stream));
        lane[i].at = device_alloc(24);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, run, (void *)(uintptr_t)i);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    OK(sil_device_wait(device, SIL_FOREVER));
    for (int i = 0; i < STREAMS; i++) {
        ck_assert_uint_eq(read_u64(lane[i].at), lane[i].counter);
        ck_assert_uint_eq(read_u64(lane[i].at + 8), 0);
        ck_assert_uint_eq(read_u64(lane[i].at + 16), lane[i].blocks);
    }
}
END_TEST

/* ------------------------------------------------------------------------------------------------------- */

static _Atomic(int) stop;

static void *submit_until_stopped(void *argument)
{
    sil_stream *s = argument;
    for (unsigned i = 0; !atomic_load(&stop); i++) {
        uint64_t value = launch(s, i % 50 == 0 ? "k_spin" : "k_empty", 1 + i % 7 * 100, 1, NULL, 0);
        if (i % 10)
            continue;
        sil_status status = sil_stream_wait(s, value, i % 20 ? SIL_FOREVER : 100000);
        ck_assert(status == SIL_OK || status == SIL_TIMEOUT || status == SIL_ABORTED);
    }
    return NULL;
}

/* One thread submits, with a kernel now and then that never ends; another aborts all the time. */
START_TEST(aborts_while_submitting)
{
    pthread_t thread;
    pthread_create(&thread, NULL, submit_until_stopped, stream);
    for (int i = 0; i < 200; i++) {
        OK(sil_stream_abort(stream));
        sleep_us(500);
    }
    atomic_store(&stop, 1);
    for (int i = 0; i < 50; i++) {
        OK(sil_stream_abort(stream));
        sleep_us(1000);
    }
    pthread_join(thread, NULL);
    OK(sil_stream_abort(stream));
    wait_ok(stream, launch(stream, "k_empty", 1, 1, NULL, 0));
}
END_TEST

static void *fault_and_clear(void *argument)
{
    sil_stream *own, *behind;
    uint64_t good = (uint64_t)(uintptr_t)argument;
    OK(sil_stream_create(device, 0, &own));
    OK(sil_stream_create(device, 0, &behind));
    for (uint64_t i = 0; i < 300; i++) {
        uint64_t args[2] = { i % 3 ? good : 8, i }, value = launch(own, "k_poke", 1, 1, args, sizeof args), second;
        OK(sil_submit_wait(behind, own, value, &second));
        STATUS(sil_stream_wait(behind, second, i % 2 ? SIL_FOREVER : 2000000000), i % 3 ? SIL_OK : SIL_FAULT);
        STATUS(sil_stream_wait(own, value, SIL_FOREVER), i % 3 ? SIL_OK : SIL_FAULT);
        OK(sil_stream_clear_fault(own));
        OK(sil_stream_clear_fault(behind));
    }
    OK(sil_stream_destroy(own));
    OK(sil_stream_destroy(behind));
    return NULL;
}

START_TEST(faults_side_by_side)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, fault_and_clear, (void *)(uintptr_t)device_alloc(8));
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}
END_TEST

static _Atomic(int) coming_and_going;

static void *come_and_go(void *argument)
{
    (void)argument;
    for (int i = 0; i < 4; i++) {
        sil_stream *own;
        OK(sil_stream_create(device, 0, &own));
        uint64_t value = launch(own, i % 2 ? "k_spin" : "k_empty", 1, 1, NULL, 0);
        if (i % 2) {
            OK(sil_stream_abort(own));
            STATUS(sil_stream_query(own, value), SIL_ABORTED);
        }
        OK(sil_stream_destroy(own));
    }
    atomic_fetch_sub(&coming_and_going, 1);
    return NULL;
}

/* A free waits for what runs on the device; a stream that ends and is gone meanwhile must not hold it. */
START_TEST(frees_beside_streams_that_go)
{
    enum { GOERS = 2 };
    for (unsigned round = 0; round < turns / 50; round++) {
        pthread_t goers[GOERS];
        atomic_store(&coming_and_going, GOERS);
        for (int i = 0; i < GOERS; i++)
            ck_assert_int_eq(pthread_create(&goers[i], NULL, come_and_go, NULL), 0);
        for (unsigned i = 0; atomic_load(&coming_and_going); i++) {
            uint64_t at;
            OK(sil_alloc(device, 4096, &at));
            if (i % 3 == 0) {
                sil_status status = sil_device_wait(device, i % 2 ? 1000000 : SIL_FOREVER);
                ck_assert(status == SIL_OK || status == SIL_TIMEOUT);
            }
            OK(sil_free(device, at));
        }
        for (int i = 0; i < GOERS; i++)
            pthread_join(goers[i], NULL);
        OK(sil_device_wait(device, SIL_FOREVER));
    }
}
END_TEST

int main(int argc, char **argv)
{
    if (argc > 1)
        seed = (unsigned)strtoul(argv[1], NULL, 10);
    if (argc > 2)
        turns = (unsigned)strtoul(argv[2], NULL, 10);
    Suite *suite = suite_create("engine stress");
    TCase *t = tcase_create("stress");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 100);
    tcase_add_test(t, random_work);
    tcase_add_test(t, aborts_while_submitting);
    tcase_add_test(t, faults_side_by_side);
    tcase_add_test(t, frees_beside_streams_that_go);
    suite_add_tcase(suite, t);
    return suite_run(suite);
}
