/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic: little memory, much to compute; functions, loops that end at different times, all pairs. */
#include <math.h>

#include "tests/bench/kernels/hand.h"

static double normal(double x)
{
    return 0.5 * erfc(-x * 0.70710678118654752);
}

static void black_scholes(const work *w)
{
    const float *price = w->at[0], *strike = w->at[1], *years = w->at[2];
    float *call = w->at[3], *put = w->at[4];
    const double rate = w->f, volatility = w->g;
    for (size_t i = 0; i < w->n; i++) {
        double s = price[i], x = strike[i], t = years[i], root = sqrt(t);
        double d1 = (log(s / x) + (rate + 0.5 * volatility * volatility) * t) / (volatility * root),
               d2 = d1 - volatility * root;
        double discounted = x * exp(-rate * t);
        call[i] = (float)(s * normal(d1) - discounted * normal(d2));
        put[i] = (float)(discounted * normal(-d2) - s * normal(-d1));
    }
}

static uint32_t next(uint32_t s)
{
    s ^= s << 13;
    s ^= s >> 17;
    return s ^ s << 5;
}

static void monte_carlo(const work *w)
{
    float *out = w->at[0];
    for (uint32_t i = 0; i < w->n; i++) {
        uint32_t s = i * 2654435761u + 12345u, inside = 0;
        s = s ? s : 1;
        for (uint32_t j = 0; j < w->k; j++) {
            s = next(s);
            double x = (double)(s >> 8) * 0x1p-24;
            s = next(s);
            double y = (double)(s >> 8) * 0x1p-24;
            inside += x * x + y * y <= 1;
        }
        out[i] = 4.0f * (float)inside / (float)w->k;
    }
}

/* Bodies are x y z mass, results x y z and nothing. */
static void nbody(const work *w)
{
    const float *b = w->at[0];
    float *out = w->at[1];
    for (size_t i = 0; i < w->n; i++) {
        double sum[3] = { 0 };
        for (size_t j = 0; j < w->n; j++) {
            double d[3], r2 = 0.01;
            for (int c = 0; c < 3; c++) {
                d[c] = (double)b[4 * j + c] - b[4 * i + c];
                r2 += d[c] * d[c];
            }
            double s = b[4 * j + 3] / (r2 * sqrt(r2));
            for (int c = 0; c < 3; c++)
                sum[c] += d[c] * s;
        }
        for (int c = 0; c < 3; c++)
            out[4 * i + c] = (float)sum[c];
        out[4 * i + 3] = 0;
    }
}

static void mandelbrot(const work *w)
{
    uint32_t *out = w->at[0];
    for (uint32_t row = 0; row < w->m; row++)
        for (uint32_t column = 0; column < w->n; column++) {
            float cx = -2.0f + 3.0f * (float)column / (float)w->n, cy = -1.5f + 3.0f * (float)row / (float)w->m, x = 0,
                  y = 0;
            uint32_t i = 0;
            while (i < w->k && x * x + y * y <= 4.0f) {
                float t = x * x - y * y + cx;
                y = 2.0f * x * y + cy;
                x = t;
                i++;
            }
            out[row * w->n + column] = i;
        }
}

static void gelu(const work *w)
{
    const float *x = w->at[0];
    float *y = w->at[1];
    for (size_t i = 0; i < w->n; i++)
        y[i] = (float)(x[i] * normal(x[i]));
}

#define FLOATS(r, size, from, to)                                                                                      \
    {                                                                                                                  \
        .role = r, .type = F32, .count = size, .fill = FILL_RANGE, .low = from, .high = to                             \
    }

static const struct kernel kernels[] = {
    { .name = "black_scholes",
      .what = "option prices: exp, log, sqrt, a polynomial",
      .bound = COMPUTE,
      .full = { .n = 2u << 20 },
      .quick = { .n = 2000 },
      .f = 0.02f,
      .g = 0.3f,
      .buffers = { FLOATS(IN, { N }, 5, 30), FLOATS(IN, { N }, 1, 100), FLOATS(IN, { N }, 0.25, 10),
                   FLOATS(OUT, { N }, 0, 0), FLOATS(OUT, { N }, 0, 0) },
      .launches = { { "black_scholes", "ABCDEnfg", { 256 }, { { N, .over = 256 } } } },
      .absolute = 1e-3,
      .relative = 1e-4,
      .reference = black_scholes,
      .hand = hand_black_scholes },
    { .name = "monte_carlo",
      .what = "pi by 256 random points a thread",
      .bound = COMPUTE,
      .full = { .n = 128u << 10, .k = 256 },
      .quick = { .n = 2000, .k = 50 },
      .buffers = { { .role = OUT, .type = F32, .count = { N } } },
      .launches = { { "monte_carlo", "Ank", { 256 }, { { N, .over = 256 } } } },
      .absolute = 0.1,
      .share = 1e-4,
      .reference = monte_carlo,
      .hand = hand_monte_carlo },
    { .name = "nbody",
      .what = "forces between all pairs, tiles of bodies in local memory",
      .bound = COMPUTE,
      .full = { .n = 4096 },
      .quick = { .n = 512 },
      .buffers = { { .role = IN, .type = F32, .count = { N, .times = 4 }, .fill = FILL_RANGE, .low = 0, .high = 1 },
                   { .role = OUT, .type = F32, .count = { N, .times = 4 } } },
      .launches = { { "nbody", "ABn", { 256 }, { { N, .over = 256 } } } },
      .absolute = 1,
      .relative = 1e-3,
      .reference = nbody,
      .hand = hand_nbody },
    { .name = "mandelbrot",
      .what = "at most 256 steps a point, ended by a test",
      .bound = COMPUTE,
      .full = { 768, 768, 256 },
      .quick = { 64, 64, 50 },
      .buffers = { { .role = OUT, .type = U32, .count = { N | M } } },
      .launches = { { "mandelbrot", "Anmk", { 16, 16 }, { { N, .over = 16 }, { M, .over = 16 } } } },
      .share = 0.01,
      .reference = mandelbrot,
      .hand = hand_mandelbrot,
      .hand_how = "16 points in a vector until all have ended" },
    { .name = "gelu",
      .what = "x (1 + erf(x / sqrt 2)) / 2",
      .bound = COMPUTE,
      .full = { .n = 4u << 20 },
      .quick = { .n = 3000 },
      .buffers = { FLOATS(IN, { N }, -6, 6), { .role = OUT, .type = F32, .count = { N } } },
      .launches = { { "gelu", "ABn", { 256 }, { { N, .over = 256 } } } },
      .absolute = 1e-5,
      .relative = 1e-4,
      .reference = gelu,
      .hand = hand_gelu },
};

FAMILY(math);
