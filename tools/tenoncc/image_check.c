/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_check.c - looks through a linked image: no undefined symbol, no DT_NEEDED, no thread-local storage, no ifunc,
 * relative relocations only, nothing writable and executable, the kernel table and the ABI symbol in place.
 * Calls libelf and bundle/ktab.h.
 */
#include "tools/tenoncc/image_check.h"

#include <gelf.h>
#include <libelf.h>
#include <stdio.h>
#include <string.h>

#include "bundle/ktab.h"
#include "tenon/sim_image.h"

#define FAIL(...) return snprintf(why, why_bytes, __VA_ARGS__), -1

static int check_segments(Elf *elf, char *why, size_t why_bytes)
{
    size_t count = 0;
    GElf_Phdr p;
    if (elf_getphdrnum(elf, &count))
        FAIL("no program headers");
    for (size_t i = 0; i < count; i++) {
        if (!gelf_getphdr(elf, (int)i, &p))
            FAIL("broken program header %zu", i);
        if (p.p_type == PT_LOAD && (p.p_flags & PF_W) && (p.p_flags & PF_X))
            FAIL("segment %zu is writable and executable", i);
        if (p.p_type == PT_TLS)
            FAIL("it has thread-local storage");
        if (p.p_type == PT_INTERP)
            FAIL("it asks for an interpreter");
    }
    return 0;
}

static int check_symbols(Elf *elf, Elf_Scn *scn, const GElf_Shdr *header, int *has_abi, char *why, size_t why_bytes)
{
    Elf_Data *data = elf_getdata(scn, NULL);
    size_t count = data && header->sh_entsize ? data->d_size / header->sh_entsize : 0;
    for (size_t i = 1; i < count; i++) {
        GElf_Sym symbol;
        gelf_getsym(data, (int)i, &symbol);
        const char *name = elf_strptr(elf, header->sh_link, symbol.st_name);
        if (symbol.st_shndx == SHN_UNDEF)
            FAIL("symbol %s is undefined", name ? name : "?");
        if (GELF_ST_TYPE(symbol.st_info) == STT_GNU_IFUNC)
            FAIL("symbol %s is an ifunc", name ? name : "?");
        if (GELF_ST_TYPE(symbol.st_info) == STT_TLS)
            FAIL("symbol %s is thread-local", name ? name : "?");
        *has_abi |= name && !strcmp(name, TN_SIM_IMAGE_ABI_SYMBOL);
    }
    return 0;
}

static int check_relocations(Elf_Scn *scn, const GElf_Shdr *header, char *why, size_t why_bytes)
{
    Elf_Data *data = elf_getdata(scn, NULL);
    size_t count = data && header->sh_entsize ? data->d_size / header->sh_entsize : 0;
    for (size_t i = 0; i < count; i++) {
        GElf_Rela r;
        gelf_getrela(data, (int)i, &r);
        if (GELF_R_TYPE(r.r_info) != R_X86_64_RELATIVE && GELF_R_TYPE(r.r_info) != R_AARCH64_RELATIVE)
            FAIL("a relocation of type %llu", (unsigned long long)GELF_R_TYPE(r.r_info));
    }
    return 0;
}

static int check_dynamic(Elf_Scn *scn, const GElf_Shdr *header, char *why, size_t why_bytes)
{
    Elf_Data *data = elf_getdata(scn, NULL);
    size_t count = data && header->sh_entsize ? data->d_size / header->sh_entsize : 0;
    for (size_t i = 0; i < count; i++) {
        GElf_Dyn d;
        gelf_getdyn(data, (int)i, &d);
        if (d.d_tag == DT_NEEDED)
            FAIL("it needs another library");
        if (d.d_tag == DT_INIT || d.d_tag == DT_FINI || d.d_tag == DT_INIT_ARRAY || d.d_tag == DT_FINI_ARRAY)
            FAIL("it has code to run at load or exit: device variables need constant initial values");
        if (d.d_tag == DT_TEXTREL)
            FAIL("its text has relocations");
    }
    return 0;
}

static int check_elf(Elf *elf, char *why, size_t why_bytes)
{
    size_t names;
    int has_abi = 0, has_table = 0;
    char reason[200];
    if (check_segments(elf, why, why_bytes) || elf_getshdrstrndx(elf, &names))
        return -1;
    for (Elf_Scn *scn = elf_nextscn(elf, NULL); scn; scn = elf_nextscn(elf, scn)) {
        GElf_Shdr h;
        int failed = 0;
        gelf_getshdr(scn, &h);
        const char *name = elf_strptr(elf, names, h.sh_name);
        if (h.sh_type == SHT_DYNSYM)
            failed = check_symbols(elf, scn, &h, &has_abi, why, why_bytes);
        else if (h.sh_type == SHT_RELA)
            failed = check_relocations(scn, &h, why, why_bytes);
        else if (h.sh_type == SHT_DYNAMIC)
            failed = check_dynamic(scn, &h, why, why_bytes);
        else if (name && !strcmp(name, ".tenon.kernels")) {
            Elf_Data *data = elf_getdata(scn, NULL);
            has_table = 1;
            if (!data || tn_ktab_check(data->d_buf, data->d_size, reason, sizeof reason))
                FAIL("%s", data ? reason : "the kernel table is empty");
        }
        if (failed)
            return failed;
    }
    if (!has_abi)
        FAIL("symbol " TN_SIM_IMAGE_ABI_SYMBOL " is missing");
    if (!has_table)
        FAIL("section .tenon.kernels is missing");
    return 0;
}

int tncc_image_check(const void *data, size_t bytes, char *why, size_t why_bytes)
{
    elf_version(EV_CURRENT);
    Elf *elf = elf_memory((char *)(uintptr_t)data, bytes);
    if (!elf || elf_kind(elf) != ELF_K_ELF)
        FAIL("it is not an ELF file");
    int failed = check_elf(elf, why, why_bytes);
    elf_end(elf);
    return failed;
}
