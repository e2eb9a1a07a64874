/* SPDX-License-Identifier: Apache-2.0 */
/*
 * discover.c - the plugin's two functions, and the report that the parts of a scan fill. Owns the report until it is
 * given out. Scans run one at a time, since libpciaccess keeps global state.
 */
#include "runtime/discover/discover.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/discover/scan.h"

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

void text_set(char *out, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(out, size, format, args);
    va_end(args);
}

/* A zeroed row at the end of an array of *count rows with room for *room. */
static void *grow(struct scan *scan, void **rows, uint32_t *count, size_t *room, size_t size)
{
    if (*count == *room) {
        size_t more = *room ? *room * 2 : 32;
        void *moved = reallocarray(*rows, more, size);
        if (!moved) {
            scan->failed = true;
            return NULL;
        }
        *rows = moved;
        *room = more;
    }
    void *row = (char *)*rows + (*count)++ * size;
    memset(row, 0, size);
    return row;
}

tn_discover_device *scan_add_device(struct scan *scan, const char *address)
{
    tn_discover_report *report = scan->report;
    void *rows = report->devices;
    tn_discover_device *device = grow(scan, &rows, &report->device_count, &scan->device_room, sizeof(*device));
    report->devices = rows;
    if (device)
        TEXT(device->address, "%s", address);
    return device;
}

tn_discover_node *scan_add_node(struct scan *scan, const char *path)
{
    tn_discover_report *report = scan->report;
    void *rows = report->nodes;
    tn_discover_node *node = grow(scan, &rows, &report->node_count, &scan->node_room, sizeof(*node));
    report->nodes = rows;
    if (node)
        TEXT(node->path, "%s", path);
    return node;
}

void scan_add_source(struct scan *scan, const char *name, bool used, const char *format, ...)
{
    tn_discover_report *report = scan->report;
    void *rows = report->sources;
    tn_discover_source *source = grow(scan, &rows, &report->source_count, &scan->source_room, sizeof(*source));
    report->sources = rows;
    if (!source)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(source->note, sizeof(source->note), format, args);
    va_end(args);
    TEXT(source->name, "%s", name);
    source->used = used;
}

tn_discover_device *scan_find_device(struct scan *scan, const char *address)
{
    for (uint32_t d = 0; d < scan->report->device_count; d++)
        if (!strcmp(scan->report->devices[d].address, address))
            return &scan->report->devices[d];
    return NULL;
}

void scan_device_node(tn_discover_device *device, const char *path)
{
    for (uint32_t n = 0; n < device->node_count; n++)
        if (!strcmp(device->nodes[n], path))
            return;
    if (device->node_count == TN_DISCOVER_NODES_PER_DEVICE)
        return;
    TEXT(device->nodes[device->node_count], "%s", path);
    device->node_count++;
}

static int by_address(const void *a, const void *b)
{
    const tn_discover_device *left = a, *right = b;
    return strcmp(left->address, right->address);
}

static int by_path(const void *a, const void *b)
{
    const tn_discover_node *left = a, *right = b;
    return strverscmp(left->path, right->path);
}

/* An option, else the environment where that may be trusted, else the usual place. */
static const char *root(struct scan *scan, const char *option, const char *variable, const char *usual)
{
    const char *told = option ? option : secure_getenv(variable);
    if (!told || !*told || !strcmp(told, usual))
        return usual;
    scan->usual_roots = false;
    scan_add_source(scan, variable, true, "%s is read below %s", usual, told);
    return told;
}

static bool options_fit(const tn_discover_options *options)
{
    const unsigned known = TN_DISCOVER_NO_PCIACCESS | TN_DISCOVER_NO_DRM | TN_DISCOVER_ASK_LIBRARIES;
    return !options || (options->size == sizeof(*options) && !(options->flags & ~known));
}

static void run(struct scan *scan, const tn_discover_options *options)
{
    static const tn_discover_options nothing = { .size = sizeof(nothing) };
    if (!options)
        options = &nothing;
    scan->usual_roots = true;
    scan->sysfs = root(scan, options->sysfs_root, "TENON_SYSFS_ROOT", "/sys");
    scan->dev = root(scan, options->dev_root, "TENON_DEV_ROOT", "/dev");
    scan->library_root = options->library_root ? options->library_root : "";
    scan->drivers = options->drivers;
    scan->flags = options->flags;
    scan_pci(scan);
    scan_pciaccess(scan);
    scan_nodes(scan);
    scan_drm(scan);
    if (scan->failed)
        return;
    if (scan->report->device_count)
        qsort(scan->report->devices, scan->report->device_count, sizeof(tn_discover_device), by_address);
    if (scan->report->node_count)
        qsort(scan->report->nodes, scan->report->node_count, sizeof(tn_discover_node), by_path);
    scan_judge(scan);
}

tn_status tn_discover_scan(const tn_discover_options *options, tn_discover_report **out)
{
    if (!out || !options_fit(options))
        return TN_INVALID;
    tn_discover_report *report = calloc(1, sizeof(*report));
    if (!report)
        return TN_OUT_OF_HOST_MEMORY;
    report->size = sizeof(*report);
    report->abi = TN_DISCOVER_ABI;
    report->device_size = sizeof(tn_discover_device);
    report->node_size = sizeof(tn_discover_node);
    report->source_size = sizeof(tn_discover_source);
    struct scan scan = { .report = report };

    pthread_mutex_lock(&one_at_a_time);
    run(&scan, options);
    pthread_mutex_unlock(&one_at_a_time);
    if (scan.failed) {
        tn_discover_free(report);
        return TN_OUT_OF_HOST_MEMORY;
    }
    *out = report;
    return TN_OK;
}

void tn_discover_free(tn_discover_report *report)
{
    if (!report)
        return;
    free(report->devices);
    free(report->nodes);
    free(report->sources);
    free(report);
}
