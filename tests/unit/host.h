/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runtime's side of the driver ABI, as small as the tests of a driver need it: failures are kept, what a driver explains is
 * collected, allocations are counted. Used by tests/unit/{ascend,gpu,opencl}, which load the plugin as the runtime does.
 */
#ifndef TESTS_UNIT_HOST_H
#define TESTS_UNIT_HOST_H

#include <check.h>

#include "tenon/driver.h"

extern const tn_host test_host;
extern _Thread_local char host_message[1024], host_name[64]; /* of the last failure on this thread: sentence, vendor's name */
extern _Thread_local int64_t host_code;                      /* and the vendor's number */
extern char host_explained[8192];                            /* a line for each thing that was looked at */
extern unsigned host_allocations;                            /* alive */

/* The table of a plugin, which refuses another major and stays open. NULL: host_message has the reason. */
const tn_driver *host_load(const char *path);

/* $TENON_BUILD, or where a build is by default. */
const char *host_build(void);

/* A call that must succeed. */
#define GOOD(call)                                                                                                     \
    do {                                                                                                               \
        tn_status status_ = (call);                                                                                    \
        if (status_ != TN_OK)                                                                                          \
            ck_abort_msg("%s: status %d: %s", #call, (int)status_, host_message);                                      \
    } while (0)

#endif
