/* SPDX-License-Identifier: Apache-2.0 */
/* pooling.h - one vector for each sequence. Page: docs/kernels.md. */
#ifndef TENON_KERNELS_POOLING_H
#define TENON_KERNELS_POOLING_H

#include "kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/* out[s] = the mean of rows offsets[s] to offsets[s + 1] - 1 of `in`, scaled to Euclidean length one if `normalise`; a
 * sequence without rows gives zeros. offsets has sequences + 1 32-bit unsigned integers. Since 0.1. */
TN_CALL tn_status tnk_mean_pool(const tnk_library *library, tn_stream stream, tn_address in, tn_address offsets,
                                tn_address out, uint32_t sequences, uint32_t columns, bool normalise);

#ifdef __cplusplus
}
#endif
#endif
