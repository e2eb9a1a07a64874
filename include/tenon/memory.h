/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenon/memory.h - device memory, pinned host memory, copies and fills. Pages: docs/api/memory.md, docs/memory-model.md.
 *
 * Copies and fills are submissions: they run in the order of their stream, and return a point when asked. Ranges are checked
 * at the call: a device range must lie within one allocation of the right device.
 */
#ifndef TENON_MEMORY_H
#define TENON_MEMORY_H

#include "tenon/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Allocates device memory, not cleared.
///
/// \param bytes [in]  at least 1
/// \param out   [out] address, aligned to the device's alloc_align; free with tn_memory_free
/// \return TN_OK, TN_BAD_HANDLE, TN_INVALID (bytes is 0), TN_OUT_OF_MEMORY, TN_OUT_OF_HOST_MEMORY, TN_DEVICE_LOST, TN_POISONED
///
/// Any thread. May block on the vendor's allocator; not for the submit path. Since 0.1.
TN_CALL tn_status tn_memory_alloc(tn_device device, uint64_t bytes, tn_address *out);

/// Frees an allocation by its base address. Waits for submitted work of the device that may still use it.
/// \return TN_OK; TN_BAD_HANDLE; TN_BAD_ADDRESS (not a base, or freed before); TN_BUSY after 10 seconds when that work does not
///         end, and the memory stays. Any thread. Since 0.1.
TN_CALL tn_status tn_memory_free(tn_device device, tn_address address);

/// Finds the allocation that `address` lies in.
/// \param out_base, out_bytes [out] [optional] its base address and size as asked for
/// \return TN_OK, TN_BAD_HANDLE, TN_BAD_ADDRESS. Any thread. Since 0.1.
TN_CALL tn_status tn_memory_find(tn_device device, tn_address address, tn_address *out_base, uint64_t *out_bytes);

/// Allocates pinned host memory: copies from and to it are asynchronous and fast. Page-aligned, not cleared.
///
/// \param out        [out] host address; free with tn_host_free
/// \param out_device [out] [optional] address by which kernels of `device` reach it, 0 where they can't
/// \return TN_OK, TN_BAD_HANDLE, TN_INVALID, TN_OUT_OF_HOST_MEMORY, TN_VENDOR. Any thread. Since 0.1.
TN_CALL tn_status tn_host_alloc(tn_device device, uint64_t bytes, void **out, tn_address *out_device);

/// Frees pinned memory by its base address; waits for submitted work of its device.
/// \return TN_OK, TN_BAD_HANDLE, TN_BAD_ADDRESS, TN_BUSY as tn_memory_free. Any thread. Since 0.1.
TN_CALL tn_status tn_host_free(tn_device device, void *pointer);

/// Copies host memory to the stream's device.
///
/// \param source    [in]  host memory; stays valid and unchanged until the point has passed
/// \param out_point [out] [optional] the point after the copy; asking for it makes it waitable on its own
/// \return TN_OK, also for 0 bytes, which submits nothing and gives the stream's last point; TN_BAD_HANDLE; TN_BAD_ADDRESS (message
///         has the allocation and how far the range goes past it); TN_INVALID (source is NULL); TN_POISONED; TN_DEVICE_LOST
///
/// Any thread; the same for the next three. Since 0.1.
TN_CALL tn_status tn_copy_to_device(tn_stream stream, tn_address destination, const void *source, uint64_t bytes, tn_point *out_point);

/// Copies from the stream's device to host memory, which must stay valid until the point has passed. Otherwise as above.
TN_CALL tn_status tn_copy_to_host(tn_stream stream, void *destination, tn_address source, uint64_t bytes, tn_point *out_point);

/// Copies within the stream's device. Overlapping ranges are TN_INVALID.
TN_CALL tn_status tn_copy_on_device(tn_stream stream, tn_address destination, tn_address source, uint64_t bytes, tn_point *out_point);

/// Copies between two devices of one runtime, of any vendors; `stream` belongs to one of the two. Where the vendor has no
/// direct way it goes through host memory, and the call then returns when the copy has been done.
TN_CALL tn_status tn_copy_between(tn_stream stream, tn_device destination_device, tn_address destination,
                                  tn_device source_device, tn_address source, uint64_t bytes, tn_point *out_point);

/// Fills `count` elements of `pattern_bytes` (1, 2 or 4) with the low bytes of `pattern`; destination aligned to
/// pattern_bytes.
/// \return as tn_copy_to_device; TN_INVALID for another pattern size or a misaligned destination. Any thread. Since 0.1.
TN_CALL tn_status tn_fill(tn_stream stream, tn_address destination, uint32_t pattern, uint32_t pattern_bytes,
                          uint64_t count, tn_point *out_point);

/// Copy to the device and wait; copy to the host and wait. In the order of the stream; the memory is free to use when they return.
/// \return as tn_copy_to_device, and TN_FAULT when the copy or something before it failed. Any thread. Since 0.1.
TN_CALL tn_status tn_memory_write(tn_stream stream, tn_address destination, const void *source, uint64_t bytes);
TN_CALL tn_status tn_memory_read(tn_stream stream, void *destination, tn_address source, uint64_t bytes);

#ifdef __cplusplus
}
#endif
#endif
