/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jam_cost.c - how many groups of threads a jammed region runs: as many as their values fit the vector registers, if what
 * they have in common is worth it. Reads the region only.
 */
#include "tools/tenoncc/jam.h"

#include <stdio.h>

/* Runs of blocks walk memory in long rows, as prefetchers like it; several rows in step are that many beginnings, each waited
 * for, so that must save more. */
static const double LEAST_GAIN = 1.15, LEAST_GAIN_IN_RUNS = 1.5;

/* ---- loops: a block in a cycle, once more for each cycle that is left when the heads are taken out ---- */
static int number(const struct jam *j, LLVMBasicBlockRef b)
{
    return (int)(intptr_t)tncc_get(&j->index, b) - 1;
}

static void reach(const struct jam *j, const bool *gone, uint64_t **to)
{
    size_t words = bit_words(j->block_count);
    for (bool change = true; change;) {
        change = false;
        for (int n = j->block_count - 1; n >= 0; n--) {
            LLVMValueRef end = LLVMGetBasicBlockTerminator(j->blocks[n]);
            for (unsigned s = 0; !gone[n] && s < LLVMGetNumSuccessors(end); s++) {
                int next = number(j, LLVMGetSuccessor(end, s));
                if (gone[next])
                    continue;
                for (size_t w = 0; w < words; w++) {
                    uint64_t now = to[n][w] | to[next][w] | (w == (size_t)next / 64 ? 1ull << (next & 63) : 0);
                    change |= now != to[n][w];
                    to[n][w] = now;
                }
            }
        }
    }
}

/* Takes out the block at which each cycle is come to. */
static void drop_heads(const struct jam *j, bool *gone, uint64_t **to)
{
    bool *head = tncc_alloc((size_t)j->block_count * sizeof *head);
    for (int n = 0; n < j->block_count; n++) {
        LLVMValueRef end = LLVMGetBasicBlockTerminator(j->blocks[n]);
        for (unsigned s = 0; s < LLVMGetNumSuccessors(end); s++) {
            int next = number(j, LLVMGetSuccessor(end, s));
            head[next] |= bit_test(to[next], next) && !bit_test(to[next], n); /* from outside its cycle */
        }
    }
    for (int n = 0; n < j->block_count; n++)
        gone[n] |= head[n];
}

/* Only come to by ways that are as good as never taken. */
static void find_rare(struct jam *j)
{
    j->rare = tncc_alloc((size_t)j->block_count * sizeof *j->rare);
    for (int n = 1; n < j->block_count; n++)
        j->rare[n] = true;
    for (bool change = true; change;) {
        change = false;
        for (int n = 0; n < j->block_count; n++) {
            LLVMValueRef end = LLVMGetBasicBlockTerminator(j->blocks[n]);
            for (unsigned s = 0; s < LLVMGetNumSuccessors(end) && !j->rare[n]; s++) {
                int next = number(j, LLVMGetSuccessor(end, s));
                bool never = LLVMGetNumSuccessors(end) == 2 && tncc_is_unexpected(end, s);
                change |= !never && j->rare[next];
                j->rare[next] &= never;
            }
        }
    }
}

static void find_depths(struct jam *j)
{
    bool *gone = tncc_alloc((size_t)j->block_count * sizeof *gone);
    j->depth = tncc_alloc((size_t)j->block_count * sizeof *j->depth);
    for (int level = 0; level < 3; level++) {
        uint64_t **to = tncc_alloc((size_t)j->block_count * sizeof *to);
        for (int n = 0; n < j->block_count; n++)
            to[n] = tncc_alloc(bit_words(j->block_count) * sizeof **to);
        reach(j, gone, to);
        for (int n = 0; n < j->block_count; n++)
            j->depth[n] += bit_test(to[n], n);
        drop_heads(j, gone, to);
    }
}

/* ---- work ---- */
static bool is_vector(LLVMTypeRef type)
{
    return LLVMGetTypeKind(type) == LLVMVectorTypeKind &&
           LLVMGetElementType(type) != LLVMInt1TypeInContext(LLVMGetTypeContext(type));
}

static unsigned registers(const struct jam *j, LLVMTypeRef type)
{
    unsigned bits = (unsigned)LLVMSizeOfTypeInBits(j->t->layout, LLVMGetElementType(type));
    return bits > 32 ? 2 : 1;
}

static double cost(const struct jam *j, LLVMValueRef i)
{
    const char *name = LLVMIsACallInst(i) ? tncc_callee(i) : NULL;
    LLVMTypeRef type = LLVMIsAStoreInst(i) ? LLVMTypeOf(LLVMGetOperand(i, 0)) : LLVMTypeOf(i);
    bool vector = is_vector(type);
    switch (LLVMGetInstructionOpcode(i)) {
    case LLVMLoad:
        if (LLVMIsAAllocaInst(LLVMGetOperand(i, 0)))
            return 0;
        return vector ? registers(j, type) : 0.5;
    case LLVMStore:
        if (LLVMIsAAllocaInst(LLVMGetOperand(i, 1)))
            return 0;
        return vector ? registers(j, type) : 0.5;
    case LLVMAlloca:
    case LLVMBr:
    case LLVMRet:
    case LLVMGetElementPtr:
    case LLVMInsertElement:
    case LLVMShuffleVector:
        return 0;
    case LLVMFMul:
    case LLVMFAdd: /* mostly one instruction together */
        return vector ? 0.5 * registers(j, type) : 0.25;
    default:
        break;
    }
    if (name && (tncc_starts(name, "llvm.masked.gather") || tncc_starts(name, "llvm.masked.scatter")))
        return j->t->lanes;
    if (name && tncc_starts(name, "llvm.masked.store"))
        return 1.5;
    return vector ? registers(j, type) : tncc_makes_mark(i) ? 0 : 0.25;
}

struct pressure {
    int own, common;       /* vector registers: for each group, and once */
    int all[JAM_MOST + 1]; /* at once, of so many groups */
};

static void press_with(struct pressure *p, int common, int own)
{
    p->own = p->own > own ? p->own : own;
    p->common = p->common > common ? p->common : common;
    for (int k = 1; k <= JAM_MOST; k++)
        p->all[k] = p->all[k] > common + k * own ? p->all[k] : common + k * own;
}

/* Vector values that are alive at once in a block, beside what goes through it. */
static void alive(const struct jam *j, int n, const int through[2], struct pressure *p)
{
    struct tncc_map live = { 0 };
    int now[2] = { 0, 0 };
    for (LLVMValueRef i = LLVMGetLastInstruction(j->blocks[n]); i; i = LLVMGetPreviousInstruction(i)) {
        if (tncc_get(&live, i))
            now[jam_varies(j, i)] -= (int)registers(j, LLVMTypeOf(i));
        for (int k = 0, count = LLVMGetNumOperands(i); k < count; k++) {
            LLVMValueRef o = LLVMGetOperand(i, (unsigned)k);
            if (!LLVMIsAInstruction(o) || !is_vector(LLVMTypeOf(o)) || tncc_get(&live, o))
                continue;
            /* a load of one use goes into the instruction */
            if (LLVMIsALoadInst(o) && !LLVMGetNextUse(LLVMGetFirstUse(o)))
                continue;
            tncc_put(&live, o, o);
            now[jam_varies(j, o)] += (int)registers(j, LLVMTypeOf(o));
        }
        press_with(p, through[0] + now[0], through[1] + now[1]);
    }
}

/* Slots of vectors between blocks: numbers from 1, and which are alive at the beginning of each block. */
struct slots {
    struct tncc_map number;
    struct tncc_list all;
    uint64_t **gen, **kill, **in;
};

static int slot_of(const struct slots *s, LLVMValueRef i)
{
    LLVMValueRef place = LLVMIsALoadInst(i) ? LLVMGetOperand(i, 0) : LLVMIsAStoreInst(i) ? LLVMGetOperand(i, 1) : NULL;
    return place ? (int)(intptr_t)tncc_get(&s->number, place) : 0;
}

static void find_slots(const struct jam *j, struct slots *s)
{
    for (int n = 0; n < j->block_count; n++)
        EACH_INSTRUCTION(j->blocks[n], i)
    if (LLVMIsAAllocaInst(i) && !jam_is_array(j, i) && is_vector(LLVMGetAllocatedType(i))) {
        tncc_push(&s->all, i);
        tncc_put(&s->number, i, (void *)(intptr_t)s->all.count);
    }
    size_t words = bit_words((int)s->all.count + 1);
    uint64_t ***sets[3] = { &s->gen, &s->kill, &s->in };
    for (int k = 0; k < 3; k++) {
        *sets[k] = tncc_alloc((size_t)j->block_count * sizeof **sets[k]);
        for (int n = 0; n < j->block_count; n++)
            (*sets[k])[n] = tncc_alloc(words * sizeof(uint64_t));
    }
    for (int n = 0; n < j->block_count; n++)
        EACH_INSTRUCTION(j->blocks[n], i)
        {
            int slot = slot_of(s, i);
            if (slot && LLVMIsAStoreInst(i))
                bit_set(s->kill[n], slot);
            else if (slot && !bit_test(s->kill[n], slot))
                bit_set(s->gen[n], slot);
        }
}

static void alive_behind(const struct jam *j, const struct slots *s, int n, uint64_t *out)
{
    LLVMValueRef end = LLVMGetBasicBlockTerminator(j->blocks[n]);
    for (size_t w = 0; w < bit_words((int)s->all.count + 1); w++) {
        out[w] = 0;
        for (unsigned k = 0; k < LLVMGetNumSuccessors(end); k++)
            out[w] |= s->in[number(j, LLVMGetSuccessor(end, k))][w];
    }
}

static void find_alive(const struct jam *j, struct slots *s)
{
    size_t words = bit_words((int)s->all.count + 1);
    uint64_t *out = tncc_alloc(words * sizeof *out);
    for (bool change = true; change;) {
        change = false;
        for (int n = j->block_count - 1; n >= 0; n--) {
            alive_behind(j, s, n, out);
            for (size_t w = 0; w < words; w++) {
                uint64_t now = s->gen[n][w] | (out[w] & ~s->kill[n][w]);
                change |= now != s->in[n][w];
                s->in[n][w] = now;
            }
        }
    }
}

static void count_slots(const struct jam *j, const struct slots *s, const uint64_t *set, const uint64_t *but,
                        int count[2])
{
    count[0] = count[1] = 0;
    for (size_t k = 0; k < s->all.count; k++)
        if (bit_test(set, (int)k + 1) && !(but && bit_test(but, (int)k + 1)))
            count[jam_varies(j, s->all.items[k])] += (int)registers(j, LLVMGetAllocatedType(s->all.items[k]));
}

/* Where the region spends its time: what the blocks of that depth keep in registers. */
static struct pressure press(const struct jam *j, int depth)
{
    struct slots s = { 0 };
    struct pressure p = { 0 };
    find_slots(j, &s);
    find_alive(j, &s);
    size_t words = bit_words((int)s.all.count + 1);
    uint64_t *out = tncc_alloc(words * sizeof *out), *touched = tncc_alloc(words * sizeof *touched);
    for (int n = 0; n < j->block_count; n++) {
        int in[2], behind[2], through[2];
        if (j->depth[n] != depth || j->rare[n])
            continue;
        alive_behind(j, &s, n, out);
        for (size_t w = 0; w < words; w++)
            touched[w] = s.gen[n][w] | s.kill[n][w];
        count_slots(j, &s, s.in[n], NULL, in);
        count_slots(j, &s, out, NULL, behind);
        count_slots(j, &s, out, touched, through);
        alive(j, n, through, &p);
        press_with(&p, in[0], in[1]);
        press_with(&p, behind[0], behind[1]);
    }
    return p;
}

void jam_choose(struct jam *j)
{
    const struct tncc_options *o = j->t->options;
    double same = 0, own = 0;
    int hottest = 0, size = 0, most = j->t->lanes > 8 ? 28 : 14;
    unsigned side_by_side = 0;
    find_rare(j);
    find_depths(j);
    for (int n = 0; n < j->block_count; n++) {
        double times = j->rare[n] ? 0 : 1;
        for (int d = 0; d < j->depth[n]; d++)
            times *= 8;
        hottest = j->depth[n] > hottest && !j->rare[n] ? j->depth[n] : hottest;
        EACH_INSTRUCTION(j->blocks[n], i)
        {
            size++;
            if (jam_varies(j, i) && jam_in_rows(j, i)) { /* an access for each lane, and permutations */
                same += times * j->t->lanes;
                own += times * 2;
                side_by_side++;
                continue;
            }
            *(jam_varies(j, i) ? &own : &same) += times * cost(j, i);
        }
    }
    struct pressure p = press(j, hottest);
    unsigned groups = side_by_side ? JAM_MOST : !j->apart ? JAM_ROWS : j->apart < JAM_MOST ? j->apart : JAM_MOST;
    groups = groups < j->most ? groups : j->most;
    for (j->copies = JAM_MOST; j->copies > 1; j->copies /= 2)
        if (j->copies <= groups && p.all[j->copies] <= most && (unsigned)size * j->copies <= JAM_MAX_SIZE)
            break;
    double gain = j->copies * (same + own) / (same + j->copies * own);
    double least = j->rows && j->t->rows_lie_side_by_side ? LEAST_GAIN_IN_RUNS : LEAST_GAIN;
    if (o->verbose)
        fprintf(stderr, "%s: %.0f the same for all %s, %.0f for each; %d registers each and %d for all\n",
                LLVMGetValueName2(j->source, &(size_t){ 0 }), same, j->rows ? "rows" : "groups", own, p.own, p.common);
    if (o->vector == TNCC_VECTOR_ALL) {
        if (j->copies < 2 && (unsigned)size * 2 <= JAM_MAX_SIZE)
            j->copies = 2;
    } else if (gain < least && !j->apart) {
        j->copies = 1;
    }
    if (o->verbose && j->copies > 1)
        fprintf(stderr, "%s: %u %s at once, %u accesses of rows side by side\n",
                LLVMGetValueName2(j->source, &(size_t){ 0 }), j->copies, j->rows ? "rows" : "groups", side_by_side);
}
