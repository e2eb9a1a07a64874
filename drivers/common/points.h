/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Points over a vendor's events, for chips whose API has no counter that a stream raises. A submission that carries
 * TN_SUBMIT_POINT records an event from a ring; a wait looks for the first event that covers its value. Submissions without the
 * flag cost one store. Owns the events; the vendor's stream stays the driver's.
 */
#ifndef DRIVERS_COMMON_POINTS_H
#define DRIVERS_COMMON_POINTS_H

#include <stdatomic.h>

#include "tenon/driver.h"

/* What the vendor can do. All return TN_OK, or what host->error gave; queries TN_NOT_READY without a detail. */
typedef struct tn_points_ops {
    tn_status (*event_create)(void *context, void **out);
    void (*event_destroy)(void *context, void *event);
    tn_status (*event_record)(void *context, void *stream, void *event);
    tn_status (*event_query)(void *context, void *event);
    /* With timed_waits any timeout, else only TN_FOREVER. TN_TIMEOUT without a detail. */
    tn_status (*event_wait)(void *context, void *event, uint64_t timeout_ns);
    tn_status (*stream_query)(void *context, void *stream);
    tn_status (*stream_wait)(void *context, void *stream, uint64_t timeout_ns);
    tn_status (*stream_join)(void *context, void *stream, void *event);   /* the stream waits for the event */
    bool timed_waits;
} tn_points_ops;

typedef struct tn_points_slot {
    void *event;
    uint64_t value;      /* everything up to this has ended when the event has */
    uint32_t users;      /* threads that look at the event */
} tn_points_slot;

typedef struct tn_points {
    const tn_host *host;
    const tn_points_ops *ops;
    void *context;       /* passed to every operation */
    void *stream;        /* the vendor's */
    _Atomic uint64_t last;      /* value of the last submission */
    _Atomic uint64_t passed;    /* all values up to this are known to have ended */
    _Atomic uint32_t lock;      /* guards the ring; held for the length of a vendor call at most */
    tn_points_slot *ring;
    uint32_t capacity, first, count;   /* a power of two; slots first .. first + count - 1, values ascending */
} tn_points;

tn_status tn_points_open(tn_points *points, const tn_host *host, const tn_points_ops *ops, void *context, void *stream);
void tn_points_close(tn_points *points);    /* no thread uses it any more */

/// After a submission was accepted by the vendor: notes its value, and records an event when the flags ask for one. Called one
/// at a time. When the record fails, the submission stands and the point is as coarse as the stream.
tn_status tn_points_submitted(tn_points *points, uint64_t value, uint32_t flags);

/// The driver's stream_wait, stream_passed and submit_wait, as tenon/driver.h says.
tn_status tn_points_wait(tn_points *points, uint64_t value, uint64_t timeout_ns);
tn_status tn_points_passed(tn_points *points, uint64_t *out);
tn_status tn_points_join(tn_points *points, tn_points *other, uint64_t other_value);

#endif
