/* SPDX-License-Identifier: Apache-2.0 */
/* Streaming kernels: what a loop over arrays costs. The copy is the measure for all kernels bound by memory. */
#include "tests/bench/kernels/hand.h"

static void copy(const work *w)
{
    const float *x = w->at[0];
    float *y = w->at[1];
    for (size_t i = 0; i < w->n; i++)
        y[i] = x[i];
}

static void saxpy(const work *w)
{
    const float *x = w->at[0];
    float *y = w->at[1];
    for (size_t i = 0; i < w->n; i++)
        y[i] = (float)((double)w->f * x[i] + y[i]);
}

static void triad(const work *w)
{
    const float *x = w->at[0], *y = w->at[1];
    float *z = w->at[2];
    for (size_t i = 0; i < w->n; i++)
        z[i] = (float)(x[i] + (double)w->f * y[i]);
}

static void stream_stride(const work *w)
{
    const float *x = w->at[0];
    float *y = w->at[1];
    for (size_t i = 0; i < w->n; i++)
        y[i] = x[2 * i] + x[2 * i + 1];
}

#define FLOATS(r, size, ...)                                                                                           \
    {                                                                                                                  \
        .role = r, .type = F32, .count = { N, .times = size }, .fill = FILL_RANGE, .low = -1, .high = 1, __VA_ARGS__   \
    }
#define SIZES .full = { .n = 8u << 20 }, .quick = { .n = 5000 }

static const struct kernel kernels[] = {
    { .name = "copy",
      .what = "y = x, 8 M floats",
      .bound = MEMORY,
      SIZES,
      .buffers = { FLOATS(IN, 1), FLOATS(OUT, 1) },
      .launches = { { "copy", "ABn", { 256 }, { { N, .over = 256 } } } },
      .reference = copy,
      .hand = hand_copy,
      .hand_how = "memcpy" },
    { .name = "saxpy",
      .what = "y = a x + y, 8 M floats",
      .bound = MEMORY,
      SIZES,
      .f = 2.5f,
      .buffers = { FLOATS(IN, 1), FLOATS(INOUT, 1) },
      .launches = { { "saxpy", "ABnf", { 256 }, { { N, .over = 256 } } } },
      .absolute = 1e-6,
      .relative = 1e-6,
      .reference = saxpy,
      .hand = hand_saxpy },
    { .name = "triad",
      .what = "z = x + a y, 8 M floats",
      .bound = MEMORY,
      SIZES,
      .f = 0.75f,
      .buffers = { FLOATS(IN, 1), FLOATS(IN, 1), FLOATS(OUT, 1) },
      .launches = { { "triad", "ABCnf", { 256 }, { { N, .over = 256 } } } },
      .absolute = 1e-6,
      .relative = 1e-6,
      .reference = triad,
      .hand = hand_triad },
    { .name = "pairs",
      .what = "sums of neighbours, one load of two floats a thread",
      .bound = MEMORY,
      .full = { .n = 4u << 20 },
      .quick = { .n = 5000 },
      .buffers = { FLOATS(IN, 2), FLOATS(OUT, 1) },
      .launches = { { "pairs", "ABn", { 256 }, { { N, .over = 256 } } } },
      .absolute = 1e-6,
      .relative = 1e-6,
      .reference = stream_stride,
      .hand = hand_pairs },
};

FAMILY(streaming);
