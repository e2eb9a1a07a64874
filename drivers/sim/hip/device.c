/* SPDX-License-Identifier: Apache-2.0 */
/* Initialisation, versions, errors, the current device, attributes. Owns nothing. Properties are in props.c. */
#include "drivers/sim/hip/sim.h"

#include "drivers/sim/common/attribute.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The runtime version when the profile names none: that of DTK 26.04, from public logs. */
#define RUNTIME_VERSION 60325521

const st_vendor st_vendor_info = {
    .family = "hip",
    .visible = { "HIP_VISIBLE_DEVICES", "CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES" },
    .launch_end_is_3 = true,
    .few_fault_codes = true,
    .implicit_contexts = true,
};

st_error hip__context_make(st_context **out)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    st_thread *t = st_self();
    st_device *d;
    st_error error = hip__device(t->device, &d);
    if (error)
        return error;
    pthread_mutex_lock(&lock);
    if (d->primary && d->primary->references)
        *out = d->primary;
    else
        error = st_primary_retain(d, out);
    pthread_mutex_unlock(&lock);
    if (!error) {
        t->current = *out;
        error = atomic_load(&(*out)->sticky);
    }
    return error;
}

API(hipInit, P(unsigned flags), P(flags))
{
    return flags ? ST_INVALID_VALUE : st_init();
}

API(hipRuntimeGetVersion, P(int *out), P(out))
{
    if (!out)
        return ST_INVALID_VALUE;
    st_device *d = st_init() == ST_OK ? st_device_at(0) : NULL;
    *out = d && d->profile.runtime_version ? (int)d->profile.runtime_version : RUNTIME_VERSION;
    return ST_OK;
}

API(hipDriverGetVersion, P(int *out), P(out))
{
    if (!out)
        return ST_INVALID_VALUE;
    st_device *d = st_init() == ST_OK ? st_device_at(0) : NULL;
    *out = d && d->profile.driver_version ? (int)d->profile.driver_version : RUNTIME_VERSION;
    return ST_OK;
}

/* ------------------------------------------------------------------------------------------------------- */

static const st_error_text *error_find(int number)
{
    static const st_error_text list[] = {
#define ERR(number_, name_, text_) { number_, #name_, text_ },
#include "drivers/sim/hip/errors.def"
#undef ERR
        { -1, NULL, NULL },
    };
    return st_error_find(list, number);
}

HIP_EXPORT const char *hipGetErrorName(hipError_t error);
HIP_EXPORT const char *hipGetErrorName(hipError_t error)
{
    const st_error_text *e = error_find(error);
    return e ? e->name : "hipErrorUnknown";
}

HIP_EXPORT const char *hipGetErrorString(hipError_t error);
HIP_EXPORT const char *hipGetErrorString(hipError_t error)
{
    const st_error_text *e = error_find(error);
    return e ? e->text : "a number that is no HIP error";
}

HIP_EXPORT hipError_t hipDrvGetErrorName(hipError_t error, const char **out);
HIP_EXPORT hipError_t hipDrvGetErrorName(hipError_t error, const char **out)
{
    const st_error_text *e = error_find(error);
    if (!out || !e)
        return ST_INVALID_VALUE;
    *out = e->name;
    return ST_OK;
}

HIP_EXPORT hipError_t hipDrvGetErrorString(hipError_t error, const char **out);
HIP_EXPORT hipError_t hipDrvGetErrorString(hipError_t error, const char **out)
{
    const st_error_text *e = error_find(error);
    if (!out || !e)
        return ST_INVALID_VALUE;
    *out = e->text;
    return ST_OK;
}

HIP_EXPORT hipError_t hipGetLastError(void);
HIP_EXPORT hipError_t hipGetLastError(void)
{
    st_thread *t = st_self();
    hipError_t error = t->last_error;
    t->last_error = ST_OK;
    return error;
}

HIP_EXPORT hipError_t hipExtGetLastError(void);
HIP_EXPORT hipError_t hipExtGetLastError(void)
{
    return hipGetLastError();
}

HIP_EXPORT hipError_t hipPeekAtLastError(void);
HIP_EXPORT hipError_t hipPeekAtLastError(void)
{
    return st_self()->last_error;
}

/* ------------------------------------------------------------------------------------------------------- */

API(hipGetDeviceCount, P(int *out), P(out))
{
    if (!out)
        return ST_INVALID_VALUE;
    st_error error = st_init();
    *out = error ? 0 : (int)st_device_count();
    return error;
}

API(hipDeviceGet, P(hipDevice_t *out, int ordinal), P(out, ordinal))
{
    DEVICE(d, ordinal);
    if (!out)
        return ST_INVALID_VALUE;
    *out = (int)d->ordinal;
    return ST_OK;
}

API(hipSetDevice, P(int ordinal), P(ordinal))
{
    DEVICE(d, ordinal);
    st_thread *t = st_self();
    t->device = (int)d->ordinal;
    t->current = d->primary && d->primary->references ? d->primary : NULL;
    return ST_OK;
}

API(hipGetDevice, P(int *out), P(out))
{
    st_error error = st_init();
    if (!out)
        return ST_INVALID_VALUE;
    if (error)
        return error;
    *out = st_self()->device;
    return ST_OK;
}

static hipError_t do_reset(void)
{
    DEVICE(d, st_self()->device);
    st_primary_reset(d);
    return ST_OK;
}

HIP_EXPORT hipError_t hipDeviceReset(void);
HIP_EXPORT hipError_t hipDeviceReset(void)
{
    return hip__done(do_reset());
}

static hipError_t do_synchronize(void)
{
    CONTEXT(c);
    return st_context_wait(c);
}

HIP_EXPORT hipError_t hipDeviceSynchronize(void);
HIP_EXPORT hipError_t hipDeviceSynchronize(void)
{
    return hip__done(do_synchronize());
}

API(hipSetDeviceFlags, P(unsigned flags), P(flags))
{
    CONTEXT(c);
    c->flags = flags;
    return ST_OK;
}

API(hipGetDeviceFlags, P(unsigned *out), P(out))
{
    CONTEXT(c);
    if (!out)
        return ST_INVALID_VALUE;
    *out = c->flags;
    return ST_OK;
}

API(hipDeviceGetName, P(char *name, int bytes, hipDevice_t device), P(name, bytes, device))
{
    DEVICE(d, device);
    if (!name || bytes <= 0)
        return ST_INVALID_VALUE;
    snprintf(name, (size_t)bytes, "%s", d->profile.chip);
    return ST_OK;
}

API(hipDeviceTotalMem, P(size_t *out, hipDevice_t device), P(out, device))
{
    DEVICE(d, device);
    if (!out)
        return ST_INVALID_VALUE;
    *out = d->profile.memory_bytes;
    return ST_OK;
}

API(hipDeviceGetUuid, P(void *out, hipDevice_t device), P(out, device))
{
    DEVICE(d, device);
    if (!out)
        return ST_INVALID_VALUE;
    st_error error = st_device_sil(d);
    if (!error)
        sil_device_uuid(d->sil, out);
    return error;
}

API(hipDeviceComputeCapability, P(int *major, int *minor, hipDevice_t device), P(major, minor, device))
{
    DEVICE(d, device);
    if (!major || !minor)
        return ST_INVALID_VALUE;
    *major = (int)d->profile.version_major;
    *minor = (int)d->profile.version_minor;
    return ST_OK;
}

API(hipDeviceGetPCIBusId, P(char *text, int bytes, int device), P(text, bytes, device))
{
    uint32_t place[3];
    DEVICE(d, device);
    if (!text || bytes <= 0)
        return ST_INVALID_VALUE;
    st_error error = st_pci(d, place);
    if (!error)
        snprintf(text, (size_t)bytes, "%04x:%02x:%02x.0", place[0], place[1], place[2]);
    return error;
}

API(hipDeviceGetByPCIBusId, P(int *out, const char *text), P(out, text))
{
    uint32_t want[4] = { 0 };
    st_error error = st_init();
    if (error)
        return error;
    if (!out || !text || sscanf(text, "%x:%x:%x.%x", &want[0], &want[1], &want[2], &want[3]) < 3)
        return ST_INVALID_VALUE;
    return st_pci_find(want, out);
}

API(hipDeviceGetStreamPriorityRange, P(int *least, int *greatest), P(least, greatest))
{
    if (least)
        *least = 1;
    if (greatest)
        *greatest = -1;
    return ST_OK;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Attributes, by the numbers that HIP 5.2 and 6.3 share. GcnArchName is not here: DTK answers InvalidValue,
 * as public logs show. */

static const st_attribute attributes[] = {
    ST_CONST(0, 0) /* EccEnabled */,
    ST_CONST(2, 1) /* AsyncEngineCount */,
    ST_CONST(3, 1) /* CanMapHostMemory */,
    ST_CONST(4, 1),
    ST_FIELD(5, clock_khz),
    ST_CONST(6, 0) /* ComputeMode */,
    ST_CONST(7, 1),
    ST_CONST(8, 1) /* ConcurrentKernels */,
    ST_CONST(9, 0),
    ST_CAP(10, SIL_CAP_COOPERATIVE),
    ST_CONST(11, 0),
    ST_CONST(12, 1),
    ST_CONST(13, 0),
    ST_CONST(14, 1),
    ST_CONST(15, 0),
    ST_CONST(16, 0) /* Integrated */,
    ST_CONST(17, 0),
    ST_WATCHDOG(18) /* KernelExecTimeout */,
    ST_FIELD(19, l2_bytes),
    ST_CONST(20, 1),
    ST_FIELD(23, version_major),
    ST_CAP(24, SIL_CAP_MANAGED),
    ST_CONST(25, 32),
    ST_FIELD(26, max_block[0]),
    ST_FIELD(27, max_block[1]),
    ST_FIELD(28, max_block[2]),
    ST_FIELD(29, max_grid[0]),
    ST_FIELD(30, max_grid[1]),
    ST_FIELD(31, max_grid[2]),
    ST_FIELD(55, max_block[0]),
    ST_FIELD(56, max_threads),
    ST_FIELD(57, max_threads_per_unit),
    ST_CONST(58, 0x7fffffff),
    ST_FIELD(59, memory_bus_bits),
    ST_FIELD(60, memory_clock_khz),
    ST_FIELD(61, version_minor),
    ST_FIELD(63, units),
    ST_CONST(65, 0),
    ST_CONST(66, 0),
    ST_PCI(67, 1),
    ST_PCI(68, 2),
    ST_PCI(69, 0),
    ST_FIELD(71, registers_per_block),
    ST_FIELD(72, registers_per_block),
    ST_FIELD(74, local_bytes),
    ST_FIELD(75, local_optin_bytes),
    ST_FIELD(76, local_per_unit_bytes),
    ST_CONST(78, 1),
    ST_CONST(79, 256),
    ST_CONST(80, 0),
    ST_CONST(81, 256),
    ST_CONST(82, 256),
    ST_FIELD(83, constant_bytes),
    ST_CONST(85, 1) /* UnifiedAddressing */,
    ST_FIELD(87, width),
    ST_CAP(88, SIL_CAP_POOLS),
    ST_CONST(89, 0) /* VMM */,
    ST_CONST(90, 1) /* HostRegister */,
    ST_CONST(10000, 100000) /* wall clock */,
    ST_FIELD(10002, local_per_unit_bytes),
    ST_CONST(10011, 0),
    ST_CONST(10012, 0),
    ST_CONST(10013, 1) /* CanUseStreamWaitValue */,
    ST_FIELD(10015, units),
    ST_CONST(10016, 1),
    ST_CONST(10017, 100000) /* WallClockRate, kHz */,
};

API(hipDeviceGetAttribute, P(int *out, int number, int device), P(out, number, device))
{
    DEVICE(d, device);
    if (!out)
        return ST_INVALID_VALUE;
    st_error error = st_attribute_get(attributes, sizeof attributes / sizeof attributes[0], d, number, out);
    return error == ST_NOT_FOUND ? ST_INVALID_VALUE : error;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Peers */

static bool peers(const st_device *a, const st_device *b)
{
    return a != b && (a->profile.caps & b->profile.caps & SIL_CAP_PEER) != 0;
}

API(hipDeviceCanAccessPeer, P(int *out, int device, int peer), P(out, device, peer))
{
    DEVICE(a, device);
    DEVICE(b, peer);
    if (!out)
        return ST_INVALID_VALUE;
    *out = peers(a, b);
    return ST_OK;
}

API(hipDeviceEnablePeerAccess, P(int peer, unsigned flags), P(peer, flags))
{
    CONTEXT(c);
    DEVICE(b, peer);
    if (flags)
        return ST_INVALID_VALUE;
    if (!peers(c->device, b))
        return ST_INVALID_DEVICE;
    uint64_t bit = (uint64_t)1 << b->ordinal;
    return atomic_fetch_or(&c->device->peers, bit) & bit ? ST_PEER_ALREADY : ST_OK;
}

API(hipDeviceDisablePeerAccess, P(int peer), P(peer))
{
    CONTEXT(c);
    DEVICE(b, peer);
    uint64_t bit = (uint64_t)1 << b->ordinal;
    return atomic_fetch_and(&c->device->peers, ~bit) & bit ? ST_OK : ST_PEER_NOT_ENABLED;
}

API(hipDeviceGetP2PAttribute, P(int *out, int number, int device, int peer), P(out, number, device, peer))
{
    DEVICE(a, device);
    DEVICE(b, peer);
    if (!out || a == b || number < 0 || number > 3)
        return ST_INVALID_VALUE;
    *out = peers(a, b) && number != 3;
    return ST_OK;
}

API(hipExtGetLinkTypeAndHopCount, P(int device, int peer, uint32_t *type, uint32_t *hops), P(device, peer, type, hops))
{
    DEVICE(a, device);
    DEVICE(b, peer);
    if (!type || !hops || a == b)
        return ST_INVALID_VALUE;
    *type = peers(a, b) ? 4 : 2; /* XGMI; PCIe */
    *hops = peers(a, b) ? 1 : 2;
    return ST_OK;
}
