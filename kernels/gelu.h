/* SPDX-License-Identifier: Apache-2.0 */
/* gelu.h - the Gaussian error linear unit. Page: docs/kernels.md. */
#ifndef TENON_KERNELS_GELU_H
#define TENON_KERNELS_GELU_H

#include "kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/* y = x (1 + erf(x / sqrt 2)) / 2, the exact form, within 1e-6 of its value or 1e-6 of x; n elements. y may be x. Since
 * 0.1. */
TN_CALL tn_status tnk_gelu(const tnk_library *library, tn_stream stream, tn_address x, tn_address y, uint64_t n);

#ifdef __cplusplus
}
#endif
#endif
