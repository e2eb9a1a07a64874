#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# All of kernels/ on Intel's OpenCL runtime for processors, as `make check-intel` has put it into the build directory.
set -eu
build=${TENON_BUILD:-build}
root=$(cd "$(dirname "$0")/../../.." && pwd)
# shellcheck source=tests/bench/kernels/peers.sh
. "$root/tests/bench/kernels/peers.sh"
library=$(find "$peers" -name libintelocl.so 2>/dev/null | head -n 1)
[ -n "$library" ] || { echo "Intel's OpenCL runtime is not in the build directory: make check-intel fetches it"; exit 77; }
alone=$(mktemp -d)
trap 'rm -rf "$alone"' EXIT
readlink -f "$library" >"$alone/intel.icd"
OCL_ICD_VENDORS=$alone "$build/tests/kernels_test" | tee "$alone/out"
grep -q '(opencl, .*all kernels agree' "$alone/out"
