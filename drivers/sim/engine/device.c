/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices: creation, the list by address, waits for all streams, reset and loss. Also the engine's sentences, which
 * belong to the calling thread, and the mark by which a forked child is refused.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/sim/engine/internal.h"

enum { MAX_DEVICES = 128, HEAP_BYTES = 64 << 20 };

static _Atomic(sil_device *) devices[MAX_DEVICES];
static _Atomic(uint32_t) devices_used;
static pthread_mutex_t devices_lock = PTHREAD_MUTEX_INITIALIZER;

/* ------------------------------------------------------------------------------------------------------- */
/* Sentences and forks */

enum { MESSAGE_BYTES = 512 };
static __thread char *message;
_Atomic(int) sil__forked;

void sil__say(const char *format, ...)
{
    char text[MESSAGE_BYTES]; /* an argument may be the message itself */
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    if (sil_thread_text(&message, MESSAGE_BYTES))
        memcpy(message, text, MESSAGE_BYTES);
}

const char *sil_last_message(void)
{
    return message ? message : "";
}

sil_status sil__forked_fail(void)
{
    return sil__fail(SIL_UNSUPPORTED,
                     "this process was forked while a device was open; simulated devices belong to the "
                     "parent, a child can only begin anew with exec");
}

static void in_child(void)
{
    atomic_store(&sil__forked, 1);
}

static void watch_forks(void)
{
    pthread_atfork(NULL, NULL, in_child);
}

/* ------------------------------------------------------------------------------------------------------- */
/* The list */

sil_device *sil__device_at(uint64_t address)
{
    uint32_t count = atomic_load_explicit(&devices_used, memory_order_acquire);
    for (uint32_t i = 0; i < count; i++) {
        sil_device *device = atomic_load_explicit(&devices[i], memory_order_acquire);
        if (device && sil__space_holds(&device->space, address))
            return device;
    }
    return NULL;
}

static bool list_add(sil_device *device)
{
    bool ok = false;
    pthread_mutex_lock(&devices_lock);
    for (uint32_t i = 0; i < MAX_DEVICES && !ok; i++) {
        if (atomic_load(&devices[i]))
            continue;
        atomic_store_explicit(&devices[i], device, memory_order_release);
        if (i >= atomic_load(&devices_used))
            atomic_store_explicit(&devices_used, i + 1, memory_order_release);
        ok = true;
    }
    pthread_mutex_unlock(&devices_lock);
    return ok;
}

void sil__devices_each(void (*fn)(sil_device *device, void *context), void *context)
{
    pthread_mutex_lock(&devices_lock);
    for (uint32_t i = 0; i < MAX_DEVICES; i++) {
        sil_device *device = atomic_load(&devices[i]);
        if (device)
            fn(device, context);
    }
    pthread_mutex_unlock(&devices_lock);
}

static void list_remove(const sil_device *device)
{
    pthread_mutex_lock(&devices_lock);
    for (uint32_t i = 0; i < MAX_DEVICES; i++) {
        if (atomic_load(&devices[i]) == device)
            atomic_store(&devices[i], NULL);
    }
    pthread_mutex_unlock(&devices_lock);
}

/* ------------------------------------------------------------------------------------------------------- */
/* Create and destroy */

static sil_status open_memory(sil_device *device)
{
    const sil_profile *p = &device->profile;
    char name[64];
    snprintf(name, sizeof name, "tenon-sim-%s-%u", p->name, device->ordinal);
    return sil__space_init(&device->space, name, p->memory_bytes, p->alloc_align, p->alloc_extra, p->alloc_round,
                           sil__key());
}

sil_status sil_device_create(const sil_profile *profile, uint32_t ordinal, sil_device **out)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    SIL__ENTER();
    if (!profile || !out || profile->memory_bytes == 0 || profile->width == 0)
        return sil__fail(SIL_INVALID, "a device needs a profile with memory and a width");
    pthread_once(&once, watch_forks);
    sil_device *device = calloc(1, sizeof *device);
    if (!device)
        return sil__fail(SIL_OUT_OF_MEMORY, "no host memory for a device");
    device->profile = *profile;
    device->ordinal = ordinal;
    sil_status status = sil__inject_parse(&device->inject, getenv("TENON_SIM_FAULTS"), ordinal);
    if (status == SIL_OK)
        status = open_memory(device);
    if (status != SIL_OK) {
        free(device);
        return status;
    }
    pthread_mutex_init(&device->lock, NULL);
    pthread_mutex_init(&device->fault_lock, NULL);
    if (!list_add(device)) {
        sil__space_destroy(&device->space);
        free(device);
        return sil__fail(SIL_LIMIT, "%d simulated devices exist already", MAX_DEVICES);
    }
    sil__watchdog_ensure(device);
    *out = device;
    return SIL_OK;
}

/* Ends everything that runs and everything that was submitted; streams are destroyed. */
static sil_status stop_streams(sil_device *device)
{
    sil_status status = SIL_OK;
    for (;;) {
        pthread_mutex_lock(&device->lock);
        sil_stream *stream = device->streams;
        uint32_t generation = stream ? sil__generation(stream) : 0;
        pthread_mutex_unlock(&device->lock);
        if (!stream)
            return status;
        sil_status aborted = sil__abort(stream, generation);
        if (aborted != SIL_OK)
            return aborted;
        sil__stream_end(stream, generation);
        while (sil__generation(stream) == generation && !sil__reap(stream))
            sil__relax(); /* a worker that looks at it is about to leave */
    }
}

static void drop_modules(sil_device *device)
{
    while (device->modules) {
        sil_module *module = device->modules;
        device->modules = module->next;
        sil__module_destroy(module);
    }
}

void sil_device_destroy(sil_device *device)
{
    if (!device || atomic_load(&sil__forked))
        return;
    if (stop_streams(device) != SIL_OK)
        return; /* a host function holds it; its memory must stay */
    drop_modules(device);
    list_remove(device);
    if (device->heap_ready)
        sil__space_destroy(&device->heap);
    sil__space_destroy(&device->space);
    pthread_mutex_destroy(&device->lock);
    pthread_mutex_destroy(&device->fault_lock);
    free(device);
}

sil_status sil_device_reset(sil_device *device)
{
    SIL__ENTER();
    sil_status status = stop_streams(device);
    if (status != SIL_OK)
        return status;
    drop_modules(device);
    list_remove(device);
    if (device->heap_ready)
        sil__space_destroy(&device->heap);
    device->heap_ready = false;
    sil__space_destroy(&device->space);
    atomic_store(&device->poisoned, 0);
    atomic_store(&device->lost, 0);
    if ((status = open_memory(device)) != SIL_OK)
        return status;
    return list_add(device) ? SIL_OK : sil__fail(SIL_LIMIT, "%d simulated devices exist already", MAX_DEVICES);
}

/* ------------------------------------------------------------------------------------------------------- */
/* Facts */

const sil_profile *sil_device_profile(const sil_device *device)
{
    return &device->profile;
}

void sil_device_memory(const sil_device *device, uint64_t *free_bytes, uint64_t *total_bytes)
{
    sil__space *space = &((sil_device *)device)->space;
    pthread_mutex_lock(&space->lock);
    if (free_bytes)
        *free_bytes = space->capacity - space->used;
    if (total_bytes)
        *total_bytes = space->capacity;
    pthread_mutex_unlock(&space->lock);
}

void sil_device_uuid(const sil_device *device, uint8_t out[16])
{
    /* FNV-1a over name and ordinal, twice; version and variant bits of RFC 9562's free form (8). */
    for (uint32_t half = 0; half < 2; half++) {
        uint64_t hash = 0xcbf29ce484222325u + half;
        for (const char *p = device->profile.name; *p; p++)
            hash = (hash ^ (unsigned char)*p) * 0x100000001b3u;
        for (uint32_t i = 0; i < 4; i++)
            hash = (hash ^ (device->ordinal >> 8 * i & 0xff)) * 0x100000001b3u;
        memcpy(out + 8 * half, &hash, 8);
    }
    out[6] = (uint8_t)((out[6] & 0x0f) | 0x80);
    out[8] = (uint8_t)((out[8] & 0x3f) | 0x80);
}

void sil_device_pci(const sil_device *device, uint32_t *domain, uint32_t *bus, uint32_t *slot)
{
    uint8_t uuid[16];
    sil_device_uuid(device, uuid);
    if (domain)
        *domain = 0x5e00u + uuid[0]; /* no board has such a domain */
    if (bus)
        *bus = 1 + device->ordinal % 255;
    if (slot)
        *slot = 0;
}

bool sil_device_lost(const sil_device *device)
{
    return atomic_load(&((sil_device *)device)->lost) != 0;
}

const char *sil_device_protection(const sil_device *device)
{
    (void)device;
    return sil__key_sentence();
}

/* ------------------------------------------------------------------------------------------------------- */
/* All streams */

/* A stream that is being destroyed counts too, so these go past the check for valid streams. */
static void wait_one(const sil__busy *busy)
{
    sil_stream *stream = busy->stream;
    for (uint32_t spins = 0; !sil__reached(stream, busy->tail) && sil__generation(stream) == busy->generation;
         spins++) {
        if (sil__drain(stream, busy->tail, 0) || sil__help(stream))
            continue;
        if (spins < 1000) {
            sil__relax();
        } else {
            sil__insist(stream);
            sil__sleep_on(stream, busy->tail, 1000000);
        }
    }
}

void sil__device_settle(sil_device *device)
{
    sil__busy busy;
    while ((busy = sil__busy_stream(device)).stream)
        wait_one(&busy);
}

sil_status sil_device_wait(sil_device *device, uint64_t timeout_ns)
{
    SIL__ENTER();
    uint64_t start = sil__now_ns();
    sil__busy busy;
    while ((busy = sil__busy_stream(device)).stream) {
        if (timeout_ns == SIL_FOREVER) {
            wait_one(&busy);
            continue;
        }
        uint64_t past = sil__now_ns() - start;
        sil_status waited =
            sil__wait_until(busy.stream, busy.generation, busy.tail, past < timeout_ns ? timeout_ns - past : 0);
        if (waited == SIL_TIMEOUT)
            return waited;
    }
    if (atomic_load(&device->lost))
        return sil__fail(SIL_DEVICE_LOST, "device %u is lost", device->ordinal);
    if (!atomic_load(&device->faulted) && !atomic_load(&device->poisoned))
        return SIL_OK;
    sil_status status = SIL_OK;
    pthread_mutex_lock(&device->lock);
    for (sil_stream *s = device->streams; s && status == SIL_OK; s = s->device_next) {
        sil_fault fault;
        if (sil_stream_fault(s, &fault))
            status = sil__fail(SIL_FAULT, "%s", fault.sentence);
    }
    pthread_mutex_unlock(&device->lock);
    if (status == SIL_OK && atomic_load(&device->poisoned))
        return sil__fail(SIL_FAULT, "a fault in a stream that is gone took the device; only a reset clears it");
    return status;
}

/* Every stream's work ends with SIL_DEVICE_LOST but what runs just now. The device stays lost until it is reset. */
void sil__device_lose(sil_device *device)
{
    atomic_store(&device->lost, 1);
    sil__kick();
}

sil__space *sil__device_heap(sil_device *device)
{
    pthread_mutex_lock(&device->lock);
    if (!device->heap_ready) {
        uint64_t base;
        if (sil__space_alloc(&device->space, HEAP_BYTES, &base) == SIL_OK)
            device->heap_ready = sil__space_borrow(&device->heap, (void *)(uintptr_t)base, HEAP_BYTES) == SIL_OK;
    }
    pthread_mutex_unlock(&device->lock);
    return device->heap_ready ? &device->heap : NULL;
}
