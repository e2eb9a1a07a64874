/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The address that an instruction meant. An x86 processor that refuses an access because it is not aligned, or because the
 * address has bits that no address has, does not say which address it was; this reads it out of the instruction and the
 * registers. Runs in a signal handler: calls nothing.
 */
#include <stdbool.h>
#include <ucontext.h>

#include "drivers/sim/engine/internal.h"

#if defined(__x86_64__)

static uint64_t register_of(const ucontext_t *context, uint32_t number)
{
    static const unsigned char places[16] = { REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                                              REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15 };
    return (uint64_t)context->uc_mcontext.gregs[places[number & 15]];
}

typedef struct decoded {
    const unsigned char *at; /* ModRM */
    uint32_t base, index;    /* the registers' high bits, as 8 or 0 */
    uint32_t scale;          /* of a displacement of one byte */
    uint32_t immediate;      /* bytes behind the operand, for addresses relative to the next instruction */
    bool many;               /* the index is a vector: a gather or scatter */
} decoded;

SIL__PLAIN static bool is_gather(uint32_t map, uint32_t code)
{
    return map == 2 && ((code & 0xfc) == 0x90 || (code & 0xfc) == 0xa0);
}

/* How many bytes one step of a displacement of one byte is: whole vectors, or elements where the instruction moves one. */
SIL__PLAIN static uint32_t evex_scale(const unsigned char *p)
{
    const uint32_t map = p[1] & 7, kind = p[2] & 3, element = p[2] & 0x80 ? 8 : 4, code = p[4];
    const bool scalar = map == 1 && kind >= 2 && code != 0x6f && code != 0x7f;
    const bool spread = map == 2 && (code == 0x18 || code == 0x19 || code == 0x58 || code == 0x59);
    if (scalar)
        return kind == 2 ? 4 : 8;
    return spread || p[3] & 0x10 || is_gather(map, code) ? element : 16u << (p[3] >> 5 & 3);
}

/* Up to ModRM. Moves and arithmetic of vectors have no immediate; what else may fail so is a plain move. */
SIL__PLAIN static bool decode(const unsigned char *p, decoded *out)
{
    *out = (decoded){ .scale = 1 };
    for (int i = 0; i < 5 && (*p == 0x66 || *p == 0xf0 || *p == 0xf2 || *p == 0xf3 || *p == 0x2e || *p == 0x3e); i++)
        p++;
    if (*p == 0x64 || *p == 0x65 || *p == 0x67 || *p == 0x26 || *p == 0x36)
        return false; /* other segments, short addresses: nothing that a kernel has */
    if (*p == 0x62) { /* EVEX: a short displacement counts whole vectors */
        out->base = p[1] & 0x20 ? 0 : 8;
        out->index = p[1] & 0x40 ? 0 : 8;
        out->scale = evex_scale(p);
        out->many = is_gather(p[1] & 7, p[4]);
        out->at = p + 5;
        return (p[3] >> 5 & 3) < 3;
    }
    if (*p == 0xc5) {
        out->at = p + 3;
        return true;
    }
    if (*p == 0xc4) {
        out->base = p[1] & 0x20 ? 0 : 8;
        out->index = p[1] & 0x40 ? 0 : 8;
        out->many = is_gather(p[1] & 0x1f, p[3]);
        out->at = p + 4;
        return true;
    }
    if ((*p & 0xf0) == 0x40) {
        out->base = *p & 1 ? 8 : 0;
        out->index = *p & 2 ? 8 : 0;
        p++;
    }
    if (*p == 0xc7 || *p == 0x81)
        out->immediate = 4;
    else if (*p == 0xc6 || *p == 0x80 || *p == 0x83)
        out->immediate = 1;
    if (*p == 0x0f)
        p += p[1] == 0x38 || p[1] == 0x3a ? 2 : 1;
    out->at = p + 1;
    return true;
}

SIL__PLAIN static int64_t displacement(const unsigned char *p, uint32_t bytes, uint32_t scale)
{
    if (bytes == 1)
        return (int64_t)(int8_t)*p * scale;
    return (int32_t)((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24);
}

SIL__PLAIN bool sil__operand_address(const void *opaque, uint64_t *out)
{
    const ucontext_t *context = opaque;
    decoded d;
    if (!decode((const unsigned char *)(uintptr_t)context->uc_mcontext.gregs[REG_RIP], &d))
        return false;
    uint32_t mode = *d.at >> 6, low = *d.at & 7;
    const unsigned char *behind = d.at + 1;
    uint64_t address = 0;
    if (mode == 3)
        return false; /* no memory */
    bool no_base = mode == 0 && low == 5;
    if (low == 4) {
        uint32_t sib = *behind++, index = (sib >> 3 & 7) + d.index;
        if (index != 4 && !d.many) /* of many addresses, what they have in common */
            address = register_of(context, index) << (sib >> 6);
        low = sib & 7;
        no_base = mode == 0 && low == 5;
    } else if (no_base) { /* relative to the next instruction */
        address = (uint64_t)(uintptr_t)behind + 4 + d.immediate;
    }
    if (!no_base)
        address += register_of(context, low + d.base);
    uint32_t bytes = mode == 1 ? 1 : mode == 2 || no_base ? 4 : 0;
    if (bytes)
        address += (uint64_t)displacement(behind, bytes, d.scale);
    *out = address;
    return !d.many || address >> 47; /* else it is an element of the vector that was meant */
}

#else

bool sil__operand_address(const void *opaque, uint64_t *out)
{
    (void)opaque, (void)out;
    return false; /* these processors say it themselves */
}

#endif
