/* SPDX-License-Identifier: Apache-2.0 */
/*
 * amdgcn.cu - device code that the kernels in kernels/ do not have, for amdgcn.py, which checks the code objects: calls,
 * recursion, pointers to functions, virtual calls, structures by value, variables, all barriers, atomics, waves.
 */
struct P {
    int a;
    double b;
    char c[13];
};
__device__ int counter;
__constant__ float table[4];
static __device__ int hidden[3];
__device__ __noinline__ int take(P p, int i)
{
    p.c[i % 13] += 1;
    return p.a + p.c[(i + 1) % 13];
}
__device__ int fib(int n)
{
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}
__device__ int plus_one(int a)
{
    return a + 1;
}
__device__ int minus_one(int a)
{
    return a - 1;
}
typedef int (*op)(int);
__device__ op ops[2] = { plus_one, minus_one };
struct V {
    __device__ virtual int f(int) { return 1; }
};
struct W : V {
    __device__ int f(int x) override { return x * 2; }
};
extern __shared__ float dynamic[];

extern "C" __global__ void calls(P p, bool flag, short s, int4 v, int *ints)
{
    const int t = threadIdx.x + blockIdx.y * gridDim.x * blockDim.z;
    W w;
    V b, *q = flag ? &w : &b;
    ints[t] = take(p, t) + fib(s) + ops[t & 1](3) + q->f(t) + v.z + hidden[t % 3]++;
}
extern "C" __global__ void block(const float *__restrict__ in, float *out, unsigned short *halves, int *ints)
{
    __shared__ int tile[256];
    const int t = threadIdx.x;
    tile[t] = ints[t];
    dynamic[t] = in[t];
    __syncthreads();
    int n = __syncthreads_count(tile[255 - t] > 3) + __syncthreads_or(tile[t] == 7) + __syncthreads_and(tile[t] < 70);
    atomicAdd(&counter, n);
    atomicAdd(out, dynamic[t ^ 1]);
    atomicAdd((double *)out, 2.0);
    atomicAdd(&tile[3], t);
    atomicCAS(halves, (unsigned short)3, (unsigned short)5);
    atomicMax(ints + 1, 4);
    out[t] = table[t & 3] * sinf(in[t]) + powf(in[t], 2.5f) + (float)clock64() + fmodf(in[t], 3.0f);
    if (n == 999)
        __trap();
    __threadfence();
    __threadfence_block();
    __threadfence_system();
}
extern "C" __global__ void waves(unsigned *o, const unsigned *in, double *d)
{
    const unsigned t = threadIdx.x, v = in[t];
    o[t] = __shfl_down_sync(~0ull, v, 5) + __popcll(__ballot_sync(~0ull, v & 1)) + __reduce_add_sync(~0ull, v) +
           __popcll(__match_any_sync(~0ull, v)) + warpSize;
    d[t] = __shfl_xor_sync(~0ull, d[t], 16);
    if (v > 3)
        o[0] = __popcll(__activemask());
    __syncwarp();
}
extern "C" __global__ void inline_ptx(unsigned *o, float *f)
{
    unsigned lane, sum;
    float root;
    asm volatile("mov.u32 %0, %%laneid;" : "=r"(lane));
    asm volatile("add.u32 %0, %1, 7;" : "=r"(sum) : "r"(o[lane]));
    asm volatile("sqrt.rn.f32 %0, %1;" : "=f"(root) : "f"(f[lane]));
    asm volatile("st.global.f32 [%0], %1;" ::"l"(f + lane), "f"(root) : "memory");
    asm volatile("bar.sync 0;");
    o[lane] = sum;
}
template <class T, int N> __global__ void __launch_bounds__(64) indexed(T x, T *y)
{
    T a[N];
    for (int i = 0; i < N; i++)
        a[i] = y[i];
    y[0] = a[(int)x & (N - 1)];
}
template __global__ void indexed<double, 8>(double, double *);
template __global__ void indexed<long long, 16>(long long, long long *);
struct Empty {
};
extern "C" __global__ void nothing() {}
extern "C" __global__ void empty_class(Empty, int x, int *y)
{
    *y = x;
}
