/* SPDX-License-Identifier: Apache-2.0 */
/* warps_test.c - the OpenCL C printer: warp operations of warps.cu on an OpenCL device, where all threads come to
 * them and where warps, halves of warps and threads that have left go their own ways. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/opencl/device.h"
#include "tests/unit/suite.h"

#include "include/tenon/bundle.h"

static tncc_opencl_result warps;

static int lane_or_own(const int *v, int t, int n, int source)
{
    int at = t / 32 * 32 + source;
    return at < n ? v[at] : v[t];
}

START_TEST(warps_together)
{
    ck_assert_uint_eq(warps.refused_count, 0);
    for (size_t i = 0; i < warps.kernel_count; i++)
        ck_assert(warps.kernels[i].flags & TN_KERNEL_USES_WARP);
    for (int n = 64; n <= 72; n += 8) {                    /* the last warp whole, missing, and of 8 lanes */
        int *v = device_memory(4 * 72), *out = device_memory(72 * 32);
        double *reals = device_memory(72 * 8);
        for (int t = 0; t < n; t++)
            v[t] = (t * 7 + 5) % 23;
        device_run("together", (size_t[]){ 1, 1, 1 }, (size_t[]){ 8, (size_t)n / 8, 1 }, 0,
                   (device_argument[]){ POINTER(v), POINTER(out), POINTER(reals) }, 3);
        for (int t = 0; t < n; t++) {
            int lane = t % 32, first = t - lane, lanes = n - first < 32 ? n - first : 32, sum = 0, any = 0;
            unsigned odd = 0, same = 0;
            for (int l = 0; l < lanes; l++) {
                sum += v[first + l];
                any |= v[first + l] == 17;
                odd |= (unsigned)(v[first + l] & 1) << l;
                same |= (unsigned)(v[first + l] % 3 == v[t] % 3) << l;
            }
            const int *o = out + 8 * t;
            if (lanes == 32)                               /* a reduction over lanes that are not there is nothing */
                ck_assert_int_eq(o[0], sum);
            ck_assert_int_eq(o[1], lane >= 3 ? v[t - 3] : v[t]);
            ck_assert_int_eq(o[2], lane % 8 < 6 ? v[t + 2] : v[t]);
            ck_assert_int_eq(o[3], v[first + 1]);
            ck_assert_uint_eq((unsigned)o[4], odd);
            ck_assert_uint_eq((unsigned)o[5], same);
            ck_assert_int_eq(o[6], any + 2 + 4);
            ck_assert_uint_eq((unsigned)o[7], lanes == 32 ? ~0u : (1u << lanes) - 1);
            ck_assert_double_eq(reals[t], 1.5 * lane_or_own(v, t, n, lane ^ 1));
        }
    }
}
END_TEST

START_TEST(warps_that_go_their_own_ways)
{
    enum { N = 96 };
    int *v = device_memory(4 * N), *out = device_memory(8 * N), expected[N], total = 0, n = 83, many = 0;
    for (int t = 0; t < N; t++)
        expected[t] = v[t] = t * t % 101;
    RUN("apart", 1, N, 0, POINTER(v), POINTER(out));
    for (int w = 0; w < 3; w++) {
        for (int round = 0; round <= w; round++) {
            int before[N];
            memcpy(before, expected, sizeof before);
            for (int l = 0; l < 32; l++)
                expected[32 * w + l] += before[32 * w + (l ^ 1 << round)];
        }
        total += expected[32 * w];
    }
    for (int t = 0; t < N; t++)
        ck_assert_int_eq(out[t], expected[t] + total);

    memset(out, 0, 8 * N);
    RUN("parts", 1, N, 0, POINTER(v), POINTER(out), VALUE(n));
    for (int t = 0; t < n; t++) {
        int lane = t % 32;
        expected[t] = lane < 16 ? v[t] + v[t - lane + (lane ^ 5)] : v[t] + 1000 * lane_or_own(v, t, n, 20);
        many += expected[t] > 1000;
    }
    for (int t = 0; t < N; t++) {
        ck_assert_int_eq(out[2 * t], t < n ? expected[t] : 0);
        ck_assert_int_eq(out[2 * t + 1], t >= n ? 0 : (n - t / 32 * 32 < 32 ? n % 32 : 32) + 100 * many);
    }

    int *counter = device_memory(4), seen[N / 3] = { 0 };
    *counter = 0;
    RUN("aggregated", 1, N, 0, POINTER(counter), POINTER(out));
    ck_assert_int_eq(*counter, N / 3);
    for (int t = 0; t < N; t += 3)
        seen[out[t]]++;
    for (int i = 0; i < N / 3; i++)
        ck_assert_int_eq(seen[i], 1);                      /* every place was given once */
}
END_TEST

static void start(void)
{
    device_print("warps.cu", &warps);
    device_load(&warps);
}

int main(void)
{
    const char *why = device_open();
    if (why) {
        puts(why);
        return 77;
    }
    Suite *suite = suite_create("OpenCL C warps");
    TCase *c = tcase_create("warps");
    tcase_set_timeout(c, 120);
    tcase_add_unchecked_fixture(c, start, NULL);
    tcase_add_test(c, warps_together);
    tcase_add_test(c, warps_that_go_their_own_ways);
    suite_add_tcase(suite, c);
    const int failed = suite_run_here(suite); /* OpenCL has threads by now */
    tncc_opencl_c_release(&warps);
    device_close();
    return failed;
}
