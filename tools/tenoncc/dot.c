/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dot.c - sums of four products of bytes, CUDA's __dp4a. The headers have it as a loop; it stays one call until regions are
 * made, so that loops around it are seen to be short and are unrolled, and the vectoriser makes of it, exactly,
 *
 *       even = shift right (shift left (x, 8), 8), odd = shift right (x, 8)     of each half word
 *       sum + multiply-add (even a, even b) + multiply-add (odd a, odd b)       of pairs of half words: no product overflows
 *
 * What is left of the calls becomes plain arithmetic in the end. Calls LLVM-C.
 */
#include "tools/tenoncc/transform.h"

#include <string.h>

static const struct {
    const char *source, *name;
} kinds[] = {
    { "_ZL6__dp4aiii", "__tn_dot4_signed" },
    { "_ZL6__dp4ajjj", "__tn_dot4_unsigned" },
};

static LLVMAttributeRef attribute(LLVMContextRef c, const char *name)
{
    return LLVMCreateEnumAttribute(c, LLVMGetEnumAttributeKindForName(name, strlen(name)), 0);
}

void tncc_keep_dots(LLVMModuleRef module)
{
    static const char *const facts[] = { "memory", "nounwind", "willreturn", "nosync", "nofree" };
    LLVMContextRef c = LLVMGetModuleContext(module);
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        LLVMValueRef f = LLVMGetNamedFunction(module, kinds[k].source);
        if (!f)
            continue;
        LLVMValueRef kept = LLVMAddFunction(module, kinds[k].name, LLVMGlobalGetValueType(f));
        for (size_t n = 0; n < sizeof facts / sizeof *facts; n++)
            LLVMAddAttributeAtIndex(kept, LLVMAttributeFunctionIndex, attribute(c, facts[n]));
        LLVMReplaceAllUsesWith(f, kept);
        LLVMDeleteFunction(f);
    }
}

bool tncc_is_dot(LLVMValueRef call)
{
    const char *name = tncc_callee(call);
    return name && tncc_starts(name, "__tn_dot4_");
}

static LLVMValueRef same(LLVMTypeRef type, uint64_t n)
{
    LLVMValueRef all[64], one;
    if (LLVMGetTypeKind(type) != LLVMVectorTypeKind)
        return LLVMConstInt(type, n, 0);
    one = LLVMConstInt(LLVMGetElementType(type), n, 0);
    for (unsigned k = 0; k < LLVMGetVectorSize(type); k++)
        all[k] = one;
    return LLVMConstVector(all, LLVMGetVectorSize(type));
}

/* Byte n of a word, from 0. */
static LLVMValueRef byte_of(LLVMBuilderRef b, LLVMValueRef x, unsigned n, bool is_signed)
{
    LLVMTypeRef type = LLVMTypeOf(x);
    x = LLVMBuildShl(b, x, same(type, 24 - 8 * n), "");
    return is_signed ? LLVMBuildAShr(b, x, same(type, 24), "") : LLVMBuildLShr(b, x, same(type, 24), "");
}

static LLVMValueRef plain(LLVMBuilderRef b, const LLVMValueRef *of, bool is_signed)
{
    LLVMValueRef sum = of[2];
    for (unsigned n = 0; n < 4; n++)
        sum = LLVMBuildAdd(b, sum, LLVMBuildMul(b, byte_of(b, of[0], n, is_signed), byte_of(b, of[1], n, is_signed), ""), "");
    return sum;
}

/* Bytes 0 and 2, or 1 and 3, of each word as half words. */
static LLVMValueRef every_second(LLVMBuilderRef b, LLVMValueRef x, bool odd, bool is_signed)
{
    LLVMTypeRef type = LLVMTypeOf(x);
    LLVMTypeRef halves = LLVMVectorType(LLVMInt16TypeInContext(LLVMGetTypeContext(type)), 2 * LLVMGetVectorSize(type));
    LLVMValueRef eight = same(halves, 8);
    x = LLVMBuildBitCast(b, x, halves, "");
    x = odd ? x : LLVMBuildShl(b, x, eight, "");
    return is_signed ? LLVMBuildAShr(b, x, eight, "") : LLVMBuildLShr(b, x, eight, "");
}

/* `count` words from the first on. */
static LLVMValueRef part(LLVMBuilderRef b, LLVMValueRef x, unsigned first, unsigned count)
{
    LLVMTypeRef type = LLVMTypeOf(x);
    LLVMValueRef order[64];
    if (LLVMGetVectorSize(type) == count)
        return x;
    for (unsigned k = 0; k < count; k++)
        order[k] = LLVMConstInt(LLVMInt32TypeInContext(LLVMGetTypeContext(type)), first + k, 0);
    return LLVMBuildShuffleVector(b, x, LLVMGetPoison(type), LLVMConstVector(order, count), "");
}

static LLVMValueRef joined(LLVMBuilderRef b, LLVMValueRef *parts, unsigned count)
{
    for (; count > 1; count /= 2)
        for (unsigned k = 0; k < count / 2; k++) {
            LLVMTypeRef type = LLVMTypeOf(parts[2 * k]);
            LLVMValueRef order[64];
            for (unsigned n = 0; n < 2 * LLVMGetVectorSize(type); n++)
                order[n] = LLVMConstInt(LLVMInt32TypeInContext(LLVMGetTypeContext(type)), n, 0);
            parts[k] = LLVMBuildShuffleVector(b, parts[2 * k], parts[2 * k + 1],
                                              LLVMConstVector(order, 2 * LLVMGetVectorSize(type)), "");
        }
    return parts[0];
}

LLVMValueRef tncc_dot(LLVMModuleRef module, LLVMBuilderRef b, LLVMValueRef call, const LLVMValueRef *of, unsigned words)
{
    bool is_signed = strcmp(tncc_callee(call), "__tn_dot4_unsigned") != 0;
    const char *name = words == 16 ? "llvm.x86.avx512.pmaddw.d.512" : words == 8 ? "llvm.x86.avx2.pmadd.wd" : NULL;
    LLVMTypeRef type = LLVMTypeOf(of[2]);
    if (LLVMGetTypeKind(type) != LLVMVectorTypeKind || !name || LLVMGetVectorSize(type) % words)
        return plain(b, of, is_signed);
    unsigned id = LLVMLookupIntrinsicID(name, strlen(name)), count = LLVMGetVectorSize(type) / words;
    LLVMValueRef f = LLVMGetIntrinsicDeclaration(module, id, NULL, 0), sums[8] = { NULL };
    for (unsigned k = 0; k < count; k++) {
        sums[k] = part(b, of[2], k * words, words);
        for (unsigned odd = 0; odd < 2; odd++) {
            LLVMValueRef args[2];
            for (unsigned n = 0; n < 2; n++)
                args[n] = every_second(b, part(b, of[n], k * words, words), odd, is_signed);
            sums[k] = LLVMBuildAdd(b, sums[k], LLVMBuildCall2(b, LLVMGlobalGetValueType(f), f, args, 2, ""), "");
        }
    }
    return joined(b, sums, count);
}

void tncc_plain_dots(LLVMModuleRef module)
{
    LLVMBuilderRef b = LLVMCreateBuilderInContext(LLVMGetModuleContext(module));
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        LLVMValueRef f = LLVMGetNamedFunction(module, kinds[k].name);
        for (LLVMUseRef u = f ? LLVMGetFirstUse(f) : NULL, next; u; u = next) {
            LLVMValueRef call = LLVMGetUser(u), of[3];
            next = LLVMGetNextUse(u);
            LLVMPositionBuilderBefore(b, call);
            for (unsigned n = 0; n < 3; n++)
                of[n] = LLVMGetOperand(call, n);
            LLVMReplaceAllUsesWith(call, plain(b, of, !k));
            LLVMInstructionEraseFromParent(call);
        }
        if (f)
            LLVMDeleteFunction(f);
    }
    LLVMDisposeBuilder(b);
}
