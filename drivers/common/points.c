/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ring of events behind points.h. Slots leave the ring from its old end when their event has passed; when the oldest has
 * not, the ring grows, so that a point that was asked for stays waitable on its own.
 */
#include "drivers/common/points.h"
#include "drivers/common/spin.h"

#include <sched.h>
#include <string.h>
#include <time.h>

enum { FIRST_CAPACITY = 16, LAST_CAPACITY = 1u << 16 };

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void raise_passed(tn_points *p, uint64_t value)
{
    uint64_t old = atomic_load_explicit(&p->passed, memory_order_relaxed);
    while (old < value && !atomic_compare_exchange_weak_explicit(&p->passed, &old, value, memory_order_release,
                                                                 memory_order_relaxed)) {
    }
}

static tn_points_slot *slot_at(tn_points *p, uint32_t index)
{
    return &p->ring[(p->first + index) & (p->capacity - 1)];
}

tn_status tn_points_open(tn_points *p, const tn_host *host, const tn_points_ops *ops, void *context, void *stream)
{
    memset(p, 0, sizeof *p);
    p->host = host;
    p->ops = ops;
    p->context = context;
    p->stream = stream;
    p->capacity = FIRST_CAPACITY;
    p->ring = host->alloc(sizeof *p->ring * FIRST_CAPACITY);
    if (!p->ring)
        return TN_FAIL(host, TN_OUT_OF_HOST_MEMORY, "no memory for the points of a stream");
    return TN_OK;
}

void tn_points_close(tn_points *p)
{
    if (!p->ring)
        return;
    for (uint32_t i = 0; i < p->capacity; i++)
        if (p->ring[i].event)
            p->ops->event_destroy(p->context, p->ring[i].event);
    p->host->free(p->ring);
    p->ring = NULL;
}

/* Doubles the ring. Events keep their slots' order; unused slots keep their events for later. */
static bool grow(tn_points *p)
{
    if (p->capacity >= LAST_CAPACITY)
        return false;
    tn_points_slot *wide = p->host->alloc(sizeof *wide * p->capacity * 2);
    if (!wide)
        return false;
    for (uint32_t i = 0; i < p->capacity; i++)
        wide[i] = *slot_at(p, i);
    p->host->free(p->ring);
    p->ring = wide;
    p->first = 0;
    p->capacity *= 2;
    return true;
}

/* Drops passed slots from the old end. A failure stays in the ring for whoever waits for it. */
static void retire(tn_points *p)
{
    /* Most often all have passed: then one question settles the ring. */
    tn_points_slot *newest = p->count > 1 ? slot_at(p, p->count - 1) : NULL;
    if (newest && newest->value > atomic_load_explicit(&p->passed, memory_order_relaxed) &&
        p->ops->event_query(p->context, newest->event) == TN_OK)
        raise_passed(p, newest->value);
    while (p->count) {
        tn_points_slot *oldest = slot_at(p, 0);
        if (oldest->users)
            return;
        if (oldest->value > atomic_load_explicit(&p->passed, memory_order_relaxed)) {
            if (p->ops->event_query(p->context, oldest->event) != TN_OK)
                return;
            raise_passed(p, oldest->value);
        }
        p->first = (p->first + 1) & (p->capacity - 1);
        p->count--;
    }
}

/* A free slot at the new end, with an event; NULL when there is none to be had. Its value is not set yet. */
static tn_points_slot *free_slot(tn_points *p)
{
    if (p->count == p->capacity) {
        retire(p);
        if (p->count == p->capacity && !grow(p))
            return NULL;
    }
    tn_points_slot *slot = slot_at(p, p->count);
    if (!slot->event && p->ops->event_create(p->context, &slot->event) != TN_OK)
        slot->event = NULL;
    return slot->event ? slot : NULL;
}

/* With the lock: records an event that covers everything submitted so far. */
static tn_status record(tn_points *p, uint64_t value, tn_points_slot **out)
{
    tn_points_slot *slot = free_slot(p);
    if (!slot)
        return TN_FAIL(p->host, TN_LIMIT, "no event left to mark value %llu of a stream", (unsigned long long)value);
    tn_status status = p->ops->event_record(p->context, p->stream, slot->event);
    if (status != TN_OK)
        return status;
    if (p->count && slot_at(p, p->count - 1)->value > value)
        value = slot_at(p, p->count - 1)->value;
    slot->value = value;
    slot->users = 0;
    p->count++;
    *out = slot;
    return TN_OK;
}

tn_status tn_points_submitted(tn_points *p, uint64_t value, uint32_t flags)
{
    atomic_store_explicit(&p->last, value, memory_order_release);
    if (!(flags & TN_SUBMIT_POINT))
        return TN_OK;
    tn_points_slot *slot;
    tn_spin_lock(&p->lock);
    tn_status status = record(p, value, &slot);
    tn_spin_unlock(&p->lock);
    return status;
}

/* With the lock: the first slot that covers `value`, or NULL. */
static tn_points_slot *covering(tn_points *p, uint64_t value)
{
    if (!p->count || slot_at(p, p->count - 1)->value < value)
        return NULL;
    uint32_t low = 0, high = p->count - 1;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (slot_at(p, middle)->value >= value)
            high = middle;
        else
            low = middle + 1;
    }
    return slot_at(p, low);
}

typedef struct target {
    tn_points *points;
    void *event;         /* NULL: the whole stream */
} target;

static tn_status target_query(const target *t)
{
    const tn_points_ops *ops = t->points->ops;
    return t->event ? ops->event_query(t->points->context, t->event) : ops->stream_query(t->points->context, t->points->stream);
}

static tn_status target_wait(const target *t, uint64_t timeout_ns)
{
    const tn_points_ops *ops = t->points->ops;
    return t->event ? ops->event_wait(t->points->context, t->event, timeout_ns)
                    : ops->stream_wait(t->points->context, t->points->stream, timeout_ns);
}

/* A deadline over an API that can only ask: looks often at first, then naps longer and longer up to 1 ms. */
static tn_status poll_until(const target *t, uint64_t timeout_ns)
{
    uint64_t start = now_ns(), nap = 1000;
    for (unsigned round = 0;; round++) {
        tn_status status = target_query(t);
        if (status != TN_NOT_READY)
            return status;
        uint64_t spent = now_ns() - start;
        if (spent >= timeout_ns)
            return TN_TIMEOUT;
        if (round < 64) {
            sched_yield();
            continue;
        }
        uint64_t left = timeout_ns - spent;
        uint64_t this_nap = nap < left ? nap : left;
        struct timespec pause = { (time_t)(this_nap / 1000000000u), (long)(this_nap % 1000000000u) };
        nanosleep(&pause, NULL);
        nap = nap < 1000000 ? nap * 2 : 1000000;
    }
}

static tn_status wait_target(const target *t, uint64_t timeout_ns)
{
    if (timeout_ns == TN_FOREVER || (t->points->ops->timed_waits && timeout_ns > 0))
        return target_wait(t, timeout_ns);
    if (timeout_ns == 0) {
        tn_status status = target_query(t);
        return status == TN_NOT_READY ? TN_TIMEOUT : status;
    }
    return poll_until(t, timeout_ns);
}

/* The slot of an event may have moved while nobody held the lock: events identify slots. */
static void release_event(tn_points *p, void *event)
{
    tn_spin_lock(&p->lock);
    for (uint32_t i = 0; i < p->capacity; i++) {
        if (p->ring[i].event == event) {
            p->ring[i].users--;
            break;
        }
    }
    tn_spin_unlock(&p->lock);
}

tn_status tn_points_wait(tn_points *p, uint64_t value, uint64_t timeout_ns)
{
    if (value <= atomic_load_explicit(&p->passed, memory_order_acquire))
        return TN_OK;
    uint64_t covered = atomic_load_explicit(&p->last, memory_order_acquire);
    target t = { p, NULL };
    tn_spin_lock(&p->lock);
    tn_points_slot *slot = covering(p, value);
    if (slot) {
        covered = slot->value;
        t.event = slot->event;
        slot->users++;
    }
    tn_spin_unlock(&p->lock);
    tn_status status = wait_target(&t, timeout_ns);
    if (t.event)
        release_event(p, t.event);
    if (status == TN_OK)
        raise_passed(p, covered);
    return status;
}

tn_status tn_points_passed(tn_points *p, uint64_t *out)
{
    uint64_t last = atomic_load_explicit(&p->last, memory_order_acquire);
    if (atomic_load_explicit(&p->passed, memory_order_acquire) < last) {
        tn_status status = p->ops->stream_query(p->context, p->stream);
        if (status == TN_OK) {
            raise_passed(p, last);
        } else if (status == TN_NOT_READY) {
            tn_spin_lock(&p->lock);
            retire(p);
            tn_spin_unlock(&p->lock);
        } else {
            return status;
        }
    }
    *out = atomic_load_explicit(&p->passed, memory_order_acquire);
    return TN_OK;
}

tn_status tn_points_join(tn_points *p, tn_points *other, uint64_t other_value)
{
    if (other_value <= atomic_load_explicit(&other->passed, memory_order_acquire))
        return TN_OK;
    tn_status status = TN_OK;
    tn_spin_lock(&other->lock);
    tn_points_slot *slot = covering(other, other_value);
    if (!slot)
        status = record(other, atomic_load_explicit(&other->last, memory_order_acquire), &slot);
    if (slot)
        status = p->ops->stream_join(p->context, p->stream, slot->event);
    tn_spin_unlock(&other->lock);
    return status;
}
