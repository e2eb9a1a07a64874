/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vector_graph.c - the flow graph of a region for the vectoriser: dominators and post-dominators as bit sets, natural
 * loops, and an order of the blocks that is topological without back edges, keeps loops together, and takes what lies
 * deepest in the dominator tree first (after Moll and Hack, "Partial control-flow linearization", PLDI 2018).
 */
#include "tools/tenoncc/vector.h"

#include <limits.h>
#include <string.h>

bool vector_fail(struct vector *v, const char *why)
{
    if (!v->why)
        v->why = why;
    return false;
}

int vector_number(const struct vector *v, LLVMBasicBlockRef block)
{
    return (int)(intptr_t)tncc_get(&v->index, block) - 1;
}

uint64_t *vector_set(const struct vector *v)
{
    return tncc_alloc(v->words * sizeof(uint64_t));
}

int vector_count(const struct vector *v, const uint64_t *set)
{
    int count = 0;
    for (size_t w = 0; w < v->words; w++)
        count += __builtin_popcountll(set[w]);
    return count;
}

int vector_nearest(const struct vector *v, const uint64_t *set, int self, bool post)
{
    int best = -1, most = -1;
    for (int i = 0; i < v->block_count; i++) {
        if (i == self || !bit_test(set, i))
            continue;
        int count = post ? vector_count(v, v->blocks[i].post) : v->blocks[i].depth;
        if (count > most)
            most = count, best = i;
    }
    return best;
}

bool vector_is_back_edge(const struct vector *v, int from, int to)
{
    return bit_test(v->blocks[from].dom, to);
}

bool vector_in_loop(const struct vector *v, int loop, int block)
{
    return loop < 0 || bit_test(v->loops[loop].in, block);
}

bool vector_is_head(const struct vector *v, int block)
{
    int loop = v->blocks[block].loop;
    return loop >= 0 && v->loops[loop].head == block;
}

int vector_latch_of(const struct vector *v, int block)
{
    for (int l = 0; l < v->loop_count; l++)
        if (v->loops[l].latch == block)
            return l;
    return -1;
}

static bool list_blocks(struct vector *v)
{
    int n = 0, returns = 0;
    v->block_count = (int)LLVMCountBasicBlocks(v->source);
    if (v->block_count > VECTOR_MAX_BLOCKS)
        return vector_fail(v, "too many blocks");
    v->words = bit_words(v->block_count);
    v->blocks = tncc_alloc((size_t)v->block_count * sizeof *v->blocks);
    EACH_BLOCK(v->source, b)
    {
        struct vector_block *x = &v->blocks[n];
        x->block = b;
        x->loop = x->same_mask = x->skip = -1;
        x->next[0] = x->next[1] = x->next[2] = -1;
        x->pred = tncc_alloc((size_t)v->block_count * 2 * sizeof *x->pred);
        tncc_put(&v->index, b, (void *)(intptr_t)++n);
    }
    for (n = 0; n < v->block_count; n++) {
        struct vector_block *x = &v->blocks[n];
        LLVMValueRef end = LLVMGetBasicBlockTerminator(x->block);
        LLVMOpcode op = LLVMGetInstructionOpcode(end);
        if (op != LLVMRet && op != LLVMBr)
            return vector_fail(v, "a block ends neither with a branch nor with a return");
        returns += op == LLVMRet;
        x->succ_count = (int)LLVMGetNumSuccessors(end);
        for (int s = 0; s < x->succ_count; s++) {
            int to = vector_number(v, LLVMGetSuccessor(end, (unsigned)s));
            x->succ[s] = to;
            v->blocks[to].pred[v->blocks[to].pred_count++] = n;
        }
        if (x->succ_count == 2 && x->succ[0] == x->succ[1])
            return vector_fail(v, "a branch has one target twice");
    }
    return returns == 1 || vector_fail(v, "there is not exactly one return");
}

static bool meet(struct vector *v, int n, bool post)
{
    struct vector_block *x = &v->blocks[n];
    uint64_t *set = post ? x->post : x->dom;
    const int *from = post ? x->succ : x->pred;
    int count = post ? x->succ_count : x->pred_count;
    bool change = false;
    for (size_t w = 0; w < v->words; w++) {
        uint64_t now = count ? ~0ull : 0;
        for (int k = 0; k < count; k++)
            now &= post ? v->blocks[from[k]].post[w] : v->blocks[from[k]].dom[w];
        if (w == (size_t)n / 64)
            now |= 1ull << (n & 63);
        change |= now != set[w];
        set[w] = now;
    }
    return change;
}

static bool find_dominators(struct vector *v)
{
    if (v->blocks[0].pred_count)
        return vector_fail(v, "the entry is a loop's head");
    for (int n = 0; n < v->block_count; n++) {
        struct vector_block *x = &v->blocks[n];
        x->dom = vector_set(v);
        x->post = vector_set(v);
        for (int k = 0; k < v->block_count; k++) {
            if (n)
                bit_set(x->dom, k);
            if (x->succ_count)
                bit_set(x->post, k);
        }
    }
    for (bool change = true; change;) {
        change = false;
        for (int n = 0; n < v->block_count; n++) {
            change |= meet(v, n, false);
            change |= meet(v, v->block_count - 1 - n, true);
        }
    }
    int last = -1;
    for (int n = 0; n < v->block_count; n++) {
        v->blocks[n].depth = vector_count(v, v->blocks[n].dom);
        if (!v->blocks[n].succ_count)
            last = n;
        if (n && !v->blocks[n].pred_count)
            return vector_fail(v, "a block can't be reached");
    }
    /* every block gets to the return: follow the edges backwards */
    uint64_t *seen = vector_set(v);
    struct tncc_list todo = { 0 };
    tncc_push(&todo, (void *)(intptr_t)last);
    while (todo.count) {
        int n = (int)(intptr_t)todo.items[--todo.count];
        if (bit_test(seen, n))
            continue;
        bit_set(seen, n);
        for (int k = 0; k < v->blocks[n].pred_count; k++)
            tncc_push(&todo, (void *)(intptr_t)v->blocks[n].pred[k]);
    }
    return vector_count(v, seen) == v->block_count || vector_fail(v, "a loop never ends");
}

static void fill_loop(struct vector *v, struct vector_loop *l)
{
    struct tncc_list todo = { 0 };
    l->in = vector_set(v);
    l->exits = vector_set(v);
    bit_set(l->in, l->head);
    tncc_push(&todo, (void *)(intptr_t)l->latch);
    while (todo.count) {
        int n = (int)(intptr_t)todo.items[--todo.count];
        if (bit_test(l->in, n))
            continue;
        bit_set(l->in, n);
        for (int k = 0; k < v->blocks[n].pred_count; k++)
            tncc_push(&todo, (void *)(intptr_t)v->blocks[n].pred[k]);
    }
    for (int n = 0; n < v->block_count; n++)
        for (int s = 0; bit_test(l->in, n) && s < v->blocks[n].succ_count; s++)
            if (!bit_test(l->in, v->blocks[n].succ[s]))
                bit_set(l->exits, v->blocks[n].succ[s]);
    l->size = vector_count(v, l->in);
}

static bool find_loops(struct vector *v)
{
    v->loops = tncc_alloc(((size_t)v->block_count + 1) * sizeof *v->loops);
    for (int h = 0; h < v->block_count; h++) {
        int latch = -1, latches = 0;
        for (int k = 0; k < v->blocks[h].pred_count; k++)
            if (vector_is_back_edge(v, v->blocks[h].pred[k], h))
                latch = v->blocks[h].pred[k], latches++;
        if (!latches)
            continue;
        if (latches > 1 || v->blocks[h].pred_count != 2)
            return vector_fail(v, "a loop is not in its simple form");
        struct vector_loop *l = &v->loops[v->loop_count++];
        *l = (struct vector_loop){ .head = h, .latch = latch, .parent = -1 };
        fill_loop(v, l);
        if (vector_latch_of(v, latch) != v->loop_count - 1)
            return vector_fail(v, "two loops share a latch");
    }
    for (int n = 0; n < v->block_count; n++)
        for (int l = 0, least = INT_MAX; l < v->loop_count; l++)
            if (bit_test(v->loops[l].in, n) && v->loops[l].size < least)
                least = v->loops[l].size, v->blocks[n].loop = l;
    for (int l = 0; l < v->loop_count; l++)
        for (int m = 0, least = INT_MAX; m < v->loop_count; m++)
            if (m != l && bit_test(v->loops[m].in, v->loops[l].head) && v->loops[m].size > v->loops[l].size &&
                v->loops[m].size < least)
                least = v->loops[m].size, v->loops[l].parent = m;
    return true;
}

static int next_in_order(const struct vector *v, const int *left, const int *stamp, const bool *done, int loop)
{
    int best = -1;
    for (int n = 0; n < v->block_count; n++) {
        if (done[n] || left[n] || !vector_in_loop(v, loop, n))
            continue;
        if (best < 0 || v->blocks[n].depth > v->blocks[best].depth ||
            (v->blocks[n].depth == v->blocks[best].depth && stamp[n] > stamp[best]))
            best = n;
    }
    return best;
}

static bool make_order(struct vector *v)
{
    size_t count = (size_t)v->block_count;
    int *left = tncc_alloc(count * sizeof *left), *stamp = tncc_alloc(count * sizeof *stamp), loop = -1;
    int *remain = tncc_alloc((count + 1) * sizeof *remain);
    bool *done = tncc_alloc(count);
    v->order = tncc_alloc(count * sizeof *v->order);
    for (int n = 0; n < v->block_count; n++)
        for (int k = 0; k < v->blocks[n].pred_count; k++)
            left[n] += !vector_is_back_edge(v, v->blocks[n].pred[k], n);
    for (int l = 0; l < v->loop_count; l++)
        remain[l] = v->loops[l].size;
    for (int at = 0; at < v->block_count; at++) {
        int n = next_in_order(v, left, stamp, done, loop);
        if (n < 0)
            return vector_fail(v, "the blocks have no order: flow that is not reducible");
        struct vector_block *x = &v->blocks[n];
        done[n] = true;
        x->position = at;
        v->order[at] = n;
        loop = x->loop;
        for (int l = 0; l < v->loop_count; l++)
            remain[l] -= bit_test(v->loops[l].in, n);
        while (loop >= 0 && !remain[loop])
            loop = v->loops[loop].parent;
        for (int s = x->succ_count - 1; s >= 0; s--)
            if (!vector_is_back_edge(v, n, x->succ[s])) {
                left[x->succ[s]]--;
                stamp[x->succ[s]] = at + 1;
            }
    }
    for (int l = 0; l < v->loop_count; l++)
        if (v->blocks[v->loops[l].latch].position != v->blocks[v->loops[l].head].position + v->loops[l].size - 1)
            return vector_fail(v, "a latch is not the last block of its loop");
    return true;
}

bool vector_graph(struct vector *v)
{
    return list_blocks(v) && find_dominators(v) && find_loops(v) && make_order(v);
}
