/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options.h - what the files of the command line share: the table of options (option_table.c), what is printed of it
 * (option_help.c), and how words are read against it (options.c).
 */
#ifndef TNCC_OPTIONS_H
#define TNCC_OPTIONS_H

#include "tools/tenoncc/tenoncc.h"

struct option;
typedef void take(struct tncc_options *o, const struct option *self, const char *value);

struct option {
    const char *name, *other; /* with their dashes; other: a second name or NULL */
    const char *value;        /* what stands for the value in --help; NULL: it has none */
    take *take;
    size_t at;        /* of the flag in struct tncc_options, or a number */
    const char *text; /* for --help; of an option that is refused or does nothing, why */
};

/* In groups; a group's title has no name. */
extern const struct option tncc_option_table[];
extern const size_t tncc_option_count;
extern const char *tncc_option_said;      /* the option as it was written */
extern const unsigned tncc_known_archs[]; /* of NVIDIA's chips, upwards; 0 at the end */

/* A sentence about the command line, and the end with 2. */
_Noreturn void tncc_wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));

take tncc_take_help, tncc_take_version, tncc_take_completion, tncc_list_arch; /* option_help.c */
take tncc_take_refused, tncc_take_without_effect; /* they know options that do nothing by these */
take tncc_take_file;                              /* options.c */
void tncc_usage(void);                            /* how it is called, to standard error */
extern const char tncc_for_host[];                /* why options for host code have no effect */

#endif
