/* SPDX-License-Identifier: Apache-2.0 */
/* Prefix sums; blocks of 256 threads. Described in scan.c. */
#define THREADS 256
#define EACH 4

/* Inclusive sums of one value a thread; two barriers a step. */
static __device__ __forceinline__ unsigned scan_block(unsigned *part, unsigned value)
{
    const unsigned t = threadIdx.x;
    part[t] = value;
    __syncthreads();
    for (unsigned step = 1; step < THREADS; step *= 2) {
        const unsigned other = t >= step ? part[t - step] : 0;
        __syncthreads();
        part[t] += other;
        __syncthreads();
    }
    return part[t];
}

extern "C" __global__ void scan_blocks(const unsigned *x, unsigned *y, unsigned n)
{
    __shared__ unsigned part[THREADS];
    const unsigned i = blockIdx.x * THREADS + threadIdx.x;
    const unsigned sum = scan_block(part, i < n ? x[i] : 0);
    if (i < n)
        y[i] = sum;
}

extern "C" __global__ void scan_parts(const unsigned *x, unsigned *y, unsigned *sums, unsigned n)
{
    __shared__ unsigned part[THREADS];
    const unsigned t = threadIdx.x, first = (blockIdx.x * THREADS + t) * EACH;
    unsigned own[EACH], sum = 0;
    for (unsigned j = 0; j < EACH; j++)
        own[j] = sum += first + j < n ? x[first + j] : 0;
    const unsigned upto = scan_block(part, sum);
    for (unsigned j = 0; j < EACH; j++)
        if (first + j < n)
            y[first + j] = upto - sum + own[j];
    if (t == THREADS - 1)
        sums[blockIdx.x] = upto;
}

/* One block makes the sums of the blocks exclusive; each thread has a run of them. Returns the sum of all in the last thread. */
static __device__ __forceinline__ unsigned scan_runs(unsigned *sums, unsigned count)
{
    __shared__ unsigned part[THREADS];
    const unsigned run = (count + THREADS - 1) / THREADS, from = threadIdx.x * run;
    const unsigned to = from + run < count ? from + run : count;
    unsigned sum = 0;
    for (unsigned i = from; i < to; i++)
        sum += sums[i];
    const unsigned upto = scan_block(part, sum);
    unsigned before = upto - sum;
    for (unsigned i = from; i < to; i++) {
        const unsigned own = sums[i];
        sums[i] = before;
        before += own;
    }
    return upto;
}

extern "C" __global__ void scan_sums(unsigned *sums, unsigned n)
{
    scan_runs(sums, (n + THREADS * EACH - 1) / (THREADS * EACH));
}

extern "C" __global__ void scan_add(unsigned *y, const unsigned *sums, unsigned n)
{
    const unsigned before = sums[blockIdx.x];
    for (unsigned j = 0; j < EACH; j++) {
        const unsigned i = (blockIdx.x * EACH + j) * THREADS + threadIdx.x;
        if (i < n)
            y[i] += before;
    }
}

extern "C" __global__ void compact_count(const unsigned *x, unsigned *sums, unsigned n)
{
    __shared__ unsigned part[THREADS];
    const unsigned t = threadIdx.x, first = (blockIdx.x * THREADS + t) * EACH;
    unsigned count = 0;
    for (unsigned j = 0; j < EACH; j++)
        count += first + j < n && x[first + j] % 3 == 0;
    const unsigned upto = scan_block(part, count);
    if (t == THREADS - 1)
        sums[blockIdx.x] = upto;
}

extern "C" __global__ void compact_sums(unsigned *sums, unsigned *kept, unsigned n)
{
    const unsigned all = scan_runs(sums, (n + THREADS * EACH - 1) / (THREADS * EACH));
    if (threadIdx.x == THREADS - 1)
        *kept = all;
}

extern "C" __global__ void compact_scatter(const unsigned *x, unsigned *y, const unsigned *sums, unsigned n)
{
    __shared__ unsigned part[THREADS];
    const unsigned first = (blockIdx.x * THREADS + threadIdx.x) * EACH;
    unsigned count = 0;
    for (unsigned j = 0; j < EACH; j++)
        count += first + j < n && x[first + j] % 3 == 0;
    unsigned to = sums[blockIdx.x] + scan_block(part, count) - count;
    for (unsigned j = 0; j < EACH; j++)
        if (first + j < n && x[first + j] % 3 == 0)
            y[to++] = x[first + j];
}
