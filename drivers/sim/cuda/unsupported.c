/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every function of the list that no other file defines: exported, and honest about it. The definitions are weak, so
 * that a file which implements one simply wins; docs/sim-cuda-functions.md is made from what is left weak.
 */
#include "drivers/sim/cuda/sim.h"

#define FN(name_, base_, version_, per_thread_)                                                                        \
    __attribute__((weak, visibility("default"))) CUresult CU(name_)(void);                                             \
    __attribute__((weak, visibility("default"))) CUresult CU(name_)(void)                                              \
    {                                                                                                                  \
        return ST_NOT_SUPPORTED;                                                                                       \
    }
#include "drivers/sim/cuda/functions.def"
