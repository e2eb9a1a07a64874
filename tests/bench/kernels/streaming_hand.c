/* SPDX-License-Identifier: Apache-2.0 */
/* Streaming kernels by hand. */
#include <string.h>

#include "tests/bench/kernels/hand.h"

static void copy_part(const work *w, size_t from, size_t to, unsigned part)
{
    (void)part;
    memcpy((float *)w->at[1] + from, (const float *)w->at[0] + from, (to - from) * sizeof(float));
}

static void saxpy_part(const work *w, size_t from, size_t to, unsigned part)
{
    const float *restrict x = w->at[0];
    float *restrict y = w->at[1];
    const float a = w->f;
    (void)part;
    for (size_t i = from; i < to; i++)
        y[i] += a * x[i];
}

static void triad_part(const work *w, size_t from, size_t to, unsigned part)
{
    const float *restrict x = w->at[0], *restrict y = w->at[1];
    float *restrict z = w->at[2];
    const float a = w->f;
    (void)part;
    for (size_t i = from; i < to; i++)
        z[i] = x[i] + a * y[i];
}

static void pairs_part(const work *w, size_t from, size_t to, unsigned part)
{
    const float *restrict x = w->at[0];
    float *restrict y = w->at[1];
    (void)part;
    for (size_t i = from; i < to; i++)
        y[i] = x[2 * i] + x[2 * i + 1];
}

SPREAD(hand_copy, copy_part, w->n, 1024)
SPREAD(hand_saxpy, saxpy_part, w->n, 1024)
SPREAD(hand_triad, triad_part, w->n, 1024)
SPREAD(hand_pairs, pairs_part, w->n, 1024)
