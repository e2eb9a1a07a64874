/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Semantic search on every device of the runtime: embeds the sentences of a text file with a real model, answers the
 * file's queries, and compares vectors and answers with a reference. Start reading here. Owns the order of things; the
 * work is in corpus.c, model.c, embedder.c and report.c.
 *
 *   semantic_search --model DIR [--text FILE] [--reference FILE] [--json FILE] [--rounds N]
 *
 * Exit 0: every device agrees with the reference, or there is none to compare with; 1: not; 2: it could not start.
 */
#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "embedder.h"
#include "report.h"

struct settings {
    const char *model, *text, *reference, *json, *kernels;
    int rounds;
};

static const struct argp_option options[] = {
    { "model", 'm', "DIR", 0, "folder with config.json, vocab.txt and model.safetensors", 0 },
    { "text", 't', "FILE", 0, "one sentence a line; lines that begin with \"? \" are queries", 0 },
    { "reference", 'r', "FILE", 0, "vectors and answers to compare with, made by make_reference.py", 0 },
    { "json", 'j', "FILE", 0, "write the results there too", 0 },
    { "rounds", 'n', "N", 0, "how often the texts are embedded for the timing (3); the best counts", 0 },
    { "kernels", 'k', "FILE", 0, "bundle of the kernels, if not the installed one", 0 },
    { 0 },
};

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct settings *s = state->input;
    const struct {
        int key;
        const char **place;
    } texts[] = {
        { 'm', &s->model }, { 't', &s->text }, { 'r', &s->reference }, { 'j', &s->json }, { 'k', &s->kernels }
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i].key == key) {
            *texts[i].place = value;
            return 0;
        }
    if (key == 'n') {
        s->rounds = atoi(value);
        if (s->rounds < 1 || s->rounds > 1000)
            argp_error(state, "--rounds takes a number from 1 to 1000");
        return 0;
    }
    if (key == ARGP_KEY_END && !s->model)
        argp_error(state, "--model is missing: the folder of the model");
    return key == ARGP_KEY_ARG ? ARGP_ERR_UNKNOWN : 0;
}

/* Everything that is read before a device is touched. */
struct input {
    struct wordpiece *tokenizer;
    struct model model;
    struct corpus corpus;
    struct reference reference;
};

static bool read_input(struct input *in, const struct settings *s, struct problem *problem)
{
    char path[4096];
    if (!model_open(&in->model, s->model, problem))
        return false;
    (void)snprintf(path, sizeof path, "%s/vocab.txt", s->model);
    in->tokenizer = wordpiece_open(path, problem);
    if (!in->tokenizer)
        return false;
    if (wordpiece_size(in->tokenizer) > in->model.vocabulary)
        return problem_set(problem, "%s has %zu tokens and the model only %u; are they of one model?", path,
                           wordpiece_size(in->tokenizer), in->model.vocabulary);
    if (!corpus_read(&in->corpus, s->text, in->tokenizer, in->model.max_tokens, problem))
        return false;
    return !s->reference || reference_open(&in->reference, s->reference, &in->corpus, in->model.hidden, problem);
}

static void free_input(struct input *in)
{
    reference_close(&in->reference);
    corpus_free(&in->corpus);
    wordpiece_close(in->tokenizer);
    model_close(&in->model);
}

static double seconds(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Once to warm up (drivers may compile), then `rounds` times against the clock. */
static bool embed(struct embedder *e, const struct input *in, int rounds, struct result *r, float *vectors)
{
    double best = 1e30;
    for (int i = 0; i <= rounds; i++) {
        double start = seconds();
        if (!embedder_run(e, &in->corpus, vectors, &r->problem))
            return false;
        double took = seconds() - start;
        if (i > 0 && took < best)
            best = took;
    }
    r->sentences_per_s = (double)corpus_texts(&in->corpus) / best;
    return true;
}

static bool search(struct embedder *e, const struct input *in, struct result *r)
{
    float *scores = calloc(in->corpus.queries * in->corpus.sentences + 1, sizeof *scores);
    bool ok = scores ? embedder_scores(e, &in->corpus, scores, &r->problem) : problem_set(&r->problem, "out of memory");
    ok = ok && result_rank(r, &in->corpus, scores);
    free(scores);
    return ok;
}

static void run_device(tn_device device, const struct input *in, const struct settings *s, struct result *r)
{
    struct embedder *e = embedder_open(&in->model, device, s->kernels, &r->problem);
    float *vectors = calloc(corpus_texts(&in->corpus) * in->model.hidden, sizeof *vectors);
    if (e && vectors && embed(e, in, s->rounds, r, vectors) && search(e, in, r)) {
        r->passed = true;
        if (in->reference.vectors)
            result_judge(r, &in->reference, &in->corpus, vectors, in->model.hidden);
    }
    free(vectors);
    embedder_close(e);
}

/* Fills in the devices that can run kernels; returns how many. */
static uint32_t run_devices(tn_runtime runtime, const struct input *in, const struct settings *s,
                            struct result *results, uint32_t count)
{
    uint32_t used = 0;
    for (uint32_t i = 0; i < count; i++) {
        tn_device device;
        struct result *r = &results[used];
        r->info.size = sizeof r->info;
        if (tn_device_get(runtime, i, &device) != TN_OK || tn_device_get_info(device, &r->info) != TN_OK)
            problem_set(&r->problem, "device %u: %s", i, tn_error_message());
        else if (strcmp(r->info.driver, "null") == 0)
            continue; /* runs nothing */
        else
            run_device(device, in, s, r);
        used++;
    }
    return used;
}

static bool report(const struct settings *s, const struct input *in, const struct result *results, uint32_t count)
{
    bool all = true, with_reference = in->reference.vectors != NULL;
    struct problem problem;
    const struct result *shown = NULL;
    for (uint32_t i = 0; i < count; i++) {
        all = all && results[i].passed;
        if (!shown && results[i].answers)
            shown = &results[i];
    }
    printf("%zu sentences and %zu queries, %u tokens\n\n", in->corpus.sentences, in->corpus.queries,
           in->corpus.offsets[corpus_texts(&in->corpus)]);
    if (shown)
        report_answers(shown, &in->corpus);
    putchar('\n');
    report_table(results, count, &in->corpus, with_reference);
    if (s->json && !report_json(s->json, results, count, &in->corpus, with_reference, &problem)) {
        fprintf(stderr, "semantic_search: %s\n", problem.text);
        all = false;
    }
    return all;
}

static int run(tn_runtime runtime, const struct input *in, const struct settings *s)
{
    uint32_t count = 0;
    struct result *results = NULL;
    int code = 2;
    if (tn_device_count(runtime, &count) != TN_OK || count == 0)
        fprintf(stderr, "semantic_search: no device; try TENON_SIM=a100, or `tenon info --explain`\n");
    else if ((results = calloc(count, sizeof *results))) {
        uint32_t used = run_devices(runtime, in, s, results, count);
        code = report(s, in, results, used) ? 0 : 1;
        for (uint32_t i = 0; i < used; i++)
            free(results[i].answers);
    }
    free(results);
    return code;
}

int main(int argc, char **argv)
{
    static const struct argp argp = { options, parse, NULL, "Semantic search on every device.", NULL, NULL, NULL };
    struct settings s = { .text = "samples/semantic_search/corpus.txt", .rounds = 3 };
    struct input in = { 0 };
    struct problem problem = { { 0 } };
    tn_runtime runtime;
    int code = 2;
    if (argp_parse(&argp, argc, argv, 0, NULL, &s) != 0)
        return 2;
    if (!read_input(&in, &s, &problem))
        fprintf(stderr, "semantic_search: %s\n", problem.text);
    else if (tn_open(NULL, &runtime) != TN_OK)
        fprintf(stderr, "semantic_search: opening Tenon: %s\n", tn_error_message());
    else {
        code = run(runtime, &in, &s);
        if (tn_close(runtime, TN_FOREVER) != TN_OK)
            fprintf(stderr, "semantic_search: closing Tenon: %s\n", tn_error_message());
    }
    free_input(&in);
    return code;
}
