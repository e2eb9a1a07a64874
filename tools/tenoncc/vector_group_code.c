/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vector_group_code.c - writes the groups of loads and stores that vector_group.c found: wide accesses and permutations, rows and
 * their transposition, and the members by themselves where lanes are missing or an index wraps.
 */
#include "tools/tenoncc/interleave.h"
#include "tools/tenoncc/vector_group.h"

static struct tncc_lanes lanes_of(const struct vector *v)
{
    return (struct tncc_lanes){ v->builder, v->i32, v->lanes };
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
    LLVMValueRef pair = vector_intrinsic(
        v, g->where.extension == LLVMSExt ? "llvm.sadd.with.overflow" : "llvm.uadd.with.overflow", &v->i32, 1, args, 2);
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
    const struct tncc_lanes l = lanes_of(v);
    for (unsigned j = 0; j < g->step; j++) {
        unsigned back = j + 1 == g->step ? g->step - g->span : 0;
        LLVMValueRef at = bytes_from(v, place, ((int64_t)j * n - back) * size);
        all[j] = LLVMBuildLoad2(v->builder, type, at, "");
        LLVMSetAlignment(all[j], common_align(v, g));
        for (unsigned k = 0; k < n; k++)
            from[k] = k + back < n ? k + back : n - 1;
        if (back)
            all[j] = tncc_permute(&l, all[j], LLVMGetPoison(type), from);
    }
}

/* ---- rows ---- */
struct rows {
    LLVMValueRef first; /* of lane 0, or, anywhere, an array of all lanes' */
    int64_t stride;
};

static LLVMValueRef row_place(struct vector *v, const struct vector_group *g, const struct rows *r, unsigned lane)
{
    if (!g->anywhere)
        return bytes_from(v, r->first, r->stride * lane);
    return vector_load(v, v->ptr,
                       bytes_from(v, r->first, (int64_t)lane * (int64_t)LLVMABISizeOfType(v->layout, v->ptr)));
}

static void load_rows(struct vector *v, const struct vector_group *g, const struct rows *r, LLVMValueRef *all)
{
    LLVMValueRef part[VECTOR_MAX_LANES];
    const struct tncc_lanes l = lanes_of(v);
    unsigned count = v->lanes, length = g->step;
    for (unsigned k = 0; k < count; k++) {
        LLVMValueRef row = LLVMBuildLoad2(v->builder, LLVMVectorType(g->type, g->span), row_place(v, g, r, k), "");
        LLVMSetAlignment(row, common_align(v, g));
        part[k] =
            g->span == length ? row : tncc_part(&l, row, NULL, 0, length); /* nothing wants what is behind the span */
    }
    tncc_join_rows(&l, part, count, length, all);
}

static void store_rows(struct vector *v, const struct vector_group *g, const struct rows *r, LLVMValueRef *all)
{
    const struct tncc_lanes l = lanes_of(v);
    unsigned each = v->lanes / g->step; /* NOLINT(clang-analyzer-core.DivideZero): a group has a step */
    for (unsigned k = 0; k < v->lanes; k++) {
        LLVMValueRef row = tncc_part(&l, all[k / each], NULL, k % each * g->step, g->step);
        LLVMSetAlignment(LLVMBuildStore(v->builder, row, row_place(v, g, r, k)), common_align(v, g));
    }
}

static struct rows rows_from(struct vector *v, const struct vector_group *g, LLVMValueRef place)
{
    struct rows r = { place, vector_group_stride(v, &g->where) };
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
    LLVMValueRef all[GROUP_MAX_STEP], every[GROUP_MAX_STEP] = { NULL };
    bool wanted[GROUP_MAX_STEP] = { false };
    for (unsigned k = 0; k < g->count; k++)
        wanted[g->member[k].place] = true;
    if (g->rows) {
        struct rows r = rows_from(v, g, place);
        load_rows(v, g, &r, all);
    } else {
        load_all(v, g, place, all);
    }
    const struct tncc_lanes l = lanes_of(v);
    tncc_take_every(&l, all, g->step, wanted, every, 1);
    for (unsigned k = 0; k < g->count; k++)
        out[k] = as_type(v, every[g->member[k].place], vector_group_type(g->member[k].instruction));
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
    LLVMValueRef all[GROUP_MAX_STEP], in[GROUP_MAX_STEP] = { NULL };
    int64_t size = (int64_t)LLVMABISizeOfType(v->layout, g->type);
    bool there[GROUP_MAX_STEP] = { false };
    for (unsigned k = 0; k < g->step; k++)
        in[k] = LLVMGetPoison(vector_type(v, g->type));
    for (unsigned k = 0; k < g->count; k++)
        there[g->member[k].place] = true;
    for (unsigned k = 0; k < g->count; k++)
        in[g->member[k].place] = as_type(v, values[k], g->type);
    const struct tncc_lanes l = lanes_of(v);
    tncc_put_every(&l, in, g->step, 1, all);
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
                 out[2][GROUP_MAX_MEMBERS] = { { NULL } };
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
    LLVMValueRef values[GROUP_MAX_MEMBERS] = { NULL };
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
