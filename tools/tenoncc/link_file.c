/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link_file.c - writes a linked image as a file: headers, segments, sections, the symbols for debuggers and profilers; whole, or
 * without the sections for debuggers. Calls libc alone.
 */
#include "tools/tenoncc/link_internal.h"

#include <string.h>

static void add_segments(const struct link *l, Elf64_Ehdr *header, Elf64_Phdr *list)
{
    unsigned count = 0;
    for (int p = 0, segment = -1; p < P_DEBUG; p++) {
        const struct link_output *o = &l->out[p];
        if (!o->bytes)
            continue;
        if (link_segment_of(p) != segment) {
            uint32_t flags =
                PF_R | (link_rights(p) & SHF_WRITE ? PF_W : 0) | (link_rights(p) & SHF_EXECINSTR ? PF_X : 0);
            uint64_t from = segment < 0 ? 0 : o->at; /* the first holds the headers */
            list[count++] = (Elf64_Phdr){ PT_LOAD, flags, from, from, from, 0, 0, link_page_of(l) };
            segment = link_segment_of(p);
        }
        Elf64_Phdr *now = &list[count - 1];
        now->p_memsz = o->address + o->bytes - now->p_vaddr;
        now->p_filesz = p == P_BSS ? now->p_filesz : now->p_memsz;
    }
    const struct link_output *d = &l->out[P_DYNAMIC], *n = &l->out[P_NOTE];
    if (n->bytes)
        list[count++] = (Elf64_Phdr){ PT_NOTE, PF_R, n->at, n->at, n->at, n->bytes, n->bytes, 4 };
    list[count++] = (Elf64_Phdr){ PT_DYNAMIC, PF_R | PF_W, d->at, d->at, d->at, d->bytes, d->bytes, 8 };
    list[count++] = (Elf64_Phdr){ PT_GNU_STACK, PF_R | PF_W, 0, 0, 0, 0, 0, 16 };
    header->e_phnum = (Elf64_Half)count;
}

/* Functions and variables by name, for debuggers and profilers. */
static void add_symbols(struct link *l, struct tncc_text *symbols, struct tncc_text *names, uint32_t *out_local)
{
    const Elf64_Sym none = { 0 };
    tncc_add_bytes(symbols, &none, sizeof none);
    tncc_add_bytes(names, "", 1);
    for (int global = 0; global < 2; global++) {
        for (size_t k = 0; k < l->object_count; k++) {
            struct link_object *o = &l->objects[k];
            for (size_t i = 1; i < o->symbol_count; i++) {
                const Elf64_Sym *s = &o->symbols[i];
                unsigned type = ELF64_ST_TYPE(s->st_info);
                bool hidden = ELF64_ST_BIND(s->st_info) == STB_LOCAL || ELF64_ST_VISIBILITY(s->st_other) == STV_HIDDEN;
                if ((type != STT_FUNC && type != STT_OBJECT) || s->st_shndx == SHN_UNDEF || hidden == global ||
                    s->st_shndx >= SHN_LORESERVE || !o->sections[s->st_shndx].live)
                    continue;
                Elf64_Sym made = link_final_symbol(l, o, s, (uint32_t)names->bytes);
                if (hidden)
                    made.st_info = ELF64_ST_INFO(STB_LOCAL, type);
                tncc_add_bytes(symbols, &made, sizeof made);
                tncc_add_bytes(names, o->names + s->st_name, strlen(o->names + s->st_name) + 1);
            }
        }
        if (!global)
            *out_local = (uint32_t)(symbols->bytes / sizeof none);
    }
}

static Elf64_Shdr section_header(const struct link *l, int p, uint32_t name)
{
    const struct link_output *o = &l->out[p];
    Elf64_Shdr h = {
        .sh_name = name, .sh_offset = o->at, .sh_addr = o->address, .sh_size = o->bytes, .sh_addralign = o->align
    };
    h.sh_type = p < P_DEBUG ? link_places[p].type : SHT_PROGBITS;
    h.sh_flags = p < P_DEBUG ? link_places[p].flags : 0;
    h.sh_link = p == P_SYMBOLS || p == P_DYNAMIC    ? l->out[P_NAMES].index
                : p == P_HASH || p == P_RELOCATIONS ? l->out[P_SYMBOLS].index
                                                    : 0;
    h.sh_info = p == P_SYMBOLS;
    h.sh_entsize = p == P_SYMBOLS       ? sizeof(Elf64_Sym)
                   : p == P_DYNAMIC     ? sizeof(Elf64_Dyn)
                   : p == P_RELOCATIONS ? sizeof(Elf64_Rela)
                                        : 0;
    return h;
}

static void pad(struct tncc_text *file, uint64_t to)
{
    static const char zeros[PAGE];
    while (file->bytes < to)
        tncc_add_bytes(file, zeros, to - file->bytes < PAGE ? to - file->bytes : PAGE);
}

void link_write_file(struct link *l, bool debug, struct tncc_text *file)
{
    struct tncc_text symbols = { 0 }, names = { 0 }, titles = { 0 };
    Elf64_Ehdr header = {
        .e_type = ET_DYN, .e_machine = l->machine, .e_version = EV_CURRENT, .e_phoff = sizeof header
    };
    Elf64_Phdr segments[SEGMENTS] = { 0 };
    Elf64_Shdr list[P_MOST + 4] = { 0 };
    unsigned count = 1;
    uint32_t locals = 1;
    memcpy(header.e_ident, ELFMAG "\2\1\1", 7);
    header.e_ehsize = sizeof header;
    header.e_phentsize = sizeof *segments;
    header.e_shentsize = sizeof *list;
    add_segments(l, &header, segments);
    add_symbols(l, &symbols, &names, &locals);
    tncc_add_bytes(&titles, "", 1);
    tncc_add_bytes(file, &header, sizeof header);
    tncc_add_bytes(file, segments, sizeof segments);
    for (int p = 0; p < P_DEBUG + (debug ? l->debug_count : 0); p++) {
        const struct link_output *o = &l->out[p];
        if (!o->bytes)
            continue;
        list[count++] = section_header(l, p, (uint32_t)titles.bytes);
        const char *name = p < P_DEBUG ? link_places[p].name : o->name;
        tncc_add_bytes(&titles, name, strlen(name) + 1);
        if (p == P_BSS)
            continue;
        pad(file, o->at);
        tncc_add_bytes(file, o->data, o->bytes);
    }
    static const char last[] = ".symtab\0.strtab\0.shstrtab";
    const uint32_t title = (uint32_t)titles.bytes;
    tncc_add_bytes(&titles, last, sizeof last);
    const struct tncc_text *const tables[] = { &symbols, &names, &titles };
    for (unsigned k = 0; k < 3; k++) {
        pad(file, link_round_up(file->bytes, 8));
        list[count] = (Elf64_Shdr){ .sh_name = title + 8 * k,
                                    .sh_type = k ? SHT_STRTAB : SHT_SYMTAB,
                                    .sh_offset = file->bytes,
                                    .sh_size = tables[k]->bytes,
                                    .sh_addralign = k ? 1 : 8 };
        if (!k) {
            list[count].sh_link = count + 1;
            list[count].sh_info = locals;
            list[count].sh_entsize = sizeof(Elf64_Sym);
        }
        count++;
        tncc_add_bytes(file, tables[k]->data, tables[k]->bytes);
    }
    pad(file, link_round_up(file->bytes, 8));
    header.e_shoff = file->bytes;
    header.e_shnum = (Elf64_Half)count;
    header.e_shstrndx = (Elf64_Half)(count - 1);
    tncc_add_bytes(file, list, count * sizeof *list);
    memcpy(file->data, &header, sizeof header);
}
