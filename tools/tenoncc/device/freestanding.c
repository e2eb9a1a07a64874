/* SPDX-License-Identifier: Apache-2.0 */
/*
 * device/freestanding.c - the C functions that a compiler calls by itself, as an object that is linked into every image;
 * what is not used is left out. Built with -fno-builtin, so that none of them becomes a call of itself.
 */
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);

void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
    unsigned char *t = to;
    const unsigned char *f = from;
    for (; bytes >= 8; bytes -= 8, t += 8, f += 8)
        __builtin_memcpy_inline(t, f, 8);
    for (; bytes; bytes--)
        *t++ = *f++;
    return to;
}

void *memmove(void *to, const void *from, size_t bytes)
{
    unsigned char *t = to;
    const unsigned char *f = from;
    if ((uintptr_t)to - (uintptr_t)from >= bytes)
        return memcpy(to, from, bytes);
    while (bytes--)
        t[bytes] = f[bytes];
    return to;
}

void *memset(void *to, int value, size_t bytes)
{
    unsigned char *t = to;
    uint64_t word = 0x0101010101010101ull * (unsigned char)value;
    for (; bytes >= 8; bytes -= 8, t += 8)
        __builtin_memcpy_inline(t, &word, 8);
    for (; bytes; bytes--)
        *t++ = (unsigned char)value;
    return to;
}

int memcmp(const void *a, const void *b, size_t bytes)
{
    const unsigned char *x = a, *y = b;
    for (size_t i = 0; i < bytes; i++)
        if (x[i] != y[i])
            return x[i] < y[i] ? -1 : 1;
    return 0;
}

/* 128-bit division, bit by bit: rare in kernels */
typedef unsigned __int128 u128;
typedef __int128 i128;
u128 __udivti3(u128 a, u128 b);
u128 __umodti3(u128 a, u128 b);
i128 __divti3(i128 a, i128 b);
i128 __modti3(i128 a, i128 b);

static u128 divide(u128 a, u128 b, u128 *rest)
{
    u128 q = 0, r = 0;
    for (int bit = 127; bit >= 0; bit--) {
        r = (r << 1) | (a >> bit & 1);
        q <<= 1;
        if (r >= b) {
            r -= b;
            q |= 1;
        }
    }
    *rest = r;
    return q;
}

u128 __udivti3(u128 a, u128 b)
{
    u128 r;
    return divide(a, b, &r);
}

u128 __umodti3(u128 a, u128 b)
{
    u128 r;
    divide(a, b, &r);
    return r;
}

i128 __divti3(i128 a, i128 b)
{
    u128 r, q = divide(a < 0 ? -(u128)a : (u128)a, b < 0 ? -(u128)b : (u128)b, &r);
    return (i128)((a < 0) != (b < 0) ? -q : q);
}

i128 __modti3(i128 a, i128 b)
{
    u128 r;
    divide(a < 0 ? -(u128)a : (u128)a, b < 0 ? -(u128)b : (u128)b, &r);
    return (i128)(a < 0 ? -r : r);
}

/* ---- for processors without FMA and F16C ---- */
i128 __fixdfti(double x);
u128 __fixunsdfti(double x);
i128 __fixsfti(float x);
u128 __fixunssfti(float x);
double __floattidf(i128 v);
double __floatuntidf(u128 v);
float __floattisf(i128 v);
float __floatuntisf(u128 v);
double fma(double x, double y, double z);
float fmaf(float x, float y, float z);
float __extendhfsf2(_Float16 h);
_Float16 __truncsfhf2(float f);
_Float16 __truncdfhf2(double d);

/* A finite number as sign, whole significand and exponent: value = m 2^e. */
struct number {
    uint64_t m;
    int e, negative;
};

static struct number take(double x)
{
    uint64_t u = __builtin_bit_cast(uint64_t, x);
    int e = (int)(u >> 52 & 2047);
    struct number n = { u & 0x000fffffffffffffull, (e ? e : 1) - 1075, (int)(u >> 63) };
    if (e)
        n.m |= 1ull << 52;
    return n;
}

/* Rounds m 2^e to nearest even; `rest` says that there is something not zero below m. */
static double round_to(u128 m, int e, int negative, int rest)
{
    int bits = 128, drop;
    if (!m)
        return negative ? -0.0 : 0.0;
    while (!(m >> (bits - 1) & 1))
        bits--;
    drop = bits - 53;
    if (e + drop < -1074)
        drop = -1074 - e;
    if (drop > 0) {
        u128 lost = drop < 128 ? m & (((u128)1 << drop) - 1) : m, half = drop <= 128 ? (u128)1 << (drop - 1) : 0;
        m = drop < 128 ? m >> drop : 0;
        e += drop;
        if (lost > half || (lost == half && half && (rest || (m & 1))))
            m++;
    } else if (drop < 0) {
        m <<= -drop;
        e += drop;
    }
    if (m >> 53) {
        m >>= 1;
        e++;
    }
    uint64_t u = (uint64_t)m;
    if (u >> 52)
        u = e + 1075 > 2046 ? 2047ull << 52 : (u & 0x000fffffffffffffull) | (uint64_t)(e + 1075) << 52;
    return __builtin_bit_cast(double, u | (uint64_t)negative << 63);
}

double fma(double x, double y, double z)
{
    if (x - x != 0 || y - y != 0 || z - z != 0 || x == 0 || y == 0)
        return x * y + z; /* infinities, no numbers and zeros: no rounding is lost */
    struct number a = take(x), b = take(y), c = take(z);
    u128 p = (u128)a.m * b.m, q = c.m;
    int e = a.e + b.e, negative = a.negative ^ b.negative, rest = 0;
    if (z == 0)
        return round_to(p, e, negative, 0);
    /* bring both to the smaller exponent; what is far below becomes a sticky rest */
    int pb = 128, shift;
    while (!(p >> (pb - 1) & 1))
        pb--;
    p <<= 126 - pb;
    e -= 126 - pb;
    int qb = 64;
    while (!(c.m >> (qb - 1) & 1))
        qb--;
    q <<= 126 - qb;
    c.e -= 126 - qb;
    if (c.e > e || (c.e == e && q > p)) {
        u128 t = p;
        int te = e, tn = negative;
        p = q, e = c.e, negative = c.negative;
        q = t, c.e = te, c.negative = tn;
    }
    shift = e - c.e;
    if (shift > 126)
        rest = 1, q = 0;
    else if (shift) {
        rest = (q & (((u128)1 << shift) - 1)) != 0;
        q >>= shift;
    }
    if (negative == c.negative)
        return round_to(p + q, e, negative, rest);
    p -= q;
    if (rest) /* the true difference lies just below */
        p -= 1;
    return p || rest ? round_to(p, e, negative, rest) : 0.0;
}

float fmaf(float x, float y, float z)
{
    /* the product is exact in double; the sum is rounded to odd there, so that rounding to float sees one rounding */
    double p = (double)x * (double)y, s = p + (double)z, b = s - p;
    double lost = (p - (s - b)) + ((double)z - b);
    uint64_t u = __builtin_bit_cast(uint64_t, s);
    if (s - s == 0 && lost != 0 && !(u & 1))
        u += (lost > 0) == (s > 0) ? 1 : -1;
    return (float)__builtin_bit_cast(double, u);
}

float __extendhfsf2(_Float16 half)
{
    uint16_t h = __builtin_bit_cast(uint16_t, half);
    uint32_t e = h >> 10 & 31, m = h & 1023u, sign = (uint32_t)(h & 0x8000u) << 16;
    if (!e) {
        float small = (float)m * 0x1p-24f;
        return sign ? -small : small;
    }
    return __builtin_bit_cast(float, sign | (e == 31 ? 255u : e + 112u) << 23 | m << 13);
}

static uint16_t to_half(double d)
{
    uint64_t u = __builtin_bit_cast(uint64_t, d);
    uint16_t sign = (uint16_t)(u >> 48 & 0x8000u);
    int e = (int)(u >> 52 & 2047) - 1023;
    uint64_t m = (u & 0x000fffffffffffffull) | 1ull << 52;
    if (e == 1024)
        return (uint16_t)(sign | 0x7c00u | (m << 12 ? 0x200u | (uint16_t)(m >> 42 & 1023u) : 0));
    if (e < -26)
        return sign;
    int drop = e < -14 ? 42 - 14 - e : 42;
    uint64_t kept = m >> drop, lost = m & ((1ull << drop) - 1), half = 1ull << (drop - 1);
    kept += lost > half || (lost == half && (kept & 1));
    uint64_t r = e < -14 ? kept : kept + ((uint64_t)(e + 14) << 10);
    return (uint16_t)(sign | (r > 0x7c00 ? 0x7c00 : r));
}

_Float16 __truncdfhf2(double d)
{
    return __builtin_bit_cast(_Float16, to_half(d));
}

_Float16 __truncsfhf2(float f)
{
    return __builtin_bit_cast(_Float16, to_half((double)f));
}

/* ---- numbers of 128 bits; what does not fit is the nearest that does, and what is no number is 0 ---- */
u128 __fixunsdfti(double x)
{
    uint64_t u = __builtin_bit_cast(uint64_t, x);
    int e = (int)(u >> 52 & 2047) - 1023 - 52;
    u128 m = (u & 0x000fffffffffffffull) | 1ull << 52;
    if (!(x >= 1))
        return 0;
    return e > 75 ? ~(u128)0 : e < 0 ? m >> -e : m << e;
}

i128 __fixdfti(double x)
{
    u128 most = ~(u128)0 >> 1, v = __fixunsdfti(x < 0 ? -x : x);
    if (x < 0)
        return v > most ? -(i128)most - 1 : -(i128)v;
    return v > most ? (i128)most : (i128)v;
}

u128 __fixunssfti(float x)
{
    return __fixunsdfti((double)x);
}

i128 __fixsfti(float x)
{
    return __fixdfti((double)x);
}

/* Rounded once: to a number of `bits` and a mark for what is lost, which fits a double. */
static double from_whole(u128 v, int bits)
{
    int shift = 0;
    u128 lost = 0;
    while (v >> (bits + 2 + shift))
        shift++;
    lost = v & (((u128)1 << shift) - 1);
    uint64_t kept = (uint64_t)(v >> shift) | (lost != 0);
    double scale = __builtin_bit_cast(double, (uint64_t)(1023 + shift) << 52);
    return (double)kept * scale;
}

double __floatuntidf(u128 v)
{
    return v >> 64 ? from_whole(v, 53) : (double)(uint64_t)v;
}

double __floattidf(i128 v)
{
    return v < 0 ? -__floatuntidf(-(u128)v) : __floatuntidf((u128)v);
}

float __floatuntisf(u128 v)
{
    return (float)from_whole(v, 24); /* 26 bits: exact in a double */
}

float __floattisf(i128 v)
{
    return v < 0 ? -__floatuntisf(-(u128)v) : __floatuntisf((u128)v);
}
