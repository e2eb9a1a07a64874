/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attributes of a device by the vendor's numbers: a table of rows says where each comes from, a member of the profile, a
 * constant, a capability, or the place on the bus. Owns nothing.
 */
#ifndef DRIVERS_SIM_COMMON_ATTRIBUTE_H
#define DRIVERS_SIM_COMMON_ATTRIBUTE_H

#include "drivers/sim/common/standin.h"

typedef struct st_attribute {
    uint16_t number;
    uint8_t kind;
    int32_t at;
} st_attribute;
enum { ST_AT_FIELD = 1, ST_AT_CONST, ST_AT_CAP, ST_AT_PCI, ST_AT_WATCHDOG };
#define ST_FIELD(number_, member_)                                                                                     \
    {                                                                                                                  \
        number_, ST_AT_FIELD, offsetof(sil_profile, member_)                                                           \
    }
#define ST_CONST(number_, value_)                                                                                      \
    {                                                                                                                  \
        number_, ST_AT_CONST, value_                                                                                   \
    }
#define ST_CAP(number_, bit_)                                                                                          \
    {                                                                                                                  \
        number_, ST_AT_CAP, bit_                                                                                       \
    }
#define ST_PCI(number_, part_)                                                                                         \
    {                                                                                                                  \
        number_, ST_AT_PCI, part_                                                                                      \
    }
#define ST_WATCHDOG(number_)                                                                                           \
    {                                                                                                                  \
        number_, ST_AT_WATCHDOG, 0                                                                                     \
    }

/* ST_NOT_FOUND when no row has the number. */
st_error st_attribute_get(const st_attribute *rows, size_t count, st_device *device, int number, int *out);

/* Domain, bus and slot, and the device at such a place: ST_INVALID_DEVICE when there is none. */
st_error st_pci(st_device *device, uint32_t out_place[3]);
st_error st_pci_find(const uint32_t place[3], int *out_ordinal);

#endif
