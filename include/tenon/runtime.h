/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenon/runtime.h - opening and closing Tenon. Nothing happens when the library is loaded or when the process ends:
 * tn_open finds plugins and devices, tn_close gives everything back. Page: docs/api/runtime.md.
 */
#ifndef TENON_RUNTIME_H
#define TENON_RUNTIME_H

#include "tenon/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* tn_options.flags */
enum {
    TN_OPTION_NO_HARDWARE = 1u << 0,  /* simulated devices only */
    TN_OPTION_EXACT       = 1u << 1,  /* wait after each submission, so that a failure names its call; as TENON_EXACT=1 */
    TN_OPTION_VALIDATE    = 1u << 2,  /* check addresses in kernel arguments */
    TN_OPTION_NO_ENVIRONMENT = 1u << 3  /* ignore TENON_* variables */
};

typedef struct tn_options {
    uint32_t size;             /* sizeof(tn_options); TN_OPTIONS_INIT sets it */
    uint32_t flags;            /* TN_OPTION_* */
    const void *next;          /* NULL */
    const char *simulate;      /* "ascend910b:8,bw1000:2"; NULL: $TENON_SIM; "" : none */
    const char *drivers;       /* further plugins, absolute paths separated by ':'; NULL: $TENON_DRIVERS */
    const char *only;          /* names of the drivers to load, e.g. "opencl,cuda"; NULL: all that are installed */
    const char *visible;       /* devices to show, as indices or UUIDs "0,2"; NULL: $TENON_VISIBLE_DEVICES */
} tn_options;

#define TN_OPTIONS_INIT { sizeof(tn_options), 0, NULL, NULL, NULL, NULL, NULL }

/// Opens a runtime: loads the driver plugins and lists their devices. No device is claimed before it is first used.
///
/// \param options [in] [optional] NULL is TN_OPTIONS_INIT
/// \param out     [out] the runtime; close it with tn_close
/// \return TN_OK, also when there is no device; TN_INVALID for a malformed option, device list or environment variable;
///         TN_BAD_DRIVER or TN_VERSION when a plugin named in `drivers` can't be used (one that is merely installed is
///         skipped, and tn_explain says why); TN_NO_DRIVER when one named in `only` is not there; TN_FORKED in a child whose
///         parent had a runtime open; TN_OUT_OF_HOST_MEMORY
///
/// Any thread. Several runtimes may be open at once; their handles are not interchangeable. Since 0.1.
TN_CALL tn_status tn_open(const tn_options *options, tn_runtime *out);

/// Closes a runtime. Waits for work in flight at most `timeout_ns`, then aborts it where the device can, gives it a second at
/// least where not, and frees everything that the runtime's handles stand for: they are stale afterwards.
///
/// \return TN_OK; TN_BAD_HANDLE, also for the slower of two threads that close at once; TN_TIMEOUT when work could neither end
///         nor be aborted: then the runtime is closed all the same, and what that work uses is left alone
///
/// Any thread. Since 0.1.
TN_CALL tn_status tn_close(tn_runtime runtime, uint64_t timeout_ns);

/// What was looked at to find devices, one line each: subject, used or not, and why.
///
/// \param visit   [in] called once a line, on this thread; the texts live until it returns. It may call anything, tn_close
///                of this runtime too: the lines are those that there were at first, and nothing is held meanwhile
/// \param context [in] passed on
/// \return TN_OK, TN_BAD_HANDLE, TN_OUT_OF_HOST_MEMORY
///
/// Any thread. Since 0.1.
TN_CALL tn_status tn_explain(tn_runtime runtime,
                             void (*visit)(void *context, const char *driver, const char *subject, bool used, const char *why),
                             void *context);

/// The version of the library that is loaded, to compare with TN_VERSION_NUMBER of the header. Any thread. Since 0.1.
TN_API uint32_t tn_version(void);
TN_API const char *tn_version_text(void);

#ifdef __cplusplus
}
#endif
#endif
