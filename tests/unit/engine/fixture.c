/* SPDX-License-Identifier: Apache-2.0 */
/* The fixture of the engine's tests (fixture.h). */
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/engine/fixture.h"

sil_device *device;
sil_module *module;
sil_stream *stream;

void *image_read(const char *name, size_t *out_bytes)
{
    char here[PATH_MAX], path[PATH_MAX + 64];
    ssize_t bytes = readlink("/proc/self/exe", here, sizeof here - 1);
    ck_assert_int_gt(bytes, 0);
    here[bytes] = 0;
    snprintf(path, sizeof path, "%s/%s", dirname(here), name);
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s can't be opened", path);
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    void *out = malloc((size_t)size);
    ck_assert_ptr_nonnull(out);
    ck_assert_uint_eq(fread(out, 1, (size_t)size, file), (size_t)size);
    fclose(file);
    *out_bytes = (size_t)size;
    return out;
}

void setup_profile(const char *name)
{
    sil_profile profile;
    size_t bytes;
    OK(sil_profile_load(name, &profile));
    if (UNDER_THREAD_SANITIZER)
        profile.memory_bytes = 4ull << 30; /* it spends a second on each hundred gigabytes of addresses */
    OK(sil_device_create(&profile, 0, &device));
    OK(sil_stream_create(device, 0, &stream));
    void *image = image_read("engine-kernels.so", &bytes);
    OK(sil_module_load(device, image, bytes, &module));
    free(image);
}

void setup(void)
{
    setup_profile("a100");
}

void teardown(void)
{
    sil_device_destroy(device);
    device = NULL;
    module = NULL;
    stream = NULL;
}

sil_kernel *kernel(const char *name)
{
    sil_kernel *k = NULL;
    OK(sil_module_kernel(module, name, &k));
    return k;
}

uint64_t launch(sil_stream *on, const char *name, uint32_t blocks, uint32_t threads, const void *args, uint32_t bytes)
{
    sil_launch l = { { blocks, 1, 1 }, { threads, 1, 1 }, 0, bytes, args };
    uint64_t value = 0;
    OK(sil_submit_launch(on, kernel(name), &l, &value));
    return value;
}

uint64_t device_alloc(uint64_t bytes)
{
    uint64_t address = 0;
    uint8_t zero = 0;
    OK(sil_alloc(device, bytes, &address));
    OK(sil_submit_fill(stream, address, &zero, 1, bytes, NULL));
    OK(sil_stream_wait(stream, sil_stream_last(stream), SIL_FOREVER));
    return address;
}

uint64_t read_u64(uint64_t address)
{
    uint64_t out = 0, value;
    OK(sil_submit_copy(stream, &out, SIL_SIDE_HOST, (void *)(uintptr_t)address, SIL_SIDE_DEVICE, 8, true, &value));
    wait_ok(stream, value);
    return out;
}

void wait_ok(sil_stream *on, uint64_t value)
{
    OK(sil_stream_wait(on, value, SIL_FOREVER));
}

uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void sleep_us(unsigned microseconds)
{
    struct timespec t = { microseconds / 1000000, microseconds % 1000000 * 1000L };
    nanosleep(&t, NULL);
}

#if defined(TN_SAN_thread)
/* Each test is a process of its own, and a second's sleep at the end of each is too much. */
const char *__tsan_default_options(void);
__attribute__((visibility("default"))) const char *__tsan_default_options(void)
{
    return "atexit_sleep_ms=0";
}
#endif

sil_fault fails(sil_stream *on, uint64_t value, sil_fault_kind kind, const char *says)
{
    sil_fault fault = { 0 };
    STATUS(sil_stream_wait(on, value, SIL_FOREVER), SIL_FAULT);
    SAYS(says);
    ck_assert(sil_stream_fault(on, &fault));
    ck_assert_int_eq(fault.kind, kind);
    ck_assert_msg(strstr(fault.sentence, says), "\"%s\"", fault.sentence);
    return fault;
}
