/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernels' C files share: the list of kernels, the library object, and launching. Not installed. */
#pragma once

#include <stdlib.h>

#include "kernels.h"

/* X(identifier, name in the bundle) */
#define TNK_KERNELS(X)                                                                                                 \
    X(ADD, "tnk_k_add")                                                                                                \
    X(MULTIPLY, "tnk_k_multiply")                                                                                      \
    X(SCALE, "tnk_k_scale")                                                                                            \
    X(AXPY, "tnk_k_axpy")                                                                                              \
    X(GELU, "tnk_k_gelu")                                                                                              \
    X(GEMM_NN, "tnk_k_gemm_nn")                                                                                        \
    X(GEMM_NN_EDGE, "tnk_k_gemm_nn_edge")                                                                              \
    X(GEMM_NT, "tnk_k_gemm_nt")                                                                                        \
    X(GEMM_NT_EDGE, "tnk_k_gemm_nt_edge")                                                                              \
    X(TRANSPOSE, "tnk_k_transpose")                                                                                    \
    X(REDUCE_SUM, "tnk_k_reduce_sum")                                                                                  \
    X(REDUCE_MAX, "tnk_k_reduce_max")                                                                                  \
    X(SCAN, "tnk_k_scan")                                                                                              \
    X(SCAN_ADD, "tnk_k_scan_add")                                                                                      \
    X(HISTOGRAM, "tnk_k_histogram")                                                                                    \
    X(SOFTMAX, "tnk_k_softmax")                                                                                        \
    X(LAYER_NORM, "tnk_k_layer_norm")                                                                                  \
    X(EMBEDDING, "tnk_k_embedding")                                                                                    \
    X(ATTENTION_32, "tnk_k_attention_32")                                                                              \
    X(ATTENTION_64, "tnk_k_attention_64")                                                                              \
    X(MEAN_POOL, "tnk_k_mean_pool")

enum tnk_kernel {
#define TNK_ENUM(id, name) TNK_##id,
    TNK_KERNELS(TNK_ENUM)
#undef TNK_ENUM
        TNK_KERNEL_COUNT
};

struct tnk_library {
    tn_module module;
    uint32_t max_grid[3]; /* a chip that gives none has the smallest known, 65535 */
    tn_kernel kernels[TNK_KERNEL_COUNT];
};

#define TNK_COUNT(array) ((uint32_t)(sizeof(array) / sizeof *(array)))

#define TNK_TRY(call)                                                                                                  \
    do {                                                                                                               \
        tn_status tnk_status_ = (call);                                                                                \
        if (tnk_status_ != TN_OK)                                                                                      \
            return tnk_status_;                                                                                        \
    } while (0)

static inline uint64_t tnk_ceil(uint64_t n, uint64_t step)
{
    return n / step + (n % step != 0);
}

tn_status tnk__launch(const tnk_library *library, tn_stream stream, enum tnk_kernel kernel, tn_dim3 grid, tn_dim3 block,
                      const tn_arg *args, uint32_t arg_count);

/* One thread an element, by as many launches as the device's grid needs. The kernel takes the scalar if there is one,
 * then the vectors of 4-byte elements, then the number of elements as uint32_t. */
tn_status tnk__elements(const tnk_library *library, tn_stream stream, enum tnk_kernel kernel, const float *scalar,
                        const tn_address *vectors, uint32_t vector_count, uint64_t n);
