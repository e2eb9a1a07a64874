/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic by hand; the loops call the vector mathematics that the compiler knows. */
#include <math.h>

#include "tests/bench/kernels/hand.h"

/* The normal distribution as CUDA's well-known sample has it: Abramowitz and Stegun 26.2.17. */
static inline float normal(float d)
{
    const float k = 1.0f / (1.0f + 0.2316419f * fabsf(d));
    const float tail =
        0.39894228f * expf(-0.5f * d * d) *
        (k * (0.31938153f + k * (-0.356563782f + k * (1.781477937f + k * (-1.821255978f + k * 1.330274429f)))));
    return d > 0 ? 1.0f - tail : tail;
}

static void black_scholes_part(const work *w, size_t from, size_t to, unsigned part)
{
    const float *restrict price = w->at[0], *restrict strike = w->at[1], *restrict years = w->at[2];
    float *restrict call = w->at[3], *restrict put = w->at[4];
    const float rate = w->f, volatility = w->g;
    (void)part;
    for (size_t i = from; i < to; i++) {
        const float s = price[i], x = strike[i], t = years[i], root = sqrtf(t);
        const float d1 = (logf(s / x) + (rate + 0.5f * volatility * volatility) * t) / (volatility * root);
        const float d2 = d1 - volatility * root, n1 = normal(d1), n2 = normal(d2), discounted = x * expf(-rate * t);
        call[i] = s * n1 - discounted * n2;
        put[i] = discounted * (1.0f - n2) - s * (1.0f - n1);
    }
}

enum { LANES = 16 };
typedef float floats __attribute__((vector_size(64)));
typedef int32_t ints __attribute__((vector_size(64)));
typedef uint32_t words __attribute__((vector_size(64)));

static inline words next(words s)
{
    s ^= s << 13;
    s ^= s >> 17;
    return s ^ s << 5;
}

static inline floats unit(words s)
{
    return __builtin_convertvector((ints)(s >> 8), floats) * 0x1p-24f;
}

static void monte_carlo_part(const work *w, size_t from, size_t to, unsigned part)
{
    float *out = w->at[0];
    (void)part;
    for (size_t i = from; i < to; i += LANES) {
        words s = { 0 };
        ints inside = { 0 };
        for (int l = 0; l < LANES; l++) {
            s[l] = (uint32_t)(i + (size_t)l) * 2654435761u + 12345u;
            s[l] = s[l] ? s[l] : 1;
        }
        for (uint32_t j = 0; j < w->k; j++) {
            s = next(s);
            const floats x = unit(s);
            s = next(s);
            const floats y = unit(s);
            inside -= x * x + y * y <= 1.0f;
        }
        for (size_t l = 0; l < LANES && i + l < to; l++)
            out[i + l] = 4.0f * (float)inside[l] / (float)w->k;
    }
}

static void nbody_part(const work *w, size_t from, size_t to, unsigned part)
{
    const float *b = w->at[0];
    float *out = w->at[1];
    (void)part;
    for (size_t i = from; i < to; i += LANES) {
        float x[LANES], y[LANES], z[LANES], sx[LANES] = { 0 }, sy[LANES] = { 0 }, sz[LANES] = { 0 };
        for (size_t l = 0; l < LANES; l++) {
            const size_t at = i + l < to ? i + l : to - 1;
            x[l] = b[4 * at];
            y[l] = b[4 * at + 1];
            z[l] = b[4 * at + 2];
        }
        for (size_t j = 0; j < w->n; j++) {
            const float bx = b[4 * j], by = b[4 * j + 1], bz = b[4 * j + 2], mass = b[4 * j + 3];
            for (size_t l = 0; l < LANES; l++) {
                const float dx = bx - x[l], dy = by - y[l], dz = bz - z[l];
                const float inverse = 1.0f / sqrtf(dx * dx + dy * dy + dz * dz + 0.01f),
                            s = mass * inverse * inverse * inverse;
                sx[l] += dx * s;
                sy[l] += dy * s;
                sz[l] += dz * s;
            }
        }
        for (size_t l = 0; l < LANES && i + l < to; l++) {
            float *to_body = out + 4 * (i + l);
            to_body[0] = sx[l];
            to_body[1] = sy[l];
            to_body[2] = sz[l];
            to_body[3] = 0;
        }
    }
}

static inline bool any(ints mask)
{
    int32_t all = 0;
    for (int l = 0; l < LANES; l++)
        all |= mask[l];
    return all != 0;
}

static void mandelbrot_part(const work *w, size_t from, size_t to, unsigned part)
{
    uint32_t *out = w->at[0];
    (void)part;
    for (size_t row = from; row < to; row++)
        for (uint32_t column = 0; column < w->n; column += LANES) {
            floats cx = { 0 }, cy = (floats){ 0 } + (-1.5f + 3.0f * (float)row / (float)w->m), x = { 0 }, y = { 0 };
            ints steps = { 0 };
            for (uint32_t l = 0; l < LANES; l++)
                cx[l] = -2.0f + 3.0f * (float)(column + l) / (float)w->n;
            for (uint32_t i = 0; i < w->k; i++) {
                const floats x2 = x * x, y2 = y * y;
                const ints live = x2 + y2 <= 4.0f;
                if (!any(live))
                    break;
                steps -= live;
                y = 2.0f * x * y + cy; /* lanes that have ended go on, uncounted */
                x = x2 - y2 + cx;
            }
            for (uint32_t l = 0; l < LANES && column + l < w->n; l++)
                out[row * w->n + column + l] = (uint32_t)steps[l];
        }
}

static void gelu_part(const work *w, size_t from, size_t to, unsigned part)
{
    const float *restrict x = w->at[0];
    float *restrict y = w->at[1];
    (void)part;
    /* erf as Abramowitz and Stegun 7.1.26, so that the loop is one of vectors; its error is 1.5e-7. */
    for (size_t i = from; i < to; i++) {
        const float z = fabsf(x[i]) * 0.70710678f, t = 1.0f / (1.0f + 0.3275911f * z);
        const float poly =
            t * (0.254829592f + t * (-0.284496736f + t * (1.421413741f + t * (-1.453152027f + t * 1.061405429f))));
        const float tail = poly * expf(-z * z);
        y[i] = 0.5f * x[i] * (x[i] < 0 ? tail : 2.0f - tail);
    }
}

SPREAD(hand_black_scholes, black_scholes_part, w->n, 1024)
SPREAD(hand_monte_carlo, monte_carlo_part, w->n, 16)
SPREAD(hand_nbody, nbody_part, w->n, 16)
SPREAD(hand_mandelbrot, mandelbrot_part, w->m, 1)
SPREAD(hand_gelu, gelu_part, w->n, 1024)
