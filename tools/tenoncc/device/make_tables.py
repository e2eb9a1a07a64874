#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes math_tables.h: polynomials fitted at Chebyshev points (mpmath) and the bits of 2/pi. Run by hand."""
from mpmath import mp, mpf, erf, erfc, exp, atan, asin, sqrt, log, pi, floor, bernoulli, loggamma, gamma

mp.prec = 1400
two_over_pi = 2 / pi
mp.prec = 200

print("/* SPDX-License-Identifier: Apache-2.0 */")
print("/* Written by make_tables.py: polynomials, highest power first, and the bits of 2/pi. */")
print("#include <stdint.h>\n")


def poly(name, f, interval, degree, ctype="double"):
    c = mp.chebyfit(f, interval, degree + 1)
    suffix = "f" if ctype == "float" else ""
    print(f"static const {ctype} {name}[{degree + 1}] = {{")
    print("".join(f"    {mp.nstr(x, 20)}{suffix},\n" for x in c) + "};")


def small(f, limit):
    """f with its limit at 0 filled in"""
    return lambda z: limit if abs(z) < mpf(10) ** -30 else f(z)


poly("log_f", lambda x: (log(1 + x) - x + x * x / 2) / x ** 3 if abs(x) > mpf(10) ** -12 else mpf(1) / 3 - x / 4,
     [sqrt(mpf(1) / 2) - 1, sqrt(mpf(2)) - 1], 8, "float")
poly("atan_d", small(lambda z: atan(sqrt(z)) / sqrt(z), mpf(1)), [0, 1], 22)
poly("atan_f", small(lambda z: atan(sqrt(z)) / sqrt(z), mpf(1)), [0, 1], 12)
poly("asin_d", small(lambda z: asin(sqrt(z)) / sqrt(z), mpf(1)), [0, mpf(1) / 4], 15)
poly("asin_f", small(lambda z: asin(sqrt(z)) / sqrt(z), mpf(1)), [0, mpf(1) / 4], 8)
poly("erf_d", small(lambda z: erf(sqrt(z)) / sqrt(z), 2 / sqrt(pi)), [0, 1], 14)
poly("erf_f", small(lambda z: erf(sqrt(z)) / sqrt(z), 2 / sqrt(pi)), [0, 1], 8)
poly("erf_near", small(lambda z: erf(sqrt(z)) / sqrt(z) - 1, 2 / sqrt(pi) - 1), [0, 1], 6, "float")
poly("log_erfc", lambda a: log(erfc(a)), [1, mpf(41) / 10], 8, "float")


# erfc(x) exp(x^2) x for x in [1, infinity), by t = (x - 3) / (x + 3)
def tail(t):
    if 1 - t < mpf(10) ** -6:
        return 1 / sqrt(pi)
    x = 3 * (1 + t) / (1 - t)
    if x > 1000:
        return (1 - 1 / (2 * x * x) + 3 / (4 * x ** 4)) / sqrt(pi)
    return erfc(x) * exp(x * x) * x


poly("erfc_d", tail, [mpf(-1) / 2, mpf(25) / 31], 26)
poly("erfc_f", tail, [mpf(-1) / 2, mpf(9) / 15], 12)

# Stirling: lgamma(x) = (x - 1/2) log x - x + log(2 pi)/2 + sum B2k / (2k (2k-1) x^(2k-1))
print("static const double stirling[9] = {")
print("".join(f"    {mp.nstr(bernoulli(2 * k) / (2 * k * (2 * k - 1)), 20)},\n" for k in range(9, 0, -1)) + "};")
# lgamma near its zeros 1 and 2: lgamma(1 + x) / (x (x - 1)) on [-0.25, 1.25]


def near(x):
    if abs(x) < mpf(10) ** -15 or abs(x - 1) < mpf(10) ** -15:
        x += mpf(10) ** -20
    return loggamma(1 + x) / (x * (x - 1))


poly("lgamma_d", near, [mpf(-1) / 4, mpf(5) / 4], 26)

mp.prec = 1400
print("/* 2/pi, 64 bits a word, the first behind the point */\nstatic const uint64_t two_over_pi[20] = {")
print("".join(f"    0x{int(floor(two_over_pi * mpf(2) ** (64 * (k + 1)))) & (2 ** 64 - 1):016x}u,\n" for k in range(20)) + "};")
print("/* frac(2^k / (2 pi)) as three words of 32 bits, for the large float arguments m 2^k, k = 7 ... 104 */")
print("static const uint32_t turn_f[98][3] = {")
for k in range(7, 105):
    t = int(floor((two_over_pi * mpf(2) ** k / 4 % 1) * mpf(2) ** 96))
    print(f"    {{ 0x{t >> 64:08x}u, 0x{t >> 32 & 0xffffffff:08x}u, 0x{t & 0xffffffff:08x}u }},")
print("};")
