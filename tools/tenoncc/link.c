/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link.c - links an image: a freestanding shared object, as docs/sim-image.md has it, from what LLVM made of the kernels and the
 * few functions that a compiler calls by itself. In this process, since starting a linker takes longer than linking, and since
 * every machine should make the same bytes. link_file.c writes the file. Knows the sections and relocations that LLVM's x86-64 code has; link_aarch64.c those of
 * aarch64. Calls libc alone.
 */
#include "tools/tenoncc/link_internal.h"

#include <stdlib.h>
#include <string.h>

const struct link_place link_places[P_DEBUG] = {
    [P_NOTE] = { ".note.gnu.build-id", NULL, SHT_NOTE, SHF_ALLOC },
    [P_HASH] = { ".gnu.hash", NULL, SHT_GNU_HASH, SHF_ALLOC },
    [P_SYMBOLS] = { ".dynsym", NULL, SHT_DYNSYM, SHF_ALLOC },
    [P_NAMES] = { ".dynstr", NULL, SHT_STRTAB, SHF_ALLOC },
    [P_RELOCATIONS] = { ".rela.dyn", NULL, SHT_RELA, SHF_ALLOC },
    [P_TEXT] = { ".text", ".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR },
    [P_RODATA] = { ".rodata", ".rodata", SHT_PROGBITS, SHF_ALLOC },
    [P_KERNELS] = { ".tenon.kernels", ".tenon.kernels", SHT_PROGBITS, SHF_ALLOC },
    [P_DYNAMIC] = { ".dynamic", NULL, SHT_DYNAMIC, SHF_ALLOC | SHF_WRITE },
    [P_GOT] = { ".got", NULL, SHT_PROGBITS, SHF_ALLOC | SHF_WRITE },
    [P_DATA] = { ".data", ".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE },
    [P_BSS] = { ".bss", ".bss", SHT_NOBITS, SHF_ALLOC | SHF_WRITE },
};

/* ---- reading ---- */
static const char *section_name(const struct link_object *o, const Elf64_Shdr *h)
{
    return o->data + ((const Elf64_Shdr *)(o->data + o->header->e_shoff))[o->header->e_shstrndx].sh_offset + h->sh_name;
}

static int debug_place(struct link *l, const char *name)
{
    for (int i = 0; i < l->debug_count; i++)
        if (!strcmp(l->out[P_DEBUG + i].name, name))
            return P_DEBUG + i;
    if (P_DEBUG + l->debug_count == P_MOST)
        tncc_fatal("internal: link: too many sections");
    l->out[P_DEBUG + l->debug_count].name = name;
    return P_DEBUG + l->debug_count++;
}

static int choose_place(struct link *l, const struct link_object *o, const Elf64_Shdr *h)
{
    const char *name = section_name(o, h);
    if (!(h->sh_flags & SHF_ALLOC))
        return l->debug && tncc_starts(name, ".debug_") ? debug_place(l, name) : -1;
    if (h->sh_flags & SHF_TLS)
        tncc_fatal("internal: link: thread-local storage");
    for (int p = 0; p < P_DEBUG; p++)
        if (link_places[p].from && tncc_starts(name, link_places[p].from) && (p != P_BSS || h->sh_type == SHT_NOBITS))
            return p;
    if (tncc_starts(name, ".init_array") || tncc_starts(name, ".fini_array"))
        tncc_error(NULL, 0, "it has code to run at load or exit: device variables need constant initial values");
    else if (h->sh_size && !tncc_starts(name, ".eh_frame"))
        tncc_fatal("internal: link: section %s has no place", name);
    return -1;
}

static void read_object(struct link *l, struct link_object *o, const struct tncc_object *from)
{
    o->data = from->data;
    o->header = from->data;
    if (from->bytes < sizeof *o->header || memcmp(o->header->e_ident, ELFMAG, SELFMAG) || o->header->e_type != ET_REL ||
        (o->header->e_machine != EM_X86_64 && o->header->e_machine != EM_AARCH64))
        tncc_fatal("internal: link: no object of x86-64 or aarch64");
    if (l->machine && l->machine != o->header->e_machine)
        tncc_fatal("internal: link: objects of two machines");
    l->machine = o->header->e_machine;
    const Elf64_Shdr *headers = (const Elf64_Shdr *)(o->data + o->header->e_shoff);
    o->section_count = o->header->e_shnum ? o->header->e_shnum : headers[0].sh_size; /* above 65,279 it stands there */
    o->sections = tncc_alloc(o->section_count * sizeof *o->sections);
    for (size_t i = 0; i < o->section_count; i++) {
        struct link_section *s = &o->sections[i];
        s->object = o;
        s->header = &headers[i];
        s->place = -1;
        if (s->header->sh_type == SHT_SYMTAB) {
            o->symbols = (const Elf64_Sym *)(o->data + s->header->sh_offset);
            o->symbol_count = s->header->sh_size / sizeof *o->symbols;
            o->names = o->data + headers[s->header->sh_link].sh_offset;
            o->values = tncc_alloc(o->symbol_count * sizeof *o->values);
        } else if (s->header->sh_type == SHT_PROGBITS || s->header->sh_type == SHT_NOBITS ||
                   (s->header->sh_type == SHT_X86_64_UNWIND && l->machine == EM_X86_64))
            s->place = choose_place(l, o, s->header);
    }
    for (size_t i = 0; i < o->section_count; i++)
        if (headers[i].sh_type == SHT_RELA) {
            struct link_section *s = &o->sections[headers[i].sh_info];
            s->relocations = (const Elf64_Rela *)(o->data + headers[i].sh_offset);
            s->relocation_count = headers[i].sh_size / sizeof *s->relocations;
        }
}

/* ---- symbols ---- */
static bool is_defined(const Elf64_Sym *s)
{
    return s->st_shndx != SHN_UNDEF && ELF64_ST_BIND(s->st_info) != STB_LOCAL;
}

static struct link_value find_elsewhere(struct link *l, struct link_object *o, const Elf64_Sym *s)
{
    for (size_t k = 0; k < l->object_count; k++) {
        struct link_object *other = &l->objects[k];
        for (size_t i = 1; other != o && i < other->symbol_count; i++) {
            const Elf64_Sym *t = &other->symbols[i];
            if (is_defined(t) && !strcmp(other->names + t->st_name, o->names + s->st_name))
                return (struct link_value){ &other->sections[t->st_shndx], t->st_value, true, true };
        }
    }
    return (struct link_value){ .found = ELF64_ST_BIND(s->st_info) == STB_WEAK, .known = true };
}

static struct link_value find(struct link *l, struct link_object *o, const Elf64_Sym *s)
{
    if (s->st_shndx == SHN_XINDEX || s->st_shndx == SHN_COMMON)
        tncc_fatal("internal: link: symbol %s is of an unknown kind", o->names + s->st_name);
    if (s->st_shndx == SHN_ABS)
        return (struct link_value){ NULL, s->st_value, true, true };
    if (s->st_shndx != SHN_UNDEF)
        return (struct link_value){ &o->sections[s->st_shndx], s->st_value, true, true };
    struct link_value *v = &o->values[s - o->symbols];
    if (!v->known)
        *v = find_elsewhere(l, o, s);
    return *v;
}

static bool uses_got(const struct link *l, uint32_t type)
{
    if (l->machine == EM_AARCH64)
        return tncc_aarch64_uses_got(type);
    return type == R_X86_64_GOTPCREL || type == R_X86_64_GOTPCRELX || type == R_X86_64_REX_GOTPCRELX;
}

static void reach(struct link *l, struct link_section *s)
{
    if (!s || s->live || s->place < 0)
        return;
    s->live = true;
    tncc_push(&l->live, s);
}

/* What the exported symbols of all objects need, and for debuggers everything that speaks of it. */
static bool mark(struct link *l)
{
    for (size_t k = 0; k < l->object_count; k++) {
        struct link_object *o = &l->objects[k];
        for (size_t i = 1; i < o->symbol_count; i++) {
            const Elf64_Sym *s = &o->symbols[i];
            unsigned visibility = ELF64_ST_VISIBILITY(s->st_other);
            if (!is_defined(s) || visibility == STV_HIDDEN || visibility == STV_INTERNAL)
                continue;
            struct link_export *e = tncc_alloc(sizeof *e);
            *e = (struct link_export){ o, s };
            tncc_push(&l->exports, e);
            reach(l, find(l, o, s).section);
        }
    }
    for (size_t n = 0; n < l->live.count; n++) {
        struct link_section *s = l->live.items[n];
        for (size_t i = 0; i < s->relocation_count; i++) {
            const Elf64_Sym *to = &s->object->symbols[ELF64_R_SYM(s->relocations[i].r_info)];
            struct link_value v = find(l, s->object, to);
            if (!v.found) {
                tncc_error(NULL, 0, "the image needs %s, which nothing defines", s->object->names + to->st_name);
                return false;
            }
            reach(l, v.section);
            if (uses_got(l, ELF64_R_TYPE(s->relocations[i].r_info)) && !tncc_get(&l->got, to))
                tncc_put(&l->got, to, (void *)(uintptr_t)++l->got_count);
        }
    }
    for (size_t k = 0; k < l->object_count; k++)
        for (size_t i = 0; i < l->objects[k].section_count; i++)
            if (l->objects[k].sections[i].place >= P_DEBUG) {
                l->objects[k].sections[i].live = true;
                tncc_push(&l->live, &l->objects[k].sections[i]);
            }
    return true;
}

/* ---- layout ---- */
uint64_t link_round_up(uint64_t value, uint64_t to)
{
    return (value + to - 1) / to * to;
}

/* By object and section, so that the order does not depend on who calls whom. */
static void place_sections(struct link *l)
{
    for (size_t k = 0; k < l->object_count; k++)
        for (size_t i = 0; i < l->objects[k].section_count; i++) {
            struct link_section *s = &l->objects[k].sections[i];
            if (!s->live)
                continue;
            struct link_output *o = &l->out[s->place];
            uint64_t align = s->header->sh_addralign ? s->header->sh_addralign : 1;
            o->align = o->align > align ? o->align : align;
            s->offset = link_round_up(o->bytes, align);
            o->bytes = s->offset + s->header->sh_size;
        }
}

static uint32_t address_type(const struct link *l)
{
    return l->machine == EM_AARCH64 ? R_AARCH64_ABS64 : R_X86_64_64;
}

uint64_t link_page_of(const struct link *l)
{
    return l->machine == EM_AARCH64 ? PAGE_ARM : PAGE;
}

static bool is_relative(const struct link *l, const struct link_section *s, const Elf64_Rela *r,
                        const struct link_value *v)
{
    return s->place < P_DEBUG && ELF64_R_TYPE(r->r_info) == address_type(l) && v->section;
}

static size_t count_relatives(struct link *l)
{
    size_t count = l->got_count;
    for (size_t n = 0; n < l->live.count; n++) {
        struct link_section *s = l->live.items[n];
        for (size_t i = 0; i < s->relocation_count; i++) {
            struct link_value v = find(l, s->object, &s->object->symbols[ELF64_R_SYM(s->relocations[i].r_info)]);
            count += is_relative(l, s, &s->relocations[i], &v);
        }
    }
    return count;
}

static const char *export_name(const struct link_export *e)
{
    return e->object->names + e->symbol->st_name;
}

static void make_tables(struct link *l)
{
    size_t names = 1;
    for (size_t i = 0; i < l->exports.count; i++)
        names += strlen(export_name(l->exports.items[i])) + 1;
    const struct {
        int place;
        uint64_t bytes;
    } sizes[] = {
        { P_NOTE, l->debug ? sizeof(struct link_note) : 0 },
        { P_HASH, 4 * 4 + 8 + 4 + 4 * l->exports.count },
        { P_SYMBOLS, sizeof(Elf64_Sym) * (l->exports.count + 1) },
        { P_NAMES, names },
        { P_RELOCATIONS, sizeof(Elf64_Rela) * count_relatives(l) },
        { P_DYNAMIC, sizeof(Elf64_Dyn) * 10 },
        { P_GOT, 8 * l->got_count },
    };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        l->out[sizes[i].place].bytes = sizes[i].bytes;
        l->out[sizes[i].place].align = 8;
    }
}

uint32_t link_rights(int place)
{
    return link_places[place].flags;
}

/* Tables, text, constants, variables: pages of their own. */
int link_segment_of(int place)
{
    return place < P_TEXT ? 0 : place == P_TEXT ? 1 : place < P_DYNAMIC ? 2 : 3;
}

/* Addresses are places in the file. */
static void lay_out(struct link *l)
{
    uint64_t at = sizeof(Elf64_Ehdr) + SEGMENTS * sizeof(Elf64_Phdr);
    unsigned index = 1;
    int segment = 0;
    for (int p = 0; p < P_DEBUG + l->debug_count; p++) {
        struct link_output *o = &l->out[p];
        if (!o->bytes)
            continue;
        o->index = index++;
        if (p < P_DEBUG && link_segment_of(p) != segment) {
            at = link_round_up(at, link_page_of(l));
            segment = link_segment_of(p);
        }
        at = link_round_up(at, o->align);
        o->at = at;
        o->address = p < P_DEBUG ? at : 0;
        if (p == P_BSS)
            continue;
        o->data = tncc_alloc(o->bytes);
        at += o->bytes;
    }
}

static uint64_t address_of(const struct link *l, const struct link_value *v)
{
    return v->section ? l->out[v->section->place].address + v->section->offset + v->offset : v->offset;
}

/* ---- contents ---- */
static void add_relative(struct link *l, uint64_t at, uint64_t value)
{
    Elf64_Rela *r = tncc_alloc(sizeof *r);
    *r = (Elf64_Rela){ at, ELF64_R_INFO(0, l->machine == EM_AARCH64 ? R_AARCH64_RELATIVE : R_X86_64_RELATIVE),
                       (Elf64_Sxword)value };
    tncc_push(&l->relatives, r);
}

static void relocate(struct link *l, struct link_section *s, const Elf64_Rela *r)
{
    struct link_output *o = &l->out[s->place];
    const Elf64_Sym *symbol = &s->object->symbols[ELF64_R_SYM(r->r_info)];
    struct link_value v = find(l, s->object, symbol);
    const uint32_t type = ELF64_R_TYPE(r->r_info);
    const bool lost = v.section && !v.section->live; /* only debuggers speak of what was left out */
    uint64_t to = lost ? 0 : address_of(l, &v) + (uint64_t)r->r_addend;
    const uint64_t here = o->address + s->offset + r->r_offset;
    char *at = o->data + s->offset + r->r_offset;
    if (uses_got(l, type))
        to = l->out[P_GOT].address + 8 * ((uintptr_t)tncc_get(&l->got, symbol) - 1) + (uint64_t)r->r_addend;
    if (type == address_type(l)) {
        if (is_relative(l, s, r, &v)) {
            if (!(link_rights(s->place) & SHF_WRITE))
                tncc_fatal("internal: link: an address in read-only memory");
            add_relative(l, here, to);
        }
        memcpy(at, &to, 8);
        return;
    }
    if (l->machine == EM_AARCH64) {
        if (type == R_AARCH64_ABS32 && s->place >= P_DEBUG)
            memcpy(at, &to, 4);
        else if (!tncc_aarch64_relocate(type, at, to, here))
            tncc_fatal("internal: link: relocation %u of aarch64", type);
        return;
    }
    switch (type) {
    case R_X86_64_NONE:
        return;
    case R_X86_64_PC64:
        to -= here;
        memcpy(at, &to, 8);
        return;
    case R_X86_64_32:
        if (s->place < P_DEBUG)
            break;
        memcpy(at, &to, 4);
        return;
    case R_X86_64_PC32:
    case R_X86_64_PLT32:
    case R_X86_64_GOTPCREL:
    case R_X86_64_GOTPCRELX:
    case R_X86_64_REX_GOTPCRELX:
        to -= here;
        l->too_large |= (int64_t)to != (int32_t)to;
        memcpy(at, &to, 4);
        return;
    }
    tncc_fatal("internal: link: relocation %u", type);
}

static void fill_sections(struct link *l)
{
    for (size_t n = 0; n < l->live.count; n++) {
        struct link_section *s = l->live.items[n];
        if (s->header->sh_type != SHT_NOBITS)
            memcpy(l->out[s->place].data + s->offset, s->object->data + s->header->sh_offset, s->header->sh_size);
    }
    for (size_t k = 0; k < l->object_count; k++)
        for (size_t i = 0; i < l->objects[k].section_count; i++) {
            struct link_section *s = &l->objects[k].sections[i];
            for (size_t n = 0; s->live && n < s->relocation_count; n++)
                relocate(l, s, &s->relocations[n]);
        }
    for (size_t i = 0; i < l->got.room; i++) {
        const Elf64_Sym *symbol = l->got.keys[i];
        for (size_t k = 0; symbol && k < l->object_count; k++) {
            struct link_object *o = &l->objects[k];
            if (symbol < o->symbols || symbol >= o->symbols + o->symbol_count)
                continue;
            struct link_value v = find(l, o, symbol);
            uint64_t to = address_of(l, &v), slot = (uintptr_t)l->got.values[i] - 1;
            memcpy(l->out[P_GOT].data + 8 * slot, &to, 8);
            add_relative(l, l->out[P_GOT].address + 8 * slot, to);
        }
    }
}

static int by_place(const void *a, const void *b)
{
    const Elf64_Rela *x = *(Elf64_Rela *const *)a, *y = *(Elf64_Rela *const *)b;
    return x->r_offset < y->r_offset ? -1 : x->r_offset > y->r_offset;
}

Elf64_Sym link_final_symbol(struct link *l, struct link_object *o, const Elf64_Sym *s, uint32_t name)
{
    struct link_value v = find(l, o, s);
    Elf64_Sym made = *s;
    made.st_name = name;
    made.st_value = address_of(l, &v);
    made.st_shndx = v.section ? (Elf64_Section)l->out[v.section->place].index : SHN_ABS;
    return made;
}

static uint32_t gnu_hash(const char *name)
{
    uint32_t h = 5381;
    for (const unsigned char *c = (const unsigned char *)name; *c; c++)
        h = h * 33 + *c;
    return h;
}

/* One bucket, and a filter that lets everything through: the engine reads the table from end to end anyway. */
static void fill_tables(struct link *l)
{
    const uint32_t head[] = { 1, 1, 1, 0, UINT32_MAX, UINT32_MAX, l->exports.count ? 1 : 0 };
    char *hash = l->out[P_HASH].data, *names = l->out[P_NAMES].data;
    Elf64_Sym *symbols = (Elf64_Sym *)l->out[P_SYMBOLS].data;
    uint32_t at = 1;
    memcpy(hash, head, sizeof head);
    for (size_t i = 0; i < l->exports.count; i++) {
        const struct link_export *e = l->exports.items[i];
        const char *name = export_name(e);
        uint32_t h = gnu_hash(name) & ~1u;
        h |= i + 1 == l->exports.count;
        memcpy(hash + sizeof head + 4 * i, &h, 4);
        symbols[i + 1] = link_final_symbol(l, e->object, e->symbol, at);
        strcpy(names + at, name);
        at += (uint32_t)strlen(name) + 1;
    }
    if (l->relatives.count)
        qsort(l->relatives.items, l->relatives.count, sizeof *l->relatives.items, by_place);
    for (size_t i = 0; i < l->relatives.count; i++)
        memcpy(l->out[P_RELOCATIONS].data + i * sizeof(Elf64_Rela), l->relatives.items[i], sizeof(Elf64_Rela));
    const Elf64_Dyn dynamic[] = {
        { DT_SYMBOLIC, { 0 } },
        { DT_GNU_HASH, { l->out[P_HASH].address } },
        { DT_STRTAB, { l->out[P_NAMES].address } },
        { DT_SYMTAB, { l->out[P_SYMBOLS].address } },
        { DT_STRSZ, { l->out[P_NAMES].bytes } },
        { DT_SYMENT, { sizeof(Elf64_Sym) } },
        { l->relatives.count ? DT_RELA : DT_NULL, { l->out[P_RELOCATIONS].address } },
        { l->relatives.count ? DT_RELASZ : DT_NULL, { l->out[P_RELOCATIONS].bytes } },
        { l->relatives.count ? DT_RELAENT : DT_NULL, { sizeof(Elf64_Rela) } },
        { DT_NULL, { 0 } },
    };
    memcpy(l->out[P_DYNAMIC].data, dynamic, sizeof dynamic);
}

/* By which a debugger finds the file with the sections for it: a number made of everything that is loaded. */
static void fill_note(struct link *l)
{
    struct link_note *note = (struct link_note *)l->out[P_NOTE].data;
    uint64_t id[2] = { 0x9ae16a3b2f90404full, 0xc2b2ae3d27d4eb4full };
    if (!note)
        return;
    for (int p = 0; p < P_DEBUG + l->debug_count; p++)
        for (uint64_t i = 0; p != P_BSS && i < l->out[p].bytes; i++)
            for (int k = 0; k < 2; k++) {
                id[k] = (id[k] ^ (unsigned char)l->out[p].data[i]) * (k ? 0x9fb21c651e98df25ull : 0x100000001b3ull);
                id[k] ^= id[k] >> 29;
            }
    *note = (struct link_note){ { sizeof note->owner, sizeof note->id, NT_GNU_BUILD_ID }, "GNU", { 0 } };
    memcpy(note->id, id, sizeof note->id);
}

bool tncc_link(const struct tncc_object *objects, size_t count, bool debug, struct tncc_linked *out)
{
    struct link l = { .object_count = count, .debug = debug };
    struct tncc_text file = { 0 }, whole = { 0 };
    const unsigned before = tncc_errors;
    l.objects = tncc_alloc(count * sizeof *l.objects);
    for (size_t i = 0; i < count; i++)
        read_object(&l, &l.objects[i], &objects[i]);
    if (tncc_errors != before || !mark(&l))
        return false;
    place_sections(&l);
    make_tables(&l);
    lay_out(&l);
    if (l.out[P_BSS].at + l.out[P_BSS].bytes > 1ull << 31 || l.out[P_DATA].at + l.out[P_DATA].bytes > 1ull << 31) {
        tncc_error(NULL, 0,
                   "the __device__ variables take more than the 2 GiB that an image can have: allocate what is large");
        return false;
    }
    fill_sections(&l);
    if (l.too_large) {
        tncc_error(NULL, 0, "code and __device__ variables lie more than 2 GiB apart: allocate what is large");
        return false;
    }
    fill_tables(&l);
    fill_note(&l);
    link_write_file(&l, false, &file);
    *out = (struct tncc_linked){ .data = file.data, .bytes = file.bytes };
    if (debug) {
        link_write_file(&l, true, &whole);
        out->whole = whole.data;
        out->whole_bytes = whole.bytes;
        memcpy(out->id, ((struct link_note *)l.out[P_NOTE].data)->id, sizeof out->id);
    }
    return true;
}
