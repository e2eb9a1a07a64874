/* SPDX-License-Identifier: Apache-2.0 */
/*
 * curand_kernel.h - random numbers in kernels: XORWOW (Marsaglia, "Xorshift RNGs", 2003) and Philox4x32-10 (Salmon and others,
 * "Parallel random numbers: as easy as 1, 2, 3", 2011) behind cuRAND's device functions. Philox takes seed,
 * subsequence and offset as cuRAND does. XORWOW's subsequences other than 0 are their own: independent of each other, but not
 * those that cuRAND's jump of 2^67 gives. Neither was compared with NVIDIA's library.
 */
#ifndef TENON_CURAND_KERNEL_H
#define TENON_CURAND_KERNEL_H

#include "tenon_cuda.h"

struct curandStateXORWOW {
    unsigned int tn__d, tn__v[5];
    int boxmuller_flag, boxmuller_flag_double;
    float boxmuller_extra;
    double boxmuller_extra_double;
};
typedef struct curandStateXORWOW curandStateXORWOW_t;
typedef struct curandStateXORWOW curandState_t;
typedef struct curandStateXORWOW curandState;
struct curandStatePhilox4_32_10 {
    uint4 tn__ctr, tn__output;
    uint2 tn__key;
    unsigned int tn__state;
    int boxmuller_flag, boxmuller_flag_double;
    float boxmuller_extra;
    double boxmuller_extra_double;
};
typedef struct curandStatePhilox4_32_10 curandStatePhilox4_32_10_t;

/* ---- XORWOW ---- */
TN__D unsigned int curand(curandStateXORWOW *__s)
{
    unsigned int __t = __s->tn__v[0] ^ (__s->tn__v[0] >> 2);
    __s->tn__v[0] = __s->tn__v[1];
    __s->tn__v[1] = __s->tn__v[2];
    __s->tn__v[2] = __s->tn__v[3];
    __s->tn__v[3] = __s->tn__v[4];
    __s->tn__v[4] = (__s->tn__v[4] ^ (__s->tn__v[4] << 4)) ^ (__t ^ (__t << 1));
    __s->tn__d += 362437u;
    return __s->tn__v[4] + __s->tn__d;
}
TN__D void skipahead(unsigned long long __n, curandStateXORWOW *__s)
{
    for (; __n; __n--)
        curand(__s);
}
TN__D void curand_init(unsigned long long __seed, unsigned long long __sequence, unsigned long long __offset, curandStateXORWOW *__s)
{
    unsigned long long __z = __sequence * 0x9e3779b97f4a7c15ull;   /* splitmix64's finish: 0 stays 0 */
    __z = (__z ^ (__z >> 30)) * 0xbf58476d1ce4e5b9ull;
    __z = (__z ^ (__z >> 27)) * 0x94d049bb133111ebull;
    __seed ^= __z ^ (__z >> 31);
    unsigned int __a = (unsigned int)__seed ^ 0xaad26b49u, __b = (unsigned int)(__seed >> 32) ^ 0xf7dcefddu;
    unsigned int __p = 1099087573u * __a, __q = 2591861531u * __b;
    __s->tn__d = 6615241u + __q + __p;
    __s->tn__v[0] = 123456789u + __p;
    __s->tn__v[1] = 362436069u ^ __p;
    __s->tn__v[2] = 521288629u + __q;
    __s->tn__v[3] = 88675123u ^ __q;
    __s->tn__v[4] = 5783321u + __p;
    __s->boxmuller_flag = __s->boxmuller_flag_double = 0;
    skipahead(__offset, __s);
}

/* ---- Philox ---- */
TN__D uint4 tn__philox(uint4 __c, uint2 __k)
{
    for (int __i = 0; __i < 10; __i++) {
        unsigned int __h0 = __umulhi(0xd2511f53u, __c.x), __l0 = 0xd2511f53u * __c.x;
        unsigned int __h1 = __umulhi(0xcd9e8d57u, __c.z), __l1 = 0xcd9e8d57u * __c.z;
        __c = uint4{__h1 ^ __c.y ^ __k.x, __l1, __h0 ^ __c.w ^ __k.y, __l0};
        __k.x += 0x9e3779b9u;
        __k.y += 0xbb67ae85u;
    }
    return __c;
}
TN__D void tn__philox_add(uint4 &__c, unsigned long long __n)
{
    unsigned long long __low = ((unsigned long long)__c.y << 32 | __c.x) + __n;
    if (__low < __n && ++__c.z == 0)
        ++__c.w;
    __c.x = (unsigned int)__low;
    __c.y = (unsigned int)(__low >> 32);
}
TN__D void skipahead(unsigned long long __n, curandStatePhilox4_32_10 *__s)
{
    __s->tn__state += (unsigned int)(__n & 3);
    __n >>= 2;
    if (__s->tn__state > 3) {
        __n++;
        __s->tn__state -= 4;
    }
    tn__philox_add(__s->tn__ctr, __n);
    __s->tn__output = tn__philox(__s->tn__ctr, __s->tn__key);
}
TN__D void skipahead_sequence(unsigned long long __n, curandStatePhilox4_32_10 *__s)
{
    unsigned long long __high = ((unsigned long long)__s->tn__ctr.w << 32 | __s->tn__ctr.z) + __n;
    __s->tn__ctr.z = (unsigned int)__high;
    __s->tn__ctr.w = (unsigned int)(__high >> 32);
    __s->tn__output = tn__philox(__s->tn__ctr, __s->tn__key);
}
TN__D void curand_init(unsigned long long __seed, unsigned long long __sequence, unsigned long long __offset, curandStatePhilox4_32_10 *__s)
{
    __s->tn__ctr = uint4{0, 0, (unsigned int)__sequence, (unsigned int)(__sequence >> 32)};
    __s->tn__key = uint2{(unsigned int)__seed, (unsigned int)(__seed >> 32)};
    __s->tn__state = 0;
    __s->boxmuller_flag = __s->boxmuller_flag_double = 0;
    skipahead(__offset, __s);
}
TN__D unsigned int curand(curandStatePhilox4_32_10 *__s)
{
    unsigned int __r = __s->tn__state == 0 ? __s->tn__output.x : __s->tn__state == 1 ? __s->tn__output.y : __s->tn__state == 2 ? __s->tn__output.z : __s->tn__output.w;
    if (++__s->tn__state == 4) {
        tn__philox_add(__s->tn__ctr, 1);
        __s->tn__output = tn__philox(__s->tn__ctr, __s->tn__key);
        __s->tn__state = 0;
    }
    return __r;
}
TN__D uint4 curand4(curandStatePhilox4_32_10 *__s)
{
    uint4 __r;
    __r.x = curand(__s);
    __r.y = curand(__s);
    __r.z = curand(__s);
    __r.w = curand(__s);
    return __r;
}

/* ---- distributions ---- */
TN__D float tn__curand_unit(unsigned int x) { return (float)x * 2.3283064e-10f + (2.3283064e-10f / 2.0f); }   /* 0 < ... <= 1 */
TN__D double tn__curand_unit(unsigned int x, unsigned int y)
{
    unsigned long long __z = (unsigned long long)x ^ ((unsigned long long)y << (53 - 32));
    return (double)__z * 1.1102230246251565e-16 + 1.1102230246251565e-16 / 2.0;
}
TN__D float2 tn__box_muller(unsigned int x, unsigned int y)
{
    float __u = tn__curand_unit(x), __v = (float)y * (2.3283064e-10f * 6.2831855f) + (2.3283064e-10f * 6.2831855f / 2.0f), __s, __c;
    float __r = __builtin_sqrtf(-2.0f * __builtin_logf(__u));
    sincosf(__v, &__s, &__c);
    return make_float2(__s * __r, __c * __r);
}
template <class __S> TN__D float curand_uniform(__S *__s) { return tn__curand_unit(curand(__s)); }
template <class __S> TN__D double curand_uniform_double(__S *__s)
{
    unsigned int x = curand(__s), y = curand(__s);
    return tn__curand_unit(x, y);
}
template <class __S> TN__D float2 curand_normal2(__S *__s)
{
    unsigned int x = curand(__s), y = curand(__s);
    return tn__box_muller(x, y);
}
template <class __S> TN__D float curand_normal(__S *__s)
{
    if (__s->boxmuller_flag) {
        __s->boxmuller_flag = 0;
        return __s->boxmuller_extra;
    }
    float2 __v = curand_normal2(__s);
    __s->boxmuller_extra = __v.y;
    __s->boxmuller_flag = 1;
    return __v.x;
}
template <class __S> TN__D double2 curand_normal2_double(__S *__s)
{
    double __u = curand_uniform_double(__s), __v = curand_uniform_double(__s), __r = __builtin_sqrt(-2.0 * __builtin_log(__u));
    return make_double2(__r * sinpi(2.0 * __v), __r * cospi(2.0 * __v));
}
template <class __S> TN__D double curand_normal_double(__S *__s)
{
    if (__s->boxmuller_flag_double) {
        __s->boxmuller_flag_double = 0;
        return __s->boxmuller_extra_double;
    }
    double2 __v = curand_normal2_double(__s);
    __s->boxmuller_extra_double = __v.y;
    __s->boxmuller_flag_double = 1;
    return __v.x;
}
template <class __S> TN__D float curand_log_normal(__S *__s, float __mean, float __deviation)
{ return __builtin_expf(__mean + __deviation * curand_normal(__s)); }
template <class __S> TN__D double curand_log_normal_double(__S *__s, double __mean, double __deviation)
{ return __builtin_exp(__mean + __deviation * curand_normal_double(__s)); }
TN__D float4 curand_uniform4(curandStatePhilox4_32_10 *__s)
{
    uint4 __v = curand4(__s);
    return make_float4(tn__curand_unit(__v.x), tn__curand_unit(__v.y), tn__curand_unit(__v.z), tn__curand_unit(__v.w));
}
TN__D float4 curand_normal4(curandStatePhilox4_32_10 *__s)
{
    uint4 __v = curand4(__s);
    float2 __a = tn__box_muller(__v.x, __v.y), __b = tn__box_muller(__v.z, __v.w);
    return make_float4(__a.x, __a.y, __b.x, __b.y);
}
/* Poisson: products of uniform numbers while the mean is small, a rounded normal number beyond (as cuRAND does above 4000) */
template <class __S> TN__D unsigned int curand_poisson(__S *__s, double __mean)
{
    unsigned int __n = 0;
    if (__mean > 500.) {
        double __v = __builtin_floor(__mean + __builtin_sqrt(__mean) * curand_normal_double(__s) + 0.5);
        return __v > 0. ? (unsigned int)__v : 0u;
    }
    for (double __p = curand_uniform_double(__s), __least = __builtin_exp(-__mean); __p > __least; __n++)
        __p *= curand_uniform_double(__s);
    return __n;
}

#endif
