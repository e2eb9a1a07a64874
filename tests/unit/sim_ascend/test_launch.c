/* SPDX-License-Identifier: Apache-2.0 */
/* Images and launches in all of ACL's forms, with results compared; and the images and launches that are refused. */
#include <pthread.h>

#include "drivers/sim/ascend/geometry.h"
#include "tests/unit/sim_ascend/test_acl.h"

enum { N = 1000 };

typedef struct axpy_args {
    float a;
    const void *x;
    void *y;
    int32_t n;
} axpy_args;

static aclrtStream stream;
static aclrtBinHandle image;
static float *x_device, *y_device;

static void prepare(void)
{
    float x[N], y[N];
    start();
    image = load_image();
    OK(aclrtCreateStream, &stream);
    for (int i = 0; i < N; i++) {
        x[i] = (float)i;
        y[i] = 1;
    }
    OK(aclrtMalloc, (void **)&x_device, sizeof x, 0);
    OK(aclrtMalloc, (void **)&y_device, sizeof y, 0);
    OK(aclrtMemcpy, x_device, sizeof x, x, sizeof x, ACL_MEMCPY_HOST_TO_DEVICE);
    OK(aclrtMemcpy, y_device, sizeof y, y, sizeof y, ACL_MEMCPY_HOST_TO_DEVICE);
}

/* y = 1 + times * a * x */
static void check_axpy(float factor)
{
    float y[N];
    OK(aclrtSynchronizeStream, stream);
    OK(aclrtMemcpy, y, sizeof y, y_device, sizeof y, ACL_MEMCPY_DEVICE_TO_HOST);
    for (int i = 0; i < N; i++)
        ck_assert_float_eq(y[i], 1 + factor * (float)i);
}

START_TEST(host_arguments)
{
    prepare();
    axpy_args args = { 2, x_device, y_device, N };
    OK(aclrtLaunchKernelWithHostArgs, find_kernel(image, "axpy"), N, stream, NULL, &args, 28, NULL, 0);
    args.a = 100; /* the block was taken at the call */
    check_axpy(2);
}
END_TEST

START_TEST(device_arguments)
{
    void *block = NULL;
    prepare();
    axpy_args args = { 3, x_device, y_device, N };
    OK(aclrtMalloc, &block, sizeof args, 0);
    OK(aclrtMemcpyAsync, block, sizeof args, &args, sizeof args, ACL_MEMCPY_HOST_TO_DEVICE, stream);
    OK(aclrtLaunchKernel, find_kernel(image, "axpy"), N, block, 28, stream);
    check_axpy(3);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtLaunchKernelV2, find_kernel(image, "axpy"), N, &args, 28, NULL, stream);
    OK(aclrtLaunchKernelV2, find_kernel(image, "axpy"), N, block, 28, NULL, stream);
    check_axpy(6);
}
END_TEST

START_TEST(arguments_in_an_array)
{
    prepare();
    float a = 4;
    int32_t n = N;
    void *args[] = { &a, &x_device, &y_device, &n };
    OK(aclrtLaunchKernelWithArgsArray, find_kernel(image, "axpy"), N, stream, NULL, args);
    check_axpy(4);
    args[2] = NULL;
    REFUSED(ACL_ERROR_INVALID_PARAM, aclrtLaunchKernelWithArgsArray, find_kernel(image, "axpy"), N, stream, NULL, args);
    check_axpy(4);
}
END_TEST

static void append_axpy(aclrtArgsHandle list, float a, aclrtParamHandle params[4])
{
    int32_t n = N;
    OK(aclrtKernelArgsAppend, list, &a, 4, &params[0]);
    OK(aclrtKernelArgsAppend, list, &x_device, 8, &params[1]);
    OK(aclrtKernelArgsAppend, list, &y_device, 8, &params[2]);
    OK(aclrtKernelArgsAppend, list, &n, 4, &params[3]);
}

START_TEST(argument_lists)
{
    aclrtArgsHandle list = NULL;
    aclrtParamHandle params[4], extra;
    float a = 3;
    prepare();
    aclrtFuncHandle axpy = find_kernel(image, "axpy");
    OK(aclrtKernelArgsInit, axpy, &list);
    append_axpy(list, 2, params);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtKernelArgsAppend, list, &a, 4, &extra);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtLaunchKernelWithConfig, axpy, N, stream, NULL, list, NULL);
    OK(aclrtKernelArgsFinalize, list);
    OK(aclrtLaunchKernelWithConfig, axpy, N, stream, NULL, list, NULL);
    check_axpy(2);
    OK(aclrtKernelArgsParaUpdate, list, params[0], &a, 4);
    OK(aclrtLaunchKernelWithConfig, axpy, N, stream, NULL, list, NULL);
    check_axpy(5);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtLaunchKernelWithConfig, find_kernel(image, "bump"), 1, stream, NULL, list,
            NULL);
    for (int i = 0; i < 3; i++)
        REFUSED(ACL_ERROR_RT_INVALID_HANDLE, aclrtLaunchKernelWithConfig, axpy, 1, stream, NULL, garbage[i], NULL);
    OK(aclrtBinaryUnLoad, image);
    REFUSED(ACL_ERROR_RT_INVALID_HANDLE, aclrtKernelArgsFinalize, list);
}
END_TEST

START_TEST(argument_lists_in_the_programs_memory)
{
    aclrtParamHandle params[4];
    size_t handle_bytes = 0, args_bytes = 0;
    prepare();
    aclrtFuncHandle axpy = find_kernel(image, "axpy");
    OK(aclrtKernelArgsGetHandleMemSize, axpy, &handle_bytes);
    OK(aclrtKernelArgsGetMemSize, axpy, 32, &args_bytes);
    void *list = malloc(handle_bytes), *room = malloc(args_bytes);
    OK(aclrtKernelArgsInitByUserMem, axpy, list, room, args_bytes);
    append_axpy(list, 7, params);
    OK(aclrtKernelArgsFinalize, list);
    OK(aclrtLaunchKernelWithConfig, axpy, N, stream, NULL, list, NULL);
    check_axpy(7);
    OK(aclrtKernelArgsInitByUserMem, axpy, list, room, args_bytes); /* the same memory, a new list */
    append_axpy(list, 1, params);
    OK(aclrtKernelArgsFinalize, list);
    OK(aclrtLaunchKernelWithConfig, axpy, N, stream, NULL, list, NULL);
    check_axpy(8);
    free(list);
    free(room);
}
END_TEST

START_TEST(placeholders_carry_host_data)
{
    struct {
        void *out;
        uint64_t a, b, c;
        int32_t values[3];
    } block = { .values = { 10, 200, 3000 } };
    aclrtPlaceHolderInfo holders[] = { { 8, 32 }, { 16, 36 }, { 24, 40 } };
    prepare();
    block.out = device_words(1, 0);
    aclrtFuncHandle sum3 = find_kernel(image, "sum3");
    OK(aclrtLaunchKernelWithHostArgs, sum3, 1, stream, NULL, &block, 44, holders, 3);
    OK(aclrtSynchronizeStream, stream);
    ck_assert_uint_eq(device_word(block.out, 0), 3210);
    holders[2].addrOffset = 40;
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtLaunchKernelWithHostArgs, sum3, 1, stream, NULL, &block, 44, holders, 3);

    aclrtArgsHandle list;
    aclrtParamHandle out, param[3];
    int32_t *room[3];
    OK(aclrtKernelArgsInit, sum3, &list);
    OK(aclrtKernelArgsAppend, list, &block.out, 8, &out);
    for (int i = 0; i < 3; i++) {
        OK(aclrtKernelArgsAppendPlaceHolder, list, &param[i]);
        OK(aclrtKernelArgsGetPlaceHolderBuffer, list, param[i], 4, (void **)&room[i]);
        *room[i] = 5 + i;
    }
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtKernelArgsGetPlaceHolderBuffer, list, out, 4, (void **)&room[0]);
    OK(aclrtKernelArgsFinalize, list);
    OK(aclrtLaunchKernelWithConfig, sum3, 1, stream, NULL, list, NULL);
    OK(aclrtSynchronizeStream, stream);
    ck_assert_uint_eq(device_word(block.out, 0), 18);
}
END_TEST

/* The memory of a launch that has ended is given back by a later one, which must not wait for the whole device. */
START_TEST(placeholders_do_not_wait_for_other_streams)
{
    struct {
        void *out;
        uint64_t a, b, c;
        int32_t values[3];
    } block = { .values = { 1, 2, 3 } };
    aclrtPlaceHolderInfo holders[] = { { 8, 32 }, { 16, 36 }, { 24, 40 } };
    aclrtStream other;
    prepare();
    block.out = device_words(1, 0);
    void *spot = device_words(1, 0);
    aclrtFuncHandle sum3 = find_kernel(image, "sum3");
    OK(aclrtCreateStream, &other);
    OK(aclrtLaunchKernelWithHostArgs, find_kernel(image, "forever"), 1, other, NULL, &spot, 8, NULL, 0);
    for (int i = 0; i < 3; i++) {
        block.values[0] = 10 * i;
        OK(aclrtLaunchKernelWithHostArgs, sum3, 1, stream, NULL, &block, 44, holders, 3);
        OK(aclrtSynchronizeStream, stream);
        ck_assert_uint_eq(device_word(block.out, 0), 10 * i + 5);
    }
    aclrtStreamStatus status = ACL_STREAM_STATUS_COMPLETE;
    OK(aclrtStreamQuery, other, &status);
    ck_assert_int_eq(status, ACL_STREAM_STATUS_NOT_READY);
    OK(aclrtStreamAbort, other);
    REFUSED(ACL_ERROR_RT_STREAM_ABORT, aclrtSynchronizeStream, other);
    OK(aclrtDestroyStream, other);
}
END_TEST

START_TEST(blocks_only_without_a_record)
{
    prepare();
    void *out = device_words(5 * 8, 0);
    OK(aclrtLaunchKernelWithHostArgs, find_kernel(image, "shape"), 5, stream, NULL, &out, 8, NULL, 0);
    OK(aclrtSynchronizeStream, stream);
    static const uint32_t expected[] = { 5, 1, 1, 1, 1, 1, 0 };
    for (uint32_t b = 0; b < 5; b++) {
        for (uint32_t i = 0; i < 7; i++)
            ck_assert_uint_eq(device_word(out, b * 8 + i), expected[i]);
        ck_assert_uint_eq(device_word(out, b * 8 + 7), b);
    }
}
END_TEST

START_TEST(the_record_gives_the_shape)
{
    struct {
        void *out;
        tn_ascend_geometry shape;
    } block = { NULL, { { 3, 2, 2 }, { 16, 4, 2 }, 512, TN_ASCEND_GEOMETRY_MAGIC } };
    prepare();
    block.out = device_words(12 * 8, 0);
    aclrtFuncHandle shape = find_kernel(image, "shape");
    OK(aclrtLaunchKernelWithHostArgs, shape, 12, stream, NULL, &block, sizeof block, NULL, 0);
    OK(aclrtSynchronizeStream, stream);
    static const uint32_t expected[] = { 3, 2, 2, 16, 4, 2, 512 };
    for (uint32_t b = 0; b < 12; b++)
        for (uint32_t i = 0; i < 7; i++)
            ck_assert_uint_eq(device_word(block.out, b * 8 + i), expected[i]);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtLaunchKernelWithHostArgs, shape, 11, stream, NULL, &block, sizeof block,
            NULL, 0);
    block.shape.block[0] = 4096;
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtLaunchKernelWithHostArgs, shape, 12, stream, NULL, &block, sizeof block,
            NULL, 0);
    block.shape.block[0] = 0;
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtLaunchKernelWithHostArgs, shape, 12, stream, NULL, &block, sizeof block,
            NULL, 0);
}
END_TEST

START_TEST(launches_are_checked)
{
    aclrtStream elsewhere;
    aclrtLaunchKernelAttr attr = { ACL_RT_LAUNCH_KERNEL_ATTR_DYN_UBUF_SIZE, { .dynUBufSize = 1 << 20 } };
    aclrtLaunchKernelCfg cfg = { &attr, 1 };
    prepare();
    axpy_args args = { 2, x_device, y_device, N };
    aclrtFuncHandle axpy = find_kernel(image, "axpy");
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtLaunchKernelWithHostArgs, axpy, 0, stream, NULL, &args, 28, NULL, 0);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtLaunchKernelWithHostArgs, axpy, 1, stream, NULL, &args, 24, NULL, 0);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtLaunchKernelWithHostArgs, axpy, 1, stream, NULL, NULL, 28, NULL, 0);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtLaunchKernelWithHostArgs, axpy, 1, stream, &cfg, &args, 28, NULL,
            0); /* local memory */
    attr.id = 99;
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtLaunchKernelWithHostArgs, axpy, 1, stream, &cfg, &args, 28, NULL, 0);
    REFUSED(ACL_ERROR_INVALID_PARAM, aclrtLaunchKernelWithHostArgs, NULL, 1, stream, NULL, &args, 28, NULL, 0);
    for (int i = 0; i < 3; i++) {
        REFUSED(ACL_ERROR_RT_INVALID_HANDLE, aclrtLaunchKernelWithHostArgs, garbage[i], 1, stream, NULL, &args, 28,
                NULL, 0);
        REFUSED(ACL_ERROR_RT_INVALID_HANDLE, aclrtLaunchKernelWithHostArgs, axpy, 1, garbage[i], NULL, &args, 28, NULL,
                0);
    }
    OK(aclrtSetDevice, 1);
    OK(aclrtCreateStream, &elsewhere);
    REFUSED(ACL_ERROR_RT_INVALID_DEVICE_FUNCTION, aclrtLaunchKernelWithHostArgs, axpy, 1, elsewhere, NULL, &args, 28,
            NULL, 0);
    OK(aclrtSetDevice, 0);
    check_axpy(0);
}
END_TEST

START_TEST(functions_describe_themselves)
{
    size_t count = 0, offset = 0, bytes = 0;
    char name[16];
    int64_t type = -1;
    aclrtBinHandle back = NULL;
    prepare();
    aclrtFuncHandle axpy = find_kernel(image, "axpy");
    ck_assert_ptr_eq(axpy, find_kernel(image, "axpy"));
    OK(aclrtFunctionGetParamCount, axpy, &count);
    ck_assert_uint_eq(count, 4);
    OK(aclrtFunctionGetParamInfo, axpy, 3, &offset, &bytes);
    ck_assert_uint_eq(offset * 100 + bytes, 2404);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtFunctionGetParamInfo, axpy, 4, &offset, &bytes);
    OK(aclrtGetFunctionName, axpy, sizeof name, name);
    ck_assert_str_eq(name, "axpy");
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtGetFunctionName, axpy, 4, name);
    OK(aclrtGetFunctionAttribute, axpy, ACL_FUNC_ATTR_KERNEL_TYPE, &type);
    ck_assert_int_eq(type, ACL_KERNEL_TYPE_VECTOR);
    OK(aclrtFunctionGetBinary, axpy, &back);
    ck_assert_ptr_eq(back, image);
    REFUSED(ACL_ERROR_RT_KERNEL_LOOKUP, aclrtBinaryGetFunction, image, "nothing", &axpy);
    REFUSED(ACL_ERROR_RT_KERNEL_LOOKUP, aclrtBinaryGetFunctionByEntry, image, 7, &axpy);
}
END_TEST

START_TEST(variables_are_of_the_device)
{
    void *here = NULL, *there = NULL;
    size_t bytes = 0;
    prepare();
    OK(aclrtBinaryGetGlobal, image, "counter", &here, &bytes);
    ck_assert_uint_eq(bytes, 4);
    ck_assert_uint_eq(device_word(here, 0), 100);
    OK(aclrtLaunchKernelWithHostArgs, find_kernel(image, "bump"), 1, stream, NULL, NULL, 0, NULL, 0);
    OK(aclrtSynchronizeStream, stream);
    ck_assert_uint_eq(device_word(here, 0), 101);
    OK(aclrtSetDevice, 1);
    OK(aclrtBinaryGetGlobal, load_image(), "counter", &there, NULL);
    ck_assert_ptr_ne(here, there);
    ck_assert_uint_eq(device_word(there, 0), 100);
    REFUSED(ACL_ERROR_RT_SYMBOL_NOT_FOUND, aclrtBinaryGetGlobal, image, "nothing", &here, NULL);
}
END_TEST

START_TEST(images_end)
{
    prepare();
    aclrtFuncHandle axpy = find_kernel(image, "axpy");
    axpy_args args = { 2, x_device, y_device, N };
    OK(aclrtBinaryUnLoad, image);
    REFUSED(ACL_ERROR_RT_INVALID_HANDLE, aclrtBinaryUnLoad, image);
    REFUSED(ACL_ERROR_RT_INVALID_HANDLE, aclrtLaunchKernelWithHostArgs, axpy, 1, stream, NULL, &args, 28, NULL, 0);
    REFUSED(ACL_ERROR_RT_INVALID_HANDLE, aclrtBinaryGetFunction, image, "axpy", &axpy);
}
END_TEST

START_TEST(images_from_files_and_the_old_way)
{
    size_t bytes;
    aclrtBinHandle loaded = NULL;
    prepare();
    void *data = wrapped_image(&bytes);
    char path[] = "/tmp/ascend-image-XXXXXX";
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "wb");
    ck_assert_uint_eq(fwrite(data, 1, bytes, file), bytes);
    fclose(file);
    OK(aclrtBinaryLoadFromFile, path, NULL, &loaded);
    find_kernel(loaded, "sum3");
    remove(path);
    REFUSED(ACL_ERROR_RT_FILE_OPEN, aclrtBinaryLoadFromFile, path, NULL, &loaded);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtBinaryLoadFromFile, "/", NULL, &loaded); /* a directory */
    aclrtBinary binary = ACL(aclrtCreateBinary)(data, bytes);
    OK(aclrtBinaryLoad, binary, &loaded);
    find_kernel(loaded, "axpy");
    OK(aclrtDestroyBinary, binary);
    REFUSED(ACL_ERROR_RT_INVALID_HANDLE, aclrtDestroyBinary, binary);
    REFUSED(ACL_ERROR_RT_INVALID_HANDLE, aclrtBinaryLoad, binary, &loaded);
    free(data);
}
END_TEST

START_TEST(bad_images)
{
    size_t bytes;
    aclrtBinHandle loaded = NULL;
    unsigned char text[256] = "this is no kernel";
    prepare();
    unsigned char *data = wrapped_image(&bytes);
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtBinaryLoadFromData, text, sizeof text, NULL, &loaded);
    REFUSED(ACL_ERROR_INVALID_PARAM, aclrtBinaryLoadFromData, NULL, 10, NULL, &loaded);
    REFUSED(ACL_ERROR_INVALID_PARAM, aclrtBinaryLoadFromData, data, 0, NULL, &loaded);
    for (size_t cut = 1; cut < bytes; cut = cut * 2 + 7)
        ck_assert_int_ne(ACL(aclrtBinaryLoadFromData)(data, cut, NULL, &loaded), ACL_SUCCESS);
    data[18] = 183; /* e_machine: a kernel for the AI CPU */
    data[19] = 0;
    REFUSED(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, aclrtBinaryLoadFromData, data, bytes, NULL, &loaded);
    data[18] = 62; /* an x86 program */
    REFUSED(ACL_ERROR_RT_PARAM_INVALID, aclrtBinaryLoadFromData, data, bytes, NULL, &loaded);
    ck_assert_ptr_null(loaded);
    free(data);
}
END_TEST

/* A file as the vendor's compiler makes it has no section for the simulator. */
START_TEST(machine_code_for_silicon_is_refused_with_a_sentence)
{
    size_t bytes;
    aclrtBinHandle loaded = NULL;
    prepare();
    unsigned char *data = wrapped_image(&bytes);
    for (size_t i = 0; i + 10 < bytes; i++)
        if (!memcmp(data + i, ".tenon.sim", 10))
            data[i + 1] = 'X';
    ck_assert_int_eq(ACL(aclrtBinaryLoadFromData)(data, bytes, NULL, &loaded), ACL_ERROR_RT_FEATURE_NOT_SUPPORT);
    ck_assert_ptr_nonnull(strstr(ACL(aclGetRecentErrMsg)(), "machine code for silicon"));
    free(data);
}
END_TEST

enum { THREADS = 4, ROUNDS = 60, WORDS = 512 };

/* One thread's life: a stream, memory, events and an image of its own, and another thread's event to wait for. */
static void *work_alone(void *argument)
{
    uint32_t seed = *(uint32_t *)argument, host[WORDS];
    float a = 1;
    int32_t n = WORDS;
    void *x = NULL, *y = NULL;
    aclrtStream own;
    OK(aclrtSetDevice, (int32_t)seed % 2);
    OK(aclrtCreateStream, &own);
    aclrtBinHandle loaded = load_image();
    aclrtFuncHandle axpy = find_kernel(loaded, "axpy");
    OK(aclrtMalloc, &x, WORDS * 4, 0);
    OK(aclrtMalloc, &y, WORDS * 4, 0);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        aclrtEvent event;
        float one = (float)(seed + round), read[WORDS];
        uint32_t bits;
        memcpy(&bits, &one, 4);
        OK(aclrtCreateEventExWithFlag, &event, ACL_EVENT_SYNC | ACL_EVENT_TIME_LINE);
        OK(aclrtMemsetD32Async, x, WORDS * 4, bits, WORDS, own);
        OK(aclrtMemsetAsync, y, WORDS * 4, 0, WORDS * 4, own);
        void *args[] = { &a, &x, &y, &n };
        OK(aclrtLaunchKernelWithArgsArray, axpy, WORDS, own, NULL, args);
        OK(aclrtLaunchKernelWithArgsArray, axpy, WORDS, own, NULL, args);
        OK(aclrtRecordEvent, event, own);
        OK(aclrtMemcpyAsync, read, sizeof read, y, sizeof read, ACL_MEMCPY_DEVICE_TO_HOST, own);
        OK(aclrtSynchronizeEvent, event);
        OK(aclrtSynchronizeStream, own);
        for (int i = 0; i < WORDS; i++)
            ck_assert_float_eq(read[i], 2 * one);
        ck_assert_int_eq(ACL(aclrtMemcpy)(host, 1, x, 4, ACL_MEMCPY_DEVICE_TO_HOST), ACL_ERROR_RT_PARAM_INVALID);
        ck_assert_ptr_nonnull(ACL(aclGetRecentErrMsg)()); /* the thread's own */
        OK(aclrtDestroyEvent, event);
    }
    OK(aclrtFree, x);
    OK(aclrtFree, y);
    OK(aclrtBinaryUnLoad, loaded);
    OK(aclrtDestroyStream, own);
    return NULL;
}

START_TEST(threads_work_side_by_side)
{
    pthread_t threads[THREADS];
    uint32_t seeds[THREADS];
    OK(aclInit, NULL);
    for (uint32_t i = 0; i < THREADS; i++) {
        seeds[i] = i;
        ck_assert_int_eq(pthread_create(&threads[i], NULL, work_alone, &seeds[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}
END_TEST

Suite *launch_suite(void)
{
    Suite *suite = suite_create("launches");
    TCase *tc = tcase_create("launches");
    tcase_set_timeout(tc, 20);
    tcase_add_test(tc, host_arguments);
    tcase_add_test(tc, device_arguments);
    tcase_add_test(tc, arguments_in_an_array);
    tcase_add_test(tc, argument_lists);
    tcase_add_test(tc, argument_lists_in_the_programs_memory);
    tcase_add_test(tc, placeholders_carry_host_data);
    tcase_add_test(tc, placeholders_do_not_wait_for_other_streams);
    tcase_add_test(tc, blocks_only_without_a_record);
    tcase_add_test(tc, the_record_gives_the_shape);
    tcase_add_test(tc, launches_are_checked);
    tcase_add_test(tc, functions_describe_themselves);
    tcase_add_test(tc, variables_are_of_the_device);
    tcase_add_test(tc, images_end);
    tcase_add_test(tc, images_from_files_and_the_old_way);
    tcase_add_test(tc, bad_images);
    tcase_add_test(tc, machine_code_for_silicon_is_refused_with_a_sentence);
    tcase_add_test(tc, threads_work_side_by_side);
    suite_add_tcase(suite, tc);
    return suite;
}
