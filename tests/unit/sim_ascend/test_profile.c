/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the 910B's profile leaves out, on a chip made up for the tests: pools, managed memory, and a number of streams
 * that can be used up. The profile is the 910B's with three lines changed.
 */
#include <unistd.h>

#include "tests/unit/sim_ascend/test_acl.h"

static char folder[] = "/tmp/ascend-profile-XXXXXX";

static void write_profile(void)
{
    char path[512], line[512];
    snprintf(path, sizeof path, "%s/share/tenon/profiles/ascend910b.ini", getenv("TENON_BUILD"));
    FILE *in = fopen(path, "r");
    ck_assert_ptr_nonnull(in);
    snprintf(path, sizeof path, "%s/testchip.ini", folder);
    FILE *out = fopen(path, "w");
    ck_assert_ptr_nonnull(out);
    while (fgets(line, sizeof line, in)) {
        if (!strncmp(line, "name = ", 7))
            fputs("name = testchip\n", out);
        else if (!strncmp(line, "caps = ", 7))
            fputs("caps = peer pools managed\n", out);
        else if (!strncmp(line, "max_streams = ", 14))
            fputs("max_streams = 8\n", out);
        else
            fputs(line, out);
    }
    fclose(in);
    fclose(out);
}

static void setup(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    write_profile();
    setenv("TENON_SIM_PROFILES", folder, 1);
    setenv("TENON_SIM", "testchip:1", 1);
}

static void teardown(void)
{
    char path[512];
    snprintf(path, sizeof path, "%s/testchip.ini", folder);
    remove(path);
    rmdir(folder);
}

static uint64_t pool_number(aclrtMemPool pool, aclrtMemPoolAttr attr)
{
    uint64_t value = 0;
    OK(aclrtMemPoolGetAttr, pool, attr, &value);
    return value;
}

START_TEST(pools_follow_the_stream)
{
    aclrtMemPool pool = NULL;
    aclrtMemPoolProps props = { .location = { 0, ACL_MEM_LOCATION_TYPE_DEVICE }, .maxSize = 1 << 20 };
    aclrtStream stream, other;
    void *a = NULL, *b = NULL, *c = NULL;
    uint64_t threshold = UINT64_MAX;
    start();
    OK(aclrtCreateStream, &stream);
    OK(aclrtCreateStream, &other);
    OK(aclrtMemPoolCreate, &pool, &props);
    OK(aclrtMemPoolSetAttr, pool, ACL_RT_MEM_POOL_ATTR_RELEASE_THRESHOLD, &threshold);
    OK(aclrtMemPoolMallocAsync, &a, 4096, pool, stream);
    OK(aclrtMemsetD32Async, a, 4096, 7, 1024, stream);
    OK(aclrtSynchronizeStream, stream);
    ck_assert_uint_eq(device_word(a, 1023), 7);
    ck_assert_uint_eq(pool_number(pool, ACL_RT_MEM_POOL_ATTR_USED_MEM_CURRENT), 4096);
    OK(aclrtMemPoolFreeAsync, a, stream);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtMemPoolFreeAsync, a, stream);
    ck_assert_uint_eq(pool_number(pool, ACL_RT_MEM_POOL_ATTR_USED_MEM_CURRENT), 0);
    OK(aclrtMemPoolMallocAsync, &b, 4000, pool, stream); /* in the same stream: the same memory again */
    ck_assert_ptr_eq(a, b);
    OK(aclrtMemPoolMallocAsync, &c, 4000, pool, other);
    ck_assert_ptr_ne(b, c);
    ck_assert_uint_eq(pool_number(pool, ACL_RT_MEM_POOL_ATTR_USED_MEM_HIGH), 8096);
    REFUSED(ACL_ERROR_RT_MEMORY_ALLOCATION, aclrtMemPoolMallocAsync, &a, 1 << 20, pool, stream);
    OK(aclrtMemPoolFreeAsync, b, stream);
    OK(aclrtMemPoolFreeAsync, c, other);
    OK(aclrtSynchronizeDevice);
    OK(aclrtMemPoolTrimTo, pool, 0);
    ck_assert_uint_eq(pool_number(pool, ACL_RT_MEM_POOL_ATTR_RESERVED_MEM_CURRENT), 0);
    OK(aclrtMemPoolDestroy, pool);
    REFUSED(ACL_ERROR_RT_INVALID_HANDLE, aclrtMemPoolDestroy, pool);
}
END_TEST

/* Memory freed in one stream, while that stream still has work that uses it, is not given to another. */
START_TEST(pools_wait_for_the_stream)
{
    aclrtMemPool pool = NULL;
    aclrtMemPoolProps props = { .location = { 0, ACL_MEM_LOCATION_TYPE_DEVICE } };
    aclrtStream stream, other;
    void *a = NULL, *b = NULL;
    start();
    void *gate = device_words(2, 0);
    OK(aclrtCreateStream, &stream);
    OK(aclrtCreateStream, &other);
    OK(aclrtMemPoolCreate, &pool, &props);
    OK(aclrtMemPoolMallocAsync, &a, 4096, pool, stream);
    OK(aclrtValueWait, gate, 1, 0, stream);
    OK(aclrtMemsetD32Async, a, 4096, 7, 1024, stream);
    OK(aclrtMemPoolFreeAsync, a, stream);
    OK(aclrtMemPoolMallocAsync, &b, 4096, pool, other);
    ck_assert_ptr_ne(a, b);
    OK(aclrtValueWrite, gate, 1, 0, other);
    OK(aclrtSynchronizeDevice);
    OK(aclrtMemPoolFreeAsync, b, other);
    OK(aclrtMemPoolDestroy, pool);
}
END_TEST

START_TEST(managed_memory_is_of_both)
{
    uint32_t *p = NULL;
    start();
    OK(aclrtMemAllocManaged, (void **)&p, 4096, ACL_RT_MEM_ATTACH_GLOBAL);
    for (int i = 0; i < 1024; i++)
        p[i] = (uint32_t)i;
    void *out = device_words(1024, 0);
    OK(aclrtMemcpy, out, 4096, p, 4096, ACL_MEMCPY_HOST_TO_DEVICE);
    ck_assert_uint_eq(device_word(out, 1023), 1023);
    uint32_t *shape = p;
    OK(aclrtLaunchKernelWithHostArgs, find_kernel(load_image(), "shape"), 2, NULL, NULL, &shape, 8, NULL, 0);
    OK(aclrtSynchronizeStream, NULL);
    ck_assert_uint_eq(p[0], 2);
    ck_assert_uint_eq(p[15], 1);
    OK(aclrtFree, p);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtFree, p);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtMemAllocManaged, (void **)&p, 4096, 2);
}
END_TEST

START_TEST(streams_run_out)
{
    aclrtStream streams[16];
    uint32_t left = 0;
    int made = 0;
    start();
    while (made < 16 && ACL(aclrtCreateStream)(&streams[made]) == ACL_SUCCESS)
        made++;
    ck_assert_int_lt(made, 8);
    ck_assert_int_gt(made, 3);
    REFUSED(ACL_ERROR_RT_NO_STREAM_RESOURCE, aclrtCreateStreamWithConfig, &streams[made], 0, 0);
    OK(aclrtGetStreamAvailableNum, &left);
    ck_assert_uint_eq(left, 0);
    OK(aclrtDestroyStream, streams[0]);
    OK(aclrtCreateStream, &streams[0]);
    OK(aclrtSynchronizeStream, streams[0]);
}
END_TEST

Suite *profile_suite(void)
{
    Suite *suite = suite_create("profiles");
    TCase *tc = tcase_create("profiles");
    tcase_set_timeout(tc, 20);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, pools_follow_the_stream);
    tcase_add_test(tc, pools_wait_for_the_stream);
    tcase_add_test(tc, managed_memory_is_of_both);
    tcase_add_test(tc, streams_run_out);
    suite_add_tcase(suite, tc);
    return suite;
}
