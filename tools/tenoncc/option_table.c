/* SPDX-License-Identifier: Apache-2.0 */
/*
 * option_table.c - the options of tenoncc, its own and nvcc's under nvcc's names, and what each does to struct tncc_options. Calls
 * libc, and asks amdgcn.c which chips there are.
 */
#include "tools/tenoncc/options.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/tenoncc/add_image.h"
#include "tools/tenoncc/amdgcn.h"

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

const char *tncc_option_said;

void tncc_take_refused(struct tncc_options *o, const struct option *self, const char *value)
{
    (void)o, (void)value;
    tncc_wrong("%s is not taken: %s", tncc_option_said, self->text);
}

void tncc_take_without_effect(struct tncc_options *o, const struct option *self, const char *value)
{
    const size_t name = strcspn(tncc_option_said, "=");
    tncc_push(&o->notes, tncc_format("%.*s%s%s has no effect: %s", (int)name, tncc_option_said, value ? " " : "",
                                     value ? value : "",
                                     self->take == tncc_take_without_effect ? self->text : "no target takes it"));
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
        tncc_wrong("%s %s: it is a number up to %u", self->other ? self->other : self->name, value, most);
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
        tncc_wrong("--width=%s: it is 1, 32 or 64", value);
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
        tncc_wrong("unknown chip '%s'; amdgcn's chips are %s", name, tncc_amdgcn_chips());
    for (size_t i = 0; i < o->chips.count; i++)
        if (!strcmp(o->chips.items[i], name))
            return;
    tncc_push(&o->chips, tncc_copy(name, strlen(name)));
}

static void take_targets(struct tncc_options *o, const struct option *self, const char *value)
{
    char *copy = tncc_copy(value, strlen(value)), *save = NULL;
    (void)self;
    o->targets = value;
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
            tncc_wrong("unknown target '%s'; targets are sim, opencl-c, ptx, amdgcn:CHIP", t);
    }
    if (!o->want_sim && !o->want_opencl && !o->want_ptx && !o->chips.count)
        tncc_wrong("no target in '--target=%s'", value);
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
    tncc_wrong("--vector=%s: it is auto, off or all", value);
}

/* sm_80, compute_80, several with commas. */
const unsigned tncc_known_archs[] = { 70, 72, 75, 80, 86, 87, 89, 90, 0 };
_Static_assert(sizeof tncc_known_archs / sizeof *tncc_known_archs - 1 <= TNCC_MOST_ARCHS, "each may be asked for");

static void add_arch(struct tncc_options *o, const char *name, size_t bytes)
{
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
        tncc_wrong("unknown architecture '%s'; it is written sm_80 or compute_80", whole);
    if (n < 70)
        tncc_wrong("architecture %s is too old: sm_70 and newer are taken", whole);
    unsigned best = tncc_known_archs[0];
    for (size_t k = 0; tncc_known_archs[k]; k++)
        best = tncc_known_archs[k] <= n ? tncc_known_archs[k] : best;
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
        tncc_wrong("-gencode %s: it is written arch=compute_80,code=sm_80", value);
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

static void take_split_debug(struct tncc_options *o, const struct option *self, const char *value)
{
    (void)self;
    o->debug_info = true;
    o->split_debug = value;
}

static void take_language(struct tncc_options *o, const struct option *self, const char *value)
{
    (void)o, (void)self;
    if (strcmp(value, "cu") && strcmp(value, "cuda"))
        tncc_wrong("-x %s: sources are CUDA C++, -x cu", value);
}

static void take_machine(struct tncc_options *o, const struct option *self, const char *value)
{
    (void)o, (void)self;
    if (strcmp(value, "64"))
        tncc_wrong("-m %s: addresses have 64 bits", value);
}

static bool is_true(const struct option *self, const char *value)
{
    if (strcmp(value, "true") && strcmp(value, "false"))
        tncc_wrong("%s=%s: it is true or false", self->name, value);
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
            tncc_take_without_effect(o, self, word);
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

static void take_image(struct tncc_options *o, const struct option *self, const char *value)
{
    struct tncc_added *added = tncc_alloc(sizeof *added);
    const char *why = tncc_added_read(value, added);
    if (why)
        tncc_wrong("%s=%s: %s", self->name, value, why);
    tncc_push(&o->added, added);
}

static void take_args(struct tncc_options *o, const struct option *self, const char *value)
{
    struct tncc_added *last = o->added.count ? o->added.items[o->added.count - 1] : NULL;
    if (!last || last->table)
        tncc_wrong("%s=%s: it goes behind the --add-image that it describes", self->name, value);
    else
        last->table = value;
}

static void take_werror(struct tncc_options *o, const struct option *self, const char *value)
{
    (void)self, (void)value;
    tncc_push(&o->front_args, (void *)(uintptr_t) "-Werror");
}

static void take_no_warnings(struct tncc_options *o, const struct option *self, const char *value)
{
    (void)self, (void)value;
    o->quiet = true;
    tncc_push(&o->front_args, (void *)(uintptr_t) "-w");
}

const char tncc_for_host[] = "device code alone is compiled";

#define AT(m)   offsetof(struct tncc_options, m)
#define FLAG(m) take_flag, AT(m)
#define TEXT(m) take_text, AT(m)

const struct option tncc_option_table[] = {
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
    { "--add-image", NULL, "KIND:TARGET:FILE", take_image, 0,
      "an image that another compiler built: ptx, cubin, fatbin, amdgpu, opencl-c, ascend" },
    { "--args", NULL, "TABLE", take_args, 0, "its kernels and their arguments, declared; docs/bundle.md" },
    { "--preprocess", "-E", NULL, take_mode, TNCC_PREPROCESS, "preprocess only, to the output or standard output" },
    { "--generate-dependencies", "-M", NULL, take_mode, TNCC_DEPENDENCIES,
      "print a rule for make instead of compiling" },
    { "--generate-nonsystem-dependencies", "-MM", NULL, take_mode, TNCC_OWN_DEPENDENCIES,
      "the same without system headers" },
    { "--generate-dependencies-with-compile", "-MD", NULL, take_deps, 0, "write a rule for make, too" },
    { "--generate-nonsystem-dependencies-with-compile", "-MMD", NULL, take_deps, 1, "the same without system headers" },
    { "--dependency-output", "-MF", "FILE", TEXT(dep_file), "where; OUT.d unless said" },
    { "--dependency-target-name", "-MT", "NAME", TEXT(dep_target),
      "the rule's target; the output unless said" },
    { "-MQ", NULL, "NAME", take_quoted_target, 0, "the same, quoted for make" },
    { "--generate-dependency-targets", "-MP", NULL, FLAG(phony_deps), "and empty rules for the headers" },
    { "--name-expression", NULL, "EXPR", take_list, AT(name_expressions),
      "instantiate a template or name a variable of the last file: 'axpy<float>', '&table'" },
    { "--lowered-names", NULL, "FILE", TEXT(lowered_names),
      "write the linkage names of the name expressions, one a line" },

    { NULL, NULL, NULL, NULL, 0, "targets" },
    { "--target", NULL, "LIST", take_targets, 0,
      "of sim, opencl-c, ptx, amdgcn:CHIP; sim,opencl-c unless said; CHIP is gfx906, gfx908, gfx90a or "
      "gfx942" },
    { "--gpu-architecture", "-arch", "sm_NN", take_arch, 0,
      "ptx: the chips, sm_70 unless said; __CUDA_ARCH__ is theirs, and on other targets the lowest of "
      "them" },
    { "--gpu-code", "-code", "LIST", take_nothing, 0, "taken with -arch" },
    { "--generate-code", "-gencode", "arch=A,code=C", take_gencode, 0,
      "the same; of several each becomes an image, and with -ptx the lowest counts" },
    { "--list-gpu-arch", "-arch-ls", NULL, tncc_list_arch, 0, "print what -arch takes" },
    { "--list-gpu-code", "-code-ls", NULL, tncc_list_arch, 1, NULL },
    { "--cpu", NULL, "NAME", TEXT(cpu),
      "sim: native (usual), x86-64-v4, x86-64-v3, x86-64-v2, aarch64, or several with commas" },
    { "--width", NULL, "N", take_width, 0, "sim: only the image for warps of 1, 32 or 64" },
    { "--vector", NULL, "MODE", take_vector, 0,
      "sim: several threads at once, auto (usual), off, all (wherever it can be)" },
    { "--trap-division", NULL, NULL, FLAG(trap_division),
      "sim: an integer division by zero ends the launch, with its place" },
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
    { "--split-debug", NULL, "DIR", take_split_debug, 0, "sim: -g, with what debuggers read in DIR, by build-id" },
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
    { "--help", "-h", NULL, tncc_take_help, 0, "this" },
    { "--version", "-V", NULL, tncc_take_version, 0, "which version this is" },
    { "--completion", NULL, "SHELL", tncc_take_completion, 0, "print completions for bash, zsh or fish" },

    { NULL, NULL, NULL, NULL, 0, "how it works" },
    { "--threads", "-t", "N", take_jobs, 0,
      "build so many images, or with -c files, at once; 0: as many as processors" },
    { "--jobs", "-j", "N", take_jobs, 0, "the same" },
    { "--save-temps", "-save-temps", NULL, FLAG(save_temps), "keep the IR of each stage beside the output" },
    { "--keep", "-keep", NULL, FLAG(save_temps), "the same" },
    { "--keep-dir", "-keep-dir", "DIR", TEXT(keep_dir), "and put it there" },
    { "--options-file", "-optf", "FILE", tncc_take_file, 0, "take options from a file, as @FILE" },
    { "--make-pch", NULL, NULL, take_mode, TNCC_PCH, "precompile the headers of this installation" },

    /* nvcc's, without a line in --help: accepted because they ask for what is so anyway, or with a note */
    { "--no-compress", "-no-compress", NULL, take_nothing, 0, NULL },
    { "--extended-lambda", "-extended-lambda", NULL, take_nothing, 0, NULL },
    { "--expt-extended-lambda", "-expt-extended-lambda", NULL, take_nothing, 0, NULL },
    { "--expt-relaxed-constexpr", "-expt-relaxed-constexpr", NULL, take_nothing, 0, NULL },
    { "--machine", "-m", "64", take_machine, 0, NULL },
    { "-m64", NULL, NULL, take_nothing, 0, NULL },
    { "-m32", NULL, NULL, tncc_take_refused, 0, "addresses have 64 bits" },
    { "--dopt", "-dopt", "KIND", take_nothing, 0, NULL },
    { "--split-compile", "-split-compile", "N", take_nothing, 0, NULL },
    { "--no-host-device-initializer-list", NULL, NULL, take_nothing, 0, NULL },
    { "--no-host-device-move-forward", NULL, NULL, take_nothing, 0, NULL },
    { "--allow-unsupported-compiler", "-allow-unsupported-compiler", NULL, take_nothing, 0, NULL },
    { "--maxrregcount", "-maxrregcount", "N", tncc_take_without_effect, 0,
      "no target's code generator takes a number of registers; __launch_bounds__ is heeded" },
    { "--restrict", "-restrict", NULL, tncc_take_without_effect, 0, "write __restrict__ at the pointers" },
    { "--source-in-ptx", "-src-in-ptx", NULL, tncc_take_without_effect, 0, "use -lineinfo" },
    { "--default-stream", "-default-stream", "KIND", tncc_take_without_effect, 0, tncc_for_host },
    { "--compiler-options", "-Xcompiler", "LIST", tncc_take_without_effect, 1, tncc_for_host },
    { "--linker-options", "-Xlinker", "LIST", tncc_take_without_effect, 1, tncc_for_host },
    { "--nvlink-options", "-Xnvlink", "LIST", tncc_take_without_effect, 1, tncc_for_host },
    { "--archive-options", "-Xarchive", "LIST", tncc_take_without_effect, 1, tncc_for_host },
    { "--compiler-bindir", "-ccbin", "PATH", tncc_take_without_effect, 1, tncc_for_host },
    { "--cudart", "-cudart", "KIND", tncc_take_without_effect, 1, tncc_for_host },
    { "--cudadevrt", "-cudadevrt", "KIND", tncc_take_without_effect, 1, tncc_for_host },
    { "--shared", "-shared", NULL, tncc_take_without_effect, 1, tncc_for_host },
    { "--library", "-l", "NAME", tncc_take_without_effect, 1, tncc_for_host },
    { "--library-path", "-L", "DIR", tncc_take_without_effect, 1, tncc_for_host },
    { "--diag-suppress", "-diag-suppress", "N", tncc_take_without_effect, 0, "clang's warnings have names: -Wno-NAME" },
    { "--diag-warn", "-diag-warn", "N", tncc_take_without_effect, 0, "clang's warnings have names: -WNAME" },
    { "--diag-error", "-diag-error", "N", tncc_take_without_effect, 0, "clang's warnings have names: -Werror=NAME" },
    { "--display-error-number", "-err-no", NULL, take_nothing, 0, NULL },
    { "-Wno-deprecated-gpu-targets", NULL, NULL, take_nothing, 0, NULL },
    { "-Wreorder", NULL, NULL, take_nothing, 0, NULL },
    { "-Wdefault-stream-launch", NULL, NULL, take_nothing, 0, NULL },
    { "-Wmissing-launch-bounds", NULL, NULL, take_nothing, 0, NULL },
    { "-Wext-lambda-captures-this", NULL, NULL, take_nothing, 0, NULL },
    { "--relocatable-device-code", "-rdc", "BOOL", take_nothing, 0, NULL },
    { "--cubin", "-cubin", NULL, tncc_take_refused, 0,
      "machine code of NVIDIA's chips is made by NVIDIA's ptxas alone; use -ptx" },
    { "--optix-ir", "-optix-ir", NULL, tncc_take_refused, 0, "there is no writer of OptiX IR" },
    { "--ltoir", "-ltoir", NULL, tncc_take_refused, 0, "there is no writer of NVIDIA's LTO IR" },
    { "--cuda", "-cuda", NULL, tncc_take_refused, 0, "no host code is made" },
    { "--device-w", "-dw", NULL, tncc_take_refused, 0, "use -dc" },
    { "--link", "-link", NULL, tncc_take_refused, 0,
      "no programs are linked; --embed makes an object for your linker" },
    { "--lib", "-lib", NULL, tncc_take_refused, 0, "no libraries are made; --embed makes an object for your archiver" },
    { "--run", "-run", NULL, tncc_take_refused, 0, "no programs are linked" },
    { "--entries", "-e", "NAME", tncc_take_refused, 0, "all kernels of the sources are built" },
};
const size_t tncc_option_count = sizeof tncc_option_table / sizeof *tncc_option_table;
