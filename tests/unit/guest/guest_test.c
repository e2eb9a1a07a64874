/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Manners of a guest: a program that uses the vendor's library by itself, with a context or a device of its own current,
 * finds it current after each call of Tenon, good or refused, on the thread that opened the runtime and on others.
 */
#include <pthread.h>

#include "tests/unit/runtime/common.h"
#include "tests/unit/suite.h"

/* The program's own use of the vendor's library. `begin` makes something current that is not what Tenon uses; `is`
 * tells whether that is still so. */
struct host {
    const char *name, *simulate, *library;
    void (*begin)(void *library, int own_device);
    int (*is)(void);
    void (*end)(void);
};

static void *named(void *library, const char *name)
{
    void *symbol = dlsym(library, name);
    ck_assert_msg(symbol != NULL, "%s", name);
    return symbol;
}

/* -- CUDA and MUSA: a stack of two contexts */
static int (*cu_create)(void **, void *, unsigned, int), (*cu_current)(void **), (*cu_pop)(void **), (*cu_push)(void *),
    (*cu_destroy)(void *);
static _Thread_local void *cu_below, *cu_own;

static void cuda_begin_as(void *library, const char *prefix, int own_device)
{
    static const struct {
        const char *name;
        void **at;
    } wanted[] = { { "CtxCreate_v4", (void **)&cu_create },
                   { "CtxGetCurrent", (void **)&cu_current },
                   { "CtxPopCurrent_v2", (void **)&cu_pop },
                   { "CtxPushCurrent_v2", (void **)&cu_push },
                   { "CtxDestroy_v2", (void **)&cu_destroy } };
    char name[64];
    int (*init)(unsigned);
    snprintf(name, sizeof name, "%sInit", prefix);
    *(void **)&init = named(library, name);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        snprintf(name, sizeof name, "%s%s", prefix, wanted[i].name);
        *wanted[i].at = named(library, name);
    }
    ck_assert_int_eq(init(0), 0);
    ck_assert_int_eq(cu_create(&cu_below, NULL, 0, own_device), 0);
    ck_assert_int_eq(cu_create(&cu_own, NULL, 0, own_device), 0);
}

static void cuda_begin(void *library, int own_device)
{
    cuda_begin_as(library, "cu", own_device);
}

static void musa_begin(void *library, int own_device)
{
    cuda_begin_as(library, "mu", own_device);
}

static int cuda_is(void)
{
    void *top = NULL, *below = NULL;
    int same = cu_pop(&top) == 0 && top == cu_own && cu_current(&below) == 0 && below == cu_below;
    return same && cu_push(top) == 0;
}

static void cuda_end(void)
{
    ck_assert_int_eq(cu_destroy(cu_own), 0);
    ck_assert_int_eq(cu_destroy(cu_below), 0);
}

/* -- HIP: a current device */
static int (*hip_get)(int *), (*hip_set)(int);
static _Thread_local int hip_own;

static void hip_begin(void *library, int own_device)
{
    *(void **)&hip_get = named(library, "hipGetDevice");
    *(void **)&hip_set = named(library, "hipSetDevice");
    hip_own = own_device;
    ck_assert_int_eq(hip_set(own_device), 0);
}

static int hip_is(void)
{
    int now = -1;
    return hip_get(&now) == 0 && now == hip_own;
}

/* -- ACL: a context made by the program */
static int (*acl_create)(void **, int32_t), (*acl_current)(void **);
static _Thread_local void *acl_own;

static void ascend_begin(void *library, int own_device)
{
    *(void **)&acl_create = named(library, "aclrtCreateContext");
    *(void **)&acl_current = named(library, "aclrtGetCurrentContext");
    ck_assert_int_eq(acl_create(&acl_own, own_device), 0);
}

static int ascend_is(void)
{
    void *now = NULL;
    return acl_current(&now) == 0 && now == acl_own;
}

static const struct host hosts[] = {
    { "cuda", "a100:2", "libtenon-sim-cuda.so", cuda_begin, cuda_is, cuda_end },
    { "cuda", "s5000:2", "libtenon-sim-musa.so", musa_begin, cuda_is, cuda_end },
    { "hip", "bw1000:2", "libtenon-sim-hip.so", hip_begin, hip_is, NULL },
    { "ascend", "ascend910b:2", "libtenon-sim-ascend.so", ascend_begin, ascend_is, NULL },
};
enum { HOSTS = sizeof hosts / sizeof *hosts, DEVICES = 2, WORDS = 4096 };

/* ------------------------------------------------------------------------------------------------------- */

static const struct host *host;

#define KEPT(call)                                                                                                     \
    do {                                                                                                               \
        OK(call);                                                                                                      \
        ck_assert_msg(host->is(), "%s: %s changed what is current", host->simulate, #call);                            \
    } while (0)
#define REFUSED(call)                                                                                                  \
    do {                                                                                                               \
        ck_assert_msg((call) != TN_OK, "%s: %s", host->simulate, #call);                                               \
        ck_assert_msg(host->is(), "%s: %s, refused, changed what is current", host->simulate, #call);                  \
    } while (0)

static void memory_and_streams(tn_device device, tn_device other)
{
    static _Thread_local uint32_t here[WORDS];
    tn_stream stream, second;
    tn_address a, b, far, pinned_at;
    tn_point point, points[2];
    tn_event from, to;
    void *pinned, *native, *context;
    uint64_t first, total;
    int64_t ns;
    KEPT(tn_device_memory(device, &first, &total));
    KEPT(tn_stream_create(device, NULL, &stream));
    KEPT(tn_stream_create(device, NULL, &second));
    KEPT(tn_memory_alloc(device, sizeof here, &a));
    KEPT(tn_memory_alloc(device, sizeof here, &b));
    KEPT(tn_memory_alloc(other, sizeof here, &far));
    REFUSED(tn_memory_alloc(device, 1ull << 50, &b));
    KEPT(tn_host_alloc(device, sizeof here, &pinned, &pinned_at));
    KEPT(tn_fill(stream, a, 0x77, 1, 5, NULL));
    KEPT(tn_fill(stream, a, 0x1234, 2, 7, NULL));
    KEPT(tn_fill(stream, a, 0xabcdef01, 4, WORDS, &point));
    KEPT(tn_point_wait(point, TN_FOREVER));
    KEPT(tn_stream_join(second, point));
    KEPT(tn_copy_on_device(second, b, a, sizeof here, &points[0]));
    KEPT(tn_copy_to_host(stream, pinned, a, sizeof here, &points[1]));
    KEPT(tn_point_wait_all(points, 2, TN_FOREVER, NULL));
    KEPT(tn_point_wait_any(points, 2, 1000000, NULL));
    KEPT(tn_memory_read(second, here, b, sizeof here));
    ck_assert_uint_eq(here[WORDS - 1], 0xabcdef01);
    KEPT(tn_memory_write(stream, a, here, sizeof here));
    KEPT(tn_copy_between(stream, other, far, device, a, sizeof here, &point));
    KEPT(tn_point_wait(point, TN_FOREVER));
    KEPT(tn_event_create(device, NULL, &from));
    KEPT(tn_event_create(device, NULL, &to));
    KEPT(tn_event_record(from, stream, NULL));
    KEPT(tn_event_record(to, stream, &point));
    KEPT(tn_stream_wait(stream, 1000000000));
    KEPT(tn_event_elapsed(from, to, &ns));
    KEPT(tn_event_destroy(from));
    KEPT(tn_event_destroy(to));
    KEPT(tn_stream_native(stream, &native));
    KEPT(tn_device_native(device, &native, &context));
    KEPT(tn_host_free(device, pinned));
    KEPT(tn_memory_free(device, a));
    REFUSED(tn_memory_free(device, a));
    KEPT(tn_memory_free(device, b));
    KEPT(tn_memory_free(other, far));
    KEPT(tn_device_wait(device, TN_FOREVER));
    KEPT(tn_stream_destroy(second));
    KEPT(tn_stream_destroy(stream));
}

static void kernels(tn_device device)
{
    tn_stream stream;
    tn_module module;
    tn_kernel kernel;
    tn_address variable, out;
    uint64_t bytes;
    uint32_t value = 0, base = 1000, count = 4;
    KEPT(tn_stream_create(device, NULL, &stream));
    KEPT(tn_memory_alloc(device, count * sizeof value, &out));
    REFUSED(tn_module_load(device, "no bundle", 9, NULL, &module));
    KEPT(tn_module_load_file(device, built("lib/tenon/kernels/cts.tnb"), NULL, &module));
    KEPT(tn_module_kernel(module, "cts_iota", &kernel));
    KEPT(tn_module_variable(module, "cts_counter", &variable, &bytes));
    tn_launch launch = shape(4, 1);
    tn_point point;
    const tn_arg args[] = { TN_ARG(out), TN_ARG(base), TN_ARG(count) };
    KEPT(tn_kernel_launch(stream, kernel, &launch, args, 3, &point));
    KEPT(tn_point_wait(point, TN_FOREVER));
    KEPT(tn_memory_read(stream, &value, out + 3 * sizeof value, sizeof value));
    ck_assert_uint_eq(value, 1003);
    REFUSED(tn_kernel_launch(stream, kernel, &launch, args, 2, NULL));
    KEPT(tn_memory_free(device, out));
    KEPT(tn_memory_read(stream, &value, variable, sizeof value));
    ck_assert_uint_eq(value, 41);
    KEPT(tn_module_unload(module));
    KEPT(tn_stream_destroy(stream));
}

/* The way down and back. On a device that the program uses too, a reset would take its context, as ACL's does. */
static void failures(tn_device device)
{
    tn_stream stream;
    tn_module module;
    tn_kernel kernel;
    tn_address out;
    unsigned long long far = 1ull << 42;
    uint32_t value = 7, back = 0;
    tn_launch launch = shape(1, 1);
    const tn_arg args[] = { TN_ARG(out), TN_ARG(far), TN_ARG(value) };
    KEPT(tn_stream_create(device, NULL, &stream));
    KEPT(tn_memory_alloc(device, sizeof value, &out));
    KEPT(tn_module_load_file(device, built("lib/tenon/kernels/cts.tnb"), NULL, &module));
    KEPT(tn_module_kernel(module, "cts_poke", &kernel));
    KEPT(tn_kernel_launch(stream, kernel, &launch, args, 3, NULL));
    REFUSED(tn_stream_wait(stream, TN_FOREVER));
    REFUSED(tn_fill(stream, out, 1, 4, 1, NULL));
    REFUSED(tn_device_health(device));
    KEPT(tn_device_recover(device));
    KEPT(tn_stream_create(device, NULL, &stream));
    KEPT(tn_memory_alloc(device, sizeof value, &out));
    KEPT(tn_memory_write(stream, out, &value, sizeof value));
    KEPT(tn_memory_read(stream, &back, out, sizeof back));
    ck_assert_uint_eq(back, 7);
}

static void use_both(tn_runtime runtime)
{
    for (uint32_t i = 0; i < DEVICES; i++) {
        memory_and_streams(device_at(runtime, i), device_at(runtime, 1 - i));
        kernels(device_at(runtime, i));
    }
}

struct visit {
    tn_runtime runtime;
    void *library;
};

static void *on_another_thread(void *argument)
{
    const struct visit *v = argument;
    host->begin(v->library, 0);
    use_both(v->runtime);
    if (host->end)
        host->end();
    return NULL;
}

START_TEST(what_is_current_stays)
{
    char path[4096 + 64];
    struct visit v;
    pthread_t thread;
    tn_options options = TN_OPTIONS_INIT;
    host = &hosts[_i / DEVICES];
    setenv("TENON_SIM", host->simulate, 1);
    options.only = host->name;
    options.flags = TN_OPTION_NO_HARDWARE;
    snprintf(path, sizeof path, "%s/%s", built("lib/tenon/sim"), host->library);
    v.library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    ck_assert_msg(v.library != NULL, "%s", dlerror());
    host->begin(v.library, _i % DEVICES);
    KEPT(tn_open(&options, &v.runtime));
    for (uint32_t i = 0; i < DEVICES; i++) {
        tn_device_info info = { .size = sizeof info };
        tn_device device;
        KEPT(tn_device_get(v.runtime, i, &device));
        KEPT(tn_device_get_info(device, &info));
        KEPT(tn_device_health(device));
    }
    use_both(v.runtime);
    ck_assert_int_eq(pthread_create(&thread, NULL, on_another_thread, &v), 0);
    pthread_join(thread, NULL);
    use_both(v.runtime);
    failures(device_at(v.runtime, 1 - (uint32_t)_i % DEVICES));
    KEPT(tn_close(v.runtime, TN_FOREVER));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("guest");
    TCase *tcase = tcase_create("manners");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, what_is_current_stays, 0, HOSTS * DEVICES);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
