/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dump.c - prints a bundle for people or as JSON (jansson). Calls bundle/bundle.h.
 */
#include "tools/tenoncc/tenoncc.h"

#include <elf.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "bundle/bundle.h"

static const char *const flag_names[] = { "warp",     "barrier", "dynamic-local", "printf",      "malloc",
                                          "atomic64", "fp64",    "fp16",          "cooperative", "indirect-pointers" };
static const char *const space_names[] = { "private", "global", "local", "constant" };
static const char *const access_names[] = { "unknown", "read", "write", "read-write" };

static void print_kernel(const tn_ktab *t, const tn_ktab_kernel *k)
{
    printf("  kernel %s\n", tn_ktab_string(t, k->name));
    printf("    %s", tn_ktab_string(t, k->display));
    if (k->source_line)
        printf("  at %s:%u", tn_ktab_string(t, k->source_file), k->source_line);
    printf("\n    arguments: %u in %u bytes, alignment %u\n", k->arg_count, k->args_bytes, k->args_align);
    for (uint32_t i = 0; i < k->arg_count; i++) {
        const tn_ktab_arg *a = tn_ktab_arg_at(t, k, i);
        printf("      %u: %s %s, offset %u, size %u, align %u", i, tn_ktab_string(t, a->type_name),
               tn_ktab_string(t, a->name), a->offset, a->size, a->align);
        if (a->kind == TN_ARG_POINTER)
            printf(", %s pointer%s%s", space_names[a->space], a->access ? ", " : "",
                   a->access ? access_names[a->access] : "");
        printf("\n");
    }
    printf("    local memory: %u bytes; scratch: %u a block, %u a thread", k->static_local_bytes, k->scratch_per_block,
           k->scratch_per_thread);
    if (k->max_threads)
        printf("; at most %u threads a block", k->max_threads);
    printf("\n");
    if (k->flags) {
        printf("    uses:");
        for (unsigned i = 0; i < sizeof flag_names / sizeof *flag_names; i++)
            if (k->flags >> i & 1)
                printf(" %s", flag_names[i]);
        printf("\n");
    }
}

/* What a simulator image has for debuggers: "inside", "apart", or "none"; and the number by which they find it, or "". */
static const char *debug_of(const tn_bundle_view *v, const char **out_id)
{
    const unsigned char *file = v->data;
    const char *id = "";
    bool lines = false;
    Elf64_Ehdr h;
    *out_id = id;
    if (v->kind != TN_IMAGE_SIM || v->bytes < sizeof h)
        return "none";
    memcpy(&h, file, sizeof h);
    if (h.e_shoff > v->bytes || (uint64_t)h.e_shnum * sizeof(Elf64_Shdr) > v->bytes - h.e_shoff ||
        h.e_shstrndx >= h.e_shnum)
        return "none";
    const Elf64_Shdr *list = (const Elf64_Shdr *)(const void *)(file + h.e_shoff), *names = &list[h.e_shstrndx];
    for (unsigned i = 0; i < h.e_shnum; i++) {
        const Elf64_Shdr *s = &list[i];
        if (s->sh_type == SHT_NOBITS || s->sh_offset > v->bytes || s->sh_size > v->bytes - s->sh_offset ||
            s->sh_name >= names->sh_size || names->sh_offset > v->bytes || names->sh_size > v->bytes - names->sh_offset)
            continue;
        const char *name = (const char *)file + names->sh_offset + s->sh_name;
        const size_t room = names->sh_size - s->sh_name;
        lines |= !strncmp(name, ".debug_line", room);
        for (uint64_t k = 16; !strncmp(name, ".note.gnu.build-id", room) && k < s->sh_size; k++)
            id = tncc_format("%s%02x", id, file[s->sh_offset + k]);
    }
    *out_id = id;
    return lines ? "inside" : *id ? "apart" : "none";
}

static void print_bundle(const char *path, const tn_bundle *b)
{
    printf("%s: %u image%s\n", path, tn_bundle_image_count(b), tn_bundle_image_count(b) == 1 ? "" : "s");
    for (uint32_t i = 0; i < tn_bundle_image_count(b); i++) {
        const tn_bundle_view *v = tn_bundle_image_at(b, i);
        printf("image %u: %s for %s", i, tn_bundle_kind_name(v->kind), v->target);
        if (v->width)
            printf(", warps of %u", v->width);
        if (*v->features)
            printf(", needs %s", v->features);
        printf(", %zu bytes, %u kernels, %u variables\n", v->bytes, v->kernels->kernel_count,
               v->kernels->variable_count);
        const char *id, *debug = debug_of(v, &id);
        if (*id)
            printf("  lines for debuggers: %s, build-id %s\n", debug, id);
        for (uint32_t k = 0; k < v->kernels->kernel_count; k++)
            print_kernel(v->kernels, tn_ktab_kernel_at(v->kernels, k));
        for (uint32_t n = 0; n < v->kernels->variable_count; n++) {
            const tn_ktab_variable *var = tn_ktab_variable_at(v->kernels, n);
            printf("  variable %s: %llu bytes, align %u%s\n", tn_ktab_string(v->kernels, var->name),
                   (unsigned long long)var->bytes, var->align,
                   var->flags & TN_VARIABLE_CONSTANT  ? ", constant"
                   : var->flags & TN_VARIABLE_MANAGED ? ", managed"
                                                      : "");
        }
    }
}

static json_t *json_kernel(const tn_ktab *t, const tn_ktab_kernel *k)
{
    json_t *args = json_array(), *uses = json_array();
    for (uint32_t i = 0; i < k->arg_count; i++) {
        const tn_ktab_arg *a = tn_ktab_arg_at(t, k, i);
        json_array_append_new(args,
                              json_pack("{s:s,s:s,s:i,s:i,s:i,s:s,s:s,s:s}", "name", tn_ktab_string(t, a->name), "type",
                                        tn_ktab_string(t, a->type_name), "offset", (int)a->offset, "size", (int)a->size,
                                        "align", (int)a->align, "kind", a->kind == TN_ARG_POINTER ? "pointer" : "value",
                                        "space", space_names[a->space], "access", access_names[a->access]));
    }
    for (unsigned i = 0; i < sizeof flag_names / sizeof *flag_names; i++)
        if (k->flags >> i & 1)
            json_array_append_new(uses, json_string(flag_names[i]));
    return json_pack(
        "{s:s,s:s,s:s,s:o,s:o,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:s,s:i}", "name", tn_ktab_string(t, k->name), "display",
        tn_ktab_string(t, k->display), "entry", tn_ktab_entry(t, k), "arguments", args, "uses", uses, "args_bytes",
        (int)k->args_bytes, "args_align", (int)k->args_align, "static_local_bytes", (int)k->static_local_bytes,
        "local_align", (int)k->local_align, "max_threads", (int)k->max_threads, "scratch_per_block",
        (int)k->scratch_per_block, "scratch_per_thread", (int)k->scratch_per_thread, "stack_bytes", (int)k->stack_bytes,
        "source_file", tn_ktab_string(t, k->source_file), "source_line", (int)k->source_line);
}

static void json_bundle(const char *path, const tn_bundle *b)
{
    json_t *images = json_array();
    for (uint32_t i = 0; i < tn_bundle_image_count(b); i++) {
        const tn_bundle_view *v = tn_bundle_image_at(b, i);
        json_t *kernels = json_array(), *variables = json_array();
        for (uint32_t k = 0; k < v->kernels->kernel_count; k++)
            json_array_append_new(kernels, json_kernel(v->kernels, tn_ktab_kernel_at(v->kernels, k)));
        for (uint32_t n = 0; n < v->kernels->variable_count; n++) {
            const tn_ktab_variable *var = tn_ktab_variable_at(v->kernels, n);
            json_array_append_new(variables,
                                  json_pack("{s:s,s:I,s:i,s:b}", "name", tn_ktab_string(v->kernels, var->name), "bytes",
                                            (json_int_t)var->bytes, "align", (int)var->align, "constant",
                                            !!(var->flags & TN_VARIABLE_CONSTANT)));
        }
        const char *id, *debug = debug_of(v, &id);
        json_array_append_new(
            images, json_pack("{s:s,s:s,s:s,s:i,s:I,s:s,s:s,s:o,s:o}", "kind", tn_bundle_kind_name(v->kind), "target",
                              v->target, "features", v->features, "width", (int)v->width, "bytes", (json_int_t)v->bytes,
                              "debug", debug, "build_id", id, "kernels", kernels, "variables", variables));
    }
    json_t *all = json_pack("{s:s,s:i,s:o}", "file", path, "version", (int)TN_BUNDLE_VERSION, "images", images);
    json_dumpf(all, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(all);
}

int tncc_dump(const char *path, bool json)
{
    tn_bundle *b;
    char why[400];
    if (tn_bundle_open_file(path, &b, why, sizeof why)) {
        tncc_error(NULL, 0, "%s%s%s", tncc_starts(why, path) ? "" : path, tncc_starts(why, path) ? "" : ": ", why);
        return 1;
    }
    if (json)
        json_bundle(path, b);
    else
        print_bundle(path, b);
    tn_bundle_close(b);
    return 0;
}
