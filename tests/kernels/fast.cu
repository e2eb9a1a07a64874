/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/kernels/fast.cu - CUDA's fast functions; built with -use_fast_math, by which the plain ones are the same.
 */
#ifndef __USE_FAST_MATH__
#error "this file is built with -use_fast_math"
#endif

extern "C" __global__ void fast(const float *x, const float *y, float *out, int count)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x, n = 0;
    if (i >= count)
        return;
    float v = x[i], a = fabsf(v), w = y[i], s, c;
#define PUT(e) out[n++ * count + i] = (e)
    PUT(__sinf(v)); PUT(__cosf(v)); PUT(__tanf(v)); PUT(__expf(v)); PUT(__exp10f(v)); PUT(__logf(a)); PUT(__log2f(a)); PUT(__log10f(a));
    PUT(__powf(a, w)); PUT(__fdividef(v, w));
    PUT(sinf(v)); PUT(cos(v)); PUT(tanf(v)); PUT(exp(v)); PUT(exp10f(v)); PUT(logf(a)); PUT(log2(a)); PUT(log10f(a)); PUT(pow(a, w));
    PUT(v / w);
    __sincosf(v, &s, &c);
    PUT(s); PUT(c);
    PUT(__logf(-a - 1.f)); PUT(__logf(0.f * v)); PUT(__expf(200.f + a)); PUT(__expf(-200.f - a)); PUT(__sinf(v * __uint_as_float(0x7fc00000)));
}
