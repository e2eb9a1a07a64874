/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workspace.c - the temporary directory of one compilation: source and headers go in, bundle, names and the list of files that
 * were read come out. It is the compiler's TMPDIR too, so removing it removes everything. Calls libc alone.
 */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/compile/internal.h"

static tn_status cant_write(struct tnj_job *job, const char *what)
{
    return tnj_fail(job, TN_SYSTEM, "can't write %s for the compiler: %s", what, strerror(errno));
}

/* The folders on the way to a file in the workspace. */
static bool make_folders(char *path, size_t from)
{
    for (char *slash = strchr(path + from, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        bool made = !mkdir(path, 0700) || errno == EEXIST;
        *slash = '/';
        if (!made)
            return false;
    }
    return true;
}

static tn_status write_headers(struct tnj_job *job, const struct tnj_workspace *w)
{
    const tn_compile_options *o = job->options;
    for (uint32_t i = 0; i < o->header_count; i++) {
        char path[2 * TNJ_PATH];
        int length = snprintf(path, sizeof path, "%s/%s", w->headers, o->headers[i].name);
        if (length >= TNJ_PATH)
            return tnj_fail(job, TN_INVALID, "the name of header %u is too long", i);
        if (!make_folders(path, strlen(w->headers) + 1) ||
            !tnj_write_file(path, o->headers[i].content, (size_t)o->headers[i].bytes)) {
            if (errno == EEXIST)
                return tnj_fail(job, TN_INVALID, "header \"%s\" is given twice", o->headers[i].name);
            if (errno == ENOTDIR || errno == EISDIR)
                return tnj_fail(job, TN_INVALID, "header \"%s\" lies in what is a header itself", o->headers[i].name);
            return cant_write(job, "a header");
        }
    }
    return TN_OK;
}

/* The source behind a line that gives it its name, escaped as a string of C. */
static tn_status write_source(struct tnj_job *job, const struct tnj_workspace *w)
{
    struct tnj_text text = { 0 };
    bool good;
    if (job->options->flags & TN_COMPILE_BITCODE)
        good = tnj_write_file(w->source, job->source, job->bytes);
    else {
        tnj_add(&text, "#line 1 \"");
        for (const char *p = job->name; *p; p++)
            tnj_add(&text, *p == '"' || *p == '\\' ? "\\%c" : "%c", *p);
        tnj_add(&text, "\"\n");
        tnj_add_bytes(&text, job->source, job->bytes);
        if (text.broken)
            return tnj_fail(job, TN_OUT_OF_HOST_MEMORY, "no memory for the source");
        good = tnj_write_file(w->source, text.data, text.bytes);
        tnj_text_free(&text);
    }
    return good ? TN_OK : cant_write(job, "the source");
}

tn_status tnj_workspace_make(struct tnj_job *job, struct tnj_workspace *w)
{
    const char *root = getenv("TMPDIR");
    if (!root || *root != '/')
        root = "/tmp";
    memset(w, 0, sizeof *w);
    if (snprintf(w->dir, sizeof w->dir, "%s/tenon-compile-XXXXXX", root) >= (int)sizeof w->dir) {
        w->dir[0] = 0;
        return tnj_fail(job, TN_SYSTEM, "the path in TMPDIR is too long");
    }
    if (!mkdtemp(w->dir)) {
        w->dir[0] = 0;
        return tnj_fail(job, TN_SYSTEM, "can't make a temporary directory in %s: %s", root, strerror(errno));
    }
    const bool bitcode = job->options->flags & TN_COMPILE_BITCODE;
    snprintf(w->source, sizeof w->source, "%s/source.%s", w->dir, bitcode ? "bc" : "cu");
    snprintf(w->headers, sizeof w->headers, "%s/headers", w->dir);
    snprintf(w->bundle, sizeof w->bundle, "%s/bundle.tnb", w->dir);
    snprintf(w->names, sizeof w->names, "%s/names", w->dir);
    snprintf(w->deps, sizeof w->deps, "%s/deps", w->dir);
    if (mkdir(w->headers, 0700))
        return cant_write(job, "headers");
    tn_status status = write_headers(job, w);
    return status == TN_OK ? write_source(job, w) : status;
}

/* Lines become NUL-terminated texts. */
static bool take_names(struct tnj_job *job, const struct tnj_workspace *w)
{
    size_t bytes;
    char *text = tnj_read_file(w->names, &bytes);
    uint32_t lines = 0;
    if (!text)
        return false;
    for (size_t i = 0; i < bytes; i++)
        if (text[i] == '\n') {
            text[i] = 0;
            lines++;
        }
    tnj_add_bytes(&job->names, text, bytes);
    free(text);
    return lines == job->options->name_expression_count;
}

/* From make's form to a list of absolute paths, without what is in the workspace: that is in the key. */
static void take_deps(struct tnj_job *job, const struct tnj_workspace *w)
{
    size_t bytes, inside = strlen(w->dir);
    char *text = tnj_read_file(w->deps, &bytes), folder[TNJ_PATH], path[TNJ_PATH];
    job->deps_known = text || job->options->flags & TN_COMPILE_BITCODE;
    if (!text)
        return;
    if (!getcwd(folder, sizeof folder))
        folder[0] = 0;
    const char *colon = strstr(text, ": ");
    for (const char *p = colon ? colon : ""; *p;) {
        size_t length = 0;
        while (*p == ' ' || *p == '\n' || *p == ':' || (*p == '\\' && p[1] == '\n'))
            p += *p == '\\' ? 2 : 1;
        for (; *p && *p != ' ' && *p != '\n' && length + 1 < sizeof path; p++) {
            if (*p == '\\' && (p[1] == ' ' || p[1] == '#'))
                p++;
            else if (*p == '$' && p[1] == '$')
                p++;
            path[length++] = *p;
        }
        path[length] = 0;
        if (!length || (!strncmp(path, w->dir, inside) && path[inside] == '/'))
            continue;
        tnj_add(&job->deps, "%s%s%s", *path == '/' ? "" : folder, *path == '/' ? "" : "/", path);
        tnj_add_bytes(&job->deps, "", 1);
    }
    free(text);
}

tn_status tnj_workspace_collect(struct tnj_job *job, const struct tnj_workspace *w)
{
    size_t bytes = 0;
    void *data = tnj_read_file(w->bundle, &bytes);
    if (data)
        tnj_add_bytes(&job->bundle, data, bytes);
    free(data);
    if (!data || bytes < 64 || memcmp(job->bundle.data, "\177ELF", 4))
        return tnj_fail(job, TN_INTERNAL, "%s ended well but wrote no bundle", job->compiler);
    if (job->options->name_expression_count && !take_names(job, w))
        return tnj_fail(job, TN_INTERNAL, "%s did not tell the names of the name expressions", job->compiler);
    take_deps(job, w);
    if (job->bundle.broken || job->names.broken || job->deps.broken)
        return tnj_fail(job, TN_OUT_OF_HOST_MEMORY, "no memory for the bundle");
    return TN_OK;
}

/* The log speaks of the caller's names, not of the workspace. */
void tnj_workspace_clean_log(struct tnj_job *job, const struct tnj_workspace *w, size_t from)
{
    const char *const hide[] = { w->headers, w->dir };
    for (size_t k = 0; k < 2 && job->log.data; k++) {
        size_t length = strlen(hide[k]);
        for (char *at = strstr(job->log.data + from, hide[k]); at; at = strstr(at, hide[k])) {
            size_t cut = length + (at[length] == '/');
            memmove(at, at + cut, job->log.bytes - (size_t)(at - job->log.data) - cut + 1);
            job->log.bytes -= cut;
        }
    }
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
    (void)info;
    (void)kind;
    (void)walk;
    remove(path);
    return 0;
}

void tnj_workspace_remove(const struct tnj_workspace *w)
{
    if (w->dir[0])
        nftw(w->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
