/* SPDX-License-Identifier: Apache-2.0 */
/*
 * opencl_c_variables.c - module variables, constants and string literals lie in one buffer that kernels get as a
 * hidden argument, because OpenCL C 1.2 has no writable variables at program scope. Lays it out and flattens
 * the initial values to bytes.
 */
#include "tools/tenoncc/opencl_c_internal.h"

#include "include/tenon/bundle.h"

#include <string.h>

static void put(unsigned char *at, uint64_t bits, uint64_t bytes)
{
    for (uint64_t i = 0; i < bytes && i < 8; i++)
        at[i] = (unsigned char)(bits >> (8 * i));
}

static uint64_t real_bits(LLVMValueRef v, LLVMTypeKind kind)
{
    LLVMBool lost;
    double d = LLVMConstRealGetDouble(v, &lost);
    float f = (float)d;
    uint32_t f_bits;
    uint64_t d_bits;
    memcpy(&f_bits, &f, sizeof f_bits);
    memcpy(&d_bits, &d, sizeof d_bits);
    switch (kind) {
    case LLVMHalfTypeKind: return ocl_half_bits(d);
    case LLVMBFloatTypeKind: return f_bits >> 16;
    case LLVMFloatTypeKind: return f_bits;
    default: return d_bits;
    }
}

/* False when the value holds an address, which no table entry can express. */
static bool flatten(struct ocl *o, LLVMValueRef v, unsigned char *at)
{
    LLVMTypeRef t = LLVMTypeOf(v);
    LLVMTypeKind kind = LLVMGetTypeKind(t);
    if (LLVMIsNull(v) || LLVMIsUndef(v))
        return true;
    if (LLVMIsAConstantInt(v)) {
        if (ocl_int_bits(t) > 64)
            return false;
        put(at, LLVMConstIntGetZExtValue(v), ocl_size(o, t));
        return true;
    }
    if (LLVMIsAConstantFP(v)) {
        put(at, real_bits(v, kind), ocl_size(o, t));
        return true;
    }
    unsigned count = 0;
    LLVMTypeRef element = NULL;
    switch (kind) {
    case LLVMStructTypeKind: count = LLVMCountStructElementTypes(t); break;
    case LLVMArrayTypeKind: count = (unsigned)LLVMGetArrayLength2(t); element = LLVMGetElementType(t); break;
    case LLVMVectorTypeKind: count = LLVMGetVectorSize(t); element = LLVMGetElementType(t); break;
    default: return false;
    }
    for (unsigned i = 0; i < count; i++) {
        uint64_t offset = element ? i * ocl_size(o, element) : LLVMOffsetOfElement(o->layout, t, i);
        LLVMValueRef part = LLVMGetAggregateElement(v, i);
        if (!part || !flatten(o, part, at + offset))
            return false;
    }
    return true;
}

static bool all_zero(const unsigned char *p, uint64_t bytes)
{
    for (uint64_t i = 0; i < bytes; i++)
        if (p[i])
            return false;
    return true;
}

static bool only_printf_uses(LLVMValueRef v)
{
    bool any = false;
    for (LLVMUseRef u = LLVMGetFirstUse(v); u; u = LLVMGetNextUse(u)) {
        LLVMValueRef user = LLVMGetUser(u);
        if (LLVMIsACallInst(user) && !strcmp(ocl_name(LLVMGetCalledValue(user)), "tncc.printf")) {
            any = true;
            continue;
        }
        if (!LLVMIsAConstantExpr(user) || !only_printf_uses(user))
            return false;
        any = true;
    }
    return any;
}

static bool wants_place(LLVMValueRef g)
{
    if (ocl_starts(ocl_name(g), "llvm."))
        return false;
    if (LLVMGetPointerAddressSpace(LLVMTypeOf(g)) == 3)
        return false;
    return !only_printf_uses(g);      /* a literal that only printf names is printed as a literal */
}

void ocl_layout_variables(struct ocl *o)
{
    size_t count = 0;
    for (LLVMValueRef g = LLVMGetFirstGlobal(o->module); g; g = LLVMGetNextGlobal(g))
        count++;
    o->variables = ocl_alloc(o, (count + 1) * sizeof *o->variables);
    o->globals = ocl_alloc(o, (count + 1) * sizeof *o->globals);
    uint64_t at = 0;
    for (LLVMValueRef g = LLVMGetFirstGlobal(o->module); g; g = LLVMGetNextGlobal(g)) {
        if (!wants_place(g))
            continue;
        LLVMTypeRef t = LLVMGlobalGetValueType(g);
        unsigned space = LLVMGetPointerAddressSpace(LLVMTypeOf(g)), align = LLVMGetAlignment(g);
        LLVMLinkage linkage = LLVMGetLinkage(g);
        tncc_opencl_variable *v = &o->variables[o->variable_count];
        if (!LLVMGetInitializer(g))
            continue;                  /* kernels that use it are refused */
        v->align = align ? align : LLVMABIAlignmentOfType(o->layout, t);
        v->bytes = ocl_size(o, t);
        v->offset = at = (at + v->align - 1) / v->align * v->align;
        v->name = ocl_format(o, "%s", ocl_name(g));
        v->flags = space == 4 || LLVMIsGlobalConstant(g) ? TN_VARIABLE_CONSTANT : 0;
        if ((linkage == LLVMPrivateLinkage || linkage == LLVMInternalLinkage) && !LLVMIsExternallyInitialized(g))
            v->flags |= TN_VARIABLE_HIDDEN;
        unsigned char *init = ocl_alloc(o, v->bytes + 1);
        if (!flatten(o, LLVMGetInitializer(g), init))
            continue;                  /* the same */
        v->init = all_zero(init, v->bytes) ? NULL : init;
        o->globals[o->variable_count++] = g;
        at += v->bytes;
    }
    o->variables_bytes = (at + 255) / 256 * 256;
}

uint64_t ocl_variable_offset(struct ocl *o, LLVMValueRef global)
{
    for (size_t i = 0; i < o->variable_count; i++)
        if (o->globals[i] == global)
            return o->variables[i].offset;
    if (LLVMIsAGlobalVariable(global) && !LLVMGetInitializer(global))
        ocl_refuse(o, "uses the device variable %s, which none of the sources defines", ocl_name(global));
    if (LLVMIsAGlobalVariable(global))
        ocl_refuse(o, "uses the device variable %s, which starts with an address or a 128-bit number", ocl_name(global));
    ocl_refuse(o, "uses %s, which has no place among the module's variables", ocl_name(global));
}

const char *ocl_constant_string(LLVMValueRef pointer, size_t *out_bytes)
{
    while (LLVMIsAConstantExpr(pointer))
        pointer = LLVMGetOperand(pointer, 0);
    LLVMValueRef init = LLVMIsAGlobalVariable(pointer) ? LLVMGetInitializer(pointer) : NULL;
    if (!init || !LLVMIsGlobalConstant(pointer))
        return NULL;
    if (LLVMIsNull(init)) {
        *out_bytes = 0;
        return "";
    }
    if (!LLVMIsAConstantDataSequential(init) || !LLVMIsConstantString(init))
        return NULL;
    const char *s = LLVMGetAsString(init, out_bytes);
    if (*out_bytes && s[*out_bytes - 1] == 0)
        --*out_bytes;
    return s;
}
