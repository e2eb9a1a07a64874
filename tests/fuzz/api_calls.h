/* SPDX-License-Identifier: Apache-2.0 */
/* api_calls.h - one random call on a world, and calls that mix two runtimes' objects. */
#ifndef TESTS_FUZZ_API_CALLS_H
#define TESTS_FUZZ_API_CALLS_H

#include "tests/fuzz/api.h"

void fuzz_call(fuzz_world *w);
/* A kernel that fails, what may still be called then, and the way back. Only where nobody else uses the device. */
void fuzz_call_fault(fuzz_world *w);
extern unsigned long fuzz_faults; /* how many were survived */
void fuzz_call_foreign(fuzz_world *w, fuzz_world *other);

#endif
