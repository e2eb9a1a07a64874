/* SPDX-License-Identifier: Apache-2.0 */
/* Stream-ordered memory: pools and their allocations. */
#include "drivers/sim/cuda/sim.h"

#define AT(pointer) ((uintptr_t)(pointer))
#define POOL(p, handle)                                                                                                \
    st_pool *p = st_get(&st_pools, (uintptr_t)(handle));                                                               \
    if (!p)                                                                                                            \
    return ST_INVALID_VALUE

API(DeviceGetDefaultMemPool, (CUmemoryPool *out, CUdevice device))
{
    st_pool *p;
    DEVICE(d, device);
    if (!out)
        return ST_INVALID_VALUE;
    st_error error = st_pool_default(d, &p);
    if (error == ST_OK)
        *out = (CUmemoryPool)st_handle(&st_pools, p);
    return error;
}

API(DeviceGetMemPool, (CUmemoryPool *out, CUdevice device))
{
    return CU(DeviceGetDefaultMemPool)(out, device);
}

API(MemPoolCreate, (CUmemoryPool *out, const CUmemPoolProps *props))
{
    st_pool *p;
    if (!out || !props || props->alloc_type != 1 || props->location.type != 1)
        return ST_INVALID_VALUE;
    if (props->handle_types)
        return ST_NOT_SUPPORTED;
    DEVICE(d, props->location.id);
    st_error error = st_pool_default(d, &p); /* the capability, and the engine's device */
    if (!error)
        error = st_pool_create(d, &p);
    if (!error)
        *out = (CUmemoryPool)st_handle(&st_pools, p);
    return error;
}

API(MemPoolDestroy, (CUmemoryPool pool))
{
    POOL(p, pool);
    if (p == p->device->pool)
        return ST_INVALID_VALUE;
    st_pool_destroy(p);
    return ST_OK;
}

API(MemPoolTrimTo, (CUmemoryPool pool, size_t keep))
{
    POOL(p, pool);
    st_pool_trim(p, keep);
    return ST_OK;
}

API(MemPoolGetAttribute, (CUmemoryPool pool, int attribute, void *out))
{
    POOL(p, pool);
    return st_pool_get_attribute(p, attribute, out);
}

API(MemPoolSetAttribute, (CUmemoryPool pool, int attribute, void *value))
{
    POOL(p, pool);
    return st_pool_set_attribute(p, attribute, value);
}

/* Every simulated device of the process can reach every pool. */
API(MemPoolSetAccess, (CUmemoryPool pool, const CUmemAccessDesc *list, size_t count))
{
    POOL(p, pool);
    if (!list || !count)
        return ST_INVALID_VALUE;
    for (size_t i = 0; i < count; i++) {
        st_device *d = list[i].location.type == 1 ? st_device_at(list[i].location.id) : NULL;
        if (!d || (list[i].flags != 0 && list[i].flags != 3) || (d == p->device && list[i].flags == 0))
            return ST_INVALID_VALUE;
        if (list[i].flags == 0)
            return ST_NOT_SUPPORTED;
    }
    return ST_OK;
}

API(MemPoolGetAccess, (int *out, CUmemoryPool pool, CUmemLocation *location))
{
    POOL(p, pool);
    (void)p;
    if (!out || !location || location->type != 1 || !st_device_at(location->id))
        return ST_INVALID_VALUE;
    *out = 3;
    return ST_OK;
}

STREAMED(MemAllocAsync, _ptsz, P(CUdeviceptr *out, size_t bytes, CUstream stream), P(out, bytes, stream))
{
    st_pool *p;
    CONTEXT(c);
    STREAM(s, c, stream);
    st_error error = st_pool_default(s->context->device, &p);
    return error ? error : st_pool_alloc(p, s, bytes, out);
}

STREAMED(MemAllocFromPoolAsync, _ptsz, P(CUdeviceptr *out, size_t bytes, CUmemoryPool pool, CUstream stream),
         P(out, bytes, pool, stream))
{
    CONTEXT(c);
    STREAM(s, c, stream);
    POOL(p, pool);
    return st_pool_alloc(p, s, bytes, out);
}

STREAMED(MemFreeAsync, _ptsz, P(CUdeviceptr address, CUstream stream), P(address, stream))
{
    CONTEXT(c);
    STREAM(s, c, stream);
    return address ? st_pool_free(s, address) : ST_OK;
}
