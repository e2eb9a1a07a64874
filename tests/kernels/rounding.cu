/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/kernels/rounding.cu - arithmetic and conversions in a given rounding: every operation in four modes on each thread's
 * numbers. The order of the results is that of rounding.c.
 */
#define MODES(f) f(rn) f(rz) f(rd) f(ru)
#define PUT(v) out[n++ * count + i] = (v)

extern "C" __global__ void doubles(const double *a, const double *b, const double *c, double *out, int count)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x, n = 0;
    if (i >= count)
        return;
    double x = a[i], y = b[i], z = c[i];
#define ONE(m) PUT(__dadd_##m(x, y)); PUT(__dsub_##m(x, y)); PUT(__dmul_##m(x, y)); PUT(__ddiv_##m(x, y)); PUT(__drcp_##m(x)); \
               PUT(__dsqrt_##m(x)); PUT(__fma_##m(x, y, z));
    MODES(ONE)
#undef ONE
}

extern "C" __global__ void floats(const float *a, const float *b, const float *c, float *out, int count)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x, n = 0;
    if (i >= count)
        return;
    float x = a[i], y = b[i], z = c[i];
#define ONE(m) PUT(__fadd_##m(x, y)); PUT(__fsub_##m(x, y)); PUT(__fmul_##m(x, y)); PUT(__fdiv_##m(x, y)); PUT(__frcp_##m(x)); \
               PUT(__fsqrt_##m(x)); PUT(__fmaf_##m(x, y, z));
    MODES(ONE)
#undef ONE
}

extern "C" __global__ void from_doubles(const double *a, long long *out, float *singles, int count)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x, n = 0;
    if (i >= count)
        return;
    double x = a[i];
    float s = (float)x;
#define ONE(m) PUT(__double2int_##m(x)); PUT((long long)__double2uint_##m(x)); PUT(__double2ll_##m(x)); PUT((long long)__double2ull_##m(x)); \
               PUT(__float2int_##m(s)); PUT((long long)__float2uint_##m(s)); PUT(__float2ll_##m(s)); PUT((long long)__float2ull_##m(s));
    MODES(ONE)
#undef ONE
    singles[i] = __double2float_rn(x);
    singles[count + i] = __double2float_rz(x);
    singles[2 * count + i] = __double2float_rd(x);
    singles[3 * count + i] = __double2float_ru(x);
}

extern "C" __global__ void from_integers(const long long *a, double *out, int count)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x, n = 0;
    if (i >= count)
        return;
    long long x = a[i];
#define ONE(m) PUT(__int2float_##m((int)x)); PUT(__uint2float_##m((unsigned)x)); PUT(__ll2float_##m(x)); \
               PUT(__ull2float_##m((unsigned long long)x)); PUT(__ll2double_##m(x)); PUT(__ull2double_##m((unsigned long long)x));
    MODES(ONE)
#undef ONE
}
