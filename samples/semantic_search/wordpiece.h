/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tokenizer of uncased BERT models: clean, fold to lower case without accents, split at spaces, punctuation and
 * Chinese characters, then longest match first in the vocabulary. Gives the same numbers as the `tokenizers` package's
 * BertNormalizer, BertPreTokenizer and WordPiece, except that "[MASK]" and the like in a text are taken as plain text.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "problem.h"

struct wordpiece;

/*
 * Reads vocab.txt: one token a line, its number is the line's. NULL, with the reason in `problem`, if it can't be read
 * or lacks [UNK], [CLS] or [SEP]. The caller closes it. Encoding is safe from any number of threads.
 */
struct wordpiece *wordpiece_open(const char *vocab_path, struct problem *problem);
void wordpiece_close(struct wordpiece *w);

/*
 * Writes [CLS], the text's tokens and [SEP] to `ids`, at most `max_ids` (2 or more) in all: a longer text loses its
 * end. Returns how many were written. `text` is UTF-8 of `bytes` bytes; bytes that are not UTF-8 are skipped.
 */
size_t wordpiece_encode(const struct wordpiece *w, const char *text, size_t bytes, int32_t *ids, size_t max_ids);

/* The token with this number, or NULL. */
const char *wordpiece_token(const struct wordpiece *w, int32_t id);
size_t wordpiece_size(const struct wordpiece *w);
