/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vector_steps.c - from one round of a loop to the next: how far values and addresses go, whether lanes leave it together, and
 * how the memory is read that it walks through. Reads the region only.
 */
#include "tools/tenoncc/step.h"
#include "tools/tenoncc/vector.h"

enum { STEP_DEPTH = 8, PAGE = 4096 };

struct rounds {
    const struct vector *v;
    const struct vector_loop *loop;
};

static bool known_in_loop(void *data, LLVMValueRef x, int64_t *step)
{
    const struct rounds *r = data;
    *step = 0;
    if (!LLVMIsAInstruction(x) || !bit_test(r->loop->in, vector_number(r->v, LLVMGetInstructionParent(x))))
        return true;
    if (!LLVMIsAPHINode(x))
        return false;
    *step = TNCC_NO_STEP;
    bool head = LLVMGetInstructionParent(x) == r->v->blocks[r->loop->head].block;
    for (unsigned k = 0; head && k < LLVMCountIncoming(x); k++) {
        LLVMValueRef next = LLVMGetIncomingValue(x, k);
        bool adds = LLVMIsAInstruction(next) && LLVMGetInstructionOpcode(next) == LLVMAdd;
        if (adds && LLVMGetOperand(next, 0) == x && LLVMIsAConstantInt(LLVMGetOperand(next, 1))) {
            *step = LLVMConstIntGetSExtValue(LLVMGetOperand(next, 1));
            break;
        }
    }
    return true;
}

int64_t vector_step_of(struct vector *v, const struct vector_loop *l, LLVMValueRef x)
{
    struct rounds r = { v, l };
    const struct tncc_walk walk = { v->layout, known_in_loop, &r };
    return tncc_step(&walk, x, STEP_DEPTH);
}

/* ---- the end of a loop ---- */
bool vector_leaves_nearly(struct vector *v, const struct vector_loop *l)
{
    for (int n = 0; n < v->block_count; n++) {
        const struct vector_block *x = &v->blocks[n];
        bool way_out = false;
        for (int s = 0; s < x->succ_count; s++)
            way_out |= !bit_test(l->in, x->succ[s]);
        if (bit_test(l->in, n) && x->divergent && way_out && !vector_is_guard(v, x))
            return false;
    }
    return true;
}

/* An index comes to a bound, and each round goes at least as far as all lanes reach: in one group of a row at most they part. */
bool vector_leaves_together(struct vector *v, const struct vector_loop *l, int block)
{
    LLVMValueRef c = LLVMGetCondition(LLVMGetBasicBlockTerminator(v->blocks[block].block));
    if (!LLVMIsAICmpInst(c))
        return false;
    int turned = vector_is_uniform(v, LLVMGetOperand(c, 0));
    LLVMValueRef x = LLVMGetOperand(c, (unsigned)turned), bound = LLVMGetOperand(c, (unsigned)!turned);
    int64_t stride = vector_shape_of(v, x).stride, step = vector_step_of(v, l, x), reach;
    if (stride == VECTOR_VARYING || !vector_is_uniform(v, bound) || vector_step_of(v, l, bound))
        return false;
    reach = stride * (int64_t)v->lanes;
    return (step < 0 ? -step : step) >= (reach < 0 ? -reach : reach);
}

/* The predicate of the operands the other way round, or of the other answer. */
static LLVMIntPredicate other(LLVMIntPredicate p, bool turned)
{
    static const LLVMIntPredicate pairs[][2] = { { LLVMIntULT, LLVMIntUGT },
                                                 { LLVMIntULE, LLVMIntUGE },
                                                 { LLVMIntSLT, LLVMIntSGT },
                                                 { LLVMIntSLE, LLVMIntSGE } },
                                  answers[][2] = { { LLVMIntULT, LLVMIntUGE },
                                                   { LLVMIntULE, LLVMIntUGT },
                                                   { LLVMIntSLT, LLVMIntSGE },
                                                   { LLVMIntSLE, LLVMIntSGT } };
    for (int k = 0; k < 4; k++)
        for (int s = 0; s < 2; s++)
            if ((turned ? pairs : answers)[k][s] == p)
                return (turned ? pairs : answers)[k][!s];
    return p;
}

static bool is_outside(struct vector *v, const struct vector_loop *l, LLVMValueRef x)
{
    return !LLVMIsAInstruction(x) || !bit_test(l->in, vector_number(v, LLVMGetInstructionParent(x)));
}

bool vector_counts(struct vector *v, const struct vector_loop *l, struct vector_count *c)
{
    LLVMValueRef end = LLVMGetBasicBlockTerminator(v->blocks[l->latch].block), ask = LLVMGetCondition(end), next, phi;
    if (!LLVMIsAICmpInst(ask) || LLVMGetInstructionParent(ask) != v->blocks[l->latch].block ||
        LLVMTypeOf(LLVMGetOperand(ask, 0)) != v->i32)
        return false;
    LLVMIntPredicate p = LLVMGetICmpPredicate(ask);
    bool turned = is_outside(v, l, LLVMGetOperand(ask, 0));
    p = turned ? other(p, true) : p;
    p = LLVMGetSuccessor(end, 0) == v->blocks[l->head].block ? p : other(p, false);
    next = LLVMGetOperand(ask, turned);
    c->bound = LLVMGetOperand(ask, !turned);
    c->is_signed = p == LLVMIntSLT;
    if ((p != LLVMIntULT && p != LLVMIntSLT) || !LLVMIsAInstruction(next) || LLVMGetInstructionOpcode(next) != LLVMAdd)
        return false;
    turned = !LLVMIsAPHINode(LLVMGetOperand(next, 0));
    phi = LLVMGetOperand(next, turned);
    c->step = LLVMGetOperand(next, !turned);
    if (!LLVMIsAPHINode(phi) || LLVMGetInstructionParent(phi) != v->blocks[l->head].block || vector_is_varying(v, phi))
        return false;
    bool again = LLVMGetIncomingValue(phi, 0) == next;
    c->index = phi;
    c->from = LLVMGetIncomingValue(phi, again);
    return LLVMGetIncomingValue(phi, !again) == next && is_outside(v, l, c->from) && is_outside(v, l, c->step) &&
           is_outside(v, l, c->bound) && vector_is_uniform(v, c->step) && vector_is_uniform(v, c->bound) &&
           !vector_is_varying(v, c->from);
}

bool vector_stays_below(struct vector *v, LLVMValueRef x, LLVMOpcode extension)
{
    struct vector_count c;
    int l = LLVMIsAPHINode(x) ? v->blocks[vector_number(v, LLVMGetInstructionParent(x))].loop : -1;
    return l >= 0 && v->blocks[v->loops[l].latch].agreed == VECTOR_COUNTED && vector_counts(v, &v->loops[l], &c) &&
           c.index == x && extension == (c.is_signed ? LLVMSExt : LLVMZExt);
}

/* ---- what it reads ---- */
/* A load of neighbours: do all lanes that are there mostly come to it, since whatever keeps lanes from it compares indices, and
 * does it walk through memory, so that it pays to have what follows fetched ahead? In a loop of far strides it does not. */
bool vector_expects_all(struct vector *v, int block, LLVMValueRef place)
{
    const struct vector_block *x = &v->blocks[block];
    for (int d = 0; d < v->block_count; d++)
        if (d != block && bit_test(x->dom, d) && v->blocks[d].divergent && !bit_test(v->blocks[d].post, block) &&
            !vector_is_guard(v, &v->blocks[d]))
            return false;
    for (int l = x->loop; l >= 0; l = v->loops[l].parent)
        if (v->loops[l].divergent && !vector_leaves_nearly(v, &v->loops[l]))
            return false;
    int64_t step = x->loop >= 0 ? vector_step_of(v, &v->loops[x->loop], place) : 0;
    return step <= PAGE && step >= -PAGE;
}

/* In the launch's arguments, as far as one can see: local and private memory are in the cache. */
static bool is_global(struct vector *v, LLVMValueRef place)
{
    while (LLVMIsAGetElementPtrInst(place))
        place = LLVMGetOperand(place, 0);
    for (unsigned k = v->t->kernel->arg_count; LLVMIsAArgument(place) && k < LLVMCountParams(v->source); k++)
        if (place == LLVMGetParam(v->source, k))
            return false;
    return !LLVMIsAAllocaInst(place) && !LLVMIsAConstant(place);
}

static bool parts_inside(struct vector *v, const struct vector_loop *l)
{
    bool parts = l->divergent;
    for (int n = 0; n < v->block_count; n++)
        parts |= bit_test(l->in, n) && v->blocks[n].divergent;
    return parts;
}

/* A group that reads alone takes a piece of each row, as wide as itself, and the next group comes for the next piece when the
 * caches have given up what was around. */
unsigned vector_rounds_apart(struct vector *v)
{
    unsigned least = 0;
    for (int n = 0; n < v->block_count; n++)
        EACH_INSTRUCTION(v->blocks[n].block, i)
        {
            bool store = LLVMIsAStoreInst(i) != NULL;
            LLVMValueRef place = store || LLVMIsALoadInst(i) ? LLVMGetOperand(i, store) : NULL;
            int l = v->blocks[n].loop;
            if (!place || l < 0 || parts_inside(v, &v->loops[l]) || !is_global(v, place))
                continue;
            LLVMTypeRef type = LLVMTypeOf(store ? LLVMGetOperand(i, 0) : i);
            int64_t size = (int64_t)LLVMABISizeOfType(v->layout, type), row = size * v->lanes;
            int64_t stride = vector_shape_of(v, place).stride, step = vector_step_of(v, &v->loops[l], place);
            if ((stride != size && stride != -size) || (step < 2 * row && step > -2 * row))
                continue;
            unsigned groups = (unsigned)((step < 0 ? -step : step) / row);
            least = least && least < groups ? least : groups;
        }
    return least;
}

bool vector_is_far(struct vector *v, int block, LLVMValueRef place)
{
    int l = v->blocks[block].loop;
    if (l < 0 || v->wide || !is_global(v, place) || (tncc_could_jam(v->t) && !parts_inside(v, &v->loops[l])))
        return false;
    int64_t step = vector_step_of(v, &v->loops[l], place);
    return step > PAGE || step < -PAGE;
}
