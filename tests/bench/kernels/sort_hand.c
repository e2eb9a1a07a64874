/* SPDX-License-Identifier: Apache-2.0 */
/* Sorting by hand: radix sort, a byte a pass. */
#include <stdlib.h>
#include <string.h>

#include "tests/bench/kernels/hand.h"

/* Four passes, so the result is back in x. */
static void radix(uint32_t *x, uint32_t *other, size_t count)
{
    size_t places[4][256] = { { 0 } };
    for (size_t i = 0; i < count; i++)
        for (unsigned b = 0; b < 4; b++)
            places[b][x[i] >> (8 * b) & 255]++;
    for (unsigned b = 0; b < 4; b++) {
        size_t at = 0;
        for (unsigned v = 0; v < 256; v++) {
            size_t own = places[b][v];
            places[b][v] = at;
            at += own;
        }
        for (size_t i = 0; i < count; i++)
            other[places[b][x[i] >> (8 * b) & 255]++] = x[i];
        uint32_t *swap = x;
        x = other;
        other = swap;
    }
}

static void runs_part(const work *w, size_t from, size_t to, unsigned part)
{
    const uint32_t *x = w->at[0];
    uint32_t *y = w->at[1], other[1024];
    const size_t k = w->k;
    (void)part;
    for (size_t i = from * k; i < to * k; i += k) {
        memcpy(y + i, x + i, k * sizeof *y);
        radix(y + i, other, k);
    }
}

void hand_sort_all(const work *w)
{
    uint32_t *other = malloc((size_t)w->n * sizeof *other);
    if (!other)
        abort();
    radix(w->at[0], other, w->n);
    free(other);
}

SPREAD(hand_sort_runs, runs_part, w->n / w->k, 1)
