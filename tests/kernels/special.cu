/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/kernels/special.cu - Bessel functions, remquo, and mathematics under its C++ names for integers and mixed types, with
 * <cmath> included.
 */
#include <cmath>
#include <algorithm>
#include <limits>

extern "C" __global__ void bessel(const double *x, double *out, int count)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x, n = 0;
    if (i >= count)
        return;
    double v = x[i];
#define PUT(e) out[n++ * count + i] = (e)
    PUT(j0(v)); PUT(j1(v)); PUT(jn(2, v)); PUT(jn(9, v)); PUT(jn(-3, v));
    PUT(y0(v)); PUT(y1(v)); PUT(yn(2, v)); PUT(yn(7, v));
    PUT(cyl_bessel_i0(v)); PUT(cyl_bessel_i1(v));
    float f = (float)v;
    PUT(j0f(f)); PUT(j1f(f)); PUT(jnf(2, f)); PUT(jnf(9, f)); PUT(jnf(-3, f));
    PUT(y0f(f)); PUT(y1f(f)); PUT(ynf(2, f)); PUT(ynf(7, f));
    PUT(cyl_bessel_i0f(f)); PUT(cyl_bessel_i1f(f));
}

extern "C" __global__ void remainders(const double *x, const double *y, double *rest, int *quotient, int count)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= count)
        return;
    rest[i] = remquo(x[i], y[i], quotient + i);
    rest[count + i] = remquof((float)x[i], (float)y[i], quotient + count + i);
}

template <class A, class B> struct same { static constexpr bool value = false; };
template <class A> struct same<A, A> { static constexpr bool value = true; };

/* One number for each expression; the types are checked when this is compiled. */
extern "C" __global__ void overloads(int n, float f, double d, unsigned char c, double *out)
{
    int k = 0, e;
    float part;
    static_assert(same<decltype(sqrt(n)), double>::value && same<decltype(sqrt(f)), float>::value, "");
    static_assert(same<decltype(pow(f, f)), float>::value && same<decltype(pow(2, n)), double>::value, "");
    static_assert(same<decltype(pow(f, d)), double>::value && same<decltype(fmax(f, d)), double>::value, "");
    static_assert(same<decltype(std::sqrt(f)), float>::value && same<decltype(std::pow(d, 2)), double>::value, "");
    out[k++] = sqrt(n); out[k++] = std::sqrt(f); out[k++] = pow(2, n); out[k++] = floor(n / 2); out[k++] = pow(f, d);
    out[k++] = fmax(f, d); out[k++] = log2(n); out[k++] = cos(n); out[k++] = sqrt(c); out[k++] = exp(c);
    out[k++] = std::abs(-f); out[k++] = std::abs(-n); out[k++] = std::fabs(-d); out[k++] = abs(-f); out[k++] = std::max(f, 3.f);
    out[k++] = std::min(n, 3); out[k++] = std::numeric_limits<float>::max(); out[k++] = frexp(f, &e); out[k++] = e;
    out[k++] = ldexp(f, 3); out[k++] = modf(f, &part); out[k++] = part; out[k++] = remainder(f, 2.f); out[k++] = fma(f, f, f);
    out[k++] = round(n + 0.5f); out[k++] = lrint(f); out[k++] = std::atan2(f, f); out[k++] = isnan(f) + isinf(d) * 2 + isfinite(f) * 4;
    out[k++] = fmin(n, d); out[k++] = atan2(n, 2); out[k++] = hypot(3, 4); out[k++] = std::floor(d); out[k++] = fmod(n, 4);
    out[k++] = nextafter(f, 10.f); out[k++] = std::exp(f); out[k++] = logb(f); out[k++] = ilogb(f); out[k++] = scalbn(f, 2);
}

#include <curand_kernel.h>
extern "C" __global__ void random_numbers(unsigned *words, float *uniform, float *normal, double *wide, int draws)
{
    int t = blockIdx.x * blockDim.x + threadIdx.x;
    curandState x;
    curandStatePhilox4_32_10_t p, q;
    curand_init(1234, t, 0, &x);
    curand_init(0, 0, 0, &p);
    curand_init(0, 0, 5, &q);
    float sum = 0, square = 0, low = 1, high = 0, shape = 0;
    double poisson = 0;
    for (int i = 0; i < draws; i++) {
        float u = curand_uniform(&x), n = curand_normal(&x);
        low = fminf(low, u);
        high = fmaxf(high, u);
        sum += u;
        shape += n;
        square += n * n;
        poisson += curand_poisson(&x, 3.5);
    }
    uniform[3 * t] = sum / draws;
    uniform[3 * t + 1] = low;
    uniform[3 * t + 2] = high;
    normal[2 * t] = shape / draws;
    normal[2 * t + 1] = square / draws;
    wide[2 * t] = poisson / draws;
    wide[2 * t + 1] = curand_uniform_double(&x);
    if (t == 0) {
        uint4 first = curand4(&p);
        words[0] = first.x; words[1] = first.y; words[2] = first.z; words[3] = first.w;
        curand(&p);
        words[4] = curand(&p);
        words[5] = curand(&q);   /* the same place */
    }
}

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_fp8.h>
extern "C" __global__ void more_intrinsics(const int *in, int *out)
{
    int t = threadIdx.x, a = in[3 * t], b = in[3 * t + 1], c = in[3 * t + 2], *o = out + 12 * t;
    bool first;
    char4 v = make_char4(a, b, c, 1);
    uchar4 w = make_uchar4(a, b, c, 2);
    o[0] = __vimax3_s32(a, b, c);
    o[1] = __viaddmin_s32(a, b, c);
    o[2] = __viaddmax_s32_relu(a, b, c);
    o[3] = (int)__vimin3_u32(a, b, c);
    o[4] = __vibmax_s32(a, b, &first) ^ (first ? 1 << 30 : 0);
    o[5] = (int)__vimax3_s16x2(a, b, c);
    o[6] = (int)__viaddmin_u16x2(a, b, c);
    o[7] = __dp4a(v, v, c);
    o[8] = (int)__dp4a(w, w, (unsigned)c);
    o[9] = __dp2a_lo(make_short2(a, b), v, c);
    o[10] = __nv_cvt_fp8x2_to_halfraw2(__nv_cvt_double2_to_fp8x2(make_double2(1, a % 16), __NV_SATFINITE, __NV_E4M3), __NV_E4M3).y;
    o[11] = (int)(float)CUDART_ONE_FP16 + 2 * (int)(float)CUDART_ONE_BF16 + __ldcv(in + 3 * t);
}
