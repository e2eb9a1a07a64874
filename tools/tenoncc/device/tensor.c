/* SPDX-License-Identifier: Apache-2.0 */
/*
 * device/tensor.c - what inline PTX and its like need beyond one instruction: 32-bit addresses of local memory, shuffles as
 * PTX defines them, reductions over lanes, matrices spread over a warp of 32. Linked into simulator images.
 *
 * Lanes show each other memory of their own: one shuffle tells how far apart the lanes' copies of a variable lie, and
 * waits for all; a second wait keeps them until everybody has read.
 */
#include "tenon/sim_image.h"

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
#define PURE __attribute__((const, nothrow))
#define SYNC __attribute__((convergent, nothrow))
#define INLINE __attribute__((always_inline, nothrow))

PURE tn_sim_worker *__tn_worker(void);
PURE u32 __tn_lane(void);
SYNC void __tn_warp_sync(u64 mask);
SYNC u32 __tn_shfl_32(u64 mask, u32 value, u32 source);
SYNC u64 __tn_shfl_64(u64 mask, u64 value, u32 source);
SYNC u64 __tn_ballot(u64 mask, int predicate);
SYNC u64 __tn_match(u64 mask, u64 value);

/* ---- 32-bit addresses: static local memory from 0, dynamic from 16 MiB ---- */
enum { DYNAMIC_AT = 1 << 24 };

INLINE u32 __tn_local_offset(const void *p)
{
    const tn_sim_worker *w = __tn_worker();
    u64 fixed = (u64)p - (u64)w->static_local, dynamic = (u64)p - (u64)w->dynamic_local;
    return fixed < DYNAMIC_AT ? (u32)fixed : (u32)dynamic + DYNAMIC_AT;
}

INLINE u64 __tn_local_address(u32 offset)
{
    const tn_sim_worker *w = __tn_worker();
    return (u64)(offset < DYNAMIC_AT ? w->static_local + offset : w->dynamic_local + (offset - DYNAMIC_AT));
}

/* An address of 64 bits that may be one of local memory, as cvta.to.shared makes them. */
INLINE u64 __tn_local_or_any(u64 address)
{
    return address >> 32 ? address : __tn_local_address((u32)address);
}

/* ---- lanes ---- */
enum { UP, DOWN, BUTTERFLY, INDEX };

INLINE u32 __tn_ptx_shfl(u32 mode, u32 v, u32 b, u32 c, u32 mask, u32 *in_range)
{
    u32 lane = __tn_lane(), segment = c >> 8 & 31, most = (lane & segment) | (c & 31 & ~segment), from;
    b &= 31;
    from = mode == UP ? lane - b : mode == DOWN ? lane + b : mode == BUTTERFLY ? lane ^ b : (lane & segment) | (b & ~segment);
    *in_range = mode == UP ? (int)from >= (int)most : from <= most;
    return __tn_shfl_32(mask, v, *in_range ? from : lane);
}

enum { ADD, MIN_S, MAX_S, MIN_U, MAX_U, AND, OR, XOR };

INLINE u32 __tn_ptx_redux(u32 op, u32 v, u32 mask)
{
    u64 who = __tn_ballot(mask, 1);
    u32 r = __tn_shfl_32(mask, v, (u32)__builtin_ctzll(who));
    for (who &= who - 1; who; who &= who - 1) {
        u32 o = __tn_shfl_32(mask, v, (u32)__builtin_ctzll(who));
        r = op == ADD     ? r + o
            : op == MIN_S ? ((int)o < (int)r ? o : r)
            : op == MAX_S ? ((int)o > (int)r ? o : r)
            : op == MIN_U ? (o < r ? o : r)
            : op == MAX_U ? (o > r ? o : r)
            : op == AND   ? (r & o)
            : op == OR    ? (r | o)
                          : (r ^ o);
    }
    return r;
}

INLINE u32 __tn_ptx_match(u32 all, u64 v, u32 mask, u32 *everybody)
{
    u32 same = (u32)__tn_match(mask, v), who = (u32)__tn_ballot(mask, 1);
    *everybody = same == who;
    return !all || same == who ? same : 0;
}

/* ---- what the lanes show each other ---- */
struct shown {
    u64 first, apart;
};

INLINE static struct shown show(const void *mine)
{
    u32 lane = __tn_lane();
    u64 at = (u64)mine, other = __tn_shfl_64(~0ull, at, lane ^ 1), apart = lane & 1 ? at - other : other - at;
    struct shown s = { at - lane * apart, apart };
    return s;
}

INLINE static const void *of_lane(struct shown s, u32 lane)
{
    return (const void *)(s.first + lane * s.apart);
}

/* ---- rows of eight 16-bit numbers, in memory whose addresses lanes 8 m ... 8 m + 7 have ---- */
INLINE void __tn_ldmatrix(u32 count, u32 transposed, const void *row, u32 *d)
{
    const void *mine = row;
    struct shown all = show(&mine);
    u32 lane = __tn_lane(), group = lane >> 2, place = lane & 3;
    for (u32 m = 0; m < count; m++) {
        if (transposed) {
            const u16 *low = *(const u16 *const *)of_lane(all, 8 * m + 2 * place);
            const u16 *high = *(const u16 *const *)of_lane(all, 8 * m + 2 * place + 1);
            d[m] = low[group] | (u32)high[group] << 16;
        } else {
            d[m] = (*(const u32 *const *)of_lane(all, 8 * m + group))[place];
        }
    }
    __tn_warp_sync(~0ull);
}

INLINE void __tn_stmatrix(u32 count, u32 transposed, void *row, const u32 *v)
{
    void *mine = row;
    struct shown all = show(&mine);
    u32 lane = __tn_lane(), group = lane >> 2, place = lane & 3;
    for (u32 m = 0; m < count; m++) {
        if (transposed) {
            (*(u16 *const *)of_lane(all, 8 * m + 2 * place))[group] = (u16)v[m];
            (*(u16 *const *)of_lane(all, 8 * m + 2 * place + 1))[group] = (u16)(v[m] >> 16);
        } else {
            (*(u32 *const *)of_lane(all, 8 * m + group))[place] = v[m];
        }
    }
    __tn_warp_sync(~0ull);
}

/* ---- mma: d = a b + c, 8 columns; the fragments as the PTX manual lays them out ---- */
enum { F16, BF16, TF32, S8, U8, F64, F32, S32 };
struct fragments {
    u32 a[4], b[2];
};

INLINE static float number(u32 type, u32 word, u32 place)
{
    u32 half = word >> (16 * (place & 1)) & 0xffff;
    return type == F16    ? (float)__builtin_bit_cast(_Float16, (u16)half)
           : type == BF16 ? __builtin_bit_cast(float, half << 16)
                          : __builtin_bit_cast(float, word & 0xffffe000u);
}

INLINE static int whole(u32 type, u32 word, u32 place)
{
    u8 byte = (u8)(word >> (8 * place));
    return type == S8 ? (int)(int8_t)byte : (int)byte;
}

/* One element of the result; `few` numbers of a and b stand in a word. */
INLINE static float float_sum(struct shown all, u32 ta, u32 k, u32 few, u32 row, u32 column, float sum)
{
    for (u32 i = 0; i < k; i++) {
        u32 part = i / (4 * few), lane = i % (4 * few) / few, place = i % few;
        const struct fragments *x = of_lane(all, (row & 7) * 4 + lane), *y = of_lane(all, column * 4 + lane);
        sum += number(ta, x->a[(row >> 3) + 2 * part], place) * number(ta, y->b[part], place);
    }
    return sum;
}

INLINE static int int_sum(struct shown all, u32 ta, u32 tb, u32 k, u32 row, u32 column, int start, u32 saturate)
{
    int64_t sum = start;
    for (u32 i = 0; i < k; i++) {
        u32 part = i / 16, lane = i % 16 / 4, place = i % 4;
        const struct fragments *x = of_lane(all, (row & 7) * 4 + lane), *y = of_lane(all, column * 4 + lane);
        sum += (int64_t)whole(ta, x->a[(row >> 3) + 2 * part], place) * whole(tb, y->b[part], place);
    }
    if (saturate)
        sum = sum > 0x7fffffff ? 0x7fffffff : sum < -0x7fffffffll - 1 ? -0x7fffffffll - 1 : sum;
    return (int)sum;
}

INLINE static double double_sum(struct shown all, u32 row, u32 column, double sum)
{
    for (u32 i = 0; i < 4; i++) {
        const struct fragments *x = of_lane(all, row * 4 + i), *y = of_lane(all, column * 4 + i);
        sum += __builtin_bit_cast(double, x->a[0] | (u64)x->a[1] << 32) *
               __builtin_bit_cast(double, y->b[0] | (u64)y->b[1] << 32);
    }
    return sum;
}

INLINE static float summand(u32 type, const u32 *c, u32 i)
{
    return type == F32 ? __builtin_bit_cast(float, c[i]) : number(F16, c[i / 2], i);
}

INLINE void __tn_mma(u32 rows, u32 k, u32 ta, u32 tb, u32 tc, u32 td, u32 saturate, const u32 *a, const u32 *b, const u32 *c,
                     u32 *d)
{
    struct fragments mine = { { a[0], a[1], a[2], a[3] }, { b[0], b[1] } };
    struct shown all = show(&mine);
    u32 group = __tn_lane() >> 2, place = __tn_lane() & 3;
    for (u32 i = 0; i < rows / 4; i++) {
        u32 row = group + 8 * (i >> 1), column = 2 * place + (i & 1);
        if (ta == F64) {
            double sum = double_sum(all, row, column, __builtin_bit_cast(double, c[2 * i] | (u64)c[2 * i + 1] << 32));
            u64 bits = __builtin_bit_cast(u64, sum);
            d[2 * i] = (u32)bits;
            d[2 * i + 1] = (u32)(bits >> 32);
        } else if (tc == S32) {
            d[i] = (u32)int_sum(all, ta, tb, k, row, column, (int)c[i], saturate);
        } else {
            float sum = float_sum(all, ta, k, ta == TF32 ? 1 : 2, row, column, summand(tc, c, i));
            u32 half = __builtin_bit_cast(u16, (_Float16)sum);
            if (td == F32)
                d[i] = __builtin_bit_cast(u32, sum);
            else
                d[i / 2] = i & 1 ? d[i / 2] | half << 16 : half;
        }
    }
    __tn_warp_sync(~0ull);
}

/* cp.async: at once; what the source lacks is zero. */
INLINE void __tn_copy_async(void *to, const void *from, u32 bytes, u32 have)
{
    if (have >= bytes) {
        __builtin_memcpy(to, from, bytes);
        return;
    }
    for (u32 i = 0; i < bytes; i++)
        ((u8 *)to)[i] = i < have ? ((const u8 *)from)[i] : 0;
}

/* ---- halves and pairs of them, rounded once from double ---- */
enum { P_ADD, P_SUB, P_MUL, P_FMA, P_MIN, P_MAX, P_NEG, P_ABS, P_EXP2, P_TANH };

INLINE static u32 half_bits(u32 type, double x)
{
    if (type == F16)
        return __builtin_bit_cast(u16, (_Float16)x);
    float f = (float)x;
    u32 u = __builtin_bit_cast(u32, f);
    if (x != x)
        return 0x7fff;
    if ((double)f != x && !(u & 1)) /* something was lost: the last bit says so */
        u = __builtin_fabs((double)f) < __builtin_fabs(x) ? u + 1 : u - 1;
    return (u + 0x7fff + (u >> 16 & 1)) >> 16 & 0xffff;
}

INLINE static u32 half_operation(u32 op, u32 type, u32 a, u32 b, u32 c)
{
    double x = number(type, a, 0), y = number(type, b, 0), z = number(type, c, 0);
    switch (op) {
    case P_NEG:
        return (a ^ 0x8000) & 0xffff;
    case P_ABS:
        return a & 0x7fff;
    case P_MIN:
        return half_bits(type, __builtin_fmin(x, y));
    case P_MAX:
        return half_bits(type, __builtin_fmax(x, y));
    case P_EXP2:
        return half_bits(type, (double)__builtin_exp2f((float)x));
    case P_TANH:
        return half_bits(type, (double)__builtin_tanhf((float)x));
    default:
        return half_bits(type, op == P_ADD ? x + y : op == P_SUB ? x - y : op == P_MUL ? x * y : x * y + z);
    }
}

INLINE u32 __tn_halves(u32 op, u32 type, u32 pair, u32 a, u32 b, u32 c)
{
    u32 low = half_operation(op, type, a, b, c);
    return pair ? low | half_operation(op, type, a >> 16, b >> 16, c >> 16) << 16 : low;
}

INLINE u32 __tn_to_half(u32 type, float x, u32 relu)
{
    return half_bits(type, relu && !(x > 0.f) && x == x ? 0. : (double)x);
}

INLINE float __tn_from_half(u32 type, u32 v)
{
    return number(type, v, 0);
}

/* To the 19 bits of tf32: to nearest, ties away from zero (rna) or to even (rn). */
INLINE u32 __tn_to_tf32(float x, u32 away)
{
    u32 u = __builtin_bit_cast(u32, x);
    return x != x ? 0x7fffffff : (u & 0x7f800000) == 0x7f800000 ? u : (u + (away ? 0x1000 : 0xfff + (u >> 13 & 1))) & ~0x1fffu;
}

/* ---- the carry that one instruction leaves for another, in whatever function that stands ---- */
INLINE u32 __tn_carry(void)
{
    return (u32) * (volatile u64 *)&__tn_worker()->carry;
}

INLINE void __tn_set_carry(u32 carry)
{
    *(volatile u64 *)&__tn_worker()->carry = carry;
}
