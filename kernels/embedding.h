/* SPDX-License-Identifier: Apache-2.0 */
/* embedding.h - gathering the vectors of tokens. Page: docs/kernels.md. */
#ifndef TENON_KERNELS_EMBEDDING_H
#define TENON_KERNELS_EMBEDDING_H

#include "kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/* out[t] = words[ids[t]] + positions[places[t]] + kinds[types[t]], each a row of `columns`. ids, places and types are
 * 32-bit integers; places 0 leaves the second out, kinds 0 the third, and types 0 takes row 0 of kinds. Indices are not
 * checked on the device: the caller keeps them inside the tables. Since 0.1. */
TN_CALL tn_status tnk_embedding(const tnk_library *library, tn_stream stream, tn_address ids, tn_address places,
                                tn_address types, tn_address words, tn_address positions, tn_address kinds,
                                tn_address out, uint32_t tokens, uint32_t columns);

#ifdef __cplusplus
}
#endif
#endif
