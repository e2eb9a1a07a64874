/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/device.c - devices: what is known of them, claiming one at first use, waiting for all its streams, and
 * clearing away what is on one. Owns the device objects. May call the driver, stream.c, event.c, module.c, memory.c,
 * fault.c.
 */
#include <stdio.h>
#include <string.h>

#include "runtime/open.h"

struct tn__device *tn__device_new(struct tn__runtime *runtime, struct tn__instance *instance, uint32_t index,
                                  const tn_device_info *info)
{
    struct tn__device *d = tn__object_new(TN__DEVICE);
    if (!d)
        return NULL;
    d->runtime = runtime;
    d->instance = instance;
    d->driver = instance->plugin->driver;
    d->index = index;
    d->info = *info;
    d->bits = tn__object_bits(TN__DEVICE, d);
    atomic_store(&d->native, NULL);
    atomic_store(&d->health, TN_OK);
    atomic_store(&d->abandoned, 0);
    atomic_store(&d->shared, 0);
    atomic_store(&d->fault, NULL);
    pthread_mutex_init(&d->mutex, NULL);
    pthread_mutex_init(&d->streams_mutex, NULL);
    pthread_mutex_init(&d->helper_mutex, NULL);
    tn__ranges_init(&d->memory);
    d->streams = NULL;
    d->next_serial = 1;
    d->events = NULL;
    d->modules = NULL;
    d->helper = NULL;
    d->stage = NULL;
    return d;
}

void tn__device_publish(struct tn__device *device)
{
    tn__object_publish(TN__DEVICE, device);
}

void tn__device_name(const struct tn__device *device, char *out, size_t capacity)
{
    uint32_t index = 0;
    while (index < device->runtime->device_count && device->runtime->devices[index] != device)
        index++;
    snprintf(out, capacity, "device %u (%.64s)", index, device->info.name);
}

/* Claims the device; several threads may come first at once. */
static tn_status device_open(enum tn__api api, struct tn__device *d)
{
    tn_status status = TN_OK;
    pthread_mutex_lock(&d->mutex);
    if (!atomic_load(&d->native)) {
        tn_driver_device *native = NULL;
        struct tn__lines *before = tn__explain_into(&d->runtime->lines);
        status = TN__CALL(d->driver->device_open(d->instance->native, d->index, &native));
        tn__explain_into(before);
        if (status == TN_OK)
            atomic_store(&d->native, native);
    }
    pthread_mutex_unlock(&d->mutex);
    if (status != TN_OK) {
        char name[96];
        tn__device_name(d, name, sizeof name);
        return tn__fail_on(TN__FAIL_DRIVER(api, status, "%s cannot be opened", name), d->bits, 0, 0);
    }
    return TN_OK;
}

tn_status tn__device_enter(enum tn__api api, tn_device device, bool open, struct tn__device **out)
{
    struct tn__device *d = TN__REF(TN__DEVICE, struct tn__device, device.bits);
    if (!d)
        return tn__fail_handle(api, TN__DEVICE, device.bits);
    tn_status status = TN_OK;
    if (open && atomic_load_explicit(&d->health, memory_order_acquire) != TN_OK)
        status = tn__device_refuse(api, d);
    else if (open && !atomic_load_explicit(&d->native, memory_order_acquire))
        status = device_open(api, d);
    if (status != TN_OK) {
        tn__device_leave(d);
        return status;
    }
    *out = d;
    return TN_OK;
}

TN_API tn_status tn_device_count(tn_runtime runtime, uint32_t *out)
{
    TN__TAP(TN__device_count, runtime.bits);
    struct tn__runtime *r = TN__REF(TN__RUNTIME, struct tn__runtime, runtime.bits);
    if (!r)
        return tn__fail_handle(TN__device_count, TN__RUNTIME, runtime.bits);
    tn_status status = out ? TN_OK : TN__FAIL(TN__device_count, TN_INVALID, "out is NULL");
    if (out)
        *out = r->device_count;
    tn__unref(&r->object);
    return status;
}

TN_API tn_status tn_device_get(tn_runtime runtime, uint32_t index, tn_device *out)
{
    TN__TAP(TN__device_get, runtime.bits);
    struct tn__runtime *r = TN__REF(TN__RUNTIME, struct tn__runtime, runtime.bits);
    if (!r)
        return tn__fail_handle(TN__device_get, TN__RUNTIME, runtime.bits);
    tn_status status = TN_OK;
    if (!out)
        status = TN__FAIL(TN__device_get, TN_INVALID, "out is NULL");
    else if (index >= r->device_count)
        status =
            TN__FAIL(TN__device_get, TN_INVALID, "there is no device %u; the runtime has %u", index, r->device_count);
    else
        out->bits = r->devices[index]->bits;
    tn__unref(&r->object);
    return status;
}

TN_API tn_status tn_device_get_info(tn_device device, tn_device_info *out)
{
    TN__TAP(TN__device_get_info, device.bits);
    struct tn__device *d;
    tn_status status = tn__device_enter(TN__device_get_info, device, false, &d);
    if (status != TN_OK)
        return status;
    if (!out || out->size < 8) {
        status =
            TN__FAIL(TN__device_get_info, TN_INVALID, "out is NULL or out->size is not set to sizeof(tn_device_info)");
    } else {
        uint32_t size = out->size < sizeof *out ? out->size : (uint32_t)sizeof *out;
        memcpy(out, &d->info, size);
        out->size = size;
    }
    tn__device_leave(d);
    return status;
}

TN_API tn_status tn_device_memory(tn_device device, uint64_t *out_free, uint64_t *out_total)
{
    TN__TAP(TN__device_memory, device.bits);
    struct tn__device *d;
    uint64_t free_bytes = 0, total_bytes = 0;
    tn_status status = tn__device_enter(TN__device_memory, device, true, &d);
    if (status != TN_OK)
        return status;
    status = TN__CALL(d->driver->device_memory(d->native, &free_bytes, &total_bytes));
    if (status == TN_OK) {
        if (out_free)
            *out_free = free_bytes;
        if (out_total)
            *out_total = total_bytes;
    } else {
        status = tn__fail_on(TN__FAIL_DRIVER(TN__device_memory, status, "asking for free memory"), d->bits, 0, 0);
    }
    tn__device_leave(d);
    return status;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Waiting for a device's streams */

/* The next stream below `serial` that has work under way, counted in; NULL when there is none. Streams that are idle
 * cost two loads: whoever submits to one after this look sees what the caller changed before it. */
static struct tn__stream *next_busy(struct tn__device *d, uint64_t serial, uint64_t *out_last, bool every)
{
    pthread_mutex_lock(&d->streams_mutex);
    struct tn__stream *s = d->streams;
    for (; s; s = s->next) {
        if (s->serial >= serial)
            continue;
        if (atomic_load(&s->lock)) {   /* a submission is under way: see what comes of it */
            tn__lock(&s->lock);
            tn__unlock(&s->lock);
        }
        *out_last = atomic_load(&s->last);
        if (every || atomic_load(&s->passed) < *out_last || atomic_load(&s->gap_last))
            break;
    }
    if (s)
        atomic_fetch_add(&s->object.users, 1);
    pthread_mutex_unlock(&d->streams_mutex);
    return s;
}

static tn_status settle_one(enum tn__api api, struct tn__device *device, uint64_t deadline, bool strict)
{
    tn_status worst = TN_OK;
    uint64_t serial = UINT64_MAX, last;
    struct tn__stream *s;
    while ((s = next_busy(device, serial, &last, false)) != NULL) {
        serial = s->serial;
        uint64_t left = tn__left(deadline);
        tn_status status = strict ? tn__stream_await(api, s, last, left) : tn__stream_settle(s, last, left);
        tn__unref(&s->object);
        if (status == TN_TIMEOUT || status == TN_NOT_READY)
            return status;
        if (strict && status != TN_OK && worst == TN_OK)
            worst = status;
    }
    return worst;
}

tn_status tn__device_settle(enum tn__api api, struct tn__device *device, uint64_t deadline, bool strict)
{
    tn_status status = settle_one(api, device, deadline, strict);
    if (strict || status != TN_OK || !atomic_load(&device->shared))
        return status;
    for (uint32_t i = 0; i < device->runtime->device_count && status == TN_OK; i++)
        if (device->runtime->devices[i]->instance == device->instance && device->runtime->devices[i] != device)
            status = settle_one(api, device->runtime->devices[i], deadline, false);
    return status;
}

TN_API tn_status tn_device_wait(tn_device device, uint64_t timeout_ns)
{
    TN__TAP(TN__device_wait, device.bits);
    struct tn__device *d;
    tn_status status = tn__device_enter(TN__device_wait, device, false, &d);
    if (status != TN_OK)
        return status;
    status = tn__device_settle(TN__device_wait, d, tn__deadline(timeout_ns), true);
    if (status == TN_OK && atomic_load(&d->health) != TN_OK)
        status = tn__device_refuse(TN__device_wait, d);
    if (status == TN_NOT_READY && timeout_ns)
        status = tn__fail_on(TN__FAIL(TN__device_wait, TN_TIMEOUT, "the deadline passed; the device's work goes on"),
                             d->bits, 0, 0);
    tn__device_leave(d);
    return status;
}

TN_API tn_status tn_device_health(tn_device device)
{
    TN__TAP(TN__device_health, device.bits);
    struct tn__device *d;
    tn_status status = tn__device_enter(TN__device_health, device, false, &d);
    if (status != TN_OK)
        return status;
    if (atomic_load(&d->health) != TN_OK)
        status = tn__device_refuse(TN__device_health, d);
    tn__device_leave(d);
    return status;
}

TN_API tn_status tn_device_native(tn_device device, void **out_device, void **out_context)
{
    TN__TAP(TN__device_native, device.bits);
    struct tn__device *d;
    tn_status status = tn__device_enter(TN__device_native, device, true, &d);
    if (status != TN_OK)
        return status;
    void *native = NULL, *context = NULL;
    if (out_device)
        status = TN__CALL(d->driver->native(TN_NATIVE_DEVICE, d->native, &native));
    if (status == TN_OK && out_context) {
        status = TN__CALL(d->driver->native(TN_NATIVE_CONTEXT, d->native, &context));
        if (status == TN_UNSUPPORTED && out_device)
            status = TN_OK;   /* the API has none */
    }
    if (status == TN_OK) {
        if (out_device)
            *out_device = native;
        if (out_context)
            *out_context = context;
    } else {
        status = tn__fail_on(TN__FAIL_DRIVER(TN__device_native, status, "asking for the vendor's own handle"), d->bits,
                             0, 0);
    }
    tn__device_leave(d);
    return status;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Clearing away */

/* What can't be aborted gets this long to end by itself, also where the caller has no time at all. */
static uint64_t later_of(uint64_t deadline)
{
    return tn__left(deadline) > TN__ABORT_NS ? deadline : tn__deadline(TN__ABORT_NS);
}

/* Ends streams; one whose work does not end is aborted where the device can. An object that another thread is
 * destroying is left to that thread: the next look finds it gone. */
static bool end_streams(struct tn__device *d, uint64_t deadline)
{
    uint64_t serial = UINT64_MAX, last, patience = later_of(deadline);
    bool clean = true;
    struct tn__stream *s;
    while ((s = next_busy(d, serial, &last, true)) != NULL) {
        serial = s->serial;
        tn__object_retract(s, s->bits);
        tn_status status = tn__stream_settle(s, last, tn__left(deadline));
        if (status == TN_TIMEOUT || status == TN_NOT_READY) {
            bool aborted = tn__stream_abort(TN__close, s) == TN_OK;
            status = tn__stream_settle(s, last, aborted ? TN__ABORT_NS : tn__left(patience));
            if ((status == TN_TIMEOUT || status == TN_NOT_READY) && !d->runtime->stuck[0])
                tn__stream_pending(s, d->runtime->stuck, sizeof d->runtime->stuck);
        }
        bool mine = !atomic_exchange(&s->ending, 1);
        tn__unref(&s->object);
        if (mine && (status == TN_TIMEOUT || status == TN_NOT_READY ||
                     tn__stream_end(TN__close, s, tn__deadline(TN__ABORT_NS)) != TN_OK))
            clean = false;
    }
    return clean;
}

/* The first of a list, counted in, once it is ours to end; NULL: the list is empty, or *stuck. */
#define TAKE_FIRST(type, list)                                                                                 \
    static struct type *take_##list(struct tn__device *d, bool *stuck)                                         \
    {                                                                                                          \
        uint64_t deadline = tn__deadline(TN__PATIENCE);                                                        \
        for (uint32_t round = 0; tn__left(deadline); tn__pause(&round)) {                                      \
            pthread_mutex_lock(&d->mutex);                                                                     \
            struct type *first = d->list;                                                                      \
            bool mine = first && !atomic_exchange(&first->ending, 1);                                          \
            if (mine)                                                                                          \
                tn__object_retract(first, first->bits);                                                        \
            pthread_mutex_unlock(&d->mutex);                                                                   \
            if (mine || !first)                                                                                \
                return first;                                                                                  \
        }                                                                                                      \
        *stuck = true;                                                                                         \
        return NULL;                                                                                           \
    }
TAKE_FIRST(tn__event, events)
TAKE_FIRST(tn__module, modules)

/* Frees all that is on a device but the device itself. False: something could not be ended, and was left alone. */
static bool clear_device(struct tn__device *d, uint64_t deadline)
{
    bool clean = true, stuck = false;
    struct tn__event *e;
    struct tn__module *m;
    tn__device_helper_end(d, deadline);
    clean = end_streams(d, deadline);
    while (clean && (e = take_events(d, &stuck)) != NULL)
        clean = tn__event_end(TN__close, e, tn__deadline(TN__ABORT_NS)) == TN_OK;
    while (clean && (m = take_modules(d, &stuck)) != NULL)
        clean = tn__module_end(TN__close, m, tn__deadline(TN__ABORT_NS)) == TN_OK;
    if (clean && !stuck)
        tn__memory_free_all(d);
    return clean && !stuck;
}

/* Takes the handles of a device's streams, events and modules, so that nobody enters them any more. */
static void retract_all(struct tn__device *d)
{
    pthread_mutex_lock(&d->mutex);
    for (struct tn__event *e = d->events; e; e = e->next)
        tn__object_retract(e, e->bits);
    for (struct tn__module *m = d->modules; m; m = m->next) {
        pthread_mutex_lock(&m->mutex);
        for (uint32_t i = 0; i < m->image->kernels->kernel_count; i++)
            if (m->kernels[i])
                tn__object_retract(m->kernels[i], m->kernels[i]->bits);
        pthread_mutex_unlock(&m->mutex);
        tn__object_retract(m, m->bits);
    }
    pthread_mutex_unlock(&d->mutex);
    pthread_mutex_lock(&d->streams_mutex);
    for (struct tn__stream *s = d->streams; s; s = s->next)
        tn__object_retract(s, s->bits);
    pthread_mutex_unlock(&d->streams_mutex);
}

void tn__device_shut(struct tn__device *d)
{
    tn__object_retract(d, d->bits);
    retract_all(d);
}

bool tn__device_end(struct tn__device *d, uint64_t deadline)
{
    uint64_t after = later_of(deadline);
    bool clean = clear_device(d, deadline) && tn__object_drain(d, after);
    /* A call that was already inside may have made something meanwhile. */
    clean = clean && clear_device(d, deadline);
    if (!clean)
        atomic_store(&d->abandoned, 1);
    return clean;
}

void tn__device_free(struct tn__device *d)
{
    if (atomic_load(&d->abandoned))
        return;
    if (atomic_load(&d->native))
        d->driver->device_close(d->native);
    tn__ranges_free(&d->memory);
    pthread_mutex_destroy(&d->mutex);
    pthread_mutex_destroy(&d->streams_mutex);
    pthread_mutex_destroy(&d->helper_mutex);
    tn__object_recycle(TN__DEVICE, d);
}

TN_API tn_status tn_device_recover(tn_device device)
{
    TN__TAP(TN__device_recover, device.bits);
    struct tn__device *d;
    char name[96];
    tn_status status = tn__device_enter(TN__device_recover, device, false, &d);
    if (status != TN_OK)
        return status;
    tn__device_name(d, name, sizeof name);
    uint32_t health = atomic_load(&d->health);
    const struct tn__fault *fault = atomic_load(&d->fault);
    if (health == TN_OK) {
        tn__device_leave(d);
        return TN_OK;   /* nothing to bring back; what is on the device stays */
    }
    if (!d->driver->device_recover || (fault && fault->domain == TN_DOMAIN_PROCESS)) {
        status = TN__FAIL(TN__device_recover, TN_UNSUPPORTED, "%s: only a new process brings it back", name);
    } else {
        retract_all(d);
        if (!clear_device(d, tn__deadline(TN__ABORT_NS)))
            status = TN__FAIL(TN__device_recover, TN_BUSY, "%s: work on it neither ends nor can be aborted", name);
        else if ((status = TN__CALL(d->driver->device_recover(d->native))) != TN_OK)
            status = TN__FAIL_DRIVER(TN__device_recover, status, "%s cannot be brought back", name);
    }
    if (status == TN_OK) {
        atomic_store(&d->fault, NULL);
        atomic_store(&d->health, TN_OK);
    }
    status = status == TN_OK ? TN_OK : tn__fail_on(status, d->bits, 0, 0);
    tn__device_leave(d);
    return status;
}
