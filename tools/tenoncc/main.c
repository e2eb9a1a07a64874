/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - tenoncc's options and what they ask for: which images to build from the sources and what to wrap them in.
 * Calls every other part of tenoncc.
 */
#include "tools/tenoncc/tenoncc.h"

#include <llvm-c/Core.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/tenoncc/amdgcn.h"
#include "tools/tenoncc/wrap.h"

static const char usage[] =
    "usage: tenoncc [--bundle] FILE.cu... -o OUT.tnb     kernels for several targets in one file\n"
    "       tenoncc -c FILE.cu...                         one bundle for each file, FILE.tnb\n"
    "       tenoncc -fatbin FILE.cu... -o OUT.fatbin      for cuModuleLoadData (simulated CUDA devices)\n"
    "       tenoncc --genco FILE.cu... -o OUT.co          for hipModuleLoadData (simulated HIP devices, or chips)\n"
    "       tenoncc --ascend FILE.cu... -o OUT.o          for aclrtBinaryLoad (simulated Ascend devices)\n"
    "       tenoncc --embed FILE.cu... -o OUT.o --header OUT.h   a bundle that a C program links\n"
    "       tenoncc --dump [--json] FILE.tnb              print what is in a bundle\n"
    "       tenoncc --make-pch                            precompile the headers of this installation\n"
    "\n"
    "  -o FILE                   output; its ending chooses the form when none is given\n"
    "  --target=LIST             of sim, opencl-c, ptx, amdgcn:CHIP; sim,opencl-c unless said\n"
    "                            CHIP is gfx906, gfx908, gfx90a or gfx942; amdgcn alone is amdgcn:gfx906\n"
    "  --cpu=NAME                sim: native (default), x86-64-v4, x86-64-v3, x86-64-v2\n"
    "  --width=N                 sim: only the image for warps of 1, 32 or 64\n"
    "  --keep-going              leave out kernels that a target can't take, with a warning\n"
    "  --compress                compress the images\n"
    "  -D NAME[=VALUE], -U NAME, -I DIR, -include FILE, -std=c++17, -O0 ... -O3, -g, -W..., -f...   as clang's\n"
    "  -MD, -MF FILE, -MT NAME   write a dependency file for make\n"
    "  --name-expression=EXPR    instantiate a template or name a variable of the last file: 'axpy<float>', '&table'\n"
    "  --lowered-names=FILE      write the linkage names of the name expressions, one a line\n"
    "  --vector=MODE             sim: several threads at once, auto (default), off, all (wherever it can be)\n"
    "  --save-temps              keep the IR of each stage beside the output\n"
    "  -v, --help, --version\n"
    "\n"
    "Files that end in .bc are device bitcode, made by clang with these headers for one warp width.\n"
    "\n"
    "exit codes: 0 done, 1 an error in the sources or in writing, 2 a wrong command line, 3 the compiler itself "
    "failed\n";

_Noreturn static void wrong(const char *format, const char *what)
{
    fputs("tenoncc: error: ", stderr);
    fprintf(stderr, format, what);
    fputs(" (see tenoncc --help)\n", stderr);
    exit(2);
}

static void push_front(struct tncc_options *o, const char *arg)
{
    tncc_push(&o->front_args, (void *)(uintptr_t)arg);
}

static void add_chip(struct tncc_options *o, const char *name)
{
    if (!tncc_amdgcn_chip(name)) {
        fprintf(stderr, "tenoncc: error: unknown chip '%s'; amdgcn's chips are %s (see tenoncc --help)\n", name,
                tncc_amdgcn_chips());
        exit(2);
    }
    for (size_t i = 0; i < o->chips.count; i++)
        if (!strcmp(o->chips.items[i], name))
            return;
    tncc_push(&o->chips, tncc_copy(name, strlen(name)));
}

static void set_targets(struct tncc_options *o, const char *list)
{
    char *copy = tncc_copy(list, strlen(list)), *save = NULL;
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
        wrong("no target in '--target=%s'", list);
}

static void set_vector(struct tncc_options *o, const char *mode)
{
    static const char *const modes[] = { "auto", "off", "all" };
    for (int k = 0; k < 3; k++)
        if (!strcmp(mode, modes[k])) {
            o->vector = (enum tncc_vector)k;
            return;
        }
    wrong("--vector=%s: it is auto, off or all", mode);
}

/* An option with its value behind '=' or in the next argument; NULL if this is another option. */
static const char *value_of(const char *name, int argc, char **argv, int *i)
{
    size_t length = strlen(name);
    if (!argv[*i] || strncmp(argv[*i], name, length) != 0)
        return NULL;
    if (argv[*i][length] == '=' && name[1] == '-')
        return argv[*i] + length + 1;
    if (argv[*i][length])
        return NULL;
    if (*i + 1 >= argc)
        wrong("option %s wants a value", name);
    return argv[++*i];
}

/* Options that go to clang as they are. Joined (-DX) or with the value in the next argument. */
static bool front_option(struct tncc_options *o, int argc, char **argv, int *i)
{
    static const char *const with_value[] = { "-D", "-U", "-I", "-include", "-isystem", "-iquote" };
    const char *arg = argv[*i];
    if (!arg)
        return false;
    for (size_t k = 0; k < sizeof with_value / sizeof *with_value; k++) {
        size_t length = strlen(with_value[k]);
        if (strncmp(arg, with_value[k], length) || (length > 2 && arg[length]))
            continue;
        push_front(o, arg);
        if (!arg[length]) {
            if (*i + 1 >= argc)
                wrong("option %s wants a value", arg);
            push_front(o, argv[++*i]);
        }
        return true;
    }
    if (tncc_starts(arg, "-W") || tncc_starts(arg, "-f") || !strcmp(arg, "-w") || !strcmp(arg, "-pedantic")) {
        push_front(o, arg);
        return true;
    }
    return false;
}

static bool mode_option(struct tncc_options *o, const char *arg)
{
    static const struct {
        const char *name;
        enum tncc_output output;
    } modes[] = {
        { "--bundle", TNCC_BUNDLE }, { "-fatbin", TNCC_FATBIN },  { "--fatbin", TNCC_FATBIN },
        { "--genco", TNCC_GENCO },   { "--ascend", TNCC_ASCEND }, { "--embed", TNCC_EMBED },
        { "--dump", TNCC_DUMP },     { "--make-pch", TNCC_PCH },
    };
    for (size_t k = 0; k < sizeof modes / sizeof *modes; k++)
        if (!strcmp(arg, modes[k].name)) {
            o->output = modes[k].output;
            return true;
        }
    return false;
}

static bool flag_option(struct tncc_options *o, const char *arg)
{
    const struct {
        const char *name;
        bool *flag;
    } flags[] = {
        { "-v", &o->verbose },
        { "--verbose", &o->verbose },
        { "--save-temps", &o->save_temps },
        { "--keep-going", &o->keep_going },
        { "--json", &o->json },
        { "--time", &o->time },
        { "-g", &o->debug_info },
        { "-MD", &o->make_deps },
        { "-MMD", &o->make_deps },
        { "--compress", &o->compress },
        { "-c", &o->per_file },
    };
    for (size_t k = 0; k < sizeof flags / sizeof *flags; k++)
        if (!strcmp(arg, flags[k].name)) {
            *flags[k].flag = true;
            return true;
        }
    return false;
}

static void parse_option(struct tncc_options *o, int argc, char **argv, int *i)
{
    const char *arg = argv[*i], *value;
    if (mode_option(o, arg) || flag_option(o, arg))
        return;
    if (!strcmp(arg, "--help") || !strcmp(arg, "-h")) {
        fputs(usage, stdout);
        exit(0);
    }
    if (!strcmp(arg, "--version")) {
        printf("tenoncc %s (LLVM 19, bundle version %u)\n", TN_VERSION_STRING, TN_BUNDLE_VERSION);
        exit(0);
    }
    if ((value = value_of("-o", argc, argv, i)))
        o->out = value;
    else if ((value = value_of("--header", argc, argv, i)))
        o->header = value;
    else if ((value = value_of("--target", argc, argv, i)))
        set_targets(o, value);
    else if ((value = value_of("--name-expression", argc, argv, i)))
        tncc_push(&o->name_expressions, (void *)(uintptr_t)value);
    else if ((value = value_of("--lowered-names", argc, argv, i)))
        o->lowered_names = value;
    else if ((value = value_of("--cpu", argc, argv, i)))
        o->cpu = value;
    else if ((value = value_of("--vector", argc, argv, i)))
        set_vector(o, value);
    else if ((value = value_of("-MF", argc, argv, i)))
        o->dep_file = value;
    else if ((value = value_of("-MT", argc, argv, i)))
        o->dep_target = value;
    else if ((value = value_of("--width", argc, argv, i))) {
        o->width = (unsigned)atoi(value);
        if (strcmp(value, "1") && strcmp(value, "32") && strcmp(value, "64"))
            wrong("--width=%s: it is 1, 32 or 64", value);
    } else if (tncc_starts(arg, "-std="))
        o->standard = arg + 5;
    else if (tncc_starts(arg, "-O") && arg[2] >= '0' && arg[2] <= '3' && !arg[3])
        o->optimise = (unsigned)(arg[2] - '0');
    else if (!front_option(o, argc, argv, i))
        wrong("unknown option %s", arg);
}

static void choose_defaults(struct tncc_options *o)
{
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (!o->resources && n > 0) {
        self[n] = 0;
        *strrchr(self, '/') = 0;
        o->resources = tncc_format("%s/../lib/tenon", self);
    }
    if (o->out && o->output == TNCC_BUNDLE && tncc_ends(o->out, ".fatbin"))
        o->output = TNCC_FATBIN;
    if (o->output == TNCC_DUMP) {
        if (o->inputs.count != 1)
            wrong("%s", "--dump wants one bundle");
        return;
    }
    if (o->output == TNCC_PCH)
        return;
    if (!o->inputs.count)
        wrong("%s", "no input files");
    if (o->json)
        wrong("%s", "--json goes with --dump");
    if (!o->out && !o->per_file)
        wrong("%s", "no output: -o FILE is missing");
    if (o->per_file && o->out && o->inputs.count > 1)
        wrong("%s", "-c with -o takes one file");
    if (o->name_expressions.count && tncc_front_has_bitcode(o))
        wrong("%s", "--name-expression goes with sources, not with bitcode");
    if (o->output == TNCC_EMBED && !o->header)
        wrong("%s", "--embed wants --header FILE.h");
    if (o->lowered_names && o->per_file)
        wrong("%s", "--lowered-names goes with one output");
    if (o->header && o->output != TNCC_EMBED)
        wrong("%s", "--header goes with --embed");
}

/* ---- building ---- */
static const char *const warp_names[] = { "__tn_warp_sync", "__tn_shfl_32",    "__tn_shfl_64",
                                          "__tn_ballot",    "__tn_activemask", "__tn_match" };

static bool uses_warps(LLVMModuleRef module)
{
    for (size_t k = 0; k < sizeof warp_names / sizeof *warp_names; k++) {
        LLVMValueRef f = LLVMGetNamedFunction(module, warp_names[k]);
        if (f && LLVMGetFirstUse(f))
            return true;
    }
    return tncc_assembly_uses_warps(module);
}

struct build {
    const struct tncc_options *options;
    LLVMContextRef context;
    struct tncc_image images[16];
    size_t count;
};

typedef bool make_image(const struct tncc_options *o, struct tncc_unit *unit, struct tncc_image *out);

static bool add_image(struct build *b, LLVMModuleRef module, unsigned width, make_image *make)
{
    struct tncc_unit unit = { .module = LLVMCloneModule(module), .width = width };
    struct tncc_image image = { .width = width, .features = "" };
    bool some = false;
    tncc_find_kernels(&unit);
    if (!unit.kernel_count) {
        tncc_error(b->options->inputs.items[0], 0, "there is no __global__ function in the sources");
        return false;
    }
    if (!make(b->options, &unit, &image))
        return false;
    for (size_t i = 0; i < unit.kernel_count; i++)
        some |= !unit.kernels[i].refusal;
    if (!some && width != 1) {
        tncc_error(b->options->inputs.items[0], 0, "no kernel is left for target %s",
                   image.target ? image.target : "?");
        return false;
    }
    if (some)
        b->images[b->count++] = image;
    return true;
}

/* Waves of these chips have 64 lanes, so the sources are read for that width. */
static bool add_code_objects(struct build *b, LLVMModuleRef module)
{
    const struct tncc_options *all = b->options;
    const bool given = tncc_front_has_bitcode(all);
    if (given && uses_warps(module)) {
        tncc_error(NULL, 0, "target amdgcn: bitcode with warp operations is for one width; give the sources");
        return false;
    }
    LLVMModuleRef wide = given ? module : tncc_front(all, b->context, 64, false);
    bool good = wide != NULL;
    for (size_t i = 0; good && i < all->chips.count; i++) {
        struct tncc_options one = *all;
        one.chip = all->chips.items[i];
        b->options = &one;
        good = add_image(b, wide, 64, tncc_amdgcn_image);
    }
    b->options = all;
    return good;
}

static bool build_images(struct build *b)
{
    const struct tncc_options *o = b->options;
    LLVMModuleRef module = tncc_front(o, b->context, 32, false);
    tncc_phase(NULL);
    if (!module)
        return false;
    if (o->want_sim) {
        if (!uses_warps(module)) {
            if (!add_image(b, module, 0, tncc_sim_image))
                return false;
        } else {
            if ((!o->width || o->width == 32) && !add_image(b, module, 32, tncc_sim_image))
                return false;
            bool narrow = (o->width && o->width != 64) || tncc_front_has_bitcode(o);
            LLVMModuleRef wide = narrow ? NULL : tncc_front(o, b->context, 64, false);
            if (wide && !add_image(b, wide, 64, tncc_sim_image))
                return false;
            if (tncc_errors || ((!o->width || o->width == 1) && !add_image(b, module, 1, tncc_sim_image)))
                return false;
        }
    }
    tncc_phase("opencl-c");
    if (o->want_opencl && !add_image(b, module, 0, tncc_opencl_image))
        return false;
    tncc_phase(o->want_ptx ? "ptx" : NULL);
    if (o->want_ptx && !add_image(b, module, 32, tncc_ptx_image))
        return false;
    return !o->chips.count || add_code_objects(b, module);
}

static void get_ready(void *context)
{
    const struct build *b = context;
    tncc_sim_ahead(b->options, b->context);
}

static void print_times(void)
{
    for (size_t i = 0; i + 1 < tncc_phases.count; i++) {
        const struct tncc_phase *p = tncc_phases.items[i], *next = tncc_phases.items[i + 1];
        if (p->name)
            fprintf(stderr, "time: %-20s %8.2f ms, of it in tenoncc %8.2f ms\n", p->name,
                    (double)(next->wall_ns - p->wall_ns) * 1e-6, (double)(next->own_ns - p->own_ns) * 1e-6);
    }
    tncc_phases.count = 0;
}

static int build(const struct tncc_options *o)
{
    struct build b = { .options = o, .context = LLVMContextCreate() };
    if (o->want_sim)
        tncc_meanwhile(get_ready, &b);
    tncc_phase("clang");
    if (!build_images(&b) || tncc_errors)
        return 1;
    tncc_phase("writing");
    bool good;
    switch (o->output) {
    case TNCC_EMBED:
        good = tncc_embed(o, b.images, b.count);
        break;
    case TNCC_FATBIN:
    case TNCC_GENCO:
    case TNCC_ASCEND:
        good = tncc_wrap(o, b.images, b.count);
        break;
    default:
        good = tncc_write_bundle(o->out, b.images, b.count, o->compress);
    }
    tncc_phase(NULL);
    if (o->time)
        print_times();
    return !good;
}

/* -c: each file by itself. */
static int build_each(const struct tncc_options *o)
{
    int status = 0;
    for (size_t i = 0; i < o->inputs.count; i++) {
        struct tncc_options one = *o;
        const char *source = o->inputs.items[i], *slash = strrchr(source, '/');
        const char *dot = strrchr(source, '.');
        one.inputs = (struct tncc_list){ 0 };
        tncc_push(&one.inputs, o->inputs.items[i]);
        if (!o->out) {
            const char *base = slash ? slash + 1 : source;
            one.out = tncc_format("%.*s.tnb", (int)(dot > base ? dot - base : (long)strlen(base)), base);
        }
        if (!o->dep_target)
            one.dep_target = one.out;
        if (!o->dep_file)
            one.dep_file = tncc_format("%s.d", one.out);
        status |= build(&one);
    }
    return status;
}

int main(int argc, char **argv)
{
    struct tncc_options o = { .cpu = "native",
                              .standard = "c++17",
                              .want_sim = true,
                              .want_opencl = true,
                              .optimise = 3,
                              .resources = getenv("TENONCC_RESOURCES") };
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] == '-' && argv[i][1])
            parse_option(&o, argc, argv, &i);
        else
            tncc_push(&o.inputs, argv[i]);
    }
    if (argc < 2) {
        fputs(usage, stderr);
        return 2;
    }
    choose_defaults(&o);
    if (o.output == TNCC_DUMP)
        return tncc_dump(o.inputs.items[0], o.json);
    if (o.output == TNCC_PCH)
        return !tncc_make_pch(&o);
    if (o.output == TNCC_FATBIN || o.output == TNCC_GENCO || o.output == TNCC_ASCEND) {
        o.want_opencl = o.want_ptx = false;
        if (o.output != TNCC_GENCO)
            o.chips.count = 0;
        o.want_sim |= !o.chips.count;
    }
    if (o.per_file)
        return build_each(&o);
    if (!o.dep_target)
        o.dep_target = o.out;
    if (!o.dep_file)
        o.dep_file = tncc_format("%s.d", o.out);
    return build(&o);
}
