/* SPDX-License-Identifier: Apache-2.0 */
/* slow.cu - a kernel that takes as long as it is told, and one that adds. */
extern "C" __global__ void spin(int rounds, unsigned *out)
{
    unsigned x = threadIdx.x + 1;
    for (int i = 0; i < rounds; i++)
        x = x * 1664525u + 1013904223u;
    out[blockIdx.x * blockDim.x + threadIdx.x] = x;
}

extern "C" __global__ void add(const int *a, const int *b, int *c, int n)
{
    int i = (int)(blockIdx.x * blockDim.x + threadIdx.x);
    if (i < n)
        c[i] = a[i] + b[i];
}
