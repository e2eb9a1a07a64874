/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schedule.h - shared by schedule.c and schedule_*.c: the state of writing one kernel's functions.
 */
#ifndef TNCC_SCHEDULE_H
#define TNCC_SCHEDULE_H

#include "tools/tenoncc/transform.h"

/* What a group of threads may be instead of waiting at a sync point; RESUME marks one whose operation is done. */
enum { ENDED = -1, PARTED = -2, RESUME = 1 << 30 };

struct schedule {
    struct transform *t;
    struct tncc_text *out;
    const char *name;
    struct tncc_text params; /* ", i32 %gx, ..." of NAME.blocks behind its first four */
    struct tncc_text pass;   /* the same as arguments of a call */
    struct tncc_text locals; /* ", ptr %sh0" ... when they are on the stack of NAME.blocks */
    struct tncc_text tail;   /* arguments of a region behind the fixed ones */
    uint32_t more;           /* bytes of scratch memory that the number of threads says nothing of */
    bool local_on_stack;
    const char *apart; /* " noalias" where nothing but its parameter leads to local memory, else nothing */
    bool whole; /* writing NAME.whole */
};
#define W(...) tncc_add(s->out, __VA_ARGS__)

/* "%to = call i32 @NAME.region.R(...)"; x, y, z, lin name the thread. */
void tncc_call_region(struct schedule *s, const char *to, int region, const char *x, const char *y, const char *z,
                      const char *lin, bool inlined);
/* The same for one function or another; x, y, z, lin name the first thread, `more` is behind the other arguments. */
void tncc_call_function(struct schedule *s, const char *to, LLVMValueRef function, const char *x, const char *y,
                        const char *z, const char *lin, const char *more, bool inlined);
bool tncc_calls_stay(const struct transform *t);  /* of vectors and of warp operations: they are not inlined */
bool tncc_loops_apart(const struct transform *t); /* loops over threads are functions, NAME.rows.R: */
void tncc_write_rows_head(struct schedule *s, int r, const char *more);
void tncc_write_rows_tail(struct schedule *s, int r, bool dynamic);
void tncc_call_rows(struct schedule *s, const char *to, int r, const char *more);
void tncc_write_rows(struct schedule *s, int r, bool dynamic, const char *more, const char *same, const char *parted);
/* The threads of a row through a region; x0<r> and l<r> are the first one, %<bound> how many. */
void tncc_write_row(struct schedule *s, int r, bool dynamic, const char *bound);
void tncc_reduce_predicates(struct schedule *s);
void tncc_copy_uniform(struct schedule *s);
void tncc_write_blocks_head(struct schedule *s);
void tncc_write_blocks_tail(struct schedule *s);
extern const char *const tncc_geometry[], *const tncc_exchange_names[X_COUNT];
const char *tncc_type_text(LLVMTypeRef type);
bool tncc_per_thread(const struct slot *slot);             /* is kept for each thread across regions */
int tncc_only_next(const struct transform *t, int region); /* the one that may come next, 0: the end; -1: several */
/* schedule_entry.c */
bool tncc_has_whole(const struct transform *t); /* a region whose loops become simpler when nothing is left of a row */
void tncc_write_entry(struct schedule *s);
/* schedule_rows.c */
void tncc_write_block_loop(struct schedule *s, int r, bool dynamic);
bool tncc_in_runs(const struct schedule *s);  /* blocks beside each other together: */
void tncc_write_run(struct schedule *s);      /* which, and */
void tncc_write_run_loop(struct schedule *s); /* their threads */
/* schedule_warp.c */
void tncc_schedule_warps(struct schedule *s);
/* schedule_wide.c */
void tncc_schedule_wide(struct schedule *s);

#endif
