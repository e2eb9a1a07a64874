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
of=null sim=null             # device memory is the process's own
crashed() {  # mutant, the test that it ends, the file whose code did it
    caught "$1" "$2"
    for words in "signal 11 (Segmentation fault) at address" "$3+0x" "in driver mutant; alone: --only=mutant --filter=$2"; do
        grep -qF -- "$words" <<<"$report" && continue
        echo "$1: the report does not say \"$words\":"
        echo "$report"
        failures=$((failures + 1))
    done
}
crashed lie_about_address memory.round_trip null.so
crashed lie_about_host memory.pinned tenon-cts
if report=$(suite crash .); then
    echo "not caught: crash"
    failures=$((failures + 1))
fi
for words in "a driver ended the process that lists the devices by signal 11" "no code at 0x10, called from" "mutant.so+0x"; do
    grep -qF -- "$words" <<<"$report" || { echo "crash: the report does not say \"$words\": $report"; failures=$((failures + 1)); }
done
of=ascend sim=ascend910b     # CUDA has no way to abort a stream
caught no_abort hang.aborted
[ "$failures" = 0 ]
