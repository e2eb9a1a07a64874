/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a simulator image (tenon/sim_image.h): every field that is used is checked against the file first, and what an
 * image may not have is refused by name. Allocates nothing and maps nothing.
 */
#include <string.h>

#include "drivers/sim/engine/elf.h"

#if defined(__x86_64__)
#define MACHINE      EM_X86_64
#define MACHINE_NAME "x86-64"
#define RELATIVE     R_X86_64_RELATIVE
#else
#define MACHINE      EM_AARCH64
#define MACHINE_NAME "aarch64"
#define RELATIVE     R_AARCH64_RELATIVE
#endif

#define MAX_SPAN (1ull << 31) /* what an instruction can reach */

#define BAD(...) return sil__fail(SIL_BAD_IMAGE, "image: " __VA_ARGS__)

static bool inside(const sil__elf *elf, uint64_t offset, uint64_t bytes)
{
    return offset <= elf->bytes && bytes <= elf->bytes - offset;
}

static uint64_t page_down(uint64_t address)
{
    return address & ~(uint64_t)(SIL__PAGE - 1);
}

static uint64_t page_up(uint64_t address)
{
    return page_down(address + SIL__PAGE - 1);
}

/* A file offset for an address range that lies wholly in the file's part of a segment; false if none. */
static bool offset_of(const sil__elf *elf, uint64_t address, uint64_t bytes, uint64_t *out)
{
    for (uint32_t i = 0; i < elf->segment_count; i++) {
        const sil__segment *s = &elf->segment[i];
        if (address >= s->address && address - s->address <= s->file_bytes &&
            bytes <= s->file_bytes - (address - s->address)) {
            *out = s->offset + (address - s->address);
            return true;
        }
    }
    return false;
}

const sil__segment *sil__elf_segment(const sil__elf *elf, uint64_t address, uint64_t bytes)
{
    for (uint32_t i = 0; i < elf->segment_count; i++) {
        const sil__segment *s = &elf->segment[i];
        if (address >= s->address && address - s->address <= s->memory_bytes &&
            bytes <= s->memory_bytes - (address - s->address))
            return s;
    }
    return NULL;
}

static sil_status read_header(const sil__elf *elf, Elf64_Ehdr *h)
{
    if (elf->bytes < sizeof *h)
        BAD("%llu bytes are too few for an ELF file", (unsigned long long)elf->bytes);
    memcpy(h, elf->file, sizeof *h);
    if (memcmp(h->e_ident, ELFMAG, SELFMAG) != 0)
        BAD("not an ELF file");
    if (h->e_ident[EI_CLASS] != ELFCLASS64 || h->e_ident[EI_DATA] != ELFDATA2LSB ||
        h->e_ident[EI_VERSION] != EV_CURRENT)
        BAD("not a 64-bit little-endian ELF file");
    if (h->e_machine != MACHINE)
        return sil__fail(SIL_WRONG_TARGET, "image: built for machine %u; this host runs " MACHINE_NAME " (%u)",
                         h->e_machine, MACHINE);
    if (h->e_type != ET_DYN)
        BAD("ELF type %u is not a shared object", h->e_type);
    if (h->e_phentsize != sizeof(Elf64_Phdr) || h->e_phnum == 0 || h->e_phnum > 64)
        BAD("%u program headers of %u bytes", h->e_phnum, h->e_phentsize);
    if (!inside(elf, h->e_phoff, (uint64_t)h->e_phnum * sizeof(Elf64_Phdr)))
        BAD("the program headers lie outside the file; it is cut short");
    if (h->e_shentsize != sizeof(Elf64_Shdr) || h->e_shnum == 0)
        BAD("no section headers");
    if (!inside(elf, h->e_shoff, (uint64_t)h->e_shnum * sizeof(Elf64_Shdr)))
        BAD("the section headers lie outside the file; it is cut short");
    if (h->e_shstrndx >= h->e_shnum)
        BAD("section %u for section names does not exist", h->e_shstrndx);
    return SIL_OK;
}

static sil_status add_segment(sil__elf *elf, const Elf64_Phdr *p)
{
    if (elf->segment_count == SIL__SEGMENTS)
        BAD("more than %d segments", SIL__SEGMENTS);
    if (p->p_filesz > p->p_memsz || !inside(elf, p->p_offset, p->p_filesz))
        BAD("segment %u lies outside the file; it is cut short", elf->segment_count);
    if (p->p_memsz > MAX_SPAN || p->p_vaddr > MAX_SPAN)
        BAD("segment %u is larger than an image may be", elf->segment_count);
    if ((p->p_vaddr ^ p->p_offset) & (SIL__PAGE - 1))
        BAD("segment %u is not aligned to pages", elf->segment_count);
    if ((p->p_flags & PF_W) && (p->p_flags & PF_X))
        BAD("segment %u is writable and executable", elf->segment_count);
    if (!(p->p_flags & PF_W) && p->p_filesz != p->p_memsz)
        BAD("segment %u is read-only and longer than its bytes", elf->segment_count);
    if (elf->segment_count && page_down(p->p_vaddr) < elf->high)
        BAD("segment %u overlaps the one before it", elf->segment_count);
    if (!elf->segment_count)
        elf->low = page_down(p->p_vaddr);
    elf->high = page_up(p->p_vaddr + p->p_memsz);
    elf->segment[elf->segment_count++] = (sil__segment){ p->p_offset, p->p_vaddr, p->p_filesz, p->p_memsz, p->p_flags };
    return SIL_OK;
}

static sil_status read_segments(sil__elf *elf, const Elf64_Ehdr *h, Elf64_Phdr *dynamic)
{
    dynamic->p_type = PT_NULL;
    for (uint32_t i = 0; i < h->e_phnum; i++) {
        Elf64_Phdr p;
        memcpy(&p, elf->file + h->e_phoff + i * sizeof p, sizeof p);
        switch (p.p_type) {
        case PT_LOAD:
            if (p.p_memsz) {
                sil_status status = add_segment(elf, &p);
                if (status != SIL_OK)
                    return status;
            }
            break;
        case PT_TLS:
            BAD("has thread-local storage");
        case PT_INTERP:
            BAD("asks for an interpreter; it is a program or a library");
        case PT_DYNAMIC:
            *dynamic = p;
            break;
        case PT_GNU_RELRO:
            elf->relro_low = page_down(p.p_vaddr);
            elf->relro_high = page_down(p.p_vaddr + p.p_memsz);
            break;
        default:
            break;
        }
    }
    if (!elf->segment_count)
        BAD("nothing to load");
    if (elf->relro_high < elf->relro_low || elf->relro_low < elf->low || elf->relro_high > elf->high)
        elf->relro_low = elf->relro_high = 0;
    if (dynamic->p_type != PT_DYNAMIC || !inside(elf, dynamic->p_offset, dynamic->p_filesz))
        BAD("no dynamic section, or it lies outside the file");
    return SIL_OK;
}

/* The values of the dynamic section that are looked at. */
typedef struct dynamic_values {
    uint64_t rela, rela_bytes, rela_each, relr, relr_bytes, plt, plt_bytes;
} dynamic_values;

static sil_status read_dynamic(const sil__elf *elf, const Elf64_Phdr *dynamic, dynamic_values *out)
{
    memset(out, 0, sizeof *out);
    for (uint64_t at = 0; at + sizeof(Elf64_Dyn) <= dynamic->p_filesz; at += sizeof(Elf64_Dyn)) {
        Elf64_Dyn d;
        memcpy(&d, elf->file + dynamic->p_offset + at, sizeof d);
        switch (d.d_tag) {
        case DT_NULL:
            return SIL_OK;
        case DT_NEEDED:
            BAD("needs another library");
        case DT_TEXTREL:
            BAD("has relocations in its text");
        case DT_REL:
        case DT_RELSZ:
            BAD("has relocations without addend");
        case DT_INIT:
        case DT_FINI:
            BAD("has initialisers");
        case DT_INIT_ARRAYSZ:
        case DT_FINI_ARRAYSZ:
        case DT_PREINIT_ARRAYSZ:
            if (d.d_un.d_val)
                BAD("has initialisers");
            break;
        case DT_RELA:
            out->rela = d.d_un.d_ptr;
            break;
        case DT_RELASZ:
            out->rela_bytes = d.d_un.d_val;
            break;
        case DT_RELAENT:
            out->rela_each = d.d_un.d_val;
            break;
        case 36: /* DT_RELR */
            out->relr = d.d_un.d_ptr;
            break;
        case 35: /* DT_RELRSZ */
            out->relr_bytes = d.d_un.d_val;
            break;
        case DT_JMPREL:
            out->plt = d.d_un.d_ptr;
            break;
        case DT_PLTRELSZ:
            out->plt_bytes = d.d_un.d_val;
            break;
        default:
            break;
        }
    }
    BAD("the dynamic section has no end");
}

/* ------------------------------------------------------------------------------------------------------- */
/* Relocations */

static bool writable(const sil__elf *elf, uint64_t address)
{
    const sil__segment *s = sil__elf_segment(elf, address, 8);
    return s && (s->flags & PF_W);
}

static sil_status check_rela(sil__elf *elf, const dynamic_values *v)
{
    uint64_t offset;
    if (v->plt_bytes)
        BAD("calls through a procedure linkage table");
    if (!v->rela_bytes)
        return SIL_OK;
    if (v->rela_each != sizeof(Elf64_Rela) || v->rela_bytes % sizeof(Elf64_Rela) ||
        !offset_of(elf, v->rela, v->rela_bytes, &offset))
        BAD("the relocations lie outside the file, or have the wrong size");
    elf->rela = elf->file + offset;
    elf->rela_count = v->rela_bytes / sizeof(Elf64_Rela);
    for (uint64_t i = 0; i < elf->rela_count; i++) {
        Elf64_Rela r;
        memcpy(&r, elf->rela + i * sizeof r, sizeof r);
        if (ELF64_R_TYPE(r.r_info) != RELATIVE || ELF64_R_SYM(r.r_info) != 0)
            BAD("relocation %llu has type %u; an image has relative ones only", (unsigned long long)i,
                (unsigned)ELF64_R_TYPE(r.r_info));
        if (!writable(elf, r.r_offset))
            BAD("relocation %llu at 0x%llx lies outside the writable segments", (unsigned long long)i,
                (unsigned long long)r.r_offset);
        if ((uint64_t)r.r_addend < elf->low || (uint64_t)r.r_addend > elf->high)
            BAD("relocation %llu leads out of the image", (unsigned long long)i);
    }
    return SIL_OK;
}

/* Calls `visit` for each word of packed relative relocations; false from it, or a bitmap without an address before it,
 * ends. */
static bool each_relr(const sil__elf *elf, bool (*visit)(const sil__elf *, uint64_t, void *), void *context)
{
    uint64_t next = 0;
    for (uint64_t i = 0; i < elf->relr_count; i++) {
        uint64_t entry;
        memcpy(&entry, elf->relr + i * 8, 8);
        if (!(entry & 1)) {
            if (!visit(elf, entry, context))
                return false;
            next = entry + 8;
            continue;
        }
        if (!next)
            return false;
        for (uint64_t bits = entry >> 1, at = next; bits; bits >>= 1, at += 8) {
            if ((bits & 1) && !visit(elf, at, context))
                return false;
        }
        next += 63 * 8;
    }
    return true;
}

static bool relr_fits(const sil__elf *elf, uint64_t address, void *context)
{
    (void)context;
    return writable(elf, address);
}

static bool relr_apply(const sil__elf *elf, uint64_t address, void *context)
{
    unsigned char *base = context, *at = base + (address - elf->low);
    uint64_t word;
    memcpy(&word, at, 8);
    word += (uint64_t)(uintptr_t)base - elf->low;
    memcpy(at, &word, 8);
    return true;
}

static sil_status check_relr(sil__elf *elf, const dynamic_values *v)
{
    uint64_t offset;
    if (!v->relr_bytes)
        return SIL_OK;
    if (v->relr_bytes % 8 || !offset_of(elf, v->relr, v->relr_bytes, &offset))
        BAD("the packed relocations lie outside the file");
    elf->relr = elf->file + offset;
    elf->relr_count = v->relr_bytes / 8;
    if (!each_relr(elf, relr_fits, NULL))
        BAD("a packed relocation lies outside the writable segments");
    return SIL_OK;
}

void sil__elf_relocate(const sil__elf *elf, unsigned char *base)
{
    uint64_t delta = (uint64_t)(uintptr_t)base - elf->low;
    for (uint64_t i = 0; i < elf->rela_count; i++) {
        Elf64_Rela r;
        memcpy(&r, elf->rela + i * sizeof r, sizeof r);
        uint64_t word = (uint64_t)r.r_addend + delta;
        memcpy(base + (r.r_offset - elf->low), &word, 8);
    }
    each_relr(elf, relr_apply, base);
}

/* ------------------------------------------------------------------------------------------------------- */
/* Symbols and the kernel table */

static void symbol_at(const sil__elf *elf, uint64_t index, Elf64_Sym *out)
{
    memcpy(out, elf->symbols + index * sizeof *out, sizeof *out);
}

static sil_status check_symbols(const sil__elf *elf)
{
    if (!elf->symbols || elf->names_bytes == 0 || elf->names[elf->names_bytes - 1] != 0)
        BAD("no dynamic symbols, or their names have no end");
    for (uint64_t i = 1; i < elf->symbol_count; i++) {
        Elf64_Sym s;
        symbol_at(elf, i, &s);
        if (s.st_name >= elf->names_bytes)
            BAD("the name of symbol %llu lies outside the file", (unsigned long long)i);
        if (s.st_shndx == SHN_UNDEF)
            BAD("symbol %.100s is not defined", elf->names + s.st_name);
        if (ELF64_ST_TYPE(s.st_info) == STT_GNU_IFUNC || ELF64_ST_TYPE(s.st_info) == STT_TLS)
            BAD("symbol %.100s is an indirect function or thread-local", elf->names + s.st_name);
    }
    return SIL_OK;
}

static sil_status read_sections(sil__elf *elf, const Elf64_Ehdr *h)
{
    Elf64_Shdr s, names;
    memcpy(&names, elf->file + h->e_shoff + h->e_shstrndx * sizeof names, sizeof names);
    if (!inside(elf, names.sh_offset, names.sh_size) || names.sh_size == 0 ||
        elf->file[names.sh_offset + names.sh_size - 1] != 0)
        BAD("the section names lie outside the file");
    for (uint32_t i = 1; i < h->e_shnum; i++) {
        memcpy(&s, elf->file + h->e_shoff + i * sizeof s, sizeof s);
        if (s.sh_name >= names.sh_size)
            BAD("the name of section %u lies outside the file", i);
        if (s.sh_type == SHT_DYNSYM) {
            Elf64_Shdr strings;
            if (s.sh_entsize != sizeof(Elf64_Sym) || s.sh_link >= h->e_shnum || !inside(elf, s.sh_offset, s.sh_size))
                BAD("the dynamic symbols lie outside the file");
            memcpy(&strings, elf->file + h->e_shoff + s.sh_link * sizeof strings, sizeof strings);
            if (strings.sh_type != SHT_STRTAB || !inside(elf, strings.sh_offset, strings.sh_size))
                BAD("the names of the dynamic symbols lie outside the file");
            elf->symbols = elf->file + s.sh_offset;
            elf->symbol_count = s.sh_size / sizeof(Elf64_Sym);
            elf->names = (const char *)elf->file + strings.sh_offset;
            elf->names_bytes = strings.sh_size;
        } else if (!strcmp((const char *)elf->file + names.sh_offset + s.sh_name, ".tenon.kernels")) {
            if (s.sh_type == SHT_NOBITS || (s.sh_flags & SHF_COMPRESSED) || !inside(elf, s.sh_offset, s.sh_size))
                BAD("the kernel table lies outside the file");
            elf->table = elf->file + s.sh_offset;
            elf->table_bytes = s.sh_size;
        }
    }
    if (!elf->table)
        BAD("no section .tenon.kernels; this is no simulator image");
    return check_symbols(elf);
}

bool sil__elf_symbol(const sil__elf *elf, const char *name, Elf64_Sym *out)
{
    for (uint64_t i = 1; i < elf->symbol_count; i++) {
        symbol_at(elf, i, out);
        if (!strcmp(elf->names + out->st_name, name))
            return true;
    }
    return false;
}

static sil_status check_abi(const sil__elf *elf)
{
    Elf64_Sym s;
    uint64_t offset;
    uint32_t abi;
    if (!sil__elf_symbol(elf, TN_SIM_IMAGE_ABI_SYMBOL, &s))
        BAD("no symbol " TN_SIM_IMAGE_ABI_SYMBOL "; this is no simulator image");
    const sil__segment *segment = sil__elf_segment(elf, s.st_value, sizeof abi);
    if (!segment || (segment->flags & PF_W) || !offset_of(elf, s.st_value, sizeof abi, &offset))
        BAD(TN_SIM_IMAGE_ABI_SYMBOL " does not lie in read-only data");
    memcpy(&abi, elf->file + offset, sizeof abi);
    if (abi != TN_SIM_IMAGE_ABI)
        return sil__fail(SIL_WRONG_TARGET, "image: ABI %u; this engine has ABI %u", abi, TN_SIM_IMAGE_ABI);
    return SIL_OK;
}

sil_status sil__elf_read(sil__elf *out, const void *file, uint64_t bytes)
{
    Elf64_Ehdr header;
    Elf64_Phdr dynamic = { .p_type = PT_NULL };
    dynamic_values values;
    *out = (sil__elf){ .file = file };
    out->bytes = bytes;
    sil_status status = read_header(out, &header);
    if (status == SIL_OK)
        status = read_segments(out, &header, &dynamic);
    if (status == SIL_OK)
        status = read_dynamic(out, &dynamic, &values);
    if (status == SIL_OK)
        status = read_sections(out, &header); /* first, since it knows the names of what is missing */
    if (status == SIL_OK)
        status = check_rela(out, &values);
    if (status == SIL_OK)
        status = check_relr(out, &values);
    if (status == SIL_OK)
        status = check_abi(out);
    if (status == SIL_OK && out->high - out->low > MAX_SPAN)
        return sil__fail(SIL_BAD_IMAGE, "image: larger than an image may be");
    return status;
}
