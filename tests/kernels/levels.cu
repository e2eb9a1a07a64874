/* SPDX-License-Identifier: Apache-2.0 */
/* A loop that each processor level makes different code of; see levels.c. */
extern "C" __global__ void levels(const float *x, float *y, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    float sum = 0.0f;
    if (i >= n)
        return;
    for (int j = 0; j <= i % 7; j++)
        sum += x[(i + j) % n] * (float)(j + 1);
    y[i] = sum;
}
