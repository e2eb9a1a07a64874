/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verdict.c - says of each PCI device whether it is an accelerator that can be used, and if not why, and what to do.
 * The steps are in the order in which a person would look; the first that fails is the reason.
 */
#include <stdio.h>
#include <string.h>

#include "runtime/discover/scan.h"

struct judged {
    struct scan *scan;
    tn_discover_device *device;
    const struct vendor_id *vendor;
    const struct chip_id *chip;
};

static bool not_used(struct judged *judged)
{
    judged->device->verdict = TN_DISCOVER_NOT_USED;
    return false;
}

/* Is it an accelerator at all? Vendor, class and device id have a say together; a class alone never. */
static bool is_accelerator(struct judged *judged)
{
    tn_discover_device *device = judged->device;
    device->verdict = TN_DISCOVER_NOT_OURS;
    if (!judged->vendor) {
        TEXT(device->reason, "vendor %04x makes no accelerator that is known here", device->vendor);
        return false;
    }
    TEXT(device->vendor_name, "%s", judged->vendor->name);
    if (judged->chip && judged->chip->rejected) {
        TEXT(device->chip, "%s", judged->chip->name);
        TEXT(device->mark, "%s", judged->chip->mark);
        TEXT(device->reason, "%s", judged->chip->rejected);
        return not_used(judged);
    }
    if (judged->chip) {
        TEXT(device->chip, "%s", judged->chip->name);
        TEXT(device->mark, "%s", judged->chip->mark);
    } else if (!class_is_accelerator(device->class_code)) {
        TEXT(device->reason, "class %04x of %s is no class of accelerators", device->class_code >> 8,
             judged->vendor->name);
        return false;
    } else if (judged->vendor->match == MATCH_LISTED) {
        TEXT(device->reason, "device id %04x is none of %s's accelerators that are known here", device->device,
             judged->vendor->name);
        TEXT(device->hint, "if it is one, add its id to runtime/discover/ids.c");
        return not_used(judged);
    } else {
        TEXT(device->chip, "%s device %04x", judged->vendor->name, device->device);
        TEXT(device->mark, "%s", judged->vendor->mark);
    }
    return true;
}

static bool has_plugin(struct judged *judged)
{
    tn_discover_device *device = judged->device;
    if (!judged->vendor->family) {
        TEXT(device->reason, "Tenon has no driver for the chips of %s", judged->vendor->name);
        TEXT(device->hint, "docs/vendor-guide.md tells how to write one; TENON_DRIVERS adds it");
        return not_used(judged);
    }
    TEXT(device->family, "%s", judged->vendor->family);
    const char *list = judged->scan->drivers;
    size_t length = strlen(device->family);
    for (const char *at = list; at && (at = strstr(at, device->family)); at += length)
        if ((at == list || at[-1] == ':') && (at[length] == '\0' || at[length] == ':'))
            return true;
    if (!list)
        return true;
    TEXT(device->reason, "the driver plugin \"%s\" is not there", device->family);
    TEXT(device->hint, "it belongs to lib/tenon/drivers/%s.so of the installation", device->family);
    return not_used(judged);
}

static bool bound_elsewhere(struct judged *judged)
{
    tn_discover_device *device = judged->device;
    if (strcmp(device->kernel_driver, "vfio-pci") && strcmp(device->kernel_driver, "pci-stub") &&
        strcmp(device->kernel_driver, "xen-pciback"))
        return false;
    TEXT(device->reason, "it is bound to %s, which keeps it for a virtual machine", device->kernel_driver);
    TEXT(device->hint, "use it inside that machine, or bind it to %s",
         judged->vendor->module ? judged->vendor->module : "the vendor's kernel driver");
    not_used(judged);
    return true;
}

/* The node that fits a pattern: for DRM nodes one of the device's own, else any of the machine's. */
static const tn_discover_node *node_for(const struct judged *judged, const struct node_id *id)
{
    const tn_discover_report *report = judged->scan->report;
    bool own = !strncmp(id->pattern, "dri/", 4);
    for (uint32_t n = 0; n < report->node_count; n++) {
        const tn_discover_node *node = &report->nodes[n];
        if (own && strcmp(node->address, judged->device->address))
            continue;
        if (vendor_node(judged->vendor, node->path + strlen("/dev/")) == id)
            return node;
    }
    return NULL;
}

static void node_missing(struct judged *judged, const struct node_id *id)
{
    tn_discover_device *device = judged->device;
    const char *module = judged->vendor->module ? judged->vendor->module : "the vendor's kernel module";
    char path[64];
    TEXT(path, "/dev/%s", id->pattern);
    for (char *number = strchr(path, '#'); number; number = strchr(path, '#'))
        *number = 'N';
    if (!device->kernel_driver[0]) {
        TEXT(device->reason, "no kernel driver is bound to it, and the node %s is missing", path);
        TEXT(device->hint, "install the vendor's kernel driver and load %s", module);
    } else {
        TEXT(device->reason, "the node %s is missing, although the kernel driver %s is bound", path,
             device->kernel_driver);
        TEXT(device->hint, "in a container: pass the node into it; else look whether %s is the vendor's driver",
             device->kernel_driver);
    }
}

static bool has_nodes(struct judged *judged)
{
    tn_discover_device *device = judged->device;
    const struct vendor_id *vendor = judged->vendor;
    for (size_t i = 0; i < sizeof(vendor->nodes) / sizeof(vendor->nodes[0]) && vendor->nodes[i].pattern; i++) {
        const struct node_id *id = &vendor->nodes[i];
        if (!(id->need & NODE_REQUIRED))
            continue;
        const tn_discover_node *node = node_for(judged, id);
        if (!node) {
            node_missing(judged, id);
            return not_used(judged);
        }
        if (!node->readable_writable) {
            TEXT(device->reason, "this user may not open %s", node->path);
            TEXT(device->hint, "add the user to the group of the node (ls -l %s)", node->path);
            return not_used(judged);
        }
    }
    return true;
}

static bool has_library(struct judged *judged)
{
    tn_discover_device *device = judged->device;
    const struct vendor_id *vendor = judged->vendor;
    if (library_find(judged->scan, vendor, device->library, sizeof(device->library)))
        return true;
    TEXT(device->reason, "the library %s was not found", device->library);
    TEXT(device->hint, "install %s, or set LD_LIBRARY_PATH; looked in %s%s%s", vendor->install, vendor->directories,
         *vendor->directories && !vendor->own_directory_only ? " and " : "",
         vendor->own_directory_only ? "" : "the system's directories");
    return not_used(judged);
}

static void judge(struct scan *scan, tn_discover_device *device)
{
    struct judged judged = { scan, device, vendor_find(device->vendor), chip_find(device->vendor, device->device) };
    if (!is_accelerator(&judged) || !has_plugin(&judged) || bound_elsewhere(&judged) || !has_nodes(&judged) ||
        !has_library(&judged))
        return;
    device->verdict = TN_DISCOVER_USED;
    TEXT(device->reason, "kernel driver, nodes and library are there; the driver \"%s\" takes it", device->family);
}

void scan_judge(struct scan *scan)
{
    for (uint32_t d = 0; d < scan->report->device_count; d++)
        judge(scan, &scan->report->devices[d]);
}
