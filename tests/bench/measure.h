/* SPDX-License-Identifier: Apache-2.0 */
/* Timing for the benches: a case is measured in rounds, interleaved with the others; the median of rounds is told. */
#ifndef TESTS_BENCH_MEASURE_H
#define TESTS_BENCH_MEASURE_H

#include <stdint.h>
#include <stdlib.h>
#include <time.h>

enum { MEASURE_ROUNDS = 41 };

typedef struct measure_case {
    const char *name;            /* what is measured */
    const char *peer;            /* "tenon", "stand-in", "pocl" */
    double (*run)(void *context);/* one round: nanoseconds of one operation; negative when it can't be measured */
    void *context;
    double aim_ns;               /* 0: none */
    double rounds[MEASURE_ROUNDS];
    double median, least;
} measure_case;

static inline uint64_t measure_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline int measure_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Runs all cases in turn, round after round, after one round that does not count. */
static inline void measure_all(measure_case *cases, unsigned count)
{
    for (int round = -1; round < MEASURE_ROUNDS; round++)
        for (unsigned i = 0; i < count; i++) {
            double ns = cases[i].run(cases[i].context);
            if (round >= 0)
                cases[i].rounds[round] = ns;
        }
    for (unsigned i = 0; i < count; i++) {
        qsort(cases[i].rounds, MEASURE_ROUNDS, sizeof *cases[i].rounds, measure_compare);
        cases[i].median = cases[i].rounds[MEASURE_ROUNDS / 2];
        cases[i].least = cases[i].rounds[0];
    }
}

#endif
