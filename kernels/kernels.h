/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernels.h - Tenon's own kernels: opening them on a device, and what all of them have in common.
 *
 * Every function submits to a stream and returns; the result is there when the stream's point has passed. Addresses are
 * device addresses of the stream's device, matrices are row-major, numbers are 32-bit floats unless a page says
 * otherwise. A size of 0 submits nothing and is TN_OK. TN_INVALID means a size, pitch or address that can't be right,
 * and nothing was submitted; everything else is the answer of tn_kernel_launch. All functions may be called from any
 * thread. Page: docs/kernels.md.
 */
#ifndef TENON_KERNELS_H
#define TENON_KERNELS_H

#include <tenon/tenon.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The kernels, loaded on one device. */
typedef struct tnk_library tnk_library;

/// Loads the kernels' bundle onto a device and looks each kernel up, once.
///
/// \param bundle [in] [optional] path of the bundle; NULL: tenon/kernels/kernels.tnb beside this library
/// \param out    [out] close with tnk_close, before the runtime
/// \return TN_OK, TN_OUT_OF_HOST_MEMORY, and all that tn_module_load_file and tn_module_kernel return. Since 0.1.
TN_CALL tn_status tnk_open(tn_device device, const char *bundle, tnk_library **out);

/// Unloads them; waits for submitted work of the device. NULL is nothing. \return as tn_module_unload. Since 0.1.
TN_API tn_status tnk_close(tnk_library *library);

/// The module that they stand in, for its image and kernels' tables. Since 0.1.
TN_API tn_module tnk_module(const tnk_library *library);

#ifdef __cplusplus
}
#endif
#endif
