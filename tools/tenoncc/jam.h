/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jam.h - shared by the files that jam a vectorised region: one function that runs several groups of threads through it in
 * step, so that what the groups have in common is done once. docs/compiler.md, "Rows in registers", tells the whole.
 *
 *   jam.c        what is the same in all groups, and the new function
 *   jam_cost.c   how many groups, and whether that pays
 *   jam_part.c   the groups one after another, from the place on where they part
 *   jam_rows.c   gathers and scatters of rows that lie side by side
 */
#ifndef TNCC_JAM_H
#define TNCC_JAM_H

#include "tools/tenoncc/transform.h"

enum {
    JAM_MOST = 8,
    JAM_ROWS = 4, /* JAM_MOST where they lie side by side: half as many stores, of 32 bytes */
    JAM_MAX_BLOCKS = 300,
    JAM_MAX_SIZE = 3000
};

struct jam {
    struct transform *t;
    LLVMValueRef source, made;
    unsigned copies, apart, most;  /* apart: as in the transform; most: copies that there may be */
    bool rows;                     /* the groups are rows below each other; else neighbours in a row */
    unsigned lane_params[2];       /* what differs between groups: y or x, and the linear index */
    struct tncc_map varying;       /* instructions that differ between groups */
    struct tncc_map arrays;        /* allocas whose address is used otherwise than by loads and stores */
    LLVMBasicBlockRef *blocks;     /* of the source */
    int block_count, *depth;       /* loops around each */
    bool *rare;                    /* as good as never run */
    struct tncc_map index;         /* block to number + 1 */
    struct tncc_map same;          /* value of the source to the made one, the same in all groups */
    struct tncc_map own[JAM_MOST]; /* ... of each group */
    LLVMBasicBlockRef *body, entry;
    /* jam_part.c */
    int *places, place_count; /* blocks that end where groups may part */
    LLVMValueRef row, where, takes[JAM_MOST];
    LLVMValueRef take; /* of the group that runs alone */
    LLVMValueRef lane_slots[2];
    struct tncc_map alone, alone_slots; /* values, and allocas, of the group that runs alone */
    LLVMBasicBlockRef *alone_body, start;
};

bool jam_varies(const struct jam *j, LLVMValueRef value);
bool jam_is_array(const struct jam *j, LLVMValueRef alloca);
bool jam_says_nothing(LLVMValueRef i); /* that the new function needs */
LLVMValueRef jam_value(struct jam *j, LLVMValueRef value, unsigned copy);
/* An instruction of the source as it stands in the made function, its operands given by `of`. */
LLVMValueRef jam_clone(struct jam *j, LLVMValueRef i, LLVMValueRef (*of)(struct jam *, LLVMValueRef, unsigned),
                       unsigned copy);
/* jam_cost.c: sets j->copies; below two when it would not pay. */
void jam_choose(struct jam *j);
/* jam_rows.c: a gather or scatter of rows that are likely to lie side by side; writes one of all groups. */
bool jam_in_rows(const struct jam *j, LLVMValueRef i);
void jam_rows(struct jam *j, LLVMValueRef i);
/* jam_part.c */
void jam_prepare_parts(struct jam *j);
void jam_branch(struct jam *j, int block, LLVMValueRef branch);
void jam_finish_parts(struct jam *j);

#endif
