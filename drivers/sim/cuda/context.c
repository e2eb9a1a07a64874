/* SPDX-License-Identifier: Apache-2.0 */
/* Contexts: primary ones, created ones, and the calling thread's stack of them. */
#include "drivers/sim/cuda/sim.h"

#include <string.h>

static CUcontext handle_of(const st_context *c)
{
    return c ? (CUcontext)st_handle(&st_contexts, c) : NULL;
}

static st_context *top(st_thread *t)
{
    return t->depth ? t->stack[t->depth - 1] : NULL;
}

static CUresult push(st_context *c)
{
    st_thread *t = st_self();
    if (t->depth == ST_CONTEXT_STACK)
        return ST_OUT_OF_MEMORY;
    t->stack[t->depth++] = c;
    t->current = c;
    return ST_OK;
}

API(DevicePrimaryCtxRetain, (CUcontext *out, CUdevice device))
{
    st_context *c;
    DEVICE(d, device);
    if (!out)
        return ST_INVALID_VALUE;
    st_error error = st_primary_retain(d, &c);
    if (error == ST_OK)
        *out = handle_of(c);
    return error;
}

API(DevicePrimaryCtxRelease_v2, (CUdevice device))
{
    DEVICE(d, device);
    return st_primary_release(d);
}
ALIAS(DevicePrimaryCtxRelease, DevicePrimaryCtxRelease_v2);

API(DevicePrimaryCtxReset_v2, (CUdevice device))
{
    DEVICE(d, device);
    st_primary_reset(d);
    return ST_OK;
}
ALIAS(DevicePrimaryCtxReset, DevicePrimaryCtxReset_v2);

API(DevicePrimaryCtxSetFlags_v2, (CUdevice device, unsigned flags))
{
    st_context *c;
    DEVICE(d, device);
    if (flags & ~0xffu)
        return ST_INVALID_VALUE;
    st_error error = st_primary_retain(d, &c);
    if (error != ST_OK)
        return error;
    c->flags = flags;
    return st_primary_release(d);
}
ALIAS(DevicePrimaryCtxSetFlags, DevicePrimaryCtxSetFlags_v2);

API(DevicePrimaryCtxGetState, (CUdevice device, unsigned *flags, int *active))
{
    DEVICE(d, device);
    if (!flags || !active)
        return ST_INVALID_VALUE;
    *flags = d->primary ? d->primary->flags : 0;
    *active = d->primary && d->primary->references > 0;
    return ST_OK;
}

API(CtxCreate_v2, (CUcontext *out, unsigned flags, CUdevice device))
{
    st_context *c;
    DEVICE(d, device);
    if (!out)
        return ST_INVALID_VALUE;
    st_error error = st_context_create(d, flags, &c);
    if (error == ST_OK)
        error = push(c);
    if (error == ST_OK)
        *out = handle_of(c);
    return error;
}
ALIAS(CtxCreate, CtxCreate_v2);

API(CtxCreate_v3, (CUcontext *out, void *affinity, int count, unsigned flags, CUdevice device))
{
    return affinity && count ? ST_NOT_SUPPORTED : CU(CtxCreate_v2)(out, flags, device);
}

API(CtxCreate_v4, (CUcontext *out, CUctxCreateParams *params, unsigned flags, CUdevice device))
{
    bool plain = !params || (!params->affinity_count && !params->cig);
    return plain ? CU(CtxCreate_v2)(out, flags, device) : ST_NOT_SUPPORTED;
}

API(CtxDestroy_v2, (CUcontext handle))
{
    st_context *c = st_get(&st_contexts, (uintptr_t)handle);
    if (!c || c->primary)
        return ST_INVALID_CONTEXT;
    st_thread *t = st_self();
    if (top(t) == c) {
        t->depth--;
        t->current = top(t);
    }
    st_context_destroy(c);
    return ST_OK;
}
ALIAS(CtxDestroy, CtxDestroy_v2);

API(CtxPushCurrent_v2, (CUcontext handle))
{
    st_context *c = st_get(&st_contexts, (uintptr_t)handle);
    return c ? push(c) : ST_INVALID_CONTEXT;
}
ALIAS(CtxPushCurrent, CtxPushCurrent_v2);

API(CtxPopCurrent_v2, (CUcontext *out))
{
    st_thread *t = st_self();
    if (!t->depth)
        return ST_INVALID_CONTEXT;
    if (out)
        *out = handle_of(top(t));
    t->depth--;
    t->current = top(t);
    return ST_OK;
}
ALIAS(CtxPopCurrent, CtxPopCurrent_v2);

/* Replaces the top of the stack; NULL pops it. */
API(CtxSetCurrent, (CUcontext handle))
{
    st_thread *t = st_self();
    st_context *c = handle ? st_get(&st_contexts, (uintptr_t)handle) : NULL;
    if (!atomic_load(&cu__ready))
        return ST_NOT_INITIALIZED;
    if (handle && !c)
        return ST_INVALID_CONTEXT;
    if (!c)
        return t->depth ? CU(CtxPopCurrent_v2)(NULL) : ST_OK;
    if (!t->depth)
        return push(c);
    t->stack[t->depth - 1] = c;
    t->current = c;
    return ST_OK;
}

API(CtxGetCurrent, (CUcontext *out))
{
    if (!atomic_load(&cu__ready))
        return ST_NOT_INITIALIZED;
    if (!out)
        return ST_INVALID_VALUE;
    *out = handle_of(st_self()->current);
    return ST_OK;
}

API(CtxGetDevice, (CUdevice *out))
{
    st_context *c = st_self()->current;
    if (!c)
        return atomic_load(&cu__ready) ? ST_INVALID_CONTEXT : ST_NOT_INITIALIZED;
    if (!out)
        return ST_INVALID_VALUE;
    *out = (int)c->device->ordinal;
    return ST_OK;
}

API(CtxGetFlags, (unsigned *out))
{
    CONTEXT(c);
    if (!out)
        return ST_INVALID_VALUE;
    *out = c->flags;
    return ST_OK;
}

API(CtxSetFlags, (unsigned flags))
{
    CONTEXT(c);
    c->flags = flags;
    return ST_OK;
}

API(CtxGetId, (CUcontext handle, unsigned long long *out))
{
    st_context *c = handle ? st_get(&st_contexts, (uintptr_t)handle) : st_self()->current;
    if (!c)
        return ST_INVALID_CONTEXT;
    if (!out)
        return ST_INVALID_VALUE;
    *out = atomic_load(&c->epoch) << 32 | c->head.index;
    return ST_OK;
}

API(CtxGetApiVersion, (CUcontext handle, unsigned *out))
{
    if (handle && !st_get(&st_contexts, (uintptr_t)handle))
        return ST_INVALID_CONTEXT;
    if (!out)
        return ST_INVALID_VALUE;
    *out = 3020;
    return ST_OK;
}

API(CtxSynchronize, (void))
{
    CONTEXT(c);
    return st_context_wait(c);
}

API(CtxGetStreamPriorityRange, (int *least, int *greatest))
{
    CONTEXT(c);
    if (least)
        *least = 0;
    if (greatest)
        *greatest = -5;
    return ST_OK;
}

/* Limits of the chip's own stacks and buffers; the simulator's are fixed, so only reading is supported. */
API(CtxGetLimit, (size_t * out, int limit))
{
    static const size_t values[] = { 1024, 1 << 20, 8 << 20, 2, 2048, 128, 0 };
    CONTEXT(c);
    if (!out || limit < 0)
        return ST_INVALID_VALUE;
    if ((size_t)limit >= sizeof values / sizeof values[0])
        return ST_UNSUPPORTED_LIMIT;
    *out = values[limit];
    return ST_OK;
}

API(CtxSetLimit, (int limit, size_t value))
{
    size_t now;
    CUresult error = CU(CtxGetLimit)(&now, limit);
    return error ? error : value <= now ? ST_OK : ST_UNSUPPORTED_LIMIT;
}

/* Preferences that the vendor's driver too is free to ignore. */
API(CtxSetCacheConfig, (int config))
{
    CONTEXT(c);
    return config < 0 || config > 3 ? ST_INVALID_VALUE : ST_OK;
}

API(CtxSetSharedMemConfig, (int config))
{
    CONTEXT(c);
    return config < 0 || config > 2 ? ST_INVALID_VALUE : ST_OK;
}

API(CtxGetCacheConfig, (int *out))
{
    CONTEXT(c);
    if (!out)
        return ST_INVALID_VALUE;
    *out = 0;
    return ST_OK;
}

API(CtxGetSharedMemConfig, (int *out))
{
    CONTEXT(c);
    if (!out)
        return ST_INVALID_VALUE;
    *out = 1;
    return ST_OK;
}
