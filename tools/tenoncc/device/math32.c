/* SPDX-License-Identifier: Apache-2.0 */
/*
 * device/math32.c - single-precision mathematics, inlined and without branches.
 */
#include "tools/tenoncc/device/math.h"

float tnm_expf(float x);
float tnm_logf(float x);

/* exp: x = n ln 2 + r, |r| <= ln 2 / 2; series to r^7; the power of two in two halves, for results below 2^-126. */
INLINE float tnm_expf(float x)
{
    float n = __builtin_rintf(x * 1.44269504088896341f);
    n = n < -160.0f ? -160.0f : n > 160.0f ? 160.0f : n;
    float r = __builtin_fmaf(n, -0.693145751953125f, x);
    r = __builtin_fmaf(n, -1.42860682030941723e-6f, r);
    float p = 1.0f / 5040;
    p = __builtin_fmaf(p, r, 1.0f / 720);
    p = __builtin_fmaf(p, r, 1.0f / 120);
    p = __builtin_fmaf(p, r, 1.0f / 24);
    p = __builtin_fmaf(p, r, 1.0f / 6);
    p = __builtin_fmaf(p, r, 0.5f);
    p = __builtin_fmaf(p, r * r, r) + 1.0f;
    int k = (int)n, half = k >> 1;
    float v = p * float_of((uint32_t)(half + 127) << 23) * float_of((uint32_t)(k - half + 127) << 23);
    v = x > 88.7228394f ? INF : v;
    v = x < -103.972084f ? 0.0f : v;
    return x != x ? x : v;
}
