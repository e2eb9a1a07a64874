/* SPDX-License-Identifier: Apache-2.0 */
/* Rows as OpenCL C; work-groups of 128, attention of 64. Described in rows.c. */
#define THREADS 128

kernel void softmax(global const float *x, global float *y, uint n)
{
    local float part[THREADS];
    const uint t = get_local_id(0), row = get_group_id(0) * n;
    float most = x[row];
    for (uint i = t; i < n; i += THREADS)
        most = fmax(most, x[row + i]);
    part[t] = most;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint step = THREADS / 2; step > 0; step /= 2) {
        if (t < step)
            part[t] = fmax(part[t], part[t + step]);
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    most = part[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    float sum = 0.0f;
    for (uint i = t; i < n; i += THREADS) {
        const float e = exp(x[row + i] - most);
        y[row + i] = e;
        sum += e;
    }
    part[t] = sum;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint step = THREADS / 2; step > 0; step /= 2) {
        if (t < step)
            part[t] += part[t + step];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    const float scale = 1.0f / part[0];
    for (uint i = t; i < n; i += THREADS)
        y[row + i] *= scale;
}

kernel void layer_norm(global const float *x, global const float *gain, global const float *bias, global float *y, uint n)
{
    local float part[THREADS];
    const uint t = get_local_id(0), row = get_group_id(0) * n;
    float sum = 0.0f;
    for (uint i = t; i < n; i += THREADS)
        sum += x[row + i];
    part[t] = sum;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint step = THREADS / 2; step > 0; step /= 2) {
        if (t < step)
            part[t] += part[t + step];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    const float mean = part[0] / (float)n;
    barrier(CLK_LOCAL_MEM_FENCE);
    sum = 0.0f;
    for (uint i = t; i < n; i += THREADS) {
        const float d = x[row + i] - mean;
        sum += d * d;
    }
    part[t] = sum;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint step = THREADS / 2; step > 0; step /= 2) {
        if (t < step)
            part[t] += part[t + step];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    const float scale = rsqrt(part[0] / (float)n + 1e-5f);
    for (uint i = t; i < n; i += THREADS)
        y[row + i] = (x[row + i] - mean) * scale * gain[i] + bias[i];
}

#define HEAD 64
#define QUERIES 64
#define KEYS 32

/* The running maximum and sum of Milakov and Gimelshein (arXiv:1805.02867); n is a multiple of KEYS. */
kernel void attention(global const float *q, global const float *k, global const float *v, global float *out, uint n)
{
    local float keys[KEYS][HEAD], values[KEYS][HEAD];
    const uint t = get_local_id(0), query = get_group_id(0) * QUERIES + t;
    float own[HEAD], result[HEAD], most = -1e30f, sum = 0.0f;
    for (uint c = 0; c < HEAD; c++) {
        own[c] = 0.125f * q[query * HEAD + c];
        result[c] = 0.0f;
    }
    for (uint first = 0; first < n; first += KEYS) {
        for (uint j = 0; j < KEYS; j++) {
            keys[j][t] = k[(first + j) * HEAD + t];
            values[j][t] = v[(first + j) * HEAD + t];
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint j = 0; j < KEYS; j++) {
            float score = 0.0f;
            for (uint c = 0; c < HEAD; c++)
                score += own[c] * keys[j][c];
            const float largest = fmax(most, score), old = exp(most - largest), e = exp(score - largest);
            most = largest;
            sum = sum * old + e;
            for (uint c = 0; c < HEAD; c++)
                result[c] = result[c] * old + e * values[j][c];
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    for (uint c = 0; c < HEAD; c++)
        out[query * HEAD + c] = result[c] / sum;
}
