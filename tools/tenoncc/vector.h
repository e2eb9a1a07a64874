/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vector.h - shared by the files of the SPMD vectoriser, which makes of a region's function for one thread one that runs
 * `lanes` neighbouring threads at once, with masks where they part. docs/compiler.md, "The vectoriser", tells the whole.
 *
 *   vector.c          the driver: copies, normal form, the choice, and what calls it
 *   vector_graph.c    dominators, loops, the order of blocks
 *   vector_shape.c    which values are the same in all lanes, which go up by a constant, which vary; where lanes part
 *   vector_cost.c     what is refused, and the rule by which a region is chosen
 *   vector_steps.c    loops: how far they walk, how they end
 *   vector_agree.c    branches that all lanes take together or that start the form with masks
 *   vector_plan.c     masks that are equal, guards, the linear order, which masks can be empty
 *   vector_emit.c     the new function: blocks, edges, masks
 *   vector_value.c    scalar and vector forms of values, arithmetic
 *   vector_half.c     half, by way of float
 *   vector_memory.c   loads, stores, atomics, lane by lane loops
 *   vector_group*.c   loads and stores of neighbouring structures together
 *   vector_warp.c     warp operations, when the lanes are a whole warp
 */
#ifndef TNCC_VECTOR_H
#define TNCC_VECTOR_H

#include "tools/tenoncc/transform.h"

/* How a value differs between lanes: UNIFORM, a distance from each lane to the next (integers modulo 2 to their width,
 * bytes for pointers), or VARYING. UNSEEN is the optimistic start. */
#define VECTOR_UNIFORM 0
#define VECTOR_VARYING INT64_MIN
#define VECTOR_UNSEEN  INT64_MAX

enum { VECTOR_MAX_LANES = 64, VECTOR_MAX_BLOCKS = 400, VECTOR_MAX_OPERANDS = 16 };

struct vector_shape {
    int64_t stride;
    bool checked; /* the stride holds only while a flag says so: extensions of what may wrap */
};

struct vector_value { /* an instruction of the source */
    struct vector_shape shape;
    LLVMTypeRef type;       /* of the slot */
    LLVMValueRef slot;      /* when another block, or a phi, uses it */
    LLVMValueRef in;        /* phis: where edges leave the next value */
    LLVMValueRef flag_slot; /* checked: whether the stride holds */
};

/* A branch that may part lanes, does not, or is given up where they would; the end of a loop of which that is made sure before it. */
enum vector_agreement { VECTOR_PARTS, VECTOR_AGREES, VECTOR_COUNTED };

struct vector_block {
    LLVMBasicBlockRef block;
    int succ[2], succ_count;
    int *pred, pred_count;
    uint64_t *dom, *post; /* dominators, post-dominators, itself included */
    int depth;            /* number of dominators */
    int loop;             /* innermost, or -1 */
    int position;         /* in the order */
    bool divergent;       /* ends with a branch on which lanes part */
    enum vector_agreement agreed;
    bool join;            /* lanes that parted meet here: phis vary */
    int same_mask;        /* block whose mask this one's equals, or -1 */
    bool live;            /* the mask is surely not empty when it runs */
    bool guard;           /* it and what it dominates are skipped when the mask is empty, */
    int skip;             /* to there */
    uint64_t *owed;       /* blocks that must still run behind this one */
    int next[3];          /* where its code goes on; [2]: from the guard */
    LLVMBasicBlockRef body, guard_body;
    LLVMValueRef mask; /* slot */
};

struct vector_loop {
    int head, latch, parent, size;
    uint64_t *in, *exits;
    bool divergent; /* lanes may leave it at different rounds */
};

struct vector {
    struct transform *t;
    LLVMModuleRef module;
    LLVMContextRef context;
    LLVMTargetDataRef layout;
    LLVMTypeRef i1, i8, i32, i64, ptr, f64;
    LLVMValueRef source, made;
    int rest, rest_way; /* the block that ends the row when all lanes go that way, or -1 */
    LLVMValueRef masked; /* the form with masks, of one with agreed branches; else NULL */
    unsigned lanes;
    unsigned lane_params[2]; /* the parameters that go up by one: x, linear index */
    bool wide;               /* the lanes are a warp, rows of the block are whole warps, and a mask says who is there */
    const char *why;         /* not handled */
    double cost_one, cost_all; /* of all lanes; 0 as long as nothing was weighed */

    struct vector_block *blocks;
    int block_count;
    size_t words;
    struct vector_loop *loops;
    int loop_count;
    int *order;
    struct tncc_map index, values;
    struct tncc_map groups; /* loads and stores that are made together */
    struct
        tncc_map private; /* addresses in private arrays that are interleaved, and the arrays with the size of an element */

    LLVMBuilderRef builder, slots_builder;
    LLVMValueRef *params;               /* the source's, as there are in the function that is made */
    struct tncc_map local, local_flags; /* values at hand in the block that is being made */
    LLVMValueRef mask;                  /* of the block that is being made */
    int current;
    LLVMValueRef dummy; /* memory for accesses that no lane wants */
    LLVMBasicBlockRef entry;
};

bool vector_fail(struct vector *v, const char *why); /* false */
struct vector_value *vector_info(struct vector *v, LLVMValueRef instruction);
bool vector_is_head(const struct vector *v, int block);
int vector_latch_of(const struct vector *v, int block); /* the loop whose latch it is, or -1 */
bool vector_is_back_edge(const struct vector *v, int from, int to);
bool vector_in_loop(const struct vector *v, int loop, int block); /* loop -1 holds all */
int vector_number(const struct vector *v, LLVMBasicBlockRef block);
int vector_count(const struct vector *v, const uint64_t *set);
int vector_nearest(const struct vector *v, const uint64_t *set, int self, bool post); /* the deepest of a set, or -1 */
uint64_t *vector_set(const struct vector *v);

/* the steps; false with v->why when something is not handled */
bool vector_graph(struct vector *v);
bool vector_check(struct vector *v); /* instructions that can't be had */
void vector_shapes(struct vector *v);
void vector_private(struct vector *v);      /* finds the private arrays that are interleaved */
bool vector_check_shapes(struct vector *v); /* what lanes in step must not do */
bool vector_pays(struct vector *v);
bool vector_waits(struct vector *v); /* its loops wait for results more than they compute: twice as many lanes pay */
bool vector_is_of_bytes(struct vector *v); /* what it reads and writes, and most of what it computes */
bool vector_walks_rows(struct vector *v); /* no loops, and every access is to neighbours or one place */
bool vector_is_guard(struct vector *v, const struct vector_block *x); /* its branch: threads go the same way for long */
bool vector_is_simple(const struct transform *t, LLVMValueRef region);
void vector_plan(struct vector *v);
bool vector_emit(struct vector *v);
/* vector_steps.c */
/* By how much a value goes up from one round of a loop to the next; TNCC_NO_STEP: not by a constant. */
int64_t vector_step_of(struct vector *v, const struct vector_loop *l, LLVMValueRef x);
bool vector_leaves_nearly(struct vector *v, const struct vector_loop *l); /* lanes do, at rounds next to each other */
bool vector_leaves_together(struct vector *v, const struct vector_loop *l, int block); /* at the end of that block */
/* The loop goes on by `step` from `from` (of lane 0) while it is less than `bound`; numbers of 32 bits. */
struct vector_count {
    LLVMValueRef index, from, step, bound; /* index: the phi */
    bool is_signed;
};
bool vector_counts(struct vector *v, const struct vector_loop *l, struct vector_count *c);
/* The index of a loop whose rounds have been counted: it does not wrap between lanes, nor does its extension. */
bool vector_stays_below(struct vector *v, LLVMValueRef x, LLVMOpcode extension);
bool vector_expects_all(struct vector *v, int block, LLVMValueRef place); /* a load there: mostly of all lanes, walking */
bool vector_is_far(struct vector *v, int block, LLVMValueRef place); /* from round to round, and groups won't go in step */
/* Of loops that lanes leave together: how many groups there are between what one reads of global memory in two rounds; 0: it is
 * close. */
unsigned vector_rounds_apart(struct vector *v);
/* vector_agree.c: for each block whether its branch may be, and how; false: none */
bool vector_find_agreed(struct vector *v, enum vector_agreement *agreed);
void vector_ask_rounds(struct vector *v, const struct vector_loop *l); /* before it: do all lanes go round as often? */
void vector_find_rest(struct vector *v);
void vector_branch_agreed(struct vector *v, LLVMValueRef condition, LLVMBasicBlockRef to[2]);

struct vector_shape vector_shape_of(struct vector *v, LLVMValueRef value);
bool vector_is_uniform(struct vector *v, LLVMValueRef value);
bool vector_is_varying(struct vector *v, LLVMValueRef value); /* or checked: has no stride to count on */

/* vector_group.c: finds them, what one costs of its group (0: not in one), and writes the group; true: it is in one */
void vector_groups(struct vector *v);
double vector_group_cost(struct vector *v, LLVMValueRef access);
LLVMValueRef vector_group_root(struct vector *v, LLVMValueRef access, int k); /* what its address is made from: 0, 1 */
bool vector_grouped(struct vector *v, LLVMValueRef access);

/* kinds of calls */
bool vector_widens(LLVMValueRef call);  /* an intrinsic that works element by element */
bool vector_drops(LLVMValueRef call);   /* says something to the optimiser only */
bool vector_by_lane(LLVMValueRef call); /* may be called for one lane after another */

/* vector_value.c */
LLVMTypeRef vector_type(const struct vector *v, LLVMTypeRef element);
LLVMTypeRef vector_mask_type(const struct vector *v);
LLVMValueRef vector_int(LLVMTypeRef type, int64_t n);
LLVMValueRef vector_intrinsic(struct vector *v, const char *name, LLVMTypeRef *types, size_t count, LLVMValueRef *args,
                              unsigned n);
LLVMValueRef vector_splat(struct vector *v, LLVMValueRef scalar);
LLVMValueRef vector_new_slot(struct vector *v, LLVMTypeRef type);
LLVMValueRef vector_load(struct vector *v, LLVMTypeRef type, LLVMValueRef slot);
LLVMValueRef vector_select(struct vector *v, LLVMValueRef c, LLVMValueRef a, LLVMValueRef b);
LLVMValueRef vector_bits(struct vector *v, LLVMValueRef mask);
LLVMValueRef vector_any(struct vector *v, LLVMValueRef mask);
LLVMValueRef vector_all(struct vector *v, LLVMValueRef mask);
LLVMValueRef vector_steps(struct vector *v, LLVMTypeRef type, int64_t stride); /* 0, stride, 2 * stride ... */
LLVMValueRef vector_scalar(struct vector *v, LLVMValueRef value); /* the value of all lanes, or of lane 0 */
LLVMValueRef vector_whole(struct vector *v, LLVMValueRef value);  /* one element a lane */
LLVMValueRef vector_flag(struct vector *v, LLVMValueRef value);   /* of a checked value; NULL: needs none */
void vector_define(struct vector *v, LLVMValueRef instruction, LLVMValueRef made);
void vector_instruction(struct vector *v, LLVMValueRef i);
/* vector_half.c */
bool vector_has_half(LLVMValueRef i);
bool vector_widens_half(LLVMValueRef call);
void vector_half_memory(struct vector *v);
LLVMValueRef vector_half_instruction(struct vector *v, LLVMValueRef i); /* NULL: as any other */
/* vector_memory.c */
void vector_load_instruction(struct vector *v, LLVMValueRef i);
void vector_store_instruction(struct vector *v, LLVMValueRef i);
void vector_atomic(struct vector *v, LLVMValueRef i);
LLVMValueRef vector_lane_loop(struct vector *v, LLVMValueRef i); /* NULL when it gives nothing */
/* A gather, or a scatter of `value`, for the lanes of the mask. */
LLVMValueRef vector_scattered(struct vector *v, LLVMValueRef access, LLVMValueRef places, LLVMValueRef value);
/* What is at hand before code that may not run; what was loaded there is not at hand behind it. */
struct vector_at_hand {
    struct tncc_map local, flags;
};
struct vector_at_hand vector_keep(const struct vector *v);
void vector_restore(struct vector *v, struct vector_at_hand kept);
LLVMValueRef vector_safe_place(struct vector *v, LLVMValueRef place);

/* vector_warp.c */
bool vector_is_warp(const struct vector *v, LLVMValueRef call);
struct warp_forms vector_forms(struct vector *v);
struct vector_shape vector_warp_shape(struct vector *v, LLVMValueRef call);
double vector_warp_cost(struct vector *v, LLVMValueRef call, bool one);
void vector_warp(struct vector *v, LLVMValueRef call);

#endif
