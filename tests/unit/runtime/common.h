/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common.h - what the runtime's tests share: opening on the null and the mock driver, and a bundle written by hand, so
 * that these tests need no compiler and can damage every byte.
 */
#ifndef TESTS_UNIT_RUNTIME_COMMON_H
#define TESTS_UNIT_RUNTIME_COMMON_H

#include <check.h>
#include <dlfcn.h>
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tenon/tenon.h"
#include "tests/unit/runtime/mock.h"

#ifdef WITHOUT_CHECK   /* for programs that are no tests */
#undef ck_assert_msg
#undef ck_assert
#define ck_assert_msg(expr, ...) ((expr) ? (void)0 : (fprintf(stderr, __VA_ARGS__), exit(1)))
#define ck_assert(expr) ck_assert_msg(expr, "%s\n", #expr)
#endif

#define OK(call)                                                                                               \
    do {                                                                                                       \
        tn_status ok_status = (call);                                                                          \
        ck_assert_msg(ok_status == TN_OK, "%s: %s: %s", #call, tn_status_name(ok_status), tn_error_message()); \
    } while (0)

/* The call answers so, and the message has these words. */
#define FAILS(status, words, call)                                                                             \
    do {                                                                                                       \
        tn_status is_status = (call);                                                                          \
        ck_assert_msg(is_status == (status), "%s: %s in place of %s: %s", #call, tn_status_name(is_status),    \
                      tn_status_name(status), tn_error_message());                                             \
        ck_assert_msg(strstr(tn_error_message(), (words)) != NULL, "%s: \"%s\" is not in: %s", #call, (words), \
                      tn_error_message());                                                                     \
    } while (0)

#define MS 1000000ull

/* A file of the build tree, by the place of the test program: build/tests/x->build/NAME. */
static inline const char *built(const char *name)
{
    static char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    ck_assert(length > 0);
    path[length] = 0;
    for (int i = 0; i < 2; i++)
        *strrchr(path, '/') = 0;
    snprintf(path + strlen(path), sizeof path - strlen(path), "/%s", name);
    return path;
}

static inline tn_runtime open_null(uint32_t devices, uint32_t flags)
{
    char simulate[32];
    tn_options options = TN_OPTIONS_INIT;
    tn_runtime runtime = { 0 };
    snprintf(simulate, sizeof simulate, "null:%u", devices);
    options.simulate = simulate;
    options.only = "null";
    options.flags = flags;
    OK(tn_open(&options, &runtime));
    return runtime;
}

static struct mock_control *mock;

static inline tn_runtime open_mock(uint32_t flags)
{
    tn_options options = TN_OPTIONS_INIT;
    tn_runtime runtime = { 0 };
    options.simulate = "";
    options.drivers = built("obj/tests/mock.so");
    options.only = "mock";
    options.flags = flags;
    OK(tn_open(&options, &runtime));
    void *library = dlopen(built("obj/tests/mock.so"), RTLD_NOW | RTLD_NOLOAD);
    ck_assert_ptr_nonnull(library);
    mock = dlsym(library, "mock_control");
    ck_assert_ptr_nonnull(mock);
    dlclose(library);
    return runtime;
}

static inline tn_device device_at(tn_runtime runtime, uint32_t index)
{
    tn_device device = { 0 };
    OK(tn_device_get(runtime, index, &device));
    return device;
}

static inline tn_stream stream_on(tn_device device)
{
    tn_stream stream = { 0 };
    OK(tn_stream_create(device, NULL, &stream));
    return stream;
}

/* ------------------------------------------------------------------------------------------------------- */
/* A bundle with one vendor image for "null": kernels fill_u32, add_f32, nothing, and a variable. */

struct buffer {
    unsigned char bytes[16384];
    size_t size;
};

static inline uint32_t add_text(struct buffer *b, const char *text)
{
    uint32_t at = (uint32_t)b->size;
    memcpy(b->bytes + b->size, text, strlen(text) + 1);
    b->size += strlen(text) + 1;
    return at;
}

static inline size_t make_table(unsigned char *out)
{
    struct buffer s = { .size = 1 };
    tn_ktab_kernel k[3];
    tn_ktab_arg a[7];
    tn_ktab_variable v[1];
    static const struct { const char *name, *type; uint32_t offset, size; uint8_t kind;
    } args[7] = {
        { "to", "uint32_t *", 0, 8, TN_ARG_POINTER },   { "value", "uint32_t", 8, 4, TN_ARG_VALUE },
        { "n", "uint32_t", 12, 4, TN_ARG_VALUE },       { "x", "const float *", 0, 8, TN_ARG_POINTER },
        { "y", "const float *", 8, 8, TN_ARG_POINTER }, { "to", "float *", 16, 8, TN_ARG_POINTER },
        { "n", "uint32_t", 24, 4, TN_ARG_VALUE },
    };
    memset(k, 0, sizeof k);
    memset(a, 0, sizeof a);
    memset(v, 0, sizeof v);
    k[0].name = add_text(&s, "fill_u32");
    k[0].display = add_text(&s, "fill_u32(uint32_t *, uint32_t, uint32_t)");
    k[0].arg_first = 0, k[0].arg_count = 3, k[0].args_bytes = 16, k[0].args_align = 8;
    k[1].name = add_text(&s, "_Z3addPKfS0_Pfj");
    k[1].entry = add_text(&s, "add_f32");
    k[1].display = add_text(&s, "add(const float *, const float *, float *, uint32_t)");
    k[1].arg_first = 3, k[1].arg_count = 4, k[1].args_bytes = 28, k[1].args_align = 8;
    k[1].max_threads = 128;
    k[2].name = add_text(&s, "nothing");
    k[2].display = add_text(&s, "nothing()");
    k[2].arg_first = 7, k[2].args_align = 1;
    k[2].static_local_bytes = 96;
    k[2].required_block[0] = 8, k[2].required_block[1] = 2, k[2].required_block[2] = 1;
    for (int i = 0; i < 7; i++) {
        a[i].name = add_text(&s, args[i].name);
        a[i].type_name = add_text(&s, args[i].type);
        a[i].offset = args[i].offset, a[i].size = a[i].align = args[i].size, a[i].kind = args[i].kind;
        a[i].space = args[i].kind == TN_ARG_POINTER ? TN_SPACE_GLOBAL : TN_SPACE_PRIVATE;
    }
    v[0].name = add_text(&s, "counter");
    v[0].bytes = 64, v[0].align = 8;
    tn_ktab t = { .magic = TN_KTAB_MAGIC,
                  .header_bytes = sizeof t,
                  .kernel_count = 3,
                  .kernel_bytes = sizeof *k,
                  .arg_count = 7,
                  .arg_bytes = sizeof *a,
                  .variable_count = 1,
                  .variable_bytes = sizeof *v };
    t.kernels_at = sizeof t;
    t.args_at = t.kernels_at + sizeof k;
    t.variables_at = (uint32_t)(t.args_at + sizeof a + 7) & ~7u;
    t.strings_at = t.variables_at + sizeof v;
    t.strings_bytes = (uint32_t)s.size;
    t.total_bytes = t.strings_at + t.strings_bytes;
    memset(out, 0, t.total_bytes);
    memcpy(out, &t, sizeof t);
    memcpy(out + t.kernels_at, k, sizeof k);
    memcpy(out + t.args_at, a, sizeof a);
    memcpy(out + t.variables_at, v, sizeof v);
    memcpy(out + t.strings_at, s.bytes, s.size);
    return t.total_bytes;
}

static inline void add_section(struct buffer *b, Elf64_Shdr *header, uint32_t name, const void *data, size_t bytes)
{
    b->size = (b->size + 15) & ~(size_t)15;
    memset(header, 0, sizeof *header);
    header->sh_name = name;
    header->sh_type = SHT_PROGBITS;
    header->sh_offset = b->size;
    header->sh_size = bytes;
    header->sh_addralign = 16;
    memcpy(b->bytes + b->size, data, bytes);
    b->size += bytes;
}

static inline void make_bundle(struct buffer *b, uint32_t kind, const char *target)
{
    static const char names[] = "\0.note.tenon.0\0.tenon.image.0\0.tenon.kernels.0\0.shstrtab";
    struct { Elf64_Nhdr header; char owner[8]; tn_bundle_image image; } note;
    unsigned char table[8192];
    Elf64_Shdr headers[5];
    Elf64_Ehdr e;
    memset(b, 0, sizeof *b);
    memset(&e, 0, sizeof e);
    memset(&note, 0, sizeof note);
    memset(headers, 0, sizeof headers);
    note.header.n_namesz = sizeof TN_NOTE_OWNER, note.header.n_descsz = sizeof note.image,
    note.header.n_type = TN_NOTE_IMAGE;
    memcpy(note.owner, TN_NOTE_OWNER, sizeof TN_NOTE_OWNER);
    note.image.bytes = sizeof note.image, note.image.kind = kind;
    snprintf(note.image.target, sizeof note.image.target, "%s", target);
    b->size = sizeof e;
    add_section(b, &headers[1], 1, &note, sizeof note);
    headers[1].sh_type = SHT_NOTE;
    add_section(b, &headers[2], 15, "built in", 8);
    size_t bytes = make_table(table);
    add_section(b, &headers[3], 30, table, bytes);
    add_section(b, &headers[4], 47, names, sizeof names);
    headers[4].sh_type = SHT_STRTAB;
    memcpy(e.e_ident, ELFMAG, SELFMAG);
    e.e_ident[EI_CLASS] = ELFCLASS64, e.e_ident[EI_DATA] = ELFDATA2LSB, e.e_ident[EI_VERSION] = EV_CURRENT;
    e.e_type = ET_NONE, e.e_machine = EM_NONE, e.e_version = EV_CURRENT, e.e_flags = TN_BUNDLE_VERSION;
    e.e_ehsize = sizeof e, e.e_shentsize = sizeof *headers, e.e_shnum = 5, e.e_shstrndx = 4;
    b->size = (b->size + 15) & ~(size_t)15;
    e.e_shoff = b->size;
    memcpy(b->bytes + b->size, headers, sizeof headers);
    b->size += sizeof headers;
    memcpy(b->bytes, &e, sizeof e);
}

static inline tn_module load_null_bundle(tn_device device)
{
    struct buffer b;
    tn_module module = { 0 };
    make_bundle(&b, TN_IMAGE_VENDOR, "null");
    OK(tn_module_load(device, b.bytes, b.size, NULL, &module));
    return module;
}

static inline tn_kernel kernel_of(tn_module module, const char *name)
{
    tn_kernel kernel = { 0 };
    OK(tn_module_kernel(module, name, &kernel));
    return kernel;
}

static inline tn_launch shape(uint32_t grid, uint32_t block)
{
    return tn_launch_shape((tn_dim3){ grid, 1, 1 }, (tn_dim3){ block, 1, 1 }, 0);
}

/* Runs a suite of one case; every test in a process of its own. */
static inline int run_tests(const char *name, const TTest *const *tests, size_t count)
{
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create(name);
    tcase_set_timeout(tcase, 100);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}

#define RUN(name, ...)                                                                                         \
    int main(void)                                                                                             \
    {                                                                                                          \
        const TTest *tests[] = { __VA_ARGS__ };                                                                \
        return run_tests((name), tests, sizeof tests / sizeof *tests);                                         \
    }

#endif
