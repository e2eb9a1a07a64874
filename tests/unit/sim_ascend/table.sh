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
  printf '%s\n' tenon_sim_configure tenon_sim_marker tenon_sim_message tenon_sim_release; } | sort > "$work/table"
sort "$work/table" | uniq -d > "$work/twice"
test ! -s "$work/twice" || { echo "twice in functions.def:"; cat "$work/twice"; exit 1; }
vendor=${TENON_BUILD:-build}/lib/tenon/sim/ascend/libascendcl.so
for file in "$library" "$vendor"; do
    nm -D --defined-only "$file" | awk '$2 == "T" { print $3 }' | sed 's/@.*//' | sort > "$work/exported"
    diff "$work/table" "$work/exported" || { echo "the table and the exports of $file differ"; exit 1; }
done
readelf -d "$library" | grep -q 'SONAME.*\[libtenon-sim-ascend.so\]' || { echo "$library has no private soname"; exit 1; }
readelf -d "$vendor" | grep -q 'SONAME.*\[libascendcl.so\]' || { echo "$vendor has not the vendor's soname"; exit 1; }
test "$(readlink -f "$(dirname "$vendor")/libacl_rt.so")" = "$(readlink -f "$vendor")"
