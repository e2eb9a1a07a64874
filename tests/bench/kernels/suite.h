/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernels' benchmark: how a kernel is described, once, for everything that runs it. A family is a group of kernels
 * with one CUDA file, one OpenCL C file, one file of descriptions and plain references, and one of hand-written code.
 * Owns these types; may include libc alone.
 */
#ifndef TESTS_BENCH_KERNELS_SUITE_H
#define TESTS_BENCH_KERNELS_SUITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAX_BUFFERS = 8, MAX_LAUNCHES = 4, MAX_ARGS = 12, MAX_VARIANTS = 4 };

/* ------------------------------------------------------------------------------------------------------- */
/* Numbers that depend on the sizes of a problem */

enum { ONE = 0, N = 1, M = 2, K = 4 };

/* (product of the dimensions) * times / over, rounded up, + plus; `times` and `over` of 0 are 1. */
typedef struct extent {
    uint8_t dims;
    uint32_t times, over, plus;
} extent;

/* ------------------------------------------------------------------------------------------------------- */
/* A kernel */

typedef enum element { F32, I32, U32, I8, U8 } element;

typedef enum fill {
    FILL_ZERO,
    FILL_RANGE,   /* uniform in [low, high) */
    FILL_SORTED,  /* ascending, from low, mean step of high */
    FILL_OFFSETS, /* n + 1 offsets of rows whose mean length is k, with lengths from 1 to 2k - 1 */
    FILL_BELOW_N, /* uniform in [0, n) */
    FILL_TEXT,    /* words of 1 to 9 letters and blanks */
} fill;

typedef enum role { IN, OUT, INOUT, SCRATCH } role;

typedef struct buffer {
    role role;
    element type;
    extent count;
    fill fill;
    double low, high;
    double
        moved; /* how often a kernel at its best moves it from or to memory; 0: once (INOUT: twice), SCRATCH: as told */
} buffer;

/*
 * One launch. `args` names the arguments in order: A to H a buffer, n m k the sizes, f g the numbers of the kernel,
 * p q what `step` has set.
 */
typedef struct launch {
    const char *entry;
    const char *args;
    uint32_t block[3];
    extent grid[3];
} launch;

/* What a reference and hand-written code get: at[i] is buffer i, outputs of its own. */
typedef struct work {
    uint32_t n, m, k;
    float f, g;
    void *at[MAX_BUFFERS];
} work;

typedef struct sizes {
    uint32_t n, m, k;
} sizes;

typedef enum bound { COMPUTE, MEMORY } bound;

struct kernel {
    const char *name, *what;
    bound bound; /* by memory: shown beside the speed of a copy, out of the mean */
    sizes full, quick;
    float f, g;
    buffer buffers[MAX_BUFFERS];
    launch launches[MAX_LAUNCHES];
    bool (*step)(const work *w, uint32_t i, uint32_t *p,
                 uint32_t *q);        /* launches all again for i = 0, 1 ... while true */
    double absolute, relative;        /* tolerance: |x - reference| <= absolute + relative |reference| */
    double share;                     /* of the elements that may differ all the same: chaotic kernels */
    void (*reference)(const work *w); /* plain C, one thread, sums in double precision */
    void (*hand)(const work *w);      /* as fast as one writes it */
    const char *hand_how;             /* NULL: loops for the compiler's vectoriser, threads */
};

struct family {
    const char *name;
    const struct kernel *kernels;
    unsigned count;
};

#define FAMILY(name)                                                                                                   \
    extern const struct family family_##name;                                                                          \
    const struct family family_##name = { #name, kernels, sizeof kernels / sizeof *kernels }

/* ------------------------------------------------------------------------------------------------------- */
/* Sizes, contents, comparison: problem.c */

typedef struct problem {
    const struct kernel *kernel;
    work work;                   /* at[]: the inputs, and what INOUT buffers begin with */
    void *expected[MAX_BUFFERS]; /* what the reference made; NULL for inputs and scratch */
    size_t bytes[MAX_BUFFERS];
    unsigned buffers, launches;
    double moved_bytes;
} problem;

uint32_t extent_value(const extent *e, const work *w);
bool is_output(const buffer *b);
bool needs_reset(const buffer *b);
bool problem_make(problem *p, const struct kernel *kernel, bool quick);
void problem_free(problem *p);
/* NULL when buffer i has what is expected, else a sentence that lives until the next call. */
const char *problem_differs(const problem *p, unsigned i, const void *got);
void *buffer_alloc(size_t bytes);

/* ------------------------------------------------------------------------------------------------------- */
/* Who runs kernels: tenon.c, opencl.c, hand.c */

typedef struct peer peer;
struct peer {
    const char *name, *about;
    /* Makes the kernels and buffers of a problem. False: it can't, and `why` says so. */
    bool (*open)(peer *self, const struct family *family, const problem *p);
    bool (*reset)(peer *self, const problem *p); /* buffers as at the beginning, not timed */
    bool (*run)(peer *self, const problem *p);   /* launches and waits */
    bool (*read)(peer *self, const problem *p, unsigned buffer, void *to);
    void (*close)(peer *self, const problem *p);
    void (*stop)(peer *self);
    void *state;
    char why[512];
};

/* The first that is called owns the runtime; others are the same kernels built in another way. NULL with a message on stderr. */
peer *tenon_start(const char *device, const char *name, const char *bundles);
/* NULL: no such platform. With `bundles`, tenoncc's OpenCL C of the CUDA kernels in place of the hand-written one. */
peer *opencl_start(const char *platform, const char *name, const char *sources, const char *bundles);
peer *hand_start(void);

#endif
