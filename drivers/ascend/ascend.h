/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the Ascend driver share: the table of ACL functions, instances, devices and streams, and the rules
 * for the calling thread's context. May include tenon/driver.h, drivers/common and the ABI in
 * drivers/sim/ascend/acl_*.h.
 */
#ifndef DRIVERS_ASCEND_ASCEND_H
#define DRIVERS_ASCEND_ASCEND_H

#include <pthread.h>

#include "drivers/common/library.h"
#include "drivers/common/points.h"
#include "drivers/sim/ascend/acl_functions.h"

/* X(member, function, required). Optional ones came with later releases of CANN. */
#define ASCEND_API(X)                                                                                                  \
    X(init, aclInit, true)                                                                                             \
    X(recent_message, aclGetRecentErrMsg, true)                                                                        \
    X(version, aclrtGetVersion, false)                                                                                 \
    X(package_version, aclsysGetVersionNum, false)                                                                     \
    X(soc_name, aclrtGetSocName, true)                                                                                 \
    X(device_count, aclrtGetDeviceCount, true)                                                                         \
    X(set_device, aclrtSetDevice, true)                                                                                \
    X(reset_device, aclrtResetDeviceForce, false)                                                                      \
    X(device_info, aclrtGetDeviceInfo, false)                                                                          \
    X(uuid, aclrtDeviceGetUuid, false)                                                                                 \
    X(pci_bus_id, aclrtDeviceGetPCIBusId, false)                                                                       \
    X(set_context, aclrtSetCurrentContext, true)                                                                       \
    X(get_context, aclrtGetCurrentContext, true)                                                                       \
    X(memory_info, aclrtGetMemInfo, true)                                                                              \
    X(malloc, aclrtMalloc, true)                                                                                       \
    X(free, aclrtFree, true)                                                                                           \
    X(malloc_host, aclrtMallocHost, true)                                                                              \
    X(free_host, aclrtFreeHost, true)                                                                                  \
    X(host_register, aclrtHostRegister, false)                                                                         \
    X(host_unregister, aclrtHostUnregister, false)                                                                     \
    X(memcpy_async, aclrtMemcpyAsync, true)                                                                            \
    X(memset_async, aclrtMemsetAsync, true)                                                                            \
    X(memset_d32_async, aclrtMemsetD32Async, false)                                                                    \
    X(can_access_peer, aclrtDeviceCanAccessPeer, false)                                                                \
    X(enable_peer, aclrtDeviceEnablePeerAccess, false)                                                                 \
    X(create_stream, aclrtCreateStreamWithConfig, true)                                                                \
    X(destroy_stream, aclrtDestroyStream, true)                                                                        \
    X(failure_mode, aclrtSetStreamFailureMode, false)                                                                  \
    X(stream_query, aclrtStreamQuery, true)                                                                            \
    X(stream_wait, aclrtSynchronizeStream, true)                                                                       \
    X(stream_wait_timed, aclrtSynchronizeStreamWithTimeout, true)                                                      \
    X(stream_wait_event, aclrtStreamWaitEvent, true)                                                                   \
    X(stream_abort, aclrtStreamAbort, false)                                                                           \
    X(create_event, aclrtCreateEventExWithFlag, true)                                                                  \
    X(destroy_event, aclrtDestroyEvent, true)                                                                          \
    X(record_event, aclrtRecordEvent, true)                                                                            \
    X(event_status, aclrtQueryEventStatus, true)                                                                       \
    X(event_wait, aclrtSynchronizeEvent, true)                                                                         \
    X(event_wait_timed, aclrtSynchronizeEventWithTimeout, false)                                                       \
    X(elapsed, aclrtEventElapsedTime, true)                                                                            \
    X(binary_load, aclrtBinaryLoadFromData, true)                                                                      \
    X(binary_unload, aclrtBinaryUnLoad, true)                                                                          \
    X(binary_function, aclrtBinaryGetFunction, true)                                                                   \
    X(binary_global, aclrtBinaryGetGlobal, false)                                                                      \
    X(launch, aclrtLaunchKernelWithHostArgs, true)

typedef struct ascend_api {
#define ASCEND_MEMBER(member, function, required) __typeof__(&function) member;
    ASCEND_API(ASCEND_MEMBER)
#undef ASCEND_MEMBER
} ascend_api;

extern const tn_host *ascend_host;

/* One opened library: the vendor's, or what stands in for it. */
typedef struct ascend_library {
    tn_library library;
    ascend_api api;
    uint32_t devices; /* it counts from 0 to this */
    char version[64];
} ascend_library;

enum { ASCEND_LIBRARIES = 2 };

struct tn_driver_instance {
    ascend_library libraries[ASCEND_LIBRARIES];
    uint32_t library_count;
};

struct tn_driver_device {
    tn_driver_instance *instance;
    ascend_library *from;
    const ascend_api *api;
    int32_t id; /* as the library counts */
    bool simulated;
    uint32_t width; /* of warps; 1: none */
    char soc[64];
    aclrtContext context; /* the device's default context, shared with everybody in the process */
    pthread_mutex_t lock;
    uint16_t *halves; /* pinned, [v] = v: where odd ends of 2-byte fills are copied from; NULL until needed */
    uint64_t peers;   /* devices that this one was opened to */
};

struct tn_driver_stream {
    tn_driver_device *device;
    aclrtStream stream;
    bool adopted;
    tn_points points;
    pthread_mutex_t lock;
    char fault[320]; /* the vendor's words on the first failure; empty: none */
};

/* The calling thread works in the device's context between these two, and has its own back afterwards. A thread that
 * had none keeps the device's: ACL cannot take a context away. */
static inline aclrtContext ascend_enter(const tn_driver_device *device)
{
    aclrtContext before = NULL;
    if (device->api->get_context(&before) != ACL_SUCCESS) {
        before = NULL;
        device->api->recent_message(); /* that there is none is no failure, and its words would stand before a real one's */
    }
    if (before != device->context)
        device->api->set_context(device->context);
    return before;
}

static inline void ascend_leave(const tn_driver_device *device, aclrtContext before)
{
    if (before && before != device->context)
        device->api->set_context(before);
}

/* Runs one ACL call in the device's context; `error` gets its code. */
#define ASCEND_CALL(error, device, call)                                                                               \
    do {                                                                                                               \
        aclrtContext before_ = ascend_enter(device);                                                                   \
        (error) = (device)->api->call;                                                                                 \
        ascend_leave((device), before_);                                                                               \
    } while (0)

/* The status for ACL's code, with its name and text as the detail; `what` says what was tried. */
tn_status ascend_fail(const ascend_api *api, aclError error, const char *file, int line, const char *format, ...)
    TN_PRINTF(5, 6);
#define ASCEND_FAIL(api, error, ...) ascend_fail((api), (error), __FILE__, __LINE__, __VA_ARGS__)
/* ACL keeps the words of several failures, newest last. */
const char *ascend_newest(const char *text);
tn_status ascend_status(aclError error);
const char *ascend_error_name(aclError error);

/* stream.c */
tn_status ascend_stream_create(tn_driver_device *device, const tn_driver_stream_options *options,
                               tn_driver_stream **out);
void ascend_stream_destroy(tn_driver_stream *stream);
tn_status ascend_stream_wait(tn_driver_stream *stream, uint64_t value, uint64_t timeout_ns);
tn_status ascend_stream_passed(tn_driver_stream *stream, uint64_t *out);
tn_status ascend_stream_abort(tn_driver_stream *stream);
tn_status ascend_stream_fault(tn_driver_stream *stream, tn_driver_fault *out);
tn_status ascend_submit_wait(tn_driver_stream *stream, tn_driver_stream *other, uint64_t other_value, uint64_t value,
                             uint32_t flags);
tn_status ascend_submit_mark(tn_driver_stream *stream, tn_driver_mark *mark, uint64_t value, uint32_t flags);
tn_status ascend_mark_create(tn_driver_device *device, tn_driver_mark **out);
void ascend_mark_destroy(tn_driver_mark *mark);
tn_status ascend_mark_elapsed(tn_driver_mark *from, tn_driver_mark *to, int64_t *out_ns);
/* After a submission: the verdict of the vendor's call, or the point. */
tn_status ascend_submitted(tn_driver_stream *stream, aclError error, uint64_t value, uint32_t flags, const char *what);

/* memory.c */
tn_status ascend_device_memory(tn_driver_device *device, uint64_t *free_bytes, uint64_t *total_bytes);
tn_status ascend_memory_alloc(tn_driver_device *device, uint64_t bytes, tn_address *out);
tn_status ascend_memory_free(tn_driver_device *device, tn_address address);
tn_status ascend_host_alloc(tn_driver_device *device, uint64_t bytes, void **out, tn_address *out_device);
tn_status ascend_host_free(tn_driver_device *device, void *pointer);
tn_status ascend_submit_copy(tn_driver_stream *stream, tn_copy_kind kind, uint64_t dst, uint64_t src, uint64_t bytes,
                             bool pinned, uint64_t value, uint32_t flags);
tn_status ascend_submit_copy_peer(tn_driver_stream *stream, tn_driver_device *dst_device, tn_address dst,
                                  tn_driver_device *src_device, tn_address src, uint64_t bytes, uint64_t value,
                                  uint32_t flags);
tn_status ascend_submit_fill(tn_driver_stream *stream, tn_address dst, uint32_t pattern, uint32_t pattern_bytes,
                             uint64_t count, uint64_t value, uint32_t flags);

/* module.c */
uint32_t ascend_image_score(tn_driver_device *device, const tn_driver_image *image, const char **why);
tn_status ascend_module_load(tn_driver_device *device, const tn_driver_image *image, tn_driver_module **out);
void ascend_module_unload(tn_driver_module *module);
tn_status ascend_module_kernel(tn_driver_module *module, uint32_t table_index, tn_driver_kernel **out);
tn_status ascend_module_variable(tn_driver_module *module, uint32_t table_index, tn_address *out, uint64_t *out_bytes);
tn_status ascend_submit_launch(tn_driver_stream *stream, tn_driver_kernel *kernel, const tn_driver_launch *launch,
                               uint64_t value, uint32_t flags);
void *ascend_module_native(tn_driver_module *module);
void *ascend_kernel_native(tn_driver_kernel *kernel);
void *ascend_mark_native(tn_driver_mark *mark);

#endif
