/* SPDX-License-Identifier: Apache-2.0 */
/* layer_norm.h - layer normalisation of rows. Page: docs/kernels.md. */
#ifndef TENON_KERNELS_LAYER_NORM_H
#define TENON_KERNELS_LAYER_NORM_H

#include "kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/* With x = in + residual (0: none) for each row: out = (x - mean) / sqrt(variance + epsilon) * gamma + beta, the
 * variance being that of the whole row. gamma and beta have `columns` elements. out may be in or residual. Since 0.1.
 */
TN_CALL tn_status tnk_layer_norm(const tnk_library *library, tn_stream stream, tn_address in, tn_address residual,
                                 tn_address gamma, tn_address beta, tn_address out, uint32_t rows, uint32_t columns,
                                 float epsilon);

#ifdef __cplusplus
}
#endif
#endif
