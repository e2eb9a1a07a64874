/* SPDX-License-Identifier: Apache-2.0 */
/* api_calls.c - the calls of tests/fuzz/api.c: each function makes one random call or a few, right or wrong, and knows the answer. */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/api_calls.h"

typedef struct range {
    uint32_t at, bytes;
} range;

static range range_in(fuzz_world *w, const fuzz_buffer *b)
{
    uint32_t at = fuzz_random(w, b->bytes);
    return (range){ at, 1 + fuzz_random(w, b->bytes - at) };
}

static void noise(fuzz_world *w, unsigned char *to, uint32_t bytes)
{
    uint32_t seed = fuzz_random(w, 0x7fffffff);
    for (uint32_t i = 0; i < bytes; i++)
        to[i] = (unsigned char)((seed = seed * 1664525u + 1013904223u) >> 24);
}

static fuzz_stream *any_stream(fuzz_world *w)
{
    return w->gone ? NULL : fuzz_stream_of(w, fuzz_random(w, w->device_count));
}

/* A buffer and a stream of its device, in which it may be used now. */
static fuzz_buffer *ready_buffer(fuzz_world *w, fuzz_stream **stream)
{
    fuzz_buffer *b = fuzz_some_buffer(w);
    *stream = b && !w->gone ? fuzz_stream_of(w, b->device) : NULL;
    return *stream && fuzz_move(w, b, *stream) ? b : NULL;
}

static void call_write(fuzz_world *w)
{
    fuzz_stream *s;
    fuzz_buffer *b = ready_buffer(w, &s);
    if (!b)
        return;
    range r = range_in(w, b);
    noise(w, b->shadow + r.at, r.bytes);
    OK(tn_memory_write(s->handle, b->at + r.at, b->shadow + r.at, r.bytes));
}

static void call_read(fuzz_world *w)
{
    fuzz_stream *s;
    fuzz_buffer *b = ready_buffer(w, &s);
    if (!b)
        return;
    range r = range_in(w, b);
    unsigned char *got = malloc(r.bytes);
    MUST(got, "no memory");
    if (OK(tn_memory_read(s->handle, got, b->at + r.at, r.bytes)))
        for (uint32_t i = 0; i < r.bytes; i++)
            MUST(got[i] == b->shadow[r.at + i], "byte %u of %u is %02x, not %02x", r.at + i, b->bytes, got[i],
                 b->shadow[r.at + i]);
    free(got);
}

static void call_copy(fuzz_world *w)
{
    fuzz_stream *s;
    fuzz_buffer *b = ready_buffer(w, &s);
    if (!b)
        return;
    range r = range_in(w, b);
    fuzz_copy *c = fuzz_copy_slot(w, r.bytes);
    if (!c)
        return;
    if (fuzz_random(w, 2)) {
        noise(w, c->host, r.bytes);
        memcpy(b->shadow + r.at, c->host, r.bytes);
        if (!OK(tn_copy_to_device(s->handle, b->at + r.at, c->host, r.bytes, &c->point)))
            return;
    } else {
        c->expected = malloc(r.bytes);
        MUST(c->expected, "no memory");
        memcpy(c->expected, b->shadow + r.at, r.bytes);
        if (!OK(tn_copy_to_host(s->handle, c->host, b->at + r.at, r.bytes, &c->point)))
            return;
    }
    fuzz_check_point(w, s, c->point);
}

static void call_fill(fuzz_world *w)
{
    fuzz_stream *s;
    fuzz_buffer *b = ready_buffer(w, &s);
    if (!b)
        return;
    range r = range_in(w, b);
    uint32_t size = 1u << fuzz_random(w, 3), pattern = fuzz_random(w, 0x7fffffff);
    r.at -= r.at % size;
    uint32_t count = r.bytes / size;
    if (!OK(tn_fill(s->handle, b->at + r.at, pattern, size, count, NULL)))
        return;
    for (uint32_t i = 0; i < count * size; i++)
        b->shadow[r.at + i] = (unsigned char)(pattern >> 8 * (i % size));
    IS(TN_INVALID, tn_fill(s->handle, b->at, pattern, 3, 1, NULL));
    if (b->bytes > 8)
        IS(TN_INVALID, tn_fill(s->handle, b->at + 1, pattern, 4, 1, NULL));
}

static void call_copy_on_device(fuzz_world *w)
{
    fuzz_stream *s;
    fuzz_buffer *b = ready_buffer(w, &s);
    if (!b || b->bytes < 4)
        return;
    uint32_t half = b->bytes / 2, bytes = 1 + fuzz_random(w, half);
    uint32_t from = fuzz_random(w, half - bytes + 1), to = half + fuzz_random(w, b->bytes - half - bytes + 1);
    if (OK(tn_copy_on_device(s->handle, b->at + to, b->at + from, bytes, NULL)))
        memcpy(b->shadow + to, b->shadow + from, bytes);
    if (bytes > 1)
        IS(TN_INVALID, tn_copy_on_device(s->handle, b->at + from + 1, b->at + from, bytes, NULL));
}

static void call_copy_between(fuzz_world *w)
{
    fuzz_buffer *a = fuzz_some_buffer(w), *b = w->gone ? NULL : fuzz_some_buffer(w);
    if (!a || !b || a == b)
        return;
    fuzz_stream *s = fuzz_stream_of(w, fuzz_random(w, 2) ? a->device : b->device);
    if (!s || !fuzz_move(w, a, s) || !fuzz_move(w, b, s))
        return;
    uint32_t bytes = 1 + fuzz_random(w, a->bytes < b->bytes ? a->bytes : b->bytes);
    uint32_t to = fuzz_random(w, a->bytes - bytes + 1), from = fuzz_random(w, b->bytes - bytes + 1);
    tn_point point;
    tn_device da = w->devices[a->device].handle, db = w->devices[b->device].handle;
    if (!OK(tn_copy_between(s->handle, da, a->at + to, db, b->at + from, bytes, &point)))
        return;
    memcpy(a->shadow + to, b->shadow + from, bytes);
    /* The stream may be the other device's: it stays the home of both, since only joins and points ask for it. */
    MUST(point.stream.bits == s->handle.bits, "the point of another stream");
    IS(TN_BAD_ADDRESS, tn_copy_between(s->handle, da, a->at + a->bytes - 1, db, b->at, 2, NULL));
}

static void call_launch(fuzz_world *w)
{
    fuzz_stream *s;
    fuzz_buffer *b = ready_buffer(w, &s);
    if (!b || b->bytes < 4)
        return;
    fuzz_device *d = &w->devices[b->device];
    if (!d->module.bits)
        fuzz_load(w, d);
    if (w->gone || !d->module.bits)
        return;
    uint32_t first = fuzz_random(w, b->bytes / 4), count = 1 + fuzz_random(w, b->bytes / 4 - first), base = fuzz_random(w, 1000);
    tn_address at = b->at + 4ull * first;
    uint32_t block = 1 + fuzz_random(w, 64);
    bool step = fuzz_random(w, 2);
    tn_launch launch = tn_launch_shape((tn_dim3){ (count + block - 1) / block, 1, 1 }, (tn_dim3){ block, 1, 1 }, 0);
    tn_arg iota_args[] = { TN_ARG(at), TN_ARG(base), TN_ARG(count) }, step_args[] = { TN_ARG(at), TN_ARG(count) };
    tn_point point;
    bool ask = fuzz_random(w, 2);
    if (!OK(step ? tn_kernel_launch(s->handle, d->step, &launch, step_args, 2, ask ? &point : NULL)
                 : tn_kernel_launch(s->handle, d->iota, &launch, iota_args, 3, ask ? &point : NULL)))
        return;
    if (ask)
        fuzz_check_point(w, s, point);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t value;
        memcpy(&value, b->shadow + 4 * (first + i), 4);
        value = step ? value * 3u + 1u : base + i;
        memcpy(b->shadow + 4 * (first + i), &value, 4);
    }
}

static uint32_t *one_of(tn_dim3 *size, uint32_t axis)
{
    return axis == 0 ? &size->x : axis == 1 ? &size->y : &size->z;
}

static void call_wrong_launch(fuzz_world *w)
{
    fuzz_stream *s = any_stream(w);
    if (!s)
        return;
    fuzz_device *d = &w->devices[s->device], *other = &w->devices[fuzz_random(w, w->device_count)];
    if (!d->module.bits)
        fuzz_load(w, d);
    if (w->gone || !d->module.bits)
        return;
    tn_address at = 0;
    uint32_t count = 0, base = 0;
    tn_launch launch = tn_launch_shape((tn_dim3){ 1, 1, 1 }, (tn_dim3){ 1, 1, 1 }, 0), same = launch;
    tn_arg args[4] = { TN_ARG(at), TN_ARG(base), TN_ARG(count), TN_ARG(count) };
    tn_status wrong = TN_INVALID;
    uint32_t given = 3;
    switch (fuzz_random(w, 11)) {
    case 0: given = fuzz_random(w, 2) ? 2 : 4, wrong = TN_BAD_ARGUMENTS; break;
    case 1: args[fuzz_random(w, 3)].bytes ^= 1 + fuzz_random(w, 64), wrong = TN_BAD_ARGUMENTS; break;
    case 2: args[fuzz_random(w, 3)].value = NULL, wrong = TN_BAD_ARGUMENTS; break;
    case 3: *one_of(&launch.grid, fuzz_random(w, 3)) = 0; break;
    case 4: *one_of(&launch.block, fuzz_random(w, 3)) = 0; break;
    case 5: launch.block.x = d->info.max_threads + 1 + fuzz_random(w, 1 << 20), wrong = TN_LIMIT; break;
    case 6: launch.block = (tn_dim3){ 0x80000000u, 2, 1 }, wrong = TN_LIMIT; break;
    case 7: launch.local_bytes = (uint32_t)d->info.local_bytes + 1 + fuzz_random(w, 0x7fffffff), wrong = TN_LIMIT; break;
    case 8: launch.flags = 1u << fuzz_random(w, 32); break;
    case 9: launch.size = fuzz_random(w, 8); break;
    default: launch.next = &same; break;
    }
    const uint64_t set = ANY_OF(wrong) | (launch.next || launch.flags ? ANY_OF(TN_UNSUPPORTED) : 0);
    (void)ONE_OF(set, tn_kernel_launch(s->handle, d->iota, &launch, args, given, NULL));
    IS(TN_BAD_ARGUMENTS, tn_kernel_launch_packed(s->handle, d->iota, &same, &at, fuzz_random(w, 16), NULL));
    IS(TN_INVALID, tn_kernel_launch(s->handle, d->iota, NULL, args, 3, NULL));
    if (other != d && other->module.bits)
        IS(TN_INVALID, tn_kernel_launch(s->handle, other->iota, &same, args, 3, NULL));
}

static void call_wrong_range(fuzz_world *w)
{
    unsigned char byte[16] = { 0 };
    fuzz_stream *s;
    fuzz_buffer *b = ready_buffer(w, &s);
    if (!b)
        return;
    static const uint64_t far[] = { UINT64_MAX, UINT64_MAX - 7, 1ull << 63, 1ull << 32, 4096 };
    uint64_t over = 1 + (uint64_t)fuzz_random(w, 100), bytes = b->bytes + over;
    if (fuzz_random(w, 3) == 0)
        bytes = far[fuzz_random(w, 4)];
    /* Each begins or ends inside the buffer, so that no neighbour can hold the range. */
    IS(TN_BAD_ADDRESS, tn_copy_to_device(s->handle, b->at, byte, bytes, NULL));
    IS(TN_BAD_ADDRESS, tn_copy_to_host(s->handle, byte, b->at + b->bytes - 1, 2, NULL));
    IS(TN_BAD_ADDRESS, tn_copy_to_host(s->handle, byte, b->at - 1, 2, NULL));
    IS(TN_BAD_ADDRESS, tn_fill(s->handle, b->at, 0, 1, bytes, NULL));
    IS(TN_BAD_ADDRESS, tn_fill(s->handle, b->at, 0, 4, (UINT64_MAX >> fuzz_random(w, 3)), NULL));
    IS(TN_BAD_ADDRESS, tn_memory_read(s->handle, byte, far[fuzz_random(w, 2)], 1));
    IS(TN_INVALID, tn_copy_to_device(s->handle, b->at, NULL, 1, NULL));
    if (b->bytes > 1)
        IS(TN_BAD_ADDRESS, tn_memory_free(w->devices[b->device].handle, b->at + 1 + fuzz_random(w, b->bytes - 1)));
    IS(TN_INVALID, tn_memory_alloc(w->devices[b->device].handle, 0, &(tn_address){ 0 }));
    (void)ONE_OF(ANY_OF(TN_OUT_OF_MEMORY) | ANY_OF(TN_LIMIT) | ANY_OF(TN_OUT_OF_HOST_MEMORY),
                 tn_memory_alloc(w->devices[b->device].handle, far[fuzz_random(w, 3)], &(tn_address){ 0 }));
    tn_address base;
    uint64_t size;
    if (OK(tn_memory_find(w->devices[b->device].handle, b->at + fuzz_random(w, b->bytes), &base, &size)))
        MUST(base == b->at && size == b->bytes, "found another allocation");
}

/* Bits that are no object: destroyed, of a kind that there is not, another generation or epoch, or made up. */
static uint64_t bad_bits(fuzz_world *w, uint64_t good)
{
    switch (fuzz_random(w, 5)) {
    case 0: return w->graves[fuzz_random(w, GRAVES)];
    case 1: return (good & ~(15ull << 60)) | (uint64_t)(8 + fuzz_random(w, 8)) << 60;
    case 2: return good ^ 1ull << (50 + fuzz_random(w, 10));
    case 3: return good + (1ull << 40) * (1 + fuzz_random(w, 100));
    default: return (uint64_t)fuzz_random(w, 0x7fffffff) << 33 | fuzz_random(w, 0x7fffffff);
    }
}

static void call_bad_handle(fuzz_world *w)
{
    fuzz_stream *s = any_stream(w);
    if (!s)
        return;
    uint64_t bits = bad_bits(w, s->handle.bits);
    tn_point point;
    tn_address at;
    uint32_t number;
    tn_kernel_info info = { .size = sizeof info };
    tn_launch launch = tn_launch_shape((tn_dim3){ 1, 1, 1 }, (tn_dim3){ 1, 1, 1 }, 0);
    switch (fuzz_random(w, 16)) {
    case 0: IS(TN_BAD_HANDLE, tn_stream_destroy((tn_stream){ bits })); break;
    case 1: IS(TN_BAD_HANDLE, tn_stream_wait((tn_stream){ bits }, TN_FOREVER)); break;
    case 2: IS(TN_BAD_HANDLE, tn_event_record((tn_event){ bits }, s->handle, NULL)); break;
    case 3: IS(TN_BAD_HANDLE, tn_event_destroy((tn_event){ bits })); break;
    case 4: IS(TN_BAD_HANDLE, tn_module_unload((tn_module){ bits })); break;
    case 5: IS(TN_BAD_HANDLE, tn_kernel_get_info((tn_kernel){ bits }, &info)); break;
    case 6: IS(TN_BAD_HANDLE, tn_kernel_launch(s->handle, (tn_kernel){ bits }, &launch, NULL, 0, NULL)); break;
    case 7: IS(TN_BAD_HANDLE, tn_memory_alloc((tn_device){ bits }, 16, &at)); break;
    case 8: IS(TN_BAD_HANDLE, tn_device_wait((tn_device){ bits }, 0)); break;
    case 9: IS(TN_BAD_HANDLE, tn_stream_join(s->handle, (tn_point){ { bits }, 1 })); break;
    case 10: IS(TN_BAD_HANDLE, tn_point_wait((tn_point){ { bits }, fuzz_random(w, 3) }, TN_FOREVER)); break;
    case 11: IS(TN_BAD_HANDLE, tn_fill((tn_stream){ bits }, 0, 0, 1, 1, NULL)); break;
    case 12: IS(TN_BAD_HANDLE, tn_device_count((tn_runtime){ bits }, &number)); break;
    case 13: IS(TN_BAD_HANDLE, tn_close((tn_runtime){ bits }, 0)); break;
    case 14: IS(TN_BAD_HANDLE, tn_stream_abort((tn_stream){ bits })); break;
    default: IS(TN_BAD_HANDLE, tn_event_point((tn_event){ bits }, &point)); break;
    }
}

void fuzz_call_foreign(fuzz_world *w, fuzz_world *other)
{
    fuzz_stream *s = any_stream(w);
    fuzz_stream *t = s && other->device_count && !other->gone ? fuzz_stream_of(other, fuzz_random(other, other->device_count)) : NULL;
    if (!t)
        return;
    tn_launch launch = tn_launch_shape((tn_dim3){ 1, 1, 1 }, (tn_dim3){ 1, 1, 1 }, 0);
    fuzz_device *d = &w->devices[s->device], *e = &other->devices[t->device];
    IS(TN_BAD_HANDLE, tn_event_destroy((tn_event){ s->handle.bits }));
    IS(TN_BAD_HANDLE, tn_module_unload((tn_module){ d->handle.bits }));
    IS(TN_BAD_HANDLE, tn_stream_join(s->handle, (tn_point){ t->handle, 0 }));
    IS(TN_BAD_HANDLE, tn_copy_between(s->handle, d->handle, 0, e->handle, 0, 1, NULL));
    if (e->module.bits)
        IS(TN_BAD_HANDLE, tn_kernel_launch(s->handle, e->iota, &launch, NULL, 0, NULL));
    for (unsigned i = 0; i < EVENTS; i++)
        if (other->events[i].handle.bits)
            IS(TN_BAD_HANDLE, tn_event_record(other->events[i].handle, s->handle, NULL));
}

static void call_event(fuzz_world *w)
{
    fuzz_event *e = &w->events[fuzz_random(w, EVENTS)], *f = &w->events[fuzz_random(w, EVENTS)];
    tn_point point;
    int64_t ns;
    if (!e->handle.bits) {
        e->device = fuzz_random(w, w->device_count);
        e->recorded = false;
        if (!OK(tn_event_create(w->devices[e->device].handle, NULL, &e->handle)))
            return;
        IS(TN_NOT_FOUND, tn_event_point(e->handle, &point));
    }
    fuzz_stream *s = any_stream(w);
    if (!s)
        return;
    if (s->device != e->device) {
        IS(TN_INVALID, tn_event_record(e->handle, s->handle, NULL));
    } else if (OK(tn_event_record(e->handle, s->handle, &point))) {
        e->recorded = true;
        fuzz_check_point(w, s, point);
    }
    if (w->gone || !f->handle.bits)
        return;
    if (f->device != e->device) {
        IS(TN_INVALID, tn_event_elapsed(e->handle, f->handle, &ns));
    } else if (!e->recorded || !f->recorded) {
        (void)ONE_OF(ANY_OF(TN_NOT_FOUND) | ANY_OF(TN_NOT_READY), tn_event_elapsed(e->handle, f->handle, &ns));
    } else if (ONE_OF(ANY_OF(TN_OK) | ANY_OF(TN_NOT_READY), tn_event_elapsed(e->handle, f->handle, &ns)) && e == f) {
        MUST(ns == 0, "%lld ns from an event to itself", (long long)ns);
    }
    if (fuzz_random(w, 3) == 0)
        fuzz_drop_event(w, e);
}

static void call_wait(fuzz_world *w)
{
    static const uint64_t deadlines[] = { 0, 1, 1000, 1000000, TN_FOREVER };
    tn_point points[STREAMS + 1];
    uint32_t count = 0, index = 99;
    for (unsigned i = 0; i < STREAMS && !w->gone; i++)
        if (w->streams[i].handle.bits && OK(tn_stream_point(w->streams[i].handle, &points[count]))) {
            MUST(points[count].value >= w->streams[i].value, "the stream's last point went back");
            count++;
        }
    if (!count || w->gone)
        return;
    uint64_t deadline = deadlines[fuzz_random(w, 5)];
    uint64_t aborted = w->round ? ANY_OF(TN_ABORTED) : 0;   /* other threads abort streams of theirs */
    uint64_t set = ANY_OF(TN_OK) | (deadline == 0 ? ANY_OF(TN_NOT_READY) : deadline != TN_FOREVER ? ANY_OF(TN_TIMEOUT) : 0);
    tn_point past = points[fuzz_random(w, count)];
    past.value = fuzz_random(w, 2) ? past.value + 1 + fuzz_random(w, 9) : UINT64_MAX - fuzz_random(w, 3);
    switch (fuzz_random(w, 7)) {
    case 0: (void)ONE_OF(set, tn_point_wait(points[fuzz_random(w, count)], deadline)); break;
    case 1: (void)ONE_OF(set, tn_point_wait_all(points, count, deadline, &index)); break;
    case 2:
        if (ONE_OF(set, tn_point_wait_any(points, count, deadline, &index)))
            MUST(index < count, "wait_any answers index %u of %u", index, count);
        break;
    case 3: IS(TN_INVALID, tn_point_wait(past, deadline)); break;
    case 4: IS(TN_INVALID, tn_stream_join(points[0].stream, past)); break;
    case 5: (void)ONE_OF(set | aborted, tn_device_wait(w->devices[fuzz_random(w, w->device_count)].handle, deadline)); break;
    default: (void)OK(tn_stream_join(points[fuzz_random(w, count)].stream, points[fuzz_random(w, count)])); break;
    }
}

/* A kernel that never ends, on a stream and memory of its own; then the stream goes on as if nothing had been. */
static void call_abort(fuzz_world *w)
{
    fuzz_device *d = &w->devices[fuzz_random(w, w->device_count)];
    tn_stream s;
    tn_address flag;
    uint32_t word = 1;
    tn_point point;
    tn_launch launch = tn_launch_shape((tn_dim3){ 1, 1, 1 }, (tn_dim3){ 1, 1, 1 }, 0);
    tn_arg args[] = { TN_ARG(flag) };
    if (!d->module.bits)
        fuzz_load(w, d);
    if (w->gone || !OK(tn_stream_create(d->handle, NULL, &s)))
        return;
    fuzz_bury(w, s.bits);
    if (!(d->info.flags & TN_DEVICE_ABORT) || !d->module.bits || w->exact) {
        (void)ONE_OF(d->info.flags & TN_DEVICE_ABORT ? ANY_OF(TN_OK) : ANY_OF(TN_UNSUPPORTED), tn_stream_abort(s));
        OK(tn_stream_destroy(s));
        return;
    }
    if (OK(tn_memory_alloc(d->handle, 4, &flag)) && OK(tn_fill(s, flag, 0, 4, 1, NULL)) &&
        OK(tn_kernel_launch(s, d->forever, &launch, args, 1, &point))) {
        IS(TN_NOT_READY, tn_point_wait(point, 0));
        IS(TN_TIMEOUT, tn_stream_wait(s, 100000));
        OK(tn_stream_abort(s));
        IS(TN_ABORTED, tn_point_wait(point, TN_FOREVER));
        if (OK(tn_fill(s, flag, 7, 4, 1, NULL)) && OK(tn_memory_read(s, &word, flag, 4)))
            MUST(word == 7, "after an abort %u was read", word);
    }
    if (!w->gone)
        OK(tn_memory_free(d->handle, flag));
    if (!w->gone)
        OK(tn_stream_destroy(s));
}

static void call_module(fuzz_world *w)
{
    fuzz_device *d = &w->devices[fuzz_random(w, w->device_count)];
    tn_kernel again;
    tn_kernel_info info = { .size = sizeof info };
    if (!d->module.bits)
        fuzz_load(w, d);
    if (w->gone || !d->module.bits)
        return;
    if (OK(tn_module_kernel(d->module, "cts_step", &again)))
        MUST(again.bits == d->step.bits, "asking twice gave another kernel");
    IS(TN_NOT_FOUND, tn_module_kernel(d->module, "cts_stop", &again));
    if (OK(tn_kernel_get_info(d->iota, &info)))
        MUST(info.arg_count == 3 && info.args_bytes == 16, "the table of cts_iota changed");
    (void)ONE_OF(ANY_OF(TN_BAD_BUNDLE), tn_module_load(d->handle, fuzz_bundle, fuzz_random(w, (uint32_t)fuzz_bundle_bytes - 64), NULL, &(tn_module){ 0 }));
    if (fuzz_random(w, 2) || w->gone)
        return;
    tn_module old = d->module;
    if (OK(tn_module_unload(old))) {
        fuzz_bury(w, old.bits);
        fuzz_bury(w, d->iota.bits);
        IS(TN_BAD_HANDLE, tn_kernel_get_info(d->step, &info));
        d->module.bits = 0;
    }
}

static void call_pinned(fuzz_world *w)
{
    fuzz_stream *s;
    fuzz_buffer *b = ready_buffer(w, &s);
    void *host = NULL;
    if (!b || !OK(tn_host_alloc(w->devices[b->device].handle, b->bytes, &host, NULL)))
        return;
    MUST((uintptr_t)host % 4096 == 0, "pinned memory at %p of %s is not aligned to a page", host, w->devices[b->device].info.name);
    if (OK(tn_memory_read(s->handle, host, b->at, b->bytes)))
        MUST(!memcmp(host, b->shadow, b->bytes), "pinned memory got other bytes than the device has");
    if (w->gone)
        return;
    IS(TN_BAD_ADDRESS, tn_host_free(w->devices[b->device].handle, (char *)host + 1));
    OK(tn_host_free(w->devices[b->device].handle, host));
}

static void call_drop(fuzz_world *w)
{
    if (fuzz_random(w, 2))
        fuzz_drop_buffer(w, &w->buffers[fuzz_random(w, BUFFERS)]);
    else
        fuzz_drop_stream(w, &w->streams[fuzz_random(w, STREAMS)]);
}

static void call_device(fuzz_world *w)
{
    fuzz_device *d = &w->devices[fuzz_random(w, w->device_count)];
    tn_device_info info = { .size = fuzz_random(w, 4) };
    uint64_t free_bytes = 0, total = 0;
    tn_device other;
    void *native, *context;
    if (OK(tn_device_memory(d->handle, &free_bytes, &total)))
        MUST(free_bytes <= total && total, "%llu bytes free of %llu", (unsigned long long)free_bytes, (unsigned long long)total);
    OK(tn_device_health(d->handle));
    IS(TN_INVALID, tn_device_get_info(d->handle, &info));
    IS(TN_INVALID, tn_device_get(w->runtime, w->device_count + fuzz_random(w, 100), &other));
    (void)ONE_OF(ANY_OF(TN_OK) | ANY_OF(TN_UNSUPPORTED), tn_device_native(d->handle, &native, &context));
    fuzz_stream *s = any_stream(w);
    if (s && OK(tn_stream_device(s->handle, &other)))
        MUST(other.bits == w->devices[s->device].handle.bits, "a stream changed its device");
    if (s)
        OK(tn_stream_recover(s->handle));
}

/* Objects that every thread uses and destroys: whatever comes, it is a status that says so. */
static void call_board(fuzz_world *w)
{
    static unsigned char sink[BOARD][64];
    fuzz_round *r = w->round;
    if (!r)
        return;
    unsigned i = fuzz_random(w, BOARD);
    const uint64_t set = ANY_OF(TN_OK) | ANY_OF(TN_BAD_HANDLE) | ANY_OF(TN_NOT_READY) | ANY_OF(TN_TIMEOUT) | ANY_OF(TN_NOT_FOUND);
    fuzz_device *d = &w->devices[i % w->device_count];
    tn_stream s = { atomic_load(&r->board[i].stream) };
    tn_event e = { atomic_load(&r->board[i].event) };
    tn_module m = { atomic_load(&r->board[i].module) };
    tn_point point = { { 0 }, 0 };
    tn_kernel kernel;
    tn_address at = r->board[i].words;
    uint32_t count = 16, base = 3;
    tn_launch launch = tn_launch_shape((tn_dim3){ 1, 1, 1 }, (tn_dim3){ 16, 1, 1 }, 0);
    tn_arg args[] = { TN_ARG(at), TN_ARG(base), TN_ARG(count) };
    switch (fuzz_random(w, 10)) {
    case 0:
        if (OK(tn_stream_create(d->handle, NULL, &s)))
            s.bits = atomic_exchange(&r->board[i].stream, s.bits);
        /* fall through */
    case 1: (void)ONE_OF(set, tn_stream_destroy(s)); break;
    case 2:
        if (OK(tn_event_create(d->handle, NULL, &e)))
            e.bits = atomic_exchange(&r->board[i].event, e.bits);
        (void)ONE_OF(set, tn_event_destroy(e));
        break;
    case 3:
        if (ONE_OF(ANY_OF(TN_OK) | ANY_OF(TN_NO_IMAGE), tn_module_load(d->handle, fuzz_bundle, fuzz_bundle_bytes, NULL, &m)))
            m.bits = atomic_exchange(&r->board[i].module, m.bits);
        (void)ONE_OF(set, tn_module_unload(m));
        break;
    case 4:
        if (ONE_OF(set, tn_module_kernel(m, "cts_iota", &kernel)) &&
            ONE_OF(set, tn_kernel_launch(s, kernel, &launch, args, 3, &point)))
            (void)ONE_OF(set, tn_point_wait(point, fuzz_random(w, 2) ? TN_FOREVER : 1000));
        break;
    case 5: (void)ONE_OF(set, tn_event_record(e, s, NULL)); break;
    case 6: (void)ONE_OF(set, tn_stream_wait(s, fuzz_random(w, 2) ? TN_FOREVER : 1000)); break;
    case 7: (void)ONE_OF(set, tn_copy_to_host(s, sink[i], at, sizeof sink[i], NULL)); break;
    case 8: (void)ONE_OF(set, tn_event_point(e, &point)); break;
    default: (void)ONE_OF(set, tn_fill(s, at, 5, 4, 16, NULL)); break;
    }
}

static void (*const calls[])(fuzz_world *) = {
    call_write, call_read, call_read, call_copy, call_copy, call_copy, call_fill, call_copy_on_device, call_copy_between,
    call_launch, call_launch, call_launch, call_wrong_launch, call_wrong_range, call_bad_handle, call_bad_handle, call_event,
    call_wait, call_wait, call_abort, call_module, call_pinned, call_drop, call_device, call_board, call_board,
};

void fuzz_call(fuzz_world *w)
{
    w->step++;
    calls[fuzz_random(w, sizeof calls / sizeof *calls)](w);
}
