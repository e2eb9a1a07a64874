/* SPDX-License-Identifier: Apache-2.0 */
/* tenon/device.h - the devices of a runtime. Page: docs/api/device.md. */
#ifndef TENON_DEVICE_H
#define TENON_DEVICE_H

#include "tenon/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Number of devices. They keep their order while the runtime is open.
/// \return TN_OK, TN_BAD_HANDLE. Any thread. Since 0.1.
TN_CALL tn_status tn_device_count(tn_runtime runtime, uint32_t *out);

/// The device at an index from 0 to count - 1. The handle lives as long as the runtime; nothing need be released.
/// \return TN_OK, TN_BAD_HANDLE, TN_INVALID (index). Any thread. Since 0.1.
TN_CALL tn_status tn_device_get(tn_runtime runtime, uint32_t index, tn_device *out);

/// What is known of a device; does not claim it.
/// \param out [out] out->size must be set; filled up to it
/// \return TN_OK, TN_BAD_HANDLE, TN_INVALID (size). Any thread. Since 0.1.
TN_CALL tn_status tn_device_get_info(tn_device device, tn_device_info *out);

/// Free and total device memory in bytes. Other processes may change the first at any time.
/// \return TN_OK, TN_BAD_HANDLE, TN_DEVICE_LOST, TN_VENDOR. Any thread. Since 0.1.
TN_CALL tn_status tn_device_memory(tn_device device, uint64_t *out_free, uint64_t *out_total);

/// Waits until everything submitted to the device so far has ended.
/// \param timeout_ns [in] nanoseconds; TN_FOREVER, or 0 to ask
/// \return TN_OK; TN_TIMEOUT; TN_FAULT or TN_POISONED when a stream of the device failed, TN_ABORTED when one was aborted meanwhile;
///         TN_BAD_HANDLE. Any thread. Since 0.1.
TN_CALL tn_status tn_device_wait(tn_device device, uint64_t timeout_ns);

/// TN_OK while the device works; TN_POISONED after a failure that took the device, TN_DEVICE_LOST when it is gone for good.
/// Any thread. Since 0.1.
TN_CALL tn_status tn_device_health(tn_device device);

/// Brings a device back after a failure whose domain is the device or its context. Its streams, memory, modules and
/// events are gone: their handles are stale.
/// \return TN_OK; TN_UNSUPPORTED where only a new process helps; TN_DEVICE_LOST. Any thread. Since 0.1.
TN_CALL tn_status tn_device_recover(tn_device device);

/// The vendor's own handle of the device (CUdevice, ordinal, cl_device_id) and of the context that Tenon uses on it (the primary
/// or default one; NULL where the API has none). Not to be destroyed.
/// \return TN_OK, TN_BAD_HANDLE, TN_UNSUPPORTED. Any thread. Since 0.1.
TN_CALL tn_status tn_device_native(tn_device device, void **out_device, void **out_context);

#ifdef __cplusplus
}
#endif
#endif
