/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/point.c - waiting: for a value of a stream, for points, and what a stream owes to the points that it joined.
 * Owns nothing. May call the driver's waits and fault.c. No lock is held while a driver waits.
 */
#include "runtime/internal.h"

/* Under the lock. */
static void drop_join(struct tn__stream *s, uint32_t i)
{
    uint32_t count = atomic_load_explicit(&s->join_count, memory_order_relaxed);
    s->joins[i] = s->joins[count - 1];
    atomic_store_explicit(&s->join_count, count - 1, memory_order_release);
}

/* Whether a failure of `other` cannot have gone unseen, now that this stream's work after the join has ended well: a
 * fault there would have taken this stream too. */
static bool shares_fate(const struct tn__stream *s, const struct tn__stream *other)
{
    return other->device == s->device && s->device->info.fault_domain >= TN_DOMAIN_CONTEXT;
}

/* Drops the joins that need no question to the driver; the number of those that are left and concern `value`. `ended`:
 * this stream's work up to `value` has ended well. */
static uint32_t drop_plain_joins(struct tn__stream *s, uint64_t value, bool ended)
{
    uint32_t left = 0;
    tn__lock(&s->lock);
    for (uint32_t i = 0; i < atomic_load_explicit(&s->join_count, memory_order_relaxed);) {
        const struct tn__join join = s->joins[i];
        struct tn__stream *other = TN__REF_STREAM(join.stream);
        bool plain = !other; /* destroyed: its work had ended */
        if (other) {
            bool good = atomic_load_explicit(&other->gap_last, memory_order_acquire) < join.value;
            if (good && ended && join.at <= value && shares_fate(s, other))
                tn__stream_advance(other, join.value);
            plain = good && atomic_load_explicit(&other->passed, memory_order_acquire) >= join.value;
            tn__unref(&other->object);
        }
        left += !plain && join.at <= value;
        if (plain)
            drop_join(s, i);
        else
            i++;
    }
    tn__unlock(&s->lock);
    return left;
}

/* The first value of this stream, up to `value`, that depends on a point of which a failure may be known; 0: none. A
 * look only: what it finds is looked into afterwards. */
static uint64_t failed_join(struct tn__stream *s, uint64_t value)
{
    uint64_t first = 0;
    if (TN__LIKELY(!atomic_load_explicit(&tn__gaps_made, memory_order_acquire)))
        return 0;
    tn__lock(&s->lock);
    for (uint32_t i = 0; i < atomic_load_explicit(&s->join_count, memory_order_relaxed); i++) {
        struct tn__stream *other = TN__PEEK_STREAM(s->joins[i].stream);
        if (other && atomic_load_explicit(&other->gap_last, memory_order_acquire) >= s->joins[i].value &&
            s->joins[i].at <= value && (!first || s->joins[i].at < first))
            first = s->joins[i].at;
    }
    tn__unlock(&s->lock);
    return first;
}

/* What became of a join's point; TN_NOT_READY: nobody knows yet. */
static tn_status ask_join(const struct tn__join *join, bool ask, const struct tn__fault **fault)
{
    struct tn__stream *other = TN__REF_STREAM(join->stream);
    if (!other)
        return TN_OK;
    tn_status status = ask ? tn__stream_settle(other, join->value, 0) : TN_NOT_READY;
    tn_status gap = tn__stream_gap_status(other, join->value, fault);
    if (gap != TN_OK)
        status = gap;
    else if (atomic_load_explicit(&other->passed, memory_order_acquire) >= join->value)
        status = TN_OK;
    tn__unref(&other->object);
    return status == TN_TIMEOUT ? TN_NOT_READY : status;
}

/* Drops joins whose points have passed; one whose point failed poisons this stream. `ended` as above: then the driver
 * is asked about the other streams, which takes no time, since they have ended too. */
static void resolve_joins(struct tn__stream *s, uint64_t value, bool ended)
{
    uint32_t i = 0;
    if (!drop_plain_joins(s, value, ended))
        return;
    tn__lock(&s->lock);
    while (i < atomic_load_explicit(&s->join_count, memory_order_relaxed)) {
        const struct tn__join join = s->joins[i];
        const struct tn__fault *fault = NULL;
        tn__unlock(&s->lock);
        tn_status status = ask_join(&join, ended && join.at <= value, &fault);
        if (status == TN_FAULT || status == TN_POISONED || status == TN_ABORTED)
            tn__stream_poison(s, join.at, status == TN_ABORTED ? NULL : fault);
        tn__lock(&s->lock);
        const struct tn__join *now = &s->joins[i];
        if (i >= atomic_load_explicit(&s->join_count, memory_order_relaxed) || now->stream != join.stream ||
            now->value != join.value || now->at != join.at)
            continue; /* another thread was here meanwhile; look at what is in this place now */
        if (status == TN_NOT_READY)
            i++;
        else
            drop_join(s, i);
    }
    tn__unlock(&s->lock);
}

/* The driver's word on a value. */
static tn_status ask_driver(struct tn__stream *s, uint64_t value, uint64_t timeout_ns)
{
    tn_status status = TN_OK;
    tn__native_hold(s);
    if (value > s->base)
        status = TN__CALL(s->driver->stream_wait(s->native, value - s->base, timeout_ns));
    tn__native_release(s);
    return status;
}

tn_status tn__stream_settle(struct tn__stream *s, uint64_t value, uint64_t timeout_ns)
{
    const struct tn__fault *fault;
    for (int turn = 0; turn < 4; turn++) {
        uint64_t first = atomic_load_explicit(&s->join_count, memory_order_acquire) ? failed_join(s, value) : 0;
        if (first) {
            /* What was submitted before the join is not concerned, and ends first. */
            uint64_t deadline = tn__deadline(timeout_ns);
            tn_status before = tn__stream_settle(s, first - 1, timeout_ns);
            if (before != TN_OK)
                return before;
            timeout_ns = timeout_ns ? tn__left(deadline) : 0;
            resolve_joins(s, value, false);
        }
        tn_status status = tn__stream_gap_status(s, value, &fault);
        if (status != TN_OK)
            return status;
        if (value <= atomic_load_explicit(&s->passed, memory_order_acquire))
            return TN_OK;
        status = ask_driver(s, value, timeout_ns);
        if (status == TN_OK) {
            for (uint32_t round = 0; atomic_load(&s->aborting);)
                tn__pause(&round);
            if (atomic_load_explicit(&s->join_count, memory_order_acquire))
                resolve_joins(s, value, true);
            if (tn__stream_gap_status(s, value, &fault) == TN_OK)
                tn__stream_advance(s, value);
        } else if (status == TN_FAULT || status == TN_DEVICE_LOST || status == TN_POISONED) {
            (void)tn__stream_failed(s, status);
        } else if (status == TN_ABORTED) {
            for (uint32_t round = 0; atomic_load(&s->aborting);)
                tn__pause(&round); /* who aborts it notes what that drops, and what comes after is not dropped */
            if (tn__stream_gap_status(s, value, &fault) == TN_OK) { /* not by tn_stream_abort */
                tn__lock(&s->lock);
                tn__stream_gap(s, atomic_load(&s->passed) + 1, atomic_load(&s->last), TN_ABORTED, NULL);
                tn__unlock(&s->lock);
            }
        } else {
            return status;
        }
    }
    return TN_INTERNAL;
}

static tn_status too_late(enum tn__api api, struct tn__stream *s, uint64_t value, uint64_t timeout_ns)
{
    char pending[288];
    if (!timeout_ns)
        return tn__fail_on(TN__FAIL(api, TN_NOT_READY, "the work has not ended yet"), s->device->bits, s->bits, 0);
    tn__stream_pending(s, pending, sizeof pending);
    tn_status status = TN__FAIL(api, TN_TIMEOUT,
                                "value %llu of the stream has not passed within %llu us; %llu of %llu have, and the "
                                "work goes on%s",
                                (unsigned long long)value, (unsigned long long)(timeout_ns / 1000u),
                                (unsigned long long)atomic_load(&s->passed), (unsigned long long)atomic_load(&s->last),
                                pending);
    return tn__fail_on(status, s->device->bits, s->bits, 0);
}

tn_status tn__stream_await(enum tn__api api, struct tn__stream *s, uint64_t value, uint64_t timeout_ns)
{
    tn_status status = tn__stream_settle(s, value, timeout_ns);
    switch (status) {
    case TN_OK:
        return TN_OK;
    case TN_TIMEOUT:
    case TN_NOT_READY:
        return too_late(api, s, value, timeout_ns);
    case TN_FAULT:
    case TN_POISONED:
    case TN_ABORTED:
    case TN_DEVICE_LOST:
        if (tn__stream_verdict(api, s, value, &status))
            return status;
        /* fall through */
    default:
        status = TN__FAIL_DRIVER(api, status, "waiting for value %llu of a stream", (unsigned long long)value);
        break;
    }
    return tn__fail_on(status, s->device->bits, s->bits, 0);
}

static tn_status wait_slowly(enum tn__api api, struct tn__stream *s, uint64_t value, uint64_t timeout_ns)
{
    uint64_t last = atomic_load_explicit(&s->last, memory_order_acquire);
    if (value <= last)
        return tn__stream_await(api, s, value, timeout_ns);
    return tn__fail_on(TN__FAIL(api, TN_INVALID, "value %llu was not submitted yet: the stream's last is %llu",
                                (unsigned long long)value, (unsigned long long)last),
                       s->device->bits, s->bits, 0);
}

/* A good stream that depends on no failed one, and a value that its present native stream has. */
static inline bool is_plain(struct tn__stream *s, uint64_t value)
{
    return !atomic_load(&s->closed) &&
           !(atomic_load_explicit(&s->join_count, memory_order_acquire) && failed_join(s, value)) &&
           value > atomic_load_explicit(&s->gap_last, memory_order_acquire) && value > s->base &&
           value <= atomic_load_explicit(&s->last, memory_order_acquire);
}

/* Counting in among those who use `native` keeps the stream as well, since its destroyer waits for them too.
 * Whatever is not plain success is looked at in peace, counted in as a user of the stream. */
static inline tn_status wait_point(enum tn__api api, tn_point point, uint64_t timeout_ns)
{
    const uint64_t bits = point.stream.bits, value = point.value;
    struct tn__stream *s = TN__PEEK_STREAM(bits);
    if (TN__UNLIKELY(!s))
        return tn__fail_handle(api, TN__STREAM, bits);
    if (value <= atomic_load_explicit(&s->passed, memory_order_acquire) &&
        value > atomic_load_explicit(&s->gap_last, memory_order_acquire) && tn__is_live(&s->object, bits))
        return TN_OK;
    atomic_fetch_add(&s->waiters, 1);
    if (TN__UNLIKELY(atomic_load(&s->object.live) != bits)) {
        tn__native_release(s);
        return tn__fail_handle(api, TN__STREAM, bits);
    }
    tn_status status = TN_INTERNAL;
    if (TN__LIKELY(is_plain(s, value)))
        status = s->driver->stream_wait(s->native, value - s->base, timeout_ns);
    if (TN__LIKELY(status == TN_OK && !atomic_load(&s->aborting) &&
                   !(atomic_load_explicit(&s->join_count, memory_order_acquire) && drop_plain_joins(s, value, true)) &&
                   value > atomic_load_explicit(&s->gap_last, memory_order_acquire))) {
        tn__stream_advance(s, value);
        tn__native_release(s);
        return TN_OK;
    }
    atomic_fetch_add(&s->object.users, 1);
    tn__native_release(s);
    if (status == TN_TIMEOUT || status == TN_NOT_READY)
        status = too_late(api, s, value, timeout_ns);
    else
        status = wait_slowly(api, s, value, timeout_ns);
    tn__unref(&s->object);
    return status;
}

TN_API tn_status tn_point_wait(tn_point point, uint64_t timeout_ns)
{
    TN__TAP(TN__point_wait, point.stream.bits);
    return wait_point(TN__point_wait, point, timeout_ns);
}

TN_API tn_status tn_stream_wait(tn_stream stream, uint64_t timeout_ns)
{
    TN__TAP(TN__stream_wait, stream.bits);
    struct tn__stream *s = TN__PEEK_STREAM(stream.bits);
    if (TN__UNLIKELY(!s))
        return tn__fail_handle(TN__stream_wait, TN__STREAM, stream.bits);
    tn_point point = { stream, atomic_load_explicit(&s->last, memory_order_acquire) };
    return wait_point(TN__stream_wait, point, timeout_ns);
}

TN_API tn_status tn_point_wait_all(const tn_point *points, uint32_t count, uint64_t timeout_ns, uint32_t *out_index)
{
    TN__TAP(TN__point_wait_all, count && points ? points[0].stream.bits : 0);
    if (count && !points)
        return TN__FAIL(TN__point_wait_all, TN_INVALID, "points is NULL");
    uint64_t deadline = tn__deadline(timeout_ns);
    for (uint32_t i = 0; i < count; i++) {
        tn_status status = wait_point(TN__point_wait_all, points[i], timeout_ns ? tn__left(deadline) : 0);
        if (status == TN_OK)
            continue;
        if (out_index)
            *out_index = i;
        if (status == TN_NOT_READY && timeout_ns)
            status =
                TN__FAIL(TN__point_wait_all, TN_TIMEOUT, "point %u of %u has not passed; the work goes on", i, count);
        return status;
    }
    return TN_OK;
}

TN_API tn_status tn_point_wait_any(const tn_point *points, uint32_t count, uint64_t timeout_ns, uint32_t *out_index)
{
    TN__TAP(TN__point_wait_any, count && points ? points[0].stream.bits : 0);
    if (!count || !points)
        return TN__FAIL(TN__point_wait_any, TN_INVALID, "there is no point to wait for");
    uint64_t deadline = tn__deadline(timeout_ns), slice = 20000;
    for (uint32_t turn = 0;; turn++) {
        for (uint32_t i = 0; i < count; i++) {
            /* Ask all; sleep in a wait for each in turn, so that whichever ends first is seen soon. */
            uint64_t left = timeout_ns ? tn__left(deadline) : 0;
            uint64_t some = turn < 16 ? 0 : left < slice ? left : slice;
            tn_status status = wait_point(TN__point_wait_any, points[i], some);
            if (status == TN_NOT_READY || status == TN_TIMEOUT)
                continue;
            if (out_index)
                *out_index = i;
            return status;
        }
        if (!timeout_ns)
            return TN__FAIL(TN__point_wait_any, TN_NOT_READY, "none of %u points has passed yet", count);
        if (!tn__left(deadline))
            return TN__FAIL(TN__point_wait_any, TN_TIMEOUT, "none of %u points has passed; the work goes on", count);
        if (slice < 1000000 && turn > 16)
            slice *= 2;
    }
}
