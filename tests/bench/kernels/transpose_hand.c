/* SPDX-License-Identifier: Apache-2.0 */
/* The transpose by hand: blocks that fit the first-level cache, and small ones that the compiler makes shuffles of. */
#include "tests/bench/kernels/hand.h"

enum { BLOCK = 64, SMALL = 16 };

static void small(const float *restrict x, size_t n, float *restrict y, size_t m)
{
    float t[SMALL][SMALL] __attribute__((aligned(64)));
    for (size_t i = 0; i < SMALL; i++)
        for (size_t j = 0; j < SMALL; j++)
            t[j][i] = x[i * n + j];
    for (size_t j = 0; j < SMALL; j++)
        for (size_t i = 0; i < SMALL; i++)
            y[j * m + i] = t[j][i];
}

static void transpose_part(const work *w, size_t from, size_t to, unsigned part)
{
    const float *x = w->at[0];
    float *y = w->at[1];
    const size_t n = w->n, m = w->m;
    (void)part;
    for (size_t j0 = 0; j0 < n; j0 += BLOCK)
        for (size_t i = from; i < to; i += SMALL)
            for (size_t j = j0; j < j0 + BLOCK && j < n; j += SMALL) {
                if (i + SMALL <= to && j + SMALL <= n) {
                    small(x + i * n + j, n, y + j * m + i, m);
                    continue;
                }
                for (size_t a = i; a < i + SMALL && a < to; a++)
                    for (size_t b = j; b < j + SMALL && b < n; b++)
                        y[b * m + a] = x[a * n + b];
            }
}

SPREAD(hand_transpose, transpose_part, w->m, BLOCK)
