#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The language at the command line: names of our headers against macros, cooperative kernels, what a target refuses.
set -u
cc=$TENON_BUILD/bin/tenoncc
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=want.sh
. "$here/want.sh"

# Every header of ours under macros of a program's names: single letters and common words.
for h in $(cd "$TENON_BUILD/lib/tenon/include" && find . -name '*.h' | sort); do
    case $h in
    */tenon_*) ;;
    */hip/*) ;;
    *) echo "#include <${h#./}>" ;;
    esac
done >all.cu
echo 'extern "C" __global__ void kernel__(int *out__) { out__[0] = 1; }' >>all.cu
set --
for name in a b c d e f g h i j k l m n o p q r s t u v A B C D E F G H I J K L M N O P Q R S T U V W X Y Z \
    address base before bits block body buffer bytes column compare count data delta dst eps file first format from \
    function grid height hi in index input is_signed key kind lane lanes last layout left len length limit line lo lost \
    low mask mode name next none null num offset old on op out output ptr predicate real rank result row rows scale scope \
    seed seen shape source src start state step stride string suffix expr temp text thread tile tmp to total type unit \
    val warp who width yes DEBUG ERROR SIZE WIDTH HEIGHT BLOCK BLOCK_SIZE TILE THREADS WARP_SIZE FLOAT REAL TYPE host \
    device shared constant global aligned always_inline convergent nothrow nodebug pi PI MODE KIND T1 T2 N1 N2 X1 Y1; do
    set -- "$@" "-D$name=1"
done
want 0 "" "$cc" --target=sim --width=32 all.cu -o all.tnb
want 0 "" "$cc" --target=sim --width=32 "$@" all.cu -o all.tnb

# Kernels that wait for the grid say so in the table; where nothing can do it they are refused by name and line.
cat >grid.cu <<'EOT'
#include <cooperative_groups.h>
extern "C" __global__ void all(int *x)
{
    cooperative_groups::this_grid().sync();
    x[0] = 1;
}
EOT
want 0 "" "$cc" --target=sim grid.cu -o grid.tnb
want 0 "cooperative" "$cc" --dump grid.tnb
want 1 "grid.cu:4: error: kernel all(int *) can't be built for target opencl-c: synchronises the whole grid" "$cc" --target=opencl-c grid.cu -o x.tnb

# Managed variables are in the table, with their initial values.
printf '\n__managed__ int together[4] = { 1, 2, 3, 4 };\nextern "C" __global__ void managed(int *x) { x[0] = together[1]++; }\n' >managed.cu
for target in sim ptx; do
    want 0 "" "$cc" --target=$target managed.cu -o managed.tnb
    want 0 "variable together: 16 bytes, align 4, managed" "$cc" --dump managed.tnb
done

# Inline PTX that is not in the table: named, with its line.
refuse() {
    printf 'extern "C" __global__ void assembly(float *x)\n{\n    asm volatile("%s" :: "r"(1), "l"(x), "f"(x[0]) : "memory");\n}\n' "$1" >refused.cu
    want 1 "refused.cu:3: error: kernel assembly(float *) can't be built for target sim: inline assembly: $2" \
        "$cc" --target=sim --width=32 refused.cu -o x.tnb
}
refuse 'mma.sync.aligned.m16n8k256.row.col.s32.b1.b1.s32.and.popc {_,_,_,_}, {%0,%0,%0,%0}, {%0,%0}, {%0,%0,%0,%0};' 'the instruction mma.sync.aligned.m16n8k256'
refuse 'mma.sync.aligned.m16n8k16.col.row.f32.f16.f16.f32 {_,_,_,_}, {%0,%0,%0,%0}, {%0,%0}, {%0,%0,%0,%0};' 'the instruction mma.sync.aligned.m16n8k16.col'
refuse 'mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {_,_,_,_}, {%0,%0}, {%0,%0}, {%0,%0,%0,%0};' 'the instruction mma.sync.aligned.m16n8k16'
refuse 'tcgen05.alloc.cta_group::1.sync.aligned.shared::cta.b32 [%1], 32;' 'the instruction tcgen05.alloc'
refuse 'cp.async.bulk.shared::cluster.global [%1], [%1], 16, [%1];' 'the instruction cp.async.bulk'
refuse 'mbarrier.init.shared.b64 [%0], 1;' 'the instruction mbarrier.init'
refuse '{ .reg .f32 t; add.rz.f32 t, %2, %2; }' 'add.rz.f32'
refuse '{ .reg .pred p; setp.eq.s32 p, %0, 1; @p shfl.sync.idx.b32 _, %0, 0, 31, -1; }' 'shfl.sync.idx.b32 under a predicate'
refuse '{ bra there; there: }' 'the instruction bra'
refuse 'redux.sync.max.abs.f32 _, %2, -1;' 'redux.sync'
refuse 'bar.sync 1, 64;' 'bar.sync of a barrier other than 0'

for target in opencl-c amdgcn:gfx90a; do
    for asm in '{ bra there; there: }|bra' 'mbarrier.init.shared.b64 [%0], 1;|mbarrier.init.shared.b64'; do
        printf 'extern "C" __global__ void assembly(int *x)\n{\n    asm volatile("%s" :: "r"(1));\n}\n' "${asm%|*}" >refused.cu
        want 1 "refused.cu:3: error: kernel assembly(int *) can't be built for target $target: inline assembly: the instruction ${asm#*|}" \
            "$cc" --target=$target refused.cu -o x.tnb
    done
done

# Device code of several sources: compiled apart, linked later or together; what does not fit is named.
for n in 1 2; do
    echo "extern __device__ int f$((3 - n))(int); __device__ int f$n(int x) { return x < 1 ? $n : f$((3 - n))(x - 1); }" >f$n.cu
    echo "extern \"C\" __global__ void k$n(int *x) { x[0] = f$n(x[0]); }" >>f$n.cu
done
want 0 "" "$cc" -dc f1.cu f2.cu
want 0 "" "$cc" -dlink --target=sim,ptx f1.o f2.o -o linked.tnb
want 0 "k2" "$cc" --dump linked.tnb
want 0 "" "$cc" -rdc=true --target=sim f1.cu f2.o -o mixed.tnb
want 1 "it calls _Z2f2i, which none of the sources defines" "$cc" --target=sim f1.o -o x.tnb
want 1 "symbol multiply defined" "$cc" --target=sim f1.o f1.cu f2.o -o x.tnb
want 1 "f3.o: error: this is no device object" sh -c "cp f1.cu f3.o; '$cc' --target=sim f3.o -o x.tnb"
head -c 700 f1.o >f4.o
want 1 "this is no device object" "$cc" --target=sim f4.o -o x.tnb
want 2 "-dc goes with sources" "$cc" -dc f1.o

[ $failed = 0 ] && echo "all as expected"
exit $((failed != 0))
