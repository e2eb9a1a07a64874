/* SPDX-License-Identifier: Apache-2.0 */
/* Stencils in two and three dimensions, and convolutions. The edges keep their values. */
#include "tests/bench/kernels/hand.h"

static void stencil5(const work *w)
{
    const float *x = w->at[0];
    float *y = w->at[1];
    const size_t n = w->n, m = w->m;
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            const float *p = x + i * n + j;
            bool edge = i == 0 || j == 0 || i == m - 1 || j == n - 1;
            y[i * n + j] = edge ? *p : (float)(0.5 * p[0] + 0.125 * ((double)p[-1] + p[1] + p[-(ptrdiff_t)n] + p[n]));
        }
}

static void stencil7(const work *w)
{
    const float *x = w->at[0];
    float *y = w->at[1];
    const size_t n = w->n, m = w->m, k = w->k, plane = n * m;
    for (size_t h = 0; h < k; h++)
        for (size_t i = 0; i < m; i++)
            for (size_t j = 0; j < n; j++) {
                const float *p = x + h * plane + i * n + j;
                bool edge = h == 0 || i == 0 || j == 0 || h == k - 1 || i == m - 1 || j == n - 1;
                double around =
                    edge ? 0 : (double)p[-1] + p[1] + p[-(ptrdiff_t)n] + p[n] + p[-(ptrdiff_t)plane] + p[plane];
                y[h * plane + i * n + j] = edge ? *p : (float)(0.4 * p[0] + 0.1 * around);
            }
}

static void conv1d(const work *w)
{
    const float *x = w->at[0], *taps = w->at[1];
    float *y = w->at[2];
    for (size_t i = 0; i < w->n; i++) {
        double s = 0;
        for (size_t j = 0; j < 17; j++)
            s += i + j < 8 || i + j - 8 >= w->n ? 0 : (double)taps[j] * x[i + j - 8];
        y[i] = (float)s;
    }
}

/* x has m + 4 rows of n + 4. */
static void conv2d(const work *w)
{
    const float *x = w->at[0], *taps = w->at[1];
    float *y = w->at[2];
    for (size_t i = 0; i < w->m; i++)
        for (size_t j = 0; j < w->n; j++) {
            double s = 0;
            for (size_t a = 0; a < 5; a++)
                for (size_t b = 0; b < 5; b++)
                    s += (double)taps[a * 5 + b] * x[(i + a) * (w->n + 4) + j + b];
            y[i * w->n + j] = (float)s;
        }
}

#define FLOATS(r, ...)                                                                                                 \
    {                                                                                                                  \
        .role = r, .type = F32, .count = { __VA_ARGS__ }, .fill = FILL_RANGE, .low = -1, .high = 1                     \
    }
#define TOLERANCE .absolute = 2e-5, .relative = 1e-5
#define SQUARE    .full = { 2048, 2048 }, .quick = { 100, 50 }

static const struct kernel kernels[] = {
    { .name = "stencil5",
      .what = "5 points in two dimensions, four tests for the edges",
      .bound = MEMORY,
      SQUARE,
      .buffers = { FLOATS(IN, M | N), FLOATS(OUT, M | N) },
      .launches = { { "stencil5", "ABnm", { 32, 8 }, { { N, .over = 32 }, { M, .over = 8 } } } },
      TOLERANCE,
      .reference = stencil5,
      .hand = hand_stencil5 },
    { .name = "stencil7",
      .what = "7 points in three dimensions",
      .bound = MEMORY,
      .full = { 160, 160, 160 },
      .quick = { 40, 20, 10 },
      .buffers = { FLOATS(IN, N | M | K), FLOATS(OUT, N | M | K) },
      .launches = { { "stencil7", "ABnmk", { 32, 4, 2 }, { { N, .over = 32 }, { M, .over = 4 }, { K, .over = 2 } } } },
      TOLERANCE,
      .reference = stencil7,
      .hand = hand_stencil7 },
    { .name = "conv1d",
      .what = "17 taps, input and edges in local memory",
      .bound = COMPUTE,
      .full = { .n = 4u << 20 },
      .quick = { .n = 3000 },
      .buffers = { FLOATS(IN, N), FLOATS(IN, ONE, .times = 17), FLOATS(OUT, N) },
      .launches = { { "conv1d", "ABCn", { 256 }, { { N, .over = 256 } } } },
      TOLERANCE,
      .reference = conv1d,
      .hand = hand_conv1d },
    { .name = "conv2d",
      .what = "5 x 5 taps, input with edges",
      .bound = COMPUTE,
      .full = { 1024, 1024, 1028 * 1028 },
      .quick = { 64, 32, 68 * 36 },
      .buffers = { FLOATS(IN, K), FLOATS(IN, ONE, .times = 25), FLOATS(OUT, M | N) },
      .launches = { { "conv2d", "ABCnm", { 16, 16 }, { { N, .over = 16 }, { M, .over = 16 } } } },
      TOLERANCE,
      .reference = conv2d,
      .hand = hand_conv2d },
};

FAMILY(stencil);
