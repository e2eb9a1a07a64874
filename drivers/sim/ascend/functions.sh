#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Prints what follows from functions.def: `functions.sh map` the linker's version script, `functions.sh page` the table
# of docs/sim-ascend-functions.md.
set -eu
def=$(dirname "$0")/functions.def
names() { sed -n 's/^ACL_[A-Z]*(\([A-Za-z0-9_]*\),.*/\1/p' "$def"; }

case ${1-} in
map)
    echo 'ACL_SIM {'
    echo '  global:'
    names | sed 's/.*/    &;/'
    echo '    tenon_sim_marker; tenon_sim_configure; tenon_sim_message; tenon_sim_release;'
    echo '  local: *;'
    echo '};'
    ;;
page)
    yes=$(grep -c '^ACL_YES' "$def")
    no=$(grep -c -E '^ACL_(NO|NULL)\(' "$def")
    cat <<EOF
# ACL functions of the Ascend stand-in

Generated from \`drivers/sim/ascend/functions.def\` by \`drivers/sim/ascend/functions.sh page\`; do not edit.
$yes functions are carried out, $no are exported and refused.

## Carried out

| function | what differs from silicon |
|---|---|
EOF
    sed -n 's/^ACL_YES(\([A-Za-z0-9_]*\), "\(.*\)")$/| `\1` | \2 |/p' "$def"
    cat <<'EOF'

## Refused

Each returns the code shown, and `aclGetRecentErrMsg` has a sentence. NULL: the vendor's function returns an object or a
number; here it returns NULL or 0.

| function | returns | what it is for |
|---|---|---|
EOF
    sed -n -e 's/^ACL_NO(\([A-Za-z0-9_]*\), \([A-Z_]*\), "\(.*\)")$/| `\1` | \2 | \3 |/p' \
        -e 's/^ACL_NULL(\([A-Za-z0-9_]*\), "\(.*\)")$/| `\1` | NULL | \2 |/p' "$def"
    ;;
*)
    echo "usage: $0 map|page" >&2
    exit 2
    ;;
esac
