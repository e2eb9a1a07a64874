/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vector_value.c - values and arithmetic of the vectorised region. A uniform value is one scalar; a strided one is the
 * scalar of lane 0, whether that lane lives or not; a varying one is a vector. A checked one is strided with a flag that
 * says whether that holds, and is built anew as a vector where it must be exact. Nothing made here carries nsw, nuw or
 * inbounds over from a thread to lanes that are not there.
 */
#include "tools/tenoncc/vector.h"

#include <string.h>

LLVMTypeRef vector_type(const struct vector *v, LLVMTypeRef element)
{
    return LLVMVectorType(element, v->lanes);
}

LLVMTypeRef vector_mask_type(const struct vector *v)
{
    return vector_type(v, v->i1);
}

LLVMValueRef vector_int(LLVMTypeRef type, int64_t n)
{
    return LLVMConstInt(type, (unsigned long long)n, 1);
}

LLVMValueRef vector_intrinsic(struct vector *v, const char *name, LLVMTypeRef *types, size_t count, LLVMValueRef *args,
                              unsigned n)
{
    unsigned id = LLVMLookupIntrinsicID(name, strlen(name));
    LLVMValueRef f = LLVMGetIntrinsicDeclaration(v->module, id, types, count);
    return LLVMBuildCall2(v->builder, LLVMIntrinsicGetType(v->context, id, types, count), f, args, n, "");
}

LLVMValueRef vector_splat(struct vector *v, LLVMValueRef scalar)
{
    LLVMTypeRef type = LLVMTypeOf(scalar);
    if (LLVMIsUndef(scalar))
        return LLVMGetPoison(vector_type(v, type));
    if (LLVMIsConstant(scalar) && LLVMGetTypeKind(type) != LLVMPointerTypeKind) {
        LLVMValueRef all[VECTOR_MAX_LANES];
        for (unsigned k = 0; k < v->lanes; k++)
            all[k] = scalar;
        return LLVMConstVector(all, v->lanes);
    }
    LLVMValueRef none = LLVMGetPoison(vector_type(v, type));
    LLVMValueRef one = LLVMBuildInsertElement(v->builder, none, scalar, vector_int(v->i32, 0), "");
    return LLVMBuildShuffleVector(v->builder, one, none, LLVMConstNull(vector_type(v, v->i32)), "");
}

LLVMValueRef vector_steps(struct vector *v, LLVMTypeRef type, int64_t stride)
{
    LLVMValueRef all[VECTOR_MAX_LANES];
    for (unsigned k = 0; k < v->lanes; k++)
        all[k] = vector_int(type, (int64_t)k * stride);
    return LLVMConstVector(all, v->lanes);
}

LLVMValueRef vector_new_slot(struct vector *v, LLVMTypeRef type)
{
    return LLVMBuildAlloca(v->slots_builder, type, "");
}

LLVMValueRef vector_load(struct vector *v, LLVMTypeRef type, LLVMValueRef slot)
{
    return LLVMBuildLoad2(v->builder, type, slot, "");
}

LLVMValueRef vector_select(struct vector *v, LLVMValueRef c, LLVMValueRef a, LLVMValueRef b)
{
    return LLVMBuildSelect(v->builder, c, a, b, "");
}

LLVMValueRef vector_bits(struct vector *v, LLVMValueRef mask)
{
    return LLVMBuildBitCast(v->builder, mask, LLVMIntTypeInContext(v->context, v->lanes), "");
}

LLVMValueRef vector_all(struct vector *v, LLVMValueRef mask)
{
    LLVMValueRef bits = vector_bits(v, mask);
    return LLVMBuildICmp(v->builder, LLVMIntEQ, bits, LLVMConstAllOnes(LLVMTypeOf(bits)), "");
}

LLVMValueRef vector_any(struct vector *v, LLVMValueRef mask)
{
    LLVMValueRef bits = vector_bits(v, mask);
    return LLVMBuildICmp(v->builder, LLVMIntNE, bits, LLVMConstNull(LLVMTypeOf(bits)), "");
}

/* ---- values of the source ---- */
LLVMValueRef vector_scalar(struct vector *v, LLVMValueRef value)
{
    if (LLVMIsAArgument(value)) {
        for (unsigned k = 0; k < LLVMCountParams(v->source); k++)
            if (LLVMGetParam(v->source, k) == value)
                return v->params[k];
    }
    if (!LLVMIsAInstruction(value))
        return value;
    LLVMValueRef known = tncc_get(&v->local, value);
    if (known)
        return known;
    struct vector_value *x = vector_info(v, value);
    if (!x->slot)
        tncc_fatal("internal: vectoriser: a value is not at hand");
    known = vector_load(v, x->type, x->slot);
    tncc_put(&v->local, value, known);
    return known;
}

LLVMValueRef vector_flag(struct vector *v, LLVMValueRef value)
{
    if (!LLVMIsAInstruction(value) || !vector_info(v, value)->shape.checked)
        return NULL;
    LLVMValueRef known = tncc_get(&v->local_flags, value);
    if (!known) {
        known = vector_load(v, v->i1, vector_info(v, value)->flag_slot);
        tncc_put(&v->local_flags, value, known);
    }
    return known;
}

static LLVMValueRef varying_instruction(struct vector *v, LLVMValueRef i);

LLVMValueRef vector_whole(struct vector *v, LLVMValueRef value)
{
    struct vector_shape s = vector_shape_of(v, value);
    if (s.checked)
        return varying_instruction(v, value);
    LLVMValueRef x = vector_scalar(v, value);
    if (s.stride == VECTOR_VARYING)
        return x;
    x = vector_splat(v, x);
    if (s.stride == VECTOR_UNIFORM)
        return x;
    if (LLVMTypeOf(value) == v->ptr) {
        LLVMValueRef at = vector_steps(v, v->i64, s.stride);
        return LLVMBuildGEP2(v->builder, v->i8, x, &at, 1, "");
    }
    return LLVMBuildAdd(v->builder, x, vector_steps(v, LLVMTypeOf(value), s.stride), "");
}

void vector_define(struct vector *v, LLVMValueRef instruction, LLVMValueRef made)
{
    struct vector_value *x = vector_info(v, instruction);
    tncc_put(&v->local, instruction, made);
    if (x->slot)
        LLVMBuildStore(v->builder, made, x->slot);
}

/* ---- uniform ---- */
static bool divides(LLVMOpcode op)
{
    return op == LLVMUDiv || op == LLVMSDiv || op == LLVMURem || op == LLVMSRem;
}

static LLVMValueRef strided_instruction(struct vector *v, LLVMValueRef i);

static LLVMValueRef uniform_instruction(struct vector *v, LLVMValueRef i)
{
    /* the same in a warp though lanes bring different operands: by lane 0's, and nothing is said of that lane */
    if (v->wide && !LLVMIsACallInst(i))
        for (int k = 0, n = LLVMGetNumOperands(i); k < n; k++)
            if (!vector_is_uniform(v, LLVMGetOperand(i, (unsigned)k)))
                return LLVMIsAICmpInst(i) ? LLVMBuildICmp(v->builder, LLVMGetICmpPredicate(i),
                                                          vector_scalar(v, LLVMGetOperand(i, 0)),
                                                          vector_scalar(v, LLVMGetOperand(i, 1)), "")
                                          : strided_instruction(v, i);
    LLVMValueRef copy = LLVMInstructionClone(i);
    for (int k = 0, n = LLVMGetNumOperands(i); k < n; k++) {
        LLVMValueRef o = LLVMGetOperand(i, (unsigned)k);
        if (!LLVMIsAFunction(o))
            LLVMSetOperand(copy, (unsigned)k, vector_scalar(v, o));
    }
    if (divides(LLVMGetInstructionOpcode(i)) && !v->blocks[v->current].live) {
        LLVMValueRef d =
            vector_select(v, vector_any(v, v->mask), LLVMGetOperand(copy, 1), vector_int(LLVMTypeOf(i), 1));
        LLVMSetOperand(copy, 1, d);
    }
    LLVMInsertIntoBuilder(v->builder, copy);
    return copy;
}

/* ---- strided: lane 0's value ---- */
/* Lane 0 may not be there, and its divisor may be nothing then. */
static LLVMValueRef divisor(struct vector *v, LLVMValueRef d)
{
    LLVMValueRef zero = LLVMConstNull(LLVMTypeOf(d)), one = vector_int(LLVMTypeOf(d), 1);
    d = LLVMBuildFreeze(v->builder, d, "");
    return vector_select(v, LLVMBuildICmp(v->builder, LLVMIntEQ, d, zero, ""), one, d);
}

/* Does base + stride * lane stay within 32 bits for all lanes? */
static LLVMValueRef no_wrap(struct vector *v, LLVMOpcode op, LLVMValueRef base, int64_t stride)
{
    int64_t reach = stride * ((int64_t)v->lanes - 1);
    const char *name = op == LLVMSExt ? "llvm.sadd.with.overflow"
                       : reach < 0    ? "llvm.usub.with.overflow"
                                      : "llvm.uadd.with.overflow";
    LLVMValueRef args[2] = { base, vector_int(v->i32, op == LLVMZExt && reach < 0 ? -reach : reach) };
    LLVMValueRef pair = vector_intrinsic(v, name, &v->i32, 1, args, 2);
    return LLVMBuildNot(v->builder, LLVMBuildExtractValue(v->builder, pair, 1, ""), "");
}

/* A value that is taken apart: do all lanes stay within the part that lane 0 is in? */
static LLVMValueRef same_part(struct vector *v, LLVMOpcode op, LLVMValueRef i)
{
    bool turned = !vector_is_uniform(v, LLVMGetOperand(i, 1));
    LLVMValueRef x = LLVMGetOperand(i, turned), by = LLVMGetOperand(i, !turned), base = vector_scalar(v, x), size, rest;
    LLVMTypeRef type = LLVMTypeOf(i);
    int64_t reach = vector_shape_of(v, x).stride * ((int64_t)v->lanes - 1);
    if (op == LLVMAnd && !LLVMIsAConstantInt(by)) {
        LLVMValueRef mask = vector_scalar(v, by), above = LLVMBuildAdd(v->builder, mask, vector_int(type, 1), "");
        LLVMValueRef low = LLVMBuildAnd(v->builder, mask, above, ""),
                     last = LLVMBuildAdd(v->builder, LLVMBuildAnd(v->builder, base, mask, ""), vector_int(type, reach), "");
        LLVMValueRef good[3] = { LLVMBuildICmp(v->builder, LLVMIntEQ, low, LLVMConstNull(type), ""),
                                 LLVMBuildICmp(v->builder, LLVMIntULE, last, mask, ""),
                                 LLVMBuildICmp(v->builder, LLVMIntUGE, last, vector_int(type, reach), "") };
        return LLVMBuildAnd(v->builder, LLVMBuildAnd(v->builder, good[0], good[1], ""), good[2], "");
    }
    if (op == LLVMAnd || op == LLVMLShr) {
        int64_t n = LLVMConstIntGetSExtValue(by), part = op == LLVMLShr ? (1ll << n) - 1 : n > 0 ? n : -n - 1;
        rest = LLVMBuildAnd(v->builder, base, vector_int(type, part), "");
        return LLVMBuildICmp(v->builder, LLVMIntULE, rest, vector_int(type, part - reach), "");
    }
    size = divisor(v, vector_scalar(v, by));
    rest = LLVMBuildURem(v->builder, base, size, "");
    LLVMValueRef last = LLVMBuildAdd(v->builder, base, vector_int(type, reach), "");
    LLVMValueRef good[3] = { LLVMBuildICmp(v->builder, LLVMIntUGT, size, vector_int(type, reach), ""),
                             LLVMBuildICmp(v->builder, LLVMIntULT, rest,
                                           LLVMBuildSub(v->builder, size, vector_int(type, reach), ""), ""),
                             LLVMBuildICmp(v->builder, LLVMIntUGE, last, base, "") };
    return LLVMBuildAnd(v->builder, LLVMBuildAnd(v->builder, good[0], good[1], ""), good[2], "");
}

static void define_flag(struct vector *v, LLVMValueRef i)
{
    LLVMOpcode op = LLVMGetInstructionOpcode(i);
    LLVMValueRef flag = NULL, yes = vector_int(v->i1, 1);
    if (op == LLVMSelect) {
        LLVMValueRef a = vector_flag(v, LLVMGetOperand(i, 1)), b = vector_flag(v, LLVMGetOperand(i, 2));
        flag = vector_select(v, vector_scalar(v, LLVMGetOperand(i, 0)), a ? a : yes, b ? b : yes);
    }
    for (int k = 0, n = LLVMGetNumOperands(i); k < n && op != LLVMSelect; k++) {
        LLVMValueRef f = vector_flag(v, LLVMGetOperand(i, (unsigned)k));
        if (f)
            flag = flag ? LLVMBuildAnd(v->builder, flag, f, "") : f;
    }
    int64_t stride = (op == LLVMSExt || op == LLVMZExt) ? vector_shape_of(v, LLVMGetOperand(i, 0)).stride : 0;
    if (stride && !vector_stays_below(v, LLVMGetOperand(i, 0), op)) {
        LLVMValueRef f = no_wrap(v, op, vector_scalar(v, LLVMGetOperand(i, 0)), stride);
        flag = flag ? LLVMBuildAnd(v->builder, flag, f, "") : f;
    }
    if (op == LLVMAnd || op == LLVMLShr || op == LLVMURem || op == LLVMUDiv) {
        LLVMValueRef f = same_part(v, op, i);
        flag = flag ? LLVMBuildAnd(v->builder, flag, f, "") : f;
    }
    if (!flag)
        flag = yes;
    tncc_put(&v->local_flags, i, flag);
    LLVMBuildStore(v->builder, flag, vector_info(v, i)->flag_slot);
}

/* In a private array that is interleaved: each step goes over what all lanes have. */
static LLVMValueRef private_gep(struct vector *v, LLVMValueRef i, bool varies)
{
    LLVMValueRef base = LLVMGetOperand(i, 0), sum = NULL;
    struct tncc_steps s;
    tncc_address_steps(v->layout, i, &s);
    for (unsigned k = 0; k <= s.count; k++) {
        bool whole = varies && k < s.count && !vector_is_uniform(v, s.at[k]);
        LLVMTypeRef type = whole ? vector_type(v, v->i64) : v->i64;
        int64_t scale = (k < s.count ? s.scale[k] : s.constant) * v->lanes;
        LLVMValueRef by = vector_int(v->i64, scale), at = by;
        if (k < s.count) {
            at = whole ? vector_whole(v, s.at[k]) : vector_scalar(v, s.at[k]);
            at = LLVMBuildSExtOrBitCast(v->builder, at, type, "");
            at = LLVMBuildMul(v->builder, at, whole ? vector_splat(v, by) : by, "");
        }
        if (sum && LLVMTypeOf(sum) != type) {
            sum = whole ? vector_splat(v, sum) : sum;
            at = whole ? at : vector_splat(v, at);
        }
        sum = sum ? LLVMBuildAdd(v->builder, sum, at, "") : at;
    }
    base = varies && !vector_is_uniform(v, base) ? vector_whole(v, base) : vector_scalar(v, base);
    return LLVMBuildGEP2(v->builder, v->i8, base, &sum, 1, "");
}

static LLVMValueRef strided_instruction(struct vector *v, LLVMValueRef i)
{
    LLVMOpcode op = LLVMGetInstructionOpcode(i);
    LLVMValueRef operand[VECTOR_MAX_OPERANDS] = { NULL };
    int n = LLVMGetNumOperands(i);
    for (int k = 0; k < n; k++)
        operand[k] = vector_scalar(v, LLVMGetOperand(i, (unsigned)k));
    switch (op) {
    case LLVMGetElementPtr:
        if (tncc_get(&v->private, i))
            return private_gep(v, i, false);
        return LLVMBuildGEP2(v->builder, LLVMGetGEPSourceElementType(i), operand[0], operand + 1, (unsigned)n - 1, "");
    case LLVMSelect:
        return vector_select(v, operand[0], operand[1], operand[2]);
    case LLVMSExt:
    case LLVMZExt:
    case LLVMTrunc:
    case LLVMPtrToInt:
    case LLVMIntToPtr:
        return LLVMBuildCast(v->builder, op, operand[0], LLVMTypeOf(i), "");
    case LLVMFreeze:
        return LLVMBuildFreeze(v->builder, operand[0], "");
    case LLVMURem:
    case LLVMUDiv:
        return LLVMBuildBinOp(v->builder, op, operand[0], divisor(v, operand[1]), "");
    case LLVMOr: /* disjoint in each lane; not so for lane 0, if that is not there */
        return LLVMBuildAdd(v->builder, operand[0], operand[1], "");
    default:
        return LLVMBuildBinOp(v->builder, op, operand[0], operand[1], "");
    }
}

/* ---- varying ---- */
/* There is no vector division of integers on x86; a double holds every quotient of 32 bits exactly enough. */
static LLVMValueRef varying_division(struct vector *v, LLVMValueRef i)
{
    LLVMOpcode op = LLVMGetInstructionOpcode(i);
    LLVMTypeRef type = LLVMTypeOf(i), doubles = vector_type(v, v->f64);
    LLVMValueRef by = LLVMGetOperand(i, 1), x = vector_whole(v, LLVMGetOperand(i, 0)), y = vector_whole(v, by);
    bool is_signed = op == LLVMSDiv || op == LLVMSRem;
    if (!LLVMIsAConstantInt(by))
        y = vector_select(v, v->mask, y, vector_splat(v, vector_int(type, 1)));
    if (type != v->i32 || LLVMIsAConstantInt(by))
        return LLVMBuildBinOp(v->builder, op, x, y, "");
    LLVMOpcode to = is_signed ? LLVMSIToFP : LLVMUIToFP, from = is_signed ? LLVMFPToSI : LLVMFPToUI;
    LLVMValueRef q = LLVMBuildFDiv(v->builder, LLVMBuildCast(v->builder, to, x, doubles, ""),
                                   LLVMBuildCast(v->builder, to, y, doubles, ""), "");
    q = LLVMBuildCast(v->builder, from, q, vector_type(v, type), "");
    if (op == LLVMUDiv || op == LLVMSDiv)
        return q;
    return LLVMBuildSub(v->builder, x, LLVMBuildMul(v->builder, q, y, ""), "");
}

static LLVMValueRef varying_call(struct vector *v, LLVMValueRef i)
{
    const char *name = tncc_callee(i);
    unsigned n = LLVMGetNumArgOperands(i), id = LLVMGetIntrinsicID(LLVMGetCalledValue(i));
    LLVMTypeRef types[2] = { vector_type(v, LLVMTypeOf(i)), vector_type(v, LLVMTypeOf(LLVMGetOperand(i, 0))) };
    size_t count = tncc_starts(name, "llvm.fptosi.sat.") || tncc_starts(name, "llvm.fptoui.sat.") ? 2 : 1;
    bool constant =
        tncc_starts(name, "llvm.ctlz.") || tncc_starts(name, "llvm.cttz.") || tncc_starts(name, "llvm.abs.");
    LLVMValueRef args[VECTOR_MAX_OPERANDS] = { NULL };
    for (unsigned k = 0; k < n; k++)
        args[k] = constant && k == 1 ? LLVMGetOperand(i, k) : vector_whole(v, LLVMGetOperand(i, k));
    if (tncc_is_dot(i))
        return tncc_dot(v->module, v->builder, i, args, v->wide ? v->t->words : v->t->lanes);
    LLVMValueRef f = LLVMGetIntrinsicDeclaration(v->module, id, types, count);
    return LLVMBuildCall2(v->builder, LLVMIntrinsicGetType(v->context, id, types, count), f, args, n, "");
}

static LLVMValueRef varying_gep(struct vector *v, LLVMValueRef i)
{
    LLVMValueRef operand[VECTOR_MAX_OPERANDS] = { NULL };
    int n = LLVMGetNumOperands(i);
    if (tncc_get(&v->private, i))
        return private_gep(v, i, true);
    for (int k = 0; k < n; k++) {
        LLVMValueRef o = LLVMGetOperand(i, (unsigned)k);
        operand[k] = vector_is_uniform(v, o) ? vector_scalar(v, o) : vector_whole(v, o);
    }
    return LLVMBuildGEP2(v->builder, LLVMGetGEPSourceElementType(i), operand[0], operand + 1, (unsigned)n - 1, "");
}

/* What is the same for all lanes, below what the lanes have widened from 32 bits, or not: indices of loops become 64 bits wide
 * and take such comparisons with them. In 32 bits, as min(u, 2^32 - 1) < x: half the registers. NULL: no such comparison. */
static LLVMValueRef narrow_comparison(struct vector *v, LLVMValueRef i)
{
    LLVMIntPredicate p = LLVMGetICmpPredicate(i);
    bool turned = p == LLVMIntUGT || p == LLVMIntULE;
    LLVMValueRef u = LLVMGetOperand(i, turned), x = LLVMGetOperand(i, !turned), most = vector_int(v->i64, UINT32_MAX);
    if (!(turned || p == LLVMIntULT || p == LLVMIntUGE) || LLVMTypeOf(u) != v->i64 || !vector_is_uniform(v, u) ||
        !LLVMIsAZExtInst(x) || LLVMTypeOf(LLVMGetOperand(x, 0)) != v->i32)
        return NULL;
    LLVMValueRef args[2] = { vector_scalar(v, u), most };
    LLVMValueRef low = vector_intrinsic(v, "llvm.umin", &v->i64, 1, args, 2);
    low = vector_splat(v, LLVMBuildTrunc(v->builder, low, v->i32, ""));
    LLVMValueRef lanes = LLVMBuildTrunc(v->builder, vector_whole(v, x), vector_type(v, v->i32), "");
    return LLVMBuildICmp(v->builder, turned ? p == LLVMIntUGT ? LLVMIntULT : LLVMIntUGE : p, low, lanes, "");
}

static LLVMValueRef varying_instruction(struct vector *v, LLVMValueRef i)
{
    LLVMOpcode op = LLVMGetInstructionOpcode(i);
    LLVMBuilderRef b = v->builder;
    LLVMValueRef r, first = op == LLVMCall ? NULL : LLVMGetOperand(i, 0);
    if (vector_has_half(i) && (r = vector_half_instruction(v, i)))
        return r;
    switch (op) {
    case LLVMICmp:
        if ((r = narrow_comparison(v, i)))
            break;
        r = LLVMBuildICmp(b, LLVMGetICmpPredicate(i), vector_whole(v, first), vector_whole(v, LLVMGetOperand(i, 1)),
                          "");
        break;
    case LLVMFCmp:
        r = LLVMBuildFCmp(b, LLVMGetFCmpPredicate(i), vector_whole(v, first), vector_whole(v, LLVMGetOperand(i, 1)),
                          "");
        break;
    case LLVMSelect: {
        LLVMValueRef c = vector_is_uniform(v, first) ? vector_scalar(v, first) : vector_whole(v, first);
        r = vector_select(v, c, vector_whole(v, LLVMGetOperand(i, 1)), vector_whole(v, LLVMGetOperand(i, 2)));
        break;
    }
    case LLVMFreeze:
        r = LLVMBuildFreeze(b, vector_whole(v, first), "");
        break;
    case LLVMFNeg:
        r = LLVMBuildFNeg(b, vector_whole(v, first), "");
        break;
    case LLVMGetElementPtr:
        return varying_gep(v, i);
    case LLVMCall:
        r = varying_call(v, i);
        break;
    case LLVMTrunc:
    case LLVMZExt:
    case LLVMSExt:
    case LLVMFPToUI:
    case LLVMFPToSI:
    case LLVMUIToFP:
    case LLVMSIToFP:
    case LLVMFPTrunc:
    case LLVMFPExt:
    case LLVMPtrToInt:
    case LLVMIntToPtr:
    case LLVMBitCast:
        r = LLVMBuildCast(b, op, vector_whole(v, first), vector_type(v, LLVMTypeOf(i)), "");
        break;
    case LLVMUDiv:
    case LLVMSDiv:
    case LLVMURem:
    case LLVMSRem:
        return varying_division(v, i);
    default:
        r = LLVMBuildBinOp(b, op, vector_whole(v, first), vector_whole(v, LLVMGetOperand(i, 1)), "");
    }
    if (LLVMCanValueUseFastMathFlags(i) && LLVMIsAInstruction(r) && LLVMCanValueUseFastMathFlags(r))
        LLVMSetFastMathFlags(r, LLVMGetFastMathFlags(i));
    return r;
}

/* Private memory: an array of what one thread has, one element a lane. */
static LLVMValueRef private_memory(struct vector *v, LLVMValueRef i)
{
    LLVMTypeRef all = LLVMArrayType2(LLVMGetAllocatedType(i), v->lanes);
    LLVMValueRef place = vector_new_slot(v, all);
    LLVMSetAlignment(place, LLVMGetAlignment(i) > 64 ? LLVMGetAlignment(i) : 64);
    return place;
}

void vector_instruction(struct vector *v, LLVMValueRef i)
{
    LLVMOpcode op = LLVMGetInstructionOpcode(i);
    struct vector_shape s = vector_info(v, i)->shape;
    switch (op) {
    case LLVMLoad:
        vector_load_instruction(v, i);
        return;
    case LLVMStore:
        vector_store_instruction(v, i);
        return;
    case LLVMAtomicRMW:
        vector_atomic(v, i);
        return;
    case LLVMAlloca:
        vector_define(v, i, private_memory(v, i));
        return;
    case LLVMFence:
        LLVMInsertIntoBuilder(v->builder, LLVMInstructionClone(i));
        return;
    case LLVMCall:
        if (vector_drops(i))
            return;
        if (vector_is_warp(v, i)) {
            vector_warp(v, i);
            return;
        }
        if (!vector_widens(i)) {
            LLVMValueRef r = vector_lane_loop(v, i);
            if (r)
                vector_define(v, i, r);
            return;
        }
        break;
    default:
        break;
    }
    if (s.stride == VECTOR_VARYING) {
        vector_define(v, i, varying_instruction(v, i));
    } else if (s.stride == VECTOR_UNIFORM && !s.checked) {
        vector_define(v, i, uniform_instruction(v, i));
    } else {
        vector_define(v, i, strided_instruction(v, i));
        if (s.checked)
            define_flag(v, i);
    }
}
