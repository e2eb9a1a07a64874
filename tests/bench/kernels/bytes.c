/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes and text: integers of 8 and 32 bits. */
#include <string.h>

#include "tests/bench/kernels/hand.h"

static uint32_t turn(uint32_t x, unsigned by)
{
    return x << by | x >> (32 - by);
}

/* The last step of MurmurHash3 (Austin Appleby, public domain). */
static void murmur(const work *w)
{
    const uint32_t *x = w->at[0];
    uint32_t *y = w->at[1];
    for (size_t i = 0; i < w->n; i++) {
        uint32_t h = x[i];
        h = (h ^ h >> 16) * 0x85ebca6bu;
        h = (h ^ h >> 13) * 0xc2b2ae35u;
        y[i] = h ^ h >> 16;
    }
}

/* xxHash32 with seed 0 of records of 16 words, after its specification. */
static void records(const work *w)
{
    enum { WORDS = 16 };
    const uint32_t p1 = 2654435761u, p2 = 2246822519u, p3 = 3266489917u;
    uint32_t *y = w->at[1];
    for (size_t i = 0; i < w->n; i++) {
        const uint32_t *x = (const uint32_t *)w->at[0] + i * WORDS;
        uint32_t v[4] = { p1 + p2, p2, 0, 0 - p1 };
        for (unsigned j = 0; j < WORDS; j++)
            v[j % 4] = turn(v[j % 4] + x[j] * p2, 13) * p1;
        uint32_t h = turn(v[0], 1) + turn(v[1], 7) + turn(v[2], 12) + turn(v[3], 18) + 4 * WORDS;
        h = (h ^ h >> 15) * p2;
        h = (h ^ h >> 13) * p3;
        y[i] = h ^ h >> 16;
    }
}

static void flip_case(const work *w)
{
    const uint8_t *x = w->at[0];
    uint8_t *y = w->at[1];
    for (size_t i = 0; i < w->n; i++) {
        uint8_t c = x[i];
        y[i] = c >= 'a' && c <= 'z' ? c - 32 : c >= 'A' && c <= 'Z' ? c + 32 : c;
    }
}

static void word_starts(const work *w)
{
    const uint8_t *x = w->at[0];
    uint32_t *count = w->at[1];
    for (size_t i = 0; i < w->n; i++)
        *count += x[i] > ' ' && (i == 0 || x[i - 1] <= ' ');
}

#define TEXT                                                                                                           \
    {                                                                                                                  \
        .role = IN, .type = U8, .count = { N }, .fill = FILL_TEXT                                                      \
    }
#define WORDS(times_n)                                                                                                 \
    {                                                                                                                  \
        .role = IN, .type = U32, .count = { N, .times = times_n }, .fill = FILL_RANGE, .low = 0, .high = 4294967295.0  \
    }

static const struct kernel kernels[] = {
    { .name = "hash_words",
      .what = "MurmurHash3's last step of each word",
      .bound = MEMORY,
      .full = { .n = 4u << 20 },
      .quick = { .n = 3000 },
      .buffers = { WORDS(1), { .role = OUT, .type = U32, .count = { N } } },
      .launches = { { "hash_words", "ABn", { 256 }, { { N, .over = 256 } } } },
      .reference = murmur,
      .hand = hand_murmur },
    { .name = "hash_records",
      .what = "xxHash32 of 64 bytes a thread",
      .bound = COMPUTE,
      .full = { .n = 256u << 10 },
      .quick = { .n = 1000 },
      .buffers = { WORDS(16), { .role = OUT, .type = U32, .count = { N } } },
      .launches = { { "hash_records", "ABn", { 128 }, { { N, .over = 128 } } } },
      .reference = records,
      .hand = hand_records },
    { .name = "flip_case",
      .what = "letters of a text, a byte a thread",
      .bound = MEMORY,
      .full = { .n = 8u << 20 },
      .quick = { .n = 5000 },
      .buffers = { TEXT, { .role = OUT, .type = U8, .count = { N } } },
      .launches = { { "flip_case", "ABn", { 256 }, { { N, .over = 256 } } } },
      .reference = flip_case,
      .hand = hand_flip_case },
    { .name = "word_starts",
      .what = "counts words: neighbours' bytes, a tree, an atomic a block",
      .bound = COMPUTE,
      .full = { .n = 8u << 20, .k = 256 },
      .quick = { .n = 5000, .k = 8 },
      .buffers = { TEXT, { .role = INOUT, .type = U32, .count = { ONE, .times = 1 } } },
      .launches = { { "word_starts", "ABn", { 256 }, { { K } } } },
      .reference = word_starts,
      .hand = hand_word_starts },
};

FAMILY(bytes);
