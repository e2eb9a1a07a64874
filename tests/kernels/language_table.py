#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Keeps the table of docs/language.md true: each row has a kernel here, which must build for the targets that the row says and be
refused by name for the others. `language_table.py --print` writes the rows as they are now."""
import json
import os
import re
import subprocess
import sys
import tempfile

BUILD = os.path.abspath(os.environ.get("TENON_BUILD", "build"))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
COLUMNS = [("sim, 32 lanes", ["--target=sim", "--width=32"]), ("sim, 64 lanes", ["--target=sim", "--width=64"]),
           ("opencl-c", ["--target=opencl-c"]), ("ptx", ["--target=ptx"]), ("amdgcn", ["--target=amdgcn"])]

HEAD = """
#include <cooperative_groups.h>
#include <cuda/atomic>
#include <cuda/barrier>
#include <cuda/pipeline>
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_fp8.h>
#include <curand_kernel.h>
#include <mma.h>
namespace cg = cooperative_groups;
struct Bits { unsigned a : 3; int b : 5; };
struct Large { int v[600]; };
struct Shape { __device__ virtual int area() const { return 1; } int side; };
struct Square : Shape { __device__ int area() const override { return side * side; } };
__device__ int plus(int a, int b) { return a + b; }
__device__ int minus(int a, int b) { return a - b; }
__device__ int down(int n) { return n < 2 ? n : down(n - 1) + down(n - 2); }
__device__ int counter;
__constant__ int limits[4] = { 1, 2, 3, 4 };
__managed__ int together[4];
template <class... A> __device__ int count_of(A...) { return sizeof...(A); }
"""

# What the table calls it, parameters besides int *o, and the body.
ROWS = [
    ("templates, lambdas, `constexpr`, classes", "", "auto f = [=](int v) { return v + count_of(1, 2.f, o); }; o[t] = f(t);"),
    ("structures by value, bit-fields, unions", ", Bits b, Large l", "b.a += t; union { float f; int i; } u; u.f = b.a; o[t] = u.i + l.v[t];"),
    ("recursion", "", "o[t] = down(t % 10);"),
    ("calls by pointer", "", "int (*f)(int, int) = o[t] > 3 ? plus : minus; o[t] = f(t, 2);"),
    ("virtual calls", "", "Square s; Shape p; s.side = t; Shape *q = o[t] ? (Shape *)&s : &p; o[t] = q->area();"),
    ("`__shared__`, static and dynamic", "", "__shared__ int a[64]; extern __shared__ int b[]; a[t % 64] = t; b[t] = t; __syncthreads(); o[t] = a[0] + b[1];"),
    ("`__device__`, `__constant__`", "", "o[t] = counter + limits[t % 4];"),
    ("`__managed__`", "", "o[t] = together[t % 4]++;"),
    ("integers of 128 bits", ", __int128 *w", "w[t] = w[t] * w[t + 1] / 7;"),
    ("`__syncthreads` in loops and branches, after exits", "", "if (t > 40) return; for (int i = 0; i < 3; i++) { o[t] += i; __syncthreads(); }"),
    ("`__syncthreads_count`, `_and`, `_or`", "", "o[t] = __syncthreads_count(o[t]) + __syncthreads_and(t) + __syncthreads_or(t);"),
    ("`grid.sync()`, cooperative launches", "", "cg::this_grid().sync(); o[t] = 1;"),
    ("shuffles, votes", "", "o[t] = __shfl_xor_sync(~0u, o[t], 1) + __any_sync(~0u, o[t]);"),
    ("`__match_*`, `__reduce_*`, `__activemask`", "", "o[t] = (int)__match_any_sync(~0u, o[t]) + __reduce_add_sync(~0u, o[t]) + (int)__activemask();"),
    ("cooperative groups: block, tiles", "", "auto g = cg::tiled_partition<8>(cg::this_thread_block()); o[t] = cg::reduce(g, o[t], cg::plus<int>()); g.sync();"),
    ("cooperative groups: coalesced, labeled, binary", "", "auto g = cg::coalesced_threads(); o[t] = cg::labeled_partition(g, o[t]).size() + cg::binary_partition(g, t & 1).size();"),
    ("atomics of 32 and 64 bits", ", unsigned long long *w", "atomicAdd(o, t); atomicMax(w, 3ull); atomicCAS(o, 1, 2); atomicInc((unsigned *)o, 7u);"),
    ("atomics of `float` and `double`", ", float *f, double *d", "atomicAdd(f, 1.f); atomicAdd(d, 1.);"),
    ("atomics of `half2`", ", half2 *h", "atomicAdd(h, make_half2(1, 2));"),
    ("atomics of 16 bits", ", unsigned short *h", "atomicCAS(h, (unsigned short)1, (unsigned short)2);"),
    ("fences, `volatile`", "", "*(volatile int *)o = 1; __threadfence(); __threadfence_block(); __threadfence_system();"),
    ("mathematics, single and double", ", float *f, double *d", "f[t] = sinf(f[t]) + powf(f[t], 3) + erff(f[t]); d[t] = exp(d[t]) + tgamma(d[t]) + cbrt(d[t]);"),
    ("Bessel functions, inverses of erf", ", double *d", "d[t] = j0(d[t]) + yn(3, d[t]) + erfinv(d[t]) + normcdfinv(d[t]) + erfcx(d[t]);"),
    ("`__sinf` ..., `-use_fast_math`", ", float *f", "f[t] = __sinf(f[t]) + __expf(f[t]) + __powf(f[t], 2) + __fdividef(f[t], 3);"),
    ("directed rounding", ", float *f, double *d", "f[t] = __fadd_rz(f[t], 1) + __fdiv_ru(f[t], 3); d[t] = __fma_rd(d[t], 2, 3) + __dsqrt_ru(d[t]);"),
    ("integer and video intrinsics", ", unsigned *u", "u[t] = __popc(u[t]) + __brev(u[t]) + __byte_perm(u[t], 1, 0x3210) + __dp4a(u[t], 1u, 2u) + __vadd4(u[t], 3) + __funnelshift_l(u[t], 1, 2);"),
    ("`half`, `half2`", ", half *h, half2 *g", "h[t] = __hfma(h[t], h[t], hexp(h[t])); g[t] = __hadd2(g[t], g[t]);"),
    ("`bfloat16`", ", __nv_bfloat16 *h", "h[t] = __hmul(h[t], hsqrt(h[t]));"),
    ("fp8", ", __nv_fp8_e4m3 *h, float *f", "f[t] = float(h[t]); h[t] = __nv_fp8_e4m3(f[t] * 2);"),
    ("`wmma` fragments", ", half *h, float *f", "using namespace nvcuda; wmma::fragment<wmma::matrix_a, 16, 16, 16, half, wmma::row_major> a; wmma::fragment<wmma::matrix_b, 16, 16, 16, half, wmma::col_major> b; wmma::fragment<wmma::accumulator, 16, 16, 16, float> c; wmma::fill_fragment(c, 0.f); wmma::load_matrix_sync(a, h, 16); wmma::load_matrix_sync(b, h, 16); wmma::mma_sync(c, a, b, c); wmma::store_matrix_sync(f, c, 16, wmma::mem_row_major);"),
    ("`printf`", "", 'printf("%d %s\\n", t, "text");'),
    ("`assert`", "", "assert(o[t] > 0);"),
    ("`__trap`", "", "if (o[t]) __trap();"),
    ("`malloc`, `free`, `new`, `delete`", "", "int *p = (int *)malloc(16); p[0] = t; o[t] = p[0]; free(p); delete new int(t);"),
    ("`clock64`", ", long long *w", "w[t] = clock64() + clock();"),
    ("`__globaltimer`", ", unsigned long long *w", "w[t] = __globaltimer();"),
    ("`cuda::atomic`, `cuda::atomic_ref`", "", "cuda::atomic_ref<int, cuda::thread_scope_device> r(o[0]); r.fetch_add(1, cuda::memory_order_relaxed); r++;"),
    ("`cuda::barrier`", "", "__shared__ cuda::barrier<cuda::thread_scope_block> b; if (t == 0) init(&b, blockDim.x); __syncthreads(); b.arrive_and_wait(); o[t] = 1;"),
    ("`cuda::pipeline`, `memcpy_async`", "", "__shared__ int a[64]; auto p = cuda::make_pipeline(); cuda::memcpy_async(a + t % 64, o + t, 4, p); p.producer_commit(); cuda::pipeline_consumer_wait_prior<0>(p); o[t] = a[t % 64] + 1;"),
    ("`curand_kernel.h`: XORWOW, Philox", ", float *f", "curandState s; curand_init(1, t, 0, &s); f[t] = curand_normal(&s); curandStatePhilox4_32_10_t p; curand_init(1, t, 0, &p); f[t] += curand_uniform(&p);"),
    ("inline PTX: arithmetic, memory, predicates", "", 'asm volatile("{ .reg .pred p; setp.gt.s32 p, %1, 3; @p st.global.u32 [%0], %1; }" :: "l"(o + t), "r"(o[t]) : "memory");'),
    ("inline PTX: carries", ", unsigned *u", 'asm volatile("add.cc.u32 %0, %2, %3; addc.u32 %1, %2, 0;" : "=r"(u[0]), "=r"(u[1]) : "r"(u[2]), "r"(u[3]));'),
    ("inline PTX: addresses of local memory, `cp.async`", "", '__shared__ int a[64]; asm volatile("cp.async.ca.shared.global [%0], [%1], 4; cp.async.wait_all;" :: "r"((unsigned)__cvta_generic_to_shared(a + t % 64)), "l"(o + t) : "memory"); o[t] = a[t % 64] + 1;'),
    ("inline PTX: `shfl`, `vote`, `match`, `redux`", "", 'asm volatile("shfl.sync.bfly.b32 %0, %1, 1, 31, -1;" : "=r"(o[t]) : "r"(o[t])); asm volatile("redux.sync.add.s32 %0, %1, -1;" : "=r"(o[t]) : "r"(o[t]));'),
    ("inline PTX: `mma.sync`, `ldmatrix`", ", unsigned *u, float *f", '__shared__ __align__(16) unsigned a[256]; a[t] = u[t]; unsigned r[4]; asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];" : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"((unsigned)__cvta_generic_to_shared(a + 4 * (t % 32)))); asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%4,%5}, {%0,%1,%2,%3};" : "+f"(f[0]), "+f"(f[1]), "+f"(f[2]), "+f"(f[3]) : "r"(r[0]), "r"(r[1]), "r"(r[2]), "r"(r[3]));'),
]


def build(directory, flags):
    """The set of rows that are built; every other must have been refused by name."""
    source, bundle = os.path.join(directory, "rows.cu"), os.path.join(directory, "rows.tnb")
    tenoncc = os.path.join(BUILD, "bin", "tenoncc")
    run = subprocess.run([tenoncc, "--keep-going"] + flags + [source, "-o", bundle], capture_output=True, text=True)
    if run.returncode:
        sys.exit("tenoncc %s failed:\n%s" % (" ".join(flags), run.stderr[:3000]))
    refused = {int(n) for n in re.findall(r"kernel row_(\d+)\(.* is left out of target", run.stderr)}
    table = json.loads(subprocess.run([tenoncc, "--dump", "--json", bundle], capture_output=True, text=True, check=True).stdout)
    built = {int(k["name"][4:]) for image in table["images"] for k in image["kernels"]}
    if built & refused or built | refused != set(range(len(ROWS))):
        sys.exit("%s: neither built nor refused: %s" % (flags, sorted(set(range(len(ROWS))) - built - refused)))
    return built


def main():
    with tempfile.TemporaryDirectory() as directory:
        with open(os.path.join(directory, "rows.cu"), "w") as out:
            out.write(HEAD)
            for n, (_, parameters, body) in enumerate(ROWS):
                out.write('extern "C" __global__ void row_%d(int *o%s)\n{ int t = threadIdx.x; %s }\n' % (n, parameters, body))
        columns = [build(directory, flags) for _, flags in COLUMNS]
    now = ["| %s | %s |" % (name, " | ".join("yes" if n in built else "no" for built in columns))
           for n, (name, _, _) in enumerate(ROWS)]
    if "--print" in sys.argv:
        print("| feature | %s |\n|---|%s" % (" | ".join(name for name, _ in COLUMNS), "---|" * len(COLUMNS)))
        print("\n".join(now))
        return 0
    with open(os.path.join(ROOT, "docs", "language.md")) as page:
        there = [line.rstrip() for line in page if re.fullmatch(r"\|.*\| (yes|no) \|\s*", line)]
    wrong = [line for line in now if line not in there] + ["not so any more: " + line for line in there if line not in now]
    for line in wrong:
        print("docs/language.md should say:", line)
    print("%d rows of docs/language.md, %d wrong" % (len(there), len(wrong)))
    return 1 if wrong else 0


sys.exit(main())
