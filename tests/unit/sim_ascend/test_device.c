/* SPDX-License-Identifier: Apache-2.0 */
/* Starting, devices, contexts, errors: what ACL's documentation promises, and what it refuses. */
#include <pthread.h>

#include "tests/unit/sim_ascend/test_acl.h"

START_TEST(init_counts_and_repeats)
{
    uint64_t left = 0;
    OK(aclInit, NULL);
    REFUSED(ACL_ERROR_REPEAT_INITIALIZE, aclInit, NULL);
    OK(aclFinalizeReference, &left);
    ck_assert_uint_eq(left, 1);
    OK(aclFinalize);
    REFUSED(ACL_ERROR_REPEAT_FINALIZE, aclFinalize);
    REFUSED(ACL_ERROR_INVALID_FILE, aclInit, "/nowhere/acl.json");
}
END_TEST

START_TEST(nothing_works_before_set_device)
{
    void *p = NULL;
    int32_t id = -1;
    aclrtStream stream = NULL;
    aclrtContext context = NULL;
    OK(aclInit, NULL);
    REFUSED(ACL_ERROR_RT_CONTEXT_NULL, aclrtMalloc, &p, 64, 0);
    REFUSED(ACL_ERROR_RT_CONTEXT_NULL, aclrtCreateStream, &stream);
    REFUSED(ACL_ERROR_RT_CONTEXT_NULL, aclrtGetDevice, &id);
    REFUSED(ACL_ERROR_RT_CONTEXT_NULL, aclrtGetCurrentContext, &context);
    REFUSED(ACL_ERROR_RT_CONTEXT_NULL, aclrtSynchronizeDevice);
    REFUSED(ACL_ERROR_RT_INVALID_DEVICEID, aclrtSetDevice, 3);
    REFUSED(ACL_ERROR_RT_INVALID_DEVICEID, aclrtSetDevice, -1);
    OK(aclrtSetDevice, 2);
    OK(aclrtGetDevice, &id);
    ck_assert_int_eq(id, 2);
}
END_TEST

static void *other_thread(void *context)
{
    int32_t id = -1;
    REFUSED(ACL_ERROR_RT_CONTEXT_NULL, aclrtGetDevice, &id);
    OK(aclrtSetCurrentContext, context);
    OK(aclrtGetDevice, &id);
    ck_assert_int_eq(id, 1);
    OK(aclrtSetDevice, 2); /* the other thread's context is its own affair */
    return NULL;
}

START_TEST(context_is_per_thread)
{
    aclrtContext context = NULL, again = NULL;
    pthread_t thread;
    int32_t id = -1;
    OK(aclInit, NULL);
    OK(aclrtSetDevice, 1);
    OK(aclrtGetCurrentContext, &context);
    ck_assert_int_eq(pthread_create(&thread, NULL, other_thread, context), 0);
    pthread_join(thread, NULL);
    OK(aclrtGetDevice, &id);
    ck_assert_int_eq(id, 1);
    OK(aclrtSetDevice, 1); /* the same device: the same default context */
    OK(aclrtGetCurrentContext, &again);
    ck_assert_ptr_eq(context, again);
}
END_TEST

START_TEST(contexts_come_and_go)
{
    aclrtContext first, second;
    aclrtStream stream, kept;
    start();
    OK(aclrtGetCurrentContext, &first);
    OK(aclrtCreateStream, &kept);
    OK(aclrtCreateContext, &second, 1);
    OK(aclrtCreateStream, &stream);
    REFUSED(ACL_ERROR_RT_STREAM_CONTEXT, aclrtSynchronizeStream, kept);
    OK(aclrtSynchronizeStream, stream);
    OK(aclrtDestroyContext, second);
    REFUSED(ACL_ERROR_RT_INVALID_HANDLE, aclrtDestroyContext, second);
    REFUSED(ACL_ERROR_RT_INVALID_HANDLE, aclrtSetCurrentContext, second);
    REFUSED(ACL_ERROR_RT_CONTEXT_NULL, aclrtSynchronizeStream, stream);
    OK(aclrtSetCurrentContext, first);
    REFUSED(ACL_ERROR_RT_INVALID_HANDLE, aclrtSynchronizeStream, stream);
    OK(aclrtSynchronizeStream, kept);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtDestroyContext, first);
    REFUSED(ACL_ERROR_INVALID_PARAM, aclrtSetCurrentContext, NULL);
    for (int i = 0; i < 3; i++)
        REFUSED(ACL_ERROR_RT_INVALID_HANDLE, aclrtSetCurrentContext, garbage[i]);
}
END_TEST

START_TEST(reset_counts_and_empties)
{
    void *p = NULL;
    aclrtStream stream;
    start();
    OK(aclrtSetDevice, 0);
    OK(aclrtMalloc, &p, 1000, 0);
    OK(aclrtCreateStream, &stream);
    OK(aclrtResetDevice, 0);
    OK(aclrtSynchronizeStream, stream); /* set twice, reset once: still there */
    OK(aclrtResetDevice, 0);
    REFUSED(ACL_ERROR_RT_CONTEXT_NULL, aclrtSynchronizeStream, stream);
    REFUSED(ACL_ERROR_RT_CONTEXT_NULL, aclrtResetDevice, 0);
    OK(aclrtSetDevice, 0);
    REFUSED(ACL_ERROR_RT_INVALID_HANDLE, aclrtSynchronizeStream, stream);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtFree, p);
    ck_assert_uint_eq(device_word(device_words(4, 7), 3), 7);
}
END_TEST

START_TEST(errors_are_told_once_and_per_thread)
{
    start();
    ck_assert_ptr_null(ACL(aclGetRecentErrMsg)());
    ck_assert_int_eq(ACL(aclrtSynchronizeStream)(garbage[1]), ACL_ERROR_RT_INVALID_HANDLE);
    ck_assert_int_eq(ACL(aclrtPeekAtLastError)(0), ACL_ERROR_RT_INVALID_HANDLE);
    ck_assert_int_eq(ACL(aclrtGetLastError)(0), ACL_ERROR_RT_INVALID_HANDLE);
    ck_assert_int_eq(ACL(aclrtGetLastError)(0), ACL_SUCCESS);
    ck_assert_ptr_nonnull(ACL(aclGetRecentErrMsg)());
    ck_assert_ptr_null(ACL(aclGetRecentErrMsg)());
}
END_TEST

START_TEST(device_tells_the_profile)
{
    uint32_t count = 0;
    int64_t value = 0;
    int32_t major, minor, patch, number = 0;
    aclrtUuid a, b;
    start();
    OK(aclrtGetDeviceCount, &count);
    ck_assert_uint_eq(count, 3);
    ck_assert_str_eq(ACL(aclrtGetSocName)(), "Ascend910B3");
    OK(aclrtGetDeviceInfo, 1, ACL_DEV_ATTR_CUBE_CORE_NUM, &value);
    ck_assert_int_eq(value, 20);
    OK(aclrtGetDeviceInfo, 1, ACL_DEV_ATTR_VECTOR_CORE_NUM, &value);
    ck_assert_int_eq(value, 40);
    OK(aclrtGetDeviceInfo, 1, ACL_DEV_ATTR_UBUF_PER_VECTOR_CORE, &value);
    ck_assert_int_eq(value, 192 * 1024);
    OK(aclrtGetDeviceInfo, 1, ACL_DEV_ATTR_WARP_SIZE, &value);
    ck_assert_int_eq(value, 0);
    OK(aclrtGetDeviceInfo, 1, ACL_DEV_ATTR_NPU_ARCH, &value);
    ck_assert_int_eq(value, 2201);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtGetDeviceInfo, 1, 9999, &value);
    REFUSED(ACL_ERROR_RT_INVALID_DEVICEID, aclrtGetDeviceInfo, 3, ACL_DEV_ATTR_CUBE_CORE_NUM, &value);
    OK(aclrtGetVersion, &major, &minor, &patch);
    ck_assert_int_eq(major * 100 + minor, 117);
    OK(aclsysGetVersionNum, (char[]){ "runtime" }, &number);
    ck_assert_int_gt(number, 80000000);
    REFUSED(ACL_ERROR_INVALID_FILE, aclsysGetVersionNum, (char[]){ "nothing" }, &number);
    OK(aclrtDeviceGetUuid, 0, &a);
    OK(aclrtDeviceGetUuid, 1, &b);
    ck_assert_mem_ne(&a, &b, sizeof a);
}
END_TEST

START_TEST(visible_devices_are_renumbered)
{
    uint32_t count = 0;
    int32_t physical = -1;
    setenv("ASCEND_RT_VISIBLE_DEVICES", "2,0", 1);
    OK(aclInit, NULL);
    OK(aclrtGetDeviceCount, &count);
    ck_assert_uint_eq(count, 2);
    OK(aclrtGetPhyDevIdByLogicDevId, 0, &physical);
    ck_assert_int_eq(physical, 2);
    REFUSED(ACL_ERROR_RT_INVALID_DEVICEID, aclrtSetDevice, 2);
}
END_TEST

START_TEST(nothing_is_simulated_unasked)
{
    uint32_t count = 7;
    unsetenv("TENON_SIM");
    OK(aclInit, NULL);
    REFUSED(ACL_ERROR_RT_NO_DEVICE, aclrtGetDeviceCount, &count);
    ck_assert_uint_eq(count, 7);
    REFUSED(ACL_ERROR_RT_NO_DEVICE, aclrtSetDevice, 0);
}
END_TEST

START_TEST(a_malformed_choice_is_an_error)
{
    setenv("TENON_SIM", "ascend910b:8:9", 1);
    REFUSED(ACL_ERROR_INTERNAL_ERROR, aclInit, NULL);
    setenv("TENON_SIM", "ascend910b:1", 1);
    OK(aclInit, NULL);
}
END_TEST

START_TEST(configuration_by_call)
{
    int (*configure)(const char *) = (int (*)(const char *))acl_symbol("tenon_sim_configure");
    const char *(*message)(void) = (const char *(*)(void))acl_symbol("tenon_sim_message");
    const char *(*marker)(void) = (const char *(*)(void))acl_symbol("tenon_sim_marker");
    uint32_t count = 0;
    ck_assert_int_ne(configure("no-such-chip:1"), 0);
    ck_assert_ptr_nonnull(strstr(message(), "no-such-chip"));
    ck_assert_int_eq(configure("ascend910b:5,bw1000:2"), 0);
    OK(aclInit, NULL);
    OK(aclrtGetDeviceCount, &count);
    ck_assert_uint_eq(count, 5);
    ck_assert_int_eq(configure("ascend910b:5,bw1000:2"), 0);
    ck_assert_int_ne(configure("ascend910b:6"), 0);
    ck_assert_ptr_nonnull(strstr(marker(), "tenon-sim"));
    ck_assert_ptr_nonnull(strstr(marker(), "ascend910b"));
}
END_TEST

START_TEST(refused_functions_say_so)
{
    aclError (*create)(void *, size_t) = (aclError(*)(void *, size_t))acl_symbol("aclrtMallocPhysical");
    ck_assert_int_eq(create(NULL, 0), ACL_ERROR_RT_FEATURE_NOT_SUPPORT);
    ck_assert_ptr_nonnull(strstr(ACL(aclGetRecentErrMsg)(), "virtual memory"));
    void *(*group)(void) = (void *(*)(void))acl_symbol("aclrtCreateGroupInfo");
    ck_assert_ptr_null(group());
    ck_assert_ptr_nonnull(ACL(aclGetRecentErrMsg)());
}
END_TEST

START_TEST(settings_are_kept)
{
    uint32_t value = 0;
    int64_t option = 9;
    aclrtStream stream;
    const int32_t *list = NULL;
    size_t count = 0;
    int32_t answer = 0;
    start();
    OK(aclrtCreateStream, &stream);
    OK(aclrtGetResInCurrentThread, ACL_RT_DEV_RES_VECTOR_CORE, &value);
    ck_assert_uint_eq(value, 40);
    OK(aclrtSetDeviceResLimit, 0, ACL_RT_DEV_RES_VECTOR_CORE, 30);
    OK(aclrtSetStreamResLimit, stream, ACL_RT_DEV_RES_VECTOR_CORE, 10);
    OK(aclrtGetResInCurrentThread, ACL_RT_DEV_RES_VECTOR_CORE, &value);
    ck_assert_uint_eq(value, 30);
    OK(aclrtUseStreamResInCurrentThread, stream);
    OK(aclrtGetResInCurrentThread, ACL_RT_DEV_RES_VECTOR_CORE, &value);
    ck_assert_uint_eq(value, 10);
    OK(aclrtUnuseStreamResInCurrentThread, stream);
    OK(aclrtResetDeviceResLimit, 0);
    OK(aclrtGetResInCurrentThread, ACL_RT_DEV_RES_VECTOR_CORE, &value);
    ck_assert_uint_eq(value, 40);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtSetDeviceResLimit, 0, ACL_RT_DEV_RES_VECTOR_CORE, 41);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtSetDeviceResLimit, 0, 7, 1);
    OK(aclrtGetSysParamOpt, 0, &option);
    ck_assert_int_eq(option, 0);
    REFUSED(ACL_ERROR_RT_SYSPARAMOPT_NOT_SET, aclrtCtxGetSysParamOpt, 0, &option);
    OK(aclrtCtxSetSysParamOpt, 0, 1);
    OK(aclrtCtxGetSysParamOpt, 0, &option);
    ck_assert_int_eq(option, 1);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtSetSysParamOpt, 3, 1);
    OK(aclGetCannAttributeList, &list, &count);
    ck_assert_uint_eq(count, 3);
    OK(aclrtCheckArchCompatibility, "Ascend910B1", &answer);
    ck_assert_int_eq(answer, 1);
    OK(aclrtCheckArchCompatibility, "Ascend310P3", &answer);
    ck_assert_int_eq(answer, 0);
}
END_TEST

Suite *device_suite(void)
{
    Suite *suite = suite_create("devices");
    TCase *tc = tcase_create("devices");
    tcase_add_test(tc, init_counts_and_repeats);
    tcase_add_test(tc, nothing_works_before_set_device);
    tcase_add_test(tc, context_is_per_thread);
    tcase_add_test(tc, contexts_come_and_go);
    tcase_add_test(tc, reset_counts_and_empties);
    tcase_add_test(tc, errors_are_told_once_and_per_thread);
    tcase_add_test(tc, device_tells_the_profile);
    tcase_add_test(tc, visible_devices_are_renumbered);
    tcase_add_test(tc, nothing_is_simulated_unasked);
    tcase_add_test(tc, a_malformed_choice_is_an_error);
    tcase_add_test(tc, configuration_by_call);
    tcase_add_test(tc, refused_functions_say_so);
    tcase_add_test(tc, settings_are_kept);
    suite_add_tcase(suite, tc);
    return suite;
}
