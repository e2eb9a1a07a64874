/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenon_simd.h - CUDA's arithmetic on the bytes and 16-bit halves of a word, and dot products of them. Part of tenon_cuda.h.
 * Each function is written for one part, as a number of 32 bits, and applied to all.
 */
#ifndef TENON_SIMD_H
#define TENON_SIMD_H

TN__D int tn__clamp(int __v, int __least, int __most) { return __v < __least ? __least : __v > __most ? __most : __v; }

#define TN__PARTS(name, __bits, __I, expr)                                                                            \
    TN__D unsigned int name(unsigned int __p, unsigned int __q)                                                       \
    {                                                                                                                 \
        unsigned int __r = 0;                                                                                         \
        for (int __k = 0; __k < 32; __k += __bits) {                                                                  \
            int __a = (__I)(__p >> __k), __b = (__I)(__q >> __k);                                                     \
            (void)__b;                                                                                                \
            __r |= ((unsigned int)(expr) & (~0u >> (32 - __bits))) << __k;                                            \
        }                                                                                                             \
        return __r;                                                                                                   \
    }
/* name2 and name4; U or S says how parts are read */
#define TN__U(name, expr)                                                                                             \
    TN__PARTS(name##2, 16, unsigned short, expr) TN__PARTS(name##4, 8, unsigned char, expr)
#define TN__S(name, expr)                                                                                             \
    TN__PARTS(name##2, 16, short, expr) TN__PARTS(name##4, 8, signed char, expr)
#define TN__SIMD_SATURATE(name, op)                                                                                   \
    TN__PARTS(name##ss2, 16, short, tn__clamp(__a op __b, -32768, 32767))                                             \
    TN__PARTS(name##us2, 16, unsigned short, tn__clamp(__a op __b, 0, 65535))                                         \
    TN__PARTS(name##ss4, 8, signed char, tn__clamp(__a op __b, -128, 127))                                            \
    TN__PARTS(name##us4, 8, unsigned char, tn__clamp(__a op __b, 0, 255))
TN__U(__vadd, __a + __b)
TN__U(__vsub, __a - __b)
TN__SIMD_SATURATE(__vadd, +)
TN__SIMD_SATURATE(__vsub, -)
TN__S(__vmaxs, __a > __b ? __a : __b) TN__U(__vmaxu, __a > __b ? __a : __b)
TN__S(__vmins, __a < __b ? __a : __b) TN__U(__vminu, __a < __b ? __a : __b)
TN__U(__vavgu, (__a + __b + 1) >> 1) TN__S(__vavgs, (__a + __b + (__a + __b >= 0)) >> 1) TN__U(__vhaddu, (__a + __b) >> 1)
TN__S(__vabsdiffs, __a > __b ? __a - __b : __b - __a) TN__U(__vabsdiffu, __a > __b ? __a - __b : __b - __a)
#define TN__SIMD_COMPARE(name, op)                                                                                    \
    TN__S(__vcmp##name##s, __a op __b ? -1 : 0) TN__U(__vcmp##name##u, __a op __b ? -1 : 0)                           \
    TN__S(__vset##name##s, __a op __b ? 1 : 0) TN__U(__vset##name##u, __a op __b ? 1 : 0)
TN__U(__vcmpeq, __a == __b ? -1 : 0) TN__U(__vcmpne, __a != __b ? -1 : 0)
TN__U(__vseteq, __a == __b ? 1 : 0) TN__U(__vsetne, __a != __b ? 1 : 0)
TN__SIMD_COMPARE(lt, <) TN__SIMD_COMPARE(le, <=) TN__SIMD_COMPARE(gt, >) TN__SIMD_COMPARE(ge, >=)
TN__S(tn__vabs, __a < 0 ? -__a : __a)
TN__S(tn__vneg, -__a)
TN__PARTS(tn__vabsss2, 16, short, tn__clamp(__a < 0 ? -__a : __a, 0, 32767))
TN__PARTS(tn__vabsss4, 8, signed char, tn__clamp(__a < 0 ? -__a : __a, 0, 127))
TN__PARTS(tn__vnegss2, 16, short, tn__clamp(-__a, -32768, 32767))
TN__PARTS(tn__vnegss4, 8, signed char, tn__clamp(-__a, -128, 127))
#define TN__SIMD_ONE(name) TN__D unsigned int __##name(unsigned int __p) { return tn__##name(__p, 0); }
TN__SIMD_ONE(vabs2) TN__SIMD_ONE(vabs4) TN__SIMD_ONE(vneg2) TN__SIMD_ONE(vneg4)
TN__SIMD_ONE(vabsss2) TN__SIMD_ONE(vabsss4) TN__SIMD_ONE(vnegss2) TN__SIMD_ONE(vnegss4)
/* sums of differences */
#define TN__SIMD_SAD(name, __bits, __I)                                                                               \
    TN__D unsigned int name(unsigned int __p, unsigned int __q)                                                       \
    {                                                                                                                 \
        unsigned int __r = 0;                                                                                         \
        for (int __k = 0; __k < 32; __k += __bits) {                                                                  \
            int __a = (__I)(__p >> __k), __b = (__I)(__q >> __k);                                                     \
            __r += (unsigned int)(__a > __b ? __a - __b : __b - __a);                                                 \
        }                                                                                                             \
        return __r;                                                                                                   \
    }
TN__SIMD_SAD(__vsadu2, 16, unsigned short) TN__SIMD_SAD(__vsads2, 16, short)
TN__SIMD_SAD(__vsadu4, 8, unsigned char) TN__SIMD_SAD(__vsads4, 8, signed char)
/* two 16-bit numbers with the low or high two bytes */
#define TN__SIMD_DOT(name, __T, __H, __B, __first)                                                                    \
    TN__D __T name(__T __a, __T __b, __T __c)                                                                         \
    {                                                                                                                 \
        return (__T)((unsigned int)__c + (unsigned int)((int)(__H)__a * (int)(__B)(__b >> __first)) +                 \
                   (unsigned int)((int)(__H)(__a >> 16) * (int)(__B)(__b >> (__first + 8))));                         \
    }
TN__SIMD_DOT(__dp2a_lo, int, short, signed char, 0) TN__SIMD_DOT(__dp2a_hi, int, short, signed char, 16)
TN__SIMD_DOT(__dp2a_lo, unsigned int, unsigned short, unsigned char, 0)
TN__SIMD_DOT(__dp2a_hi, unsigned int, unsigned short, unsigned char, 16)
TN__D unsigned int __uhadd(unsigned int __a, unsigned int __b) { return (unsigned int)(((unsigned long long)__a + __b) >> 1); }
TN__D unsigned int __urhadd(unsigned int __a, unsigned int __b) { return (unsigned int)(((unsigned long long)__a + __b + 1) >> 1); }
TN__D unsigned int __fns(unsigned int __mask, unsigned int __base, int __offset)   /* the offset-th set bit from base on */
{
    int __step = __offset < 0 ? -1 : 1, __left = __offset < 0 ? -__offset : __offset;
    if (!__offset)
        return __base < 32 && (__mask >> __base & 1) ? __base : ~0u;
    for (int __k = (int)__base; __k >= 0 && __k < 32; __k += __step)
        if ((__mask >> __k & 1) && --__left == 0)
            return (unsigned int)__k;
    return ~0u;
}
/* of vectors */
TN__D int __dp4a(char4 __a, char4 __b, int __c) { return __dp4a(__builtin_bit_cast(int, __a), __builtin_bit_cast(int, __b), __c); }
TN__D unsigned int __dp4a(uchar4 __a, uchar4 __b, unsigned int __c)
{ return __dp4a(__builtin_bit_cast(unsigned int, __a), __builtin_bit_cast(unsigned int, __b), __c); }
TN__D int __dp2a_lo(short2 __a, char4 __b, int __c) { return __dp2a_lo(__builtin_bit_cast(int, __a), __builtin_bit_cast(int, __b), __c); }
TN__D int __dp2a_hi(short2 __a, char4 __b, int __c) { return __dp2a_hi(__builtin_bit_cast(int, __a), __builtin_bit_cast(int, __b), __c); }
TN__D unsigned int __dp2a_lo(ushort2 __a, uchar4 __b, unsigned int __c)
{ return __dp2a_lo(__builtin_bit_cast(unsigned int, __a), __builtin_bit_cast(unsigned int, __b), __c); }
TN__D unsigned int __dp2a_hi(ushort2 __a, uchar4 __b, unsigned int __c)
{ return __dp2a_hi(__builtin_bit_cast(unsigned int, __a), __builtin_bit_cast(unsigned int, __b), __c); }
/* minima and maxima of two or three, of sums, and not below zero (DPX): words, and pairs of 16 bits */
#define TN__DPX(kind, __T, __U)                                                                                       \
    TN__D __T __vimax3_##kind(__T __a, __T __b, __T __c) { return max(max(__a, __b), __c); }                          \
    TN__D __T __vimin3_##kind(__T __a, __T __b, __T __c) { return min(min(__a, __b), __c); }                          \
    TN__D __T __viaddmax_##kind(__T __a, __T __b, __T __c) { return max((__T)((__U)__a + (__U)__b), __c); }           \
    TN__D __T __viaddmin_##kind(__T __a, __T __b, __T __c) { return min((__T)((__U)__a + (__U)__b), __c); }           \
    TN__D __T __vibmax_##kind(__T __a, __T __b, bool *__first) { *__first = __a >= __b; return max(__a, __b); }       \
    TN__D __T __vibmin_##kind(__T __a, __T __b, bool *__first) { *__first = __a <= __b; return min(__a, __b); }
TN__DPX(s32, int, unsigned int) TN__DPX(u32, unsigned int, unsigned int)
TN__D int __vimax_s32_relu(int __a, int __b) { return max(max(__a, __b), 0); }
TN__D int __vimin_s32_relu(int __a, int __b) { return max(min(__a, __b), 0); }
TN__D int __vimax3_s32_relu(int __a, int __b, int __c) { return max(__vimax3_s32(__a, __b, __c), 0); }
TN__D int __vimin3_s32_relu(int __a, int __b, int __c) { return max(__vimin3_s32(__a, __b, __c), 0); }
TN__D int __viaddmax_s32_relu(int __a, int __b, int __c) { return max(__viaddmax_s32(__a, __b, __c), 0); }
TN__D int __viaddmin_s32_relu(int __a, int __b, int __c) { return max(__viaddmin_s32(__a, __b, __c), 0); }
#define TN__DPX2(kind, most, least)                                                                                   \
    TN__D unsigned int __vimax3_##kind(unsigned int __a, unsigned int __b, unsigned int __c) { return most(most(__a, __b), __c); } \
    TN__D unsigned int __vimin3_##kind(unsigned int __a, unsigned int __b, unsigned int __c) { return least(least(__a, __b), __c); } \
    TN__D unsigned int __viaddmax_##kind(unsigned int __a, unsigned int __b, unsigned int __c) { return most(__vadd2(__a, __b), __c); } \
    TN__D unsigned int __viaddmin_##kind(unsigned int __a, unsigned int __b, unsigned int __c) { return least(__vadd2(__a, __b), __c); }
TN__DPX2(s16x2, __vmaxs2, __vmins2) TN__DPX2(u16x2, __vmaxu2, __vminu2)
TN__D unsigned int __vimax_s16x2_relu(unsigned int __a, unsigned int __b) { return __vmaxs2(__vmaxs2(__a, __b), 0); }
TN__D unsigned int __vimin_s16x2_relu(unsigned int __a, unsigned int __b) { return __vmaxs2(__vmins2(__a, __b), 0); }
#undef TN__DPX
#undef TN__DPX2
#undef TN__PARTS
#undef TN__U
#undef TN__S
#undef TN__SIMD_SATURATE
#undef TN__SIMD_COMPARE
#undef TN__SIMD_ONE
#undef TN__SIMD_SAD
#undef TN__SIMD_DOT

#endif
