/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ELF files as containers: reading sections with every field checked, and writing Ascend's.
 * Owns nothing. May call: libc. (Plain structs of <elf.h>: the layout is fixed and libelf would add a file descriptor.)
 */
#include "drivers/common/container_internal.h"

#include <errno.h>
#include <stdlib.h>

#define KERNELS_MAX 4096u
#define ARGS_MAX    65536u

/* TLVs of .ascend.meta.<kernel>, as the CANN runtime's public sources (ACL 1.17) read them. */
enum { TLV_KERNEL_TYPE = 1, TLV_CROSS_CORE = 2, TLV_PARAM_SUMMARY = 16, TLV_PARAM_INFO = 17 };
enum { KERNEL_TYPE_AIV = 3 };

typedef struct param_summary {
    uint32_t count;
    uint32_t gap;
    uint64_t total_bytes;
} param_summary;

typedef struct param_info {
    uint32_t index, ordinal, offset, size;
    uint16_t align, type;
    uint32_t space_index, space_type, space, reserved;
} param_info;

_Static_assert(sizeof(param_summary) == 16 && sizeof(param_info) == 36, "as the vendor's loader reads them");

static bool is_elf64(const unsigned char *p, size_t bytes)
{
    return (bytes == 0 || bytes >= sizeof(Elf64_Ehdr)) && !memcmp(p, ELFMAG, SELFMAG) && p[EI_CLASS] == ELFCLASS64 &&
           p[EI_DATA] == ELFDATA2LSB;
}

/* The end of the section header table or of the last section, whichever is further. */
size_t tn__elf_extent(const unsigned char *p, size_t bytes)
{
    const uint64_t limit = bytes ? bytes : (uint64_t)1 << 32;
    Elf64_Ehdr header;
    if (!is_elf64(p, bytes))
        return 0;
    memcpy(&header, p, sizeof header);
    uint64_t table = (uint64_t)header.e_shnum * sizeof(Elf64_Shdr);
    if (header.e_ehsize < sizeof header || (header.e_shnum && header.e_shentsize != sizeof(Elf64_Shdr)) ||
        !tn__inside(header.e_shoff, table, limit))
        return 0;
    uint64_t extent = header.e_shoff + table;
    if (extent < sizeof header)
        extent = sizeof header;
    for (unsigned i = 0; i < header.e_shnum; i++) {
        Elf64_Shdr section;
        memcpy(&section, p + header.e_shoff + i * sizeof section, sizeof section);
        if (section.sh_type == SHT_NOBITS || section.sh_type == SHT_NULL)
            continue;
        if (!tn__inside(section.sh_offset, section.sh_size, limit))
            return 0;
        if (section.sh_offset + section.sh_size > extent)
            extent = section.sh_offset + section.sh_size;
    }
    return extent;
}

bool tn__elf_section(const unsigned char *p, size_t bytes, unsigned index, const char **name, Elf64_Shdr *out)
{
    Elf64_Ehdr header;
    Elf64_Shdr names;
    memcpy(&header, p, sizeof header);
    if (index >= header.e_shnum || header.e_shstrndx >= header.e_shnum ||
        !tn__inside(header.e_shoff, (uint64_t)header.e_shnum * sizeof *out, bytes))
        return false;
    memcpy(&names, p + header.e_shoff + header.e_shstrndx * sizeof names, sizeof names);
    memcpy(out, p + header.e_shoff + index * sizeof *out, sizeof *out);
    if (out->sh_type == SHT_NOBITS)
        out->sh_size = 0;
    if (!tn__inside(names.sh_offset, names.sh_size, bytes) || out->sh_name >= names.sh_size ||
        !memchr(p + names.sh_offset + out->sh_name, 0, names.sh_size - out->sh_name) ||
        (out->sh_size && !tn__inside(out->sh_offset, out->sh_size, bytes)))
        return false;
    *name = (const char *)p + names.sh_offset + out->sh_name;
    return true;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Kernel table */

static bool string_ok(const tn_ktab *table, uint32_t at)
{
    return at < table->strings_bytes;
}

static bool array_ok(const tn_ktab *table, uint32_t at, uint32_t count, uint32_t size, uint32_t least)
{
    return count == 0 || (size >= least && size % 4 == 0 && at % 4 == 0 &&
                          tn__inside(at, (uint64_t)count * size, table->total_bytes));
}

static bool table_ok(const tn_ktab *t, size_t bytes)
{
    if (bytes < sizeof *t || memcmp(t->magic, TN_KTAB_MAGIC, sizeof t->magic) || t->header_bytes < sizeof *t ||
        t->total_bytes > bytes || t->kernel_count > KERNELS_MAX || t->arg_count > ARGS_MAX)
        return false;
    if (!array_ok(t, t->kernels_at, t->kernel_count, t->kernel_bytes, sizeof(tn_ktab_kernel)) ||
        !array_ok(t, t->args_at, t->arg_count, t->arg_bytes, sizeof(tn_ktab_arg)) ||
        !tn__inside(t->strings_at, t->strings_bytes, t->total_bytes) || t->strings_bytes == 0)
        return false;
    const char *strings = (const char *)t + t->strings_at;
    if (strings[0] || strings[t->strings_bytes - 1])
        return false;
    for (uint32_t i = 0; i < t->kernel_count; i++) {
        const tn_ktab_kernel *k = (const void *)((const char *)t + t->kernels_at + (size_t)i * t->kernel_bytes);
        if (!string_ok(t, k->name) || !tn__inside(k->arg_first, k->arg_count, t->arg_count))
            return false;
    }
    return true;
}

const tn_ktab *tn_container_table(const void *sim, size_t bytes)
{
    Elf64_Shdr section;
    const char *name;
    size_t extent = sim && bytes >= sizeof(Elf64_Ehdr) ? tn__elf_extent(sim, bytes) : 0;
    for (unsigned i = 0; extent && tn__elf_section(sim, extent, i, &name, &section); i++) {
        if (strcmp(name, ".tenon.kernels"))
            continue;
        if (section.sh_offset > extent || section.sh_size > extent - section.sh_offset)
            return NULL;
        const unsigned char *at = (const unsigned char *)sim + section.sh_offset;
        if ((uintptr_t)at % _Alignof(tn_ktab) == 0 && table_ok((const tn_ktab *)at, section.sh_size))
            return (const tn_ktab *)at;
        return NULL;
    }
    return NULL;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Writing: a growing buffer, then the section headers behind it. */

typedef struct buffer {
    unsigned char *data;
    size_t used, room;
    bool failed;
} buffer;

static size_t put(buffer *b, const void *data, size_t bytes, size_t align)
{
    size_t at = (b->used + align - 1) / align * align;
    if (!b->failed && at + bytes > b->room) {
        size_t room = (at + bytes) * 2;
        unsigned char *grown = realloc(b->data, room);
        if (!grown) {
            b->failed = true;
        } else {
            memset(grown + b->room, 0, room - b->room);
            b->data = grown;
            b->room = room;
        }
    }
    if (!b->failed) {
        if (bytes)
            memcpy(b->data + at, data, bytes);
        b->used = at + bytes;
    }
    return at;
}

static uint32_t put_name(buffer *names, const char *prefix, const char *name)
{
    uint32_t at = (uint32_t)put(names, prefix, strlen(prefix), 1);
    put(names, name, strlen(name) + 1, 1);
    return at;
}

static void put_tlv(buffer *b, uint16_t type, const void *payload, uint16_t bytes)
{
    uint16_t head[2] = { type, bytes };
    put(b, head, sizeof head, 1);
    put(b, payload, bytes, 1);
}

static void put_meta(buffer *file, const tn_ktab *table, const tn_ktab_kernel *k)
{
    uint32_t type = KERNEL_TYPE_AIV, cross = 0;
    param_summary summary = { k->arg_count, 0, k->args_bytes };
    put_tlv(file, TLV_KERNEL_TYPE, &type, sizeof type);
    put_tlv(file, TLV_CROSS_CORE, &cross, sizeof cross);
    put_tlv(file, TLV_PARAM_SUMMARY, &summary, sizeof summary);
    for (uint32_t i = 0; i < k->arg_count; i++) {
        const tn_ktab_arg *a =
            (const void *)((const char *)table + table->args_at + (size_t)(k->arg_first + i) * table->arg_bytes);
        param_info info = {
            .index = i, .ordinal = i, .offset = a->offset, .size = a->size, .align = (uint16_t)a->align, .type = a->kind
        };
        put_tlv(file, TLV_PARAM_INFO, &info, sizeof info);
    }
}

typedef struct elf_out {
    buffer file, names, symbols, strings, sections;
} elf_out;

static void put_section(elf_out *o, uint32_t name, uint32_t type, size_t at, uint32_t link, uint32_t info,
                        uint64_t align, uint64_t entry_bytes)
{
    Elf64_Shdr s = { .sh_name = name,
                     .sh_type = type,
                     .sh_offset = at,
                     .sh_size = o->file.used - at,
                     .sh_link = link,
                     .sh_info = info,
                     .sh_addralign = align,
                     .sh_entsize = entry_bytes };
    if (type == SHT_NULL)
        s.sh_offset = s.sh_size = 0;
    put(&o->sections, &s, sizeof s, 1);
}

/* Kernels: a stub in .text to give the symbol an address, the symbol, and the metadata. */
static void put_kernels(elf_out *o, const tn_ktab *table)
{
    static const uint32_t stub = 0;
    const char *strings = (const char *)table + table->strings_at;
    size_t text = put(&o->file, NULL, 0, 16);
    Elf64_Sym none = { 0 };
    put(&o->symbols, &none, sizeof none, 1);
    put(&o->strings, "", 1, 1);
    for (uint32_t i = 0; i < table->kernel_count; i++) {
        const tn_ktab_kernel *k =
            (const void *)((const char *)table + table->kernels_at + (size_t)i * table->kernel_bytes);
        Elf64_Sym s = { .st_name = put_name(&o->strings, "", strings + k->name),
                        .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
                        .st_shndx = 1,
                        .st_value = i * sizeof stub,
                        .st_size = sizeof stub };
        put(&o->file, &stub, sizeof stub, 1);
        put(&o->symbols, &s, sizeof s, 1);
    }
    put_section(o, put_name(&o->names, "", ".text"), SHT_PROGBITS, text, 0, 0, 16, 0);
    for (uint32_t i = 0; i < table->kernel_count; i++) {
        const tn_ktab_kernel *k =
            (const void *)((const char *)table + table->kernels_at + (size_t)i * table->kernel_bytes);
        size_t at = put(&o->file, NULL, 0, 8);
        put_meta(&o->file, table, k);
        put_section(o, put_name(&o->names, ".ascend.meta.", strings + k->name), SHT_PROGBITS, at, 0, 0, 4, 0);
    }
}

static void put_tail(elf_out *o)
{
    uint32_t count = (uint32_t)(o->sections.used / sizeof(Elf64_Shdr));
    size_t at = put(&o->file, o->symbols.data, o->symbols.used, 8);
    put_section(o, put_name(&o->names, "", ".symtab"), SHT_SYMTAB, at, count + 1, 1, 8, sizeof(Elf64_Sym));
    at = put(&o->file, o->strings.data, o->strings.used, 1);
    put_section(o, put_name(&o->names, "", ".strtab"), SHT_STRTAB, at, 0, 0, 1, 0);
    uint32_t name = put_name(&o->names, "", ".shstrtab");
    at = put(&o->file, o->names.data, o->names.used, 1);
    put_section(o, name, SHT_STRTAB, at, 0, 0, 1, 0);
    at = put(&o->file, o->sections.data, o->sections.used, 8);
    Elf64_Ehdr header = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
                          .e_type = ET_EXEC,
                          .e_machine = TN_ASCEND_MACHINE,
                          .e_version = EV_CURRENT,
                          .e_shoff = at,
                          .e_ehsize = sizeof header,
                          .e_shentsize = sizeof(Elf64_Shdr),
                          .e_shnum = (uint16_t)(count + 3),
                          .e_shstrndx = (uint16_t)(count + 2) };
    if (!o->file.failed)
        memcpy(o->file.data, &header, sizeof header);
}

int tn__ascend_wrap(const tn_container_image *images, unsigned count, void **out, size_t *out_bytes)
{
    elf_out o = { 0 };
    Elf64_Ehdr room = { 0 };
    for (unsigned i = 0; i < count; i++)
        if (images[i].kind != TN_IMAGE_NONE && images[i].kind != TN_IMAGE_SIM)
            return EINVAL;
    const tn_ktab *table = tn_container_table(images[0].data, images[0].bytes);
    if (!table)
        return EINVAL;
    put(&o.file, &room, sizeof room, 1);
    put(&o.names, "", 1, 1);
    put_section(&o, 0, SHT_NULL, 0, 0, 0, 0, 0);
    put_kernels(&o, table);
    for (unsigned i = 0; i < count; i++) {
        size_t at = put(&o.file, images[i].data, images[i].bytes, 4096);
        put_section(&o, put_name(&o.names, "", TN_ASCEND_SIM_SECTION), SHT_PROGBITS, at, 0, images[i].width, 4096, 0);
    }
    put_tail(&o);
    bool failed = o.file.failed || o.names.failed || o.symbols.failed || o.strings.failed || o.sections.failed;
    free(o.names.data);
    free(o.symbols.data);
    free(o.strings.data);
    free(o.sections.data);
    if (failed) {
        free(o.file.data);
        return ENOMEM;
    }
    *out = o.file.data;
    *out_bytes = o.file.used;
    return 0;
}
