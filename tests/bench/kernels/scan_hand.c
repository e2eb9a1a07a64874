/* SPDX-License-Identifier: Apache-2.0 */
/* Prefix sums by hand: a pass for the sums of the pieces, and a pass that knows where each begins. */
#include "tests/bench/kernels/hand.h"

static uint32_t before[MAX_PARTS];

static void scan_blocks_part(const work *w, size_t from, size_t to, unsigned part)
{
    const uint32_t *restrict x = w->at[0];
    uint32_t *restrict y = w->at[1];
    (void)part;
    for (size_t i = from; i < to; i += 256) {
        uint32_t s = 0;
        size_t end = i + 256 < to ? i + 256 : to;
        for (size_t j = i; j < end; j++)
            y[j] = s += x[j];
    }
}

static void sum_part(const work *w, size_t from, size_t to, unsigned part)
{
    const uint32_t *x = w->at[0];
    uint32_t s = 0;
    for (size_t i = from; i < to; i++)
        s += x[i];
    before[part] = s;
}

static void scan_part(const work *w, size_t from, size_t to, unsigned part)
{
    const uint32_t *restrict x = w->at[0];
    uint32_t *restrict y = w->at[1], s = before[part];
    for (size_t i = from; i < to; i++)
        y[i] = s += x[i];
}

static void count_part(const work *w, size_t from, size_t to, unsigned part)
{
    const uint32_t *x = w->at[0];
    uint32_t s = 0;
    for (size_t i = from; i < to; i++)
        s += x[i] % 3 == 0;
    before[part] = s;
}

static void compact_part(const work *w, size_t from, size_t to, unsigned part)
{
    const uint32_t *restrict x = w->at[0];
    uint32_t *restrict y = (uint32_t *)w->at[1] + before[part];
    for (size_t i = from; i < to; i++)
        if (x[i] % 3 == 0)
            *y++ = x[i];
}

/* What each piece counted becomes what is before it. */
static uint32_t shift(void)
{
    uint32_t s = 0;
    for (unsigned i = 0; i < spread_parts(); i++) {
        uint32_t own = before[i];
        before[i] = s;
        s += own;
    }
    return s;
}

void hand_scan(const work *w)
{
    spread(w, w->n, 1024, sum_part);
    shift();
    spread(w, w->n, 1024, scan_part);
}

void hand_compact(const work *w)
{
    spread(w, w->n, 1024, count_part);
    *(uint32_t *)w->at[2] = shift();
    spread(w, w->n, 1024, compact_part);
}

SPREAD(hand_scan_blocks, scan_blocks_part, w->n, 1024)
