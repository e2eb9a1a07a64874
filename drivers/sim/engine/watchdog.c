/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The watchdog, as chips that also drive a display have one: a kernel that runs longer than TENON_SIM_FAULTS=watchdog=T
 * allows is taken out where it is, and its launch has failed. It leaves as an abort's kernel does, but for its own value
 * alone. Owns one thread, which is there only once a device asked for it.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "drivers/sim/engine/internal.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;

/* With the device's lock, so that the stream stays. Asks again at each look, since a kernel may be inside a service. */
static void look_at(sil_stream *stream, uint64_t limit)
{
    pthread_mutex_lock(&stream->control);
    uint64_t value = atomic_load(&stream->watched), began = atomic_load(&stream->watched_since);
    bool late = value && !sil__reached(stream, value) && sil__now_ns() - began > limit;
    if (late) {
        atomic_store(&stream->expired, value);
        if (atomic_load(&stream->abort_to) < value)
            atomic_store(&stream->abort_to, value);
    }
    pthread_mutex_unlock(&stream->control);
    if (late)
        sil__insist(stream);
}

static void look_at_device(sil_device *device, void *shortest)
{
    uint64_t limit = device->inject.any ? device->inject.watchdog_ns : 0;
    if (!limit)
        return;
    if (limit < *(uint64_t *)shortest)
        *(uint64_t *)shortest = limit;
    pthread_mutex_lock(&device->lock);
    for (sil_stream *s = device->streams; s; s = s->device_next)
        look_at(s, limit);
    pthread_mutex_unlock(&device->lock);
}

static void *watch(void *unused)
{
    (void)unused;
    for (;;) {
        uint64_t pause = 200000000;
        sil__devices_each(look_at_device, &pause);
        pause = pause / 8 + 1000000;
        struct timespec t = { 0, (long)pause };
        nanosleep(&t, NULL);
    }
    return NULL;
}

static void start(void)
{
    sigset_t all, before;
    pthread_t thread;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* the program's signals are not for this thread */
    if (pthread_create(&thread, NULL, watch, NULL) == 0)
        pthread_detach(thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void sil__watchdog_ensure(const sil_device *device)
{
    if (device->inject.any && device->inject.watchdog_ns)
        pthread_once(&once, start);
}

void sil__watchdog_begin(sil_stream *stream, uint64_t value)
{
    atomic_store(&stream->watched_since, sil__now_ns());
    atomic_store(&stream->watched, value);
}

void sil__dropped(sil_stream *stream, uint64_t value, const sil__slot *slot)
{
    if (atomic_load(&stream->expired) != value || slot->op != SIL__OP_LAUNCH) {
        sil__stream_bad(stream, value, SIL_ABORTED);
        return;
    }
    sil_fault fault = { .kind = SIL_FAULT_TIMEOUT,
                        .stream = stream,
                        .value = value,
                        .thread = { UINT32_MAX, UINT32_MAX, UINT32_MAX } };
    snprintf(fault.kernel, sizeof fault.kernel, "%s", slot->kernel->display);
    pthread_mutex_lock(&stream->control);
    bool known = stream->stopped == value;
    if (known)
        memcpy(fault.block, stream->stopped_block, sizeof fault.block);
    snprintf(fault.sentence, sizeof fault.sentence, "%s%.300s: it ran longer than the watchdog's %llu ms",
             known ? "" : "kernel ", known ? stream->stopped_at : slot->kernel->display,
             (unsigned long long)(stream->device->inject.watchdog_ns / 1000000u));
    pthread_mutex_unlock(&stream->control);
    sil__fault_record(stream, value, &fault);
}
