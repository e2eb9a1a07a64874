/* SPDX-License-Identifier: Apache-2.0 */
/*
 * asm_more.c - PTX instructions that are rarer than those of asm_table.c: carries, halves and pairs of them, conversions
 * to and from them, saturation, small integer operations, addresses of local memory.
 */
#include "tools/tenoncc/asm.h"

#include <string.h>

static const struct ptx_type u16 = { 'b', 16 }, u32 = { 'u', 32 }, s32 = { 's', 32 }, b64 = { 'b', 64 }, f32 = { 'f', 32 },
                             nothing = { 'b', 0 };

static LLVMValueRef number(struct ptx *p, unsigned bits, uint64_t v)
{
    return LLVMConstInt(LLVMIntTypeInContext(p->context, bits), v, 0);
}

static bool is(const struct ptx_statement *s, const char *name)
{
    return !strcmp(s->parts[0], name);
}

static const char *last(const struct ptx_statement *s, unsigned back)
{
    return s->part_count > back ? s->parts[s->part_count - 1 - back] : "";
}

/* ---- carries ---- */
static LLVMValueRef carry_in(struct ptx *p, LLVMTypeRef type)
{
    LLVMValueRef v = p->carry ? p->carry : ptx_call(p, "__tn_carry", u32, NULL, 0);
    return ptx_resize(p, v, type, false);
}

static void carry_out(struct ptx *p, LLVMValueRef bit)
{
    p->carry = ptx_resize(p, bit, LLVMInt32TypeInContext(p->context), false);
    ptx_call(p, "__tn_set_carry", nothing, &p->carry, 1);
}

/* a + b + c in a type wide enough, or a - (b + c): the bit above is the carry or borrow */
static void with_carry(struct ptx *p, const struct ptx_statement *s)
{
    struct ptx_type t;
    const bool multiply = is(s, "mad") || is(s, "madc"), minus = is(s, "sub") || is(s, "subc");
    const bool takes = is(s, "addc") || is(s, "subc") || is(s, "madc");
    LLVMBuilderRef b = p->builder;
    if (s->guard || !ptx_type(last(s, 0), &t) || t.bits < 32 || (multiply && !ptx_has(s, "lo") && !ptx_has(s, "hi"))) {
        ptx_fail(p, s->guard ? tncc_format("%s under a predicate", s->text) : s->text);
        return;
    }
    LLVMTypeRef narrow = LLVMIntTypeInContext(p->context, t.bits), wide = LLVMIntTypeInContext(p->context, 2 * t.bits);
    const bool is_signed = t.kind == 's' && multiply;
    LLVMValueRef x = ptx_operand(p, s, 1, t), y = ptx_operand(p, s, 2, t);
    if (multiply) {
        x = LLVMBuildMul(b, ptx_resize(p, x, wide, is_signed), ptx_resize(p, y, wide, is_signed), "");
        if (ptx_has(s, "hi"))
            x = LLVMBuildLShr(b, x, number(p, 2 * t.bits, t.bits), "");
        x = LLVMBuildTrunc(b, x, narrow, "");
        y = ptx_operand(p, s, 3, t);
    }
    x = LLVMBuildZExt(b, x, wide, "");
    y = LLVMBuildZExt(b, y, wide, "");
    if (takes)
        y = LLVMBuildAdd(b, y, carry_in(p, wide), "");
    LLVMValueRef v = minus ? LLVMBuildSub(b, x, y, "") : LLVMBuildAdd(b, x, y, "");
    if (ptx_has(s, "cc"))
        carry_out(p, LLVMBuildICmp(b, LLVMIntNE, LLVMBuildLShr(b, v, number(p, 2 * t.bits, t.bits), ""),
                                   number(p, 2 * t.bits, 0), ""));
    ptx_write(p, s, LLVMBuildTrunc(b, v, narrow, ""), false);
}

/* ---- halves: as device/tensor.c numbers types and operations ---- */
static int half_type(const char *name, bool *pair)
{
    static const char *const names[] = { "f16", "bf16", "f16x2", "bf16x2" };
    for (int k = 0; k < 4; k++)
        if (!strcmp(name, names[k])) {
            *pair = k > 1;
            return k & 1;
        }
    return -1;
}

static bool halves(struct ptx *p, const struct ptx_statement *s)
{
    static const char *const names[] = { "add", "sub", "mul", "fma", "min", "max", "neg", "abs", "ex2", "tanh" };
    bool pair = false;
    const int type = half_type(last(s, 0), &pair);
    for (unsigned k = 0; type >= 0 && k < 10; k++) {
        if (!is(s, names[k]))
            continue;
        if (ptx_has(s, "sat") || ptx_has(s, "NaN") || ptx_has(s, "relu") || ptx_has(s, "xorsign"))
            return false;
        const struct ptx_type t = pair ? u32 : u16;
        LLVMTypeRef word = LLVMInt32TypeInContext(p->context);
        const unsigned in = k == 3 ? 3 : k < 6 ? 2 : 1;
        LLVMValueRef args[6] = { number(p, 32, k), number(p, 32, (unsigned)type), number(p, 32, pair) };
        for (unsigned n = 0; n < 3; n++)
            args[3 + n] = n < in ? ptx_resize(p, ptx_operand(p, s, n + 1, t), word, false) : number(p, 32, 0);
        ptx_write(p, s, ptx_call(p, "__tn_halves", u32, args, 6), false);
        return true;
    }
    return false;
}

/* cvt to halves and tf32, and from bf16 */
static bool convert(struct ptx *p, const struct ptx_statement *s)
{
    bool pair = false, other = false;
    const int to = half_type(last(s, 1), &pair), from = half_type(last(s, 0), &other);
    const bool nearest = ptx_has(s, "rn") && !ptx_has(s, "satfinite");
    LLVMTypeRef word = LLVMInt32TypeInContext(p->context);
    if (!strcmp(last(s, 0), "f32") && to >= 0 && nearest) {
        LLVMValueRef relu = number(p, 32, ptx_has(s, "relu")), type = number(p, 32, (unsigned)to);
        LLVMValueRef args[3] = { type, ptx_operand(p, s, 1, f32), relu }, v = ptx_call(p, "__tn_to_half", u32, args, 3);
        if (pair) { /* the first operand is the upper half */
            args[1] = ptx_operand(p, s, 2, f32);
            v = LLVMBuildOr(p->builder, LLVMBuildShl(p->builder, v, number(p, 32, 16), ""),
                            ptx_call(p, "__tn_to_half", u32, args, 3), "");
        }
        ptx_write(p, s, v, false);
        return true;
    }
    if (!strcmp(last(s, 0), "f32") && !strcmp(last(s, 1), "tf32") && (ptx_has(s, "rna") || nearest)) {
        LLVMValueRef args[2] = { ptx_operand(p, s, 1, f32), number(p, 32, ptx_has(s, "rna")) };
        ptx_write(p, s, ptx_call(p, "__tn_to_tf32", u32, args, 2), false);
        return true;
    }
    if (from == 1 && !other && !strcmp(last(s, 1), "f32")) {
        LLVMValueRef args[2] = { number(p, 32, 1), ptx_resize(p, ptx_operand(p, s, 1, u16), word, false) };
        ptx_write(p, s, ptx_call(p, "__tn_from_half", f32, args, 2), false);
        return true;
    }
    return false;
}

/* ---- saturation: to 0 ... 1, or to the range of 32-bit integers ---- */
static bool saturate(struct ptx *p, const struct ptx_statement *s)
{
    LLVMBuilderRef b = p->builder;
    if (!strcmp(last(s, 0), "s32") && (is(s, "add") || is(s, "sub"))) {
        LLVMValueRef args[2] = { ptx_operand(p, s, 1, s32), ptx_operand(p, s, 2, s32) };
        ptx_write(p, s, ptx_intrinsic(p, is(s, "add") ? "llvm.sadd.sat" : "llvm.ssub.sat", LLVMTypeOf(args[0]), args, 2), true);
        return true;
    }
    if (strcmp(last(s, 0), "f32") || ptx_has(s, "rz") || ptx_has(s, "rm") || ptx_has(s, "rp"))
        return false;
    LLVMValueRef x = ptx_operand(p, s, 1, f32), y = s->operand_count > 2 ? ptx_operand(p, s, 2, f32) : NULL, v = NULL;
    if (is(s, "add"))
        v = LLVMBuildFAdd(b, x, y, "");
    else if (is(s, "sub"))
        v = LLVMBuildFSub(b, x, y, "");
    else if (is(s, "mul"))
        v = LLVMBuildFMul(b, x, y, "");
    else if (is(s, "fma") || is(s, "mad")) {
        LLVMValueRef args[3] = { x, y, ptx_operand(p, s, 3, f32) };
        v = ptx_intrinsic(p, "llvm.fma", LLVMTypeOf(x), args, 3);
    } else if (is(s, "cvt") && !strcmp(last(s, 1), "f32")) {
        v = x;
    }
    if (!v)
        return false;
    LLVMValueRef low[2] = { v, LLVMConstReal(LLVMTypeOf(x), 0) }, high[2] = { NULL, LLVMConstReal(LLVMTypeOf(x), 1) };
    high[0] = ptx_intrinsic(p, "llvm.maxnum", LLVMTypeOf(x), low, 2); /* 0 for what is no number */
    ptx_write(p, s, ptx_intrinsic(p, "llvm.minnum", LLVMTypeOf(x), high, 2), false);
    return true;
}

/* ---- integers ---- */
static void distance(struct ptx *p, const struct ptx_statement *s, struct ptx_type t)
{
    LLVMBuilderRef b = p->builder;
    LLVMValueRef x = ptx_operand(p, s, 1, t), y = ptx_operand(p, s, 2, t);
    LLVMValueRef less = LLVMBuildICmp(b, t.kind == 's' ? LLVMIntSLT : LLVMIntULT, x, y, "");
    LLVMValueRef far = LLVMBuildSelect(b, less, LLVMBuildSub(b, y, x, ""), LLVMBuildSub(b, x, y, ""), "");
    ptx_write(p, s, LLVMBuildAdd(b, far, ptx_operand(p, s, 3, t), ""), t.kind == 's');
}

static void times_24(struct ptx *p, const struct ptx_statement *s, struct ptx_type t)
{
    LLVMBuilderRef b = p->builder;
    LLVMTypeRef wide = LLVMInt64TypeInContext(p->context);
    LLVMValueRef in[2];
    for (unsigned k = 0; k < 2; k++) {
        LLVMValueRef v = LLVMBuildShl(b, ptx_resize(p, ptx_operand(p, s, k + 1, t), wide, false), number(p, 64, 40), "");
        in[k] = t.kind == 's' ? LLVMBuildAShr(b, v, number(p, 64, 40), "") : LLVMBuildLShr(b, v, number(p, 64, 40), "");
    }
    LLVMValueRef v = LLVMBuildMul(b, in[0], in[1], "");
    if (ptx_has(s, "hi"))
        v = LLVMBuildLShr(b, v, number(p, 64, 16), "");
    v = LLVMBuildTrunc(b, v, LLVMInt32TypeInContext(p->context), "");
    if (is(s, "mad24"))
        v = LLVMBuildAdd(b, v, ptx_operand(p, s, 3, t), "");
    ptx_write(p, s, v, t.kind == 's');
}

/* The highest bit that is not the sign's, or how far it is from the top. */
static void find_bit(struct ptx *p, const struct ptx_statement *s, struct ptx_type t)
{
    LLVMBuilderRef b = p->builder;
    LLVMValueRef x = ptx_operand(p, s, 1, t), zero = number(p, t.bits, 0);
    if (t.kind == 's')
        x = LLVMBuildSelect(b, LLVMBuildICmp(b, LLVMIntSLT, x, zero, ""), LLVMBuildNot(b, x, ""), x, "");
    LLVMValueRef args[2] = { x, number(p, 1, 0) }, lead = ptx_intrinsic(p, "llvm.ctlz", LLVMTypeOf(x), args, 2);
    LLVMValueRef at = ptx_has(s, "shiftamt") ? lead : LLVMBuildSub(b, number(p, t.bits, t.bits - 1), lead, "");
    at = LLVMBuildSelect(b, LLVMBuildICmp(b, LLVMIntEQ, x, zero, ""), number(p, t.bits, ~0ull), at, "");
    ptx_write(p, s, ptx_resize(p, at, LLVMInt32TypeInContext(p->context), false), false);
}

static void dot_2(struct ptx *p, const struct ptx_statement *s)
{
    LLVMBuilderRef b = p->builder;
    LLVMTypeRef word = LLVMInt32TypeInContext(p->context);
    const bool sa = !strcmp(last(s, 1), "s32"), sb = !strcmp(last(s, 0), "s32");
    LLVMValueRef x = ptx_operand(p, s, 1, u32), y = ptx_operand(p, s, 2, u32), v = ptx_operand(p, s, 3, u32);
    for (unsigned k = 0; k < 2; k++) {
        LLVMValueRef m = LLVMBuildTrunc(b, LLVMBuildLShr(b, x, number(p, 32, 16 * k), ""), LLVMInt16TypeInContext(p->context), "");
        LLVMValueRef n = LLVMBuildLShr(b, y, number(p, 32, 8 * k + (ptx_has(s, "hi") ? 16 : 0)), "");
        n = LLVMBuildTrunc(b, n, LLVMInt8TypeInContext(p->context), "");
        v = LLVMBuildAdd(b, v, LLVMBuildMul(b, ptx_resize(p, m, word, sa), ptx_resize(p, n, word, sb), ""), "");
    }
    ptx_write(p, s, v, false);
}

static void choose_by_sign(struct ptx *p, const struct ptx_statement *s)
{
    struct ptx_type t, by;
    if (!ptx_type(last(s, 1), &t) || !ptx_type(last(s, 0), &by)) {
        ptx_fail(p, s->text);
        return;
    }
    LLVMValueRef c = ptx_operand(p, s, 3, by), zero = LLVMConstNull(LLVMTypeOf(c));
    LLVMValueRef yes = by.kind == 'f' ? LLVMBuildFCmp(p->builder, LLVMRealOGE, c, zero, "")
                                      : LLVMBuildICmp(p->builder, LLVMIntSGE, c, zero, "");
    ptx_write(p, s, LLVMBuildSelect(p->builder, yes, ptx_operand(p, s, 1, t), ptx_operand(p, s, 2, t), ""), false);
}

static bool integers(struct ptx *p, const struct ptx_statement *s)
{
    struct ptx_type t;
    if (is(s, "dp2a")) {
        dot_2(p, s);
    } else if (is(s, "slct")) {
        choose_by_sign(p, s);
    } else if (!ptx_type(last(s, 0), &t)) {
        return false;
    } else if (is(s, "sad")) {
        distance(p, s, t);
    } else if (is(s, "mul24") || is(s, "mad24")) {
        times_24(p, s, t);
    } else if (is(s, "bfind")) {
        find_bit(p, s, t);
    } else if (is(s, "cnot")) {
        LLVMValueRef x = ptx_operand(p, s, 1, t);
        ptx_write(p, s, LLVMBuildICmp(p->builder, LLVMIntEQ, x, LLVMConstNull(LLVMTypeOf(x)), ""), false);
    } else if (is(s, "copysign")) {
        LLVMValueRef args[2] = { ptx_operand(p, s, 2, t), ptx_operand(p, s, 1, t) };
        ptx_write(p, s, ptx_intrinsic(p, "llvm.copysign", LLVMTypeOf(args[0]), args, 2), false);
    } else {
        return false;
    }
    return true;
}

/* ---- addresses: local memory has 32-bit ones besides ---- */
static void change_space(struct ptx *p, const struct ptx_statement *s)
{
    LLVMTypeRef pointer = LLVMPointerTypeInContext(p->context, 0);
    LLVMValueRef v = ptx_operand(p, s, 1, b64);
    if (ptx_has(s, "shared") && ptx_has(s, "to")) {
        v = LLVMBuildIntToPtr(p->builder, v, pointer, "");
        v = ptx_resize(p, ptx_call(p, "__tn_local_offset", u32, &v, 1), LLVMInt64TypeInContext(p->context), false);
    } else if (ptx_has(s, "shared")) {
        v = LLVMBuildTrunc(p->builder, v, LLVMInt32TypeInContext(p->context), "");
        v = ptx_call(p, "__tn_local_address", b64, &v, 1);
    }
    ptx_write(p, s, v, false);
}

bool ptx_more(struct ptx *p, const struct ptx_statement *s)
{
    if (is(s, "addc") || is(s, "subc") || is(s, "madc") || ptx_has(s, "cc")) {
        with_carry(p, s);
        return true;
    }
    if (is(s, "cvta")) {
        change_space(p, s);
        return true;
    }
    if (is(s, "cvt") && convert(p, s))
        return true;
    if (is(s, "tanh") && !strcmp(last(s, 0), "f32")) {
        LLVMValueRef x = ptx_operand(p, s, 1, f32);
        ptx_write(p, s, ptx_call(p, "tanhf", f32, &x, 1), false);
        return true;
    }
    return halves(p, s) || (ptx_has(s, "sat") && saturate(p, s)) || integers(p, s);
}
