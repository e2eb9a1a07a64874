/* SPDX-License-Identifier: Apache-2.0 */
/* Streams, events, host functions and waits on memory words. */
#include "drivers/sim/cuda/sim.h"

#include <stdlib.h>

#define AT(pointer) ((uintptr_t)(pointer))

static CUstream stream_handle(const st_stream *s)
{
    return (CUstream)st_handle(&st_streams, s);
}

API(StreamCreateWithPriority, (CUstream *out, unsigned flags, int priority))
{
    st_stream *s;
    CONTEXT(c);
    if (!out || flags > 1)
        return ST_INVALID_VALUE;
    priority = priority > 0 ? 0 : priority < -5 ? -5 : priority;
    st_error error = st_stream_create(c, flags ? ST_NON_BLOCKING : ST_BLOCKING, flags, priority, &s);
    if (error == ST_OK)
        *out = stream_handle(s);
    return error;
}

API(StreamCreate, (CUstream *out, unsigned flags))
{
    return CU(StreamCreateWithPriority)(out, flags, 0);
}

API(StreamDestroy_v2, (CUstream stream))
{
    CONTEXT(c);
    st_stream *s = st_get(&st_streams, AT(stream));
    if (!s || s->per_thread || s->kind == ST_LEGACY)
        return ST_INVALID_HANDLE;
    st_stream_destroy(s);
    return ST_OK;
}
ALIAS(StreamDestroy, StreamDestroy_v2);

STREAMED(StreamSynchronize, _ptsz, P(CUstream stream), P(stream))
{
    CONTEXT(c);
    STREAM(s, c, stream);
    return st_stream_wait(s);
}

STREAMED(StreamQuery, _ptsz, P(CUstream stream), P(stream))
{
    CONTEXT(c);
    STREAM(s, c, stream);
    return st_stream_query(s);
}

STREAMED(StreamWaitEvent, _ptsz, P(CUstream stream, CUevent event, unsigned flags), P(stream, event, flags))
{
    CONTEXT(c);
    STREAM(s, c, stream);
    EVENT(e, event);
    return flags > 1 ? ST_INVALID_VALUE : st_stream_wait_event(s, e);
}

#define STREAM_GET(name, type, value)                                                                                  \
    STREAMED(name, _ptsz, P(CUstream stream, type *out), P(stream, out))                                               \
    {                                                                                                                  \
        CONTEXT(c);                                                                                                    \
        STREAM(s, c, stream);                                                                                          \
        if (!out)                                                                                                      \
            return ST_INVALID_VALUE;                                                                                   \
        *out = (value);                                                                                                \
        return ST_OK;                                                                                                  \
    }

STREAM_GET(StreamGetPriority, int, s->priority)
STREAM_GET(StreamGetFlags, unsigned, s->flags)
STREAM_GET(StreamGetId, unsigned long long, s->id)
STREAM_GET(StreamGetCtx, CUcontext, (CUcontext)st_handle(&st_contexts, s->context))
STREAM_GET(StreamGetDevice, CUdevice, (int)s->context->device->ordinal)
STREAM_GET(StreamIsCapturing, int, 0)

STREAMED(StreamGetCaptureInfo, _ptsz, P(CUstream stream, int *status, uint64_t *id), P(stream, status, id))
{
    if (id)
        *id = 0;
    return do_StreamIsCapturing(zero, stream, status);
}

STREAMED(StreamGetCaptureInfo_v2, _ptsz,
         P(CUstream stream, int *status, uint64_t *id, void **graph, const void **dependencies, size_t *count),
         P(stream, status, id, graph, dependencies, count))
{
    if (graph)
        *graph = NULL;
    if (dependencies)
        *dependencies = NULL;
    if (count)
        *count = 0;
    return do_StreamGetCaptureInfo(zero, stream, status, id);
}

/* Nothing can be captured here, so every mode permits the same. */
API(ThreadExchangeStreamCaptureMode, (int *mode))
{
    if (!mode || *mode < 0 || *mode > 2)
        return ST_INVALID_VALUE;
    static _Thread_local int current;
    int before = current;
    current = *mode;
    *mode = before;
    return ST_OK;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Host functions */

STREAMED(StreamAddCallback, _ptsz, P(CUstream stream, CUstreamCallback fn, void *data, unsigned flags),
         P(stream, fn, data, flags))
{
    CONTEXT(c);
    STREAM(s, c, stream);
    if (!fn || flags)
        return ST_INVALID_VALUE;
    return st_callback(s, fn, stream, data);
}

STREAMED(LaunchHostFunc, _ptsz, P(CUstream stream, CUhostFn fn, void *data), P(stream, fn, data))
{
    CONTEXT(c);
    STREAM(s, c, stream);
    return fn ? st_host_call(s, fn, data) : ST_INVALID_VALUE;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Waits on memory words */

static CUresult value_wait(st_stream *s, CUdeviceptr address, uint64_t operand, uint32_t bytes, unsigned flags)
{
    /* bit 30 asks for a flush of remote writes, of which there are none */
    return flags & ~(3u | 1u << 30) ? ST_INVALID_VALUE : st_value_wait(s, address, operand, bytes, flags & 3);
}

static CUresult value_write(st_stream *s, CUdeviceptr address, uint64_t operand, uint32_t bytes, unsigned flags)
{
    return flags > 1 ? ST_INVALID_VALUE : st_value_write(s, address, operand, bytes);
}

#define VALUE_CALL(name, fn, bits)                                                                                     \
    STREAMED(name##_v2, _ptsz, P(CUstream stream, CUdeviceptr address, uint##bits##_t operand, unsigned flags),        \
             P(stream, address, operand, flags))                                                                       \
    {                                                                                                                  \
        CONTEXT(c);                                                                                                    \
        STREAM(s, c, stream);                                                                                          \
        return fn(s, address, operand, bits / 8, flags);                                                               \
    }                                                                                                                  \
    ALIAS(name, name##_v2);                                                                                            \
    ALIAS(name##_ptsz, name##_v2_ptsz)

VALUE_CALL(StreamWaitValue32, value_wait, 32);
VALUE_CALL(StreamWaitValue64, value_wait, 64);
VALUE_CALL(StreamWriteValue32, value_write, 32);
VALUE_CALL(StreamWriteValue64, value_write, 64);

STREAMED(StreamBatchMemOp_v2, _ptsz, P(CUstream stream, unsigned count, CUstreamBatchMemOp *ops, unsigned flags),
         P(stream, count, ops, flags))
{
    CONTEXT(c);
    STREAM(s, c, stream);
    if (!ops || !count || count > 256 || flags)
        return ST_INVALID_VALUE;
    CUresult error = ST_OK;
    for (unsigned i = 0; !error && i < count; i++) {
        const CUstreamBatchMemOp *op = &ops[i];
        switch (op->operation) {
        case 1:
            error = value_wait(s, op->value.address, (uint32_t)op->value.value, 4, op->value.flags);
            break;
        case 2:
            error = value_write(s, op->value.address, (uint32_t)op->value.value, 4, op->value.flags);
            break;
        case 4:
            error = value_wait(s, op->value.address, op->value.value, 8, op->value.flags);
            break;
        case 5:
            error = value_write(s, op->value.address, op->value.value, 8, op->value.flags);
            break;
        case 3: /* flush of remote writes: memory is coherent */
        case 6: /* barrier: a stream is in order */
            break;
        default:
            error = ST_INVALID_VALUE;
        }
    }
    return error;
}
ALIAS(StreamBatchMemOp, StreamBatchMemOp_v2);
ALIAS(StreamBatchMemOp_ptsz, StreamBatchMemOp_v2_ptsz);

/* ------------------------------------------------------------------------------------------------------- */
/* Events */

API(EventCreate, (CUevent *out, unsigned flags))
{
    st_event *e;
    CONTEXT(c);
    if (!out || flags > 7 || (flags & ST_EVENT_INTERPROCESS && !(flags & ST_EVENT_NO_TIMING)))
        return ST_INVALID_VALUE;
    if (flags & ST_EVENT_INTERPROCESS)
        return ST_NOT_SUPPORTED;
    st_error error = st_event_create(c, flags, &e);
    if (error == ST_OK)
        *out = (CUevent)st_handle(&st_events, e);
    return error;
}

API(EventDestroy_v2, (CUevent event))
{
    EVENT(e, event);
    st_event_destroy(e);
    return ST_OK;
}
ALIAS(EventDestroy, EventDestroy_v2);

STREAMED(EventRecord, _ptsz, P(CUevent event, CUstream stream), P(event, stream))
{
    CONTEXT(c);
    EVENT(e, event);
    STREAM(s, c, stream);
    return st_event_record(e, s);
}

STREAMED(EventRecordWithFlags, _ptsz, P(CUevent event, CUstream stream, unsigned flags), P(event, stream, flags))
{
    return flags > 1 ? ST_INVALID_VALUE : do_EventRecord(zero, event, stream);
}

API(EventQuery, (CUevent event))
{
    EVENT(e, event);
    return st_event_query(e);
}

API(EventSynchronize, (CUevent event))
{
    EVENT(e, event);
    return st_event_wait(e);
}

API(EventElapsedTime_v2, (float *out, CUevent from, CUevent to))
{
    EVENT(a, from);
    EVENT(b, to);
    return out ? st_event_elapsed(a, b, out) : ST_INVALID_VALUE;
}
ALIAS(EventElapsedTime, EventElapsedTime_v2);
