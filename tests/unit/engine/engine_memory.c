/* SPDX-License-Identifier: Apache-2.0 */
/* Memory: allocation, look-up, capacity, host memory, copies and fills with their bounds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/unit/engine/fixture.h"
#include "tests/unit/suite.h"

static uint64_t free_bytes(void)
{
    uint64_t out;
    sil_device_memory(device, &out, NULL);
    return out;
}

START_TEST(allocations_are_found)
{
    static const uint64_t sizes[] = { 1, 255, 256, 257, 4096, 16384, 32768, 32769, 65536, 100000, 1 << 20, 5 << 20 };
    enum { N = sizeof sizes / sizeof sizes[0] };
    uint64_t at[N], base, bytes, all = free_bytes();
    sil_device *owner;
    for (int i = 0; i < N; i++) {
        OK(sil_alloc(device, sizes[i], &at[i]));
        ck_assert_uint_eq(at[i] % sil_device_profile(device)->alloc_align, 0);
    }
    for (int i = 0; i < N; i++) {
        uint64_t probes[] = { at[i], at[i] + sizes[i] / 2, at[i] + sizes[i] - 1 };
        for (int p = 0; p < 3; p++) {
            OK(sil_find(probes[p], &owner, &base, &bytes));
            ck_assert_ptr_eq(owner, device);
            ck_assert_uint_eq(base, at[i]);
            ck_assert_uint_eq(bytes, sizes[i]);
        }
        if (sil_find(at[i] + sizes[i], NULL, &base, NULL) == SIL_OK)
            ck_assert_uint_ne(base, at[i]);
        for (int j = 0; j < i; j++)
            ck_assert(at[i] + sizes[i] <= at[j] || at[j] + sizes[j] <= at[i]);
    }
    for (int i = 0; i < N; i++)
        OK(sil_free(device, at[i]));
    ck_assert_uint_eq(free_bytes(), all);
    for (int i = 0; i < N; i++) {
        STATUS(sil_find(at[i], NULL, NULL, NULL), SIL_BAD_ADDRESS);
        STATUS(sil_free(device, at[i]), SIL_BAD_ADDRESS);
        SAYS("free already");
    }
    STATUS(sil_find(0, NULL, NULL, NULL), SIL_BAD_ADDRESS);
    STATUS(sil_find((uint64_t)(uintptr_t)&base, NULL, NULL, NULL), SIL_BAD_ADDRESS);
}
END_TEST

START_TEST(only_bases_are_freed)
{
    uint64_t at;
    OK(sil_alloc(device, 4096, &at));
    STATUS(sil_free(device, at + 256), SIL_BAD_ADDRESS);
    SAYS("inside");
    STATUS(sil_free(device, 0), SIL_BAD_ADDRESS);
    OK(sil_free(device, at));
    STATUS(sil_alloc(device, 0, &at), SIL_INVALID);
}
END_TEST

START_TEST(capacity_is_the_chips)
{
    uint64_t all = free_bytes(), total, at, more;
    sil_device_memory(device, NULL, &total);
    ck_assert_uint_eq(total, sil_device_profile(device)->memory_bytes);
    STATUS(sil_alloc(device, total + 1, &at), SIL_OUT_OF_MEMORY);
    OK(sil_alloc(device, all / 2, &at));
    STATUS(sil_alloc(device, all / 2 + 4096, &more), SIL_OUT_OF_MEMORY);
    SAYS("free");
    OK(sil_alloc(device, all / 4, &more));
    OK(sil_free(device, at));
    OK(sil_free(device, more));
    ck_assert_uint_eq(free_bytes(), all);
    OK(sil_alloc(device, all, &at)); /* it has grown together again */
    STATUS(sil_alloc(device, 1, &more), SIL_OUT_OF_MEMORY);
    OK(sil_free(device, at));
}
END_TEST

/* Random sizes against a list: no two overlap, contents stay, nothing is lost. */
START_TEST(random_allocations)
{
    enum { LIVE = 300, TURNS = 10000 };
    static struct {
        uint64_t at, bytes;
    } live[LIVE];
    uint64_t all = free_bytes();
    unsigned state = 12345;
    memset(live, 0, sizeof live);
    for (int turn = 0; turn < TURNS; turn++) {
        state = state * 1664525 + 1013904223;
        unsigned i = state >> 8 & 0xff, kind = state >> 28;
        if (live[i].at) {
            uint64_t base, bytes;
            OK(sil_find(live[i].at + live[i].bytes - 1, NULL, &base, &bytes));
            ck_assert_uint_eq(base, live[i].at);
            ck_assert_uint_eq(bytes, live[i].bytes);
            ck_assert_uint_eq(read_u64(live[i].at), (uint64_t)i << 32 | live[i].bytes);
            OK(sil_free(device, live[i].at));
            live[i].at = 0;
        } else {
            live[i].bytes = 8 + (kind < 10   ? state >> 12 & 0x3fff
                                 : kind < 15 ? state >> 12 & 0x3ffff
                                             : state & 0xffffff);
            OK(sil_alloc(device, live[i].bytes, &live[i].at));
            uint64_t mark = (uint64_t)i << 32 | live[i].bytes;
            OK(sil_submit_copy(stream, (void *)live[i].at, SIL_SIDE_DEVICE, &mark, SIL_SIDE_HOST, 8, true, NULL));
        }
    }
    for (int i = 0; i < LIVE; i++) {
        if (live[i].at)
            OK(sil_free(device, live[i].at));
    }
    ck_assert_uint_eq(free_bytes(), all);
}
END_TEST

START_TEST(many_live_allocations)
{
    enum { N = 15000 };
    static uint64_t at[N];
    uint64_t all = free_bytes();
    for (int i = 0; i < N; i++)
        OK(sil_alloc(device, 1000 + (uint64_t)(i % 100) * 5000, &at[i]));
    for (int i = 0; i < N; i++) {
        uint64_t base;
        OK(sil_find(at[i] + 999, NULL, &base, NULL));
        ck_assert_uint_eq(base, at[i]);
    }
    for (int i = 0; i < N; i++)
        OK(sil_free(device, at[(i * 7919) % N]));
    ck_assert_uint_eq(free_bytes(), all);
}
END_TEST

/* Pages of freed memory go back to the system. */
static uint64_t resident(void)
{
    uint64_t total, pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%lu %lu", &total, &pages), 2);
    fclose(file);
    return pages * 4096;
}

START_TEST(memory_goes_back)
{
    uint64_t before = resident();
    for (int i = 0; i < 20; i++) {
        uint64_t at = device_alloc(32 << 20);
        OK(sil_free(device, at));
    }
    for (int i = 0; i < 600; i++) {
        uint64_t at[4];
        for (int k = 0; k < 4; k++)
            at[k] = device_alloc(900000);
        for (int k = 0; k < 4; k++)
            OK(sil_free(device, at[k]));
    }
    ck_assert_uint_lt(resident(), before + (300u << 20));
    sil_device *empty;
    sil_profile profile = *sil_device_profile(device);
    before = resident();
    OK(sil_device_create(&profile, 5, &empty));
    ck_assert_uint_lt(resident(), before + (1 << 20));
    sil_device_destroy(empty);
}
END_TEST

START_TEST(rounding_of_ascend)
{
    uint64_t all = free_bytes(), at;
    OK(sil_alloc(device, 33, &at));
    ck_assert_uint_eq(at % 64, 0);
    ck_assert_uint_eq(all - free_bytes(), 128); /* 33 -> 64, 32 more, in units of 64 */
    OK(sil_free(device, at));
}
END_TEST

/* ------------------------------------------------------------------------------------------------------- */

START_TEST(copies_keep_to_their_allocations)
{
    char host[512] = "";
    uint64_t at, value = 77;
    void *there;
    OK(sil_alloc(device, 256, &at));
    there = (void *)at;
    uint64_t last = sil_stream_last(stream);
    STATUS(sil_submit_copy(stream, there, SIL_SIDE_DEVICE, host, SIL_SIDE_HOST, 257, true, &value), SIL_BAD_ADDRESS);
    SAYS("1 bytes past");
    STATUS(sil_submit_copy(stream, host, SIL_SIDE_HOST, there, SIL_SIDE_ANY, 257, true, &value), SIL_BAD_ADDRESS);
    STATUS(sil_submit_copy(stream, (char *)there + 200, SIL_SIDE_ANY, host, SIL_SIDE_ANY, 57, true, &value),
           SIL_BAD_ADDRESS);
    STATUS(sil_submit_copy(stream, (void *)0x1000, SIL_SIDE_DEVICE, host, SIL_SIDE_HOST, 8, true, &value),
           SIL_BAD_ADDRESS);
    STATUS(sil_submit_copy(stream, there, SIL_SIDE_HOST, host, SIL_SIDE_HOST, 8, true, &value), SIL_BAD_ADDRESS);
    STATUS(sil_submit_copy(stream, NULL, SIL_SIDE_HOST, host, SIL_SIDE_HOST, 8, true, &value), SIL_INVALID);
    STATUS(sil_submit_fill(stream, at, host, 1, 257, &value), SIL_BAD_ADDRESS);
    STATUS(sil_submit_fill(stream, at, host, 3, 1, &value), SIL_INVALID);
    STATUS(sil_submit_fill(stream, at + 1, host, 4, 1, &value), SIL_INVALID);
    STATUS(sil_submit_fill(stream, at, host, 16, UINT64_MAX / 8, &value), SIL_INVALID);
    STATUS(sil_submit_copy_2d(stream, there, SIL_SIDE_DEVICE, 10, host, SIL_SIDE_HOST, 16, 16, 2, true, &value),
           SIL_INVALID);
    STATUS(sil_submit_copy_2d(stream, there, SIL_SIDE_DEVICE, UINT64_MAX / 2, host, SIL_SIDE_HOST, 16, 16, 4, true,
                              &value),
           SIL_INVALID);
    ck_assert_uint_eq(sil_stream_last(stream), last);
    ck_assert_uint_eq(value, 77);
    OK(sil_submit_copy(stream, there, SIL_SIDE_DEVICE, host, SIL_SIDE_HOST, 0, true, &value));
    wait_ok(stream, value);
    OK(sil_free(device, at));
    STATUS(sil_submit_copy(stream, there, SIL_SIDE_DEVICE, host, SIL_SIDE_HOST, 8, true, &value), SIL_BAD_ADDRESS);
}
END_TEST

START_TEST(copies_of_every_kind)
{
    enum { N = 1 << 20 };
    unsigned char *from = malloc(N), *to = calloc(1, N);
    uint64_t a = device_alloc(N), b = device_alloc(N);
    for (int i = 0; i < N; i++)
        from[i] = (unsigned char)(i * 7 + (i >> 8));
    static const uint64_t sizes[] = { 1, 63, 4096, 300000, N };
    for (int i = 0; i < 5; i++) {
        memset(to, 0, N);
        OK(sil_submit_copy(stream, (void *)a, SIL_SIDE_ANY, from, SIL_SIDE_ANY, sizes[i], true, NULL));
        OK(sil_submit_copy(stream, (void *)b, SIL_SIDE_ANY, (void *)a, SIL_SIDE_ANY, sizes[i], true, NULL));
        OK(sil_submit_copy(stream, to, SIL_SIDE_ANY, (void *)b, SIL_SIDE_ANY, sizes[i], true, NULL));
        ck_assert_int_eq(memcmp(from, to, sizes[i]), 0);
    }
    memset(to, 0, N);
    OK(sil_submit_copy(stream, to, SIL_SIDE_HOST, from, SIL_SIDE_HOST, N, true, NULL));
    ck_assert_int_eq(memcmp(from, to, N), 0);
    free(from);
    free(to);
}
END_TEST

/* The source may be reused at once, whatever the caller asked for. */
START_TEST(pageable_source_is_staged)
{
    uint64_t word = device_alloc(8), at = device_alloc(1 << 20);
    unsigned char bytes[1000], got[1000];
    OK(sil_submit_value_wait(stream, word, 1, 8, SIL_EQ, NULL));
    for (int i = 0; i < 20; i++) {
        memset(bytes, i, sizeof bytes);
        OK(sil_submit_copy(stream, (void *)(at + (uint64_t)i * 1000), SIL_SIDE_DEVICE, bytes, SIL_SIDE_HOST, 1000,
                           false, NULL));
    }
    memset(bytes, 0xff, sizeof bytes);
    STATUS(sil_stream_query(stream, sil_stream_last(stream)), SIL_NOT_READY);
    sil_stream *other;
    OK(sil_stream_create(device, 0, &other));
    OK(sil_submit_value_write(other, word, 1, 8, NULL));
    wait_ok(stream, sil_stream_last(stream));
    for (int i = 0; i < 20; i++) {
        OK(sil_submit_copy(stream, got, SIL_SIDE_HOST, (void *)(at + (uint64_t)i * 1000), SIL_SIDE_DEVICE, 1000, true,
                           NULL));
        memset(bytes, i, sizeof bytes);
        ck_assert_int_eq(memcmp(got, bytes, sizeof got), 0);
    }
}
END_TEST

/* Whatever lengths meet at the end of the ring that staged bytes go through. */
START_TEST(staged_copies_of_every_length)
{
    enum { LONGEST = 32 << 10 };
    static unsigned char bytes[LONGEST], got[LONGEST], wanted[LONGEST];
    uint64_t at = device_alloc(LONGEST);
    for (uint32_t i = 0; i < 400; i++) {
        uint32_t length = i < 100 ? i : i % 2 ? LONGEST - i % 7 * 13 : LONGEST - i;
        for (uint32_t k = 0; k < length; k++)
            wanted[k] = bytes[k] = (unsigned char)(k * 7 + i);
        OK(sil_submit_copy(stream, (void *)at, SIL_SIDE_DEVICE, bytes, SIL_SIDE_HOST, length, false, NULL));
        memset(bytes, 0, length);
        OK(sil_submit_copy(stream, got, SIL_SIDE_HOST, (void *)at, SIL_SIDE_DEVICE, length, true, NULL));
        ck_assert_int_eq(memcmp(got, wanted, length), 0);
    }
}
END_TEST

START_TEST(rows)
{
    enum { W = 100, H = 40, P = 128, Q = 160 };
    unsigned char from[P * H], to[Q * H];
    uint64_t at = device_alloc(Q * H);
    for (int i = 0; i < P * H; i++)
        from[i] = (unsigned char)(i * 3);
    memset(to, 0xaa, sizeof to);
    OK(sil_submit_copy_2d(stream, (void *)at, SIL_SIDE_DEVICE, Q, from, SIL_SIDE_HOST, P, W, H, true, NULL));
    OK(sil_submit_copy_2d(stream, to, SIL_SIDE_HOST, Q, (void *)at, SIL_SIDE_DEVICE, Q, W, H, true, NULL));
    for (int y = 0; y < H; y++) {
        ck_assert_int_eq(memcmp(to + y * Q, from + y * P, W), 0);
        for (int x = W; x < Q; x++)
            ck_assert_uint_eq(to[y * Q + x], 0xaa);
    }
}
END_TEST

START_TEST(fills_of_every_pattern)
{
    static unsigned char pattern[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
    enum { N = 3 << 20 };
    unsigned char *got = malloc(N);
    uint64_t at = device_alloc(N);
    for (uint32_t bytes = 1; bytes <= 16; bytes *= 2) {
        uint64_t count = (uint64_t)N / bytes - 3;
        uint8_t zero = 0;
        OK(sil_submit_fill(stream, at, &zero, 1, N, NULL));
        OK(sil_submit_fill(stream, at, pattern, bytes, count, NULL));
        OK(sil_submit_copy(stream, got, SIL_SIDE_HOST, (void *)at, SIL_SIDE_DEVICE, N, true, NULL));
        for (uint64_t i = 0; i < N; i++) { /* an assertion for each byte would take half a minute */
            if (got[i] != (i < count * bytes ? pattern[i % bytes] : 0))
                ck_abort_msg("pattern of %u bytes: byte %llu is %u", bytes, (unsigned long long)i, got[i]);
        }
    }
    uint8_t zero = 0, five = 5;
    OK(sil_submit_fill(stream, at, &zero, 1, N, NULL));
    OK(sil_submit_fill_2d(stream, at, 1024, &five, 1, 100, 50, NULL));
    OK(sil_submit_copy(stream, got, SIL_SIDE_HOST, (void *)at, SIL_SIDE_DEVICE, 64 * 1024, true, NULL));
    for (int i = 0; i < 64 * 1024; i++) {
        if (got[i] != (i / 1024 < 50 && i % 1024 < 100 ? 5 : 0))
            ck_abort_msg("byte %d is %u", i, got[i]);
    }
    free(got);
}
END_TEST

/* ------------------------------------------------------------------------------------------------------- */

START_TEST(host_memory)
{
    void *pinned, *managed, *base;
    uint64_t bytes;
    sil_host_kind kind;
    OK(sil_host_alloc(10000, SIL_HOST_PINNED, &pinned));
    OK(sil_host_alloc(10000, SIL_HOST_MANAGED, &managed));
    STATUS(sil_host_alloc(10000, SIL_HOST_REGISTERED, &base), SIL_INVALID);
    ck_assert(sil_host_find((char *)pinned + 9999, &base, &bytes, &kind));
    ck_assert_ptr_eq(base, pinned);
    ck_assert_uint_eq(bytes, 10000);
    ck_assert_int_eq(kind, SIL_HOST_PINNED);
    ck_assert(sil_host_find(managed, &base, &bytes, &kind));
    ck_assert_int_eq(kind, SIL_HOST_MANAGED);
    /* kernels reach both */
    uint64_t args[2] = { (uint64_t)(uintptr_t)pinned, 5 };
    wait_ok(stream, launch(stream, "k_poke", 1, 1, args, sizeof args));
    ck_assert_uint_eq(*(uint64_t *)pinned, 5);
    args[0] = (uint64_t)(uintptr_t)managed;
    wait_ok(stream, launch(stream, "k_poke", 1, 1, args, sizeof args));
    ck_assert_uint_eq(*(uint64_t *)managed, 5);
    uint64_t at = device_alloc(10000);
    STATUS(sil_submit_copy(stream, (void *)at, SIL_SIDE_DEVICE, (char *)pinned + 1, SIL_SIDE_HOST, 10000, true, NULL),
           SIL_BAD_ADDRESS);
    OK(sil_host_free(pinned));
    STATUS(sil_host_free(pinned), SIL_BAD_ADDRESS);
    STATUS(sil_host_free(&kind), SIL_BAD_ADDRESS);
    STATUS(sil_submit_copy(stream, (void *)at, SIL_SIDE_DEVICE, pinned, SIL_SIDE_HOST, 8, true, NULL), SIL_BAD_ADDRESS);
    OK(sil_host_free(managed));
    ck_assert(!sil_host_find(managed, NULL, NULL, NULL));
}
END_TEST

START_TEST(registered_memory)
{
    static char memory[100000];
    void *base;
    uint64_t bytes;
    sil_host_kind kind;
    for (int i = 99; i >= 0; i--)
        OK(sil_host_register(memory + i * 1000, 900));
    for (int i = 0; i < 100; i++) {
        ck_assert(sil_host_find(memory + i * 1000 + 899, &base, &bytes, &kind));
        ck_assert_ptr_eq(base, memory + i * 1000);
        ck_assert_uint_eq(bytes, 900);
        ck_assert_int_eq(kind, SIL_HOST_REGISTERED);
        ck_assert(!sil_host_find(memory + i * 1000 + 900, NULL, NULL, NULL));
    }
    STATUS(sil_host_register(memory + 5, 5), SIL_INVALID);
    STATUS(sil_host_register(memory + 900, 101), SIL_INVALID);
    STATUS(sil_host_register(NULL, 5), SIL_INVALID);
    STATUS(sil_host_register(memory, 0), SIL_INVALID);
    OK(sil_host_register(memory + 900, 100));
    STATUS(sil_host_unregister(memory + 1), SIL_BAD_ADDRESS);
    OK(sil_host_unregister(memory + 900));
    for (int i = 0; i < 100; i++)
        OK(sil_host_unregister(memory + i * 1000));
    ck_assert(!sil_host_find(memory, NULL, NULL, NULL));
}
END_TEST

START_TEST(devices_differ)
{
    sil_device *two[2];
    sil_profile profile;
    uint8_t uuid[3][16];
    uint32_t bus[2];
    uint64_t at;
    OK(sil_profile_load("a100", &profile));
    for (uint32_t i = 0; i < 2; i++) {
        OK(sil_device_create(&profile, i + 1, &two[i]));
        sil_device_uuid(two[i], uuid[i]);
        sil_device_pci(two[i], NULL, &bus[i], NULL);
    }
    sil_device_uuid(two[0], uuid[2]);
    ck_assert_int_ne(memcmp(uuid[0], uuid[1], 16), 0);
    ck_assert_int_eq(memcmp(uuid[0], uuid[2], 16), 0);
    ck_assert_uint_ne(bus[0], bus[1]);
    OK(sil_alloc(two[0], 64, &at));
    STATUS(sil_free(two[1], at), SIL_BAD_ADDRESS);
    /* copies between devices */
    uint64_t there;
    OK(sil_alloc(two[1], 64, &there));
    uint64_t here = device_alloc(64), word = 99;
    OK(sil_submit_copy(stream, (void *)here, SIL_SIDE_ANY, &word, SIL_SIDE_ANY, 8, true, NULL));
    OK(sil_submit_copy(stream, (void *)there, SIL_SIDE_DEVICE, (void *)here, SIL_SIDE_DEVICE, 8, true, NULL));
    ck_assert_uint_eq(read_u64(there), 99);
    ck_assert_ptr_nonnull(strstr(sil_device_protection(device), "device memory is"));
    for (uint32_t i = 0; i < 2; i++)
        sil_device_destroy(two[i]);
    STATUS(sil_find(at, NULL, NULL, NULL), SIL_BAD_ADDRESS);
}
END_TEST

static void setup_ascend(void)
{
    setup_profile("ascend910b");
}

int main(void)
{
    Suite *suite = suite_create("engine memory");
    TCase *t = tcase_create("memory");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, allocations_are_found);
    tcase_add_test(t, only_bases_are_freed);
    tcase_add_test(t, capacity_is_the_chips);
    tcase_add_test(t, random_allocations);
    tcase_add_test(t, many_live_allocations);
    if (!UNDER_ADDRESS_SANITIZER && !UNDER_THREAD_SANITIZER)
        tcase_add_test(t, memory_goes_back); /* a sanitizer's own memory would be counted */
    tcase_add_test(t, copies_keep_to_their_allocations);
    tcase_add_test(t, copies_of_every_kind);
    tcase_add_test(t, pageable_source_is_staged);
    tcase_add_test(t, staged_copies_of_every_length);
    tcase_add_test(t, rows);
    tcase_add_test(t, fills_of_every_pattern);
    tcase_add_test(t, host_memory);
    tcase_add_test(t, registered_memory);
    tcase_add_test(t, devices_differ);
    suite_add_tcase(suite, t);
    TCase *ascend = tcase_create("ascend");
    tcase_add_checked_fixture(ascend, setup_ascend, teardown);
    tcase_add_test(ascend, rounding_of_ascend);
    tcase_add_test(ascend, allocations_are_found);
    suite_add_tcase(suite, ascend);
    return suite_run(suite);
}
