/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a device, memory, and the scope in which its context is current. Owns nothing. */
#include "drivers/cuda/cuda.h"

#include <stdio.h>
#include <string.h>

tn_status cuda__enter(tn_driver_device *d, cuda_scope *scope)
{
    const cuda_api *api = &d->library->api;
    CUcontext now = NULL;
    scope->api = NULL;
    if (api->context_current(&now) == CU_SUCCESS && now == d->context)
        return TN_OK;
    CUDA_TRY(d, api->context_push(d->context), "making a device's context current");
    scope->api = api;
    return TN_OK;
}

/* Attribute numbers of the ABI (handbook 4.3) and where they go. */
static const struct {
    int number;
    uint32_t offset;
} numbers[] = {
    { 1, offsetof(tn_device_info, max_threads) },    { 2, offsetof(tn_device_info, max_block[0]) },
    { 3, offsetof(tn_device_info, max_block[1]) },   { 4, offsetof(tn_device_info, max_block[2]) },
    { 5, offsetof(tn_device_info, max_grid[0]) },    { 6, offsetof(tn_device_info, max_grid[1]) },
    { 7, offsetof(tn_device_info, max_grid[2]) },    { 10, offsetof(tn_device_info, width) },
    { 13, offsetof(tn_device_info, clock_khz) },     { 16, offsetof(tn_device_info, units) },
    { 75, offsetof(tn_device_info, version_major) }, { 76, offsetof(tn_device_info, version_minor) },
};

static uint32_t ask(const cuda_library *l, int number, CUdevice device)
{
    int value = 0;
    return l->api.device_attribute(&value, number, device) == CU_SUCCESS && value > 0 ? (uint32_t)value : 0;
}

tn_status cuda__info(cuda_library *l, CUdevice device, tn_device_info *out)
{
    size_t memory = 0;
    memset((char *)out + sizeof out->size, 0, sizeof *out - sizeof out->size);
    CUresult error = l->api.device_name(out->name, sizeof out->name, device);
    if (error == CU_SUCCESS)
        error = l->api.device_memory(&memory, device);
    if (error != CU_SUCCESS)
        return cuda__fail(NULL, l, error, "asking what a device is", __FILE__, __LINE__);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        uint32_t value = ask(l, numbers[i].number, device);
        memcpy((char *)out + numbers[i].offset, &value, sizeof value);
    }
    snprintf(out->vendor, sizeof out->vendor, "%s", l->library.spec->vendor);
    snprintf(out->arch, sizeof out->arch, "%s_%u", !strcmp(l->library.spec->prefix, "mu") ? "mp" : "sm",
             out->version_major * 10 + out->version_minor);
    snprintf(out->driver, sizeof out->driver, "cuda");
    snprintf(out->library, sizeof out->library, "%s", l->library.path);
    snprintf(out->library_version, sizeof out->library_version, "%s", l->version);
    if (l->api.device_uuid)
        l->api.device_uuid(out->uuid, device);
    out->flags = TN_DEVICE_THREADS | TN_DEVICE_PEER | TN_DEVICE_FP64 | TN_DEVICE_FP16 | TN_DEVICE_ATOMIC_64 | TN_DEVICE_INDIRECT |
                 TN_DEVICE_HAS_PCI;
    if (l->library.simulated)
        out->flags |= TN_DEVICE_SIMULATED;
    if (ask(l, 18, device))
        out->flags |= TN_DEVICE_INTEGRATED;
    out->pci_domain = ask(l, 50, device);
    out->pci_bus = ask(l, 33, device);
    out->pci_slot = ask(l, 34, device);
    out->alloc_align = 256;     /* every allocation of the ABI has at least this */
    out->memory_bytes = memory;
    out->local_bytes = ask(l, 97, device) > ask(l, 8, device) ? ask(l, 97, device) : ask(l, 8, device);
    /* two transfers a clock */
    out->memory_bandwidth = (uint64_t)ask(l, 36, device) * 1000 * 2 * (ask(l, 37, device) / 8);
    out->fault_domain = TN_DOMAIN_CONTEXT;
    out->attribution = TN_ATTRIBUTION_WINDOW;
    out->unbounded_waits = 2;   /* cuEventSynchronize, cuStreamSynchronize: used only for waits without a deadline */
    return TN_OK;
}

/* ------------------------------------------------------------------------------------------------------- */

tn_status cuda__memory_alloc(tn_driver_device *d, uint64_t bytes, tn_address *out)
{
    cuda_scope scope;
    CUdeviceptr address = 0;
    tn_status status = cuda__enter(d, &scope);
    if (status != TN_OK)
        return status;
    CUresult error = d->library->api.memory_alloc(&address, bytes);
    cuda__leave(&scope);
    CUDA_TRY(d, error, "allocating device memory");
    *out = address;
    return TN_OK;
}

tn_status cuda__memory_free(tn_driver_device *d, tn_address address)
{
    cuda_scope scope;
    tn_status status = cuda__enter(d, &scope);
    if (status != TN_OK)
        return status;
    CUresult error = d->library->api.memory_free(address);
    cuda__leave(&scope);
    CUDA_TRY(d, error, "freeing device memory");
    return TN_OK;
}

tn_status cuda__host_alloc(tn_driver_device *d, uint64_t bytes, void **out, tn_address *out_device)
{
    const cuda_api *api = &d->library->api;
    cuda_scope scope;
    void *pointer = NULL;
    CUdeviceptr address = 0;
    tn_status status = cuda__enter(d, &scope);
    if (status != TN_OK)
        return status;
    CUresult error = api->host_alloc(&pointer, bytes, CU_HOST_PORTABLE | CU_HOST_MAPPED);
    if (error == CU_SUCCESS && api->host_device_pointer(&address, pointer, 0) != CU_SUCCESS)
        address = 0;
    cuda__leave(&scope);
    if (error == CU_OUT_OF_MEMORY)
        return TN_FAIL(cuda__host, TN_OUT_OF_HOST_MEMORY, "no %llu bytes of pinned memory", (unsigned long long)bytes);
    CUDA_TRY(d, error, "allocating pinned memory");
    *out = pointer;
    *out_device = address;
    return TN_OK;
}

tn_status cuda__host_free(tn_driver_device *d, void *pointer)
{
    cuda_scope scope;
    tn_status status = cuda__enter(d, &scope);
    if (status != TN_OK)
        return status;
    CUresult error = d->library->api.host_free(pointer);
    cuda__leave(&scope);
    CUDA_TRY(d, error, "freeing pinned memory");
    return TN_OK;
}
