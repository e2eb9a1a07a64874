/* SPDX-License-Identifier: Apache-2.0 */
/* Memory: what is written is read back, and what is outside is refused. */
#include "tests/unit/sim_cuda/client.h"

enum { N = 1000 };

static void numbers(int *out, int n, int step)
{
    for (int i = 0; i < n; i++)
        out[i] = i * step;
}

START_TEST(copies_carry_data)
{
    int a[N], b[N];
    ptr x, y;
    numbers(a, N, 3);
    ok(cu.alloc(&x, sizeof a));
    ok(cu.alloc(&y, sizeof a));
    ok(cu.to_device(x, a, sizeof a));
    ok(cu.on_device(y, x, sizeof a));
    memset(b, 0, sizeof b);
    ok(cu.to_host(b, y, sizeof b));
    ck_assert_mem_eq(a, b, sizeof a);
    ok(cu.to_device(x + 40, a, 80)); /* into the middle */
    ok(cu.to_host(b, x, sizeof b));
    ck_assert_mem_eq(b + 10, a, 80);
    ck_assert_int_eq(b[30], 90);
    ok(cu.copy((uintptr_t)b, x, sizeof b)); /* any kind, found out */
    ck_assert_mem_eq(b + 10, a, 80);
    ok(cu.to_device(x, a, 0));
    ok(cu.free(x));
    ok(cu.free(y));
}
END_TEST

START_TEST(ranges_are_checked)
{
    int a[N] = { 0 };
    ptr x, base = 0;
    size_t bytes = 0;
    ok(cu.alloc(&x, sizeof a));
    ok(cu.range(&base, &bytes, x + 100));
    ck_assert_uint_eq(base, x);
    ck_assert_uint_ge(bytes, sizeof a);
    is(cu.to_device(x + bytes - 4, a, 8), 1);
    is(cu.to_host(a, x + bytes, 4), 1);
    is(cu.fill8(x, 1, bytes + 1), 1);
    is(cu.to_device(0, a, 4), 1);
    is(cu.to_device(0x1234, a, 4), 1);
    is(cu.range(&base, &bytes, 0x1234), 500);
}
END_TEST

START_TEST(allocation_has_limits)
{
    ptr x = 0, y = 0;
    size_t before, after, total;
    ok(cu.mem_info(&before, &total));
    is(cu.alloc(&x, 0), 1);
    is(cu.alloc(NULL, 16), 1);
    is(cu.alloc(&x, total + 1), 2);
    is(cu.alloc(&x, (size_t)1 << 62), 2);
    ok(cu.alloc(&x, 1 << 20));
    ck_assert_uint_eq(x % 256, 0);
    ok(cu.mem_info(&after, &total));
    ck_assert_uint_le(after + (1 << 20), before);
    is(cu.free(x + 256), 1);
    is(cu.free((ptr)(uintptr_t)&y), 1);
    ok(cu.free(x));
    is(cu.free(x), 1);
    ok(cu.free(0));
    ok(cu.mem_info(&after, &total));
    ck_assert_uint_eq(after, before);
}
END_TEST

START_TEST(fills_repeat_their_pattern)
{
    unsigned char bytes[64];
    unsigned short shorts[32];
    unsigned words[16];
    ptr x;
    ok(cu.alloc(&x, 64));
    ok(cu.fill32(x, 0x01020304, 16));
    ok(cu.fill16(x + 8, 0xabcd, 4));
    ok(cu.fill8(x + 1, 0x77, 3));
    ok(cu.to_host(bytes, x, 64));
    ok(cu.to_host(shorts, x, 64));
    ok(cu.to_host(words, x, 64));
    ck_assert_uint_eq(bytes[0], 4);
    ck_assert_uint_eq(bytes[1], 0x77);
    ck_assert_uint_eq(bytes[3], 0x77);
    ck_assert_uint_eq(words[1], 0x01020304);
    ck_assert_uint_eq(shorts[4], 0xabcd);
    ck_assert_uint_eq(shorts[7], 0xabcd);
    ck_assert_uint_eq(words[4], 0x01020304);
    is(cu.fill32(x + 2, 1, 1), 1);
}
END_TEST

START_TEST(pitched_copies_keep_rows)
{
    unsigned char in[6][10], out[6][10] = { { 0 } };
    ptr x;
    size_t pitch = 0;
    for (int i = 0; i < 60; i++)
        in[i / 10][i % 10] = (unsigned char)(i + 1);
    ok(cu.alloc_pitch(&x, &pitch, 10, 6, 4));
    ck_assert_uint_ge(pitch, 10);
    ok(cu.fill2d8(x, pitch, 0xee, 10, 6));
    copy_2d up = { .src_type = 1,
                   .src_host = in,
                   .src_pitch = 10,
                   .src_x = 2,
                   .dst_type = 2,
                   .dst_device = x,
                   .dst_pitch = pitch,
                   .dst_x = 2,
                   .width = 5,
                   .height = 6 };
    ok(cu.copy2d(&up));
    copy_2d down = { .src_type = 2,
                     .src_device = x,
                     .src_pitch = pitch,
                     .dst_type = 1,
                     .dst_host = out,
                     .dst_pitch = 10,
                     .width = 10,
                     .height = 6 };
    ok(cu.copy2d(&down));
    for (int i = 0; i < 6; i++)
        for (int k = 0; k < 10; k++)
            ck_assert_uint_eq(out[i][k], k >= 2 && k < 7 ? in[i][k] : 0xee);
    down.src_type = 3;
    is(cu.copy2d(&down), 801);
    down.src_type = 9;
    is(cu.copy2d(&down), 1);
    is(cu.copy2d(NULL), 1);
}
END_TEST

START_TEST(pinned_memory_is_reached_by_kernels)
{
    int *host, value = 0;
    ptr device = 0;
    ok(cu.host_alloc((void **)&host, 4096, 2));
    *host = 41;
    ok(cu.host_device_pointer(&device, host, 0));
    void *params[] = { &device };
    ok(cu.launch(kernel("increment"), 1, 1, 1, 1, 1, 1, 0, NULL, params, NULL));
    ok(cu.ctx_wait());
    ck_assert_int_eq(*host, 42);
    ok(cu.pointer_attribute(&value, 2, (uintptr_t)host));
    ck_assert_int_eq(value, 1);
    is(cu.host_device_pointer(&device, &value, 0), 1);
    is(cu.host_free(host + 1), 1);
    ok(cu.host_free(host));
    is(cu.host_free(host), 1);
}
END_TEST

START_TEST(registered_memory_is_reached_by_kernels)
{
    int *host = aligned_alloc(4096, 4096);
    ptr device = 0;
    *host = 1;
    is(cu.host_unregister(host), 713);
    ok(cu.host_register(host, 4096, 0));
    is(cu.host_register(host, 4096, 0), 712);
    ok(cu.host_device_pointer(&device, host, 0));
    void *params[] = { &device };
    ok(cu.launch(kernel("increment"), 1, 1, 1, 1, 1, 1, 0, NULL, params, NULL));
    ok(cu.ctx_wait());
    ck_assert_int_eq(*host, 2);
    ok(cu.host_unregister(host));
    is(cu.host_unregister(host), 713);
    free(host);
}
END_TEST

START_TEST(managed_memory_has_one_address)
{
    ptr p;
    int managed = 0, type = 0;
    ok(cu.managed(&p, 4096, 1));
    *(int *)(uintptr_t)p = 5;
    void *params[] = { &p };
    ok(cu.launch(kernel("increment"), 1, 1, 1, 1, 1, 1, 0, NULL, params, NULL));
    ok(cu.ctx_wait());
    ck_assert_int_eq(*(int *)(uintptr_t)p, 6);
    ok(cu.fill32(p, 9, 4));
    ck_assert_int_eq(((int *)(uintptr_t)p)[3], 9);
    ok(cu.to_host(&type, p, 4));
    ck_assert_int_eq(type, 9);
    ok(cu.pointer_attribute(&managed, 8, p));
    ck_assert_int_eq(managed & 0xff, 1);
    ok(cu.free(p));
    is(cu.free(p), 1);
    is(cu.managed(&p, 4096, 0), 1);
}
END_TEST

START_TEST(pointers_are_told)
{
    ptr x, start = 0;
    int type = 0, ordinal = -1;
    ok(cu.alloc(&x, 256));
    ok(cu.pointer_attribute(&type, 2, x));
    ck_assert_int_eq(type, 2);
    ok(cu.pointer_attribute(&ordinal, 9, x + 8));
    ck_assert_int_eq(ordinal, 0);
    ok(cu.pointer_attribute(&start, 11, x + 8));
    ck_assert_uint_eq(start, x);
    is(cu.pointer_attribute(&type, 2, (uintptr_t)&type), 1);
    is(cu.pointer_attribute(&type, 4, x), 1);
    is(cu.pointer_attribute(&type, 99, x), 1);
    ok(cu.free(x));
    is(cu.pointer_attribute(&type, 2, x), 1);
}
END_TEST

START_TEST(pools_give_blocks_back_in_stream_order)
{
    handle s, pool;
    ptr a, b, c;
    uint64_t in_use = 0;
    int value = 0;
    ok(cu.stream_create(&s, 1));
    ok(cu.pool_default(&pool, 0));
    ok(cu.alloc_async(&a, 1000, s));
    ok(cu.fill32_async(a, 17, 250, s));
    ok(cu.pool_get(pool, 7, &in_use));
    ck_assert_uint_ge(in_use, 1000);
    ok(cu.to_host_async(&value, a + 996, 4, s));
    ok(cu.stream_wait(s));
    ck_assert_int_eq(value, 17);
    ok(cu.free_async(a, s));
    ok(cu.alloc_async(&b, 1000, s));
    ck_assert_uint_eq(a, b);
    ok(cu.alloc_async(&c, 1000, s));
    ck_assert_uint_ne(b, c);
    ok(cu.free_async(c, s));
    ok(cu.free(b));
    is(cu.free_async(b, s), 1);
    is(cu.free_async(0x1234, s), 1);
    is(cu.alloc_async(&a, 0, s), 1);
    ok(cu.pool_get(pool, 7, &in_use));
    ck_assert_uint_eq(in_use, 0);
}
END_TEST

START_TEST(devices_copy_between_each_other)
{
    handle other;
    ptr x, y;
    int a = 1234, b = 0, can = 0;
    ok(cu.alloc(&x, 64));
    ok(cu.to_device(x, &a, 4));
    ok(cu.ctx_create(&other, 0, 1));
    ok(cu.alloc(&y, 64));
    ok(cu.can_peer(&can, 0, 1));
    ok(cu.copy_peer(y, other, x, context, 4));
    ok(cu.to_host(&b, y, 4));
    ck_assert_int_eq(b, a);
    is(cu.copy_peer(y, NULL, x, context, 4), 201);
    ok(cu.can_peer(&can, 0, 0));
    ck_assert_int_eq(can, 0);
}
END_TEST

Suite *memory_suite(void)
{
    Suite *s = suite_create("memory");
    TCase *t = tcase_create("memory");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, client_start, NULL);
    tcase_add_test(t, copies_carry_data);
    tcase_add_test(t, ranges_are_checked);
    tcase_add_test(t, allocation_has_limits);
    tcase_add_test(t, fills_repeat_their_pattern);
    tcase_add_test(t, pitched_copies_keep_rows);
    tcase_add_test(t, pinned_memory_is_reached_by_kernels);
    tcase_add_test(t, registered_memory_is_reached_by_kernels);
    tcase_add_test(t, managed_memory_has_one_address);
    tcase_add_test(t, pointers_are_told);
    tcase_add_test(t, pools_give_blocks_back_in_stream_order);
    tcase_add_test(t, devices_copy_between_each_other);
    suite_add_tcase(s, t);
    return s;
}
