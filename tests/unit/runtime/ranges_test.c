/* SPDX-License-Identifier: Apache-2.0 */
/* ranges_test.c - the map of ranges against a plain array, and readers beside a writer. */
#include <pthread.h>

#include "runtime/ranges.h"
#include "tests/unit/runtime/common.h"

enum { CELLS = 4096 };

START_TEST(test_against_an_array)
{
    static uint64_t bytes_at[CELLS];   /* a range at cell i, 0: none */
    struct tn__ranges map;
    struct tn__range range;
    unsigned seed = 12345;
    tn__ranges_init(&map);
    for (int turn = 0; turn < 60000; turn++) {
        seed = seed * 1103515245u + 12345u;
        uint32_t cell = (seed >> 8) % CELLS;
        if (bytes_at[cell]) {
            ck_assert(!tn__ranges_remove(&map, 0x10000 + cell * 64ull + 1, NULL));
            ck_assert_int_eq(tn__ranges_insert(&map, 0x10000 + cell * 64ull, 1, 0), 1);
            ck_assert(tn__ranges_remove(&map, 0x10000 + cell * 64ull, &range));
            ck_assert_uint_eq(range.bytes, bytes_at[cell]);
            ck_assert_uint_eq(range.tag, cell);
            bytes_at[cell] = 0;
        } else {
            bytes_at[cell] = 1 + (seed >> 20) % 64;
            ck_assert_int_eq(tn__ranges_insert(&map, 0x10000 + cell * 64ull, bytes_at[cell], cell), 0);
        }
        uint64_t address = 0x10000 + (seed >> 3) % (CELLS * 64);
        cell = (uint32_t)((address - 0x10000) / 64);
        bool there = address % 64 < bytes_at[cell];
        ck_assert_int_eq(tn__ranges_find(&map, address, &range), there);
        ck_assert(!there || range.tag == cell);
    }
    uint64_t count = 0;
    for (uint64_t at = 0; tn__ranges_above(&map, at, &range); at = range.base + 1)
        count++;
    for (int i = 0; i < CELLS; i++)
        count -= bytes_at[i] != 0;
    ck_assert_uint_eq(count, 0);
    tn__ranges_free(&map);
}
END_TEST

START_TEST(test_edges)
{
    struct tn__ranges map;
    struct tn__range range;
    tn__ranges_init(&map);
    ck_assert(!tn__ranges_find(&map, 0, &range));
    ck_assert(!tn__ranges_remove(&map, 0, &range));
    ck_assert_int_eq(tn__ranges_insert(&map, UINT64_MAX, 2, 0), 1);
    ck_assert_int_eq(tn__ranges_insert(&map, UINT64_MAX, 1, 7), 0);
    ck_assert_int_eq(tn__ranges_insert(&map, 0, 1, 8), 0);
    ck_assert(tn__ranges_find(&map, UINT64_MAX, &range) && range.tag == 7);
    ck_assert(tn__ranges_find(&map, 0, &range) && range.tag == 8);
    ck_assert(!tn__ranges_find(&map, 1, &range));
    ck_assert(tn__ranges_below(&map, 1, &range) && range.tag == 8);
    ck_assert(tn__ranges_above(&map, 1, &range) && range.tag == 7);
    ck_assert_int_eq(tn__ranges_insert(&map, 100, 100, 1), 0);
    ck_assert_int_eq(tn__ranges_insert(&map, 50, 51, 2), 1);
    ck_assert_int_eq(tn__ranges_insert(&map, 50, 500, 2), 1);
    ck_assert_int_eq(tn__ranges_insert(&map, 199, 1, 2), 1);
    ck_assert_int_eq(tn__ranges_insert(&map, 50, 50, 2), 0);
    ck_assert_int_eq(tn__ranges_insert(&map, 200, 1, 3), 0);
    tn__ranges_free(&map);
}
END_TEST

static struct tn__ranges shared;
static _Atomic(int) stop;

static void *read_always(void *arg)
{
    uint64_t *looked = arg;
    for (unsigned seed = 1; !stop; seed = seed * 1103515245u + 12345u) {
        struct tn__range range;
        uint64_t cell = (seed >> 8) % 1000;
        /* Even cells are always there, odd ones come and go. */
        bool there = tn__ranges_find(&shared, 0x1000 + cell * 16 + 5, &range);
        ck_assert(there || cell % 2);
        ck_assert(!there || range.tag == cell);
        ++*looked;
    }
    return NULL;
}

START_TEST(test_readers_beside_a_writer)
{
    pthread_t threads[2];
    uint64_t looked[2] = { 0, 0 };
    tn__ranges_init(&shared);
    for (uint64_t cell = 0; cell < 1000; cell += 2)
        ck_assert_int_eq(tn__ranges_insert(&shared, 0x1000 + cell * 16, 16, cell), 0);
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, read_always, &looked[i]);
    for (int turn = 0; turn < 40; turn++) {
        for (uint64_t cell = 1; cell < 1000; cell += 2)
            ck_assert_int_eq(tn__ranges_insert(&shared, 0x1000 + cell * 16, 16, cell), 0);
        for (uint64_t cell = 999; cell < 1000; cell -= 2)
            ck_assert(tn__ranges_remove(&shared, 0x1000 + cell * 16, NULL));
    }
    stop = 1;
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    ck_assert_uint_gt(looked[0] + looked[1], 0);
    tn__ranges_free(&shared);
}
END_TEST

RUN("ranges", test_against_an_array, test_edges, test_readers_beside_a_writer)
