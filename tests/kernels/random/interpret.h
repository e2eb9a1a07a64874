/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/kernels/random/interpret.h - the oracle of the random-kernel campaign: a slow and simple interpreter of the device IR that
 * the front end makes, before any pass of tenoncc or LLVM. One thread at a time, each with a stack of its own, until all wait or
 * have ended. Has nothing in common with tenoncc's transform.
 */
#ifndef TESTS_RANDOM_INTERPRET_H
#define TESTS_RANDOM_INTERPRET_H

#include <llvm-c/Core.h>
#include <stdint.h>

typedef struct ir_program ir_program;

typedef struct ir_launch {
    uint32_t grid[3], block[3];
    uint32_t width;
    const uint64_t *args; /* one for each parameter: pointers and integers */
} ir_launch;

/* `module` must live as long as the program. */
ir_program *ir_open(LLVMModuleRef module);
void ir_close(ir_program *p);
/* NULL, or why it could not run (an instruction that the interpreter lacks, threads that wait for ever). */
const char *ir_run(ir_program *p, const char *kernel, const ir_launch *launch);

#endif
