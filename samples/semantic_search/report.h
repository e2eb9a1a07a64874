/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a device's run is compared with, and how results are shown: the reference file, the answers, the table, the
 * JSON file.
 */
#pragma once

#include <tenon/tenon.h>

#include "corpus.h"

#define BEST 3 /* answers to a query */

struct reference {
    struct safetensors *file;
    const float *vectors;   /* texts x width; NULL: there is no reference */
    const int32_t *answers; /* queries x BEST, numbers of sentences */
};

/* Opens the reference and checks that it was made of these texts and gives the same tokens. Close also after a
 * failure. */
bool reference_open(struct reference *r, const char *path, const struct corpus *corpus, uint32_t width,
                    struct problem *problem);
void reference_close(struct reference *r);

struct answer {
    uint32_t sentence;
    float score;
};

/* One device's results. */
struct result {
    tn_device_info info;
    struct problem problem; /* empty: it ran */
    double sentences_per_s;
    double cosine_min, max_difference; /* over all texts; with a reference */
    struct answer *answers;            /* queries x BEST, best first; fewer sentences leave the score at -2 */
    uint32_t right;                    /* queries whose answers are the reference's */
    bool passed;
};

#define COSINE_LIMIT 0.9999

/* Fills cosine_min, max_difference, right and passed. */
void result_judge(struct result *result, const struct reference *reference, const struct corpus *corpus,
                  const float *vectors, uint32_t width);
/* Takes the best sentences out of queries x sentences scores. false: out of memory. */
bool result_rank(struct result *result, const struct corpus *corpus, const float *scores);

void report_answers(const struct result *result, const struct corpus *corpus);
void report_table(const struct result *results, size_t count, const struct corpus *corpus, bool with_reference);
bool report_json(const char *path, const struct result *results, size_t count, const struct corpus *corpus,
                 bool with_reference, struct problem *problem);
