/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `tenon run --sim=DEVICES -- PROGRAM`: the program finds the vendors' libraries by their own names, and gets the
 * simulators. Only the environment of the program changes: a private directory for each family in front of
 * LD_LIBRARY_PATH, and TENON_SIM.
 */
#include "tools/tenon/command.h"

#include <argp.h>
#include <errno.h>
#include <ini.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct request {
    const char *simulate;
    bool print;
    char **program;
} request;

static const struct argp_option options[] = {
    { "sim", 's', "DEVICES", 0, "What to simulate, e.g. a100 or ascend910b:8,bw1000", 0 },
    { "print-environment", 'p', NULL, 0, "Print the variables as shell assignments instead of running a program", 0 },
    { 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    request *r = state->input;
    switch (key) {
    case 's': r->simulate = arg; return 0;
    case 'p': r->print = true; return 0;
    case ARGP_KEY_ARGS: r->program = state->argv + state->next; return 0;
    case ARGP_KEY_END:
        if (!r->simulate || !r->simulate[0])
            argp_error(state, "--sim=DEVICES is needed");
        if (!r->program && !r->print)
            argp_error(state, "a program is needed: tenon run --sim=DEVICES -- PROGRAM ARGUMENTS");
        (void)arg;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static int on_key(void *user, const char *section, const char *name, const char *value)
{
    (void)section;
    if (!strcmp(name, "family"))
        snprintf(user, 32, "%s", value);
    return 1;
}

/* The family of profile `name`: "cuda", "musa", "hip", "ascend". */
static bool family_of(const char *prefix, const char *name, char out[32])
{
    char path[2 * PATH_MAX];
    const char *directory = getenv("TENON_SIM_PROFILES");
    out[0] = '\0';
    if (strchr(name, '/'))
        snprintf(path, sizeof path, "%s", name);
    else if (directory && directory[0])
        snprintf(path, sizeof path, "%s/%s.ini", directory, name);
    if (strchr(name, '/') || (directory && directory[0])) {
        if (ini_parse(path, on_key, out) == 0 && out[0])
            return true;
    }
    snprintf(path, sizeof path, "%s/share/tenon/profiles/%s.ini", prefix, name);
    if (ini_parse(path, on_key, out) == 0 && out[0])
        return true;
    fprintf(stderr, "tenon run: there is no simulated chip \"%s\" (looked for %s); `ls %s/share/tenon/profiles` lists them\n", name,
            path, prefix);
    return false;
}

/* What a stand-in takes as a number of devices. It is asked here too, since few programs tell their library's reason. */
static bool is_count(const char *text, size_t length)
{
    unsigned long count = length <= 3 && strspn(text, "0123456789") >= length ? strtoul(text, NULL, 10) : 0;
    return length && count >= 1 && count <= 64;
}

/* Collects the private directory of each family once, in the order of the request, into `out` as a search path. */
static bool collect_directories(const char *prefix, const char *simulate, char *out, size_t capacity)
{
    size_t used = 0;
    for (const char *entry = simulate; *entry;) {
        size_t length = strcspn(entry, ",");
        char name[256], family[32], directory[PATH_MAX + 64];
        size_t name_length = strcspn(entry, ",:");
        if (name_length == 0 || name_length >= sizeof name) {
            fprintf(stderr, "tenon run: --sim=%s: an entry is NAME or NAME:COUNT, separated by commas\n", simulate);
            return false;
        }
        if (name_length < length && !is_count(entry + name_length + 1, length - name_length - 1)) {
            fprintf(stderr, "tenon run: --sim=%s: the count of an entry is a number from 1 to 64\n", simulate);
            return false;
        }
        memcpy(name, entry, name_length);
        name[name_length] = '\0';
        if (!family_of(prefix, name, family))
            return false;
        int n = snprintf(directory, sizeof directory, "%s/lib/tenon/sim/%s", prefix, family);
        if (n < 0 || (size_t)n >= sizeof directory || access(directory, X_OK) != 0) {
            fprintf(stderr, "tenon run: %s is not there; build or install Tenon whole\n", directory);
            return false;
        }
        char *seen = strstr(out, directory);
        if (!seen || (seen[n] != ':' && seen[n] != '\0')) {
            if (used + (size_t)n + 2 > capacity)
                return false;
            used += (size_t)snprintf(out + used, capacity - used, "%s%s", used ? ":" : "", directory);
        }
        entry += length + (entry[length] == ',');
    }
    return used > 0;
}

/* A variable as a shell assigns it, whatever it holds. */
static void print_assignment(const char *name, const char *value)
{
    printf("%s='", name);
    for (; *value; value++)
        fputs(*value == '\'' ? "'\\''" : (char[]){ *value, '\0' }, stdout);
    puts("'");
}

int command_run(int argc, char **argv)
{
    request r = { 0 };
    struct argp argp = { options, parse, "-- PROGRAM [ARGUMENT...]",
        "Run a program that opens vendors' libraries by name (libcuda.so.1, libascendcl.so, libgalaxyhip.so.5 ...) against "
        "Tenon's simulators of them.\vThe devices are simulated: results are real, speed and limits are those of a model.\n"
        "The exit code is the program's; 127 or 126 if there is no such program or it can't be started.", NULL, NULL, NULL };
    argp_err_exit_status = EXIT_USAGE;
    argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &r);
    char prefix[PATH_MAX], directories[4 * PATH_MAX] = "";
    if (!command_prefix(prefix, sizeof prefix)) {
        fputs("tenon run: cannot tell where this program lies (/proc is not mounted?)\n", stderr);
        return EXIT_FAILED;
    }
    if (!collect_directories(prefix, r.simulate, directories, sizeof directories))
        return EXIT_FAILED;
    const char *old = getenv("LD_LIBRARY_PATH");
    size_t length = strlen(directories), room = sizeof directories - length;
    if (old && old[0] && (size_t)snprintf(directories + length, room, ":%s", old) >= room) {
        fputs("tenon run: LD_LIBRARY_PATH is too long\n", stderr);
        return EXIT_FAILED;
    }
    if (r.print) {
        print_assignment("LD_LIBRARY_PATH", directories);
        print_assignment("TENON_SIM", r.simulate);
        puts("export LD_LIBRARY_PATH TENON_SIM");
        return 0;
    }
    if (setenv("LD_LIBRARY_PATH", directories, 1) != 0 || setenv("TENON_SIM", r.simulate, 1) != 0) {
        fprintf(stderr, "tenon run: setting the environment: %s\n", strerror(errno));
        return EXIT_FAILED;
    }
    execvp(r.program[0], r.program);
    int error = errno;
    fprintf(stderr, "tenon run: %s: %s\n", r.program[0], strerror(error));
    return error == ENOENT ? 127 : 126;
}
