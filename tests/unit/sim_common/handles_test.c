/* SPDX-License-Identifier: Apache-2.0 */
/* The stand-ins' handle tables: every value can be looked up, and only a live handle finds something. */
#include <check.h>
#include <pthread.h>
#include <stdlib.h>

#include "drivers/sim/common/handle.h"
#include "tests/unit/suite.h"

typedef struct thing {
    st_head head;
    uint64_t value;
} thing;
static st_table things = ST_TABLE(5, thing), others = ST_TABLE(6, thing);

START_TEST(only_live_handles_find_something)
{
    enum { COUNT = 1000 };
    static thing *all[COUNT];
    static uintptr_t handles[COUNT];
    for (uint64_t i = 0; i < COUNT; i++) {
        all[i] = st_new(&things);
        ck_assert_ptr_nonnull(all[i]);
        ck_assert_uint_eq(all[i]->value, 0);
        all[i]->value = i;
        handles[i] = st_handle(&things, all[i]);
    }
    for (uint64_t i = 0; i < COUNT; i++) {
        ck_assert_ptr_eq(st_get(&things, handles[i]), all[i]);
        ck_assert_uint_eq(all[i]->value, i);
        ck_assert_ptr_null(st_get(&others, handles[i]));
        ck_assert_ptr_null(st_get(&things, handles[i] + 1));           /* another tag */
        ck_assert_ptr_null(st_get(&things, handles[i] + (2ull << 32))); /* a later life */
    }
    for (uint64_t i = 0; i < COUNT; i += 2)
        st_delete(&things, all[i]);
    for (uint64_t i = 0; i < COUNT; i += 2) {
        ck_assert_ptr_null(st_get(&things, handles[i]));
        ck_assert_ptr_null(st_get(&things, handles[i] + (1ull << 32))); /* forged: what a dead object would be called */
        ck_assert(!st_take(&things, handles[i]));
        ck_assert(!st_take(&things, handles[i] + (1ull << 32)));
        ck_assert_ptr_eq(st_get(&things, handles[i + 1]), all[i + 1]);
    }
    thing *again = st_new(&things);
    ck_assert_uint_eq(again->value, 0); /* a place that was used before is empty */
    for (uint64_t bits = 1; bits; bits <<= 1)
        ck_assert_ptr_null(st_get(&things, bits));
    static volatile uintptr_t wild[] = { 0, UINTPTR_MAX, 5, 0x5400000100fffff5, 0x54000001ffffff05 };
    for (size_t i = 0; i < sizeof wild / sizeof *wild; i++)
        ck_assert_ptr_null(st_get(&things, wild[i]));
}
END_TEST

enum { RACERS = 4, TURNS = 5000 };
static uintptr_t shared[TURNS];
static _Atomic int taken;

static void *take_all(void *unused)
{
    (void)unused;
    for (int i = 0; i < TURNS; i++)
        taken += st_take(&things, shared[i]);
    return NULL;
}

START_TEST(one_of_many_takes_a_handle)
{
    pthread_t threads[RACERS];
    for (int i = 0; i < TURNS; i++)
        shared[i] = st_handle(&things, st_new(&things));
    for (int i = 0; i < RACERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, take_all, NULL), 0);
    for (int i = 0; i < RACERS; i++)
        pthread_join(threads[i], NULL);
    ck_assert_int_eq(taken, TURNS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("handles");
    TCase *tcase = tcase_create("handles");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, only_live_handles_find_something);
    tcase_add_test(tcase, one_of_many_takes_a_handle);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
