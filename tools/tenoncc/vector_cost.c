/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vector_cost.c - what the vectoriser refuses, and the rule by which it takes a region. Reads the region only.
 */
#include "tools/tenoncc/step.h"
#include "tools/tenoncc/vector.h"

#include <stdio.h>
#include <string.h>

/* ---- calls ---- */
bool vector_widens(LLVMValueRef call)
{
    static const char *const names[] = { "fabs",     "sqrt",     "fma",      "fmuladd",    "minnum",     "maxnum",
                                         "floor",    "ceil",     "trunc",    "rint",       "nearbyint",  "copysign",
                                         "umin",     "umax",     "smin",     "smax",       "abs",        "ctpop",
                                         "ctlz",     "cttz",     "bswap",    "bitreverse", "fshl",       "fshr",
                                         "uadd.sat", "usub.sat", "sadd.sat", "ssub.sat",   "fptosi.sat", "fptoui.sat" };
    const char *name = tncc_callee(call);
    if (tncc_is_dot(call))
        return true;
    if (!name || !tncc_starts(name, "llvm."))
        return false;
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        if (tncc_starts(name + 5, names[k]) && name[5 + strlen(names[k])] == '.')
            return true;
    return false;
}

bool vector_drops(LLVMValueRef call)
{
    const char *name = tncc_callee(call);
    return name && (tncc_starts(name, "llvm.lifetime.") || !strcmp(name, "llvm.assume") ||
                    tncc_starts(name, "llvm.dbg.") || tncc_starts(name, "llvm.experimental.noalias"));
}

/* Functions that touch no memory, and copies: their order between lanes is nobody's business, and they end. */
bool vector_by_lane(LLVMValueRef call)
{
    const char *name = tncc_callee(call);
    if (!name)
        return false;
    if (tncc_starts(name, "llvm.memcpy.") || tncc_starts(name, "llvm.memset.") || tncc_starts(name, "llvm.memmove."))
        return LLVMIsAConstantInt(LLVMGetOperand(call, 3)) && !LLVMConstIntGetZExtValue(LLVMGetOperand(call, 3));
    unsigned memory = LLVMGetEnumAttributeKindForName("memory", 6),
             ends = LLVMGetEnumAttributeKindForName("willreturn", 10);
    LLVMValueRef f = LLVMGetCalledValue(call);
    LLVMAttributeRef a = LLVMGetEnumAttributeAtIndex(f, LLVMAttributeFunctionIndex, memory);
    return a && !LLVMGetEnumAttributeValue(a) && LLVMGetEnumAttributeAtIndex(f, LLVMAttributeFunctionIndex, ends);
}

/* ---- refusals ---- */
enum { PRIVATE_LIMIT = 16 << 10 };

static bool element_type(const struct vector *v, LLVMTypeRef type)
{
    switch (LLVMGetTypeKind(type)) {
    case LLVMIntegerTypeKind: {
        unsigned bits = LLVMGetIntTypeWidth(type);
        return bits == 1 || bits == 8 || bits == 16 || bits == 32 || bits == 64;
    }
    case LLVMHalfTypeKind:
    case LLVMFloatTypeKind:
    case LLVMDoubleTypeKind:
        return true;
    case LLVMPointerTypeKind:
        return type == v->ptr;
    default:
        return false;
    }
}

static bool check_memory(struct vector *v, LLVMValueRef i, LLVMTypeRef type)
{
    if (LLVMGetVolatile(i) || LLVMGetOrdering(i) != LLVMAtomicOrderingNotAtomic)
        return vector_fail(v, "a volatile or atomic access");
    return type != v->i1 || vector_fail(v, "a bit in memory");
}

static bool check_call(struct vector *v, LLVMValueRef i)
{
    if (LLVMGetNumArgOperands(i) > VECTOR_MAX_OPERANDS)
        return vector_fail(v, "a call with many arguments");
    if (vector_has_half(i) && vector_widens(i) && !vector_widens_half(i))
        return vector_fail(v, "a function of half that float does not give exactly");
    return vector_widens(i) || vector_drops(i) || vector_by_lane(i) || vector_is_warp(v, i) ||
           vector_fail(v, "a call that must go thread by thread");
}

static bool check_instruction(struct vector *v, LLVMValueRef i)
{
    LLVMTypeRef type = LLVMTypeOf(i);
    if (LLVMIsACallInst(i) && vector_drops(i))
        return true;
    if (LLVMGetTypeKind(type) != LLVMVoidTypeKind && !element_type(v, type))
        return vector_fail(v, "a value that is no number or address");
    for (int k = 0, n = LLVMGetNumOperands(i); k < n; k++) {
        LLVMValueRef o = LLVMGetOperand(i, (unsigned)k);
        if (!LLVMValueIsBasicBlock(o) && !LLVMIsAFunction(o) && !element_type(v, LLVMTypeOf(o)))
            return vector_fail(v, "an operand that is no number or address");
    }
    switch (LLVMGetInstructionOpcode(i)) {
    case LLVMLoad:
        return check_memory(v, i, type);
    case LLVMStore:
        return check_memory(v, i, LLVMTypeOf(LLVMGetOperand(i, 0)));
    case LLVMAlloca:
        return (LLVMIsAConstantInt(LLVMGetOperand(i, 0)) && LLVMConstIntGetZExtValue(LLVMGetOperand(i, 0)) == 1 &&
                LLVMGetInstructionParent(i) == v->blocks[0].block) ||
               vector_fail(v, "a private array of unknown size");
    case LLVMAtomicRMW:
        return !LLVMGetVolatile(i) || vector_fail(v, "a volatile atomic");
    case LLVMCall:
        return check_call(v, i);
    case LLVMGetElementPtr:
        return LLVMGetNumOperands(i) <= VECTOR_MAX_OPERANDS || vector_fail(v, "an address with many indices");
    case LLVMRet:
    case LLVMBr:
    case LLVMPHI:
    case LLVMFNeg:
    case LLVMICmp:
    case LLVMFCmp:
    case LLVMSelect:
    case LLVMFreeze:
    case LLVMAdd:
    case LLVMSub:
    case LLVMMul:
    case LLVMUDiv:
    case LLVMSDiv:
    case LLVMURem:
    case LLVMSRem:
    case LLVMFAdd:
    case LLVMFSub:
    case LLVMFMul:
    case LLVMFDiv:
    case LLVMShl:
    case LLVMLShr:
    case LLVMAShr:
    case LLVMAnd:
    case LLVMOr:
    case LLVMXor:
    case LLVMTrunc:
    case LLVMZExt:
    case LLVMSExt:
    case LLVMFPToUI:
    case LLVMFPToSI:
    case LLVMUIToFP:
    case LLVMSIToFP:
    case LLVMFPTrunc:
    case LLVMFPExt:
    case LLVMPtrToInt:
    case LLVMIntToPtr:
    case LLVMBitCast:
    case LLVMFence:
        return true;
    default: /* compare-and-swap: it may wait for another thread */
        return vector_fail(v, "an instruction that is left to the threads one by one");
    }
}

bool vector_check(struct vector *v)
{
    uint64_t private = 0;
    EACH_INSTRUCTION(v->blocks[0].block, i)
    if (LLVMIsAAllocaInst(i))
    private += LLVMABISizeOfType(v->layout, LLVMGetAllocatedType(i)) * v->lanes;
    if (private > PRIVATE_LIMIT)
        return vector_fail(v, "private arrays that are too big for the stack, once for each lane");
    for (int n = 0; n < v->block_count; n++)
        EACH_INSTRUCTION(v->blocks[n].block, i)
    if (!check_instruction(v, i))
        return false;
    return true;
}

/* Values of a divergent loop reach the outside only through phis at its exits. */
static bool leaves_by_phis(struct vector *v, const struct vector_loop *l, LLVMValueRef i)
{
    for (LLVMUseRef u = LLVMGetFirstUse(i); u; u = LLVMGetNextUse(u)) {
        LLVMValueRef user = LLVMGetUser(u);
        int n = vector_number(v, LLVMGetInstructionParent(user));
        if (!bit_test(l->in, n) && !(LLVMIsAPHINode(user) && bit_test(l->exits, n)))
            return false;
    }
    return true;
}

/* Lanes in step must not wait for each other: an atomic whose result decides something in a loop that lanes leave at
 * different rounds may be a lock. */
bool vector_check_shapes(struct vector *v)
{
    for (int l = 0; l < v->loop_count; l++) {
        for (int n = 0; n < v->block_count; n++) {
            if (!v->loops[l].divergent || !bit_test(v->loops[l].in, n))
                continue;
            EACH_INSTRUCTION(v->blocks[n].block, i)
            {
                if (LLVMIsAAtomicRMWInst(i) && LLVMGetFirstUse(i))
                    return vector_fail(v, "a loop that may wait for another thread");
                if (!leaves_by_phis(v, &v->loops[l], i))
                    return vector_fail(v, "a value leaves a loop by no phi");
            }
        }
    }
    return true;
}

/* ---- the rule ---- */
enum {
    MAX_GUARDS = 2,     /* divergent branches, */
    STREAM_WORK = 40,   /* cost of all of it, */
    STREAM_CHECKED = 4, /* and addresses that may wrap, of regions that LLVM's vectoriser gets */
};

struct cost {
    double one, all; /* one thread by itself; all lanes at once */
};

static unsigned registers(const struct vector *v, LLVMTypeRef type)
{
    bool wide = type == v->i64 || type == v->f64 || type == v->ptr;
    return (wide ? 2 : 1) * (v->wide ? v->lanes / v->t->words : 1);
}

/* The rows of a block lie side by side in memory, and may be had together (jam_rows.c). */
static bool in_rows(struct vector *v, LLVMValueRef place, int64_t size)
{
    const unsigned params[2] = { v->t->kernel->arg_count + P_TY, v->t->kernel->arg_count + P_LIN };
    return tncc_could_jam(v->t) && tncc_row_step(v->layout, v->source, params, place) == size;
}

static struct cost memory_cost(struct vector *v, LLVMValueRef i, LLVMValueRef place, LLVMTypeRef type)
{
    struct vector_shape s = vector_shape_of(v, place);
    int64_t size = (int64_t)LLVMABISizeOfType(v->layout, type);
    double lanes = v->lanes;
    if (s.stride == VECTOR_UNIFORM && !s.checked)
        return (struct cost){ 1, LLVMIsAStoreInst(i) ? 2 : 1 };
    if (s.stride == size || s.stride == -size)
        return (struct cost){ 1, (s.checked ? 2.0 : 1.5) * registers(v, type) + (s.stride < 0) };
    if (!s.stride && LLVMIsALoadInst(i))
        return (struct cost){ 1, 2 };
    double grouped = vector_group_cost(v, i);
    if (grouped > 0)
        return (struct cost){ 1, grouped * registers(v, type) };
    if (in_rows(v, place, size)) /* four rows are one access for each lane, and permutations */
        return (struct cost){ 1, (lanes + 8) / 4 };
    return (struct cost){ 1, LLVMIsAStoreInst(i) ? 4 * lanes : 1.25 * lanes };
}

static struct cost instruction_cost(struct vector *v, LLVMValueRef i)
{
    LLVMOpcode op = LLVMGetInstructionOpcode(i);
    LLVMTypeRef type = LLVMTypeOf(i);
    bool varies = vector_shape_of(v, i).stride == VECTOR_VARYING;
    double lanes = v->lanes, width = varies ? registers(v, type) : 1;
    if (varies && vector_has_half(i) && op >= LLVMFAdd && op <= LLVMFDiv)
        return (struct cost){ 4, (op == LLVMFDiv ? 13 : 4) * width };
    if (!varies && tncc_makes_mark(i))
        return (struct cost){ 0, 0 };
    switch (op) {
    case LLVMPHI:
    case LLVMRet:
    case LLVMAlloca:
    case LLVMFence:
    case LLVMBitCast:
    case LLVMFreeze:
        return (struct cost){ 0, varies ? 0.5 * width : 0 };
    case LLVMBr:
        return (struct cost){ 1, v->blocks[vector_number(v, LLVMGetInstructionParent(i))].divergent ? 3 : 1 };
    case LLVMLoad:
        return memory_cost(v, i, LLVMGetOperand(i, 0), type);
    case LLVMStore:
        return memory_cost(v, i, LLVMGetOperand(i, 1), LLVMTypeOf(LLVMGetOperand(i, 0)));
    case LLVMAtomicRMW:
        if (tncc_own_memory(v->t, v->source, LLVMGetOperand(i, 0)))
            return (struct cost){ 3,
                                  vector_is_uniform(v, LLVMGetOperand(i, 0)) && !LLVMGetFirstUse(i) ? 8 : lanes * 2 };
        return (struct cost){ 20, vector_is_uniform(v, LLVMGetOperand(i, 0)) && !LLVMGetFirstUse(i) ? 30 : lanes * 24 };
    case LLVMCall:
        if (vector_drops(i))
            return (struct cost){ 0, 0 };
        if (vector_is_warp(v, i))
            return (struct cost){ vector_warp_cost(v, i, true), vector_warp_cost(v, i, false) };
        if (tncc_is_dot(i))
            return (struct cost){ 16, 8 * width };
        return vector_widens(i) ? (struct cost){ 2, 3 * width } : (struct cost){ 30, 36 * lanes };
    case LLVMFDiv:
        return (struct cost){ 5, 10 * width };
    case LLVMUDiv:
    case LLVMSDiv:
    case LLVMURem:
    case LLVMSRem:
        if (!varies || LLVMIsAConstantInt(LLVMGetOperand(i, 1)))
            return (struct cost){ 4, varies ? 8 * width : 4 };
        return (struct cost){ 12, type == v->i32 ? 40 : 16 * lanes };
    case LLVMMul:
        return (struct cost){ 1, varies ? 2.0 * width : 1 };
    default:
        return (struct cost){ 1, width };
    }
}

/* A condition that compares indices with what is the same for all, or several such. */
static bool compares_indices(struct vector *v, LLVMValueRef c)
{
    if (vector_is_uniform(v, c))
        return true;
    if (!LLVMIsAInstruction(c))
        return false;
    LLVMOpcode op = LLVMGetInstructionOpcode(c);
    if (op == LLVMICmp)
        return vector_shape_of(v, LLVMGetOperand(c, 0)).stride != VECTOR_VARYING &&
               vector_shape_of(v, LLVMGetOperand(c, 1)).stride != VECTOR_VARYING;
    bool all = op == LLVMAnd || op == LLVMOr || op == LLVMXor || op == LLVMSelect;
    for (int k = 0, n = LLVMGetNumOperands(c); all && k < n; k++)
        all = compares_indices(v, LLVMGetOperand(c, (unsigned)k));
    return all;
}

bool vector_is_guard(struct vector *v, const struct vector_block *x)
{
    return compares_indices(v, LLVMGetCondition(LLVMGetBasicBlockTerminator(x->block)));
}

/* One thread's loop over what lies side by side, with sums of integers, is LLVM's to vectorise. */
static bool one_thread_vectorises(struct vector *v, int loop)
{
    const struct vector_loop *l = &v->loops[loop];
    bool walks = false;
    for (int m = 0; m < v->loop_count; m++)
        if (v->loops[m].parent == loop)
            return false;
    if (l->divergent || l->size > 2)
        return false;
    for (int n = 0; n < v->block_count; n++) {
        if (!bit_test(l->in, n))
            continue;
        EACH_INSTRUCTION(v->blocks[n].block, i)
        {
            if (LLVMIsAPHINode(i) && LLVMGetTypeKind(LLVMTypeOf(i)) != LLVMIntegerTypeKind)
                return false;
            if (LLVMIsAStoreInst(i) || LLVMIsAAtomicRMWInst(i) || (LLVMIsACallInst(i) && !vector_widens(i)))
                return false;
            if (!LLVMIsALoadInst(i))
                continue;
            int64_t step = vector_step_of(v, l, LLVMGetOperand(i, 0));
            if (step && step != (int64_t)LLVMABISizeOfType(v->layout, LLVMTypeOf(i)))
                return false;
            walks |= step != 0;
        }
    }
    return walks;
}

/* How often a block runs beside its region: loops eight times each up to three deep (a tenth of that where one thread can be vectorised), sides of divergent branches half as
 * often for one thread, and always for lanes together; loops that lanes leave at far different rounds half as often again. */
static struct cost frequency(struct vector *v, int n)
{
    struct cost f = { 1, 1 };
    int depth = 0;
    for (int l = v->blocks[n].loop; l >= 0 && depth < 3; l = v->loops[l].parent, depth++) {
        f.one *= one_thread_vectorises(v, l) ? 0.8 : 8;
        f.all *= v->loops[l].divergent && !vector_leaves_nearly(v, &v->loops[l]) ? 12 : 8;
    }
    for (int d = 0; d < v->block_count; d++) {
        const struct vector_block *x = &v->blocks[d];
        if (d == n || !x->divergent || !bit_test(v->blocks[n].dom, d) || bit_test(x->post, n))
            continue;
        bool decides = false; /* not a loop's own exit */
        for (int s = 0; s < x->succ_count; s++)
            decides |= v->blocks[x->succ[s]].loop != x->loop;
        if (!decides)
            f.one *= 0.5;
    }
    return f;
}

static LLVMValueRef origin(LLVMValueRef place)
{
    while (LLVMIsAGetElementPtrInst(place))
        place = LLVMGetOperand(place, 0);
    return place;
}

/* Threads may read what others wrote before them, as far as LLVM can tell. */
static bool may_depend(struct vector *v, LLVMValueRef store)
{
    LLVMValueRef place = LLVMGetOperand(store, 1);
    for (int n = 0; n < v->block_count; n++)
        EACH_INSTRUCTION(v->blocks[n].block, i)
    if (LLVMIsALoadInst(i) && LLVMGetOperand(i, 0) != place && origin(LLVMGetOperand(i, 0)) == origin(place))
        return true;
    return false;
}

/* Everything in memory is narrow: a vector of LLVM's holds more of it than W lanes. */
static bool only_bytes(struct vector *v)
{
    bool some = false;
    for (int n = 0; n < v->block_count; n++)
        EACH_INSTRUCTION(v->blocks[n].block, i)
        {
            bool store = LLVMIsAStoreInst(i) != NULL;
            if (!store && !LLVMIsALoadInst(i))
                continue;
            LLVMTypeRef type = LLVMTypeOf(store ? LLVMGetOperand(i, 0) : i);
            if (LLVMABISizeOfType(v->layout, type) > 1)
                return false;
            some = true;
        }
    return some;
}

/* What lies side by side is read behind a test of the index. LLVM makes loads under masks of it, for which no processor
 * fetches ahead, and which wait for memory most of their time; the form where lanes agree has plain ones. */
static bool streams_behind_guard(struct vector *v)
{
    if (v->t->debug || !vector_walks_rows(v)) /* -g: there is no such form */
        return false;
    return vector_find_agreed(v, tncc_alloc((size_t)v->block_count * sizeof(enum vector_agreement)));
}

/* A few operations on each element: LLVM's vectoriser makes the shorter loop of it, or leaves scattered accesses as they
 * are, which is as good; unless a test keeps threads from it, fields are to be taken apart, threads might depend on each
 * other, their data decides where they go, values differ by where they went, or too many addresses would have to be asked
 * about first. */
static bool only_streams(struct vector *v)
{
    double work = 0;
    int checked = 0, guards = 0;
    bool bytes = only_bytes(v);
    if (v->loop_count)
        return false;
    for (int n = 0; n < v->block_count; n++) {
        bool guard = v->blocks[n].divergent && vector_is_guard(v, &v->blocks[n]);
        guards += guard;
        if (v->blocks[n].divergent && !guard && !bytes)
            return false;
        EACH_INSTRUCTION(v->blocks[n].block, i)
        {
            bool store = LLVMIsAStoreInst(i) != NULL;
            if (LLVMIsAAtomicRMWInst(i) || vector_group_cost(v, i) > 0 || (store && may_depend(v, i)) ||
                (LLVMIsAPHINode(i) && v->blocks[n].join && !bytes))
                return false;
            work += instruction_cost(v, i).one;
            if (store || LLVMIsALoadInst(i))
                checked += vector_shape_of(v, LLVMGetOperand(i, store ? 1 : 0)).checked;
        }
    }
    return guards <= MAX_GUARDS && work <= STREAM_WORK && checked <= STREAM_CHECKED && !streams_behind_guard(v);
}

bool vector_pays(struct vector *v)
{
    double one = 0, all = 0;
    for (int n = 0; n < v->block_count; n++) {
        struct cost f = frequency(v, n);
        EACH_INSTRUCTION(v->blocks[n].block, i)
        {
            struct cost c = instruction_cost(v, i);
            one += c.one * f.one;
            /* what goes lane by lane goes for those that are there; of a warp, often one */
            all += c.all * (v->wide && LLVMIsAAtomicRMWInst(i) && f.one < f.all ? f.one : f.all);
        }
    }
    if (!v->wide && only_streams(v) && vector_is_simple(v->t, v->source))
        return vector_fail(v, "it is short, and left to LLVM's vectoriser");
    v->cost_one = one * v->lanes;
    v->cost_all = all;
    return all * 1.25 < one * v->lanes || vector_fail(v, "it would not be faster");
}

bool vector_walks_rows(struct vector *v)
{
    for (int n = 0; n < v->block_count; n++)
        EACH_INSTRUCTION(v->blocks[n].block, i)
        {
            bool store = LLVMIsAStoreInst(i) != NULL;
            if (!store && !LLVMIsALoadInst(i))
                continue;
            int64_t stride = vector_shape_of(v, LLVMGetOperand(i, store ? 1 : 0)).stride;
            LLVMTypeRef type = LLVMTypeOf(store ? LLVMGetOperand(i, 0) : i);
            if (stride && stride != (int64_t)LLVMABISizeOfType(v->layout, type))
                return false;
        }
    return !v->loop_count;
}

/* ---- twice as many lanes ---- */
enum { SHORT_ROUND = 48, FEW_VALUES = 6 };

/* A short round of few values that hang on each other leaves most of the processor idle; two vectors share it. */
bool vector_waits(struct vector *v)
{
    bool some = false;
    for (int l = 0; l < v->loop_count; l++) {
        bool innermost = true;
        int phis = 0;
        double work = 0;
        for (int m = 0; m < v->loop_count; m++)
            innermost &= v->loops[m].parent != l;
        for (int n = 0; innermost && n < v->block_count; n++) {
            if (!bit_test(v->loops[l].in, n))
                continue;
            EACH_INSTRUCTION(v->blocks[n].block, i)
            {
                LLVMTypeRef type = LLVMTypeOf(i);
                bool varies = vector_is_varying(v, i);
                if (LLVMIsAStoreInst(i) || LLVMIsAAtomicRMWInst(i) || (LLVMIsACallInst(i) && !vector_widens(i)) ||
                    (varies && LLVMIsAPHINode(i) && registers(v, type) > 1))
                    return vector_fail(v, "its rounds do too much");
                if (LLVMIsALoadInst(i) && vector_shape_of(v, LLVMGetOperand(i, 0)).checked)
                    return vector_fail(v, "its rounds read what lies side by side");
                phis += varies && LLVMIsAPHINode(i);
                work += LLVMIsALoadInst(i) || !varies ? 1 : instruction_cost(v, i).all;
            }
        }
        if (innermost && (phis > FEW_VALUES || work > SHORT_ROUND))
            return vector_fail(v, "its rounds are long");
        some |= innermost && phis;
    }
    return some || vector_fail(v, "no loop waits for its own results");
}

/* ---- as many lanes as a register holds bytes ---- */
/* Memory is bytes side by side, and no more is computed in wider numbers than in bytes and bits; those that last, as sums
 * do, take four registers each. */
bool vector_is_of_bytes(struct vector *v)
{
    enum { FEW_WIDE = 4 };
    int narrow = 0, wide = 0, phis = 0;
    bool some = false;
    for (int l = 0; l < v->loop_count; l++)
        if (v->loops[l].divergent && !vector_leaves_nearly(v, &v->loops[l]))
            return vector_fail(v, "the more lanes, the longer they wait for the last");
    for (int n = 0; n < v->block_count; n++)
        EACH_INSTRUCTION(v->blocks[n].block, i)
        {
            bool store = LLVMIsAStoreInst(i) != NULL, load = LLVMIsALoadInst(i) != NULL;
            if (LLVMIsAAtomicRMWInst(i) || LLVMIsAAllocaInst(i) || LLVMIsAFenceInst(i) ||
                (LLVMIsACallInst(i) && !vector_widens(i) && !vector_drops(i)))
                return vector_fail(v, "it does more than compute");
            if (store || load) {
                LLVMTypeRef type = LLVMTypeOf(store ? LLVMGetOperand(i, 0) : i);
                int64_t stride = vector_shape_of(v, LLVMGetOperand(i, store ? 1 : 0)).stride;
                bool apart = stride == VECTOR_VARYING || (stride && v->blocks[n].loop >= 0);
                if (LLVMABISizeOfType(v->layout, type) == 1 && stride == 1)
                    some = true;
                else if (apart)
                    return vector_fail(v, "it reads or writes more than bytes side by side");
            }
            LLVMTypeRef type = LLVMTypeOf(i);
            if (vector_shape_of(v, i).stride != VECTOR_VARYING || type == v->t->none)
                continue;
            bool small = type == v->i1 || type == v->i8;
            if (!small && registers(v, type) > 1)
                return vector_fail(v, "it computes in numbers of 64 bits");
            phis += !small && LLVMIsAPHINode(i);
            *(small ? &narrow : &wide) += !LLVMIsAPHINode(i);
        }
    return (some && narrow >= wide && phis <= FEW_WIDE) || vector_fail(v, "it is not of bytes");
}
