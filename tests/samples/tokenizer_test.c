/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The WordPiece tokenizer of the semantic search sample against a reference: 432 texts from many scripts and the tokens
 * that the Python implementation gives (made by make_reference.py --tokenizer), and the cases that such a file can't
 * hold: broken UTF-8, truncation, bad vocabularies. May include samples/semantic_search and jansson.
 */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "samples/semantic_search/wordpiece.h"
#include "tests/unit/suite.h"

#define FOLDER "tests/samples/"

static struct wordpiece *open_vocab(void)
{
    struct problem p = { { 0 } };
    struct wordpiece *w = wordpiece_open(FOLDER "tokenizer_vocab.txt", &p);
    ck_assert_msg(w != NULL, "%s", p.text);
    return w;
}

static void encode_to_text(const struct wordpiece *w, const char *text, size_t bytes, size_t max, char *out,
                           size_t room)
{
    int32_t ids[512];
    size_t n = wordpiece_encode(w, text, bytes, ids, max);
    out[0] = 0;
    ck_assert_uint_le(n, max);
    for (size_t i = 0; i < n; i++) {
        const char *t = wordpiece_token(w, ids[i]);
        ck_assert_ptr_nonnull(t);
        ck_assert_uint_lt(strlen(out) + strlen(t) + 2, room);
        strcat(strcat(out, i ? " " : ""), t);
    }
}

START_TEST(every_reference_text_gives_the_reference_tokens)
{
    static char got[32768];
    json_error_t e;
    json_t *cases = json_load_file(FOLDER "tokenizer_cases.json", JSON_ALLOW_NUL, &e), *c;
    struct wordpiece *w = open_vocab();
    size_t i;
    ck_assert_msg(cases != NULL, "%s", e.text);
    ck_assert_uint_gt(json_array_size(cases), 400);
    json_array_foreach(cases, i, c)
    {
        json_t *text = json_object_get(c, "text");
        encode_to_text(w, json_string_value(text), json_string_length(text), 256, got, sizeof got);
        ck_assert_msg(strcmp(got, json_string_value(json_object_get(c, "tokens"))) == 0,
                      "text %zu\n  gives  %s\n  not    %s", i, got, json_string_value(json_object_get(c, "tokens")));
    }
    json_decref(cases);
    wordpiece_close(w);
}
END_TEST

START_TEST(broken_utf8_is_skipped)
{
    static const struct {
        const char *text, *clean;
    } cases[] = {
        { "a\xff"
          "a",
          "aa" },
        { "a\xc3", "a" },
        { "\xe4\xba", "" },
        { "a\xc0\xaf"
          "a",
          "aa" },
        { "a\xed\xa0\x80"
          "a",
          "aa" },
        { "a\xf4\x90\x80\x80"
          "a",
          "aa" },
        { "\x80\x80 a", " a" },
        { "a\xe4\xba"
          "a",
          "aa" },
        { "\xf0\x9f\x98", "" },
    };
    struct wordpiece *w = open_vocab();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char got[256], want[256];
        encode_to_text(w, cases[i].text, strlen(cases[i].text), 256, got, sizeof got);
        encode_to_text(w, cases[i].clean, strlen(cases[i].clean), 256, want, sizeof want);
        ck_assert_str_eq(got, want);
    }
    wordpiece_close(w);
}
END_TEST

START_TEST(a_long_text_loses_its_end_and_keeps_sep)
{
    struct wordpiece *w = open_vocab();
    char got[256];
    encode_to_text(w, "a a a a a a a a", 15, 5, got, sizeof got);
    ck_assert_str_eq(got, "[CLS] a a a [SEP]");
    encode_to_text(w, "a a", 3, 2, got, sizeof got);
    ck_assert_str_eq(got, "[CLS] [SEP]");
    ck_assert_uint_eq(wordpiece_encode(w, "a", 1, (int32_t[1]){ 0 }, 1), 0);
    wordpiece_close(w);
}
END_TEST

START_TEST(any_bytes_are_safe)
{
    struct wordpiece *w = open_vocab();
    uint32_t seed = 7;
    char text[300];
    int32_t ids[64];
    for (int round = 0; round < 3000; round++) {
        for (size_t i = 0; i < sizeof text; i++)
            text[i] = (char)((seed = seed * 1664525u + 1013904223u) >> 24);
        size_t n = wordpiece_encode(w, text, seed % sizeof text, ids, 64);
        ck_assert(n >= 2 && n <= 64);
        for (size_t i = 0; i < n; i++)
            ck_assert_ptr_nonnull(wordpiece_token(w, ids[i]));
    }
    ck_assert_ptr_null(wordpiece_token(w, -1));
    ck_assert_ptr_null(wordpiece_token(w, (int32_t)wordpiece_size(w)));
    wordpiece_close(w);
}
END_TEST

static void refuse(const char *content, const char *expected)
{
    char path[] = "/tmp/tenon-vocab-XXXXXX";
    struct problem p = { { 0 } };
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq((int)write(fd, content, strlen(content)), (int)strlen(content));
    ck_assert_ptr_null(wordpiece_open(path, &p));
    ck_assert_msg(strstr(p.text, expected) && strstr(p.text, path), "\"%s\" does not say \"%s\"", p.text, expected);
    (void)close(fd);
    (void)unlink(path);
}

START_TEST(a_bad_vocabulary_is_refused_with_a_sentence)
{
    struct problem p = { { 0 } };
    ck_assert_ptr_null(wordpiece_open("/nonexistent/vocab.txt", &p));
    ck_assert_ptr_nonnull(strstr(p.text, "cannot open /nonexistent/vocab.txt"));
    ck_assert_ptr_null(wordpiece_open("/tmp", &p));
    ck_assert_ptr_nonnull(strstr(p.text, "cannot read /tmp"));
    refuse("", "not all of [UNK], [CLS] and [SEP]");
    refuse("[UNK]\n[CLS]\nhello\n", "not all of [UNK], [CLS] and [SEP]");
    refuse("[UNK]\n[CLS]\n[SEP", "not all of [UNK], [CLS] and [SEP]");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tokenizer");
    TCase *tests = tcase_create("tokenizer");
    tcase_add_test(tests, every_reference_text_gives_the_reference_tokens);
    tcase_add_test(tests, broken_utf8_is_skipped);
    tcase_add_test(tests, a_long_text_loses_its_end_and_keeps_sep);
    tcase_add_test(tests, any_bytes_are_safe);
    tcase_add_test(tests, a_bad_vocabulary_is_refused_with_a_sentence);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
