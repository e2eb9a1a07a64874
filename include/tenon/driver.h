/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenon/driver.h - the driver ABI: the one header that a chip vendor needs. A driver is a shared object that exports
 * tn_driver_query and nothing else; drivers/null is the skeleton to copy, docs/vendor-guide.md the recipe.
 *
 * Calls go down through tn_driver, up through tn_host. The core speaks of devices, memory, streams, points, modules and
 * launches; what not every chip has is an extension.
 *
 * Rules that hold for every function unless its comment says otherwise:
 *  - Any thread may call, also several at once on one object. Submissions to one stream are the exception: the runtime
 *    makes them one at a time.
 *  - A function that fails returns host->error(...), which records the detail for the calling thread and gives the
 *    status back. Out parameters are then untouched.
 *  - The calling thread's current device or context of the vendor's library is the same after the call as before.
 *  - No vendor runtime is finalised, reset or torn down by a driver. Closing an instance frees what the driver made.
 *  - Handles passed down are ones that this driver gave out and has not destroyed: the runtime checks that.
 */
#ifndef TENON_DRIVER_H
#define TENON_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tenon/bundle.h"
#include "tenon/export.h"
#include "tenon/status.h"
#include "tenon/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Major in the upper half. A minor adds members at the end of the tables; a major is refused, with both versions and
 * both paths in the message. 0.x until a vendor has written a driver against it (docs/decisions.md). */
#define TN_DRIVER_ABI_MAJOR 0u
#define TN_DRIVER_ABI_MINOR 1u
#define TN_DRIVER_ABI ((TN_DRIVER_ABI_MAJOR << 16) | TN_DRIVER_ABI_MINOR)

/* A driver defines these structures for itself. */
typedef struct tn_driver_instance tn_driver_instance;
typedef struct tn_driver_device tn_driver_device;
typedef struct tn_driver_stream tn_driver_stream;
typedef struct tn_driver_module tn_driver_module;
typedef struct tn_driver_kernel tn_driver_kernel;
typedef struct tn_driver_mark tn_driver_mark;

typedef struct tn_driver tn_driver;

/* ------------------------------------------------------------------------------------------------------- */
/* Upward: what the runtime gives to a driver. Valid from tn_driver_query until the process ends. */

typedef enum tn_log_level { TN_LOG_ERROR = 1, TN_LOG_WARNING = 2, TN_LOG_INFO = 3, TN_LOG_DEBUG = 4 } tn_log_level;

/* The vendor's side of a failure. */
typedef struct tn_vendor_error {
    int64_t code;          /* the vendor's number */
    const char *name;      /* its name, or NULL */
    const char *text;      /* the vendor's own words, or NULL */
} tn_vendor_error;

typedef struct tn_host {
    uint32_t size;
    uint32_t abi;          /* TN_DRIVER_ABI of the runtime */
    /* Memory that the driver owns; alloc gives zeroed memory or NULL. */
    void *(*alloc)(size_t bytes);
    void (*free)(void *pointer);
    /* Records the detail of a failure for the calling thread and returns `status`. `vendor` may be NULL. The message is a
     * sentence: what happened, where, what to do. Use TN_FAIL below. */
    tn_status (*error)(tn_status status, const tn_vendor_error *vendor, const char *file, int line,
                       const char *format, ...) TN_PRINTF(5, 6);
    void (*log_line)(tn_log_level level, const char *format, ...) TN_PRINTF(2, 3);
    /* For `tenon info --explain`: `subject` (a library, a symbol, a device) is used or not, and why. */
    void (*explain)(const char *driver, const char *subject, bool used, const char *format, ...) TN_PRINTF(4, 5);
} tn_host;

#define TN_FAIL(host, status, ...) ((host)->error((status), NULL, __FILE__, __LINE__, __VA_ARGS__))
#define TN_FAIL_VENDOR(host, status, vendor, ...) ((host)->error((status), (vendor), __FILE__, __LINE__, __VA_ARGS__))

/* ------------------------------------------------------------------------------------------------------- */
/* Downward: what a driver does. */

typedef struct tn_driver_options {
    uint32_t size;
    uint32_t flags;               /* TN_OPEN_* */
    const char *simulate;         /* "ascend910b:8,bw1000:2": devices to simulate; NULL or "" = none, then no stand-in is touched */
    const char *library_dir;      /* directory of libtenon-sim-*.so, absolute */
    const char *library_override; /* "cuda=/abs/libcuda.so.1:hip=/abs/..." or NULL: paths instead of the specs' own */
} tn_driver_options;

enum { TN_OPEN_NO_HARDWARE = 1u << 0 };  /* only simulated devices: do not look for the vendor's library */

typedef struct tn_driver_stream_options {
    uint32_t size;
    int32_t priority;             /* 0 normal, negative more urgent, clamped to what the chip has */
    void *adopt;                  /* the vendor's own stream to use, not to own; NULL = make one */
} tn_driver_stream_options;

/* What a submission asks of the driver. */
enum {
    TN_SUBMIT_POINT = 1u << 0     /* the caller will wait for exactly this value: make it waitable on its own */
};

typedef struct tn_driver_launch {
    uint32_t size;
    uint32_t flags;               /* reserved, 0 */
    tn_dim3 grid, block;
    uint32_t local_bytes;         /* dynamic local memory */
    uint32_t args_bytes;
    const void *args;             /* packed as the kernel table says, 16-byte aligned; gone after the call */
} tn_driver_launch;

typedef enum tn_copy_kind {
    TN_COPY_TO_DEVICE = 1, TN_COPY_TO_HOST = 2, TN_COPY_ON_DEVICE = 3
} tn_copy_kind;

typedef struct tn_driver_fault {
    uint32_t size;
    tn_fault_domain domain;
    uint64_t first_value, last_value;   /* of the stream; equal when exact; 0,0 when not known */
    uint64_t address;                   /* 0 = not known */
    uint32_t block[3], thread[3];       /* 0xffffffff = not known */
    char kernel[128];                   /* empty = not known */
    char sentence[320];
} tn_driver_fault;

typedef struct tn_driver_image {
    uint32_t size;
    uint32_t kind;                /* tn_image_kind */
    uint32_t width;
    const char *target;           /* of the bundle's note */
    const char *features;
    const void *data;             /* stays until module_unload */
    size_t bytes;
    const tn_ktab *table;         /* checked; stays until module_unload */
} tn_driver_image;

typedef enum tn_native_kind {
    TN_NATIVE_DEVICE = 1,   /* CUdevice, ordinal of HIP or ACL, cl_device_id */
    TN_NATIVE_CONTEXT = 2,  /* CUcontext, aclrtContext, cl_context */
    TN_NATIVE_STREAM = 3,   /* CUstream, hipStream_t, aclrtStream, cl_command_queue */
    TN_NATIVE_MODULE = 4,
    TN_NATIVE_KERNEL = 5,
    TN_NATIVE_EVENT = 6
} tn_native_kind;

struct tn_driver {
    uint32_t size;                /* sizeof(tn_driver) of the driver's header */
    uint32_t abi;                 /* TN_DRIVER_ABI of the driver's header */
    const char *name;             /* "ascend": letters, digits, '-' */
    const char *description;      /* one line for people */
    const char *version;

    /* -- instances and devices. `open` finds libraries and counts devices without claiming one; it succeeds with no
     * device. Order of devices is stable while the instance lives. */
    tn_status (*open)(const tn_driver_options *options, tn_driver_instance **out);
    void (*close)(tn_driver_instance *instance);           /* everything below it has been destroyed */
    tn_status (*device_count)(tn_driver_instance *instance, uint32_t *out);
    tn_status (*device_info)(tn_driver_instance *instance, uint32_t index, tn_device_info *out);  /* may be called before device_open */
    tn_status (*device_open)(tn_driver_instance *instance, uint32_t index, tn_driver_device **out);  /* primary or default context */
    void (*device_close)(tn_driver_device *device);
    tn_status (*device_memory)(tn_driver_device *device, uint64_t *free_bytes, uint64_t *total_bytes);
    /* Tries to bring a failed device back; everything on it is gone. TN_UNSUPPORTED where the chip can't. May be NULL. */
    tn_status (*device_recover)(tn_driver_device *device);

    /* -- memory. `bytes` > 0. The runtime tracks ranges; the driver need not. */
    tn_status (*memory_alloc)(tn_driver_device *device, uint64_t bytes, tn_address *out);
    tn_status (*memory_free)(tn_driver_device *device, tn_address address);   /* no submitted work uses it any more */
    /* Pinned memory: *out is its host address, *out_device the address by which this device's kernels reach it, 0 = they can't. */
    tn_status (*host_alloc)(tn_driver_device *device, uint64_t bytes, void **out, tn_address *out_device);
    tn_status (*host_free)(tn_driver_device *device, void *pointer);

    /* -- streams and points. `value` of each submission is one more than the last of that stream. */
    tn_status (*stream_create)(tn_driver_device *device, const tn_driver_stream_options *options, tn_driver_stream **out);
    void (*stream_destroy)(tn_driver_stream *stream);      /* its work has ended or was aborted */
    /* Waits until `value` has passed; 0 asks; TN_FOREVER has no deadline. TN_TIMEOUT, TN_FAULT, TN_ABORTED. It may wait
     * longer than `value` needs only when the submission did not carry TN_SUBMIT_POINT. */
    tn_status (*stream_wait)(tn_driver_stream *stream, uint64_t value, uint64_t timeout_ns);
    /* The highest value known to have passed, without blocking; TN_FAULT when the stream has failed. */
    tn_status (*stream_passed)(tn_driver_stream *stream, uint64_t *out);
    tn_status (*stream_abort)(tn_driver_stream *stream);   /* NULL: the chip can't */
    tn_status (*stream_fault)(tn_driver_stream *stream, tn_driver_fault *out);  /* after TN_FAULT; TN_NOT_FOUND when nothing is known */

    /* -- submissions. On failure nothing was submitted and the value is used again. */
    tn_status (*submit_launch)(tn_driver_stream *stream, tn_driver_kernel *kernel, const tn_driver_launch *launch,
                               uint64_t value, uint32_t flags);
    /* Host memory stays valid and, for a source, unchanged until the value has passed. `pinned` tells whether it came from
     * host_alloc. Ranges were checked. dst and src are addresses of the sides that `kind` says. */
    tn_status (*submit_copy)(tn_driver_stream *stream, tn_copy_kind kind, uint64_t dst, uint64_t src, uint64_t bytes,
                             bool pinned, uint64_t value, uint32_t flags);
    /* Between two devices of this instance. NULL or TN_UNSUPPORTED: the runtime goes through the host. */
    tn_status (*submit_copy_peer)(tn_driver_stream *stream, tn_driver_device *dst_device, tn_address dst,
                                  tn_driver_device *src_device, tn_address src, uint64_t bytes, uint64_t value, uint32_t flags);
    /* pattern_bytes is 1, 2 or 4; `count` repetitions; dst is aligned to pattern_bytes. */
    tn_status (*submit_fill)(tn_driver_stream *stream, tn_address dst, uint32_t pattern, uint32_t pattern_bytes,
                             uint64_t count, uint64_t value, uint32_t flags);
    /* What follows in `stream` runs after `other` has passed `other_value`. Both of this instance. */
    tn_status (*submit_wait)(tn_driver_stream *stream, tn_driver_stream *other, uint64_t other_value, uint64_t value, uint32_t flags);
    /* Stores the time into the mark when everything before it has ended. */
    tn_status (*submit_mark)(tn_driver_stream *stream, tn_driver_mark *mark, uint64_t value, uint32_t flags);

    /* -- marks: time stamps in streams */
    tn_status (*mark_create)(tn_driver_device *device, tn_driver_mark **out);
    void (*mark_destroy)(tn_driver_mark *mark);
    /* Nanoseconds from `from` to `to`, both passed; negative when they were passed in the other order. */
    tn_status (*mark_elapsed)(tn_driver_mark *from, tn_driver_mark *to, int64_t *out_ns);

    /* -- modules. image_score: how well the device takes such an image; 0 = not at all, and then *why (a static text or one
     * that lives as long as the instance) says so; of several images the highest score is loaded. Looks at kind, width,
     * target and features only. */
    uint32_t (*image_score)(tn_driver_device *device, const tn_driver_image *image, const char **why);
    tn_status (*module_load)(tn_driver_device *device, const tn_driver_image *image, tn_driver_module **out);
    void (*module_unload)(tn_driver_module *module);       /* none of its kernels runs any more */
    tn_status (*module_kernel)(tn_driver_module *module, uint32_t table_index, tn_driver_kernel **out);  /* lives as long as the module */
    tn_status (*module_variable)(tn_driver_module *module, uint32_t table_index, tn_address *out, uint64_t *out_bytes);

    /* -- the vendor's own handle, for the vendor's operator libraries. `object` is of the kind asked for; for
     * TN_NATIVE_DEVICE and TN_NATIVE_CONTEXT a tn_driver_device. */
    tn_status (*native)(tn_native_kind kind, void *object, void **out);

    /* -- what not every chip has: TN_EXTENSION_* below. NULL when it is not there at that version; the function may be
     * NULL where there is none at all. */
    const void *(*get_extension)(tn_driver_instance *instance, const char *name, uint32_t version);
};

/* Reserved extension names; their tables come with later minors. */
#define TN_EXTENSION_POOLS      "tn.pools"
#define TN_EXTENSION_MANAGED    "tn.managed"
#define TN_EXTENSION_VIRTUAL    "tn.virtual-memory"
#define TN_EXTENSION_EXTERNAL   "tn.external-memory"
#define TN_EXTENSION_IPC        "tn.ipc"
#define TN_EXTENSION_GRAPHS     "tn.graphs"
#define TN_EXTENSION_HOST_CALL  "tn.host-call"
#define TN_EXTENSION_TELEMETRY  "tn.telemetry"
#define TN_EXTENSION_COPY_2D    "tn.copy-2d"

/// The one symbol that a driver exports.
///
/// \param host [in]  the runtime's side; stays valid
/// \param abi  [in]  TN_DRIVER_ABI of the runtime; a driver of another major returns TN_VERSION
/// \param out  [out] the driver's table, static
///
/// Called once, before any other call, on one thread. Must not touch the vendor's library.
typedef tn_status tn_driver_query_fn(const tn_host *host, uint32_t abi, const tn_driver **out);
#define TN_DRIVER_QUERY "tn_driver_query"
TN_EXPORT tn_status tn_driver_query(const tn_host *host, uint32_t abi, const tn_driver **out);

#ifdef __cplusplus
}
#endif
#endif
