/* SPDX-License-Identifier: Apache-2.0 */
/* Handle tables: type-stable chunks, generations, free lists. Owns the objects' memory, which stays until the
 * process ends. */
#include "drivers/sim/common/handle.h"

#include <stdlib.h>
#include <string.h>

/* The first generation puts handles far from every address that a process can have. */
#define FIRST_GENERATION 0x54000001u

static st_head *grow(st_table *t)
{
    uint32_t index = atomic_load_explicit(&t->count, memory_order_relaxed);
    if (index >= ST_CHUNK * ST_CHUNKS)
        return NULL;
    unsigned char *chunk = atomic_load_explicit(&t->chunks[index / ST_CHUNK], memory_order_relaxed);
    if (!chunk) {
        chunk = aligned_alloc(64, ((size_t)ST_CHUNK * t->object_bytes + 63) / 64 * 64);
        if (!chunk)
            return NULL;
        memset(chunk, 0, (size_t)ST_CHUNK * t->object_bytes);
        atomic_store_explicit(&t->chunks[index / ST_CHUNK], chunk, memory_order_release);
    }
    st_head *head = (st_head *)(void *)(chunk + (size_t)(index % ST_CHUNK) * t->object_bytes);
    head->index = index;
    atomic_store_explicit(&head->generation, FIRST_GENERATION - 1, memory_order_relaxed);
    atomic_store_explicit(&t->count, index + 1, memory_order_release);
    return head;
}

void *st_new(st_table *t)
{
    pthread_mutex_lock(&t->lock);
    st_head *head = t->free_list;
    if (head)
        t->free_list = head->next_free;
    else
        head = grow(t);
    pthread_mutex_unlock(&t->lock);
    if (!head)
        return NULL;
    memset(head + 1, 0, t->object_bytes - sizeof *head);
    head->next_free = NULL;
    atomic_fetch_add_explicit(&head->generation, 1, memory_order_release);
    return head;
}

static void give_back(st_table *t, st_head *head)
{
    pthread_mutex_lock(&t->lock);
    head->next_free = t->free_list;
    t->free_list = head;
    pthread_mutex_unlock(&t->lock);
}

void st_delete(st_table *t, void *object)
{
    st_head *head = object;
    atomic_fetch_add_explicit(&head->generation, 1, memory_order_release);
    give_back(t, head);
}

bool st_take(st_table *t, uintptr_t handle)
{
    uint32_t generation = (uint32_t)(handle >> 32);
    st_head *head = st_get(t, handle);
    if (!head || !atomic_compare_exchange_strong(&head->generation, &generation, generation + 1))
        return false;
    give_back(t, head);
    return true;
}

void *st_at(st_table *t, uint32_t index, bool *alive)
{
    if (index >= atomic_load_explicit(&t->count, memory_order_acquire))
        return NULL;
    st_head *head = (st_head *)(void *)(atomic_load_explicit(&t->chunks[index / ST_CHUNK], memory_order_relaxed) +
                                        (size_t)(index % ST_CHUNK) * t->object_bytes);
    *alive = atomic_load_explicit(&head->generation, memory_order_acquire) & 1;
    return head;
}
