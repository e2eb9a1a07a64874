# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced: shows the OpenCL loader the machine's platforms and, where it lies in the build directory, Intel's.
peers=${TENON_BUILD:-build}/bench/peers
show_peers() {
    library=$(find "$peers" -name libintelocl.so 2>/dev/null | head -n 1)
    [ -n "$library" ] || return 0
    mkdir -p "$peers/vendors"
    cp -f /etc/OpenCL/vendors/*.icd "$peers/vendors/" 2>/dev/null || true
    readlink -f "$library" >"$peers/vendors/intel-in-build.icd"
    export OCL_ICD_VENDORS=$peers/vendors
}
