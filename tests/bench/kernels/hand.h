/* SPDX-License-Identifier: Apache-2.0 */
/* What hand-written code shares: a range cut among the processors. */
#ifndef TESTS_BENCH_KERNELS_HAND_H
#define TESTS_BENCH_KERNELS_HAND_H

#include "tests/bench/kernels/suite.h"

enum { MAX_PARTS = 64 };

/* Runs body over [0, count), a piece a processor, each beginning at a multiple of `grain`; `part` numbers the pieces. */
void spread(const work *w, size_t count, size_t grain,
            void (*body)(const work *w, size_t from, size_t to, unsigned part));
unsigned spread_parts(void);

#define SPREAD(name, body, count, grain)                                                                               \
    void name(const work *w)                                                                                           \
    {                                                                                                                  \
        spread(w, count, grain, body);                                                                                 \
    }

/* ------------------------------------------------------------------------------------------------------- */
/* The code, by family: NAME_hand.c */

#define HAND(name) void hand_##name(const work *w)
HAND(copy);
HAND(saxpy);
HAND(triad);
HAND(pairs);
HAND(sgemm);
HAND(igemm);
HAND(matvec);
HAND(scan_blocks);
HAND(scan);
HAND(compact);
HAND(histogram);
HAND(transpose);
HAND(stencil5);
HAND(stencil7);
HAND(conv1d);
HAND(conv2d);
HAND(black_scholes);
HAND(monte_carlo);
HAND(nbody);
HAND(mandelbrot);
HAND(gelu);
HAND(softmax);
HAND(layer_norm);
HAND(attention);
HAND(spmv);
HAND(search);
HAND(gather);
HAND(sort_runs);
HAND(sort_all);
HAND(murmur);
HAND(records);
HAND(flip_case);
HAND(word_starts);
HAND(ranks);
HAND(scan_rows);
HAND(smooth);
HAND(sum);
HAND(dot);
HAND(max);

#endif
