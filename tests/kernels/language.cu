// SPDX-License-Identifier: Apache-2.0
// The language: recursion, function pointers, virtual calls, lambdas, templates, unions, services, atomics, integers.
extern "C" __device__ int depth_limit = 3;

__device__ int fibonacci(int n)
{
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}
__device__ int odd(int n);
__device__ int even(int n) { return n == 0 ? 1 : odd(n - 1); }
__device__ int odd(int n) { return n == 0 ? 0 : even(n - 1); }

extern "C" __global__ void recursion(int *out)
{
    __shared__ int s[64];
    s[threadIdx.x] = fibonacci(threadIdx.x % 12);
    __syncthreads();
    out[threadIdx.x] = s[63 - threadIdx.x] * 10 + even(threadIdx.x);
}

// recursion that asks who it is and works in shared memory
__shared__ int tree_nodes[64];
__device__ int tree_sum(int node)
{
    if (node >= 64)
        return 0;
    return tree_nodes[node] * (int)(1 + threadIdx.x % 2) + tree_sum(2 * node + 1) + tree_sum(2 * node + 2) + (int)blockIdx.x;
}
extern "C" __global__ void recursion_with_context(int *out)
{
    tree_nodes[threadIdx.x] = threadIdx.x;
    __syncthreads();
    out[blockIdx.x * blockDim.x + threadIdx.x] = tree_sum(threadIdx.x);
}

__device__ int twice(int x) { return 2 * x; }
__device__ int thrice(int x) { return 3 * x; }
__device__ int plus_thread(int x) { return x + threadIdx.x; }
typedef int (*function)(int);
__device__ function functions[3] = {twice, thrice, plus_thread};
extern "C" __global__ void function_pointers(int *out)
{
    function f = functions[threadIdx.x % 3];
    out[threadIdx.x] = f(threadIdx.x) + functions[2](100);
}

struct Shape {
    __device__ virtual int area() const = 0;
    __device__ virtual ~Shape() {}
};
struct Square : Shape {
    int a;
    __device__ Square(int s) : a(s) {}
    __device__ int area() const override { return a * a; }
};
struct Strip : Shape {
    int a, b;
    __device__ Strip(int x, int y) : a(x), b(y) {}
    __device__ int area() const override { return a * b; }
};
extern "C" __global__ void virtual_calls(int *out)
{
    Square q(threadIdx.x);
    Strip r(threadIdx.x, 10);
    const Shape *s = threadIdx.x & 1 ? static_cast<const Shape *>(&q) : &r;
    Shape *made = threadIdx.x & 2 ? static_cast<Shape *>(new Square(3)) : new Strip(4, 5);
    out[threadIdx.x] = s->area() * 100 + made->area();
    delete made;
}

template <class F> __device__ void for_each(int n, F f)
{
    for (int i = 0; i < n; i++)
        f(i);
}
template <int N> struct Power {
    template <class T> static __device__ T of(T x) { return x * Power<N - 1>::of(x); }
};
template <> struct Power<0> {
    template <class T> static __device__ T of(T) { return 1; }
};
template <class... T> __device__ int sum_of(T... v) { return (0 + ... + v); }
extern "C" __global__ void templates(int *out)
{
    int total = 0;
    for_each(threadIdx.x, [&total](int i) { total += i; });
    out[threadIdx.x] = total + Power<3>::of((int)threadIdx.x) + sum_of(1, 2, (int)threadIdx.x);
}
template <typename T> __global__ void scale(T *x, T by) { x[threadIdx.x] *= by; }
template __global__ void scale<float>(float *, float);
template __global__ void scale<double>(double *, double);
namespace inner {
__global__ void in_namespace(int *out) { out[0] = 42; }
}

union Bits { float f; unsigned u; unsigned char b[4]; };
struct Fields { unsigned a : 3, b : 13; int c : 16; };
extern "C" __global__ void layouts(unsigned *out)
{
    Bits v;
    v.f = threadIdx.x + 1.0f;
    Fields f = {5, 1000, -7};
    f.b += threadIdx.x;
    out[threadIdx.x * 2] = v.u ^ v.b[3];
    out[threadIdx.x * 2 + 1] = f.a * 1000000 + f.b * 100 + (unsigned)(f.c + 50);
}

extern "C" __global__ void printing(int n)
{
    if (threadIdx.x == 1)
        printf("n=%d u=%u ll=%lld f=%.3f s=%s c=%c %%|", n, 4000000000u, -5000000000ll, 2.5f, "text", 'x');
    if (threadIdx.x == 2)
        printf("plain\n");
}
extern "C" __global__ void failing(int limit)
{
    __shared__ int s[32];
    s[threadIdx.x & 31] = threadIdx.x;
    __syncthreads();
    assert(s[threadIdx.x & 31] < limit);
}
extern "C" __global__ void trapping(int who)
{
    if ((int)threadIdx.x == who)
        __trap();
}
extern "C" __global__ void heap(int **keep, int *out)
{
    int *p = (int *)malloc(16 * sizeof(int));
    for (int i = 0; i < 16; i++)
        p[i] = threadIdx.x + i;
    __syncthreads();
    int sum = 0;
    for (int i = 0; i < 16; i++)
        sum += p[i];
    out[threadIdx.x] = sum;
    if (threadIdx.x == 0)
        keep[0] = (int *)malloc(1ull << 40);
    free(p);
    long long before = clock64();
    out[threadIdx.x] += clock64() >= before ? 0 : 1;
}

extern "C" __global__ void atomics(int *i, unsigned *u, unsigned long long *l, float *f, double *d)
{
    int t = threadIdx.x;
    atomicAdd(&i[0], t); atomicSub(&i[1], t); atomicMin(&i[2], -t); atomicMax(&i[3], t); atomicAnd(&i[4], ~(1 << (t & 31)));
    atomicOr(&i[5], 1 << (t & 31)); atomicXor(&i[6], t); atomicExch(&i[7], 77); atomicCAS(&i[8], 8, 9);
    atomicAdd(&u[0], 3000000000u); atomicInc(&u[1], 9); atomicDec(&u[2], 9); atomicMin(&u[3], 5u + t); atomicMax(&u[4], 5u + t);
    atomicAdd(&l[0], 1ull << 33); atomicMax(&l[1], (unsigned long long)t << 35); atomicCAS(&l[2], 5ull, 1ull << 40);
    atomicExch(&l[3], 3ull << 50); atomicAnd(&l[4], ~(1ull << t)); atomicMin(&l[5], (unsigned long long)t + 3);
    atomicAdd(&f[0], 0.5f); atomicExch(&f[1], 2.5f); atomicAdd(&d[0], 0.25);
    __threadfence();
}
// a lock of one block after another: compare-and-swap until it is mine
extern "C" __global__ void lock(int *mutex, int *value)
{
    if (threadIdx.x == 0) {
        while (atomicCAS(mutex, 0, 1))
            ;
        *(volatile int *)value = *(volatile int *)value + 1;
        __threadfence();
        atomicExch(mutex, 0);
    }
}

extern "C" __global__ void integers(const int *a, const unsigned *b, long long *out)
{
    int t = threadIdx.x;
    long long *o = out + t * 16;
    o[0] = __popc(b[t]); o[1] = __clz(a[t]); o[2] = __ffs(a[t]); o[3] = __brev(b[t]); o[4] = __mulhi(a[t], 123456789);
    o[5] = __umulhi(b[t], 3000000000u); o[6] = __byte_perm(b[t], 0x44332211, 0x6142); o[7] = min(a[t], 5) + max(a[t], -5);
    o[8] = __funnelshift_l(b[t], 0x12345678, 7); o[9] = __clzll((long long)b[t] << 20); o[10] = abs(a[t]);
    o[11] = __dp4a(a[t], 0x01020304, 5); o[12] = (long long)(((__int128)a[t] * ((__int128)1 << 70)) / ((__int128)1 << 65));
    o[13] = __float2int_rn(a[t] + 0.5f); o[14] = __float_as_int(__int_as_float(a[t])); o[15] = a[t] % 7 + a[t] / 3;
}

struct Big { int v[20]; };
__device__ Big make_big(int x)
{
    Big b;
    for (int i = 0; i < 20; i++)
        b.v[i] = x + i;
    return b;
}
__device__ int deep(Big b, int n) { return n == 0 ? b.v[depth_limit] : deep(make_big(b.v[1]), n - 1) + b.v[19]; }
extern "C" __global__ void big_values(Big in, Big *out)
{
    Big b = make_big(threadIdx.x);
    b.v[0] = in.v[threadIdx.x] + deep(in, 4);
    out[threadIdx.x] = b;
}

extern "C" __global__ void copies(char *out, const char *in, int n)
{
    char buffer[200];
    memcpy(buffer, in, n);
    memset(buffer + n, 7, 200 - n);
    for (int i = 0; i < 200; i++)
        out[threadIdx.x * 200 + i] = buffer[i] + threadIdx.x;
}

// what C++ leaves undefined and hardware does not
extern "C" __global__ void undefined_operations(const int *a, const int *b, const float *f, int *out)
{
    int t = threadIdx.x;
    out[t * 6] = a[t] / b[t];
    out[t * 6 + 1] = a[t] % b[t];
    out[t * 6 + 2] = (int)((unsigned)a[t] / (unsigned)b[t]);
    out[t * 6 + 3] = (int)f[t];
    out[t * 6 + 4] = (int)(unsigned)f[t];
    out[t * 6 + 5] = (int)((long long)f[t] >> 32);
}

// each thread in turn, by a lock; what it read lives across a barrier
extern "C" __global__ void tickets(int *mutex, int *next, int *out)
{
    while (atomicCAS(mutex, 0, 1))
        ;
    __threadfence();
    int mine = *next;
    *next = mine + 1;
    __threadfence();
    atomicExch(mutex, 0);
    __syncthreads();
    out[threadIdx.x] = mine;
}
