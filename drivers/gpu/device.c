/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a device, what its errors mean, and memory. Owns nothing. */
#include "drivers/gpu/gpu.h"

#include <stdio.h>
#include <string.h>

tn_status gpu__enter(tn_driver_device *d, gpu_scope *scope)
{
    GPU_TRY(d, gpu__family.enter(d, scope), "making a device current");
    return TN_OK;
}

/* An attribute; 0 when it has none. */
static uint32_t ask(const gpu_library *l, int number, int device)
{
    int value = 0;
    return number && l->api.device_attribute(&value, number, device) == GPU_SUCCESS && value > 0 ? (uint32_t)value : 0;
}

/* Errors that both ABIs number alike, by the public headers of CUDA 13.0 and of HIP 5.2 and 6.3. */
static const struct {
    gpu_error error;
    tn_status status;
} meanings[] = {
    { GPU_INVALID_VALUE, TN_INVALID },
    { 720, TN_LIMIT }, /* cooperative launch too large */
    { GPU_OUT_OF_MEMORY, TN_OUT_OF_MEMORY },
    { GPU_NO_DEVICE, TN_NO_DRIVER },
    { GPU_INVALID_IMAGE, TN_BAD_BUNDLE },
    { GPU_NO_BINARY, TN_NO_IMAGE },
    { 218, TN_BAD_BUNDLE },
    { 221, TN_UNSUPPORTED },
    { 222, TN_NO_IMAGE },
    { GPU_INVALID_HANDLE, TN_BAD_HANDLE },
    { GPU_NOT_FOUND, TN_NOT_FOUND },
    { GPU_OUT_OF_RESOURCES, TN_LIMIT },
    { GPU_NOT_SUPPORTED, TN_UNSUPPORTED },
};

/* Errors that take the context with them: kernels that failed, and memory or links that broke. */
static bool takes_context(gpu_error error)
{
    switch (error) {
    case 214:
    case 220:
    case 226:
    case 700:
    case 702:
    case 709:
    case 710:
    case 714:
    case 715:
    case 716:
    case 717:
    case 718:
    case 719:
    case 721:
    case 999:
        return true;
    default:
        return false;
    }
}

tn_status gpu__fail(tn_driver_device *device, const gpu_library *library, gpu_error error, const char *what,
                    const char *file, int line)
{
    tn_vendor_error vendor = { .code = error,
                               .name = gpu__family.error_name(&library->api, error),
                               .text = gpu__family.error_string(&library->api, error) };
    tn_status status = TN_VENDOR;
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
        if (meanings[i].error == error)
            status = meanings[i].status;
    if (takes_context(error)) {
        int none = 0;
        status = TN_FAULT;
        if (device)
            atomic_compare_exchange_strong(&device->sticky, &none, error);
    }
    return gpu__host->error(status, &vendor, file, line, "%s: %s (%s)", what, vendor.text ? vendor.text : "no text",
                            vendor.name ? vendor.name : "a number without a name");
}

tn_status gpu__info(gpu_library *l, int device, tn_device_info *out)
{
    size_t memory = 0;
    memset((char *)out + sizeof out->size, 0, sizeof *out - sizeof out->size);
    gpu_error error = l->api.device_name(out->name, sizeof out->name, device);
    if (error == GPU_SUCCESS)
        error = l->api.device_memory(&memory, device);
    if (error != GPU_SUCCESS)
        return gpu__fail(NULL, l, error, "asking what a device is", __FILE__, __LINE__);
    for (size_t i = 0; i < gpu__family.attribute_count; i++) {
        uint32_t value = ask(l, gpu__family.attributes[i].number, device);
        memcpy((char *)out + gpu__family.attributes[i].offset, &value, sizeof value);
    }
    snprintf(out->vendor, sizeof out->vendor, "%s", l->library.spec->vendor);
    snprintf(out->driver, sizeof out->driver, "%s", gpu__family.name);
    snprintf(out->library, sizeof out->library, "%s", l->library.path);
    snprintf(out->library_version, sizeof out->library_version, "%s", l->version);
    if (l->api.device_uuid)
        l->api.device_uuid(out->uuid, device);
    out->flags = TN_DEVICE_THREADS | TN_DEVICE_PEER | TN_DEVICE_FP64 | TN_DEVICE_FP16 | TN_DEVICE_ATOMIC_64 |
                 TN_DEVICE_INDIRECT | TN_DEVICE_HAS_PCI;
    if (l->library.simulated)
        out->flags |= TN_DEVICE_SIMULATED;
    if (ask(l, gpu__family.integrated, device))
        out->flags |= TN_DEVICE_INTEGRATED;
    out->alloc_align = 256; /* every allocation of these ABIs has at least this */
    out->memory_bytes = memory;
    uint32_t shared = ask(l, gpu__family.shared, device), optin = ask(l, gpu__family.shared_optin, device);
    out->local_bytes = optin > shared ? optin : shared;
    /* two transfers a clock */
    out->memory_bandwidth = (uint64_t)ask(l, gpu__family.memory_clock, device) * 1000 * 2 *
                            (ask(l, gpu__family.bus_width, device) / 8);
    out->fault_domain = TN_DOMAIN_CONTEXT;
    out->attribution = TN_ATTRIBUTION_WINDOW;
    out->unbounded_waits = 2; /* for an event, for a stream: used only for waits without a deadline */
    gpu__family.describe(l, device, out);
    return TN_OK;
}

/* ------------------------------------------------------------------------------------------------------- */

tn_status gpu__memory_alloc(tn_driver_device *d, uint64_t bytes, tn_address *out)
{
    gpu_scope scope;
    uint64_t address = 0;
    tn_status status = gpu__enter(d, &scope);
    if (status != TN_OK)
        return status;
    gpu_error error = d->library->api.memory_alloc(&address, bytes);
    gpu__leave(&scope);
    GPU_TRY(d, error, "the vendor's allocator");
    *out = address;
    return TN_OK;
}

tn_status gpu__memory_free(tn_driver_device *d, tn_address address)
{
    gpu_scope scope;
    tn_status status = gpu__enter(d, &scope);
    if (status != TN_OK)
        return status;
    gpu_error error = d->library->api.memory_free(address);
    gpu__leave(&scope);
    GPU_TRY(d, error, "freeing device memory");
    return TN_OK;
}

tn_status gpu__host_alloc(tn_driver_device *d, uint64_t bytes, void **out, tn_address *out_device)
{
    const gpu_api *api = &d->library->api;
    gpu_scope scope;
    void *pointer = NULL;
    uint64_t address = 0;
    tn_status status = gpu__enter(d, &scope);
    if (status != TN_OK)
        return status;
    gpu_error error = api->host_alloc(&pointer, bytes, GPU_HOST_PORTABLE | GPU_HOST_MAPPED);
    if (error == GPU_SUCCESS && api->host_device_pointer(&address, pointer, 0) != GPU_SUCCESS)
        address = 0;
    gpu__leave(&scope);
    if (error == GPU_OUT_OF_MEMORY)
        return TN_FAIL(gpu__host, TN_OUT_OF_HOST_MEMORY, "no %llu bytes of pinned memory", (unsigned long long)bytes);
    GPU_TRY(d, error, "the vendor's allocator");
    *out = pointer;
    *out_device = address;
    return TN_OK;
}

tn_status gpu__host_free(tn_driver_device *d, void *pointer)
{
    gpu_scope scope;
    tn_status status = gpu__enter(d, &scope);
    if (status != TN_OK)
        return status;
    gpu_error error = d->library->api.host_free(pointer);
    gpu__leave(&scope);
    GPU_TRY(d, error, "freeing pinned memory");
    return TN_OK;
}
