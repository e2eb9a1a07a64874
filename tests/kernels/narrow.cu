// SPDX-License-Identifier: Apache-2.0
// half, half2, bfloat16 and their pairs: each result as bits in a row of numbers.
#include <cuda_bf16.h>
#include <cuda_fp16.h>

template <class T> __device__ unsigned bits(T v) { return __builtin_bit_cast(unsigned short, v); }
template <class T> __device__ unsigned pair_bits(T v) { return __builtin_bit_cast(unsigned, v); }

#define COMMON(T)                                                                                                      \
    unsigned *o = out + (blockIdx.x * blockDim.x + threadIdx.x) * 32;                                                 \
    T a = T(x[blockIdx.x * blockDim.x + threadIdx.x]), b = T(y[blockIdx.x * blockDim.x + threadIdx.x]), c = T(0.75f), d = a;                                     \
    o[0] = bits(a + b);                                                                                               \
    o[1] = bits(a - b);                                                                                               \
    o[2] = bits(a * b);                                                                                               \
    o[3] = bits(a / b);                                                                                               \
    o[4] = bits(__hfma(a, b, c));                                                                                     \
    o[5] = (a < b) | (a > b) << 1 | (a <= b) << 2 | (a >= b) << 3 | (a == b) << 4 | (a != b) << 5;                    \
    o[6] = __hlt(a, b) | __hgt(a, b) << 1 | __hle(a, b) << 2 | __hge(a, b) << 3 | __heq(a, b) << 4 | __hne(a, b) << 5; \
    o[7] = __hltu(a, b) | __hgtu(a, b) << 1 | __hleu(a, b) << 2 | __hgeu(a, b) << 3 | __hequ(a, b) << 4 | __hneu(a, b) << 5; \
    o[8] = bits(__hmax(a, b));                                                                                        \
    o[9] = bits(__hmin(a, b));                                                                                        \
    o[10] = bits(-a);                                                                                                 \
    o[11] = bits(__habs(a));                                                                                          \
    o[12] = bits(__hadd_sat(a, b));                                                                                   \
    o[13] = __hisnan(a) | (unsigned)(__hisinf(a) + 1) << 1;                                                           \
    o[14] = bits(hsqrt(__habs(a)));                                                                                   \
    d += b;                                                                                                           \
    d -= c;                                                                                                           \
    d *= b;                                                                                                           \
    o[15] = bits(d);                                                                                                  \
    o[16] = bits(hfloor(a));                                                                                          \
    o[17] = bits(__hfma_relu(a, b, c));

extern "C" __global__ void halves16(const float *x, const float *y, unsigned *out)
{
    COMMON(half)
    half2 p = __halves2half2(a, b), q = __half2half2(c);
    o[18] = pair_bits(p + q);
    o[19] = pair_bits(__hfma2(p, q, p));
    o[20] = pair_bits(__hgt2(p, q));
    o[21] = __hbgt2(p, q) | (__hgt2_mask(p, q) & 0x10001) << 1;
    float f = x[blockIdx.x * blockDim.x + threadIdx.x];
    o[22] = bits(__float2half_rz(f));
    o[23] = bits(__float2half_rd(f));
    o[24] = bits(__float2half_ru(f));
    o[25] = (unsigned)__half2int_rn(a);
    o[26] = (unsigned)__half2int_ru(a);
    o[27] = (unsigned)__half2ushort_rz(a);
    o[28] = bits(__int2half_rz((int)(f * 1000)));
    o[29] = pair_bits(__lowhigh2highlow(p) * q - p);
    o[30] = bits(__hmax_nan(a, b));
    o[31] = bits(__short_as_half(__half_as_short(b)));
}

// In loops that threads leave at different rounds, under conditions; and doubles next to the middle between two halves.
extern "C" __global__ void half_rounds(const double *d, unsigned *out, int n)
{
    const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    half s = half(d[i]);
    int rounds = 0;
    out[3 * i] = bits(s);
    out[3 * i + 2] = bits(half((int)i * 131 - 33000));
    for (; rounds < n; rounds++) {
        const half u = half(d[(i + rounds * 7) & 511]);
        if (s < u)
            s = s * half(0.75f) + u;
        else
            s = __hfma(s, half(0.625f), -u);
        if (__habs(s) > half(900.0f))
            break;
    }
    out[3 * i + 1] = bits(s) | rounds << 16;
}

extern "C" __global__ void bfloats(const float *x, const float *y, unsigned *out)
{
    COMMON(__nv_bfloat16)
    __nv_bfloat162 p = __halves2bfloat162(a, b), q = __bfloat162bfloat162(c);
    o[18] = pair_bits(p + q);
    o[19] = pair_bits(__hfma2(p, q, p));
    o[20] = pair_bits(__hgt2(p, q));
    o[21] = __hbgt2(p, q) | (__hgt2_mask(p, q) & 0x10001) << 1;
    float f = x[blockIdx.x * blockDim.x + threadIdx.x];
    o[22] = bits(__float2bfloat16_rz(f));
    o[23] = bits(__float2bfloat16_rd(f));
    o[24] = bits(__float2bfloat16_ru(f));
    o[25] = (unsigned)__bfloat162int_rn(a);
    o[26] = (unsigned)__bfloat162int_ru(a);
    o[27] = (unsigned)__bfloat162ushort_rz(a);
    o[28] = bits(__int2bfloat16_rz((int)(f * 1000)));
    o[29] = pair_bits(__lowhigh2highlow(p) * q - p);
    o[30] = bits(__hmax_nan(a, b));
    o[31] = bits(__nv_bfloat16(a + 0.5f));
}

// atomics and shuffles of 16 bits and pairs
extern "C" __global__ void half_sums(half *h, half2 *h2, __nv_bfloat16 *b, __nv_bfloat162 *b2, float *shuffled)
{
    half one = half(1.0f);
    atomicAdd(h, one);
    atomicAdd(h2, half2(one, half(0.5f)));
    atomicAdd(b, __nv_bfloat16(1.0f));
    atomicAdd(b2, __floats2bfloat162_rn(2.0f, 0.25f));
    half v = half((float)threadIdx.x);
    half2 w = __halves2half2(v, v + one);
    w = __shfl_xor_sync(0xffffffffu, w, 3);
    shuffled[threadIdx.x] = (float)__shfl_down_sync(0xffffffffu, v, 1) + __high2float(w) * 100;
}

// 8 bits: every value to float, and floats to both types with and without saturation
#include <cuda_fp8.h>
extern "C" __global__ void eights(const float *x, float *values, unsigned *out)
{
    int t = threadIdx.x;
    __nv_fp8_e4m3 a;
    __nv_fp8_e5m2 b;
    a.__x = b.__x = (unsigned char)t;
    values[2 * t] = (float)a;
    values[2 * t + 1] = (float)b;
    for (int i = t; i < 1024; i += 256)
        out[i] = __nv_fp8_e4m3(x[i]).__x | (unsigned)__nv_fp8_e5m2(x[i]).__x << 8 |
                 (unsigned)__nv_cvt_float_to_fp8(x[i], __NV_NOSAT, __NV_E4M3) << 16 |
                 (unsigned)__nv_cvt_float_to_fp8(x[i], __NV_NOSAT, __NV_E5M2) << 24;
}
