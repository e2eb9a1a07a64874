/* SPDX-License-Identifier: Apache-2.0 */
/* long.cu - kernels with many places to wait at, whose loops over threads become functions, for long.c. */

extern "C" __global__ void steps(unsigned *out, unsigned *sums, const unsigned *in, unsigned leave, unsigned count)
{
    __shared__ unsigned t[2][128];
    unsigned x = in[threadIdx.x];
#pragma unroll
    for (unsigned k = 0; k < 201; k++) {
        if (k % 20 == 0)
            t[k / 20 & 1][threadIdx.x] = x;
        __syncthreads();
        if (k == 40 && x % 8 == leave) {
            out[threadIdx.x] = x;
            return;
        }
        if (k % 20 == 0)
            x = x * 5 + t[k / 20 & 1][(threadIdx.x + k + 1) % blockDim.x];
    }
    out[threadIdx.x] = x;
    for (unsigned i = threadIdx.x; i < count; i += blockDim.x)
        sums[i] += 2 * in[i];
}

extern "C" __global__ void lanes(unsigned *out, const unsigned *in)
{
    unsigned x = in[threadIdx.x];
#pragma unroll
    for (unsigned k = 0; k < 24; k++)
        if (__any_sync(~0u, x % 37 == k))
            x += __shfl_xor_sync(~0u, x, 1 + k % 16) ^ k;
#pragma unroll
    for (unsigned k = 24; k < 34; k++)
        if (x >> k % 5 & 1)
            x += __shfl_xor_sync(__activemask(), x, 1 + k % 16) ^ k;
    out[threadIdx.x] = x;
}
