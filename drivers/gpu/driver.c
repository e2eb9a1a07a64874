/* SPDX-License-Identifier: Apache-2.0 */
/* tn_driver_query, instances and devices. Owns instances; vendor libraries stay open until the process ends. */
#include "drivers/gpu/gpu.h"

#include <stdio.h>
#include <string.h>

enum { LIBRARIES_MAX = 8 };

const tn_host *gpu__host;

struct tn_driver_instance {
    gpu_library libraries[LIBRARIES_MAX];
    uint32_t library_count;
    struct {
        gpu_library *library;
        int ordinal;
    } * devices;
    uint32_t device_count;
};

/* Binds, initialises and counts. A library without devices is told and left out. */
static tn_status take_library(tn_driver_instance *in, const tn_library *library, uint32_t *count)
{
    gpu_library *l = &in->libraries[in->library_count];
    int found = 0;
    *count = 0;
    l->library = *library;
    tn_status status =
        tn_library_bind(gpu__host, gpu__family.name, library, gpu__family.symbols, gpu__family.symbol_count, &l->api);
    if (status != TN_OK)
        return status;
    gpu_error error = l->api.init(0);
    if (error == GPU_SUCCESS)
        error = l->api.device_count(&found);
    if (error != GPU_SUCCESS || found <= 0) {
        const char *name = gpu__family.error_name(&l->api, error);
        gpu__host->explain(gpu__family.name, library->path, false, "has no device (%s, %d)", name ? name : "no name",
                           error);
        return TN_OK;
    }
    gpu__family.version(l, l->version, sizeof l->version);
    in->library_count++;
    *count = (uint32_t)found;
    return TN_OK;
}

static tn_status add_devices(tn_driver_instance *in, gpu_library *library, uint32_t count)
{
    uint32_t total = in->device_count + count;
    void *grown = gpu__host->alloc(total * sizeof *in->devices);
    if (!grown)
        return TN_FAIL(gpu__host, TN_OUT_OF_HOST_MEMORY, "no memory for %u devices", total);
    if (in->device_count)
        memcpy(grown, in->devices, in->device_count * sizeof *in->devices);
    gpu__host->free(in->devices);
    in->devices = grown;
    for (uint32_t i = 0; i < count; i++) {
        in->devices[in->device_count].library = library;
        in->devices[in->device_count].ordinal = (int)i;
        in->device_count++;
    }
    return TN_OK;
}

static void gpu_close(tn_driver_instance *in)
{
    for (uint32_t i = 0; i < in->library_count; i++)
        tn_library_release(&in->libraries[i].library);
    gpu__host->free(in->devices);
    gpu__host->free(in);
}

/* Whether the user named a library for this spec: then its failure is an error, not a reason to look further. */
static bool forced(const tn_driver_options *options, const tn_library_spec *spec)
{
    size_t length = strlen(spec->name);
    for (const char *at = options->library_override; at && *at; at += strcspn(at, ":"), at += *at == ':')
        if (!strncmp(at, spec->name, length) && at[length] == '=')
            return true;
    return false;
}

static tn_status open_spec(tn_driver_instance *in, const tn_library_spec *spec, const tn_driver_options *options,
                           bool simulated)
{
    tn_library library;
    uint32_t count = 0;
    tn_status status = simulated ? tn_library_open_stand_in(gpu__host, gpu__family.name, spec, options, &library)
                                 : tn_library_open(gpu__host, gpu__family.name, spec, options, &library);
    if (status == TN_NO_DRIVER)
        return TN_OK;
    if (status == TN_OK)
        status = take_library(in, &library, &count);
    if (status != TN_OK || !count)
        tn_library_release(&library);
    if (status != TN_OK && !simulated && !forced(options, spec)) {
        /* a broken vendor library must not hide the other vendors' devices */
        gpu__host->explain(gpu__family.name, spec->name, false, "cannot be used");
        return TN_OK;
    }
    return status == TN_OK && count ? add_devices(in, &in->libraries[in->library_count - 1], count) : status;
}

static tn_status gpu_open(const tn_driver_options *options, tn_driver_instance **out)
{
    tn_driver_instance *in = gpu__host->alloc(sizeof *in);
    if (!in)
        return TN_FAIL(gpu__host, TN_OUT_OF_HOST_MEMORY, "no memory for an instance");
    tn_status status = TN_OK;
    for (unsigned simulated = 0; simulated < 2; simulated++)
        for (size_t i = 0; status == TN_OK && i < gpu__family.spec_count && in->library_count < LIBRARIES_MAX; i++)
            status = open_spec(in, &gpu__family.specs[i], options, simulated);
    if (status == TN_OK)
        *out = in;
    else
        gpu_close(in);
    return status;
}

static tn_status gpu_device_count(tn_driver_instance *in, uint32_t *out)
{
    *out = in->device_count;
    return TN_OK;
}

static tn_status gpu_device_info(tn_driver_instance *in, uint32_t index, tn_device_info *out)
{
    return gpu__info(in->devices[index].library, in->devices[index].ordinal, out);
}

static tn_status gpu_device_open(tn_driver_instance *in, uint32_t index, tn_driver_device **out)
{
    gpu_library *l = in->devices[index].library;
    tn_device_info info = { .size = sizeof info };
    tn_driver_device *d = gpu__host->alloc(sizeof *d);
    if (!d)
        return TN_FAIL(gpu__host, TN_OUT_OF_HOST_MEMORY, "no memory for a device");
    d->library = l;
    d->ordinal = in->devices[index].ordinal;
    tn_status status = gpu__info(l, d->ordinal, &info);
    if (status == TN_OK) {
        gpu_error error = gpu__family.device_open(d);
        if (error != GPU_SUCCESS)
            status =
                gpu__fail(NULL, l, error, l->library.simulated ? tn_library_message(&l->library) : "opening a device",
                          __FILE__, __LINE__);
    }
    if (status != TN_OK) {
        gpu__host->free(d);
        return status;
    }
    d->compute = (int)(info.version_major * 10 + info.version_minor);
    d->width = (int)info.width;
    memcpy(d->arch, info.arch, sizeof d->arch);
    *out = d;
    return TN_OK;
}

static void gpu_device_close(tn_driver_device *d)
{
    gpu__family.device_close(d);
    gpu__host->free(d);
}

static tn_status gpu_device_memory(tn_driver_device *d, uint64_t *free_bytes, uint64_t *total_bytes)
{
    size_t free_now = 0, total = 0;
    gpu_scope scope;
    tn_status status = gpu__enter(d, &scope);
    if (status != TN_OK)
        return status;
    gpu_error error = d->library->api.memory_info(&free_now, &total);
    gpu__leave(&scope);
    GPU_TRY(d, error, "asking for free memory");
    *free_bytes = free_now;
    *total_bytes = total;
    return TN_OK;
}

static tn_status gpu_device_recover(tn_driver_device *d)
{
    tn_status status = gpu__family.device_recover(d);
    if (status == TN_OK)
        atomic_store(&d->sticky, 0);
    return status;
}

/* Where the vendor's handle stands in each object. */
static const size_t native_at[] = {
    [TN_NATIVE_CONTEXT] = offsetof(tn_driver_device, context), [TN_NATIVE_STREAM] = offsetof(tn_driver_stream, native),
    [TN_NATIVE_MODULE] = offsetof(tn_driver_module, native),   [TN_NATIVE_KERNEL] = offsetof(tn_driver_kernel, native),
    [TN_NATIVE_EVENT] = offsetof(tn_driver_mark, native),
};

static tn_status gpu_native(tn_native_kind kind, void *object, void **out)
{
    if (kind == TN_NATIVE_DEVICE)
        *out = (void *)(intptr_t)((tn_driver_device *)object)->ordinal;
    else if (kind >= TN_NATIVE_CONTEXT && kind <= TN_NATIVE_EVENT)
        memcpy(out, (const char *)object + native_at[kind], sizeof *out);
    else
        return TN_FAIL(gpu__host, TN_UNSUPPORTED, "no native handle of kind %d", (int)kind);
    return TN_OK;
}

static tn_driver table = {
    .size = sizeof table,
    .abi = TN_DRIVER_ABI,
    .version = TN_VERSION_STRING,
    .open = gpu_open,
    .close = gpu_close,
    .device_count = gpu_device_count,
    .device_info = gpu_device_info,
    .device_open = gpu_device_open,
    .device_close = gpu_device_close,
    .device_memory = gpu_device_memory,
    .device_recover = gpu_device_recover,
    .memory_alloc = gpu__memory_alloc,
    .memory_free = gpu__memory_free,
    .host_alloc = gpu__host_alloc,
    .host_free = gpu__host_free,
    .stream_create = gpu__stream_create,
    .stream_destroy = gpu__stream_destroy,
    .stream_wait = gpu__stream_wait,
    .stream_passed = gpu__stream_passed,
    .stream_fault = gpu__stream_fault,
    .submit_launch = gpu__submit_launch,
    .submit_copy = gpu__submit_copy,
    .submit_copy_peer = gpu__submit_copy_peer,
    .submit_fill = gpu__submit_fill,
    .submit_wait = gpu__submit_wait,
    .submit_mark = gpu__submit_mark,
    .mark_create = gpu__mark_create,
    .mark_destroy = gpu__mark_destroy,
    .mark_elapsed = gpu__mark_elapsed,
    .image_score = gpu__image_score,
    .module_load = gpu__module_load,
    .module_unload = gpu__module_unload,
    .module_kernel = gpu__module_kernel,
    .module_variable = gpu__module_variable,
    .native = gpu_native,
};

tn_status tn_driver_query(const tn_host *host, uint32_t abi, const tn_driver **out)
{
    if (abi >> 16 != TN_DRIVER_ABI_MAJOR)
        return TN_VERSION;
    gpu__host = host;
    table.name = gpu__family.name;
    table.description = gpu__family.description;
    *out = &table;
    return TN_OK;
}
