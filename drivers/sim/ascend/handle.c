/* SPDX-License-Identifier: Apache-2.0 */
/* A table of drivers/sim/common for each kind of object; the kind is the handle's tag. Owns the tables. */
#include "drivers/sim/ascend/handle.h"

#include "drivers/sim/common/handle.h"

typedef struct place {
    st_head head;
    _Alignas(16) unsigned char object[];
} place;

#define KIND(kind) [kind] = { .tag = (kind), .lock = PTHREAD_MUTEX_INITIALIZER }
static st_table tables[HANDLE_KINDS] = {
    KIND(HANDLE_CONTEXT), KIND(HANDLE_STREAM),   KIND(HANDLE_EVENT), KIND(HANDLE_BINARY),
    KIND(HANDLE_LOADED),  KIND(HANDLE_FUNCTION), KIND(HANDLE_ARGS),  KIND(HANDLE_PARAM),
    KIND(HANDLE_POOL),    KIND(HANDLE_NOTIFY),   KIND(HANDLE_MODEL),
};
_Static_assert(HANDLE_KINDS <= 16, "a tag has four bits");

/* A kind's objects have one size, which its file knows: it is settled by the first one. */
static st_table *table_for(handle_kind kind, size_t bytes)
{
    st_table *t = &tables[kind];
    pthread_mutex_lock(&t->lock);
    if (!t->object_bytes)
        t->object_bytes = (uint32_t)((sizeof(place) + bytes + 15) / 16 * 16);
    pthread_mutex_unlock(&t->lock);
    return t;
}

void *handle_new(handle_kind kind, size_t bytes, void **out_handle)
{
    st_table *t = table_for(kind, bytes);
    place *p = st_new(t);
    if (!p)
        return NULL;
    *out_handle = (void *)st_handle(t, p);
    return p->object;
}

void *handle_get(handle_kind kind, const void *handle)
{
    place *p = st_get(&tables[kind], (uintptr_t)handle);
    return p ? p->object : NULL;
}

int handle_free(handle_kind kind, const void *handle)
{
    return st_take(&tables[kind], (uintptr_t)handle);
}

uint32_t handle_index(const void *handle)
{
    return (uint32_t)(uintptr_t)handle >> 4;
}

void handle_each(handle_kind kind, void (*fn)(void *object, void *handle, void *context), void *context)
{
    bool alive;
    place *p;
    for (uint32_t i = 0; (p = st_at(&tables[kind], i, &alive)) != NULL; i++)
        if (alive)
            fn(p->object, (void *)st_handle(&tables[kind], p), context);
}
