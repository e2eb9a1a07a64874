/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vector_shape.c - finds by an optimistic fixpoint how each value differs between lanes, which branches part them, where
 * they meet again, and which loops they leave at different rounds. Reads the region, changes nothing.
 */
#include "tools/tenoncc/vector.h"

#include <string.h>

static const struct vector_shape uniform = { VECTOR_UNIFORM, false }, varying = { VECTOR_VARYING, false },
                                 unseen = { VECTOR_UNSEEN, false };
enum { FAR = 1 << 20 }; /* strides beyond it are not followed */

struct vector_value *vector_info(struct vector *v, LLVMValueRef instruction)
{
    struct vector_value *x = tncc_get(&v->values, instruction);
    if (!x) {
        x = tncc_alloc(sizeof *x);
        x->shape = unseen;
        tncc_put(&v->values, instruction, x);
    }
    return x;
}

struct vector_shape vector_shape_of(struct vector *v, LLVMValueRef value)
{
    if (LLVMIsAInstruction(value))
        return vector_info(v, value)->shape;
    for (int k = 0; k < 2; k++)
        if (value == LLVMGetParam(v->source, v->lane_params[k]))
            return (struct vector_shape){ 1, false };
    return uniform;
}

bool vector_is_uniform(struct vector *v, LLVMValueRef value)
{
    struct vector_shape s = vector_shape_of(v, value);
    return s.stride == VECTOR_UNIFORM && !s.checked;
}

bool vector_is_varying(struct vector *v, LLVMValueRef value)
{
    struct vector_shape s = vector_shape_of(v, value);
    return s.stride == VECTOR_VARYING || s.checked;
}

static bool is_int(LLVMTypeRef type)
{
    return LLVMGetTypeKind(type) == LLVMIntegerTypeKind;
}

/* A stride modulo 2 to the width of its type. */
static struct vector_shape strided(LLVMTypeRef type, int64_t stride, bool checked)
{
    if (is_int(type) && LLVMGetIntTypeWidth(type) == 32)
        stride = (int32_t)stride;
    if (stride > FAR || stride < -FAR)
        return varying;
    return (struct vector_shape){ stride, checked };
}

static struct vector_shape phi_shape(struct vector *v, LLVMValueRef i)
{
    struct vector_shape all = unseen;
    LLVMValueRef first = NULL;
    bool same = true;
    for (unsigned k = 0; k < LLVMCountIncoming(i); k++) {
        LLVMValueRef in = LLVMGetIncomingValue(i, k);
        if (LLVMIsUndef(in) || LLVMIsPoison(in))
            continue;
        same &= !first || first == in;
        first = in;
        struct vector_shape s = vector_shape_of(v, in);
        if (s.stride == VECTOR_UNSEEN)
            continue;
        if (s.checked)
            return varying;
        if (all.stride == VECTOR_UNSEEN)
            all = s;
        else if (all.stride != s.stride)
            return varying;
    }
    bool join = v->blocks[vector_number(v, LLVMGetInstructionParent(i))].join;
    if (all.stride != VECTOR_UNSEEN && join && !(same && first && !LLVMIsAInstruction(first)))
        return varying;
    return all;
}

static struct vector_shape gep_shape(struct vector *v, LLVMValueRef i)
{
    struct vector_shape all = vector_shape_of(v, LLVMGetOperand(i, 0));
    LLVMTypeRef type = LLVMGetGEPSourceElementType(i);
    int64_t times = tncc_get(&v->private, i) ? v->lanes : 1;
    for (unsigned k = 1; k < (unsigned)LLVMGetNumOperands(i); k++) {
        LLVMValueRef at = LLVMGetOperand(i, k);
        if (k > 1) {
            if (LLVMGetTypeKind(type) == LLVMStructTypeKind) {
                type = LLVMStructGetTypeAtIndex(type, (unsigned)LLVMConstIntGetZExtValue(at));
                continue;
            }
            type = LLVMGetElementType(type);
        }
        struct vector_shape s = vector_shape_of(v, at);
        if (s.stride == VECTOR_VARYING || all.stride == VECTOR_VARYING)
            return varying;
        /* a narrower index is extended, and might wrap before */
        if ((s.stride || s.checked) && LLVMTypeOf(at) != v->i64)
            return varying;
        all = strided(v->ptr, all.stride + s.stride * times * (int64_t)LLVMABISizeOfType(v->layout, type),
                      all.checked || s.checked);
    }
    return all;
}

/* Values that are taken apart keep their stride, or are the same for all lanes, while the lanes stay within one part: a
 * flag says whether they do. Divisions are worth that only for addresses: elsewhere they are needed exactly. */
static bool only_for_addresses(LLVMValueRef i, int depth)
{
    for (LLVMUseRef u = LLVMGetFirstUse(i); u; u = LLVMGetNextUse(u)) {
        LLVMValueRef user = LLVMGetUser(u);
        LLVMOpcode op = LLVMGetInstructionOpcode(user);
        bool passes = op == LLVMAdd || op == LLVMSub || op == LLVMMul || op == LLVMShl || op == LLVMSExt ||
                      op == LLVMZExt || op == LLVMOr || op == LLVMSelect || op == LLVMGetElementPtr;
        bool place = (op == LLVMLoad || (op == LLVMStore && LLVMGetOperand(user, 1) == i));
        if (!place && !(passes && depth && only_for_addresses(user, depth - 1)))
            return false;
    }
    return true;
}

static struct vector_shape part_shape(struct vector *v, LLVMValueRef i, struct vector_shape a, struct vector_shape b)
{
    enum { DEEP = 8 };
    LLVMTypeRef type = LLVMTypeOf(i);
    LLVMValueRef by = LLVMGetOperand(i, vector_is_uniform(v, LLVMGetOperand(i, 1)) ? 1 : 0);
    int64_t reach = a.stride * ((int64_t)v->lanes - 1);
    struct vector_shape same = { VECTOR_UNIFORM, true }, goes_on = { a.stride, true };
    if ((type != v->i32 && type != v->i64) || a.stride == VECTOR_VARYING || a.stride <= 0 || b.stride != VECTOR_UNIFORM ||
        b.checked)
        return varying;
    int64_t n = LLVMIsAConstantInt(by) ? LLVMConstIntGetSExtValue(by) : 0;
    switch (LLVMGetInstructionOpcode(i)) {
    case LLVMAnd:
        if (!LLVMIsAConstantInt(by)) /* a mask of low bits, if the flag says so */
            return goes_on;
        if (n > 0 && !(n & (n + 1)) && n >= reach)
            return goes_on;
        return n < 0 && !(-n & (-n - 1)) && -n > reach ? same : varying;
    case LLVMLShr:
        return n > 0 && n < 31 && (1ll << n) > reach ? same : varying;
    case LLVMURem:
    case LLVMUDiv:
        if ((LLVMIsAConstantInt(by) && (n <= reach || n > INT32_MAX)) || !only_for_addresses(i, DEEP))
            return varying;
        return LLVMGetInstructionOpcode(i) == LLVMURem ? goes_on : same;
    default:
        return varying;
    }
}

/* Addition, subtraction, multiplication and shifts by constants keep strides, modulo the width. */
static struct vector_shape arithmetic_shape(struct vector *v, LLVMValueRef i, struct vector_shape a,
                                            struct vector_shape b)
{
    LLVMTypeRef type = LLVMTypeOf(i);
    LLVMValueRef by = LLVMGetOperand(i, 1);
    bool checked = a.checked || b.checked;
    if ((type != v->i32 && type != v->i64) || a.stride == VECTOR_VARYING || b.stride == VECTOR_VARYING)
        return varying;
    switch (LLVMGetInstructionOpcode(i)) {
    case LLVMOr:
        if (!LLVMGetIsDisjoint(i))
            return varying;
        return strided(type, a.stride + b.stride, checked);
    case LLVMAdd:
        return strided(type, a.stride + b.stride, checked);
    case LLVMSub:
        return strided(type, a.stride - b.stride, checked);
    case LLVMMul:
        if (!a.stride && !b.stride) /* one of them is checked */
            return (struct vector_shape){ VECTOR_UNIFORM, checked };
        if (!LLVMIsAConstantInt(by) || LLVMConstIntGetSExtValue(by) > FAR || LLVMConstIntGetSExtValue(by) < -FAR)
            return varying;
        return strided(type, a.stride * LLVMConstIntGetSExtValue(by), checked);
    case LLVMShl:
        if (!LLVMIsAConstantInt(by) || LLVMConstIntGetZExtValue(by) > 20)
            return varying;
        return strided(type, a.stride * (1ll << LLVMConstIntGetZExtValue(by)), checked);
    default:
        return varying;
    }
}

static struct vector_shape cast_shape(struct vector *v, LLVMValueRef i, struct vector_shape a)
{
    LLVMValueRef from = LLVMGetOperand(i, 0);
    LLVMTypeRef type = LLVMTypeOf(i), old = LLVMTypeOf(from);
    if (a.stride == VECTOR_VARYING)
        return varying;
    switch (LLVMGetInstructionOpcode(i)) {
    case LLVMSExt:
    case LLVMZExt:
        if (old != v->i32 || type != v->i64)
            return varying;
        /* the thread's index and the indices next to it in the group never wrap; the rest is looked at when it runs */
        return strided(type, a.stride, a.checked || !LLVMIsAArgument(from));
    case LLVMTrunc:
        return old == v->i64 && type == v->i32 ? strided(type, a.stride, a.checked) : varying;
    case LLVMPtrToInt:
        return type == v->i64 ? a : varying;
    case LLVMIntToPtr:
        return old == v->i64 ? a : varying;
    case LLVMFreeze:
        return (type == v->i32 || type == v->i64 || type == v->ptr) && !a.checked ? a : varying;
    default:
        return varying;
    }
}

static bool plain_load(LLVMValueRef i)
{
    return !LLVMGetVolatile(i) && LLVMGetOrdering(i) == LLVMAtomicOrderingNotAtomic;
}

static struct vector_shape plain_transfer(struct vector *v, LLVMValueRef i)
{
    LLVMOpcode op = LLVMGetInstructionOpcode(i);
    bool all_uniform = true;
    if (op == LLVMPHI)
        return phi_shape(v, i);
    if (op == LLVMAlloca) {
        uint64_t element = (uintptr_t)tncc_get(&v->private, i);
        return strided(v->ptr, (int64_t)(element ? element : LLVMABISizeOfType(v->layout, LLVMGetAllocatedType(i))), false);
    }
    if (op == LLVMAtomicRMW || op == LLVMAtomicCmpXchg)
        return varying;
    int operands = op == LLVMCall ? (int)LLVMGetNumArgOperands(i) : LLVMGetNumOperands(i);
    for (int k = 0; k < operands; k++) {
        LLVMValueRef o = LLVMGetOperand(i, (unsigned)k);
        if (LLVMValueIsBasicBlock(o))
            continue;
        struct vector_shape s = vector_shape_of(v, o);
        if (s.stride == VECTOR_UNSEEN)
            return unseen;
        all_uniform &= s.stride == VECTOR_UNIFORM && !s.checked;
    }
    if (op == LLVMCall && vector_is_warp(v, i))
        return vector_warp_shape(v, i);
    if (op == LLVMCall)
        return vector_widens(i) && all_uniform ? uniform : varying;
    if (op == LLVMLoad)
        return all_uniform && plain_load(i) ? uniform : varying;
    if (all_uniform)
        return uniform;
    struct vector_shape a = vector_shape_of(v, LLVMGetOperand(i, 0));
    switch (op) {
    case LLVMAdd:
    case LLVMSub:
    case LLVMOr:
    case LLVMMul:
    case LLVMShl:
        return arithmetic_shape(v, i, a, vector_shape_of(v, LLVMGetOperand(i, 1)));
    case LLVMAnd: {
        struct vector_shape b = vector_shape_of(v, LLVMGetOperand(i, 1));
        return a.stride == VECTOR_UNIFORM && !a.checked ? part_shape(v, i, b, a) : part_shape(v, i, a, b);
    }
    case LLVMLShr:
    case LLVMURem:
    case LLVMUDiv:
        return part_shape(v, i, a, vector_shape_of(v, LLVMGetOperand(i, 1)));
    case LLVMSExt:
    case LLVMZExt:
    case LLVMTrunc:
    case LLVMPtrToInt:
    case LLVMIntToPtr:
    case LLVMFreeze:
        return cast_shape(v, i, a);
    case LLVMGetElementPtr:
        return gep_shape(v, i);
    case LLVMSelect: {
        struct vector_shape x = vector_shape_of(v, LLVMGetOperand(i, 1)), y = vector_shape_of(v, LLVMGetOperand(i, 2));
        bool keeps = a.stride == VECTOR_UNIFORM && !a.checked && x.stride == y.stride && x.stride != VECTOR_VARYING;
        return keeps ? (struct vector_shape){ x.stride, x.checked || y.checked } : varying;
    }
    default:
        return varying;
    }
}

/* In a warp more is known of indices: where it begins. */
static struct vector_shape transfer(struct vector *v, LLVMValueRef i)
{
    struct vector_shape s = plain_transfer(v, i);
    if (!v->wide || s.stride == VECTOR_UNSEEN || (s.stride == VECTOR_UNIFORM && !s.checked) || LLVMIsAPHINode(i) ||
        LLVMIsACallInst(i) || LLVMIsALoadInst(i))
        return s;
    for (int k = 0, n = LLVMGetNumOperands(i); k < n; k++) /* lane 0's values must be at hand */
        if (!LLVMValueIsBasicBlock(LLVMGetOperand(i, (unsigned)k)) &&
            vector_shape_of(v, LLVMGetOperand(i, (unsigned)k)).stride == VECTOR_VARYING)
            return s;
    struct warp_forms forms = vector_forms(v);
    if (tncc_warp_same(&forms, i))
        return uniform;
    struct warp_form f = tncc_warp_form(&forms, i);
    return f.good && f.stride && (LLVMTypeOf(i) == v->i32 || LLVMTypeOf(i) == v->i64) &&
                   strided(LLVMTypeOf(i), f.stride, false).stride == f.stride
               ? (struct vector_shape){ f.stride, false }
               : s;
}

/* Lanes go from a block, or out of a loop (from < 0), along different ways: blocks that two of the ways reach are joins. */
static bool spread(struct vector *v, int from, const int *targets, int count, int stop)
{
    int *label = tncc_alloc((size_t)v->block_count * sizeof *label);
    bool change = false;
    memset(label, 0xff, (size_t)v->block_count * sizeof *label);
    for (int k = 0; k < count; k++) {
        if (from >= 0 && vector_is_back_edge(v, from, targets[k]))
            continue;
        label[targets[k]] = targets[k];
    }
    for (int at = 0; at < v->block_count; at++) {
        int n = v->order[at];
        if (label[n] < 0 || n == stop)
            continue;
        for (int s = 0; s < v->blocks[n].succ_count; s++) {
            int to = v->blocks[n].succ[s];
            if (vector_is_back_edge(v, n, to))
                continue;
            if (label[to] < 0) {
                label[to] = label[n];
            } else if (label[to] != label[n]) {
                label[to] = to;
                change |= !v->blocks[to].join;
                v->blocks[to].join = true;
            }
        }
    }
    return change;
}

/* Lanes leave the loop at different rounds: what comes out of it varies, and its exits are as if branched to. */
static void part_loop(struct vector *v, struct vector_loop *l)
{
    int *exits = tncc_alloc((size_t)v->block_count * sizeof *exits), count = 0;
    l->divergent = true;
    for (int n = 0; n < v->block_count; n++)
        if (bit_test(l->exits, n)) {
            v->blocks[n].join = true;
            exits[count++] = n;
        }
    spread(v, -1, exits, count, -1);
}

static void part(struct vector *v, int n)
{
    struct vector_block *x = &v->blocks[n];
    int meet = vector_nearest(v, x->post, n, true);
    x->divergent = true;
    spread(v, n, x->succ, 2, meet);
    for (int l = x->loop; l >= 0; l = v->loops[l].parent)
        if ((meet < 0 || !vector_in_loop(v, l, meet)) && !v->loops[l].divergent)
            part_loop(v, &v->loops[l]);
}

/* A step of the fixpoint for one value; shapes only fall: unseen, a stride, a checked stride, varying. */
static bool settle(struct vector *v, LLVMValueRef i)
{
    struct vector_value *x = vector_info(v, i);
    if (x->shape.stride == VECTOR_VARYING)
        return false;
    struct vector_shape now = transfer(v, i);
    if (now.stride == VECTOR_UNSEEN)
        return false;
    if (x->shape.stride != VECTOR_UNSEEN) {
        if (now.stride != x->shape.stride)
            now = varying;
        now.checked |= x->shape.checked && now.stride != VECTOR_VARYING;
    }
    bool change = now.stride != x->shape.stride || now.checked != x->shape.checked;
    x->shape = now;
    return change;
}

void vector_private(struct vector *v)
{
    EACH_INSTRUCTION(v->blocks[0].block, i)
    {
        struct tncc_map derived = { 0 };
        unsigned element = LLVMIsAAllocaInst(i) ? tncc_private_element(v->layout, i, &derived) : 0;
        for (size_t k = 0; element && k < derived.room; k++)
            if (derived.keys[k])
                tncc_put(&v->private, derived.keys[k], (void *)(uintptr_t)element);
    }
}

void vector_shapes(struct vector *v)
{
    for (bool change = true; change;) {
        change = false;
        for (int at = 0; at < v->block_count; at++) {
            int n = v->order[at];
            struct vector_block *x = &v->blocks[n];
            EACH_INSTRUCTION(x->block, i)
            change |= settle(v, i);
            if (x->succ_count < 2 || x->divergent || x->agreed)
                continue;
            struct vector_shape c = vector_shape_of(v, LLVMGetCondition(LLVMGetBasicBlockTerminator(x->block)));
            if (c.stride != VECTOR_UNSEEN && (c.stride != VECTOR_UNIFORM || c.checked)) {
                part(v, n);
                change = true;
            }
        }
    }
    /* what only ever saw undefined values is as good as uniform */
    for (int n = 0; n < v->block_count; n++)
        EACH_INSTRUCTION(v->blocks[n].block, i)
    if (vector_info(v, i)->shape.stride == VECTOR_UNSEEN)
        vector_info(v, i)->shape = uniform;
}
