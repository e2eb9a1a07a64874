#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# PTX of all of kernels/ and of the battery's kernels for several chips: each is built, with the chip's name in it; what PTX does not have is
# left out by name. Whether an assembler takes it is asked by ptx.py where there is one.
set -u
cc=$TENON_BUILD/bin/tenoncc
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=want.sh
. "$here/want.sh"
root=$(cd "$here/../.." && pwd)
for sm in 70 80 90; do
    for f in "$root"/kernels/*.cu; do
        want 0 "" "$cc" -ptx -arch=sm_$sm "$f" -o x.ptx
        grep -q "^.target sm_$sm" x.ptx || fail "$f: no PTX for sm_$sm"
    done
done
for f in basic warp language math narrow assembly parts tensor special features groups rounding fast grid many; do
    [ $f = fast ] && set -- -use_fast_math || set --
    want 0 "" "$cc" --target=ptx --keep-going "$@" -gencode arch=compute_70,code=sm_70 -gencode arch=compute_90,code=sm_90 "$here/$f.cu" -o x.tnb
    grep 'left out' out.txt | grep -v 'printf is not supported' && fail "$f: more is left out than printf"
    want 0 "x.tnb: 2 images" "$cc" --dump x.tnb
done
# loads and stores in order have fences
cat >order.cu <<'EOF'
#include <cuda/atomic>
extern "C" __global__ void k(int *x)
{
    cuda::atomic_ref<int> a(x[0]);
    a.store(a.load(cuda::std::memory_order_acquire) + 1, cuda::std::memory_order_release);
}
EOF
want 0 "" "$cc" -ptx order.cu -o order.ptx
[ "$(grep -c 'membar.sys' order.ptx)" = 2 ] || fail "an acquiring load and a releasing store have a fence each"
[ $failed = 0 ] && echo "all as expected"
exit $((failed != 0))
