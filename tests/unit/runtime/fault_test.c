/* SPDX-License-Identifier: Apache-2.0 */
/* fault_test.c - failures by fault domain: what is poisoned, what goes on, what is told, and what brings it back. */
#include "tests/unit/runtime/common.h"

static tn_runtime runtime;
static tn_device device, other;
static tn_stream s, t, u;   /* two on a device, one on the other */
static tn_address a, b;
static tn_error error;

static void setup(uint32_t flags, int domain, int tell)
{
    runtime = open_mock(flags);
    device = device_at(runtime, 0);
    other = device_at(runtime, 1);
    s = stream_on(device);
    t = stream_on(device);
    u = stream_on(other);
    OK(tn_memory_alloc(device, 64, &a));
    OK(tn_memory_alloc(other, 64, &b));
    mock->domain = domain;
    mock->tell = tell;
    error = (tn_error){ .size = sizeof error };
}

static tn_point fill(tn_stream stream, tn_address address)
{
    tn_point point = { { 0 }, 0 };
    OK(tn_fill(stream, address, 1, 1, 64, &point));
    return point;
}

/* Submits to s: good, failing, behind; and gives the points. */
static void fail_second(tn_point p[3])
{
    mock->hold = 1;
    p[0] = fill(s, a);
    tn_module module = load_null_bundle(device);
    tn_kernel kernel = kernel_of(module, "fill_u32");
    uint32_t value = 1, n = 16;
    tn_arg args[] = { TN_ARG(a), TN_ARG(value), TN_ARG(n) };
    tn_launch launch = shape(1, 16);
    OK(tn_kernel_launch(s, kernel, &launch, args, 3, &p[1]));
    p[2] = fill(s, a);
    mock->fault_at = 2;
    mock->hold = 0;
}

START_TEST(test_stream_domain)
{
    tn_point p[3], q;
    setup(0, TN_DOMAIN_STREAM, 2);
    fail_second(p);
    FAILS(TN_FAULT, "fill_u32", tn_point_wait(p[1], TN_FOREVER));
    ck_assert(tn_error_take(&error));
    ck_assert_ptr_nonnull(strstr(error.message, "uint32_t * to: 8 bytes at 0"));
    ck_assert_ptr_nonnull(strstr(error.message, "submission 2"));
    ck_assert_ptr_nonnull(strstr(error.message, "an illegal address was read"));
    ck_assert_ptr_nonnull(strstr(error.message, "0xdead0"));
    ck_assert_ptr_nonnull(strstr(error.message, "device 0 (Mock 0)"));
    ck_assert_str_eq(error.function, "tn_kernel_launch");
    ck_assert_uint_eq(error.first_value, 2);
    ck_assert_uint_eq(error.last_value, 2);
    ck_assert_uint_eq(error.stream, s.bits);
    ck_assert_uint_eq(error.device, device.bits);
    ck_assert_uint_ne(error.kernel, 0);
    ck_assert_int_eq(error.vendor_code, 700);
    ck_assert_str_eq(error.vendor_name, "MOCK_ILLEGAL_ADDRESS");
    OK(tn_point_wait(p[0], 0));   /* before it */
    FAILS(TN_POISONED, "poisoned by", tn_point_wait(p[2], TN_FOREVER));
    FAILS(TN_POISONED, "fill_u32", tn_fill(s, a, 1, 1, 64, NULL));
    FAILS(TN_POISONED, "poisoned by", tn_stream_wait(s, TN_FOREVER));
    FAILS(TN_FAULT, "fill_u32", tn_point_wait(p[1], 0));
    /* outside */
    q = fill(t, a);
    OK(tn_point_wait(q, TN_FOREVER));
    q = fill(u, b);
    OK(tn_point_wait(q, TN_FOREVER));
    OK(tn_device_health(device));
    FAILS(TN_POISONED, "", tn_device_wait(device, TN_FOREVER));
    OK(tn_device_wait(other, TN_FOREVER));
    /* back again */
    OK(tn_stream_recover(s));
    q = fill(s, a);
    ck_assert_uint_eq(q.value, 4);
    OK(tn_point_wait(q, TN_FOREVER));
    OK(tn_point_wait(p[0], 0));
    FAILS(TN_FAULT, "fill_u32", tn_point_wait(p[1], 0));
    FAILS(TN_POISONED, "", tn_point_wait(p[2], 0));
    OK(tn_stream_recover(s));   /* there is nothing to clear */
    OK(tn_close(runtime, TN_FOREVER));
    ck_assert_int_eq(mock->live, 0);
}
END_TEST

/* With nothing before it that could have failed, the call is told what it did itself. */
START_TEST(test_at_once)
{
    uint32_t word = 0;
    setup(0, TN_DOMAIN_STREAM, 0);
    tn_point before = fill(s, a);
    OK(tn_point_wait(before, TN_FOREVER));
    mock->fault_now = TN_FAULT;
    FAILS(TN_FAULT, "a submission failed on device 0 (Mock 0) as it was made: the copy broke",
          tn_memory_write(s, a, &word, sizeof word));
    ck_assert(tn_error_take(&error));
    ck_assert_str_eq(error.function, "tn_memory_write");
    ck_assert_uint_eq(error.first_value, 0);
    ck_assert_uint_eq(error.last_value, 0);
    ck_assert_uint_eq(error.stream, s.bits);
    FAILS(TN_POISONED, "poisoned by an earlier failure: a submission failed", tn_fill(s, a, 1, 1, 64, NULL));
    OK(tn_point_wait(before, 0));
    OK(tn_stream_recover(s));
    tn_point after = fill(s, a);
    OK(tn_point_wait(after, TN_FOREVER));
    ck_assert_uint_eq(after.value, before.value + 1);    /* what failed got no value */
    mock->fault_now = TN_DEVICE_LOST;
    FAILS(TN_DEVICE_LOST, "as it was made: the copy broke", tn_fill(t, a, 1, 1, 64, NULL));
    FAILS(TN_DEVICE_LOST, "", tn_device_health(device));
    FAILS(TN_DEVICE_LOST, "", tn_fill(s, a, 1, 1, 64, NULL));
    OK(tn_point_wait(fill(u, b), TN_FOREVER));
    OK(tn_close(runtime, TN_FOREVER));
    ck_assert_int_eq(mock->live, 0);
}
END_TEST

/* With something under way, it may have been that. */
START_TEST(test_heard_by_a_submission)
{
    setup(0, TN_DOMAIN_STREAM, 0);
    mock->hold = 1;
    tn_point before = fill(s, a);
    mock->fault_now = TN_FAULT;
    FAILS(TN_POISONED, "as submission 1 of its stream, made by tn_fill", tn_fill(s, a, 1, 1, 64, NULL));
    mock->hold = 0;
    FAILS(TN_FAULT, "", tn_point_wait(before, TN_FOREVER));
    OK(tn_close(runtime, TN_FOREVER));
}
END_TEST

START_TEST(test_window)
{
    tn_point p[3];
    setup(0, TN_DOMAIN_STREAM, 1);
    fail_second(p);
    FAILS(TN_FAULT, "one of submissions 1 to 2", tn_point_wait(p[1], TN_FOREVER));
    ck_assert(tn_error_take(&error));
    ck_assert_uint_eq(error.first_value, 1);
    ck_assert_uint_eq(error.last_value, 2);
    ck_assert_ptr_nonnull(strstr(error.message, "tn_fill"));
    ck_assert_ptr_nonnull(strstr(error.message, "fill_u32"));
    FAILS(TN_FAULT, "one of submissions", tn_point_wait(p[0], 0));
    FAILS(TN_POISONED, "", tn_point_wait(p[2], 0));
    OK(tn_close(runtime, TN_FOREVER));
}
END_TEST

START_TEST(test_nothing_known)
{
    tn_point p[3];
    setup(0, 0, 0);
    fail_second(p);
    FAILS(TN_FAULT, "one of submissions 1 to 3", tn_point_wait(p[2], TN_FOREVER));
    FAILS(TN_FAULT, "one of submissions 1 to 3", tn_point_wait(p[0], TN_FOREVER));
    OK(tn_device_health(device));   /* the device says that its domain is the stream */
    OK(tn_close(runtime, TN_FOREVER));
}
END_TEST

static void device_is_poisoned(void)
{
    tn_stream fresh;
    tn_address address;
    FAILS(TN_POISONED, "poisoned by", tn_device_health(device));
    FAILS(TN_POISONED, "fill_u32", tn_fill(t, a, 1, 1, 64, NULL));
    FAILS(TN_POISONED, "poisoned by", tn_stream_create(device, NULL, &fresh));
    FAILS(TN_POISONED, "poisoned by", tn_memory_alloc(device, 64, &address));
    FAILS(TN_UNSUPPORTED, "tn_device_recover", tn_stream_recover(s));
}

static void one_domain(int domain)
{
    tn_point p[3], early, late, q;
    setup(0, domain, 2);
    early = fill(t, a);
    OK(tn_point_wait(early, TN_FOREVER));
    mock->hold = 1;
    late = fill(t, a);
    fail_second(p);
    FAILS(TN_FAULT, "fill_u32", tn_point_wait(p[1], TN_FOREVER));
    OK(tn_point_wait(early, 0));
    FAILS(TN_POISONED, "poisoned by", tn_point_wait(late, TN_FOREVER));
    device_is_poisoned();
    q = fill(u, b);   /* the other device goes on */
    OK(tn_point_wait(q, TN_FOREVER));
    OK(tn_device_health(other));
    OK(tn_device_recover(device));
    OK(tn_device_health(device));
    FAILS(TN_BAD_HANDLE, "stale", tn_stream_wait(s, 0));
    FAILS(TN_BAD_ADDRESS, "", tn_memory_free(device, a));
    s = stream_on(device);
    OK(tn_memory_alloc(device, 64, &a));
    q = fill(s, a);
    OK(tn_point_wait(q, TN_FOREVER));
    OK(tn_close(runtime, TN_FOREVER));
    ck_assert_int_eq(mock->live, 0);
}

START_TEST(test_context_domain)
{
    one_domain(TN_DOMAIN_CONTEXT);
}
END_TEST

START_TEST(test_device_domain)
{
    one_domain(TN_DOMAIN_DEVICE);
}
END_TEST

START_TEST(test_process_domain)
{
    tn_point p[3];
    setup(0, TN_DOMAIN_PROCESS, 2);
    tn_options options = TN_OPTIONS_INIT;
    tn_runtime nulls = open_null(1, 0), more;
    tn_stream n = stream_on(device_at(nulls, 0));
    options.drivers = built("obj/tests/mock.so");
    options.only = "mock";
    OK(tn_open(&options, &more));
    tn_stream elsewhere = stream_on(device_at(more, 1));
    fail_second(p);
    FAILS(TN_FAULT, "fill_u32", tn_point_wait(p[1], TN_FOREVER));
    device_is_poisoned();
    FAILS(TN_POISONED, "poisoned by", tn_device_health(other));
    FAILS(TN_POISONED, "poisoned by", tn_fill(u, b, 1, 1, 64, NULL));
    FAILS(TN_POISONED, "poisoned by", tn_fill(elsewhere, b, 1, 1, 64, NULL));
    FAILS(TN_UNSUPPORTED, "new process", tn_device_recover(device));
    OK(tn_stream_wait(n, TN_FOREVER));   /* another driver's devices */
    OK(tn_close(runtime, TN_FOREVER));
    FAILS(TN_POISONED, "poisoned by",
          tn_fill(elsewhere, b, 1, 1, 64, NULL)); /* its reason outlives the other runtime */
    OK(tn_close(more, TN_FOREVER));
    OK(tn_close(nulls, TN_FOREVER));
}
END_TEST

START_TEST(test_no_recovery)
{
    tn_point p[3];
    setenv("MOCK", "no-recover", 1);
    setup(0, TN_DOMAIN_DEVICE, 2);
    fail_second(p);
    FAILS(TN_FAULT, "", tn_point_wait(p[1], TN_FOREVER));
    FAILS(TN_UNSUPPORTED, "new process", tn_device_recover(device));
    OK(tn_close(runtime, TN_FOREVER));
}
END_TEST

START_TEST(test_device_lost)
{
    tn_address address;
    tn_point q;
    setup(0, 0, 0);
    q = fill(s, a);
    OK(tn_point_wait(q, TN_FOREVER));
    mock->hold = 1;
    q = fill(s, a);
    mock->lost = 1;
    FAILS(TN_DEVICE_LOST, "gone", tn_memory_alloc(device, 10, &address));
    FAILS(TN_DEVICE_LOST, "gone", tn_device_health(device));
    FAILS(TN_DEVICE_LOST, "gone", tn_fill(s, a, 1, 1, 64, NULL));
    tn_status status = tn_point_wait(q, TN_FOREVER);
    ck_assert(status == TN_POISONED || status == TN_DEVICE_LOST);
    mock->lost = 0;
    mock->hold = 0;
    OK(tn_close(runtime, 100 * MS));
}
END_TEST

/* A failure travels along the points that a stream joined. */
START_TEST(test_failure_travels)
{
    tn_point p[3], q[2];
    setup(0, TN_DOMAIN_STREAM, 2);
    mock->fault_stream = 1;
    mock->hold = 1;
    q[0] = fill(t, a);
    fail_second(p);
    mock->hold = 1;
    OK(tn_stream_join(t, p[1]));
    q[1] = fill(t, a);
    mock->hold = 0;
    FAILS(TN_POISONED, "fill_u32", tn_point_wait(q[1], TN_FOREVER));
    OK(tn_point_wait(q[0], TN_FOREVER));
    FAILS(TN_POISONED, "poisoned by", tn_fill(t, a, 1, 1, 64, NULL));
    FAILS(TN_POISONED, "", tn_stream_join(u, p[1]));
    FAILS(TN_POISONED, "", tn_stream_join(u, p[2]));
    OK(tn_stream_join(u, p[0]));
    OK(tn_stream_recover(t));
    OK(tn_point_wait(fill(t, a), TN_FOREVER));
    OK(tn_close(runtime, TN_FOREVER));
}
END_TEST

/* ... but what was submitted before the join is not concerned, and is not done before it is done. */
START_TEST(test_failure_travels_forward_only)
{
    tn_point p[3], q[2];
    setup(0, TN_DOMAIN_STREAM, 2);
    mock->fault_stream = 1;
    mock->hold_stream = 2;
    q[0] = fill(t, a);
    fail_second(p);
    OK(tn_stream_join(t, p[1]));
    q[1] = fill(t, a);
    FAILS(TN_FAULT, "fill_u32", tn_point_wait(p[1], TN_FOREVER));
    FAILS(TN_NOT_READY, "", tn_point_wait(q[0], 0));
    FAILS(TN_NOT_READY, "", tn_point_wait(q[1], 0));
    FAILS(TN_TIMEOUT, "", tn_point_wait(q[1], 3 * MS));
    mock->hold_stream = 0;
    FAILS(TN_POISONED, "fill_u32", tn_point_wait(q[1], TN_FOREVER));
    OK(tn_point_wait(q[0], 0));
    OK(tn_close(runtime, TN_FOREVER));
    ck_assert_int_eq(mock->live, 0);
}
END_TEST

START_TEST(test_exact)
{
    tn_point q;
    setup(TN_OPTION_EXACT, TN_DOMAIN_STREAM, 0);
    q = fill(s, a);
    OK(tn_point_wait(q, 0));   /* it has ended when the call returns */
    mock->fault_at = 2;
    FAILS(TN_FAULT, "submission 2", tn_fill(s, a, 1, 1, 64, &q));   /* although the driver knows nothing */
    ck_assert(tn_error_take(&error));
    ck_assert_uint_eq(error.first_value, 2);
    ck_assert_uint_eq(error.last_value, 2);
    ck_assert_str_eq(error.function, "tn_fill");
    FAILS(TN_POISONED, "poisoned by", tn_fill(s, a, 1, 1, 64, &q));
    OK(tn_close(runtime, TN_FOREVER));
}
END_TEST

START_TEST(test_exact_by_environment)
{
    tn_point q;
    setenv("TENON_EXACT", "1", 1);
    setup(0, TN_DOMAIN_STREAM, 0);
    mock->fault_at = 1;
    FAILS(TN_FAULT, "submission 1", tn_fill(s, a, 1, 1, 64, &q));
    OK(tn_close(runtime, TN_FOREVER));
}
END_TEST

/* The record holds 256 submissions: what is older is still told, in general words. */
START_TEST(test_long_ago)
{
    tn_point last = { { 0 }, 0 };
    setup(0, TN_DOMAIN_STREAM, 2);
    mock->hold = 1;
    for (int i = 0; i < 600; i++)
        last = fill(s, a);
    mock->fault_at = 3;
    mock->hold = 0;
    FAILS(TN_POISONED, "poisoned by", tn_point_wait(last, TN_FOREVER));
    FAILS(TN_FAULT, "long ago", tn_point_wait((tn_point){ s, 3 }, 0));
    OK(tn_point_wait((tn_point){ s, 2 }, 0));
    OK(tn_close(runtime, TN_FOREVER));
}
END_TEST

RUN("fault", test_stream_domain, test_at_once, test_heard_by_a_submission, test_window, test_nothing_known, test_context_domain, test_device_domain,
    test_process_domain, test_no_recovery, test_device_lost, test_failure_travels, test_failure_travels_forward_only,
    test_exact, test_exact_by_environment, test_long_ago)
