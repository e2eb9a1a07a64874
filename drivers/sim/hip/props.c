/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hipDeviceProp_t in its two layouts, written by offset: R0000 of HIP up to 5, 792 bytes, which is also what
 * the plain name means forever, and R0600 of HIP 6, 1472 bytes. Offsets are those of Debian's HIP 5.2 header and of
 * ROCm's public HIP 6.3 header; members of textures and surfaces stay 0.
 */
#include "drivers/sim/hip/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { R0000_BYTES = 792, R0600_BYTES = 1472, NONE = 0xffff };
enum {
    FROM_FIELD32,
    FROM_FIELD64,
    FROM_SIZE32 /* u32 of the profile as size_t */,
    FROM_CONST,
    FROM_SIZE_CONST,
    FROM_CAP,
    FROM_WATCHDOG
};

/* hipDeviceArch_t: atomics, doubles, votes, ballots, shuffles, fences, three-dimensional grids. */
#define ARCH_BITS 0x97ff

static const struct {
    uint16_t r0000, r0600;
    uint8_t kind;
    uint32_t at;
} members[] = {
#define FIELD(r0000_, r0600_, member_)                                                                                 \
    {                                                                                                                  \
        r0000_, r0600_, FROM_FIELD32, offsetof(sil_profile, member_)                                                   \
    }
    { 256, 288, FROM_FIELD64, offsetof(sil_profile, memory_bytes) },
    { 264, 296, FROM_SIZE32, offsetof(sil_profile, local_bytes) },
    FIELD(272, 304, registers_per_block),
    FIELD(276, 308, width),
    FIELD(280, 320, max_threads),
    FIELD(284, 324, max_block[0]),
    FIELD(288, 328, max_block[1]),
    FIELD(292, 332, max_block[2]),
    FIELD(296, 336, max_grid[0]),
    FIELD(300, 340, max_grid[1]),
    FIELD(304, 344, max_grid[2]),
    FIELD(308, 348, clock_khz),
    FIELD(312, 608, memory_clock_khz),
    FIELD(316, 612, memory_bus_bits),
    { 320, 352, FROM_SIZE32, offsetof(sil_profile, constant_bytes) },
    FIELD(328, 360, version_major),
    FIELD(332, 364, version_minor),
    FIELD(336, 388, units),
    FIELD(340, 616, l2_bytes),
    FIELD(344, 624, max_threads_per_unit),
    { 360, 576, FROM_CONST, 1 } /* concurrentKernels */,
    { 388, 400, FROM_CONST, 1 } /* canMapHostMemory */,
    { 376, 1416, FROM_SIZE32, offsetof(sil_profile, local_per_unit_bytes) },
    { 352, 1424, FROM_CONST, 100000 } /* clockInstructionRate, kHz */,
    { 356, 1428, FROM_CONST, ARCH_BITS },
    { 712, 312, FROM_SIZE_CONST, 0x7fffffff } /* memPitch */,
    { 720, 368, FROM_SIZE_CONST, 256 } /* textureAlignment */,
    { 656, 688, FROM_CAP, SIL_CAP_COOPERATIVE },
    { 772, 652, FROM_CAP, SIL_CAP_MANAGED },
    { 736, 392, FROM_WATCHDOG, 0 } /* kernelExecTimeoutEnabled */,
    /* only in HIP 6 */
    { NONE, 600, FROM_CONST, 1 } /* asyncEngineCount */,
    { NONE, 604, FROM_CONST, 1 } /* unifiedAddressing */,
    { NONE, 628, FROM_CONST, 1 } /* streamPrioritiesSupported */,
    { NONE, 640, FROM_SIZE32, offsetof(sil_profile, local_per_unit_bytes) },
    FIELD(NONE, 648, registers_per_block),
    { NONE, 684, FROM_CONST, 1 } /* canUseHostPointerForRegisteredMem */,
    { NONE, 696, FROM_SIZE32, offsetof(sil_profile, local_optin_bytes) },
    { NONE, 712, FROM_CONST, 32 } /* maxBlocksPerMultiProcessor */,
    { NONE, 728, FROM_CONST, 1 } /* hostRegisterSupported */,
    { NONE, 744, FROM_CAP, SIL_CAP_POOLS },
#undef FIELD
};

static hipError_t fill(unsigned char *out, bool r0600, int device)
{
    uint32_t place[3], value;
    DEVICE(d, device);
    if (!out)
        return ST_INVALID_VALUE;
    st_error error = st_device_sil(d);
    if (error)
        return error;
    const sil_profile *p = &d->profile;
    memset(out, 0, r0600 ? R0600_BYTES : R0000_BYTES);
    snprintf((char *)out, 256, "%s", p->chip);
    snprintf((char *)out + (r0600 ? 1160 : 396), 256, "%s", p->arch);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        uint16_t at = r0600 ? members[i].r0600 : members[i].r0000;
        const char *from = (const char *)p + members[i].at;
        size_t wide;
        if (at == NONE)
            continue;
        switch (members[i].kind) {
        case FROM_FIELD32:
            memcpy(&value, from, 4);
            value = value > 0x7fffffff ? 0x7fffffff : value;
            memcpy(out + at, &value, 4);
            break;
        case FROM_FIELD64:
            memcpy(out + at, from, 8);
            break;
        case FROM_SIZE32:
            memcpy(&value, from, 4);
            wide = value;
            memcpy(out + at, &wide, sizeof wide);
            break;
        case FROM_CONST:
            memcpy(out + at, &members[i].at, 4);
            break;
        case FROM_SIZE_CONST:
            wide = members[i].at;
            memcpy(out + at, &wide, sizeof wide);
            break;
        case FROM_WATCHDOG:
            value = sil_watchdog_ns(d->ordinal) != 0;
            memcpy(out + at, &value, 4);
            break;
        case FROM_CAP:
            value = (p->caps & members[i].at) != 0;
            memcpy(out + at, &value, 4);
        }
    }
    sil_device_pci(d->sil, &place[0], &place[1], &place[2]);
    memcpy(out + (r0600 ? 592 : 364), &place[0], 4);
    memcpy(out + (r0600 ? 584 : 368), &place[1], 4);
    memcpy(out + (r0600 ? 588 : 372), &place[2], 4);
    if (r0600) {
        sil_device_uuid(d->sil, out + 256);
    } else {
        int gcn = !strncmp(p->arch, "gfx", 3) ? atoi(p->arch + 3) : 0;
        memcpy(out + 392, &gcn, 4);
    }
    return ST_OK;
}

API(hipGetDevicePropertiesR0000, P(void *out, int device), P(out, device))
{
    return fill(out, false, device);
}

API(hipGetDeviceProperties, P(void *out, int device), P(out, device))
{
    return fill(out, false, device);
}

API(hipGetDevicePropertiesR0600, P(void *out, int device), P(out, device))
{
    return fill(out, true, device);
}
