/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Ascend driver: ACL behind tenon/driver.h. Here are the library's spec, instances and devices, and the meaning of
 * ACL's error codes. One plugin serves silicon and the simulator; which it is, the library's marker says. Owns
 * instances and devices. Page: docs/drivers-ascend.md.
 */
#include "drivers/ascend/ascend.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const tn_host *ascend_host;

static const tn_library_spec spec = {
    .name = "ascend",
    .vendor = "Huawei",
    .paths = { "libascendcl.so", "libacl_rt.so" },
    .directories = { "/usr/local/Ascend/ascend-toolkit/latest/lib64", "/usr/local/Ascend/cann/lib64",
                     "/usr/local/Ascend/latest/lib64" },
    .stand_in = "libtenon-sim-ascend.so",
    .source = "CANN runtime's public sources, ACL 1.17; not run on silicon",
};

/* Calls that this driver makes and that can block without a deadline: aclrtMemcpyAsync, aclrtRecordEvent,
 * aclrtDestroyStream, aclrtMalloc, aclrtFree, aclrtBinaryLoadFromData, aclrtBinaryUnLoad. docs/drivers-ascend.md says
 * when. */
enum { UNBOUNDED_CALLS = 7 };

/* ------------------------------------------------------------------------------------------------------- */
/* Errors */

static const struct {
    aclError code;
    const char *name;
} error_names[] = {
#define ERROR_ROW(code, name, words) { code, #name },
    ACL_ERROR_MAP(ERROR_ROW)
#undef ERROR_ROW
};

/* Where a code has a status of its own; the rest is TN_VENDOR. */
static const struct {
    aclError code;
    tn_status status;
} error_statuses[] = {
    { ACL_ERROR_INVALID_PARAM, TN_INVALID },
    { ACL_ERROR_RT_PARAM_INVALID, TN_INVALID },
    { ACL_ERROR_RT_INVALID_HANDLE, TN_BAD_HANDLE },
    { ACL_ERROR_INVALID_RESOURCE_HANDLE, TN_BAD_HANDLE },
    { ACL_ERROR_RT_KERNEL_LOOKUP, TN_NOT_FOUND },
    { ACL_ERROR_RT_SYMBOL_NOT_FOUND, TN_NOT_FOUND },
    { ACL_ERROR_KERNEL_NOT_FOUND, TN_NOT_FOUND },
    { ACL_ERROR_API_NOT_SUPPORT, TN_UNSUPPORTED },
    { ACL_ERROR_FEATURE_UNSUPPORTED, TN_UNSUPPORTED },
    { ACL_ERROR_RT_FEATURE_NOT_SUPPORT, TN_UNSUPPORTED },
    { ACL_ERROR_RT_MEMORY_ALLOCATION, TN_OUT_OF_MEMORY },
    { ACL_ERROR_RT_DEVICE_OOM, TN_OUT_OF_MEMORY },
    { ACL_ERROR_BAD_ALLOC, TN_OUT_OF_HOST_MEMORY },
    { ACL_ERROR_RT_NO_STREAM_RESOURCE, TN_LIMIT },
    { ACL_ERROR_RT_NO_EVENT_RESOURCE, TN_LIMIT },
    { ACL_ERROR_RT_RESOURCE_ALLOC_FAIL, TN_LIMIT },
    { ACL_ERROR_RT_OVER_LIMIT, TN_LIMIT },
    { ACL_ERROR_STORAGE_OVER_LIMIT, TN_LIMIT },
    { ACL_ERROR_RT_WAIT_TIMEOUT, TN_TIMEOUT },
    { ACL_ERROR_RT_STREAM_SYNC_TIMEOUT, TN_TIMEOUT },
    { ACL_ERROR_RT_EVENT_SYNC_TIMEOUT, TN_TIMEOUT },
    { ACL_ERROR_RT_STREAM_NOT_COMPLETE, TN_NOT_READY },
    { ACL_ERROR_RT_EVENT_NOT_COMPLETE, TN_NOT_READY },
    { ACL_ERROR_RT_STREAM_ABORT, TN_ABORTED },
    { ACL_ERROR_RT_DEVICE_TASK_ABORT, TN_ABORTED },
    { ACL_ERROR_RT_LOST_HEARTBEAT, TN_DEVICE_LOST },
    { ACL_ERROR_COMPILING_STUB_MODE, TN_BAD_DRIVER },
    { ACL_ERROR_RT_TASK_TIMEOUT, TN_FAULT },
    { ACL_ERROR_RT_TS_ERROR, TN_FAULT },
    { ACL_ERROR_RT_SYS_DMA, TN_FAULT },
    { ACL_ERROR_RT_AICORE_TIMEOUT, TN_FAULT },
    { ACL_ERROR_RT_AICORE_EXCEPTION, TN_FAULT },
    { ACL_ERROR_RT_AICORE_TRAP_EXCEPTION, TN_FAULT },
    { ACL_ERROR_RT_AICPU_EXCEPTION, TN_FAULT },
    { ACL_ERROR_RT_VECTOR_CORE_TIMEOUT, TN_FAULT },
    { ACL_ERROR_RT_VECTOR_CORE_EXCEPTION, TN_FAULT },
    { ACL_ERROR_RT_VECTOR_CORE_TRAP_EXCEPTION, TN_FAULT },
    { ACL_ERROR_RT_DEVICE_MEM_ERROR, TN_FAULT },
    { ACL_ERROR_RT_HBM_MULTI_BIT_ECC_ERROR, TN_FAULT },
    { ACL_ERROR_RT_LINK_ERROR, TN_FAULT },
};

const char *ascend_error_name(aclError error)
{
    for (size_t i = 0; i < sizeof error_names / sizeof *error_names; i++)
        if (error_names[i].code == error)
            return error_names[i].name;
    return "an ACL error without a known name";
}

tn_status ascend_status(aclError error)
{
    if (error == ACL_SUCCESS)
        return TN_OK;
    for (size_t i = 0; i < sizeof error_statuses / sizeof *error_statuses; i++)
        if (error_statuses[i].code == error)
            return error_statuses[i].status;
    return TN_VENDOR;
}

const char *ascend_newest(const char *text)
{
    const char *line = text ? strrchr(text, '\n') : NULL;
    return line ? line + 1 : text;
}

tn_status ascend_fail(const ascend_api *api, aclError error, const char *file, int line, const char *format, ...)
{
    char what[256];
    va_list list;
    va_start(list, format);
    vsnprintf(what, sizeof what, format, list);
    va_end(list);
    const char *text = api->recent_message(), *newest = ascend_newest(text);
    tn_vendor_error vendor = { error, ascend_error_name(error), text };
    return ascend_host->error(ascend_status(error), &vendor, file, line, "%s: ACL answers %s (%d)%s%s", what,
                              vendor.name, error, newest ? ": " : "", newest ? newest : "");
}

/* ------------------------------------------------------------------------------------------------------- */
/* Instances */

static const tn_symbol symbols[] = {
#define API_SYMBOL(member, function, required) { #function, offsetof(ascend_api, member), required },
    ASCEND_API(API_SYMBOL)
#undef API_SYMBOL
};

static void name_version(ascend_library *l)
{
    int32_t major = 0, minor = 0, patch = 0, package = 0;
    if (l->api.version && l->api.version(&major, &minor, &patch) == ACL_SUCCESS)
        snprintf(l->version, sizeof l->version, "ACL %d.%d.%d", major, minor, patch);
    else
        snprintf(l->version, sizeof l->version, "ACL");
    if (l->api.package_version && l->api.package_version((char[]){ "runtime" }, &package) == ACL_SUCCESS) {
        size_t used = strlen(l->version);
        snprintf(l->version + used, sizeof l->version - used, ", CANN %d.%d.%d", package / 10000000,
                 package / 100000 % 100, package / 1000 % 100);
    }
    l->api.recent_message();
}

/* Starts an opened library and counts its devices. Having none is no error. */
static tn_status start(ascend_library *l)
{
    tn_status status =
        tn_library_bind(ascend_host, "ascend", &l->library, symbols, sizeof symbols / sizeof *symbols, &l->api);
    if (status != TN_OK)
        return status;
    aclError error = l->api.init(NULL);
    if (error != ACL_SUCCESS && error != ACL_ERROR_REPEAT_INITIALIZE)
        return ASCEND_FAIL(&l->api, error, "aclInit of %s", l->library.path);
    l->api.recent_message();
    name_version(l);
    error = l->api.device_count(&l->devices);
    if (error != ACL_SUCCESS) {
        const char *text = l->api.recent_message();
        ascend_host->explain("ascend", l->library.path, false, "counts no device: %s (%d) %s", ascend_error_name(error),
                             error, text ? text : "");
        l->devices = 0;
    }
    return TN_OK;
}

static tn_status add_library(tn_driver_instance *instance, tn_status opened, ascend_library *l)
{
    if (opened == TN_NO_DRIVER)
        return TN_OK;
    if (opened != TN_OK)
        return opened;
    tn_status status = start(l);
    if (status == TN_OK)
        instance->library_count++;
    else
        tn_library_release(&l->library);
    return status;
}

/* aclFinalize is not ours to call: others in the process may use ACL. */
static void driver_close(tn_driver_instance *instance)
{
    for (uint32_t i = 0; i < instance->library_count; i++)
        tn_library_release(&instance->libraries[i].library);
    ascend_host->free(instance);
}

static tn_status driver_open(const tn_driver_options *options, tn_driver_instance **out)
{
    tn_driver_instance *instance = ascend_host->alloc(sizeof *instance);
    if (!instance)
        return TN_FAIL(ascend_host, TN_OUT_OF_HOST_MEMORY, "no memory for an instance of the ascend driver");
    ascend_library *l = &instance->libraries[0];
    tn_status status = add_library(instance, tn_library_open(ascend_host, "ascend", &spec, options, &l->library), l);
    l = &instance->libraries[instance->library_count];
    if (status == TN_OK)
        status = add_library(instance, tn_library_open_stand_in(ascend_host, "ascend", &spec, options, &l->library), l);
    if (status == TN_OK)
        *out = instance;
    else
        driver_close(instance);
    return status;
}

static tn_status device_count(tn_driver_instance *instance, uint32_t *out)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < instance->library_count; i++)
        count += instance->libraries[i].devices;
    *out = count;
    return TN_OK;
}

static ascend_library *find_device(tn_driver_instance *instance, uint32_t index, uint32_t *out_id)
{
    for (uint32_t i = 0; i < instance->library_count; i++) {
        if (index < instance->libraries[i].devices) {
            *out_id = index;
            return &instance->libraries[i];
        }
        index -= instance->libraries[i].devices;
    }
    return NULL;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Devices */

/* What a chip that launches blocks only lets a block of ours be: threads are a loop inside. */
enum { LOOP_THREADS = 1024, LOOP_THREADS_Z = 64 };

static int64_t attribute(const ascend_library *l, uint32_t id, aclrtDevAttr attr, int64_t missing)
{
    int64_t value = 0;
    if (!l->api.device_info || l->api.device_info(id, attr, &value) != ACL_SUCCESS || value <= 0) {
        l->api.recent_message();
        return missing;
    }
    return value;
}

static void fill_shape(const ascend_library *l, uint32_t id, tn_device_info *info)
{
    uint32_t threads = (uint32_t)attribute(l, id, ACL_DEV_ATTR_MAX_THREADS_PER_BLOCK, 0);
    info->width = (uint32_t)attribute(l, id, ACL_DEV_ATTR_WARP_SIZE, 1);
    info->max_threads = threads ? threads : LOOP_THREADS;
    for (int i = 0; i < 3; i++) {
        int64_t loop = i < 2 ? LOOP_THREADS : LOOP_THREADS_Z;
        info->max_block[i] = (uint32_t)attribute(l, id, ACL_DEV_ATTR_MAX_BLOCK_DIM_X + i, loop);
        info->max_grid[i] = (uint32_t)attribute(l, id, ACL_DEV_ATTR_MAX_GRID_DIM_X + i, i ? 65535 : INT32_MAX);
    }
    info->flags |= threads ? TN_DEVICE_THREADS : 0;
}

static void fill_identity(const ascend_library *l, uint32_t id, tn_device_info *info)
{
    aclrtUuid uuid;
    char bus[32];
    unsigned domain, number, slot, function;
    if (l->api.uuid && l->api.uuid((int32_t)id, &uuid) == ACL_SUCCESS)
        memcpy(info->uuid, uuid.bytes, sizeof info->uuid);
    if (l->api.pci_bus_id && l->api.pci_bus_id((int32_t)id, bus, sizeof bus) == ACL_SUCCESS &&
        sscanf(bus, "%x:%x:%x.%x", &domain, &number, &slot, &function) == 4) {
        info->pci_domain = domain;
        info->pci_bus = number;
        info->pci_slot = slot;
        info->pci_function = function;
        info->flags |= TN_DEVICE_HAS_PCI;
    }
    l->api.recent_message();
}

static tn_status device_info(tn_driver_instance *instance, uint32_t index, tn_device_info *out)
{
    enum { UB_BYTES = 192 * 1024, ALIGN = 64 }; /* the 910B's unified buffer; aclrtMalloc's alignment */
    uint32_t id, size = out->size;
    ascend_library *l = find_device(instance, index, &id);
    if (!l)
        return TN_FAIL(ascend_host, TN_NOT_FOUND, "device %u of the ascend driver", index);
    const char *soc = l->api.soc_name();
    memset(out, 0, sizeof *out);
    out->size = size;
    snprintf(out->name, sizeof out->name, "%s", soc ? soc : "Ascend");
    snprintf(out->arch, sizeof out->arch, "%s", soc ? soc : "");
    snprintf(out->vendor, sizeof out->vendor, "Huawei");
    snprintf(out->driver, sizeof out->driver, "ascend");
    snprintf(out->library, sizeof out->library, "%s", l->library.path);
    snprintf(out->library_version, sizeof out->library_version, "%s", l->version);
    out->flags = TN_DEVICE_PEER | TN_DEVICE_FP16 | (l->library.simulated ? TN_DEVICE_SIMULATED : 0) |
                 (l->api.stream_abort ? TN_DEVICE_ABORT : 0);
    if (l->library.simulated) /* the code of the simulator's images is the host's */
        out->flags |= TN_DEVICE_FP64 | TN_DEVICE_ATOMIC_64 | TN_DEVICE_INDIRECT;
    out->units = (uint32_t)attribute(l, id, ACL_DEV_ATTR_AICORE_CORE_NUM, 0);
    fill_shape(l, id, out);
    fill_identity(l, id, out);
    out->alloc_align = ALIGN;
    out->memory_bytes = (uint64_t)attribute(l, id, ACL_DEV_ATTR_TOTAL_GLOBAL_MEM_SIZE, 0);
    out->local_bytes = (uint64_t)attribute(l, id, ACL_DEV_ATTR_UBUF_PER_VECTOR_CORE, UB_BYTES);
    out->version_major = (uint32_t)attribute(l, id, ACL_DEV_ATTR_NPU_ARCH, 0);
    out->fault_domain = TN_DOMAIN_CONTEXT;
    out->attribution = TN_ATTRIBUTION_WINDOW;
    out->unbounded_waits = UNBOUNDED_CALLS;
    return TN_OK;
}

/* aclrtSetDevice makes the default context and makes it the thread's; the thread gets its own back. */
static tn_status take_context(tn_driver_device *d)
{
    aclrtContext before = NULL;
    if (d->api->get_context(&before) != ACL_SUCCESS) {
        before = NULL;
        d->api->recent_message(); /* see ascend_enter */
    }
    aclError error = d->api->set_device(d->id);
    if (error == ACL_SUCCESS)
        error = d->api->get_context(&d->context);
    if (before)
        d->api->set_context(before);
    return error == ACL_SUCCESS
               ? TN_OK
               : ASCEND_FAIL(d->api, error, "opening Ascend device %d of %s", d->id, d->from->library.path);
}

static tn_status device_open(tn_driver_instance *instance, uint32_t index, tn_driver_device **out)
{
    uint32_t id;
    ascend_library *l = find_device(instance, index, &id);
    if (!l)
        return TN_FAIL(ascend_host, TN_NOT_FOUND, "device %u of the ascend driver", index);
    tn_driver_device *d = ascend_host->alloc(sizeof *d);
    if (!d)
        return TN_FAIL(ascend_host, TN_OUT_OF_HOST_MEMORY, "no memory for a device");
    d->instance = instance;
    d->from = l;
    d->api = &l->api;
    d->id = (int32_t)id;
    d->simulated = l->library.simulated;
    d->width = (uint32_t)attribute(l, id, ACL_DEV_ATTR_WARP_SIZE, 1);
    tn_status status = take_context(d);
    if (status != TN_OK) {
        ascend_host->free(d);
        return status;
    }
    const char *soc = d->api->soc_name();
    snprintf(d->soc, sizeof d->soc, "%s", soc ? soc : "Ascend");
    pthread_mutex_init(&d->lock, NULL);
    *out = d;
    return TN_OK;
}

static void drop_halves(tn_driver_device *d)
{
    aclError error = ACL_SUCCESS;
    if (d->halves)
        ASCEND_CALL(error, d, free_host(d->halves));
    if (error != ACL_SUCCESS)
        ascend_host->log_line(TN_LOG_WARNING, "ascend: pinned memory was not freed: %s (%d)", ascend_error_name(error),
                              error);
    d->halves = NULL;
}

/* A reset is ACL's own way back from a failure that stopped the context. It takes the device from everybody in the
 * process, so it comes only when the program asks for it. */
static tn_status device_recover(tn_driver_device *d)
{
    aclrtContext before = NULL;
    if (!d->api->reset_device)
        return TN_FAIL(ascend_host, TN_UNSUPPORTED, "this version of ACL (%s) cannot reset a device", d->from->version);
    if (d->api->get_context(&before) != ACL_SUCCESS || before == d->context)
        before = NULL;
    drop_halves(d);
    aclError error = d->api->reset_device(d->id);
    d->peers = 0;
    d->context = NULL;
    if (error != ACL_SUCCESS)
        return ASCEND_FAIL(d->api, error, "resetting %s device %d", d->soc, d->id);
    if (before)
        d->api->set_context(before);
    return take_context(d);
}

/* The default context stays: a reset would take it from everybody. */
static void device_close(tn_driver_device *d)
{
    drop_halves(d);
    pthread_mutex_destroy(&d->lock);
    ascend_host->free(d);
}

static tn_status native(tn_native_kind kind, void *object, void **out)
{
    switch (kind) {
    case TN_NATIVE_DEVICE:
        *out = (void *)(intptr_t)((tn_driver_device *)object)->id;
        return TN_OK;
    case TN_NATIVE_CONTEXT:
        *out = ((tn_driver_device *)object)->context;
        return TN_OK;
    case TN_NATIVE_STREAM:
        *out = ((tn_driver_stream *)object)->stream;
        return TN_OK;
    case TN_NATIVE_MODULE:
        *out = ascend_module_native(object);
        return TN_OK;
    case TN_NATIVE_KERNEL:
        *out = ascend_kernel_native(object);
        return TN_OK;
    case TN_NATIVE_EVENT:
        *out = ascend_mark_native(object);
        return TN_OK;
    }
    return TN_FAIL(ascend_host, TN_INVALID, "native handle of kind %d", (int)kind);
}

static const tn_driver driver = {
    .size = sizeof driver,
    .abi = TN_DRIVER_ABI,
    .name = "ascend",
    .description = "Huawei Ascend through ACL",
    .version = TN_VERSION_STRING,
    .open = driver_open,
    .close = driver_close,
    .device_count = device_count,
    .device_info = device_info,
    .device_open = device_open,
    .device_close = device_close,
    .device_memory = ascend_device_memory,
    .device_recover = device_recover,
    .memory_alloc = ascend_memory_alloc,
    .memory_free = ascend_memory_free,
    .host_alloc = ascend_host_alloc,
    .host_free = ascend_host_free,
    .stream_create = ascend_stream_create,
    .stream_destroy = ascend_stream_destroy,
    .stream_wait = ascend_stream_wait,
    .stream_passed = ascend_stream_passed,
    .stream_abort = ascend_stream_abort,
    .stream_fault = ascend_stream_fault,
    .submit_launch = ascend_submit_launch,
    .submit_copy = ascend_submit_copy,
    .submit_copy_peer = ascend_submit_copy_peer,
    .submit_fill = ascend_submit_fill,
    .submit_wait = ascend_submit_wait,
    .submit_mark = ascend_submit_mark,
    .mark_create = ascend_mark_create,
    .mark_destroy = ascend_mark_destroy,
    .mark_elapsed = ascend_mark_elapsed,
    .image_score = ascend_image_score,
    .module_load = ascend_module_load,
    .module_unload = ascend_module_unload,
    .module_kernel = ascend_module_kernel,
    .module_variable = ascend_module_variable,
    .native = native,
};

tn_status tn_driver_query(const tn_host *host, uint32_t abi, const tn_driver **out)
{
    if (abi >> 16 != TN_DRIVER_ABI_MAJOR)
        return TN_VERSION;
    ascend_host = host;
    *out = &driver;
    return TN_OK;
}
