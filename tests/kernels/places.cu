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

/* Each reads or writes at `at`, whose type it gets wrong when that is not a multiple of what the type asks for. */
#line 310 "places.cu"
extern "C" __global__ void by_bytes(char *at, int *out)
{
    out[threadIdx.x] = *(int *)(at + 4 * threadIdx.x);
}

#line 320 "places.cu"
extern "C" __global__ void by_floats(float *at, float *out)
{
    float sum = 0;
    for (unsigned i = threadIdx.x; i; i--)
        sum += at[i];
    out[threadIdx.x] = sum;
}

#line 330 "places.cu"
extern "C" __global__ void by_doubles(double *at, double *out)
{
    double *end = at + blockDim.x;
    out += threadIdx.x;
    for (*out = 0; at != end; at++)
        *out += *at;
}

#line 340 "places.cu"
extern "C" __global__ void by_atomics(int *at, int *out)
{
    atomicAdd(&at[threadIdx.x % 2], 1);
    out[threadIdx.x] = 1;
}

#line 350 "places.cu"
extern "C" __global__ void by_gathers(short *at, int *out)
{
    unsigned x = threadIdx.x;
    for (int i = 0; i < 4; i++)
        x = x * 7 + (unsigned)at[x % 32] % 32;
    out[threadIdx.x] = (int)x;
}

struct node {
    node *next;
    long long value;
};

#line 360 "places.cu"
extern "C" __global__ void by_pointers(node *at, int *out)
{
    for (node *n = at; n; n = n->next)
        out[threadIdx.x] = (int)n->value;
}

#line 370 "places.cu"
extern "C" __global__ void by_halves(float2 *at, int *out)
{
    __shared__ float2 tile[64];
    tile[threadIdx.x] = at[threadIdx.x];
    __syncthreads();
    out[threadIdx.x] = (int)tile[63 - threadIdx.x].x;
}

#line 380 "places.cu"
extern "C" __global__ void in_local_memory(char *at, int *out)
{
    __shared__ char bytes[512];
    unsigned first = (unsigned)(unsigned long long)at % 8;
    *(int *)(bytes + first + 4 * threadIdx.x) = (int)threadIdx.x;
    __syncthreads();
    out[threadIdx.x] = *(int *)(bytes + first + 4 * (63 - threadIdx.x));
}

/* These are in order wherever `at` is: nothing is asked of it, or the program asks itself. */
struct __attribute__((packed)) tight {
    char kind;
    int value;
};

extern "C" __global__ void packed(tight *at, int *out)
{
    out[threadIdx.x] = at[threadIdx.x].value;
}

extern "C" __global__ void asks(char *at, int *out)
{
    at += 4 * threadIdx.x;
    if ((unsigned long long)at % 4 == 0)
        out[threadIdx.x] = *(int *)at;
    else
        out[threadIdx.x] = at[0] | at[1] << 8 | at[2] << 16 | at[3] << 24;
}

extern "C" __global__ void not_used(int *at, int *out)
{
    if (at == (int *)0)
        out[1] = at[threadIdx.x];
    out[threadIdx.x] = 0;
}

#line 400 "places.cu"
extern "C" __global__ void forever(volatile unsigned *out)
{
    while (out[0] == 0)
        out[1] = out[1] + 1;
}
