/* SPDX-License-Identifier: Apache-2.0 */
/* Layer normalisation of each row, after adding a second matrix if there is one; C interface in layer_norm.h. One block
 * a row; mean first, then the variance about it, as the definition has it. */
#include "device_math.h"

#define BLOCK 128 /* as in rows.c */

extern "C" __global__ void __launch_bounds__(BLOCK)
    tnk_k_layer_norm(const float *in, const float *residual, const float *gamma, const float *beta, float *out,
                     unsigned columns, float epsilon)
{
    __shared__ float local[BLOCK];
    const unsigned x = threadIdx.x;
    const unsigned long long at = (unsigned long long)blockIdx.x * columns;
    float sum = 0.0f;
    for (unsigned i = x; i < columns; i += BLOCK) {
        const float value = in[at + i] + (residual ? residual[at + i] : 0.0f);
        out[at + i] = value;
        sum += value;
    }
    const float mean = tnk_block_sum(local, sum, x, BLOCK) / (float)columns;
    sum = 0.0f;
    for (unsigned i = x; i < columns; i += BLOCK) {
        const float distance = out[at + i] - mean;
        sum += distance * distance;
    }
    const float variance = tnk_block_sum(local, sum, x, BLOCK) / (float)columns;
    const float factor = 1.0f / sqrtf(variance + epsilon);
    for (unsigned i = x; i < columns; i += BLOCK)
        out[at + i] = (out[at + i] - mean) * factor * gamma[i] + beta[i];
}
