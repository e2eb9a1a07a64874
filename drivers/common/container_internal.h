/* SPDX-License-Identifier: Apache-2.0 */
/* What container.c and container_elf.c share. */
#ifndef DRIVERS_COMMON_CONTAINER_INTERNAL_H
#define DRIVERS_COMMON_CONTAINER_INTERNAL_H

#include <elf.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "drivers/common/container.h"

/* Reads at an odd address; the caller has checked the range. */
static inline uint32_t tn__u32(const unsigned char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline uint64_t tn__u64(const unsigned char *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* [at, at + n) lies inside `bytes`. */
static inline bool tn__inside(uint64_t at, uint64_t n, uint64_t bytes)
{
    return at <= bytes && n <= bytes - at;
}

size_t tn__elf_extent(const unsigned char *p, size_t bytes);
/* Calls nothing: steps through sections. Returns false behind the last one or when a field is out of range. */
bool tn__elf_section(const unsigned char *p, size_t bytes, unsigned index, const char **name, Elf64_Shdr *out);
int tn__ascend_wrap(const tn_container_image *images, unsigned count, void **out, size_t *out_bytes);

#endif
