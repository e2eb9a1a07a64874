/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/kernels/random/private.cu - private arrays of many kinds, within one region and across barriers: elements of 1, 2, 4 and
 * 8 bytes, structures of one size of field and of several, two dimensions, filled and copied whole, begun in part, with
 * addresses that move, that are chosen, and that go elsewhere; threads that part, leave, and blocks whose rows are no whole groups.
 */
#define RANK ((threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x)
#define ALL (blockDim.x * blockDim.y * blockDim.z)
#define THREAD (blockIdx.x * ALL + RANK)
#define KERNEL(name, result)                                                                                           \
    extern "C" __global__ void name(const unsigned *in, unsigned *out, unsigned n)                                     \
    {                                                                                                                  \
        out[THREAD] = (unsigned)(result);                                                                              \
    }

/* Around a loop with barriers, at indices that are the same for all, by the thread, and by data. */
template <class T> __device__ T around(const unsigned *in, unsigned n)
{
    __shared__ T seen[256];
    const unsigned t = RANK;
    T own[12], copy[12], sum = 0;
    for (unsigned k = 0; k < 12; k++)
        own[k] = (T)(in[(t + k) & 63] & 15);
    for (unsigned round = 0; round < n; round++) {
        seen[t] = own[round % 12];
        __syncthreads();
        own[(round + 3) % 12] = (T)((unsigned)(own[(round + 3) % 12] + seen[(t + 1) % ALL]) & 1023);
        own[t % 12] = (T)(own[t % 12] + 1);
        own[in[t & 63] % 12] = (T)(own[in[(t + 1) & 63] % 12] + 2);
        __syncthreads();
    }
    for (unsigned k = 0; k < 12; k++)
        copy[11 - k] = own[k];
    for (unsigned k = 0; k < n % 13; k++)
        sum = (T)((unsigned long long)(sum * 3 + copy[k]) & 65535);
    return sum;
}
KERNEL(bytes, around<unsigned char>(in, n))
KERNEL(halves, around<unsigned short>(in, n))
KERNEL(words, around<unsigned>(in, n))
KERNEL(longs, around<unsigned long long>(in, n))
KERNEL(singles, around<float>(in, n))
KERNEL(doubles, around<double>(in, n))

struct Pair { unsigned x, y; };
struct Mixed { unsigned long long x; unsigned y; unsigned char z; };

/* Fields of one size, of several; whole structures assigned. */
template <class S> __device__ unsigned fields(const unsigned *in, unsigned n, bool waits)
{
    S s[5];
    const unsigned t = RANK;
    for (unsigned k = 0; k < 5; k++) {
        s[k].x = in[(t + k) & 63];
        s[k].y = k * t;
    }
    for (unsigned k = 0; k < n; k++) {
        s[k % 5].x += s[(k + in[t & 63]) & 3].y;
        if (t & 1)
            s[k & 3] = s[(k + 1) & 3];
        if (waits)
            __syncthreads();
    }
    unsigned sum = 0;
    for (unsigned k = 0; k < n % 6; k++)
        sum = sum * 7 + (unsigned)s[k].x + s[k].y;
    return sum;
}
KERNEL(pairs, fields<Pair>(in, n, false))
KERNEL(pairs_wait, fields<Pair>(in, n, true))
KERNEL(mixed, fields<Mixed>(in, n, false))
KERNEL(mixed_wait, fields<Mixed>(in, n, true))

/* Two dimensions, filled and copied whole, begun in part. */
__device__ unsigned square(const unsigned *in, unsigned n, bool waits)
{
    unsigned a[4][6] = {}, b[4][6] = { { 1, 2, 3 }, { 4 } }, part[9];
    const unsigned t = RANK;
    part[4] = part[5] = part[6] = part[7] = t;
    for (unsigned k = 0; k < n; k++) {
        a[k & 3][t % 6] += in[k & 63] + part[4 + (t & 3)];
        b[(t + k) & 3][k % 6] ^= a[(k + 1) & 3][(t + k) % 6];
        part[4 + (k & 3)] = k;
        if (k % 5 == 4)
            __builtin_memcpy(a[3], b[k & 1], sizeof a[3]);
        if (waits)
            __syncthreads();
        if (in[(t + k) & 63] % 7 == 2)
            __builtin_memset(b[1], 0xff, sizeof b[1]);
    }
    unsigned sum = part[n & 3 | 4];
    for (unsigned i = 0; i < n % 5; i++)
        for (unsigned k = 0; k < 6; k++)
            sum = sum * 3 + a[i][k] + 2 * b[i][k];
    return sum;
}
KERNEL(squares, square(in, n, false))
KERNEL(squares_wait, square(in, n, true))

/* Addresses that move, and that are chosen within one array and between two. */
__device__ unsigned moving(const unsigned *in, unsigned n, bool waits)
{
    unsigned moved[10], chosen[8], one[8], other[8];
    const unsigned t = RANK;
    for (unsigned k = 0; k < 10; k++)
        moved[k] = in[(t * 3 + k) & 63];
    for (unsigned k = 0; k < 8; k++) {
        chosen[k] = k * t;
        one[k] = k + t;
        other[k] = k - t;
    }
    unsigned *p = moved;
    for (unsigned k = 0; k < n; k++) {
        unsigned *q = in[(t + k) & 63] & 1 ? chosen : chosen + 3, *r = in[(t + k) & 63] & 2 ? one : other;
        p = p == moved + 9 ? moved : p + 1;
        *p += moved[(t + k) % 10];
        q[k & 3] += 5;
        r[k & 7] ^= 9;
        if (waits)
            __syncthreads();
        q[(k + 1) & 3] += *p;
    }
    unsigned sum = 0, *last = moved + n % 4;
    for (unsigned k = 0; k < n % 7; k++)
        sum = sum * 3 + *last++ + chosen[k] * 5 + one[k] * 7 + other[k];
    return sum;
}
KERNEL(moves, moving(in, n, false))
KERNEL(moves_wait, moving(in, n, true))

/* Walks without comparing addresses: the array may be interleaved. */
__device__ unsigned walking(const unsigned *in, unsigned n, bool waits)
{
    unsigned a[16];
    const unsigned t = RANK;
    unsigned sum = 0;
    for (unsigned k = 0; k < 16; k++)
        a[k] = in[(t + k) & 63];
    for (unsigned round = 0; round < n; round++) {
        unsigned *p = a + (t & 3), *q = (in[(t + round) & 63] & 1) ? a : a + 8;
        for (unsigned k = 0; k < (in[t & 63] & 7); k++)
            *p++ += *q++;
        if (waits)
            __syncthreads();
        sum += *p;
    }
    return sum + a[n & 15];
}
KERNEL(walks, walking(in, n, false))
KERNEL(walks_wait, walking(in, n, true))

/* A function that calls itself stays one. */
__device__ void raise_one(unsigned *p, unsigned by)
{
    *p += by;
    if (by & 1)
        raise_one(p, by >> 1);
}

/* Addresses that are given away, kept in memory, made numbers, or read with elements of another size: as they were. */
__device__ unsigned shown(const unsigned *in, unsigned n, unsigned way, bool waits)
{
    unsigned a[8] = { 1, 2, 3, 4 };
    unsigned *places[2] = { a, a + 4 };
    const unsigned t = RANK;
    for (unsigned k = 0; k < n; k++) {
        if (way == 0)
            raise_one(&a[(t + k) & 7], k);
        if (way == 1)
            places[in[(t + k) & 63] & 1][k & 3] += k;
        if (way == 2)
            ((unsigned char *)a)[(t + k) & 31] += (unsigned char)k;
        if (way == 3)
            *(unsigned *)((unsigned long long)&a[k & 7] & ~(unsigned long long)3) += t;
        if (way == 4)
            *(volatile unsigned *)&a[(t + k) & 7] += k;
        if (way == 5)
            ((unsigned long long *)a)[(t + k) & 3] += (unsigned long long)k << 30;
        a[k & 7] ^= a[(t + k) & 7] << 1;
        if (waits)
            __syncthreads();
    }
    return a[n & 7] + a[t & 7] * 3;
}
KERNEL(given, shown(in, n, 0, false))
KERNEL(given_wait, shown(in, n, 0, true))
KERNEL(kept, shown(in, n, 1, false))
KERNEL(kept_wait, shown(in, n, 1, true))
KERNEL(by_bytes, shown(in, n, 2, false))
KERNEL(by_bytes_wait, shown(in, n, 2, true))
KERNEL(numbers, shown(in, n, 3, false))
KERNEL(numbers_wait, shown(in, n, 3, true))
KERNEL(seen_by_others, shown(in, n, 4, false))
KERNEL(seen_by_others_wait, shown(in, n, 4, true))
KERNEL(by_longs, shown(in, n, 5, false))
KERNEL(by_longs_wait, shown(in, n, 5, true))

/* Threads that part, leave, and go around at different rounds. */
extern "C" __global__ void parted(const unsigned *in, unsigned *out, unsigned n)
{
    unsigned long long own[7] = {};
    const unsigned t = RANK, rounds = in[t & 63] & 15;
    for (unsigned k = 0; k < rounds; k++) {
        own[k % 7] += k + n;
        if ((in[(t + k) & 63] & 7) == 3)
            own[(t + k) % 7] -= 4;
        if (own[k % 7] > 200)
            break;
    }
    if (t % 11 == 5) {
        out[THREAD] = (unsigned)own[t % 7];
        return;
    }
    unsigned long long sum = 0;
    for (unsigned k = 0; k < n % 8; k++)
        sum = sum * 5 + own[k % 7];
    out[THREAD] = (unsigned)(sum ^ sum >> 32);
}

extern "C" __global__ void leaving(const unsigned *in, unsigned *out, unsigned n)
{
    __shared__ unsigned left[256];
    unsigned own[9] = { 1, 2, 3 };
    const unsigned t = RANK;
    left[t] = 0;
    __syncthreads();
    for (unsigned k = 0; k < n; k++) {
        if (t == k * 7 + 3) {
            out[THREAD] = own[k % 9] + 1000;
            return;
        }
        if (in[(t + k) & 63] & 4)
            own[(t + k) % 9] += k;
        left[t] = own[k % 9];
        __syncthreads();
        own[k % 9] += left[(t + 2) % ALL] & 7;
        __syncthreads();
    }
    unsigned sum = 0;
    for (unsigned k = 0; k < 9; k++)
        sum = sum * 3 + own[(k + n) % 9];
    out[THREAD] = sum;
}

/* Only constants as indices, once loops are unrolled. */
extern "C" __global__ void constants(const unsigned *in, unsigned *out, unsigned n)
{
    unsigned a[4], b[3][2];
    const unsigned t = RANK;
    for (unsigned k = 0; k < 4; k++)
        a[k] = in[(t + k) & 63];
    for (unsigned i = 0; i < 3; i++)
        for (unsigned k = 0; k < 2; k++)
            b[i][k] = i * t + k;
    for (unsigned round = 0; round < n; round++) {
        for (unsigned k = 0; k < 4; k++)
            a[k] += a[(k + 1) & 3] ^ b[k % 3][k & 1];
        __syncthreads();
        for (unsigned i = 0; i < 3; i++)
            b[i][1] += a[i] >> 3;
    }
    out[THREAD] = a[0] ^ a[1] ^ a[2] ^ a[3] ^ b[0][1] ^ b[2][1];
}
