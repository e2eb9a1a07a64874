#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the fuzz targets with clang's libFuzzer and runs each for $FUZZ_SECONDS. What crashed stays in $TENON_BUILD/fuzz.
set -eu
build=${TENON_BUILD:-build}
seconds=${FUZZ_SECONDS:-60}
mkdir -p "$build/fuzz"
flags="-g -O1 -fsanitize=fuzzer,address -D_GNU_SOURCE -Iinclude -I. -Wno-unused-command-line-argument"
engine=$(ls drivers/sim/engine/*.c drivers/sim/engine/*.S)

run() {  # target, sources, libraries, seeds...
    target=$1 sources=$2 libraries=$3
    shift 3
    # shellcheck disable=SC2086
    clang-19 $flags -o "$build/fuzz/$target" "tests/fuzz/$target.c" $sources $libraries
    mkdir -p "$build/fuzz/$target.corpus"
    cp "$@" "$build/fuzz/$target.corpus/"
    echo "== $target, $seconds s"
    "$build/fuzz/$target" -max_total_time="$seconds" -rss_limit_mb=4096 -artifact_prefix="$build/fuzz/$target-" \
        -print_final_stats=1 "$build/fuzz/$target.corpus" 2>&1 | grep -vE '^#|NEW|REDUCE' | tail -n 12
}

run bundle "bundle/bundle.c bundle/ktab.c" -lelf "$build/lib/tenon/kernels/cts.tnb"
run container "drivers/common/container.c drivers/common/container_elf.c bundle/ktab.c" "" \
    "$build/tests/fuzz.fatbin" "$build/tests/fuzz.co" "$build/tests/fuzz.ascend"
export TENON_SIM_PROFILES=drivers/sim/profiles
run image "$engine bundle/ktab.c" "-linih -ldl -pthread" "$build/tests/engine-kernels.so" "$build/tests/engine-plain.so"
run config "$engine bundle/ktab.c" "-linih -ldl -pthread" drivers/sim/profiles/*.ini tests/fuzz/list.txt
run safetensors samples/semantic_search/safetensors.c -ljansson samples/semantic_search/reference.safetensors
