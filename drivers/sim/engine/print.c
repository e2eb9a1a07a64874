/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device printf: formats a kernel's arguments into the runner's buffer and hands the text to the sink. The format is
 * taken apart here and each conversion given to snprintf by itself with an argument of the type that it names, so that
 * no format can read what is not there. A chunk of blocks is handed on in one piece.
 */
#include <stdio.h>
#include <string.h>

#include "drivers/sim/engine/internal.h"

static pthread_mutex_t sink_lock = PTHREAD_MUTEX_INITIALIZER;
static void (*sink)(void *, const char *, size_t);
static void *sink_context;

void sil_set_print(void (*fn)(void *context, const char *text, size_t bytes), void *context)
{
    pthread_mutex_lock(&sink_lock);
    sink = fn;
    sink_context = context;
    pthread_mutex_unlock(&sink_lock);
}

void sil__print_flush(sil__runner *runner)
{
    if (!runner->print_used)
        return;
    int level = atomic_load_explicit(&runner->in_service, memory_order_relaxed);
    atomic_store_explicit(&runner->in_service, 2, memory_order_relaxed);
    sil__rights_close();
    pthread_mutex_lock(&sink_lock);
    if (sink) {
        sink(sink_context, runner->print, runner->print_used);
    } else {
        fwrite(runner->print, 1, runner->print_used, stdout);
        fflush(stdout);
    }
    pthread_mutex_unlock(&sink_lock);
    sil__rights_open();
    runner->print_used = 0;
    atomic_store_explicit(&runner->in_service, level, memory_order_relaxed);
}

static void put(sil__runner *runner, const char *text, size_t bytes)
{
    while (bytes) {
        size_t room = SIL__PRINT_BYTES - runner->print_used, part = bytes < room ? bytes : room;
        memcpy(runner->print + runner->print_used, text, part);
        runner->print_used += (uint32_t)part;
        text += part;
        bytes -= part;
        if (runner->print_used == SIL__PRINT_BYTES)
            sil__print_flush(runner);
    }
}

/* One conversion, taken apart. */
typedef struct conversion {
    char flags[6];
    int width, precision; /* -1: not given */
    char length[3];
    char kind;
} conversion;

typedef struct arguments {
    const uint64_t *slots;
    uint32_t count, next;
} arguments;

static uint64_t take(arguments *args)
{
    return args->next < args->count ? args->slots[args->next++] : 0;
}

static int number(const char **at, arguments *args)
{
    int value = 0;
    if (**at == '*') {
        (*at)++;
        return (int)take(args);
    }
    while (**at >= '0' && **at <= '9' && value < 4096)
        value = value * 10 + (*(*at)++ - '0');
    return value;
}

/* Parses behind the '%'; false when this is no conversion. */
static bool parse(const char **at, conversion *out, arguments *args)
{
    const char *p = *at;
    size_t flags = 0, length = 0;
    memset(out, 0, sizeof *out);
    out->width = out->precision = -1;
    while (*p && strchr("-+ #0", *p)) {
        if (flags < sizeof out->flags - 1 && !strchr(out->flags, *p))
            out->flags[flags++] = *p;
        p++;
    }
    if (*p == '*' || (*p >= '1' && *p <= '9'))
        out->width = number(&p, args);
    if (out->width < -1) {
        out->width = -out->width;
        if (!strchr(out->flags, '-') && flags < sizeof out->flags - 1)
            out->flags[flags++] = '-';
    }
    if (*p == '.') {
        p++;
        out->precision = number(&p, args);
    }
    while (*p && strchr("hljztL", *p)) {
        if (length < 2)
            out->length[length++] = *p;
        p++;
    }
    out->kind = *p;
    if (!out->kind || !strchr("diouxXcspfFeEgGaA", out->kind))
        return false;
    if (out->width > 4096)
        out->width = 4096;
    if (out->precision > 1024)
        out->precision = 1024;
    *at = p + 1;
    return true;
}

static uint64_t narrow(uint64_t value, const conversion *c, bool is_signed)
{
    if (!strcmp(c->length, "hh"))
        return is_signed ? (uint64_t)(int64_t)(signed char)value : (unsigned char)value;
    if (!strcmp(c->length, "h"))
        return is_signed ? (uint64_t)(int64_t)(short)value : (unsigned short)value;
    if (c->length[0] == 0)
        return is_signed ? (uint64_t)(int64_t)(int)value : (unsigned)value;
    return value;
}

/* A string of the device, or what its pointer leads to. */
static void put_string(sil__runner *runner, const conversion *c, const char *text)
{
    if (!text)
        text = "(null)";
    size_t limit = c->precision >= 0 ? (size_t)c->precision : 65536, bytes = strnlen(text, limit);
    size_t pad = c->width > 0 && (size_t)c->width > bytes ? (size_t)c->width - bytes : 0;
    bool left = strchr(c->flags, '-') != NULL;
    for (size_t i = 0; !left && i < pad; i++)
        put(runner, " ", 1);
    put(runner, text, bytes);
    for (size_t i = 0; left && i < pad; i++)
        put(runner, " ", 1);
}

static void put_conversion(sil__runner *runner, const conversion *c, arguments *args)
{
    char format[48], text[6000];
    int bytes = 0;
    uint64_t slot = take(args);
    if (c->kind == 's') {
        put_string(runner, c, (const char *)(uintptr_t)slot);
        return;
    }
    int at = snprintf(format, sizeof format, "%%%s", c->flags);
    if (c->width >= 0)
        at += snprintf(format + at, sizeof format - (size_t)at, "%d", c->width);
    if (c->precision >= 0)
        at += snprintf(format + at, sizeof format - (size_t)at, ".%d", c->precision);
    bool whole = strchr("diouxX", c->kind) != NULL;
    snprintf(format + at, sizeof format - (size_t)at, "%s%c", whole ? "ll" : "", c->kind);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    if (whole) {
        bytes = snprintf(text, sizeof text, format, (long long)narrow(slot, c, c->kind == 'd' || c->kind == 'i'));
    } else if (c->kind == 'c') {
        bytes = snprintf(text, sizeof text, format, (int)slot);
    } else if (c->kind == 'p') {
        bytes = snprintf(text, sizeof text, format, (void *)(uintptr_t)slot);
    } else {
        double value;
        memcpy(&value, &slot, sizeof value);
        bytes = snprintf(text, sizeof text, format, value);
    }
#pragma GCC diagnostic pop
    if (bytes > 0)
        put(runner, text, (size_t)bytes < sizeof text ? (size_t)bytes : sizeof text - 1);
}

int32_t sil__print_format(sil__runner *runner, const char *format, const uint64_t *slots, uint32_t slot_count)
{
    arguments args = { slots, slot_count, 0 };
    const char *start = format;
    if (runner->print_used > SIL__PRINT_BYTES / 2)
        sil__print_flush(runner); /* so that one call's text is not parted by that of another block */
    while (*format) {
        if (*format != '%') {
            format++;
            continue;
        }
        put(runner, start, (size_t)(format - start));
        start = format++;
        if (*format == '%') {
            start = format++;
            continue;
        }
        conversion c;
        if (parse(&format, &c, &args)) {
            put_conversion(runner, &c, &args);
            start = format;
        }
    }
    put(runner, start, (size_t)(format - start));
    return (int32_t)slot_count;
}
