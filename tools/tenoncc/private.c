/* SPDX-License-Identifier: Apache-2.0 */
/*
 * private.c - private arrays that may lie interleaved by threads: element by element, and of each element one after another
 * what the threads have. Then a vector of threads that asks for one element finds it side by side:
 *
 *       thread by thread   a0[0] a0[1] a0[2]  a1[0] a1[1] a1[2] ...        a vector of a[1] is a gather
 *       interleaved        a0[0] a1[0] ...    a0[1] a1[1] ...              a vector of a[1] is a load
 *
 * That may be where every access has one size (or twice that, and is made two), at multiples of it, and the address goes
 * nowhere else: not to a function, to memory, or into a number. An address is then base + offset * the length of a row, whatever way it was come to. Finds such
 * arrays, writes their copies and fillings as accesses, and gives those that live across regions such addresses.
 * Changes the kernel's function; calls LLVM-C.
 */
#include "tools/tenoncc/transform.h"

#include <stdio.h>

enum { MOST_COPIED = 128 }; /* elements of a copy or filling that is written as accesses */

struct walk {
    LLVMTargetDataRef layout;
    struct tncc_map *derived;
    struct tncc_list todo, all, meets, copies, accesses;
    uint64_t element, largest;
};

static uint64_t access_size(const struct walk *w, LLVMValueRef access)
{
    return LLVMABISizeOfType(w->layout, LLVMTypeOf(LLVMIsAStoreInst(access) ? LLVMGetOperand(access, 0) : access));
}

static bool take_access(struct walk *w, LLVMValueRef access)
{
    LLVMTypeRef type = LLVMTypeOf(LLVMIsAStoreInst(access) ? LLVMGetOperand(access, 0) : access);
    LLVMTypeKind kind = LLVMGetTypeKind(type);
    uint64_t size = access_size(w, access);
    bool plain = kind == LLVMIntegerTypeKind || kind == LLVMFloatTypeKind || kind == LLVMDoubleTypeKind ||
                 kind == LLVMHalfTypeKind || kind == LLVMBFloatTypeKind || kind == LLVMPointerTypeKind;
    if (!plain || LLVMGetVolatile(access) || LLVMGetOrdering(access) != LLVMAtomicOrderingNotAtomic || size > 8 ||
        size & (size - 1) || LLVMSizeOfTypeInBits(w->layout, type) != 8 * size)
        return false;
    w->element = w->element && w->element < size ? w->element : size;
    w->largest = w->largest > size ? w->largest : size;
    tncc_push(&w->accesses, access);
    return true;
}

/* A copy or filling of known length that is not volatile. */
static bool is_copy(LLVMValueRef call)
{
    const char *name = tncc_callee(call);
    return name && (tncc_starts(name, "llvm.memcpy.") || tncc_starts(name, "llvm.memset.")) &&
           LLVMIsAConstantInt(LLVMGetOperand(call, 2)) && !LLVMConstIntGetZExtValue(LLVMGetOperand(call, 3)) &&
           (tncc_starts(name, "llvm.memcpy.") || LLVMIsAConstantInt(LLVMGetOperand(call, 1)));
}

static void follow(struct walk *w, LLVMValueRef pointer)
{
    if (tncc_get(w->derived, pointer))
        return;
    tncc_put(w->derived, pointer, pointer);
    tncc_push(&w->todo, pointer);
    tncc_push(&w->all, pointer);
}

static bool take_use(struct walk *w, LLVMValueRef user, LLVMValueRef pointer)
{
    const char *name = tncc_callee(user);
    if (LLVMIsALoadInst(user))
        return take_access(w, user);
    if (LLVMIsAStoreInst(user))
        return LLVMGetOperand(user, 0) != pointer && take_access(w, user);
    if (LLVMIsAGetElementPtrInst(user)) {
        follow(w, user);
        return LLVMGetTypeKind(LLVMTypeOf(user)) == LLVMPointerTypeKind;
    }
    if (LLVMIsAPHINode(user) || LLVMIsASelectInst(user)) {
        follow(w, user);
        tncc_push(&w->meets, user);
        return true;
    }
    if (name && is_copy(user)) {
        for (size_t n = 0; n < w->copies.count; n++) /* from the array to itself */
            if (w->copies.items[n] == user)
                return true;
        tncc_push(&w->copies, user);
        return true;
    }
    return name && tncc_starts(name, "llvm.lifetime.");
}

static bool is_own(const struct walk *w, LLVMValueRef pointer)
{
    return LLVMIsUndef(pointer) || tncc_get(w->derived, pointer);
}

/* Where ways meet, the address is of this array on all of them. */
static bool meets_own(const struct walk *w, LLVMValueRef i)
{
    if (LLVMIsASelectInst(i))
        return is_own(w, LLVMGetOperand(i, 1)) && is_own(w, LLVMGetOperand(i, 2));
    for (unsigned k = 0; k < LLVMCountIncoming(i); k++)
        if (!is_own(w, LLVMGetIncomingValue(i, k)))
            return false;
    return true;
}

bool tncc_address_steps(LLVMTargetDataRef layout, LLVMValueRef gep, struct tncc_steps *s)
{
    LLVMTypeRef type = LLVMGetGEPSourceElementType(gep);
    *s = (struct tncc_steps){ .count = 0 };
    for (unsigned k = 1; k < (unsigned)LLVMGetNumOperands(gep); k++) {
        LLVMValueRef at = LLVMGetOperand(gep, k);
        if (k > 1 && LLVMGetTypeKind(type) == LLVMStructTypeKind) {
            unsigned field = (unsigned)LLVMConstIntGetZExtValue(at);
            s->constant += (int64_t)LLVMOffsetOfElement(layout, type, field);
            type = LLVMStructGetTypeAtIndex(type, field);
            continue;
        }
        if (k > 1)
            type = LLVMGetElementType(type);
        int64_t size = (int64_t)LLVMABISizeOfType(layout, type);
        if (LLVMIsAConstantInt(at)) {
            s->constant += LLVMConstIntGetSExtValue(at) * size;
            continue;
        }
        if (s->count == sizeof s->at / sizeof *s->at || LLVMGetIntTypeWidth(LLVMTypeOf(at)) > 64)
            return false;
        s->at[s->count] = at;
        s->scale[s->count++] = size;
    }
    return true;
}

static bool steps_fit(const struct walk *w, LLVMValueRef pointer)
{
    struct tncc_steps s;
    if (!LLVMIsAGetElementPtrInst(pointer))
        return true;
    if (!tncc_address_steps(w->layout, pointer, &s) || s.constant % (int64_t)w->element)
        return false;
    for (unsigned k = 0; k < s.count; k++)
        if (s.scale[k] % (int64_t)w->element && tncc_zeros_of(s.at[k], 0) < (unsigned)__builtin_ctzll(w->element))
            return false;
    return true;
}

static bool copies_fit(const struct walk *w)
{
    for (size_t n = 0; n < w->copies.count; n++) {
        uint64_t bytes = LLVMConstIntGetZExtValue(LLVMGetOperand(w->copies.items[n], 2));
        if (bytes % w->element || bytes / w->element > MOST_COPIED)
            return false;
    }
    return true;
}

static bool accesses_fit(const struct walk *w)
{
    for (size_t n = 0; n < w->accesses.count; n++)
        if (LLVMGetAlignment(w->accesses.items[n]) < w->element)
            return false;
    return w->element && w->largest <= 2 * w->element;
}

static unsigned walk_array(struct walk *w, LLVMValueRef alloca)
{
    uint64_t size = LLVMABISizeOfType(w->layout, LLVMGetAllocatedType(alloca));
    if (!LLVMIsAConstantInt(LLVMGetOperand(alloca, 0)) || LLVMConstIntGetZExtValue(LLVMGetOperand(alloca, 0)) != 1)
        return 0;
    follow(w, alloca);
    while (w->todo.count) {
        LLVMValueRef p = w->todo.items[--w->todo.count];
        for (LLVMUseRef u = LLVMGetFirstUse(p); u; u = LLVMGetNextUse(u))
            if (!take_use(w, LLVMGetUser(u), p))
                return 0;
    }
    if (!accesses_fit(w) || !w->element || size % w->element || size <= w->element || !copies_fit(w))
        return 0;
    for (size_t n = 0; n < w->meets.count; n++)
        if (!meets_own(w, w->meets.items[n]))
            return 0;
    for (size_t n = 0; n < w->all.count; n++)
        if (!steps_fit(w, w->all.items[n]))
            return 0;
    return (unsigned)w->element;
}

unsigned tncc_private_element(LLVMTargetDataRef layout, LLVMValueRef alloca, struct tncc_map *derived)
{
    struct walk w = { .layout = layout, .derived = derived };
    unsigned element = walk_array(&w, alloca);
    return w.copies.count || w.largest != w.element ? 0 : element;
}

/* ---- copies and fillings, element by element ---- */
static LLVMValueRef place_at(struct transform *t, LLVMValueRef pointer, uint64_t bytes)
{
    LLVMValueRef at = LLVMConstInt(t->i64, bytes, 0);
    return bytes ? LLVMBuildGEP2(t->builder, t->i8, pointer, &at, 1, "") : pointer;
}

static unsigned part_align(LLVMValueRef call, unsigned operand, unsigned element)
{
    unsigned kind = LLVMGetEnumAttributeKindForName("align", 5);
    LLVMAttributeRef a = LLVMGetCallSiteEnumAttribute(call, operand + 1, kind);
    unsigned align = a ? (unsigned)LLVMGetEnumAttributeValue(a) : 1;
    return align < element ? align : element;
}

static void write_copy(struct transform *t, LLVMValueRef call, unsigned element, const struct tncc_map *derived)
{
    LLVMTypeRef type = LLVMIntTypeInContext(t->context, 8 * element);
    bool copies = tncc_starts(tncc_callee(call), "llvm.memcpy.");
    uint64_t bytes = LLVMConstIntGetZExtValue(LLVMGetOperand(call, 2));
    LLVMValueRef to = LLVMGetOperand(call, 0), from = LLVMGetOperand(call, 1);
    /* what is derived from the array has its elements at multiples of their size */
    unsigned align[2] = { tncc_get(derived, to) ? element : part_align(call, 0, element),
                          copies && tncc_get(derived, from) ? element : part_align(call, 1, element) };
    LLVMPositionBuilderBefore(t->builder, call);
    for (uint64_t at = 0; at < bytes; at += element) {
        LLVMValueRef x;
        if (copies) {
            x = LLVMBuildLoad2(t->builder, type, place_at(t, from, at), "");
            LLVMSetAlignment(x, align[1]);
        } else {
            x = LLVMConstInt(type, (LLVMConstIntGetZExtValue(from) & 0xff) * 0x0101010101010101ull, 0);
        }
        LLVMSetAlignment(LLVMBuildStore(t->builder, x, place_at(t, to, at)), align[0]);
    }
    LLVMInstructionEraseFromParent(call);
}

/* ---- accesses of two elements ---- */
static LLVMTypeRef bits_of(struct transform *t, uint64_t bytes)
{
    return LLVMIntTypeInContext(t->context, 8 * (unsigned)bytes);
}

static LLVMValueRef as_bits(struct transform *t, LLVMValueRef x, LLVMTypeRef bits)
{
    return LLVMTypeOf(x) == t->ptr ? LLVMBuildPtrToInt(t->builder, x, bits, "") : LLVMBuildBitCast(t->builder, x, bits, "");
}

static void write_halves(struct transform *t, LLVMValueRef access, unsigned element)
{
    LLVMTypeRef one = bits_of(t, element), both = bits_of(t, 2 * element);
    LLVMValueRef by = LLVMConstInt(both, 8 * element, 0), part[2];
    LLVMPositionBuilderBefore(t->builder, access);
    if (LLVMIsAStoreInst(access)) {
        LLVMValueRef x = as_bits(t, LLVMGetOperand(access, 0), both);
        part[0] = LLVMBuildTrunc(t->builder, x, one, "");
        part[1] = LLVMBuildTrunc(t->builder, LLVMBuildLShr(t->builder, x, by, ""), one, "");
        for (unsigned k = 0; k < 2; k++)
            LLVMSetAlignment(LLVMBuildStore(t->builder, part[k], place_at(t, LLVMGetOperand(access, 1), k * element)), element);
        LLVMInstructionEraseFromParent(access);
        return;
    }
    LLVMTypeRef type = LLVMTypeOf(access);
    for (unsigned k = 0; k < 2; k++) {
        LLVMValueRef x = LLVMBuildLoad2(t->builder, one, place_at(t, LLVMGetOperand(access, 0), k * element), "");
        LLVMSetAlignment(x, element);
        part[k] = LLVMBuildZExt(t->builder, x, both, "");
    }
    LLVMValueRef x = LLVMBuildOr(t->builder, LLVMBuildShl(t->builder, part[1], by, ""), part[0], "");
    x = type == t->ptr ? LLVMBuildIntToPtr(t->builder, x, type, "") : LLVMBuildBitCast(t->builder, x, type, "");
    LLVMReplaceAllUsesWith(access, x);
    LLVMInstructionEraseFromParent(access);
}

/* ---- of the kernel ---- */
/* A step in an array that is interleaved goes from row to row. */
static void write_step(struct transform *t, LLVMValueRef gep, LLVMValueRef row)
{
    struct tncc_steps s;
    tncc_address_steps(t->layout, gep, &s);
    LLVMPositionBuilderBefore(t->builder, gep);
    LLVMValueRef sum = LLVMConstInt(t->i64, (unsigned long long)s.constant, 1);
    for (unsigned k = 0; k < s.count; k++) {
        LLVMValueRef at = LLVMBuildSExtOrBitCast(t->builder, s.at[k], t->i64, "");
        at = LLVMBuildMul(t->builder, at, LLVMConstInt(t->i64, (unsigned long long)s.scale[k], 1), "");
        sum = !k && !s.constant ? at : LLVMBuildAdd(t->builder, sum, at, "");
    }
    sum = LLVMBuildMul(t->builder, sum, row, "");
    LLVMReplaceAllUsesWith(gep, LLVMBuildGEP2(t->builder, t->i8, LLVMGetOperand(gep, 0), &sum, 1, ""));
    LLVMInstructionEraseFromParent(gep);
}

static LLVMValueRef row_length(struct transform *t)
{
    LLVMTypeRef type = LLVMFunctionType(t->i64, NULL, 0, 0);
    LLVMValueRef f = LLVMGetNamedFunction(t->module, "__tn_row");
    if (!f)
        f = LLVMAddFunction(t->module, "__tn_row", type);
    LLVMBasicBlockRef entry = LLVMGetEntryBasicBlock(t->function);
    LLVMPositionBuilderBefore(t->builder, LLVMGetFirstInstruction(entry));
    return LLVMBuildCall2(t->builder, type, f, NULL, 0, "");
}

void tncc_private_arrays(struct transform *t)
{
    struct tncc_list arrays = { 0 };
    LLVMValueRef row = NULL;
    EACH_INSTRUCTION(LLVMGetEntryBasicBlock(t->function), i)
    if (LLVMIsAAllocaInst(i))
        tncc_push(&arrays, i);
    for (size_t n = 0; n < arrays.count; n++) {
        struct tncc_map derived = { 0 };
        struct walk w = { .layout = t->layout, .derived = &derived };
        unsigned element = walk_array(&w, arrays.items[n]);
        if (t->options->verbose)
            fprintf(stderr, "%s: a private array of %llu bytes %s\n", t->kernel->name,
                    LLVMABISizeOfType(t->layout, LLVMGetAllocatedType(arrays.items[n])),
                    element ? tncc_format("may lie interleaved, by elements of %u", element) : "lies thread by thread");
        if (!element)
            continue;
        for (size_t k = 0; k < w.copies.count; k++)
            write_copy(t, w.copies.items[k], element, &derived);
        for (size_t k = 0; k < w.accesses.count; k++)
            if (access_size(&w, w.accesses.items[k]) > element)
                write_halves(t, w.accesses.items[k], element);
        if (t->sync_count < 2)
            continue;
        if (!row)
            row = row_length(t);
        derived = (struct tncc_map){ 0 };
        w = (struct walk){ .layout = t->layout, .derived = &derived }; /* with what was written anew */
        walk_array(&w, arrays.items[n]);
        for (size_t k = 0; k < w.all.count; k++)
            if (LLVMIsAGetElementPtrInst(w.all.items[k]))
                write_step(t, w.all.items[k], row);
        tncc_put(&t->interleaved, arrays.items[n], (void *)(uintptr_t)element);
    }
}
