/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the tests of the Ascend stand-in, each in a process of its own; and what they share. */
#include <dlfcn.h>

#include "drivers/common/container.h"
#include "tests/unit/sim_ascend/test_acl.h"
#include "tests/unit/suite.h"

void *const garbage[3] = { (void *)0x1, (void *)0xdeadbeefcafe, (void *)(uintptr_t)0xAC1F00000100FFFF };

void *acl_symbol(const char *name)
{
    static void *library;
    if (!library) {
        char path[512];
        snprintf(path, sizeof path, "%s/lib/tenon/sim/ascend/libascendcl.so",
                 getenv("TENON_BUILD") ? getenv("TENON_BUILD") : "build");
        library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        if (!library)
            ck_abort_msg("%s", dlerror());
    }
    void *symbol = dlsym(library, name);
    if (!symbol)
        ck_abort_msg("the stand-in does not export %s", name);
    return symbol;
}

void start(void)
{
    OK(aclInit, NULL);
    OK(aclrtSetDevice, 0);
}

static void *read_image(size_t *bytes)
{
    FILE *file = fopen(getenv("ASCEND_IMAGE"), "rb");
    ck_assert_ptr_nonnull(file);
    fseek(file, 0, SEEK_END);
    *bytes = (size_t)ftell(file);
    rewind(file);
    void *data = malloc(*bytes);
    ck_assert_uint_eq(fread(data, 1, *bytes, file), *bytes);
    fclose(file);
    return data;
}

void *wrapped_image(size_t *bytes)
{
    size_t raw_bytes;
    void *raw = read_image(&raw_bytes), *out = NULL;
    tn_container_image image = { raw, raw_bytes, 0, TN_IMAGE_SIM, NULL };
    ck_assert_int_eq(tn_container_wrap(TN_CONTAINER_ASCEND, &image, 1, &out, bytes), 0);
    free(raw);
    return out;
}

aclrtBinHandle load_image(void)
{
    size_t bytes;
    void *data = wrapped_image(&bytes);
    aclrtBinHandle image = NULL;
    OK(aclrtBinaryLoadFromData, data, bytes, NULL, &image);
    free(data);
    return image;
}

aclrtFuncHandle find_kernel(aclrtBinHandle image, const char *name)
{
    aclrtFuncHandle function = NULL;
    OK(aclrtBinaryGetFunction, image, name, &function);
    return function;
}

void *device_words(uint32_t count, uint32_t value)
{
    void *array = NULL;
    OK(aclrtMalloc, &array, count * 4, ACL_MEM_MALLOC_HUGE_FIRST);
    OK(aclrtMemsetD32, array, count * 4, value, count);
    return array;
}

uint32_t device_word(const void *array, uint32_t index)
{
    uint32_t word = 0;
    OK(aclrtMemcpy, &word, 4, (const char *)array + index * 4, 4, ACL_MEMCPY_DEVICE_TO_HOST);
    return word;
}

int main(void)
{
    SRunner *runner = srunner_create(device_suite());
    srunner_add_suite(runner, memory_suite());
    srunner_add_suite(runner, stream_suite());
    srunner_add_suite(runner, launch_suite());
    srunner_add_suite(runner, profile_suite());
    srunner_add_suite(runner, capture_suite());
    srunner_add_suite(runner, failure_suite());
    return suite_end(runner);
}
