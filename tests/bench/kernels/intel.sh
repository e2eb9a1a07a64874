#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs Intel's OpenCL runtime for processors, by package name, into the build directory; nothing else sees it.
# A prefix and not a target, since pip leaves the shared libraries out of a target.
set -u
build=${TENON_BUILD:-build}
peers=$build/bench/peers
[ "$(uname -m)" = x86_64 ] || { echo "intel.sh: Intel's runtime is for x86-64 alone" >&2; exit 1; }
if [ -z "$(find "$peers" -name libintelocl.so 2>/dev/null)" ]; then
    mkdir -p "$peers"
    echo "installing intel-opencl-rt with intel-cmplr-lib-rt and tbb into $peers"
    timeout 600 python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --ignore-installed \
        --prefix "$peers/intel" intel-opencl-rt intel-cmplr-lib-rt tbb >"$peers/pip.log" 2>&1 || {
        tail -n 3 "$peers/pip.log" >&2
        echo "intel.sh: Intel's OpenCL runtime can't be had here" >&2
        exit 1
    }
fi
