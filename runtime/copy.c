/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/copy.c - copies and fills in streams, and copies between devices, through pinned memory where the vendors
 * have no way of their own. Owns each device's helper stream and staging memory. May call the driver, memory.c,
 * point.c.
 */
#include "runtime/internal.h"

#define STAGE_BYTES ((uint64_t)1 << 22)   /* two halves, so that reading and writing go on at once */

/* Nothing to copy: the stream's last point. */
static tn_status nothing(tn_stream stream, tn_point *out_point)
{
    tn_point point;
    tn_status status = tn_stream_point(stream, &point);
    if (status == TN_OK && out_point)
        *out_point = point;
    return status;
}

static tn_status give_up(struct tn__stream *s, tn_status status)
{
    uint64_t bits = s->bits;
    tn__unlock(&s->lock);
    return tn__fail_on(status, 0, bits, 0);
}

static tn_status copy_host(enum tn__api api, tn_stream stream, tn_copy_kind kind, uint64_t device_address,
                           const void *host, uint64_t bytes, tn_point *out_point)
{
    struct tn__stream *s;
    tn_status status = tn__submit_begin(api, stream, &s);
    if (TN__UNLIKELY(status != TN_OK))
        return status;
    bool up = kind == TN_COPY_TO_DEVICE;
    status = tn__memory_check(api, s->device, device_address, bytes, up ? "destination" : "source");
    if (TN__UNLIKELY(status != TN_OK))
        return give_up(s, status);
    uint64_t pointer = (uint64_t)(uintptr_t)host;
    bool pinned = tn__host_is_pinned(s->device, host, bytes);
    status = s->driver->submit_copy(s->native, kind, up ? device_address : pointer, up ? pointer : device_address,
                                    bytes, pinned, tn__submit_value(s) - s->base, tn__submit_flags(s, out_point));
    return tn__submit_end(api, s, status, 0, out_point);
}

TN_API tn_status tn_copy_to_device(tn_stream stream, tn_address destination, const void *source, uint64_t bytes,
                                   tn_point *out_point)
{
    TN__TAP(TN__copy_to_device, stream.bits);
    if (!bytes)
        return nothing(stream, out_point);
    if (!source)
        return TN__FAIL(TN__copy_to_device, TN_INVALID, "source is NULL");
    return copy_host(TN__copy_to_device, stream, TN_COPY_TO_DEVICE, destination, source, bytes, out_point);
}

TN_API tn_status tn_copy_to_host(tn_stream stream, void *destination, tn_address source, uint64_t bytes,
                                 tn_point *out_point)
{
    TN__TAP(TN__copy_to_host, stream.bits);
    if (!bytes)
        return nothing(stream, out_point);
    if (!destination)
        return TN__FAIL(TN__copy_to_host, TN_INVALID, "destination is NULL");
    return copy_host(TN__copy_to_host, stream, TN_COPY_TO_HOST, source, destination, bytes, out_point);
}

static tn_status copy_on_device(enum tn__api api, tn_stream stream, tn_address destination, tn_address source,
                                uint64_t bytes, tn_point *out_point)
{
    struct tn__stream *s;
    tn_status status = tn__submit_begin(api, stream, &s);
    if (status != TN_OK)
        return status;
    status = tn__memory_check(api, s->device, destination, bytes, "destination");
    if (status == TN_OK)
        status = tn__memory_check(api, s->device, source, bytes, "source");
    if (status == TN_OK && destination < source + bytes && source < destination + bytes)
        status = TN__FAIL(api, TN_INVALID, "the ranges %#llx and %#llx of %llu bytes overlap",
                          (unsigned long long)destination, (unsigned long long)source, (unsigned long long)bytes);
    if (status != TN_OK)
        return give_up(s, status);
    status = s->driver->submit_copy(s->native, TN_COPY_ON_DEVICE, destination, source, bytes, false,
                                    tn__submit_value(s) - s->base, tn__submit_flags(s, out_point));
    return tn__submit_end(api, s, status, 0, out_point);
}

TN_API tn_status tn_copy_on_device(tn_stream stream, tn_address destination, tn_address source, uint64_t bytes,
                                   tn_point *out_point)
{
    TN__TAP(TN__copy_on_device, stream.bits);
    if (!bytes)
        return nothing(stream, out_point);
    return copy_on_device(TN__copy_on_device, stream, destination, source, bytes, out_point);
}

TN_API tn_status tn_fill(tn_stream stream, tn_address destination, uint32_t pattern, uint32_t pattern_bytes,
                         uint64_t count, tn_point *out_point)
{
    TN__TAP(TN__fill, stream.bits);
    struct tn__stream *s;
    if (pattern_bytes != 1 && pattern_bytes != 2 && pattern_bytes != 4)
        return TN__FAIL(TN__fill, TN_INVALID, "a pattern of %u bytes; it must be 1, 2 or 4", pattern_bytes);
    if (destination % pattern_bytes)
        return TN__FAIL(TN__fill, TN_INVALID, "destination %#llx is not aligned to the pattern's %u bytes",
                        (unsigned long long)destination, pattern_bytes);
    if (!count)
        return nothing(stream, out_point);
    if (count > UINT64_MAX / pattern_bytes)
        return TN__FAIL(TN__fill, TN_BAD_ADDRESS, "%llu elements of %u bytes do not fit in 64 bits",
                        (unsigned long long)count, pattern_bytes);
    tn_status status = tn__submit_begin(TN__fill, stream, &s);
    if (status != TN_OK)
        return status;
    status = tn__memory_check(TN__fill, s->device, destination, count * pattern_bytes, "destination");
    if (status != TN_OK)
        return give_up(s, status);
    if (pattern_bytes < 4)
        pattern &= (1u << pattern_bytes * 8) - 1;
    status = s->driver->submit_fill(s->native, destination, pattern, pattern_bytes, count,
                                    tn__submit_value(s) - s->base, tn__submit_flags(s, out_point));
    return tn__submit_end(TN__fill, s, status, 0, out_point);
}

static tn_status copy_and_wait(enum tn__api api, tn_stream stream, tn_copy_kind kind, tn_address address,
                               const void *host, uint64_t bytes)
{
    tn_point point;
    if (!bytes) {
        tn_status status = nothing(stream, NULL);
        return status == TN_OK ? tn_stream_wait(stream, TN_FOREVER) : status;
    }
    if (!host)
        return TN__FAIL(api, TN_INVALID, "%s is NULL", kind == TN_COPY_TO_DEVICE ? "source" : "destination");
    tn_status status = copy_host(api, stream, kind, address, host, bytes, &point);
    return status == TN_OK ? tn_point_wait(point, TN_FOREVER) : status;
}

TN_API tn_status tn_memory_write(tn_stream stream, tn_address destination, const void *source, uint64_t bytes)
{
    TN__TAP(TN__memory_write, stream.bits);
    return copy_and_wait(TN__memory_write, stream, TN_COPY_TO_DEVICE, destination, source, bytes);
}

TN_API tn_status tn_memory_read(tn_stream stream, void *destination, tn_address source, uint64_t bytes)
{
    TN__TAP(TN__memory_read, stream.bits);
    return copy_and_wait(TN__memory_read, stream, TN_COPY_TO_HOST, source, destination, bytes);
}

/* ------------------------------------------------------------------------------------------------------- */
/* Between devices */

/* The device's helper stream and its staging memory, made at the first use. Under helper_mutex. */
static tn_status ready_helper(struct tn__device *d, bool with_stage)
{
    tn_status status = TN_OK;
    if (!d->helper)
        status = tn__stream_new(TN__copy_between, d, 0, NULL, &d->helper);
    if (status == TN_OK && with_stage && !d->stage) {
        tn_device device = { d->bits };
        status = tn_host_alloc(device, STAGE_BYTES, &d->stage, NULL);
        if (status != TN_OK)
            d->stage = NULL;
    }
    return status;
}

void tn__device_helper_end(struct tn__device *d, uint64_t deadline)
{
    (void)deadline;
    pthread_mutex_lock(&d->helper_mutex);
    d->helper = NULL;   /* it and the staging memory stand in the device's lists and go with the others */
    d->stage = NULL;
    pthread_mutex_unlock(&d->helper_mutex);
}

struct side {
    struct tn__device *device;
    tn_stream stream;
    tn_address address;
};

/* Both sides have a stream now. Reads the next piece while the one before is being written. */
static tn_status through_host(const struct side *from, const struct side *to, char *stage, uint64_t bytes)
{
    const uint64_t half = STAGE_BYTES / 2;
    tn_point read = { { 0 }, 0 }, written[2] = { read, read };
    for (uint64_t at = 0, turn = 0; at < bytes; at += half, turn++) {
        uint64_t piece = bytes - at < half ? bytes - at : half;
        char *buffer = stage + turn % 2 * half;
        tn_status status = written[turn % 2].value ? tn_point_wait(written[turn % 2], TN_FOREVER) : TN_OK;
        if (status == TN_OK)
            status =
                copy_host(TN__copy_between, from->stream, TN_COPY_TO_HOST, from->address + at, buffer, piece, &read);
        if (status == TN_OK)
            status = tn_point_wait(read, TN_FOREVER);
        if (status == TN_OK)
            status = copy_host(TN__copy_between, to->stream, TN_COPY_TO_DEVICE, to->address + at, buffer, piece,
                               &written[turn % 2]);
        if (status != TN_OK)
            return status;
    }
    for (int i = 0; i < 2; i++) {
        tn_status status = written[i].value ? tn_point_wait(written[i], TN_FOREVER) : TN_OK;
        if (status != TN_OK)
            return status;
    }
    return TN_OK;
}

/* `own` has the caller's stream; the other side gets the helper of its device. Returns when the copy has been done. */
static tn_status copy_staged(tn_stream stream, struct side *from, struct side *to, uint64_t bytes,
                             bool stream_is_source)
{
    struct side *other = stream_is_source ? to : from;
    struct tn__device *d = other->device;
    tn_status status = tn_stream_wait(stream, TN_FOREVER);   /* what the stream was to do before */
    if (status != TN_OK)
        return status;
    pthread_mutex_lock(&d->helper_mutex);
    status = ready_helper(d, true);
    if (status == TN_OK) {
        (stream_is_source ? from : to)->stream = stream;
        other->stream.bits = d->helper->bits;
        status = through_host(from, to, d->stage, bytes);
    }
    pthread_mutex_unlock(&d->helper_mutex);
    return status;
}

/* The vendor's own way. TN_UNSUPPORTED: there is none. */
static tn_status copy_peer(tn_stream stream, const struct side *from, const struct side *to, uint64_t bytes,
                           tn_point *out_point)
{
    struct tn__stream *s;
    if (from->device->instance != to->device->instance || !from->device->driver->submit_copy_peer)
        return TN_UNSUPPORTED;
    tn_status status = tn__submit_begin(TN__copy_between, stream, &s);
    if (status != TN_OK)
        return status;
    /* Before the ranges are looked at: from now on freeing on either waits for the other's streams too. */
    atomic_store(&from->device->shared, 1);
    atomic_store(&to->device->shared, 1);
    status = tn__memory_check(TN__copy_between, to->device, to->address, bytes, "destination");
    if (status == TN_OK)
        status = tn__memory_check(TN__copy_between, from->device, from->address, bytes, "source");
    if (status != TN_OK)
        return give_up(s, status);
    status = TN__CALL(s->driver->submit_copy_peer(s->native, to->device->native, to->address, from->device->native,
                                                  from->address, bytes, tn__submit_value(s) - s->base,
                                                  tn__submit_flags(s, out_point)));
    if (status == TN_UNSUPPORTED) {
        tn__unlock(&s->lock);
        return status;
    }
    return tn__submit_end(TN__copy_between, s, status, 0, out_point);
}

static tn_status copy_between(tn_stream stream, uint64_t stream_device, struct side *from, struct side *to,
                              uint64_t bytes, tn_point *out_point)
{
    bool is_source = stream_device == from->device->bits;
    if (from->device->runtime != to->device->runtime)
        return TN__FAIL(TN__copy_between, TN_BAD_HANDLE, "the two devices belong to different runtimes");
    if (!is_source && stream_device != to->device->bits)
        return TN__FAIL(TN__copy_between, TN_INVALID, "the stream belongs to neither of the two devices");
    if (!bytes)
        return nothing(stream, out_point);
    if (from->device == to->device)
        return copy_on_device(TN__copy_between, stream, to->address, from->address, bytes, out_point);
    tn_status status = tn__memory_check(TN__copy_between, to->device, to->address, bytes, "destination");
    if (status == TN_OK)
        status = tn__memory_check(TN__copy_between, from->device, from->address, bytes, "source");
    if (status != TN_OK)
        return status;
    status = copy_peer(stream, from, to, bytes, out_point);
    if (status != TN_UNSUPPORTED)
        return status;
    status = copy_staged(stream, from, to, bytes, is_source);
    return status == TN_OK ? nothing(stream, out_point) : status;
}

TN_API tn_status tn_copy_between(tn_stream stream, tn_device destination_device, tn_address destination,
                                 tn_device source_device, tn_address source, uint64_t bytes, tn_point *out_point)
{
    TN__TAP(TN__copy_between, stream.bits);
    struct side from = { NULL, { 0 }, source }, to = { NULL, { 0 }, destination };
    tn_device device;
    tn_status status = tn_stream_device(stream, &device);
    if (status == TN_OK)
        status = tn__device_enter(TN__copy_between, source_device, true, &from.device);
    if (status != TN_OK)
        return status;
    status = tn__device_enter(TN__copy_between, destination_device, true, &to.device);
    if (status == TN_OK) {
        status = copy_between(stream, device.bits, &from, &to, bytes, out_point);
        tn__device_leave(to.device);
    }
    tn__device_leave(from.device);
    return status;
}
