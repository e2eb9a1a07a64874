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
