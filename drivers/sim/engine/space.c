/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A space: a reserved range of addresses over a memory file, and the allocator that cuts it up. Owns the mapping and
 * all bookkeeping, which lies outside the range, so that no kernel can spoil it. Every operation costs the same
 * whatever the number of live allocations: free runs of granules stand in bins by size, a table by granule leads from
 * any address to its block, small sizes share a granule. Pages are committed when touched; a large block's pages go
 * back to the system, and lose their access rights, when it is freed.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "drivers/sim/engine/granules.h"

enum {
    BIG_BYTES = 1 << 20, /* from here on: exact pages, a gap behind, closed when freed */
    MAX_GAPS = 8192,     /* each big block with a gap costs the system two mappings */
    SLAB_LARGEST = SIL__GRANULE / 2,
    SLOTS = 256 /* the most that a slab has */
};
#define TRIM_BYTES (256ull << 20) /* free memory that may stay committed */
#if defined(TN_SAN_thread)
#define RESERVE_QUARTERS 5 /* ThreadSanitizer leaves applications little room */
#else
#define RESERVE_QUARTERS 10
#endif

/* ------------------------------------------------------------------------------------------------------- */
/* Small sizes */

static uint32_t class_of(const sil__space *space, uint64_t bytes)
{
    uint32_t c = 0;
    while (space->class_bytes[c] < bytes)
        c++;
    return c;
}

static _Atomic(uint32_t) *slot_of(const sil__space *space, uint32_t index, uint32_t slot)
{
    return &space->slots[(size_t)index * SLOTS + slot];
}

static uint32_t slab_new(sil__space *space, uint32_t size_class)
{
    uint32_t index = sil__run_take(space, 1);
    if (!index)
        return 0;
    sil__block *block = &space->blocks[index];
    if (!sil__granules_open(space, sil__first_of(block), 1)) {
        sil__run_give(space, index);
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
    sil__list_push(space, &space->class_slabs[size_class], index);
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
        sil__list_remove(space, &space->class_slabs[c], index);
    atomic_store_explicit(slot_of(space, index, slot), (uint32_t)bytes, memory_order_relaxed);
    return (uint64_t)(uintptr_t)sil__granule_at(space, sil__first_of(block)) + (uint64_t)slot * space->class_bytes[c];
}

static void slab_free(sil__space *space, uint32_t index, uint32_t slot)
{
    sil__block *block = &space->blocks[index];
    uint32_t *list = &space->class_slabs[block->size_class];
    atomic_store_explicit(slot_of(space, index, slot), 0, memory_order_relaxed);
    block->room[slot / 64] |= 1ull << slot % 64;
    if (block->slots_free++ == 0)
        sil__list_push(space, list, index);
    if (block->slots_free < block->slots)
        return;
    if (space->class_empty[block->size_class] == 0) {
        space->class_empty[block->size_class] = 1;
    } else {
        sil__list_remove(space, list, index);
        sil__run_give(space, index);
    }
}

/* What an allocation of `bytes` counts for. */
static uint64_t charge_of(const sil__space *space, uint64_t bytes)
{
    uint64_t unit = space->round > space->align ? space->round : space->align;
    return sil__round_up(sil__round_up(bytes, space->round) + space->extra, unit);
}

/* ------------------------------------------------------------------------------------------------------- */
/* Large sizes */

static uint64_t large_alloc(sil__space *space, uint64_t charge, uint64_t bytes)
{
    uint64_t count = sil__round_up(charge, SIL__GRANULE) >> SIL__GRANULE_SHIFT;
    bool gap = charge >= BIG_BYTES && !space->borrowed && space->live < MAX_GAPS;
    uint32_t index = sil__run_take(space, count + gap);
    if (!index)
        return 0;
    sil__block *block = &space->blocks[index];
    uint64_t first = sil__first_of(block);
    bool ok;
    if (gap) {
        if (memchr(space->open + first, 1, count + 1))
            sil__granules_close(space, first, count + 1);
        ok = sil__pages_open(space, sil__granule_at(space, first), sil__round_up(charge, SIL__PAGE));
        if (ok)
            memset(space->open + first, 1, count);
    } else {
        ok = sil__granules_open(space, first, count);
    }
    if (!ok) {
        sil__run_give(space, index);
        return 0;
    }
    block->charge = charge;
    atomic_store_explicit(&block->bytes, bytes, memory_order_relaxed);
    atomic_store_explicit(&block->kind, SIL__LARGE, memory_order_release);
    return (uint64_t)(uintptr_t)sil__granule_at(space, first);
}

static void large_free(sil__space *space, uint32_t index)
{
    sil__block *block = &space->blocks[index];
    atomic_store_explicit(&block->bytes, 0, memory_order_relaxed);
    if (block->charge >= BIG_BYTES)
        sil__granules_close(space, sil__first_of(block), block->count);
    sil__run_give(space, index);
    if (space->idle_open > TRIM_BYTES)
        sil__granules_trim(space);
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
    uint32_t index = sil__owner_get(space, offset >> SIL__GRANULE_SHIFT), slot = 0;
    sil__block *block = &space->blocks[index];
    uint64_t base = (uint64_t)(uintptr_t)sil__granule_at(space, sil__first_of(block)), bytes = 0;
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
        if (slot >= SLOTS)
            return false;
        base += (uint64_t)slot * size;
        bytes = atomic_load_explicit(slot_of(space, index, slot), memory_order_relaxed);
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
    bool found =
        locate(space, address, &index, &slot, &base, &bytes) && sil__kind_of(&space->blocks[index]) != SIL__IMAGE;
    if (found && base == address) {
        space->live--;
        if (sil__kind_of(&space->blocks[index]) == SIL__SLAB) {
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
    uint64_t count = sil__round_up(bytes, SIL__GRANULE) >> SIL__GRANULE_SHIFT;
    uint32_t index = 0;
    pthread_mutex_lock(&space->lock);
    if (bytes <= space->capacity - space->used)
        index = sil__run_take(space, count);
    if (index) {
        sil__block *block = &space->blocks[index];
        if (memchr(space->open + sil__first_of(block), 1, count))
            sil__granules_close(space, sil__first_of(block), count);
        block->charge = bytes;
        space->used += bytes;
        atomic_store_explicit(&block->lead, 0, memory_order_relaxed);
        atomic_store_explicit(&block->bytes, 0, memory_order_relaxed);
        atomic_store_explicit(&block->kind, SIL__IMAGE, memory_order_release);
        *out_address = (uint64_t)(uintptr_t)sil__granule_at(space, sil__first_of(block));
    }
    pthread_mutex_unlock(&space->lock);
    return index ? SIL_OK
                 : sil__fail(SIL_OUT_OF_MEMORY, "no room for an image of %llu bytes", (unsigned long long)bytes);
}

void sil__space_expose(sil__space *space, uint64_t address, uint64_t lead, uint64_t bytes)
{
    sil__block *block =
        &space->blocks[sil__owner_get(space, (address - (uint64_t)(uintptr_t)space->base) >> SIL__GRANULE_SHIFT)];
    atomic_store_explicit(&block->lead, lead, memory_order_relaxed);
    atomic_store_explicit(&block->bytes, bytes, memory_order_relaxed);
}

void sil__space_give(sil__space *space, uint64_t address)
{
    uint64_t offset = address - (uint64_t)(uintptr_t)space->base;
    pthread_mutex_lock(&space->lock);
    uint32_t index = sil__owner_get(space, offset >> SIL__GRANULE_SHIFT);
    sil__block *block = &space->blocks[index];
    uint64_t bytes = block->count << SIL__GRANULE_SHIFT;
    void *at = mmap((void *)(uintptr_t)address, bytes, PROT_NONE, MAP_SHARED | MAP_FIXED | MAP_NORESERVE, space->fd,
                    (off_t)offset);
    (void)at; /* the range is ours: this can only replace what is there */
    sil__pages_drop(space, (unsigned char *)(uintptr_t)address, bytes);
    space->used -= block->charge;
    sil__run_give(space, index);
    pthread_mutex_unlock(&space->lock);
}

/* ------------------------------------------------------------------------------------------------------- */

void *sil__pages(uint64_t bytes)
{
    /* cppcheck-suppress invalidFunctionArg ; memory without a file has -1 */
    void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED)
        return NULL;
    /* cppcheck-suppress memleak ; a cast of MAP_FAILED confuses it */
    return at;
}

static bool tables_init(sil__space *space)
{
    space->granules = space->reserved >> SIL__GRANULE_SHIFT;
    space->owner = sil__pages(space->granules * sizeof *space->owner);
    space->open = sil__pages(space->granules);
    space->blocks = sil__pages((space->granules + 2) * sizeof *space->blocks);
    space->slots = sil__pages((space->granules + 2) * SLOTS * sizeof *space->slots);
    if (!space->owner || !space->open || !space->blocks || !space->slots)
        return false;
    static const uint8_t steps[] = { 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128 };
    uint32_t unit = space->align > 256 ? space->align : 256;
    for (size_t i = 0; i < sizeof steps && unit * steps[i] <= SLAB_LARGEST; i++)
        space->class_bytes[space->class_count++] = unit * steps[i];
    if (!space->class_count || space->class_bytes[space->class_count - 1] < SLAB_LARGEST)
        space->class_bytes[space->class_count++] = SLAB_LARGEST;
    pthread_mutex_init(&space->lock, NULL);
    sil__run_insert(space, 0, space->granules);
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
    uint64_t want = sil__round_up(capacity / 4 * RESERVE_QUARTERS, 2u << 20) + (64u << 20);
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
    madvise(at, want, MADV_DONTDUMP);
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
        munmap(space->blocks, (space->granules + 2) * sizeof *space->blocks);
        pthread_mutex_destroy(&space->lock);
    }
    if (space->slots)
        munmap((void *)space->slots, (space->granules + 2) * SLOTS * sizeof *space->slots);
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
