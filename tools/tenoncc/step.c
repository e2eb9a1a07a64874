/* SPDX-License-Identifier: Apache-2.0 */
/*
 * step.c - by how much a value goes up while something else goes up by one. Reads the IR only.
 */
#include "tools/tenoncc/step.h"

enum { ROW_DEPTH = 10, SLOT_DEPTH = 2 };

/* A constant number, or the one that all elements of a constant vector are. */
static LLVMValueRef number_of(LLVMValueRef x)
{
    if (!LLVMIsConstant(x) || LLVMGetTypeKind(LLVMTypeOf(x)) != LLVMVectorTypeKind)
        return LLVMIsAConstantInt(x);
    LLVMValueRef first = LLVMGetAggregateElement(x, 0);
    for (unsigned k = 1; k < LLVMGetVectorSize(LLVMTypeOf(x)); k++)
        if (LLVMGetAggregateElement(x, k) != first)
            return NULL;
    return first ? LLVMIsAConstantInt(first) : NULL;
}

/* The last index walks, or none. */
static int64_t of_gep(const struct tncc_walk *s, LLVMValueRef x, int64_t base, int depth)
{
    unsigned n = (unsigned)LLVMGetNumOperands(x);
    for (unsigned k = 1; k + 1 < n; k++)
        if (tncc_step(s, LLVMGetOperand(x, k), depth))
            return TNCC_NO_STEP;
    int64_t last = tncc_step(s, LLVMGetOperand(x, n - 1), depth);
    LLVMTypeRef type = LLVMGetGEPSourceElementType(x);
    for (unsigned k = 2; k < n; k++) {
        if (LLVMGetTypeKind(type) != LLVMArrayTypeKind)
            return last || base ? TNCC_NO_STEP : 0;
        type = LLVMGetElementType(type);
    }
    return last == TNCC_NO_STEP ? TNCC_NO_STEP : base + last * (int64_t)LLVMABISizeOfType(s->layout, type);
}

int64_t tncc_step(const struct tncc_walk *s, LLVMValueRef x, int depth)
{
    int64_t known, first = 0, others = 0;
    if (s->leaf(s->data, x, &known))
        return known;
    if (!LLVMIsAInstruction(x))
        return 0;
    if (!depth)
        return TNCC_NO_STEP;
    int n = LLVMGetNumOperands(x);
    bool gep = LLVMIsAGetElementPtrInst(x);
    for (int k = 0; k < (gep ? 1 : n); k++) {
        int64_t a = tncc_step(s, LLVMGetOperand(x, (unsigned)k), depth - 1);
        if (a == TNCC_NO_STEP || (k > 1 && a))
            return TNCC_NO_STEP;
        *(k ? &others : &first) += a;
    }
    LLVMValueRef by = n > 1 ? number_of(LLVMGetOperand(x, 1)) : NULL;
    switch (LLVMGetInstructionOpcode(x)) {
    case LLVMAdd:
    case LLVMOr:
        return first + others;
    case LLVMSub:
        return first - others;
    case LLVMTrunc:
        return !first || LLVMGetNUW(x) ? first : TNCC_NO_STEP;
    case LLVMSExt:
    case LLVMZExt:
    case LLVMFreeze:
        return first;
    case LLVMMul:
        return !first && !others ? 0 : by ? first * LLVMConstIntGetSExtValue(by) : TNCC_NO_STEP;
    case LLVMShl:
        return !first && !others ? 0 : by ? first * (1 << (LLVMConstIntGetZExtValue(by) & 15)) : TNCC_NO_STEP;
    case LLVMGetElementPtr:
        return of_gep(s, x, first, depth - 1);
    case LLVMInsertElement: /* one value for all elements begins so */
        return LLVMIsUndef(LLVMGetOperand(x, 0)) ? others : first || others ? TNCC_NO_STEP : 0;
    case LLVMShuffleVector:
        return others ? TNCC_NO_STEP : first;
    default:
        return first || others ? TNCC_NO_STEP : 0;
    }
}

/* ---- rows ---- */
struct region {
    const struct tncc_walk *steps;
    LLVMValueRef row, linear;
    unsigned slots; /* on the way to where it looks; a loop's has no end */
};

/* What is stored to a slot, if all of it has one step. */
static int64_t of_slot(struct region *r, LLVMValueRef slot)
{
    int64_t all = 0;
    bool some = false;
    if (r->slots == SLOT_DEPTH)
        return TNCC_NO_STEP;
    for (LLVMUseRef u = LLVMGetFirstUse(slot); u; u = LLVMGetNextUse(u)) {
        LLVMValueRef user = LLVMGetUser(u);
        if (LLVMIsALoadInst(user))
            continue;
        if (!LLVMIsAStoreInst(user) || LLVMGetOperand(user, 0) == slot)
            return TNCC_NO_STEP;
        r->slots++;
        int64_t step = tncc_step(r->steps, LLVMGetOperand(user, 0), ROW_DEPTH / 2);
        r->slots--;
        if (some && step != all)
            return TNCC_NO_STEP;
        all = step;
        some = true;
    }
    return all;
}

static bool leaf(void *data, LLVMValueRef x, int64_t *step)
{
    struct region *r = data;
    if (x == r->row) {
        *step = 1;
    } else if (x == r->linear || LLVMIsAAllocaInst(x)) { /* each row has its own */
        *step = TNCC_NO_STEP;
    } else if (LLVMIsALoadInst(x) && LLVMIsAAllocaInst(LLVMGetOperand(x, 0))) {
        *step = of_slot(r, LLVMGetOperand(x, 0));
    } else {
        return false;
    }
    return true;
}

int64_t tncc_row_step(LLVMTargetDataRef layout, LLVMValueRef region, const unsigned params[2], LLVMValueRef place)
{
    struct region r = { .row = LLVMGetParam(region, params[0]), .linear = LLVMGetParam(region, params[1]) };
    struct tncc_walk s = { layout, leaf, &r };
    r.steps = &s;
    return tncc_step(&s, place, ROW_DEPTH);
}
