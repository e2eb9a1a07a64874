/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interpret.c - see interpret.h: runs decoded device code, thread after thread, and lets those that wait go on together. Numbers
 * behave as on CUDA's hardware: division by zero gives all ones, conversions take the nearest number that fits.
 */
#include "tests/kernels/random/interpret_internal.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 200, STACK_BYTES = 1 << 16, SLOTS = 1 << 13, LINGERS = 100000000 };
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

static uint64_t cut(uint64_t v, unsigned bits)
{
    return bits >= 64 ? v : v & ((1ull << bits) - 1);
}

static int64_t sign(uint64_t v, unsigned bits)
{
    return bits >= 64 ? (int64_t)v : (int64_t)(v << (64 - bits)) >> (64 - bits);
}

static double real(uint64_t v, unsigned bits)
{
    double d;
    float f;
    memcpy(&d, &v, 8);
    memcpy(&f, &v, 4);
    return bits == 32 ? (double)f : d;
}

static uint64_t pack(double d, unsigned bits)
{
    uint64_t v = 0;
    float f = (float)d;
    if (bits == 32)
        memcpy(&v, &f, 4);
    else
        memcpy(&v, &d, 8);
    return v;
}

/* ---- numbers ---- */
static uint64_t divide(unsigned op, uint64_t a, uint64_t b, unsigned bits)
{
    int64_t x = sign(a, bits), y = sign(b, bits);
    bool rest = op == LLVMURem || op == LLVMSRem;
    if (!b)
        return rest ? a : ~0ull;
    if (op == LLVMUDiv || op == LLVMURem)
        return rest ? a % b : a / b;
    if (y == -1)
        return rest ? 0 : 0 - a;
    return (uint64_t)(rest ? x % y : x / y);
}

static uint64_t arithmetic(unsigned op, uint64_t a, uint64_t b, unsigned bits)
{
    switch (op) {
    case LLVMAdd:
        return a + b;
    case LLVMSub:
        return a - b;
    case LLVMMul:
        return a * b;
    case LLVMAnd:
        return a & b;
    case LLVMOr:
        return a | b;
    case LLVMXor:
        return a ^ b;
    case LLVMShl:
        return b < bits ? a << b : 0;
    case LLVMLShr:
        return b < bits ? a >> b : 0;
    case LLVMAShr:
        return (uint64_t)(sign(a, bits) >> (b < bits ? b : bits - 1));
    default:
        return divide(op, a, b, bits);
    }
}

static uint64_t real_arithmetic(unsigned op, uint64_t a, uint64_t b, unsigned bits)
{
    double x = real(a, bits), y = real(b, bits);
    switch (op) {
    case LLVMFAdd:
        return pack(bits == 32 ? (float)x + (float)y : x + y, bits);
    case LLVMFSub:
        return pack(bits == 32 ? (float)x - (float)y : x - y, bits);
    case LLVMFMul:
        return pack(bits == 32 ? (float)x * (float)y : x * y, bits);
    case LLVMFDiv:
        return pack(bits == 32 ? (float)x / (float)y : x / y, bits);
    case LLVMFRem:
        return pack(fmod(x, y), bits);
    default:
        return pack(-x, bits);
    }
}

static bool compare(unsigned predicate, uint64_t a, uint64_t b, unsigned bits)
{
    int64_t x = sign(a, bits), y = sign(b, bits);
    switch (predicate) {
    case LLVMIntEQ:
        return a == b;
    case LLVMIntNE:
        return a != b;
    case LLVMIntUGT:
        return a > b;
    case LLVMIntUGE:
        return a >= b;
    case LLVMIntULT:
        return a < b;
    case LLVMIntULE:
        return a <= b;
    case LLVMIntSGT:
        return x > y;
    case LLVMIntSGE:
        return x >= y;
    case LLVMIntSLT:
        return x < y;
    default:
        return x <= y;
    }
}

/* LLVM's predicates are sets of bits: equal 1, greater 2, less 4, unordered 8. */
static bool compare_real(unsigned predicate, uint64_t a, uint64_t b, unsigned bits)
{
    double x = real(a, bits), y = real(b, bits);
    unsigned is = isnan(x) || isnan(y) ? 8 : x == y ? 1 : x > y ? 2 : 4;
    return (predicate & is) != 0;
}

static uint64_t to_integer(double d, unsigned bits, bool is_signed)
{
    double top = ldexp(1, (int)bits - is_signed);
    if (isnan(d))
        return 0;
    d = trunc(d);
    if (is_signed)
        return d >= top ? (1ull << (bits - 1)) - 1 : d < -top ? 1ull << (bits - 1) : (uint64_t)(int64_t)d;
    return d >= top ? ~0ull : d < 0 ? 0 : (uint64_t)d;
}

static uint64_t convert(const struct code *c, uint64_t v)
{
    switch (c->op) {
    case LLVMSExt:
        return (uint64_t)sign(v, c->from);
    case LLVMFPToUI:
        return to_integer(real(v, c->from), c->bits, false);
    case LLVMFPToSI:
        return to_integer(real(v, c->from), c->bits, true);
    case LLVMUIToFP:
        return c->bits == 32 ? pack((float)v, 32) : pack((double)v, 64);
    case LLVMSIToFP:
        return c->bits == 32 ? pack((float)sign(v, c->from), 32) : pack((double)sign(v, c->from), 64);
    case LLVMFPTrunc:
    case LLVMFPExt:
        return pack(real(v, c->from), c->bits);
    default:
        return v;
    }
}

static uint64_t reverse(uint64_t v, unsigned bits, unsigned piece)
{
    uint64_t out = 0;
    for (unsigned i = 0; i < bits; i += piece)
        out |= (v >> i & ((1ull << piece) - 1)) << (bits - piece - i);
    return out;
}

static uint64_t intrinsic(unsigned which, unsigned bits, uint64_t a, uint64_t b, uint64_t c)
{
    double x = real(a, bits), y = real(b, bits);
    uint64_t n = 0, shift = which == I_FSHL || which == I_FSHR ? c % bits : 0;
    switch (which) {
    case I_CTPOP:
        return (uint64_t)__builtin_popcountll(a);
    case I_CTLZ:
        while (n < bits && !(a >> (bits - 1 - n) & 1))
            n++;
        return n;
    case I_CTTZ:
        while (n < bits && !(a >> n & 1))
            n++;
        return n;
    case I_BITREVERSE:
        return reverse(a, bits, 1);
    case I_BSWAP:
        return reverse(a, bits, 8);
    case I_FSHL:
        return shift ? a << shift | b >> (bits - shift) : a;
    case I_FSHR:
        return shift ? a << (bits - shift) | b >> shift : b;
    case I_ABS:
        return sign(a, bits) < 0 ? 0 - a : a;
    case I_SMIN:
        return sign(a, bits) < sign(b, bits) ? a : b;
    case I_SMAX:
        return sign(a, bits) > sign(b, bits) ? a : b;
    case I_UMIN:
        return a < b ? a : b;
    case I_UMAX:
        return a > b ? a : b;
    case I_FABS:
        return pack(fabs(x), bits);
    case I_FLOOR:
        return pack(floor(x), bits);
    case I_CEIL:
        return pack(ceil(x), bits);
    case I_TRUNC:
        return pack(trunc(x), bits);
    case I_RINT:
        return pack(rint(x), bits);
    case I_SQRT:
        return pack(bits == 32 ? sqrtf((float)x) : sqrt(x), bits);
    case I_FMA:
        return pack(bits == 32 ? fmaf((float)x, (float)y, (float)real(c, bits)) : fma(x, y, real(c, bits)), bits);
    case I_MINNUM:
        return pack(fmin(x, y), bits);
    case I_MAXNUM:
        return pack(fmax(x, y), bits);
    default:
        return pack(copysign(x, y), bits);
    }
}

static uint64_t update(unsigned how, uint64_t old, uint64_t v, unsigned bits)
{
    switch (how) {
    case LLVMAtomicRMWBinOpXchg:
        return v;
    case LLVMAtomicRMWBinOpAdd:
        return old + v;
    case LLVMAtomicRMWBinOpSub:
        return old - v;
    case LLVMAtomicRMWBinOpAnd:
        return old & v;
    case LLVMAtomicRMWBinOpNand:
        return ~(old & v);
    case LLVMAtomicRMWBinOpOr:
        return old | v;
    case LLVMAtomicRMWBinOpXor:
        return old ^ v;
    case LLVMAtomicRMWBinOpMax:
        return intrinsic(I_SMAX, bits, old, v, 0);
    case LLVMAtomicRMWBinOpMin:
        return intrinsic(I_SMIN, bits, old, v, 0);
    case LLVMAtomicRMWBinOpUMax:
        return intrinsic(I_UMAX, bits, old, v, 0);
    case LLVMAtomicRMWBinOpUMin:
        return intrinsic(I_UMIN, bits, old, v, 0);
    case LLVMAtomicRMWBinOpFAdd:
        return real_arithmetic(LLVMFAdd, old, v, bits);
    case LLVMAtomicRMWBinOpUIncWrap:
        return old >= v ? 0 : old + 1;
    default:
        return old == 0 || old > v ? v : old - 1;
    }
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
    if (c->sub >= SYNC_WARP)
        t->mask = *AT(c->a);
    if (c->sub > SYNC_WARP)
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
        now = update(c->sub, old, *AT(c->b), bits);
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
            s[c->out] += (uint64_t)(sign(*AT(terms[k].operand), terms[k].bits) * terms[k].scale);
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
            v = arithmetic(c->op, AT(c->a)[k], AT(c->b)[k], c->bits);
            break;
        case LLVMFAdd:
        case LLVMFSub:
        case LLVMFMul:
        case LLVMFDiv:
        case LLVMFRem:
        case LLVMFNeg:
            if (!c->real)
                return false;
            v = real_arithmetic(c->op, AT(c->a)[k], c->op == LLVMFNeg ? 0 : AT(c->b)[k], c->bits);
            break;
        case LLVMICmp:
            v = compare(c->sub, AT(c->a)[k], AT(c->b)[k], c->from);
            break;
        case LLVMFCmp:
            v = compare_real(c->sub, AT(c->a)[k], AT(c->b)[k], c->from);
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
            v = convert(c, AT(c->a)[k]);
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
            v = intrinsic(c->sub, c->from, AT(c->a)[k], AT(c->b)[k], AT(c->c)[k]);
            break;
        default:
            return false;
        }
        out[k] = cut(v, c->bits);
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
        f->slots[c->out] = cut(result, c->bits);
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
        bool complete = t->state == WAITS && t->sync >= SYNC_WARP;
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

/* 1: some go on; 0: all have ended; -1: they wait for ever. */
static int resolve(struct run *r, uint32_t n)
{
    struct thread *threads = r->p->threads;
    uint32_t width = r->launch->width, waiting = 0, count = 0;
    bool some = false, all = true;
    for (uint32_t w = 0; w < n; w += width)
        some |= resolve_warp(threads + w, w + width < n ? width : n - w);
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
