#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every kernel of the benchmark at tiny sizes on every peer that is here, results checked; nothing is timed, nothing fetched.
set -eu
build=${TENON_BUILD:-build}
here=$(dirname "$0")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/bench/kernels/peers.sh
. "$here/peers.sh"
show_peers
bench() {
    "$build/obj/bench/bench-kernels" --sources="$here" "$@"
}

bench --quick --rounds=1 --printed --json="$tmp/kernels.json" --html="$tmp/kernels.html"
python3 - "$tmp/kernels.json" "$tmp/kernels.html" <<'PY'
import json, sys
report, page = json.load(open(sys.argv[1])), open(sys.argv[2]).read()
names = [k["name"] for k in report["kernels"]]
assert len(names) >= 30 and len(set(names)) == len(names), names
for kernel in report["kernels"]:
    assert ">%s <" % kernel["name"] in page, kernel["name"]
    for peer, run in kernel["runs"].items():
        assert run["measured"] and run["right"], (kernel["name"], peer, run)
PY

# What must fail does: a kernel that computes something else, and wrong command lines.
sed 's/a \* x\[i\] + y\[i\]/a * x[i] - y[i]/' "$here/streaming.cl" >"$tmp/streaming.cl"
code=0
"$build/obj/bench/bench-kernels" --sources="$tmp" --quick --rounds=1 --only=saxpy --peers=pocl,hand >"$tmp/out" 2>&1 || code=$?
if ! grep -q 'no OpenCL platform' "$tmp/out"; then
    [ $code = 1 ] && grep -q 'WRONG' "$tmp/out" && grep -q 'saxpy on pocl: buffer B: 5000 of 5000 differ' "$tmp/out" ||
        { echo "a wrong kernel was not found, exit code $code"; cat "$tmp/out"; exit 1; }
fi
for wrong in --nonsense --only=nothing --rounds=0; do
    code=0
    bench "$wrong" >"$tmp/out" 2>&1 || code=$?
    [ $code = 2 ] || { echo "$wrong: exit code $code, expected 2"; exit 1; }
done
bench --help | grep -q '^usage:'
