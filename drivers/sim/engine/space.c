/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A space: a reserved range of addresses over a memory file, and the allocator that cuts it up. Owns the mapping and
 * all bookkeeping, which lies outside the range, so that no kernel can spoil it. Every operation costs the same
 * whatever the number of live allocations: free runs of granules stand in bins by size, a table by granule leads from
 * any address to its block, small sizes share a granule. Pages are committed when touched; a large block's pages go
 * back to the system, and lose their access rights, when it is freed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "drivers/sim/engine/internal.h"

enum {
    BIG_BYTES = 1 << 20,               /* from here on: exact pages, a gap behind, closed when freed */
    MAX_GAPS = 8192,                   /* each big block with a gap costs the system two mappings */
    SLAB_LARGEST = SIL__GRANULE / 2
};
#define TRIM_BYTES (256ull << 20)      /* free memory that may stay committed */
#if defined(TN_SAN_thread)
#define RESERVE_QUARTERS 5            /* ThreadSanitizer leaves applications little room */
#else
#define RESERVE_QUARTERS 10
#endif

static uint64_t round_up(uint64_t value, uint64_t unit)
{
    return (value + unit - 1) / unit * unit;
}

static unsigned char *granule_at(const sil__space *space, uint64_t granule)
{
    return space->base + (granule << SIL__GRANULE_SHIFT);
}

/* ------------------------------------------------------------------------------------------------------- */
/* Blocks and bins */

static uint32_t bin_of(uint64_t count)
{
    if (count < 32)
        return (uint32_t)count;
    uint32_t log = 63 - (uint32_t)__builtin_clzll(count);
    return 32 + (log - 5) * 4 + (uint32_t)(count >> (log - 2) & 3);
}

static uint32_t block_new(sil__space *space)
{
    uint32_t index = space->block_unused;
    if (index) {
        space->block_unused = space->blocks[index].next;
        return index;
    }
    return ++space->block_count;       /* the table has one for each granule */
}

static void block_drop(sil__space *space, uint32_t index)
{
    sil__block *block = &space->blocks[index];
    atomic_store_explicit(&block->kind, SIL__UNUSED, memory_order_relaxed);
    block->next = space->block_unused;
    space->block_unused = index;
}

static void list_push(sil__space *space, uint32_t *head, uint32_t index)
{
    sil__block *block = &space->blocks[index];
    block->prev = 0;
    block->next = *head;
    if (*head)
        space->blocks[*head].prev = index;
    *head = index;
}

static void list_remove(sil__space *space, uint32_t *head, uint32_t index)
{
    sil__block *block = &space->blocks[index];
    if (block->prev)
        space->blocks[block->prev].next = block->next;
    else
        *head = block->next;
    if (block->next)
        space->blocks[block->next].prev = block->prev;
}

static void owner_set(sil__space *space, uint64_t granule, uint32_t index)
{
    atomic_store_explicit(&space->owner[granule], index, memory_order_relaxed);
}

static uint32_t owner_get(const sil__space *space, uint64_t granule)
{
    return atomic_load_explicit(&space->owner[granule], memory_order_relaxed);
}

static uint64_t first_of(const sil__block *block)
{
    return atomic_load_explicit(&((sil__block *)block)->first, memory_order_relaxed);
}

static uint32_t kind_of(const sil__block *block)
{
    return atomic_load_explicit(&((sil__block *)block)->kind, memory_order_relaxed);
}

static void run_insert(sil__space *space, uint64_t first, uint64_t count)
{
    uint32_t index = block_new(space), bin = bin_of(count);
    sil__block *block = &space->blocks[index];
    atomic_store_explicit(&block->kind, SIL__FREE, memory_order_relaxed);
    atomic_store_explicit(&block->first, first, memory_order_relaxed);
    block->count = count;
    owner_set(space, first, index);
    owner_set(space, first + count - 1, index);
    list_push(space, &space->bin[bin], index);
    space->bin_map[bin / 64] |= 1ull << bin % 64;
}

static void run_remove(sil__space *space, uint32_t index)
{
    uint32_t bin = bin_of(space->blocks[index].count);
    list_remove(space, &space->bin[bin], index);
    if (!space->bin[bin])
        space->bin_map[bin / 64] &= ~(1ull << bin % 64);
}

/* Any run of at least `count` granules, 0 if there is none. Looks at a few of the bin that may hold shorter ones, then
 * takes the first of the next bin. */
static uint32_t run_search(sil__space *space, uint64_t count)
{
    uint32_t bin = bin_of(count), tries = 8;
    for (uint32_t i = space->bin[bin]; i && tries; i = space->blocks[i].next, tries--) {
        if (space->blocks[i].count >= count)
            return i;
    }
    for (uint32_t b = bin + 1; b < SIL__BINS; b++) {
        uint64_t word = space->bin_map[b / 64] >> b % 64;
        if (word)
            return space->bin[b + (uint32_t)__builtin_ctzll(word)];
        b |= 63;
    }
    for (uint32_t i = space->bin[bin]; i; i = space->blocks[i].next) {
        if (space->blocks[i].count >= count)
            return i;
    }
    return 0;
}

/* Takes granules out of the free runs as a block without kind; 0 if there is no room. */
static uint32_t run_take(sil__space *space, uint64_t count)
{
    uint32_t index = run_search(space, count);
    if (!index)
        return 0;
    sil__block *block = &space->blocks[index];
    uint64_t first = first_of(block), rest = block->count - count;
    run_remove(space, index);
    block->count = count;
    for (uint64_t g = first; g < first + count; g++) {
        owner_set(space, g, index);
        if (space->open[g])
            space->idle_open -= SIL__GRANULE;
    }
    if (rest)
        run_insert(space, first + count, rest);
    return index;
}

static void run_give(sil__space *space, uint32_t index)
{
    sil__block *block = &space->blocks[index];
    uint64_t first = first_of(block), count = block->count;
    for (uint64_t g = first; g < first + count; g++) {
        if (space->open[g])
            space->idle_open += SIL__GRANULE;
    }
    block_drop(space, index);
    if (first > 0) {
        uint32_t before = owner_get(space, first - 1);
        if (kind_of(&space->blocks[before]) == SIL__FREE) {
            run_remove(space, before);
            first = first_of(&space->blocks[before]);
            count += space->blocks[before].count;
            block_drop(space, before);
        }
    }
    if (first + count < space->granules) {
        uint32_t after = owner_get(space, first + count);
        if (kind_of(&space->blocks[after]) == SIL__FREE) {
            run_remove(space, after);
            count += space->blocks[after].count;
            block_drop(space, after);
        }
    }
    run_insert(space, first, count);
}

/* ------------------------------------------------------------------------------------------------------- */
/* Access rights and pages */

static bool pages_open(sil__space *space, unsigned char *at, uint64_t bytes)
{
    if (space->borrowed)
        return true;
    if (space->key >= 0)
        return pkey_mprotect(at, bytes, PROT_READ | PROT_WRITE, space->key) == 0;
    return mprotect(at, bytes, PROT_READ | PROT_WRITE) == 0;
}

/* Gives the memory back; what is read there later is zero. */
static void pages_drop(sil__space *space, unsigned char *at, uint64_t bytes)
{
    fallocate(space->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at - space->base, (off_t)bytes);
}

static void pages_close(sil__space *space, unsigned char *at, uint64_t bytes)
{
    if (space->borrowed)
        return;
    pages_drop(space, at, bytes);
    mprotect(at, bytes, PROT_NONE);
}

/* Opens those granules that are closed, stretch by stretch. */
static bool granules_open(sil__space *space, uint64_t first, uint64_t count)
{
    for (uint64_t g = first; g < first + count;) {
        if (space->open[g]) {
            g++;
            continue;
        }
        uint64_t end = g + 1;
        while (end < first + count && !space->open[end])
            end++;
        if (!pages_open(space, granule_at(space, g), (end - g) << SIL__GRANULE_SHIFT))
            return false;
        memset(space->open + g, 1, end - g);
        g = end;
    }
    return true;
}

static void granules_close(sil__space *space, uint64_t first, uint64_t count)
{
    pages_close(space, granule_at(space, first), count << SIL__GRANULE_SHIFT);
    memset(space->open + first, 0, count);
}

/* Gives the pages of all free runs back. */
static void trim(sil__space *space)
{
    for (uint32_t b = 0; b < SIL__BINS; b++) {
        for (uint32_t i = space->bin[b]; i; i = space->blocks[i].next) {
            uint64_t first = first_of(&space->blocks[i]);
            if (memchr(space->open + first, 1, space->blocks[i].count))
                granules_close(space, first, space->blocks[i].count);
        }
    }
    space->idle_open = 0;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Small sizes */

static uint32_t class_of(const sil__space *space, uint64_t bytes)
{
    uint32_t c = 0;
    while (space->class_bytes[c] < bytes)
        c++;
    return c;
}

static uint32_t slab_new(sil__space *space, uint32_t size_class)
{
    uint32_t index = run_take(space, 1);
    if (!index)
        return 0;
    sil__block *block = &space->blocks[index];
    if (!block->slot_size)
        block->slot_size = calloc(256, sizeof *block->slot_size);
    if (!block->slot_size || !granules_open(space, first_of(block), 1)) {
        run_give(space, index);
        return 0;
    }
    block->size_class = size_class;
    block->slots = block->slots_free = SIL__GRANULE / space->class_bytes[size_class];
    for (uint32_t w = 0; w < 4; w++) {
        uint32_t left = block->slots > w * 64 ? block->slots - w * 64 : 0;
        block->room[w] = left >= 64 ? ~0ull : (1ull << left) - 1;
    }
    atomic_store_explicit(&block->slot_bytes, space->class_bytes[size_class], memory_order_relaxed);
    atomic_store_explicit(&block->kind, SIL__SLAB, memory_order_release);
    list_push(space, &space->class_slabs[size_class], index);
    space->class_empty[size_class]++;
    return index;
}

static uint64_t slab_alloc(sil__space *space, uint64_t charge, uint64_t bytes)
{
    uint32_t c = class_of(space, charge), index = space->class_slabs[c];
    if (!index && !(index = slab_new(space, c)))
        return 0;
    sil__block *block = &space->blocks[index];
    uint32_t w = 0;
    space->class_empty[c] -= block->slots_free == block->slots;
    while (!block->room[w])
        w++;
    uint32_t slot = w * 64 + (uint32_t)__builtin_ctzll(block->room[w]);
    block->room[w] &= block->room[w] - 1;
    if (--block->slots_free == 0)
        list_remove(space, &space->class_slabs[c], index);
    atomic_store_explicit(&block->slot_size[slot], (uint32_t)bytes, memory_order_relaxed);
    return (uint64_t)(uintptr_t)granule_at(space, first_of(block)) + (uint64_t)slot * space->class_bytes[c];
}

static void slab_free(sil__space *space, uint32_t index, uint32_t slot)
{
    sil__block *block = &space->blocks[index];
    uint32_t *list = &space->class_slabs[block->size_class];
    atomic_store_explicit(&block->slot_size[slot], 0, memory_order_relaxed);
    block->room[slot / 64] |= 1ull << slot % 64;
    if (block->slots_free++ == 0)
        list_push(space, list, index);
    if (block->slots_free < block->slots)
        return;
    if (space->class_empty[block->size_class] == 0) {
        space->class_empty[block->size_class] = 1;
    } else {
        list_remove(space, list, index);
        run_give(space, index);
    }
}

/* What an allocation of `bytes` counts for. */
static uint64_t charge_of(const sil__space *space, uint64_t bytes)
{
    uint64_t unit = space->round > space->align ? space->round : space->align;
    return round_up(round_up(bytes, space->round) + space->extra, unit);
}

/* ------------------------------------------------------------------------------------------------------- */
/* Large sizes */

static uint64_t large_alloc(sil__space *space, uint64_t charge, uint64_t bytes)
{
    uint64_t count = round_up(charge, SIL__GRANULE) >> SIL__GRANULE_SHIFT;
    bool gap = charge >= BIG_BYTES && !space->borrowed && space->live < MAX_GAPS;
    uint32_t index = run_take(space, count + gap);
    if (!index)
        return 0;
    sil__block *block = &space->blocks[index];
    uint64_t first = first_of(block);
    bool ok;
    if (gap) {
        if (memchr(space->open + first, 1, count + 1))
            granules_close(space, first, count + 1);
        ok = pages_open(space, granule_at(space, first), round_up(charge, SIL__PAGE));
        if (ok)
            memset(space->open + first, 1, count);
    } else {
        ok = granules_open(space, first, count);
    }
    if (!ok) {
        run_give(space, index);
        return 0;
    }
    block->charge = charge;
    atomic_store_explicit(&block->bytes, bytes, memory_order_relaxed);
    atomic_store_explicit(&block->kind, SIL__LARGE, memory_order_release);
    return (uint64_t)(uintptr_t)granule_at(space, first);
}

static void large_free(sil__space *space, uint32_t index)
{
    sil__block *block = &space->blocks[index];
    atomic_store_explicit(&block->bytes, 0, memory_order_relaxed);
    if (block->charge >= BIG_BYTES)
        granules_close(space, first_of(block), block->count);
    run_give(space, index);
    if (space->idle_open > TRIM_BYTES)
        trim(space);
}

/* ------------------------------------------------------------------------------------------------------- */

sil_status sil__space_alloc(sil__space *space, uint64_t bytes, uint64_t *out_address)
{
    if (bytes == 0)
        return sil__fail(SIL_INVALID, "an allocation of no bytes");
    if (bytes > space->capacity)
        return sil__fail(SIL_OUT_OF_MEMORY, "%llu bytes asked for, the memory has %llu", (unsigned long long)bytes,
                         (unsigned long long)space->capacity);
    uint64_t charge = charge_of(space, bytes), address = 0;
    pthread_mutex_lock(&space->lock);
    uint64_t left = space->capacity - space->used;
    if (charge <= left)
        address = charge <= SLAB_LARGEST ? slab_alloc(space, charge, bytes) : large_alloc(space, charge, bytes);
    if (address) {
        space->used += charge;
        space->live++;
    }
    pthread_mutex_unlock(&space->lock);
    if (!address)
        return sil__fail(SIL_OUT_OF_MEMORY, "%llu bytes asked for, %llu of %llu are free", (unsigned long long)bytes,
                         (unsigned long long)left, (unsigned long long)space->capacity);
    *out_address = address;
    return SIL_OK;
}

/* The allocation at or around an address. */
static bool locate(const sil__space *space, uint64_t address, uint32_t *out_index, uint32_t *out_slot,
                   uint64_t *out_base, uint64_t *out_bytes)
{
    uint64_t offset = address - (uint64_t)(uintptr_t)space->base;
    if (offset >= space->reserved)
        return false;
    uint32_t index = owner_get(space, offset >> SIL__GRANULE_SHIFT), slot = 0;
    sil__block *block = &space->blocks[index];
    uint64_t base = (uint64_t)(uintptr_t)granule_at(space, first_of(block)), bytes = 0;
    switch (atomic_load_explicit(&block->kind, memory_order_acquire)) {
    case SIL__IMAGE:
        base += atomic_load_explicit(&block->lead, memory_order_relaxed);
        /* fall through */
    case SIL__LARGE:
        bytes = atomic_load_explicit(&block->bytes, memory_order_relaxed);
        break;
    case SIL__SLAB: {
        uint32_t size = atomic_load_explicit(&block->slot_bytes, memory_order_relaxed);
        slot = (uint32_t)(address - base) / size;
        if (slot >= 256)
            return false;
        base += (uint64_t)slot * size;
        bytes = atomic_load_explicit(&block->slot_size[slot], memory_order_relaxed);
        break;
    }
    default:
        return false;
    }
    if (address - base >= bytes)
        return false;
    *out_index = index;
    *out_slot = slot;
    *out_base = base;
    *out_bytes = bytes;
    return true;
}

bool sil__space_find(const sil__space *space, uint64_t address, uint64_t *out_base, uint64_t *out_bytes)
{
    uint32_t index, slot;
    return locate(space, address, &index, &slot, out_base, out_bytes);
}

sil_status sil__space_free(sil__space *space, uint64_t address)
{
    uint32_t index, slot;
    uint64_t base, bytes;
    pthread_mutex_lock(&space->lock);
    bool found = locate(space, address, &index, &slot, &base, &bytes) &&
                 kind_of(&space->blocks[index]) != SIL__IMAGE;
    if (found && base == address) {
        space->live--;
        if (kind_of(&space->blocks[index]) == SIL__SLAB) {
            space->used -= charge_of(space, bytes);
            slab_free(space, index, slot);
        } else {
            space->used -= space->blocks[index].charge;
            large_free(space, index);
        }
    }
    pthread_mutex_unlock(&space->lock);
    if (!found)
        return sil__fail(SIL_BAD_ADDRESS, "0x%llx is no allocation, or it is free already",
                         (unsigned long long)address);
    if (base != address)
        return sil__fail(SIL_BAD_ADDRESS, "0x%llx lies inside the allocation at 0x%llx; only its base can be freed",
                         (unsigned long long)address, (unsigned long long)base);
    return SIL_OK;
}

sil_status sil__space_take(sil__space *space, uint64_t bytes, uint64_t *out_address)
{
    uint64_t count = round_up(bytes, SIL__GRANULE) >> SIL__GRANULE_SHIFT;
    uint32_t index = 0;
    pthread_mutex_lock(&space->lock);
    if (bytes <= space->capacity - space->used)
        index = run_take(space, count);
    if (index) {
        sil__block *block = &space->blocks[index];
        if (memchr(space->open + first_of(block), 1, count))
            granules_close(space, first_of(block), count);
        block->charge = bytes;
        space->used += bytes;
        atomic_store_explicit(&block->lead, 0, memory_order_relaxed);
        atomic_store_explicit(&block->bytes, 0, memory_order_relaxed);
        atomic_store_explicit(&block->kind, SIL__IMAGE, memory_order_release);
        *out_address = (uint64_t)(uintptr_t)granule_at(space, first_of(block));
    }
    pthread_mutex_unlock(&space->lock);
    return index ? SIL_OK : sil__fail(SIL_OUT_OF_MEMORY, "no room for an image of %llu bytes", (unsigned long long)bytes);
}

void sil__space_expose(sil__space *space, uint64_t address, uint64_t lead, uint64_t bytes)
{
    sil__block *block = &space->blocks[owner_get(space, (address - (uint64_t)(uintptr_t)space->base) >> SIL__GRANULE_SHIFT)];
    atomic_store_explicit(&block->lead, lead, memory_order_relaxed);
    atomic_store_explicit(&block->bytes, bytes, memory_order_relaxed);
}

void sil__space_give(sil__space *space, uint64_t address)
{
    uint64_t offset = address - (uint64_t)(uintptr_t)space->base;
    pthread_mutex_lock(&space->lock);
    uint32_t index = owner_get(space, offset >> SIL__GRANULE_SHIFT);
    sil__block *block = &space->blocks[index];
    uint64_t bytes = block->count << SIL__GRANULE_SHIFT;
    mmap((void *)(uintptr_t)address, bytes, PROT_NONE, MAP_SHARED | MAP_FIXED | MAP_NORESERVE, space->fd, (off_t)offset);
    pages_drop(space, (unsigned char *)(uintptr_t)address, bytes);
    space->used -= block->charge;
    run_give(space, index);
    pthread_mutex_unlock(&space->lock);
}

/* ------------------------------------------------------------------------------------------------------- */

static void *table(uint64_t bytes)
{
    void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return at == MAP_FAILED ? NULL : at;
}

static bool tables_init(sil__space *space)
{
    space->granules = space->reserved >> SIL__GRANULE_SHIFT;
    space->owner = table(space->granules * sizeof *space->owner);
    space->open = table(space->granules);
    space->blocks = table((space->granules + 2) * sizeof *space->blocks);
    if (!space->owner || !space->open || !space->blocks)
        return false;
    static const uint8_t steps[] = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128};
    uint32_t unit = space->align > 256 ? space->align : 256;
    for (size_t i = 0; i < sizeof steps && unit * steps[i] <= SLAB_LARGEST; i++)
        space->class_bytes[space->class_count++] = unit * steps[i];
    if (!space->class_count || space->class_bytes[space->class_count - 1] < SLAB_LARGEST)
        space->class_bytes[space->class_count++] = SLAB_LARGEST;
    pthread_mutex_init(&space->lock, NULL);
    run_insert(space, 0, space->granules);
    return true;
}

sil_status sil__space_init(sil__space *space, const char *name, uint64_t capacity, uint32_t align, uint32_t extra,
                           uint32_t round, int key)
{
    memset(space, 0, sizeof *space);
    space->fd = -1;
    space->capacity = capacity;
    space->align = align ? align : 256;
    space->extra = extra;
    space->round = round ? round : 1;
    space->key = key;
    uint64_t want = round_up(capacity / 4 * RESERVE_QUARTERS, 2u << 20) + (64u << 20);
    space->reserved = want;
    space->fd = memfd_create(name, MFD_CLOEXEC);
    if (space->fd < 0 || ftruncate(space->fd, (off_t)want) != 0) {
        int error = errno;
        if (space->fd >= 0)
            close(space->fd);
        return sil__fail(SIL_OUT_OF_MEMORY, "no memory file of %llu bytes: %s", (unsigned long long)want,
                         strerror(error));
    }
    void *at = mmap(NULL, want, PROT_NONE, MAP_SHARED | MAP_NORESERVE, space->fd, 0);
    if (at == MAP_FAILED) {
        int error = errno;
        close(space->fd);
        return sil__fail(SIL_OUT_OF_MEMORY, "no room for %llu bytes of addresses: %s", (unsigned long long)want,
                         strerror(error));
    }
    space->base = at;
    if (!tables_init(space)) {
        sil__space_destroy(space);
        return sil__fail(SIL_OUT_OF_MEMORY, "no memory for the tables of a memory of %llu bytes",
                         (unsigned long long)capacity);
    }
    return SIL_OK;
}

sil_status sil__space_borrow(sil__space *space, void *base, uint64_t bytes)
{
    memset(space, 0, sizeof *space);
    space->fd = -1;
    space->key = -1;
    space->borrowed = true;
    space->base = base;
    space->reserved = space->capacity = bytes;
    space->align = 256;
    space->round = 1;
    if (!tables_init(space)) {
        sil__space_destroy(space);
        return sil__fail(SIL_OUT_OF_MEMORY, "no memory for the tables of the device heap");
    }
    return SIL_OK;
}

void sil__space_destroy(sil__space *space)
{
    if (space->blocks) {
        for (uint32_t i = 0; i <= space->block_count; i++)
            free((void *)space->blocks[i].slot_size);
        munmap(space->blocks, (space->granules + 2) * sizeof *space->blocks);
        pthread_mutex_destroy(&space->lock);
    }
    if (space->owner)
        munmap((void *)space->owner, space->granules * sizeof *space->owner);
    if (space->open)
        munmap(space->open, space->granules);
    if (space->base && !space->borrowed)
        munmap(space->base, space->reserved);
    if (space->fd >= 0)
        close(space->fd);
    memset(space, 0, sizeof *space);
    space->fd = -1;
}
