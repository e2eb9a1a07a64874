/* SPDX-License-Identifier: Apache-2.0 */
/* Failures beside threads whose streams come and go, and failures on request as the copies tell them. */
#include <pthread.h>
#include <stdatomic.h>

#include "tests/unit/sim_ascend/test_acl.h"

enum { THREADS = 3, TURNS = 60 };

static atomic_int working, went_wrong;

#define MINE(name, ...)                                                                                                \
    do {                                                                                                               \
        aclError error_ = ACL(name)(__VA_ARGS__);                                                                      \
        if (error_) {                                                                                                  \
            fprintf(stderr, #name " returned %d: %s\n", error_, ACL(aclGetRecentErrMsg)());                            \
            went_wrong++;                                                                                              \
        }                                                                                                              \
    } while (0)

/* Streams of a context of its own, each with work whose result is looked at. */
static void *use_streams(void *unused)
{
    aclrtContext context;
    aclrtStream stream;
    void *word = NULL;
    (void)unused;
    MINE(aclrtCreateContext, &context, 0);
    MINE(aclrtMalloc, &word, 4, ACL_MEM_MALLOC_HUGE_FIRST);
    for (uint32_t i = 0; i < TURNS; i++) {
        uint32_t back = 0;
        MINE(aclrtCreateStream, &stream);
        MINE(aclrtMemsetD32Async, word, 4, i, 1, stream);
        MINE(aclrtMemcpyAsync, &back, 4, word, 4, ACL_MEMCPY_DEVICE_TO_HOST, stream);
        MINE(aclrtSynchronizeStream, stream);
        went_wrong += back != i;
        MINE(aclrtDestroyStream, stream);
    }
    MINE(aclrtDestroyContext, context);
    working--;
    return NULL;
}

static void beside_streams_that_come_and_go(void (*fn)(aclrtBinHandle image))
{
    pthread_t threads[THREADS];
    start();
    aclrtBinHandle image = load_image();
    working = THREADS;
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, use_streams, NULL), 0);
    while (working)
        fn(image);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    ck_assert_int_eq(went_wrong, 0);
}

static void wait_for_the_device(aclrtBinHandle image)
{
    (void)image;
    OK(aclrtSynchronizeDevice);
    OK(aclrtSynchronizeDeviceWithTimeout, 60000);
}

START_TEST(the_device_is_waited_for)
{
    beside_streams_that_come_and_go(wait_for_the_device);
}
END_TEST

/* The stop mode takes the other streams of its own context, and none that took the place of one. */
static void fail_a_context(aclrtBinHandle image)
{
    aclrtContext before, context;
    aclrtStream streams[3];
    void *nowhere = (void *)16;
    OK(aclrtGetCurrentContext, &before);
    OK(aclrtCreateContext, &context, 0);
    for (int i = 0; i < 3; i++)
        OK(aclrtCreateStream, &streams[i]);
    OK(aclrtSetStreamFailureMode, streams[0], ACL_STOP_ON_FAILURE);
    OK(aclrtLaunchKernelWithHostArgs, find_kernel(image, "bad"), 1, streams[0], NULL, &nowhere, 8, NULL, 0);
    REFUSED(ACL_ERROR_RT_VECTOR_CORE_EXCEPTION, aclrtSynchronizeStream, streams[0]);
    REFUSED(ACL_ERROR_RT_VECTOR_CORE_EXCEPTION, aclrtSynchronizeStream, streams[1]);
    OK(aclrtDestroyContext, context);
    OK(aclrtSetCurrentContext, before);
}

START_TEST(a_context_stops)
{
    beside_streams_that_come_and_go(fail_a_context);
}
END_TEST

static void start_with(const char *requests)
{
    setenv("TENON_SIM_FAULTS", requests, 1);
    start();
}

/* A copy back tells what failed, once: the stream goes on, and the next one gives what is there. */
static void tells_once(aclError code, aclrtStream stream, const void *word, uint32_t value)
{
    uint32_t back = 0;
    REFUSED(code, aclrtMemcpyAsync, &back, 4, word, 4, ACL_MEMCPY_DEVICE_TO_HOST, stream);
    OK(aclrtSynchronizeStream, stream);
    OK(aclrtMemcpyAsync, &back, 4, word, 4, ACL_MEMCPY_DEVICE_TO_HOST, stream);
    ck_assert_uint_eq(back, value);
}

/* The code says what failed, at the call that waits for its own work as at one that is waited for. */
START_TEST(copies_tell_what_failed)
{
    aclrtStream stream;
    uint32_t here = 5;
    start_with("copyfail=2");
    void *word = device_words(4, 1);
    OK(aclrtCreateStream, &stream);
    OK(aclrtMemcpyAsync, word, 16, &here, 4, ACL_MEMCPY_HOST_TO_DEVICE, stream);
    tells_once(ACL_ERROR_RT_SYS_DMA, stream, word, 5);
}
END_TEST

START_TEST(copies_at_once_tell_what_failed)
{
    uint32_t here[4] = { 5, 6, 7, 8 };
    start_with("copyfail=2");
    void *word = device_words(4, 1);
    OK(aclrtMemcpy, word, 16, here, 16, ACL_MEMCPY_HOST_TO_DEVICE);
    REFUSED(ACL_ERROR_RT_SYS_DMA, aclrtMemcpy2d, word, 8, here, 8, 8, 2, ACL_MEMCPY_HOST_TO_DEVICE);
    OK(aclrtMemcpy2d, word, 8, here, 8, 8, 2, ACL_MEMCPY_HOST_TO_DEVICE);
    ck_assert_uint_eq(device_word(word, 3), 8);
}
END_TEST

START_TEST(a_copy_tells_the_memory_error_before_it)
{
    aclrtStream stream;
    uint32_t ms = 0;
    start_with("ecc=1");
    aclrtBinHandle image = load_image();
    void *word = device_words(1, 3);
    OK(aclrtCreateStream, &stream);
    OK(aclrtLaunchKernelWithHostArgs, find_kernel(image, "spin"), 1, stream, NULL, &ms, 4, NULL, 0);
    tells_once(ACL_ERROR_RT_HBM_MULTI_BIT_ECC_ERROR, stream, word, 3);
}
END_TEST

/* The chip's own limit is 1,091 seconds; the simulator's watchdog ends a kernel without anybody's wait. */
START_TEST(a_watchdog_ends_a_kernel)
{
    aclrtStream stream;
    start_with("watchdog=100");
    aclrtBinHandle image = load_image();
    void *word = device_words(1, 0), *data = device_words(1, 1);
    OK(aclrtCreateStream, &stream);
    OK(aclrtLaunchKernelWithHostArgs, find_kernel(image, "forever"), 1, stream, NULL, &word, 8, NULL, 0);
    OK(aclrtMemsetD32Async, data, 4, 2, 1, stream);
    REFUSED(ACL_ERROR_RT_VECTOR_CORE_TIMEOUT, aclrtSynchronizeStream, stream);
    ck_assert_uint_eq(device_word(data, 0), 2); /* the mode goes on, so what stood behind has run */
    OK(aclrtSynchronizeStream, stream);
}
END_TEST

START_TEST(a_malformed_request_leaves_no_device)
{
    uint32_t count = 9;
    setenv("TENON_SIM_FAULTS", "quake=1", 1);
    ck_assert_int_ne(ACL(aclInit)(NULL), ACL_SUCCESS);
    const char *text = ACL(aclGetRecentErrMsg)();
    ck_assert_msg(text && strstr(text, "TENON_SIM_FAULTS: quake: not one of"), "%s", text ? text : "nothing");
    ck_assert_int_ne(ACL(aclrtGetDeviceCount)(&count), ACL_SUCCESS);
    ck_assert_int_ne(ACL(aclrtSetDevice)(0), ACL_SUCCESS);
}
END_TEST

Suite *failure_suite(void)
{
    Suite *suite = suite_create("ascend failures");
    TCase *tc = tcase_create("failures");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, the_device_is_waited_for);
    tcase_add_test(tc, a_context_stops);
    tcase_add_test(tc, copies_tell_what_failed);
    tcase_add_test(tc, copies_at_once_tell_what_failed);
    tcase_add_test(tc, a_copy_tells_the_memory_error_before_it);
    tcase_add_test(tc, a_watchdog_ends_a_kernel);
    tcase_add_test(tc, a_malformed_request_leaves_no_device);
    suite_add_tcase(suite, tc);
    return suite;
}
