/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Simulated devices are the process's. What one runtime asks for never takes away another's devices, whether those are idle
 * or at work, and a runtime that could not be opened leaves nothing behind. Each test in a process of its own.
 */
#include <pthread.h>

#include "tests/unit/runtime/common.h"
#include "tests/unit/suite.h"

/* A family's list, another one of the same family, and the same devices in other words. */
static const struct family {
    const char *list, *other, *same;
    uint32_t count;
    bool keeps; /* once used, the chip's library keeps its devices until the process ends */
} families[] = {
    { "a100:2", "a100:1", "a100:1,a100:1", 2, false },
    { "v100:1", "a100:1", "v100", 1, false },
    { "s5000:2", "s5000:3", "s5000:1,s5000:1", 2, false },
    { "bw1000:2", "bw1000:1", "bw1000:1,bw1000", 2, false },
    { "ascend910b:2", "ascend910b:4", "ascend910b,ascend910b:1", 2, true },
};
enum { FAMILIES = sizeof families / sizeof *families };

static tn_status open_list(const char *list, tn_runtime *out)
{
    tn_options options = TN_OPTIONS_INIT;
    options.simulate = list;
    options.only = "cuda,hip,ascend";
    options.flags = TN_OPTION_NO_HARDWARE;
    return tn_open(&options, out);
}

/* Bytes travel to a device and back. */
static tn_status use(tn_device device)
{
    uint32_t here[64], back[64];
    tn_address there = 0;
    tn_stream stream = { 0 };
    for (uint32_t i = 0; i < 64; i++)
        here[i] = i * 2654435761u, back[i] = 0;
    tn_status status = tn_stream_create(device, NULL, &stream);
    if (status == TN_OK)
        status = tn_memory_alloc(device, sizeof here, &there);
    if (status == TN_OK)
        status = tn_copy_to_device(stream, there, here, sizeof here, NULL);
    if (status == TN_OK)
        status = tn_copy_to_host(stream, back, there, sizeof here, NULL);
    if (status == TN_OK)
        status = tn_stream_wait(stream, TN_FOREVER);
    ck_assert(status != TN_OK || !memcmp(here, back, sizeof here));
    return status;
}

static void has(tn_runtime runtime, uint32_t count)
{
    uint32_t is = 0;
    OK(tn_device_count(runtime, &is));
    ck_assert_uint_eq(is, count);
    for (uint32_t i = 0; i < count; i++) {
        tn_device_info info = { .size = sizeof info };
        OK(tn_device_get_info(device_at(runtime, i), &info));
        ck_assert(info.flags & TN_DEVICE_SIMULATED);
    }
}

static void works(tn_runtime runtime, uint32_t count)
{
    has(runtime, count);
    for (uint32_t i = 0; i < count; i++)
        OK(use(device_at(runtime, i)));
}

START_TEST(equal_lists_share_the_devices)
{
    const struct family *f = &families[_i];
    tn_runtime a, b, c;
    OK(open_list(f->list, &a));
    OK(open_list(f->list, &b));
    OK(open_list(f->same, &c));
    works(b, f->count);
    OK(tn_close(b, TN_FOREVER));
    works(a, f->count);
    OK(tn_close(a, TN_FOREVER));
    works(c, f->count);
    OK(tn_close(c, TN_FOREVER));
}
END_TEST

START_TEST(another_list_leaves_an_idle_runtime_alone)
{
    const struct family *f = &families[_i];
    tn_runtime a, b = { 7 };
    OK(open_list(f->list, &a));
    for (int turn = 0; turn < 3; turn++)
        FAILS(TN_INVALID, "are in use in this process", open_list(f->other, &b));
    ck_assert_uint_eq(b.bits, 7);
    works(a, f->count);
    OK(tn_close(a, TN_FOREVER));
}
END_TEST

START_TEST(another_list_leaves_a_busy_runtime_alone)
{
    const struct family *f = &families[_i];
    tn_runtime a, b;
    OK(open_list(f->list, &a));
    tn_device device = device_at(a, 0);
    tn_stream stream = stream_on(device);
    tn_address there;
    static uint32_t back[256];
    OK(tn_memory_alloc(device, sizeof back, &there));
    OK(tn_fill(stream, there, 0x5a5a5a5a, 4, 256, NULL));
    FAILS(TN_INVALID, "are in use in this process", open_list(f->other, &b));
    OK(tn_copy_to_host(stream, back, there, sizeof back, NULL));
    OK(tn_stream_wait(stream, TN_FOREVER));
    for (int i = 0; i < 256; i++)
        ck_assert_uint_eq(back[i], 0x5a5a5a5a);
    OK(tn_close(a, TN_FOREVER));
}
END_TEST

START_TEST(a_list_may_follow_another)
{
    const struct family *f = &families[_i];
    tn_runtime a;
    OK(open_list(f->list, &a));
    has(a, f->count);
    OK(tn_close(a, TN_FOREVER));
    OK(open_list(f->other, &a)); /* nothing was used */
    OK(use(device_at(a, 0)));
    OK(tn_close(a, TN_FOREVER));
    if (f->keeps) {
        FAILS(TN_INVALID, "are in use in this process", open_list(f->list, &a));
        return;
    }
    OK(open_list(f->list, &a));
    works(a, f->count);
    OK(tn_close(a, TN_FOREVER));
}
END_TEST

START_TEST(a_list_that_fails_leaves_nothing_behind)
{
    const struct family *f = &families[_i];
    char wrong[128];
    tn_runtime a, b;
    snprintf(wrong, sizeof wrong, "%s,no-such-chip:2", f->list);
    FAILS(TN_INVALID, "\"no-such-chip\" gave 0 of 2 devices", open_list(wrong, &b));
    OK(open_list(f->other, &a));
    snprintf(wrong, sizeof wrong, "%s,no-such-chip:2", f->other);
    FAILS(TN_INVALID, "\"no-such-chip\" gave 0 of 2 devices", open_list(wrong, &b));
    OK(use(device_at(a, 0)));
    OK(tn_close(a, TN_FOREVER));
}
END_TEST

START_TEST(families_do_not_meet)
{
    const struct family *f = &families[_i], *g = &families[(_i + 2) % FAMILIES];
    char both[128];
    tn_runtime a, b, c;
    OK(open_list(f->list, &a));
    OK(open_list(g->list, &b));
    has(a, f->count);
    has(b, g->count); /* the first one's devices were not asked for */
    snprintf(both, sizeof both, "%s,%s", f->list, g->list);
    OK(open_list(both, &c));
    works(c, f->count + g->count);
    works(a, f->count);
    works(b, g->count);
    snprintf(both, sizeof both, "%s,%s", f->list, g->other);
    FAILS(TN_INVALID, "are in use in this process", open_list(both, &(tn_runtime){ 0 }));
    OK(tn_close(a, TN_FOREVER));
    OK(tn_close(c, TN_FOREVER));
    works(b, g->count);
    OK(tn_close(b, TN_FOREVER));
}
END_TEST

/* ------------------------------------------------------------------------------------------------------- */

enum { RACERS = 4, TURNS = 6 };
static _Atomic(int) opened, refused;

struct racer {
    pthread_t thread;
    const struct family *family;
    int number;
};

static void *race(void *argument)
{
    const struct racer *r = argument;
    for (int turn = 0; turn < TURNS; turn++) {
        bool first = (r->number + turn) % 2;
        const char *list = first ? r->family->list : r->family->other;
        tn_runtime runtime;
        tn_status status = open_list(list, &runtime);
        if (status == TN_OK) {
            opened++;
            if (first)
                has(runtime, r->family->count);
            OK(use(device_at(runtime, 0)));
            OK(tn_close(runtime, TN_FOREVER));
            continue;
        }
        refused++;
        ck_assert_int_eq(status, TN_INVALID);
        ck_assert_msg(strstr(tn_error_message(), "are in use in this process") != NULL, "%s", tn_error_message());
    }
    return NULL;
}

START_TEST(threads_that_race_get_their_own_list_or_none)
{
    struct racer racers[RACERS];
    for (int i = 0; i < RACERS; i++) {
        racers[i].family = &families[_i];
        racers[i].number = i;
        ck_assert_int_eq(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
    }
    for (int i = 0; i < RACERS; i++)
        pthread_join(racers[i].thread, NULL);
    ck_assert_int_eq(opened + refused, RACERS * TURNS);
    ck_assert_int_gt(opened, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("simulated devices");
    TCase *tcase = tcase_create("lists");
    tcase_set_timeout(tcase, 100);
    tcase_add_loop_test(tcase, equal_lists_share_the_devices, 0, FAMILIES);
    tcase_add_loop_test(tcase, another_list_leaves_an_idle_runtime_alone, 0, FAMILIES);
    tcase_add_loop_test(tcase, another_list_leaves_a_busy_runtime_alone, 0, FAMILIES);
    tcase_add_loop_test(tcase, a_list_may_follow_another, 0, FAMILIES);
    tcase_add_loop_test(tcase, a_list_that_fails_leaves_nothing_behind, 0, FAMILIES);
    tcase_add_loop_test(tcase, families_do_not_meet, 0, FAMILIES);
    tcase_add_loop_test(tcase, threads_that_race_get_their_own_list_or_none, 0, FAMILIES);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
