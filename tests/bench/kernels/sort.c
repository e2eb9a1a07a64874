/* SPDX-License-Identifier: Apache-2.0 */
/* Sorting networks: runs inside a block, and all of an array with a launch a step. */
#include <stdlib.h>

#include "tests/bench/kernels/hand.h"

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Each run of k. */
static void sort_runs(const work *w)
{
    const uint32_t *x = w->at[0];
    uint32_t *y = w->at[1];
    for (size_t i = 0; i < w->n; i++)
        y[i] = x[i];
    for (size_t i = 0; i < w->n; i += w->k)
        qsort(y + i, w->k, sizeof *y, ascending);
}

static void sort_all(const work *w)
{
    qsort(w->at[0], w->n, sizeof(uint32_t), ascending);
}

/* p: the length of the runs that are made; q: how far apart elements are compared. */
static bool bitonic_step(const work *w, uint32_t i, uint32_t *p, uint32_t *q)
{
    if (i == 0) {
        *p = 2;
        *q = 1;
    } else if (*q > 1) {
        *q /= 2;
    } else {
        *p *= 2;
        *q = *p / 2;
    }
    return *p <= w->n;
}

#define WORDS(r)                                                                                                       \
    {                                                                                                                  \
        .role = r, .type = U32, .count = { N }, .fill = r == OUT ? FILL_ZERO : FILL_RANGE, .low = 0, .high = 4e9       \
    }

static const struct kernel kernels[] = {
    { .name = "bitonic_block",
      .what = "runs of 512 in local memory, 256 threads",
      .bound = COMPUTE,
      .full = { .n = 512u << 10, .k = 512 },
      .quick = { .n = 2048, .k = 512 },
      .buffers = { WORDS(IN), WORDS(OUT) },
      .launches = { { "bitonic_block", "AB", { 256 }, { { N, .over = 512 } } } },
      .reference = sort_runs,
      .hand = hand_sort_runs,
      .hand_how = "radix sort of each run" },
    { .name = "bitonic_global",
      .what = "64 k numbers, 136 launches",
      .bound = COMPUTE,
      .full = { .n = 64u << 10 },
      .quick = { .n = 1024 },
      .buffers = { WORDS(INOUT) },
      .launches = { { "bitonic_global", "Apq", { 256 }, { { N, .over = 512 } } } },
      .step = bitonic_step,
      .reference = sort_all,
      .hand = hand_sort_all,
      .hand_how = "radix sort, one thread" },
    { .name = "odd_even",
      .what = "runs of 128 by neighbours, 64 threads",
      .bound = COMPUTE,
      .full = { .n = 256u << 10, .k = 128 },
      .quick = { .n = 1024, .k = 128 },
      .buffers = { WORDS(IN), WORDS(OUT) },
      .launches = { { "odd_even", "AB", { 64 }, { { N, .over = 128 } } } },
      .reference = sort_runs,
      .hand = hand_sort_runs,
      .hand_how = "radix sort of each run" },
};

FAMILY(sort);
