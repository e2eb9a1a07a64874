/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the stand-in says about itself and its devices: versions, attributes from the profile, peers, limits, and the
 * small helpers of ACL that need no device. Owns nothing.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "drivers/sim/ascend/state.h"

static aclError device_get(int64_t id, acl_device **out, const char *function)
{
    TRY(acl_devices(function));
    *out = acl_device_get(id);
    return *out ? ACL_SUCCESS
                : acl_fail(ACL_ERROR_RT_INVALID_DEVICEID, function, "device %lld is not one of %u", (long long)id,
                           acl_device_total());
}
#define GET_DEVICE(id, out) TRY(device_get((id), (out), __func__))

/* ------------------------------------------------------------------------------------------------------- */
/* Versions and names */

aclError aclrtGetVersion(int32_t *major, int32_t *minor, int32_t *patch)
{
    NOT_NULL(major);
    NOT_NULL(minor);
    NOT_NULL(patch);
    *major = ACL_VERSION_MAJOR;
    *minor = ACL_VERSION_MINOR;
    *patch = ACL_VERSION_PATCH;
    return ACL_SUCCESS;
}

/* major * 10 000 000 + minor * 100 000 + patch * 1 000; the packages that the simulator stands for are 9.0.0. */
enum { PACKAGE_VERSION = 90000000 };

static bool known_package(const char *name)
{
    static const char *const packages[] = { "runtime", "driver", "cann", "toolkit" };
    for (size_t i = 0; i < sizeof packages / sizeof *packages; i++)
        if (!strcmp(name, packages[i]))
            return true;
    return false;
}

aclError aclsysGetVersionNum(char *pkgName, int32_t *versionNum)
{
    NOT_NULL(pkgName);
    NOT_NULL(versionNum);
    if (!known_package(pkgName))
        return FAIL(ACL_ERROR_INVALID_FILE, "there is no package %s", pkgName);
    *versionNum = PACKAGE_VERSION;
    return ACL_SUCCESS;
}

aclError aclsysGetVersionStr(char *pkgName, char *versionStr)
{
    NOT_NULL(pkgName);
    NOT_NULL(versionStr);
    if (!known_package(pkgName))
        return FAIL(ACL_ERROR_INVALID_FILE, "there is no package %s", pkgName);
    strcpy(versionStr, "9.0.0");
    return ACL_SUCCESS;
}

const char *aclrtGetSocName(void)
{
    acl_context *context = acl_current();
    if (acl_devices(__func__) != ACL_SUCCESS || acl_device_total() == 0)
        return NULL;
    return context ? context->device->profile.chip : acl_device_get(0)->profile.chip;
}

/* What the 910B's description says: infinities, 16-bit brain floats, compilation of operators at run time. */
enum { CANN_ATTRIBUTES = 3 };

aclError aclGetCannAttributeList(const int32_t **list, size_t *num)
{
    static const int32_t attributes[CANN_ATTRIBUTES] = { 0, 1, 2 };
    NOT_NULL(list);
    NOT_NULL(num);
    *list = attributes;
    *num = CANN_ATTRIBUTES;
    return ACL_SUCCESS;
}

aclError aclGetCannAttribute(int32_t attribute, int32_t *value)
{
    NOT_NULL(value);
    if (attribute < 0 || attribute >= CANN_ATTRIBUTES)
        return FAIL(ACL_ERROR_INVALID_PARAM, "attribute %d", attribute);
    *value = 1;
    return ACL_SUCCESS;
}

aclError aclGetDeviceCapability(uint32_t deviceId, int32_t what, int64_t *value)
{
    static const aclrtDevAttr attributes[] = { ACL_DEV_ATTR_AICORE_CORE_NUM, ACL_DEV_ATTR_VECTOR_CORE_NUM,
                                               ACL_DEV_ATTR_L2_CACHE_SIZE };
    if (what < 0 || what > 2)
        return FAIL(ACL_ERROR_INVALID_PARAM, "capability %d", what);
    return aclrtGetDeviceInfo(deviceId, attributes[what], value);
}

/* The same chip, or another bin of its series: "Ascend910B1" beside "Ascend910B3". */
aclError aclrtCheckArchCompatibility(const char *socVersion, int32_t *canCompatible)
{
    NOT_NULL(socVersion);
    NOT_NULL(canCompatible);
    TRY(acl_devices(__func__));
    if (acl_device_total() == 0)
        return FAIL(ACL_ERROR_RT_NO_DEVICE, "no Ascend device is simulated");
    const char *series = sil_profile_text(&acl_device_get(0)->profile, "short_soc");
    *canCompatible = series && !strncmp(socVersion, series, strlen(series));
    return ACL_SUCCESS;
}

aclError aclrtGetRunMode(aclrtRunMode *runMode)
{
    NOT_NULL(runMode);
    *runMode = ACL_HOST;
    return ACL_SUCCESS;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Devices */

aclError aclrtGetDeviceCount(uint32_t *count)
{
    NOT_NULL(count);
    TRY(acl_devices(__func__));
    if (acl_device_total() == 0)
        return FAIL(ACL_ERROR_RT_NO_DEVICE,
                    "no Ascend device is simulated; set TENON_SIM, for instance to ascend910b:2");
    *count = acl_device_total();
    return ACL_SUCCESS;
}

static int64_t text_number(const sil_profile *profile, const char *key, int64_t missing)
{
    const char *text = sil_profile_text(profile, key);
    return text ? strtoll(text, NULL, 0) : missing;
}

aclError aclrtGetDeviceInfo(uint32_t deviceId, aclrtDevAttr attr, int64_t *value)
{
    acl_device *d;
    NOT_NULL(value);
    GET_DEVICE(deviceId, &d);
    const sil_profile *p = &d->profile;
    bool threads = (p->caps & SIL_CAP_THREADS) != 0; /* before 950, blocks have none */
    switch (attr) {
    case ACL_DEV_ATTR_AICPU_CORE_NUM:
        *value = text_number(p, "aicpu", 6);
        break;
    case ACL_DEV_ATTR_AICORE_CORE_NUM:
    case ACL_DEV_ATTR_CUBE_CORE_NUM:
        *value = p->cube_units ? p->cube_units : p->units;
        break;
    case ACL_DEV_ATTR_VECTOR_CORE_NUM:
        *value = p->vector_units ? p->vector_units : p->units;
        break;
    case ACL_DEV_ATTR_WARP_SIZE:
        *value = threads ? p->width : 0;
        break;
    case ACL_DEV_ATTR_MAX_THREAD_PER_VECTOR_CORE:
        *value = threads ? p->max_threads_per_unit : 0;
        break;
    case ACL_DEV_ATTR_MAX_THREADS_PER_BLOCK:
        *value = threads ? p->max_threads : 0;
        break;
    case ACL_DEV_ATTR_UBUF_PER_VECTOR_CORE:
        *value = p->local_per_unit_bytes ? p->local_per_unit_bytes : p->local_bytes;
        break;
    case ACL_DEV_ATTR_MAX_GRID_DIM_X:
    case 206:
    case ACL_DEV_ATTR_MAX_GRID_DIM_Z:
        *value = threads ? p->max_grid[attr - ACL_DEV_ATTR_MAX_GRID_DIM_X] : 0;
        break;
    case ACL_DEV_ATTR_MAX_BLOCK_PER_GRID:
        *value = p->max_grid[0];
        break;
    case ACL_DEV_ATTR_MAX_BLOCK_DIM_X:
    case 211:
    case ACL_DEV_ATTR_MAX_BLOCK_DIM_Z:
        *value = threads ? p->max_block[attr - ACL_DEV_ATTR_MAX_BLOCK_DIM_X] : 0;
        break;
    case ACL_DEV_ATTR_TOTAL_GLOBAL_MEM_SIZE:
        *value = (int64_t)p->memory_bytes;
        break;
    case ACL_DEV_ATTR_L2_CACHE_SIZE:
        *value = p->l2_bytes;
        break;
    case ACL_DEV_ATTR_PHY_CHIP_ID:
        *value = d->physical;
        break;
    case ACL_DEV_ATTR_IS_VIRTUAL:
        *value = 0;
        break;
    case ACL_DEV_ATTR_HD_CONNECT_TYPE:
        *value = 0;
        break; /* PCIe */
    case ACL_DEV_ATTR_NPU_ARCH:
        *value = text_number(p, "npu_arch", 2201);
        break;
    case ACL_DEV_ATTR_SMP_ID:
    case ACL_DEV_ATTR_SUPER_POD_DEVICE_ID:
    case ACL_DEV_ATTR_SUPER_POD_SERVER_ID:
    case ACL_DEV_ATTR_SUPER_POD_ID:
    case ACL_DEV_ATTR_CUST_OP_PRIVILEGE:
    case ACL_DEV_ATTR_MAINBOARD_ID:
        return FAIL(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, "attribute %d: a simulated device is in no rack", attr);
    default:
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "attribute %d", attr);
    }
    return ACL_SUCCESS;
}

aclError aclrtGetDeviceCapability(int32_t deviceId, aclrtDevFeatureType feature, int32_t *value)
{
    acl_device *d;
    NOT_NULL(value);
    GET_DEVICE(deviceId, &d);
    if (feature != 1 && feature != 21)
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "feature %d", feature);
    *value = 0;
    return ACL_SUCCESS;
}

aclError aclrtDeviceGetUuid(int32_t deviceId, aclrtUuid *uuid)
{
    acl_device *d;
    NOT_NULL(uuid);
    GET_DEVICE(deviceId, &d);
    TRY(acl_device_ready(d, __func__));
    sil_device_uuid(atomic_load(&d->sil), (uint8_t *)uuid->bytes);
    return ACL_SUCCESS;
}

aclError aclrtDeviceGetPCIBusId(int32_t deviceId, char *busId, int32_t length)
{
    acl_device *d;
    uint32_t domain, bus, slot;
    NOT_NULL(busId);
    GET_DEVICE(deviceId, &d);
    TRY(acl_device_ready(d, __func__));
    sil_device_pci(atomic_load(&d->sil), &domain, &bus, &slot);
    if (length <= 0 || snprintf(busId, (size_t)length, "%04X:%02X:%02X.0", domain, bus, slot) >= length)
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "%d bytes are too few for a PCI address", length);
    return ACL_SUCCESS;
}

/* The simulator measures no load of a chip that is not there: a device that is idle says 0, one that works 100. */
aclError aclrtGetDeviceUtilizationRate(int32_t deviceId, aclrtUtilizationInfo *info)
{
    acl_device *d;
    uint64_t unused = 0, total = 0;
    NOT_NULL(info);
    GET_DEVICE(deviceId, &d);
    TRY(acl_device_ready(d, __func__));
    sil_device *sil = atomic_load(&d->sil);
    sil_device_memory(sil, &unused, &total);
    int32_t load = sil_device_wait(sil, 0) == SIL_TIMEOUT ? 100 : 0;
    info->cubeUtilization = 0;
    info->vectorUtilization = load;
    info->aicpuUtilization = 0;
    info->memoryUtilization = total ? (int32_t)((total - unused) * 100 / total) : 0;
    info->utilizationExtend = NULL;
    return ACL_SUCCESS;
}

aclError aclrtQueryDeviceStatus(int32_t deviceId, aclrtDeviceStatus *status)
{
    acl_device *d;
    NOT_NULL(status);
    GET_DEVICE(deviceId, &d);
    sil_device *sil = atomic_load(&d->sil);
    *status = sil && sil_device_lost(sil) ? ACL_RT_DEVICE_STATUS_ABNORMAL : ACL_RT_DEVICE_STATUS_NORMAL;
    return ACL_SUCCESS;
}

aclError aclrtGetPhyDevIdByLogicDevId(int32_t logicDevId, int32_t *phyDevId)
{
    acl_device *d;
    NOT_NULL(phyDevId);
    GET_DEVICE(logicDevId, &d);
    *phyDevId = (int32_t)d->physical;
    return ACL_SUCCESS;
}

aclError aclrtGetLogicDevIdByPhyDevId(int32_t phyDevId, int32_t *logicDevId)
{
    NOT_NULL(logicDevId);
    TRY(acl_devices(__func__));
    for (uint32_t i = 0; i < acl_device_total(); i++)
        if ((int64_t)acl_device_get(i)->physical == phyDevId) {
            *logicDevId = (int32_t)i;
            return ACL_SUCCESS;
        }
    return FAIL(ACL_ERROR_RT_INVALID_DEVICEID, "no visible device has the physical number %d", phyDevId);
}

aclError aclrtGetLogicDevIdByUserDevId(int32_t userDevId, int32_t *logicDevId)
{
    return aclrtGetPhyDevIdByLogicDevId(userDevId, logicDevId);
}

aclError aclrtGetUserDevIdByLogicDevId(int32_t logicDevId, int32_t *userDevId)
{
    return aclrtGetLogicDevIdByPhyDevId(logicDevId, userDevId);
}

aclError aclrtGetPhyDevIdByUserDevId(int32_t userDevId, int32_t *phyDevId)
{
    return aclrtGetPhyDevIdByLogicDevId(userDevId, phyDevId);
}

aclError aclrtGetUserDevIdByPhyDevId(int32_t phyDevId, int32_t *userDevId)
{
    return aclrtGetLogicDevIdByPhyDevId(phyDevId, userDevId);
}

aclError aclrtDeviceGetByPCIBusId(const char *busId, int32_t *deviceId)
{
    NOT_NULL(busId);
    NOT_NULL(deviceId);
    TRY(acl_devices(__func__));
    for (uint32_t i = 0; i < acl_device_total(); i++) {
        char own[32];
        TRY(aclrtDeviceGetPCIBusId((int32_t)i, own, sizeof own));
        if (!strcasecmp(own, busId)) {
            *deviceId = (int32_t)i;
            return ACL_SUCCESS;
        }
    }
    return FAIL(ACL_ERROR_RT_PARAM_INVALID, "no device has the PCI address %s", busId);
}

aclError aclrtGetDevicesTopo(uint32_t deviceId, uint32_t otherDeviceId, uint64_t *value)
{
    acl_device *a, *b;
    NOT_NULL(value);
    GET_DEVICE(deviceId, &a);
    GET_DEVICE(otherDeviceId, &b);
    if (a == b)
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "both are device %u", deviceId);
    *value = a->profile.caps & SIL_CAP_PEER ? ACL_RT_DEVS_TOPOLOGY_HCCS : ACL_RT_DEVS_TOPOLOGY_PHB;
    return ACL_SUCCESS;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Peers: one-directional, of the device and not of the thread */

aclError aclrtDeviceCanAccessPeer(int32_t *canAccessPeer, int32_t deviceId, int32_t peerDeviceId)
{
    acl_device *a, *b;
    NOT_NULL(canAccessPeer);
    GET_DEVICE(deviceId, &a);
    GET_DEVICE(peerDeviceId, &b);
    if (a == b)
        return FAIL(ACL_ERROR_RT_INVALID_DEVICEID, "both are device %d", deviceId);
    *canAccessPeer = (a->profile.caps & b->profile.caps & SIL_CAP_PEER) != 0;
    return ACL_SUCCESS;
}

static aclError peer_change(int32_t peerDeviceId, bool enable, const char *function)
{
    acl_context *context;
    acl_device *peer;
    TRY(acl_need_context(&context, function));
    TRY(device_get(peerDeviceId, &peer, function));
    if (peer == context->device)
        return acl_fail(ACL_ERROR_RT_INVALID_DEVICEID, function, "device %d is the current one", peerDeviceId);
    if (!(peer->profile.caps & context->device->profile.caps & SIL_CAP_PEER))
        return acl_fail(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, function, "devices %u and %u do not reach each other",
                        context->device->id, peer->id);
    if (enable)
        atomic_fetch_or(&context->device->peers, 1ull << peer->id);
    else
        atomic_fetch_and(&context->device->peers, ~(1ull << peer->id));
    return ACL_SUCCESS;
}

aclError aclrtDeviceEnablePeerAccess(int32_t peerDeviceId, uint32_t flags)
{
    if (flags)
        return FAIL(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, "flags %u are reserved and must be 0", flags);
    return peer_change(peerDeviceId, true, __func__);
}

aclError aclrtDeviceDisablePeerAccess(int32_t peerDeviceId)
{
    return peer_change(peerDeviceId, false, __func__);
}

aclError aclrtDevicePeerAccessStatus(int32_t deviceId, int32_t peerDeviceId, int32_t *status)
{
    acl_device *a, *b;
    NOT_NULL(status);
    GET_DEVICE(deviceId, &a);
    GET_DEVICE(peerDeviceId, &b);
    *status = (int32_t)(atomic_load(&a->peers) >> b->id & 1);
    return ACL_SUCCESS;
}

aclError aclrtDeviceGetBareTgid(int32_t *pid)
{
    NOT_NULL(pid);
    *pid = (int32_t)getpid();
    return ACL_SUCCESS;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Limits */

aclError aclrtSetDeviceSatMode(aclrtFloatOverflowMode mode)
{
    acl_context *context;
    NEED_CONTEXT(&context);
    if (mode != 0 && mode != 1)
        return FAIL(ACL_ERROR_RT_PARAM_INVALID, "mode %d", mode);
    if (mode == 0)
        return FAIL(ACL_ERROR_RT_FEATURE_NOT_SUPPORT,
                    "kernels of the simulator keep infinities; saturation is not simulated");
    atomic_store(&context->device->saturation, mode);
    return ACL_SUCCESS;
}

aclError aclrtGetDeviceSatMode(aclrtFloatOverflowMode *mode)
{
    acl_context *context;
    NOT_NULL(mode);
    NEED_CONTEXT(&context);
    *mode = atomic_load(&context->device->saturation);
    return ACL_SUCCESS;
}

enum { LONGEST_KERNEL_MS = 1091000 };

static aclError set_limit(uint64_t ms)
{
    atomic_store(&acl_kernel_limit_ns, (ms && ms < LONGEST_KERNEL_MS ? ms : LONGEST_KERNEL_MS) * 1000000u);
    return ACL_SUCCESS;
}

aclError aclrtSetOpExecuteTimeOut(uint32_t timeout)
{
    return set_limit((uint64_t)timeout * 1000u);
}

aclError aclrtSetOpExecuteTimeOutWithMs(uint32_t timeout)
{
    return set_limit(timeout);
}

aclError aclrtGetOpExecuteTimeout(uint32_t *timeoutMs)
{
    NOT_NULL(timeoutMs);
    *timeoutMs = (uint32_t)(atomic_load(&acl_kernel_limit_ns) / 1000000u);
    return ACL_SUCCESS;
}

aclError aclrtSetOpWaitTimeout(uint32_t timeout)
{
    if (timeout)
        return FAIL(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, "a deadline for waits inside streams");
    return ACL_SUCCESS;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Helpers without a device */

size_t aclDataTypeSize(aclDataType dataType)
{
    switch (dataType) {
    case ACL_INT8:
    case ACL_UINT8:
    case ACL_BOOL:
        return 1;
    case ACL_FLOAT16:
    case ACL_BF16:
    case ACL_INT16:
    case ACL_UINT16:
        return 2;
    case ACL_FLOAT:
    case ACL_INT32:
    case ACL_UINT32:
        return 4;
    case ACL_INT64:
    case ACL_UINT64:
    case ACL_DOUBLE:
    case ACL_COMPLEX64:
        return 8;
    case ACL_COMPLEX128:
        return 16;
    default:
        return 0;
    }
}

float aclFloat16ToFloat(aclFloat16 value)
{
    uint32_t sign = (uint32_t)(value & 0x8000) << 16, exponent = value >> 10 & 31, fraction = value & 0x3ff, bits;
    float result;
    if (exponent == 0) {
        result = (float)fraction * 0x1p-24f;
        return sign ? -result : result;
    }
    bits = sign | (exponent == 31 ? 0xffu : exponent + 112) << 23 | fraction << 13;
    memcpy(&result, &bits, sizeof result);
    return result;
}

/* To the nearest, ties to even. */
aclFloat16 aclFloatToFloat16(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint32_t sign = bits >> 16 & 0x8000, rest = bits & 0x7fffffff;
    if (rest >= 0x7f800000)
        return (aclFloat16)(sign | 0x7c00 | (rest > 0x7f800000 ? 0x200 | (rest >> 13 & 0x3ff) : 0));
    if (rest >= 0x477ff000)
        return (aclFloat16)(sign | 0x7c00);
    if (rest < 0x38800000) {
        float magnitude;
        memcpy(&magnitude, &rest, sizeof magnitude);
        magnitude += 0.5f; /* leaves the fraction, rounded, in the lowest bits */
        memcpy(&rest, &magnitude, sizeof rest);
        return (aclFloat16)(sign | (rest - 0x3f000000));
    }
    rest += 0xc8000fff + (rest >> 13 & 1);
    return (aclFloat16)(sign | rest >> 13);
}

/* ASCEND_GLOBAL_LOG_LEVEL's default shows errors only. */
void aclAppLog(int32_t level, const char *func, const char *file, uint32_t line, const char *fmt, ...)
{
    enum { LEVEL_ERROR = 3 };
    char text[1024];
    va_list list;
    if (level < LEVEL_ERROR || !fmt)
        return;
    va_start(list, fmt);
    vsnprintf(text, sizeof text, fmt, list);
    va_end(list);
    fprintf(stderr, "[ERROR] %s:%u %s: %s\n", file ? file : "?", line, func ? func : "?", text);
}
