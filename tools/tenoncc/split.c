/* SPDX-License-Identifier: Apache-2.0 */
/*
 * split.c - cuts a kernel behind each synchronisation point, builds its flow graph, and finds what is the same in
 * all threads of a block. Changes the kernel's function; calls LLVM-C.
 */
#include "tools/tenoncc/transform.h"

#include <string.h>

static const struct {
    const char *name;
    enum sync_kind kind;
    unsigned reduce;
} sync_names[] = {
    { "__tn_barrier", SYNC_BARRIER, 0 },
    { "__tn_barrier_count", SYNC_BARRIER_REDUCE, 0 },
    { "__tn_barrier_and", SYNC_BARRIER_REDUCE, 1 },
    { "__tn_barrier_or", SYNC_BARRIER_REDUCE, 2 },
    { "__tn_warp_sync", SYNC_WARP, 0 },
    { "__tn_shfl_32", SYNC_SHFL_32, 0 },
    { "__tn_shfl_64", SYNC_SHFL_64, 0 },
    { "__tn_ballot", SYNC_BALLOT, 0 },
    { "__tn_activemask", SYNC_ACTIVE, 0 },
    { "__tn_match", SYNC_MATCH, 0 },
};

static int sync_index(LLVMValueRef instruction)
{
    const char *name = tncc_callee(instruction);
    if (name && tncc_starts(name, "__tn_"))
        for (unsigned i = 0; i < sizeof sync_names / sizeof *sync_names; i++)
            if (!strcmp(name, sync_names[i].name))
                return (int)i;
    return -1;
}

bool tncc_is_sync(LLVMValueRef instruction)
{
    return sync_index(instruction) >= 0;
}

bool tncc_is_warp_operation(LLVMValueRef instruction)
{
    int index = sync_index(instruction);
    return index >= 0 && sync_names[index].kind >= SYNC_WARP;
}

bool tncc_has_warp_operations(LLVMValueRef f)
{
    EACH_BLOCK(f, b)
    EACH_INSTRUCTION(b, i)
    if (tncc_is_warp_operation(i))
        return true;
    return false;
}

/* Whole warps run through their operations. */
static bool cuts(const struct transform *t, LLVMValueRef instruction)
{
    return tncc_is_sync(instruction) && !(t->wide && tncc_is_warp_operation(instruction));
}

/* Moves everything up to and including `last` to a new block in front; the rest stays in the old block, so that
 * phis behind it keep their meaning. The terminator leaves meanwhile: replacing the block's uses would rewrite the
 * phis of its successors too. */
static void split_after(struct transform *t, LLVMValueRef last)
{
    LLVMBasicBlockRef tail = LLVMGetInstructionParent(last);
    LLVMBasicBlockRef head = LLVMInsertBasicBlockInContext(t->context, tail, "sync");
    LLVMValueRef terminator = LLVMGetBasicBlockTerminator(tail);
    LLVMInstructionRemoveFromParent(terminator);
    LLVMReplaceAllUsesWith(LLVMBasicBlockAsValue(tail), LLVMBasicBlockAsValue(head));
    LLVMPositionBuilderAtEnd(t->builder, tail);
    tncc_insert(t->builder, terminator);
    for (LLVMValueRef i = LLVMGetFirstInstruction(tail), next;; i = next) {
        next = LLVMGetNextInstruction(i);
        LLVMInstructionRemoveFromParent(i);
        LLVMPositionBuilderAtEnd(t->builder, head);
        tncc_insert(t->builder, i);
        if (i == last)
            break;
    }
    LLVMPositionBuilderAtEnd(t->builder, head);
    LLVMBuildBr(t->builder, tail);
}

/* The value that a sync point gives is read at the beginning of the region behind it. */
static void take_result(struct transform *t, struct sync_point *s)
{
    LLVMTypeRef type = LLVMTypeOf(s->call);
    if (LLVMGetTypeKind(type) == LLVMVoidTypeKind)
        return;
    bool reduced = s->kind == SYNC_BARRIER_REDUCE;
    const char *name = reduced          ? tncc_format("__tn_result_reduce_%u", s->reduce)
                       : type == t->i32 ? "__tn_result_32"
                                        : "__tn_result_64";
    LLVMTypeRef function_type = LLVMFunctionType(type, NULL, 0, 0);
    LLVMValueRef result = LLVMGetNamedFunction(t->module, name);
    if (!result)
        result = LLVMAddFunction(t->module, name, function_type);
    LLVMBasicBlockRef tail = LLVMGetNextBasicBlock(LLVMGetInstructionParent(s->call));
    LLVMPositionBuilderBefore(t->builder, LLVMGetFirstInstruction(tail));
    s->result = LLVMBuildCall2(t->builder, function_type, result, NULL, 0, "");
    LLVMReplaceAllUsesWith(s->call, s->result);
}

static bool find_syncs(struct transform *t)
{
    struct tncc_list calls = { 0 };
    EACH_BLOCK(t->function, b)
    EACH_INSTRUCTION(b, i)
    if (cuts(t, i))
        tncc_push(&calls, i);
    t->sync = tncc_alloc((calls.count + 1) * sizeof *t->sync);
    t->sync_count = (int)calls.count + 1;
    for (size_t n = 0; n < calls.count; n++) {
        LLVMValueRef call = calls.items[n];
        struct sync_point *s = &t->sync[n + 1];
        int index = sync_index(call);
        s->kind = sync_names[index].kind;
        s->reduce = sync_names[index].reduce;
        s->call = call;
        if (s->kind >= SYNC_WARP) {
            t->warps = true;
            t->kernel->flags |= TN_KERNEL_USES_WARP;
            if (t->width < 2) {
                tncc_refuse(t->kernel, call, "it uses warp operations (%s), and this chip has no warps",
                            tncc_callee(call) + strlen("__tn_"));
                return false;
            }
            LLVMValueRef mask = LLVMGetNumArgOperands(call) ? LLVMGetOperand(call, 0) : NULL;
            uint64_t all = t->width == 64 ? ~0ull : 0xffffffffull;
            s->full_mask = s->kind != SYNC_ACTIVE && mask && LLVMIsAConstantInt(mask) &&
                           (LLVMConstIntGetZExtValue(mask) & all) == all;
        } else {
            t->kernel->flags |= TN_KERNEL_USES_BARRIER;
            t->reduces |= s->kind == SYNC_BARRIER_REDUCE;
        }
    }
    if (calls.count >= MAX_SYNC) {
        tncc_refuse(t->kernel, NULL, "it has %zu synchronisation points, at most %d are supported", calls.count,
                    MAX_SYNC);
        return false;
    }
    for (int r = 1; r < t->sync_count; r++) {
        split_after(t, t->sync[r].call);
        take_result(t, &t->sync[r]);
    }
    return true;
}

/* ---- flow graph ---- */
static int block_number(const struct transform *t, LLVMBasicBlockRef b)
{
    return (int)(intptr_t)tncc_get(&t->block_index, b) - 1;
}

static void build_graph(struct transform *t)
{
    t->block_count = (int)LLVMCountBasicBlocks(t->function);
    t->blocks = tncc_alloc((size_t)t->block_count * sizeof *t->blocks);
    int n = 0;
    EACH_BLOCK(t->function, b)
    {
        t->blocks[n].block = b;
        tncc_put(&t->block_index, b, (void *)(intptr_t)++n);
    }
    for (n = 0; n < t->block_count; n++) {
        struct cfg_block *b = &t->blocks[n];
        LLVMValueRef terminator = LLVMGetBasicBlockTerminator(b->block);
        b->succ_count = (int)LLVMGetNumSuccessors(terminator);
        b->succ = tncc_alloc(((size_t)b->succ_count + 1) * sizeof *b->succ);
        for (int s = 0; s < b->succ_count; s++)
            b->succ[s] = block_number(t, LLVMGetSuccessor(terminator, (unsigned)s));
    }
    t->sync[0].block = 0;
    for (int r = 1; r < t->sync_count; r++) {
        int b = block_number(t, LLVMGetInstructionParent(t->sync[r].call));
        t->blocks[b].sync = r;
        t->sync[r].block = t->blocks[b].succ[0];
    }
}

/* Which sync points may come next from a block, without passing another; and whether any is ever reached. */
static void find_next(struct transform *t)
{
    size_t words = bit_words(t->sync_count);
    for (int i = 0; i < t->block_count; i++) {
        t->blocks[i].next = tncc_alloc(words * sizeof(uint64_t));
        t->blocks[i].reaches_sync = t->blocks[i].sync != 0;
    }
    for (bool change = true; change;) {
        change = false;
        for (int i = t->block_count - 1; i >= 0; i--) {
            struct cfg_block *b = &t->blocks[i];
            for (int s = 0; s < b->succ_count; s++)
                if (t->blocks[b->succ[s]].reaches_sync && !b->reaches_sync)
                    b->reaches_sync = change = true;
            for (size_t w = 0; w < words; w++) {
                uint64_t old = b->next[w], now = old;
                if (b->sync)
                    now |= w == (size_t)b->sync / 64 ? 1ull << (b->sync & 63) : 0;
                else if (!b->succ_count)
                    now |= w == 0;
                else
                    for (int s = 0; s < b->succ_count; s++)
                        now |= t->blocks[b->succ[s]].next[w];
                if (now != old) {
                    b->next[w] = now;
                    change = true;
                }
            }
        }
    }
}

/* Is it the last of the blocks that reach a sync point on some way out? */
static bool leaves_graph(const struct transform *t, const struct cfg_block *b, bool any)
{
    int out = 0;
    for (int s = 0; s < b->succ_count; s++)
        out += b->reaches_sync && !t->blocks[b->succ[s]].reaches_sync;
    return out == b->succ_count || (any && out);
}

/* Ways out of the graph of blocks that reach a sync point: where all successors lie outside; and, for loops that have no
 * such place, where one does. A thread that leaves never meets the others again. */
static void find_exits(struct transform *t)
{
    for (int any = 0; any < 2; any++) {
        for (int i = 0; i < t->block_count; i++)
            if (!t->blocks[i].reaches_exit && leaves_graph(t, &t->blocks[i], any))
                t->blocks[i].exit = t->blocks[i].reaches_exit = true;
        for (bool change = true; change;) {
            change = false;
            for (int i = t->block_count - 1; i >= 0; i--) {
                struct cfg_block *b = &t->blocks[i];
                for (int s = 0; s < b->succ_count; s++)
                    if (!b->reaches_exit && t->blocks[b->succ[s]].reaches_exit &&
                        t->blocks[b->succ[s]].reaches_sync == b->reaches_sync)
                        b->reaches_exit = change = true;
            }
        }
    }
}

/* Post-dominators among the blocks that reach a sync point, and among those that don't. */
static void find_post_dominators(struct transform *t)
{
    size_t words = bit_words(t->block_count);
    find_exits(t);
    for (int i = 0; i < t->block_count; i++) {
        t->blocks[i].post = tncc_alloc(words * sizeof(uint64_t));
        memset(t->blocks[i].post, 0xff, words * sizeof(uint64_t));
    }
    for (bool change = true; change;) {
        change = false;
        for (int i = t->block_count - 1; i >= 0; i--) {
            struct cfg_block *b = &t->blocks[i];
            for (size_t w = 0; w < words; w++) {
                uint64_t now = b->exit ? 0 : ~0ull;
                for (int s = 0; s < b->succ_count && !b->exit; s++)
                    if (!b->reaches_sync || t->blocks[b->succ[s]].reaches_sync)
                        now &= t->blocks[b->succ[s]].post[w];
                if (w == (size_t)i / 64)
                    now |= 1ull << (i & 63);
                if (now != b->post[w]) {
                    b->post[w] = now;
                    change = true;
                }
            }
        }
    }
}

static int count_bits(const uint64_t *set, size_t words)
{
    int count = 0;
    for (size_t w = 0; w < words; w++)
        count += __builtin_popcountll(set[w]);
    return count;
}

int tncc_post_dominator(const struct transform *t, int block)
{
    size_t words = bit_words(t->block_count);
    int best = -1, most = -1;
    if (!t->blocks[block].reaches_exit) /* an endless loop: nothing is behind it */
        return -1;
    for (int i = 0; i < t->block_count; i++)
        if (i != block && t->blocks[i].reaches_exit && bit_test(t->blocks[block].post, i) &&
            t->blocks[i].reaches_sync == t->blocks[block].reaches_sync) {
            int count = count_bits(t->blocks[i].post, words);
            if (count > most)
                most = count, best = i;
        }
    return best;
}

/* Blocks between a branch and its post-dominator. From a block that reaches a sync point only such are followed. */
void tncc_reach(const struct transform *t, int from, const int stops[2], bool only_sync, uint64_t *seen)
{
    struct tncc_list todo = { 0 };
    tncc_push(&todo, (void *)(intptr_t)from);
    while (todo.count) {
        int b = (int)(intptr_t)todo.items[--todo.count];
        if (b == stops[0] || b == stops[1] || bit_test(seen, b) || (only_sync && !t->blocks[b].reaches_sync))
            continue;
        bit_set(seen, b);
        for (int s = 0; s < t->blocks[b].succ_count; s++)
            tncc_push(&todo, (void *)(intptr_t)t->blocks[b].succ[s]);
    }
}

/* ---- uniform and varying ---- */
bool tncc_is_varying(const struct transform *t, LLVMValueRef v)
{
    return tncc_get(&t->varying, v) != NULL;
}

static bool is_call_pure(const char *name)
{
    return name && tncc_starts(name, "llvm.") && !tncc_starts(name, "llvm.lifetime") && !tncc_starts(name, "llvm.mem");
}

/* Atomics and fences order the threads of a block without a barrier: in a critical section each reads what the one before
 * it has written. */
static bool orders_threads(LLVMValueRef f)
{
    EACH_BLOCK(f, b)
    EACH_INSTRUCTION(b, i)
    {
        const char *name = tncc_callee(i);
        if (LLVMIsAAtomicRMWInst(i) || LLVMIsAAtomicCmpXchgInst(i) || LLVMIsAFenceInst(i) ||
            (LLVMIsACallInst(i) &&
             !(name && (tncc_starts(name, "llvm.") || tncc_starts(name, "__tn_") || tncc_starts(name, "tnm_")))))
            return true;
    }
    return false;
}

/* ---- what varies within a warp, for blocks whose rows are whole warps ---- */
static bool warp_leaf(void *data, LLVMValueRef v, struct warp_form *form)
{
    const struct transform *t = data;
    const char *name = tncc_callee(v);
    unsigned zeros = (unsigned)__builtin_ctz(t->width);
    if (!name || !tncc_starts(name, "__tn_"))
        return false;
    if (!strcmp(name, "__tn_tid_x"))
        *form = (struct warp_form){ true, 1, zeros };
    else if (!strcmp(name, "__tn_lane"))
        *form = (struct warp_form){ true, 1, 63 };
    else if (!strcmp(name, "__tn_ntid_x"))
        *form = (struct warp_form){ true, 0, zeros };
    else
        return false;
    return true;
}

static bool same_in_warp(void *data, LLVMValueRef v)
{
    return !tncc_is_varying(data, v);
}

static struct warp_forms forms_of(struct transform *t)
{
    return (struct warp_forms){ t->width, warp_leaf, same_in_warp, t };
}

/* Lanes may end while others of their warp go on to a sync point. */
static bool loses_lanes(const struct transform *t)
{
    size_t words = bit_words(t->block_count);
    uint64_t *apart = tncc_alloc(words * sizeof *apart);
    for (int n = 0; n < t->block_count; n++) {
        const struct cfg_block *b = &t->blocks[n];
        if (!b->divergent || !b->reaches_sync)
            continue;
        memset(apart, 0, words * sizeof *apart);
        bit_set(apart, n);
        for (int s = 0; s < b->succ_count; s++)
            tncc_reach(t, b->succ[s], (const int[]){ tncc_post_dominator(t, n), -1 }, true, apart);
        /* Where some lanes are alone, a branch that they take together loses them just as well. */
        for (int i = 0; i < t->block_count; i++)
            for (int s = 0; bit_test(apart, i) && s < t->blocks[i].succ_count; s++)
                if (!t->blocks[t->blocks[i].succ[s]].reaches_sync)
                    return true;
    }
    return false;
}

/* What a warp operation gives, where all lanes meet at it: votes give the same to all, and a shuffle from one lane while
 * all lanes are there. Asked again as more is found to vary. */
static bool result_varies(const struct transform *t, LLVMValueRef result)
{
    for (int r = 1; r < t->sync_count; r++) {
        const struct sync_point *s = &t->sync[r];
        if (s->result != result)
            continue;
        if (s->kind == SYNC_ACTIVE)
            return false;
        if (tncc_is_varying(t, LLVMGetOperand(s->call, 0)))
            return true;
        if (s->kind == SYNC_SHFL_32 || s->kind == SYNC_SHFL_64)
            return !s->full_mask || tncc_is_varying(t, LLVMGetOperand(s->call, 2)) ||
                   !tncc_below(LLVMGetOperand(s->call, 2), t->width) || loses_lanes(t);
        return s->kind != SYNC_BALLOT;
    }
    return true;
}

/* Values that differ between threads by their nature. A plain load is as uniform as its address: within a barrier
 * interval another thread's store to it would be a data race, unless something else than the barrier orders them. */
static bool varies_by_itself(const struct transform *t, LLVMValueRef i)
{
    switch (LLVMGetInstructionOpcode(i)) {
    case LLVMAlloca:
    case LLVMAtomicRMW:
    case LLVMAtomicCmpXchg:
        return true;
    case LLVMLoad:
        return t->orders_threads || LLVMGetVolatile(i) || LLVMGetOrdering(i) != LLVMAtomicOrderingNotAtomic;
    case LLVMCall: {
        const char *name = tncc_callee(i);
        if (t->warp_level && name && (!strcmp(name, "__tn_tid_y") || !strcmp(name, "__tn_tid_z")))
            return false;
        if (t->warp_level && name && tncc_starts(name, "__tn_result_"))
            return !tncc_starts(name, "__tn_result_reduce_") && result_varies(t, i);
        if (tncc_is_warp_operation(i))
            return true;
        if (name && tncc_starts(name, "__tn_"))
            return tncc_starts(name, "__tn_tid_") || !strcmp(name, "__tn_lane") || !strcmp(name, "__tn_context") ||
                   !strcmp(name, "__tn_result_32") || !strcmp(name, "__tn_result_64");
        return !is_call_pure(name);
    }
    default:
        return false;
    }
}

static bool mark(struct transform *t, LLVMValueRef v)
{
    if (tncc_is_varying(t, v))
        return false;
    tncc_put(&t->varying, v, t);
    return true;
}

static bool used_outside(const struct transform *t, LLVMValueRef i, const uint64_t *inside)
{
    for (LLVMUseRef u = LLVMGetFirstUse(i); u; u = LLVMGetNextUse(u)) {
        int b = block_number(t, LLVMGetInstructionParent(LLVMGetUser(u)));
        if (b >= 0 && !bit_test(inside, b))
            return true;
    }
    return false;
}

/* A branch that threads take differently makes the phis at and before its post-dominator vary; in a loop also the
 * values that leave it, for threads leave in different rounds. */
static void spread_divergence(struct transform *t, int branch)
{
    struct cfg_block *b = &t->blocks[branch];
    uint64_t *seen = tncc_alloc(bit_words(t->block_count) * sizeof *seen);
    int stop = tncc_post_dominator(t, branch);
    for (int s = 0; s < b->succ_count; s++)
        tncc_reach(t, b->succ[s], (const int[]){ stop, -1 }, b->reaches_sync, seen);
    bool loop = bit_test(seen, branch);
    for (int i = 0; i < t->block_count; i++) {
        if (!bit_test(seen, i) && i != stop)
            continue;
        EACH_INSTRUCTION(t->blocks[i].block, v)
        if (LLVMIsAPHINode(v) || (loop && i != stop && used_outside(t, v, seen)))
            mark(t, v);
    }
}

static void find_varying(struct transform *t)
{
    struct warp_forms forms = forms_of(t);
    for (bool change = true; change;) {
        change = false;
        for (int n = 0; n < t->block_count; n++) {
            struct cfg_block *b = &t->blocks[n];
            EACH_INSTRUCTION(b->block, i)
            {
                bool varies = varies_by_itself(t, i);
                if (tncc_is_varying(t, i))
                    continue;
                int operands = LLVMGetNumOperands(i);
                for (int k = 0; k < operands && !varies; k++)
                    varies = tncc_is_varying(t, LLVMGetOperand(i, (unsigned)k));
                if (varies && t->warp_level && tncc_warp_same(&forms, i))
                    continue;
                if (varies)
                    change |= mark(t, i);
            }
            if (b->succ_count > 1 && !b->divergent && tncc_is_varying(t, LLVMGetBasicBlockTerminator(b->block))) {
                b->divergent = change = true;
                spread_divergence(t, n);
            }
        }
    }
}

/* Aligned: no divergent branch has a sync point between itself and the place where its threads meet again. */
static bool is_aligned(const struct transform *t)
{
    uint64_t *seen = tncc_alloc(bit_words(t->block_count) * sizeof *seen);
    for (int n = 0; n < t->block_count; n++) {
        const struct cfg_block *b = &t->blocks[n];
        int ways = 0;
        for (int s = 0; s < b->succ_count; s++)
            ways += t->blocks[b->succ[s]].reaches_sync;
        if (!b->divergent || ways < 2)
            continue;
        memset(seen, 0, bit_words(t->block_count) * sizeof *seen);
        int stop = tncc_post_dominator(t, n);
        for (int s = 0; s < b->succ_count; s++)
            tncc_reach(t, b->succ[s], (const int[]){ stop, -1 }, true, seen);
        for (int i = 0; i < t->block_count; i++)
            if (bit_test(seen, i) && t->blocks[i].sync && !(t->warp_level && t->sync[t->blocks[i].sync].exact))
                return false;
    }
    for (int r = 1; r < t->sync_count && !t->warp_level; r++)
        if (t->sync[r].kind >= SYNC_WARP && !t->sync[r].full_mask)
            return false;
    return true;
}

/* The same question for a warp alone. Masks may be anything there: where all lanes meet, what each names is at hand; and an
 * operation whose mask names just the lanes that come needs no others. */
static void look_at_warps(struct transform *t)
{
    struct transform w = *t;
    w.warp_level = true;
    w.varying = (struct tncc_map){ 0 };
    w.blocks = tncc_alloc((size_t)t->block_count * sizeof *w.blocks);
    memcpy(w.blocks, t->blocks, (size_t)t->block_count * sizeof *w.blocks);
    for (int n = 0; n < t->block_count; n++)
        w.blocks[n].divergent = false;
    find_varying(&w);
    struct warp_forms forms = forms_of(&w);
    tncc_exact_masks(&w, &forms);
    t->warps_meet = is_aligned(&w);
    t->warps_whole = !loses_lanes(&w);
}

/* A divergent loop exit to a block that reaches no sync point keeps the threads that stay aligned, but a loop whose
 * divergent exits lead to different sync points is caught by the check above. */
bool tncc_split(struct transform *t)
{
    if (!find_syncs(t))
        return false;
    if (t->lanes)
        tncc_private_arrays(t);
    build_graph(t);
    find_next(t);
    find_post_dominators(t);
    t->orders_threads = orders_threads(t->function);
    find_varying(t);
    t->aligned = is_aligned(t);
    if (t->warps)
        look_at_warps(t);
    return true;
}
