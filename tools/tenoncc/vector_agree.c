/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vector_agree.c - branches on which the lanes nearly always agree: tests at the beginning of a region whether a thread has
 * work at all, is inside the picture or at its border; they compare indices. What data decide is hardly ever the same for all
 * lanes, and starting again costs more than a mask. A second form of the region takes them as one, with all lanes alive
 * behind them and no masks; where they don't agree, nothing has been written yet, and the form with masks does it all:
 *
 *       if (x >= n) return;          all? ──► no lane: return
 *       body                               ├► all lanes: body, every access plain
 *                                          └► some: the form with masks, from the start
 *
 * So are the ends of loops that go on by more than the lanes reach; their rounds are counted before them where that can be done.
 */
#include "tools/tenoncc/vector.h"

static LLVMValueRef base(LLVMValueRef place)
{
    while (LLVMIsAGetElementPtrInst(place))
        place = LLVMGetOperand(place, 0);
    return place;
}

/* Can anybody tell that it was done twice? */
static bool has_effect(LLVMValueRef i)
{
    switch (LLVMGetInstructionOpcode(i)) {
    case LLVMStore:
        return !LLVMIsAAllocaInst(base(LLVMGetOperand(i, 1)));
    case LLVMAtomicRMW:
    case LLVMAtomicCmpXchg:
    case LLVMFence:
        return true;
    case LLVMCall:
        return !vector_widens(i) && !vector_drops(i);
    default:
        return false;
    }
}

static bool is_plain(struct vector *v, int n)
{
    EACH_INSTRUCTION(v->blocks[n].block, i)
    if (has_effect(i))
        return false;
    return true;
}

/* A loop that lanes leave together but for few groups, at its end alone. Where the rounds can be counted before it, they are; else
 * it must be one without others inside, which writes nothing. */
static enum vector_agreement agrees_on_end(struct vector *v, const struct vector_loop *l)
{
    struct vector_count count;
    const struct vector_block *head = &v->blocks[l->head], *before = &v->blocks[head->pred[head->pred[0] == l->latch]];
    bool plain = true;
    if (l->parent >= 0 || !v->blocks[l->latch].divergent || !vector_leaves_together(v, l, l->latch))
        return VECTOR_PARTS;
    for (int n = 0; n < v->block_count; n++) {
        const struct vector_block *x = &v->blocks[n];
        if (!bit_test(l->in, n) || n == l->latch)
            continue;
        for (int s = 0; s < x->succ_count; s++)
            if (!bit_test(l->in, x->succ[s]))
                return VECTOR_PARTS;
        plain &= is_plain(v, n) && &v->loops[x->loop] == l && !x->divergent;
    }
    if (before->succ_count == 1 && vector_counts(v, l, &count))
        return VECTOR_COUNTED;
    return plain && is_plain(v, l->latch) ? VECTOR_AGREES : VECTOR_PARTS;
}

/* The outermost loop around a block, or -1. */
static int outermost(const struct vector *v, int n)
{
    int l = v->blocks[n].loop;
    while (l >= 0 && v->loops[l].parent >= 0)
        l = v->loops[l].parent;
    return l;
}

/* All lanes come to such a branch, or none: it is not behind one that parts them. */
bool vector_find_agreed(struct vector *v, enum vector_agreement *agreed)
{
    bool *plain = tncc_alloc((size_t)v->block_count * sizeof *plain), any = false;
    enum vector_agreement *ends = tncc_alloc(((size_t)v->loop_count + 1) * sizeof *ends);
    for (int l = 0; l < v->loop_count; l++)
        ends[l] = agrees_on_end(v, &v->loops[l]);
    for (int at = 0; at < v->block_count; at++) { /* a block comes behind those that lead to it, but for latches */
        int n = v->order[at], l = outermost(v, n);
        const struct vector_block *x = &v->blocks[n];
        bool counted = l >= 0 && ends[l] == VECTOR_COUNTED, inside = counted && n != v->loops[l].head;
        plain[n] =
            inside ? plain[v->loops[l].head] : counted || (is_plain(v, n) && (l < 0 || ends[l] == VECTOR_AGREES));
        for (int k = 0; k < x->pred_count && !inside; k++) {
            int p = x->pred[k], from = v->blocks[p].loop;
            if (!vector_is_back_edge(v, p, n)) /* and a loop is not run again for what is behind it */
                plain[n] &=
                    plain[p] && (from < 0 || from == l) && v->blocks[p].divergent == (agreed[p] != VECTOR_PARTS);
        }
        if (plain[n] && x->divergent)
            agreed[n] = l < 0 ? vector_is_guard(v, x) : n == v->loops[l].latch ? ends[l] : VECTOR_PARTS;
        any |= agreed[n] != VECTOR_PARTS;
    }
    return any;
}

/* ---- the rest of a row ---- */
/* Nothing is done from there to the end. */
static bool is_empty(struct vector *v, int n)
{
    for (;; n = v->blocks[n].succ[0]) {
        LLVMValueRef end = LLVMGetBasicBlockTerminator(v->blocks[n].block);
        EACH_INSTRUCTION(v->blocks[n].block, i)
        if (i != end && !LLVMIsAPHINode(i) && !(LLVMIsACallInst(i) && vector_drops(i)))
            return false;
        if (v->blocks[n].loop >= 0 || v->blocks[n].succ_count > 1)
            return false;
        if (!v->blocks[n].succ_count)
            return true;
    }
}

/* The way that a thread and all behind it in the row take once one does; -1: neither surely. */
static int last_way(struct vector *v, LLVMValueRef condition)
{
    if (!LLVMIsAICmpInst(condition))
        return -1;
    LLVMValueRef x = LLVMGetOperand(condition, 0), bound = LLVMGetOperand(condition, 1);
    bool first = LLVMIsAConstantInt(bound) && !LLVMConstIntGetZExtValue(bound);
    if ((x != LLVMGetParam(v->source, v->lane_params[0]) && x != LLVMGetParam(v->source, v->lane_params[1])) ||
        !vector_is_uniform(v, bound))
        return -1;
    switch (LLVMGetICmpPredicate(condition)) {
    case LLVMIntULT:
    case LLVMIntULE:
    case LLVMIntSLT:
    case LLVMIntSLE:
        return 1;
    case LLVMIntUGT:
    case LLVMIntUGE:
    case LLVMIntSGT:
    case LLVMIntSGE:
        return 0;
    case LLVMIntEQ:
        return first ? 1 : -1;
    case LLVMIntNE:
        return first ? 0 : -1;
    default:
        return -1;
    }
}

/* `if (threadIdx.x < step)` and nothing else: when all lanes are out, so are those of the groups behind them in the row, and
 * the schedule need not come to them. It must be the first branch on which threads of the row differ. */
void vector_find_rest(struct vector *v)
{
    v->rest = -1;
    for (int n = 0; n < v->block_count; n++) {
        const struct vector_block *x = &v->blocks[n];
        bool first = x->agreed;
        for (int d = 0; d < v->block_count; d++)
            first &= d == n || !bit_test(x->dom, d) || !(v->blocks[d].agreed || v->blocks[d].divergent);
        int way = first ? last_way(v, LLVMGetCondition(LLVMGetBasicBlockTerminator(x->block))) : -1;
        if (way >= 0 && is_empty(v, x->succ[way])) {
            v->rest = n;
            v->rest_way = way;
        }
    }
}

/* The form with masks, from the start; nothing has been written yet. */
static void start_again(struct vector *v)
{
    unsigned n = LLVMCountParams(v->made);
    LLVMValueRef *args = tncc_alloc(((size_t)n + 1) * sizeof *args);
    LLVMGetParams(v->made, args);
    LLVMValueRef result = LLVMBuildCall2(v->builder, LLVMGlobalGetValueType(v->masked), v->masked, args, n, "");
    LLVMAddCallSiteAttribute(result, LLVMAttributeFunctionIndex,
                             LLVMCreateEnumAttribute(v->context, LLVMGetEnumAttributeKindForName("noinline", 8), 0));
    LLVMBuildRet(v->builder, result);
}

/* An index that goes up or down with the lanes, beside what is the same for all: the first lane and the last decide, if it does not
 * wrap between them. `ways`: surely all lanes the first way, the second. */
static bool ends_decide(struct vector *v, LLVMValueRef condition, LLVMValueRef ways[2])
{
    if (!LLVMIsAICmpInst(condition) || LLVMGetInstructionParent(condition) != v->blocks[v->current].block)
        return false; /* what it compares may not be at hand here */
    LLVMIntPredicate p = LLVMGetICmpPredicate(condition);
    bool is_signed = p == LLVMIntSLT || p == LLVMIntSLE || p == LLVMIntSGT || p == LLVMIntSGE,
         less = p == LLVMIntULT || p == LLVMIntULE || p == LLVMIntSLT || p == LLVMIntSLE;
    bool turned = vector_is_uniform(v, LLVMGetOperand(condition, 0));
    LLVMValueRef x = LLVMGetOperand(condition, turned), bound = LLVMGetOperand(condition, !turned);
    LLVMTypeRef type = LLVMTypeOf(x);
    if (p == LLVMIntEQ || p == LLVMIntNE || vector_is_varying(v, x) || !vector_is_uniform(v, bound) ||
        LLVMGetTypeKind(type) != LLVMIntegerTypeKind)
        return false;
    int64_t reach = vector_shape_of(v, x).stride * ((int64_t)v->lanes - 1);
    LLVMValueRef first = vector_scalar(v, x), than = vector_scalar(v, bound), found[2];
    bool down = reach < 0 && !is_signed;
    LLVMValueRef args[2] = { first, vector_int(type, down ? -reach : reach) };
    LLVMValueRef pair = vector_intrinsic(v,
                                         is_signed ? "llvm.sadd.with.overflow"
                                         : down    ? "llvm.usub.with.overflow"
                                                   : "llvm.uadd.with.overflow",
                                         &type, 1, args, 2);
    LLVMValueRef last = LLVMBuildExtractValue(v->builder, pair, 0, ""),
                 stays = LLVMBuildNot(v->builder, LLVMBuildExtractValue(v->builder, pair, 1, ""), "");
    bool last_decides = (less != turned) == (reach > 0); /* that all lanes go the first way */
    for (int k = 0; k < 2; k++) {
        LLVMValueRef end = last_decides == !k ? last : first;
        found[k] = LLVMBuildICmp(v->builder, p, turned ? than : end, turned ? end : than, "");
    }
    ways[0] = LLVMBuildAnd(v->builder, found[0], stays, "");
    ways[1] = LLVMBuildAnd(v->builder, LLVMBuildNot(v->builder, found[1], ""), stays, "");
    return true;
}

/* All lanes one way, all the other, or the whole region under masks. */
void vector_branch_agreed(struct vector *v, LLVMValueRef condition, LLVMBasicBlockRef to[2])
{
    LLVMBasicBlockRef some = LLVMAppendBasicBlockInContext(v->context, v->made, "some"),
                      part = LLVMAppendBasicBlockInContext(v->context, v->made, "part");
    LLVMValueRef surely[2];
    if (!ends_decide(v, condition, surely)) {
        LLVMValueRef bits = vector_bits(v, vector_whole(v, condition)), one = LLVMConstAllOnes(LLVMTypeOf(bits));
        surely[0] = LLVMBuildICmp(v->builder, LLVMIntEQ, bits, one, "");
        surely[1] = LLVMBuildICmp(v->builder, LLVMIntEQ, bits, LLVMConstNull(LLVMTypeOf(bits)), "");
    }
    LLVMBasicBlockRef ways[2] = { to[0], to[1] };
    if (v->rest == v->current)
        ways[v->rest_way] = LLVMAppendBasicBlockInContext(v->context, v->made, "rest");
    LLVMBuildCondBr(v->builder, surely[0], ways[0], some);
    LLVMPositionBuilderAtEnd(v->builder, some);
    tncc_expect(LLVMBuildCondBr(v->builder, surely[1], ways[1], part), 1000, 1);
    if (v->rest == v->current) {
        LLVMPositionBuilderAtEnd(v->builder, ways[v->rest_way]);
        LLVMBuildRet(v->builder, vector_splat(v, vector_int(v->i32, TNCC_REST_DONE)));
    }
    LLVMPositionBuilderAtEnd(v->builder, part);
    start_again(v);
}

void vector_ask_rounds(struct vector *v, const struct vector_loop *l)
{
    struct vector_count c;
    if (!vector_counts(v, l, &c))
        tncc_fatal("internal: a loop's rounds can't be counted");
    LLVMBuilderRef b = v->builder;
    LLVMOpcode extend = c.is_signed ? LLVMSExt : LLVMZExt;
    int64_t reach = vector_shape_of(v, c.from).stride * ((int64_t)v->lanes - 1), span = reach < 0 ? -reach : reach;
    LLVMValueRef zero = vector_int(v->i64, 0), most = vector_int(v->i64, c.is_signed ? INT32_MAX : UINT32_MAX);
    LLVMValueRef step = LLVMBuildCast(b, extend, vector_scalar(v, c.step), v->i64, ""),
                 bound = LLVMBuildCast(b, extend, vector_scalar(v, c.bound), v->i64, ""),
                 low = LLVMBuildCast(b, extend, vector_scalar(v, c.from), v->i64, "");
    if (reach < 0)
        low = LLVMBuildAdd(b, low, vector_int(v->i64, reach), "");
    LLVMValueRef high = LLVMBuildAdd(b, low, vector_int(v->i64, span), ""),
                 last = LLVMBuildAdd(b, bound, vector_int(v->i64, -1), ""),
                 goes = LLVMBuildICmp(b, LLVMIntSGT, step, zero, "");
    /* what is left in the last round of the lane with most before it, beside how far the others are ahead of it */
    LLVMValueRef by = vector_select(v, goes, step, vector_int(v->i64, 1)),
                 rest = LLVMBuildURem(b, LLVMBuildSub(b, last, low, ""), by, "");
    LLVMValueRef good[4] = {
        LLVMBuildICmp(b, LLVMIntSGE, low, c.is_signed ? vector_int(v->i64, INT32_MIN) : zero, ""),
        LLVMBuildICmp(b, LLVMIntSLE, high, last, ""),
        LLVMBuildICmp(b, LLVMIntSLE, LLVMBuildAdd(b, last, step, ""), most, ""),
        LLVMBuildICmp(b, LLVMIntUGE, rest, vector_int(v->i64, span), ""),
    };
    for (int k = 0; k < 4; k++)
        goes = LLVMBuildAnd(b, goes, good[k], "");
    LLVMBasicBlockRef same = LLVMAppendBasicBlockInContext(v->context, v->made, "same"),
                      part = LLVMAppendBasicBlockInContext(v->context, v->made, "part");
    tncc_expect(LLVMBuildCondBr(b, goes, same, part), 1000, 1);
    LLVMPositionBuilderAtEnd(b, part);
    start_again(v);
    LLVMPositionBuilderAtEnd(b, same);
}
