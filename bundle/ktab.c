/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bundle/ktab.c - validates a kernel table and looks things up in it. Owns nothing; needs libc alone.
 * A table comes from a file that anyone may have written: every number in it is checked once, here.
 */
#include "bundle/ktab.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MAX_ALIGN 4096u

static int fail(char *why, size_t why_bytes, const char *format, ...) __attribute__((format(printf, 3, 4)));

static int fail(char *why, size_t why_bytes, const char *format, ...)
{
    if (why && why_bytes) {
        va_list list;
        va_start(list, format);
        vsnprintf(why, why_bytes, format, list);
        va_end(list);
    }
    return -1;
}

static int is_power_of_two(uint32_t value)
{
    return value && !(value & (value - 1));
}

/* One array of the table: it lies inside the table, behind the header, and its entries are aligned. */
static int check_array(const tn_ktab *t, const char *what, uint32_t at, uint32_t count, uint32_t size, uint32_t least,
                       uint32_t align, char *why, size_t why_bytes)
{
    if (size < least || size > 65536)
        return fail(why, why_bytes, "kernel table: a %s takes %u bytes, expected %u or more", what, size, least);
    if (size % align || (count && at % align))
        return fail(why, why_bytes, "kernel table: the %ss are not aligned to %u bytes", what, align);
    if (count && (at < t->header_bytes || at > t->total_bytes || (uint64_t)count * size > t->total_bytes - at))
        return fail(why, why_bytes, "kernel table: %u %ss at %u do not fit in %u bytes", count, what, at,
                    t->total_bytes);
    return 0;
}

static int overlap(uint64_t a, uint64_t a_bytes, uint64_t b, uint64_t b_bytes)
{
    return a_bytes && b_bytes && a < b + b_bytes && b < a + a_bytes;
}

static int check_layout(const tn_ktab *t, char *why, size_t why_bytes)
{
    struct {
        const char *name;
        uint64_t at, bytes;
    } part[4];
    if (check_array(t, "kernel", t->kernels_at, t->kernel_count, t->kernel_bytes, sizeof(tn_ktab_kernel), 4, why,
                    why_bytes) ||
        check_array(t, "argument", t->args_at, t->arg_count, t->arg_bytes, sizeof(tn_ktab_arg), 4, why, why_bytes) ||
        check_array(t, "variable", t->variables_at, t->variable_count, t->variable_bytes, sizeof(tn_ktab_variable), 8,
                    why, why_bytes))
        return -1;
    if (!t->strings_bytes || t->strings_at < t->header_bytes || t->strings_at > t->total_bytes ||
        t->strings_bytes > t->total_bytes - t->strings_at)
        return fail(why, why_bytes, "kernel table: the strings (%u bytes at %u) do not fit in %u bytes",
                    t->strings_bytes, t->strings_at, t->total_bytes);
    const char *strings = (const char *)t + t->strings_at;
    if (strings[0] || strings[t->strings_bytes - 1])
        return fail(why, why_bytes, "kernel table: the strings do not begin and end with a zero byte");
    part[0].name = "kernels", part[0].at = t->kernels_at, part[0].bytes = (uint64_t)t->kernel_count * t->kernel_bytes;
    part[1].name = "arguments", part[1].at = t->args_at, part[1].bytes = (uint64_t)t->arg_count * t->arg_bytes;
    part[2].name = "variables", part[2].at = t->variables_at;
    part[2].bytes = (uint64_t)t->variable_count * t->variable_bytes;
    part[3].name = "strings", part[3].at = t->strings_at, part[3].bytes = t->strings_bytes;
    for (int i = 0; i < 4; i++)
        for (int j = i + 1; j < 4; j++)
            if (overlap(part[i].at, part[i].bytes, part[j].at, part[j].bytes))
                return fail(why, why_bytes, "kernel table: %s and %s overlap", part[i].name, part[j].name);
    return 0;
}

static int check_string(const tn_ktab *t, uint32_t at, const char *what, uint32_t index, char *why, size_t why_bytes)
{
    if (at >= t->strings_bytes)
        return fail(why, why_bytes, "kernel table: %s %u has a string at %u, behind the last of %u bytes", what, index,
                    at, t->strings_bytes);
    return 0;
}

static int check_args(const tn_ktab *t, const tn_ktab_kernel *k, char *why, size_t why_bytes)
{
    const char *name = tn_ktab_string(t, k->name);
    uint64_t end = 0;
    for (uint32_t i = 0; i < k->arg_count; i++) {
        const tn_ktab_arg *a = tn_ktab_arg_at(t, k, i);
        if (check_string(t, a->name, "argument", i, why, why_bytes) ||
            check_string(t, a->type_name, "argument", i, why, why_bytes))
            return -1;
        if (!a->size || !is_power_of_two(a->align) || a->align > MAX_ALIGN || a->offset % a->align)
            return fail(why, why_bytes, "kernel %s: argument %u has size %u, alignment %u, offset %u", name, i, a->size,
                        a->align, a->offset);
        if (a->offset < end)
            return fail(why, why_bytes, "kernel %s: argument %u begins at %u, inside the one before it", name, i,
                        a->offset);
        end = (uint64_t)a->offset + a->size;
        if (end > k->args_bytes)
            return fail(why, why_bytes, "kernel %s: argument %u ends behind the block of %u bytes", name, i,
                        k->args_bytes);
        if (a->align > k->args_align)
            return fail(why, why_bytes, "kernel %s: argument %u wants alignment %u, the block has %u", name, i,
                        a->align, k->args_align);
        if (a->kind > TN_ARG_POINTER || a->space > TN_SPACE_CONSTANT || a->access > TN_ACCESS_READ_WRITE)
            return fail(why, why_bytes, "kernel %s: argument %u is of an unknown kind, space or access", name, i);
        if (a->kind == TN_ARG_POINTER && a->size != 8)
            return fail(why, why_bytes, "kernel %s: argument %u is a pointer of %u bytes", name, i, a->size);
    }
    if (end != k->args_bytes)
        return fail(why, why_bytes, "kernel %s: arguments end at %llu, the block has %u bytes", name,
                    (unsigned long long)end, k->args_bytes);
    return 0;
}

static int check_kernels(const tn_ktab *t, char *why, size_t why_bytes)
{
    for (uint32_t i = 0; i < t->kernel_count; i++) {
        const tn_ktab_kernel *k = tn_ktab_kernel_at(t, i);
        const uint32_t strings[] = { k->name, k->display, k->entry, k->source_file };
        for (size_t s = 0; s < sizeof strings / sizeof *strings; s++)
            if (check_string(t, strings[s], "kernel", i, why, why_bytes))
                return -1;
        const char *name = tn_ktab_string(t, k->name);
        if (!*name)
            return fail(why, why_bytes, "kernel table: kernel %u has no name", i);
        if (k->arg_first > t->arg_count || k->arg_count > t->arg_count - k->arg_first)
            return fail(why, why_bytes, "kernel %s: arguments %u to %u of %u", name, k->arg_first,
                        k->arg_first + k->arg_count, t->arg_count);
        if (!is_power_of_two(k->args_align) || k->args_align > MAX_ALIGN)
            return fail(why, why_bytes, "kernel %s: argument block of alignment %u", name, k->args_align);
        if (k->local_align && (!is_power_of_two(k->local_align) || k->local_align > MAX_ALIGN))
            return fail(why, why_bytes, "kernel %s: local memory of alignment %u", name, k->local_align);
        const uint32_t *b = k->required_block;
        if (!!b[0] != !!b[1] || !!b[0] != !!b[2])
            return fail(why, why_bytes, "kernel %s: required block %u x %u x %u", name, b[0], b[1], b[2]);
        if (check_args(t, k, why, why_bytes))
            return -1;
        for (uint32_t j = 0; j < i; j++)
            if (!strcmp(name, tn_ktab_string(t, tn_ktab_kernel_at(t, j)->name)))
                return fail(why, why_bytes, "kernel table: two kernels are called %s", name);
    }
    return 0;
}

static int check_variables(const tn_ktab *t, char *why, size_t why_bytes)
{
    for (uint32_t i = 0; i < t->variable_count; i++) {
        const tn_ktab_variable *v = tn_ktab_variable_at(t, i);
        if (check_string(t, v->name, "variable", i, why, why_bytes))
            return -1;
        const char *name = tn_ktab_string(t, v->name);
        if (!*name)
            return fail(why, why_bytes, "kernel table: variable %u has no name", i);
        if (!is_power_of_two(v->align) || v->offset % v->align)
            return fail(why, why_bytes, "variable %s: alignment %u at offset %llu", name, v->align,
                        (unsigned long long)v->offset);
        if (v->init_at &&
            (v->init_at < t->header_bytes || v->init_at > t->total_bytes || v->bytes > t->total_bytes - v->init_at))
            return fail(why, why_bytes, "variable %s: its first value (%llu bytes at %llu) is outside the table", name,
                        (unsigned long long)v->bytes, (unsigned long long)v->init_at);
        for (uint32_t j = 0; j < i; j++)
            if (!strcmp(name, tn_ktab_string(t, tn_ktab_variable_at(t, j)->name)))
                return fail(why, why_bytes, "kernel table: two variables are called %s", name);
    }
    return 0;
}

int tn_ktab_check(const void *data, size_t bytes, char *why, size_t why_bytes)
{
    const tn_ktab *t = data;
    if (!data || bytes < sizeof *t)
        return fail(why, why_bytes, "kernel table: %zu bytes are less than its header", bytes);
    if ((uintptr_t)data % 8)
        return fail(why, why_bytes, "kernel table: not aligned to 8 bytes in memory");
    if (memcmp(t->magic, TN_KTAB_MAGIC, sizeof t->magic))
        return fail(why, why_bytes, "kernel table: does not begin with " TN_KTAB_MAGIC);
    if (t->header_bytes < sizeof *t || t->header_bytes > bytes)
        return fail(why, why_bytes, "kernel table: header of %u bytes, expected %zu or more", t->header_bytes,
                    sizeof *t);
    if (t->total_bytes > bytes || t->total_bytes < t->header_bytes)
        return fail(why, why_bytes, "kernel table: says %u bytes, %zu are there", t->total_bytes, bytes);
    if (check_layout(t, why, why_bytes) || check_kernels(t, why, why_bytes) || check_variables(t, why, why_bytes))
        return -1;
    return 0;
}

const char *tn_ktab_string(const tn_ktab *t, uint32_t at)
{
    return at < t->strings_bytes ? (const char *)t + t->strings_at + at : "";
}

const tn_ktab_kernel *tn_ktab_kernel_at(const tn_ktab *t, uint32_t index)
{
    if (index >= t->kernel_count)
        return NULL;
    return (const void *)((const char *)t + t->kernels_at + (size_t)index * t->kernel_bytes);
}

const tn_ktab_arg *tn_ktab_arg_at(const tn_ktab *t, const tn_ktab_kernel *kernel, uint32_t index)
{
    if (index >= kernel->arg_count)
        return NULL;
    return (const void *)((const char *)t + t->args_at + ((size_t)kernel->arg_first + index) * t->arg_bytes);
}

const tn_ktab_variable *tn_ktab_variable_at(const tn_ktab *t, uint32_t index)
{
    if (index >= t->variable_count)
        return NULL;
    return (const void *)((const char *)t + t->variables_at + (size_t)index * t->variable_bytes);
}

int64_t tn_ktab_find_kernel(const tn_ktab *t, const char *name)
{
    int64_t found = -1;
    size_t length = strlen(name);
    for (uint32_t i = 0; i < t->kernel_count; i++)
        if (!strcmp(name, tn_ktab_string(t, tn_ktab_kernel_at(t, i)->name)))
            return i;
    for (uint32_t i = 0; length && i < t->kernel_count; i++) {
        const char *display = tn_ktab_string(t, tn_ktab_kernel_at(t, i)->display);
        if (strncmp(display, name, length) || (display[length] && display[length] != '('))
            continue;
        if (found >= 0)
            return -2;
        found = i;
    }
    return found;
}

int64_t tn_ktab_find_variable(const tn_ktab *t, const char *name)
{
    for (uint32_t i = 0; i < t->variable_count; i++)
        if (!strcmp(name, tn_ktab_string(t, tn_ktab_variable_at(t, i)->name)))
            return i;
    return -1;
}

const char *tn_ktab_entry(const tn_ktab *t, const tn_ktab_kernel *kernel)
{
    return tn_ktab_string(t, kernel->entry ? kernel->entry : kernel->name);
}
