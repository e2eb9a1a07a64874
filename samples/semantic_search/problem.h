/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What went wrong, as a sentence: what, where, and what to do. Every part of the sample that reads input fills one.
 * Header only; calls nothing but the C library.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

struct problem {
    char text[640];
};

/* Writes the sentence and returns false, so that a check reads `return problem_set(p, ...)`. */
__attribute__((format(printf, 2, 3))) static inline bool problem_set(struct problem *p, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(p->text, sizeof p->text, format, args);
    va_end(args);
    return false;
}
