/* SPDX-License-Identifier: Apache-2.0 */
/* elf_file.c - looks at the program headers of a shared object before the dynamic loader maps it. Owns nothing. */
#include "bundle/elf_file.h"

#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The size that a file needs for all of its segments; 0: it is none that the loader would map. */
static uint64_t needed(int file)
{
    Elf64_Ehdr header;
    uint64_t most = 0;
    if (pread(file, &header, sizeof header, 0) != (ssize_t)sizeof header || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
        header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_phentsize != sizeof(Elf64_Phdr))
        return 0;
    most = header.e_phoff + (uint64_t)header.e_phnum * sizeof(Elf64_Phdr);
    for (unsigned i = 0; i < header.e_phnum; i++) {
        Elf64_Phdr part;
        if (pread(file, &part, sizeof part, (off_t)(header.e_phoff + i * sizeof part)) != (ssize_t)sizeof part)
            return most;
        if (part.p_type == PT_LOAD && part.p_offset + part.p_filesz > most)
            most = part.p_offset + part.p_filesz;
    }
    return most;
}

bool tn_elf_file_whole(const char *path, char *why, size_t capacity)
{
    struct stat status;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return true;
    bool whole = fstat(file, &status) == 0 && S_ISREG(status.st_mode);
    uint64_t bytes = whole ? needed(file) : 0;
    if (!whole) {
        snprintf(why, capacity, "it is no file");
    } else if (bytes > (uint64_t)status.st_size) {
        snprintf(why, capacity, "it is cut short: it has %llu bytes, and its segments need %llu",
                 (unsigned long long)status.st_size, (unsigned long long)bytes);
        whole = false;
    }
    close(file);
    return whole;
}
