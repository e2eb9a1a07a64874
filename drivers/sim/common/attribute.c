/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes of devices, and their invented places on the bus. Owns nothing. */
#include "drivers/sim/common/attribute.h"

#include <string.h>

st_error st_pci(st_device *d, uint32_t place[3])
{
    st_error error = st_device_sil(d);
    if (error == ST_OK)
        sil_device_pci(d->sil, &place[0], &place[1], &place[2]);
    return error;
}

st_error st_pci_find(const uint32_t want[3], int *out)
{
    uint32_t place[3];
    for (uint32_t i = 0; i < st_device_count(); i++)
        if (st_pci(st_device_at((int)i), place) == ST_OK && !memcmp(place, want, sizeof place)) {
            *out = (int)i;
            return ST_OK;
        }
    return ST_INVALID_DEVICE;
}

static st_error read_row(const st_attribute *row, st_device *d, int *out)
{
    uint32_t value, place[3];
    switch (row->kind) {
    case ST_AT_FIELD:
        memcpy(&value, (const char *)&d->profile + row->at, sizeof value);
        *out = value > 0x7fffffff ? 0x7fffffff : (int)value;
        return ST_OK;
    case ST_AT_CONST:
        *out = row->at;
        return ST_OK;
    case ST_AT_CAP:
        *out = (d->profile.caps & (uint32_t)row->at) != 0;
        return ST_OK;
    case ST_AT_WATCHDOG:
        *out = sil_watchdog_ns(d->ordinal) != 0;
        return ST_OK;
    default:
        if (st_pci(d, place) != ST_OK)
            return ST_UNKNOWN;
        *out = (int)place[row->at];
        return ST_OK;
    }
}

st_error st_attribute_get(const st_attribute *rows, size_t count, st_device *d, int number, int *out)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].number == number)
            return read_row(&rows[i], d, out);
    return ST_NOT_FOUND;
}
