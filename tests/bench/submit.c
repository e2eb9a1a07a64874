/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The submit path: launch, wait, copy and dependency through the public API on a simulated device, the same calls made
 * straight to the stand-in's CUDA functions (what is left is the layer's own cost), and raw OpenCL on PoCL, all in one run.
 */
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <dlfcn.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tenon/tenon.h"
#include "tests/bench/measure.h"

enum { BATCH = 200, PIPELINE = 10000, IDLE_STREAMS = 64, LIVE_ALLOCATIONS = 15000, COPY_BYTES = 4096, MANY_BLOCKS = 65536 };

#define MUST(call)                                                                                             \
    do {                                                                                                       \
        tn_status must_ = (call);                                                                              \
        if (must_ != TN_OK) {                                                                                  \
            fprintf(stderr, "submit: %s: %s: %s\n", #call, tn_status_name(must_), tn_error_message());         \
            exit(1);                                                                                           \
        }                                                                                                      \
    } while (0)

/* The few functions of a vendor's API that the direct calls need. */
typedef struct direct {
    int (*launch)(void *f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned local,
                  void *stream, void **params, void **extra);
    int (*wait)(void *stream);
    int (*write)(uint64_t to, const void *from, size_t bytes, void *stream);
    void *kernel, *stream;
} direct;

typedef struct bench {
    tn_runtime runtime;
    tn_device device;
    tn_stream stream, other;
    tn_kernel empty, touch;
    tn_address memory, blocks;
    unsigned char host[COPY_BYTES];
    direct cu;
    cl_command_queue queue;
    cl_kernel cl_empty;
    cl_mem cl_memory;
    bool has_cl, has_direct;
    tn_stream idle[IDLE_STREAMS];
    tn_address *live;
} bench;

static tn_launch one_block(void)
{
    return tn_launch_shape((tn_dim3){ 1, 1, 1 }, (tn_dim3){ 1, 1, 1 }, 0);
}

static double launch_and_wait(void *context)
{
    bench *b = context;
    tn_launch launch = one_block();
    uint64_t start = measure_now();
    for (int i = 0; i < BATCH; i++) {
        tn_point point;
        MUST(tn_kernel_launch(b->stream, b->empty, &launch, NULL, 0, &point));
        MUST(tn_point_wait(point, TN_FOREVER));
    }
    return (double)(measure_now() - start) / BATCH;
}

static double pipelined(void *context)
{
    bench *b = context;
    tn_launch launch = one_block();
    uint64_t start = measure_now();
    for (int i = 0; i < PIPELINE; i++)
        MUST(tn_kernel_launch(b->stream, b->empty, &launch, NULL, 0, NULL));
    MUST(tn_stream_wait(b->stream, TN_FOREVER));
    return (double)(measure_now() - start) / PIPELINE;
}

static double across_streams(void *context)
{
    bench *b = context;
    tn_launch launch = one_block();
    uint64_t start = measure_now();
    for (int i = 0; i < BATCH; i++) {
        tn_point point;
        MUST(tn_kernel_launch(b->stream, b->empty, &launch, NULL, 0, &point));
        MUST(tn_stream_join(b->other, point));
        MUST(tn_kernel_launch(b->other, b->empty, &launch, NULL, 0, &point));
        MUST(tn_point_wait(point, TN_FOREVER));
    }
    return (double)(measure_now() - start) / BATCH;
}

static double many_blocks(void *context)
{
    bench *b = context;
    tn_launch launch = tn_launch_shape((tn_dim3){ MANY_BLOCKS, 1, 1 }, (tn_dim3){ 1, 1, 1 }, 0);
    uint64_t start = measure_now();
    for (int i = 0; i < 20; i++) {
        tn_point point;
        MUST(tn_kernel_launch(b->stream, b->empty, &launch, NULL, 0, &point));
        MUST(tn_point_wait(point, TN_FOREVER));
    }
    return (double)(measure_now() - start) / 20;
}

static double copy_4k(void *context)
{
    bench *b = context;
    uint64_t start = measure_now();
    for (int i = 0; i < BATCH; i++)
        MUST(tn_memory_write(b->stream, b->memory, b->host, COPY_BYTES));
    return (double)(measure_now() - start) / BATCH;
}

static double alloc_free(void *context)
{
    bench *b = context;
    uint64_t start = measure_now();
    for (int i = 0; i < BATCH; i++) {
        tn_address a;
        MUST(tn_memory_alloc(b->device, 4096, &a));
        MUST(tn_memory_free(b->device, a));
    }
    return (double)(measure_now() - start) / BATCH;
}

/* The same with 64 streams that have done work and lie idle; with 15,000 allocations alive. */
static double with_idle_streams(void *context)
{
    bench *b = context;
    for (int i = 0; i < IDLE_STREAMS; i++)
        MUST(tn_stream_create(b->device, NULL, &b->idle[i]));
    for (int i = 0; i < IDLE_STREAMS; i++) {
        MUST(tn_fill(b->idle[i], b->memory, 0, 4, 16, NULL));
        MUST(tn_stream_wait(b->idle[i], TN_FOREVER));
    }
    launch_and_wait(b);                  /* making the streams has emptied the caches */
    double ns = launch_and_wait(b);
    for (int i = 0; i < IDLE_STREAMS; i++)
        MUST(tn_stream_destroy(b->idle[i]));
    return ns;
}

static void keep_live(bench *b, bool keep)
{
    for (int i = 0; i < LIVE_ALLOCATIONS; i++) {
        if (keep)
            MUST(tn_memory_alloc(b->device, 256, &b->live[i]));
        else
            MUST(tn_memory_free(b->device, b->live[i]));
    }
}

static double copy_with_live(void *context)
{
    bench *b = context;
    keep_live(b, true);
    copy_4k(b);
    double ns = copy_4k(b);
    keep_live(b, false);
    return ns;
}

static double launch_with_live(void *context)
{
    bench *b = context;
    keep_live(b, true);
    launch_and_wait(b);
    double ns = launch_and_wait(b);
    keep_live(b, false);
    return ns;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Straight to the stand-in. */

static double direct_pipelined(void *context)
{
    bench *b = context;
    if (!b->has_direct)
        return -1;
    uint64_t start = measure_now();
    for (int i = 0; i < PIPELINE; i++)
        if (b->cu.launch(b->cu.kernel, 1, 1, 1, 1, 1, 1, 0, b->cu.stream, NULL, NULL))
            return -1;
    b->cu.wait(b->cu.stream);
    return (double)(measure_now() - start) / PIPELINE;
}

static double direct_launch_and_wait(void *context)
{
    bench *b = context;
    if (!b->has_direct)
        return -1;
    uint64_t start = measure_now();
    for (int i = 0; i < BATCH; i++)
        if (b->cu.launch(b->cu.kernel, 1, 1, 1, 1, 1, 1, 0, b->cu.stream, NULL, NULL) || b->cu.wait(b->cu.stream))
            return -1;
    return (double)(measure_now() - start) / BATCH;
}

static double direct_copy(void *context)
{
    bench *b = context;
    if (!b->has_direct)
        return -1;
    uint64_t start = measure_now();
    for (int i = 0; i < BATCH; i++)
        if (b->cu.write(b->memory, b->host, COPY_BYTES, b->cu.stream) || b->cu.wait(b->cu.stream))
            return -1;
    return (double)(measure_now() - start) / BATCH;
}

/* The same three calls under each vendor's names; ACL's differ in shape and are left out. */
static const struct { const char *launch, *wait, *write, *set_current; } direct_names[] = {
    { "cuLaunchKernel", "cuStreamSynchronize", "cuMemcpyHtoDAsync_v2", "cuCtxSetCurrent" },
    { "muLaunchKernel", "muStreamSynchronize", "muMemcpyHtoDAsync_v2", "muCtxSetCurrent" },
    { "hipModuleLaunchKernel", "hipStreamSynchronize", "hipMemcpyHtoDAsync", NULL },
};

static bool open_direct(bench *b)
{
    tn_device_info info = { .size = sizeof info };
    void *context = NULL, *device = NULL;
    MUST(tn_device_get_info(b->device, &info));
    void *library = dlopen(info.library, RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
    if (!library || tn_kernel_native(b->empty, &b->cu.kernel) != TN_OK || tn_stream_native(b->stream, &b->cu.stream) != TN_OK ||
        tn_device_native(b->device, &device, &context) != TN_OK)
        return false;
    for (size_t i = 0; i < sizeof direct_names / sizeof *direct_names; i++) {
        int (*set_current)(void *) = NULL;
        *(void **)&b->cu.launch = dlsym(library, direct_names[i].launch);
        *(void **)&b->cu.wait = dlsym(library, direct_names[i].wait);
        *(void **)&b->cu.write = dlsym(library, direct_names[i].write);
        if (direct_names[i].set_current)
            *(void **)&set_current = dlsym(library, direct_names[i].set_current);
        if (b->cu.launch && b->cu.wait && b->cu.write)
            return !direct_names[i].set_current || (set_current && set_current(context) == 0);
    }
    return false;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Raw OpenCL. */

static double cl_launch_and_wait(void *context)
{
    bench *b = context;
    size_t one = 1;
    if (!b->has_cl)
        return -1;
    uint64_t start = measure_now();
    for (int i = 0; i < BATCH; i++) {
        clEnqueueNDRangeKernel(b->queue, b->cl_empty, 1, NULL, &one, &one, 0, NULL, NULL);
        clFinish(b->queue);
    }
    return (double)(measure_now() - start) / BATCH;
}

static double cl_pipelined(void *context)
{
    bench *b = context;
    size_t one = 1;
    enum { N = 1000 };
    if (!b->has_cl)
        return -1;
    uint64_t start = measure_now();
    for (int i = 0; i < N; i++)
        clEnqueueNDRangeKernel(b->queue, b->cl_empty, 1, NULL, &one, &one, 0, NULL, NULL);
    clFinish(b->queue);
    return (double)(measure_now() - start) / N;
}

static double cl_many_blocks(void *context)
{
    bench *b = context;
    size_t one = 1, many = MANY_BLOCKS;
    if (!b->has_cl)
        return -1;
    uint64_t start = measure_now();
    clEnqueueNDRangeKernel(b->queue, b->cl_empty, 1, NULL, &many, &one, 0, NULL, NULL);
    clFinish(b->queue);
    return (double)(measure_now() - start);
}

static double cl_copy(void *context)
{
    bench *b = context;
    if (!b->has_cl)
        return -1;
    uint64_t start = measure_now();
    for (int i = 0; i < BATCH; i++)
        clEnqueueWriteBuffer(b->queue, b->cl_memory, CL_TRUE, 0, COPY_BYTES, b->host, 0, NULL, NULL);
    return (double)(measure_now() - start) / BATCH;
}

static bool open_cl(bench *b)
{
    static const char *const source = "__kernel void empty(void) {}";
    cl_platform_id platforms[8];
    cl_uint count = 0;
    cl_device_id device = NULL;
    if (clGetPlatformIDs(8, platforms, &count) != CL_SUCCESS)
        return false;
    for (cl_uint i = 0; i < count && !device; i++) {
        char name[128] = "";
        clGetPlatformInfo(platforms[i], CL_PLATFORM_NAME, sizeof name, name, NULL);
        if (strstr(name, "Portable Computing Language"))
            clGetDeviceIDs(platforms[i], CL_DEVICE_TYPE_ALL, 1, &device, NULL);
    }
    if (!device)
        return false;
    cl_context context = clCreateContext(NULL, 1, &device, NULL, NULL, NULL);
    b->queue = context ? clCreateCommandQueue(context, device, 0, NULL) : NULL;
    cl_program program = b->queue ? clCreateProgramWithSource(context, 1, (const char **)&source, NULL, NULL) : NULL;
    if (!program || clBuildProgram(program, 1, &device, "", NULL, NULL) != CL_SUCCESS)
        return false;
    b->cl_empty = clCreateKernel(program, "empty", NULL);
    b->cl_memory = clCreateBuffer(context, CL_MEM_READ_WRITE, COPY_BYTES, NULL, NULL);
    return b->cl_empty && b->cl_memory;
}

/* ------------------------------------------------------------------------------------------------------- */

/* Processor time that an open runtime with idle devices takes, as a share of one processor. */
static double idle_share(bench *b)
{
    struct rusage before, after;
    MUST(tn_device_wait(b->device, TN_FOREVER));
    usleep(300000);
    getrusage(RUSAGE_SELF, &before);
    sleep(2);
    getrusage(RUSAGE_SELF, &after);
    double us = (double)(after.ru_utime.tv_sec - before.ru_utime.tv_sec + after.ru_stime.tv_sec - before.ru_stime.tv_sec) * 1e6 +
                (double)(after.ru_utime.tv_usec - before.ru_utime.tv_usec + after.ru_stime.tv_usec - before.ru_stime.tv_usec);
    return us / 2e6;
}

static void open_bench(bench *b, const char *simulate, const char *bundle)
{
    tn_options options = TN_OPTIONS_INIT;
    tn_module module;
    options.simulate = simulate;
    options.flags = TN_OPTION_NO_HARDWARE;
    MUST(tn_open(&options, &b->runtime));
    MUST(tn_device_get(b->runtime, 0, &b->device));
    MUST(tn_stream_create(b->device, NULL, &b->stream));
    MUST(tn_stream_create(b->device, NULL, &b->other));
    MUST(tn_module_load_file(b->device, bundle, NULL, &module));
    MUST(tn_module_kernel(module, "bench_empty", &b->empty));
    MUST(tn_memory_alloc(b->device, COPY_BYTES, &b->memory));
    b->live = calloc(LIVE_ALLOCATIONS, sizeof *b->live);
    memset(b->host, 1, sizeof b->host);
    b->has_direct = open_direct(b);
    b->has_cl = open_cl(b);
}

static void print_case(const measure_case *c)
{
    if (c->median < 0) {
        printf("  %-44s %-9s could not be measured\n", c->name, c->peer);
        return;
    }
    printf("  %-44s %-9s %10.1f ns  least %9.1f", c->name, c->peer, c->median, c->least);
    if (c->aim_ns > 0)
        printf("  aim %7.0f %s", c->aim_ns, c->median <= c->aim_ns ? "met" : "missed");
    putchar('\n');
}

int main(int argc, char **argv)
{
    if (argc < 2 || !strcmp(argv[1], "--help")) {
        fputs("Usage: submit BUNDLE [SIMULATED-DEVICE [JSON-FILE]]\n", stderr);
        return 2;
    }
    static bench b;
    const char *simulate = argc > 2 ? argv[2] : "a100";
    open_bench(&b, simulate, argv[1]);
    measure_case cases[] = {
        { .name = "empty kernel, launched and waited for", .peer = "tenon", .run = launch_and_wait, .aim_ns = 300 },
        { .name = "empty kernel, launched and waited for", .peer = "stand-in", .run = direct_launch_and_wait },
        { .name = "empty kernel, launched and waited for", .peer = "pocl", .run = cl_launch_and_wait },
        { .name = "pipelined launches, each", .peer = "tenon", .run = pipelined, .aim_ns = 100 },
        { .name = "pipelined launches, each", .peer = "stand-in", .run = direct_pipelined },
        { .name = "pipelined launches, each", .peer = "pocl", .run = cl_pipelined },
        { .name = "kernel, join, kernel on another stream, wait", .peer = "tenon", .run = across_streams, .aim_ns = 400 },
        { .name = "65,536 empty blocks", .peer = "tenon", .run = many_blocks, .aim_ns = 45000 },
        { .name = "65,536 empty blocks", .peer = "pocl", .run = cl_many_blocks },
        { .name = "blocking copy of 4 KiB to the device", .peer = "tenon", .run = copy_4k, .aim_ns = 400 },
        { .name = "blocking copy of 4 KiB to the device", .peer = "stand-in", .run = direct_copy },
        { .name = "blocking copy of 4 KiB to the device", .peer = "pocl", .run = cl_copy },
        { .name = "launch and wait, 64 idle streams", .peer = "tenon", .run = with_idle_streams },
        { .name = "launch and wait, 15,000 live allocations", .peer = "tenon", .run = launch_with_live },
        { .name = "blocking copy, 15,000 live allocations", .peer = "tenon", .run = copy_with_live },
        { .name = "allocate and free 4 KiB", .peer = "tenon", .run = alloc_free },
    };
    unsigned count = sizeof cases / sizeof *cases;
    for (unsigned i = 0; i < count; i++)
        cases[i].context = &b;
    measure_all(cases, count);
    printf("Submit path on a simulated %s, beside PoCL's own API; medians of %d interleaved rounds\n", simulate, MEASURE_ROUNDS);
    for (unsigned i = 0; i < count; i++)
        print_case(&cases[i]);
    double layer = cases[3].median - cases[4].median, streams = cases[12].median / cases[0].median;
    double live = cases[14].median / cases[9].median, idle = idle_share(&b);
    if (b.has_direct)
        printf("  the layer itself over the vendor's call     %10.1f ns  aim      50 %s\n", layer, layer <= 50 ? "met" : "missed");
    printf("  64 idle streams cost %.2fx, 15,000 live allocations %.2fx (launch %.2fx); aim 1.2x\n", streams, live,
           cases[13].median / cases[0].median);
    printf("  an idle device uses %.4f of a processor\n", idle);
    if (argc > 3) {
        json_t *rows = json_array();
        for (unsigned i = 0; i < count; i++)
            json_array_append_new(rows, json_pack("{s:s s:s s:f s:f s:f}", "case", cases[i].name, "peer", cases[i].peer, "median_ns",
                                                  cases[i].median, "least_ns", cases[i].least, "aim_ns", cases[i].aim_ns));
        json_t *all = json_pack("{s:s s:o s:o s:f s:f s:f}", "device", simulate, "cases", rows, "layer_ns",
                                b.has_direct ? json_real(layer) : json_null(), "idle_streams_ratio", streams, "live_allocations_ratio", live, "idle_share", idle);
        json_dump_file(all, argv[3], JSON_INDENT(2));
        json_decref(all);
    }
    MUST(tn_close(b.runtime, TN_FOREVER));
    return 0;
}
