/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/ranges.h - a map of address ranges: which allocation does an address lie in? Reads take no lock and no write
 * to shared memory (a sequence counter tells when to read again); inserting and removing take a mutex and touch one
 * leaf of at most 64 entries, so that 15,000 ranges cost about what 15 do. Memory goes back in tn__ranges_free only.
 */
#ifndef RUNTIME_RANGES_H
#define RUNTIME_RANGES_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct tn__range {
    uint64_t base, bytes;
    uint64_t tag;       /* the owner's */
};

struct tn__ranges_leaf;
struct tn__ranges_top;

struct tn__ranges {
    _Atomic(uint64_t) sequence;               /* odd while somebody writes */
    _Atomic(struct tn__ranges_top *) top;
    _Atomic(uint32_t) leaves;
    _Atomic(uint64_t) count;
    struct tn__ranges_leaf *spare;
    pthread_mutex_t mutex;
};

void tn__ranges_init(struct tn__ranges *map);
void tn__ranges_free(struct tn__ranges *map);   /* nobody reads any more */

/* 0; -1: no memory; 1: it overlaps a range that is there. bytes > 0. */
int tn__ranges_insert(struct tn__ranges *map, uint64_t base, uint64_t bytes, uint64_t tag);
bool tn__ranges_remove(struct tn__ranges *map, uint64_t base, struct tn__range *out);   /* by its first address */
/* The range that holds `address`. */
bool tn__ranges_find(struct tn__ranges *map, uint64_t address, struct tn__range *out);
/* The range with the highest base at or below `address`, whether it reaches it or not. */
bool tn__ranges_below(struct tn__ranges *map, uint64_t address, struct tn__range *out);
/* The range with the lowest base at or above `address`. */
bool tn__ranges_above(struct tn__ranges *map, uint64_t address, struct tn__range *out);

#endif
