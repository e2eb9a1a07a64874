/* SPDX-License-Identifier: Apache-2.0 */
/* Rows by hand. */
#include <math.h>

#include "tests/bench/kernels/hand.h"

static void softmax_part(const work *w, size_t from, size_t to, unsigned part)
{
    const size_t n = w->n;
    (void)part;
    for (size_t i = from; i < to; i++) {
        const float *restrict x = (const float *)w->at[0] + i * n;
        float *restrict y = (float *)w->at[1] + i * n;
        float most = x[0], sum = 0;
        for (size_t j = 0; j < n; j++)
            most = x[j] > most ? x[j] : most;
        for (size_t j = 0; j < n; j++) {
            y[j] = expf(x[j] - most);
            sum += y[j];
        }
        const float scale = 1.0f / sum;
        for (size_t j = 0; j < n; j++)
            y[j] *= scale;
    }
}

static void layer_norm_part(const work *w, size_t from, size_t to, unsigned part)
{
    const float *restrict gain = w->at[1], *restrict bias = w->at[2];
    const size_t n = w->n;
    (void)part;
    for (size_t i = from; i < to; i++) {
        const float *restrict x = (const float *)w->at[0] + i * n;
        float *restrict y = (float *)w->at[3] + i * n;
        float mean = 0, variance = 0;
        for (size_t j = 0; j < n; j++)
            mean += x[j];
        mean /= (float)n;
        for (size_t j = 0; j < n; j++)
            variance += (x[j] - mean) * (x[j] - mean);
        const float scale = 1.0f / sqrtf(variance / (float)n + 1e-5f);
        for (size_t j = 0; j < n; j++)
            y[j] = (x[j] - mean) * scale * gain[j] + bias[j];
    }
}

enum { HEAD = 64, QUERIES = 16 };
typedef float floats __attribute__((vector_size(64)));

/* 16 queries at once, one a lane; scores of all keys first, then their exponentials, then the sums of values. */
static void attention_part(const work *w, size_t from, size_t to, unsigned part)
{
    const float *k = w->at[1], *v = w->at[2];
    const size_t n = w->n;
    (void)part;
    for (size_t i = from; i + QUERIES <= to; i += QUERIES) {
        const float *q = (const float *)w->at[0] + i * HEAD;
        float *out = (float *)w->at[3] + i * HEAD;
        floats query[HEAD], result[HEAD], sum = { 0 }, most = (floats){ 0 } - 1e30f;
        for (int c = 0; c < HEAD; c++) {
            for (int l = 0; l < QUERIES; l++)
                query[c][l] = 0.125f * q[l * HEAD + c];
            result[c] = (floats){ 0 };
        }
        for (size_t j0 = 0; j0 < n; j0 += 32) {
            const size_t count = n - j0 < 32 ? n - j0 : 32;
            floats score[32], largest = most;
            for (size_t j = 0; j < count; j++) {
                floats s[4] = { { 0 } };
                for (int c = 0; c < HEAD; c += 4)
                    for (int d = 0; d < 4; d++)
                        s[d] += query[c + d] * k[(j0 + j) * HEAD + (size_t)(c + d)];
                score[j] = (s[0] + s[1]) + (s[2] + s[3]);
                for (int l = 0; l < QUERIES; l++)
                    largest[l] = score[j][l] > largest[l] ? score[j][l] : largest[l];
            }
            floats old = { 0 };
            for (int l = 0; l < QUERIES; l++)
                old[l] = expf(most[l] - largest[l]);
            most = largest;
            for (size_t j = 0; j < count; j++) {
                for (int l = 0; l < QUERIES; l++)
                    score[j][l] = expf(score[j][l] - most[l]);
            }
            sum *= old;
            for (size_t j = 0; j < count; j++)
                sum += score[j];
            for (int c = 0; c < HEAD; c++) {
                floats s = result[c] * old;
                for (size_t j = 0; j < count; j++)
                    s += score[j] * v[(j0 + j) * HEAD + (size_t)c];
                result[c] = s;
            }
        }
        for (int c = 0; c < HEAD; c++)
            for (int l = 0; l < QUERIES; l++)
                out[l * HEAD + c] = result[c][l] / sum[l];
    }
}

SPREAD(hand_softmax, softmax_part, w->m, 1)
SPREAD(hand_layer_norm, layer_norm_part, w->m, 1)
SPREAD(hand_attention, attention_part, w->m, 16)
