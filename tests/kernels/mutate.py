#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kernels with words taken out, doubled, exchanged and made up: tenoncc builds them or says where they are wrong. It never crashes,
never takes long, and an error of the source has a file and a line.

usage: mutate.py [FIRST [COUNT]]      seeds; TENON_BUILD names the build
"""
import os
import random
import re
import subprocess
import sys
import tempfile

SOURCE = """
#include <cooperative_groups.h>
struct Pair { int a; float b; int bits : 5; };
__constant__ int table[4] = { 1, 2, 3, 4 };
__device__ float total;
template <class T> __device__ T twice(T x) { return x + x; }
__device__ int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
extern "C" __global__ void __launch_bounds__(128) one(Pair p, const int *in, int *out, unsigned n)
{
    __shared__ int s[128];
    extern __shared__ float dynamic[];
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n)
        return;
    s[threadIdx.x] = in[i] + p.a + table[i & 3];
    __syncthreads();
    for (int k = 0; k < 3; k++) {
        s[threadIdx.x] += __shfl_xor_sync(~0u, s[threadIdx.x], 1 << k);
        __syncthreads();
    }
    dynamic[threadIdx.x] = twice(p.b);
    atomicAdd(&total, dynamic[threadIdx.x]);
    asm volatile("add.s32 %0, %1, %2;" : "=r"(out[i]) : "r"(s[threadIdx.x]), "r"(p.bits));
}
extern "C" __global__ void two(int *out)
{
    int shift = out[1] & 31, *where = out + (shift > 3 ? 2 : 1);
    for (int i = threadIdx.x; i < 9; i += shift + 1)
        where[i] /= out[i] % 7 << shift;
    printf("%d %f\\n", out[fib(3)], (double)total);
}
"""
WORDS = ["{", "}", "(", ")", ";", "*", "&", "const", "template", "__shared__", "__global__", "return", "0", "-1", "1e400", "int", "float", "void",
         "[", "]", "<", ">", ",", "\"", "'", "#define X", "#if 1", "//", "/*", "struct", "class", "virtual", "throw 1", "new int[9]", "goto x",
         "__syncthreads()", "__activemask()", "asm(\"nonsense;\")", "\\", "\x01", "\u00e9", "1ull << 70", "sizeof", "this", "operator"]


def mutate(rnd):
    words = re.findall(r"\w+|\s+|[^\w\s]", SOURCE)
    for _ in range(rnd.choice([1, 1, 2, 3])):
        at = rnd.randrange(len(words))
        how = rnd.random()
        if how < 0.3:
            del words[at]
        elif how < 0.45:
            words.insert(at, words[at])
        elif how < 0.6:
            other = rnd.randrange(len(words))
            words[at], words[other] = words[other], words[at]
        elif how < 0.7:
            words = words[:max(at, 40)]
        else:
            words.insert(at, " " + rnd.choice(WORDS) + " ")
    return "".join(words)


def main():
    first, count = (int(sys.argv[1]) if len(sys.argv) > 1 else 1), (int(sys.argv[2]) if len(sys.argv) > 2 else 24)
    tenoncc = os.path.join(os.path.abspath(os.environ.get("TENON_BUILD", "build")), "bin/tenoncc")
    targets = ["sim", "opencl-c", "ptx", "amdgcn"]
    built = wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(first, first + count):
            rnd = random.Random(seed)
            with open(os.path.join(folder, "k.cu"), "w", encoding="utf-8") as f:
                f.write(mutate(rnd))
            run = subprocess.run([tenoncc, "--width=32", "--keep-going", f"--target={targets[seed % 4]}", "k.cu", "-o", "k.tnb"], cwd=folder, capture_output=True,
                                 text=True, errors="replace", timeout=300)
            built += run.returncode == 0
            place = re.search(r"k\.cu:\d+(:\d+)?: (fatal )?error:", run.stderr) or re.search(r"k\.cu: error: (there is no __global__|no kernel is left)", run.stderr)
            if run.returncode not in (0, 1) or (run.returncode == 1 and not place):
                wrong += 1
                print(f"seed {seed}, target {targets[seed % 4]}: exit code {run.returncode}\n{run.stderr[-1500:]}")
    print(f"{count} sources: {built} built, {count - built} refused, {wrong} went wrong")
    return wrong != 0


sys.exit(main())
