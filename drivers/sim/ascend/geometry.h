/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The launch shape of a kernel with threads on a chip that launches blocks only: a record behind the packed arguments,
 * at the next multiple of 8, which the driver writes and the stand-in reads. A kernel file of the vendor's never has
 * it.
 */
#ifndef DRIVERS_SIM_ASCEND_GEOMETRY_H
#define DRIVERS_SIM_ASCEND_GEOMETRY_H

#include <stddef.h>
#include <stdint.h>

#define TN_ASCEND_GEOMETRY_MAGIC 0x45474e54u /* "TNGE" in memory */

typedef struct tn_ascend_geometry {
    uint32_t grid[3], block[3];
    uint32_t dynamic_local_bytes;
    uint32_t magic;
} tn_ascend_geometry;

_Static_assert(sizeof(tn_ascend_geometry) == 32, "the record is 32 bytes");

static inline size_t tn_ascend_geometry_at(uint32_t args_bytes)
{
    return ((size_t)args_bytes + 7) & ~(size_t)7;
}

/* The record in a block of `bytes` bytes whose kernel takes args_bytes, or NULL. The block is aligned to 4. */
static inline const tn_ascend_geometry *tn_ascend_geometry_find(const void *block, size_t bytes, uint32_t args_bytes)
{
    size_t at = tn_ascend_geometry_at(args_bytes);
    if (bytes < at + sizeof(tn_ascend_geometry))
        return NULL;
    const tn_ascend_geometry *g = (const tn_ascend_geometry *)(const void *)((const char *)block + at);
    return g->magic == TN_ASCEND_GEOMETRY_MAGIC ? g : NULL;
}

#endif
