/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outline.c - functions that stay functions: those that call themselves and those whose address is taken. Each gets a
 * first parameter more, the context of the thread that runs it (who it is, where its local memory stands), and so does
 * every call of them and every call by pointer. Synchronisation inside them is refused, kernel by kernel.
 */
#include "tools/tenoncc/transform.h"

#include <llvm-c/DebugInfo.h>
#include <string.h>

/* The context: 14 numbers in the order of enum region_param, then pointers: worker, dynamic local memory, and the
 * module's shared variables. */
enum { CONTEXT_NUMBERS = P_WORKER, CONTEXT_POINTERS_AT = 64 };

struct outline {
    struct tncc_unit *unit;
    LLVMContextRef context;
    LLVMBuilderRef builder;
    LLVMTypeRef ptr, i8, i32;
    LLVMValueRef get_context;    /* ptr __tn_context() */
    struct tncc_map is_outlined; /* the new functions */
};

static bool is_kernel(const struct tncc_unit *u, LLVMValueRef f)
{
    for (size_t n = 0; n < u->kernel_count; n++)
        if (u->kernels[n].function == f)
            return true;
    return false;
}

static bool stays(const struct tncc_unit *u, LLVMValueRef f)
{
    size_t bytes;
    const char *name = LLVMGetValueName2(f, &bytes);
    return !LLVMIsDeclaration(f) && !is_kernel(u, f) && !tncc_starts(name, "tnm_") && !tncc_starts(name, "tn_rt_");
}

static void copy_attributes(LLVMValueRef from, LLVMValueRef to, unsigned index, unsigned to_index)
{
    unsigned count = LLVMGetAttributeCountAtIndex(from, index);
    LLVMAttributeRef *list = tncc_alloc((count + 1) * sizeof *list);
    LLVMGetAttributesAtIndex(from, index, list);
    for (unsigned k = 0; k < count; k++)
        LLVMAddAttributeAtIndex(to, to_index, list[k]);
}

static void copy_call_attributes(LLVMValueRef from, LLVMValueRef to, unsigned index, unsigned to_index)
{
    unsigned count = LLVMGetCallSiteAttributeCount(from, index);
    LLVMAttributeRef *list = tncc_alloc((count + 1) * sizeof *list);
    LLVMGetCallSiteAttributes(from, index, list);
    for (unsigned k = 0; k < count; k++)
        LLVMAddCallSiteAttribute(to, to_index, list[k]);
}

static LLVMTypeRef with_context(struct outline *x, LLVMTypeRef type)
{
    unsigned n = LLVMCountParamTypes(type);
    LLVMTypeRef *params = tncc_alloc((n + 1) * sizeof *params);
    params[0] = x->ptr;
    LLVMGetParamTypes(type, params + 1);
    return LLVMFunctionType(LLVMGetReturnType(type), params, n + 1, LLVMIsFunctionVarArg(type));
}

/* A structure by value comes as a plain pointer and is copied inside: tail recursion elimination of LLVM 19 mixes up the
 * copies of byval arguments when it also makes an accumulator. */
static void copy_byval(struct outline *x, LLVMValueRef f, unsigned index)
{
    unsigned byval = LLVMGetEnumAttributeKindForName("byval", 5), align = LLVMGetEnumAttributeKindForName("align", 5);
    LLVMAttributeRef type = LLVMGetEnumAttributeAtIndex(f, index + 1, byval);
    LLVMAttributeRef aligned = LLVMGetEnumAttributeAtIndex(f, index + 1, align);
    if (!type)
        return;
    LLVMTypeRef t = LLVMGetTypeAttributeValue(type);
    LLVMValueRef param = LLVMGetParam(f, index);
    unsigned bytes = aligned ? (unsigned)LLVMGetEnumAttributeValue(aligned) : 1;
    LLVMPositionBuilderBefore(x->builder, LLVMGetFirstInstruction(LLVMGetEntryBasicBlock(f)));
    LLVMValueRef copy = LLVMBuildAlloca(x->builder, t, "");
    LLVMSetAlignment(copy, bytes > 16 ? bytes : 16);
    LLVMReplaceAllUsesWith(param, copy);
    LLVMBuildMemCpy(x->builder, copy, bytes, param, bytes, LLVMSizeOf(t));
    LLVMRemoveEnumAttributeAtIndex(f, index + 1, byval);
}

static LLVMValueRef rebuild_function(struct outline *x, LLVMValueRef old)
{
    size_t bytes;
    const char *name = LLVMGetValueName2(old, &bytes);
    char *kept = tncc_copy(name, bytes);
    LLVMTypeRef type = with_context(x, LLVMGlobalGetValueType(old));
    LLVMSetValueName2(old, "", 0);
    LLVMValueRef now = LLVMAddFunction(x->unit->module, kept, type);
    LLVMSetLinkage(now, LLVMInternalLinkage);
    copy_attributes(old, now, LLVMAttributeFunctionIndex, LLVMAttributeFunctionIndex);
    copy_attributes(old, now, 0, 0);
    LLVMRemoveEnumAttributeAtIndex(now, LLVMAttributeFunctionIndex,
                                   LLVMGetEnumAttributeKindForName("alwaysinline", 12));
    /* what was said of memory does not hold for the context */
    LLVMRemoveEnumAttributeAtIndex(now, LLVMAttributeFunctionIndex, LLVMGetEnumAttributeKindForName("memory", 6));
    for (unsigned k = 0; k < LLVMCountParams(old); k++) {
        copy_attributes(old, now, k + 1, k + 2);
        LLVMReplaceAllUsesWith(LLVMGetParam(old, k), LLVMGetParam(now, k + 1));
    }
    LLVMBasicBlockRef last = LLVMAppendBasicBlockInContext(x->context, now, "first"), first = last;
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(old), next; b; b = next) {
        next = LLVMGetNextBasicBlock(b);
        LLVMMoveBasicBlockAfter(b, last);
        last = b;
    }
    LLVMDeleteBasicBlock(first);
    if (LLVMGetSubprogram(old)) {
        LLVMSetSubprogram(now, LLVMGetSubprogram(old));
        LLVMSetSubprogram(old, NULL);
    }
    for (unsigned k = 1; k < LLVMCountParams(now); k++)
        copy_byval(x, now, k);
    tncc_put(&x->is_outlined, now, old);
    tncc_push(&x->unit->outlined, now);
    return now;
}

static LLVMValueRef context_of(struct outline *x, LLVMValueRef function)
{
    if (tncc_get(&x->is_outlined, function))
        return LLVMGetParam(function, 0);
    return LLVMBuildCall2(x->builder, LLVMGlobalGetValueType(x->get_context), x->get_context, NULL, 0, "");
}

static void rebuild_call(struct outline *x, LLVMValueRef call)
{
    unsigned n = LLVMGetNumArgOperands(call);
    LLVMValueRef *args = tncc_alloc((n + 1) * sizeof *args);
    LLVMPositionBuilderBefore(x->builder, call);
    args[0] = context_of(x, LLVMGetBasicBlockParent(LLVMGetInstructionParent(call)));
    for (unsigned k = 0; k < n; k++)
        args[k + 1] = LLVMGetOperand(call, k);
    LLVMValueRef now = LLVMBuildCall2(x->builder, with_context(x, LLVMGetCalledFunctionType(call)),
                                      LLVMGetCalledValue(call), args, n + 1, "");
    copy_call_attributes(call, now, 0, 0);
    if (LLVMInstructionGetDebugLoc(call))
        LLVMInstructionSetDebugLoc(now, LLVMInstructionGetDebugLoc(call));
    for (unsigned k = 0; k < n; k++)
        copy_call_attributes(call, now, k + 1, k + 2);
    for (unsigned k = 0; k <= n; k++)
        LLVMRemoveCallSiteEnumAttribute(now, k + 1, LLVMGetEnumAttributeKindForName("byval", 5));
    LLVMReplaceAllUsesWith(call, now);
    LLVMInstructionEraseFromParent(call);
}

/* The library's calls through the table of services are marked, and are no such calls. */
static bool calls_by_pointer(LLVMValueRef i)
{
    LLVMValueRef to = LLVMIsACallInst(i) ? LLVMGetCalledValue(i) : NULL;
    return to && !LLVMIsAFunction(to) && !LLVMIsAInlineAsm(to) &&
           !LLVMGetCallSiteStringAttribute(i, LLVMAttributeFunctionIndex, TNCC_SERVICE_CALL, strlen(TNCC_SERVICE_CALL));
}

static void rebuild_calls(struct outline *x)
{
    struct tncc_list calls = { 0 };
    for (LLVMValueRef f = LLVMGetFirstFunction(x->unit->module); f; f = LLVMGetNextFunction(f)) {
        EACH_BLOCK(f, b)
        EACH_INSTRUCTION(b, i)
        {
            LLVMValueRef to = LLVMIsACallInst(i) ? LLVMGetCalledValue(i) : NULL;
            if (to && (tncc_get(&x->is_outlined, to) || calls_by_pointer(i)))
                tncc_push(&calls, i);
        }
    }
    for (size_t n = 0; n < calls.count; n++)
        rebuild_call(x, calls.items[n]);
}

/* ---- what a thread is, inside such a function: loads from the context ---- */
static LLVMValueRef context_load(struct outline *x, LLVMValueRef context, LLVMTypeRef type, uint64_t at)
{
    LLVMValueRef index = LLVMConstInt(LLVMInt64TypeInContext(x->context), at, 0);
    return LLVMBuildLoad2(x->builder, type, LLVMBuildInBoundsGEP2(x->builder, x->i8, context, &index, 1, ""), "");
}

static LLVMValueRef identity_load(struct outline *x, LLVMValueRef context, const char *name)
{
    int p = tncc_identity_param(name);
    if (p >= 0 && p < CONTEXT_NUMBERS)
        return context_load(x, context, x->i32, 4 * (uint64_t)p);
    if (!strcmp(name, "worker"))
        return context_load(x, context, x->ptr, CONTEXT_POINTERS_AT);
    if (!strcmp(name, "lane"))
        return LLVMBuildURem(x->builder, context_load(x, context, x->i32, 4 * P_LIN),
                             context_load(x, context, x->i32, 4 * P_WIDTH), "");
    return strcmp(name, "context") ? NULL : context;
}

static void replace_identities(struct outline *x, LLVMValueRef f)
{
    struct tncc_list calls = { 0 };
    EACH_BLOCK(f, b)
    EACH_INSTRUCTION(b, i)
    {
        const char *name = tncc_callee(i);
        if (name && tncc_starts(name, "__tn_"))
            tncc_push(&calls, i);
    }
    for (size_t n = 0; n < calls.count; n++) {
        LLVMPositionBuilderBefore(x->builder, calls.items[n]);
        LLVMValueRef v = identity_load(x, LLVMGetParam(f, 0), tncc_callee(calls.items[n]) + 5);
        if (!v)
            continue; /* a sync point: refused where a kernel reaches it */
        LLVMReplaceAllUsesWith(calls.items[n], v);
        LLVMInstructionEraseFromParent(calls.items[n]);
    }
}

static LLVMValueRef shared_address(struct outline *x, LLVMValueRef f, LLVMValueRef c)
{
    int index = tncc_shared_index(x->unit->module, c);
    if (index >= 0) {
        bool known = false;
        for (size_t n = 0; n < x->unit->outlined_shared.count; n++)
            known |= x->unit->outlined_shared.items[n] == c;
        if (!known)
            tncc_push(&x->unit->outlined_shared, c);
        return context_load(x, LLVMGetParam(f, 0), x->ptr, CONTEXT_POINTERS_AT + 16 + 8 * (uint64_t)index);
    }
    if (!LLVMIsAConstantExpr(c))
        return c;
    unsigned n = (unsigned)LLVMGetNumOperands(c);
    LLVMValueRef *operand = tncc_alloc((n + 1) * sizeof *operand);
    bool changed = false;
    for (unsigned k = 0; k < n; k++) {
        operand[k] = shared_address(x, f, LLVMGetOperand(c, k));
        changed |= operand[k] != LLVMGetOperand(c, k);
    }
    if (!changed)
        return c;
    switch (LLVMGetConstOpcode(c)) {
    case LLVMGetElementPtr:
        return LLVMBuildGEP2(x->builder, LLVMGetGEPSourceElementType(c), operand[0], operand + 1, n - 1, "");
    case LLVMPtrToInt:
        return LLVMBuildPtrToInt(x->builder, operand[0], LLVMTypeOf(c), "");
    default:
        return operand[0];
    }
}

static void replace_shared(struct outline *x, LLVMValueRef f)
{
    EACH_BLOCK(f, b)
    EACH_INSTRUCTION(b, i)
    for (int k = 0, n = LLVMGetNumOperands(i); k < n; k++) {
        LLVMValueRef old = LLVMGetOperand(i, (unsigned)k);
        if (!LLVMIsAConstant(old) || LLVMIsAFunction(old) || !LLVMTypeOf(old))
            continue;
        LLVMPositionBuilderBefore(
            x->builder, LLVMIsAPHINode(i) ? LLVMGetBasicBlockTerminator(LLVMGetIncomingBlock(i, (unsigned)k)) : i);
        LLVMValueRef now = shared_address(x, f, old);
        if (now != old)
            LLVMSetOperand(i, (unsigned)k, now);
    }
}

void tncc_outline(struct tncc_unit *u)
{
    struct tncc_list old = { 0 };
    struct outline x = { .unit = u, .context = LLVMGetModuleContext(u->module) };
    for (LLVMValueRef f = LLVMGetFirstFunction(u->module); f; f = LLVMGetNextFunction(f))
        if (stays(u, f))
            tncc_push(&old, f);
    if (!old.count)
        return;
    x.builder = LLVMCreateBuilderInContext(x.context);
    x.ptr = LLVMPointerTypeInContext(x.context, 0);
    x.i8 = LLVMInt8TypeInContext(x.context);
    x.i32 = LLVMInt32TypeInContext(x.context);
    x.get_context = LLVMAddFunction(u->module, "__tn_context", LLVMFunctionType(x.ptr, NULL, 0, 0));
    for (size_t n = 0; n < old.count; n++)
        LLVMReplaceAllUsesWith(old.items[n], rebuild_function(&x, old.items[n]));
    rebuild_calls(&x);
    for (size_t n = 0; n < u->outlined.count; n++) {
        replace_identities(&x, u->outlined.items[n]);
        replace_shared(&x, u->outlined.items[n]);
    }
    for (size_t n = 0; n < old.count; n++)
        LLVMDeleteFunction(old.items[n]);
    LLVMDisposeBuilder(x.builder);
}

/* ---- for the transform ---- */
/* Fills a context for the thread of a region function; `number` and `pointer` give its parts. */
LLVMValueRef tncc_build_context(LLVMBuilderRef builder, LLVMModuleRef module, LLVMValueRef (*part)(void *, int),
                                void *data)
{
    LLVMContextRef c = LLVMGetModuleContext(module);
    LLVMTypeRef i8 = LLVMInt8TypeInContext(c), i64 = LLVMInt64TypeInContext(c);
    int shared = tncc_shared_count(module);
    LLVMValueRef place =
        LLVMBuildAlloca(builder, LLVMArrayType2(i8, CONTEXT_POINTERS_AT + 16 + 8 * (uint64_t)shared), "context");
    LLVMSetAlignment(place, 16);
    for (int k = 0; k < CONTEXT_NUMBERS + 2 + shared; k++) {
        uint64_t at = k < CONTEXT_NUMBERS ? 4 * (uint64_t)k : CONTEXT_POINTERS_AT + 8 * (uint64_t)(k - CONTEXT_NUMBERS);
        LLVMValueRef v = part(data, k), index = LLVMConstInt(i64, at, 0);
        if (v)
            LLVMBuildStore(builder, v, LLVMBuildInBoundsGEP2(builder, i8, place, &index, 1, ""));
    }
    return place;
}

static bool is_shared(LLVMValueRef g)
{
    size_t bytes;
    const char *name = LLVMGetValueName2(g, &bytes);
    return tncc_ends(name, ".shared") || strstr(name, ".shared.") != NULL;
}

int tncc_shared_count(LLVMModuleRef module)
{
    int count = 0;
    for (LLVMValueRef g = LLVMGetFirstGlobal(module); g; g = LLVMGetNextGlobal(g))
        count += is_shared(g);
    return count;
}

int tncc_shared_index(LLVMModuleRef module, LLVMValueRef v)
{
    int index = 0;
    if (!LLVMIsAGlobalVariable(v) || !is_shared(v))
        return -1;
    for (LLVMValueRef g = LLVMGetFirstGlobal(module); g; g = LLVMGetNextGlobal(g)) {
        if (g == v)
            return index;
        index += is_shared(g);
    }
    return -1;
}

static void add_reachable(const struct tncc_unit *u, LLVMValueRef f, struct tncc_map *seen, struct tncc_list *out)
{
    if (LLVMIsDeclaration(f) || tncc_get(seen, f))
        return;
    tncc_put(seen, f, f);
    tncc_push(out, f);
    EACH_BLOCK(f, b)
    EACH_INSTRUCTION(b, i)
    {
        LLVMValueRef to = LLVMIsACallInst(i) ? LLVMGetCalledValue(i) : NULL;
        if (to && LLVMIsAFunction(to))
            add_reachable(u, to, seen, out);
        else if (calls_by_pointer(i)) /* any of those that stayed functions */
            for (size_t n = 0; n < u->outlined.count; n++)
                add_reachable(u, u->outlined.items[n], seen, out);
    }
}

void tncc_reachable(const struct tncc_unit *u, LLVMValueRef kernel, struct tncc_list *out)
{
    struct tncc_map seen = { 0 };
    add_reachable(u, kernel, &seen, out);
}
