/* SPDX-License-Identifier: Apache-2.0 */
/* explain.h - telling people what the vectoriser chose. */
#ifndef TNCC_EXPLAIN_H
#define TNCC_EXPLAIN_H

#include "tools/tenoncc/transform.h"

struct tncc_choice {
    int region;
    unsigned lanes;            /* threads at once; 0: one by one */
    const char *why;           /* of one by one */
    double cost_one, cost_all; /* what was weighed, for all lanes; 0: nothing was */
};

/* Does nothing unless --explain-vector asks for it. The regions of a kernel come one behind the other. */
void tncc_explain(const struct transform *t, LLVMValueRef region, const struct tncc_choice *choice);
void tncc_explain_end(const struct tncc_options *o);

#endif
