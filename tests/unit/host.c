/* SPDX-License-Identifier: Apache-2.0 */
/* The small runtime behind host.h. */
#include "tests/unit/host.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Thread_local char host_message[1024], host_name[64];
_Thread_local int64_t host_code;
char host_explained[8192];
unsigned host_allocations;

/* As ck_assert, but it may also be passed before Check is at work. */
#define NEEDS(condition) ((condition) ? (void)0 : ck_abort_msg("the driver breaks a rule: %s", #condition))

static void *host_alloc(size_t bytes)
{
    __atomic_add_fetch(&host_allocations, 1, __ATOMIC_RELAXED);
    return calloc(1, bytes);
}

static void host_free(void *pointer)
{
    if (pointer)
        __atomic_sub_fetch(&host_allocations, 1, __ATOMIC_RELAXED);
    free(pointer);
}

static tn_status host_error(tn_status status, const tn_vendor_error *vendor, const char *file, int line,
                            const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(host_message, sizeof host_message, format, list);
    va_end(list);
    NEEDS(file && line > 0 && status != TN_OK);
    host_code = vendor ? vendor->code : 0;
    snprintf(host_name, sizeof host_name, "%s", vendor && vendor->name ? vendor->name : "");
    return status;
}

static void host_log(tn_log_level level, const char *format, ...)
{
    (void)level, (void)format;
}

static void host_explain(const char *driver, const char *subject, bool used, const char *format, ...)
{
    char line[1024];
    va_list list;
    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    NEEDS(driver && subject);
    size_t have = strlen(host_explained);
    snprintf(host_explained + have, sizeof host_explained - have, "%s: %s %s: %s\n", driver, subject,
             used ? "used" : "not used", line);
}

const tn_host test_host = { .size = sizeof test_host,
                            .abi = TN_DRIVER_ABI,
                            .alloc = host_alloc,
                            .free = host_free,
                            .error = host_error,
                            .log_line = host_log,
                            .explain = host_explain };

const tn_driver *host_load(const char *path)
{
    const tn_driver *driver = NULL;
    static void *handle; /* stays open, as in the runtime: vendors' threads live in it */
    handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    tn_driver_query_fn *query = NULL;
    if (handle)
        *(void **)&query = dlsym(handle, TN_DRIVER_QUERY);
    if (!query) {
        snprintf(host_message, sizeof host_message, "%s", dlerror());
        return NULL;
    }
    if (query(&test_host, (TN_DRIVER_ABI_MAJOR + 1) << 16, &driver) != TN_VERSION || driver) {
        snprintf(host_message, sizeof host_message, "%s takes another major of the ABI", path);
        return NULL;
    }
    return query(&test_host, TN_DRIVER_ABI, &driver) == TN_OK ? driver : NULL;
}

const char *host_build(void)
{
    return getenv("TENON_BUILD") ? getenv("TENON_BUILD") : "build";
}
