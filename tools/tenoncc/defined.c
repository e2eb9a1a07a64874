/* SPDX-License-Identifier: Apache-2.0 */
/*
 * defined.c - gives operations that C++ leaves undefined, and that would stop an x86 processor or give another number than
 * CUDA's hardware does, the hardware's result: division by zero, the one overflow of division, and conversions of
 * numbers that do not fit. Runs before any optimisation, so that nothing is concluded from their being undefined.
 */
#include "tools/tenoncc/transform.h"

#include <string.h>

static LLVMValueRef divide(LLVMBuilderRef b, LLVMOpcode op, LLVMValueRef n, LLVMValueRef d)
{
    return LLVMBuildBinOp(b, op, n, d, "");
}

/* n / 0 is all ones and n % 0 is n; the least number divided by -1 is itself, with rest 0. */
static void define_division(LLVMBuilderRef b, LLVMValueRef i)
{
    LLVMValueRef n = LLVMGetOperand(i, 0), d = LLVMGetOperand(i, 1);
    LLVMTypeRef type = LLVMTypeOf(i);
    LLVMOpcode op = LLVMGetInstructionOpcode(i);
    bool is_signed = op == LLVMSDiv || op == LLVMSRem, rest = op == LLVMSRem || op == LLVMURem;
    if (LLVMGetTypeKind(type) != LLVMIntegerTypeKind)
        return;
    if (LLVMIsAConstantInt(d) && LLVMConstIntGetZExtValue(d) && !(is_signed && LLVMConstIntGetSExtValue(d) == -1))
        return;
    LLVMPositionBuilderBefore(b, i);
    LLVMValueRef zero = LLVMConstNull(type), ones = LLVMConstAllOnes(type), one = LLVMConstInt(type, 1, 0);
    LLVMValueRef is_zero = LLVMBuildICmp(b, LLVMIntEQ, d, zero, ""), bad = is_zero;
    if (is_signed) {
        LLVMValueRef least = LLVMBuildShl(b, one, LLVMConstInt(type, LLVMGetIntTypeWidth(type) - 1, 0), "");
        LLVMValueRef overflow =
            LLVMBuildAnd(b, LLVMBuildICmp(b, LLVMIntEQ, n, least, ""), LLVMBuildICmp(b, LLVMIntEQ, d, ones, ""), "");
        bad = LLVMBuildOr(b, is_zero, overflow, "");
    }
    LLVMValueRef v = divide(b, op, n, LLVMBuildSelect(b, bad, one, d, ""));
    LLVMReplaceAllUsesWith(i, LLVMBuildSelect(b, is_zero, rest ? n : ones, v, ""));
    LLVMInstructionEraseFromParent(i);
}

/* Conversions take the nearest number that fits, and 0 for what is no number. */
static void define_conversion(LLVMModuleRef module, LLVMBuilderRef b, LLVMValueRef i)
{
    const char *name = LLVMGetInstructionOpcode(i) == LLVMFPToSI ? "llvm.fptosi.sat" : "llvm.fptoui.sat";
    LLVMValueRef from = LLVMGetOperand(i, 0);
    LLVMTypeRef types[2] = { LLVMTypeOf(i), LLVMTypeOf(from) };
    if (LLVMGetTypeKind(types[0]) != LLVMIntegerTypeKind || LLVMGetIntTypeWidth(types[0]) > 64)
        return;
    unsigned id = LLVMLookupIntrinsicID(name, strlen(name));
    LLVMValueRef f = LLVMGetIntrinsicDeclaration(module, id, types, 2);
    LLVMPositionBuilderBefore(b, i);
    LLVMReplaceAllUsesWith(i, LLVMBuildCall2(b, LLVMGlobalGetValueType(f), f, &from, 1, ""));
    LLVMInstructionEraseFromParent(i);
}

/* --trap-division: a zero divisor ends the kernel, with its place and thread. Before the library is linked. */
void tncc_trap_divisions(LLVMModuleRef module)
{
    LLVMContextRef c = LLVMGetModuleContext(module);
    LLVMTypeRef i32 = LLVMInt32TypeInContext(c), type = LLVMFunctionType(LLVMVoidTypeInContext(c), &i32, 1, 0);
    LLVMValueRef check = LLVMAddFunction(module, "__tn_divisor", type);
    LLVMBuilderRef b = LLVMCreateBuilderInContext(c);
    for (LLVMValueRef f = LLVMGetFirstFunction(module); f; f = LLVMGetNextFunction(f))
        EACH_BLOCK(f, block)
    EACH_INSTRUCTION(block, i)
    {
        LLVMOpcode op = LLVMGetInstructionOpcode(i);
        if (op != LLVMSDiv && op != LLVMUDiv && op != LLVMSRem && op != LLVMURem)
            continue;
        LLVMValueRef d = LLVMGetOperand(i, 1);
        if (LLVMGetTypeKind(LLVMTypeOf(d)) != LLVMIntegerTypeKind || (LLVMIsAConstantInt(d) && !LLVMIsNull(d)))
            continue;
        LLVMPositionBuilderBefore(b, i);
        LLVMValueRef zero = LLVMBuildICmp(b, LLVMIntEQ, d, LLVMConstNull(LLVMTypeOf(d)), "");
        zero = LLVMBuildZExt(b, zero, i32, "");
        LLVMBuildCall2(b, type, check, &zero, 1, "");
    }
    LLVMDisposeBuilder(b);
}

/* A double becomes half by way of a float that keeps in its last bit whether anything was cut off: one rounding, and no call. */
static void round_to_half(LLVMBuilderRef b, LLVMValueRef i)
{
    LLVMContextRef c = LLVMGetTypeContext(LLVMTypeOf(i));
    LLVMTypeRef i64 = LLVMInt64TypeInContext(c);
    LLVMValueRef cut = LLVMConstInt(i64, (1ull << 29) - 1, 0), zero = LLVMConstNull(i64);
    LLVMPositionBuilderBefore(b, i);
    LLVMValueRef bits = LLVMBuildBitCast(b, LLVMGetOperand(i, 0), i64, "");
    LLVMValueRef some = LLVMBuildICmp(b, LLVMIntNE, LLVMBuildAnd(b, bits, cut, ""), zero, "");
    bits = LLVMBuildAnd(b, bits, LLVMConstNot(cut), "");
    bits = LLVMBuildOr(b, bits, LLVMBuildSelect(b, some, LLVMConstInt(i64, 1ull << 29, 0), zero, ""), "");
    LLVMValueRef x = LLVMBuildBitCast(b, bits, LLVMDoubleTypeInContext(c), "");
    x = LLVMBuildFPTrunc(b, x, LLVMFloatTypeInContext(c), "");
    LLVMReplaceAllUsesWith(i, LLVMBuildFPTrunc(b, x, LLVMTypeOf(i), ""));
    LLVMInstructionEraseFromParent(i);
}

void tncc_round_halves(LLVMModuleRef module)
{
    LLVMBuilderRef b = LLVMCreateBuilderInContext(LLVMGetModuleContext(module));
    for (LLVMValueRef f = LLVMGetFirstFunction(module); f; f = LLVMGetNextFunction(f))
        EACH_BLOCK(f, block)
    for (LLVMValueRef i = LLVMGetFirstInstruction(block), next; i; i = next) {
        next = LLVMGetNextInstruction(i);
        if (LLVMIsAFPTruncInst(i) && LLVMGetTypeKind(LLVMTypeOf(i)) == LLVMHalfTypeKind &&
            LLVMGetTypeKind(LLVMTypeOf(LLVMGetOperand(i, 0))) == LLVMDoubleTypeKind)
            round_to_half(b, i);
    }
    LLVMDisposeBuilder(b);
}

void tncc_define_operations(LLVMModuleRef module)
{
    LLVMBuilderRef b = LLVMCreateBuilderInContext(LLVMGetModuleContext(module));
    struct tncc_list divisions = { 0 }, conversions = { 0 };
    for (LLVMValueRef f = LLVMGetFirstFunction(module); f; f = LLVMGetNextFunction(f)) {
        size_t bytes;
        const char *name = LLVMGetValueName2(f, &bytes);
        if (tncc_starts(name, "tnm_") || tncc_starts(name, "tn_rt_")) /* the library knows its own ranges */
            continue;
        EACH_BLOCK(f, block)
        EACH_INSTRUCTION(block, i)
        switch (LLVMGetInstructionOpcode(i)) {
        case LLVMSDiv:
        case LLVMUDiv:
        case LLVMSRem:
        case LLVMURem:
            tncc_push(&divisions, i);
            break;
        case LLVMFPToSI:
        case LLVMFPToUI:
            tncc_push(&conversions, i);
            break;
        default:
            break;
        }
    }
    for (size_t n = 0; n < divisions.count; n++)
        define_division(b, divisions.items[n]);
    for (size_t n = 0; n < conversions.count; n++)
        define_conversion(module, b, conversions.items[n]);
    LLVMDisposeBuilder(b);
}
