/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Line tables that stand apart from their image: found by the image's build-id in the folders of TENON_SIM_DEBUG (colons between)
 * and in /usr/lib/debug, as debuggers find them. Looked for when something has failed, so nothing is kept. Calls libc alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/sim/engine/elf.h"

enum { LEAST_ID = 4, MOST_ID = 32 };
#define MOST_FILE ((long)1 << 30)

/* The build-id as hexadecimal digits; false: the image has none. */
static bool build_id(const sil__elf *elf, char *out)
{
    Elf64_Ehdr h;
    memcpy(&h, elf->file, sizeof h);
    for (uint32_t i = 0; i < h.e_phnum; i++) {
        Elf64_Phdr p;
        Elf64_Nhdr note;
        memcpy(&p, elf->file + h.e_phoff + (uint64_t)i * sizeof p, sizeof p);
        if (p.p_type != PT_NOTE || p.p_offset > elf->bytes || p.p_filesz > elf->bytes - p.p_offset ||
            p.p_filesz < sizeof note + 4)
            continue;
        const unsigned char *at = elf->file + p.p_offset;
        memcpy(&note, at, sizeof note);
        if (note.n_type != NT_GNU_BUILD_ID || note.n_namesz != 4 || memcmp(at + sizeof note, "GNU", 4) != 0 ||
            note.n_descsz < LEAST_ID || note.n_descsz > MOST_ID || note.n_descsz > p.p_filesz - sizeof note - 4)
            continue;
        for (uint32_t k = 0; k < note.n_descsz; k++)
            snprintf(out + 2 * k, 3, "%02x", at[sizeof note + 4 + k]);
        return true;
    }
    return false;
}

static void *read_file(const char *path, uint64_t *out_bytes)
{
    FILE *file = fopen(path, "rbe");
    void *data = NULL;
    long bytes = -1;
    if (!file)
        return NULL;
    if (fseek(file, 0, SEEK_END) == 0)
        bytes = ftell(file);
    rewind(file);
    if (bytes > 0 && bytes <= MOST_FILE)
        data = malloc((size_t)bytes);
    if (data && fread(data, 1, (size_t)bytes, file) != (size_t)bytes) {
        free(data);
        data = NULL;
    }
    fclose(file);
    *out_bytes = (uint64_t)bytes;
    return data;
}

static bool line_in(const char *path, const char *id, uint64_t address, char *out, size_t capacity)
{
    sil__elf elf;
    char own[2 * MOST_ID + 1];
    uint64_t bytes;
    void *data = read_file(path, &bytes);
    bool found = data && sil__elf_read(&elf, data, bytes) == SIL_OK && build_id(&elf, own) && strcmp(own, id) == 0 &&
                 sil__line_of(&elf, address, out, capacity);
    free(data);
    return found;
}

bool sil__line_apart(const sil__elf *elf, uint64_t address, char *out, size_t capacity)
{
    char id[2 * MOST_ID + 1], path[4096];
    const char *folders = getenv("TENON_SIM_DEBUG");
    if (!build_id(elf, id))
        return false;
    for (const char *at = folders ? folders : ""; *at; at += strcspn(at, ":"), at += *at == ':') {
        int length = (int)strcspn(at, ":");
        int bytes = snprintf(path, sizeof path, "%.*s/.build-id/%.2s/%s.debug", length, at, id, id + 2);
        if (length && (size_t)bytes < sizeof path && line_in(path, id, address, out, capacity))
            return true;
    }
    snprintf(path, sizeof path, "/usr/lib/debug/.build-id/%.2s/%s.debug", id, id + 2);
    return line_in(path, id, address, out, capacity);
}
