/* SPDX-License-Identifier: Apache-2.0 */
/* Transposes of m x n floats. */
#include "tests/bench/kernels/hand.h"

static void transpose(const work *w)
{
    const float *x = w->at[0];
    float *y = w->at[1];
    for (size_t i = 0; i < w->m; i++)
        for (size_t j = 0; j < w->n; j++)
            y[j * w->m + i] = x[i * w->n + j];
}

#define REST                                                                                                           \
    .bound = MEMORY, .full = { 2048, 2048 }, .quick = { 96, 64 }, .reference = transpose, .hand = hand_transpose,      \
    .hand_how = "16 x 16 blocks inside 64 x 64 ones",                                                                  \
    .buffers = { { .role = IN, .type = F32, .count = { M | N }, .fill = FILL_RANGE, .low = -1, .high = 1 },            \
                 { .role = OUT, .type = F32, .count = { M | N } } }
#define TILES                                                                                                          \
    {                                                                                                                  \
        { N, .over = 32 },                                                                                             \
        {                                                                                                              \
            M, .over = 32                                                                                              \
        }                                                                                                              \
    }

static const struct kernel kernels[] = {
    { .name = "transpose_naive",
      .what = "reads rows, writes columns",
      REST,
      .launches = { { "transpose_naive", "ABnm", { 32, 8 }, TILES } } },
    { .name = "transpose_tiled",
      .what = "32 x 32 tiles in local memory",
      REST,
      .launches = { { "transpose_tiled", "ABnm", { 32, 8 }, TILES } } },
};

FAMILY(transpose);
