/* SPDX-License-Identifier: Apache-2.0 */
/* reduce.h - sum and maximum of a vector. Page: docs/kernels.md. */
#ifndef TENON_KERNELS_REDUCE_H
#define TENON_KERNELS_REDUCE_H

#include "kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of device memory that a reduction of n elements needs besides. */
TN_API uint64_t tnk_reduce_workspace(uint64_t n);

/* *out = the sum, or the greatest, of n elements; a NaN is passed over by the maximum. The order of additions depends
 * on n alone. An empty sum is 0; an empty maximum is TN_INVALID. `workspace` has tnk_reduce_workspace(n) bytes. Since
 * 0.1. */
TN_CALL tn_status tnk_reduce_sum(const tnk_library *library, tn_stream stream, tn_address in, uint64_t n,
                                 tn_address out, tn_address workspace);
TN_CALL tn_status tnk_reduce_max(const tnk_library *library, tn_stream stream, tn_address in, uint64_t n,
                                 tn_address out, tn_address workspace);

#ifdef __cplusplus
}
#endif
#endif
