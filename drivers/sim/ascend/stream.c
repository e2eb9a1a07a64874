/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Streams of the stand-in: creation within the chip's number, waits with and without a deadline, failure modes, abort and
 * attributes. Owns the streams' engine streams. Host functions are callback.c's, streams' configurations stream_config.c's.
 */
#include <stdlib.h>
#include <string.h>

#include "drivers/sim/ascend/capture.h"

/* The longest time that a kernel may take, as aclrtSetOpExecuteTimeOut says; the default is the 910B's 1091 s. */
enum { DEFAULT_LIMIT_S = 1091 };
_Thread_local uint32_t acl_last_task;
_Atomic uint64_t acl_kernel_limit_ns = DEFAULT_LIMIT_S * 1000000000ull;

/* Streams are listed, made and ended under this lock; what is done with those of a list is done without it, by the engine's
 * generations, since another thread may end one meanwhile. */
static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;

typedef struct listed {
    void *handle;
    sil_stream *sil;
    acl_context *context;
    uint32_t generation;
    bool capturing;
    uint64_t last, limit_ns;
} listed;

typedef struct stream_list {
    const acl_device *device;
    listed *items;
    uint32_t count, room;
} stream_list;

aclError acl_stream_make(acl_context *context, uint32_t priority, uint32_t flags, acl_stream **out,
                         const char *function)
{
    acl_device *device = context->device;
    uint32_t limit = device->profile.max_streams;
    if (atomic_fetch_add(&device->streams, 1) >= limit && limit) {
        atomic_fetch_sub(&device->streams, 1);
        return acl_fail(ACL_ERROR_RT_NO_STREAM_RESOURCE, function, "device %u has its %u streams", device->id, limit);
    }
    sil_stream *sil = NULL;
    sil_status status = sil_stream_create(atomic_load(&device->sil), 0, &sil);
    void *handle = NULL;
    pthread_mutex_lock(&list_lock);
    acl_stream *stream = status == SIL_OK ? handle_new(HANDLE_STREAM, sizeof *stream, &handle) : NULL;
    if (stream) {
        stream->handle = handle;
        stream->context = context;
        stream->device = device;
        stream->sil = sil;
        stream->priority = priority;
        stream->flags = flags;
    }
    pthread_mutex_unlock(&list_lock);
    if (!stream) {
        atomic_fetch_sub(&device->streams, 1);
        if (status != SIL_OK)
            return status == SIL_LIMIT ? acl_fail(ACL_ERROR_RT_NO_STREAM_RESOURCE, function, "%s", sil_last_message())
                                       : acl_fail_sil(status, function);
        sil_stream_destroy(sil);
        return acl_fail(ACL_ERROR_RT_NO_STREAM_RESOURCE, function, "no stream handle is left");
    }
    sil_stream_keep_going(sil, &context->stop_on_failure);
    *out = stream;
    acl_tell_stream(handle, STREAM_CREATED);
    return ACL_SUCCESS;
}

/* By the handle, so that another stream in the same place is left alone. */
static void end_stream(acl_stream *stream, void *handle, acl_device *device, sil_stream *sil, bool force)
{
    acl_tell_stream(handle, STREAM_ENDING);
    acl_capture_forget(stream);
    pthread_mutex_lock(&list_lock);
    bool mine = handle_free(HANDLE_STREAM, handle);
    pthread_mutex_unlock(&list_lock);
    if (!mine)
        return;
    if (force)
        sil_stream_abort(sil);
    else
        sil_stream_wait(sil, sil_stream_last(sil), SIL_FOREVER);
    sil_stream_destroy(sil);
    atomic_fetch_sub(&device->streams, 1);
}

aclError acl_stream_task(aclrtStream handle, acl_stream **out, const char *function)
{
    TRY(acl_stream_any(handle, out, function));
    aclError failed = atomic_load_explicit(&(*out)->context->failed, memory_order_relaxed);
    if (__builtin_expect(failed != ACL_SUCCESS, 0))
        return acl_fail(failed, function, "the context stopped at a failure, as ACL_STOP_ON_FAILURE asks");
    return ACL_SUCCESS;
}

aclError acl_stream_get(aclrtStream handle, acl_stream **out, const char *function)
{
    TRY(acl_stream_task(handle, out, function));
    if (acl_capturing(*out))
        return acl_fail(ACL_ERROR_RT_CAPTURE_MODE_NOT_SUPPORT, function, "stream %p is recording a model", handle);
    return ACL_SUCCESS;
}

/* The same where the call waits for the stream or asks for it. */
static aclError stream_settled(aclrtStream handle, acl_stream **out, const char *function)
{
    TRY(acl_stream_any(handle, out, function));
    if (acl_capturing(*out))
        return acl_fail(ACL_ERROR_RT_STREAM_CAPTURED, function, "stream %p is recording a model", handle);
    return ACL_SUCCESS;
}

aclError acl_stream_any(aclrtStream handle, acl_stream **out, const char *function)
{
    acl_context *context;
    TRY(acl_need_context(&context, function));
    if (!handle) {
        *out = context->default_stream;
        return ACL_SUCCESS;
    }
    acl_stream *stream = handle_get(HANDLE_STREAM, handle);
    if (!stream)
        return acl_fail(ACL_ERROR_RT_INVALID_HANDLE, function, "%p is not a live stream", handle);
    if (stream->context != context)
        return acl_fail(ACL_ERROR_RT_STREAM_CONTEXT, function,
                        "stream %p belongs to another context than this thread's", handle);
    *out = stream;
    return ACL_SUCCESS;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Waiting */

aclError acl_timeout(int32_t ms, uint64_t *out_ns, const char *function)
{
    if (ms == -1)
        *out_ns = SIL_FOREVER;
    else if (ms > 0)
        *out_ns = (uint64_t)ms * 1000000u;
    else
        return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function, "a timeout of %d ms is neither -1 nor above 0", ms);
    return ACL_SUCCESS;
}

static uint64_t kernel_limit(const acl_stream *stream)
{
    uint64_t own = atomic_load_explicit(&stream->limit_ns, memory_order_relaxed);
    return own ? own : atomic_load_explicit(&acl_kernel_limit_ns, memory_order_relaxed);
}

static void list_one(void *object, void *handle, void *argument)
{
    stream_list *list = argument;
    const acl_stream *stream = object;
    if (stream->device != list->device)
        return;
    if (list->count == list->room) {
        uint32_t room = list->room ? list->room * 2 : 32;
        listed *more = realloc(list->items, room * sizeof *more);
        if (!more)
            return; /* out of host memory: what does not fit is not looked at */
        list->items = more;
        list->room = room;
    }
    list->items[list->count++] = (listed){ handle,
                                           stream->sil,
                                           stream->context,
                                           sil_stream_generation(stream->sil),
                                           acl_capturing(stream),
                                           sil_stream_last(stream->sil),
                                           kernel_limit(stream) };
}

/* The streams of a device that are there now; the caller frees `items`. */
static stream_list list_streams(const acl_device *device)
{
    stream_list list = { .device = device };
    pthread_mutex_lock(&list_lock);
    handle_each(HANDLE_STREAM, list_one, &list);
    pthread_mutex_unlock(&list_lock);
    return list;
}

void acl_streams_end(acl_device *device, const acl_context *context, bool force)
{
    stream_list list = list_streams(device);
    for (uint32_t i = 0; i < list.count; i++) {
        acl_stream *stream = handle_get(HANDLE_STREAM, list.items[i].handle);
        if (stream && (!context || list.items[i].context == context))
            end_stream(stream, list.items[i].handle, device, list.items[i].sil, force);
    }
    free(list.items);
}

/* The other streams of the context drop what they have; copies at once, which have no stream, go on. */
static void stop_context(acl_stream *stream, aclError code)
{
    aclError none = ACL_SUCCESS;
    if (!atomic_compare_exchange_strong(&stream->context->failed, &none, code))
        return;
    stream_list list = list_streams(stream->device);
    for (uint32_t i = 0; i < list.count; i++)
        if (list.items[i].handle != stream->handle && list.items[i].context == stream->context)
            sil_stream_abort_of(list.items[i].sil, list.items[i].generation);
    free(list.items);
}

/* ACL's default mode goes on behind a failed task and tells it to the next wait that comes behind it; in the stop mode the
 * stream stays failed. */
static aclError tell_fault(acl_stream *stream, uint64_t value, const char *function)
{
    sil_fault fault;
    if (value <= atomic_load(&stream->told))
        return ACL_SUCCESS;
    if (!sil_stream_fault(stream->sil, &fault))
        return ACL_SUCCESS; /* another thread's wait has told it */
    if (atomic_load(&stream->context->stop_on_failure)) {
        stop_context(stream, acl_fault_code(&fault));
    } else {
        sil_stream_fault_told(stream->sil, value);
    }
    acl_tell_failure(stream, fault.value, acl_fault_code(&fault));
    return acl_fail(acl_fault_code(&fault), function, "%s", fault.sentence);
}

/* The first wait after an abort tells it; what was dropped counts as passed from then on. */
static aclError tell_abort(acl_stream *stream, uint64_t value, const char *function)
{
    if (!atomic_exchange(&stream->aborted, false) && value <= atomic_load(&stream->told))
        return ACL_SUCCESS;
    char place[352] = "";
    bool known = sil_stream_stopped(stream->sil, place, sizeof place);
    return acl_fail(ACL_ERROR_RT_STREAM_ABORT, function, "aclrtStreamAbort dropped work of this stream%s%s",
                    known ? "; it was in " : "", place);
}

aclError acl_stream_answer(acl_stream *stream, sil_status status, const char *function)
{
    switch (status) {
    case SIL_FAULT:
        return tell_fault(stream, sil_stream_last(stream->sil), function);
    case SIL_ABORTED:
        return tell_abort(stream, sil_stream_last(stream->sil), function);
    default:
        return acl_fail_sil(status, function);
    }
}

aclError acl_stream_settle(acl_stream *stream, uint64_t value, uint64_t timeout_ns, aclError on_timeout,
                           const char *function)
{
    uint64_t limit = kernel_limit(stream);
    aclError failed = atomic_load_explicit(&stream->context->failed, memory_order_relaxed);
    bool limited = limit < (uint64_t)DEFAULT_LIMIT_S * 1000000000u && limit < timeout_ns;
    if (__builtin_expect(failed != ACL_SUCCESS, 0))
        return acl_fail(failed, function, "the context stopped at a failure, as ACL_STOP_ON_FAILURE asks");
    if (atomic_load_explicit(&stream->aborted, memory_order_relaxed))
        return tell_abort(stream, value, function);
    sil_status status = sil_stream_wait(stream->sil, value, limited ? limit : timeout_ns);
    switch (status) {
    case SIL_OK:
        return ACL_SUCCESS;
    case SIL_FAULT:
        return tell_fault(stream, value, function);
    case SIL_ABORTED:
        return tell_abort(stream, value, function);
    case SIL_TIMEOUT:
        if (limited) {
            atomic_store(&stream->told, sil_stream_last(stream->sil));
            sil_stream_abort(stream->sil);
            char place[352] = "";
            bool known = sil_stream_stopped(stream->sil, place, sizeof place);
            return acl_fail(ACL_ERROR_RT_VECTOR_CORE_TIMEOUT, function, "a kernel ran longer than its %llu ms%s%s",
                            (unsigned long long)(limit / 1000000u), known ? "; it was in " : "", place);
        }
        return acl_fail(on_timeout, function, "%llu ms have passed; the work goes on",
                        (unsigned long long)(timeout_ns / 1000000u));
    default:
        return acl_fail_sil(status, function);
    }
}

aclError aclrtSynchronizeStream(aclrtStream stream)
{
    acl_stream *s;
    TRY(stream_settled(stream, &s, __func__));
    return acl_stream_settle(s, sil_stream_last(s->sil), SIL_FOREVER, ACL_ERROR_RT_STREAM_SYNC_TIMEOUT, __func__);
}

aclError aclrtSynchronizeStreamWithTimeout(aclrtStream stream, int32_t timeout)
{
    acl_stream *s;
    uint64_t ns;
    TRY(stream_settled(stream, &s, __func__));
    TRY(acl_timeout(timeout, &ns, __func__));
    return acl_stream_settle(s, sil_stream_last(s->sil), ns, ACL_ERROR_RT_STREAM_SYNC_TIMEOUT, __func__);
}

static uint64_t time_left(uint64_t deadline)
{
    uint64_t now = deadline == SIL_FOREVER ? 0 : acl_now_ns();
    return deadline == SIL_FOREVER ? SIL_FOREVER : deadline > now ? deadline - now : 1;
}

/* A stream that another thread destroys has ended; only what went wrong in one that is there is told. */
static aclError settle_listed(const listed *item, uint64_t deadline, const char *function)
{
    uint64_t left = time_left(deadline);
    if (item->capturing ||
        (atomic_load(&item->context->failed) == ACL_SUCCESS &&
         sil_stream_wait_of(item->sil, item->generation, item->last, left < item->limit_ns ? left : item->limit_ns) ==
             SIL_OK))
        return ACL_SUCCESS;
    acl_stream *stream = handle_get(HANDLE_STREAM, item->handle);
    return stream ? acl_stream_settle(stream, item->last, time_left(deadline), ACL_ERROR_RT_STREAM_SYNC_TIMEOUT, function)
                  : ACL_SUCCESS;
}

static aclError settle_device(uint64_t timeout_ns, const char *function)
{
    acl_context *context;
    aclError first = ACL_SUCCESS;
    TRY(acl_need_context(&context, function));
    uint64_t deadline = timeout_ns == SIL_FOREVER ? SIL_FOREVER : acl_now_ns() + timeout_ns;
    stream_list list = list_streams(context->device);
    for (uint32_t i = 0; i < list.count; i++) {
        aclError error = settle_listed(&list.items[i], deadline, function);
        if (first == ACL_SUCCESS)
            first = error;
    }
    free(list.items);
    return first;
}

aclError aclrtSynchronizeDevice(void)
{
    return settle_device(SIL_FOREVER, __func__);
}

aclError aclrtSynchronizeDeviceWithTimeout(int32_t timeout)
{
    uint64_t ns;
    TRY(acl_timeout(timeout, &ns, __func__));
    return settle_device(ns, __func__);
}

aclError aclrtStreamQuery(aclrtStream stream, aclrtStreamStatus *status)
{
    acl_stream *s;
    NOT_NULL(status);
    TRY(stream_settled(stream, &s, __func__));
    uint64_t last = sil_stream_last(s->sil);
    aclError failed = atomic_load(&s->context->failed);
    if (failed != ACL_SUCCESS)
        return FAIL(failed, "the context stopped at a failure, as ACL_STOP_ON_FAILURE asks");
    sil_status asked = sil_stream_query(s->sil, last);
    aclError error = ACL_SUCCESS;
    switch (asked) {
    case SIL_OK:
        *status = ACL_STREAM_STATUS_COMPLETE;
        return ACL_SUCCESS;
    case SIL_NOT_READY:
        *status = ACL_STREAM_STATUS_NOT_READY;
        return ACL_SUCCESS;
    case SIL_FAULT:
        error = tell_fault(s, last, __func__);
        break;
    case SIL_ABORTED:
        error = tell_abort(s, last, __func__);
        break;
    default:
        return FAIL_SIL(asked);
    }
    if (error == ACL_SUCCESS)
        *status = ACL_STREAM_STATUS_COMPLETE;
    return error;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Life and attributes */

aclError aclrtCreateStream(aclrtStream *stream)
{
    return aclrtCreateStreamWithConfig(stream, 0, ACL_STREAM_FAST_LAUNCH);
}

aclError aclrtCreateStreamWithConfig(aclrtStream *stream, uint32_t priority, uint32_t flag)
{
    acl_context *context;
    acl_stream *made;
    NOT_NULL(stream);
    NEED_CONTEXT(&context);
    if (flag & (ACL_STREAM_PERSISTENT | ACL_STREAM_CPU_SCHEDULE | ACL_STREAM_DEVICE_USE_ONLY))
        return FAIL(ACL_ERROR_RT_FEATURE_NOT_SUPPORT,
                    "persistent and device-driven streams (flag 0x%x) need models built "
                    "by hand, which the simulator does not have",
                    flag);
    TRY(acl_stream_make(context, priority, flag, &made, __func__));
    *stream = made->handle;
    return ACL_SUCCESS;
}

static aclError destroy(aclrtStream stream, bool force, const char *function)
{
    acl_stream *s;
    if (!stream)
        return acl_fail(ACL_ERROR_INVALID_PARAM, function, "stream is NULL");
    TRY(stream_settled(stream, &s, function));
    if (s->is_default)
        return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function, "a context's default stream goes with the context");
    end_stream(s, s->handle, s->device, s->sil, force);
    return ACL_SUCCESS;
}

aclError aclrtDestroyStream(aclrtStream stream)
{
    return destroy(stream, false, __func__);
}

aclError aclrtDestroyStreamForce(aclrtStream stream)
{
    return destroy(stream, true, __func__);
}

aclError aclrtStreamAbort(aclrtStream stream)
{
    acl_stream *s;
    NOT_NULL(stream);
    TRY(stream_settled(stream, &s, __func__));
    uint64_t last = sil_stream_last(s->sil);
    bool pending = sil_stream_passed(s->sil) < last;
    sil_status status = sil_stream_abort(s->sil);
    if (status == SIL_OK && pending) {
        atomic_store(&s->told, last);
        atomic_store(&s->aborted, true);
    }
    return status == SIL_OK ? ACL_SUCCESS : FAIL_SIL(status);
}

aclError aclrtStreamGetId(aclrtStream stream, int32_t *streamId)
{
    acl_stream *s;
    NOT_NULL(streamId);
    GET_STREAM_ANY(stream, &s);
    *streamId = (int32_t)handle_index(s->handle);
    return ACL_SUCCESS;
}

aclError aclrtStreamGetPriority(aclrtStream stream, uint32_t *priority)
{
    acl_stream *s;
    NOT_NULL(priority);
    GET_STREAM_ANY(stream, &s);
    *priority = s->priority;
    return ACL_SUCCESS;
}

aclError aclrtStreamGetFlags(aclrtStream stream, uint32_t *flags)
{
    acl_stream *s;
    NOT_NULL(flags);
    GET_STREAM_ANY(stream, &s);
    *flags = s->flags;
    return ACL_SUCCESS;
}

aclError aclrtSetStreamFailureMode(aclrtStream stream, uint64_t mode)
{
    acl_stream *s;
    GET_STREAM(stream, &s);
    if (mode > ACL_STOP_ON_FAILURE)
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "mode %llu is neither 0 (continue) nor 1 (stop)",
                    (unsigned long long)mode);
    if (s->mode_set)
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "a stream's failure mode can be set once");
    s->mode_set = true;
    if (mode == ACL_STOP_ON_FAILURE)
        atomic_store(&s->context->stop_on_failure, true); /* of every stream of the context */
    return ACL_SUCCESS;
}

aclError aclrtSetStreamAttribute(aclrtStream stream, aclrtStreamAttr attr, aclrtStreamAttrValue *value)
{
    acl_stream *s;
    NOT_NULL(value);
    GET_STREAM(stream, &s);
    switch (attr) {
    case ACL_STREAM_ATTR_FAILURE_MODE:
        return aclrtSetStreamFailureMode(stream, value->failureMode);
    case ACL_STREAM_ATTR_FLOAT_OVERFLOW_CHECK:
        s->overflow_check = value->overflowSwitch != 0;
        return ACL_SUCCESS;
    case ACL_STREAM_ATTR_USER_CUSTOM_TAG:
        s->tag = value->userCustomTag;
        return ACL_SUCCESS;
    default:
        return FAIL(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, "stream attribute %d", attr);
    }
}

aclError aclrtGetStreamAttribute(aclrtStream stream, aclrtStreamAttr attr, aclrtStreamAttrValue *value)
{
    acl_stream *s;
    NOT_NULL(value);
    GET_STREAM_ANY(stream, &s);
    switch (attr) {
    case ACL_STREAM_ATTR_FAILURE_MODE:
        value->failureMode = atomic_load(&s->context->stop_on_failure);
        return ACL_SUCCESS;
    case ACL_STREAM_ATTR_FLOAT_OVERFLOW_CHECK:
        value->overflowSwitch = s->overflow_check;
        return ACL_SUCCESS;
    case ACL_STREAM_ATTR_USER_CUSTOM_TAG:
        value->userCustomTag = s->tag;
        return ACL_SUCCESS;
    case ACL_STREAM_ATTR_PRIORITY:
        value->streamPriority = s->priority;
        return ACL_SUCCESS;
    default:
        return FAIL(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, "stream attribute %d", attr);
    }
}

aclError aclrtGetStreamAvailableNum(uint32_t *streamCount)
{
    acl_context *context;
    NOT_NULL(streamCount);
    NEED_CONTEXT(&context);
    uint32_t used = atomic_load(&context->device->streams), limit = context->device->profile.max_streams;
    *streamCount = limit > used ? limit - used : 0;
    return ACL_SUCCESS;
}

aclError aclrtDeviceGetStreamPriorityRange(int32_t *least, int32_t *greatest)
{
    acl_context *context;
    NEED_CONTEXT(&context);
    if (least)
        *least = 7; /* the numbers that the documentation's example shows; the simulator has one level */
    if (greatest)
        *greatest = 0;
    return ACL_SUCCESS;
}
