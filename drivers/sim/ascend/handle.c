/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The handle tables. A handle's bits: 0xAC1 at 52, the kind at 48, a generation of 24 bits at 24, the slot below. The
 * top bits make it an address that no process has, so that a program that looks into a handle fails at once.
 */
#include "drivers/sim/ascend/handle.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_SLOTS = 256, CHUNKS = 1024 };

typedef struct slot {
    _Atomic uint64_t handle; /* 0 while free */
    void *object;
    uint32_t generation, next_free; /* next_free: index + 1, 0 = none */
} slot;

typedef struct table {
    slot *_Atomic chunks[CHUNKS];
    pthread_mutex_t lock;
    uint32_t used, free_head;
} table;

static table tables[HANDLE_KINDS] = {
#define TABLE_INIT                                                                                                     \
    {                                                                                                                  \
        .lock = PTHREAD_MUTEX_INITIALIZER                                                                              \
    }
    TABLE_INIT, TABLE_INIT, TABLE_INIT, TABLE_INIT, TABLE_INIT, TABLE_INIT,
    TABLE_INIT, TABLE_INIT, TABLE_INIT, TABLE_INIT, TABLE_INIT, TABLE_INIT
};
_Static_assert(HANDLE_KINDS == 12, "one initialiser a table");

static uint64_t compose(handle_kind kind, uint32_t generation, uint32_t index)
{
    return 0xAC1ull << 52 | (uint64_t)kind << 48 | (uint64_t)(generation & 0xffffff) << 24 | index;
}

static slot *slot_at(table *t, uint32_t index)
{
    uint32_t chunk = index / CHUNK_SLOTS;
    if (chunk >= CHUNKS)
        return NULL;
    slot *base = atomic_load_explicit(&t->chunks[chunk], memory_order_acquire);
    return base ? base + index % CHUNK_SLOTS : NULL;
}

/* With the lock: the index of a slot that is free, or UINT32_MAX. */
static uint32_t take_slot(table *t)
{
    if (t->free_head) {
        uint32_t index = t->free_head - 1;
        t->free_head = slot_at(t, index)->next_free;
        return index;
    }
    if (t->used == CHUNK_SLOTS * CHUNKS)
        return UINT32_MAX;
    if (t->used % CHUNK_SLOTS == 0) {
        slot *chunk = calloc(CHUNK_SLOTS, sizeof *chunk);
        if (!chunk)
            return UINT32_MAX;
        atomic_store_explicit(&t->chunks[t->used / CHUNK_SLOTS], chunk, memory_order_release);
    }
    return t->used++;
}

void *handle_new(handle_kind kind, size_t bytes, void **out_handle)
{
    table *t = &tables[kind];
    void *object = NULL;
    pthread_mutex_lock(&t->lock);
    uint32_t index = take_slot(t);
    if (index != UINT32_MAX) {
        slot *s = slot_at(t, index);
        if (!s->object)
            s->object = malloc(bytes);
        object = s->object;
        if (!object) {
            s->next_free = t->free_head;
            t->free_head = index + 1;
        } else {
            memset(object, 0, bytes);
            uint64_t handle = compose(kind, ++s->generation, index);
            *out_handle = (void *)(uintptr_t)handle;
            atomic_store_explicit(&s->handle, handle, memory_order_release);
        }
    }
    pthread_mutex_unlock(&t->lock);
    return object;
}

void *handle_get(handle_kind kind, const void *handle)
{
    uint64_t bits = (uint64_t)(uintptr_t)handle;
    slot *s = slot_at(&tables[kind], (uint32_t)(bits & 0xffffff));
    if (!s || bits == 0 || atomic_load_explicit(&s->handle, memory_order_acquire) != bits)
        return NULL;
    return s->object;
}

int handle_free(handle_kind kind, const void *handle)
{
    table *t = &tables[kind];
    uint64_t bits = (uint64_t)(uintptr_t)handle;
    uint32_t index = (uint32_t)(bits & 0xffffff);
    int freed = 0;
    pthread_mutex_lock(&t->lock);
    slot *s = slot_at(t, index);
    if (s && bits && atomic_load_explicit(&s->handle, memory_order_relaxed) == bits) {
        atomic_store_explicit(&s->handle, 0, memory_order_release);
        s->next_free = t->free_head;
        t->free_head = index + 1;
        freed = 1;
    }
    pthread_mutex_unlock(&t->lock);
    return freed;
}

uint32_t handle_index(const void *handle)
{
    return (uint32_t)((uint64_t)(uintptr_t)handle & 0xffffff);
}

void handle_each(handle_kind kind, void (*fn)(void *object, void *handle, void *context), void *context)
{
    table *t = &tables[kind];
    pthread_mutex_lock(&t->lock);
    uint32_t used = t->used;
    pthread_mutex_unlock(&t->lock);
    for (uint32_t i = 0; i < used; i++) {
        slot *s = slot_at(t, i);
        uint64_t bits = s ? atomic_load_explicit(&s->handle, memory_order_acquire) : 0;
        if (bits)
            fn(s->object, (void *)(uintptr_t)bits, context);
    }
}
