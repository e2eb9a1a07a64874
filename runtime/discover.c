/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/discover.c - what the discovery plugin sees of the machine, for tn_explain. Owns nothing. The plugin is
 * loaded when somebody asks, since it needs libpciaccess and libdrm.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "runtime/discover/discover.h"
#include "runtime/open.h"

static void explain_device(struct tn__lines *lines, const tn_discover_device *d)
{
    char subject[128];
    snprintf(subject, sizeof subject, "pci %s%s%s%s%s", d->address, *d->vendor_name ? " " : "", d->vendor_name,
             *d->chip ? " " : "", d->chip);
    tn__explain_line(lines, d->family, subject, d->verdict == TN_DISCOVER_USED, "%s%s%s", d->reason,
                     *d->hint ? " " : "", d->hint);
}

static void explain_report(struct tn__lines *lines, const tn_discover_report *report)
{
    const char *at = (const char *)report->sources;
    for (uint32_t i = 0; i < report->source_count; i++, at += report->source_size) {
        const tn_discover_source *s = (const void *)at;
        tn__explain_line(lines, "", s->name, s->used, "%s", s->note);
    }
    at = (const char *)report->devices;
    for (uint32_t i = 0; i < report->device_count; i++, at += report->device_size)
        explain_device(lines, (const void *)at);
    at = (const char *)report->nodes;
    for (uint32_t i = 0; i < report->node_count; i++, at += report->node_size) {
        const tn_discover_node *n = (const void *)at;
        tn__explain_line(lines, "", n->path, n->readable_writable, "%s", n->note);
    }
}

static void scan(struct tn__runtime *r, const char *path)
{
    tn_discover_scan_fn *scan_machine;
    tn_discover_free_fn *free_report;
    char drivers[512] = "";
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const char *why = library ? NULL : dlerror();
    void *symbols[2] = { library ? dlsym(library, "tn_discover_scan") : NULL,
                         library ? dlsym(library, "tn_discover_free") : NULL };
    if (!symbols[0] || !symbols[1]) {
        if (library)
            dlclose(library);
        tn__explain_line(&r->lines, "", path, false, "the machine's buses were not looked at: %s",
                         why ? why : "this is not the discovery plugin");
        return;
    }
    memcpy(&scan_machine, &symbols[0], sizeof scan_machine);
    memcpy(&free_report, &symbols[1], sizeof free_report);
    for (const struct tn__instance *i = r->instances; i; i = i->next)
        snprintf(drivers + strlen(drivers), sizeof drivers - strlen(drivers), "%s%s", *drivers ? ":" : "",
                 i->plugin->driver->name);
    tn_discover_options options = { .size = sizeof options, .drivers = drivers };
    tn_discover_report *report = NULL;
    tn_status status = scan_machine(&options, &report);
    if (status != TN_OK || !report || report->abi != TN_DISCOVER_ABI) {
        tn__explain_line(&r->lines, "", path, false, "the machine's buses could not be looked at: %s",
                         status != TN_OK ? tn_status_sentence(status) : "the plugin is of another version");
        return;
    }
    explain_report(&r->lines, report);
    free_report(report);
}

void tn__discover(struct tn__runtime *r)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    char path[4096 + 64];
    pthread_mutex_lock(&mutex);
    if (!r->discovered) {
        snprintf(path, sizeof path, "%s/tenon/" TN_DISCOVER_PLUGIN, tn__plugin_library_dir());
        scan(r, path);
        r->discovered = true;
    }
    pthread_mutex_unlock(&mutex);
}
