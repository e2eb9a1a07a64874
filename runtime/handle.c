/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/handle.c - the tables of objects, what happens to them in a forked child, and the small tools of waiting.
 * Owns the tables' memory for as long as the process lives. May call libc.
 */
#include "runtime/handle.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runtime/internal.h"

struct tn__table tn__tables[TN__KINDS];

static const size_t object_bytes[TN__KINDS] = {
    [TN__RUNTIME] = sizeof(struct tn__runtime), [TN__DEVICE] = sizeof(struct tn__device),
    [TN__STREAM] = sizeof(struct tn__stream),   [TN__EVENT] = sizeof(struct tn__event),
    [TN__MODULE] = sizeof(struct tn__module),   [TN__KERNEL] = sizeof(struct tn__kernel),
};

/* Free places of a kind, behind one lock: objects are made and destroyed rarely. */
static struct {
    uint32_t used, free;   /* free: slot + 1 of the first free place, 0 = none */
} places[TN__KINDS];
static pthread_mutex_t places_mutex = PTHREAD_MUTEX_INITIALIZER;

static _Atomic(uint32_t) fork_epoch;
static _Atomic(uint32_t) fork_watched;

const char *tn__kind_name(enum tn__kind kind)
{
    static const char *const names[TN__KINDS] = {
        "object", "runtime", "device", "stream", "event", "module", "kernel"
    };
    return kind < TN__KINDS ? names[kind] : "object";
}

static struct tn__object *place_at(enum tn__kind kind, uint32_t slot)
{
    return tn__slot(kind, object_bytes[kind], slot);
}

static bool grow(enum tn__kind kind, uint32_t slot)
{
    unsigned k = 25u - (unsigned)__builtin_clz(slot + TN__FIRST_CHUNK);
    if (k >= TN__CHUNKS)
        return false;
    size_t bytes = (size_t)(TN__FIRST_CHUNK << k) * object_bytes[kind];
    char *chunk = aligned_alloc(64, bytes);
    if (!chunk)
        return false;
    memset(chunk, 0, bytes);
    atomic_store_explicit(&tn__tables[kind].chunks[k], chunk, memory_order_release);
    return true;
}

void *tn__object_new(enum tn__kind kind)
{
    struct tn__object *object = NULL;
    pthread_mutex_lock(&places_mutex);
    if (places[kind].free) {
        object = place_at(kind, places[kind].free - 1);
        places[kind].free = object->next_free;
    } else if (place_at(kind, places[kind].used) || grow(kind, places[kind].used)) {
        object = place_at(kind, places[kind].used);
        object->slot = places[kind].used++;
        object->generation = 1;
    }
    pthread_mutex_unlock(&places_mutex);
    return object;
}

uint64_t tn__object_bits(enum tn__kind kind, const void *object)
{
    const struct tn__object *o = object;
    uint64_t epoch = atomic_load_explicit(&fork_epoch, memory_order_relaxed);
    return (uint64_t)kind << 60 | epoch << (TN__SLOT_BITS + TN__GENERATION_BITS) |
           (uint64_t)o->generation << TN__SLOT_BITS | o->slot;
}

uint64_t tn__object_publish(enum tn__kind kind, void *object)
{
    struct tn__object *o = object;
    uint64_t bits = tn__object_bits(kind, object);
    atomic_store(&o->live, bits);
    return bits;
}

bool tn__object_retract(void *object, uint64_t bits)
{
    struct tn__object *o = object;
    return atomic_compare_exchange_strong(&o->live, &bits, 0);
}

bool tn__object_drain(void *object, uint64_t deadline)
{
    struct tn__object *o = object;
    for (uint32_t round = 0; atomic_load(&o->users); tn__pause(&round))
        if (deadline != UINT64_MAX && !tn__left(deadline))
            return false;
    return true;
}

void tn__object_recycle(enum tn__kind kind, void *object)
{
    struct tn__object *o = object;
    pthread_mutex_lock(&places_mutex);
    if (++o->generation < 1u << TN__GENERATION_BITS) {   /* else no handle is left for this place */
        o->next_free = places[kind].free;
        places[kind].free = o->slot + 1;
    }
    pthread_mutex_unlock(&places_mutex);
}

void *tn__object_next(enum tn__kind kind, uint32_t *slot)
{
    pthread_mutex_lock(&places_mutex);
    struct tn__object *object = *slot < places[kind].used ? place_at(kind, *slot) : NULL;
    pthread_mutex_unlock(&places_mutex);
    ++*slot;
    return object;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Fork. The child sees empty tables, so that every look-up fails without any cost to look-ups; the epoch in the bits
 * then tells a handle of the parent from an invented one. Only stores: other threads may have held any lock. */

static char *of_parent[TN__KINDS][TN__CHUNKS];   /* so that a leak checker finds what the child keeps but never uses */

static void in_child(void)
{
    for (int kind = 0; kind < TN__KINDS; kind++)
        for (int k = 0; k < TN__CHUNKS; k++) {
            char *chunk = atomic_load_explicit(&tn__tables[kind].chunks[k], memory_order_relaxed);
            of_parent[kind][k] = chunk ? chunk : of_parent[kind][k];
            atomic_store_explicit(&tn__tables[kind].chunks[k], NULL, memory_order_relaxed);
        }
    uint32_t epoch = atomic_load_explicit(&fork_epoch, memory_order_relaxed);
    if (epoch + 1 < 1u << TN__EPOCH_BITS)
        atomic_store_explicit(&fork_epoch, epoch + 1, memory_order_relaxed);
}

bool tn__fork_watch(void)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    bool good = true;
    pthread_mutex_lock(&mutex);
    if (!atomic_load(&fork_watched)) {
        good = !pthread_atfork(NULL, NULL, in_child);
        if (good)
            atomic_store(&fork_watched, 1);
    }
    pthread_mutex_unlock(&mutex);
    return good;
}

bool tn__is_forked(void)
{
    return atomic_load_explicit(&fork_epoch, memory_order_relaxed) != 0;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Waiting */

void tn__pause(uint32_t *round)
{
    uint32_t r = (*round)++;
    if (r < 64) {
#if defined(__x86_64__) || defined(__i386__)
        __builtin_ia32_pause();
#elif defined(__aarch64__)
        __asm__ volatile("yield");
#endif
    } else if (r < 128) {
        sched_yield();
    } else {
        struct timespec nap = { 0, r < 1024 ? 50000 : 500000 };
        nanosleep(&nap, NULL);
    }
}

void tn__lock_slow(_Atomic(uint32_t) *lock)
{
    for (uint32_t round = 0;; tn__pause(&round))
        if (!atomic_load_explicit(lock, memory_order_relaxed) && !atomic_exchange(lock, 1))
            return;
}

bool tn__lock_until(_Atomic(uint32_t) *lock, uint64_t deadline)
{
    for (uint32_t round = 0;; tn__pause(&round)) {
        if (!atomic_load_explicit(lock, memory_order_relaxed) && !atomic_exchange(lock, 1))
            return true;
        if (!tn__left(deadline))
            return false;
    }
}

uint64_t tn__now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t tn__deadline(uint64_t timeout_ns)
{
    uint64_t now = timeout_ns == UINT64_MAX ? 0 : tn__now_ns();
    return timeout_ns > UINT64_MAX - now ? UINT64_MAX : now + timeout_ns;
}

uint64_t tn__left(uint64_t deadline)
{
    if (deadline == UINT64_MAX)
        return UINT64_MAX;
    uint64_t now = tn__now_ns();
    return deadline > now ? deadline - now : 0;
}
