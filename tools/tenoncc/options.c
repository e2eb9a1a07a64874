/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options.c - the command line: one table of options, tenoncc's own and nvcc's under nvcc's names, from which parsing, --help and
 * the shells' completions come; response files; what does not go together. Calls libc alone.
 */
#include "tools/tenoncc/tenoncc.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/tenoncc/amdgcn.h"

static const char head[] =
    "usage: tenoncc [--bundle] FILE.cu... -o OUT.tnb     kernels for several targets in one file\n"
    "       tenoncc -c FILE.cu...                         one bundle for each file, FILE.tnb\n"
    "       tenoncc -ptx FILE.cu                          PTX as text, FILE.ptx\n"
    "       tenoncc -fatbin FILE.cu... -o OUT.fatbin      for cuModuleLoadData (simulated CUDA devices)\n"
    "       tenoncc --genco FILE.cu... -o OUT.co          for hipModuleLoadData (simulated HIP devices, or chips)\n"
    "       tenoncc --ascend FILE.cu... -o OUT.o          for aclrtBinaryLoad (simulated Ascend devices)\n"
    "       tenoncc --embed FILE.cu... -o OUT.o --header OUT.h   a bundle that a C program links\n"
    "       tenoncc --dump [--json] FILE.tnb              print what is in a bundle\n"
    "       tenoncc -E | -M | -MM FILE.cu                 preprocess, or print the dependencies\n";
static const char tail[] = "\n"
                           "Files that end in .bc are device bitcode, made by clang with these headers for one warp "
                           "width. @FILE takes options from a file.\n"
                           "nvcc's names of these options are taken too; so are its options for host code, which have "
                           "no effect: device code alone is compiled.\n"
                           "\n"
                           "exit codes: 0 done, 1 an error in the sources or in writing, 2 a wrong command line, 3 the "
                           "compiler itself failed\n";

_Noreturn static void wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn static void wrong(const char *format, ...)
{
    va_list list;
    fputs("tenoncc: error: ", stderr);
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputs(" (see tenoncc --help)\n", stderr);
    exit(2);
}

/* ---- the table ---- */
struct option;
typedef void take(struct tncc_options *o, const struct option *self, const char *value);

struct option {
    const char *name, *other; /* with their dashes; other: a second name or NULL */
    const char *value;        /* what stands for the value in --help; NULL: it has none */
    take *take;
    size_t at;        /* of the flag in struct tncc_options, or a number */
    const char *text; /* for --help; of an option that is refused or does nothing, why */
};

static void take_flag(struct tncc_options *o, const struct option *self, const char *value)
{
    (void)value;
    *(bool *)((char *)o + self->at) = true;
}

static void take_text(struct tncc_options *o, const struct option *self, const char *value)
{
    *(const char **)(void *)((char *)o + self->at) = value;
}

static void take_list(struct tncc_options *o, const struct option *self, const char *value)
{
    tncc_push((struct tncc_list *)(void *)((char *)o + self->at), (void *)(uintptr_t)value);
}

static void take_mode(struct tncc_options *o, const struct option *self, const char *value)
{
    (void)value;
    o->output = (enum tncc_output)self->at;
}

static void take_device_object(struct tncc_options *o, const struct option *self, const char *value)
{
    (void)self, (void)value;
    o->output = TNCC_DEVICE_OBJECT;
    o->per_file = true;
}

/* For clang, under its own name, the value joined. */
static void take_front(struct tncc_options *o, const struct option *self, const char *value)
{
    const char *name = self->other ? self->other : self->name;
    if (strlen(name) > 2 && value) {
        tncc_push(&o->front_args, (void *)(uintptr_t)name);
        name = "";
    }
    tncc_push(&o->front_args, tncc_format("%s%s", name, value ? value : ""));
}

static const char *said; /* the option as it was written */

static void take_refused(struct tncc_options *o, const struct option *self, const char *value)
{
    (void)o, (void)value;
    wrong("%s is not taken: %s", said, self->text);
}

static void take_without_effect(struct tncc_options *o, const struct option *self, const char *value)
{
    const size_t name = strcspn(said, "=");
    tncc_push(&o->notes,
              tncc_format("%.*s%s%s has no effect: %s", (int)name, said, value ? " " : "", value ? value : "",
                          self->take == take_without_effect ? self->text : "no target takes it"));
}

static void take_nothing(struct tncc_options *o, const struct option *self, const char *value)
{
    (void)o, (void)self, (void)value;
}

static unsigned number(const struct option *self, const char *value, unsigned most)
{
    char *end;
    unsigned long n = isdigit((unsigned char)*value) ? strtoul(value, &end, 10) : (end = (char *)(uintptr_t)value, 0);
    if (end == value || *end || n > most)
        wrong("%s %s: it is a number up to %u", self->other ? self->other : self->name, value, most);
    return (unsigned)n;
}

static void take_optimise(struct tncc_options *o, const struct option *self, const char *value)
{
    o->optimise = number(self, value, 3);
}

static void take_width(struct tncc_options *o, const struct option *self, const char *value)
{
    (void)self;
    o->width = (unsigned)atoi(value);
    if (strcmp(value, "1") && strcmp(value, "32") && strcmp(value, "64"))
        wrong("--width=%s: it is 1, 32 or 64", value);
}

static void take_jobs(struct tncc_options *o, const struct option *self, const char *value)
{
    long here = sysconf(_SC_NPROCESSORS_ONLN);
    o->jobs = number(self, value, 1024);
    if (!o->jobs) /* as nvcc's --threads 0 */
        o->jobs = here > 0 ? (unsigned)here : 1;
}

static void add_chip(struct tncc_options *o, const char *name)
{
    if (!tncc_amdgcn_chip(name))
        wrong("unknown chip '%s'; amdgcn's chips are %s", name, tncc_amdgcn_chips());
    for (size_t i = 0; i < o->chips.count; i++)
        if (!strcmp(o->chips.items[i], name))
            return;
    tncc_push(&o->chips, tncc_copy(name, strlen(name)));
}

static void take_targets(struct tncc_options *o, const struct option *self, const char *value)
{
    char *copy = tncc_copy(value, strlen(value)), *save = NULL;
    (void)self;
    o->want_sim = o->want_opencl = o->want_ptx = false;
    o->chips = (struct tncc_list){ 0 };
    for (char *t = strtok_r(copy, ",", &save); t; t = strtok_r(NULL, ",", &save)) {
        if (!strcmp(t, "sim"))
            o->want_sim = true;
        else if (!strcmp(t, "opencl-c"))
            o->want_opencl = true;
        else if (!strcmp(t, "ptx"))
            o->want_ptx = true;
        else if (!strcmp(t, "amdgcn") || tncc_starts(t, "amdgcn:"))
            add_chip(o, t[6] ? t + 7 : "gfx906");
        else
            wrong("unknown target '%s'; targets are sim, opencl-c, ptx, amdgcn:CHIP", t);
    }
    if (!o->want_sim && !o->want_opencl && !o->want_ptx && !o->chips.count)
        wrong("no target in '--target=%s'", value);
}

static void take_vector(struct tncc_options *o, const struct option *self, const char *value)
{
    static const char *const modes[] = { "auto", "off", "all" };
    (void)self;
    for (int k = 0; k < 3; k++)
        if (!strcmp(value, modes[k])) {
            o->vector = (enum tncc_vector)k;
            return;
        }
    wrong("--vector=%s: it is auto, off or all", value);
}

/* sm_80, compute_80, several with commas. */
static const unsigned known_archs[] = { 70, 72, 75, 80, 86, 87, 89, 90 };
_Static_assert(sizeof known_archs / sizeof *known_archs <= TNCC_MOST_ARCHS, "each may be asked for");

static void add_arch(struct tncc_options *o, const char *name, size_t bytes)
{
    const size_t count = sizeof known_archs / sizeof *known_archs;
    const char *digits = name + (tncc_starts(name, "sm_") ? 3 : tncc_starts(name, "compute_") ? 8 : 0);
    const char *whole = tncc_copy(name, bytes);
    if (!strcmp(whole, "native") || !strcmp(whole, "all") || !strcmp(whole, "all-major"))
        return;
    unsigned n = 0;
    const char *end = digits;
    while (end < name + bytes && isdigit((unsigned char)*end))
        n = n * 10 + (unsigned)(*end++ - '0');
    bool suffix = end + 1 == name + bytes && (*end == 'a' || *end == 'f');
    if (digits == name || n > 999 || n < 10 || (end != name + bytes && !suffix))
        wrong("unknown architecture '%s'; it is written sm_80 or compute_80", whole);
    if (n < 70)
        wrong("architecture %s is too old: sm_70 and newer are taken", whole);
    unsigned best = known_archs[0];
    for (size_t k = 0; k < count; k++)
        best = known_archs[k] <= n ? known_archs[k] : best;
    if (best != n || suffix)
        tncc_push(&o->notes, tncc_format("PTX for %s is that for sm_%u, from which its driver compiles", whole, best));
    if (!o->arch || best < o->arch)
        o->arch = best;
    unsigned at = 0;
    while (at < o->arch_count && o->archs[at] != best)
        at++;
    if (at == o->arch_count)
        o->archs[o->arch_count++] = best;
}

static void take_arch(struct tncc_options *o, const struct option *self, const char *value)
{
    (void)self;
    for (const char *p = value; *p; p += strcspn(p, ","), p += *p == ',')
        add_arch(o, p, strcspn(p, ","));
}

/* -gencode arch=compute_80,code=sm_80; also code=[sm_80,compute_80] */
static void take_gencode(struct tncc_options *o, const struct option *self, const char *value)
{
    (void)self;
    if (!tncc_starts(value, "arch=") || !value[5])
        wrong("-gencode %s: it is written arch=compute_80,code=sm_80", value);
    add_arch(o, value + 5, strcspn(value + 5, ","));
}

static void take_debug(struct tncc_options *o, const struct option *self, const char *value)
{
    (void)value;
    o->debug_info = true;
    if (self->at) {
        o->optimise = 0;
        o->trap_division = true;
    }
}

static void take_language(struct tncc_options *o, const struct option *self, const char *value)
{
    (void)o, (void)self;
    if (strcmp(value, "cu") && strcmp(value, "cuda"))
        wrong("-x %s: sources are CUDA C++, -x cu", value);
}

static void take_machine(struct tncc_options *o, const struct option *self, const char *value)
{
    (void)o, (void)self;
    if (strcmp(value, "64"))
        wrong("-m %s: addresses have 64 bits", value);
}

static bool is_true(const struct option *self, const char *value)
{
    if (strcmp(value, "true") && strcmp(value, "false"))
        wrong("%s=%s: it is true or false", self->name, value);
    return *value == 't';
}

/* What is less exact is PTX's alone. */
static void take_ftz(struct tncc_options *o, const struct option *self, const char *value)
{
    o->ftz = is_true(self, value);
}

static void take_prec_div(struct tncc_options *o, const struct option *self, const char *value)
{
    o->fast_div = !is_true(self, value);
}

static void take_prec_sqrt(struct tncc_options *o, const struct option *self, const char *value)
{
    o->fast_sqrt = !is_true(self, value);
}

static void note_exact(struct tncc_options *o)
{
    const char *what = o->ftz ? "-ftz=true" : o->fast_div ? "-prec-div=false" : o->fast_sqrt ? "-prec-sqrt=false" : NULL;
    if (what && !o->fast_math && (!o->want_ptx || o->want_sim || o->want_opencl || o->chips.count))
        tncc_push(&o->notes, tncc_format("%s has no effect on targets but ptx: they keep subnormal numbers, and exact quotients and "
                                         "roots",
                                         what));
}

static void take_fmad(struct tncc_options *o, const struct option *self, const char *value)
{
    tncc_push(&o->front_args, (void *)(uintptr_t)(is_true(self, value) ? "-ffp-contract=fast" : "-ffp-contract=off"));
}

/* nvcc's: fast forms of functions; quotients and roots may be multiplied by reciprocals */
static void take_fast(struct tncc_options *o, const struct option *self, const char *value)
{
    static const char *const flags[] = { "-D__USE_FAST_MATH__=1", "-ffp-contract=fast", "-fapprox-func",
                                         "-freciprocal-math" };
    (void)self, (void)value;
    for (size_t k = 0; k < sizeof flags / sizeof *flags; k++)
        tncc_push(&o->front_args, (void *)(uintptr_t)flags[k]);
    o->fast_math = o->ftz = o->fast_div = o->fast_sqrt = true;
}

static void take_ptxas(struct tncc_options *o, const struct option *self, const char *value)
{
    for (const char *p = value; *p; p += strcspn(p, ", "), p += *p != 0) {
        const char *word = tncc_copy(p, strcspn(p, ", "));
        if (!strcmp(word, "-v") || !strcmp(word, "--verbose"))
            o->resource_usage = true;
        else if (*word)
            take_without_effect(o, self, word);
    }
}

static void take_deps(struct tncc_options *o, const struct option *self, const char *value)
{
    (void)value;
    o->make_deps = true;
    o->own_deps_only = self->at;
}

static void take_quoted_target(struct tncc_options *o, const struct option *self, const char *value)
{
    const char *quoted = "";
    (void)self;
    for (const char *c = value; *c; c++)
        quoted = tncc_format(*c == ' ' || *c == '#' ? "%s\\%c" : *c == '$' ? "%s$%c" : "%s%c", quoted, *c);
    o->dep_target = quoted;
}

static void take_werror(struct tncc_options *o, const struct option *self, const char *value)
{
    (void)self, (void)value;
    o->warnings_are_errors = true;
    tncc_push(&o->front_args, (void *)(uintptr_t) "-Werror");
}

static void take_no_warnings(struct tncc_options *o, const struct option *self, const char *value)
{
    (void)self, (void)value;
    o->quiet = true;
    tncc_push(&o->front_args, (void *)(uintptr_t) "-w");
}

static take take_help, take_version, take_completion, take_file, list_arch;

#define HOST    "device code alone is compiled"
#define AT(m)   offsetof(struct tncc_options, m)
#define FLAG(m) take_flag, AT(m)
#define TEXT(m) take_text, AT(m)

static const struct option options[] = {
    { NULL, NULL, NULL, NULL, 0, "what comes out" },
    { "--output-file", "-o", "FILE", TEXT(out), "output; its ending chooses the form when none is given" },
    { "--output-directory", "-odir", "DIR", TEXT(out_dir), "where outputs without -o go" },
    { "--bundle", NULL, NULL, take_mode, TNCC_BUNDLE, "a bundle (usual)" },
    { "--compile", "-c", NULL, FLAG(per_file), "each file by itself" },
    { "--ptx", "-ptx", NULL, take_mode, TNCC_PTX, "PTX as text, each file by itself" },
    { "--device-c", "-dc", NULL, take_device_object, 0,
      "device code that is not yet linked, each file by itself; an input later" },
    { "--device-link", "-dlink", NULL, take_nothing, 0, "link device objects; without it as well" },
    { "--fatbin", "-fatbin", NULL, take_mode, TNCC_FATBIN, "CUDA's container" },
    { "--genco", NULL, NULL, take_mode, TNCC_GENCO, "HIP's container" },
    { "--ascend", NULL, NULL, take_mode, TNCC_ASCEND, "Ascend's container" },
    { "--embed", NULL, NULL, take_mode, TNCC_EMBED, "an object with the bundle, and a header with typed functions" },
    { "--header", NULL, "FILE", TEXT(header), "with --embed: the header" },
    { "--dump", NULL, NULL, take_mode, TNCC_DUMP, "print what is in a bundle" },
    { "--json", NULL, NULL, FLAG(json), "with --dump or --explain-vector: as JSON" },
    { "--compress", NULL, NULL, FLAG(compress), "compress the images" },
    { "--preprocess", "-E", NULL, take_mode, TNCC_PREPROCESS, "preprocess only, to the output or standard output" },
    { "--generate-dependencies", "-M", NULL, take_mode, TNCC_DEPENDENCIES,
      "print a rule for make instead of compiling" },
    { "--generate-nonsystem-dependencies", "-MM", NULL, take_mode, TNCC_OWN_DEPENDENCIES,
      "the same without system headers" },
    { "--generate-dependencies-with-compile", "-MD", NULL, take_deps, 0, "write a rule for make, too" },
    { "--generate-nonsystem-dependencies-with-compile", "-MMD", NULL, take_deps, 1, "the same without system headers" },
    { "--dependency-output", "-MF", "FILE", TEXT(dep_file), "where; OUT.d unless said" },
    { "--dependency-target-name", "-MT", "NAME", TEXT(dep_target), "the rule's target; the output unless said" },
    { "-MQ", NULL, "NAME", take_quoted_target, 0, "the same, quoted for make" },
    { "--generate-dependency-targets", "-MP", NULL, FLAG(phony_deps), "and empty rules for the headers" },
    { "--name-expression", NULL, "EXPR", take_list, AT(name_expressions),
      "instantiate a template or name a variable of the last file: 'axpy<float>', '&table'" },
    { "--lowered-names", NULL, "FILE", TEXT(lowered_names),
      "write the linkage names of the name expressions, one a line" },

    { NULL, NULL, NULL, NULL, 0, "targets" },
    { "--target", NULL, "LIST", take_targets, 0,
      "of sim, opencl-c, ptx, amdgcn:CHIP; sim,opencl-c unless said; CHIP is gfx906, gfx908, gfx90a or gfx942" },
    { "--gpu-architecture", "-arch", "sm_NN", take_arch, 0,
      "ptx: the chips, sm_70 unless said; __CUDA_ARCH__ is theirs, and on other targets the lowest of them" },
    { "--gpu-code", "-code", "LIST", take_nothing, 0, "taken with -arch" },
    { "--generate-code", "-gencode", "arch=A,code=C", take_gencode, 0, "the same; of several each becomes an image, and with -ptx the lowest counts" },
    { "--list-gpu-arch", "-arch-ls", NULL, list_arch, 0, "print what -arch takes" },
    { "--list-gpu-code", "-code-ls", NULL, list_arch, 1, NULL },
    { "--cpu", NULL, "NAME", TEXT(cpu), "sim: native (usual), x86-64-v4, x86-64-v3, x86-64-v2, aarch64, or several with commas" },
    { "--width", NULL, "N", take_width, 0, "sim: only the image for warps of 1, 32 or 64" },
    { "--vector", NULL, "MODE", take_vector, 0,
      "sim: several threads at once, auto (usual), off, all (wherever it can be)" },
    { "--trap-division", NULL, NULL, FLAG(trap_division), "sim: an integer division by zero ends the launch, with its place" },
    { "--keep-going", NULL, NULL, FLAG(keep_going), "leave out kernels that a target can't take, with a warning" },

    { NULL, NULL, NULL, NULL, 0, "language" },
    { "--define-macro", "-D", "NAME[=VALUE]", take_front, 0, "define a macro" },
    { "--undefine-macro", "-U", "NAME", take_front, 0, "and undefine it" },
    { "--include-path", "-I", "DIR", take_front, 0, "look for headers there" },
    { "--system-include", "-isystem", "DIR", take_front, 0, "the same, as a system's" },
    { "--quote-include", "-iquote", "DIR", take_front, 0, "the same, for #include \"...\"" },
    { "--pre-include", "-include", "FILE", take_front, 0, "include it first" },
    { "--std", "-std", "c++NN", TEXT(standard), "c++17 (usual), c++14, c++20 ..." },
    { "--x", "-x", "cu", take_language, 0, "the language: CUDA C++" },
    { "--optimize", "-O", "N", take_optimise, 0, "0 to 3; 3 unless said" },
    { "--debug", "-g", NULL, take_debug, 0, "lines for debuggers and profilers" },
    { "--generate-line-info", "-lineinfo", NULL, take_debug, 0, "the same" },
    { "--device-debug", "-G", NULL, take_debug, 1, "the same, with -O0 and --trap-division" },
    { "--use_fast_math", "-use_fast_math", NULL, take_fast, 0, "sinf is __sinf, and so on; shorter quotients" },
    { "--fmad", "-fmad", "BOOL", take_fmad, 0, "contract a * b + c; true unless said" },
    { "--ftz", "-ftz", "BOOL", take_ftz, 0, "ptx: subnormal numbers are zero; false unless said" },
    { "--prec-div", "-prec-div", "BOOL", take_prec_div, 0, "ptx: exact quotients; true unless said" },
    { "--prec-sqrt", "-prec-sqrt", "BOOL", take_prec_sqrt, 0, "ptx: exact roots; true unless said" },

    { NULL, NULL, NULL, NULL, 0, "messages" },
    { "--disable-warnings", "-w", NULL, take_no_warnings, 0, "no warnings and notes" },
    { "--Werror", "-Werror", NULL, take_werror, 0, "warnings are errors" },
    { "--resource-usage", "-res-usage", NULL, FLAG(resource_usage), "print what each kernel takes on each target" },
    { "--ptxas-options", "-Xptxas", "LIST", take_ptxas, 0, "-v: the same; others have no effect" },
    { "--explain-vector", NULL, NULL, FLAG(explain),
      "sim: print for each region of each kernel how its threads run, and why" },
    { "--time", "-time", NULL, FLAG(time), "print how long each step took" },
    { "--verbose", "-v", NULL, FLAG(verbose), "print commands and choices" },
    { "--dryrun", "-dryrun", NULL, FLAG(dry_run), "print the commands and do nothing" },
    { "--help", "-h", NULL, take_help, 0, "this" },
    { "--version", "-V", NULL, take_version, 0, "which version this is" },
    { "--completion", NULL, "SHELL", take_completion, 0, "print completions for bash, zsh or fish" },

    { NULL, NULL, NULL, NULL, 0, "how it works" },
    { "--threads", "-t", "N", take_jobs, 0,
      "build so many images, or with -c files, at once; 0: as many as processors" },
    { "--jobs", "-j", "N", take_jobs, 0, "the same" },
    { "--save-temps", "-save-temps", NULL, FLAG(save_temps), "keep the IR of each stage beside the output" },
    { "--keep", "-keep", NULL, FLAG(save_temps), "the same" },
    { "--keep-dir", "-keep-dir", "DIR", TEXT(keep_dir), "and put it there" },
    { "--options-file", "-optf", "FILE", take_file, 0, "take options from a file, as @FILE" },
    { "--make-pch", NULL, NULL, take_mode, TNCC_PCH, "precompile the headers of this installation" },

    /* nvcc's, without a line in --help: accepted because they ask for what is so anyway, or with a note */
    { "--no-compress", "-no-compress", NULL, take_nothing, 0, NULL },
    { "--extended-lambda", "-extended-lambda", NULL, take_nothing, 0, NULL },
    { "--expt-extended-lambda", "-expt-extended-lambda", NULL, take_nothing, 0, NULL },
    { "--expt-relaxed-constexpr", "-expt-relaxed-constexpr", NULL, take_nothing, 0, NULL },
    { "--machine", "-m", "64", take_machine, 0, NULL },
    { "-m64", NULL, NULL, take_nothing, 0, NULL },
    { "-m32", NULL, NULL, take_refused, 0, "addresses have 64 bits" },
    { "--dopt", "-dopt", "KIND", take_nothing, 0, NULL },
    { "--split-compile", "-split-compile", "N", take_nothing, 0, NULL },
    { "--no-host-device-initializer-list", NULL, NULL, take_nothing, 0, NULL },
    { "--no-host-device-move-forward", NULL, NULL, take_nothing, 0, NULL },
    { "--allow-unsupported-compiler", "-allow-unsupported-compiler", NULL, take_nothing, 0, NULL },
    { "--maxrregcount", "-maxrregcount", "N", take_without_effect, 0,
      "no target's code generator takes a number of registers; __launch_bounds__ is heeded" },
    { "--restrict", "-restrict", NULL, take_without_effect, 0, "write __restrict__ at the pointers" },
    { "--source-in-ptx", "-src-in-ptx", NULL, take_without_effect, 0, "use -lineinfo" },
    { "--default-stream", "-default-stream", "KIND", take_without_effect, 0, HOST },
    { "--compiler-options", "-Xcompiler", "LIST", take_without_effect, 1, HOST },
    { "--linker-options", "-Xlinker", "LIST", take_without_effect, 1, HOST },
    { "--nvlink-options", "-Xnvlink", "LIST", take_without_effect, 1, HOST },
    { "--archive-options", "-Xarchive", "LIST", take_without_effect, 1, HOST },
    { "--compiler-bindir", "-ccbin", "PATH", take_without_effect, 1, HOST },
    { "--cudart", "-cudart", "KIND", take_without_effect, 1, HOST },
    { "--cudadevrt", "-cudadevrt", "KIND", take_without_effect, 1, HOST },
    { "--shared", "-shared", NULL, take_without_effect, 1, HOST },
    { "--library", "-l", "NAME", take_without_effect, 1, HOST },
    { "--library-path", "-L", "DIR", take_without_effect, 1, HOST },
    { "--diag-suppress", "-diag-suppress", "N", take_without_effect, 0, "clang's warnings have names: -Wno-NAME" },
    { "--diag-warn", "-diag-warn", "N", take_without_effect, 0, "clang's warnings have names: -WNAME" },
    { "--diag-error", "-diag-error", "N", take_without_effect, 0, "clang's warnings have names: -Werror=NAME" },
    { "--display-error-number", "-err-no", NULL, take_nothing, 0, NULL },
    { "-Wno-deprecated-gpu-targets", NULL, NULL, take_nothing, 0, NULL },
    { "-Wreorder", NULL, NULL, take_nothing, 0, NULL },
    { "-Wdefault-stream-launch", NULL, NULL, take_nothing, 0, NULL },
    { "-Wmissing-launch-bounds", NULL, NULL, take_nothing, 0, NULL },
    { "-Wext-lambda-captures-this", NULL, NULL, take_nothing, 0, NULL },
    { "--relocatable-device-code", "-rdc", "BOOL", take_nothing, 0, NULL },
    { "--cubin", "-cubin", NULL, take_refused, 0,
      "machine code of NVIDIA's chips is made by NVIDIA's ptxas alone; use -ptx" },
    { "--optix-ir", "-optix-ir", NULL, take_refused, 0, "there is no writer of OptiX IR" },
    { "--ltoir", "-ltoir", NULL, take_refused, 0, "there is no writer of NVIDIA's LTO IR" },
    { "--cuda", "-cuda", NULL, take_refused, 0, "no host code is made" },
    { "--device-w", "-dw", NULL, take_refused, 0, "use -dc" },
    { "--link", "-link", NULL, take_refused, 0, "no programs are linked; --embed makes an object for your linker" },
    { "--lib", "-lib", NULL, take_refused, 0, "no libraries are made; --embed makes an object for your archiver" },
    { "--run", "-run", NULL, take_refused, 0, "no programs are linked" },
    { "--entries", "-e", "NAME", take_refused, 0, "all kernels of the sources are built" },
};
#define OPTIONS (sizeof options / sizeof *options)

/* ---- help ---- */
static void take_help(struct tncc_options *o, const struct option *self, const char *value)
{
    (void)o, (void)self, (void)value;
    fputs(head, stdout);
    for (size_t k = 0; k < OPTIONS; k++) {
        const struct option *p = &options[k];
        if (!p->name) {
            printf("\n%s\n", p->text);
            continue;
        }
        if (!p->text || p->take == take_refused || p->take == take_without_effect)
            continue;
        const char *title = tncc_format("  %s%s%s%s%s", p->other ? p->other : p->name, p->value ? " " : "",
                                        p->value ? p->value : "", p->other ? ", " : "", p->other ? p->name : "");
        if (!p->other && p->value)
            title = tncc_format("  %s=%s", p->name, p->value);
        printf(strlen(title) < 44 ? "%-44s%s\n" : "%s\n%44s%s\n", title, strlen(title) < 44 ? p->text : "", p->text);
    }
    fputs("  -W..., -f..., -pedantic                   as clang's\n", stdout);
    fputs(tail, stdout);
    exit(fflush(stdout) || ferror(stdout));
}

static void take_version(struct tncc_options *o, const struct option *self, const char *value)
{
    (void)o, (void)self, (void)value;
    printf("tenoncc %s (LLVM 19, bundle version %u)\n", TN_VERSION_STRING, TN_BUNDLE_VERSION);
    exit(fflush(stdout) || ferror(stdout));
}

static void list_arch(struct tncc_options *o, const struct option *self, const char *value)
{
    (void)o, (void)value;
    for (size_t k = 0; k < sizeof known_archs / sizeof *known_archs; k++)
        printf("%s%u\n", self->at ? "sm_" : "compute_", known_archs[k]);
    exit(fflush(stdout) || ferror(stdout));
}

static void print_names(const char *separator)
{
    for (size_t k = 0; k < OPTIONS; k++)
        if (options[k].name && options[k].take != take_refused)
            printf("%s%s%s%s", options[k].name, separator, options[k].other ? options[k].other : "",
                   options[k].other ? separator : "");
}

static void take_completion(struct tncc_options *o, const struct option *self, const char *value)
{
    (void)o, (void)self;
    if (!strcmp(value, "fish")) {
        for (size_t k = 0; k < OPTIONS; k++)
            for (int i = 0; options[k].name && i < 2; i++) {
                const char *name = i ? options[k].other : options[k].name, *text = options[k].text;
                if (!name || options[k].take == take_refused)
                    continue;
                const char *bare = name + strspn(name, "-"), *form = name[1] == '-' ? "-l" : bare[1] ? "-o" : "-s";
                printf("complete -c tenoncc %s %s%s", form, bare, options[k].value ? " -r" : "");
                if (text && !strchr(text, '\''))
                    printf(" -d '%s'", text);
                putchar('\n');
            }
    } else if (!strcmp(value, "bash") || !strcmp(value, "zsh")) {
        if (*value == 'z')
            puts("autoload -U +X bashcompinit && bashcompinit");
        puts("_tenoncc()\n{\n    local now=\"${COMP_WORDS[COMP_CWORD]}\" before=\"${COMP_WORDS[COMP_CWORD-1]}\"\n    [ "
             "\"$before\" = = ] && "
             "before=\"${COMP_WORDS[COMP_CWORD-2]}\"\n    case \"$before\" in\n"
             "    --target) COMPREPLY=($(compgen -W 'sim opencl-c ptx amdgcn:gfx906 amdgcn:gfx908 amdgcn:gfx90a "
             "amdgcn:gfx942' -- \"${now#=}\")); return ;;\n"
             "    --vector) COMPREPLY=($(compgen -W 'auto off all' -- \"${now#=}\")); return ;;\n"
             "    --cpu) COMPREPLY=($(compgen -W 'native x86-64-v4 x86-64-v3 x86-64-v2 aarch64' -- \"${now#=}\")); "
             "return ;;\n"
             "    --width) COMPREPLY=($(compgen -W '1 32 64' -- \"${now#=}\")); return ;;\n"
             "    esac\n    case \"$now\" in");
        fputs("    -*) COMPREPLY=($(compgen -W '", stdout);
        print_names(" ");
        puts("' -- \"$now\")) ;;\n    *) COMPREPLY=($(compgen -f -- \"$now\")) ;;\n    esac\n}\ncomplete -o filenames "
             "-F _tenoncc tenoncc");
    } else
        wrong("--completion=%s: it is bash, zsh or fish", value);
    exit(fflush(stdout) || ferror(stdout));
}

/* ---- words ---- */
struct words {
    struct tncc_list list;
    size_t next;
    int depth; /* of response files */
};

/* As a shell would: blanks separate, quotes and backslashes keep. */
static void split(const char *path, const char *text, struct tncc_list *out)
{
    for (const char *p = text; *p;) {
        struct tncc_text word = { 0 };
        while (isspace((unsigned char)*p))
            p++;
        if (*p == '#') {
            p += strcspn(p, "\n");
            continue;
        }
        if (!*p)
            break;
        char quote = 0;
        tncc_add_bytes(&word, "", 0);
        for (; *p && (quote || !isspace((unsigned char)*p)); p++) {
            if (*p == '\\' && p[1] && quote != '\'')
                tncc_add_bytes(&word, ++p, 1);
            else if (quote ? *p == quote : *p == '"' || *p == '\'')
                quote = quote ? 0 : *p;
            else
                tncc_add_bytes(&word, p, 1);
        }
        if (quote)
            wrong("%s: a quote is not closed", path);
        tncc_push(out, word.data);
    }
}

static void add_words(struct words *w, const char *path)
{
    size_t bytes;
    const char *text = tncc_read_file(path, &bytes);
    struct tncc_list more = { 0 };
    if (!text)
        wrong("can't read the options in %s", path);
    if (strlen(text) != bytes)
        wrong("%s holds no text", path);
    if (++w->depth > 64)
        wrong("%s: files of options name each other without end", path);
    split(path, text, &more);
    for (; w->next < w->list.count; w->next++)
        tncc_push(&more, w->list.items[w->next]);
    w->list = more;
    w->next = 0;
}

static struct words *reading; /* of the command line that is being read */

static void take_file(struct tncc_options *o, const struct option *self, const char *value)
{
    (void)o, (void)self;
    add_words(reading, value);
}

/* Whether `arg` is this name, and where its value begins: "" when it is the next word. */
static bool fits(const struct option *p, const char *name, const char *arg, const char **out_value)
{
    size_t length = name ? strlen(name) : 0;
    *out_value = NULL;
    if (!name || strncmp(arg, name, length))
        return false;
    if (!arg[length])
        return true;
    if (!p->value)
        return false;
    if (arg[length] == '=' && length > 2)
        return (*out_value = arg + length + 1), true;
    if (length != 2 || name[1] == '-' || strchr("oem", name[1])) /* -DX, -O2, -j8; but -odir is another one */
        return false;
    return (*out_value = arg + 2 + (arg[2] == '=')), true;
}

static bool table_option(struct tncc_options *o, struct words *w, const char *arg)
{
    for (int exact = 1; exact >= 0; exact--)
        for (size_t k = 0; k < OPTIONS; k++)
            for (int i = 0; options[k].name && i < 2; i++) {
                const char *value, *name = i ? options[k].other : options[k].name;
                if (!fits(&options[k], name, arg, &value) || (exact && strcmp(name, arg)))
                    continue;
                if (options[k].value && !value) {
                    if (w->next == w->list.count)
                        wrong("option %s wants a value", arg);
                    value = w->list.items[w->next++];
                }
                said = arg;
                options[k].take(o, &options[k], value);
                return true;
            }
    return false;
}

static void take_word(struct tncc_options *o, struct words *w, const char *arg)
{
    static const char *const kinds[] = {
        "all-warnings",          "cross-execution-space-call", "reorder",
        "default-stream-launch", "missing-launch-bounds",      "deprecated-declarations"
    };
    if (*arg == '@' && arg[1] && access(arg, F_OK)) {
        add_words(w, arg + 1);
        return;
    }
    if (*arg != '-' || !arg[1]) {
        tncc_push(&o->inputs, (void *)(uintptr_t)arg);
        return;
    }
    if (table_option(o, w, arg)) {
        for (size_t k = 0; !strcmp(arg, "-Werror") && w->next < w->list.count && k < sizeof kinds / sizeof *kinds; k++)
            if (!strcmp(w->list.items[w->next], kinds[k])) { /* nvcc's -Werror all-warnings */
                w->next++;
                break;
            }
        return;
    }
    if (tncc_starts(arg, "-W") || tncc_starts(arg, "-f") || !strcmp(arg, "-pedantic"))
        tncc_push(&o->front_args, (void *)(uintptr_t)arg);
    else
        wrong("unknown option %s", arg);
}

/* ---- what goes together ---- */
static void choose_resources(struct tncc_options *o)
{
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (o->resources || n <= 0)
        return;
    self[n] = 0;
    *strrchr(self, '/') = 0;
    o->resources = tncc_format("%s/../lib/tenon", self);
}

static void check_together(struct tncc_options *o)
{
    const bool printed =
        o->output == TNCC_PREPROCESS || o->output == TNCC_DEPENDENCIES || o->output == TNCC_OWN_DEPENDENCIES;
    if (!o->inputs.count)
        wrong("no input files");
    if (o->json && !o->explain)
        wrong("--json goes with --dump and --explain-vector");
    o->per_file |= o->output == TNCC_PTX && !o->out;
    if (!o->out && !o->per_file && !printed)
        wrong("no output: -o FILE is missing");
    if (o->per_file && o->out && o->inputs.count > 1)
        wrong("-c with -o takes one file");
    if (o->out_dir && o->out)
        wrong("-odir goes without -o");
    if (o->name_expressions.count && tncc_front_has_bitcode(o))
        wrong("--name-expression goes with sources, not with bitcode");
    for (size_t i = 0; o->output == TNCC_DEVICE_OBJECT && i < o->inputs.count; i++)
        if (tncc_ends(o->inputs.items[i], ".bc") || tncc_ends(o->inputs.items[i], ".o"))
            wrong("-dc goes with sources");
    if (o->output == TNCC_EMBED && !o->header)
        wrong("--embed wants --header FILE.h");
    if (o->lowered_names && o->per_file && o->inputs.count > 1)
        wrong("--lowered-names goes with one output");
    if (o->header && o->output != TNCC_EMBED)
        wrong("--header goes with --embed");
    if (printed && tncc_front_has_bitcode(o))
        wrong("-E and -M go with sources, not with bitcode");
    for (size_t i = 0; o->out && i < o->inputs.count; i++)
        if (!strcmp(o->out, o->inputs.items[i]))
            wrong("the output %s is an input", o->out);
}

static void choose_targets(struct tncc_options *o)
{
    const enum tncc_output form = o->output;
    if (form == TNCC_PTX) {
        o->want_sim = o->want_opencl = false;
        o->want_ptx = true;
        o->chips.count = 0;
    }
    if (form == TNCC_FATBIN || form == TNCC_GENCO || form == TNCC_ASCEND) {
        o->want_opencl = o->want_ptx = false;
        if (form != TNCC_GENCO)
            o->chips.count = 0;
        o->want_sim |= !o->chips.count;
    }
}

static void choose_form(struct tncc_options *o)
{
    static const struct {
        const char *ending;
        enum tncc_output output;
    } forms[] = { { ".fatbin", TNCC_FATBIN }, { ".ptx", TNCC_PTX } };
    for (size_t k = 0; o->out && o->output == TNCC_BUNDLE && k < sizeof forms / sizeof *forms; k++)
        if (tncc_ends(o->out, forms[k].ending))
            o->output = forms[k].output;
}

void tncc_parse(int argc, char **argv, struct tncc_options *o)
{
    struct words w = { 0 };
    if (argc < 2) {
        fputs(head, stderr);
        fputs("       tenoncc --help                                for the options\n", stderr);
        exit(2);
    }
    for (int i = 1; i < argc; i++)
        tncc_push(&w.list, argv[i]);
    reading = &w;
    while (w.next < w.list.count)
        take_word(o, &w, w.list.items[w.next++]);
    reading = NULL;
    choose_resources(o);
    choose_form(o);
    if (o->output == TNCC_DUMP && o->inputs.count != 1)
        wrong("--dump wants one bundle");
    if (o->output != TNCC_DUMP && o->output != TNCC_PCH) {
        check_together(o);
        choose_targets(o);
        note_exact(o);
    }
    if (!o->arch)
        o->archs[o->arch_count++] = o->arch = 70;
    o->explain |= o->verbose;
    if (o->explain) /* in one process, so that it comes in order */
        o->jobs = 1;
    for (size_t i = 0; i < o->notes.count && !o->quiet; i++)
        if (!strstr(o->notes.items[i], HOST) || o->verbose)
            fprintf(stderr, "tenoncc: note: %s\n", (const char *)o->notes.items[i]);
}
