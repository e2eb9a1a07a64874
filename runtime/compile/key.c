/* SPDX-License-Identifier: Apache-2.0 */
/*
 * key.c - what a compilation depends on, as one hash: source, headers, options, the compiler with its library and headers, the
 * processor. Owns a memo of the compiler's hash, so that a program reads those files once. Calls libc and xxHash.
 */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "runtime/compile/internal.h"

#define KEY_VERSION 1u /* of the key and of the cache's entries */

/* ---- hashing ---- */
static struct tnj_hash hash_bytes(const void *data, size_t bytes)
{
    XXH128_hash_t h = XXH3_128bits(data, bytes);
    return (struct tnj_hash){ h.low64, h.high64 };
}

/* Read piece by piece into one small buffer: a mapping would fault when somebody cuts the file short meanwhile. */
bool tnj_hash_file(const char *path, struct tnj_hash *out)
{
    char piece[32768];
    struct stat info;
    XXH3_state_t state;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t n = fd >= 0 && !fstat(fd, &info) && S_ISREG(info.st_mode) ? 1 : -1;
    XXH3_128bits_reset(&state);
    while (n > 0) {
        n = read(fd, piece, sizeof piece);
        if (n > 0)
            XXH3_128bits_update(&state, piece, (size_t)n);
        else if (n < 0 && errno == EINTR)
            n = 1;
    }
    if (fd >= 0)
        close(fd);
    XXH128_hash_t h = XXH3_128bits_digest(&state);
    *out = (struct tnj_hash){ h.low64, h.high64 };
    return n == 0;
}

/* Fields are put one after another with their lengths, so that no two lists look alike. */
static void put(struct tnj_text *t, const void *data, uint64_t bytes)
{
    tnj_add_bytes(t, &bytes, sizeof bytes);
    tnj_add_bytes(t, data, (size_t)bytes);
}

static void put_text(struct tnj_text *t, const char *text)
{
    put(t, text ? text : "", text ? strlen(text) : 0);
}

static void put_number(struct tnj_text *t, uint64_t number)
{
    tnj_add_bytes(t, &number, sizeof number);
}

/* ---- the compiler ---- */
static void put_stat(struct tnj_text *t, const char *path)
{
    struct stat info;
    put_text(t, path);
    if (stat(path, &info))
        return put_number(t, (uint64_t)errno);
    put_number(t, (uint64_t)info.st_dev);
    put_number(t, info.st_ino);
    put_number(t, (uint64_t)info.st_size);
    put_number(t, (uint64_t)info.st_mtim.tv_sec * 1000000000u + (uint64_t)info.st_mtim.tv_nsec);
    put_number(t, (uint64_t)info.st_ctim.tv_sec * 1000000000u + (uint64_t)info.st_ctim.tv_nsec);
}

struct files {
    char **paths;
    size_t count, room;
};

static void add_file(struct files *f, const char *path)
{
    if (f->count == f->room) {
        size_t room = f->room ? 2 * f->room : 64;
        char **bigger = realloc(f->paths, room * sizeof *bigger);
        if (!bigger)
            return;
        f->paths = bigger;
        f->room = room;
    }
    if ((f->paths[f->count] = strdup(path)))
        f->count++;
}

static void add_folder(struct files *f, const char *folder, int depth)
{
    DIR *d = opendir(folder);
    struct dirent *e;
    char path[TNJ_PATH];
    while (d && (e = readdir(d))) {
        if (e->d_name[0] == '.' || snprintf(path, sizeof path, "%s/%s", folder, e->d_name) >= (int)sizeof path)
            continue;
        if (e->d_type == DT_DIR && depth)
            add_folder(f, path, depth - 1);
        else
            add_file(f, path);
    }
    if (d)
        closedir(d);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A program as the shell would find it. */
static void add_program(struct files *f, const char *variable, const char *name)
{
    const char *given = getenv(variable), *at = getenv("PATH");
    char path[TNJ_PATH];
    if (given && *given)
        name = given;
    if (strchr(name, '/')) {
        add_file(f, name);
        return;
    }
    for (; at && *at; at += strcspn(at, ":"), at += *at == ':') {
        int length = (int)strcspn(at, ":");
        if (snprintf(path, sizeof path, "%.*s/%s", length, at, name) < (int)sizeof path && !access(path, X_OK)) {
            add_file(f, path);
            return;
        }
    }
}

/* Reading tenoncc, which holds LLVM, and the libraries of bitcode would take longer than all the rest. */
static bool is_large(const char *path)
{
    struct stat info;
    return !stat(path, &info) && info.st_size > 1 << 16;
}

/* One memo is enough: a program has one compiler. */
static pthread_mutex_t memo_lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    bool valid;
    struct tnj_hash looks, content;
} memo;

/* tenoncc itself, what lies in lib/tenon beside it, and the programs that it starts: by content where that is small, else by
 * what stat tells. */
static bool compiler_hash(const struct tnj_job *job, struct tnj_hash *out)
{
    struct files files = { 0 };
    struct tnj_text looks = { 0 }, content = { 0 };
    char resources[TNJ_PATH + 64], folder[TNJ_PATH + 96];
    const char *given = getenv("TENONCC_RESOURCES");
    snprintf(resources, sizeof resources, "%.*s/../lib/tenon", (int)(strrchr(job->compiler, '/') - job->compiler),
             job->compiler);
    add_file(&files, job->compiler);
    for (int i = 0; i < 2; i++) {
        snprintf(folder, sizeof folder, "%s/%s", given && *given ? given : resources, i ? "device" : "include");
        add_folder(&files, folder, 2);
    }
    if (files.count)
        qsort(files.paths, files.count, sizeof *files.paths, by_text);
    const size_t own = files.count;
    add_program(&files, "TENONCC_CLANG", "clang++-19");
    add_program(&files, "TENONCC_LLD", "ld.lld-19");
    for (size_t i = 0; i < files.count; i++)
        put_stat(&looks, files.paths[i]);
    struct tnj_hash seen = hash_bytes(looks.data, looks.bytes);
    pthread_mutex_lock(&memo_lock);
    bool known = memo.valid && memo.looks.low == seen.low && memo.looks.high == seen.high;
    *out = memo.content;
    pthread_mutex_unlock(&memo_lock);
    bool good = !looks.broken && files.count;
    for (size_t i = 0; good && !known && i < files.count; i++) {
        struct tnj_hash one = { 0 };
        if (i >= own || is_large(files.paths[i]))
            put_stat(&content, files.paths[i]);
        else if (tnj_hash_file(files.paths[i], &one))
            tnj_add_bytes(&content, &one, sizeof one);
    }
    good &= !content.broken;
    if (good && !known) {
        *out = hash_bytes(content.data, content.bytes);
        pthread_mutex_lock(&memo_lock);
        memo.valid = true;
        memo.looks = seen;
        memo.content = *out;
        pthread_mutex_unlock(&memo_lock);
    }
    for (size_t i = 0; i < files.count; i++)
        free(files.paths[i]);
    free(files.paths);
    tnj_text_free(&looks);
    tnj_text_free(&content);
    return good;
}

/* ---- the processor ---- */
static void put_processor(struct tnj_text *t)
{
    put_number(t, getauxval(AT_HWCAP));
    put_number(t, getauxval(AT_HWCAP2));
#if defined(__x86_64__)
    static const unsigned leaves[][2] = { { 0, 0 }, { 1, 0 }, { 7, 0 }, { 7, 1 }, { 0x80000001, 0 } };
    for (size_t i = 0; i < sizeof leaves / sizeof *leaves; i++) {
        unsigned a = 0, b = 0, c = 0, d = 0;
        if (!__get_cpuid_count(leaves[i][0], leaves[i][1], &a, &b, &c, &d))
            continue;
        if (leaves[i][0] == 1)
            b = 0; /* which processor this thread is on */
        const unsigned words[] = { a, b, c, d };
        tnj_add_bytes(t, words, sizeof words);
    }
#endif
}

/* ---- the whole ---- */
bool tnj_key(const struct tnj_job *job, struct tnj_hash *out)
{
    static const char *const variables[] = { "CPATH",         "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH",
                                             "TENONCC_CLANG", "TENONCC_LLD",    "TENONCC_RESOURCES" };
    const tn_compile_options *o = job->options;
    struct tnj_text t = { 0 };
    struct tnj_hash compiler;
    char folder[TNJ_PATH];
    bool places = false, good = compiler_hash(job, &compiler);
    put_number(&t, KEY_VERSION);
    tnj_add_bytes(&t, &compiler, sizeof compiler);
    put_processor(&t);
    put_number(&t, o->flags & TN_COMPILE_BITCODE);
    put_text(&t, job->name);
    put(&t, job->source, job->bytes);
    put_number(&t, o->header_count);
    for (uint32_t i = 0; i < o->header_count; i++) {
        put_text(&t, o->headers[i].name);
        put(&t, o->headers[i].content, o->headers[i].bytes);
    }
    put_number(&t, o->option_count);
    for (uint32_t i = 0; i < o->option_count; i++) {
        places |= !strncmp(o->options[i], "-I", 2) || !strncmp(o->options[i], "-i", 2) || !strcmp(o->options[i], "-g");
        put_text(&t, o->options[i]);
    }
    put_number(&t, o->target_count);
    for (uint32_t i = 0; i < o->target_count; i++)
        put_text(&t, o->targets[i]);
    put_number(&t, o->name_expression_count);
    for (uint32_t i = 0; i < o->name_expression_count; i++)
        put_text(&t, o->name_expressions[i]);
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        put_text(&t, getenv(variables[i]));
    /* where relative paths in the options lead */
    put_text(&t, places && getcwd(folder, sizeof folder) ? folder : NULL);
    good &= !t.broken;
    if (good)
        *out = hash_bytes(t.data, t.bytes);
    tnj_text_free(&t);
    return good;
}
