/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/kernels/places.c - kernels that fail on every kind of simulated device, through the public API: the status, a
 * sentence with kernel, block and place in the source, the process alive, the other devices at work as before.
 */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tenon/tenon.h"

enum { THREADS = 64, BLOCKS = 4, N = THREADS * BLOCKS, DEVICES = 4 };

static tn_device devices[DEVICES];
static tn_device_info infos[DEVICES];
static tn_module modules[DEVICES];
static int failures;

#define CHECK(condition, ...)                                                                                          \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            failures++;                                                                                                \
            printf("%s:%d: %s: ", __FILE__, __LINE__, #condition);                                                     \
            printf(__VA_ARGS__);                                                                                       \
            putchar('\n');                                                                                             \
        }                                                                                                              \
    } while (0)
#define MUST(call)                                                                                                     \
    do {                                                                                                               \
        tn_status must_ = (call);                                                                                      \
        if (must_ != TN_OK) {                                                                                          \
            printf("%s:%d: %s: %s: %s\n", __FILE__, __LINE__, #call, tn_status_name(must_), tn_error_message());       \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

static void says(const tn_device_info *info, const char *part)
{
    CHECK(strstr(tn_error_message(), part), "%s: \"%s\" does not say \"%s\"", info->name, tn_error_message(), part);
}

static tn_kernel kernel_of(uint32_t d, const char *name)
{
    tn_kernel kernel;
    MUST(tn_module_kernel(modules[d], name, &kernel));
    return kernel;
}

/* A kernel that is in order, and its data. */
static void works(uint32_t d)
{
    tn_address at;
    tn_stream stream;
    uint32_t value = 5 + d, got[N];
    MUST(tn_stream_create(devices[d], NULL, &stream));
    MUST(tn_memory_alloc(devices[d], sizeof got, &at));
    tn_launch launch = tn_launch_shape((tn_dim3){ BLOCKS, 1, 1 }, (tn_dim3){ THREADS, 1, 1 }, 0);
    tn_arg args[] = { TN_ARG(at), TN_ARG(value) };
    MUST(tn_kernel_launch(stream, kernel_of(d, "fill"), &launch, args, 2, NULL));
    MUST(tn_memory_read(stream, got, at, sizeof got));
    for (uint32_t i = 0; i < N; i++)
        CHECK(got[i] == value + i % THREADS, "%s: word %u is %u", infos[d].name, i, got[i]);
    MUST(tn_memory_free(devices[d], at));
    MUST(tn_stream_destroy(stream));
}

/* Launches and waits; a failure takes its device, which is brought back then. */
static void fails(uint32_t d, const char *name, uint32_t blocks, uint32_t threads, tn_arg *args, uint32_t count,
                  const char *const *parts)
{
    tn_stream stream;
    tn_point point;
    MUST(tn_stream_create(devices[d], NULL, &stream));
    tn_launch launch = tn_launch_shape((tn_dim3){ blocks, 1, 1 }, (tn_dim3){ threads, 1, 1 }, 0);
    MUST(tn_kernel_launch(stream, kernel_of(d, name), &launch, args, count, &point));
    tn_status status = tn_point_wait(point, TN_FOREVER);
    CHECK(status == TN_FAULT, "%s, %s: %s", infos[d].name, name, tn_status_name(status));
    says(&infos[d], name);
    for (; *parts; parts++)
        says(&infos[d], *parts);
    for (uint32_t o = 0; o < DEVICES; o++)
        if (o != d)
            works(o);
    MUST(tn_stream_destroy(stream));
    status = tn_device_recover(devices[d]);
    CHECK(status == TN_OK, "%s: %s: %s", infos[d].name, tn_status_name(status), tn_error_message());
}

static void load(uint32_t d, const void *bundle, size_t bytes)
{
    MUST(tn_module_load(devices[d], bundle, bytes, NULL, &modules[d]));
}

static tn_address zeroed(uint32_t d)
{
    tn_address at;
    tn_stream stream;
    MUST(tn_memory_alloc(devices[d], 4096, &at));
    MUST(tn_stream_create(devices[d], NULL, &stream));
    MUST(tn_fill(stream, at, 0, 4, 1024, NULL));
    MUST(tn_stream_wait(stream, TN_FOREVER));
    MUST(tn_stream_destroy(stream));
    return at;
}

/* Blocks larger than __launch_bounds__ are refused at the call, in words; as large, they run. */
static void launch_bounds(uint32_t d)
{
    tn_address at = zeroed(d);
    tn_stream stream;
    uint32_t got[THREADS];
    tn_arg args[] = { TN_ARG(at) };
    tn_launch launch = tn_launch_shape((tn_dim3){ 1, 1, 1 }, (tn_dim3){ 13, 5, 1 }, 0);
    MUST(tn_stream_create(devices[d], NULL, &stream));
    tn_status status = tn_kernel_launch(stream, kernel_of(d, "bounded"), &launch, args, 1, NULL);
    CHECK(status == TN_LIMIT, "%s: %s", infos[d].name, tn_status_name(status));
    says(&infos[d], "bounded");
    says(&infos[d], "13 x 5 x 1");
    says(&infos[d], "64");
    launch.block = (tn_dim3){ THREADS, 1, 1 };
    MUST(tn_kernel_launch(stream, kernel_of(d, "bounded"), &launch, args, 1, NULL));
    MUST(tn_memory_read(stream, got, at, sizeof got));
    for (uint32_t i = 0; i < THREADS; i++)
        CHECK(got[i] == i + 1, "%s: word %u is %u", infos[d].name, i, got[i]);
    MUST(tn_stream_destroy(stream));
    MUST(tn_memory_free(devices[d], at));
}

/* The same by the vendor's own call: its number. ACL's launch has the geometry behind the arguments (docs/sim-ascend.md). */
static int direct_launch(uint32_t d, tn_stream stream, tn_address at, uint32_t threads)
{
    typedef int launcher(void *, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, void *, void **,
                         void **);
    static const char *const names[][2] = { { "cuLaunchKernel", "cuCtxSetCurrent" },
                                            { "muLaunchKernel", "muCtxSetCurrent" },
                                            { "hipModuleLaunchKernel", NULL },
                                            { NULL, "aclrtSetCurrentContext" } };
    void *native = NULL, *context = NULL, *function = NULL, *on = NULL, *args[] = { &at };
    void *library = dlopen(infos[d].library, RTLD_NOW | RTLD_NOLOAD);
    MUST(tn_kernel_native(kernel_of(d, "bounded"), &function));
    MUST(tn_stream_native(stream, &on));
    (void)!tn_device_native(devices[d], &native, &context);
    for (size_t i = 0; library && i < sizeof names / sizeof *names; i++) {
        launcher *launch = NULL;
        int (*acl)(void *, uint32_t, void *, void *, void *, size_t, void *, size_t) = NULL, (*current)(void *) = NULL;
        if (names[i][0])
            *(void **)&launch = dlsym(library, names[i][0]);
        else
            *(void **)&acl = dlsym(library, "aclrtLaunchKernelWithHostArgs");
        if (!launch && !acl)
            continue;
        if (names[i][1])
            *(void **)&current = dlsym(library, names[i][1]);
        if (current && current(context))
            return -1;
        struct {
            tn_address at;
            uint32_t grid[3], block[3], local, magic;
        } packed = { at, { 1, 1, 1 }, { threads, 1, 1 }, 0, 0 };
        memcpy(&packed.magic, "TNGE", 4);
        return launch ? launch(function, 1, 1, 1, threads, 1, 1, 0, on, args, NULL)
                      : acl(function, 1, on, NULL, &packed, sizeof packed, NULL, 0);
    }
    return -2;
}

static void launch_bounds_of_the_vendor(uint32_t d)
{
    int wanted = !strcmp(infos[d].driver, "ascend") ? 107000 : !strcmp(infos[d].driver, "hip") ? 719 : 701;
    tn_address at = zeroed(d);
    tn_stream stream;
    uint32_t word = 0;
    MUST(tn_stream_create(devices[d], NULL, &stream));
    int got = direct_launch(d, stream, at, THREADS + 1);
    CHECK(got == wanted, "%s: %d", infos[d].name, got);
    got = direct_launch(d, stream, at, THREADS);
    CHECK(got == 0, "%s: %d", infos[d].name, got);
    MUST(tn_device_health(devices[d]));
    MUST(tn_memory_read(stream, &word, at + 4 * (THREADS - 1), sizeof word));
    CHECK(word == THREADS, "%s: %u", infos[d].name, word);
    MUST(tn_stream_destroy(stream));
    MUST(tn_memory_free(devices[d], at));
}

/* Integer division has a result whatever the operands are, as on the chips: no failure. */
static void division(uint32_t d)
{
    static const int pairs[][6] = { { 7, 0, -1, 7, -1, 7 },
                                    { -7, 0, -1, -7, -1, -7 },
                                    { -2147483647 - 1, -1, -2147483647 - 1, 0, 0, -2147483647 - 1 },
                                    { 7, 2, 3, 1, 3, 1 } };
    tn_address at = zeroed(d);
    tn_stream stream;
    MUST(tn_stream_create(devices[d], NULL, &stream));
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        int a = pairs[i][0], b = pairs[i][1], got[4];
        tn_arg args[] = { TN_ARG(at), TN_ARG(a), TN_ARG(b) };
        tn_launch launch = tn_launch_shape((tn_dim3){ 1, 1, 1 }, (tn_dim3){ 1, 1, 1 }, 0);
        MUST(tn_kernel_launch(stream, kernel_of(d, "divide"), &launch, args, 3, NULL));
        MUST(tn_memory_read(stream, got, at, sizeof got));
        for (int k = 0; k < 4; k++)
            CHECK(got[k] == pairs[i][2 + k], "%s: %d and %d give %d at %d", infos[d].name, a, b, got[k], k);
    }
    MUST(tn_stream_destroy(stream));
    MUST(tn_memory_free(devices[d], at));
}

/* A kernel that never ends: its stream can be aborted where the chip can, and then says where the kernel was. */
static void never_ending(uint32_t d)
{
    tn_address at = zeroed(d);
    tn_stream stream;
    tn_point point;
    uint32_t word = 1;
    tn_arg args[] = { TN_ARG(at) };
    tn_launch launch = tn_launch_shape((tn_dim3){ 1, 1, 1 }, (tn_dim3){ 1, 1, 1 }, 0);
    if (!(infos[d].flags & TN_DEVICE_ABORT))
        return;
    MUST(tn_stream_create(devices[d], NULL, &stream));
    MUST(tn_kernel_launch(stream, kernel_of(d, "forever"), &launch, args, 1, &point));
    tn_status status = tn_point_wait(point, 20000000);
    CHECK(status == TN_TIMEOUT, "%s: %s", infos[d].name, tn_status_name(status));
    for (uint32_t o = 0; o < DEVICES; o++)
        if (o != d)
            works(o);
    MUST(tn_stream_abort(stream));
    status = tn_point_wait(point, TN_FOREVER);
    CHECK(status == TN_ABORTED, "%s: %s", infos[d].name, tn_status_name(status));
    says(&infos[d], "forever");
    says(&infos[d], "block (0, 0, 0)");
    says(&infos[d], "places.cu:40");
    MUST(tn_fill(stream, at, 9, 4, 1, NULL));
    MUST(tn_memory_read(stream, &word, at, sizeof word));
    CHECK(word == 9, "%s: %u", infos[d].name, word);
    MUST(tn_stream_destroy(stream));
    MUST(tn_memory_free(devices[d], at));
}

static const struct {
    const char *name;
    int beside; /* bytes from an aligned address; negative: no failure */
    const char *place;
} crooked_ones[] = {
    { "by_bytes", 2, "places.cu:31" },
    { "by_floats", 1, "places.cu:32" },
    { "by_doubles", 4, "places.cu:33" },
    { "by_atomics", 3, "places.cu:34" },
    { "by_gathers", 1, "places.cu:35" },
    { "by_pointers", 4, "places.cu:36" },
    { "by_halves", 4, "places.cu:37" },
    { "in_local_memory", 1, "places.cu:38" },
    { "packed", -1, "" },
    { "asks", -3, "" },
    { "not_used", -1, "" },
    { "by_bytes", -4, "" },
    { "by_floats", -4, "" },
    { "by_doubles", -8, "" },
    { "by_atomics", -4, "" },
    { "by_gathers", -2, "" },
    { "by_pointers", -8, "" },
    { "by_halves", -8, "" },
    { "in_local_memory", -4, "" },
};

/* Accesses whose address is no multiple of what their type asks for fail with their place; others don't. */
static void misaligned(uint32_t d, const void *bundle, size_t bytes)
{
    for (size_t i = 0; i < sizeof crooked_ones / sizeof *crooked_ones; i++) {
        const char *name = crooked_ones[i].name;
        const bool good = crooked_ones[i].beside < 0, local = !strncmp(name, "in_local", 8);
        tn_address out = zeroed(d), at = zeroed(d) + (tn_address)abs(crooked_ones[i].beside);
        char address[32];
        tn_arg args[] = { TN_ARG(at), TN_ARG(out) };
        snprintf(address, sizeof address, "%llx", (unsigned long long)at >> 12);
        if (!good) {
            const char *const parts[] = { "block (0, 0, 0)", crooked_ones[i].place, "misaligned address",
                                          local ? "0x" : address, NULL };
            fails(d, name, 1, THREADS, args, 2, parts);
            load(d, bundle, bytes);
            continue;
        }
        tn_stream stream;
        tn_launch launch = tn_launch_shape((tn_dim3){ 1, 1, 1 }, (tn_dim3){ THREADS, 1, 1 }, 0);
        MUST(tn_stream_create(devices[d], NULL, &stream));
        MUST(tn_kernel_launch(stream, kernel_of(d, name), &launch, args, 2, NULL));
        tn_status status = tn_stream_wait(stream, TN_FOREVER);
        CHECK(status == TN_OK, "%s, %s, %d: %s", infos[d].name, name, crooked_ones[i].beside, tn_error_message());
        MUST(tn_stream_destroy(stream));
        MUST(tn_memory_free(devices[d], at - (tn_address)abs(crooked_ones[i].beside)));
        MUST(tn_memory_free(devices[d], out));
    }
}

/* -G: a divisor of zero ends the kernel. */
static void no_division(uint32_t d, const void *bundle, size_t bytes)
{
    static const char *const parts[] = { "block (0, 0, 0)", "thread (0, 0, 0)", "places.cu:16",
                                         "integer division by zero", NULL };
    int a = 7, b = 0;
    tn_address at = zeroed(d);
    tn_arg args[] = { TN_ARG(at), TN_ARG(a), TN_ARG(b) };
    fails(d, "divide", 1, 1, args, 3, parts);
    load(d, bundle, bytes);
}

static void all_failures(uint32_t d, const void *bundle, size_t bytes)
{
    static const char *const reached[] = { "block (1, 0, 0)", "places.cu:10", "illegal address", "0x1", NULL };
    static const char *const deep[] = { "block (0, 0, 0)", "places.cu:20", "stack", NULL };
    static const char *const crooked[] = { "block (0, 0, 0)", "places.cu:30", "misaligned address", "04", NULL };
    int depth = 1 << 30;
    tn_address at = zeroed(d);
    tn_arg args[] = { TN_ARG(at), TN_ARG(depth) };
    fails(d, "reach", 2, THREADS, args, 1, reached);
    load(d, bundle, bytes);
    at = zeroed(d);
    fails(d, "recurse", 1, 1, args, 2, deep);
    load(d, bundle, bytes);
    at = zeroed(d);
    fails(d, "misaligned", 1, 1, args, 1, crooked);
    load(d, bundle, bytes);
    works(d);
}

/* What --split-debug put aside is in the folder beside the bundle; the kernels' places come from there. */
static void look_beside(const char *path)
{
    char folders[600];
    snprintf(folders, sizeof folders, "/nonexistent:%.500s.lines", path);
    setenv("TENON_SIM_DEBUG", folders, 1);
}

static void with_bundle(const char *path)
{
    static unsigned char bundle[8 << 20];
    FILE *file = fopen(path, "rb");
    if (!file) {
        printf("can't read %s\n", path);
        exit(2);
    }
    size_t bytes = fread(bundle, 1, sizeof bundle, file);
    fclose(file);
    look_beside(path);
    tn_options options = TN_OPTIONS_INIT;
    options.simulate = "a100,bw1000,s5000,ascend910b";
    options.flags = TN_OPTION_NO_HARDWARE | TN_OPTION_NO_ENVIRONMENT;
    tn_runtime runtime;
    MUST(tn_open(&options, &runtime));
    for (uint32_t d = 0; d < DEVICES; d++) {
        infos[d].size = sizeof infos[d];
        MUST(tn_device_get(runtime, d, &devices[d]));
        MUST(tn_device_get_info(devices[d], &infos[d]));
        load(d, bundle, bytes);
    }
    for (uint32_t d = 0; d < DEVICES; d++) {
        launch_bounds(d);
        launch_bounds_of_the_vendor(d);
        if (strstr(path, "debug"))
            no_division(d, bundle, bytes);
        else
            division(d);
        never_ending(d);
        all_failures(d, bundle, bytes);
        misaligned(d, bundle, bytes);
    }
    MUST(tn_close(runtime, TN_FOREVER));
}

/* BUNDLE...: the same kernels, compiled in several ways. */
int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        with_bundle(argv[i]);
    if (!failures)
        printf("%d devices fail as they should, with %d bundles\n", DEVICES, argc - 1);
    return failures != 0;
}
