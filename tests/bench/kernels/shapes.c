/* SPDX-License-Identifier: Apache-2.0 */
/* Shapes of blocks: the smallest that fill a warp, the largest there are, one of three dimensions. */
#include "tests/bench/kernels/hand.h"

/* How many of the 32 of its block are smaller, or the same and before. */
static void ranks(const work *w)
{
    const uint32_t *x = w->at[0];
    uint32_t *y = w->at[1];
    for (size_t i = 0; i < w->n; i++) {
        size_t first = i / 32 * 32;
        y[i] = 0;
        for (size_t j = first; j < first + 32; j++)
            y[i] += x[j] < x[i] || (j < i && x[j] == x[i]);
    }
}

static void scan_rows(const work *w)
{
    const uint32_t *x = w->at[0];
    uint32_t *y = w->at[1], s = 0;
    for (size_t i = 0; i < w->n; i++) {
        s = i % 1024 ? s + x[i] : x[i];
        y[i] = s;
    }
}

/* 16 rounds of each of 1024 becoming the mean of itself and its neighbours, around the ends. */
static void smooth(const work *w)
{
    const float *x = w->at[0];
    float *y = w->at[1];
    for (size_t first = 0; first < w->n; first += 1024) {
        double now[1024], after[1024];
        for (size_t i = 0; i < 1024; i++)
            now[i] = x[first + i];
        for (int round = 0; round < 16; round++) {
            for (size_t i = 0; i < 1024; i++)
                after[i] = 0.25 * now[(i + 1023) % 1024] + 0.5 * now[i] + 0.25 * now[(i + 1) % 1024];
            for (size_t i = 0; i < 1024; i++)
                now[i] = after[i];
        }
        for (size_t i = 0; i < 1024; i++)
            y[first + i] = (float)now[i];
    }
}

#define WORDS(r)                                                                                                       \
    {                                                                                                                  \
        .role = r, .type = U32, .count = { N }, .fill = r == OUT ? FILL_ZERO : FILL_RANGE, .low = 0, .high = 100       \
    }
#define FLOATS(r)                                                                                                      \
    {                                                                                                                  \
        .role = r, .type = F32, .count = { N }, .fill = r == OUT ? FILL_ZERO : FILL_RANGE, .low = -1, .high = 1        \
    }

static const struct kernel kernels[] = {
    { .name = "small_blocks",
      .what = "32 threads: each one's rank in its block",
      .bound = COMPUTE,
      .full = { .n = 1u << 20 },
      .quick = { .n = 3200 },
      .buffers = { WORDS(IN), WORDS(OUT) },
      .launches = { { "small_blocks", "AB", { 32 }, { { N, .over = 32 } } } },
      .reference = ranks,
      .hand = hand_ranks },
    { .name = "large_blocks",
      .what = "1024 threads: sums of each 1024, 20 barriers",
      .bound = COMPUTE,
      .full = { .n = 2u << 20 },
      .quick = { .n = 4096 },
      .buffers = { WORDS(IN), WORDS(OUT) },
      .launches = { { "large_blocks", "AB", { 1024 }, { { N, .over = 1024 } } } },
      .reference = scan_rows,
      .hand = hand_scan_rows },
    { .name = "cube_blocks",
      .what = "16 x 8 x 8 threads, 16 rounds of exchange with neighbours",
      .bound = COMPUTE,
      .full = { .n = 1u << 20 },
      .quick = { .n = 4096 },
      .buffers = { FLOATS(IN), FLOATS(OUT) },
      .launches = { { "cube_blocks", "AB", { 16, 8, 8 }, { { N, .over = 1024 } } } },
      .absolute = 1e-5,
      .relative = 1e-5,
      .reference = smooth,
      .hand = hand_smooth },
};

FAMILY(shapes);
