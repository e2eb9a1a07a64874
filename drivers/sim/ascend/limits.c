/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings that programs make and read back: limits on the cores they use, of a device, a stream and a thread, and
 * system parameters of the process and of a context. The simulator keeps them; results do not depend on them.
 */
#include "drivers/sim/ascend/state.h"

static _Thread_local aclrtStream limiting; /* of aclrtUseStreamResInCurrentThread */

static bool known_resource(aclrtDevResLimitType type)
{
    return type == ACL_RT_DEV_RES_CUBE_CORE || type == ACL_RT_DEV_RES_VECTOR_CORE;
}

static uint32_t cores(const acl_device *d, aclrtDevResLimitType type)
{
    uint32_t units = type == ACL_RT_DEV_RES_CUBE_CORE ? d->profile.cube_units : d->profile.vector_units;
    return units ? units : d->profile.units;
}

/* The device's limit, or what the chip has. */
static uint32_t device_limit(acl_device *d, aclrtDevResLimitType type)
{
    uint32_t set = atomic_load(&d->core_limit[type]);
    return set ? set : cores(d, type);
}

static aclError check_limit(const acl_device *d, aclrtDevResLimitType type, uint32_t value, const char *function)
{
    if (!known_resource(type) || value == 0 || value > cores(d, type))
        return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function, "resource %d: %u of %u cores", type, value,
                        known_resource(type) ? cores(d, type) : 0);
    return ACL_SUCCESS;
}

static aclError device_get(int32_t id, acl_device **out, const char *function)
{
    TRY(acl_devices(function));
    *out = acl_device_get(id);
    return *out ? ACL_SUCCESS
                : acl_fail(ACL_ERROR_RT_INVALID_DEVICEID, function, "device %d is not one of %u", id,
                           acl_device_total());
}

aclError aclrtGetDeviceResLimit(int32_t deviceId, aclrtDevResLimitType type, uint32_t *value)
{
    acl_device *d;
    NOT_NULL(value);
    TRY(device_get(deviceId, &d, __func__));
    if (!known_resource(type))
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "resource %d", type);
    *value = device_limit(d, type);
    return ACL_SUCCESS;
}

aclError aclrtSetDeviceResLimit(int32_t deviceId, aclrtDevResLimitType type, uint32_t value)
{
    acl_device *d;
    TRY(device_get(deviceId, &d, __func__));
    TRY(check_limit(d, type, value, __func__));
    atomic_store(&d->core_limit[type], value);
    return ACL_SUCCESS;
}

aclError aclrtResetDeviceResLimit(int32_t deviceId)
{
    acl_device *d;
    TRY(device_get(deviceId, &d, __func__));
    atomic_store(&d->core_limit[0], 0);
    atomic_store(&d->core_limit[1], 0);
    return ACL_SUCCESS;
}

aclError aclrtGetStreamResLimit(aclrtStream stream, aclrtDevResLimitType type, uint32_t *value)
{
    acl_stream *s;
    NOT_NULL(value);
    GET_STREAM(stream, &s);
    if (!known_resource(type))
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "resource %d", type);
    uint32_t set = atomic_load(&s->core_limit[type]);
    *value = set ? set : device_limit(s->device, type);
    return ACL_SUCCESS;
}

aclError aclrtSetStreamResLimit(aclrtStream stream, aclrtDevResLimitType type, uint32_t value)
{
    acl_stream *s;
    GET_STREAM(stream, &s);
    TRY(check_limit(s->device, type, value, __func__));
    atomic_store(&s->core_limit[type], value);
    return ACL_SUCCESS;
}

aclError aclrtResetStreamResLimit(aclrtStream stream)
{
    acl_stream *s;
    GET_STREAM(stream, &s);
    atomic_store(&s->core_limit[0], 0);
    atomic_store(&s->core_limit[1], 0);
    return ACL_SUCCESS;
}

aclError aclrtUseStreamResInCurrentThread(aclrtStream stream)
{
    acl_stream *s;
    GET_STREAM(stream, &s);
    limiting = s->handle;
    return ACL_SUCCESS;
}

aclError aclrtUnuseStreamResInCurrentThread(aclrtStream stream)
{
    acl_stream *s;
    GET_STREAM(stream, &s);
    if (limiting != s->handle)
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "this thread does not use that stream's limits");
    limiting = NULL;
    return ACL_SUCCESS;
}

aclError aclrtGetResInCurrentThread(aclrtDevResLimitType type, uint32_t *value)
{
    acl_context *context;
    NOT_NULL(value);
    NEED_CONTEXT(&context);
    if (!known_resource(type))
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "resource %d", type);
    acl_stream *s = handle_get(HANDLE_STREAM, limiting);
    uint32_t set = s ? atomic_load(&s->core_limit[type]) : 0;
    *value = set ? set : device_limit(context->device, type);
    return ACL_SUCCESS;
}

/* ------------------------------------------------------------------------------------------------------- */
/* System parameters: 0 deterministic, 1 debug kernels, 2 strong consistency. A process has 0 for each until it is set;
 * a context has none. */

static _Atomic int64_t process_options[ACL_OPTIONS];

static aclError check_option(int32_t opt, const char *function)
{
    return opt >= 0 && opt < ACL_OPTIONS ? ACL_SUCCESS
                                         : acl_fail(ACL_ERROR_RT_PARAM_INVALID, function, "parameter %d", opt);
}

aclError aclrtSetSysParamOpt(int32_t opt, int64_t value)
{
    TRY(check_option(opt, __func__));
    atomic_store(&process_options[opt], value);
    return ACL_SUCCESS;
}

aclError aclrtGetSysParamOpt(int32_t opt, int64_t *value)
{
    NOT_NULL(value);
    TRY(check_option(opt, __func__));
    *value = atomic_load(&process_options[opt]);
    return ACL_SUCCESS;
}

aclError aclrtCtxSetSysParamOpt(int32_t opt, int64_t value)
{
    acl_context *context;
    NEED_CONTEXT(&context);
    TRY(check_option(opt, __func__));
    atomic_store(&context->options[opt], value);
    atomic_fetch_or(&context->options_set, 1u << opt);
    return ACL_SUCCESS;
}

aclError aclrtCtxGetSysParamOpt(int32_t opt, int64_t *value)
{
    acl_context *context;
    NOT_NULL(value);
    NEED_CONTEXT(&context);
    TRY(check_option(opt, __func__));
    if (!(atomic_load(&context->options_set) >> opt & 1))
        return FAIL(ACL_ERROR_RT_SYSPARAMOPT_NOT_SET, "parameter %d was not set in this context", opt);
    *value = atomic_load(&context->options[opt]);
    return ACL_SUCCESS;
}
