/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events of the stand-in. An event remembers a stream and a value, so recording one without a time line costs a load. A
 * time stamp lives in a cell that outlasts the event, since the engine writes it when the stream gets there. Owns the
 * cells.
 */
#include <stdlib.h>
#include <string.h>

#include "drivers/common/spin.h"
#include "drivers/sim/ascend/capture.h"

typedef enum event_form { FORM_PLAIN, FORM_FLAG, FORM_EX } event_form;

typedef struct stamp {
    _Atomic uint64_t ns; /* 0 until the stream gets there */
    aclrtStream stream;
    uint64_t value;
    struct stamp *next;
} stamp;

typedef struct acl_event {
    _Atomic uint32_t lock; /* of two instructions: every launch with a point takes it, and every dependency */
    acl_device *device;
    event_form form;
    uint32_t flags;
    bool recorded, waited;
    aclrtStream stream, waiter; /* handles: a destroyed stream has passed */
    uint64_t value, wait_value;
    stamp *time;
    void *_Atomic model; /* recorded in the capture of this one, else NULL */
} acl_event;

static pthread_mutex_t stamps_lock = PTHREAD_MUTEX_INITIALIZER;
static stamp *free_stamps, *pending_stamps;

/* A stream that is gone was waited for or aborted before it went. */
static bool passed(aclrtStream handle, uint64_t value)
{
    acl_stream *s = handle_get(HANDLE_STREAM, handle);
    return !s || sil_stream_query(s->sil, value) != SIL_NOT_READY;
}

/* A cell nobody will write to any more. */
static stamp *stamp_take(void)
{
    pthread_mutex_lock(&stamps_lock);
    stamp *found = free_stamps;
    if (found) {
        free_stamps = found->next;
    } else if (pending_stamps && passed(pending_stamps->stream, pending_stamps->value)) {
        found = pending_stamps;
        pending_stamps = found->next;
    }
    pthread_mutex_unlock(&stamps_lock);
    if (!found)
        found = malloc(sizeof *found);
    if (found)
        memset(found, 0, sizeof *found);
    return found;
}

static void stamp_drop(stamp *s)
{
    if (!s)
        return;
    bool done = !s->stream || passed(s->stream, s->value);
    pthread_mutex_lock(&stamps_lock);
    stamp **list = done ? &free_stamps : &pending_stamps;
    s->next = *list;
    *list = s;
    pthread_mutex_unlock(&stamps_lock);
}

static aclError event_get(aclrtEvent handle, acl_event **out, const char *function)
{
    if (!handle)
        return acl_fail(ACL_ERROR_INVALID_PARAM, function, "event is NULL");
    *out = handle_get(HANDLE_EVENT, handle);
    return *out ? ACL_SUCCESS : acl_fail(ACL_ERROR_RT_INVALID_HANDLE, function, "%p is not a live event", handle);
}
#define GET_EVENT(handle, out) TRY(event_get((handle), (out), __func__))

static aclError create(aclrtEvent *event, event_form form, uint32_t flags, const char *function)
{
    acl_context *context;
    void *handle;
    if (!event)
        return acl_fail(ACL_ERROR_INVALID_PARAM, function, "event is NULL");
    TRY(acl_need_context(&context, function));
    if (flags & (ACL_EVENT_IPC | ACL_EVENT_EXTERNAL))
        return acl_fail(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, function, "events between processes and models (flags 0x%x)",
                        flags);
    if (!flags || (flags & ~(uint32_t)(ACL_EVENT_SYNC | ACL_EVENT_CAPTURE_STREAM_PROGRESS | ACL_EVENT_TIME_LINE |
                                       ACL_EVENT_DEVICE_USE_ONLY)))
        return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function, "flags 0x%x", flags);
    acl_event *e = handle_new(HANDLE_EVENT, sizeof *e, &handle);
    if (!e)
        return acl_fail(ACL_ERROR_RT_NO_EVENT_RESOURCE, function, "no event is left");
    e->device = context->device;
    e->form = form;
    e->flags = flags;
    *event = handle;
    return ACL_SUCCESS;
}

aclError aclrtCreateEvent(aclrtEvent *event)
{
    return create(event, FORM_PLAIN, ACL_EVENT_SYNC | ACL_EVENT_TIME_LINE, __func__);
}

aclError aclrtCreateEventWithFlag(aclrtEvent *event, uint32_t flag)
{
    return create(event, FORM_FLAG, flag, __func__);
}

aclError aclrtCreateEventExWithFlag(aclrtEvent *event, uint32_t flag)
{
    return create(event, FORM_EX, flag, __func__);
}

aclError aclrtDestroyEvent(aclrtEvent event)
{
    acl_event *e;
    GET_EVENT(event, &e);
    stamp *time = e->time;
    if (!handle_free(HANDLE_EVENT, event))
        return FAIL(ACL_ERROR_RT_INVALID_HANDLE, "%p was destroyed by another thread", event);
    stamp_drop(time);
    return ACL_SUCCESS;
}

aclError aclrtRecordEvent(aclrtEvent event, aclrtStream stream)
{
    acl_event *e;
    acl_stream *s;
    GET_EVENT(event, &e);
    GET_STREAM_TASK(stream, &s);
    if (e->device != s->device)
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "the event is of device %u, the stream of device %u", e->device->id,
                    s->device->id);
    uint64_t value = 0;
    sil_status status = SIL_OK;
    tn_spin_lock(&e->lock);
    e->model = acl_capture_model(s);
    if (e->model) { /* it marks a place in the recording; there is nothing to wait for yet */
        e->recorded = false;
        e->stream = s->handle;
        tn_spin_unlock(&e->lock);
        return ACL_SUCCESS;
    }
    if (e->flags & ACL_EVENT_TIME_LINE) {
        stamp *time = e->time, *old = NULL;
        if (!time || (time->stream && !passed(time->stream, time->value))) {
            old = time;
            time = stamp_take();
        }
        if (!time) {
            tn_spin_unlock(&e->lock);
            return FAIL(ACL_ERROR_RT_NO_EVENT_RESOURCE, "no host memory for a time stamp");
        }
        atomic_store(&time->ns, 0);
        status = sil_submit_timestamp(s->sil, &time->ns, &value);
        time->stream = status == SIL_OK ? s->handle : NULL;
        time->value = value;
        e->time = time;
        stamp_drop(old);
    } else {
        value = sil_stream_last(s->sil);
    }
    if (status == SIL_OK) {
        e->recorded = true;
        e->stream = s->handle;
        e->value = value;
    }
    tn_spin_unlock(&e->lock);
    return FAIL_SIL(status);
}

aclError aclrtRecordEventWithFlag(aclrtEvent event, aclrtStream stream, uint32_t flag)
{
    return flag ? FAIL(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, "flag %u: events outside of a recorded model", flag)
                : aclrtRecordEvent(event, stream);
}

aclError aclrtResetEvent(aclrtEvent event, aclrtStream stream)
{
    acl_event *e;
    acl_stream *s;
    GET_EVENT(event, &e);
    GET_STREAM(stream, &s);
    if (e->form == FORM_EX)
        return FAIL(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, "an event of aclrtCreateEventExWithFlag cannot be reset");
    if (e->form == FORM_FLAG && !(e->flags & ACL_EVENT_SYNC))
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "only an event with ACL_EVENT_SYNC can be reset");
    tn_spin_lock(&e->lock);
    e->recorded = false;
    tn_spin_unlock(&e->lock);
    return ACL_SUCCESS;
}

/* What a query or a wait looks at, taken in one piece. */
static bool recorded(acl_event *e, aclrtStream *stream, uint64_t *value)
{
    tn_spin_lock(&e->lock);
    bool is = e->recorded;
    *stream = e->stream;
    *value = e->value;
    tn_spin_unlock(&e->lock);
    return is;
}

/* An Ex event without a record holds no tasks and so is complete; a hardware event is not. */
static bool complete(acl_event *e)
{
    aclrtStream stream;
    uint64_t value;
    return recorded(e, &stream, &value) ? passed(stream, value) : e->form == FORM_EX;
}

aclError aclrtQueryEventStatus(aclrtEvent event, aclrtEventRecordedStatus *status)
{
    acl_event *e;
    NOT_NULL(status);
    GET_EVENT(event, &e);
    if (e->model)
        return FAIL(ACL_ERROR_RT_EVENT_CAPTURED, "the event was recorded in a capture");
    *status = complete(e) ? ACL_EVENT_RECORDED_STATUS_COMPLETE : ACL_EVENT_RECORDED_STATUS_NOT_READY;
    return ACL_SUCCESS;
}

aclError aclrtQueryEvent(aclrtEvent event, aclrtEventStatus *status)
{
    acl_event *e;
    NOT_NULL(status);
    GET_EVENT(event, &e);
    if (e->form == FORM_EX)
        return FAIL(ACL_ERROR_RT_FEATURE_NOT_SUPPORT,
                    "use aclrtQueryEventStatus with an event of aclrtCreateEventExWithFlag");
    *status = complete(e) ? ACL_EVENT_STATUS_COMPLETE : ACL_EVENT_STATUS_NOT_READY;
    return ACL_SUCCESS;
}

aclError aclrtQueryEventWaitStatus(aclrtEvent event, aclrtEventWaitStatus *status)
{
    acl_event *e;
    NOT_NULL(status);
    GET_EVENT(event, &e);
    if (e->form == FORM_EX)
        return FAIL(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, "an event of aclrtCreateEventExWithFlag has no wait status");
    tn_spin_lock(&e->lock);
    bool waited = e->waited;
    aclrtStream waiter = e->waiter;
    uint64_t value = e->wait_value;
    tn_spin_unlock(&e->lock);
    *status = waited && passed(waiter, value) ? ACL_EVENT_WAIT_STATUS_COMPLETE : ACL_EVENT_WAIT_STATUS_NOT_READY;
    return ACL_SUCCESS;
}

static aclError stream_wait_event(aclrtStream stream, aclrtEvent event, const char *function)
{
    acl_event *e;
    acl_stream *s;
    aclrtStream source;
    uint64_t value, at = 0;
    TRY(event_get(event, &e, function));
    TRY(acl_stream_task(stream, &s, function));
    if (!(e->flags & ACL_EVENT_SYNC))
        return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function, "an event without ACL_EVENT_SYNC cannot be waited for");
    bool is = recorded(e, &source, &value);
    if (e->model)
        return acl_capture_join(s, e->model, source, function);
    if (acl_capturing(s))
        return acl_fail(ACL_ERROR_RT_CAPTURE_DEPENDENCY, function, "the event was not recorded in the capture");
    if (!is)
        return ACL_SUCCESS;
    acl_stream *other = handle_get(HANDLE_STREAM, source);
    sil_status status = SIL_OK;
    if (other && other != s)
        status = sil_submit_wait(s->sil, other->sil, value, &at);
    if (status != SIL_OK)
        return acl_fail_sil(status, function);
    if (e->form == FORM_EX)
        return ACL_SUCCESS; /* nobody can ask for its wait status */
    tn_spin_lock(&e->lock);
    e->waited = true;
    e->waiter = s->handle;
    e->wait_value = at;
    tn_spin_unlock(&e->lock);
    return ACL_SUCCESS;
}

aclError aclrtStreamWaitEvent(aclrtStream stream, aclrtEvent event)
{
    return stream_wait_event(stream, event, __func__);
}

aclError aclrtStreamWaitEventWithFlag(aclrtStream stream, aclrtEvent event, uint32_t flag)
{
    return flag ? FAIL(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, "flag %u: events outside of a recorded model", flag)
                : stream_wait_event(stream, event, __func__);
}

/* Seconds here, 0 = for ever; a stream's wait has no deadline of its own in the engine. */
aclError aclrtStreamWaitEventWithTimeout(aclrtStream stream, aclrtEvent event, int32_t timeout)
{
    if (timeout < 0)
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "a timeout of %d s", timeout);
    if (timeout > 0)
        return FAIL(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, "a deadline inside a stream; 0 waits for ever");
    return stream_wait_event(stream, event, __func__);
}

static aclError synchronize(aclrtEvent event, uint64_t timeout_ns, const char *function)
{
    acl_event *e;
    aclrtStream source;
    uint64_t value;
    TRY(event_get(event, &e, function));
    if (e->model)
        return acl_fail(ACL_ERROR_RT_EVENT_CAPTURED, function, "the event was recorded in a capture");
    if (!recorded(e, &source, &value)) {
        if (e->form == FORM_EX)
            return ACL_SUCCESS;
        return acl_fail(ACL_ERROR_RT_INTERNAL_ERROR, function, "the event was never recorded");
    }
    acl_stream *s = handle_get(HANDLE_STREAM, source);
    return s ? acl_stream_settle(s, value, timeout_ns, ACL_ERROR_RT_EVENT_SYNC_TIMEOUT, function) : ACL_SUCCESS;
}

aclError aclrtSynchronizeEvent(aclrtEvent event)
{
    return synchronize(event, SIL_FOREVER, __func__);
}

aclError aclrtSynchronizeEventWithTimeout(aclrtEvent event, int32_t timeout)
{
    uint64_t ns;
    TRY(acl_timeout(timeout, &ns, __func__));
    return synchronize(event, ns, __func__);
}

/* The event's time, 0 when it has none yet or never will. */
static uint64_t time_of(acl_event *e)
{
    tn_spin_lock(&e->lock);
    uint64_t ns = e->recorded && e->time ? atomic_load(&e->time->ns) : 0;
    tn_spin_unlock(&e->lock);
    return ns;
}

aclError aclrtEventElapsedTime(float *ms, aclrtEvent startEvent, aclrtEvent endEvent)
{
    acl_event *a, *b;
    NOT_NULL(ms);
    GET_EVENT(startEvent, &a);
    GET_EVENT(endEvent, &b);
    uint64_t from = time_of(a), to = time_of(b);
    if (!from || !to)
        return FAIL(ACL_ERROR_RT_EVENT_TIMESTAMP_INVALID,
                    "the %s event has no time stamp: not recorded, not reached, or "
                    "without ACL_EVENT_TIME_LINE",
                    from ? "end" : "start");
    if (to < from)
        return FAIL(ACL_ERROR_RT_EVENT_TIMESTAMP_REVERSAL, "the end event was passed before the start event");
    *ms = (float)(to - from) / 1e6f;
    return ACL_SUCCESS;
}

aclError aclrtEventGetTimestamp(aclrtEvent event, uint64_t *timestamp)
{
    acl_event *e;
    NOT_NULL(timestamp);
    GET_EVENT(event, &e);
    uint64_t ns = time_of(e);
    if (!ns)
        return FAIL(ACL_ERROR_RT_EVENT_TIMESTAMP_INVALID, "the event has no time stamp");
    *timestamp = ns / 1000;
    return ACL_SUCCESS;
}

aclError aclrtGetEventId(aclrtEvent event, uint32_t *eventId)
{
    acl_event *e;
    NOT_NULL(eventId);
    GET_EVENT(event, &e);
    *eventId = handle_index(event);
    return ACL_SUCCESS;
}
