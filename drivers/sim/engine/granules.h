/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lower half of a space: blocks, runs of granules, access rights (granules.c). Used by space.c alone, with the
 * space's lock.
 */
#ifndef DRIVERS_SIM_ENGINE_GRANULES_H
#define DRIVERS_SIM_ENGINE_GRANULES_H

#include "drivers/sim/engine/internal.h"

static inline uint64_t sil__round_up(uint64_t value, uint64_t unit)
{
    return (value + unit - 1) / unit * unit;
}

static inline unsigned char *sil__granule_at(const sil__space *space, uint64_t granule)
{
    return space->base + (granule << SIL__GRANULE_SHIFT);
}

static inline void sil__owner_set(sil__space *space, uint64_t granule, uint32_t index)
{
    atomic_store_explicit(&space->owner[granule], index, memory_order_relaxed);
}

static inline uint32_t sil__owner_get(const sil__space *space, uint64_t granule)
{
    return atomic_load_explicit(&space->owner[granule], memory_order_relaxed);
}

static inline uint64_t sil__first_of(const sil__block *block)
{
    return atomic_load_explicit(&((sil__block *)block)->first, memory_order_relaxed);
}

static inline uint32_t sil__kind_of(const sil__block *block)
{
    return atomic_load_explicit(&((sil__block *)block)->kind, memory_order_relaxed);
}

/* Lists of blocks by index, 0 = end. */
void sil__list_push(sil__space *space, uint32_t *head, uint32_t index);
void sil__list_remove(sil__space *space, uint32_t *head, uint32_t index);

/* Free runs. sil__run_take gives a block without kind, 0 if there is no room; sil__run_give grows together with the
 * neighbours. */
void sil__run_insert(sil__space *space, uint64_t first, uint64_t count);
uint32_t sil__run_take(sil__space *space, uint64_t count);
void sil__run_give(sil__space *space, uint32_t index);

/* Access rights, and the memory behind the pages. */
bool sil__pages_open(sil__space *space, unsigned char *at, uint64_t bytes);
void sil__pages_drop(sil__space *space, unsigned char *at, uint64_t bytes);
bool sil__granules_open(sil__space *space, uint64_t first, uint64_t count);
void sil__granules_close(sil__space *space, uint64_t first, uint64_t count);
void sil__granules_trim(sil__space *space);

#endif
