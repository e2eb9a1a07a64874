/* SPDX-License-Identifier: Apache-2.0 */
/* Streams: launches, copies, waits, order within and between streams, back-pressure, deadlines, aborts. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/engine/fixture.h"

typedef struct axpy_args {
    uint64_t x, y;
    float a;
    uint32_t n;
} axpy_args;

START_TEST(launch_computes)
{
    enum { N = 1000 };
    float x[N], y[N];
    for (int i = 0; i < N; i++) {
        x[i] = (float)i;
        y[i] = 1.0f;
    }
    uint64_t dx = device_alloc(sizeof x), dy = device_alloc(sizeof y), value;
    OK(sil_submit_copy(stream, (void *)dx, SIL_SIDE_DEVICE, x, SIL_SIDE_HOST, sizeof x, true, NULL));
    OK(sil_submit_copy(stream, (void *)dy, SIL_SIDE_ANY, y, SIL_SIDE_ANY, sizeof y, true, NULL));
    axpy_args args = {dx, dy, 2.0f, N};
    launch(stream, "k_axpy", 4, 256, &args, sizeof args);
    OK(sil_submit_copy(stream, y, SIL_SIDE_HOST, (void *)dy, SIL_SIDE_DEVICE, sizeof y, true, &value));
    wait_ok(stream, value);
    for (int i = 0; i < N; i++)
        ck_assert_float_eq(y[i], 1.0f + 2.0f * (float)i);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("engine streams");
    TCase *t = tcase_create("streams");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, launch_computes);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
