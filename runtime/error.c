/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/error.c - the calling thread's error detail. Owns two thread-local records: the caller's, and what a driver
 * reported during the call that is under way. May call libc. Runs on failing paths only.
 */
#include "runtime/error.h"

#include <stdio.h>
#include <string.h>

#include "runtime/handle.h"

struct details {
    bool has, has_pending;
    tn_error error, pending;
};

static _Thread_local struct details details;

static void put_text(char *to, size_t capacity, const char *text)
{
    size_t length = text ? strlen(text) : 0;
    if (length >= capacity)
        length = capacity - 1;
    memcpy(to, text ? text : "", length);
    to[length] = 0;
}

/* The path of a source file without what is machine's own: its last two parts. */
static const char *short_path(const char *file)
{
    const char *cut = file, *last = file;
    for (const char *p = file; *p; p++)
        if (*p == '/') {
            cut = last;
            last = p + 1;
        }
    return cut;
}

static void begin(tn_error *e, tn_status status, const char *file, int line)
{
    e->size = sizeof *e;
    e->status = status;
    e->device = e->stream = e->kernel = 0;
    e->first_value = e->last_value = 0;
    e->vendor_code = 0;
    e->vendor_name[0] = e->vendor_text[0] = e->function[0] = e->message[0] = 0;
    snprintf(e->where, sizeof e->where, "%s:%d", short_path(file), line);
}

tn_status tn__fail(enum tn__api api, tn_status status, const char *file, int line, const char *format, ...)
{
    struct details *d = &details;
    va_list list;
    begin(&d->error, status, file, line);
    put_text(d->error.function, sizeof d->error.function, tn__api_name(api));
    va_start(list, format);
    vsnprintf(d->error.message, sizeof d->error.message, format, list);
    va_end(list);
    d->has = true;
    d->has_pending = false;
    return status;
}

void tn__fail_about(uint64_t device, uint64_t stream, uint64_t kernel)
{
    tn_error *e = &details.error;
    if (device)
        e->device = device;
    if (stream)
        e->stream = stream;
    if (kernel)
        e->kernel = kernel;
}

tn_status tn__fail_driver(enum tn__api api, tn_status status, const char *file, int line, const char *format, ...)
{
    struct details *d = &details;
    char prefix[256];
    va_list list;
    va_start(list, format);
    vsnprintf(prefix, sizeof prefix, format, list);
    va_end(list);
    if (!d->has_pending) {
        begin(&d->pending, status, file, line);
        put_text(d->pending.message, sizeof d->pending.message, tn_status_sentence(status));
    }
    d->error = d->pending;
    d->error.status = status;
    put_text(d->error.function, sizeof d->error.function, tn__api_name(api));
    if (strncmp(d->pending.message, prefix, strlen(prefix)) != 0)   /* else the driver has said it already */
        snprintf(d->error.message, sizeof d->error.message, "%s: %.*s", prefix, (int)(sizeof d->error.message - 260),
                 d->pending.message);
    d->has = true;
    d->has_pending = false;
    return status;
}

tn_status tn__fail_stale(enum tn__api api, int kind, uint64_t bits)
{
    const char *expected = tn__kind_name((enum tn__kind)kind);
    unsigned given = (unsigned)(bits >> 60);
    if (!bits)
        return TN__FAIL(api, TN_BAD_HANDLE,
                        "the %s handle is zero: no %s was made, or the call that should make it failed", expected,
                        expected);
    if (tn__is_forked())
        return TN__FAIL(api, TN_FORKED,
                        "the %s was made before this process was forked off; only the parent can use it. "
                        "Open the runtime after fork, or exec another program",
                        expected);
    if (given != (unsigned)kind && given > TN__NO_KIND && given < TN__KINDS)
        return TN__FAIL(api, TN_BAD_HANDLE, "handle %#llx is that of a %s; a %s is needed", (unsigned long long)bits,
                        tn__kind_name((enum tn__kind)given), expected);
    if (given != (unsigned)kind)
        return TN__FAIL(api, TN_BAD_HANDLE, "%#llx is no handle; a %s is needed", (unsigned long long)bits, expected);
    return TN__FAIL(api, TN_BAD_HANDLE,
                    "the %s handle %#llx is stale or was never given out: the %s, its device or its "
                    "runtime was destroyed",
                    expected, (unsigned long long)bits, expected);
}

tn_status tn__fail_again(enum tn__api api, const tn_error *detail)
{
    struct details *d = &details;
    d->error = *detail;
    d->error.size = sizeof d->error;
    if (!d->error.function[0])
        put_text(d->error.function, sizeof d->error.function, tn__api_name(api));
    d->has = true;
    d->has_pending = false;
    return detail->status;
}

bool tn__pending_take(tn_error *out)
{
    struct details *d = &details;
    bool had = d->has_pending;
    if (had)
        *out = d->pending;
    d->has_pending = false;
    return had;
}

void tn__pending_clear(void)
{
    details.has_pending = false;
}

tn_status tn__host_error(tn_status status, const tn_vendor_error *vendor, const char *file, int line,
                         const char *format, ...)
{
    struct details *d = &details;
    va_list list;
    begin(&d->pending, status, file ? file : "driver", line);
    va_start(list, format);
    vsnprintf(d->pending.message, sizeof d->pending.message, format, list);
    va_end(list);
    if (vendor) {
        d->pending.vendor_code = vendor->code;
        put_text(d->pending.vendor_name, sizeof d->pending.vendor_name, vendor->name);
        put_text(d->pending.vendor_text, sizeof d->pending.vendor_text, vendor->text);
    }
    d->has_pending = true;
    return status;
}

TN_API bool tn_error_take(tn_error *out)
{
    struct details *d = &details;
    uint32_t size = out ? out->size : 0;
    if (size < offsetof(tn_error, status) + sizeof out->status)
        return false;
    if (!d->has) {
        out->status = TN_OK;
        return false;
    }
    memcpy(out, &d->error, size < sizeof *out ? size : sizeof *out);
    out->size = size < sizeof *out ? size : (uint32_t)sizeof *out;
    d->has = false;
    return true;
}

TN_API const char *tn_error_message(void)
{
    return details.has ? details.error.message : "";
}
