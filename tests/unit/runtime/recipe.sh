#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A driver made from drivers/null by the recipe of its README and of docs/vendor-guide.md builds and shows its devices, and the
# documents have its line count right.
set -eu
build=${TENON_BUILD:-build}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$tmp/drivers"
cp -r drivers/null "$tmp/drivers/acme"
here=$PWD
cd "$tmp/drivers/acme"
mv null.c acme.c
recipe=$(grep -o "sed -i '.*' acme.c module.mk" "$here/docs/vendor-guide.md")
grep -qF "$recipe" README.md || { echo "README.md and docs/vendor-guide.md have different recipes"; exit 1; }
eval "$recipe"
cd "$here"
! grep -n null "$tmp/drivers/acme/acme.c" "$tmp/drivers/acme/module.mk" || { echo "the recipe leaves the name"; exit 1; }
${CC:-cc} -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -fPIC -fvisibility=hidden -shared -Iinclude -I. \
    -o "$tmp/acme.so" "$tmp/drivers/acme/acme.c" bundle/ktab.c
TENON_DRIVERS="$tmp/acme.so" "$build/obj/tests/list-devices" acme:2 >"$tmp/list"
cat "$tmp/list"
[ "$(grep -c '^acme: Acme device [01], simulated$' "$tmp/list")" = 2 ]

lines=$(wc -l <drivers/null/null.c)
[ "$lines" -lt 500 ] || { echo "drivers/null/null.c has $lines lines; the aim is under 500"; exit 1; }
grep -q "one file of $lines lines" docs/vendor-guide.md || { echo "docs/vendor-guide.md does not say $lines lines"; exit 1; }
