/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_faults.c - a failing kernel in the middle of random calls: what stood before it keeps its results, what stands behind
 * it says so, other devices go on, and tn_device_recover brings the device back with everything on it gone.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/api_calls.h"

unsigned long fuzz_faults;
static const uint64_t dead = ANY_OF(TN_FAULT) | ANY_OF(TN_POISONED);

/* Every copy has been looked at, and no work is left that a failure of one device could reach from another. */
static bool settle(fuzz_world *w)
{
    for (unsigned i = 0; i < COPIES; i++)
        fuzz_finish_copy(w, &w->copies[i]);
    for (unsigned i = 0; i < w->device_count; i++)
        if (!OK(tn_device_wait(w->devices[i].handle, TN_FOREVER)))
            return false;
    for (unsigned i = 0; i < BUFFERS; i++)
        w->buffers[i].home = -1;
    return true;
}

/* Calls on a device that has failed: none may succeed as if nothing had been, and none may do harm. */
static void call_on_failed(fuzz_world *w, unsigned device, fuzz_stream *s, tn_address at)
{
    static unsigned char sink[64];
    fuzz_device *d = &w->devices[device];
    const uint64_t any = dead | ANY_OF(TN_OK);
    tn_address other = 0;
    tn_stream made;
    tn_point point;
    switch (fuzz_random(w, 10)) {
    case 0:
        (void)ONE_OF(dead, tn_stream_wait(s->handle, fuzz_random(w, 2) ? TN_FOREVER : 1000000000));
        break;
    case 1:
        (void)ONE_OF(dead, tn_memory_read(s->handle, sink, at, sizeof sink));
        break;
    case 2:
        (void)ONE_OF(dead, tn_fill(s->handle, at, 1, 1, sizeof sink, NULL));
        break;
    case 3:
        (void)ONE_OF(dead, tn_device_wait(d->handle, TN_FOREVER));
        break;
    case 4:
        (void)ONE_OF(dead, tn_device_health(d->handle));
        break;
    case 5:
        (void)ONE_OF(ANY_OF(TN_UNSUPPORTED), tn_stream_recover(s->handle));
        break;
    case 6: /* a device that failed gives no memory, or memory that can be given back */
        if (ONE_OF(any, tn_memory_alloc(d->handle, 100, &other)))
            (void)ONE_OF(any, tn_memory_free(d->handle, other));
        break;
    case 7:
        if (ONE_OF(any, tn_stream_create(d->handle, NULL, &made)))
            (void)ONE_OF(any, tn_stream_destroy(made));
        break;
    case 8:
        if (ONE_OF(any, tn_stream_point(s->handle, &point)))
            (void)ONE_OF(dead, tn_point_wait(point, TN_FOREVER));
        break;
    default:
        (void)ONE_OF(dead | ANY_OF(TN_BAD_ADDRESS), tn_fill(s->handle, 64, 1, 1, sizeof sink, NULL));
        break;
    }
}

/* The model of a device that came back: nothing is on it. */
static void empty(fuzz_world *w, unsigned device)
{
    fuzz_device *d = &w->devices[device];
    for (unsigned i = 0; i < STREAMS; i++)
        if (w->streams[i].handle.bits && w->streams[i].device == device) {
            IS(TN_BAD_HANDLE, tn_stream_wait(w->streams[i].handle, 0));
            fuzz_bury(w, w->streams[i].handle.bits);
            w->streams[i].handle.bits = 0;
        }
    for (unsigned i = 0; i < EVENTS; i++)
        if (w->events[i].handle.bits && w->events[i].device == device) {
            IS(TN_BAD_HANDLE, tn_event_destroy(w->events[i].handle));
            fuzz_bury(w, w->events[i].handle.bits);
            w->events[i].handle.bits = 0;
        }
    for (unsigned i = 0; i < BUFFERS; i++)
        if (w->buffers[i].shadow && w->buffers[i].device == device) {
            IS(TN_BAD_ADDRESS, tn_memory_free(d->handle, w->buffers[i].at));
            free(w->buffers[i].shadow);
            w->buffers[i].shadow = NULL;
        }
    IS(TN_BAD_HANDLE, tn_module_unload(d->module));
    fuzz_bury(w, d->module.bits);
    fuzz_bury(w, d->iota.bits);
    d->module.bits = 0;
}

void fuzz_call_fault(fuzz_world *w)
{
    unsigned device = fuzz_random(w, w->device_count);
    fuzz_device *d = &w->devices[device];
    fuzz_stream *s = fuzz_stream_of(w, device);
    tn_address at = 0;
    unsigned long long far = 1ull << 42;
    uint32_t value = 5;
    tn_point point = { { 0 }, 0 };
    tn_error error = { .size = sizeof error };
    w->step++;
    if (s && !d->module.bits)
        fuzz_load(w, d);
    if (!s || !d->module.bits || !settle(w) || !OK(tn_memory_alloc(d->handle, 256, &at)))
        return;
    tn_launch launch = tn_launch_shape((tn_dim3){ 1, 1, 1 }, (tn_dim3){ 1, 1, 1 }, 0);
    const tn_arg args[] = { TN_ARG(at), TN_ARG(far), TN_ARG(value) };
    tn_status status = tn_kernel_launch(s->handle, d->poke, &launch, args, 3, &point);
    (void)ONE_OF(w->exact ? ANY_OF(TN_FAULT) : ANY_OF(TN_OK), status);
    if (status == TN_OK && fuzz_random(w, 2)) /* behind it, before anybody has looked */
        (void)ONE_OF(dead | ANY_OF(TN_OK), tn_fill(s->handle, at, 1, 1, 256, NULL));
    if (status == TN_OK)
        status = tn_point_wait(point, TN_FOREVER);
    (void)ONE_OF(ANY_OF(TN_FAULT), status);
    MUST(tn_error_take(&error) && error.status == TN_FAULT && strstr(error.message, "cts_poke"),
         "the fault's message is \"%s\"", error.message);
    for (uint32_t calls = fuzz_random(w, 12); calls; calls--)
        call_on_failed(w, device, s, at);
    for (unsigned i = 0; i < w->device_count; i++)
        if (i != device)
            OK(tn_device_health(w->devices[i].handle));
    if (!OK(tn_device_recover(d->handle)))
        return;
    OK(tn_device_health(d->handle));
    IS(TN_BAD_ADDRESS, tn_memory_free(d->handle, at));
    empty(w, device);
    fuzz_faults++;
}
