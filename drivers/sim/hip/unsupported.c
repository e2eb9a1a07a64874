/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every function of the list that no other file defines: exported, and honest about it. The definitions are weak, so
 * that a file which implements one simply wins; docs/sim-hip-functions.md is made from what is left weak.
 */
#include "drivers/sim/hip/sim.h"

#define FN(name_, node_)                                                                                               \
    __attribute__((weak, visibility("default"))) hipError_t name_(void);                                               \
    __attribute__((weak, visibility("default"))) hipError_t name_(void)                                                \
    {                                                                                                                  \
        return hip__done(ST_NOT_SUPPORTED);                                                                            \
    }
#include "drivers/sim/hip/functions.def"
