/* SPDX-License-Identifier: Apache-2.0 */
/* hipGetProcAddress: the address behind a name. Sees no prototype of what it lists: only addresses are used. */
#include <stddef.h>
#include <string.h>

#define FN(name_, node_) extern char name_[];
#include "drivers/sim/hip/functions.def"
#undef FN

static const struct {
    const char *name;
    void *address;
} entries[] = {
#define FN(name_, node_) { #name_, name_ },
#include "drivers/sim/hip/functions.def"
#undef FN
};

void *hip__address_of(const char *name);
void *hip__address_of(const char *name)
{
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
        if (!strcmp(entries[i].name, name))
            return entries[i].address;
    return NULL;
}
