/* SPDX-License-Identifier: Apache-2.0 */
/* attention.h - attention over packed sequences. Page: docs/kernels.md. */
#ifndef TENON_KERNELS_ATTENTION_H
#define TENON_KERNELS_ATTENTION_H

#include "kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Sequences stand one behind the other without padding: sequence s has the rows offsets[s] to offsets[s + 1] - 1, with
 * sequences + 1 32-bit unsigned integers in device memory. Row r of q, k and v begins at r * pitch, head h at column h
 * * head_size; out has its own pitch. A pitch of 0 is heads * head_size. */
typedef struct tnk_attention_args {
    uint32_t size; /* sizeof(tnk_attention_args) */
    uint32_t heads;
    tn_address q, k, v, out, offsets;
    uint32_t head_size; /* 32 or 64; TN_UNSUPPORTED otherwise */
    uint32_t pitch, out_pitch;
    uint32_t sequences;
    uint32_t longest; /* rows of the longest sequence; a longer one is cut off there */
    float scale;      /* of q k^T; 1 / sqrt(head_size) as a rule */
} tnk_attention_args;

/* out = softmax(scale q k^T) v for each head of each sequence, without a mask inside a sequence. Since 0.1. */
TN_CALL tn_status tnk_attention(const tnk_library *library, tn_stream stream, const tnk_attention_args *args);

#ifdef __cplusplus
}
#endif
#endif
