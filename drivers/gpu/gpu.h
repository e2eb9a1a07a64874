/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The core of the drivers for GPU-shaped libraries: CUDA's driver API, and HIP, which has the same calls under other
 * names. A family (drivers/cuda, drivers/hip) gives symbol names, numbers and the few calls that differ as a
 * gpu_family; all else is here. Function types are the ABI's: addresses 64 bits wide, handles pointers, errors int.
 * May include tenon/driver.h, drivers/common and bundle/ktab.h.
 */
#ifndef DRIVERS_GPU_GPU_H
#define DRIVERS_GPU_GPU_H

#include "drivers/common/library.h"
#include "drivers/common/points.h"
#include "tenon/driver.h"

typedef int gpu_error;
typedef void *gpu_handle;

/* Numbers that both ABIs share, by the public headers of CUDA 13.0 and of HIP 5.2 and 6.3. MUSA's are taken to be equal: unverified. */
enum {
    GPU_SUCCESS = 0,
    GPU_INVALID_VALUE = 1,
    GPU_OUT_OF_MEMORY = 2,
    GPU_NO_DEVICE = 100,
    GPU_INVALID_IMAGE = 200,
    GPU_NO_BINARY = 209,
    GPU_INVALID_HANDLE = 400,
    GPU_NOT_FOUND = 500,
    GPU_NOT_READY = 600,
    GPU_OUT_OF_RESOURCES = 701,
    GPU_NOT_SUPPORTED = 801
};
enum { GPU_STREAM_NON_BLOCKING = 1, GPU_EVENT_DISABLE_TIMING = 2, GPU_HOST_PORTABLE = 1, GPU_HOST_MAPPED = 2 };
enum { GPU_LAUNCH_BUFFER = 1, GPU_LAUNCH_BUFFER_SIZE = 2 };
enum { GPU_FUNC_MAX_DYNAMIC = 8 };

/* The vendor's functions, by the names that the family lists. Those behind the gap are a family's own. */
typedef struct gpu_api {
    gpu_error (*init)(unsigned flags);
    gpu_error (*driver_version)(int *out);
    gpu_error (*device_count)(int *out);
    gpu_error (*device_name)(char *out, int bytes, int device);
    gpu_error (*device_attribute)(int *out, int attribute, int device);
    gpu_error (*device_memory)(size_t *out, int device);
    gpu_error (*device_uuid)(void *out, int device); /* optional */
    gpu_error (*memory_info)(size_t *free_bytes, size_t *total_bytes);
    gpu_error (*memory_alloc)(uint64_t *out, size_t bytes);
    gpu_error (*memory_free)(uint64_t address);
    gpu_error (*host_alloc)(void **out, size_t bytes, unsigned flags);
    gpu_error (*host_free)(void *pointer);
    gpu_error (*host_device_pointer)(uint64_t *out, void *pointer, unsigned flags);
    gpu_error (*copy_to_device)(uint64_t dst, const void *src, size_t bytes, gpu_handle stream);
    gpu_error (*copy_to_host)(void *dst, uint64_t src, size_t bytes, gpu_handle stream);
    gpu_error (*copy_on_device)(uint64_t dst, uint64_t src, size_t bytes, gpu_handle stream);
    gpu_error (*fill8)(uint64_t dst, unsigned char pattern, size_t count, gpu_handle stream);
    gpu_error (*fill16)(uint64_t dst, unsigned short pattern, size_t count, gpu_handle stream);
    gpu_error (*fill32)(uint64_t dst, unsigned pattern, size_t count, gpu_handle stream);
    gpu_error (*stream_create)(gpu_handle *out, unsigned flags);
    gpu_error (*stream_create_priority)(gpu_handle *out, unsigned flags, int priority); /* optional */
    gpu_error (*stream_destroy)(gpu_handle stream);
    gpu_error (*stream_wait)(gpu_handle stream);
    gpu_error (*stream_query)(gpu_handle stream);
    gpu_error (*stream_wait_event)(gpu_handle stream, gpu_handle event, unsigned flags);
    gpu_error (*event_create)(gpu_handle *out, unsigned flags);
    gpu_error (*event_destroy)(gpu_handle event);
    gpu_error (*event_record)(gpu_handle event, gpu_handle stream);
    gpu_error (*event_query)(gpu_handle event);
    gpu_error (*event_wait)(gpu_handle event);
    gpu_error (*event_elapsed)(float *out, gpu_handle from, gpu_handle to);
    gpu_error (*module_load)(gpu_handle *out, const void *image);
    gpu_error (*module_unload)(gpu_handle module);
    gpu_error (*module_function)(gpu_handle *out, gpu_handle module, const char *name);
    gpu_error (*module_variable)(uint64_t *address, size_t *bytes, gpu_handle module, const char *name);
    gpu_error (*function_attribute)(int *out, int attribute, gpu_handle function);
    gpu_error (*function_set_attribute)(gpu_handle function, int attribute, int value); /* optional */
    gpu_error (*launch)(gpu_handle function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                        unsigned block_y, unsigned block_z, unsigned shared, gpu_handle stream, void **params,
                        void **extra);
    gpu_error (*launch_cooperative)(gpu_handle function, unsigned grid_x, unsigned grid_y, unsigned grid_z,
                                    unsigned block_x, unsigned block_y, unsigned block_z, unsigned local_bytes,
                                    gpu_handle stream, void **params);

    gpu_error (*cu_error_name)(gpu_error error, const char **out);
    gpu_error (*cu_error_string)(gpu_error error, const char **out);
    gpu_error (*cu_primary_retain)(gpu_handle *out, int device);
    gpu_error (*cu_primary_release)(int device);
    gpu_error (*cu_primary_reset)(int device); /* optional */
    gpu_error (*cu_context_current)(gpu_handle *out);
    gpu_error (*cu_context_push)(gpu_handle context);
    gpu_error (*cu_context_pop)(gpu_handle *out);
    gpu_error (*cu_copy_peer)(uint64_t dst, gpu_handle dst_context, uint64_t src, gpu_handle src_context, size_t bytes,
                              gpu_handle stream); /* optional */

    const char *(*sim_fault)(gpu_handle stream); /* a stand-in's own: what failed, and where */

    const char *(*hip_error_name)(gpu_error error);
    const char *(*hip_error_string)(gpu_error error);
    gpu_error (*hip_get_device)(int *out);
    gpu_error (*hip_set_device)(int device);
    gpu_error (*hip_reset)(void);                        /* optional */
    gpu_error (*hip_properties6)(void *out, int device); /* optional: R0600 */
    gpu_error (*hip_properties)(void *out, int device);  /* optional: R0000 */
    gpu_error (*hip_copy_peer)(void *dst, int dst_device, const void *src, int src_device, size_t bytes,
                               gpu_handle stream); /* optional */
} gpu_api;

extern const tn_host *gpu__host;

typedef struct gpu_library {
    tn_library library;
    gpu_api api;
    char version[64];
} gpu_library;

struct tn_driver_device {
    gpu_library *library;
    int ordinal;
    gpu_handle context; /* NULL where the ABI has none */
    int compute;        /* capability as 80 for sm_80 */
    int width;
    char arch[64];
    _Atomic int sticky; /* the error that took the context */
};

struct tn_driver_stream {
    tn_driver_device *device;
    gpu_handle native;
    bool owned;
    tn_points points;
};

struct tn_driver_module {
    tn_driver_device *device;
    gpu_handle native;
    const tn_ktab *table;
    struct tn_driver_kernel *kernels;
};

struct tn_driver_kernel {
    tn_driver_module *module;
    gpu_handle native;
    const tn_ktab_kernel *info;
    _Atomic uint32_t dynamic_allowed;
    struct tn_driver_kernel *next;
};

struct tn_driver_mark {
    tn_driver_device *device;
    gpu_handle native;
};

/* Makes the device (and its context) current for this thread and puts back what was. Most threads have it already. */
typedef struct gpu_scope {
    const gpu_api *api; /* NULL: nothing to put back */
    int before;         /* HIP: the thread's device */
} gpu_scope;

typedef struct gpu_attribute {
    int number;      /* the vendor's */
    uint32_t offset; /* of a uint32_t in tn_device_info */
} gpu_attribute;

/* What makes a family. */
typedef struct gpu_family {
    const char *name, *description;
    const tn_library_spec *specs;
    size_t spec_count;
    const tn_symbol *symbols;
    size_t symbol_count;
    const gpu_attribute *attributes;
    size_t attribute_count;
    int shared, shared_optin, integrated, memory_clock, bus_width; /* attribute numbers, 0 = none */
    uintptr_t launch_end;                                          /* the word that ends a launch's `extra` */
    const char *(*error_name)(const gpu_api *api, gpu_error error);
    const char *(*error_string)(const gpu_api *api, gpu_error error);
    void (*version)(const gpu_library *library, char *out, size_t bytes);
    void (*describe)(const gpu_library *library, int ordinal, tn_device_info *out); /* what has no attribute */
    gpu_error (*device_open)(tn_driver_device *device);
    void (*device_close)(tn_driver_device *device);
    tn_status (*device_recover)(tn_driver_device *device);
    gpu_error (*enter)(tn_driver_device *device, gpu_scope *scope);
    void (*leave)(const gpu_scope *scope);
    gpu_error (*copy_peer)(tn_driver_stream *stream, tn_driver_device *dst_device, uint64_t dst,
                           tn_driver_device *src_device, uint64_t src, uint64_t bytes);
    int container; /* tn_container_kind for simulator images */
    uint32_t (*image_score)(tn_driver_device *device, const tn_driver_image *image,
                            const char **why); /* no simulator images */
} gpu_family;
extern const gpu_family gpu__family;

/* Rows of a family's tables. */
#define GPU_NEED(member, names)                                                                                        \
    {                                                                                                                  \
        names, offsetof(gpu_api, member), true                                                                         \
    }
#define GPU_HAVE(member, names)                                                                                        \
    {                                                                                                                  \
        names, offsetof(gpu_api, member), false                                                                        \
    }
#define GPU_INFO(number, member)                                                                                       \
    {                                                                                                                  \
        number, offsetof(tn_device_info, member)                                                                       \
    }

/* What a family's file calls by the members' names: its tables and its functions. */
#define GPU_COUNT(list) (sizeof(list) / sizeof(list)[0])
#define GPU_FAMILY_PARTS                                                                                               \
    .specs = specs, .spec_count = GPU_COUNT(specs), .symbols = symbols, .symbol_count = GPU_COUNT(symbols),            \
    .attributes = attributes, .attribute_count = GPU_COUNT(attributes), .error_name = error_name,                      \
    .error_string = error_string, .version = version, .describe = describe, .device_open = device_open,                \
    .device_close = device_close, .device_recover = device_recover, .enter = enter, .leave = leave,                    \
    .copy_peer = copy_peer, .image_score = image_score

tn_status gpu__enter(tn_driver_device *device, gpu_scope *scope);
static inline void gpu__leave(const gpu_scope *scope)
{
    if (scope->api)
        gpu__family.leave(scope);
}

/* The status for a vendor's number, with its name and text recorded; `what` says what was tried. */
tn_status gpu__fail(tn_driver_device *device, const gpu_library *library, gpu_error error, const char *what,
                    const char *file, int line);
#define GPU_FAIL(device, error, what) gpu__fail((device), (device)->library, (error), (what), __FILE__, __LINE__)
#define GPU_TRY(device, call, what)                                                                                    \
    do {                                                                                                               \
        gpu_error error_ = (call);                                                                                     \
        if (__builtin_expect(error_ != GPU_SUCCESS, 0))                                                                \
            return GPU_FAIL(device, error_, what);                                                                     \
    } while (0)

extern const tn_points_ops gpu__points_ops;

/* One per member of tn_driver; contracts are there. */
tn_status gpu__info(gpu_library *library, int ordinal, tn_device_info *out);
tn_status gpu__memory_alloc(tn_driver_device *device, uint64_t bytes, tn_address *out);
tn_status gpu__memory_free(tn_driver_device *device, tn_address address);
tn_status gpu__host_alloc(tn_driver_device *device, uint64_t bytes, void **out, tn_address *out_device);
tn_status gpu__host_free(tn_driver_device *device, void *pointer);
tn_status gpu__stream_create(tn_driver_device *device, const tn_driver_stream_options *options, tn_driver_stream **out);
void gpu__stream_destroy(tn_driver_stream *stream);
tn_status gpu__stream_wait(tn_driver_stream *stream, uint64_t value, uint64_t timeout_ns);
tn_status gpu__stream_passed(tn_driver_stream *stream, uint64_t *out);
tn_status gpu__stream_fault(tn_driver_stream *stream, tn_driver_fault *out);
tn_status gpu__submit_launch(tn_driver_stream *stream, tn_driver_kernel *kernel, const tn_driver_launch *launch,
                             uint64_t value, uint32_t flags);
tn_status gpu__submit_copy(tn_driver_stream *stream, tn_copy_kind kind, uint64_t dst, uint64_t src, uint64_t bytes,
                           bool pinned, uint64_t value, uint32_t flags);
tn_status gpu__submit_copy_peer(tn_driver_stream *stream, tn_driver_device *dst_device, tn_address dst,
                                tn_driver_device *src_device, tn_address src, uint64_t bytes, uint64_t value,
                                uint32_t flags);
tn_status gpu__submit_fill(tn_driver_stream *stream, tn_address dst, uint32_t pattern, uint32_t pattern_bytes,
                           uint64_t count, uint64_t value, uint32_t flags);
tn_status gpu__submit_wait(tn_driver_stream *stream, tn_driver_stream *other, uint64_t other_value, uint64_t value,
                           uint32_t flags);
tn_status gpu__submit_mark(tn_driver_stream *stream, tn_driver_mark *mark, uint64_t value, uint32_t flags);
tn_status gpu__mark_create(tn_driver_device *device, tn_driver_mark **out);
void gpu__mark_destroy(tn_driver_mark *mark);
tn_status gpu__mark_elapsed(tn_driver_mark *from, tn_driver_mark *to, int64_t *out_ns);
uint32_t gpu__image_score(tn_driver_device *device, const tn_driver_image *image, const char **why);
tn_status gpu__module_load(tn_driver_device *device, const tn_driver_image *image, tn_driver_module **out);
void gpu__module_unload(tn_driver_module *module);
tn_status gpu__module_kernel(tn_driver_module *module, uint32_t index, tn_driver_kernel **out);
tn_status gpu__module_variable(tn_driver_module *module, uint32_t index, tn_address *out, uint64_t *out_bytes);

#endif
