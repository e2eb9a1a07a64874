/* SPDX-License-Identifier: Apache-2.0 */
/* The engine within a process: exit with work in flight, fork with a device open, signals, destruction, idling. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/engine/fixture.h"
#include "tests/unit/suite.h"

/* Runs `body` in a child and gives its exit status; a child that hangs is killed. */
static int in_child(void (*body)(void))
{
    int status = 0;
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        body();
        exit(0);
    }
    for (int i = 0; i < 1000; i++) {
        if (waitpid(child, &status, WNOHANG) == child)
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        sleep_us(10000);
    }
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    return -1;
}

static void leave_spinning(void)
{
    setup();
    for (int i = 0; i < 3; i++) {
        sil_stream *s;
        OK(sil_stream_create(device, 0, &s));
        launch(s, "k_spin", 4, 1, NULL, 0);
        launch(s, "k_empty", 4, 1, NULL, 0);
    }
    sleep_us(20000);
}

static void *helps_forever(void *argument)
{
    sil_stream_wait(stream, *(uint64_t *)argument, SIL_FOREVER);
    return NULL;
}

static void leave_a_helper(void)
{
    static uint64_t value;
    pthread_t thread;
    setup();
    value = launch(stream, "k_spin", 1, 1, NULL, 0);
    pthread_create(&thread, NULL, helps_forever, &value);
    sleep_us(20000);
}

static void leave_pending(void)
{
    setup();
    uint64_t word = device_alloc(8);
    OK(sil_submit_value_wait(stream, word, 1, 8, SIL_EQ, NULL));
    for (int i = 0; i < 100; i++)
        launch(stream, "k_empty", 1000, 1, NULL, 0);
}

START_TEST(exit_with_work_in_flight)
{
    static void (*const bodies[])(void) = { leave_spinning, leave_a_helper, leave_pending };
    ck_assert_int_eq(in_child(bodies[_i]), 0);
}
END_TEST

static void child_tries_everything(void)
{
    uint64_t at;
    sil_stream *s;
    sil_module *m;
    sil_device *d;
    sil_profile p = { 0 };
    sil_launch l = { { 1, 1, 1 }, { 1, 1, 1 }, 0, 0, NULL };
    sil_kernel *k;
    int bad = 0;
    bad |= sil_stream_create(device, 0, &s) != SIL_UNSUPPORTED;
    bad |= strstr(sil_last_message(), "fork") == NULL;
    bad |= sil_device_create(&p, 0, &d) != SIL_UNSUPPORTED;
    bad |= sil_alloc(device, 64, &at) != SIL_UNSUPPORTED;
    bad |= sil_module_load(device, "x", 1, &m) != SIL_UNSUPPORTED;
    bad |= sil_module_kernel(module, "k_empty", &k) != SIL_UNSUPPORTED;
    bad |= sil_submit_launch(stream, NULL, &l, NULL) != SIL_UNSUPPORTED;
    bad |= sil_stream_wait(stream, sil_stream_last(stream), SIL_FOREVER) != SIL_UNSUPPORTED;
    bad |= sil_stream_query(stream, 0) != SIL_UNSUPPORTED;
    bad |= sil_device_wait(device, SIL_FOREVER) != SIL_UNSUPPORTED;
    bad |= sil_device_reset(device) != SIL_UNSUPPORTED;
    bad |= sil_stream_abort(stream) != SIL_UNSUPPORTED;
    bad |= sil_stream_destroy(stream) != SIL_UNSUPPORTED;
    sil_device_destroy(device);
    _exit(bad ? 3 : 0);
}

START_TEST(fork_with_a_device_open)
{
    setup();
    launch(stream, "k_spin", 1, 1, NULL, 0);
    ck_assert_int_eq(in_child(child_tries_everything), 0);
    OK(sil_stream_abort(stream));
    wait_ok(stream, launch(stream, "k_empty", 1, 1, NULL, 0));
    teardown();
}
END_TEST

/* ------------------------------------------------------------------------------------------------------- */

static _Atomic(int) alarms;

static void on_alarm(int number)
{
    (void)number;
    atomic_fetch_add(&alarms, 1);
}

/* The program's own signals arrive in the middle of kernels and do no harm. */
START_TEST(signals_in_kernels)
{
    struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
    sigaction(SIGALRM, &action, NULL);
    setup();
    struct itimerval timer = { { 0, 500 }, { 0, 500 } };
    struct {
        uint64_t out, turns;
    } args = { device_alloc(2000 * 8), 3000 };
    struct itimerval off = { { 0, 0 }, { 0, 0 } };
    setitimer(ITIMER_REAL, &timer, NULL);
    for (int i = 0; i < 20; i++)
        wait_ok(stream, launch(stream, "k_work", 2000, 1, &args, sizeof args));
    setitimer(ITIMER_REAL, &off, NULL);
    ck_assert_int_gt(alarms, 0);
    teardown();
}
END_TEST

START_TEST(idle_costs_nothing)
{
    struct rusage before, after;
    setup();
    wait_ok(stream, launch(stream, "k_empty", 1, 1, NULL, 0));
    sleep_us(300000); /* a loaded machine takes its time to come to rest */
    getrusage(RUSAGE_SELF, &before);
    sleep_us(500000);
    getrusage(RUSAGE_SELF, &after);
    long us =
        (after.ru_utime.tv_sec - before.ru_utime.tv_sec + after.ru_stime.tv_sec - before.ru_stime.tv_sec) * 1000000 +
        after.ru_utime.tv_usec - before.ru_utime.tv_usec + after.ru_stime.tv_usec - before.ru_stime.tv_usec;
    ck_assert_int_lt(us, 50000);
    ck_assert_int_le(after.ru_nvcsw - before.ru_nvcsw, 20);
    teardown();
}
END_TEST

START_TEST(destroy_with_work_in_flight)
{
    for (int i = 0; i < 20; i++) {
        setup();
        sil_stream *other;
        OK(sil_stream_create(device, 0, &other));
        launch(stream, i % 2 ? "k_spin" : "k_empty", 10000, 1, NULL, 0);
        uint64_t value = launch(other, "k_empty", 1, 1, NULL, 0);
        OK(sil_submit_wait(stream, other, value, NULL));
        if (i % 3 == 0)
            sleep_us(3000);
        uint64_t start = now_ns();
        teardown();
        ck_assert_uint_lt(now_ns() - start, 5000000000u);
    }
}
END_TEST

START_TEST(devices_come_and_go)
{
    sil_profile profile;
    OK(sil_profile_load("bw1000", &profile));
    for (int round = 0; round < 30; round++) {
        sil_device *d[8];
        uint64_t at;
        for (uint32_t i = 0; i < 8; i++) {
            OK(sil_device_create(&profile, i, &d[i]));
            OK(sil_alloc(d[i], 1 << 20, &at));
        }
        for (uint32_t i = 0; i < 8; i++)
            sil_device_destroy(d[i]);
    }
    sil_device_destroy(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("engine process");
    TCase *t = tcase_create("process");
    tcase_set_timeout(t, 60);
    if (!UNDER_THREAD_SANITIZER) { /* which waits for threads at exit and has a thread of its own */
        tcase_add_loop_test(t, exit_with_work_in_flight, 0, 3);
        tcase_add_test(t, fork_with_a_device_open);
        tcase_add_test(t, idle_costs_nothing);
    }
    tcase_add_test(t, signals_in_kernels);
    tcase_add_test(t, destroy_with_work_in_flight);
    tcase_add_test(t, devices_come_and_go);
    suite_add_tcase(suite, t);
    return suite_run(suite);
}
