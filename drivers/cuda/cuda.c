/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The CUDA family as data: library specs, symbol names, attribute numbers; and what only it has, contexts. MUSA's
 * numbers are taken to equal CUDA's: unverified. Owns nothing.
 */
#include "drivers/common/container.h"
#include "drivers/gpu/gpu.h"

#include <stdio.h>
#include <string.h>

enum { CUDA_QUIRK_NO_PTX = 1u << 16 }; /* the vendor has no PTX compiler */

static const tn_library_spec specs[] = {
    { .name = "nvidia",
      .vendor = "NVIDIA",
      .prefix = "cu",
      .paths = { "libcuda.so.1" },
      .stand_in = "libtenon-sim-cuda.so",
      .source = "the public cuda.h of CUDA 13.0; the soname is general knowledge" },
    { .name = "corex",
      .vendor = "Iluvatar CoreX",
      .prefix = "cu",
      .paths = { "/usr/local/corex/lib64/libcuda.so.1" },
      .quirks = CUDA_QUIRK_NO_PTX,
      .source = "public ports to CoreX; unverified" },
    { .name = "musa",
      .vendor = "Moore Threads",
      .prefix = "mu",
      .paths = { "libmusa.so.1", "libmusa.so.4" },
      .directories = { "/usr/local/musa/lib" },
      .stand_in = "libtenon-sim-musa.so",
      .quirks = CUDA_QUIRK_NO_PTX,
      .source = "public stubs of MUSA's driver API; enum values unverified" },
};

/* The suffixed names first: they are what the vendor's own header maps the plain ones to. */
static const tn_symbol symbols[] = {
    GPU_NEED(init, "@Init"),
    GPU_NEED(driver_version, "@DriverGetVersion"),
    GPU_NEED(device_count, "@DeviceGetCount"),
    GPU_NEED(device_name, "@DeviceGetName"),
    GPU_NEED(device_attribute, "@DeviceGetAttribute"),
    GPU_NEED(device_memory, "@DeviceTotalMem_v2|@DeviceTotalMem"),
    GPU_HAVE(device_uuid, "@DeviceGetUuid_v2|@DeviceGetUuid"),
    GPU_NEED(memory_info, "@MemGetInfo_v2|@MemGetInfo"),
    GPU_NEED(memory_alloc, "@MemAlloc_v2|@MemAlloc"),
    GPU_NEED(memory_free, "@MemFree_v2|@MemFree"),
    GPU_NEED(host_alloc, "@MemHostAlloc"),
    GPU_NEED(host_free, "@MemFreeHost"),
    GPU_NEED(host_device_pointer, "@MemHostGetDevicePointer_v2|@MemHostGetDevicePointer"),
    GPU_NEED(copy_to_device, "@MemcpyHtoDAsync_v2|@MemcpyHtoDAsync"),
    GPU_NEED(copy_to_host, "@MemcpyDtoHAsync_v2|@MemcpyDtoHAsync"),
    GPU_NEED(copy_on_device, "@MemcpyDtoDAsync_v2|@MemcpyDtoDAsync"),
    GPU_NEED(fill8, "@MemsetD8Async"),
    GPU_NEED(fill16, "@MemsetD16Async"),
    GPU_NEED(fill32, "@MemsetD32Async"),
    GPU_NEED(stream_create, "@StreamCreate"),
    GPU_HAVE(stream_create_priority, "@StreamCreateWithPriority"),
    GPU_NEED(stream_destroy, "@StreamDestroy_v2|@StreamDestroy"),
    GPU_NEED(stream_wait, "@StreamSynchronize"),
    GPU_NEED(stream_query, "@StreamQuery"),
    GPU_NEED(stream_wait_event, "@StreamWaitEvent"),
    GPU_NEED(event_create, "@EventCreate"),
    GPU_NEED(event_destroy, "@EventDestroy_v2|@EventDestroy"),
    GPU_NEED(event_record, "@EventRecord"),
    GPU_NEED(event_query, "@EventQuery"),
    GPU_NEED(event_wait, "@EventSynchronize"),
    GPU_NEED(event_elapsed, "@EventElapsedTime_v2|@EventElapsedTime"),
    GPU_NEED(module_load, "@ModuleLoadData"),
    GPU_NEED(module_unload, "@ModuleUnload"),
    GPU_NEED(module_function, "@ModuleGetFunction"),
    GPU_NEED(module_variable, "@ModuleGetGlobal_v2|@ModuleGetGlobal"),
    GPU_NEED(function_attribute, "@FuncGetAttribute"),
    GPU_HAVE(function_set_attribute, "@FuncSetAttribute"),
    GPU_NEED(launch, "@LaunchKernel"),
    GPU_HAVE(launch_cooperative, "@LaunchCooperativeKernel"),
    GPU_NEED(cu_error_name, "@GetErrorName"),
    GPU_HAVE(sim_fault, "tenon_sim_fault"),
    GPU_NEED(cu_error_string, "@GetErrorString"),
    GPU_NEED(cu_primary_retain, "@DevicePrimaryCtxRetain"),
    GPU_NEED(cu_primary_release, "@DevicePrimaryCtxRelease_v2|@DevicePrimaryCtxRelease"),
    GPU_HAVE(cu_primary_reset, "@DevicePrimaryCtxReset_v2|@DevicePrimaryCtxReset"),
    GPU_NEED(cu_context_current, "@CtxGetCurrent"),
    GPU_NEED(cu_context_push, "@CtxPushCurrent_v2|@CtxPushCurrent"),
    GPU_NEED(cu_context_pop, "@CtxPopCurrent_v2|@CtxPopCurrent"),
    GPU_HAVE(cu_copy_peer, "@MemcpyPeerAsync"),
};

/* Numbers of the ABI, as in the public cuda.h of CUDA 13.0. */
static const gpu_attribute attributes[] = {
    GPU_INFO(1, max_threads), GPU_INFO(2, max_block[0]),   GPU_INFO(3, max_block[1]),   GPU_INFO(4, max_block[2]),
    GPU_INFO(5, max_grid[0]), GPU_INFO(6, max_grid[1]),    GPU_INFO(7, max_grid[2]),    GPU_INFO(10, width),
    GPU_INFO(13, clock_khz),  GPU_INFO(16, units),         GPU_INFO(33, pci_bus),       GPU_INFO(34, pci_slot),
    GPU_INFO(50, pci_domain), GPU_INFO(75, version_major), GPU_INFO(76, version_minor),
};

static const char *error_name(const gpu_api *api, gpu_error error)
{
    const char *text = NULL;
    api->cu_error_name(error, &text);
    return text;
}

static const char *error_string(const gpu_api *api, gpu_error error)
{
    const char *text = NULL;
    api->cu_error_string(error, &text);
    return text;
}

static void version(const gpu_library *l, char *out, size_t bytes)
{
    int number = 0;
    if (l->api.driver_version(&number) != GPU_SUCCESS)
        return;
    if (!strcmp(l->library.spec->prefix, "mu")) /* 40300 is 4.3: from public logs, unverified */
        snprintf(out, bytes, "%d.%d", number / 10000, number / 100 % 100);
    else
        snprintf(out, bytes, "%d.%d", number / 1000, number % 1000 / 10);
}

static void describe(const gpu_library *l, int ordinal, tn_device_info *out)
{
    (void)ordinal;
    snprintf(out->arch, sizeof out->arch, "%s_%u", !strcmp(l->library.spec->prefix, "mu") ? "mp" : "sm",
             out->version_major * 10 + out->version_minor);
}

static gpu_error device_open(tn_driver_device *d)
{
    return d->library->api.cu_primary_retain(&d->context, d->ordinal);
}

static void device_close(tn_driver_device *d)
{
    d->library->api.cu_primary_release(d->ordinal);
}

/* A reset of the primary context is the vendor's own way back from an error that stays. */
static tn_status device_recover(tn_driver_device *d)
{
    const gpu_api *api = &d->library->api;
    if (!api->cu_primary_reset)
        return TN_FAIL(gpu__host, TN_UNSUPPORTED, "%s has no reset of the primary context", d->library->library.path);
    api->cu_primary_release(d->ordinal);
    api->cu_primary_reset(d->ordinal);
    GPU_TRY(d, api->cu_primary_retain(&d->context, d->ordinal), "taking the primary context again");
    return TN_OK;
}

static gpu_error enter(tn_driver_device *d, gpu_scope *scope)
{
    const gpu_api *api = &d->library->api;
    gpu_handle now = NULL;
    scope->api = NULL;
    if (api->cu_context_current(&now) == GPU_SUCCESS && now == d->context)
        return GPU_SUCCESS;
    gpu_error error = api->cu_context_push(d->context);
    if (error == GPU_SUCCESS)
        scope->api = api;
    return error;
}

static void leave(const gpu_scope *scope)
{
    gpu_handle popped;
    scope->api->cu_context_pop(&popped);
}

static gpu_error copy_peer(tn_driver_stream *s, tn_driver_device *dst_device, uint64_t dst,
                           tn_driver_device *src_device, uint64_t src, uint64_t bytes)
{
    const gpu_api *api = &s->device->library->api;
    return api->cu_copy_peer ? api->cu_copy_peer(dst, dst_device->context, src, src_device->context, bytes, s->native)
                             : GPU_NOT_SUPPORTED;
}

static uint32_t image_score(tn_driver_device *d, const tn_driver_image *image, const char **why)
{
    unsigned sm = 0;
    switch (image->kind) {
    case TN_IMAGE_CUBIN:
        if (sscanf(image->target, "sm_%u", &sm) == 1 && (int)sm == d->compute)
            return 1000;
        *why = "the image is for another compute capability";
        return 0;
    case TN_IMAGE_PTX:
        if (d->library->library.spec->quirks & CUDA_QUIRK_NO_PTX)
            *why = "the vendor's library takes no PTX";
        else if (sscanf(image->target, "sm_%u", &sm) != 1 || (int)sm > d->compute)
            *why = "the image needs a newer compute capability";
        return *why ? 0 : 100 + (sm < 600 ? sm : 0);
    case TN_IMAGE_VENDOR:
        if (!strcmp(image->target, "fatbin") || !strcmp(image->target, "mubin"))
            return 800;
        break;
    }
    *why = "the CUDA family takes PTX, cubins and fat binaries";
    return 0;
}

const gpu_family gpu__family = {
    .name = "cuda",
    .description = "CUDA driver API: NVIDIA, Iluvatar CoreX, Moore Threads (mu names)",
    .shared = 8,
    .shared_optin = 97,
    .integrated = 18,
    .memory_clock = 36,
    .bus_width = 37,
    .launch_end = 0,
    .container = TN_CONTAINER_FATBIN,
    GPU_FAMILY_PARTS,
};
