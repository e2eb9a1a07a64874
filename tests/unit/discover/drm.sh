#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# libdrm sees the DRM nodes of a fake machine through umockdev's preload library, and traces them to their PCI device.
set -eu
discover=$TENON_BUILD/tests/discover
tree=$TMPDIR/tree
if ! command -v umockdev-wrapper >/dev/null 2>&1; then
    echo "umockdev is not installed"
    exit 77
fi

expect() { # pattern
    grep -Eq "$1" "$TMPDIR/out" || { echo "expected: $1"; cat "$TMPDIR/out"; exit 1; }
}

"$discover" make dcu "$tree"
UMOCKDEV_DIR=$tree umockdev-wrapper "$discover" dump >"$TMPDIR/out"
expect '^source libdrm: used: 2 DRM devices, 2 of them seen on PCI$'
expect '^device 0000:41:00.0 1d94:6211 class 0b4000 seen by SD nodes 2 '
expect '^device 0000:42:00.0 1d94:55b7 class 038000 seen by SD nodes 2 '
expect '^node /dev/dri/renderD129 0000:42:00.0: '

# No DRM node: no DRM device, and no board that could be used.
rm -rf "$tree/dev/dri" "$tree/dev/.node"
UMOCKDEV_DIR=$tree umockdev-wrapper "$discover" dump >"$TMPDIR/out"
expect '^source libdrm: (used: no DRM device|not used: )'
expect '^device 0000:41:00.0 1d94:6211 class 0b4000 seen by S nodes 2 verdict 2: .*renderDN is missing'
