/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bundle_write.c - writes a bundle (tenon/bundle.h): an ELF file without code, made with libelf. Calls libelf and,
 * to check its own work, bundle/bundle.h.
 */
#include "tools/tenoncc/tenoncc.h"

#include <gelf.h>
#include <libelf.h>
#include <string.h>
#include <unistd.h>

#include "bundle/bundle.h"

struct writer {
    Elf *elf;
    struct tncc_text names; /* .shstrtab */
};

static void need(bool good, const char *what)
{
    if (!good)
        tncc_fatal("can't write the bundle: %s: %s", what, elf_errmsg(-1));
}

/* One section; libelf keeps the pointer, the arena keeps the bytes. */
static Elf_Scn *add_section(struct writer *w, const char *name, uint32_t type, const void *data, size_t bytes,
                            size_t align)
{
    Elf_Scn *scn = elf_newscn(w->elf);
    need(scn, "section");
    Elf_Data *d = elf_newdata(scn);
    need(d, "section data");
    d->d_buf = (void *)(uintptr_t)data;
    d->d_size = bytes;
    d->d_align = align;
    d->d_type = ELF_T_BYTE;
    d->d_version = EV_CURRENT;
    GElf_Shdr header;
    need(gelf_getshdr(scn, &header), "section header");
    header.sh_name = (Elf64_Word)w->names.bytes;
    header.sh_type = type;
    header.sh_addralign = align;
    need(gelf_update_shdr(scn, &header), "section header");
    tncc_add_bytes(&w->names, name, strlen(name) + 1);
    return scn;
}

static const void *make_note(const struct tncc_image *image, size_t *out_bytes)
{
    struct {
        Elf64_Nhdr header;
        char owner[8];
        tn_bundle_image image;
    } *note = tncc_alloc(sizeof *note);
    note->header = (Elf64_Nhdr){ sizeof TN_NOTE_OWNER, sizeof note->image, TN_NOTE_IMAGE };
    memcpy(note->owner, TN_NOTE_OWNER, sizeof TN_NOTE_OWNER);
    note->image.bytes = sizeof note->image;
    note->image.kind = image->kind;
    note->image.width = image->width;
    if (strlen(image->target) >= sizeof note->image.target || strlen(image->features) >= sizeof note->image.features)
        tncc_fatal("the target's name or features are too long for a bundle: %s, %s", image->target, image->features);
    memcpy(note->image.target, image->target, strlen(image->target));
    memcpy(note->image.features, image->features, strlen(image->features));
    *out_bytes = sizeof *note;
    return note;
}

static void add_image(struct writer *w, const struct tncc_image *image, size_t index, bool compress)
{
    size_t bytes;
    const void *note = make_note(image, &bytes);
    add_section(w, tncc_format(".note.tenon.%zu", index), SHT_NOTE, note, bytes, 4);
    Elf_Scn *scn = add_section(w, tncc_format(".tenon.image.%zu", index), SHT_PROGBITS, image->data, image->bytes, 16);
    if (compress && image->bytes > 256)
        need(elf_compress(scn, ELFCOMPRESS_ZLIB, 0) >= 0, "compression");
    add_section(w, tncc_format(".tenon.kernels.%zu", index), SHT_PROGBITS, image->ktab, image->ktab_bytes, 8);
}

static void write_elf(int fd, const struct tncc_image *images, size_t count, bool compress)
{
    struct writer w = { 0 };
    tncc_add_bytes(&w.names, "", 1);
    elf_version(EV_CURRENT);
    w.elf = elf_begin(fd, ELF_C_WRITE, NULL);
    need(w.elf && gelf_newehdr(w.elf, ELFCLASS64), "header");
    GElf_Ehdr header;
    need(gelf_getehdr(w.elf, &header), "header");
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_type = ET_NONE;
    header.e_machine = EM_NONE;
    header.e_version = EV_CURRENT;
    header.e_flags = TN_BUNDLE_VERSION;
    need(gelf_update_ehdr(w.elf, &header), "header");
    for (size_t i = 0; i < count; i++)
        add_image(&w, &images[i], i, compress);
    Elf_Scn *strings = elf_newscn(w.elf);
    need(strings, "section names");
    size_t name = w.names.bytes;
    tncc_add_bytes(&w.names, ".shstrtab", sizeof ".shstrtab");
    Elf_Data *d = elf_newdata(strings);
    need(d, "section names");
    d->d_buf = w.names.data;
    d->d_size = w.names.bytes;
    d->d_align = 1;
    d->d_type = ELF_T_BYTE;
    d->d_version = EV_CURRENT;
    GElf_Shdr section;
    need(gelf_getshdr(strings, &section), "section names");
    section.sh_name = (Elf64_Word)name;
    section.sh_type = SHT_STRTAB;
    section.sh_addralign = 1;
    need(gelf_update_shdr(strings, &section), "section names");
    need(gelf_getehdr(w.elf, &header), "header");
    header.e_shstrndx = (Elf64_Half)elf_ndxscn(strings);
    need(gelf_update_ehdr(w.elf, &header), "header");
    need(elf_update(w.elf, ELF_C_WRITE) >= 0, "contents");
    elf_end(w.elf);
}

bool tncc_bundle_bytes(const struct tncc_image *images, size_t count, bool compress, void **out, size_t *out_bytes)
{
    char why[300];
    tn_bundle *check;
    const int fd = tncc_memory_file("bundle");
    write_elf(fd, images, count, compress);
    *out = tncc_read_fd(fd, out_bytes);
    close(fd);
    if (!*out || tn_bundle_open_memory(*out, *out_bytes, &check, why, sizeof why))
        tncc_fatal("internal: the bundle that was written is wrong: %s", *out ? why : "unreadable");
    tn_bundle_close(check);
    return true;
}

bool tncc_write_bundle(const char *path, const struct tncc_image *images, size_t count, bool compress)
{
    void *data;
    size_t bytes;
    return tncc_bundle_bytes(images, count, compress, &data, &bytes) && tncc_write_file(path, data, bytes);
}
