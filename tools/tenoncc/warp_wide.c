/* SPDX-License-Identifier: Apache-2.0 */
/*
 * warp_wide.c - copies a kernel's function before it is split, for the form in which whole warps run at once. The copy is
 * split at block barriers alone. Calls LLVM-C.
 */
#include "tools/tenoncc/transform.h"

#include <string.h>

static void copy_attributes(LLVMValueRef from, LLVMValueRef to, unsigned index)
{
    unsigned n = LLVMGetAttributeCountAtIndex(from, index);
    LLVMAttributeRef *all = tncc_alloc((n + 1) * sizeof *all);
    LLVMGetAttributesAtIndex(from, index, all);
    for (unsigned k = 0; k < n; k++)
        LLVMAddAttributeAtIndex(to, index, all[k]);
}

static LLVMBasicBlockRef block_of(const struct tncc_map *values, LLVMBasicBlockRef old)
{
    return LLVMValueAsBasicBlock(tncc_get(values, old));
}

static void complete_phi(const struct tncc_map *values, LLVMValueRef old, LLVMValueRef made)
{
    for (unsigned k = 0; k < LLVMCountIncoming(old); k++) {
        LLVMValueRef in = LLVMGetIncomingValue(old, k), to = tncc_get(values, in);
        LLVMBasicBlockRef from = block_of(values, LLVMGetIncomingBlock(old, k));
        in = to ? to : in;
        LLVMAddIncoming(made, &in, &from, 1);
    }
}

static void complete(const struct tncc_map *values, LLVMValueRef old, LLVMValueRef made)
{
    if (LLVMIsAPHINode(old)) {
        complete_phi(values, old, made);
        return;
    }
    for (int k = 0, n = LLVMGetNumOperands(old); k < n; k++) {
        LLVMValueRef in = LLVMGetOperand(old, (unsigned)k);
        LLVMValueRef to = LLVMValueIsBasicBlock(in) ? NULL : tncc_get(values, in);
        if (to)
            LLVMSetOperand(made, (unsigned)k, to);
    }
    if (LLVMIsATerminatorInst(old))
        for (unsigned s = 0; s < LLVMGetNumSuccessors(old); s++)
            LLVMSetSuccessor(made, s, block_of(values, LLVMGetSuccessor(old, s)));
}

LLVMValueRef tncc_copy_function(LLVMValueRef f, const char *name)
{
    LLVMModuleRef module = LLVMGetGlobalParent(f);
    LLVMContextRef c = LLVMGetModuleContext(module);
    LLVMBuilderRef builder = LLVMCreateBuilderInContext(c);
    LLVMValueRef made = LLVMAddFunction(module, name, LLVMGlobalGetValueType(f));
    struct tncc_map values = { 0 };
    copy_attributes(f, made, LLVMAttributeFunctionIndex);
    for (unsigned k = 0; k < LLVMCountParams(f); k++) {
        copy_attributes(f, made, k + 1);
        tncc_put(&values, LLVMGetParam(f, k), LLVMGetParam(made, k));
    }
    EACH_BLOCK(f, b)
    tncc_put(&values, b, LLVMBasicBlockAsValue(LLVMAppendBasicBlockInContext(c, made, "")));
    EACH_BLOCK(f, b)
    {
        LLVMPositionBuilderAtEnd(builder, block_of(&values, b));
        EACH_INSTRUCTION(b, i)
        {
            LLVMValueRef copy;
            if (LLVMIsAPHINode(i)) {
                copy = LLVMBuildPhi(builder, LLVMTypeOf(i), "");
            } else {
                copy = LLVMInstructionClone(i);
                tncc_insert(builder, copy);
            }
            tncc_put(&values, i, copy);
        }
    }
    EACH_BLOCK(f, b)
    EACH_INSTRUCTION(b, i)
    complete(&values, i, tncc_get(&values, i));
    LLVMDisposeBuilder(builder);
    return made;
}

/* Functions that nothing calls yet. */
void tncc_drop_regions(struct transform *t)
{
    for (int r = 0; r < t->sync_count && t->regions; r++) {
        if (t->regions[r])
            LLVMDeleteFunction(t->regions[r]);
        if (t->vectors && t->vectors[r])
            LLVMDeleteFunction(t->vectors[r]);
        t->regions[r] = NULL;
    }
}

/* A region with warp operations runs for whole warps or not at all. */
bool tncc_keep_whole_warps(struct transform *t)
{
    for (int r = 0; r < t->sync_count; r++) {
        if (!tncc_has_warp_operations(t->regions[r]))
            continue;
        if (!t->vectors[r]) {
            tncc_drop_regions(t);
            return false;
        }
        LLVMDeleteFunction(t->regions[r]);
        t->regions[r] = NULL;
    }
    return true;
}
