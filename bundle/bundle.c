/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bundle/bundle.c - opens a bundle: checks the ELF file around it, its notes, its sections and its kernel tables.
 * Owns the copies that it makes. May call libc, libelf and ktab.c. A bundle may come from anyone, so no offset of it
 * is used before it is compared with the file's size.
 */
#include "bundle/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_IMAGES      256u
#define MAX_IMAGE_BYTES ((size_t)1 << 31)

struct image {
    tn_bundle_view view;
    tn_bundle_image note; /* target and features live here */
    void *data, *kernels;
    int has_note;
};

struct tn_bundle {
    uint32_t count;
    struct image images[];
};

struct reader {
    Elf *elf;
    size_t bytes;
    char *why;
    size_t why_bytes;
};

static tn_bundle_status fail(const struct reader *r, tn_bundle_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static tn_bundle_status fail(const struct reader *r, tn_bundle_status status, const char *format, ...)
{
    if (r->why && r->why_bytes) {
        va_list list;
        va_start(list, format);
        vsnprintf(r->why, r->why_bytes, format, list);
        va_end(list);
    }
    return status;
}

const char *tn_bundle_kind_name(tn_image_kind kind)
{
    static const char *const names[] = { "none", "sim", "ptx", "cubin", "amdgpu", "opencl-c", "ascend", "vendor" };
    return (unsigned)kind < sizeof names / sizeof *names ? names[kind] : "unknown";
}

int tn_bundle_looks_like(const void *data, size_t bytes)
{
    Elf64_Ehdr header;
    if (!data || bytes < sizeof header)
        return 0;
    memcpy(&header, data, sizeof header);
    return !memcmp(header.e_ident, ELFMAG, SELFMAG) && header.e_ident[EI_CLASS] == ELFCLASS64 &&
           header.e_type == ET_NONE && header.e_machine == EM_NONE;
}

/* ".tenon.image.12" with prefix ".tenon.image." gives 12; -1: another name. */
static int64_t index_of(const char *name, const char *prefix)
{
    size_t length = strlen(prefix);
    if (strncmp(name, prefix, length))
        return -1;
    const char *digits = name + length;
    if (!*digits || strlen(digits) > 6 || (digits[0] == '0' && digits[1]))
        return -1;
    int64_t value = 0;
    for (; *digits; digits++) {
        if (*digits < '0' || *digits > '9')
            return -1;
        value = value * 10 + (*digits - '0');
    }
    return value;
}

/* Copies a section's content, decompressed, into memory aligned to 16 bytes with a zero byte behind it. */
static tn_bundle_status copy_section(const struct reader *r, Elf_Scn *scn, const char *name, int may_compress,
                                     void **out_data, size_t *out_bytes)
{
    GElf_Shdr header;
    if (!gelf_getshdr(scn, &header))
        return fail(r, TN_BUNDLE_BROKEN, "section %s has no header", name);
    if (header.sh_flags & SHF_COMPRESSED) {
        GElf_Chdr chdr;
        if (!may_compress)
            return fail(r, TN_BUNDLE_BROKEN, "section %s must not be compressed", name);
        if (!gelf_getchdr(scn, &chdr) || chdr.ch_size > MAX_IMAGE_BYTES)
            return fail(r, TN_BUNDLE_BROKEN, "section %s has a broken compression header", name);
        if (elf_compress(scn, 0, 0) < 0)
            return fail(r, TN_BUNDLE_BROKEN, "section %s does not decompress: %s", name, elf_errmsg(-1));
    }
    Elf_Data *data = elf_rawdata(scn, NULL);
    if (header.sh_flags & SHF_COMPRESSED)
        data = elf_getdata(scn, NULL);
    if (!data || (!data->d_buf && data->d_size))
        return fail(r, TN_BUNDLE_BROKEN, "section %s has no content", name);
    size_t room = (data->d_size + 1 + 15) & ~(size_t)15;
    char *copy = aligned_alloc(16, room);
    if (!copy)
        return fail(r, TN_BUNDLE_NO_MEMORY, "no memory for %zu bytes of section %s", data->d_size, name);
    if (data->d_size)
        memcpy(copy, data->d_buf, data->d_size);
    memset(copy + data->d_size, 0, room - data->d_size);
    *out_data = copy;
    *out_bytes = data->d_size;
    return TN_BUNDLE_OK;
}

static tn_bundle_status read_note(const struct reader *r, Elf_Scn *scn, const char *name, struct image *image)
{
    Elf_Data *data = elf_rawdata(scn, NULL);
    Elf64_Nhdr note;
    static const char owner[8] = TN_NOTE_OWNER; /* 5 letters, NUL, padded to 8 */
    if (!data || !data->d_buf || data->d_size < sizeof note + sizeof owner)
        return fail(r, TN_BUNDLE_BROKEN, "note %s is too short", name);
    const char *bytes = data->d_buf;
    memcpy(&note, bytes, sizeof note);
    if (note.n_namesz != sizeof TN_NOTE_OWNER || memcmp(bytes + sizeof note, owner, sizeof owner) ||
        note.n_type != TN_NOTE_IMAGE)
        return fail(r, TN_BUNDLE_BROKEN, "note %s is not one of Tenon's image notes", name);
    size_t least = offsetof(tn_bundle_image, target);
    size_t there = data->d_size - sizeof note - sizeof owner;
    if (note.n_descsz > there || note.n_descsz < least)
        return fail(r, TN_BUNDLE_BROKEN, "note %s says %u bytes, %zu are there", name, note.n_descsz, there);
    memcpy(&image->note, bytes + sizeof note + sizeof owner,
           note.n_descsz < sizeof image->note ? note.n_descsz : sizeof image->note);
    if (image->note.bytes != note.n_descsz || note.n_descsz < sizeof image->note)
        return fail(r, TN_BUNDLE_BROKEN, "note %s describes an image in %u bytes, expected %zu", name,
                    image->note.bytes, sizeof image->note);
    if (!memchr(image->note.target, 0, sizeof image->note.target) ||
        !memchr(image->note.features, 0, sizeof image->note.features))
        return fail(r, TN_BUNDLE_BROKEN, "note %s has a name without an end", name);
    if (image->note.kind == TN_IMAGE_NONE || image->note.kind > TN_IMAGE_VENDOR)
        return fail(r, TN_BUNDLE_BROKEN, "note %s names the unknown kind %u", name, image->note.kind);
    image->has_note = 1;
    image->view.kind = (tn_image_kind)image->note.kind;
    image->view.width = image->note.width;
    image->view.target = image->note.target;
    image->view.features = image->note.features;
    return TN_BUNDLE_OK;
}

static tn_bundle_status read_section(const struct reader *r, Elf_Scn *scn, const char *name, tn_bundle *bundle)
{
    int64_t n;
    char why[200];
    if ((n = index_of(name, ".note.tenon.")) >= 0 && n < bundle->count) {
        if (bundle->images[n].has_note)
            return fail(r, TN_BUNDLE_BROKEN, "two sections are called %s", name);
        return read_note(r, scn, name, &bundle->images[n]);
    }
    if ((n = index_of(name, ".tenon.image.")) >= 0 && n < bundle->count) {
        struct image *image = &bundle->images[n];
        if (image->data)
            return fail(r, TN_BUNDLE_BROKEN, "two sections are called %s", name);
        tn_bundle_status status = copy_section(r, scn, name, 1, &image->data, &image->view.bytes);
        image->view.data = image->data;
        return status;
    }
    if ((n = index_of(name, ".tenon.kernels.")) >= 0 && n < bundle->count) {
        struct image *image = &bundle->images[n];
        if (image->kernels)
            return fail(r, TN_BUNDLE_BROKEN, "two sections are called %s", name);
        tn_bundle_status status = copy_section(r, scn, name, 0, &image->kernels, &image->view.kernels_bytes);
        if (status)
            return status;
        if (tn_ktab_check(image->kernels, image->view.kernels_bytes, why, sizeof why))
            return fail(r, TN_BUNDLE_BROKEN, "image %d: %s", (int)n, why);
        image->view.kernels = image->kernels;
        return TN_BUNDLE_OK;
    }
    return fail(r, TN_BUNDLE_BROKEN, "section %s belongs to no image", name);
}

/* Every section lies inside the file, and no two overlap; libelf trusts more than we do. */
static tn_bundle_status check_sections(const struct reader *r, size_t count, size_t names_index)
{
    GElf_Shdr names;
    Elf_Scn *names_scn = elf_getscn(r->elf, names_index);
    if (!names_scn || !gelf_getshdr(names_scn, &names) || names.sh_type != SHT_STRTAB)
        return fail(r, TN_BUNDLE_BROKEN, "the bundle's section names are missing");
    for (size_t i = 1; i < count; i++) {
        GElf_Shdr a;
        if (!gelf_getshdr(elf_getscn(r->elf, i), &a) || a.sh_type == SHT_NOBITS || a.sh_offset > r->bytes ||
            a.sh_size > r->bytes - a.sh_offset)
            return fail(r, TN_BUNDLE_BROKEN, "the bundle is cut short: section %zu ends behind its %zu bytes", i,
                        r->bytes);
        for (size_t j = 1; j < i; j++) {
            GElf_Shdr b;
            gelf_getshdr(elf_getscn(r->elf, j), &b);
            if (a.sh_size && b.sh_size && a.sh_offset < b.sh_offset + b.sh_size &&
                b.sh_offset < a.sh_offset + a.sh_size)
                return fail(r, TN_BUNDLE_BROKEN, "sections %zu and %zu of the bundle overlap", j, i);
        }
    }
    return TN_BUNDLE_OK;
}

static tn_bundle_status read_elf(const struct reader *r, tn_bundle **out_bundle)
{
    size_t count, names_index;
    tn_bundle_status status;
    tn_bundle *bundle;
    uint32_t images = 0;
    GElf_Ehdr header;
    if (elf_kind(r->elf) != ELF_K_ELF || !gelf_getehdr(r->elf, &header))
        return fail(r, TN_BUNDLE_FOREIGN, "not a kernel bundle: %s", elf_errmsg(-1));
    if (header.e_flags != TN_BUNDLE_VERSION)
        return fail(r, TN_BUNDLE_VERSION_UNKNOWN, "a bundle of version %u; this reader knows version %u",
                    header.e_flags, TN_BUNDLE_VERSION);
    if (header.e_shoff > r->bytes || elf_getshdrnum(r->elf, &count) || count < 2 || count > 4 * MAX_IMAGES ||
        (uint64_t)count * sizeof(Elf64_Shdr) > r->bytes - header.e_shoff || elf_getshdrstrndx(r->elf, &names_index))
        return fail(r, TN_BUNDLE_BROKEN, "the bundle is cut short: its section headers are not in its %zu bytes",
                    r->bytes);
    if ((status = check_sections(r, count, names_index)))
        return status;
    for (size_t i = 1; i < count; i++) {
        GElf_Shdr section;
        gelf_getshdr(elf_getscn(r->elf, i), &section);
        const char *name = elf_strptr(r->elf, names_index, section.sh_name);
        if (!name)
            return fail(r, TN_BUNDLE_BROKEN, "section %zu has no name", i);
        images += index_of(name, ".tenon.image.") >= 0;
    }
    if (!images || images > MAX_IMAGES)
        return fail(r, TN_BUNDLE_BROKEN, "the bundle has %u images", images);
    bundle = calloc(1, sizeof *bundle + images * sizeof *bundle->images);
    if (!bundle)
        return fail(r, TN_BUNDLE_NO_MEMORY, "no memory for a bundle of %u images", images);
    bundle->count = images;
    for (size_t i = 1; i < count && !status; i++) {
        GElf_Shdr section;
        Elf_Scn *scn = elf_getscn(r->elf, i);
        gelf_getshdr(scn, &section);
        const char *name = elf_strptr(r->elf, names_index, section.sh_name);
        if (name && i != names_index)
            status = read_section(r, scn, name, bundle);
    }
    for (uint32_t i = 0; i < images && !status; i++)
        if (!bundle->images[i].has_note || !bundle->images[i].data || !bundle->images[i].kernels)
            status = fail(r, TN_BUNDLE_BROKEN, "image %u lacks its %s", i,
                          !bundle->images[i].has_note ? "note"
                          : !bundle->images[i].data   ? "data"
                                                      : "kernel table");
    if (status)
        tn_bundle_close(bundle);
    else
        *out_bundle = bundle;
    return status;
}

tn_bundle_status tn_bundle_open_memory(const void *data, size_t bytes, tn_bundle **out_bundle, char *why,
                                       size_t why_bytes)
{
    struct reader r = { NULL, bytes, why, why_bytes };
    tn_bundle_status status;
    char *copy;
    *out_bundle = NULL;
    if (!tn_bundle_looks_like(data, bytes))
        return fail(&r, TN_BUNDLE_FOREIGN, "not a kernel bundle (%zu bytes, no ELF header of that kind)", bytes);
    elf_version(EV_CURRENT);
    /* libelf changes section headers in place when it decompresses, so it gets a copy. */
    copy = malloc(bytes);
    if (!copy)
        return fail(&r, TN_BUNDLE_NO_MEMORY, "no memory for %zu bytes", bytes);
    memcpy(copy, data, bytes);
    r.elf = elf_memory(copy, bytes);
    status = r.elf ? read_elf(&r, out_bundle) : fail(&r, TN_BUNDLE_BROKEN, "a broken bundle: %s", elf_errmsg(-1));
    elf_end(r.elf);
    free(copy);
    return status;
}

tn_bundle_status tn_bundle_open_file(const char *path, tn_bundle **out_bundle, char *why, size_t why_bytes)
{
    struct reader r = { NULL, 0, why, why_bytes };
    struct stat info;
    char *data = NULL;
    size_t have = 0;
    tn_bundle_status status = TN_BUNDLE_NO_FILE;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    *out_bundle = NULL;
    if (fd < 0 || fstat(fd, &info)) {
        fail(&r, status, "%s: %s", path, strerror(errno));
        goto end;
    }
    if (!S_ISREG(info.st_mode)) {
        fail(&r, status, "%s: not a regular file", path);
        goto end;
    }
    data = malloc((size_t)info.st_size + 1);
    if (!data) {
        status = fail(&r, TN_BUNDLE_NO_MEMORY, "%s: no memory for %lld bytes", path, (long long)info.st_size);
        goto end;
    }
    while (have < (size_t)info.st_size) {
        ssize_t n = read(fd, data + have, (size_t)info.st_size - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        have += (size_t)n;
    }
    status = tn_bundle_open_memory(data, have, out_bundle, why, why_bytes);
end:
    free(data);
    if (fd >= 0)
        close(fd);
    return status;
}

void tn_bundle_close(tn_bundle *bundle)
{
    if (!bundle)
        return;
    for (uint32_t i = 0; i < bundle->count; i++) {
        free(bundle->images[i].data);
        free(bundle->images[i].kernels);
    }
    free(bundle);
}

uint32_t tn_bundle_image_count(const tn_bundle *bundle)
{
    return bundle->count;
}

const tn_bundle_view *tn_bundle_image_at(const tn_bundle *bundle, uint32_t index)
{
    return index < bundle->count ? &bundle->images[index].view : NULL;
}
