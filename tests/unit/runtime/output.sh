#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What tenon can't write it does not call written: a full disk and a closed standard output are failures.
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
echo "written, or said so"
