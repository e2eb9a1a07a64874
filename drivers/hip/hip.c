/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HIP family as data: AMD's libamdhip64 and Hygon DTK's libgalaxyhip, their symbol names and attribute numbers;
 * and what only it has, a current device per thread and two layouts of the device properties. Owns nothing.
 */
#include "drivers/common/container.h"
#include "drivers/gpu/gpu.h"

#include <stdio.h>
#include <string.h>

static const tn_library_spec specs[] = {
    { .name = "dtk",
      .vendor = "Hygon",
      .paths = { "libgalaxyhip.so.5" },
      .directories = { "/opt/dtk/hip/lib", "/opt/dtk/lib", "/opt/hyhal/lib" },
      .stand_in = "libtenon-sim-hip.so",
      .source = "several public loader logs; never infer the HIP version from the soname" },
    { .name = "amd",
      .vendor = "AMD",
      .paths = { "libamdhip64.so.7", "libamdhip64.so.6", "libamdhip64.so.5", "libamdhip64.so" },
      .directories = { "/opt/rocm/lib" },
      .source = "the public headers of HIP 5.2.3 and 6.3" },
};

static const tn_symbol symbols[] = {
    GPU_NEED(init, "hipInit"),
    GPU_NEED(driver_version, "hipRuntimeGetVersion"),
    GPU_NEED(device_count, "hipGetDeviceCount"),
    GPU_NEED(device_name, "hipDeviceGetName"),
    GPU_NEED(device_attribute, "hipDeviceGetAttribute"),
    GPU_NEED(device_memory, "hipDeviceTotalMem"),
    GPU_HAVE(device_uuid, "hipDeviceGetUuid"),
    GPU_NEED(memory_info, "hipMemGetInfo"),
    GPU_NEED(memory_alloc, "hipMalloc"),
    GPU_NEED(memory_free, "hipFree"),
    GPU_NEED(host_alloc, "hipHostMalloc"),
    GPU_NEED(host_free, "hipHostFree"),
    GPU_NEED(host_device_pointer, "hipHostGetDevicePointer"),
    GPU_NEED(copy_to_device, "hipMemcpyHtoDAsync"),
    GPU_NEED(copy_to_host, "hipMemcpyDtoHAsync"),
    GPU_NEED(copy_on_device, "hipMemcpyDtoDAsync"),
    GPU_NEED(fill8, "hipMemsetD8Async"),
    GPU_NEED(fill16, "hipMemsetD16Async"),
    GPU_NEED(fill32, "hipMemsetD32Async"),
    GPU_NEED(stream_create, "hipStreamCreateWithFlags"),
    GPU_HAVE(stream_create_priority, "hipStreamCreateWithPriority"),
    GPU_NEED(stream_destroy, "hipStreamDestroy"),
    GPU_NEED(stream_wait, "hipStreamSynchronize"),
    GPU_NEED(stream_query, "hipStreamQuery"),
    GPU_NEED(stream_wait_event, "hipStreamWaitEvent"),
    GPU_NEED(event_create, "hipEventCreateWithFlags"),
    GPU_NEED(event_destroy, "hipEventDestroy"),
    GPU_NEED(event_record, "hipEventRecord"),
    GPU_NEED(event_query, "hipEventQuery"),
    GPU_NEED(event_wait, "hipEventSynchronize"),
    GPU_NEED(event_elapsed, "hipEventElapsedTime"),
    GPU_NEED(module_load, "hipModuleLoadData"),
    GPU_NEED(module_unload, "hipModuleUnload"),
    GPU_NEED(module_function, "hipModuleGetFunction"),
    GPU_NEED(module_variable, "hipModuleGetGlobal"),
    GPU_NEED(function_attribute, "hipFuncGetAttribute"),
    GPU_HAVE(function_set_attribute, "hipFuncSetAttribute"),
    GPU_NEED(launch, "hipModuleLaunchKernel"),
    GPU_HAVE(launch_cooperative, "hipModuleLaunchCooperativeKernel"),
    GPU_NEED(hip_error_name, "hipGetErrorName"),
    GPU_NEED(hip_error_string, "hipGetErrorString"),
    GPU_NEED(hip_get_device, "hipGetDevice"),
    GPU_NEED(hip_set_device, "hipSetDevice"),
    GPU_HAVE(hip_reset, "hipDeviceReset"),
    GPU_HAVE(sim_fault, "tenon_sim_fault"),
    GPU_HAVE(hip_properties6, "hipGetDevicePropertiesR0600"),
    GPU_HAVE(hip_properties, "hipGetDeviceProperties"),
    GPU_HAVE(hip_copy_peer, "hipMemcpyPeerAsync"),
};

/* Attribute numbers that the public headers of HIP 5.2 and 6.3 share. */
static const gpu_attribute attributes[] = {
    GPU_INFO(5, clock_khz),     GPU_INFO(23, version_major), GPU_INFO(26, max_block[0]), GPU_INFO(27, max_block[1]),
    GPU_INFO(28, max_block[2]), GPU_INFO(29, max_grid[0]),   GPU_INFO(30, max_grid[1]),  GPU_INFO(31, max_grid[2]),
    GPU_INFO(56, max_threads),  GPU_INFO(61, version_minor), GPU_INFO(63, units),        GPU_INFO(67, pci_bus),
    GPU_INFO(68, pci_slot),     GPU_INFO(69, pci_domain),    GPU_INFO(87, width),
};

static const char *error_name(const gpu_api *api, gpu_error error)
{
    return api->hip_error_name(error);
}

static const char *error_string(const gpu_api *api, gpu_error error)
{
    return api->hip_error_string(error);
}

static void version(const gpu_library *l, char *out, size_t bytes)
{
    int number = 0;
    if (l->api.driver_version(&number) == GPU_SUCCESS)
        snprintf(out, bytes, "%d.%d.%d", number / 10000000, number / 100000 % 100, number % 100000);
}

/* The arch ("gfx936:sramecc+:xnack-") is a text of the properties: at 1160 in the layout of HIP 6, at 396 in the older one.
 * DTK refuses the attribute that names it, and its layout was not seen on silicon, so the blob is searched for "gfx".
 * */
static void describe(const gpu_library *l, int ordinal, tn_device_info *out)
{
    char blob[4096];
    memset(blob, 0, sizeof blob);
    gpu_error error = l->api.hip_properties6 ? l->api.hip_properties6(blob, ordinal) : GPU_NOT_SUPPORTED;
    if (error != GPU_SUCCESS && l->api.hip_properties)
        error = l->api.hip_properties(blob, ordinal);
    for (size_t i = 256; error == GPU_SUCCESS && i + sizeof out->arch < sizeof blob; i++)
        if (!memcmp(blob + i, "gfx", 3)) {
            snprintf(out->arch, sizeof out->arch, "%.*s", (int)sizeof out->arch - 1, blob + i);
            break;
        }
}

static gpu_error device_open(tn_driver_device *d)
{
    (void)d; /* the device's own context is made at first use */
    return GPU_SUCCESS;
}

static void device_close(tn_driver_device *d)
{
    (void)d;
}

static gpu_error enter(tn_driver_device *d, gpu_scope *scope)
{
    const gpu_api *api = &d->library->api;
    scope->api = NULL;
    scope->before = d->ordinal;
    if (api->hip_get_device(&scope->before) == GPU_SUCCESS && scope->before == d->ordinal)
        return GPU_SUCCESS;
    gpu_error error = api->hip_set_device(d->ordinal);
    if (error == GPU_SUCCESS)
        scope->api = api;
    return error;
}

static void leave(const gpu_scope *scope)
{
    scope->api->hip_set_device(scope->before);
}

static tn_status device_recover(tn_driver_device *d)
{
    gpu_scope scope;
    if (!d->library->api.hip_reset)
        return TN_FAIL(gpu__host, TN_UNSUPPORTED, "%s has no hipDeviceReset", d->library->library.path);
    tn_status status = gpu__enter(d, &scope);
    if (status != TN_OK)
        return status;
    gpu_error error = d->library->api.hip_reset();
    gpu__leave(&scope);
    GPU_TRY(d, error, "resetting a device");
    return TN_OK;
}

static gpu_error copy_peer(tn_driver_stream *s, tn_driver_device *dst_device, uint64_t dst,
                           tn_driver_device *src_device, uint64_t src, uint64_t bytes)
{
    const gpu_api *api = &s->device->library->api;
    return api->hip_copy_peer ? api->hip_copy_peer((void *)(uintptr_t)dst, dst_device->ordinal,
                                                   (const void *)(uintptr_t)src, src_device->ordinal, bytes, s->native)
                              : GPU_NOT_SUPPORTED;
}

/* "gfx906" takes "gfx906"; features behind ':' are the loader's to judge. */
static uint32_t image_score(tn_driver_device *d, const tn_driver_image *image, const char **why)
{
    size_t mine = strcspn(d->arch, ":"), theirs = strcspn(image->target, ":");
    if (image->kind != TN_IMAGE_AMDGPU && (image->kind != TN_IMAGE_VENDOR || strcmp(image->target, "hip-bundle") != 0))
        *why = "the HIP family takes AMDGPU code objects and offload bundles";
    else if (image->kind == TN_IMAGE_AMDGPU && (mine != theirs || strncmp(d->arch, image->target, mine) != 0))
        *why = "the code object is for another architecture";
    return *why ? 0 : image->kind == TN_IMAGE_AMDGPU ? 100 : 80;
}

const gpu_family gpu__family = {
    .name = "hip",
    .description = "HIP: Hygon DTK (libgalaxyhip), AMD (libamdhip64)",
    .shared = 74,
    .shared_optin = 75,
    .integrated = 16,
    .memory_clock = 60,
    .bus_width = 59,
    .launch_end = 3,
    .container = TN_CONTAINER_HIP,
    GPU_FAMILY_PARTS,
};
