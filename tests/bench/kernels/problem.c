/* SPDX-License-Identifier: Apache-2.0 */
/* The contents of a problem from its description, and comparison with the reference. May call the kernel's reference. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tests/bench/kernels/suite.h"

static size_t element_bytes(element type)
{
    return type == I8 || type == U8 ? 1 : 4;
}

uint32_t extent_value(const extent *e, const work *w)
{
    uint64_t value = 1;
    if (e->dims & N)
        value *= w->n;
    if (e->dims & M)
        value *= w->m;
    if (e->dims & K)
        value *= w->k;
    if (e->times)
        value *= e->times;
    if (e->over)
        value = (value + e->over - 1) / e->over;
    return (uint32_t)(value + e->plus);
}

bool is_output(const buffer *b)
{
    return b->role == OUT || b->role == INOUT;
}

bool needs_reset(const buffer *b)
{
    return b->role == INOUT;
}

/* Large pages where the system gives them, as the devices' memory may have. */
void *buffer_alloc(size_t bytes)
{
    size_t whole = (bytes + 64 + 4095) & ~(size_t)4095;
    void *at = whole >= 2u << 20 ? aligned_alloc(2u << 20, (whole + (2u << 20) - 1) & ~(size_t)((2u << 20) - 1))
                                 : aligned_alloc(4096, whole);
    if (!at) {
        fputs("bench-kernels: out of memory\n", stderr);
        exit(1);
    }
    if (whole >= 2u << 20)
        madvise(at, whole, MADV_HUGEPAGE);
    memset(at, 0, bytes);
    return at;
}

/* ------------------------------------------------------------------------------------------------------- */
/* Contents; the same in every run. */

static uint64_t random_state;

static uint64_t random_next(void)
{
    uint64_t z = random_state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static double random_unit(void)
{
    return (double)(random_next() >> 11) * 0x1p-53;
}

static void fill_range(const buffer *b, void *at, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        double x = b->low + (b->high - b->low) * random_unit();
        switch (b->type) {
        case F32:
            ((float *)at)[i] = (float)x;
            break;
        case I32:
            ((int32_t *)at)[i] = (int32_t)floor(x);
            break;
        case U32:
            ((uint32_t *)at)[i] = (uint32_t)x;
            break;
        case I8:
            ((int8_t *)at)[i] = (int8_t)floor(x);
            break;
        case U8:
            ((uint8_t *)at)[i] = (uint8_t)x;
            break;
        }
    }
}

static void fill_sorted(const buffer *b, void *at, size_t count)
{
    double x = b->low;
    for (size_t i = 0; i < count; i++) {
        x += 2 * b->high * random_unit();
        if (b->type == F32)
            ((float *)at)[i] = (float)x;
        else
            ((uint32_t *)at)[i] = (uint32_t)x;
    }
}

/* Neighbouring rows have k + d and k - d elements, so that the sum is known. */
static void fill_offsets(uint32_t *at, size_t rows, uint32_t k)
{
    uint32_t d = 0;
    at[0] = 0;
    for (size_t i = 0; i < rows; i++) {
        if (i % 2 == 0)
            d = i + 1 < rows ? (uint32_t)(random_next() % k) : 0;
        at[i + 1] = at[i] + (i % 2 == 0 ? k + d : k - d);
    }
}

static void fill_text(uint8_t *at, size_t count)
{
    unsigned left = 0;
    for (size_t i = 0; i < count; i++) {
        if (left == 0) {
            at[i] = random_next() % 16 ? ' ' : '\n';
            left = 1 + (unsigned)(random_next() % 9);
            continue;
        }
        uint64_t r = random_next();
        at[i] = (uint8_t)((r >> 8) % 4 ? 'a' + r % 26 : 'A' + r % 26);
        left--;
    }
}

static void fill_buffer(const buffer *b, void *at, size_t count, const work *w)
{
    switch (b->fill) {
    case FILL_ZERO:
        break;
    case FILL_RANGE:
        fill_range(b, at, count);
        break;
    case FILL_SORTED:
        fill_sorted(b, at, count);
        break;
    case FILL_OFFSETS:
        fill_offsets(at, count - 1, w->k);
        break;
    case FILL_TEXT:
        fill_text(at, count);
        break;
    case FILL_BELOW_N:
        for (size_t i = 0; i < count; i++)
            ((uint32_t *)at)[i] = (uint32_t)(random_next() % w->n);
        break;
    }
}

static void run_reference(problem *p)
{
    work w = p->work;
    void *scratch[MAX_BUFFERS] = { NULL };
    for (unsigned i = 0; i < p->buffers; i++) {
        const buffer *b = &p->kernel->buffers[i];
        if (b->role == IN)
            continue;
        void *at = buffer_alloc(p->bytes[i]);
        memcpy(at, p->work.at[i], p->bytes[i]);
        w.at[i] = at;
        *(is_output(b) ? &p->expected[i] : &scratch[i]) = at;
    }
    p->kernel->reference(&w);
    for (unsigned i = 0; i < p->buffers; i++)
        free(scratch[i]);
}

bool problem_make(problem *p, const struct kernel *kernel, bool quick)
{
    const sizes *s = quick ? &kernel->quick : &kernel->full;
    *p = (problem){ .kernel = kernel, .work = { .n = s->n, .m = s->m, .k = s->k, .f = kernel->f, .g = kernel->g } };
    random_state = 1;
    for (; p->buffers < MAX_BUFFERS; p->buffers++) {
        unsigned i = p->buffers;
        const buffer *b = &kernel->buffers[i];
        if (!b->count.dims && !b->count.plus && !b->count.times)
            break;
        size_t count = extent_value(&b->count, &p->work);
        p->bytes[i] = count * element_bytes(b->type);
        p->work.at[i] = buffer_alloc(p->bytes[i]);
        fill_buffer(b, p->work.at[i], count, &p->work);
        double once = b->role == INOUT ? 2 : b->role == SCRATCH ? 0 : 1;
        p->moved_bytes += (double)p->bytes[i] * (b->moved > 0 ? b->moved : once);
    }
    while (p->launches < MAX_LAUNCHES && kernel->launches[p->launches].entry)
        p->launches++;
    run_reference(p);
    return p->launches > 0;
}

void problem_free(problem *p)
{
    for (unsigned i = 0; i < p->buffers; i++) {
        free(p->work.at[i]);
        free(p->expected[i]);
    }
}

/* ------------------------------------------------------------------------------------------------------- */
/* Comparison */

static double number(element type, const void *at, size_t i)
{
    switch (type) {
    case F32:
        return ((const float *)at)[i];
    case I32:
        return ((const int32_t *)at)[i];
    case U32:
        return ((const uint32_t *)at)[i];
    case I8:
        return ((const int8_t *)at)[i];
    case U8:
        return ((const uint8_t *)at)[i];
    }
    return 0;
}

const char *problem_differs(const problem *p, unsigned i, const void *got)
{
    static char sentence[160];
    const struct kernel *k = p->kernel;
    element type = k->buffers[i].type;
    size_t count = p->bytes[i] / element_bytes(type), wrong = 0, first = 0;
    for (size_t j = 0; j < count; j++) {
        double want = number(type, p->expected[i], j), have = number(type, got, j);
        double allowed = type == F32 ? k->absolute + k->relative * fabs(want) : 0;
        if (!(fabs(have - want) <= allowed)) /* NaN differs */
            if (wrong++ == 0)
                first = j;
    }
    if (wrong == 0 || (double)wrong <= k->share * (double)count)
        return NULL;
    snprintf(sentence, sizeof sentence, "buffer %c: %zu of %zu differ, the first at %zu: %.9g, expected %.9g",
             'A' + (int)i, wrong, count, first, number(type, got, first), number(type, p->expected[i], first));
    return sentence;
}
