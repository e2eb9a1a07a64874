/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation, pinned and managed memory, pointer attributes. Copies are in copy.c, pools in pool.c. */
#include "drivers/sim/cuda/sim.h"

#include <string.h>

#define PITCH_ALIGN 512u

API(MemGetInfo_v2, (size_t * free_bytes, size_t *total_bytes))
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
ALIAS(MemGetInfo, MemGetInfo_v2);

API(MemAlloc_v2, (CUdeviceptr *out, size_t bytes))
{
    CONTEXT(c);
    return st_alloc(c->device, bytes, out);
}
ALIAS(MemAlloc, MemAlloc_v2);

API(MemAllocPitch_v2, (CUdeviceptr *out, size_t *pitch, size_t width, size_t height, unsigned element))
{
    CONTEXT(c);
    size_t row = (width + PITCH_ALIGN - 1) / PITCH_ALIGN * PITCH_ALIGN;
    if (!out || !pitch || !width || !height || row < width || (element != 4 && element != 8 && element != 16) ||
        height > SIZE_MAX / row)
        return ST_INVALID_VALUE;
    st_error error = st_alloc(c->device, row * height, out);
    if (error == ST_OK)
        *pitch = row;
    return error;
}
ALIAS(MemAllocPitch, MemAllocPitch_v2);

API(MemFree_v2, (CUdeviceptr address))
{
    CONTEXT(c);
    return st_free(c->device, address);
}
ALIAS(MemFree, MemFree_v2);

API(MemAllocManaged, (CUdeviceptr *out, size_t bytes, unsigned flags))
{
    void *pointer;
    CONTEXT(c);
    if (!out || !bytes || (flags != 1 && flags != 2))
        return ST_INVALID_VALUE;
    if (!(c->device->profile.caps & SIL_CAP_MANAGED))
        return ST_NOT_SUPPORTED;
    st_error error = st_host_alloc(bytes, SIL_HOST_MANAGED, &pointer);
    if (error == ST_OK)
        *out = (uintptr_t)pointer;
    return error;
}

API(MemHostAlloc, (void **out, size_t bytes, unsigned flags))
{
    CONTEXT(c);
    return flags > 7 ? ST_INVALID_VALUE : st_host_alloc(bytes, SIL_HOST_PINNED, out);
}

API(MemAllocHost_v2, (void **out, size_t bytes))
{
    CONTEXT(c);
    return st_host_alloc(bytes, SIL_HOST_PINNED, out);
}
ALIAS(MemAllocHost, MemAllocHost_v2);

API(MemFreeHost, (void *pointer))
{
    CONTEXT(c);
    return pointer ? st_host_free(pointer) : ST_OK;
}

API(MemHostRegister_v2, (void *pointer, size_t bytes, unsigned flags))
{
    CONTEXT(c);
    if (flags & 4) /* memory of an I/O device */
        return ST_NOT_SUPPORTED;
    return flags > 15 ? ST_INVALID_VALUE : st_host_register(pointer, bytes);
}
ALIAS(MemHostRegister, MemHostRegister_v2);

API(MemHostUnregister, (void *pointer))
{
    CONTEXT(c);
    return pointer ? st_host_unregister(pointer) : ST_INVALID_VALUE;
}

API(MemHostGetDevicePointer_v2, (CUdeviceptr *out, void *pointer, unsigned flags))
{
    st_memory memory;
    CONTEXT(c);
    st_memory_find((uintptr_t)pointer, &memory);
    if (!out || flags || memory.kind < ST_MEMORY_PINNED)
        return ST_INVALID_VALUE;
    *out = (uintptr_t)pointer;
    return ST_OK;
}
ALIAS(MemHostGetDevicePointer, MemHostGetDevicePointer_v2);

API(MemHostGetFlags, (unsigned *out, void *pointer))
{
    st_memory memory;
    CONTEXT(c);
    st_memory_find((uintptr_t)pointer, &memory);
    if (!out || (memory.kind != ST_MEMORY_PINNED && memory.kind != ST_MEMORY_REGISTERED))
        return ST_INVALID_VALUE;
    *out = 3; /* portable and mapped: what all pinned memory is under unified addressing */
    return ST_OK;
}

API(MemGetAddressRange_v2, (CUdeviceptr *base, size_t *bytes, CUdeviceptr address))
{
    st_memory memory;
    CONTEXT(c);
    st_memory_find(address, &memory);
    if (memory.kind == ST_MEMORY_NONE)
        return ST_NOT_FOUND;
    if (base)
        *base = memory.base;
    if (bytes)
        *bytes = memory.bytes;
    return ST_OK;
}
ALIAS(MemGetAddressRange, MemGetAddressRange_v2);

/* ------------------------------------------------------------------------------------------------------- */
/* Pointer attributes */

enum {
    POINTER_CONTEXT = 1,
    POINTER_MEMORY_TYPE,
    POINTER_DEVICE,
    POINTER_HOST,
    POINTER_P2P_TOKENS,
    POINTER_SYNC_MEMOPS,
    POINTER_BUFFER_ID,
    POINTER_IS_MANAGED,
    POINTER_ORDINAL,
    POINTER_LEGACY_IPC,
    POINTER_RANGE_START,
    POINTER_RANGE_SIZE,
    POINTER_MAPPED,
    POINTER_HANDLE_TYPES,
    POINTER_RDMA,
    POINTER_ACCESS,
    POINTER_POOL
};

/* The width of each answer; 0: not answered. */
static const uint8_t pointer_bytes[] = { 0, 8, 4, 8, 8, 0, 4, 8, 1, 4, 1, 8, 8, 1, 8, 1, 4, 8 };

static uint64_t pointer_answer(const st_memory *m, int number, uint64_t address, const st_context *c)
{
    const st_device *d = m->device ? m->device : c->device;
    bool host = m->kind >= ST_MEMORY_PINNED;
    switch (number) {
    case POINTER_CONTEXT:
        return st_handle(&st_contexts, d->primary ? d->primary : c);
    case POINTER_MEMORY_TYPE:
        return m->kind == ST_MEMORY_DEVICE    ? CU_MEMORY_DEVICE
               : m->kind == ST_MEMORY_MANAGED ? CU_MEMORY_UNIFIED
                                              : CU_MEMORY_HOST;
    case POINTER_DEVICE:
        return address;
    case POINTER_HOST:
        return host ? address : 0;
    case POINTER_BUFFER_ID:
        return m->base;
    case POINTER_IS_MANAGED:
        return m->kind == ST_MEMORY_MANAGED;
    case POINTER_ORDINAL:
        return d->ordinal;
    case POINTER_RANGE_START:
        return m->base;
    case POINTER_RANGE_SIZE:
        return m->bytes;
    case POINTER_MAPPED:
        return 1;
    case POINTER_ACCESS:
        return 3;
    default:
        return 0;
    }
}

static CUresult pointer_get(st_context *c, void *out, int number, CUdeviceptr address, bool many)
{
    st_memory memory;
    if (number < 1 || number >= (int)sizeof pointer_bytes || !pointer_bytes[number])
        return number == POINTER_P2P_TOKENS ? ST_NOT_SUPPORTED : ST_INVALID_VALUE;
    st_memory_find(address, &memory);
    if (memory.kind == ST_MEMORY_NONE) {
        if (!many)
            return ST_INVALID_VALUE;
        memset(out, 0, pointer_bytes[number]); /* the form for many answers zero for memory that is not the device's */
        if (number == POINTER_ORDINAL)
            memset(out, 0xfe, 4), memset(out, 0xff, 4), ((unsigned char *)out)[0] = 0xfe;
        return ST_OK;
    }
    uint64_t answer = pointer_answer(&memory, number, address, c);
    if (number == POINTER_HOST && !answer && !many)
        return ST_INVALID_VALUE;
    memcpy(out, &answer, pointer_bytes[number]);
    return ST_OK;
}

API(PointerGetAttribute, (void *out, int number, CUdeviceptr address))
{
    CONTEXT(c);
    return out ? pointer_get(c, out, number, address, false) : ST_INVALID_VALUE;
}

API(PointerGetAttributes, (unsigned count, int *numbers, void **out, CUdeviceptr address))
{
    CONTEXT(c);
    if (!count || !numbers || !out)
        return ST_INVALID_VALUE;
    CUresult error = ST_OK;
    for (unsigned i = 0; !error && i < count; i++)
        error = out[i] ? pointer_get(c, out[i], numbers[i], address, true) : ST_INVALID_VALUE;
    return error;
}

/* SYNC_MEMOPS: synchronous calls on this memory always wait here. */
API(PointerSetAttribute, (const void *value, int number, CUdeviceptr address))
{
    st_memory memory;
    CONTEXT(c);
    st_memory_find(address, &memory);
    return value && number == POINTER_SYNC_MEMOPS && memory.kind == ST_MEMORY_DEVICE ? ST_OK : ST_INVALID_VALUE;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Hints on managed memory: its pages are the host's, reachable from everywhere, so there is nothing to move. */

static CUresult managed_range(CUdeviceptr address, size_t bytes)
{
    st_memory memory;
    st_memory_find(address, &memory);
    uint64_t at = address - memory.base;
    return bytes && memory.kind == ST_MEMORY_MANAGED && at <= memory.bytes && bytes <= memory.bytes - at
               ? ST_OK
               : ST_INVALID_VALUE;
}

static CUresult hint_device(int device)
{
    return device == -1 || st_device_at(device) ? ST_OK : ST_INVALID_DEVICE;
}

API(MemAdvise, (CUdeviceptr address, size_t bytes, int advice, CUdevice device))
{
    CONTEXT(c);
    if (advice < 1 || advice > 6)
        return ST_INVALID_VALUE;
    CUresult error = managed_range(address, bytes);
    return error ? error : hint_device(device);
}

API(MemAdvise_v2, (CUdeviceptr address, size_t bytes, int advice, CUmemLocation location))
{
    return CU(MemAdvise)(address, bytes, advice, location.type == 1 ? location.id : -1);
}

STREAMED(MemPrefetchAsync, _ptsz, P(CUdeviceptr address, size_t bytes, CUdevice device, CUstream stream),
         P(address, bytes, device, stream))
{
    CONTEXT(c);
    STREAM(s, c, stream);
    (void)s;
    CUresult error = managed_range(address, bytes);
    return error ? error : hint_device(device);
}

STREAMED(MemPrefetchAsync_v2, _ptsz,
         P(CUdeviceptr address, size_t bytes, CUmemLocation location, unsigned flags, CUstream stream),
         P(address, bytes, location, flags, stream))
{
    return flags ? ST_INVALID_VALUE
                 : do_MemPrefetchAsync(zero, address, bytes, location.type == 1 ? location.id : -1, stream);
}

STREAMED(StreamAttachMemAsync, _ptsz, P(CUstream stream, CUdeviceptr address, size_t bytes, unsigned flags),
         P(stream, address, bytes, flags))
{
    st_memory memory;
    CONTEXT(c);
    STREAM(s, c, stream);
    (void)s;
    st_memory_find(address, &memory);
    return memory.kind == ST_MEMORY_MANAGED && (!bytes || bytes == memory.bytes) && flags >= 1 && flags <= 4
               ? ST_OK
               : ST_INVALID_VALUE;
}
