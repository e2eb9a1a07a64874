/* SPDX-License-Identifier: Apache-2.0 */
/* The mean of each packed sequence's rows, scaled to length one if asked; C interface in pooling.h. One block a
 * sequence. */
#include "device_math.h"

#define BLOCK 128 /* as in rows.c */

extern "C" __global__ void __launch_bounds__(BLOCK)
    tnk_k_mean_pool(const float *in, const unsigned *offsets, float *out, unsigned columns, unsigned normalise)
{
    __shared__ float local[BLOCK];
    const unsigned x = threadIdx.x, first = offsets[blockIdx.x], last = offsets[blockIdx.x + 1];
    const unsigned long long at = (unsigned long long)blockIdx.x * columns;
    float squares = 0.0f;
    for (unsigned i = x; i < columns; i += BLOCK) {
        float sum = 0.0f;
        for (unsigned row = first; row < last; row++)
            sum += in[(unsigned long long)row * columns + i];
        sum = last > first ? sum / (float)(last - first) : 0.0f;
        out[at + i] = sum;
        squares += sum * sum;
    }
    squares = tnk_block_sum(local, squares, x, BLOCK);
    if (!normalise)
        return;
    const float factor = 1.0f / fmaxf(sqrtf(squares), 1e-12f);
    for (unsigned i = x; i < columns; i += BLOCK)
        out[at + i] *= factor;
}
