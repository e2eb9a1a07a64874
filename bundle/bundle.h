/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bundle/bundle.h - reading a kernel bundle (tenon/bundle.h) from a file or from memory.
 *
 * Linked statically into libtenon and tenoncc. Needs libc and libelf. A bundle is read and checked whole when it is
 * opened; an open bundle is read-only, so any thread may look into it.
 */
#ifndef TENON_BUNDLE_BUNDLE_H
#define TENON_BUNDLE_BUNDLE_H

#include <stddef.h>
#include <stdint.h>

#include "bundle/ktab.h"

typedef struct tn_bundle tn_bundle;

typedef enum tn_bundle_status {
    TN_BUNDLE_OK = 0,
    TN_BUNDLE_NO_FILE = 1, /* the file can't be read; errno tells why */
    TN_BUNDLE_FOREIGN = 2, /* not a bundle at all */
    TN_BUNDLE_VERSION_UNKNOWN = 3,
    TN_BUNDLE_BROKEN = 4, /* a bundle, but truncated or inconsistent */
    TN_BUNDLE_NO_MEMORY = 5
} tn_bundle_status;

/* One image; everything belongs to the bundle and lives as long as it. */
typedef struct tn_bundle_view {
    tn_image_kind kind;
    uint32_t width;
    const char *target;   /* NUL-terminated */
    const char *features; /* NUL-terminated, may be empty */
    const void *data;     /* decompressed, aligned to 16 bytes */
    size_t bytes;
    const tn_ktab *kernels; /* passed tn_ktab_check */
    size_t kernels_bytes;
} tn_bundle_view;

/* Opens a bundle. open_memory copies what it needs: `data` may go away afterwards. On failure *out_bundle is NULL and
 * `why` (may be NULL) holds a sentence. */
tn_bundle_status tn_bundle_open_file(const char *path, tn_bundle **out_bundle, char *why, size_t why_bytes);
tn_bundle_status tn_bundle_open_memory(const void *data, size_t bytes, tn_bundle **out_bundle, char *why,
                                       size_t why_bytes);
void tn_bundle_close(tn_bundle *bundle); /* NULL is fine */

uint32_t tn_bundle_image_count(const tn_bundle *bundle);

/* Image by index, NULL when the index is too large. */
const tn_bundle_view *tn_bundle_image_at(const tn_bundle *bundle, uint32_t index);

/* 1 when the bytes begin as a bundle does (ELF64, ET_NONE, EM_NONE), 0 otherwise: a quick look, not a check. */
int tn_bundle_looks_like(const void *data, size_t bytes);

const char *tn_bundle_kind_name(tn_image_kind kind); /* "sim", "ptx" ...; "unknown" otherwise */

#endif
