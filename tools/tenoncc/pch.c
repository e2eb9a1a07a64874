/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pch.c - the short way through the front end: clang's own stage without its driver, with our headers precompiled. The build
 * runs `tenoncc --make-pch`, which asks the driver once what it would do. Whatever does not fit (other options, another clang,
 * other headers, an error in the source) goes the long way, so this changes nothing but time. Calls clang-19.
 */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "tools/tenoncc/tenoncc.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- what the precompiled headers were made from ---- */
static const char *identity(const struct tncc_options *o, const char *clang)
{
    struct stat info;
    glob_t headers;
    XXH64_hash_t hash = 0;
    if (stat(clang, &info) || glob(tncc_format("%s/include/tenon_*.h", o->resources), 0, NULL, &headers))
        return NULL;
    for (size_t i = 0; i < headers.gl_pathc; i++) {
        size_t bytes;
        const void *data = tncc_read_file(headers.gl_pathv[i], &bytes);
        if (data)
            hash = XXH3_64bits_withSeed(data, bytes, hash);
    }
    globfree(&headers);
    return tncc_format("%lld %lld.%09ld %016llx", (long long)info.st_size, (long long)info.st_mtim.tv_sec,
                       info.st_mtim.tv_nsec, (unsigned long long)hash);
}

static const char *place(const struct tncc_options *o, unsigned width, const char *ending)
{
    return tncc_format("%s/pch/w%u.%s", o->resources, width, ending);
}

/* ---- asking the driver ---- */
/* A line of -###: words in double quotes, with backslashes before what would end them. */
static void split_line(const char *line, struct tncc_list *words)
{
    while ((line = strchr(line, '"'))) {
        struct tncc_text word = { 0 };
        for (line++; *line && *line != '"'; line++) {
            line += *line == '\\' && line[1];
            tncc_add_bytes(&word, line, 1);
        }
        tncc_push(words, word.data ? word.data : tncc_copy("", 0));
        line += *line == '"';
    }
}

static const char *replace(const char *text, const char *from, const char *to)
{
    const char *at = *from ? strstr(text, from) : NULL;
    return at ? tncc_format("%.*s%s%s", (int)(at - text), text, to, replace(at + strlen(from), from, to)) : text;
}

/* The words of clang's own stage, one a line, with marks for what differs from run to run. */
static bool write_recipe(const struct tncc_options *o, unsigned width, const struct tncc_list *words,
                         const char *source)
{
    struct tncc_text text = { 0 };
    const char *id = identity(o, words->items[0]);
    char folder[4096];
    if (!id || !getcwd(folder, sizeof folder))
        return false;
    tncc_add(&text, "%s\n", id);
    for (size_t i = 0; i < words->count; i++) {
        const char *word = words->items[i], *before = i ? words->items[i - 1] : "";
        if (!strcmp(word, "-include")) {
            i++;
            continue;
        }
        if (strchr(word, '\n'))
            return false;
        if (!strcmp(before, "-main-file-name"))
            word = "@N@";
        else if (tncc_starts(word, "-cuid="))
            word = "-cuid=@H@";
        else if (!strcmp(before, "-o"))
            word = "@O@";
        else if (tncc_starts(word, "-fdebug-compilation-dir="))
            word = "-fdebug-compilation-dir=@C@";
        else
            word = replace(replace(word, source, "@S@"), o->resources, "@R@");
        tncc_add(&text, "%s\n", word);
    }
    return tncc_write_file(place(o, width, "cc1"), text.data, text.bytes);
}

static bool make_one(const struct tncc_options *o, unsigned width)
{
    struct tncc_list driver = { 0 }, words = { 0 }, build = { 0 };
    const char *source = tncc_temp("tenon-source.cu"), *pch = place(o, width, "pch");
    const int errors = tncc_memory_file("driver");
    size_t bytes;
    if (!tncc_write_file(source, "", 0))
        return false;
    tncc_front_arguments(o, width, &driver);
    tncc_push(&driver, (void *)(uintptr_t) "-###");
    tncc_push(&driver, (void *)(uintptr_t) "-o");
    tncc_push(&driver, (void *)(uintptr_t) "@O@");
    tncc_push(&driver, (void *)(uintptr_t)source);
    tncc_push(&driver, NULL);
    int status = tncc_run_to((const char *const *)driver.items, o->verbose, -1, errors);
    const char *said = tncc_read_fd(errors, &bytes);
    close(errors);
    if (status)
        return false;
    const char *line = said ? strstr(said, "\n \"") : NULL;
    if (!line || strstr(line + 1, "\n \""))
        return false; /* not the one stage that we expect */
    split_line(line, &words);
    for (size_t i = 0; i < words.count; i++) {
        const char *word = words.items[i];
        if (!strcmp(word, "-include") || !strcmp(word, "-o") || !strcmp(word, "-x"))
            i++;
        else if (!tncc_starts(word, "-emit-llvm") && strcmp(word, "-disable-llvm-passes") && strcmp(word, source))
            tncc_push(&build, words.items[i]);
    }
    const char *const more[] = { "-emit-pch",
                                 "-relocatable-pch",
                                 "-isysroot",
                                 o->resources,
                                 "-fno-pch-timestamp",
                                 "-o",
                                 pch,
                                 "-x",
                                 "cuda-header",
                                 tncc_format("%s/include/tenon_cuda.h", o->resources),
                                 NULL };
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        tncc_push(&build, (void *)(uintptr_t)more[i]);
    return !tncc_run((const char *const *)build.items, o->verbose) && write_recipe(o, width, &words, source);
}

bool tncc_make_pch(const struct tncc_options *o)
{
    if (mkdir(tncc_format("%s/pch", o->resources), 0777) && access(tncc_format("%s/pch", o->resources), W_OK)) {
        tncc_error(NULL, 0, "can't make %s/pch", o->resources);
        return false;
    }
    if (make_one(o, 32) && make_one(o, 64))
        return true;
    tncc_error(NULL, 0, "the headers can't be precompiled");
    return false;
}

/* ---- the short way ---- */
/* Options that mean the same to clang's own stage, and that nothing in our headers depends on. */
static bool takes(const struct tncc_list *user, struct tncc_list *out)
{
    static const char *const separate[] = { "-D", "-U", "-I", "-include", "-isystem", "-iquote" };
    static const char *const known[] = { "NDEBUG", "TENON_", "TN__", "__", "CUDA", "assert", "isnan" };
    for (size_t i = 0; i < user->count; i++) {
        const char *arg = user->items[i], *prefix = "-ffile-prefix-map=";
        size_t k = 0;
        while (k < sizeof separate / sizeof *separate && !tncc_starts(arg, separate[k]))
            k++;
        bool value = k < sizeof separate / sizeof *separate, split = value && !arg[strlen(separate[k])];
        if (tncc_starts(arg, prefix)) {
            tncc_push(out, tncc_format("-fmacro-prefix-map=%s", arg + strlen(prefix)));
            tncc_push(out, tncc_format("-fdebug-prefix-map=%s", arg + strlen(prefix)));
            continue;
        }
        if (!value && (arg[1] != 'W' || strchr(arg, ',')) && strcmp(arg, "-w") && strcmp(arg, "-pedantic"))
            return false;
        if (split && i + 1 == user->count)
            return false;
        const char *name = split ? user->items[i + 1] : arg + 2;
        for (size_t n = 0; value && k < 2 && n < sizeof known / sizeof *known; n++)
            if (tncc_starts(name, known[n]))
                return false;
        tncc_push(out, user->items[i]);
        if (split)
            tncc_push(out, user->items[++i]);
    }
    return true;
}

static const char *fill(const struct tncc_options *o, const char *word, const char *source)
{
    const char *slash = strrchr(source, '/');
    char folder[4096];
    if (!strchr(word, '@'))
        return word;
    if (strstr(word, "@C@"))
        return getcwd(folder, sizeof folder) ? replace(word, "@C@", folder) : word;
    if (strstr(word, "@H@"))
        return replace(word, "@H@", tncc_format("%016llx", (unsigned long long)XXH3_64bits(source, strlen(source))));
    word = replace(replace(word, "@R@", o->resources), "@O@", "-");
    return replace(replace(word, "@N@", slash ? slash + 1 : source), "@S@", source);
}

bool tncc_front_short(const struct tncc_options *o, const struct tncc_list *user, const char *source, int out,
                      unsigned width)
{
    struct tncc_list args = { 0 }, extra = { 0 };
    size_t bytes;
    char *recipe = NULL, *save = NULL;
    if (getenv("TENONCC_CLANG") || (o->arch && o->arch != 70) || strcmp(o->standard, "c++17") || !takes(user, &extra) ||
        !(recipe = tncc_read_file(place(o, width, "cc1"), &bytes)) || access(place(o, width, "pch"), R_OK))
        return false;
    const char *made_from = strtok_r(recipe, "\n", &save);
    for (char *word = made_from ? strtok_r(NULL, "\n", &save) : NULL; word; word = strtok_r(NULL, "\n", &save)) {
        if (!args.count) {
            const char *now = identity(o, word);
            if (!now || strcmp(now, made_from))
                return false;
        }
        if (!strcmp(word, "-o")) { /* ours come before it */
            const char *const more[] = { "-isysroot", o->resources, "-include-pch", place(o, width, "pch") };
            for (size_t i = 0; i < sizeof more / sizeof *more; i++)
                tncc_push(&args, (void *)(uintptr_t)more[i]);
            for (size_t i = 0; i < extra.count; i++)
                tncc_push(&args, extra.items[i]);
            if (o->make_deps && width == 32) {
                const char *const deps[] = { "-dependency-file", o->dep_file, "-MT", o->dep_target };
                for (size_t i = 0; i < sizeof deps / sizeof *deps; i++)
                    tncc_push(&args, (void *)(uintptr_t)deps[i]);
                if (!o->own_deps_only)
                    tncc_push(&args, (void *)(uintptr_t) "-sys-header-deps");
                if (o->phony_deps)
                    tncc_push(&args, (void *)(uintptr_t) "-MP");
            }
            if (isatty(2))
                tncc_push(&args, (void *)(uintptr_t) "-fcolor-diagnostics");
        }
        tncc_push(&args, (void *)(uintptr_t)fill(o, word, source));
    }
    if (args.count < 10)
        return false;
    tncc_push(&args, NULL);
    const int errors = tncc_memory_file("errors");
    int status = tncc_run_to((const char *const *)args.items, o->verbose, out, errors);
    const char *warnings = tncc_read_fd(errors, &bytes);
    close(errors);
    if (status) { /* the long way tells why */
        if (ftruncate(out, 0) || lseek(out, 0, SEEK_SET))
            tncc_fatal("a file in memory can't be emptied");
        return false;
    }
    if (warnings && bytes)
        fwrite(warnings, 1, bytes, stderr);
    return true;
}
