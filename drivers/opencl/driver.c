/* SPDX-License-Identifier: Apache-2.0 */
/*
 * driver.c - the driver's table, and the calls that need no file of their own: opening the ICD loader, memory, native
 * handles. Family: one library spec, the loader; what is behind it is found by OpenCL itself.
 */
#include "drivers/opencl/internal.h"

#include <stdlib.h>
#include <string.h>

const tn_host *ocl_host;
ocl_api ocl_cl;
static pthread_mutex_t api_lock = PTHREAD_MUTEX_INITIALIZER;

/*                                       name      vendor     prefix  sonames              */
static const tn_library_spec loader_spec = { "opencl", "Khronos", NULL, { "libOpenCL.so.1" },
    .source = "OpenCL 3.0 specification; ocl-icd" };

static const tn_symbol symbols[] = {
#define OCL_SYMBOL(name) { "cl" #name, offsetof(ocl_api, name), true },
    OCL_FUNCTIONS(OCL_SYMBOL)
#undef OCL_SYMBOL
#define OCL_SYMBOL(name) { "cl" #name, offsetof(ocl_api, name), false },
    OCL_OPTIONAL_FUNCTIONS(OCL_SYMBOL)
#undef OCL_SYMBOL
};

static tn_status load(const tn_driver_options *options, tn_library *library)
{
    tn_status status = tn_library_open(ocl_host, "opencl", &loader_spec, options, library);
    if (status != TN_OK)
        return status;
    ocl_api api;
    status = tn_library_bind(ocl_host, "opencl", library, symbols, sizeof symbols / sizeof *symbols, &api);
    if (status != TN_OK)
        return status;
    pthread_mutex_lock(&api_lock);
    if (!ocl_cl.GetPlatformIDs)        /* the same loader each time: the first table stays */
        ocl_cl = api;
    pthread_mutex_unlock(&api_lock);
    return TN_OK;
}

static tn_status open_instance(const tn_driver_options *options, tn_driver_instance **out)
{
    tn_driver_instance *instance = ocl_host->alloc(sizeof *instance);
    if (!instance)
        return TN_FAIL(ocl_host, TN_OUT_OF_HOST_MEMORY, "no memory for the OpenCL driver");
    if (options->flags & TN_OPEN_NO_HARDWARE) {
        ocl_host->explain("opencl", "libOpenCL.so.1", false, "only simulated devices were asked for");
        *out = instance;
        return TN_OK;
    }
    tn_status status = load(options, &instance->library);
    if (status == TN_OK)
        ocl_find_devices(instance);
    if (status != TN_OK && status != TN_NO_DRIVER) {
        ocl_host->free(instance);
        return status;
    }
    *out = instance;
    return TN_OK;
}

static void close_instance(tn_driver_instance *instance)
{
    ocl_host->free(instance);          /* the loader stays: vendors' threads outlive any plugin */
}

static tn_status device_count(tn_driver_instance *instance, uint32_t *out)
{
    *out = instance->count;
    return TN_OK;
}

static tn_status device_info(tn_driver_instance *instance, uint32_t index, tn_device_info *out)
{
    uint32_t size = out->size;
    if (index >= instance->count)
        return TN_FAIL(ocl_host, TN_NOT_FOUND, "there are %u OpenCL devices; number %u was asked for", instance->count,
                       index);
    memcpy(out, &instance->devices[index].info, size < sizeof *out ? size : sizeof *out);
    out->size = size;
    return TN_OK;
}

static tn_status device_open(tn_driver_instance *instance, uint32_t index, tn_driver_device **out)
{
    if (index >= instance->count)
        return TN_FAIL(ocl_host, TN_NOT_FOUND, "there are %u OpenCL devices; number %u was asked for", instance->count,
                       index);
    return ocl_device_open(instance, index, out);
}

/* OpenCL does not tell what is free; this is the capacity less what this process has taken through the driver. */
static tn_status device_memory(tn_driver_device *device, uint64_t *out_free, uint64_t *out_total)
{
    pthread_mutex_lock(&device->memory.lock);
    *out_free = device->memory.capacity - device->memory.live_bytes;
    *out_total = device->memory.capacity;
    pthread_mutex_unlock(&device->memory.lock);
    return TN_OK;
}

static tn_status memory_alloc(tn_driver_device *device, uint64_t bytes, tn_address *out)
{
    return ocl_pool_alloc(&device->memory, bytes, out);
}

static tn_status memory_free(tn_driver_device *device, tn_address address)
{
    return ocl_pool_free(&device->memory, address);
}

/* Fine-grained shared memory is what a kernel and the host can both use; without it kernels cannot reach host
 * memory. */
static tn_status host_alloc(tn_driver_device *device, uint64_t bytes, void **out, tn_address *out_device)
{
    if (device->has_host_memory) {
        tn_address address;
        tn_status status = ocl_pool_alloc(&device->host_memory, bytes, &address);
        if (status != TN_OK)
            return status;
        *out = (void *)(uintptr_t)address;
        *out_device = address;
        return TN_OK;
    }
    if (bytes > SIZE_MAX - OCL_GRAIN)
        return TN_FAIL(ocl_host, TN_OUT_OF_HOST_MEMORY, "no %llu bytes of host memory", (unsigned long long)bytes);
    *out = aligned_alloc(OCL_GRAIN, (bytes + OCL_GRAIN - 1) / OCL_GRAIN * OCL_GRAIN);
    if (!*out)
        return TN_FAIL(ocl_host, TN_OUT_OF_HOST_MEMORY, "no %llu bytes of host memory", (unsigned long long)bytes);
    *out_device = 0;
    return TN_OK;
}

static tn_status host_free(tn_driver_device *device, void *pointer)
{
    if (device->has_host_memory)
        return ocl_pool_free(&device->host_memory, (uint64_t)(uintptr_t)pointer);
    free(pointer);
    return TN_OK;
}

static tn_status native(tn_native_kind kind, void *object, void **out)
{
    switch (kind) {
    case TN_NATIVE_DEVICE: *out = ((tn_driver_device *)object)->found->device; return TN_OK;
    case TN_NATIVE_CONTEXT: *out = ((tn_driver_device *)object)->context; return TN_OK;
    case TN_NATIVE_STREAM: *out = ((tn_driver_stream *)object)->queue; return TN_OK;
    case TN_NATIVE_MODULE: *out = ((tn_driver_module *)object)->program; return TN_OK;
    case TN_NATIVE_EVENT: *out = ((tn_driver_mark *)object)->event; return TN_OK;
    case TN_NATIVE_KERNEL:
        return TN_FAIL(ocl_host, TN_UNSUPPORTED,
                       "a kernel has a cl_kernel for each stream; make one from the module's cl_program");
    default: return TN_FAIL(ocl_host, TN_INVALID, "%d is no kind of native handle", (int)kind);
    }
}

static const tn_driver driver = {
    .size = sizeof driver, .abi = TN_DRIVER_ABI, .name = "opencl",
    .description = "any OpenCL device, through the ICD loader", .version = TN_VERSION_STRING,
    .open = open_instance, .close = close_instance, .device_count = device_count, .device_info = device_info,
    .device_open = device_open, .device_close = ocl_device_close, .device_memory = device_memory,
    .memory_alloc = memory_alloc, .memory_free = memory_free, .host_alloc = host_alloc, .host_free = host_free,
    .stream_create = ocl_stream_create, .stream_destroy = ocl_stream_destroy, .stream_wait = ocl_stream_wait,
    .stream_passed = ocl_stream_passed, .stream_fault = ocl_stream_fault,
    .submit_launch = ocl_submit_launch, .submit_copy = ocl_submit_copy, .submit_fill = ocl_submit_fill,
    .submit_wait = ocl_submit_wait, .submit_mark = ocl_submit_mark,
    .mark_create = ocl_mark_create, .mark_destroy = ocl_mark_destroy, .mark_elapsed = ocl_mark_elapsed,
    .image_score = ocl_image_score, .module_load = ocl_module_load, .module_unload = ocl_module_unload,
    .module_kernel = ocl_module_kernel, .module_variable = ocl_module_variable,
    .native = native,
};

TN_EXPORT tn_status tn_driver_query(const tn_host *host, uint32_t abi, const tn_driver **out)
{
    if (abi >> 16 != TN_DRIVER_ABI_MAJOR)
        return TN_VERSION;
    ocl_host = host;
    *out = &driver;
    return TN_OK;
}
