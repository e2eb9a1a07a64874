/* SPDX-License-Identifier: Apache-2.0 */
/* `tenon info`: the devices, as a table or as JSON, and with --explain everything that was looked at to find them. */
#include "tools/tenon/command.h"

#include <argp.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct request {
    tn_options options;
    bool explain, json;
} request;

static const struct argp_option options[] = {
    { "explain", 'e', NULL, 0, "Tell for every PCI device, node, plugin and library what was looked at, and why it is used or not", 0 },
    { "json", 'j', NULL, 0, "Print JSON", 0 },
    { "sim", 's', "DEVICES", 0, "Simulate devices, e.g. ascend910b:8,bw1000 (as TENON_SIM)", 0 },
    { "drivers", 'd', "PATHS", 0, "Further driver plugins, absolute paths separated by ':' (as TENON_DRIVERS)", 0 },
    { "only", 'o', "NAMES", 0, "Load only these drivers, e.g. opencl,cuda", 0 },
    { 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    request *r = state->input;
    switch (key) {
    case 'e': r->explain = true; return 0;
    case 'j': r->json = true; return 0;
    case 's': r->options.simulate = arg; return 0;
    case 'd': r->options.drivers = arg; return 0;
    case 'o': r->options.only = arg; return 0;
    case ARGP_KEY_ARG: argp_error(state, "unexpected argument \"%s\"", arg); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static void uuid_text(const uint8_t uuid[16], char out[37])
{
    size_t n = 0;
    for (unsigned i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            out[n++] = '-';
        n += (size_t)snprintf(out + n, 37 - n, "%02x", uuid[i]);
    }
}

static void pci_text(const tn_device_info *info, char *out, size_t capacity)
{
    out[0] = '\0';
    if (info->flags & TN_DEVICE_HAS_PCI)
        snprintf(out, capacity, "%04x:%02x:%02x.%x", info->pci_domain, info->pci_bus, info->pci_slot, info->pci_function);
}

/* What stands behind a device, in one word that never leaves a simulator unsaid. */
static const char *nature(const tn_device_info *info)
{
    return info->flags & TN_DEVICE_SIMULATED ? "simulated" : info->flags & TN_DEVICE_CPU ? "processor" : "hardware";
}

static void print_device(uint32_t index, const tn_device_info *info)
{
    char pci[24], uuid[37];
    pci_text(info, pci, sizeof pci);
    uuid_text(info->uuid, uuid);
    printf("%-3u %-30s %-9s %-8s %7.1f GiB  %5u units  width %u\n", index, info->name, nature(info), info->driver,
           (double)info->memory_bytes / (double)(1u << 30), info->units, info->width);
    printf("      %s%s%s%slibrary %s%s%s\n", info->vendor, info->vendor[0] ? ", " : "", info->arch, info->arch[0] ? ", " : "",
           info->library[0] ? info->library : "none", info->library_version[0] ? " " : "", info->library_version);
    printf("      uuid %s%s%s\n", uuid, pci[0] ? ", PCI " : "", pci);
}

static json_t *device_json(uint32_t index, const tn_device_info *info)
{
    char pci[24], uuid[37];
    pci_text(info, pci, sizeof pci);
    uuid_text(info->uuid, uuid);
    return json_pack("{s:i s:s s:s s:s s:s s:s s:s s:b s:b s:s s:s? s:i s:i s:i s:I s:I s:I s:i}",
                     "index", (int)index, "name", info->name, "vendor", info->vendor, "arch", info->arch,
                     "driver", info->driver, "library", info->library, "library_version", info->library_version,
                     "simulated", !!(info->flags & TN_DEVICE_SIMULATED), "processor", !!(info->flags & TN_DEVICE_CPU),
                     "uuid", uuid, "pci", pci[0] ? pci : NULL, "units", (int)info->units, "width", (int)info->width,
                     "max_threads", (int)info->max_threads, "memory_bytes", (json_int_t)info->memory_bytes,
                     "local_bytes", (json_int_t)info->local_bytes, "memory_bandwidth", (json_int_t)info->memory_bandwidth,
                     "clock_khz", (int)info->clock_khz);
}

static void explain_text(void *context, const char *driver, const char *subject, bool used, const char *why)
{
    (void)context;
    printf("%-10s %-4s %s: %s\n", driver, used ? "used" : "-", subject, why);
}

static void explain_json(void *context, const char *driver, const char *subject, bool used, const char *why)
{
    json_array_append_new(context, json_pack("{s:s s:s s:b s:s}", "driver", driver, "subject", subject, "used", used, "why", why));
}

static int list(const request *r, tn_runtime runtime)
{
    uint32_t count = 0;
    tn_status status = tn_device_count(runtime, &count);
    json_t *devices = json_array();
    for (uint32_t i = 0; status == TN_OK && i < count; i++) {
        tn_device device;
        tn_device_info info = { .size = sizeof info };
        status = tn_device_get(runtime, i, &device);
        if (status == TN_OK)
            status = tn_device_get_info(device, &info);
        if (status != TN_OK)
            break;
        if (r->json)
            json_array_append_new(devices, device_json(i, &info));
        else
            print_device(i, &info);
    }
    json_t *lines = json_array();
    if (status == TN_OK && r->explain) {
        if (!r->json)
            printf("%s", count ? "\n" : "");
        status = tn_explain(runtime, r->json ? explain_json : explain_text, lines);
    }
    if (status == TN_OK && r->json) {
        json_t *all = json_pack("{s:s s:O}", "version", tn_version_text(), "devices", devices);
        if (r->explain)
            json_object_set(all, "explain", lines);
        json_dumpf(all, stdout, JSON_INDENT(2));
        putchar('\n');
        json_decref(all);
    } else if (status == TN_OK && !count && !r->explain) {
        puts("No device. `tenon info --explain` tells what was looked at; `tenon info --sim=ascend910b` shows a simulated one.");
    }
    json_decref(devices);
    json_decref(lines);
    return status == TN_OK ? 0 : command_fail("info", status);
}

/* A driver that is being written, or a vendor's library, may end the process: then at least it is said where to look. */
static void ended(int number)
{
    static const char text[] = "tenon info: a signal ended this process while devices were looked for: a driver or a vendor's library is "
                               "broken; TENON_LOG=debug shows which was at it, --only=NAMES leaves the others out\n";
    ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
    (void)written;
    raise(number); /* the handler is gone by now, so this is what it would have been */
}

static void watch_for_the_end(void)
{
    static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };
    struct sigaction action = { .sa_handler = ended, .sa_flags = (int)SA_RESETHAND };
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], &action, NULL);
}

int command_info(int argc, char **argv)
{
    request r = { .options = TN_OPTIONS_INIT };
    struct argp argp = { options, parse, NULL, "List the devices that Tenon finds on this machine.", NULL, NULL, NULL };
    argp_err_exit_status = EXIT_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, &r);
    watch_for_the_end();
    tn_runtime runtime;
    tn_status status = tn_open(&r.options, &runtime);
    if (status != TN_OK)
        return command_fail("info", status);
    int code = list(&r, runtime);
    status = tn_close(runtime, 1000000000u);
    return status == TN_OK ? code : command_fail("info: closing", status);
}
