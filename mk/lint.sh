#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# clang-tidy and cppcheck over the C sources, shellcheck over the scripts. Usage: mk/lint.sh BUILD SOURCE...
set -eu
build=$1
shift
failed=0

echo "lint: shellcheck"
# shellcheck disable=SC2046 # a list of files
shellcheck -x -P SCRIPTDIR -S warning $(git ls-files '*.sh') || failed=1
shellcheck -S warning .ci/run || failed=1

echo "lint: cppcheck, $# files"
mkdir -p "$build/cppcheck"
cppcheck --quiet --std=c11 --enable=warning,portability --inline-suppr --error-exitcode=1 -j "$(nproc)" \
    --cppcheck-build-dir="$build/cppcheck" --suppress=missingIncludeSystem --suppress=unusedFunction --suppress=readdirCalled \
    --suppress='*:/usr/*' --library=posix -D_GNU_SOURCE -D__x86_64__ -Iinclude -I. "$@" || failed=1

echo "lint: clang-tidy"
# Debian's clang-tidy knows _Float16 on x86 only where the processor has it.
half=$([ "$(uname -m)" = x86_64 ] && echo -mavx512fp16 || true)
# clang-tidy prints a count of hidden warnings for each file; only what it finds matters here.
printf '%s\n' "$@" | xargs -n 8 -P "$(nproc)" sh -c 'clang-tidy --quiet --warnings-as-errors="*" "$@" -- -std=c11 \
    -D_GNU_SOURCE -DTN_VERSION_STRING=\"lint\" -Iinclude -I. -I'"$build"'/gen -I/usr/include/libdrm \
    -I/usr/lib/llvm-19/include '"$half"' 2>/dev/null' clang-tidy || failed=1
[ $failed = 0 ] && echo "lint: nothing found"
exit $failed
