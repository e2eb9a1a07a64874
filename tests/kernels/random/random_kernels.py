#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes random kernels and the program that compares tenoncc's images of them with the oracle.

usage: random_kernels.py SEED COUNT DIR      writes DIR/random.cu, DIR/random.cc
"""
from random_source import FILL, INDICES, LOCAL, Source, frame, rnd, write


class Maker(Source):
    variables = "abcd"

    def __init__(self, least=8, most=26):
        super().__init__(least, most)
        self.warps = rnd.random() < 0.5
        self.returns = rnd.random() < 0.5
        self.partial = self.warps and rnd.random() < 0.4
        self.loops = []        # uniform loop variables in scope

    def value(self, depth=0):
        r = rnd.random()
        if depth > self.deepest or r < 0.35:
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

    def exchange(self, pad):
        v, k = self.target(), rnd.randint(1, 60)
        return [f"{pad}s[T] = {self.value()};", f"{pad}__syncthreads();", f"{pad}{v} += s[(T + {k}) % N] ^ s[(T * {k}) % N];",
                f"{pad}__syncthreads();"]

    def together(self, pad):
        """a statement that all threads that are left execute"""
        r = rnd.random()
        v = self.target()
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

    def statement(self, pad, together, in_loop=False, depth=0):
        r = rnd.random()
        v = self.target()
        if together and r < 0.3:
            return self.together(pad)
        if together and self.returns and r < 0.36:
            return self.leave(pad)
        if r < 0.5 and depth < 4:
            if together and rnd.random() < 0.4:
                return self.branch(pad, self.uniform(), lambda inner: self.block(inner, True, False, depth + 1))
            return self.branch(pad, self.condition(), lambda inner: self.block(inner, False, in_loop, depth + 1))
        if r < 0.65 and depth < 3:
            i = self.fresh("i")
            if together and rnd.random() < 0.6:
                bound = rnd.choice(["3", "5", "(n & 3) + 1", "(in[blockIdx.x] & 3)", "blockIdx.x + 1", "17"])
                self.loops.append(i)
                lines = [f"{pad}for (unsigned {i} = 0; {i} < {bound}; {i}++) {{"] + self.block(pad + "    ", True, False, depth + 1)
                if rnd.random() < 0.3:
                    lines += self.leave_loop(pad + "    ", self.uniform())
                    lines += self.block(pad + "    ", True, False, depth + 1)
                self.loops.pop()
            else:
                lines = [f"{pad}for (unsigned {i} = 0; {i} < (({self.value()}) & 7); {i}++) {{"] + self.block(pad + "    ", False, True, depth + 1)
            return lines + [f"{pad}}}"]
        if r < 0.7 and in_loop and not together:
            return self.leave_loop(pad, self.condition())
        if r < 0.75:
            return [f"{pad}switch (({self.value()}) & 3) {{", f"{pad}case 0: {v} += 5; break;", f"{pad}case 2: {v} ^= {self.value()};",
                    f"{pad}default: {self.target()} += 1;", f"{pad}}}"]
        if r < 0.83:
            return self.assign(pad, f"p[({self.value()}) & 3]")
        return self.change(pad)

    def kernel(self, name):
        return frame(name, LOCAL + [("r", "__shared__ unsigned r[256];")] + INDICES + DECLARED, FILL + [("r", "r[T] = 2 * T;")], self.body(True), PARTS)


DECLARED = [("a", "unsigned a = in[G & 255];"), ("b", "unsigned b = T * 3;"), ("c", "unsigned c = n;"), ("d", "unsigned d = 1;"),
            ("p", "unsigned p[4] = {T, 1, 2, 3};")]
PARTS = [("a", "a"), ("b", "(b * 3)"), ("c", "(c * 5)"), ("d", "(d * 7)"), ("p", "p[0] ^ p[1] ^ (p[2] << 3) ^ p[3]")]

HEAD = ("#ifndef ORACLE\ntemplate <class M> __device__ unsigned ballot_count(M m, int p) { return __popcll(__ballot_sync(m, p)); }\n"
        "#endif\n")

if __name__ == "__main__":
    write(Maker, 26, HEAD)
