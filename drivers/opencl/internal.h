/* SPDX-License-Identifier: Apache-2.0 */
/*
 * internal.h - what the files of the OpenCL driver share: the table of OpenCL's functions, and the structures that the
 * driver ABI leaves to a driver. Included by drivers/opencl only.
 */
#ifndef DRIVERS_OPENCL_INTERNAL_H
#define DRIVERS_OPENCL_INTERNAL_H

#define CL_TARGET_OPENCL_VERSION 300
#include <CL/cl.h>
#include <pthread.h>
#include <stdatomic.h>

#include "drivers/common/library.h"
#include "drivers/common/points.h"
#include "tenon/driver.h"

/* ------------------------------------------------------------------------------------------------------- */
/* The ICD loader's functions, by name */

#define OCL_FUNCTIONS(X) \
    X(GetPlatformIDs) X(GetPlatformInfo) X(GetDeviceIDs) X(GetDeviceInfo) X(CreateContext) X(ReleaseContext) \
    X(CreateCommandQueueWithProperties) X(RetainCommandQueue) X(ReleaseCommandQueue) X(GetCommandQueueInfo) X(Flush) \
    X(Finish) X(SVMAlloc) X(SVMFree) X(EnqueueSVMMemcpy) X(EnqueueSVMMemFill) X(EnqueueMarkerWithWaitList) \
    X(EnqueueBarrierWithWaitList) X(WaitForEvents) X(GetEventInfo) X(GetEventProfilingInfo) X(ReleaseEvent) \
    X(CreateProgramWithSource) X(BuildProgram) X(GetProgramBuildInfo) X(ReleaseProgram) X(CreateKernel) \
    X(ReleaseKernel) X(GetKernelInfo) X(GetKernelWorkGroupInfo) X(SetKernelArg) X(SetKernelArgSVMPointer) \
    X(SetKernelExecInfo) X(EnqueueNDRangeKernel) X(CreateBuffer) X(ReleaseMemObject) X(GetMemObjectInfo) \
    X(EnqueueReadBuffer) X(EnqueueWriteBuffer) X(EnqueueCopyBuffer) X(EnqueueFillBuffer) \
    X(GetExtensionFunctionAddressForPlatform)
/* OpenCL 3.0's, NULL where the loader is older */
#define OCL_OPTIONAL_FUNCTIONS(X) X(CreateBufferWithProperties)

typedef struct ocl_api {
#define OCL_MEMBER(name) __typeof__(&cl##name) name;
    OCL_FUNCTIONS(OCL_MEMBER)
    OCL_OPTIONAL_FUNCTIONS(OCL_MEMBER)
#undef OCL_MEMBER
} ocl_api;

extern const tn_host *ocl_host;        /* set once, by tn_driver_query */
extern ocl_api ocl_cl;                 /* set by the first instance that finds the loader; the same for all */

/* ------------------------------------------------------------------------------------------------------- */
/* errors.c */

/* Records a failed OpenCL call. `extra` (a build log ...) or NULL becomes the vendor's text. */
tn_status ocl_fail(cl_int code, const char *file, int line, const char *extra, const char *format, ...) TN_PRINTF(5, 6);
#define OCL_FAIL(code, ...) ocl_fail((code), __FILE__, __LINE__, NULL, __VA_ARGS__)
const char *ocl_error_name(cl_int code);

/* ------------------------------------------------------------------------------------------------------- */
/* How a device's memory is reached, best first; chosen once for a device. */

typedef enum ocl_tier {
    OCL_SVM,       /* shared virtual memory: addresses of its own */
    OCL_ADDRESSES, /* cl_ext_buffer_device_address: buffers whose address the device tells */
    OCL_BUFFERS /* plain buffers: addresses made up here, which become buffer and offset again; no pointers in memory */
} ocl_tier;

/* cl_ext_buffer_device_address 1.0; Debian's headers are older than it. */
typedef cl_ulong ocl_device_address;
typedef cl_int(CL_API_CALL *ocl_set_address_fn)(cl_kernel kernel, cl_uint index, ocl_device_address address);
enum { OCL_MEM_PRIVATE_ADDRESS = 0x5000, OCL_MEM_ADDRESS = 0x5001, OCL_EXEC_INFO_ADDRESSES = 0x5002 };

/* ------------------------------------------------------------------------------------------------------- */
/* memory.c: a few large allocations, divided here */

enum { OCL_GRAIN = 256, OCL_FIRST_LEVELS = 48, OCL_SECOND_LEVELS = 8 };

typedef struct ocl_block ocl_block;
typedef struct ocl_arena ocl_arena;

typedef struct ocl_pool {
    pthread_mutex_t lock;
    cl_context context;
    ocl_tier tier;
    cl_svm_mem_flags flags;
    uint64_t next_base;                /* OCL_BUFFERS: address of the next arena; never used twice */
    uint64_t capacity;                 /* live bytes that the pool may have */
    uint64_t largest;                  /* one allocation of OpenCL's */
    uint64_t live_bytes, arena_bytes;
    ocl_arena *arenas;
    _Atomic uint64_t generation;       /* counts changes of the list of arenas */
    uint64_t first_level;              /* which lists of free blocks are not empty */
    uint8_t second_level[OCL_FIRST_LEVELS];
    ocl_block *free_blocks[OCL_FIRST_LEVELS][OCL_SECOND_LEVELS];
    ocl_block **live;                  /* by address: open addressing, a power of two */
    uint64_t live_room, live_count;
} ocl_pool;

tn_status ocl_pool_open(ocl_pool *pool, cl_context context, ocl_tier tier, cl_svm_mem_flags flags, uint64_t capacity,
                        uint64_t largest);
void ocl_pool_close(ocl_pool *pool);
tn_status ocl_pool_alloc(ocl_pool *pool, uint64_t bytes, tn_address *out);
tn_status ocl_pool_free(ocl_pool *pool, tn_address address);
/* The buffer that an address lies in and the offset there; NULL and the address itself if it lies in none. Not
 * OCL_SVM. */
cl_mem ocl_pool_find(ocl_pool *pool, tn_address address, size_t *out_offset);
/* Writes up to `room` bases of arenas, as clSetKernelExecInfo wants them; returns how many there are. */
uint32_t ocl_pool_bases(ocl_pool *pool, void **out, uint32_t room);

/* ------------------------------------------------------------------------------------------------------- */
/* device.c */

enum { OCL_MAX_DEVICES = 64, OCL_SLOTS = 256 };

typedef struct ocl_found {
    cl_platform_id platform;
    cl_device_id device;
    ocl_tier tier;
    cl_device_svm_capabilities svm;
    tn_device_info info;
} ocl_found;

struct tn_driver_instance {
    tn_library library;
    uint32_t count;
    ocl_found devices[OCL_MAX_DEVICES];
};

struct tn_driver_device {
    const ocl_found *found;
    cl_context context;
    cl_command_queue queue;            /* the driver's own, for variables' first values */
    pthread_mutex_t queue_lock;
    ocl_pool memory;
    ocl_pool host_memory;              /* fine-grained, where the device has it */
    bool has_host_memory;
    ocl_set_address_fn set_address;    /* OCL_ADDRESSES */
    bool rounds_correctly;             /* divide and sqrt, when the build asks for it */
    _Atomic uint32_t next_slot;
};

void ocl_find_devices(tn_driver_instance *instance);
tn_status ocl_device_open(tn_driver_instance *instance, uint32_t index, tn_driver_device **out);
void ocl_device_close(tn_driver_device *device);
/* Memory in a queue, whatever the tier: the two calls that streams and the driver itself use. */
cl_int ocl_copy(tn_driver_device *device, cl_command_queue queue, tn_copy_kind kind, uint64_t dst, uint64_t src,
                uint64_t bytes, cl_event *event);
cl_int ocl_fill(tn_driver_device *device, cl_command_queue queue, tn_address dst, const void *pattern,
                size_t pattern_bytes, uint64_t bytes, cl_event *event);
/* A blocking copy or, with src NULL, zeroing on the driver's own queue. */
tn_status ocl_device_write(tn_driver_device *device, tn_address to, const void *src, uint64_t bytes);

/* ------------------------------------------------------------------------------------------------------- */
/* stream.c, launch.c, module.c */

struct tn_driver_stream {
    tn_driver_device *device;
    cl_command_queue queue;
    tn_points points;
    uint32_t slot;                     /* which of a kernel's instances it uses */
    _Atomic(cl_event) fresh;           /* of the submission just made, for the point that follows */
    pthread_mutex_t probe_lock;
    cl_event probe;                    /* a marker behind everything up to probe_value */
    uint64_t probe_value;
    _Atomic int32_t failure;           /* the first negative status of an event, 0 while all is well */
};

struct tn_driver_mark {
    cl_event event;
};

/* One cl_kernel: clSetKernelArg is not safe from two threads, so each stream has its own. */
typedef struct ocl_instance {
    pthread_mutex_t lock;              /* contended only beyond OCL_SLOTS streams */
    cl_kernel kernel;
    uint64_t generation;               /* of the arenas when its arguments were set; 0 before the first time */
    uint32_t local_bytes;
    unsigned char *args;               /* the last arguments set */
} ocl_instance;

struct tn_driver_kernel {
    tn_driver_module *module;
    const tn_ktab_kernel *entry;
    const tn_ktab_arg *args;
    const char *name, *symbol;
    bool has_variables;                /* takes the hidden buffer */
    const char *refusal;               /* why this device cannot run it, NULL: it can */
    uint32_t max_threads;
    _Atomic(ocl_instance *) instances[OCL_SLOTS];
};

struct tn_driver_module {
    tn_driver_device *device;
    cl_program program;
    const tn_ktab *table;
    tn_address variables;              /* 0: none */
    uint32_t kernel_count;
    tn_driver_kernel *kernels;
};

tn_status ocl_stream_create(tn_driver_device *device, const tn_driver_stream_options *options, tn_driver_stream **out);
void ocl_stream_destroy(tn_driver_stream *stream);
tn_status ocl_stream_wait(tn_driver_stream *stream, uint64_t value, uint64_t timeout_ns);
tn_status ocl_stream_passed(tn_driver_stream *stream, uint64_t *out);
tn_status ocl_stream_fault(tn_driver_stream *stream, tn_driver_fault *out);
tn_status ocl_submit_copy(tn_driver_stream *stream, tn_copy_kind kind, uint64_t dst, uint64_t src, uint64_t bytes,
                          bool pinned, uint64_t value, uint32_t flags);
tn_status ocl_submit_fill(tn_driver_stream *stream, tn_address dst, uint32_t pattern, uint32_t pattern_bytes,
                          uint64_t count, uint64_t value, uint32_t flags);
tn_status ocl_submit_wait(tn_driver_stream *stream, tn_driver_stream *other, uint64_t other_value, uint64_t value,
                          uint32_t flags);
tn_status ocl_submit_mark(tn_driver_stream *stream, tn_driver_mark *mark, uint64_t value, uint32_t flags);
tn_status ocl_mark_create(tn_driver_device *device, tn_driver_mark **out);
void ocl_mark_destroy(tn_driver_mark *mark);
tn_status ocl_mark_elapsed(tn_driver_mark *from, tn_driver_mark *to, int64_t *out_ns);
/* After a submission was accepted: takes the point's event, if the flags ask for one, and notes the value. */
tn_status ocl_submitted(tn_driver_stream *stream, cl_event event, uint64_t value, uint32_t flags);

tn_status ocl_submit_launch(tn_driver_stream *stream, tn_driver_kernel *kernel, const tn_driver_launch *launch,
                            uint64_t value, uint32_t flags);
void ocl_kernel_drop(tn_driver_kernel *kernel);

uint32_t ocl_image_score(tn_driver_device *device, const tn_driver_image *image, const char **why);
tn_status ocl_module_load(tn_driver_device *device, const tn_driver_image *image, tn_driver_module **out);
void ocl_module_unload(tn_driver_module *module);
tn_status ocl_module_kernel(tn_driver_module *module, uint32_t table_index, tn_driver_kernel **out);
tn_status ocl_module_variable(tn_driver_module *module, uint32_t table_index, tn_address *out, uint64_t *out_bytes);

#endif
