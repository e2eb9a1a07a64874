// SPDX-License-Identifier: Apache-2.0
// Kernels without warp operations: indices, barriers, local memory, arguments, variables, control flow.
struct Params { float scale; int shift[3]; double bias; char tag; };
__constant__ float weights[4] = {1.0f, 2.0f, 3.0f, 4.0f};
__device__ int counter = 5;
__device__ int table[3] = {7, 8, 9};
__device__ int *pointer_to_table = &table[1];

extern "C" __global__ void vadd(const float *a, const float *b, float *c, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        c[i] = a[i] + b[i];
}

extern "C" __global__ void indices(unsigned *out)
{
    unsigned t = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
    unsigned b = blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
    unsigned *o = out + (b * blockDim.x * blockDim.y * blockDim.z + t) * 8;
    o[0] = threadIdx.x; o[1] = threadIdx.y; o[2] = threadIdx.z; o[3] = blockIdx.x; o[4] = blockIdx.y; o[5] = blockIdx.z;
    o[6] = blockDim.x + 1000 * blockDim.y; o[7] = gridDim.x + 1000 * gridDim.y + 1000000 * warpSize;
}

extern "C" __global__ void early_return(const float *in, float *out, int n)
{
    __shared__ float s[256];
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n)
        return;
    s[threadIdx.x] = in[i];
    __syncthreads();
    out[i] = s[threadIdx.x ^ 1];
}

// threads leave one after another, in the middle of a loop with barriers
extern "C" __global__ void leave_one_by_one(int *out)
{
    __shared__ int s[128];
    int t = threadIdx.x;
    s[t] = 0;
    __syncthreads();
    for (int round = 0; round < (int)blockDim.x; round++) {
        s[t] += 1;
        __syncthreads();
        if (t == round) {
            out[t] = s[t] * 1000 + s[blockDim.x - 1];
            return;
        }
        __syncthreads();
    }
}

extern "C" __global__ void tree(const float *in, float *out, int n)
{
    __shared__ float s[256];
    unsigned t = threadIdx.x, i = blockIdx.x * blockDim.x + t;
    s[t] = i < (unsigned)n ? in[i] : 0.0f;
    __syncthreads();
    for (unsigned k = blockDim.x / 2; k > 0; k >>= 1) {
        if (t < k)
            s[t] += s[t + k];
        __syncthreads();
    }
    if (t == 0)
        out[blockIdx.x] = s[0];
}

extern "C" __global__ void sgemm(const float *A, const float *B, float *C, int n)
{
    __shared__ float As[16][16], Bs[16][16];
    int tx = threadIdx.x, ty = threadIdx.y, row = blockIdx.y * 16 + ty, col = blockIdx.x * 16 + tx;
    float acc = 0;
    for (int t = 0; t < n; t += 16) {
        As[ty][tx] = A[row * n + t + tx];
        Bs[ty][tx] = B[(t + ty) * n + col];
        __syncthreads();
        for (int k = 0; k < 16; k++)
            acc += As[ty][k] * Bs[k][tx];
        __syncthreads();
    }
    C[row * n + col] = acc;
}

extern "C" __global__ void dynamic_local(int *out, int n)
{
    extern __shared__ int dyn[];
    __shared__ int fixed[8];
    int t = threadIdx.x;
    for (int i = t; i < n; i += blockDim.x)
        dyn[i] = i * i;
    if (t < 8)
        fixed[t] = t;
    __syncthreads();
    for (int i = t; i < n; i += blockDim.x)
        out[blockIdx.x * n + i] = dyn[n - 1 - i] + fixed[i & 7];
}

// local memory above the size that is kept on the stack
extern "C" __global__ void large_local(int *out)
{
    __shared__ int big[40000];
    int t = threadIdx.x;
    for (int i = t; i < 40000; i += blockDim.x)
        big[i] = i + blockIdx.x;
    __syncthreads();
    int sum = 0;
    for (int i = t; i < 40000; i += blockDim.x)
        sum += big[39999 - i] == 39999 - i + (int)blockIdx.x;
    out[blockIdx.x * blockDim.x + t] = sum;
}

extern "C" __global__ void arguments(char a, short b, Params p, bool flag, double d, float2 v, long long *out, Params q)
{
    p.shift[1] += threadIdx.x;          // a private copy
    out[threadIdx.x * 4 + 0] = a + b * 1000;
    out[threadIdx.x * 4 + 1] = p.shift[0] + p.shift[1] + p.shift[2] + (int)p.scale + (int)p.bias + p.tag;
    out[threadIdx.x * 4 + 2] = flag ? (long long)(d * 10) : -1;
    out[threadIdx.x * 4 + 3] = (long long)(v.x + v.y * 100) + q.shift[threadIdx.x % 3];
}

extern "C" __global__ void variables(float *out)
{
    int t = threadIdx.x;
    out[t] = weights[t & 3] + *pointer_to_table;
    if (t == 0)
        counter += 10;
}

// one barrier in each branch of a condition that is the same for the whole block
extern "C" __global__ void uniform_branch(const int *which, int *out)
{
    __shared__ int s[64];
    int t = threadIdx.x;
    if (which[blockIdx.x]) {
        s[t] = t;
        __syncthreads();
        out[blockIdx.x * 64 + t] = s[63 - t];
    } else {
        s[t] = 2 * t;
        __syncthreads();
        out[blockIdx.x * 64 + t] = s[(t + 1) & 63];
    }
}

// each half of the block at a barrier of its own: hardware of today counts arrivals
extern "C" __global__ void barrier_in_both_branches(int *out)
{
    __shared__ int s[64];
    int t = threadIdx.x, acc = t;
    for (int round = 0; round < 3; round++) {
        s[t] = acc;
        if (t < 32) {
            __syncthreads();
            acc += s[t + 32];
            __syncthreads();
        } else {
            __syncthreads();
            acc += 2 * s[t - 32];
            __syncthreads();
        }
    }
    out[t] = acc;
}

__device__ int add_over_block(int *s, int v)
{
    s[threadIdx.x] = v;
    __syncthreads();
    int sum = 0;
    for (unsigned i = 0; i < blockDim.x; i++)
        sum += s[i];
    __syncthreads();
    return sum;
}

// barriers in a function, in a loop whose length is data
extern "C" __global__ void nested(const int *rounds, int *out)
{
    __shared__ int s[128];
    int v = threadIdx.x;
    for (int i = 0; i < rounds[blockIdx.x]; i++) {
        int sum = add_over_block(s, v);
        v = (sum + v) % 1009;
        if (i & 1)
            v += add_over_block(s, 1);
    }
    out[blockIdx.x * blockDim.x + threadIdx.x] = v;
}

// private arrays that live across barriers
extern "C" __global__ void private_array(int *out)
{
    __shared__ int s[64];
    int mine[8], t = threadIdx.x;
    for (int i = 0; i < 8; i++)
        mine[i] = t * 8 + i;
    s[t] = mine[t & 7];
    __syncthreads();
    mine[(t + 3) & 7] += s[(t + 1) & 63];
    __syncthreads();
    int sum = 0;
    for (int i = 0; i < 8; i++)
        sum = sum * 3 + mine[(i + t) & 7];
    out[t] = sum;
}

extern "C" __global__ void votes(const int *in, int *out)
{
    int t = threadIdx.x, i = blockIdx.x * blockDim.x + t;
    int count = __syncthreads_count(in[i] > 3);
    int all = __syncthreads_and(in[i] > 0);
    int any = __syncthreads_or(in[i] > 8);
    out[i] = count * 4 + (all != 0) * 2 + (any != 0);
}

extern "C" __global__ void votes_of_the_rest(int *out)
{
    int t = threadIdx.x;
    if (t >= 40)
        return;
    int count = __syncthreads_count(t & 1);
    int all = __syncthreads_and(t < 40);
    out[t] = count * 2 + (all != 0);
}

extern "C" __global__ void switches(const int *in, int *out, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    __shared__ int s[32];
    if (i >= n)
        return;
    int v = in[i], r = 0;
    switch (v) {
    case 0: r = 10; break;
    case 1: r = 20; // falls through
    case 2: r += 5; break;
    case 7: goto out_of_it;
    default: r = -v;
    }
    for (int k = 0; k < v; k++) {
        if (k == 5)
            continue;
        if (k == 9)
            break;
        r += k;
    }
out_of_it:
    s[threadIdx.x] = r;
    __syncthreads();
    out[i] = s[threadIdx.x] + s[0];
}

// three dimensions, with a barrier
extern "C" __global__ void cube(int *out)
{
    __shared__ int s[4][3][5];
    s[threadIdx.z][threadIdx.y][threadIdx.x] = threadIdx.x + 10 * threadIdx.y + 100 * threadIdx.z;
    __syncthreads();
    int o = threadIdx.x + 5 * (threadIdx.y + 3 * threadIdx.z);
    out[o] = s[3 - threadIdx.z][2 - threadIdx.y][4 - threadIdx.x];
}

// many values across a barrier, of all types
extern "C" __global__ void carried(const double *in, double *out)
{
    __shared__ double s[32];
    int t = threadIdx.x;
    double a = in[t], b = a * 2;
    float f = (float)a;
    bool big = a > 10;
    short h = (short)t;
    float4 q = make_float4(f, f + 1, f + 2, f + 3);
    s[t] = b;
    __syncthreads();
    double c = s[31 - t];
    __syncthreads();
    out[t] = a + b + f + (big ? 1000 : 0) + h + q.x + q.w + c;
}

/* Local memory of structures and vectors, beside a barrier. */
struct local_pair {
    double a;
    int b;
};

extern "C" __global__ void local_structs(float4 *data, double *out)
{
    __shared__ float4 tile[64];
    __shared__ local_pair pairs[64];
    int t = threadIdx.x;
    tile[t] = data[t];
    pairs[t].a = t * 0.5;
    pairs[t].b = t;
    __syncthreads();
    float4 o = tile[blockDim.x - 1 - t];
    data[t] = make_float4(o.w, o.z, o.y, o.x);
    out[t] = pairs[blockDim.x - 1 - t].a + pairs[(t + 1) % blockDim.x].b;
}

// what is the same for all, in 64 bits, beside what each thread has in 32; it goes past 2^32
extern "C" __global__ void wide_bound(const unsigned *in, unsigned *out, unsigned long long from, unsigned rounds)
{
    unsigned t = blockIdx.x * blockDim.x + threadIdx.x, x = in[t], below = 0, above = 0, upto = 0, from_on = 0;
    for (unsigned long long u = from; u < from + rounds; u++) {
        below += x < u;
        above += u < x ? 1 + (u & 1) : 0;
        upto += x <= u ? 3 : 0;
        from_on += u <= x ? 5 : 0;
    }
    out[t] = below + 100 * above + 10000 * upto + 1000000 * from_on;
}
