/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenon/stream.h - streams, and points in their time. A stream is an in-order queue of one device: each submission gets
 * the next value, and values pass in order. Pages: docs/api/stream.md, docs/api/point.md.
 */
#ifndef TENON_STREAM_H
#define TENON_STREAM_H

#include "tenon/types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tn_stream_options {
    uint32_t size;          /* sizeof(tn_stream_options) */
    uint32_t flags;         /* reserved, 0 */
    const void *next;       /* NULL */
    int32_t priority;       /* 0 normal, negative more urgent; clamped to what the device has */
    uint32_t reserved;      /* 0 */
} tn_stream_options;

#define TN_STREAM_OPTIONS_INIT { sizeof(tn_stream_options), 0, NULL, 0, 0 }

/// Makes a stream.
/// \param options [in] [optional]
/// \param out     [out] destroy with tn_stream_destroy
/// \return TN_OK, TN_BAD_HANDLE, TN_LIMIT (the device has no stream left), TN_POISONED, TN_DEVICE_LOST, TN_VENDOR
/// Any thread. Since 0.1.
TN_CALL tn_status tn_stream_create(tn_device device, const tn_stream_options *options, tn_stream *out);

/// Destroys a stream when its work has ended. The handle and its points are stale at once. Never waits longer than
/// the work takes; a stream whose work never ends must be aborted first, else TN_BUSY after 10 seconds, and the stream stays.
/// \return TN_OK, TN_BAD_HANDLE, TN_BUSY. Any thread. Since 0.1.
TN_CALL tn_status tn_stream_destroy(tn_stream stream);

/// The device of a stream. \return TN_OK, TN_BAD_HANDLE. Any thread. Since 0.1.
TN_CALL tn_status tn_stream_device(tn_stream stream, tn_device *out);

/// The point of the last submission. \return TN_OK, TN_BAD_HANDLE. Any thread. Since 0.1.
TN_CALL tn_status tn_stream_point(tn_stream stream, tn_point *out);

/// Waits until everything submitted so far has ended.
/// \param timeout_ns [in] nanoseconds; TN_FOREVER has no deadline, 0 asks and returns at once
/// \return as tn_point_wait. Any thread. Since 0.1.
TN_CALL tn_status tn_stream_wait(tn_stream stream, uint64_t timeout_ns);

/// Lets what is submitted to `stream` from now on run after `point`, of any stream of the same runtime. Within one driver the
/// device waits. Across drivers, which share no clock, this call waits on the host.
/// \return TN_OK; TN_BAD_HANDLE; TN_INVALID (a value that was not yet submitted); TN_POISONED when the point failed. Any thread. Since 0.1.
TN_CALL tn_status tn_stream_join(tn_stream stream, tn_point point);

/// Drops what has not started and stops what runs. Points that were dropped answer TN_ABORTED. The stream can be used again.
/// \return TN_OK; TN_UNSUPPORTED where the chip can't (see TN_DEVICE_ABORT); TN_BAD_HANDLE. Any thread. Since 0.1.
TN_CALL tn_status tn_stream_abort(tn_stream stream);

/// Clears the failure of a stream whose fault domain is the stream: what is submitted from now on runs.
/// \return TN_OK, also when there was none; TN_UNSUPPORTED when the failure took more than the stream: see tn_device_recover;
///         TN_BAD_HANDLE. Any thread. Since 0.1.
TN_CALL tn_status tn_stream_recover(tn_stream stream);

/// Uses a stream that the vendor's API made, without owning it. Work that others submit to it has no points; the order is the
/// vendor's.
/// \param native [in] CUstream, hipStream_t, aclrtStream, cl_command_queue of the device's context
/// \return TN_OK, TN_BAD_HANDLE, TN_INVALID, TN_UNSUPPORTED. Any thread. Since 0.1.
TN_CALL tn_status tn_stream_import(tn_device device, void *native, tn_stream *out);

/// The vendor's own stream; not to be destroyed. \return TN_OK, TN_BAD_HANDLE, TN_UNSUPPORTED. Any thread. Since 0.1.
TN_CALL tn_status tn_stream_native(tn_stream stream, void **out);

/* ------------------------------------------------------------------------------------------------------- */
/* Points */

/// Waits until every submission up to `point` has ended.
///
/// \param point      [in] a point of any stream
/// \param timeout_ns [in] nanoseconds; TN_FOREVER waits without a deadline, 0 asks and returns at once
/// \return TN_OK; TN_TIMEOUT (timeout_ns 0: TN_NOT_READY), the work goes on and its memory stays busy; TN_FAULT, the work failed;
///         TN_POISONED, something before the point failed; TN_ABORTED; TN_INVALID, a value that was not yet submitted; TN_BAD_HANDLE
///
/// Any thread. A wait without a deadline may run simulated work on this thread. A point that no call was asked for may
/// wait for later work of its stream as well. Since 0.1.
TN_CALL tn_status tn_point_wait(tn_point point, uint64_t timeout_ns);

/// Waits for all of `count` points, or for any one.
/// \param out_index [out] [optional] wait_any: which one passed or failed; wait_all: the one that failed
/// \return as tn_point_wait; for 0 points wait_all is TN_OK and wait_any TN_INVALID. Any thread. Since 0.1.
TN_CALL tn_status tn_point_wait_all(const tn_point *points, uint32_t count, uint64_t timeout_ns, uint32_t *out_index);
TN_CALL tn_status tn_point_wait_any(const tn_point *points, uint32_t count, uint64_t timeout_ns, uint32_t *out_index);

#ifdef __cplusplus
}
#endif
#endif
