/* SPDX-License-Identifier: Apache-2.0 */
/* Recorded models: tasks of one stream and of several that join, replayed with data compared; and what a capture
 * forbids. */
#include <pthread.h>

#include "tests/unit/sim_ascend/test_acl.h"

enum { GLOBAL, THREAD_LOCAL, RELAXED };

static void add_one(void *counter)
{
    ++*(int *)counter;
}

START_TEST(a_stream_is_recorded_and_replayed)
{
    aclrtStream stream;
    aclmdlRI model = NULL, same = NULL;
    aclmdlRICaptureStatus status = 9;
    uint32_t *host = NULL;
    int calls = 0;
    start();
    aclrtBinHandle image = load_image();
    OK(aclrtCreateStream, &stream);
    OK(aclrtMallocHost, (void **)&host, 64);
    void *data = device_words(16, 1), *counter = NULL;
    OK(aclrtBinaryGetGlobal, image, "counter", &counter, NULL);
    host[0] = 50;
    OK(aclmdlRICaptureBegin, stream, RELAXED);
    OK(aclrtMemcpyAsync, data, 64, host, 4, ACL_MEMCPY_HOST_TO_DEVICE, stream);
    OK(aclrtMemsetD32Async, (char *)data + 4, 60, 7, 15, stream);
    OK(aclrtLaunchKernelWithHostArgs, find_kernel(image, "bump"), 1, stream, NULL, NULL, 0, NULL, 0);
    OK(aclrtLaunchHostFunc, stream, add_one, &calls);
    OK(aclrtMemcpyAsync, host + 8, 4, data, 4, ACL_MEMCPY_DEVICE_TO_HOST, stream);
    OK(aclmdlRICaptureGetInfo, stream, &status, &same);
    ck_assert_int_eq(status, ACL_MODEL_RI_CAPTURE_STATUS_ACTIVE);
    REFUSED(ACL_ERROR_RT_MODEL_CAPTURED, aclmdlRIExecuteAsync, same, NULL);
    REFUSED(ACL_ERROR_RT_MODEL_CAPTURED, aclmdlRIDestroy, same);
    OK(aclmdlRICaptureEnd, stream, &model);
    ck_assert_ptr_eq(model, same);
    ck_assert_uint_eq(device_word(data, 1), 1); /* nothing has run */
    ck_assert_int_eq(calls, 0);
    for (uint32_t round = 1; round <= 3; round++) {
        host[0] = 50 + round; /* read when the model runs */
        OK(aclmdlRIExecuteAsync, model, stream);
        OK(aclrtSynchronizeStream, stream);
        ck_assert_uint_eq(host[8], 50 + round);
        ck_assert_uint_eq(device_word(data, 15), 7);
        ck_assert_uint_eq(device_word(counter, 0), 100 + round);
        ck_assert_int_eq(calls, (int)round);
    }
    OK(aclmdlRIExecute, model, 5000);
    ck_assert_int_eq(calls, 4);
    OK(aclrtBinaryUnLoad, image);
    REFUSED(ACL_ERROR_RT_INVALID_HANDLE, aclmdlRIExecuteAsync, model, stream);
    OK(aclmdlRIDestroy, model);
    REFUSED(ACL_ERROR_RT_INVALID_HANDLE, aclmdlRIDestroy, model);
    OK(aclrtSynchronizeStream, stream);
}
END_TEST

START_TEST(streams_join_by_events)
{
    aclrtStream first, second, third;
    aclrtEvent fork, join;
    aclmdlRI model = NULL;
    start();
    void *data = device_words(4, 1);
    OK(aclrtCreateStream, &first);
    OK(aclrtCreateStream, &second);
    OK(aclrtCreateStream, &third);
    OK(aclrtCreateEventExWithFlag, &fork, ACL_EVENT_SYNC);
    OK(aclrtCreateEventExWithFlag, &join, ACL_EVENT_SYNC);
    for (int with_join = 0; with_join < 2; with_join++) {
        OK(aclmdlRICaptureBegin, first, RELAXED);
        OK(aclrtMemsetD32Async, data, 16, 2, 4, first);
        OK(aclrtRecordEvent, fork, first);
        OK(aclrtStreamWaitEvent, second, fork);
        OK(aclrtMemsetD32Async, data, 8, 3, 2, second);
        OK(aclrtRecordEvent, join, second);
        REFUSED(ACL_ERROR_RT_EVENT_CAPTURED, aclrtSynchronizeEvent, join);
        REFUSED(ACL_ERROR_RT_STREAM_CAPTURE_UNMATCHED, aclmdlRICaptureEnd, second, &model);
        REFUSED(ACL_ERROR_RT_STREAM_NOT_CAPTURED, aclmdlRICaptureEnd, third, &model);
        if (!with_join) {
            REFUSED(ACL_ERROR_RT_STREAM_UNJOINED, aclmdlRICaptureEnd, first, &model);
            continue;
        }
        OK(aclrtStreamWaitEvent, first, join);
        OK(aclrtMemsetD32Async, (char *)data + 4, 4, 4, 1, first);
        OK(aclmdlRICaptureEnd, first, &model);
    }
    OK(aclmdlRIExecuteAsync, model, third);
    OK(aclrtSynchronizeStream, third);
    static const uint32_t expected[] = { 3, 4, 2, 2 };
    for (uint32_t i = 0; i < 4; i++)
        ck_assert_uint_eq(device_word(data, i), expected[i]);
    OK(aclrtRecordEvent, join, second); /* the events and streams are free again */
    OK(aclrtStreamWaitEvent, third, join);
    OK(aclrtSynchronizeStream, third);
    OK(aclmdlRIDestroy, model);
}
END_TEST

START_TEST(a_recording_stream_does_nothing_else)
{
    aclrtStream stream, other;
    aclrtEvent outside;
    aclmdlRI model = NULL;
    aclrtStreamStatus status;
    start();
    OK(aclrtCreateStream, &stream);
    OK(aclrtCreateStream, &other);
    OK(aclrtCreateEventExWithFlag, &outside, ACL_EVENT_SYNC);
    OK(aclrtRecordEvent, outside, other);
    REFUSED(ACL_ERROR_INVALID_PARAM, aclmdlRICaptureBegin, NULL, RELAXED);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclmdlRICaptureBegin, stream, 3);
    OK(aclmdlRICaptureBegin, stream, RELAXED);
    REFUSED(ACL_ERROR_RT_STREAM_CAPTURED, aclmdlRICaptureBegin, stream, RELAXED);
    REFUSED(ACL_ERROR_RT_STREAM_CAPTURED, aclrtSynchronizeStream, stream);
    REFUSED(ACL_ERROR_RT_STREAM_CAPTURED, aclrtStreamQuery, stream, &status);
    REFUSED(ACL_ERROR_RT_STREAM_CAPTURED, aclrtDestroyStream, stream);
    REFUSED(ACL_ERROR_RT_STREAM_CAPTURED, aclrtStreamAbort, stream);
    REFUSED(ACL_ERROR_RT_CAPTURE_MODE_NOT_SUPPORT, aclrtSetStreamFailureMode, stream, 0);
    REFUSED(ACL_ERROR_RT_CAPTURE_DEPENDENCY, aclrtStreamWaitEvent, stream, outside);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtMemsetAsync, &stream, 8, 0, 8, stream);
    OK(aclrtSynchronizeStream, other);
    OK(aclrtSynchronizeDevice);
    OK(aclmdlRICaptureEnd, stream, &model);
    OK(aclmdlRIExecuteAsync, model, stream); /* an empty model */
    OK(aclrtSynchronizeStream, stream);
    for (int i = 0; i < 3; i++)
        REFUSED(ACL_ERROR_RT_INVALID_HANDLE, aclmdlRIExecuteAsync, garbage[i], stream);
}
END_TEST

struct outsider {
    void *data;
    int refused;
};

static void *copy_outside(void *argument)
{
    struct outsider *o = argument;
    uint32_t word = 5;
    OK(aclrtSetDevice, 0);
    o->refused =
        ACL(aclrtMemcpy)(o->data, 4, &word, 4, ACL_MEMCPY_HOST_TO_DEVICE) == ACL_ERROR_RT_CAPTURE_MODE_NOT_SUPPORT;
    return NULL;
}

START_TEST(modes_forbid_unsafe_calls)
{
    static const int own[] = { 1, 1, 0 }, others[] = { 1, 0, 0 };
    start();
    struct outsider outside = { device_words(4, 1), 0 };
    for (int mode = GLOBAL; mode <= RELAXED; mode++) {
        aclrtStream stream;
        aclmdlRI model = NULL;
        pthread_t thread;
        uint32_t word = 9;
        OK(aclrtCreateStream, &stream);
        OK(aclmdlRICaptureBegin, stream, mode);
        aclError expected = own[mode] ? ACL_ERROR_RT_CAPTURE_MODE_NOT_SUPPORT : ACL_SUCCESS;
        ck_assert_int_eq(ACL(aclrtMemcpy)(outside.data, 4, &word, 4, ACL_MEMCPY_HOST_TO_DEVICE), expected);
        ck_assert_int_eq(ACL(aclrtMemset)(outside.data, 4, 0, 4), expected);
        ck_assert_int_eq(ACL(aclrtMemcpyAsync)(outside.data, 4, &word, 4, ACL_MEMCPY_HOST_TO_DEVICE, stream), expected);
        ck_assert_int_eq(pthread_create(&thread, NULL, copy_outside, &outside), 0);
        pthread_join(thread, NULL);
        ck_assert_int_eq(outside.refused, others[mode]);
        aclmdlRICaptureMode exchanged = RELAXED;
        OK(aclmdlRICaptureThreadExchangeMode, &exchanged);
        OK(aclrtMemcpy, outside.data, 4, &word, 4, ACL_MEMCPY_HOST_TO_DEVICE);
        OK(aclmdlRICaptureThreadExchangeMode, &exchanged);
        ck_assert_int_eq(exchanged, RELAXED);
        OK(aclmdlRICaptureEnd, stream, &model);
        OK(aclrtMemcpy, outside.data, 4, &word, 4, ACL_MEMCPY_HOST_TO_DEVICE);
        OK(aclmdlRIDestroy, model);
    }
}
END_TEST

START_TEST(models_have_names)
{
    aclrtStream stream;
    aclmdlRI model = NULL;
    char name[16];
    uint32_t id;
    start();
    OK(aclrtCreateStream, &stream);
    OK(aclmdlRICaptureBegin, stream, GLOBAL);
    OK(aclmdlRICaptureEnd, stream, &model);
    OK(aclmdlRISetName, model, "decoder");
    OK(aclmdlRIGetName, model, sizeof name, name);
    ck_assert_str_eq(name, "decoder");
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclmdlRIGetName, model, 7, name);
    OK(aclmdlRIGetId, model, &id);
    OK(aclmdlRIDestroy, model);
    REFUSED(ACL_ERROR_RT_INVALID_HANDLE, aclmdlRIGetId, model, &id);
}
END_TEST

Suite *capture_suite(void)
{
    Suite *suite = suite_create("models");
    TCase *tc = tcase_create("models");
    tcase_set_timeout(tc, 20);
    tcase_add_test(tc, a_stream_is_recorded_and_replayed);
    tcase_add_test(tc, streams_join_by_events);
    tcase_add_test(tc, a_recording_stream_does_nothing_else);
    tcase_add_test(tc, modes_forbid_unsafe_calls);
    tcase_add_test(tc, models_have_names);
    suite_add_tcase(suite, tc);
    return suite;
}
