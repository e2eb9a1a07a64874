/* SPDX-License-Identifier: Apache-2.0 */
/*
 * opencl_c_loops.c - a kernel's natural loops: brings each loop's blocks together, says which loops are to keep their shape when
 * small loops are unrolled, and which can be printed as loops. Changes the order of blocks and loops' metadata alone.
 */
#include "tools/tenoncc/opencl_c_internal.h"

#include <llvm-c/DebugInfo.h>
#include <string.h>

enum { NONE = ~0u };

struct flow {
    struct ocl *o;
    unsigned n;                    /* blocks that can be reached */
    LLVMBasicBlockRef *blocks;     /* in reverse post-order; the arrays below are by place there */
    unsigned *above;               /* the immediate dominator */
    unsigned *loop;                /* the head of the innermost loop, NONE outside */
    unsigned *outer;               /* for a head: the head of the loop around */
    unsigned char *is_head;
};

static unsigned place(struct flow *f, LLVMBasicBlockRef b)
{
    return ocl_note(f->o, LLVMBasicBlockAsValue(b))->id;
}

static unsigned successors(LLVMBasicBlockRef b)
{
    return LLVMGetNumSuccessors(LLVMGetBasicBlockTerminator(b));
}

static LLVMBasicBlockRef successor(LLVMBasicBlockRef b, unsigned k)
{
    return LLVMGetSuccessor(LLVMGetBasicBlockTerminator(b), k);
}

/* Fills f->blocks from the end. The second way of a branch is gone first, so that the first comes next in the text. */
static void visit(struct flow *f, LLVMBasicBlockRef b, unsigned *at)
{
    struct ocl_value *note = ocl_note(f->o, LLVMBasicBlockAsValue(b));
    if (note->divergent)
        return;
    note->divergent = 1;
    for (unsigned k = successors(b); k-- > 0;)
        visit(f, successor(b, k), at);
    f->blocks[--*at] = b;
}

static unsigned common(const struct flow *f, unsigned a, unsigned b)
{
    while (a != b) {
        if (a > b)
            a = f->above[a];
        else
            b = f->above[b];
    }
    return a;
}

static void find_dominators(struct flow *f)
{
    memset(f->above, 0xff, f->n * sizeof *f->above);
    f->above[0] = 0;
    for (bool changed = true; changed;) {
        changed = false;
        for (unsigned b = 0; b < f->n; b++)
            for (unsigned k = 0; k < successors(f->blocks[b]); k++) {
                unsigned to = place(f, successor(f->blocks[b], k));
                unsigned now = f->above[to] == NONE ? b : common(f, f->above[to], b);
                changed |= now != f->above[to];
                f->above[to] = now;
            }
    }
}

static bool goes_back(const struct flow *f, unsigned from, unsigned to)
{
    while (from > to)
        from = f->above[from];
    return from == to;
}

/* The blocks from which a way back to `head` can be reached without passing it. */
static void find_body(struct flow *f, unsigned head, unsigned char *in)
{
    memset(in, 0, f->n);
    in[head] = 1;
    for (bool changed = true; changed;) {
        changed = false;
        for (unsigned b = f->n; b-- > head + 1;)
            for (unsigned k = 0; !in[b] && k < successors(f->blocks[b]); k++) {
                unsigned to = place(f, successor(f->blocks[b], k));
                if (to == head ? goes_back(f, b, head) : in[to])
                    in[b] = 1, changed = true;
            }
    }
}

static void find_loops(struct flow *f)
{
    unsigned char *in = ocl_alloc(f->o, f->n);
    memset(f->loop, 0xff, f->n * sizeof *f->loop);
    for (unsigned b = 0; b < f->n; b++)
        for (unsigned k = 0; k < successors(f->blocks[b]); k++) {
            unsigned to = place(f, successor(f->blocks[b], k));
            f->is_head[to] |= goes_back(f, b, to);
        }
    for (unsigned head = 0; head < f->n; head++) {
        if (!f->is_head[head])
            continue;
        f->outer[head] = f->loop[head];
        find_body(f, head, in);
        for (unsigned b = head; b < f->n; b++)
            if (in[b])
                f->loop[b] = head;
    }
}

static struct flow *look_at(struct ocl *o, LLVMValueRef function)
{
    struct flow *f = ocl_alloc(o, sizeof *f);
    unsigned count = LLVMCountBasicBlocks(function), at = count;
    f->o = o;
    f->blocks = ocl_alloc(o, count * sizeof *f->blocks);
    ocl_notes_clear(o);
    visit(f, LLVMGetEntryBasicBlock(function), &at);
    f->blocks += at;
    f->n = count - at;
    ocl_notes_clear(o);
    for (unsigned b = 0; b < f->n; b++)
        place(f, f->blocks[b]);
    f->above = ocl_alloc(o, f->n * sizeof *f->above);
    f->loop = ocl_alloc(o, f->n * sizeof *f->loop);
    f->outer = ocl_alloc(o, f->n * sizeof *f->outer);
    f->is_head = ocl_alloc(o, f->n);
    find_dominators(f);
    find_loops(f);
    return f;
}

static LLVMBasicBlockRef put_in_order(struct flow *f, unsigned loop, LLVMBasicBlockRef last)
{
    for (unsigned b = 0; b < f->n; b++) {
        if (f->is_head[b] && f->outer[b] == loop && b != loop) {
            last = put_in_order(f, b, last);
        } else if (f->loop[b] == loop) {
            if (last)
                LLVMMoveBasicBlockAfter(f->blocks[b], last);
            last = f->blocks[b];
        }
    }
    return last;
}

void ocl_order_blocks(struct ocl *o, LLVMValueRef function)
{
    put_in_order(look_at(o, function), NONE, NULL);
    ocl_notes_clear(o);
}

/* ------------------------------------------------------------------------------------------------------- */

static bool has_unroll_metadata(LLVMValueRef end, unsigned kind)
{
    LLVMValueRef node = LLVMGetMetadata(end, kind), parts[32], words[8];
    unsigned count = node ? (unsigned)LLVMGetMDNodeNumOperands(node) : 0, bytes;
    if (!count || count > 32)
        return count > 32;
    LLVMGetMDNodeOperands(node, parts);
    for (unsigned k = 1; k < count; k++) {
        unsigned word_count = parts[k] && LLVMIsAMDNode(parts[k]) ? (unsigned)LLVMGetMDNodeNumOperands(parts[k]) : 0;
        if (!word_count || word_count > 8)
            continue;
        LLVMGetMDNodeOperands(parts[k], words);
        const char *word = words[0] && LLVMIsAMDString(words[0]) ? LLVMGetMDString(words[0], &bytes) : NULL;
        if (word && bytes >= 16 && !memcmp(word, "llvm.loop.unroll", 16))
            return true;
    }
    return false;
}

/* A loop's metadata is a node that begins with itself. */
static void keep_rolled(struct ocl *o, LLVMValueRef end, unsigned kind)
{
    static const char word[] = "llvm.loop.unroll.disable";
    LLVMMetadataRef text = LLVMMDStringInContext2(o->context, word, sizeof word - 1);
    LLVMMetadataRef itself = LLVMTemporaryMDNode(o->context, NULL, 0);
    LLVMMetadataRef parts[2] = { itself, LLVMMDNodeInContext2(o->context, &text, 1) };
    LLVMMetadataRef node = LLVMMDNodeInContext2(o->context, parts, 2);
    LLVMValueRef value = LLVMMetadataAsValue(o->context, node);
    LLVMMetadataReplaceAllUsesWith(itself, LLVMValueAsMetadata(value));
    LLVMSetMetadata(end, kind, value);
}

/* Whether something inside the loop, other than loops' ends, is decided there, and no barrier stands there. */
static bool decides(struct flow *f, unsigned head, unsigned *out_latch)
{
    bool branches = false, meets = false;
    unsigned latches = 0;
    for (unsigned b = head; b < f->n; b++) {
        unsigned in = f->loop[b];
        while (in != NONE && in > head)
            in = f->outer[in];
        if (in != head)
            continue;
        bool back = false;
        for (unsigned k = 0; k < successors(f->blocks[b]); k++) {
            unsigned to = place(f, successor(f->blocks[b], k));
            back |= f->is_head[to] && goes_back(f, b, to);
            if (to == head && goes_back(f, b, head))
                latches++, *out_latch = b;
        }
        branches |= !back && successors(f->blocks[b]) > 1;
        for (LLVMValueRef i = LLVMGetFirstInstruction(f->blocks[b]); i; i = LLVMGetNextInstruction(i))
            meets |= ocl_is_meeting(i);
    }
    return branches && !meets && latches == 1;
}

void ocl_keep_loops(struct ocl *o, LLVMValueRef function)
{
    struct flow *f = look_at(o, function);
    unsigned kind = LLVMGetMDKindIDInContext(o->context, "llvm.loop", 9), latch = 0;
    for (unsigned head = 0; head < f->n; head++) {
        if (!f->is_head[head] || !decides(f, head, &latch))
            continue;
        LLVMValueRef end = LLVMGetBasicBlockTerminator(f->blocks[latch]);
        if (!has_unroll_metadata(end, kind))
            keep_rolled(o, end, kind);
    }
    ocl_notes_clear(o);
}

/* ------------------------------------------------------------------------------------------------------- */

/* The block whose end goes back to `head`, when there is one such block alone, else 0. */
static unsigned latch_of(struct ocl *o, unsigned head)
{
    unsigned found = 0, count = 0;
    for (unsigned b = head; b < o->block_count; b++)
        for (unsigned k = 0; k < successors(o->blocks[b]); k++)
            if (successor(o->blocks[b], k) == o->blocks[head])
                found = b, count++;
    return count == 1 ? found : 0;
}

/* The loops that are printed as such: one way back, and the blocks between lie in one piece. Compilers do more for a loop than
 * for the same jumps as gotos: PoCL runs a hash of records five times as fast. */
void ocl_find_printed_loops(struct ocl *o)
{
    unsigned *ends = ocl_alloc(o, (o->block_count + 1) * sizeof *ends), depth = 0;
    o->loop_ends = ocl_alloc(o, o->block_count * sizeof *o->loop_ends);
    for (unsigned b = 1; b < o->block_count && !o->uses_rounds; b++) {
        while (depth && ends[depth - 1] < b)
            depth--;
        unsigned latch = latch_of(o, b);
        if (latch && (!depth || latch < ends[depth - 1]))
            o->loop_ends[b] = ends[depth++] = latch;
    }
}
