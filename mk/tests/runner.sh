#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The runner can fail: tests that pass, fail, skip, crash, hang, can't start or leave a process behind are told apart.
set -eu
tmp=${TMPDIR:-/tmp}
cd "$tmp"

make_test() { # name, body
    printf '#!/bin/sh\n%s\n' "$2" >"$1"
    chmod +x "$1"
}
make_test passes 'exit 0'
make_test fails 'echo the reason stands here; exit 1'
make_test skips 'echo no such device; exit 77'
make_test crashes 'kill -SEGV $$'
make_test hangs 'sleep 1000'
make_test leaks 'setsid sleep 1000 & exit 0'
make_test hangs-deep '(setsid sleep 1000) & sleep 1000'
make_test clean-env '[ -z "${TENON_SIM:-}" ] && [ "$WORD" = told ] && [ "$1" = argument ]'

: >list
for name in passes fails skips crashes leaks missing; do
    printf '%s\t%s\t20\t-\t\t\n' "$name" "$tmp/$name" >>list
done
printf 'hangs\t%s\t1\t-\t\t\n' "$tmp/hangs" >>list
printf 'hangs-deep\t%s\t1\talone\t\t\n' "$tmp/hangs-deep" >>list
printf 'clean-env\t%s\t20\t-\tWORD=told\targument\n' "$tmp/clean-env" >>list

run_tests=$OLDPWD/mk/run-tests
status=0
TENON_SIM=leftover "$run_tests" --build "$tmp" --list list --jobs 2 >out 2>&1 || status=$?
cat out

expect() { # pattern
    if ! grep -Eq "$1" out; then
        echo "expected: $1"
        exit 1
    fi
}
[ "$status" = 1 ] || { echo "exit status $status, expected 1"; exit 1; }
expect '^pass +[0-9]+/[0-9]+ passes '
expect '^pass +[0-9]+/[0-9]+ clean-env '
expect '^fail +[0-9]+/[0-9]+ fails .* exit status 1$'
expect '^ +\| the reason stands here$'
expect '^skip +[0-9]+/[0-9]+ skips .* no such device$'
expect '^fail +[0-9]+/[0-9]+ crashes .* killed by SIGSEGV$'
expect '^fail +[0-9]+/[0-9]+ hangs .* no end after 1 s$'
expect '^fail +[0-9]+/[0-9]+ hangs-deep .* no end after 1 s$'
expect '^fail +[0-9]+/[0-9]+ leaks .* left a process behind: sleep 1000$'
expect '^fail +[0-9]+/[0-9]+ missing .* exit status 127$'
[ "$(tail -n 1 out)" = "2 passed, 6 failed, 1 skipped" ] || { echo "wrong closing line"; exit 1; }

# Nothing that the tests started is alive, and a run that fails nothing ends with 0.
printf 'passes\t%s\t20\t-\t\t\n' "$tmp/passes" >list
"$run_tests" --build "$tmp" --list list >out
[ "$(tail -n 1 out)" = "1 passed, 0 failed, 0 skipped" ] || { echo "wrong closing line"; exit 1; }
# A run of nothing is not a pass.
: >list
if "$run_tests" --build "$tmp" --list list >out; then
    echo "a run without tests was reported as a pass"
    exit 1
fi
