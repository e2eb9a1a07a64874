/* SPDX-License-Identifier: Apache-2.0 */
/*
 * device.h - the bare OpenCL device of the printer's tests: source text in, kernels run on shared memory. No part of
 * Tenon but the printer is between the kernel and the device.
 */
#ifndef TESTS_UNIT_OPENCL_DEVICE_H
#define TESTS_UNIT_OPENCL_DEVICE_H

#define CL_TARGET_OPENCL_VERSION 300
#include <CL/cl.h>
#include <stddef.h>

#include "tools/tenoncc/opencl_c.h"

/* Opens the first device with fine-grain shared memory; NULL, or why there is none. */
const char *device_open(void);
void device_close(void);

/* Compiles a .cu file beside this one to LLVM IR and prints it. Fails the running test if that does not work. */
void device_print(const char *file, tncc_opencl_result *out);

/* Builds the text and fills the hidden buffer. */
void device_load(const tncc_opencl_result *printed);

/* Shared memory, zeroed, until device_close. */
void *device_memory(size_t bytes);

typedef struct device_argument { const void *value; size_t bytes; void *pointer; } device_argument;
#define VALUE(x) { .value = &(x), .bytes = sizeof(x) }
#define POINTER(p) { .pointer = (p) }

/* Runs to the end. `local_bytes` of dynamic local memory. */
void device_run(const char *kernel, const size_t grid[3], const size_t block[3], size_t local_bytes,
                const device_argument *args, unsigned count);
#define RUN(kernel, blocks, threads, local, ...)                                                                       \
    device_run(kernel, (size_t[3]){ blocks, 1, 1 }, (size_t[3]){ threads, 1, 1 }, local,                               \
               (device_argument[]){ __VA_ARGS__ },                                                                     \
               sizeof((device_argument[]){ __VA_ARGS__ }) / sizeof(device_argument))

#endif
