#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Random kernels, tenoncc against the oracle. Usage: run.sh [FIRST_SEED [SEEDS [KERNELS]]]; TENON_BUILD names the build,
# RANDOM_MAKER what writes the kernels (random_vectors.py: for the vectoriser), TENONCC_FLAGS options (--vector=all), TENONCC_CPU a level.
set -eu
maker=${RANDOM_MAKER:-random_kernels.py}
first=${1:-1} seeds=${2:-2} kernels=${3:-12}
root=$(cd "$(dirname "$0")/../../.." && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
flags="-D_GNU_SOURCE -O1 -w -I$root -I$root/include"
for f in tests/kernels/harness tests/kernels/harness_main bundle/bundle bundle/ktab; do
    ${CC:-cc} -std=c11 $flags -c "$root/$f.c" -o "$dir/$(basename $f).o"
done
failed=0
for seed in $(seq "$first" $((first + seeds - 1))); do
    python3 "$root/tests/kernels/random/$maker" "$seed" "$kernels" "$dir"
    "$TENON_BUILD/bin/tenoncc" --target=sim ${TENONCC_FLAGS:-} ${TENONCC_CPU:+--cpu=$TENONCC_CPU} "$dir/random.cu" -o "$dir/random.tnb"
    ${CXX:-c++} -std=c++17 $flags -I"$dir" "$dir/random.cc" "$dir"/harness*.o "$dir"/bundle.o "$dir"/ktab.o -lelf -ldl -o "$dir/random"
    if ! timeout 60 "$dir/random" "$dir/random.tnb"; then
        echo "seed $seed fails: $maker $seed $kernels DIR makes it again"
        failed=1
    fi
done
[ $failed = 0 ] && echo "$seeds seeds of $kernels kernels agree"
exit $failed
