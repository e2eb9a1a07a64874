/* SPDX-License-Identifier: Apache-2.0 */
/* The data of this driver: library specs, symbol names, and what a vendor's error number means. Owns nothing. */
#include "drivers/cuda/cuda.h"

const tn_library_spec cuda__specs[] = {
    { .name = "nvidia", .vendor = "NVIDIA", .prefix = "cu", .paths = { "libcuda.so.1" }, .stand_in = "libtenon-sim-cuda.so",
      .source = "handbook 4: CUDA 13.0 cuda.h; the soname is general knowledge" },
    { .name = "corex", .vendor = "Iluvatar CoreX", .prefix = "cu", .paths = { "/usr/local/corex/lib64/libcuda.so.1" },
      .quirks = CUDA_QUIRK_NO_PTX, .source = "handbook 5.3: public ports; unverified" },
    { .name = "musa", .vendor = "Moore Threads", .prefix = "mu", .paths = { "libmusa.so.1", "libmusa.so.4" },
      .directories = { "/usr/local/musa/lib" }, .stand_in = "libtenon-sim-musa.so", .quirks = CUDA_QUIRK_NO_PTX,
      .source = "handbook 5.1: public stubs; enum values unverified" },
};
const size_t cuda__spec_count = sizeof cuda__specs / sizeof cuda__specs[0];

/* The suffixed names first: they are what the vendor's own header maps the plain ones to. */
#define NEED(member, names) { names, offsetof(cuda_api, member), true }
#define HAVE(member, names) { names, offsetof(cuda_api, member), false }
const tn_symbol cuda__symbols[] = {
    NEED(init, "@Init"), NEED(driver_version, "@DriverGetVersion"), NEED(error_name, "@GetErrorName"),
    NEED(error_string, "@GetErrorString"), NEED(device_count, "@DeviceGetCount"), NEED(device_get, "@DeviceGet"),
    NEED(device_name, "@DeviceGetName"), NEED(device_attribute, "@DeviceGetAttribute"),
    NEED(device_memory, "@DeviceTotalMem_v2|@DeviceTotalMem"), HAVE(device_uuid, "@DeviceGetUuid_v2|@DeviceGetUuid"),
    NEED(primary_retain, "@DevicePrimaryCtxRetain"),
    NEED(primary_release, "@DevicePrimaryCtxRelease_v2|@DevicePrimaryCtxRelease"),
    HAVE(primary_reset, "@DevicePrimaryCtxReset_v2|@DevicePrimaryCtxReset"), NEED(context_current, "@CtxGetCurrent"),
    NEED(context_push, "@CtxPushCurrent_v2|@CtxPushCurrent"), NEED(context_pop, "@CtxPopCurrent_v2|@CtxPopCurrent"),
    NEED(context_wait, "@CtxSynchronize"), NEED(memory_info, "@MemGetInfo_v2|@MemGetInfo"),
    NEED(memory_alloc, "@MemAlloc_v2|@MemAlloc"), NEED(memory_free, "@MemFree_v2|@MemFree"), NEED(host_alloc, "@MemHostAlloc"),
    NEED(host_free, "@MemFreeHost"), NEED(host_device_pointer, "@MemHostGetDevicePointer_v2|@MemHostGetDevicePointer"),
    NEED(copy_to_device, "@MemcpyHtoDAsync_v2|@MemcpyHtoDAsync"), NEED(copy_to_host, "@MemcpyDtoHAsync_v2|@MemcpyDtoHAsync"),
    NEED(copy_on_device, "@MemcpyDtoDAsync_v2|@MemcpyDtoDAsync"), HAVE(copy_peer, "@MemcpyPeerAsync"),
    NEED(fill8, "@MemsetD8Async"), NEED(fill16, "@MemsetD16Async"), NEED(fill32, "@MemsetD32Async"),
    NEED(stream_create, "@StreamCreate"), HAVE(stream_create_priority, "@StreamCreateWithPriority"),
    NEED(stream_destroy, "@StreamDestroy_v2|@StreamDestroy"), NEED(stream_wait, "@StreamSynchronize"),
    NEED(stream_query, "@StreamQuery"), NEED(stream_wait_event, "@StreamWaitEvent"), NEED(event_create, "@EventCreate"),
    NEED(event_destroy, "@EventDestroy_v2|@EventDestroy"), NEED(event_record, "@EventRecord"), NEED(event_query, "@EventQuery"),
    NEED(event_wait, "@EventSynchronize"), NEED(event_elapsed, "@EventElapsedTime_v2|@EventElapsedTime"),
    NEED(module_load, "@ModuleLoadData"), NEED(module_unload, "@ModuleUnload"), NEED(module_function, "@ModuleGetFunction"),
    NEED(module_variable, "@ModuleGetGlobal_v2|@ModuleGetGlobal"), NEED(function_attribute, "@FuncGetAttribute"),
    HAVE(function_set_attribute, "@FuncSetAttribute"), NEED(launch, "@LaunchKernel"),
};
const size_t cuda__symbol_count = sizeof cuda__symbols / sizeof cuda__symbols[0];

static const struct {
    CUresult error;
    tn_status status;
} meanings[] = {
    { CU_INVALID_VALUE, TN_INVALID }, { CU_OUT_OF_MEMORY, TN_OUT_OF_MEMORY }, { CU_NO_DEVICE, TN_NO_DRIVER },
    { CU_INVALID_IMAGE, TN_BAD_BUNDLE }, { CU_NO_BINARY, TN_NO_IMAGE }, { CU_INVALID_PTX, TN_BAD_BUNDLE },
    { CU_JIT_NOT_FOUND, TN_UNSUPPORTED }, { CU_UNSUPPORTED_PTX, TN_NO_IMAGE }, { CU_INVALID_HANDLE, TN_BAD_HANDLE },
    { CU_NOT_FOUND, TN_NOT_FOUND }, { CU_OUT_OF_RESOURCES, TN_LIMIT }, { CU_NOT_SUPPORTED, TN_UNSUPPORTED },
};

/* Errors that take the context with them: kernels that failed, and memory or links that broke (handbook 4.3). */
static bool takes_context(CUresult error)
{
    switch (error) {
    case 214: case 220: case 226: case 700: case 702: case 709: case 710: case 714: case 715: case 716: case 717: case 718: case 719:
    case 721: case 999:
        return true;
    default:
        return false;
    }
}

tn_status cuda__fail(tn_driver_device *device, const cuda_library *library, CUresult error, const char *what, const char *file, int line)
{
    tn_vendor_error vendor = { .code = error };
    tn_status status = TN_VENDOR;
    library->api.error_name(error, &vendor.name);
    library->api.error_string(error, &vendor.text);
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
        if (meanings[i].error == error)
            status = meanings[i].status;
    if (takes_context(error)) {
        int none = 0;
        status = TN_FAULT;
        if (device)
            atomic_compare_exchange_strong(&device->sticky, &none, error);
    }
    return cuda__host->error(status, &vendor, file, line, "%s: %s (%s)", what, vendor.text ? vendor.text : "no text",
                             vendor.name ? vendor.name : "a number without a name");
}
