/* SPDX-License-Identifier: Apache-2.0 */
/* Streams, points over events, submissions and marks. Owns streams and marks. */
#include "bundle/ktab.h"
#include "drivers/gpu/gpu.h"

#include <stdio.h>
#include <string.h>

/* The context is current wherever these are called from. */
static tn_status op_event_create(void *context, void **out)
{
    tn_driver_device *d = context;
    GPU_TRY(d, d->library->api.event_create(out, GPU_EVENT_DISABLE_TIMING), "making an event");
    return TN_OK;
}

static void op_event_destroy(void *context, void *event)
{
    ((tn_driver_device *)context)->library->api.event_destroy(event);
}

static tn_status op_event_record(void *context, void *stream, void *event)
{
    tn_driver_device *d = context;
    GPU_TRY(d, d->library->api.event_record(event, stream), "recording an event");
    return TN_OK;
}

static tn_status answer(tn_driver_device *d, gpu_error error, const char *what)
{
    if (error == GPU_SUCCESS)
        return TN_OK;
    return error == GPU_NOT_READY ? TN_NOT_READY : GPU_FAIL(d, error, what);
}

static tn_status op_event_query(void *context, void *event)
{
    tn_driver_device *d = context;
    return answer(d, d->library->api.event_query(event), "asking for an event");
}

static tn_status op_event_wait(void *context, void *event, uint64_t timeout_ns)
{
    tn_driver_device *d = context;
    (void)timeout_ns; /* only without a deadline: timed_waits is false */
    return answer(d, d->library->api.event_wait(event), "waiting for an event");
}

static tn_status op_stream_query(void *context, void *stream)
{
    tn_driver_device *d = context;
    return answer(d, d->library->api.stream_query(stream), "asking for a stream");
}

static tn_status op_stream_wait(void *context, void *stream, uint64_t timeout_ns)
{
    tn_driver_device *d = context;
    (void)timeout_ns;
    return answer(d, d->library->api.stream_wait(stream), "waiting for a stream");
}

static tn_status op_stream_join(void *context, void *stream, void *event)
{
    tn_driver_device *d = context;
    GPU_TRY(d, d->library->api.stream_wait_event(stream, event, 0), "making a stream wait for an event");
    return TN_OK;
}

const tn_points_ops gpu__points_ops = {
    .event_create = op_event_create,
    .event_destroy = op_event_destroy,
    .event_record = op_event_record,
    .event_query = op_event_query,
    .event_wait = op_event_wait,
    .stream_query = op_stream_query,
    .stream_wait = op_stream_wait,
    .stream_join = op_stream_join,
};

/* ------------------------------------------------------------------------------------------------------- */

tn_status gpu__stream_create(tn_driver_device *d, const tn_driver_stream_options *options, tn_driver_stream **out)
{
    const gpu_api *api = &d->library->api;
    gpu_scope scope;
    gpu_error error = GPU_SUCCESS;
    tn_driver_stream *s = gpu__host->alloc(sizeof *s);
    if (!s)
        return TN_FAIL(gpu__host, TN_OUT_OF_HOST_MEMORY, "no memory for a stream");
    tn_status status = gpu__enter(d, &scope);
    s->device = d;
    s->native = options->adopt;
    s->owned = !options->adopt;
    if (status == TN_OK && s->owned)
        error = api->stream_create_priority && options->priority
                    ? api->stream_create_priority(&s->native, GPU_STREAM_NON_BLOCKING, options->priority)
                    : api->stream_create(&s->native, GPU_STREAM_NON_BLOCKING);
    if (status == TN_OK && error != GPU_SUCCESS)
        status = GPU_FAIL(d, error, "making a stream");
    if (status == TN_OK) {
        status = tn_points_open(&s->points, gpu__host, &gpu__points_ops, d, s->native);
        if (status != TN_OK && s->owned)
            api->stream_destroy(s->native);
    }
    gpu__leave(&scope);
    if (status == TN_OK)
        *out = s;
    else
        gpu__host->free(s);
    return status;
}

void gpu__stream_destroy(tn_driver_stream *s)
{
    gpu_scope scope;
    if (gpu__enter(s->device, &scope) == TN_OK) {
        tn_points_close(&s->points);
        if (s->owned)
            s->device->library->api.stream_destroy(s->native);
        gpu__leave(&scope);
    }
    gpu__host->free(s);
}

tn_status gpu__stream_wait(tn_driver_stream *s, uint64_t value, uint64_t timeout_ns)
{
    gpu_scope scope;
    tn_status status = gpu__enter(s->device, &scope);
    if (status != TN_OK)
        return status;
    status = tn_points_wait(&s->points, value, timeout_ns);
    gpu__leave(&scope);
    return status;
}

tn_status gpu__stream_passed(tn_driver_stream *s, uint64_t *out)
{
    gpu_scope scope;
    tn_status status = gpu__enter(s->device, &scope);
    if (status != TN_OK)
        return status;
    status = tn_points_passed(&s->points, out);
    gpu__leave(&scope);
    return status;
}

/* The ABI tells the kind of a failure and nothing of its place: the window is what had not passed. */
tn_status gpu__stream_fault(tn_driver_stream *s, tn_driver_fault *out)
{
    int sticky = atomic_load(&s->device->sticky);
    if (!sticky)
        return TN_NOT_FOUND;
    memset((char *)out + sizeof out->size, 0, sizeof *out - sizeof out->size);
    memset(out->block, 0xff, sizeof out->block);
    memset(out->thread, 0xff, sizeof out->thread);
    out->domain = TN_DOMAIN_CONTEXT;
    out->last_value = atomic_load(&s->points.last);
    out->first_value = atomic_load(&s->points.passed) + 1;
    if (out->first_value > out->last_value)
        out->first_value = out->last_value = 0;
    const char *name = gpu__family.error_name(&s->device->library->api, sticky);
    const char *text = gpu__family.error_string(&s->device->library->api, sticky);
    const char *(*sim_fault)(gpu_handle) = s->device->library->library.simulated ? s->device->library->api.sim_fault : NULL;
    const char *told = sim_fault ? sim_fault(s->native) : NULL;
    snprintf(out->sentence, sizeof out->sentence, "%s (%s)%s%s", text ? text : "work on the device failed",
             name ? name : "no name", told ? ": " : "", told ? told : "");
    return TN_OK;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Submissions: the vendor's call, then the point. */

#define SUBMIT(s, what, call)                                                                                          \
    gpu_scope scope;                                                                                                   \
    tn_status status = gpu__enter((s)->device, &scope);                                                                \
    if (status != TN_OK)                                                                                               \
        return status;                                                                                                 \
    gpu_error error = (call);                                                                                          \
    status =                                                                                                           \
        error == GPU_SUCCESS ? tn_points_submitted(&(s)->points, value, flags) : GPU_FAIL((s)->device, error, what);   \
    gpu__leave(&scope);                                                                                                \
    return status

/* Asks for more dynamic local memory than a launch gets by itself. */
static tn_status opt_in(tn_driver_stream *s, tn_driver_kernel *k, uint32_t bytes)
{
    const gpu_api *api = &s->device->library->api;
    gpu_scope scope;
    if (!api->function_set_attribute)
        return TN_OK; /* the launch itself will tell */
    tn_status status = gpu__enter(s->device, &scope);
    if (status != TN_OK)
        return status;
    gpu_error error = api->function_set_attribute(k->native, GPU_FUNC_MAX_DYNAMIC, (int)bytes);
    gpu__leave(&scope);
    if (error == GPU_INVALID_VALUE)
        return TN_FAIL(gpu__host, TN_LIMIT, "%u bytes of dynamic local memory are more than the device has", bytes);
    GPU_TRY(s->device, error, "asking for dynamic local memory");
    atomic_store(&k->dynamic_allowed, bytes);
    return TN_OK;
}

/* A kernel that synchronises the whole grid. These calls take arguments by pointers only. */
static tn_status submit_cooperative(tn_driver_stream *s, tn_driver_kernel *k, const tn_driver_launch *launch,
                                    uint64_t value, uint32_t flags)
{
    enum { MOST = 256 };
    void *params[MOST + 1];
    const gpu_api *api = &s->device->library->api;
    if (!api->launch_cooperative)
        return TN_FAIL(gpu__host, TN_UNSUPPORTED, "the kernel synchronises the whole grid, which this library can't do");
    if (k->info->arg_count > MOST)
        return TN_FAIL(gpu__host, TN_UNSUPPORTED, "the kernel synchronises the whole grid and has %u arguments; at most %d go",
                       k->info->arg_count, MOST);
    for (uint32_t i = 0; i < k->info->arg_count; i++)
        params[i] = (unsigned char *)(uintptr_t)launch->args +
                    tn_ktab_arg_at(k->module->table, k->info, i)->offset;
    SUBMIT(s, "launching a kernel that synchronises the whole grid",
           api->launch_cooperative(k->native, launch->grid.x, launch->grid.y, launch->grid.z, launch->block.x,
                                   launch->block.y, launch->block.z, launch->local_bytes, s->native,
                                   k->info->arg_count ? params : NULL));
}

tn_status gpu__submit_launch(tn_driver_stream *s, tn_driver_kernel *k, const tn_driver_launch *launch, uint64_t value,
                             uint32_t flags)
{
    size_t bytes = launch->args_bytes;
    void *extra[] = { (void *)GPU_LAUNCH_BUFFER, (void *)(uintptr_t)launch->args, (void *)GPU_LAUNCH_BUFFER_SIZE,
                      &bytes, (void *)gpu__family.launch_end };
    if (launch->local_bytes > atomic_load_explicit(&k->dynamic_allowed, memory_order_relaxed)) {
        tn_status more = opt_in(s, k, launch->local_bytes);
        if (more != TN_OK)
            return more;
    }
    if (__builtin_expect(k->info->flags & TN_KERNEL_COOPERATIVE, 0))
        return submit_cooperative(s, k, launch, value, flags);
    SUBMIT(s, "launching a kernel",
           s->device->library->api.launch(k->native, launch->grid.x, launch->grid.y, launch->grid.z, launch->block.x,
                                          launch->block.y, launch->block.z, launch->local_bytes, s->native, NULL,
                                          bytes ? extra : NULL));
}

static gpu_error copy(const gpu_api *api, tn_copy_kind kind, uint64_t dst, uint64_t src, uint64_t bytes,
                      gpu_handle stream)
{
    switch (kind) {
    case TN_COPY_TO_DEVICE:
        return api->copy_to_device(dst, (const void *)(uintptr_t)src, bytes, stream);
    case TN_COPY_TO_HOST:
        return api->copy_to_host((void *)(uintptr_t)dst, src, bytes, stream);
    case TN_COPY_ON_DEVICE:
        return api->copy_on_device(dst, src, bytes, stream);
    }
    return GPU_INVALID_VALUE;
}

tn_status gpu__submit_copy(tn_driver_stream *s, tn_copy_kind kind, uint64_t dst, uint64_t src, uint64_t bytes,
                           bool pinned, uint64_t value, uint32_t flags)
{
    (void)pinned; /* the vendor's library knows */
    SUBMIT(s, "copying", copy(&s->device->library->api, kind, dst, src, bytes, s->native));
}

tn_status gpu__submit_copy_peer(tn_driver_stream *s, tn_driver_device *dst_device, tn_address dst,
                                tn_driver_device *src_device, tn_address src, uint64_t bytes, uint64_t value,
                                uint32_t flags)
{
    if (dst_device->library != src_device->library)
        return TN_FAIL(gpu__host, TN_UNSUPPORTED, "devices of two libraries have no way between them but the host");
    SUBMIT(s, "copying between devices", gpu__family.copy_peer(s, dst_device, dst, src_device, src, bytes));
}

static gpu_error fill(const gpu_api *api, uint64_t dst, uint32_t pattern, uint32_t pattern_bytes, uint64_t count,
                      gpu_handle stream)
{
    switch (pattern_bytes) {
    case 1:
        return api->fill8(dst, (unsigned char)pattern, count, stream);
    case 2:
        return api->fill16(dst, (unsigned short)pattern, count, stream);
    case 4:
        return api->fill32(dst, pattern, count, stream);
    }
    return GPU_INVALID_VALUE;
}

tn_status gpu__submit_fill(tn_driver_stream *s, tn_address dst, uint32_t pattern, uint32_t pattern_bytes,
                           uint64_t count, uint64_t value, uint32_t flags)
{
    SUBMIT(s, "filling", fill(&s->device->library->api, dst, pattern, pattern_bytes, count, s->native));
}

tn_status gpu__submit_wait(tn_driver_stream *s, tn_driver_stream *other, uint64_t other_value, uint64_t value,
                           uint32_t flags)
{
    gpu_scope scope;
    if (s->device->library != other->device->library)
        return TN_FAIL(gpu__host, TN_UNSUPPORTED, "streams of two libraries cannot wait for each other on the device");
    if (s->device != other->device) { /* an event may have to be recorded there, with its device current */
        tn_status status = gpu__enter(other->device, &scope);
        if (status != TN_OK)
            return status;
        status = tn_points_join(&s->points, &other->points, other_value);
        gpu__leave(&scope);
        if (status != TN_OK)
            return status;
    }
    tn_status status = gpu__enter(s->device, &scope);
    if (status != TN_OK)
        return status;
    if (s->device == other->device)
        status = tn_points_join(&s->points, &other->points, other_value);
    if (status == TN_OK)
        status = tn_points_submitted(&s->points, value, flags);
    gpu__leave(&scope);
    return status;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Marks */

tn_status gpu__mark_create(tn_driver_device *d, tn_driver_mark **out)
{
    gpu_scope scope;
    tn_driver_mark *m = gpu__host->alloc(sizeof *m);
    if (!m)
        return TN_FAIL(gpu__host, TN_OUT_OF_HOST_MEMORY, "no memory for a mark");
    m->device = d;
    tn_status status = gpu__enter(d, &scope);
    if (status == TN_OK) {
        gpu_error error = d->library->api.event_create(&m->native, 0);
        gpu__leave(&scope);
        if (error != GPU_SUCCESS)
            status = GPU_FAIL(d, error, "making an event");
    }
    if (status == TN_OK)
        *out = m;
    else
        gpu__host->free(m);
    return status;
}

void gpu__mark_destroy(tn_driver_mark *m)
{
    gpu_scope scope;
    if (gpu__enter(m->device, &scope) == TN_OK) {
        m->device->library->api.event_destroy(m->native);
        gpu__leave(&scope);
    }
    gpu__host->free(m);
}

tn_status gpu__submit_mark(tn_driver_stream *s, tn_driver_mark *mark, uint64_t value, uint32_t flags)
{
    SUBMIT(s, "recording a time stamp", s->device->library->api.event_record(mark->native, s->native));
}

tn_status gpu__mark_elapsed(tn_driver_mark *from, tn_driver_mark *to, int64_t *out_ns)
{
    float ms = 0;
    gpu_scope scope;
    tn_status status = gpu__enter(from->device, &scope);
    if (status != TN_OK)
        return status;
    gpu_error error = from->device->library->api.event_elapsed(&ms, from->native, to->native);
    gpu__leave(&scope);
    GPU_TRY(from->device, error, "taking the time between two events");
    *out_ns = (int64_t)((double)ms * 1e6);
    return TN_OK;
}
