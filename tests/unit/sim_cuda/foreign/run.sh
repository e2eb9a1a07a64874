#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Programs that know nothing of Tenon, on the CUDA stand-in: with NVIDIA's header and its Python bindings from PyPI (fetched by
# name into the build directory, used by this test only). Skipped where the packages can't be had.
set -eu
here=$(dirname "$0")
dir=$TENON_BUILD/foreign
image=$TENON_BUILD/tests/sim_cuda.fatbin
mkdir -p "$dir"
. "$here/common.sh"

if ! wheel nvidia-cuda-runtime-cu12 12.8.90; then
    echo "skipped: the package nvidia-cuda-runtime-cu12 (NVIDIA's header) can't be had"
    exit 77
fi
include=$(header nvidia-cuda-runtime-cu12)
${CC:-cc} -std=c11 -I. -I"$include" -c -o "$dir/numbers.o" "$here/numbers.c"
echo "the numbers and layouts are those of NVIDIA's header"

stub
${CC:-cc} -std=c11 -I"$include" -o "$dir/client" "$here/client.c" -L"$dir" -lcuda
"$TENON_BUILD/bin/tenon" run --sim=a100 -- "$dir/client" "$image"
if "$TENON_BUILD/bin/tenon" run --sim=bw1000 -- "$dir/client" "$image" > /dev/null 2>&1; then
    echo "the program ran where no CUDA device is simulated"
    exit 1
fi

if wheel cuda-bindings 12.8.0 && PYTHONPATH=$dir/cuda-bindings python3 -c 'import cuda.bindings' 2> /dev/null; then
    PYTHONPATH=$dir/cuda-bindings "$TENON_BUILD/bin/tenon" run --sim=v100 -- python3 "$here/bindings.py" "$image"
else
    echo "cuda.bindings was left out: the package for this Python can't be had"
fi
