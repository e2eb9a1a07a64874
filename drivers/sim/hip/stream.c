/* SPDX-License-Identifier: Apache-2.0 */
/* Streams, events, host functions and waits on memory words. */
#include "drivers/sim/hip/sim.h"

#include <stdlib.h>

API(hipStreamCreateWithPriority, P(hipStream_t *out, unsigned flags, int priority), P(out, flags, priority))
{
    st_stream *s;
    CONTEXT(c);
    if (!out || flags > 1)
        return ST_INVALID_VALUE;
    priority = priority > 1 ? 1 : priority < -1 ? -1 : priority;
    st_error error = st_stream_create(c, flags ? ST_NON_BLOCKING : ST_BLOCKING, flags, priority, &s);
    if (!error)
        *out = (hipStream_t)st_handle(&st_streams, s);
    return error;
}

API(hipStreamCreateWithFlags, P(hipStream_t *out, unsigned flags), P(out, flags))
{
    return do_hipStreamCreateWithPriority(out, flags, 0);
}

API(hipStreamCreate, P(hipStream_t *out), P(out))
{
    return do_hipStreamCreateWithPriority(out, 0, 0);
}

API(hipStreamDestroy, P(hipStream_t stream), P(stream))
{
    OBJECT(st_stream, s, st_streams, stream);
    if (s->per_thread || s->kind == ST_LEGACY)
        return ST_INVALID_HANDLE;
    st_stream_destroy(s);
    return ST_OK;
}

SPT(hipStreamSynchronize, P(hipStream_t stream), P(stream))
{
    CONTEXT(c);
    STREAM(s, c, stream);
    return st_stream_wait(s);
}

SPT(hipStreamQuery, P(hipStream_t stream), P(stream))
{
    CONTEXT(c);
    STREAM(s, c, stream);
    return st_stream_query(s);
}

SPT(hipStreamWaitEvent, P(hipStream_t stream, hipEvent_t event, unsigned flags), P(stream, event, flags))
{
    CONTEXT(c);
    STREAM(s, c, stream);
    OBJECT(st_event, e, st_events, event);
    return flags > 1 ? ST_INVALID_VALUE : st_stream_wait_event(s, e);
}

SPT(hipStreamGetFlags, P(hipStream_t stream, unsigned *out), P(stream, out))
{
    CONTEXT(c);
    STREAM(s, c, stream);
    if (!out)
        return ST_INVALID_VALUE;
    *out = s->flags;
    return ST_OK;
}

SPT(hipStreamGetPriority, P(hipStream_t stream, int *out), P(stream, out))
{
    CONTEXT(c);
    STREAM(s, c, stream);
    if (!out)
        return ST_INVALID_VALUE;
    *out = s->priority;
    return ST_OK;
}

API(hipStreamGetDevice, P(hipStream_t stream, hipDevice_t *out), P(stream, out))
{
    const uintptr_t zero = 1;
    CONTEXT(c);
    STREAM(s, c, stream);
    if (!out)
        return ST_INVALID_VALUE;
    *out = (int)s->context->device->ordinal;
    return ST_OK;
}

SPT(hipStreamIsCapturing, P(hipStream_t stream, int *out), P(stream, out))
{
    CONTEXT(c);
    STREAM(s, c, stream);
    (void)s;
    if (!out)
        return ST_INVALID_VALUE;
    *out = 0;
    return ST_OK;
}

/* ------------------------------------------------------------------------------------------------------- */

SPT(hipStreamAddCallback, P(hipStream_t stream, st_stream_callback fn, void *data, unsigned flags),
    P(stream, fn, data, flags))
{
    CONTEXT(c);
    STREAM(s, c, stream);
    if (!fn || flags)
        return ST_INVALID_VALUE;
    return st_callback(s, fn, stream, data);
}

SPT(hipLaunchHostFunc, P(hipStream_t stream, void (*fn)(void *), void *data), P(stream, fn, data))
{
    CONTEXT(c);
    STREAM(s, c, stream);
    return fn ? st_host_call(s, fn, data) : ST_INVALID_VALUE;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Waits on memory words. HIP's wait has a mask; the engine compares whole words, so only the full mask is taken. */

#define VALUE_CALLS(bits, full)                                                                                        \
    API(hipStreamWaitValue##bits,                                                                                      \
        P(hipStream_t stream, void *at, uint##bits##_t operand, unsigned flags, uint##bits##_t mask),                  \
        P(stream, at, operand, flags, mask))                                                                           \
    {                                                                                                                  \
        const uintptr_t zero = 1;                                                                                      \
        CONTEXT(c);                                                                                                    \
        STREAM(s, c, stream);                                                                                          \
        if (mask != full)                                                                                              \
            return ST_NOT_SUPPORTED;                                                                                   \
        return st_value_wait(s, AT(at), operand, bits / 8, flags);                                                     \
    }                                                                                                                  \
    API(hipStreamWriteValue##bits, P(hipStream_t stream, void *at, uint##bits##_t operand, unsigned flags),            \
        P(stream, at, operand, flags))                                                                                 \
    {                                                                                                                  \
        const uintptr_t zero = 1;                                                                                      \
        CONTEXT(c);                                                                                                    \
        STREAM(s, c, stream);                                                                                          \
        return flags ? ST_INVALID_VALUE : st_value_write(s, AT(at), operand, bits / 8);                                \
    }
VALUE_CALLS(32, UINT32_MAX)
VALUE_CALLS(64, UINT64_MAX)

/* ------------------------------------------------------------------------------------------------------- */
/* Events. The flags that say how far caches are released have nothing to act on. */

#define EVENT_RELEASE 0xc0000000u

API(hipEventCreateWithFlags, P(hipEvent_t *out, unsigned flags), P(out, flags))
{
    st_event *e;
    CONTEXT(c);
    flags &= ~EVENT_RELEASE;
    if (!out || flags > 7)
        return ST_INVALID_VALUE;
    if (flags & ST_EVENT_INTERPROCESS)
        return flags & ST_EVENT_NO_TIMING ? ST_NOT_SUPPORTED : ST_INVALID_VALUE;
    st_error error = st_event_create(c, flags, &e);
    if (!error)
        *out = (hipEvent_t)st_handle(&st_events, e);
    return error;
}

API(hipEventCreate, P(hipEvent_t *out), P(out))
{
    return do_hipEventCreateWithFlags(out, 0);
}

API(hipEventDestroy, P(hipEvent_t event), P(event))
{
    OBJECT(st_event, e, st_events, event);
    st_event_destroy(e);
    return ST_OK;
}

SPT(hipEventRecord, P(hipEvent_t event, hipStream_t stream), P(event, stream))
{
    CONTEXT(c);
    OBJECT(st_event, e, st_events, event);
    STREAM(s, c, stream);
    return st_event_record(e, s);
}

API(hipEventQuery, P(hipEvent_t event), P(event))
{
    OBJECT(st_event, e, st_events, event);
    return st_event_query(e);
}

API(hipEventSynchronize, P(hipEvent_t event), P(event))
{
    OBJECT(st_event, e, st_events, event);
    return st_event_wait(e);
}

API(hipEventElapsedTime, P(float *out, hipEvent_t from, hipEvent_t to), P(out, from, to))
{
    OBJECT(st_event, a, st_events, from);
    OBJECT(st_event, b, st_events, to);
    return out ? st_event_elapsed(a, b, out) : ST_INVALID_VALUE;
}
