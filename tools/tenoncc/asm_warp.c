/* SPDX-License-Identifier: Apache-2.0 */
/*
 * asm_warp.c - the PTX instructions by which threads act together, as calls of what the headers call too and of
 * device/tensor.c: barriers, votes, shuffles, matches, reductions, matrices of a warp, copies to local memory.
 */
#include "tools/tenoncc/asm.h"

#include <stdlib.h>
#include <string.h>

static const struct ptx_type u32 = { 'u', 32 }, u64 = { 'u', 64 }, nothing = { 'b', 0 }, predicate = { 'p', 1 };

static LLVMValueRef number(struct ptx *p, unsigned bits, uint64_t v)
{
    return LLVMConstInt(LLVMIntTypeInContext(p->context, bits), v, 0);
}

static bool is(const struct ptx_statement *s, const char *name)
{
    return !strcmp(s->parts[0], name);
}

static bool of_32_lanes(struct ptx *p, const struct ptx_statement *s)
{
    if (p->width == 64)
        ptx_fail(p, tncc_format("%s, which is for warps of 32 lanes,", s->text));
    return p->width != 64;
}

static LLVMValueRef wide(struct ptx *p, LLVMValueRef v)
{
    return ptx_resize(p, v, LLVMInt64TypeInContext(p->context), false);
}

static void fence(struct ptx *p, const struct ptx_statement *s)
{
    LLVMValueRef scope = number(p, 32, ptx_has(s, "cta") ? 0 : ptx_has(s, "sys") ? 2 : 1);
    ptx_call(p, "__tn_fence", nothing, &scope, 1);
}

/* ---- barriers ---- */
static void reduce_at_barrier(struct ptx *p, const struct ptx_statement *s)
{
    const char *name = ptx_has(s, "popc")  ? "__tn_barrier_count"
                       : ptx_has(s, "and") ? "__tn_barrier_and"
                       : ptx_has(s, "or")  ? "__tn_barrier_or"
                                           : NULL;
    if (!name || s->operand_count != 3 || strcmp(s->operands[1], "0")) {
        ptx_fail(p, s->text);
        return;
    }
    LLVMValueRef yes = ptx_resize(p, ptx_operand(p, s, 2, predicate), LLVMInt32TypeInContext(p->context), false);
    LLVMValueRef v = ptx_call(p, name, u32, &yes, 1);
    ptx_write(p, s, ptx_has(s, "popc") ? v : LLVMBuildICmp(p->builder, LLVMIntNE, v, number(p, 32, 0), ""), false);
}

static void barrier(struct ptx *p, const struct ptx_statement *s)
{
    if (ptx_has(s, "warp")) {
        LLVMValueRef mask = ptx_resize(p, ptx_operand(p, s, 0, u32), LLVMInt64TypeInContext(p->context), p->width == 64);
        ptx_call(p, "__tn_warp_sync", nothing, &mask, 1);
    } else if (ptx_has(s, "red")) {
        reduce_at_barrier(p, s);
    } else if (ptx_has(s, "sync") && s->operand_count == 1 && !strcmp(s->operands[0], "0")) {
        ptx_call(p, "__tn_barrier", nothing, NULL, 0);
    } else {
        ptx_fail(p, tncc_format("%s of a barrier other than 0", s->text));
    }
}

/* ---- votes, shuffles and the like ---- */
static void vote(struct ptx *p, const struct ptx_statement *s)
{
    const bool with_mask = ptx_has(s, "sync");
    if (is(s, "activemask")) {
        ptx_write(p, s, ptx_call(p, "__tn_activemask", u64, NULL, 0), false);
        return;
    }
    if (!(ptx_has(s, "ballot") || ptx_has(s, "any") || ptx_has(s, "all") || ptx_has(s, "uni"))) {
        ptx_fail(p, s->text);
        return;
    }
    LLVMValueRef mask = with_mask ? wide(p, ptx_operand(p, s, 2, u32)) : number(p, 64, ~0ull);
    LLVMValueRef yes = ptx_operand(p, s, 1, predicate), no = LLVMBuildNot(p->builder, yes, "");
    LLVMTypeRef word = LLVMInt32TypeInContext(p->context);
    LLVMValueRef args[2] = { mask, LLVMBuildZExt(p->builder, ptx_has(s, "all") ? no : yes, word, "") };
    LLVMValueRef v = ptx_call(p, "__tn_ballot", u64, args, 2), zero = number(p, 64, 0);
    if (ptx_has(s, "uni")) {
        args[1] = LLVMBuildZExt(p->builder, no, word, "");
        LLVMValueRef other = ptx_call(p, "__tn_ballot", u64, args, 2);
        v = LLVMBuildOr(p->builder, LLVMBuildICmp(p->builder, LLVMIntEQ, v, zero, ""),
                        LLVMBuildICmp(p->builder, LLVMIntEQ, other, zero, ""), "");
    } else if (!ptx_has(s, "ballot")) {
        v = LLVMBuildICmp(p->builder, ptx_has(s, "all") ? LLVMIntEQ : LLVMIntNE, v, zero, "");
    }
    ptx_write(p, s, v, false);
}

/* d[|p], a, b, c[, mask] */
static void shuffle(struct ptx *p, const struct ptx_statement *s)
{
    const bool with_mask = ptx_has(s, "sync");
    const unsigned most = with_mask ? 6 : 5, first = s->operand_count == most ? 2 : 1;
    const int mode = ptx_has(s, "up") ? 0 : ptx_has(s, "down") ? 1 : ptx_has(s, "bfly") ? 2 : ptx_has(s, "idx") ? 3 : -1;
    if (mode < 0 || s->operand_count + 1 < most) {
        ptx_fail(p, s->text);
        return;
    }
    LLVMValueRef room = ptx_room(p, 1);
    LLVMValueRef args[6] = { number(p, 32, (unsigned)mode),
                             ptx_operand(p, s, first, u32),
                             ptx_operand(p, s, first + 1, u32),
                             ptx_operand(p, s, first + 2, u32),
                             with_mask ? ptx_operand(p, s, first + 3, u32) : number(p, 32, 0xffffffffu),
                             room };
    LLVMValueRef v = ptx_call(p, "__tn_ptx_shfl", u32, args, 6);
    LLVMValueRef in = LLVMBuildLoad2(p->builder, LLVMInt32TypeInContext(p->context), room, "");
    ptx_write(p, s, v, false);
    if (first == 2)
        ptx_write_at(p, s, 1, LLVMBuildICmp(p->builder, LLVMIntNE, in, number(p, 32, 0), ""), false);
}

static void match(struct ptx *p, const struct ptx_statement *s)
{
    const bool all = ptx_has(s, "all");
    const unsigned first = s->operand_count == 4 ? 2 : 1;
    struct ptx_type t = u32;
    if (s->operand_count < 3 || !ptx_type(s->parts[s->part_count - 1], &t) || t.bits < 32) {
        ptx_fail(p, s->text);
        return;
    }
    LLVMValueRef room = ptx_room(p, 1);
    LLVMValueRef args[4] = { number(p, 32, all), wide(p, ptx_operand(p, s, first, t)), ptx_operand(p, s, first + 1, u32), room };
    ptx_write(p, s, ptx_call(p, "__tn_ptx_match", u32, args, 4), false);
    LLVMValueRef same = LLVMBuildLoad2(p->builder, LLVMInt32TypeInContext(p->context), room, "");
    if (first == 2)
        ptx_write_at(p, s, 1, LLVMBuildICmp(p->builder, LLVMIntNE, same, number(p, 32, 0), ""), false);
}

static void reduce(struct ptx *p, const struct ptx_statement *s)
{
    static const char *const names[] = { "add", "min", "max", "min", "max", "and", "or", "xor" };
    const bool is_signed = ptx_has(s, "s32");
    for (unsigned k = 0; k < 8; k++) {
        if (!ptx_has(s, names[k]) || ((k == 1 || k == 2) && !is_signed) || ptx_has(s, "f32"))
            continue;
        LLVMValueRef args[3] = { number(p, 32, k), ptx_operand(p, s, 1, u32), ptx_operand(p, s, 2, u32) };
        ptx_write(p, s, ptx_call(p, "__tn_ptx_redux", u32, args, 3), false);
        return;
    }
    ptx_fail(p, s->text);
}

/* The lowest lane of the mask is the one: d|p, mask */
static void elect(struct ptx *p, const struct ptx_statement *s)
{
    LLVMValueRef mask = ptx_operand(p, s, s->operand_count - 1, u32), args[2] = { mask, number(p, 1, 0) };
    LLVMValueRef who = wide(p, mask);
    ptx_call(p, "__tn_warp_sync", nothing, &who, 1);
    LLVMValueRef leader = ptx_intrinsic(p, "llvm.cttz", LLVMTypeOf(mask), args, 2);
    ptx_write(p, s, leader, false);
    if (s->operand_count == 3)
        ptx_write_at(p, s, 1, LLVMBuildICmp(p->builder, LLVMIntEQ, ptx_call(p, "__tn_lane", u32, NULL, 0), leader, ""), false);
}

/* ---- matrices ---- */
static void move_matrix(struct ptx *p, const struct ptx_statement *s)
{
    const bool load = is(s, "ldmatrix");
    const unsigned count = ptx_has(s, "x4") ? 4 : ptx_has(s, "x2") ? 2 : 1, data = load ? 0 : 1;
    if (!ptx_has(s, "m8n8") || !ptx_has(s, "b16") || s->operand_count != 2 || ptx_operand_words(s, data) != count) {
        ptx_fail(p, s->text);
        return;
    }
    LLVMValueRef room = load ? ptx_room(p, 4) : ptx_words(p, s, data, 32, 4);
    LLVMValueRef args[4] = { number(p, 32, count), number(p, 32, ptx_has(s, "trans")), ptx_address(p, s, 1 - data), room };
    ptx_call(p, load ? "__tn_ldmatrix" : "__tn_stmatrix", nothing, args, 4);
    if (load)
        ptx_write_words(p, s, 0, room, 32);
}

/* As device/tensor.c numbers them. */
static int element(const char *name)
{
    static const char *const names[] = { "f16", "bf16", "tf32", "s8", "u8", "f64", "f32", "s32" };
    for (int k = 0; k < 8; k++)
        if (!strcmp(name, names[k]))
            return k;
    return -1;
}

static void multiply(struct ptx *p, const struct ptx_statement *s)
{
    static const struct {
        const char *shape;
        unsigned rows, k;
        const char *types; /* of a */
        unsigned d, a, b;  /* 32-bit words, d for 32-bit results */
    } shapes[] = { { "m16n8k8", 16, 8, " f16 bf16 ", 4, 2, 1 },  { "m16n8k16", 16, 16, " f16 bf16 ", 4, 4, 2 },
                   { "m16n8k4", 16, 4, " tf32 ", 4, 2, 1 },      { "m16n8k8", 16, 8, " tf32 ", 4, 4, 2 },
                   { "m8n8k16", 8, 16, " s8 u8 ", 2, 1, 1 },     { "m16n8k16", 16, 16, " s8 u8 ", 4, 2, 1 },
                   { "m16n8k32", 16, 32, " s8 u8 ", 4, 4, 2 },   { "m8n8k4", 8, 4, " f64 ", 4, 2, 2 } };
    const unsigned n = s->part_count;
    const int td = n > 6 ? element(s->parts[n - 4]) : -1, ta = n > 6 ? element(s->parts[n - 3]) : -1,
              tb = n > 6 ? element(s->parts[n - 2]) : -1, tc = n > 6 ? element(s->parts[n - 1]) : -1;
    const bool pairs = (ta == 3 || ta == 4) && (tb == 3 || tb == 4), good = strstr(s->text, ".row.col.") && td >= 0 &&
                       tb >= 0 && tc >= 0 && (ta == tb || pairs) && s->operand_count == 4;
    for (size_t k = 0; good && k < sizeof shapes / sizeof *shapes; k++) {
        const unsigned bits = ta == 5 ? 64 : 32, half_c = tc == 0, half_d = td == 0, d_words = shapes[k].d;
        if (!ptx_has(s, shapes[k].shape) || !strstr(shapes[k].types, tncc_format(" %s ", s->parts[n - 3])))
            continue;
        const bool fits = pairs     ? tc == 7 && td == 7
                          : ta == 5 ? tc == 5 && td == 5
                                    : (tc == 6 || (half_c && ta == 0)) && (td == 6 || (half_d && ta == 0));
        if (!fits || ptx_operand_words(s, 0) != d_words * 32 / bits >> half_d ||
            ptx_operand_words(s, 1) != shapes[k].a * 32 / bits || ptx_operand_words(s, 2) != shapes[k].b * 32 / bits ||
            ptx_operand_words(s, 3) != d_words * 32 / bits >> half_c)
            break;
        LLVMValueRef room = ptx_room(p, 4);
        LLVMValueRef args[11] = { number(p, 32, shapes[k].rows),
                                  number(p, 32, shapes[k].k),
                                  number(p, 32, (unsigned)ta),
                                  number(p, 32, (unsigned)tb),
                                  number(p, 32, (unsigned)tc),
                                  number(p, 32, (unsigned)td),
                                  number(p, 32, ptx_has(s, "satfinite")),
                                  ptx_words(p, s, 1, bits, 4),
                                  ptx_words(p, s, 2, bits, 2),
                                  ptx_words(p, s, 3, bits, 4),
                                  room };
        ptx_call(p, "__tn_mma", nothing, args, 11);
        ptx_write_words(p, s, 0, room, bits);
        return;
    }
    ptx_fail(p, tncc_format("the instruction %s", s->text));
}

/* ---- copies to local memory: done at once, so that there is nothing to wait for ---- */
static void copy(struct ptx *p, const struct ptx_statement *s)
{
    if (!ptx_has(s, "async") || ptx_has(s, "bulk") || ptx_has(s, "mbarrier")) {
        ptx_fail(p, tncc_format("the instruction %s", s->text));
    } else if (!ptx_has(s, "commit_group") && !ptx_has(s, "wait_group") && !ptx_has(s, "wait_all")) {
        LLVMValueRef args[4] = { ptx_address(p, s, 0), ptx_address(p, s, 1), ptx_operand(p, s, 2, u32), NULL };
        args[3] = s->operand_count > 3 ? ptx_operand(p, s, 3, u32) : args[2];
        if (s->guard) {
            args[2] = LLVMBuildSelect(p->builder, s->guard, args[2], number(p, 32, 0), "");
            args[3] = LLVMBuildSelect(p->builder, s->guard, args[3], number(p, 32, 0), "");
        }
        ptx_call(p, "__tn_copy_async", nothing, args, 4);
    }
}

bool ptx_together(struct ptx *p, const struct ptx_statement *s)
{
    static const struct {
        const char *name;
        void (*lower)(struct ptx *p, const struct ptx_statement *s);
        bool lanes;  /* of a warp of 32 */
        bool guards; /* may stand under a predicate */
    } table[] = { { "bar", barrier, false, false },   { "barrier", barrier, false, false }, { "vote", vote, true, false },
                  { "activemask", vote, true, false }, { "shfl", shuffle, true, false },     { "match", match, true, false },
                  { "redux", reduce, true, false },   { "elect", elect, true, false },      { "ldmatrix", move_matrix, true, false },
                  { "stmatrix", move_matrix, true, false }, { "mma", multiply, true, false }, { "cp", copy, false, true },
                  { "membar", fence, false, true },   { "fence", fence, false, true } };
    for (size_t k = 0; k < sizeof table / sizeof *table; k++) {
        if (!is(s, table[k].name))
            continue;
        if (s->guard && !table[k].guards)
            ptx_fail(p, tncc_format("%s under a predicate", s->text));
        else if (!table[k].lanes || of_32_lanes(p, s))
            table[k].lower(p, s);
        return true;
    }
    if ((is(s, "trap") || is(s, "brkpt")) && !s->guard) {
        LLVMValueRef args[2] = { number(p, 32, 2), LLVMConstNull(LLVMPointerTypeInContext(p->context, 0)) };
        ptx_call(p, "__tn_trap", nothing, args, 2);
        return true;
    }
    return is(s, "nanosleep") || is(s, "prefetch") || is(s, "prefetchu") || is(s, "discard") || is(s, "pmevent") ||
           is(s, "applypriority") || is(s, "setmaxnreg");
}
