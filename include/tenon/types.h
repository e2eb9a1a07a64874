/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenon/types.h - handles, points, addresses, shapes, and what is known of a device. Shared by the public API and the
 * driver ABI. Page: docs/api/types.md.
 */
#ifndef TENON_TYPES_H
#define TENON_TYPES_H

#include <stddef.h>
#include <stdint.h>

#include "tenon/export.h"
#include "tenon/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A handle is 64 bits: kind, generation and slot. Zero is no object. A stale, foreign or invented one is answered with
 * TN_BAD_HANDLE, always. Copy it freely; carry `bits` through any language. */
#define TN_HANDLE(name) typedef struct name { uint64_t bits; } name
TN_HANDLE(tn_runtime);
TN_HANDLE(tn_device);
TN_HANDLE(tn_stream);
TN_HANDLE(tn_event);
TN_HANDLE(tn_module);
TN_HANDLE(tn_kernel);
TN_HANDLE(tn_pool);        /* reserved: stream-ordered pools */
TN_HANDLE(tn_graph);       /* reserved: recorded work */
TN_HANDLE(tn_graph_exec);  /* reserved: recorded work, ready to replay */
TN_HANDLE(tn_subscriber);  /* reserved: a listener of a tap */

/* A place in a stream's time. Values of a stream count its submissions from 1 and pass in order; value 0 has always
 * passed. Plain data: no call is needed to copy or drop one. */
typedef struct tn_point {
    tn_stream stream;
    uint64_t value;
} tn_point;

/* Device memory is a 64-bit address on a device. It may look like a host address; only the copies and fills of this API
 * and kernels may use it. */
typedef uint64_t tn_address;

#define TN_FOREVER UINT64_MAX  /* a timeout without a deadline */

typedef struct tn_dim3 {
    uint32_t x, y, z;
} tn_dim3;

/* What a failure of a kernel takes with it. */
typedef enum tn_fault_domain {
    TN_DOMAIN_STREAM  = 1,
    TN_DOMAIN_CONTEXT = 2,
    TN_DOMAIN_DEVICE  = 3,
    TN_DOMAIN_PROCESS = 4
} tn_fault_domain;

/* How closely a failure is told. */
typedef enum tn_attribution {
    TN_ATTRIBUTION_NONE   = 0,  /* something on the device failed */
    TN_ATTRIBUTION_WINDOW = 1,  /* one of a range of submissions */
    TN_ATTRIBUTION_EXACT  = 2   /* the submission */
} tn_attribution;

/* tn_device_info.flags */
enum {
    TN_DEVICE_SIMULATED       = 1u << 0,  /* no chip: a simulator stands in for the vendor's library */
    TN_DEVICE_CPU             = 1u << 1,  /* the host's processor behind an accelerator API */
    TN_DEVICE_THREADS         = 1u << 2,  /* blocks have threads in the chip's own model */
    TN_DEVICE_PEER            = 1u << 3,
    TN_DEVICE_INTEGRATED      = 1u << 4,  /* shares the host's memory */
    TN_DEVICE_FP64            = 1u << 5,
    TN_DEVICE_FP16            = 1u << 6,
    TN_DEVICE_ATOMIC_64       = 1u << 7,
    TN_DEVICE_ABORT           = 1u << 8,  /* tn_stream_abort works */
    TN_DEVICE_HAS_PCI         = 1u << 9,
    TN_DEVICE_INDIRECT        = 1u << 10  /* kernels may follow pointers that they loaded from memory */
};

/* What is known of a device. Texts are NUL-terminated; empty, and numbers 0, where it is not known. */
typedef struct tn_device_info {
    uint32_t size;                 /* sizeof(tn_device_info), set by the caller */
    uint32_t flags;                /* TN_DEVICE_* */
    char name[128];                /* as the vendor's library names it */
    char vendor[32];               /* "Huawei", "Hygon", "NVIDIA", "Moore Threads" ... */
    char arch[64];                 /* "Ascend910B3", "gfx936:sramecc+:xnack-", "sm_80" */
    char driver[32];               /* the plugin: "ascend", "hip", "cuda", "opencl", "null" */
    char library[256];             /* path of the vendor's library, or of what stands in for it */
    char library_version[64];
    uint8_t uuid[16];
    uint32_t pci_domain, pci_bus, pci_slot, pci_function;   /* with TN_DEVICE_HAS_PCI */
    uint32_t units;                /* SM, CU, AI cores, OpenCL compute units */
    uint32_t width;                /* warp width; 1: the chip has no warps */
    uint32_t max_threads;          /* in a block */
    uint32_t max_block[3];
    uint32_t max_grid[3];
    uint32_t alloc_align;          /* bytes, of device allocations */
    uint32_t clock_khz;
    uint64_t memory_bytes;
    uint64_t local_bytes;          /* local memory that a block can have */
    uint64_t memory_bandwidth;     /* bytes a second, from the vendor's data */
    uint32_t version_major, version_minor;   /* compute capability and the like */
    tn_fault_domain fault_domain;
    tn_attribution attribution;
    uint32_t unbounded_waits;      /* number of vendor calls used that block without a timed form; see docs/drivers-*.md */
    uint32_t reserved[7];
} tn_device_info;

#ifdef __cplusplus
}
#endif
#endif
