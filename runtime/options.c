/* SPDX-License-Identifier: Apache-2.0 */
/* runtime/options.c - checks of what callers and the environment hand in: sized structures, lists of simulated
 * devices. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/internal.h"

#define MOST_DEVICES 1024u

/* Every such structure begins with size, flags, next. */
struct sized {
    uint32_t size, flags;
    const void *next;
};

tn_status tn__options_check(enum tn__api api, const char *name, const void *options, size_t bytes)
{
    const struct sized *head = options;
    if (head->size < bytes)
        return TN__FAIL(api, TN_INVALID, "%s.size is %u, this version needs %zu: set it to sizeof(%s)", name,
                        head->size, bytes, name);
    if (head->size > 65536)
        return TN__FAIL(api, TN_INVALID, "%s.size is %u: it was not set", name, head->size);
    for (size_t i = bytes; i < head->size; i++)
        if (((const unsigned char *)options)[i])
            return TN__FAIL(api, TN_INVALID,
                            "%s has %u bytes and uses a member at byte %zu that libtenon %s does not know", name,
                            head->size, i, tn_version_text());
    if (head->next)
        return TN__FAIL(api, TN_INVALID, "%s.next is not NULL; libtenon %s knows no extension of it", name,
                        tn_version_text());
    return TN_OK;
}

static tn_status parse_entry(const char *at, size_t length, const char *text, const char *source, struct tn__entry *out)
{
    const char *colon = memchr(at, ':', length);
    size_t name = colon ? (size_t)(colon - at) : length;
    if (!name)
        return TN__FAIL(TN__open, TN_INVALID,
                        "%s is \"%s\": an entry has no name; write it as \"ascend910b:8,bw1000:2\"", source, text);
    if (name >= sizeof out->name)
        return TN__FAIL(TN__open, TN_INVALID, "%s: a name of %zu letters is too long", source, name);
    for (size_t i = 0; i < name; i++)
        if (!isalnum((unsigned char)at[i]) && !strchr("_-./+", at[i]))
            return TN__FAIL(TN__open, TN_INVALID,
                            "%s is \"%s\": '%c' cannot stand in a name; write it as \"ascend910b:8,bw1000:2\"", source,
                            text, at[i]);
    memcpy(out->name, at, name);
    out->name[name] = 0;
    out->count = 1;
    if (colon) {
        char *end;
        unsigned long count = isdigit((unsigned char)colon[1]) ? strtoul(colon + 1, &end, 10) : 0;
        if (!count || count > MOST_DEVICES || end != at + length)
            return TN__FAIL(TN__open, TN_INVALID, "%s is \"%s\": the number behind \"%s:\" must be 1 to %u", source,
                            text, out->name, MOST_DEVICES);
        out->count = (uint32_t)count;
    }
    return TN_OK;
}

tn_status tn__simulate_parse(const char *text, const char *source, struct tn__entry **out, uint32_t *out_count)
{
    uint32_t count = 0, most = 1;
    *out = NULL;
    *out_count = 0;
    if (!text || !*text)
        return TN_OK;
    for (const char *p = text; *p; p++)
        most += *p == ',';
    struct tn__entry *entries = calloc(most, sizeof *entries);
    if (!entries)
        return TN__FAIL(TN__open, TN_OUT_OF_HOST_MEMORY, "no memory for the list of simulated devices");
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, ",");
        tn_status status = parse_entry(at, length, text, source, &entries[count]);
        if (status != TN_OK) {
            free(entries);
            return status;
        }
        count++;
        at += length;
        if (!*at)
            break;
    }
    *out = entries;
    *out_count = count;
    return TN_OK;
}
