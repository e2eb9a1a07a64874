/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A simulator image taken apart: what elf.c found in the file and checked, for image.c to map. Internal to the engine.
 */
#ifndef DRIVERS_SIM_ENGINE_ELF_H
#define DRIVERS_SIM_ENGINE_ELF_H

#include <elf.h>

#include "drivers/sim/engine/internal.h"

enum { SIL__SEGMENTS = 16 };

typedef struct sil__segment {
    uint64_t offset, address, file_bytes, memory_bytes;
    uint32_t flags; /* PF_* */
} sil__segment;

/* Everything points into the file that was given. */
typedef struct sil__elf {
    const unsigned char *file;
    uint64_t bytes;
    uint32_t segment_count;
    sil__segment segment[SIL__SEGMENTS];
    uint64_t low, high; /* addresses of all segments, in whole pages */
    uint64_t relro_low, relro_high;
    const unsigned char *rela, *relr;
    uint64_t rela_count, relr_count;
    const unsigned char *symbols;
    uint64_t symbol_count;
    const char *names;
    uint64_t names_bytes;
    const unsigned char *table; /* .tenon.kernels */
    uint64_t table_bytes;
} sil__elf;

/* Checks the whole file and describes it. Keeps a pointer to it. */
sil_status sil__elf_read(sil__elf *out, const void *file, uint64_t bytes);
/* The dynamic symbol of that name; false if there is none. */
bool sil__elf_symbol(const sil__elf *elf, const char *name, Elf64_Sym *out);
/* The segment that holds an address range, NULL if none does. */
const sil__segment *sil__elf_segment(const sil__elf *elf, uint64_t address, uint64_t bytes);
/* lines.c: "file:line" of an address of the image; false where the image has no line tables, or none for it. */
bool sil__line_of(const sil__elf *elf, uint64_t address, char *out, size_t capacity);
/* apart.c: the same from the file with line tables that belongs to the image, where there is one. */
bool sil__line_apart(const sil__elf *elf, uint64_t address, char *out, size_t capacity);
/* Applies the relocations to an image that stands at `base` instead of `low`. They were checked. */
void sil__elf_relocate(const sil__elf *elf, unsigned char *base);

#endif
