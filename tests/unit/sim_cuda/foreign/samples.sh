#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# NVIDIA's public samples for the driver API, unmodified, on the stand-in under `tenon run`: TENON_CUDA_SAMPLES names a copy of
# github.com/NVIDIA/cuda-samples, which is not ours to carry. The header comes from PyPI (nvidia-cuda-runtime), as in run.sh;
# their kernel files, for which nvcc would be needed, are made by `tenoncc -fatbin`.
set -eu
samples=${TENON_CUDA_SAMPLES-}
[ -f "$samples/Samples/0_Introduction/vectorAddDrv/vectorAddDrv.cpp" ] || {
    echo "set TENON_CUDA_SAMPLES to a copy of github.com/NVIDIA/cuda-samples"
    exit 77
}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
. "$(dirname "$0")/common.sh"
# The headers that the samples of today want: cuCtxCreate with four parameters, and before.
for package in nvidia-cuda-runtime:13.0.96 nvidia-cuda-runtime-cu12:12.8.90; do
    wheel "${package%:*}" "${package#*:}" || { echo "the package $package cannot be had"; exit 77; }
done
include=$(header nvidia-cuda-runtime)
older=$(header nvidia-cuda-runtime-cu12)
stub

run_sample() { # folder, name, header, fat binary, words of its output
    cd "$dir"
    ${CXX:-c++} -O1 -std=c++17 -w -I"$3" -I"$samples/Common" "$samples/Samples/$1/$2.cpp" -o "$2" -L"$dir" -lcuda
    if [ -n "$4" ]; then
        "$TENON_BUILD/bin/tenoncc" -fatbin "$samples/Samples/$1/$4.cu" -o "$4.fatbin"
        cp "$4.fatbin" "${4}64.fatbin"
    fi
    env -u TENON_SIM "$TENON_BUILD/bin/tenon" run --sim=a100 -- "./$2" > log 2>&1 || { cat log; exit 1; }
    grep -q "$5" log || { cat log; echo "$2 does not say \"$5\""; exit 1; }
    echo "$2: $5"
}
run_sample 0_Introduction/vectorAddDrv vectorAddDrv "$include" vectorAdd_kernel "Result = PASS"
run_sample 0_Introduction/matrixMulDrv matrixMulDrv "$include" matrixMul_kernel "Result = PASS"
run_sample 1_Utilities/deviceQueryDrv deviceQueryDrv "$older" "" "Result = PASS"
