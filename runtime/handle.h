/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/handle.h - handles and the tables behind them. A handle is kind (4 bits), fork epoch (10), generation (26)
 * and slot (24). Objects live in tables whose memory is never given back or used for another kind, so a pointer that a
 * stale handle led to may always be read: its `live` word tells whether it still is that object.
 *
 * Two ways to use an object:
 *  - TN__PEEK, then something that its destroyer must take too (a stream's lock), then tn__is_live again;
 *  - TN__REF, which counts the caller in; the destroyer waits in tn__drain until everybody has called tn__unref.
 */
#ifndef RUNTIME_HANDLE_H
#define RUNTIME_HANDLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tn__kind {
    TN__NO_KIND = 0, TN__RUNTIME, TN__DEVICE, TN__STREAM, TN__EVENT, TN__MODULE, TN__KERNEL, TN__KINDS
};

#define TN__SLOT_BITS       24
#define TN__GENERATION_BITS 26
#define TN__EPOCH_BITS      10
#define TN__FIRST_CHUNK     64u   /* slots; each further chunk is twice the one before */
#define TN__CHUNKS          18    /* 64 * (2^18 - 1) slots fit in 24 bits */

/* Begins every object. */
struct tn__object {
    _Atomic(uint64_t) live;       /* the handle's bits while the object is there, else 0 */
    _Atomic(uint32_t) users;      /* calls that are inside by TN__REF */
    uint32_t slot, generation, next_free;
};

struct tn__table {
    _Atomic(char *) chunks[TN__CHUNKS];
};

extern struct tn__table tn__tables[TN__KINDS];

/* The object's place in its table, NULL when there is none. `size` is a constant where this is called. */
static inline struct tn__object *tn__slot(enum tn__kind kind, size_t size, uint32_t slot)
{
    uint32_t at = slot + TN__FIRST_CHUNK;
    unsigned k = 25u - (unsigned)__builtin_clz(at);
    if (k >= TN__CHUNKS)
        return NULL;
    char *chunk = atomic_load_explicit(&tn__tables[kind].chunks[k], memory_order_acquire);
    return chunk ? (struct tn__object *)(void *)(chunk + (size_t)(at - (TN__FIRST_CHUNK << k)) * size) : NULL;
}

static inline bool tn__is_live(struct tn__object *object, uint64_t bits)
{
    return atomic_load_explicit(&object->live, memory_order_acquire) == bits;
}

static inline void *tn__peek_sized(enum tn__kind kind, size_t size, uint64_t bits)
{
    if (bits >> 60 != (uint64_t)kind)
        return NULL;
    struct tn__object *object = tn__slot(kind, size, (uint32_t)bits & ((1u << TN__SLOT_BITS) - 1));
    return object && tn__is_live(object, bits) ? object : NULL;
}

static inline void tn__unref(struct tn__object *object)
{
    atomic_fetch_sub_explicit(&object->users, 1, memory_order_release);
}

static inline void *tn__ref_sized(enum tn__kind kind, size_t size, uint64_t bits)
{
    struct tn__object *object = tn__peek_sized(kind, size, bits);
    if (!object)
        return NULL;
    atomic_fetch_add(&object->users, 1);
    if (atomic_load(&object->live) == bits)
        return object;
    tn__unref(object);
    return NULL;
}

#define TN__PEEK(kind, type, bits) ((type *)tn__peek_sized((kind), sizeof(type), (bits)))
#define TN__REF(kind, type, bits) ((type *)tn__ref_sized((kind), sizeof(type), (bits)))

/* A free place, not live yet: NULL when memory or slots have run out. What it held before is still there, so that its
 * owner can keep buffers; a fresh one is zeroed. */
void *tn__object_new(enum tn__kind kind);
uint64_t tn__object_publish(enum tn__kind kind, void *object);   /* makes it live; returns the handle's bits */
uint64_t tn__object_bits(enum tn__kind kind, const void *object); /* the same bits, also before and after it is live */
/* Takes the handle away; false when somebody else was faster. */
bool tn__object_retract(void *object, uint64_t bits);
/* Waits until nobody is inside any more; false when the deadline (tn__deadline) passed. */
bool tn__object_drain(void *object, uint64_t deadline);
void tn__object_recycle(enum tn__kind kind, void *object);       /* the place is free again */
/* The next place of a kind from *slot on, live or not; NULL at the end. For rare walks over all objects. */
void *tn__object_next(enum tn__kind kind, uint32_t *slot);

const char *tn__kind_name(enum tn__kind kind);

/* Fork: called once from tn_open. In a child every handle of the parent is refused. */
bool tn__fork_watch(void);
bool tn__is_forked(void);   /* a runtime was opened before this process was forked off */

/* ------------------------------------------------------------------------------------------------------- */
/* Small tools */

#define TN__LIKELY(x)   __builtin_expect(!!(x), 1)
#define TN__UNLIKELY(x) __builtin_expect(!!(x), 0)

void tn__lock_slow(_Atomic(uint32_t) *lock);
bool tn__lock_until(_Atomic(uint32_t) *lock, uint64_t deadline);

/* A lock for short sections. Who waits spins a little, then gives the processor away. */
static inline void tn__lock(_Atomic(uint32_t) *lock)
{
    if (TN__UNLIKELY(atomic_exchange(lock, 1)))
        tn__lock_slow(lock);
}

static inline void tn__unlock(_Atomic(uint32_t) *lock)
{
    atomic_store_explicit(lock, 0, memory_order_release);
}

uint64_t tn__now_ns(void);                       /* CLOCK_MONOTONIC */
uint64_t tn__deadline(uint64_t timeout_ns);      /* saturates; TN_FOREVER stays */
uint64_t tn__left(uint64_t deadline);            /* nanoseconds until then, 0 when it has passed */
void tn__pause(uint32_t *round);                 /* a step of waiting for another thread: spins, yields, then sleeps */

#endif
