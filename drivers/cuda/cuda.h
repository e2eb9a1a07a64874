/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The driver of the CUDA ABI family: NVIDIA, Iluvatar CoreX and, with mu names, Moore Threads. What its files share: the
 * table of vendor functions, the objects behind the driver ABI, and the scope in which a device's context is current.
 * May include tenon/driver.h and drivers/common; the vendor's ABI is written down here as far as it is used.
 */
#ifndef DRIVERS_CUDA_CUDA_H
#define DRIVERS_CUDA_CUDA_H

#include "drivers/common/library.h"
#include "drivers/common/points.h"
#include "tenon/driver.h"

typedef int CUresult;
typedef int CUdevice;
typedef uint64_t CUdeviceptr;
typedef struct CUctx_st *CUcontext;
typedef struct CUstream_st *CUstream;
typedef struct CUevent_st *CUevent;
typedef struct CUmod_st *CUmodule;
typedef struct CUfunc_st *CUfunction;

/* Numbers of the ABI (handbook 4.3). MUSA's are taken to be equal: unverified. */
enum {
    CU_SUCCESS = 0, CU_INVALID_VALUE = 1, CU_OUT_OF_MEMORY = 2, CU_NO_DEVICE = 100, CU_INVALID_IMAGE = 200,
    CU_INVALID_CONTEXT = 201, CU_NO_BINARY = 209, CU_INVALID_PTX = 218, CU_JIT_NOT_FOUND = 221, CU_UNSUPPORTED_PTX = 222,
    CU_INVALID_HANDLE = 400, CU_NOT_FOUND = 500, CU_NOT_READY = 600, CU_ILLEGAL_ADDRESS = 700, CU_OUT_OF_RESOURCES = 701,
    CU_NOT_SUPPORTED = 801, CU_UNKNOWN = 999
};
enum { CU_STREAM_NON_BLOCKING = 1, CU_EVENT_DISABLE_TIMING = 2, CU_HOST_PORTABLE = 1, CU_HOST_MAPPED = 2 };
enum { CU_LAUNCH_BUFFER = 1, CU_LAUNCH_BUFFER_SIZE = 2, CU_LAUNCH_END = 0 };
enum { CU_FUNC_MAX_THREADS = 0, CU_FUNC_MAX_DYNAMIC = 8 };

/* The vendor's functions, by the names of the table in api.c. */
typedef struct cuda_api {
    CUresult (*init)(unsigned flags);
    CUresult (*driver_version)(int *out);
    CUresult (*error_name)(CUresult error, const char **out);
    CUresult (*error_string)(CUresult error, const char **out);
    CUresult (*device_count)(int *out);
    CUresult (*device_get)(CUdevice *out, int ordinal);
    CUresult (*device_name)(char *out, int bytes, CUdevice device);
    CUresult (*device_attribute)(int *out, int attribute, CUdevice device);
    CUresult (*device_memory)(size_t *out, CUdevice device);
    CUresult (*device_uuid)(void *out, CUdevice device);                     /* optional */
    CUresult (*primary_retain)(CUcontext *out, CUdevice device);
    CUresult (*primary_release)(CUdevice device);
    CUresult (*primary_reset)(CUdevice device);                              /* optional */
    CUresult (*context_current)(CUcontext *out);
    CUresult (*context_push)(CUcontext context);
    CUresult (*context_pop)(CUcontext *out);
    CUresult (*context_wait)(void);
    CUresult (*memory_info)(size_t *free_bytes, size_t *total_bytes);
    CUresult (*memory_alloc)(CUdeviceptr *out, size_t bytes);
    CUresult (*memory_free)(CUdeviceptr address);
    CUresult (*host_alloc)(void **out, size_t bytes, unsigned flags);
    CUresult (*host_free)(void *pointer);
    CUresult (*host_device_pointer)(CUdeviceptr *out, void *pointer, unsigned flags);
    CUresult (*copy_to_device)(CUdeviceptr dst, const void *src, size_t bytes, CUstream stream);
    CUresult (*copy_to_host)(void *dst, CUdeviceptr src, size_t bytes, CUstream stream);
    CUresult (*copy_on_device)(CUdeviceptr dst, CUdeviceptr src, size_t bytes, CUstream stream);
    CUresult (*copy_peer)(CUdeviceptr dst, CUcontext dst_context, CUdeviceptr src, CUcontext src_context, size_t bytes,
                          CUstream stream);                                  /* optional */
    CUresult (*fill8)(CUdeviceptr dst, unsigned char pattern, size_t count, CUstream stream);
    CUresult (*fill16)(CUdeviceptr dst, unsigned short pattern, size_t count, CUstream stream);
    CUresult (*fill32)(CUdeviceptr dst, unsigned pattern, size_t count, CUstream stream);
    CUresult (*stream_create)(CUstream *out, unsigned flags);
    CUresult (*stream_create_priority)(CUstream *out, unsigned flags, int priority);   /* optional */
    CUresult (*stream_destroy)(CUstream stream);
    CUresult (*stream_wait)(CUstream stream);
    CUresult (*stream_query)(CUstream stream);
    CUresult (*stream_wait_event)(CUstream stream, CUevent event, unsigned flags);
    CUresult (*event_create)(CUevent *out, unsigned flags);
    CUresult (*event_destroy)(CUevent event);
    CUresult (*event_record)(CUevent event, CUstream stream);
    CUresult (*event_query)(CUevent event);
    CUresult (*event_wait)(CUevent event);
    CUresult (*event_elapsed)(float *out, CUevent from, CUevent to);
    CUresult (*module_load)(CUmodule *out, const void *image);
    CUresult (*module_unload)(CUmodule module);
    CUresult (*module_function)(CUfunction *out, CUmodule module, const char *name);
    CUresult (*module_variable)(CUdeviceptr *address, size_t *bytes, CUmodule module, const char *name);
    CUresult (*function_attribute)(int *out, int attribute, CUfunction function);
    CUresult (*function_set_attribute)(CUfunction function, int attribute, int value);  /* optional */
    CUresult (*launch)(CUfunction function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                       unsigned block_y, unsigned block_z, unsigned shared, CUstream stream, void **params, void **extra);
} cuda_api;

enum { CUDA_QUIRK_NO_PTX = 1u << 16 };  /* the vendor has no PTX compiler */

extern const tn_host *cuda__host;
extern const tn_library_spec cuda__specs[];
extern const size_t cuda__spec_count;
extern const tn_symbol cuda__symbols[];
extern const size_t cuda__symbol_count;

typedef struct cuda_library {
    tn_library library;
    cuda_api api;
    char version[64];
} cuda_library;

struct tn_driver_device {
    cuda_library *library;
    CUdevice ordinal;
    CUcontext context;
    int compute;            /* capability as 80 for sm_80 */
    int width;
    _Atomic int sticky;     /* the error that took the context */
};

struct tn_driver_stream {
    tn_driver_device *device;
    CUstream native;
    bool owned;
    tn_points points;
};

struct tn_driver_module {
    tn_driver_device *device;
    CUmodule native;
    const tn_ktab *table;
    struct tn_driver_kernel *kernels;
};

struct tn_driver_kernel {
    tn_driver_module *module;
    CUfunction native;
    _Atomic uint32_t dynamic_allowed;
    struct tn_driver_kernel *next;
};

struct tn_driver_mark {
    tn_driver_device *device;
    CUevent native;
};

/* Makes the device's context current for this thread and takes it back. Most threads have it already or have none. */
typedef struct cuda_scope {
    const cuda_api *api;    /* NULL: nothing to take back */
} cuda_scope;
tn_status cuda__enter(tn_driver_device *device, cuda_scope *scope);
static inline void cuda__leave(const cuda_scope *scope)
{
    CUcontext popped;
    if (scope->api)
        scope->api->context_pop(&popped);
}

/* The status for a vendor's number, with its name and text recorded; `what` says what was tried. */
tn_status cuda__fail(tn_driver_device *device, const cuda_library *library, CUresult error, const char *what, const char *file, int line);
#define CUDA_FAIL(device, error, what) cuda__fail((device), (device)->library, (error), (what), __FILE__, __LINE__)
#define CUDA_TRY(device, call, what)                                                   \
    do {                                                                               \
        CUresult error_ = (call);                                                      \
        if (__builtin_expect(error_ != CU_SUCCESS, 0))                                 \
            return CUDA_FAIL(device, error_, what);                                    \
    } while (0)

extern const tn_points_ops cuda__points_ops;

/* One per member of tn_driver; contracts are there. */
tn_status cuda__info(cuda_library *library, CUdevice ordinal, tn_device_info *out);
tn_status cuda__memory_alloc(tn_driver_device *device, uint64_t bytes, tn_address *out);
tn_status cuda__memory_free(tn_driver_device *device, tn_address address);
tn_status cuda__host_alloc(tn_driver_device *device, uint64_t bytes, void **out, tn_address *out_device);
tn_status cuda__host_free(tn_driver_device *device, void *pointer);
tn_status cuda__stream_create(tn_driver_device *device, const tn_driver_stream_options *options, tn_driver_stream **out);
void cuda__stream_destroy(tn_driver_stream *stream);
tn_status cuda__stream_wait(tn_driver_stream *stream, uint64_t value, uint64_t timeout_ns);
tn_status cuda__stream_passed(tn_driver_stream *stream, uint64_t *out);
tn_status cuda__stream_fault(tn_driver_stream *stream, tn_driver_fault *out);
tn_status cuda__submit_launch(tn_driver_stream *stream, tn_driver_kernel *kernel, const tn_driver_launch *launch, uint64_t value,
                              uint32_t flags);
tn_status cuda__submit_copy(tn_driver_stream *stream, tn_copy_kind kind, uint64_t dst, uint64_t src, uint64_t bytes, bool pinned,
                            uint64_t value, uint32_t flags);
tn_status cuda__submit_copy_peer(tn_driver_stream *stream, tn_driver_device *dst_device, tn_address dst,
                                 tn_driver_device *src_device, tn_address src, uint64_t bytes, uint64_t value, uint32_t flags);
tn_status cuda__submit_fill(tn_driver_stream *stream, tn_address dst, uint32_t pattern, uint32_t pattern_bytes, uint64_t count,
                            uint64_t value, uint32_t flags);
tn_status cuda__submit_wait(tn_driver_stream *stream, tn_driver_stream *other, uint64_t other_value, uint64_t value, uint32_t flags);
tn_status cuda__submit_mark(tn_driver_stream *stream, tn_driver_mark *mark, uint64_t value, uint32_t flags);
tn_status cuda__mark_create(tn_driver_device *device, tn_driver_mark **out);
void cuda__mark_destroy(tn_driver_mark *mark);
tn_status cuda__mark_elapsed(tn_driver_mark *from, tn_driver_mark *to, int64_t *out_ns);
uint32_t cuda__image_score(tn_driver_device *device, const tn_driver_image *image, const char **why);
tn_status cuda__module_load(tn_driver_device *device, const tn_driver_image *image, tn_driver_module **out);
void cuda__module_unload(tn_driver_module *module);
tn_status cuda__module_kernel(tn_driver_module *module, uint32_t index, tn_driver_kernel **out);
tn_status cuda__module_variable(tn_driver_module *module, uint32_t index, tn_address *out, uint64_t *out_bytes);

#endif
