/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attention of packed sequences, softmax(scale Q K^T) V for each head; C interface in attention.h.
 *
 * A block takes QUERIES queries of one sequence and one head, a thread one query: its running maximum and sum stay in
 * registers, its vector and its result in its own column of local memory, and keys and values come by tiles (the
 * one-pass softmax of Milakov and Gimelshein, arXiv:1805.02867, as in FlashAttention). No step needs another thread's
 * numbers, so no warp is needed; between two barriers the code is straight, and neighbouring in threadIdx.x.
 */
#define QUERIES 32 /* as in rows.c */
#define KEYS    4

template <int SIZE>
static __device__ __forceinline__ void attention(const float *__restrict__ q, const float *__restrict__ k,
                                                 const float *__restrict__ v, float *__restrict__ out,
                                                 const unsigned *__restrict__ offsets, unsigned pitch,
                                                 unsigned out_pitch, float scale)
{
    __shared__ float mine[SIZE][QUERIES], sum[SIZE][QUERIES], key[KEYS][SIZE], value[KEYS][SIZE];
    const unsigned x = threadIdx.x, head = blockIdx.x * SIZE, from = blockIdx.z * QUERIES;
    const unsigned first = offsets[blockIdx.y], length = offsets[blockIdx.y + 1] - first;
    if (from >= length)
        return; /* the whole block: this sequence is shorter than the longest */

        /* A thread beyond the last query computes the last one again; nothing of it is stored. */
#pragma unroll
    for (unsigned i = 0; i < QUERIES * SIZE; i += QUERIES) {
        const unsigned r = (i + x) / SIZE, d = (i + x) % SIZE, row = from + r < length ? from + r : length - 1;
        mine[d][r] = q[(unsigned long long)(first + row) * pitch + head + d] * scale;
    }
#pragma unroll
    for (int d = 0; d < SIZE; d++)
        sum[d][x] = 0.0f;
    float greatest = -1e30f, total = 0.0f;
    for (unsigned j0 = 0; j0 < length; j0 += KEYS) {
#pragma unroll
        for (unsigned i = 0; i < KEYS * SIZE; i += QUERIES) {
            const unsigned j = (i + x) / SIZE, d = (i + x) % SIZE, row = j0 + j < length ? j0 + j : length - 1;
            key[j][d] = k[(unsigned long long)(first + row) * pitch + head + d];
            value[j][d] = v[(unsigned long long)(first + row) * pitch + head + d];
        }
        __syncthreads();
        float score[KEYS], next = greatest;
#pragma unroll
        for (int j = 0; j < KEYS; j++) {
            float dot = 0.0f;
#pragma unroll
            for (int d = 0; d < SIZE; d++)
                dot += mine[d][x] * key[j][d];
            score[j] = j0 + j < length ? dot : -1e30f;
            next = fmaxf(next, score[j]);
        }
        const float shrink = expf(greatest - next);
        greatest = next;
        total *= shrink;
#pragma unroll
        for (int j = 0; j < KEYS; j++) {
            score[j] = expf(score[j] - next);
            total += score[j];
        }
#pragma unroll
        for (int d = 0; d < SIZE; d++) {
            float s = sum[d][x] * shrink;
#pragma unroll
            for (int j = 0; j < KEYS; j++)
                s += score[j] * value[j][d];
            sum[d][x] = s;
        }
        __syncthreads();
    }
    const float factor = 1.0f / total;
#pragma unroll
    for (int d = 0; d < SIZE; d++)
        sum[d][x] *= factor;
    __syncthreads();
    for (unsigned i = 0; i < QUERIES * SIZE; i += QUERIES) {
        const unsigned r = (i + x) / SIZE, d = (i + x) % SIZE;
        if (from + r < length)
            out[(unsigned long long)(first + from + r) * out_pitch + head + d] = sum[d][r];
    }
}

#define ATTENTION(name, size)                                                                                          \
    extern "C" __global__ void __launch_bounds__(QUERIES)                                                              \
        name(const float *q, const float *k, const float *v, float *out, const unsigned *offsets, unsigned pitch,      \
             unsigned out_pitch, float scale)                                                                          \
    {                                                                                                                  \
        attention<size>(q, k, v, out, offsets, pitch, out_pitch, scale);                                               \
    }

ATTENTION(tnk_k_attention_32, 32)
ATTENTION(tnk_k_attention_64, 64)
