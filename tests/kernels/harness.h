/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/kernels/harness.h - runs kernels of a bundle's simulator images on the calling thread, with a small stand-in for
 * the engine: memory with guards around it, printf into a buffer, traps by longjmp. For tenoncc's own tests only.
 */
#ifndef TESTS_KERNELS_HARNESS_H
#define TESTS_KERNELS_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tenon/sim_image.h"

typedef struct kt_module kt_module;

typedef struct kt_launch {
    uint32_t grid[3], block[3];
    uint32_t dynamic_local;
    uint64_t first, count; /* blocks; count 0: all */
    int together;          /* cooperatively: all blocks are alive at once */
} kt_launch;

/* The image for chips of this warp width; NULL when the bundle has none. Ends the program when something is broken. */
kt_module *kt_open(const char *path, uint32_t width);
kt_module *kt_open_memory(const void *bundle, size_t bytes, uint32_t width);
void kt_close(kt_module *m);
double kt_bound(double ulps);                          /* error allowed where our own mathematics allows this */
bool kt_takes(uint32_t width);                         /* whether there are images for such chips */
void kt_test(void (*test)(kt_module *), kt_module *m); /* runs a test, up to what the target refuses */
uint32_t kt_width(const kt_module *m); /* that was asked for */
int kt_has(kt_module *m, const char *kernel);

/* Runs a kernel; `args` is the packed argument block. Returns 0, or the tn_sim_trap that ended it. */
int kt_run(kt_module *m, const char *kernel, kt_launch launch, const void *args, size_t bytes);

void *kt_variable(kt_module *m, const char *name, size_t bytes); /* address in the image */
const char *kt_printed(void); /* text printed since the last call; also the assert's message */
const struct tn_ktab *kt_table(kt_module *m);

/* The main of a program whose argument is a bundle: runs it with the image for each of the widths (0 ends them) that there can be.
 * An image that is missing is a failure. Returns the exit status. */
int kt_main(int argc, char **argv, const uint32_t *widths, void (*run)(kt_module *));

/* Checks. They print the place and count failures; kt_failures is the exit status. */
extern int kt_failures;
void kt_fail(const char *file, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));
#define KT_CHECK(condition)                                                                                            \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            kt_fail(__FILE__, __LINE__, "%s (width %u)", #condition, kt_current_width);                                \
    } while (0)
extern uint32_t kt_current_width;

#define KT_1D(blocks, threads) ((kt_launch){ { (blocks), 1, 1 }, { (threads), 1, 1 }, 0, 0, 0, 0 })
/* Arguments in a structure whose fields are the kernel's parameters. */
#define KT_RUN(m, kernel, launch, args) kt_run(m, kernel, launch, &(args), sizeof(args))

#endif
