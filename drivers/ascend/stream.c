/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Streams, waits, points and marks over ACL. Points are events of the Ex form, which every framework on Ascend uses.
 * Streams stop at a failure: in ACL's default mode the tasks behind a failed one run on with its garbage. Owns streams
 * and events.
 */
#include <stdio.h>
#include <string.h>

#include "drivers/ascend/ascend.h"

enum { ABORT_WAIT_MS = 2000 };

/* ------------------------------------------------------------------------------------------------------- */
/* What drivers/common/points.h asks of the vendor; `context` is the stream of ours. */

static void note_fault(tn_driver_stream *s, aclError error, const char *text)
{
    pthread_mutex_lock(&s->lock);
    if (!s->fault[0])
        snprintf(s->fault, sizeof s->fault, "%s (%d)%s%s", ascend_error_name(error), error, text ? ": " : "",
                 text ? text : "");
    pthread_mutex_unlock(&s->lock);
}

/* The status of a wait or a query; a failure of the device's leaves its words with the stream. */
static tn_status verdict(tn_driver_stream *s, aclError error, const char *what)
{
    if (error == ACL_SUCCESS)
        return TN_OK;
    tn_status status = ascend_status(error);
    if (status == TN_TIMEOUT || status == TN_NOT_READY) {
        s->device->api->recent_message(); /* drop the words: this is no failure */
        return status;
    }
    const char *text = s->device->api->recent_message();
    if (status == TN_FAULT || status == TN_DEVICE_LOST)
        note_fault(s, error, ascend_newest(text));
    tn_vendor_error vendor = { error, ascend_error_name(error), text };
    return TN_FAIL_VENDOR(ascend_host, status, &vendor, "%s on %s device %d", what, s->device->soc, s->device->id);
}

static tn_status event_create(void *context, void **out)
{
    tn_driver_stream *s = context;
    aclrtEvent event = NULL;
    aclError error;
    ASCEND_CALL(error, s->device, create_event(&event, ACL_EVENT_SYNC));
    if (error != ACL_SUCCESS)
        return ASCEND_FAIL(s->device->api, error, "making an event");
    *out = event;
    return TN_OK;
}

static void event_destroy(void *context, void *event)
{
    tn_driver_stream *s = context;
    aclError error;
    ASCEND_CALL(error, s->device, destroy_event(event));
    if (error != ACL_SUCCESS)
        ascend_host->log_line(TN_LOG_WARNING, "ascend: an event was not destroyed: %s (%d)", ascend_error_name(error),
                              error);
}

static tn_status event_record(void *context, void *stream, void *event)
{
    tn_driver_stream *s = context;
    aclError error;
    ASCEND_CALL(error, s->device, record_event(event, stream));
    return verdict(s, error, "recording an event");
}

static tn_status event_query(void *context, void *event)
{
    tn_driver_stream *s = context;
    aclrtEventRecordedStatus status = ACL_EVENT_RECORDED_STATUS_NOT_READY;
    aclError error;
    ASCEND_CALL(error, s->device, event_status(event, &status));
    if (error == ACL_SUCCESS && status != ACL_EVENT_RECORDED_STATUS_COMPLETE)
        return TN_NOT_READY;
    return verdict(s, error, "asking for an event");
}

/* Milliseconds for ACL, rounded up; its calls take at most 31 bits of them. */
static int32_t milliseconds(uint64_t ns)
{
    uint64_t ms = (ns + 999999) / 1000000;
    return ms > INT32_MAX ? INT32_MAX : (int32_t)ms;
}

static tn_status stream_query(void *context, void *stream)
{
    tn_driver_stream *s = context;
    aclrtStreamStatus status = ACL_STREAM_STATUS_NOT_READY;
    aclError error;
    ASCEND_CALL(error, s->device, stream_query(stream, &status));
    if (error == ACL_SUCCESS && status != ACL_STREAM_STATUS_COMPLETE)
        return TN_NOT_READY;
    return verdict(s, error, "asking for a stream");
}

static tn_status stream_wait(void *context, void *stream, uint64_t timeout_ns)
{
    tn_driver_stream *s = context;
    aclError error;
    if (timeout_ns == TN_FOREVER)
        ASCEND_CALL(error, s->device, stream_wait(stream));
    else
        ASCEND_CALL(error, s->device, stream_wait_timed(stream, milliseconds(timeout_ns)));
    return verdict(s, error, "waiting for a stream");
}

/* An event may have passed on a stream that failed before it; only the stream's own wait or query tells that on
 * silicon. */
static tn_status event_wait(void *context, void *event, uint64_t timeout_ns)
{
    tn_driver_stream *s = context;
    const ascend_api *api = s->device->api;
    aclError error;
    if (timeout_ns == TN_FOREVER)
        ASCEND_CALL(error, s->device, event_wait(event));
    else if (api->event_wait_timed)
        ASCEND_CALL(error, s->device, event_wait_timed(event, milliseconds(timeout_ns)));
    else
        return stream_wait(context, s->stream, timeout_ns);
    return verdict(s, error, "waiting for an event");
}

static tn_status stream_join(void *context, void *stream, void *event)
{
    tn_driver_stream *s = context;
    aclError error;
    ASCEND_CALL(error, s->device, stream_wait_event(stream, event));
    return verdict(s, error, "making a stream wait for another");
}

static const tn_points_ops ops = { event_create, event_destroy, event_record, event_query, event_wait,
                                   stream_query, stream_wait,   stream_join,  true };

/* ------------------------------------------------------------------------------------------------------- */
/* Streams */

tn_status ascend_stream_create(tn_driver_device *device, const tn_driver_stream_options *options,
                               tn_driver_stream **out)
{
    aclError error = ACL_SUCCESS;
    tn_driver_stream *s = ascend_host->alloc(sizeof *s);
    if (!s)
        return TN_FAIL(ascend_host, TN_OUT_OF_HOST_MEMORY, "no memory for a stream");
    s->device = device;
    s->adopted = options->adopt != NULL;
    s->stream = options->adopt;
    if (!s->adopted)
        ASCEND_CALL(error, device, create_stream(&s->stream, 0, ACL_STREAM_FAST_LAUNCH | ACL_STREAM_FAST_SYNC));
    if (error != ACL_SUCCESS) {
        ascend_host->free(s);
        return ASCEND_FAIL(device->api, error, "making a stream on %s device %d", device->soc, device->id);
    }
    if (!s->adopted && device->api->failure_mode) {
        ASCEND_CALL(error, device, failure_mode(s->stream, ACL_STOP_ON_FAILURE));
        if (error != ACL_SUCCESS)
            ascend_host->log_line(TN_LOG_WARNING, "ascend: a stream goes on after failures: %s (%d)",
                                  ascend_error_name(error), error);
    }
    pthread_mutex_init(&s->lock, NULL);
    tn_status status = tn_points_open(&s->points, ascend_host, &ops, s, s->stream);
    if (status != TN_OK) {
        if (!s->adopted)
            ASCEND_CALL(error, device, destroy_stream(s->stream));
        ascend_host->free(s);
        return status;
    }
    *out = s;
    return TN_OK;
}

void ascend_stream_destroy(tn_driver_stream *s)
{
    aclError error = ACL_SUCCESS;
    tn_points_close(&s->points);
    if (!s->adopted)
        ASCEND_CALL(error, s->device, destroy_stream(s->stream));
    if (error != ACL_SUCCESS)
        ascend_host->log_line(TN_LOG_WARNING, "ascend: a stream was not destroyed: %s (%d)", ascend_error_name(error),
                              error);
    pthread_mutex_destroy(&s->lock);
    ascend_host->free(s);
}

tn_status ascend_stream_wait(tn_driver_stream *s, uint64_t value, uint64_t timeout_ns)
{
    return tn_points_wait(&s->points, value, timeout_ns);
}

tn_status ascend_stream_passed(tn_driver_stream *s, uint64_t *out)
{
    return tn_points_passed(&s->points, out);
}

tn_status ascend_stream_abort(tn_driver_stream *s)
{
    aclError error;
    if (!s->device->api->stream_abort)
        return TN_FAIL(ascend_host, TN_UNSUPPORTED, "this version of ACL (%s) cannot abort a stream",
                       s->device->from->version);
    uint64_t last = atomic_load(&s->points.last);
    ASCEND_CALL(error, s->device, stream_abort(s->stream));
    if (error != ACL_SUCCESS)
        return ASCEND_FAIL(s->device->api, error, "aborting a stream");
    /* ACL tells the abort once, to the next wait, which is this one; the runtime knows which values were dropped. */
    ASCEND_CALL(error, s->device, stream_wait_timed(s->stream, ABORT_WAIT_MS));
    const char *text = s->device->api->recent_message(), *place = text ? strstr(text, "it was in ") : NULL;
    if (error != ACL_SUCCESS && error != ACL_ERROR_RT_STREAM_ABORT)
        return ASCEND_FAIL(s->device->api, error, "waiting for the end of an aborted stream");
    atomic_store(&s->points.passed, last);
    if (place) /* a detail of what was dropped, which the runtime takes up */
        ascend_host->error(TN_ABORTED, NULL, __FILE__, __LINE__, "%s", place);
    return TN_OK;
}

/* ACL says that a stream failed, not which task: one of those that are not known to have passed. */
tn_status ascend_stream_fault(tn_driver_stream *s, tn_driver_fault *out)
{
    pthread_mutex_lock(&s->lock);
    bool known = s->fault[0] != '\0';
    if (known) {
        uint32_t size = out->size;
        memset(out, 0, sizeof *out);
        out->size = size;
        snprintf(out->sentence, sizeof out->sentence, "%s", s->fault);
    }
    pthread_mutex_unlock(&s->lock);
    if (!known)
        return TN_NOT_FOUND;
    out->domain = TN_DOMAIN_CONTEXT;
    out->first_value = atomic_load(&s->points.passed) + 1;
    out->last_value = atomic_load(&s->points.last);
    memset(out->block, 0xff, sizeof out->block);
    memset(out->thread, 0xff, sizeof out->thread);
    return TN_OK;
}

tn_status ascend_submitted(tn_driver_stream *s, aclError error, uint64_t value, uint32_t flags, const char *what)
{
    if (__builtin_expect(error != ACL_SUCCESS, 0))
        return verdict(s, error, what);
    return tn_points_submitted(&s->points, value, flags);
}

tn_status ascend_submit_wait(tn_driver_stream *s, tn_driver_stream *other, uint64_t other_value, uint64_t value,
                             uint32_t flags)
{
    tn_status status = tn_points_join(&s->points, &other->points, other_value);
    return status == TN_OK ? tn_points_submitted(&s->points, value, flags) : status;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Marks: events with a time line */

struct tn_driver_mark {
    tn_driver_device *device;
    aclrtEvent event;
};

tn_status ascend_mark_create(tn_driver_device *device, tn_driver_mark **out)
{
    aclError error;
    tn_driver_mark *mark = ascend_host->alloc(sizeof *mark);
    if (!mark)
        return TN_FAIL(ascend_host, TN_OUT_OF_HOST_MEMORY, "no memory for a mark");
    mark->device = device;
    ASCEND_CALL(error, device, create_event(&mark->event, ACL_EVENT_TIME_LINE));
    if (error != ACL_SUCCESS) {
        ascend_host->free(mark);
        return ASCEND_FAIL(device->api, error, "making an event with a time line");
    }
    *out = mark;
    return TN_OK;
}

void ascend_mark_destroy(tn_driver_mark *mark)
{
    aclError error;
    ASCEND_CALL(error, mark->device, destroy_event(mark->event));
    if (error != ACL_SUCCESS)
        ascend_host->log_line(TN_LOG_WARNING, "ascend: a mark was not destroyed: %s (%d)", ascend_error_name(error),
                              error);
    ascend_host->free(mark);
}

tn_status ascend_submit_mark(tn_driver_stream *s, tn_driver_mark *mark, uint64_t value, uint32_t flags)
{
    aclError error;
    ASCEND_CALL(error, s->device, record_event(mark->event, s->stream));
    return ascend_submitted(s, error, value, flags, "recording a mark");
}

/* ACL refuses the later of two as the first, so the other order is asked for and the sign turned. */
tn_status ascend_mark_elapsed(tn_driver_mark *from, tn_driver_mark *to, int64_t *out_ns)
{
    aclError error;
    float ms = 0;
    double sign = 1;
    ASCEND_CALL(error, from->device, elapsed(&ms, from->event, to->event));
    if (error == ACL_ERROR_RT_EVENT_TIMESTAMP_REVERSAL) {
        from->device->api->recent_message();
        ASCEND_CALL(error, from->device, elapsed(&ms, to->event, from->event));
        sign = -1;
    }
    if (error != ACL_SUCCESS)
        return ASCEND_FAIL(from->device->api, error, "the time between two marks");
    *out_ns = (int64_t)(sign * (double)ms * 1e6);
    return TN_OK;
}

void *ascend_mark_native(tn_driver_mark *mark)
{
    return mark->event;
}
