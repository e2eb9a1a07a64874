#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# One program of tests/kernels by its OpenCL C image on one platform. Usage: opencl.sh PROGRAM PLATFORM (a part of its name).
set -u
build=${TENON_BUILD:-build}
root=$(cd "$(dirname "$0")/../.." && pwd)
# Intel's runtime, where `make bench-kernels` or tests/bench/kernels/intel.sh has put it.
. "$root/tests/bench/kernels/peers.sh"
show_peers
grep -o 'kernel .* is left out of target opencl-c: .*' "$build/tests/kernels/$1-opencl.refused" | sed 's/^/refused: /'
TENON_TEST_PLATFORM=$2 "$build/obj/kernels-opencl/$1" "$build/tests/kernels/$1-opencl.tnb"
status=$?
[ $status = 77 ] && [ "$2" = Intel ] && echo "Intel's OpenCL runtime is not here: make check-intel fetches it"
exit $status
