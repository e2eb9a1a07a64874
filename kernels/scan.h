/* SPDX-License-Identifier: Apache-2.0 */
/* scan.h - prefix sums. Page: docs/kernels.md. */
#ifndef TENON_KERNELS_SCAN_H
#define TENON_KERNELS_SCAN_H

#include "kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of device memory that a scan of n elements needs besides. */
TN_API uint64_t tnk_scan_workspace(uint64_t n);

/* out[i] = in[0] + ... + in[i - 1], or up to in[i] if inclusive; 32-bit unsigned integers, modulo 2^32. n at most 2^31.
 * out may be in. `workspace` has tnk_scan_workspace(n) bytes. Since 0.1. */
TN_CALL tn_status tnk_scan(const tnk_library *library, tn_stream stream, tn_address in, tn_address out, uint64_t n,
                           bool inclusive, tn_address workspace);

#ifdef __cplusplus
}
#endif
#endif
