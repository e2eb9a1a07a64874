#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tenoncc's command line: what it makes, what it refuses and how it says so, exit codes, bad input.
set -u
cc=$TENON_BUILD/bin/tenoncc
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
. "$here/want.sh"

cat >good.cu <<'EOF'
extern "C" __global__ void scale(float *x, float by, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        x[i] *= by;
}
struct Pair { int a; double b; };
template <class T> __global__ void __launch_bounds__(128) pairs(Pair p, const T *__restrict__ in, T *out) { out[0] = in[0] + p.a; }
template __global__ void pairs<int>(Pair, const int *, int *);
__constant__ int limits[4];
EOF

# command line
want 2 "unknown option --frobnicate" "$cc" --frobnicate good.cu -o x.tnb
want 2 "unknown target 'sparc'" "$cc" --target=sparc good.cu -o x.tnb
want 2 "no input files" "$cc" -o x.tnb
want 2 "no output" "$cc" good.cu
want 2 "wants a value" "$cc" good.cu -o
want 2 "--embed wants --header" "$cc" --embed good.cu -o x.o
want 2 "--width=16" "$cc" --width=16 good.cu -o x.tnb
want 2 "usage:" "$cc"
want 0 "usage:" "$cc" --help
want 0 "tenoncc " "$cc" --version
want 2 "unknown --cpu=z80" "$cc" --cpu=z80 --target=sim good.cu -o x.tnb

# started by a program that ignores the ends of its children, as daemons do
want 0 "" bash -c 'trap "" CHLD; exec "$@"' ignoring "$cc" --target=sim,ptx -j 2 good.cu -o ignoring.tnb

# clang reads for warps of 64 and ends while copies of the process compile the first image, in groups of kernels
for i in $(seq 24); do echo "extern \"C\" __global__ void part$i(int *x) { x[threadIdx.x] += __shfl_xor_sync(~0u, $i, 1); }"; done >parts.cu
cat >quick-clang <<'EOF'
#!/bin/sh
case "$*" in
*TENON_WARP=64*) [ -e wide.bc ] || clang++-19 "$@" >wide.bc; exec cat wide.bc ;;
esac
exec clang++-19 "$@"
EOF
chmod +x quick-clang
for i in first quick; do want 0 "" env TENONCC_CLANG=./quick-clang "$cc" --target=sim parts.cu -o parts.tnb; done
want 0 "part24" "$cc" --dump parts.tnb

# sources with errors
want 1 "no such file: missing.cu" "$cc" missing.cu -o x.tnb
echo 'extern "C" __global__ void bad(int *x) { x[0] = y; }' >bad.cu
want 1 "bad.cu:1:" "$cc" bad.cu -o x.tnb
echo 'int f() { return 1; }' >none.cu
want 1 "no __global__ function" "$cc" none.cu -o x.tnb
printf '__device__ int elsewhere(int);\n\nextern "C" __global__ void calls(int *x)\n{\n    x[0] = elsewhere(3);\n}\n' >undefined.cu
want 1 "undefined.cu:5: error: kernel calls(int *) can't be built for target sim: it calls _Z9elsewherei" \
    "$cc" --target=sim undefined.cu -o x.tnb
cat >recursive.cu <<'EOF'
__device__ void down(int *s, int n)
{
    __syncthreads();
    if (n)
        down(s, n - 1);
}
extern "C" __global__ void barrier_in_recursion(int *x, int n) { down(x, n); x[0] = 1; }
extern "C" __global__ void innocent(int *x) { x[0] = 1; }
EOF
want 1 "recursive.cu:3: error: kernel barrier_in_recursion(int *, int) can't be built for target sim" \
    "$cc" --target=sim recursive.cu -o x.tnb
want 0 "is left out of target sim" "$cc" --target=sim --keep-going recursive.cu -o kept.tnb
want 0 "innocent" "$cc" --dump kept.tnb
if grep -q barrier_in_recursion out.txt; then echo "failed: a refused kernel is in the bundle" && failed=$((failed + 1)); fi
echo 'extern "C" __global__ void assembly(int *x) { asm volatile("mov.u32 %0, 1;" : "=r"(x[0])); }' >asm.cu
want 0 "" "$cc" --target=sim asm.cu -o x.tnb
want 0 "" "$cc" --target=opencl-c asm.cu -o x.tnb
# refuse INSTRUCTION NAMED: on line 3 of a kernel
refuse() {
    printf 'extern "C" __global__ void assembly(int *x)\n{\n    asm volatile("%s" :: "r"(x[0]), "l"(x) : "memory");\n}\n' "$1" >refused.cu
    want 1 "refused.cu:3: error: kernel assembly(int *) can't be built for target sim: inline assembly: $2" \
        "$cc" --target=sim refused.cu -o x.tnb
}
refuse 'wgmma.fence.sync.aligned;' 'the instruction wgmma.fence.sync.aligned'
refuse 'mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 %0, %0, %0, %0;' 'the instruction mma.sync'
refuse 'bar.sync 1, 64;' 'bar.sync of a barrier other than 0'
refuse '{ .reg .u32 t; mov.u32 t, %%envreg3; }' 'the special register %envreg3'
refuse 'frobnicate %0;' 'the instruction frobnicate'
echo 'extern "C" __global__ void masks(int *x) { asm("mov.u32 %0, %%lanemask_lt;" : "=r"(x[0])); }' >masks.cu
want 0 "" "$cc" --target=sim --width=32 masks.cu -o x.tnb
want 1 "a lane mask of 32 bits" "$cc" --target=sim --width=64 masks.cu -o x.tnb
echo 'extern "C" __global__ void pairs(char *x) { x[0] = __match_any_sync(~0u, x[1]); }' >match.cu
want 1 "__match_any_sync takes values of 4 or 8 bytes" "$cc" --target=sim match.cu -o x.tnb
echo 'extern "C" __global__ void shuffle(int *x) { x[0] = __shfl_xor_sync(~0u, x[0], 1); }' >shuffle.cu
want 1 "has no warps" "$cc" --target=sim --width=1 shuffle.cu -o x.tnb
want 0 "" "$cc" --target=sim --width=64 shuffle.cu -o x.tnb
want 0 "warps of 64" "$cc" --dump x.tnb

# what comes out
want 0 "" "$cc" --target=sim -DNAME=3 -I. -O2 -g -std=c++14 good.cu -o good.tnb
want 0 "image 0: sim for x86-64" "$cc" --dump good.tnb
want 0 "at most 128 threads a block" "$cc" --dump good.tnb
want 0 "pairs<int>(Pair, int const*, int*)" "$cc" --dump good.tnb
want 0 "variable limits: 16 bytes, align 4, constant" "$cc" --dump good.tnb
want 0 '"type": "Pair"' "$cc" --dump --json good.tnb
want 0 "" python3 -c 'import json,subprocess,sys; d=json.loads(subprocess.check_output([sys.argv[1],"--dump","--json","good.tnb"])); k=d["images"][0]["kernels"][1]; assert [a["offset"] for a in k["arguments"]]==[0,16,24] and k["args_bytes"]==32 and k["arguments"][1]["kind"]=="pointer"' "$cc"
want 0 "" "$cc" --target=sim -g --save-temps good.cu -o lines.tnb
want 0 "DISubprogram(name: \"scale.blocks\"" cat lines.tnb.w0.final.ll
want 0 "inlinedAt:" cat lines.tnb.w0.final.ll
want 0 "" "$cc" --target=sim --compress good.cu -o small.tnb
want 0 "2 kernels" "$cc" --dump small.tnb
[ "$(stat -c %s small.tnb)" -lt "$(stat -c %s good.tnb)" ] || { echo "failed: --compress does not compress" && failed=$((failed + 1)); }
want 0 "" "$cc" --target=sim good.cu -o again.tnb
want 0 "" "$cc" --target=sim good.cu -o again2.tnb
want 0 "" cmp again.tnb again2.tnb
want 0 "" "$cc" -c --target=sim good.cu shuffle.cu
want 0 "shuffle" "$cc" --dump shuffle.tnb
want 0 "" "$cc" --target=sim --cpu=x86-64-v2 good.cu -o v2.tnb
want 0 "sim for x86-64-v2" "$cc" --dump v2.tnb
want 0 "" "$cc" --target=sim -MD -MF good.d good.cu -o good.tnb
want 0 "good.tnb:" cat good.d
want 0 "" "$cc" --target=sim good.cu shuffle.cu -o both.tnb
want 0 "scale" "$cc" --dump both.tnb
want 0 "" "$cc" --target=ptx good.cu shuffle.cu -o ptx.tnb
want 0 "image 0: ptx for sm_70, warps of 32" "$cc" --dump ptx.tnb
want 0 "clang" "$cc" -v --target=sim good.cu -o good.tnb
for form in -fatbin --genco --ascend; do
    want 0 "" "$cc" $form good.cu -o "x$form"
    [ -s "x$form" ] || failed=$((failed + 1))
done
want 0 "" "$cc" --target=sim --embed good.cu -o emb.o --header emb.h
want 0 "pairs_int__launch" cat emb.h
want 0 "" "${CC:-cc}" -std=c11 -Wall -Wextra -Werror -I"$root/include" -fsyntax-only -x c emb.h
want 0 "" "${CXX:-c++}" -std=c++17 -Wall -Wextra -Werror -I"$root/include" -fsyntax-only -x c++ emb.h


# bundles that are none
want 1 "No such file" "$cc" --dump absent.tnb
echo "this is text" >text.tnb
want 1 "not a kernel bundle" "$cc" --dump text.tnb
want 1 "not a kernel bundle" "$cc" --dump emb.o
want 1 "not a regular file" "$cc" --dump .
: >empty.tnb
want 1 "not a kernel bundle" "$cc" --dump empty.tnb
size=$(stat -c %s good.tnb)
for part in 40 63 64 100 $((size / 2)) $((size - 64)) $((size - 1)); do
    head -c "$part" good.tnb >cut.tnb
    want 1 "" "$cc" --dump cut.tnb
done
want 1 "can't write" "$cc" --target=sim good.cu -o /nonexistent/dir/x.tnb

[ $failed = 0 ] && echo "all passed"
exit $((failed != 0))
