/* SPDX-License-Identifier: Apache-2.0 */
/* Faults on request: TENON_SIM_FAULTS. */
#include <stdlib.h>
#include <string.h>

#include "tenon/sim_image.h"
#include "tests/unit/engine/fixture.h"
#include "tests/unit/suite.h"

static void with_faults(const char *text)
{
    setenv("TENON_SIM_FAULTS", text, 1);
    setup();
    unsetenv("TENON_SIM_FAULTS");
}

START_TEST(requested_out_of_memory)
{
    uint64_t at;
    with_faults("seed=7,oom=3");
    OK(sil_alloc(device, 64, &at));
    OK(sil_alloc(device, 64, &at));
    STATUS(sil_alloc(device, 64, &at), SIL_OUT_OF_MEMORY);
    SAYS("TENON_SIM_FAULTS");
    OK(sil_alloc(device, 64, &at));
    teardown();
}
END_TEST

START_TEST(requested_memory_error)
{
    with_faults("ecc=2,ecc_corrected=1");
    wait_ok(stream, launch(stream, "k_empty", 1, 1, NULL, 0));
    ck_assert_uint_eq(sil_device_corrected_errors(device), 1);
    fails(stream, launch(stream, "k_empty", 1, 1, NULL, 0), SIL_FAULT_ECC_UNCORRECTED, "on request");
    teardown();
}
END_TEST

START_TEST(requested_hang)
{
    with_faults("hang=1");
    uint64_t value = launch(stream, "k_empty", 1, 1, NULL, 0);
    STATUS(sil_stream_wait(stream, value, 10000000), SIL_TIMEOUT);
    OK(sil_stream_abort(stream));
    STATUS(sil_stream_wait(stream, value, 0), SIL_ABORTED);
    wait_ok(stream, launch(stream, "k_empty", 1, 1, NULL, 0));
    teardown();
}
END_TEST

/* A kernel that never ends is taken out and told, whoever runs it; what is behind it has failed with it, other streams go on. */
START_TEST(requested_watchdog)
{
    sil_stream *other;
    with_faults("watchdog=150");
    OK(sil_stream_create(device, 0, &other));
    ck_assert_uint_eq(sil_watchdog_ns(0), 0); /* the variable is gone again: it counts at creation */
    uint64_t value = launch(stream, "k_spin", 2, 1, NULL, 0), behind = launch(stream, "k_empty", 1, 1, NULL, 0);
    sil_fault fault = fails(stream, value, SIL_FAULT_TIMEOUT, "watchdog's 150 ms");
    ck_assert_msg(strstr(fault.sentence, "kernel k_spin"), "%s", fault.sentence);
    ck_assert_str_eq(fault.kernel, "k_spin");
    STATUS(sil_stream_wait(stream, behind, SIL_FOREVER), SIL_FAULT);
    wait_ok(other, launch(other, "k_empty", 1, 1, NULL, 0));
    OK(sil_stream_clear_fault(stream));
    wait_ok(stream, launch(stream, "k_empty", 1, 1, NULL, 0));
    value = launch(stream, "k_spin", 1, 1, NULL, 0); /* this thread runs it itself */
    fails(stream, value, SIL_FAULT_TIMEOUT, "k_spin");
    OK(sil_stream_clear_fault(stream));
    wait_ok(stream, launch(stream, "k_empty", 1, 1, NULL, 0));
    sil_stream_destroy(other);
    teardown();
    with_faults("watchdog=3600000"); /* an abort is still an abort */
    value = launch(stream, "k_spin", 1, 1, NULL, 0);
    STATUS(sil_stream_wait(stream, value, 1000000), SIL_TIMEOUT);
    OK(sil_stream_abort(stream));
    STATUS(sil_stream_wait(stream, value, 0), SIL_ABORTED);
    teardown();
    with_faults("hang=1,watchdog=100");
    fails(stream, launch(stream, "k_empty", 1, 1, NULL, 0), SIL_FAULT_TIMEOUT, "watchdog");
    teardown();
    with_faults("watchdog=100,device=1"); /* this one is device 0 */
    value = launch(stream, "k_spin", 1, 1, NULL, 0);
    STATUS(sil_stream_wait(stream, value, 300000000), SIL_TIMEOUT);
    OK(sil_stream_abort(stream));
    teardown();
}
END_TEST

START_TEST(requested_loss)
{
    uint64_t at, value = 0;
    with_faults("lost=3");
    for (int i = 0; i < 2; i++)
        value = launch(stream, "k_empty", 1, 1, NULL, 0);
    wait_ok(stream, value);
    sil_launch l = { { 1, 1, 1 }, { 1, 1, 1 }, 0, 0, NULL };
    STATUS(sil_submit_launch(stream, kernel("k_empty"), &l, NULL), SIL_DEVICE_LOST);
    ck_assert(sil_device_lost(device));
    STATUS(sil_submit_launch(stream, kernel("k_empty"), &l, NULL), SIL_DEVICE_LOST);
    STATUS(sil_alloc(device, 64, &at), SIL_DEVICE_LOST);
    STATUS(sil_device_wait(device, SIL_FOREVER), SIL_DEVICE_LOST);
    OK(sil_device_reset(device));
    ck_assert(!sil_device_lost(device));
    OK(sil_alloc(device, 64, &at));
    teardown();
}
END_TEST

START_TEST(requested_copies)
{
    char host[4096] = "data";
    uint64_t at;
    with_faults("copyfail=2,copylate=1,late_us=30000");
    OK(sil_alloc(device, sizeof host, &at));
    uint64_t start = now_ns();
    OK(sil_submit_copy(stream, (void *)at, SIL_SIDE_DEVICE, host, SIL_SIDE_HOST, sizeof host, true, NULL));
    ck_assert_uint_ge(now_ns() - start, 30000000);
    STATUS(sil_submit_copy(stream, (void *)at, SIL_SIDE_DEVICE, host, SIL_SIDE_HOST, sizeof host, true, NULL),
           SIL_FAULT);
    teardown();
    with_faults("slowlink=1000000");
    OK(sil_alloc(device, sizeof host, &at));
    start = now_ns();
    OK(sil_submit_copy(stream, (void *)at, SIL_SIDE_DEVICE, host, SIL_SIDE_HOST, sizeof host, true, NULL));
    ck_assert_uint_ge(now_ns() - start, 4000000);
    teardown();
}
END_TEST

START_TEST(bad_requests)
{
    static const char *const bad[] = { "oom",     "oom=",     "oom=x",   "oom=1x",
                                       "quake=1", "oom=1,=2", "seed=-1", "oom=99999999999999999999" };
    sil_profile profile;
    sil_device *none;
    OK(sil_profile_load("a100", &profile));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        setenv("TENON_SIM_FAULTS", bad[i], 1);
        STATUS(sil_device_create(&profile, 0, &none), SIL_INVALID);
        SAYS("TENON_SIM_FAULTS");
    }
    /* "?" draws a number from the seed; another device is left alone */
    setenv("TENON_SIM_FAULTS", "seed=5,oom=?,device=1", 1);
    OK(sil_device_create(&profile, 0, &none));
    uint64_t at;
    for (int i = 0; i < 100; i++)
        OK(sil_alloc(none, 64, &at));
    sil_device_destroy(none);
    int failed[2] = { 0, 0 };
    for (int run = 0; run < 2; run++) {
        OK(sil_device_create(&profile, 1, &none));
        for (int i = 0; i < 100; i++) {
            if (sil_alloc(none, 64, &at) != SIL_OK)
                failed[run] = i + 1;
        }
        sil_device_destroy(none);
    }
    ck_assert_int_gt(failed[0], 0);
    ck_assert_int_eq(failed[0], failed[1]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("engine requests");
    TCase *t = tcase_create("requests"); /* each makes its own device */
    tcase_set_timeout(t, 30);
    tcase_add_test(t, requested_out_of_memory);
    tcase_add_test(t, requested_memory_error);
    tcase_add_test(t, requested_hang);
    tcase_add_test(t, requested_watchdog);
    tcase_add_test(t, requested_loss);
    tcase_add_test(t, requested_copies);
    tcase_add_test(t, bad_requests);
    suite_add_tcase(suite, t);
    return suite_run(suite);
}
