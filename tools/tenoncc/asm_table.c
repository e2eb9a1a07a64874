/* SPDX-License-Identifier: Apache-2.0 */
/*
 * asm_table.c - the PTX instructions that inline assembly may use on other targets, each as LLVM IR.
 */
#include "tools/tenoncc/asm.h"

#include <string.h>

static const struct ptx_type u32 = { 'u', 32 }, s32 = { 's', 32 }, predicate = { 'p', 1 };

static LLVMValueRef number(struct ptx *p, unsigned bits, uint64_t v)
{
    return LLVMConstInt(LLVMIntTypeInContext(p->context, bits), v, 0);
}

static bool is(const struct ptx_statement *s, const char *name)
{
    return !strcmp(s->parts[0], name);
}

/* ---- arithmetic ---- */
static LLVMValueRef two_integers(struct ptx *p, const char *op, struct ptx_type t, LLVMValueRef x, LLVMValueRef y)
{
    bool is_signed = t.kind == 's';
    LLVMBuilderRef b = p->builder;
    LLVMValueRef args[2] = { x, y };
    if (!strcmp(op, "add"))
        return LLVMBuildAdd(b, x, y, "");
    if (!strcmp(op, "sub"))
        return LLVMBuildSub(b, x, y, "");
    if (!strcmp(op, "div"))
        return is_signed ? LLVMBuildSDiv(b, x, y, "") : LLVMBuildUDiv(b, x, y, "");
    if (!strcmp(op, "rem"))
        return is_signed ? LLVMBuildSRem(b, x, y, "") : LLVMBuildURem(b, x, y, "");
    if (!strcmp(op, "and"))
        return LLVMBuildAnd(b, x, y, "");
    if (!strcmp(op, "or"))
        return LLVMBuildOr(b, x, y, "");
    if (!strcmp(op, "xor"))
        return LLVMBuildXor(b, x, y, "");
    if (!strcmp(op, "min"))
        return ptx_intrinsic(p, is_signed ? "llvm.smin" : "llvm.umin", LLVMTypeOf(x), args, 2);
    if (!strcmp(op, "max"))
        return ptx_intrinsic(p, is_signed ? "llvm.smax" : "llvm.umax", LLVMTypeOf(x), args, 2);
    return NULL;
}

static LLVMValueRef two_floats(struct ptx *p, const char *op, LLVMValueRef x, LLVMValueRef y)
{
    LLVMValueRef args[2] = { x, y };
    LLVMBuilderRef b = p->builder;
    return !strcmp(op, "add")   ? LLVMBuildFAdd(b, x, y, "")
           : !strcmp(op, "sub") ? LLVMBuildFSub(b, x, y, "")
           : !strcmp(op, "mul") ? LLVMBuildFMul(b, x, y, "")
           : !strcmp(op, "div") ? LLVMBuildFDiv(b, x, y, "")
           : !strcmp(op, "min") ? ptx_intrinsic(p, "llvm.minnum", LLVMTypeOf(x), args, 2)
           : !strcmp(op, "max") ? ptx_intrinsic(p, "llvm.maxnum", LLVMTypeOf(x), args, 2)
                                : NULL;
}

static bool other_rounding(const struct ptx_statement *s)
{
    return ptx_has(s, "rz") || ptx_has(s, "rm") || ptx_has(s, "rp");
}

/* mul and mad: the low or high half, or the whole product */
static LLVMValueRef product(struct ptx *p, const struct ptx_statement *s, struct ptx_type t)
{
    struct ptx_type wide = { t.kind, 2 * t.bits };
    LLVMTypeRef type = LLVMIntTypeInContext(p->context, wide.bits);
    bool is_signed = t.kind == 's';
    LLVMValueRef v = LLVMBuildMul(p->builder, ptx_resize(p, ptx_operand(p, s, 1, t), type, is_signed),
                                  ptx_resize(p, ptx_operand(p, s, 2, t), type, is_signed), "");
    if (ptx_has(s, "wide"))
        return v;
    if (ptx_has(s, "hi"))
        v = LLVMBuildLShr(p->builder, v, number(p, wide.bits, t.bits), "");
    return LLVMBuildTrunc(p->builder, v, LLVMIntTypeInContext(p->context, t.bits), "");
}

static void arithmetic(struct ptx *p, const struct ptx_statement *s, struct ptx_type t)
{
    LLVMValueRef v = NULL;
    if (ptx_has(s, "cc") || ptx_has(s, "sat") || (t.kind == 'f' && other_rounding(s))) {
        ptx_fail(p, s->text);
        return;
    }
    if (t.kind == 'f')
        v = two_floats(p, s->parts[0], ptx_operand(p, s, 1, t), ptx_operand(p, s, 2, t));
    else if (is(s, "mul"))
        v = product(p, s, t);
    else
        v = two_integers(p, s->parts[0], t, ptx_operand(p, s, 1, t), ptx_operand(p, s, 2, t));
    if (v)
        ptx_write(p, s, v, t.kind == 's');
    else
        ptx_fail(p, s->text);
}

static void multiply_add(struct ptx *p, const struct ptx_statement *s, struct ptx_type t)
{
    if (ptx_has(s, "cc") || ptx_has(s, "sat") || (t.kind == 'f' && other_rounding(s))) {
        ptx_fail(p, s->text);
    } else if (t.kind == 'f') {
        LLVMValueRef args[3] = { ptx_operand(p, s, 1, t), ptx_operand(p, s, 2, t), ptx_operand(p, s, 3, t) };
        ptx_write(p, s, ptx_intrinsic(p, "llvm.fma", LLVMTypeOf(args[0]), args, 3), false);
    } else {
        struct ptx_type sum = { t.kind, ptx_has(s, "wide") ? 2 * t.bits : t.bits };
        ptx_write(p, s, LLVMBuildAdd(p->builder, product(p, s, t), ptx_operand(p, s, 3, sum), ""), t.kind == 's');
    }
}

static void one_operand(struct ptx *p, const struct ptx_statement *s, struct ptx_type t)
{
    LLVMBuilderRef b = p->builder;
    LLVMValueRef x = ptx_operand(p, s, 1, t), args[2] = { x, number(p, 1, 0) }, v = NULL;
    if (is(s, "not"))
        v = LLVMBuildNot(b, x, "");
    else if (is(s, "neg"))
        v = t.kind == 'f' ? LLVMBuildFNeg(b, x, "") : LLVMBuildNeg(b, x, "");
    else if (is(s, "abs"))
        v = t.kind == 'f' ? ptx_intrinsic(p, "llvm.fabs", LLVMTypeOf(x), args, 1)
                          : ptx_intrinsic(p, "llvm.abs", LLVMTypeOf(x), args, 2);
    else if (is(s, "popc"))
        v = ptx_intrinsic(p, "llvm.ctpop", LLVMTypeOf(x), args, 1);
    else if (is(s, "clz"))
        v = ptx_intrinsic(p, "llvm.ctlz", LLVMTypeOf(x), args, 2);
    else if (is(s, "brev"))
        v = ptx_intrinsic(p, "llvm.bitreverse", LLVMTypeOf(x), args, 1);
    ptx_write(p, s, v, t.kind == 's');
}

static void shift(struct ptx *p, const struct ptx_statement *s, struct ptx_type t)
{
    LLVMBuilderRef b = p->builder;
    LLVMValueRef x = ptx_operand(p, s, 1, t), n = ptx_operand(p, s, 2, u32), v;
    LLVMValueRef over = LLVMBuildICmp(b, LLVMIntUGE, n, number(p, 32, t.bits), "");
    LLVMValueRef by = LLVMBuildSelect(b, over, number(p, 32, t.bits - 1), n, "");
    by = ptx_resize(p, by, LLVMTypeOf(x), false);
    if (is(s, "shr") && t.kind == 's')
        v = LLVMBuildAShr(b, x, by, "");
    else
        v = LLVMBuildSelect(b, over, number(p, t.bits, 0),
                            is(s, "shl") ? LLVMBuildShl(b, x, by, "") : LLVMBuildLShr(b, x, by, ""), "");
    ptx_write(p, s, v, t.kind == 's');
}

/* ---- bits ---- */
static LLVMValueRef low_ones(struct ptx *p, LLVMValueRef n, unsigned bits) /* n up to bits */
{
    LLVMBuilderRef b = p->builder;
    LLVMValueRef all = number(p, bits, ~0ull);
    LLVMValueRef full = LLVMBuildICmp(b, LLVMIntUGE, n, number(p, bits, bits), "");
    LLVMValueRef ones = LLVMBuildNot(b, LLVMBuildShl(b, all, LLVMBuildSelect(b, full, number(p, bits, 0), n, ""), ""), "");
    return LLVMBuildSelect(b, full, all, ones, "");
}

static LLVMValueRef byte_operand(struct ptx *p, const struct ptx_statement *s, unsigned n, unsigned bits)
{
    LLVMValueRef v = LLVMBuildAnd(p->builder, ptx_operand(p, s, n, u32), number(p, 32, 255), "");
    return ptx_resize(p, v, LLVMIntTypeInContext(p->context, bits), false);
}

static LLVMValueRef bounded_shift(struct ptx *p, LLVMValueRef x, LLVMValueRef n, unsigned bits, bool left)
{
    LLVMBuilderRef b = p->builder;
    LLVMValueRef over = LLVMBuildICmp(b, LLVMIntUGE, n, number(p, bits, bits), ""), zero = number(p, bits, 0);
    LLVMValueRef by = LLVMBuildSelect(b, over, zero, n, "");
    return LLVMBuildSelect(b, over, zero, left ? LLVMBuildShl(b, x, by, "") : LLVMBuildLShr(b, x, by, ""), "");
}

static void bit_field(struct ptx *p, const struct ptx_statement *s, struct ptx_type t)
{
    LLVMBuilderRef b = p->builder;
    if (is(s, "bfi")) { /* d, a into b at c, of length d */
        LLVMValueRef at = byte_operand(p, s, 3, t.bits), mask = low_ones(p, byte_operand(p, s, 4, t.bits), t.bits);
        LLVMValueRef field = bounded_shift(p, LLVMBuildAnd(b, ptx_operand(p, s, 1, t), mask, ""), at, t.bits, true);
        mask = LLVMBuildNot(b, bounded_shift(p, mask, at, t.bits, true), "");
        ptx_write(p, s, LLVMBuildOr(b, field, LLVMBuildAnd(b, ptx_operand(p, s, 2, t), mask, ""), ""), false);
        return;
    }
    LLVMValueRef x = ptx_operand(p, s, 1, t), at = byte_operand(p, s, 2, t.bits), length = byte_operand(p, s, 3, t.bits);
    LLVMValueRef mask = low_ones(p, length, t.bits), v = LLVMBuildAnd(b, bounded_shift(p, x, at, t.bits, false), mask, "");
    if (t.kind == 's') { /* the field's top bit, or the number's where the field ends beyond it, fills the rest */
        LLVMValueRef last = number(p, t.bits, t.bits - 1), one = number(p, t.bits, 1);
        LLVMValueRef top = LLVMBuildSub(b, LLVMBuildAdd(b, at, length, ""), one, "");
        top = LLVMBuildSelect(b, LLVMBuildICmp(b, LLVMIntUGT, top, last, ""), last, top, "");
        LLVMValueRef bit = LLVMBuildAnd(b, LLVMBuildLShr(b, x, top, ""), one, "");
        LLVMValueRef none = LLVMBuildICmp(b, LLVMIntEQ, length, number(p, t.bits, 0), "");
        bit = LLVMBuildSelect(b, none, number(p, t.bits, 0), bit, "");
        /* bits of the field that lie beyond the number are copies too */
        LLVMValueRef inside = low_ones(p, LLVMBuildSelect(b, LLVMBuildICmp(b, LLVMIntUGT, at, last, ""), number(p, t.bits, 0),
                                                          LLVMBuildSub(b, number(p, t.bits, t.bits), at, ""), ""), t.bits);
        LLVMValueRef rest = LLVMBuildNot(b, LLVMBuildAnd(b, mask, inside, ""), "");
        v = LLVMBuildOr(b, v, LLVMBuildAnd(b, rest, LLVMBuildNeg(b, bit, ""), ""), "");
    }
    ptx_write(p, s, v, t.kind == 's');
}

static void permute(struct ptx *p, const struct ptx_statement *s)
{
    LLVMBuilderRef b = p->builder;
    LLVMTypeRef wide = LLVMInt64TypeInContext(p->context);
    if (s->part_count > 2) {
        ptx_fail(p, s->text);
        return;
    }
    LLVMValueRef high = LLVMBuildShl(b, ptx_resize(p, ptx_operand(p, s, 2, u32), wide, false), number(p, 64, 32), "");
    LLVMValueRef both = LLVMBuildOr(b, ptx_resize(p, ptx_operand(p, s, 1, u32), wide, false), high, "");
    LLVMValueRef selector = ptx_resize(p, ptx_operand(p, s, 3, u32), wide, false), v = number(p, 64, 0);
    for (unsigned k = 0; k < 4; k++) {
        LLVMValueRef nibble = LLVMBuildLShr(b, selector, number(p, 64, 4 * k), "");
        LLVMValueRef by = LLVMBuildShl(b, LLVMBuildAnd(b, nibble, number(p, 64, 7), ""), number(p, 64, 3), "");
        LLVMValueRef byte = LLVMBuildAnd(b, LLVMBuildLShr(b, both, by, ""), number(p, 64, 255), "");
        LLVMValueRef sign = LLVMBuildMul(b, LLVMBuildLShr(b, byte, number(p, 64, 7), ""), number(p, 64, 255), "");
        LLVMValueRef spread = LLVMBuildTrunc(b, LLVMBuildLShr(b, nibble, number(p, 64, 3), ""), LLVMInt1TypeInContext(p->context), "");
        byte = LLVMBuildSelect(b, spread, sign, byte, "");
        v = LLVMBuildOr(b, v, LLVMBuildShl(b, byte, number(p, 64, 8 * k), ""), "");
    }
    ptx_write(p, s, LLVMBuildTrunc(b, v, LLVMInt32TypeInContext(p->context), ""), false);
}

static void logic3(struct ptx *p, const struct ptx_statement *s)
{
    LLVMBuilderRef b = p->builder;
    LLVMValueRef in[3] = { ptx_operand(p, s, 1, u32), ptx_operand(p, s, 2, u32), ptx_operand(p, s, 3, u32) };
    LLVMValueRef table = ptx_operand(p, s, 4, u32), v = number(p, 32, 0);
    if (!LLVMIsAConstantInt(table)) {
        ptx_fail(p, "lop3 with a table that is not constant");
        return;
    }
    for (unsigned k = 0; k < 8; k++) {
        if (!(LLVMConstIntGetZExtValue(table) >> k & 1))
            continue;
        LLVMValueRef term = number(p, 32, 0xffffffffu);
        for (unsigned n = 0; n < 3; n++)
            term = LLVMBuildAnd(b, term, k >> (2 - n) & 1 ? in[n] : LLVMBuildNot(b, in[n], ""), "");
        v = LLVMBuildOr(b, v, term, "");
    }
    ptx_write(p, s, v, false);
}

static void funnel(struct ptx *p, const struct ptx_statement *s)
{
    LLVMBuilderRef b = p->builder;
    LLVMTypeRef wide = LLVMInt64TypeInContext(p->context);
    LLVMValueRef high = LLVMBuildShl(b, ptx_resize(p, ptx_operand(p, s, 2, u32), wide, false), number(p, 64, 32), "");
    LLVMValueRef both = LLVMBuildOr(b, ptx_resize(p, ptx_operand(p, s, 1, u32), wide, false), high, "");
    LLVMValueRef n = ptx_operand(p, s, 3, u32), args[2] = { n, number(p, 32, 32) };
    n = ptx_has(s, "clamp") ? ptx_intrinsic(p, "llvm.umin", LLVMTypeOf(n), args, 2)
                            : LLVMBuildAnd(b, n, number(p, 32, 31), "");
    n = ptx_resize(p, n, wide, false);
    LLVMValueRef v = ptx_has(s, "l") ? LLVMBuildLShr(b, LLVMBuildShl(b, both, n, ""), number(p, 64, 32), "")
                                     : LLVMBuildLShr(b, both, n, "");
    ptx_write(p, s, LLVMBuildTrunc(b, v, LLVMInt32TypeInContext(p->context), ""), false);
}

static void dot(struct ptx *p, const struct ptx_statement *s)
{
    LLVMBuilderRef b = p->builder;
    LLVMTypeRef byte = LLVMInt8TypeInContext(p->context), word = LLVMInt32TypeInContext(p->context);
    bool sa = s->part_count > 1 && !strcmp(s->parts[1], "s32"), sb = s->part_count > 2 && !strcmp(s->parts[2], "s32");
    LLVMValueRef x = ptx_operand(p, s, 1, u32), y = ptx_operand(p, s, 2, u32), v = ptx_operand(p, s, 3, u32);
    for (unsigned k = 0; k < 32; k += 8) {
        LLVMValueRef m = LLVMBuildTrunc(b, LLVMBuildLShr(b, x, number(p, 32, k), ""), byte, "");
        LLVMValueRef n = LLVMBuildTrunc(b, LLVMBuildLShr(b, y, number(p, 32, k), ""), byte, "");
        v = LLVMBuildAdd(b, v, LLVMBuildMul(b, ptx_resize(p, m, word, sa), ptx_resize(p, n, word, sb), ""), "");
    }
    ptx_write(p, s, v, false);
}

/* ---- comparisons and conversions ---- */
static void compare(struct ptx *p, const struct ptx_statement *s, struct ptx_type t)
{
    static const struct {
        const char *name;
        LLVMIntPredicate u, s;
        LLVMRealPredicate f;
    } table[] = { { "eq", LLVMIntEQ, LLVMIntEQ, LLVMRealOEQ },   { "ne", LLVMIntNE, LLVMIntNE, LLVMRealONE },
                  { "lt", LLVMIntULT, LLVMIntSLT, LLVMRealOLT }, { "le", LLVMIntULE, LLVMIntSLE, LLVMRealOLE },
                  { "gt", LLVMIntUGT, LLVMIntSGT, LLVMRealOGT }, { "ge", LLVMIntUGE, LLVMIntSGE, LLVMRealOGE },
                  { "lo", LLVMIntULT, LLVMIntULT, LLVMRealOLT }, { "ls", LLVMIntULE, LLVMIntULE, LLVMRealOLE },
                  { "hi", LLVMIntUGT, LLVMIntUGT, LLVMRealOGT }, { "hs", LLVMIntUGE, LLVMIntUGE, LLVMRealOGE } };
    for (size_t k = 0; k < sizeof table / sizeof *table && s->part_count == 3; k++) {
        if (strcmp(s->parts[1], table[k].name))
            continue;
        LLVMValueRef x = ptx_operand(p, s, 1, t), y = ptx_operand(p, s, 2, t);
        ptx_write(p, s, t.kind == 'f' ? LLVMBuildFCmp(p->builder, table[k].f, x, y, "")
                                      : LLVMBuildICmp(p->builder, t.kind == 's' ? table[k].s : table[k].u, x, y, ""), false);
        return;
    }
    ptx_fail(p, s->text);
}

static void convert(struct ptx *p, const struct ptx_statement *s)
{
    struct ptx_type to, from;
    if (s->part_count < 3 || !ptx_type(s->parts[s->part_count - 2], &to) || !ptx_type(s->parts[s->part_count - 1], &from) ||
        ptx_has(s, "sat") || ptx_has(s, "rp") || ptx_has(s, "rm") || (ptx_has(s, "rz") && to.kind == 'f')) {
        ptx_fail(p, s->text);
        return;
    }
    LLVMValueRef x = ptx_operand(p, s, 1, from);
    LLVMTypeRef half = LLVMHalfTypeInContext(p->context), single = LLVMFloatTypeInContext(p->context),
                twice = LLVMDoubleTypeInContext(p->context);
    LLVMTypeRef type = to.kind != 'f'  ? LLVMIntTypeInContext(p->context, to.bits)
                       : to.bits == 16 ? half
                       : to.bits == 32 ? single
                                       : twice;
    const char *whole = ptx_has(s, "rni")   ? "llvm.rint"
                        : ptx_has(s, "rzi") ? "llvm.trunc"
                        : ptx_has(s, "rmi") ? "llvm.floor"
                        : ptx_has(s, "rpi") ? "llvm.ceil"
                                            : NULL;
    if (whole)
        x = ptx_intrinsic(p, whole, LLVMTypeOf(x), &x, 1);
    if (from.kind == 'f' && to.kind == 'f')
        x = LLVMBuildFPCast(p->builder, x, type, "");
    else if (from.kind == 'f')
        x = to.kind == 's' ? LLVMBuildFPToSI(p->builder, x, type, "") : LLVMBuildFPToUI(p->builder, x, type, "");
    else if (to.kind == 'f')
        x = from.kind == 's' ? LLVMBuildSIToFP(p->builder, x, type, "") : LLVMBuildUIToFP(p->builder, x, type, "");
    else
        x = ptx_resize(p, x, type, from.kind == 's');
    ptx_write(p, s, x, to.kind == 's');
}

/* ---- approximations: the accurate function ---- */
static bool mathematics(struct ptx *p, const struct ptx_statement *s, struct ptx_type t)
{
    static const char *const names[][2] = { { "ex2", "llvm.exp2" }, { "lg2", "llvm.log2" }, { "sin", "llvm.sin" },
                                            { "cos", "llvm.cos" },  { "sqrt", "llvm.sqrt" } };
    if (t.kind != 'f' || t.bits < 32)
        return false;
    bool inverse = is(s, "rcp") || is(s, "rsqrt");
    for (size_t k = 0; k < sizeof names / sizeof *names && !inverse; k++)
        if (is(s, names[k][0]) && !other_rounding(s)) {
            LLVMValueRef x = ptx_operand(p, s, 1, t);
            ptx_write(p, s, ptx_intrinsic(p, names[k][1], LLVMTypeOf(x), &x, 1), false);
            return true;
        }
    if (!inverse || other_rounding(s))
        return false;
    LLVMValueRef x = ptx_operand(p, s, 1, t);
    if (is(s, "rsqrt"))
        x = ptx_intrinsic(p, "llvm.sqrt", LLVMTypeOf(x), &x, 1);
    ptx_write(p, s, LLVMBuildFDiv(p->builder, LLVMConstReal(LLVMTypeOf(x), 1), x, ""), false);
    return true;
}

/* ---- memory ---- */
static void atomic(struct ptx *p, const struct ptx_statement *s, struct ptx_type t)
{
    static const struct {
        const char *name;
        LLVMAtomicRMWBinOp u, s;
    } table[] = { { "add", LLVMAtomicRMWBinOpAdd, LLVMAtomicRMWBinOpAdd },
                  { "min", LLVMAtomicRMWBinOpUMin, LLVMAtomicRMWBinOpMin },
                  { "max", LLVMAtomicRMWBinOpUMax, LLVMAtomicRMWBinOpMax },
                  { "and", LLVMAtomicRMWBinOpAnd, LLVMAtomicRMWBinOpAnd },
                  { "or", LLVMAtomicRMWBinOpOr, LLVMAtomicRMWBinOpOr },
                  { "xor", LLVMAtomicRMWBinOpXor, LLVMAtomicRMWBinOpXor },
                  { "exch", LLVMAtomicRMWBinOpXchg, LLVMAtomicRMWBinOpXchg },
                  { "inc", LLVMAtomicRMWBinOpUIncWrap, LLVMAtomicRMWBinOpUIncWrap },
                  { "dec", LLVMAtomicRMWBinOpUDecWrap, LLVMAtomicRMWBinOpUDecWrap } };
    unsigned first = is(s, "red") ? 0 : 1;
    LLVMAtomicOrdering order = ptx_has(s, "acq_rel")   ? LLVMAtomicOrderingAcquireRelease
                               : ptx_has(s, "acquire") ? LLVMAtomicOrderingAcquire
                               : ptx_has(s, "release") ? LLVMAtomicOrderingRelease
                                                       : LLVMAtomicOrderingMonotonic;
    LLVMValueRef v = NULL;
    if (t.bits < 16 || (t.kind == 'f' && (!ptx_has(s, "add") || t.bits == 16))) {
        ptx_fail(p, s->text);
        return;
    }
    LLVMValueRef at = ptx_address(p, s, first), x = ptx_operand(p, s, first + 1, t);
    if (ptx_has(s, "cas") && first) {
        LLVMAtomicOrdering failed = order == LLVMAtomicOrderingAcquireRelease || order == LLVMAtomicOrderingAcquire
                                        ? LLVMAtomicOrderingAcquire
                                        : LLVMAtomicOrderingMonotonic;
        LLVMValueRef pair = LLVMBuildAtomicCmpXchg(p->builder, at, x, ptx_operand(p, s, 3, t), order, failed, 0);
        v = LLVMBuildExtractValue(p->builder, pair, 0, "");
    }
    for (size_t k = 0; k < sizeof table / sizeof *table && !v; k++)
        if (ptx_has(s, table[k].name))
            v = LLVMBuildAtomicRMW(p->builder, t.kind == 'f' ? LLVMAtomicRMWBinOpFAdd : t.kind == 's' ? table[k].s : table[k].u,
                                   at, x, order, 0);
    if (!v)
        ptx_fail(p, s->text);
    else if (first)
        ptx_write(p, s, v, t.kind == 's');
}

static bool one_of(const struct ptx_statement *s, const char *names)
{
    size_t n = strlen(s->parts[0]);
    for (const char *at = names; (at = strstr(at, s->parts[0])) != NULL; at += n)
        if (at > names && at[-1] == ' ' && at[n] == ' ')
            return true;
    return false;
}

/* What has one type, the last of its modifiers. */
static bool typed(struct ptx *p, const struct ptx_statement *s, struct ptx_type t)
{
    if (one_of(s, " add sub mul div rem min max and or xor "))
        arithmetic(p, s, t);
    else if (one_of(s, " mad fma "))
        multiply_add(p, s, t);
    else if (one_of(s, " not neg abs popc clz brev "))
        one_operand(p, s, t);
    else if (one_of(s, " shl shr "))
        shift(p, s, t);
    else if (one_of(s, " bfe bfi "))
        bit_field(p, s, t);
    else if (is(s, "mov"))
        ptx_move(p, s, t);
    else if (is(s, "cvta"))
        ptx_write(p, s, ptx_operand(p, s, 1, t), false);
    else if (is(s, "setp"))
        compare(p, s, t);
    else if (is(s, "selp"))
        ptx_write(p, s, LLVMBuildSelect(p->builder, ptx_operand(p, s, 3, predicate), ptx_operand(p, s, 1, t),
                                        ptx_operand(p, s, 2, t), ""), t.kind == 's');
    else if (one_of(s, " ld ldu st "))
        ptx_memory(p, s, t);
    else if (one_of(s, " atom red "))
        atomic(p, s, t);
    else
        return mathematics(p, s, t);
    return true;
}

void ptx_instruction(struct ptx *p, const struct ptx_statement *s)
{
    struct ptx_type t = s32;
    bool has_type = s->part_count > 1 && ptx_type(s->parts[s->part_count - 1], &t);
    if (ptx_together(p, s) || ptx_more(p, s))
        return;
    if (is(s, "prmt"))
        permute(p, s);
    else if (is(s, "lop3"))
        logic3(p, s);
    else if (is(s, "shf"))
        funnel(p, s);
    else if (is(s, "dp4a"))
        dot(p, s);
    else if (is(s, "cvt"))
        convert(p, s);
    else if (!has_type || !typed(p, s, t))
        ptx_fail(p, tncc_format("the instruction %s", s->text));
}
