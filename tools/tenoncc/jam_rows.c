/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jam_rows.c - gathers and scatters of rows in step. Lanes of a row may be far from each other in memory while the rows lie side by
 * side, as in a transpose: then what a lane has of all rows is one access, and the vectors are transposed.
 *
 *      row 0   a0 b0 c0 d0         memory   .. a0 a1 a2 a3 .. b0 b1 b2 b3 .. c0 c1 c2 c3 .. d0 d1 d2 d3 ..
 *      row 1   a1 b1 c1 d1                     └─ lane 0 ─┘   └─ lane 1 ─┘   └─ lane 2 ─┘   └─ lane 3 ─┘
 *      row 2   a2 b2 c2 d2
 *      row 3   a3 b3 c3 d3
 *
 * The rule expects it of indices that go up by one from row to row; when it runs the addresses are compared, and else each row
 * goes by itself.
 */
#include "tools/tenoncc/interleave.h"
#include "tools/tenoncc/jam.h"
#include "tools/tenoncc/step.h"

struct access {
    LLVMTypeRef element;
    LLVMValueRef value[JAM_MOST], place[JAM_MOST], mask[JAM_MOST]; /* value: what is stored */
    unsigned lanes, align;
    int64_t bytes; /* of an element */
    bool store;
};

static bool is_store(LLVMValueRef i)
{
    return tncc_starts(tncc_callee(i), "llvm.masked.scatter");
}

bool jam_in_rows(const struct jam *j, LLVMValueRef i)
{
    const char *name = LLVMIsACallInst(i) ? tncc_callee(i) : NULL;
    bool gather = name && tncc_starts(name, "llvm.masked.gather");
    if (!j->rows || !name || (!gather && !is_store(i)))
        return false;
    LLVMTypeRef type = gather ? LLVMTypeOf(i) : LLVMTypeOf(LLVMGetOperand(i, 0));
    LLVMValueRef place = LLVMGetOperand(i, gather ? 0 : 1);
    if (j->copies > LLVMGetVectorSize(type))
        return false;
    return tncc_row_step(j->t->layout, j->source, j->lane_params, place) ==
           (int64_t)LLVMABISizeOfType(j->t->layout, LLVMGetElementType(type));
}

static struct access take_apart(struct jam *j, LLVMValueRef i)
{
    struct access a = { .store = is_store(i) };
    LLVMTypeRef type = LLVMTypeOf(a.store ? LLVMGetOperand(i, 0) : i);
    a.element = LLVMGetElementType(type);
    a.lanes = LLVMGetVectorSize(type);
    a.bytes = (int64_t)LLVMABISizeOfType(j->t->layout, a.element);
    a.align = (unsigned)LLVMConstIntGetZExtValue(LLVMGetOperand(i, a.store ? 2 : 1));
    for (unsigned c = 0; c < j->copies; c++) {
        a.value[c] = a.store ? jam_value(j, LLVMGetOperand(i, 0), c) : NULL;
        a.place[c] = jam_value(j, LLVMGetOperand(i, a.store), c);
        a.mask[c] = jam_value(j, LLVMGetOperand(i, a.store ? 3 : 2), c);
    }
    return a;
}

/* All lanes of all rows are there, and the rows lie side by side. */
static LLVMValueRef side_by_side(struct jam *j, const struct access *a)
{
    struct transform *t = j->t;
    LLVMBuilderRef b = t->builder;
    LLVMTypeRef bits = LLVMIntTypeInContext(t->context, a->lanes), number = LLVMVectorType(t->i64, a->lanes);
    LLVMValueRef all = NULL, first = LLVMBuildPtrToInt(b, a->place[0], number, "");
    for (unsigned c = 0; c < j->copies; c++) {
        LLVMValueRef here = a->mask[c], at = first, by[TNCC_MAX_LANES];
        if (c) {
            for (unsigned k = 0; k < a->lanes; k++)
                by[k] = LLVMConstInt(t->i64, (unsigned long long)(c * a->bytes), 0);
            at = LLVMBuildAdd(b, first, LLVMConstVector(by, a->lanes), "");
            at = LLVMBuildICmp(b, LLVMIntEQ, LLVMBuildPtrToInt(b, a->place[c], number, ""), at, "");
            here = LLVMBuildAnd(b, here, at, "");
        }
        all = all ? LLVMBuildAnd(b, all, here, "") : here;
    }
    all = LLVMBuildFreeze(b, LLVMBuildBitCast(b, all, bits, ""), "");
    return LLVMBuildICmp(b, LLVMIntEQ, all, LLVMConstAllOnes(bits), "");
}

/* The lanes' addresses as an array: an element at a time out of a vector would cost more. */
static LLVMValueRef keep_places(struct jam *j, const struct access *a)
{
    LLVMBuilderRef b = j->t->builder;
    LLVMBasicBlockRef here = LLVMGetInsertBlock(b);
    LLVMPositionBuilderAtEnd(b, j->entry);
    LLVMValueRef array = LLVMBuildAlloca(b, LLVMTypeOf(a->place[0]), "places");
    LLVMPositionBuilderAtEnd(b, here);
    LLVMBuildStore(b, a->place[0], array);
    return array;
}

static LLVMValueRef lane_place(struct jam *j, LLVMValueRef array, unsigned lane)
{
    LLVMValueRef at = LLVMConstInt(j->t->i32, lane, 0);
    return LLVMBuildLoad2(j->t->builder, j->t->ptr, LLVMBuildGEP2(j->t->builder, j->t->ptr, array, &at, 1, ""), "");
}

static void store_lanes(struct jam *j, struct access *a, const struct tncc_lanes *l, LLVMValueRef array)
{
    LLVMValueRef all[JAM_MOST];
    unsigned each = a->lanes / j->copies;
    tncc_put_every(l, a->value, j->copies, 1, all);
    for (unsigned k = 0; k < a->lanes; k++) {
        LLVMValueRef part = tncc_part(l, all[k / each], NULL, k % each * j->copies, j->copies);
        LLVMSetAlignment(LLVMBuildStore(l->builder, part, lane_place(j, array, k)), a->align);
    }
}

static void load_lanes(struct jam *j, const struct access *a, const struct tncc_lanes *l, LLVMValueRef array,
                       LLVMValueRef *out)
{
    LLVMValueRef part[TNCC_MAX_LANES], all[JAM_MOST];
    bool wanted[JAM_MOST];
    for (unsigned k = 0; k < a->lanes; k++) {
        part[k] = LLVMBuildLoad2(l->builder, LLVMVectorType(a->element, j->copies), lane_place(j, array, k), "");
        LLVMSetAlignment(part[k], a->align);
    }
    for (unsigned c = 0; c < j->copies; c++)
        wanted[c] = true;
    tncc_join_rows(l, part, a->lanes, j->copies, all);
    tncc_take_every(l, all, j->copies, wanted, out, 1);
}

void jam_rows(struct jam *j, LLVMValueRef i)
{
    LLVMBuilderRef b = j->t->builder;
    struct access a = take_apart(j, i);
    const struct tncc_lanes l = { b, j->t->i32, a.lanes };
    LLVMBasicBlockRef near = LLVMAppendBasicBlockInContext(j->t->context, j->made, "near"),
                      far = LLVMAppendBasicBlockInContext(j->t->context, j->made, "far"),
                      done = LLVMAppendBasicBlockInContext(j->t->context, j->made, "accessed");
    LLVMValueRef out[2][JAM_MOST], array = NULL;
    tncc_expect(LLVMBuildCondBr(b, side_by_side(j, &a), near, far), 1000, 1);
    LLVMPositionBuilderAtEnd(b, near);
    array = keep_places(j, &a);
    if (a.store)
        store_lanes(j, &a, &l, array);
    else
        load_lanes(j, &a, &l, array, out[0]);
    LLVMBuildBr(b, done);
    LLVMPositionBuilderAtEnd(b, far);
    for (unsigned c = 0; c < j->copies; c++)
        out[1][c] = jam_clone(j, i, jam_value, c);
    LLVMBuildBr(b, done);
    LLVMPositionBuilderAtEnd(b, done);
    for (unsigned c = 0; c < j->copies && !a.store; c++) {
        LLVMValueRef phi = LLVMBuildPhi(b, LLVMTypeOf(i), "");
        LLVMAddIncoming(phi, (LLVMValueRef[]){ out[0][c], out[1][c] }, (LLVMBasicBlockRef[]){ near, far }, 2);
        tncc_put(&j->own[c], i, phi);
    }
}
