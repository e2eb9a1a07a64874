/* SPDX-License-Identifier: Apache-2.0 */
/* What was measured, and its three forms: a table, JSON and a page with bars. */
#ifndef TESTS_BENCH_KERNELS_REPORT_H
#define TESTS_BENCH_KERNELS_REPORT_H

#include "tests/bench/kernels/suite.h"

enum { MAX_PEERS = 6 + MAX_VARIANTS, MAX_ROUNDS = 101 };

typedef struct times {
    double median, least; /* nanoseconds */
} times;

typedef struct cell {
    bool measured, right;
    times cpu, wall;
    char why[512]; /* when not measured or not right */
} cell;

struct row {
    const struct family *family;
    const struct kernel *kernel;
    sizes sizes;
    double moved_bytes;
    cell cells[MAX_PEERS];
};

typedef struct report {
    const peer *peers[MAX_PEERS]; /* 0 is Tenon, */
    unsigned variant_count;       /* and so are these behind it, with bundles built in another way */
    unsigned peer_count, row_count, rounds;
    bool quick;
    const char *device;
    char machine[128], when[32];
    double load_before, load_after;
    struct row *rows;
} report;

/* Ratios are medians of processor time, theirs over Tenon's: above 1 is ahead. 0: not known. */
double row_against(const report *r, const struct row *row, const char *whose);
double row_against_better(const report *r, const struct row *row);
/* The speed of the OpenCL C that tenoncc prints beside the hand-written one, on one platform; 0: not known. */
double row_printed(const report *r, const struct row *row, const char *platform);
/* Memory-bound kernels: bytes of processor time over those of the hand-written copy of the same run; 0: not known. */
double row_of_copy(const report *r, const struct row *row, unsigned whose);

/* The best variant's median over Tenon's own, above 1 is ahead; 0: no variants. */
double row_against_variants(const report *r, const struct row *row);

void report_table(const report *r);
bool report_json(const report *r, const char *path);
bool report_html(const report *r, const char *path);

#endif
