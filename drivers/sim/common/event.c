/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events: a place in a stream, with a time stamp unless the client refuses one. Owns event objects. An event that is
 * destroyed while its time stamp is still to come stays aside until then, since the engine writes into it.
 */
#include "drivers/common/spin.h"
#include "drivers/sim/common/standin.h"

st_table st_events = ST_TABLE(ST_TAG_EVENT, st_event);

static pthread_mutex_t zombie_lock = PTHREAD_MUTEX_INITIALIZER;
static st_event *zombies;

static bool passed(const st_event *e)
{
    return !e->stream || !e->stream->sil || sil_stream_passed(e->stream->sil) >= e->value;
}

static void release(st_event *e)
{
    if (e->stream)
        st_stream_drop(e->stream);
    e->stream = NULL;
    pthread_mutex_lock(&st_events.lock);
    e->head.next_free = st_events.free_list;
    st_events.free_list = &e->head;
    pthread_mutex_unlock(&st_events.lock);
}

/* Gives back the first destroyed event whose time has come; one look an event keeps both short. */
static void bury(void)
{
    pthread_mutex_lock(&zombie_lock);
    st_event *e = zombies;
    if (e && passed(e))
        zombies = e->next_zombie;
    else
        e = NULL;
    pthread_mutex_unlock(&zombie_lock);
    if (e)
        release(e);
}

st_error st_event_create(st_context *c, uint32_t flags, st_event **out)
{
    bury();
    st_event *e = st_new(&st_events);
    if (!e)
        return ST_OUT_OF_MEMORY;
    e->context = c;
    e->flags = flags;
    *out = e;
    return ST_OK;
}

void st_event_destroy(st_event *e)
{
    atomic_fetch_add_explicit(&e->head.generation, 1, memory_order_release);
    if (passed(e) || (e->flags & ST_EVENT_NO_TIMING)) {
        release(e);
        return;
    }
    pthread_mutex_lock(&zombie_lock);
    e->next_zombie = zombies;
    zombies = e;
    pthread_mutex_unlock(&zombie_lock);
}

st_error st_event_record(st_event *e, st_stream *s)
{
    if (e->context != s->context)
        return ST_INVALID_HANDLE;
    uint64_t value = 0;
    st_error error = st_enter(s);
    if (error)
        return error;
    tn_spin_lock(&e->busy);
    sil_status status = SIL_OK;
    if (e->flags & ST_EVENT_NO_TIMING)
        value = sil_stream_last(s->sil);
    else
        status = sil_submit_timestamp(s->sil, &e->time_ns, &value);
    if (status == SIL_OK) {
        if (e->stream != s) {
            st_stream_hold(s);
            if (e->stream)
                st_stream_drop(e->stream);
            e->stream = s;
        }
        e->value = value;
        e->recorded = true;
    }
    tn_spin_unlock(&e->busy);
    return st_leave(s, status, value);
}

/* The place as it is now; the stream is held for the caller. */
static st_stream *place(st_event *e, uint64_t *value)
{
    tn_spin_lock(&e->busy);
    st_stream *s = e->stream;
    *value = e->value;
    if (s)
        st_stream_hold(s);
    tn_spin_unlock(&e->busy);
    return s;
}

/* Looks at the place, or waits for it, with what the stream offers for that. */
static st_error reach(st_event *e, st_error (*how)(st_stream *stream, uint64_t value))
{
    uint64_t value;
    int sticky = atomic_load(&e->context->sticky);
    if (sticky)
        return sticky;
    st_stream *s = place(e, &value);
    if (!s)
        return ST_OK;
    st_error error = s->sil ? how(s, value) : ST_OK;
    st_stream_drop(s);
    return error;
}

static st_error query_value(st_stream *s, uint64_t value)
{
    sil_status status = sil_stream_query(s->sil, value);
    return status == SIL_OK ? ST_OK : st_failed(s, status);
}

st_error st_event_wait(st_event *e)
{
    return reach(e, st_stream_wait_value);
}

st_error st_event_query(st_event *e)
{
    return reach(e, query_value);
}

st_error st_stream_wait_event(st_stream *s, st_event *e)
{
    uint64_t value, own = 0;
    st_error error = st_enter(s);
    if (error)
        return error;
    st_stream *other = place(e, &value);
    if (!other)
        return ST_OK;
    sil_status status = SIL_OK;
    bool submit = other->sil && other != s && sil_stream_passed(other->sil) < value;
    if (submit)
        status = sil_submit_wait(s->sil, other->sil, value, &own);
    st_stream_drop(other);
    return submit ? st_leave(s, status, own) : ST_OK;
}

st_error st_event_elapsed(st_event *from, st_event *to, float *out_ms)
{
    if ((from->flags | to->flags) & ST_EVENT_NO_TIMING || !from->recorded || !to->recorded)
        return ST_INVALID_HANDLE;
    st_error error = st_event_query(from);
    if (!error)
        error = st_event_query(to);
    if (error)
        return error;
    *out_ms = (float)((double)(int64_t)(atomic_load(&to->time_ns) - atomic_load(&from->time_ns)) * 1e-6);
    return ST_OK;
}
