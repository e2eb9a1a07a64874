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
 * That is done while all lanes live and no index wraps; else each member goes by itself. Finds groups and writes them.
 */
#include "tools/tenoncc/vector.h"

#include <string.h>

enum { MAX_STEP = 16, MAX_MEMBERS = 32 };

/* An address as base + extension of (index + units) * scale + bytes; index NULL: base is all. */
struct address {
    LLVMValueRef base, index;
    LLVMOpcode extension; /* 0: the index has 64 bits */
    int64_t scale, units, bytes;
};

struct vector_group {
    struct address where; /* units and bytes: of the least member */
    bool stores;
    bool rows;      /* each lane's members are loaded or stored by themselves, ... */
    bool anywhere;  /* from addresses without a stride */
    unsigned step;  /* elements from one lane to the next, in memory or among the rows */
    unsigned span;  /* from the first member to behind the last */
    unsigned count; /* of members, in the order of the source */
    LLVMTypeRef type;
    unsigned align; /* of the least member's address */
    struct member {
        LLVMValueRef instruction;
        struct address at;
        unsigned place; /* in elements from the least member */
    } member[MAX_MEMBERS];
};

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
static int64_t stride_of(struct vector *v, const struct address *a)
{
    struct vector_shape s = vector_shape_of(v, a->index ? a->index : a->base);
    return s.stride == VECTOR_VARYING || !a->index ? s.stride : s.stride * a->scale;
}

static LLVMTypeRef access_type(LLVMValueRef i)
{
    return LLVMTypeOf(LLVMIsAStoreInst(i) ? LLVMGetOperand(i, 0) : i);
}

static LLVMValueRef access_place(LLVMValueRef i)
{
    return LLVMGetOperand(i, LLVMIsAStoreInst(i) ? 1 : 0);
}

static bool joins(struct vector *v, const struct vector_group *g, const struct address *a, LLVMValueRef i)
{
    LLVMTypeRef type = access_type(i);
    uint64_t size = LLVMABISizeOfType(v->layout, g->type);
    int64_t from = offset(a) - offset(&g->where);
    if (g->count == MAX_MEMBERS || !same_root(&g->where, a) || LLVMABISizeOfType(v->layout, type) != size ||
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
    int64_t size = (int64_t)LLVMABISizeOfType(v->layout, access_type(i)), stride = stride_of(v, a);
    bool near = stride >= 2 * size && stride <= MAX_STEP * size && stride % size == 0, anywhere = stride == VECTOR_VARYING;
    if (stride == VECTOR_UNIFORM || stride == VECTOR_UNSEEN || stride == size || stride == -size)
        return NULL;
    struct vector_group *g = tncc_alloc(sizeof *g);
    *g = (struct vector_group){ .stores = LLVMIsAStoreInst(i) != NULL,
                                .rows = !near,
                                .anywhere = anywhere,
                                .step = near ? (unsigned)(stride / size) : MAX_STEP,
                                .type = access_type(i) };
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
        if (!touches_memory(i) || ((load || store) && tncc_get(&v->private, access_place(i)))) /* which no group touches */
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

/* ---- permutations ---- */
static LLVMValueRef permute(struct vector *v, LLVMValueRef a, LLVMValueRef b, const unsigned *from)
{
    LLVMValueRef order[VECTOR_MAX_LANES];
    for (unsigned k = 0; k < v->lanes; k++)
        order[k] = vector_int(v->i32, from[k]);
    return LLVMBuildShuffleVector(v->builder, a, b, LLVMConstVector(order, v->lanes), "");
}

/* out[o * by] = elements o, o + step ... of the vectors one behind the other, for the o's that are wanted. */
static void take_every(struct vector *v, LLVMValueRef *all, unsigned step, const bool *wanted, LLVMValueRef *out,
                       unsigned by)
{
    unsigned from[VECTOR_MAX_LANES];
    bool any = false;
    for (unsigned o = 0; o < step; o++)
        any |= wanted[o * by];
    if (!any)
        return;
    if (step == 1) {
        out[0] = all[0];
        return;
    }
    if (step % 2 == 0) {
        for (unsigned odd = 0; odd < 2; odd++) {
            LLVMValueRef half[MAX_STEP];
            for (unsigned k = 0; k < v->lanes; k++)
                from[k] = 2 * k + odd;
            for (unsigned j = 0; j < step / 2; j++)
                half[j] = permute(v, all[2 * j], all[2 * j + 1], from);
            take_every(v, half, step / 2, wanted + odd * by, out + odd * by, 2 * by);
        }
        return;
    }
    for (unsigned o = 0; o < step; o++) {
        if (!wanted[o * by])
            continue;
        LLVMValueRef r = all[0];
        for (unsigned j = 1; j < step; j++) {
            for (unsigned k = 0; k < v->lanes; k++) {
                unsigned e = k * step + o, in = e / v->lanes;
                from[k] = in == j ? v->lanes + e % v->lanes : in == 0 && j == 1 ? e : k;
            }
            r = permute(v, r, all[j], from);
        }
        out[o * by] = r;
    }
}

/* The inverse: members one behind the other, lane by lane; in[o * by] are the members. */
static void put_every(struct vector *v, LLVMValueRef *in, unsigned step, unsigned by, LLVMValueRef *all)
{
    unsigned from[VECTOR_MAX_LANES], n = v->lanes;
    if (step == 1) {
        all[0] = in[0];
        return;
    }
    if (step % 2 == 0) {
        LLVMValueRef half[2][MAX_STEP];
        for (unsigned odd = 0; odd < 2; odd++)
            put_every(v, in + odd * by, step / 2, 2 * by, half[odd]);
        for (unsigned j = 0; j < step; j++) {
            for (unsigned k = 0; k < n; k++)
                from[k] = (j % 2) * n / 2 + k / 2 + (k % 2) * n;
            all[j] = permute(v, half[0][j / 2], half[1][j / 2], from);
        }
        return;
    }
    for (unsigned j = 0; j < step; j++) {
        LLVMValueRef r = in[0];
        for (unsigned o = 1; o < step; o++) {
            for (unsigned k = 0; k < n; k++) {
                unsigned e = j * n + k, member = e % step, lane = e / step;
                from[k] = member == o ? n + lane : member == 0 && o == 1 ? lane : k;
            }
            r = permute(v, r, in[o * by], from);
        }
        all[j] = r;
    }
}

/* ---- code ---- */
static LLVMValueRef bytes_from(struct vector *v, LLVMValueRef p, int64_t bytes)
{
    LLVMValueRef at = vector_int(v->i64, bytes);
    return bytes ? LLVMBuildGEP2(v->builder, v->i8, p, &at, 1, "") : p;
}

/* Whether all indices of the group lie in a row without wrapping; NULL: they do. `low` is lane 0's index of the least one. */
static LLVMValueRef in_a_row(struct vector *v, const struct vector_group *g, LLVMValueRef low)
{
    LLVMValueRef root = g->where.index ? g->where.index : g->where.base, flag = vector_flag(v, root);
    if (g->anywhere || !g->where.extension)
        return flag;
    int64_t reach = vector_shape_of(v, root).stride * ((int64_t)v->lanes - 1), least = 0, most = 0;
    for (unsigned k = 0; k < g->count; k++) {
        int64_t from = g->member[k].at.units - g->where.units;
        least = from < least ? from : least;
        most = from > most ? from : most;
    }
    if (reach < 0)
        least += reach;
    else
        most += reach;
    if (least < 0)
        low = LLVMBuildAdd(v->builder, low, vector_int(v->i32, least), "");
    LLVMValueRef args[2] = { low, vector_int(v->i32, most - least) };
    LLVMValueRef pair = vector_intrinsic(v, g->where.extension == LLVMSExt ? "llvm.sadd.with.overflow" : "llvm.uadd.with.overflow",
                                         &v->i32, 1, args, 2);
    LLVMValueRef good = LLVMBuildNot(v->builder, LLVMBuildExtractValue(v->builder, pair, 1, ""), "");
    return flag ? LLVMBuildAnd(v->builder, good, flag, "") : good;
}

static LLVMValueRef least_index(struct vector *v, const struct vector_group *g)
{
    const struct address *a = &g->where;
    if (!a->index)
        return NULL;
    LLVMValueRef low = vector_scalar(v, a->index);
    return a->units ? LLVMBuildAdd(v->builder, low, vector_int(LLVMTypeOf(low), a->units), "") : low;
}

static LLVMValueRef address_from(struct vector *v, const struct address *a, LLVMValueRef index)
{
    if (!index)
        return bytes_from(v, vector_scalar(v, a->base), a->bytes);
    if (a->extension)
        index = LLVMBuildCast(v->builder, a->extension, index, v->i64, "");
    LLVMValueRef at = LLVMBuildMul(v->builder, index, vector_int(v->i64, a->scale), "");
    return bytes_from(v, LLVMBuildGEP2(v->builder, v->i8, vector_scalar(v, a->base), &at, 1, ""), a->bytes);
}

/* Each lane's address of a member, exactly. */
static LLVMValueRef lane_addresses(struct vector *v, const struct address *a)
{
    LLVMValueRef places;
    if (!a->index) {
        places = vector_whole(v, a->base);
    } else {
        LLVMValueRef index = vector_whole(v, a->index);
        if (a->units)
            index = LLVMBuildAdd(v->builder, index, vector_splat(v, vector_int(LLVMTypeOf(a->index), a->units)), "");
        if (a->extension)
            index = LLVMBuildCast(v->builder, a->extension, index, vector_type(v, v->i64), "");
        index = LLVMBuildMul(v->builder, index, vector_splat(v, vector_int(v->i64, a->scale)), "");
        places = LLVMBuildGEP2(v->builder, v->i8, vector_scalar(v, a->base), &index, 1, "");
    }
    return bytes_from(v, places, a->bytes);
}

static unsigned common_align(struct vector *v, const struct vector_group *g)
{
    unsigned size = (unsigned)LLVMABISizeOfType(v->layout, g->type), align = size;
    for (unsigned k = 0; k < g->count; k++)
        if (LLVMGetAlignment(g->member[k].instruction) < align)
            align = LLVMGetAlignment(g->member[k].instruction);
    return align;
}

/* The elements from the least member's in lane 0 to the greatest's in the last lane, and none behind it. */
static void load_all(struct vector *v, const struct vector_group *g, LLVMValueRef place, LLVMValueRef *all)
{
    LLVMTypeRef type = vector_type(v, g->type);
    int64_t size = (int64_t)LLVMABISizeOfType(v->layout, g->type);
    unsigned n = v->lanes, from[VECTOR_MAX_LANES];
    for (unsigned j = 0; j < g->step; j++) {
        unsigned back = j + 1 == g->step ? g->step - g->span : 0;
        LLVMValueRef at = bytes_from(v, place, ((int64_t)j * n - back) * size);
        all[j] = LLVMBuildLoad2(v->builder, type, at, "");
        LLVMSetAlignment(all[j], common_align(v, g));
        for (unsigned k = 0; k < n; k++)
            from[k] = k + back < n ? k + back : n - 1;
        if (back)
            all[j] = permute(v, all[j], LLVMGetPoison(type), from);
    }
}

/* ---- rows ---- */
/* `count` elements of a and b one behind the other, from the `first` on. */
static LLVMValueRef part_of(struct vector *v, LLVMValueRef a, LLVMValueRef b, unsigned first, unsigned count)
{
    LLVMValueRef order[VECTOR_MAX_LANES];
    for (unsigned k = 0; k < count; k++)
        order[k] = vector_int(v->i32, first + k);
    return LLVMBuildShuffleVector(v->builder, a, b ? b : LLVMGetPoison(LLVMTypeOf(a)), LLVMConstVector(order, count), "");
}

struct rows {
    LLVMValueRef first; /* of lane 0, or, anywhere, an array of all lanes' */
    int64_t stride;
};

static LLVMValueRef row_place(struct vector *v, const struct vector_group *g, const struct rows *r, unsigned lane)
{
    if (!g->anywhere)
        return bytes_from(v, r->first, r->stride * lane);
    return vector_load(v, v->ptr, bytes_from(v, r->first, (int64_t)lane * (int64_t)LLVMABISizeOfType(v->layout, v->ptr)));
}

static void load_rows(struct vector *v, const struct vector_group *g, const struct rows *r, LLVMValueRef *all)
{
    LLVMValueRef part[VECTOR_MAX_LANES];
    unsigned count = v->lanes, length = g->step;
    for (unsigned k = 0; k < count; k++) {
        LLVMValueRef row = LLVMBuildLoad2(v->builder, LLVMVectorType(g->type, g->span), row_place(v, g, r, k), "");
        LLVMSetAlignment(row, common_align(v, g));
        part[k] = g->span == length ? row : part_of(v, row, NULL, 0, length); /* nothing wants what is behind the span */
    }
    for (; length < v->lanes; length *= 2, count /= 2)
        for (unsigned k = 0; k < count / 2; k++)
            part[k] = part_of(v, part[2 * k], part[2 * k + 1], 0, 2 * length);
    for (unsigned k = 0; k < count; k++)
        all[k] = part[k];
}

static void store_rows(struct vector *v, const struct vector_group *g, const struct rows *r, LLVMValueRef *all)
{
    unsigned each = v->lanes / g->step; /* NOLINT(clang-analyzer-core.DivideZero): a group has a step */
    for (unsigned k = 0; k < v->lanes; k++) {
        LLVMValueRef row = part_of(v, all[k / each], NULL, k % each * g->step, g->step);
        LLVMSetAlignment(LLVMBuildStore(v->builder, row, row_place(v, g, r, k)), common_align(v, g));
    }
}

static struct rows rows_from(struct vector *v, const struct vector_group *g, LLVMValueRef place)
{
    struct rows r = { place, stride_of(v, &g->where) };
    if (g->anywhere) {
        r.first = vector_new_slot(v, vector_type(v, v->ptr));
        LLVMSetAlignment(r.first, 64);
        LLVMBuildStore(v->builder, lane_addresses(v, &g->where), r.first);
    }
    return r;
}

static LLVMValueRef as_type(struct vector *v, LLVMValueRef x, LLVMTypeRef type)
{
    return LLVMTypeOf(x) == vector_type(v, type) ? x : LLVMBuildBitCast(v->builder, x, vector_type(v, type), "");
}

static void near_loads(struct vector *v, const struct vector_group *g, LLVMValueRef place, LLVMValueRef *out)
{
    LLVMValueRef all[MAX_STEP], every[MAX_STEP] = { NULL };
    bool wanted[MAX_STEP] = { false };
    for (unsigned k = 0; k < g->count; k++)
        wanted[g->member[k].place] = true;
    if (g->rows) {
        struct rows r = rows_from(v, g, place);
        load_rows(v, g, &r, all);
    } else {
        load_all(v, g, place, all);
    }
    take_every(v, all, g->step, wanted, every, 1);
    for (unsigned k = 0; k < g->count; k++)
        out[k] = as_type(v, every[g->member[k].place], access_type(g->member[k].instruction));
}

/* The j-th of the vectors that go to memory, without what no member stores. */
static void store_part(struct vector *v, const struct vector_group *g, LLVMValueRef x, LLVMValueRef place, unsigned j,
                       const bool *there)
{
    LLVMTypeRef types[2] = { LLVMTypeOf(x), v->ptr };
    LLVMValueRef mask[VECTOR_MAX_LANES];
    unsigned n = v->lanes;
    if (g->count == g->step) {
        LLVMSetAlignment(LLVMBuildStore(v->builder, x, place), common_align(v, g));
        return;
    }
    for (unsigned k = 0; k < n; k++)
        mask[k] = vector_int(v->i1, there[(j * n + k) % g->step]);
    LLVMValueRef args[4] = { x, place, vector_int(v->i32, common_align(v, g)), LLVMConstVector(mask, n) };
    vector_intrinsic(v, "llvm.masked.store", types, 2, args, 4);
}

static void near_stores(struct vector *v, const struct vector_group *g, LLVMValueRef place, LLVMValueRef *values)
{
    LLVMValueRef all[MAX_STEP], in[MAX_STEP] = { NULL };
    int64_t size = (int64_t)LLVMABISizeOfType(v->layout, g->type);
    bool there[MAX_STEP] = { false };
    for (unsigned k = 0; k < g->step; k++)
        in[k] = LLVMGetPoison(vector_type(v, g->type));
    for (unsigned k = 0; k < g->count; k++)
        there[g->member[k].place] = true;
    for (unsigned k = 0; k < g->count; k++)
        in[g->member[k].place] = as_type(v, values[k], g->type);
    put_every(v, in, g->step, 1, all);
    if (g->rows) {
        struct rows r = rows_from(v, g, place);
        store_rows(v, g, &r, all);
        return;
    }
    for (unsigned j = 0; j < g->step; j++)
        store_part(v, g, all[j], bytes_from(v, place, (int64_t)j * v->lanes * size), j, there);
}

static void far_accesses(struct vector *v, const struct vector_group *g, LLVMValueRef *values)
{
    for (unsigned k = 0; k < g->count; k++) {
        const struct member *m = &g->member[k];
        LLVMValueRef r = vector_scattered(v, m->instruction, lane_addresses(v, &m->at), g->stores ? values[k] : NULL);
        if (!g->stores)
            values[k] = r;
    }
}

static void write_both_ways(struct vector *v, const struct vector_group *g, LLVMValueRef *values)
{
    LLVMBasicBlockRef near = LLVMAppendBasicBlockInContext(v->context, v->made, "row"),
                      far = LLVMAppendBasicBlockInContext(v->context, v->made, "each"),
                      done = LLVMAppendBasicBlockInContext(v->context, v->made, "grouped"), from[2];
    LLVMValueRef low = g->anywhere ? NULL : least_index(v, g), flag = in_a_row(v, g, low),
                 place = g->anywhere ? NULL : address_from(v, &g->where, low), every = vector_all(v, v->mask),
                 out[2][MAX_MEMBERS] = { { NULL } };
    if (flag)
        every = vector_select(v, every, LLVMBuildFreeze(v->builder, flag, ""), vector_int(v->i1, 0));
    for (unsigned k = 0; k < g->count; k++)
        out[0][k] = out[1][k] = values[k];
    LLVMBuildCondBr(v->builder, every, near, far);
    struct vector_at_hand kept = vector_keep(v), again = vector_keep(v);
    LLVMPositionBuilderAtEnd(v->builder, near);
    if (g->stores)
        near_stores(v, g, place, out[0]);
    else
        near_loads(v, g, place, out[0]);
    vector_restore(v, again);
    from[0] = LLVMGetInsertBlock(v->builder);
    LLVMBuildBr(v->builder, done);
    LLVMPositionBuilderAtEnd(v->builder, far);
    far_accesses(v, g, out[1]);
    vector_restore(v, kept);
    from[1] = LLVMGetInsertBlock(v->builder);
    LLVMBuildBr(v->builder, done);
    LLVMPositionBuilderAtEnd(v->builder, done);
    for (unsigned k = 0; k < g->count && !g->stores; k++) {
        values[k] = LLVMBuildPhi(v->builder, LLVMTypeOf(out[0][k]), "");
        LLVMAddIncoming(values[k], (LLVMValueRef[]){ out[0][k], out[1][k] }, from, 2);
    }
}

/* True: the access belongs to a group, and nothing is left to do. */
bool vector_grouped(struct vector *v, LLVMValueRef i)
{
    const struct vector_group *g = tncc_get(&v->groups, i);
    LLVMValueRef values[MAX_MEMBERS] = { NULL };
    if (!g)
        return false;
    if (i != g->member[g->stores ? g->count - 1 : 0].instruction)
        return true;
    for (unsigned k = 0; k < g->count && g->stores; k++)
        values[k] = vector_whole(v, LLVMGetOperand(g->member[k].instruction, 0));
    write_both_ways(v, g, values);
    for (unsigned k = 0; k < g->count && !g->stores; k++)
        vector_define(v, g->member[k].instruction, values[k]);
    return true;
}
