// SPDX-License-Identifier: Apache-2.0
// A kernel of a program outside the repository.
extern "C" __global__ void scale(float *values, float factor, int count)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < count)
        values[i] *= factor;
}
