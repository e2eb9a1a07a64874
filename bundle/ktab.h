/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bundle/ktab.h - reading a kernel table (tenon/bundle.h): one check of everything, then plain look-ups.
 *
 * Used by the runtime, the drivers, the silicon engine and tenoncc. Needs libc alone. All functions but the check
 * take a table that tn_ktab_check has passed; they never allocate and are safe from any thread.
 */
#ifndef TENON_BUNDLE_KTAB_H
#define TENON_BUNDLE_KTAB_H

#include <stddef.h>
#include <stdint.h>

#include "tenon/bundle.h"

/* Checks a whole table: sizes, offsets, overlaps, strings, argument blocks, names. `data` is aligned to 8 bytes.
 * Returns 0, or -1 with a sentence in `why` (NUL-terminated, cut to `why_bytes`; NULL is fine). */
int tn_ktab_check(const void *data, size_t bytes, char *why, size_t why_bytes);

/* String at an offset of the string table; offset 0 is the empty string. Never NULL. */
const char *tn_ktab_string(const tn_ktab *table, uint32_t at);

/* Entry by index; NULL when the index is too large. */
const tn_ktab_kernel *tn_ktab_kernel_at(const tn_ktab *table, uint32_t index);
const tn_ktab_arg *tn_ktab_arg_at(const tn_ktab *table, const tn_ktab_kernel *kernel, uint32_t index);
const tn_ktab_variable *tn_ktab_variable_at(const tn_ktab *table, uint32_t index);

/* Index of the kernel with this linkage name; failing that, of the only kernel whose display name is this or
 * begins with this and a parenthesis ("axpy" finds "axpy(float, float*)"). -1: none; -2: several display names fit. */
int64_t tn_ktab_find_kernel(const tn_ktab *table, const char *name);

/* Index of the variable with this linkage name, -1: none. */
int64_t tn_ktab_find_variable(const tn_ktab *table, const char *name);

/* The symbol of the kernel's code in its image: `entry`, or `name` where that is empty. */
const char *tn_ktab_entry(const tn_ktab *table, const tn_ktab_kernel *kernel);

#endif
