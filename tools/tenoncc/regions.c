/* SPDX-License-Identifier: Apache-2.0 */
/*
 * regions.c - makes one function for each region of a split kernel: a copy of the blocks from a sync point's far
 * side to the next ones. It runs one thread and returns the sync point at which the thread now waits, or ~0 when it
 * has ended. Slots that live across sync points are loaded at the entry and stored at the exits. Calls LLVM-C.
 */
#include "tools/tenoncc/transform.h"

#include <string.h>

/* bytes a thread; X_PRED is there only for barriers with a reduction */
const uint32_t exchange_bytes[X_COUNT] = { 8, 4, 8, 4, 4, 8, 4 };

bool exchange_used(const struct transform *t, enum exchange x)
{
    return x == X_PRED ? t->reduces : t->warps;
}

struct region {
    struct transform *t;
    int number;
    const char *name; /* of a further copy, NULL: the region itself */
    LLVMValueRef function;
    LLVMBasicBlockRef entry;
    struct tncc_map values;                   /* old value or block to new */
    LLVMValueRef *local;                      /* slot number to alloca here */
    LLVMValueRef lin;                         /* i64 */
    LLVMValueRef context;                     /* NULL: not asked for */
    unsigned base;                            /* index of the first fixed parameter */
    unsigned shared, areas, slots, exchanges; /* index of the first of each */
};

static LLVMValueRef param(const struct region *g, unsigned index)
{
    return LLVMGetParam(g->function, index);
}

static LLVMValueRef fixed(const struct region *g, enum region_param p)
{
    return param(g, g->base + p);
}

static LLVMValueRef i32_const(const struct transform *t, uint64_t v)
{
    return LLVMConstInt(t->i32, v, 0);
}

/* Places in memory of this thread. */
static LLVMValueRef element(struct region *g, LLVMValueRef array, uint32_t bytes)
{
    struct transform *t = g->t;
    LLVMTypeRef unit = LLVMArrayType2(t->i8, bytes);
    return LLVMBuildInBoundsGEP2(t->builder, unit, array, &g->lin, 1, "");
}

/* This thread's first element of a private array. A vector of threads runs where they are interleaved. */
static LLVMValueRef area_place(struct region *g, int k)
{
    struct transform *t = g->t;
    const struct area *a = &t->areas[k];
    LLVMValueRef array = param(g, g->areas + (unsigned)k);
    if (!a->element)
        return element(g, array, (uint32_t)a->size);
    LLVMValueRef one = LLVMConstInt(t->i64, 1, 0), each = LLVMConstInt(t->i64, a->element, 0);
    if (!g->name)
        each = LLVMBuildSelect(t->builder, LLVMBuildICmp(t->builder, LLVMIntEQ, fixed(g, P_ROW), one, ""),
                               LLVMConstInt(t->i64, a->size, 0), each, "");
    LLVMValueRef at = LLVMBuildMul(t->builder, g->lin, each, "");
    return LLVMBuildGEP2(t->builder, t->i8, array, &at, 1, "");
}

static int slot_array_index(const struct transform *t, int slot)
{
    int index = 0;
    for (int s = 0; s < slot; s++)
        index += t->slots[s].crosses && !t->slots[s].uniform;
    return index;
}

static LLVMValueRef slot_place(struct region *g, int s, bool out)
{
    struct transform *t = g->t;
    const struct slot *slot = &t->slots[s];
    if (!slot->uniform)
        return element(g, param(g, g->slots + (unsigned)slot_array_index(t, s)), slot->size);
    LLVMValueRef at = i32_const(t, slot->offset);
    return LLVMBuildInBoundsGEP2(t->builder, t->i8, fixed(g, out ? P_UOUT : P_UIN), &at, 1, "");
}

/* One-bit values take a byte in memory, which vectorises. */
static LLVMValueRef load_slot(struct region *g, int s)
{
    struct transform *t = g->t;
    bool bit = t->slots[s].type == t->i1;
    LLVMValueRef v = LLVMBuildLoad2(t->builder, bit ? t->i8 : t->slots[s].type, slot_place(g, s, false), "");
    LLVMSetAlignment(v, t->slots[s].align);
    return bit ? LLVMBuildTrunc(t->builder, v, t->i1, "") : v;
}

static void store_slot(struct region *g, int s)
{
    struct transform *t = g->t;
    LLVMValueRef v = LLVMBuildLoad2(t->builder, t->slots[s].type, g->local[s], "");
    if (t->slots[s].type == t->i1)
        v = LLVMBuildZExt(t->builder, v, t->i8, "");
    LLVMSetAlignment(LLVMBuildStore(t->builder, v, slot_place(g, s, true)), t->slots[s].align);
}

static void to_exchange(struct region *g, enum exchange x, LLVMValueRef v)
{
    unsigned index = g->exchanges;
    for (int i = 0; i < (int)x; i++)
        index += exchange_used(g->t, i);
    LLVMBuildStore(g->t->builder, v, element(g, param(g, index), exchange_bytes[x]));
}

static LLVMValueRef from_exchange(struct region *g, enum exchange x, LLVMTypeRef type)
{
    unsigned index = g->exchanges;
    for (int i = 0; i < (int)x; i++)
        index += exchange_used(g->t, i);
    return LLVMBuildLoad2(g->t->builder, type, element(g, param(g, index), exchange_bytes[x]), "");
}

static LLVMValueRef mapped(struct region *g, LLVMValueRef v)
{
    LLVMValueRef to = tncc_get(&g->values, v);
    return to ? to : v;
}

/* A constant expression that names a __shared__ variable becomes instructions on the parameter for it. */
static bool mentions_shared(const struct region *g, LLVMValueRef c)
{
    if (tncc_get(&g->values, c))
        return true;
    if (!LLVMIsAConstantExpr(c) && !LLVMIsAConstantStruct(c) && !LLVMIsAConstantVector(c) && !LLVMIsAConstantArray(c))
        return false;
    for (int k = 0, n = LLVMGetNumOperands(c); k < n; k++)
        if (mentions_shared(g, LLVMGetOperand(c, (unsigned)k)))
            return true;
    return false;
}

static LLVMValueRef build_constant(struct region *g, LLVMValueRef c)
{
    struct transform *t = g->t;
    LLVMValueRef known = tncc_get(&g->values, c);
    if (known)
        return known;
    if (!mentions_shared(g, c))
        return c;
    unsigned n = (unsigned)LLVMGetNumOperands(c);
    LLVMValueRef *operand = tncc_alloc((n + 1) * sizeof *operand);
    for (unsigned k = 0; k < n; k++)
        operand[k] = build_constant(g, LLVMGetOperand(c, k));
    if (!LLVMIsAConstantExpr(c)) { /* an aggregate with an address in it */
        LLVMValueRef whole = LLVMGetPoison(LLVMTypeOf(c));
        for (unsigned k = 0; k < n; k++)
            whole = LLVMIsAConstantVector(c)
                        ? LLVMBuildInsertElement(t->builder, whole, operand[k], i32_const(t, k), "")
                        : LLVMBuildInsertValue(t->builder, whole, operand[k], k, "");
        return whole;
    }
    switch (LLVMGetConstOpcode(c)) {
    case LLVMGetElementPtr:
        return LLVMBuildGEP2(t->builder, LLVMGetGEPSourceElementType(c), operand[0], operand + 1, n - 1, "");
    case LLVMAddrSpaceCast:
    case LLVMBitCast:
        return operand[0];
    case LLVMPtrToInt:
        return LLVMBuildPtrToInt(t->builder, operand[0], LLVMTypeOf(c), "");
    case LLVMIntToPtr:
        return LLVMBuildIntToPtr(t->builder, operand[0], LLVMTypeOf(c), "");
    case LLVMTrunc:
        return LLVMBuildTrunc(t->builder, operand[0], LLVMTypeOf(c), "");
    case LLVMAdd:
        return LLVMBuildAdd(t->builder, operand[0], operand[1], "");
    case LLVMSub:
        return LLVMBuildSub(t->builder, operand[0], operand[1], "");
    case LLVMXor:
        return LLVMBuildXor(t->builder, operand[0], operand[1], "");
    default:
        tncc_refuse(t->kernel, NULL,
                    "the address of a __shared__ variable stands in a constant expression of a kind "
                    "that is not supported");
        return LLVMGetPoison(LLVMTypeOf(c));
    }
}

/* ---- copying ---- */
int tncc_identity_param(const char *name)
{
    static const struct {
        const char *name;
        enum region_param p;
    } table[] = {
        { "tid_x", P_TX },    { "tid_y", P_TY },    { "tid_z", P_TZ },    { "ctaid_x", P_CX },    { "ctaid_y", P_CY },
        { "ctaid_z", P_CZ },  { "ntid_x", P_BX },   { "ntid_y", P_BY },   { "ntid_z", P_BZ },     { "nctaid_x", P_GX },
        { "nctaid_y", P_GY }, { "nctaid_z", P_GZ }, { "width", P_WIDTH }, { "worker", P_WORKER },
    };
    for (unsigned i = 0; i < sizeof table / sizeof *table; i++)
        if (!strcmp(name, table[i].name))
            return (int)table[i].p;
    return -1;
}

static LLVMValueRef context_part(void *data, int part)
{
    struct region *g = data;
    struct transform *t = g->t;
    if (part <= P_WORKER)
        return fixed(g, (enum region_param)part);
    if (part == P_WORKER + 1)
        return fixed(g, P_DYN);
    for (int k = 0; k < t->shared_count; k++)
        if (tncc_shared_index(t->module, t->shared[k].value) == part - P_WORKER - 2)
            return mapped(g, t->shared[k].value);
    return NULL;
}

/* Made once for a region, at its entry. */
static LLVMValueRef region_context(struct region *g)
{
    struct transform *t = g->t;
    LLVMBasicBlockRef here = LLVMGetInsertBlock(t->builder);
    if (!g->context) {
        LLVMPositionBuilderBefore(t->builder, LLVMGetBasicBlockTerminator(g->entry));
        g->context = tncc_build_context(t->builder, t->module, context_part, g);
        LLVMPositionBuilderAtEnd(t->builder, here);
    }
    return g->context;
}

static LLVMValueRef identity(struct region *g, const char *name)
{
    struct transform *t = g->t;
    int p = tncc_identity_param(name);
    if (p >= 0)
        return p == P_WIDTH && t->width ? i32_const(t, t->width) : fixed(g, (enum region_param)p);
    if (!strcmp(name, "row"))
        return fixed(g, P_ROW);
    if (!strcmp(name, "context"))
        return region_context(g);
    if (!strcmp(name, "lane"))
        return LLVMBuildURem(t->builder, fixed(g, P_LIN), t->width ? i32_const(t, t->width) : fixed(g, P_WIDTH),
                             "lane");
    if (!strcmp(name, "result_32"))
        return from_exchange(g, X_R32, t->i32);
    if (!strcmp(name, "result_64"))
        return from_exchange(g, X_R64, t->i64);
    if (tncc_starts(name, "result_reduce_")) {
        LLVMValueRef at = i32_const(t, (uint64_t)(name[14] - '0'));
        return LLVMBuildLoad2(t->builder, t->i32,
                              LLVMBuildInBoundsGEP2(t->builder, t->i32, fixed(g, P_RED), &at, 1, ""), "");
    }
    return NULL;
}

/* To the entry block: there it is a fixed part of the frame, and loops that the function is inlined into vectorise. */
static void copy_alloca(struct region *g, LLVMValueRef i)
{
    LLVMBasicBlockRef here = LLVMGetInsertBlock(g->t->builder);
    LLVMValueRef copy = LLVMInstructionClone(i);
    LLVMPositionBuilderBefore(g->t->builder, LLVMGetFirstInstruction(g->entry));
    tncc_insert(g->t->builder, copy);
    LLVMPositionBuilderAtEnd(g->t->builder, here);
    tncc_put(&g->values, i, copy);
}

static void copy_instruction(struct region *g, LLVMValueRef i)
{
    struct transform *t = g->t;
    const char *name = tncc_callee(i);
    if (LLVMIsAAllocaInst(i) && (tncc_get(&g->values, i) || tncc_get(&t->slot_of_place, i)))
        return;
    if (LLVMIsAAllocaInst(i) && LLVMIsAConstantInt(LLVMGetOperand(i, 0))) {
        copy_alloca(g, i);
        return;
    }
    if (name && tncc_starts(name, "__tn_")) {
        LLVMValueRef v = identity(g, name + 5);
        if (v) {
            tncc_put(&g->values, i, v);
            return;
        }
    }
    if (name && tncc_starts(name, "llvm.lifetime.") && g->t->sync_count > 1)
        return; /* private arrays live in scratch memory now, and longer than a region */
    if (LLVMIsAReturnInst(i)) {
        LLVMBuildRet(t->builder, LLVMConstInt(t->i32, ~0u, 0));
        return;
    }
    LLVMValueRef copy;
    if (LLVMIsAPHINode(i)) { /* completed by copy_phis */
        copy = LLVMBuildPhi(t->builder, LLVMTypeOf(i), "");
    } else {
        int n = LLVMGetNumOperands(i);
        LLVMValueRef *operand = tncc_alloc(((size_t)n + 1) * sizeof *operand);
        for (int k = 0; k < n; k++) {
            LLVMValueRef old = LLVMGetOperand(i, (unsigned)k);
            if (LLVMValueIsBasicBlock(old))
                operand[k] = NULL;
            else
                operand[k] = LLVMIsConstant(old) ? build_constant(g, old) : mapped(g, old);
        }
        copy = LLVMInstructionClone(i);
        tncc_insert(t->builder, copy);
        for (int k = 0; k < n; k++)
            if (operand[k] && operand[k] != LLVMGetOperand(copy, (unsigned)k))
                LLVMSetOperand(copy, (unsigned)k, operand[k]);
    }
    if (LLVMIsATerminatorInst(i))
        for (unsigned s = 0; s < LLVMGetNumSuccessors(i); s++) {
            LLVMValueRef to = tncc_get(&g->values, LLVMGetSuccessor(i, s));
            LLVMSetSuccessor(copy, s, LLVMValueAsBasicBlock(to));
        }
    tncc_put(&g->values, i, copy);
}

/* The end of a region: the thread hands over what it brings to the sync point and what it needs behind it. */
static void leave(struct region *g, int sync, const uint64_t *stored)
{
    struct transform *t = g->t;
    const struct sync_point *s = &t->sync[sync];
    LLVMValueRef arg[3] = { NULL, NULL, NULL };
    for (unsigned k = 0; k < LLVMGetNumArgOperands(s->call) && k < 3; k++) {
        LLVMValueRef old = LLVMGetOperand(s->call, k);
        arg[k] = LLVMIsConstant(old) ? build_constant(g, old) : mapped(g, old);
    }
    if (s->kind >= SYNC_WARP && s->kind != SYNC_ACTIVE && !s->full_mask)
        to_exchange(g, X_MASK, arg[0]);
    switch (s->kind) {
    case SYNC_SHFL_32:
        to_exchange(g, X_V32, arg[1]);
        to_exchange(g, X_SRC, arg[2]);
        break;
    case SYNC_SHFL_64:
        to_exchange(g, X_V64, arg[1]);
        to_exchange(g, X_SRC, arg[2]);
        break;
    case SYNC_BALLOT:
        to_exchange(g, X_V32, arg[1]);
        break;
    case SYNC_MATCH:
        to_exchange(g, X_V64, arg[1]);
        break;
    case SYNC_BARRIER_REDUCE:
        to_exchange(g, X_PRED, arg[0]);
        break;
    default:
        break;
    }
    const uint64_t *live = t->blocks[s->block].live;
    for (int k = 0; k < t->slot_count; k++)
        if (t->slots[k].crosses && bit_test(live, k) && bit_test(stored, k))
            store_slot(g, k);
    LLVMBuildRet(t->builder, i32_const(t, (uint64_t)sync));
}

static void copy_phis(struct region *g, const struct tncc_list *blocks)
{
    for (size_t n = 0; n < blocks->count; n++) {
        const struct cfg_block *b = blocks->items[n];
        for (LLVMValueRef i = LLVMGetFirstInstruction(b->block); i && LLVMIsAPHINode(i);
             i = LLVMGetNextInstruction(i)) {
            LLVMValueRef copy = mapped(g, i);
            for (unsigned k = 0; k < LLVMCountIncoming(i); k++) {
                LLVMBasicBlockRef from = LLVMValueAsBasicBlock(tncc_get(&g->values, LLVMGetIncomingBlock(i, k)));
                LLVMValueRef old = LLVMGetIncomingValue(i, k), v = mapped(g, old);
                if (LLVMIsConstant(old)) {
                    LLVMPositionBuilderBefore(g->t->builder, LLVMGetBasicBlockTerminator(from));
                    v = build_constant(g, old);
                }
                LLVMAddIncoming(copy, &v, &from, 1);
            }
        }
    }
}

static void declare_region(struct region *g)
{
    struct transform *t = g->t;
    unsigned n = 0, args = t->kernel->arg_count, cross = (unsigned)slot_array_index(t, t->slot_count);
    LLVMTypeRef *types = tncc_alloc(
        (args + P_FIXED + (unsigned)t->shared_count + (unsigned)t->area_count + cross + X_COUNT + 1) * sizeof *types);
    for (unsigned k = 0; k < args; k++)
        types[n++] = LLVMTypeOf(LLVMGetParam(t->function, k));
    g->base = n;
    for (int p = 0; p < P_FIXED; p++)
        types[n++] = p < P_WORKER ? t->i32 : p == P_ROW ? t->i64 : t->ptr;
    g->shared = n;
    g->areas = g->shared + (unsigned)t->shared_count;
    g->slots = g->areas + (unsigned)t->area_count;
    g->exchanges = g->slots + cross;
    unsigned total = g->exchanges;
    for (int x = 0; x < X_COUNT; x++)
        total += exchange_used(t, x);
    while (n < total)
        types[n++] = t->ptr;
    const char *name = g->name ? tncc_format("%s.region.%s.%d", t->kernel->name, g->name, g->number)
                               : tncc_format("%s.region.%d", t->kernel->name, g->number);
    g->function = LLVMAddFunction(t->module, name, LLVMFunctionType(t->i32, types, n, 0));
    LLVMAddAttributeAtIndex(g->function, LLVMAttributeFunctionIndex,
                            LLVMCreateEnumAttribute(t->context, LLVMGetEnumAttributeKindForName("nounwind", 8), 0));
}

/* Blocks of the region, in the order of the function. */
static void collect_blocks(struct region *g, struct tncc_list *out)
{
    struct transform *t = g->t;
    uint64_t *seen = tncc_alloc(bit_words(t->block_count) * sizeof *seen);
    struct tncc_list todo = { 0 };
    tncc_push(&todo, (void *)(intptr_t)t->sync[g->number].block);
    while (todo.count) {
        int b = (int)(intptr_t)todo.items[--todo.count];
        if (bit_test(seen, b))
            continue;
        bit_set(seen, b);
        for (int s = 0; s < t->blocks[b].succ_count && !t->blocks[b].sync; s++)
            tncc_push(&todo, (void *)(intptr_t)t->blocks[b].succ[s]);
    }
    for (int b = 0; b < t->block_count; b++)
        if (bit_test(seen, b))
            tncc_push(out, &t->blocks[b]);
}

/* Reverse postorder: a block comes behind its dominators, so definitions are copied before their uses. */
static void order_blocks(struct region *g, const struct tncc_list *blocks, struct tncc_list *out)
{
    struct transform *t = g->t;
    struct tncc_list stack = { 0 }, post = { 0 };
    uint64_t *inside = tncc_alloc(bit_words(t->block_count) * sizeof *inside);
    int *at = tncc_alloc((size_t)t->block_count * sizeof *at);
    for (size_t n = 0; n < blocks->count; n++)
        bit_set(inside, (int)((struct cfg_block *)blocks->items[n] - t->blocks));
    struct cfg_block *first = &t->blocks[t->sync[g->number].block];
    at[first - t->blocks] = 1;
    tncc_push(&stack, first);
    while (stack.count) {
        struct cfg_block *b = stack.items[stack.count - 1];
        int n = (int)(b - t->blocks), s = at[n] - 1;
        if (b->sync || s >= b->succ_count) {
            tncc_push(&post, b);
            stack.count--;
            continue;
        }
        at[n]++;
        if (bit_test(inside, b->succ[s]) && !at[b->succ[s]]) {
            at[b->succ[s]] = 1;
            tncc_push(&stack, &t->blocks[b->succ[s]]);
        }
    }
    for (size_t n = post.count; n-- > 0;)
        tncc_push(out, post.items[n]);
}

static void enter(struct region *g, const struct tncc_list *blocks, uint64_t *stored)
{
    struct transform *t = g->t;
    LLVMPositionBuilderAtEnd(t->builder, g->entry);
    g->lin = LLVMBuildZExt(t->builder, fixed(g, P_LIN), t->i64, "lin64");
    for (unsigned k = 0; k < t->kernel->arg_count; k++)
        tncc_put(&g->values, LLVMGetParam(t->function, k), param(g, k));
    for (int k = 0; k < t->shared_count; k++)
        tncc_put(&g->values, t->shared[k].value,
                 t->shared[k].size ? param(g, g->shared + (unsigned)k) : fixed(g, P_DYN));
    for (int k = 0; k < t->area_count; k++)
        tncc_put(&g->values, t->areas[k].value, area_place(g, k));
    g->local = tncc_alloc(((size_t)t->slot_count + 1) * sizeof *g->local);
    const uint64_t *live = t->slot_count ? t->blocks[t->sync[g->number].block].live : NULL;
    for (size_t n = 0; n < blocks->count; n++) { /* allocas only for slots that this region touches */
        const struct cfg_block *b = blocks->items[n];
        for (int s = 0; s < t->slot_count; s++) {
            bool touches = bit_test(b->gen, s) || bit_test(b->kill, s);
            if (bit_test(b->kill, s))
                bit_set(stored, s);
            if (touches && !g->local[s]) {
                g->local[s] = LLVMBuildAlloca(t->builder, t->slots[s].type, "");
                tncc_put(&g->values, t->slots[s].place, g->local[s]);
            }
        }
    }
    for (int s = 0; s < t->slot_count; s++)
        if (g->number && g->local[s] && t->slots[s].crosses && bit_test(live, s))
            LLVMBuildStore(t->builder, load_slot(g, s), g->local[s]);
}

LLVMValueRef tncc_region(struct transform *t, int number, const char *name)
{
    struct region g = { .t = t, .number = number, .name = name };
    struct tncc_list blocks = { 0 }, order = { 0 };
    uint64_t *stored = tncc_alloc(bit_words(t->slot_count) * sizeof *stored);
    declare_region(&g);
    collect_blocks(&g, &blocks);
    g.entry = LLVMAppendBasicBlockInContext(t->context, g.function, "enter");
    enter(&g, &blocks, stored);
    for (size_t n = 0; n < blocks.count; n++) {
        struct cfg_block *b = blocks.items[n];
        LLVMBasicBlockRef to = LLVMAppendBasicBlockInContext(t->context, g.function, "");
        tncc_put(&g.values, b->block, LLVMBasicBlockAsValue(to));
    }
    LLVMBuildBr(t->builder, LLVMValueAsBasicBlock(tncc_get(&g.values, t->blocks[t->sync[number].block].block)));
    order_blocks(&g, &blocks, &order);
    for (size_t n = 0; n < order.count; n++) {
        struct cfg_block *b = order.items[n];
        LLVMPositionBuilderAtEnd(t->builder, LLVMValueAsBasicBlock(tncc_get(&g.values, b->block)));
        EACH_INSTRUCTION(b->block, i)
        {
            if (b->sync && i == t->sync[b->sync].call) {
                leave(&g, b->sync, stored);
                break;
            }
            copy_instruction(&g, i);
        }
    }
    copy_phis(&g, &blocks);
    if (t->debug)
        tncc_debug_copied(t->debug, g.function, t->kernel);
    return g.function;
}

void tncc_regions(struct transform *t)
{
    t->regions = tncc_alloc((size_t)t->sync_count * sizeof *t->regions);
    for (int r = 0; r < t->sync_count; r++)
        t->regions[r] = tncc_region(t, r, NULL);
}
