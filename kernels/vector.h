/* SPDX-License-Identifier: Apache-2.0 */
/* vector.h - element by element over vectors. Page: docs/kernels.md. */
#ifndef TENON_KERNELS_VECTOR_H
#define TENON_KERNELS_VECTOR_H

#include "kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/* z = x + y, z = x * y, y = a x, y = a x + y; n elements each. Output and input may be the same vector. Since 0.1. */
TN_CALL tn_status tnk_add(const tnk_library *library, tn_stream stream, tn_address x, tn_address y, tn_address z,
                          uint64_t n);
TN_CALL tn_status tnk_multiply(const tnk_library *library, tn_stream stream, tn_address x, tn_address y, tn_address z,
                               uint64_t n);
TN_CALL tn_status tnk_scale(const tnk_library *library, tn_stream stream, float a, tn_address x, tn_address y,
                            uint64_t n);
TN_CALL tn_status tnk_axpy(const tnk_library *library, tn_stream stream, float a, tn_address x, tn_address y,
                           uint64_t n);

#ifdef __cplusplus
}
#endif
#endif
