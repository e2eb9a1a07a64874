/* SPDX-License-Identifier: Apache-2.0 */
/*
 * local_atomics.c - atomics on memory that only the running block has. A block runs on one thread of the host from its
 * beginning to its end, so nobody else sees its local and private memory, and an atomic there is a load, an operation and
 * a store. Works on regions, after the vectoriser, which must still see that threads meet in one place. Calls LLVM-C.
 */
#include "tools/tenoncc/transform.h"

enum { MAX_ORIGINS = 64 };

/* From here on the parameters of a region are memory of the block. */
static unsigned first_own_param(const struct transform *t)
{
    return t->kernel->arg_count + P_DYN;
}

static bool is_own_param(const struct transform *t, LLVMValueRef function, LLVMValueRef p)
{
    for (unsigned k = first_own_param(t), n = LLVMCountParams(function); k < n; k++)
        if (LLVMGetParam(function, k) == p)
            return true;
    return false;
}

/* Every origin that the address may have is such memory. A pointer that was loaded or made of a number has none. */
bool tncc_own_memory(const struct transform *t, LLVMValueRef function, LLVMValueRef pointer)
{
    struct tncc_list todo = { 0 };
    struct tncc_map seen = { 0 };
    tncc_push(&todo, pointer);
    while (todo.count) {
        LLVMValueRef p = todo.items[--todo.count];
        if (tncc_get(&seen, p))
            continue;
        tncc_put(&seen, p, p);
        if (seen.count > MAX_ORIGINS)
            return false;
        if (LLVMIsAGetElementPtrInst(p) || LLVMIsAFreezeInst(p)) {
            tncc_push(&todo, LLVMGetOperand(p, 0));
        } else if (LLVMIsAPHINode(p)) {
            for (unsigned k = 0; k < LLVMCountIncoming(p); k++)
                tncc_push(&todo, LLVMGetIncomingValue(p, k));
        } else if (LLVMIsASelectInst(p)) {
            tncc_push(&todo, LLVMGetOperand(p, 1));
            tncc_push(&todo, LLVMGetOperand(p, 2));
        } else if (!LLVMIsAAllocaInst(p) && !(LLVMIsAArgument(p) && is_own_param(t, function, p))) {
            return false;
        }
    }
    return true;
}

static LLVMValueRef chosen(LLVMBuilderRef b, LLVMIntPredicate p, LLVMValueRef old, LLVMValueRef value)
{
    return LLVMBuildSelect(b, LLVMBuildICmp(b, p, old, value, ""), old, value, "");
}

/* What the operation leaves in memory; NULL: not known here. */
static LLVMValueRef result_of(LLVMBuilderRef b, LLVMAtomicRMWBinOp op, LLVMValueRef old, LLVMValueRef value)
{
    switch (op) {
    case LLVMAtomicRMWBinOpXchg:
        return value;
    case LLVMAtomicRMWBinOpAdd:
        return LLVMBuildAdd(b, old, value, "");
    case LLVMAtomicRMWBinOpSub:
        return LLVMBuildSub(b, old, value, "");
    case LLVMAtomicRMWBinOpAnd:
        return LLVMBuildAnd(b, old, value, "");
    case LLVMAtomicRMWBinOpNand:
        return LLVMBuildNot(b, LLVMBuildAnd(b, old, value, ""), "");
    case LLVMAtomicRMWBinOpOr:
        return LLVMBuildOr(b, old, value, "");
    case LLVMAtomicRMWBinOpXor:
        return LLVMBuildXor(b, old, value, "");
    case LLVMAtomicRMWBinOpMax:
        return chosen(b, LLVMIntSGT, old, value);
    case LLVMAtomicRMWBinOpMin:
        return chosen(b, LLVMIntSLE, old, value);
    case LLVMAtomicRMWBinOpUMax:
        return chosen(b, LLVMIntUGT, old, value);
    case LLVMAtomicRMWBinOpUMin:
        return chosen(b, LLVMIntULE, old, value);
    case LLVMAtomicRMWBinOpFAdd:
        return LLVMBuildFAdd(b, old, value, "");
    case LLVMAtomicRMWBinOpFSub:
        return LLVMBuildFSub(b, old, value, "");
    default:
        return NULL;
    }
}

static LLVMValueRef exchanged_if_equal(LLVMBuilderRef b, LLVMValueRef i)
{
    LLVMValueRef place = LLVMGetOperand(i, 0), wanted = LLVMGetOperand(i, 1), value = LLVMGetOperand(i, 2);
    LLVMValueRef old = LLVMBuildLoad2(b, LLVMTypeOf(value), place, "");
    LLVMValueRef equal = LLVMBuildICmp(b, LLVMIntEQ, old, wanted, "");
    LLVMValueRef store = LLVMBuildStore(b, LLVMBuildSelect(b, equal, value, old, ""), place);
    LLVMSetAlignment(old, LLVMGetAlignment(i));
    LLVMSetAlignment(store, LLVMGetAlignment(i));
    LLVMValueRef pair = LLVMBuildInsertValue(b, LLVMGetPoison(LLVMTypeOf(i)), old, 0, "");
    return LLVMBuildInsertValue(b, pair, equal, 1, "");
}

LLVMValueRef tncc_plain_atomic(LLVMBuilderRef b, LLVMValueRef i)
{
    if (LLVMIsAAtomicCmpXchgInst(i))
        return exchanged_if_equal(b, i);
    LLVMValueRef place = LLVMGetOperand(i, 0), value = LLVMGetOperand(i, 1);
    LLVMValueRef old = LLVMBuildLoad2(b, LLVMTypeOf(value), place, "");
    LLVMValueRef now = result_of(b, LLVMGetAtomicRMWBinOp(i), old, value);
    if (!now) {
        LLVMInstructionEraseFromParent(old);
        return NULL;
    }
    LLVMValueRef store = LLVMBuildStore(b, now, place);
    LLVMSetAlignment(old, LLVMGetAlignment(i));
    LLVMSetAlignment(store, LLVMGetAlignment(i));
    return old;
}

void tncc_plain_atomics(struct transform *t, LLVMValueRef function)
{
    struct tncc_list found = { 0 };
    EACH_BLOCK(function, b)
    EACH_INSTRUCTION(b, i)
    {
        bool loads = LLVMIsALoadInst(i) || LLVMIsAStoreInst(i);
        bool atomic = LLVMIsAAtomicRMWInst(i) || LLVMIsAAtomicCmpXchgInst(i) ||
                      (loads && LLVMGetOrdering(i) != LLVMAtomicOrderingNotAtomic);
        if (atomic && !LLVMGetVolatile(i) && tncc_own_memory(t, function, LLVMGetOperand(i, LLVMIsAStoreInst(i) ? 1 : 0)))
            tncc_push(&found, i);
    }
    for (size_t n = 0; n < found.count; n++) {
        LLVMValueRef i = found.items[n];
        if (LLVMIsALoadInst(i) || LLVMIsAStoreInst(i)) {
            LLVMSetOrdering(i, LLVMAtomicOrderingNotAtomic);
            continue;
        }
        LLVMPositionBuilderBefore(t->builder, i);
        LLVMValueRef old = tncc_plain_atomic(t->builder, i);
        if (old) {
            LLVMReplaceAllUsesWith(i, old);
            LLVMInstructionEraseFromParent(i);
        }
    }
}
