/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/host.c - what a driver calls up through: allocator, error detail, log, explanations. Owns the log level and
 * says where a thread's explanations go. May call libc and error.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/internal.h"

static _Atomic(int) log_level;
static _Thread_local struct tn__lines *explaining;

static void *host_alloc(size_t bytes)
{
    return calloc(1, bytes ? bytes : 1);
}

static void host_free(void *pointer)
{
    free(pointer);
}

void tn__log_level_set(int level)
{
    atomic_store(&log_level, level);
}

static void host_log(tn_log_level level, const char *format, ...)
{
    static const char *const names[] = { "", "error", "warning", "info", "debug" };
    if ((int)level < 1 || (int)level > 4 || (int)level > atomic_load_explicit(&log_level, memory_order_relaxed))
        return;
    char text[1024];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    fprintf(stderr, "tenon: %s: %s\n", names[level], text);
}

struct tn__lines *tn__explain_into(struct tn__lines *lines)
{
    struct tn__lines *before = explaining;
    explaining = lines;
    return before;
}

static void add_line(struct tn__lines *lines, const char *driver, const char *subject, bool used, const char *why)
{
    struct tn__line *line = calloc(1, sizeof *line);
    host_log(TN_LOG_DEBUG, "%s: %s: %s: %s", driver ? driver : "", subject ? subject : "", used ? "used" : "not used", why);
    if (!line)
        return;
    line->used = used;
    line->driver = strdup(driver ? driver : "");
    line->subject = strdup(subject ? subject : "");
    line->why = strdup(why);
    if (!line->driver || !line->subject || !line->why) {
        free(line->driver);
        free(line->subject);
        free(line->why);
        free(line);
        return;
    }
    pthread_mutex_lock(&lines->mutex);
    *lines->end = line;
    lines->end = &line->next;
    pthread_mutex_unlock(&lines->mutex);
}

void tn__explain_line(struct tn__lines *lines, const char *driver, const char *subject, bool used, const char *format,
                      ...)
{
    char text[1024];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    add_line(lines, driver, subject, used, text);
}

static void host_explain(const char *driver, const char *subject, bool used, const char *format, ...)
{
    if (!explaining)
        return;
    char text[1024];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    add_line(explaining, driver, subject, used, text);
}

const tn_host tn__host = {
    .size = sizeof(tn_host),
    .abi = TN_DRIVER_ABI,
    .alloc = host_alloc,
    .free = host_free,
    .error = tn__host_error,
    .log_line = host_log,
    .explain = host_explain,
};
