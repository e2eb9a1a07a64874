# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
# What the scripts that test tenoncc share; they source it, and stand in a folder of their own then, $dir, which goes when they end:
# `failed` counts, `want` runs a command. Writes out.txt where it is called.
failed=0
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1

fail() {
    failed=$((failed + 1))
    echo "failed: $*"
}

# gave STATUS TEXT GOT FILE WHAT: whether GOT is STATUS and FILE has TEXT (a fixed string; empty: anything)
gave() {
    if [ "$3" != "$1" ] || { [ -n "$2" ] && ! grep -qF -- "$2" "$4"; }; then
        fail "$(echo "$5" | cut -c 1-200) gave $3, wanted $1 and '$2'; it said:"
        cut -c 1-300 "$4" | sed 's/^/    /' | head -n 12
    fi
}

# want STATUS TEXT COMMAND...: the command ends with STATUS and says TEXT
want() {
    status=$1 text=$2
    shift 2
    "$@" >out.txt 2>&1
    gave "$status" "$text" $? out.txt "$*"
}
