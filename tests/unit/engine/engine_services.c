/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine does for running kernels: device printf and the heap. */
#include <stdio.h>
#include <string.h>

#include "tenon/sim_image.h"
#include "tests/unit/engine/fixture.h"
#include "tests/unit/suite.h"

static char printed[1 << 20];
static size_t printed_bytes;

static void collect(void *context, const char *text, size_t bytes)
{
    ck_assert_ptr_eq(context, printed);
    ck_assert_uint_lt(printed_bytes + bytes, sizeof printed);
    memcpy(printed + printed_bytes, text, bytes);
    printed_bytes += bytes;
    printed[printed_bytes] = 0;
}

START_TEST(print_arrives_before_the_wait_ends)
{
    sil_set_print(collect, printed);
    uint64_t text = device_alloc(16);
    OK(sil_submit_copy(stream, (void *)text, SIL_SIDE_DEVICE, "hello", SIL_SIDE_HOST, 6, true, NULL));
    wait_ok(stream, launch(stream, "k_print", 1, 1, &text, 8));
    ck_assert_str_eq(printed, "block 0: -7 0.50 [hello]\n");
    printed_bytes = 0;
    wait_ok(stream, launch(stream, "k_print", 5000, 1, &text, 8));
    size_t lines = 0;
    bool seen[5000] = { false };
    char *rest_of_text;
    for (char *line = strtok_r(printed, "\n", &rest_of_text); line;
         line = strtok_r(NULL, "\n", &rest_of_text), lines++) {
        unsigned block;
        char rest[32];
        ck_assert_int_eq(sscanf(line, "block %u: %31[^\n]", &block, rest), 2);
        ck_assert_str_eq(rest, "-7 0.50 [hello]");
        ck_assert_uint_lt(block, 5000);
        ck_assert(!seen[block]);
        seen[block] = true;
    }
    ck_assert_uint_eq(lines, 5000);
    sil_set_print(NULL, NULL);
}
END_TEST

/* A string of the device, then what is printed with these slots. */
static void prints(const char *format, const uint64_t *slots, uint32_t count, const char *wanted)
{
    static uint64_t at;
    struct {
        uint64_t format, slots;
        uint32_t count;
    } args = { 0, 0, count };
    if (!at)
        at = device_alloc(65536);
    args.format = at;
    args.slots = at + 60000;
    OK(sil_submit_copy(stream, (void *)at, SIL_SIDE_ANY, format, SIL_SIDE_ANY, strlen(format) + 1, true, NULL));
    if (count)
        OK(sil_submit_copy(stream, (void *)args.slots, SIL_SIDE_ANY, slots, SIL_SIDE_ANY, count * 8ull, true, NULL));
    printed_bytes = 0;
    printed[0] = 0;
    wait_ok(stream, launch(stream, "k_format", 1, 1, &args, 20));
    ck_assert_str_eq(printed, wanted);
}

static uint64_t bits(double value)
{
    uint64_t out;
    memcpy(&out, &value, sizeof out);
    return out;
}

START_TEST(print_conversions)
{
    const struct {
        const char *format;
        uint64_t slot;
        const char *wanted;
    } one[] = {
        { "%d", (uint64_t)-5, "-5" },
        { "%u", 0xffffffffffffffffu, "4294967295" },
        { "%lu", 0xffffffffffffffffu, "18446744073709551615" },
        { "%lld", (uint64_t)-7, "-7" },
        { "%hhd", 0x1ff, "-1" },
        { "%hu", 0x12345, "9029" },
        { "%zu", 1ull << 40, "1099511627776" },
        { "%x|", 255, "ff|" },
        { "%#X|", 255, "0XFF|" },
        { "%o", 8, "10" },
        { "%08d|", 42, "00000042|" },
        { "%-8d|", 42, "42      |" },
        { "%+d", 42, "+42" },
        { "% d", 42, " 42" },
        { "%.5d", 42, "00042" },
        { "%c%%", 'A', "A%" },
        { "%f", bits(1.5), "1.500000" },
        { "%.3e", bits(12345.678), "1.235e+04" },
        { "%g", bits(0.0001), "0.0001" },
        { "%10.2f|", bits(-3.14159), "     -3.14|" },
        { "%a", bits(1.0), "0x1p+0" },
        { "%p", 0x1234, "0x1234" },
        { "%Lf", bits(2.0), "2.000000" },
        { "100%", 0, "100%" },
        { "%k %d", 3, "%k 3" },
        { "%", 0, "%" },
        { "%5", 0, "%5" },
        { "", 0, "" },
        { "no conversion\n", 0, "no conversion\n" },
    };
    sil_set_print(collect, printed);
    for (size_t i = 0; i < sizeof one / sizeof one[0]; i++)
        prints(one[i].format, &one[i].slot, 1, one[i].wanted);
    const uint64_t stars[] = { 8, 2, bits(2.71828) }, left[] = { (uint64_t)-6, 5 };
    prints("%*.*f|", stars, 3, "    2.72|");
    prints("%*d|", left, 2, "5     |");
    prints("%d %d %d", left, 1, "-6 0 0"); /* fewer arguments than the format names */
    prints("%n%n", left, 2, "%n%n");       /* never */
    prints("%99999999999d", left, 2, "%99999999999d");
    sil_set_print(NULL, NULL);
}
END_TEST

/* More than the buffer holds in one launch of one block. */
START_TEST(print_of_much)
{
    static char format[50001];
    memset(format, 'x', sizeof format - 1);
    sil_set_print(collect, printed);
    prints(format, NULL, 0, format);
    sil_set_print(NULL, NULL);
}
END_TEST

START_TEST(print_of_a_bad_string)
{
    uint64_t text = 0x40;
    sil_set_print(collect, printed);
    fails(stream, launch(stream, "k_print", 1, 1, &text, 8), SIL_FAULT_ILLEGAL_ADDRESS, "k_print");
    OK(sil_stream_clear_fault(stream));
    text = 0;
    wait_ok(stream, launch(stream, "k_print", 1, 1, &text, 8));
    ck_assert_ptr_nonnull(strstr(printed, "[(null)]"));
    sil_set_print(NULL, NULL);
}
END_TEST

START_TEST(device_heap)
{
    enum { BLOCKS = 64 };
    struct {
        uint64_t out, bytes;
    } args = { device_alloc(BLOCKS * 8), 1000 };
    static const struct {
        uint64_t bytes, works;
    } cases[] = { { 1, 1 }, { 1000, 1 }, { 1 << 20, 1 }, { 1ull << 40, 0 } };
    for (size_t c = 0; c < 4; c++) {
        uint64_t got[BLOCKS];
        args.bytes = cases[c].bytes;
        wait_ok(stream, launch(stream, "k_heap", BLOCKS, 1, &args, sizeof args));
        OK(sil_submit_copy(stream, got, SIL_SIDE_HOST, (void *)args.out, SIL_SIDE_DEVICE, sizeof got, true, NULL));
        for (int b = 0; b < BLOCKS; b++)
            ck_assert_uint_eq(got[b], cases[c].works);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("engine services");
    TCase *t = tcase_create("services");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 30);
    tcase_add_test(t, print_arrives_before_the_wait_ends);
    tcase_add_test(t, print_conversions);
    tcase_add_test(t, print_of_much);
    tcase_add_test(t, print_of_a_bad_string);
    tcase_add_test(t, device_heap);
    suite_add_tcase(suite, t);
    return suite_run(suite);
}
