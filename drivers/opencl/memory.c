/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory.c - device memory as a few large allocations of OpenCL's, divided here: OpenCL wants to be told every
 * allocation that a kernel may reach through pointers in memory, and that list must not grow with the number of ours.
 * An arena is shared virtual memory or, in the tiers without it, a buffer with an address.
 *
 * Two-level segregated fit (Masmano et al., "TLSF", ECRTS 2004), constant time, with the notes on blocks outside the
 * memory that they describe, since the host may not touch coarse-grained memory.
 */
#include "drivers/opencl/internal.h"

#include <string.h>

enum { DEDICATED_BYTES = 256 << 20, ARENA_BYTES = 64 << 20, FIRST_LIVE_ROOM = 256 };

struct ocl_block {
    uint64_t address, bytes;
    ocl_arena *arena;
    ocl_block *before, *after;         /* neighbours in the arena */
    ocl_block *previous, *next;        /* in the list of free blocks */
    bool is_free;
};

struct ocl_arena {
    ocl_arena *next;
    void *raw;                         /* OCL_SVM: as OpenCL gave it */
    cl_mem buffer;                     /* the other tiers */
    uint64_t base;                     /* the allocation's own address */
    uint64_t address, bytes;           /* the part that is divided */
    uint64_t live;                     /* blocks */
};

/* ------------------------------------------------------------------------------------------------------- */
/* Live blocks by address */

static uint64_t home(const ocl_pool *pool, uint64_t address)
{
    return (address / OCL_GRAIN * 0x9E3779B97F4A7C15ull >> 20) & (pool->live_room - 1);
}

static void place(ocl_pool *pool, ocl_block *block)
{
    uint64_t at = home(pool, block->address);
    while (pool->live[at])
        at = (at + 1) & (pool->live_room - 1);
    pool->live[at] = block;
}

static bool reserve_live(ocl_pool *pool)
{
    if (pool->live_count * 2 < pool->live_room)
        return true;
    uint64_t old_room = pool->live_room;
    ocl_block **old = pool->live, **wide = ocl_host->alloc(sizeof *wide * (old_room ? old_room * 2 : FIRST_LIVE_ROOM));
    if (!wide)
        return false;
    pool->live = wide;
    pool->live_room = old_room ? old_room * 2 : FIRST_LIVE_ROOM;
    for (uint64_t i = 0; i < old_room; i++)
        if (old[i])
            place(pool, old[i]);
    ocl_host->free(old);
    return true;
}

static ocl_block *take_live(ocl_pool *pool, uint64_t address)
{
    if (!pool->live_room)
        return NULL;
    uint64_t mask = pool->live_room - 1, at = home(pool, address);
    while (pool->live[at] && pool->live[at]->address != address)
        at = (at + 1) & mask;
    ocl_block *found = pool->live[at];
    if (!found)
        return NULL;
    pool->live[at] = NULL;
    pool->live_count--;
    for (uint64_t k = (at + 1) & mask; pool->live[k]; k = (k + 1) & mask) {   /* close the gap */
        ocl_block *moved = pool->live[k];
        pool->live[k] = NULL;
        place(pool, moved);
    }
    return found;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Free blocks by size */

static void levels(uint64_t bytes, unsigned *first, unsigned *second)
{
    unsigned log = 63 - (unsigned)__builtin_clzll(bytes);
    *first = log;
    *second = (unsigned)(bytes >> (log - 3)) & (OCL_SECOND_LEVELS - 1);
}

static void insert_free(ocl_pool *pool, ocl_block *b)
{
    unsigned f, s;
    levels(b->bytes, &f, &s);
    b->is_free = true;
    b->previous = NULL;
    b->next = pool->free_blocks[f][s];
    if (b->next)
        b->next->previous = b;
    pool->free_blocks[f][s] = b;
    pool->first_level |= 1ull << f;
    pool->second_level[f] |= (uint8_t)(1u << s);
}

static void remove_free(ocl_pool *pool, ocl_block *b)
{
    unsigned f, s;
    levels(b->bytes, &f, &s);
    b->is_free = false;
    if (b->previous)
        b->previous->next = b->next;
    else
        pool->free_blocks[f][s] = b->next;
    if (b->next)
        b->next->previous = b->previous;
    if (!pool->free_blocks[f][s])
        pool->second_level[f] &= (uint8_t)~(1u << s);
    if (!pool->second_level[f])
        pool->first_level &= ~(1ull << f);
}

/* A block of a list all of whose blocks are large enough. */
static ocl_block *find_free(ocl_pool *pool, uint64_t bytes)
{
    unsigned f, s, log = 63 - (unsigned)__builtin_clzll(bytes);
    uint64_t rounded = bytes + (1ull << (log - 3)) - 1;
    levels(rounded, &f, &s);
    unsigned here = pool->second_level[f] & (~0u << s);
    if (!here) {
        uint64_t above = pool->first_level & (~0ull << f << 1);
        if (!above)
            return NULL;
        f = (unsigned)__builtin_ctzll(above);
        here = pool->second_level[f];
    }
    return pool->free_blocks[f][__builtin_ctz(here)];
}

/* ------------------------------------------------------------------------------------------------------- */
/* Arenas */

enum { SYNTHETIC_GAP = 1 << 30 };      /* between arenas whose addresses are made up */
#define SYNTHETIC_FIRST 0x100000000000ull

/* A buffer with the address that its tier gives it. */
static bool buffer_alloc(ocl_pool *pool, uint64_t bytes, ocl_arena *arena)
{
    cl_int e;
    ocl_device_address address = 0;
    if (pool->tier == OCL_ADDRESSES) {
        const cl_mem_properties properties[] = { OCL_MEM_PRIVATE_ADDRESS, CL_TRUE, 0 };
        arena->buffer =
            ocl_cl.CreateBufferWithProperties(pool->context, properties, CL_MEM_READ_WRITE, bytes, NULL, &e);
        if (!arena->buffer)
            return false;
        e = ocl_cl.GetMemObjectInfo(arena->buffer, OCL_MEM_ADDRESS, sizeof address, &address, NULL);
        if (e != CL_SUCCESS || !address) {
            ocl_cl.ReleaseMemObject(arena->buffer);
            return false;
        }
    } else {
        arena->buffer = ocl_cl.CreateBuffer(pool->context, CL_MEM_READ_WRITE, bytes, NULL, &e);
        if (!arena->buffer)
            return false;
        address = pool->next_base ? pool->next_base : SYNTHETIC_FIRST;
        pool->next_base = (address + bytes + 2 * (uint64_t)SYNTHETIC_GAP) / SYNTHETIC_GAP * SYNTHETIC_GAP;
    }
    arena->base = address;
    return true;
}

static bool arena_alloc(ocl_pool *pool, uint64_t bytes, ocl_arena *arena)
{
    if (bytes + OCL_GRAIN > pool->largest)
        return false;
    if (pool->tier != OCL_SVM)
        return buffer_alloc(pool, bytes + OCL_GRAIN, arena);
    arena->raw = ocl_cl.SVMAlloc(pool->context, pool->flags, bytes + OCL_GRAIN, 0);
    arena->base = (uint64_t)(uintptr_t)arena->raw;
    return arena->raw != NULL;
}

static void arena_release(ocl_pool *pool, ocl_arena *arena)
{
    if (pool->tier == OCL_SVM)
        ocl_cl.SVMFree(pool->context, arena->raw);
    else
        ocl_cl.ReleaseMemObject(arena->buffer);
}

/* How much to ask for: half of what there is already, so that the number of arenas grows with the logarithm. */
static uint64_t arena_bytes_for(const ocl_pool *pool, uint64_t bytes)
{
    uint64_t wanted = pool->arena_bytes / 2;
    if (bytes >= DEDICATED_BYTES)
        return bytes;
    wanted = wanted < ARENA_BYTES       ? ARENA_BYTES
             : wanted > DEDICATED_BYTES ? DEDICATED_BYTES
                                        : wanted / OCL_GRAIN * OCL_GRAIN;
    return wanted > bytes ? wanted : bytes;
}

/* Gives the new arena's one block, which is in the lists. */
static tn_status add_arena(ocl_pool *pool, uint64_t bytes, ocl_block **out)
{
    uint64_t wanted = arena_bytes_for(pool, bytes);
    ocl_arena *arena = ocl_host->alloc(sizeof *arena);
    ocl_block *block = ocl_host->alloc(sizeof *block);
    bool got = arena && block && arena_alloc(pool, wanted, arena);
    if (!got && arena && block && wanted > bytes)
        got = arena_alloc(pool, wanted = bytes, arena);
    if (!got) {
        ocl_host->free(block);
        ocl_host->free(arena);
        return TN_FAIL(ocl_host, TN_OUT_OF_MEMORY,
                       "no %llu bytes of device memory; OpenCL gives at most %llu in one piece",
                       (unsigned long long)bytes, (unsigned long long)pool->largest);
    }
    arena->address = (arena->base + OCL_GRAIN - 1) / OCL_GRAIN * OCL_GRAIN;
    arena->bytes = wanted;
    arena->next = pool->arenas;
    pool->arenas = arena;
    pool->arena_bytes += wanted;
    *block = (ocl_block){ .address = arena->address, .bytes = wanted, .arena = arena };
    insert_free(pool, block);
    atomic_fetch_add(&pool->generation, 1);
    *out = block;
    return TN_OK;
}

static void drop_arena(ocl_pool *pool, ocl_arena *arena)
{
    ocl_arena **at = &pool->arenas;
    while (*at != arena)
        at = &(*at)->next;
    *at = arena->next;
    pool->arena_bytes -= arena->bytes;
    arena_release(pool, arena);
    ocl_host->free(arena);
    atomic_fetch_add(&pool->generation, 1);
}

/* Cuts what is not needed off the end. Without memory for the note the block stays whole. */
static void split(ocl_pool *pool, ocl_block *b, uint64_t bytes)
{
    if (b->bytes < bytes + OCL_GRAIN)
        return;
    ocl_block *rest = ocl_host->alloc(sizeof *rest);
    if (!rest)
        return;
    *rest = (ocl_block){ .address = b->address + bytes, .bytes = b->bytes - bytes, .arena = b->arena, .before = b,
                         .after = b->after };
    if (rest->after)
        rest->after->before = rest;
    b->after = rest;
    b->bytes = bytes;
    insert_free(pool, rest);
}

/* Takes the neighbour behind `b` into it. */
static void absorb(ocl_pool *pool, ocl_block *b)
{
    ocl_block *gone = b->after;
    if (gone->is_free)
        remove_free(pool, gone);
    b->bytes += gone->bytes;
    b->after = gone->after;
    if (b->after)
        b->after->before = b;
    ocl_host->free(gone);
}

/* ------------------------------------------------------------------------------------------------------- */

tn_status ocl_pool_open(ocl_pool *pool, cl_context context, ocl_tier tier, cl_svm_mem_flags flags, uint64_t capacity,
                        uint64_t largest)
{
    memset(pool, 0, sizeof *pool);
    pool->context = context;
    pool->tier = tier;
    pool->flags = flags;
    pool->capacity = capacity;
    pool->largest = largest;
    atomic_init(&pool->generation, 1);
    pthread_mutex_init(&pool->lock, NULL);
    return TN_OK;
}

void ocl_pool_close(ocl_pool *pool)
{
    for (uint64_t i = 0; i < pool->live_room; i++) {
        ocl_block *b = pool->live[i];
        if (b)
            ocl_host->free(b);
    }
    ocl_host->free(pool->live);
    for (unsigned f = 0; f < OCL_FIRST_LEVELS; f++)
        for (unsigned s = 0; s < OCL_SECOND_LEVELS; s++)
            for (ocl_block *b = pool->free_blocks[f][s], *next; b; b = next) {
                next = b->next;
                ocl_host->free(b);
            }
    while (pool->arenas)
        drop_arena(pool, pool->arenas);
    pthread_mutex_destroy(&pool->lock);
}

static tn_status alloc_locked(ocl_pool *pool, uint64_t bytes, tn_address *out)
{
    if (bytes > pool->capacity - pool->live_bytes)
        return TN_FAIL(ocl_host, TN_OUT_OF_MEMORY, "no %llu bytes of device memory: %llu of %llu are in use",
                       (unsigned long long)bytes, (unsigned long long)pool->live_bytes,
                       (unsigned long long)pool->capacity);
    if (!reserve_live(pool))
        return TN_FAIL(ocl_host, TN_OUT_OF_HOST_MEMORY, "no host memory to note an allocation");
    ocl_block *b = find_free(pool, bytes);
    if (!b) {
        tn_status status = add_arena(pool, bytes, &b);
        if (status != TN_OK || !b)
            return status;
    }
    remove_free(pool, b);
    split(pool, b, bytes);
    b->arena->live++;
    pool->live_bytes += b->bytes;
    pool->live_count++;
    place(pool, b);
    *out = b->address;
    return TN_OK;
}

tn_status ocl_pool_alloc(ocl_pool *pool, uint64_t bytes, tn_address *out)
{
    if (bytes > pool->capacity)        /* also where rounding would overflow */
        return TN_FAIL(ocl_host, TN_OUT_OF_MEMORY, "%llu bytes are more than the device's %llu",
                       (unsigned long long)bytes, (unsigned long long)pool->capacity);
    pthread_mutex_lock(&pool->lock);
    tn_status status = alloc_locked(pool, (bytes + OCL_GRAIN - 1) / OCL_GRAIN * OCL_GRAIN, out);
    pthread_mutex_unlock(&pool->lock);
    return status;
}

tn_status ocl_pool_free(ocl_pool *pool, tn_address address)
{
    pthread_mutex_lock(&pool->lock);
    ocl_block *b = take_live(pool, address);
    if (!b) {
        pthread_mutex_unlock(&pool->lock);
        return TN_FAIL(ocl_host, TN_BAD_ADDRESS, "%#llx is not the start of an allocation of this device",
                       (unsigned long long)address);
    }
    ocl_arena *arena = b->arena;
    pool->live_bytes -= b->bytes;
    arena->live--;
    if (b->after && b->after->is_free)
        absorb(pool, b);
    if (b->before && b->before->is_free) {
        b = b->before;
        remove_free(pool, b);
        absorb(pool, b);
    }
    if (!arena->live && (arena->bytes >= DEDICATED_BYTES || pool->arena_bytes - arena->bytes > pool->live_bytes * 2)) {
        ocl_host->free(b);             /* it is the whole arena */
        drop_arena(pool, arena);
    } else {
        insert_free(pool, b);
    }
    pthread_mutex_unlock(&pool->lock);
    return TN_OK;
}

uint32_t ocl_pool_bases(ocl_pool *pool, void **out, uint32_t room)
{
    uint32_t n = 0;
    pthread_mutex_lock(&pool->lock);
    for (ocl_arena *a = pool->arenas; a; a = a->next, n++)
        if (n < room)
            out[n] = (void *)(uintptr_t)a->base;
    pthread_mutex_unlock(&pool->lock);
    return n;
}

cl_mem ocl_pool_find(ocl_pool *pool, tn_address address, size_t *out_offset)
{
    cl_mem found = NULL;
    *out_offset = address;
    pthread_mutex_lock(&pool->lock);
    for (ocl_arena *a = pool->arenas; a && !found; a = a->next)
        if (address >= a->base && address <= a->address + a->bytes) {
            found = a->buffer;
            *out_offset = address - a->base;
        }
    pthread_mutex_unlock(&pool->lock);
    return found;
}
