/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The conformance suite's frame. A test is a function that gets an open device and returns, or ends its process by a
 * failed check. Each runs in a process of its own with a time limit, once for each device.
 */
#ifndef TESTS_CTS_CTS_H
#define TESTS_CTS_CTS_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tenon/tenon.h"

typedef struct cts {
    tn_runtime runtime;
    tn_device device;
    tn_device_info info;
    tn_stream stream;           /* made before the test */
    tn_module module;           /* of kernels.cu; tests that ask for it get it loaded */
    tn_options options;         /* as the runtime was opened */
    const void *bundle;         /* the bundle's bytes */
    size_t bundle_bytes;
} cts;

/* What a test needs; without it, it is skipped, and the report says so. */
enum {
    CTS_KERNELS = 1u << 0,      /* the bundle has an image for the device */
    CTS_FAULTS  = 1u << 1,      /* a bad kernel is reported, and does not end the process (fault domain below process) */
    CTS_ABORT   = 1u << 2       /* TN_DEVICE_ABORT */
};

typedef struct cts_test {
    const char *name;           /* "memory.copy.round_trip" */
    void (*run)(cts *c);
    uint32_t needs;
    bool negative;              /* checks that something wrong is refused */
} cts_test;

extern const cts_test cts_memory_tests[], cts_stream_tests[], cts_kernel_tests[], cts_handle_tests[], cts_fault_tests[];

/* Ends the test as failed, with a sentence on stdout. */
_Noreturn void cts_fail(const char *file, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Ends the test as skipped: the device lacks what it is about. */
_Noreturn void cts_skip(const char *format, ...) __attribute__((format(printf, 1, 2)));
void cts_status(const char *file, int line, const char *call, tn_status got, tn_status expected);
void cts_bytes(const char *file, int line, const char *what, const void *got, const void *expected, size_t bytes);

#define CTS_OK(call) cts_status(__FILE__, __LINE__, #call, (call), TN_OK)
#define CTS_STATUS(call, expected) cts_status(__FILE__, __LINE__, #call, (call), (expected))
#define CTS_BYTES(what, got, expected, bytes) cts_bytes(__FILE__, __LINE__, (what), (got), (expected), (bytes))
#define CTS_CHECK(condition, ...) do { if (!(condition)) cts_fail(__FILE__, __LINE__, __VA_ARGS__); } while (0)

/* From here on a signal that ends the process says on stdout where that was. */
void cts_watch_crashes(void);

/* Helpers; all fail the test by themselves. */
tn_address cts_alloc(cts *c, uint64_t bytes);
void *cts_host(size_t bytes);                            /* malloc that can't fail; never freed: the process ends */
void cts_pattern(void *memory, size_t bytes, uint32_t seed);
tn_kernel cts_kernel(cts *c, const char *name);
/* The message of the last error has `text` in it. */
void cts_message_has(const char *file, int line, const char *text);
#define CTS_MESSAGE(text) cts_message_has(__FILE__, __LINE__, (text))

static inline tn_dim3 cts_dim(uint32_t x, uint32_t y, uint32_t z)
{
    return (tn_dim3){ x, y, z };
}

#define CTS_COUNT(array) ((uint32_t)(sizeof(array) / sizeof *(array)))
/* CTS_LAUNCH(stream, kernel, grid.x, block.x, point, TN_ARG(a), TN_ARG(b)) gives the status. */
#define CTS_LAUNCH(stream, kernel, blocks, threads, point, ...)                                                  \
    cts_launch_1d((stream), (kernel), (blocks), (threads), 0, (const tn_arg[]){ __VA_ARGS__ },                   \
                  CTS_COUNT(((const tn_arg[]){ __VA_ARGS__ })), (point))
tn_status cts_launch_1d(tn_stream stream, tn_kernel kernel, uint32_t blocks, uint32_t threads, uint32_t local_bytes,
                        const tn_arg *args, uint32_t arg_count, tn_point *point);

#endif
