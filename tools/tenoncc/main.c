/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - what the command line asks for: which images to build from the sources, several at once with -j, and what to wrap them in.
 * Calls every other part of tenoncc.
 */
#include "tools/tenoncc/tenoncc.h"

#include <llvm-c/Core.h>
#include <llvm-c/ErrorHandling.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "tools/tenoncc/add_image.h"
#include "tools/tenoncc/amdgcn.h"
#include "tools/tenoncc/explain.h"
#include "tools/tenoncc/wrap.h"

/* ---- building ---- */
typedef bool make_image(const struct tncc_options *o, struct tncc_unit *unit, struct tncc_image *out);

struct plan { /* one image */
    const char *title;
    make_image *make;
    unsigned front; /* the warp width that the sources are read for */
    unsigned width; /* of the image */
    const char *chip;
    const char *cpu; /* of simulator images: one of --cpu's; NULL: not for a processor */
    unsigned arch;   /* of PTX: the chip, which is another one to the sources; 0: no matter */
};

enum { MOST_PLANS = 24 };

struct build {
    const struct tncc_options *options;
    LLVMContextRef context;
    LLVMModuleRef narrow, wide; /* the sources for warps of 32 and, when something asked, 64 */
    struct plan plans[MOST_PLANS];
    size_t plan_count;
    struct tncc_image images[MOST_PLANS];
    size_t count;
};

static void add_plan(struct build *b, const char *title, make_image *make, unsigned front, unsigned width,
                     const char *chip)
{
    if (b->plan_count == sizeof b->plans / sizeof *b->plans)
        tncc_fatal("too many images for one bundle");
    b->plans[b->plan_count++] = (struct plan){ title, make, front, width, chip, NULL, 0 };
}

/* An image for each processor that --cpu names; who loads the bundle takes the best that its machine can run. */
static void add_sim(struct build *b, unsigned front, unsigned width)
{
    const char *list = b->options->cpu;
    const bool alone = !strchr(list, ',');
    while (*list) {
        const size_t length = strcspn(list, ",");
        const char *cpu = tncc_copy(list, length), *title = width ? tncc_format("sim, %u", width) : "sim";
        add_plan(b, alone ? title : tncc_format("%s, %s", title, cpu), tncc_sim_image, front, width, NULL);
        b->plans[b->plan_count - 1].cpu = cpu;
        list += length + (list[length] == ',');
    }
}

/* Which images: what uses warps has one for each width, and one for chips without warps of what does not. */
static bool plan_images(struct build *b)
{
    const struct tncc_options *o = b->options;
    const bool given = tncc_front_has_bitcode(o), warps = tncc_uses_warps(b->narrow);
    if (o->want_sim && !warps)
        add_sim(b, 32, 0);
    if (o->want_sim && warps) {
        const bool all = o->width != 1 && tncc_all_use_warps(b->narrow);
        if (!o->width || o->width == 32)
            add_sim(b, 32, 32);
        if ((!o->width || o->width == 64) && !given)
            add_sim(b, 64, 64);
        if ((!o->width || o->width == 1) && !all)
            add_sim(b, 32, 1);
    }
    if (o->want_opencl)
        add_plan(b, "opencl-c", tncc_opencl_image, 32, 0, NULL);
    for (unsigned i = 0; o->want_ptx && i < (given || o->output == TNCC_PTX ? 1 : o->arch_count); i++) {
        const unsigned arch = given || o->output == TNCC_PTX ? o->arch : o->archs[i];
        add_plan(b, o->arch_count > 1 ? tncc_format("ptx:sm_%u", arch) : "ptx", tncc_ptx_image, 32, 32, NULL);
        b->plans[b->plan_count - 1].arch = arch;
    }
    if (o->chips.count && given && warps) {
        tncc_error(NULL, 0, "target amdgcn: bitcode with warp operations is for one width; give the sources");
        return false;
    }
    for (size_t i = 0; i < o->chips.count; i++) /* waves of these chips have 64 lanes */
        add_plan(b, tncc_format("amdgcn:%s", (const char *)o->chips.items[i]), tncc_amdgcn_image, given ? 32 : 64, 64,
                 o->chips.items[i]);
    return true;
}

static bool make_one(struct build *b, const struct plan *p, struct tncc_image *out, bool *out_some)
{
    struct tncc_options o = *b->options;
    o.chip = p->chip;
    o.cpu = p->cpu ? p->cpu : o.cpu;
    o.jobs = o.jobs > b->plan_count ? o.jobs / (unsigned)b->plan_count : 1; /* the images are what goes on at once */
    if (p->front == 64 && !b->wide && !(b->wide = tncc_front(&o, b->context, 64, false)))
        return false;
    LLVMModuleRef source = p->front == 64 ? b->wide : b->narrow;
    if (p->arch && p->arch != o.arch) {
        o.arch = p->arch;
        if (!(source = tncc_front(&o, b->context, 32, false)))
            return false;
    }
    tncc_phase(p->title);
    struct tncc_unit unit = { .module = LLVMCloneModule(source), .width = p->width };
    *out = (struct tncc_image){ .width = p->width, .features = "" };
    *out_some = false;
    tncc_find_kernels(&unit);
    if (!unit.kernel_count) {
        tncc_error(o.inputs.items[0], 0, "there is no __global__ function in the sources");
        return false;
    }
    if (!p->make(&o, &unit, out))
        return false;
    for (size_t i = 0; i < unit.kernel_count; i++)
        *out_some |= !unit.kernels[i].refusal;
    if (!*out_some && p->width != 1)
        tncc_error(o.inputs.items[0], 0, "no kernel is left for target %s", out->target ? out->target : "?");
    tncc_phase(NULL);
    return *out_some || p->width == 1;
}

/* ---- an image as bytes, on its way from another process ---- */
static void put(struct tncc_text *t, const void *data, size_t bytes)
{
    tncc_add_bytes(t, &bytes, sizeof bytes);
    tncc_add_bytes(t, data, bytes);
}

static const void *get(const struct tncc_text *t, size_t *at, size_t *out_bytes)
{
    memcpy(out_bytes, t->data + *at, sizeof *out_bytes);
    const char *data = t->data + *at + sizeof *out_bytes;
    *at += sizeof *out_bytes + *out_bytes;
    return tncc_copy(data, *out_bytes); /* aligned, and with a NUL */
}

static int image_job(void *context, size_t index, struct tncc_text *out)
{
    struct build *b = context;
    struct tncc_image image;
    const unsigned before = tncc_errors;
    bool some;
    if (!make_one(b, &b->plans[index], &image, &some) || tncc_errors != before)
        return 1;
    if (!some)
        return 0;
    put(out, &image, sizeof image);
    put(out, image.target, strlen(image.target));
    put(out, image.features, strlen(image.features));
    put(out, image.data, image.bytes);
    put(out, image.ktab, image.ktab_bytes);
    return 0;
}

static void take_image(struct build *b, const struct tncc_text *from)
{
    size_t at = 0, bytes;
    if (!from->bytes)
        return;
    struct tncc_image *i = &b->images[b->count++];
    memcpy(i, get(from, &at, &bytes), sizeof *i);
    i->target = get(from, &at, &bytes);
    i->features = get(from, &at, &bytes);
    i->data = get(from, &at, &i->bytes);
    i->ktab = get(from, &at, &i->ktab_bytes);
}

/* While clang reads the sources for warps of 64, this process builds what the others are enough for. */
struct early {
    struct build *build;
    struct tncc_text *results;
    bool done[MOST_PLANS];
    int status;
};

static void build_early(void *context)
{
    struct early *e = context;
    for (size_t i = 0; i < e->build->plan_count && !e->status; i++)
        if (e->build->plans[i].front == 32 && e->build->plans[i].make == tncc_sim_image) {
            e->status = image_job(e->build, i, &e->results[i]);
            e->done[i] = true;
        }
}

static int build_in_turn(struct build *b, struct tncc_text *results)
{
    struct early e = { .build = b, .results = results };
    bool wide = false;
    for (size_t i = 0; i < b->plan_count; i++)
        wide |= b->plans[i].front == 64;
    if (wide && !b->options->explain) { /* whose report comes in the order of the images */
        tncc_meanwhile(build_early, &e);
        b->wide = tncc_front(b->options, b->context, 64, false);
        tncc_meanwhile(NULL, NULL); /* no program ran: the inputs were compiled before */
        e.status = b->wide ? e.status : 1;
    }
    for (size_t i = 0; i < b->plan_count && !e.status; i++) /* one that fails is enough */
        if (!e.done[i])
            e.status = image_job(b, i, &results[i]);
    return e.status;
}

static int build_images(struct build *b)
{
    struct tncc_text *results;
    tncc_phase("clang");
    b->narrow = tncc_front(b->options, b->context, 32, false);
    tncc_phase(NULL);
    if (!b->narrow || !plan_images(b))
        return 1;
    results = tncc_alloc((b->plan_count + 1) * sizeof *results);
    int status = 0;
    size_t slow = 0;
    for (size_t i = 0; i < b->plan_count; i++)
        slow += b->plans[i].make != tncc_opencl_image;
    if (b->options->jobs > 1 && slow > 1) /* text takes less time than another process */
        status = tncc_jobs(b->options->jobs, b->plan_count, image_job, b, results);
    else
        status = build_in_turn(b, results);
    for (size_t i = 0; i < b->plan_count && !status; i++)
        take_image(b, &results[i]);
    return status ? status : tncc_errors != 0;
}

/* ---- one output ---- */
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

/* What was built elsewhere comes behind what is built here. */
static const struct tncc_image *all_images(const struct build *b, size_t *out_count)
{
    const struct tncc_options *o = b->options;
    struct tncc_list list = { 0 };
    bool good = true;
    for (size_t i = 0; i < o->bundles.count; i++)
        good &= tncc_add_bundle(o->bundles.items[i], &list);
    for (size_t i = 0; i < o->added.count; i++)
        good &= tncc_add_image(o->added.items[i], &list);
    struct tncc_image *all = tncc_alloc((b->count + list.count + 1) * sizeof *all);
    if (b->count)
        memcpy(all, b->images, b->count * sizeof *all);
    for (size_t i = 0; i < list.count; i++)
        all[b->count + i] = *(struct tncc_image *)list.items[i];
    *out_count = b->count + list.count;
    return good ? all : NULL;
}

static void get_ready(void *context)
{
    const struct build *b = context;
    tncc_sim_ahead(b->options, b->context);
}

static bool write_output(const struct tncc_options *o, const struct tncc_image *images, size_t count)
{
    switch (o->output) {
    case TNCC_EMBED:
        return tncc_embed(o, images, count);
    case TNCC_FATBIN:
    case TNCC_GENCO:
    case TNCC_ASCEND:
        return tncc_wrap(o, images, count);
    case TNCC_PTX:
        return images[0].data && tncc_write_file(o->out, images[0].data, strlen(images[0].data));
    default:
        return tncc_write_bundle(o->out, images, count, o->compress);
    }
}

/* Without it an error, as of two files that define the same, would end the process inside LLVM. */
static void llvm_says(LLVMDiagnosticInfoRef info, void *context)
{
    const struct tncc_options *o = context;
    const LLVMDiagnosticSeverity severity = LLVMGetDiagInfoSeverity(info);
    char *text = LLVMGetDiagInfoDescription(info);
    if (severity == LLVMDSError)
        tncc_error(NULL, 0, "%s", text);
    else if (severity == LLVMDSWarning && !o->quiet)
        fprintf(stderr, "tenoncc: warning: %s\n", text);
    LLVMDisposeMessage(text);
}

static int build(const struct tncc_options *o)
{
    struct build b = { .options = o, .context = LLVMContextCreate() };
    LLVMContextSetDiagnosticHandler(b.context, llvm_says, (void *)(uintptr_t)o);
    size_t count;
    const struct tncc_image *images;
    if (o->want_sim && o->inputs.count)
        tncc_meanwhile(get_ready, &b);
    int status = o->inputs.count ? build_images(&b) : 0;
    if (status)
        return status;
    if (!(images = all_images(&b, &count)))
        return 1;
    tncc_phase("writing");
    if (!write_output(o, images, count))
        return 1;
    tncc_phase(NULL);
    tncc_explain_end(o);
    if (o->resource_usage)
        tncc_print_resources(images, count);
    if (o->time)
        print_times();
    return 0;
}

/* ---- -c: each file by itself ---- */
static struct tncc_options one_file(const struct tncc_options *o, size_t index)
{
    struct tncc_options one = *o;
    const char *source = o->inputs.items[index], *slash = strrchr(source, '/'), *dot = strrchr(source, '.');
    const char *base = slash ? slash + 1 : source;
    one.inputs = (struct tncc_list){ 0 };
    tncc_push(&one.inputs, o->inputs.items[index]);
    if (!o->out)
        one.out = tncc_format("%s%s%.*s%s", o->out_dir ? o->out_dir : "", o->out_dir ? "/" : "",
                              (int)(dot > base ? dot - base : (long)strlen(base)), base,
                              o->output == TNCC_PTX             ? ".ptx"
                              : o->output == TNCC_FATBIN        ? ".fatbin"
                              : o->output == TNCC_GENCO         ? ".co"
                              : o->output == TNCC_DEVICE_OBJECT ? ".o"
                                                                : ".tnb");
    if (!o->dep_target)
        one.dep_target = one.out;
    if (!o->dep_file)
        one.dep_file = tncc_format("%s.d", one.out);
    if (o->inputs.count > 1)
        one.jobs = 1; /* the files are what goes on at once */
    return one;
}

static int file_job(void *context, size_t index, struct tncc_text *out)
{
    struct tncc_options one = one_file(context, index);
    (void)out;
    tncc_errors = 0;
    if (one.output == TNCC_DEVICE_OBJECT)
        return !tncc_front_object(&one);
    return build(&one);
}

static bool same_outputs(const struct tncc_options *o)
{
    for (size_t i = 0; i < o->inputs.count; i++)
        for (size_t k = 0; k < i; k++)
            if (!strcmp(one_file(o, i).out, one_file(o, k).out)) {
                tncc_error(NULL, 0, "%s and %s would both become %s", (const char *)o->inputs.items[k],
                           (const char *)o->inputs.items[i], one_file(o, i).out);
                return true;
            }
    return false;
}

static int build_each(struct tncc_options *o)
{
    struct tncc_text *results = tncc_alloc(o->inputs.count * sizeof *results);
    if (same_outputs(o))
        return 2;
    return tncc_jobs(o->jobs, o->inputs.count, file_job, o, results);
}

static void llvm_failed(const char *reason)
{
    tncc_fatal("LLVM: %s", reason);
}

/* Deep expressions take deep stacks, in clang and in LLVM. */
static void get_stack(void)
{
    struct rlimit limit;
    const rlim_t wanted = 64u << 20;
    if (getrlimit(RLIMIT_STACK, &limit) || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = limit.rlim_max == RLIM_INFINITY || limit.rlim_max > wanted ? wanted : limit.rlim_max;
    setrlimit(RLIMIT_STACK, &limit);
}

int main(int argc, char **argv)
{
    struct tncc_options o = { .cpu = "native",
                              .standard = "c++17",
                              .want_sim = true,
                              .want_opencl = true,
                              .optimise = 3,
                              .jobs = 1,
                              .resources = getenv("TENONCC_RESOURCES") };
    tncc_parse(argc, argv, &o);
    tncc_watch_signals();
    get_stack();
    setenv("LLVM_DISABLE_SYMBOLIZATION", "1", 0); /* a clang that crashes would leave files of its symbolizer */
    LLVMInstallFatalErrorHandler(llvm_failed);
    if (o.output == TNCC_DUMP)
        return tncc_dump(o.bundles.count ? o.bundles.items[0] : o.inputs.items[0], o.json);
    if (o.output == TNCC_PCH)
        return !tncc_make_pch(&o);
    if (o.output == TNCC_PREPROCESS || o.output == TNCC_DEPENDENCIES || o.output == TNCC_OWN_DEPENDENCIES)
        return tncc_front_only(&o);
    if (o.dry_run) {
        tncc_front_dry(&o);
        return 0;
    }
    if (o.per_file)
        return build_each(&o);
    if (!o.dep_target)
        o.dep_target = o.out;
    if (!o.dep_file)
        o.dep_file = tncc_format("%s.d", o.out);
    return build(&o);
}
