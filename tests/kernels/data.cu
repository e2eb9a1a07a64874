/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/kernels/data.cu - branches and places that data decide: neighbours go different ways, write here or there, or
 * count in the same place; with guards that compare indices in front of them and behind.
 */

/* A guard behind a branch that parts neighbours. */
extern "C" __global__ void guard_behind(const unsigned *x, unsigned *y, unsigned n, unsigned least)
{
    const unsigned t = blockIdx.x * blockDim.x + threadIdx.x;
    unsigned a = x[t], p[4] = { 1, 2, 3, 4 };
    if (a % 8 != 3)
        p[a & 3] ^= 16;
    else if (threadIdx.x >= least)
        a += x[(a ^ t) % n];
    if (t >= n)
        return;
    y[t] = a ^ p[0] ^ p[1] << 8 ^ p[2] << 16 ^ p[3] << 24;
}

extern "C" __global__ void swap_global(unsigned *x, unsigned size, unsigned step)
{
    const unsigned t = blockIdx.x * blockDim.x + threadIdx.x, i = 2 * t - (t & (step - 1)), j = i + step;
    const unsigned a = x[i], b = x[j];
    if ((a > b) == ((i & size) == 0)) {
        x[i] = b;
        x[j] = a;
    }
}

extern "C" __global__ void swap_local(const unsigned *x, unsigned *y)
{
    extern __shared__ unsigned part[];
    const unsigned t = threadIdx.x, n = 2 * blockDim.x, first = blockIdx.x * n;
    part[t] = x[first + t];
    part[t + n / 2] = x[first + t + n / 2];
    for (unsigned size = 2; size <= n; size *= 2)
        for (unsigned step = size / 2; step > 0; step /= 2) {
            __syncthreads();
            const unsigned i = 2 * t - (t & (step - 1)), j = i + step;
            const unsigned a = part[i], b = part[j];
            if ((a > b) == ((i & size) == 0)) {
                part[i] = b;
                part[j] = a;
            }
        }
    __syncthreads();
    y[first + t] = part[t];
    y[first + t + n / 2] = part[t + n / 2];
}

/* Many threads count in few places, some in many; a few leave before. */
extern "C" __global__ void count_bytes(const unsigned char *x, unsigned *counts, unsigned n)
{
    for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) {
        if (x[i] == 255)
            continue;
        atomicSub(&counts[x[i]], ~0u);
    }
}

extern "C" __global__ void sum_bytes(const unsigned char *x, unsigned long long *sums, unsigned n)
{
    for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
        if (x[i] != 255)
            atomicAdd(&sums[x[i]], 0 - ((unsigned long long)i << 20));
}

extern "C" __global__ void least_bytes(const unsigned char *x, int *least, unsigned n, int step)
{
    for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
        if (x[i] != 255)
            atomicMin(&least[x[i]], (int)i * step);
}

/* What a thread reads or writes itself behind its own atomic. */
extern "C" __global__ void own_places(unsigned *own, unsigned *seen, unsigned n, unsigned rounds)
{
    const unsigned t = blockIdx.x * blockDim.x + threadIdx.x;
    if (t >= n)
        return;
    unsigned sum = 0;
    for (unsigned r = 0; r < rounds; r++) {
        atomicAdd(&own[t], r + 1);
        if ((t ^ r) % 3 == 0)
            sum = sum * 5 + own[t];
        atomicAdd(&own[n + t], t);
        if ((t + r) % 4 == 0)
            own[n + t] = r;
    }
    seen[t] = sum;
}

extern "C" __global__ void bits_and_bounds(const unsigned *x, unsigned *out, int *low, unsigned n)
{
    const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n)
        return;
    const unsigned to = x[i] % 7;
    atomicOr(&out[to], 1u << (x[i] >> 27));
    atomicXor(&out[8 + to], x[i]);
    atomicAnd(&out[16 + to], ~(1u << (i % 32)) | x[i]);
    atomicMax(&out[24 + to], x[i]);
    atomicSub(&out[32 + to], x[i]);
    atomicMin(&low[to], (int)x[i]);
}

/* Nothing but neighbours, in three dimensions: blocks beside each other may go through their rows together. */
extern "C" __global__ void rows(const unsigned *x, unsigned *y, unsigned n, unsigned m, unsigned k)
{
    const unsigned column = blockIdx.x * blockDim.x + threadIdx.x, row = blockIdx.y * blockDim.y + threadIdx.y;
    const unsigned height = blockIdx.z * blockDim.z + threadIdx.z;
    if (column >= n || row >= m || height >= k)
        return;
    const unsigned i = (height * m + row) * n + column;
    if (column == 0 || row == 0 || height == 0)
        y[i] += x[i];
    else
        y[i] += x[i - 1] + 3 * x[i - n] + 5 * x[i - n * m] + (blockIdx.x << 8) + (blockIdx.y << 16) + (blockIdx.z << 24);
}

/* Loops whose rounds lie far apart in memory, or hardly; most lanes leave them together, some not. */
#define FAR(k, loop)                                                                                                   \
    {                                                                                                                  \
        unsigned a = me;                                                                                               \
        loop;                                                                                                          \
        y[(k) * all + me] = a;                                                                                         \
        __syncthreads();                                                                                               \
    }
extern "C" __global__ void far_rounds(const unsigned *x, unsigned *y, unsigned n, unsigned step)
{
    const unsigned t = threadIdx.x, me = blockIdx.x * blockDim.x + t, all = gridDim.x * blockDim.x;
    FAR(0, for (unsigned i = me; i < n; i += all) a = a * 3 + x[i])
    FAR(1, for (unsigned i = t; i < n; i += 128) a = a * 3 + x[i])
    FAR(2, for (int i = (int)n - 1 - (int)me; i >= 0; i -= (int)all) a = a * 3 + x[i])
    FAR(3, for (unsigned i = me; i < n; i += step) a = a * 5 + x[i])
    FAR(4, for (size_t i = t; i < n; i += 96) a = max(a, x[i] ^ x[i + 7]))
    FAR(5, for (unsigned i = me; i < n; i += all) if (x[i] & 1) a = a * 3 + x[n - 1 - i])
    FAR(6, for (unsigned i = t; i < n; i += 64) for (unsigned j = 0; j < 3; j++) a = a * 3 + x[i + j])
    FAR(7, for (unsigned i = t; i < n; i += 160) { y[7 * all + me] = a; a = a * 3 + x[i]; })
    FAR(8, for (unsigned i = 0; i < n; i += 100) a = a * 3 + x[i + t])
    FAR(9, for (unsigned i = t; i < n && i < 3 * step + t; i += 256) a = a * 3 + x[i])
    FAR(10, for (unsigned i = t; i + t < n; i += 33) a = a * 3 + x[i])
    if (me * 3 < n) {
        unsigned a = 1, own[4] = { 1, 2, 3, 4 };
        for (unsigned i = me; i < n; i += all)
            own[x[i] & 3] += x[i] + a++;
        y[11 * all + me] = own[0] ^ own[1] << 3 ^ own[2] << 6 ^ own[3];
    }
}

/* Indices that wrap between lanes, beside bounds that do not. */
#define GUARD(k, condition)                                                                                            \
    {                                                                                                                  \
        if (condition)                                                                                                 \
            y[(k) * all + t] = x[t + k];                                                                               \
        __syncthreads();                                                                                               \
    }
extern "C" __global__ void guards(const unsigned *x, unsigned *y, unsigned n, unsigned step)
{
    const unsigned t = threadIdx.x, all = blockDim.x;
    GUARD(0, t - 5 < n)
    GUARD(1, (int)t - 5 < (int)(n - 3))
    GUARD(2, n > t * 2)
    GUARD(3, n >= 0xfffffff0u + t)
    GUARD(4, 7 - (int)t >= (int)(0 - n))
    GUARD(5, n - t <= step)
    GUARD(6, (int)(t + 0x7ffffff0u) > (int)n)
    GUARD(7, (int)n <= (int)(0x80000014u - t))
    GUARD(8, (unsigned long long)t * 3 < n)
    GUARD(9, (short)(t + 32700) > (short)n)
}

/* Such loops that write, with what lanes do each for itself inside, and at the ends of what numbers there are. */
extern "C" __global__ void far_writes(const unsigned *x, unsigned *y, unsigned n, unsigned step, unsigned base)
{
    const unsigned me = blockIdx.x * blockDim.x + threadIdx.x, all = gridDim.x * blockDim.x;
    for (unsigned i = me; i < n; i += all)
        y[i] = x[i] * 3 + y[i];
    __syncthreads();
    for (int i = (int)me; (int)n > i; i += (int)all)
        if (x[i] & 1)
            y[i] += (unsigned)i;
    __syncthreads();
    for (unsigned i = me; i < n; i += all) {
        unsigned a = 0;
        for (unsigned j = 0; j < (x[i] & 7); j++)
            a = a * 3 + x[i + j];
        y[i] ^= a;
    }
    __syncthreads();
    for (unsigned i = me; i < n; i += step * all)
        y[i] += 7;
    __syncthreads();
    for (unsigned i = base + me; i < base + n; i += all)
        y[i - base] += i;
    __syncthreads();
    for (int i = (int)(base + me); i < (int)(base + n); i += (int)all)
        y[(unsigned)i - base] ^= x[(unsigned)i - base] + (unsigned)i;
    __syncthreads();
    for (unsigned i = me; i < n; i += all) {
        y[i] += x[i];
        if (y[i] % 61 == step)
            break;
        for (unsigned j = 0; j < step; j++)
            y[i] += x[i + j] ^ j;
    }
}

/* Bytes beside each other: behind a test of an index that may wrap, in rounds far apart with the byte before, as places of tables. */
extern "C" __global__ void change_bytes(const unsigned char *x, unsigned char *y, unsigned n, unsigned from)
{
    const unsigned i = blockIdx.x * blockDim.x + threadIdx.x + from;
    if (i >= n)
        return;
    unsigned char c = x[i];
    if (c >= 'a' && c <= 'z')
        c -= 32;
    else if (c & 1)
        c = c * 3 + 1;
    y[i] = c;
}

extern "C" __global__ void byte_starts(const unsigned char *x, unsigned *count, unsigned n, unsigned step)
{
    const unsigned t = blockIdx.x * blockDim.x + threadIdx.x;
    unsigned own = 0;
    for (unsigned i = t; i < n; i += step)
        if (x[i] > 99 && (i == 0 || x[i - 1] <= 99))
            own++;
    count[t] += own;
}

extern "C" __global__ void byte_tables(const unsigned char *x, unsigned *counts, unsigned long long *sums, unsigned n)
{
    __shared__ unsigned own[256];
    __shared__ unsigned long long far[260];
    for (unsigned i = threadIdx.x; i < 256; i += blockDim.x)
        own[i] = far[i + 4] = 0;
    __syncthreads();
    for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) {
        atomicAdd(&own[x[i]], 1u);
        if (x[i] != 7)
            atomicAdd(&far[x[i] + 4], (unsigned long long)i << 20);
    }
    __syncthreads();
    for (unsigned i = threadIdx.x; i < 256; i += blockDim.x) {
        atomicAdd(&counts[i], own[i]);
        atomicAdd(&sums[i], far[i + 4]);
    }
}

// one place of a table, reached on two ways, and around a loop
extern "C" __global__ void byte_ways(const unsigned char *x, unsigned *counts, unsigned n)
{
    __shared__ unsigned own[256];
    for (unsigned i = threadIdx.x; i < 256; i += blockDim.x)
        own[i] = 0;
    __syncthreads();
    for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) {
        unsigned *place = &own[x[i]];
        if (i % 3 == 1)
            atomicAdd(place, i);
        else if (i & 4)
            atomicSub(place, i * 3);
    }
    __syncthreads();
    for (unsigned i = threadIdx.x; i < 256; i += blockDim.x)
        atomicAdd(&counts[i], own[i]);
}

extern "C" __global__ void byte_rounds(const unsigned char *x, unsigned *counts, unsigned n, unsigned rounds)
{
    __shared__ unsigned own[256];
    for (unsigned i = threadIdx.x; i < 256; i += blockDim.x)
        own[i] = 0;
    __syncthreads();
    for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) {
        unsigned *place = &own[x[i]];
        for (unsigned k = 0; k < rounds; k++)
            atomicAdd(place, i + k);
    }
    __syncthreads();
    for (unsigned i = threadIdx.x; i < 256; i += blockDim.x)
        atomicAdd(&counts[i], own[i]);
}

// local memory that is written through an address which lies in local memory
extern "C" __global__ void kept_places(unsigned *y)
{
    extern __shared__ unsigned *places[];
    unsigned *a = (unsigned *)(places + blockDim.x), t = threadIdx.x;
    a[t] = t;
    places[t] = &a[blockDim.x - 1 - t];
    __syncthreads();
    a[t] = 10 + t;
    *places[blockDim.x - 1 - t] += 5; // a[t]
    y[t] += a[t];
}
