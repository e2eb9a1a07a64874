/* SPDX-License-Identifier: Apache-2.0 */
/* Streams, events, callbacks, failures and deadlines. */
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/sim_ascend/test_acl.h"

static void launch_spin(aclrtFuncHandle spin, uint32_t ms, aclrtStream stream)
{
    OK(aclrtLaunchKernelWithHostArgs, spin, 1, stream, NULL, &ms, 4, NULL, 0);
}

START_TEST(handles_end_with_their_objects)
{
    aclrtStream stream, other;
    aclrtEvent event;
    aclrtStreamStatus status;
    start();
    OK(aclrtCreateStream, &stream);
    OK(aclrtCreateEvent, &event);
    OK(aclrtDestroyStream, stream);
    REFUSED(ACL_ERROR_RT_INVALID_HANDLE, aclrtDestroyStream, stream);
    OK(aclrtCreateStream, &other);
    ck_assert_ptr_ne(stream, other);
    REFUSED(ACL_ERROR_RT_INVALID_HANDLE, aclrtStreamQuery, stream, &status);
    OK(aclrtDestroyEvent, event);
    REFUSED(ACL_ERROR_RT_INVALID_HANDLE, aclrtDestroyEvent, event);
    REFUSED(ACL_ERROR_RT_INVALID_HANDLE, aclrtRecordEvent, event, other);
    for (int i = 0; i < 3; i++) {
        REFUSED(ACL_ERROR_RT_INVALID_HANDLE, aclrtSynchronizeStream, garbage[i]);
        REFUSED(ACL_ERROR_RT_INVALID_HANDLE, aclrtRecordEvent, garbage[i], other);
        REFUSED(ACL_ERROR_RT_INVALID_HANDLE, aclrtSynchronizeEvent, garbage[i]);
    }
    REFUSED(ACL_ERROR_RT_INVALID_HANDLE, aclrtRecordEvent, other, other); /* a stream is no event */
    REFUSED(ACL_ERROR_INVALID_PARAM, aclrtDestroyStream, NULL);
    OK(aclrtSynchronizeStream, NULL); /* the default stream */
}
END_TEST

START_TEST(events_order_streams)
{
    aclrtStream a, b;
    aclrtEvent event;
    aclrtEventRecordedStatus recorded = 9;
    aclrtEventStatus old = 9;
    start();
    void *data = device_words(4, 1), *gate = device_words(2, 0);
    uint32_t back = 0;
    aclrtStream opener;
    OK(aclrtCreateStream, &a);
    OK(aclrtCreateStream, &b);
    OK(aclrtCreateStream, &opener);
    OK(aclrtCreateEvent, &event);
    OK(aclrtQueryEventStatus, event, &recorded);
    ck_assert_int_eq(recorded, ACL_EVENT_RECORDED_STATUS_NOT_READY);
    OK(aclrtValueWait, gate, 1, 0, a);
    OK(aclrtMemsetD32Async, data, 16, 2, 4, a);
    OK(aclrtRecordEvent, event, a);
    OK(aclrtQueryEventStatus, event, &recorded);
    ck_assert_int_eq(recorded, ACL_EVENT_RECORDED_STATUS_NOT_READY);
    OK(aclrtStreamWaitEvent, b, event);
    OK(aclrtValueWrite, gate, 1, 0, opener);
    OK(aclrtMemcpyAsync, &back, 4, data, 4, ACL_MEMCPY_DEVICE_TO_HOST, b);
    OK(aclrtSynchronizeStream, b);
    ck_assert_uint_eq(back, 2);
    OK(aclrtQueryEventStatus, event, &recorded);
    ck_assert_int_eq(recorded, ACL_EVENT_RECORDED_STATUS_COMPLETE);
    OK(aclrtQueryEvent, event, &old);
    ck_assert_int_eq(old, ACL_EVENT_STATUS_COMPLETE);
    OK(aclrtSynchronizeEvent, event);
}
END_TEST

START_TEST(events_of_the_ex_form)
{
    aclrtEvent sync, time;
    aclrtEventRecordedStatus recorded = 9;
    aclrtEventStatus old;
    aclrtEventWaitStatus wait;
    start();
    OK(aclrtCreateEventExWithFlag, &sync, ACL_EVENT_SYNC);
    OK(aclrtCreateEventExWithFlag, &time, ACL_EVENT_TIME_LINE);
    OK(aclrtQueryEventStatus, sync, &recorded); /* no record: no tasks, so complete */
    ck_assert_int_eq(recorded, ACL_EVENT_RECORDED_STATUS_COMPLETE);
    OK(aclrtSynchronizeEvent, sync);
    REFUSED(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, aclrtResetEvent, sync, NULL);
    REFUSED(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, aclrtQueryEvent, sync, &old);
    REFUSED(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, aclrtQueryEventWaitStatus, sync, &wait);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtStreamWaitEvent, NULL, time);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtCreateEventExWithFlag, &sync, 0);
    REFUSED(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, aclrtCreateEventExWithFlag, &sync, ACL_EVENT_IPC);
}
END_TEST

START_TEST(elapsed_time)
{
    aclrtStream stream;
    aclrtEvent from, to, plain;
    float ms = -1;
    uint64_t us = 0;
    start();
    aclrtFuncHandle spin = find_kernel(load_image(), "spin");
    OK(aclrtCreateStream, &stream);
    OK(aclrtCreateEvent, &from);
    OK(aclrtCreateEventExWithFlag, &to, ACL_EVENT_TIME_LINE);
    OK(aclrtCreateEventExWithFlag, &plain, ACL_EVENT_SYNC);
    REFUSED(ACL_ERROR_RT_EVENT_TIMESTAMP_INVALID, aclrtEventElapsedTime, &ms, from, to);
    OK(aclrtRecordEvent, from, stream);
    launch_spin(spin, 30, stream);
    OK(aclrtRecordEvent, to, stream);
    OK(aclrtRecordEvent, plain, stream);
    OK(aclrtSynchronizeStream, stream);
    OK(aclrtEventElapsedTime, &ms, from, to);
    ck_assert(ms >= 29.0f && ms < 5000.0f);
    REFUSED(ACL_ERROR_RT_EVENT_TIMESTAMP_REVERSAL, aclrtEventElapsedTime, &ms, to, from);
    REFUSED(ACL_ERROR_RT_EVENT_TIMESTAMP_INVALID, aclrtEventElapsedTime, &ms, from, plain);
    OK(aclrtEventGetTimestamp, to, &us);
    ck_assert_uint_gt(us, 0);
}
END_TEST

START_TEST(events_may_die_before_their_time)
{
    aclrtStream stream;
    start();
    aclrtFuncHandle spin = find_kernel(load_image(), "spin");
    OK(aclrtCreateStream, &stream);
    for (int i = 0; i < 200; i++) {
        aclrtEvent event;
        OK(aclrtCreateEvent, &event);
        if (i % 50 == 0)
            launch_spin(spin, 2, stream);
        OK(aclrtRecordEvent, event, stream);
        OK(aclrtRecordEvent, event, stream);
        OK(aclrtDestroyEvent, event);
    }
    OK(aclrtSynchronizeStream, stream);
}
END_TEST

START_TEST(deadlines)
{
    aclrtStream stream;
    aclrtEvent event;
    start();
    void *gate = device_words(2, 0);
    aclrtStream opener;
    OK(aclrtCreateStream, &opener);
    OK(aclrtCreateStream, &stream);
    OK(aclrtCreateEvent, &event);
    OK(aclrtValueWait, gate, 1, 0, stream);
    OK(aclrtRecordEvent, event, stream);
    REFUSED(ACL_ERROR_RT_STREAM_SYNC_TIMEOUT, aclrtSynchronizeStreamWithTimeout, stream, 20);
    REFUSED(ACL_ERROR_RT_EVENT_SYNC_TIMEOUT, aclrtSynchronizeEventWithTimeout, event, 20);
    REFUSED(ACL_ERROR_RT_STREAM_SYNC_TIMEOUT, aclrtSynchronizeDeviceWithTimeout, 20);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtSynchronizeStreamWithTimeout, stream, 0);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtSynchronizeStreamWithTimeout, stream, -2);
    OK(aclrtValueWrite, gate, 1, 0, opener);
    OK(aclrtSynchronizeStreamWithTimeout, stream, 20000);
    OK(aclrtSynchronizeEventWithTimeout, event, -1);
}
END_TEST

START_TEST(a_stream_can_be_aborted)
{
    aclrtStream stream, other;
    start();
    aclrtBinHandle image = load_image();
    void *word = device_words(1, 0), *data = device_words(1, 1);
    OK(aclrtCreateStream, &stream);
    OK(aclrtCreateStream, &other);
    OK(aclrtLaunchKernelWithHostArgs, find_kernel(image, "forever"), 1, stream, NULL, &word, 8, NULL, 0);
    OK(aclrtMemsetD32Async, data, 4, 2, 1, stream);
    usleep(20000);
    OK(aclrtStreamAbort, stream);
    REFUSED(ACL_ERROR_RT_STREAM_ABORT, aclrtSynchronizeStream, stream);
    OK(aclrtSynchronizeStream, stream);             /* told once */
    ck_assert_uint_eq(device_word(data, 0), 1);     /* what waited was dropped */
    OK(aclrtMemsetD32Async, data, 4, 3, 1, stream); /* and the stream goes on */
    OK(aclrtSynchronizeStream, stream);
    ck_assert_uint_eq(device_word(data, 0), 3);
    OK(aclrtSynchronizeStream, other);
}
END_TEST

START_TEST(a_kernel_has_a_time_limit)
{
    aclrtStream stream;
    uint32_t ms = 0;
    start();
    aclrtBinHandle image = load_image();
    void *word = device_words(1, 0);
    OK(aclrtCreateStream, &stream);
    OK(aclrtGetOpExecuteTimeout, &ms);
    ck_assert_uint_eq(ms, 1091000);
    OK(aclrtSetOpExecuteTimeOutWithMs, 100);
    OK(aclrtLaunchKernelWithHostArgs, find_kernel(image, "forever"), 1, stream, NULL, &word, 8, NULL, 0);
    REFUSED(ACL_ERROR_RT_VECTOR_CORE_TIMEOUT, aclrtSynchronizeStream, stream);
    OK(aclrtSynchronizeStream, stream);
}
END_TEST

static void launch_bad(aclrtBinHandle image, aclrtStream stream)
{
    void *nowhere = (void *)16;
    OK(aclrtLaunchKernelWithHostArgs, find_kernel(image, "bad"), 1, stream, NULL, &nowhere, 8, NULL, 0);
}

START_TEST(a_fault_is_told_once_and_the_stream_goes_on)
{
    aclrtStream stream, other;
    start();
    aclrtBinHandle image = load_image();
    void *data = device_words(1, 1);
    OK(aclrtCreateStream, &stream);
    OK(aclrtCreateStream, &other);
    launch_bad(image, stream);
    ck_assert_int_eq(ACL(aclrtSynchronizeStream)(stream), ACL_ERROR_RT_VECTOR_CORE_EXCEPTION);
    ck_assert_ptr_nonnull(strstr(ACL(aclGetRecentErrMsg)(), "bad"));
    OK(aclrtSynchronizeStream, stream);
    OK(aclrtMemsetD32Async, data, 4, 2, 1, stream);
    OK(aclrtSynchronizeStream, stream);
    ck_assert_uint_eq(device_word(data, 0), 2);
    OK(aclrtSynchronizeStream, other);
}
END_TEST

/* The default mode: what stands behind a failed task runs, in its stream and in one that waits for it. */
START_TEST(the_continue_mode_runs_what_stands_behind)
{
    aclrtStream stream, other;
    aclrtEvent event;
    aclrtStreamAttrValue mode;
    start();
    aclrtBinHandle image = load_image();
    void *data = device_words(3, 1);
    OK(aclrtCreateStream, &stream);
    OK(aclrtCreateStream, &other);
    OK(aclrtCreateEventExWithFlag, &event, ACL_EVENT_SYNC);
    OK(aclrtGetStreamAttribute, stream, ACL_STREAM_ATTR_FAILURE_MODE, &mode);
    ck_assert_uint_eq(mode.failureMode, ACL_CONTINUE_ON_FAILURE);
    launch_bad(image, stream);
    OK(aclrtRecordEvent, event, stream);
    OK(aclrtMemsetD32Async, data, 4, 2, 1, stream);
    OK(aclrtStreamWaitEvent, other, event);
    OK(aclrtMemsetD32Async, (char *)data + 4, 4, 3, 1, other);
    OK(aclrtSynchronizeStream, other);
    launch_bad(image, stream); /* two failures, told by one wait */
    OK(aclrtMemsetD32Async, (char *)data + 8, 4, 4, 1, stream);
    REFUSED(ACL_ERROR_RT_VECTOR_CORE_EXCEPTION, aclrtSynchronizeStream, stream);
    for (uint32_t i = 0; i < 3; i++)
        ck_assert_uint_eq(device_word(data, i), 2 + i);
    OK(aclrtSynchronizeStream, stream);
    launch_bad(image, stream);
    REFUSED(ACL_ERROR_RT_VECTOR_CORE_EXCEPTION, aclrtSynchronizeStream, stream);
    OK(aclrtSynchronizeStream, stream);
}
END_TEST

START_TEST(the_stop_mode_drops_what_stands_behind)
{
    aclrtStream stream;
    start();
    aclrtBinHandle image = load_image();
    void *data = device_words(1, 1);
    OK(aclrtCreateStream, &stream);
    OK(aclrtSetStreamFailureMode, stream, ACL_STOP_ON_FAILURE);
    launch_bad(image, stream);
    OK(aclrtMemsetD32Async, data, 4, 2, 1, stream);
    REFUSED(ACL_ERROR_RT_VECTOR_CORE_EXCEPTION, aclrtSynchronizeStream, stream);
    ck_assert_uint_eq(device_word(data, 0), 1);
    OK(aclrtDestroyStreamForce, stream);
}
END_TEST

START_TEST(the_stop_mode_stops_the_context)
{
    aclrtStream stream, other;
    start();
    aclrtBinHandle image = load_image();
    OK(aclrtCreateStream, &stream);
    OK(aclrtCreateStream, &other);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtSetStreamFailureMode, stream, 2);
    OK(aclrtSetStreamFailureMode, stream, ACL_STOP_ON_FAILURE);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtSetStreamFailureMode, stream, ACL_STOP_ON_FAILURE);
    void *data = device_words(1, 1);
    launch_bad(image, stream);
    REFUSED(ACL_ERROR_RT_VECTOR_CORE_EXCEPTION, aclrtSynchronizeStream, stream);
    REFUSED(ACL_ERROR_RT_VECTOR_CORE_EXCEPTION, aclrtSynchronizeStream, stream);
    REFUSED(ACL_ERROR_RT_VECTOR_CORE_EXCEPTION, aclrtMemsetD32Async, data, 4, 2, 1, other);
    REFUSED(ACL_ERROR_RT_VECTOR_CORE_EXCEPTION, aclrtSynchronizeStream, other);
    ck_assert_uint_eq(device_word(data, 0), 1); /* copies at once still work */
    OK(aclrtDestroyStream, other);
    OK(aclrtDestroyStreamForce, stream);
    OK(aclrtSetDevice, 1); /* another device is not concerned */
    ck_assert_uint_eq(device_word(device_words(1, 4), 0), 4);
}
END_TEST

static void add_one(void *counter)
{
    ++*(int *)counter;
}

START_TEST(host_functions_run_in_the_stream)
{
    aclrtStream stream;
    int counter = 0;
    start();
    OK(aclrtCreateStream, &stream);
    for (int i = 0; i < 10; i++)
        OK(aclrtLaunchHostFunc, stream, add_one, &counter);
    OK(aclrtSynchronizeStream, stream);
    ck_assert_int_eq(counter, 10);
    REFUSED(ACL_ERROR_INVALID_PARAM, aclrtLaunchHostFunc, stream, NULL, NULL);
}
END_TEST

/* A thread of the program's that does what streams leave to it, by either set of calls. */
struct poller {
    aclError (*process)(int32_t timeout);
    aclrtContext context;
    pthread_t thread;
    pthread_t ran_on;
    int stop, count;
};

static void note_thread(void *argument)
{
    struct poller *p = argument;
    p->ran_on = pthread_self();
    p->count++;
}

static void *poll(void *argument)
{
    struct poller *p = argument;
    OK(aclrtSetCurrentContext, p->context);
    while (!__atomic_load_n(&p->stop, __ATOMIC_ACQUIRE))
        p->process(20);
    return NULL;
}

static void poller_start(struct poller *p)
{
    OK(aclrtGetCurrentContext, &p->context);
    ck_assert_int_eq(pthread_create(&p->thread, NULL, poll, p), 0);
}

static void poller_end(struct poller *p)
{
    __atomic_store_n(&p->stop, 1, __ATOMIC_RELEASE);
    pthread_join(p->thread, NULL);
}

START_TEST(callbacks_run_on_the_polling_thread)
{
    aclrtStream stream;
    start();
    struct poller p = { .process = ACL(aclrtProcessReport) };
    OK(aclrtCreateStream, &stream);
    REFUSED(ACL_ERROR_RT_STREAM_NO_CB_REG, aclrtLaunchCallback, note_thread, &p, ACL_CALLBACK_BLOCK, stream);
    poller_start(&p);
    OK(aclrtSubscribeReport, (uint64_t)p.thread, stream);
    REFUSED(ACL_ERROR_RT_STREAM_SUBSCRIBE, aclrtSubscribeReport, (uint64_t)p.thread, stream);
    OK(aclrtLaunchCallback, note_thread, &p, ACL_CALLBACK_BLOCK, stream);
    OK(aclrtLaunchCallback, note_thread, &p, ACL_CALLBACK_BLOCK, stream);
    OK(aclrtSynchronizeStream, stream);
    ck_assert_int_eq(p.count, 2);
    ck_assert(pthread_equal(p.ran_on, p.thread));
    OK(aclrtUnSubscribeReport, (uint64_t)p.thread, stream);
    poller_end(&p);
    REFUSED(ACL_ERROR_RT_REPORT_TIMEOUT, aclrtProcessReport, 10);
}
END_TEST

START_TEST(streams_are_limited)
{
    enum { MANY = 40000 };
    aclrtStream *streams = calloc(MANY, sizeof *streams);
    uint32_t left = 0, left_now = 0;
    int made = 0;
    aclError error = ACL_SUCCESS;
    start();
    OK(aclrtGetStreamAvailableNum, &left);
    while (made < 64 && (error = ACL(aclrtCreateStream)(&streams[made])) == ACL_SUCCESS)
        made++;
    ck_assert_int_eq(error, ACL_SUCCESS);
    OK(aclrtGetStreamAvailableNum, &left_now);
    ck_assert_uint_eq(left - left_now, 64);
    for (int i = 0; i < made; i++)
        OK(aclrtDestroyStream, streams[i]);
    OK(aclrtGetStreamAvailableNum, &left_now);
    ck_assert_uint_eq(left, left_now);
    free(streams);
}
END_TEST

START_TEST(stream_attributes)
{
    aclrtStream stream;
    aclrtStreamAttrValue value;
    uint32_t flags = 0, priority = 0;
    int32_t id = -1;
    start();
    OK(aclrtCreateStreamWithConfig, &stream, 3, ACL_STREAM_FAST_LAUNCH | ACL_STREAM_FAST_SYNC);
    OK(aclrtStreamGetFlags, stream, &flags);
    ck_assert_uint_eq(flags, 3);
    OK(aclrtStreamGetPriority, stream, &priority);
    ck_assert_uint_eq(priority, 3);
    OK(aclrtStreamGetId, stream, &id);
    memset(&value, 0, sizeof value);
    value.userCustomTag = 77;
    OK(aclrtSetStreamAttribute, stream, ACL_STREAM_ATTR_USER_CUSTOM_TAG, &value);
    memset(&value, 0, sizeof value);
    OK(aclrtGetStreamAttribute, stream, ACL_STREAM_ATTR_USER_CUSTOM_TAG, &value);
    ck_assert_uint_eq(value.userCustomTag, 77);
    REFUSED(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, aclrtGetStreamAttribute, stream, 99, &value);
    REFUSED(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, aclrtCreateStreamWithConfig, &stream, 0, ACL_STREAM_PERSISTENT);
}
END_TEST

START_TEST(notifications_may_be_waited_for_first)
{
    aclrtStream first, second;
    aclrtNotify notify;
    aclrtStreamStatus status = 9;
    uint32_t id = 99;
    start();
    void *data = device_words(2, 1);
    OK(aclrtCreateStream, &first);
    OK(aclrtCreateStream, &second);
    OK(aclrtCreateNotify, &notify, 0);
    OK(aclrtGetNotifyId, notify, &id);
    for (int round = 0; round < 3; round++) {
        OK(aclrtWaitAndResetNotify, notify, first, 0);
        OK(aclrtMemsetD32Async, data, 8, (uint32_t)round + 2, 2, first);
        OK(aclrtStreamQuery, first, &status);
        ck_assert_int_eq(status, ACL_STREAM_STATUS_NOT_READY);
        OK(aclrtRecordNotify, notify, second);
        OK(aclrtSynchronizeStream, first);
        ck_assert_uint_eq(device_word(data, 1), (uint32_t)round + 2);
    }
    OK(aclrtDestroyNotify, notify);
    REFUSED(ACL_ERROR_RT_INVALID_HANDLE, aclrtDestroyNotify, notify);
    for (int i = 0; i < 3; i++)
        REFUSED(ACL_ERROR_RT_INVALID_HANDLE, aclrtRecordNotify, garbage[i], first);
}
END_TEST

START_TEST(streams_from_a_configuration)
{
    aclrtStream stream;
    uint32_t flag = ACL_STREAM_FAST_SYNC, priority = 4, back = 0;
    start();
    aclrtStreamConfigHandle *config = ACL(aclrtCreateStreamConfigHandle)();
    ck_assert_ptr_nonnull(config);
    OK(aclrtSetStreamConfigOpt, config, 2, &flag, sizeof flag);
    OK(aclrtSetStreamConfigOpt, config, 3, &priority, sizeof priority);
    REFUSED(ACL_ERROR_INVALID_PARAM, aclrtSetStreamConfigOpt, config, 9, &flag, sizeof flag);
    OK(aclrtCreateStreamV2, &stream, config);
    OK(aclrtStreamGetFlags, stream, &back);
    ck_assert_uint_eq(back, flag);
    OK(aclrtStreamGetPriority, stream, &back);
    ck_assert_uint_eq(back, priority);
    OK(aclrtDestroyStreamConfigHandle, config);
    REFUSED(ACL_ERROR_INVALID_PARAM, aclrtDestroyStreamConfigHandle, config);
    REFUSED(ACL_ERROR_INVALID_PARAM, aclrtCreateStreamV2, &stream, config);
}
END_TEST

START_TEST(host_functions_on_a_thread_of_the_programs)
{
    aclrtStream stream;
    start();
    struct poller p = { .process = ACL(aclrtProcessHostFunc) };
    OK(aclrtCreateStream, &stream);
    poller_start(&p);
    OK(aclrtSubscribeHostFunc, (uint64_t)p.thread, stream);
    OK(aclrtLaunchHostFunc, stream, note_thread, &p);
    OK(aclrtSynchronizeStream, stream);
    ck_assert(pthread_equal(p.ran_on, p.thread));
    OK(aclrtUnSubscribeHostFunc, (uint64_t)p.thread, stream);
    REFUSED(ACL_ERROR_RT_THREAD_SUBSCRIBE, aclrtUnSubscribeHostFunc, (uint64_t)p.thread, stream);
    poller_end(&p);
}
END_TEST

static int streams_seen, devices_seen;
static uint32_t failure_code;

static void see_stream(aclrtStream stream, int32_t state, void *argument)
{
    ck_assert_ptr_nonnull(stream);
    streams_seen += state == 1 ? 1 : 100;
    ck_assert_ptr_eq(argument, &streams_seen);
}

static void see_device(int32_t device, int32_t state, void *argument)
{
    ck_assert_int_eq(device, 1);
    devices_seen = devices_seen * 10 + state + 1;
    ck_assert_ptr_null(argument);
}

static void see_failure(aclrtExceptionInfo *info)
{
    failure_code = ACL(aclrtGetErrorCodeFromExceptionInfo)(info);
    ck_assert_uint_eq(ACL(aclrtGetDeviceIdFromExceptionInfo)(info), 0);
}

START_TEST(programs_are_told)
{
    aclrtStream stream;
    start();
    OK(aclrtRegStreamStateCallback, "one", see_stream, &streams_seen);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtRegStreamStateCallback, "one", see_stream, NULL);
    OK(aclrtCreateStream, &stream);
    ck_assert_int_eq(streams_seen, 1);
    OK(aclrtDestroyStream, stream);
    ck_assert_int_eq(streams_seen, 101);
    OK(aclrtRegStreamStateCallback, "one", NULL, NULL);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtRegStreamStateCallback, "one", NULL, NULL);
    OK(aclrtCreateStream, &stream);
    ck_assert_int_eq(streams_seen, 101);
    OK(aclrtSetExceptionInfoCallback, see_failure);
    launch_bad(load_image(), stream);
    ck_assert_int_eq(ACL(aclrtSynchronizeStream)(stream), ACL_ERROR_RT_VECTOR_CORE_EXCEPTION);
    ck_assert_uint_eq(failure_code, ACL_ERROR_RT_VECTOR_CORE_EXCEPTION);
    OK(aclrtRegDeviceStateCallback, "two", see_device, NULL);
    OK(aclrtSetDevice, 1);
    OK(aclrtResetDevice, 1);
    ck_assert_int_eq(devices_seen, 1234);
}
END_TEST

Suite *stream_suite(void)
{
    Suite *suite = suite_create("streams");
    TCase *tc = tcase_create("streams");
    tcase_set_timeout(tc, 30);
    tcase_add_test(tc, handles_end_with_their_objects);
    tcase_add_test(tc, events_order_streams);
    tcase_add_test(tc, events_of_the_ex_form);
    tcase_add_test(tc, elapsed_time);
    tcase_add_test(tc, events_may_die_before_their_time);
    tcase_add_test(tc, deadlines);
    tcase_add_test(tc, a_stream_can_be_aborted);
    tcase_add_test(tc, a_kernel_has_a_time_limit);
    tcase_add_test(tc, a_fault_is_told_once_and_the_stream_goes_on);
    tcase_add_test(tc, the_continue_mode_runs_what_stands_behind);
    tcase_add_test(tc, the_stop_mode_drops_what_stands_behind);
    tcase_add_test(tc, the_stop_mode_stops_the_context);
    tcase_add_test(tc, host_functions_run_in_the_stream);
    tcase_add_test(tc, callbacks_run_on_the_polling_thread);
    tcase_add_test(tc, streams_are_limited);
    tcase_add_test(tc, stream_attributes);
    tcase_add_test(tc, notifications_may_be_waited_for_first);
    tcase_add_test(tc, streams_from_a_configuration);
    tcase_add_test(tc, programs_are_told);
    tcase_add_test(tc, host_functions_on_a_thread_of_the_programs);
    suite_add_tcase(suite, tc);
    return suite;
}
