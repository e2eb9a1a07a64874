/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/suite.h - how a Check program ends: its suites run, and main returns what they came to.
 */
#ifndef TESTS_UNIT_SUITE_H
#define TESTS_UNIT_SUITE_H

#include <check.h>

/* 0: all passed, 1: some failed. Takes the runner. */
static inline int suite_end(SRunner *runner)
{
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}

static inline int suite_run(Suite *suite)
{
    return suite_end(srunner_create(suite));
}

/* For what has threads before its tests begin, which a fork would lose. */
static inline int suite_run_here(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK);
    return suite_end(runner);
}

#endif
