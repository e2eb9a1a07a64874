/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Ascend driver over its stand-in, through the driver ABI alone: devices, memory, copies, fills, points, marks,
 * images, launches, failures, and what the driver leaves as it found it.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bundle/ktab.h"
#include "drivers/common/container.h"
#include "drivers/sim/ascend/acl_functions.h"
#include "tests/unit/host.h"
#include "tests/unit/suite.h"

static const tn_driver *driver;
static tn_driver_instance *instance;
static tn_driver_device *device;
static tn_driver_stream *stream;
static uint64_t value; /* of the last submission to `stream` */
static tn_driver_image image;

static void load_driver(void)
{
    char path[512];
    snprintf(path, sizeof path, "%s/lib/tenon/drivers/ascend.so", host_build());
    driver = host_load(path);
    ck_assert_msg(driver != NULL, "%s", host_message);
}

static void open_simulated(const char *simulate)
{
    char directory[512];
    snprintf(directory, sizeof directory, "%s/lib/tenon/sim", host_build());
    tn_driver_options options = { sizeof options, TN_OPEN_NO_HARDWARE, simulate, directory, NULL };
    GOOD(driver->open(&options, &instance));
}

static void open_device(const char *simulate)
{
    tn_driver_stream_options options = { .size = sizeof options };
    load_driver();
    open_simulated(simulate);
    GOOD(driver->device_open(instance, 0, &device));
    GOOD(driver->stream_create(device, &options, &stream));
    value = 0;
}

static void close_device(void)
{
    driver->stream_destroy(stream);
    driver->device_close(device);
    driver->close(instance);
    ck_assert_uint_eq(host_allocations, 0);
}

static void wait_all(void)
{
    GOOD(driver->stream_wait(stream, value, TN_FOREVER));
}

static tn_address new_memory(uint64_t bytes)
{
    tn_address address = 0;
    GOOD(driver->memory_alloc(device, bytes, &address));
    ck_assert_uint_eq(address % 64, 0);
    return address;
}

static void read_back(void *out, tn_address from, uint64_t bytes)
{
    GOOD(driver->submit_copy(stream, TN_COPY_TO_HOST, (uint64_t)(uintptr_t)out, from, bytes, false, ++value,
                             TN_SUBMIT_POINT));
    wait_all();
}

static void read_image(void)
{
    FILE *file = fopen(getenv("ASCEND_IMAGE"), "rb");
    ck_assert_ptr_nonnull(file);
    fseek(file, 0, SEEK_END);
    size_t bytes = (size_t)ftell(file);
    void *data = malloc(bytes);
    rewind(file);
    ck_assert_uint_eq(fread(data, 1, bytes, file), bytes);
    fclose(file);
    image = (tn_driver_image){ sizeof image, TN_IMAGE_SIM, 0, "", "", data, bytes, tn_container_table(data, bytes) };
    ck_assert_ptr_nonnull(image.table);
}

static tn_driver_module *load_module(void)
{
    tn_driver_module *module = NULL;
    read_image();
    GOOD(driver->module_load(device, &image, &module));
    return module;
}

static tn_driver_kernel *kernel_of(tn_driver_module *module, const char *name)
{
    tn_driver_kernel *kernel = NULL;
    int64_t index = tn_ktab_find_kernel(image.table, name);
    ck_assert_int_ge(index, 0);
    GOOD(driver->module_kernel(module, (uint32_t)index, &kernel));
    return kernel;
}

static tn_status launch(tn_driver_kernel *kernel, tn_dim3 grid, tn_dim3 block, const void *args, uint32_t bytes)
{
    tn_driver_launch l = { sizeof l, 0, grid, block, 0, bytes, args };
    tn_status status = driver->submit_launch(stream, kernel, &l, value + 1, TN_SUBMIT_POINT);
    value += status == TN_OK;
    return status;
}

/* ------------------------------------------------------------------------------------------------------- */

START_TEST(device_is_described)
{
    tn_device_info info = { .size = sizeof info };
    uint32_t count = 0;
    uint64_t unused, total;
    open_device("ascend910b:3");
    GOOD(driver->device_count(instance, &count));
    ck_assert_uint_eq(count, 3);
    GOOD(driver->device_info(instance, 2, &info));
    ck_assert_str_eq(info.name, "Ascend910B3");
    ck_assert_str_eq(info.vendor, "Huawei");
    ck_assert_str_eq(info.driver, "ascend");
    ck_assert_ptr_nonnull(strstr(info.library, "libtenon-sim-ascend.so"));
    ck_assert(info.flags & TN_DEVICE_SIMULATED);
    ck_assert(!(info.flags & TN_DEVICE_THREADS));
    ck_assert_uint_eq(info.width, 1);
    ck_assert_uint_eq(info.local_bytes, 192 * 1024);
    ck_assert_uint_eq(info.memory_bytes, 64ull << 30);
    GOOD(driver->device_memory(device, &unused, &total));
    ck_assert_uint_eq(total, 64ull << 30);
    ck_assert_int_eq(driver->device_info(instance, 3, &info), TN_NOT_FOUND);
    ck_assert_uint_eq(info.size, sizeof info);
    close_device();
}
END_TEST

START_TEST(nothing_is_simulated_unasked)
{
    uint32_t count = 9;
    load_driver();
    open_simulated(NULL);
    GOOD(driver->device_count(instance, &count));
    ck_assert_uint_eq(count, 0);
    driver->close(instance);
    open_simulated("bw1000:2"); /* another family's */
    GOOD(driver->device_count(instance, &count));
    ck_assert_uint_eq(count, 0);
    driver->close(instance);
    ck_assert_uint_eq(host_allocations, 0);
}
END_TEST

START_TEST(a_malformed_choice_is_told)
{
    tn_driver_options options = { sizeof options, TN_OPEN_NO_HARDWARE, "ascend910b:0x", NULL, NULL };
    char directory[512];
    load_driver();
    snprintf(directory, sizeof directory, "%s/lib/tenon/sim", getenv("TENON_BUILD"));
    options.library_dir = directory;
    ck_assert_int_eq(driver->open(&options, &instance), TN_INVALID);
    ck_assert_ptr_nonnull(strstr(host_message, "ascend910b:0x"));
    setenv("TENON_SIM_FAULTS", "oom=x", 1);
    options.simulate = "ascend910b";
    ck_assert_int_eq(driver->open(&options, &instance), TN_INVALID);
    ck_assert_ptr_nonnull(strstr(host_message, "TENON_SIM_FAULTS: oom=x"));
    unsetenv("TENON_SIM_FAULTS");
    options.library_dir = "/nowhere";
    ck_assert_int_eq(driver->open(&options, &instance), TN_BAD_DRIVER);
    ck_assert_uint_eq(host_allocations, 0);
}
END_TEST

/* The library under the vendor's name, as `tenon run` and a machine with CANN have it. */
START_TEST(the_vendors_library_by_path)
{
    char directory[400], override[600];
    uint32_t count = 0;
    tn_device_info info = { .size = sizeof info };
    snprintf(directory, sizeof directory, "%s/lib/tenon/sim", getenv("TENON_BUILD"));
    snprintf(override, sizeof override, "cuda=/nowhere:ascend=%s/ascend/libascendcl.so", directory);
    tn_driver_options options = { sizeof options, 0, NULL, directory, override };
    setenv("TENON_SIM", "ascend910b:2", 1);
    load_driver();
    GOOD(driver->open(&options, &instance));
    GOOD(driver->device_count(instance, &count));
    ck_assert_uint_eq(count, 2);
    GOOD(driver->device_info(instance, 0, &info));
    ck_assert(info.flags & TN_DEVICE_SIMULATED); /* the marker says so, whatever the name */
    ck_assert_ptr_nonnull(strstr(info.library, "libascendcl.so"));
    driver->close(instance);
    snprintf(override, sizeof override, "%s/ascend", directory);
    setenv("LD_LIBRARY_PATH", override, 1); /* both ways to a simulator: the devices count once */
    options.library_override = NULL;
    options.simulate = "ascend910b:2";
    GOOD(driver->open(&options, &instance));
    GOOD(driver->device_count(instance, &count));
    ck_assert_uint_eq(count, 2);
    driver->close(instance);
    ck_assert_uint_eq(host_allocations, 0);
}
END_TEST

START_TEST(libraries_that_are_none)
{
    tn_driver_options options = { sizeof options, 0, NULL, NULL, "ascend=libascendcl.so" };
    load_driver();
    ck_assert_int_eq(driver->open(&options, &instance), TN_INVALID);
    ck_assert_ptr_nonnull(strstr(host_message, "absolute"));
    options.library_override = "ascend=/nowhere/libascendcl.so";
    ck_assert_int_eq(driver->open(&options, &instance), TN_BAD_DRIVER);
    char other[600];
    snprintf(other, sizeof other, "ascend=%s/lib/tenon/drivers/ascend.so", getenv("TENON_BUILD"));
    options.library_override = other; /* a library, and not ACL */
    ck_assert_int_eq(driver->open(&options, &instance), TN_BAD_DRIVER);
    ck_assert_ptr_nonnull(strstr(host_message, "aclInit"));
    ck_assert_uint_eq(host_allocations, 0);
}
END_TEST

START_TEST(copies_and_pinned_memory)
{
    enum { N = 100003 };
    unsigned char *a = malloc(N), *b = malloc(N);
    void *pinned = NULL;
    tn_address mapped = 0;
    open_device("ascend910b:1");
    tn_address x = new_memory(N), y = new_memory(N);
    GOOD(driver->host_alloc(device, N, &pinned, &mapped));
    for (int i = 0; i < N; i++)
        a[i] = (unsigned char)(i * 11);
    memcpy(pinned, a, N);
    GOOD(driver->submit_copy(stream, TN_COPY_TO_DEVICE, x, (uint64_t)(uintptr_t)pinned, N, true, ++value, 0));
    GOOD(driver->submit_copy(stream, TN_COPY_ON_DEVICE, y, x, N, false, ++value, 0));
    read_back(b, y, N);
    ck_assert_mem_eq(a, b, N);
    ck_assert_int_eq(
        driver->submit_copy(stream, TN_COPY_TO_DEVICE, 4096, (uint64_t)(uintptr_t)a, N, false, value + 1, 0),
        TN_INVALID);
    ck_assert_int_eq(host_code, ACL_ERROR_RT_PARAM_INVALID);
    GOOD(driver->host_free(device, pinned));
    GOOD(driver->memory_free(device, x));
    ck_assert_int_ne(driver->memory_free(device, x), TN_OK);
    GOOD(driver->memory_free(device, y));
    close_device();
    free(a);
    free(b);
}
END_TEST

/* Every pattern size at every start and count near the ends; what is beside the fill stays. */
START_TEST(fills_of_every_size)
{
    enum { ROOM = 128 };
    static const uint32_t patterns[] = { 0x5a, 0x12345678, 0x1234, 0x7777 };
    unsigned char host[ROOM], expected[ROOM];
    open_device("ascend910b:1");
    tn_address x = new_memory(ROOM);
    for (uint32_t bytes = 1; bytes <= 4; bytes *= 2)
        for (uint32_t p = 0; p < 4; p++)
            for (uint32_t start = 0; start < 4; start++)
                for (uint64_t count = 1; count < 9; count++) {
                    memset(expected, 0xEE, ROOM);
                    for (uint64_t i = 0; i < count; i++)
                        memcpy(expected + (start + i) * bytes, &patterns[p], bytes);
                    GOOD(driver->submit_fill(stream, x, 0xEE, 1, ROOM, ++value, 0));
                    uint32_t pattern = bytes == 4 ? patterns[p] : patterns[p] & ((1u << 8 * bytes) - 1);
                    GOOD(driver->submit_fill(stream, x + start * bytes, pattern, bytes, count, ++value, 0));
                    read_back(host, x, ROOM);
                    ck_assert_mem_eq(host, expected, ROOM);
                }
    GOOD(driver->memory_free(device, x));
    close_device();
}
END_TEST

START_TEST(kernels_run_with_their_shape)
{
    enum { N = 1000 };
    float x[N], y[N];
    open_device("ascend910b:1");
    tn_driver_module *module = load_module();
    tn_address dx = new_memory(sizeof x), dy = new_memory(sizeof y);
    _Alignas(16) struct {
        float a;
        uint64_t x, y;
        int32_t n;
    } args = { 3, dx, dy, N };
    for (int i = 0; i < N; i++) {
        x[i] = (float)i;
        y[i] = 2;
    }
    GOOD(driver->submit_copy(stream, TN_COPY_TO_DEVICE, dx, (uint64_t)(uintptr_t)x, sizeof x, false, ++value, 0));
    GOOD(driver->submit_copy(stream, TN_COPY_TO_DEVICE, dy, (uint64_t)(uintptr_t)y, sizeof y, false, ++value, 0));
    GOOD(launch(kernel_of(module, "axpy"), (tn_dim3){ 8, 1, 1 }, (tn_dim3){ 128, 1, 1 }, &args, 28));
    read_back(y, dy, sizeof y);
    for (int i = 0; i < N; i++)
        ck_assert_float_eq(y[i], 2 + 3 * (float)i);

    uint32_t shape[8];
    tn_address out = new_memory(24 * 32);
    GOOD(launch(kernel_of(module, "shape"), (tn_dim3){ 4, 3, 2 }, (tn_dim3){ 8, 4, 2 }, &out, 8));
    read_back(shape, out + 23 * 32, sizeof shape);
    static const uint32_t expected[] = { 4, 3, 2, 8, 4, 2, 0, 23 };
    ck_assert_mem_eq(shape, expected, sizeof shape);

    ck_assert_int_eq(launch(kernel_of(module, "axpy"), (tn_dim3){ 1, 1, 1 }, (tn_dim3){ 2048, 1, 1 }, &args, 28),
                     TN_INVALID);
    ck_assert_int_eq(launch(kernel_of(module, "axpy"), (tn_dim3){ 0, 1, 1 }, (tn_dim3){ 1, 1, 1 }, &args, 28),
                     TN_LIMIT);
    ck_assert_int_eq(launch(kernel_of(module, "axpy"), (tn_dim3){ 70000, 70000, 1 }, (tn_dim3){ 1, 1, 1 }, &args, 28),
                     TN_LIMIT);
    driver->module_unload(module);
    close_device();
}
END_TEST

START_TEST(variables_and_images)
{
    tn_driver_module *module;
    tn_address address = 0;
    uint64_t bytes = 0;
    uint32_t word = 0;
    const char *why = NULL;
    open_device("ascend910b:1");
    module = load_module();
    GOOD(driver->module_variable(module, 0, &address, &bytes));
    ck_assert_uint_eq(bytes, 4);
    GOOD(launch(kernel_of(module, "bump"), (tn_dim3){ 1, 1, 1 }, (tn_dim3){ 1, 1, 1 }, NULL, 0));
    read_back(&word, address, 4);
    ck_assert_uint_eq(word, 101);
    ck_assert_int_eq(driver->module_variable(module, 1, &address, &bytes), TN_NOT_FOUND);
    driver->module_unload(module);

    uint32_t any = driver->image_score(device, &image, &why);
    image.width = 1;
    ck_assert_uint_gt(driver->image_score(device, &image, &why), any);
    image.width = 32;
    ck_assert_uint_eq(driver->image_score(device, &image, &why), 0);
    ck_assert_ptr_nonnull(strstr(why, "width"));
    image.width = 0;
    image.kind = TN_IMAGE_PTX;
    ck_assert_uint_eq(driver->image_score(device, &image, &why), 0);
    image.kind = TN_IMAGE_ASCEND;
    ck_assert_uint_eq(driver->image_score(device, &image, &why), 0);
    ck_assert_ptr_nonnull(strstr(why, "silicon"));
    image.kind = TN_IMAGE_SIM;
    size_t whole = image.bytes;
    for (image.bytes = 10; image.bytes < whole; image.bytes = image.bytes * 2 + 1)
        ck_assert_int_eq(driver->module_load(device, &image, &module), TN_BAD_BUNDLE);
    close_device();
}
END_TEST

START_TEST(points_and_deadlines)
{
    uint32_t ms = 1000;
    uint64_t passed = 99;
    tn_driver_stream_options options = { .size = sizeof options };
    tn_driver_stream *other = NULL;
    open_device("ascend910b:1");
    GOOD(driver->stream_create(device, &options, &other));
    tn_driver_module *module = load_module();
    tn_address data = new_memory(64);
    uint32_t word = 0;
    GOOD(driver->submit_fill(stream, data, 1, 4, 16, ++value, TN_SUBMIT_POINT));
    wait_all();
    GOOD(launch(kernel_of(module, "spin"), (tn_dim3){ 1, 1, 1 }, (tn_dim3){ 1, 1, 1 }, &ms, 4));
    GOOD(driver->submit_fill(stream, data, 2, 4, 16, ++value, TN_SUBMIT_POINT));
    ck_assert_int_eq(driver->stream_wait(stream, value, 0), TN_TIMEOUT);
    ck_assert_int_eq(driver->stream_wait(stream, value, 5000000), TN_TIMEOUT);
    GOOD(driver->stream_passed(stream, &passed));
    ck_assert_uint_eq(passed, 1);
    GOOD(driver->submit_wait(other, stream, value, 1, 0));
    GOOD(driver->submit_copy(other, TN_COPY_TO_HOST, (uint64_t)(uintptr_t)&word, data, 4, false, 2, TN_SUBMIT_POINT));
    GOOD(driver->stream_wait(other, 2, TN_FOREVER));
    ck_assert_uint_eq(word, 2);
    wait_all();
    GOOD(driver->stream_passed(stream, &passed));
    ck_assert_uint_eq(passed, value);
    driver->stream_destroy(other);
    driver->module_unload(module);
    close_device();
}
END_TEST

START_TEST(marks_measure)
{
    uint32_t ms = 30;
    int64_t ns = 0;
    tn_driver_mark *from = NULL, *to = NULL;
    open_device("ascend910b:1");
    tn_driver_module *module = load_module();
    GOOD(driver->mark_create(device, &from));
    GOOD(driver->mark_create(device, &to));
    GOOD(driver->submit_mark(stream, from, ++value, 0));
    GOOD(launch(kernel_of(module, "spin"), (tn_dim3){ 1, 1, 1 }, (tn_dim3){ 1, 1, 1 }, &ms, 4));
    GOOD(driver->submit_mark(stream, to, ++value, TN_SUBMIT_POINT));
    wait_all();
    GOOD(driver->mark_elapsed(from, to, &ns));
    ck_assert_int_ge(ns, 29000000);
    GOOD(driver->mark_elapsed(to, from, &ns));
    ck_assert_int_le(ns, -29000000);
    driver->mark_destroy(from);
    driver->mark_destroy(to);
    driver->module_unload(module);
    close_device();
}
END_TEST

START_TEST(a_fault_is_told_with_the_vendors_words)
{
    tn_driver_fault fault = { .size = sizeof fault };
    uint64_t nowhere = 8, passed;
    open_device("ascend910b:2");
    tn_driver_module *module = load_module();
    ck_assert_int_eq(driver->stream_fault(stream, &fault), TN_NOT_FOUND);
    GOOD(launch(kernel_of(module, "bad"), (tn_dim3){ 1, 1, 1 }, (tn_dim3){ 1, 1, 1 }, &nowhere, 8));
    ck_assert_int_eq(driver->stream_wait(stream, value, TN_FOREVER), TN_FAULT);
    ck_assert_int_eq(host_code, ACL_ERROR_RT_VECTOR_CORE_EXCEPTION);
    ck_assert_str_eq(host_name, "ACL_ERROR_RT_VECTOR_CORE_EXCEPTION");
    GOOD(driver->stream_fault(stream, &fault));
    ck_assert_int_eq(fault.domain, TN_DOMAIN_CONTEXT);
    ck_assert_uint_eq(fault.first_value, 1);
    ck_assert_uint_eq(fault.last_value, 1);
    ck_assert_ptr_nonnull(strstr(fault.sentence, "bad"));
    ck_assert_int_eq(driver->stream_passed(stream, &passed), TN_FAULT);

    tn_driver_device *second; /* the other device goes on */
    tn_driver_stream *there;
    tn_driver_stream_options options = { .size = sizeof options };
    GOOD(driver->device_open(instance, 1, &second));
    GOOD(driver->stream_create(second, &options, &there));
    tn_address data;
    uint32_t word = 0;
    GOOD(driver->memory_alloc(second, 64, &data));
    GOOD(driver->submit_fill(there, data, 77, 4, 4, 1, 0));
    GOOD(driver->submit_copy(there, TN_COPY_TO_HOST, (uint64_t)(uintptr_t)&word, data, 4, false, 2, TN_SUBMIT_POINT));
    GOOD(driver->stream_wait(there, 2, TN_FOREVER));
    ck_assert_uint_eq(word, 77);
    driver->stream_destroy(there);
    GOOD(driver->memory_free(second, data));
    driver->device_close(second);
    driver->module_unload(module);
    close_device(); /* what failed can be taken down */
}
END_TEST

START_TEST(a_failed_device_recovers)
{
    uint64_t nowhere = 8, unused, total, before;
    uint32_t word = 0;
    tn_driver_stream_options options = { .size = sizeof options };
    open_device("ascend910b:1");
    GOOD(driver->device_memory(device, &before, &total));
    tn_driver_module *module = load_module();
    tn_address lost = new_memory(1 << 20);
    GOOD(driver->submit_fill(stream, lost + 2, 0x1234, 2, 3, ++value, 0)); /* the pinned table of 16-bit values */
    GOOD(launch(kernel_of(module, "bad"), (tn_dim3){ 1, 1, 1 }, (tn_dim3){ 1, 1, 1 }, &nowhere, 8));
    ck_assert_int_eq(driver->stream_wait(stream, value, TN_FOREVER), TN_FAULT);
    driver->module_unload(module);
    driver->stream_destroy(stream);
    GOOD(driver->device_recover(device));
    GOOD(driver->device_memory(device, &unused, &total));
    ck_assert_uint_eq(unused, before); /* what was on it is gone */
    GOOD(driver->stream_create(device, &options, &stream));
    value = 0;
    tn_address data = new_memory(64);
    GOOD(driver->submit_fill(stream, data + 2, 0x4321, 2, 3, ++value, 0));
    read_back(&word, data + 4, 4);
    ck_assert_uint_eq(word, 0x43214321);
    GOOD(driver->memory_free(device, data));
    close_device();
}
END_TEST

START_TEST(an_abort_ends_a_kernel_that_never_ends)
{
    uint32_t word = 0;
    open_device("ascend910b:1");
    tn_driver_module *module = load_module();
    tn_address data = new_memory(64);
    GOOD(driver->submit_fill(stream, data, 1, 4, 16, ++value, TN_SUBMIT_POINT));
    wait_all();
    GOOD(launch(kernel_of(module, "forever"), (tn_dim3){ 1, 1, 1 }, (tn_dim3){ 1, 1, 1 }, &data, 8));
    GOOD(driver->submit_fill(stream, data + 4, 2, 4, 1, ++value, TN_SUBMIT_POINT));
    ck_assert_int_eq(driver->stream_wait(stream, value, 20000000), TN_TIMEOUT);
    GOOD(driver->stream_abort(stream));
    GOOD(driver->submit_fill(stream, data + 8, 3, 4, 1, ++value, TN_SUBMIT_POINT));
    read_back(&word, data + 8, 4);
    ck_assert_uint_eq(word, 3);
    read_back(&word, data + 4, 4);
    ck_assert_uint_eq(word, 1);
    driver->module_unload(module);
    GOOD(driver->memory_free(device, data));
    close_device();
}
END_TEST

START_TEST(devices_copy_to_each_other)
{
    tn_driver_device *second;
    uint32_t word = 0;
    open_device("ascend910b:2");
    GOOD(driver->device_open(instance, 1, &second));
    tn_address a = new_memory(64), b = 0;
    GOOD(driver->memory_alloc(second, 64, &b));
    GOOD(driver->submit_fill(stream, a, 9, 4, 16, ++value, 0));
    GOOD(driver->submit_copy_peer(stream, second, b, device, a, 64, ++value, 0));
    GOOD(driver->submit_fill(stream, a, 1, 4, 16, ++value, 0));
    GOOD(driver->submit_copy_peer(stream, device, a, second, b, 64, ++value, 0));
    read_back(&word, a + 60, 4);
    ck_assert_uint_eq(word, 9);
    GOOD(driver->memory_free(second, b));
    driver->device_close(second);
    close_device();
}
END_TEST

/* A program of ACL's own in the same process: its context is the same after every call. */
START_TEST(the_guest_leaves_the_context_alone)
{
    char path[512];
    aclrtContext mine = NULL, after = NULL;
    snprintf(path, sizeof path, "%s/lib/tenon/sim/libtenon-sim-ascend.so", getenv("TENON_BUILD"));
    load_driver();
    open_simulated("ascend910b:2");
    void *acl = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    ck_assert_ptr_nonnull(acl);
    aclError (*set_device)(int32_t) = (aclError(*)(int32_t))dlsym(acl, "aclrtSetDevice");
    aclError (*get_context)(aclrtContext *) = (aclError(*)(aclrtContext *))dlsym(acl, "aclrtGetCurrentContext");
    aclError (*create)(aclrtStream *) = (aclError(*)(aclrtStream *))dlsym(acl, "aclrtCreateStream");
    ck_assert_int_eq(set_device(1), 0);
    get_context(&mine);
    GOOD(driver->device_open(instance, 0, &device));
    tn_driver_stream_options options = { .size = sizeof options };
    GOOD(driver->stream_create(device, &options, &stream));
    tn_address data = new_memory(64);
    value = 0;
    GOOD(driver->submit_fill(stream, data, 5, 4, 16, ++value, TN_SUBMIT_POINT));
    wait_all();
    ck_assert_int_eq(get_context(&after), 0);
    ck_assert_ptr_eq(mine, after);

    aclrtStream theirs = NULL; /* a stream of the program's, adopted */
    tn_driver_device *second = NULL;
    tn_driver_stream *adopted = NULL;
    void *native = NULL;
    uint32_t word = 0;
    ck_assert_int_eq(create(&theirs), 0);
    GOOD(driver->device_open(instance, 1, &second));
    options.adopt = theirs;
    GOOD(driver->stream_create(second, &options, &adopted));
    GOOD(driver->native(TN_NATIVE_STREAM, adopted, &native));
    ck_assert_ptr_eq(native, theirs);
    GOOD(driver->native(TN_NATIVE_CONTEXT, second, &native));
    ck_assert_ptr_eq(native, mine);
    tn_address there = 0;
    GOOD(driver->memory_alloc(second, 64, &there));
    GOOD(driver->submit_fill(adopted, there, 6, 4, 16, 1, 0));
    GOOD(
        driver->submit_copy(adopted, TN_COPY_TO_HOST, (uint64_t)(uintptr_t)&word, there, 4, false, 2, TN_SUBMIT_POINT));
    GOOD(driver->stream_wait(adopted, 2, TN_FOREVER));
    ck_assert_uint_eq(word, 6);
    driver->stream_destroy(adopted);
    aclError (*synchronize)(aclrtStream) = (aclError(*)(aclrtStream))dlsym(acl, "aclrtSynchronizeStream");
    ck_assert_int_eq(synchronize(theirs), 0); /* still theirs */
    driver->device_close(second);
    close_device();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ascend driver");
    TCase *tc = tcase_create("driver");
    tcase_set_timeout(tc, 30);
    tcase_add_test(tc, device_is_described);
    tcase_add_test(tc, nothing_is_simulated_unasked);
    tcase_add_test(tc, a_malformed_choice_is_told);
    tcase_add_test(tc, the_vendors_library_by_path);
    tcase_add_test(tc, libraries_that_are_none);
    tcase_add_test(tc, copies_and_pinned_memory);
    tcase_add_test(tc, fills_of_every_size);
    tcase_add_test(tc, kernels_run_with_their_shape);
    tcase_add_test(tc, variables_and_images);
    tcase_add_test(tc, points_and_deadlines);
    tcase_add_test(tc, marks_measure);
    tcase_add_test(tc, a_fault_is_told_with_the_vendors_words);
    tcase_add_test(tc, a_failed_device_recovers);
    tcase_add_test(tc, an_abort_ends_a_kernel_that_never_ends);
    tcase_add_test(tc, devices_copy_to_each_other);
    tcase_add_test(tc, the_guest_leaves_the_context_alone);
    suite_add_tcase(suite, tc);
    return suite_run(suite);
}
