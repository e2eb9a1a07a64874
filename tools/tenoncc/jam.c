/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jam.c - makes of a vectorised region a function that runs several groups of threads through it in step: the rows below each
 * other of a block, or the neighbours in a row. Values that are the same in all groups are computed and loaded once, and
 * each group's own values stay in registers side by side. Calls LLVM-C; copies functions, and changes those it copies
 * only as an optimiser would.
 */
#include "tools/tenoncc/jam.h"

#include <llvm-c/DebugInfo.h>

#include <stdio.h>
#include <string.h>

/* Clean, with two-way branches, and at the end nothing but allocas between blocks. */
static const char slot_form[] =
    "function(sroa,early-cse<memssa>,simplifycfg,instcombine<no-verify-fixpoint>,loop-simplify,lcssa,loop-mssa(licm),"
    "early-cse<memssa>,adce,simplifycfg,lower-switch,reg2mem)";

/* ---- what differs between groups ---- */
bool jam_varies(const struct jam *j, LLVMValueRef value)
{
    for (int k = 0; k < 2; k++)
        if (value == LLVMGetParam(j->source, j->lane_params[k]))
            return true;
    return LLVMIsAInstruction(value) && tncc_get(&j->varying, value) != NULL;
}

bool jam_is_array(const struct jam *j, LLVMValueRef alloca)
{
    return tncc_get(&j->arrays, alloca) != NULL;
}

/* Used by loads and stores of its own type alone: SROA makes registers of it. */
static bool is_slot(LLVMValueRef alloca)
{
    LLVMTypeRef type = LLVMGetAllocatedType(alloca);
    for (LLVMUseRef u = LLVMGetFirstUse(alloca); u; u = LLVMGetNextUse(u)) {
        LLVMValueRef user = LLVMGetUser(u);
        bool load = LLVMIsALoadInst(user) && LLVMTypeOf(user) == type,
             store = LLVMIsAStoreInst(user) && LLVMGetOperand(user, 0) != alloca &&
                     LLVMTypeOf(LLVMGetOperand(user, 0)) == type;
        if (!load && !store)
            return false;
    }
    return true;
}

static bool operands_vary(const struct jam *j, LLVMValueRef i)
{
    for (int k = 0, n = LLVMGetNumOperands(i); k < n; k++)
        if (jam_varies(j, LLVMGetOperand(i, (unsigned)k)))
            return true;
    return false;
}

static void find_varying(struct jam *j)
{
    for (int n = 0; n < j->block_count; n++)
        EACH_INSTRUCTION(j->blocks[n], i)
    if (LLVMIsAAllocaInst(i) && !is_slot(i)) {
        tncc_put(&j->arrays, i, i);
        tncc_put(&j->varying, i, i);
    }
    for (bool change = true; change;) {
        change = false;
        for (int n = 0; n < j->block_count; n++)
            EACH_INSTRUCTION(j->blocks[n], i)
            {
                if (jam_varies(j, i) || !operands_vary(j, i))
                    continue;
                tncc_put(&j->varying, i, i);
                change = true;
                if (LLVMIsAStoreInst(i) && LLVMIsAAllocaInst(LLVMGetOperand(i, 1)))
                    tncc_put(&j->varying, LLVMGetOperand(i, 1), i);
            }
    }
}

/* ---- what can't be jammed ---- */
static bool calls_masked(LLVMValueRef i)
{
    const char *name = LLVMIsACallInst(i) ? tncc_callee(i) : NULL;
    return name && strstr(name, ".region.lanes.");
}

static bool can_call(LLVMValueRef call)
{
    const char *name = tncc_callee(call);
    unsigned memory = LLVMGetEnumAttributeKindForName("memory", 6);
    if (!name)
        return false;
    if (tncc_starts(name, "llvm.") || calls_masked(call)) /* the form with masks ends the region */
        return true;
    LLVMAttributeRef a = LLVMGetEnumAttributeAtIndex(LLVMGetCalledValue(call), LLVMAttributeFunctionIndex, memory);
    return a && !LLVMGetEnumAttributeValue(a);
}

static bool can_instruction(LLVMValueRef i)
{
    switch (LLVMGetInstructionOpcode(i)) {
    case LLVMLoad:
    case LLVMStore:
        return !LLVMGetVolatile(i) && LLVMGetOrdering(i) == LLVMAtomicOrderingNotAtomic;
    case LLVMCall:
        return can_call(i);
    case LLVMAlloca:
        return LLVMIsAConstantInt(LLVMGetOperand(i, 0)) != NULL;
    case LLVMRet:
    case LLVMBr:
        return true;
    case LLVMPHI:
    case LLVMAtomicRMW:
    case LLVMAtomicCmpXchg:
    case LLVMFence:
        return false;
    default:
        return !LLVMIsATerminatorInst(i);
    }
}

static bool can_jam(const struct jam *j)
{
    size_t size = 0;
    if (j->block_count > JAM_MAX_BLOCKS)
        return false;
    for (int n = 0; n < j->block_count; n++)
        EACH_INSTRUCTION(j->blocks[n], i)
        {
            size++;
            if (!can_instruction(i))
                return false;
        }
    return size < JAM_MAX_SIZE / 2;
}

/* ---- the new function ---- */
LLVMValueRef jam_value(struct jam *j, LLVMValueRef value, unsigned copy)
{
    if (!LLVMIsAArgument(value) && !LLVMIsAInstruction(value))
        return value;
    LLVMValueRef made = tncc_get(jam_varies(j, value) ? &j->own[copy] : &j->same, value);
    if (!made)
        tncc_fatal("internal: jam: a value is not at hand");
    return made;
}

LLVMValueRef jam_clone(struct jam *j, LLVMValueRef i, LLVMValueRef (*of)(struct jam *, LLVMValueRef, unsigned),
                       unsigned copy)
{
    LLVMBuilderRef b = j->t->builder;
    int n = LLVMGetNumOperands(i);
    LLVMValueRef made = LLVMInstructionClone(i), *operand = tncc_alloc(((size_t)n + 1) * sizeof *operand);
    for (int k = 0; k < n; k++)
        operand[k] = of(j, LLVMGetOperand(i, (unsigned)k), copy);
    LLVMInstructionSetDebugLoc(made, NULL);
    LLVMInsertIntoBuilder(b, made);
    for (int k = 0; k < n; k++)
        if (operand[k] != LLVMGetOperand(made, (unsigned)k))
            LLVMSetOperand(made, (unsigned)k, operand[k]);
    return made;
}

bool jam_says_nothing(LLVMValueRef i)
{
    const char *name = LLVMIsACallInst(i) ? tncc_callee(i) : NULL;
    return name && (tncc_starts(name, "llvm.lifetime.") || tncc_starts(name, "llvm.assume") ||
                    tncc_starts(name, "llvm.dbg.") || tncc_starts(name, "llvm.experimental.noalias"));
}

static void declare(struct jam *j)
{
    struct transform *t = j->t;
    LLVMTypeRef type = LLVMGlobalGetValueType(j->source);
    size_t bytes;
    const char *name = LLVMGetValueName2(j->source, &bytes);
    j->made = LLVMAddFunction(t->module, tncc_format("%s.x%u", name, j->copies), type);
    LLVMAddAttributeAtIndex(j->made, LLVMAttributeFunctionIndex,
                            LLVMCreateEnumAttribute(t->context, LLVMGetEnumAttributeKindForName("nounwind", 8), 0));
    j->entry = LLVMAppendBasicBlockInContext(t->context, j->made, "enter");
    LLVMPositionBuilderAtEnd(t->builder, j->entry);
    for (unsigned k = 0; k < LLVMCountParams(j->source); k++)
        tncc_put(&j->same, LLVMGetParam(j->source, k), LLVMGetParam(j->made, k));
    for (unsigned c = 0; c < j->copies; c++)
        for (int k = 0; k < 2; k++) {
            LLVMValueRef first = LLVMGetParam(j->made, j->lane_params[k]);
            LLVMValueRef by = LLVMConstInt(t->i32, j->rows ? c : c * t->lanes, 0);
            if (j->rows && k) /* a row further is the length of a row further */
                by = LLVMBuildMul(t->builder, by, LLVMGetParam(j->made, t->kernel->arg_count + P_BX), "");
            LLVMValueRef place = c ? LLVMBuildNUWAdd(t->builder, first, by, "") : first;
            tncc_put(&j->own[c], LLVMGetParam(j->source, j->lane_params[k]), place);
        }
    j->body = tncc_alloc((size_t)j->block_count * sizeof *j->body);
    for (int n = 0; n < j->block_count; n++)
        j->body[n] = LLVMAppendBasicBlockInContext(t->context, j->made, "");
}

static void copy_alloca(struct jam *j, LLVMValueRef i)
{
    LLVMBasicBlockRef here = LLVMGetInsertBlock(j->t->builder);
    bool varies = jam_varies(j, i);
    LLVMPositionBuilderAtEnd(j->t->builder, j->entry);
    for (unsigned c = 0; c < (varies ? j->copies : 1); c++)
        tncc_put(varies ? &j->own[c] : &j->same, i, jam_clone(j, i, jam_value, c));
    LLVMPositionBuilderAtEnd(j->t->builder, here);
}

static void copy_block(struct jam *j, int n)
{
    struct transform *t = j->t;
    LLVMValueRef end = LLVMGetBasicBlockTerminator(j->blocks[n]);
    LLVMPositionBuilderAtEnd(t->builder, j->body[n]);
    EACH_INSTRUCTION(j->blocks[n], i)
    {
        bool varies = jam_varies(j, i);
        if (i == end || LLVMIsAAllocaInst(i) || jam_says_nothing(i))
            continue;
        if (varies && jam_in_rows(j, i)) {
            jam_rows(j, i);
            continue;
        }
        for (unsigned c = 0; c < (varies ? j->copies : 1); c++)
            tncc_put(varies ? &j->own[c] : &j->same, i, jam_clone(j, i, jam_value, c));
    }
    if (LLVMIsAReturnInst(end))
        LLVMBuildRet(t->builder, jam_value(j, LLVMGetOperand(end, 0), j->copies - 1));
    else
        jam_branch(j, n, end);
}

static void find_blocks(struct jam *j)
{
    j->block_count = (int)LLVMCountBasicBlocks(j->source);
    j->blocks = tncc_alloc((size_t)j->block_count * sizeof *j->blocks);
    LLVMGetBasicBlocks(j->source, j->blocks);
    for (int n = 0; n < j->block_count; n++)
        tncc_put(&j->index, j->blocks[n], (void *)(intptr_t)(n + 1));
}

/* Does the region ask where its threads are in y? Then its block has rows. */
static bool uses_rows(const struct transform *t, LLVMValueRef source)
{
    LLVMValueRef y = LLVMGetParam(source, t->kernel->arg_count + P_TY);
    for (LLVMUseRef u = LLVMGetFirstUse(y); u; u = LLVMGetNextUse(u))
        if (!calls_masked(LLVMGetUser(u)))
            return true;
    return false;
}

static struct tncc_jammed jam_region(struct transform *t, int region, unsigned most)
{
    LLVMValueRef source = t->full[region];
    struct jam j = { .t = t, .source = source, .rows = uses_rows(t, source), .most = most };
    j.apart = t->apart[region];
    j.lane_params[0] = t->kernel->arg_count + (j.rows ? P_TY : P_TX);
    j.lane_params[1] = t->kernel->arg_count + P_LIN;
    find_blocks(&j);
    if (!can_jam(&j))
        return (struct tncc_jammed){ 0 };
    find_varying(&j);
    jam_choose(&j);
    if (j.copies < 2)
        return (struct tncc_jammed){ 0 };
    declare(&j);
    for (int n = 0; n < j.block_count; n++)
        EACH_INSTRUCTION(j.blocks[n], i)
    if (LLVMIsAAllocaInst(i))
        copy_alloca(&j, i);
    jam_prepare_parts(&j);
    for (int n = 0; n < j.block_count; n++)
        copy_block(&j, n);
    LLVMPositionBuilderAtEnd(t->builder, j.entry);
    LLVMBuildBr(t->builder, j.body[0]);
    jam_finish_parts(&j);
    return (struct tncc_jammed){ .function = j.made, .copies = j.copies, .rows = j.rows };
}

/* Many rows for blocks that have a multiple of them, fewer for the others. */
static void jam_both(struct transform *t, int region)
{
    struct tncc_jammed *jam = &t->jams[region];
    *jam = t->fewer[region] = jam_region(t, region, JAM_MOST);
    if (jam->rows && jam->copies > JAM_ROWS)
        t->fewer[region] = jam_region(t, region, JAM_ROWS);
}

/* In a kernel whose threads order themselves within an interval the order of their accesses matters. */
bool tncc_could_jam(const struct transform *t)
{
    return t->lanes && !t->wide && !t->warps && !t->orders_threads && !t->reduces && !t->debug;
}

bool tncc_may_jam(const struct transform *t, int region)
{
    return tncc_could_jam(t) && !tncc_is_dynamic(t, region);
}

static bool wants_jam(const struct transform *t, int region)
{
    return t->vectors[region] && t->full[region] && tncc_may_jam(t, region);
}

void tncc_jam(struct transform **list, size_t count, LLVMTargetMachineRef machine)
{
    struct tncc_map sources = { 0 };
    for (size_t n = 0; n < count; n++) {
        struct transform *t = list[n];
        t->jams = tncc_alloc((size_t)t->sync_count * sizeof *t->jams);
        t->fewer = tncc_alloc((size_t)t->sync_count * sizeof *t->fewer);
        for (int r = 0; r < t->sync_count; r++)
            if (wants_jam(t, r))
                tncc_put(&sources, t->full[r], t);
    }
    if (!sources.count)
        return;
    tncc_passes_on(list[0]->module, machine, slot_form, &sources);
    for (size_t n = 0; n < count; n++)
        for (int r = 0; r < list[n]->sync_count; r++)
            if (wants_jam(list[n], r))
                jam_both(list[n], r);
}
