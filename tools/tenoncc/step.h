/* SPDX-License-Identifier: Apache-2.0 */
/*
 * step.h - by how much a value goes up while something else goes up by one: the round of a loop, the row of a block. An estimate
 * for rules; what counts on it asks when it runs.
 */
#ifndef TNCC_STEP_H
#define TNCC_STEP_H

#include "tools/tenoncc/tenoncc.h"

#define TNCC_NO_STEP INT32_MAX /* not by a constant */

struct tncc_walk {
    LLVMTargetDataRef layout;
    bool (*leaf)(void *data, LLVMValueRef x, int64_t *step); /* true: what is known of x itself; false: its operands say it */
    void *data;
};

/* Of a number or address, or of each element of a vector of them. */
int64_t tncc_step(const struct tncc_walk *s, LLVMValueRef x, int depth);

/* Of an address from one row of the block to the next, in the function of a region; y and the linear index are its parameters
 * of these numbers. */
int64_t tncc_row_step(LLVMTargetDataRef layout, LLVMValueRef region, const unsigned params[2], LLVMValueRef place);

#endif
