#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Random kernels printed as OpenCL C, on the first OpenCL device, against the oracle of tests/kernels/random.
# Usage: random.sh [FIRST_SEED [SEEDS [KERNELS]]]; TENON_BUILD names the build.
set -eu
first=${1:-101} seeds=${2:-1} kernels=${3:-3}
root=$(cd "$(dirname "$0")/../../.." && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0
for seed in $(seq "$first" $((first + seeds - 1))); do
    python3 "$root/tests/kernels/random/random_kernels.py" "$seed" "$kernels" "$dir"
    sed -i 's,tests/kernels/random/compare.h,tests/integration/opencl/compare.h,' "$dir/random.cc"
    "$TENON_BUILD/bin/tenoncc" --target=opencl-c "$dir/random.cu" -o "$dir/random.tnb"
    ${CXX:-c++} -std=c++17 -D_GNU_SOURCE -O1 -w -I"$root" -I"$root/include" -I"$dir" "$dir/random.cc" -o "$dir/random" \
        -L"$TENON_BUILD/lib" -ltenon -Wl,-rpath,"$TENON_BUILD/lib"
    status=0
    timeout 200 "$dir/random" "$dir/random.tnb" || status=$?
    [ $status = 77 ] && exit 77
    if [ $status != 0 ]; then
        echo "seed $seed fails: random_kernels.py $seed $kernels DIR makes it again"
        failed=1
    fi
done
[ $failed = 0 ] && echo "$seeds seeds of $kernels kernels agree"
exit $failed
