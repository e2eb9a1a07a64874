/* SPDX-License-Identifier: Apache-2.0 */
/* What neural networks do to rows: m rows of n floats. Attention: one head of 64 numbers, m queries, n keys and values. */
#include <math.h>

#include "tests/bench/kernels/hand.h"

static void softmax(const work *w)
{
    for (size_t i = 0; i < w->m; i++) {
        const float *x = (const float *)w->at[0] + i * w->n;
        float *y = (float *)w->at[1] + i * w->n;
        double most = x[0], sum = 0;
        for (size_t j = 0; j < w->n; j++)
            most = fmax(most, x[j]);
        for (size_t j = 0; j < w->n; j++)
            sum += exp(x[j] - most);
        for (size_t j = 0; j < w->n; j++)
            y[j] = (float)(exp(x[j] - most) / sum);
    }
}

static void layer_norm(const work *w)
{
    const float *gain = w->at[1], *bias = w->at[2];
    for (size_t i = 0; i < w->m; i++) {
        const float *x = (const float *)w->at[0] + i * w->n;
        float *y = (float *)w->at[3] + i * w->n;
        double mean = 0, variance = 0;
        for (size_t j = 0; j < w->n; j++)
            mean += x[j];
        mean /= w->n;
        for (size_t j = 0; j < w->n; j++)
            variance += (x[j] - mean) * (x[j] - mean);
        double scale = 1 / sqrt(variance / w->n + 1e-5);
        for (size_t j = 0; j < w->n; j++)
            y[j] = (float)((x[j] - mean) * scale * gain[j] + bias[j]);
    }
}

enum { HEAD = 64 };

static void attention(const work *w)
{
    const float *q = w->at[0], *k = w->at[1], *v = w->at[2];
    float *out = w->at[3];
    for (size_t i = 0; i < w->m; i++) {
        double sum = 0, result[HEAD] = { 0 };
        for (size_t j = 0; j < w->n; j++) {
            double score = 0;
            for (size_t c = 0; c < HEAD; c++)
                score += (double)q[i * HEAD + c] * k[j * HEAD + c];
            double e = exp(0.125 * score); /* small: no maximum is needed in double precision */
            sum += e;
            for (size_t c = 0; c < HEAD; c++)
                result[c] += e * v[j * HEAD + c];
        }
        for (size_t c = 0; c < HEAD; c++)
            out[i * HEAD + c] = (float)(result[c] / sum);
    }
}

#define FLOATS(r, ...)                                                                                                 \
    {                                                                                                                  \
        .role = r, .type = F32, .count = { __VA_ARGS__ }, .fill = FILL_RANGE, .low = -2, .high = 2                     \
    }
#define SIZES .full = { .n = 1024, .m = 2048 }, .quick = { .n = 200, .m = 30 }

static const struct kernel kernels[] = {
    { .name = "softmax",
      .what = "a block a row of 1024: maximum, sum of exponentials, quotient",
      .bound = COMPUTE,
      SIZES,
      .buffers = { FLOATS(IN, M | N), FLOATS(OUT, M | N) },
      .launches = { { "softmax", "ABn", { 128 }, { { M } } } },
      .absolute = 1e-6,
      .relative = 1e-3,
      .reference = softmax,
      .hand = hand_softmax },
    { .name = "layer_norm",
      .what = "a block a row of 1024: mean, variance, scaled",
      .bound = COMPUTE,
      SIZES,
      .buffers = { FLOATS(IN, M | N), FLOATS(IN, N), FLOATS(IN, N), FLOATS(OUT, M | N) },
      .launches = { { "layer_norm", "ABCDn", { 128 }, { { M } } } },
      .absolute = 1e-4,
      .relative = 1e-4,
      .reference = layer_norm,
      .hand = hand_layer_norm },
    { .name = "attention",
      .what = "a query a thread, keys and values by tiles, softmax in one pass",
      .bound = COMPUTE,
      .full = { .n = 512, .m = 2048 },
      .quick = { .n = 64, .m = 128 },
      .buffers = { FLOATS(IN, M, .times = 64), FLOATS(IN, N, .times = 64), FLOATS(IN, N, .times = 64),
                   FLOATS(OUT, M, .times = 64) },
      .launches = { { "attention", "ABCDn", { 64 }, { { M, .over = 64 } } } },
      .absolute = 1e-4,
      .relative = 1e-3,
      .reference = attention,
      .hand = hand_attention },
};

FAMILY(rows);
