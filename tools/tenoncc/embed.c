/* SPDX-License-Identifier: Apache-2.0 */
/*
 * embed.c - --embed: an object file that holds a bundle, and a header with a function to load it and, for each kernel,
 * typed functions to find and to launch it over tenon/module.h. Runs clang-19 as the assembler.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bundle/ktab.h"
#include "tools/tenoncc/tenoncc.h"

static const char *identifier(const char *text, size_t bytes)
{
    char *name = tncc_copy(text, bytes);
    for (char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c))
            *c = '_';
    return isdigit((unsigned char)*name) ? tncc_format("_%s", name) : name;
}

/* "out/my-kernels.h" gives "my_kernels" */
static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/'), *from = slash ? slash + 1 : path, *dot = strchr(from, '.');
    return identifier(from, dot ? (size_t)(dot - from) : strlen(from));
}

/* The C type of a value that has one; NULL: it is passed by its address. */
static const char *c_type(const char *type, uint32_t size)
{
    static const struct {
        const char *type, *c;
        uint32_t size;
    } types[] = {
        { "float", "float", 4 },        { "double", "double", 8 },
        { "bool", "uint8_t", 1 },       { "char", "char", 1 },
        { "signed char", "int8_t", 1 }, { "unsigned char", "uint8_t", 1 },
        { "short", "int16_t", 2 },      { "unsigned short", "uint16_t", 2 },
        { "int", "int32_t", 4 },        { "unsigned int", "uint32_t", 4 },
        { "long", "int64_t", 8 },       { "unsigned long", "uint64_t", 8 },
        { "long long", "int64_t", 8 },  { "unsigned long long", "uint64_t", 8 },
        { "int8_t", "int8_t", 1 },      { "uint8_t", "uint8_t", 1 },
        { "int16_t", "int16_t", 2 },    { "uint16_t", "uint16_t", 2 },
        { "int32_t", "int32_t", 4 },    { "uint32_t", "uint32_t", 4 },
        { "int64_t", "int64_t", 8 },    { "uint64_t", "uint64_t", 8 },
        { "size_t", "uint64_t", 8 },
    };
    if (tncc_starts(type, "const "))
        type += 6;
    for (size_t k = 0; k < sizeof types / sizeof *types; k++)
        if (!strcmp(type, types[k].type) && size == types[k].size)
            return types[k].c;
    return NULL;
}

static const char *arg_name(const tn_ktab *t, const tn_ktab_arg *a, uint32_t index)
{
    const char *name = tn_ktab_string(t, a->name);
    return *name ? tncc_format("%s_", identifier(name, strlen(name))) : tncc_format("arg%u_", index);
}

static void write_launch(struct tncc_text *h, const tn_ktab *t, const tn_ktab_kernel *k, const char *name)
{
    tncc_add(h,
             "static inline tn_status %s_launch(tn_stream stream, tn_kernel kernel, tn_dim3 grid, tn_dim3 block,\n"
             "    uint32_t local_bytes",
             name);
    for (uint32_t i = 0; i < k->arg_count; i++) {
        const tn_ktab_arg *a = tn_ktab_arg_at(t, k, i);
        const char *type = tn_ktab_string(t, a->type_name),
                   *c = a->kind == TN_ARG_POINTER ? "tn_address" : c_type(type, a->size);
        if (c)
            tncc_add(h, ",\n    %s %s /* %s */", c, arg_name(t, a, i), type);
        else
            tncc_add(h, ",\n    const void *%s /* %s, %u bytes */", arg_name(t, a, i), type, a->size);
    }
    tncc_add(h, ",\n    tn_point *out_point)\n{\n    tn_launch launch = tn_launch_shape(grid, block, local_bytes);\n");
    if (k->args_bytes)
        tncc_add(h, "    unsigned char packed[%u] = { 0 };\n", k->args_bytes);
    for (uint32_t i = 0; i < k->arg_count; i++) {
        const tn_ktab_arg *a = tn_ktab_arg_at(t, k, i);
        bool whole = a->kind == TN_ARG_POINTER || c_type(tn_ktab_string(t, a->type_name), a->size);
        tncc_add(h, "    memcpy(packed + %u, %s%s, %u);\n", a->offset, whole ? "&" : "", arg_name(t, a, i), a->size);
    }
    tncc_add(h, "    return tn_kernel_launch_packed(stream, kernel, &launch, %s, %u, out_point);\n}\n\n",
             k->args_bytes ? "packed" : "NULL", k->args_bytes);
}

/* The kernel's name for C: "scale<float>" gives "scale_float_"; a number is added where two are the same. */
static const char *function_name(const tn_ktab *t, uint32_t index)
{
    const char *wanted = NULL;
    unsigned same = 0;
    for (uint32_t i = index + 1; i-- > 0;) {
        const char *display = tn_ktab_string(t, tn_ktab_kernel_at(t, i)->display);
        const char *name = identifier(display, strcspn(display, "("));
        if (i == index)
            wanted = name;
        else
            same += !strcmp(name, wanted);
    }
    return same ? tncc_format("%s_%u", wanted, same + 1) : wanted;
}

static bool write_header(const struct tncc_options *o, const tn_ktab *t, const char *base)
{
    struct tncc_text h = { 0 };
    tncc_add(&h,
             "/* Made by tenoncc --embed; the object beside it holds the bundle. */\n#ifndef TENON_EMBED_%s\n"
             "#define TENON_EMBED_%s\n\n#include <string.h>\n#include <tenon/tenon.h>\n\n#ifdef __cplusplus\nextern "
             "\"C\" {\n"
             "#endif\n\nextern const unsigned char %s_bundle[];\nextern const uint64_t %s_bundle_bytes;\n\n"
             "static inline tn_status %s_load(tn_device device, tn_module *out)\n{\n"
             "    return tn_module_load(device, %s_bundle, (size_t)%s_bundle_bytes, NULL, out);\n}\n\n",
             base, base, base, base, base, base, base);
    for (uint32_t i = 0; i < t->kernel_count; i++) {
        const tn_ktab_kernel *k = tn_ktab_kernel_at(t, i);
        const char *name = function_name(t, i);
        tncc_add(&h,
                 "/* %s */\nstatic inline tn_status %s_kernel(tn_module module, tn_kernel *out)\n{\n"
                 "    return tn_module_kernel(module, \"%s\", out);\n}\n\n",
                 tn_ktab_string(t, k->display), name, tn_ktab_string(t, k->name));
        write_launch(&h, t, k, name);
    }
    tncc_add(&h, "#ifdef __cplusplus\n}\n#endif\n#endif\n");
    return tncc_write_file(o->header, h.data, h.bytes);
}

static bool write_object(const struct tncc_options *o, const void *data, size_t bytes, const char *base)
{
    const char *bundle = tncc_temp("embedded.tnb"), *source = tncc_temp("embedded.S");
    const char *text =
        tncc_format("    .section .rodata.%s,\"a\",@progbits\n    .balign 16\n    .globl %s_bundle\n"
                    "    .hidden %s_bundle\n    .type %s_bundle,@object\n    .size %s_bundle, %zu\n%s_bundle:\n"
                    "    .incbin \"%s\"\n    .balign 8\n    .globl %s_bundle_bytes\n    .hidden %s_bundle_bytes\n"
                    "    .type %s_bundle_bytes,@object\n    .size %s_bundle_bytes, 8\n%s_bundle_bytes:\n"
                    "    .quad %zu\n    .section .note.GNU-stack,\"\",@progbits\n",
                    base, base, base, base, base, bytes, base, bundle, base, base, base, base, base, bytes);
    const char *const argv[] = {
        getenv("TENONCC_AS") ? getenv("TENONCC_AS") : "clang-19", "-c", source, "-o", o->out, NULL
    };
    if (!tncc_write_file(bundle, data, bytes) || !tncc_write_file(source, text, strlen(text)))
        return false;
    if (tncc_run(argv, o->verbose)) {
        tncc_error(o->out, 0, "the bundle could not be made an object");
        return false;
    }
    return true;
}

bool tncc_embed(const struct tncc_options *o, const struct tncc_image *images, size_t count)
{
    const char *base = base_name(o->header);
    void *data;
    size_t bytes;
    if (!tncc_bundle_bytes(images, count, o->compress, &data, &bytes) || !write_object(o, data, bytes, base))
        return false;
    if (write_header(o, images[0].ktab, base))
        return true;
    unlink(o->out); /* one without the other would be worse than none */
    return false;
}
