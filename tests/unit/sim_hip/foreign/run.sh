#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A program that knows nothing of Tenon, on the HIP stand-in: with the header of Debian's libamdhip64-dev (fetched into the build
# directory, used by this test only). Skipped where the package can't be had.
set -eu
here=$(dirname "$0")
dir=$TENON_BUILD/foreign-hip
image=$TENON_BUILD/tests/sim_hip.co
mkdir -p "$dir"
. "$here/common.sh"
header || {
    echo "skipped: the package libamdhip64-dev (HIP's header) can't be had"
    exit 77
}
${CC:-cc} -std=c11 -w -I. -I"$include" -c -o "$dir/numbers.o" "$here/numbers.c"
echo "the numbers and layouts are those of Debian's HIP header"

# linked as AMD's library and as DTK's, each with the symbol versions of the real one
for soname in libamdhip64.so.5 libgalaxyhip.so.5; do
    stub $soname
    ${CXX:-c++} -std=c++17 -w -I"$include" -o "$dir/client-$soname" "$here/client.cpp" "$dir/$soname"
    "$TENON_BUILD/bin/tenon" run --sim=bw1000 -- "$dir/client-$soname" "$image"
done
if "$TENON_BUILD/bin/tenon" run --sim=a100 -- "$dir/client-libamdhip64.so.5" "$image" > /dev/null 2>&1; then
    echo "the program ran where no HIP device is simulated"
    exit 1
fi
