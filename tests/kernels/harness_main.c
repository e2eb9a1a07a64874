/* SPDX-License-Identifier: Apache-2.0 */
/* tests/kernels/harness_main.c - what both harnesses share: failures, and the main of a program that tests one bundle. */
#include <stdarg.h>
#include <stdio.h>

#include "tests/kernels/harness.h"

int kt_failures;
uint32_t kt_current_width;

void kt_fail(const char *file, int line, const char *format, ...)
{
    va_list list;
    kt_failures++;
    fprintf(stderr, "%s:%d: failed: ", file, line);
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputc('\n', stderr);
}

int kt_main(int argc, char **argv, const uint32_t *widths, void (*run)(kt_module *))
{
    int images = 0;
    if (argc != 2) {
        fprintf(stderr, "usage: %s BUNDLE\n", argv[0]);
        return 2;
    }
    for (; *widths; widths++) {
        kt_module *m = kt_takes(*widths) ? kt_open(argv[1], *widths) : NULL;
        if (m) {
            run(m);
            kt_close(m);
            images++;
        } else if (kt_takes(*widths)) {
            kt_fail(__FILE__, __LINE__, "%s has no image for width %u", argv[1], *widths);
        }
    }
    if (!images)
        kt_fail(__FILE__, __LINE__, "%s: nothing was run", argv[1]);
    printf("%d failures\n", kt_failures);
    return kt_failures != 0;
}
