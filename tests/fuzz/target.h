/* SPDX-License-Identifier: Apache-2.0 */
/* What a fuzz target defines: libFuzzer's two entry points, and a count of inputs that the parser took. */
#ifndef TESTS_FUZZ_TARGET_H
#define TESTS_FUZZ_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);

extern unsigned long fuzz_accepted;

#endif
