/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Streams with the legacy default stream's rules, and host calls. Owns the engine's streams.
 *
 * The rule: work in the legacy stream waits for all earlier work of the context's blocking streams, and their later
 * work waits for it. Streams without new work cost nothing: a blocking stream that submits puts itself on the
 * context's dirty list, and the next legacy submission waits for those and clears the list. Contexts whose legacy
 * stream was never used keep no list at all.
 */
#include "drivers/sim/common/standin.h"

#include <linux/membarrier.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

st_table st_streams = ST_TABLE(ST_TAG_STREAM, st_stream);

static void everywhere_barrier(st_context *c)
{
    static _Atomic bool registered;
    if (!atomic_load(&registered)) {
        syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
        atomic_store(&registered, true);
    }
    if (syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) != 0)
        st__fence(c->legacy);
}

static void wait_for(st_stream *legacy, st_stream *other)
{
    uint64_t value = sil_stream_last(other->sil);
    if (sil_stream_passed(other->sil) < value)
        sil_submit_wait(legacy->sil, other->sil, value, NULL);
}

/* From now on blocking streams note their work. What they did before is found by a walk, once. */
static void first_legacy_use(st_context *c)
{
    bool alive;
    atomic_store(&c->legacy_used, true);
    everywhere_barrier(c);
    st_stream *s;
    for (uint32_t i = 0; (s = st_at(&st_streams, i, &alive)) != NULL; i++)
        if (alive && s->context == c && s->kind == ST_BLOCKING && s->sil)
            wait_for(c->legacy, s);
}

void st__join_blocking(st_context *c)
{
    pthread_mutex_lock(&c->lock);
    atomic_store(&c->joining, true); /* before the list looks empty: another thread's work may be on it */
    if (!atomic_load_explicit(&c->legacy_used, memory_order_acquire))
        first_legacy_use(c);
    st_stream *s = atomic_exchange(&c->dirty, NULL);
    while (s) {
        st_stream *next = s->next_dirty;
        atomic_store(&s->is_dirty, 0); /* before the value is read: st_leave's fence pairs with this */
        wait_for(c->legacy, s);
        s = next;
    }
    atomic_store(&c->joining, false);
    pthread_mutex_unlock(&c->lock);
}

void st__join_legacy(st_stream *s)
{
    st_context *c = s->context;
    uint64_t value = atomic_load_explicit(&c->legacy_last, memory_order_acquire);
    if (sil_stream_passed(c->legacy->sil) < value)
        sil_submit_wait(s->sil, c->legacy->sil, value, NULL);
    atomic_store_explicit(&s->joined, value, memory_order_relaxed);
}

void st__mark_dirty(st_stream *s)
{
    st_context *c = s->context;
    pthread_mutex_lock(&c->lock);
    if (!atomic_exchange(&s->is_dirty, 1)) {
        s->next_dirty = atomic_load_explicit(&c->dirty, memory_order_relaxed);
        atomic_store_explicit(&c->dirty, s, memory_order_release);
    }
    pthread_mutex_unlock(&c->lock);
}

/* ------------------------------------------------------------------------------------------------------- */

st_error st_stream_create(st_context *c, st_stream_kind kind, uint32_t flags, int priority, st_stream **out)
{
    static _Atomic uint64_t ids;
    st_stream *s = st_new(&st_streams);
    if (!s)
        return ST_OUT_OF_MEMORY;
    s->kind = kind;
    s->flags = flags;
    s->priority = priority;
    s->id = atomic_fetch_add(&ids, 1) + 1;
    atomic_store(&s->holds, 1);
    sil_status status = sil_stream_create(c->device->sil, priority, &s->sil);
    if (status != SIL_OK) {
        st_delete(&st_streams, s);
        return status == SIL_LIMIT || status == SIL_OUT_OF_MEMORY ? ST_OUT_OF_MEMORY : ST_UNKNOWN;
    }
    s->context = c;
    *out = s;
    return ST_OK;
}

void st_stream_hold(st_stream *s)
{
    atomic_fetch_add_explicit(&s->holds, 1, memory_order_relaxed);
}

/* The object goes with the last hold; the handle went stale when it was destroyed. Its slot is then free. */
void st_stream_drop(st_stream *s)
{
    if (atomic_fetch_sub(&s->holds, 1) != 1)
        return;
    if (s->sil)
        sil_stream_destroy(s->sil);
    s->sil = NULL;
    pthread_mutex_lock(&st_streams.lock);
    s->head.next_free = st_streams.free_list;
    st_streams.free_list = &s->head;
    pthread_mutex_unlock(&st_streams.lock);
}

void st_stream_destroy(st_stream *s)
{
    st_context *c = s->context;
    pthread_mutex_lock(&c->lock);
    if (atomic_load(&s->is_dirty)) { /* what it still does counts for the legacy stream */
        st_stream *at = atomic_load(&c->dirty);
        if (at == s) {
            atomic_store(&c->dirty, s->next_dirty);
        } else {
            while (at && at->next_dirty != s)
                at = at->next_dirty;
            if (at)
                at->next_dirty = s->next_dirty;
        }
        if (s->sil && c->legacy && c->legacy->sil)
            wait_for(c->legacy, s);
    }
    pthread_mutex_unlock(&c->lock);
    atomic_fetch_add_explicit(&s->head.generation, 1, memory_order_release);
    st_stream_drop(s);
}

static st_stream *own_stream(st_context *c)
{
    st_thread *t = st_self();
    uint64_t epoch = atomic_load_explicit(&c->epoch, memory_order_relaxed);
    st_own_stream *own = t->own;
    while (own && own->context != c)
        own = own->next;
    if (own && own->epoch == epoch)
        return own->stream;
    if (!own) {
        own = calloc(1, sizeof *own);
        if (!own)
            return NULL;
        own->context = c;
        own->next = t->own;
        t->own = own;
    }
    if (st_stream_create(c, ST_BLOCKING, 0, 0, &own->stream) != ST_OK)
        return NULL;
    own->stream->per_thread = true;
    own->epoch = epoch;
    return own->stream;
}

st_stream *st_stream_default(st_context *c, uintptr_t which)
{
    return which == 1 ? c->legacy : own_stream(c);
}

/* ------------------------------------------------------------------------------------------------------- */

static st_error fault_number(sil_fault_kind kind)
{
    if (st_vendor_info.few_fault_codes &&
        (kind == SIL_FAULT_STACK || kind == SIL_FAULT_ILLEGAL_INSTRUCTION || kind == SIL_FAULT_MISALIGNED))
        return ST_LAUNCH_FAILED;
    switch (kind) {
    case SIL_FAULT_ILLEGAL_ADDRESS:
    case SIL_FAULT_COPY:
        return ST_ILLEGAL_ADDRESS;
    case SIL_FAULT_ASSERT:
        return ST_ASSERT;
    case SIL_FAULT_ILLEGAL_INSTRUCTION:
        return ST_ILLEGAL_INSTRUCTION;
    case SIL_FAULT_STACK:
        return ST_STACK;
    case SIL_FAULT_MISALIGNED:
        return ST_MISALIGNED;
    case SIL_FAULT_ECC_UNCORRECTED:
        return ST_ECC;
    case SIL_FAULT_TIMEOUT:
        return ST_LAUNCH_TIMEOUT;
    case SIL_FAULT_LOST:
        return ST_UNKNOWN;
    case SIL_FAULT_NONE:
    case SIL_FAULT_TRAP:
    case SIL_FAULT_BARRIER:
    case SIL_FAULT_UNSUPPORTED:
        break;
    }
    return ST_LAUNCH_FAILED;
}

static pthread_mutex_t faults_lock = PTHREAD_MUTEX_INITIALIZER; /* texts of faults */

static void note_fault(st_stream *s, const sil_fault *fault)
{
    if (!s || !fault->sentence[0])
        return;
    pthread_mutex_lock(&faults_lock);
    if (!atomic_load(&s->context->sticky))
        snprintf(s->context->fault, sizeof s->context->fault, "%s", fault->sentence);
    pthread_mutex_unlock(&faults_lock);
}

const char *st_fault_text(uintptr_t stream)
{
    static __thread char *text;
    st_stream *s = st_get(&st_streams, stream);
    if (!s || !atomic_load(&s->context->sticky) || !sil_thread_text(&text, sizeof s->context->fault))
        return NULL;
    pthread_mutex_lock(&faults_lock);
    memcpy(text, s->context->fault, sizeof s->context->fault);
    pthread_mutex_unlock(&faults_lock);
    return text[0] ? text : NULL;
}

st_error st_failed(st_stream *s, sil_status status)
{
    sil_fault fault = { 0 };
    int error = ST_UNKNOWN, none = 0;
    switch (status) {
    case SIL_OK:
        return ST_OK;
    case SIL_INVALID:
    case SIL_BAD_ADDRESS:
        return ST_INVALID_VALUE;
    case SIL_NOT_FOUND:
        return ST_NOT_FOUND;
    case SIL_OUT_OF_MEMORY:
        return ST_OUT_OF_MEMORY;
    case SIL_UNSUPPORTED:
        return ST_NOT_SUPPORTED;
    case SIL_NOT_READY:
    case SIL_TIMEOUT:
        return ST_NOT_READY;
    case SIL_BAD_IMAGE:
        return ST_INVALID_IMAGE;
    case SIL_WRONG_TARGET:
        return ST_NO_BINARY;
    case SIL_LIMIT:
        return ST_OUT_OF_RESOURCES;
    case SIL_FAULT:
        error = s && sil_stream_fault(s->sil, &fault) ? fault_number(fault.kind) : ST_LAUNCH_FAILED;
        note_fault(s, &fault);
        break;
    case SIL_ABORTED:
        error = ST_LAUNCH_FAILED;
        break;
    case SIL_DEVICE_LOST:
        snprintf(fault.sentence, sizeof fault.sentence, "%s", sil_last_message());
        note_fault(s, &fault);
        break;
    }
    if (s && !atomic_compare_exchange_strong(&s->context->sticky, &none, error))
        error = none; /* an earlier failure is the one that counts */
    return error;
}

st_error st_stream_wait_value(st_stream *s, uint64_t value)
{
    sil_status status = sil_stream_wait(s->sil, value, SIL_FOREVER);
    return status == SIL_OK ? ST_OK : st_failed(s, status);
}

st_error st_stream_wait(st_stream *s)
{
    st_error error = st_enter(s);
    return error ? error : st_stream_wait_value(s, sil_stream_last(s->sil));
}

st_error st_stream_query(st_stream *s)
{
    st_error error = st_enter(s);
    if (error)
        return error;
    sil_status status = sil_stream_query(s->sil, sil_stream_last(s->sil));
    return status == SIL_OK ? ST_OK : st_failed(s, status);
}

st_error st_host_call(st_stream *s, void (*fn)(void *), void *arg)
{
    uint64_t value = 0;
    st_error error = st_enter(s);
    if (error)
        return error;
    sil_status status = sil_submit_host_call(s->sil, fn, arg, &value);
    return st_leave(s, status, value);
}

st_error st_value_wait(st_stream *s, uint64_t address, uint64_t operand, uint32_t bytes, unsigned how)
{
    uint64_t value = 0;
    if (!address || address % bytes || how > SIL_NOR)
        return ST_INVALID_VALUE;
    st_error error = st_enter(s);
    if (error)
        return error;
    sil_status status = sil_submit_value_wait(s->sil, address, operand, bytes, (sil_compare)how, &value);
    return st_leave(s, status, value);
}

st_error st_value_write(st_stream *s, uint64_t address, uint64_t operand, uint32_t bytes)
{
    uint64_t value = 0;
    if (!address || address % bytes)
        return ST_INVALID_VALUE;
    st_error error = st_enter(s);
    if (error)
        return error;
    sil_status status = sil_submit_value_write(s->sil, address, operand, bytes, &value);
    return st_leave(s, status, value);
}

/* ------------------------------------------------------------------------------------------------------- */

typedef struct callback {
    st_stream_callback fn;
    struct st_client_stream *stream;
    void *data;
} callback;

static void callback_run(void *arg)
{
    callback cb = *(callback *)arg;
    free(arg);
    cb.fn(cb.stream, ST_OK, cb.data);
}

st_error st_callback(st_stream *s, st_stream_callback fn, struct st_client_stream *known_as, void *data)
{
    callback *cb = malloc(sizeof *cb);
    if (!cb)
        return ST_OUT_OF_MEMORY;
    *cb = (callback){ fn, known_as, data };
    st_error error = st_host_call(s, callback_run, cb);
    if (error)
        free(cb);
    return error;
}
