/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ktab_write.c - builds a kernel table (tenon/bundle.h) in memory and checks it with the reader that the runtime
 * uses. Calls bundle/ktab.h.
 */
#include "tools/tenoncc/tenoncc.h"

#include <string.h>

#include "bundle/ktab.h"

/* The string table; equal strings are stored once. */
static uint32_t intern(struct tncc_text *strings, const char *text)
{
    if (!text || !*text)
        return 0;
    size_t bytes = strlen(text) + 1;
    for (size_t at = 1; at < strings->bytes; at += strlen(strings->data + at) + 1)
        if (!strcmp(strings->data + at, text))
            return (uint32_t)at;
    uint32_t at = (uint32_t)strings->bytes;
    tncc_add_bytes(strings, text, bytes);
    return at;
}

static void put_args(struct tncc_text *strings, const struct tncc_kernel *k, tn_ktab_arg *to)
{
    for (unsigned i = 0; i < k->arg_count; i++) {
        const struct tncc_arg *a = &k->args[i];
        to[i] = (tn_ktab_arg){
            .name = intern(strings, a->name),
            .offset = a->offset,
            .size = a->size,
            .align = a->align,
            .kind = a->kind,
            .space = a->space,
            .access = a->access,
            .type_name = intern(strings, a->type_name),
        };
    }
}

static tn_ktab_kernel put_kernel(struct tncc_text *strings, const struct tncc_kernel *k, uint32_t arg_first)
{
    return (tn_ktab_kernel){
        .name = intern(strings, k->name),
        .display = intern(strings, k->display),
        .entry = k->entry && strcmp(k->entry, k->name) ? intern(strings, k->entry) : 0,
        .flags = k->flags,
        .arg_first = arg_first,
        .arg_count = k->arg_count,
        .args_bytes = k->args_bytes,
        .args_align = k->args_align,
        .static_local_bytes = k->static_local,
        .local_align = k->local_align ? k->local_align : 1,
        .max_threads = k->max_threads,
        .scratch_per_block = k->scratch_block,
        .scratch_per_thread = k->scratch_thread,
        .stack_bytes = k->stack,
        .source_line = k->line,
        .source_file = intern(strings, k->file),
    };
}

void tncc_ktab(const struct tncc_unit *u, const void **out_data, size_t *out_bytes)
{
    uint32_t kernels = 0, args = 0, at = 0;
    struct tncc_text strings = { 0 };
    tncc_add_bytes(&strings, "", 1);
    for (size_t i = 0; i < u->kernel_count; i++)
        if (!u->kernels[i].refusal) {
            kernels++;
            args += u->kernels[i].arg_count;
        }
    tn_ktab_kernel *k = tncc_alloc((kernels + 1) * sizeof *k);
    tn_ktab_arg *a = tncc_alloc((args + 1) * sizeof *a);
    tn_ktab_variable *v = tncc_alloc((u->variable_count + 1) * sizeof *v);
    struct tncc_text inits = { 0 };
    kernels = args = 0;
    for (size_t i = 0; i < u->kernel_count; i++)
        if (!u->kernels[i].refusal) {
            put_args(&strings, &u->kernels[i], a + args);
            k[kernels++] = put_kernel(&strings, &u->kernels[i], args);
            args += u->kernels[i].arg_count;
        }
    for (size_t i = 0; i < u->variable_count; i++) {
        const struct tncc_variable *from = &u->variables[i];
        v[i] = (tn_ktab_variable){ .name = intern(&strings, from->name),
                                   .flags = from->flags,
                                   .bytes = from->bytes,
                                   .offset = from->offset,
                                   .align = from->align ? from->align : 1 };
    }
    tn_ktab t = { .magic = TN_KTAB_MAGIC,
                  .header_bytes = sizeof t,
                  .kernel_count = kernels,
                  .kernel_bytes = sizeof *k,
                  .arg_count = args,
                  .arg_bytes = sizeof *a,
                  .variable_count = (uint32_t)u->variable_count,
                  .variable_bytes = sizeof *v,
                  .strings_bytes = (uint32_t)strings.bytes };
    at = sizeof t;
    t.variables_at = at, at += t.variable_count * t.variable_bytes;
    t.kernels_at = at, at += t.kernel_count * t.kernel_bytes;
    t.args_at = at, at += t.arg_count * t.arg_bytes;
    t.strings_at = at, at += t.strings_bytes;
    at = (at + 7) & ~7u;
    for (size_t i = 0; i < u->variable_count; i++)
        if (u->variables[i].init) {
            v[i].init_at = at + inits.bytes;
            tncc_add_bytes(&inits, u->variables[i].init, u->variables[i].bytes);
            while (inits.bytes % 8)
                tncc_add_bytes(&inits, "", 1);
        }
    t.total_bytes = at + (uint32_t)inits.bytes;
    char *table = tncc_alloc(t.total_bytes);
    memcpy(table, &t, sizeof t);
    memcpy(table + t.kernels_at, k, kernels * sizeof *k);
    memcpy(table + t.args_at, a, args * sizeof *a);
    memcpy(table + t.variables_at, v, u->variable_count * sizeof *v);
    memcpy(table + t.strings_at, strings.data, strings.bytes);
    if (inits.bytes)
        memcpy(table + at, inits.data, inits.bytes);
    char why[300];
    if (tn_ktab_check(table, t.total_bytes, why, sizeof why))
        tncc_fatal("internal: the kernel table that was built is wrong: %s", why);
    *out_data = table;
    *out_bytes = t.total_bytes;
}
