# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# What programs that know nothing of Tenon are built with, read by run.sh and samples.sh: HIP's header of Debian's libamdhip64-dev,
# and libraries to link against. Both go into the folder $dir. Run in the repository's root.
: "${dir:?}"

# header: sets $include to the folder of hip/hip_runtime_api.h, fetching the package if it is not installed; fails where it can't be had
header() {
    include=/usr/include
    [ ! -e $include/hip/hip_runtime_api.h ] || return 0
    include=$dir/usr/include
    [ -e "$include/hip/hip_runtime_api.h" ] ||
        (cd "$dir" && timeout 120 apt-get download -q libamdhip64-dev > fetch.log 2>&1 && dpkg -x libamdhip64-dev_*.deb .)
}

# stub SONAME: $dir/SONAME, with the names and symbol versions of the real one and nothing behind them
stub() {
    ${CC:-cc} -shared -fPIC -w -nostdlib -Wl,-soname,"$1" -Wl,--version-script="$TENON_BUILD/gen/sim_hip.map" \
        -o "$dir/$1" "$TENON_BUILD/tests/stubs/libgalaxyhip.so.5.c"
}
