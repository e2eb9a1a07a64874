/* SPDX-License-Identifier: Apache-2.0 */
/* The benchmark's options, and its rounds: each kernel is made, checked and measured with all peers in turn. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/kernels/report.h"
#include "tests/bench/measure.h"

static const char usage[] =
    "usage: bench-kernels [OPTION...]\n"
    "Runs each kernel as CUDA C++ on a simulated device, as OpenCL C on PoCL and Intel's runtime where they are, and "
    "as\n"
    "hand-written C, in interleaved rounds; checks every result.\n"
    "\n"
    "  --device=NAME    the simulated device (a100)\n"
    "  --only=NAME,...  these kernels or families\n"
    "  --peers=NAME,... of tenon, pocl, intel, hand (all that are found), and pocl-printed, intel-printed\n"
    "  --printed        also the OpenCL C that tenoncc makes of the CUDA kernels, on the same platforms\n"
    "  --rounds=N       measured rounds, up to 101 (11)\n"
    "  --quick          tiny sizes, to see that everything works\n"
    "  --json[=FILE]    results as JSON, on stdout in place of the table unless a file is named\n"
    "  --html=FILE      a page with bars\n"
    "  --bundles=DIR    where the kernels' bundles are (../../bench/kernels from this program)\n"
    "  --variant=NAME:DIR another column of Tenon, with the bundles of DIR; up to four\n"
    "  --sources=DIR    where the .cl files are (tests/bench/kernels)\n"
    "  --list           the kernels\n"
    "  --help\n"
    "\n"
    "exit codes: 0 all results are right, 1 one is wrong or can't be run, 2 a wrong command line\n";

#define X(name) extern const struct family family_##name;
#include "tests/bench/kernels/families.h"
#undef X

#define X(name) &family_##name,
static const struct family *const families[] = {
#include "tests/bench/kernels/families.h"
};
#undef X
enum { FAMILIES = sizeof families / sizeof *families, SETTLE_US = 2000, WARM_ROUNDS = 2 };

typedef struct options {
    const char *device, *only, *peers, *json, *html, *bundles, *sources;
    const char *variants[MAX_VARIANTS];
    unsigned rounds, variant_count;
    bool quick, list, printed;
} options;

/* ------------------------------------------------------------------------------------------------------- */
/* Options */

static bool in_list(const char *list, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
        if (!strncmp(at, name, length) && (at[length] == ',' || !at[length]))
            return true;
    return false;
}

static bool wanted(const options *o, const struct family *family, const struct kernel *kernel)
{
    return !o->only || in_list(o->only, kernel->name) || in_list(o->only, family->name);
}

static bool value_of(const char *arg, const char *option, const char **out)
{
    size_t length = strlen(option);
    if (strncmp(arg, option, length) || arg[length] != '=')
        return false;
    *out = arg + length + 1;
    return true;
}

static bool parse(options *o, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *rounds = NULL, *variant = NULL;
        if (!strcmp(argv[i], "--quick"))
            o->quick = true;
        else if (!strcmp(argv[i], "--printed"))
            o->printed = true;
        else if (!strcmp(argv[i], "--list"))
            o->list = true;
        else if (!strcmp(argv[i], "--json"))
            o->json = "-";
        else if (value_of(argv[i], "--rounds", &rounds))
            o->rounds = (unsigned)strtoul(rounds, NULL, 10);
        else if (value_of(argv[i], "--variant", &variant) && strchr(variant, ':') && o->variant_count < MAX_VARIANTS)
            o->variants[o->variant_count++] = variant;
        else if (!value_of(argv[i], "--device", &o->device) && !value_of(argv[i], "--only", &o->only) &&
                 !value_of(argv[i], "--peers", &o->peers) && !value_of(argv[i], "--json", &o->json) &&
                 !value_of(argv[i], "--html", &o->html) && !value_of(argv[i], "--bundles", &o->bundles) &&
                 !value_of(argv[i], "--sources", &o->sources)) {
            fprintf(stderr, "bench-kernels: %s is no option (see --help)\n", argv[i]);
            return false;
        }
    }
    if (o->rounds == 0 || o->rounds > MAX_ROUNDS) {
        fprintf(stderr, "bench-kernels: --rounds is 1 to %d\n", MAX_ROUNDS);
        return false;
    }
    return true;
}

static bool bundles_beside_program(char *path, size_t capacity)
{
    ssize_t length = readlink("/proc/self/exe", path, capacity - 32);
    if (length <= 0)
        return false;
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    strcpy(slash ? slash + 1 : path, "../../bench/kernels");
    return true;
}

/* ------------------------------------------------------------------------------------------------------- */
/* One kernel */

static double processor_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static bool run_once(const report *r, peer *who, const problem *p, cell *c, double *cpu, double *wall)
{
    bool done = who->reset(who, p);
    if (!r->quick)
        usleep(SETTLE_US); /* threads of the one before go to sleep, so that their spinning is not counted here */
    double before = processor_ns();
    uint64_t start = measure_now();
    done = done && who->run(who, p);
    *wall = (double)(measure_now() - start);
    *cpu = processor_ns() - before;
    if (!done) {
        c->measured = false;
        memcpy(c->why, who->why, sizeof c->why);
    }
    return done;
}

static void check(peer *who, const problem *p, cell *c)
{
    c->right = true;
    for (unsigned i = 0; i < p->buffers && c->right; i++) {
        if (!is_output(&p->kernel->buffers[i]))
            continue;
        void *got = buffer_alloc(p->bytes[i]);
        const char *differs = who->read(who, p, i, got) ? problem_differs(p, i, got) : who->why;
        if (differs) {
            c->right = false;
            snprintf(c->why, sizeof c->why, "%s", differs);
        }
        free(got);
    }
}

static times times_of(double *values, unsigned count)
{
    qsort(values, count, sizeof *values, measure_compare);
    return (times){ values[count / 2], values[0] };
}

static void measure_row(report *r, struct row *row, peer **peers)
{
    static double cpu[MAX_PEERS][MAX_ROUNDS], wall[MAX_PEERS][MAX_ROUNDS];
    problem p;
    double none_cpu, none_wall;
    problem_make(&p, row->kernel, r->quick);
    row->sizes = (sizes){ p.work.n, p.work.m, p.work.k };
    row->moved_bytes = p.moved_bytes;
    bool opened[MAX_PEERS] = { false };
    for (unsigned i = 0; i < r->peer_count; i++) {
        cell *c = &row->cells[i];
        peers[i]->why[0] = '\0';
        opened[i] = c->measured = peers[i]->open(peers[i], row->family, &p);
        if (!c->measured)
            memcpy(c->why, peers[i]->why, sizeof c->why);
        else if (run_once(r, peers[i], &p, c, &none_cpu, &none_wall))
            check(peers[i], &p, c);
    }
    const unsigned warm = r->quick ? 0 : WARM_ROUNDS;
    for (unsigned round = 0; round < r->rounds + warm; round++)
        for (unsigned i = 0; i < r->peer_count; i++) {
            unsigned at = round < warm ? 0 : round - warm;
            if (row->cells[i].measured && row->cells[i].right)
                run_once(r, peers[i], &p, &row->cells[i], &cpu[i][at], &wall[i][at]);
        }
    for (unsigned i = 0; i < r->peer_count; i++) {
        cell *c = &row->cells[i];
        if (c->measured && c->right) {
            c->cpu = times_of(cpu[i], r->rounds);
            c->wall = times_of(wall[i], r->rounds);
            check(peers[i], &p, c); /* again: what runs often must stay right */
        }
        if (opened[i])
            peers[i]->close(peers[i], &p);
    }
    problem_free(&p);
}

/* ------------------------------------------------------------------------------------------------------- */

static unsigned start_peers(const options *o, peer **peers)
{
    unsigned count = 0;
    if (!(peers[count++] = tenon_start(o->device, "tenon", o->bundles)))
        return 0;
    for (unsigned i = 0; i < o->variant_count; i++) {
        const char *dir = strchr(o->variants[i], ':') + 1;
        if (!(peers[count++] = tenon_start(o->device, strndup(o->variants[i], (size_t)(dir - 1 - o->variants[i])), dir)))
            return 0;
    }
    static const struct {
        const char *name, *platform;
        bool printed;
    } platforms[] = { { "pocl", "Portable Computing Language", false },
                      { "intel", "Intel(R) OpenCL", false },
                      { "pocl-printed", "Portable Computing Language", true },
                      { "intel-printed", "Intel(R) OpenCL", true } };
    for (unsigned i = 0; i < sizeof platforms / sizeof *platforms; i++) {
        if (o->peers ? !in_list(o->peers, platforms[i].name) : platforms[i].printed && !o->printed)
            continue;
        peer *found = opencl_start(platforms[i].platform, platforms[i].name, o->sources,
                                   platforms[i].printed ? o->bundles : NULL);
        if (found)
            peers[count++] = found;
        else
            fprintf(stderr, "bench-kernels: no OpenCL platform \"%s\" here; its column is left out\n",
                    platforms[i].platform);
    }
    if (!o->peers || in_list(o->peers, "hand"))
        peers[count++] = hand_start();
    return count;
}

static double load_now(void)
{
    double load = 0;
    return getloadavg(&load, 1) == 1 ? load : 0;
}

static void describe_machine(report *r)
{
    char line[256], cpu[80] = "unknown processor";
    FILE *f = fopen("/proc/cpuinfo", "r");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "model name : %79[^\n]", cpu) == 1)
            break;
    if (f)
        fclose(f);
    snprintf(r->machine, sizeof r->machine, "%s, %ld processors", cpu, sysconf(_SC_NPROCESSORS_ONLN));
    time_t now = time(NULL);
    struct tm utc;
    strftime(r->when, sizeof r->when, "%Y-%m-%d %H:%M UTC", gmtime_r(&now, &utc));
    r->load_before = load_now();
}

static unsigned select_rows(const options *o, struct row *rows)
{
    unsigned count = 0;
    for (unsigned i = 0; i < FAMILIES; i++)
        for (unsigned j = 0; j < families[i]->count; j++)
            if (wanted(o, families[i], &families[i]->kernels[j]))
                rows[count++] = (struct row){ .family = families[i], .kernel = &families[i]->kernels[j] };
    return count;
}

static int list_kernels(void)
{
    for (unsigned i = 0; i < FAMILIES; i++)
        for (unsigned j = 0; j < families[i]->count; j++)
            printf("%-10s %-18s %-8s %s\n", families[i]->name, families[i]->kernels[j].name,
                   families[i]->kernels[j].bound == MEMORY ? "memory" : "compute", families[i]->kernels[j].what);
    return 0;
}

static bool all_right(const report *r)
{
    for (unsigned i = 0; i < r->row_count; i++)
        for (unsigned j = 0; j < r->peer_count; j++)
            if (!r->rows[i].cells[j].measured || !r->rows[i].cells[j].right)
                return false;
    return true;
}

int main(int argc, char **argv)
{
    static char beside[4096];
    options o = { .device = "a100", .sources = "tests/bench/kernels", .rounds = 11 };
    for (int i = 1; i < argc; i++)
        if (!strcmp(argv[i], "--help")) {
            fputs(usage, stdout);
            return 0;
        }
    if (!parse(&o, argc, argv))
        return 2;
    if (o.list)
        return list_kernels();
    if (!o.bundles && bundles_beside_program(beside, sizeof beside))
        o.bundles = beside;

    static struct row rows[256];
    static peer *peers[MAX_PEERS];
    report r = { .rows = rows, .variant_count = o.variant_count, .rounds = o.rounds, .quick = o.quick, .device = o.device };
    r.row_count = select_rows(&o, rows);
    if (r.row_count == 0) {
        fprintf(stderr, "bench-kernels: no kernel or family is named %s (see --list)\n", o.only);
        return 2;
    }
    r.peer_count = start_peers(&o, peers);
    if (r.peer_count == 0)
        return 1;
    for (unsigned i = 0; i < r.peer_count; i++)
        r.peers[i] = peers[i];
    describe_machine(&r);
    for (unsigned i = 0; i < r.row_count; i++) {
        if (isatty(STDERR_FILENO))
            fprintf(stderr, "\r%-40s", rows[i].kernel->name);
        measure_row(&r, &rows[i], peers);
    }
    r.load_after = load_now();
    bool written = true;
    if (!o.json || strcmp(o.json, "-"))
        report_table(&r);
    if (o.json)
        written = report_json(&r, o.json) && written;
    if (o.html)
        written = report_html(&r, o.html) && written;
    if (!written)
        fprintf(stderr, "bench-kernels: a report could not be written\n");
    for (unsigned i = 0; i < r.peer_count; i++)
        peers[i]->stop(peers[i]);
    return all_right(&r) && written ? 0 : 1;
}
