#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Unpacks Debian's arm64 libraries that the cross build links into one folder. apt keeps its lists in that folder too, so
# that the machine's own package database knows nothing of the second architecture, and no root is needed.
# Usage: mk/arm64-sysroot.sh FOLDER
set -eu
folder=$(mkdir -p "$1" && cd "$1" && pwd)
packages="libelf1 libelf-dev zlib1g zlib1g-dev check libsubunit0 libsubunit-dev libpciaccess0 libpciaccess-dev
    libdrm2 libdrm-dev opencl-c-headers libxxhash0 libxxhash-dev"

mkdir -p "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial" "$folder/debs"
touch "$folder/apt/status"
apt() {
    apt-get -q -o APT::Architecture=arm64 -o APT::Architectures::=arm64 -o Dir::State::Lists="$folder/apt/lists" \
        -o Dir::State::status="$folder/apt/status" -o Dir::Cache="$folder/apt/cache" -o Acquire::Retries=3 \
        -o APT::Sandbox::User= -o Acquire::Languages=none "$@"
}
echo "arm64: fetching Debian's arm64 libraries"
apt update >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
# shellcheck disable=SC2086 # a list of words
(cd "$folder/debs" && apt download $packages) >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
for deb in "$folder"/debs/*.deb; do
    dpkg-deb -x "$deb" "$folder"
done
rm -rf "$folder/apt" "$folder/debs"
