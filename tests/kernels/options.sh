#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tenoncc's options as a user of nvcc knows them: each does what it says or is refused by its name; response files, jobs, stable
# bytes, completions, dependencies, what is left behind.
set -u
cc=$(cd "${TENON_BUILD:-build}" && pwd)/bin/tenoncc
root=$(cd "$(dirname "$0")/../.." && pwd)
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=want.sh
. "$here/want.sh"
mkdir tmp work && cd work || exit 1
export TMPDIR="$dir/tmp"

same() {
    cmp -s "$1" "$2" || fail "$1 and $2 differ: $3"
}

cat >k.cu <<'EOF'
#ifdef WANTED
#include "wanted.h"
#endif
#ifndef VALUE
#define VALUE 1
#endif
extern "C" __global__ void k(int *out, int n)
{
    __shared__ int local[64];
    local[threadIdx.x & 63] = n;
    __syncthreads();
    out[blockIdx.x * blockDim.x + threadIdx.x] = local[1] + VALUE + __CUDA_ARCH__;
}
EOF
cat >warps.cu <<'EOF'
extern "C" __global__ void sum(int *x) { x[threadIdx.x] = __shfl_down_sync(~0u, x[threadIdx.x], 1); }
EOF

# nvcc's spellings of one thing give the same bytes
want 0 "" "$cc" --target=sim -D VALUE=7 -O2 -std=c++17 k.cu -o 1.tnb
want 0 "" "$cc" --target sim --define-macro VALUE=7 --optimize 2 --std c++17 k.cu --output-file 2.tnb
want 0 "" "$cc" --target=sim -DVALUE=7 -O 2 --std=c++17 -x cu -m64 -dopt on -rdc=true --extended-lambda k.cu -o 3.tnb
same 1.tnb 2.tnb "long names"
same 1.tnb 3.tnb "nvcc's short names"
for o in -lineinfo -g --generate-line-info; do
    want 0 "" "$cc" --target=sim $o k.cu -o g.tnb
    [ "$(stat -c %s g.tnb)" -gt "$(stat -c %s 1.tnb)" ] || fail "$o adds no lines"
done
want 0 "" "$cc" --target=sim -G k.cu -o g.tnb

want 0 "" "$cc" --target=sim --split-debug=apart k.cu -o s.tnb
[ "$(find apart -name '*.debug' | wc -l)" = 1 ] || fail "--split-debug writes one file for one image"
[ "$(stat -c %s s.tnb)" -lt "$(stat -c %s g.tnb)" ] || fail "--split-debug leaves the lines in the bundle"
want 1 "k.cu/.build-id" "$cc" --target=sim --split-debug=k.cu k.cu -o x.tnb

# architectures
want 0 "" "$cc" -ptx -arch=sm_80 k.cu -o a.ptx
want 0 ".target sm_80" cat a.ptx
grep -q '[, ]801' a.ptx || fail "__CUDA_ARCH__ is not 800 with sm_80"
want 0 "" "$cc" -ptx k.cu
want 0 ".target sm_70" cat k.ptx
want 0 "" "$cc" -gencode arch=compute_90,code=sm_90 -gencode=arch=compute_75,code=[sm_75,compute_75] --ptx k.cu -o b.ptx
want 0 ".target sm_75" cat b.ptx
want 0 "" "$cc" --target=ptx -gencode arch=compute_90,code=sm_90 -gencode=arch=compute_75,code=[sm_75,compute_75] -arch=sm_80 k.cu -o b.tnb
want 0 "" "$cc" --dump b.tnb
for sm in 75 80 90; do
    [ "$(grep -c "ptx.*sm_$sm" out.txt)" = 1 ] || fail "several -gencode: no PTX for sm_$sm"
    grep -qa "[, ]${sm}1" b.tnb || fail "several -gencode: __CUDA_ARCH__ is not ${sm}0 in the image for sm_$sm"
done
want 0 "is that for sm_90" "$cc" -arch=sm_120 k.cu -o c.ptx

# precision, which PTX alone has
cat >p.cu <<'EOF'
extern "C" __global__ void p(float *a, float b) { a[0] = a[1] / b; a[2] = sqrtf(a[3]); a[4] += b; }
EOF
for o in "-ftz=false" "-ftz=true .ftz." "-prec-div=false div.full" "-prec-sqrt=false sqrt.approx" "-use_fast_math div.full.ftz"; do
    # shellcheck disable=SC2086
    set -- $o
    want 0 "" "$cc" -ptx "$1" p.cu -o p.ptx
    grep -q 'note' out.txt && fail "$1: a note where it has its effect"
    grep -qF -- "${2:-div.rn.f32}" p.ptx || fail "$1: PTX without ${2:-div.rn.f32}"
    [ "$1" = -use_fast_math ] || want 0 "$([ $# = 2 ] && echo "$1 has no effect on targets but ptx")" "$cc" --target=sim "$1" p.cu -o p.tnb
done
want 2 "--ftz=maybe: it is true or false" "$cc" -ftz=maybe p.cu -o p.tnb
want 2 "architecture sm_60 is too old" "$cc" -arch=sm_60 k.cu -o c.ptx
want 2 "unknown architecture 'gfx906'" "$cc" -arch=gfx906 k.cu -o c.ptx
want 2 "arch=compute_80" "$cc" -gencode compute_80 k.cu -o c.ptx
want 0 "compute_80" "$cc" --list-gpu-arch

# refused or without effect, by name
for o in -cubin -lib -run -link -cuda; do want 2 "$o is not taken: " "$cc" $o k.cu -o x; done
want 2 "-m32 is not taken" "$cc" -m32 k.cu -o x
want 2 "-x c++: sources are CUDA C++" "$cc" -x c++ k.cu -o x
want 2 "unknown option --frobnicate" "$cc" --frobnicate k.cu -o x
want 2 "-O 9: it is a number up to 3" "$cc" -O9 k.cu -o x
want 2 "-j many: it is a number" "$cc" -j many k.cu -o x
want 2 "wants a value" "$cc" k.cu -arch
want 2 "the output k.cu is an input" "$cc" k.cu -o k.cu
want 0 "note: -maxrregcount 32 has no effect" "$cc" --target=sim -maxrregcount=32 k.cu -o x.tnb
want 0 "" "$cc" --target=sim -w -maxrregcount=32 k.cu -o x.tnb
[ -s out.txt ] && fail "-w prints notes"
want 0 "" "$cc" --target=sim -Xcompiler -fPIC,-O2 -Xlinker --as-needed -ccbin g++ -lm -L/x -cudart shared -shared k.cu -o x.tnb
[ -s out.txt ] && fail "options for host code print something"
want 0 "note: -ftz=true has no effect on targets but ptx" "$cc" --target=sim -ftz=true -prec-div=true -fmad=false k.cu -o x.tnb
want 2 "it is true or false" "$cc" --target=sim -ftz=maybe k.cu -o x.tnb

# warnings
echo 'extern "C" __global__ void w(int *x) { int unused; x[0] = 1; }' >warn.cu
want 0 "unused variable" "$cc" --target=sim -Wall warn.cu -o x.tnb
want 1 "unused variable" "$cc" --target=sim -Wall -Werror warn.cu -o y.tnb
want 1 "unused variable" "$cc" --target=sim -Wall -Werror all-warnings warn.cu -o y.tnb
[ -e y.tnb ] && fail "an output after an error"
want 0 "" "$cc" --target=sim -Wall -w warn.cu -o x.tnb
[ -s out.txt ] && fail "-w prints warnings"
sed 's/x\[0\] = 1/x[0] = __shfl_sync(~0u, x[1], 0)/' warn.cu >warn2.cu
want 0 "" "$cc" --target=sim -Wall warn2.cu -o x.tnb
[ "$(grep -c 'unused variable' out.txt)" = 1 ] || fail "a warning is told once, not once for each width"

# resources
want 0 "k(int *, int) for sim" "$cc" --target=sim,ptx --resource-usage k.cu -o x.tnb
grep -q "256 bytes of static local memory" out.txt || fail "--resource-usage: local memory"
want 0 "vector and" "$cc" --target=amdgcn:gfx90a -Xptxas -v k.cu -o x.tnb
want 0 "static local memory" "$cc" --target=ptx --ptxas-options=-v k.cu -o x.tnb

# how threads run, and why
cat >loops.cu <<'EOF'
extern "C" __global__ void loops(float *x, int n)
{
    float sum = 0;
    for (int i = 0; i < (int)x[threadIdx.x]; i++)
        sum += x[i] * n;
    x[threadIdx.x] = sum;
}
extern "C" __global__ void waits(int *x)
{
    while (atomicCAS(x, 0, 1))
        ;
    x[1]++;
    atomicExch(x, 0);
}
EOF
want 0 "loops.cu:1: kernel loops(float *, int)" "$cc" --target=sim --cpu=x86-64-v3 --explain-vector loops.cu -o x.tnb
grep -qE 'region 0, lines [34] to 6: 8 threads at once .cost' out.txt || fail "--explain-vector: loops: $(cat out.txt)"
grep -qE 'region 0, lines .*: threads one by one: .*' out.txt || fail "--explain-vector: waits: $(cat out.txt)"
want 0 "the vectoriser is off" "$cc" --target=sim --vector=off --explain-vector loops.cu -o x.tnb
"$cc" --target=sim --cpu=x86-64-v3 --explain-vector --json loops.cu -o x.tnb >explain.json || fail "--explain-vector --json"
python3 -c 'import json; d = json.load(open("explain.json")); r = d[0]["regions"][0]; assert d[0]["kernel"] == "loops" and d[1]["regions"][0]["lanes"] == 1
assert r["lanes"] == 8 and r["mode"] == "at once" and r["last_line"] == 6 and r["cost_one_by_one"] > r["cost_at_once"] > 0' || fail "explain.json: $(cat explain.json)"

"$root/tools/tenoncc/explain_page.py" explain.json >page.html || fail "explain_page.py"
grep -q '<td class="once">        sum += x\[i\] \* n;</td>' page.html || fail "the page lacks a line: $(cat page.html)"
grep -q '<td class="one">    while (atomicCAS' page.html || fail "the page lacks a line of threads one by one"

# preprocessing and dependencies
mkdir -p "inc dir"
echo '#define VALUE 9' >"inc dir/wanted.h"
want 0 'local[1] + 9 + 700' "$cc" -E -DWANTED -I "inc dir" k.cu
want 0 "" "$cc" -E -DWANTED -I "inc dir" k.cu -o k.i
want 0 "wanted.h" "$cc" -M -DWANTED -I "inc dir" k.cu
want 0 "there.o: k.cu" "$cc" -MM -MT there.o k.cu
want 0 "" "$cc" -M -MF rule.d k.cu
want 0 "k.tnb: k.cu" cat rule.d
want 0 "" "$cc" --target=sim -MMD -MP -MF d.d -MT name -DWANTED -I "inc dir" k.cu -o x.tnb
want 0 "name: " cat d.d
want 0 " k.cu" cat d.d
want 0 "inc\\ dir/wanted.h:" cat d.d
want 0 "" "$cc" --target=sim -MD -DWANTED -I "inc dir" k.cu -o dep.tnb
want 0 "tenon_math.h" cat dep.tnb.d
want 0 "#\$ clang++-19" "$cc" --dryrun k.cu -o never.tnb
[ -e never.tnb ] && fail "--dryrun writes"

# files of options
printf '%s\n' '# a comment' "-DWANTED -I 'inc dir'" '"--target=sim"' >more.txt
printf '%s\n' '@more.txt k.cu' '-o by\ file.tnb' >all.txt
want 0 "" "$cc" @all.txt
[ -s "by file.tnb" ] || fail "@FILE: no output"
want 0 "" "$cc" -optf more.txt k.cu -o x.tnb
same "by file.tnb" x.tnb "-optf"
want 2 "can't read the options in absent.txt" "$cc" @absent.txt
echo '@self.txt' >self.txt
want 2 "without end" "$cc" @self.txt
echo '"open' >open.txt
want 2 "a quote is not closed" "$cc" @open.txt

# where outputs go
mkdir -p outs
want 0 "" "$cc" --target=sim -c -odir outs k.cu warps.cu
[ -s outs/k.tnb ] && [ -s outs/warps.tnb ] || fail "-odir"
mkdir -p other && cp k.cu other/k.cu
want 2 "would both become k.tnb" "$cc" --target=sim -c k.cu other/k.cu
mkdir -p kept
want 0 "" "$cc" --target=sim --keep --keep-dir kept k.cu -o x.tnb
[ -s kept/x.tnb.w0.final.ll ] || fail "--keep-dir"
ln -s target.tnb link.tnb && : >target.tnb
want 0 "" "$cc" --target=sim k.cu -o link.tnb
[ -h link.tnb ] && [ -s target.tnb ] || fail "a link was replaced"
want 0 "" "$cc" --target=sim k.cu -o /dev/null
[ -c /dev/null ] || fail "/dev/null was replaced"
"$cc" --target=sim k.cu -o /dev/stdout 2>/dev/null | cat >piped.tnb
want 0 "" "$cc" --target=sim k.cu -o plain.tnb
same piped.tnb plain.tnb "through a pipe"

# several at once: the same bytes, and messages in the order of the files
want 0 "" "$cc" -j1 --target=sim,opencl-c,ptx,amdgcn k.cu -o j1.tnb
want 0 "" "$cc" -j4 --target=sim,opencl-c,ptx,amdgcn k.cu -o j4.tnb
same j1.tnb j4.tnb "-j4"
want 0 "" "$cc" --target=sim --width=32 "$root/tests/kernels/many.cu" -o j1.tnb
want 0 "" "$cc" -j5 --target=sim --width=32 "$root/tests/kernels/many.cu" -o j4.tnb
same j1.tnb j4.tnb "many kernels with -j5"
want 0 "" "$cc" --target=sim warps.cu -o j1.tnb
want 0 "" "$cc" --threads 0 --target=sim warps.cu -o j4.tnb
same j1.tnb j4.tnb "--threads 0"
for i in 1 2 3 4 5; do sed "s/unused/unused$i/" warn.cu >"many$i.cu"; done
sed 's/x\[0\]/y[0]/' many3.cu >many6.cu
want 1 "" "$cc" -j3 -c -Wall --target=sim many?.cu
cp out.txt parallel.txt
want 1 "" "$cc" -c -Wall --target=sim many?.cu
same out.txt parallel.txt "messages of -j3"
[ "$(grep -o 'unused variable .unused[1-5]' out.txt | grep -o '[1-5]$' | uniq | tr -d '\n')" = 12345 ] || fail "messages are not in order: $(cat out.txt)"
[ -s many5.tnb ] && [ ! -e many6.tnb ] || fail "-c goes on behind a file with an error"

# the same bytes from another folder
mkdir -p "$dir/elsewhere/deep" && cp k.cu "$dir/elsewhere/deep"
want 0 "" "$cc" --target=sim,opencl-c,ptx -g -ffile-prefix-map="$PWD"=/src "$PWD/k.cu" -o here.tnb
(cd "$dir/elsewhere/deep" && "$cc" --target=sim,opencl-c,ptx -g -ffile-prefix-map="$PWD"=/src "$PWD/k.cu" -o ../there.tnb) || fail "elsewhere"
same here.tnb "$dir/elsewhere/there.tnb" "another folder with -ffile-prefix-map"

# completions and help
want 0 "_tenoncc()" "$cc" --completion=bash
if command -v bash >/dev/null; then
    cp out.txt completion
    got=$(bash -c '. ./completion; COMP_WORDS=(tenoncc --target = am) COMP_CWORD=3; _tenoncc; echo "${COMPREPLY[*]}"
        COMP_WORDS=(tenoncc --explain-v) COMP_CWORD=1; _tenoncc; echo "${COMPREPLY[*]}"' 2>&1)
    [ "$got" = "amdgcn:gfx906 amdgcn:gfx908 amdgcn:gfx90a amdgcn:gfx942
--explain-vector" ] || fail "bash completes: $got"
fi
want 0 "bashcompinit" "$cc" --completion zsh
want 0 "complete -c tenoncc -l target" "$cc" --completion=fish
want 2 "it is bash, zsh or fish" "$cc" --completion=csh
want 0 "--maxrregcount" "$cc" --completion=bash
"$cc" --help >help.txt
for o in -gencode --embed -MP --threads --resource-usage --explain-vector; do grep -qF -- "$o" help.txt || fail "--help lacks $o"; done
grep -n "tncc_" help.txt && fail "--help has a name of the code in it"
if [ -c /dev/full ]; then
    "$cc" --help >/dev/full 2>/dev/null && fail "--help into a full disk"
    want 1 "can't write /dev/full: No space left on device" "$cc" --target=sim k.cu -o /dev/full
fi

want 2 "--target=ptx: a file of --genco holds images for the simulators and code objects alone" "$cc" --genco --target=ptx k.cu -o k.hsaco
want 2 "a file of -fatbin holds images for the simulators alone" "$cc" -fatbin --target=sim,opencl-c k.cu -o k.fatbin
want 2 "a file of -ptx holds PTX alone" "$cc" --target=sim k.cu -o k.ptx
want 0 "" "$cc" --genco --target=sim k.cu -o k.hsaco
want 1 "can't save no/such/k.tnb" "$cc" -save-temps -keep-dir no/such --target=sim --width=32 k.cu -o k.tnb

# places to wait at whose numbers look like names of the schedule's: 32 and 64
cat >places.cu <<'END'
extern "C" __global__ void places(unsigned *out)
{
    unsigned x = threadIdx.x;
#pragma unroll
    for (int k = 0; k < 66; k++)
        x += __shfl_xor_sync(~0u, x, k & 31);
    out[threadIdx.x] = x;
}
END
want 0 "" "$cc" --target=sim --width=32 --vector=all -O1 -keep places.cu -o places.tnb
# What LLVM gets must grow with the places in functions, not within one: its time for a function grows faster than its loops.
most=$(awk '/^define /{n = 0} {n++} n > most{most = n; f = name} /^define /{name = $0; sub(/\(.*/, "", name); sub(/.*@/, "", name)}
            END{print most, f}' places.tnb.w32.regions.ll)
[ "${most%% *}" -lt 1200 ] || fail "66 places to wait at make a function of ${most%% *} lines: ${most#* }"
grep -q '^define internal i32 @places.rows.66(' places.tnb.w32.regions.ll || fail "a loop over threads is no function of its own"
rm -f places.tnb.*

cat >far.cu <<'END'
extern "C" __global__ void far(float *y, const float *x, int n)
{
#pragma unroll
    for (int k = 0; k < 64; k++)
        __syncthreads();
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
        y[i] += 2 * x[i];
}
END
want 0 "" "$cc" --target=sim far.cu -o far.tnb

[ -z "$(ls -A "$dir/tmp")" ] || fail "left behind: $(ls "$dir/tmp")"
[ -z "$(find . -name '*.partial')" ] || fail "left behind: $(find . -name '*.partial')"
[ $failed = 0 ] && echo "all passed"
exit $((failed != 0))
