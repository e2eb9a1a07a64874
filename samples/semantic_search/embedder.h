/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The model on one device: uploads the weights, and turns packed tokens into vectors with the kernels of kernels/.
 */
#pragma once

#include <tenon/tenon.h>

#include "corpus.h"
#include "model.h"

struct embedder;

/* Loads kernels and weights onto a device. NULL, with the reason in `problem`, if it can't. */
struct embedder *embedder_open(const struct model *model, tn_device device, const char *kernels,
                               struct problem *problem);
void embedder_close(struct embedder *e);

/* Embeds all texts: `out_vectors` gets texts x hidden numbers, each vector of length one. Waits for the device. */
bool embedder_run(struct embedder *e, const struct corpus *corpus, float *out_vectors, struct problem *problem);

/* The cosine of each query with each sentence, queries x sentences, from the vectors that the last run left on the
 * device. */
bool embedder_scores(struct embedder *e, const struct corpus *corpus, float *out_scores, struct problem *problem);
