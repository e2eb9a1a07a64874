#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# libpciaccess sees the same fake machine as our own scanner: its tree is bind-mounted over /sys in a mount namespace.
# umockdev can't do this, since its preload library leaves scandir() alone.
set -eu
discover=$TENON_BUILD/tests/discover
tree=$TMPDIR/tree
if unshare -Urm true 2>/dev/null; then
    own=-Urm
elif unshare -m true 2>/dev/null; then # root in a chroot may make no user namespace, and needs none
    own=-m
else
    echo "no mount namespaces on this machine (unshare -Urm and unshare -m are refused)"
    exit 77
fi

scan_tree() {
    TENON_DEV_ROOT=$tree/dev unshare $own sh -c 'mount --bind "$1/sys" /sys && exec "$2" dump' sh "$tree" "$discover"
}

scan() { # machine: prints the dump of a scan of it
    rm -rf "$tree"
    "$discover" make "$1" "$tree"
    scan_tree
}

expect() { # pattern
    grep -Eq "$1" "$TMPDIR/out" || { echo "expected: $1"; cat "$TMPDIR/out"; exit 1; }
}

scan ascend910b >"$TMPDIR/out"
expect '^source libpciaccess: used: 3 devices, as our scanner saw them$'
expect '^device 0000:81:00.0 19e5:d802 class 120000 seen by SP '
scan kunpeng >"$TMPDIR/out"
expect '^source libpciaccess: used: 4 devices, as our scanner saw them$'
expect '^device 0000:75:00.0 19e5:a250 class 120000 seen by SP nodes 0 verdict 2: .*ZIP engine'
scan dcu >"$TMPDIR/out"
expect '^device 0000:41:00.0 1d94:6211 class 0b4000 seen by SP'

# A machine whose tree is empty: libpciaccess says why it can't help, and the scan goes on.
rm -rf "$tree"
mkdir -p "$tree/sys" "$tree/dev"
scan_tree >"$TMPDIR/out"
expect '^source libpciaccess: not used: pci_system_init: '
