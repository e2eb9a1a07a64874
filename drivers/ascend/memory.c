/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory, copies and fills over ACL. Owns each device's pinned table of 16-bit values, from which the ends of 2-byte
 * fills are copied, since ACL fills bytes and 32-bit words only.
 */
#include "drivers/ascend/ascend.h"

tn_status ascend_device_memory(tn_driver_device *d, uint64_t *free_bytes, uint64_t *total_bytes)
{
    size_t unused = 0, all = 0;
    aclError error;
    ASCEND_CALL(error, d, memory_info(ACL_HBM_MEM, &unused, &all)); /* a chip without HBM answers with its DDR */
    if (error != ACL_SUCCESS)
        return ASCEND_FAIL(d->api, error, "asking %s device %d for its memory", d->soc, d->id);
    *free_bytes = unused;
    *total_bytes = all;
    return TN_OK;
}

tn_status ascend_memory_alloc(tn_driver_device *d, uint64_t bytes, tn_address *out)
{
    void *pointer = NULL;
    aclError error;
    ASCEND_CALL(error, d, malloc(&pointer, bytes, ACL_MEM_MALLOC_HUGE_FIRST));
    if (error != ACL_SUCCESS)
        return ASCEND_FAIL(d->api, error, "%s device %d", d->soc, d->id);
    *out = (uint64_t)(uintptr_t)pointer;
    return TN_OK;
}

tn_status ascend_memory_free(tn_driver_device *d, tn_address address)
{
    aclError error;
    ASCEND_CALL(error, d, free((void *)(uintptr_t)address));
    return error == ACL_SUCCESS
               ? TN_OK
               : ASCEND_FAIL(d->api, error, "freeing device memory at 0x%llx", (unsigned long long)address);
}

enum { PAGE = 4096 }; /* what aclrtHostRegister wants */

tn_status ascend_host_alloc(tn_driver_device *d, uint64_t bytes, void **out, tn_address *out_device)
{
    void *pointer = NULL, *device = NULL;
    aclError error;
    ASCEND_CALL(error, d, malloc_host(&pointer, bytes));
    if (error != ACL_SUCCESS)
        return ASCEND_FAIL(d->api, error, "%s device %d", d->soc, d->id);
    if (d->api->host_register && (uintptr_t)pointer % PAGE == 0) {
        ASCEND_CALL(error, d, host_register(pointer, bytes, ACL_HOST_REGISTER_MAPPED, &device));
        if (error != ACL_SUCCESS) {
            d->api->recent_message();
            device = NULL; /* kernels cannot reach it, copies can */
        }
    }
    *out = pointer;
    *out_device = (uint64_t)(uintptr_t)device;
    return TN_OK;
}

tn_status ascend_host_free(tn_driver_device *d, void *pointer)
{
    aclError error;
    if (d->api->host_unregister && (uintptr_t)pointer % PAGE == 0) {
        ASCEND_CALL(error, d, host_unregister(pointer));
        if (error != ACL_SUCCESS)
            d->api->recent_message(); /* it was not registered */
    }
    ASCEND_CALL(error, d, free_host(pointer));
    return error == ACL_SUCCESS ? TN_OK : ASCEND_FAIL(d->api, error, "freeing pinned host memory");
}

/* ------------------------------------------------------------------------------------------------------- */
/* Copies */

tn_status ascend_submit_copy(tn_driver_stream *s, tn_copy_kind kind, uint64_t dst, uint64_t src, uint64_t bytes,
                             bool pinned, uint64_t value, uint32_t flags)
{
    static const aclrtMemcpyKind kinds[] = { [TN_COPY_TO_DEVICE] = ACL_MEMCPY_HOST_TO_DEVICE,
                                             [TN_COPY_TO_HOST] = ACL_MEMCPY_DEVICE_TO_HOST,
                                             [TN_COPY_ON_DEVICE] = ACL_MEMCPY_DEVICE_TO_DEVICE };
    aclError error;
    (void)pinned; /* ACL finds out itself, and returns from a pageable copy when it is done */
    ASCEND_CALL(
        error, s->device,
        memcpy_async((void *)(uintptr_t)dst, bytes, (const void *)(uintptr_t)src, bytes, kinds[kind], s->stream));
    return ascend_submitted(s, error, value, flags, "copying");
}

/* Opens the way from one device to another, once; ACL's permission is of one direction. */
static bool open_way(tn_driver_device *from, tn_driver_device *to)
{
    const ascend_api *api = from->api;
    int32_t can = 0;
    if (from->from != to->from || !api->can_access_peer || !api->enable_peer || to->id >= 64)
        return false;
    pthread_mutex_lock(&from->lock);
    bool open = from->peers >> to->id & 1;
    if (!open && api->can_access_peer(&can, from->id, to->id) == ACL_SUCCESS && can) {
        aclError error;
        ASCEND_CALL(error, from, enable_peer(to->id, 0));
        open = error == ACL_SUCCESS;
        if (open)
            from->peers |= 1ull << to->id;
        else
            api->recent_message();
    }
    pthread_mutex_unlock(&from->lock);
    return open;
}

tn_status ascend_submit_copy_peer(tn_driver_stream *s, tn_driver_device *dst_device, tn_address dst,
                                  tn_driver_device *src_device, tn_address src, uint64_t bytes, uint64_t value,
                                  uint32_t flags)
{
    aclError error;
    if (dst_device != src_device && (!open_way(src_device, dst_device) || !open_way(dst_device, src_device)))
        return TN_UNSUPPORTED; /* the runtime goes through the host */
    ASCEND_CALL(error, s->device,
                memcpy_async((void *)(uintptr_t)dst, bytes, (const void *)(uintptr_t)src, bytes,
                             ACL_MEMCPY_DEVICE_TO_DEVICE, s->stream));
    return ascend_submitted(s, error, value, flags, "copying between devices");
}

/* ------------------------------------------------------------------------------------------------------- */
/* Fills */

static uint16_t *halves_of(tn_driver_device *d)
{
    pthread_mutex_lock(&d->lock);
    if (!d->halves) {
        void *table = NULL;
        aclError error;
        ASCEND_CALL(error, d, malloc_host(&table, 65536 * sizeof *d->halves));
        if (error == ACL_SUCCESS) {
            for (uint32_t i = 0; i < 65536; i++)
                ((uint16_t *)table)[i] = (uint16_t)i;
            d->halves = table;
        }
    }
    uint16_t *halves = d->halves;
    pthread_mutex_unlock(&d->lock);
    return halves;
}

/* 2-byte patterns: 32-bit words in the middle, single values at the odd ends. */
static aclError fill_halves(tn_driver_stream *s, uint64_t dst, uint16_t pattern, uint64_t count)
{
    const ascend_api *api = s->device->api;
    uint64_t head = dst & 2 ? 1 : 0, words = (count - head) / 2, tail = count - head - words * 2;
    uint32_t word = (uint32_t)pattern << 16 | pattern;
    const uint16_t *halves = head || tail ? halves_of(s->device) : NULL;
    aclError error = ACL_SUCCESS;
    if ((head || tail) && !halves)
        return ACL_ERROR_BAD_ALLOC;
    aclrtContext before = ascend_enter(s->device);
    if (head)
        error = api->memcpy_async((void *)(uintptr_t)dst, 2, halves + pattern, 2, ACL_MEMCPY_HOST_TO_DEVICE, s->stream);
    if (error == ACL_SUCCESS && words)
        error = api->memset_d32_async((void *)(uintptr_t)(dst + head * 2), words * 4, word, words, s->stream);
    if (error == ACL_SUCCESS && tail)
        error = api->memcpy_async((void *)(uintptr_t)(dst + (head + words * 2) * 2), 2, halves + pattern, 2,
                                  ACL_MEMCPY_HOST_TO_DEVICE, s->stream);
    ascend_leave(s->device, before);
    return error;
}

/* True when all bytes of the pattern are the same. */
static bool is_bytes(uint32_t pattern, uint32_t pattern_bytes)
{
    for (uint32_t i = 1; i < pattern_bytes; i++)
        if ((pattern >> 8 * i & 0xff) != (pattern & 0xff))
            return false;
    return true;
}

tn_status ascend_submit_fill(tn_driver_stream *s, tn_address dst, uint32_t pattern, uint32_t pattern_bytes,
                             uint64_t count, uint64_t value, uint32_t flags)
{
    const ascend_api *api = s->device->api;
    uint64_t bytes = count * pattern_bytes;
    aclError error;
    if (is_bytes(pattern, pattern_bytes))
        ASCEND_CALL(error, s->device,
                    memset_async((void *)(uintptr_t)dst, bytes, (int32_t)(pattern & 0xff), bytes, s->stream));
    else if (!api->memset_d32_async)
        return TN_FAIL(ascend_host, TN_UNSUPPORTED, "this version of ACL (%s) fills with bytes only",
                       s->device->from->version);
    else if (pattern_bytes == 4)
        ASCEND_CALL(error, s->device, memset_d32_async((void *)(uintptr_t)dst, bytes, pattern, count, s->stream));
    else
        error = fill_halves(s, dst, (uint16_t)pattern, count);
    return ascend_submitted(s, error, value, flags, "filling");
}
