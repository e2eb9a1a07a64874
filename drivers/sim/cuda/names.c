/* SPDX-License-Identifier: Apache-2.0 */
/* cuGetProcAddress: a name and a version give the function that a client of that version means. */
#include "drivers/sim/cuda/sim.h"

#include <string.h>

/* Declared without their parameters: only the addresses are used. (names.c sees no other declaration of them.) */
#define FN(name_, base_, version_, per_thread_) extern char CU(name_)[];
#include "drivers/sim/cuda/functions.def"
#undef FN

typedef struct entry {
    const char *base;
    void *address;
    int version, per_thread;
} entry;

static const entry entries[] = {
#define FN(name_, base_, version_, per_thread_) { CU_STRING(base_), CU(name_), version_, per_thread_ },
#include "drivers/sim/cuda/functions.def"
#undef FN
};

enum { PROC_LEGACY = 1, PROC_PER_THREAD = 2 };
enum { STATUS_FOUND = 0, STATUS_NO_SYMBOL = 1, STATUS_VERSION = 2 };

CUresult cu__proc_address(const char *name, void **out, int version, uint64_t flags, int *status);
CUresult cu__proc_address(const char *name, void **out, int version, uint64_t flags, int *status)
{
    const entry *best = NULL;
    bool known = false;
    if (!name || !out || flags > 2)
        return ST_INVALID_VALUE;
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        const entry *e = &entries[i];
        if (strcmp(e->base, name) != 0)
            continue;
        known = true;
        if (e->version > version || (e->per_thread && flags != PROC_PER_THREAD))
            continue;
        bool newer =
            !best || e->version > best->version || (e->version == best->version && e->per_thread > best->per_thread);
        if (flags == PROC_PER_THREAD && best && best->per_thread != e->per_thread)
            newer = e->per_thread;
        if (newer)
            best = e;
    }
    *out = best ? best->address : NULL;
    if (status)
        *status = best ? STATUS_FOUND : known ? STATUS_VERSION : STATUS_NO_SYMBOL;
    return best || status ? ST_OK : ST_NOT_FOUND;
}
