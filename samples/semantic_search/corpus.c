/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the text file and tokenizes it. Owns the text and the tokens. May call libc and the tokenizer. */
#include "corpus.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_LIMIT (256l << 20)

static bool read_file(struct corpus *c, const char *path, struct problem *problem)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return problem_set(problem, "cannot open %s: %s; give a text file with one sentence a line", path,
                           strerror(errno));
    struct stat info;
    long bytes = fstat(fileno(f), &info) == 0 && S_ISREG(info.st_mode) ? info.st_size : -1;
    bool ok = bytes >= 0 && bytes <= FILE_LIMIT;
    if (!ok)
        problem_set(problem, "%s is no regular file of at most %ld bytes", path, FILE_LIMIT);
    else if (!(c->file = malloc((size_t)bytes + 1)) || fread(c->file, 1, (size_t)bytes, f) != (size_t)bytes)
        ok = problem_set(problem, "cannot read %s: %s", path, strerror(errno));
    else
        c->file[bytes] = 0;
    (void)fclose(f);
    return ok;
}

/* Passes over the lines twice, sentences first, so that the texts stand in the order of the tokens. */
static bool split_lines(struct corpus *c, const char *path, struct problem *problem)
{
    size_t lines = 1;
    for (const char *s = c->file; *s; s++)
        lines += *s == '\n';
    c->texts = calloc(lines, sizeof *c->texts);
    if (!c->texts)
        return problem_set(problem, "out of memory while reading %s", path);
    for (char *line = c->file, *next; line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = 0;
        if (*line && *line != '#' && strncmp(line, "? ", 2) != 0)
            c->texts[c->sentences++] = line;
        /* A query is put at the end, from behind, and turned into its order below. */
        else if (strncmp(line, "? ", 2) == 0)
            c->texts[lines - ++c->queries] = line + 2;
    }
    for (size_t i = 0; i < c->queries / 2; i++) {
        const char *other = c->texts[lines - 1 - i];
        c->texts[lines - 1 - i] = c->texts[lines - c->queries + i];
        c->texts[lines - c->queries + i] = other;
    }
    memmove(c->texts + c->sentences, c->texts + lines - c->queries, c->queries * sizeof *c->texts);
    if (c->sentences == 0)
        return problem_set(problem, "%s has no sentence; put one on each line", path);
    return true;
}

bool corpus_read(struct corpus *c, const char *path, const struct wordpiece *tokenizer, uint32_t max_tokens,
                 struct problem *problem)
{
    *c = (struct corpus){ 0 };
    if (!read_file(c, path, problem) || !split_lines(c, path, problem))
        return false;
    size_t texts = corpus_texts(c), used = 0;
    c->ids = calloc(texts * max_tokens, sizeof *c->ids);
    c->offsets = calloc(texts + 1, sizeof *c->offsets);
    if (!c->ids || !c->offsets)
        return problem_set(problem, "out of memory while reading %s", path);
    for (size_t t = 0; t < texts; t++) {
        used += wordpiece_encode(tokenizer, c->texts[t], strlen(c->texts[t]), c->ids + used, max_tokens);
        c->offsets[t + 1] = (uint32_t)used;
    }
    return true;
}

void corpus_free(struct corpus *c)
{
    free(c->offsets);
    free(c->ids);
    free(c->texts);
    free(c->file);
    *c = (struct corpus){ 0 };
}
