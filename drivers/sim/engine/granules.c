/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Granules of a space: free runs stand in bins by size, and a run knows its neighbours through the table by granule, so
 * that taking and giving cost the same however many there are. Also who may touch which pages: a granule is closed
 * until it is first used, stays open for small blocks, and is closed with its memory given back after large ones.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "drivers/sim/engine/granules.h"

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
    return ++space->block_count; /* the table has one for each granule */
}

static void block_drop(sil__space *space, uint32_t index)
{
    sil__block *block = &space->blocks[index];
    atomic_store_explicit(&block->kind, SIL__UNUSED, memory_order_relaxed);
    block->next = space->block_unused;
    space->block_unused = index;
}

void sil__list_push(sil__space *space, uint32_t *head, uint32_t index)
{
    sil__block *block = &space->blocks[index];
    block->prev = 0;
    block->next = *head;
    if (*head)
        space->blocks[*head].prev = index;
    *head = index;
}

void sil__list_remove(sil__space *space, uint32_t *head, uint32_t index)
{
    sil__block *block = &space->blocks[index];
    if (block->prev)
        space->blocks[block->prev].next = block->next;
    else
        *head = block->next;
    if (block->next)
        space->blocks[block->next].prev = block->prev;
}

void sil__run_insert(sil__space *space, uint64_t first, uint64_t count)
{
    uint32_t index = block_new(space), bin = bin_of(count);
    sil__block *block = &space->blocks[index];
    atomic_store_explicit(&block->kind, SIL__FREE, memory_order_relaxed);
    atomic_store_explicit(&block->first, first, memory_order_relaxed);
    block->count = count;
    sil__owner_set(space, first, index);
    sil__owner_set(space, first + count - 1, index);
    sil__list_push(space, &space->bin[bin], index);
    space->bin_map[bin / 64] |= 1ull << bin % 64;
}

static void run_remove(sil__space *space, uint32_t index)
{
    uint32_t bin = bin_of(space->blocks[index].count);
    sil__list_remove(space, &space->bin[bin], index);
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
uint32_t sil__run_take(sil__space *space, uint64_t count)
{
    uint32_t index = run_search(space, count);
    if (!index)
        return 0;
    sil__block *block = &space->blocks[index];
    uint64_t first = sil__first_of(block), rest = block->count - count;
    run_remove(space, index);
    block->count = count;
    for (uint64_t g = first; g < first + count; g++) {
        sil__owner_set(space, g, index);
        if (space->open[g])
            space->idle_open -= SIL__GRANULE;
    }
    if (rest)
        sil__run_insert(space, first + count, rest);
    return index;
}

void sil__run_give(sil__space *space, uint32_t index)
{
    sil__block *block = &space->blocks[index];
    uint64_t first = sil__first_of(block), count = block->count;
    for (uint64_t g = first; g < first + count; g++) {
        if (space->open[g])
            space->idle_open += SIL__GRANULE;
    }
    block_drop(space, index);
    if (first > 0) {
        uint32_t before = sil__owner_get(space, first - 1);
        if (sil__kind_of(&space->blocks[before]) == SIL__FREE) {
            run_remove(space, before);
            first = sil__first_of(&space->blocks[before]);
            count += space->blocks[before].count;
            block_drop(space, before);
        }
    }
    if (first + count < space->granules) {
        uint32_t after = sil__owner_get(space, first + count);
        if (sil__kind_of(&space->blocks[after]) == SIL__FREE) {
            run_remove(space, after);
            count += space->blocks[after].count;
            block_drop(space, after);
        }
    }
    sil__run_insert(space, first, count);
}

/* ------------------------------------------------------------------------------------------------------- */
/* Access rights and pages */

bool sil__pages_open(sil__space *space, unsigned char *at, uint64_t bytes)
{
    if (space->borrowed)
        return true;
    if (space->key >= 0)
        return pkey_mprotect(at, bytes, PROT_READ | PROT_WRITE, space->key) == 0;
    return mprotect(at, bytes, PROT_READ | PROT_WRITE) == 0;
}

/* Gives the memory back; what is read there later is zero. */
void sil__pages_drop(sil__space *space, unsigned char *at, uint64_t bytes)
{
    fallocate(space->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at - space->base, (off_t)bytes);
}

static void pages_close(sil__space *space, unsigned char *at, uint64_t bytes)
{
    if (space->borrowed)
        return;
    sil__pages_drop(space, at, bytes);
    mprotect(at, bytes, PROT_NONE);
}

/* Opens those granules that are closed, stretch by stretch. */
bool sil__granules_open(sil__space *space, uint64_t first, uint64_t count)
{
    for (uint64_t g = first; g < first + count;) {
        if (space->open[g]) {
            g++;
            continue;
        }
        uint64_t end = g + 1;
        while (end < first + count && !space->open[end])
            end++;
        if (!sil__pages_open(space, sil__granule_at(space, g), (end - g) << SIL__GRANULE_SHIFT))
            return false;
        memset(space->open + g, 1, end - g);
        g = end;
    }
    return true;
}

void sil__granules_close(sil__space *space, uint64_t first, uint64_t count)
{
    pages_close(space, sil__granule_at(space, first), count << SIL__GRANULE_SHIFT);
    memset(space->open + first, 0, count);
}

/* Gives the pages of all free runs back. */
void sil__granules_trim(sil__space *space)
{
    for (uint32_t b = 0; b < SIL__BINS; b++) {
        for (uint32_t i = space->bin[b]; i; i = space->blocks[i].next) {
            uint64_t first = sil__first_of(&space->blocks[i]);
            if (memchr(space->open + first, 1, space->blocks[i].count))
                sil__granules_close(space, first, space->blocks[i].count);
        }
    }
    space->idle_open = 0;
}
