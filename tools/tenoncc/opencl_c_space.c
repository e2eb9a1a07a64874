/* SPDX-License-Identifier: Apache-2.0 */
/*
 * opencl_c_space.c - infers for every pointer of a kernel the OpenCL address space that it points to, by a forward
 * fixpoint. Arguments and loaded pointers are global; a pointer that may be of two spaces becomes generic.
 */
#include "tools/tenoncc/opencl_c_internal.h"

#include "include/tenon/bundle.h"

#include <string.h>

bool ocl_is_pointer(LLVMValueRef v)
{
    return LLVMGetTypeKind(LLVMTypeOf(v)) == LLVMPointerTypeKind;
}

bool ocl_is_static_local(LLVMValueRef v)
{
    return LLVMIsAGlobalVariable(v) && LLVMGetPointerAddressSpace(LLVMTypeOf(v)) == 3 && LLVMGetInitializer(v);
}

/* extern __shared__ T x[]: all such arrays begin at the block's dynamic local memory */
bool ocl_is_dynamic_local(LLVMValueRef v)
{
    return LLVMIsAGlobalVariable(v) && LLVMGetPointerAddressSpace(LLVMTypeOf(v)) == 3 && !LLVMGetInitializer(v);
}

static enum ocl_space join(enum ocl_space a, enum ocl_space b)
{
    if (a == OCL_UNKNOWN || a == b)
        return b;
    return b == OCL_UNKNOWN ? a : OCL_GENERIC;
}

enum ocl_space ocl_space_of(struct ocl *o, LLVMValueRef v)
{
    switch (LLVMGetPointerAddressSpace(LLVMTypeOf(v))) {
    case 1: case 4: return OCL_GLOBAL;
    case 3: return OCL_LOCAL;
    case 5: return OCL_PRIVATE;
    default: break;
    }
    if (LLVMIsAGlobalVariable(v))
        return OCL_GLOBAL;
    if (LLVMIsAConstantExpr(v))
        return LLVMGetConstOpcode(v) == LLVMIntToPtr ? OCL_GLOBAL : ocl_space_of(o, LLVMGetOperand(v, 0));
    if (LLVMIsAConstant(v))
        return OCL_UNKNOWN;            /* null, undef, poison: any */
    return ocl_note(o, v)->space;
}

static enum ocl_space from_memory(struct ocl *o)
{
    return o->stored_pointers_mixed ? OCL_GENERIC : OCL_GLOBAL;
}

static enum ocl_space step(struct ocl *o, LLVMValueRef i)
{
    enum ocl_space s = OCL_UNKNOWN;
    switch (LLVMGetInstructionOpcode(i)) {
    case LLVMAlloca:
        return OCL_PRIVATE;
    case LLVMGetElementPtr: case LLVMAddrSpaceCast: case LLVMFreeze: case LLVMBitCast:
        return ocl_space_of(o, LLVMGetOperand(i, 0));
    case LLVMSelect:
        return join(ocl_space_of(o, LLVMGetOperand(i, 1)), ocl_space_of(o, LLVMGetOperand(i, 2)));
    case LLVMPHI:
        for (unsigned k = 0; k < LLVMCountIncoming(i); k++)
            s = join(s, ocl_space_of(o, LLVMGetIncomingValue(i, k)));
        return s;
    case LLVMCall: {
        const char *name = ocl_name(LLVMGetCalledValue(i));
        if (ocl_starts(name, "llvm.ptrmask"))
            return ocl_space_of(o, LLVMGetOperand(i, 0));
        return from_memory(o);
    }
    default:
        return from_memory(o);         /* loaded, or made from an integer */
    }
}

static void fixpoint(struct ocl *o)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(o->function); b; b = LLVMGetNextBasicBlock(b))
            for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i)) {
                if (!ocl_is_pointer(i))
                    continue;
                enum ocl_space s = join(ocl_note(o, i)->space, step(o, i));
                changed |= s != ocl_note(o, i)->space;
                ocl_note(o, i)->space = (unsigned char)s;
            }
    }
}

static bool is_near(enum ocl_space s)
{
    return s == OCL_LOCAL || s == OCL_PRIVATE || s == OCL_GENERIC;
}

/* Whether a pointer to local or private memory goes where its type is lost: into memory, or into an integer that may
 * come back. Pointers that come out of memory are generic then. Notes on the way what comes out. */
static bool near_pointers_escape(struct ocl *o, bool *out_indirect)
{
    bool stored = false, cast = false, uncast = false;
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(o->function); b; b = LLVMGetNextBasicBlock(b))
        for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i))
            switch (LLVMGetInstructionOpcode(i)) {
            case LLVMStore:
                stored |= ocl_is_pointer(LLVMGetOperand(i, 0)) && is_near(ocl_space_of(o, LLVMGetOperand(i, 0)));
                break;
            case LLVMPtrToInt:
                cast |= is_near(ocl_space_of(o, LLVMGetOperand(i, 0)));
                break;
            case LLVMIntToPtr:
                uncast = true;
                break;
            case LLVMLoad:
                *out_indirect |= ocl_is_pointer(i);
                break;
            default:
                break;
            }
    *out_indirect |= uncast;
    return stored || (cast && uncast);
}

void ocl_infer_spaces(struct ocl *o)
{
    unsigned byval = LLVMGetEnumAttributeKindForName("byval", 5);
    for (unsigned k = 0; k < LLVMCountParams(o->function); k++) {
        LLVMValueRef p = LLVMGetParam(o->function, k);
        if (ocl_is_pointer(p))
            ocl_note(o, p)->space = LLVMGetEnumAttributeAtIndex(o->function, k + 1, byval) ? OCL_PRIVATE : OCL_GLOBAL;
    }
    o->stored_pointers_mixed = false;
    fixpoint(o);
    bool indirect = false;
    if (near_pointers_escape(o, &indirect)) {
        o->stored_pointers_mixed = true;
        fixpoint(o);
    }
    if (indirect)
        o->kernel->flags |= TN_KERNEL_INDIRECT_POINTERS;
}
