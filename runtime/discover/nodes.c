/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nodes.c - the device nodes: which of the vendors' nodes, DRM nodes and accel nodes stand below <dev>. Nodes are
 * looked at and never opened: opening one can start a chip.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/discover/scan.h"

/* /dev/kfd belongs to two vendors: one whose device was seen comes first. */
static const struct vendor_id *owner_of(struct scan *scan, const char *path, const struct node_id **out)
{
    const struct vendor_id *first = NULL, *vendor;
    const struct node_id *fit;
    for (size_t i = 0; (vendor = vendor_at(i)); i++) {
        if (!(fit = vendor_node(vendor, path)))
            continue;
        for (uint32_t d = 0; d < scan->report->device_count; d++)
            if (vendor_find(scan->report->devices[d].vendor) == vendor &&
                class_is_accelerator(scan->report->devices[d].class_code)) {
                *out = fit;
                return vendor;
            }
        if (!first) {
            first = vendor;
            *out = fit;
        }
    }
    return first;
}

/* The PCI device that a DRM or accel node belongs to, as its sysfs folder said. */
static const tn_discover_device *device_of(struct scan *scan, const char *path)
{
    for (uint32_t d = 0; d < scan->report->device_count; d++)
        for (uint32_t n = 0; n < scan->report->devices[d].node_count; n++)
            if (!strcmp(scan->report->devices[d].nodes[n], path))
                return &scan->report->devices[d];
    return NULL;
}

static void class_node(struct scan *scan, tn_discover_node *node, const char *kind)
{
    const tn_discover_device *device = device_of(scan, node->path);
    TEXT(node->kind, "%s", kind);
    if (!device) {
        TEXT(node->note, "no PCI device that was seen has it");
        return;
    }
    const struct vendor_id *vendor = vendor_find(device->vendor);
    TEXT(node->address, "%s", device->address);
    TEXT(node->vendor_name, "%s", vendor ? vendor->name : "");
    TEXT(node->note, "node of the PCI device %s (%04x:%04x)", device->address, device->vendor, device->device);
}

static void vendor_node_row(struct scan *scan, const char *below, const struct vendor_id *vendor,
                            const struct node_id *id)
{
    char path[96];
    TEXT(path, "/dev/%.80s", below);
    tn_discover_node *node = scan_add_node(scan, path);
    if (!node)
        return;
    TEXT(node->kind, "%s", id->need & NODE_CONTROL ? "control" : "device");
    TEXT(node->vendor_name, "%s", vendor->name);
    TEXT(node->note, "%s node of %s's kernel driver", node->kind, vendor->name);
}

static void look_at(struct scan *scan, const char *below)
{
    const struct node_id *id = NULL;
    if (!strncmp(below, "dri/", 4) || !strncmp(below, "accel/", 6)) {
        const char *name = strchr(below, '/') + 1;
        const char *kind = !strncmp(name, "renderD", 7) ? "drm-render" : !strncmp(name, "card", 4) ? "drm"
                           : !strncmp(name, "accel", 5) ? "accel" : NULL;
        char path[96];
        TEXT(path, "/dev/%.80s", below);
        tn_discover_node *node = kind ? scan_add_node(scan, path) : NULL;
        if (node)
            class_node(scan, node, kind);
        return;
    }
    const struct vendor_id *vendor = owner_of(scan, below, &id);
    if (vendor)
        vendor_node_row(scan, below, vendor, id);
}

/* Returns the number of rows that the folder gave, or -1 where it can't be read. */
static int look_into(struct scan *scan, const char *folder)
{
    char path[PATH_MAX];
    uint32_t before = scan->report->node_count;
    TEXT(path, "%s%s%s", scan->dev, *folder ? "/" : "", folder);
    DIR *dir = opendir(path);
    if (!dir)
        return -1;
    for (struct dirent *entry; (entry = readdir(dir)) && !scan->failed;) {
        char below[PATH_MAX];
        if (entry->d_name[0] == '.')
            continue;
        TEXT(below, "%s%s%s", folder, *folder ? "/" : "", entry->d_name);
        uint32_t rows = scan->report->node_count;
        look_at(scan, below);
        if (scan->report->node_count > rows) {
            TEXT(path, "%s/%s", scan->dev, below);
            scan->report->nodes[rows].readable_writable = access(path, R_OK | W_OK) == 0;
        }
    }
    closedir(dir);
    return (int)(scan->report->node_count - before);
}

void scan_nodes(struct scan *scan)
{
    static const char *const folders[] = { "", "dri", "accel", "biren" };
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        char name[96];
        TEXT(name, "%s%s%s", scan->dev, *folders[i] ? "/" : "", folders[i]);
        int rows = look_into(scan, folders[i]);
        if (rows >= 0)
            scan_add_source(scan, name, true, "%d nodes that accelerators have", rows);
        else if (i < 3)     /* a vendor's own folder is missing on every other machine */
            scan_add_source(scan, name, false, "it cannot be read: %s", strerror(errno));
    }
}
