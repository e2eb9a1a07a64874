/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interpret_values.c - what the instructions make of numbers, one element at a time, as on CUDA's hardware: division by zero gives all
 * ones, conversions take the nearest number that fits. Calls libc's mathematics alone.
 */
#include "tests/kernels/random/interpret_internal.h"

#include <math.h>
#include <string.h>

uint64_t ir_cut(uint64_t v, unsigned bits)
{
    return bits >= 64 ? v : v & ((1ull << bits) - 1);
}

int64_t ir_sign(uint64_t v, unsigned bits)
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
    int64_t x = ir_sign(a, bits), y = ir_sign(b, bits);
    bool rest = op == LLVMURem || op == LLVMSRem;
    if (!b)
        return rest ? a : ~0ull;
    if (op == LLVMUDiv || op == LLVMURem)
        return rest ? a % b : a / b;
    if (y == -1)
        return rest ? 0 : 0 - a;
    return (uint64_t)(rest ? x % y : x / y);
}

uint64_t ir_arithmetic(unsigned op, uint64_t a, uint64_t b, unsigned bits)
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
        return (uint64_t)(ir_sign(a, bits) >> (b < bits ? b : bits - 1));
    default:
        return divide(op, a, b, bits);
    }
}

uint64_t ir_real_arithmetic(unsigned op, uint64_t a, uint64_t b, unsigned bits)
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

bool ir_compare(unsigned predicate, uint64_t a, uint64_t b, unsigned bits)
{
    int64_t x = ir_sign(a, bits), y = ir_sign(b, bits);
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
bool ir_compare_real(unsigned predicate, uint64_t a, uint64_t b, unsigned bits)
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

uint64_t ir_convert(const struct code *c, uint64_t v)
{
    switch (c->op) {
    case LLVMSExt:
        return (uint64_t)ir_sign(v, c->from);
    case LLVMFPToUI:
        return to_integer(real(v, c->from), c->bits, false);
    case LLVMFPToSI:
        return to_integer(real(v, c->from), c->bits, true);
    case LLVMUIToFP:
        return c->bits == 32 ? pack((float)v, 32) : pack((double)v, 64);
    case LLVMSIToFP:
        return c->bits == 32 ? pack((float)ir_sign(v, c->from), 32) : pack((double)ir_sign(v, c->from), 64);
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

uint64_t ir_intrinsic(unsigned which, unsigned bits, uint64_t a, uint64_t b, uint64_t c)
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
        return ir_sign(a, bits) < 0 ? 0 - a : a;
    case I_SMIN:
        return ir_sign(a, bits) < ir_sign(b, bits) ? a : b;
    case I_SMAX:
        return ir_sign(a, bits) > ir_sign(b, bits) ? a : b;
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

uint64_t ir_update(unsigned how, uint64_t old, uint64_t v, unsigned bits)
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
        return ir_intrinsic(I_SMAX, bits, old, v, 0);
    case LLVMAtomicRMWBinOpMin:
        return ir_intrinsic(I_SMIN, bits, old, v, 0);
    case LLVMAtomicRMWBinOpUMax:
        return ir_intrinsic(I_UMAX, bits, old, v, 0);
    case LLVMAtomicRMWBinOpUMin:
        return ir_intrinsic(I_UMIN, bits, old, v, 0);
    case LLVMAtomicRMWBinOpFAdd:
        return ir_real_arithmetic(LLVMFAdd, old, v, bits);
    case LLVMAtomicRMWBinOpUIncWrap:
        return old >= v ? 0 : old + 1;
    default:
        return old == 0 || old > v ? v : old - 1;
    }
}
