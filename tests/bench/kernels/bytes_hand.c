/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes and text by hand. */
#include "tests/bench/kernels/hand.h"

static inline uint32_t turn(uint32_t x, unsigned by)
{
    return x << by | x >> (32 - by);
}

static void murmur_part(const work *w, size_t from, size_t to, unsigned part)
{
    const uint32_t *restrict x = w->at[0];
    uint32_t *restrict y = w->at[1];
    (void)part;
    for (size_t i = from; i < to; i++) {
        uint32_t h = x[i];
        h = (h ^ h >> 16) * 0x85ebca6bu;
        h = (h ^ h >> 13) * 0xc2b2ae35u;
        y[i] = h ^ h >> 16;
    }
}

/* 16 records at once, one a lane. */
static void records_part(const work *w, size_t from, size_t to, unsigned part)
{
    enum { WORDS = 16, LANES = 16 };
    const uint32_t p1 = 2654435761u, p2 = 2246822519u, p3 = 3266489917u;
    uint32_t *y = w->at[1];
    (void)part;
    for (size_t i = from; i < to; i += LANES) {
        const uint32_t *x = (const uint32_t *)w->at[0] + i * WORDS;
        const size_t count = to - i < LANES ? to - i : LANES;
        uint32_t v[4][LANES], turned[WORDS][LANES], h[LANES];
        for (size_t l = 0; l < LANES; l++)
            for (size_t j = 0; j < WORDS; j++)
                turned[j][l] = x[(l < count ? l : 0) * WORDS + j];
        for (size_t l = 0; l < LANES; l++) {
            v[0][l] = p1 + p2;
            v[1][l] = p2;
            v[2][l] = 0;
            v[3][l] = 0 - p1;
        }
        for (size_t j = 0; j < WORDS; j++)
            for (size_t l = 0; l < LANES; l++)
                v[j % 4][l] = turn(v[j % 4][l] + turned[j][l] * p2, 13) * p1;
        for (size_t l = 0; l < LANES; l++) {
            h[l] = turn(v[0][l], 1) + turn(v[1][l], 7) + turn(v[2][l], 12) + turn(v[3][l], 18) + 4 * WORDS;
            h[l] = (h[l] ^ h[l] >> 15) * p2;
            h[l] = (h[l] ^ h[l] >> 13) * p3;
            h[l] ^= h[l] >> 16;
        }
        for (size_t l = 0; l < count; l++)
            y[i + l] = h[l];
    }
}

static void flip_case_part(const work *w, size_t from, size_t to, unsigned part)
{
    const uint8_t *restrict x = w->at[0];
    uint8_t *restrict y = w->at[1];
    (void)part;
    for (size_t i = from; i < to; i++) {
        const uint8_t c = x[i], lower = c | 32;
        y[i] = c ^ ((uint8_t)(lower - 'a') < 26 ? 32 : 0);
    }
}

static uint32_t counts[MAX_PARTS];

static void word_starts_part(const work *w, size_t from, size_t to, unsigned part)
{
    const uint8_t *x = w->at[0];
    uint32_t count = 0;
    size_t i = from;
    if (i == 0 && to > 0)
        count = x[i++] > ' ';
    while (i < to) {
        const size_t end = to - i < 128 ? to : i + 128;
        uint8_t few = 0; /* at most 64 in 128 bytes */
        for (; i < end; i++)
            few = (uint8_t)(few + ((x[i] > ' ') & (x[i - 1] <= ' ')));
        count += few;
    }
    counts[part] = count;
}

void hand_word_starts(const work *w)
{
    uint32_t *out = w->at[1];
    for (unsigned i = 0; i < spread_parts(); i++)
        counts[i] = 0;
    spread(w, w->n, 4096, word_starts_part);
    for (unsigned i = 0; i < spread_parts(); i++)
        *out += counts[i];
}

SPREAD(hand_murmur, murmur_part, w->n, 1024)
SPREAD(hand_records, records_part, w->n, 64)
SPREAD(hand_flip_case, flip_case_part, w->n, 4096)
