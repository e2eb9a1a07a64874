/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/event.c - events: a point with a name and a time. Owns the event objects and the drivers' marks. May call the
 * driver and point.c.
 */
#include "runtime/internal.h"

static struct tn__event *enter(enum tn__api api, tn_event event)
{
    struct tn__event *e = TN__REF(TN__EVENT, struct tn__event, event.bits);
    if (!e)
        (void)tn__fail_handle(api, TN__EVENT, event.bits);
    return e;
}

static tn_status stale(void)
{
    return tn__is_forked() ? TN_FORKED : TN_BAD_HANDLE;   /* the detail is there already */
}

/* Two objects that must be of one device are not. */
static tn_status two_devices(enum tn__api api, const struct tn__device *a, const struct tn__device *b, const char *what)
{
    if (a->runtime != b->runtime)
        return TN__FAIL(api, TN_BAD_HANDLE, "%s belong to different runtimes", what);
    return TN__FAIL(api, TN_INVALID, "%s belong to different devices", what);
}

static tn_point point_of(struct tn__event *e)
{
    tn__lock(&e->lock);
    tn_point point = e->point;
    tn__unlock(&e->lock);
    return point;
}

TN_API tn_status tn_event_create(tn_device device, const tn_event_options *options, tn_event *out)
{
    TN__TAP(TN__event_create, device.bits);
    struct tn__device *d;
    if (!out)
        return TN__FAIL(TN__event_create, TN_INVALID, "out is NULL");
    tn_status status =
        options ? tn__options_check(TN__event_create, "tn_event_options", options, sizeof *options) : TN_OK;
    if (status == TN_OK && options && options->flags)
        status = TN__FAIL(TN__event_create, TN_INVALID, "tn_event_options.flags must be 0");
    if (status == TN_OK)
        status = tn__device_enter(TN__event_create, device, true, &d);
    if (status != TN_OK)
        return status;
    struct tn__event *e = tn__object_new(TN__EVENT);
    tn_driver_mark *mark = NULL;
    if (!e)
        status = TN__FAIL(TN__event_create, TN_OUT_OF_HOST_MEMORY, "no memory for an event");
    else if ((status = TN__CALL(d->driver->mark_create(d->native, &mark))) != TN_OK)
        status = tn__fail_on(TN__FAIL_DRIVER(TN__event_create, status, "making an event"), d->bits, 0, 0);
    if (status == TN_OK) {
        e->device = d;
        e->mark = mark;
        e->bits = tn__object_bits(TN__EVENT, e);
        e->point = (tn_point){ { 0 }, 0 };
        atomic_store(&e->ending, 0);
        pthread_mutex_lock(&d->mutex);
        e->next = d->events;
        e->link = &d->events;
        if (e->next)
            e->next->link = &e->next;
        d->events = e;
        tn__object_publish(TN__EVENT, e);
        pthread_mutex_unlock(&d->mutex);
        out->bits = e->bits;
    } else if (e) {
        tn__object_recycle(TN__EVENT, e);
    }
    tn__device_leave(d);
    return status;
}

tn_status tn__event_end(enum tn__api api, struct tn__event *e, uint64_t deadline)
{
    struct tn__device *d = e->device;
    bool idle = tn__object_drain(e, deadline);
    tn_point point = point_of(e);
    struct tn__stream *s = idle ? TN__REF_STREAM(point.stream.bits) : NULL;
    tn_status status = TN_OK;
    if (s) {
        status = tn__stream_settle(s, point.value, tn__left(deadline));
        tn__unref(&s->object);
    }
    if (!idle || status == TN_TIMEOUT || status == TN_NOT_READY)
        return tn__fail_on(
            TN__FAIL(api, TN_BUSY, "a record of the event has not ended; abort its stream, where the device can"),
            d->bits, 0, 0);
    pthread_mutex_lock(&d->mutex);
    *e->link = e->next;
    if (e->next)
        e->next->link = e->link;
    pthread_mutex_unlock(&d->mutex);
    d->driver->mark_destroy(e->mark);
    tn__object_recycle(TN__EVENT, e);
    return TN_OK;
}

TN_API tn_status tn_event_destroy(tn_event event)
{
    TN__TAP(TN__event_destroy, event.bits);
    struct tn__event *e = enter(TN__event_destroy, event);
    if (!e)
        return stale();
    struct tn__device *d = e->device;
    atomic_fetch_add(&d->object.users, 1);
    bool mine = tn__object_retract(e, event.bits) && !atomic_exchange(&e->ending, 1);
    tn__unref(&e->object);
    tn_status status;
    if (!mine) {
        status = tn__fail_handle(TN__event_destroy, TN__EVENT, event.bits);
    } else {
        status = tn__event_end(TN__event_destroy, e, tn__deadline(TN__PATIENCE));
        if (status == TN_BUSY) {
            atomic_store(&e->ending, 0);
            if (tn__is_live(&d->object, d->bits))
                tn__object_publish(TN__EVENT, e);
        }
    }
    tn__device_leave(d);
    return status;
}

TN_API tn_status tn_event_record(tn_event event, tn_stream stream, tn_point *out_point)
{
    TN__TAP(TN__event_record, event.bits);
    struct tn__stream *s;
    tn_point point;
    struct tn__event *e = enter(TN__event_record, event);
    if (!e)
        return stale();
    tn_status status = tn__submit_begin(TN__event_record, stream, &s);
    if (status == TN_OK && s->device != e->device) {
        tn__unlock(&s->lock);
        status = two_devices(TN__event_record, e->device, s->device, "the event and the stream");
        status = tn__fail_on(status, e->device->bits, stream.bits, 0);
    } else if (status == TN_OK) {
        /* An event is there to be waited for, so its value is made waitable on its own. */
        uint64_t value = tn__submit_value(s);
        status = s->driver->submit_mark(s->native, e->mark, value - s->base, TN_SUBMIT_POINT);
        if (status == TN_OK) {
            tn__lock(&e->lock);   /* inside the stream's lock, so that two records keep their order */
            e->point = (tn_point){ stream, value };
            tn__unlock(&e->lock);
        }
        status = tn__submit_end(TN__event_record, s, status, 0, &point);
        if (status == TN_OK && out_point)
            *out_point = point;
    }
    tn__unref(&e->object);
    return status;
}

TN_API tn_status tn_event_point(tn_event event, tn_point *out)
{
    TN__TAP(TN__event_point, event.bits);
    struct tn__event *e = enter(TN__event_point, event);
    if (!e)
        return stale();
    tn_point point = point_of(e);
    tn_status status = TN_OK;
    if (!out)
        status = TN__FAIL(TN__event_point, TN_INVALID, "out is NULL");
    else if (!point.value)
        status = TN__FAIL(TN__event_point, TN_NOT_FOUND, "the event was never recorded");
    else
        *out = point;
    tn__unref(&e->object);
    return status;
}

static tn_status elapsed(struct tn__event *from, struct tn__event *to, int64_t *out_ns)
{
    const tn_point points[2] = { point_of(from), point_of(to) };
    if (from->device != to->device)
        return two_devices(TN__event_elapsed, from->device, to->device, "the two events");
    for (int i = 0; i < 2; i++) {
        if (!points[i].value)
            return TN__FAIL(TN__event_elapsed, TN_NOT_FOUND, "the %s event was never recorded", i ? "second" : "first");
        struct tn__stream *s = TN__REF_STREAM(points[i].stream.bits);
        tn_status status =
            s ? tn__stream_await(TN__event_elapsed, s, points[i].value, 0) : TN_OK; /* gone: it has ended */
        if (s)
            tn__unref(&s->object);
        if (status != TN_OK)
            return status;
    }
    int64_t ns = 0;
    tn_status status = TN__CALL(from->device->driver->mark_elapsed(from->mark, to->mark, &ns));
    if (status != TN_OK)
        return tn__fail_on(TN__FAIL_DRIVER(TN__event_elapsed, status, "the time between two events"),
                           from->device->bits, 0, 0);
    *out_ns = ns;
    return TN_OK;
}

TN_API tn_status tn_event_elapsed(tn_event from, tn_event to, int64_t *out_ns)
{
    TN__TAP(TN__event_elapsed, from.bits);
    if (!out_ns)
        return TN__FAIL(TN__event_elapsed, TN_INVALID, "out_ns is NULL");
    struct tn__event *first = enter(TN__event_elapsed, from);
    if (!first)
        return stale();
    struct tn__event *second = enter(TN__event_elapsed, to);
    tn_status status = second ? elapsed(first, second, out_ns) : stale();
    if (second)
        tn__unref(&second->object);
    tn__unref(&first->object);
    return status;
}
