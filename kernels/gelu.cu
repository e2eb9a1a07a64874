/* SPDX-License-Identifier: Apache-2.0 */
/* GELU of each element; C interface in gelu.h. One thread an element. */
#include "device_math.h"

extern "C" __global__ void tnk_k_gelu(const float *x, float *y, unsigned n)
{
    const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        y[i] = tnk_gelu_of(x[i]);
}
