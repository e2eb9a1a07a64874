/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client of the CUDA driver API that knows nothing of Tenon: it opens the vendor's soname, looks functions up by
 * name and has its own declarations of the ABI. The prefix and the soname come from the environment, so that it runs
 * as a client of MUSA too.
 */
#ifndef TESTS_UNIT_SIM_CUDA_CLIENT_H
#define TESTS_UNIT_SIM_CUDA_CLIENT_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t ptr;
typedef void *handle;
typedef struct copy_2d {
    size_t src_x, src_y;
    int src_type;
    const void *src_host;
    ptr src_device;
    void *src_array;
    size_t src_pitch, dst_x, dst_y;
    int dst_type;
    void *dst_host;
    ptr dst_device;
    void *dst_array;
    size_t dst_pitch, width, height;
} copy_2d;
typedef struct launch_config {
    unsigned grid[3], block[3], shared;
    handle stream;
    void *attributes;
    unsigned count;
} launch_config;

/* member, exported name without the prefix, parameters */
#define FUNCTIONS(F)                                                                                                   \
    F(init, "Init", (unsigned))                                                                                        \
    F(driver_version, "DriverGetVersion", (int *))                                                                     \
    F(error_name, "GetErrorName", (int, const char **))                                                                \
    F(error_string, "GetErrorString", (int, const char **))                                                            \
    F(device_count, "DeviceGetCount", (int *))                                                                         \
    F(device_get, "DeviceGet", (int *, int))                                                                           \
    F(device_name, "DeviceGetName", (char *, int, int))                                                                \
    F(device_attribute, "DeviceGetAttribute", (int *, int, int))                                                       \
    F(device_memory, "DeviceTotalMem_v2", (size_t *, int))                                                             \
    F(device_uuid, "DeviceGetUuid_v2", (void *, int))                                                                  \
    F(device_pci, "DeviceGetPCIBusId", (char *, int, int))                                                             \
    F(device_by_pci, "DeviceGetByPCIBusId", (int *, const char *))                                                     \
    F(primary_retain, "DevicePrimaryCtxRetain", (handle *, int))                                                       \
    F(primary_release, "DevicePrimaryCtxRelease_v2", (int))                                                            \
    F(primary_reset, "DevicePrimaryCtxReset_v2", (int))                                                                \
    F(primary_state, "DevicePrimaryCtxGetState", (int, unsigned *, int *))                                             \
    F(ctx_create, "CtxCreate_v2", (handle *, unsigned, int))                                                           \
    F(ctx_destroy, "CtxDestroy_v2", (handle))                                                                          \
    F(ctx_set, "CtxSetCurrent", (handle))                                                                              \
    F(ctx_get, "CtxGetCurrent", (handle *))                                                                            \
    F(ctx_push, "CtxPushCurrent_v2", (handle))                                                                         \
    F(ctx_pop, "CtxPopCurrent_v2", (handle *))                                                                         \
    F(ctx_device, "CtxGetDevice", (int *))                                                                             \
    F(ctx_wait, "CtxSynchronize", (void))                                                                              \
    F(mem_info, "MemGetInfo_v2", (size_t *, size_t *))                                                                 \
    F(alloc, "MemAlloc_v2", (ptr *, size_t))                                                                           \
    F(alloc_pitch, "MemAllocPitch_v2", (ptr *, size_t *, size_t, size_t, unsigned))                                    \
    F(free, "MemFree_v2", (ptr))                                                                                       \
    F(managed, "MemAllocManaged", (ptr *, size_t, unsigned))                                                           \
    F(host_alloc, "MemHostAlloc", (void **, size_t, unsigned))                                                         \
    F(host_free, "MemFreeHost", (void *))                                                                              \
    F(host_register, "MemHostRegister_v2", (void *, size_t, unsigned))                                                 \
    F(host_unregister, "MemHostUnregister", (void *))                                                                  \
    F(host_device_pointer, "MemHostGetDevicePointer_v2", (ptr *, void *, unsigned))                                    \
    F(range, "MemGetAddressRange_v2", (ptr *, size_t *, ptr))                                                          \
    F(pointer_attribute, "PointerGetAttribute", (void *, int, ptr))                                                    \
    F(to_device, "MemcpyHtoD_v2", (ptr, const void *, size_t))                                                         \
    F(to_host, "MemcpyDtoH_v2", (void *, ptr, size_t))                                                                 \
    F(on_device, "MemcpyDtoD_v2", (ptr, ptr, size_t))                                                                  \
    F(copy, "Memcpy", (ptr, ptr, size_t))                                                                              \
    F(to_device_async, "MemcpyHtoDAsync_v2", (ptr, const void *, size_t, handle))                                      \
    F(to_host_async, "MemcpyDtoHAsync_v2", (void *, ptr, size_t, handle))                                              \
    F(copy2d, "Memcpy2D_v2", (const copy_2d *))                                                                        \
    F(fill8, "MemsetD8_v2", (ptr, unsigned char, size_t))                                                              \
    F(fill16, "MemsetD16_v2", (ptr, unsigned short, size_t))                                                           \
    F(fill32, "MemsetD32_v2", (ptr, unsigned, size_t))                                                                 \
    F(fill32_async, "MemsetD32Async", (ptr, unsigned, size_t, handle))                                                 \
    F(fill2d8, "MemsetD2D8_v2", (ptr, size_t, unsigned char, size_t, size_t))                                          \
    F(stream_create, "StreamCreate", (handle *, unsigned))                                                             \
    F(stream_destroy, "StreamDestroy_v2", (handle))                                                                    \
    F(stream_wait, "StreamSynchronize", (handle))                                                                      \
    F(stream_query, "StreamQuery", (handle))                                                                           \
    F(stream_query_ptsz, "StreamQuery_ptsz", (handle))                                                                 \
    F(stream_wait_event, "StreamWaitEvent", (handle, handle, unsigned))                                                \
    F(stream_callback, "StreamAddCallback", (handle, void (*)(handle, int, void *), void *, unsigned))                 \
    F(host_func, "LaunchHostFunc", (handle, void (*)(void *), void *))                                                 \
    F(wait_value32, "StreamWaitValue32_v2", (handle, ptr, uint32_t, unsigned))                                         \
    F(wait_value32_ptsz, "StreamWaitValue32_v2_ptsz", (handle, ptr, uint32_t, unsigned))                               \
    F(write_value32, "StreamWriteValue32_v2", (handle, ptr, uint32_t, unsigned))                                       \
    F(event_create, "EventCreate", (handle *, unsigned))                                                               \
    F(event_destroy, "EventDestroy_v2", (handle))                                                                      \
    F(event_record, "EventRecord", (handle, handle))                                                                   \
    F(event_query, "EventQuery", (handle))                                                                             \
    F(event_wait, "EventSynchronize", (handle))                                                                        \
    F(event_elapsed, "EventElapsedTime_v2", (float *, handle, handle))                                                 \
    F(module_load, "ModuleLoad", (handle *, const char *))                                                             \
    F(module_data, "ModuleLoadData", (handle *, const void *))                                                         \
    F(module_fatbin, "ModuleLoadFatBinary", (handle *, const void *))                                                  \
    F(module_unload, "ModuleUnload", (handle))                                                                         \
    F(function, "ModuleGetFunction", (handle *, handle, const char *))                                                 \
    F(global, "ModuleGetGlobal_v2", (ptr *, size_t *, handle, const char *))                                           \
    F(func_attribute, "FuncGetAttribute", (int *, int, handle))                                                        \
    F(func_set, "FuncSetAttribute", (handle, int, int))                                                                \
    F(launch, "LaunchKernel",                                                                                          \
      (handle, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, handle, void **, void **))        \
    F(launch_cooperative, "LaunchCooperativeKernel",                                                                   \
      (handle, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, handle, void **))                 \
    F(launch_ex, "LaunchKernelEx", (const launch_config *, handle, void **, void **))                                  \
    F(occupancy, "OccupancyMaxActiveBlocksPerMultiprocessor", (int *, handle, int, size_t))                            \
    F(pool_default, "DeviceGetDefaultMemPool", (handle *, int))                                                        \
    F(pool_get, "MemPoolGetAttribute", (handle, int, void *))                                                          \
    F(alloc_async, "MemAllocAsync", (ptr *, size_t, handle))                                                           \
    F(free_async, "MemFreeAsync", (ptr, handle))                                                                       \
    F(can_peer, "DeviceCanAccessPeer", (int *, int, int))                                                              \
    F(copy_peer, "MemcpyPeer", (ptr, handle, ptr, handle, size_t))                                                     \
    F(proc_address, "GetProcAddress_v2", (const char *, void **, int, uint64_t, int *))                                \
    F(library_load, "LibraryLoadData", (handle *, const void *, int *, void **, unsigned, int *, void **, unsigned))   \
    F(library_file, "LibraryLoadFromFile",                                                                             \
      (handle *, const char *, int *, void **, unsigned, int *, void **, unsigned))                                    \
    F(library_unload, "LibraryUnload", (handle))                                                                       \
    F(library_kernel, "LibraryGetKernel", (handle *, handle, const char *))                                            \
    F(library_count, "LibraryGetKernelCount", (unsigned *, handle))                                                    \
    F(library_global, "LibraryGetGlobal", (ptr *, size_t *, handle, const char *))                                     \
    F(kernel_function, "KernelGetFunction", (handle *, handle))                                                        \
    F(kernel_attribute, "KernelGetAttribute", (int *, int, handle, int))                                               \
    F(graph_create, "GraphCreate", (handle *, unsigned))

typedef struct client {
#define MEMBER(member, name, parameters) int(*member) parameters;
    FUNCTIONS(MEMBER)
#undef MEMBER
    void *library;
    const char *prefix;
} client;

extern client cu;
void client_open(void);  /* the library alone */
void client_start(void); /* and cuInit, a context of device 0, the test's module */
extern handle context, module;
handle kernel(const char *name);
unsigned char *image(size_t *bytes); /* the fat binary's bytes; the caller frees */

#define ok(call)         ck_assert_int_eq((call), 0)
#define is(call, number) ck_assert_int_eq((call), (number))

Suite *device_suite(void);
Suite *memory_suite(void);
Suite *stream_suite(void);
Suite *launch_suite(void);

#endif
