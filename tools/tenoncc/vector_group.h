/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vector_group.h - loads and stores that belong together, as vector_group.c finds them and vector_group_code.c writes them.
 */
#ifndef TNCC_VECTOR_GROUP_H
#define TNCC_VECTOR_GROUP_H

#include "tools/tenoncc/vector.h"

enum { GROUP_MAX_STEP = 16, GROUP_MAX_MEMBERS = 32 };

/* An address as base + extension of (index + units) * scale + bytes; index NULL: base is all. */
struct address {
    LLVMValueRef base, index;
    LLVMOpcode extension; /* 0: the index has 64 bits */
    int64_t scale, units, bytes;
};

struct vector_group {
    struct address where; /* units and bytes: of the least member */
    bool stores;
    bool rows;      /* each lane's members are loaded or stored by themselves, ... */
    bool anywhere;  /* from addresses without a stride */
    unsigned step;  /* elements from one lane to the next, in memory or among the rows */
    unsigned span;  /* from the first member to behind the last */
    unsigned count; /* of members, in the order of the source */
    LLVMTypeRef type;
    unsigned align; /* of the least member's address */
    struct member {
        LLVMValueRef instruction;
        struct address at;
        unsigned place; /* in elements from the least member */
    } member[GROUP_MAX_MEMBERS];
};

int64_t vector_group_stride(struct vector *v, const struct address *a);
LLVMTypeRef vector_group_type(LLVMValueRef i);

#endif
