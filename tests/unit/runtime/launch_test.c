/* SPDX-License-Identifier: Apache-2.0 */
/* launch_test.c - bundles, modules, kernels, variables and launches: data on the null driver, every refusal with its
 * sentence. */
#include <sys/stat.h>

#include "tests/unit/runtime/common.h"

static tn_runtime runtime;
static tn_device device;
static tn_stream stream;

static void setup(uint32_t flags)
{
    runtime = open_null(2, flags);
    device = device_at(runtime, 0);
    stream = stream_on(device);
}

START_TEST(test_kernels_compute)
{
    setup(0);
    tn_module module = load_null_bundle(device);
    tn_kernel fill = kernel_of(module, "fill_u32"), add = kernel_of(module, "_Z3addPKfS0_Pfj");
    tn_address words, x, y, z;
    uint32_t value = 0xfeed, n = 50, out[64];
    float fx[100], fy[100], fz[100];
    tn_point point;
    OK(tn_memory_alloc(device, sizeof out, &words));
    OK(tn_fill(stream, words, 0, 4, 64, NULL));
    tn_arg args[] = { TN_ARG(words), TN_ARG(value), TN_ARG(n) };
    tn_launch launch = shape(4, 16);
    OK(tn_kernel_launch(stream, fill, &launch, args, 3, &point));
    OK(tn_point_wait(point, TN_FOREVER));
    OK(tn_memory_read(stream, out, words, sizeof out));
    for (uint32_t i = 0; i < 64; i++)
        ck_assert_uint_eq(out[i], i < 50 ? 0xfeed : 0);
    OK(tn_memory_alloc(device, sizeof fx, &x));
    OK(tn_memory_alloc(device, sizeof fy, &y));
    OK(tn_memory_alloc(device, sizeof fz, &z));
    for (int i = 0; i < 100; i++)
        fx[i] = (float)i, fy[i] = 0.5f * (float)i;
    OK(tn_memory_write(stream, x, fx, sizeof fx));
    OK(tn_memory_write(stream, y, fy, sizeof fy));
    struct { tn_address x, y, z; uint32_t n; } packed = { x, y, z, 100 };
    launch = shape(1, 128);
    OK(tn_kernel_launch_packed(stream, add, &launch, &packed, 28, NULL));
    OK(tn_memory_read(stream, fz, z, sizeof fz));
    for (int i = 0; i < 100; i++)
        ck_assert_float_eq(fz[i], 1.5f * (float)i);
    unsigned char shifted[40];   /* a driver gets aligned arguments wherever they were */
    memcpy(shifted + 1, &packed, 28);
    OK(tn_fill(stream, z, 0, 4, 100, NULL));
    OK(tn_kernel_launch_packed(stream, add, &launch, shifted + 1, 28, NULL));
    OK(tn_memory_read(stream, fz, z, sizeof fz));
    ck_assert_float_eq(fz[99], 148.5f);
    OK(tn_close(runtime, 0));
}
END_TEST

START_TEST(test_kernel_tables)
{
    setup(0);
    tn_module module = load_null_bundle(device);
    tn_kernel kernel, again;
    tn_kernel_info info = { .size = sizeof info };
    tn_kernel_arg arg = { .size = sizeof arg };
    uint32_t count;
    char target[8];
    tn_image_kind kind;
    OK(tn_module_image(module, &kind, target, sizeof target));
    ck_assert_int_eq(kind, TN_IMAGE_VENDOR);
    ck_assert_str_eq(target, "null");
    OK(tn_module_kernel_count(module, &count));
    ck_assert_uint_eq(count, 3);
    OK(tn_module_kernel_at(module, 1, &kernel));
    OK(tn_module_kernel(module, "add", &again));   /* the plain name of one kernel only */
    ck_assert_uint_eq(kernel.bits, again.bits);
    FAILS(TN_INVALID, "no kernel 3", tn_module_kernel_at(module, 3, &kernel));
    FAILS(TN_NOT_FOUND, "fill_u32", tn_module_kernel(module, "fil_u32", &kernel));
    FAILS(TN_NOT_FOUND, "no kernel \"\"", tn_module_kernel(module, "", &kernel));
    FAILS(TN_INVALID, "NULL", tn_module_kernel(module, NULL, &kernel));
    OK(tn_kernel_get_info(again, &info));
    ck_assert_str_eq(info.name, "_Z3addPKfS0_Pfj");
    ck_assert_str_eq(info.display, "add(const float *, const float *, float *, uint32_t)");
    ck_assert_uint_eq(info.arg_count, 4);
    ck_assert_uint_eq(info.args_bytes, 28);
    ck_assert_uint_eq(info.max_threads, 128);
    OK(tn_kernel_get_arg(again, 3, &arg));
    ck_assert_str_eq(arg.name, "n");
    ck_assert_str_eq(arg.type_name, "uint32_t");
    ck_assert_uint_eq(arg.offset, 24);
    ck_assert_int_eq(arg.kind, TN_ARG_VALUE);
    FAILS(TN_INVALID, "no argument 4", tn_kernel_get_arg(again, 4, &arg));
    info.size = 0;
    FAILS(TN_INVALID, "size", tn_kernel_get_info(again, &info));
    OK(tn_module_unload(module));
    FAILS(TN_BAD_HANDLE, "stale", tn_kernel_get_info(again, &info));
    FAILS(TN_BAD_HANDLE, "stale", tn_module_unload(module));
    FAILS(TN_BAD_HANDLE, "stale", tn_module_kernel(module, "add", &kernel));
    tn_launch launch = shape(1, 1);
    FAILS(TN_BAD_HANDLE, "stale", tn_kernel_launch(stream, again, &launch, NULL, 0, NULL));
    OK(tn_close(runtime, 0));
}
END_TEST

START_TEST(test_variables)
{
    setup(0);
    tn_module module = load_null_bundle(device);
    tn_address address, same, base;
    uint64_t bytes;
    uint32_t words[16];
    OK(tn_module_variable(module, "counter", &address, &bytes));
    OK(tn_module_variable(module, "counter", &same, NULL));
    ck_assert_uint_eq(address, same);
    ck_assert_uint_eq(bytes, 64);
    OK(tn_memory_find(device, address + 63, &base, &bytes));
    ck_assert_uint_eq(base, address);
    OK(tn_memory_read(stream, words, address, 64));
    ck_assert_uint_eq(words[15], 0);
    OK(tn_fill(stream, address, 5, 4, 16, NULL));
    OK(tn_memory_read(stream, words, address, 64));
    ck_assert_uint_eq(words[15], 5);
    FAILS(TN_BAD_ADDRESS, "past the end", tn_fill(stream, address, 5, 4, 17, NULL));
    FAILS(TN_BAD_ADDRESS, "variable of a module", tn_memory_free(device, address));
    FAILS(TN_NOT_FOUND, "no variable \"other\"", tn_module_variable(module, "other", &address, NULL));
    OK(tn_module_unload(module));
    FAILS(TN_BAD_ADDRESS, "", tn_memory_read(stream, words, address, 64));
    OK(tn_close(runtime, 0));
}
END_TEST

START_TEST(test_bad_launches)
{
    setup(0);
    tn_module module = load_null_bundle(device);
    tn_kernel fill = kernel_of(module, "fill_u32"), add = kernel_of(module, "add"),
              nothing = kernel_of(module, "nothing");
    tn_address words;
    uint32_t value = 1, n = 1;
    uint64_t wide = 1;
    OK(tn_memory_alloc(device, 64, &words));
    tn_arg args[] = { TN_ARG(words), TN_ARG(value), TN_ARG(n) };
    tn_launch l = shape(1, 1);
    FAILS(TN_BAD_ARGUMENTS, "takes 3 arguments, and 2", tn_kernel_launch(stream, fill, &l, args, 2, NULL));
    FAILS(TN_BAD_ARGUMENTS, "takes 3 arguments, and 4", tn_kernel_launch(stream, fill, &l, args, 4, NULL));
    FAILS(TN_BAD_ARGUMENTS, "takes 3 arguments", tn_kernel_launch(stream, fill, &l, NULL, 3, NULL));
    tn_arg wrong[] = { TN_ARG(words), TN_ARG(wide), TN_ARG(n) };
    FAILS(TN_BAD_ARGUMENTS, "argument 1 (uint32_t value) has 4 bytes, and 8",
          tn_kernel_launch(stream, fill, &l, wrong, 3, NULL));
    tn_arg null[] = { TN_ARG(words), { NULL, 4 }, TN_ARG(n) };
    FAILS(TN_BAD_ARGUMENTS, "argument 1", tn_kernel_launch(stream, fill, &l, null, 3, NULL));
    FAILS(TN_BAD_ARGUMENTS, "28 bytes", tn_kernel_launch_packed(stream, add, &l, &l, 32, NULL));
    FAILS(TN_BAD_ARGUMENTS, "28 bytes", tn_kernel_launch_packed(stream, add, &l, NULL, 28, NULL));
    FAILS(TN_INVALID, "launch is NULL", tn_kernel_launch(stream, fill, NULL, args, 3, NULL));
    static const struct { tn_dim3 grid, block; uint32_t local; tn_status status; const char *words;
    } rows[] = {
        { { 0, 1, 1 }, { 1, 1, 1 }, 0, TN_INVALID, "grid.x is 0" },
        { { 1, 0, 1 }, { 1, 1, 1 }, 0, TN_INVALID, "grid.y is 0" },
        { { 1, 1, 0 }, { 1, 1, 1 }, 0, TN_INVALID, "grid.z is 0" },
        { { 1, 1, 1 }, { 0, 1, 1 }, 0, TN_INVALID, "block.x is 0" },
        { { 1, 1, 1 }, { 1, 0, 1 }, 0, TN_INVALID, "block.y is 0" },
        { { 1, 1, 1 }, { 1, 1, 0 }, 0, TN_INVALID, "block.z is 0" },
        { { 0x80000000, 1, 1 }, { 1, 1, 1 }, 0, TN_LIMIT, "2147483647" },
        { { 1, 65536, 1 }, { 1, 1, 1 }, 0, TN_LIMIT, "65535" },
        { { 1, 1, 1 }, { 1025, 1, 1 }, 0, TN_LIMIT, "1024" },
        { { 1, 1, 1 }, { 64, 64, 1 }, 0, TN_LIMIT, "limit of this kernel" },
        { { 1, 1, 1 }, { 1024, 1024, 1024 }, 0, TN_LIMIT, "limit" },
        { { 1, 1, 1 }, { 1, 1, 1 }, 65537, TN_LIMIT, "local memory" },
        { { 1, 1, 1 }, { 1, 1, 1 }, UINT32_MAX, TN_LIMIT, "local memory" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        l = tn_launch_shape(rows[i].grid, rows[i].block, rows[i].local);
        FAILS(rows[i].status, rows[i].words, tn_kernel_launch(stream, fill, &l, args, 3, NULL));
        FAILS(rows[i].status, "fill_u32", tn_kernel_launch_packed(stream, fill, &l, args, 16, NULL));
    }
    l = shape(1, 129);
    FAILS(TN_LIMIT, "128", tn_kernel_launch_packed(stream, add, &l, &l, 28, NULL));
    l = shape(1, 16);
    FAILS(TN_INVALID, "built for blocks of 8 x 2 x 1", tn_kernel_launch(stream, nothing, &l, NULL, 0, NULL));
    l = tn_launch_shape((tn_dim3){ 1, 1, 1 }, (tn_dim3){ 8, 2, 1 }, 65536 - 95);
    FAILS(TN_LIMIT, "96 of its own", tn_kernel_launch(stream, nothing, &l, NULL, 0, NULL));
    l.local_bytes = 65536 - 96;
    OK(tn_kernel_launch(stream, nothing, &l, NULL, 0, NULL));
    l.size = 12;
    FAILS(TN_INVALID, "size is 12", tn_kernel_launch(stream, nothing, &l, NULL, 0, NULL));
    l = shape(1, 1), l.flags = 1;
    FAILS(TN_INVALID, "flags", tn_kernel_launch(stream, fill, &l, args, 3, NULL));
    l = shape(1, 1);
    FAILS(TN_INVALID, "another device", tn_kernel_launch(stream_on(device_at(runtime, 1)), fill, &l, args, 3, NULL));
    FAILS(TN_BAD_HANDLE, "kernel", tn_kernel_launch(stream, (tn_kernel){ 4 }, &l, args, 3, NULL));
    FAILS(TN_BAD_HANDLE, "stream", tn_kernel_launch((tn_stream){ 4 }, fill, &l, args, 3, NULL));
    tn_error error = { .size = sizeof error };
    FAILS(TN_BAD_ARGUMENTS, "", tn_kernel_launch(stream, fill, &l, args, 1, NULL));
    ck_assert(tn_error_take(&error));
    ck_assert_uint_eq(error.kernel, fill.bits);
    ck_assert_uint_eq(error.stream, stream.bits);
    ck_assert_uint_eq(error.device, device.bits);
    ck_assert_str_eq(error.function, "tn_kernel_launch");
    OK(tn_kernel_launch(stream, fill, &l, args, 3, NULL));   /* none of it did harm */
    OK(tn_close(runtime, 0));
}
END_TEST

START_TEST(test_validation)
{
    setup(TN_OPTION_VALIDATE);
    tn_kernel fill = kernel_of(load_null_bundle(device), "fill_u32");
    tn_address words, none = 0, wild = 0x1234, pinned_address;
    void *pinned;
    uint32_t value = 1, n = 0;
    OK(tn_memory_alloc(device, 64, &words));
    OK(tn_host_alloc(device, 64, &pinned, &pinned_address));
    tn_launch l = shape(1, 1);
    tn_arg args[] = { TN_ARG(words), TN_ARG(value), TN_ARG(n) };
    OK(tn_kernel_launch(stream, fill, &l, args, 3, NULL));
    args[0] = (tn_arg)TN_ARG(none);
    OK(tn_kernel_launch(stream, fill, &l, args, 3, NULL));
    args[0] = (tn_arg)TN_ARG(pinned_address);
    OK(tn_kernel_launch(stream, fill, &l, args, 3, NULL));
    args[0] = (tn_arg)TN_ARG(wild);
    FAILS(TN_BAD_ADDRESS, "to 0x1234", tn_kernel_launch(stream, fill, &l, args, 3, NULL));
    OK(tn_memory_free(device, words));
    args[0] = (tn_arg)TN_ARG(words);
    FAILS(TN_BAD_ADDRESS, "", tn_kernel_launch(stream, fill, &l, args, 3, NULL));
    OK(tn_close(runtime, 0));
}
END_TEST

START_TEST(test_foreign_bundles)
{
    setup(0);
    struct buffer b;
    tn_module module = { 99 };
    make_bundle(&b, TN_IMAGE_PTX, "sm_80");
    FAILS(TN_NO_IMAGE, "ptx sm_80: it takes vendor images", tn_module_load(device, b.bytes, b.size, NULL, &module));
    make_bundle(&b, TN_IMAGE_VENDOR, "someone");
    FAILS(TN_NO_IMAGE, "vendor someone", tn_module_load(device, b.bytes, b.size, NULL, &module));
    FAILS(TN_BAD_BUNDLE, "", tn_module_load(device, "#!/bin/sh\nexit 0\n", 17, NULL, &module));
    FAILS(TN_BAD_BUNDLE, "", tn_module_load(device, "", 0, NULL, &module));
    FAILS(TN_INVALID, "NULL", tn_module_load(device, NULL, 10, NULL, &module));
    FAILS(TN_NOT_FOUND, "/does/not/exist", tn_module_load_file(device, "/does/not/exist.tnb", NULL, &module));
    FAILS(TN_SYSTEM, "/tmp", tn_module_load_file(device, "/tmp", NULL, &module));
    FAILS(TN_INVALID, "NULL", tn_module_load_file(device, NULL, NULL, &module));
    FAILS(TN_BAD_BUNDLE, "self", tn_module_load_file(device, "/proc/self/exe", NULL, &module));
    make_bundle(&b, TN_IMAGE_VENDOR, "null");
    b.bytes[48] = 9;   /* e_flags: a version to come */
    FAILS(TN_BAD_BUNDLE, "version 9", tn_module_load(device, b.bytes, b.size, NULL, &module));
    tn_module_options options = TN_MODULE_OPTIONS_INIT;
    options.flags = 4;
    FAILS(TN_INVALID, "flags", tn_module_load(device, b.bytes, b.size, &options, &module));
    ck_assert_uint_eq(module.bits, 99);
    char path[] = "/tmp/tenon-bundle-XXXXXX";
    int fd = mkstemp(path);
    make_bundle(&b, TN_IMAGE_VENDOR, "null");
    ck_assert_int_eq(write(fd, b.bytes, b.size), (ssize_t)b.size);
    OK(tn_module_load_file(device, path, NULL, &module));
    OK(tn_module_unload(module));
    ck_assert_int_eq(ftruncate(fd, (off_t)b.size / 2), 0);
    FAILS(TN_BAD_BUNDLE, path, tn_module_load_file(device, path, NULL, &module));
    close(fd);
    unlink(path);
    OK(tn_close(runtime, 0));
}
END_TEST

START_TEST(test_cut_bundles)
{
    setup(0);
    struct buffer b;
    tn_module module;
    make_bundle(&b, TN_IMAGE_VENDOR, "null");
    for (size_t size = 0; size < b.size; size++) {
        unsigned char *exact = malloc(size ? size : 1);   /* so that a sanitizer sees a byte too much */
        memcpy(exact, b.bytes, size);
        ck_assert_msg(tn_module_load(device, exact, size, NULL, &module) == TN_BAD_BUNDLE, "cut to %zu", size);
        ck_assert_str_ne(tn_error_message(), "");
        free(exact);
    }
    OK(tn_close(runtime, 0));
}
END_TEST

START_TEST(test_damaged_bundles)
{
    setup(0);
    struct buffer good, b;
    tn_module module;
    make_bundle(&good, TN_IMAGE_VENDOR, "null");
    for (size_t at = 0; at < good.size; at++)
        for (int how = 0; how < 3; how++) {
            b = good;
            b.bytes[at] = how == 0   ? (unsigned char)(b.bytes[at] ^ 0xff)
                          : how == 1 ? (unsigned char)(b.bytes[at] + 1)
                                     : 0x80;
            tn_status status = tn_module_load(device, b.bytes, b.size, NULL, &module);
            if (status == TN_OK) {   /* a byte that does not matter, or one that makes another good bundle */
                uint32_t count = 0;
                OK(tn_module_kernel_count(module, &count));
                OK(tn_module_unload(module));
            }
        }
    OK(tn_close(runtime, 0));
}
END_TEST

RUN("launch", test_kernels_compute, test_kernel_tables, test_variables, test_bad_launches, test_validation,
    test_foreign_bundles, test_cut_bundles, test_damaged_bundles)
