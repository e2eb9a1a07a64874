/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory of the stand-in: allocations with ACL's rounding (the profile's figures, kept by the engine), host memory,
 * words that streams wait for. Owns nothing besides what the engine keeps.
 */
#include <string.h>

#include "drivers/sim/ascend/capture.h"

static acl_device *device_of_sil(const sil_device *sil)
{
    for (uint32_t i = 0; i < acl_device_total(); i++) {
        acl_device *d = acl_device_get(i);
        if (atomic_load_explicit(&d->sil, memory_order_relaxed) == sil)
            return d;
    }
    return NULL;
}

acl_place acl_place_of(const void *pointer)
{
    sil_device *sil = NULL;
    acl_place place = { NULL, false };
    if (sil_find((uint64_t)(uintptr_t)pointer, &sil, NULL, NULL) == SIL_OK)
        place.device = device_of_sil(sil);
    else
        place.host = sil_host_find(pointer, NULL, NULL, NULL);
    return place;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Allocation */

static aclError allocate(void **out, size_t size, aclrtMemMallocPolicy policy, const char *function)
{
    acl_context *context;
    uint64_t address;
    if (!out || size == 0)
        return acl_fail(ACL_ERROR_INVALID_PARAM, function, out ? "size is 0" : "devPtr is NULL");
    TRY(acl_need_context(&context, function));
    if (policy < 0)
        return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function, "policy %d", policy);
    if (size > context->device->profile.memory_bytes)
        return acl_fail(ACL_ERROR_RT_MEMORY_ALLOCATION, function, "%zu bytes are more than device %u has", size,
                        context->device->id);
    sil_status status = sil_alloc(atomic_load(&context->device->sil), size, &address);
    if (status != SIL_OK)
        return acl_fail_sil(status, function);
    *out = (void *)(uintptr_t)address;
    return ACL_SUCCESS;
}

aclError aclrtMalloc(void **devPtr, size_t size, aclrtMemMallocPolicy policy)
{
    return allocate(devPtr, size, policy, __func__);
}

/* Without the 32 extra bytes on silicon; here they do no harm. */
aclError aclrtMallocAlign32(void **devPtr, size_t size, aclrtMemMallocPolicy policy)
{
    return allocate(devPtr, size, policy, __func__);
}

aclError aclrtMallocCached(void **devPtr, size_t size, aclrtMemMallocPolicy policy)
{
    return allocate(devPtr, size, policy, __func__);
}

aclError aclrtMallocWithCfg(void **devPtr, size_t size, aclrtMemMallocPolicy policy, aclrtMallocConfig *cfg)
{
    if (cfg && cfg->numAttrs && !cfg->attrs)
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "the configuration announces %zu attributes and has none",
                    cfg->numAttrs);
    return allocate(devPtr, size, policy, __func__);
}

static aclError release(void *pointer, bool wait, const char *function)
{
    sil_device *sil = NULL;
    sil_host_kind kind;
    uint64_t base = 0;
    void *host_base;
    if (!pointer)
        return acl_fail(ACL_ERROR_INVALID_PARAM, function, "devPtr is NULL");
    if (sil_find((uint64_t)(uintptr_t)pointer, &sil, &base, NULL) == SIL_OK) {
        if (base != (uint64_t)(uintptr_t)pointer)
            return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function,
                            "%p lies inside the allocation at 0x%llx, not at its start", pointer,
                            (unsigned long long)base);
        if (wait)
            sil_device_wait(sil, SIL_FOREVER);
        sil_status status = sil_free(sil, base);
        return status == SIL_OK ? ACL_SUCCESS
                                : acl_fail(ACL_ERROR_RT_PARAM_INVALID, function, "%s", sil_last_message());
    }
    if (sil_host_find(pointer, &host_base, NULL, &kind) && kind == SIL_HOST_MANAGED && host_base == pointer)
        return acl_fail_sil(sil_host_free(pointer), function);
    return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function, "%p is not device memory that is allocated", pointer);
}

aclError aclrtFree(void *devPtr)
{
    acl_context *context;
    NEED_CONTEXT(&context);
    return release(devPtr, false, __func__);
}

aclError aclrtFreeWithDevSync(void *devPtr)
{
    acl_context *context;
    NEED_CONTEXT(&context);
    return release(devPtr, true, __func__);
}

aclError aclrtMallocHost(void **hostPtr, size_t size)
{
    acl_context *context;
    if (!hostPtr || size == 0)
        return FAIL(ACL_ERROR_INVALID_PARAM, "%s", hostPtr ? "size is 0" : "hostPtr is NULL");
    NEED_CONTEXT(&context);
    return FAIL_SIL(sil_host_alloc(size, SIL_HOST_PINNED, hostPtr));
}

aclError aclrtMallocHostWithCfg(void **hostPtr, uint64_t size, aclrtMallocConfig *cfg)
{
    if (cfg && cfg->numAttrs && !cfg->attrs)
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "the configuration announces %zu attributes and has none",
                    cfg->numAttrs);
    return aclrtMallocHost(hostPtr, size);
}

aclError aclrtFreeHost(void *hostPtr)
{
    sil_host_kind kind;
    void *base;
    NOT_NULL(hostPtr);
    if (!sil_host_find(hostPtr, &base, NULL, &kind) || kind != SIL_HOST_PINNED || base != hostPtr)
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "%p was not allocated by aclrtMallocHost, or is freed already",
                    hostPtr);
    return FAIL_SIL(sil_host_free(hostPtr));
}

aclError aclrtFreeHostWithDevSync(void *hostPtr)
{
    acl_context *context;
    NEED_CONTEXT(&context);
    sil_device_wait(atomic_load(&context->device->sil), SIL_FOREVER);
    return aclrtFreeHost(hostPtr);
}

enum { PAGE = 4096 };

static aclError host_register(void *ptr, uint64_t size, const char *function)
{
    acl_context *context;
    if (!ptr || size == 0)
        return acl_fail(ACL_ERROR_INVALID_PARAM, function, "%s", ptr ? "size is 0" : "ptr is NULL");
    TRY(acl_need_context(&context, function));
    if ((uintptr_t)ptr % PAGE)
        return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function, "%p is not aligned to 4096 bytes", ptr);
    sil_host_kind kind;
    if (sil_host_find(ptr, NULL, NULL, &kind)) /* pinned memory of aclrtMallocHost is reachable already */
        return kind == SIL_HOST_PINNED ? ACL_SUCCESS
                                       : acl_fail(ACL_ERROR_HOST_MEMORY_ALREADY_REGISTERED, function, "%p", ptr);
    return acl_fail_sil(sil_host_register(ptr, size), function);
}

aclError aclrtHostRegister(void *ptr, uint64_t size, aclrtHostRegisterType type, void **devPtr)
{
    NOT_NULL(devPtr);
    if (type != ACL_HOST_REGISTER_MAPPED)
        return FAIL(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, "register type %d; only 0, mapped, is supported", type);
    TRY(host_register(ptr, size, __func__));
    *devPtr = ptr;
    return ACL_SUCCESS;
}

aclError aclrtHostRegisterV2(void *ptr, uint64_t size, uint32_t flag)
{
    if (!flag || (flag & ~(uint32_t)(ACL_HOST_REG_MAPPED | ACL_HOST_REG_PINNED)))
        return FAIL(ACL_ERROR_RT_FEATURE_NOT_SUPPORT,
                    "register flags 0x%x; mapped 0x2 and pinned 0x10000000 are supported", flag);
    return host_register(ptr, size, __func__);
}

aclError aclrtHostUnregister(void *ptr)
{
    sil_host_kind kind;
    NOT_NULL(ptr);
    if (!sil_host_find(ptr, NULL, NULL, &kind) || kind == SIL_HOST_MANAGED)
        return FAIL(ACL_ERROR_HOST_MEMORY_NOT_REGISTERED, "%p", ptr);
    return kind == SIL_HOST_PINNED ? ACL_SUCCESS : FAIL_SIL(sil_host_unregister(ptr));
}

aclError aclrtHostGetDevicePointer(void *host, void **device, uint32_t flag)
{
    NOT_NULL(host);
    NOT_NULL(device);
    if (flag)
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "flag %u is reserved and must be 0", flag);
    if (!sil_host_find(host, NULL, NULL, NULL))
        return FAIL(ACL_ERROR_HOST_MEMORY_NOT_REGISTERED, "%p", host);
    *device = host;
    return ACL_SUCCESS;
}

aclError aclrtMemAllocManaged(void **ptr, uint64_t size, uint32_t flag)
{
    acl_context *context;
    if (!ptr || size == 0)
        return FAIL(ACL_ERROR_INVALID_PARAM, "%s", ptr ? "size is 0" : "ptr is NULL");
    NEED_CONTEXT(&context);
    if (flag != ACL_RT_MEM_ATTACH_GLOBAL)
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "flag %u is not ACL_RT_MEM_ATTACH_GLOBAL", flag);
    if (!(context->device->profile.caps & SIL_CAP_MANAGED))
        return FAIL(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, "%s has no managed memory", context->device->profile.chip);
    uint64_t rounded = (size + (2u << 20) - 1) & ~(uint64_t)((2u << 20) - 1);
    return FAIL_SIL(sil_host_alloc(rounded, SIL_HOST_MANAGED, ptr));
}

aclError aclrtGetMemInfo(aclrtMemAttr attr, size_t *free, size_t *total)
{
    acl_context *context;
    uint64_t unused, all;
    NOT_NULL(free);
    NOT_NULL(total);
    NEED_CONTEXT(&context);
    if (attr < 0 || attr > ACL_MEM_ATTR_LAST)
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "memory attribute %d", attr);
    sil_device_memory(atomic_load(&context->device->sil), &unused, &all);
    bool there = attr != ACL_DDR_MEM && attr != 2 && attr != 3 && attr != 6 && attr != 7; /* an HBM chip has no DDR */
    *free = there ? unused : 0;
    *total = there ? all : 0;
    return ACL_SUCCESS;
}

aclError aclrtPointerGetAttributes(const void *ptr, aclrtPtrAttributes *attributes)
{
    NOT_NULL(ptr);
    NOT_NULL(attributes);
    acl_place place = acl_place_of(ptr);
    memset(attributes, 0, sizeof *attributes);
    attributes->location.type = place.device ? ACL_MEM_LOCATION_TYPE_DEVICE
                                : place.host ? ACL_MEM_LOCATION_TYPE_HOST
                                             : ACL_MEM_LOCATION_TYPE_UNREGISTERED;
    attributes->location.id = place.device ? place.device->id : 0;
    attributes->pageSize = place.device ? 2u << 20 : PAGE;
    return ACL_SUCCESS;
}

/* What an allocation of so many bytes takes on the chip; the engine checks accesses against what was asked for. */
static uint64_t taken(const sil_device *device, uint64_t bytes)
{
    const sil_profile *p = sil_device_profile(device);
    uint64_t round = p->alloc_round ? p->alloc_round : 1;
    return (bytes + round - 1) / round * round + p->alloc_extra;
}

aclError aclrtMemGetAddressRange(void *ptr, void **base, size_t *size)
{
    uint64_t at, bytes;
    void *host;
    sil_device *device;
    if (sil_find((uint64_t)(uintptr_t)ptr, &device, &at, &bytes) == SIL_OK) {
        bytes = taken(device, bytes);
    } else {
        if (!sil_host_find(ptr, &host, &bytes, NULL))
            return FAIL(ACL_ERROR_RT_PARAM_INVALID, "%p lies in no allocation", ptr);
        at = (uint64_t)(uintptr_t)host;
    }
    if (base)
        *base = (void *)(uintptr_t)at;
    if (size)
        *size = bytes;
    return ACL_SUCCESS;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Words in memory that streams wait for, and cache hints */

static aclError value_place(void *address, const char *function)
{
    if ((uintptr_t)address % 8)
        return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function, "%p is not aligned to 8 bytes", address);
    if (!acl_place_of(address).device)
        return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function, "%p is not device memory", address);
    return ACL_SUCCESS;
}

aclError aclrtValueWrite(void *devAddr, uint64_t value, uint32_t flag, aclrtStream stream)
{
    acl_stream *s;
    GET_STREAM_TASK(stream, &s);
    if (flag)
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "flag %u is reserved and must be 0", flag);
    TRY(value_place(devAddr, __func__));
    capture_task task = { .kind = TASK_VALUE_WRITE, .u.value = { (uint64_t)(uintptr_t)devAddr, value, 0 } };
    if (acl_capturing(s))
        return acl_capture_add(s, &task, __func__);
    return FAIL_SIL(sil_submit_value_write(s->sil, (uint64_t)(uintptr_t)devAddr, value, 8, NULL));
}

aclError aclrtValueWait(void *devAddr, uint64_t value, uint32_t flag, aclrtStream stream)
{
    acl_stream *s;
    GET_STREAM_TASK(stream, &s);
    if (flag > 3)
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "comparison %u", flag);
    TRY(value_place(devAddr, __func__));
    capture_task task = { .kind = TASK_VALUE_WAIT, .u.value = { (uint64_t)(uintptr_t)devAddr, value, flag } };
    if (acl_capturing(s))
        return acl_capture_add(s, &task, __func__);
    return FAIL_SIL(sil_submit_value_wait(s->sil, (uint64_t)(uintptr_t)devAddr, value, 8, (sil_compare)flag, NULL));
}

/* The simulator's memory has no caches that a program could see. */
static aclError in_device_memory(const void *ptr, size_t size, const char *function)
{
    uint64_t base, bytes;
    if (!ptr || size == 0)
        return acl_fail(ACL_ERROR_INVALID_PARAM, function, "%s", ptr ? "size is 0" : "the address is NULL");
    if (sil_find((uint64_t)(uintptr_t)ptr, NULL, &base, &bytes) != SIL_OK ||
        (uint64_t)(uintptr_t)ptr + size > base + bytes)
        return acl_fail(ACL_ERROR_RT_PARAM_INVALID, function, "%zu bytes at %p are not all in one allocation", size,
                        ptr);
    return ACL_SUCCESS;
}

aclError aclrtMemFlush(void *devPtr, size_t size)
{
    return in_device_memory(devPtr, size, __func__);
}

aclError aclrtMemInvalidate(void *devPtr, size_t size)
{
    return in_device_memory(devPtr, size, __func__);
}

aclError aclrtCmoAsync(void *src, size_t size, aclrtCmoType cmoType, aclrtStream stream)
{
    acl_stream *s;
    GET_STREAM(stream, &s);
    if (cmoType < 0 || cmoType > 3)
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "cache operation %d", cmoType);
    return in_device_memory(src, size, __func__);
}
