#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `make bench-kernels`: gets Intel's runtime when it can be had, and runs all kernels; OPTION... as bench-kernels --help.
set -eu
build=${TENON_BUILD:-build}
here=$(dirname "$0")
TENON_BUILD=$build "$here/intel.sh" || echo "going on without Intel's OpenCL runtime"
# shellcheck source=tests/bench/kernels/peers.sh
. "$here/peers.sh"
show_peers
status=0
"$build/obj/bench/bench-kernels" --sources="$here" --json="$build/bench/kernels.json" --html="$build/bench/kernels.html" "$@" || status=$?
[ $status = 2 ] || echo "JSON and bars: $build/bench/kernels.json $build/bench/kernels.html"
exit $status
