/* SPDX-License-Identifier: Apache-2.0 */
/* histogram.h - counts of byte values. Page: docs/kernels.md. */
#ifndef TENON_KERNELS_HISTOGRAM_H
#define TENON_KERNELS_HISTOGRAM_H

#include "kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Adds to counts[v], 256 32-bit unsigned integers, how often byte v occurs among n bytes. The caller clears them. Since
 * 0.1. */
TN_CALL tn_status tnk_histogram(const tnk_library *library, tn_stream stream, tn_address bytes, uint64_t n,
                                tn_address counts);

#ifdef __cplusplus
}
#endif
#endif
