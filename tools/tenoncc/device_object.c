/* SPDX-License-Identifier: Apache-2.0 */
/*
 * device_object.c - what -dc writes and any later command takes: device code of one source, not yet linked, as bitcode for warps
 * of 32 and of 64 in sections of a relocatable ELF file, so that make, ar and cp treat it as any object. Calls libc alone.
 */
#include <elf.h>
#include <string.h>

#include "tools/tenoncc/tenoncc.h"

enum { MACHINE = 190 /* EM_CUDA */, SECTIONS = 4 };
static const char names[] = "\0.tenon.device.w32\0.tenon.device.w64\0.shstrtab";
enum { NAME_32 = 1, NAME_64 = 19, NAME_STRINGS = 37 };

bool tncc_write_device_object(const char *path, const char *const data[2], const size_t bytes[2])
{
    struct tncc_text out = { 0 };
    Elf64_Ehdr head = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
                        .e_type = ET_REL,
                        .e_machine = MACHINE,
                        .e_version = EV_CURRENT,
                        .e_shoff = sizeof head,
                        .e_ehsize = sizeof head,
                        .e_shentsize = sizeof(Elf64_Shdr),
                        .e_shnum = SECTIONS,
                        .e_shstrndx = 3 };
    const size_t at = sizeof head + SECTIONS * sizeof(Elf64_Shdr), second = (at + bytes[0] + 7) & ~(size_t)7;
    const size_t strings = second + bytes[1];
    Elf64_Shdr sections[SECTIONS] = {
        [1] = { .sh_name = NAME_32, .sh_type = SHT_PROGBITS, .sh_offset = at, .sh_size = bytes[0], .sh_addralign = 8 },
        [2] = { .sh_name = NAME_64, .sh_type = SHT_PROGBITS, .sh_offset = second, .sh_size = bytes[1], .sh_addralign = 8 },
        [3] = { .sh_name = NAME_STRINGS, .sh_type = SHT_STRTAB, .sh_offset = strings, .sh_size = sizeof names, .sh_addralign = 1 },
    };
    tncc_add_bytes(&out, (const char *)&head, sizeof head);
    tncc_add_bytes(&out, (const char *)sections, sizeof sections);
    tncc_add_bytes(&out, data[0], bytes[0]);
    tncc_add_bytes(&out, "\0\0\0\0\0\0\0", second - at - bytes[0]);
    tncc_add_bytes(&out, data[1], bytes[1]);
    tncc_add_bytes(&out, names, sizeof names);
    return tncc_write_file(path, out.data, out.bytes);
}

const char *tncc_read_device_object(const char *path, unsigned width, size_t *out_bytes)
{
    size_t bytes;
    const char *data = tncc_read_file(path, &bytes), *wanted = width == 64 ? ".tenon.device.w64" : ".tenon.device.w32";
    Elf64_Ehdr head;
    Elf64_Shdr sections[SECTIONS];
    if (!data || bytes < sizeof head + sizeof sections)
        return NULL;
    memcpy(&head, data, sizeof head);
    memcpy(sections, data + sizeof head, sizeof sections);
    if (memcmp(head.e_ident, ELFMAG, SELFMAG) || head.e_machine != MACHINE || head.e_shoff != sizeof head ||
        head.e_shnum != SECTIONS || head.e_shstrndx != 3 || sections[3].sh_offset > bytes ||
        bytes - sections[3].sh_offset < sizeof names || memcmp(data + sections[3].sh_offset, names, sizeof names) != 0)
        return NULL;
    for (unsigned k = 1; k < 3; k++)
        if (sections[k].sh_name < sizeof names && !strcmp(names + sections[k].sh_name, wanted) && sections[k].sh_offset <= bytes &&
            sections[k].sh_size <= bytes - sections[k].sh_offset) {
            *out_bytes = sections[k].sh_size;
            return data + sections[k].sh_offset;
        }
    return NULL;
}
