/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The safetensors reader of the semantic search sample: a good file is read exactly, and every way to be damaged (cut
 * short at any byte, forged lengths, overlaps, gaps, wrong types and shapes) is refused with a sentence that names it.
 * The files are made here, at test time. May include samples/semantic_search.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "samples/semantic_search/safetensors.h"
#include "tests/unit/suite.h"

static char path[64];
static struct problem problem;

static void write_bytes(const void *data, size_t bytes)
{
    FILE *f = fopen(path, "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(data, 1, bytes, f), bytes);
    ck_assert_int_eq(fclose(f), 0);
}

/* Lays a file out in `out`: length, header padded to 8 bytes, data that counts up in floats. Returns its size. */
static size_t lay_out(unsigned char *out, const char *header, size_t data_bytes)
{
    size_t length = (strlen(header) + 7) / 8 * 8;
    memset(out, 0, 8);
    for (size_t i = 0; i < 4; i++)
        out[i] = (unsigned char)(length >> 8 * i);
    memset(out + 8, ' ', length);
    for (size_t i = 0; header[i]; i++)
        out[8 + i] = (unsigned char)header[i];
    for (size_t i = 0; i < data_bytes / 4; i++) {
        float v = (float)i;
        memcpy(out + 8 + length + 4 * i, &v, 4);
    }
    return 8 + length + data_bytes;
}

static struct safetensors *open_laid_out(const char *header, size_t data_bytes)
{
    static unsigned char file[8192];
    write_bytes(file, lay_out(file, header, data_bytes));
    problem.text[0] = 0;
    return safetensors_open(path, &problem);
}

static const char good[] = "{\"__metadata__\":{\"by\":\"a test\"},"
                           "\"b\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[16,40]},"
                           "\"a\":{\"dtype\":\"I64\",\"shape\":[2],\"data_offsets\":[0,16]},"
                           "\"none\":{\"dtype\":\"F32\",\"shape\":[0,7],\"data_offsets\":[40,40]}}";

START_TEST(a_good_file_is_read_exactly)
{
    struct safetensors *f = open_laid_out(good, 40);
    ck_assert_msg(f != NULL, "%s", problem.text);
    uint64_t shape[2] = { 2, 0 };
    const float *b = safetensors_get(f, "b", "F32", 2, shape, &problem);
    ck_assert_msg(b != NULL, "%s", problem.text);
    ck_assert_uint_eq(shape[1], 3);
    for (int i = 0; i < 6; i++)
        ck_assert(b[i] == (float)(i + 4));
    ck_assert_str_eq(safetensors_metadata(f, "by"), "a test");
    ck_assert_ptr_null(safetensors_metadata(f, "when"));
    safetensors_close(f);
}
END_TEST

START_TEST(a_wrong_request_is_refused_with_a_sentence)
{
    static const struct {
        const char *name, *dtype;
        size_t rank;
        uint64_t shape[2];
        const char *says;
    } cases[] = {
        { "c", "F32", 2, { 2, 3 }, "has no tensor \"c\"" },
        { "b", "F16", 2, { 2, 3 }, "is F32 of 2 x 3, and F16 of 2 x 3 is needed" },
        { "b", "F32", 1, { 6, 0 }, "and F32 of 6 is needed" },
        { "b", "F32", 2, { 3, 2 }, "and F32 of 3 x 2 is needed" },
        { "b", "F32", 2, { 0, 4 }, "and F32 of any x 4 is needed" },
    };
    struct safetensors *f = open_laid_out(good, 40);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t shape[2] = { cases[i].shape[0], cases[i].shape[1] };
        ck_assert_ptr_null(safetensors_get(f, cases[i].name, cases[i].dtype, cases[i].rank, shape, &problem));
        ck_assert_msg(strstr(problem.text, cases[i].says) != NULL, "\"%s\" does not say \"%s\"", problem.text,
                      cases[i].says);
    }
    safetensors_close(f);
}
END_TEST

START_TEST(a_file_cut_short_at_any_byte_is_refused)
{
    unsigned char file[1024];
    size_t bytes = lay_out(file, good, 40);
    for (size_t n = 0; n < bytes; n++) {
        write_bytes(file, n);
        struct safetensors *f = safetensors_open(path, &problem);
        ck_assert_msg(f == NULL, "%zu of %zu bytes were taken for a whole file", n, bytes);
        ck_assert_msg(strstr(problem.text, "cut short") && strstr(problem.text, path), "%s", problem.text);
    }
}
END_TEST

START_TEST(a_damaged_header_is_refused_with_a_sentence)
{
    static const struct {
        const char *header;
        size_t data_bytes;
        const char *says;
    } cases[] = {
        { "{\"a\":", 0, "not valid JSON" },
        { "[1,2]", 0, "not a JSON object" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{}}", 4, "not valid JSON" },
        { "{\"a\":7}", 0, "no element type" },
        { "{\"a\":{\"dtype\":\"F31\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "no element type" },
        { "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4, "no list of at most" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", 4, "no list of at most" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,4]}}", 4, "no list of at most" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,8],\"data_offsets\":[0,0]}}", 0,
          "no list of at most" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "no valid data_offsets" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", 4, "no valid data_offsets" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,8]}}", 4, "no valid data_offsets" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4.0]}}", 4, "no valid data_offsets" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4, "its shape needs 8" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
          "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}",
          12, "\"a\" and \"b\" overlap" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "belong to none" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 8, "belong to no tensor" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct safetensors *f = open_laid_out(cases[i].header, cases[i].data_bytes);
        ck_assert_msg(f == NULL, "taken: %s", cases[i].header);
        ck_assert_msg(strstr(problem.text, cases[i].says) && strstr(problem.text, path), "\"%s\" does not say \"%s\"",
                      problem.text, cases[i].says);
    }
}
END_TEST

START_TEST(a_forged_header_length_is_refused)
{
    unsigned char file[64] = { 0 };
    memset(file, 0xff, 8);
    write_bytes(file, sizeof file);
    ck_assert_ptr_null(safetensors_open(path, &problem));
    ck_assert_ptr_nonnull(strstr(problem.text, "more than any safetensors file may have"));
    memset(file, 0, 8);
    write_bytes(file, sizeof file);
    ck_assert_ptr_null(safetensors_open(path, &problem));
    ck_assert_ptr_nonnull(strstr(problem.text, "not valid JSON"));
}
END_TEST

START_TEST(data_that_is_not_aligned_is_refused)
{
    static unsigned char file[512];
    static const char header[] = "{\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
                                 "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[1,5]}}";
    write_bytes(file, lay_out(file, header, 4) + 1);
    struct safetensors *f = safetensors_open(path, &problem);
    ck_assert_msg(f != NULL, "%s", problem.text);
    ck_assert_ptr_null(safetensors_get(f, "a", "F32", 1, (uint64_t[]){ 1 }, &problem));
    ck_assert_ptr_nonnull(strstr(problem.text, "does not begin at a multiple of 4"));
    safetensors_close(f);
}
END_TEST

START_TEST(a_missing_file_and_a_folder_are_refused)
{
    ck_assert_ptr_null(safetensors_open("/nonexistent/model.safetensors", &problem));
    ck_assert_ptr_nonnull(strstr(problem.text, "cannot open /nonexistent/model.safetensors"));
    ck_assert_ptr_null(safetensors_open("/tmp", &problem));
    ck_assert_ptr_nonnull(strstr(problem.text, "not a regular file"));
}
END_TEST

START_TEST(any_changed_byte_is_safe)
{
    unsigned char file[1024], copy[1024];
    size_t bytes = lay_out(file, good, 40);
    uint32_t seed = 3;
    for (int round = 0; round < 2000; round++) {
        memcpy(copy, file, bytes);
        for (int i = 0; i < 3; i++) {
            seed = seed * 1664525u + 1013904223u;
            copy[(seed >> 8) % bytes] = (unsigned char)(seed >> 24);
        }
        write_bytes(copy, bytes);
        struct safetensors *f = safetensors_open(path, &problem);
        uint64_t shape[2] = { 0, 0 };
        const float *b = f ? safetensors_get(f, "b", "F32", 2, shape, &problem) : NULL;
        volatile float sum = 0;
        for (uint64_t i = 0; b && i < shape[0] * shape[1]; i++)
            sum += b[i];
        safetensors_close(f);
    }
}
END_TEST

int main(void)
{
    int fd;
    Suite *suite = suite_create("safetensors");
    TCase *tests = tcase_create("safetensors");
    tcase_add_test(tests, a_good_file_is_read_exactly);
    tcase_add_test(tests, a_wrong_request_is_refused_with_a_sentence);
    tcase_add_test(tests, a_file_cut_short_at_any_byte_is_refused);
    tcase_add_test(tests, a_damaged_header_is_refused_with_a_sentence);
    tcase_add_test(tests, a_forged_header_length_is_refused);
    tcase_add_test(tests, data_that_is_not_aligned_is_refused);
    tcase_add_test(tests, a_missing_file_and_a_folder_are_refused);
    tcase_add_test(tests, any_changed_byte_is_safe);
    suite_add_tcase(suite, tests);
    strcpy(path, "/tmp/tenon-safetensors-XXXXXX");
    fd = mkstemp(path);
    const int failed = suite_run(suite);
    (void)close(fd);
    (void)unlink(path);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
