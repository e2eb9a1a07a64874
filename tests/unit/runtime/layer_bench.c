/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layer_bench.c - what libtenon itself costs over the driver's calls: the same work through the API and straight
 * through the null driver's table, in turns, medians of many rounds. Prints a table; docs/performance.md quotes it.
 * Usage: obj/tests/layer-bench [rounds]
 */
#define WITHOUT_CHECK
#include <time.h>

#include "tenon/driver.h"
#include "tests/unit/runtime/common.h"

enum { BATCH = 2000, MOST = 4001 };

static tn_stream stream;
static tn_kernel kernel, add;
static tn_launch launch;
static tn_address words;
static unsigned char host[4096];
static const tn_driver *driver;
static tn_driver_stream *d_stream;
static tn_driver_kernel *d_nothing, *d_add;
static uint64_t d_value;

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static tn_status must(tn_status status)
{
    if (status != TN_OK) {
        fprintf(stderr, "%s: %s\n", tn_status_name(status), tn_error_message());
        exit(1);
    }
    return status;
}

static void api_launch(void)
{
    must(tn_kernel_launch(stream, kernel, &launch, NULL, 0, NULL));
}

static void direct_launch(void)
{
    tn_driver_launch l = { .size = sizeof l, .grid = { 1, 1, 1 }, .block = { 8, 2, 1 } };
    must(driver->submit_launch(d_stream, d_nothing, &l, ++d_value, 0));
}

static void api_launch_args(void)
{
    uint32_t n = 0;
    tn_arg args[] = { TN_ARG(words), TN_ARG(words), TN_ARG(words), TN_ARG(n) };
    must(tn_kernel_launch(stream, add, &launch, args, 4, NULL));
}

static void direct_launch_args(void)
{
    struct {
        tn_address x, y, z;
        uint32_t n, padding;
    } packed __attribute__((aligned(16))) = { words, words, words, 0, 0 };
    tn_driver_launch l = {
        .size = sizeof l, .grid = { 1, 1, 1 }, .block = { 8, 2, 1 }, .args_bytes = 28, .args = &packed
    };
    must(driver->submit_launch(d_stream, d_add, &l, ++d_value, 0));
}

static void api_launch_wait(void)
{
    tn_point point;
    must(tn_kernel_launch(stream, kernel, &launch, NULL, 0, &point));
    must(tn_point_wait(point, TN_FOREVER));
}

static void direct_launch_wait(void)
{
    direct_launch();
    must(driver->stream_wait(d_stream, d_value, TN_FOREVER));
}

static void api_copy(void)
{
    must(tn_memory_write(stream, words, host, sizeof host));
}

static void direct_copy(void)
{
    must(driver->submit_copy(d_stream, TN_COPY_TO_DEVICE, words, (uint64_t)(uintptr_t)host, sizeof host, false,
                             ++d_value, TN_SUBMIT_POINT));
    must(driver->stream_wait(d_stream, d_value, TN_FOREVER));
}

static void api_passed(void)
{
    must(tn_stream_wait(stream, 0));
}

static void nothing_at_all(void)
{
    __asm__ volatile("" ::: "memory");
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double one_round(void (*work)(void))
{
    double begin = now_ns();
    for (int i = 0; i < BATCH; i++)
        work();
    return (now_ns() - begin) / BATCH;
}

static void compare(const char *name, void (*api)(void), void (*direct)(void), int rounds)
{
    static double a[MOST], d[MOST];
    for (int i = 0; i < rounds; i++) {
        a[i] = one_round(api);
        d[i] = one_round(direct);
    }
    qsort(a, (size_t)rounds, sizeof *a, by_size);
    qsort(d, (size_t)rounds, sizeof *d, by_size);
    printf("%-44s %8.1f %8.1f %8.1f\n", name, a[rounds / 2], d[rounds / 2], a[rounds / 2] - d[rounds / 2]);
}

/* The driver's table. A query with a foreign version is refused and changes nothing, but shows the table. */
static void find_driver(void)
{
    static void *library; /* stays open, as plugins do */
    library = dlopen(built("../lib/tenon/drivers/null.so"), RTLD_NOW | RTLD_NOLOAD);
    void *symbol = library ? dlsym(library, TN_DRIVER_QUERY) : NULL;
    tn_driver_query_fn *query;
    memcpy(&query, &symbol, sizeof query);
    if (!query || query(NULL, (TN_DRIVER_ABI_MAJOR + 1) << 16, &driver) != TN_VERSION)
        exit(1);
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 201;
    tn_runtime runtime = open_null(1, 0);
    tn_device device = device_at(runtime, 0);
    rounds = rounds < 1 ? 1 : rounds > MOST ? MOST : rounds;
    stream = stream_on(device);
    tn_module module = load_null_bundle(device);
    kernel = kernel_of(module, "nothing");
    add = kernel_of(module, "add");
    launch = tn_launch_shape((tn_dim3){ 1, 1, 1 }, (tn_dim3){ 8, 2, 1 }, 0);
    must(tn_memory_alloc(device, sizeof host, &words));
    find_driver();
    /* A table of the driver's own, to call its kernels without us. */
    static unsigned char table[8192] __attribute__((aligned(16)));
    (void)make_table(table);
    tn_driver_image image = { .size = sizeof image,
                              .kind = TN_IMAGE_VENDOR,
                              .target = "null",
                              .features = "",
                              .table = (const tn_ktab *)(void *)table };
    tn_driver_options options = { .size = sizeof options, .simulate = "null:1" };
    tn_driver_instance *instance;
    tn_driver_device *d_device;
    tn_driver_module *d_module;
    tn_driver_stream_options s_options = { .size = sizeof s_options };
    must(driver->open(&options, &instance));
    must(driver->device_open(instance, 0, &d_device));
    must(driver->stream_create(d_device, &s_options, &d_stream));
    must(driver->module_load(d_device, &image, &d_module));
    must(driver->module_kernel(d_module, 2, &d_nothing));
    must(driver->module_kernel(d_module, 1, &d_add));
    printf("median of %d rounds of %d, ns a call%28s %8s %8s\n", rounds, BATCH, "tenon", "driver", "layer");
    compare("launch, no arguments", api_launch, direct_launch, rounds);
    compare("launch, 4 arguments", api_launch_args, direct_launch_args, rounds);
    compare("launch and wait", api_launch_wait, direct_launch_wait, rounds);
    compare("4 KiB to the device and wait", api_copy, direct_copy, rounds);
    compare("wait for what has passed", api_passed, nothing_at_all, rounds);
    static tn_address many[15000];
    for (int i = 0; i < 15000; i++)
        must(tn_memory_alloc(device, 64, &many[i]));
    compare("the same copy, 15,000 live allocations", api_copy, direct_copy, rounds);
    for (int i = 0; i < 64; i++)
        (void)stream_on(device);
    compare("launch, 64 idle streams besides", api_launch, direct_launch, rounds);
    return tn_close(runtime, TN_FOREVER) != TN_OK;
}
