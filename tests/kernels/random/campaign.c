/* SPDX-License-Identifier: Apache-2.0 */
/*
 * campaign.c - random kernels by the million: each seed's kernel is compiled in one of the ways that there are (warps of 32 or 64, the
 * vectoriser off, by its rule, or wherever it can, AVX-512 or AVX2, with LLVM's optimiser or without), which one being drawn for a
 * batch of seeds, run in several shapes of block, and compared with the interpreter of interpret.h. tenoncc's parts are linked in; a
 * child process takes a batch, so that what crashes or never ends is found too. A range can be left and taken up again.
 *
 * usage: campaign --resources=LIB --maker=SCRIPT --state=DIR [--batch=N] FIRST..LAST
 *        campaign --resources=LIB --check=FILE.cu [--way=N] SEED       one kernel k<SEED> as batch N has it, or both widths and all
 *                                                                      of the vectoriser's ways, not optimised
 */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "tools/tenoncc/tenoncc.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/kernels/harness.h"
#include "tests/kernels/random/interpret.h"

enum { WORDS = 768 * 3 + 4 + 768 * 2, BLOCKS = 2, SHAPES = 3, BATCH_LIMIT = 900, MOST_FOUND = 8 };
enum { AGREES = 0, DIFFERS = 1, WRONG = 2, BROKEN = 3 };

static const char *resources, *maker, *state, *check_file;
static unsigned batch = 256;
static volatile sig_atomic_t leaving;

/* ---- how a batch is compiled ---- */
static const struct {
    const char *name;
    enum tncc_vector vector;
} modes[] = { { "off", TNCC_VECTOR_OFF }, { "all", TNCC_VECTOR_ALL }, { "auto", TNCC_VECTOR_AUTO } };
enum { MODES = 3, OFF = 1, ALL = 2, AUTO = 4 };

struct way {
    unsigned long number;   /* it was drawn by */
    unsigned modes, widths; /* of the vectoriser, a bit each; of warps */
    const char *cpu;
    const uint32_t *block; /* the image is for this shape alone; NULL: for any, and several are run */
    enum tncc_after after;
};

/* Rows that are a multiple of the vectors, or are not; one lane; several dimensions; up to 256 threads. */
static const uint32_t shapes[][3] = { { 64, 1, 1 }, { 40, 1, 1 },  { 8, 4, 2 },   { 33, 3, 1 },
                                      { 1, 1, 1 },  { 128, 1, 1 }, { 16, 16, 1 }, { 32, 1, 1 },
                                      { 17, 2, 3 }, { 100, 1, 1 }, { 3, 40, 1 },  { 96, 2, 1 },
                                      { 1, 70, 1 }, { 31, 1, 1 },  { 5, 5, 5 },   { 65, 1, 1 } };
enum { SHAPE_COUNT = sizeof shapes / sizeof *shapes };

static bool has_avx2(void)
{
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    return false;
#endif
}

static struct way draw_way(unsigned long number)
{
    static const unsigned drawn[] = { AUTO, ALL, AUTO, ALL, AUTO, ALL, AUTO, OFF };
    uint64_t hash = XXH3_64bits(&number, sizeof number);
    const unsigned after = (hash >> 24) % 64; /* the whole of LLVM's optimiser takes fifteen times as long */
    return (struct way){ .number = number,
                         .modes = drawn[hash % 8],
                         .widths = hash >> 8 & 1 ? 32 : 64,
                         .cpu = (hash >> 16) % 6 || !has_avx2() ? "native" : "x86-64-v3",
                         .block = !after || (hash >> 32) % 4 == 0 ? NULL : shapes[(hash >> 40) % SHAPE_COUNT],
                         .after = !after ? TNCC_AFTER_ALL : after < 16 ? TNCC_AFTER_CLEAN : TNCC_AFTER_LEAST };
}

static const char *way_text(const struct way *w)
{
    const char *mode = w->modes == OFF ? "off" : w->modes == ALL ? "all" : "auto";
    const char *shape =
        w->block ? tncc_format("blocks of %ux%ux%u", w->block[0], w->block[1], w->block[2]) : "any blocks";
    static const char *const after[] = { "optimised", "cleaned", "not optimised" };
    return tncc_format("vector=%s, width %u, %s, %s, %s", mode, w->widths, w->cpu, shape, after[w->after]);
}

/* ---- one batch, in a child ---- */
static kt_module *compile(const struct tncc_options *o, LLVMModuleRef module, unsigned width, unsigned run_width)
{
    struct tncc_unit unit = { .module = LLVMCloneModule(module), .width = width };
    struct tncc_image image = { .width = width, .features = "" };
    void *bundle;
    size_t bytes;
    tncc_find_kernels(&unit);
    bool good =
        tncc_sim_image(o, &unit, &image) && !tncc_errors && tncc_bundle_bytes(&image, 1, false, &bundle, &bytes);
    LLVMDisposeModule(unit.module);
    if (!good)
        exit(BROKEN);
    return kt_open_memory(bundle, bytes, run_width);
}

struct subject {
    unsigned long seed;
    unsigned width;
    const char *cpu;
    ir_program *oracle;
    kt_module *images[MODES]; /* NULL: not in this batch */
};

static const uint32_t *input(void)
{
    static uint32_t in[256];
    for (uint32_t i = 0; i < 256; i++)
        in[i] = i * 2654435761u >> 7;
    return in;
}

/* How many images differ from the oracle in one shape of block. */
static unsigned compare(const struct subject *s, const uint32_t shape[3], bool *skipped)
{
    static uint32_t got[WORDS], want[WORDS];
    const uint32_t n = 5 + shape[0], *in = input();
    const char *name = tncc_format("k%lu", s->seed);
    unsigned differ = 0;
    memset(want, 0, sizeof want);
    uint64_t values[] = { (uintptr_t)in, (uintptr_t)want, n };
    ir_launch launch = { { BLOCKS, 1, 1 }, { shape[0], shape[1], shape[2] }, s->width, values };
    const char *why = ir_run(s->oracle, name, &launch);
    if (why) {
        fprintf(stderr, "seed %lu skipped: %s\n", s->seed, why);
        *skipped = true;
        return 0;
    }
    for (unsigned m = 0; m < MODES; m++) {
        struct {
            const uint32_t *in;
            uint32_t *out;
            uint32_t n;
        } args = { in, got, n };
        kt_launch l = { { BLOCKS, 1, 1 }, { shape[0], shape[1], shape[2] }, 0, 0, 0 };
        unsigned i = 0;
        if (!s->images[m])
            continue;
        memset(got, 0, sizeof got);
        int trap = kt_run(s->images[m], name, l, &args, sizeof args);
        if (!trap && !kt_failures && !memcmp(got, want, sizeof got))
            continue;
        kt_failures = 0;
        while (i < WORDS - 1 && got[i] == want[i])
            i++;
        printf("seed %lu: vector=%s, width %u, %s, block %ux%ux%u: word %u gave %u, wanted %u%s\n", s->seed,
               modes[m].name, s->width, s->cpu, shape[0], shape[1], shape[2], i, got[i], want[i],
               trap ? ", and trapped" : "");
        differ++;
    }
    return differ;
}

static unsigned run_seed(const struct subject *s, const uint32_t *only)
{
    uint64_t hash = XXH3_64bits(&s->seed, sizeof s->seed);
    unsigned differ = 0;
    bool skip = false;
    for (unsigned k = 0; k < (only ? 1 : SHAPES) && !skip; k++)
        differ += compare(s, only ? only : shapes[(hash + k * (1 + (hash >> 32) % 5)) % SHAPE_COUNT], &skip);
    return differ;
}

/* The kernels of a file; the width of the warps makes a difference where they use them. */
static unsigned run_source(struct tncc_options *o, const struct way *way, const char *source, unsigned long first,
                           unsigned long count)
{
    LLVMContextRef context = LLVMContextCreate();
    unsigned differ = 0;
    o->inputs = (struct tncc_list){ 0 };
    tncc_push(&o->inputs, (void *)(uintptr_t)source);
    for (unsigned width = 32; width <= 64; width += 32) {
        if (!(way->widths & width))
            continue;
        LLVMModuleRef module = tncc_front(o, context, width, false);
        if (!module)
            exit(BROKEN);
        bool warps = tncc_uses_warps(module);
        struct subject s = { .width = width, .cpu = o->cpu, .oracle = ir_open(module) };
        for (unsigned m = 0; m < MODES; m++) {
            o->vector = modes[m].vector;
            if (way->modes >> m & 1)
                s.images[m] = compile(o, module, warps ? width : 0, width);
        }
        for (s.seed = first; s.seed < first + count; s.seed++)
            if (LLVMGetNamedFunction(module, tncc_format("k%lu", s.seed)))
                differ += run_seed(&s, way->block);
        for (unsigned m = 0; m < MODES; m++)
            if (s.images[m])
                kt_close(s.images[m]);
        ir_close(s.oracle);
        if (!warps)
            break;
    }
    return differ;
}

/* Exits; the temporary files are removed then. Differences go to standard output. */
_Noreturn static void run_batch(const char *const *sources, unsigned long first, unsigned long count,
                                const struct way *way)
{
    struct tncc_options o = { .cpu = way->cpu,
                              .standard = "c++17",
                              .want_sim = true,
                              .out = "campaign.tnb",
                              .optimise = 3,
                              .resources = resources };
    unsigned differ = 0;
    alarm(BATCH_LIMIT);
    o.after = way->after;
    if (way->block)
        memcpy(o.block, way->block, sizeof o.block);
    tncc_push(&o.front_args, (void *)(uintptr_t) "-w");
    for (; *sources; sources++) {
        size_t bytes;
        const char *text = tncc_read_file(*sources, &bytes);
        if (text && strstr(text, "__global__ void k"))
            differ += run_source(&o, way, *sources, first, count);
    }
    fflush(stdout);
    exit(differ ? DIFFERS : AGREES);
}

/* ---- the parent ---- */
static const char *in_state(const char *format, unsigned long number)
{
    char name[200];
    /* cppcheck-suppress wrongPrintfScanfArgNum ; names without a number take none */
    snprintf(name, sizeof name, format, number);
    return tncc_format("%s/%s", state, name);
}

/* Writes the kernels of some seeds, with a program. */
static const char *const *make_sources(unsigned long first, unsigned long count)
{
    static const char *paths[3];
    const char *const argv[] = { "python3",           maker, tncc_format("%lu", first), tncc_format("%lu", count),
                                 in_state("work", 0), NULL };
    if (tncc_run(argv, false) && !leaving)
        tncc_fatal("%s fails", maker);
    paths[0] = in_state("work/plain.cu", 0);
    paths[1] = in_state("work/warps.cu", 0);
    return paths;
}

/* A child's end: its exit status, or BROKEN when it crashed or was stopped. `report` gets what it prints. */
static int run_child(const char *const *sources, unsigned long first, unsigned long count, const struct way *way,
                     const char *report)
{
    int status;
    fflush(NULL);
    pid_t pid = fork();
    if (pid < 0)
        tncc_fatal("fork: %s", strerror(errno));
    if (!pid) {
        signal(SIGINT, SIG_DFL); /* what asks the parent to leave ends a batch at once */
        signal(SIGTERM, SIG_DFL);
        setenv("TMPDIR", in_state("work", 0), 1);
        if (!freopen(report, "a", stdout) || dup2(fileno(stdout), 2) < 0)
            _exit(BROKEN);
        run_batch(sources, first, count, way);
    }
    while (waitpid(pid, &status, 0) < 0)
        if (leaving)
            kill(pid, SIGTERM);
    if (WIFSIGNALED(status) && !leaving) {
        FILE *f = fopen(report, "a");
        if (f) {
            fprintf(f, "seeds %lu..%lu: the process ended by signal %d (%s)\n", first, first + count - 1,
                    WTERMSIG(status), WTERMSIG(status) == SIGALRM ? "it takes too long" : "it crashed");
            fclose(f);
        }
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : BROKEN;
}

static void copy_file(const char *from, const char *to)
{
    size_t bytes;
    void *data = tncc_read_file(from, &bytes);
    if (data)
        tncc_write_file(to, data, bytes);
}

/* What a seed of a batch that went wrong does by itself; keeps its kernel, and a smaller one that does the same. */
static bool keep_difference(unsigned long seed, const struct way *way)
{
    const char *const *sources = make_sources(seed, 1), *report = in_state("work/report", 0);
    size_t bytes;
    const char *plain = tncc_read_file(sources[0], &bytes),
               *source = plain && strstr(plain, "__global__") ? sources[0] : sources[1];
    unlink(report);
    int status = run_child(sources, seed, 1, way, report);
    if (leaving || (status != DIFFERS && status != BROKEN))
        return false;
    mkdir(in_state("seed-%lu", seed), 0777);
    copy_file(source, in_state("seed-%lu/kernel.cu", seed));
    copy_file(report, in_state("seed-%lu/report.txt", seed));
    const char *slash = strrchr(maker, '/');
    const char *script = tncc_format("%.*s/campaign_reduce.py", (int)(slash - maker), maker);
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    self[n > 0 ? n : 0] = 0;
    const char *const argv[] = { "python3",
                                 script,
                                 self,
                                 resources,
                                 in_state("seed-%lu/kernel.cu", seed),
                                 in_state("seed-%lu/small.cu", seed),
                                 tncc_format("%lu", seed),
                                 tncc_format("--way=%lu", way->number),
                                 NULL };
    tncc_run(argv, false);
    fprintf(stderr, "\ncampaign: seed %lu: see %s\n", seed, in_state("seed-%lu", seed));
    return true;
}

struct range {
    unsigned long first, last, next, differences, skipped;
    double seconds, shown;
    char build[20];
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* The state says how far the range has come; the log which build took which seeds, and lines of what it skipped. */
static void save(const struct range *r, unsigned long from, const struct way *way, double seconds, const char *skipped)
{
    const char *path = tncc_format("%s/%lu..%lu.state", state, r->first, r->last);
    const char *text = tncc_format("next %lu\ndifferences %lu\nskipped %lu\nseconds %.0f\n", r->next, r->differences,
                                   r->skipped, r->seconds);
    if (!tncc_write_file(path, text, strlen(text)))
        exit(BROKEN);
    FILE *log = fopen(in_state("log", 0), "a");
    if (!log)
        exit(BROKEN);
    fprintf(log, "%lu..%lu build %s, %s, %.1f s, differences so far %lu\n%s", from, r->next - 1, r->build,
            way_text(way), seconds, r->differences, skipped);
    fclose(log);
}

static void load(struct range *r)
{
    FILE *f = fopen(tncc_format("%s/%lu..%lu.state", state, r->first, r->last), "r");
    r->next = r->first;
    if (!f)
        return;
    if (fscanf(f, "next %lu\ndifferences %lu\nskipped %lu\nseconds %lf", &r->next, &r->differences, &r->skipped,
               &r->seconds) != 4)
        r->next = r->first;
    fclose(f);
}

static void show(struct range *r, double rate, bool last)
{
    bool terminal = isatty(1);
    if (!last && !terminal && now() - r->shown < 60)
        return;
    r->shown = now();
    printf("%sseeds %lu..%lu of ..%lu, %.1f a second, %lu differ, %lu skipped%s", terminal ? "\r" : "", r->first,
           r->next - 1, r->last, rate, r->differences, r->skipped, terminal && !last ? "" : "\n");
    fflush(stdout);
}

static void name_build(struct range *r)
{
    XXH64_hash_t hash = 0;
    const char *const files[] = { "/proc/self/exe", tncc_format("%s/device/tenon.bc", resources) };
    for (int k = 0; k < 2; k++) {
        size_t bytes;
        void *data = tncc_read_file(files[k], &bytes);
        hash = data ? XXH3_64bits_withSeed(data, bytes, hash) : hash;
    }
    snprintf(r->build, sizeof r->build, "%016llx", (unsigned long long)hash);
}

/* The lines of seeds that the interpreter could not run. */
static const char *skipped_lines(const char *report, unsigned long *count)
{
    size_t bytes;
    const char *lines = "";
    char *text = tncc_read_file(report, &bytes), *rest;
    for (char *line = text ? strtok_r(text, "\n", &rest) : NULL; line; line = strtok_r(NULL, "\n", &rest))
        if (strstr(line, " skipped: ")) {
            lines = tncc_format("%s%s\n", lines, line);
            ++*count;
        }
    return lines;
}

static int run_range(struct range *r)
{
    mkdir(state, 0777);
    mkdir(in_state("work", 0), 0777);
    name_build(r);
    load(r);
    if (r->next > r->first)
        printf("campaign: going on at seed %lu\n", r->next);
    for (unsigned long number = r->next / batch; r->next <= r->last && !leaving; number++) {
        unsigned long from = r->next, end = (number + 1) * batch - 1, found = 0;
        unsigned long count = (end < r->last ? end : r->last) - from + 1;
        const struct way way = draw_way(number);
        double began = now();
        const char *const *sources = make_sources(from, count), *report = in_state("work/report", 0);
        unlink(report);
        int status = run_child(sources, from, count, &way, report);
        if (leaving)
            break;
        if (status != AGREES) {
            copy_file(report, in_state("batch-%lu.txt", from));
            for (unsigned long seed = from; seed < from + count && !leaving && found < MOST_FOUND; seed++)
                found += keep_difference(seed, &way);
            if (leaving)
                break;
            if (!found)
                fprintf(stderr, "\ncampaign: seeds %lu..%lu went wrong together but not alone: %s\n", from,
                        from + count - 1, in_state("batch-%lu.txt", from));
            r->differences += found ? found : 1;
        }
        if (found == MOST_FOUND) {
            fprintf(stderr, "campaign: too much goes wrong in seeds %lu..%lu\n", from, from + count - 1);
            r->differences += found;
            break;
        }
        const char *skipped = skipped_lines(report, &r->skipped);
        r->next += count;
        r->seconds += now() - began;
        save(r, from, &way, now() - began, skipped);
        show(r, (double)count / (now() - began), false);
    }
    show(r, r->seconds > 0 ? (double)(r->next - r->first) / r->seconds : 0, true);
    return r->differences ? DIFFERS : AGREES;
}

static void on_signal(int number)
{
    (void)number;
    leaving = 1;
}

static bool parse_range(const char *text, struct range *r)
{
    char *end;
    r->first = strtoul(text, &end, 10);
    if (strncmp(end, "..", 2))
        return false;
    r->last = strtoul(end + 2, &end, 10);
    return !*end && r->first <= r->last;
}

int main(int argc, char **argv)
{
    struct range r = { 0 };
    const char *what = NULL;
    struct way way = { .modes = OFF | ALL | AUTO, .widths = 32 | 64, .cpu = "native", .after = TNCC_AFTER_CLEAN };
    signal(SIGCHLD, SIG_DFL); /* ignored, it would hide how a batch ended */
    for (int i = 1; i < argc; i++) {
        if (tncc_starts(argv[i], "--resources="))
            resources = argv[i] + 12;
        else if (tncc_starts(argv[i], "--maker="))
            maker = argv[i] + 8;
        else if (tncc_starts(argv[i], "--state="))
            state = argv[i] + 8;
        else if (tncc_starts(argv[i], "--check="))
            check_file = argv[i] + 8;
        else if (tncc_starts(argv[i], "--batch="))
            batch = (unsigned)strtoul(argv[i] + 8, NULL, 10);
        else if (tncc_starts(argv[i], "--way="))
            way = draw_way(strtoul(argv[i] + 6, NULL, 10));
        else
            what = argv[i];
    }
    if (what && resources && check_file)
        run_batch((const char *const[]){ check_file, NULL }, strtoul(what, NULL, 10), 1, &way);
    if (!what || !resources || !maker || !state || !batch || !strrchr(maker, '/') || !parse_range(what, &r)) {
        fputs("usage: campaign --resources=LIB --maker=SCRIPT --state=DIR [--batch=N] FIRST..LAST\n"
              "       campaign --resources=LIB --check=FILE.cu [--way=N] SEED\n",
              stderr);
        return WRONG;
    }
    struct sigaction action = { .sa_handler = on_signal };
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    return run_range(&r);
}
