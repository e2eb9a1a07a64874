#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A program that knows nothing of Tenon, on the HIP stand-in: with the header of Debian's libamdhip64-dev (fetched into the build
# directory, used by this test only). Skipped where the package can't be had.
set -eu
here=tests/unit/sim_hip/foreign
dir=$TENON_BUILD/foreign-hip
image=$TENON_BUILD/tests/sim_hip.co
mkdir -p "$dir"
if [ -e /usr/include/hip/hip_runtime_api.h ]; then
    include=/usr/include
else
    include=$dir/usr/include
    if [ ! -e "$include/hip/hip_runtime_api.h" ]; then
        (cd "$dir" && timeout 120 apt-get download -q libamdhip64-dev > fetch.log 2>&1 && dpkg -x libamdhip64-dev_*.deb .) || {
            echo "skipped: the package libamdhip64-dev (HIP's header) can't be had"
            exit 77
        }
    fi
fi
${CC:-gcc} -std=c11 -w -I. -I"$include" -c -o "$dir/numbers.o" $here/numbers.c
echo "the numbers and layouts are those of Debian's HIP header"

# linked as AMD's library and as DTK's, each with the symbol versions of the real one
for soname in libamdhip64.so.5 libgalaxyhip.so.5; do
    ${CC:-gcc} -shared -fPIC -w -nostdlib -Wl,-soname,$soname -Wl,--version-script="$TENON_BUILD/gen/sim_hip.map" \
        -o "$dir/$soname" "$TENON_BUILD/tests/stubs/libgalaxyhip.so.5.c"
    ${CXX:-g++} -std=c++17 -w -I"$include" -o "$dir/client-$soname" $here/client.cpp "$dir/$soname"
    "$TENON_BUILD/bin/tenon" run --sim=bw1000 -- "$dir/client-$soname" "$image"
done
if "$TENON_BUILD/bin/tenon" run --sim=a100 -- "$dir/client-libamdhip64.so.5" "$image" > /dev/null 2>&1; then
    echo "the program ran where no HIP device is simulated"
    exit 1
fi
