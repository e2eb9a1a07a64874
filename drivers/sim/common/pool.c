/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stream-ordered pools. A freed block is kept, by size class, with the point of its stream from which it may be used
 * again: at once in the same stream, elsewhere when the point has passed. Owns the blocks of pools.
 */
#include "drivers/sim/common/standin.h"

#include <stdlib.h>
#include <string.h>

st_table st_pools = ST_TABLE(ST_TAG_POOL, st_pool);

/* Blocks of pools, by address, in use or kept: an open hash table under one lock. */
typedef struct used_block {
    uint64_t address, bytes;
    st_pool *pool;
    bool kept; /* freed by the client; its pool has it */
} used_block;

static pthread_mutex_t used_lock = PTHREAD_MUTEX_INITIALIZER;
static used_block *used;
static size_t used_room, used_count;

static size_t slot_of(uint64_t address)
{
    return (size_t)((address * 0x9e3779b97f4a7c15u) >> 20) & (used_room - 1);
}

static bool used_put(used_block block)
{
    if (used_count * 2 >= used_room) {
        used_block *old = used;
        size_t old_room = used_room, room = used_room ? used_room * 2 : 256;
        used_block *grown = calloc(room, sizeof *grown);
        if (!grown)
            return false;
        used = grown;
        used_room = room;
        for (size_t i = 0; i < old_room; i++) {
            if (!old[i].address)
                continue;
            size_t at = slot_of(old[i].address);
            while (used[at].address)
                at = (at + 1) & (used_room - 1);
            used[at] = old[i];
        }
        free(old);
    }
    size_t at = slot_of(block.address);
    while (used[at].address)
        at = (at + 1) & (used_room - 1);
    used[at] = block;
    used_count++;
    return true;
}

static used_block *used_find(uint64_t address)
{
    if (!used_room)
        return NULL;
    for (size_t at = slot_of(address); used[at].address; at = (at + 1) & (used_room - 1))
        if (used[at].address == address)
            return &used[at];
    return NULL;
}

/* Takes an entry out and closes the gap, so that searches may stop at the first empty slot. */
static used_block used_take(used_block *entry)
{
    used_block taken = *entry;
    size_t hole = (size_t)(entry - used);
    for (size_t at = (hole + 1) & (used_room - 1); used[at].address; at = (at + 1) & (used_room - 1)) {
        size_t home = slot_of(used[at].address);
        if (((at - home) & (used_room - 1)) >= ((at - hole) & (used_room - 1))) {
            used[hole] = used[at];
            hole = at;
        }
    }
    used[hole].address = 0;
    used_count--;
    return taken;
}

bool st_pool_owns(uint64_t address)
{
    pthread_mutex_lock(&used_lock);
    bool owns = used_find(address) != NULL;
    pthread_mutex_unlock(&used_lock);
    return owns;
}

/* ------------------------------------------------------------------------------------------------------- */

static unsigned class_of(uint64_t bytes)
{
    unsigned c = bytes <= 512 ? 9 : 64 - (unsigned)__builtin_clzll(bytes - 1);
    return c < 48 ? c : 47;
}

st_error st_pool_create(st_device *d, st_pool **out)
{
    st_pool *p = st_new(&st_pools);
    if (!p)
        return ST_OUT_OF_MEMORY;
    p->device = d;
    p->reuse_event = p->reuse_opportunistic = p->reuse_internal = 1;
    pthread_mutex_init(&p->lock, NULL);
    *out = p;
    return ST_OK;
}

static bool ready(const st_pool_block *b)
{
    return !b->stream || !b->stream->sil || sil_stream_passed(b->stream->sil) >= b->value;
}

static void give_back(st_pool *p, st_pool_block *b)
{
    pthread_mutex_lock(&used_lock);
    used_block *entry = used_find(b->address);
    if (entry)
        used_take(entry);
    pthread_mutex_unlock(&used_lock);
    sil_free_idle(p->device->sil, b->address);
    p->reserved -= b->bytes;
    if (b->stream)
        st_stream_drop(b->stream);
    free(b);
}

void st_pool_trim(st_pool *p, uint64_t keep)
{
    pthread_mutex_lock(&p->lock);
    for (unsigned c = 0; c < 48; c++) {
        st_pool_block **at = &p->free_blocks[c];
        while (*at && p->reserved > keep) {
            st_pool_block *b = *at;
            if (!ready(b)) {
                at = &b->next;
                continue;
            }
            *at = b->next;
            give_back(p, b);
        }
    }
    pthread_mutex_unlock(&p->lock);
}

/* Blocks in use stay valid until they are freed, and then go at once. */
void st_pool_destroy(st_pool *p)
{
    st_pool_trim(p, 0);
    pthread_mutex_lock(&used_lock);
    for (size_t i = 0; i < used_room; i++)
        if (used[i].address && used[i].pool == p)
            used[i].pool = NULL;
    pthread_mutex_unlock(&used_lock);
    st_delete(&st_pools, p);
}

void st_pool_forget(st_device *d)
{
    bool alive;
    st_pool *p;
    pthread_mutex_lock(&used_lock);
    for (size_t i = 0; i < used_room;) {
        if (used[i].address && used[i].pool && used[i].pool->device == d)
            used_take(&used[i]);
        else
            i++;
    }
    pthread_mutex_unlock(&used_lock);
    for (uint32_t i = 0; (p = st_at(&st_pools, i, &alive)) != NULL; i++) {
        if (!alive || p->device != d)
            continue;
        for (unsigned c = 0; c < 48; c++) {
            while (p->free_blocks[c]) {
                st_pool_block *b = p->free_blocks[c];
                p->free_blocks[c] = b->next;
                if (b->stream)
                    st_stream_drop(b->stream);
                free(b);
            }
        }
        p->reserved = p->used = 0;
    }
}

static st_pool_block *take_fit(st_pool *p, st_stream *s, uint64_t bytes)
{
    st_pool_block **at = &p->free_blocks[class_of(bytes)];
    for (unsigned looked = 0; *at && looked < 8; looked++, at = &(*at)->next) {
        st_pool_block *b = *at;
        if (b->bytes >= bytes && (b->stream == s || ready(b))) {
            *at = b->next;
            return b;
        }
    }
    return NULL;
}

st_error st_pool_alloc(st_pool *p, st_stream *s, uint64_t bytes, uint64_t *out)
{
    st_error error = st_enter(s);
    if (error)
        return error;
    if (!bytes || !out)
        return ST_INVALID_VALUE;
    uint64_t rounded = bytes > (uint64_t)1 << 40 ? bytes : (uint64_t)1 << class_of(bytes);
    if (bytes > (uint64_t)2 << 20) /* large blocks are not doubled */
        rounded = (bytes + ((uint64_t)2 << 20) - 1) & ~(((uint64_t)2 << 20) - 1);
    pthread_mutex_lock(&p->lock);
    st_pool_block *b = take_fit(p, s, bytes);
    uint64_t address = b ? b->address : 0;
    if (b) {
        rounded = b->bytes;
        if (b->stream)
            st_stream_drop(b->stream);
        free(b);
    } else {
        sil_status status = sil_alloc(p->device->sil, rounded, &address);
        if (status == SIL_OUT_OF_MEMORY) {
            pthread_mutex_unlock(&p->lock);
            st_pool_trim(p, 0);
            pthread_mutex_lock(&p->lock);
            status = sil_alloc(p->device->sil, rounded, &address);
        }
        error = st_failed(NULL, status);
        if (!error)
            p->reserved += rounded;
    }
    if (!error) {
        p->used += rounded;
        p->used_high = p->used > p->used_high ? p->used : p->used_high;
        p->reserved_high = p->reserved > p->reserved_high ? p->reserved : p->reserved_high;
        pthread_mutex_lock(&used_lock);
        used_block *entry = used_find(address);
        if (entry)
            entry->kept = false;
        else if (!used_put((used_block){ address, rounded, p, false }))
            error = ST_OUT_OF_MEMORY;
        pthread_mutex_unlock(&used_lock);
        *out = address;
    }
    pthread_mutex_unlock(&p->lock);
    return error;
}

st_error st_pool_free(st_stream *s, uint64_t address)
{
    st_error error = s ? st_enter(s) : ST_OK;
    if (error)
        return error;
    pthread_mutex_lock(&used_lock);
    used_block *entry = used_find(address);
    used_block block = { 0 };
    bool twice = entry && entry->kept;
    if (entry && entry->pool && !twice) {
        entry->kept = true;
        block = *entry;
    } else if (entry && !twice) {
        block = used_take(entry);
    }
    pthread_mutex_unlock(&used_lock);
    if (twice)
        return ST_INVALID_VALUE;
    if (!entry) { /* from the plain allocator: allowed, in stream order */
        error = s ? st_stream_wait(s) : ST_OK;
        return error ? error : s ? st_free(s->context->device, address) : ST_INVALID_VALUE;
    }
    st_pool *p = block.pool;
    if (!p) {
        st_memory memory;
        st_memory_find(address, &memory);
        return memory.device ? st_failed(NULL, sil_free(memory.device->sil, address)) : ST_INVALID_VALUE;
    }
    st_pool_block *b = calloc(1, sizeof *b);
    if (!b)
        return ST_OUT_OF_MEMORY;
    *b = (st_pool_block){
        .address = address, .bytes = block.bytes, .stream = s, .value = s ? sil_stream_last(s->sil) : 0
    };
    if (s)
        st_stream_hold(s);
    pthread_mutex_lock(&p->lock);
    unsigned c = class_of(block.bytes);
    b->next = p->free_blocks[c];
    p->free_blocks[c] = b;
    p->used -= block.bytes;
    pthread_mutex_unlock(&p->lock);
    return ST_OK;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Attributes: the numbers are the same for CUDA and HIP. */

enum {
    POOL_REUSE_EVENT = 1,
    POOL_REUSE_OPPORTUNISTIC,
    POOL_REUSE_INTERNAL,
    POOL_THRESHOLD,
    POOL_RESERVED,
    POOL_RESERVED_HIGH,
    POOL_USED,
    POOL_USED_HIGH
};

st_error st_pool_get_attribute(st_pool *p, int attribute, void *out)
{
    const uint64_t words[] = { p->threshold, p->reserved, p->reserved_high, p->used, p->used_high };
    const int flags[] = { p->reuse_event, p->reuse_opportunistic, p->reuse_internal };
    if (!out || attribute < POOL_REUSE_EVENT || attribute > POOL_USED_HIGH)
        return ST_INVALID_VALUE;
    if (attribute < POOL_THRESHOLD)
        memcpy(out, &flags[attribute - POOL_REUSE_EVENT], sizeof flags[0]);
    else
        memcpy(out, &words[attribute - POOL_THRESHOLD], sizeof words[0]);
    return ST_OK;
}

st_error st_pool_set_attribute(st_pool *p, int attribute, const void *value)
{
    uint64_t word = 0;
    int flag = 0;
    if (!value)
        return ST_INVALID_VALUE;
    if (attribute < POOL_THRESHOLD)
        memcpy(&flag, value, sizeof flag);
    else
        memcpy(&word, value, sizeof word);
    switch (attribute) {
    case POOL_REUSE_EVENT:
        p->reuse_event = flag;
        return ST_OK;
    case POOL_REUSE_OPPORTUNISTIC:
        p->reuse_opportunistic = flag;
        return ST_OK;
    case POOL_REUSE_INTERNAL:
        p->reuse_internal = flag;
        return ST_OK;
    case POOL_THRESHOLD:
        p->threshold = word;
        return ST_OK;
    case POOL_RESERVED_HIGH:
        p->reserved_high = word ? p->reserved_high : p->reserved;
        return word ? ST_INVALID_VALUE : ST_OK;
    case POOL_USED_HIGH:
        p->used_high = word ? p->used_high : p->used;
        return word ? ST_INVALID_VALUE : ST_OK;
    }
    return ST_INVALID_VALUE;
}

st_error st_pool_default(st_device *d, st_pool **out)
{
    st_error error = d->profile.caps & SIL_CAP_POOLS ? ST_OK : ST_NOT_SUPPORTED;
    if (!error)
        error = st_device_sil(d);
    if (error)
        return error;
    pthread_mutex_lock(&d->lock);
    if (!d->pool)
        error = st_pool_create(d, &d->pool);
    *out = d->pool;
    pthread_mutex_unlock(&d->lock);
    return error;
}
