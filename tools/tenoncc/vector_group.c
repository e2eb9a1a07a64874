/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vector_group.c - loads and stores that belong together: fields of neighbouring structures, elements 2 * i and 2 * i + 1.
 * Where the lanes' addresses are K elements apart, K wide loads and permutations give what several gathers would:
 *
 *       memory   x0 y0 x1 y1 x2 y2 x3 y3       K = 2, the members at 0 and 1
 *                └─ load ──┘ └─ load ──┘
 *       x  =     x0 x1 x2 x3                   every second element of the two
 *       y  =     y0 y1 y2 y3
 *
 * Where they are farther apart or anywhere, each lane's row of members is one load, and the rows are transposed in the same way.
 * That is done while all lanes live and no index wraps; else each member goes by itself. Finds groups;
 * vector_group_code.c writes them.
 */
#include "tools/tenoncc/vector_group.h"

#include <string.h>

/* ---- addresses ---- */
/* One step of a getelementptr: bytes of constant indices, and at most one index that is none. */
static bool take_gep(struct vector *v, LLVMValueRef gep, struct address *a, LLVMValueRef *variable, int64_t *scale)
{
    LLVMTypeRef type = LLVMGetGEPSourceElementType(gep);
    *variable = NULL;
    for (unsigned k = 1; k < (unsigned)LLVMGetNumOperands(gep); k++) {
        LLVMValueRef at = LLVMGetOperand(gep, k);
        if (k > 1 && LLVMGetTypeKind(type) == LLVMStructTypeKind) {
            unsigned field = (unsigned)LLVMConstIntGetZExtValue(at);
            a->bytes += (int64_t)LLVMOffsetOfElement(v->layout, type, field);
            type = LLVMStructGetTypeAtIndex(type, field);
            continue;
        }
        if (k > 1)
            type = LLVMGetElementType(type);
        int64_t size = (int64_t)LLVMABISizeOfType(v->layout, type);
        if (LLVMIsAConstantInt(at)) {
            a->bytes += LLVMConstIntGetSExtValue(at) * size;
        } else {
            if (*variable)
                return false;
            *variable = at;
            *scale = size;
        }
    }
    return true;
}

static bool adds_constant(LLVMValueRef i)
{
    if (!LLVMIsAInstruction(i))
        return false;
    LLVMOpcode op = LLVMGetInstructionOpcode(i);
    return (op == LLVMAdd || (op == LLVMOr && LLVMGetIsDisjoint(i))) && LLVMIsAConstantInt(LLVMGetOperand(i, 1));
}

static void take_index(struct address *a, LLVMValueRef index)
{
    LLVMTypeRef type = LLVMTypeOf(index);
    if (LLVMIsASExtInst(index) || LLVMIsAZExtInst(index)) {
        LLVMValueRef narrow = LLVMGetOperand(index, 0);
        if (LLVMGetIntTypeWidth(LLVMTypeOf(narrow)) == 32) {
            a->extension = LLVMGetInstructionOpcode(index);
            index = narrow;
        }
    }
    if (LLVMGetIntTypeWidth(type) != 64)
        return;
    while (adds_constant(index)) {
        a->units += LLVMConstIntGetSExtValue(LLVMGetOperand(index, 1));
        index = LLVMGetOperand(index, 0);
    }
    if (a->extension)
        a->units = (int32_t)a->units;
    a->index = index;
}

static struct address take_apart(struct vector *v, LLVMValueRef p)
{
    struct address a = { .base = p };
    while (LLVMIsAGetElementPtrInst(p)) {
        struct address next = a;
        LLVMValueRef variable;
        int64_t scale = 0;
        if (!take_gep(v, p, &next, &variable, &scale) || (variable && next.index))
            break;
        if (variable) {
            if (!vector_is_uniform(v, LLVMGetOperand(p, 0)))
                break;
            take_index(&next, variable);
            if (!next.index)
                break;
            next.scale = scale;
        }
        p = LLVMGetOperand(p, 0);
        next.base = p;
        a = next;
    }
    return a;
}

static int64_t offset(const struct address *a)
{
    return a->units * a->scale + a->bytes;
}

static bool same_root(const struct address *a, const struct address *b)
{
    return a->base == b->base && a->index == b->index && a->extension == b->extension && a->scale == b->scale;
}

/* ---- finding ---- */
int64_t vector_group_stride(struct vector *v, const struct address *a)
{
    struct vector_shape s = vector_shape_of(v, a->index ? a->index : a->base);
    return s.stride == VECTOR_VARYING || !a->index ? s.stride : s.stride * a->scale;
}

LLVMTypeRef vector_group_type(LLVMValueRef i)
{
    return LLVMTypeOf(LLVMIsAStoreInst(i) ? LLVMGetOperand(i, 0) : i);
}

static LLVMValueRef access_place(LLVMValueRef i)
{
    return LLVMGetOperand(i, LLVMIsAStoreInst(i) ? 1 : 0);
}

static bool joins(struct vector *v, const struct vector_group *g, const struct address *a, LLVMValueRef i)
{
    LLVMTypeRef type = vector_group_type(i);
    uint64_t size = LLVMABISizeOfType(v->layout, g->type);
    int64_t from = offset(a) - offset(&g->where);
    if (g->count == GROUP_MAX_MEMBERS || !same_root(&g->where, a) || LLVMABISizeOfType(v->layout, type) != size ||
        (type == v->ptr) != (g->type == v->ptr) || from % (int64_t)size ||
        (g->anywhere && a->extension && a->units != g->where.units))
        return false;
    /* from the least to the greatest of the members within one step */
    for (unsigned k = 0; k < g->count; k++) {
        int64_t d = offset(a) - offset(&g->member[k].at);
        if (d >= (int64_t)(g->step * size) || -d >= (int64_t)(g->step * size) || (g->stores && !d))
            return false;
    }
    return true;
}

static void join(struct vector_group *g, const struct address *a, LLVMValueRef i)
{
    g->member[g->count++] = (struct member){ .instruction = i, .at = *a };
    if (g->count == 1 || offset(a) < offset(&g->where)) {
        g->where = *a;
        g->align = LLVMGetAlignment(i);
    }
}

static struct vector_group *start(struct vector *v, const struct address *a, LLVMValueRef i)
{
    int64_t size = (int64_t)LLVMABISizeOfType(v->layout, vector_group_type(i)), stride = vector_group_stride(v, a);
    bool near = stride >= 2 * size && stride <= GROUP_MAX_STEP * size && stride % size == 0,
         anywhere = stride == VECTOR_VARYING;
    if (stride == VECTOR_UNIFORM || stride == VECTOR_UNSEEN || stride == size || stride == -size)
        return NULL;
    struct vector_group *g = tncc_alloc(sizeof *g);
    *g = (struct vector_group){ .stores = LLVMIsAStoreInst(i) != NULL,
                                .rows = !near,
                                .anywhere = anywhere,
                                .step = near ? (unsigned)(stride / size) : GROUP_MAX_STEP,
                                .type = vector_group_type(i) };
    join(g, a, i);
    return g;
}

static unsigned odd_part(unsigned n)
{
    while (n % 2 == 0)
        n /= 2;
    return n;
}

/* Permutations that the wanted of `step` members together need. */
static unsigned permutations(unsigned step, uint32_t wanted)
{
    unsigned n = 0;
    if (!wanted || step == 1)
        return 0;
    if (step % 2)
        return (step - 1) * (unsigned)__builtin_popcount(wanted);
    for (unsigned odd = 0; odd < 2; odd++) {
        uint32_t half = 0;
        for (unsigned k = 0; k < step / 2; k++)
            half |= (wanted >> (2 * k + odd) & 1) << k;
        n += half ? step / 2 + permutations(step / 2, half) : 0;
    }
    return n;
}

static double group_cost(const struct vector *v, const struct vector_group *g)
{
    double accesses = !g->rows ? 1.5 * g->step : g->anywhere ? 2.5 * v->lanes : v->lanes;
    uint32_t wanted = 0;
    for (unsigned k = 0; k < g->count; k++)
        wanted |= 1u << g->member[k].place;
    return accesses + permutations(g->step, g->stores ? (1u << g->step) - 1 : wanted);
}

/* Is it better than its members one by one? Stores into gaps take a mask, which there is for larger elements. */
static bool is_worth_it(const struct vector *v, const struct vector_group *g)
{
    if (g->rows && (g->count < 2 || g->step > v->lanes))
        return false;
    bool gaps = g->count != g->step, small = LLVMABISizeOfType(v->layout, g->type) < 4;
    if (g->stores && ((gaps && (small || g->rows)) || odd_part(g->step) > 5))
        return false;
    return group_cost(v, g) <= 1.25 * v->lanes * g->count;
}

static void close_group(struct vector *v, struct vector_group **open)
{
    struct vector_group *g = *open;
    *open = NULL;
    if (!g)
        return;
    int64_t size = (int64_t)LLVMABISizeOfType(v->layout, g->type);
    for (unsigned k = 0; k < g->count; k++) {
        unsigned place = (unsigned)((offset(&g->member[k].at) - offset(&g->where)) / size);
        g->member[k].place = place;
        if (place >= g->span)
            g->span = place + 1;
    }
    if (g->rows)
        for (g->step = 1; g->step < g->span;)
            g->step *= 2;
    if (is_worth_it(v, g))
        for (unsigned k = 0; k < g->count; k++)
            tncc_put(&v->groups, g->member[k].instruction, g);
}

static bool touches_memory(LLVMValueRef i)
{
    if (LLVMIsACallInst(i))
        return !vector_widens(i) && !vector_drops(i);
    return LLVMIsALoadInst(i) || LLVMIsAStoreInst(i) || LLVMIsAAtomicRMWInst(i) || LLVMIsAAtomicCmpXchgInst(i) ||
           LLVMIsAFenceInst(i);
}

enum { OPEN = 8 };

/* Groups of loads stay open until something is written; a group of stores until memory is touched by anything else. */
static void find_in_block(struct vector *v, LLVMBasicBlockRef block)
{
    struct vector_group *loads[OPEN] = { NULL }, *stores = NULL;
    unsigned next = 0;
    EACH_INSTRUCTION(block, i)
    {
        bool load = LLVMIsALoadInst(i) != NULL, store = LLVMIsAStoreInst(i) != NULL;
        if (!touches_memory(i) ||
            ((load || store) && tncc_get(&v->private, access_place(i)))) /* which no group touches */
            continue;
        struct address a = { 0 };
        if (load || store)
            a = take_apart(v, access_place(i));
        if (!load)
            for (unsigned k = 0; k < OPEN; k++)
                close_group(v, &loads[k]);
        if (!store || !stores || !joins(v, stores, &a, i))
            close_group(v, &stores);
        if (store && stores) {
            join(stores, &a, i);
        } else if (store) {
            stores = start(v, &a, i);
        } else if (load) {
            unsigned k = 0;
            while (k < OPEN && !(loads[k] && joins(v, loads[k], &a, i)))
                k++;
            if (k < OPEN) {
                join(loads[k], &a, i);
            } else {
                close_group(v, &loads[next % OPEN]);
                loads[next++ % OPEN] = start(v, &a, i);
            }
        }
    }
    for (unsigned k = 0; k < OPEN; k++)
        close_group(v, &loads[k]);
    close_group(v, &stores);
}

void vector_groups(struct vector *v)
{
    for (int n = 0; n < v->block_count; n++)
        find_in_block(v, v->blocks[n].block);
}

double vector_group_cost(struct vector *v, LLVMValueRef i)
{
    const struct vector_group *g = tncc_get(&v->groups, i);
    return g ? group_cost(v, g) / g->count : 0;
}

LLVMValueRef vector_group_root(struct vector *v, LLVMValueRef i, int k)
{
    const struct vector_group *g = tncc_get(&v->groups, i);
    return g ? (k ? g->where.index : g->where.base) : NULL;
}
