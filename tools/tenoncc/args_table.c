/* SPDX-License-Identifier: Apache-2.0 */
/*
 * args_table.c - reads the table that declares what is in a vendor-built image: sections [image], [kernel NAME] and [variable NAME]
 * of lines KEY = VALUE. Everything is checked; an error has file and line. Calls libc alone.
 */
#include "tools/tenoncc/args_table.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum section { NOWHERE, IMAGE, KERNEL, VARIABLE };
enum { MOST_ROWS = 4096, MOST_ARGS = 1024, MOST_BYTES = 4096 };

struct table {
    const char *path;
    unsigned line;
    struct tncc_declared *out;
    enum section section;
    bool bad;
};

#define BAD(t, ...) ((t)->bad = true, tncc_error((t)->path, (t)->line, __VA_ARGS__))

static char *trim(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    for (char *end = text + strlen(text); end > text && isspace((unsigned char)end[-1]);)
        *--end = 0;
    return text;
}

static bool number(struct table *t, const char *key, const char *text, uint64_t most, uint64_t *out)
{
    char *end;
    *out = isdigit((unsigned char)*text) ? strtoull(text, &end, 0) : (end = (char *)(uintptr_t)text, 0);
    if (end != text && !*end && *out <= most)
        return true;
    BAD(t, "%s = %s: it is a number up to %llu", key, text, (unsigned long long)most);
    return false;
}

static bool power_of_two(struct table *t, const char *what, uint64_t n, uint64_t most)
{
    if (n && !(n & (n - 1)) && n <= most)
        return true;
    BAD(t, "%s %llu: it is a power of two up to %llu", what, (unsigned long long)n, (unsigned long long)most);
    return false;
}

/* ---- types ---- */
static const struct {
    const char *name;
    uint32_t size, align;
} types[] = {
    { "bool", 1, 1 },      { "char", 1, 1 },      { "short", 2, 2 },    { "int", 4, 4 },      { "unsigned", 4, 4 },
    { "long", 8, 8 },      { "long long", 8, 8 }, { "float", 4, 4 },    { "double", 8, 8 },   { "half", 2, 2 },
    { "int8_t", 1, 1 },    { "uint8_t", 1, 1 },   { "int16_t", 2, 2 },  { "uint16_t", 2, 2 }, { "int32_t", 4, 4 },
    { "uint32_t", 4, 4 },  { "int64_t", 8, 8 },   { "uint64_t", 8, 8 }, { "size_t", 8, 8 },   { "float2", 8, 8 },
    { "float4", 16, 16 },  { "int2", 8, 8 },      { "int4", 16, 16 },   { "uint2", 8, 8 },    { "uint4", 16, 16 },
    { "double2", 16, 16 }, { "half2", 4, 4 },
};

/* "const" and the signs say nothing of the size. */
static const char *bare(const char *type)
{
    static const char *const words[] = { "const ", "signed ", "unsigned ", "volatile " };
    for (size_t k = 0; k < sizeof words / sizeof *words;)
        if (tncc_starts(type, words[k]))
            type += strlen(words[k]), k = 0;
        else
            k++;
    return type;
}

static void size_of(struct table *t, struct tncc_arg *a)
{
    const char *type = bare(a->type_name);
    if (tncc_ends(a->type_name, "*")) {
        a->kind = TN_ARG_POINTER;
        a->space = TN_SPACE_GLOBAL;
        a->access = tncc_starts(a->type_name, "const ") && !strchr(strchr(a->type_name, '*') + 1, '*')
                        ? TN_ACCESS_READ
                        : TN_ACCESS_UNKNOWN;
        a->size = a->align = 8;
        return;
    }
    for (size_t k = 0; k < sizeof types / sizeof *types; k++)
        if (!strcmp(types[k].name, type)) {
            a->size = types[k].size;
            a->align = types[k].align;
        }
    if (!a->size)
        BAD(t, "the type '%s' is not known: write its size and alignment behind it, as in '%s %s : 24, 8'",
            a->type_name, a->type_name, a->name);
}

/* TYPE NAME, or TYPE NAME : SIZE, ALIGN */
static void take_arg(struct table *t, struct tncc_kernel *k, char *text)
{
    struct tncc_arg a = { 0 }, *more;
    char *colon = strchr(text, ':'), *name;
    uint64_t size = 0, align = 0;
    if (colon) {
        char *comma = strchr(colon, ',');
        *colon = 0;
        if (!comma) {
            BAD(t, "arg: size and alignment are written ': 24, 8'");
            return;
        }
        *comma = 0;
        if (!number(t, "arg: the size", trim(colon + 1), MOST_BYTES, &size) ||
            !number(t, "arg: the alignment", trim(comma + 1), 256, &align) ||
            !power_of_two(t, "arg: the alignment", align, 256))
            return;
        if (!size || size % align) {
            BAD(t, "arg: the size %llu is no multiple of the alignment %llu", (unsigned long long)size,
                (unsigned long long)align);
            return;
        }
    }
    text = trim(text);
    name = text + strlen(text);
    while (name > text && (isalnum((unsigned char)name[-1]) || name[-1] == '_'))
        name--;
    if (name == text || !*name || isdigit((unsigned char)*name)) {
        BAD(t, "arg = %s: it is written 'TYPE NAME'", text);
        return;
    }
    a.name = tncc_copy(name, strlen(name));
    *name = 0;
    a.type_name = trim(tncc_copy(text, strlen(text)));
    a.size = (uint32_t)size;
    a.align = (uint32_t)align;
    if (!size)
        size_of(t, &a);
    if (k->arg_count == MOST_ARGS)
        BAD(t, "more than %u arguments", MOST_ARGS);
    if (t->bad)
        return;
    a.offset = (k->args_bytes + a.align - 1) & ~(a.align - 1);
    k->args_bytes = a.offset + a.size;
    k->args_align = a.align > k->args_align ? a.align : k->args_align;
    more = tncc_alloc((k->arg_count + 1) * sizeof *more);
    if (k->arg_count)
        memcpy(more, k->args, k->arg_count * sizeof *more);
    more[k->arg_count++] = a;
    k->args = more;
}

/* ---- keys ---- */
static void kernel_key(struct table *t, const char *key, char *value)
{
    struct tncc_kernel *k = &t->out->unit.kernels[t->out->unit.kernel_count - 1];
    uint64_t n;
    if (!strcmp(key, "arg"))
        take_arg(t, k, value);
    else if (!strcmp(key, "entry"))
        k->entry = value;
    else if (!strcmp(key, "display"))
        k->display = value;
    else if (!strcmp(key, "max_threads") && number(t, key, value, 1024, &n))
        k->max_threads = (uint32_t)n;
    else if (!strcmp(key, "local_bytes") && number(t, key, value, 1u << 20, &n))
        k->static_local = (uint32_t)n;
    else if (!t->bad)
        BAD(t, "unknown key '%s'; a kernel has arg, entry, display, max_threads and local_bytes", key);
}

static void variable_key(struct table *t, const char *key, const char *value)
{
    struct tncc_variable *v = &t->out->unit.variables[t->out->unit.variable_count - 1];
    uint64_t n;
    if (!strcmp(key, "bytes") && number(t, key, value, 1ull << 40, &n))
        v->bytes = n;
    else if (!strcmp(key, "align") && number(t, key, value, 1u << 16, &n) && power_of_two(t, key, n, 1u << 16))
        v->align = (uint32_t)n;
    else if (!strcmp(key, "constant") && (!strcmp(value, "yes") || !strcmp(value, "no")))
        v->flags = *value == 'y' ? TN_VARIABLE_CONSTANT : 0;
    else if (!t->bad)
        BAD(t,
            "unknown key '%s', or a value that it does not take; a variable has bytes, align and constant = yes or no",
            key);
}

static void image_key(struct table *t, const char *key, const char *value)
{
    uint64_t n;
    if (!strcmp(key, "width") && number(t, key, value, 128, &n))
        t->out->width = (unsigned)n;
    else if (!strcmp(key, "features") && strlen(value) < 64)
        t->out->features = value;
    else if (!t->bad)
        BAD(t, "unknown key '%s'; an image has width and features", key);
}

static bool is_new(struct table *t, const char *name)
{
    const struct tncc_unit *u = &t->out->unit;
    bool again = false;
    for (size_t i = 0; i < u->kernel_count; i++)
        again |= !strcmp(u->kernels[i].name, name);
    for (size_t i = 0; i < u->variable_count; i++)
        again |= !strcmp(u->variables[i].name, name);
    if (again)
        BAD(t, "'%s' is declared twice", name);
    return !again;
}

static void begin_section(struct table *t, char *line)
{
    struct tncc_unit *u = &t->out->unit;
    char *end = strchr(line, ']'), *name;
    t->section = NOWHERE;
    if (!end || end[1]) {
        BAD(t, "'%s': a section is written [kernel NAME], [variable NAME] or [image]", line);
        return;
    }
    *end = 0;
    line = trim(line + 1);
    name = line + strcspn(line, " \t");
    const size_t word = (size_t)(name - line);
    name = trim(name);
    if (word == 5 && !strncmp(line, "image", 5) && !*name) {
        t->section = IMAGE;
    } else if (word == 6 && !strncmp(line, "kernel", 6) && *name && is_new(t, name) && u->kernel_count < MOST_ROWS) {
        t->section = KERNEL;
        u->kernels[u->kernel_count++] =
            (struct tncc_kernel){ .name = name, .display = name, .args_align = 1, .file = t->path, .line = t->line };
    } else if (word == 8 && !strncmp(line, "variable", 8) && *name && is_new(t, name) &&
               u->variable_count < MOST_ROWS) {
        t->section = VARIABLE;
        u->variables[u->variable_count++] = (struct tncc_variable){ .name = name, .align = 1 };
    } else if (!t->bad) {
        BAD(t, "[%s]: a section is written [kernel NAME], [variable NAME] or [image]", line);
    }
}

static void take_line(struct table *t, char *line)
{
    line = trim(line);
    if (!*line || *line == '#' || *line == ';')
        return;
    if (*line == '[') {
        begin_section(t, line);
        return;
    }
    char *equals = strchr(line, '=');
    if (!equals || t->section == NOWHERE) {
        if (!t->bad)
            BAD(t, "'%s': %s", line, equals ? "there is no section before it" : "a line is written KEY = VALUE");
        return;
    }
    *equals = 0;
    char *key = trim(line), *value = trim(equals + 1);
    if (!*value)
        BAD(t, "%s: there is no value", key);
    else if (t->section == KERNEL)
        kernel_key(t, key, value);
    else if (t->section == VARIABLE)
        variable_key(t, key, value);
    else
        image_key(t, key, value);
}

bool tncc_args_table(const char *path, struct tncc_declared *out)
{
    struct table t = { .path = path, .out = out };
    size_t bytes;
    char *text = tncc_read_file(path, &bytes);
    *out = (struct tncc_declared){ .features = "" };
    if (!text || strlen(text) != bytes) {
        tncc_error(path, 0, text ? "it holds no text" : "can't be read");
        return false;
    }
    out->unit.kernels = tncc_alloc(MOST_ROWS * sizeof *out->unit.kernels);
    out->unit.variables = tncc_alloc(MOST_ROWS * sizeof *out->unit.variables);
    for (char *line = text, *next; line && !t.bad; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = 0;
        t.line++;
        take_line(&t, line);
    }
    if (!t.bad)
        t.line = 0;
    for (size_t i = 0; i < out->unit.variable_count && !t.bad; i++)
        if (!out->unit.variables[i].bytes)
            BAD(&t, "variable %s has no bytes", out->unit.variables[i].name);
    if (!t.bad && !out->unit.kernel_count)
        BAD(&t, "it declares no kernel");
    return !t.bad;
}
