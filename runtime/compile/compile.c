/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compile.c - tn_compile: checks what is asked, looks into the cache, runs the compiler, and packs the result into one
 * allocation, which the caller owns. Calls the other files of this folder.
 */
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "runtime/compile/internal.h"

#define MINUTE 60000000000ull

tn_status tnj_fail(struct tnj_job *job, tn_status status, const char *format, ...)
{
    va_list list;
    tnj_text_free(&job->message);
    va_start(list, format);
    tnj_add_list(&job->message, format, list);
    va_end(list);
    return status;
}

/* ---- checking ---- */
static tn_status check_struct(struct tnj_job *job, const tn_compile_options *o)
{
    const size_t bytes = sizeof *o;
    if (o->size < bytes || o->size > 65536)
        return tnj_fail(job, TN_INVALID,
                        "tn_compile_options.size is %u, this version needs %zu: set it to sizeof(tn_compile_options)",
                        o->size, bytes);
    for (size_t i = bytes; i < o->size; i++)
        if (((const unsigned char *)o)[i])
            return tnj_fail(
                job, TN_INVALID,
                "tn_compile_options has %u bytes and uses a member at byte %zu that this version does not know",
                o->size, i);
    if (o->next)
        return tnj_fail(job, TN_INVALID, "tn_compile_options.next is not NULL; this version knows no extension of it");
    if (o->flags & ~(uint32_t)(TN_COMPILE_BITCODE | TN_COMPILE_NO_CACHE))
        return tnj_fail(job, TN_INVALID, "tn_compile_options.flags has bits that this version does not know: %#x",
                        o->flags);
    if ((o->header_count && !o->headers) || (o->option_count && !o->options) || (o->target_count && !o->targets) ||
        (o->name_expression_count && !o->name_expressions))
        return tnj_fail(job, TN_INVALID, "tn_compile_options has a count without its list");
    return TN_OK;
}

static tn_status check_headers(struct tnj_job *job, const tn_compile_options *o)
{
    for (uint32_t i = 0; i < o->header_count; i++) {
        const tn_compile_header *h = &o->headers[i];
        if (!h->name || !*h->name || (!h->content && h->bytes))
            return tnj_fail(job, TN_INVALID, "header %u has no %s", i, h->name && *h->name ? "content" : "name");
        bool good = *h->name != '/';
        for (const char *part = h->name; good && part; part = strchr(part, '/') ? strchr(part, '/') + 1 : NULL) {
            size_t length = strcspn(part, "/");
            good = length && !(length == 1 && *part == '.') && !(length == 2 && !memcmp(part, "..", 2));
        }
        if (!good)
            return tnj_fail(job, TN_INVALID, "header %u is named \"%s\": a name is relative and has no \"..\"", i,
                            h->name);
    }
    return TN_OK;
}

/* What comes out, and where, is ours to say. */
static const char *const ours[] = { "-o",          "--output-file",
                                    "-odir",       "--output-directory",
                                    "-c",          "--compile",
                                    "-M",          "--generate-dependencies",
                                    "-E",          "--preprocess",
                                    "-ptx",        "--ptx",
                                    "-fatbin",     "--fatbin",
                                    "-cubin",      "--cubin",
                                    "--header",    "--embed",
                                    "--genco",     "--ascend",
                                    "--dump",      "--json",
                                    "-save-temps", "--save-temps",
                                    "-keep",       "--keep",
                                    "-keep-dir",   "--keep-dir",
                                    "--bundle",    "--lowered-names",
                                    "--help",      "--name-expression",
                                    "-h",          "--version",
                                    "-V",          "--target",
                                    "-optf",       "--options-file",
                                    "-dryrun",     "--dryrun",
                                    "--make-pch",  "--completion",
                                    "-arch-ls",    "--list-gpu-arch",
                                    "-code-ls",    "--list-gpu-code",
                                    "-time",       "--time",
                                    "-MP",         "--generate-dependency-targets",
                                    "--add-image", "--args",
                                    "--split-debug" };
/* Options whose value may be the next one. */
static const char *const with_value[] = { "-D",
                                          "-U",
                                          "-I",
                                          "-include",
                                          "-isystem",
                                          "-iquote",
                                          "--cpu",
                                          "--width",
                                          "--vector",
                                          "-arch",
                                          "-gencode",
                                          "-std",
                                          "--std",
                                          "-O",
                                          "-Xptxas",
                                          "-j",
                                          "-t",
                                          "--threads",
                                          "--jobs",
                                          "-code",
                                          "-fmad",
                                          "--fmad",
                                          "-ftz",
                                          "--ftz",
                                          "-prec-div",
                                          "--prec-div",
                                          "-prec-sqrt",
                                          "--prec-sqrt",
                                          "-maxrregcount",
                                          "--maxrregcount",
                                          "-Xcompiler",
                                          "-x",
                                          "--gpu-architecture",
                                          "--generate-code",
                                          "--define-macro",
                                          "--include-path" };

static tn_status check_option(struct tnj_job *job, const char *option, bool value)
{
    if (!option)
        return tnj_fail(job, TN_INVALID, "an option is NULL");
    if (value)
        return TN_OK;
    if (*option != '-' || !option[1])
        return tnj_fail(job, TN_INVALID,
                        "\"%s\" is no option: the source is given in memory, and nothing else is compiled with it",
                        option);
    for (size_t k = 0; k < sizeof ours / sizeof *ours; k++) {
        size_t length = strlen(ours[k]);
        bool joined = !strcmp(ours[k], "-M") || !strcmp(ours[k], "-o");
        if (!strncmp(option, ours[k], length) && (joined || !option[length] || option[length] == '='))
            return tnj_fail(job, TN_INVALID, "option %s can't be given here: tn_compile sets what comes out%s", option,
                            !strcmp(ours[k], "--target") ? "; use tn_compile_options.targets" : "");
    }
    return TN_OK;
}

static tn_status check_lists(struct tnj_job *job, const tn_compile_options *o)
{
    bool value = false;
    for (uint32_t i = 0; i < o->option_count; i++) {
        tn_status status = check_option(job, o->options[i], value);
        if (status != TN_OK)
            return status;
        bool next = false;
        for (size_t k = 0; k < sizeof with_value / sizeof *with_value; k++)
            next |= !value && !strcmp(o->options[i], with_value[k]);
        value = next;
    }
    for (uint32_t i = 0; i < o->target_count; i++)
        if (!o->targets[i] || !*o->targets[i] || strpbrk(o->targets[i], ",= "))
            return tnj_fail(job, TN_INVALID, "target %u is no name of a target", i);
    for (uint32_t i = 0; i < o->name_expression_count; i++)
        if (!o->name_expressions[i] || !*o->name_expressions[i] || strpbrk(o->name_expressions[i], "\n\r\\;#"))
            return tnj_fail(job, TN_INVALID, "name expression %u is no expression of one line", i);
    if (o->name_expression_count && o->flags & TN_COMPILE_BITCODE)
        return tnj_fail(job, TN_INVALID, "bitcode has no templates: it takes no name expressions");
    if (strpbrk(job->name, "\n\r"))
        return tnj_fail(job, TN_INVALID, "the name of the source has more than one line");
    return check_headers(job, o);
}

/* ---- the compiler ---- */
static tn_status find_compiler(struct tnj_job *job)
{
    static const char here;
    char found[TNJ_PATH + 64];
    const char *given = job->options->compiler, *from = "tn_compile_options.compiler";
    Dl_info info;
    if (!given && (given = getenv("TENON_COMPILER")) && *given)
        from = "TENON_COMPILER";
    else if (!given || !*given) {
        from = "beside the library";
        given = NULL;
        if (dladdr(&here, &info) && info.dli_fname && strlen(info.dli_fname) < TNJ_PATH) {
            char library[PATH_MAX];
            if (realpath(info.dli_fname, library)) {
                *strrchr(library, '/') = 0;
                snprintf(found, sizeof found, "%s/../bin/tenoncc", library);
                given = found;
            }
        }
    }
    char whole[PATH_MAX];
    if (given && realpath(given, whole) && !access(whole, X_OK) && strlen(whole) < sizeof job->compiler) {
        strcpy(job->compiler, whole);
        return TN_OK;
    }
    return tnj_fail(job, TN_NOT_FOUND, "there is no compiler: %s (%s): %s. Set TENON_COMPILER to the path of tenoncc",
                    given ? given : "tenoncc", from, given ? strerror(errno) : "the library's own place is not known");
}

static char *join(const char *prefix, const char *value)
{
    size_t bytes = strlen(prefix) + strlen(value) + 1;
    char *text = malloc(bytes);
    if (text)
        snprintf(text, bytes, "%s%s", prefix, value);
    return text;
}

static char *targets_option(const tn_compile_options *o)
{
    struct tnj_text t = { 0 };
    tnj_add(&t, "--target=");
    for (uint32_t i = 0; i < o->target_count; i++)
        tnj_add(&t, "%s%s", i ? "," : "", o->targets[i]);
    if (t.broken)
        tnj_text_free(&t);
    return t.data;
}

/* The command line; every item is the list's own. NULL: no memory. */
static char **make_arguments(const struct tnj_job *job, const struct tnj_workspace *w)
{
    const tn_compile_options *o = job->options;
    const size_t most = 21 + o->option_count + o->name_expression_count;
    char **list = calloc(most, sizeof *list);
    size_t n = 0;
    if (!list)
        return NULL;
    list[n++] = strdup(job->compiler);
    list[n++] = strdup("--bundle");
    list[n++] = strdup("-j0"); /* images for several warp widths at once; the bytes do not depend on it */
    list[n++] = join("-I", w->headers);
    for (uint32_t i = 0; i < o->option_count; i++)
        list[n++] = strdup(o->options[i]);
    if (o->target_count)
        list[n++] = targets_option(o);
    for (uint32_t i = 0; i < o->name_expression_count; i++)
        list[n++] = join("--name-expression=", o->name_expressions[i]);
    if (o->name_expression_count)
        list[n++] = join("--lowered-names=", w->names);
    if (!(o->flags & TN_COMPILE_BITCODE)) {
        char *prefix = join("-ffile-prefix-map=", w->headers);
        list[n++] = prefix ? join(prefix, "/=") : NULL;
        free(prefix);
        list[n++] = strdup("-MD");
        list[n++] = strdup("-MF");
        list[n++] = strdup(w->deps);
    }
    list[n++] = strdup("-o");
    list[n++] = strdup(w->bundle);
    list[n++] = strdup(w->source);
    for (size_t i = 0; i < n; i++)
        if (!list[i]) {
            for (size_t k = 0; k < n; k++)
                free(list[k]);
            free(list);
            return NULL;
        }
    return list;
}

/* The first line of the log with these words, without its newline. */
static bool find_line(const struct tnj_job *job, size_t from, const char *words, char *out, size_t room)
{
    const char *log = job->log.data ? job->log.data + from : "", *at = strstr(log, words);
    out[0] = 0;
    if (!at)
        return false;
    while (at > log && at[-1] != '\n')
        at--;
    snprintf(out, room, "%.*s", (int)strcspn(at, "\n"), at);
    return true;
}

static tn_status judge(struct tnj_job *job, const struct tnj_end *end, size_t from, uint64_t timeout_ns)
{
    char line[400];
    const bool full = find_line(job, from, "No space left on device", line, sizeof line) ||
                      find_line(job, from, "Disk quota exceeded", line, sizeof line);
    if (!full)
        find_line(job, from, "error: ", line, sizeof line);
    if (end->timed_out)
        return tnj_fail(job, TN_TIMEOUT, "the compiler did not end within %.3g s and was ended",
                        (double)timeout_ns * 1e-9);
    if (end->signal == SIGKILL)
        return tnj_fail(job, TN_SYSTEM, "the compiler was killed from outside, as a machine without memory left does");
    if (end->signal)
        return tnj_fail(job, TN_INTERNAL, "the compiler crashed (signal %d, %s)", end->signal, strsignal(end->signal));
    if (end->unknown)
        return TN_OK; /* what it wrote must tell */
    if (end->code && full)
        return tnj_fail(job, TN_SYSTEM, "the disk is full: %s", line);
    switch (end->code) {
    case 0:
        return TN_OK;
    case 1:
        return tnj_fail(job, TN_BAD_SOURCE, "%s",
                        line[0] ? line : "the compiler refused the source and said no more than the log");
    case 2:
        return tnj_fail(job, TN_INVALID, "the compiler does not take an option: %s", line[0] ? line : "see the log");
    case 127:
        return tnj_fail(job, TN_NOT_FOUND, "the compiler %s could not start: %s", job->compiler,
                        line[0] ? line : "see the log");
    default:
        return tnj_fail(job, TN_INTERNAL, "the compiler ended with status %d: %s", end->code,
                        line[0] ? line : "see the log");
    }
}

static tn_status run_compiler(struct tnj_job *job, const struct tnj_workspace *w)
{
    const uint64_t timeout_ns = job->options->timeout_ns ? job->options->timeout_ns : MINUTE;
    const size_t from = job->log.bytes;
    struct tnj_end end;
    char **arguments = make_arguments(job, w);
    if (!arguments)
        return tnj_fail(job, TN_OUT_OF_HOST_MEMORY, "no memory for the command line");
    int failed = tnj_run((const char *const *)arguments, w->dir, timeout_ns, &job->log, &end);
    for (size_t i = 0; arguments[i]; i++)
        free(arguments[i]);
    free(arguments);
    if (failed)
        return tnj_fail(job, failed == ENOENT || failed == EACCES || failed == ENOEXEC ? TN_NOT_FOUND : TN_SYSTEM,
                        "can't start the compiler %s: %s", job->compiler, strerror(failed));
    tnj_workspace_clean_log(job, w, from);
    tn_status status = judge(job, &end, from, timeout_ns);
    if (status != TN_OK)
        return status;
    status = tnj_workspace_collect(job, w);
    if (status == TN_INTERNAL && end.unknown)
        return tnj_fail(job, TN_BAD_SOURCE,
                        "the compiler wrote no bundle (this program ignores SIGCHLD, so its exit status is not known)");
    return status;
}

static tn_status compile(struct tnj_job *job)
{
    struct tnj_cache cache;
    struct tnj_workspace w;
    struct timespec now;
    tn_status status = check_lists(job, job->options);
    if (status == TN_OK)
        status = find_compiler(job);
    if (status != TN_OK)
        return status;
    tnj_cache_open(job, &cache);
    if (tnj_cache_find(job, &cache)) {
        job->flags |= TN_COMPILE_CACHED;
        return TN_OK;
    }
    clock_gettime(CLOCK_REALTIME, &now);
    job->started_wall_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    status = tnj_workspace_make(job, &w);
    if (status == TN_OK)
        status = run_compiler(job, &w);
    if (status == TN_OK)
        tnj_cache_store(job, &cache);
    tnj_workspace_remove(&w);
    return status;
}

/* ---- the result: one allocation ---- */
static tn_compile_result *pack(const struct tnj_job *job, tn_status status, uint64_t elapsed_ns)
{
    const uint32_t names = status == TN_OK ? job->options->name_expression_count : 0;
    const size_t table = sizeof(tn_compile_result) + names * sizeof(char *), head = (table + 15) & ~(size_t)15;
    const size_t bundle = status == TN_OK ? job->bundle.bytes : 0, listed = names ? job->names.bytes : 0;
    char *at = malloc(head + bundle + listed + job->log.bytes + job->remarks.bytes + job->message.bytes + 2);
    tn_compile_result *r = (void *)at;
    if (!r)
        return NULL;
    *r = (tn_compile_result){
        .size = sizeof *r, .flags = job->flags, .status = status, .name_count = names, .elapsed_ns = elapsed_ns
    };
    const char **name = (const char **)(r + 1);
    at += head;
    if (bundle) {
        r->bundle = memcpy(at, job->bundle.data, bundle);
        r->bundle_bytes = bundle;
        at += bundle;
    }
    if (names) {
        memcpy(at, job->names.data, listed);
        r->names = name;
        for (uint32_t i = 0; i < names; i++, at += strlen(at) + 1)
            name[i] = at;
    }
    r->log = at;
    if (job->log.bytes)
        memcpy(at, job->log.data, job->log.bytes);
    at += job->log.bytes;
    if (job->remarks.bytes)
        memcpy(at, job->remarks.data, job->remarks.bytes);
    at += job->remarks.bytes;
    *at++ = 0;
    r->message = at;
    if (job->message.bytes)
        memcpy(at, job->message.data, job->message.bytes);
    at[job->message.bytes] = 0;
    return r;
}

TN_API tn_status tn_compile(const void *source, size_t bytes, const tn_compile_options *options,
                            const tn_compile_result **out)
{
    static const tn_compile_options defaults = TN_COMPILE_OPTIONS_INIT;
    const uint64_t started = tnj_now();
    struct tnj_job job = { .source = source, .bytes = bytes, .options = &defaults, .name = "kernel.cu" };
    tn_status status = TN_OK;
    if (!out)
        return TN_INVALID;
    *out = NULL;
    if (options)
        status = check_struct(&job, options);
    if (status == TN_OK && options) {
        job.options = options;
        if (options->name)
            job.name = options->name;
    }
    if (status == TN_OK && (!source || !bytes))
        status = tnj_fail(&job, TN_INVALID, "there is no source");
    if (status == TN_OK)
        status = compile(&job);
    if (job.bundle.broken || job.names.broken || job.log.broken || job.remarks.broken || job.message.broken)
        status = TN_OUT_OF_HOST_MEMORY;
    tn_compile_result *result = pack(&job, status, tnj_now() - started);
    if (!result)
        status = TN_OUT_OF_HOST_MEMORY;
    *out = result;
    tnj_text_free(&job.bundle);
    tnj_text_free(&job.names);
    tnj_text_free(&job.deps);
    tnj_text_free(&job.log);
    tnj_text_free(&job.remarks);
    tnj_text_free(&job.message);
    return status;
}

TN_API void tn_compile_free(const tn_compile_result *result)
{
    free((void *)(uintptr_t)result);
}
