/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chip profiles: ini files read with inih into sil_profile, and the text that chooses devices, such as
 * "ascend910b:8,bw1000:2". Every key of the table below must stand in a profile, once; any other is refused with file
 * and line.
 */
#include <dlfcn.h>
#include <errno.h>
#include <ini.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drivers/sim/engine/internal.h"

typedef enum kind { TEXT, U16, U32, U64 } kind;

typedef struct key {
    const char *section, *name;
    kind kind;
    uint8_t count; /* numbers, separated by spaces */
    uint16_t at;   /* in sil_profile */
    uint16_t room; /* TEXT: bytes */
    uint64_t least, most;
} key;

#define AT(field) (uint16_t) offsetof(sil_profile, field)
#define STRING(section, field, least)                                                                                  \
    {                                                                                                                  \
        section, #field, TEXT, 1, AT(field), sizeof((sil_profile *)0)->field, least, 0                                 \
    }
#define NUMBER(section, field, kind, least, most)                                                                      \
    {                                                                                                                  \
        section, #field, kind, 1, AT(field), 0, least, most                                                            \
    }

static const key keys[] = {
    STRING("chip", name, 1),
    STRING("chip", family, 1),
    STRING("chip", chip, 1),
    STRING("chip", arch, 0),
    NUMBER("chip", pci_vendor, U16, 0, 0xffff),
    NUMBER("chip", pci_device, U16, 0, 0xffff),
    NUMBER("chip", pci_class, U16, 0, 0xffff),
    NUMBER("chip", version_major, U32, 0, 1000),
    NUMBER("chip", version_minor, U32, 0, 1000),
    NUMBER("chip", runtime_version, U32, 0, UINT32_MAX),
    NUMBER("chip", driver_version, U32, 0, UINT32_MAX),
    NUMBER("units", width, U32, 1, 1024),
    NUMBER("units", units, U32, 1, 65536),
    NUMBER("units", cube_units, U32, 0, 65536),
    NUMBER("units", vector_units, U32, 0, 65536),
    NUMBER("units", max_threads, U32, 1, 65536),
    NUMBER("units", max_threads_per_unit, U32, 0, 1u << 20),
    { "units", "max_block", U32, 3, AT(max_block), 0, 1, UINT32_MAX },
    { "units", "max_grid", U32, 3, AT(max_grid), 0, 1, UINT32_MAX },
    NUMBER("units", registers_per_block, U32, 0, 1u << 24),
    NUMBER("units", max_streams, U32, 1, 1u << 20),
    NUMBER("units", clock_khz, U32, 0, UINT32_MAX),
    NUMBER("memory", memory_bytes, U64, 1u << 20, 1ull << 42),
    NUMBER("memory", memory_bandwidth, U64, 0, 1ull << 50),
    NUMBER("memory", memory_bus_bits, U32, 0, 1u << 20),
    NUMBER("memory", memory_clock_khz, U32, 0, UINT32_MAX),
    NUMBER("memory", l2_bytes, U32, 0, UINT32_MAX),
    NUMBER("memory", local_bytes, U32, 0, 1u << 24),
    NUMBER("memory", local_optin_bytes, U32, 0, 1u << 24),
    NUMBER("memory", local_per_unit_bytes, U32, 0, 1u << 24),
    NUMBER("memory", constant_bytes, U32, 0, 1u << 24),
    NUMBER("memory", alloc_align, U32, 1, 65536),
    NUMBER("memory", alloc_extra, U32, 0, 65536),
    NUMBER("memory", alloc_round, U32, 1, 1u << 30),
};
enum { KEYS = sizeof keys / sizeof keys[0] };

static const char *const caps[] = { "threads", "pools", "managed", "peer", "graphs", "cooperative", "atomic_f64" };
static const char *const families[] = { "cuda", "musa", "hip", "ascend" };

typedef struct reading {
    sil_profile *out;
    bool seen[KEYS], seen_caps;
    uint32_t texts;
    char why[192];
} reading;

/* ------------------------------------------------------------------------------------------------------- */
/* One file */

static bool parse_number(const char **at, uint64_t *out)
{
    char *end;
    errno = 0;
    if (**at < '0' || **at > '9')
        return false;
    *out = strtoull(*at, &end, 0);
    static const struct {
        const char *unit;
        uint64_t factor;
    } units[] = { { "KiB", 1u << 10 }, { "MiB", 1u << 20 }, { "GiB", 1u << 30 } };
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        size_t bytes = strlen(units[i].unit);
        if (!strncmp(end, units[i].unit, bytes)) {
            if (__builtin_mul_overflow(*out, units[i].factor, out))
                return false;
            end += bytes;
        }
    }
    *at = end + strspn(end, " \t");
    return errno == 0;
}

static int refuse(reading *r, const char *format, ...) SIL__PRINTF(2, 3);
static int refuse(reading *r, const char *format, ...)
{
    va_list list;
    if (!r->why[0]) {
        va_start(list, format);
        vsnprintf(r->why, sizeof r->why, format, list);
        va_end(list);
    }
    return 0;
}

static void store(const key *k, sil_profile *out, uint32_t index, uint64_t number)
{
    char *at = (char *)out + k->at;
    if (k->kind == U16) {
        uint16_t value = (uint16_t)number;
        memcpy(at + index * sizeof value, &value, sizeof value);
    } else if (k->kind == U32) {
        uint32_t value = (uint32_t)number;
        memcpy(at + index * sizeof value, &value, sizeof value);
    } else {
        memcpy(at + index * sizeof number, &number, sizeof number);
    }
}

static int read_key(reading *r, const key *k, const char *value)
{
    if (k->kind == TEXT) {
        if (strlen(value) < k->least || strlen(value) >= k->room)
            return refuse(r, "%s takes %llu to %u characters", k->name, (unsigned long long)k->least, k->room - 1u);
        strcpy((char *)r->out + k->at, value);
        return 1;
    }
    for (uint32_t i = 0; i < k->count; i++) {
        uint64_t number;
        if (!parse_number(&value, &number))
            return refuse(r, "%s takes %u number%s, with KiB, MiB or GiB if need be", k->name, k->count,
                          k->count > 1 ? "s" : "");
        if (number < k->least || number > k->most)
            return refuse(r, "%s is %llu; it may be %llu to %llu", k->name, (unsigned long long)number,
                          (unsigned long long)k->least, (unsigned long long)k->most);
        store(k, r->out, i, number);
    }
    return *value ? refuse(r, "%s: \"%s\" is too much", k->name, value) : 1;
}

static int read_caps(reading *r, const char *value)
{
    if (r->seen_caps)
        return refuse(r, "caps stands there twice");
    r->seen_caps = true;
    while (*(value += strspn(value, " \t"))) {
        size_t bytes = strcspn(value, " \t"), i = 0;
        while (i < sizeof caps / sizeof caps[0] && (strlen(caps[i]) != bytes || strncmp(caps[i], value, bytes) != 0))
            i++;
        if (i == sizeof caps / sizeof caps[0])
            return refuse(r, "%.*s is no capability", (int)bytes, value);
        r->out->caps |= 1u << i;
        value += bytes;
    }
    return 1;
}

/* One line; inih's handler: 0 is an error. */
static int on_value(void *user, const char *section, const char *name, const char *value)
{
    reading *r = user;
    if (!strcmp(section, "text")) {
        if (r->texts == sizeof r->out->text / sizeof r->out->text[0])
            return refuse(r, "more than %u lines of text", r->texts);
        if (sil_profile_text(r->out, name))
            return refuse(r, "%s stands there twice", name);
        int bytes = snprintf(r->out->text[r->texts], sizeof r->out->text[0], "%s=%s", name, value);
        if (bytes < 0 || (size_t)bytes >= sizeof r->out->text[0])
            return refuse(r, "%s is longer than %zu characters", name, sizeof r->out->text[0] - 1);
        r->texts++;
        return 1;
    }
    if (!strcmp(section, "units") && !strcmp(name, "caps"))
        return read_caps(r, value);
    for (uint32_t i = 0; i < KEYS; i++) {
        if (strcmp(keys[i].name, name) != 0 || strcmp(keys[i].section, section) != 0)
            continue;
        if (r->seen[i])
            return refuse(r, "%s stands there twice", name);
        r->seen[i] = true;
        return read_key(r, &keys[i], value);
    }
    return refuse(r, "[%s] has no key %s", section, name);
}

static sil_status check_whole(const reading *r, const char *path)
{
    for (uint32_t i = 0; i < KEYS; i++) {
        if (!r->seen[i])
            return sil__fail(SIL_INVALID, "%s: [%s] %s is missing", path, keys[i].section, keys[i].name);
    }
    if (!r->seen_caps)
        return sil__fail(SIL_INVALID, "%s: [units] caps is missing", path);
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        if (!strcmp(families[i], r->out->family))
            return SIL_OK;
    }
    return sil__fail(SIL_INVALID, "%s: no simulator serves the family %s", path, r->out->family);
}

static sil_status read_file(const char *path, sil_profile *out)
{
    reading r = { .out = out };
    memset(out, 0, sizeof *out);
    int line = ini_parse(path, on_value, &r);
    if (line < 0)
        return sil__fail(SIL_NOT_FOUND, "%s can't be read", path);
    if (line > 0)
        return sil__fail(SIL_INVALID, "%s:%d: %s", path, line, r.why[0] ? r.why : "neither a section nor key = value");
    if (out->alloc_align & (out->alloc_align - 1))
        return sil__fail(SIL_INVALID, "%s: alloc_align is no power of two", path);
    return check_whole(&r, path);
}

/* ------------------------------------------------------------------------------------------------------- */
/* Where profiles are */

static bool readable(const char *path)
{
    return access(path, R_OK) == 0;
}

/* share/tenon/profiles of the tree that this code lies in: beside lib, bin or tests, whatever is above it. */
static bool find_in_tree(const char *name, char *out, size_t room)
{
    Dl_info info;
    char here[PATH_MAX];
    static const char anchor;
    if (!dladdr(&anchor, &info) || !info.dli_fname || !realpath(info.dli_fname, here))
        return false;
    for (int level = 0; level < 6; level++) {
        char *slash = strrchr(here, '/');
        if (!slash)
            return false;
        *slash = 0;
        int bytes = snprintf(out, room, "%s/share/tenon/profiles/%s.ini", here, name);
        if (bytes > 0 && (size_t)bytes < room && readable(out))
            return true;
    }
    return false;
}

static bool find_in_list(const char *list, const char *name, char *out, size_t room)
{
    while (list && *list) {
        size_t bytes = strcspn(list, ":");
        int all = snprintf(out, room, "%.*s/%s.ini", (int)bytes, list, name);
        if (bytes && all > 0 && (size_t)all < room && readable(out))
            return true;
        list += bytes;
        list += *list == ':';
    }
    return false;
}

sil_status sil_profile_load(const char *name, sil_profile *out)
{
    char path[PATH_MAX];
    if (!name || !name[0] || !out)
        return sil__fail(SIL_INVALID, "a profile needs a name");
    if (strchr(name, '/'))
        return read_file(name, out);
    if (name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")])
        return sil__fail(SIL_INVALID, "\"%s\" is no name of a profile", name);
    if (!find_in_list(getenv("TENON_SIM_PROFILES"), name, path, sizeof path) && !find_in_tree(name, path, sizeof path))
        return sil__fail(SIL_NOT_FOUND, "no profile \"%s\" in TENON_SIM_PROFILES or share/tenon/profiles", name);
    return read_file(path, out);
}

/* ------------------------------------------------------------------------------------------------------- */
/* TENON_SIM */

static sil_status config_item(const char *item, size_t bytes, const char *family, sil_profile *out, uint32_t capacity,
                              uint32_t *count)
{
    char name[PATH_MAX];
    const char *colon = memchr(item, ':', bytes);
    size_t name_bytes = colon ? (size_t)(colon - item) : bytes;
    unsigned long number = 1;
    if (name_bytes == 0 || name_bytes >= sizeof name)
        return sil__fail(SIL_INVALID, "TENON_SIM: an entry is empty; it reads name or name:count, with commas between");
    memcpy(name, item, name_bytes);
    name[name_bytes] = 0;
    if (colon) {
        size_t digits = bytes - name_bytes - 1;
        if (digits == 0 || digits > 3 || strspn(colon + 1, "0123456789") < digits ||
            (number = strtoul(colon + 1, NULL, 10)) == 0 || number > 64)
            return sil__fail(SIL_INVALID, "TENON_SIM: %.*s: the count is 1 to 64", (int)bytes, item);
    }
    sil_profile profile;
    sil_status status = sil_profile_load(name, &profile);
    if (status != SIL_OK) {
        char why[400];
        snprintf(why, sizeof why, "%s", sil_last_message());
        return sil__fail(status, "TENON_SIM: %s", why);
    }
    if (family && strcmp(family, profile.family) != 0)
        return SIL_OK;
    for (; number && *count < capacity; number--)
        out[(*count)++] = profile;
    return number ? sil__fail(SIL_LIMIT, "TENON_SIM: more than %u devices", capacity) : SIL_OK;
}

sil_status sil_config_parse(const char *spec, const char *family, sil_profile *out, uint32_t capacity, uint32_t *count)
{
    *count = 0;
    if (!spec || !spec[0])
        return SIL_OK;
    sil__inject requests; /* here, where a stand-in can still say why */
    sil_status asked = sil__inject_parse(&requests, getenv("TENON_SIM_FAULTS"), 0);
    if (asked != SIL_OK)
        return asked;
    for (;;) {
        size_t bytes = strcspn(spec, ",");
        sil_status status = config_item(spec, bytes, family, out, capacity, count);
        if (status != SIL_OK)
            return status;
        if (!spec[bytes])
            return SIL_OK;
        spec += bytes + 1;
    }
}

const char *sil_profile_text(const sil_profile *profile, const char *key_name)
{
    size_t bytes = strlen(key_name);
    for (size_t i = 0; i < sizeof profile->text / sizeof profile->text[0] && profile->text[i][0]; i++) {
        if (!strncmp(profile->text[i], key_name, bytes) && profile->text[i][bytes] == '=')
            return profile->text[i] + bytes + 1;
    }
    return NULL;
}
