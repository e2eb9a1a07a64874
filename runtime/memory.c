/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/memory.c - device memory and pinned memory: allocating, freeing, finding, and what to say of a range that
 * does not fit. Owns the maps' contents. May call the driver and device.c. Copies and fills are in copy.c.
 */
#include "runtime/internal.h"

static tn_status no_memory(enum tn__api api, struct tn__device *d, tn_status status, const char *what, uint64_t bytes)
{
    if (status == TN_DEVICE_LOST)
        tn__device_lost(d);
    return tn__fail_on(TN__FAIL_DRIVER(api, status, "allocating %llu bytes of %s", (unsigned long long)bytes, what),
                       d->bits, 0, 0);
}

/* The driver gave an address that overlaps one that is in use, or there is no memory to note it. */
static tn_status not_noted(enum tn__api api, struct tn__device *d, int result, uint64_t address)
{
    tn_status status = result < 0 ? TN__FAIL(api, TN_OUT_OF_HOST_MEMORY, "no memory to note an allocation")
                                  : TN__FAIL(api, TN_BAD_DRIVER, "the driver %s gave out address %#llx twice",
                                             d->driver->name, (unsigned long long)address);
    return tn__fail_on(status, d->bits, 0, 0);
}

TN_API tn_status tn_memory_alloc(tn_device device, uint64_t bytes, tn_address *out)
{
    TN__TAP(TN__memory_alloc, device.bits);
    struct tn__device *d;
    if (!out || !bytes)
        return TN__FAIL(TN__memory_alloc, TN_INVALID, "%s", out ? "bytes is 0" : "out is NULL");
    tn_status status = tn__device_enter(TN__memory_alloc, device, true, &d);
    if (status != TN_OK)
        return status;
    tn_address address = 0;
    status = TN__CALL(d->driver->memory_alloc(d->native, bytes, &address));
    if (status != TN_OK) {
        status = no_memory(TN__memory_alloc, d, status, "device memory", bytes);
    } else {
        int result = tn__ranges_insert(&d->memory, address, bytes, TN__MEMORY_ALLOCATED);
        if (result < 0)
            (void)d->driver->memory_free(d->native, address);
        if (result)
            status = not_noted(TN__memory_alloc, d, result, address);
        else
            *out = address;
    }
    tn__device_leave(d);
    return status;
}

TN_API tn_status tn_memory_free(tn_device device, tn_address address)
{
    TN__TAP(TN__memory_free, device.bits);
    struct tn__device *d;
    struct tn__range range;
    tn_status status = tn__device_enter(TN__memory_free, device, false, &d);
    if (status != TN_OK)
        return status;
    if (!tn__ranges_find(&d->memory, address, &range))
        status =
            TN__FAIL(TN__memory_free, TN_BAD_ADDRESS, "%#llx lies in no allocation of the device; was it freed before?",
                     (unsigned long long)address);
    else if (range.base != address)
        status = TN__FAIL(TN__memory_free, TN_BAD_ADDRESS,
                          "%#llx is %llu bytes behind the base %#llx of its allocation; free takes the base",
                          (unsigned long long)address, (unsigned long long)(address - range.base),
                          (unsigned long long)range.base);
    else if (range.tag != TN__MEMORY_ALLOCATED)
        status = TN__FAIL(TN__memory_free, TN_BAD_ADDRESS,
                          "%#llx is a variable of a module; it goes when the module is unloaded",
                          (unsigned long long)address);
    else if (!tn__ranges_remove(&d->memory, address, &range))
        status = TN__FAIL(TN__memory_free, TN_BAD_ADDRESS, "%#llx was just freed by another thread",
                          (unsigned long long)address);
    if (status != TN_OK) {
        tn__device_leave(d);
        return tn__fail_on(status, device.bits, 0, 0);
    }
    /* From here no new submission can use the range. */
    status = tn__device_settle(TN__memory_free, d, tn__deadline(TN__PATIENCE), false);
    if (status == TN_TIMEOUT || status == TN_NOT_READY) {
        (void)tn__ranges_insert(&d->memory, range.base, range.bytes, range.tag);
        status = TN__FAIL(TN__memory_free, TN_BUSY, "work of the device has not ended for 10 s; the memory stays");
    } else {
        status = TN__CALL(d->driver->memory_free(d->native, address));
        if (status != TN_OK)
            status = TN__FAIL_DRIVER(TN__memory_free, status, "freeing %#llx", (unsigned long long)address);
    }
    status = status == TN_OK ? TN_OK : tn__fail_on(status, d->bits, 0, 0);
    tn__device_leave(d);
    return status;
}

TN_API tn_status tn_memory_find(tn_device device, tn_address address, tn_address *out_base, uint64_t *out_bytes)
{
    TN__TAP(TN__memory_find, device.bits);
    struct tn__device *d;
    struct tn__range range;
    tn_status status = tn__device_enter(TN__memory_find, device, false, &d);
    if (status != TN_OK)
        return status;
    if (!tn__ranges_find(&d->memory, address, &range)) {
        status = tn__memory_check_slow(TN__memory_find, d, address, 1, "address");
    } else {
        if (out_base)
            *out_base = range.base;
        if (out_bytes)
            *out_bytes = range.bytes;
    }
    tn__device_leave(d);
    return status;
}

/* ------------------------------------------------------------------------------------------------------- */
/* What is wrong with a range: looked for when it is wrong, so it may take its time. */

static tn_status other_device(enum tn__api api, struct tn__device *d, uint64_t address, const char *what)
{
    for (uint32_t i = 0; i < d->runtime->device_count; i++) {
        struct tn__device *other = d->runtime->devices[i];
        struct tn__range range;
        if (other == d || !tn__ranges_find(&other->memory, address, &range))
            continue;
        char mine[96], theirs[96];
        tn__device_name(d, mine, sizeof mine);
        tn__device_name(other, theirs, sizeof theirs);
        return TN__FAIL(api, TN_BAD_ADDRESS,
                        "%s %#llx belongs to %s, not to %s; tn_copy_between copies between devices", what,
                        (unsigned long long)address, theirs, mine);
    }
    return TN_OK;
}

tn_status tn__memory_check_slow(enum tn__api api, struct tn__device *d, uint64_t address, uint64_t bytes,
                                const char *what)
{
    struct tn__range range;
    tn_status status;
    /* A stream that was made while its runtime closes outlives the memory for a moment. */
    if (!tn__is_live(&d->object, d->bits))
        return TN__FAIL(api, TN_BAD_HANDLE, "the stream's device is gone: its runtime is closed or closing");
    if (tn__ranges_find(&d->memory, address, &range)) {
        uint64_t there = range.bytes - (address - range.base);
        if (bytes <= there)
            return TN_OK;   /* another thread has just changed the map */
        status =
            TN__FAIL(api, TN_BAD_ADDRESS,
                     "%s: %llu bytes at %#llx go %llu bytes past the end of the allocation %#llx of %llu bytes", what,
                     (unsigned long long)bytes, (unsigned long long)address, (unsigned long long)(bytes - there),
                     (unsigned long long)range.base, (unsigned long long)range.bytes);
    } else if ((status = other_device(api, d, address, what)) != TN_OK) {
        return tn__fail_on(status, d->bits, 0, 0);
    } else if (tn__ranges_below(&d->memory, address, &range)) {
        status = TN__FAIL(api, TN_BAD_ADDRESS,
                          "%s %#llx lies in no allocation; it is %llu bytes past the end of %#llx of %llu bytes", what,
                          (unsigned long long)address, (unsigned long long)(address - range.base - range.bytes),
                          (unsigned long long)range.base, (unsigned long long)range.bytes);
    } else {
        status = TN__FAIL(api, TN_BAD_ADDRESS, "%s %#llx lies in no allocation of the device%s", what,
                          (unsigned long long)address, atomic_load(&d->memory.count) ? "" : ", which has none");
    }
    return tn__fail_on(status, d->bits, 0, 0);
}

/* ------------------------------------------------------------------------------------------------------- */
/* Pinned memory */

TN_API tn_status tn_host_alloc(tn_device device, uint64_t bytes, void **out, tn_address *out_device)
{
    TN__TAP(TN__host_alloc, device.bits);
    struct tn__device *d;
    if (!out || !bytes)
        return TN__FAIL(TN__host_alloc, TN_INVALID, "%s", out ? "bytes is 0" : "out is NULL");
    tn_status status = tn__device_enter(TN__host_alloc, device, true, &d);
    if (status != TN_OK)
        return status;
    void *pointer = NULL;
    tn_address address = 0;
    /* Vendors put small pieces into one page; ours begin at one. What is too large to round is too large anyway. */
    const uint64_t page = 4096, whole = bytes <= UINT64_MAX - page ? (bytes + page - 1) & ~(page - 1) : bytes;
    status = TN__CALL(d->driver->host_alloc(d->native, whole, &pointer, &address));
    if (status != TN_OK) {
        status = no_memory(TN__host_alloc, d, status, "pinned memory", bytes);
    } else {
        struct tn__instance *i = d->instance;
        int result = tn__ranges_insert(&i->host, (uint64_t)(uintptr_t)pointer, bytes, d->bits);
        if (!result && address) {
            result = tn__ranges_insert(&i->host_device, address, bytes, (uint64_t)(uintptr_t)pointer);
            if (result)
                (void)tn__ranges_remove(&i->host, (uint64_t)(uintptr_t)pointer, NULL);
        }
        if (result < 0)
            (void)d->driver->host_free(d->native, pointer);
        if (result)
            status = not_noted(TN__host_alloc, d, result, (uint64_t)(uintptr_t)pointer);
    }
    if (status == TN_OK) {
        *out = pointer;
        if (out_device)
            *out_device = address;
    }
    tn__device_leave(d);
    return status;
}

/* Pinned memory may have another address on the device; its entry there goes too. */
static void forget_device_address(struct tn__instance *instance, uint64_t pointer)
{
    struct tn__range range;
    for (uint64_t at = 0; tn__ranges_above(&instance->host_device, at, &range); at = range.base + 1) {
        if (range.tag == pointer) {
            (void)tn__ranges_remove(&instance->host_device, range.base, NULL);
            return;
        }
        if (range.base == UINT64_MAX)
            return;
    }
}

TN_API tn_status tn_host_free(tn_device device, void *pointer)
{
    TN__TAP(TN__host_free, device.bits);
    struct tn__device *d;
    struct tn__range range = { 0, 0, 0 };
    uint64_t address = (uint64_t)(uintptr_t)pointer;
    tn_status status = tn__device_enter(TN__host_free, device, false, &d);
    if (status != TN_OK)
        return status;
    struct tn__instance *i = d->instance;
    if (!tn__ranges_find(&i->host, address, &range) || range.tag != d->bits)
        status = TN__FAIL(TN__host_free, TN_BAD_ADDRESS, "%p is no pinned memory of this device; was it freed before?",
                          pointer);
    else if (range.base != address || !tn__ranges_remove(&i->host, address, &range))
        status = TN__FAIL(TN__host_free, TN_BAD_ADDRESS, "%p is not the base of its pinned memory, which is %#llx",
                          pointer, (unsigned long long)range.base);
    if (status != TN_OK) {
        tn__device_leave(d);
        return tn__fail_on(status, device.bits, 0, 0);
    }
    struct tn__range same;
    if (tn__ranges_find(&i->host_device, address, &same) && same.tag == address)
        (void)tn__ranges_remove(&i->host_device, address, NULL);
    else
        forget_device_address(i, address);
    status = tn__device_settle(TN__host_free, d, tn__deadline(TN__PATIENCE), false);
    if (status == TN_TIMEOUT || status == TN_NOT_READY) {
        (void)tn__ranges_insert(&i->host, range.base, range.bytes, range.tag);
        status = TN__FAIL(TN__host_free, TN_BUSY, "work of the device has not ended for 10 s; the memory stays");
    } else {
        status = TN__CALL(d->driver->host_free(d->native, pointer));
        if (status != TN_OK)
            status = TN__FAIL_DRIVER(TN__host_free, status, "freeing pinned memory %p", pointer);
    }
    status = status == TN_OK ? TN_OK : tn__fail_on(status, d->bits, 0, 0);
    tn__device_leave(d);
    return status;
}

void tn__memory_free_all(struct tn__device *d)
{
    struct tn__range range;
    while (tn__ranges_above(&d->memory, 0, &range)) {
        (void)tn__ranges_remove(&d->memory, range.base, NULL);
        if (range.tag == TN__MEMORY_ALLOCATED)
            (void)d->driver->memory_free(d->native, range.base);
    }
    struct tn__instance *i = d->instance;
    for (uint64_t at = 0; tn__ranges_above(&i->host, at, &range); at = range.base + 1) {
        if (range.tag != d->bits)
            continue;
        (void)tn__ranges_remove(&i->host, range.base, NULL);
        forget_device_address(i, range.base);
        (void)d->driver->host_free(d->native, (void *)(uintptr_t)range.base);
    }
}
