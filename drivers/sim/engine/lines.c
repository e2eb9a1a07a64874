/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where an instruction comes from: file and line out of an image's .debug_line (DWARF 2 to 5), which tenoncc -g writes.
 * It is read when something has failed, from the file as it was loaded, which may hold anything: a table that is not as it
 * should be gives no line. Owns nothing. May call libc only.
 */
#include <stdio.h>
#include <string.h>

#include "drivers/sim/engine/elf.h"

typedef struct cursor {
    const unsigned char *at, *end;
    bool bad;
} cursor;

static uint64_t take(cursor *c, uint32_t bytes)
{
    uint64_t value = 0;
    if (c->bad || (uint64_t)(c->end - c->at) < bytes) {
        c->bad = true;
        return 0;
    }
    memcpy(&value, c->at, bytes);
    c->at += bytes;
    return value;
}

static uint64_t take_uleb(cursor *c)
{
    uint64_t value = 0, byte = 0x80;
    for (uint32_t shift = 0; byte & 0x80 && !c->bad; shift += 7) {
        byte = take(c, 1);
        if (shift < 64)
            value |= (byte & 0x7f) << shift;
    }
    return value;
}

static int64_t take_sleb(cursor *c)
{
    uint64_t value = 0, byte = 0x80;
    uint32_t shift = 0;
    for (; byte & 0x80 && !c->bad; shift += 7) {
        byte = take(c, 1);
        if (shift < 64)
            value |= (byte & 0x7f) << shift;
    }
    if (shift < 64 && byte & 0x40)
        value |= UINT64_MAX << shift;
    return (int64_t)value;
}

static const char *take_text(cursor *c)
{
    const char *text = (const char *)c->at;
    const unsigned char *zero = c->bad ? NULL : memchr(c->at, 0, (size_t)(c->end - c->at));
    if (!zero) {
        c->bad = true;
        return "";
    }
    c->at = zero + 1;
    return text;
}

/* The section of that name in the file, which sil__elf_read has passed. */
static cursor section(const sil__elf *elf, const char *name)
{
    cursor none = { NULL, NULL, true };
    Elf64_Ehdr h;
    Elf64_Shdr s, names;
    memcpy(&h, elf->file, sizeof h);
    memcpy(&names, elf->file + h.e_shoff + (uint64_t)h.e_shstrndx * sizeof names, sizeof names);
    for (uint32_t i = 0; i < h.e_shnum; i++) {
        memcpy(&s, elf->file + h.e_shoff + (uint64_t)i * sizeof s, sizeof s);
        if (s.sh_name >= names.sh_size || s.sh_type == SHT_NOBITS || s.sh_flags & SHF_COMPRESSED ||
            s.sh_offset > elf->bytes || s.sh_size > elf->bytes - s.sh_offset)
            continue;
        size_t room = names.sh_size - s.sh_name;
        const char *have = (const char *)elf->file + names.sh_offset + s.sh_name;
        if (strnlen(have, room) < room && strcmp(have, name) == 0)
            return (cursor){ elf->file + s.sh_offset, elf->file + s.sh_offset + s.sh_size, false };
    }
    return none;
}

typedef struct unit {
    uint32_t version, step, base_opcode, line_range;
    int8_t line_base;
    unsigned char lengths[256];
    cursor directories, files; /* from their first entry; DWARF 5: from their formats */
    cursor program;
    cursor texts[2]; /* DWARF 5: .debug_line_str and .debug_str */
} unit;

/* An entry of DWARF 5's tables, told by its format: the name, and which directory it is in. */
static void take_entry(const unit *u, cursor *c, cursor format, uint64_t fields, const char **out_name,
                       uint64_t *out_directory)
{
    for (uint64_t i = 0; i < fields && !c->bad; i++) {
        uint64_t content = take_uleb(&format), form = take_uleb(&format), number = 0;
        const char *text = NULL;
        cursor in;
        switch (form) {
        case 0x08: /* DW_FORM_string */
            text = take_text(c);
            break;
        case 0x0e: /* DW_FORM_strp */
        case 0x1f: /* DW_FORM_line_strp */
            number = take(c, 4);
            in = u->texts[form == 0x0e];
            in.bad |= in.at ? number > (uint64_t)(in.end - in.at) : true;
            in.at += in.bad ? 0 : number;
            text = take_text(&in);
            break;
        case 0x0b: /* DW_FORM_data1, 2, 4, 8 */
            number = take(c, 1);
            break;
        case 0x05:
            number = take(c, 2);
            break;
        case 0x06:
            number = take(c, 4);
            break;
        case 0x07:
            number = take(c, 8);
            break;
        case 0x0f: /* DW_FORM_udata */
            number = take_uleb(c);
            break;
        case 0x1e: /* DW_FORM_data16 */
            take(c, 8);
            take(c, 8);
            break;
        default:
            c->bad = true;
        }
        c->bad |= format.bad;
        if (content == 1 && text)
            *out_name = text;
        if (content == 2)
            *out_directory = number;
    }
}

/* The entry of that number of a table that begins with its formats; *c moves behind the table when there is no such number. */
static bool entry_of(const unit *u, cursor *c, uint64_t number, const char **out_name, uint64_t *out_directory)
{
    uint64_t fields = take(c, 1);
    cursor format = *c;
    for (uint64_t i = 0; i < fields * 2 && !c->bad; i++)
        take_uleb(c);
    uint64_t count = take_uleb(c);
    for (uint64_t i = 0; i < count && !c->bad; i++) {
        const unsigned char *before = c->at;
        *out_name = "";
        *out_directory = 0;
        take_entry(u, c, format, fields, out_name, out_directory);
        c->bad |= c->at == before;
        if (i == number)
            return !c->bad;
    }
    return false;
}

/* The head of a unit; false: not one that is understood. *section moves behind the unit. */
static bool read_unit(const sil__elf *elf, cursor *all, unit *out)
{
    uint64_t bytes = take(all, 4);
    if (all->bad || bytes >= 0xfffffff0u || bytes > (uint64_t)(all->end - all->at)) {
        all->bad = true;
        return false;
    }
    cursor c = { all->at, all->at + bytes, false };
    all->at += bytes;
    uint64_t version = take(&c, 2);
    if (version == 5)
        take(&c, 2); /* sizes of an address, and of a segment's number */
    uint64_t head = take(&c, 4);
    if (c.bad || version < 2 || version > 5 || head > (uint64_t)(c.end - c.at))
        return false;
    out->version = (uint32_t)version;
    out->program = (cursor){ c.at + head, c.end, false };
    c.end = c.at + head;
    out->step = (uint32_t)take(&c, 1);
    if (version >= 4)
        take(&c, 1); /* operations an instruction: 1 on every processor that runs images */
    take(&c, 1);
    out->line_base = (int8_t)take(&c, 1);
    out->line_range = (uint32_t)take(&c, 1);
    out->base_opcode = (uint32_t)take(&c, 1);
    for (uint32_t i = 1; i < out->base_opcode; i++)
        out->lengths[i] = (unsigned char)take(&c, 1);
    out->directories = c;
    if (version == 5) {
        const char *name;
        uint64_t directory;
        out->texts[0] = section(elf, ".debug_line_str");
        out->texts[1] = section(elf, ".debug_str");
        entry_of(out, &c, UINT64_MAX, &name, &directory);
    } else {
        while (!c.bad && *take_text(&c))
            ;
    }
    out->files = c;
    return !c.bad && out->line_range && out->base_opcode;
}

/* File `number` of the unit. */
static bool file_of(const unit *u, uint64_t number, const char **out_directory, const char **out_name)
{
    cursor files = u->files, directories = u->directories;
    *out_directory = "";
    if (u->version == 5) { /* directory 0 is where the compiler ran */
        uint64_t directory, unused;
        return entry_of(u, &files, number, out_name, &directory) && **out_name &&
               (!directory || entry_of(u, &directories, directory, out_directory, &unused));
    }
    for (uint64_t i = 1;; i++) {
        *out_name = take_text(&files);
        uint64_t directory = take_uleb(&files);
        take_uleb(&files);
        take_uleb(&files);
        if (files.bad || !**out_name)
            return false;
        if (i < number)
            continue;
        for (; directory; directory--) {
            *out_directory = take_text(&directories);
            if (directories.bad || !**out_directory)
                return false;
        }
        return true;
    }
}

typedef struct row {
    uint64_t address, file, line;
} row;

typedef struct search {
    uint64_t address;
    row before; /* the last row of the sequence with a line in a file of the program's; line 0: none */
    row within; /* with a line at all */
    bool found;
} search;

/* The device library's own headers are not where a reader wants to be sent. */
static bool is_ours(const unit *u, uint64_t file)
{
    const char *directory, *name;
    return file_of(u, file, &directory, &name) &&
           (strstr(name, "tenon/include/") || strstr(directory, "tenon/include"));
}

/* A row begins, and so the one before it ends: is the address between them? */
static void begin_row(const unit *u, search *s, const row *previous, const row *next)
{
    if (previous->line) {
        s->within = *previous;
        if (!is_ours(u, previous->file))
            s->before = *previous;
    }
    s->found = s->within.line && previous->address <= s->address && s->address < next->address;
}

static void extended(cursor *c, row *now, bool *end)
{
    uint64_t bytes = take_uleb(c);
    if (c->bad || bytes == 0 || bytes > (uint64_t)(c->end - c->at)) {
        c->bad = true;
        return;
    }
    cursor inner = { c->at, c->at + bytes, false };
    c->at += bytes;
    uint64_t operation = take(&inner, 1);
    if (operation == 1)
        *end = true;
    else if (operation == 2 && bytes == 9)
        now->address = take(&inner, 8);
}

/* Runs a unit's program until the address is found. */
static bool run_unit(const unit *u, search *s)
{
    cursor c = u->program;
    row now = { 0, 1, 1 }, previous = { 0, 0, 0 };
    bool first = true;
    while (!c.bad && c.at < c.end) {
        uint32_t operation = (uint32_t)take(&c, 1);
        bool emit = false, end = false;
        if (operation >= u->base_opcode) {
            uint32_t special = operation - u->base_opcode;
            now.address += (uint64_t)(special / u->line_range) * u->step;
            now.line += (uint64_t)(int64_t)(u->line_base + (int32_t)(special % u->line_range));
            emit = true;
        } else if (operation == 0) {
            extended(&c, &now, &end);
            emit = end;
        } else if (operation == 1) {
            emit = true;
        } else if (operation == 2) {
            now.address += take_uleb(&c) * u->step;
        } else if (operation == 3) {
            now.line += (uint64_t)take_sleb(&c);
        } else if (operation == 4) {
            now.file = take_uleb(&c);
        } else if (operation == 8) {
            now.address += (uint64_t)((255 - u->base_opcode) / u->line_range) * u->step;
        } else if (operation == 9) {
            now.address += take(&c, 2);
        } else {
            for (uint32_t i = 0; i < u->lengths[operation]; i++)
                take_uleb(&c);
        }
        if (!emit || c.bad)
            continue;
        if (!first) {
            begin_row(u, s, &previous, &now);
            if (s->found)
                return true;
        }
        previous = now;
        first = false;
        if (end) {
            now = (row){ 0, 1, 1 };
            s->before = s->within = (row){ 0, 0, 0 };
            first = true;
        }
    }
    return false;
}

bool sil__line_of(const sil__elf *elf, uint64_t address, char *out, size_t capacity)
{
    cursor all = section(elf, ".debug_line");
    unit u;
    while (!all.bad && all.at < all.end) {
        search s = { .address = address };
        if (!read_unit(elf, &all, &u) || !run_unit(&u, &s))
            continue;
        const row *r = s.before.line ? &s.before : &s.within;
        const char *directory, *name;
        if (!file_of(&u, r->file, &directory, &name))
            return false;
        bool whole = *directory && *directory != '/' && *name != '/';
        snprintf(out, capacity, "%.60s%s%.100s:%llu", whole ? directory : "", whole ? "/" : "", name,
                 (unsigned long long)r->line);
        return true;
    }
    return false;
}
