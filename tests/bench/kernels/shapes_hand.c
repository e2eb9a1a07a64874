/* SPDX-License-Identifier: Apache-2.0 */
/* Shapes of blocks by hand: what the block computes, as loops. */
#include <string.h>

#include "tests/bench/kernels/hand.h"

static void ranks_part(const work *w, size_t from, size_t to, unsigned part)
{
    (void)part;
    for (size_t first = from; first < to; first += 32) {
        const uint32_t *restrict x = (const uint32_t *)w->at[0] + first;
        uint32_t own[32], rank[32] = { 0 };
        memcpy(own, x, sizeof own);
        for (uint32_t j = 0; j < 32; j++) {
            const uint32_t other = x[j];
            for (uint32_t i = 0; i < 32; i++)
                rank[i] += (other < own[i]) | ((other == own[i]) & (j < i));
        }
        memcpy((uint32_t *)w->at[1] + first, rank, sizeof rank);
    }
}

static void scan_rows_part(const work *w, size_t from, size_t to, unsigned part)
{
    const uint32_t *restrict x = w->at[0];
    uint32_t *restrict y = w->at[1];
    (void)part;
    for (size_t first = from; first < to; first += 1024) {
        uint32_t s = 0;
        for (size_t i = first; i < first + 1024; i++)
            y[i] = s += x[i];
    }
}

static void smooth_part(const work *w, size_t from, size_t to, unsigned part)
{
    float a[1026], b[1026];
    (void)part;
    for (size_t first = from; first < to; first += 1024) {
        float *now = a, *after = b;
        memcpy(now + 1, (const float *)w->at[0] + first, 1024 * sizeof(float));
        for (int round = 0; round < 16; round++) {
            now[0] = now[1024];
            now[1025] = now[1];
            const float *restrict old = now;
            float *restrict new = after;
            for (size_t i = 1; i <= 1024; i++)
                new[i] = 0.25f * (old[i - 1] + old[i + 1]) + 0.5f * old[i];
            float *swap = now;
            now = after;
            after = swap;
        }
        memcpy((float *)w->at[1] + first, now + 1, 1024 * sizeof(float));
    }
}

SPREAD(hand_ranks, ranks_part, w->n, 1024)
SPREAD(hand_scan_rows, scan_rows_part, w->n, 1024)
SPREAD(hand_smooth, smooth_part, w->n, 1024)
