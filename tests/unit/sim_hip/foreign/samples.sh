#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A public HIP program, unmodified, on the stand-in under `tenon run`: TENON_HIP_SAMPLES names a copy of github.com/ROCm/rocm-examples,
# which is not ours to carry. The header is that of Debian's libamdhip64-dev; the kernel file, for which hipcc would be needed, is
# made by `tenoncc --genco`.
set -eu
samples=${TENON_HIP_SAMPLES-}
[ -f "$samples/HIP-Basic/module_api/main.hip" ] || {
    echo "set TENON_HIP_SAMPLES to a copy of github.com/ROCm/rocm-examples"
    exit 77
}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
. "$(dirname "$0")/common.sh"
header || {
    echo "the package libamdhip64-dev cannot be had"
    exit 77
}
stub libgalaxyhip.so.5
cd "$dir"
${CXX:-c++} -std=c++17 -w -D__HIP_PLATFORM_AMD__ -x c++ -I"$include" -I"$samples/Common" "$samples/HIP-Basic/module_api/main.hip" \
    -x none -o module_api libgalaxyhip.so.5
"$TENON_BUILD/bin/tenoncc" --genco -x cu "$samples/HIP-Basic/module_api/module.hip" -o module.co
env -u TENON_SIM "$TENON_BUILD/bin/tenon" run --sim=bw1000 -- ./module_api > log 2>&1 || { cat log; exit 1; }
grep -q "Validation passed" log || { cat log; exit 1; }
echo "module_api: Validation passed"
