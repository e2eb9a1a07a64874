/* SPDX-License-Identifier: Apache-2.0 */
/* Counts of the 256 values of bytes. */
#include "tests/bench/kernels/hand.h"

static void histogram(const work *w)
{
    const uint8_t *x = w->at[0];
    uint32_t *counts = w->at[1];
    for (size_t i = 0; i < w->n; i++)
        counts[x[i]]++;
}

#define BYTES                                                                                                          \
    {                                                                                                                  \
        .role = IN, .type = U8, .count = { N }, .fill = FILL_RANGE, .low = 0, .high = 256                              \
    }
#define SKEWED                                                                                                         \
    {                                                                                                                  \
        .role = IN, .type = U8, .count = { N }, .fill = FILL_TEXT                                                      \
    }
#define COUNTS                                                                                                         \
    {                                                                                                                  \
        .role = INOUT, .type = U32, .count = { ONE, .times = 256 }                                                     \
    }
#define REST                                                                                                           \
    .bound = COMPUTE, .full = { .n = 8u << 20, .k = 64 }, .quick = { .n = 20000, .k = 8 }, .reference = histogram,     \
    .hand = hand_histogram, .hand_how = "four tables a thread"

static const struct kernel kernels[] = {
    { .name = "histogram_local",
      .what = "atomics in local memory, then one a value and block in global",
      REST,
      .buffers = { BYTES, COUNTS },
      .launches = { { "histogram_local", "ABn", { 256 }, { { K } } } } },
    { .name = "histogram_global",
      .what = "atomics in global memory alone",
      REST,
      .buffers = { BYTES, COUNTS },
      .launches = { { "histogram_global", "ABn", { 256 }, { { K } } } } },
    { .name = "histogram_text",
      .what = "local atomics where few values are frequent",
      REST,
      .buffers = { SKEWED, COUNTS },
      .launches = { { "histogram_local", "ABn", { 256 }, { { K } } } } },
};

FAMILY(histogram);
