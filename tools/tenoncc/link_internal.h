/* SPDX-License-Identifier: Apache-2.0 */
/* link_internal.h - what link.c, which reads, places and relocates, and link_file.c, which writes the file, share. */
#ifndef TNCC_LINK_INTERNAL_H
#define TNCC_LINK_INTERNAL_H

#include <elf.h>

#include "tools/tenoncc/link.h"
#include "tools/tenoncc/tenoncc.h"

#define PAGE     4096u
#define PAGE_ARM 65536u /* the largest that systems have there */
#define SEGMENTS 7      /* four, the note, the dynamic section, the mark for stacks */

/* Output sections, in the order of the file; each run of equal rights becomes a segment. */
enum place {
    P_NOTE,
    P_HASH,
    P_SYMBOLS,
    P_NAMES,
    P_RELOCATIONS,
    P_TEXT,
    P_RODATA,
    P_KERNELS,
    P_DYNAMIC,
    P_GOT,
    P_DATA,
    P_BSS,
    P_DEBUG, /* and behind it one for each name */
    P_MOST = P_DEBUG + 40
};

struct link_place {
    const char *name, *from; /* from: the input sections' names begin so */
    uint32_t type, flags;
};
extern const struct link_place link_places[P_DEBUG];

struct link_object;

struct link_section {
    struct link_object *object;
    const Elf64_Shdr *header;
    const Elf64_Rela *relocations;
    size_t relocation_count;
    int place; /* -1: left out */
    bool live;
    uint64_t offset; /* in its output section */
};

struct link_value {               /* what a symbol stands for */
    struct link_section *section; /* NULL: a number, or nothing */
    uint64_t offset;
    bool found, known;
};

struct link_export {
    struct link_object *object;
    const Elf64_Sym *symbol;
};

struct link_object {
    struct link_value *values; /* of the symbols that others define, once asked for */
    const char *data;
    const Elf64_Ehdr *header;
    struct link_section *sections;
    const Elf64_Sym *symbols;
    const char *names;
    size_t section_count, symbol_count;
};

struct link_output {
    const char *name;
    uint64_t bytes, align, address, at; /* at: in the file */
    char *data;
    unsigned index;
};

struct link_note { /* NT_GNU_BUILD_ID */
    Elf64_Nhdr header;
    char owner[4];
    unsigned char id[TNCC_BUILD_ID];
};

struct link {
    Elf64_Half machine;
    struct link_object *objects;
    size_t object_count;
    bool debug;
    struct link_output out[P_MOST];
    int debug_count;
    struct tncc_list live;    /* struct link_section, in the order in which they were reached */
    struct tncc_list exports; /* struct link_export */
    struct tncc_list relatives;
    bool too_large;
    struct tncc_map got; /* symbol -> slot + 1 */
    size_t got_count;
};

uint64_t link_round_up(uint64_t value, uint64_t to);
uint64_t link_page_of(const struct link *l);
uint32_t link_rights(int place);
int link_segment_of(int place);
Elf64_Sym link_final_symbol(struct link *l, struct link_object *o, const Elf64_Sym *s, uint32_t name);
/* link_file.c: with the sections for debuggers, or without. */
void link_write_file(struct link *l, bool debug, struct tncc_text *file);

#endif
