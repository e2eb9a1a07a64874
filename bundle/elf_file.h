/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a shared object can be mapped: the dynamic loader ends the process with SIGBUS on one that is cut short, and waits
 * for ever on a pipe. Owns nothing; libc alone. */
#ifndef BUNDLE_ELF_FILE_H
#define BUNDLE_ELF_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* False, with a reason, for what is no file or an ELF file that is cut short. What the loader refuses by itself is true here. */
bool tn_elf_file_whole(const char *path, char *why, size_t capacity);

#endif
