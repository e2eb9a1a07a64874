/* SPDX-License-Identifier: Apache-2.0 */
/* memory_test.c - allocations, ranges, copies and fills with their data, copies between devices, pinned memory. */
#include "tests/unit/runtime/common.h"

static tn_runtime runtime;
static tn_device device;
static tn_stream stream;

static void setup(void)
{
    runtime = open_null(2, 0);
    device = device_at(runtime, 0);
    stream = stream_on(device);
}

static void pattern(unsigned char *to, size_t bytes, unsigned seed)
{
    for (size_t i = 0; i < bytes; i++)
        to[i] = (unsigned char)((i * 7 + seed) ^ (i >> 8));
}

START_TEST(test_alloc_and_free)
{
    setup();
    tn_address a = 1, base;
    uint64_t bytes, free_before, free_after;
    FAILS(TN_INVALID, "bytes is 0", tn_memory_alloc(device, 0, &a));
    FAILS(TN_INVALID, "out is NULL", tn_memory_alloc(device, 8, NULL));
    FAILS(TN_OUT_OF_MEMORY, "allocating", tn_memory_alloc(device, 1ull << 40, &a));
    FAILS(TN_OUT_OF_MEMORY, "allocating", tn_memory_alloc(device, UINT64_MAX, &a));
    ck_assert_uint_eq(a, 1);
    OK(tn_device_memory(device, &free_before, NULL));
    OK(tn_memory_alloc(device, 1000, &a));
    ck_assert_uint_eq(a % 256, 0);
    OK(tn_device_memory(device, &free_after, NULL));
    ck_assert_uint_lt(free_after, free_before);
    OK(tn_memory_find(device, a + 999, &base, &bytes));
    ck_assert_uint_eq(base, a);
    ck_assert_uint_eq(bytes, 1000);
    FAILS(TN_BAD_ADDRESS, "past the end", tn_memory_find(device, a + 1000, &base, NULL));
    FAILS(TN_BAD_ADDRESS, "no allocation", tn_memory_find(device, 1, NULL, NULL));
    FAILS(TN_BAD_ADDRESS, "takes the base", tn_memory_free(device, a + 8));
    FAILS(TN_BAD_ADDRESS, "freed before", tn_memory_free(device_at(runtime, 1), a));
    OK(tn_memory_free(device, a));
    FAILS(TN_BAD_ADDRESS, "freed before", tn_memory_free(device, a));
    OK(tn_device_memory(device, &free_after, NULL));
    ck_assert_uint_eq(free_after, free_before);
    OK(tn_close(runtime, 0));
}
END_TEST

START_TEST(test_copies)
{
    setup();
    unsigned char in[5000], out[5000];
    tn_address a, b;
    tn_point point, last;
    pattern(in, sizeof in, 3);
    OK(tn_memory_alloc(device, 5000, &a));
    OK(tn_memory_alloc(device, 5000, &b));
    OK(tn_copy_to_device(stream, a, in, 5000, &point));
    ck_assert_uint_eq(point.value, 1);
    ck_assert_uint_eq(point.stream.bits, stream.bits);
    OK(tn_copy_on_device(stream, b + 100, a + 50, 4000, NULL));
    OK(tn_copy_to_host(stream, out, b + 100, 4000, &point));
    OK(tn_point_wait(point, TN_FOREVER));
    ck_assert_uint_eq(point.value, 3);
    ck_assert_mem_eq(out, in + 50, 4000);
    OK(tn_memory_write(stream, a + 4999, in + 17, 1));
    OK(tn_memory_read(stream, out, a, 5000));
    ck_assert_mem_eq(out, in, 4999);
    ck_assert_uint_eq(out[4999], in[17]);
    OK(tn_stream_point(stream, &last));
    OK(tn_copy_to_device(stream, a, in, 0, &point));   /* nothing is submitted */
    ck_assert_uint_eq(point.value, last.value);
    OK(tn_copy_to_host(stream, NULL, 0, 0, NULL));
    OK(tn_memory_read(stream, NULL, 0, 0));
    OK(tn_close(runtime, 0));
}
END_TEST

START_TEST(test_bad_ranges)
{
    setup();
    unsigned char host[512];
    tn_address a, b, elsewhere;
    tn_point before, after;
    memset(host, 1, sizeof host);
    OK(tn_memory_alloc(device, 256, &a));
    OK(tn_memory_alloc(device, 256, &b));
    OK(tn_memory_alloc(device_at(runtime, 1), 256, &elsewhere));
    OK(tn_stream_point(stream, &before));
    FAILS(TN_BAD_ADDRESS, "44 bytes past the end", tn_copy_to_device(stream, a, host, 300, NULL));
    FAILS(TN_BAD_ADDRESS, "1 bytes past the end", tn_copy_to_host(stream, host, a + 1, 256, NULL));
    FAILS(TN_BAD_ADDRESS, "destination", tn_copy_on_device(stream, a + 255, b, 2, NULL));
    FAILS(TN_BAD_ADDRESS, "source", tn_copy_on_device(stream, a, b + 255, 2, NULL));
    FAILS(TN_BAD_ADDRESS, "past the end", tn_copy_to_device(stream, a, host, UINT64_MAX, NULL));
    FAILS(TN_BAD_ADDRESS, "belongs to device 1", tn_copy_to_device(stream, elsewhere, host, 4, NULL));
    FAILS(TN_BAD_ADDRESS, "no allocation", tn_copy_to_device(stream, 0, host, 4, NULL));
    FAILS(TN_BAD_ADDRESS, "no allocation", tn_copy_to_device(stream, UINT64_MAX, host, 4, NULL));
    FAILS(TN_INVALID, "overlap", tn_copy_on_device(stream, a, a + 10, 20, NULL));
    FAILS(TN_INVALID, "NULL", tn_copy_to_device(stream, a, NULL, 4, NULL));
    FAILS(TN_INVALID, "NULL", tn_copy_to_host(stream, NULL, a, 4, NULL));
    FAILS(TN_INVALID, "must be 1, 2 or 4", tn_fill(stream, a, 0, 3, 4, NULL));
    FAILS(TN_INVALID, "not aligned", tn_fill(stream, a + 2, 0, 4, 4, NULL));
    FAILS(TN_BAD_ADDRESS, "past the end", tn_fill(stream, a, 0, 4, 65, NULL));
    FAILS(TN_BAD_ADDRESS, "64 bits", tn_fill(stream, a, 0, 4, UINT64_MAX / 2, NULL));
    OK(tn_stream_point(stream, &after));
    ck_assert_uint_eq(before.value, after.value);   /* nothing of it was submitted */
    tn_error error = { .size = sizeof error };
    ck_assert(tn_error_take(&error));
    OK(tn_memory_free(device, a));
    FAILS(TN_BAD_ADDRESS, "no allocation", tn_memory_write(stream, a, host, 4));
    OK(tn_close(runtime, 0));
}
END_TEST

START_TEST(test_fills)
{
    setup();
    unsigned char out[64];
    uint16_t halves[4];
    uint32_t words[4];
    tn_address a;
    OK(tn_memory_alloc(device, 64, &a));
    OK(tn_fill(stream, a, 0xabcdef11, 1, 64, NULL));
    OK(tn_memory_read(stream, out, a, 64));
    for (int i = 0; i < 64; i++)
        ck_assert_uint_eq(out[i], 0x11);
    OK(tn_fill(stream, a + 2, 0xabcd2233, 2, 4, NULL));
    OK(tn_memory_read(stream, halves, a + 2, 8));
    for (int i = 0; i < 4; i++)
        ck_assert_uint_eq(halves[i], 0x2233);
    OK(tn_fill(stream, a + 16, 0xdeadbeef, 4, 4, NULL));
    OK(tn_memory_read(stream, words, a + 16, 16));
    for (int i = 0; i < 4; i++)
        ck_assert_uint_eq(words[i], 0xdeadbeef);
    OK(tn_memory_read(stream, out, a, 64));
    ck_assert_uint_eq(out[0], 0x11);
    ck_assert_uint_eq(out[10], 0x11);
    ck_assert_uint_eq(out[32], 0x11);
    OK(tn_fill(stream, a, 0, 1, 0, NULL));
    OK(tn_close(runtime, 0));
}
END_TEST

START_TEST(test_pinned)
{
    setup();
    void *pinned, *other;
    tn_address address, a;
    unsigned char out[100];
    OK(tn_host_alloc(device, 8192, &pinned, &address));
    ck_assert_uint_eq((uintptr_t)pinned % 4096, 0);
    ck_assert_uint_ne(address, 0);
    OK(tn_memory_alloc(device, 100, &a));
    pattern(pinned, 8192, 9);
    OK(tn_copy_to_device(stream, a, (char *)pinned + 5000, 100, NULL));
    OK(tn_memory_read(stream, out, a, 100));
    ck_assert_mem_eq(out, (char *)pinned + 5000, 100);
    FAILS(TN_BAD_ADDRESS, "not the base", tn_host_free(device, (char *)pinned + 8));
    FAILS(TN_BAD_ADDRESS, "no pinned memory of this device", tn_host_free(device_at(runtime, 1), pinned));
    FAILS(TN_BAD_ADDRESS, "no pinned memory", tn_host_free(device, out));
    FAILS(TN_BAD_ADDRESS, "no pinned memory", tn_host_free(device, NULL));
    OK(tn_host_free(device, pinned));
    FAILS(TN_BAD_ADDRESS, "no pinned memory", tn_host_free(device, pinned));
    FAILS(TN_INVALID, "bytes is 0", tn_host_alloc(device, 0, &other, NULL));
    OK(tn_host_alloc(device, 10, &other, NULL));   /* left for tn_close */
    OK(tn_close(runtime, 0));
}
END_TEST

static void between(tn_runtime r, tn_device from_device, tn_device to_device, bool stream_at_source, size_t bytes)
{
    unsigned char *in = malloc(bytes), *out = calloc(1, bytes);
    tn_address from, to;
    tn_point point;
    tn_stream at_from = stream_on(from_device), at_to = stream_on(to_device);
    pattern(in, bytes, (unsigned)bytes);
    OK(tn_memory_alloc(from_device, bytes + 64, &from));
    OK(tn_memory_alloc(to_device, bytes + 32, &to));
    OK(tn_memory_write(at_from, from + 64, in, bytes));
    OK(tn_copy_between(stream_at_source ? at_from : at_to, to_device, to + 32, from_device, from + 64, bytes, &point));
    OK(tn_point_wait(point, TN_FOREVER));
    ck_assert_uint_eq(point.stream.bits, stream_at_source ? at_from.bits : at_to.bits);
    OK(tn_memory_read(at_to, out, to + 32, bytes));
    ck_assert_mem_eq(in, out, bytes);
    FAILS(TN_BAD_ADDRESS, "destination", tn_copy_between(at_from, to_device, to + 33, from_device, from, bytes, NULL));
    FAILS(TN_BAD_ADDRESS, "source", tn_copy_between(at_from, to_device, to, from_device, from + 65, bytes, NULL));
    (void)r;
    free(in);
    free(out);
}

/* One driver with a way of its own, one without, and two drivers: the data is the same. */
START_TEST(test_between_devices)
{
    tn_options options = TN_OPTIONS_INIT;
    OK(tn_close(open_mock(0), 0));   /* finds the control of the mock */
    options.simulate = "null:2";
    options.drivers = built("obj/tests/mock.so");
    options.only = "null,mock";
    OK(tn_open(&options, &runtime));
    tn_device null0, null1, mock0, mock1;
    OK(tn_device_get(runtime, 0, &mock0));
    OK(tn_device_get(runtime, 1, &mock1));
    OK(tn_device_get(runtime, 2, &null0));
    OK(tn_device_get(runtime, 3, &null1));
    static const size_t sizes[] = { 1, 4096, 2097152, 2097153, 5000001 };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int at_source = 0; at_source < 2; at_source++) {
            between(runtime, null0, null1, at_source, sizes[i]);
            for (int peer = 0; peer < 2; peer++) {
                mock->peer = peer;
                between(runtime, mock0, mock1, at_source, sizes[i]);
            }
            between(runtime, null0, mock1, at_source, sizes[i]);
            between(runtime, mock0, null0, at_source, sizes[i]);
            between(runtime, null0, null0, at_source, sizes[i]);
        }
    tn_address a, b, c;
    OK(tn_memory_alloc(null0, 16, &a));
    OK(tn_memory_alloc(mock0, 16, &b));
    OK(tn_memory_alloc(null1, 16, &c));
    FAILS(TN_INVALID, "neither", tn_copy_between(stream_on(null1), mock0, b, null0, a, 16, NULL));
    FAILS(TN_BAD_HANDLE, "stream", tn_copy_between((tn_stream){ 5 }, mock0, b, null0, a, 16, NULL));
    FAILS(TN_BAD_HANDLE, "device", tn_copy_between(stream_on(null0), (tn_device){ 0 }, b, null0, a, 16, NULL));
    OK(tn_copy_between(stream_on(null0), mock0, b, null0, a, 0, NULL));
    OK(tn_close(runtime, 0));
}
END_TEST

START_TEST(test_many_allocations)
{
    setup();
    enum { MANY = 15000 };
    static tn_address a[MANY];
    uint32_t word;
    for (int i = 0; i < MANY; i++) {
        OK(tn_memory_alloc(device, 16, &a[i]));
        OK(tn_fill(stream, a[i], (uint32_t)i, 4, 4, NULL));
    }
    for (int i = 0; i < MANY; i += 7) {
        OK(tn_memory_read(stream, &word, a[i] + 12, 4));
        ck_assert_uint_eq(word, (uint32_t)i);
        FAILS(TN_BAD_ADDRESS, "past the end", tn_memory_read(stream, &word, a[i] + 13, 4));
    }
    for (int i = 0; i < MANY; i += 2)
        OK(tn_memory_free(device, a[i]));
    for (int i = 0; i < MANY; i += 501) {
        if (i % 2)
            OK(tn_memory_read(stream, &word, a[i], 4));
        else
            FAILS(TN_BAD_ADDRESS, "", tn_memory_read(stream, &word, a[i], 4));
    }
    OK(tn_close(runtime, 0));
}
END_TEST

RUN("memory", test_alloc_and_free, test_copies, test_bad_ranges, test_fills, test_pinned, test_between_devices,
    test_many_allocations)
