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

// rows of which a part has nothing to do
extern "C" __global__ void tree(unsigned *out, const unsigned *in)
{
    __shared__ unsigned s[256];
    s[threadIdx.x] = in[threadIdx.x];
#pragma unroll
    for (unsigned k = 0; k < 210; k++) {
        __syncthreads();
        if (threadIdx.x < (64u >> k % 7))
            s[threadIdx.x] += s[threadIdx.x + (64u >> k % 7)];
    }
    __syncthreads();
    out[threadIdx.x] = s[threadIdx.x];
}

// local memory that is written through an address which lies in local memory; what is volatile keeps threads apart
extern "C" __global__ void places(unsigned *out, volatile const unsigned *in)
{
    __shared__ unsigned a[128], *at[128];
    a[threadIdx.x] = threadIdx.x;
    at[threadIdx.x] = &a[blockDim.x - 1 - threadIdx.x];
#pragma unroll
    for (unsigned k = 0; k < 210; k++) {
        __syncthreads();
        if (k == 105) {
            a[threadIdx.x] = k + threadIdx.x;
            *at[blockDim.x - 1 - threadIdx.x] += 5; // a[threadIdx.x]
            out[threadIdx.x] += a[threadIdx.x] + (*in & 0);
        }
    }
}
