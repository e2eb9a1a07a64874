/* SPDX-License-Identifier: Apache-2.0 */
/* The subcommands of `tenon`, and what they share. Exit codes: 0 done, 1 failed with a sentence, 2 wrong usage. */
#ifndef TOOLS_TENON_COMMAND_H
#define TOOLS_TENON_COMMAND_H

#include <stddef.h>

#include "tenon/tenon.h"

enum { EXIT_FAILED = 1, EXIT_USAGE = 2 };

typedef struct command {
    const char *name;
    const char *summary;                     /* one line for `tenon --help` */
    int (*run)(int argc, char **argv);       /* argv[0] is "tenon NAME" */
    const char *options;                     /* what may follow, for completions */
} command;

extern const command tenon_commands[];       /* ends with a NULL name */

int command_info(int argc, char **argv);
int command_run(int argc, char **argv);
int command_cts(int argc, char **argv);
int command_completion(int argc, char **argv);

/* Prints "tenon WHAT: message of the last failure" to stderr and returns EXIT_FAILED. */
int command_fail(const char *what, tn_status status);

/* The tree that this program was installed in (its bin's parent), absolute, without a slash at the end. 0 when it can't be told. */
size_t command_prefix(char *out, size_t capacity);

#endif
