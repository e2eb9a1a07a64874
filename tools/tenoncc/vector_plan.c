/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vector_plan.c - decides how a region becomes linear: which masks are equal, where a test for an empty mask skips code,
 * and in which order blocks run. A branch on which lanes agree stays a branch; one that parts them goes to the
 * earlier of its targets, and the other is owed. Exits of a loop that lanes leave at different rounds are owed from its
 * head on (Moll and Hack, "Partial control-flow linearization", PLDI 2018).
 */
#include "tools/tenoncc/vector.h"

#include <string.h>

enum { GUARDED_WEIGHT = 6 }; /* what must be at stake for a test */

static int weigh(struct vector *v, LLVMValueRef i)
{
    switch (LLVMGetInstructionOpcode(i)) {
    case LLVMPHI:
    case LLVMBr:
        return 0;
    case LLVMLoad:
        return vector_is_varying(v, LLVMGetOperand(i, 0)) ? 12 : 3;
    case LLVMStore:
        return vector_is_varying(v, LLVMGetOperand(i, 1)) ? 12 : 3;
    case LLVMCall:
        return vector_drops(i) ? 0 : vector_widens(i) ? 2 : vector_is_warp(v, i) ? 4 : 40;
    case LLVMAtomicRMW:
        return 40;
    case LLVMFDiv:
    case LLVMUDiv:
    case LLVMSDiv:
    case LLVMURem:
    case LLVMSRem:
        return 8;
    default:
        return 1;
    }
}

static int weight_below(struct vector *v, int n, bool *has_loop)
{
    int weight = 0;
    for (int x = 0; x < v->block_count; x++) {
        if (!bit_test(v->blocks[x].dom, n))
            continue;
        *has_loop |= vector_is_head(v, x);
        EACH_INSTRUCTION(v->blocks[x].block, i)
        weight += weigh(v, i);
    }
    return weight;
}

/* Where to go when no lane wants the block: behind all that it dominates, or to the loop's latch. */
static int skip_target(struct vector *v, int n)
{
    struct vector_block *x = &v->blocks[n];
    uint64_t *behind = vector_set(v);
    for (int y = 0; y < v->block_count; y++)
        if (bit_test(x->post, y) && !bit_test(v->blocks[y].dom, n))
            bit_set(behind, y);
    int to = vector_nearest(v, behind, n, true), l = x->loop;
    if (l >= 0 && (to < 0 || !vector_in_loop(v, l, to) || to == v->loops[l].head))
        to = bit_test(v->blocks[v->loops[l].latch].dom, n) ? -1 : v->loops[l].latch;
    return to;
}

static void plan_guard(struct vector *v, int n)
{
    struct vector_block *x = &v->blocks[n];
    bool has_loop = false;
    int weight = weight_below(v, n, &has_loop), to = skip_target(v, n);
    if (to >= 0 && to != n && v->blocks[to].position > x->position && (has_loop || weight >= GUARDED_WEIGHT)) {
        x->guard = x->live = true;
        x->skip = to;
    }
}

/* A block that all lanes of a dominator come to, in the same loop, has its mask. */
static void find_same_mask(struct vector *v, int n)
{
    struct vector_block *x = &v->blocks[n];
    for (int d = 0; d < v->block_count; d++)
        if (d != n && bit_test(x->dom, d) && v->blocks[d].loop == x->loop && bit_test(v->blocks[d].post, n) &&
            (x->same_mask < 0 || v->blocks[d].depth < v->blocks[x->same_mask].depth))
            x->same_mask = d;
    if (x->same_mask >= 0 && v->blocks[x->same_mask].same_mask >= 0)
        x->same_mask = v->blocks[x->same_mask].same_mask;
}

static void plan_masks(struct vector *v)
{
    v->blocks[v->order[0]].live = true;
    for (int at = 1; at < v->block_count; at++) {
        int n = v->order[at];
        struct vector_block *x = &v->blocks[n];
        bool head = vector_is_head(v, n);
        if (head) {
            for (int k = 0; k < 2; k++)
                if (!vector_is_back_edge(v, x->pred[k], n))
                    x->live = v->blocks[x->pred[k]].live;
        } else {
            find_same_mask(v, n);
        }
        if (x->same_mask >= 0)
            x->live = v->blocks[x->same_mask].live;
        if (!x->live && x->pred_count == 1) {
            const struct vector_block *p = &v->blocks[x->pred[0]];
            x->live = p->live && !p->divergent && p->loop == x->loop;
        }
        if (!x->live && !head && x->succ_count)
            plan_guard(v, n);
    }
}

/* ---- the linear order ---- */
/* Leaves `from` for the earliest of the targets and what is owed there; the rest stays owed by that block. */
static int defer(struct vector *v, int from, const int *targets, int count)
{
    uint64_t *set = vector_set(v);
    int best = -1;
    memcpy(set, v->blocks[from].owed, v->words * sizeof *set);
    for (int k = 0; k < count; k++)
        bit_set(set, targets[k]);
    for (int n = 0; n < v->block_count; n++)
        if (bit_test(set, n) && (best < 0 || v->blocks[n].position < v->blocks[best].position))
            best = n;
    for (int n = 0; n < v->block_count && best >= 0; n++)
        if (n != best && bit_test(set, n))
            bit_set(v->blocks[best].owed, n);
    return best;
}

static void linearise_block(struct vector *v, int n)
{
    struct vector_block *x = &v->blocks[n];
    int latch = vector_latch_of(v, n);
    if (vector_is_head(v, n) && v->loops[x->loop].divergent)
        for (int y = 0; y < v->block_count; y++)
            if (bit_test(v->loops[x->loop].exits, y))
                bit_set(x->owed, y);
    if (x->guard)
        x->next[2] = defer(v, n, &x->skip, 1);
    if (!x->succ_count)
        return;
    if (latch >= 0 && v->loops[latch].divergent) {
        int out[2], count = 0;
        for (int s = 0; s < x->succ_count; s++)
            if (x->succ[s] != v->loops[latch].head)
                out[count++] = x->succ[s];
        x->next[0] = v->loops[latch].head;
        x->next[1] = defer(v, n, out, count);
    } else if (x->divergent) {
        x->next[0] = defer(v, n, x->succ, 2);
    } else {
        for (int s = 0; s < x->succ_count; s++)
            x->next[s] = vector_is_back_edge(v, n, x->succ[s]) ? x->succ[s] : defer(v, n, &x->succ[s], 1);
    }
}

/* Dominators of the linear graph; an edge that skips a block leaves before its body. */
static uint64_t **linear_dominators(struct vector *v)
{
    uint64_t **dom = tncc_alloc((size_t)v->block_count * sizeof *dom), *now = vector_set(v);
    for (int n = 0; n < v->block_count; n++) {
        dom[n] = vector_set(v);
        for (int y = 0; y < v->block_count; y++)
            if (n != v->order[0] || y == n)
                bit_set(dom[n], y);
    }
    for (bool change = true; change;) {
        change = false;
        for (int at = 1; at < v->block_count; at++) {
            int n = v->order[at];
            memset(now, 0xff, v->words * sizeof *now);
            for (int p = 0; p < v->block_count; p++)
                for (int k = 0; k < 3; k++) {
                    if (v->blocks[p].next[k] != n)
                        continue;
                    for (size_t w = 0; w < v->words; w++) {
                        uint64_t d = dom[p][w];
                        if (k == 2 && (size_t)p / 64 == w)
                            d &= ~(1ull << (p & 63));
                        now[w] &= d;
                    }
                }
            bit_set(now, n);
            if (memcmp(now, dom[n], v->words * sizeof *now)) {
                memcpy(dom[n], now, v->words * sizeof *now);
                change = true;
            }
        }
    }
    return dom;
}

/* The mask is surely not empty behind a guard, where a block runs only if one with the same mask has, and where the only
 * way in is a branch on which the lanes of such a block agree. */
static bool surely_live(struct vector *v, uint64_t **dom, int n)
{
    const struct vector_block *x = &v->blocks[n];
    bool head = vector_is_head(v, n);
    int in = 0, from = -1;
    if (x->guard)
        return true;
    for (int p = 0; p < v->block_count; p++)
        for (int k = 0; k < 3; k++)
            if (v->blocks[p].next[k] == n && !(head && vector_is_back_edge(v, p, n))) {
                in++;
                from = k == 2 ? -1 : p;
            }
    if (x->same_mask >= 0 && bit_test(dom[n], x->same_mask) && v->blocks[x->same_mask].live)
        return true;
    if (in != 1 || from < 0 || !v->blocks[from].live || v->blocks[from].divergent ||
        !(head || v->blocks[from].loop == x->loop))
        return false;
    for (int s = 0; s < v->blocks[from].succ_count; s++)
        if (v->blocks[from].succ[s] == n)
            return true;
    return false;
}

void vector_plan(struct vector *v)
{
    plan_masks(v);
    for (int n = 0; n < v->block_count; n++)
        v->blocks[n].owed = vector_set(v);
    for (int at = 0; at < v->block_count; at++)
        linearise_block(v, v->order[at]);
    uint64_t **dom = linear_dominators(v);
    for (int at = 1; at < v->block_count; at++)
        v->blocks[v->order[at]].live = surely_live(v, dom, v->order[at]);
    /* a loop on whose end the lanes agree must not run when there are none: nothing would end it */
    for (int l = 0; l < v->loop_count; l++)
        if (!v->loops[l].divergent && !v->blocks[v->loops[l].head].live)
            vector_fail(v, "a loop might run without lanes");
}
