/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interpret.c - see interpret.h: runs decoded device code, thread after thread, and lets those that wait go on together.
 */
#include "tests/kernels/random/interpret_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 200, STACK_BYTES = 1 << 16, SLOTS = 1 << 13, LINGERS = 1000000000 };
enum state { READY, ENDED, WAITS };

struct frame {
    struct function *f;
    uint64_t *slots;
    uint32_t pc;
    int32_t block;
    uint32_t stack;
};
struct thread {
    enum state state;
    struct frame frames[MAX_DEPTH];
    int depth;
    char *stack;
    uint64_t *slots;
    uint32_t index[3], lane;
    uint8_t sync;
    uint64_t mask, value, source;
};

struct run {
    ir_program *p;
    const ir_launch *launch;
    uint32_t block[3];
    struct thread *t;
    uint64_t steps;
};

static bool stop(struct run *r, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(r->p->why, sizeof r->p->why, format, list);
    va_end(list);
    return false;
}

/* ---- one thread ---- */
#define AT(operand) ((operand) >= 0 ? s + (operand) : r->p->constants + ~(operand))

static void enter_block(struct run *r, struct frame *f, int32_t to)
{
    const struct block *b = &f->f->blocks[to];
    uint64_t *s = f->slots, room[64];
    uint32_t used = 0;
    for (int pass = 0; pass < 2; pass++) {
        used = 0;
        for (unsigned k = 0; k < b->phi_count; k++) {
            const struct phi *phi = &b->phis[k];
            unsigned e = 0;
            while (e + 1 < phi->count && phi->edges[e].block != f->block)
                e++;
            if (!pass)
                memcpy(room + used, AT(phi->edges[e].operand), phi->lanes * sizeof *s);
            else
                memcpy(s + phi->out, room + used, phi->lanes * sizeof *s);
            used += phi->lanes;
        }
    }
    f->block = to;
    f->pc = b->first;
}

static uint64_t identity(const struct run *r, unsigned which)
{
    if (which == ID_WIDTH)
        return r->launch->width;
    if (which == ID_LANE)
        return r->t->lane;
    return which < ID_CTAID    ? r->t->index[which]
           : which < ID_NTID   ? r->block[which - ID_CTAID]
           : which < ID_NCTAID ? r->launch->block[which - ID_NTID]
                               : r->launch->grid[which - ID_NCTAID];
}

static bool call(struct run *r, const struct code *c, const uint64_t *s)
{
    const struct call *what = c->more;
    struct thread *t = r->t;
    struct frame *from = &t->frames[t->depth], *f = from + 1;
    if (t->depth + 2 >= MAX_DEPTH || from->slots + from->f->slots + what->to->slots > t->slots + SLOTS)
        return stop(r, "calls are too deep");
    *f = (struct frame){ what->to, from->slots + from->f->slots, 0, 0, from->stack };
    for (unsigned k = 0, at = 0; k < what->count; k++) {
        unsigned lanes = ir_lanes(LLVMTypeOf(LLVMGetParam(what->to->value, k)));
        memcpy(f->slots + at, AT(what->args[k]), lanes * sizeof *s);
        at += lanes;
    }
    t->depth++;
    return true;
}

static void give_back(struct run *r, const struct code *c, const uint64_t *s)
{
    struct thread *t = r->t;
    if (!t->depth) {
        t->state = ENDED;
        return;
    }
    struct frame *to = &t->frames[--t->depth];
    const struct code *caller = &to->f->codes[to->pc - 1];
    if (c->lanes)
        memcpy(to->slots + caller->out, AT(c->a), c->lanes * sizeof *s);
}

static void wait_at(struct run *r, const struct code *c, const uint64_t *s)
{
    struct thread *t = r->t;
    t->state = WAITS;
    t->sync = c->sub;
    t->mask = t->value = t->source = 0;
    if (c->sub >= SYNC_WARP && c->sub < SYNC_ACTIVE)
        t->mask = *AT(c->a);
    if (c->sub > SYNC_WARP && c->sub < SYNC_ACTIVE)
        t->value = *AT(c->b);
    if (c->sub == SYNC_SHUFFLE)
        t->source = *AT(c->c);
    if (c->sub >= SYNC_COUNT && c->sub <= SYNC_OR)
        t->value = *AT(c->a) != 0;
}

static void atomic(struct run *r, const struct code *c, uint64_t *s)
{
    unsigned bits = c->op == LLVMAtomicCmpXchg ? c->from : c->bits, bytes = bits / 8;
    char *at = (char *)(uintptr_t)*AT(c->a);
    uint64_t old = 0, now;
    memcpy(&old, at, bytes);
    if (c->op == LLVMAtomicCmpXchg) {
        bool same = old == *AT(c->b);
        now = same ? *AT(c->c) : old;
        s[c->out + 1] = same;
    } else {
        now = ir_update(c->sub, old, *AT(c->b), bits);
    }
    s[c->out] = old;
    memcpy(at, &now, bytes);
}

static void elements(struct run *r, const struct code *c, uint64_t *s)
{
    const int *mask = c->more;
    switch (c->op) {
    case LLVMExtractValue:
        memcpy(s + c->out, AT(c->a) + c->number, c->lanes * sizeof *s);
        break;
    case LLVMInsertValue: {
        unsigned lanes = ir_lanes(LLVMTypeOf(LLVMGetOperand(c->from_ir, 1)));
        memmove(s + c->out, AT(c->a), c->lanes * sizeof *s);
        memcpy(s + c->out + c->number, AT(c->b), lanes * sizeof *s);
        break;
    }
    case LLVMExtractElement:
        s[c->out] = AT(c->a)[*AT(c->b) % (uint64_t)c->number];
        break;
    case LLVMInsertElement:
        memmove(s + c->out, AT(c->a), c->lanes * sizeof *s);
        s[c->out + (int32_t)(*AT(c->c) % c->lanes)] = *AT(c->b);
        break;
    default:
        for (uint32_t k = 0; k < c->lanes; k++)
            s[c->out + (int32_t)k] = mask[k] < 0           ? 0
                                     : mask[k] < c->number ? AT(c->a)[mask[k]]
                                                           : AT(c->b)[mask[k] - c->number];
    }
}

static void load_or_store(struct run *r, const struct code *c, uint64_t *s)
{
    const struct leaf *leaves = c->more;
    char *at = (char *)(uintptr_t)*AT(c->op == LLVMLoad ? c->a : c->b);
    for (uint32_t k = 0; k < c->lanes; k++) {
        if (c->op == LLVMStore) {
            memcpy(at + leaves[k].offset, AT(c->a) + k, leaves[k].bytes);
        } else {
            s[c->out + (int32_t)k] = 0;
            memcpy(&s[c->out + (int32_t)k], at + leaves[k].offset, leaves[k].bytes);
        }
    }
}

/* Instructions that are neither arithmetic nor control. */
static bool other(struct run *r, const struct code *c, uint64_t *s, struct frame *f)
{
    const struct term *terms = c->more;
    switch (c->op) {
    case LLVMAlloca:
        f->stack = (f->stack + 15) & ~15u;
        s[c->out] = (uint64_t)(uintptr_t)(r->t->stack + f->stack);
        f->stack += (uint32_t)((uint64_t)c->number * *AT(c->a));
        return f->stack < STACK_BYTES || stop(r, "the stack is full");
    case LLVMLoad:
    case LLVMStore:
        load_or_store(r, c, s);
        return true;
    case LLVMGetElementPtr:
        s[c->out] = *AT(c->a) + (uint64_t)c->number;
        for (int32_t k = 0; k < c->b; k++)
            s[c->out] += (uint64_t)(ir_sign(*AT(terms[k].operand), terms[k].bits) * terms[k].scale);
        return true;
    case LLVMAtomicRMW:
    case LLVMAtomicCmpXchg:
        atomic(r, c, s);
        return true;
    case LLVMExtractValue:
    case LLVMInsertValue:
    case LLVMExtractElement:
    case LLVMInsertElement:
    case LLVMShuffleVector:
        elements(r, c, s);
        return true;
    case OP_COPY:
        memmove((void *)(uintptr_t)*AT(c->a), (void *)(uintptr_t)*AT(c->b), *AT(c->c));
        return true;
    case OP_SET:
        memset((void *)(uintptr_t)*AT(c->a), (int)*AT(c->b), *AT(c->c));
        return true;
    case LLVMFence:
    case OP_NOTHING:
        return true;
    default: {
        char *text = LLVMPrintValueToString(c->from_ir);
        stop(r, "the interpreter lacks:%s", text);
        LLVMDisposeMessage(text);
        return false;
    }
    }
}

static bool compute(struct run *r, const struct code *c, uint64_t *s)
{
    uint64_t *out = s + c->out;
    for (uint32_t k = 0; k < c->lanes; k++) {
        uint64_t v;
        switch (c->op) {
        case LLVMAdd:
        case LLVMSub:
        case LLVMMul:
        case LLVMUDiv:
        case LLVMSDiv:
        case LLVMURem:
        case LLVMSRem:
        case LLVMShl:
        case LLVMLShr:
        case LLVMAShr:
        case LLVMAnd:
        case LLVMOr:
        case LLVMXor:
            v = ir_arithmetic(c->op, AT(c->a)[k], AT(c->b)[k], c->bits);
            break;
        case LLVMFAdd:
        case LLVMFSub:
        case LLVMFMul:
        case LLVMFDiv:
        case LLVMFRem:
        case LLVMFNeg:
            if (!c->real)
                return false;
            v = ir_real_arithmetic(c->op, AT(c->a)[k], c->op == LLVMFNeg ? 0 : AT(c->b)[k], c->bits);
            break;
        case LLVMICmp:
            v = ir_compare(c->sub, AT(c->a)[k], AT(c->b)[k], c->from);
            break;
        case LLVMFCmp:
            v = ir_compare_real(c->sub, AT(c->a)[k], AT(c->b)[k], c->from);
            break;
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
        case LLVMAddrSpaceCast:
        case LLVMFreeze:
            v = ir_convert(c, AT(c->a)[k]);
            break;
        case LLVMBitCast:
            if (c->lanes != (uint32_t)c->number)
                return false;
            v = AT(c->a)[k];
            break;
        case LLVMSelect:
            v = AT(c->a)[c->number == 1 ? 0 : k] & 1 ? AT(c->b)[k] : AT(c->c)[k];
            break;
        case OP_INTRINSIC:
            v = ir_intrinsic(c->sub, c->from, AT(c->a)[k], AT(c->b)[k], AT(c->c)[k]);
            break;
        default:
            return false;
        }
        out[k] = ir_cut(v, c->bits);
    }
    return c->lanes != 0;
}

static int32_t switch_to(const struct run *r, const struct code *c, const uint64_t *s)
{
    const struct edge *cases = c->more;
    for (int32_t k = 0; k < c->c; k++)
        if (*AT(cases[k].operand) == *AT(c->a))
            return cases[k].block;
    return c->b;
}

/* Until it waits or has ended. */
static bool run_thread(struct run *r)
{
    struct thread *t = r->t;
    while (t->state == READY) {
        struct frame *f = &t->frames[t->depth];
        const struct code *c = &f->f->codes[f->pc++];
        uint64_t *s = f->slots;
        if (r->steps++ > LINGERS)
            return stop(r, "it takes too long");
        switch (c->op) {
        case LLVMBr:
            enter_block(r, f, c->lanes == 2 && !(*AT(c->a) & 1) ? c->c : c->b);
            break;
        case LLVMSwitch:
            enter_block(r, f, switch_to(r, c, s));
            break;
        case LLVMCall:
            if (!call(r, c, s))
                return false;
            break;
        case LLVMRet:
            give_back(r, c, s);
            break;
        case OP_IDENTITY:
            s[c->out] = identity(r, c->sub);
            break;
        case OP_SYNC:
            wait_at(r, c, s);
            break;
        default:
            if (!compute(r, c, s) && !other(r, c, s, f))
                return false;
        }
    }
    return true;
}

/* ---- a block ---- */
static void go_on(struct thread *t, uint64_t result)
{
    const struct frame *f = &t->frames[t->depth];
    const struct code *c = &f->f->codes[f->pc - 1];
    if (c->lanes)
        f->slots[c->out] = ir_cut(result, c->bits);
    t->state = READY;
}

static uint64_t warp_result(const struct thread *first, const struct thread *t, uint64_t group, uint32_t lanes)
{
    uint64_t bits = 0;
    if (t->sync == SYNC_SHUFFLE)
        return t->source < lanes && group >> t->source & 1 ? first[t->source].value : t->value;
    for (uint32_t j = 0; j < lanes; j++)
        if (group >> j & 1)
            bits |= (uint64_t)(t->sync == SYNC_MATCH ? first[j].value == t->value : first[j].value != 0) << j;
    return bits;
}

/* Lanes that wait with one mask at one kind of operation, when all that live among those the mask names do. */
static bool resolve_warp(struct thread *first, uint32_t lanes)
{
    bool some = false;
    for (uint32_t i = 0; i < lanes; i++) {
        struct thread *t = &first[i];
        uint64_t group = 0, results[64];
        bool complete = t->state == WAITS && t->sync >= SYNC_WARP && t->sync < SYNC_ACTIVE;
        for (uint32_t j = 0; complete && j < lanes; j++) {
            if (!(t->mask >> j & 1) || first[j].state == ENDED)
                continue;
            complete = first[j].state == WAITS && first[j].sync == t->sync && first[j].mask == t->mask;
            group |= 1ull << j;
        }
        if (!complete || !group)
            continue;
        for (uint32_t j = 0; j < lanes; j++)
            results[j] = group >> j & 1 ? warp_result(first, &first[j], group, lanes) : 0;
        for (uint32_t j = 0; j < lanes; j++)
            if (group >> j & 1)
                go_on(&first[j], results[j]);
        some = true;
    }
    return some;
}

/* Where it waits: calls by calls, since what waits may be a function of a header that is called from many places. Below 0: the first is
 * before the second in the code. */
static int compare_places(const struct thread *a, const struct thread *b)
{
    for (int d = 0; d <= a->depth && d <= b->depth; d++) {
        const struct frame *f = &a->frames[d], *g = &b->frames[d];
        if (f->pc != g->pc || f->f != g->f) /* in one function for the same calls but those by pointers */
            return f->pc < g->pc || (f->pc == g->pc && f->f < g->f) ? -1 : 1;
    }
    return a->depth - b->depth;
}

/* Lanes that ask who is active, when nobody in the warp can go on otherwise: those at the first place in the code, since they may
 * come to where the others ask. */
static bool resolve_active(struct thread *first, uint32_t lanes)
{
    const struct thread *least = NULL;
    uint64_t group = 0;
    for (uint32_t i = 0; i < lanes; i++) {
        int order = first[i].state != WAITS || first[i].sync != SYNC_ACTIVE ? 1
                    : least                                                ? compare_places(&first[i], least)
                                                                           : -1;
        if (order < 0)
            least = &first[i];
        if (order <= 0)
            group = (order < 0 ? 0 : group) | 1ull << i;
    }
    for (uint32_t i = 0; i < lanes; i++)
        if (group >> i & 1)
            go_on(&first[i], group);
    return group != 0;
}

/* 1: some go on; 0: all have ended; -1: they wait for ever. */
static int resolve(struct run *r, uint32_t n)
{
    struct thread *threads = r->p->threads;
    uint32_t width = r->launch->width, waiting = 0, count = 0;
    bool some = false, all = true;
    for (uint32_t w = 0; w < n; w += width) {
        const uint32_t lanes = w + width < n ? width : n - w;
        some |= resolve_warp(threads + w, lanes) || resolve_active(threads + w, lanes);
    }
    if (some)
        return 1;
    for (uint32_t i = 0; i < n; i++) {
        if (threads[i].state == ENDED)
            continue;
        if (threads[i].sync >= SYNC_WARP)
            return -1;
        waiting++;
        if (threads[i].sync != SYNC_BARRIER) {
            count += threads[i].value != 0;
            all &= threads[i].value != 0;
        }
    }
    for (uint32_t i = 0; i < n; i++)
        if (threads[i].state == WAITS)
            go_on(&threads[i], threads[i].sync == SYNC_COUNT ? count : threads[i].sync == SYNC_AND ? all : count != 0);
    return waiting != 0;
}

static void start(struct run *r, struct function *f, struct thread *t, uint32_t number)
{
    const uint32_t *block = r->launch->block;
    if (!t->stack) {
        t->stack = ir_alloc(STACK_BYTES);
        t->slots = ir_alloc(SLOTS * sizeof *t->slots);
    }
    t->state = READY;
    t->depth = 0;
    t->index[0] = number % block[0];
    t->index[1] = number / block[0] % block[1];
    t->index[2] = number / (block[0] * block[1]);
    t->lane = number % r->launch->width;
    t->frames[0] = (struct frame){ f, t->slots, 0, 0, 0 };
    memcpy(t->slots, r->launch->args, f->param_count * sizeof *t->slots);
}

static bool run_block(struct run *r, struct function *f, uint32_t n)
{
    int more = 1;
    for (uint32_t i = 0; i < n; i++)
        start(r, f, &r->p->threads[i], i);
    while (more > 0) {
        for (uint32_t i = 0; i < n; i++) {
            r->t = &r->p->threads[i];
            if (!run_thread(r))
                return false;
        }
        more = resolve(r, n);
    }
    return more == 0 || stop(r, "lanes wait for each other for ever");
}

const char *ir_run(ir_program *p, const char *kernel, const ir_launch *launch)
{
    LLVMValueRef f = LLVMGetNamedFunction(p->module, kernel);
    struct run r = { .p = p, .launch = launch };
    uint32_t n = launch->block[0] * launch->block[1] * launch->block[2];
    if (!f)
        return "no such kernel";
    struct function *decoded = ir_function(p, f);
    if (decoded->slots > SLOTS)
        return "the kernel has too many values";
    if (n > p->thread_count) {
        p->threads = realloc(p->threads, n * sizeof *p->threads);
        if (!p->threads)
            abort();
        memset(p->threads + p->thread_count, 0, (n - p->thread_count) * sizeof *p->threads);
        p->thread_count = n;
    }
    for (r.block[2] = 0; r.block[2] < launch->grid[2]; r.block[2]++)
        for (r.block[1] = 0; r.block[1] < launch->grid[1]; r.block[1]++)
            for (r.block[0] = 0; r.block[0] < launch->grid[0]; r.block[0]++)
                if (!run_block(&r, decoded, n))
                    return p->why;
    return NULL;
}

ir_program *ir_open(LLVMModuleRef module)
{
    ir_program *p = ir_alloc(sizeof *p);
    p->module = module;
    p->layout = LLVMCreateTargetData(LLVMGetDataLayoutStr(module));
    ir_decode_variables(p);
    return p;
}

void ir_close(ir_program *p)
{
    for (size_t i = 0; i < p->thread_count; i++) {
        free(p->threads[i].stack);
        free(p->threads[i].slots);
    }
    free(p->threads);
    LLVMDisposeTargetData(p->layout);
}
