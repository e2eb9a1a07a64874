/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenon_math_special.h - Bessel functions and remquo, and the C++ overloads of all mathematics: for float under the plain names,
 * for integers and mixed types as double. Part of tenon_cuda.h.
 *
 * Up to 25 a Bessel function is its power series, summed in pairs of doubles because the terms cancel; beyond, its
 * asymptotic series. Names are reserved identifiers.
 */
#ifndef TENON_MATH_SPECIAL_H
#define TENON_MATH_SPECIAL_H

#define TN__F static __inline__ __device__ __attribute__((__nodebug__))

/* ---- pairs: an unevaluated sum ---- */
struct tn__pair { double __hi, __lo; };
TN__D tn__pair tn__pair_add(tn__pair __a, tn__pair __b)
{
    _Pragma("clang fp contract(off) reassociate(off)") double __s = __a.__hi + __b.__hi, __t = __s - __a.__hi;
    double __e = (__a.__hi - (__s - __t)) + (__b.__hi - __t) + __a.__lo + __b.__lo, __r = __s + __e;
    return tn__pair{__r, __e - (__r - __s)};
}
TN__D tn__pair tn__pair_mul(tn__pair __a, tn__pair __b)
{
    _Pragma("clang fp contract(off) reassociate(off)") double __p = __a.__hi * __b.__hi;
    double __e = __builtin_fma(__a.__hi, __b.__hi, -__p) + (__a.__hi * __b.__lo + __a.__lo * __b.__hi), __r = __p + __e;
    return tn__pair{__r, __e - (__r - __p)};
}
TN__D tn__pair tn__pair_over(tn__pair __a, double __d)
{
    _Pragma("clang fp contract(off) reassociate(off)") double __q = __a.__hi / __d;
    double __r = (__builtin_fma(-__q, __d, __a.__hi) + __a.__lo) / __d, __s = __q + __r;
    return tn__pair{__s, __r - (__s - __q)};
}

/* The sum over k of (-x^2/4)^k / (k! (k+n)!), n 0 or 1; WEIGHTED: each term times H(k), or H(k) + H(k+1). */
template <int __N, bool __WEIGHTED> TN__F tn__pair tn__bessel_series(double x)
{
    tn__pair __q = tn__pair_mul(tn__pair{-0.5 * x, 0.}, tn__pair{0.5 * x, 0.}), __term = {1., 0.}, __h = {__N ? 1. : 0., 0.};
    tn__pair __sum = __WEIGHTED ? __h : __term;
    for (int __k = 1; __k < 90; __k++) {
        __term = tn__pair_over(tn__pair_mul(__term, __q), (double)__k * (double)(__k + __N));
        __h = tn__pair_add(__h, tn__pair_over(tn__pair{1., 0.}, (double)__k));
        if (__N)
            __h = tn__pair_add(__h, tn__pair_over(tn__pair{1., 0.}, (double)(__k + 1)));
        tn__pair __t = __WEIGHTED ? tn__pair_mul(__term, __h) : __term;
        __sum = tn__pair_add(__sum, __t);
        if (__builtin_fabs(__t.__hi) < 1e-34 * __builtin_fabs(__sum.__hi) || __builtin_fabs(__t.__hi) < 1e-300)
            break;
    }
    return __sum;
}
/* The asymptotic series' P and Q, and the wave sqrt(2 / (pi x)) (P cos(x - w) - Q sin(x - w)), or the one a quarter behind it */
template <int __N, bool __SECOND> TN__F double tn__bessel_far(double x)
{
    double __p = 1., __q = 0., __term = 1.;
    for (int __k = 1; __k < 40; __k++) {
        double __odd = 2. * __k - 1., __next = __term * (4. * __N * __N - __odd * __odd) / (8. * __k * x);
        if (__builtin_fabs(__next) > __builtin_fabs(__term) || __builtin_fabs(__next) < 1e-18)
            break;
        __term = __next;
        if (__k & 1)
            __q += __k & 2 ? -__term : __term;
        else
            __p += __k & 2 ? -__term : __term;
    }
    double __s = __builtin_sin(x), __c = __builtin_cos(x);
    /* cos and sin of x - pi/4 or x - 3 pi/4, without the square root of a half */
    double __cw = __N ? __s - __c : __s + __c, __sw = __N ? -(__s + __c) : __s - __c;
    double __wave = __SECOND ? __p * __sw + __q * __cw : __p * __cw - __q * __sw;
    return __wave * __builtin_sqrt(1. / (3.14159265358979323846 * x));
}
TN__F double j0(double x)
{
    x = __builtin_fabs(x);
    return x <= 25. ? tn__bessel_series<0, false>(x).__hi : x <= 1.7976931348623157e308 ? tn__bessel_far<0, false>(x) : x != x ? x : 0.;
}
TN__F double j1(double x)
{
    double __a = __builtin_fabs(x);
    tn__pair __r = __a <= 25. ? tn__pair_mul(tn__bessel_series<1, false>(__a), tn__pair{0.5 * __a, 0.}) : tn__pair{0., 0.};
    double __v = __a <= 25. ? __r.__hi : __a <= 1.7976931348623157e308 ? tn__bessel_far<1, false>(__a) : __a != __a ? __a : 0.;
    return x < 0. ? -__v : __v;
}
/* log(x/2) + Euler's constant */
TN__D tn__pair tn__bessel_log(double x)
{ return tn__pair_add(tn__pair{__builtin_log(0.5 * x), 0.}, tn__pair{0.57721566490153286061, -4.942915152430645e-18}); }
TN__F double y0(double x)
{
    if (!(x > 0.))
        return x == 0. ? -__builtin_inf() : __builtin_nan("");
    if (x > 25.)
        return x <= 1.7976931348623157e308 ? tn__bessel_far<0, true>(x) : 0.;
    tn__pair __first = tn__pair_mul(tn__bessel_log(x), tn__bessel_series<0, false>(x)), __second = tn__bessel_series<0, true>(x);
    return 0.63661977236758134308 * tn__pair_add(__first, tn__pair{-__second.__hi, -__second.__lo}).__hi;
}
TN__F double y1(double x)
{
    if (!(x > 0.))
        return x == 0. ? -__builtin_inf() : __builtin_nan("");
    if (x > 25.)
        return x <= 1.7976931348623157e308 ? tn__bessel_far<1, true>(x) : 0.;
    tn__pair __half = {0.5 * x, 0.}, __first = tn__pair_mul(tn__bessel_log(x), tn__bessel_series<1, false>(x));
    tn__pair __second = tn__bessel_series<1, true>(x);
    __first = tn__pair_add(__first, tn__pair{-0.5 * __second.__hi, -0.5 * __second.__lo});
    __first = tn__pair_add(tn__pair_mul(__first, __half), tn__pair_over(tn__pair{-1., 0.}, x));
    return 0.63661977236758134308 * __first.__hi;
}
TN__F double jn(int __n, double x)
{
    double __a = __builtin_fabs(x), __sign = 1.;
    if (__n < 0) {
        __n = -__n;
        __sign = __n & 1 ? -1. : 1.;
    }
    if (x < 0. && (__n & 1))
        __sign = -__sign;
    if (__n < 2)
        return __sign * (__n ? j1(__a) : j0(__a));
    if (!(__a > 0. && __a <= 1.7976931348623157e308))
        return __a != __a ? __a : 0.;
    if ((double)__n <= __a) { /* upwards while the index is below the argument */
        double __low = j0(__a), __high = j1(__a);
        for (int __k = 1; __k < __n; __k++) {
            double __next = 2. * __k / __a * __high - __low;
            __low = __high;
            __high = __next;
        }
        return __sign * __high;
    }
    /* downwards from far above, scaled by J0 + 2 (J2 + J4 + ...) = 1 */
    int __top = 2 * ((__n + (int)__builtin_sqrt(60. * __n) + 20) / 2);
    double __above = 0., __here = 1e-280, __sum = 0., __wanted = 0.;
    for (int __k = __top; __k > 0; __k--) {
        double __below = 2. * __k / __a * __here - __above;
        __above = __here;
        __here = __below;
        if (__builtin_fabs(__here) > 1e250) {
            __here *= 1e-250;
            __above *= 1e-250;
            __sum *= 1e-250;
            __wanted *= 1e-250;
        }
        if (__k - 1 == __n)
            __wanted = __here;
        if (!((__k - 1) & 1))
            __sum += __k == 1 ? __here : 2. * __here;
    }
    return __sign * __wanted / __sum;
}
TN__F double yn(int __n, double x)
{
    double __sign = 1.;
    if (__n < 0) {
        __n = -__n;
        __sign = __n & 1 ? -1. : 1.;
    }
    double __low = y0(x), __high = y1(x);
    if (__n < 2)
        return __sign * (__n ? __high : __low);
    for (int __k = 1; __k < __n && __high > -__builtin_inf(); __k++) {
        double __next = 2. * __k / x * __high - __low;
        __low = __high;
        __high = __next;
    }
    return __sign * __high;
}
/* Modified ones: no term has another sign. */
template <int __N> TN__F double tn__bessel_modified(double x)
{
    double __sum = 1., __term = 1.;
    if (x <= 30.) {
        double __q = 0.25 * x * x;
        for (int __k = 1; __k < 120 && __term > 1e-18 * __sum; __k++)
            __sum += __term *= __q / ((double)__k * (double)(__k + __N));
        return __N ? 0.5 * x * __sum : __sum;
    }
    for (int __k = 1; __k < 40; __k++) {
        double __odd = 2. * __k - 1., __next = -__term * (4. * __N * __N - __odd * __odd) / (8. * __k * x);
        if (__builtin_fabs(__next) > __builtin_fabs(__term) || __builtin_fabs(__next) < 1e-18)
            break;
        __sum += __term = __next;
    }
    double __e = __builtin_exp(0.5 * x);   /* twice, for the largest arguments */
    return __e * (__sum / __builtin_sqrt(6.28318530717958647693 * x)) * __e;
}
TN__F double cyl_bessel_i0(double x) { return x != x ? x : tn__bessel_modified<0>(__builtin_fabs(x)); }
TN__F double cyl_bessel_i1(double x) { return x != x ? x : __builtin_copysign(tn__bessel_modified<1>(__builtin_fabs(x)), x); }
TN__F float j0f(float x) { return (float)j0((double)x); }
TN__F float j1f(float x) { return (float)j1((double)x); }
TN__F float y0f(float x) { return (float)y0((double)x); }
TN__F float y1f(float x) { return (float)y1((double)x); }
TN__F float jnf(int __n, float x) { return (float)jn(__n, (double)x); }
TN__F float ynf(int __n, float x) { return (float)yn(__n, (double)x); }
TN__F float cyl_bessel_i0f(float x) { return (float)cyl_bessel_i0((double)x); }
TN__F float cyl_bessel_i1f(float x) { return (float)cyl_bessel_i1((double)x); }

/* The rest as remainder gives it, and the low bits of the quotient: seven and its sign. */
TN__D double remquo(double x, double y, int *__quotient)
{
    double __a = __builtin_fabs(x), __b = __builtin_fabs(y), __part = __b < 0x1p1014 ? __builtin_fmod(__a, 128. * __b) : __a;
    double __rest = __builtin_remainder(x, y);
    int __q = 0;
    for (int __k = 64; __k && __part >= __b && __b > 0.; __k >>= 1)   /* whole multiples of |y| */
        if (__part >= __k * __b) {
            __part -= __k * __b;
            __q += __k;
        }
    if (__part != __builtin_fabs(__rest) || (__rest != 0. && (__rest < 0.) != (x < 0.)))
        __q++;   /* rounded up to the nearest */
    __q &= 127;
    *__quotient = (x < 0.) != (y < 0.) ? -__q : __q;
    return __rest;
}
TN__D float remquof(float x, float y, int *__quotient) { return (float)remquo((double)x, (double)y, __quotient); }

/* ---- C++: float under the plain names ---- */
#define TN__O1(n) TN__D float n(float x) { return n##f(x); }
#define TN__O2(n) TN__D float n(float x, float y) { return n##f(x, y); }
TN__O1(logb) TN__O1(nearbyint) TN__O2(remainder) TN__O2(fdim) TN__O2(nextafter)
#undef TN__O1
#undef TN__O2
TN__D float ldexp(float x, int __e) { return ldexpf(x, __e); }
TN__D float scalbn(float x, int __e) { return scalbnf(x, __e); }
TN__D float scalbln(float x, long __e) { return scalblnf(x, __e); }
TN__D float frexp(float x, int *__e) { return frexpf(x, __e); }
TN__D float modf(float x, float *__whole) { return modff(x, __whole); }
TN__D float remquo(float x, float y, int *__q) { return remquof(x, y, __q); }
TN__D int ilogb(float x) { return ilogbf(x); }
TN__D long lrint(float x) { return lrintf(x); }
TN__D long lround(float x) { return lroundf(x); }
TN__D long long llrint(float x) { return llrintf(x); }
TN__D long long llround(float x) { return llroundf(x); }
#ifndef isnormal
TN__D bool isnormal(float x) { return __builtin_isnormal(x); }
TN__D bool isnormal(double x) { return __builtin_isnormal(x); }
#endif

/* Integers, and arguments of two types: double. */
template <bool> struct tn__when {};
template <> struct tn__when<true> { typedef double __result; };
template <class __T> struct tn__real { static constexpr bool __is = false; };
template <> struct tn__real<float> { static constexpr bool __is = true; };
template <> struct tn__real<double> { static constexpr bool __is = true; };
template <class __T, class __U> struct tn__mixed {
    static constexpr bool __good = (__is_integral(__T) || tn__real<__T>::__is) && (__is_integral(__U) || tn__real<__U>::__is) &&
                                   !(__is_same(__T, __U) && tn__real<__T>::__is);
};
#define TN__I1(n) template <class __T> TN__D typename tn__when<__is_integral(__T)>::__result n(__T x) { return n((double)x); }
#define TN__I2(n)                                                                                                     \
    template <class __T, class __U>                                                                                   \
    TN__D typename tn__when<tn__mixed<__T, __U>::__good>::__result n(__T x, __U y) { return n((double)x, (double)y); }
TN__I1(sqrt) TN__I1(fabs) TN__I1(floor) TN__I1(ceil) TN__I1(trunc) TN__I1(round) TN__I1(rint) TN__I1(nearbyint)
TN__I1(exp) TN__I1(exp2) TN__I1(expm1) TN__I1(log) TN__I1(log2) TN__I1(log10) TN__I1(log1p) TN__I1(logb)
TN__I1(sin) TN__I1(cos) TN__I1(tan) TN__I1(asin) TN__I1(acos) TN__I1(atan)
TN__I1(sinh) TN__I1(cosh) TN__I1(tanh) TN__I1(asinh) TN__I1(acosh) TN__I1(atanh)
TN__I1(cbrt) TN__I1(erf) TN__I1(erfc) TN__I1(tgamma) TN__I1(lgamma) TN__I1(rsqrt) TN__I1(exp10)
TN__I2(pow) TN__I2(atan2) TN__I2(fmod) TN__I2(remainder) TN__I2(hypot) TN__I2(fmin) TN__I2(fmax) TN__I2(fdim)
TN__I2(copysign) TN__I2(nextafter)
#undef TN__I1
#undef TN__I2

#endif
