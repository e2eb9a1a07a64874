/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device functions that several kernels share. Included by .cu files only. Everything is branch-free where it can be,
 * so that a compiler that runs the threads of a block in vector lanes keeps them full.
 */
#pragma once

/* erf(x) as x P(x^2) / Q(x^2), and exactly 1 or -1 from |x| = 3.92 on, where the nearest float is. The coefficients are
 * our own fit for the relative error: at most 4.3e-7 in single precision. One formula for all devices, so that they
 * agree. */
static __device__ __forceinline__ float tnk_erf(float x)
{
    const float limit = 3.92f, inside = fminf(fmaxf(x, -limit), limit), t = inside * inside;
    float p = 2.0260522433090955e-06f, q = 3.783218562602997e-05f;
    p = p * t + 0.0002846662246156484f;
    q = q * t + 0.001170502626337111f;
    p = p * t + 0.003807244123890996f;
    q = q * t + 0.015053235925734043f;
    p = p * t + 0.05287256836891174f;
    q = q * t + 0.11455077677965164f;
    p = p * t + 0.1915290504693985f;
    q = q * t + 0.5030708909034729f;
    p = p * t + 1.1283791065216064f;
    q = q * t + 1.0f;
    const float y = inside * p / q;
    return x >= limit ? 1.0f : x <= -limit ? -1.0f : y;
}

/* The Gaussian error linear unit in its exact form. */
static __device__ __forceinline__ float tnk_gelu_of(float x)
{
    return 0.5f * x * (1.0f + tnk_erf(x * 0.70710678118654752f));
}

/* Sum, and maximum, of one value of each thread of a block of `threads` (a power of two), in local memory only: it
 * works without warps. Every thread gets the result; `local` may be used again at once. */
static __device__ __forceinline__ float tnk_block_sum(float *local, float value, unsigned thread, unsigned threads)
{
    local[thread] = value;
    __syncthreads();
    for (unsigned half = threads / 2; half > 0; half /= 2) {
        if (thread < half)
            local[thread] += local[thread + half];
        __syncthreads();
    }
    const float result = local[0];
    __syncthreads();
    return result;
}

static __device__ __forceinline__ float tnk_block_max(float *local, float value, unsigned thread, unsigned threads)
{
    local[thread] = value;
    __syncthreads();
    for (unsigned half = threads / 2; half > 0; half /= 2) {
        if (thread < half)
            local[thread] = fmaxf(local[thread], local[thread + half]);
        __syncthreads();
    }
    const float result = local[0];
    __syncthreads();
    return result;
}
