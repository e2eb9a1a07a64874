#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# table.sh FAMILY [PREFIX]: the stand-in exports the names of its functions.def, PREFIX before each, and the five of our own, nothing
# else; the page made from it is current.
set -eu
family=$1 prefix=${2-}
library=$TENON_BUILD/lib/tenon/sim/libtenon-sim-$family.so
page=docs/sim-$family-functions.md
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
drivers/sim/common/functions.sh "$family" "$library" > "$work/page"
cmp "$work/page" "$page" || {
    echo "$page is stale; make it anew: drivers/sim/common/functions.sh $family $library > $page"
    exit 1
}
{ sed -n "s/^FN(\([A-Za-z0-9_]*\),.*/$prefix\1/p" "drivers/sim/$family/functions.def"
  printf '%s\n' tenon_sim_configure tenon_sim_marker tenon_sim_fault tenon_sim_message tenon_sim_release; } | sort > "$work/table"
nm -D --defined-only "$library" | awk '$2 != "A" { print $3 }' | sed 's/@.*//' | sort > "$work/exported"
diff "$work/table" "$work/exported" || { echo "the table and the exports differ"; exit 1; }
