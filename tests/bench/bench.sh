#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the benches of a build directory, $TENON_BUILD, one after the other; results also as JSON beside them.
set -eu
build=${TENON_BUILD:-build}
mkdir -p "$build/bench"
for device in a100 ascend910b bw1000 s5000; do
    "$build/samples/bench-submit" "$build/tests/bench.tnb" "$device" "$build/bench/submit-$device.json"
done
"$build/samples/bench-vector" "$build/tests/bench-vector-off.tnb" "$build/tests/bench-vector-auto.tnb"
echo "JSON: $build/bench/submit-*.json"
