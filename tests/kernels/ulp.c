/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/kernels/ulp.c - the errors of the mathematics in kernels against MPFR, in units in the last place, beside what the CUDA C++
 * Programming Guide allows. Single precision: every STRIDE-th bit pattern of the argument (1: all of them); double: random bit
 * patterns, and numbers near those where functions change. A function of two arguments takes random pairs.
 *
 * usage: ulp BUNDLE [STRIDE [FUNCTION]]      prints a table; 0 when no bound is passed
 */
#include <float.h>
#include <math.h>
#include <mpfr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kernels/harness.h"

enum { CHUNK = 16384, BITS = 160, THREADS = 128 };

typedef int exact_one(mpfr_t to, const mpfr_t x, mpfr_rnd_t how);
typedef int exact_two(mpfr_t to, const mpfr_t x, const mpfr_t y, mpfr_rnd_t how);

/* ---- what MPFR does not have ---- */
static int own_rsqrt(mpfr_t to, const mpfr_t x, mpfr_rnd_t how)
{
    mpfr_rec_sqrt(to, x, how);
    if (mpfr_zero_p(x)) /* of -0 it is -inf, as IEEE 754 has it */
        mpfr_set_inf(to, mpfr_signbit(x) ? -1 : 1);
    return 0;
}

static int own_rcbrt(mpfr_t to, const mpfr_t x, mpfr_rnd_t how)
{
    mpfr_cbrt(to, x, how);
    return mpfr_ui_div(to, 1, to, how);
}

static int own_erfcx(mpfr_t to, const mpfr_t x, mpfr_rnd_t how)
{
    mpfr_t square;
    mpfr_init2(square, 4 * BITS);
    mpfr_sqr(square, x, how);
    mpfr_exp(square, square, how);
    mpfr_erfc(to, x, how);
    if (mpfr_zero_p(to) || mpfr_inf_p(square)) { /* 1 / (x sqrt(pi)), next term below a unit there */
        mpfr_const_pi(to, how);
        mpfr_sqrt(to, to, how);
        mpfr_mul(to, to, x, how);
        mpfr_ui_div(to, 1, to, how);
        if (mpfr_sgn(x) < 0)
            mpfr_set_inf(to, 1);
    } else {
        mpfr_mul(to, to, square, how);
    }
    mpfr_clear(square);
    return 0;
}

static int own_normcdf(mpfr_t to, const mpfr_t x, mpfr_rnd_t how)
{
    mpfr_t scaled;
    mpfr_init2(scaled, 2 * BITS);
    mpfr_set_ui(scaled, 2, how);
    mpfr_sqrt(scaled, scaled, how);
    mpfr_div(scaled, x, scaled, how);
    mpfr_neg(scaled, scaled, how);
    mpfr_erfc(to, scaled, how);
    mpfr_clear(scaled);
    return mpfr_div_ui(to, to, 2, how);
}

static int own_lgamma(mpfr_t to, const mpfr_t x, mpfr_rnd_t how)
{
    int sign;
    return mpfr_lgamma(to, &sign, x, how);
}

static int own_rhypot(mpfr_t to, const mpfr_t x, const mpfr_t y, mpfr_rnd_t how)
{
    mpfr_hypot(to, x, y, how);
    return mpfr_ui_div(to, 1, to, how);
}

static int own_rint(mpfr_t to, const mpfr_t x, mpfr_rnd_t how)
{
    (void)how;
    return mpfr_roundeven(to, x);
}

static int own_trunc(mpfr_t to, const mpfr_t x, mpfr_rnd_t how)
{
    (void)how;
    return mpfr_trunc(to, x);
}

static int own_floor(mpfr_t to, const mpfr_t x, mpfr_rnd_t how)
{
    (void)how;
    return mpfr_floor(to, x);
}

static int own_ceil(mpfr_t to, const mpfr_t x, mpfr_rnd_t how)
{
    (void)how;
    return mpfr_ceil(to, x);
}

struct row {
    const char *name;
    int args;
    exact_one *one;
    exact_two *two;
    double single, twice;
};
#define ONE_1(f) f
#define ONE_2(f) NULL
#define TWO_1(f) NULL
#define TWO_2(f) f
#define ROW(name, args, exact, single, twice) { #name, args, ONE_##args(exact), TWO_##args(exact), single, twice },
static const struct row rows[] = {
#include "tests/kernels/ulp.h"
};
#undef ROW
enum { ROWS = sizeof rows / sizeof *rows };

/* ---- errors ---- */
struct format {
    int bits, least; /* of the fraction with its leading one; exponent of the least unit */
    double most;
};
static const struct format single_format = { 24, -149, FLT_MAX }, double_format = { 53, -1074, DBL_MAX };

/* Units between what was got and what is exact; infinities stand one step behind the largest number. */
static double error_of(const struct format *f, double got, const mpfr_t exact)
{
    static mpfr_t gap;
    static int made;
    if (!made++)
        mpfr_init2(gap, 64);
    if (mpfr_nan_p(exact) || isnan(got))
        return mpfr_nan_p(exact) && isnan(got) ? 0 : INFINITY;
    if (mpfr_inf_p(exact))
        return got == (mpfr_sgn(exact) > 0 ? INFINITY : -INFINITY) ? 0 : INFINITY;
    long at = mpfr_zero_p(exact) ? f->least : (long)mpfr_get_exp(exact) - f->bits;
    if (at < f->least)
        at = f->least;
    if (isinf(got)) { /* right when the exact number rounds to it */
        mpfr_set_d(gap, got > 0 ? f->most : -f->most, MPFR_RNDN);
        mpfr_sub(gap, exact, gap, MPFR_RNDN);
        return mpfr_sgn(gap) * (got > 0 ? 1 : -1) > 0 ? 0 : 1;
    }
    mpfr_sub_d(gap, exact, got, MPFR_RNDN);
    mpfr_abs(gap, gap, MPFR_RNDN);
    mpfr_mul_2si(gap, gap, -at, MPFR_RNDN);
    double units = mpfr_get_d(gap, MPFR_RNDN);
    return units;
}

struct worst {
    double units, x, y;
    unsigned long count;
};

/* Where the guide leaves more: near the zeros of lgamma. */
static int allowed(const struct row *r, double x, int is_double)
{
    if (strcmp(r->name, "lgamma"))
        return 1;
    return is_double ? !(x > -23.0001 && x < -2.2637) : !(x > -10.001 && x < -2.264);
}

static void compare(const struct row *r, const struct format *f, double x, double y, double got, struct worst *w)
{
    static mpfr_t a, b, exact;
    static int made;
    if (!made++) {
        mpfr_init2(a, 64);
        mpfr_init2(b, 64);
        mpfr_init2(exact, BITS);
    }
    if (!allowed(r, x, f == &double_format))
        return;
    mpfr_set_d(a, x, MPFR_RNDN);
    mpfr_set_d(b, y, MPFR_RNDN);
    if (r->one)
        r->one(exact, a, MPFR_RNDN);
    else
        r->two(exact, a, b, MPFR_RNDN);
    double units = error_of(f, got, exact);
    w->count++;
    if (units > w->units) {
        w->units = units;
        w->x = x;
        w->y = y;
    }
}

/* ---- arguments ---- */
static uint64_t state = 88172645463325252ull;
static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

static double any_double(void)
{
    static const double special[] = { 0, -0.0, 1, -1, 0.5, 2, INFINITY, -INFINITY, NAN, DBL_MIN, 4.9406564584124654e-324, DBL_MAX, -DBL_MAX,
                                      709.78271289338397, 710, -745.13321910194122, -708.4, 1024, -1074.5, 170.62, 171.63, 3.1415926535897931,
                                      1.5707963267948966, 6.2831853071795862, 1e22, 0.70710678118654757, 26.5, -26.5, 5.9, 38.4, -38.4 };
    uint64_t kind = next() % 16, bits = next();
    double d;
    if (kind == 0)
        return special[next() % (sizeof special / sizeof *special)];
    if (kind < 6) /* any exponent */
        memcpy(&d, &bits, 8);
    else if (kind < 14) /* around one, where most of what happens is */
        d = ldexp(1 + (double)(bits >> 12) * 0x1p-52, (int)(next() % 24) - 12) * (bits & 1 ? -1 : 1);
    else /* beside a number where something may change */
        d = special[next() % (sizeof special / sizeof *special)] * (1 + (double)(int)(bits % 65 - 32) * 0x1p-52);
    return d;
}

static float any_float(void)
{
    uint32_t bits = (uint32_t)next();
    float f;
    if (next() & 3)
        return (float)any_double();
    memcpy(&f, &bits, 4);
    return f;
}

static void run(kt_module *m, char prefix, const char *name, const void *x, const void *y, void *out)
{
    char kernel[40];
    struct {
        const void *x, *y;
        void *out;
        int n;
    } args = { x, y, out, CHUNK };
    snprintf(kernel, sizeof kernel, "%c_%s", prefix, name);
    KT_CHECK(!KT_RUN(m, kernel, KT_1D(CHUNK / THREADS, THREADS), args));
}

static struct worst measure_float(kt_module *m, const struct row *r, uint64_t stride)
{
    static float x[CHUNK], y[CHUNK], out[CHUNK];
    struct worst w = { 0 };
    for (uint64_t at = 0; at < 1ull << 32; at += stride * CHUNK) {
        for (uint64_t i = 0; i < CHUNK; i++) {
            uint32_t bits = (uint32_t)(at + i * stride);
            memcpy(&x[i], &bits, 4);
            if (r->args == 2)
                x[i] = any_float();
            y[i] = any_float();
        }
        run(m, 'f', r->name, x, y, out);
        for (int i = 0; i < CHUNK; i++)
            compare(r, &single_format, x[i], y[i], out[i], &w);
    }
    return w;
}

static struct worst measure_double(kt_module *m, const struct row *r, uint64_t stride)
{
    static double x[CHUNK], y[CHUNK], out[CHUNK];
    struct worst w = { 0 };
    for (uint64_t at = 0; at < 1ull << 32; at += stride * CHUNK) {
        for (int i = 0; i < CHUNK; i++) {
            x[i] = any_double();
            y[i] = any_double();
        }
        run(m, 'd', r->name, x, y, out);
        for (int i = 0; i < CHUNK; i++)
            compare(r, &double_format, x[i], y[i], out[i], &w);
    }
    return w;
}

static void judge(const struct row *r, const char *suffix, double bound, struct worst w)
{
    bool good = w.units <= bound;
    printf("%s%-10s %8.3f  allowed %-4g at %.17g", r->name, suffix, w.units, bound, w.x);
    if (r->args == 2)
        printf(", %.17g", w.y);
    printf("  (%lu)%s\n", w.count, good ? "" : "   TOO MUCH");
    fflush(stdout);
    kt_failures += !good;
}

int main(int argc, char **argv)
{
    uint64_t stride = argc > 2 ? strtoull(argv[2], NULL, 10) : 262147;
    kt_module *m = argc > 1 && stride ? kt_open(argv[1], 32) : NULL;
    if (!m)
        return 2;
    mpfr_set_emin(mpfr_get_emin_min());
    mpfr_set_emax(mpfr_get_emax_max());
    for (int i = 0; i < ROWS; i++) {
        if (argc > 3 && strcmp(argv[3], rows[i].name))
            continue;
        judge(&rows[i], "f", rows[i].single, measure_float(m, &rows[i], stride));
        judge(&rows[i], "", rows[i].twice, measure_double(m, &rows[i], stride));
    }
    kt_close(m);
    mpfr_free_cache();
    printf("%d functions pass their bounds\n", kt_failures);
    return kt_failures != 0;
}
