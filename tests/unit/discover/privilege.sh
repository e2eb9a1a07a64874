#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Who asks matters: a user who may not open a node is told so, and a set-uid program takes no root from the environment,
# since its user could otherwise show it a machine of his own making.
set -eu
discover=$TMPDIR/discover
tree=$TMPDIR/tree
if [ "$(id -u)" != 0 ]; then
    echo "only root can become another user and make a set-uid program"
    exit 77
fi
chmod 711 "$TMPDIR"
cp "$TENON_BUILD/tests/discover" "$discover"
"$discover" make s4000 "$tree"
export TENON_SYSFS_ROOT="$tree/sys" TENON_DEV_ROOT="$tree/dev"

chmod 600 "$tree/dev/mtgpu.0"
"$discover" dump-as-it-is | grep -q '^device 0000:3b:00.0 1ed5:0323.*the library libmusa.so.1 was not found'
setpriv --reuid=65534 --regid=65534 --clear-groups "$discover" dump-as-it-is |
    grep -q '^device 0000:3b:00.0 1ed5:0323.*verdict 2: this user may not open /dev/mtgpu.0'

chown 65534 "$discover"
chmod 4755 "$discover"
"$discover" dump-as-it-is >"$TMPDIR/out"
if grep -q TENON_SYSFS_ROOT "$TMPDIR/out"; then
    if findmnt -n -o OPTIONS -T "$TMPDIR" 2>/dev/null | grep -q nosuid; then
        echo "the file system of $TMPDIR is mounted nosuid"
        exit 77
    fi
    cat "$TMPDIR/out"
    exit 1
fi
