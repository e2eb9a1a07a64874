/* SPDX-License-Identifier: Apache-2.0 */
/*
 * add_image.c - puts images that tenoncc did not build into a bundle: a vendor's, with the table that declares their kernels, and
 * those of other bundles. What the image itself says of its kernels is held against the table. Calls libelf, bundle/bundle.h.
 */
#include "tools/tenoncc/add_image.h"

#include <ctype.h>
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/bundle.h"
#include "tools/tenoncc/args_table.h"

/* What an image of a kind begins with, and which symbol stands for a kernel. */
enum form { TEXT, ELF_CUBIN, ELF_AMDGPU, ELF_ASCEND, FATBIN };
static const struct kind {
    const char *name;
    tn_image_kind kind;
    enum form form;
    const char *target; /* what it is like */
} kinds[] = {
    { "ptx", TN_IMAGE_PTX, TEXT, "sm_80" },
    { "cubin", TN_IMAGE_CUBIN, ELF_CUBIN, "sm_80" },
    { "fatbin", TN_IMAGE_VENDOR, FATBIN, NULL }, /* the format is the target */
    { "amdgpu", TN_IMAGE_AMDGPU, ELF_AMDGPU, "gfx90a" },
    { "opencl-c", TN_IMAGE_OPENCL_C, TEXT, "cl1.2" },
    { "ascend", TN_IMAGE_ASCEND, ELF_ASCEND, "Ascend910B" },
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static const struct kind *kind_of(const char *name)
{
    for (size_t k = 0; k < KINDS; k++)
        if (!strcmp(kinds[k].name, name))
            return &kinds[k];
    return NULL;
}

const char *tncc_added_read(const char *value, struct tncc_added *out)
{
    const char *first = strchr(value, ':'), *second = first ? strchr(first + 1, ':') : NULL;
    if (!second || !second[1])
        return "it is written KIND:TARGET:FILE";
    *out = (struct tncc_added){ .kind = tncc_copy(value, (size_t)(first - value)),
                                .target = tncc_copy(first + 1, (size_t)(second - first - 1)),
                                .file = second + 1 };
    const struct kind *k = kind_of(out->kind);
    if (!k)
        return "the kind is ptx, cubin, fatbin, amdgpu, opencl-c or ascend";
    if (!k->target && !*out->target)
        out->target = "fatbin";
    if (!*out->target || strlen(out->target) > 31)
        return tncc_format("the target is a chip's name, as in %s:%s:%s", k->name, k->target ? k->target : "",
                           out->file);
    if (k->target && !strncmp(k->target, "sm_", 3) &&
        (strncmp(out->target, "sm_", 3) || !isdigit((unsigned char)out->target[3])))
        return "the target is written sm_80";
    if (!k->target && strcmp(out->target, "fatbin") && strcmp(out->target, "mubin"))
        return "the format is fatbin or mubin";
    return NULL;
}

/* ---- what the image says itself ---- */
static const char *entry_of(const struct tncc_kernel *k)
{
    return k->entry ? k->entry : k->name;
}

static bool has_word(const char *text, const char *word)
{
    const size_t n = strlen(word);
    for (const char *p = strstr(text, word); p; p = strstr(p + 1, word)) {
        const bool before = p > text && (isalnum((unsigned char)p[-1]) || p[-1] == '_' || p[-1] == '$');
        if (!before && !isalnum((unsigned char)p[n]) && p[n] != '_' && p[n] != '$')
            return true;
    }
    return false;
}

/* The bytes of one .param declaration: ".param .align 8 .b8 name[24]", ".param .u64 .ptr name". */
static uint32_t param_bytes(const char *text, size_t length)
{
    const char *copy = tncc_copy(text, length), *bracket = strchr(copy, '[');
    uint32_t bits = 0;
    for (const char *p = copy; (p = strchr(p, '.')); p++)
        if (strchr("usfb", p[1]) && isdigit((unsigned char)p[2])) {
            bits = (uint32_t)atoi(p + 2);
            break;
        }
    return bits / 8 * (bracket ? (uint32_t)atoi(bracket + 1) : 1);
}

/* PTX declares its parameters: number and sizes must be the table's. */
static bool check_ptx(const struct tncc_added *from, const struct tncc_kernel *k, const char *text)
{
    const char *p = text, *name = entry_of(k);
    const size_t n = strlen(name);
    for (p = strstr(p, ".entry"); p; p = strstr(p, ".entry")) {
        p += strlen(".entry");
        p += strspn(p, " \t\r\n");
        if (!strncmp(p, name, n) && strspn(p + n, "( \t\r\n;{"))
            break;
    }
    if (!p) {
        tncc_error(from->file, 0, "it has no '.entry %s', which %s:%u declares", name, k->file, k->line);
        return false;
    }
    const char *open = p + n + strspn(p + n, " \t\r\n"), *close = *open == '(' ? strchr(open, ')') : open;
    unsigned count = 0;
    for (const char *at = open; close && (at = strstr(at, ".param")) && at < close; count++) {
        const char *end = at + strcspn(at, ",)");
        const uint32_t bytes = param_bytes(at + 6, (size_t)(end - at - 6));
        if (count < k->arg_count && bytes && bytes != k->args[count].size) {
            tncc_error(k->file, k->line, "kernel %s: argument %u, '%s', has %u bytes here and %u in %s", k->name, count,
                       k->args[count].name, k->args[count].size, bytes, from->file);
            return false;
        }
        at = end;
    }
    if (count != k->arg_count)
        tncc_error(k->file, k->line, "kernel %s has %u arguments here and %u in %s", k->name, k->arg_count, count,
                   from->file);
    return count == k->arg_count;
}

static bool has_symbol(Elf *elf, const char *name)
{
    Elf_Scn *scn = NULL;
    GElf_Shdr header;
    while ((scn = elf_nextscn(elf, scn)) != NULL) {
        Elf_Data *data;
        if (!gelf_getshdr(scn, &header) || (header.sh_type != SHT_SYMTAB && header.sh_type != SHT_DYNSYM) ||
            !(data = elf_getdata(scn, NULL)) || !header.sh_entsize)
            continue;
        for (size_t i = 0; i < header.sh_size / header.sh_entsize; i++) {
            GElf_Sym symbol;
            const char *have =
                gelf_getsym(data, (int)i, &symbol) ? elf_strptr(elf, header.sh_link, symbol.st_name) : NULL;
            if (have && symbol.st_shndx != SHN_UNDEF && !strcmp(have, name))
                return true;
        }
    }
    return false;
}

static bool check_elf(const struct tncc_added *from, const struct kind *kind, const struct tncc_declared *d, char *data,
                      size_t bytes)
{
    static const struct {
        enum form form;
        unsigned machine;
        const char *what, *suffix;
    } machines[] = { { ELF_CUBIN, 190, "a cubin", "" },
                     { ELF_AMDGPU, 224, "an AMDGPU code object", ".kd" },
                     { ELF_ASCEND, 0x1029, "an Ascend object", NULL } };
    size_t m = 0;
    while (machines[m].form != kind->form)
        m++;
    elf_version(EV_CURRENT);
    Elf *elf = bytes > SELFMAG && !memcmp(data, ELFMAG, SELFMAG) ? elf_memory(data, bytes) : NULL;
    GElf_Ehdr header;
    bool good = elf && gelf_getehdr(elf, &header) && header.e_machine == machines[m].machine;
    if (!good)
        tncc_error(from->file, 0, "this is not %s (an ELF file for machine %u)", machines[m].what, machines[m].machine);
    for (size_t i = 0; good && machines[m].suffix && i < d->unit.kernel_count; i++) {
        const struct tncc_kernel *k = &d->unit.kernels[i];
        good = has_symbol(elf, tncc_format("%s%s", entry_of(k), machines[m].suffix));
        if (!good)
            tncc_error(from->file, 0, "it has no symbol %s%s, which %s:%u declares", entry_of(k), machines[m].suffix,
                       k->file, k->line);
    }
    elf_end(elf);
    return good;
}

static bool check(const struct tncc_added *from, const struct kind *kind, const struct tncc_declared *d, char *data,
                  size_t bytes)
{
    static const unsigned char fatbin[] = { 0x50, 0xed, 0x55, 0xba };
    if (kind->form == FATBIN) {
        const bool good = bytes > 16 && !memcmp(data, fatbin, sizeof fatbin);
        if (!good)
            tncc_error(from->file, 0, "this is no fat binary: it does not begin with ba55ed50");
        return good;
    }
    if (kind->form != TEXT)
        return check_elf(from, kind, d, data, bytes);
    if (strlen(data) != bytes && !(bytes && !data[bytes - 1] && strlen(data) == bytes - 1)) {
        tncc_error(from->file, 0, "%s is text, and this is not", kind->name);
        return false;
    }
    for (size_t i = 0; i < d->unit.kernel_count; i++) {
        const struct tncc_kernel *k = &d->unit.kernels[i];
        if (kind->kind == TN_IMAGE_PTX && !check_ptx(from, k, data))
            return false;
        if (!has_word(data, entry_of(k))) {
            tncc_error(from->file, 0, "the name %s does not stand in it, which %s:%u declares", entry_of(k), k->file,
                       k->line);
            return false;
        }
    }
    return true;
}

/* ---- into the bundle ---- */
static void name_for_people(struct tncc_kernel *k)
{
    const char *text = "";
    if (k->display != k->name)
        return;
    for (unsigned i = 0; i < k->arg_count; i++)
        text = tncc_format("%s%s%s", text, i ? ", " : "", k->args[i].type_name);
    k->display = tncc_format("%s(%s)", k->name, text);
}

static bool add(struct tncc_list *list, const struct tncc_image *image)
{
    struct tncc_image *copy = tncc_alloc(sizeof *copy);
    *copy = *image;
    tncc_push(list, copy);
    return true;
}

bool tncc_add_image(const struct tncc_added *from, struct tncc_list *list)
{
    const struct kind *kind = kind_of(from->kind);
    struct tncc_declared declared;
    size_t bytes;
    char *data = tncc_read_file(from->file, &bytes);
    if (!data || !bytes) {
        tncc_error(from->file, 0, data ? "it is empty" : "can't be read");
        return false;
    }
    if (!tncc_args_table(from->table, &declared) || !check(from, kind, &declared, data, bytes))
        return false;
    for (size_t i = 0; i < declared.unit.kernel_count; i++)
        name_for_people(&declared.unit.kernels[i]);
    struct tncc_image image = { .kind = kind->kind,
                                .width = declared.width,
                                .target = from->target,
                                .features = declared.features,
                                .data = data,
                                .bytes = kind->form == TEXT ? strlen(data) + 1 : bytes };
    tncc_ktab(&declared.unit, &image.ktab, &image.ktab_bytes);
    return add(list, &image);
}

bool tncc_add_bundle(const char *path, struct tncc_list *list)
{
    tn_bundle *b; /* stays open: its images are looked into until the end */
    char why[400];
    if (tn_bundle_open_file(path, &b, why, sizeof why)) {
        tncc_error(NULL, 0, "%s%s%s", tncc_starts(why, path) ? "" : path, tncc_starts(why, path) ? "" : ": ", why);
        return false;
    }
    for (uint32_t i = 0; i < tn_bundle_image_count(b); i++) {
        const tn_bundle_view *v = tn_bundle_image_at(b, i);
        add(list, &(struct tncc_image){ .kind = v->kind,
                                        .width = v->width,
                                        .target = v->target,
                                        .features = v->features,
                                        .data = v->data,
                                        .bytes = v->bytes,
                                        .ktab = v->kernels,
                                        .ktab_bytes = v->kernels_bytes });
    }
    return true;
}
