#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The conformance suite passes on a driver that is whole, and fails the right test on each that is broken on purpose.
set -u
build=${TENON_BUILD:-build}
case $build in /*) ;; *) build=$PWD/$build ;; esac
failures=0
of=cuda sim=a100

suite() {  # mutant, filter: prints the suite's report
    TENON_MUTANT=$1 TENON_MUTANT_OF=$build/lib/tenon/drivers/$of.so timeout 120 "$build/bin/tenon-cts" --drivers="$build/tests/mutant.so" --only=mutant --sim=$sim --timeout=10 --filter="$2" 2>&1
}

caught() {  # mutant, the tests that must notice (a part of their names)
    if report=$(suite "$1" "$2"); then
        echo "not caught: $1 (by $2)"
        echo "$report"
        failures=$((failures + 1))
    elif ! grep -q "FAIL .*$2" <<<"$report"; then
        echo "$1: failed, but not in $2:"
        echo "$report"
        failures=$((failures + 1))
    else
        echo "caught: $1"
    fi
}

if ! report=$(suite none .); then
    echo "the whole driver does not pass:"
    echo "$report"
    failures=$((failures + 1))
fi
caught copy_short memory.round_trip
caught copy_late memory.pinned
caught fill_short memory.fill_patterns
caught fill_bytes memory.fill_patterns
caught drop_block kernel.geometry
caught turn_block kernel.geometry
caught spoil_argument kernel.arguments
caught wait_early point.deadline
caught wait_without_deadline point.deadline
caught hide_fault fault.told
caught forget_join stream.join
caught overlap memory.many
caught lie_about_memory memory.out_of_memory
caught forget_free memory.accounting
caught wrong_variable module.variables
caught backwards event.time_and_place
caught no_name device.identity
of=ascend sim=ascend910b     # CUDA has no way to abort a stream
caught no_abort hang.aborted
[ "$failures" = 0 ]
