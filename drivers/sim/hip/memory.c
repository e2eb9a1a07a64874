/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation, pinned and managed memory, copies, fills, pools. */
#include "drivers/sim/hip/sim.h"

#include <string.h>

#define PITCH_ALIGN 256u

API(hipMemGetInfo, P(size_t *free_bytes, size_t *total_bytes), P(free_bytes, total_bytes))
{
    uint64_t free64 = 0, total64 = 0;
    CONTEXT(c);
    sil_device_memory(c->device->sil, &free64, &total64);
    if (free_bytes)
        *free_bytes = free64;
    if (total_bytes)
        *total_bytes = total64;
    return ST_OK;
}

API(hipMalloc, P(void **out, size_t bytes), P(out, bytes))
{
    uint64_t address = 0;
    CONTEXT(c);
    if (!out)
        return ST_INVALID_VALUE;
    st_error error = bytes ? st_alloc(c->device, bytes, &address) : ST_OK; /* nothing of nothing, as HIP has it */
    if (!error)
        *out = (void *)(uintptr_t)address;
    return error;
}

API(hipExtMallocWithFlags, P(void **out, size_t bytes, unsigned flags), P(out, bytes, flags))
{
    return flags > 3 ? ST_INVALID_VALUE : do_hipMalloc(out, bytes);
}

API(hipFree, P(void *pointer), P(pointer))
{
    CONTEXT(c);
    return st_free(c->device, AT(pointer));
}

API(hipMallocPitch, P(void **out, size_t *pitch, size_t width, size_t height), P(out, pitch, width, height))
{
    size_t row = (width + PITCH_ALIGN - 1) / PITCH_ALIGN * PITCH_ALIGN;
    if (!out || !pitch || row < width || (row && height > SIZE_MAX / row))
        return ST_INVALID_VALUE;
    hipError_t error = do_hipMalloc(out, row * height);
    if (!error)
        *pitch = row;
    return error;
}

API(hipMemAllocPitch, P(hipDeviceptr_t *out, size_t *pitch, size_t width, size_t height, unsigned element),
    P(out, pitch, width, height, element))
{
    return element ? do_hipMallocPitch(out, pitch, width, height) : ST_INVALID_VALUE;
}

API(hipMallocManaged, P(void **out, size_t bytes, unsigned flags), P(out, bytes, flags))
{
    CONTEXT(c);
    if (flags != 1 && flags != 2)
        return ST_INVALID_VALUE;
    return c->device->profile.caps & SIL_CAP_MANAGED ? st_host_alloc(bytes, SIL_HOST_MANAGED, out) : ST_NOT_SUPPORTED;
}

static hipError_t host_alloc(void **out, size_t bytes)
{
    CONTEXT(c);
    if (out && !bytes) {
        *out = NULL;
        return ST_OK;
    }
    return st_host_alloc(bytes, SIL_HOST_PINNED, out);
}

#define HOST_ALLOC(name)                                                                                               \
    API(name, P(void **out, size_t bytes, unsigned flags), P(out, bytes, flags))                                       \
    {                                                                                                                  \
        (void)flags; /* all pinned memory is mapped, portable and coherent */                                          \
        return host_alloc(out, bytes);                                                                                 \
    }
HOST_ALLOC(hipHostMalloc)
HOST_ALLOC(hipHostAlloc)

API(hipMallocHost, P(void **out, size_t bytes), P(out, bytes))
{
    return host_alloc(out, bytes);
}

API(hipMemAllocHost, P(void **out, size_t bytes), P(out, bytes))
{
    return host_alloc(out, bytes);
}

API(hipHostFree, P(void *pointer), P(pointer))
{
    CONTEXT(c);
    return pointer ? st_host_free(pointer) : ST_OK;
}

API(hipFreeHost, P(void *pointer), P(pointer))
{
    return do_hipHostFree(pointer);
}

API(hipHostRegister, P(void *pointer, size_t bytes, unsigned flags), P(pointer, bytes, flags))
{
    CONTEXT(c);
    return flags > 15 ? ST_INVALID_VALUE : st_host_register(pointer, bytes);
}

API(hipHostUnregister, P(void *pointer), P(pointer))
{
    CONTEXT(c);
    return pointer ? st_host_unregister(pointer) : ST_INVALID_VALUE;
}

API(hipHostGetDevicePointer, P(void **out, void *pointer, unsigned flags), P(out, pointer, flags))
{
    st_memory memory;
    CONTEXT(c);
    st_memory_find(AT(pointer), &memory);
    if (!out || flags || memory.kind < ST_MEMORY_PINNED)
        return ST_INVALID_VALUE;
    *out = pointer;
    return ST_OK;
}

API(hipHostGetFlags, P(unsigned *out, void *pointer), P(out, pointer))
{
    st_memory memory;
    CONTEXT(c);
    st_memory_find(AT(pointer), &memory);
    if (!out || (memory.kind != ST_MEMORY_PINNED && memory.kind != ST_MEMORY_REGISTERED))
        return ST_INVALID_VALUE;
    *out = 3;
    return ST_OK;
}

API(hipMemGetAddressRange, P(hipDeviceptr_t *base, size_t *bytes, hipDeviceptr_t address), P(base, bytes, address))
{
    st_memory memory;
    CONTEXT(c);
    st_memory_find(AT(address), &memory);
    if (memory.kind == ST_MEMORY_NONE)
        return ST_NOT_FOUND;
    if (base)
        *base = (void *)(uintptr_t)memory.base;
    if (bytes)
        *bytes = memory.bytes;
    return ST_OK;
}

API(hipMemPtrGetInfo, P(void *pointer, size_t *bytes), P(pointer, bytes))
{
    return bytes ? do_hipMemGetAddressRange(NULL, bytes, pointer) : ST_INVALID_VALUE;
}

/* Memory types were renumbered with HIP 6: which numbers are given depends on the version that is
 * reported. */
API(hipPointerGetAttributes, P(hip_pointer_attributes *out, const void *pointer), P(out, pointer))
{
    static const int type5[] = { -1, 1, 0, 0, 3 }, type6[] = { 0, 2, 1, 1, 3 };
    st_memory memory;
    CONTEXT(c);
    if (!out)
        return ST_INVALID_VALUE;
    uint32_t version = c->device->profile.runtime_version;
    bool six = !version || version >= 60000000;
    st_memory_find(AT(pointer), &memory);
    if (memory.kind == ST_MEMORY_NONE && !six)
        return ST_INVALID_VALUE;
    memset(out, 0, sizeof *out);
    out->type = six ? type6[memory.kind] : type5[memory.kind];
    out->device = memory.kind == ST_MEMORY_NONE ? -2 : (int)(memory.device ? memory.device : c->device)->ordinal;
    out->managed = memory.kind == ST_MEMORY_MANAGED;
    if (memory.kind != ST_MEMORY_NONE)
        out->device_pointer = (void *)(uintptr_t)pointer;
    if (memory.kind >= ST_MEMORY_PINNED)
        out->host_pointer = (void *)(uintptr_t)pointer;
    return ST_OK;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Copies */

static bool sides(int kind, sil_side *dst, sil_side *src)
{
    static const sil_side table[5][2] = {
        { SIL_SIDE_HOST, SIL_SIDE_HOST },     { SIL_SIDE_DEVICE, SIL_SIDE_HOST }, { SIL_SIDE_HOST, SIL_SIDE_DEVICE },
        { SIL_SIDE_DEVICE, SIL_SIDE_DEVICE }, { SIL_SIDE_ANY, SIL_SIDE_ANY },
    };
    if (kind == 1024) /* device to device without compute units */
        kind = HIP_DEVICE_TO_DEVICE;
    if (kind < 0 || kind > HIP_DEFAULT)
        return false;
    *dst = table[kind][0];
    *src = table[kind][1];
    return true;
}

hipError_t hip__copy(uintptr_t zero, uintptr_t stream, uint64_t dst, uint64_t src, size_t bytes, int kind, bool wait)
{
    sil_side dst_side, src_side;
    CONTEXT(c);
    STREAM(s, c, stream);
    if (!sides(kind, &dst_side, &src_side))
        return HIP_INVALID_DIRECTION;
    return st_copy(s, dst, dst_side, src, src_side, bytes, wait && kind != HIP_DEVICE_TO_DEVICE);
}

static hipError_t copy_2d(uintptr_t zero, uintptr_t stream, void *dst, size_t dst_pitch, const void *src,
                          size_t src_pitch, size_t width, size_t height, int kind, bool wait)
{
    sil_side dst_side, src_side;
    CONTEXT(c);
    STREAM(s, c, stream);
    if (!sides(kind, &dst_side, &src_side))
        return HIP_INVALID_DIRECTION;
    if (width > dst_pitch || width > src_pitch)
        return 12; /* hipErrorInvalidPitchValue */
    return st_copy_2d(s, AT(dst), dst_side, dst_pitch, AT(src), src_side, src_pitch, width, height, wait);
}

SPT(hipMemcpy, P(void *dst, const void *src, size_t bytes, int kind), P(dst, src, bytes, kind))
{
    return hip__copy(zero, 0, AT(dst), AT(src), bytes, kind, true);
}

SPT(hipMemcpyAsync, P(void *dst, const void *src, size_t bytes, int kind, hipStream_t stream),
    P(dst, src, bytes, kind, stream))
{
    return hip__copy(zero, AT(stream), AT(dst), AT(src), bytes, kind, false);
}

API(hipMemcpyWithStream, P(void *dst, const void *src, size_t bytes, int kind, hipStream_t stream),
    P(dst, src, bytes, kind, stream))
{
    return hip__copy(1, AT(stream), AT(dst), AT(src), bytes, kind, true);
}

SPT(hipMemcpy2D,
    P(void *dst, size_t dst_pitch, const void *src, size_t src_pitch, size_t width, size_t height, int kind),
    P(dst, dst_pitch, src, src_pitch, width, height, kind))
{
    return copy_2d(zero, 0, dst, dst_pitch, src, src_pitch, width, height, kind, true);
}

SPT(hipMemcpy2DAsync,
    P(void *dst, size_t dst_pitch, const void *src, size_t src_pitch, size_t width, size_t height, int kind,
      hipStream_t stream),
    P(dst, dst_pitch, src, src_pitch, width, height, kind, stream))
{
    return copy_2d(zero, AT(stream), dst, dst_pitch, src, src_pitch, width, height, kind, false);
}

#define TYPED(name, dst_type, src_type, kind)                                                                          \
    API(name, P(dst_type dst, src_type src, size_t bytes), P(dst, src, bytes))                                         \
    {                                                                                                                  \
        return hip__copy(1, 0, AT(dst), AT(src), bytes, kind, true);                                                   \
    }                                                                                                                  \
    API(name##Async, P(dst_type dst, src_type src, size_t bytes, hipStream_t stream), P(dst, src, bytes, stream))      \
    {                                                                                                                  \
        return hip__copy(1, AT(stream), AT(dst), AT(src), bytes, kind, false);                                         \
    }
TYPED(hipMemcpyHtoD, hipDeviceptr_t, void *, HIP_HOST_TO_DEVICE)
TYPED(hipMemcpyDtoH, void *, hipDeviceptr_t, HIP_DEVICE_TO_HOST)
TYPED(hipMemcpyDtoD, hipDeviceptr_t, hipDeviceptr_t, HIP_DEVICE_TO_DEVICE)

static hipError_t peer(void *dst, int dst_device, const void *src, int src_device, size_t bytes, hipStream_t stream,
                       bool wait)
{
    DEVICE(a, dst_device);
    DEVICE(b, src_device);
    return hip__copy(1, AT(stream), AT(dst), AT(src), bytes, HIP_DEFAULT, wait);
}

API(hipMemcpyPeer, P(void *dst, int dst_device, const void *src, int src_device, size_t bytes),
    P(dst, dst_device, src, src_device, bytes))
{
    return peer(dst, dst_device, src, src_device, bytes, NULL, true);
}

API(hipMemcpyPeerAsync, P(void *dst, int dst_device, const void *src, int src_device, size_t bytes, hipStream_t stream),
    P(dst, dst_device, src, src_device, bytes, stream))
{
    return peer(dst, dst_device, src, src_device, bytes, stream, false);
}

/* ------------------------------------------------------------------------------------------------------- */
/* Fills */

static hipError_t fill(uintptr_t zero, uintptr_t stream, void *dst, uint32_t pattern, uint32_t pattern_bytes,
                       size_t count, bool wait)
{
    CONTEXT(c);
    STREAM(s, c, stream);
    return st_fill(s, AT(dst), pattern, pattern_bytes, count, wait);
}

static hipError_t fill_2d(uintptr_t zero, uintptr_t stream, void *dst, size_t pitch, int value, size_t width,
                          size_t height, bool wait)
{
    CONTEXT(c);
    STREAM(s, c, stream);
    return st_fill_2d(s, AT(dst), pitch, (uint32_t)(value & 0xff), 1, width, height, wait);
}

SPT(hipMemset, P(void *dst, int value, size_t bytes), P(dst, value, bytes))
{
    return fill(zero, 0, dst, (uint32_t)(value & 0xff), 1, bytes, true);
}

SPT(hipMemsetAsync, P(void *dst, int value, size_t bytes, hipStream_t stream), P(dst, value, bytes, stream))
{
    return fill(zero, AT(stream), dst, (uint32_t)(value & 0xff), 1, bytes, false);
}

SPT(hipMemset2D, P(void *dst, size_t pitch, int value, size_t width, size_t height),
    P(dst, pitch, value, width, height))
{
    return fill_2d(zero, 0, dst, pitch, value, width, height, true);
}

SPT(hipMemset2DAsync, P(void *dst, size_t pitch, int value, size_t width, size_t height, hipStream_t stream),
    P(dst, pitch, value, width, height, stream))
{
    return fill_2d(zero, AT(stream), dst, pitch, value, width, height, false);
}

#define FILL(bits, type)                                                                                               \
    API(hipMemsetD##bits, P(hipDeviceptr_t dst, type value, size_t count), P(dst, value, count))                       \
    {                                                                                                                  \
        return fill(1, 0, dst, (uint32_t)value, bits / 8, count, true);                                                \
    }                                                                                                                  \
    API(hipMemsetD##bits##Async, P(hipDeviceptr_t dst, type value, size_t count, hipStream_t stream),                  \
        P(dst, value, count, stream))                                                                                  \
    {                                                                                                                  \
        return fill(1, AT(stream), dst, (uint32_t)value, bits / 8, count, false);                                      \
    }
FILL(8, unsigned char)
FILL(16, unsigned short)
FILL(32, int)

/* ------------------------------------------------------------------------------------------------------- */
/* Hints on managed memory: its pages are the host's, so there is nothing to move. */

static hipError_t managed_range(const void *pointer, size_t bytes, int device)
{
    st_memory memory;
    CONTEXT(c);
    st_memory_find(AT(pointer), &memory);
    uint64_t at = AT(pointer) - memory.base;
    if (!bytes || memory.kind != ST_MEMORY_MANAGED || at > memory.bytes || bytes > memory.bytes - at)
        return ST_INVALID_VALUE;
    return device == -1 || st_device_at(device) ? ST_OK : ST_INVALID_DEVICE;
}

API(hipMemAdvise, P(const void *pointer, size_t bytes, int advice, int device), P(pointer, bytes, advice, device))
{
    return advice < 1 || (advice > 6 && advice != 100 && advice != 101) ? ST_INVALID_VALUE
                                                                        : managed_range(pointer, bytes, device);
}

API(hipMemPrefetchAsync, P(const void *pointer, size_t bytes, int device, hipStream_t stream),
    P(pointer, bytes, device, stream))
{
    const uintptr_t zero = 1;
    CONTEXT(c);
    STREAM(s, c, stream);
    (void)s;
    return managed_range(pointer, bytes, device);
}

/* ------------------------------------------------------------------------------------------------------- */
/* Pools */

#define POOL(p, handle)                                                                                                \
    st_pool *p = st_get(&st_pools, AT(handle));                                                                        \
    if (!p)                                                                                                            \
    return ST_INVALID_VALUE

API(hipDeviceGetDefaultMemPool, P(hipMemPool_t *out, int device), P(out, device))
{
    st_pool *p;
    DEVICE(d, device);
    if (!out)
        return ST_INVALID_VALUE;
    st_error error = st_pool_default(d, &p);
    if (!error)
        *out = (hipMemPool_t)st_handle(&st_pools, p);
    return error;
}

API(hipDeviceGetMemPool, P(hipMemPool_t *out, int device), P(out, device))
{
    return do_hipDeviceGetDefaultMemPool(out, device);
}

API(hipMemPoolCreate, P(hipMemPool_t *out, const hip_pool_props *props), P(out, props))
{
    st_pool *p;
    if (!out || !props || props->alloc_type != 1 || props->location_type != 1)
        return ST_INVALID_VALUE;
    if (props->handle_types)
        return ST_NOT_SUPPORTED;
    DEVICE(d, props->location_id);
    st_error error = st_pool_default(d, &p);
    if (!error)
        error = st_pool_create(d, &p);
    if (!error)
        *out = (hipMemPool_t)st_handle(&st_pools, p);
    return error;
}

API(hipMemPoolDestroy, P(hipMemPool_t pool), P(pool))
{
    POOL(p, pool);
    if (p == p->device->pool)
        return ST_INVALID_VALUE;
    st_pool_destroy(p);
    return ST_OK;
}

API(hipMemPoolTrimTo, P(hipMemPool_t pool, size_t keep), P(pool, keep))
{
    POOL(p, pool);
    st_pool_trim(p, keep);
    return ST_OK;
}

API(hipMemPoolGetAttribute, P(hipMemPool_t pool, int attribute, void *out), P(pool, attribute, out))
{
    POOL(p, pool);
    return st_pool_get_attribute(p, attribute, out);
}

API(hipMemPoolSetAttribute, P(hipMemPool_t pool, int attribute, void *value), P(pool, attribute, value))
{
    POOL(p, pool);
    return st_pool_set_attribute(p, attribute, value);
}

API(hipMallocAsync, P(void **out, size_t bytes, hipStream_t stream), P(out, bytes, stream))
{
    const uintptr_t zero = 1;
    uint64_t address = 0;
    st_pool *p;
    CONTEXT(c);
    STREAM(s, c, stream);
    if (!out)
        return ST_INVALID_VALUE;
    st_error error = st_pool_default(s->context->device, &p);
    if (!error && bytes)
        error = st_pool_alloc(p, s, bytes, &address);
    if (!error)
        *out = (void *)(uintptr_t)address;
    return error;
}

API(hipMallocFromPoolAsync, P(void **out, size_t bytes, hipMemPool_t pool, hipStream_t stream),
    P(out, bytes, pool, stream))
{
    const uintptr_t zero = 1;
    uint64_t address = 0;
    CONTEXT(c);
    STREAM(s, c, stream);
    POOL(p, pool);
    if (!out)
        return ST_INVALID_VALUE;
    st_error error = st_pool_alloc(p, s, bytes, &address);
    if (!error)
        *out = (void *)(uintptr_t)address;
    return error;
}

API(hipFreeAsync, P(void *pointer, hipStream_t stream), P(pointer, stream))
{
    const uintptr_t zero = 1;
    CONTEXT(c);
    STREAM(s, c, stream);
    return pointer ? st_pool_free(s, AT(pointer)) : ST_INVALID_VALUE;
}
