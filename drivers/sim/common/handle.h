/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handle tables of the stand-ins: a generation in the upper half of a handle, an index and a tag in the lower. Objects live
 * in chunks that are never freed, so any value can be looked up, and a stale or foreign one is found out. The generation
 * begins so high that no handle is an address that a process can have. Owns the objects' memory. Any thread.
 */
#ifndef DRIVERS_SIM_COMMON_HANDLE_H
#define DRIVERS_SIM_COMMON_HANDLE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct st_head {
    _Atomic uint32_t generation; /* odd while the object lives */
    uint32_t index;
    struct st_head *next_free;
} st_head;

#define ST_CHUNK  256u
#define ST_CHUNKS 4096u

typedef struct st_table {
    uint32_t tag, object_bytes;
    _Atomic uint32_t count;
    pthread_mutex_t lock;
    st_head *free_list;
    unsigned char *_Atomic chunks[ST_CHUNKS];
} st_table;

#define ST_TABLE(tag_, type_)                                                                                          \
    {                                                                                                                  \
        .tag = (tag_), .object_bytes = sizeof(type_), .lock = PTHREAD_MUTEX_INITIALIZER                                \
    }

void *st_new(st_table *table); /* zeroed behind the head; NULL when memory is used up */
void st_delete(st_table *table, void *object);
/* The same by handle, by whoever comes first: false when it is no live one. */
bool st_take(st_table *table, uintptr_t handle);
/* The object at `index`, alive or not; NULL behind the last. For walks over all objects. */
void *st_at(st_table *table, uint32_t index, bool *alive);

static inline uintptr_t st_handle(const st_table *table, const void *object)
{
    const st_head *head = object;
    return (uintptr_t)atomic_load_explicit(&head->generation, memory_order_relaxed) << 32 | head->index << 4 |
           table->tag;
}

static inline void *st_get(st_table *table, uintptr_t handle)
{
    const uint64_t odd = 1ull << 32; /* a dead object's generation is even */
    uint32_t index = (uint32_t)handle >> 4;
    if ((handle & (odd | 15)) != (odd | table->tag) ||
        index >= atomic_load_explicit(&table->count, memory_order_acquire))
        return NULL;
    st_head *head = (st_head *)(void *)(atomic_load_explicit(&table->chunks[index / ST_CHUNK], memory_order_relaxed) +
                                        (size_t)(index % ST_CHUNK) * table->object_bytes);
    return atomic_load_explicit(&head->generation, memory_order_relaxed) == handle >> 32 ? head : NULL;
}

#endif
