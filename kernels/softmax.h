/* SPDX-License-Identifier: Apache-2.0 */
/* softmax.h - softmax of rows. Page: docs/kernels.md. */
#ifndef TENON_KERNELS_SOFTMAX_H
#define TENON_KERNELS_SOFTMAX_H

#include "kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/* out = softmax(scale * in) of each row of a rows x columns matrix. `lengths` is 0 or one 32-bit unsigned integer a
 * row: elements from there on count as masked, and are 0 in the result. out may be in. Since 0.1. */
TN_CALL tn_status tnk_softmax(const tnk_library *library, tn_stream stream, tn_address in, tn_address out,
                              tn_address lengths, uint32_t rows, uint32_t columns, float scale);

#ifdef __cplusplus
}
#endif
#endif
