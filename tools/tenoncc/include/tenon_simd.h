/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenon_simd.h - CUDA's arithmetic on the bytes and 16-bit halves of a word, and dot products of them. Part of tenon_cuda.h.
 * Each function is written for one part, as a number of 32 bits, and applied to all.
 */
#ifndef TENON_SIMD_H
#define TENON_SIMD_H

TN__D int tn__clamp(int v, int least, int most) { return v < least ? least : v > most ? most : v; }

#define TN__PARTS(name, bits, I, expr)                                                                                \
    TN__D unsigned int name(unsigned int p, unsigned int q)                                                           \
    {                                                                                                                 \
        unsigned int r = 0;                                                                                           \
        for (int k = 0; k < 32; k += bits) {                                                                          \
            int a = (I)(p >> k), b = (I)(q >> k);                                                                     \
            (void)b;                                                                                                  \
            r |= ((unsigned int)(expr) & (~0u >> (32 - bits))) << k;                                                  \
        }                                                                                                             \
        return r;                                                                                                     \
    }
/* name2 and name4; U or S says how parts are read */
#define TN__U(name, expr)                                                                                             \
    TN__PARTS(name##2, 16, unsigned short, expr) TN__PARTS(name##4, 8, unsigned char, expr)
#define TN__S(name, expr)                                                                                             \
    TN__PARTS(name##2, 16, short, expr) TN__PARTS(name##4, 8, signed char, expr)
#define TN__SIMD_SATURATE(name, op)                                                                                   \
    TN__PARTS(name##ss2, 16, short, tn__clamp(a op b, -32768, 32767))                                              \
    TN__PARTS(name##us2, 16, unsigned short, tn__clamp(a op b, 0, 65535))                                          \
    TN__PARTS(name##ss4, 8, signed char, tn__clamp(a op b, -128, 127))                                             \
    TN__PARTS(name##us4, 8, unsigned char, tn__clamp(a op b, 0, 255))
TN__U(__vadd, a + b)
TN__U(__vsub, a - b)
TN__SIMD_SATURATE(__vadd, +)
TN__SIMD_SATURATE(__vsub, -)
TN__S(__vmaxs, a > b ? a : b) TN__U(__vmaxu, a > b ? a : b)
TN__S(__vmins, a < b ? a : b) TN__U(__vminu, a < b ? a : b)
TN__U(__vavgu, (a + b + 1) >> 1) TN__S(__vavgs, (a + b + (a + b >= 0)) >> 1) TN__U(__vhaddu, (a + b) >> 1)
TN__S(__vabsdiffs, a > b ? a - b : b - a) TN__U(__vabsdiffu, a > b ? a - b : b - a)
#define TN__SIMD_COMPARE(name, op)                                                                                    \
    TN__S(__vcmp##name##s, a op b ? -1 : 0) TN__U(__vcmp##name##u, a op b ? -1 : 0)                                   \
    TN__S(__vset##name##s, a op b ? 1 : 0) TN__U(__vset##name##u, a op b ? 1 : 0)
TN__U(__vcmpeq, a == b ? -1 : 0) TN__U(__vcmpne, a != b ? -1 : 0)
TN__U(__vseteq, a == b ? 1 : 0) TN__U(__vsetne, a != b ? 1 : 0)
TN__SIMD_COMPARE(lt, <) TN__SIMD_COMPARE(le, <=) TN__SIMD_COMPARE(gt, >) TN__SIMD_COMPARE(ge, >=)
TN__S(tn__vabs, a < 0 ? -a : a)
TN__S(tn__vneg, -a)
TN__PARTS(tn__vabsss2, 16, short, tn__clamp(a < 0 ? -a : a, 0, 32767))
TN__PARTS(tn__vabsss4, 8, signed char, tn__clamp(a < 0 ? -a : a, 0, 127))
TN__PARTS(tn__vnegss2, 16, short, tn__clamp(-a, -32768, 32767))
TN__PARTS(tn__vnegss4, 8, signed char, tn__clamp(-a, -128, 127))
#define TN__SIMD_ONE(name) TN__D unsigned int __##name(unsigned int p) { return tn__##name(p, 0); }
TN__SIMD_ONE(vabs2) TN__SIMD_ONE(vabs4) TN__SIMD_ONE(vneg2) TN__SIMD_ONE(vneg4)
TN__SIMD_ONE(vabsss2) TN__SIMD_ONE(vabsss4) TN__SIMD_ONE(vnegss2) TN__SIMD_ONE(vnegss4)
/* sums of differences */
#define TN__SIMD_SAD(name, bits, I)                                                                                   \
    TN__D unsigned int name(unsigned int p, unsigned int q)                                                           \
    {                                                                                                                 \
        unsigned int r = 0;                                                                                           \
        for (int k = 0; k < 32; k += bits) {                                                                          \
            int a = (I)(p >> k), b = (I)(q >> k);                                                                     \
            r += (unsigned int)(a > b ? a - b : b - a);                                                               \
        }                                                                                                             \
        return r;                                                                                                     \
    }
TN__SIMD_SAD(__vsadu2, 16, unsigned short) TN__SIMD_SAD(__vsads2, 16, short)
TN__SIMD_SAD(__vsadu4, 8, unsigned char) TN__SIMD_SAD(__vsads4, 8, signed char)
/* two 16-bit numbers with the low or high two bytes */
#define TN__SIMD_DOT(name, T, H, B, first)                                                                            \
    TN__D T name(T a, T b, T c)                                                                                       \
    {                                                                                                                 \
        return (T)((unsigned int)c + (unsigned int)((int)(H)a * (int)(B)(b >> first)) +                               \
                   (unsigned int)((int)(H)(a >> 16) * (int)(B)(b >> (first + 8))));                                   \
    }
TN__SIMD_DOT(__dp2a_lo, int, short, signed char, 0) TN__SIMD_DOT(__dp2a_hi, int, short, signed char, 16)
TN__SIMD_DOT(__dp2a_lo, unsigned int, unsigned short, unsigned char, 0)
TN__SIMD_DOT(__dp2a_hi, unsigned int, unsigned short, unsigned char, 16)
TN__D unsigned int __uhadd(unsigned int a, unsigned int b) { return (unsigned int)(((unsigned long long)a + b) >> 1); }
TN__D unsigned int __urhadd(unsigned int a, unsigned int b) { return (unsigned int)(((unsigned long long)a + b + 1) >> 1); }
TN__D unsigned int __fns(unsigned int mask, unsigned int base, int offset)   /* the offset-th set bit from base on */
{
    int step = offset < 0 ? -1 : 1, left = offset < 0 ? -offset : offset;
    if (!offset)
        return base < 32 && (mask >> base & 1) ? base : ~0u;
    for (int k = (int)base; k >= 0 && k < 32; k += step)
        if ((mask >> k & 1) && --left == 0)
            return (unsigned int)k;
    return ~0u;
}
#undef TN__PARTS
#undef TN__U
#undef TN__S
#undef TN__SIMD_SATURATE
#undef TN__SIMD_COMPARE
#undef TN__SIMD_ONE
#undef TN__SIMD_SAD
#undef TN__SIMD_DOT

#endif
