/* SPDX-License-Identifier: Apache-2.0 */
/* The exported form of hipGetProcAddress; its table is in names.c. */
#include "drivers/sim/hip/sim.h"

void *hip__address_of(const char *name);

API(hipGetProcAddress, P(const char *name, void **out, int version, uint64_t flags, int *status),
    P(name, out, version, flags, status))
{
    if (!name || !out || flags > 2 || version < 0)
        return ST_INVALID_VALUE;
    *out = hip__address_of(name);
    if (status)
        *status = *out ? 0 : 1;
    return *out ? ST_OK : ST_INVALID_VALUE;
}
