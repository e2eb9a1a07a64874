/* SPDX-License-Identifier: Apache-2.0 */
/* Comparison with the reference, and the reports. May call libc, jansson and safetensors.h. */
#include "report.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "safetensors.h"

/* ---- reference --------------------------------------------------------------------------------------------------- */

static bool same_tokens(const struct reference *r, const char *path, const struct corpus *c, struct problem *problem)
{
    size_t texts = corpus_texts(c);
    const int32_t *counts = safetensors_get(r->file, "token_counts", "I32", 1, (uint64_t[]){ texts }, problem);
    const int32_t *ids = counts ? safetensors_get(r->file, "token_ids", "I32", 1, (uint64_t[]){ 0 }, problem) : NULL;
    uint64_t all = c->offsets[texts];
    if (!ids)
        return false;
    for (size_t t = 0; t < texts; t++)
        if (counts[t] != (int32_t)(c->offsets[t + 1] - c->offsets[t]))
            return problem_set(problem,
                               "%s: text %zu has %d tokens there and %u here (\"%.60s\"); was the text changed? "
                               "make_reference.py makes a new reference",
                               path, t, counts[t], c->offsets[t + 1] - c->offsets[t], c->texts[t]);
    if (!safetensors_get(r->file, "token_ids", "I32", 1, &all, problem))
        return false;
    for (size_t i = 0; i < all; i++)
        if (ids[i] != c->ids[i])
            return problem_set(problem,
                               "%s: token %zu is %d there and %d here; was the text changed? make_reference.py "
                               "makes a new reference",
                               path, i, ids[i], c->ids[i]);
    return true;
}

bool reference_open(struct reference *r, const char *path, const struct corpus *c, uint32_t width,
                    struct problem *problem)
{
    *r = (struct reference){ 0 };
    r->file = safetensors_open(path, problem);
    if (!r->file || !same_tokens(r, path, c, problem))
        return false;
    r->vectors = safetensors_get(r->file, "vectors", "F32", 2, (uint64_t[]){ corpus_texts(c), width }, problem);
    r->answers = safetensors_get(r->file, "answers", "I32", 2, (uint64_t[]){ c->queries, BEST }, problem);
    return r->vectors && r->answers;
}

void reference_close(struct reference *r)
{
    safetensors_close(r->file);
    *r = (struct reference){ 0 };
}

/* ---- one device's result ----------------------------------------------------------------------------------------- */

bool result_rank(struct result *result, const struct corpus *c, const float *scores)
{
    result->answers = calloc(c->queries * BEST + 1, sizeof *result->answers);
    if (!result->answers)
        return problem_set(&result->problem, "out of memory");
    for (size_t q = 0; q < c->queries; q++) {
        struct answer *best = result->answers + q * BEST;
        for (int i = 0; i < BEST; i++)
            best[i] = (struct answer){ 0, -2.0f };
        for (uint32_t s = 0; s < c->sentences; s++) {
            int at = BEST;
            while (at > 0 && scores[q * c->sentences + s] > best[at - 1].score)
                at--;
            for (int i = BEST - 1; i > at; i--)
                best[i] = best[i - 1];
            if (at < BEST)
                best[at] = (struct answer){ s, scores[q * c->sentences + s] };
        }
    }
    return true;
}

void result_judge(struct result *result, const struct reference *r, const struct corpus *c, const float *vectors,
                  uint32_t width)
{
    result->cosine_min = 1;
    for (size_t t = 0; t < corpus_texts(c); t++) {
        double dot = 0, mine = 0, its = 0;
        for (uint32_t i = 0; i < width; i++) {
            double a = (double)vectors[t * width + i], b = (double)r->vectors[t * width + i];
            dot += a * b;
            mine += a * a;
            its += b * b;
            /* Written so that a NaN is the greatest difference and not none. */
            if (!(fabs(a - b) <= result->max_difference))
                result->max_difference = fabs(a - b);
        }
        double cosine = dot / sqrt(mine * its);
        if (!(cosine >= result->cosine_min))
            result->cosine_min = cosine;
    }
    for (size_t q = 0; q < c->queries; q++) {
        bool same = true;
        for (size_t i = 0; i < BEST; i++)
            same = same && result->answers[q * BEST + i].sentence == (uint32_t)r->answers[q * BEST + i];
        result->right += same;
    }
    result->passed = result->cosine_min >= COSINE_LIMIT && result->right == c->queries;
}

/* ---- reports ------------------------------------------------------------------------------------------------------
 * */

void report_answers(const struct result *result, const struct corpus *c)
{
    for (size_t q = 0; q < c->queries; q++) {
        printf("? %s\n", c->texts[c->sentences + q]);
        for (size_t i = 0; i < BEST; i++) {
            const struct answer *a = &result->answers[q * BEST + i];
            const char *text = c->texts[a->sentence];
            int cut = (int)strlen(text);
            if (cut > 96)
                for (cut = 93; cut > 0 && ((unsigned char)text[cut] & 0xC0) == 0x80;)
                    cut--; /* not inside a character */
            if (a->score > -2.0f)
                printf("    %.4f  %.*s%s\n", (double)a->score, cut, text, text[cut] ? "..." : "");
        }
    }
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

void report_table(const struct result *results, size_t count, const struct corpus *c, bool with_reference)
{
    printf("%-34s %-8s %-26s %-9s %11s", "device", "driver", "library", "simulated", "sentences/s");
    printf(with_reference ? " %11s %11s  %s\n" : "\n", "cosine min", "difference", "answers");
    for (size_t i = 0; i < count; i++) {
        const struct result *r = &results[i];
        printf("%-34.34s %-8.8s %-26.26s %-9s ", r->info.name, r->info.driver, file_name(r->info.library),
               r->info.flags & TN_DEVICE_SIMULATED ? "yes" : "no");
        if (r->problem.text[0])
            printf("FAILED: %s\n", r->problem.text);
        else if (with_reference)
            printf("%11.1f %11.7f %11.1e  %u of %zu%s\n", r->sentences_per_s, r->cosine_min, r->max_difference,
                   r->right, c->queries, r->passed ? "" : "  FAILED");
        else
            printf("%11.1f\n", r->sentences_per_s);
    }
}

static json_t *json_answers(const struct result *r, const struct corpus *c)
{
    json_t *all = json_array();
    for (size_t q = 0; q < c->queries && r->answers; q++) {
        json_t *best = json_array();
        for (size_t i = 0; i < BEST; i++)
            if (r->answers[q * BEST + i].score > -2.0f)
                json_array_append_new(best,
                                      json_pack("{s:s, s:f}", "sentence", c->texts[r->answers[q * BEST + i].sentence],
                                                "score", (double)r->answers[q * BEST + i].score));
        json_array_append_new(all, json_pack("{s:s, s:o}", "query", c->texts[c->sentences + q], "best", best));
    }
    return all;
}

bool report_json(const char *path, const struct result *results, size_t count, const struct corpus *c,
                 bool with_reference, struct problem *problem)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct result *r = &results[i];
        json_t *o = json_pack("{s:s, s:s, s:s, s:b}", "device", r->info.name, "driver", r->info.driver, "library",
                              r->info.library, "simulated", (r->info.flags & TN_DEVICE_SIMULATED) != 0);
        if (r->problem.text[0])
            json_object_set_new(o, "error", json_string(r->problem.text));
        else {
            if (with_reference) { /* a NaN has no place in JSON, and is a null there */
                json_object_set_new(o, "cosine_min", isfinite(r->cosine_min) ? json_real(r->cosine_min) : json_null());
                json_object_set_new(o, "max_difference",
                                    isfinite(r->max_difference) ? json_real(r->max_difference) : json_null());
            }
            json_object_set_new(o, "sentences_per_s", json_real(r->sentences_per_s));
        }
        json_object_set_new(o, "answers", json_answers(r, c));
        json_array_append_new(list, o);
    }
    bool ok = json_dump_file(list, path, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) == 0;
    json_decref(list);
    return ok || problem_set(problem, "cannot write %s: %s", path, strerror(errno));
}
