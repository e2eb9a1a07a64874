/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory and copies. The typed copies of the vendors name a device side that may also be pinned or managed memory,
 * which the engine counts as the host's: the common case is tried first, the other found out. Owns nothing.
 */
#include "drivers/sim/common/standin.h"

#include <string.h>

void st_memory_find(uint64_t address, st_memory *out)
{
    sil_device *sil;
    void *base;
    sil_host_kind kind;
    memset(out, 0, sizeof *out);
    if (!address)
        return;
    if (sil_find(address, &sil, &out->base, &out->bytes) == SIL_OK) {
        out->kind = ST_MEMORY_DEVICE;
        out->device = st_device_of(sil);
    } else if (sil_host_find((const void *)(uintptr_t)address, &base, &out->bytes, &kind)) {
        out->kind = kind == SIL_HOST_PINNED    ? ST_MEMORY_PINNED
                    : kind == SIL_HOST_MANAGED ? ST_MEMORY_MANAGED
                                               : ST_MEMORY_REGISTERED;
        out->base = (uintptr_t)base;
    } else {
        out->base = out->bytes = 0;
    }
}

st_error st_alloc(st_device *d, uint64_t bytes, uint64_t *out)
{
    if (!bytes || !out)
        return ST_INVALID_VALUE;
    sil_status status = sil_alloc(d->sil, bytes, out);
    if (status == SIL_OUT_OF_MEMORY && d->pool) { /* what the pool keeps may be what is missing */
        st_pool_trim(d->pool, 0);
        status = sil_alloc(d->sil, bytes, out);
    }
    return status == SIL_OK ? ST_OK : st_failed(NULL, status);
}

st_error st_free(st_device *d, uint64_t address)
{
    st_memory memory;
    if (!address)
        return ST_OK;
    if (st_pool_owns(address)) { /* the vendors allow it: as if in the stream of everything */
        sil_device_wait(d->sil, SIL_FOREVER);
        return st_pool_free(NULL, address);
    }
    st_memory_find(address, &memory);
    if (memory.base != address)
        return ST_INVALID_VALUE;
    if (memory.kind == ST_MEMORY_DEVICE && memory.device)
        return st_failed(NULL, sil_free(memory.device->sil, address));
    if (memory.kind != ST_MEMORY_MANAGED)
        return ST_INVALID_VALUE;
    sil_device_wait(d->sil, SIL_FOREVER);
    return st_failed(NULL, sil_host_free((void *)(uintptr_t)address));
}

st_error st_host_alloc(uint64_t bytes, sil_host_kind kind, void **out)
{
    if (!out || !bytes)
        return ST_INVALID_VALUE;
    return st_failed(NULL, sil_host_alloc(bytes, kind, out));
}

st_error st_host_free(void *pointer)
{
    st_memory memory;
    st_memory_find((uintptr_t)pointer, &memory);
    if (memory.kind != ST_MEMORY_PINNED || memory.base != (uintptr_t)pointer)
        return ST_INVALID_VALUE;
    for (uint32_t i = 0; i < st_device_count(); i++)
        if (st_device_at((int)i)->sil)
            sil_device_wait(st_device_at((int)i)->sil, SIL_FOREVER);
    return st_failed(NULL, sil_host_free(pointer));
}

st_error st_host_register(void *pointer, uint64_t bytes)
{
    st_memory memory;
    if (!pointer || !bytes)
        return ST_INVALID_VALUE;
    st_memory_find((uintptr_t)pointer, &memory);
    if (memory.kind == ST_MEMORY_DEVICE)
        return ST_INVALID_VALUE;
    if (memory.kind != ST_MEMORY_NONE)
        return ST_HOST_ALREADY;
    return st_failed(NULL, sil_host_register(pointer, bytes));
}

st_error st_host_unregister(void *pointer)
{
    st_memory memory;
    st_memory_find((uintptr_t)pointer, &memory);
    if (memory.kind != ST_MEMORY_REGISTERED || memory.base != (uintptr_t)pointer)
        return ST_HOST_NOT;
    return st_failed(NULL, sil_host_unregister(pointer));
}

/* ------------------------------------------------------------------------------------------------------- */

static bool is_host_kind(uint64_t address)
{
    return sil_host_find((const void *)(uintptr_t)address, NULL, NULL, NULL);
}

/* A "device" side that is host memory known to the device. */
static bool correct_sides(uint64_t dst, sil_side *dst_side, uint64_t src, sil_side *src_side)
{
    bool changed = false;
    if (*dst_side == SIL_SIDE_DEVICE && is_host_kind(dst)) {
        *dst_side = SIL_SIDE_HOST;
        changed = true;
    }
    if (*src_side == SIL_SIDE_DEVICE && is_host_kind(src)) {
        *src_side = SIL_SIDE_HOST;
        changed = true;
    }
    return changed;
}

st_error st_copy(st_stream *s, uint64_t dst, sil_side dst_side, uint64_t src, sil_side src_side, uint64_t bytes,
                 bool wait)
{
    uint64_t value = 0;
    if (bytes == 0)
        return ST_OK;
    if (!dst || !src)
        return ST_INVALID_VALUE;
    st_error error = st_enter(s);
    if (error)
        return error;
    /* an asynchronous copy to pageable memory is only back when it has been done, one from it is staged */
    bool blocking = wait || dst_side != SIL_SIDE_DEVICE;
    sil_status status = sil_submit_copy(s->sil, (void *)(uintptr_t)dst, dst_side, (const void *)(uintptr_t)src,
                                        src_side, bytes, blocking, &value);
    if (status == SIL_BAD_ADDRESS && correct_sides(dst, &dst_side, src, &src_side))
        status = sil_submit_copy(s->sil, (void *)(uintptr_t)dst, dst_side, (const void *)(uintptr_t)src, src_side,
                                 bytes, blocking, &value);
    error = st_leave(s, status, value);
    return error || !wait ? error : st_stream_wait_value(s, value);
}

st_error st_copy_2d(st_stream *s, uint64_t dst, sil_side dst_side, uint64_t dst_pitch, uint64_t src, sil_side src_side,
                    uint64_t src_pitch, uint64_t width, uint64_t height, bool wait)
{
    uint64_t value = 0;
    if (width == 0 || height == 0)
        return ST_OK;
    if (!dst || !src || (height > 1 && (dst_pitch < width || src_pitch < width)))
        return ST_INVALID_VALUE;
    st_error error = st_enter(s);
    if (error)
        return error;
    bool blocking = wait || dst_side != SIL_SIDE_DEVICE;
    sil_status status =
        sil_submit_copy_2d(s->sil, (void *)(uintptr_t)dst, dst_side, dst_pitch, (const void *)(uintptr_t)src, src_side,
                           src_pitch, width, height, blocking, &value);
    if (status == SIL_BAD_ADDRESS && correct_sides(dst, &dst_side, src, &src_side))
        status = sil_submit_copy_2d(s->sil, (void *)(uintptr_t)dst, dst_side, dst_pitch, (const void *)(uintptr_t)src,
                                    src_side, src_pitch, width, height, blocking, &value);
    error = st_leave(s, status, value);
    return error || !wait ? error : st_stream_wait_value(s, value);
}

/* ------------------------------------------------------------------------------------------------------- */
/* Fills. The engine fills device memory; pinned and managed memory is filled here when the stream has come so far. */

static void host_fill(unsigned char *at, uint32_t pattern, uint32_t pattern_bytes, uint64_t count)
{
    if (pattern_bytes == 1) {
        memset(at, (int)(pattern & 0xff), count);
        return;
    }
    for (uint64_t i = 0; i < count; i++)
        memcpy(at + i * pattern_bytes, &pattern, pattern_bytes);
}

static st_error fill_host_kind(st_stream *s, uint64_t dst, uint64_t pitch, uint32_t pattern, uint32_t pattern_bytes,
                               uint64_t width, uint64_t height)
{
    st_memory memory;
    st_memory_find(dst, &memory);
    uint64_t extent = (height - 1) * pitch + width * pattern_bytes;
    if (memory.kind < ST_MEMORY_PINNED || dst - memory.base > memory.bytes ||
        extent > memory.bytes - (dst - memory.base))
        return ST_INVALID_VALUE;
    st_error error = st_stream_wait(s);
    for (uint64_t y = 0; !error && y < height; y++)
        host_fill((unsigned char *)(uintptr_t)(dst + y * pitch), pattern, pattern_bytes, width);
    return error;
}

st_error st_fill(st_stream *s, uint64_t dst, uint32_t pattern, uint32_t pattern_bytes, uint64_t count, bool wait)
{
    uint64_t value = 0;
    if (count == 0)
        return ST_OK;
    if (!dst || dst % pattern_bytes)
        return ST_INVALID_VALUE;
    st_error error = st_enter(s);
    if (error)
        return error;
    sil_status status = sil_submit_fill(s->sil, dst, &pattern, pattern_bytes, count, &value);
    if (status == SIL_BAD_ADDRESS && is_host_kind(dst))
        return fill_host_kind(s, dst, 0, pattern, pattern_bytes, count, 1);
    error = st_leave(s, status, value);
    return error || !wait || !is_host_kind(dst) ? error : st_stream_wait_value(s, value);
}

st_error st_fill_2d(st_stream *s, uint64_t dst, uint64_t pitch, uint32_t pattern, uint32_t pattern_bytes,
                    uint64_t width, uint64_t height, bool wait)
{
    uint64_t value = 0;
    if (width == 0 || height == 0)
        return ST_OK;
    if (!dst || dst % pattern_bytes || (height > 1 && (pitch < width * pattern_bytes || pitch % pattern_bytes)))
        return ST_INVALID_VALUE;
    st_error error = st_enter(s);
    if (error)
        return error;
    sil_status status = sil_submit_fill_2d(s->sil, dst, pitch, &pattern, pattern_bytes, width, height, &value);
    if (status == SIL_BAD_ADDRESS && is_host_kind(dst))
        return fill_host_kind(s, dst, pitch, pattern, pattern_bytes, width, height);
    error = st_leave(s, status, value);
    return error || !wait || !is_host_kind(dst) ? error : st_stream_wait_value(s, value);
}
