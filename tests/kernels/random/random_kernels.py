#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes random kernels and the program that compares tenoncc's images of them with the oracle.

usage: random_kernels.py SEED COUNT DIR      writes DIR/random.cu, DIR/random.cc
"""
import random
import sys

rnd = random.Random()


class Maker:
    def __init__(self, least=8, most=26):
        self.names = 0
        self.budget = rnd.randint(least, most)
        self.warps = rnd.random() < 0.5
        self.returns = rnd.random() < 0.5
        self.partial = self.warps and rnd.random() < 0.4
        self.loops = []        # uniform loop variables in scope
        self.returned = False

    def value(self, depth=0):
        r = rnd.random()
        if depth > 3 or r < 0.35:
            return rnd.choice(["a", "b", "c", "d", "T", "n", str(rnd.randint(0, 40)), "blockIdx.x", "threadIdx.x"] + self.loops)
        if r < 0.42:
            return f"in[({self.value(depth + 1)}) & 255]"
        if r < 0.5:
            return f"p[({self.value(depth + 1)}) & 3]"
        if r < 0.56:
            return f"({self.condition(depth + 1)} ? {self.value(depth + 1)} : {self.value(depth + 1)})"
        op = rnd.choice(["+", "-", "*", "^", "&", "|", "+", "^", ">>", "<<", "%", "/"])
        if op in (">>", "<<"):
            return f"(({self.value(depth + 1)}) {op} {rnd.randint(0, 9)})"
        if op in "%/":
            return f"(({self.value(depth + 1)}) {op} {rnd.randint(1, 19)}u)"
        return f"(({self.value(depth + 1)}) {op} ({self.value(depth + 1)}))"

    def condition(self, depth=0):
        return f"((({self.value(depth)}) & {rnd.choice([1, 3, 7, 15])}) {rnd.choice(['<', '==', '!=', '>'])} {rnd.randint(0, 4)})"

    def uniform(self):
        parts = ["n", "blockIdx.x", "blockDim.x", "in[blockIdx.x]"] + self.loops
        return f"((({rnd.choice(parts)} * {rnd.randint(1, 9)} + {rnd.choice(parts)}) & 3) {rnd.choice(['<', '==', '>'])} {rnd.randint(0, 3)})"

    def variable(self):
        return rnd.choice("abcd")

    def exchange(self, pad):
        v, k = self.variable(), rnd.randint(1, 60)
        return [f"{pad}s[T] = {self.value()};", f"{pad}__syncthreads();", f"{pad}{v} += s[(T + {k}) % N] ^ s[(T * {k}) % N];",
                f"{pad}__syncthreads();"]

    def together(self, pad):
        """a statement that all threads that are left execute"""
        r = rnd.random()
        v = self.variable()
        if self.warps and r < 0.3:
            form = rnd.choice(["__shfl_xor_sync(~0u, {v}, {x})", "__shfl_up_sync(~0u, {v}, {x})", "__shfl_down_sync(~0u, {v}, {x})",
                               "__shfl_sync(~0u, {v}, {x} + lane)", "ballot_count(~0u, {c})"])
            return [f"{pad}{v} += " + form.format(v=self.value(2), x=rnd.randint(0, 31), c=self.condition()) + ";"]
        if self.partial and r < 0.4:
            low = rnd.choice([4, 8, 16])
            return [f"{pad}if (lane < {low})", f"{pad}    {v} += __shfl_xor_sync({(1 << low) - 1}u, {self.value(2)}, {rnd.randint(1, low - 1)});"]
        if r < 0.5:
            return [f"{pad}{v} += __syncthreads_{rnd.choice(['count', 'and', 'or'])}({self.condition()}) ? {rnd.randint(1, 99)} : 3;"]
        if r < 0.58:
            c = self.condition()
            return [f"{pad}if ({c}) {{", f"{pad}    s[T] = {self.value()};", f"{pad}    __syncthreads();", f"{pad}    {v} ^= r[(T + 1) % N];",
                    f"{pad}    __syncthreads();", f"{pad}}} else {{", f"{pad}    r[T] = {self.value()};", f"{pad}    __syncthreads();",
                    f"{pad}    __syncthreads();", f"{pad}    {v} += 7;", f"{pad}}}", f"{pad}__syncthreads();"]
        return self.exchange(pad)

    def block(self, pad, together, in_loop=False, depth=0):
        lines = []
        for _ in range(rnd.randint(1, 4)):
            self.budget -= 1
            if self.budget < 0:
                break
            lines += self.statement(pad, together, in_loop, depth)
        return lines or [f"{pad}{self.variable()} += {self.value()};"]

    def statement(self, pad, together, in_loop, depth):
        r = rnd.random()
        v = self.variable()
        if together and r < 0.3:
            return self.together(pad)
        if together and self.returns and r < 0.36:
            self.returned = True
            return [f"{pad}if ({self.condition()} && {self.condition()}) {{", f"{pad}    out[G] = {self.value()};", f"{pad}    return;", f"{pad}}}"]
        if r < 0.5 and depth < 4:
            if together and rnd.random() < 0.4:
                lines = [f"{pad}if ({self.uniform()}) {{"] + self.block(pad + "    ", True, False, depth + 1)
                if rnd.random() < 0.5:
                    lines += [f"{pad}}} else {{"] + self.block(pad + "    ", True, False, depth + 1)
            else:
                lines = [f"{pad}if ({self.condition()}) {{"] + self.block(pad + "    ", False, in_loop, depth + 1)
                if rnd.random() < 0.5:
                    lines += [f"{pad}}} else {{"] + self.block(pad + "    ", False, in_loop, depth + 1)
            return lines + [f"{pad}}}"]
        if r < 0.65 and depth < 3:
            self.names += 1
            i = f"i{self.names}"
            if together and rnd.random() < 0.6:
                bound = rnd.choice(["3", "5", "(n & 3) + 1", "(in[blockIdx.x] & 3)", "blockIdx.x + 1", "17"])
                self.loops.append(i)
                lines = [f"{pad}for (unsigned {i} = 0; {i} < {bound}; {i}++) {{"] + self.block(pad + "    ", True, False, depth + 1)
                if rnd.random() < 0.3:
                    lines += [f"{pad}    if ({self.uniform()})", f"{pad}        {rnd.choice(['break', 'continue'])};"]
                    lines += self.block(pad + "    ", True, False, depth + 1)
                self.loops.pop()
            else:
                lines = [f"{pad}for (unsigned {i} = 0; {i} < (({self.value()}) & 7); {i}++) {{"] + self.block(pad + "    ", False, True, depth + 1)
            return lines + [f"{pad}}}"]
        if r < 0.7 and in_loop and not together:
            return [f"{pad}if ({self.condition()})", f"{pad}    {rnd.choice(['break', 'continue'])};"]
        if r < 0.75:
            return [f"{pad}switch (({self.value()}) & 3) {{", f"{pad}case 0: {v} += 5; break;", f"{pad}case 2: {v} ^= {self.value()};",
                    f"{pad}default: {self.variable()} += 1;", f"{pad}}}"]
        if r < 0.83:
            return [f"{pad}p[({self.value()}) & 3] {rnd.choice(['=', '+=', '^='])} {self.value()};"]
        return [f"{pad}{v} {rnd.choice(['=', '+=', '^=', '-='])} {self.value()};"]

    def kernel(self, name):
        body = []
        while self.budget > 0:
            body += self.block("    ", True)
        return "\n".join([
            f'extern "C" __global__ void {name}(const unsigned *in, unsigned *out, unsigned n)', "{",
            "    __shared__ unsigned s[256], r[256];",
            "    const unsigned N = blockDim.x * blockDim.y * blockDim.z, T = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);",
            "    const unsigned G = blockIdx.x * N + T, lane = T % warpSize;",
            "    unsigned a = in[G & 255], b = T * 3, c = n, d = 1, p[4] = {T, 1, 2, 3};", "    (void)lane;",
            "    s[T] = T;", "    r[T] = 2 * T;", "    __syncthreads();"] + body +
            ["    out[G] = a ^ (b * 3) ^ (c * 5) ^ (d * 7) ^ p[0] ^ p[1] ^ (p[2] << 3) ^ p[3];", "}", ""])


HEAD = ("#ifndef ORACLE\ntemplate <class M> __device__ unsigned ballot_count(M m, int p) { return __popcll(__ballot_sync(m, p)); }\n"
        "#endif\n")


def main():
    seed, count, out = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    rnd.seed(seed)
    kernels = "\n".join(Maker().kernel(f"k{i}") for i in range(count))
    with open(f"{out}/random.cu", "w") as f:
        f.write(HEAD + kernels)
    table = ", ".join(f"{{ \"k{i}\", k{i} }}" for i in range(count))
    with open(f"{out}/random.cc", "w") as f:
        f.write(f'''#define ORACLE 1
#include "tests/kernels/random/oracle.h"
#include "random.cu"
static const struct {{ const char *name; Kernel *kernel; }} table[] = {{ {table} }};
#include "tests/kernels/random/compare.h"
''')


if __name__ == "__main__":
    main()
