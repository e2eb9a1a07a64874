/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aligned.c - makes accesses at misaligned addresses fail, as they do on chips; the host's processor would carry them out. No branch
 * is made: what the address lacks is added to it far above all addresses that there are, so an aligned address stays as it is and a
 * misaligned one faults where it is used. Mostly the pointer that accesses begin with decides, once for all of them. Calls LLVM-C.
 */
#include "tools/tenoncc/transform.h"

#include <string.h>

enum { MOST_TERMS = 8, MOST_DEPTH = 12, ARM_SHIFT = 48 };

/* The low bits of an address: those of a sum. */
struct low {
    unsigned zeros; /* how many bits are looked at */
    LLVMValueRef terms[MOST_TERMS];
    int count;
    uint64_t constant;
    bool too_many;
};

struct aligned {
    LLVMModuleRef module;
    LLVMContextRef context;
    LLVMBuilderRef builder;
    LLVMTargetDataRef layout;
    LLVMTypeRef i8, i64;
    bool arm;
    struct tncc_map marks[7],
        marked[7]; /* a pointer -> its mark, and the same pointer with it; by the number of bits */
};

static unsigned trailing(uint64_t n)
{
    return n ? (unsigned)__builtin_ctzll(n) : 64;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static bool is_gep(LLVMValueRef v)
{
    return LLVMIsAGetElementPtrInst(v) || (LLVMIsAConstantExpr(v) && LLVMGetConstOpcode(v) == LLVMGetElementPtr);
}

static LLVMOpcode opcode(LLVMValueRef v)
{
    return LLVMIsAInstruction(v) ? LLVMGetInstructionOpcode(v) : 0;
}

unsigned tncc_zeros_of(LLVMValueRef v, int depth)
{
    if (LLVMIsAConstantInt(v))
        return trailing(LLVMConstIntGetZExtValue(v));
    if (depth > MOST_DEPTH || LLVMGetTypeKind(LLVMTypeOf(v)) != LLVMIntegerTypeKind)
        return 0;
    switch (opcode(v)) {
    case LLVMAdd:
    case LLVMSub:
    case LLVMOr:
    case LLVMXor:
        return least(tncc_zeros_of(LLVMGetOperand(v, 0), depth + 1), tncc_zeros_of(LLVMGetOperand(v, 1), depth + 1));
    case LLVMMul:
        return least(64,
                     tncc_zeros_of(LLVMGetOperand(v, 0), depth + 1) + tncc_zeros_of(LLVMGetOperand(v, 1), depth + 1));
    case LLVMAnd: {
        unsigned a = tncc_zeros_of(LLVMGetOperand(v, 0), depth + 1), b = tncc_zeros_of(LLVMGetOperand(v, 1), depth + 1);
        return a > b ? a : b;
    }
    case LLVMShl:
        if (!LLVMIsAConstantInt(LLVMGetOperand(v, 1)))
            return tncc_zeros_of(LLVMGetOperand(v, 0), depth + 1);
        return least(64, tncc_zeros_of(LLVMGetOperand(v, 0), depth + 1) +
                             (unsigned)LLVMConstIntGetZExtValue(LLVMGetOperand(v, 1)));
    case LLVMSExt:
    case LLVMZExt:
    case LLVMTrunc:
        return tncc_zeros_of(LLVMGetOperand(v, 0), depth + 1);
    case LLVMSelect:
        return least(tncc_zeros_of(LLVMGetOperand(v, 1), depth + 1), tncc_zeros_of(LLVMGetOperand(v, 2), depth + 1));
    default:
        return 0;
    }
}

static void add_term(struct low *l, LLVMValueRef v)
{
    if (l->count == MOST_TERMS)
        l->too_many = true;
    else
        l->terms[l->count++] = v;
}

static bool goes_by_multiples(const struct low *l, LLVMValueRef phi, uint64_t scale, LLVMValueRef *out_first)
{
    *out_first = NULL;
    for (unsigned k = 0; k < LLVMCountIncoming(phi); k++) {
        LLVMValueRef v = LLVMGetIncomingValue(phi, k);
        if (v == phi)
            continue;
        if ((opcode(v) == LLVMAdd || opcode(v) == LLVMSub) && LLVMGetOperand(v, 0) == phi &&
            tncc_zeros_of(LLVMGetOperand(v, 1), 0) + trailing(scale) >= l->zeros)
            continue;
        if (*out_first && *out_first != v)
            return false;
        *out_first = v;
    }
    return *out_first != NULL;
}

/* What an index adds to the address, times `scale`; a loop's variable counts as what it begins with, if it goes on by multiples. */
static void add_index(struct low *l, LLVMValueRef v, uint64_t scale, int depth)
{
    LLVMValueRef first;
    if (tncc_zeros_of(v, 0) + trailing(scale) >= l->zeros)
        return;
    if (LLVMIsAConstantInt(v)) {
        l->constant += (uint64_t)LLVMConstIntGetSExtValue(v) * scale;
    } else if (depth < MOST_DEPTH && (opcode(v) == LLVMSExt || opcode(v) == LLVMZExt) &&
               LLVMGetIntTypeWidth(LLVMTypeOf(LLVMGetOperand(v, 0))) > 6) { /* the bits that count are the same */
        add_index(l, LLVMGetOperand(v, 0), scale, depth + 1);
    } else if (depth < MOST_DEPTH && opcode(v) == LLVMAdd) {
        add_index(l, LLVMGetOperand(v, 0), scale, depth + 1);
        add_index(l, LLVMGetOperand(v, 1), scale, depth + 1);
    } else if (depth < MOST_DEPTH && LLVMIsAPHINode(v) && goes_by_multiples(l, v, scale, &first)) {
        add_index(l, first, scale, depth + 1);
    } else if (scale == 1 && LLVMGetIntTypeWidth(LLVMTypeOf(v)) <= 64) {
        add_term(l, v);
    } else {
        l->too_many = true;
    }
}

/* The offsets of a getelementptr; with l == NULL only whether each is a multiple of 2^zeros. */
static bool add_offsets(const struct aligned *a, struct low *l, LLVMValueRef gep, unsigned zeros)
{
    LLVMTypeRef type = LLVMGetGEPSourceElementType(gep);
    for (unsigned k = 1; k < (unsigned)LLVMGetNumOperands(gep); k++) {
        LLVMValueRef index = LLVMGetOperand(gep, k);
        uint64_t scale;
        if (k > 1 && LLVMGetTypeKind(type) == LLVMStructTypeKind) {
            unsigned member = (unsigned)LLVMConstIntGetZExtValue(index);
            uint64_t at = LLVMOffsetOfElement(a->layout, type, member);
            type = LLVMStructGetTypeAtIndex(type, member);
            if (l)
                l->constant += at;
            else if (trailing(at) < zeros)
                return false;
            continue;
        }
        if (k > 1)
            type = LLVMGetElementType(type);
        scale = LLVMABISizeOfType(a->layout, type);
        if (l)
            add_index(l, index, scale, 0);
        else if (tncc_zeros_of(index, 0) + trailing(scale) < zeros)
            return false;
    }
    return true;
}

/* A pointer's alignment, as the number of bits that are surely zero. */
static unsigned known(const struct aligned *a, LLVMValueRef p)
{
    if (LLVMIsAAllocaInst(p))
        return 64; /* private memory, which nothing but threads of this kernel see */
    if (LLVMIsAGlobalVariable(p)) {
        unsigned align = LLVMGetAlignment(p), own = LLVMABIAlignmentOfType(a->layout, LLVMGlobalGetValueType(p));
        return trailing(align ? align : own);
    }
    if (LLVMIsAConstantInt(p) || LLVMIsAConstantPointerNull(p) || LLVMIsUndef(p))
        return 64;
    if (LLVMIsAArgument(p)) {
        LLVMValueRef f = LLVMGetParamParent(p);
        unsigned index = 1, kind = LLVMGetEnumAttributeKindForName("align", 5);
        while (LLVMGetParam(f, index - 1) != p)
            index++;
        if (LLVMGetStringAttributeAtIndex(f, index, "tncc-args", 9))
            return 64;
        LLVMAttributeRef align = LLVMGetEnumAttributeAtIndex(f, index, kind);
        return align ? trailing(LLVMGetEnumAttributeValue(align)) : 0;
    }
    const char *callee = tncc_callee(p);
    return callee && !strcmp(callee, "__tn_malloc") ? 4 : 0;
}

static void add_pointer(const struct aligned *a, struct low *l, LLVMValueRef p, int depth);

/* The one pointer that a loop's pointer begins with, if it goes on by multiples; or what both ways of a choice begin with. */
static LLVMValueRef begins_with(const struct aligned *a, const struct low *l, LLVMValueRef phi)
{
    LLVMValueRef first = NULL;
    for (unsigned k = 0; k < LLVMCountIncoming(phi); k++) {
        LLVMValueRef v = LLVMGetIncomingValue(phi, k), from = v;
        while (is_gep(from) && add_offsets(a, NULL, from, l->zeros))
            from = LLVMGetOperand(from, 0);
        if (from == phi)
            continue;
        if (first && first != from)
            return NULL;
        first = from;
    }
    return first;
}

static bool is_private(LLVMValueRef p)
{
    for (int depth = 0; depth < MOST_DEPTH; depth++) {
        if (LLVMIsAAllocaInst(p))
            return true;
        if (!is_gep(p))
            return false;
        p = LLVMGetOperand(p, 0);
    }
    return false;
}

static void add_pointer(const struct aligned *a, struct low *l, LLVMValueRef p, int depth)
{
    for (; is_gep(p); p = LLVMGetOperand(p, 0))
        add_offsets(a, l, p, l->zeros);
    LLVMValueRef first = LLVMIsAPHINode(p) && depth < MOST_DEPTH ? begins_with(a, l, p) : NULL;
    if (first)
        add_pointer(a, l, first, depth + 1);
    else if (opcode(p) == LLVMIntToPtr && depth < MOST_DEPTH)
        add_index(l, LLVMGetOperand(p, 0), 1, depth + 1);
    else if (known(a, p) < l->zeros)
        add_term(l, p);
}

/* ---- the mark ---- */
/* No line of the source asks for what is built. */
static void before(const struct aligned *a, LLVMValueRef i)
{
    LLVMPositionBuilderBefore(a->builder, i);
    LLVMSetCurrentDebugLocation2(a->builder, NULL);
}

static void behind(const struct aligned *a, LLVMValueRef p)
{
    if (LLVMIsAArgument(p)) {
        before(a, LLVMGetFirstInstruction(LLVMGetEntryBasicBlock(LLVMGetParamParent(p))));
        return;
    }
    LLVMValueRef next = LLVMGetNextInstruction(p);
    while (LLVMIsAPHINode(next))
        next = LLVMGetNextInstruction(next);
    before(a, next);
}

/* The low bits of a number, above all addresses. Arm's processors don't look at the highest eight bits. */
static LLVMValueRef mark_of(const struct aligned *a, LLVMValueRef sum, unsigned zeros)
{
    if (a->arm)
        sum = LLVMBuildAnd(a->builder, sum, LLVMConstInt(a->i64, (1ull << zeros) - 1, 0), "");
    return LLVMBuildShl(a->builder, sum, LLVMConstInt(a->i64, a->arm ? ARM_SHIFT : 64 - zeros, 0), "");
}

static bool is_mark(LLVMValueRef v)
{
    if (opcode(v) != LLVMShl || !LLVMIsAConstantInt(LLVMGetOperand(v, 1)))
        return false;
    uint64_t by = LLVMConstIntGetZExtValue(LLVMGetOperand(v, 1));
    LLVMValueRef low = LLVMGetOperand(v, 0);
    if (by == ARM_SHIFT && opcode(low) == LLVMAnd)
        low = LLVMGetOperand(low, 0);
    else if (by < 58)
        return false;
    return opcode(low) == LLVMPtrToInt;
}

bool tncc_makes_mark(LLVMValueRef i)
{
    if (opcode(i) == LLVMGetElementPtr)
        return LLVMGetNumOperands(i) == 2 && is_mark(LLVMGetOperand(i, 1));
    if (opcode(i) != LLVMPtrToInt)
        return is_mark(i);
    LLVMUseRef use = LLVMGetFirstUse(i);
    return use && !LLVMGetNextUse(use) && is_mark(LLVMGetUser(use));
}

static LLVMValueRef with_mark(const struct aligned *a, LLVMValueRef p, LLVMValueRef mark)
{
    return LLVMBuildGEP2(a->builder, a->i8, p, &mark, 1, "");
}

/* Of a pointer that accesses begin with. */
static LLVMValueRef mark_behind(struct aligned *a, LLVMValueRef root, unsigned zeros)
{
    LLVMValueRef mark = tncc_get(&a->marks[zeros], root);
    if (mark)
        return mark;
    behind(a, root);
    mark = mark_of(a, LLVMBuildPtrToInt(a->builder, root, a->i64, ""), zeros);
    tncc_put(&a->marks[zeros], root, mark);
    return mark;
}

/* The same address, made of a marked beginning. */
static LLVMValueRef marked(struct aligned *a, LLVMValueRef p, LLVMValueRef root, unsigned zeros)
{
    LLVMValueRef made = tncc_get(&a->marked[zeros], p);
    if (made)
        return made;
    if (p == root) {
        LLVMValueRef mark = mark_behind(a, root, zeros);
        before(a, LLVMGetNextInstruction(mark));
        made = with_mark(a, p, mark);
    } else {
        LLVMValueRef base = marked(a, LLVMGetOperand(p, 0), root, zeros);
        made = LLVMInstructionClone(p);
        LLVMSetOperand(made, 0, base);
        behind(a, p);
        tncc_insert(a->builder, made);
    }
    tncc_put(&a->marked[zeros], p, made);
    return made;
}

/* What decides whether the access is aligned, as a number. */
static LLVMValueRef sum_of(const struct aligned *a, const struct low *l, LLVMValueRef p)
{
    LLVMValueRef sum = LLVMConstInt(a->i64, l->constant, 0);
    if (l->too_many)
        return LLVMBuildPtrToInt(a->builder, p, a->i64, "");
    for (int k = 0; k < l->count; k++) {
        LLVMValueRef t = l->terms[k];
        t = LLVMGetTypeKind(LLVMTypeOf(t)) == LLVMPointerTypeKind ? LLVMBuildPtrToInt(a->builder, t, a->i64, "")
                                                                  : LLVMBuildZExtOrBitCast(a->builder, t, a->i64, "");
        sum = LLVMBuildAdd(a->builder, sum, t, "");
    }
    return sum;
}

static void check(struct aligned *a, LLVMValueRef access, unsigned operand, unsigned align)
{
    LLVMValueRef p = LLVMGetOperand(access, operand), root = p, mark;
    struct low l = { .zeros = trailing(align) };
    if (!l.zeros || l.zeros > 6 || is_private(p))
        return;
    add_pointer(a, &l, p, 0);
    l.constant &= align - 1;
    if (!l.count && !l.constant && !l.too_many)
        return;
    while (is_gep(root))
        root = LLVMGetOperand(root, 0);
    const bool one = l.count == 1 && !l.constant && !l.too_many && !LLVMIsAConstant(l.terms[0]) &&
                     LLVMGetTypeKind(LLVMTypeOf(l.terms[0])) == LLVMPointerTypeKind;
    if (one && l.terms[0] == root) {
        LLVMSetOperand(access, operand, marked(a, p, root, l.zeros));
        return;
    }
    mark = one ? mark_behind(a, l.terms[0], l.zeros) : NULL;
    before(a, access);
    if (!mark)
        mark = mark_of(a, sum_of(a, &l, p), l.zeros);
    LLVMSetOperand(access, operand, with_mark(a, p, mark));
}

static unsigned argument_align(LLVMValueRef call, unsigned operand)
{
    LLVMAttributeRef align =
        LLVMGetCallSiteEnumAttribute(call, operand + 1, LLVMGetEnumAttributeKindForName("align", 5));
    return align ? (unsigned)LLVMGetEnumAttributeValue(align) : 1;
}

static void check_instruction(struct aligned *a, LLVMValueRef i)
{
    const char *callee;
    switch (LLVMGetInstructionOpcode(i)) {
    case LLVMLoad:
    case LLVMAtomicRMW:
    case LLVMAtomicCmpXchg:
        check(a, i, 0, LLVMGetAlignment(i));
        break;
    case LLVMStore:
        check(a, i, 1, LLVMGetAlignment(i));
        break;
    case LLVMCall:
        callee = tncc_callee(i);
        if (callee && (tncc_starts(callee, "llvm.memcpy.") || tncc_starts(callee, "llvm.memmove.")))
            check(a, i, 1, argument_align(i, 1));
        if (callee && tncc_starts(callee, "llvm.mem"))
            check(a, i, 0, argument_align(i, 0));
        break;
    default:
        break;
    }
}

void tncc_mark_misaligned(LLVMModuleRef module)
{
    LLVMContextRef c = LLVMGetModuleContext(module);
    struct aligned a = { .module = module,
                         .context = c,
                         .builder = LLVMCreateBuilderInContext(c),
                         .layout = LLVMCreateTargetData(LLVMGetDataLayoutStr(module)),
                         .i8 = LLVMInt8TypeInContext(c),
                         .i64 = LLVMInt64TypeInContext(c),
                         .arm = tncc_starts(LLVMGetTarget(module), "aarch64") };
    for (LLVMValueRef f = LLVMGetFirstFunction(module); f; f = LLVMGetNextFunction(f)) {
        size_t bytes;
        const char *name = LLVMGetValueName2(f, &bytes);
        if (tncc_starts(name, "tnm_") || tncc_starts(name, "tn_rt_")) /* the library's own tables */
            continue;
        EACH_BLOCK(f, b)
        EACH_INSTRUCTION(b, i)
        check_instruction(&a, i);
    }
    LLVMDisposeTargetData(a.layout);
    LLVMDisposeBuilder(a.builder);
}
