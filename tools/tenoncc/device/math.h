/* SPDX-License-Identifier: Apache-2.0 */
/*
 * device/math.h - for the mathematics of the device library: names, bits, attributes.
 *
 * tnm_NAME is what a kernel's NAME becomes. Short functions without branches are inlined, so that loops over threads
 * vectorise; long ones are called. Own implementations: reduction of the argument, then a polynomial or a series
 * fitted for it; single precision works in double where that is the simplest way to an error below one ulp.
 */
#ifndef TNCC_DEVICE_MATH_H
#define TNCC_DEVICE_MATH_H

#include <stdint.h>

#define INLINE __attribute__((always_inline, const, nothrow))
#define CALLED __attribute__((noinline, const, nothrow))
#define INF __builtin_inff()
#define NAN __builtin_nanf("")

static inline uint32_t bits_f(float x)
{
    return __builtin_bit_cast(uint32_t, x);
}
static inline float float_of(uint32_t u)
{
    return __builtin_bit_cast(float, u);
}
static inline uint64_t bits_d(double x)
{
    return __builtin_bit_cast(uint64_t, x);
}
static inline double double_of(uint64_t u)
{
    return __builtin_bit_cast(double, u);
}

#endif
