/* SPDX-License-Identifier: Apache-2.0 */
/* Prefix sums, and what is built on them. Blocks of 256 threads take 256 or 1024 elements. */
#include "tests/bench/kernels/hand.h"

static void scan_blocks(const work *w)
{
    const uint32_t *x = w->at[0];
    uint32_t *y = w->at[1], s = 0;
    for (size_t i = 0; i < w->n; i++) {
        s = i % 256 ? s + x[i] : x[i];
        y[i] = s;
    }
}

static void scan(const work *w)
{
    const uint32_t *x = w->at[0];
    uint32_t *y = w->at[1], s = 0;
    for (size_t i = 0; i < w->n; i++)
        y[i] = s += x[i];
}

static void compact(const work *w)
{
    const uint32_t *x = w->at[0];
    uint32_t *y = w->at[1], *kept = w->at[2], count = 0;
    for (size_t i = 0; i < w->n; i++)
        if (x[i] % 3 == 0)
            y[count++] = x[i];
    *kept = count;
}

#define WORDS(r)                                                                                                       \
    {                                                                                                                  \
        .role = r, .type = U32, .count = { N }, .fill = r == IN ? FILL_RANGE : FILL_ZERO, .low = 0, .high = 1000       \
    }
#define SUMS                                                                                                           \
    {                                                                                                                  \
        .role = SCRATCH, .type = U32, .count = { N, .over = 1024 }                                                     \
    }
#define SIZES .full = { .n = 4u << 20 }, .quick = { .n = 256 * 40 }
#define BLOCKS                                                                                                         \
    {                                                                                                                  \
        {                                                                                                              \
            N, .over = 1024                                                                                            \
        }                                                                                                              \
    }

static const struct kernel kernels[] = {
    { .name = "scan_blocks",
      .what = "inclusive sums of each 256, Hillis and Steele's, in local memory",
      .bound = COMPUTE,
      SIZES,
      .buffers = { WORDS(IN), WORDS(OUT) },
      .launches = { { "scan_blocks", "ABn", { 256 }, { { N, .over = 256 } } } },
      .reference = scan_blocks,
      .hand = hand_scan_blocks },
    { .name = "scan",
      .what = "inclusive sums of all: blocks, their sums, and adding those",
      .bound = COMPUTE,
      SIZES,
      .buffers = { WORDS(IN), WORDS(OUT), SUMS },
      .launches = { { "scan_parts", "ABCn", { 256 }, BLOCKS },
                    { "scan_sums", "Cn", { 256 }, { { ONE } } },
                    { "scan_add", "BCn", { 256 }, BLOCKS } },
      .reference = scan,
      .hand = hand_scan },
    { .name = "compact",
      .what = "keeps a third of the elements in order: counts, sums, scatter",
      .bound = COMPUTE,
      SIZES,
      .buffers = { WORDS(IN), WORDS(OUT), { .role = OUT, .type = U32, .count = { ONE, .times = 1 } }, SUMS },
      .launches = { { "compact_count", "ADn", { 256 }, BLOCKS },
                    { "compact_sums", "DCn", { 256 }, { { ONE } } },
                    { "compact_scatter", "ABDn", { 256 }, BLOCKS } },
      .reference = compact,
      .hand = hand_compact },
};

FAMILY(scan);
