/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interleave.h - permutations between vectors and what lies in memory element behind element: every `step`-th element is
 * one vector's, or a row of each lane's is one behind the other. Calls LLVM-C.
 */
#ifndef TNCC_INTERLEAVE_H
#define TNCC_INTERLEAVE_H

#include "tools/tenoncc/tenoncc.h"

enum { TNCC_MAX_STEP = 16, TNCC_MAX_LANES = 64 };

struct tncc_lanes {
    LLVMBuilderRef builder;
    LLVMTypeRef i32;
    unsigned count; /* elements of each vector */
};

LLVMValueRef tncc_permute(const struct tncc_lanes *l, LLVMValueRef a, LLVMValueRef b, const unsigned *from);
/* `count` elements of a and b one behind the other, from the `first` on; b may be NULL. */
LLVMValueRef tncc_part(const struct tncc_lanes *l, LLVMValueRef a, LLVMValueRef b, unsigned first, unsigned count);
/* Makes vectors of `count` rows of `length` elements, one behind the other. */
void tncc_join_rows(const struct tncc_lanes *l, LLVMValueRef *rows, unsigned count, unsigned length, LLVMValueRef *all);
/* out[o * by] = elements o, o + step ... of the vectors one behind the other, for the o's that are wanted. */
void tncc_take_every(const struct tncc_lanes *l, LLVMValueRef *all, unsigned step, const bool *wanted, LLVMValueRef *out,
                     unsigned by);
/* The inverse: members one behind the other, lane by lane; in[o * by] are the members. */
void tncc_put_every(const struct tncc_lanes *l, LLVMValueRef *in, unsigned step, unsigned by, LLVMValueRef *all);

#endif
