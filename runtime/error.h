/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/error.h - the detail of a failure. A thread has one detail, which tn_error_take takes, and beside it one
 * that a driver reported during a call: only when the call fails does that become the thread's, so a driver that copes
 * with an error of its own does not disturb what the caller still wants to read.
 */
#ifndef RUNTIME_ERROR_H
#define RUNTIME_ERROR_H

#include <stdarg.h>

#include "runtime/api.h"
#include "tenon/driver.h"
#include "tenon/status.h"

/* Sets the calling thread's detail and returns `status`. */
tn_status tn__fail(enum tn__api api, tn_status status, const char *file, int line, const char *format, ...)
    TN_PRINTF(5, 6);
#define TN__FAIL(api, status, ...) tn__failing(tn__fail((api), (status), __FILE__, __LINE__, __VA_ARGS__))

/* Tells the compiler, and whoever checks, that a failure is never TN_OK. */
static inline tn_status tn__failing(tn_status status)
{
    if (status == TN_OK)
        __builtin_unreachable();
    return status;
}

/* Adds the handles concerned to the detail that was just set; returns `status`. Zero: leaves what is there. */
void tn__fail_about(uint64_t device, uint64_t stream, uint64_t kernel);

static inline tn_status tn__fail_on(tn_status status, uint64_t device, uint64_t stream, uint64_t kernel)
{
    tn__fail_about(device, stream, kernel);
    return tn__failing(status);
}

/* A driver returned `status`: takes over what it reported, behind "prefix: ". */
tn_status tn__fail_driver(enum tn__api api, tn_status status, const char *file, int line, const char *format, ...)
    TN_PRINTF(5, 6);
#define TN__FAIL_DRIVER(api, status, ...)                                                                      \
    tn__failing(tn__fail_driver((api), (status), __FILE__, __LINE__, __VA_ARGS__))

/* A handle that led nowhere: says why, and returns TN_BAD_HANDLE or TN_FORKED. `kind` is a tn__kind. */
tn_status tn__fail_stale(enum tn__api api, int kind, uint64_t bits);

static inline tn_status tn__fail_handle(enum tn__api api, int kind, uint64_t bits)
{
    return tn__failing(tn__fail_stale(api, kind, bits));
}

/* A whole detail, prepared before (a failed stream's); `api` is the function that now answers it. */
tn_status tn__fail_again(enum tn__api api, const tn_error *detail);

/* What the last driver call of this thread reported, copied out and forgotten; false when it reported nothing. */
bool tn__pending_take(tn_error *out);
void tn__pending_clear(void);

/* The driver's side: host->error. */
tn_status tn__host_error(tn_status status, const tn_vendor_error *vendor, const char *file, int line,
                         const char *format, ...) TN_PRINTF(5, 6);

#endif
