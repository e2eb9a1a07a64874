/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses that come from data: n rows in compressed rows with 1 to 2k - 1 elements each, searches, gathers. */
#include "tests/bench/kernels/hand.h"

static void spmv(const work *w)
{
    const uint32_t *offsets = w->at[0], *columns = w->at[1];
    const float *values = w->at[2], *x = w->at[3];
    float *y = w->at[4];
    for (size_t i = 0; i < w->n; i++) {
        double s = 0;
        for (uint32_t j = offsets[i]; j < offsets[i + 1]; j++)
            s += (double)values[j] * x[columns[j]];
        y[i] = (float)s;
    }
}

/* The number of keys below each number. */
static void search(const work *w)
{
    const uint32_t *keys = w->at[0], *x = w->at[1];
    uint32_t *y = w->at[2];
    for (size_t i = 0; i < w->n; i++) {
        uint32_t low = 0, high = w->m;
        while (low < high) {
            uint32_t middle = (low + high) / 2;
            if (keys[middle] < x[i])
                low = middle + 1;
            else
                high = middle;
        }
        y[i] = low;
    }
}

static void gather(const work *w)
{
    const uint32_t *places = w->at[0];
    const float *x = w->at[1];
    float *y = w->at[2];
    for (size_t i = 0; i < w->n; i++)
        y[i] = x[places[i]];
}

#define WORDS(size, top)                                                                                               \
    {                                                                                                                  \
        .role = IN, .type = U32, .count = { size }, .fill = FILL_RANGE, .low = 0, .high = top                          \
    }
#define FLOATS(r, size)                                                                                                \
    {                                                                                                                  \
        .role = r, .type = F32, .count = { size }, .fill = FILL_RANGE, .low = -1, .high = 1                            \
    }
#define MATRIX                                                                                                         \
    .bound = COMPUTE, .full = { .n = 65536, .k = 24 }, .quick = { .n = 1000, .k = 8 },                                 \
    .buffers = { { .role = IN, .type = U32, .count = { N, .plus = 1 }, .fill = FILL_OFFSETS },                         \
                 { .role = IN, .type = U32, .count = { N | K }, .fill = FILL_BELOW_N },                                \
                 FLOATS(IN, N | K),                                                                                    \
                 FLOATS(IN, N),                                                                                        \
                 FLOATS(OUT, N) },                                                                                     \
    .absolute = 1e-4, .relative = 1e-4, .reference = spmv, .hand = hand_spmv

static const struct kernel kernels[] = {
    { .name = "spmv_thread",
      .what = "compressed rows times vector, a thread a row",
      MATRIX,
      .launches = { { "spmv_thread", "ABCDEn", { 128 }, { { N, .over = 128 } } } } },
    { .name = "spmv_group",
      .what = "compressed rows times vector, 8 threads a row",
      MATRIX,
      .launches = { { "spmv_group", "ABCDEn", { 128 }, { { N, .over = 16 } } } } },
    { .name = "binary_search",
      .what = "places of 1 M numbers among 256 k sorted ones",
      .bound = COMPUTE,
      .full = { .n = 1u << 20, .m = 256u << 10 },
      .quick = { .n = 2000, .m = 1000 },
      .buffers = { { .role = IN, .type = U32, .count = { M }, .fill = FILL_SORTED, .low = 0, .high = 100 },
                   WORDS(N, 26e6),
                   { .role = OUT, .type = U32, .count = { N } } },
      .launches = { { "binary_search", "ABCnm", { 256 }, { { N, .over = 256 } } } },
      .reference = search,
      .hand = hand_search,
      .hand_how = "without branches, 16 searches at once, gathers where there are any" },
    { .name = "gather",
      .what = "y[i] = x[place[i]], places at random",
      .bound = COMPUTE,
      .full = { .n = 2u << 20 },
      .quick = { .n = 3000 },
      .buffers = { { .role = IN, .type = U32, .count = { N }, .fill = FILL_BELOW_N }, FLOATS(IN, N), FLOATS(OUT, N) },
      .launches = { { "gather", "ABCn", { 256 }, { { N, .over = 256 } } } },
      .reference = gather,
      .hand = hand_gather },
};

FAMILY(sparse);
