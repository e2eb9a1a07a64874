/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scan.h - what the parts of one scan share: the roots, and the report that grows. A part that runs out of memory sets
 * `failed` and the scan ends with TN_OUT_OF_HOST_MEMORY; everything else that goes wrong is told in the report.
 */
#ifndef TN_DISCOVER_SCAN_H
#define TN_DISCOVER_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/discover/discover.h"
#include "runtime/discover/ids.h"

struct scan {
    const char *sysfs, *dev, *library_root, *drivers;
    bool usual_roots;           /* /sys and /dev: libpciaccess and libdrm look at the same tree */
    unsigned flags;
    tn_discover_report *report;
    size_t device_room, node_room, source_room;
    bool failed;
};

/* A new zeroed row, or NULL and `failed`. Rows move when another is added. */
tn_discover_device *scan_add_device(struct scan *scan, const char *address);
tn_discover_node *scan_add_node(struct scan *scan, const char *path);
void scan_add_source(struct scan *scan, const char *name, bool used, const char *format, ...) TN_PRINTF(4, 5);
tn_discover_device *scan_find_device(struct scan *scan, const char *address);
void scan_device_node(tn_discover_device *device, const char *path);   /* once, where there is room */

/* snprintf that is content with a cut text. */
void text_set(char *out, size_t size, const char *format, ...) TN_PRINTF(3, 4);
#define TEXT(array, ...) text_set((array), sizeof(array), __VA_ARGS__)

/* The parts, in this order. */
void scan_pci(struct scan *scan);               /* sysfs.c: our own scanner */
void scan_pciaccess(struct scan *scan);         /* cross.c: a second opinion */
void scan_nodes(struct scan *scan);             /* nodes.c: /dev, /dev/dri, /dev/accel */
void scan_drm(struct scan *scan);               /* cross.c */
void scan_judge(struct scan *scan);             /* verdict.c */

/* library.c: where `names` ("liba.so:libb.so") is found; false: nowhere. Looks, never loads. */
bool library_find(const struct scan *scan, const struct vendor_id *vendor, char *out, size_t size);

#endif
