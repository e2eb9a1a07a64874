#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Programs that know nothing of Tenon, on the CUDA stand-in: with NVIDIA's header and its Python bindings from PyPI (fetched by
# name into the build directory, used by this test only). Skipped where the packages can't be had.
set -eu
here=tests/unit/sim_cuda/foreign
dir=$TENON_BUILD/foreign
image=$TENON_BUILD/tests/sim_cuda.fatbin
mkdir -p "$dir"

# name, version: unpacks the wheel once
wheel() {
    [ -e "$dir/$1.done" ] && return 0
    command -v pip3 > /dev/null || return 1
    timeout 120 pip3 --disable-pip-version-check download -q --no-deps --only-binary :all: -d "$dir" "$1==$2" > "$dir/$1.log" 2>&1 || return 1
    python3 -m zipfile -e "$dir/$(echo "$1" | tr - _)"-*.whl "$dir" && touch "$dir/$1.done"
}

if ! wheel nvidia-cuda-runtime-cu12 12.8.90; then
    echo "skipped: the package nvidia-cuda-runtime-cu12 (NVIDIA's header) can't be had"
    exit 77
fi
include=$dir/nvidia/cuda_runtime/include
${CC:-gcc} -std=c11 -I. -I"$include" -c -o "$dir/numbers.o" $here/numbers.c
echo "the numbers and layouts are those of NVIDIA's header"

# a library with the vendor's soname and names, to link against as one does on a machine without the driver
sed -n 's/^FN(\([A-Za-z0-9_]*\),.*/int cu\1(void); int cu\1(void) { return 34; }/p' drivers/sim/cuda/functions.def > "$dir/stub.c"
${CC:-gcc} -shared -fPIC -w -nostdlib -Wl,-soname,libcuda.so.1 -o "$dir/libcuda.so" "$dir/stub.c"
${CC:-gcc} -std=c11 -I"$include" -o "$dir/client" $here/client.c -L"$dir" -lcuda
"$TENON_BUILD/bin/tenon" run --sim=a100 -- "$dir/client" "$image"
if "$TENON_BUILD/bin/tenon" run --sim=bw1000 -- "$dir/client" "$image" > /dev/null 2>&1; then
    echo "the program ran where no CUDA device is simulated"
    exit 1
fi

if wheel cuda-bindings 12.8.0 && PYTHONPATH=$dir python3 -c 'import cuda.bindings' 2> /dev/null; then
    PYTHONPATH=$dir "$TENON_BUILD/bin/tenon" run --sim=v100 -- python3 $here/bindings.py "$image"
else
    echo "cuda.bindings was left out: the package for this Python can't be had"
fi
