/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenon/status.h - what a call can answer, and the detail behind the last answer that was not TN_OK.
 *
 * Every function that can fail returns a tn_status. The status says what class of thing went wrong; tn_error_take says
 * all the rest: device, stream, kernel, the vendor's own code and text, and a hint. Page: docs/api/status.md.
 */
#ifndef TENON_STATUS_H
#define TENON_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "tenon/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* X(code, name, sentence). Codes are part of the ABI: one is never changed, new ones are added at the end. */
#define TN_STATUS_MAP(X)                                                                                       \
    X(0,  TN_OK,               "done")                                                                         \
    X(1,  TN_INVALID,          "an argument is not valid")                                                     \
    X(2,  TN_BAD_HANDLE,       "a handle is stale, foreign or was never given out")                            \
    X(3,  TN_BAD_ADDRESS,      "an address or a range lies outside the memory that it should lie in")          \
    X(4,  TN_NOT_FOUND,        "there is nothing of that name")                                                \
    X(5,  TN_UNSUPPORTED,      "this device, driver or build cannot do that")                                  \
    X(6,  TN_OUT_OF_MEMORY,    "the device has no memory left for that")                                       \
    X(7,  TN_OUT_OF_HOST_MEMORY, "the host has no memory left for that")                                       \
    X(8,  TN_LIMIT,            "a limit of the device is exceeded")                                            \
    X(9,  TN_TIMEOUT,          "the deadline passed; the work goes on")                                        \
    X(10, TN_NOT_READY,        "the work has not ended yet")                                                   \
    X(11, TN_BAD_BUNDLE,       "the bundle or image is damaged, cut short or not one of ours")                 \
    X(12, TN_NO_IMAGE,         "the bundle has no image that the device takes")                                \
    X(13, TN_BAD_ARGUMENTS,    "the kernel's arguments do not fit its table")                                  \
    X(14, TN_FAULT,            "work on the device failed")                                                    \
    X(15, TN_POISONED,         "something earlier that this depends on failed")                                \
    X(16, TN_ABORTED,          "the stream was aborted")                                                       \
    X(17, TN_DEVICE_LOST,      "the device is gone and does not come back in this process")                    \
    X(18, TN_BUSY,             "the object is still in use")                                                   \
    X(19, TN_CLOSED,           "the runtime is closed or closing")                                             \
    X(20, TN_FORKED,           "a runtime that was opened before fork cannot be used in the child")            \
    X(21, TN_NO_DRIVER,        "no driver is there for that")                                                  \
    X(22, TN_BAD_DRIVER,       "a driver plugin does not keep the driver ABI")                                 \
    X(23, TN_VENDOR,           "the vendor's library returned an error that has no closer class")              \
    X(24, TN_SYSTEM,           "a call of the operating system failed")                                        \
    X(25, TN_VERSION,          "versions do not fit together")                                                 \
    X(26, TN_INTERNAL,         "Tenon broke a rule of its own; please report it")                              \
    X(27, TN_BAD_SOURCE,       "the source of a kernel does not compile")

typedef enum tn_status {
#define TN_STATUS_ENUM(code, name, sentence) name = code,
    TN_STATUS_MAP(TN_STATUS_ENUM)
#undef TN_STATUS_ENUM
    TN_STATUS_MAX_ = 0x7fffffff
} tn_status;

/* The name ("TN_TIMEOUT") and the sentence of a status. Never NULL, also for a number that is no status. Static. */
TN_API const char *tn_status_name(tn_status status);
TN_API const char *tn_status_sentence(tn_status status);

/* The detail of a failure. All texts are NUL-terminated and cut to fit; an empty text means that there is none. */
typedef struct tn_error {
    uint32_t size;              /* sizeof(tn_error), set by the caller */
    tn_status status;
    uint64_t device, stream, kernel;   /* handles' bits, 0 where none is concerned */
    uint64_t first_value, last_value;  /* submissions of the stream that may have failed; equal when it is known */
    int64_t vendor_code;        /* the vendor's own number; 0 when the vendor is not concerned */
    char vendor_name[64];       /* its name, e.g. "CUDA_ERROR_ILLEGAL_ADDRESS" */
    char vendor_text[256];      /* the vendor's own text, as it came */
    char function[64];          /* the function of this API that failed or, for work, that submitted it */
    char message[512];          /* what happened, where, and what to do: a sentence */
    char where[96];             /* source file and line inside Tenon or the driver, for a report */
} tn_error;

/// Takes the detail of the last failure of the calling thread; the thread then has none. Successful calls do not
/// overwrite it, so clean-up can run in between.
///
/// \param out [out] filled up to out->size; out->size must be set
/// \return true when there was one; false leaves *out as it was apart from status, which is TN_OK
///
/// Any thread; each thread has its own. Since 0.1.
TN_API bool tn_error_take(tn_error *out);

/// The message of the last failure of the calling thread, or "" when it has none. Does not take it. The text stays until
/// the thread's next call that fails.
TN_API const char *tn_error_message(void);

#ifdef __cplusplus
}
#endif
#endif
