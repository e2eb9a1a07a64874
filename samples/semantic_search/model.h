/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The model on the host: its configuration and where its weights lie in the mapped file. A BERT encoder with mean
 * pooling, as sentence-transformers' all-MiniLM-L6-v2 is one. Nothing is copied.
 */
#pragma once

#include <stdint.h>

#include "problem.h"
#include "safetensors.h"

#define MODEL_MAX_LAYERS 48

struct linear {
    const float *weight; /* out x in */
    const float *bias;   /* out */
};

struct norm {
    const float *gamma, *beta;
};

struct layer {
    struct linear query, key, value, attention_out, up, down;
    struct norm after_attention, after_feed;
};

struct model {
    uint32_t hidden, heads, layers, feed, vocabulary, places, kinds, max_tokens;
    float epsilon;
    const float *words, *positions, *types;
    struct norm embedding_norm;
    struct layer layer[MODEL_MAX_LAYERS];
    struct safetensors *file;
};

/* Reads config.json, sentence_bert_config.json and model.safetensors of a folder. Close also after a failure. */
bool model_open(struct model *m, const char *folder, struct problem *problem);
void model_close(struct model *m);
