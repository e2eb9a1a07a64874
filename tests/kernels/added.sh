#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# --add-image: images that another compiler built, with a table that declares their kernels; one is loaded and run through a driver,
# the others are held against their tables, and tables and images that are not in order are refused with their line.
set -u
build=$(cd "${TENON_BUILD:-build}" && pwd)
cc=$build/bin/tenoncc
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=want.sh
. "$here/want.sh"
cat >k.cu <<'EOF'
extern "C" __global__ void k(int *out, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    out[i] = i * n + 3;
}
EOF
cat >k.ini <<'EOF'
# what the vendor's compiler does not say
[image]
width = 32
[kernel k]
arg = int *out
arg = int n
max_threads = 256
EOF
"$cc" -fatbin k.cu -o k.fatbin && "$cc" -ptx k.cu -o k.ptx || exit 1

# A container of the vendor's, which the stand-in takes as the vendor's library does.
want 0 "" "$cc" --add-image=fatbin::k.fatbin --args=k.ini -o added.tnb
want 0 "image 0: vendor for fatbin, warps of 32" "$cc" --dump added.tnb
grep -qF "1: int n, offset 8, size 4, align 4" out.txt && grep -qF "at most 256 threads a block" out.txt || fail "the table in the bundle"
want 0 "k(int *, int)" "$cc" --dump --json added.tnb
want 0 "data as they should be" "$build/obj/kernels-debug" added.tnb
# PTX is for silicon: the stand-in says so.
want 0 "" "$cc" --add-image=ptx:sm_80:k.ptx --args=k.ini -o ptx.tnb
want 1 "takes none of the bundle's images (ptx sm_80: a simulator runs simulator images only)" "$build/obj/kernels-debug" ptx.tnb
# Beside images that are built here, and beside those of a bundle.
want 0 "" "$cc" --target=sim --width=32 k.cu --add-image=ptx:sm_80:k.ptx --args=k.ini -o both.tnb
want 0 "image 1: ptx for sm_80" "$cc" --dump both.tnb
want 0 "data as they should be" "$build/obj/kernels-debug" both.tnb
want 0 "" "$cc" both.tnb --add-image=fatbin::k.fatbin --args=k.ini -o three.tnb
want 0 "three.tnb: 3 images" "$cc" --dump three.tnb
want 0 "data as they should be" "$build/obj/kernels-debug" three.tnb
"$cc" three.tnb -o again.tnb && cmp -s three.tnb again.tnb || fail "a bundle that is read and written is another one"
# OpenCL C by hand.
cat >c.cl <<'EOF'
__kernel void k(__global int *out, int n) { out[get_global_id(0)] = (int)get_global_id(0) * n + 3; }
EOF
want 0 "" "$cc" --add-image=opencl-c:cl1.2:c.cl --args=k.ini -o cl.tnb
want 0 "image 0: opencl-c for cl1.2" "$cc" --dump cl.tnb

# Images that are not what they are called, and tables that they don't fit.
want 1 "k.ptx: error: this is no fat binary" "$cc" --add-image=fatbin::k.ptx --args=k.ini -o x.tnb
want 1 "k.ptx: error: this is not a cubin" "$cc" --add-image=cubin:sm_80:k.ptx --args=k.ini -o x.tnb
want 1 "k.fatbin: error: ptx is text" "$cc" --add-image=ptx:sm_80:k.fatbin --args=k.ini -o x.tnb
want 1 "absent.ptx: error: can't be read" "$cc" --add-image=ptx:sm_80:absent.ptx --args=k.ini -o x.tnb
want 1 "absent.ini: error: can't be read" "$cc" --add-image=ptx:sm_80:k.ptx --args=absent.ini -o x.tnb
table() { # TEXT TABLE-LINES: refused with that text
    printf '%b' "$2" >t.ini
    want 1 "$1" "$cc" --add-image=ptx:sm_80:k.ptx --args=t.ini -o x.tnb
}
table "t.ini:1: error: kernel k has 1 arguments here and 2 in k.ptx" '[kernel k]\narg = int *out\n'
table "t.ini:1: error: kernel k: argument 1, 'n', has 8 bytes here and 4 in k.ptx" '[kernel k]\narg = int *out\narg = long n\n'
table "k.ptx: error: it has no '.entry other', which t.ini:2 declares" '\n[kernel other]\n'
table "t.ini:2: error: the type 'struct params' is not known" '[kernel k]\narg = struct params p\n'
table "t.ini:2: error: arg: size and alignment are written" '[kernel k]\narg = struct params p : 24\n'
table "t.ini:2: error: arg: the alignment 3: it is a power of two" '[kernel k]\narg = struct params p : 24, 3\n'
table "t.ini:2: error: arg: the size 20 is no multiple of the alignment 8" '[kernel k]\narg = struct params p : 20, 8\n'
table "t.ini:2: error: arg = int: it is written 'TYPE NAME'" '[kernel k]\narg = int\n'
table "t.ini:2: error: unknown key 'argument'" '[kernel k]\nargument = int n\n'
table "t.ini:2: error: max_threads = many: it is a number up to 1024" '[kernel k]\nmax_threads = many\n'
table "t.ini:1: error: 'arg = int n': there is no section before it" 'arg = int n\n'
table "t.ini:1: error: '[kernel k': a section is written" '[kernel k\n'
table "t.ini:1: error: [thing x]: a section is written" '[thing x]\n'
table "t.ini:2: error: 'k' is declared twice" '[kernel k]\n[variable k]\n'
table "t.ini: error: variable v has no bytes" '[kernel k]\n[variable v]\n'
table "t.ini: error: it declares no kernel" '# nothing\n'
table "t.ini: error: it holds no text" '[kernel k]\n\0'
want 2 "the kind is ptx, cubin" "$cc" --add-image=spirv:x:k.ptx --args=k.ini -o x.tnb
want 2 "it is written KIND:TARGET:FILE" "$cc" --add-image=k.ptx --args=k.ini -o x.tnb
want 2 "the target is written sm_80" "$cc" --add-image=ptx:gfx906:k.ptx --args=k.ini -o x.tnb
want 2 "wants --args=TABLE behind it" "$cc" --add-image=ptx:sm_80:k.ptx -o x.tnb
want 2 "it goes behind the --add-image" "$cc" --args=k.ini k.cu -o x.tnb
want 2 "images are added to one bundle" "$cc" -fatbin --add-image=ptx:sm_80:k.ptx --args=k.ini k.cu -o x.fatbin
want 2 "the output both.tnb is an input" "$cc" both.tnb -o both.tnb
head -c 300 three.tnb >cut.tnb
want 1 "cut.tnb" "$cc" cut.tnb -o x.tnb
[ ! -e x.tnb ] || fail "something was written after a failure"
[ $failed = 0 ] && echo "all as expected"
exit $((failed != 0))
