/* SPDX-License-Identifier: Apache-2.0 */
/* A small kernel of each width, for containers to be mutated. */
extern "C" __global__ void plain(float *out, const float *in, int count)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < count)
        out[i] = in[i] * 2.0f;
}
