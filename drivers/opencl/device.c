/* SPDX-License-Identifier: Apache-2.0 */
/* device.c - finding the OpenCL devices that the driver can use, and opening one: a context of its own, since OpenCL
 * has no primary context, its memory, and a small queue for the driver's own writes. */
#include "drivers/opencl/internal.h"

#include <CL/cl_ext.h>
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

/* ------------------------------------------------------------------------------------------------------- */
/* What a device says of itself */

static void text_of(cl_device_id d, cl_device_info what, char *out, size_t room)
{
    char text[1024] = "";
    ocl_cl.GetDeviceInfo(d, what, sizeof text, text, NULL);
    const char *from = text + strspn(text, " ");
    snprintf(out, room, "%.*s", (int)(room - 1), from);
}

static void keep_words(char *text, int count)
{
    for (; *text; text++)
        if (*text == ' ' && !--count)
            *text-- = 0;
}

static uint64_t number_of(cl_device_id d, cl_device_info what, size_t bytes)
{
    uint64_t value = 0;
    ocl_cl.GetDeviceInfo(d, what, bytes, &value, NULL);
    return value;
}

#define NUMBER(d, what, type) ((type)number_of((d), (what), sizeof(type)))

static bool has_extension(const char *list, const char *name)
{
    size_t n = strlen(name);
    for (const char *at = strstr(list, name); at; at = strstr(at + n, name))
        if ((at == list || at[-1] == ' ') && (at[n] == ' ' || at[n] == 0))
            return true;
    return false;
}

/* The vendor's library behind the ICD loader: the loader's contract (CL/cl_icd.h) is that each object begins with a
 * pointer to the vendor's table of functions. */
static void path_of_vendor(cl_device_id d, const char *loader, char *out, size_t room)
{
    void *const *const *table = (void *const *const *)d;
    Dl_info where;
    const char *path = table && *table && dladdr((*table)[0], &where) && where.dli_fname ? where.dli_fname : loader;
    snprintf(out, room, "%.*s", (int)(room - 1), path);
}

static void hash_into(uint8_t out[16], const char *text)
{
    uint64_t h[2] = { 0xcbf29ce484222325ull, 0x9e3779b97f4a7c15ull };
    for (; *text; text++)
        for (int i = 0; i < 2; i++)
            h[i] = (h[i] ^ (uint8_t)*text) * 0x100000001b3ull;
    for (int i = 0; i < 16; i++)
        out[i] ^= (uint8_t)(h[i / 8] >> (8 * (i % 8)));
}

/* The vendor's, where there is one; else a name-based one (RFC 9562, version 8) of platform, device and place in the
 * list. */
static void identity(ocl_found *f, const char *extensions, const char *platform, uint32_t index)
{
    tn_device_info *info = &f->info;
    if (has_extension(extensions, "cl_khr_device_uuid")
        && ocl_cl.GetDeviceInfo(f->device, CL_DEVICE_UUID_KHR, sizeof info->uuid, info->uuid, NULL) == CL_SUCCESS)
        return;
    char all[512];
    snprintf(all, sizeof all, "opencl/%s/%s/%s/%u", platform, info->name, info->library_version, index);
    hash_into(info->uuid, all);
    info->uuid[6] = (uint8_t)((info->uuid[6] & 0x0f) | 0x80);
    info->uuid[8] = (uint8_t)((info->uuid[8] & 0x3f) | 0x80);
}

static void place_on_bus(ocl_found *f, const char *extensions)
{
    cl_device_pci_bus_info_khr pci;
    if (!has_extension(extensions, "cl_khr_pci_bus_info")
        || ocl_cl.GetDeviceInfo(f->device, CL_DEVICE_PCI_BUS_INFO_KHR, sizeof pci, &pci, NULL) != CL_SUCCESS)
        return;
    f->info.flags |= TN_DEVICE_HAS_PCI;
    f->info.pci_domain = pci.pci_domain;
    f->info.pci_bus = pci.pci_bus;
    f->info.pci_slot = pci.pci_device;
    f->info.pci_function = pci.pci_function;
}

static void limits(ocl_found *f)
{
    cl_device_id d = f->device;
    tn_device_info *info = &f->info;
    size_t sizes[3] = { 1, 1, 1 };
    ocl_cl.GetDeviceInfo(d, CL_DEVICE_MAX_WORK_ITEM_SIZES, sizeof sizes, sizes, NULL);
    info->units = NUMBER(d, CL_DEVICE_MAX_COMPUTE_UNITS, cl_uint);
    info->width = 1;
    info->max_threads = (uint32_t)NUMBER(d, CL_DEVICE_MAX_WORK_GROUP_SIZE, size_t);
    for (int i = 0; i < 3; i++) {
        info->max_block[i] = (uint32_t)sizes[i];
        info->max_grid[i] =
            i == 0 ? 0x7fffffff : 65535; /* OpenCL bounds the number of threads only: CUDA's own limits */
    }
    info->alloc_align = OCL_GRAIN;
    info->clock_khz = NUMBER(d, CL_DEVICE_MAX_CLOCK_FREQUENCY, cl_uint) * 1000;
    info->memory_bytes = NUMBER(d, CL_DEVICE_GLOBAL_MEM_SIZE, cl_ulong);
    info->local_bytes = NUMBER(d, CL_DEVICE_LOCAL_MEM_SIZE, cl_ulong);
}

static void describe(ocl_found *f, const char *platform, const char *loader, uint32_t index)
{
    cl_device_id d = f->device;
    tn_device_info *info = &f->info;
    char extensions[4096] = "", version[64] = "";
    ocl_cl.GetDeviceInfo(d, CL_DEVICE_EXTENSIONS, sizeof extensions, extensions, NULL);
    info->size = sizeof *info;
    text_of(d, CL_DEVICE_NAME, info->name, sizeof info->name);
    text_of(d, CL_DEVICE_VENDOR, info->vendor, sizeof info->vendor);
    text_of(d, CL_DEVICE_VERSION, info->arch, sizeof info->arch);
    keep_words(info->arch, 2); /* "OpenCL 3.0"; behind it stands what the vendor likes, of any length */
    text_of(d, CL_DRIVER_VERSION, info->library_version, sizeof info->library_version);
    text_of(d, CL_DEVICE_OPENCL_C_VERSION, version, sizeof version);
    sscanf(version, "OpenCL C %u.%u", &info->version_major, &info->version_minor);
    snprintf(info->driver, sizeof info->driver, "opencl");
    path_of_vendor(d, loader, info->library, sizeof info->library);
    limits(f);
    bool is_cpu = NUMBER(d, CL_DEVICE_TYPE, cl_device_type) & CL_DEVICE_TYPE_CPU;
    info->flags = TN_DEVICE_THREADS | (f->tier == OCL_BUFFERS ? 0 : TN_DEVICE_INDIRECT);
    info->flags |= is_cpu ? TN_DEVICE_CPU | TN_DEVICE_INTEGRATED : 0;
    info->flags |= NUMBER(d, CL_DEVICE_HOST_UNIFIED_MEMORY, cl_bool) ? TN_DEVICE_INTEGRATED : 0;
    info->flags |= NUMBER(d, CL_DEVICE_DOUBLE_FP_CONFIG, cl_device_fp_config) ? TN_DEVICE_FP64 : 0;
    info->flags |= has_extension(extensions, "cl_khr_fp16") ? TN_DEVICE_FP16 : 0;
    info->flags |= has_extension(extensions, "cl_khr_int64_base_atomics")
                   && has_extension(extensions, "cl_khr_int64_extended_atomics") ? TN_DEVICE_ATOMIC_64 : 0;
    /* A kernel that a processor runs takes the process with it when it goes wrong. */
    info->fault_domain = is_cpu ? TN_DOMAIN_PROCESS : TN_DOMAIN_CONTEXT;
    info->attribution = is_cpu ? TN_ATTRIBUTION_NONE : TN_ATTRIBUTION_WINDOW;
    info->unbounded_waits = 3;         /* clWaitForEvents, clFinish, clBuildProgram */
    identity(f, extensions, platform, index);
    place_on_bus(f, extensions);
}

/* ------------------------------------------------------------------------------------------------------- */
/* Finding */

static void choose_tier(ocl_found *f)
{
    char extensions[4096] = "";
    ocl_cl.GetDeviceInfo(f->device, CL_DEVICE_EXTENSIONS, sizeof extensions, extensions, NULL);
    ocl_cl.GetDeviceInfo(f->device, CL_DEVICE_SVM_CAPABILITIES, sizeof f->svm, &f->svm, NULL);
    if (f->svm & (CL_DEVICE_SVM_COARSE_GRAIN_BUFFER | CL_DEVICE_SVM_FINE_GRAIN_BUFFER))
        f->tier = OCL_SVM;
    else if (has_extension(extensions, "cl_ext_buffer_device_address") && ocl_cl.CreateBufferWithProperties)
        f->tier = OCL_ADDRESSES;
    else
        f->tier = OCL_BUFFERS;
}

static const char *tier_text(const ocl_found *f)
{
    switch (f->tier) {
    case OCL_SVM:
        return f->svm & CL_DEVICE_SVM_FINE_GRAIN_BUFFER ? "fine-grained shared virtual memory"
                                                        : "coarse-grained shared virtual memory";
    case OCL_ADDRESSES: return "buffers whose addresses the device tells";
    default: return "plain buffers; kernels that follow pointers from memory are refused";
    }
}

/* The reason why a device is left out, or NULL. */
static const char *unusable(cl_device_id d)
{
    if (!NUMBER(d, CL_DEVICE_AVAILABLE, cl_bool))
        return "the vendor's library says that it is not available";
    if (!NUMBER(d, CL_DEVICE_COMPILER_AVAILABLE, cl_bool))
        return "it has no compiler for OpenCL C";
    if (!NUMBER(d, CL_DEVICE_ENDIAN_LITTLE, cl_bool) || NUMBER(d, CL_DEVICE_ADDRESS_BITS, cl_uint) != 64)
        return "it does not have 64-bit little-endian addresses";
    return NULL;
}

static void find_on_platform(tn_driver_instance *instance, cl_platform_id platform)
{
    cl_device_id devices[OCL_MAX_DEVICES];
    cl_uint count = 0;
    char platform_name[128] = "", name[128];
    ocl_cl.GetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof platform_name, platform_name, NULL);
    cl_int e = ocl_cl.GetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, OCL_MAX_DEVICES, devices, &count);
    if (e != CL_SUCCESS || !count) {
        ocl_host->explain("opencl", platform_name, false, "this platform has no device (%s)",
                          e == CL_SUCCESS     ? "an empty list"
                          : ocl_error_name(e) ? ocl_error_name(e)
                                              : "an unlisted error");
        return;
    }
    for (cl_uint i = 0; i < count && i < OCL_MAX_DEVICES && instance->count < OCL_MAX_DEVICES; i++) {
        ocl_found *f = &instance->devices[instance->count];
        memset(f, 0, sizeof *f);
        text_of(devices[i], CL_DEVICE_NAME, name, sizeof name);
        const char *why = unusable(devices[i]);
        if (why) {
            ocl_host->explain("opencl", name, false, "on platform %s: %s", platform_name, why);
            continue;
        }
        f->platform = platform;
        f->device = devices[i];
        choose_tier(f);
        describe(f, platform_name, instance->library.path, i);
        ocl_host->explain("opencl", name, true, "on platform %s, through %s; memory: %s", platform_name,
                          f->info.library, tier_text(f));
        instance->count++;
    }
}

void ocl_find_devices(tn_driver_instance *instance)
{
    cl_platform_id platforms[32];
    cl_uint count = 0;
    cl_int e = ocl_cl.GetPlatformIDs(32, platforms, &count);
    if (e != CL_SUCCESS || !count) {
        ocl_host->explain("opencl", instance->library.path, false,
                          "no vendor's OpenCL is registered in /etc/OpenCL/vendors (%s)",
                          ocl_error_name(e) ? ocl_error_name(e) : "an empty list");
        return;
    }
    for (cl_uint p = 0; p < count && p < 32; p++)
        find_on_platform(instance, platforms[p]);
}

/* ------------------------------------------------------------------------------------------------------- */
/* Opening */

static tn_status open_memory(tn_driver_device *d)
{
    cl_device_id id = d->found->device;
    uint64_t largest = NUMBER(id, CL_DEVICE_MAX_MEM_ALLOC_SIZE, cl_ulong), capacity = d->found->info.memory_bytes;
    bool fine = d->found->tier == OCL_SVM && d->found->svm & CL_DEVICE_SVM_FINE_GRAIN_BUFFER;
    tn_status status = ocl_pool_open(&d->memory, d->context, d->found->tier, CL_MEM_READ_WRITE, capacity, largest);
    if (status == TN_OK && fine) {
        status = ocl_pool_open(&d->host_memory, d->context, OCL_SVM, CL_MEM_READ_WRITE | CL_MEM_SVM_FINE_GRAIN_BUFFER,
                               capacity, largest);
        d->has_host_memory = status == TN_OK;
    }
    return status;
}

tn_status ocl_device_open(tn_driver_instance *instance, uint32_t index, tn_driver_device **out)
{
    tn_driver_device *d = ocl_host->alloc(sizeof *d);
    if (!d)
        return TN_FAIL(ocl_host, TN_OUT_OF_HOST_MEMORY, "no memory for a device");
    d->found = &instance->devices[index];
    const cl_context_properties properties[] = { CL_CONTEXT_PLATFORM, (cl_context_properties)d->found->platform, 0 };
    cl_int e;
    d->context = ocl_cl.CreateContext(properties, 1, &d->found->device, NULL, NULL, &e);
    if (d->context)
        d->queue = ocl_cl.CreateCommandQueueWithProperties(d->context, d->found->device, NULL, &e);
    if (d->queue && d->found->tier == OCL_ADDRESSES)
        *(void **)&d->set_address =
            ocl_cl.GetExtensionFunctionAddressForPlatform(d->found->platform, "clSetKernelArgDevicePointerEXT");
    tn_status status;
    if (d->queue && d->found->tier == OCL_ADDRESSES && !d->set_address)
        status = TN_FAIL(ocl_host, TN_BAD_DRIVER,
                         "%s lists cl_ext_buffer_device_address and has no clSetKernelArgDevicePointerEXT",
                         d->found->info.name);
    else
        status = d->queue ? open_memory(d) : OCL_FAIL(e, "%s gives no context or queue", d->found->info.name);
    if (status != TN_OK) {
        if (d->queue)
            ocl_cl.ReleaseCommandQueue(d->queue);
        if (d->context)
            ocl_cl.ReleaseContext(d->context);
        ocl_host->free(d);
        return status;
    }
    pthread_mutex_init(&d->queue_lock, NULL);
    d->rounds_correctly = NUMBER(d->found->device, CL_DEVICE_SINGLE_FP_CONFIG, cl_device_fp_config)
                          & CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT;
    *out = d;
    return TN_OK;
}

void ocl_device_close(tn_driver_device *d)
{
    ocl_pool_close(&d->memory);
    if (d->has_host_memory)
        ocl_pool_close(&d->host_memory);
    ocl_cl.ReleaseCommandQueue(d->queue);
    ocl_cl.ReleaseContext(d->context);
    pthread_mutex_destroy(&d->queue_lock);
    ocl_host->free(d);
}

/* ------------------------------------------------------------------------------------------------------- */
/* Memory in a queue */

cl_int ocl_copy(tn_driver_device *d, cl_command_queue queue, tn_copy_kind kind, uint64_t dst, uint64_t src,
                uint64_t bytes, cl_event *event)
{
    void *to = (void *)(uintptr_t)dst, *from = (void *)(uintptr_t)src;
    size_t to_offset = 0, from_offset = 0;
    if (d->found->tier == OCL_SVM)
        return ocl_cl.EnqueueSVMMemcpy(queue, CL_FALSE, to, from, bytes, 0, NULL, event);
    cl_mem to_buffer = kind == TN_COPY_TO_HOST ? NULL : ocl_pool_find(&d->memory, dst, &to_offset);
    cl_mem from_buffer = kind == TN_COPY_TO_DEVICE ? NULL : ocl_pool_find(&d->memory, src, &from_offset);
    switch (kind) {
    case TN_COPY_TO_DEVICE:
        return ocl_cl.EnqueueWriteBuffer(queue, to_buffer, CL_FALSE, to_offset, bytes, from, 0, NULL, event);
    case TN_COPY_TO_HOST:
        return ocl_cl.EnqueueReadBuffer(queue, from_buffer, CL_FALSE, from_offset, bytes, to, 0, NULL, event);
    default:
        return ocl_cl.EnqueueCopyBuffer(queue, from_buffer, to_buffer, from_offset, to_offset, bytes, 0, NULL, event);
    }
}

cl_int ocl_fill(tn_driver_device *d, cl_command_queue queue, tn_address dst, const void *pattern, size_t pattern_bytes,
                uint64_t bytes, cl_event *event)
{
    size_t offset;
    if (d->found->tier == OCL_SVM)
        return ocl_cl.EnqueueSVMMemFill(queue, (void *)(uintptr_t)dst, pattern, pattern_bytes, bytes, 0, NULL, event);
    cl_mem buffer = ocl_pool_find(&d->memory, dst, &offset);
    return ocl_cl.EnqueueFillBuffer(queue, buffer, pattern, pattern_bytes, offset, bytes, 0, NULL, event);
}

tn_status ocl_device_write(tn_driver_device *d, tn_address to, const void *src, uint64_t bytes)
{
    static const uint8_t zero = 0;
    pthread_mutex_lock(&d->queue_lock);
    cl_int e = src ? ocl_copy(d, d->queue, TN_COPY_TO_DEVICE, to, (uint64_t)(uintptr_t)src, bytes, NULL)
                   : ocl_fill(d, d->queue, to, &zero, 1, bytes, NULL);
    if (e == CL_SUCCESS)
        e = ocl_cl.Finish(d->queue);
    pthread_mutex_unlock(&d->queue_lock);
    return e == CL_SUCCESS
               ? TN_OK
               : OCL_FAIL(e, "writing %llu bytes of a module's variables failed", (unsigned long long)bytes);
}
