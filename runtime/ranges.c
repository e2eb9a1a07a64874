/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/ranges.c - the map of address ranges: a sorted array of leaves, each a sorted array of ranges. Owns leaves
 * and arrays until the map is freed, since a reader may still look at one that has been taken out. May call libc.
 */
#include "runtime/ranges.h"

#include <stdlib.h>

#define LEAF 64u

struct entry {
    _Atomic(uint64_t) base, bytes, tag;
};

struct tn__ranges_leaf {
    _Atomic(uint32_t) count;
    struct tn__ranges_leaf *next;   /* among the spare ones */
    struct entry entries[LEAF];
};

struct place {
    _Atomic(uint64_t) first;        /* no range of the leaf begins below this */
    _Atomic(struct tn__ranges_leaf *) leaf;
};

struct tn__ranges_top {
    uint32_t capacity;
    struct tn__ranges_top *older;
    struct place places[];
};

#define GET(field)        atomic_load_explicit(&(field), memory_order_relaxed)
#define PUT(field, value) atomic_store_explicit(&(field), (value), memory_order_relaxed)

void tn__ranges_init(struct tn__ranges *map)
{
    PUT(map->sequence, 0);
    PUT(map->top, NULL);
    PUT(map->leaves, 0);
    PUT(map->count, 0);
    map->spare = NULL;
    pthread_mutex_init(&map->mutex, NULL);
}

void tn__ranges_free(struct tn__ranges *map)
{
    struct tn__ranges_top *top = GET(map->top);
    for (uint32_t i = 0; i < GET(map->leaves); i++)
        free(GET(top->places[i].leaf));
    while (map->spare) {
        struct tn__ranges_leaf *leaf = map->spare;
        map->spare = leaf->next;
        free(leaf);
    }
    while (top) {
        struct tn__ranges_top *older = top->older;
        free(top);
        top = older;
    }
    PUT(map->top, NULL);
    PUT(map->leaves, 0);
    PUT(map->count, 0);
    pthread_mutex_destroy(&map->mutex);
}

/* ------------------------------------------------------------------------------------------------------- */
/* Reading. What is read while somebody writes may be nonsense, but every pointer leads to a leaf or a top. */

/* The last leaf whose first address is at or below `address`; 0 when there is none such. */
static uint32_t leaf_for(const struct tn__ranges_top *top, uint32_t leaves, uint64_t address)
{
    uint32_t low = 0, high = leaves;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (GET(top->places[middle].first) <= address)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* The number of entries of the leaf that begin at or below `address`. */
static uint32_t entries_below(const struct tn__ranges_leaf *leaf, uint64_t address)
{
    uint32_t low = 0, high = GET(leaf->count);
    if (high > LEAF)
        high = LEAF;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (GET(leaf->entries[middle].base) <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void read_entry(const struct entry *entry, struct tn__range *out)
{
    out->base = GET(entry->base);
    out->bytes = GET(entry->bytes);
    out->tag = GET(entry->tag);
}

static bool look_below(struct tn__ranges *map, uint64_t address, struct tn__range *out)
{
    struct tn__ranges_top *top = atomic_load_explicit(&map->top, memory_order_acquire);
    uint32_t leaves = GET(map->leaves);
    if (!top || !leaves)
        return false;
    if (leaves > top->capacity)
        leaves = top->capacity;
    uint32_t at = leaf_for(top, leaves, address);
    /* A leaf's first ranges may have been removed: then the answer is the last of the leaf before. */
    for (uint32_t tries = 0; tries < 2; tries++) {
        struct tn__ranges_leaf *leaf = atomic_load_explicit(&top->places[at].leaf, memory_order_acquire);
        uint32_t count = leaf ? entries_below(leaf, address) : 0;
        if (count) {
            read_entry(&leaf->entries[count - 1], out);
            return true;
        }
        if (!at--)
            break;
    }
    return false;
}

static bool look_above(struct tn__ranges *map, uint64_t address, struct tn__range *out)
{
    struct tn__ranges_top *top = atomic_load_explicit(&map->top, memory_order_acquire);
    uint32_t leaves = GET(map->leaves);
    if (!top || !leaves)
        return false;
    if (leaves > top->capacity)
        leaves = top->capacity;
    for (uint32_t at = leaf_for(top, leaves, address); at < leaves; at++) {
        struct tn__ranges_leaf *leaf = atomic_load_explicit(&top->places[at].leaf, memory_order_acquire);
        uint32_t count = leaf && address ? entries_below(leaf, address - 1) : 0;
        if (leaf && count < LEAF && count < GET(leaf->count)) {
            read_entry(&leaf->entries[count], out);
            return true;
        }
    }
    return false;
}

static bool read_map(struct tn__ranges *map, uint64_t address, struct tn__range *out,
                     bool (*look)(struct tn__ranges *, uint64_t, struct tn__range *))
{
    for (int tries = 0; tries < 16; tries++) {
        uint64_t before = atomic_load(&map->sequence);
        if (before & 1)
            continue;
        struct tn__range found;
        bool good = look(map, address, &found);
        /* An acquiring read-modify-write would do what a fence does, but writes; thread sanitizers know no fences,
         * and need none, since every datum is atomic. */
#if !defined(TN_SAN_thread)
        atomic_thread_fence(memory_order_acquire);
        uint64_t after = atomic_load_explicit(&map->sequence, memory_order_relaxed);
#else
        uint64_t after = atomic_load(&map->sequence);
#endif
        if (before == after) {
            if (good)
                *out = found;
            return good;
        }
    }
    pthread_mutex_lock(&map->mutex);
    bool good = look(map, address, out);
    pthread_mutex_unlock(&map->mutex);
    return good;
}

bool tn__ranges_below(struct tn__ranges *map, uint64_t address, struct tn__range *out)
{
    return read_map(map, address, out, look_below);
}

bool tn__ranges_above(struct tn__ranges *map, uint64_t address, struct tn__range *out)
{
    return read_map(map, address, out, look_above);
}

bool tn__ranges_find(struct tn__ranges *map, uint64_t address, struct tn__range *out)
{
    struct tn__range found;
    if (!read_map(map, address, &found, look_below) || address - found.base >= found.bytes)
        return false;
    *out = found;
    return true;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Writing, under the mutex. */

static void write_begin(struct tn__ranges *map)
{
    atomic_fetch_add(&map->sequence, 1);
#if !defined(TN_SAN_thread)
    atomic_thread_fence(memory_order_release);
#endif
}

static void write_end(struct tn__ranges *map)
{
    atomic_fetch_add(&map->sequence, 1);
}

static void move_entry(struct entry *to, const struct entry *from)
{
    PUT(to->base, GET(from->base));
    PUT(to->bytes, GET(from->bytes));
    PUT(to->tag, GET(from->tag));
}

static void move_place(struct place *to, const struct place *from)
{
    PUT(to->first, GET(from->first));
    atomic_store_explicit(&to->leaf, GET(from->leaf), memory_order_release);
}

static struct tn__ranges_leaf *new_leaf(struct tn__ranges *map)
{
    struct tn__ranges_leaf *leaf = map->spare;
    if (leaf)
        map->spare = leaf->next;
    else
        leaf = calloc(1, sizeof *leaf);
    return leaf;
}

/* Room for one more leaf. Older arrays stay, since a reader may be in one; they add up to less than the newest. */
static bool reserve(struct tn__ranges *map)
{
    struct tn__ranges_top *top = GET(map->top);
    uint32_t leaves = GET(map->leaves), capacity = top ? top->capacity : 0;
    if (leaves < capacity)
        return true;
    capacity = capacity ? capacity * 2 : 16;
    struct tn__ranges_top *bigger = calloc(1, sizeof *bigger + capacity * sizeof *bigger->places);
    if (!bigger)
        return false;
    bigger->capacity = capacity;
    bigger->older = top;
    for (uint32_t i = 0; i < leaves; i++)
        move_place(&bigger->places[i], &top->places[i]);
    write_begin(map);
    atomic_store_explicit(&map->top, bigger, memory_order_release);
    write_end(map);
    return true;
}

static void put_leaf(struct tn__ranges *map, uint32_t at, uint64_t first, struct tn__ranges_leaf *leaf)
{
    struct tn__ranges_top *top = GET(map->top);
    uint32_t leaves = GET(map->leaves);
    for (uint32_t i = leaves; i > at; i--)
        move_place(&top->places[i], &top->places[i - 1]);
    PUT(top->places[at].first, first);
    atomic_store_explicit(&top->places[at].leaf, leaf, memory_order_release);
    PUT(map->leaves, leaves + 1);
}

/* Moves the upper half of a full leaf into a new one behind it. */
static bool split(struct tn__ranges *map, uint32_t at)
{
    if (!reserve(map))
        return false;
    struct tn__ranges_leaf *upper = new_leaf(map),
                           *lower = GET(((struct tn__ranges_top *)GET(map->top))->places[at].leaf);
    if (!upper)
        return false;
    write_begin(map);
    for (uint32_t i = 0; i < LEAF / 2; i++)
        move_entry(&upper->entries[i], &lower->entries[LEAF / 2 + i]);
    PUT(upper->count, LEAF / 2);
    PUT(lower->count, LEAF / 2);
    put_leaf(map, at + 1, GET(upper->entries[0].base), upper);
    write_end(map);
    return true;
}

static int insert(struct tn__ranges *map, uint64_t base, uint64_t bytes, uint64_t tag)
{
    struct tn__range near;
    if (bytes - 1 > UINT64_MAX - base || (look_below(map, base, &near) && base - near.base < near.bytes) ||
        (look_above(map, base, &near) && near.base - base < bytes))
        return 1;
    if (!GET(map->leaves)) {
        struct tn__ranges_leaf *leaf = reserve(map) ? new_leaf(map) : NULL;
        if (!leaf)
            return -1;
        PUT(leaf->count, 0);
        write_begin(map);
        put_leaf(map, 0, base, leaf);
        write_end(map);
    }
    struct tn__ranges_top *top = GET(map->top);
    uint32_t at = leaf_for(top, GET(map->leaves), base);
    if (GET(((struct tn__ranges_leaf *)GET(top->places[at].leaf))->count) == LEAF) {
        if (!split(map, at))
            return -1;
        top = GET(map->top);
        at = leaf_for(top, GET(map->leaves), base);
    }
    struct tn__ranges_leaf *leaf = GET(top->places[at].leaf);
    uint32_t count = GET(leaf->count), place = entries_below(leaf, base);
    write_begin(map);
    for (uint32_t i = count; i > place; i--)
        move_entry(&leaf->entries[i], &leaf->entries[i - 1]);
    PUT(leaf->entries[place].base, base);
    PUT(leaf->entries[place].bytes, bytes);
    PUT(leaf->entries[place].tag, tag);
    PUT(leaf->count, count + 1);
    if (base < GET(top->places[at].first))
        PUT(top->places[at].first, base);
    PUT(map->count, GET(map->count) + 1);
    write_end(map);
    return 0;
}

int tn__ranges_insert(struct tn__ranges *map, uint64_t base, uint64_t bytes, uint64_t tag)
{
    pthread_mutex_lock(&map->mutex);
    int result = insert(map, base, bytes, tag);
    pthread_mutex_unlock(&map->mutex);
    return result;
}

static void drop_leaf(struct tn__ranges *map, uint32_t at)
{
    struct tn__ranges_top *top = GET(map->top);
    struct tn__ranges_leaf *leaf = GET(top->places[at].leaf);
    uint32_t leaves = GET(map->leaves);
    for (uint32_t i = at; i + 1 < leaves; i++)
        move_place(&top->places[i], &top->places[i + 1]);
    PUT(map->leaves, leaves - 1);
    leaf->next = map->spare;
    map->spare = leaf;
}

static bool take(struct tn__ranges *map, uint64_t base, struct tn__range *out)
{
    struct tn__ranges_top *top = GET(map->top);
    if (!top || !GET(map->leaves))
        return false;
    uint32_t at = leaf_for(top, GET(map->leaves), base);
    struct tn__ranges_leaf *leaf = GET(top->places[at].leaf);
    uint32_t count = GET(leaf->count), place = entries_below(leaf, base);
    if (!place || GET(leaf->entries[place - 1].base) != base)
        return false;
    if (out)
        read_entry(&leaf->entries[place - 1], out);
    write_begin(map);
    for (uint32_t i = place; i < count; i++)
        move_entry(&leaf->entries[i - 1], &leaf->entries[i]);
    PUT(leaf->count, count - 1);
    if (count == 1)
        drop_leaf(map, at);
    PUT(map->count, GET(map->count) - 1);
    write_end(map);
    return true;
}

bool tn__ranges_remove(struct tn__ranges *map, uint64_t base, struct tn__range *out)
{
    pthread_mutex_lock(&map->mutex);
    bool found = take(map, base, out);
    pthread_mutex_unlock(&map->mutex);
    return found;
}
