#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The stand-in exports the names of functions.def and the three marks, nothing else; the page made from it is current.
set -eu
library=$TENON_BUILD/lib/tenon/sim/libtenon-sim-hip.so
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
drivers/sim/common/functions.sh hip "$library" > "$work/page"
cmp "$work/page" docs/sim-hip-functions.md || {
    echo "docs/sim-hip-functions.md is stale; make it anew: drivers/sim/common/functions.sh hip $library > docs/sim-hip-functions.md"
    exit 1
}
{ sed -n 's/^FN(\([A-Za-z0-9_]*\),.*/\1/p' drivers/sim/hip/functions.def
  printf '%s\n' tenon_sim_configure tenon_sim_marker tenon_sim_fault tenon_sim_message tenon_sim_release; } | sort > "$work/table"
nm -D --defined-only "$library" | awk '$2 != "A" { print $3 }' | sed 's/@.*//' | sort > "$work/exported"
diff "$work/table" "$work/exported" || { echo "the table and the exports differ"; exit 1; }
