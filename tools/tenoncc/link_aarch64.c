/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link_aarch64.c - the relocations that LLVM's aarch64 code has, for link.c: fields of instructions. Calls libc alone.
 */
#include <elf.h>
#include <string.h>

#include "tools/tenoncc/link.h"
#include "tools/tenoncc/tenoncc.h"

static uint32_t word_at(const char *at)
{
    uint32_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

static void put(char *at, uint32_t word)
{
    memcpy(at, &word, sizeof word);
}

/* A branch: `bits` bits of a distance in words, from bit `shift` on. */
static void branch(char *at, uint64_t distance, unsigned bits, unsigned shift)
{
    const int64_t most = (int64_t)1 << (bits + 1);
    if ((int64_t)distance < -most || (int64_t)distance >= most)
        tncc_fatal("the image is too large: a branch does not reach its target");
    const uint32_t mask = (((uint32_t)1 << bits) - 1) << shift;
    put(at, (word_at(at) & ~mask) | ((uint32_t)(distance >> 2) << shift & mask));
}

/* adr and adrp: 21 bits in two fields. */
static void pages(char *at, int64_t count)
{
    if (count < -(1 << 20) || count >= 1 << 20)
        tncc_fatal("the image is larger than 4 GiB");
    put(at, (word_at(at) & ~0x60ffffe0u) | ((uint32_t)count & 3) << 29 | ((uint32_t)(count >> 2) & 0x7ffff) << 5);
}

/* The low 12 bits of an address in an instruction that counts in units of 1 << scale bytes. */
static void low_bits(char *at, uint64_t to, unsigned scale)
{
    if (to & ((1u << scale) - 1))
        tncc_fatal("internal: link: an address is not aligned as its use wants it");
    put(at, (word_at(at) & ~(0xfffu << 10)) | (uint32_t)((to & 0xfff) >> scale) << 10);
}

bool tncc_aarch64_uses_got(uint32_t type)
{
    return type == R_AARCH64_ADR_GOT_PAGE || type == R_AARCH64_LD64_GOT_LO12_NC;
}

bool tncc_aarch64_relocate(uint32_t type, char *at, uint64_t to, uint64_t here)
{
    uint64_t distance = to - here;
    switch (type) {
    case R_AARCH64_NONE:
        return true;
    case R_AARCH64_PREL64:
        memcpy(at, &distance, 8);
        return true;
    case R_AARCH64_PREL32:
    case 314: /* R_AARCH64_PLT32, which older headers lack */
        if ((int64_t)distance != (int32_t)distance)
            return false;
        memcpy(at, &distance, 4);
        return true;
    case R_AARCH64_CALL26:
    case R_AARCH64_JUMP26:
        branch(at, distance, 26, 0);
        return true;
    case R_AARCH64_CONDBR19:
        branch(at, distance, 19, 5);
        return true;
    case R_AARCH64_TSTBR14:
        branch(at, distance, 14, 5);
        return true;
    case R_AARCH64_ADR_PREL_LO21:
        pages(at, (int64_t)distance);
        return true;
    case R_AARCH64_ADR_PREL_PG_HI21:
    case R_AARCH64_ADR_GOT_PAGE:
        pages(at, (int64_t)(to >> 12) - (int64_t)(here >> 12));
        return true;
    case R_AARCH64_ADD_ABS_LO12_NC:
    case R_AARCH64_LDST8_ABS_LO12_NC:
        low_bits(at, to, 0);
        return true;
    case R_AARCH64_LDST16_ABS_LO12_NC:
        low_bits(at, to, 1);
        return true;
    case R_AARCH64_LDST32_ABS_LO12_NC:
        low_bits(at, to, 2);
        return true;
    case R_AARCH64_LDST64_ABS_LO12_NC:
    case R_AARCH64_LD64_GOT_LO12_NC:
        low_bits(at, to, 3);
        return true;
    case R_AARCH64_LDST128_ABS_LO12_NC:
        low_bits(at, to, 4);
        return true;
    default:
        return false;
    }
}
