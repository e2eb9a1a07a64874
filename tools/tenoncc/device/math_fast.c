/* SPDX-License-Identifier: Apache-2.0 */
/*
 * device/math_fast.c - CUDA's fast single-precision functions (__sinf, __expf ...), and what -use_fast_math makes of the others: a
 * few operations in float, no branches. Errors are below those that CUDA documents for its own; docs/language.md has them.
 * NVIDIA's chips use their own instructions.
 */
#include "tools/tenoncc/device/math_core.h"

#define FAST(name) INLINE float tnm_fast_##name##f(float x); INLINE float tnm_fast_##name##f(float x)

#if defined(__NVPTX__)
FAST(sin) { return __nvvm_sin_approx_f(x); }
FAST(cos) { return __nvvm_cos_approx_f(x); }
FAST(exp2) { return __nvvm_ex2_approx_f(x); }
FAST(log2) { return __nvvm_lg2_approx_f(x); }
#else
/* x less the nearest multiple of pi/2, in three parts that n times are exact enough up to some thousands */
CORE float reduce(float x, float n)
{
    float r = __builtin_fmaf(n, -1.5707855225f, x);
    r = __builtin_fmaf(n, -1.0804334124e-5f, r);
    return __builtin_fmaf(n, -6.0770999344e-11f, r);
}

CORE float sin_or_cos(float x, int plus)
{
    static const float s[] = { -1.95878909e-4f, 8.33274827e-3f, -0.166666647f }, c[] = { 2.45479420e-5f, -1.38883030e-3f, 4.16666647e-2f };
    float n = __builtin_rintf(x * 0.63661977237f), r = reduce(x, n), z = r * r;
    float turn = n - 4.0f * __builtin_floorf(n * 0.25f);
    int q = (int)(turn == turn ? turn : 0.0f) + plus;
    float sine = __builtin_fmaf(r * z, POLYF(s, z), r), cosine = __builtin_fmaf(z * z, POLYF(c, z), __builtin_fmaf(-0.5f, z, 1.0f));
    float v = q & 1 ? cosine : sine;
    return q & 2 ? -v : v;
}

FAST(sin) { return sin_or_cos(x, 0); }
FAST(cos) { return sin_or_cos(x, 1); }

FAST(exp2)
{
    static const float c[] = { 1.54531629e-4f, 1.33908634e-3f, 9.61808256e-3f, 5.55035711e-2f, 0.240226508f, 0.693147188f };
    float v = x < -150.0f ? -150.0f : x > 129.0f ? 129.0f : x, n = __builtin_rintf(v), f = v - n;
    float p = __builtin_fmaf(POLYF(c, f), f, 1.0f);
    int k = (int)(n == n ? n : 0.0f), half = k >> 1;
    p = p * float_of((uint32_t)(half + 127) << 23) * float_of((uint32_t)(k - half + 127) << 23);
    return x != x ? x : p;
}

FAST(log2)
{
    static const float c[] = { 0.431760722f, 0.576713603f, 0.961798853f, 2.88539008f };
    float v = x < 1.17549435e-38f ? x * 8388608.0f : x;
    uint32_t u = bits_f(v) + (0x3f800000u - 0x3f3504f3u);
    float e = (float)((int)(u >> 23) - 127 - (x < 1.17549435e-38f ? 23 : 0));
    float m = float_of((u & 0x007fffffu) + 0x3f3504f3u), s = (m - 1.0f) / (m + 1.0f);
    float r = __builtin_fmaf(s, POLYF(c, s * s), e);
    r = x == INF ? x : r;
    r = x == 0.0f ? -INF : r;
    return x >= 0.0f ? r : NAN;
}
#endif

FAST(exp) { return tnm_fast_exp2f(x * 1.44269504089f); }
FAST(exp10) { return tnm_fast_exp2f(x * 3.32192809489f); }
FAST(log) { return tnm_fast_log2f(x) * 0.69314718056f; }
FAST(log10) { return tnm_fast_log2f(x) * 0.30102999566f; }
FAST(tan) { return tnm_fast_sinf(x) / tnm_fast_cosf(x); }
INLINE float tnm_fast_powf(float x, float y);
INLINE float tnm_fast_powf(float x, float y) { return tnm_fast_exp2f(y * tnm_fast_log2f(x)); }
