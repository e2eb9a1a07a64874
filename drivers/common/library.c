/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding, opening and binding a vendor's library. Libraries are opened by absolute path wherever one can be found, always
 * RTLD_LOCAL: other vendors ship libraries of the same soname, and a process may export the same names itself.
 */
#include "drivers/common/library.h"

#include "bundle/elf_file.h"

#include <dlfcn.h>
#include <link.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Multiarch, lib64 and lib directories of the distributions that the vendors support. */
static const char *const system_directories[] = {
#if defined(__aarch64__)
    "/usr/lib/aarch64-linux-gnu", "/lib/aarch64-linux-gnu",
#else
    "/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu",
#endif
    "/usr/lib64", "/lib64", "/usr/lib", "/usr/local/lib64", "/usr/local/lib",
};

typedef struct search {
    const tn_host *host;
    const char *driver;
    const tn_library_spec *spec;
    tn_library *out;
    bool refuse_stand_in;    /* `tenon run` puts simulators in front under the vendors' names: not to be listed twice */
} search;

static tn_status opened(const search *s)
{
    s->host->explain(s->driver, s->out->path, true, "opened as %s%s", s->spec->name,
                     s->out->simulated ? ", a simulator" : "");
    return TN_OK;
}

/* Under the lock: the loader's own lock is not one that the thread sanitizer knows, and what is read here it wrote. */
static bool try_open_locked(search *s, const char *path)
{
    int flags = RTLD_NOW | RTLD_LOCAL;
#ifdef RTLD_DEEPBIND
    if (s->spec->quirks & TN_LIBRARY_DEEP_BIND)
        flags |= RTLD_DEEPBIND;
#endif
    char whole[160];
    if (strchr(path, '/') && !tn_elf_file_whole(path, whole, sizeof whole)) {
        s->host->explain(s->driver, path, false, "%s", whole);
        return false;
    }
    void *handle = dlopen(path, flags);
    if (!handle) {
        const char *why = dlerror();
        size_t length = strlen(path);
        if (why && !strncmp(why, path, length) && why[length] == ':') /* the line names it already */
            why += length + strspn(why + length, ": ");
        s->host->explain(s->driver, path, false, "%s", why ? why : "cannot be opened");
        return false;
    }
    if (s->refuse_stand_in && dlsym(handle, "tenon_sim_marker")) {
        s->host->explain(s->driver, path, false, "is a simulator, and those that were asked for come by their own name");
        dlclose(handle);
        return false;
    }
    struct link_map *map = NULL;
    const char *real = path;
    if (dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0 && map && map->l_name && map->l_name[0])
        real = map->l_name;
    s->out->handle = handle;
    s->out->spec = s->spec;
    s->out->simulated = dlsym(handle, "tenon_sim_marker") != NULL;
    snprintf(s->out->path, sizeof s->out->path, "%s", real);
    return true;
}

static bool try_open(search *s, const char *path)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    bool good = try_open_locked(s, path);
    pthread_mutex_unlock(&lock);
    return good;
}

/* The file DIR/SONAME when it can be read. `length` bytes of `directory` count. */
static bool try_directory(search *s, const char *directory, size_t length, const char *soname)
{
    char path[PATH_MAX];
    if (length == 0 || directory[0] != '/')
        return false;
    int n = snprintf(path, sizeof path, "%.*s/%s", (int)length, directory, soname);
    if (n < 0 || (size_t)n >= sizeof path || access(path, R_OK) != 0)
        return false;
    return try_open(s, path);
}

static bool try_soname(search *s, const char *soname)
{
    for (size_t i = 0; i < sizeof s->spec->directories / sizeof *s->spec->directories && s->spec->directories[i]; i++)
        if (try_directory(s, s->spec->directories[i], strlen(s->spec->directories[i]), soname))
            return true;
    const char *list = getenv("LD_LIBRARY_PATH");
    while (list && *list) {
        size_t length = strcspn(list, ":");
        if (try_directory(s, list, length, soname))
            return true;
        list += length + (list[length] == ':');
    }
    for (size_t i = 0; i < sizeof system_directories / sizeof *system_directories; i++)
        if (try_directory(s, system_directories[i], strlen(system_directories[i]), soname))
            return true;
    return try_open(s, soname);     /* last, what the loader's cache knows */
}

/* The value of "name=" in "name=/path:other=/path"; NULL when it is not there. */
static const char *override_for(const char *list, const char *name, size_t *out_length)
{
    size_t name_length = strlen(name);
    while (list && *list) {
        size_t length = strcspn(list, ":");
        if (length > name_length && !strncmp(list, name, name_length) && list[name_length] == '=') {
            *out_length = length - name_length - 1;
            return list + name_length + 1;
        }
        list += length + (list[length] == ':');
    }
    return NULL;
}

tn_status tn_library_open(const tn_host *host, const char *driver, const tn_library_spec *spec,
                          const tn_driver_options *options, tn_library *out)
{
    search s = { host, driver, spec, out, options->simulate && options->simulate[0] };
    memset(out, 0, sizeof *out);
    size_t length = 0;
    const char *forced = override_for(options->library_override, spec->name, &length);
    if (forced) {
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%.*s", (int)length, forced);
        if (path[0] != '/')
            return TN_FAIL(host, TN_INVALID, "library override for %s: \"%s\" is not an absolute path", spec->name, path);
        return try_open(&s, path) ? opened(&s)
            : TN_FAIL(host, TN_BAD_DRIVER, "library override for %s: %s cannot be used; see tenon info --explain", spec->name, path);
    }
    if (options->flags & TN_OPEN_NO_HARDWARE) {
        host->explain(driver, spec->name, false, "hardware was not asked for");
        return TN_NO_DRIVER;
    }
    for (size_t i = 0; i < TN_LIBRARY_PATHS && spec->paths[i]; i++) {
        const char *path = spec->paths[i];
        if (path[0] != '/') {
            if (try_soname(&s, path))
                return opened(&s);
        } else if (access(path, R_OK) != 0) {
            host->explain(driver, path, false, "is not there");
        } else if (try_open(&s, path)) {
            return opened(&s);
        }
    }
    return TN_NO_DRIVER;
}

const char *tn_library_message(const tn_library *library)
{
    const char *(*message)(void) = NULL;
    if (library->simulated)
        *(void **)&message = dlsym(library->handle, "tenon_sim_message");
    return message ? message() : "no reason given";
}

tn_status tn_library_open_stand_in(const tn_host *host, const char *driver, const tn_library_spec *spec,
                                   const tn_driver_options *options, tn_library *out)
{
    memset(out, 0, sizeof *out);
    if (!spec->stand_in || !options->simulate || !options->simulate[0])
        return TN_NO_DRIVER;
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", options->library_dir ? options->library_dir : ".", spec->stand_in);
    if (access(path, R_OK) != 0) {
        host->explain(driver, path, false, "is not there");
        return TN_FAIL(host, TN_BAD_DRIVER, "the simulator %s is not there; install Tenon whole, or unset TENON_SIM", path);
    }
    search s = { host, driver, spec, out, false };
    if (!try_open(&s, path))
        return TN_FAIL(host, TN_BAD_DRIVER, "the simulator %s cannot be opened; see tenon info --explain", path);
    int (*configure)(const char *) = NULL;
    *(void **)&configure = dlsym(out->handle, "tenon_sim_configure");
    if (!out->simulated || !configure)
        return TN_FAIL(host, TN_BAD_DRIVER, "%s is no simulator of Tenon's: tenon_sim_marker or tenon_sim_configure is missing", path);
    int taken = configure(options->simulate);
    if (taken == -1) {
        host->explain(driver, out->path, false, "simulates none of \"%s\"", options->simulate);
        return TN_NO_DRIVER;
    }
    if (taken != 0)
        return TN_FAIL(host, TN_INVALID, "%s does not take \"%s\": %s", spec->stand_in, options->simulate,
                       tn_library_message(out));
    *(void **)&out->release = dlsym(out->handle, "tenon_sim_release");
    return opened(&s);
}

void tn_library_release(tn_library *library)
{
    if (library->release)
        library->release();
    library->release = NULL;
}

/* Tries the names of one symbol in turn. */
static void *find_symbol(const tn_library *library, const char *names)
{
    const char *prefix = library->spec->prefix ? library->spec->prefix : "";
    while (*names) {
        size_t length = strcspn(names, "|");
        char name[128];
        size_t n = 0;
        for (size_t i = 0; i < length && n + strlen(prefix) + 1 < sizeof name; i++) {
            if (names[i] == '@') {
                memcpy(name + n, prefix, strlen(prefix));
                n += strlen(prefix);
            } else {
                name[n++] = names[i];
            }
        }
        name[n] = '\0';
        void *address = dlsym(library->handle, name);
        if (address)
            return address;
        names += length + (names[length] == '|');
    }
    return NULL;
}

tn_status tn_library_bind(const tn_host *host, const char *driver, const tn_library *library, const tn_symbol *symbols,
                          size_t count, void *table)
{
    char missing[256] = "";
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        void *address = find_symbol(library, symbols[i].names);
        memcpy((char *)table + symbols[i].offset, &address, sizeof address);
        if (address || !symbols[i].required)
            continue;
        int n = snprintf(missing + used, sizeof missing - used, "%s%s", used ? ", " : "", symbols[i].names);
        if (n > 0 && used + (size_t)n < sizeof missing)
            used += (size_t)n;
    }
    if (!missing[0])
        return TN_OK;
    host->explain(driver, library->path, false, "lacks %s", missing);
    return TN_FAIL(host, TN_BAD_DRIVER, "%s lacks symbols that driver %s needs: %s (names that differ by '|' are alternatives)",
                   library->path, driver, missing);
}
