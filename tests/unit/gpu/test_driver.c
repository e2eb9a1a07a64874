/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The CUDA and HIP drivers through the driver ABI, over their stand-ins: what the conformance suite does not see.
 * Refused libraries, guests' manners, scores of images, failures and the way back. Which driver is tested stands in
 * the environment.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bundle/ktab.h"
#include "drivers/common/container.h"
#include "tests/unit/host.h"
#include "tests/unit/suite.h"

static const tn_driver *driver;
static const char *sim;
static bool hip;

static void load(void)
{
    driver = host_load(getenv("GPU_DRIVER"));
    ck_assert_msg(driver != NULL, "%s", host_message);
    sim = getenv("GPU_SIM");
    hip = !strcmp(driver->name, "hip");
}

static tn_status open_with(const char *simulate, const char *override, tn_driver_instance **out)
{
    tn_driver_options options = { .size = sizeof options,
                                  .flags = TN_OPEN_NO_HARDWARE,
                                  .simulate = simulate,
                                  .library_dir = getenv("GPU_LIBRARIES"),
                                  .library_override = override };
    return driver->open(&options, out);
}

static tn_driver_instance *instance;
static tn_driver_device *device;

static void start(void)
{
    load();
    GOOD(open_with(sim, NULL, &instance));
    GOOD(driver->device_open(instance, 0, &device));
}

static unsigned char *image;
static size_t image_bytes;

static tn_driver_module *load_module(uint32_t *poke)
{
    free(image);
    FILE *file = fopen(getenv("GPU_IMAGE"), "rb");
    unsigned char *whole = malloc(1 << 22);
    const void *found;
    size_t bytes = fread(whole, 1, 1 << 22, file);
    fclose(file);
    ck_assert_int_eq(tn_container_find(whole, bytes, hip ? 64 : 32, &found, &image_bytes, host_message,
                                       sizeof host_message), 0);
    image = aligned_alloc(64, (image_bytes + 63) / 64 * 64);
    memcpy(image, found, image_bytes);
    free(whole);
    const tn_ktab *table = tn_container_table(image, image_bytes);
    tn_driver_image in = { .size = sizeof in,
                           .kind = TN_IMAGE_SIM,
                           .width = hip ? 64 : 32,
                           .target = "",
                           .features = "",
                           .data = image,
                           .bytes = image_bytes,
                           .table = table };
    tn_driver_module *module;
    const char *why = NULL;
    ck_assert_uint_gt(driver->image_score(device, &in, &why), 0);
    GOOD(driver->module_load(device, &in, &module));
    *poke = (uint32_t)tn_ktab_find_kernel(table, "poke");
    return module;
}

/* ------------------------------------------------------------------------------------------------------- */

START_TEST(nothing_is_simulated_unasked)
{
    uint32_t count = 9;
    load();
    GOOD(open_with(NULL, NULL, &instance));
    GOOD(driver->device_count(instance, &count));
    ck_assert_uint_eq(count, 0);
    driver->close(instance);
    GOOD(open_with("ascend910b:2", NULL, &instance)); /* another family's */
    GOOD(driver->device_count(instance, &count));
    ck_assert_uint_eq(count, 0);
    driver->close(instance);
    ck_assert_uint_eq(host_allocations, 0);
}
END_TEST

/* After everything was closed, other devices can be asked for in the same process; before that, not. */
START_TEST(devices_change_when_all_is_closed)
{
    uint32_t count = 0, x;
    tn_address memory;
    tn_driver_instance *second;
    start();
    const char *one = hip ? "bw1000" : "a100", *three = hip ? "bw1000:3" : "a100:3";
    GOOD(driver->memory_alloc(device, 64, &memory));
    ck_assert_int_eq(open_with(one, NULL, &second), TN_INVALID);
    ck_assert_ptr_nonnull(strstr(host_message, "in use"));
    GOOD(driver->memory_free(device, memory));
    driver->module_unload(load_module(&x));
    driver->device_close(device);
    driver->close(instance);
    GOOD(open_with(three, NULL, &instance));
    GOOD(driver->device_count(instance, &count));
    ck_assert_msg(count == 3, "%u devices: %s", count, host_explained);
    GOOD(driver->device_open(instance, 2, &device));
    GOOD(driver->memory_alloc(device, 64, &memory));
    GOOD(driver->memory_free(device, memory));
    driver->device_close(device);
    driver->close(instance);
    GOOD(open_with(one, NULL, &instance));
    GOOD(driver->device_open(instance, 0, &device));
    GOOD(driver->memory_alloc(device, 64, &memory));
    driver->device_close(device);
    driver->close(instance);
    ck_assert_uint_eq(host_allocations, 0);
    free(image);
}
END_TEST

START_TEST(bad_requests_are_told)
{
    load();
    ck_assert_int_eq(open_with("nonsense:1", NULL, &instance), TN_INVALID);
    ck_assert_ptr_nonnull(strstr(host_message, "nonsense"));
    ck_assert_int_eq(open_with(":", NULL, &instance), TN_INVALID);
    setenv("TENON_SIM_FAULTS", "quake=1", 1);
    ck_assert_int_eq(open_with(sim, NULL, &instance), TN_INVALID);
    ck_assert_ptr_nonnull(strstr(host_message, "TENON_SIM_FAULTS: quake: not one of"));
    unsetenv("TENON_SIM_FAULTS");
    const char *name = hip ? "dtk" : "nvidia";
    char override[512];
    snprintf(override, sizeof override, "%s=relative.so", name);
    ck_assert_int_eq(open_with(NULL, override, &instance), TN_INVALID);
    snprintf(override, sizeof override, "%s=/nonexistent/library.so", name);
    ck_assert_int_eq(open_with(NULL, override, &instance), TN_BAD_DRIVER);
    snprintf(override, sizeof override, "%s=%s", name, getenv("GPU_IMAGE")); /* no ELF file */
    ck_assert_int_eq(open_with(NULL, override, &instance), TN_BAD_DRIVER);
    snprintf(override, sizeof override, "%s=%s", name, getenv("GPU_DRIVER")); /* a library of something else */
    ck_assert_int_eq(open_with(NULL, override, &instance), TN_BAD_DRIVER);
    ck_assert_ptr_nonnull(strstr(host_message, hip ? "hipMalloc" : "DeviceGetCount"));
    ck_assert_uint_eq(host_allocations, 0);
}
END_TEST

/* The dynamic loader itself would end the process with SIGBUS. */
START_TEST(a_library_that_is_cut_short)
{
    char override[256], cut[] = "/tmp/tenon-library-XXXXXX";
    static char bytes[5000];
    load();
    FILE *whole = fopen(getenv("GPU_DRIVER"), "rb");
    ck_assert_uint_eq(fread(bytes, 1, sizeof bytes, whole), sizeof bytes);
    fclose(whole);
    int file = mkstemp(cut);
    ck_assert_int_eq(write(file, bytes, sizeof bytes), sizeof bytes);
    close(file);
    snprintf(override, sizeof override, "%s=%s", hip ? "dtk" : "nvidia", cut);
    ck_assert_int_eq(open_with(NULL, override, &instance), TN_BAD_DRIVER);
    ck_assert_msg(strstr(host_explained, "cut short"), "%s", host_explained);
    unlink(cut);
    ck_assert_uint_eq(host_allocations, 0);
}
END_TEST

START_TEST(devices_say_what_they_are)
{
    uint32_t count = 0;
    tn_device_info info = { .size = sizeof info }, other = info;
    start();
    GOOD(driver->device_count(instance, &count));
    ck_assert_uint_eq(count, 2);
    GOOD(driver->device_info(instance, 0, &info));
    GOOD(driver->device_info(instance, 1, &other));
    ck_assert_uint_eq(info.width, hip ? 64 : 32);
    ck_assert_str_eq(info.driver, driver->name);
    ck_assert(info.flags & TN_DEVICE_SIMULATED);
    ck_assert(info.library[0] == '/' && info.library_version[0] && info.name[0] && info.vendor[0] && info.arch[0]);
    ck_assert(info.units > 0 && info.max_threads >= 1024 && info.memory_bytes > 1u << 30 &&
              info.local_bytes >= 1 << 15);
    ck_assert_mem_ne(info.uuid, other.uuid, sizeof info.uuid);
    ck_assert_int_eq(info.fault_domain, TN_DOMAIN_CONTEXT);
    driver->device_close(device);
    driver->close(instance);
    ck_assert_uint_eq(host_allocations, 0);
}
END_TEST

/* What is current for the calling thread is the same after a call as before, whatever it was. */
START_TEST(guests_leave_the_thread_as_it_was)
{
    tn_device_info info = { .size = sizeof info };
    tn_driver_stream *stream;
    tn_driver_stream_options options = { .size = sizeof options };
    tn_address x;
    int value = 5, back = 0;
    start();
    GOOD(driver->device_info(instance, 0, &info));
    void *library = dlopen(info.library, RTLD_NOW | RTLD_LOCAL), *ours = NULL, *now = NULL;
    int (*get)(void **) = NULL, (*create)(void **, unsigned, int), (*get_device)(int *) = NULL, (*set_device)(int);
    int current = -1;
    if (hip) {
        *(void **)&get_device = dlsym(library, "hipGetDevice");
        *(void **)&set_device = dlsym(library, "hipSetDevice");
        ck_assert_int_eq(set_device(1), 0);
    } else {
        *(void **)&get = dlsym(library, "cuCtxGetCurrent");
        *(void **)&create = dlsym(library, "cuCtxCreate_v2");
        ck_assert_int_eq(get(&now), 0);
        ck_assert_ptr_null(now);
        ck_assert_int_eq(create(&ours, 0, 1), 0);
    }
    GOOD(driver->stream_create(device, &options, &stream));
    GOOD(driver->memory_alloc(device, 64, &x));
    GOOD(driver->submit_copy(stream, TN_COPY_TO_DEVICE, x, (uintptr_t)&value, 4, false, 1, 0));
    GOOD(driver->submit_copy(stream, TN_COPY_TO_HOST, (uintptr_t)&back, x, 4, false, 2, TN_SUBMIT_POINT));
    GOOD(driver->stream_wait(stream, 2, TN_FOREVER));
    ck_assert_int_eq(back, 5);
    ck_assert_int_ne(driver->submit_fill(stream, x, 1, 8, 1, 3, 0), TN_OK); /* also on the way out of an error */
    GOOD(driver->memory_free(device, x));
    driver->stream_destroy(stream);
    driver->device_close(device);
    driver->close(instance);
    ck_assert_uint_eq(host_allocations, 0);
    ck_assert(hip ? get_device != NULL : get != NULL);
    if (get_device) {
        ck_assert_int_eq(get_device(&current), 0);
        ck_assert_int_eq(current, 1);
    } else if (get) {
        ck_assert_int_eq(get(&now), 0);
        ck_assert_ptr_eq(now, ours);
    }
}
END_TEST

START_TEST(images_have_scores)
{
    const char *why;
    tn_driver_image in = { .size = sizeof in, .kind = TN_IMAGE_SIM, .target = "", .features = "" };
    start();
    uint32_t any = driver->image_score(device, &in, &why);
    in.width = hip ? 64 : 32;
    ck_assert_uint_gt(driver->image_score(device, &in, &why), any);
    ck_assert_uint_gt(any, 0);
    in.width = hip ? 32 : 64;
    ck_assert_uint_eq(driver->image_score(device, &in, &why), 0);
    ck_assert_ptr_nonnull(why);
    in.kind = hip ? TN_IMAGE_AMDGPU : TN_IMAGE_PTX;
    in.target = hip ? "gfx936" : "sm_70";
    ck_assert_uint_eq(driver->image_score(device, &in, &why), 0);
    ck_assert_ptr_nonnull(strstr(why, "simulator"));
    in.kind = TN_IMAGE_SIM;
    in.width = 0;
    in.data = "this is no image";
    in.bytes = 17;
    tn_driver_module *module;
    ck_assert_int_eq(driver->module_load(device, &in, &module), TN_BAD_BUNDLE);
}
END_TEST

START_TEST(failures_are_told_and_taken_back)
{
    uint32_t poke;
    struct {
        uint64_t at;
        int value;
    } args = { 64, 7 };
    tn_driver_stream *stream;
    tn_driver_stream_options options = { .size = sizeof options };
    tn_driver_fault fault = { .size = sizeof fault };
    tn_driver_kernel *kernel;
    tn_address x;
    int back = 0;
    start();
    tn_driver_module *module = load_module(&poke);
    GOOD(driver->module_kernel(module, poke, &kernel));
    GOOD(driver->stream_create(device, &options, &stream));
    ck_assert_int_eq(driver->stream_fault(stream, &fault), TN_NOT_FOUND);
    tn_driver_launch launch = {
        .size = sizeof launch, .grid = { 1, 1, 1 }, .block = { 1, 1, 1 }, .args_bytes = 12, .args = &args
    };
    GOOD(driver->submit_launch(stream, kernel, &launch, 1, TN_SUBMIT_POINT));
    ck_assert_int_eq(driver->stream_wait(stream, 1, TN_FOREVER), TN_FAULT);
    ck_assert_int_eq(host_code, 700);
    GOOD(driver->stream_fault(stream, &fault));
    ck_assert_int_eq(fault.domain, TN_DOMAIN_CONTEXT);
    ck_assert(fault.first_value <= 1 && fault.last_value >= 1 && fault.sentence[0]);
    ck_assert_int_eq(driver->memory_alloc(device, 64, &x), TN_FAULT);
    driver->stream_destroy(stream);
    driver->module_unload(module);
    GOOD(driver->device_recover(device));
    module = load_module(&poke);
    GOOD(driver->module_kernel(module, poke, &kernel));
    GOOD(driver->stream_create(device, &options, &stream));
    GOOD(driver->memory_alloc(device, 64, &x));
    args.at = x;
    GOOD(driver->submit_launch(stream, kernel, &launch, 1, 0));
    GOOD(driver->submit_copy(stream, TN_COPY_TO_HOST, (uintptr_t)&back, x, 4, false, 2, TN_SUBMIT_POINT));
    GOOD(driver->stream_wait(stream, 2, TN_FOREVER));
    ck_assert_int_eq(back, 7);
    driver->stream_destroy(stream);
    driver->module_unload(module);
    driver->device_close(device);
    driver->close(instance);
    free(image);
    ck_assert_uint_eq(host_allocations, 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("gpu");
    TCase *t = tcase_create("driver");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, nothing_is_simulated_unasked);
    tcase_add_test(t, devices_change_when_all_is_closed);
    tcase_add_test(t, bad_requests_are_told);
    tcase_add_test(t, a_library_that_is_cut_short);
    tcase_add_test(t, devices_say_what_they_are);
    tcase_add_test(t, guests_leave_the_thread_as_it_was);
    tcase_add_test(t, images_have_scores);
    tcase_add_test(t, failures_are_told_and_taken_back);
    suite_add_tcase(s, t);
    return suite_run(s);
}
