/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text file: one sentence a line; a line that begins with "? " is a query, "#" begins a comment. And its tokens,
 * all texts packed one behind the other: the sentences first, then the queries.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "problem.h"
#include "wordpiece.h"

struct corpus {
    char *file; /* the whole file; the texts point into it */
    const char **texts;
    size_t sentences, queries;
    int32_t *ids;      /* all tokens */
    uint32_t *offsets; /* text t has the tokens offsets[t] to offsets[t + 1] - 1 */
};

static inline size_t corpus_texts(const struct corpus *c)
{
    return c->sentences + c->queries;
}

/* Reads and tokenizes; at most `max_tokens` tokens a text. Free with corpus_free, also after a failure. */
bool corpus_read(struct corpus *c, const char *path, const struct wordpiece *tokenizer, uint32_t max_tokens,
                 struct problem *problem);
void corpus_free(struct corpus *c);
