/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes and text. Described in bytes.c. */
extern "C" __global__ void hash_words(const unsigned *x, unsigned *y, unsigned n)
{
    const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n)
        return;
    unsigned h = x[i];
    h = (h ^ h >> 16) * 0x85ebca6bu;
    h = (h ^ h >> 13) * 0xc2b2ae35u;
    y[i] = h ^ h >> 16;
}

static __device__ __forceinline__ unsigned turn(unsigned x, unsigned by)
{
    return x << by | x >> (32 - by);
}

#define WORDS 16
#define P1 2654435761u
#define P2 2246822519u
#define P3 3266489917u

extern "C" __global__ void hash_records(const unsigned *records, unsigned *y, unsigned n)
{
    const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n)
        return;
    const unsigned first = i * WORDS;
    unsigned a = P1 + P2, b = P2, c = 0, d = 0u - P1;
    for (unsigned j = 0; j < WORDS; j += 4) {
        a = turn(a + records[first + j] * P2, 13) * P1;
        b = turn(b + records[first + j + 1] * P2, 13) * P1;
        c = turn(c + records[first + j + 2] * P2, 13) * P1;
        d = turn(d + records[first + j + 3] * P2, 13) * P1;
    }
    unsigned h = turn(a, 1) + turn(b, 7) + turn(c, 12) + turn(d, 18) + 4 * WORDS;
    h = (h ^ h >> 15) * P2;
    h = (h ^ h >> 13) * P3;
    y[i] = h ^ h >> 16;
}

extern "C" __global__ void flip_case(const unsigned char *x, unsigned char *y, unsigned n)
{
    const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n)
        return;
    unsigned char c = x[i];
    if (c >= 'a' && c <= 'z')
        c -= 32;
    else if (c >= 'A' && c <= 'Z')
        c += 32;
    y[i] = c;
}

#define THREADS 256

extern "C" __global__ void word_starts(const unsigned char *x, unsigned *count, unsigned n)
{
    __shared__ unsigned part[THREADS];
    const unsigned t = threadIdx.x;
    unsigned own = 0;
    for (unsigned i = blockIdx.x * THREADS + t; i < n; i += gridDim.x * THREADS)
        if (x[i] > ' ' && (i == 0 || x[i - 1] <= ' '))
            own++;
    part[t] = own;
    __syncthreads();
    for (unsigned step = THREADS / 2; step > 0; step /= 2) {
        if (t < step)
            part[t] += part[t + step];
        __syncthreads();
    }
    if (t == 0)
        atomicAdd(count, part[0]);
}
