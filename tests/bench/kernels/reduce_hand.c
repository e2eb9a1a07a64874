/* SPDX-License-Identifier: Apache-2.0 */
/* Sums by hand: one pass, a partial result for each processor. */
#include "tests/bench/kernels/hand.h"

static float partial[MAX_PARTS];

static void sum_part(const work *w, size_t from, size_t to, unsigned part)
{
    const float *x = w->at[0];
    float s = 0;
    for (size_t i = from; i < to; i++)
        s += x[i];
    partial[part] = s;
}

static void dot_part(const work *w, size_t from, size_t to, unsigned part)
{
    const float *x = w->at[0], *y = w->at[1];
    float s = 0;
    for (size_t i = from; i < to; i++)
        s += x[i] * y[i];
    partial[part] = s;
}

static void max_part(const work *w, size_t from, size_t to, unsigned part)
{
    const float *x = w->at[0];
    float most = x[from];
    for (size_t i = from; i < to; i++)
        most = x[i] > most ? x[i] : most;
    partial[part] = most;
}

static void add_up(float *out)
{
    float s = 0;
    for (unsigned i = 0; i < spread_parts(); i++) {
        s += partial[i];
        partial[i] = 0;
    }
    *out = s;
}

void hand_sum(const work *w)
{
    spread(w, w->n, 1024, sum_part);
    add_up(w->at[2]);
}

void hand_dot(const work *w)
{
    spread(w, w->n, 1024, dot_part);
    add_up(w->at[3]);
}

void hand_max(const work *w)
{
    for (unsigned i = 0; i < spread_parts(); i++)
        partial[i] = *(const float *)w->at[0];
    spread(w, w->n, 1024, max_part);
    float most = partial[0];
    for (unsigned i = 0; i < spread_parts(); i++) {
        most = partial[i] > most ? partial[i] : most;
        partial[i] = 0;
    }
    *(float *)w->at[2] = most;
}
