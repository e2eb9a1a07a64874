/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a kernel failed or was stopped: file and line, where the image has line tables, whatever these hold. And streams
 * that keep going behind a failure.
 */
#include <elf.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/engine/fixture.h"
#include "tests/unit/suite.h"

static unsigned line_of(const char *needle)
{
    char line[512];
    unsigned number = 0;
    FILE *file = fopen("tests/unit/engine/kernels.c", "r");
    while (file && fgets(line, sizeof line, file)) {
        number++;
        if (strstr(line, needle))
            break;
    }
    if (file)
        fclose(file);
    return number;
}

static sil_kernel *lined_kernel(sil_module *loaded, const char *name)
{
    sil_kernel *found;
    OK(sil_module_kernel(loaded, name, &found));
    return found;
}

static uint64_t run(sil_kernel *which, const void *args, uint32_t bytes)
{
    sil_launch shape = { .grid = { 1, 1, 1 }, .block = { 1, 1, 1 }, .args = args, .args_bytes = bytes };
    uint64_t value;
    OK(sil_submit_launch(stream, which, &shape, &value));
    return value;
}

/* Line tables of DWARF 4 and 5. */
static const char *const lined[] = { "engine-lines.so", "engine-lines5.so" };

START_TEST(a_fault_names_file_and_line)
{
    size_t bytes;
    void *image = image_read(lined[_i], &bytes);
    sil_module *lines;
    sil_fault fault;
    uint64_t args[2] = { 8, 1 };
    char wanted[96];
    OK(sil_module_load(device, image, bytes, &lines));
    STATUS(sil_stream_wait(stream, run(lined_kernel(lines, "k_poke"), args, sizeof args), SIL_FOREVER), SIL_FAULT);
    ck_assert(sil_stream_fault(stream, &fault));
    snprintf(wanted, sizeof wanted, "tests/unit/engine/kernels.c:%u", line_of("*ARG(volatile uint64_t *, 0) = ARG"));
    ck_assert_str_eq(fault.place, wanted);
    SAYS(wanted);
    OK(sil_stream_clear_fault(stream));
    STATUS(sil_stream_wait(stream, launch(stream, "k_poke", 1, 1, args, sizeof args), SIL_FOREVER), SIL_FAULT);
    ck_assert(sil_stream_fault(stream, &fault)); /* the other image has no line tables */
    ck_assert_str_eq(fault.place, "");
    ck_assert_ptr_null(strstr(sil_last_message(), "kernels.c"));
    free(image);
}
END_TEST

START_TEST(a_stack_overflow_names_its_function)
{
    size_t bytes;
    void *image = image_read("engine-lines.so", &bytes);
    sil_module *lines;
    sil_fault fault;
    uint64_t depth = 1u << 30;
    OK(sil_module_load(device, image, bytes, &lines));
    STATUS(sil_stream_wait(stream, run(lined_kernel(lines, "k_recurse"), &depth, 8), SIL_FOREVER), SIL_FAULT);
    ck_assert(sil_stream_fault(stream, &fault));
    ck_assert_int_eq(fault.kind, SIL_FAULT_STACK);
    unsigned first = line_of("uint64_t recurse(uint64_t depth)"), line = 0;
    ck_assert_int_eq(sscanf(fault.place, "tests/unit/engine/kernels.c:%u", &line), 1);
    ck_assert_msg(line >= first && line <= first + 6, "line %u is not in recurse", line);
    free(image);
}
END_TEST

START_TEST(an_abort_tells_where_the_kernel_was)
{
    size_t bytes;
    void *image = image_read("engine-lines.so", &bytes);
    sil_module *lines;
    char place[400];
    OK(sil_module_load(device, image, bytes, &lines));
    ck_assert(!sil_stream_stopped(stream, place, sizeof place));
    uint64_t value = run(lined_kernel(lines, "k_spin"), NULL, 0);
    STATUS(sil_stream_wait(stream, value, 20000000), SIL_TIMEOUT);
    OK(sil_stream_abort(stream));
    STATUS(sil_stream_wait(stream, value, SIL_FOREVER), SIL_ABORTED);
    SAYS("k_spin");
    SAYS("tests/unit/engine/kernels.c:");
    ck_assert(sil_stream_stopped(stream, place, sizeof place));
    ck_assert_ptr_nonnull(strstr(place, "k_spin, block (0, 0, 0), at tests/unit/engine/kernels.c:"));
    uint64_t next = launch(stream, "k_empty", 1, 1, NULL, 0);
    wait_ok(stream, next);
    free(image);
}
END_TEST

/* Damaged line tables give no line or a wrong one, and nothing worse. */
START_TEST(damaged_line_tables)
{
    size_t bytes;
    unsigned char *image = image_read(lined[_i], &bytes);
    Elf64_Ehdr head;
    Elf64_Shdr section = { 0 }, names;
    memcpy(&head, image, sizeof head);
    memcpy(&names, image + head.e_shoff + head.e_shstrndx * sizeof names, sizeof names);
    for (unsigned i = 1; i < head.e_shnum; i++) {
        memcpy(&section, image + head.e_shoff + i * sizeof section, sizeof section);
        if (!strcmp((char *)image + names.sh_offset + section.sh_name, ".debug_line"))
            break;
    }
    ck_assert_uint_gt(section.sh_size, 100);
    uint64_t args[2] = { 8, 1 };
    unsigned state = 1;
    for (unsigned i = 0; i < 300; i++) {
        unsigned char *at = image + section.sh_offset + (i < 100 ? i : (state = state * 1664525 + 1013904223) % section.sh_size);
        unsigned char before = *at;
        sil_module *lines;
        *at = (unsigned char)(i % 3 == 0 ? 0xff : i % 3 == 1 ? 0 : state >> 24);
        OK(sil_module_load(device, image, bytes, &lines));
        STATUS(sil_stream_wait(stream, run(lined_kernel(lines, "k_poke"), args, sizeof args), SIL_FOREVER), SIL_FAULT);
        SAYS("k_poke");
        OK(sil_stream_clear_fault(stream));
        OK(sil_module_unload(lines));
        *at = before;
    }
    free(image);
}
END_TEST

/* ------------------------------------------------------------------------------------------------------- */

/* By a stream of its own. */
static uint64_t word_at(uint64_t address)
{
    sil_stream *own, *failed = stream;
    OK(sil_stream_create(device, 0, &own));
    stream = own;
    uint64_t word = read_u64(address);
    stream = failed;
    OK(sil_stream_destroy(own));
    return word;
}

static _Atomic(bool) stop;

START_TEST(a_stream_keeps_going)
{
    struct {
        uint64_t at, value;
    } bad = { 8, 1 }, good = { device_alloc(16), 7 };
    sil_stream *other;
    uint64_t joined;
    OK(sil_stream_create(device, 0, &other));
    sil_stream_keep_going(stream, &stop);
    sil_stream_keep_going(other, &stop);
    uint64_t first = launch(stream, "k_poke", 1, 1, &bad, sizeof bad);
    uint64_t behind = launch(stream, "k_poke", 1, 1, &good, sizeof good);
    OK(sil_submit_wait(other, stream, first, NULL));
    good.at += 8;
    joined = launch(other, "k_poke", 1, 1, &good, sizeof good);
    wait_ok(other, joined);
    ck_assert(!sil_stream_fault(other, NULL));
    STATUS(sil_stream_wait(stream, behind, SIL_FOREVER), SIL_FAULT);
    ck_assert_uint_eq(word_at(good.at - 8), 7);
    ck_assert_uint_eq(word_at(good.at), 7);
    /* it is told until somebody says that it was; the next failure is another */
    STATUS(sil_stream_query(stream, behind), SIL_FAULT);
    sil_stream_fault_told(stream, behind);
    OK(sil_stream_query(stream, behind));
    ck_assert(!sil_stream_fault(stream, NULL));
    uint64_t second = launch(stream, "k_poke", 1, 1, &bad, sizeof bad), third = launch(stream, "k_empty", 1, 1, NULL, 0);
    STATUS(sil_stream_wait(stream, third, SIL_FOREVER), SIL_FAULT);
    OK(sil_stream_query(stream, second - 1));
    sil_fault fault;
    ck_assert(sil_stream_fault(stream, &fault));
    ck_assert_uint_eq(fault.value, second);
}
END_TEST

START_TEST(a_stream_stops)
{
    struct {
        uint64_t at, value;
    } bad = { 8, 1 }, good = { device_alloc(16), 7 };
    sil_stream_keep_going(stream, &stop);
    atomic_store(&stop, true);
    launch(stream, "k_poke", 1, 1, &bad, sizeof bad);
    uint64_t behind = launch(stream, "k_poke", 1, 1, &good, sizeof good);
    STATUS(sil_stream_wait(stream, behind, SIL_FOREVER), SIL_FAULT);
    ck_assert_uint_eq(word_at(good.at), 0);
    sil_stream_fault_told(stream, behind);
    STATUS(sil_stream_query(stream, behind), SIL_FAULT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("engine places");
    TCase *t = tcase_create("places");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, a_fault_names_file_and_line, 0, 2);
    if (!UNDER_ADDRESS_SANITIZER)
        tcase_add_test(t, a_stack_overflow_names_its_function);
    tcase_add_test(t, an_abort_tells_where_the_kernel_was);
    tcase_add_loop_test(t, damaged_line_tables, 0, 2);
    tcase_add_test(t, a_stream_keeps_going);
    tcase_add_test(t, a_stream_stops);
    suite_add_tcase(suite, t);
    return suite_run(suite);
}
