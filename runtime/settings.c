/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/settings.c - puts options and environment variables together and refuses what is malformed. Owns nothing.
 * docs/api/runtime.md has the table of variables.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/open.h"

/* Variables that are read, and where what they mean is decided. */
static const char *variable(const char *name, bool ignore)
{
    return ignore ? NULL : getenv(name);
}

static tn_status read_exact(const char *text, bool *out)
{
    if (!text || !*text)
        return TN_OK;
    if (strcmp(text, "0") && strcmp(text, "1"))
        return TN__FAIL(TN__open, TN_INVALID, "TENON_EXACT is \"%s\"; it must be 0 or 1", text);
    *out |= *text == '1';
    return TN_OK;
}

static tn_status read_log(const char *text)
{
    static const char *const names[] = { "off", "error", "warning", "info", "debug" };
    if (!text || !*text)
        return TN_OK;
    for (int i = 0; i < 5; i++)
        if (!strcmp(text, names[i])) {
            tn__log_level_set(i);
            return TN_OK;
        }
    return TN__FAIL(TN__open, TN_INVALID, "TENON_LOG is \"%s\"; it must be off, error, warning, info or debug", text);
}

static tn_status check_libraries(const char *text)
{
    for (const char *at = text; at && *at;) {
        size_t length = strcspn(at, ":");
        const char *equal = memchr(at, '=', length);
        if (!equal || equal == at || equal[1] != '/')
            return TN__FAIL(TN__open, TN_INVALID,
                            "TENON_LIBRARIES is \"%s\"; write it as \"cuda=/abs/libcuda.so.1:hip=/abs/...\"", text);
        at += length;
        at += *at == ':';
    }
    return TN_OK;
}

tn_status tn__settings_read(const tn_options *options, struct tn__settings *out)
{
    static const tn_options none = TN_OPTIONS_INIT;
    const uint32_t known = TN_OPTION_NO_HARDWARE | TN_OPTION_EXACT | TN_OPTION_VALIDATE | TN_OPTION_NO_ENVIRONMENT;
    tn_status status = TN_OK;
    if (options) {
        status = tn__options_check(TN__open, "tn_options", options, sizeof *options);
        if (status != TN_OK)
            return status;
    } else {
        options = &none;
    }
    if (options->flags & ~known)
        return TN__FAIL(TN__open, TN_INVALID, "tn_options.flags has unknown bits: %#x", options->flags & ~known);
    bool ignore = options->flags & TN_OPTION_NO_ENVIRONMENT;
    out->exact = options->flags & TN_OPTION_EXACT;
    out->validate = options->flags & TN_OPTION_VALIDATE;
    out->no_hardware = options->flags & TN_OPTION_NO_HARDWARE;
    out->simulate = options->simulate ? options->simulate : variable("TENON_SIM", ignore);
    out->simulate_source = options->simulate ? "options.simulate" : "TENON_SIM";
    out->drivers = options->drivers ? options->drivers : variable("TENON_DRIVERS", ignore);
    out->drivers_source = options->drivers ? "options.drivers" : "TENON_DRIVERS";
    out->visible = options->visible ? options->visible : variable("TENON_VISIBLE_DEVICES", ignore);
    out->visible_source = options->visible ? "options.visible" : "TENON_VISIBLE_DEVICES";
    out->only = options->only;
    out->libraries = variable("TENON_LIBRARIES", ignore);
    status = read_exact(variable("TENON_EXACT", ignore), &out->exact);
    if (status == TN_OK)
        status = read_log(variable("TENON_LOG", ignore));
    if (status == TN_OK)
        status = check_libraries(out->libraries);
    return status;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Visible devices: "0,2", or UUIDs as 32 hexadecimal digits with or without '-'. */

static bool read_uuid(const char *text, size_t length, uint8_t out[16])
{
    unsigned digits = 0;
    memset(out, 0, 16);
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '-')
            continue;
        if (!isxdigit((unsigned char)text[i]) || digits == 32)
            return false;
        int c = tolower((unsigned char)text[i]);
        out[digits / 2] |= (uint8_t)((c <= '9' ? c - '0' : c - 'a' + 10) << (digits % 2 ? 0 : 4));
        digits++;
    }
    return digits == 32;
}

static tn_status find_visible(const struct tn__opening *o, const char *at, size_t length, uint32_t *out)
{
    const char *list = o->settings.visible, *source = o->settings.visible_source;
    uint8_t uuid[16];
    if (length && length < 10 && strspn(at, "0123456789") >= length) {
        unsigned long index = strtoul(at, NULL, 10);
        if (index >= o->found_count)
            return TN__FAIL(TN__open, TN_INVALID, "%s is \"%s\": there is no device %lu, only %u devices from 0 on",
                            source, list, index, o->found_count);
        *out = (uint32_t)index;
        return TN_OK;
    }
    if (!read_uuid(at, length, uuid))
        return TN__FAIL(TN__open, TN_INVALID, "%s is \"%s\": it must be a list of indices or UUIDs as \"0,2\"", source,
                        list);
    for (uint32_t i = 0; i < o->found_count; i++)
        if (!memcmp(o->found[i].info.uuid, uuid, 16)) {
            *out = i;
            return TN_OK;
        }
    return TN__FAIL(TN__open, TN_INVALID, "%s: no device has the UUID %.*s", source, (int)length, at);
}

tn_status tn__visible_devices(const struct tn__opening *o, uint32_t **out, uint32_t *out_count)
{
    const char *list = o->settings.visible;
    uint32_t *order = calloc(o->found_count + 1, sizeof *order), count = 0;
    if (!order)
        return TN__FAIL(TN__open, TN_OUT_OF_HOST_MEMORY, "no memory for the list of devices");
    if (!list)
        for (; count < o->found_count; count++)
            order[count] = count;
    for (const char *at = list; at && *list;) {
        size_t length = strcspn(at, ",");
        uint32_t index = 0;
        tn_status status = find_visible(o, at, length, &index);
        for (uint32_t i = 0; i < count && status == TN_OK; i++)
            if (order[i] == index)
                status = TN__FAIL(TN__open, TN_INVALID, "%s is \"%s\": it has device %u twice",
                                  o->settings.visible_source, list, index);
        if (status != TN_OK) {
            free(order);
            return status;
        }
        order[count++] = index;
        at += length;
        at = *at ? at + 1 : NULL;
    }
    for (uint32_t i = 0; list && i < o->found_count; i++) {
        bool shown = false;
        for (uint32_t k = 0; k < count; k++)
            shown |= order[k] == i;
        if (!shown)
            tn__explain_line(&o->runtime->lines, o->found[i].info.driver, o->found[i].info.name, false, "%s is \"%s\"",
                             o->settings.visible_source, list);
    }
    *out = order;
    *out_count = count;
    return TN_OK;
}
