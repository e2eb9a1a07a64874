/* SPDX-License-Identifier: Apache-2.0 */
/*
 * internal.h - what the files of libtenon-compile share: text that grows, one compilation under way, and the seams between
 * checking, workspace, process, key and cache. Nothing here is shared between threads but key.c's memo, under its lock.
 */
#ifndef RUNTIME_COMPILE_INTERNAL_H
#define RUNTIME_COMPILE_INTERNAL_H

#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tenon/compile.h"

#define TNJ_FOREVER UINT64_MAX
#define TNJ_PATH    4096

/* ---- text.c ---- */
struct tnj_text { /* grows; `broken` once memory ran out, and then it takes no more */
    char *data;
    size_t bytes, room;
    bool broken;
};
void tnj_add(struct tnj_text *t, const char *format, ...) TN_PRINTF(2, 3);
void tnj_add_list(struct tnj_text *t, const char *format, va_list list) TN_PRINTF(2, 0);
void tnj_add_bytes(struct tnj_text *t, const void *data, size_t bytes);
void tnj_text_free(struct tnj_text *t);
void *tnj_read_file(const char *path, size_t *out_bytes);              /* malloc; NULL: errno; a NUL follows */
bool tnj_write_file(const char *path, const void *data, size_t bytes); /* false: errno */
uint64_t tnj_now(void);                                                /* monotonic nanoseconds */

struct tnj_hash {
    uint64_t low, high;
};

/* ---- one compilation ---- */
struct tnj_job {
    const void *source;
    size_t bytes;
    const tn_compile_options *options; /* a whole one of this version */
    const char *name;                  /* of the source */
    char compiler[TNJ_PATH];
    struct tnj_text log, message; /* log: the compiler's alone, which the cache keeps */
    struct tnj_text remarks;      /* on the cache; behind the log in the result */
    uint64_t started_wall_ns;     /* before the compiler read any file */
    uint32_t flags;               /* of the result */
    /* what came out */
    struct tnj_text bundle, names; /* names: NUL-terminated, one after another */
    struct tnj_text deps;          /* files that were read: NUL-terminated absolute paths */
    bool deps_known;
};
/* Sets the message; returns the status. */
tn_status tnj_fail(struct tnj_job *job, tn_status status, const char *format, ...) TN_PRINTF(3, 4);

/* ---- workspace.c: a temporary directory with the sources ---- */
struct tnj_workspace {
    char dir[512], source[600], headers[600], bundle[600], names[600], deps[600];
};
tn_status tnj_workspace_make(struct tnj_job *job, struct tnj_workspace *w);
tn_status tnj_workspace_collect(struct tnj_job *job, const struct tnj_workspace *w);
void tnj_workspace_clean_log(struct tnj_job *job, const struct tnj_workspace *w, size_t from);
void tnj_workspace_remove(const struct tnj_workspace *w);

/* ---- process.c ---- */
struct tnj_end {             /* how a program ended */
    bool timed_out, unknown; /* unknown: the program ignores or reaps its children itself */
    int code;                /* exit status, -1 after a signal */
    int signal;
};
/* Starts `argv` in a process group of its own, its output going to `output`; kills the group at the deadline. Returns 0, or
 * errno when it could not be started. */
int tnj_run(const char *const *argv, const char *temp_dir, uint64_t timeout_ns, struct tnj_text *output,
            struct tnj_end *out_end);

/* ---- key.c ---- */
/* Everything that the result depends on except files that the source includes: those stand in the cache's entry. */
bool tnj_key(const struct tnj_job *job, struct tnj_hash *out);
bool tnj_hash_file(const char *path, struct tnj_hash *out);

/* ---- cache.c ---- */
struct tnj_cache {
    char dir[TNJ_PATH - 300]; /* "": there is none, and the log says why */
    uint64_t limit;
    struct tnj_hash key;
};
void tnj_cache_open(struct tnj_job *job, struct tnj_cache *cache);
bool tnj_cache_find(struct tnj_job *job, const struct tnj_cache *cache); /* fills bundle, names, log */
void tnj_cache_store(struct tnj_job *job, const struct tnj_cache *cache);

#endif
