#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What newcomers and accidents give tenoncc: each is one clear error (or works), with its exit code, in bounded time, and nothing is
# left behind: no output, no half of one, no temporary file.
set -u
cc=$(cd "${TENON_BUILD:-build}" && pwd)/bin/tenoncc
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=want.sh
. "$here/want.sh"
trap 'chmod -R u+w "$dir" 2>/dev/null; rm -rf "$dir"' EXIT
mkdir tmp work said && cd work || exit 1
export TMPDIR="$dir/tmp"
out=$dir/said/out.txt
tried=0

# try STATUS TEXT ARGUMENTS...: the output is x.tnb; after an error there is none
try() {
    status=$1 text=$2
    shift 2
    tried=$((tried + 1))
    rm -f x.tnb
    timeout 120 "$cc" "$@" >"$out" 2>&1
    gave "$status" "$text" $? "$out" "tenoncc $*"
    [ "$status" = 0 ] || [ ! -e x.tnb ] || fail "$*: an output after an error"
    [ "$status" = 0 ] || [ -s "$out" ] || fail "$*: an error without a word"
    [ "$(wc -c <"$out")" -lt 200000 ] || fail "$*: more than 200 KB of messages"
    left=$(ls -A "$TMPDIR")
    [ -z "$left" ] || { fail "$*: left $left" && rm -rf "${TMPDIR:?}"/*; }
    left=$(find . -name '*.partial' -o -name '*.tmp')
    [ -z "$left" ] || { fail "$*: left $left" && rm -f $left; }
}

# source STATUS TEXT: compiles what comes in, for simulators
source_() {
    cat >s.cu
    try "$1" "$2" --target=sim s.cu -o x.tnb
}
good='extern "C" __global__ void k(int *x, int n) { x[threadIdx.x] = n; }'
echo "$good" >good.cu

# files that are no sources
try 1 "no such file: absent.cu" absent.cu -o x.tnb
try 1 "is a directory, not a source" . -o x.tnb
try 1 "is a directory, not a source" /tmp -o x.tnb
: >empty.cu && try 1 "there is no __global__ function" --target=sim empty.cu -o x.tnb
head -c 20000 "$cc" >binary.cu && try 1 "NUL bytes" binary.cu -o x.tnb
printf 'int x;\0\0\0\n' >nul.cu && try 1 "NUL bytes" --target=sim nul.cu -o x.tnb
printf '\377\376i\0n\0t\0' >utf16.cu && try 1 "UTF-8" --target=sim utf16.cu -o x.tnb
head -c 3000 "$cc" >junk.bc && try 1 "bitcode" --target=sim junk.bc -o x.tnb
: >empty.bc && try 1 "bitcode" --target=sim empty.bc -o x.tnb
printf 'BC\300\336' >short.bc && try 1 "bitcode" --target=sim short.bc -o x.tnb
mkdir dir.cu && try 1 "is a directory" dir.cu -o x.tnb
ln -s nowhere dangling.cu && try 1 "no such file: dangling.cu" dangling.cu -o x.tnb
ln -s loop.cu loop.cu && try 1 "loop.cu" loop.cu -o x.tnb
try 1 "good.cu: error: does not link" good.cu good.cu -o x.tnb
if [ "$(id -u)" != 0 ]; then
    cp good.cu closed.cu && chmod 000 closed.cu && try 1 "can't read closed.cu" closed.cu -o x.tnb
fi

# programs that mean something else
source_ 1 "there is no __global__ function" <<'EOF'
#include <math.h>
int main() { return (int)sin(1.0); }
EOF
source_ 1 "error" <<'EOF'
__global__ void k(int *x) { x[0] = 1; }
int main() { int *p = 0; k<<<1, 32>>>(p); return 0; }
EOF
source_ 1 "cuda_runtime" <<'EOF'
#include <cuda_runtime_absent.h>
__global__ void k() {}
EOF
source_ 1 "s.cu:1" <<'EOF'
kernel void k(global int *x) { x[get_global_id(0)] = 1; }
EOF
source_ 1 "void" <<'EOF'
__global__ int k(int *x) { return x[0]; }
EOF
source_ 1 "error" <<'EOF'
#include <iostream>
__global__ void k() { std::cout << "hello"; }
EOF
source_ 1 "error" <<'EOF'
def k(x):
    return x
EOF
source_ 1 "s.cu:2" <<'EOF'
int host(int x) { return x; }
__global__ void k(int *x) { x[0] = host(1); }
EOF
source_ 1 "error" <<'EOF'
__global__ void k(int *x) { std::vector<int> v; x[0] = v.size(); }
EOF
source_ 1 "'try'" <<'EOF'
__global__ void k(int *x) { try { x[0] = 1; } catch (int) { x[0] = 2; } }
EOF
source_ 1 "s.cu:1" <<'EOF'
__global__ void k(int *x) { x[0] = 1;
EOF
source_ 1 "unterminated" <<'EOF'
#if 1
__global__ void k(int *x) { x[0] = 1; }
EOF
source_ 1 "twice is wanted" <<'EOF'
#error twice is wanted
EOF
source_ 1 "redefinition" <<'EOF'
__global__ void k(int *x) { x[0] = 1; }
__global__ void k(int *x) { x[0] = 2; }
EOF
source_ 1 "initialization" <<'EOF'
__device__ int now();
__device__ int value = now();
__global__ void k(int *x) { x[0] = value; }
EOF
source_ 1 "elsewhere" <<'EOF'
extern __device__ int elsewhere(int);
__global__ void k(int *x) { x[0] = elsewhere(1); }
EOF
source_ 1 "elsewhere" <<'EOF'
extern __device__ int elsewhere;
__global__ void k(int *x) { x[0] = elsewhere; }
EOF
source_ 1 "kernel k" <<'EOF'
__device__ void f(int n) { __syncthreads(); if (n) f(n - 1); }
extern "C" __global__ void k(int n) { f(n); }
EOF
source_ 1 "static_assert" <<'EOF'
template <class T> __global__ void k(T *x) { static_assert(sizeof(T) == 3); }
template __global__ void k<int>(int *);
EOF
source_ 1 "instantiation" <<'EOF'
template <int N> struct deep { static const int value = deep<N + 1>::value; };
__global__ void k(int *x) { x[0] = deep<0>::value; }
EOF
source_ 1 "nested too deeply" <<'EOF'
#include "s.cu"
EOF
source_ 1 "constexpr" <<'EOF'
constexpr int f(int n) { return f(n + 1); }
__global__ void k(int *x) { constexpr int a = f(0); x[0] = a; }
EOF
source_ 1 "" <<'EOF'
#define A B B B B B B B B
#define B A
__global__ void k(int *x) { x[0] = A; }
EOF

# sizes
source_ 1 "__shared__ memory" <<'EOF'
__shared__ int big[1 << 29];
extern "C" __global__ void k(int *x) { big[0] = x[0]; x[0] = big[1]; }
EOF
source_ 1 "allocate what is large" <<'EOF'
__device__ int huge[1u << 29];
extern "C" __global__ void k(int *x) { x[0] = huge[x[0]]; }
EOF
source_ 1 "allocate what is large" <<'EOF'
__device__ char huge[1ull << 40];
extern "C" __global__ void k(int *x) { x[0] = huge[x[1]]; }
EOF
source_ 1 "private memory" <<'EOF'
extern "C" __global__ void k(int *x) { char own[1ull << 33]; own[x[0]] = 1; __syncthreads(); x[0] = own[x[1]]; }
EOF
source_ 0 "" <<'EOF'
struct S { char bytes[1 << 20]; };
extern "C" __global__ void k(S s, int *x) { x[0] = s.bytes[x[1]]; }
EOF
awk 'BEGIN { print "extern \"C\" __global__ void k(int *x) { x[0] = 0" ; for (i = 0; i < 3000; i++) printf "+(x[%d]", i; for (i = 0; i < 3000; i++) printf ")"; print "; }" }' >s.cu
try 1 "bracket" --target=sim s.cu -o x.tnb
awk 'BEGIN { printf "extern \"C\" __global__ void k(int *x) { x[0] = 0"; for (i = 0; i < 5000; i++) printf " + 1"; print "; }" }' >s.cu
try 0 "" --target=sim s.cu -o x.tnb
awk 'BEGIN { printf "extern \"C\" __global__ void k(int *x) { x[0] = 1; } //"; for (i = 0; i < 500000; i++) printf "long "; print "" }' >s.cu
try 0 "" --target=sim s.cu -o x.tnb
awk 'BEGIN { for (i = 0; i < 100; i++) printf "extern \"C\" __global__ void kernel_%d(int *x) { x[threadIdx.x] = %d; }\n", i, i }' >s.cu
try 0 "" --target=sim -O1 --vector=off s.cu -o x.tnb
awk 'BEGIN { for (i = 0; i < 20000; i++) printf "undeclared_%d;\n", i }' >s.cu
try 1 "too many errors" --target=sim s.cu -o x.tnb
awk 'BEGIN { printf "extern \"C\" __global__ void k(int *x"; for (i = 0; i < 1500; i++) printf ", int a%d", i; print ") { x[0] = a7; }" }' >s.cu
try 0 "" --target=sim s.cu -o x.tnb

# names
mkdir "with space" 'quote"d' "élan" "a\$HOME;x" && for d in "with space" 'quote"d' "élan" "a\$HOME;x"; do
    echo "$good" >"$d/käse \$(x).cu"
    try 0 "" --target=sim -MD -MF dep.d -g "$d/käse \$(x).cu" -o x.tnb
done
try 1 "käse" --target=sim -Dn= "$d/käse \$(x).cu" -o x.tnb
echo 'extern "C" __global__ void größe(int *x) { int ünï = 1; x[0] = ünï; }' >s.cu
try 0 "" --target=sim s.cu -o x.tnb
"$cc" --dump x.tnb | grep -q größe || fail "a kernel's name with umlauts"
echo "$good" >./-dash.cu
try 0 "" --target=sim ./-dash.cu -o x.tnb
try 2 "unknown option -dash.cu" --target=sim -dash.cu -o x.tnb
echo 'extern "C" __global__ void k(int *x) { x[0] = F(1, 2) + sizeof(S); }' >s.cu
try 0 "" --target=sim '-DF(a,b)=((a), (b))' '-DS="one, two"' s.cu -o x.tnb
try 1 "macro name" --target=sim -D1=2 s.cu -o x.tnb

# outputs
try 1 "can't write nowhere/x.tnb: No such file or directory" --target=sim good.cu -o nowhere/x.tnb
try 1 "can't write dir.cu: Is a directory" --target=sim good.cu -o dir.cu
mkdir ro && chmod 500 ro
if [ "$(id -u)" != 0 ]; then
    try 1 "can't write ro/x.tnb: Permission denied" --target=sim good.cu -o ro/x.tnb
    : >kept.tnb && chmod 400 kept.tnb
    try 1 "can't write kept.tnb: Permission denied" --target=sim good.cu -o kept.tnb
fi
[ ! -c /dev/full ] || try 1 "No space left on device" --target=sim good.cu -o /dev/full
try 1 "No such file or directory" --target=sim -MD -MF nowhere/d good.cu -o x.tnb
try 1 "" --target=sim --embed good.cu -o nowhere/e.o --header e.h
[ ! -e e.h ] || fail "--embed: a header without its object"
try 1 "" --target=sim --embed good.cu -o e.o --header nowhere/e.h
[ ! -e e.o ] || fail "--embed: an object without its header"
(export TMPDIR=/nowhere/at/all && "$cc" --target=sim good.cu -o x.tnb) || fail "a TMPDIR that is not there, where none is needed"
try 2 "no input files" -o x.tnb
try 2 "no output" good.cu
try 2 "unknown target 'cuda'" --target=cuda good.cu -o x.tnb
try 2 "unknown chip 'gfx9999'" --target=amdgcn:gfx9999 good.cu -o x.tnb
try 1 "c++98" --target=sim -std=c++98x good.cu -o x.tnb

# ended from outside while clang runs: nothing stays
cat >slow.cu <<'EOF'
constexpr unsigned slow(unsigned n) { unsigned x = 1; for (unsigned i = 0; i < n; i++) x = x * 3 + i; return x; }
extern "C" __global__ void k(unsigned *x) { constexpr unsigned a = slow(100000000); x[0] = a; }
EOF
rm -f x.tnb
for signal in TERM HUP INT; do
    tried=$((tried + 1))
    # The shell has its background jobs ignore SIGINT; nohup and some builders ignore SIGHUP.
    env --default-signal "$cc" --target=sim -fconstexpr-steps=1000000000 --name-expression=k slow.cu -o x.tnb >"$out" 2>&1 &
    pid=$!
    sleep 1
    kill -$signal $pid 2>/dev/null
    wait $pid
    got=$?
    [ $got -gt 128 ] || fail "SIG$signal: status $got"
    [ ! -e x.tnb ] || { fail "SIG$signal: an output: $(cat "$out")" && rm -f x.tnb; }
    [ -z "$(ls -A "$TMPDIR")" ] || { fail "SIG$signal: left $(ls -A "$TMPDIR")" && rm -rf "${TMPDIR:?}"/*; }
done

[ $failed = 0 ] && echo "$tried tried, all as they should be"
exit $((failed != 0))
