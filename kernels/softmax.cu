/* SPDX-License-Identifier: Apache-2.0 */
/* Softmax of each row of a matrix; C interface in softmax.h. One block a row; lengths mask the end of a row. */
#include "device_math.h"

#define BLOCK 128 /* as in rows.c */

extern "C" __global__ void __launch_bounds__(BLOCK)
    tnk_k_softmax(const float *in, float *out, const unsigned *lengths, unsigned columns, float scale)
{
    __shared__ float local[BLOCK];
    const unsigned x = threadIdx.x;
    const float *row = in + (unsigned long long)blockIdx.x * columns;
    float *result = out + (unsigned long long)blockIdx.x * columns;
    unsigned length = columns;
    if (lengths)
        length = lengths[blockIdx.x] < columns ? lengths[blockIdx.x] : columns;
    float greatest = -3.402823466e38f, sum = 0.0f;
    for (unsigned i = x; i < length; i += BLOCK)
        greatest = fmaxf(greatest, scale * row[i]);
    greatest = tnk_block_max(local, greatest, x, BLOCK);
    for (unsigned i = x; i < length; i += BLOCK)
        sum += expf(scale * row[i] - greatest);
    sum = tnk_block_sum(local, sum, x, BLOCK);
    for (unsigned i = x; i < columns; i += BLOCK)
        result[i] = i < length ? expf(scale * row[i] - greatest) / sum : 0.0f;
}
