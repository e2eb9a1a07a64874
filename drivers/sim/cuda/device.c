/* SPDX-License-Identifier: Apache-2.0 */
/* cuInit, versions, errors, devices and their attributes. Owns nothing but the flag that cuInit has been called. */
#include "drivers/sim/cuda/sim.h"

#include "drivers/sim/common/attribute.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

_Atomic bool cu__ready;

const st_vendor st_vendor_info = {
#ifdef TN_SIM_MUSA
    .family = "musa", .visible = { "MUSA_VISIBLE_DEVICES", NULL }, /* the name is unverified */
#else
    .family = "cuda",
    .visible = { "CUDA_VISIBLE_DEVICES", NULL },
#endif
};

API(Init, (unsigned flags))
{
    if (flags)
        return ST_INVALID_VALUE;
    st_error error = st_init();
    if (error == ST_OK)
        atomic_store(&cu__ready, true);
    return error;
}

API(DriverGetVersion, (int *version))
{
    if (!version)
        return ST_INVALID_VALUE;
    st_device *d = st_init() == ST_OK ? st_device_at(0) : NULL;
    *version = d && d->profile.driver_version ? (int)d->profile.driver_version : 12080;
    return ST_OK;
}

/* ------------------------------------------------------------------------------------------------------- */

static const st_error_text *error_find(int number)
{
    static const st_error_text list[] = {
#define ERR(number_, name_, text_) { number_, CU_ERROR_PREFIX #name_, text_ },
#include "drivers/sim/cuda/errors.def"
#undef ERR
        { -1, NULL, NULL },
    };
    return st_error_find(list, number);
}

API(GetErrorName, (CUresult error, const char **out))
{
    const st_error_text *e = error_find(error);
    if (!out)
        return ST_INVALID_VALUE;
    *out = e ? e->name : NULL;
    return e ? ST_OK : ST_INVALID_VALUE;
}

API(GetErrorString, (CUresult error, const char **out))
{
    const st_error_text *e = error_find(error);
    if (!out)
        return ST_INVALID_VALUE;
    *out = e ? e->text : NULL;
    return e ? ST_OK : ST_INVALID_VALUE;
}

/* ------------------------------------------------------------------------------------------------------- */

API(DeviceGetCount, (int *out))
{
    if (!atomic_load(&cu__ready))
        return ST_NOT_INITIALIZED;
    if (!out)
        return ST_INVALID_VALUE;
    *out = (int)st_device_count();
    return ST_OK;
}

API(DeviceGet, (CUdevice *out, int ordinal))
{
    DEVICE(d, ordinal);
    if (!out)
        return ST_INVALID_VALUE;
    *out = (int)d->ordinal;
    return ST_OK;
}

API(DeviceGetName, (char *name, int bytes, CUdevice device))
{
    DEVICE(d, device);
    if (!name || bytes <= 0)
        return ST_INVALID_VALUE;
    snprintf(name, (size_t)bytes, "%s", d->profile.chip);
    return ST_OK;
}

API(DeviceGetUuid_v2, (CUuuid *out, CUdevice device))
{
    DEVICE(d, device);
    if (!out)
        return ST_INVALID_VALUE;
    st_error error = st_device_sil(d);
    if (error == ST_OK)
        sil_device_uuid(d->sil, out->bytes);
    return error;
}
ALIAS(DeviceGetUuid, DeviceGetUuid_v2);

API(DeviceTotalMem_v2, (size_t * out, CUdevice device))
{
    DEVICE(d, device);
    if (!out)
        return ST_INVALID_VALUE;
    *out = d->profile.memory_bytes;
    return ST_OK;
}
ALIAS(DeviceTotalMem, DeviceTotalMem_v2);

API(DeviceComputeCapability, (int *major, int *minor, CUdevice device))
{
    DEVICE(d, device);
    if (!major || !minor)
        return ST_INVALID_VALUE;
    *major = (int)d->profile.version_major;
    *minor = (int)d->profile.version_minor;
    return ST_OK;
}

API(DeviceGetPCIBusId, (char *text, int bytes, CUdevice device))
{
    uint32_t place[3];
    DEVICE(d, device);
    if (!text || bytes <= 0)
        return ST_INVALID_VALUE;
    st_error error = st_pci(d, place);
    if (error == ST_OK)
        snprintf(text, (size_t)bytes, "%04X:%02X:%02X.0", place[0], place[1], place[2]);
    return error;
}

API(DeviceGetByPCIBusId, (CUdevice *out, const char *text))
{
    uint32_t want[4] = { 0 };
    if (!atomic_load(&cu__ready))
        return ST_NOT_INITIALIZED;
    if (!out || !text)
        return ST_INVALID_VALUE;
    if (sscanf(text, "%x:%x:%x.%x", &want[0], &want[1], &want[2], &want[3]) < 3) {
        want[0] = 0;
        if (sscanf(text, "%x:%x.%x", &want[1], &want[2], &want[3]) < 2)
            return ST_INVALID_VALUE;
    }
    return st_pci_find(want, out);
}

/* ------------------------------------------------------------------------------------------------------- */
/* Attributes. Those of textures and surfaces answer 0: the stand-in has neither. */

static const st_attribute attributes[] = {
    ST_FIELD(1, max_threads),
    ST_FIELD(2, max_block[0]),
    ST_FIELD(3, max_block[1]),
    ST_FIELD(4, max_block[2]),
    ST_FIELD(5, max_grid[0]),
    ST_FIELD(6, max_grid[1]),
    ST_FIELD(7, max_grid[2]),
    ST_FIELD(8, local_bytes),
    ST_FIELD(9, constant_bytes),
    ST_FIELD(10, width),
    ST_CONST(11, 0x7fffffff) /* MAX_PITCH */,
    ST_FIELD(12, registers_per_block),
    ST_FIELD(13, clock_khz),
    ST_CONST(14, 512) /* TEXTURE_ALIGNMENT */,
    ST_CONST(15, 1) /* GPU_OVERLAP */,
    ST_FIELD(16, units),
    ST_WATCHDOG(17) /* KERNEL_EXEC_TIMEOUT */,
    ST_CONST(18, 0),
    ST_CONST(19, 1) /* CAN_MAP_HOST_MEMORY */,
    ST_CONST(20, 0) /* COMPUTE_MODE default */,
    ST_CONST(30, 512),
    ST_CONST(31, 1) /* CONCURRENT_KERNELS */,
    ST_CONST(32, 0) /* ECC: faults on request come in any case */,
    ST_PCI(33, 1),
    ST_PCI(34, 2),
    ST_CONST(35, 1) /* TCC */,
    ST_FIELD(36, memory_clock_khz),
    ST_FIELD(37, memory_bus_bits),
    ST_FIELD(38, l2_bytes),
    ST_FIELD(39, max_threads_per_unit),
    ST_CONST(40, 1) /* ASYNC_ENGINE_COUNT */,
    ST_CONST(41, 1) /* UNIFIED_ADDRESSING */,
    ST_PCI(50, 0),
    ST_CONST(51, 32),
    ST_FIELD(75, version_major),
    ST_FIELD(76, version_minor),
    ST_CONST(78, 1) /* STREAM_PRIORITIES */,
    ST_CONST(79, 1),
    ST_CONST(80, 1),
    ST_FIELD(81, local_per_unit_bytes),
    ST_FIELD(82, registers_per_block),
    ST_CAP(83, SIL_CAP_MANAGED),
    ST_CONST(88, 0),
    ST_CONST(89, 0),
    ST_CONST(90, 1),
    ST_CONST(91, 1),
    ST_CONST(92, 1) /* STREAM_MEM_OPS_V1 */,
    ST_CONST(93, 1),
    ST_CONST(94, 1),
    ST_CAP(95, SIL_CAP_COOPERATIVE),
    ST_FIELD(97, local_optin_bytes),
    ST_CONST(98, 1),
    ST_CONST(99, 1) /* HOST_REGISTER */,
    ST_CONST(106, 32),
    ST_CONST(113, 1),
    ST_CAP(115, SIL_CAP_POOLS),
    ST_CONST(122, 1),
    ST_CONST(123, 1),
    ST_CONST(131, -1) /* NUMA_ID */,
    ST_CONST(134, -1) /* HOST_NUMA_ID */,
};
#define LAST_ATTRIBUTE 143

API(DeviceGetAttribute, (int *out, int number, CUdevice device))
{
    DEVICE(d, device);
    if (!out || number < 1 || number > LAST_ATTRIBUTE)
        return ST_INVALID_VALUE;
    *out = 0;
    st_error error = st_attribute_get(attributes, sizeof attributes / sizeof attributes[0], d, number, out);
    return error == ST_NOT_FOUND ? ST_OK : error;
}

/* The structure of CUDA 1: ten numbers. */
API(DeviceGetProperties, (int *out, CUdevice device))
{
    DEVICE(d, device);
    if (!out)
        return ST_INVALID_VALUE;
    const sil_profile *p = &d->profile;
    const uint32_t values[14] = { p->max_threads,    p->max_block[0],
                                  p->max_block[1],   p->max_block[2],
                                  p->max_grid[0],    p->max_grid[1],
                                  p->max_grid[2],    p->local_bytes,
                                  p->constant_bytes, p->width,
                                  0x7fffffff,        p->registers_per_block,
                                  p->clock_khz,      512 };
    memcpy(out, values, sizeof values);
    return ST_OK;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Peers */

API(DeviceCanAccessPeer, (int *out, CUdevice device, CUdevice peer))
{
    DEVICE(a, device);
    DEVICE(b, peer);
    if (!out)
        return ST_INVALID_VALUE;
    *out = a != b && (a->profile.caps & b->profile.caps & SIL_CAP_PEER) != 0;
    return ST_OK;
}

API(DeviceGetP2PAttribute, (int *out, int attribute_number, CUdevice device, CUdevice peer))
{
    DEVICE(a, device);
    DEVICE(b, peer);
    if (!out || a == b || attribute_number < 1 || attribute_number > 4)
        return ST_INVALID_VALUE;
    bool can = (a->profile.caps & b->profile.caps & SIL_CAP_PEER) != 0;
    *out = can && attribute_number != 4; /* 1 rank, 2 access, 3 atomics, 4 arrays */
    return ST_OK;
}

API(CtxEnablePeerAccess, (CUcontext peer, unsigned flags))
{
    CONTEXT(c);
    st_context *other = st_get(&st_contexts, (uintptr_t)peer);
    if (flags)
        return ST_INVALID_VALUE;
    if (!other || other == c)
        return ST_INVALID_CONTEXT;
    if (!(c->device->profile.caps & other->device->profile.caps & SIL_CAP_PEER) || c->device == other->device)
        return ST_PEER_UNSUPPORTED;
    uint64_t bit = (uint64_t)1 << other->device->ordinal;
    return atomic_fetch_or(&c->device->peers, bit) & bit ? ST_PEER_ALREADY : ST_OK;
}

API(CtxDisablePeerAccess, (CUcontext peer))
{
    CONTEXT(c);
    st_context *other = st_get(&st_contexts, (uintptr_t)peer);
    if (!other)
        return ST_INVALID_CONTEXT;
    uint64_t bit = (uint64_t)1 << other->device->ordinal;
    return atomic_fetch_and(&c->device->peers, ~bit) & bit ? ST_OK : ST_PEER_NOT_ENABLED;
}
