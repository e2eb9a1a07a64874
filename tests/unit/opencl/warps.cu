/* SPDX-License-Identifier: Apache-2.0 */
/* warps.cu - warp operations, which the OpenCL C printer does through local memory. Warps have 32 lanes. */
#define K extern "C" __global__
#define ALL 0xffffffffu

/* Every thread of the block comes to each operation. */
K void together(const int *in, int *out, double *reals)
{
    unsigned t = threadIdx.y * blockDim.x + threadIdx.x, n = blockDim.x * blockDim.y, lane = t & 31;
    int v = in[t], sum = v;
    for (int d = 16; d; d >>= 1)
        sum += __shfl_xor_sync(ALL, sum, d);
    int up = __shfl_up_sync(ALL, v, 3), down = __shfl_down_sync(ALL, v, 2, 8), first = __shfl_sync(ALL, v, 1);
    unsigned odd = __ballot_sync(ALL, v & 1), same = __match_any_sync(ALL, v % 3);
    int any = __any_sync(ALL, v == 17), all = __all_sync(ALL, v >= 0);
    int *o = out + 8 * t;
    o[0] = sum; o[1] = up; o[2] = down; o[3] = first; o[4] = (int)odd; o[5] = (int)same;
    o[6] = any + 2 * all + 4 * (int)(lane + warpSize * (t / 32) == t); o[7] = (int)__activemask();
    double r = (double)v * 1.5;
    reals[t] = __shfl_sync(ALL, r, (int)(lane ^ 1)) + (n == 0);
}

/* Warps take different numbers of rounds, with barriers of the block before and behind. */
K void apart(const int *in, int *out)
{
    __shared__ int total;
    unsigned t = threadIdx.x, warp = t / 32;
    if (t == 0)
        total = 0;
    __syncthreads();
    int v = in[t];
    for (unsigned round = 0; round <= warp; round++)
        v += __shfl_xor_sync(ALL, v, 1 << round);
    if ((t & 31) == 0)
        atomicAdd(&total, v);
    __syncthreads();
    out[t] = v + total;
}

/* Parts of a warp: halves by their own masks, and lanes that have left. */
K void parts(const int *in, int *out, int n)
{
    unsigned t = threadIdx.x, lane = t & 31;
    if (t >= (unsigned)n)
        return;
    int v = in[t];
    if (lane < 16)
        v += __shfl_xor_sync(0xffffu, v, 5);
    else
        v += 1000 * __shfl_sync(0xffff0000u, v, 20);
    __syncwarp();
    unsigned here = __ballot_sync(ALL, 1);
    int present = __syncthreads_count(v > 1000);
    out[2 * t] = v;
    out[2 * t + 1] = __popc(here) + 100 * present;
}

/* One atomic for the lanes that are active together. */
K void aggregated(int *counter, int *out)
{
    unsigned t = threadIdx.x, lane = t & 31;
    if (t % 3 == 0) {
        unsigned active = __activemask();
        int leader = __ffs((int)active) - 1, base = 0;
        if ((int)lane == leader)
            base = atomicAdd(counter, __popc(active));
        base = __shfl_sync(active, base, leader);
        out[t] = base + __popc(active & ((1u << lane) - 1));
    }
}
