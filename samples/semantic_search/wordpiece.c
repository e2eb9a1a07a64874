/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The WordPiece tokenizer. Owns the vocabulary: the file's text, one pointer a token, and a hash of them.
 * May call libc only. The Unicode tables are generated, by gen_unicode.py.
 */
#include "wordpiece.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "unicode_table.h"

#define VOCAB_LIMIT (64u << 20)
#define WORD_LIMIT  100 /* code points; a longer word is [UNK], as in the reference */

struct wordpiece {
    char *text;
    char **tokens;
    uint32_t count, mask;
    uint32_t *slots; /* open addressing; token number + 1, 0 is free */
    int32_t unknown, first, last;
};

/* ---- vocabulary ------------------------------------------------------------------------------------------------ */

static uint32_t hash(const char *s, size_t n)
{
    uint32_t h = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)s[i]) * 16777619u;
    return h;
}

static int32_t find(const struct wordpiece *w, const char *s, size_t n)
{
    for (uint32_t i = hash(s, n) & w->mask; w->slots[i]; i = (i + 1) & w->mask) {
        const char *t = w->tokens[w->slots[i] - 1];
        if (strncmp(t, s, n) == 0 && t[n] == 0)
            return (int32_t)w->slots[i] - 1;
    }
    return -1;
}

static char *read_all(const char *path, size_t *out_bytes, struct problem *problem)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        problem_set(problem, "cannot open %s: %s; check the path, or fetch the model again", path, strerror(errno));
        return NULL;
    }
    size_t capacity = 1u << 18, used = 0, n;
    char *text = malloc(capacity);
    while (text && (n = fread(text + used, 1, capacity - used - 1, f)) > 0) {
        used += n;
        if (used + 1 < capacity)
            continue;
        char *more = capacity < VOCAB_LIMIT ? realloc(text, capacity *= 2) : NULL;
        if (!more)
            free(text);
        text = more;
    }
    if (!text)
        problem_set(problem, "%s is too large for a vocabulary, or memory ran out", path);
    else if (ferror(f)) {
        problem_set(problem, "cannot read %s: %s", path, strerror(errno));
        free(text);
        text = NULL;
    } else
        text[used] = 0;
    (void)fclose(f);
    *out_bytes = used;
    return text;
}

static bool index_tokens(struct wordpiece *w, size_t bytes)
{
    size_t lines = 1;
    for (size_t i = 0; i < bytes; i++)
        lines += w->text[i] == '\n';
    uint32_t slots = 16;
    while (slots < 2 * lines)
        slots *= 2;
    w->mask = slots - 1;
    w->tokens = calloc(lines, sizeof *w->tokens);
    w->slots = calloc(slots, sizeof *w->slots);
    if (!w->tokens || !w->slots)
        return false;
    for (char *line = w->text, *end; line < w->text + bytes; line = end + 1) {
        end = memchr(line, '\n', (size_t)(w->text + bytes - line));
        if (!end)
            end = w->text + bytes;
        *end = 0;
        size_t n = strlen(line);
        if (n && line[n - 1] == '\r')
            line[--n] = 0;
        w->tokens[w->count++] = line;
        uint32_t i = hash(line, n) & w->mask;
        while (w->slots[i])
            i = (i + 1) & w->mask;
        w->slots[i] = w->count;
    }
    return true;
}

struct wordpiece *wordpiece_open(const char *path, struct problem *problem)
{
    size_t bytes;
    struct wordpiece *w = calloc(1, sizeof *w);
    if (!w) {
        problem_set(problem, "out of memory while opening %s", path);
        return NULL;
    }
    w->text = read_all(path, &bytes, problem);
    if (w->text && !index_tokens(w, bytes))
        problem_set(problem, "out of memory while reading %s", path);
    else if (w->text) {
        w->unknown = find(w, "[UNK]", 5);
        w->first = find(w, "[CLS]", 5);
        w->last = find(w, "[SEP]", 5);
        if (w->unknown >= 0 && w->first >= 0 && w->last >= 0)
            return w;
        problem_set(problem,
                    "%s has %u lines but not all of [UNK], [CLS] and [SEP]; is it a BERT vocabulary, and whole?", path,
                    w->count);
    }
    wordpiece_close(w);
    return NULL;
}

void wordpiece_close(struct wordpiece *w)
{
    if (!w)
        return;
    free(w->slots);
    free(w->tokens);
    free(w->text);
    free(w);
}

const char *wordpiece_token(const struct wordpiece *w, int32_t id)
{
    return id >= 0 && (uint32_t)id < w->count ? w->tokens[id] : NULL;
}

size_t wordpiece_size(const struct wordpiece *w)
{
    return w->count;
}

/* ---- Unicode ---------------------------------------------------------------------------------------------------- */

/* Takes one code point off the text; bytes that are not UTF-8 come as U+FFFD, one byte at a time. */
static uint32_t take(const unsigned char **at, const unsigned char *end)
{
    static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
    const unsigned char *s = *at;
    uint32_t c = *s++;
    int more = c < 0x80 ? 0 : c >= 0xC2 && c < 0xE0 ? 1 : c >= 0xE0 && c < 0xF0 ? 2 : c >= 0xF0 && c < 0xF5 ? 3 : -1;
    *at = s;
    if (more <= 0)
        return more == 0 ? c : 0xFFFD;
    c &= 0x3Fu >> more;
    for (int i = 0; i < more; i++, s++) {
        if (s >= end || (*s & 0xC0) != 0x80)
            return 0xFFFD;
        c = c << 6 | (*s & 0x3F);
    }
    if (c < least[more] || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000))
        return 0xFFFD;
    *at = s;
    return c;
}

static size_t put(char *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = { 0, 0, 0xC0, 0xE0, 0xF0 };
    for (size_t i = n; i-- > 1; c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3F));
    out[0] = (char)(lead[n] | c);
    return n;
}

static bool in_ranges(const struct cp_range *table, size_t count, uint32_t c)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (table[middle].last < c)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && table[low].first <= c;
}

#define IN(table, c) in_ranges(table, sizeof(table) / sizeof *(table), c)

static bool is_chinese(uint32_t c)
{
    static const struct cp_range blocks[] = {
        { 0x3400, 0x4DBF },   { 0x4E00, 0x9FFF },   { 0xF900, 0xFAFF },   { 0x20000, 0x2A6DF },
        { 0x2A700, 0x2B73F }, { 0x2B740, 0x2B81F }, { 0x2B820, 0x2CEAF }, { 0x2F800, 0x2FA1F },
    };
    return c >= 0x3400 && IN(blocks, c);
}

static size_t fold_hangul(uint32_t c, uint32_t out[3])
{
    uint32_t s = c - 0xAC00; /* Unicode 3.12: 19 x 21 x 28 syllables */
    out[0] = 0x1100 + s / 588;
    out[1] = 0x1161 + s % 588 / 28;
    out[2] = 0x11A7 + s % 28;
    return s % 28 ? 3 : 2;
}

/* Decomposed, without combining marks, in lower case: one to three code points. */
static size_t fold(uint32_t c, uint32_t out[3])
{
    out[0] = c >= 'A' && c <= 'Z' ? c + 32 : c;
    if (c < 0x80)
        return 1;
    if (c >= 0xAC00 && c < 0xAC00 + 11172)
        return fold_hangul(c, out);
    size_t low = 0, high = sizeof cp_runs / sizeof *cp_runs;
    const size_t runs = high;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (cp_runs[middle].last < c)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < runs && cp_runs[low].first <= c && (c - cp_runs[low].first) % cp_runs[low].step == 0) {
        out[0] = (uint32_t)((int32_t)c + cp_runs[low].distance);
        return 1;
    }
    for (size_t i = 0; i < sizeof cp_folds / sizeof *cp_folds; i++)
        if (cp_folds[i].from == c) {
            memcpy(out, cp_folds[i].to, sizeof cp_folds[i].to);
            return out[2] ? 3 : 2;
        }
    return 1;
}

/* ---- splitting and matching -------------------------------------------------------------------------------------- */

struct sink {
    const struct wordpiece *w;
    int32_t *ids;
    size_t count, room; /* room leaves the last place for [SEP] */
    char word[WORD_LIMIT * 4];
    size_t bytes, points;
};

static void emit(struct sink *s, int32_t id)
{
    if (s->count < s->room)
        s->ids[s->count++] = id;
}

/* Longest match first; a word with a piece that the vocabulary lacks is one [UNK]. */
static void match(struct sink *s)
{
    char piece[2 + WORD_LIMIT * 4] = "##";
    int32_t ids[WORD_LIMIT];
    size_t count = 0, begin = 0;
    while (begin < s->bytes) {
        size_t end = s->bytes;
        int32_t id = -1;
        memcpy(piece + 2, s->word + begin, s->bytes - begin);
        for (; end > begin && id < 0; end--) {
            if (end < s->bytes && (s->word[end] & 0xC0) == 0x80)
                continue; /* not between two code points */
            id = begin ? find(s->w, piece, 2 + end - begin) : find(s->w, piece + 2, end);
            if (id >= 0)
                break;
        }
        if (id < 0) {
            emit(s, s->w->unknown);
            return;
        }
        ids[count++] = id;
        begin = end;
    }
    for (size_t i = 0; i < count; i++)
        emit(s, ids[i]);
}

static void end_word(struct sink *s)
{
    if (s->points > WORD_LIMIT)
        emit(s, s->w->unknown);
    else if (s->points)
        match(s);
    s->bytes = s->points = 0;
}

static void add(struct sink *s, uint32_t c)
{
    if (++s->points <= WORD_LIMIT)
        s->bytes += put(s->word + s->bytes, c);
}

static void add_point(struct sink *s, uint32_t c)
{
    if (IN(cp_space, c)) {
        end_word(s);
        return;
    }
    if (IN(cp_dropped, c))
        return;
    uint32_t folded[3];
    size_t n = fold(c, folded);
    bool alone = is_chinese(c);
    for (size_t i = 0; i < n; i++) {
        bool cut = alone || IN(cp_punctuation, folded[i]);
        if (cut)
            end_word(s);
        add(s, folded[i]);
        if (cut)
            end_word(s);
    }
}

size_t wordpiece_encode(const struct wordpiece *w, const char *text, size_t bytes, int32_t *ids, size_t max_ids)
{
    struct sink s = { .w = w, .ids = ids, .room = max_ids - 1 };
    const unsigned char *at = (const unsigned char *)text, *end = at + bytes;
    if (max_ids < 2)
        return 0;
    emit(&s, w->first);
    while (at < end && s.count < s.room)
        add_point(&s, take(&at, end));
    end_word(&s);
    ids[s.count++] = w->last;
    return s.count;
}
