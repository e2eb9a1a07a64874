/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device and host allocations by address. Device memory comes from the device's space (space.c); host memory that
 * kernels reach from one space each for pinned and managed memory; registered memory stays where it is and stands in a
 * sorted table. Owns the host spaces and that table.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drivers/sim/engine/internal.h"

/* ------------------------------------------------------------------------------------------------------- */
/* Device memory */

sil_status sil_alloc(sil_device *device, uint64_t bytes, uint64_t *out_address)
{
    SIL__ENTER();
    if (__builtin_expect(atomic_load_explicit(&device->lost, memory_order_relaxed), 0))
        return sil__fail(SIL_DEVICE_LOST, "device %u is lost", device->ordinal);
    if (__builtin_expect(device->inject.any, 0) && sil__inject_alloc(&device->inject))
        return sil__fail(SIL_OUT_OF_MEMORY, "out of memory on request (TENON_SIM_FAULTS)");
    return sil__space_alloc(&device->space, bytes, out_address);
}

sil_status sil_free_idle(sil_device *device, uint64_t address)
{
    SIL__ENTER();
    if (!sil__space_holds(&device->space, address))
        return sil__fail(SIL_BAD_ADDRESS, "0x%llx is no memory of device %u", (unsigned long long)address,
                         device->ordinal);
    return sil__space_free(&device->space, address);
}

sil_status sil_free(sil_device *device, uint64_t address)
{
    SIL__ENTER();
    if (sil__space_holds(&device->space, address))
        sil__device_settle(device);
    return sil_free_idle(device, address);
}

sil_status sil_find(uint64_t address, sil_device **out_device, uint64_t *out_base, uint64_t *out_bytes)
{
    uint64_t base, bytes;
    sil_device *device = sil__device_at(address);
    if (!device || !sil__space_find(&device->space, address, &base, &bytes))
        return sil__fail(SIL_BAD_ADDRESS, "0x%llx lies in no allocation", (unsigned long long)address);
    if (out_device)
        *out_device = device;
    if (out_base)
        *out_base = base;
    if (out_bytes)
        *out_bytes = bytes;
    return SIL_OK;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Host memory */

static sil__space host_spaces[2]; /* pinned, managed */
static _Atomic(int) host_ready[2];
static pthread_mutex_t host_lock = PTHREAD_MUTEX_INITIALIZER;

typedef struct registration {
    uintptr_t base;
    uint64_t bytes;
} registration;

static registration *registrations; /* sorted by base, never overlapping */
static _Atomic(size_t) registered;
static size_t registrations_room;
static pthread_rwlock_t registrations_lock = PTHREAD_RWLOCK_INITIALIZER;

static int slot_of(sil_host_kind kind)
{
    return kind == SIL_HOST_MANAGED;
}

static sil_status host_open(int slot)
{
    sil_status status = SIL_OK;
    pthread_mutex_lock(&host_lock);
    if (!atomic_load(&host_ready[slot])) {
        uint64_t bytes = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
        status =
            sil__space_init(&host_spaces[slot], slot ? "tenon-sim-managed" : "tenon-sim-pinned", bytes, 256, 0, 1, -1);
        if (status == SIL_OK)
            atomic_store_explicit(&host_ready[slot], 1, memory_order_release);
    }
    pthread_mutex_unlock(&host_lock);
    return status;
}

sil_status sil_host_alloc(uint64_t bytes, sil_host_kind kind, void **out)
{
    SIL__ENTER();
    if (kind != SIL_HOST_PINNED && kind != SIL_HOST_MANAGED)
        return sil__fail(SIL_INVALID, "host memory is pinned or managed, not %d", (int)kind);
    int slot = slot_of(kind);
    uint64_t address;
    sil_status status = SIL_OK;
    if (!atomic_load_explicit(&host_ready[slot], memory_order_acquire))
        status = host_open(slot);
    if (status == SIL_OK)
        status = sil__space_alloc(&host_spaces[slot], bytes, &address);
    if (status == SIL_OK)
        *out = (void *)(uintptr_t)address;
    return status;
}

sil_status sil_host_free(void *pointer)
{
    SIL__ENTER();
    uint64_t address = (uint64_t)(uintptr_t)pointer;
    for (int slot = 0; slot < 2; slot++) {
        if (atomic_load_explicit(&host_ready[slot], memory_order_acquire) &&
            sil__space_holds(&host_spaces[slot], address))
            return sil__space_free(&host_spaces[slot], address);
    }
    return sil__fail(SIL_BAD_ADDRESS, "%p is no pinned or managed memory", pointer);
}

/* The registration at or before `at`: index + 1, 0 = none. Called with the lock. */
static size_t search(uintptr_t at)
{
    size_t low = 0, high = atomic_load_explicit(&registered, memory_order_relaxed);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (registrations[middle].base <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

sil_status sil_host_register(void *pointer, uint64_t bytes)
{
    SIL__ENTER();
    uintptr_t base = (uintptr_t)pointer;
    if (!pointer || bytes == 0 || base + bytes < base)
        return sil__fail(SIL_INVALID, "no memory to register at %p", pointer);
    if (sil__device_at(base) || sil_host_find(pointer, NULL, NULL, NULL))
        return sil__fail(SIL_INVALID, "%p is device, pinned or registered memory already", pointer);
    sil_status status = SIL_OK;
    pthread_rwlock_wrlock(&registrations_lock);
    size_t count = atomic_load(&registered), at = search(base);
    if ((at && registrations[at - 1].base + registrations[at - 1].bytes > base) ||
        (at < count && registrations[at].base < base + bytes)) {
        status =
            sil__fail(SIL_INVALID, "part of %p + %llu bytes is registered already", pointer, (unsigned long long)bytes);
    } else if (count == registrations_room) {
        size_t room = count ? count * 2 : 64;
        registration *more = realloc(registrations, room * sizeof *more);
        if (more) {
            registrations = more;
            registrations_room = room;
        } else {
            status = sil__fail(SIL_OUT_OF_MEMORY, "no host memory for another registration");
        }
    }
    if (status == SIL_OK) {
        memmove(registrations + at + 1, registrations + at, (count - at) * sizeof *registrations);
        registrations[at] = (registration){ base, bytes };
        atomic_store(&registered, count + 1);
    }
    pthread_rwlock_unlock(&registrations_lock);
    return status;
}

sil_status sil_host_unregister(void *pointer)
{
    SIL__ENTER();
    bool found = false;
    pthread_rwlock_wrlock(&registrations_lock);
    size_t count = atomic_load(&registered), at = search((uintptr_t)pointer);
    if (at && registrations[at - 1].base == (uintptr_t)pointer) {
        memmove(registrations + at - 1, registrations + at, (count - at) * sizeof *registrations);
        atomic_store(&registered, count - 1);
        found = true;
    }
    pthread_rwlock_unlock(&registrations_lock);
    return found ? SIL_OK : sil__fail(SIL_BAD_ADDRESS, "%p is not the base of registered memory", pointer);
}

bool sil_host_find(const void *pointer, void **out_base, uint64_t *out_bytes, sil_host_kind *out_kind)
{
    uint64_t address = (uint64_t)(uintptr_t)pointer, base = 0, bytes = 0;
    int kind = 0;
    for (int slot = 0; slot < 2 && !kind; slot++) {
        if (atomic_load_explicit(&host_ready[slot], memory_order_acquire) &&
            sil__space_find(&host_spaces[slot], address, &base, &bytes))
            kind = slot ? SIL_HOST_MANAGED : SIL_HOST_PINNED;
    }
    if (!kind && atomic_load_explicit(&registered, memory_order_relaxed)) {
        pthread_rwlock_rdlock(&registrations_lock);
        size_t at = search((uintptr_t)pointer);
        if (at && (uintptr_t)pointer - registrations[at - 1].base < registrations[at - 1].bytes) {
            base = registrations[at - 1].base;
            bytes = registrations[at - 1].bytes;
            kind = SIL_HOST_REGISTERED;
        }
        pthread_rwlock_unlock(&registrations_lock);
    }
    if (!kind)
        return false;
    if (out_base)
        *out_base = (void *)(uintptr_t)base;
    if (out_bytes)
        *out_bytes = bytes;
    if (out_kind)
        *out_kind = (sil_host_kind)kind;
    return true;
}

/* Whether a host side of a copy can be as long as that. Registered memory may be part of something longer. */
bool sil__host_range(const void *pointer, uint64_t bytes, bool *out_known)
{
    void *base;
    uint64_t size;
    sil_host_kind kind;
    *out_known = sil_host_find(pointer, &base, &size, &kind);
    if (!*out_known) {
        uint64_t address = (uint64_t)(uintptr_t)pointer;
        for (int slot = 0; slot < 2; slot++) {
            if (atomic_load_explicit(&host_ready[slot], memory_order_acquire) &&
                sil__space_holds(&host_spaces[slot], address))
                return false; /* pinned memory that was freed, or never handed out */
        }
        return true;
    }
    bool inside = bytes <= size - (uint64_t)((uintptr_t)pointer - (uintptr_t)base);
    if (!inside && kind == SIL_HOST_REGISTERED) {
        *out_known = false;
        return true;
    }
    return inside;
}
