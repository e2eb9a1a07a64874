# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# What programs that know nothing of Tenon are built with, read by run.sh and samples.sh: NVIDIA's packages, and a library to link
# against. Both go into the folder $dir. Run in the repository's root.
: "${dir:?}"

# wheel PACKAGE VERSION: unpacks it into $dir/PACKAGE, once; fails where it can't be had
wheel() {
    [ -d "$dir/$1" ] && return 0
    command -v pip3 > /dev/null || return 1
    timeout 120 pip3 --disable-pip-version-check download -q --no-deps --only-binary :all: -d "$dir" "$1==$2" > "$dir/$1.log" 2>&1 &&
        python3 -m zipfile -e "$dir/$(echo "$1" | tr - _)-$2"*.whl "$dir/$1.part" && mv "$dir/$1.part" "$dir/$1"
}

# header PACKAGE: the folder of its cuda.h
header() {
    dirname "$(find "$dir/$1" -name cuda.h)"
}

# stub: $dir/libcuda.so, with the vendor's soname and names and nothing behind them, as on a machine without the driver
stub() {
    sed -n 's/^FN(\([A-Za-z0-9_]*\),.*/int cu\1(void); int cu\1(void) { return 34; }/p' drivers/sim/cuda/functions.def > "$dir/stub.c"
    ${CC:-cc} -shared -fPIC -w -nostdlib -Wl,-soname,libcuda.so.1 -o "$dir/libcuda.so" "$dir/stub.c"
}
