/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/tenoncc/bundle.c - a bundle comes back as it was written; a damaged one is refused with a sentence and never
 * read outside its bytes (run under the sanitizers).
 */
#include "bundle/bundle.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/tenoncc/tenoncc.h"
#include "tests/unit/suite.h"

static struct tncc_arg args[] = {
    { "x", "float *", 0, 8, 8, TN_ARG_POINTER, TN_SPACE_GLOBAL, TN_ACCESS_READ_WRITE, false },
    { "n", "int", 8, 4, 4, TN_ARG_VALUE, TN_SPACE_PRIVATE, TN_ACCESS_UNKNOWN, false },
};
static struct tncc_kernel kernels[] = {
    { .name = "scale",
      .display = "scale(float *, int)",
      .file = "a.cu",
      .line = 7,
      .args = args,
      .arg_count = 2,
      .args_bytes = 12,
      .args_align = 8,
      .flags = TN_KERNEL_USES_BARRIER,
      .max_threads = 256,
      .static_local = 64,
      .local_align = 16,
      .scratch_block = 100,
      .scratch_thread = 8 },
    { .name = "_Z5emptyv", .display = "empty()", .args = args, .args_align = 1 },
    { .name = "_Z3addIfEvPT_",
      .display = "add<float>(float*)",
      .args = args,
      .arg_count = 1,
      .args_bytes = 8,
      .args_align = 8 },
    { .name = "_Z3addIfEvPT_i",
      .display = "add<float>(float*, int)",
      .args = args,
      .arg_count = 2,
      .args_bytes = 12,
      .args_align = 8 },
    { .name = "refused", .display = "refused()", .args = args, .args_align = 1, .refusal = "for the test" },
};
static const unsigned char first_value[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
static struct tncc_variable variables[] = {
    { "weights", TN_VARIABLE_CONSTANT, 4, 16, 0, NULL },
    { "start", 0, 8, 8, 16, first_value },
};
static struct tncc_unit unit = { .kernels = kernels, .kernel_count = 5, .variables = variables, .variable_count = 2 };
static char image_data[3000];

static void *make(bool compress, size_t *bytes)
{
    struct tncc_image images[2] = {
        { .kind = TN_IMAGE_SIM,
          .width = 32,
          .target = "x86-64-v3",
          .features = "avx2,fma",
          .data = image_data,
          .bytes = sizeof image_data },
        { .kind = TN_IMAGE_OPENCL_C, .target = "cl1.2", .features = "", .data = "text", .bytes = 5 },
    };
    void *data, *copy;
    memset(image_data, 'i', sizeof image_data);
    for (int i = 0; i < 2; i++)
        tncc_ktab(&unit, &images[i].ktab, &images[i].ktab_bytes);
    ck_assert(tncc_bundle_bytes(images, 2, compress, &data, bytes));
    copy = malloc(*bytes);
    memcpy(copy, data, *bytes);
    return copy;
}

static void check_content(const tn_bundle *b)
{
    ck_assert_uint_eq(tn_bundle_image_count(b), 2);
    ck_assert_ptr_null(tn_bundle_image_at(b, 2));
    const tn_bundle_view *v = tn_bundle_image_at(b, 0);
    ck_assert_int_eq(v->kind, TN_IMAGE_SIM);
    ck_assert_uint_eq(v->width, 32);
    ck_assert_str_eq(v->target, "x86-64-v3");
    ck_assert_str_eq(v->features, "avx2,fma");
    ck_assert_uint_eq(v->bytes, sizeof image_data);
    ck_assert_int_eq(memcmp(v->data, image_data, sizeof image_data), 0);
    ck_assert_str_eq(tn_bundle_image_at(b, 1)->data, "text");
    const tn_ktab *t = v->kernels;
    ck_assert_uint_eq(t->kernel_count, 4);
    const tn_ktab_kernel *k = tn_ktab_kernel_at(t, 0);
    ck_assert_str_eq(tn_ktab_string(t, k->name), "scale");
    ck_assert_str_eq(tn_ktab_entry(t, k), "scale");
    ck_assert_str_eq(tn_ktab_string(t, k->source_file), "a.cu");
    ck_assert_uint_eq(k->source_line, 7);
    ck_assert_uint_eq(k->max_threads, 256);
    ck_assert_uint_eq(k->scratch_per_thread, 8);
    const tn_ktab_arg *a = tn_ktab_arg_at(t, k, 1);
    ck_assert_uint_eq(a->offset, 8);
    ck_assert_str_eq(tn_ktab_string(t, a->type_name), "int");
    ck_assert_ptr_null(tn_ktab_arg_at(t, k, 2));
    ck_assert_ptr_null(tn_ktab_kernel_at(t, 4));
    const tn_ktab_variable *w = tn_ktab_variable_at(t, 1);
    ck_assert_int_eq(memcmp((const char *)t + w->init_at, first_value, 8), 0);
}

START_TEST(round_trip)
{
    size_t bytes;
    tn_bundle *b;
    void *data = make(_i == 1, &bytes), *before = malloc(bytes);
    memcpy(before, data, bytes);
    ck_assert_int_eq(tn_bundle_open_memory(data, bytes, &b, NULL, 0), TN_BUNDLE_OK);
    ck_assert_int_eq(memcmp(before, data, bytes), 0); /* the caller's bytes stay as they are */
    free(data);
    check_content(b);
    tn_bundle_close(b);
    tn_bundle_close(NULL);
    free(before);
}
END_TEST

START_TEST(names)
{
    size_t bytes;
    tn_bundle *b;
    void *data = make(false, &bytes);
    ck_assert_int_eq(tn_bundle_open_memory(data, bytes, &b, NULL, 0), TN_BUNDLE_OK);
    const tn_ktab *t = tn_bundle_image_at(b, 0)->kernels;
    ck_assert_int_eq(tn_ktab_find_kernel(t, "scale"), 0);
    ck_assert_int_eq(tn_ktab_find_kernel(t, "empty"), 1);
    ck_assert_int_eq(tn_ktab_find_kernel(t, "empty()"), 1);
    ck_assert_int_eq(tn_ktab_find_kernel(t, "_Z3addIfEvPT_i"), 3);
    ck_assert_int_eq(tn_ktab_find_kernel(t, "add<float>"), -2);
    ck_assert_int_eq(tn_ktab_find_kernel(t, "add<float>(float*)"), 2);
    ck_assert_int_eq(tn_ktab_find_kernel(t, "add"), -1);
    ck_assert_int_eq(tn_ktab_find_kernel(t, "refused"), -1);
    ck_assert_int_eq(tn_ktab_find_kernel(t, ""), -1);
    ck_assert_int_eq(tn_ktab_find_variable(t, "start"), 1);
    ck_assert_int_eq(tn_ktab_find_variable(t, "stop"), -1);
    tn_bundle_close(b);
    free(data);
}
END_TEST

/* Opens a copy of exactly these bytes, so that a sanitizer sees any step outside. */
static tn_bundle_status open_copy(const void *data, size_t bytes)
{
    char why[200] = "";
    tn_bundle *b;
    void *copy = malloc(bytes ? bytes : 1);
    memcpy(copy, data, bytes);
    tn_bundle_status status = tn_bundle_open_memory(copy, bytes, &b, why, sizeof why);
    if (status) {
        ck_assert_ptr_null(b);
        ck_assert_str_ne(why, "");
    }
    tn_bundle_close(b);
    free(copy);
    return status;
}

START_TEST(truncated)
{
    size_t bytes;
    char *data = make(_i == 1, &bytes);
    for (size_t n = 0; n < bytes; n += n < 300 || bytes - n < 300 ? 1 : 17)
        ck_assert_msg(open_copy(data, n) != TN_BUNDLE_OK, "%zu of %zu bytes were taken for a bundle", n, bytes);
    ck_assert_int_eq(open_copy(data, bytes), TN_BUNDLE_OK);
    free(data);
}
END_TEST

START_TEST(damaged)
{
    size_t bytes;
    char *data = make(_i == 1, &bytes);
    static const unsigned char patterns[] = { 0x00, 0xff, 0x80, 0x7f, 0x01 };
    unsigned refused = 0;
    for (size_t at = 0; at < bytes; at++) {
        if (at > 500 && at < bytes - 2500 && at % 13)
            continue;
        char old = data[at];
        data[at] = (char)(at % 2 ? old ^ (1 << at % 8) : patterns[at % 5]);
        refused += open_copy(data, bytes) != TN_BUNDLE_OK;
        data[at] = old;
    }
    ck_assert_uint_gt(refused, 100);
    free(data);
}
END_TEST

START_TEST(foreign)
{
    char why[200];
    tn_bundle *b;
    ck_assert_int_eq(open_copy("", 0), TN_BUNDLE_FOREIGN);
    ck_assert_int_eq(open_copy("hello", 5), TN_BUNDLE_FOREIGN);
    ck_assert_int_eq(tn_bundle_open_file("/proc/self/exe", &b, why, sizeof why), TN_BUNDLE_FOREIGN);
    ck_assert_int_eq(tn_bundle_open_file("/no/such/file", &b, why, sizeof why), TN_BUNDLE_NO_FILE);
    ck_assert_ptr_nonnull(strstr(why, "No such file"));
    ck_assert_int_eq(tn_bundle_open_file("/", &b, why, sizeof why), TN_BUNDLE_NO_FILE);
    size_t bytes;
    char *data = make(false, &bytes);
    data[48] = 9; /* e_flags: the version */
    ck_assert_int_eq(tn_bundle_open_memory(data, bytes, &b, why, sizeof why), TN_BUNDLE_VERSION_UNKNOWN);
    ck_assert_ptr_nonnull(strstr(why, "version 9"));
    free(data);
}
END_TEST

/* Single fields of a kernel table, each with what is said about it. */
START_TEST(table_fields)
{
    static const struct {
        size_t at;
        uint32_t value;
        const char *says;
    } rows[] = {
        { offsetof(tn_ktab, header_bytes), 8, "header of 8 bytes" },
        { offsetof(tn_ktab, total_bytes), 1u << 30, "are there" },
        { offsetof(tn_ktab, kernel_count), 1000000, "do not fit" },
        { offsetof(tn_ktab, kernel_bytes), 4, "takes 4 bytes" },
        { offsetof(tn_ktab, args_at), 2, "not aligned" },
        { offsetof(tn_ktab, args_at), 64, "arguments" },
        { offsetof(tn_ktab, strings_at), 0xfffffff0u, "strings" },
        { offsetof(tn_ktab, strings_bytes), 0, "strings" },
        { offsetof(tn_ktab, variables_at), 68, "not aligned" },
    };
    const void *table;
    size_t bytes;
    char why[200];
    tncc_ktab(&unit, &table, &bytes);
    ck_assert_int_eq(tn_ktab_check(table, bytes, why, sizeof why), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *copy = malloc(bytes);
        memcpy(copy, table, bytes);
        memcpy(copy + rows[i].at, &rows[i].value, 4);
        ck_assert_int_eq(tn_ktab_check(copy, bytes, why, sizeof why), -1);
        ck_assert_msg(strstr(why, rows[i].says), "row %zu says: %s", i, why);
        free(copy);
    }
    ck_assert_int_eq(tn_ktab_check(NULL, 0, why, sizeof why), -1);
    ck_assert_int_eq(tn_ktab_check(table, 20, NULL, 0), -1);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("bundle");
    TCase *c = tcase_create("all");
    tcase_set_timeout(c, 50);
    tcase_add_loop_test(c, round_trip, 0, 2);
    tcase_add_test(c, names);
    tcase_add_loop_test(c, truncated, 0, 2);
    tcase_add_loop_test(c, damaged, 0, 2);
    tcase_add_test(c, foreign);
    tcase_add_test(c, table_fields);
    suite_add_tcase(s, c);
    return suite_run(s);
}
