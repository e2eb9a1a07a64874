/* SPDX-License-Identifier: Apache-2.0 */
/* The small runtime behind host.h. */
#include "tests/unit/ascend/host.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int64_t host_code;
char host_name[64], host_message[512];
unsigned host_allocations;

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
    ck_assert_ptr_nonnull(file);
    ck_assert_int_gt(line, 0);
    ck_assert_int_ne(status, TN_OK);
    host_code = vendor ? vendor->code : 0;
    snprintf(host_name, sizeof host_name, "%s", vendor && vendor->name ? vendor->name : "");
    return status;
}

static void host_log(tn_log_level level, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    fprintf(stderr, "log %d: ", (int)level);
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
    va_end(list);
}

static void host_explain(const char *driver, const char *subject, bool used, const char *format, ...)
{
    ck_assert_str_eq(driver, "ascend");
    ck_assert_ptr_nonnull(subject);
    va_list list;
    va_start(list, format);
    fprintf(stderr, "explain %s: %s: ", subject, used ? "used" : "not used");
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
    va_end(list);
}

const tn_host test_host = { .size = sizeof test_host,
                            .abi = TN_DRIVER_ABI,
                            .alloc = host_alloc,
                            .free = host_free,
                            .error = host_error,
                            .log_line = host_log,
                            .explain = host_explain };

static const char *build(void)
{
    return getenv("TENON_BUILD") ? getenv("TENON_BUILD") : "build";
}

const tn_driver *load_driver(void)
{
    char path[512];
    const tn_driver *driver = NULL;
    tn_driver_query_fn *query;
    snprintf(path, sizeof path, "%s/lib/tenon/drivers/ascend.so", build());
    static void *handle; /* stays open, as in the runtime */
    handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        ck_abort_msg("%s", dlerror());
    *(void **)&query = dlsym(handle, TN_DRIVER_QUERY);
    ck_assert_ptr_nonnull(query);
    ck_assert_int_eq(query(&test_host, (TN_DRIVER_ABI_MAJOR + 1) << 16, &driver), TN_VERSION);
    ck_assert_int_eq(query(&test_host, TN_DRIVER_ABI, &driver), TN_OK);
    return driver;
}

tn_driver_instance *open_simulated(const tn_driver *driver, const char *simulate)
{
    char directory[512];
    tn_driver_instance *instance = NULL;
    snprintf(directory, sizeof directory, "%s/lib/tenon/sim", build());
    tn_driver_options options = { sizeof options, TN_OPEN_NO_HARDWARE, simulate, directory, NULL };
    GOOD(driver->open(&options, &instance));
    return instance;
}
