/* SPDX-License-Identifier: Apache-2.0 */
/*
 * demote.c - turns values that live across blocks into slots (allocas), so that blocks can be copied into regions
 * freely; SROA makes registers of most of them again. What is cheap to compute anew from the thread's index,
 * arguments and uniform values is computed anew and needs no slot: that decides the speed of tiled kernels.
 */
#include "tools/tenoncc/transform.h"

#include <string.h>

enum { RECOMPUTE_BUDGET = 48 };

/* A value that is the same wherever it is asked for. */
static bool is_identity(LLVMValueRef v)
{
    const char *name = tncc_callee(v);
    if (!name || !tncc_starts(name, "__tn_"))
        return false;
    name += 5;
    return tncc_starts(name, "tid_") || tncc_starts(name, "ctaid_") || tncc_starts(name, "ntid_") ||
           tncc_starts(name, "nctaid_") || !strcmp(name, "width") || !strcmp(name, "lane") || !strcmp(name, "worker") ||
           !strcmp(name, "row") || !strcmp(name, "context");
}

static bool is_cheap(LLVMValueRef v)
{
    switch (LLVMGetInstructionOpcode(v)) {
    case LLVMAdd:
    case LLVMSub:
    case LLVMMul:
    case LLVMShl:
    case LLVMLShr:
    case LLVMAShr:
    case LLVMAnd:
    case LLVMOr:
    case LLVMXor:
    case LLVMICmp:
    case LLVMSelect:
    case LLVMZExt:
    case LLVMSExt:
    case LLVMTrunc:
    case LLVMGetElementPtr:
    case LLVMPtrToInt:
    case LLVMIntToPtr:
    case LLVMSIToFP:
    case LLVMUIToFP:
    case LLVMBitCast:
    case LLVMAddrSpaceCast:
        return true;
    default:
        return false;
    }
}

/* Loads from the block of arguments, which nothing writes. */
static bool loads_argument(LLVMValueRef v)
{
    if (!LLVMIsALoadInst(v) || LLVMGetVolatile(v))
        return false;
    LLVMValueRef p = LLVMGetOperand(v, 0);
    while (LLVMIsAGetElementPtrInst(p) || LLVMIsAConstantExpr(p))
        p = LLVMGetOperand(p, 0);
    if (!LLVMIsAArgument(p))
        return false;
    LLVMValueRef function = LLVMGetParamParent(p);
    for (unsigned i = 0; i < LLVMCountParams(function); i++)
        if (LLVMGetParam(function, i) == p)
            return LLVMGetStringAttributeAtIndex(function, i + 1, "tncc-args", 9) != NULL;
    return false;
}

static bool keeps_slot_uniform(const struct transform *t, LLVMValueRef v)
{
    return t->aligned && !t->warps && !tncc_is_varying(t, v) && !LLVMIsAAllocaInst(v) &&
           LLVMGetTypeKind(LLVMTypeOf(v)) != LLVMStructTypeKind && LLVMGetTypeKind(LLVMTypeOf(v)) != LLVMArrayTypeKind;
}

/* Can v be had anywhere from arguments, constants, the thread's index and uniform slots, within the budget? */
static bool can_recompute(const struct transform *t, LLVMValueRef v, int *budget)
{
    if (!LLVMIsAInstruction(v) || is_identity(v))
        return true;
    if (--*budget < 0)
        return false;
    if (is_cheap(v) || loads_argument(v)) {
        bool all = true;
        for (int k = 0, n = LLVMGetNumOperands(v); k < n && all; k++)
            all = can_recompute(t, LLVMGetOperand(v, (unsigned)k), budget);
        if (all)
            return true;
    }
    return LLVMIsAAllocaInst(v) || keeps_slot_uniform(t, v);
}

static struct slot *new_slot(struct transform *t, LLVMTypeRef type, bool uniform)
{
    if (t->slot_count == t->slot_room) {
        int room = t->slot_room ? t->slot_room * 2 : 64;
        struct slot *more = tncc_alloc((size_t)room * sizeof *more);
        if (t->slot_count)
            memcpy(more, t->slots, (size_t)t->slot_count * sizeof *more);
        t->slots = more;
        t->slot_room = room;
    }
    LLVMBasicBlockRef entry = LLVMGetEntryBasicBlock(t->function);
    LLVMPositionBuilderBefore(t->builder, LLVMGetFirstInstruction(entry));
    struct slot *s = &t->slots[t->slot_count++];
    s->place = LLVMBuildAlloca(t->builder, type, "slot");
    s->type = type;
    s->uniform = uniform;
    tncc_put(&t->slot_of_place, s->place, (void *)(intptr_t)t->slot_count);
    return s;
}

static LLVMValueRef behind(LLVMValueRef i)
{
    LLVMValueRef next = LLVMGetNextInstruction(i);
    while (LLVMIsAPHINode(next))
        next = LLVMGetNextInstruction(next);
    return next;
}

static LLVMValueRef value_place(struct transform *t, LLVMValueRef v)
{
    LLVMValueRef place = tncc_get(&t->slot_of_value, v);
    if (place)
        return place;
    place = new_slot(t, LLVMTypeOf(v), keeps_slot_uniform(t, v))->place;
    tncc_put(&t->slot_of_value, v, place);
    LLVMPositionBuilderBefore(t->builder, behind(v));
    LLVMBuildStore(t->builder, v, place);
    return place;
}

/* What stands for a value in another block varies as the value does. */
static LLVMValueRef stand_in(struct transform *t, LLVMValueRef v, LLVMValueRef made)
{
    if (tncc_is_varying(t, v))
        tncc_put(&t->varying, made, t);
    return made;
}

static LLVMValueRef recompute(struct transform *t, LLVMValueRef v, LLVMValueRef before, struct tncc_map *done)
{
    if (!LLVMIsAInstruction(v) || LLVMIsAAllocaInst(v))
        return v;
    LLVMValueRef made = tncc_get(done, v);
    if (made)
        return made;
    int budget = RECOMPUTE_BUDGET * 2, operands = LLVMGetNumOperands(v);
    bool copy = is_identity(v);
    if (!copy && (is_cheap(v) || loads_argument(v))) {
        copy = true;
        for (int k = 0; k < operands && copy; k++)
            copy = can_recompute(t, LLVMGetOperand(v, (unsigned)k), &budget);
    }
    if (copy) {
        LLVMValueRef *operand = tncc_alloc(((size_t)operands + 1) * sizeof *operand);
        for (int k = 0; k < operands; k++)
            operand[k] = recompute(t, LLVMGetOperand(v, (unsigned)k), before, done);
        LLVMPositionBuilderBefore(t->builder, before);
        made = LLVMInstructionClone(v);
        tncc_insert(t->builder, made);
        for (int k = 0; k < operands; k++)
            if (operand[k] != LLVMGetOperand(made, (unsigned)k))
                LLVMSetOperand(made, (unsigned)k, operand[k]);
    } else {
        LLVMValueRef place = value_place(t, v);
        LLVMPositionBuilderBefore(t->builder, before);
        made = LLVMBuildLoad2(t->builder, LLVMTypeOf(v), place, "");
    }
    tncc_put(done, v, made);
    return stand_in(t, v, made);
}

static LLVMValueRef fetch(struct transform *t, LLVMValueRef v, bool again, LLVMValueRef before)
{
    struct tncc_map done = { 0 };
    if (again)
        return recompute(t, v, before, &done);
    LLVMValueRef place = value_place(t, v);
    LLVMPositionBuilderBefore(t->builder, before);
    return stand_in(t, v, LLVMBuildLoad2(t->builder, LLVMTypeOf(v), place, ""));
}

/* Rewrites the uses of v in other blocks and in phis. */
static void demote_value(struct transform *t, LLVMValueRef v)
{
    int budget = RECOMPUTE_BUDGET;
    bool again = can_recompute(t, v, &budget);
    LLVMBasicBlockRef home = LLVMGetInstructionParent(v);
    struct tncc_list users = { 0 };
    for (LLVMUseRef u = LLVMGetFirstUse(v); u; u = LLVMGetNextUse(u)) {
        LLVMValueRef user = LLVMGetUser(u);
        if (LLVMIsAPHINode(user) || LLVMGetInstructionParent(user) != home)
            tncc_push(&users, user);
    }
    for (size_t n = 0; n < users.count; n++) {
        LLVMValueRef user = users.items[n], value = NULL;
        if (LLVMIsAPHINode(user)) {
            struct tncc_map made = { 0 };
            for (unsigned k = 0; k < LLVMCountIncoming(user); k++) {
                LLVMBasicBlockRef from = LLVMGetIncomingBlock(user, k);
                if (LLVMGetIncomingValue(user, k) != v)
                    continue;
                value = tncc_get(&made, from);
                if (!value)
                    value = fetch(t, v, again, LLVMGetBasicBlockTerminator(from));
                tncc_put(&made, from, value);
                LLVMSetOperand(user, k, value);
            }
            continue;
        }
        for (int k = 0, count = LLVMGetNumOperands(user); k < count; k++)
            if (LLVMGetOperand(user, (unsigned)k) == v) {
                if (!value)
                    value = fetch(t, v, again, user);
                LLVMSetOperand(user, (unsigned)k, value);
            }
    }
}

static void demote_phi(struct transform *t, LLVMValueRef phi)
{
    LLVMValueRef place = new_slot(t, LLVMTypeOf(phi), keeps_slot_uniform(t, phi))->place;
    struct tncc_map done = { 0 };
    for (unsigned k = 0; k < LLVMCountIncoming(phi); k++) {
        LLVMBasicBlockRef from = LLVMGetIncomingBlock(phi, k);
        if (tncc_get(&done, from))
            continue;
        tncc_put(&done, from, phi);
        LLVMPositionBuilderBefore(t->builder, LLVMGetBasicBlockTerminator(from));
        LLVMBuildStore(t->builder, LLVMGetIncomingValue(phi, k), place);
    }
    LLVMPositionBuilderBefore(t->builder, behind(phi));
    LLVMValueRef value = stand_in(t, phi, LLVMBuildLoad2(t->builder, LLVMTypeOf(phi), place, ""));
    LLVMReplaceAllUsesWith(phi, value);
    LLVMInstructionEraseFromParent(phi);
}

/* ---- which slots are live where ---- */
static int slot_number(const struct transform *t, LLVMValueRef place)
{
    return (int)(intptr_t)tncc_get(&t->slot_of_place, place) - 1;
}

/* What is needed behind a block: a word of the set. */
static uint64_t live_behind(const struct transform *t, const struct cfg_block *b, size_t word)
{
    uint64_t live = 0;
    for (int s = 0; s < b->succ_count; s++)
        live |= t->blocks[b->succ[s]].live[word];
    return live;
}

static void find_live(struct transform *t)
{
    size_t words = bit_words(t->slot_count);
    for (int n = 0; n < t->block_count; n++) {
        struct cfg_block *b = &t->blocks[n];
        b->live = tncc_alloc(words * sizeof(uint64_t));
        b->gen = tncc_alloc(words * sizeof(uint64_t));
        b->kill = tncc_alloc(words * sizeof(uint64_t));
        EACH_INSTRUCTION(b->block, i)
        {
            int s;
            if (LLVMIsALoadInst(i) && (s = slot_number(t, LLVMGetOperand(i, 0))) >= 0) {
                if (!bit_test(b->kill, s))
                    bit_set(b->gen, s);
            } else if (LLVMIsAStoreInst(i) && (s = slot_number(t, LLVMGetOperand(i, 1))) >= 0) {
                bit_set(b->kill, s);
            }
        }
    }
    for (bool change = true; change;) {
        change = false;
        for (int n = t->block_count - 1; n >= 0; n--) {
            struct cfg_block *b = &t->blocks[n];
            for (size_t w = 0; w < words; w++) {
                uint64_t out = b->gen[w] | (live_behind(t, b, w) & ~b->kill[w]);
                if (out != b->live[w]) {
                    b->live[w] = out;
                    change = true;
                }
            }
        }
    }
}

/* ---- one slot for a value and the phi that takes it, as for a sum that goes around a loop with barriers ---- */
enum { MERGE_LIMIT = 200 };

static bool crosses(const struct transform *t, int s)
{
    for (int r = 1; r < t->sync_count; r++)
        if (bit_test(t->blocks[t->sync[r].block].live, s))
            return true;
    return false;
}

/* The slot whose value the store passes on as it is, or -1. */
static int copied_slot(const struct transform *t, LLVMValueRef store)
{
    LLVMValueRef load = LLVMGetOperand(store, 0);
    if (!LLVMIsALoadInst(load) || LLVMGetInstructionParent(load) != LLVMGetInstructionParent(store))
        return -1;
    LLVMValueRef place = LLVMGetOperand(load, 0);
    for (LLVMValueRef i = load; i != store; i = LLVMGetNextInstruction(i))
        if (LLVMIsAStoreInst(i) && LLVMGetOperand(i, 1) == place)
            return -1;
    return slot_number(t, place);
}

/* Does one of two slots get another value while the other is needed? */
static bool interfere(const struct transform *t, int a, int b)
{
    int slot[2] = { a, b };
    for (int n = 0; n < t->block_count; n++) {
        const struct cfg_block *x = &t->blocks[n];
        bool live[2] = { false, false };
        for (int k = 0; k < 2; k++)
            live[k] = live_behind(t, x, (size_t)slot[k] / 64) >> (slot[k] & 63) & 1;
        for (LLVMValueRef i = LLVMGetLastInstruction(x->block); i; i = LLVMGetPreviousInstruction(i))
            for (int k = 0; k < 2; k++) {
                LLVMValueRef place = t->slots[slot[k]].place;
                if (LLVMIsALoadInst(i) && LLVMGetOperand(i, 0) == place) {
                    live[k] = true;
                } else if (LLVMIsAStoreInst(i) && LLVMGetOperand(i, 1) == place) {
                    if (live[!k] && copied_slot(t, i) != slot[!k])
                        return true;
                    live[k] = false;
                }
            }
    }
    return false;
}

/* Merges the first pair that can be; false: there is none. */
static bool merge_slots(struct transform *t)
{
    for (int n = 0; n < t->block_count; n++)
        EACH_INSTRUCTION(t->blocks[n].block, i)
        {
            int to = LLVMIsAStoreInst(i) ? slot_number(t, LLVMGetOperand(i, 1)) : -1;
            int from = to >= 0 ? copied_slot(t, i) : -1;
            if (from < 0 || from == to || t->slots[from].type != t->slots[to].type ||
                t->slots[from].uniform != t->slots[to].uniform || !(crosses(t, from) || crosses(t, to)) ||
                interfere(t, from, to))
                continue;
            LLVMReplaceAllUsesWith(t->slots[to].place, t->slots[from].place);
            return true;
        }
    return false;
}

static void remove_self_copies(struct transform *t)
{
    for (int n = 0; n < t->block_count; n++)
        for (LLVMValueRef i = LLVMGetFirstInstruction(t->blocks[n].block), next; i; i = next) {
            next = LLVMGetNextInstruction(i);
            if (LLVMIsAStoreInst(i) && slot_number(t, LLVMGetOperand(i, 1)) >= 0 &&
                copied_slot(t, i) == slot_number(t, LLVMGetOperand(i, 1)))
                LLVMInstructionEraseFromParent(i);
        }
}

static void share_slots(struct transform *t)
{
    for (int n = 0; n < MERGE_LIMIT && merge_slots(t); n++) {
        remove_self_copies(t);
        find_live(t);
    }
}

/* ---- one slot for values that are never needed at once: a region has a parameter for each ---- */
/* For each slot those that are needed when it gets a value; both ways. */
static uint64_t **find_meetings(const struct transform *t)
{
    size_t words = bit_words(t->slot_count);
    uint64_t **meets = tncc_alloc((size_t)t->slot_count * sizeof *meets), *live = tncc_alloc(words * sizeof *live);
    for (int s = 0; s < t->slot_count; s++)
        meets[s] = tncc_alloc(words * sizeof **meets);
    for (int n = 0; n < t->block_count; n++) {
        const struct cfg_block *x = &t->blocks[n];
        for (size_t w = 0; w < words; w++)
            live[w] = live_behind(t, x, w);
        for (LLVMValueRef i = LLVMGetLastInstruction(x->block); i; i = LLVMGetPreviousInstruction(i)) {
            bool store = LLVMIsAStoreInst(i) != NULL;
            int s = store || LLVMIsALoadInst(i) ? slot_number(t, LLVMGetOperand(i, store)) : -1;
            if (s >= 0 && !store)
                bit_set(live, s);
            if (s < 0 || !store)
                continue;
            live[s / 64] &= ~(1ull << (s & 63));
            for (size_t w = 0; w < words; w++)
                meets[s][w] |= live[w];
        }
    }
    for (int s = 0; s < t->slot_count; s++)
        for (int other = 0; other < t->slot_count; other++)
            if (bit_test(meets[s], other))
                bit_set(meets[other], s);
    return meets;
}

static bool may_join(const struct transform *t, uint64_t *const *meets, int s, int first, const uint64_t *members)
{
    bool apart = t->slots[s].type == t->slots[first].type;
    for (size_t w = 0; apart && w < bit_words(t->slot_count); w++)
        apart = !(meets[s][w] & members[w]);
    return apart;
}

static void reuse_slots(struct transform *t)
{
    uint64_t **meets = find_meetings(t), **members = tncc_alloc((size_t)t->slot_count * sizeof *members);
    for (int s = 0; s < t->slot_count; s++) {
        int first = 0;
        if (t->slots[s].uniform || !crosses(t, s))
            continue;
        while (first < s && !(members[first] && may_join(t, meets, s, first, members[first])))
            first++;
        if (first < s)
            LLVMReplaceAllUsesWith(t->slots[s].place, t->slots[first].place);
        else
            members[s] = tncc_alloc(bit_words(t->slot_count) * sizeof **members);
        bit_set(members[first], s);
    }
    remove_self_copies(t);
    find_live(t);
}

/* Slots that live into a region get a place outside the region functions. */
static void place_slots(struct transform *t)
{
    for (int s = 0; s < t->slot_count; s++) {
        struct slot *slot = &t->slots[s];
        slot->crosses = crosses(t, s);
        slot->align = LLVMABIAlignmentOfType(t->layout, slot->type);
        slot->size = (uint32_t)LLVMABISizeOfType(t->layout, slot->type);
        if (!slot->size)
            slot->size = 1;
        if (slot->crosses && slot->uniform) {
            t->uniform_bytes = (t->uniform_bytes + slot->align - 1) & ~(slot->align - 1);
            slot->offset = t->uniform_bytes;
            t->uniform_bytes += slot->size;
        }
    }
}

void tncc_demote(struct transform *t)
{
    struct tncc_list values = { 0 }, phis = { 0 };
    EACH_BLOCK(t->function, b)
    EACH_INSTRUCTION(b, i)
    {
        if (LLVMIsAPHINode(i))
            tncc_push(&phis, i);
        if (LLVMIsAAllocaInst(i) || LLVMGetTypeKind(LLVMTypeOf(i)) == LLVMVoidTypeKind)
            continue;
        for (LLVMUseRef u = LLVMGetFirstUse(i); u; u = LLVMGetNextUse(u)) {
            LLVMValueRef user = LLVMGetUser(u);
            if (LLVMIsAPHINode(user) || LLVMGetInstructionParent(user) != b) {
                tncc_push(&values, i);
                break;
            }
        }
    }
    for (size_t n = 0; n < values.count; n++)
        demote_value(t, values.items[n]);
    for (size_t n = 0; n < phis.count; n++)
        demote_phi(t, phis.items[n]);
    find_live(t);
    share_slots(t);
    reuse_slots(t);
    place_slots(t);
}
