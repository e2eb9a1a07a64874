/* SPDX-License-Identifier: Apache-2.0 */
/*
 * warp_masks.c - finds warp operations whose mask names just the lanes that come to them together, though other lanes of
 * the warp go elsewhere: the mask is what __activemask gave where they last came together, or the vote on the branch that
 * they took, or the constant for the first lanes. Reads the split kernel and what varies within a warp.
 */
#include "tools/tenoncc/transform.h"

#include <string.h>

static int sync_block(const struct transform *t, int sync)
{
    for (int n = 0; n < t->block_count; n++)
        if (t->blocks[n].sync == sync)
            return n;
    return -1;
}

/* Is block b reached from the kernel's entry on a way without a? */
static bool bypassed(const struct transform *t, int a, int b)
{
    uint64_t *seen = tncc_alloc(bit_words(t->block_count) * sizeof *seen);
    tncc_reach(t, 0, (const int[]){ a, -1 }, false, seen);
    return bit_test(seen, b);
}

/* Do all lanes that are at block a come to block b together, but for those that end? What lies behind a second visit of a
 * does not count: it is asked again there. */
static bool lanes_stay(const struct transform *t, int a, int b)
{
    size_t bytes = bit_words(t->block_count) * sizeof(uint64_t);
    uint64_t *between = tncc_alloc(bytes), *apart = tncc_alloc(bytes);
    if (a == b)
        return true;
    if (bypassed(t, a, b))
        return false;
    for (int s = 0; s < t->blocks[a].succ_count; s++)
        tncc_reach(t, t->blocks[a].succ[s], (const int[]){ a, -1 }, true, between);
    if (!bit_test(between, b))
        return false;
    bit_set(between, a);
    for (int d = 0; d < t->block_count; d++) {
        if (!bit_test(between, d) || !t->blocks[d].divergent)
            continue;
        memset(apart, 0, bytes);
        int meet = tncc_post_dominator(t, d);
        for (int s = 0; s < t->blocks[d].succ_count; s++)
            tncc_reach(t, t->blocks[d].succ[s], (const int[]){ meet, a }, true, apart);
        if (bit_test(apart, b))
            return false;
    }
    return true;
}

/* The mask behind its conversions, which keep the bits of all lanes. */
static LLVMValueRef plain_mask(const struct transform *t, LLVMValueRef v)
{
    uint64_t all = t->width == 64 ? ~0ull : (1ull << t->width) - 1;
    for (;;) {
        if (LLVMIsAZExtInst(v) || (LLVMIsATruncInst(v) && LLVMGetIntTypeWidth(LLVMTypeOf(v)) >= t->width))
            v = LLVMGetOperand(v, 0);
        else if (LLVMIsABinaryOperator(v) && LLVMGetInstructionOpcode(v) == LLVMAnd &&
                 LLVMIsAConstantInt(LLVMGetOperand(v, 1)) &&
                 (LLVMConstIntGetZExtValue(LLVMGetOperand(v, 1)) & all) == all)
            v = LLVMGetOperand(v, 0);
        else
            return v;
    }
}

static bool is_zero(LLVMValueRef v)
{
    return LLVMIsAConstantInt(v) && !LLVMConstIntGetZExtValue(v);
}

/* Which way the lanes take that voted yes: 0, 1, or -1 when the branch is on something else. */
static int way_of_vote(LLVMValueRef condition, LLVMValueRef vote)
{
    if (LLVMIsAZExtInst(vote) && LLVMGetOperand(vote, 0) == condition)
        return 0;
    if (!LLVMIsAICmpInst(condition) || LLVMGetOperand(condition, 0) != vote || !is_zero(LLVMGetOperand(condition, 1)))
        return -1;
    return LLVMGetICmpPredicate(condition) == LLVMIntNE ? 0 : LLVMGetICmpPredicate(condition) == LLVMIntEQ ? 1 : -1;
}

static bool only_way_in(const struct transform *t, int block, int from)
{
    int count = 0;
    for (int n = 0; n < t->block_count; n++)
        for (int s = 0; s < t->blocks[n].succ_count; s++)
            if (t->blocks[n].succ[s] == block) {
                count++;
                if (n != from)
                    return false;
            }
    return count == 1;
}

/* A branch that the lanes at block `from` come to together, and whose way for those of the mask leads to the operation. */
static bool behind_branch(const struct transform *t, const struct warp_forms *forms, int from, int to,
                          LLVMValueRef vote, uint64_t first)
{
    for (int d = 0; d < t->block_count; d++) {
        LLVMValueRef end = LLVMGetBasicBlockTerminator(t->blocks[d].block);
        unsigned count;
        if (!LLVMIsABranchInst(end) || t->blocks[d].succ_count != 2)
            continue;
        LLVMValueRef c = LLVMGetCondition(end);
        int way = -1;
        if (vote)
            way = way_of_vote(c, vote);
        else if (tncc_warp_first(forms, c, &count) && first == (1ull << count) - 1)
            way = 0;
        if (way < 0 || !only_way_in(t, t->blocks[d].succ[way], d))
            continue;
        if (lanes_stay(t, from, d) && lanes_stay(t, t->blocks[d].succ[way], to))
            return true;
    }
    return false;
}

static bool is_exact(const struct transform *t, const struct warp_forms *forms, int r)
{
    const struct sync_point *s = &t->sync[r];
    int here = sync_block(t, r);
    if (s->kind == SYNC_ACTIVE)
        return true;
    LLVMValueRef mask = plain_mask(t, LLVMGetOperand(s->call, 0));
    if (LLVMIsAConstantInt(mask))
        return !s->full_mask && behind_branch(t, forms, 0, here, NULL, LLVMConstIntGetZExtValue(mask));
    for (int a = 1; a < t->sync_count; a++) {
        const struct sync_point *by = &t->sync[a];
        if (by->result != mask)
            continue;
        if (by->kind == SYNC_ACTIVE)
            return lanes_stay(t, by->block, here);
        /* all that come to a vote have part in it: they name each other, or their mask is exact */
        if (by->kind == SYNC_BALLOT && (by->full_mask || by->exact))
            return behind_branch(t, forms, by->block, here, LLVMGetOperand(by->call, 1), 0);
    }
    return false;
}

void tncc_exact_masks(struct transform *t, const struct warp_forms *forms)
{
    for (bool change = true; change;) {
        change = false;
        for (int r = 1; r < t->sync_count; r++)
            if (t->sync[r].kind >= SYNC_WARP && !t->sync[r].exact && is_exact(t, forms, r))
                t->sync[r].exact = change = true;
    }
}
