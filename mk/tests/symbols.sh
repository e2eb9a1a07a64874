#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the products export and need: libtenon only tn_*, with versions; its companions names of their own (tnk_*); a
# driver only tn_driver_query; libtenon needs libc and libelf; nothing of ours binds to a foreign symbol of its own name, can be unloaded or has lazy relocations.
set -eu
build=${TENON_BUILD:-build}
failed=0
complain() {
    echo "$*"
    failed=1
}

exported() {
    nm -D --defined-only "$1" | awk '$2 != "A" { print $3 }'
}

for lib in "$build"/lib/libtenon*.so; do
    [ -e "$lib" ] || { echo "no library in $build/lib"; exit 1; }
    case ${lib##*/} in
    libtenon.so) prefix=tn_ ;;
    *) prefix='tn[a-z]*_' ;;
    esac
    exported "$lib" | grep -v "^$prefix" >"${TMPDIR:-/tmp}/bad" && complain "$lib exports: $(tr '\n' ' ' <"${TMPDIR:-/tmp}/bad")"
done
exported "$build/lib/libtenon.so" | grep -v '@@TENON_' >"${TMPDIR:-/tmp}/bad" &&
    complain "libtenon.so exports without a version: $(tr '\n' ' ' <"${TMPDIR:-/tmp}/bad")"
exported "$build/lib/libtenon.so" | grep -q '^tn__' && complain "libtenon.so exports internal names (tn__*)"

needed() {
    readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'
}
for lib in $(needed "$build/lib/libtenon.so"); do
    case $lib in
    libc.so.6 | libelf.so.1 | ld-linux*) ;;
    *) complain "libtenon.so needs $lib; it may need libc and libelf only" ;;
    esac
done
readelf -d "$build/lib/libtenon.so" | grep -q 'SONAME.*\[libtenon.so.0\]' || complain "libtenon.so: the soname is not libtenon.so.0"

for driver in "$build"/lib/tenon/drivers/*.so; do
    [ -e "$driver" ] || { complain "no driver in $build/lib/tenon/drivers"; break; }
    names=$(exported "$driver" | tr '\n' ' ')
    [ "${names%% }" = "tn_driver_query" ] || complain "$driver exports: $names"
    for lib in $(needed "$driver"); do
        case $lib in libtenon*) complain "$driver needs $lib; a driver reaches the host through its table" ;; esac
    done
done

count=0
for lib in "$build"/lib/libtenon*.so "$build"/lib/tenon/*.so "$build"/lib/tenon/*/*.so; do
    [ -f "$lib" ] || continue
    count=$((count + 1))
    dynamic=$(readelf -dW "$lib")
    case $dynamic in *SYMBOLIC*) ;; *) complain "$lib is not built with -Bsymbolic" ;; esac
    case $dynamic in *NODELETE*) ;; *) complain "$lib is not built with -z nodelete" ;; esac
    case $dynamic in *NOW*) ;; *) complain "$lib is not built with -z now" ;; esac
    case $dynamic in *TEXTREL*) complain "$lib has text relocations" ;; esac
    readelf -lW "$lib" | grep -q 'GNU_STACK.*RWE' && complain "$lib asks for an executable stack"
done
echo "$count libraries"
exit $failed
