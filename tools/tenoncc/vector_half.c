/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vector_half.c - half in vectors. Processors before AVX512-FP16 have conversions alone: an operation is float's, and its
 * result is rounded to half, which gives what one rounding would (a float has more than twice the digits and two). Memory
 * holds half as integers of 16 bits. Chooses nothing; called by vector_cost.c and vector_value.c.
 */
#include "tools/tenoncc/vector.h"

#include <string.h>

static bool is_half(LLVMTypeRef type)
{
    return LLVMGetTypeKind(type) == LLVMHalfTypeKind;
}

bool vector_has_half(LLVMValueRef i)
{
    for (int k = 0, n = LLVMIsACallInst(i) ? (int)LLVMGetNumArgOperands(i) : LLVMGetNumOperands(i); k < n; k++)
        if (is_half(LLVMTypeOf(LLVMGetOperand(i, (unsigned)k))))
            return true;
    return is_half(LLVMTypeOf(i));
}

/* Calls that are exact, or rounded once, by way of float. */
bool vector_widens_half(LLVMValueRef call)
{
    static const char *const names[] = { "fabs",  "sqrt", "floor",      "ceil",       "trunc",      "rint",
                                         "nearbyint", "minnum", "maxnum", "copysign", "fptosi.sat", "fptoui.sat" };
    const char *name = tncc_callee(call);
    for (size_t k = 0; name && k < sizeof names / sizeof *names; k++)
        if (tncc_starts(name + strlen("llvm."), names[k]) && name[strlen("llvm.") + strlen(names[k])] == '.')
            return true;
    return false;
}

/* Memory gets integers; what LLVM cleans up afterwards must not run any more. */
void vector_half_memory(struct vector *v)
{
    LLVMTypeRef bits = LLVMInt16TypeInContext(v->context);
    LLVMBuilderRef b = LLVMCreateBuilderInContext(v->context);
    EACH_BLOCK(v->source, block)
    for (LLVMValueRef i = LLVMGetFirstInstruction(block), next; i; i = next) {
        bool load = LLVMIsALoadInst(i) && is_half(LLVMTypeOf(i)),
             store = LLVMIsAStoreInst(i) && is_half(LLVMTypeOf(LLVMGetOperand(i, 0)));
        next = LLVMGetNextInstruction(i);
        if ((!load && !store) || LLVMGetVolatile(i) || LLVMGetOrdering(i) != LLVMAtomicOrderingNotAtomic)
            continue;
        LLVMValueRef made, place = LLVMGetOperand(i, load ? 0 : 1);
        LLVMPositionBuilderBefore(b, i);
        if (load)
            made = LLVMBuildLoad2(b, bits, place, "");
        else
            made = LLVMBuildStore(b, LLVMBuildBitCast(b, LLVMGetOperand(i, 0), bits, ""), place);
        LLVMSetAlignment(made, LLVMGetAlignment(i));
        if (load)
            LLVMReplaceAllUsesWith(i, LLVMBuildBitCast(b, made, LLVMTypeOf(i), ""));
        LLVMInstructionEraseFromParent(i);
    }
    LLVMDisposeBuilder(b);
}

static LLVMTypeRef floats(struct vector *v)
{
    return vector_type(v, LLVMFloatTypeInContext(v->context));
}

static LLVMValueRef as_float(struct vector *v, LLVMValueRef value)
{
    LLVMValueRef x = vector_whole(v, value);
    return is_half(LLVMTypeOf(value)) ? LLVMBuildFPExt(v->builder, x, floats(v), "") : x;
}

static LLVMValueRef call_of_floats(struct vector *v, LLVMValueRef i)
{
    LLVMValueRef args[VECTOR_MAX_OPERANDS];
    unsigned n = LLVMGetNumArgOperands(i), id = LLVMGetIntrinsicID(LLVMGetCalledValue(i));
    LLVMTypeRef types[2] = { floats(v), floats(v) };
    bool number = !is_half(LLVMTypeOf(i));
    if (number)
        types[0] = vector_type(v, LLVMTypeOf(i));
    for (unsigned k = 0; k < n; k++)
        args[k] = as_float(v, LLVMGetOperand(i, k));
    LLVMValueRef f = LLVMGetIntrinsicDeclaration(v->module, id, types, number ? 2 : 1);
    return LLVMBuildCall2(v->builder, LLVMGlobalGetValueType(f), f, args, n, "");
}

LLVMValueRef vector_half_instruction(struct vector *v, LLVMValueRef i)
{
    LLVMTypeRef type = LLVMTypeOf(i);
    LLVMOpcode op = LLVMGetInstructionOpcode(i);
    LLVMBuilderRef b = v->builder;
    LLVMValueRef r, first = LLVMGetOperand(i, 0);
    switch (op) {
    case LLVMFCmp:
        return LLVMBuildFCmp(b, LLVMGetFCmpPredicate(i), as_float(v, first), as_float(v, LLVMGetOperand(i, 1)), "");
    case LLVMFPExt:
        r = as_float(v, first);
        return type == v->f64 ? LLVMBuildFPExt(b, r, vector_type(v, type), "") : r;
    case LLVMFPToSI:
    case LLVMFPToUI:
        return LLVMBuildCast(b, op, as_float(v, first), vector_type(v, type), "");
    case LLVMSIToFP: /* what a float can't hold is beyond half */
    case LLVMUIToFP:
        r = LLVMBuildCast(b, op, vector_whole(v, first), floats(v), "");
        break;
    case LLVMFPTrunc:
        r = vector_whole(v, first);
        break;
    case LLVMFNeg: {
        LLVMTypeRef bits = vector_type(v, LLVMInt16TypeInContext(v->context));
        LLVMValueRef sign = vector_splat(v, LLVMConstInt(LLVMInt16TypeInContext(v->context), 0x8000, 0));
        r = LLVMBuildXor(b, LLVMBuildBitCast(b, vector_whole(v, first), bits, ""), sign, "");
        return LLVMBuildBitCast(b, r, vector_type(v, type), "");
    }
    case LLVMCall:
        r = call_of_floats(v, i);
        if (!is_half(type))
            return r;
        break;
    case LLVMFAdd:
    case LLVMFSub:
    case LLVMFMul:
    case LLVMFDiv:
        r = LLVMBuildBinOp(b, op, as_float(v, first), as_float(v, LLVMGetOperand(i, 1)), "");
        break;
    default:
        return NULL; /* moves the value alone */
    }
    return LLVMBuildFPTrunc(b, r, vector_type(v, type), "");
}
