/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kernel that never ends, on every family, as a program of Tenon's meets it: who waits with a deadline is told which kernel
 * it is, other streams and devices go on, closing ends, and where the chip has a watchdog the launch fails with its place.
 */
#include <sys/wait.h>
#include <time.h>

#include "tests/unit/runtime/common.h"
#include "tests/unit/suite.h"

static const struct family {
    const char *driver, *simulate;
    int64_t timeout_code; /* of the vendor's, for a kernel that ran too long */
    bool can_abort;
} families[] = {
    { "cuda", "a100:2", 702, false },
    { "cuda", "s5000:2", 702, false },
    { "hip", "bw1000:2", 702, false },
    { "ascend", "ascend910b:2", 507034, true },
};
enum { FAMILIES = sizeof families / sizeof *families };

struct scene {
    const struct family *family;
    tn_runtime runtime;
    tn_device device, other;
    tn_stream stream, beside, elsewhere;
    tn_address memory, far;
    tn_kernel forever;
    tn_point hung, behind;
};

static void work_on(tn_stream stream, tn_address memory)
{
    uint32_t word = 0;
    OK(tn_fill(stream, memory, 0x1234567, 4, 16, NULL));
    OK(tn_memory_read(stream, &word, memory + 60, sizeof word));
    ck_assert_uint_eq(word, 0x1234567);
}

static tn_kernel load_forever(tn_device device)
{
    tn_module module;
    OK(tn_module_load_file(device, built("lib/tenon/kernels/cts.tnb"), NULL, &module));
    return kernel_of(module, "cts_forever");
}

static void launch_forever(struct scene *s)
{
    tn_launch launch = shape(1, 1);
    tn_arg args[] = { TN_ARG(s->memory) };
    OK(tn_fill(s->stream, s->memory, 0, 4, 16, NULL));
    OK(tn_stream_wait(s->stream, TN_FOREVER));
    OK(tn_kernel_launch(s->stream, s->forever, &launch, args, 1, &s->hung));
    OK(tn_fill(s->stream, s->memory, 1, 4, 16, &s->behind));
}

static struct scene begin(int family, const char *requests)
{
    struct scene s = { .family = &families[family] };
    tn_options options = TN_OPTIONS_INIT;
    options.simulate = s.family->simulate;
    options.only = s.family->driver;
    options.flags = TN_OPTION_NO_HARDWARE;
    if (requests)
        setenv("TENON_SIM_FAULTS", requests, 1);
    OK(tn_open(&options, &s.runtime));
    s.device = device_at(s.runtime, 0);
    s.other = device_at(s.runtime, 1);
    s.stream = stream_on(s.device);
    s.beside = stream_on(s.device);
    s.elsewhere = stream_on(s.other);
    OK(tn_memory_alloc(s.device, 4096, &s.memory));
    OK(tn_memory_alloc(s.other, 4096, &s.far));
    s.forever = load_forever(s.device);
    launch_forever(&s);
    return s;
}

START_TEST(who_waits_is_told_the_kernel)
{
    struct scene s = begin(_i, NULL);
    FAILS(TN_TIMEOUT, "kernel cts_forever", tn_point_wait(s.hung, 20 * MS));
    FAILS(TN_TIMEOUT, "made by tn_kernel_launch", tn_stream_wait(s.stream, 20 * MS));
    FAILS(TN_NOT_READY, "", tn_point_wait(s.behind, 0));
    work_on(s.beside, s.memory + 1024);
    work_on(s.elsewhere, s.far);
    OK(tn_device_health(s.device));
    if (s.family->can_abort) { /* ACL can abort */
        OK(tn_stream_abort(s.stream));
        FAILS(TN_ABORTED, "cts_forever", tn_point_wait(s.hung, 0));
        work_on(s.stream, s.memory);
        OK(tn_close(s.runtime, TN_FOREVER));
        return;
    }
    FAILS(TN_UNSUPPORTED, "cannot abort", tn_stream_abort(s.stream));
    FAILS(TN_TIMEOUT, "kernel cts_forever", tn_close(s.runtime, 20 * MS));
}
END_TEST

/* The process ends as any process does, with the status that it gave. */
START_TEST(a_process_may_exit_meanwhile)
{
    int status = 1;
    pid_t child = fork();
    if (child == 0) {
        alarm(60);
        struct scene s = begin(_i, NULL);
        FAILS(TN_TIMEOUT, "", tn_point_wait(s.hung, 20 * MS));
#ifdef TN_SAN_address
        _exit(7); /* who exits meanwhile gives nothing back, which is what the sanitizer would tell */
#endif
        exit(7);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 7, "wait status 0x%x", status);
}
END_TEST

static void check_failure(struct scene *s)
{
    tn_error error = { .size = sizeof error };
    FAILS(TN_FAULT, "cts_forever", tn_point_wait(s->hung, TN_FOREVER));
    ck_assert(tn_error_take(&error));
    ck_assert_msg(strstr(error.message, "watchdog's 300 ms"), "%s", error.message);
    ck_assert_msg(strstr(error.message, "block (0, 0, 0)"), "%s", error.message);
    ck_assert_msg(strstr(error.message, "kernels.cu"), "%s", error.message);
    ck_assert_int_eq(error.vendor_code, s->family->timeout_code);
    ck_assert_uint_eq(error.device, s->device.bits);
    ck_assert_uint_eq(error.stream, s->stream.bits);
}

START_TEST(a_watchdog_ends_it)
{
    struct scene s = begin(_i, "watchdog=300,device=0");
    tn_status behind = TN_OK;
    check_failure(&s);
    behind = tn_point_wait(s.behind, TN_FOREVER);
    ck_assert_msg(behind == TN_POISONED || behind == TN_FAULT, "%s", tn_status_name(behind));
    work_on(s.elsewhere, s.far);
    OK(tn_device_health(s.other));
    FAILS(TN_POISONED, "cts_forever", tn_device_health(s.device));
    OK(tn_device_recover(s.device));
    s.stream = stream_on(s.device);
    OK(tn_memory_alloc(s.device, 4096, &s.memory));
    work_on(s.stream, s.memory);
    s.forever = load_forever(s.device); /* and once more, with nobody in the wait at first */
    launch_forever(&s);
    struct timespec nap = { 0, 600000000 };
    nanosleep(&nap, NULL);
    check_failure(&s);
    OK(tn_close(s.runtime, TN_FOREVER));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hang");
    TCase *tcase = tcase_create("kernels that never end");
    tcase_set_timeout(tcase, 100);
    tcase_add_loop_test(tcase, who_waits_is_told_the_kernel, 0, FAMILIES);
    tcase_add_loop_test(tcase, a_process_may_exit_meanwhile, 0, FAMILIES);
    tcase_add_loop_test(tcase, a_watchdog_ends_it, 0, FAMILIES);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
