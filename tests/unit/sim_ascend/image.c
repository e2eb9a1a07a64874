/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A simulator image written by hand, so that the Ascend tests need no compiler of ours: kernels as tenon/sim_image.h
 * wants them, and their table. Built as a freestanding shared object.
 */
#include <stddef.h>

#include "tenon/bundle.h"
#include "tenon/sim_image.h"

#define EXPORT __attribute__((visibility("default")))

EXPORT const uint32_t tn_sim_image_abi = TN_SIM_IMAGE_ABI;
EXPORT uint32_t counter = 100; /* a device variable */

typedef struct axpy_args {
    float a;
    const float *x;
    float *y;
    int32_t n;
} axpy_args;

EXPORT tn_sim_entry axpy, shape, spin, forever, bad, sum3, bump;

/* y += a * x, one element a thread */
void axpy(const tn_sim_launch *l, tn_sim_worker *w, uint64_t first, uint64_t count)
{
    const axpy_args *args = (const axpy_args *)(const void *)l->args;
    for (uint64_t b = first; b < first + count; b++) {
        w->block = b;
        for (uint32_t t = 0; t < l->block[0]; t++) {
            uint64_t i = b * l->block[0] + t;
            if (i < (uint64_t)args->n)
                args->y[i] += args->a * args->x[i];
        }
    }
}

/* Each block writes the launch's shape and its own number: 8 words a block. */
void shape(const tn_sim_launch *l, tn_sim_worker *w, uint64_t first, uint64_t count)
{
    uint32_t *out = *(uint32_t *const *)(const void *)l->args;
    for (uint64_t b = first; b < first + count; b++) {
        w->block = b;
        for (int i = 0; i < 3; i++) {
            out[b * 8 + i] = l->grid[i];
            out[b * 8 + 3 + i] = l->block[i];
        }
        out[b * 8 + 6] = l->dynamic_local_bytes;
        out[b * 8 + 7] = (uint32_t)b;
    }
}

/* Runs for so many milliseconds. */
void spin(const tn_sim_launch *l, tn_sim_worker *w, uint64_t first, uint64_t count)
{
    uint64_t end = l->services->timer_ns(w) + *(const uint32_t *)(const void *)l->args * 1000000ull;
    (void)first;
    (void)count;
    while (l->services->timer_ns(w) < end && !w->stop)
        ;
}

void forever(const tn_sim_launch *l, tn_sim_worker *w, uint64_t first, uint64_t count)
{
    volatile uint32_t *out = *(uint32_t *const *)(const void *)l->args;
    (void)w;
    (void)first;
    (void)count;
    for (;;)
        *out = *out + 1;
}

void bad(const tn_sim_launch *l, tn_sim_worker *w, uint64_t first, uint64_t count)
{
    volatile uint32_t *nowhere = *(uint32_t *const *)(const void *)l->args;
    w->block = first;
    (void)count;
    *nowhere = 1;
}

/* out = *a + *b + *c, each behind a pointer */
void sum3(const tn_sim_launch *l, tn_sim_worker *w, uint64_t first, uint64_t count)
{
    int32_t *const *args = (int32_t *const *)(const void *)l->args;
    (void)w;
    (void)count;
    if (first == 0)
        *args[0] = *args[1] + *args[2] + *args[3];
}

void bump(const tn_sim_launch *l, tn_sim_worker *w, uint64_t first, uint64_t count)
{
    (void)l;
    (void)w;
    (void)first;
    (void)count;
    counter++;
}

/* ------------------------------------------------------------------------------------------------------- */

typedef struct strings {
    char none[1], axpy[5], shape[6], spin[5], forever[8], bad[4], sum3[5], bump[5], counter[8], end[1];
} strings;

typedef struct table {
    tn_ktab head;
    tn_ktab_kernel kernels[7];
    tn_ktab_arg args[12];
    tn_ktab_variable variables[1];
    strings strings;
} table;

#define S(field) (uint32_t) offsetof(strings, field)
#define KERNEL(field, first, number, bytes)                                                                            \
    {                                                                                                                  \
        .name = S(field), .display = S(field), .arg_first = (first), .arg_count = (number), .args_bytes = (bytes),     \
        .args_align = 8                                                                                                \
    }
#define VALUE(at)                                                                                                      \
    {                                                                                                                  \
        .offset = (at), .size = 4, .align = 4, .kind = TN_ARG_VALUE                                                    \
    }
#define POINTER(at)                                                                                                    \
    {                                                                                                                  \
        .offset = (at), .size = 8, .align = 8, .kind = TN_ARG_POINTER, .space = TN_SPACE_GLOBAL                        \
    }

__attribute__((section(".tenon.kernels"), used)) static const table kernels = {
    .head = {
        .magic = TN_KTAB_MAGIC, .header_bytes = sizeof(tn_ktab), .total_bytes = sizeof(table),
        .kernel_count = 7, .kernel_bytes = sizeof(tn_ktab_kernel), .arg_count = 12, .arg_bytes = sizeof(tn_ktab_arg),
        .variable_count = 1, .variable_bytes = sizeof(tn_ktab_variable),
        .kernels_at = offsetof(table, kernels), .args_at = offsetof(table, args), .variables_at = offsetof(table, variables),
        .strings_at = offsetof(table, strings), .strings_bytes = sizeof(strings),
    },
    .kernels = {
        KERNEL(axpy, 0, 4, 28), KERNEL(shape, 4, 1, 8), KERNEL(spin, 5, 1, 4), KERNEL(forever, 6, 1, 8), KERNEL(bad, 7, 1, 8),
        KERNEL(sum3, 8, 4, 32), KERNEL(bump, 12, 0, 0),
    },
    .args = {
        VALUE(0), POINTER(8), POINTER(16), VALUE(24),
        POINTER(0), VALUE(0), POINTER(0), POINTER(0),
        POINTER(0), POINTER(8), POINTER(16), POINTER(24),
    },
    .variables = { { .name = S(counter), .bytes = 4, .align = 4 } },
    .strings = { "", "axpy", "shape", "spin", "forever", "bad", "sum3", "bump", "counter", "" },
};
