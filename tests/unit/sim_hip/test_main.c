/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client of the HIP runtime that knows nothing of Tenon: it links the vendor's soname with its symbol versions (a
 * stub made at build time) and has its own declarations of the ABI. Order is proved by a gate, as in
 * tests/unit/sim_cuda.
 */
#include "tests/unit/sim_hip/client.h"
#include "tests/unit/suite.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

handle module;
static uint32_t *gate;

static void start(void)
{
    ok(hipModuleLoad(&module, getenv("CLIENT_IMAGE")));
    ok(hipHostMalloc((void **)&gate, 64, 0));
    *gate = 0;
}

static handle kernel(const char *name)
{
    handle f = NULL;
    ok(hipModuleGetFunction(&f, module, name));
    return f;
}

static void open_gate(void)
{
    __atomic_store_n(gate, 1, __ATOMIC_RELEASE);
}
#define CLOSE(stream) ok(hipStreamWaitValue32(stream, gate, 1, 0, 0xffffffff))

/* ------------------------------------------------------------------------------------------------------- */

START_TEST(devices_need_no_init)
{
    int n = 0, value = 0;
    char name[64];
    ok(hipGetDeviceCount(&n));
    ck_assert_int_eq(n, 2);
    ok(hipInit(0));
    is(hipInit(1), 1);
    ok(hipRuntimeGetVersion(&value));
    ck_assert_int_ge(value, 50000000);
    ok(hipDeviceGetAttribute(&value, 87, 0));
    ck_assert_int_eq(value, 64);
    ok(hipDeviceGetAttribute(&value, 63, 0));
    ck_assert_int_eq(value, 80);
    is(hipDeviceGetAttribute(&value, 10004, 0), 1); /* DTK's quirk */
    is(hipDeviceGetAttribute(&value, 12345, 0), 1);
    is(hipDeviceGetAttribute(&value, 87, 2), 101);
    ok(hipDeviceGetName(name, sizeof name, 0));
    is(hipSetDevice(2), 101);
    is(hipSetDevice(-1), 101);
    ok(hipSetDevice(1));
    ok(hipGetDevice(&value));
    ck_assert_int_eq(value, 1);
}
END_TEST

/* Both layouts, by the offsets in the public headers of HIP 5.2.3 and 6.3; nothing is written behind either. */
START_TEST(properties_have_two_layouts)
{
    unsigned char old[2048], new[2048];
    int value;
    size_t memory_old, memory_new;
    memset(old, 0x5a, sizeof old);
    memset(new, 0x5a, sizeof new);
    ok(hipGetDeviceProperties(old, 0));
    ok(hipGetDevicePropertiesR0600(new, 0));
    ck_assert_str_eq((char *)old, (char *)new);
    memcpy(&memory_old, old + 256, 8);
    memcpy(&memory_new, new + 288, 8);
    ck_assert_uint_eq(memory_old, memory_new);
    memcpy(&value, old + 276, 4);
    ck_assert_int_eq(value, 64);
    memcpy(&value, new + 308, 4);
    ck_assert_int_eq(value, 64);
    memcpy(&value, old + 392, 4);
    ck_assert_int_eq(value, 936);
    ck_assert_int_eq(strncmp((char *)old + 396, "gfx936", 6), 0);
    ck_assert_int_eq(strncmp((char *)new + 1160, "gfx936", 6), 0);
    ck_assert_uint_eq(old[792], 0x5a);
    ck_assert_uint_eq(new[1472], 0x5a);
    is(hipGetDeviceProperties(old, 7), 101);
    is(hipGetDeviceProperties(NULL, 0), 1);
}
END_TEST

START_TEST(names_carry_versions)
{
    void *library = dlopen("libgalaxyhip.so.5", RTLD_NOW | RTLD_LOCAL);
    ck_assert_ptr_nonnull(library);
    ck_assert_ptr_nonnull(dlvsym(library, "hipMalloc", "hip_4.2"));
    ck_assert_ptr_nonnull(dlvsym(library, "hipGetDevicePropertiesR0600", "hip_6.0"));
    ck_assert_ptr_nonnull(dlvsym(library, "hipMemcpyAsync_spt", "hip_5.2"));
    ck_assert_ptr_null(dlvsym(library, "hipMalloc", "hip_6.0"));
    static const char *const names[] = {
#define FN(name, node) #name,
#include "drivers/sim/hip/functions.def"
#undef FN
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        ck_assert_msg(dlsym(library, names[i]) != NULL, "%s is missing", names[i]);
    int (*graph)(handle *, unsigned) = NULL;
    handle out;
    *(void **)&graph = dlsym(library, "hipGraphCreate");
    is(graph(&out, 0), 801);
    is(hipGetLastError(), 801);
    is(hipGetLastError(), 0);
}
END_TEST

START_TEST(errors_have_names)
{
    ck_assert_str_eq(hipGetErrorName(700), "hipErrorIllegalAddress");
    ck_assert_str_eq(hipGetErrorName(0), "hipSuccess");
    ck_assert_uint_gt(strlen(hipGetErrorString(2)), 5);
    ck_assert_ptr_nonnull(hipGetErrorString(123456));
    void *p;
    is(hipMalloc(NULL, 8), 1);
    is(hipPeekAtLastError(), 1);
    ok(hipMalloc(&p, 8));
    is(hipPeekAtLastError(), 1); /* stays until it is taken */
    is(hipGetLastError(), 1);
    is(hipPeekAtLastError(), 0);
}
END_TEST

/* ------------------------------------------------------------------------------------------------------- */

START_TEST(memory_carries_data)
{
    int a[256], b[256] = { 0 };
    void *x, *y;
    size_t bytes = 0, before, after, total;
    for (int i = 0; i < 256; i++)
        a[i] = i * 7;
    ok(hipMemGetInfo(&before, &total));
    ok(hipMalloc(&x, sizeof a));
    ok(hipMalloc(&y, sizeof a));
    ok(hipMemcpy(x, a, sizeof a, 1));
    ok(hipMemcpy(y, x, sizeof a, 3));
    ok(hipMemcpy(b, y, sizeof a, 2));
    ck_assert_mem_eq(a, b, sizeof a);
    ok(hipMemsetD32Async(x, 5, 256, NULL));
    ok(hipMemcpy(b, x, sizeof b, 4));
    ck_assert_int_eq(b[255], 5);
    is(hipMemcpy(b, x, sizeof b, 7), 21);
    ok(hipMemPtrGetInfo(x, &bytes));
    is(hipMemcpy((char *)x + bytes - 4, a, 8, 1), 1);
    is(hipFree((char *)x + 16), 1);
    ok(hipFree(x));
    is(hipFree(x), 1);
    ok(hipFree(y));
    ok(hipFree(NULL));
    ok(hipMemGetInfo(&after, &total));
    ck_assert_uint_eq(before, after);
    ok(hipMalloc(&x, 0));
    ck_assert_ptr_null(x);
    is(hipMalloc(&x, total + 1), 2);
}
END_TEST

START_TEST(pointers_have_hip_6_types)
{
    struct {
        int type, device;
        void *device_pointer, *host_pointer;
        int managed;
        unsigned flags;
    } at;
    void *x;
    int local;
    ok(hipMalloc(&x, 64));
    ok(hipPointerGetAttributes(&at, x));
    ck_assert_int_eq(at.type, 2);
    ck_assert_ptr_eq(at.device_pointer, x);
    ok(hipPointerGetAttributes(&at, gate));
    ck_assert_int_eq(at.type, 1);
    ok(hipPointerGetAttributes(&at, &local));
    ck_assert_int_eq(at.type, 0);
}
END_TEST

START_TEST(kernels_run)
{
    enum { N = 1000 };
    float x[N], y[N], a = 3;
    int n = N, out[65];
    void *dx, *dy;
    for (int i = 0; i < N; i++) {
        x[i] = (float)i;
        y[i] = 2;
    }
    ok(hipMalloc(&dx, sizeof x));
    ok(hipMalloc(&dy, sizeof y));
    ok(hipMemcpy(dx, x, sizeof x, 1));
    ok(hipMemcpy(dy, y, sizeof y, 1));
    void *params[] = { &a, &dx, &dy, &n };
    ok(hipModuleLaunchKernel(kernel("axpy"), 16, 1, 1, 64, 1, 1, 0, NULL, params, NULL));
    ok(hipMemcpy(y, dy, sizeof y, 2));
    for (int i = 0; i < N; i++)
        ck_assert_float_eq(y[i], 2 + 3 * (float)i);
    struct {
        float a;
        void *x, *y;
        int n;
    } packed = { 1, dx, dy, N };
    size_t bytes = sizeof packed;
    void *extra[] = { (void *)1, &packed, (void *)2, &bytes, (void *)3 }; /* HIP's end is 3 */
    ok(hipModuleLaunchKernel(kernel("axpy"), 16, 1, 1, 64, 1, 1, 0, NULL, NULL, extra));
    ok(hipMemcpy(y, dy, sizeof y, 2));
    ck_assert_float_eq(y[10], 2 + 4 * 10);
    void *lanes[] = { &dx };
    ok(hipModuleLaunchKernel(kernel("lanes"), 1, 1, 1, 64, 1, 1, 0, NULL, lanes, NULL));
    ok(hipMemcpy(out, dx, sizeof out, 2));
    ck_assert_int_eq(out[40], 41); /* across the middle of a warp of 64 */
    ck_assert_int_eq(out[31], 32);
    ck_assert_int_eq(out[64], 64);
    is(hipModuleLaunchKernel(kernel("empty"), 0, 1, 1, 1, 1, 1, 0, NULL, NULL, NULL), 1);
    is(hipModuleLaunchKernel(kernel("empty"), 1, 1, 1, 2048, 1, 1, 0, NULL, NULL, NULL), 1);
    is(hipModuleLaunchKernel((handle)0x1234567, 1, 1, 1, 1, 1, 1, 0, NULL, NULL, NULL), 400);
}
END_TEST

START_TEST(images_are_checked)
{
    handle m = NULL, f;
    is(hipModuleLoad(&m, "/dev/null/none"), 301);
    is(hipModuleLoad(&m, "/"), 301);
    is(hipModuleLoadData(&m, NULL), 1);
    is(hipModuleLoadData(&m, "neither ELF nor bundle"), 200);
    is(hipModuleLoadData(&m, "__CLANG_OFFLOAD_BUNDLE__\xff\xff\xff\xff\xff\xff\xff\xff"), 200);
    /* a good bundle whose only image is for the host */
    static const unsigned char bundle[] =
        "__CLANG_OFFLOAD_BUNDLE__\x01\0\0\0\0\0\0\0\x40\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0host";
    is(hipModuleLoadData(&m, bundle), 209);
    is(hipModuleGetFunction(&f, module, "nobody"), 500);
    ok(hipModuleUnload(module));
    is(hipModuleUnload(module), 400);
}
END_TEST

/* ------------------------------------------------------------------------------------------------------- */

START_TEST(the_null_stream_joins_blocking_ones)
{
    handle s, free_runner, e;
    void *x;
    int value = 0;
    ok(hipMalloc(&x, 64));
    ok(hipStreamCreate(&s));
    ok(hipStreamCreateWithFlags(&free_runner, 1));
    ok(hipEventCreateWithFlags(&e, 2));
    CLOSE(s);
    ok(hipMemsetD32Async(x, 9, 1, s));
    ok(hipModuleLaunchKernel(kernel("empty"), 1, 1, 1, 1, 1, 1, 0, free_runner, NULL, NULL));
    ok(hipStreamSynchronize(free_runner));
    ok(hipEventRecord(e, NULL));
    is(hipEventQuery(e), 600);
    is(hipGetLastError(), 0); /* not ready is no error that stays */
    is(hipStreamQuery(NULL), 600);
    open_gate();
    ok(hipMemcpy(&value, x, 4, 2));
    ck_assert_int_eq(value, 9);
    ok(hipStreamDestroy(s));
    is(hipStreamDestroy(s), 400);
    is(hipStreamSynchronize(s), 400);
}
END_TEST

static void *other_device(void *unused)
{
    int device = -1;
    (void)unused;
    ok(hipGetDevice(&device));
    ck_assert_int_eq(device, 0); /* each thread begins with the first */
    return NULL;
}

START_TEST(the_current_device_is_the_threads)
{
    pthread_t thread;
    void *x;
    struct {
        int type, device;
        void *pointers[2];
        int managed;
        unsigned flags;
    } at;
    ok(hipSetDevice(1));
    ck_assert_int_eq(pthread_create(&thread, NULL, other_device, NULL), 0);
    pthread_join(thread, NULL);
    ok(hipMalloc(&x, 64));
    ok(hipPointerGetAttributes(&at, x));
    ck_assert_int_eq(at.device, 1);
    is(hipModuleLaunchKernel(kernel("empty"), 1, 1, 1, 1, 1, 1, 0, NULL, NULL, NULL), 400); /* a module of device 0 */
}
END_TEST

START_TEST(a_fault_sticks_until_the_reset)
{
    void *bad = (void *)64, *x;
    int value = 3;
    void *params[] = { &bad, &value };
    ok(hipModuleLaunchKernel(kernel("poke"), 1, 1, 1, 1, 1, 1, 0, NULL, params, NULL));
    is(hipDeviceSynchronize(), 700);
    is(hipMalloc(&x, 64), 700);
    ok(hipSetDevice(1));
    ok(hipMalloc(&x, 64));
    ok(hipSetDevice(0));
    ok(hipDeviceReset());
    ok(hipMalloc(&x, 64));
    ok(hipModuleLoad(&module, getenv("CLIENT_IMAGE")));
    params[0] = &x;
    ok(hipModuleLaunchKernel(kernel("poke"), 1, 1, 1, 1, 1, 1, 0, NULL, params, NULL));
    value = 0;
    ok(hipMemcpy(&value, x, 4, 2));
    ck_assert_int_eq(value, 3);
}
END_TEST

/* What `clang -x hip` makes of a kernel call: a registered stub, a pushed configuration, a launch by the stub's address. */
static void host_stub(void)
{
}
static int host_counter, host_nobody;

/* The image of this test as a program holds it. */
static struct {
    uint32_t magic, version;
    const void *image;
    void *unused;
} wrapper = { 0x48495046, 1, NULL, NULL };

static void **register_image(unsigned char *image)
{
    FILE *file = fopen(getenv("CLIENT_IMAGE"), "rb");
    ck_assert_uint_gt(fread(image, 1, 1 << 22, file), 100);
    fclose(file);
    wrapper.image = image;
    return __hipRegisterFatBinary(&wrapper);
}

/* As many blocks as the device holds at once may wait for each other, and no more: by handle, and by a stub's address. */
START_TEST(a_grid_waits_for_itself)
{
    enum { BLOCKS = 40, THREADS = 64, N = BLOCKS * THREADS };
    static int data[N], want[N], next[N];
    int rounds = 5, per_unit, units;
    unsigned char *image = malloc(1 << 22);
    void *d, *params[] = { &d, &rounds }, **binary = register_image(image), *stub = (void *)(uintptr_t)host_stub;
    struct dim3 grid = { BLOCKS, 1, 1 }, block = { THREADS, 1, 1 };
    __hipRegisterFunction(binary, stub, "neighbours", "neighbours", 0, NULL, NULL, NULL, NULL, NULL);
    for (int i = 0; i < N; i++)
        data[i] = want[i] = i * 37 % 101;
    for (int r = 0; r < rounds; r++) {
        for (int i = 0; i < N; i++)
            next[i] = want[i] + want[(i + THREADS) % N] + r;
        memcpy(want, next, sizeof want);
    }
    ok(hipMalloc(&d, sizeof data));
    for (int turn = 0; turn < 4; turn++) {
        ok(hipMemcpy(d, data, sizeof data, 1));
        if (turn % 2)
            ok(hipLaunchCooperativeKernel(stub, grid, block, params, 0, NULL));
        else
            ok(hipModuleLaunchCooperativeKernel(kernel("neighbours"), BLOCKS, 1, 1, THREADS, 1, 1, 0, NULL, params));
        ok(hipMemcpy(next, d, sizeof next, 2));
        ck_assert_mem_eq(next, want, sizeof want);
    }
    ok(hipModuleOccupancyMaxActiveBlocksPerMultiprocessor(&per_unit, kernel("neighbours"), THREADS, 0));
    ok(hipDeviceGetAttribute(&units, 63, 0));
    rounds = 0;
    grid.x = (unsigned)(per_unit * units);
    ok(hipModuleLaunchCooperativeKernel(kernel("neighbours"), grid.x, 1, 1, THREADS, 1, 1, 0, NULL, params));
    ok(hipLaunchCooperativeKernel(stub, grid, block, params, 0, NULL));
    ok(hipDeviceSynchronize());
    grid.x++;
    is(hipModuleLaunchCooperativeKernel(kernel("neighbours"), grid.x, 1, 1, THREADS, 1, 1, 0, NULL, params), 720);
    is(hipLaunchCooperativeKernel(stub, grid, block, params, 0, NULL), 720);
    is(hipLaunchCooperativeKernel(&host_nobody, grid, block, params, 0, NULL), 98);
    grid.x = BLOCKS;
    rounds = 1;
    ok(hipLaunchKernel(stub, grid, block, params, 0, NULL));
    ck_assert_int_ne(hipDeviceSynchronize(), 0); /* a plain launch fails at the barrier */
    __hipUnregisterFatBinary(binary);
    free(image);
}
END_TEST

START_TEST(registered_kernels_run)
{
    unsigned char *image = malloc(1 << 22);
    void **binary = register_image(image), *d, *args[] = { &d }, *symbol = NULL;
    __hipRegisterFunction(binary, (const void *)(uintptr_t)host_stub, "use_variables", "use_variables", 0, NULL, NULL,
                          NULL, NULL, NULL);
    __hipRegisterVar(binary, &host_counter, "counter", "counter", 0, 4, 0, 0);
    struct dim3 grid = { 1, 1, 1 }, block = { 1, 1, 1 };
    size_t shared;
    handle stream;
    int out[5] = { 0 }, fifty = 50;
    ok(hipSetDevice(1));
    ok(hipMalloc(&d, 64));
    ok(hipMemcpyToSymbol(&host_counter, &fifty, 4, 0, 1));
    is(hipMemcpyToSymbol(&host_counter, &fifty, 4, 4, 1), 1);
    is(hipMemcpyToSymbol(&host_nobody, &fifty, 4, 0, 1), 13);
    ok(hipGetSymbolAddress(&symbol, &host_counter));
    ck_assert_ptr_nonnull(symbol);
    ok(__hipPushCallConfiguration(grid, block, 0, NULL));
    ok(__hipPopCallConfiguration(&grid, &block, &shared, &stream));
    is(__hipPopCallConfiguration(&grid, &block, &shared, &stream), 52);
    ok(hipLaunchKernel((const void *)(uintptr_t)host_stub, grid, block, args, shared, stream));
    ok(hipMemcpy(out, d, sizeof out, 2));
    ck_assert_int_eq(out[0], 51);
    ck_assert_int_eq(out[4], 4);
    is(hipLaunchKernel(&host_nobody, grid, block, args, 0, NULL), 98);
    grid.x = 0;
    is(hipLaunchKernel((const void *)(uintptr_t)host_stub, grid, block, args, 0, NULL), 9);
    __hipUnregisterFatBinary(binary);
    grid.x = 1;
    is(hipLaunchKernel((const void *)(uintptr_t)host_stub, grid, block, args, 0, NULL), 98);
    free(image);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("hip");
    TCase *plain = tcase_create("plain"), *t = tcase_create("started");
    tcase_set_timeout(plain, 60);
    tcase_set_timeout(t, 60);
    tcase_add_test(plain, devices_need_no_init);
    tcase_add_test(plain, properties_have_two_layouts);
    tcase_add_test(plain, names_carry_versions);
    tcase_add_test(plain, errors_have_names);
    tcase_add_checked_fixture(t, start, NULL);
    tcase_add_test(t, memory_carries_data);
    tcase_add_test(t, pointers_have_hip_6_types);
    tcase_add_test(t, kernels_run);
    tcase_add_test(t, images_are_checked);
    tcase_add_test(t, the_null_stream_joins_blocking_ones);
    tcase_add_test(t, the_current_device_is_the_threads);
    tcase_add_test(t, registered_kernels_run);
    tcase_add_test(t, a_grid_waits_for_itself);
    tcase_add_test(t, a_fault_sticks_until_the_reset);
    suite_add_tcase(s, plain);
    suite_add_tcase(s, t);
    return suite_run(s);
}
