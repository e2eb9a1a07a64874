/* SPDX-License-Identifier: Apache-2.0 */
/* link.h - one simulator image from objects of x86-64. */
#ifndef TNCC_LINK_H
#define TNCC_LINK_H

#include <stdbool.h>
#include <stddef.h>

struct tncc_object { /* in memory; must stay there as long as the result is made */
    const void *data;
    size_t bytes;
};

/* The exported symbols of the first object and what they need of all. False after an error was printed. The same objects give
 * the same bytes. `debug`: with sections for debuggers. */
bool tncc_link(const struct tncc_object *objects, size_t count, bool debug, const void **out, size_t *out_bytes);

#endif
