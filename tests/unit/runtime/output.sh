#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What tenon can't write it does not call written: a full disk and a closed standard output are failures. Nor does it, or the
# suite, take for done what was asked wrongly; completions have the options.
set -u
cd "$TMPDIR" || exit 1
tenon=$TENON_BUILD/bin/tenon
TENON_SIM=null:1
export TENON_SIM
"$tenon" info > /dev/null || { echo "tenon info fails"; exit 1; }
if "$tenon" info > /dev/full 2> /dev/null; then echo "a full disk went unnoticed"; exit 1; fi
if "$tenon" info >&- 2> /dev/null; then echo "a closed standard output went unnoticed"; exit 1; fi

# A driver that ends the process is told of, and the log names it; a driver that is whole beside it is not concerned.
mutant=$TENON_BUILD/obj/tests/crash_in_query.so
if TENON_LOG=debug TENON_DRIVERS=$mutant "$tenon" info > out.txt 2>&1; then echo "a driver that crashes went unnoticed"; exit 1; fi
grep -q "a signal ended this process while devices were looked for" out.txt || { cat out.txt; exit 1; }
grep debug: out.txt | tail -n 1 | grep -q "loading the driver .*crash_in_query.so" || { cat out.txt; exit 1; }
"$tenon" info > /dev/null || { echo "tenon info fails"; exit 1; }

# answers STATUS TEXT COMMAND...: ends so and says so
answers() {
    status=$1 text=$2
    shift 2
    "$@" > out.txt 2>&1
    got=$?
    [ $got = "$status" ] && grep -qF -- "$text" out.txt && return
    echo "$*: $got, not $status, or nothing of \"$text\":"
    cat out.txt
    exit 1
}
answers 1 "tenon run: --sim=a100:x: the count of an entry is a number from 1 to 64" "$tenon" run --sim=a100:x -- true
answers 1 "a number from 1 to 64" "$tenon" run --sim=a100:65 -- true
answers 1 "a number from 1 to 64" "$tenon" run --sim=a100:,a100 -- true
environment=$(LD_LIBRARY_PATH="/it's:/there" "$tenon" run --sim=a100:2 --print-environment) || exit 1
(eval "$environment"; case $LD_LIBRARY_PATH-$TENON_SIM in */lib/tenon/sim/cuda:/it\'s:/there-a100:2) ;; *) exit 1 ;; esac) || {
    printf '%s\n' "$environment"
    exit 1
}
answers 1 "there is no simulated chip \"nosuch\"" "$tenon" run --sim=nosuch:2 -- true
answers 1 "tenon info: TN_NO_DRIVER" "$tenon" info --only=nosuch
answers 2 "no test has that in its name" "$tenon" cts --filter=nosuch
answers 1 "tenon cts: $TMPDIR/nosuch: " "$tenon" cts --only=null --bundle="$TMPDIR/nosuch"
"$tenon" cts --only=null --filter=status.texts > out.txt || { cat out.txt; exit 1; }
grep -qx "1 passed, 0 failed, 0 skipped" out.txt || { cat out.txt; exit 1; }
answers 0 " --filter --bundle --timeout " "$tenon" completion bash
answers 0 "'__fish_seen_subcommand_from info' -l explain" "$tenon" completion fish
echo "written, or said so"
