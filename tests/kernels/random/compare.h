/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/kernels/random/compare.h - the main of a random program: every kernel of the table, in several block shapes, at each
 * width, by tenoncc's image and by the oracle.
 */
extern "C" {
#include "tests/kernels/harness.h"
}

#ifndef OUTPUTS
#define OUTPUTS (3 * 256)     /* words that a kernel may write */
#define WIDTHS 64             /* up to this one */
#endif

#ifndef SHAPES
#define SHAPES { 64, 1, 1 }, { 40, 1, 1 }, { 8, 4, 2 }, { 33, 3, 1 }, { 1, 1, 1 }, { 128, 1, 1 }, { 16, 16, 1 }, { 20, 3, 1 }, { 7, 5, 2 }
#endif

static const Index shapes[] = { SHAPES };

int main(int argc, char **argv)
{
    static unsigned in[256], got[OUTPUTS], want[OUTPUTS];
    const unsigned blocks = 3;
    if (argc != 2)
        return 2;
    for (unsigned i = 0; i < 256; i++)
        in[i] = i * 2654435761u >> 7;
    for (unsigned width = 32; width <= WIDTHS; width += 32) {
        kt_module *m = kt_open(argv[1], width);
        warpSize = width;
        for (const auto &row : table)
            for (Index shape : shapes) {
                unsigned n = 5 + shape.x, threads = shape.x * shape.y * shape.z;
                memset(got, 0, sizeof got);
                memset(want, 0, sizeof want);
                struct { const unsigned *in; unsigned *out; unsigned n; } args = { in, got, n };
                kt_launch l = { { blocks, 1, 1 }, { shape.x, shape.y, shape.z }, 0, 0, 0 };
                kt_run(m, row.name, l, &args, sizeof args);
                run_oracle(row.kernel, { blocks, 1, 1 }, shape, in, want, n);
                if (memcmp(got, want, sizeof got)) {
                    unsigned i = 0;
                    while (got[i] == want[i])
                        i++;
                    kt_fail(argv[1], 0, "kernel %s, width %u, block %u x %u x %u (%u threads): word %u gave %u, wanted %u", row.name, width,
                            shape.x, shape.y, shape.z, threads, i, got[i], want[i]);
                }
            }
        kt_close(m);
    }
    return kt_failures != 0;
}
