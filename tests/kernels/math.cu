// SPDX-License-Identifier: Apache-2.0
// Mathematics: each function over an array, in both precisions.
#define ONE(n)                                                                                                         \
    extern "C" __global__ void f_##n(const float *x, const float *, float *out, int c)                                 \
    { int i = blockIdx.x * blockDim.x + threadIdx.x; if (i < c) out[i] = n##f(x[i]); }                                 \
    extern "C" __global__ void d_##n(const double *x, const double *, double *out, int c)                              \
    { int i = blockIdx.x * blockDim.x + threadIdx.x; if (i < c) out[i] = n(x[i]); }
#define TWO(n)                                                                                                         \
    extern "C" __global__ void f_##n(const float *x, const float *y, float *out, int c)                                \
    { int i = blockIdx.x * blockDim.x + threadIdx.x; if (i < c) out[i] = n##f(x[i], y[i]); }                           \
    extern "C" __global__ void d_##n(const double *x, const double *y, double *out, int c)                             \
    { int i = blockIdx.x * blockDim.x + threadIdx.x; if (i < c) out[i] = n(x[i], y[i]); }
ONE(sqrt) ONE(fabs) ONE(floor) ONE(ceil) ONE(trunc) ONE(round) ONE(rint) ONE(exp) ONE(exp2) ONE(expm1) ONE(log)
ONE(log2) ONE(log10) ONE(log1p) ONE(sin) ONE(cos) ONE(tan) ONE(asin) ONE(acos) ONE(atan) ONE(sinh) ONE(cosh)
ONE(tanh) ONE(asinh) ONE(acosh) ONE(atanh) ONE(cbrt) ONE(erf) ONE(erfc) ONE(tgamma) ONE(lgamma)
TWO(pow) TWO(atan2) TWO(fmod) TWO(remainder) TWO(hypot) TWO(fmin) TWO(fmax) TWO(fdim) TWO(copysign) TWO(nextafter)

extern "C" __global__ void intrinsics(const float *x, float *out)
{
    int t = threadIdx.x;
    float *o = out + t * 8, s, c;
    sincosf(x[t], &s, &c);
    o[0] = s * s + c * c;
    o[1] = __expf(x[t]) * rsqrtf(x[t] + 1.0f);
    o[2] = __fdividef(x[t], 3.0f);
    o[3] = fmaf(x[t], x[t], -1.0f);
    o[4] = ldexpf(x[t], 3);
    int e;
    o[5] = frexpf(x[t], &e) + e;
    o[6] = sinpif(x[t]) + cospif(x[t]);
    o[7] = isnan(x[t]) + 2 * isinf(x[t]) + saturatef(x[t]);
}

#include <cuda_bf16.h>
#include <cuda_fp16.h>
extern "C" __global__ void halves(const float *x, float *out)
{
    int t = threadIdx.x;
    float *o = out + t * 5;
    half h = __float2half(x[t]), k = h * h + __float2half(0.25f);
    o[0] = __half2float(h);
    o[1] = (float)k;
    o[2] = __high2float(__hfma2(__floats2half2_rn(x[t], 2.0f), __float2half2_rn(3.0f), __float2half2_rn(0.5f)));
    o[3] = __bfloat162float(__float2bfloat16(x[t]));
    o[4] = (float)__ushort_as_half(__half_as_ushort(h)) + (h < k);
}

ONE(erfinv) ONE(erfcinv) ONE(erfcx) ONE(normcdfinv) TWO(rhypot)
extern "C" __global__ void norms(const float *x, double *out)
{
    float a = x[4 * threadIdx.x], b = x[4 * threadIdx.x + 1], c = x[4 * threadIdx.x + 2], d = x[4 * threadIdx.x + 3];
    double *o = out + 4 * threadIdx.x;
    o[0] = norm4df(a, b, c, d);
    o[1] = rnorm3d(a, b, c);
    o[2] = normf(4, x + 4 * threadIdx.x);
    o[3] = norm3d(a * 1e300, b * 1e300, c * 1e300);
}
// directed roundings: the results in three modes
#define MODES(i, f, ...) o[3 * i] = f##_rz(__VA_ARGS__), o[3 * i + 1] = f##_rd(__VA_ARGS__), o[3 * i + 2] = f##_ru(__VA_ARGS__);
extern "C" __global__ void directed(const double *x, const double *y, float *fo, double *po)
{
    int t = blockIdx.x * blockDim.x + threadIdx.x;
    float *o = fo + 18 * t, a = (float)x[t], b = (float)y[t];
    MODES(0, __fadd, a, b) MODES(1, __fmul, a, b) MODES(2, __fdiv, a, b) MODES(3, __fsqrt, a < 0 ? -a : a)
    MODES(4, __fmaf, a, b, a) MODES(5, __double2float, x[t])
    {
        double *o = po + 12 * t, a = x[t], b = y[t];
        MODES(0, __dadd, a, b) MODES(1, __dmul, a, b) MODES(2, __ddiv, a, b) MODES(3, __dsqrt, a < 0 ? -a : a)
    }
}
