/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses that come from data, by hand. */
#ifdef __AVX512F__
#include <immintrin.h>
#endif

#include "tests/bench/kernels/hand.h"

static void spmv_part(const work *w, size_t from, size_t to, unsigned part)
{
    const uint32_t *restrict offsets = w->at[0], *restrict columns = w->at[1];
    const float *restrict values = w->at[2], *restrict x = w->at[3];
    float *restrict y = w->at[4];
    (void)part;
    for (size_t i = from; i < to; i++) {
        float s = 0;
        for (size_t j = offsets[i]; j < offsets[i + 1]; j++)
            s += values[j] * x[columns[j]];
        y[i] = s;
    }
}

#ifdef __AVX512F__
static void search_16(const uint32_t *keys, uint32_t count, const uint32_t *x, uint32_t *y)
{
    const __m512i wanted = _mm512_loadu_si512(x), one = _mm512_set1_epi32(1);
    __m512i base = _mm512_setzero_si512();
    for (uint32_t left = count; left > 1; left -= left / 2) {
        const __m512i half = _mm512_set1_epi32((int)(left / 2));
        const __m512i key = _mm512_i32gather_epi32(_mm512_sub_epi32(_mm512_add_epi32(base, half), one), keys, 4);
        base = _mm512_mask_add_epi32(base, _mm512_cmplt_epu32_mask(key, wanted), base, half);
    }
    const __m512i key = _mm512_i32gather_epi32(base, keys, 4);
    base = _mm512_mask_add_epi32(base, _mm512_cmplt_epu32_mask(key, wanted), base, one);
    _mm512_storeu_si512(y, base);
}
#endif

/* All numbers take the same steps, whatever they find; 16 of them wait for memory together. */
static void search_part(const work *w, size_t from, size_t to, unsigned part)
{
    const uint32_t *restrict keys = w->at[0], *restrict x = w->at[1];
    uint32_t *restrict y = w->at[2];
    (void)part;
    for (size_t i = from; i < to; i += 16) {
#ifdef __AVX512F__
        if (i + 16 <= to) {
            search_16(keys, w->m, x + i, y + i);
            continue;
        }
#endif
        uint32_t base[16] = { 0 }, wanted[16];
        for (size_t l = 0; l < 16; l++)
            wanted[l] = x[i + l < to ? i + l : to - 1];
        uint32_t left = w->m;
        for (; left > 1; left -= left / 2) {
            const uint32_t half = left / 2;
            for (int l = 0; l < 16; l++)
                base[l] += keys[base[l] + half - 1] < wanted[l] ? half : 0;
        }
        for (size_t l = 0; l < 16 && i + l < to; l++)
            y[i + l] = base[l] + (keys[base[l]] < wanted[l]);
    }
}

static void gather_part(const work *w, size_t from, size_t to, unsigned part)
{
    const uint32_t *restrict places = w->at[0];
    const float *restrict x = w->at[1];
    float *restrict y = w->at[2];
    (void)part;
    for (size_t i = from; i < to; i++)
        y[i] = x[places[i]];
}

SPREAD(hand_spmv, spmv_part, w->n, 64)
SPREAD(hand_search, search_part, w->n, 64)
SPREAD(hand_gather, gather_part, w->n, 1024)
