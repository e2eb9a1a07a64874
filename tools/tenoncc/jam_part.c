/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jam_part.c - branches of a jammed region. Where the groups may differ each one's condition is asked; while all agree they
 * go on in step. When they don't, each runs alone from there to the end, one after another, in a copy of the region for
 * one group: its slots are first set to what the group had.
 *
 *      in step ──► all agree? ──► in step ──► ... return
 *                      │ no
 *                      ▼
 *        for each group: take over its slots, go on at that place alone, to the end
 */
#include "tools/tenoncc/jam.h"

static LLVMValueRef number(const struct jam *j, int n)
{
    return LLVMConstInt(j->t->i32, (unsigned long long)n, 0);
}

static LLVMBasicBlockRef new_block(struct jam *j, const char *name)
{
    return LLVMAppendBasicBlockInContext(j->t->context, j->made, name);
}

static int block_number(const struct jam *j, LLVMBasicBlockRef b)
{
    return (int)(intptr_t)tncc_get(&j->index, b) - 1;
}

/* Only branches on which groups may differ. */
static bool may_part(const struct jam *j, LLVMValueRef end)
{
    return LLVMIsABranchInst(end) && LLVMIsConditional(end) && jam_varies(j, LLVMGetCondition(end));
}

/* Slots of the copy that runs alone; called when the builder stands in the entry block. */
static void make_slots(struct jam *j)
{
    LLVMBuilderRef b = j->t->builder;
    j->row = LLVMBuildAlloca(b, j->t->i32, "row");
    j->where = LLVMBuildAlloca(b, j->t->i32, "where");
    j->take = LLVMBuildAlloca(b, j->t->i1, "take");
    for (unsigned c = 0; c < j->copies; c++)
        j->takes[c] = LLVMBuildAlloca(b, j->t->i1, "takes");
    for (int k = 0; k < 2; k++)
        j->lane_slots[k] = LLVMBuildAlloca(b, j->t->i32, "lane");
    for (int n = 0; n < j->block_count; n++)
        EACH_INSTRUCTION(j->blocks[n], i)
    if (LLVMIsAAllocaInst(i)) {
        LLVMTypeRef type = jam_is_array(j, i) ? j->t->ptr : LLVMGetAllocatedType(i);
        tncc_put(&j->alone_slots, i, LLVMBuildAlloca(b, type, "alone"));
    }
}

void jam_prepare_parts(struct jam *j)
{
    j->places = tncc_alloc((size_t)j->block_count * sizeof *j->places);
    for (int n = 0; n < j->block_count; n++)
        if (may_part(j, LLVMGetBasicBlockTerminator(j->blocks[n])))
            j->places[j->place_count++] = n;
    if (!j->place_count)
        return;
    LLVMPositionBuilderAtEnd(j->t->builder, j->entry);
    make_slots(j);
    j->start = new_block(j, "parted");
    j->alone_body = tncc_alloc((size_t)j->block_count * sizeof *j->alone_body);
    for (int n = 0; n < j->block_count; n++)
        j->alone_body[n] = new_block(j, "");
}

static void part(struct jam *j, int block, LLVMValueRef end)
{
    LLVMBuilderRef b = j->t->builder;
    LLVMBasicBlockRef to[2], not_all = new_block(j, "some"), leave = new_block(j, "part");
    LLVMValueRef c = LLVMGetCondition(end), all = NULL, any = NULL;
    for (int s = 0; s < 2; s++)
        to[s] = j->body[block_number(j, LLVMGetSuccessor(end, (unsigned)s))];
    for (unsigned k = 0; k < j->copies; k++) {
        LLVMValueRef one = jam_value(j, c, k);
        all = all ? LLVMBuildAnd(b, all, one, "") : one;
        any = any ? LLVMBuildOr(b, any, one, "") : one;
    }
    LLVMBuildCondBr(b, all, to[0], not_all);
    LLVMPositionBuilderAtEnd(b, not_all);
    tncc_expect(LLVMBuildCondBr(b, any, leave, to[1]), 1, 1000); /* the code for it goes out of the way */
    LLVMPositionBuilderAtEnd(b, leave);
    LLVMBuildStore(b, number(j, block), j->where);
    for (unsigned k = 0; k < j->copies; k++)
        LLVMBuildStore(b, jam_value(j, c, k), j->takes[k]);
    LLVMBuildBr(b, j->start);
}

/* The same branch between the copies of its blocks in `body`. */
static void go_on(struct jam *j, LLVMValueRef end, const LLVMBasicBlockRef *body,
                  LLVMValueRef (*value)(struct jam *, LLVMValueRef, unsigned))
{
    LLVMBuilderRef b = j->t->builder;
    LLVMBasicBlockRef first = body[block_number(j, LLVMGetSuccessor(end, 0))];
    if (LLVMIsConditional(end))
        LLVMBuildCondBr(b, value(j, LLVMGetCondition(end), 0), first, body[block_number(j, LLVMGetSuccessor(end, 1))]);
    else
        LLVMBuildBr(b, first);
}

void jam_branch(struct jam *j, int block, LLVMValueRef end)
{
    if (may_part(j, end))
        part(j, block, end);
    else
        go_on(j, end, j->body, jam_value);
}

/* ---- alone ---- */
/* What group `c` had when they parted. */
static void take_over(struct jam *j, unsigned c)
{
    LLVMBuilderRef b = j->t->builder;
    for (int k = 0; k < 2; k++)
        LLVMBuildStore(b, jam_value(j, LLVMGetParam(j->source, j->lane_params[k]), c), j->lane_slots[k]);
    LLVMBuildStore(b, LLVMBuildLoad2(b, j->t->i1, j->takes[c], ""), j->take);
    for (int n = 0; n < j->block_count; n++)
        EACH_INSTRUCTION(j->blocks[n], i)
        {
            if (!LLVMIsAAllocaInst(i))
                continue;
            LLVMValueRef from = jam_value(j, i, c), to = tncc_get(&j->alone_slots, i);
            if (!jam_is_array(j, i))
                from = LLVMBuildLoad2(b, LLVMGetAllocatedType(i), from, "");
            LLVMBuildStore(b, from, to);
        }
}

static LLVMValueRef alone_value(struct jam *j, LLVMValueRef value, unsigned copy)
{
    LLVMBuilderRef b = j->t->builder;
    (void)copy;
    for (int k = 0; k < 2; k++)
        if (value == LLVMGetParam(j->source, j->lane_params[k]))
            return LLVMBuildLoad2(b, j->t->i32, j->lane_slots[k], "");
    if (LLVMIsAArgument(value))
        return tncc_get(&j->same, value);
    if (!LLVMIsAInstruction(value))
        return value;
    if (LLVMIsAAllocaInst(value)) {
        LLVMValueRef slot = tncc_get(&j->alone_slots, value);
        return jam_is_array(j, value) ? LLVMBuildLoad2(b, j->t->ptr, slot, "") : slot;
    }
    LLVMValueRef made = tncc_get(&j->alone, value);
    if (!made)
        tncc_fatal("internal: jam: a value is not at hand alone");
    return made;
}

static void copy_alone(struct jam *j, int n, LLVMBasicBlockRef next)
{
    LLVMBuilderRef b = j->t->builder;
    LLVMValueRef end = LLVMGetBasicBlockTerminator(j->blocks[n]);
    LLVMPositionBuilderAtEnd(b, j->alone_body[n]);
    EACH_INSTRUCTION(j->blocks[n], i)
    if (i != end && !LLVMIsAAllocaInst(i) && !jam_says_nothing(i))
        tncc_put(&j->alone, i, jam_clone(j, i, alone_value, 0));
    if (LLVMIsAReturnInst(end)) { /* the last group's answer is that of all */
        LLVMBasicBlockRef last = new_block(j, "last"), more = new_block(j, "more");
        LLVMValueRef row = LLVMBuildLoad2(b, j->t->i32, j->row, "");
        LLVMValueRef result = alone_value(j, LLVMGetOperand(end, 0), 0);
        LLVMBuildCondBr(b, LLVMBuildICmp(b, LLVMIntEQ, row, number(j, (int)j->copies - 1), ""), last, more);
        LLVMPositionBuilderAtEnd(b, last);
        LLVMBuildRet(b, result);
        LLVMPositionBuilderAtEnd(b, more);
        LLVMBuildStore(b, LLVMBuildAdd(b, row, number(j, 1), ""), j->row);
        LLVMBuildBr(b, next);
        return;
    }
    go_on(j, end, j->alone_body, alone_value);
}

/* At the place where they parted. */
static void write_places(struct jam *j, LLVMBasicBlockRef none)
{
    LLVMBuilderRef b = j->t->builder;
    LLVMValueRef where = LLVMBuildLoad2(b, j->t->i32, j->where, "");
    LLVMValueRef places = LLVMBuildSwitch(b, where, none, (unsigned)j->place_count);
    for (int p = 0; p < j->place_count; p++) {
        LLVMValueRef end = LLVMGetBasicBlockTerminator(j->blocks[j->places[p]]);
        LLVMBasicBlockRef at = new_block(j, "on");
        LLVMAddCase(places, number(j, j->places[p]), at);
        LLVMPositionBuilderAtEnd(b, at);
        LLVMBuildCondBr(b, LLVMBuildLoad2(b, j->t->i1, j->take, ""),
                        j->alone_body[block_number(j, LLVMGetSuccessor(end, 0))],
                        j->alone_body[block_number(j, LLVMGetSuccessor(end, 1))]);
    }
}

void jam_finish_parts(struct jam *j)
{
    LLVMBuilderRef b = j->t->builder;
    if (!j->place_count)
        return;
    LLVMBasicBlockRef next = new_block(j, "next"), on = new_block(j, "go.on"), none = new_block(j, "none");
    LLVMPositionBuilderAtEnd(b, none);
    LLVMBuildUnreachable(b);
    LLVMPositionBuilderAtEnd(b, j->start);
    LLVMBuildStore(b, number(j, 0), j->row);
    LLVMBuildBr(b, next);
    LLVMPositionBuilderAtEnd(b, next);
    LLVMValueRef rows = LLVMBuildSwitch(b, LLVMBuildLoad2(b, j->t->i32, j->row, ""), none, j->copies);
    for (unsigned c = 0; c < j->copies; c++) {
        LLVMBasicBlockRef at = new_block(j, "take");
        LLVMAddCase(rows, number(j, (int)c), at);
        LLVMPositionBuilderAtEnd(b, at);
        take_over(j, c);
        LLVMBuildBr(b, on);
    }
    LLVMPositionBuilderAtEnd(b, on);
    write_places(j, none);
    for (int n = 0; n < j->block_count; n++)
        copy_alone(j, n, next);
}
