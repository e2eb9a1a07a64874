/* SPDX-License-Identifier: Apache-2.0 */
/* Histograms by hand: four tables, so that the same value twice in a row need not wait. */
#include <string.h>

#include "tests/bench/kernels/hand.h"

static uint32_t tables[MAX_PARTS][4][256];

static void histogram_part(const work *w, size_t from, size_t to, unsigned part)
{
    const uint8_t *x = w->at[0];
    uint32_t(*table)[256] = tables[part];
    size_t i = from;
    memset(table, 0, sizeof tables[part]);
    for (; i + 8 <= to; i += 8) {
        uint64_t eight;
        memcpy(&eight, x + i, 8);
        for (unsigned j = 0; j < 8; j++)
            table[j % 4][eight >> (8 * j) & 255]++;
    }
    for (; i < to; i++)
        table[0][x[i]]++;
}

void hand_histogram(const work *w)
{
    uint32_t *counts = w->at[1];
    for (unsigned i = 0; i < spread_parts(); i++)
        memset(tables[i], 0, sizeof tables[i]);
    spread(w, w->n, 4096, histogram_part);
    for (unsigned i = 0; i < spread_parts(); i++)
        for (unsigned j = 0; j < 4; j++)
            for (unsigned v = 0; v < 256; v++)
                counts[v] += tables[i][j][v];
}
