/* SPDX-License-Identifier: Apache-2.0 */
/* Rows; blocks of 128 threads, attention of 64. Described in rows.c. */
#define THREADS 128

extern "C" __global__ void softmax(const float *x, float *y, unsigned n)
{
    __shared__ float part[THREADS];
    const unsigned t = threadIdx.x, row = blockIdx.x * n;
    float most = x[row];
    for (unsigned i = t; i < n; i += THREADS)
        most = fmaxf(most, x[row + i]);
    part[t] = most;
    __syncthreads();
    for (unsigned step = THREADS / 2; step > 0; step /= 2) {
        if (t < step)
            part[t] = fmaxf(part[t], part[t + step]);
        __syncthreads();
    }
    most = part[0];
    __syncthreads();
    float sum = 0.0f;
    for (unsigned i = t; i < n; i += THREADS) {
        const float e = expf(x[row + i] - most);
        y[row + i] = e;
        sum += e;
    }
    part[t] = sum;
    __syncthreads();
    for (unsigned step = THREADS / 2; step > 0; step /= 2) {
        if (t < step)
            part[t] += part[t + step];
        __syncthreads();
    }
    const float scale = 1.0f / part[0];
    for (unsigned i = t; i < n; i += THREADS)
        y[row + i] *= scale;
}

extern "C" __global__ void layer_norm(const float *x, const float *gain, const float *bias, float *y, unsigned n)
{
    __shared__ float part[THREADS];
    const unsigned t = threadIdx.x, row = blockIdx.x * n;
    float sum = 0.0f;
    for (unsigned i = t; i < n; i += THREADS)
        sum += x[row + i];
    part[t] = sum;
    __syncthreads();
    for (unsigned step = THREADS / 2; step > 0; step /= 2) {
        if (t < step)
            part[t] += part[t + step];
        __syncthreads();
    }
    const float mean = part[0] / (float)n;
    __syncthreads();
    sum = 0.0f;
    for (unsigned i = t; i < n; i += THREADS) {
        const float d = x[row + i] - mean;
        sum += d * d;
    }
    part[t] = sum;
    __syncthreads();
    for (unsigned step = THREADS / 2; step > 0; step /= 2) {
        if (t < step)
            part[t] += part[t + step];
        __syncthreads();
    }
    const float scale = rsqrtf(part[0] / (float)n + 1e-5f);
    for (unsigned i = t; i < n; i += THREADS)
        y[row + i] = (x[row + i] - mean) * scale * gain[i] + bias[i];
}

#define HEAD 64
#define QUERIES 64
#define KEYS 32

/* The running maximum and sum of Milakov and Gimelshein (arXiv:1805.02867); n is a multiple of KEYS. */
extern "C" __global__ void attention(const float *q, const float *k, const float *v, float *out, unsigned n)
{
    __shared__ float keys[KEYS][HEAD], values[KEYS][HEAD];
    const unsigned t = threadIdx.x, query = blockIdx.x * QUERIES + t;
    float own[HEAD], result[HEAD], most = -1e30f, sum = 0.0f;
    for (unsigned c = 0; c < HEAD; c++) {
        own[c] = 0.125f * q[query * HEAD + c];
        result[c] = 0.0f;
    }
    for (unsigned first = 0; first < n; first += KEYS) {
        for (unsigned j = 0; j < KEYS; j++) {
            keys[j][t] = k[(first + j) * HEAD + t];
            values[j][t] = v[(first + j) * HEAD + t];
        }
        __syncthreads();
        for (unsigned j = 0; j < KEYS; j++) {
            float score = 0.0f;
            for (unsigned c = 0; c < HEAD; c++)
                score += own[c] * keys[j][c];
            const float largest = fmaxf(most, score), old = expf(most - largest), e = expf(score - largest);
            most = largest;
            sum = sum * old + e;
            for (unsigned c = 0; c < HEAD; c++)
                result[c] = result[c] * old + e * values[j][c];
        }
        __syncthreads();
    }
    for (unsigned c = 0; c < HEAD; c++)
        out[query * HEAD + c] = result[c] / sum;
}
