/* SPDX-License-Identifier: Apache-2.0 */
/* tn_driver_query, instances and devices. Owns instances; vendor libraries stay open until the process ends. */
#include "drivers/cuda/cuda.h"

#include <stdio.h>
#include <string.h>

#define DRIVER "cuda"
enum { LIBRARIES_MAX = 8 };

const tn_host *cuda__host;

struct tn_driver_instance {
    cuda_library libraries[LIBRARIES_MAX];
    uint32_t library_count;
    struct {
        cuda_library *library;
        CUdevice ordinal;
    } *devices;
    uint32_t device_count;
};

/* Binds, initialises and counts. A library without devices is told and left out. */
static tn_status take_library(tn_driver_instance *in, const tn_library *library, uint32_t *count)
{
    cuda_library *l = &in->libraries[in->library_count];
    int found = 0, version = 0;
    *count = 0;
    l->library = *library;
    tn_status status = tn_library_bind(cuda__host, DRIVER, library, cuda__symbols, cuda__symbol_count, &l->api);
    if (status != TN_OK)
        return status;
    CUresult error = l->api.init(0);
    if (error == CU_SUCCESS)
        error = l->api.device_count(&found);
    if (error != CU_SUCCESS || found <= 0) {
        const char *name = NULL;
        l->api.error_name(error, &name);
        cuda__host->explain(DRIVER, library->path, false, "has no device (%s, %d)", name ? name : "no name", error);
        return TN_OK;
    }
    if (l->api.driver_version(&version) == CU_SUCCESS)
        snprintf(l->version, sizeof l->version, "%d.%d", version / 1000, version % 1000 / 10);
    in->library_count++;
    *count = (uint32_t)found;
    return TN_OK;
}

static tn_status add_devices(tn_driver_instance *in, cuda_library *library, uint32_t count)
{
    uint32_t total = in->device_count + count;
    void *grown = cuda__host->alloc(total * sizeof *in->devices);
    if (!grown)
        return TN_FAIL(cuda__host, TN_OUT_OF_HOST_MEMORY, "no memory for %u devices", total);
    if (in->device_count)
        memcpy(grown, in->devices, in->device_count * sizeof *in->devices);
    cuda__host->free(in->devices);
    in->devices = grown;
    for (uint32_t i = 0; i < count; i++) {
        CUdevice ordinal;
        CUresult error = library->api.device_get(&ordinal, (int)i);
        if (error != CU_SUCCESS)
            return cuda__fail(NULL, library, error, "asking for a device", __FILE__, __LINE__);
        in->devices[in->device_count].library = library;
        in->devices[in->device_count].ordinal = ordinal;
        in->device_count++;
    }
    return TN_OK;
}

static void cuda_close(tn_driver_instance *in)
{
    cuda__host->free(in->devices);
    cuda__host->free(in);
}

static tn_status open_spec(tn_driver_instance *in, const tn_library_spec *spec, const tn_driver_options *options, bool simulated)
{
    tn_library library;
    uint32_t count = 0;
    tn_status status = simulated ? tn_library_open_stand_in(cuda__host, DRIVER, spec, options, &library)
                                 : tn_library_open(cuda__host, DRIVER, spec, options, &library);
    if (status == TN_NO_DRIVER)
        return TN_OK;
    if (status == TN_OK)
        status = take_library(in, &library, &count);
    if (status != TN_OK && !simulated) {    /* a broken vendor library must not hide the other vendors' devices */
        cuda__host->explain(DRIVER, spec->name, false, "cannot be used");
        return status == TN_INVALID ? status : TN_OK;
    }
    return status == TN_OK && count ? add_devices(in, &in->libraries[in->library_count - 1], count) : status;
}

static tn_status cuda_open(const tn_driver_options *options, tn_driver_instance **out)
{
    tn_driver_instance *in = cuda__host->alloc(sizeof *in);
    if (!in)
        return TN_FAIL(cuda__host, TN_OUT_OF_HOST_MEMORY, "no memory for an instance");
    tn_status status = TN_OK;
    for (unsigned simulated = 0; simulated < 2; simulated++)
        for (size_t i = 0; status == TN_OK && i < cuda__spec_count && in->library_count < LIBRARIES_MAX; i++)
            status = open_spec(in, &cuda__specs[i], options, simulated);
    if (status == TN_OK)
        *out = in;
    else
        cuda_close(in);
    return status;
}

static tn_status cuda_device_count(tn_driver_instance *in, uint32_t *out)
{
    *out = in->device_count;
    return TN_OK;
}

static tn_status cuda_device_info(tn_driver_instance *in, uint32_t index, tn_device_info *out)
{
    return cuda__info(in->devices[index].library, in->devices[index].ordinal, out);
}

static tn_status cuda_device_open(tn_driver_instance *in, uint32_t index, tn_driver_device **out)
{
    cuda_library *l = in->devices[index].library;
    int major = 0, minor = 0, width = 32;
    tn_driver_device *d = cuda__host->alloc(sizeof *d);
    if (!d)
        return TN_FAIL(cuda__host, TN_OUT_OF_HOST_MEMORY, "no memory for a device");
    d->library = l;
    d->ordinal = in->devices[index].ordinal;
    CUresult error = l->api.primary_retain(&d->context, d->ordinal);
    if (error != CU_SUCCESS) {
        cuda__host->free(d);
        return cuda__fail(NULL, l, error, "taking a device's primary context", __FILE__, __LINE__);
    }
    l->api.device_attribute(&major, 75, d->ordinal);
    l->api.device_attribute(&minor, 76, d->ordinal);
    l->api.device_attribute(&width, 10, d->ordinal);
    d->compute = major * 10 + minor;
    d->width = width;
    *out = d;
    return TN_OK;
}

static void cuda_device_close(tn_driver_device *d)
{
    d->library->api.primary_release(d->ordinal);
    cuda__host->free(d);
}

static tn_status cuda_device_memory(tn_driver_device *d, uint64_t *free_bytes, uint64_t *total_bytes)
{
    size_t free_now = 0, total = 0;
    cuda_scope scope;
    tn_status status = cuda__enter(d, &scope);
    if (status != TN_OK)
        return status;
    CUresult error = d->library->api.memory_info(&free_now, &total);
    cuda__leave(&scope);
    CUDA_TRY(d, error, "asking for free memory");
    *free_bytes = free_now;
    *total_bytes = total;
    return TN_OK;
}

/* A reset of the primary context is the vendor's own way back from an error that stays. */
static tn_status cuda_device_recover(tn_driver_device *d)
{
    const cuda_api *api = &d->library->api;
    if (!api->primary_reset)
        return TN_FAIL(cuda__host, TN_UNSUPPORTED, "%s has no reset of the primary context", d->library->library.path);
    api->primary_release(d->ordinal);
    api->primary_reset(d->ordinal);
    CUDA_TRY(d, api->primary_retain(&d->context, d->ordinal), "taking the primary context again");
    atomic_store(&d->sticky, 0);
    return TN_OK;
}

static tn_status cuda_native(tn_native_kind kind, void *object, void **out)
{
    switch (kind) {
    case TN_NATIVE_DEVICE:
        *out = (void *)(intptr_t)((tn_driver_device *)object)->ordinal;
        return TN_OK;
    case TN_NATIVE_CONTEXT:
        *out = ((tn_driver_device *)object)->context;
        return TN_OK;
    case TN_NATIVE_STREAM:
        *out = ((tn_driver_stream *)object)->native;
        return TN_OK;
    case TN_NATIVE_MODULE:
        *out = ((tn_driver_module *)object)->native;
        return TN_OK;
    case TN_NATIVE_KERNEL:
        *out = ((tn_driver_kernel *)object)->native;
        return TN_OK;
    case TN_NATIVE_EVENT:
        *out = ((tn_driver_mark *)object)->native;
        return TN_OK;
    }
    return TN_FAIL(cuda__host, TN_UNSUPPORTED, "no native handle of kind %d", (int)kind);
}

static const void *cuda_get_extension(tn_driver_instance *in, const char *name, uint32_t version)
{
    (void)in, (void)name, (void)version;
    return NULL;
}

static const tn_driver table = {
    .size = sizeof table, .abi = TN_DRIVER_ABI, .name = DRIVER, .version = TN_VERSION_STRING,
    .description = "CUDA driver API: NVIDIA, Iluvatar CoreX, Moore Threads (mu names)",
    .open = cuda_open, .close = cuda_close, .device_count = cuda_device_count, .device_info = cuda_device_info,
    .device_open = cuda_device_open, .device_close = cuda_device_close, .device_memory = cuda_device_memory,
    .device_recover = cuda_device_recover, .memory_alloc = cuda__memory_alloc, .memory_free = cuda__memory_free,
    .host_alloc = cuda__host_alloc, .host_free = cuda__host_free, .stream_create = cuda__stream_create,
    .stream_destroy = cuda__stream_destroy, .stream_wait = cuda__stream_wait, .stream_passed = cuda__stream_passed,
    .stream_fault = cuda__stream_fault, .submit_launch = cuda__submit_launch, .submit_copy = cuda__submit_copy,
    .submit_copy_peer = cuda__submit_copy_peer, .submit_fill = cuda__submit_fill, .submit_wait = cuda__submit_wait,
    .submit_mark = cuda__submit_mark, .mark_create = cuda__mark_create, .mark_destroy = cuda__mark_destroy,
    .mark_elapsed = cuda__mark_elapsed, .image_score = cuda__image_score, .module_load = cuda__module_load,
    .module_unload = cuda__module_unload, .module_kernel = cuda__module_kernel, .module_variable = cuda__module_variable,
    .native = cuda_native, .get_extension = cuda_get_extension,
};

tn_status tn_driver_query(const tn_host *host, uint32_t abi, const tn_driver **out)
{
    if (abi >> 16 != TN_DRIVER_ABI_MAJOR)
        return TN_VERSION;
    cuda__host = host;
    *out = &table;
    return TN_OK;
}
