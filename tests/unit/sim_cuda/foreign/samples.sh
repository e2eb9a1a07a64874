#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# NVIDIA's public samples for the driver API, unmodified, on the stand-in under `tenon run`: TENON_CUDA_SAMPLES names a copy of
# github.com/NVIDIA/cuda-samples, which is not ours to carry. The header comes from PyPI (nvidia-cuda-runtime), as in run.sh;
# their kernel files, for which nvcc would be needed, are made by `tenoncc -fatbin`.
set -eu
root=$(cd "$(dirname "$0")/../../../.." && pwd)
build=$(cd "${TENON_BUILD:-build}" && pwd)
samples=${TENON_CUDA_SAMPLES-}
[ -f "$samples/Samples/0_Introduction/vectorAddDrv/vectorAddDrv.cpp" ] || {
    echo "set TENON_CUDA_SAMPLES to a copy of github.com/NVIDIA/cuda-samples"
    exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The headers that the samples of today want: cuCtxCreate with four parameters, and before.
for version in 13.0.96:nvidia-cuda-runtime 12.8.90:nvidia-cuda-runtime-cu12; do
    package=${version#*:} version=${version%%:*}
    if ! python3 -m pip --disable-pip-version-check download -q --no-deps --only-binary :all: -d "$work" "$package==$version" ||
       ! python3 -m zipfile -e "$work/$(echo "$package" | tr - _)-$version"*.whl "$work/$version"; then
        echo "the package $package $version cannot be had"
        exit 77
    fi
done
include=$(dirname "$(find "$work/13.0.96" -name cuda.h)")
older=$(dirname "$(find "$work/12.8.90" -name cuda.h)")

# what a program links on a machine without the driver: the vendor's soname and names
sed -n 's/^FN(\([A-Za-z0-9_]*\),.*/int cu\1(void); int cu\1(void) { return 34; }/p' "$root/drivers/sim/cuda/functions.def" > "$work/stub.c"
${CC:-cc} -shared -fPIC -w -nostdlib -Wl,-soname,libcuda.so.1 -o "$work/libcuda.so" "$work/stub.c"

run_sample() { # folder, name, header, fat binary, words of its output
    cd "$work"
    ${CXX:-c++} -O1 -std=c++17 -w -I"$3" -I"$samples/Common" "$samples/Samples/$1/$2.cpp" -o "$2" -L"$work" -lcuda
    if [ -n "$4" ]; then
        "$build/bin/tenoncc" -fatbin "$samples/Samples/$1/$4.cu" -o "$4.fatbin"
        cp "$4.fatbin" "${4}64.fatbin"
    fi
    env -u TENON_SIM "$build/bin/tenon" run --sim=a100 -- "./$2" > log 2>&1 || { cat log; exit 1; }
    grep -q "$5" log || { cat log; echo "$2 does not say \"$5\""; exit 1; }
    echo "$2: $5"
}
run_sample 0_Introduction/vectorAddDrv vectorAddDrv "$include" vectorAdd_kernel "Result = PASS"
run_sample 0_Introduction/matrixMulDrv matrixMulDrv "$include" matrixMul_kernel "Result = PASS"
run_sample 1_Utilities/deviceQueryDrv deviceQueryDrv "$older" "" "Result = PASS"
