/* SPDX-License-Identifier: Apache-2.0 */
/* Sums and a dot product: a first launch leaves one number a block, a second one adds those up. */
#include "tests/bench/kernels/hand.h"

static void sum(const work *w)
{
    const float *x = w->at[0];
    double s = 0;
    for (size_t i = 0; i < w->n; i++)
        s += x[i];
    *(float *)w->at[2] = (float)s;
}

static void dot(const work *w)
{
    const float *x = w->at[0], *y = w->at[1];
    double s = 0;
    for (size_t i = 0; i < w->n; i++)
        s += (double)x[i] * y[i];
    *(float *)w->at[3] = (float)s;
}

static void largest(const work *w)
{
    const float *x = w->at[0];
    float most = x[0];
    for (size_t i = 1; i < w->n; i++)
        most = x[i] > most ? x[i] : most;
    *(float *)w->at[2] = most;
}

#define INPUT                                                                                                          \
    {                                                                                                                  \
        .role = IN, .type = F32, .count = { N }, .fill = FILL_RANGE, .low = -0.5, .high = 1                            \
    }
#define PARTIAL(blocks)                                                                                                \
    {                                                                                                                  \
        .role = SCRATCH, .type = F32, .count = blocks                                                                  \
    }
#define RESULT                                                                                                         \
    {                                                                                                                  \
        .role = OUT, .type = F32, .count = { ONE, .times = 1 }                                                         \
    }
#define BLOCKS                                                                                                         \
    {                                                                                                                  \
        N, .over = 256                                                                                                 \
    }
#define STRIDE_BLOCKS 128
#define SIZES         .full = { .n = 8u << 20, .k = STRIDE_BLOCKS }, .quick = { .n = 10000, .k = STRIDE_BLOCKS }
#define TOLERANCE     .absolute = 0.05, .relative = 1e-4

static const struct kernel kernels[] = {
    { .name = "reduce_tree",
      .what = "sum, a tree in local memory, one element a thread",
      .bound = COMPUTE,
      SIZES,
      .buffers = { INPUT, PARTIAL(BLOCKS), RESULT },
      .launches = { { "reduce_tree", "ABn", { 256 }, { BLOCKS } }, { "reduce_last_of", "BCn", { 256 }, { { ONE } } } },
      TOLERANCE,
      .reference = sum,
      .hand = hand_sum },
    { .name = "reduce_stride",
      .what = "sum, 128 blocks stride over the input, then a tree",
      .bound = MEMORY,
      SIZES,
      .buffers = { INPUT, PARTIAL({ K }), RESULT },
      .launches = { { "reduce_stride", "ABn", { 256 }, { { K } } }, { "reduce_last", "BCk", { 256 }, { { ONE } } } },
      TOLERANCE,
      .reference = sum,
      .hand = hand_sum },
    { .name = "reduce_shuffle",
      .what = "sum, shuffles in warps (OpenCL: sub-groups, or a tree)",
      .bound = COMPUTE,
      SIZES,
      .buffers = { INPUT, PARTIAL(BLOCKS), RESULT },
      .launches = { { "reduce_shuffle", "ABn", { 256 }, { BLOCKS } },
                    { "reduce_last_of", "BCn", { 256 }, { { ONE } } } },
      TOLERANCE,
      .reference = sum,
      .hand = hand_sum },
    { .name = "reduce_max",
      .what = "maximum, 128 blocks stride over the input",
      .bound = MEMORY,
      SIZES,
      .buffers = { INPUT, PARTIAL({ K }), RESULT },
      .launches = { { "reduce_max", "ABn", { 256 }, { { K } } }, { "reduce_max", "BCk", { 256 }, { { ONE } } } },
      .reference = largest,
      .hand = hand_max },
    { .name = "dot",
      .what = "dot product, 128 blocks stride over the inputs",
      .bound = MEMORY,
      SIZES,
      .buffers = { INPUT, INPUT, PARTIAL({ K }), RESULT },
      .launches = { { "dot_product", "ABCn", { 256 }, { { K } } }, { "reduce_last", "CDk", { 256 }, { { ONE } } } },
      TOLERANCE,
      .reference = dot,
      .hand = hand_dot },
};

FAMILY(reduce);
