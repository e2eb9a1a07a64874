/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/stream.c - streams: making, destroying, joining, aborting, recovering, and the rare ways out of a
 * submission. Owns the stream objects and their records. May call the driver, point.c and fault.c.
 */
#include <stdlib.h>
#include <string.h>

#include "runtime/internal.h"

static tn_status make_native(struct tn__device *d, int32_t priority, void *adopt, tn_driver_stream **out)
{
    tn_driver_stream_options options = { .size = sizeof options, .priority = priority, .adopt = adopt };
    return TN__CALL(d->driver->stream_create(d->native, &options, out));
}

static void start(struct tn__stream *s, struct tn__device *d, tn_driver_stream *native)
{
    s->device = d;
    s->driver = d->driver;
    s->native = native;
    s->base = 0;
    s->exact = d->runtime->exact;
    s->validate = d->runtime->validate;
    atomic_store(&s->blocked, 0);
    atomic_store(&s->last, 0);
    atomic_store(&s->passed, 0);
    atomic_store(&s->gap_last, 0);
    atomic_store(&s->closed, 0);
    atomic_store(&s->join_count, 0);
    atomic_store(&s->ending, 0);
    atomic_store(&s->aborting, 0);
    s->gap_count = 0;
    s->fault = NULL;
    memset(s->ring, 0, TN__RING * sizeof *s->ring);
}

tn_status tn__stream_new(enum tn__api api, struct tn__device *d, int32_t priority, void *adopt, struct tn__stream **out)
{
    struct tn__stream *s = tn__object_new(TN__STREAM);
    if (s && !s->ring)
        s->ring = calloc(TN__RING, sizeof *s->ring);
    if (!s || !s->ring) {
        if (s)
            tn__object_recycle(TN__STREAM, s);
        return TN__FAIL(api, TN_OUT_OF_HOST_MEMORY, "no memory for a stream");
    }
    tn_driver_stream *native = NULL;
    tn_status status = make_native(d, priority, adopt, &native);
    if (status != TN_OK) {
        tn__object_recycle(TN__STREAM, s);
        if (status == TN_DEVICE_LOST)
            tn__device_lost(d);
        return tn__fail_on(TN__FAIL_DRIVER(api, status, adopt ? "using a stream of the vendor's" : "making a stream"),
                           d->bits, 0, 0);
    }
    tn__lock(&s->lock);   /* a stale handle may have led somebody here, who looks under the lock */
    start(s, d, native);
    s->priority = priority;
    s->adopted = adopt != NULL;
    s->adopted_native = adopt;
    s->bits = tn__object_bits(TN__STREAM, s);
    tn__unlock(&s->lock);
    pthread_mutex_lock(&d->streams_mutex);
    s->serial = d->next_serial++;
    s->next = d->streams;
    d->streams = s;
    if (atomic_load(&d->health) != TN_OK) {
        s->fault = atomic_load(&d->fault);
        atomic_store(&s->blocked, atomic_load(&d->health));
    }
    tn__object_publish(TN__STREAM, s);
    pthread_mutex_unlock(&d->streams_mutex);
    *out = s;
    return TN_OK;
}

TN_API tn_status tn_stream_create(tn_device device, const tn_stream_options *options, tn_stream *out)
{
    TN__TAP(TN__stream_create, device.bits);
    struct tn__device *d;
    struct tn__stream *s;
    if (!out)
        return TN__FAIL(TN__stream_create, TN_INVALID, "out is NULL");
    tn_status status =
        options ? tn__options_check(TN__stream_create, "tn_stream_options", options, sizeof *options) : TN_OK;
    if (status == TN_OK && options && (options->flags || options->reserved))
        status = TN__FAIL(TN__stream_create, TN_INVALID, "tn_stream_options.flags and reserved must be 0");
    if (status == TN_OK)
        status = tn__device_enter(TN__stream_create, device, true, &d);
    if (status != TN_OK)
        return status;
    status = tn__stream_new(TN__stream_create, d, options ? options->priority : 0, NULL, &s);
    if (status == TN_OK)
        out->bits = s->bits;
    tn__device_leave(d);
    return status;
}

TN_API tn_status tn_stream_import(tn_device device, void *native, tn_stream *out)
{
    TN__TAP(TN__stream_import, device.bits);
    struct tn__device *d;
    struct tn__stream *s;
    if (!out || !native)
        return TN__FAIL(TN__stream_import, TN_INVALID, "%s is NULL", out ? "native" : "out");
    tn_status status = tn__device_enter(TN__stream_import, device, true, &d);
    if (status != TN_OK)
        return status;
    status = tn__stream_new(TN__stream_import, d, 0, native, &s);
    if (status == TN_OK)
        out->bits = s->bits;
    tn__device_leave(d);
    return status;
}

/* Nobody is inside the driver's waits on this stream any more; false when the deadline passed. */
static bool waiters_gone(struct tn__stream *s, uint64_t deadline)
{
    for (uint32_t round = 0; atomic_load(&s->waiters); tn__pause(&round))
        if (!tn__left(deadline))
            return false;
    return true;
}

tn_status tn__stream_end(enum tn__api api, struct tn__stream *s, uint64_t deadline)
{
    struct tn__device *d = s->device;
    tn__lock(&s->lock);   /* a submission that was let in before the handle was taken ends first */
    uint64_t last = atomic_load(&s->last);
    tn__unlock(&s->lock);
    tn_status status = tn__stream_settle(s, last, tn__left(deadline));
    /* In this order: who waits may become a user, and has then become one before it ceased to wait. */
    if (status == TN_TIMEOUT || status == TN_NOT_READY || !waiters_gone(s, deadline) || !tn__object_drain(s, deadline)) {
        char pending[288];
        tn__stream_pending(s, pending, sizeof pending);
        return tn__fail_on(TN__FAIL(api, TN_BUSY,
                                    "the stream's work has not ended; abort it with tn_stream_abort, where the device "
                                    "can, before destroying the stream%s",
                                    pending),
                           d->bits, s->bits, 0);
    }
    pthread_mutex_lock(&d->streams_mutex);
    struct tn__stream **link = &d->streams;
    while (*link != s)
        link = &(*link)->next;
    *link = s->next;
    pthread_mutex_unlock(&d->streams_mutex);
    tn__object_drain(s, UINT64_MAX);   /* who found it in the list; they are gone at once, since its work has ended */
    d->driver->stream_destroy(s->native);
    tn__lock(&s->lock);
    free(s->gaps);
    s->gaps = NULL;
    s->gap_count = s->gap_capacity = 0;
    tn__unlock(&s->lock);
    tn__object_recycle(TN__STREAM, s);
    return TN_OK;
}

TN_API tn_status tn_stream_destroy(tn_stream stream)
{
    TN__TAP(TN__stream_destroy, stream.bits);
    struct tn__stream *s = TN__REF_STREAM(stream.bits);
    if (!s)
        return tn__fail_handle(TN__stream_destroy, TN__STREAM, stream.bits);
    struct tn__device *d = s->device;
    atomic_fetch_add(&d->object.users, 1);
    bool mine = tn__object_retract(s, stream.bits) && !atomic_exchange(&s->ending, 1);
    tn__unref(&s->object);
    tn_status status;
    if (!mine) {
        status = tn__fail_handle(TN__stream_destroy, TN__STREAM, stream.bits);
    } else {
        status = tn__stream_end(TN__stream_destroy, s, tn__deadline(TN__PATIENCE));
        if (status == TN_BUSY) {
            atomic_store(&s->ending, 0);
            if (tn__is_live(&d->object, d->bits))
                tn__object_publish(TN__STREAM, s);
        }
    }
    tn__device_leave(d);
    return status;
}

TN_API tn_status tn_stream_device(tn_stream stream, tn_device *out)
{
    TN__TAP(TN__stream_device, stream.bits);
    struct tn__stream *s = TN__REF_STREAM(stream.bits);
    if (!s)
        return tn__fail_handle(TN__stream_device, TN__STREAM, stream.bits);
    tn_status status = out ? TN_OK : TN__FAIL(TN__stream_device, TN_INVALID, "out is NULL");
    if (out)
        out->bits = s->device->bits;
    tn__unref(&s->object);
    return status;
}

TN_API tn_status tn_stream_point(tn_stream stream, tn_point *out)
{
    TN__TAP(TN__stream_point, stream.bits);
    struct tn__stream *s = TN__PEEK_STREAM(stream.bits);
    if (!s)
        return tn__fail_handle(TN__stream_point, TN__STREAM, stream.bits);
    if (!out)
        return TN__FAIL(TN__stream_point, TN_INVALID, "out is NULL");
    tn_point point = { stream, atomic_load_explicit(&s->last, memory_order_acquire) };
    if (!tn__is_live(&s->object, stream.bits))
        return tn__fail_handle(TN__stream_point, TN__STREAM, stream.bits);
    *out = point;
    return TN_OK;
}

TN_API tn_status tn_stream_native(tn_stream stream, void **out)
{
    TN__TAP(TN__stream_native, stream.bits);
    struct tn__stream *s = TN__REF_STREAM(stream.bits);
    if (!s)
        return tn__fail_handle(TN__stream_native, TN__STREAM, stream.bits);
    void *native = NULL;
    tn_status status = out ? TN__CALL(s->driver->native(TN_NATIVE_STREAM, s->native, &native)) : TN_OK;
    if (!out)
        status = TN__FAIL(TN__stream_native, TN_INVALID, "out is NULL");
    else if (status == TN_OK)
        *out = native;
    else
        status = tn__fail_on(TN__FAIL_DRIVER(TN__stream_native, status, "asking for the vendor's stream"),
                             s->device->bits, stream.bits, 0);
    tn__unref(&s->object);
    return status;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Joining */

/* Makes room in the stream's joins: waits on the host for the oldest, should all still be open. */
static tn_status make_room(struct tn__stream *s)
{
    for (uint32_t i = 0; i < TN__JOINS && atomic_load(&s->join_count) == TN__JOINS; i++) {
        tn__lock(&s->lock);
        uint64_t value = s->joins[0].at;
        tn__unlock(&s->lock);
        /* This value of the stream has passed only when its joins have, and then they are resolved. */
        tn_status status = tn__stream_settle(s, value, TN_FOREVER);
        if (status != TN_OK)
            return status;
    }
    return TN_OK;
}

/* `other` is held (tn__native_hold) and `s` locked; has the driver wait, keeps the join, and unlocks. TN_UNSUPPORTED: the
 * driver has these two devices from libraries that know nothing of each other; nothing was submitted or told. */
static tn_status submit_join(struct tn__stream *s, struct tn__stream *other, uint64_t value)
{
    uint32_t count = atomic_load_explicit(&s->join_count, memory_order_relaxed);
    uint64_t own = tn__submit_value(s);
    tn_status status = s->driver->submit_wait(s->native, other->native, value - other->base, own - s->base, 0);
    if (status == TN_UNSUPPORTED) {
        tn__unlock(&s->lock);
        tn__pending_clear();
        return status;
    }
    if (status == TN_OK) {
        s->joins[count] = (struct tn__join){ other->bits, value, own };
        atomic_store_explicit(&s->join_count, count + 1, memory_order_release);
    }
    return tn__submit_end(TN__stream_join, s, status, 0, NULL);
}

static tn_status join_here(struct tn__stream *s, tn_stream stream, struct tn__stream *other, uint64_t value)
{
    struct tn__stream *locked;
    tn_status status = atomic_load(&s->join_count) == TN__JOINS ? make_room(s) : TN_OK;
    tn__native_hold(other);
    if (status == TN_OK)
        status = tn__submit_begin(TN__stream_join, stream, &locked);
    if (status != TN_OK) {
        tn__native_release(other);
        return status;
    }
    if (atomic_load_explicit(&s->join_count, memory_order_relaxed) == TN__JOINS) {
        tn__unlock(&s->lock);
        status =
            TN__FAIL(TN__stream_join, TN_BUSY, "other threads join this stream to more than %u open points", TN__JOINS);
    } else if (value <= other->base) {   /* recovered meanwhile: nothing of it is under way */
        tn__unlock(&s->lock);
    } else {
        status = submit_join(s, other, value);
    }
    tn__native_release(other);
    return status;
}

/* The common case: two good streams of one driver, and a point that is under way. False: look at it in peace; nothing
 * was done. Holding `other` keeps it, as in waits; the lock keeps `s`. */
static bool join_quickly(tn_stream stream, tn_point point, tn_status *out)
{
    struct tn__stream *s = TN__PEEK_STREAM(stream.bits), *other = TN__PEEK_STREAM(point.stream.bits);
    if (!s || !other || s == other)
        return false;
    atomic_fetch_add(&other->waiters, 1);
    bool good = atomic_load(&other->object.live) == point.stream.bits && !atomic_load(&other->closed) &&
                point.value > other->base && point.value <= atomic_load_explicit(&other->last, memory_order_acquire) &&
                point.value > atomic_load_explicit(&other->gap_last, memory_order_acquire);
    if (good) {
        tn__lock(&s->lock);
        good = tn__is_live(&s->object, stream.bits) && !atomic_load_explicit(&s->blocked, memory_order_relaxed) &&
               s->device->instance == other->device->instance &&
               atomic_load_explicit(&s->join_count, memory_order_relaxed) < TN__JOINS;
        if (!good) {
            tn__unlock(&s->lock);
        } else if (point.value <= atomic_load_explicit(&other->passed, memory_order_acquire)) {
            tn__unlock(&s->lock);
            *out = TN_OK;
        } else {
            *out = submit_join(s, other, point.value);
            good = *out != TN_UNSUPPORTED;
        }
    }
    tn__native_release(other);
    return good;
}

/* `s` and `other` are counted in. */
static tn_status join(struct tn__stream *s, tn_stream stream, struct tn__stream *other, uint64_t value)
{
    if (other->device->runtime != s->device->runtime)
        return TN__FAIL(TN__stream_join, TN_BAD_HANDLE, "the point's stream belongs to another runtime");
    uint64_t last = atomic_load_explicit(&other->last, memory_order_acquire);
    if (value > last)
        return TN__FAIL(TN__stream_join, TN_INVALID, "value %llu was not submitted yet: the last of its stream is %llu",
                        (unsigned long long)value, (unsigned long long)last);
    tn_status status = TN_OK;
    if (atomic_load_explicit(&s->blocked, memory_order_relaxed)) {
        struct tn__stream *locked;
        status = tn__submit_begin(TN__stream_join, stream, &locked);   /* gives the reason */
        if (status != TN_OK)
            return status;
        tn__unlock(&s->lock);
    }
    if (tn__stream_verdict(TN__stream_join, other, value, &status))
        return status == TN_FAULT ? TN_POISONED : status;
    if (other == s || value <= atomic_load_explicit(&other->passed, memory_order_acquire))
        return TN_OK;
    status = other->device->instance == s->device->instance ? join_here(s, stream, other, value) : TN_UNSUPPORTED;
    if (status != TN_UNSUPPORTED)
        return status;
    status = tn__stream_await(TN__stream_join, other, value, TN_FOREVER);   /* two drivers, or libraries, share no clock */
    return status == TN_FAULT ? TN_POISONED : status;
}

TN_API tn_status tn_stream_join(tn_stream stream, tn_point point)
{
    TN__TAP(TN__stream_join, stream.bits);
    tn_status status;
    if (TN__LIKELY(join_quickly(stream, point, &status)))
        return status;
    struct tn__stream *s = TN__REF_STREAM(stream.bits);
    if (!s)
        return tn__fail_handle(TN__stream_join, TN__STREAM, stream.bits);
    struct tn__stream *other = TN__REF_STREAM(point.stream.bits);
    status = other ? join(s, stream, other, point.value)
                             : tn__fail_handle(TN__stream_join, TN__STREAM, point.stream.bits);
    if (other)
        tn__unref(&other->object);
    tn__unref(&s->object);
    return status;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Aborting and recovering */

tn_status tn__stream_abort(enum tn__api api, struct tn__stream *s)
{
    if (!s->driver->stream_abort)
        return tn__fail_on(TN__FAIL(api, TN_UNSUPPORTED,
                                    "the driver %s cannot abort work; the work ends by itself or with the process",
                                    s->driver->name),
                           s->device->bits, s->bits, 0);
    /* A submission may hold the lock because the device's queue is full of what is to be aborted. */
    tn__native_hold(s);
    bool locked = tn__lock_until(&s->lock, tn__deadline(100000000u));
    uint64_t passed = 0;
    if (TN__CALL(s->driver->stream_passed(s->native, &passed)) == TN_OK && passed)
        tn__stream_advance(s, passed + s->base);
    atomic_fetch_add(&s->aborting, 1);
    tn_status status = TN__CALL(s->driver->stream_abort(s->native));
    tn_error told;
    const struct tn__fault *detail = status == TN_OK && tn__pending_take(&told) ? tn__abort_detail(s->device, &told) : NULL;
    if (!locked)
        tn__lock(&s->lock);
    uint64_t first = atomic_load(&s->passed) + 1, last = atomic_load(&s->last);
    if (status == TN_OK && first <= last)
        tn__stream_gap(s, first, last, TN_ABORTED, detail);
    if (status == TN_OK)
        atomic_store_explicit(&s->join_count, 0, memory_order_release);
    atomic_fetch_sub(&s->aborting, 1);
    tn__unlock(&s->lock);
    tn__native_release(s);
    return status == TN_OK
               ? TN_OK
               : tn__fail_on(TN__FAIL_DRIVER(api, status, "aborting a stream"), s->device->bits, s->bits, 0);
}

TN_API tn_status tn_stream_abort(tn_stream stream)
{
    TN__TAP(TN__stream_abort, stream.bits);
    struct tn__stream *s = TN__REF_STREAM(stream.bits);
    if (!s)
        return tn__fail_handle(TN__stream_abort, TN__STREAM, stream.bits);
    tn_status status = tn__stream_abort(TN__stream_abort, s);
    tn__unref(&s->object);
    return status;
}

/* A fresh stream of the vendor's in place of the failed one; who waits on the old one comes out first. */
static tn_status exchange_native(struct tn__stream *s)
{
    tn_driver_stream *fresh = NULL;
    tn_status status = make_native(s->device, s->priority, s->adopted ? s->adopted_native : NULL, &fresh);
    if (status != TN_OK)
        return tn__fail_on(TN__FAIL_DRIVER(TN__stream_recover, status, "making a stream in place of the failed one"),
                           s->device->bits, s->bits, 0);
    atomic_store(&s->closed, 1);
    (void)waiters_gone(s, TN_FOREVER);
    tn__lock(&s->lock);
    tn_driver_stream *old = s->native;
    s->native = fresh;
    s->base = atomic_load(&s->last);
    s->fault = NULL;
    atomic_store_explicit(&s->join_count, 0, memory_order_relaxed);
    atomic_store_explicit(&s->passed, s->base, memory_order_release);
    atomic_store(&s->blocked, 0);
    tn__unlock(&s->lock);
    atomic_store(&s->closed, 0);
    s->driver->stream_destroy(old);
    return TN_OK;
}

TN_API tn_status tn_stream_recover(tn_stream stream)
{
    TN__TAP(TN__stream_recover, stream.bits);
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;   /* one at a time; it is rare */
    struct tn__stream *s = TN__REF_STREAM(stream.bits);
    if (!s)
        return tn__fail_handle(TN__stream_recover, TN__STREAM, stream.bits);
    tn_status status = TN_OK;
    pthread_mutex_lock(&mutex);
    if (atomic_load(&s->blocked) || tn__stream_settle(s, atomic_load(&s->last), 0) == TN_FAULT ||
        atomic_load(&s->blocked)) {
        if (atomic_load(&s->device->health) != TN_OK)
            status = tn__fail_on(TN__FAIL(TN__stream_recover, TN_UNSUPPORTED,
                                          "the failure took more than the stream; tn_device_recover brings "
                                          "the device back where it can"),
                                 s->device->bits, s->bits, 0);
        else
            status = exchange_native(s);
    }
    pthread_mutex_unlock(&mutex);
    tn__unref(&s->object);
    return status;
}

/* ------------------------------------------------------------------------------------------------------- */
/* The rare ways out of a submission */

tn_status tn__submit_refused(enum tn__api api, tn_stream stream, struct tn__stream *s)
{
    if (!s)
        return tn__fail_handle(api, TN__STREAM, stream.bits);
    if (!tn__is_live(&s->object, stream.bits)) {
        tn__unlock(&s->lock);
        return tn__fail_handle(api, TN__STREAM, stream.bits);
    }
    tn_status status = (tn_status)atomic_load(&s->blocked);
    if (status == TN_OK)
        status = TN_POISONED;   /* another thread has just recovered it; this submission was refused all the same */
    uint64_t device = s->device->bits;
    const struct tn__fault *fault = s->fault;
    if (fault)
        tn__fail_again(api, &fault->behind);
    else
        TN__FAIL(api, status, "the stream waits for a point that was aborted; tn_stream_recover makes it usable again");
    tn__unlock(&s->lock);
    return tn__fail_on(status, device, stream.bits, 0);
}

tn_status tn__submit_failed(enum tn__api api, struct tn__stream *s, tn_status status, uint64_t kernel)
{
    uint64_t device = s->device->bits, bits = s->bits;
    bool failed = status == TN_FAULT || status == TN_DEVICE_LOST || status == TN_POISONED;
    if (!failed) {
        status = TN__FAIL_DRIVER(api, status, "the driver %s does not take it", s->driver->name);
        tn__unlock(&s->lock);
        return tn__fail_on(status, device, bits, kernel);
    }
    atomic_fetch_add(&s->object.users, 1);
    tn__unlock(&s->lock);
    /* Something earlier failed, and this submission is how we hear of it; or there was nothing earlier, and it is this one. */
    const struct tn__fault *own = tn__stream_failed(s, status);
    if (own) {
        status = tn__fail_again(api, &own->detail);
    } else {
        tn__lock(&s->lock);
        status = tn__submit_refused(api, (tn_stream){ bits }, s);
    }
    tn__unref(&s->object);
    return status;
}

tn_status tn__submit_exact(enum tn__api api, struct tn__stream *s, uint64_t bits, uint64_t value)
{
    (void)s;
    s = TN__REF_STREAM(bits);
    if (!s)
        return TN_OK;   /* destroyed meanwhile: it was submitted, and has ended */
    tn_status status = tn__stream_await(api, s, value, TN_FOREVER);
    tn__unref(&s->object);
    return status;
}
