#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# -g: a debugger stops at a line of a kernel's source, in the kernel, where an image is a file (TENON_SIM_IMAGES); without it nothing is
# written. Needs gdb and leave to trace.
set -u
build=$(cd "${TENON_BUILD:-build}" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/images" && cd "$dir" || exit 1
cat >k.cu <<'EOF'
__device__ int times(int i, int n)
{
    return i * n;
}
extern "C" __global__ void k(int *out, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    int product = times(i, n);
    out[i] = product + 3;
}
EOF
"$build/bin/tenoncc" --target=sim -G k.cu -o k.tnb || exit 1
"$build/obj/kernels-debug" k.tnb >plain.txt || { cat plain.txt; exit 1; }
[ -z "$(ls -A images)" ] || { echo "files where none were asked for"; exit 1; }
TENON_SIM_IMAGES=$dir/images "$build/obj/kernels-debug" k.tnb >plain.txt || { cat plain.txt; exit 1; }
[ "$(find images -name '*.so' | wc -l)" = 1 ] && grep -q 'add-symbol-file .*-1.so" -o 0x' images/*.gdb || { echo "no image as a file"; ls images; exit 1; }
TENON_SIM_IMAGES=$dir/absent "$build/obj/kernels-debug" k.tnb >plain.txt || { echo "a folder that is not there stops nothing"; exit 1; }
if command -v readelf >/dev/null; then
    readelf --debug-dump=decodedline images/*.so >lines.txt 2>/dev/null
    grep -qE 'k.cu +9 ' lines.txt && grep -qE 'k.cu +3 ' lines.txt || { echo "no lines of the source"; cat lines.txt; exit 1; }
fi

# lines before and behind barriers and warp operations, in both forms of the report
cat >parts.cu <<'EOF'
extern "C" __global__ void k(int *out, const int *in, int n)
{
    __shared__ int local[256];
    int own = 0;
    for (int i = threadIdx.x; i < n; i += blockDim.x)
        own += in[i];
    local[threadIdx.x] = own;
    __syncthreads();
    int other = local[threadIdx.x ^ 1];
    other += __shfl_xor_sync(~0u, other, 2);
    if (other > 7)
        out[threadIdx.x] = other;
}
EOF
for g in "" -g; do
    "$build/bin/tenoncc" $g --target=sim --width=32 --explain-vector parts.cu -o parts.tnb 2>explain.txt || exit 1
    grep -qE 'region 0, lines [56] to 7' explain.txt && grep -qE 'region [0-9]+, lines? .*1[012]' explain.txt || { echo "lines of regions:"; cat explain.txt; exit 1; }
done
rm images/*
command -v gdb >/dev/null || { echo "gdb is not here"; exit 77; }
cat >commands <<'EOF'
set pagination off
set confirm off
set breakpoint pending on
break loaded
run
shell cat images/*.gdb > all.gdb
source all.gdb
break k.cu:9
continue
info source
bt 1
info line
delete
continue
EOF
stops() { # BUNDLE: gdb stops at a line of the kernel in it
    rm -f images/*
    TENON_SIM_IMAGES=$dir/images timeout 100 gdb -nx -batch -iex "set debug-file-directory $dir/apart" -x commands \
        --args "$build/obj/kernels-debug" "$1" >gdb.txt 2>&1
    if grep -qE 'ptrace|not permitted|Cannot (create|trace)' gdb.txt; then
        echo "gdb may not trace here"
        exit 77
    fi
    grep -qE 'Current source file is .*k\.cu' gdb.txt && grep -qE '^#0 .* at k\.cu:9|^#0 .*k\.cu:9' gdb.txt &&
        grep -q 'out\[i\] = product + 3' gdb.txt && grep -q 'data as they should be' gdb.txt
}
stops k.tnb || { echo "gdb did not stop at line 9:"; cat gdb.txt; exit 1; }
# the lines apart from the image: gdb finds them by the number in both, and nothing without them
"$build/bin/tenoncc" --target=sim -G --split-debug=apart k.cu -o apart.tnb || exit 1
"$build/bin/tenoncc" --dump --json apart.tnb | grep -q '"debug": "apart"' && "$build/bin/tenoncc" --dump k.tnb | grep -q 'debuggers: inside' || { echo "--dump does not tell where the lines are"; exit 1; }
stops apart.tnb || { echo "gdb did not find the lines apart:"; cat gdb.txt; exit 1; }
rm -r apart
stops apart.tnb && { echo "gdb has lines that are nowhere:"; cat gdb.txt; exit 1; }
echo "gdb stopped at k.cu:9"
