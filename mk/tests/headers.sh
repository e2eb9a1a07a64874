#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each public header compiles alone, twice in one file, as C11 and as C++11, with gcc and clang; as C++ also with all
# the others behind it.
set -eu
tmp=${TMPDIR:-/tmp}
failed=0
warn="-Wall -Wextra -Wpedantic -Wshadow -Werror -fsyntax-only"

compile() { # compiler, standard, language, file, what
    # shellcheck disable=SC2086 # a list of flags
    if ! "$1" -x "$3" -std="$2" $warn -Iinclude "$4" >"$tmp/out" 2>&1; then
        echo "$5 does not compile alone with $1 -std=$2:"
        head -n 20 "$tmp/out"
        failed=1
    fi
}

count=0
: >"$tmp/all.cc"
for header in include/tenon/*.h; do
    [ -e "$header" ] || { echo "there are no headers in include/tenon"; exit 1; }
    name=${header#include/}
    count=$((count + 1))
    printf '#include "%s"\n#include "%s"\nextern int tn_header_alone;\n' "$name" "$name" >"$tmp/one.c"
    cp "$tmp/one.c" "$tmp/one.cc"
    printf '#include "%s"\n' "$name" >>"$tmp/all.cc"
    for pair in gcc:g++ clang:clang++; do
        if ! command -v "${pair%%:*}" >/dev/null 2>&1; then
            continue
        fi
        compile "${pair%%:*}" c11 c "$tmp/one.c" "$name"
        compile "${pair##*:}" c++11 c++ "$tmp/one.cc" "$name"
    done
done
compile g++ c++11 c++ "$tmp/all.cc" "all headers together"
echo "$count headers"
exit $failed
