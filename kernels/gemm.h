/* SPDX-License-Identifier: Apache-2.0 */
/* gemm.h - matrix multiplication. Page: docs/kernels.md. */
#ifndef TENON_KERNELS_GEMM_H
#define TENON_KERNELS_GEMM_H

#include "kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    TNK_GEMM_TRANSPOSED_B = 1u << 0, /* B is n x k, as a linear layer's weights are kept: C = A B^T; slower */
    TNK_GEMM_GELU = 1u << 1          /* C = gelu(A B + bias) */
};

/* C = A B + bias: A is m x k, B k x n, C m x n, bias n or 0. A pitch is the distance of two rows in elements; 0 is the
 * row's length. C must not overlap A or B. `batch` products of the same shape, 0 counts as 1, each `batch_*` elements
 * behind the one before; the bias is the same for all. */
typedef struct tnk_gemm_args {
    uint32_t size; /* sizeof(tnk_gemm_args) */
    uint32_t flags;
    tn_address a, b, bias, c;
    uint32_t m, n, k;
    uint32_t pitch_a, pitch_b, pitch_c;
    uint32_t batch, reserved;
    uint64_t batch_a, batch_b, batch_c;
} tnk_gemm_args;

/* Sums run over k in ascending order, in single precision. TN_INVALID also for a pitch shorter than a row. Since 0.1.
 */
TN_CALL tn_status tnk_gemm(const tnk_library *library, tn_stream stream, const tnk_gemm_args *args);

#ifdef __cplusplus
}
#endif
#endif
