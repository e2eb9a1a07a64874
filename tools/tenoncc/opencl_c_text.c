/* SPDX-License-Identifier: Apache-2.0 */
/*
 * opencl_c_text.c - arena, text buffers, notes on values, and the way out of a kernel that is refused.
 * Owns the arena behind a tncc_opencl_result. Calls libc and LLVM-C only.
 */
#include "tools/tenoncc/opencl_c_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <llvm-c/DebugInfo.h>

struct ocl_chunk {
    struct ocl_chunk *next;
    size_t used, room;
    max_align_t data[];
};

static void *must(void *p)
{
    if (!p) {
        fputs("tenoncc: out of memory\n", stderr);
        abort();
    }
    return p;
}

void *ocl_alloc(struct ocl *o, size_t bytes)
{
    struct ocl_chunk *c = o->arena;
    bytes = (bytes + 15) & ~(size_t)15;
    if (!c || c->room - c->used < bytes) {
        size_t room = bytes > 65536 ? bytes : 65536;
        c = must(calloc(1, sizeof *c + room));
        c->room = room;
        c->next = o->arena;
        o->arena = c;
    }
    void *p = (char *)c->data + c->used;
    c->used += bytes;
    return p;
}

void ocl_arena_free(struct ocl_chunk *arena)
{
    while (arena) {
        struct ocl_chunk *next = arena->next;
        free(arena);
        arena = next;
    }
}

__attribute__((format(printf, 2, 0), nonnull(2)))
static char *format_list(struct ocl *o, const char *format, va_list list)
{
    va_list again;
    va_copy(again, list);
    int n = vsnprintf(NULL, 0, format, list);
    char *s = ocl_alloc(o, (size_t)n + 1);
    vsnprintf(s, (size_t)n + 1, format, again);
    va_end(again);
    return s;
}

char *ocl_format(struct ocl *o, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    char *s = format_list(o, format, list);
    va_end(list);
    return s;
}

void ocl_text_add(struct ocl_text *t, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int n = vsnprintf(NULL, 0, format, list);
    va_end(list);
    if (t->bytes + (size_t)n + 1 > t->room) {
        t->room = (t->bytes + (size_t)n + 1) * 2;
        t->data = must(realloc(t->data, t->room));
    }
    va_start(list, format);
    vsnprintf(t->data + t->bytes, (size_t)n + 1, format, list);
    va_end(list);
    t->bytes += (size_t)n;
}

void ocl_text_clear(struct ocl_text *t)
{
    free(t->data);
    *t = (struct ocl_text){ 0 };
}

bool ocl_starts(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

const char *ocl_name(LLVMValueRef v)
{
    size_t bytes;
    return LLVMGetValueName2(v, &bytes);
}

/* Notes: an open-addressed table from value to note. Numbers are given in order of first sight, so that the same
 * module gives the same text. */
static struct ocl_value *find_slot(struct ocl_value *table, size_t room, LLVMValueRef v)
{
    size_t at = ((uintptr_t)v >> 4) * (size_t)0x9E3779B97F4A7C15ull % room;
    while (table[at].key && table[at].key != v)
        at = (at + 1) % room;
    return &table[at];
}

struct ocl_value *ocl_note(struct ocl *o, LLVMValueRef v)
{
    if (o->value_count * 2 >= o->value_room) {
        size_t room = o->value_room ? o->value_room * 2 : 1024;
        struct ocl_value *table = must(calloc(room, sizeof *table));
        for (size_t i = 0; i < o->value_room; i++)
            if (o->values[i].key)
                *find_slot(table, room, o->values[i].key) = o->values[i];
        free(o->values);
        o->values = table;
        o->value_room = room;
    }
    struct ocl_value *n = find_slot(o->values, o->value_room, v);
    if (!n->key) {
        n->key = v;
        n->id = o->next_id++;
        o->value_count++;
    }
    return n;
}

void ocl_notes_clear(struct ocl *o)
{
    free(o->values);
    o->values = NULL;
    o->value_room = o->value_count = 0;
    o->next_id = 0;
}

const char *ocl_helper(struct ocl *o, const char *name, const char *text)
{
    for (size_t i = 0; i < o->helper_count; i++)
        if (!strcmp(o->helper_names[i], name))
            return o->helper_names[i];
    if (o->helper_count % 64 == 0) {
        const char **more = ocl_alloc(o, (o->helper_count + 64) * sizeof *more);
        if (o->helper_count)
            memcpy(more, o->helper_names, o->helper_count * sizeof *more);
        o->helper_names = more;
    }
    o->helper_names[o->helper_count++] = ocl_format(o, "%s", name);
    ocl_text_add(&o->helpers, "%s\n", text);
    return o->helper_names[o->helper_count - 1];
}

/* Leaves the kernel being printed. The sentence goes on from "kernel k: ". */
void ocl_refuse(struct ocl *o, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    o->kernel->refusal = format_list(o, format, list);
    va_end(list);
    if (o->current && LLVMIsAInstruction(o->current)) {
        LLVMMetadataRef where = LLVMInstructionGetDebugLoc(o->current);
        if (where) {
            unsigned bytes = 0;
            LLVMMetadataRef scope = LLVMDILocationGetScope(where);
            LLVMMetadataRef file = scope ? LLVMDIScopeGetFile(scope) : NULL;
            const char *name = file ? LLVMDIFileGetFilename(file, &bytes) : NULL;
            o->kernel->line = LLVMDILocationGetLine(where);
            o->kernel->file = name ? ocl_format(o, "%.*s", (int)bytes, name) : NULL;
        }
    }
    longjmp(o->refuse, 1);
}
