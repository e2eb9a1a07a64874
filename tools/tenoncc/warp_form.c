/* SPDX-License-Identifier: Apache-2.0 */
/*
 * warp_form.c - what is known of an integer in the lanes of a warp: that it is base + stride * lane, where the base is the
 * same in all lanes and a multiple of a power of two. So threadIdx.x / 32 is the same in a warp, and threadIdx.x % 32
 * is the lane. Holds for blocks whose rows are whole warps. Reads instructions, changes nothing; no wrapping is assumed away.
 */
#include "tools/tenoncc/transform.h"

enum { DEEP = 24, NEAR = 1 << 20, ALL_ZEROS = 63 };

static const struct warp_form unknown = { false, 0, 0 };

static struct warp_form walk(const struct warp_forms *w, LLVMValueRef v, int depth);

static struct warp_form form(int64_t stride, unsigned zeros)
{
    if (stride > NEAR || stride < -NEAR)
        return unknown;
    return (struct warp_form){ true, stride, zeros > ALL_ZEROS ? ALL_ZEROS : zeros };
}

static unsigned trailing_zeros(uint64_t n)
{
    return n ? (unsigned)__builtin_ctzll(n) : ALL_ZEROS;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* The lanes' part lies below the lowest bit of the base: adding it carries nowhere. */
static bool is_apart(const struct warp_forms *w, struct warp_form a)
{
    return a.stride >= 0 && (uint64_t)a.stride * (w->width - 1) < 1ull << a.zeros;
}

static bool constant(LLVMValueRef v, uint64_t *n)
{
    if (!LLVMIsAConstantInt(v) || LLVMGetIntTypeWidth(LLVMTypeOf(v)) > 64)
        return false;
    *n = LLVMConstIntGetZExtValue(v);
    return true;
}

static struct warp_form product(struct warp_form a, struct warp_form b, LLVMValueRef by)
{
    uint64_t n;
    if (!a.stride && !b.stride)
        return form(0, a.zeros + b.zeros);
    if (b.stride || !constant(by, &n) || n > NEAR)
        return unknown;
    return form(a.stride * (int64_t)n, a.zeros + trailing_zeros(n));
}

static struct warp_form masked(const struct warp_forms *w, struct warp_form a, LLVMValueRef by)
{
    uint64_t n, low;
    if (!constant(by, &n))
        return a.stride ? unknown : form(0, a.zeros);
    if (!a.stride)
        return form(0, a.zeros > trailing_zeros(n) ? a.zeros : trailing_zeros(n));
    if (!is_apart(w, a))
        return unknown;
    low = (1ull << a.zeros) - 1;
    if (!(n & low))
        return form(0, trailing_zeros(n));
    return (n & low) == low ? form(a.stride, a.zeros) : unknown;
}

static struct warp_form shifted_down(const struct warp_forms *w, struct warp_form a, LLVMValueRef by)
{
    uint64_t n;
    if (!constant(by, &n) || n > 63)
        return a.stride ? unknown : form(0, 0);
    if (!a.stride)
        return form(0, a.zeros > n ? a.zeros - (unsigned)n : 0);
    return is_apart(w, a) && n >= a.zeros ? form(0, 0) : unknown;
}

/* Unsigned division by a constant, which is a multiple of what the base is one of. */
static struct warp_form divided(const struct warp_forms *w, LLVMOpcode op, struct warp_form a, LLVMValueRef by)
{
    uint64_t n;
    if (!a.stride && op != LLVMURem)
        return form(0, 0);
    if (!constant(by, &n) || !n || trailing_zeros(n) < a.zeros || !is_apart(w, a))
        return a.stride ? unknown : form(0, 0);
    return op == LLVMUDiv ? form(0, 0) : op == LLVMURem ? form(a.stride, a.zeros) : unknown;
}

static struct warp_form cast(const struct warp_forms *w, LLVMValueRef v, struct warp_form a)
{
    if (LLVMGetTypeKind(LLVMTypeOf(v)) != LLVMIntegerTypeKind)
        return unknown;
    if (LLVMGetInstructionOpcode(v) == LLVMTrunc)
        return a;
    /* a sum that may wrap in the narrow type is another number in the wide one */
    return !a.stride || is_apart(w, a) ? a : unknown;
}

static struct warp_form operation(const struct warp_forms *w, LLVMValueRef v, int depth)
{
    LLVMOpcode op = LLVMGetInstructionOpcode(v);
    struct warp_form a = unknown, b = unknown;
    switch (op) {
    case LLVMAdd:
    case LLVMSub:
    case LLVMOr:
    case LLVMMul:
    case LLVMShl:
    case LLVMAnd:
    case LLVMLShr:
    case LLVMAShr:
    case LLVMUDiv:
    case LLVMURem:
        b = walk(w, LLVMGetOperand(v, 1), depth + 1);
        if (!b.good)
            return unknown;
        break;
    case LLVMZExt:
    case LLVMSExt:
    case LLVMTrunc:
    case LLVMFreeze:
        break;
    default:
        return unknown;
    }
    a = walk(w, LLVMGetOperand(v, 0), depth + 1);
    if (!a.good)
        return unknown;
    switch (op) {
    case LLVMOr:
        if (!LLVMGetIsDisjoint(v))
            return a.stride || b.stride ? unknown : form(0, least(a.zeros, b.zeros));
        return form(a.stride + b.stride, least(a.zeros, b.zeros));
    case LLVMAdd:
        return form(a.stride + b.stride, least(a.zeros, b.zeros));
    case LLVMSub:
        return form(a.stride - b.stride, least(a.zeros, b.zeros));
    case LLVMMul:
        return product(a, b, LLVMGetOperand(v, 1));
    case LLVMShl: {
        uint64_t n;
        if (!constant(LLVMGetOperand(v, 1), &n) || n > 20)
            return a.stride || b.stride ? unknown : form(0, a.zeros);
        return form(a.stride * (1ll << n), a.zeros + (unsigned)n);
    }
    case LLVMAnd:
        return b.stride ? unknown : masked(w, a, LLVMGetOperand(v, 1));
    case LLVMLShr:
    case LLVMAShr:
        return b.stride ? unknown : shifted_down(w, a, LLVMGetOperand(v, 1));
    case LLVMUDiv:
    case LLVMURem:
        return b.stride ? unknown : divided(w, op, a, LLVMGetOperand(v, 1));
    case LLVMFreeze:
        return a;
    default:
        return cast(w, v, a);
    }
}

static struct warp_form walk(const struct warp_forms *w, LLVMValueRef v, int depth)
{
    struct warp_form f = unknown;
    uint64_t n;
    if (LLVMGetTypeKind(LLVMTypeOf(v)) != LLVMIntegerTypeKind || LLVMGetIntTypeWidth(LLVMTypeOf(v)) > 64)
        return unknown;
    if (constant(v, &n))
        return form(0, trailing_zeros(n));
    if (w->leaf(w->data, v, &f))
        return f;
    if (depth < DEEP && LLVMIsAInstruction(v))
        f = operation(w, v, depth);
    return f.good || !w->is_same(w->data, v) ? f : form(0, 0);
}

struct warp_form tncc_warp_form(const struct warp_forms *w, LLVMValueRef v)
{
    return walk(w, v, 0);
}

/* base + stride * lane against a value of all lanes: as for lane 0, when no multiple of the base's power of two lies
 * between. */
static bool same_order(const struct warp_forms *w, LLVMIntPredicate p, struct warp_form a, struct warp_form b,
                       LLVMValueRef other)
{
    uint64_t n;
    if (b.stride || !is_apart(w, a))
        return false;
    switch (p) {
    case LLVMIntULT:
    case LLVMIntUGE:
    case LLVMIntSLT:
    case LLVMIntSGE:
        return b.zeros >= a.zeros;
    case LLVMIntUGT:
    case LLVMIntULE:
    case LLVMIntSGT:
    case LLVMIntSLE:
        return constant(other, &n) && trailing_zeros(n + 1) >= a.zeros;
    default:
        return false;
    }
}

static LLVMIntPredicate turned(LLVMIntPredicate p)
{
    switch (p) {
    case LLVMIntULT:
        return LLVMIntUGT;
    case LLVMIntUGT:
        return LLVMIntULT;
    case LLVMIntULE:
        return LLVMIntUGE;
    case LLVMIntUGE:
        return LLVMIntULE;
    case LLVMIntSLT:
        return LLVMIntSGT;
    case LLVMIntSGT:
        return LLVMIntSLT;
    case LLVMIntSLE:
        return LLVMIntSGE;
    case LLVMIntSGE:
        return LLVMIntSLE;
    default:
        return p;
    }
}

bool tncc_warp_same(const struct warp_forms *w, LLVMValueRef i)
{
    if (LLVMGetTypeKind(LLVMTypeOf(i)) != LLVMIntegerTypeKind)
        return false;
    if (!LLVMIsAICmpInst(i)) {
        struct warp_form f = LLVMIsAInstruction(i) ? operation(w, i, 0) : unknown;
        return f.good && !f.stride;
    }
    LLVMValueRef x = LLVMGetOperand(i, 0), y = LLVMGetOperand(i, 1);
    struct warp_form a = walk(w, x, 0), b = walk(w, y, 0);
    LLVMIntPredicate p = LLVMGetICmpPredicate(i);
    if (!a.good || !b.good)
        return false;
    if (p == LLVMIntEQ || p == LLVMIntNE)
        return a.stride == b.stride;
    return (!a.stride && !b.stride) || same_order(w, p, a, b, y) || same_order(w, turned(p), b, a, x);
}

/* Is it true in the first lanes of a warp alone, or in none of it? */
bool tncc_warp_first(const struct warp_forms *w, LLVMValueRef condition, unsigned *count)
{
    uint64_t n;
    if (!LLVMIsAICmpInst(condition) || !constant(LLVMGetOperand(condition, 1), &n) || !n || n >= w->width)
        return false;
    struct warp_form a = walk(w, LLVMGetOperand(condition, 0), 0);
    *count = (unsigned)n;
    return LLVMGetICmpPredicate(condition) == LLVMIntULT && a.good && a.stride == 1 && is_apart(w, a);
}

bool tncc_below(LLVMValueRef v, uint64_t limit)
{
    uint64_t n;
    if (constant(v, &n))
        return n < limit;
    if (!LLVMIsAInstruction(v))
        return false;
    if (LLVMGetInstructionOpcode(v) == LLVMAnd)
        return tncc_below(LLVMGetOperand(v, 1), limit) || tncc_below(LLVMGetOperand(v, 0), limit);
    return LLVMGetInstructionOpcode(v) == LLVMURem && constant(LLVMGetOperand(v, 1), &n) && n && n <= limit;
}
