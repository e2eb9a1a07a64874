/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A BERT encoder on a device. Owns the device's stream, kernels and memory; one allocation holds all weights, one the
 * activations of a batch. May call the public API and kernels/.
 *
 * Texts go through in batches of at most BATCH_TOKENS tokens, packed without padding. Nothing waits between the upload
 * of the tokens and the download of the vectors: all of it is one stream's order.
 */
#include "embedder.h"

#include <math.h>
#include <stdlib.h>

#include "kernels/attention.h"
#include "kernels/embedding.h"
#include "kernels/gemm.h"
#include "kernels/layer_norm.h"
#include "kernels/pooling.h"
#include "kernels/transpose.h"

#define BATCH_TOKENS 512u
#define PAD          16u /* numbers; keeps each piece of an allocation at a multiple of 64 bytes */

struct device_linear {
    tn_address weight, bias; /* in x out: turned over once, so that neighbouring threads read neighbouring numbers */
};

struct device_norm {
    tn_address gamma, beta;
};

struct device_layer {
    struct device_linear qkv, attention_out, up, down;
    struct device_norm after_attention, after_feed;
};

struct embedder {
    const struct model *m;
    tn_device device;
    tn_stream stream;
    tnk_library *kernels;
    tn_address weights, staging, activations, tokens, results; /* allocations */
    uint64_t used;                                             /* of weights, in numbers */
    tn_address words, positions, types;
    struct device_norm embedding_norm;
    struct device_layer layer[MODEL_MAX_LAYERS];
    size_t texts; /* that the tokens and results have room for */
};

static bool failed(struct problem *problem, const char *what, tn_status status)
{
    const char *detail = tn_error_message();
    return problem_set(problem, "%s: %s (%s)", what, *detail ? detail : tn_status_sentence(status),
                       tn_status_name(status));
}

#define TRY(what, call)                                                                                                \
    do {                                                                                                               \
        tn_status status_ = (call);                                                                                    \
        if (status_ != TN_OK)                                                                                          \
            return failed(problem, what, status_);                                                                     \
    } while (0)

/* ---- weights ----------------------------------------------------------------------------------------------------- */

static uint64_t padded(uint64_t numbers)
{
    return (numbers + PAD - 1) / PAD * PAD;
}

static uint64_t weights_numbers(const struct model *m)
{
    uint64_t h = m->hidden, f = m->feed;
    uint64_t layer = padded(3 * h * h) + padded(3 * h) + padded(h * h) + padded(h) + 2 * padded(h * f) + padded(f) +
                     padded(h) + 4 * padded(h);
    return padded(m->vocabulary * h) + padded(m->places * h) + padded(m->kinds * h) + 2 * padded(h) + m->layers * layer;
}

static tn_address take(struct embedder *e, uint64_t numbers)
{
    tn_address at = e->weights + e->used * 4;
    e->used += padded(numbers);
    return at;
}

static bool upload(struct embedder *e, const float *data, uint64_t numbers, tn_address *out, struct problem *problem)
{
    *out = take(e, numbers);
    TRY("copying weights", tn_copy_to_device(e->stream, *out, data, numbers * 4, NULL));
    return true;
}

/* Stacks `count` linear layers of one input and turns the stack over. */
static bool upload_linear(struct embedder *e, const struct linear *const *parts, uint32_t count, uint32_t out,
                          uint32_t in, struct device_linear *l, struct problem *problem)
{
    l->weight = take(e, (uint64_t)count * out * in);
    l->bias = take(e, (uint64_t)count * out);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t numbers = (uint64_t)out * in;
        TRY("copying weights",
            tn_copy_to_device(e->stream, e->staging + i * numbers * 4, parts[i]->weight, numbers * 4, NULL));
        TRY("copying weights",
            tn_copy_to_device(e->stream, l->bias + (uint64_t)i * out * 4, parts[i]->bias, (uint64_t)out * 4, NULL));
    }
    TRY("transposing weights", tnk_transpose(e->kernels, e->stream, e->staging, l->weight, count * out, in));
    return true;
}

static bool upload_norm(struct embedder *e, const struct norm *n, struct device_norm *out, struct problem *problem)
{
    return upload(e, n->gamma, e->m->hidden, &out->gamma, problem) &&
           upload(e, n->beta, e->m->hidden, &out->beta, problem);
}

static bool upload_layer(struct embedder *e, const struct layer *l, struct device_layer *out, struct problem *problem)
{
    uint32_t h = e->m->hidden, f = e->m->feed;
    const struct linear *qkv[] = { &l->query, &l->key, &l->value }, *o = &l->attention_out, *up = &l->up,
                        *down = &l->down;
    return upload_linear(e, qkv, 3, h, h, &out->qkv, problem) &&
           upload_linear(e, &o, 1, h, h, &out->attention_out, problem) &&
           upload_linear(e, &up, 1, f, h, &out->up, problem) && upload_linear(e, &down, 1, h, f, &out->down, problem) &&
           upload_norm(e, &l->after_attention, &out->after_attention, problem) &&
           upload_norm(e, &l->after_feed, &out->after_feed, problem);
}

static bool upload_all(struct embedder *e, struct problem *problem)
{
    const struct model *m = e->m;
    uint64_t h = m->hidden, stage = h * (m->feed > 3 * h ? m->feed : 3 * h);
    TRY("allocating weights", tn_memory_alloc(e->device, weights_numbers(m) * 4, &e->weights));
    TRY("allocating weights", tn_memory_alloc(e->device, stage * 4, &e->staging));
    bool ok = upload(e, m->words, m->vocabulary * h, &e->words, problem) &&
              upload(e, m->positions, m->places * h, &e->positions, problem) &&
              upload(e, m->types, m->kinds * h, &e->types, problem) &&
              upload_norm(e, &m->embedding_norm, &e->embedding_norm, problem);
    for (uint32_t i = 0; i < m->layers && ok; i++)
        ok = upload_layer(e, &m->layer[i], &e->layer[i], problem);
    if (!ok)
        return false;
    TRY("copying weights", tn_stream_wait(e->stream, TN_FOREVER));
    TRY("freeing memory", tn_memory_free(e->device, e->staging));
    e->staging = 0;
    return true;
}

/* A batch's activations: the hidden state twice, queries with keys and values, the feed-forward's inside. */
static uint64_t activation_numbers(const struct model *m)
{
    return (uint64_t)(BATCH_TOKENS > m->max_tokens ? BATCH_TOKENS : m->max_tokens) * (5ull * m->hidden + m->feed);
}

static bool open_on_device(struct embedder *e, const char *kernels, struct problem *problem)
{
    TRY("making a stream", tn_stream_create(e->device, NULL, &e->stream));
    TRY("loading the kernels", tnk_open(e->device, kernels, &e->kernels));
    TRY("allocating activations", tn_memory_alloc(e->device, activation_numbers(e->m) * 4, &e->activations));
    return upload_all(e, problem);
}

struct embedder *embedder_open(const struct model *model, tn_device device, const char *kernels,
                               struct problem *problem)
{
    struct embedder *e = calloc(1, sizeof *e);
    if (!e) {
        problem_set(problem, "out of memory");
        return NULL;
    }
    e->m = model;
    e->device = device;
    if (open_on_device(e, kernels, problem))
        return e;
    embedder_close(e);
    return NULL;
}

void embedder_close(struct embedder *e)
{
    if (!e)
        return;
    const tn_address memory[] = { e->weights, e->staging, e->activations, e->tokens, e->results };
    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++)
        if (memory[i] && tn_memory_free(e->device, memory[i]) != TN_OK)
            fprintf(stderr, "freeing memory: %s\n", tn_error_message());
    if (e->kernels)
        (void)tnk_close(e->kernels);
    if (e->stream.bits && tn_stream_destroy(e->stream) != TN_OK)
        fprintf(stderr, "destroying a stream: %s\n", tn_error_message());
    free(e);
}

/* ---- one batch --------------------------------------------------------------------------------------------------- */

struct batch {
    uint32_t tokens, sequences, longest;
    tn_address ids, places, offsets, out;
};

static tn_status multiply(struct embedder *e, tn_address a, const struct device_linear *l, tn_address c, uint32_t rows,
                          uint32_t in, uint32_t out, uint32_t flags)
{
    tnk_gemm_args g = {
        .size = sizeof g, .flags = flags, .a = a, .b = l->weight, .bias = l->bias, .c = c, .m = rows, .n = out, .k = in
    };
    return tnk_gemm(e->kernels, e->stream, &g);
}

static tn_status normalise(struct embedder *e, tn_address x, tn_address residual, const struct device_norm *n,
                           uint32_t rows)
{
    return tnk_layer_norm(e->kernels, e->stream, x, residual, n->gamma, n->beta, x, rows, e->m->hidden, e->m->epsilon);
}

/* x becomes the layer's output; y, qkv and inner are scratch. */
static bool run_layer(struct embedder *e, const struct device_layer *l, const struct batch *b, tn_address x,
                      tn_address y, tn_address qkv, tn_address inner, struct problem *problem)
{
    uint32_t h = e->m->hidden, f = e->m->feed, size = h / e->m->heads;
    tnk_attention_args attention = {
        .size = sizeof attention,
        .heads = e->m->heads,
        .head_size = size,
        .pitch = 3 * h,
        .out_pitch = h,
        .q = qkv,
        .k = qkv + h * 4ull,
        .v = qkv + h * 8ull,
        .out = y,
        .offsets = b->offsets,
        .sequences = b->sequences,
        .longest = b->longest,
        .scale = 1.0f / sqrtf((float)size),
    };
    TRY("queries, keys, values", multiply(e, x, &l->qkv, qkv, b->tokens, h, 3 * h, 0));
    TRY("attention", tnk_attention(e->kernels, e->stream, &attention));
    TRY("attention's output", multiply(e, y, &l->attention_out, inner, b->tokens, h, h, 0));
    TRY("layer norm", normalise(e, x, inner, &l->after_attention, b->tokens));
    TRY("feed-forward, up", multiply(e, x, &l->up, inner, b->tokens, h, f, TNK_GEMM_GELU));
    TRY("feed-forward, down", multiply(e, inner, &l->down, y, b->tokens, f, h, 0));
    TRY("layer norm", normalise(e, x, y, &l->after_feed, b->tokens));
    return true;
}

static bool run_batch(struct embedder *e, const struct batch *b, struct problem *problem)
{
    uint64_t hidden = (uint64_t)b->tokens * e->m->hidden * 4;
    tn_address x = e->activations, y = x + hidden, qkv = y + hidden, inner = qkv + 3 * hidden;
    TRY("embedding", tnk_embedding(e->kernels, e->stream, b->ids, b->places, 0, e->words, e->positions, e->types, x,
                                   b->tokens, e->m->hidden));
    TRY("layer norm", normalise(e, x, 0, &e->embedding_norm, b->tokens));
    for (uint32_t i = 0; i < e->m->layers; i++)
        if (!run_layer(e, &e->layer[i], b, x, y, qkv, inner, problem))
            return false;
    TRY("pooling", tnk_mean_pool(e->kernels, e->stream, x, b->offsets, b->out, b->sequences, e->m->hidden, true));
    return true;
}

/* ---- all texts --------------------------------------------------------------------------------------------------- */

static bool make_room(struct embedder *e, const struct corpus *c, uint64_t token_bytes, struct problem *problem)
{
    size_t texts = corpus_texts(c);
    if (e->texts >= texts)
        return true;
    if (e->tokens)
        TRY("freeing memory", tn_memory_free(e->device, e->tokens));
    if (e->results)
        TRY("freeing memory", tn_memory_free(e->device, e->results));
    e->tokens = e->results = 0;
    TRY("allocating tokens", tn_memory_alloc(e->device, token_bytes, &e->tokens));
    TRY("allocating results",
        tn_memory_alloc(e->device, padded(texts * e->m->hidden) * 4 + c->queries * c->sentences * 4 + 4, &e->results));
    e->texts = texts;
    return true;
}

/* The batch that begins with text `first`: as many texts as fit, one at least. Returns the text behind it. */
static size_t cut_batch(const struct corpus *c, size_t first, struct batch *b)
{
    size_t texts = corpus_texts(c), last = first;
    *b = (struct batch){ 0 };
    for (; last < texts; last++) {
        uint32_t length = c->offsets[last + 1] - c->offsets[last];
        if (last > first && b->tokens + length > BATCH_TOKENS)
            break;
        b->tokens += length;
        b->sequences++;
        b->longest = length > b->longest ? length : b->longest;
    }
    return last;
}

/* What the device needs of the texts, as one block: ids, places, and for each batch its offsets from 0. */
static uint32_t *describe(const struct corpus *c, size_t *out_count)
{
    size_t texts = corpus_texts(c), all = c->offsets[texts];
    uint32_t *block = calloc(2 * all + 2 * texts, sizeof *block), *offsets = block ? block + 2 * all : NULL;
    struct batch b;
    for (size_t i = 0; i < all && block; i++)
        block[i] = (uint32_t)c->ids[i];
    for (size_t t = 0; t < texts && block; t++)
        for (uint32_t i = c->offsets[t]; i < c->offsets[t + 1]; i++)
            block[all + i] = i - c->offsets[t];
    for (size_t first = 0, next; first < texts && block; first = next) {
        next = cut_batch(c, first, &b);
        for (size_t t = first; t <= next; t++)
            *offsets++ = c->offsets[t] - c->offsets[first];
    }
    *out_count = 2 * all + 2 * texts;
    return block;
}

static bool run_texts(struct embedder *e, const struct corpus *c, const uint32_t *block, size_t count,
                      float *out_vectors, struct problem *problem)
{
    size_t texts = corpus_texts(c), all = c->offsets[texts];
    if (!make_room(e, c, count * 4, problem))
        return false;
    TRY("copying tokens", tn_copy_to_device(e->stream, e->tokens, block, count * 4, NULL));
    tn_address offsets = e->tokens + 2 * all * 4;
    for (size_t first = 0, next; first < texts; first = next) {
        struct batch b;
        next = cut_batch(c, first, &b);
        b.ids = e->tokens + c->offsets[first] * 4ull;
        b.places = b.ids + all * 4;
        b.offsets = offsets;
        b.out = e->results + first * e->m->hidden * 4;
        if (!run_batch(e, &b, problem))
            return false;
        offsets += (next - first + 1) * 4;
    }
    TRY("reading the vectors", tn_memory_read(e->stream, out_vectors, e->results, texts * e->m->hidden * 4));
    return true;
}

bool embedder_run(struct embedder *e, const struct corpus *c, float *out_vectors, struct problem *problem)
{
    size_t count;
    uint32_t *block = describe(c, &count);
    bool ok = block ? run_texts(e, c, block, count, out_vectors, problem) : problem_set(problem, "out of memory");
    if (!ok && tn_stream_wait(e->stream, TN_FOREVER) != TN_OK) /* `block` may still be read */
        fprintf(stderr, "waiting after a failure: %s\n", tn_error_message());
    free(block);
    return ok;
}

bool embedder_scores(struct embedder *e, const struct corpus *c, float *out_scores, struct problem *problem)
{
    uint32_t h = e->m->hidden;
    tn_address scores = e->results + padded(corpus_texts(c) * h) * 4;
    tnk_gemm_args g = { .size = sizeof g,
                        .flags = TNK_GEMM_TRANSPOSED_B,
                        .a = e->results + c->sentences * h * 4ull,
                        .b = e->results,
                        .c = scores,
                        .m = (uint32_t)c->queries,
                        .n = (uint32_t)c->sentences,
                        .k = h };
    if (c->queries == 0)
        return true;
    TRY("comparing", tnk_gemm(e->kernels, e->stream, &g));
    TRY("reading the scores", tn_memory_read(e->stream, out_scores, scores, c->queries * c->sentences * 4));
    return true;
}
