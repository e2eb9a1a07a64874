/* SPDX-License-Identifier: Apache-2.0 */
/* HIP's contexts, kept by it for porters: each device has one, the primary, and a context handle names its device. */
#include "drivers/sim/hip/sim.h"

typedef struct hip_ctx *hipCtx_t;

/* Makes the device current and its primary context active. */
static hipError_t use(int device, st_context **out)
{
    DEVICE(d, device);
    st_thread *t = st_self();
    t->device = (int)d->ordinal;
    t->current = NULL;
    return hip__context_make(out);
}

API(hipCtxCreate, P(hipCtx_t *out, unsigned flags, int device), P(out, flags, device))
{
    st_context *c;
    if (!out)
        return ST_INVALID_VALUE;
    hipError_t error = use(device, &c);
    if (error)
        return error;
    c->flags = flags;
    *out = (hipCtx_t)st_handle(&st_contexts, c);
    return ST_OK;
}

API(hipCtxDestroy, P(hipCtx_t context), P(context))
{
    return st_get(&st_contexts, AT(context)) ? ST_OK : ST_INVALID_VALUE; /* the primary context stays, as in HIP */
}

API(hipCtxGetCurrent, P(hipCtx_t *out), P(out))
{
    st_context *c = st_self()->current;
    if (!out)
        return ST_INVALID_VALUE;
    *out = c ? (hipCtx_t)st_handle(&st_contexts, c) : NULL;
    return ST_OK;
}

API(hipCtxSetCurrent, P(hipCtx_t context), P(context))
{
    st_context *c = st_get(&st_contexts, AT(context));
    return c ? use((int)c->device->ordinal, &c) : ST_INVALID_CONTEXT;
}

API(hipCtxGetDevice, P(hipDevice_t *out), P(out))
{
    CONTEXT(c);
    if (!out)
        return ST_INVALID_VALUE;
    *out = (int)c->device->ordinal;
    return ST_OK;
}

static hipError_t wait_current(void)
{
    CONTEXT(c);
    return st_context_wait(c);
}

HIP_EXPORT hipError_t hipCtxSynchronize(void);
HIP_EXPORT hipError_t hipCtxSynchronize(void)
{
    return hip__done(wait_current());
}

API(hipDevicePrimaryCtxRetain, P(hipCtx_t *out, hipDevice_t device), P(out, device))
{
    st_context *c;
    DEVICE(d, device);
    if (!out)
        return ST_INVALID_VALUE;
    st_error error = st_primary_retain(d, &c);
    if (!error)
        *out = (hipCtx_t)st_handle(&st_contexts, c);
    return error;
}

API(hipDevicePrimaryCtxRelease, P(hipDevice_t device), P(device))
{
    DEVICE(d, device);
    return d->primary && d->primary->references > 1 ? st_primary_release(d) : ST_OK; /* never the runtime's own */
}

API(hipDevicePrimaryCtxReset, P(hipDevice_t device), P(device))
{
    DEVICE(d, device);
    st_primary_reset(d);
    return ST_OK;
}

API(hipDevicePrimaryCtxGetState, P(hipDevice_t device, unsigned *flags, int *active), P(device, flags, active))
{
    DEVICE(d, device);
    if (!flags || !active)
        return ST_INVALID_VALUE;
    *flags = d->primary ? d->primary->flags : 0;
    *active = d->primary && d->primary->references > 0;
    return ST_OK;
}
