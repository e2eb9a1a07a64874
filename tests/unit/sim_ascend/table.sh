#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The stand-in exports exactly the names of functions.def, and the page made from it is current.
set -eu
root=$(cd "$(dirname "$0")/../../.." && pwd)
library=${TENON_BUILD:-build}/lib/tenon/sim/libtenon-sim-ascend.so
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$root/drivers/sim/ascend/functions.sh" page > "$work/page"
cmp "$work/page" "$root/docs/sim-ascend-functions.md" || {
    echo "docs/sim-ascend-functions.md is stale; run drivers/sim/ascend/functions.sh page"
    exit 1
}
{ sed -n 's/^ACL_[A-Z]*(\([A-Za-z0-9_]*\),.*/\1/p' "$root/drivers/sim/ascend/functions.def"
  printf '%s\n' tenon_sim_configure tenon_sim_marker tenon_sim_message; } | sort > "$work/table"
sort "$work/table" | uniq -d > "$work/twice"
test ! -s "$work/twice" || { echo "twice in functions.def:"; cat "$work/twice"; exit 1; }
nm -D --defined-only "$library" | awk '$2 == "T" { print $3 }' | sed 's/@.*//' | sort > "$work/exported"
diff "$work/table" "$work/exported" || { echo "the table and the exports differ"; exit 1; }
test "$(readlink -f "${TENON_BUILD:-build}/lib/tenon/sim/ascend/libascendcl.so")" = "$(readlink -f "$library")"
test "$(readlink -f "${TENON_BUILD:-build}/lib/tenon/sim/ascend/libacl_rt.so")" = "$(readlink -f "$library")"
