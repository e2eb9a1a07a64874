/* SPDX-License-Identifier: Apache-2.0 */
/*
 * args_table.h - the declared kernels and variables of an image that tenoncc did not build; docs/bundle.md has the format.
 */
#ifndef TNCC_ARGS_TABLE_H
#define TNCC_ARGS_TABLE_H

#include "tools/tenoncc/tenoncc.h"

struct tncc_declared {
    struct tncc_unit unit; /* without a module; each kernel has its line in the table */
    unsigned width;
    const char *features;
};

/* False after errors were printed, with file and line. */
bool tncc_args_table(const char *path, struct tncc_declared *out);

#endif
