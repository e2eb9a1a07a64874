/* SPDX-License-Identifier: Apache-2.0 */
/*
 * opencl_c_uniform.c - finds out whether all threads of a block reach each barrier and warp operation. OpenCL demands
 * it of barriers; CUDA lets threads leave early and warps go their own ways. Errs towards "they may not", which costs
 * speed and not correctness.
 *
 * A value is divergent if it comes from the thread's number, an atomic, memory that only the thread sees, or from a
 * divergent value, or if it is chosen by a divergent branch: a branch on such a value marks the blocks between itself
 * and its nearest post-dominator, and every phi there and every value that leaves.
 */
#include "tools/tenoncc/opencl_c_internal.h"

#include <stdlib.h>
#include <string.h>

struct graph {
    struct ocl *o;
    unsigned n;                    /* blocks; node n is the common exit */
    unsigned *successors;          /* up to two for each block */
    unsigned char *postdominators; /* [a * (n + 1) + b]: b post-dominates a */
    unsigned char *region;         /* blocks under a divergent branch */
};

static unsigned index_of(struct graph *g, LLVMBasicBlockRef b)
{
    return ocl_note(g->o, LLVMBasicBlockAsValue(b))->id;
}

static bool starts_divergent(struct ocl *o, LLVMValueRef i)
{
    switch (LLVMGetInstructionOpcode(i)) {
    case LLVMAtomicRMW: case LLVMAtomicCmpXchg:
        return true;
    case LLVMLoad:
        return LLVMGetVolatile(i) || LLVMGetOrdering(i) != LLVMAtomicOrderingNotAtomic ||
               ocl_space_of(o, LLVMGetOperand(i, 0)) == OCL_PRIVATE ||
               ocl_space_of(o, LLVMGetOperand(i, 0)) == OCL_GENERIC;
    case LLVMCall: {
        const char *name = LLVMIsAFunction(LLVMGetCalledValue(i)) ? ocl_name(LLVMGetCalledValue(i)) : "";
        return ocl_starts(name, "__tn_tid_") || !strcmp(name, "__tn_lane") || ocl_is_warp_result(i);
    }
    default:
        return false;
    }
}

static void connect(struct graph *g)
{
    struct ocl *o = g->o;
    for (unsigned b = 0; b < g->n; b++) {
        LLVMValueRef end = LLVMGetBasicBlockTerminator(o->blocks[b]);
        unsigned count = LLVMGetNumSuccessors(end);
        g->successors[2 * b] = count > 0 ? index_of(g, LLVMGetSuccessor(end, 0)) : g->n;
        g->successors[2 * b + 1] = count > 1 ? index_of(g, LLVMGetSuccessor(end, 1)) : g->successors[2 * b];
    }
}

static void find_postdominators(struct graph *g)
{
    unsigned n = g->n, w = n + 1;
    memset(g->postdominators, 1, (size_t)w * w);
    memset(g->postdominators + (size_t)n * w, 0, w);
    g->postdominators[(size_t)n * w + n] = 1;
    for (bool changed = true; changed;) {
        changed = false;
        for (unsigned r = n; r-- > 0;) {
            unsigned char *own = g->postdominators + (size_t)r * w;
            const unsigned char *a = g->postdominators + (size_t)g->successors[2 * r] * w;
            const unsigned char *b = g->postdominators + (size_t)g->successors[2 * r + 1] * w;
            for (unsigned k = 0; k < w; k++) {
                unsigned char now = k == r ? 1 : a[k] & b[k];
                changed |= now != own[k];
                own[k] = now;
            }
        }
    }
}

/* Marks what can be reached from `b` before all its post-dominators but itself. */
static void spread(struct graph *g, unsigned from, unsigned b, unsigned char *seen)
{
    unsigned w = g->n + 1;
    if (b == g->n || seen[b] || (b != from && g->postdominators[(size_t)from * w + b]))
        return;
    seen[b] = 1;
    spread(g, from, g->successors[2 * b], seen);
    spread(g, from, g->successors[2 * b + 1], seen);
}

static bool mark(struct ocl *o, LLVMValueRef v)
{
    struct ocl_value *note = ocl_note(o, v);
    if (note->divergent)
        return false;
    note->divergent = 1;
    return true;
}

/* What a divergent branch at the end of block b makes divergent. */
static bool taint(struct graph *g, unsigned b)
{
    struct ocl *o = g->o;
    bool changed = false;
    unsigned char *seen = ocl_alloc(o, g->n + 1);
    spread(g, b, g->successors[2 * b], seen);
    spread(g, b, g->successors[2 * b + 1], seen);
    for (unsigned k = 0; k < g->n; k++) {
        if (seen[k] && !g->region[k])
            g->region[k] = 1, changed = true;
        bool joins = seen[k] || g->postdominators[(size_t)b * (g->n + 1) + k];
        for (LLVMValueRef i = LLVMGetFirstInstruction(o->blocks[k]); joins && i; i = LLVMGetNextInstruction(i)) {
            if (LLVMIsAPHINode(i)) {
                bool from_region = seen[k];
                for (unsigned p = 0; p < LLVMCountIncoming(i); p++)
                    from_region |= seen[index_of(g, LLVMGetIncomingBlock(i, p))];
                if (from_region)
                    changed |= mark(o, i);
            }
        }
        for (LLVMValueRef i = LLVMGetFirstInstruction(o->blocks[k]); seen[k] && i; i = LLVMGetNextInstruction(i))
            for (LLVMUseRef u = LLVMGetFirstUse(i); u; u = LLVMGetNextUse(u)) {
                LLVMValueRef user = LLVMGetUser(u);
                if (LLVMIsAInstruction(user) && !seen[index_of(g, LLVMGetInstructionParent(user))])
                    changed |= mark(o, i);
            }
    }
    return changed;
}

static bool propagate(struct graph *g)
{
    struct ocl *o = g->o;
    bool changed = false;
    for (unsigned b = 0; b < g->n; b++)
        for (LLVMValueRef i = LLVMGetFirstInstruction(o->blocks[b]); i; i = LLVMGetNextInstruction(i)) {
            bool divergent = starts_divergent(o, i);
            for (int k = 0; !divergent && k < LLVMGetNumOperands(i); k++) {
                LLVMValueRef x = LLVMGetOperand(i, (unsigned)k);
                divergent = LLVMIsAInstruction(x) && ocl_note(o, x)->divergent;
            }
            if (divergent)
                changed |= mark(o, i);
        }
    return changed;
}

static bool has_meeting(LLVMBasicBlockRef b)
{
    for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i))
        if (ocl_is_meeting(i))
            return true;
    return false;
}

/* Called with o->blocks filled and each block's note numbered by its place there. */
bool ocl_meetings_diverge(struct ocl *o)
{
    unsigned n = o->block_count, w = n + 1;
    bool any = false;
    for (unsigned b = 0; b < n; b++)
        any |= has_meeting(o->blocks[b]);
    if (!any)
        return false;
    struct graph g = { .o = o, .n = n };
    g.successors = ocl_alloc(o, 2 * w * sizeof *g.successors);
    g.postdominators = ocl_alloc(o, (size_t)w * w);
    g.region = ocl_alloc(o, w);
    connect(&g);
    find_postdominators(&g);
    for (bool changed = true; changed;) {
        changed = propagate(&g);
        for (unsigned b = 0; b < n; b++) {
            LLVMValueRef end = LLVMGetBasicBlockTerminator(o->blocks[b]);
            if (LLVMGetNumSuccessors(end) > 1 && ocl_note(o, end)->divergent)
                changed |= taint(&g, b);
        }
    }
    for (unsigned b = 0; b < n; b++)
        if (g.region[b] && has_meeting(o->blocks[b]))
            return true;
    return false;
}
