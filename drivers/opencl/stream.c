/* SPDX-License-Identifier: Apache-2.0 */
/* stream.c - streams as in-order command queues, points as OpenCL events (drivers/common/points.h keeps the ring),
 * copies, fills and marks. An event is asked for only where the submission says that its point will be waited for. */
#include "drivers/opencl/internal.h"

#include <stdio.h>

/* ------------------------------------------------------------------------------------------------------- */
/* What points.h wants to know. Its events are boxes, because OpenCL makes a new cl_event each time. */

typedef struct box {
    cl_event event;
} box;

static tn_status box_create(void *context, void **out)
{
    (void)context;
    *out = ocl_host->alloc(sizeof(box));
    return *out ? TN_OK : TN_FAIL(ocl_host, TN_OUT_OF_HOST_MEMORY, "no memory for a point of a stream");
}

static void box_destroy(void *context, void *event)
{
    (void)context;
    if (((box *)event)->event)
        ocl_cl.ReleaseEvent(((box *)event)->event);
    ocl_host->free(event);
}

static tn_status marker(tn_driver_stream *s, cl_event *out)
{
    cl_int e = ocl_cl.EnqueueMarkerWithWaitList(s->queue, 0, NULL, out);
    if (e != CL_SUCCESS)
        return OCL_FAIL(e, "clEnqueueMarkerWithWaitList failed on a stream");
    ocl_cl.Flush(s->queue);
    return TN_OK;
}

/* The event of the submission just made, if there is one, else a marker behind everything. */
static tn_status box_record(void *context, void *stream, void *event)
{
    tn_driver_stream *s = stream;
    box *b = event;
    cl_event fresh = atomic_exchange(&s->fresh, NULL);
    (void)context;
    if (!fresh) {
        tn_status status = marker(s, &fresh);
        if (status != TN_OK)
            return status;
    }
    if (b->event)
        ocl_cl.ReleaseEvent(b->event);
    b->event = fresh;
    return TN_OK;
}

static tn_status event_failed(tn_driver_stream *s, cl_int code)
{
    int32_t none = 0;
    atomic_compare_exchange_strong(&s->failure, &none, code);
    const char *name = ocl_error_name(code);
    tn_vendor_error vendor = { code, name ? name : "an error that OpenCL 3.0 does not list", NULL };
    return TN_FAIL_VENDOR(ocl_host, TN_FAULT, &vendor, "work on the device ended with %s", vendor.name);
}

static tn_status event_state(tn_driver_stream *s, cl_event event)
{
    cl_int state = CL_QUEUED;
    cl_int e = ocl_cl.GetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof state, &state, NULL);
    if (e != CL_SUCCESS)
        return OCL_FAIL(e, "clGetEventInfo failed on a point of a stream");
    if (state < 0)
        return event_failed(s, state);
    return state == CL_COMPLETE ? TN_OK : TN_NOT_READY;
}

static tn_status box_query(void *context, void *event)
{
    return event_state(context, ((box *)event)->event);
}

static tn_status wait_event(tn_driver_stream *s, cl_event event)
{
    cl_int e = ocl_cl.WaitForEvents(1, &event);
    if (e == CL_SUCCESS)
        return TN_OK;
    if (e == CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST)
        return event_state(s, event);
    return OCL_FAIL(e, "clWaitForEvents failed on a point of a stream");
}

static tn_status box_wait(void *context, void *event, uint64_t timeout_ns)
{
    (void)timeout_ns;                  /* TN_FOREVER: points.h polls for everything else */
    return wait_event(context, ((box *)event)->event);
}

/* OpenCL cannot ask a queue whether it is empty: a marker is put behind the last submission and asked again and
 * again. */
static tn_status stream_query(void *context, void *stream)
{
    tn_driver_stream *s = stream;
    tn_status status = TN_OK;
    (void)context;
    pthread_mutex_lock(&s->probe_lock);
    uint64_t last = atomic_load(&s->points.last);
    if (!s->probe || s->probe_value < last) {
        if (s->probe)
            ocl_cl.ReleaseEvent(s->probe);
        s->probe = NULL;
        status = marker(s, &s->probe);
        s->probe_value = last;
    }
    if (status == TN_OK)
        status = event_state(s, s->probe);
    pthread_mutex_unlock(&s->probe_lock);
    return status;
}

static tn_status stream_finish(void *context, void *stream, uint64_t timeout_ns)
{
    tn_driver_stream *s = stream;
    cl_int e = ocl_cl.Finish(s->queue);
    (void)context;
    (void)timeout_ns;
    if (e != CL_SUCCESS)
        return OCL_FAIL(e, "clFinish failed on a stream");
    return atomic_load(&s->failure) ? event_failed(s, atomic_load(&s->failure)) : TN_OK;
}

static tn_status stream_join(void *context, void *stream, void *event)
{
    tn_driver_stream *s = stream;
    (void)context;
    cl_int e = ocl_cl.EnqueueBarrierWithWaitList(s->queue, 1, &((box *)event)->event, NULL);
    return e == CL_SUCCESS ? TN_OK : OCL_FAIL(e, "clEnqueueBarrierWithWaitList failed on a stream");
}

static const tn_points_ops points_ops = {
    .event_create = box_create, .event_destroy = box_destroy, .event_record = box_record, .event_query = box_query,
    .event_wait = box_wait, .stream_query = stream_query, .stream_wait = stream_finish, .stream_join = stream_join,
    .timed_waits = false,
};

/* ------------------------------------------------------------------------------------------------------- */
/* Streams */

static tn_status adopt(tn_driver_device *device, cl_command_queue queue)
{
    cl_context context = NULL;
    cl_command_queue_properties properties = 0;
    cl_int e = ocl_cl.GetCommandQueueInfo(queue, CL_QUEUE_CONTEXT, sizeof context, &context, NULL);
    if (e == CL_SUCCESS)
        e = ocl_cl.GetCommandQueueInfo(queue, CL_QUEUE_PROPERTIES, sizeof properties, &properties, NULL);
    if (e != CL_SUCCESS)
        return OCL_FAIL(e, "the stream to adopt is not a cl_command_queue");
    if (context != device->context)
        return TN_FAIL(ocl_host, TN_INVALID,
                       "the queue to adopt belongs to another cl_context; take this device's with "
                       "tn_device_native and make the queue there");
    if (properties & CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE)
        return TN_FAIL(ocl_host, TN_INVALID, "the queue to adopt runs out of order; a stream is in order");
    return TN_OK;
}

static tn_status get_queue(tn_driver_device *device, const tn_driver_stream_options *options, cl_command_queue *out)
{
    if (options && options->adopt) {
        tn_status status = adopt(device, options->adopt);
        if (status == TN_OK) {
            ocl_cl.RetainCommandQueue(options->adopt);
            *out = options->adopt;
        }
        return status;
    }
    const cl_queue_properties properties[] = { CL_QUEUE_PROPERTIES, CL_QUEUE_PROFILING_ENABLE, 0 };
    cl_int e;
    *out = ocl_cl.CreateCommandQueueWithProperties(device->context, device->found->device, properties, &e);
    return *out ? TN_OK
                : OCL_FAIL(e, "clCreateCommandQueueWithProperties failed for a stream of %s", device->found->info.name);
}

tn_status ocl_stream_create(tn_driver_device *device, const tn_driver_stream_options *options, tn_driver_stream **out)
{
    tn_driver_stream *s = ocl_host->alloc(sizeof *s);
    if (!s)
        return TN_FAIL(ocl_host, TN_OUT_OF_HOST_MEMORY, "no memory for a stream");
    s->device = device;
    tn_status status = get_queue(device, options, &s->queue);
    if (status == TN_OK) {
        status = tn_points_open(&s->points, ocl_host, &points_ops, s, s);
        if (status != TN_OK)
            ocl_cl.ReleaseCommandQueue(s->queue);
    }
    if (status != TN_OK) {
        ocl_host->free(s);
        return status;
    }
    pthread_mutex_init(&s->probe_lock, NULL);
    s->slot = atomic_fetch_add(&device->next_slot, 1) % OCL_SLOTS;
    *out = s;
    return TN_OK;
}

void ocl_stream_destroy(tn_driver_stream *s)
{
    cl_event fresh = atomic_load(&s->fresh);
    tn_points_close(&s->points);
    if (fresh)
        ocl_cl.ReleaseEvent(fresh);
    if (s->probe)
        ocl_cl.ReleaseEvent(s->probe);
    ocl_cl.ReleaseCommandQueue(s->queue);
    pthread_mutex_destroy(&s->probe_lock);
    ocl_host->free(s);
}

tn_status ocl_stream_wait(tn_driver_stream *s, uint64_t value, uint64_t timeout_ns)
{
    return tn_points_wait(&s->points, value, timeout_ns);
}

tn_status ocl_stream_passed(tn_driver_stream *s, uint64_t *out)
{
    return tn_points_passed(&s->points, out);
}

tn_status ocl_stream_fault(tn_driver_stream *s, tn_driver_fault *out)
{
    int32_t code = atomic_load(&s->failure);
    if (!code)
        return TN_FAIL(ocl_host, TN_NOT_FOUND, "the stream has not failed");
    const char *name = ocl_error_name(code);
    *out = (tn_driver_fault){ .size = out->size, .domain = s->device->found->info.fault_domain };
    for (int i = 0; i < 3; i++)
        out->block[i] = out->thread[i] = UINT32_MAX;
    snprintf(out->sentence, sizeof out->sentence,
             "OpenCL ended work of this stream with %s (%d); it does not say which", name ? name : "an unlisted error",
             (int)code);
    return TN_OK;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Submissions */

tn_status ocl_submitted(tn_driver_stream *s, cl_event event, uint64_t value, uint32_t flags)
{
    cl_event old = event ? atomic_exchange(&s->fresh, event) : NULL;
    if (old)
        ocl_cl.ReleaseEvent(old);
    if (flags & TN_SUBMIT_POINT)
        ocl_cl.Flush(s->queue);
    return tn_points_submitted(&s->points, value, flags);
}

static cl_event *wanted(cl_event *event, uint32_t flags)
{
    return flags & TN_SUBMIT_POINT ? event : NULL;
}

tn_status ocl_submit_copy(tn_driver_stream *s, tn_copy_kind kind, uint64_t dst, uint64_t src, uint64_t bytes,
                          bool pinned, uint64_t value, uint32_t flags)
{
    cl_event event = NULL;
    (void)pinned;
    cl_int e = ocl_copy(s->device, s->queue, kind, dst, src, bytes, wanted(&event, flags));
    if (e != CL_SUCCESS)
        return OCL_FAIL(e, "a copy of %llu bytes was not accepted", (unsigned long long)bytes);
    return ocl_submitted(s, event, value, flags);
}

tn_status ocl_submit_fill(tn_driver_stream *s, tn_address dst, uint32_t pattern, uint32_t pattern_bytes, uint64_t count,
                          uint64_t value, uint32_t flags)
{
    cl_event event = NULL;
    uint8_t byte = (uint8_t)pattern;
    uint16_t half = (uint16_t)pattern;
    const void *from = pattern_bytes == 1 ? (void *)&byte : pattern_bytes == 2 ? (void *)&half : (void *)&pattern;
    cl_int e = ocl_fill(s->device, s->queue, dst, from, pattern_bytes, count * pattern_bytes, wanted(&event, flags));
    if (e != CL_SUCCESS)
        return OCL_FAIL(e, "a fill of %llu bytes was not accepted", (unsigned long long)(count * pattern_bytes));
    return ocl_submitted(s, event, value, flags);
}

tn_status ocl_submit_wait(tn_driver_stream *s, tn_driver_stream *other, uint64_t other_value, uint64_t value,
                          uint32_t flags)
{
    if (s->device->context != other->device->context)
        return TN_FAIL(ocl_host, TN_UNSUPPORTED,
                       "OpenCL cannot let a stream of %s wait for one of %s: their contexts differ",
                       s->device->found->info.name, other->device->found->info.name);
    tn_status status = tn_points_join(&s->points, &other->points, other_value);
    return status == TN_OK ? ocl_submitted(s, NULL, value, flags) : status;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Marks */

tn_status ocl_submit_mark(tn_driver_stream *s, tn_driver_mark *mark, uint64_t value, uint32_t flags)
{
    cl_event event;
    tn_status status = marker(s, &event);
    if (status != TN_OK)
        return status;
    if (mark->event)
        ocl_cl.ReleaseEvent(mark->event);
    mark->event = event;
    return ocl_submitted(s, NULL, value, flags);
}

tn_status ocl_mark_create(tn_driver_device *device, tn_driver_mark **out)
{
    (void)device;
    *out = ocl_host->alloc(sizeof **out);
    return *out ? TN_OK : TN_FAIL(ocl_host, TN_OUT_OF_HOST_MEMORY, "no memory for a mark");
}

void ocl_mark_destroy(tn_driver_mark *mark)
{
    if (mark->event)
        ocl_cl.ReleaseEvent(mark->event);
    ocl_host->free(mark);
}

tn_status ocl_mark_elapsed(tn_driver_mark *from, tn_driver_mark *to, int64_t *out_ns)
{
    cl_ulong times[2];
    tn_driver_mark *marks[2] = { from, to };
    for (int i = 0; i < 2; i++) {
        if (!marks[i]->event)
            return TN_FAIL(ocl_host, TN_NOT_READY, "a mark was never submitted");
        cl_int e =
            ocl_cl.GetEventProfilingInfo(marks[i]->event, CL_PROFILING_COMMAND_END, sizeof times[i], &times[i], NULL);
        if (e != CL_SUCCESS)
            return OCL_FAIL(e, "clGetEventProfilingInfo gives no time for a mark");
    }
    *out_ns = (int64_t)(times[1] - times[0]);
    return TN_OK;
}
