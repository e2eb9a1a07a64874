/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common.h - what the tests of libtenon-compile share: a temporary directory for each test, sources, and running what was
 * compiled on a simulated device.
 */
#ifndef TESTS_UNIT_COMPILE_COMMON_H
#define TESTS_UNIT_COMPILE_COMMON_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tenon/compile.h"
#include "tenon/tenon.h"

extern char test_dir[256]; /* absolute, made for the test and removed behind it */

const char *in_dir(const char *format, ...) TN_PRINTF(1, 2); /* static text */
void put(const char *path, const void *data, size_t bytes, mode_t mode);
char *take(const char *path, size_t *out_bytes);              /* malloc */
unsigned count_files(const char *folder, const char *ending); /* 0 too when there is no folder */

/* With the cache in the test's directory and a small sim image: "--width=32" and one target. */
tn_compile_options usual(void);

/* Compiles and expects success; the caller frees. */
const tn_compile_result *good(const char *source, const tn_compile_options *o);
/* Compiles and expects this status, with these words in the message. */
const tn_compile_result *bad(tn_status status, const char *words, const char *source, const tn_compile_options *o);

/* Runs kernel(int *out, int n) of a bundle over 256 threads and takes the result back. */
void run_kernel(const tn_compile_result *r, const char *kernel, int n, int *out);

Suite *source_suite(void);
Suite *cache_suite(void);
Suite *failure_suite(void);
void set_up(void);
void tear_down(void);

#endif
