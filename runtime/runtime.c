/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/runtime.c - opening and closing: settings from options and environment, drivers, the list of devices, and
 * the orderly end of everything. Owns runtimes and their instances. May call plugin.c, options.c, device.c and
 * drivers' open and close. Nothing here runs when the library is loaded or the process ends.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "runtime/internal.h"
#include "runtime/open.h"

/* ------------------------------------------------------------------------------------------------------- */
/* Drivers */

static bool in_list(const char *list, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = list; at; at = strchr(at, ','), at = at ? at + 1 : NULL)
        if (!strncmp(at, name, length) && (at[length] == ',' || !at[length]))
            return true;
    return false;
}

static const struct tn__plugin *chosen_by_name(const struct tn__opening *o, const char *name)
{
    for (uint32_t i = 0; i < o->plugin_count; i++)
        if (!strcmp(o->plugins[i]->driver->name, name))
            return o->plugins[i];
    return NULL;
}

/* Takes a usable plugin, unless it is not wanted. */
static tn_status choose(struct tn__opening *o, struct tn__plugin *plugin)
{
    const char *name = plugin->driver->name;
    const struct tn__plugin *other = chosen_by_name(o, name);
    struct tn__lines *lines = &o->runtime->lines;
    if (other == plugin)
        return TN_OK;
    if (other) {
        tn__explain_line(lines, name, plugin->path, false, "%s has the same name and was found first", other->path);
        return TN_OK;
    }
    if (o->settings.only && !in_list(o->settings.only, name)) {
        tn__explain_line(lines, name, plugin->path, false, "options.only is \"%s\"", o->settings.only);
        return TN_OK;
    }
    struct tn__plugin **more = realloc(o->plugins, (o->plugin_count + 1) * sizeof *more);
    if (!more)
        return TN__FAIL(TN__open, TN_OUT_OF_HOST_MEMORY, "no memory for the list of drivers");
    o->plugins = more;
    o->plugins[o->plugin_count++] = plugin;
    tn__explain_line(lines, name, plugin->path, true, "%s %s, driver ABI %u.%u", plugin->driver->description ?
                     plugin->driver->description : "driver", plugin->driver->version ? plugin->driver->version : "",
                     plugin->driver->abi >> 16, plugin->driver->abi & 0xffff);
    return TN_OK;
}

/* Plugins that were asked for by path: one that can't be used is an error. */
static tn_status named_plugins(struct tn__opening *o)
{
    const char *list = o->settings.drivers ? o->settings.drivers : "", *source = o->settings.drivers_source;
    for (const char *at = list; *at;) {
        size_t length = strcspn(at, ":");
        char path[4096];
        if (!length || length >= sizeof path || *at != '/')
            return TN__FAIL(TN__open, TN_INVALID, "%s is \"%s\": it must be a list of absolute paths separated by ':'",
                            source, list);
        memcpy(path, at, length);
        path[length] = 0;
        struct tn__plugin *plugin = tn__plugin_load(path);
        if (!plugin)
            return TN__FAIL(TN__open, TN_OUT_OF_HOST_MEMORY, "no memory for the driver %s", path);
        if (plugin->status != TN_OK)
            return TN__FAIL(TN__open, plugin->status, "%s: %s", source, plugin->why ? plugin->why : path);
        tn_status status = choose(o, plugin);
        if (status != TN_OK)
            return status;
        at += length;
        if (*at == ':' && !*++at)
            return TN__FAIL(TN__open, TN_INVALID, "%s is \"%s\": a path is missing behind the last ':'", source, list);
    }
    return TN_OK;
}

static int is_plugin(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return entry->d_name[0] != '.' && length > 3 && !strcmp(entry->d_name + length - 3, ".so");
}

static tn_status installed_plugins(struct tn__opening *o)
{
    char directory[4096 + 32];
    struct dirent **names = NULL;
    tn_status status = TN_OK;
    snprintf(directory, sizeof directory, "%s/tenon/drivers", tn__plugin_library_dir());
    int count = scandir(directory, &names, is_plugin, alphasort);
    if (count <= 0)
        tn__explain_line(&o->runtime->lines, "", directory, false,
                         count < 0 ? "there is no such directory" : "no drivers are in it");
    for (int i = 0; i < count; i++) {
        char path[sizeof directory + 256];
        snprintf(path, sizeof path, "%s/%s", directory, names[i]->d_name);
        struct tn__plugin *plugin = status == TN_OK ? tn__plugin_load(path) : NULL;
        if (plugin && plugin->status == TN_OK)
            status = choose(o, plugin);
        else if (plugin)
            tn__explain_line(&o->runtime->lines, "", path, false, "%s", plugin->why ? plugin->why : "no memory");
        free(names[i]);
    }
    free(names);
    return status;
}

static tn_status check_only(const struct tn__opening *o)
{
    const char *only = o->settings.only;
    for (const char *at = only; at;) {
        size_t length = strcspn(at, ",");
        char name[64], known[256] = "";
        snprintf(name, sizeof name, "%.*s", (int)length, at);
        if (!length)
            return TN__FAIL(TN__open, TN_INVALID,
                            "options.only is \"%s\": a name is missing; write it as \"opencl,cuda\"", only);
        if (!chosen_by_name(o, name)) {
            for (uint32_t i = 0; i < o->plugin_count; i++)
                snprintf(known + strlen(known), sizeof known - strlen(known), " %s", o->plugins[i]->driver->name);
            return TN__FAIL(TN__open, TN_NO_DRIVER,
                            "options.only asks for the driver \"%s\", and there is no usable one in "
                            "%s/tenon/drivers; those of the list that are there:%s",
                            name, tn__plugin_library_dir(), *known ? known : " none");
        }
        at += length;
        at = *at ? at + 1 : NULL;
    }
    return TN_OK;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Instances */

/* The entries that a driver is to look at: one that is named after a driver is that driver's alone. */
static char *entries_for(const struct tn__opening *o, const struct tn__plugin *plugin)
{
    size_t bytes = 1;
    for (uint32_t i = 0; i < o->entry_count; i++)
        bytes += strlen(o->entries[i].name) + 16;
    char *text = calloc(1, bytes);
    for (uint32_t i = 0; text && i < o->entry_count; i++) {
        const struct tn__plugin *owner = chosen_by_name(o, o->entries[i].name);
        if (!owner || owner == plugin)
            sprintf(text + strlen(text), "%s%s:%u", *text ? "," : "", o->entries[i].name, o->entries[i].count);
    }
    return text;
}

static tn_status open_driver(const struct tn__opening *o, const struct tn__plugin *plugin, const char *simulate,
                             tn_driver_instance **out)
{
    char directory[4096 + 32];
    snprintf(directory, sizeof directory, "%s/tenon/sim", tn__plugin_library_dir());
    tn_driver_options options = {
        .size = sizeof options,
        .flags = o->settings.no_hardware ? TN_OPEN_NO_HARDWARE : 0,
        .simulate = simulate,
        .library_dir = directory,
        .library_override = o->settings.libraries,
    };
    struct tn__lines *before = tn__explain_into(&o->runtime->lines);
    tn__host.log_line(TN_LOG_DEBUG, "the driver %s looks for its devices", plugin->driver->name);
    tn_status status = TN__CALL(plugin->driver->open(&options, out));
    tn__explain_into(before);
    return status;
}

static tn_status add_device(struct tn__opening *o, struct tn__instance *instance, uint32_t index)
{
    const tn_driver *driver = instance->plugin->driver;
    struct tn__found *more = realloc(o->found, (o->found_count + 1) * sizeof *more);
    if (!more)
        return TN__FAIL(TN__open, TN_OUT_OF_HOST_MEMORY, "no memory for the list of devices");
    o->found = more;
    struct tn__found *f = &o->found[o->found_count];
    memset(f, 0, sizeof *f);
    f->instance = instance;
    f->index = index;
    f->info.size = sizeof f->info;
    tn_status status = TN__CALL(driver->device_info(instance->native, index, &f->info));
    if (status != TN_OK) {
        tn_error detail;
        bool told = tn__pending_take(&detail);
        tn__explain_line(&o->runtime->lines, driver->name, "device", false,
                         "device %u of the driver does not say what it is: %s", index,
                         told ? detail.message : tn_status_name(status));
        return TN_OK;
    }
    if (!f->info.driver[0])
        snprintf(f->info.driver, sizeof f->info.driver, "%s", driver->name);
    instance->simulated += !!(f->info.flags & TN_DEVICE_SIMULATED);
    tn__explain_line(&o->runtime->lines, driver->name, f->info.name, true, "device %u%s%s", index,
                     f->info.flags & TN_DEVICE_SIMULATED ? ", simulated" : "",
                     f->info.flags & TN_DEVICE_CPU ? ", a processor" : "");
    o->found_count++;
    return TN_OK;
}

/* What stand-ins say of one bad entry differs by their own name alone, so the reason is told once. */
static void note_trouble(struct tn__opening *o, const char *driver, const char *message)
{
    const char *reason = strstr(message, "\": ");
    if (!reason || !strstr(o->trouble, reason))
        snprintf(o->trouble + strlen(o->trouble), sizeof o->trouble - strlen(o->trouble), " Driver %s: %s.", driver, message);
}

/* Opens one driver; one that can't be opened is left out, and what it said is kept for the check of simulated
 * devices. */
static tn_status add_instance(struct tn__opening *o, struct tn__plugin *plugin)
{
    struct tn__runtime *r = o->runtime;
    char *simulate = entries_for(o, plugin);
    struct tn__instance *instance = calloc(1, sizeof *instance);
    if (!simulate || !instance) {
        free(simulate);
        free(instance);
        return TN__FAIL(TN__open, TN_OUT_OF_HOST_MEMORY, "no memory for the driver %s", plugin->driver->name);
    }
    tn_status status = open_driver(o, plugin, simulate, &instance->native);
    free(simulate);
    if (status != TN_OK) {
        tn_error detail;
        bool told = tn__pending_take(&detail);
        note_trouble(o, plugin->driver->name, told ? detail.message : tn_status_name(status));
        tn__explain_line(&r->lines, plugin->driver->name, plugin->path, false, "it cannot be opened (%s): %s",
                         tn_status_name(status), told ? detail.message : tn_status_sentence(status));
        free(instance);
        return TN_OK;
    }
    instance->plugin = plugin;
    tn__ranges_init(&instance->host);
    tn__ranges_init(&instance->host_device);
    struct tn__instance **end = &r->instances;
    while (*end)
        end = &(*end)->next;
    *end = instance;
    uint32_t count = 0;
    status = TN__CALL(plugin->driver->device_count(instance->native, &count));
    if (status != TN_OK) {
        tn__explain_line(&r->lines, plugin->driver->name, plugin->path, false, "it cannot count its devices: %s",
                         tn_status_sentence(status));
        return TN_OK;
    }
    if (!count)
        tn__explain_line(&r->lines, plugin->driver->name, plugin->path, false, "it has no device here");
    for (uint32_t i = 0; i < count && status == TN_OK; i++)
        status = add_device(o, instance, i);
    return status;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Simulated devices that were asked for must be there. Only the failing way looks closer. */

static uint32_t count_simulated(const struct tn__opening *o, const struct tn__plugin *plugin, const char *simulate)
{
    tn_driver_instance *instance = NULL;
    uint32_t count = 0, simulated = 0;
    if (open_driver(o, plugin, simulate, &instance) != TN_OK)
        return 0;
    if (plugin->driver->device_count(instance, &count) == TN_OK)
        for (uint32_t i = 0; i < count; i++) {
            tn_device_info info = { .size = sizeof info };
            if (plugin->driver->device_info(instance, i, &info) == TN_OK)
                simulated += !!(info.flags & TN_DEVICE_SIMULATED);
        }
    plugin->driver->close(instance);
    return simulated;
}

static void known_profiles(const struct tn__opening *o, char *out, size_t capacity)
{
    char directory[4096 + 64];
    snprintf(directory, sizeof directory, "%s/../share/tenon/profiles", tn__plugin_library_dir());
    struct dirent **names = NULL;
    int count = scandir(directory, &names, NULL, alphasort);
    out[0] = 0;
    for (int i = 0; i < count; i++) {
        char *dot = strrchr(names[i]->d_name, '.');
        if (dot && !strcmp(dot, ".ini"))
            snprintf(out + strlen(out), capacity - strlen(out), "%s%.*s", *out ? ", " : "",
                     (int)(dot - names[i]->d_name), names[i]->d_name);
        free(names[i]);
    }
    free(names);
    if (chosen_by_name(o, "null"))
        snprintf(out + strlen(out), capacity - strlen(out), "%snull", *out ? ", " : "");
}

static tn_status check_simulated(const struct tn__opening *o)
{
    uint32_t asked = 0, there = 0;
    for (uint32_t i = 0; i < o->entry_count; i++)
        asked += o->entries[i].count;
    for (const struct tn__instance *i = o->runtime->instances; i; i = i->next)
        there += i->simulated;
    if (asked == there)
        return TN_OK;
    char known[256], drivers[128] = "";
    known_profiles(o, known, sizeof known);
    for (uint32_t p = 0; p < o->plugin_count; p++)
        snprintf(drivers + strlen(drivers), sizeof drivers - strlen(drivers), " %s", o->plugins[p]->driver->name);
    for (uint32_t e = 0; e < o->entry_count; e++) {
        char text[224];
        uint32_t count = 0;
        snprintf(text, sizeof text, "%s:%u", o->entries[e].name, o->entries[e].count);
        const struct tn__plugin *owner = chosen_by_name(o, o->entries[e].name);
        for (uint32_t p = 0; p < o->plugin_count; p++)
            if (!owner || owner == o->plugins[p])
                count += count_simulated(o, o->plugins[p], text);
        if (count != o->entries[e].count)
            return TN__FAIL(TN__open, TN_INVALID, "%s: \"%s\" gave %u of %u devices.%s Profiles: %s. Drivers:%s.",
                            o->settings.simulate_source, o->entries[e].name, count, o->entries[e].count, o->trouble, known,
                            *drivers ? drivers : " none");
    }
    return TN__FAIL(TN__open, TN_INVALID, "%s asks for %u simulated devices, the drivers%s gave %u.%s",
                    o->settings.simulate_source, asked, drivers, there, o->trouble);
}

/* ------------------------------------------------------------------------------------------------------- */

static tn_status make_devices(struct tn__opening *o, const uint32_t *order, uint32_t count)
{
    struct tn__runtime *r = o->runtime;
    r->devices = calloc(count ? count : 1, sizeof(struct tn__device *));
    if (!r->devices)
        return TN__FAIL(TN__open, TN_OUT_OF_HOST_MEMORY, "no memory for the list of devices");
    for (uint32_t i = 0; i < count; i++) {
        const struct tn__found *f = &o->found[order[i]];
        struct tn__device *d = tn__device_new(r, f->instance, f->index, &f->info);
        if (!d)
            return TN__FAIL(TN__open, TN_OUT_OF_HOST_MEMORY, "no memory for a device");
        r->devices[r->device_count++] = d;
    }
    return TN_OK;
}

static tn_status find_devices(struct tn__opening *o)
{
    tn_status status = named_plugins(o);
    if (status == TN_OK)
        status = installed_plugins(o);
    if (status == TN_OK)
        status = check_only(o);
    for (uint32_t i = 0; i < o->plugin_count && status == TN_OK; i++)
        status = add_instance(o, o->plugins[i]);
    if (status == TN_OK)
        status = check_simulated(o);
    uint32_t *order = NULL, count = 0;
    if (status == TN_OK)
        status = tn__visible_devices(o, &order, &count);
    if (status == TN_OK)
        status = make_devices(o, order, count);
    free(order);
    return status;
}

/* Gives back what a runtime owns besides its devices. */
static void dismantle(struct tn__runtime *r)
{
    bool clean = true;
    while (r->instances) {
        struct tn__instance *instance = r->instances;
        r->instances = instance->next;
        clean &= !instance->abandoned;
        if (instance->abandoned)
            continue;   /* work in flight still uses it */
        instance->plugin->driver->close(instance->native);
        tn__ranges_free(&instance->host);
        tn__ranges_free(&instance->host_device);
        free(instance);
    }
    if (!clean)
        return;   /* calls that never come back may be looking at the rest */
    free(r->devices);
    r->devices = NULL;
    r->device_count = 0;
    tn__faults_free(r);
    for (struct tn__line *line = r->lines.first, *next; line; line = next) {
        next = line->next;
        free(line->driver);
        free(line->subject);
        free(line->why);
        free(line);
    }
    pthread_mutex_destroy(&r->lines.mutex);
    tn__object_recycle(TN__RUNTIME, r);
}

static struct tn__runtime *new_runtime(const struct tn__settings *settings)
{
    struct tn__runtime *r = tn__object_new(TN__RUNTIME);
    if (!r)
        return NULL;
    r->exact = settings->exact;
    r->validate = settings->validate;
    r->instances = NULL;
    r->devices = NULL;
    r->device_count = 0;
    r->discovered = false;
    r->stuck[0] = 0;
    r->faults = NULL;
    r->lines.first = NULL;
    r->lines.end = &r->lines.first;
    pthread_mutex_init(&r->lines.mutex, NULL);
    return r;
}

TN_API tn_status tn_open(const tn_options *options, tn_runtime *out)
{
    struct tn__opening opening = { 0 };
    TN__TAP(TN__open, 0);
    if (!out)
        return TN__FAIL(TN__open, TN_INVALID, "out is NULL");
    if (tn__is_forked())
        return TN__FAIL(TN__open, TN_FORKED,
                        "a runtime was opened before this process was forked off, and vendors' libraries do "
                        "not survive a fork: open after fork only, or exec another program");
    tn_status status = tn__settings_read(options, &opening.settings);
    if (status == TN_OK)
        status = tn__simulate_parse(opening.settings.simulate, opening.settings.simulate_source, &opening.entries,
                                    &opening.entry_count);
    if (status != TN_OK)
        return status;
    if (!tn__fork_watch() || !(opening.runtime = new_runtime(&opening.settings))) {
        free(opening.entries);
        return TN__FAIL(TN__open, TN_OUT_OF_HOST_MEMORY, "no memory for a runtime");
    }
    status = find_devices(&opening);
    free(opening.entries);
    free(opening.plugins);
    free(opening.found);
    if (status != TN_OK) {
        for (uint32_t i = 0; i < opening.runtime->device_count; i++) {
            tn__device_end(opening.runtime->devices[i], 0);
            tn__device_free(opening.runtime->devices[i]);
        }
        dismantle(opening.runtime);
        return status;
    }
    out->bits = tn__object_publish(TN__RUNTIME, opening.runtime);
    for (uint32_t i = 0; i < opening.runtime->device_count; i++)
        tn__device_publish(opening.runtime->devices[i]);
    return TN_OK;
}

TN_API tn_status tn_close(tn_runtime runtime, uint64_t timeout_ns)
{
    TN__TAP(TN__close, runtime.bits);
    struct tn__runtime *r = TN__PEEK(TN__RUNTIME, struct tn__runtime, runtime.bits);
    if (!r || !tn__object_retract(r, runtime.bits))
        return tn__fail_handle(TN__close, TN__RUNTIME, runtime.bits);
    uint64_t deadline = tn__deadline(timeout_ns);
    tn__object_drain(r, UINT64_MAX);   /* calls on the runtime itself are short */
    bool clean = true;
    for (uint32_t i = 0; i < r->device_count; i++)
        tn__device_shut(r->devices[i]);
    for (uint32_t i = 0; i < r->device_count; i++) {
        struct tn__instance *instance = r->devices[i]->instance;
        if (!tn__device_end(r->devices[i], deadline)) {
            instance->abandoned = true;
            clean = false;
        }
    }
    /* Only now: where devices share memory, the end of one looks at the streams of the others. */
    for (uint32_t i = 0; i < r->device_count; i++)
        tn__device_free(r->devices[i]);
    char stuck[sizeof r->stuck];
    memcpy(stuck, r->stuck, sizeof stuck);
    dismantle(r);
    return clean ? TN_OK
                 : TN__FAIL(TN__close, TN_TIMEOUT,
                            "work on a device neither ended within %llu ms nor could be aborted; the "
                            "runtime is closed, and what that work uses stays%s",
                            (unsigned long long)(timeout_ns / 1000000u), stuck);
}

/* ------------------------------------------------------------------------------------------------------- */
/* Explanations */

static char *put(char **at, const char *text)
{
    char *here = *at;
    size_t bytes = strlen(text) + 1;
    memcpy(here, text, bytes);
    *at += bytes;
    return here;
}

/* The lines of now, in one piece of memory: the caller of tn_explain may close the runtime while it looks at them. */
static struct tn__line *copy_lines(struct tn__lines *lines)
{
    size_t count = 0, bytes = 0;
    pthread_mutex_lock(&lines->mutex);
    for (const struct tn__line *l = lines->first; l; l = l->next, count++)
        bytes += strlen(l->driver) + strlen(l->subject) + strlen(l->why) + 3;
    struct tn__line *copy = malloc((count + 1) * sizeof *copy + bytes);
    char *at = copy ? (char *)(copy + count + 1) : NULL;
    size_t i = 0;
    for (const struct tn__line *l = lines->first; copy && l; l = l->next, i++) {
        copy[i].next = &copy[i + 1];
        copy[i].used = l->used;
        copy[i].driver = put(&at, l->driver);
        copy[i].subject = put(&at, l->subject);
        copy[i].why = put(&at, l->why);
    }
    pthread_mutex_unlock(&lines->mutex);
    if (copy)
        copy[i].next = NULL;
    return copy;
}

TN_API tn_status tn_explain(tn_runtime runtime,
                            void (*visit)(void *context, const char *driver, const char *subject, bool used,
                                          const char *why),
                            void *context)
{
    TN__TAP(TN__explain, runtime.bits);
    struct tn__runtime *r = TN__REF(TN__RUNTIME, struct tn__runtime, runtime.bits);
    if (!r)
        return tn__fail_handle(TN__explain, TN__RUNTIME, runtime.bits);
    tn__discover(r);
    struct tn__line *lines = copy_lines(&r->lines);
    tn__unref(&r->object);
    if (!lines)
        return TN__FAIL(TN__explain, TN_OUT_OF_HOST_MEMORY, "no memory for the lines");
    for (const struct tn__line *line = lines; visit && line->next; line = line->next)
        visit(context, line->driver, line->subject, line->used, line->why);
    free(lines);
    return TN_OK;
}
