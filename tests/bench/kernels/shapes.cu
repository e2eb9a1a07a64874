/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of several shapes. Described in shapes.c. */
extern "C" __global__ void small_blocks(const unsigned *x, unsigned *y)
{
    __shared__ unsigned part[32];
    const unsigned t = threadIdx.x, i = blockIdx.x * 32 + t, own = x[i];
    unsigned rank = 0;
    part[t] = own;
    __syncthreads();
    for (unsigned j = 0; j < 32; j++)
        rank += part[j] < own || (part[j] == own && j < t);
    y[i] = rank;
}

extern "C" __global__ void large_blocks(const unsigned *x, unsigned *y)
{
    __shared__ unsigned part[1024];
    const unsigned t = threadIdx.x, i = blockIdx.x * 1024 + t;
    part[t] = x[i];
    __syncthreads();
    for (unsigned step = 1; step < 1024; step *= 2) {
        const unsigned other = t >= step ? part[t - step] : 0;
        __syncthreads();
        part[t] += other;
        __syncthreads();
    }
    y[i] = part[t];
}

extern "C" __global__ void cube_blocks(const float *x, float *y)
{
    __shared__ float part[2][1024];
    const unsigned t = threadIdx.x + 16 * (threadIdx.y + 8 * threadIdx.z), i = blockIdx.x * 1024 + t;
    part[0][t] = x[i];
    __syncthreads();
    for (unsigned round = 0; round < 16; round++) {
        const float *now = part[round % 2];
        part[(round + 1) % 2][t] = 0.25f * (now[(t + 1023) % 1024] + now[(t + 1) % 1024]) + 0.5f * now[t];
        __syncthreads();
    }
    y[i] = part[0][t];
}
