/* SPDX-License-Identifier: Apache-2.0 */
/* transpose.h - transposition of a matrix. Page: docs/kernels.md. */
#ifndef TENON_KERNELS_TRANSPOSE_H
#define TENON_KERNELS_TRANSPOSE_H

#include "kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/* out (columns x rows) is in (rows x columns) turned over. They must not overlap. Since 0.1. */
TN_CALL tn_status tnk_transpose(const tnk_library *library, tn_stream stream, tn_address in, tn_address out,
                                uint32_t rows, uint32_t columns);

#ifdef __cplusplus
}
#endif
#endif
