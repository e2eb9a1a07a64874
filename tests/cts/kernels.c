/* SPDX-License-Identifier: Apache-2.0 */
/* Modules, kernels, arguments and launches. */
#include "tests/cts/cts.h"

static void add(cts *c)
{
    static const uint32_t counts[] = { 1, 31, 256, 1000, 100003 };
    tn_kernel kernel = cts_kernel(c, "cts_add");
    for (uint32_t k = 0; k < CTS_COUNT(counts); k++) {
        uint32_t n = counts[k], threads = c->info.max_threads < 256 ? c->info.max_threads : 256;
        float *a = cts_host(n * 4), *b = cts_host(n * 4), *out = cts_host(n * 4);
        for (uint32_t i = 0; i < n; i++) {
            a[i] = (float)i * 0.5f;
            b[i] = 1000.0f - (float)(i % 777);
        }
        tn_address da = cts_alloc(c, n * 4), db = cts_alloc(c, n * 4), dc = cts_alloc(c, n * 4 + 4);
        CTS_OK(tn_fill(c->stream, dc, 0x7fc00000u, 4, n + 1, NULL));
        CTS_OK(tn_memory_write(c->stream, da, a, n * 4));
        CTS_OK(tn_memory_write(c->stream, db, b, n * 4));
        CTS_OK(CTS_LAUNCH(c->stream, kernel, (n + threads - 1) / threads, threads, NULL, TN_ARG(dc), TN_ARG(da), TN_ARG(db), TN_ARG(n)));
        CTS_OK(tn_memory_read(c->stream, out, dc, n * 4));
        for (uint32_t i = 0; i < n; i++)
            CTS_CHECK(out[i] == a[i] + b[i], "element %u of %u is %g, expected %g", i, n, (double)out[i], (double)(a[i] + b[i]));
        uint32_t behind;
        CTS_OK(tn_memory_read(c->stream, &behind, dc + n * 4, 4));
        CTS_CHECK(behind == 0x7fc00000u, "the kernel wrote behind its %u elements", n);
    }
}

static void geometry(cts *c)
{
    static const tn_dim3 shapes[][2] = { { { 1, 1, 1 }, { 1, 1, 1 } }, { { 3, 1, 1 }, { 64, 1, 1 } }, { { 2, 3, 4 }, { 4, 2, 3 } },
                                         { { 1, 5, 1 }, { 1, 33, 1 } }, { { 7, 1, 2 }, { 3, 1, 5 } } };
    tn_kernel kernel = cts_kernel(c, "cts_geometry");
    for (uint32_t s = 0; s < CTS_COUNT(shapes); s++) {
        tn_dim3 g = shapes[s][0], b = shapes[s][1];
        uint32_t blocks = g.x * g.y * g.z, threads = b.x * b.y * b.z;
        uint32_t *out = cts_host(blocks * threads * 24);
        tn_address a = cts_alloc(c, blocks * threads * 24);
        CTS_OK(tn_fill(c->stream, a, 0xffffffffu, 4, blocks * threads * 6, NULL));
        tn_launch launch = tn_launch_shape(g, b, 0);
        tn_arg args[] = { TN_ARG(a) };
        CTS_OK(tn_kernel_launch(c->stream, kernel, &launch, args, 1, NULL));
        CTS_OK(tn_memory_read(c->stream, out, a, blocks * threads * 24));
        for (uint32_t i = 0; i < blocks * threads; i++) {
            uint32_t block = i / threads, thread = i % threads;
            uint32_t expected[6] = { block % g.x, block / g.x % g.y, block / g.x / g.y, thread % b.x, thread / b.x % b.y, thread / b.x / b.y };
            CTS_BYTES("where a thread is", out + i * 6, expected, sizeof expected);
        }
    }
}

struct mixed {
    char c;
    short s;
    double d;
    float f;
};

static void arguments(cts *c)
{
    tn_kernel kernel = cts_kernel(c, "cts_arguments");
    tn_address out = cts_alloc(c, 64);
    signed char ch = -7;
    short s = -300;
    int i = 123456789;
    long long l = -(1ll << 40);
    float f = 1.5f;
    double d = -2.25;
    struct mixed m = { 3, 4, 5.5, 6.25f };
    tn_arg args[] = { TN_ARG(out), TN_ARG(ch), TN_ARG(s), TN_ARG(i), TN_ARG(l), TN_ARG(f), TN_ARG(d), TN_ARG(m) };
    double got[8], expected[8] = { -7, -300, 123456789, -1099511627776.0, 1.5, -2.25, 3004, 11.75 };
    tn_launch launch = tn_launch_shape(cts_dim(1, 1, 1), cts_dim(1, 1, 1), 0);
    CTS_OK(tn_kernel_launch(c->stream, kernel, &launch, args, 8, NULL));
    CTS_OK(tn_memory_read(c->stream, got, out, sizeof got));
    CTS_BYTES("arguments", got, expected, sizeof got);

    /* The same packed by the table. */
    tn_kernel_info info = { .size = sizeof info };
    CTS_OK(tn_kernel_get_info(kernel, &info));
    CTS_CHECK(info.arg_count == 8, "%u arguments", info.arg_count);
    unsigned char *packed = cts_host(info.args_bytes);
    for (uint32_t k = 0; k < 8; k++) {
        tn_kernel_arg arg = { .size = sizeof arg };
        CTS_OK(tn_kernel_get_arg(kernel, k, &arg));
        CTS_CHECK(arg.bytes == args[k].bytes, "argument %u has %u bytes, expected %" PRIu64, k, arg.bytes, args[k].bytes);
        CTS_CHECK((arg.kind == TN_ARG_POINTER) == (k == 0), "argument %u is %s pointer", k, k ? "a" : "no");
        memcpy(packed + arg.offset, args[k].value, arg.bytes);
    }
    CTS_OK(tn_fill(c->stream, out, 0, 4, 16, NULL));
    CTS_OK(tn_kernel_launch_packed(c->stream, kernel, &launch, packed, info.args_bytes, NULL));
    CTS_OK(tn_memory_read(c->stream, got, out, sizeof got));
    CTS_BYTES("packed arguments", got, expected, sizeof got);
    CTS_STATUS(tn_kernel_launch_packed(c->stream, kernel, &launch, packed, info.args_bytes - 1, NULL), TN_BAD_ARGUMENTS);
    tn_kernel_arg arg = { .size = sizeof arg };
    CTS_STATUS(tn_kernel_get_arg(kernel, 8, &arg), TN_INVALID);
}

static void argument_refusals(cts *c)
{
    tn_kernel kernel = cts_kernel(c, "cts_iota");
    tn_address out = cts_alloc(c, 64);
    uint32_t base = 1, count = 16;
    uint64_t wide = 1;
    CTS_STATUS(CTS_LAUNCH(c->stream, kernel, 1, 16, NULL, TN_ARG(out), TN_ARG(base)), TN_BAD_ARGUMENTS);
    CTS_MESSAGE("3");
    CTS_STATUS(CTS_LAUNCH(c->stream, kernel, 1, 16, NULL, TN_ARG(out), TN_ARG(base), TN_ARG(count), TN_ARG(count)), TN_BAD_ARGUMENTS);
    CTS_STATUS(CTS_LAUNCH(c->stream, kernel, 1, 16, NULL, TN_ARG(out), TN_ARG(wide), TN_ARG(count)), TN_BAD_ARGUMENTS);
    CTS_MESSAGE("8");
    CTS_STATUS(CTS_LAUNCH(c->stream, kernel, 1, 16, NULL, TN_ARG(base), TN_ARG(base), TN_ARG(count)), TN_BAD_ARGUMENTS);
    CTS_STATUS(CTS_LAUNCH(c->stream, kernel, 1, 16, NULL, { NULL, 8 }, TN_ARG(base), TN_ARG(count)), TN_BAD_ARGUMENTS);
    CTS_OK(CTS_LAUNCH(c->stream, kernel, 1, 16, NULL, TN_ARG(out), TN_ARG(base), TN_ARG(count)));
    uint32_t got[16];
    CTS_OK(tn_memory_read(c->stream, got, out, sizeof got));
    for (uint32_t i = 0; i < 16; i++)
        CTS_CHECK(got[i] == i + 1, "element %u is %u", i, got[i]);
}

static void shape_refusals(cts *c)
{
    tn_kernel kernel = cts_kernel(c, "cts_iota");
    tn_address out = cts_alloc(c, 64);
    uint32_t base = 1, count = 16;
    tn_arg args[] = { TN_ARG(out), TN_ARG(base), TN_ARG(count) };
    tn_dim3 one = { 1, 1, 1 };
    for (uint32_t axis = 0; axis < 3; axis++) {
        tn_dim3 zero = { axis != 0, axis != 1, axis != 2 };
        tn_launch no_grid = tn_launch_shape(zero, one, 0), no_block = tn_launch_shape(one, zero, 0);
        CTS_STATUS(tn_kernel_launch(c->stream, kernel, &no_grid, args, 3, NULL), TN_INVALID);
        CTS_STATUS(tn_kernel_launch(c->stream, kernel, &no_block, args, 3, NULL), TN_INVALID);
    }
    tn_launch big_block = tn_launch_shape(one, cts_dim(c->info.max_threads + 1, 1, 1), 0);
    CTS_STATUS(tn_kernel_launch(c->stream, kernel, &big_block, args, 3, NULL), TN_LIMIT);
    tn_launch wrapped = tn_launch_shape(one, cts_dim(65536, 65536, 1), 0);
    CTS_STATUS(tn_kernel_launch(c->stream, kernel, &wrapped, args, 3, NULL), TN_LIMIT);
    if (c->info.max_grid[1] < UINT32_MAX) {
        tn_launch big_grid = tn_launch_shape(cts_dim(1, c->info.max_grid[1] + 1, 1), one, 0);
        CTS_STATUS(tn_kernel_launch(c->stream, kernel, &big_grid, args, 3, NULL), TN_LIMIT);
    }
    tn_launch big_local = tn_launch_shape(one, one, (uint32_t)(c->info.local_bytes < UINT32_MAX ? c->info.local_bytes + 1 : UINT32_MAX));
    CTS_STATUS(tn_kernel_launch(c->stream, kernel, &big_local, args, 3, NULL), TN_LIMIT);
    tn_launch sizeless = tn_launch_shape(one, one, 0);
    sizeless.size = 4;
    CTS_STATUS(tn_kernel_launch(c->stream, kernel, &sizeless, args, 3, NULL), TN_INVALID);
    CTS_OK(CTS_LAUNCH(c->stream, kernel, 1, 16, NULL, TN_ARG(out), TN_ARG(base), TN_ARG(count)));
    CTS_OK(tn_stream_wait(c->stream, TN_FOREVER));
}

static void local_memory(cts *c)
{
    enum { N = 256 * 7 };
    uint32_t data[N], out[N];
    tn_kernel reverse = cts_kernel(c, "cts_reverse"), sum = cts_kernel(c, "cts_block_sum");
    tn_address a = cts_alloc(c, sizeof data), sums = cts_alloc(c, 64);
    cts_pattern(data, sizeof data, 9);
    for (uint32_t threads = 32; threads <= 256 && threads <= c->info.max_threads; threads *= 2) {
        CTS_OK(tn_memory_write(c->stream, a, data, sizeof data));
        CTS_OK(CTS_LAUNCH(c->stream, reverse, N / threads, threads, NULL, TN_ARG(a)));
        CTS_OK(tn_memory_read(c->stream, out, a, sizeof out));
        for (uint32_t i = 0; i < N; i++)
            CTS_CHECK(out[i] == data[i / threads * threads + threads - 1 - i % threads], "blocks of %u: element %u", threads, i);
    }
    uint32_t threads = c->info.max_threads < 256 ? c->info.max_threads : 256, count = N - 5, got[8];
    tn_arg args[] = { TN_ARG(sums), TN_ARG(a), TN_ARG(count) };
    CTS_OK(tn_memory_write(c->stream, a, data, sizeof data));
    CTS_OK(cts_launch_1d(c->stream, sum, 7, threads, threads * 4, args, 3, NULL));
    CTS_OK(tn_memory_read(c->stream, got, sums, 28));
    for (uint32_t b = 0; b < 7; b++) {
        uint32_t expected = 0;
        for (uint32_t i = b * threads; i < (b + 1) * threads && i < count; i++)
            expected += data[i];
        CTS_CHECK(got[b] == expected, "the sum of block %u is %u, expected %u", b, got[b], expected);
    }
}

static void atomics(cts *c)
{
    enum { N = 50000, BINS = 37 };
    uint32_t *values = cts_host(N * 4), got[BINS], expected[BINS] = { 0 }, n = N, bins = BINS;
    cts_pattern(values, N * 4, 5);
    for (uint32_t i = 0; i < N; i++)
        expected[values[i] % BINS]++;
    tn_address counts = cts_alloc(c, sizeof got), in = cts_alloc(c, N * 4);
    CTS_OK(tn_fill(c->stream, counts, 0, 4, BINS, NULL));
    CTS_OK(tn_memory_write(c->stream, in, values, N * 4));
    CTS_OK(CTS_LAUNCH(c->stream, cts_kernel(c, "cts_histogram"), (N + 127) / 128, 128, NULL, TN_ARG(counts), TN_ARG(in), TN_ARG(n), TN_ARG(bins)));
    CTS_OK(tn_memory_read(c->stream, got, counts, sizeof got));
    CTS_BYTES("atomic counts", got, expected, sizeof got);
}

/* Blocks that wait for each other: all of them, and never more than the device holds at once. */
static void cooperative(cts *c)
{
    enum { BLOCKS = 6, THREADS = 40, N = BLOCKS * THREADS };
    tn_kernel kernel;
    uint32_t data[N], want[N], next[N], rounds = 5;
    if (tn_module_kernel(c->module, "cts_turns", &kernel) != TN_OK)
        cts_skip("the image has no kernel whose blocks wait for each other");
    tn_kernel_info info = { .size = sizeof info };
    CTS_OK(tn_kernel_get_info(kernel, &info));
    CTS_CHECK(info.flags & TN_KERNEL_COOPERATIVE, "the kernel table does not say that the kernel synchronises the grid");
    tn_address a = cts_alloc(c, sizeof data);
    cts_pattern(data, sizeof data, 7);
    memcpy(want, data, sizeof want);
    for (uint32_t r = 0; r < rounds; r++) {
        for (uint32_t i = 0; i < N; i++)
            next[i] = want[i] + want[(i + THREADS) % N] + r;
        memcpy(want, next, sizeof want);
    }
    for (int turn = 0; turn < 3; turn++) {
        CTS_OK(tn_memory_write(c->stream, a, data, sizeof data));
        CTS_OK(CTS_LAUNCH(c->stream, kernel, BLOCKS, THREADS, NULL, TN_ARG(a), TN_ARG(rounds)));
        CTS_OK(tn_memory_read(c->stream, next, a, sizeof next));
        CTS_BYTES("what blocks in turns leave", next, want, sizeof want);
    }
    /* ACL has no number of its own for a grid that is too large. */
    tn_status over = CTS_LAUNCH(c->stream, kernel, c->info.max_grid[0], THREADS, NULL, TN_ARG(a), TN_ARG(rounds));
    CTS_CHECK(over == TN_LIMIT || over == TN_INVALID, "%u blocks that wait for each other were taken or refused by %d",
              c->info.max_grid[0], (int)over);
    CTS_OK(tn_stream_wait(c->stream, TN_FOREVER));
}

static void variables(cts *c)
{
    tn_address counter, table, out = cts_alloc(c, 8);
    uint64_t bytes;
    uint32_t got[2], value = 0, row[4] = { 1, 2, 3, 4 };
    CTS_OK(tn_module_variable(c->module, "cts_counter", &counter, &bytes));
    CTS_CHECK(bytes == 4, "cts_counter has %" PRIu64 " bytes", bytes);
    CTS_OK(tn_module_variable(c->module, "cts_table", &table, &bytes));
    CTS_CHECK(bytes == 16, "cts_table has %" PRIu64 " bytes", bytes);
    tn_kernel kernel = cts_kernel(c, "cts_variables");
    CTS_OK(CTS_LAUNCH(c->stream, kernel, 1, 1, NULL, TN_ARG(out)));
    CTS_OK(tn_memory_read(c->stream, got, out, 8));
    CTS_CHECK(got[0] == 41 && got[1] == 50, "initial values %u and %u, expected 41 and 50", got[0], got[1]);
    CTS_OK(tn_memory_read(c->stream, &value, counter, 4));
    CTS_CHECK(value == 42, "the kernel's write shows as %u, expected 42", value);
    value = 7;
    CTS_OK(tn_memory_write(c->stream, counter, &value, 4));
    CTS_OK(tn_memory_write(c->stream, table, row, sizeof row));
    CTS_OK(CTS_LAUNCH(c->stream, kernel, 1, 1, NULL, TN_ARG(out)));
    CTS_OK(tn_memory_read(c->stream, got, out, 8));
    CTS_CHECK(got[0] == 7 && got[1] == 5, "written values read as %u and %u, expected 7 and 5", got[0], got[1]);
    tn_module second;
    CTS_OK(tn_module_load(c->device, c->bundle, c->bundle_bytes, NULL, &second));
    CTS_OK(tn_module_variable(second, "cts_counter", &counter, NULL));
    CTS_OK(tn_memory_read(c->stream, &value, counter, 4));
    CTS_CHECK(value == 41, "a second load of the bundle shares its variable with the first: %u", value);
    CTS_OK(tn_module_unload(second));
    CTS_STATUS(tn_module_variable(c->module, "cts_no_such", &counter, NULL), TN_NOT_FOUND);
    CTS_STATUS(tn_copy_to_device(c->stream, table, row, 17, NULL), TN_BAD_ADDRESS);
}

static void order(cts *c)
{
    enum { N = 5000, ROUNDS = 300 };
    uint32_t n = N, expected = 1, *got = cts_host(N * 4);
    tn_address a = cts_alloc(c, N * 4);
    tn_kernel step = cts_kernel(c, "cts_step");
    CTS_OK(tn_fill(c->stream, a, 1, 4, N, NULL));
    for (uint32_t i = 0; i < ROUNDS; i++) {
        CTS_OK(CTS_LAUNCH(c->stream, step, (N + 63) / 64, 64, NULL, TN_ARG(a), TN_ARG(n)));
        expected = expected * 3u + 1u;
    }
    CTS_OK(tn_memory_read(c->stream, got, a, N * 4));
    for (uint32_t i = 0; i < N; i++)
        CTS_CHECK(got[i] == expected, "element %u after %u launches is %u, expected %u", i, ROUNDS, got[i], expected);
}

static void module_refusals(cts *c)
{
    tn_module module = { 77 };
    unsigned char *broken = cts_host(c->bundle_bytes);
    CTS_STATUS(tn_module_load(c->device, NULL, 10, NULL, &module), TN_INVALID);
    CTS_STATUS(tn_module_load(c->device, "", 0, NULL, &module), TN_BAD_BUNDLE);
    CTS_STATUS(tn_module_load(c->device, "\177ELF, but not much of one", 24, NULL, &module), TN_BAD_BUNDLE);
    for (size_t cut = 1; cut < c->bundle_bytes; cut += 1 + c->bundle_bytes / 40) {
        memcpy(broken, c->bundle, cut);
        tn_status status = tn_module_load(c->device, broken, cut, NULL, &module);
        CTS_CHECK(status == TN_BAD_BUNDLE, "a bundle cut to %zu of %zu bytes gave %s", cut, c->bundle_bytes, tn_status_name(status));
        CTS_CHECK(tn_error_message()[0], "no message for a bundle cut to %zu bytes", cut);
    }
    CTS_CHECK(module.bits == 77, "a refused load touched its out parameter");
    CTS_STATUS(tn_module_load_file(c->device, "/nonexistent/kernels.tnb", NULL, &module), TN_NOT_FOUND);
    CTS_MESSAGE("/nonexistent/kernels.tnb");
    CTS_STATUS(tn_module_load_file(c->device, "/", NULL, &module), TN_SYSTEM);
    tn_kernel kernel;
    CTS_STATUS(tn_module_kernel(c->module, "cts_iotta", &kernel), TN_NOT_FOUND);
    CTS_MESSAGE("cts_iota");
    kernel = cts_kernel(c, "cts_iota");
    CTS_OK(tn_module_unload(c->module));
    CTS_STATUS(tn_module_unload(c->module), TN_BAD_HANDLE);
    CTS_STATUS(tn_module_kernel(c->module, "cts_iota", &kernel), TN_BAD_HANDLE);
    tn_kernel_info info = { .size = sizeof info };
    CTS_STATUS(tn_kernel_get_info(kernel, &info), TN_BAD_HANDLE);
}

static void kernel_listing(cts *c)
{
    uint32_t count;
    bool seen = false;
    CTS_OK(tn_module_kernel_count(c->module, &count));
    for (uint32_t i = 0; i < count; i++) {
        tn_kernel kernel;
        tn_kernel_info info = { .size = sizeof info };
        CTS_OK(tn_module_kernel_at(c->module, i, &kernel));
        CTS_OK(tn_kernel_get_info(kernel, &info));
        tn_kernel named = cts_kernel(c, info.name);
        CTS_CHECK(named.bits == kernel.bits, "%s by name and by index are two handles", info.name);
        seen = seen || !strcmp(info.name, "cts_add");
    }
    CTS_CHECK(seen, "cts_add is not listed");
    tn_kernel kernel;
    CTS_STATUS(tn_module_kernel_at(c->module, count, &kernel), TN_INVALID);
    tn_image_kind kind;
    char target[32];
    CTS_OK(tn_module_image(c->module, &kind, target, sizeof target));
    CTS_CHECK(kind != TN_IMAGE_NONE, "the chosen image has no kind");
}

static void other_device(cts *c)
{
    uint32_t count;
    CTS_OK(tn_device_count(c->runtime, &count));
    for (uint32_t i = 0; i < count; i++) {
        tn_device other;
        CTS_OK(tn_device_get(c->runtime, i, &other));
        if (other.bits == c->device.bits)
            continue;
        tn_stream stream;
        tn_address a = cts_alloc(c, 64);
        uint32_t base = 0, n = 16, host[16];
        CTS_OK(tn_stream_create(other, NULL, &stream));
        CTS_STATUS(CTS_LAUNCH(stream, cts_kernel(c, "cts_iota"), 1, 16, NULL, TN_ARG(a), TN_ARG(base), TN_ARG(n)), TN_INVALID);
        CTS_STATUS(tn_copy_to_host(stream, host, a, 64, NULL), TN_BAD_ADDRESS);
        return;
    }
    cts_skip("there is only one device");
}

const cts_test cts_kernel_tests[] = {
    { "kernel.add", add, CTS_KERNELS, false },
    { "kernel.geometry", geometry, CTS_KERNELS, false },
    { "kernel.arguments", arguments, CTS_KERNELS, false },
    { "kernel.argument_refusals", argument_refusals, CTS_KERNELS, true },
    { "kernel.shape_refusals", shape_refusals, CTS_KERNELS, true },
    { "kernel.local_memory", local_memory, CTS_KERNELS, false },
    { "kernel.atomics", atomics, CTS_KERNELS, false },
    { "kernel.order", order, CTS_KERNELS, false },
    { "kernel.cooperative", cooperative, CTS_KERNELS, false },
    { "module.variables", variables, CTS_KERNELS, false },
    { "module.refusals", module_refusals, CTS_KERNELS, true },
    { "module.kernels", kernel_listing, CTS_KERNELS, false },
    { "device.other", other_device, CTS_KERNELS, true },
    { NULL, NULL, 0, false },
};
