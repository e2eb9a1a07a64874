/* SPDX-License-Identifier: Apache-2.0 */
/* The runtime's side of the driver ABI, as small as the driver's tests need it: errors are kept, not told. */
#ifndef TESTS_UNIT_ASCEND_HOST_H
#define TESTS_UNIT_ASCEND_HOST_H

#include <check.h>

#include "tenon/driver.h"

extern const tn_host test_host;
extern int64_t host_code;     /* the vendor's code of it */
extern char host_name[64], host_message[512];
extern unsigned host_allocations; /* alive */

const tn_driver *load_driver(void);
tn_driver_instance *open_simulated(const tn_driver *driver, const char *simulate);

/* A call that must succeed. */
#define GOOD(call)                                                                                                     \
    do {                                                                                                               \
        tn_status status_ = (call);                                                                                    \
        if (status_ != TN_OK)                                                                                          \
            ck_abort_msg("%s: status %d: %s", #call, status_, host_message);                                           \
    } while (0)

#endif
