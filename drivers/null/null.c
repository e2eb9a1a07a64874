/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drivers/null/null.c - the driver to copy. Its device is the host: memory is host memory, a stream runs each
 * submission at once on the calling thread, kernels are C functions of this file. Everything that a driver must do is
 * here, and where a real one calls its vendor's library, this one calls libc. README.md has the recipe. A null device
 * appears only when it is asked for, by an entry "null" or "null:2" of the simulated devices, and says that it is
 * simulated. Owns what it makes. May include tenon/driver.h and the readers of kernel tables in bundle/ktab.h, nothing
 * else of Tenon.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bundle/ktab.h"
#include "tenon/driver.h"

#define DEVICE_NAME   "null"
#define DEVICE_MEMORY ((uint64_t)256 << 20)   /* what a device claims to have */
#define DEVICE_ALIGN  256u

struct tn_driver_device {
    tn_driver_instance *instance;
    _Atomic(uint64_t) used;   /* bytes */
};

struct tn_driver_instance {
    uint32_t count;
    tn_driver_device devices[64];
};

struct tn_driver_stream {
    tn_driver_device *device;
    _Atomic(uint64_t) passed;
};

struct tn_driver_mark {
    _Atomic(int64_t) time_ns;
};

/* A built-in kernel runs its whole grid. */
typedef void kernel_fn(const unsigned char *args, uint64_t threads);

struct tn_driver_kernel {
    kernel_fn *run;
};

struct tn_driver_module {
    tn_driver_device *device;
    const tn_ktab *table;
    unsigned char *variables;
    uint32_t kernel_count;
    tn_driver_kernel kernels[];
};

static const tn_host *host;

/* ------------------------------------------------------------------------------------------------------- */
/* Instances and devices */

/* The number of devices that "a100:8,null:2" asks of us. The runtime has checked the form. */
static uint32_t devices_asked(const char *simulate)
{
    const size_t length = strlen(DEVICE_NAME);
    uint32_t count = 0;
    for (const char *at = simulate; at && *at; at += strcspn(at, ","), at += *at == ',')
        if (!strncmp(at, DEVICE_NAME, length) && strcspn(at, ",:") == length)
            count += at[length] == ':' ? (uint32_t)strtoul(at + length + 1, NULL, 10) : 1;
    return count;
}

static tn_status null_open(const tn_driver_options *options, tn_driver_instance **out)
{
    tn_driver_instance *instance = host->alloc(sizeof *instance);
    const uint32_t most = sizeof instance->devices / sizeof *instance->devices;
    if (!instance)
        return TN_FAIL(host, TN_OUT_OF_HOST_MEMORY, "no memory for the null driver");
    instance->count = devices_asked(options->simulate);
    if (instance->count > most) {
        host->free(instance);
        return TN_FAIL(host, TN_INVALID, "the null driver has at most %u devices", most);
    }
    for (uint32_t i = 0; i < instance->count; i++)
        instance->devices[i].instance = instance;
    host->explain(DEVICE_NAME, DEVICE_NAME, instance->count != 0,
                  instance->count ? "asked for" : "no entry \"%s\" asks for it", DEVICE_NAME);
    *out = instance;
    return TN_OK;
}

static void null_close(tn_driver_instance *instance)
{
    host->free(instance);
}

static tn_status null_device_count(tn_driver_instance *instance, uint32_t *out)
{
    *out = instance->count;
    return TN_OK;
}

static tn_status null_device_info(tn_driver_instance *instance, uint32_t index, tn_device_info *out)
{
    (void)instance;
    out->flags = TN_DEVICE_SIMULATED | TN_DEVICE_THREADS | TN_DEVICE_FP64 | TN_DEVICE_INDIRECT;
    snprintf(out->name, sizeof out->name, "Null device %u", index);
    snprintf(out->vendor, sizeof out->vendor, "Tenon");
    snprintf(out->arch, sizeof out->arch, DEVICE_NAME);
    snprintf(out->library, sizeof out->library, "built in");
    snprintf((char *)out->uuid, sizeof out->uuid, "%.11s-%u", DEVICE_NAME, index);
    out->units = 1;
    out->width = 1;
    out->max_threads = 1024;
    out->max_block[0] = out->max_block[1] = out->max_block[2] = 1024;
    out->max_grid[0] = 0x7fffffff;
    out->max_grid[1] = out->max_grid[2] = 65535;
    out->alloc_align = DEVICE_ALIGN;
    out->memory_bytes = DEVICE_MEMORY;
    out->local_bytes = 65536;
    out->fault_domain = TN_DOMAIN_STREAM;
    out->attribution = TN_ATTRIBUTION_EXACT;
    return TN_OK;
}

static tn_status null_device_open(tn_driver_instance *instance, uint32_t index, tn_driver_device **out)
{
    *out = &instance->devices[index];
    return TN_OK;
}

static void null_device_close(tn_driver_device *device)
{
    (void)device;
}

static tn_status null_device_memory(tn_driver_device *device, uint64_t *free_bytes, uint64_t *total_bytes)
{
    *free_bytes = DEVICE_MEMORY - device->used;
    *total_bytes = DEVICE_MEMORY;
    return TN_OK;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Memory. A block remembers its size in front of the address that is given out. */

static tn_status take(tn_driver_device *device, uint64_t bytes, uint64_t align, void **out)
{
    uint64_t size = bytes <= DEVICE_MEMORY ? (bytes + align - 1) / align * align : bytes, used = device->used;
    do {
        if (size > DEVICE_MEMORY - used)
            return TN_FAIL(host, TN_OUT_OF_MEMORY, "%llu bytes are asked for, %llu of %llu are free",
                           (unsigned long long)bytes, (unsigned long long)(DEVICE_MEMORY - used),
                           (unsigned long long)DEVICE_MEMORY);
    } while (!atomic_compare_exchange_weak(&device->used, &used, used + size));
    unsigned char *block = aligned_alloc(align, size + align);
    if (!block) {
        device->used -= size;
        return TN_FAIL(host, TN_OUT_OF_HOST_MEMORY, "the host has no %llu bytes left", (unsigned long long)size);
    }
    memcpy(block, &size, sizeof size);
    *out = block + align;
    return TN_OK;
}

static void give(tn_driver_device *device, void *pointer, uint64_t align)
{
    uint64_t size;
    memcpy(&size, (unsigned char *)pointer - align, sizeof size);
    device->used -= size;
    free((unsigned char *)pointer - align);
}

static tn_status null_memory_alloc(tn_driver_device *device, uint64_t bytes, tn_address *out)
{
    void *pointer;
    tn_status status = take(device, bytes, DEVICE_ALIGN, &pointer);
    if (status == TN_OK)
        *out = (tn_address)(uintptr_t)pointer;
    return status;
}

static tn_status null_memory_free(tn_driver_device *device, tn_address address)
{
    give(device, (void *)(uintptr_t)address, DEVICE_ALIGN);
    return TN_OK;
}

static tn_status null_host_alloc(tn_driver_device *device, uint64_t bytes, void **out, tn_address *out_device)
{
    tn_status status = take(device, bytes, 4096, out);
    if (status == TN_OK)
        *out_device = (tn_address)(uintptr_t)*out;
    return status;
}

static tn_status null_host_free(tn_driver_device *device, void *pointer)
{
    give(device, pointer, 4096);
    return TN_OK;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Streams: what is submitted has passed when the call returns. */

static tn_status null_stream_create(tn_driver_device *device, const tn_driver_stream_options *options,
                                    tn_driver_stream **out)
{
    if (options->adopt)
        return TN_FAIL(host, TN_UNSUPPORTED, "the null driver has no streams but its own");
    tn_driver_stream *stream = host->alloc(sizeof *stream);
    if (!stream)
        return TN_FAIL(host, TN_OUT_OF_HOST_MEMORY, "no memory for a stream");
    stream->device = device;
    *out = stream;
    return TN_OK;
}

static void null_stream_destroy(tn_driver_stream *stream)
{
    host->free(stream);
}

static tn_status null_stream_wait(tn_driver_stream *stream, uint64_t value, uint64_t timeout_ns)
{
    (void)timeout_ns;
    return stream->passed >= value ? TN_OK
                                   : TN_FAIL(host, TN_INTERNAL, "a wait for value %llu of %llu",
                                             (unsigned long long)value, (unsigned long long)stream->passed);
}

static tn_status null_stream_passed(tn_driver_stream *stream, uint64_t *out)
{
    *out = stream->passed;
    return TN_OK;
}

static tn_status null_stream_fault(tn_driver_stream *stream, tn_driver_fault *out)
{
    (void)stream;
    (void)out;
    return TN_NOT_FOUND;   /* no submission of ours fails after it was taken */
}

static tn_status done(tn_driver_stream *stream, uint64_t value)
{
    stream->passed = value;
    return TN_OK;
}

static tn_status null_submit_launch(tn_driver_stream *stream, tn_driver_kernel *kernel, const tn_driver_launch *launch,
                                    uint64_t value, uint32_t flags)
{
    (void)flags;
    uint64_t blocks = (uint64_t)launch->grid.x * launch->grid.y * launch->grid.z;
    kernel->run(launch->args, blocks * launch->block.x * launch->block.y * launch->block.z);
    return done(stream, value);
}

static tn_status null_submit_copy(tn_driver_stream *stream, tn_copy_kind kind, uint64_t dst, uint64_t src,
                                  uint64_t bytes, bool pinned, uint64_t value, uint32_t flags)
{
    (void)kind;
    (void)pinned;
    (void)flags;
    memcpy((void *)(uintptr_t)dst, (const void *)(uintptr_t)src, bytes);
    return done(stream, value);
}

static tn_status null_submit_fill(tn_driver_stream *stream, tn_address dst, uint32_t pattern, uint32_t pattern_bytes,
                                  uint64_t count, uint64_t value, uint32_t flags)
{
    (void)flags;
    unsigned char *to = (unsigned char *)(uintptr_t)dst;
    for (uint64_t i = 0; i < count; i++, to += pattern_bytes)
        memcpy(to, &pattern, pattern_bytes);   /* little-endian, as every host that we support */
    return done(stream, value);
}

static tn_status null_submit_wait(tn_driver_stream *stream, tn_driver_stream *other, uint64_t other_value,
                                  uint64_t value, uint32_t flags)
{
    (void)other;
    (void)other_value;   /* has passed */
    (void)flags;
    return done(stream, value);
}

static tn_status null_submit_mark(tn_driver_stream *stream, tn_driver_mark *mark, uint64_t value, uint32_t flags)
{
    struct timespec now;
    (void)flags;
    clock_gettime(CLOCK_MONOTONIC, &now);
    mark->time_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    return done(stream, value);
}

static tn_status null_mark_create(tn_driver_device *device, tn_driver_mark **out)
{
    (void)device;
    *out = host->alloc(sizeof **out);
    return *out ? TN_OK : TN_FAIL(host, TN_OUT_OF_HOST_MEMORY, "no memory for an event");
}

static void null_mark_destroy(tn_driver_mark *mark)
{
    host->free(mark);
}

static tn_status null_mark_elapsed(tn_driver_mark *from, tn_driver_mark *to, int64_t *out_ns)
{
    *out_ns = to->time_ns - from->time_ns;
    return TN_OK;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Modules: an image of kind vendor and target "null" has no bytes that matter; its table names built-in kernels. */

static void run_nothing(const unsigned char *args, uint64_t threads)
{
    (void)args;
    (void)threads;
}

/* fill_u32(uint32_t *to, uint32_t value, uint32_t n) */
static void run_fill_u32(const unsigned char *args, uint64_t threads)
{
    struct { uint32_t *to; uint32_t value, n; } a;
    memcpy(&a, args, sizeof a);
    for (uint64_t i = 0; i < threads && i < a.n; i++)
        a.to[i] = a.value;
}

/* add_f32(const float *x, const float *y, float *to, uint32_t n) */
static void run_add_f32(const unsigned char *args, uint64_t threads)
{
    struct { const float *x, *y; float *to; uint32_t n, padding; } a;
    memcpy(&a, args, offsetof(__typeof__(a), padding));
    for (uint64_t i = 0; i < threads && i < a.n; i++)
        a.to[i] = a.x[i] + a.y[i];
}

static const struct {
    const char *name;
    kernel_fn *run;
    uint32_t args_bytes;
} built_in[] = {
    { "nothing",  run_nothing,  0 },
    { "fill_u32", run_fill_u32, 16 },
    { "add_f32",  run_add_f32,  28 },
};

static uint32_t null_image_score(tn_driver_device *device, const tn_driver_image *image, const char **why)
{
    (void)device;
    if (image->kind == TN_IMAGE_VENDOR && !strcmp(image->target, DEVICE_NAME))
        return 100;
    *why = "it takes vendor images for \"" DEVICE_NAME "\" only";
    return 0;
}

static void null_module_unload(tn_driver_module *module)
{
    if (module->variables)
        give(module->device, module->variables, DEVICE_ALIGN);
    host->free(module);
}

static kernel_fn *find_built_in(const tn_ktab *table, const tn_ktab_kernel *row)
{
    for (size_t i = 0; i < sizeof built_in / sizeof *built_in; i++)
        if (!strcmp(tn_ktab_entry(table, row), built_in[i].name) && row->args_bytes == built_in[i].args_bytes)
            return built_in[i].run;
    return NULL;
}

/* Where a variable lies in the module's block, or, for the index behind the last, how long the block is. */
static uint64_t variable_at(const tn_ktab *table, uint32_t index)
{
    uint64_t at = 0;
    for (uint32_t i = 0; i < index; i++)
        at += (tn_ktab_variable_at(table, i)->bytes + DEVICE_ALIGN - 1) / DEVICE_ALIGN * DEVICE_ALIGN;
    return at;
}

static tn_status null_module_load(tn_driver_device *device, const tn_driver_image *image, tn_driver_module **out)
{
    const tn_ktab *table = image->table;
    uint64_t bytes = variable_at(table, table->variable_count);
    tn_driver_module *module = host->alloc(sizeof *module + table->kernel_count * sizeof *module->kernels);
    if (!module)
        return TN_FAIL(host, TN_OUT_OF_HOST_MEMORY, "no memory for a module");
    module->device = device;
    module->table = table;
    module->kernel_count = table->kernel_count;
    for (uint32_t i = 0; i < table->kernel_count; i++) {
        const tn_ktab_kernel *row = tn_ktab_kernel_at(table, i);
        module->kernels[i].run = find_built_in(table, row);
        if (!module->kernels[i].run) {
            tn_status status =
                TN_FAIL(host, TN_NO_IMAGE, "the null device has no built-in kernel %s with %u bytes of arguments",
                        tn_ktab_entry(table, row), row->args_bytes);
            null_module_unload(module);
            return status;
        }
    }
    void *block = NULL;
    tn_status status = bytes ? take(device, bytes, DEVICE_ALIGN, &block) : TN_OK;
    if (status != TN_OK) {
        null_module_unload(module);
        return status;
    }
    if (block)
        memset(block, 0, bytes);
    module->variables = block;
    *out = module;
    return TN_OK;
}

static tn_status null_module_kernel(tn_driver_module *module, uint32_t table_index, tn_driver_kernel **out)
{
    *out = &module->kernels[table_index];
    return TN_OK;
}

static tn_status null_module_variable(tn_driver_module *module, uint32_t table_index, tn_address *out,
                                      uint64_t *out_bytes)
{
    *out = (tn_address)(uintptr_t)(module->variables + variable_at(module->table, table_index));
    *out_bytes = tn_ktab_variable_at(module->table, table_index)->bytes;
    return TN_OK;
}

static tn_status null_native(tn_native_kind kind, void *object, void **out)
{
    if (kind != TN_NATIVE_DEVICE && kind != TN_NATIVE_STREAM)
        return TN_FAIL(host, TN_UNSUPPORTED, "the null driver has handles of devices and streams only");
    *out = object;
    return TN_OK;
}

/* Not here: device_recover, stream_abort and submit_copy_peer, which a chip may lack. */
static const tn_driver null_driver = {
    .size = sizeof(tn_driver),
    .abi = TN_DRIVER_ABI,
    .name = DEVICE_NAME,
    .description = "The host as a device, to copy and to test",
    .version = "0.1.0",
    .open = null_open,
    .close = null_close,
    .device_count = null_device_count,
    .device_info = null_device_info,
    .device_open = null_device_open,
    .device_close = null_device_close,
    .device_memory = null_device_memory,
    .memory_alloc = null_memory_alloc,
    .memory_free = null_memory_free,
    .host_alloc = null_host_alloc,
    .host_free = null_host_free,
    .stream_create = null_stream_create,
    .stream_destroy = null_stream_destroy,
    .stream_wait = null_stream_wait,
    .stream_passed = null_stream_passed,
    .stream_fault = null_stream_fault,
    .submit_launch = null_submit_launch,
    .submit_copy = null_submit_copy,
    .submit_fill = null_submit_fill,
    .submit_wait = null_submit_wait,
    .submit_mark = null_submit_mark,
    .mark_create = null_mark_create,
    .mark_destroy = null_mark_destroy,
    .mark_elapsed = null_mark_elapsed,
    .image_score = null_image_score,
    .module_load = null_module_load,
    .module_unload = null_module_unload,
    .module_kernel = null_module_kernel,
    .module_variable = null_module_variable,
    .native = null_native,
};

TN_EXPORT tn_status tn_driver_query(const tn_host *the_host, uint32_t abi, const tn_driver **out)
{
    *out = &null_driver;
    if (abi >> 16 != TN_DRIVER_ABI_MAJOR)
        return TN_VERSION;
    host = the_host;
    return TN_OK;
}
