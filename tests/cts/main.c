/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the conformance suite: each test on each device, in a process of its own with a time limit. Exit codes: 0 all
 * passed or skipped, 1 some failed, 2 wrong usage, 3 there was no device to test.
 */
#include "tests/cts/cts.h"

#include <argp.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_PASS = 0, EXIT_FAIL = 1, EXIT_SKIP = 77, MAX_DEVICES = 64, OUTPUT_BYTES = 4096 };

typedef struct request {
    tn_options options;
    const char *filter, *bundle;
    bool json, list, verbose;
    unsigned timeout_s;
} request;

static const cts_test *const groups[] = { cts_handle_tests, cts_memory_tests, cts_stream_tests, cts_kernel_tests, cts_fault_tests };

static const struct argp_option options[] = {
    { "sim", 's', "DEVICES", 0, "Simulate devices (as TENON_SIM)", 0 },
    { "drivers", 'd', "PATHS", 0, "Further driver plugins (as TENON_DRIVERS)", 0 },
    { "only", 'o', "NAMES", 0, "Load only these drivers", 0 },
    { "filter", 'f', "TEXT", 0, "Run the tests whose name contains TEXT", 0 },
    { "bundle", 'b', "FILE", 0, "The suite's kernels, built for the device (default: beside this program; without it tests with kernels are skipped)", 0 },
    { "json", 'j', NULL, 0, "Print JSON", 0 },
    { "list", 'l', NULL, 0, "List the tests", 0 },
    { "verbose", 'v', NULL, 0, "A line for each test, also those that pass", 0 },
    { "timeout", 't', "SECONDS", 0, "Time limit of a test (default 60)", 0 },
    { 0 },
};

static bool any_test_has(const char *text)
{
    for (size_t g = 0; g < CTS_COUNT(groups); g++)
        for (const cts_test *t = groups[g]; t->name; t++)
            if (strstr(t->name, text))
                return true;
    return false;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    request *r = state->input;
    switch (key) {
    case 's': r->options.simulate = arg; return 0;
    case 'd': r->options.drivers = arg; return 0;
    case 'o': r->options.only = arg; return 0;
    case 'f': r->filter = arg; return 0;
    case 'b': r->bundle = arg; return 0;
    case 'j': r->json = true; return 0;
    case 'l': r->list = true; return 0;
    case 'v': r->verbose = true; return 0;
    case 't':
        r->timeout_s = (unsigned)strtoul(arg, NULL, 10);
        if (!r->timeout_s)
            argp_error(state, "--timeout=%s: seconds, at least 1", arg);
        return 0;
    case ARGP_KEY_ARG: argp_error(state, "unexpected argument \"%s\"", arg); return 0;
    case ARGP_KEY_END:
        if (r->filter && !any_test_has(r->filter))
            argp_error(state, "--filter=%s: no test has that in its name; --list tells the names", r->filter);
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* ------------------------------------------------------------------------------------------------------- */
/* Inside a test's process. */

_Noreturn void cts_fail(const char *file, int line, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    printf("%s:%d: ", file, line);
    vprintf(format, list);
    va_end(list);
    if (tn_error_message()[0])
        printf(" [last failure: %s]", tn_error_message());
    putchar('\n');
    fflush(stdout);
    _exit(EXIT_FAIL);
}

_Noreturn void cts_skip(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vprintf(format, list);
    va_end(list);
    putchar('\n');
    fflush(stdout);
    _exit(EXIT_SKIP);
}

void cts_status(const char *file, int line, const char *call, tn_status got, tn_status expected)
{
    if (got != expected)
        cts_fail(file, line, "%s gave %s, expected %s", call, tn_status_name(got), tn_status_name(expected));
}

void cts_bytes(const char *file, int line, const char *what, const void *got, const void *expected, size_t bytes)
{
    const unsigned char *g = got, *e = expected;
    for (size_t i = 0; i < bytes; i++)
        if (g[i] != e[i])
            cts_fail(file, line, "%s: byte %zu of %zu is 0x%02x, expected 0x%02x", what, i, bytes, g[i], e[i]);
}

void cts_message_has(const char *file, int line, const char *text)
{
    if (!strstr(tn_error_message(), text))
        cts_fail(file, line, "the message of the failure does not name \"%s\"", text);
}

void *cts_host(size_t bytes)
{
    void *memory = malloc(bytes ? bytes : 1);
    if (!memory)
        cts_skip("the host has no %zu bytes left", bytes);
    return memory;
}

void cts_pattern(void *memory, size_t bytes, uint32_t seed)
{
    unsigned char *at = memory;
    uint32_t x = seed * 2654435761u + 1u;
    for (size_t i = 0; i < bytes; i++) {
        x = x * 1664525u + 1013904223u;
        at[i] = (unsigned char)(x >> 24);
    }
}

tn_address cts_alloc(cts *c, uint64_t bytes)
{
    tn_address address = 0;
    CTS_OK(tn_memory_alloc(c->device, bytes, &address));
    CTS_CHECK(address != 0, "an allocation has address 0");
    return address;
}

tn_kernel cts_kernel(cts *c, const char *name)
{
    tn_kernel kernel = { 0 };
    CTS_OK(tn_module_kernel(c->module, name, &kernel));
    return kernel;
}

tn_status cts_launch_1d(tn_stream stream, tn_kernel kernel, uint32_t blocks, uint32_t threads, uint32_t local_bytes,
                        const tn_arg *args, uint32_t arg_count, tn_point *point)
{
    tn_launch launch = tn_launch_shape(cts_dim(blocks, 1, 1), cts_dim(threads, 1, 1), local_bytes);
    return tn_kernel_launch(stream, kernel, &launch, args, arg_count, point);
}

static void run_in_child(const request *r, const cts_test *test, uint32_t index, const void *bundle, size_t bundle_bytes)
{
    cts_watch_crashes();
    cts c = { .options = r->options, .bundle = bundle, .bundle_bytes = bundle_bytes, .info.size = sizeof c.info };
    CTS_OK(tn_open(&r->options, &c.runtime));
    CTS_OK(tn_device_get(c.runtime, index, &c.device));
    CTS_OK(tn_device_get_info(c.device, &c.info));
    if ((test->needs & CTS_ABORT) && !(c.info.flags & TN_DEVICE_ABORT))
        cts_skip("the device cannot abort work");
    if ((test->needs & CTS_FAULTS) && c.info.fault_domain == TN_DOMAIN_PROCESS)
        cts_skip("a failing kernel takes the process on this device");
    CTS_OK(tn_stream_create(c.device, NULL, &c.stream));
    if (test->needs & CTS_KERNELS) {
        if (!bundle)
            cts_skip("the suite's kernels were not found");
        tn_status status = tn_module_load(c.device, bundle, bundle_bytes, NULL, &c.module);
        if (status == TN_NO_IMAGE)
            cts_skip("the suite's kernels were not built for this device: %s", tn_error_message());
        CTS_OK(status);
    }
    test->run(&c);
    if (c.runtime.bits)
        CTS_OK(tn_close(c.runtime, 5000000000u));
    fflush(stdout);
    _exit(EXIT_PASS);
}

/* ------------------------------------------------------------------------------------------------------- */
/* The parent. */

/* Devices are listed in a process of their own: vendors' libraries do not survive a fork. */
static int list_devices(const request *r, tn_device_info *out, uint32_t *out_count)
{
    int ends[2];
    if (pipe(ends) != 0)
        return -1;
    pid_t child = fork();
    if (child == 0) {
        tn_runtime runtime;
        uint32_t count = 0;
        close(ends[0]);
        dup2(STDERR_FILENO, STDOUT_FILENO);
        cts_watch_crashes();
        tn_status status = tn_open(&r->options, &runtime);
        if (status == TN_OK)
            status = tn_device_count(runtime, &count);
        for (uint32_t i = 0; status == TN_OK && i < count && i < MAX_DEVICES; i++) {
            tn_device device;
            tn_device_info info = { .size = sizeof info };
            status = tn_device_get(runtime, i, &device);
            if (status == TN_OK)
                status = tn_device_get_info(device, &info);
            if (write(ends[1], &info, sizeof info) != (ssize_t)sizeof info)
                _exit(1);
        }
        if (status != TN_OK)
            fprintf(stderr, "tenon cts: %s: %s\n", tn_status_name(status), tn_error_message());
        _exit(status == TN_OK ? 0 : 1);
    }
    close(ends[1]);
    *out_count = 0;
    while (*out_count < MAX_DEVICES) {
        size_t got = 0;
        while (got < sizeof *out) {
            ssize_t n = read(ends[0], (char *)&out[*out_count] + got, sizeof *out - got);
            if (n <= 0)
                break;
            got += (size_t)n;
        }
        if (got < sizeof *out)
            break;
        ++*out_count;
    }
    close(ends[0]);
    int status = 1;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status))
        fprintf(stderr, "tenon cts: a driver ended the process that lists the devices by signal %d (%s); leave drivers out with "
                "--only=NAMES\n", WTERMSIG(status), strsignal(WTERMSIG(status)));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u;
}

/* Runs one test; what it printed goes to `text`. Returns EXIT_PASS, EXIT_FAIL or EXIT_SKIP. */
static int run_test(const request *r, const cts_test *test, const char *driver, uint32_t index, const void *bundle,
                    size_t bundle_bytes, char *text)
{
    int ends[2];
    if (pipe(ends) != 0)
        return EXIT_FAIL;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        setpgid(0, 0);
        close(ends[0]);
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        run_in_child(r, test, index, bundle, bundle_bytes);
    }
    close(ends[1]);
    size_t used = 0;
    uint64_t deadline = now_ms() + r->timeout_s * 1000u;
    bool late = false;
    for (;;) {
        uint64_t now = now_ms();
        struct pollfd wait = { ends[0], POLLIN, 0 };
        int ready = now < deadline ? poll(&wait, 1, (int)(deadline - now)) : 0;
        if (ready == 0) {
            late = true;
            kill(-child, SIGKILL);
            kill(child, SIGKILL);
            break;
        }
        char drop[512];
        char *into = used < OUTPUT_BYTES - 1 ? text + used : drop;
        size_t room = used < OUTPUT_BYTES - 1 ? OUTPUT_BYTES - 1 - used : sizeof drop;
        ssize_t n = read(ends[0], into, room);
        if (n <= 0)
            break;
        if (into != drop)
            used += (size_t)n;
    }
    text[used] = '\0';
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    if (late)
        snprintf(text + used, OUTPUT_BYTES - used, "hung: killed after %u s\n", r->timeout_s);
    else if (WIFSIGNALED(status))
        snprintf(text + used, OUTPUT_BYTES - used, "%sdied of signal %d (%s) in driver %s; alone: --only=%s --filter=%s\n",
                 used ? "        " : "", WTERMSIG(status), strsignal(WTERMSIG(status)), driver, driver, test->name);
    if (late || !WIFEXITED(status))
        return EXIT_FAIL;
    return WEXITSTATUS(status) == EXIT_PASS || WEXITSTATUS(status) == EXIT_SKIP ? WEXITSTATUS(status) : EXIT_FAIL;
}

static void *read_bundle(const char *asked, size_t *out_bytes)
{
    char path[PATH_MAX + 64];
    *out_bytes = 0;
    if (asked) {
        snprintf(path, sizeof path, "%s", asked);
    } else {
        char self[PATH_MAX];
        ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
        if (n <= 0)
            return NULL;
        self[n] = '\0';
        for (int up = 0; up < 2; up++)
            if (strrchr(self, '/'))
                *strrchr(self, '/') = '\0';
        snprintf(path, sizeof path, "%s/lib/tenon/kernels/cts.tnb", self);
    }
    FILE *file = fopen(path, "rb");
    struct stat info;
    if (!file || fstat(fileno(file), &info) != 0) {
        fprintf(stderr, "tenon cts: %s: %s%s\n", path, strerror(errno), asked ? "" : "; tests with kernels are skipped");
        if (file)
            fclose(file);
        return NULL;
    }
    void *bytes = malloc((size_t)info.st_size + 1);
    if (bytes)
        *out_bytes = fread(bytes, 1, (size_t)info.st_size, file);
    fclose(file);
    return bytes;
}

typedef struct totals {
    unsigned passed, failed, skipped;
} totals;

static void report(const request *r, const cts_test *test, const tn_device_info *info, int result, const char *text,
                   totals *sum, json_t *results)
{
    static const char *const words[] = { "pass", "FAIL", "skip" };
    unsigned kind = result == EXIT_PASS ? 0 : result == EXIT_SKIP ? 2 : 1;
    *(kind == 0 ? &sum->passed : kind == 2 ? &sum->skipped : &sum->failed) += 1;
    if (r->json)
        json_array_append_new(results, json_pack("{s:s s:s s:s s:b s:s s:s}", "test", test->name, "device", info->name,
            "driver", info->driver, "simulated", !!(info->flags & TN_DEVICE_SIMULATED), "result",
            kind == 0 ? "passed" : kind == 2 ? "skipped" : "failed", "text", text));
    else if (kind == 1 || r->verbose)
        printf("  %s  %-44s %s%s", words[kind], test->name, text, text[0] && text[strlen(text) - 1] == '\n' ? "" : "\n");
}

int main(int argc, char **argv)
{
    static tn_device_info devices[MAX_DEVICES];
    static char text[OUTPUT_BYTES];
    request r = { .options = TN_OPTIONS_INIT, .timeout_s = 60 };
    struct argp argp = { options, parse, NULL, "Run the conformance suite of the Tenon API on every device.\v"
        "Exit codes: 0 no test failed, 1 one did or the suite could not start, 2 wrong usage, 3 there is no device.", NULL, NULL, NULL };
    argp_err_exit_status = 2;
    signal(SIGCHLD, SIG_DFL); /* ignored, it would hide how a test's process ended */
    argp_parse(&argp, argc, argv, 0, NULL, &r);
    if (r.list) {
        for (size_t g = 0; g < CTS_COUNT(groups); g++)
            for (const cts_test *t = groups[g]; t->name; t++)
                printf("%s%s\n", t->name, t->negative ? "  (refusal)" : "");
        return 0;
    }
    uint32_t device_count = 0;
    if (list_devices(&r, devices, &device_count) != 0)
        return EXIT_FAIL;
    if (!device_count) {
        fputs("tenon cts: there is no device; see tenon info --explain\n", stderr);
        return 3;
    }
    size_t bundle_bytes;
    void *bundle = read_bundle(r.bundle, &bundle_bytes);
    if (r.bundle && !bundle)
        return EXIT_FAIL;
    totals sum = { 0 };
    json_t *results = json_array();
    for (uint32_t d = 0; d < device_count; d++) {
        totals before = sum;
        if (!r.json)
            printf("%s, driver %s%s\n", devices[d].name, devices[d].driver,
                   devices[d].flags & TN_DEVICE_SIMULATED ? ", simulated" : "");
        for (size_t g = 0; g < CTS_COUNT(groups); g++) {
            for (const cts_test *t = groups[g]; t->name; t++) {
                if (r.filter && !strstr(t->name, r.filter))
                    continue;
                int result = run_test(&r, t, devices[d].driver, d, bundle, bundle_bytes, text);
                report(&r, t, &devices[d], result, text, &sum, results);
            }
        }
        if (!r.json)
            printf("  %u passed, %u failed, %u skipped\n", sum.passed - before.passed, sum.failed - before.failed,
                   sum.skipped - before.skipped);
    }
    if (r.json) {
        json_t *all = json_pack("{s:s s:i s:i s:i s:O}", "version", tn_version_text(), "passed", (int)sum.passed, "failed",
                                (int)sum.failed, "skipped", (int)sum.skipped, "results", results);
        json_dumpf(all, stdout, JSON_INDENT(2));
        putchar('\n');
        json_decref(all);
    } else {
        printf("%u passed, %u failed, %u skipped\n", sum.passed, sum.failed, sum.skipped);
    }
    json_decref(results);
    free(bundle);
    return sum.failed ? EXIT_FAIL : EXIT_PASS;
}
