/* SPDX-License-Identifier: Apache-2.0 */
/* api_world.c - the bookkeeping of tests/fuzz/api.c: makes and destroys objects, and keeps the model beside them. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/fuzz/api.h"

_Noreturn void fuzz_wrong(fuzz_world *w, const char *file, int line, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    fprintf(stderr, "%s:%d: seed %llu, thread %u, step %llu: ", file, line, (unsigned long long)w->seed, w->thread,
            (unsigned long long)w->step);
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
    va_end(list);
    abort();
}

bool fuzz_answer(fuzz_world *w, const char *file, int line, const char *call, tn_status status, uint64_t allowed)
{
    const uint64_t closing = ANY_OF(TN_BAD_HANDLE) | ANY_OF(TN_ABORTED) | ANY_OF(TN_CLOSED) | ANY_OF(TN_POISONED);
    if ((unsigned)status < 64 && allowed & ANY_OF(status))
        return status == TN_OK;
    if (w->round && atomic_load(&w->round->closing) && (unsigned)status < 64 && closing & ANY_OF(status)) {
        w->gone = true;
        return false;
    }
    fuzz_wrong(w, file, line, "%s: %s: %s", call, tn_status_name(status), tn_error_message());
}

/* xorshift64* (Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled", 2016). */
uint32_t fuzz_random(fuzz_world *w, uint32_t below)
{
    w->random ^= w->random >> 12;
    w->random ^= w->random << 25;
    w->random ^= w->random >> 27;
    return (uint32_t)((w->random * 0x2545f4914f6cdd1dull) >> 33) % below;
}

void fuzz_bury(fuzz_world *w, uint64_t bits)
{
    w->graves[w->grave++ % GRAVES] = bits;
}

void fuzz_load(fuzz_world *w, fuzz_device *d)
{
    tn_status status = tn_module_load(d->handle, fuzz_bundle, fuzz_bundle_bytes, NULL, &d->module);
    if (!ONE_OF(ANY_OF(TN_OK) | ANY_OF(TN_NO_IMAGE), status)) {
        d->module.bits = 0;
        return;
    }
    OK(tn_module_kernel(d->module, "cts_iota", &d->iota));
    OK(tn_module_kernel(d->module, "cts_add", &d->add));
    OK(tn_module_kernel(d->module, "cts_step", &d->step));
    OK(tn_module_kernel(d->module, "cts_forever", &d->forever));
    OK(tn_module_kernel(d->module, "cts_poke", &d->poke));
}

void fuzz_enter(fuzz_world *w)
{
    uint32_t count = 0;
    w->gone = false;
    if (!OK(tn_device_count(w->runtime, &count)))
        return;
    MUST(count <= DEVICES, "%u devices", count);
    w->device_count = count;
    for (uint32_t i = 0; i < count && !w->gone; i++) {
        fuzz_device *d = &w->devices[i];
        memset(d, 0, sizeof *d);
        d->info.size = sizeof d->info;
        OK(tn_device_get(w->runtime, i, &d->handle));
        OK(tn_device_get_info(d->handle, &d->info));
    }
}

static void finish_copies(fuzz_world *w)
{
    for (unsigned i = 0; i < COPIES; i++)
        fuzz_finish_copy(w, &w->copies[i]);
}

void fuzz_leave(fuzz_world *w, bool orderly)
{
    if (orderly && !w->gone) {
        finish_copies(w);
        for (unsigned i = 0; i < EVENTS; i++)
            fuzz_drop_event(w, &w->events[i]);
        for (unsigned i = 0; i < BUFFERS; i++)
            fuzz_drop_buffer(w, &w->buffers[i]);
        for (unsigned i = 0; i < STREAMS; i++)
            fuzz_drop_stream(w, &w->streams[i]);
    }
    for (unsigned i = 0; i < w->device_count && !w->gone; i++)
        if (w->devices[i].module.bits && orderly && OK(tn_module_unload(w->devices[i].module)))
            fuzz_bury(w, w->devices[i].module.bits);
    for (unsigned i = 0; i < STREAMS; i++)
        if (w->streams[i].handle.bits)
            fuzz_bury(w, w->streams[i].handle.bits);
    for (unsigned i = 0; i < EVENTS; i++)
        if (w->events[i].handle.bits)
            fuzz_bury(w, w->events[i].handle.bits);
    for (unsigned i = 0; i < w->device_count; i++) {
        fuzz_bury(w, w->devices[i].handle.bits);
        fuzz_bury(w, w->devices[i].iota.bits);
    }
    fuzz_bury(w, w->runtime.bits);
    if (w->round)
        return;
    static const uint64_t deadlines[] = { TN_FOREVER, 10000000000ull, 1000, 0 };
    tn_runtime again = w->runtime;
    uint64_t deadline = deadlines[fuzz_random(w, 4)];
    bool left = !ONE_OF(ANY_OF(TN_OK) | (deadline < 10000000000ull ? ANY_OF(TN_TIMEOUT) : 0), tn_close(w->runtime, deadline));
    IS(TN_BAD_HANDLE, tn_close(again, 0));
    if (left)   /* what the work uses is left alone: so is the host's side of it */
        memset(w->copies, 0, sizeof w->copies);
    fuzz_forget(w);
}

void fuzz_forget(fuzz_world *w)
{
    for (unsigned i = 0; i < COPIES; i++) {
        free(w->copies[i].host);
        free(w->copies[i].expected);
    }
    for (unsigned i = 0; i < BUFFERS; i++)
        free(w->buffers[i].shadow);
    memset(w->copies, 0, sizeof w->copies);
    memset(w->buffers, 0, sizeof w->buffers);
    memset(w->streams, 0, sizeof w->streams);
    memset(w->events, 0, sizeof w->events);
    memset(w->devices, 0, sizeof w->devices);
    w->device_count = 0;
    w->runtime.bits = 0;
}

void fuzz_check_point(fuzz_world *w, fuzz_stream *s, tn_point p)
{
    MUST(p.stream.bits == s->handle.bits, "a point of stream %#llx, not %#llx", (unsigned long long)p.stream.bits,
         (unsigned long long)s->handle.bits);
    MUST(p.value > s->value, "a point of value %llu after %llu", (unsigned long long)p.value, (unsigned long long)s->value);
    s->value = p.value;
}

fuzz_stream *fuzz_stream_of(fuzz_world *w, unsigned device)
{
    fuzz_stream *s = &w->streams[fuzz_random(w, STREAMS)];
    for (unsigned i = 0; i < STREAMS; i++) {
        fuzz_stream *other = &w->streams[(s - w->streams + i) % STREAMS];
        if (other->handle.bits && other->device == device)
            return other;
    }
    fuzz_drop_stream(w, s);
    tn_stream_options options = TN_STREAM_OPTIONS_INIT;
    options.priority = (int32_t)fuzz_random(w, 5) - 2;
    s->device = device;
    s->value = 0;
    if (w->gone || !OK(tn_stream_create(w->devices[device].handle, &options, &s->handle))) {
        s->handle.bits = 0;
        return NULL;
    }
    return s;
}

void fuzz_drop_stream(fuzz_world *w, fuzz_stream *s)
{
    if (!s->handle.bits || w->gone)
        return;
    for (unsigned i = 0; i < COPIES; i++)
        if (w->copies[i].point.stream.bits == s->handle.bits)
            fuzz_finish_copy(w, &w->copies[i]);
    if (!OK(tn_stream_destroy(s->handle)))
        return;
    fuzz_bury(w, s->handle.bits);
    IS(TN_BAD_HANDLE, tn_stream_wait(s->handle, 0));
    for (unsigned i = 0; i < BUFFERS; i++)
        if (w->buffers[i].home == s - w->streams)
            w->buffers[i].home = -1;
    s->handle.bits = 0;
}

fuzz_buffer *fuzz_some_buffer(fuzz_world *w)
{
    fuzz_buffer *b = &w->buffers[fuzz_random(w, BUFFERS)];
    if (b->shadow)
        return b;
    unsigned device = fuzz_random(w, w->device_count);
    fuzz_stream *s = fuzz_stream_of(w, device);
    if (!s)
        return NULL;
    b->device = device;
    b->bytes = 1 + fuzz_random(w, fuzz_random(w, 2) ? MOST_BYTES - 1 : 300);
    b->home = (int)(s - w->streams);
    if (!OK(tn_memory_alloc(w->devices[device].handle, b->bytes, &b->at)))
        return NULL;
    uint32_t align = w->devices[device].info.alloc_align;
    MUST(!align || b->at % align == 0, "an allocation at 0x%llx is not aligned to %u", (unsigned long long)b->at, align);
    uint32_t value = fuzz_random(w, 256);
    if (!OK(tn_fill(s->handle, b->at, value, 1, b->bytes, NULL)))
        return NULL;
    b->shadow = malloc(b->bytes);
    MUST(b->shadow, "no memory");
    memset(b->shadow, (int)value, b->bytes);
    return b;
}

void fuzz_drop_buffer(fuzz_world *w, fuzz_buffer *b)
{
    if (!b->shadow || w->gone)
        return;
    if (OK(tn_memory_free(w->devices[b->device].handle, b->at))) {
        if (!w->round)   /* nobody else can have been given the address again */
            IS(TN_BAD_ADDRESS, tn_memory_free(w->devices[b->device].handle, b->at));
        free(b->shadow);
        b->shadow = NULL;
        b->home = -1;
    }
}

void fuzz_drop_event(fuzz_world *w, fuzz_event *e)
{
    if (!e->handle.bits || w->gone || !OK(tn_event_destroy(e->handle)))
        return;
    fuzz_bury(w, e->handle.bits);
    IS(TN_BAD_HANDLE, tn_event_destroy(e->handle));
    e->handle.bits = 0;
}

bool fuzz_move(fuzz_world *w, fuzz_buffer *b, fuzz_stream *s)
{
    int to = (int)(s - w->streams);
    if (b->home >= 0 && b->home != to) {
        tn_point point;
        if (!OK(tn_stream_point(w->streams[b->home].handle, &point)) || !OK(tn_stream_join(s->handle, point)))
            return false;
    }
    b->home = to;
    return true;
}

fuzz_copy *fuzz_copy_slot(fuzz_world *w, uint32_t bytes)
{
    fuzz_copy *c = &w->copies[fuzz_random(w, COPIES)];
    fuzz_finish_copy(w, c);
    if (w->gone)
        return NULL;
    c->host = malloc(bytes);
    MUST(c->host, "no memory");
    c->bytes = bytes;
    c->point = (tn_point){ { 0 }, 0 };
    return c;
}

void fuzz_finish_copy(fuzz_world *w, fuzz_copy *c)
{
    if (!c->host || w->gone)
        return;
    if (c->point.stream.bits && !OK(tn_point_wait(c->point, TN_FOREVER)))
        return;
    for (uint32_t i = 0; c->expected && i < c->bytes; i++)
        MUST(c->host[i] == c->expected[i], "byte %u of %u of a copy to the host is %02x, not %02x", i, c->bytes, c->host[i],
             c->expected[i]);
    free(c->host);
    free(c->expected);
    memset(c, 0, sizeof *c);
}
