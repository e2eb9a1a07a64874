/* SPDX-License-Identifier: Apache-2.0 */
/*
 * amdgcn_check.c - checks a linked AMDGPU code object: header, no undefined symbols, a descriptor of 64 bytes for each
 * kernel, and metadata (MessagePack in a note) that agrees with our argument tables. Calls libc alone.
 */
#include "tools/tenoncc/amdgcn.h"

#include <elf.h>
#include <string.h>

enum { MACHINE_AMDGPU = 224, ABI_HSA = 64, ABI_VERSION_4 = 2, NOTE_METADATA = 32, DESCRIPTOR_BYTES = 64 };

/* ---- MessagePack, as far as the metadata uses it ---- */
struct reader {
    const unsigned char *at, *end;
    bool bad;
};

enum item_kind { ITEM_NONE, ITEM_NUMBER, ITEM_TEXT, ITEM_ARRAY, ITEM_MAP };
struct item {
    enum item_kind kind;
    uint64_t number; /* the value, bytes of the text, elements, or pairs */
    const char *text;
};

static uint64_t take_bytes(struct reader *r, unsigned count)
{
    uint64_t v = 0;
    if ((size_t)(r->end - r->at) < count) {
        r->bad = true;
        return 0;
    }
    for (unsigned i = 0; i < count; i++)
        v = v << 8 | *r->at++;
    return v;
}

static struct item take_text(struct reader *r, uint64_t bytes)
{
    struct item item = { ITEM_TEXT, bytes, (const char *)r->at };
    if ((uint64_t)(r->end - r->at) < bytes) {
        r->bad = true;
        return (struct item){ 0 };
    }
    r->at += bytes;
    return item;
}

static struct item take(struct reader *r)
{
    unsigned tag = (unsigned)take_bytes(r, 1);
    if (r->bad)
        return (struct item){ 0 };
    if (tag < 0x80)
        return (struct item){ ITEM_NUMBER, tag, NULL };
    if (tag < 0x90)
        return (struct item){ ITEM_MAP, tag & 15, NULL };
    if (tag < 0xa0)
        return (struct item){ ITEM_ARRAY, tag & 15, NULL };
    if (tag < 0xc0)
        return take_text(r, tag & 31);
    switch (tag) {
    case 0xc2:
    case 0xc3:
        return (struct item){ ITEM_NUMBER, tag & 1, NULL };
    case 0xcc:
    case 0xcd:
    case 0xce:
    case 0xcf:
        return (struct item){ ITEM_NUMBER, take_bytes(r, 1u << (tag - 0xcc)), NULL };
    case 0xd9:
    case 0xda:
    case 0xdb:
        return take_text(r, take_bytes(r, 1u << (tag - 0xd9)));
    case 0xdc:
    case 0xdd:
        return (struct item){ ITEM_ARRAY, take_bytes(r, 2u << (tag - 0xdc)), NULL };
    case 0xde:
    case 0xdf:
        return (struct item){ ITEM_MAP, take_bytes(r, 2u << (tag - 0xde)), NULL };
    default:
        r->bad = true;
        return (struct item){ 0 };
    }
}

static void skip(struct reader *r)
{
    struct item item = take(r);
    uint64_t inside = item.kind == ITEM_MAP ? 2 * item.number : item.kind == ITEM_ARRAY ? item.number : 0;
    for (uint64_t i = 0; i < inside && !r->bad; i++)
        skip(r);
}

/* The value of a key in the map that starts at r; bad if there is none. */
static struct reader find(struct reader r, const char *key)
{
    struct item map = take(&r);
    for (uint64_t i = 0; map.kind == ITEM_MAP && i < map.number && !r.bad; i++) {
        struct item name = take(&r);
        if (name.kind == ITEM_TEXT && name.number == strlen(key) && !memcmp(name.text, key, name.number))
            return r;
        skip(&r);
    }
    r.bad = true;
    return r;
}

/* The next item, or one of no kind where there is none. */
static struct item take_good(struct reader *r)
{
    struct item item = { 0 };
    if (!r->bad)
        item = take(r);
    return item;
}

static uint64_t find_number(struct reader map, const char *key)
{
    struct reader r = find(map, key);
    struct item item = take_good(&r);
    return item.kind == ITEM_NUMBER ? item.number : UINT64_MAX;
}

static bool find_is(struct reader map, const char *key, const char *text)
{
    struct reader r = find(map, key);
    struct item item = take_good(&r);
    return item.kind == ITEM_TEXT && item.number == strlen(text) && !memcmp(item.text, text, item.number);
}

/* ---- the file ---- */
struct file {
    const unsigned char *data;
    size_t bytes;
    const Elf64_Shdr *sections;
    unsigned count;
};

static bool inside(const struct file *f, uint64_t at, uint64_t bytes)
{
    return at <= f->bytes && bytes <= f->bytes - at;
}

static const char *open_file(struct file *f)
{
    const Elf64_Ehdr *e = (const Elf64_Ehdr *)f->data;
    if (f->bytes < sizeof *e || memcmp(e->e_ident, ELFMAG, SELFMAG) || e->e_ident[EI_CLASS] != ELFCLASS64)
        return "it is no ELF64 file";
    if (e->e_machine != MACHINE_AMDGPU || e->e_type != ET_DYN)
        return "it is no shared object for AMDGPU";
    if (e->e_ident[EI_OSABI] != ABI_HSA || e->e_ident[EI_ABIVERSION] != ABI_VERSION_4)
        return "it is no code object of version 4";
    if (e->e_shoff % 8 || e->e_shentsize != sizeof *f->sections ||
        !inside(f, e->e_shoff, (uint64_t)e->e_shnum * sizeof *f->sections))
        return "its section table is outside";
    f->sections = (const Elf64_Shdr *)(f->data + e->e_shoff);
    f->count = e->e_shnum;
    for (unsigned i = 0; i < f->count; i++)
        if (f->sections[i].sh_type != SHT_NOBITS && !inside(f, f->sections[i].sh_offset, f->sections[i].sh_size))
            return "a section is outside";
    return NULL;
}

static const Elf64_Shdr *section_of(const struct file *f, uint32_t type)
{
    for (unsigned i = 0; i < f->count; i++)
        if (f->sections[i].sh_type == type)
            return &f->sections[i];
    return NULL;
}

/* The symbol, or with name NULL the first that is undefined. */
static const Elf64_Sym *symbol_of(const struct file *f, const char *name, const char **out_name)
{
    const Elf64_Shdr *table = section_of(f, SHT_DYNSYM);
    if (!table || table->sh_link >= f->count || table->sh_offset % 8)
        return NULL;
    const Elf64_Shdr *strings = &f->sections[table->sh_link];
    const Elf64_Sym *symbols = (const Elf64_Sym *)(f->data + table->sh_offset);
    for (size_t i = 1; i < table->sh_size / sizeof *symbols; i++) {
        if (symbols[i].st_name >= strings->sh_size)
            continue;
        const char *text = (const char *)f->data + strings->sh_offset + symbols[i].st_name;
        if (name ? strcmp(text, name) != 0 : symbols[i].st_shndx != SHN_UNDEF)
            continue;
        if (out_name)
            *out_name = text;
        return &symbols[i];
    }
    return NULL;
}

static struct reader metadata_of(const struct file *f)
{
    for (unsigned i = 0; i < f->count; i++) {
        const Elf64_Shdr *s = &f->sections[i];
        Elf64_Nhdr note;
        if (s->sh_type != SHT_NOTE)
            continue;
        for (uint64_t at = 0; at + sizeof note <= s->sh_size;) {
            const unsigned char *p = f->data + s->sh_offset + at;
            memcpy(&note, p, sizeof note);
            uint64_t name = (note.n_namesz + 3u) & ~3ull, descriptor = (note.n_descsz + 3u) & ~3ull;
            if (name + descriptor > s->sh_size - at - sizeof note)
                break;
            if (note.n_type == NOTE_METADATA && note.n_namesz == 7 && !memcmp(p + sizeof note, "AMDGPU", 7)) {
                const unsigned char *from = p + sizeof note + name;
                return (struct reader){ from, from + note.n_descsz, false };
            }
            at += sizeof note + name + descriptor;
        }
    }
    return (struct reader){ .bad = true };
}

/* ---- kernels ---- */
static const char *check_args(const struct tncc_kernel *k, struct reader entry)
{
    struct reader args = find(entry, ".args");
    struct item list = args.bad ? (struct item){ ITEM_ARRAY, 0, NULL } : take(&args);
    if (list.kind != ITEM_ARRAY || list.number != k->arg_count)
        return tncc_format("kernel %s has other arguments in its metadata", k->name);
    for (unsigned i = 0; i < k->arg_count; i++) {
        const struct tncc_arg *a = &k->args[i];
        const char *kind = a->kind == TN_ARG_POINTER ? "global_buffer" : "by_value";
        if (find_number(args, ".offset") != a->offset || find_number(args, ".size") != a->size ||
            !find_is(args, ".value_kind", kind))
            return tncc_format("argument %u of kernel %s differs in its metadata", i, k->name);
        skip(&args);
    }
    return NULL;
}

static const char *check_descriptor(const struct file *f, const struct tncc_kernel *k)
{
    const Elf64_Sym *s = symbol_of(f, tncc_format("%s.kd", k->name), NULL);
    if (!s || ELF64_ST_TYPE(s->st_info) != STT_OBJECT || s->st_size != DESCRIPTOR_BYTES || s->st_shndx >= f->count)
        return tncc_format("kernel %s has no descriptor of %d bytes", k->name, DESCRIPTOR_BYTES);
    const Elf64_Shdr *home = &f->sections[s->st_shndx];
    uint64_t at = s->st_value - home->sh_addr;
    uint32_t local, args;
    if (home->sh_type == SHT_NOBITS || at > home->sh_size || home->sh_size - at < DESCRIPTOR_BYTES)
        return tncc_format("the descriptor of kernel %s is outside", k->name);
    memcpy(&local, f->data + home->sh_offset + at, 4);
    memcpy(&args, f->data + home->sh_offset + at + 8, 4);
    if (local != k->static_local || args != ((k->args_bytes + 3) & ~3u))
        return tncc_format("the descriptor of kernel %s has other sizes", k->name);
    s = symbol_of(f, k->name, NULL);
    return s && ELF64_ST_TYPE(s->st_info) == STT_FUNC ? NULL : tncc_format("kernel %s has no code", k->name);
}

static const char *check_kernel(const struct file *f, struct tncc_kernel *k, struct reader kernels)
{
    struct item list = take(&kernels);
    for (uint64_t i = 0; list.kind == ITEM_ARRAY && i < list.number && !kernels.bad; i++, skip(&kernels)) {
        if (!find_is(kernels, ".name", k->name))
            continue;
        /* the back end rounds the whole up to words, so that they can be loaded as such */
        if (find_number(kernels, ".kernarg_segment_size") != ((k->args_bytes + 3) & ~3u))
            return tncc_format("kernel %s has arguments of another size in its metadata", k->name);
        if (!find_is(kernels, ".symbol", tncc_format("%s.kd", k->name)) ||
            find_number(kernels, ".wavefront_size") != 64)
            return tncc_format("kernel %s has another symbol or wave in its metadata", k->name);
        uint64_t local = find_number(kernels, ".group_segment_fixed_size");
        if (local > UINT32_MAX)
            return tncc_format("kernel %s has no size of local memory in its metadata", k->name);
        k->static_local = (uint32_t)local;
        const char *why = check_args(k, kernels);
        return why ? why : check_descriptor(f, k);
    }
    return tncc_format("kernel %s is not in its metadata", k->name);
}

const char *tncc_amdgcn_check(struct tncc_unit *u, const void *data, size_t bytes)
{
    struct file f = { .data = data, .bytes = bytes };
    const char *name, *why = open_file(&f);
    if (why)
        return why;
    if (symbol_of(&f, NULL, &name))
        return tncc_format("%s is undefined", name);
    struct reader metadata = metadata_of(&f);
    if (metadata.bad)
        return "it has no metadata";
    struct reader kernels = find(metadata, "amdhsa.kernels");
    if (kernels.bad)
        return "its metadata has no kernels";
    for (size_t n = 0; n < u->kernel_count && !why; n++)
        if (!u->kernels[n].refusal)
            why = check_kernel(&f, &u->kernels[n], kernels);
    return why;
}

bool tncc_amdgcn_registers(const void *data, size_t bytes, const char *kernel, struct tncc_registers *out)
{
    struct file f = { .data = data, .bytes = bytes };
    if (open_file(&f))
        return false;
    struct reader metadata = metadata_of(&f), kernels = metadata.bad ? metadata : find(metadata, "amdhsa.kernels");
    struct item list = take_good(&kernels);
    for (uint64_t i = 0; list.kind == ITEM_ARRAY && i < list.number && !kernels.bad; i++, skip(&kernels))
        if (find_is(kernels, ".name", kernel)) {
            *out = (struct tncc_registers){ (unsigned)find_number(kernels, ".vgpr_count"),
                                            (unsigned)find_number(kernels, ".sgpr_count"),
                                            (unsigned)find_number(kernels, ".vgpr_spill_count"),
                                            (unsigned)find_number(kernels, ".sgpr_spill_count"),
                                            (unsigned)find_number(kernels, ".private_segment_fixed_size") };
            return true;
        }
    return false;
}
