/* SPDX-License-Identifier: Apache-2.0 */
/*
 * internals_test.c - what cannot be seen from outside: the tap hears every call, a slot's last generation retires it,
 * locks keep their deadlines. The library's sources are compiled in, so that their inner functions are there.
 */
#include "runtime/internal.h"
#include "tests/unit/runtime/common.h"

static enum tn__api heard[64];
static uint64_t heard_object[64];
static int heard_count;

static void hear(void *context, enum tn__api api, uint64_t object)
{
    ck_assert_ptr_eq(context, heard);
    if (heard_count < 64) {
        heard[heard_count] = api;
        heard_object[heard_count] = object;
    }
    heard_count++;
}

START_TEST(test_tap)
{
    tn_runtime runtime = open_mock(0);
    tn_device device = device_at(runtime, 0);
    const struct tn__tap tap = { hear, heard };
    ck_assert_ptr_null(tn__tap_set(&tap));
    tn_stream stream = stream_on(device);
    OK(tn_stream_wait(stream, 0));
    FAILS(TN_BAD_HANDLE, "", tn_event_destroy((tn_event){ 17 }));   /* also what is refused */
    ck_assert_ptr_eq(tn__tap_set(NULL), &tap);
    OK(tn_stream_wait(stream, 0));
    ck_assert_int_eq(heard_count, 3);
    ck_assert_int_eq(heard[0], TN__stream_create);
    ck_assert_uint_eq(heard_object[0], device.bits);
    ck_assert_int_eq(heard[1], TN__stream_wait);
    ck_assert_uint_eq(heard_object[1], stream.bits);
    ck_assert_int_eq(heard[2], TN__event_destroy);
    ck_assert_str_eq(tn__api_name(TN__event_destroy), "tn_event_destroy");
    ck_assert_str_eq(tn__api_name(TN__no_api), "");
    ck_assert_str_eq(tn__api_name(TN__api_count), "");
    OK(tn_close(runtime, 0));
}
END_TEST

START_TEST(test_generations)
{
    struct tn__object *o = tn__object_new(TN__EVENT);
    uint64_t first = tn__object_publish(TN__EVENT, o), last;
    ck_assert_ptr_eq(TN__PEEK(TN__EVENT, struct tn__event, first), o);
    ck_assert_ptr_null(TN__PEEK(TN__STREAM, struct tn__stream, first));
    ck_assert(tn__object_retract(o, first));
    ck_assert(!tn__object_retract(o, first));
    ck_assert_ptr_null(TN__PEEK(TN__EVENT, struct tn__event, first));
    tn__object_recycle(TN__EVENT, o);
    ck_assert_ptr_eq(tn__object_new(TN__EVENT), o);   /* the place again, under another handle */
    ck_assert_uint_ne(tn__object_bits(TN__EVENT, o), first);
    o->generation = (1u << TN__GENERATION_BITS) - 1;
    last = tn__object_publish(TN__EVENT, o);
    ck_assert_ptr_eq(TN__PEEK(TN__EVENT, struct tn__event, last), o);
    ck_assert(tn__object_retract(o, last));
    tn__object_recycle(TN__EVENT, o);
    ck_assert_ptr_ne(tn__object_new(TN__EVENT), o);   /* no handle is left for it */
    ck_assert_ptr_null(TN__PEEK(TN__EVENT, struct tn__event, first));
}
END_TEST

START_TEST(test_many_objects)
{
    enum { MANY = 20000 };
    static uint64_t bits[MANY];
    for (int i = 0; i < MANY; i++) {
        struct tn__object *o = tn__object_new(TN__KERNEL);
        ck_assert_ptr_nonnull(o);
        bits[i] = tn__object_publish(TN__KERNEL, o);
    }
    for (int i = 0; i < MANY; i++) {
        struct tn__kernel *k = TN__REF(TN__KERNEL, struct tn__kernel, bits[i]);
        ck_assert_ptr_nonnull(k);
        ck_assert(!tn__object_drain(k, tn__deadline(0)));
        tn__unref(&k->object);
        ck_assert(tn__object_drain(k, tn__deadline(0)));
    }
}
END_TEST

START_TEST(test_time)
{
    _Atomic(uint32_t) lock = 0;
    tn__lock(&lock);
    ck_assert(!tn__lock_until(&lock, tn__deadline(2 * MS)));
    tn__unlock(&lock);
    ck_assert(tn__lock_until(&lock, tn__deadline(0)));
    ck_assert_uint_eq(tn__deadline(UINT64_MAX), UINT64_MAX);
    ck_assert_uint_eq(tn__deadline(UINT64_MAX - 1), UINT64_MAX);   /* saturates */
    ck_assert_uint_eq(tn__left(UINT64_MAX), UINT64_MAX);
    ck_assert_uint_eq(tn__left(1), 0);
}
END_TEST

RUN("internals", test_tap, test_generations, test_many_objects, test_time)
