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

enum { TNCC_BUILD_ID = 16 };

struct tncc_linked {
    const void *data; /* without sections for debuggers */
    size_t bytes;
    const void *whole; /* with them, if they were asked for */
    size_t whole_bytes;
    unsigned char id[TNCC_BUILD_ID]; /* the same number in both */
};

/* The exported symbols of the objects (neither local nor hidden) and what they need. False after an error was printed. The same objects give
 * the same bytes. `debug`: also with sections for debuggers. */
bool tncc_link(const struct tncc_object *objects, size_t count, bool debug, struct tncc_linked *out);

/* link_aarch64.c: `to` is an address or, where the type uses the table of addresses, the place in it. False: an unknown type. */
bool tncc_aarch64_uses_got(uint32_t type);
bool tncc_aarch64_relocate(uint32_t type, char *at, uint64_t to, uint64_t here);

#endif
