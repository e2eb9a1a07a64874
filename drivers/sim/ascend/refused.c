/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions of ACL that the stand-in exports and refuses, from functions.def. They take no arguments here: the
 * C calling convention lets the caller pass what it likes, and they look at none of it.
 */
#include <stddef.h>

#include "drivers/sim/ascend/acl_abi.h"

void acl_note(aclError code, const char *function, const char *format, ...) __attribute__((format(printf, 3, 4)));

#define EXPORT __attribute__((visibility("default")))

#define ACL_YES(name, limits)
#define ACL_NO(name, code, what)                                                                                       \
    EXPORT aclError name(void);                                                                                        \
    aclError name(void)                                                                                                \
    {                                                                                                                  \
        acl_note((code), #name, "the simulator does not have %s", (what));                                             \
        return (code);                                                                                                 \
    }
#define ACL_NULL(name, what)                                                                                           \
    EXPORT void *name(void);                                                                                           \
    void *name(void)                                                                                                   \
    {                                                                                                                  \
        acl_note(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, #name, "the simulator does not have %s", (what));                   \
        return NULL;                                                                                                   \
    }
#include "drivers/sim/ascend/functions.def"
