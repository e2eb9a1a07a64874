/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a model's configuration and finds its weights. Owns the mapped weight file. May call jansson and
 * safetensors.h. */
#include "model.h"

#include <jansson.h>
#include <string.h>

static json_t *load(const char *folder, const char *name, char *path, size_t bytes, struct problem *problem)
{
    json_error_t e;
    (void)snprintf(path, bytes, "%s/%s", folder, name);
    json_t *config = json_load_file(path, 0, &e);
    if (!config)
        problem_set(problem, "cannot read %s: %s; is %s the folder of the model, and whole?", path, e.text, folder);
    return config;
}

/* A size of the configuration, within limits that keep every product below 2^32. */
static bool size_of(const json_t *config, const char *path, const char *key, uint32_t limit, uint32_t *out,
                    struct problem *problem)
{
    const json_t *value = json_object_get(config, key);
    if (!json_is_integer(value) || json_integer_value(value) < 1 || json_integer_value(value) > (json_int_t)limit)
        return problem_set(problem, "%s: \"%s\" is missing or not a number from 1 to %u", path, key, limit);
    *out = (uint32_t)json_integer_value(value);
    return true;
}

static bool read_config(struct model *m, const char *folder, struct problem *problem)
{
    char path[4096];
    json_t *config = load(folder, "config.json", path, sizeof path, problem);
    const char *activation = json_string_value(json_object_get(config, "hidden_act"));
    bool ok = config && size_of(config, path, "hidden_size", 8192, &m->hidden, problem) &&
              size_of(config, path, "num_attention_heads", 256, &m->heads, problem) &&
              size_of(config, path, "num_hidden_layers", MODEL_MAX_LAYERS, &m->layers, problem) &&
              size_of(config, path, "intermediate_size", 32768, &m->feed, problem) &&
              size_of(config, path, "vocab_size", 1u << 20, &m->vocabulary, problem) &&
              size_of(config, path, "max_position_embeddings", 8192, &m->places, problem) &&
              size_of(config, path, "type_vocab_size", 16, &m->kinds, problem);
    if (ok) {
        m->epsilon = (float)json_number_value(json_object_get(config, "layer_norm_eps"));
        if (!activation || strcmp(activation, "gelu") != 0)
            ok = problem_set(problem, "%s: the activation is \"%s\", and only \"gelu\" is supported", path,
                             activation ? activation : "");
        else if (m->hidden % m->heads || (m->hidden / m->heads != 32 && m->hidden / m->heads != 64))
            ok = problem_set(problem, "%s: %u numbers in %u heads; heads of 32 or 64 numbers are supported", path,
                             m->hidden, m->heads);
    }
    json_decref(config);
    if (!ok)
        return false;
    config = load(folder, "sentence_bert_config.json", path, sizeof path, problem);
    ok = config && size_of(config, path, "max_seq_length", m->places, &m->max_tokens, problem);
    json_decref(config);
    return ok;
}

/* A matrix of rows x columns, or a vector of `rows` if columns is 0. */
static bool weight(const struct model *m, const char *name, uint64_t rows, uint64_t columns, const float **out,
                   struct problem *problem)
{
    uint64_t shape[2] = { rows, columns };
    *out = safetensors_get(m->file, name, "F32", columns ? 2 : 1, shape, problem);
    return *out != NULL;
}

static bool norm(const struct model *m, const char *prefix, struct norm *n, struct problem *problem)
{
    char name[160];
    (void)snprintf(name, sizeof name, "%s.weight", prefix);
    if (!weight(m, name, m->hidden, 0, &n->gamma, problem))
        return false;
    (void)snprintf(name, sizeof name, "%s.bias", prefix);
    return weight(m, name, m->hidden, 0, &n->beta, problem);
}

static bool linear(const struct model *m, uint32_t layer, const char *part, uint32_t out, uint32_t in, struct linear *l,
                   struct problem *problem)
{
    char name[160];
    (void)snprintf(name, sizeof name, "encoder.layer.%u.%s.weight", layer, part);
    if (!weight(m, name, out, in, &l->weight, problem))
        return false;
    (void)snprintf(name, sizeof name, "encoder.layer.%u.%s.bias", layer, part);
    return weight(m, name, out, 0, &l->bias, problem);
}

static bool read_layer(struct model *m, uint32_t i, struct problem *problem)
{
    struct layer *l = &m->layer[i];
    uint32_t h = m->hidden;
    char first[80], second[80];
    (void)snprintf(first, sizeof first, "encoder.layer.%u.attention.output.LayerNorm", i);
    (void)snprintf(second, sizeof second, "encoder.layer.%u.output.LayerNorm", i);
    return linear(m, i, "attention.self.query", h, h, &l->query, problem) &&
           linear(m, i, "attention.self.key", h, h, &l->key, problem) &&
           linear(m, i, "attention.self.value", h, h, &l->value, problem) &&
           linear(m, i, "attention.output.dense", h, h, &l->attention_out, problem) &&
           linear(m, i, "intermediate.dense", m->feed, h, &l->up, problem) &&
           linear(m, i, "output.dense", h, m->feed, &l->down, problem) &&
           norm(m, first, &l->after_attention, problem) && norm(m, second, &l->after_feed, problem);
}

bool model_open(struct model *m, const char *folder, struct problem *problem)
{
    char path[4096];
    *m = (struct model){ 0 };
    if (!read_config(m, folder, problem))
        return false;
    (void)snprintf(path, sizeof path, "%s/model.safetensors", folder);
    m->file = safetensors_open(path, problem);
    bool ok = m->file && weight(m, "embeddings.word_embeddings.weight", m->vocabulary, m->hidden, &m->words, problem) &&
              weight(m, "embeddings.position_embeddings.weight", m->places, m->hidden, &m->positions, problem) &&
              weight(m, "embeddings.token_type_embeddings.weight", m->kinds, m->hidden, &m->types, problem) &&
              norm(m, "embeddings.LayerNorm", &m->embedding_norm, problem);
    for (uint32_t i = 0; i < m->layers && ok; i++)
        ok = read_layer(m, i, problem);
    return ok;
}

void model_close(struct model *m)
{
    safetensors_close(m->file);
    *m = (struct model){ 0 };
}
