/* SPDX-License-Identifier: Apache-2.0 */
/* Stencils by hand: the edges apart, rows for the vectoriser. */
#include <string.h>

#include "tests/bench/kernels/hand.h"

static void stencil5_part(const work *w, size_t from, size_t to, unsigned part)
{
    const size_t n = w->n, m = w->m;
    (void)part;
    for (size_t i = from; i < to; i++) {
        const float *restrict x = (const float *)w->at[0] + i * n;
        float *restrict y = (float *)w->at[1] + i * n;
        if (i == 0 || i == m - 1) {
            memcpy(y, x, n * sizeof(float));
            continue;
        }
        const float *restrict up = x - n, *restrict down = x + n;
        for (size_t j = 1; j < n - 1; j++)
            y[j] = 0.5f * x[j] + 0.125f * (x[j - 1] + x[j + 1] + up[j] + down[j]);
        y[0] = x[0];
        y[n - 1] = x[n - 1];
    }
}

/* A piece is a range of rows of all planes. */
static void stencil7_part(const work *w, size_t from, size_t to, unsigned part)
{
    const size_t n = w->n, m = w->m, k = w->k, plane = n * m;
    (void)part;
    for (size_t r = from; r < to; r++) {
        const float *restrict x = (const float *)w->at[0] + r * n;
        float *restrict y = (float *)w->at[1] + r * n;
        const size_t i = r % m, h = r / m;
        if (i == 0 || i == m - 1 || h == 0 || h == k - 1) {
            memcpy(y, x, n * sizeof(float));
            continue;
        }
        const float *restrict up = x - n, *restrict down = x + n, *restrict over = x - plane,
                              *restrict under = x + plane;
        for (size_t j = 1; j < n - 1; j++)
            y[j] = 0.4f * x[j] + 0.1f * (x[j - 1] + x[j + 1] + up[j] + down[j] + over[j] + under[j]);
        y[0] = x[0];
        y[n - 1] = x[n - 1];
    }
}

static void conv1d_part(const work *w, size_t from, size_t to, unsigned part)
{
    const float *restrict x = w->at[0], *restrict taps = w->at[1];
    float *restrict y = w->at[2];
    float t[17];
    size_t i = from;
    (void)part;
    memcpy(t, taps, sizeof t);
    for (; i < to && i < 8; i++) {
        float s = 0;
        for (size_t j = 0; j < 17; j++)
            if (i + j >= 8 && i + j - 8 < w->n)
                s += t[j] * x[i + j - 8];
        y[i] = s;
    }
    const size_t inner = to + 8 <= w->n ? to : w->n - 8;
    for (; i < inner; i++) {
        float s = 0;
#pragma GCC unroll 17
        for (size_t j = 0; j < 17; j++)
            s += t[j] * x[i + j - 8];
        y[i] = s;
    }
    for (; i < to; i++) {
        float s = 0;
        for (size_t j = 0; i + j - 8 < w->n; j++)
            s += t[j] * x[i + j - 8];
        y[i] = s;
    }
}

static void conv2d_part(const work *w, size_t from, size_t to, unsigned part)
{
    const float *restrict x = w->at[0], *restrict taps = w->at[1];
    const size_t n = w->n, pitch = n + 4;
    float t[25];
    (void)part;
    memcpy(t, taps, sizeof t);
    for (size_t i = from; i < to; i++) {
        float *restrict y = (float *)w->at[2] + i * n;
        for (size_t j = 0; j < n; j++) {
            float s = 0;
#pragma GCC unroll 5
            for (size_t a = 0; a < 5; a++)
#pragma GCC unroll 5
                for (size_t b = 0; b < 5; b++)
                    s += t[a * 5 + b] * x[(i + a) * pitch + j + b];
            y[j] = s;
        }
    }
}

SPREAD(hand_stencil5, stencil5_part, w->m, 1)
SPREAD(hand_stencil7, stencil7_part, (size_t)w->m * w->k, 1)
SPREAD(hand_conv1d, conv1d_part, w->n, 1024)
SPREAD(hand_conv2d, conv2d_part, w->m, 1)
