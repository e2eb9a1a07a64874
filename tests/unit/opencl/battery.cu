/* SPDX-License-Identifier: Apache-2.0 */
/*
 * battery.cu - one kernel for each thing that the OpenCL C printer must carry over. printer_test.c runs them on the OpenCL
 * device and checks the data; refused.cu has what must be refused.
 */
#define K extern "C" __global__

/* --- local memory, barriers, early return --- */

K void dynamic_local(int *out, int n)
{
    extern __shared__ int words[];
    float *reals = (float *)(words + blockDim.x);
    unsigned t = threadIdx.x;
    words[t] = (int)t * 3;
    reals[t] = 0.5f * (float)t;
    __syncthreads();
    unsigned o = blockDim.x - 1 - t;
    if (blockIdx.x * blockDim.x + t < (unsigned)n)
        out[blockIdx.x * blockDim.x + t] = words[o] + (int)(2.0f * reals[o]);
}

K void tree_sum(const float *in, float *out)
{
    __shared__ float s[64];
    unsigned t = threadIdx.x;
    s[t] = in[blockIdx.x * 64 + t];
    __syncthreads();
    for (unsigned d = 32; d; d >>= 1) {
        if (t < d)
            s[t] += s[t + d];
        __syncthreads();
    }
    if (t == 0)
        out[blockIdx.x] = s[0];
}

K void early_return(const int *in, int *out, int n)
{
    __shared__ int s[64];
    int i = (int)(blockIdx.x * blockDim.x + threadIdx.x);
    if (i >= n)
        return;
    s[threadIdx.x] = in[i];
    __syncthreads();
    int first = s[0];
    __syncthreads();
    s[threadIdx.x] += first;
    __syncthreads();
    out[i] = s[threadIdx.x ^ (threadIdx.x + 1 < blockDim.x && i + 1 < n && !(threadIdx.x & 1) ? 1 : 0)];
}

K void leave_one_by_one(int *out)          /* thread t leaves after t rounds, each with a barrier */
{
    __shared__ int alive;
    if (threadIdx.x == 0)
        alive = 0;
    __syncthreads();
    for (unsigned r = 0;; r++) {
        if (r == threadIdx.x + 1) {
            out[threadIdx.x] = alive;
            return;
        }
        atomicAdd(&alive, 1);
        __syncthreads();
    }
}

K void votes(const int *in, int *out)
{
    int v = in[threadIdx.x];
    int c = __syncthreads_count(v > 10), a = __syncthreads_and(v > 0), o = __syncthreads_or(v == 77);
    if (threadIdx.x == 0) {
        out[0] = c;
        out[1] = a;
        out[2] = o;
    }
}

/* --- memory --- */

K void punning(const float *in, unsigned *out, int n)
{
    int i = (int)threadIdx.x;
    if (i < n) {
        const unsigned short *halves = (const unsigned short *)(in + i);
        union { double d; unsigned w[2]; } u;
        u.d = (double)in[i];
        out[4 * i] = halves[1];
        out[4 * i + 1] = u.w[1];
        float local[2] = { in[i], 1.0f };
        out[4 * i + 2] = *(const unsigned *)&local[i & 1];
        int *p = (int *)&local[0];
        p[1] = 7;
        out[4 * i + 3] = (unsigned)((const int *)local)[(i & 1) | 1];
    }
}

struct __attribute__((packed)) Odd { char tag; int value; double real; };
K void under_aligned(const Odd *in, Odd *out, int n)
{
    int i = (int)threadIdx.x;
    if (i < n) {
        out[i].tag = in[i].tag;
        out[i].value = in[i].value + i;
        out[i].real = in[i].real * 2.0;
    }
}

typedef float vec4 __attribute__((ext_vector_type(4)));
typedef float vec3 __attribute__((ext_vector_type(3)));
K void vectors(const float4 *in, float4 *out, const vec4 *in2, vec4 *out2, int n)
{
    int i = (int)threadIdx.x;
    if (i < n) {
        float4 v = in[i];
        out[i] = make_float4(v.w, v.z, v.y, v.x + 1.0f);
        vec4 w = in2[i];
        out2[i] = w.wzyx * 2.0f + w;
    }
}

struct Inner { short a, b; };
struct Params { float *data; Inner inner[2]; char c; double scale; };
struct Three { unsigned char r, g, b; };
K void structures(Params p, Three t, bool flag, char c, short h, long long l, int *out)
{
    if (threadIdx.x == 0) {
        out[0] = p.inner[0].a + p.inner[1].b * 10 + p.c;
        out[1] = (int)(p.scale * 4.0);
        out[2] = t.r + 256 * t.g + 65536 * t.b;
        out[3] = flag ? c + h : -1;
        out[4] = (int)(l >> 32);
        p.data[1] = (float)p.inner[threadIdx.x].b;
    }
}

K void block_moves(unsigned char *a, const unsigned char *b, int n, int *ints)
{
    if (threadIdx.x == 0) {
        __builtin_memcpy(a, b, (size_t)n);
        __builtin_memset(a + n, 0xab, (size_t)n);
        __builtin_memmove(a + 1, a, (size_t)n - 1);
        int tmp[16];
        __builtin_memcpy(tmp, ints, sizeof tmp);
        for (int i = 0; i < 16; i++)
            ints[i] = tmp[15 - i];
    }
}

struct Node { Node *next; int value; };
K void pointers(float **rows, const Node *list, float *out, int n)
{
    if (threadIdx.x < (unsigned)n)
        rows[threadIdx.x][1] += (float)threadIdx.x;
    if (threadIdx.x == 0) {
        int s = 0;
        for (const Node *p = list; p; p = p->next)
            s = s * 10 + p->value;
        *out = (float)s;
    }
}

K void generic_pointers(int *g, int *out)
{
    __shared__ int s[32];
    int own[4];
    unsigned t = threadIdx.x;
    s[t] = 1000 + (int)t;
    for (int i = 0; i < 4; i++)
        own[i] = 2000 + i + (int)t;
    __syncthreads();
    int *p = t % 3 == 0 ? &s[t ^ 1] : t % 3 == 1 ? &g[t] : &own[t & 3];
    int *table[2] = { p, &s[t] };
    out[t] = *table[t & 1] + atomicAdd(p, 1);
}

/* --- atomics --- */

K void atomics(int *i, unsigned *u, float *f, unsigned long long *l, double *d)
{
    __shared__ int count;
    __shared__ float total;
    unsigned t = threadIdx.x;
    if (t == 0) {
        count = 0;
        total = 0.0f;
    }
    __syncthreads();
    atomicAdd(&count, 2);
    atomicAdd(&total, 0.5f);
    __syncthreads();
    if (t == 0) {
        atomicAdd(&i[0], count);
        atomicAdd(&f[0], total);
    }
    atomicMax(&i[1], (int)t - 5);
    atomicMin(&i[2], -(int)t);
    atomicSub(&i[3], 3);
    atomicAnd(&u[0], ~(1u << (t & 31)));
    atomicOr(&u[1], 1u << (t & 31));
    atomicXor(&u[2], 1u << (t & 31));
    atomicMax(&u[3], t * 0x1000000u);
    atomicInc(&u[4], 9u);
    atomicDec(&u[5], 9u);
    atomicExch(&u[6], t & 0u);
    for (unsigned seen = u[7], was; (was = atomicCAS(&u[7], seen, seen + 5)) != seen;)
        seen = was;
    atomicAdd(&l[0], 0x100000000ull);
    atomicMax(&l[1], (unsigned long long)t << 40);
    atomicAdd(d, 0.25);
}

/* --- variables --- */

__device__ int counter = 40;
__constant__ float table[5] = { 1.0f, 2.5f, -3.0f, 4.0f, 0.0f };
__device__ int written[8];
static __device__ const short primes[] = { 2, 3, 5, 7, 11, 13, 17, 19 };
K void variables(int *out, int seed)
{
    unsigned t = threadIdx.x;
    const char *text = seed ? "tenon" : "other";
    atomicAdd(&counter, 1);
    written[t & 7] = primes[(t + (unsigned)seed) & 7];
    out[t] = (int)(table[t % 5] * 2.0f) + primes[(t * (unsigned)seed) & 7] + text[t % 5];
}
K void variables_again(int *out)
{
    if (threadIdx.x < 8)
        out[threadIdx.x] = written[threadIdx.x];
    if (threadIdx.x == 0)
        out[8] = counter;
}

/* --- numbers --- */

K void math_float(const float *in, float *out)
{
    unsigned i = threadIdx.x;
    float x = in[i], y = in[i ^ 1];
    float *o = out + 24 * i;
    o[0] = expf(x); o[1] = logf(x); o[2] = sinf(x); o[3] = cosf(x); o[4] = tanhf(x); o[5] = sqrtf(x); o[6] = rsqrtf(x);
    o[7] = powf(x, y); o[8] = fmodf(x, y); o[9] = erff(x); o[10] = fmaf(x, y, 1.0f); o[11] = fminf(x, y);
    o[12] = floorf(x); o[13] = roundf(x); o[14] = atan2f(x, y); o[15] = exp2f(x); o[16] = log10f(x); o[17] = cbrtf(x);
    o[18] = hypotf(x, y); o[19] = __expf(x); o[20] = copysignf(x, -y); o[21] = log1pf(x); o[22] = (float)ilogbf(x);
    int e;
    o[23] = frexpf(x, &e) + (float)e;
}

K void math_double(const double *in, double *out)
{
    unsigned i = threadIdx.x;
    double x = in[i];
    double *o = out + 6 * i;
    o[0] = exp(x); o[1] = log(x); o[2] = sin(x); o[3] = pow(x, 1.5); o[4] = fma(x, x, 0.5); o[5] = rint(x * 10.0);
}

static __device__ const _Float16 small[4] = { (_Float16)0.0f, (_Float16)-0.5f, (_Float16)65504.0f, (_Float16)0x1p-24f };
K void half_numbers(const _Float16 *in, _Float16 *out, float *wide)
{
    unsigned i = threadIdx.x;
    _Float16 x = in[i];
    out[i] = x * (_Float16)3.0f + (_Float16)0.5f;
    wide[i] = (float)(x + small[i & 3]);
}

K void integers(const unsigned *in, unsigned *out)
{
    unsigned i = threadIdx.x, x = in[i], y = in[(i + 1) & 31];
    unsigned *o = out + 20 * i;
    unsigned long long wide = (unsigned long long)x << 32 | y;
    o[0] = (unsigned)__popc(x); o[1] = (unsigned)__clz((int)x); o[2] = (unsigned)__ffs((int)x); o[3] = __brev(x);
    o[4] = __umulhi(x, y); o[5] = (unsigned)__mulhi((int)x, (int)y);
    o[6] = (unsigned)(__umul64hi(wide, wide) >> 7); o[7] = (unsigned)(__mul64hi((long long)wide, -(long long)wide) >> 7);
    o[8] = __byte_perm(x, y, 0x5140); o[9] = __funnelshift_l(x, y, i); o[10] = (unsigned)((int)x >> (i & 31));
    o[11] = (unsigned)((int)x / ((int)(y & 1023) + 1)); o[12] = x % ((y & 4095) + 1);
    unsigned char c = (unsigned char)(x * 7 + y);
    short h = (short)((short)x * (short)y - 3);
    o[13] = c; o[14] = (unsigned)(int)h; o[15] = (unsigned)__float2int_rn((float)(int)x * 16.0f);
    o[16] = (unsigned)(float)x; o[17] = x < y ? x : y; o[18] = (unsigned)max((int)x, (int)y);
    o[19] = (unsigned)__clzll((long long)(wide >> (i + 3))) + 100 * (unsigned)__popcll(wide);
}

/* --- control flow --- */

template <class T, int N> struct Matrix {
    T v[N][N];
    __device__ T trace() const
    {
        T s = 0;
        for (int i = 0; i < N; i++)
            s += v[i][i];
        return s;
    }
};
static __device__ __attribute__((noinline)) int steps(unsigned n)
{
    int s = 0;
    while (n != 1) {
        n = n & 1 ? 3 * n + 1 : n / 2;
        s++;
    }
    return s;
}
K void control(int *out, int n)
{
    int i = (int)(blockIdx.x * blockDim.x + threadIdx.x);
    if (i >= n)
        return;
    int r = steps((unsigned)i + 1);
    switch (i % 7) {
    case 0: r += 100; break;
    case 1: r += 200;          /* falls through */
    case 2: r += 300; break;
    case 5: goto out;
    default:
        for (int k = 0; k < i; k++) {
            if (k == 3)
                continue;
            if (k * k > i)
                break;
            r += k;
        }
    }
out:
    Matrix<int, 3> m;
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++)
            m.v[a][b] = a * i + b;
    auto add = [&](int x) { return x + m.trace(); };
    out[i] = add(r);
}

K void shapes(int *out)
{
    unsigned x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
    unsigned z = blockIdx.z * blockDim.z + threadIdx.z, w = gridDim.x * blockDim.x, h = gridDim.y * blockDim.y;
    out[(z * h + y) * w + x] = (int)(x + 10 * y + 100 * z);
}

K void prints(int n, const float *in)
{
    if (threadIdx.x == 0)
        printf("n=%d real=%.2f text=%s long=%lld hex=%08x char=%c percent=%%\n", n, in[0], "abc", (long long)n << 33,
               (unsigned)n, 'q');
}

K void clamp(int *out)                     /* a kernel whose name is a function of OpenCL C */
{
    out[threadIdx.x] = 5;
}
