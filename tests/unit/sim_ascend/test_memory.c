/* SPDX-License-Identifier: Apache-2.0 */
/* Memory: ACL's rounding, copies and their checks, fills, host memory, peers. Data is compared, not codes alone. */
#include "tests/unit/sim_ascend/test_acl.h"

START_TEST(allocations_are_rounded_as_on_a2)
{
    static const size_t sizes[] = { 1, 31, 32, 33, 64, 1000, 4096, 1 << 20 };
    start();
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        void *p = NULL, *base = NULL;
        size_t bytes = 0;
        OK(aclrtMalloc, &p, sizes[i], ACL_MEM_MALLOC_NORMAL_ONLY);
        ck_assert_uint_eq((uintptr_t)p % 64, 0);
        OK(aclrtMemGetAddressRange, p, &base, &bytes);
        ck_assert_ptr_eq(base, p);
        ck_assert_uint_eq(bytes, (sizes[i] + 31) / 32 * 32 + 32);
        OK(aclrtFree, p);
        REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtFree, p);
    }
}
END_TEST

START_TEST(bad_allocations)
{
    void *p = NULL;
    start();
    REFUSED(ACL_ERROR_INVALID_PARAM, aclrtMalloc, &p, 0, 0);
    REFUSED(ACL_ERROR_INVALID_PARAM, aclrtMalloc, NULL, 64, 0);
    REFUSED(ACL_ERROR_RT_MEMORY_ALLOCATION, aclrtMalloc, &p, 65ull << 30, 0);
    REFUSED(ACL_ERROR_RT_MEMORY_ALLOCATION, aclrtMalloc, &p, SIZE_MAX, 0);
    ck_assert_ptr_null(p);
    REFUSED(ACL_ERROR_INVALID_PARAM, aclrtFree, NULL);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtFree, &p);
    OK(aclrtMalloc, &p, 256, 0);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtFree, (char *)p + 64);
    OK(aclrtFree, p);
}
END_TEST

START_TEST(memory_information)
{
    size_t free1, free2, total;
    void *p;
    start();
    OK(aclrtGetMemInfo, ACL_HBM_MEM, &free1, &total);
    ck_assert_uint_eq(total, 64ull << 30);
    OK(aclrtMalloc, &p, 256 << 20, 0);
    OK(aclrtGetMemInfo, ACL_HBM_MEM, &free2, &total);
    ck_assert_uint_ge(free1 - free2, 256u << 20);
    OK(aclrtGetMemInfo, ACL_DDR_MEM, &free2, &total);
    ck_assert_uint_eq(total, 0);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtGetMemInfo, 99, &free2, &total);
}
END_TEST

static void fill_pattern(unsigned char *p, size_t n, unsigned seed)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (unsigned char)(i * 7 + seed);
}

START_TEST(copies_carry_the_data)
{
    enum { N = 70001 };
    unsigned char *a = malloc(N), *b = malloc(N);
    void *d = NULL, *e = NULL, *pinned = NULL;
    aclrtStream stream;
    start();
    OK(aclrtCreateStream, &stream);
    OK(aclrtMalloc, &d, N, 0);
    OK(aclrtMalloc, &e, N, 0);
    OK(aclrtMallocHost, &pinned, N);
    fill_pattern(a, N, 3);
    OK(aclrtMemcpy, d, N, a, N, ACL_MEMCPY_HOST_TO_DEVICE);
    OK(aclrtMemcpyAsync, e, N, d, N, ACL_MEMCPY_DEVICE_TO_DEVICE, stream);
    OK(aclrtMemcpyAsync, pinned, N, e, N, ACL_MEMCPY_DEVICE_TO_HOST, stream);
    OK(aclrtSynchronizeStream, stream);
    ck_assert_mem_eq(pinned, a, N);
    fill_pattern(pinned, N, 9);
    OK(aclrtMemcpyAsync, d, N, pinned, N, ACL_MEMCPY_DEFAULT, stream);
    OK(aclrtMemcpyAsync, b, N, d, N, ACL_MEMCPY_DEVICE_TO_HOST, stream); /* pageable: done when it returns */
    ck_assert_mem_eq(b, pinned, N);
    OK(aclrtMemcpy, b, N, a, N, ACL_MEMCPY_HOST_TO_HOST);
    ck_assert_mem_eq(a, b, N);
    OK(aclrtFreeHost, pinned);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtFreeHost, pinned);
    free(a);
    free(b);
}
END_TEST

START_TEST(copies_are_checked)
{
    unsigned char host[256], other[256];
    void *d = NULL, *pinned = NULL;
    start();
    OK(aclrtMalloc, &d, 256, 0);
    OK(aclrtMallocHost, &pinned, 256);
    OK(aclrtMemset, d, 256, 0x11, 256);
    memset(host, 0x22, sizeof host);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtMemcpy, d, 128, host, 129, ACL_MEMCPY_HOST_TO_DEVICE);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtMemcpy, d, 256, host, 0, ACL_MEMCPY_HOST_TO_DEVICE);
    REFUSED(ACL_ERROR_INVALID_PARAM, aclrtMemcpy, NULL, 256, host, 16, ACL_MEMCPY_HOST_TO_DEVICE);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtMemcpy, d, 256, host, 16, 17);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtMemcpyAsync, d, 4096, host, 4096, ACL_MEMCPY_HOST_TO_DEVICE, NULL);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtMemcpyAsync, d, 16, d, 16, ACL_MEMCPY_HOST_TO_DEVICE, NULL);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtMemcpyAsync, host, 16, d, 16, ACL_MEMCPY_DEVICE_TO_DEVICE, NULL);
    REFUSED(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, aclrtMemcpyAsync, other, 16, host, 16, ACL_MEMCPY_HOST_TO_HOST, NULL);
    for (int i = 0; i < 3; i++)
        REFUSED(ACL_ERROR_RT_INVALID_HANDLE, aclrtMemcpyAsync, pinned, 16, d, 16, ACL_MEMCPY_DEVICE_TO_HOST,
                garbage[i]);
    OK(aclrtMemcpy, other, 256, d, 256, ACL_MEMCPY_DEVICE_TO_HOST);
    for (int i = 0; i < 256; i++)
        ck_assert_uint_eq(other[i], 0x11); /* nothing that was refused has written */
}
END_TEST

START_TEST(fills)
{
    unsigned char host[300];
    uint32_t words[16];
    void *d = NULL, *pinned = NULL;
    aclrtStream stream;
    start();
    OK(aclrtCreateStream, &stream);
    OK(aclrtMalloc, &d, 300, 0);
    OK(aclrtMemset, d, 300, 0xAB, 300);
    OK(aclrtMemsetAsync, (char *)d + 100, 200, 0x1CD, 100, stream); /* one byte of the value counts */
    OK(aclrtSynchronizeStream, stream);
    OK(aclrtMemcpy, host, 300, d, 300, ACL_MEMCPY_DEVICE_TO_HOST);
    ck_assert_uint_eq(host[99], 0xAB);
    ck_assert_uint_eq(host[100], 0xCD);
    ck_assert_uint_eq(host[199], 0xCD);
    ck_assert_uint_eq(host[200], 0xAB);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtMemset, d, 100, 0, 101);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtMemset, d, 4096, 0, 4096);
    OK(aclrtMemsetD32Async, d, 64, 0x01020304, 16, stream);
    OK(aclrtSynchronizeStream, stream);
    OK(aclrtMemcpy, words, 64, d, 64, ACL_MEMCPY_DEVICE_TO_HOST);
    for (int i = 0; i < 16; i++)
        ck_assert_uint_eq(words[i], 0x01020304);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtMemsetD32, d, 63, 1, 16);
    OK(aclrtMallocHost, &pinned, 64);
    OK(aclrtMemset, pinned, 64, 5, 64);
    ck_assert_uint_eq(((unsigned char *)pinned)[63], 5);
}
END_TEST

START_TEST(copies_in_two_dimensions)
{
    unsigned char host[6 * 10], back[6 * 10];
    void *d = NULL;
    start();
    OK(aclrtMalloc, &d, 6 * 32, 0);
    OK(aclrtMemset, d, 6 * 32, 0, 6 * 32);
    fill_pattern(host, sizeof host, 1);
    memset(back, 0xEE, sizeof back);
    OK(aclrtMemcpy2d, d, 32, host, 10, 7, 6, ACL_MEMCPY_HOST_TO_DEVICE);
    OK(aclrtMemcpy2d, back, 10, d, 32, 7, 6, ACL_MEMCPY_DEVICE_TO_HOST);
    for (int row = 0; row < 6; row++)
        for (int column = 0; column < 10; column++)
            ck_assert_uint_eq(back[row * 10 + column], column < 7 ? host[row * 10 + column] : 0xEE);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtMemcpy2d, d, 6, host, 10, 7, 6, ACL_MEMCPY_HOST_TO_DEVICE);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtMemcpy2d, d, 32, host, 10, 7, 7, ACL_MEMCPY_HOST_TO_DEVICE);
}
END_TEST

START_TEST(batches_tell_the_copy_that_failed)
{
    uint32_t host[2] = { 11, 22 };
    start();
    void *a = device_words(1, 0), *b = device_words(1, 0);
    void *dsts[] = { a, b }, *srcs[] = { &host[0], &host[1] };
    size_t room[] = { 4, 4 }, sizes[] = { 4, 4 }, index = 0, failed = 99;
    aclrtMemcpyBatchAttr attr;
    memset(&attr, 0, sizeof attr);
    OK(aclrtMemcpyBatch, dsts, room, srcs, sizes, 2, &attr, &index, 1, &failed);
    ck_assert_uint_eq(device_word(a, 0), 11);
    ck_assert_uint_eq(device_word(b, 0), 22);
    room[1] = 3;
    ck_assert_int_eq(ACL(aclrtMemcpyBatch)(dsts, room, srcs, sizes, 2, &attr, &index, 1, &failed),
                     ACL_ERROR_RT_PARAM_INVALID);
    ck_assert_uint_eq(failed, 1);
}
END_TEST

START_TEST(host_memory_and_what_pointers_are)
{
    aclrtPtrAttributes what;
    void *pinned = NULL, *device = NULL, *d = NULL, *page = NULL;
    int local;
    start();
    OK(aclrtMallocHost, &pinned, 8192);
    OK(aclrtHostRegister, pinned, 8192, ACL_HOST_REGISTER_MAPPED, &device);
    ck_assert_ptr_nonnull(device);
    OK(aclrtMalloc, &d, 64, 0);
    OK(aclrtPointerGetAttributes, d, &what);
    ck_assert_int_eq(what.location.type, ACL_MEM_LOCATION_TYPE_DEVICE);
    OK(aclrtPointerGetAttributes, pinned, &what);
    ck_assert_int_eq(what.location.type, ACL_MEM_LOCATION_TYPE_HOST);
    OK(aclrtPointerGetAttributes, &local, &what);
    ck_assert_int_eq(what.location.type, ACL_MEM_LOCATION_TYPE_UNREGISTERED);
    ck_assert_int_eq(posix_memalign(&page, 4096, 8192), 0);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtHostRegister, (char *)page + 8, 4096, ACL_HOST_REGISTER_MAPPED, &device);
    OK(aclrtHostRegisterV2, page, 8192, ACL_HOST_REG_MAPPED);
    REFUSED(ACL_ERROR_HOST_MEMORY_ALREADY_REGISTERED, aclrtHostRegisterV2, page, 8192, ACL_HOST_REG_MAPPED);
    OK(aclrtHostGetDevicePointer, page, &device, 0);
    OK(aclrtHostUnregister, page);
    REFUSED(ACL_ERROR_HOST_MEMORY_NOT_REGISTERED, aclrtHostUnregister, page);
    free(page);
}
END_TEST

START_TEST(what_the_910b_profile_lacks)
{
    aclrtMemPool pool = NULL;
    aclrtMemPoolProps props = { .location = { 0, ACL_MEM_LOCATION_TYPE_DEVICE } };
    void *p = NULL;
    start();
    REFUSED(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, aclrtMemPoolCreate, &pool, &props);
    REFUSED(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, aclrtMemAllocManaged, &p, 4096, ACL_RT_MEM_ATTACH_GLOBAL);
    for (int i = 0; i < 3; i++)
        REFUSED(ACL_ERROR_RT_INVALID_HANDLE, aclrtMemPoolDestroy, garbage[i]);
}
END_TEST

START_TEST(peers_need_permission)
{
    void *a = NULL, *b = NULL;
    int32_t can = 0, status = 9;
    start();
    a = device_words(4, 5);
    OK(aclrtSetDevice, 1);
    b = device_words(4, 6);
    REFUSED(ACL_ERROR_RT_DRV_INTERNAL_ERROR, aclrtMemcpy, b, 16, a, 16, ACL_MEMCPY_DEVICE_TO_DEVICE);
    OK(aclrtDeviceCanAccessPeer, &can, 0, 1);
    ck_assert_int_eq(can, 1);
    OK(aclrtDevicePeerAccessStatus, 1, 0, &status);
    ck_assert_int_eq(status, 0);
    REFUSED(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, aclrtDeviceEnablePeerAccess, 0, 1);
    REFUSED(ACL_ERROR_RT_INVALID_DEVICEID, aclrtDeviceEnablePeerAccess, 1, 0);
    OK(aclrtDeviceEnablePeerAccess, 0, 0);
    OK(aclrtDevicePeerAccessStatus, 1, 0, &status);
    ck_assert_int_eq(status, 1);
    OK(aclrtMemcpy, b, 16, a, 16, ACL_MEMCPY_DEVICE_TO_DEVICE);
    ck_assert_uint_eq(device_word(b, 3), 5);
    OK(aclrtDeviceDisablePeerAccess, 0);
    REFUSED(ACL_ERROR_RT_DRV_INTERNAL_ERROR, aclrtMemcpy, b, 16, a, 16, ACL_MEMCPY_DEVICE_TO_DEVICE);
}
END_TEST

START_TEST(values_gate_streams)
{
    void *flag = NULL, *data = NULL;
    aclrtStream first, second;
    aclrtStreamStatus status = 9;
    start();
    flag = device_words(2, 0);
    data = device_words(2, 1);
    OK(aclrtCreateStream, &first);
    OK(aclrtCreateStream, &second);
    OK(aclrtValueWait, flag, 3, 0, first);
    OK(aclrtMemsetD32Async, data, 8, 2, 2, first);
    OK(aclrtStreamQuery, first, &status);
    ck_assert_int_eq(status, ACL_STREAM_STATUS_NOT_READY);
    OK(aclrtValueWrite, flag, 5, 0, second);
    OK(aclrtSynchronizeStream, first);
    ck_assert_uint_eq(device_word(data, 1), 2);
    ck_assert_uint_eq(device_word(flag, 0), 5);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtValueWait, (char *)flag + 4, 3, 0, first);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtValueWait, flag, 3, 4, first);
}
END_TEST

START_TEST(reductions)
{
    enum { N = 5 };
    aclrtStream stream;
    int32_t a[N] = { 1, -2, 3, 4, 5 }, b[N] = { 10, -20, 30, 4, -50 }, out[N];
    uint16_t h[2], g[2];
    start();
    OK(aclrtCreateStream, &stream);
    void *x = device_words(N, 0), *y = device_words(N, 0);
    for (int kind = 10; kind <= 12; kind++) {
        OK(aclrtMemcpy, x, sizeof a, a, sizeof a, ACL_MEMCPY_HOST_TO_DEVICE);
        OK(aclrtMemcpy, y, sizeof b, b, sizeof b, ACL_MEMCPY_HOST_TO_DEVICE);
        OK(aclrtReduceAsync, x, y, sizeof a, kind, ACL_INT32, stream, NULL);
        OK(aclrtSynchronizeStream, stream);
        OK(aclrtMemcpy, out, sizeof out, x, sizeof out, ACL_MEMCPY_DEVICE_TO_HOST);
        for (int i = 0; i < N; i++) {
            int sum = a[i] + b[i], most = a[i] > b[i] ? a[i] : b[i];
            ck_assert_int_eq(out[i], kind == 10 ? sum : kind == 11 ? most : sum - most);
        }
    }
    for (int i = 0; i < 2; i++) {
        h[i] = ACL(aclFloatToFloat16)(1.5f + (float)i);
        g[i] = ACL(aclFloatToFloat16)(0.25f);
    }
    OK(aclrtMemcpy, x, 4, h, 4, ACL_MEMCPY_HOST_TO_DEVICE);
    OK(aclrtMemcpy, y, 4, g, 4, ACL_MEMCPY_HOST_TO_DEVICE);
    OK(aclrtReduceAsync, x, y, 4, 10, ACL_FLOAT16, stream, NULL);
    OK(aclrtMemcpy, h, 4, x, 4, ACL_MEMCPY_DEVICE_TO_HOST);
    ck_assert_float_eq(ACL(aclFloat16ToFloat)(h[1]), 2.75f);
    REFUSED(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, aclrtReduceAsync, x, y, 16, 10, ACL_DOUBLE, stream, NULL);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtReduceAsync, x, y, 16, 9, ACL_INT32, stream, NULL);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtReduceAsync, x, a, 16, 10, ACL_INT32, stream, NULL);
}
END_TEST

/* Every 16-bit number there and back. */
START_TEST(numbers_of_16_bits)
{
    for (uint32_t i = 0; i < 65536; i++) {
        float wide = ACL(aclFloat16ToFloat)((aclFloat16)i);
        if ((i & 0x7c00) == 0x7c00 && (i & 0x3ff))
            ck_assert(wide != wide);
        else
            ck_assert_uint_eq(ACL(aclFloatToFloat16)(wide), i);
    }
    ck_assert_uint_eq(ACL(aclFloatToFloat16)(65519.0f), 0x7bff);
    ck_assert_uint_eq(ACL(aclFloatToFloat16)(65520.0f), 0x7c00);
    ck_assert_uint_eq(ACL(aclFloatToFloat16)(1e-8f), 0);
    ck_assert_uint_eq(ACL(aclFloatToFloat16)(1.00048828125f), 0x3c00); /* half way: to even */
    ck_assert_uint_eq(ACL(aclFloatToFloat16)(1.00146484375f), 0x3c02);
}
END_TEST

Suite *memory_suite(void)
{
    Suite *suite = suite_create("memory");
    TCase *tc = tcase_create("memory");
    tcase_set_timeout(tc, 20);
    tcase_add_test(tc, allocations_are_rounded_as_on_a2);
    tcase_add_test(tc, bad_allocations);
    tcase_add_test(tc, memory_information);
    tcase_add_test(tc, copies_carry_the_data);
    tcase_add_test(tc, copies_are_checked);
    tcase_add_test(tc, fills);
    tcase_add_test(tc, copies_in_two_dimensions);
    tcase_add_test(tc, batches_tell_the_copy_that_failed);
    tcase_add_test(tc, host_memory_and_what_pointers_are);
    tcase_add_test(tc, what_the_910b_profile_lacks);
    tcase_add_test(tc, peers_need_permission);
    tcase_add_test(tc, values_gate_streams);
    tcase_add_test(tc, reductions);
    tcase_add_test(tc, numbers_of_16_bits);
    suite_add_tcase(suite, tc);
    return suite;
}
