/* SPDX-License-Identifier: Apache-2.0 */
/* Device memory, pinned memory, copies and fills. */
#include "tests/cts/cts.h"

static void round_trip(cts *c)
{
    static const uint64_t sizes[] = { 1, 3, 4, 63, 64, 65, 4095, 4096, 4097, 1u << 20, (1u << 22) + 13 };
    for (uint32_t i = 0; i < CTS_COUNT(sizes); i++) {
        uint64_t n = sizes[i];
        unsigned char *in = cts_host(n), *out = cts_host(n);
        cts_pattern(in, n, i);
        memset(out, 0xee, n);
        tn_address a = cts_alloc(c, n);
        CTS_CHECK(a % (c->info.alloc_align ? c->info.alloc_align : 1) == 0, "address 0x%" PRIx64 " is not aligned to %u", a,
                  c->info.alloc_align);
        CTS_OK(tn_memory_write(c->stream, a, in, n));
        CTS_OK(tn_memory_read(c->stream, out, a, n));
        CTS_BYTES("round trip", out, in, n);
        CTS_OK(tn_memory_free(c->device, a));
        free(in);
        free(out);
    }
}

static void copy_inside(cts *c)
{
    enum { N = 70001 };
    unsigned char *in = cts_host(N), *out = cts_host(N);
    cts_pattern(in, N, 7);
    tn_address a = cts_alloc(c, N), b = cts_alloc(c, N);
    tn_point point;
    CTS_OK(tn_copy_to_device(c->stream, a, in, N, NULL));
    CTS_OK(tn_copy_on_device(c->stream, b, a, N, NULL));
    CTS_OK(tn_fill(c->stream, a, 0, 1, N, NULL));
    CTS_OK(tn_copy_to_host(c->stream, out, b, N, &point));
    CTS_OK(tn_point_wait(point, TN_FOREVER));
    CTS_BYTES("copy on the device", out, in, N);
    CTS_OK(tn_memory_read(c->stream, out, a, N));
    for (int i = 0; i < N; i++)
        CTS_CHECK(out[i] == 0, "byte %d of a cleared allocation is %d", i, out[i]);
}

static void offsets(cts *c)
{
    enum { N = 1024 };
    unsigned char in[N], out[N], expected[N];
    cts_pattern(in, N, 3);
    memset(expected, 0xaa, N);
    memcpy(expected + 100, in + 5, 333);
    tn_address a = cts_alloc(c, N);
    CTS_OK(tn_fill(c->stream, a, 0xaa, 1, N, NULL));
    CTS_OK(tn_memory_write(c->stream, a + 100, in + 5, 333));
    CTS_OK(tn_memory_read(c->stream, out, a, N));
    CTS_BYTES("a copy at an offset touches nothing else", out, expected, N);
}

static void fill_patterns(cts *c)
{
    enum { N = 4096 };
    unsigned char out[N];
    tn_address a = cts_alloc(c, N);
    for (uint32_t size = 1; size <= 4; size *= 2) {
        uint32_t pattern = 0x81c3a5f0u, count = (N - 64) / size;
        CTS_OK(tn_fill(c->stream, a, 0, 1, N, NULL));
        CTS_OK(tn_fill(c->stream, a + 32, pattern, size, count, NULL));
        CTS_OK(tn_memory_read(c->stream, out, a, N));
        for (uint32_t i = 0; i < N; i++) {
            unsigned char expected = i < 32 || i >= N - 32 ? 0 : ((unsigned char *)&pattern)[(i - 32) % size];
            CTS_CHECK(out[i] == expected, "fill by %u: byte %u is 0x%02x, expected 0x%02x", size, i, out[i], expected);
        }
    }
}

static void fill_refusals(cts *c)
{
    tn_address a = cts_alloc(c, 64);
    CTS_STATUS(tn_fill(c->stream, a, 0, 3, 4, NULL), TN_INVALID);
    CTS_STATUS(tn_fill(c->stream, a, 0, 0, 4, NULL), TN_INVALID);
    CTS_STATUS(tn_fill(c->stream, a + 2, 0, 4, 4, NULL), TN_INVALID);
    CTS_STATUS(tn_fill(c->stream, a, 0, 4, 17, NULL), TN_BAD_ADDRESS);
    CTS_STATUS(tn_fill(c->stream, a, 0, 4, UINT64_MAX / 2, NULL), TN_BAD_ADDRESS);
}

static void past_the_end(cts *c)
{
    unsigned char host[256] = { 0 };
    tn_address a = cts_alloc(c, 100), b = cts_alloc(c, 100);
    CTS_STATUS(tn_copy_to_device(c->stream, a, host, 101, NULL), TN_BAD_ADDRESS);
    CTS_MESSAGE("100");
    CTS_STATUS(tn_copy_to_device(c->stream, a + 50, host, 51, NULL), TN_BAD_ADDRESS);
    CTS_STATUS(tn_copy_to_host(c->stream, host, a, 101, NULL), TN_BAD_ADDRESS);
    CTS_STATUS(tn_copy_on_device(c->stream, a, b, 101, NULL), TN_BAD_ADDRESS);
    CTS_STATUS(tn_copy_to_host(c->stream, host, 0, 1, NULL), TN_BAD_ADDRESS);
    CTS_STATUS(tn_copy_to_host(c->stream, host, a, UINT64_MAX, NULL), TN_BAD_ADDRESS);
    CTS_OK(tn_memory_free(c->device, b));
    CTS_STATUS(tn_copy_to_host(c->stream, host, b, 1, NULL), TN_BAD_ADDRESS);
    CTS_STATUS(tn_copy_to_device(c->stream, a, NULL, 1, NULL), TN_INVALID);
    CTS_STATUS(tn_copy_on_device(c->stream, a + 10, a, 20, NULL), TN_INVALID);
    CTS_OK(tn_memory_write(c->stream, a, host, 100));     /* the stream is as good as before */
}

static void nothing_to_copy(cts *c)
{
    unsigned char host[4] = { 1, 2, 3, 4 };
    tn_address a = cts_alloc(c, 4);
    tn_point point = { { 0 }, 99 };
    CTS_OK(tn_memory_write(c->stream, a, host, 4));
    CTS_OK(tn_copy_to_device(c->stream, a, host + 1, 0, &point));
    CTS_OK(tn_point_wait(point, TN_FOREVER));
    unsigned char out[4];
    CTS_OK(tn_memory_read(c->stream, out, a, 4));
    CTS_BYTES("a copy of nothing", out, host, 4);
}

static void alloc_refusals(cts *c)
{
    tn_address a = 1;
    CTS_STATUS(tn_memory_alloc(c->device, 0, &a), TN_INVALID);
    CTS_CHECK(a == 1, "a refused allocation touched its out parameter");
    CTS_STATUS(tn_memory_alloc(c->device, UINT64_MAX, &a), TN_OUT_OF_MEMORY);
    CTS_STATUS(tn_memory_alloc(c->device, 1ull << 60, &a), TN_OUT_OF_MEMORY);
    CTS_OK(tn_memory_alloc(c->device, 256, &a));
    CTS_STATUS(tn_memory_free(c->device, a + 1), TN_BAD_ADDRESS);
    CTS_OK(tn_memory_free(c->device, a));
    CTS_STATUS(tn_memory_free(c->device, a), TN_BAD_ADDRESS);
    CTS_STATUS(tn_memory_free(c->device, 0), TN_BAD_ADDRESS);
}

static void out_of_memory(cts *c)
{
    uint64_t free_bytes, total;
    CTS_OK(tn_device_memory(c->device, &free_bytes, &total));
    CTS_CHECK(free_bytes <= total && total > 0, "free %" PRIu64 " of %" PRIu64, free_bytes, total);
    tn_address a;
    CTS_STATUS(tn_memory_alloc(c->device, total + 4096, &a), TN_OUT_OF_MEMORY);
    unsigned char in[64], out[64];
    cts_pattern(in, sizeof in, 1);
    a = cts_alloc(c, sizeof in);
    CTS_OK(tn_memory_write(c->stream, a, in, sizeof in));
    CTS_OK(tn_memory_read(c->stream, out, a, sizeof in));
    CTS_BYTES("after running out of memory", out, in, sizeof in);
}

static void accounting(cts *c)
{
    enum { N = 64u << 20 };
    uint64_t before, during, after, total;
    CTS_OK(tn_device_memory(c->device, &before, &total));
    tn_address a = cts_alloc(c, N);
    CTS_OK(tn_device_memory(c->device, &during, &total));
    CTS_OK(tn_memory_free(c->device, a));
    CTS_OK(tn_device_memory(c->device, &after, &total));
    if (during == before)
        cts_skip("the device's library does not count allocations");
    if (c->info.flags & TN_DEVICE_SIMULATED) {
        CTS_CHECK(before - during >= N, "64 MiB took %" PRIu64 " bytes", before - during);
        CTS_CHECK(after == before, "%" PRIu64 " bytes were not given back", before - after);
    }
}

static void find(cts *c)
{
    tn_address a = cts_alloc(c, 1000), base = 0;
    uint64_t bytes = 0;
    CTS_OK(tn_memory_find(c->device, a, &base, &bytes));
    CTS_CHECK(base == a && bytes == 1000, "found 0x%" PRIx64 " + %" PRIu64, base, bytes);
    CTS_OK(tn_memory_find(c->device, a + 999, &base, &bytes));
    CTS_CHECK(base == a, "the last byte belongs to 0x%" PRIx64, base);
    CTS_OK(tn_memory_free(c->device, a));
    CTS_STATUS(tn_memory_find(c->device, a, &base, &bytes), TN_BAD_ADDRESS);
    CTS_STATUS(tn_memory_find(c->device, 0, &base, &bytes), TN_BAD_ADDRESS);
}

static void many(cts *c)
{
    enum { N = 500 };
    tn_address a[N];
    for (uint32_t i = 0; i < N; i++) {
        a[i] = cts_alloc(c, 64 + i * 8);
        CTS_OK(tn_fill(c->stream, a[i], i, 4, (64 + i * 8) / 4, NULL));
    }
    for (uint32_t i = 0; i < N; i += 2)
        CTS_OK(tn_memory_free(c->device, a[i]));
    for (uint32_t i = 0; i < N; i += 2) {
        a[i] = cts_alloc(c, 64 + i * 4);
        CTS_OK(tn_fill(c->stream, a[i], i + 1000000, 4, (64 + i * 4) / 4, NULL));
    }
    for (uint32_t i = 0; i < N; i++) {
        uint32_t words[600], n = (64 + i * (i % 2 ? 8 : 4)) / 4;
        CTS_OK(tn_memory_read(c->stream, words, a[i], n * 4));
        for (uint32_t k = 0; k < n; k++)
            CTS_CHECK(words[k] == (i % 2 ? i : i + 1000000), "allocation %u, word %u: %u (overlap)", i, k, words[k]);
    }
}

static void pinned(cts *c)
{
    enum { N = 300000 };
    unsigned char *in, *out;
    CTS_OK(tn_host_alloc(c->device, N, (void **)&in, NULL));
    CTS_OK(tn_host_alloc(c->device, N, (void **)&out, NULL));
    cts_pattern(in, N, 11);
    memset(out, 0, N);
    tn_address a = cts_alloc(c, N);
    tn_point point;
    CTS_OK(tn_copy_to_device(c->stream, a, in, N, NULL));
    CTS_OK(tn_copy_to_host(c->stream, out, a, N, &point));
    CTS_OK(tn_point_wait(point, TN_FOREVER));
    CTS_BYTES("pinned memory", out, in, N);
    CTS_OK(tn_host_free(c->device, in));
    CTS_STATUS(tn_host_free(c->device, in), TN_BAD_ADDRESS);
    CTS_STATUS(tn_host_free(c->device, out + 1), TN_BAD_ADDRESS);
    CTS_STATUS(tn_host_alloc(c->device, 0, (void **)&in, NULL), TN_INVALID);
    CTS_OK(tn_host_free(c->device, out));
}

static void between_devices(cts *c)
{
    enum { N = 5u << 20 };
    uint32_t count;
    CTS_OK(tn_device_count(c->runtime, &count));
    unsigned char *in = cts_host(N), *out = cts_host(N);
    for (uint32_t i = 0; i < count; i++) {
        tn_device other;
        tn_stream stream;
        tn_address a = cts_alloc(c, N), b;
        CTS_OK(tn_device_get(c->runtime, i, &other));
        CTS_OK(tn_memory_alloc(other, N, &b));
        CTS_OK(tn_stream_create(other, NULL, &stream));
        cts_pattern(in, N, i);
        memset(out, 0, N);
        tn_point point;
        CTS_OK(tn_memory_write(c->stream, a, in, N));
        CTS_OK(tn_copy_between(c->stream, other, b, c->device, a, N, &point));
        CTS_OK(tn_stream_join(stream, point));
        CTS_OK(tn_memory_read(stream, out, b, N));
        CTS_BYTES("copy between devices", out, in, N);
        CTS_STATUS(tn_copy_between(c->stream, other, b + 1, c->device, a, N, NULL), TN_BAD_ADDRESS);
        CTS_OK(tn_memory_free(other, b));
        CTS_OK(tn_memory_free(c->device, a));
    }
}

const cts_test cts_memory_tests[] = {
    { "memory.round_trip", round_trip, 0, false },
    { "memory.copy_on_device", copy_inside, 0, false },
    { "memory.offsets", offsets, 0, false },
    { "memory.fill_patterns", fill_patterns, 0, false },
    { "memory.fill_refusals", fill_refusals, 0, true },
    { "memory.past_the_end", past_the_end, 0, true },
    { "memory.nothing_to_copy", nothing_to_copy, 0, false },
    { "memory.alloc_refusals", alloc_refusals, 0, true },
    { "memory.out_of_memory", out_of_memory, 0, true },
    { "memory.accounting", accounting, 0, false },
    { "memory.find", find, 0, false },
    { "memory.many", many, 0, false },
    { "memory.pinned", pinned, 0, false },
    { "memory.between_devices", between_devices, 0, false },
    { NULL, NULL, 0, false },
};
