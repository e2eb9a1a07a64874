/* SPDX-License-Identifier: Apache-2.0 */
/* The exported forms of cuGetProcAddress; the table is in names.c, which may not see their prototypes. */
#include "drivers/sim/cuda/sim.h"

CUresult cu__proc_address(const char *name, void **out, int version, uint64_t flags, int *status);

API(GetProcAddress, (const char *name, void **out, int version, uint64_t flags))
{
    return cu__proc_address(name, out, version, flags, NULL);
}

API(GetProcAddress_v2, (const char *name, void **out, int version, uint64_t flags, int *status))
{
    return cu__proc_address(name, out, version, flags, status);
}
