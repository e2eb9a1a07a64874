/* SPDX-License-Identifier: Apache-2.0 */
/*
 * discover.h - the interface of the discovery plugin (lib/tenon/discover.so), which the runtime opens with dlopen, so
 * that libtenon itself needs neither libpciaccess nor libdrm. A scan looks at every PCI device and every device node
 * that could belong to an accelerator, and says of each whether it can be used, and why. It opens no device.
 */
#ifndef TN_RUNTIME_DISCOVER_H
#define TN_RUNTIME_DISCOVER_H

#include <stdint.h>

#include "tenon/export.h"
#include "tenon/status.h"

#define TN_DISCOVER_ABI 1u
#define TN_DISCOVER_PLUGIN "discover.so"

enum {
    TN_DISCOVER_NO_PCIACCESS = 1u << 0, /* our own scanner only */
    TN_DISCOVER_NO_DRM = 1u << 1,
    TN_DISCOVER_ASK_LIBRARIES = 1u << 2 /* libpciaccess and libdrm even where a root differs (tests in a namespace) */
};

typedef struct tn_discover_options {
    uint32_t size;
    uint32_t flags;
    /* Where /sys, /dev and the file system begin. NULL: the environment's TENON_SYSFS_ROOT and TENON_DEV_ROOT where the
     * program is not set-uid, else /sys, /dev and nothing. library_root stands in front of each library directory. */
    const char *sysfs_root, *dev_root, *library_root;
    /* The driver plugins that are there: "ascend:cuda:hip". NULL: not looked at. */
    const char *drivers;
} tn_discover_options;

typedef enum tn_discover_verdict {
    TN_DISCOVER_USED = 1,      /* an accelerator; nothing that was looked at stands against its use */
    TN_DISCOVER_NOT_USED = 2,  /* an accelerator, or something like one, that can't be used: see reason and hint */
    TN_DISCOVER_NOT_OURS = 3   /* a network card, a bridge ... */
} tn_discover_verdict;

/* tn_discover_device.seen_by */
enum { TN_DISCOVER_BY_SYSFS = 1u << 0, TN_DISCOVER_BY_PCIACCESS = 1u << 1, TN_DISCOVER_BY_DRM = 1u << 2 };

enum { TN_DISCOVER_NODES_PER_DEVICE = 8 };

typedef struct tn_discover_device {
    char address[16];               /* "0000:81:00.0" */
    uint16_t vendor, device, subsystem_vendor, subsystem_device;
    uint32_t class_code;            /* 0xCCSSPP */
    int32_t numa_node;              /* -1: not known */
    uint32_t seen_by;
    char kernel_driver[32];         /* empty: none is bound */
    char vendor_name[32];           /* empty where our table does not have the vendor */
    char chip[48];
    char family[16];                /* the driver plugin for it: "ascend"; empty: there is none for this chip */
    char mark[4];                   /* how sure the table is of the chip: H, D, P, S, X, K as in docs/vendors */
    char library[192];              /* the vendor's library: its path where it was found, else its name */
    tn_discover_verdict verdict;
    char reason[192];               /* a sentence */
    char hint[192];                 /* what to do; may be empty */
    uint32_t node_count;
    char nodes[TN_DISCOVER_NODES_PER_DEVICE][64];   /* nodes of this very device (DRM, accel) */
} tn_discover_device;

typedef struct tn_discover_node {
    char path[96];                  /* below the dev root: "/dev/davinci0" */
    char vendor_name[32];           /* whose it is; empty for DRM and accel nodes of no known device */
    char kind[16];                  /* "device", "control", "drm", "drm-render", "accel" */
    char address[16];               /* PCI address, where it is known */
    uint32_t readable_writable;     /* 1: this process may open it */
    char note[128];                 /* what was found out, as a sentence */
} tn_discover_node;

/* What a source of knowledge gave: "/sys/bus/pci/devices", "libpciaccess", "libdrm", "/dev", "/dev/accel". */
typedef struct tn_discover_source {
    char name[96];
    uint32_t used;
    char note[192];
} tn_discover_source;

typedef struct tn_discover_report {
    uint32_t size;
    uint32_t abi;
    uint32_t device_size, node_size, source_size;   /* sizeof of one row: step by these */
    uint32_t device_count, node_count, source_count;
    tn_discover_device *devices;    /* in the order of their PCI addresses */
    tn_discover_node *nodes;        /* in the order of their paths */
    tn_discover_source *sources;
} tn_discover_report;

/// Looks at the machine.
///
/// \param options [in, optional] NULL: everything at its default
/// \param out     [out] the report; release it with tn_discover_free
/// \return TN_OK also when nothing was found or a source could not be read: the report says so; TN_INVALID (options of
///         an unknown size or with unknown flags), TN_OUT_OF_HOST_MEMORY
///
/// Any thread; scans run one at a time. Since 0.1.
TN_EXPORT tn_status tn_discover_scan(const tn_discover_options *options, tn_discover_report **out);
TN_EXPORT void tn_discover_free(tn_discover_report *report);

typedef tn_status tn_discover_scan_fn(const tn_discover_options *options, tn_discover_report **out);
typedef void tn_discover_free_fn(tn_discover_report *report);

#endif
