/* SPDX-License-Identifier: Apache-2.0 */
/* link.h - one simulator image from objects of x86-64 or of aarch64. */
#ifndef TNCC_LINK_H
#define TNCC_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tncc_object { /* in memory; must stay there as long as the result is made */
    const void *data;
    size_t bytes;
};

/* The exported symbols of the objects (neither local nor hidden) and what they need. False after an error was printed. The same objects give
 * the same bytes. `debug`: with sections for debuggers. */
bool tncc_link(const struct tncc_object *objects, size_t count, bool debug, const void **out, size_t *out_bytes);

/* link_aarch64.c: `to` is an address or, where the type uses the table of addresses, the place in it. False: an unknown type. */
bool tncc_aarch64_uses_got(uint32_t type);
bool tncc_aarch64_relocate(uint32_t type, char *at, uint64_t to, uint64_t here);

#endif
