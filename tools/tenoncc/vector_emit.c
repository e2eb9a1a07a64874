/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vector_emit.c - writes the vectorised region, block by block in the linear order. Each block that needs one has a mask in
 * a slot; every value that crosses blocks, and every phi, is a slot too, and SROA makes SSA of them again. An edge first
 * computes all that it changes, then stores it: a lane's new phi where the edge's mask has the lane, else the old one.
 */
#include "tools/tenoncc/vector.h"

#include <llvm-c/DebugInfo.h>
#include <string.h>

static LLVMValueRef mask_slot(struct vector *v, int n)
{
    const struct vector_block *x = &v->blocks[n];
    return x->same_mask >= 0 ? v->blocks[x->same_mask].mask : x->mask;
}

static LLVMBasicBlockRef way_in(struct vector *v, int n)
{
    return v->blocks[n].guard ? v->blocks[n].guard_body : v->blocks[n].body;
}

/* Masks of the blocks that belong directly to a loop are empty, and their phis undefined, when a round of it begins. */
static void begin_round(struct vector *v, int loop)
{
    for (int n = 0; n < v->block_count; n++) {
        const struct vector_block *x = &v->blocks[n];
        int own = x->loop;
        if (n == v->order[0])
            continue;
        if (vector_is_head(v, n))
            own = v->loops[own].parent;
        if (own != loop)
            continue;
        if (x->same_mask < 0)
            LLVMBuildStore(v->builder, LLVMConstNull(vector_mask_type(v)), x->mask);
        EACH_INSTRUCTION(x->block, i)
        {
            if (!LLVMIsAPHINode(i))
                break;
            struct vector_value *p = vector_info(v, i);
            LLVMBuildStore(v->builder, LLVMGetPoison(p->type), p->in);
        }
    }
}

/* ---- edges ---- */
struct change {
    LLVMValueRef slot, value;
};

static LLVMValueRef incoming(LLVMValueRef phi, LLVMBasicBlockRef from)
{
    for (unsigned k = 0; k < LLVMCountIncoming(phi); k++)
        if (LLVMGetIncomingBlock(phi, k) == from)
            return LLVMGetIncomingValue(phi, k);
    return NULL;
}

static void change(struct tncc_list *changes, LLVMValueRef slot, LLVMValueRef value)
{
    tncc_push(changes, slot);
    tncc_push(changes, value);
}

/* What the edge changes for the lanes of `mask`. */
static void take_edge(struct vector *v, int from, int to, LLVMValueRef mask, struct tncc_list *changes)
{
    const struct vector_block *a = &v->blocks[from], *b = &v->blocks[to];
    bool head = vector_is_head(v, to);
    if (b->same_mask < 0) {
        bool alone = head || (b->pred_count == 1 && b->loop == a->loop);
        LLVMValueRef now =
            alone ? mask : LLVMBuildOr(v->builder, vector_load(v, vector_mask_type(v), b->mask), mask, "");
        change(changes, b->mask, now);
    }
    EACH_INSTRUCTION(b->block, i)
    {
        if (!LLVMIsAPHINode(i))
            break;
        struct vector_value *p = vector_info(v, i);
        LLVMValueRef x = incoming(i, a->block);
        if (p->shape.stride == VECTOR_VARYING) {
            x = vector_whole(v, x);
            if (!head)
                x = vector_select(v, mask, x, vector_load(v, p->type, p->in));
        } else {
            x = LLVMIsUndef(x) ? LLVMGetPoison(p->type) : vector_scalar(v, x);
            if (!a->live || a->divergent)
                x = vector_select(v, vector_any(v, mask), x, vector_load(v, p->type, p->in));
        }
        change(changes, p->in, x);
    }
}

static void store_changes(struct vector *v, const struct tncc_list *changes)
{
    for (size_t k = 0; k < changes->count; k += 2)
        LLVMBuildStore(v->builder, changes->items[k + 1], changes->items[k]);
}

/* Poison of lanes that are not there must not come into a mask: select, never and. */
static LLVMValueRef narrowed(struct vector *v, LLVMValueRef condition)
{
    return vector_select(v, v->mask, condition, LLVMConstNull(vector_mask_type(v)));
}

static void part_lanes(struct vector *v, int n, LLVMValueRef end, int latch)
{
    struct vector_block *x = &v->blocks[n];
    struct tncc_list changes = { 0 };
    LLVMValueRef masks[2] = { v->mask, NULL }, back = NULL;
    if (x->succ_count == 2) {
        LLVMValueRef c = vector_whole(v, LLVMGetCondition(end));
        masks[0] = narrowed(v, c);
        masks[1] = narrowed(v, LLVMBuildNot(v->builder, c, ""));
    }
    for (int s = 0; s < x->succ_count && s < 2; s++) {
        take_edge(v, n, x->succ[s], masks[s], &changes);
        if (latch >= 0 && x->succ[s] == v->loops[latch].head)
            back = masks[s];
    }
    store_changes(v, &changes);
    if (latch < 0)
        LLVMBuildBr(v->builder, way_in(v, x->next[0]));
    else if (x->next[1] < 0)
        vector_fail(v, "nothing is behind a loop");
    else
        LLVMBuildCondBr(v->builder, vector_any(v, back), v->blocks[x->next[0]].body, way_in(v, x->next[1]));
}

static void branch_together(struct vector *v, int n, LLVMValueRef end)
{
    struct vector_block *x = &v->blocks[n];
    LLVMBasicBlockRef to[2];
    for (int s = 0; s < 2; s++)
        to[s] = LLVMAppendBasicBlockInContext(v->context, v->made, "edge");
    if (x->agreed == VECTOR_COUNTED) {
        LLVMValueRef c = LLVMGetCondition(end), a = vector_scalar(v, LLVMGetOperand(c, 0)),
                     b = vector_scalar(v, LLVMGetOperand(c, 1));
        LLVMBuildCondBr(v->builder, LLVMBuildICmp(v->builder, LLVMGetICmpPredicate(c), a, b, ""), to[0], to[1]);
    } else if (x->agreed) {
        vector_branch_agreed(v, LLVMGetCondition(end), to);
    } else {
        LLVMValueRef c = vector_scalar(v, LLVMGetCondition(end));
        LLVMBuildCondBr(v->builder, x->live ? c : LLVMBuildFreeze(v->builder, c, ""), to[0], to[1]);
    }
    for (int s = 0; s < 2; s++) {
        struct tncc_list changes = { 0 };
        v->local = (struct tncc_map){ 0 };
        v->local_flags = (struct tncc_map){ 0 };
        LLVMPositionBuilderAtEnd(v->builder, to[s]);
        take_edge(v, n, x->succ[s], v->mask, &changes);
        store_changes(v, &changes);
        LLVMBuildBr(v->builder, way_in(v, x->next[s]));
    }
}

static LLVMValueRef first_mask(struct vector *v)
{
    if (v->masked)
        return LLVMConstAllOnes(vector_mask_type(v));
    LLVMValueRef left = LLVMGetParam(v->made, LLVMCountParams(v->made) - 1);
    if (v->wide)
        return LLVMBuildBitCast(v->builder, left, vector_mask_type(v), "");
    return LLVMBuildICmp(v->builder, LLVMIntULT, vector_steps(v, v->i32, 1), vector_splat(v, left), "");
}

/* Lanes that are not there give what the first one does. The schedule of warps looks at those alone that are. */
static LLVMValueRef places(struct vector *v, LLVMValueRef all)
{
    if (v->wide)
        return all;
    LLVMValueRef one = LLVMBuildExtractElement(v->builder, all, vector_int(v->i32, 0), "");
    return vector_select(v, first_mask(v), all, vector_splat(v, one));
}

static void leave_block(struct vector *v, int n)
{
    struct vector_block *x = &v->blocks[n];
    LLVMValueRef end = LLVMGetBasicBlockTerminator(x->block);
    int latch = vector_latch_of(v, n);
    if (!x->succ_count) {
        LLVMBuildRet(v->builder, places(v, vector_whole(v, LLVMGetOperand(end, 0))));
    } else if (x->divergent || (latch >= 0 && v->loops[latch].divergent)) {
        part_lanes(v, n, end, latch >= 0 && v->loops[latch].divergent ? latch : -1);
    } else if (x->succ_count == 2) {
        branch_together(v, n, end);
    } else {
        struct tncc_list changes = { 0 };
        int loop = v->blocks[x->succ[0]].loop;
        if (loop >= 0 && loop != x->loop && v->blocks[v->loops[loop].latch].agreed == VECTOR_COUNTED)
            vector_ask_rounds(v, &v->loops[loop]);
        take_edge(v, n, x->succ[0], v->mask, &changes);
        store_changes(v, &changes);
        LLVMBuildBr(v->builder, way_in(v, x->next[0]));
    }
}

static void emit_block(struct vector *v, int n)
{
    struct vector_block *x = &v->blocks[n];
    LLVMValueRef end = LLVMGetBasicBlockTerminator(x->block);
    v->current = n;
    v->local = (struct tncc_map){ 0 };
    v->local_flags = (struct tncc_map){ 0 };
    if (x->guard) {
        LLVMPositionBuilderAtEnd(v->builder, x->guard_body);
        LLVMValueRef some = vector_any(v, vector_load(v, vector_mask_type(v), mask_slot(v, n)));
        LLVMBuildCondBr(v->builder, some, x->body, way_in(v, x->next[2]));
    }
    LLVMPositionBuilderAtEnd(v->builder, x->body);
    v->mask = vector_load(v, vector_mask_type(v), mask_slot(v, n));
    EACH_INSTRUCTION(x->block, i)
    {
        if (!LLVMIsAPHINode(i))
            break;
        struct vector_value *p = vector_info(v, i);
        vector_define(v, i, vector_load(v, p->type, p->in));
    }
    if (vector_is_head(v, n))
        begin_round(v, x->loop);
    EACH_INSTRUCTION(x->block, i)
    if (!LLVMIsAPHINode(i) && i != end) {
        LLVMSetCurrentDebugLocation2(v->builder, LLVMInstructionGetDebugLoc(i));
        vector_instruction(v, i);
    }
    leave_block(v, n);
}

/* ---- the function ---- */
static void declare(struct vector *v)
{
    unsigned n = LLVMCountParams(v->source);
    LLVMTypeRef *types = tncc_alloc(((size_t)n + 2) * sizeof *types);
    size_t bytes;
    for (unsigned k = 0; k < n; k++)
        types[k] = LLVMTypeOf(LLVMGetParam(v->source, k));
    /* how many threads there are, lanes behind them never live; of a warp the lanes that are there */
    types[n] = v->wide ? LLVMIntTypeInContext(v->context, v->lanes) : v->i32;
    v->made = LLVMAddFunction(
        v->module, tncc_format(v->masked ? "%s.%u.full" : "%s.%u", LLVMGetValueName2(v->source, &bytes), v->lanes),
        LLVMFunctionType(vector_type(v, v->i32), types, n + 1, 0));
    LLVMAddAttributeAtIndex(v->made, LLVMAttributeFunctionIndex,
                            LLVMCreateEnumAttribute(v->context, LLVMGetEnumAttributeKindForName("nounwind", 8), 0));
}

static bool crosses_blocks(LLVMValueRef i)
{
    for (LLVMUseRef u = LLVMGetFirstUse(i); u; u = LLVMGetNextUse(u)) {
        LLVMValueRef user = LLVMGetUser(u);
        if (LLVMIsAPHINode(user) || LLVMGetInstructionParent(user) != LLVMGetInstructionParent(i))
            return true;
    }
    return false;
}

static void make_slot(struct vector *v, LLVMValueRef i)
{
    struct vector_value *x = vector_info(v, i);
    if (!x->slot)
        x->slot = vector_new_slot(v, x->type);
}

static void make_slots(struct vector *v)
{
    for (int n = 0; n < v->block_count; n++)
        EACH_INSTRUCTION(v->blocks[n].block, i)
        {
            struct vector_value *x = vector_info(v, i);
            LLVMTypeRef type = LLVMTypeOf(i);
            if (type == v->t->none)
                continue;
            x->type = x->shape.stride == VECTOR_VARYING ? vector_type(v, type) : type;
            if (LLVMIsAPHINode(i))
                x->in = vector_new_slot(v, x->type);
            if (crosses_blocks(i))
                make_slot(v, i);
            if (x->shape.checked)
                x->flag_slot = vector_new_slot(v, v->i1);
        }
    /* a checked value may be built anew wherever it is used, from its operands */
    for (int n = 0; n < v->block_count; n++)
        EACH_INSTRUCTION(v->blocks[n].block, i)
    for (int k = 0, count = LLVMGetNumOperands(i); vector_info(v, i)->shape.checked && k < count; k++)
        if (LLVMIsAInstruction(LLVMGetOperand(i, (unsigned)k)))
            make_slot(v, LLVMGetOperand(i, (unsigned)k));
    for (int n = 0; n < v->block_count; n++)
        EACH_INSTRUCTION(v->blocks[n].block, i)
    for (int k = 0; k < 2; k++) {
        LLVMValueRef root = vector_group_root(v, i, k);
        if (root && LLVMIsAInstruction(root))
            make_slot(v, root);
    }
}

/* Where a warp begins is said once more, for LLVM. */
static void take_params(struct vector *v)
{
    unsigned first = v->lane_params[0] - P_TX;
    v->params = tncc_alloc(((size_t)LLVMCountParams(v->source) + 1) * sizeof *v->params);
    for (unsigned k = 0; k < LLVMCountParams(v->source); k++) {
        v->params[k] = LLVMGetParam(v->made, k);
        if (v->wide && (k == first + P_TX || k == first + P_LIN || k == first + P_BX))
            v->params[k] = LLVMBuildAnd(v->builder, v->params[k], vector_int(v->i32, -(int64_t)v->lanes), "");
    }
}

bool vector_emit(struct vector *v)
{
    declare(v);
    v->builder = LLVMCreateBuilderInContext(v->context);
    v->slots_builder = LLVMCreateBuilderInContext(v->context);
    LLVMBasicBlockRef slots = LLVMAppendBasicBlockInContext(v->context, v->made, "slots");
    v->entry = LLVMAppendBasicBlockInContext(v->context, v->made, "entry");
    LLVMPositionBuilderAtEnd(v->slots_builder, slots);
    v->dummy = vector_new_slot(v, LLVMArrayType2(v->i64, 8));
    LLVMSetAlignment(v->dummy, 64);
    for (int at = 0; at < v->block_count; at++) {
        struct vector_block *x = &v->blocks[v->order[at]];
        if (x->guard)
            x->guard_body = LLVMAppendBasicBlockInContext(v->context, v->made, "guard");
        x->body = LLVMAppendBasicBlockInContext(v->context, v->made, "");
        x->mask = vector_new_slot(v, vector_mask_type(v));
    }
    make_slots(v);
    LLVMPositionBuilderAtEnd(v->builder, v->entry);
    take_params(v);
    begin_round(v, -1);
    LLVMBuildStore(v->builder, first_mask(v), v->blocks[v->order[0]].mask);
    LLVMBuildBr(v->builder, v->blocks[v->order[0]].body);
    LLVMMetadataRef lines = LLVMGetSubprogram(v->source);
    if (lines)
        LLVMSetSubprogram(v->made, lines);
    for (int at = 0; at < v->block_count; at++)
        emit_block(v, v->order[at]);
    LLVMBuildBr(v->slots_builder, v->entry);
    LLVMDisposeBuilder(v->builder);
    LLVMDisposeBuilder(v->slots_builder);
    return !v->why;
}
