/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/bench/vector.c - the kernels of vector.cu by two bundles, one made with --vector=off and one without, in interleaved
 * rounds on one thread: process CPU time of each, least of all rounds, and their ratio. Results are compared with each other.
 * Usage: bench-vector OFF.tnb AUTO.tnb [ROUNDS]
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/kernels/harness.h"

enum { N = 1 << 20, BODIES = 2048, SIDE = 512, BUFFERS = 8 };

static void *in[BUFFERS], *out[2][BUFFERS];

static double cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static void *buffer(size_t bytes)
{
    void *p = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (!p)
        exit(1);
    memset(p, 0, bytes);
    return p;
}

static void fill(void)
{
    uint32_t seed = 1;
    for (int k = 0; k < BUFFERS; k++) {
        in[k] = buffer(N * sizeof(float));
        out[0][k] = buffer(N * sizeof(float));
        out[1][k] = buffer(N * sizeof(float));
    }
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < 4; k++) {
            seed = seed * 1664525 + 1013904223;
            ((float *)in[k])[i] = (float)(seed >> 8) / (1 << 24);
        }
        ((int *)in[4])[i] = i * 3; /* sorted */
        ((int *)in[5])[i] = (int)(seed >> 8) % (3 * N);
        ((int *)in[6])[i] = i * 8 < N - 8 ? i * 8 : N - 8; /* rows */
        ((int *)in[7])[i] = (int)(seed >> 12) % N;         /* columns */
    }
}

/* The packed arguments: pointers first, then 32-bit numbers. */
struct pack {
    unsigned char bytes[96];
    size_t size;
};

static void put(struct pack *p, const void *v, size_t bytes)
{
    memcpy(p->bytes + p->size, v, bytes);
    p->size += bytes;
}

struct test {
    const char *name, *kernel, *inputs; /* letters: digits are inputs, A.. are outputs */
    int numbers[3], number_count;
    uint32_t grid[2], block[2];
    int outputs, elements, real;
};

static const struct test tests[] = {
    { "mandelbrot 512",
      "mandelbrot",
      "A",
      { SIDE, SIDE, 256 },
      3,
      { SIDE / 32, SIDE / 8 },
      { 32, 8 },
      1,
      SIDE *SIDE,
      0 },
    { "n-body 2048", "nbody", "0123ABC", { BODIES }, 1, { BODIES / 256, 1 }, { 256, 1 }, 3, BODIES, 1 },
    { "binary search 1 M", "search", "4#5A", { N, N }, 2, { N / 256, 1 }, { 256, 1 }, 1, N, 0 },
    { "tree reduction 1 M", "tree", "7A", { N }, 1, { N / 256, 1 }, { 256, 1 }, 1, N / 256, 0 },
    { "grid-stride reduction 1 M", "strided", "7A", { N }, 1, { 64, 1 }, { 256, 1 }, 1, 64, 0 },
    { "collatz 1 M / 8", "collatz", "7A", { N / 8 }, 1, { N / 2048, 1 }, { 256, 1 }, 1, N / 8, 0 },
    { "sparse, 8 a row", "sparse", "6701A", { N / 8 - 8 }, 1, { N / 2048, 1 }, { 256, 1 }, 1, N / 8 - 8, 1 },
    { "gemm 256, plain", "gemm_naive", "01A", { 256 }, 1, { 8, 32 }, { 32, 8 }, 1, 65536, 1 },
    { "gemm 256, tiles", "gemm_tiled", "01A", { 256 }, 1, { 16, 16 }, { 16, 16 }, 1, 65536, 1 },
    { "vector add 1 M", "add", "01A", { N }, 1, { N / 256, 1 }, { 256, 1 }, 1, N, 1 },
    { "histogram 1 M", "histogram", "7A", { N }, 1, { 64, 1 }, { 256, 1 }, 1, 256, 0 },
};

static struct pack arguments(const struct test *t, int which)
{
    struct pack p = { .size = 0 };
    int number = 0;
    for (const char *c = t->inputs; *c; c++) {
        if (*c == '#') { /* a number between pointers, with its padding */
            uint64_t wide = (uint32_t)t->numbers[number++];
            put(&p, &wide, 8);
        } else {
            /* cppcheck-suppress arrayIndexOutOfBoundsCond ; the names are '0' to '7' and 'A' on */
            void *place = *c < 'A' ? in[*c - '0'] : out[which][*c - 'A'];
            put(&p, &place, 8);
        }
    }
    for (; number < t->number_count; number++)
        put(&p, &t->numbers[number], 4);
    return p;
}

static double run(kt_module *m, const struct test *t, int which)
{
    struct pack p = arguments(t, which);
    kt_launch launch = { { t->grid[0], t->grid[1], 1 }, { t->block[0], t->block[1], 1 }, 0, 0, 0 };
    for (int k = 0; k < t->outputs; k++)
        memset(out[which][k], 0, N * sizeof(float));
    double start = cpu_ms();
    if (kt_run(m, t->kernel, launch, p.bytes, p.size))
        exit(1);
    return cpu_ms() - start;
}

static int differs(const struct test *t)
{
    for (int k = 0; k < t->outputs; k++)
        for (int i = 0; i < t->elements; i++) {
            if (!t->real && ((int *)out[0][k])[i] != ((int *)out[1][k])[i])
                return 1;
            float a = ((float *)out[0][k])[i], b = ((float *)out[1][k])[i];
            if (t->real && !(fabsf(a - b) <= 1e-4f * (fabsf(a) + 1)))
                return 1;
        }
    return 0;
}

int main(int argc, char **argv)
{
    int rounds = argc > 3 ? atoi(argv[3]) : 5, bad = 0;
    if (argc < 3)
        return 2;
    kt_module *modules[2] = { kt_open(argv[1], 32), kt_open(argv[2], 32) };
    fill();
    printf("%-28s %10s %10s %8s\n", "kernel, CPU ms", "off", "auto", "ratio");
    for (size_t n = 0; n < sizeof tests / sizeof *tests; n++) {
        double least[2] = { 1e30, 1e30 };
        for (int r = 0; r < rounds; r++)
            for (int which = 0; which < 2; which++) {
                double ms = run(modules[which], &tests[n], which);
                least[which] = ms < least[which] ? ms : least[which];
            }
        int wrong = differs(&tests[n]);
        bad |= wrong;
        printf("%-28s %10.2f %10.2f %8.2f%s\n", tests[n].name, least[0], least[1], least[0] / least[1],
               wrong ? "  DIFFERENT RESULTS" : "");
    }
    return bad;
}
