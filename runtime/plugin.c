/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/plugin.c - loads driver plugins and checks that they keep the driver ABI before anything of them is called.
 * Owns the list of loaded plugins, which stay until the process ends. May call libc and the plugin's tn_driver_query.
 */
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/elf_file.h"
#include "runtime/internal.h"

static struct tn__plugin *plugins;
static pthread_mutex_t plugins_mutex = PTHREAD_MUTEX_INITIALIZER;

static char own_path[4096], own_directory[4096];
static pthread_once_t own_once = PTHREAD_ONCE_INIT;

static void find_own_path(void)
{
    Dl_info info;
    if (!dladdr((void *)&tn__tables, &info) || !info.dli_fname || !realpath(info.dli_fname, own_path))
        own_path[0] = 0;
    memcpy(own_directory, own_path, sizeof own_path);
    char *slash = strrchr(own_directory, '/');
    if (slash)
        *slash = 0;
}

const char *tn__plugin_own_path(void)
{
    pthread_once(&own_once, find_own_path);
    return own_path;
}

const char *tn__plugin_library_dir(void)
{
    pthread_once(&own_once, find_own_path);
    return own_directory;
}

/* ------------------------------------------------------------------------------------------------------- */
/* What a table must have. Functions that a chip may lack (their comments in driver.h say so) are not here. */

static const struct {
    const char *name;
    size_t at;
} needed[] = {
#define NEED(member) { #member, offsetof(tn_driver, member) }
    NEED(open), NEED(close), NEED(device_count), NEED(device_info), NEED(device_open), NEED(device_close),
    NEED(device_memory), NEED(memory_alloc), NEED(memory_free), NEED(host_alloc), NEED(host_free),
    NEED(stream_create), NEED(stream_destroy), NEED(stream_wait), NEED(stream_passed), NEED(stream_fault),
    NEED(submit_launch), NEED(submit_copy), NEED(submit_fill), NEED(submit_wait), NEED(submit_mark),
    NEED(mark_create), NEED(mark_destroy), NEED(mark_elapsed), NEED(image_score), NEED(module_load),
    NEED(module_unload), NEED(module_kernel), NEED(module_variable), NEED(native),
#undef NEED
};

static void refuse(struct tn__plugin *plugin, tn_status status, const char *format, ...) TN_PRINTF(3, 4);

static void refuse(struct tn__plugin *plugin, tn_status status, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    if (vasprintf(&plugin->why, format, list) < 0)
        plugin->why = NULL;
    va_end(list);
    plugin->status = status;
}

static void refuse_version(struct tn__plugin *plugin, uint32_t abi)
{
    refuse(
        plugin, TN_VERSION,
        "the driver %s speaks driver ABI %u.%u, the runtime %s speaks %u.%u; build the driver against this runtime's "
        "tenon/driver.h",
        plugin->path, abi >> 16, abi & 0xffff, tn__plugin_own_path(), TN_DRIVER_ABI_MAJOR, TN_DRIVER_ABI_MINOR);
}

static bool good_name(const char *name)
{
    if (!name || !*name || strlen(name) > 31)
        return false;
    return strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == strlen(name);
}

static void check_table(struct tn__plugin *plugin, const tn_driver *driver)
{
    if (!driver) {
        refuse(plugin, TN_BAD_DRIVER, "%s: " TN_DRIVER_QUERY " answered TN_OK but gave no table", plugin->path);
        return;
    }
    if (driver->abi >> 16 != TN_DRIVER_ABI_MAJOR) {
        refuse_version(plugin, driver->abi);
        return;
    }
    if (driver->size < sizeof(tn_driver)) {
        refuse(plugin, TN_BAD_DRIVER, "%s: its table has %u bytes, driver ABI %u.%u needs %zu", plugin->path,
               driver->size, TN_DRIVER_ABI_MAJOR, TN_DRIVER_ABI_MINOR, sizeof(tn_driver));
        return;
    }
    if (!good_name(driver->name)) {
        refuse(plugin, TN_BAD_DRIVER, "%s: the driver's name must be 1 to 31 letters, digits and '-'", plugin->path);
        return;
    }
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        void (*function)(void);
        memcpy(&function, (const char *)driver + needed[i].at, sizeof function);
        if (!function) {
            refuse(plugin, TN_BAD_DRIVER, "%s: function '%s' of its table is NULL; driver.h says which may be",
                   plugin->path, needed[i].name);
            return;
        }
    }
    plugin->driver = driver;
}

static void open_plugin(struct tn__plugin *plugin)
{
    tn__host.log_line(TN_LOG_DEBUG, "loading the driver %s", plugin->path);
    char whole[160];
    if (!tn_elf_file_whole(plugin->path, whole, sizeof whole)) {
        refuse(plugin, TN_BAD_DRIVER, "%s cannot be loaded: %s", plugin->path, whole);
        return;
    }
    void *library = dlopen(plugin->path, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        const char *why = dlerror();
        refuse(plugin, TN_BAD_DRIVER, "%s cannot be loaded: %s", plugin->path, why ? why : "no reason given");
        return;
    }
    tn_driver_query_fn *query;
    void *symbol = dlsym(library, TN_DRIVER_QUERY);
    if (!symbol) {
        refuse(plugin, TN_BAD_DRIVER, "%s is a shared object, but not a driver: it does not export " TN_DRIVER_QUERY,
               plugin->path);
        dlclose(library);
        return;
    }
    memcpy(&query, &symbol, sizeof query);
    const tn_driver *driver = NULL;
    tn_status status = TN__CALL(query(&tn__host, TN_DRIVER_ABI, &driver));
    tn_error detail;
    bool told = tn__pending_take(&detail);
    if (status == TN_VERSION && driver)
        refuse_version(plugin, driver->abi);
    else if (status == TN_VERSION)
        refuse(plugin, TN_VERSION, "the driver %s refuses driver ABI %u.%u of the runtime %s%s%s", plugin->path,
               TN_DRIVER_ABI_MAJOR, TN_DRIVER_ABI_MINOR, tn__plugin_own_path(), told ? ": " : "",
               told ? detail.message : "");
    else if (status != TN_OK)
        refuse(plugin, TN_BAD_DRIVER, "%s: " TN_DRIVER_QUERY " failed with %s%s%s", plugin->path,
               tn_status_name(status), told ? ": " : "", told ? detail.message : "");
    else
        check_table(plugin, driver);
    /* The library stays: a driver may have registered things with its vendor's library that outlive any dlclose. */
}

/* Finds or makes the entry of a path. Under the mutex. */
static struct tn__plugin *entry_of(const char *path)
{
    struct tn__plugin *plugin = plugins;
    while (plugin && strcmp(plugin->path, path))
        plugin = plugin->next;
    if (plugin || !(plugin = calloc(1, sizeof *plugin)))
        return plugin;
    plugin->path = strdup(path);
    if (!plugin->path) {
        free(plugin);
        return NULL;
    }
    plugin->fresh = true;
    plugin->next = plugins;
    plugins = plugin;
    return plugin;
}

struct tn__plugin *tn__plugin_load(const char *path)
{
    char *real = realpath(path, NULL);
    pthread_mutex_lock(&plugins_mutex);
    struct tn__plugin *plugin = entry_of(real ? real : path);
    if (plugin && plugin->fresh) {
        free(plugin->why);
        plugin->why = NULL;
        plugin->fresh = !real;   /* the file may be there the next time */
        if (real)
            open_plugin(plugin);
        else
            refuse(plugin, TN_BAD_DRIVER, "%s: there is no such file", path);
    }
    pthread_mutex_unlock(&plugins_mutex);
    free(real);
    return plugin;
}
