#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Public ACL programs, unmodified, on the stand-in under `tenon run`. The programs are those of the CANN runtime's repository
# (folder `example`), which is not ours to carry: TENON_ACL_SAMPLES names a copy. The headers are those of the PyPI package
# torch-npu 2.14.0: TENON_ACL_HEADERS names the folder that has acl/acl.h, or TENON_FETCH=1 lets pip fetch the package (44 MB).
# Their kernel files, for which the vendor's compiler would be needed, are made by tenoncc from sources beside this script, and so
# are the functions that launch them (sample_ops.cpp).
set -eu
root=$(cd "$(dirname "$0")/../../.." && pwd)
build=$(cd "${TENON_BUILD:-build}" && pwd)
samples=${TENON_ACL_SAMPLES-}
headers=${TENON_ACL_HEADERS-}
[ -d "$samples/2_advanced_features/kernel/0_launch_kernel" ] || {
    echo "set TENON_ACL_SAMPLES to the folder example of the CANN runtime's repository"
    exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -z "$headers" ] && [ "${TENON_FETCH-}" = 1 ]; then
    if ! python3 -m pip download -q --no-deps --only-binary :all: -d "$work" torch-npu==2.14.0 ||
       ! python3 -m zipfile -e "$work"/torch_npu-*.whl "$work/package"; then
        echo "the package torch-npu 2.14.0 cannot be had"
        exit 77
    fi
    headers=$work/package/torch_npu/include/third_party/acl/inc
fi
[ -f "$headers/acl/acl.h" ] || {
    echo "set TENON_ACL_HEADERS to the folder with acl/acl.h, or TENON_FETCH=1 to fetch the package torch-npu"
    exit 77
}

# What a program links in the vendor's kit: a library of the vendor's name in which nothing happens.
mkdir "$work/stub"
sed -n 's/^ACL_[A-Z]*(\([A-Za-z0-9_]*\),.*/void \1(void); void \1(void) {}/p' "$root/drivers/sim/ascend/functions.def" > "$work/stub.c"
${CC:-cc} -shared -fPIC -o "$work/stub/libacl_rt.so" "$work/stub.c" -Wl,-soname,libacl_rt.so

build_sample() {
    name=$1
    shift
    ${CXX:-c++} -O1 -std=c++17 -w -I"$headers" -I"$samples" "$@" -o "$work/$name" "$work/stub/libacl_rt.so" -lpthread
}
run() {
    env -u TENON_SIM "$build/bin/tenon" run "--sim=ascend910b:2" -- "$@" > "$work/log" 2>&1 || {
        echo "$* failed:"
        cat "$work/log"
        exit 1
    }
}

mkdir -p "$work/input" "$work/output" "$work/out/fatbin/ascendc_kernels_simple" "$work/out/fatbin/ascendc_kernels_placeholder"
for mode in simple placeholder; do
    source=$root/tests/unit/sim_ascend/add_custom$([ $mode = simple ] || echo _tiling).cu
    "$build/bin/tenoncc" --ascend "$source" -o "$work/out/fatbin/ascendc_kernels_$mode/ascendc_kernels_$mode.o"
done
kernel=$samples/2_advanced_features/kernel
build_sample launch -I"$kernel" "$kernel/0_launch_kernel/main.cpp" "$kernel/file_ops.cpp"
cd "$work"
python3 - <<'EOF'
import random, struct
count = 8 * 2048
x, y = ([random.uniform(1, 100) for _ in range(count)] for _ in range(2))
pack = lambda values: struct.pack("<%de" % count, *values)
half = lambda values: struct.unpack("<%de" % count, pack(values))
open("input/input_x.bin", "wb").write(pack(x))
open("input/input_y.bin", "wb").write(pack(y))
open("golden.bin", "wb").write(pack([a + b for a, b in zip(half(x), half(y))]))
EOF
for mode in simple placeholder; do
    rm -f output/output_z.bin
    run ./launch $mode
    cmp output/output_z.bin golden.bin
    echo "0_launch_kernel $mode: the results are the expected ones"
done

"$build/bin/tenoncc" --ascend "$root/tests/unit/sim_ascend/sample_ops.cu" -o ops.o
export SAMPLE_OPS="$work/ops.o"
while read -r folder words; do
    [ -f "$samples/$folder/main.cpp" ] || { echo "$folder: not in this copy"; continue; }
    build_sample program -I"$samples/kernel_func" "$samples/$folder/main.cpp" "$root/tests/unit/sim_ascend/sample_ops.cpp"
    run ./program
    [ -z "$words" ] || grep -q "$words" log || { cat log; echo "$folder does not say \"$words\""; exit 1; }
    echo "$folder: ends well${words:+, $words}"
done <<'EOF'
0_quickstart/1_error_handling
0_quickstart/2_system_info
0_quickstart/3_cross_version/0_runtime_compatibility
1_basic_features/context/0_context_query
1_basic_features/device/2_device_P2P
1_basic_features/event/0_event_status
1_basic_features/event/1_event_timestamp
1_basic_features/memory/0_h2h_memory_copy
1_basic_features/memory/1_h2d_sync_memory_copy
1_basic_features/memory/2_h2d_async_memory_copy
1_basic_features/memory/3_d2h_sync_memory_copy
1_basic_features/memory/4_d2h_async_memory_copy
1_basic_features/memory/5_d2d_sync_memory_copy
1_basic_features/memory/6_d2d_async_memory_copy
1_basic_features/stream/0_simple_stream
1_basic_features/stream/1_stream_with_failure_mode Without failure mode, the result is 2
1_basic_features/stream/1_stream_with_failure_mode After set failure mode, the current result is: 1
1_basic_features/stream/2_multi_stream
1_basic_features/stream/3_stream_config_query
2_advanced_features/built_in_task/0_reduce_task
2_advanced_features/callback/1_callback_hostfunc
EOF
