/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The submit path: launch, wait, copy and dependency through the public API on a simulated device, the same calls made
 * straight to the stand-in's functions (what is left is the layer's own cost), and raw OpenCL on PoCL, all in one run.
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

#include "drivers/sim/ascend/geometry.h"
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

/* The few functions of a vendor's library that the direct calls need. ACL's differ in shape. */
typedef struct direct {
    int (*launch)(void *f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned local,
                  void *stream, void **params, void **extra);
    int (*write)(uint64_t to, const void *from, size_t bytes, void *stream);
    int (*acl_launch)(void *f, uint32_t blocks, void *stream, void *options, void *args, size_t bytes, void *places,
                      size_t place_count);
    int (*acl_write)(void *to, size_t room, const void *from, size_t bytes, int kind, void *stream);
    int (*wait)(void *stream);
    void *kernel, *stream;
} direct;

typedef struct bench {
    tn_runtime runtime;
    tn_device device;
    tn_stream stream, other;
    tn_kernel empty;
    tn_address memory;
    unsigned char host[COPY_BYTES];
    direct direct;
    cl_command_queue queue;
    cl_kernel cl_empty;
    cl_mem cl_memory;
    bool has_cl, has_direct;
    tn_stream idle[IDLE_STREAMS];
    tn_address *live;
} bench;

static void must_direct(int error)
{
    if (error) {
        fprintf(stderr, "submit: a direct call failed with %d\n", error);
        exit(1);
    }
}

/* ------------------------------------------------------------------------------------------------------- */
/* Through the public API. */

static void launch_shape(bench *b, tn_stream stream, unsigned blocks, tn_point *point)
{
    tn_launch launch = tn_launch_shape((tn_dim3){ blocks, 1, 1 }, (tn_dim3){ 1, 1, 1 }, 0);
    MUST(tn_kernel_launch(stream, b->empty, &launch, NULL, 0, point));
}

static void launch(bench *b)
{
    launch_shape(b, b->stream, 1, NULL);
}

static void settle(bench *b)
{
    MUST(tn_stream_wait(b->stream, TN_FOREVER));
}

static void launch_and_wait(bench *b)
{
    tn_point point;
    launch_shape(b, b->stream, 1, &point);
    MUST(tn_point_wait(point, TN_FOREVER));
}

static void across_streams(bench *b)
{
    tn_point point;
    launch_shape(b, b->stream, 1, &point);
    MUST(tn_stream_join(b->other, point));
    launch_shape(b, b->other, 1, &point);
    MUST(tn_point_wait(point, TN_FOREVER));
}

static void many_blocks(bench *b)
{
    tn_point point;
    launch_shape(b, b->stream, MANY_BLOCKS, &point);
    MUST(tn_point_wait(point, TN_FOREVER));
}

static void copy_4k(bench *b)
{
    MUST(tn_memory_write(b->stream, b->memory, b->host, COPY_BYTES));
}

static void alloc_free(bench *b)
{
    tn_address a;
    MUST(tn_memory_alloc(b->device, 4096, &a));
    MUST(tn_memory_free(b->device, a));
}

/* Streams that have done work and lie idle. */
static void make_idle_streams(bench *b)
{
    for (int i = 0; i < IDLE_STREAMS; i++)
        MUST(tn_stream_create(b->device, NULL, &b->idle[i]));
    for (int i = 0; i < IDLE_STREAMS; i++) {
        MUST(tn_fill(b->idle[i], b->memory, 0, 4, 16, NULL));
        MUST(tn_stream_wait(b->idle[i], TN_FOREVER));
    }
}

static void drop_idle_streams(bench *b)
{
    for (int i = 0; i < IDLE_STREAMS; i++)
        MUST(tn_stream_destroy(b->idle[i]));
}

static void make_live(bench *b)
{
    for (int i = 0; i < LIVE_ALLOCATIONS; i++)
        MUST(tn_memory_alloc(b->device, 256, &b->live[i]));
}

static void drop_live(bench *b)
{
    for (int i = 0; i < LIVE_ALLOCATIONS; i++)
        MUST(tn_memory_free(b->device, b->live[i]));
}

/* ------------------------------------------------------------------------------------------------------- */
/* Straight to the stand-in. */

static void direct_launch(bench *b)
{
    const direct *d = &b->direct;
    tn_ascend_geometry shape = { { 1, 1, 1 }, { 1, 1, 1 }, 0, TN_ASCEND_GEOMETRY_MAGIC };
    must_direct(d->acl_launch ? d->acl_launch(d->kernel, 1, d->stream, NULL, &shape, sizeof shape, NULL, 0)
                              : d->launch(d->kernel, 1, 1, 1, 1, 1, 1, 0, d->stream, NULL, NULL));
}

static void direct_settle(bench *b)
{
    must_direct(b->direct.wait(b->direct.stream));
}

static void direct_launch_and_wait(bench *b)
{
    direct_launch(b);
    direct_settle(b);
}

static void direct_copy(bench *b)
{
    enum { ACL_TO_DEVICE = 1 };
    const direct *d = &b->direct;
    must_direct(d->acl_write ? d->acl_write((void *)(uintptr_t)b->memory, COPY_BYTES, b->host, COPY_BYTES, ACL_TO_DEVICE,
                                            d->stream)
                             : d->write(b->memory, b->host, COPY_BYTES, d->stream));
    direct_settle(b);
}

/* The same calls under each vendor's names. */
static const struct {
    const char *launch, *wait, *write, *set_current;
    bool acl;
} direct_names[] = {
    { "cuLaunchKernel", "cuStreamSynchronize", "cuMemcpyHtoDAsync_v2", "cuCtxSetCurrent", false },
    { "muLaunchKernel", "muStreamSynchronize", "muMemcpyHtoDAsync_v2", "muCtxSetCurrent", false },
    { "hipModuleLaunchKernel", "hipStreamSynchronize", "hipMemcpyHtoDAsync", NULL, false },
    { "aclrtLaunchKernelWithHostArgs", "aclrtSynchronizeStream", "aclrtMemcpyAsync", "aclrtSetCurrentContext", true },
};

static bool open_direct(bench *b)
{
    tn_device_info info = { .size = sizeof info };
    direct *d = &b->direct;
    void *context = NULL, *device = NULL;
    MUST(tn_device_get_info(b->device, &info));
    void *library = dlopen(info.library, RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
    if (!library || tn_kernel_native(b->empty, &d->kernel) != TN_OK || tn_stream_native(b->stream, &d->stream) != TN_OK ||
        tn_device_native(b->device, &device, &context) != TN_OK)
        return false;
    for (size_t i = 0; i < sizeof direct_names / sizeof *direct_names; i++) {
        int (*set_current)(void *) = NULL;
        void *call = dlsym(library, direct_names[i].launch), *write = dlsym(library, direct_names[i].write);
        *(void **)&d->wait = dlsym(library, direct_names[i].wait);
        if (!call || !write || !d->wait)
            continue;
        *(void **)(direct_names[i].acl ? (void *)&d->acl_launch : (void *)&d->launch) = call;
        *(void **)(direct_names[i].acl ? (void *)&d->acl_write : (void *)&d->write) = write;
        if (direct_names[i].set_current)
            *(void **)&set_current = dlsym(library, direct_names[i].set_current);
        return !direct_names[i].set_current || (set_current && set_current(context) == 0);
    }
    return false;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Raw OpenCL. */

static void cl_enqueue(bench *b, size_t blocks)
{
    size_t one = 1;
    clEnqueueNDRangeKernel(b->queue, b->cl_empty, 1, NULL, &blocks, &one, 0, NULL, NULL);
}

static void cl_launch(bench *b)
{
    cl_enqueue(b, 1);
}

static void cl_settle(bench *b)
{
    clFinish(b->queue);
}

static void cl_launch_and_wait(bench *b)
{
    cl_enqueue(b, 1);
    clFinish(b->queue);
}

static void cl_many_blocks(bench *b)
{
    cl_enqueue(b, MANY_BLOCKS);
    clFinish(b->queue);
}

static void cl_copy(bench *b)
{
    clEnqueueWriteBuffer(b->queue, b->cl_memory, CL_TRUE, 0, COPY_BYTES, b->host, 0, NULL, NULL);
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

/* ------------------------------------------------------------------------------------------------------- */
/* Cases. One round: `before`, one turn that does not count, then `times` turns of `once`, and `end`, by the clock. */

static bench the_bench;

enum { PEER_TENON, PEER_DIRECT, PEER_POCL };
static const char *const peers[] = { "tenon", "stand-in", "pocl" };

typedef struct row {
    const char *name;
    int peer, times;
    double aim_ns;
    void (*once)(bench *b), (*end)(bench *b), (*before)(bench *b), (*after)(bench *b);
} row;

static const char launched[] = "empty kernel, launched and waited for", pipelined[] = "pipelined launches, each",
                  copied[] = "blocking copy of 4 KiB to the device", among_idle[] = "launch and wait, 64 idle streams",
                  launched_live[] = "launch and wait, 15,000 live allocations",
                  copied_live[] = "blocking copy, 15,000 live allocations", blocks[] = "65,536 empty blocks";

static row rows[] = {
    { launched, PEER_TENON, BATCH, 300, launch_and_wait, NULL, NULL, NULL },
    { launched, PEER_DIRECT, BATCH, 0, direct_launch_and_wait, NULL, NULL, NULL },
    { launched, PEER_POCL, BATCH, 0, cl_launch_and_wait, NULL, NULL, NULL },
    { pipelined, PEER_TENON, PIPELINE, 100, launch, settle, NULL, NULL },
    { pipelined, PEER_DIRECT, PIPELINE, 0, direct_launch, direct_settle, NULL, NULL },
    { pipelined, PEER_POCL, 1000, 0, cl_launch, cl_settle, NULL, NULL },
    { "kernel, join, kernel on another stream, wait", PEER_TENON, BATCH, 400, across_streams, NULL, NULL, NULL },
    { blocks, PEER_TENON, 20, 45000, many_blocks, NULL, NULL, NULL },
    { blocks, PEER_POCL, 1, 0, cl_many_blocks, NULL, NULL, NULL },
    { copied, PEER_TENON, BATCH, 400, copy_4k, NULL, NULL, NULL },
    { copied, PEER_DIRECT, BATCH, 0, direct_copy, NULL, NULL, NULL },
    { copied, PEER_POCL, BATCH, 0, cl_copy, NULL, NULL, NULL },
    { among_idle, PEER_TENON, BATCH, 0, launch_and_wait, NULL, make_idle_streams, drop_idle_streams },
    { launched_live, PEER_TENON, BATCH, 0, launch_and_wait, NULL, make_live, drop_live },
    { copied_live, PEER_TENON, BATCH, 0, copy_4k, NULL, make_live, drop_live },
    { "allocate and free 4 KiB", PEER_TENON, BATCH, 0, alloc_free, NULL, NULL, NULL },
};
enum { ROWS = sizeof rows / sizeof *rows };

static double run_row(void *context)
{
    const row *r = context;
    bench *b = &the_bench;
    if ((r->peer == PEER_DIRECT && !b->has_direct) || (r->peer == PEER_POCL && !b->has_cl))
        return -1;
    if (r->before)
        r->before(b);
    for (int i = 0; r->before && i < r->times; i++) /* making things has emptied the caches */
        r->once(b);
    uint64_t start = measure_now();
    for (int i = 0; i < r->times; i++)
        r->once(b);
    if (r->end)
        r->end(b);
    double ns = (double)(measure_now() - start) / r->times;
    if (r->after)
        r->after(b);
    return ns;
}

static double median(const measure_case *cases, const char *name, int peer)
{
    for (unsigned i = 0; i < ROWS; i++)
        if (rows[i].name == name && rows[i].peer == peer)
            return cases[i].median;
    return -1;
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

typedef struct result {
    double layer, streams, live_launch, live_copy, idle;
} result;

static void print_all(const measure_case *cases, const char *simulate, const result *r)
{
    printf("Submit path on a simulated %s, beside PoCL's own API; medians of %d interleaved rounds\n", simulate,
           MEASURE_ROUNDS);
    for (unsigned i = 0; i < ROWS; i++)
        print_case(&cases[i]);
    if (the_bench.has_direct)
        printf("  the layer itself over the vendor's call     %10.1f ns  aim      50 %s\n", r->layer,
               r->layer <= 50 ? "met" : "missed");
    printf("  64 idle streams cost %.2fx, 15,000 live allocations %.2fx (launch %.2fx); aim 1.2x\n", r->streams,
           r->live_copy, r->live_launch);
    printf("  an idle device uses %.4f of a processor\n", r->idle);
}

static void write_json(const measure_case *cases, const char *simulate, const result *r, const char *path)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < ROWS; i++)
        json_array_append_new(list, json_pack("{s:s s:s s:f s:f s:f}", "case", cases[i].name, "peer", cases[i].peer,
                                              "median_ns", cases[i].median, "least_ns", cases[i].least, "aim_ns",
                                              cases[i].aim_ns));
    json_t *all = json_pack("{s:s s:o s:o s:f s:f s:f}", "device", simulate, "cases", list, "layer_ns",
                            the_bench.has_direct ? json_real(r->layer) : json_null(), "idle_streams_ratio", r->streams,
                            "live_allocations_ratio", r->live_copy, "idle_share", r->idle);
    json_dump_file(all, path, JSON_INDENT(2));
    json_decref(all);
}

int main(int argc, char **argv)
{
    if (argc < 2 || !strcmp(argv[1], "--help")) {
        fputs("Usage: submit BUNDLE [SIMULATED-DEVICE [JSON-FILE]]\n", stderr);
        return 2;
    }
    const char *simulate = argc > 2 ? argv[2] : "a100";
    static measure_case cases[ROWS];
    open_bench(&the_bench, simulate, argv[1]);
    for (unsigned i = 0; i < ROWS; i++)
        cases[i] = (measure_case){ .name = rows[i].name, .peer = peers[rows[i].peer], .run = run_row,
                                   .context = &rows[i], .aim_ns = rows[i].aim_ns };
    measure_all(cases, ROWS);
    double alone = median(cases, launched, PEER_TENON);
    result r = { .layer = median(cases, pipelined, PEER_TENON) - median(cases, pipelined, PEER_DIRECT),
                 .streams = median(cases, among_idle, PEER_TENON) / alone,
                 .live_launch = median(cases, launched_live, PEER_TENON) / alone,
                 .live_copy = median(cases, copied_live, PEER_TENON) / median(cases, copied, PEER_TENON),
                 .idle = idle_share(&the_bench) };
    print_all(cases, simulate, &r);
    if (argc > 3)
        write_json(cases, simulate, &r, argv[3]);
    MUST(tn_close(the_bench.runtime, TN_FOREVER));
    return 0;
}
