#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tenoncc's short way through the front end: it is taken where it may be, gives the same bytes as the long way, moves with the
# installation, and stands back for other options, changed headers and errors.
set -u
build=$(cd "${TENON_BUILD:-build}" && pwd)
dir=${TMPDIR:-/tmp}/tenon-front.$$
trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir/bin" "$dir/lib/tenon" "$dir/folder" && cd "$dir" || exit 1
failed=0
cp "$build/bin/tenoncc" bin/ && cp -r "$build"/lib/tenon/include "$build"/lib/tenon/device "$build"/lib/tenon/pch lib/tenon/ || exit 1

cat >k.cu <<'EOF'
#include "value.h"
static __device__ int table[4] = { 1, 2, 3, VALUE };
extern "C" __global__ void k(int *out, int n)
{
    int unused;
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    out[i] = table[i & 3] * n + __shfl_xor_sync(0xffffffffu, i, 1) + (int)sinf(i) + __LINE__;
}
EOF
echo '#define VALUE 4' >folder/value.h

way() { # expected, what, arguments...
    wanted=$1 what=$2
    shift 2
    bin/tenoncc -v --target=sim "$@" k.cu -o out.tnb >log 2>&1
    status=$?
    if grep -q '^ clang++-19 -x cuda' log; then way=long; else way=short; fi
    if [ "$way" != "$wanted" ] || [ $status != 0 ]; then
        echo "$what: took the $way way, ended with $status"
        cat log
        failed=1
    fi
}

way short "the usual options" -Ifolder
cp out.tnb short.tnb
TENONCC_CLANG=clang++-19 way long "a clang of one's own" -I folder
cmp out.tnb short.tnb || { echo "the two ways give other bytes"; failed=1; }
way short "macros, warnings, dependencies" -I folder -DA=1 -D B -Wall -MD
grep -q 'k.cu:5:9: warning' log || { echo "the warning got lost"; failed=1; }
grep -q 'folder/value.h' out.tnb.d && grep -q 'tenon_math.h' out.tnb.d || { echo "dependencies are missing"; failed=1; }
way long "another standard" -Ifolder -std=c++20
way long "a macro that our headers look at" -Ifolder -DNDEBUG
way long "an option of the driver" -Ifolder -fno-exceptions
bin/tenoncc --target=sim k.cu -o out.tnb >log 2>&1
[ $? = 1 ] && [ "$(grep -c 'fatal error' log)" = 1 ] || { echo "an error is told once, with status 1:"; cat log; failed=1; }
echo '/* changed */' >>lib/tenon/include/tenon_math.h
way long "changed headers" -Ifolder
bin/tenoncc --make-pch || { echo "--make-pch failed"; failed=1; }
way short "headers precompiled anew" -Ifolder
echo damaged >lib/tenon/pch/w32.pch
way long "damaged precompiled headers" -Ifolder
rm -r lib/tenon/pch
way long "no precompiled headers" -Ifolder
exit $failed
