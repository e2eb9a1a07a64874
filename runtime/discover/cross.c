/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cross.c - second opinions: libpciaccess on PCI, libdrm on DRM nodes. They look at the machine's own /sys and /dev
 * only, so they are asked where our scanner looks at the same. What they see and we did not is added; where they differ, the
 * report says so. Both keep state of their own, so scans run one at a time (discover.c).
 */
#include <pciaccess.h>
#include <stdlib.h>
#include <string.h>
#include <xf86drm.h>

#include "runtime/discover/scan.h"

static bool asked(const struct scan *scan, unsigned off)
{
    return !(scan->flags & off) && (scan->usual_roots || (scan->flags & TN_DISCOVER_ASK_LIBRARIES));
}

void scan_pciaccess(struct scan *scan)
{
    if (!asked(scan, TN_DISCOVER_NO_PCIACCESS)) {
        scan_add_source(scan, "libpciaccess", false, "it reads /sys only, and the scan looks at %s", scan->sysfs);
        return;
    }
    int error = pci_system_init();
    if (error) {
        scan_add_source(scan, "libpciaccess", false, "pci_system_init: %s", strerror(error));
        return;
    }
    unsigned seen = 0, alone = 0, different = 0;
    struct pci_device_iterator *iterator = pci_slot_match_iterator_create(NULL);
    for (struct pci_device *pci; iterator && !scan->failed && (pci = pci_device_next(iterator));) {
        char address[16];
        TEXT(address, "%04x:%02x:%02x.%x", (unsigned)pci->domain, (unsigned)pci->bus, (unsigned)pci->dev,
             (unsigned)pci->func);
        tn_discover_device *device = scan_find_device(scan, address);
        seen++;
        if (!device) {
            alone++;
            if (!(device = scan_add_device(scan, address)))
                break;
            device->vendor = pci->vendor_id;
            device->device = pci->device_id;
            device->subsystem_vendor = pci->subvendor_id;
            device->subsystem_device = pci->subdevice_id;
            device->class_code = pci->device_class;
            device->numa_node = -1;
        } else if (device->vendor != pci->vendor_id || device->device != pci->device_id ||
                   device->class_code != pci->device_class) {
            different++;
        }
        device->seen_by |= TN_DISCOVER_BY_PCIACCESS;
    }
    pci_iterator_destroy(iterator);
    pci_system_cleanup();
    if (alone || different)
        scan_add_source(scan, "libpciaccess", true, "%u devices; %u that our scanner did not see, %u with other ids",
                        seen, alone, different);
    else
        scan_add_source(scan, "libpciaccess", true, "%u devices, as our scanner saw them", seen);
}

static void drm_device(struct scan *scan, const drmDevice *drm, unsigned *known)
{
    char address[16];
    if (drm->bustype != DRM_BUS_PCI)
        return;
    const drmPciBusInfo *pci = drm->businfo.pci;
    TEXT(address, "%04x:%02x:%02x.%x", (unsigned)pci->domain, (unsigned)pci->bus, (unsigned)pci->dev,
         (unsigned)pci->func);
    tn_discover_device *device = scan_find_device(scan, address);
    if (!device) {
        if (!(device = scan_add_device(scan, address)))
            return;
        device->vendor = drm->deviceinfo.pci->vendor_id;
        device->device = drm->deviceinfo.pci->device_id;
        device->subsystem_vendor = drm->deviceinfo.pci->subvendor_id;
        device->subsystem_device = drm->deviceinfo.pci->subdevice_id;
        device->class_code = 0x038000;      /* libdrm does not say; it has DRM nodes, so it is a display device */
        device->numa_node = -1;
    } else {
        ++*known;
    }
    device->seen_by |= TN_DISCOVER_BY_DRM;
    for (int kind = 0; kind < DRM_NODE_MAX; kind++) {
        if (!(drm->available_nodes & (1 << kind)))
            continue;
        scan_device_node(device, drm->nodes[kind]);
        for (uint32_t n = 0; n < scan->report->node_count; n++) {
            tn_discover_node *node = &scan->report->nodes[n];
            if (!strcmp(node->path, drm->nodes[kind]) && !node->address[0]) {
                TEXT(node->address, "%s", address);
                TEXT(node->note, "node of the PCI device %s, as libdrm says", address);
            }
        }
    }
}

void scan_drm(struct scan *scan)
{
    if (!asked(scan, TN_DISCOVER_NO_DRM)) {
        scan_add_source(scan, "libdrm", false, "it reads /dev only, and the scan looks at %s", scan->dev);
        return;
    }
    int count = drmGetDevices2(0, NULL, 0);
    if (count <= 0) {
        if (count == 0)
            scan_add_source(scan, "libdrm", true, "no DRM device");
        else
            scan_add_source(scan, "libdrm", false, "drmGetDevices2: %s", strerror(-count));
        return;
    }
    drmDevice **devices = calloc((size_t)count, sizeof(*devices));
    if (!devices) {
        scan->failed = true;
        return;
    }
    unsigned known = 0;
    count = drmGetDevices2(0, devices, count);
    for (int i = 0; i < count; i++)
        drm_device(scan, devices[i], &known);
    if (count > 0)
        drmFreeDevices(devices, count);
    free(devices);
    scan_add_source(scan, "libdrm", true, "%d DRM devices, %u of them seen on PCI", count > 0 ? count : 0, known);
}
