/* SPDX-License-Identifier: Apache-2.0 */
/* mock.c - see mock.h. Its memory is host memory and copies happen at once; whether they "pass" is up to the test. */
#include "tests/unit/runtime/mock.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tenon/driver.h"

TN_EXPORT struct mock_control mock_control;

static const tn_host *host;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

struct tn_driver_instance { int unused; };
struct tn_driver_device {
    uint32_t index;
    int failed;                   /* under the mutex, as all of a stream */
};
struct tn_driver_stream {
    tn_driver_device *device;
    uint64_t submitted, passed, fault_first, fault_last;
    int failed, serial;
};
struct tn_driver_mark { int64_t time; };
struct tn_driver_module { unsigned char variable[4096]; };
struct tn_driver_kernel { int unused; };

static tn_driver_device devices[2] = { { 0, 0 }, { 1, 0 } };
static tn_driver_kernel the_kernel;
static _Atomic(int) streams_made;

static tn_status sick(void)
{
    static const tn_vendor_error vendor = { -7, "MOCK_ERROR", "the mock was told to fail" };
    if (mock_control.lost)
        return TN_FAIL(host, TN_DEVICE_LOST, "the mock is gone");
    if (mock_control.fail_in && !--mock_control.fail_in)
        return TN_FAIL_VENDOR(host, TN_VENDOR, &vendor, "call refused");
    return TN_OK;
}

#define CHECK_SICK()                                                                                           \
    do {                                                                                                       \
        tn_status sick_ = sick();                                                                              \
        if (sick_ != TN_OK)                                                                                    \
            return sick_;                                                                                      \
    } while (0)

static void *make(size_t bytes)
{
    void *p = host->alloc(bytes);
    mock_control.live++;
    return p;
}

static void unmake(void *p)
{
    mock_control.live--;
    host->free(p);
}

static tn_status m_open(const tn_driver_options *options, tn_driver_instance **out)
{
    (void)options;
    mock_control.opened++;
    *out = make(sizeof **out);
    devices[0].failed = devices[1].failed = 0;
    streams_made = 0;
    return TN_OK;
}

static void m_close(tn_driver_instance *instance)
{
    mock_control.opened--;
    unmake(instance);
}

static tn_status m_device_count(tn_driver_instance *instance, uint32_t *out)
{
    (void)instance;
    *out = 2;
    return TN_OK;
}

static tn_status m_device_info(tn_driver_instance *instance, uint32_t index, tn_device_info *out)
{
    (void)instance;
    snprintf(out->name, sizeof out->name, "Mock %u", index);
    memset(out->uuid, (int)(0xa0 + index), 16);
    out->max_threads = 256;
    out->max_block[0] = 256, out->max_block[1] = 16, out->max_block[2] = 4;
    out->max_grid[0] = 1000, out->max_grid[1] = 100, out->max_grid[2] = 10;
    out->local_bytes = 4096;
    out->alloc_align = 16;
    out->fault_domain = TN_DOMAIN_STREAM;
    return TN_OK;
}

static tn_status m_device_open(tn_driver_instance *instance, uint32_t index, tn_driver_device **out)
{
    (void)instance;
    CHECK_SICK();
    *out = &devices[index];
    mock_control.live++;
    return TN_OK;
}

static void m_device_close(tn_driver_device *device)
{
    (void)device;
    mock_control.live--;
}

static tn_status m_device_memory(tn_driver_device *device, uint64_t *free_bytes, uint64_t *total_bytes)
{
    (void)device;
    CHECK_SICK();
    *free_bytes = 1000;
    *total_bytes = 2000;
    return TN_OK;
}

static tn_status m_device_recover(tn_driver_device *device)
{
    pthread_mutex_lock(&mutex);
    device->failed = 0;
    pthread_mutex_unlock(&mutex);
    return TN_OK;
}

static tn_status m_memory_alloc(tn_driver_device *device, uint64_t bytes, tn_address *out)
{
    (void)device;
    CHECK_SICK();
    if (bytes > (1u << 24))
        return TN_FAIL(host, TN_OUT_OF_MEMORY, "the mock has 16 MiB");
    *out = (tn_address)(uintptr_t)make(bytes);
    return TN_OK;
}

static tn_status m_memory_free(tn_driver_device *device, tn_address address)
{
    (void)device;
    unmake((void *)(uintptr_t)address);
    return TN_OK;
}

static tn_status m_host_alloc(tn_driver_device *device, uint64_t bytes, void **out, tn_address *out_device)
{
    (void)device;
    CHECK_SICK();
    *out = make(bytes);
    *out_device = (tn_address)(uintptr_t)*out + ((uint64_t)1 << 60);   /* elsewhere than on the host */
    return TN_OK;
}

static tn_status m_host_free(tn_driver_device *device, void *pointer)
{
    (void)device;
    unmake(pointer);
    return TN_OK;
}

static tn_status m_stream_create(tn_driver_device *device, const tn_driver_stream_options *options,
                                 tn_driver_stream **out)
{
    (void)options;
    CHECK_SICK();
    *out = make(sizeof **out);
    (*out)->device = device;
    (*out)->serial = ++streams_made;
    return TN_OK;
}

static void m_stream_destroy(tn_driver_stream *stream)
{
    unmake(stream);
}

static int stream_failed(const tn_driver_stream *s)
{
    return s->failed || s->device->failed;
}

/* Lets pass what may pass. Under the mutex. */
static void advance(tn_driver_stream *s)
{
    uint64_t bad = mock_control.fault_at;
    if (mock_control.hold || mock_control.hold_stream == s->serial || stream_failed(s))
        return;
    if (mock_control.fault_stream && mock_control.fault_stream != s->serial)
        bad = 0;
    if (bad && bad > s->passed && bad <= s->submitted) {
        mock_control.fault_at = 0;
        s->passed = bad - 1;
        s->failed = 1;
        s->fault_first = mock_control.tell == 1 && bad > 1 ? bad - 1 : bad;
        s->fault_last = bad;
        if (mock_control.tell == 1)
            s->passed = s->fault_first - 1;
        if (mock_control.domain > TN_DOMAIN_STREAM)
            s->device->failed = 1;
        if (mock_control.domain == TN_DOMAIN_PROCESS)
            devices[0].failed = devices[1].failed = 1;
        return;
    }
    s->passed = s->submitted;
}

static tn_status look(tn_driver_stream *s, uint64_t value)
{
    tn_status status = TN_NOT_READY;
    static const tn_vendor_error vendor = { 700, "MOCK_ILLEGAL_ADDRESS", "an illegal address" };
    pthread_mutex_lock(&mutex);
    advance(s);
    if (value <= s->passed)
        status = TN_OK;
    else if (stream_failed(s))
        status = TN_FAIL_VENDOR(host, TN_FAULT, &vendor, "the mock's work failed");
    pthread_mutex_unlock(&mutex);
    return status;
}

static tn_status m_stream_wait(tn_driver_stream *stream, uint64_t value, uint64_t timeout_ns)
{
    struct timespec nap = { 0, 200000 };
    for (uint64_t waited = 0;; waited += 200000) {
        if (mock_control.lost)
            return TN_FAIL(host, TN_DEVICE_LOST, "the mock is gone");
        tn_status status = look(stream, value);
        if (status != TN_NOT_READY)
            return status;
        if (waited >= timeout_ns)
            return TN_TIMEOUT;
        nanosleep(&nap, NULL);
    }
}

static tn_status m_stream_passed(tn_driver_stream *stream, uint64_t *out)
{
    tn_status status = TN_OK;
    pthread_mutex_lock(&mutex);
    advance(stream);
    if (stream_failed(stream))
        status = TN_FAULT;
    else
        *out = stream->passed;
    pthread_mutex_unlock(&mutex);
    return status;
}

static tn_status m_stream_abort(tn_driver_stream *stream)
{
    pthread_mutex_lock(&mutex);
    stream->passed = stream->submitted;
    pthread_mutex_unlock(&mutex);
    return TN_OK;
}

static tn_status m_stream_fault(tn_driver_stream *stream, tn_driver_fault *out)
{
    if (!mock_control.tell)
        return TN_NOT_FOUND;
    pthread_mutex_lock(&mutex);
    out->domain = (tn_fault_domain)mock_control.domain;
    out->first_value = stream->fault_first;
    out->last_value = stream->fault_last;
    out->address = 0xdead0;
    snprintf(out->sentence, sizeof out->sentence, "an illegal address was read");
    pthread_mutex_unlock(&mutex);
    return TN_OK;
}

static tn_status submit(tn_driver_stream *stream, uint64_t value)
{
    struct timespec nap = { 0, 200000 };
    CHECK_SICK();
    while (mock_control.full)
        nanosleep(&nap, NULL);
    tn_status now = (tn_status)atomic_exchange(&mock_control.fault_now, 0);
    if (now)
        return TN_FAIL(host, now, "the copy broke");
    pthread_mutex_lock(&mutex);
    int good = value == stream->submitted + 1;
    if (good)
        stream->submitted = value;
    pthread_mutex_unlock(&mutex);
    mock_control.calls++;
    return good ? TN_OK
                : TN_FAIL(host, TN_INTERNAL, "value %llu after %llu", (unsigned long long)value,
                          (unsigned long long)stream->submitted);
}

static tn_status m_submit_launch(tn_driver_stream *stream, tn_driver_kernel *kernel, const tn_driver_launch *launch,
                                 uint64_t value, uint32_t flags)
{
    (void)kernel;
    (void)flags;
    if ((uintptr_t)launch->args % 16)
        return TN_FAIL(host, TN_INTERNAL, "arguments are not aligned");
    return submit(stream, value);
}

static tn_status m_submit_copy(tn_driver_stream *stream, tn_copy_kind kind, uint64_t dst, uint64_t src, uint64_t bytes,
                               bool pinned, uint64_t value, uint32_t flags)
{
    (void)kind;
    (void)pinned;
    (void)flags;
    tn_status status = submit(stream, value);
    if (status == TN_OK)
        memcpy((void *)(uintptr_t)dst, (const void *)(uintptr_t)src, bytes);
    return status;
}

static tn_status m_submit_copy_peer(tn_driver_stream *stream, tn_driver_device *dst_device, tn_address dst,
                                    tn_driver_device *src_device, tn_address src, uint64_t bytes, uint64_t value,
                                    uint32_t flags)
{
    (void)dst_device;
    (void)src_device;
    if (!mock_control.peer)
        return TN_UNSUPPORTED;
    return m_submit_copy(stream, TN_COPY_ON_DEVICE, dst, src, bytes, false, value, flags);
}

static tn_status m_submit_fill(tn_driver_stream *stream, tn_address dst, uint32_t pattern, uint32_t pattern_bytes,
                               uint64_t count, uint64_t value, uint32_t flags)
{
    (void)flags;
    tn_status status = submit(stream, value);
    for (uint64_t i = 0; i < count && status == TN_OK; i++)
        memcpy((void *)(uintptr_t)(dst + i * pattern_bytes), &pattern, pattern_bytes);
    return status;
}

static tn_status m_submit_wait(tn_driver_stream *stream, tn_driver_stream *other, uint64_t other_value, uint64_t value,
                               uint32_t flags)
{
    (void)flags;
    (void)other;
    (void)other_value;
    return submit(stream, value);
}

static tn_status m_submit_mark(tn_driver_stream *stream, tn_driver_mark *mark, uint64_t value, uint32_t flags)
{
    (void)flags;
    __atomic_store_n(&mark->time, (int64_t)value * 1000, __ATOMIC_RELAXED);
    return submit(stream, value);
}

static tn_status m_mark_create(tn_driver_device *device, tn_driver_mark **out)
{
    (void)device;
    CHECK_SICK();
    *out = make(sizeof **out);
    return TN_OK;
}

static void m_mark_destroy(tn_driver_mark *mark)
{
    unmake(mark);
}

static tn_status m_mark_elapsed(tn_driver_mark *from, tn_driver_mark *to, int64_t *out_ns)
{
    *out_ns = __atomic_load_n(&to->time, __ATOMIC_RELAXED) - __atomic_load_n(&from->time, __ATOMIC_RELAXED);
    return TN_OK;
}

static uint32_t m_image_score(tn_driver_device *device, const tn_driver_image *image, const char **why)
{
    (void)device;
    if (image->kind == TN_IMAGE_VENDOR)
        return image->target[0] == 'n' ? 5 : 50;
    *why = "the mock takes vendor images";
    return 0;
}

static tn_status m_module_load(tn_driver_device *device, const tn_driver_image *image, tn_driver_module **out)
{
    (void)device;
    (void)image;
    CHECK_SICK();
    *out = make(sizeof **out);
    return TN_OK;
}

static void m_module_unload(tn_driver_module *module)
{
    unmake(module);
}

static tn_status m_module_kernel(tn_driver_module *module, uint32_t table_index, tn_driver_kernel **out)
{
    (void)module;
    (void)table_index;
    CHECK_SICK();
    *out = &the_kernel;
    return TN_OK;
}

static tn_status m_module_variable(tn_driver_module *module, uint32_t table_index, tn_address *out, uint64_t *out_bytes)
{
    CHECK_SICK();
    *out = (tn_address)(uintptr_t)module->variable + table_index * 64;
    *out_bytes = 64;
    return TN_OK;
}

static tn_status m_native(tn_native_kind kind, void *object, void **out)
{
    if (kind == TN_NATIVE_CONTEXT)
        return TN_UNSUPPORTED;
    *out = object;
    return TN_OK;
}

static const void *m_get_extension(tn_driver_instance *instance, const char *name, uint32_t version)
{
    (void)instance;
    (void)name;
    (void)version;
    return NULL;
}

static tn_driver mock = {
    .size = sizeof(tn_driver),
    .abi = TN_DRIVER_ABI,
    .name = "mock",
    .description = "a driver for tests",
    .version = "1",
    .open = m_open,
    .close = m_close,
    .device_count = m_device_count,
    .device_info = m_device_info,
    .device_open = m_device_open,
    .device_close = m_device_close,
    .device_memory = m_device_memory,
    .device_recover = m_device_recover,
    .memory_alloc = m_memory_alloc,
    .memory_free = m_memory_free,
    .host_alloc = m_host_alloc,
    .host_free = m_host_free,
    .stream_create = m_stream_create,
    .stream_destroy = m_stream_destroy,
    .stream_wait = m_stream_wait,
    .stream_passed = m_stream_passed,
    .stream_abort = m_stream_abort,
    .stream_fault = m_stream_fault,
    .submit_launch = m_submit_launch,
    .submit_copy = m_submit_copy,
    .submit_copy_peer = m_submit_copy_peer,
    .submit_fill = m_submit_fill,
    .submit_wait = m_submit_wait,
    .submit_mark = m_submit_mark,
    .mark_create = m_mark_create,
    .mark_destroy = m_mark_destroy,
    .mark_elapsed = m_mark_elapsed,
    .image_score = m_image_score,
    .module_load = m_module_load,
    .module_unload = m_module_unload,
    .module_kernel = m_module_kernel,
    .module_variable = m_module_variable,
    .native = m_native,
    .get_extension = m_get_extension,
};

TN_EXPORT tn_status tn_driver_query(const tn_host *the_host, uint32_t abi, const tn_driver **out)
{
    const char *broken = getenv("MOCK");
    host = the_host;
    *out = &mock;
    if (!broken)
        return abi >> 16 == TN_DRIVER_ABI_MAJOR ? TN_OK : TN_VERSION;
    if (!strcmp(broken, "abi"))
        mock.abi = (TN_DRIVER_ABI_MAJOR + 7u) << 16 | 3;
    else if (!strcmp(broken, "query"))
        return TN_FAIL(host, TN_SYSTEM, "the mock does not feel well");
    else if (!strcmp(broken, "no-table"))
        *out = NULL;
    else if (!strcmp(broken, "small"))
        mock.size = 64;
    else if (!strcmp(broken, "null-function"))
        mock.submit_fill = NULL;
    else if (!strcmp(broken, "bad-name"))
        mock.name = "not a name";
    else if (!strcmp(broken, "no-abort"))
        mock.stream_abort = NULL;
    else if (!strcmp(broken, "no-recover"))
        mock.device_recover = NULL;
    return TN_OK;
}
