/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the engine's tests share: a device from a profile with the test kernels loaded, short launches, and the images
 * beside the test program. A test program has one fixture; every test begins with a new device.
 */
#ifndef TESTS_UNIT_ENGINE_FIXTURE_H
#define TESTS_UNIT_ENGINE_FIXTURE_H

#include <check.h>

#include "drivers/sim/engine/engine.h"

extern sil_device *device;
extern sil_module *module;
extern sil_stream *stream;

void setup(void); /* an a100 with a stream; stops the test on failure */
void teardown(void);
void setup_profile(const char *name);

/* The bytes of an image beside the test program. The caller frees. */
void *image_read(const char *name, size_t *out_bytes);
sil_kernel *kernel(const char *name);
/* Launches `blocks` blocks of `threads` threads with packed arguments; returns the value. */
uint64_t launch(sil_stream *on, const char *name, uint32_t blocks, uint32_t threads, const void *args, uint32_t bytes);
/* Device memory with bytes set to zero. */
uint64_t device_alloc(uint64_t bytes);
uint64_t read_u64(uint64_t address);
void wait_ok(sil_stream *on, uint64_t value);
/* The value fails with a fault of that kind, and the sentence says so. */
sil_fault fails(sil_stream *on, uint64_t value, sil_fault_kind kind, const char *says);
uint64_t now_ns(void);
void sleep_us(unsigned microseconds);

#define OK(call)                                                                                                       \
    do {                                                                                                               \
        sil_status status_ = (call);                                                                                   \
        ck_assert_msg(status_ == SIL_OK, "%s: status %d: %s", #call, status_, sil_last_message());                     \
    } while (0)
#define STATUS(call, wanted)                                                                                           \
    do {                                                                                                               \
        sil_status status_ = (call);                                                                                   \
        ck_assert_msg(status_ == (wanted), "%s: status %d, not %d: %s", #call, status_, (wanted), sil_last_message()); \
    } while (0)
/* The sentence of the last failure names this. */
#define SAYS(part) ck_assert_msg(strstr(sil_last_message(), part), "\"%s\" does not say %s", sil_last_message(), part)

/* What a sanitizer does not stand is left out there. */
#if defined(TN_SAN_thread)
enum { UNDER_THREAD_SANITIZER = 1 };
#else
enum { UNDER_THREAD_SANITIZER = 0 };
#endif
#if defined(TN_SAN_address)
enum { UNDER_ADDRESS_SANITIZER = 1 };
#else
enum { UNDER_ADDRESS_SANITIZER = 0 };
#endif

#endif
