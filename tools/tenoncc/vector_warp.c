/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vector_warp.c - warp operations where the lanes of a vector are a whole warp. All lanes that have not ended come to an
 * operation together (split.c found that out), so the block's mask says who is there: a shuffle is a permute, a vote is
 * the mask's bits. A shuffle from a lane that is not there, or that the own mask does not name, gives the own value.
 */
#include "tools/tenoncc/vector.h"

#include <string.h>

enum operation { NONE, SYNC, SHUFFLE_32, SHUFFLE_64, BALLOT, ACTIVE, MATCH };

static enum operation operation_of(LLVMValueRef call)
{
    static const char *const names[] = { [SYNC] = "warp_sync", [SHUFFLE_32] = "shfl_32", [SHUFFLE_64] = "shfl_64",
                                         [BALLOT] = "ballot",  [ACTIVE] = "activemask",  [MATCH] = "match" };
    const char *name = tncc_callee(call);
    if (name && tncc_starts(name, "__tn_"))
        for (int k = SYNC; k <= MATCH; k++)
            if (!strcmp(name + 5, names[k]))
                return (enum operation)k;
    return NONE;
}

bool vector_is_warp(const struct vector *v, LLVMValueRef call)
{
    return v->wide && operation_of(call) != NONE;
}

/* ---- what is known of indices ---- */
static bool leaf(void *data, LLVMValueRef value, struct warp_form *form)
{
    struct vector *v = data;
    unsigned first = v->lane_params[0] - P_TX, zeros = (unsigned)__builtin_ctz(v->lanes);
    for (int k = 0; k < 2; k++)
        if (value == LLVMGetParam(v->source, v->lane_params[k])) {
            *form = (struct warp_form){ true, 1, zeros };
            return true;
        }
    if (value != LLVMGetParam(v->source, first + P_BX))
        return false;
    *form = (struct warp_form){ true, 0, zeros };
    return true;
}

static bool is_same(void *data, LLVMValueRef value)
{
    return vector_is_uniform(data, value);
}

struct warp_forms vector_forms(struct vector *v)
{
    return (struct warp_forms){ v->lanes, leaf, is_same, v };
}

/* A value in one lane, as far as it is known: bits that are, and their values. */
struct known {
    uint64_t bits, value;
};

static const struct known nothing = { 0, 0 };

static uint64_t all_bits(LLVMTypeRef type)
{
    return LLVMGetIntTypeWidth(type) >= 64 ? ~0ull : (1ull << LLVMGetIntTypeWidth(type)) - 1;
}

static struct known exactly(uint64_t n, LLVMTypeRef type)
{
    return (struct known){ all_bits(type), n & all_bits(type) };
}

/* Sums and products are known up to the lowest bit that is not. */
static struct known low_bits(struct known a, struct known b, uint64_t n, LLVMTypeRef type)
{
    uint64_t both = a.bits & b.bits, low = both == ~0ull ? both : (both ^ (both + 1)) >> 1;
    return (struct known){ low & all_bits(type), n & low & all_bits(type) };
}

static bool is_whole(struct known a, LLVMTypeRef type)
{
    return (a.bits & all_bits(type)) == all_bits(type);
}

static int64_t extended(uint64_t n, LLVMTypeRef type)
{
    unsigned up = 64 - LLVMGetIntTypeWidth(type);
    return (int64_t)(n << up) >> up;
}

static struct known compared(LLVMIntPredicate p, struct known a, struct known b, LLVMTypeRef type)
{
    int64_t x = extended(a.value, type), y = extended(b.value, type);
    bool r;
    if (!is_whole(a, type) || !is_whole(b, type))
        return nothing;
    switch (p) {
    case LLVMIntEQ:
        r = a.value == b.value;
        break;
    case LLVMIntNE:
        r = a.value != b.value;
        break;
    case LLVMIntUGT:
        r = a.value > b.value;
        break;
    case LLVMIntUGE:
        r = a.value >= b.value;
        break;
    case LLVMIntULT:
        r = a.value < b.value;
        break;
    case LLVMIntULE:
        r = a.value <= b.value;
        break;
    case LLVMIntSGT:
        r = x > y;
        break;
    case LLVMIntSGE:
        r = x >= y;
        break;
    case LLVMIntSLT:
        r = x < y;
        break;
    default:
        r = x <= y;
    }
    return (struct known){ 1, r };
}

static struct known known_in_lane(struct vector *v, LLVMValueRef value, unsigned lane, int depth);

static struct known of_binary(LLVMOpcode op, LLVMTypeRef type, struct known a, struct known b)
{
    uint64_t zero_a = a.bits & ~a.value, zero_b = b.bits & ~b.value;
    bool by = is_whole(b, type) && b.value < LLVMGetIntTypeWidth(type);
    switch (op) {
    case LLVMAnd:
        return (struct known){ (a.bits & b.bits) | zero_a | zero_b, a.value & b.value };
    case LLVMOr:
        return (struct known){ (a.bits & b.bits) | (a.bits & a.value) | (b.bits & b.value), a.value | b.value };
    case LLVMXor:
        return (struct known){ a.bits & b.bits, (a.value ^ b.value) & a.bits & b.bits };
    case LLVMAdd:
        return low_bits(a, b, a.value + b.value, type);
    case LLVMSub:
        return low_bits(a, b, a.value - b.value, type);
    case LLVMMul:
        return low_bits(a, b, a.value * b.value, type);
    case LLVMShl:
        if (!by)
            return nothing;
        return (struct known){ (a.bits << b.value | ((1ull << b.value) - 1)) & all_bits(type),
                               a.value << b.value & all_bits(type) };
    case LLVMLShr: {
        if (!by)
            return nothing;
        uint64_t top = all_bits(type) & ~(all_bits(type) >> b.value);
        return (struct known){ (a.bits & all_bits(type)) >> b.value | top, a.value >> b.value };
    }
    case LLVMUDiv:
    case LLVMURem:
        if (!is_whole(a, type) || !is_whole(b, type) || !b.value)
            return nothing;
        return exactly(op == LLVMUDiv ? a.value / b.value : a.value % b.value, type);
    default:
        return nothing;
    }
}

static struct known of_instruction(struct vector *v, LLVMValueRef i, unsigned lane, int depth)
{
    LLVMOpcode op = LLVMGetInstructionOpcode(i);
    LLVMTypeRef type = LLVMTypeOf(i);
    struct known a, b;
    switch (op) {
    case LLVMZExt:
    case LLVMSExt:
    case LLVMTrunc: {
        LLVMTypeRef from = LLVMTypeOf(LLVMGetOperand(i, 0));
        a = known_in_lane(v, LLVMGetOperand(i, 0), lane, depth + 1);
        if (op == LLVMTrunc)
            return (struct known){ a.bits & all_bits(type), a.value & all_bits(type) };
        if (op == LLVMZExt)
            return (struct known){ a.bits | (all_bits(type) & ~all_bits(from)), a.value };
        return is_whole(a, from) ? exactly((uint64_t)extended(a.value, from), type) : nothing;
    }
    case LLVMFreeze:
        return known_in_lane(v, LLVMGetOperand(i, 0), lane, depth + 1);
    case LLVMSelect:
        a = known_in_lane(v, LLVMGetOperand(i, 0), lane, depth + 1);
        return a.bits & 1 ? known_in_lane(v, LLVMGetOperand(i, a.value & 1 ? 1 : 2), lane, depth + 1) : nothing;
    case LLVMICmp:
        a = known_in_lane(v, LLVMGetOperand(i, 0), lane, depth + 1);
        b = known_in_lane(v, LLVMGetOperand(i, 1), lane, depth + 1);
        return LLVMGetTypeKind(LLVMTypeOf(LLVMGetOperand(i, 0))) == LLVMIntegerTypeKind
                   ? compared(LLVMGetICmpPredicate(i), a, b, LLVMTypeOf(LLVMGetOperand(i, 0)))
                   : nothing;
    case LLVMAdd:
    case LLVMSub:
    case LLVMMul:
    case LLVMAnd:
    case LLVMOr:
    case LLVMXor:
    case LLVMShl:
    case LLVMLShr:
    case LLVMUDiv:
    case LLVMURem:
        a = known_in_lane(v, LLVMGetOperand(i, 0), lane, depth + 1);
        b = known_in_lane(v, LLVMGetOperand(i, 1), lane, depth + 1);
        return of_binary(op, type, a, b);
    default:
        return nothing;
    }
}

static struct known known_in_lane(struct vector *v, LLVMValueRef value, unsigned lane, int depth)
{
    LLVMTypeRef type = LLVMTypeOf(value);
    struct warp_form f;
    if (LLVMGetTypeKind(type) != LLVMIntegerTypeKind || LLVMGetIntTypeWidth(type) > 64 || depth > 12)
        return nothing;
    if (LLVMIsAConstantInt(value))
        return exactly(LLVMConstIntGetZExtValue(value), type);
    if (LLVMIsAArgument(value) && leaf(v, value, &f))
        return (struct known){ v->lanes - 1, f.stride ? lane : 0 };
    return LLVMIsAInstruction(value) ? of_instruction(v, value, lane, depth) : nothing;
}

/* The lane that each lane reads, if that is known now; those that there are not are the own one. */
static bool known_sources(struct vector *v, LLVMValueRef source, unsigned *from)
{
    for (unsigned l = 0; l < v->lanes; l++) {
        struct known k = known_in_lane(v, source, l, 0);
        if (!is_whole(k, LLVMTypeOf(source)))
            return false;
        from[l] = k.value < v->lanes ? (unsigned)k.value : l;
    }
    return true;
}

/* ---- shapes and costs ---- */
static bool names_all(const struct vector *v, LLVMValueRef mask)
{
    uint64_t all = v->lanes == 64 ? ~0ull : (1ull << v->lanes) - 1;
    return LLVMIsAConstantInt(mask) && (LLVMConstIntGetZExtValue(mask) & all) == all;
}

/* One lane's value for all, and nobody is missing. */
static bool is_broadcast(struct vector *v, LLVMValueRef call)
{
    LLVMValueRef source = LLVMGetOperand(call, 2);
    return v->t->warps_whole && names_all(v, LLVMGetOperand(call, 0)) && vector_is_uniform(v, source) &&
           tncc_below(source, v->lanes);
}

struct vector_shape vector_warp_shape(struct vector *v, LLVMValueRef call)
{
    struct vector_shape same = { VECTOR_UNIFORM, false }, varying = { VECTOR_VARYING, false };
    switch (operation_of(call)) {
    case SHUFFLE_32:
    case SHUFFLE_64:
        return is_broadcast(v, call) ? same : varying;
    case BALLOT:
        return vector_is_uniform(v, LLVMGetOperand(call, 0)) ? same : varying;
    case ACTIVE:
        return same;
    default:
        return varying;
    }
}

/* For one thread: a place to wait at, with the values that cross it. */
double vector_warp_cost(struct vector *v, LLVMValueRef call, bool one)
{
    unsigned registers = v->lanes / v->t->words, from[VECTOR_MAX_LANES];
    enum operation o = operation_of(call);
    if (one)
        return o == MATCH ? 12 + v->lanes : 12;
    switch (o) {
    case SHUFFLE_32:
    case SHUFFLE_64: {
        unsigned wide = o == SHUFFLE_64 ? 2 : 1;
        if (is_broadcast(v, call))
            return 2 + registers * wide;
        return (known_sources(v, LLVMGetOperand(call, 2), from) ? 2 : v->t->words == 16 ? 4 : 12) * registers * wide;
    }
    case MATCH:
        return 8.0 * v->lanes;
    default:
        return 1 + registers;
    }
}

/* ---- code ---- */
static LLVMTypeRef bits_type(const struct vector *v)
{
    return LLVMIntTypeInContext(v->context, v->lanes);
}

static LLVMValueRef wide_bits(struct vector *v, LLVMValueRef bits)
{
    return v->lanes < 64 ? LLVMBuildZExt(v->builder, bits, v->i64, "") : bits;
}

static LLVMValueRef lane_numbers(struct vector *v, LLVMTypeRef type)
{
    LLVMValueRef all[VECTOR_MAX_LANES];
    for (unsigned k = 0; k < v->lanes; k++)
        all[k] = vector_int(type, k);
    return LLVMConstVector(all, v->lanes);
}

static LLVMValueRef permuted_by(struct vector *v, LLVMValueRef x, const unsigned *from)
{
    LLVMValueRef order[VECTOR_MAX_LANES];
    for (unsigned k = 0; k < v->lanes; k++)
        order[k] = vector_int(v->i32, from[k]);
    return LLVMBuildShuffleVector(v->builder, x, LLVMGetPoison(LLVMTypeOf(x)), LLVMConstVector(order, v->lanes), "");
}

static LLVMValueRef in_memory(struct vector *v, LLVMValueRef x)
{
    LLVMValueRef place = vector_new_slot(v, LLVMTypeOf(x));
    LLVMSetAlignment(place, 64);
    LLVMBuildStore(v->builder, x, place);
    return place;
}

static LLVMValueRef one_lane(struct vector *v, LLVMValueRef x, LLVMValueRef lane)
{
    LLVMTypeRef type = LLVMGetElementType(LLVMTypeOf(x));
    LLVMValueRef at = LLVMBuildAnd(v->builder, lane, vector_int(v->i32, (int64_t)v->lanes - 1), "");
    return LLVMBuildLoad2(v->builder, type, LLVMBuildGEP2(v->builder, type, in_memory(v, x), &at, 1, ""), "");
}

static LLVMValueRef part(struct vector *v, LLVMValueRef x, unsigned first, unsigned count)
{
    LLVMValueRef order[VECTOR_MAX_LANES];
    for (unsigned k = 0; k < count; k++)
        order[k] = vector_int(v->i32, first + k);
    return LLVMBuildShuffleVector(v->builder, x, LLVMGetPoison(LLVMTypeOf(x)), LLVMConstVector(order, count), "");
}

static LLVMValueRef joined(struct vector *v, LLVMValueRef a, LLVMValueRef b)
{
    unsigned count = 2 * LLVMGetVectorSize(LLVMTypeOf(a));
    LLVMValueRef order[VECTOR_MAX_LANES];
    for (unsigned k = 0; k < count; k++)
        order[k] = vector_int(v->i32, k);
    return LLVMBuildShuffleVector(v->builder, a, b, LLVMConstVector(order, count), "");
}

/* 16 elements out of 32, by AVX-512's permute of two registers. */
static LLVMValueRef permute_pair(struct vector *v, LLVMValueRef a, LLVMValueRef b, LLVMValueRef from)
{
    LLVMValueRef args[3] = { a, from, b };
    return vector_intrinsic(v, "llvm.x86.avx512.vpermi2var.d.512", NULL, 0, args, 3);
}

static LLVMValueRef permute_registers(struct vector *v, LLVMValueRef x, LLVMValueRef from)
{
    LLVMValueRef made[4] = { NULL };
    unsigned count = v->lanes / 16;
    for (unsigned k = 0; k < count; k++) {
        LLVMValueRef at = part(v, from, 16 * k, 16);
        made[k] = permute_pair(v, part(v, x, 0, 16), part(v, x, 16, 16), at);
        if (count < 4)
            continue;
        LLVMValueRef high = permute_pair(v, part(v, x, 32, 16), part(v, x, 48, 16), at), limit[16];
        for (unsigned l = 0; l < 16; l++)
            limit[l] = vector_int(v->i32, 32);
        LLVMValueRef below = LLVMBuildICmp(v->builder, LLVMIntULT, at, LLVMConstVector(limit, 16), "");
        made[k] = vector_select(v, below, made[k], high);
    }
    for (unsigned k = count; k > 1; k /= 2)
        for (unsigned n = 0; n < k / 2; n++)
            made[n] = joined(v, made[2 * n], made[2 * n + 1]);
    return made[0];
}

/* Each lane's element of x at `from`, which is below the number of lanes. */
static LLVMValueRef permuted(struct vector *v, LLVMValueRef x, LLVMValueRef from)
{
    LLVMTypeRef type = LLVMGetElementType(LLVMTypeOf(x));
    if (v->t->words == 16 && type == v->i32)
        return permute_registers(v, x, from);
    LLVMTypeRef types[2] = { LLVMTypeOf(x), vector_type(v, v->ptr) };
    LLVMValueRef places = LLVMBuildGEP2(v->builder, type, in_memory(v, x), &from, 1, "");
    LLVMValueRef args[4] = { places, vector_int(v->i32, LLVMABIAlignmentOfType(v->layout, type)),
                             LLVMConstAllOnes(vector_mask_type(v)), LLVMGetPoison(LLVMTypeOf(x)) };
    return vector_intrinsic(v, "llvm.masked.gather", types, 2, args, 4);
}

static LLVMValueRef permuted_64(struct vector *v, LLVMValueRef x, LLVMValueRef from)
{
    if (v->t->words != 16)
        return permuted(v, x, from);
    LLVMTypeRef half = vector_type(v, v->i32), whole = LLVMTypeOf(x);
    LLVMValueRef up = vector_splat(v, vector_int(v->i64, 32));
    LLVMValueRef low = permuted(v, LLVMBuildTrunc(v->builder, x, half, ""), from);
    LLVMValueRef high = permuted(v, LLVMBuildTrunc(v->builder, LLVMBuildLShr(v->builder, x, up, ""), half, ""), from);
    high = LLVMBuildShl(v->builder, LLVMBuildZExt(v->builder, high, whole, ""), up, "");
    return LLVMBuildOr(v->builder, LLVMBuildZExt(v->builder, low, whole, ""), high, "");
}

/* Is lane `from` in each lane's mask? One element a lane. */
static LLVMValueRef named(struct vector *v, LLVMValueRef mask, LLVMValueRef from)
{
    LLVMValueRef bit = LLVMBuildLShr(v->builder, vector_whole(v, mask),
                                     LLVMBuildZExt(v->builder, from, vector_type(v, v->i64), ""), "");
    return LLVMBuildTrunc(v->builder, bit, vector_mask_type(v), "");
}

static LLVMValueRef constant_sources(struct vector *v, const unsigned *from)
{
    LLVMValueRef all[VECTOR_MAX_LANES];
    for (unsigned k = 0; k < v->lanes; k++)
        all[k] = vector_int(v->i32, from[k]);
    return LLVMConstVector(all, v->lanes);
}

static LLVMValueRef shuffle(struct vector *v, LLVMValueRef call)
{
    LLVMValueRef mask = LLVMGetOperand(call, 0), source = LLVMGetOperand(call, 2), from, there = NULL, got;
    LLVMValueRef x = vector_whole(v, LLVMGetOperand(call, 1));
    unsigned known[VECTOR_MAX_LANES];
    bool at_hand = known_sources(v, source, known);
    if (at_hand) {
        from = constant_sources(v, known);
        got = permuted_by(v, x, known);
        if (!v->t->warps_whole)
            there = permuted_by(v, v->mask, known);
    } else if (vector_is_uniform(v, source)) {
        LLVMValueRef lane = LLVMBuildFreeze(v->builder, vector_scalar(v, source), ""), bit;
        LLVMValueRef outside = LLVMBuildICmp(v->builder, LLVMIntUGE, lane, vector_int(v->i32, v->lanes), "");
        bit = LLVMBuildAnd(v->builder, lane, vector_int(v->i32, (int64_t)v->lanes - 1), "");
        from = vector_select(v, outside, lane_numbers(v, v->i32), vector_splat(v, bit));
        got = vector_select(v, outside, x, vector_splat(v, one_lane(v, x, lane)));
        if (!v->t->warps_whole) {
            LLVMValueRef on = LLVMBuildLShr(v->builder, wide_bits(v, vector_bits(v, v->mask)),
                                            LLVMBuildZExt(v->builder, bit, v->i64, ""), "");
            on = LLVMBuildOr(v->builder, LLVMBuildTrunc(v->builder, on, v->i1, ""), outside, "");
            there = vector_splat(v, on);
        }
    } else {
        LLVMValueRef lane = vector_select(v, v->mask, vector_whole(v, source), lane_numbers(v, v->i32));
        LLVMValueRef inside =
            LLVMBuildICmp(v->builder, LLVMIntULT, lane, vector_splat(v, vector_int(v->i32, v->lanes)), "");
        from = vector_select(v, inside, lane, lane_numbers(v, v->i32));
        got = LLVMGetElementType(LLVMTypeOf(x)) == v->i64 ? permuted_64(v, x, from) : permuted(v, x, from);
        if (!v->t->warps_whole) {
            LLVMValueRef bits = vector_splat(v, wide_bits(v, vector_bits(v, v->mask)));
            bits = LLVMBuildLShr(v->builder, bits, LLVMBuildZExt(v->builder, from, vector_type(v, v->i64), ""), "");
            there = LLVMBuildTrunc(v->builder, bits, vector_mask_type(v), "");
        }
    }
    if (!names_all(v, mask)) {
        LLVMValueRef in = named(v, mask, from);
        there = there ? vector_select(v, there, in, LLVMConstNull(vector_mask_type(v))) : in;
    }
    return there ? vector_select(v, there, got, x) : got;
}

static LLVMValueRef broadcast(struct vector *v, LLVMValueRef call)
{
    LLVMValueRef value = LLVMGetOperand(call, 1), source = LLVMGetOperand(call, 2);
    if (vector_is_uniform(v, value))
        return vector_scalar(v, value);
    if (LLVMIsAConstantInt(source) && LLVMConstIntGetZExtValue(source) < v->lanes)
        return LLVMBuildExtractElement(v->builder, vector_whole(v, value), source, "");
    return one_lane(v, vector_whole(v, value), LLVMBuildFreeze(v->builder, vector_scalar(v, source), ""));
}

static LLVMValueRef ballot(struct vector *v, LLVMValueRef call)
{
    LLVMValueRef mask = LLVMGetOperand(call, 0), p = vector_whole(v, LLVMGetOperand(call, 1));
    LLVMValueRef yes = LLVMBuildICmp(v->builder, LLVMIntNE, p, LLVMConstNull(LLVMTypeOf(p)), "");
    yes = vector_select(v, v->mask, yes, LLVMConstNull(vector_mask_type(v)));
    LLVMValueRef bits = wide_bits(v, vector_bits(v, yes));
    if (names_all(v, mask))
        return bits;
    if (vector_is_uniform(v, mask))
        return LLVMBuildAnd(v->builder, bits, vector_scalar(v, mask), "");
    return LLVMBuildAnd(v->builder, vector_splat(v, bits), vector_whole(v, mask), "");
}

/* For one value after another: who has it. */
static LLVMValueRef match(struct vector *v, LLVMValueRef call)
{
    LLVMTypeRef words = vector_type(v, v->i64), bits = bits_type(v);
    LLVMValueRef mask = LLVMGetOperand(call, 0);
    LLVMValueRef x = LLVMBuildFreeze(v->builder, vector_whole(v, LLVMGetOperand(call, 1)), ""), kept = in_memory(v, x);
    LLVMBasicBlockRef before = LLVMGetInsertBlock(v->builder),
                      head = LLVMAppendBasicBlockInContext(v->context, v->made, "match"),
                      body = LLVMAppendBasicBlockInContext(v->context, v->made, "value"),
                      out = LLVMAppendBasicBlockInContext(v->context, v->made, "matched");
    LLVMValueRef all = vector_bits(v, v->mask);
    LLVMBuildBr(v->builder, head);
    LLVMPositionBuilderAtEnd(v->builder, head);
    LLVMValueRef left = LLVMBuildPhi(v->builder, bits, ""), result = LLVMBuildPhi(v->builder, words, "");
    LLVMBuildCondBr(v->builder, LLVMBuildICmp(v->builder, LLVMIntNE, left, LLVMConstNull(bits), ""), body, out);
    LLVMPositionBuilderAtEnd(v->builder, body);
    LLVMValueRef args[2] = { left, vector_int(v->i1, 1) };
    LLVMValueRef lane = vector_intrinsic(v, "llvm.cttz", &bits, 1, args, 2);
    lane = wide_bits(v, lane);
    LLVMValueRef one = LLVMBuildLoad2(v->builder, v->i64, LLVMBuildGEP2(v->builder, v->i64, kept, &lane, 1, ""), "");
    LLVMValueRef same = LLVMBuildICmp(v->builder, LLVMIntEQ, x, vector_splat(v, one), "");
    same = vector_select(v, v->mask, same, LLVMConstNull(vector_mask_type(v)));
    LLVMValueRef who = vector_bits(v, same);
    LLVMValueRef next = vector_select(v, same, vector_splat(v, wide_bits(v, who)), result);
    LLVMValueRef rest = LLVMBuildAnd(v->builder, left, LLVMBuildNot(v->builder, who, ""), "");
    LLVMBuildBr(v->builder, head);
    LLVMAddIncoming(left, (LLVMValueRef[]){ all, rest }, (LLVMBasicBlockRef[]){ before, body }, 2);
    LLVMAddIncoming(result, (LLVMValueRef[]){ LLVMConstNull(words), next }, (LLVMBasicBlockRef[]){ before, body }, 2);
    LLVMPositionBuilderAtEnd(v->builder, out);
    return names_all(v, mask) ? result : LLVMBuildAnd(v->builder, result, vector_whole(v, mask), "");
}

void vector_warp(struct vector *v, LLVMValueRef call)
{
    switch (operation_of(call)) {
    case SHUFFLE_32:
    case SHUFFLE_64:
        vector_define(v, call, vector_is_uniform(v, call) ? broadcast(v, call) : shuffle(v, call));
        return;
    case BALLOT:
        vector_define(v, call, ballot(v, call));
        return;
    case ACTIVE:
        vector_define(v, call, wide_bits(v, vector_bits(v, v->mask)));
        return;
    case MATCH:
        vector_define(v, call, match(v, call));
        return;
    default: /* lanes in step are together anyway */
        return;
    }
}
