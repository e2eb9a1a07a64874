/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vector_memory.c - memory of the vectorised region: one access for all lanes, masked loads and stores, gathers and
 * scatters; atomics added up first where nobody asks for the result; the rest lane by lane, in the order of the threads.
 */
#include "tools/tenoncc/vector.h"

#include <string.h>

static LLVMTypeRef bits_type(const struct vector *v)
{
    return LLVMIntTypeInContext(v->context, v->lanes);
}

static void keep_alias_facts(struct vector *v, LLVMValueRef from, LLVMValueRef to)
{
    unsigned kind = LLVMGetMDKindIDInContext(v->context, "tbaa", 4);
    LLVMValueRef facts = LLVMGetMetadata(from, kind);
    if (facts)
        LLVMSetMetadata(to, kind, facts);
}

/* An access for all lanes goes elsewhere when there are none. */
LLVMValueRef vector_safe_place(struct vector *v, LLVMValueRef place)
{
    return v->blocks[v->current].live ? place : vector_select(v, vector_any(v, v->mask), place, v->dummy);
}

static LLVMValueRef reverse(struct vector *v, LLVMValueRef x)
{
    LLVMValueRef order[VECTOR_MAX_LANES];
    for (unsigned k = 0; k < v->lanes; k++)
        order[k] = vector_int(v->i32, (int64_t)v->lanes - 1 - k);
    return LLVMBuildShuffleVector(v->builder, x, LLVMGetPoison(LLVMTypeOf(x)), LLVMConstVector(order, v->lanes), "");
}

struct access {
    LLVMValueRef instruction, place;
    LLVMTypeRef type;
    LLVMValueRef value; /* of a store, one element a lane */
    int64_t stride;
};

/* Stores without a mask pass their data on to loads that follow, and are cheaper on some processors: all lanes are asked for. */
static void store_neighbours(struct vector *v, const struct access *a, LLVMValueRef value, LLVMValueRef place,
                             LLVMValueRef mask)
{
    LLVMTypeRef types[2] = { LLVMTypeOf(value), v->ptr };
    LLVMBasicBlockRef some = LLVMAppendBasicBlockInContext(v->context, v->made, "some"),
                      all = LLVMAppendBasicBlockInContext(v->context, v->made, "all"),
                      done = LLVMAppendBasicBlockInContext(v->context, v->made, "stored");
    LLVMBuildCondBr(v->builder, vector_all(v, mask), all, some);
    LLVMPositionBuilderAtEnd(v->builder, all);
    LLVMValueRef plain = LLVMBuildStore(v->builder, value, place);
    LLVMSetAlignment(plain, LLVMGetAlignment(a->instruction));
    keep_alias_facts(v, a->instruction, plain);
    LLVMBuildBr(v->builder, done);
    LLVMPositionBuilderAtEnd(v->builder, some);
    LLVMValueRef args[4] = { value, place, vector_int(v->i32, LLVMGetAlignment(a->instruction)), mask };
    keep_alias_facts(v, a->instruction, vector_intrinsic(v, "llvm.masked.store", types, 2, args, 4));
    LLVMBuildBr(v->builder, done);
    LLVMPositionBuilderAtEnd(v->builder, done);
}

/* What a loop reads some rounds later is fetched now, where its rounds are too far apart for the processor to foresee them:
 * each round is expected to go on by as much as the one before. The first one asks for some place where nothing may be. */
static void fetch_ahead(struct vector *v, LLVMValueRef place)
{
    enum { ROUNDS = 8 };
    LLVMValueRef before = vector_new_slot(v, v->i64), now = LLVMBuildPtrToInt(v->builder, place, v->i64, "");
    LLVMBuildStore(v->slots_builder, vector_int(v->i64, 0), before);
    LLVMValueRef step = LLVMBuildSub(v->builder, now, vector_load(v, v->i64, before), "");
    LLVMBuildStore(v->builder, now, before);
    LLVMValueRef by = LLVMBuildMul(v->builder, step, vector_int(v->i64, ROUNDS), "");
    LLVMValueRef args[4] = { LLVMBuildGEP2(v->builder, v->i8, place, &by, 1, ""), vector_int(v->i32, 0),
                             vector_int(v->i32, 3), vector_int(v->i32, 1) };
    vector_intrinsic(v, "llvm.prefetch", &v->ptr, 1, args, 4);
}

/* Less than a quarter of a line is not worth asking for. */
static bool is_worth_fetching(struct vector *v, const struct access *a)
{
    enum { LEAST = 16 };
    return LLVMABISizeOfType(v->layout, a->type) * v->lanes >= LEAST &&
           vector_is_far(v, v->current, LLVMGetOperand(a->instruction, 0));
}

/* A load under a mask is waited for where a plain one is fetched ahead: memory is read at less than half the speed, also with
 * a full mask. Where lanes are missing only at the ends of what there is to do, all lanes are asked for. */
static LLVMValueRef load_neighbours(struct vector *v, const struct access *a, LLVMValueRef place, LLVMValueRef mask)
{
    LLVMTypeRef types[2] = { vector_type(v, a->type), v->ptr };
    LLVMValueRef args[4] = { place, vector_int(v->i32, LLVMGetAlignment(a->instruction)), mask,
                             LLVMGetPoison(types[0]) };
    LLVMBasicBlockRef from[2], done = NULL;
    LLVMValueRef r[2];
    if (is_worth_fetching(v, a))
        fetch_ahead(v, place);
    if (vector_expects_all(v, v->current, LLVMGetOperand(a->instruction, 0))) {
        done = LLVMAppendBasicBlockInContext(v->context, v->made, "loaded");
        for (int k = 0; k < 2; k++)
            from[k] = LLVMAppendBasicBlockInContext(v->context, v->made, k ? "some" : "all");
        tncc_expect(LLVMBuildCondBr(v->builder, vector_all(v, mask), from[0], from[1]), 50, 1);
        LLVMPositionBuilderAtEnd(v->builder, from[0]);
        r[0] = LLVMBuildLoad2(v->builder, types[0], place, "");
        LLVMSetAlignment(r[0], LLVMGetAlignment(a->instruction));
        keep_alias_facts(v, a->instruction, r[0]);
        LLVMBuildBr(v->builder, done);
        LLVMPositionBuilderAtEnd(v->builder, from[1]);
    }
    r[1] = vector_intrinsic(v, "llvm.masked.load", types, 2, args, 4);
    keep_alias_facts(v, a->instruction, r[1]);
    if (!done)
        return r[1];
    LLVMBuildBr(v->builder, done);
    LLVMPositionBuilderAtEnd(v->builder, done);
    LLVMValueRef phi = LLVMBuildPhi(v->builder, types[0], "");
    LLVMAddIncoming(phi, r, from, 2);
    return phi;
}

static LLVMValueRef neighbours(struct vector *v, const struct access *a, LLVMValueRef place)
{
    bool down = a->stride < 0;
    LLVMValueRef mask = down ? reverse(v, v->mask) : v->mask;
    if (down) {
        LLVMValueRef last = vector_int(v->i64, a->stride * ((int64_t)v->lanes - 1));
        place = LLVMBuildGEP2(v->builder, v->i8, place, &last, 1, "");
    }
    if (a->value) {
        store_neighbours(v, a, down ? reverse(v, a->value) : a->value, place, mask);
        return NULL;
    }
    LLVMValueRef r = load_neighbours(v, a, place, mask);
    return down ? reverse(v, r) : r;
}

LLVMValueRef vector_scattered(struct vector *v, LLVMValueRef access, LLVMValueRef places, LLVMValueRef value)
{
    LLVMTypeRef type = LLVMTypeOf(value ? LLVMGetOperand(access, 0) : access),
                types[2] = { vector_type(v, type), vector_type(v, v->ptr) };
    LLVMValueRef align = vector_int(v->i32, LLVMGetAlignment(access)), r;
    if (value) {
        LLVMValueRef args[4] = { value, places, align, v->mask };
        r = vector_intrinsic(v, "llvm.masked.scatter", types, 2, args, 4);
    } else {
        LLVMValueRef args[4] = { places, align, v->mask, LLVMGetPoison(types[0]) };
        r = vector_intrinsic(v, "llvm.masked.gather", types, 2, args, 4);
    }
    keep_alias_facts(v, access, r);
    return value ? NULL : r;
}

static LLVMValueRef scattered(struct vector *v, const struct access *a)
{
    return vector_scattered(v, a->instruction, vector_whole(v, a->place), a->value);
}

static struct tncc_map copy_map(const struct tncc_map *m)
{
    struct tncc_map copy = { 0 };
    for (size_t k = 0; k < m->room; k++)
        if (m->keys[k])
            tncc_put(&copy, m->keys[k], m->values[k]);
    return copy;
}

struct vector_at_hand vector_keep(const struct vector *v)
{
    return (struct vector_at_hand){ copy_map(&v->local), copy_map(&v->local_flags) };
}

void vector_restore(struct vector *v, struct vector_at_hand kept)
{
    v->local = kept.local;
    v->local_flags = kept.flags;
}

static LLVMValueRef one_for_all(struct vector *v, const struct access *a, LLVMValueRef place)
{
    LLVMValueRef r = LLVMBuildLoad2(v->builder, a->type, vector_safe_place(v, place), "");
    LLVMSetAlignment(r, LLVMGetAlignment(a->instruction));
    keep_alias_facts(v, a->instruction, r);
    return vector_splat(v, r);
}

/* Neighbours, or one place, while the flag of the address holds, else one by one. */
static LLVMValueRef checked_access(struct vector *v, const struct access *a)
{
    LLVMBasicBlockRef near = LLVMAppendBasicBlockInContext(v->context, v->made, "near"),
                      far = LLVMAppendBasicBlockInContext(v->context, v->made, "far"),
                      done = LLVMAppendBasicBlockInContext(v->context, v->made, "accessed");
    LLVMValueRef place = vector_scalar(v, a->place), flag = vector_flag(v, a->place), r[2];
    struct vector_at_hand kept = vector_keep(v);
    tncc_expect(LLVMBuildCondBr(v->builder, LLVMBuildFreeze(v->builder, flag, ""), near, far), 1000, 1);
    LLVMPositionBuilderAtEnd(v->builder, near);
    r[0] = a->stride ? neighbours(v, a, place) : one_for_all(v, a, place);
    near = LLVMGetInsertBlock(v->builder);
    LLVMBuildBr(v->builder, done);
    LLVMPositionBuilderAtEnd(v->builder, far);
    r[1] = scattered(v, a);
    vector_restore(v, kept);
    LLVMBuildBr(v->builder, done);
    LLVMPositionBuilderAtEnd(v->builder, done);
    if (a->value)
        return NULL;
    LLVMValueRef phi = LLVMBuildPhi(v->builder, vector_type(v, a->type), "");
    LLVMBasicBlockRef from[2] = { near, far };
    LLVMAddIncoming(phi, r, from, 2);
    return phi;
}

static LLVMValueRef make_access(struct vector *v, struct access *a)
{
    struct vector_shape s = vector_shape_of(v, a->place);
    int64_t size = (int64_t)LLVMABISizeOfType(v->layout, a->type);
    a->stride = s.stride;
    if (s.stride != size && s.stride != -size && (s.stride || a->value))
        return scattered(v, a);
    return s.checked ? checked_access(v, a) : neighbours(v, a, vector_scalar(v, a->place));
}

void vector_load_instruction(struct vector *v, LLVMValueRef i)
{
    struct access a = { .instruction = i, .place = LLVMGetOperand(i, 0), .type = LLVMTypeOf(i) };
    if (vector_grouped(v, i))
        return;
    if (!vector_is_uniform(v, i)) {
        vector_define(v, i, make_access(v, &a));
        return;
    }
    LLVMValueRef r = LLVMBuildLoad2(v->builder, a.type, vector_safe_place(v, vector_scalar(v, a.place)), "");
    LLVMSetAlignment(r, LLVMGetAlignment(i));
    keep_alias_facts(v, i, r);
    vector_define(v, i, r);
}

/* All lanes store to one place: the last one's value stays, as if the threads ran one after another. */
static LLVMValueRef last_value(struct vector *v, LLVMValueRef value)
{
    LLVMTypeRef type = bits_type(v);
    LLVMValueRef args[2] = { vector_bits(v, v->mask), vector_int(v->i1, 0) };
    LLVMValueRef before = vector_intrinsic(v, "llvm.ctlz", &type, 1, args, 2),
                 most = vector_int(type, (int64_t)v->lanes - 1);
    LLVMValueRef last = LLVMBuildAnd(v->builder, LLVMBuildSub(v->builder, most, before, ""), most, "");
    return LLVMBuildExtractElement(v->builder, vector_whole(v, value), last, "");
}

void vector_store_instruction(struct vector *v, LLVMValueRef i)
{
    LLVMValueRef value = LLVMGetOperand(i, 0);
    struct access a = { .instruction = i, .place = LLVMGetOperand(i, 1), .type = LLVMTypeOf(value) };
    if (vector_grouped(v, i))
        return;
    if (!vector_is_uniform(v, a.place)) {
        a.value = vector_whole(v, value);
        make_access(v, &a);
        return;
    }
    LLVMValueRef x = vector_is_uniform(v, value) ? vector_scalar(v, value) : last_value(v, value);
    LLVMValueRef s = LLVMBuildStore(v->builder, x, vector_safe_place(v, vector_scalar(v, a.place)));
    LLVMSetAlignment(s, LLVMGetAlignment(i));
    keep_alias_facts(v, i, s);
}

/* ---- lane by lane ---- */
static LLVMTypeRef memory_type(const struct vector *v, LLVMTypeRef type)
{
    return type == v->i1 ? v->i8 : type;
}

/* Lane values go through arrays on the stack: an element at a variable index would spill the vector each time. */
static LLVMValueRef spill(struct vector *v, LLVMValueRef operand)
{
    LLVMTypeRef type = LLVMTypeOf(operand), kept = vector_type(v, memory_type(v, type));
    LLVMValueRef x = vector_whole(v, operand), place = vector_new_slot(v, kept);
    LLVMSetAlignment(place, 64);
    LLVMBuildStore(v->builder, type == v->i1 ? LLVMBuildZExt(v->builder, x, kept, "") : x, place);
    return place;
}

static LLVMValueRef lane_place(struct vector *v, LLVMTypeRef type, LLVMValueRef array, LLVMValueRef lane)
{
    return LLVMBuildGEP2(v->builder, memory_type(v, type), array, &lane, 1, "");
}

struct lane_call {
    LLVMValueRef operand[VECTOR_MAX_OPERANDS + 1];
    bool spilled[VECTOR_MAX_OPERANDS + 1];
    LLVMValueRef result; /* array, or NULL */
    int count;
};

/* What was said of the scopes of one thread does not hold between lanes. */
static void drop_scopes(struct vector *v, LLVMValueRef i)
{
    LLVMSetMetadata(i, LLVMGetMDKindIDInContext(v->context, "alias.scope", 11), NULL);
    LLVMSetMetadata(i, LLVMGetMDKindIDInContext(v->context, "noalias", 7), NULL);
}

/* An atomic on memory of the block alone needs no lock; the copy has just been inserted. */
static LLVMValueRef made_plain(struct vector *v, LLVMValueRef source, LLVMValueRef copy)
{
    LLVMValueRef old = NULL;
    if (LLVMIsAAtomicRMWInst(source) && tncc_own_memory(v->t, v->source, LLVMGetOperand(source, 0)))
        old = tncc_plain_atomic(v->builder, copy);
    if (old)
        LLVMInstructionEraseFromParent(copy);
    return old ? old : copy;
}

static void one_lane(struct vector *v, LLVMValueRef i, const struct lane_call *c, LLVMValueRef lane)
{
    LLVMValueRef operand[VECTOR_MAX_OPERANDS + 1], copy;
    LLVMTypeRef type = LLVMTypeOf(i);
    for (int k = 0; k < c->count; k++) {
        LLVMTypeRef t = LLVMTypeOf(LLVMGetOperand(i, (unsigned)k));
        operand[k] = c->operand[k];
        if (!c->spilled[k])
            continue;
        operand[k] = vector_load(v, memory_type(v, t), lane_place(v, t, c->operand[k], lane));
        if (t == v->i1)
            operand[k] = LLVMBuildTrunc(v->builder, operand[k], t, "");
    }
    copy = LLVMInstructionClone(i);
    for (int k = 0; k < c->count; k++)
        if (operand[k] != LLVMGetOperand(copy, (unsigned)k))
            LLVMSetOperand(copy, (unsigned)k, operand[k]);
    drop_scopes(v, copy);
    LLVMInsertIntoBuilder(v->builder, copy);
    copy = made_plain(v, i, copy);
    if (c->result)
        LLVMBuildStore(v->builder, type == v->i1 ? LLVMBuildZExt(v->builder, copy, v->i8, "") : copy,
                       lane_place(v, type, c->result, lane));
}

/* An address whose index is a byte of each lane. */
struct byte_place {
    LLVMValueRef gep, words; /* the bytes, eight to a word */
    unsigned index;          /* the operand that they are */
};

/* Of an access in the block where the index was widened: what it was made of is at hand there. */
static bool find_byte_place(struct vector *v, LLVMValueRef i, struct byte_place *b)
{
    LLVMValueRef place = LLVMGetOperand(i, 0);
    LLVMBasicBlockRef here = LLVMGetInstructionParent(i);
    bool found = false;
    if (!LLVMIsAGetElementPtrInst(place) || LLVMGetInstructionParent(place) != here || v->lanes % 8)
        return false;
    for (unsigned k = 0; k < (unsigned)LLVMGetNumOperands(place); k++) {
        LLVMValueRef o = LLVMGetOperand(place, k);
        if (vector_is_uniform(v, o))
            continue;
        if (found || !LLVMIsAZExtInst(o) || LLVMTypeOf(LLVMGetOperand(o, 0)) != v->i8 ||
            LLVMGetInstructionParent(o) != here)
            return false;
        *b = (struct byte_place){ place, LLVMGetOperand(o, 0), k };
        found = true;
    }
    if (found)
        b->words = LLVMBuildBitCast(v->builder, vector_whole(v, b->words), LLVMVectorType(v->i64, v->lanes / 8), "");
    return found;
}

/* A lane's byte is shifted out of a word: to take each address out of a vector of 64-bit numbers costs twice as much. */
static LLVMValueRef byte_place_of(struct vector *v, const struct byte_place *b, unsigned lane)
{
    LLVMValueRef word = LLVMBuildExtractElement(v->builder, b->words, vector_int(v->i32, lane / 8), ""), copy;
    LLVMValueRef byte = LLVMBuildLShr(v->builder, word, vector_int(v->i64, lane % 8 * 8), "");
    byte = LLVMBuildAnd(v->builder, byte, vector_int(v->i64, 255), "");
    copy = LLVMInstructionClone(b->gep);
    for (unsigned k = 0; k < (unsigned)LLVMGetNumOperands(b->gep); k++) {
        LLVMValueRef o = LLVMGetOperand(b->gep, k);
        LLVMSetOperand(copy, k,
                       k == b->index ? LLVMBuildIntCast2(v->builder, byte, LLVMTypeOf(o), 0, "")
                                     : vector_scalar(v, o));
    }
    LLVMInsertIntoBuilder(v->builder, copy);
    return copy;
}

/* What is short is written once for each lane; it runs when all lanes live, else the loop. */
static void every_lane(struct vector *v, LLVMValueRef i, const struct lane_call *c, LLVMBasicBlockRef loop,
                       LLVMBasicBlockRef out)
{
    LLVMBasicBlockRef here = LLVMGetInsertBlock(v->builder),
                      all = LLVMAppendBasicBlockInContext(v->context, v->made, "lanes.all");
    LLVMBuildCondBr(v->builder, vector_all(v, v->mask), all, loop);
    LLVMPositionBuilderAtEnd(v->builder, all);
    struct byte_place b;
    struct lane_call own = *c;
    struct vector_at_hand kept = vector_keep(v);
    bool of_byte = find_byte_place(v, i, &b);
    own.spilled[0] &= !of_byte;
    for (unsigned k = 0; k < v->lanes; k++) {
        if (of_byte)
            own.operand[0] = byte_place_of(v, &b, k);
        one_lane(v, i, &own, vector_int(v->i64, k));
    }
    vector_restore(v, kept);
    LLVMBuildBr(v->builder, out);
    LLVMPositionBuilderAtEnd(v->builder, here);
}

LLVMValueRef vector_lane_loop(struct vector *v, LLVMValueRef i)
{
    LLVMTypeRef type = LLVMTypeOf(i), bits = bits_type(v);
    struct lane_call c = { .count = LLVMGetNumOperands(i) };
    bool gives = LLVMGetTypeKind(type) != LLVMVoidTypeKind && LLVMGetFirstUse(i);
    for (int k = 0; k < c.count; k++) {
        LLVMValueRef o = LLVMGetOperand(i, (unsigned)k);
        c.spilled[k] = !LLVMIsAFunction(o) && !vector_is_uniform(v, o);
        c.operand[k] = LLVMIsAFunction(o) ? o : c.spilled[k] ? spill(v, o) : vector_scalar(v, o);
    }
    if (gives) {
        c.result = vector_new_slot(v, vector_type(v, memory_type(v, type)));
        LLVMSetAlignment(c.result, 64);
    }
    LLVMBasicBlockRef from = LLVMGetInsertBlock(v->builder),
                      head = LLVMAppendBasicBlockInContext(v->context, v->made, "lanes"),
                      body = LLVMAppendBasicBlockInContext(v->context, v->made, "lane"),
                      out = LLVMAppendBasicBlockInContext(v->context, v->made, "lanes.end");
    LLVMValueRef all = vector_bits(v, v->mask);
    if (LLVMIsAAtomicRMWInst(i) && tncc_own_memory(v->t, v->source, LLVMGetOperand(i, 0)))
        every_lane(v, i, &c, head, out);
    else
        LLVMBuildBr(v->builder, head);
    LLVMPositionBuilderAtEnd(v->builder, head);
    LLVMValueRef left = LLVMBuildPhi(v->builder, bits, "");
    LLVMBuildCondBr(v->builder, LLVMBuildICmp(v->builder, LLVMIntNE, left, LLVMConstNull(bits), ""), body, out);
    LLVMPositionBuilderAtEnd(v->builder, body);
    LLVMValueRef args[2] = { left, vector_int(v->i1, 1) };
    LLVMValueRef lane = vector_intrinsic(v, "llvm.cttz", &bits, 1, args, 2);
    one_lane(v, i, &c, v->lanes < 64 ? LLVMBuildZExt(v->builder, lane, v->i64, "") : lane);
    LLVMValueRef rest = LLVMBuildAnd(v->builder, left, LLVMBuildSub(v->builder, left, vector_int(bits, 1), ""), "");
    LLVMBuildBr(v->builder, head);
    LLVMAddIncoming(left, (LLVMValueRef[]){ all, rest }, (LLVMBasicBlockRef[]){ from, body }, 2);
    LLVMPositionBuilderAtEnd(v->builder, out);
    if (!gives)
        return NULL;
    LLVMValueRef r = vector_load(v, vector_type(v, memory_type(v, type)), c.result);
    return type == v->i1 ? LLVMBuildTrunc(v->builder, r, vector_mask_type(v), "") : r;
}

/* ---- atomics ---- */
static const struct reduction {
    LLVMAtomicRMWBinOp op;
    const char *intrinsic;
    enum { ZERO, ONES, LEAST, MOST } neutral;
} reductions[] = {
    { LLVMAtomicRMWBinOpAdd, "llvm.vector.reduce.add", ZERO },
    { LLVMAtomicRMWBinOpSub, "llvm.vector.reduce.add", ZERO },
    { LLVMAtomicRMWBinOpOr, "llvm.vector.reduce.or", ZERO },
    { LLVMAtomicRMWBinOpXor, "llvm.vector.reduce.xor", ZERO },
    { LLVMAtomicRMWBinOpAnd, "llvm.vector.reduce.and", ONES },
    { LLVMAtomicRMWBinOpMax, "llvm.vector.reduce.smax", LEAST },
    { LLVMAtomicRMWBinOpMin, "llvm.vector.reduce.smin", MOST },
    { LLVMAtomicRMWBinOpUMax, "llvm.vector.reduce.umax", ZERO },
    { LLVMAtomicRMWBinOpUMin, "llvm.vector.reduce.umin", ONES },
};

static LLVMValueRef neutral(const struct reduction *r, LLVMTypeRef type)
{
    uint64_t top = 1ull << (LLVMGetIntTypeWidth(type) - 1);
    switch (r->neutral) {
    case ONES:
        return LLVMConstAllOnes(type);
    case LEAST:
        return LLVMConstInt(type, top, 0);
    case MOST:
        return LLVMConstInt(type, top - 1, 0);
    default:
        return LLVMConstNull(type);
    }
}

/* One address, integers, and nobody asks for the result: the lanes' operands are combined first. Floating-point numbers
 * are not: their sum depends on the order. */
void vector_atomic(struct vector *v, LLVMValueRef i)
{
    LLVMValueRef place = LLVMGetOperand(i, 0), value = LLVMGetOperand(i, 1);
    LLVMTypeRef type = LLVMTypeOf(value), all = vector_type(v, type);
    const struct reduction *found = NULL;
    for (size_t k = 0; k < sizeof reductions / sizeof *reductions; k++)
        if (reductions[k].op == LLVMGetAtomicRMWBinOp(i))
            found = &reductions[k];
    if (!found || LLVMGetFirstUse(i) || !vector_is_uniform(v, place) || LLVMGetTypeKind(type) != LLVMIntegerTypeKind) {
        LLVMValueRef r = vector_lane_loop(v, i);
        if (r)
            vector_define(v, i, r);
        return;
    }
    LLVMValueRef x = vector_select(v, v->mask, vector_whole(v, value), vector_splat(v, neutral(found, type)));
    LLVMValueRef one = vector_intrinsic(v, found->intrinsic, &all, 1, &x, 1), copy = LLVMInstructionClone(i);
    LLVMSetOperand(copy, 0, vector_safe_place(v, vector_scalar(v, place)));
    LLVMSetOperand(copy, 1, one);
    LLVMInsertIntoBuilder(v->builder, copy);
    made_plain(v, i, copy);
}
