/* SPDX-License-Identifier: Apache-2.0 */
/* places.cu - kernels that fail, each in its own way, for places.c, which looks for these lines. Compiled with -g. */

extern "C" __global__ void fill(unsigned *out, unsigned value)
{
    out[blockIdx.x * blockDim.x + threadIdx.x] = value + threadIdx.x;
}

extern "C" __global__ void __launch_bounds__(64) bounded(unsigned *out)
{
    out[threadIdx.x] = threadIdx.x + 1;
}

extern "C" __global__ void divide(int *out, int a, int b)
{
    out[0] = a / b;
    out[1] = a % b;
    out[2] = (int)((unsigned)a / (unsigned)b);
    out[3] = (int)((unsigned)a % (unsigned)b);
}

extern "C" __global__ void reach(int *out)
{
    if (blockIdx.x == 1)
#line 100 "places.cu"
        out = (int *)16;
    out[threadIdx.x] = 1;
}

#line 200 "places.cu"
__device__ __noinline__ int deep(volatile int *p, int n)
{
    volatile int here[200];
    here[n % 200] = n;
    if (n == 0)
        return 1;
    return deep(p, n - 1) + here[n % 200];
}

extern "C" __global__ void recurse(int *out, int n)
{
    out[0] = deep(out, n);
}

#line 300 "places.cu"
extern "C" __global__ void misaligned(char *out)
{
    float4 v = make_float4(1, 2, 3, 4);
    *(float4 *)(out + 4) = v;
}

#line 400 "places.cu"
extern "C" __global__ void forever(volatile unsigned *out)
{
    while (out[0] == 0)
        out[1] = out[1] + 1;
}
