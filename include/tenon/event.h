/* SPDX-License-Identifier: Apache-2.0 */
/* tenon/event.h - an event is a point with a name and a time. Page: docs/api/event.md. */
#ifndef TENON_EVENT_H
#define TENON_EVENT_H

#include "tenon/types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tn_event_options {
    uint32_t size;          /* sizeof(tn_event_options) */
    uint32_t flags;         /* reserved, 0; sharing between processes comes later */
    const void *next;       /* NULL */
} tn_event_options;

#define TN_EVENT_OPTIONS_INIT { sizeof(tn_event_options), 0, NULL }

/// Makes an event for streams of `device`. \return TN_OK, TN_BAD_HANDLE, TN_LIMIT, TN_VENDOR. Any thread. Since 0.1.
TN_CALL tn_status tn_event_create(tn_device device, const tn_event_options *options, tn_event *out);

/// Destroys an event; waits until a record of it that is under way has passed.
/// \return TN_OK, TN_BAD_HANDLE, TN_BUSY as tn_memory_free. Any thread. Since 0.1.
TN_CALL tn_status tn_event_destroy(tn_event event);

/// Records: the event stands for the point of this submission, and takes the time when everything before it has ended.
/// Recording again moves it.
/// \param out_point [out] [optional]
/// \return TN_OK, TN_BAD_HANDLE, TN_INVALID (stream of another device), TN_POISONED. Any thread. Since 0.1.
TN_CALL tn_status tn_event_record(tn_event event, tn_stream stream, tn_point *out_point);

/// The point that the event stands for. \return TN_OK, TN_BAD_HANDLE, TN_NOT_FOUND (never recorded). Any thread. Since 0.1.
TN_CALL tn_status tn_event_point(tn_event event, tn_point *out);

/// Nanoseconds of device time between two events of one device that have passed; negative when `to` passed first. On a
/// simulated device this is the host's time, not a model of the chip's.
/// \return TN_OK; TN_NOT_READY; TN_NOT_FOUND (one was never recorded); TN_INVALID (two devices); TN_FAULT; TN_BAD_HANDLE. Any thread. Since 0.1.
TN_CALL tn_status tn_event_elapsed(tn_event from, tn_event to, int64_t *out_ns);

#ifdef __cplusplus
}
#endif
#endif
