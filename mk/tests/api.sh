#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the public headers declare is what libtenon and libtenon-compile export: nothing is missing, nothing is there that no header has. And
# what a released version had is still there: mk/tests/api-VERSION.txt are the names of the releases.
set -eu
build=${TENON_BUILD:-build}
tmp=${TMPDIR:-/tmp}
failed=0

cat include/tenon/*.h | sed -nE 's/^(TN_API|TN_CALL) [^(]*[ *](tn_[a-z0-9_]+)\(.*/\2/p' | sort -u >"$tmp/declared"
nm -D --defined-only "$build/lib/libtenon.so" "$build/lib/libtenon-compile.so" | awk 'NF == 3 && $2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort -u >"$tmp/exported"
[ -s "$tmp/declared" ] || { echo "no function found in include/tenon"; exit 1; }
for name in $(comm -23 "$tmp/declared" "$tmp/exported"); do
    echo "$name is declared, but neither library exports it"
    failed=1
done
for name in $(comm -13 "$tmp/declared" "$tmp/exported"); do
    echo "$name is exported, but no header declares it"
    failed=1
done
for release in mk/tests/api-*.txt; do
    [ -e "$release" ] || continue
    for name in $(sort -u "$release" | comm -23 - "$tmp/exported"); do
        echo "$name of $release is gone"
        failed=1
    done
done
echo "$(wc -l <"$tmp/declared") functions"
exit $failed
