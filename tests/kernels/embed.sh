#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tools/tenoncc/examples, built by its own Makefile against an installed tree, runs on a simulated device.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cp "$root"/tools/tenoncc/examples/* "$dir"
cd "$dir"
prefix=$(cd "$TENON_BUILD" && pwd)
export CFLAGS="-std=c11 -Wall -Wextra -Werror -I$root/include" LDFLAGS="-L$prefix/lib -Wl,-rpath,$prefix/lib"
make -s TENONCC="$prefix/bin/tenoncc" LDLIBS=-ltenon CFLAGS="$CFLAGS" program
got=$(TENON_SIM=a100 ./program)
if [ "$got" != 2497.5 ]; then
    echo "the program gave '$got', wanted 2497.5"
    exit 1
fi
make -s TENONCC="$prefix/bin/tenoncc" LDLIBS=-ltenon CFLAGS="$CFLAGS" -q program || { echo "a second make builds again"; exit 1; }
