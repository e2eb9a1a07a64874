/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies and fills of the stand-in, at once or in a stream, with ACL's checks: the room behind the destination, the
 * kind against the addresses, peers. Owns nothing.
 */
#include <string.h>

#include "drivers/sim/ascend/capture.h"

typedef struct sides {
    sil_side dst, src;
} sides;

/* Which side is where. A kind that says otherwise than the addresses is refused; DEFAULT believes the addresses. */
static aclError find_sides(void *dst, const void *src, aclrtMemcpyKind kind, bool believe, sides *out,
                           const char *function)
{
    static const signed char to_device[] = { 0, 1, 0, 1, -1, 1, 1, 1 }, from_device[] = { 0, 0, 1, 1, -1, 0, 1, 1 };
    if (kind < 0 || kind > ACL_MEMCPY_INTER_DEVICE_TO_DEVICE)
        return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function, "copy kind %d", kind);
    acl_place d = acl_place_of(dst), s = acl_place_of(src);
    if (!believe &&
        ((to_device[kind] == 0 && d.device) || (from_device[kind] == 0 && s.device) ||
         (to_device[kind] == 1 && !d.device && !d.host) || (from_device[kind] == 1 && !s.device && !s.host)))
        return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function,
                        "kind %d does not fit: the destination %p is %s memory, the "
                        "source %p is %s memory",
                        kind, dst, d.device ? "device" : "host", src, s.device ? "device" : "host");
    if (d.device && s.device && d.device != s.device && !(atomic_load(&s.device->peers) >> d.device->id & 1) &&
        !(atomic_load(&d.device->peers) >> s.device->id & 1))
        return acl_fail(ACL_ERROR_RT_DRV_INTERNAL_ERROR, function,
                        "devices %u and %u may not reach each other; call "
                        "aclrtDeviceEnablePeerAccess",
                        d.device->id, s.device->id);
    out->dst = d.device ? SIL_SIDE_DEVICE : SIL_SIDE_HOST;
    out->src = s.device ? SIL_SIDE_DEVICE : SIL_SIDE_HOST;
    return ACL_SUCCESS;
}

/* How a copy or fill ended, in a stream or, where that is NULL, in the device's own, which goes on after a failure. */
static aclError answer(acl_device *device, acl_stream *stream, sil_status status, const char *function)
{
    if (stream)
        return acl_stream_answer(stream, status, function);
    if (status == SIL_FAULT || status == SIL_ABORTED) {
        sil_fault fault;
        bool known = sil_stream_fault(device->copies, &fault);
        sil_stream_clear_fault(device->copies);
        return acl_fail(known ? acl_fault_code(&fault) : ACL_ERROR_RT_SYS_DMA, function, "%s",
                        known ? fault.sentence : "the copy was aborted");
    }
    return acl_fail_sil(status, function);
}

aclError acl_copy_now(acl_device *device, void *dst, sil_side dst_side, const void *src, sil_side src_side,
                      uint64_t bytes, const char *function)
{
    uint64_t value;
    sil_status status = sil_submit_copy(device->copies, dst, dst_side, src, src_side, bytes, true, &value);
    if (status == SIL_OK)
        status = sil_stream_wait(device->copies, value, SIL_FOREVER);
    return answer(device, NULL, status, function);
}

static aclError check_copy(const void *dst, size_t destMax, const void *src, size_t count, const char *function)
{
    if (!dst || !src)
        return acl_fail(ACL_ERROR_INVALID_PARAM, function, "%s is NULL", dst ? "src" : "dst");
    if (count == 0)
        return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function, "count is 0");
    if (count > destMax)
        return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function, "count %zu is greater than destMax %zu", count, destMax);
    return ACL_SUCCESS;
}

aclError aclrtMemcpy(void *dst, size_t destMax, const void *src, size_t count, aclrtMemcpyKind kind)
{
    acl_context *context;
    sides at;
    TRY(check_copy(dst, destMax, src, count, __func__));
    NEED_CONTEXT(&context);
    TRY(acl_capture_unsafe(__func__));
    TRY(find_sides(dst, src, kind, true, &at, __func__));
    if (at.dst == SIL_SIDE_HOST && at.src == SIL_SIDE_HOST) {
        memcpy(dst, src, count);
        return ACL_SUCCESS;
    }
    TRY(acl_device_ready(context->device, __func__));
    return acl_copy_now(context->device, dst, at.dst, src, at.src, count, __func__);
}

aclError aclrtMemcpyAsync(void *dst, size_t destMax, const void *src, size_t count, aclrtMemcpyKind kind,
                          aclrtStream stream)
{
    acl_stream *s;
    sides at;
    TRY(check_copy(dst, destMax, src, count, __func__));
    GET_STREAM_TASK(stream, &s);
    TRY(find_sides(dst, src, kind, false, &at, __func__));
    if (at.dst == SIL_SIDE_HOST && at.src == SIL_SIDE_HOST && kind == ACL_MEMCPY_HOST_TO_HOST)
        return FAIL(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, "copies from host to host have no asynchronous form");
    if (acl_capturing(s)) {
        capture_task task = { .kind = TASK_COPY, .u.copy = { dst, src, at.dst, at.src, count } };
        const void *host = at.dst == SIL_SIDE_HOST ? dst : at.src == SIL_SIDE_HOST ? src : NULL;
        if (host && !sil_host_find(host, NULL, NULL, NULL))
            TRY(acl_capture_unsafe(__func__));
        return acl_capture_add(s, &task, __func__);
    }
    return acl_stream_answer(s, sil_submit_copy(s->sil, dst, at.dst, src, at.src, count, true, NULL), __func__);
}

/* `stream` NULL: at once. */
static aclError copy_2d(acl_device *device, acl_stream *stream, void *dst, size_t dpitch, const void *src,
                        size_t spitch, size_t width, size_t height, aclrtMemcpyKind kind, const char *function)
{
    sides at;
    uint64_t value;
    if (!dst || !src || width == 0 || height == 0 || width > dpitch || width > spitch)
        return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function, "%zu x %zu bytes with pitches %zu and %zu", width, height,
                        dpitch, spitch);
    if (kind != ACL_MEMCPY_HOST_TO_DEVICE && kind != ACL_MEMCPY_DEVICE_TO_HOST && kind != ACL_MEMCPY_DEVICE_TO_DEVICE)
        return acl_fail(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, function, "copy kind %d in two dimensions", kind);
    TRY(find_sides(dst, src, kind, false, &at, function));
    sil_stream *sil = stream ? stream->sil : device->copies;
    sil_status status = sil_submit_copy_2d(sil, dst, at.dst, dpitch, src, at.src, spitch, width, height, true, &value);
    if (status == SIL_OK && !stream)
        status = sil_stream_wait(sil, value, SIL_FOREVER);
    return answer(device, stream, status, function);
}

aclError aclrtMemcpy2d(void *dst, size_t dpitch, const void *src, size_t spitch, size_t width, size_t height,
                       aclrtMemcpyKind kind)
{
    acl_context *context;
    NEED_CONTEXT(&context);
    TRY(acl_capture_unsafe(__func__));
    TRY(acl_device_ready(context->device, __func__));
    return copy_2d(context->device, NULL, dst, dpitch, src, spitch, width, height, kind, __func__);
}

aclError aclrtMemcpy2dAsync(void *dst, size_t dpitch, const void *src, size_t spitch, size_t width, size_t height,
                            aclrtMemcpyKind kind, aclrtStream stream)
{
    acl_stream *s;
    GET_STREAM(stream, &s);
    return copy_2d(s->device, s, dst, dpitch, src, spitch, width, height, kind, __func__);
}

/* Attribute of copy i: the last whose first index is not above i. Its locations must fit what the addresses are. */
static aclError check_batch(void **dsts, size_t *destMaxs, void **srcs, size_t *sizes, size_t count,
                            aclrtMemcpyBatchAttr *attrs, size_t *indexes, size_t attr_count, const char *function)
{
    if (!dsts || !destMaxs || !srcs || !sizes || count == 0)
        return acl_fail(ACL_ERROR_INVALID_PARAM, function, "an array is NULL, or there are no copies");
    if (!attrs || !indexes || attr_count == 0 || attr_count > count || indexes[0] != 0)
        return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function,
                        "%zu attributes for %zu copies; the first must begin at 0", attr_count, count);
    return ACL_SUCCESS;
}

aclError aclrtMemcpyBatchAsync(void **dsts, size_t *destMaxs, void **srcs, size_t *sizes, size_t numBatches,
                               aclrtMemcpyBatchAttr *attrs, size_t *attrsIndexes, size_t numAttrs, size_t *failIndex,
                               aclrtStream stream)
{
    TRY(check_batch(dsts, destMaxs, srcs, sizes, numBatches, attrs, attrsIndexes, numAttrs, __func__));
    for (size_t i = 0; i < numBatches; i++) {
        aclError error = aclrtMemcpyAsync(dsts[i], destMaxs[i], srcs[i], sizes[i], ACL_MEMCPY_DEFAULT, stream);
        if (error != ACL_SUCCESS) {
            if (failIndex)
                *failIndex = i;
            return error;
        }
    }
    return ACL_SUCCESS;
}

aclError aclrtMemcpyBatch(void **dsts, size_t *destMaxs, void **srcs, size_t *sizes, size_t numBatches,
                          aclrtMemcpyBatchAttr *attrs, size_t *attrsIndexes, size_t numAttrs, size_t *failIndex)
{
    TRY(check_batch(dsts, destMaxs, srcs, sizes, numBatches, attrs, attrsIndexes, numAttrs, __func__));
    for (size_t i = 0; i < numBatches; i++) {
        aclError error = aclrtMemcpy(dsts[i], destMaxs[i], srcs[i], sizes[i], ACL_MEMCPY_DEFAULT);
        if (error != ACL_SUCCESS) {
            if (failIndex)
                *failIndex = i;
            return error;
        }
    }
    return ACL_SUCCESS;
}

aclError aclrtMemcpyBatchV2(void **dsts, size_t *destMaxs, void **srcs, size_t *sizes, size_t numBatches,
                            aclrtMemcpyBatchAttr *attrs, size_t *attrsIndexes, size_t numAttrs)
{
    return aclrtMemcpyBatch(dsts, destMaxs, srcs, sizes, numBatches, attrs, attrsIndexes, numAttrs, NULL);
}

aclError aclrtMemcpyBatchAsyncV2(void **dsts, size_t *destMaxs, void **srcs, size_t *sizes, size_t numBatches,
                                 aclrtMemcpyBatchAttr *attrs, size_t *attrsIndexes, size_t numAttrs, aclrtStream stream)
{
    return aclrtMemcpyBatchAsync(dsts, destMaxs, srcs, sizes, numBatches, attrs, attrsIndexes, numAttrs, NULL, stream);
}

/* ------------------------------------------------------------------------------------------------------- */
/* Fills */

/* `stream` NULL: at once. */
static aclError fill(acl_device *device, acl_stream *stream, void *ptr, size_t room, const void *pattern,
                     uint32_t pattern_bytes, size_t count, const char *function)
{
    sil_stream *sil = stream ? stream->sil : device->copies;
    uint64_t value;
    if (!ptr)
        return acl_fail(ACL_ERROR_INVALID_PARAM, function, "devPtr is NULL");
    if (count == 0 || count > room / pattern_bytes)
        return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function, "%zu times %u bytes into room for %zu bytes", count,
                        pattern_bytes, room);
    sil_status status = sil_submit_fill(sil, (uint64_t)(uintptr_t)ptr, pattern, pattern_bytes, count, &value);
    if (status == SIL_OK && !stream)
        status = sil_stream_wait(sil, value, SIL_FOREVER);
    return answer(device, stream, status, function);
}

/* Host memory of ACL's own is filled at once; what nobody registered is undefined on silicon and refused here. */
static aclError fill_now(void *ptr, size_t room, const void *pattern, uint32_t pattern_bytes, size_t count,
                         const char *function)
{
    acl_context *context;
    TRY(acl_need_context(&context, function));
    TRY(acl_capture_unsafe(function));
    TRY(acl_device_ready(context->device, function));
    acl_place place = acl_place_of(ptr);
    if (!place.host)
        return fill(context->device, NULL, ptr, room, pattern, pattern_bytes, count, function);
    if (count == 0 || count > room / pattern_bytes)
        return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function, "%zu times %u bytes into room for %zu bytes", count,
                        pattern_bytes, room);
    if (pattern_bytes == 1)
        memset(ptr, *(const unsigned char *)pattern, count);
    else
        for (size_t i = 0; i < count; i++)
            memcpy((char *)ptr + i * pattern_bytes, pattern, pattern_bytes);
    return ACL_SUCCESS;
}

aclError aclrtMemset(void *devPtr, size_t maxCount, int32_t value, size_t count)
{
    uint8_t byte = (uint8_t)value;
    return fill_now(devPtr, maxCount, &byte, 1, count, __func__);
}

/* Into the stream, or into the model that it records. */
static aclError fill_async(acl_stream *s, void *ptr, size_t room, uint32_t pattern, uint32_t pattern_bytes,
                           size_t count, const char *function)
{
    uint64_t at = (uint64_t)(uintptr_t)ptr, base, bytes;
    capture_task task = { .kind = TASK_FILL, .u.fill = { at, count, pattern, pattern_bytes } };
    if (!acl_capturing(s))
        return fill(s->device, s, ptr, room, &pattern, pattern_bytes, count, function);
    if (count == 0 || count > room / pattern_bytes || sil_find(at, NULL, &base, &bytes) != SIL_OK ||
        at + count * pattern_bytes > base + bytes)
        return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function, "%zu times %u bytes at %p", count, pattern_bytes, ptr);
    return acl_capture_add(s, &task, function);
}

aclError aclrtMemsetAsync(void *devPtr, size_t maxCount, int32_t value, size_t count, aclrtStream stream)
{
    acl_stream *s;
    GET_STREAM_TASK(stream, &s);
    return fill_async(s, devPtr, maxCount, (uint8_t)value, 1, count, __func__);
}

aclError aclrtMemsetD32(void *ptr, size_t memSize, uint32_t value, size_t n)
{
    return fill_now(ptr, memSize, &value, 4, n, __func__);
}

aclError aclrtMemsetD32Async(void *ptr, size_t memSize, uint32_t value, size_t n, aclrtStream stream)
{
    acl_stream *s;
    GET_STREAM_TASK(stream, &s);
    return fill_async(s, ptr, memSize, value, 4, n, __func__);
}
