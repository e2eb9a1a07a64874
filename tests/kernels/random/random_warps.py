#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes random kernels with warp operations, and the program that compares them with the oracle: every kind of operation, in
branches and loops that warps take as one, with lanes that end early, partial masks, barriers between, and code on which lanes
part around them.

usage: random_warps.py SEED COUNT DIR [STATEMENTS]      writes DIR/random.cu, DIR/random.cc
"""
from random_source import FILL, INDICES, LOCAL, Source, frame, rnd, write

BLOCK, WARP, LANE = 2, 1, 0   # who comes to a statement together: all threads that are left, all lanes of a warp, or nobody


class Maker(Source):
    def __init__(self, least=3, most=16):
        super().__init__(least, most)
        self.same = []         # variables that are the same in a warp
        self.block_same = []
        self.returns = rnd.random() < 0.4
        self.barriers = rnd.random() < 0.6
        self.partial = rnd.random() < 0.4
        self.parting = rnd.random() < 0.8

    def value(self, depth=0):
        r = rnd.random()
        if depth > self.deepest or r < 0.35:
            return rnd.choice(["a", "b", "c", "T", "G", "n", "lane", str(rnd.randint(0, 40)), "blockIdx.x", "threadIdx.x"] + self.same + self.block_same)
        if r < 0.5:
            return f"in[({self.value(depth + 1)}) & 255]"
        if r < 0.54:
            return f"p[({self.value(depth + 1)}) & 3]"
        if r < 0.6:
            return f"({self.condition(depth + 1)} ? {self.value(depth + 1)} : {self.value(depth + 1)})"
        if r < 0.63:
            return f"(unsigned)(float)(({self.value(depth + 1)}) & 4095)"
        if r < 0.66:
            return f"(({self.value(depth + 1)}) {rnd.choice('/%')} {rnd.choice([3, 7, 16, 32, 64, 100])}u)"
        op = rnd.choice(["+", "-", "*", "^", "&", "|", "+", "^", ">>", "<<"])
        if op in (">>", "<<"):
            return f"(({self.value(depth + 1)}) {op} {rnd.randint(0, 9)})"
        return f"(({self.value(depth + 1)}) {op} ({self.value(depth + 1)}))"

    def condition(self, depth=0):
        r = rnd.random()
        if r < 0.2:
            return f"(lane {rnd.choice(['<', '==', '>', '>='])} {rnd.randint(0, 34)})"
        if r < 0.3:
            return f"(T {rnd.choice(['<', '>', '>='])} {rnd.randint(0, 100)})"
        return f"((({self.value(depth)}) & {rnd.choice([1, 3, 7])}) {rnd.choice(['<', '==', '!=', '>'])} {rnd.randint(0, 4)})"

    def block_uniform(self):
        parts = ["n", "blockIdx.x", "blockDim.x", "in[blockIdx.x]", "blockDim.y"] + self.block_same
        return f"((({rnd.choice(parts)} * {rnd.randint(1, 9)} + {rnd.choice(parts)}) & 3) {rnd.choice(['<', '==', '>'])} {rnd.randint(0, 3)})"

    def warp_uniform(self):
        """the same in all lanes of a warp that are left"""
        r = rnd.random()
        if r < 0.2:
            return f"(T / warpSize {rnd.choice(['==', '<', '>='])} {rnd.randint(0, 3)}u)"
        if r < 0.3:
            return f"(T {rnd.choice(['<', '>='])} {rnd.choice([0, 1, 2, 3])}u * warpSize)"
        if r < 0.38:
            return f"((int)T {rnd.choice(['<', '>='])} {rnd.choice([0, 64, 128])})"
        if r < 0.46:
            return f"(T {rnd.choice(['<=', '>'])} {rnd.choice([63, 127])}u)"
        if r < 0.52:
            return f"((in[T / warpSize] + G / warpSize * 0) & 1)"
        if r < 0.6 and self.same:
            return f"(({rnd.choice(self.same)}) & {rnd.choice([1, 2])})"
        if r < 0.75:
            return f"{rnd.choice(['__any_sync', '__all_sync'])}(~0u, {self.condition()})"
        if r < 0.85:
            return f"(vote(~0u, {self.condition()}) & 1)"
        if r < 0.92 and not self.returns:
            return f"(__shfl_sync(~0u, {self.value(2)}, 0) & 1)"
        return self.block_uniform()

    def source(self):
        """a lane, in every way"""
        return rnd.choice([str(rnd.randint(0, 40)), "(int)(lane + 1)", "(int)(lane * 3 + 1)", f"(int)({self.value(2)})", "(int)n", "(int)blockIdx.x",
                           "(int)(lane ^ 5)"] + [f"(int){s}" for s in self.same])

    def operation(self, mask="~0u"):
        """an expression that all lanes of the mask must come to"""
        r = rnd.random()
        v = self.value(2)
        width = rnd.choice(["warpSize", "warpSize", "warpSize", "4", "8", "16", "32"])
        delta = rnd.choice([str(rnd.randint(0, 33)), "1u", "2u", "4u", "8u", "16u", "n & 15", "blockIdx.x + 1"])
        if r < 0.15:
            return f"__shfl_sync({mask}, {v}, {self.source()}, {width})"
        if r < 0.3:
            return f"__shfl_xor_sync({mask}, {v}, (int)({delta}), {width})"
        if r < 0.42:
            return f"__shfl_up_sync({mask}, {v}, {delta}, {width})"
        if r < 0.54:
            return f"__shfl_down_sync({mask}, {v}, {delta}, {width})"
        if r < 0.6:
            return f"(unsigned)(__shfl_{rnd.choice(['xor', 'up', 'down'])}_sync({mask}, (unsigned long long)({v}) * 4294967299ull, {rnd.randint(0, 20)}, {width}) >> 7)"
        if r < 0.64:
            return f"(unsigned)(__shfl_sync({mask}, (unsigned long long)({v}) * 4294967299ull, {self.source()}, {width}) >> 7)"
        if r < 0.78:
            return f"vote({mask}, {self.condition()})"
        if r < 0.84:
            return f"(unsigned){rnd.choice(['__any_sync', '__all_sync'])}({mask}, {self.condition()})"
        if r < 0.9:
            return f"fold(__match_any_sync({mask}, ({v}) & {rnd.choice([1, 3, 15])}))"
        if r < 0.96:
            return f"(unsigned)__reduce_{rnd.choice(['add', 'min', 'max', 'and', 'or', 'xor'])}_sync({mask}, (unsigned)({v}))"
        return f"present({mask})" if mask == "~0u" else f"vote({mask}, 1)"

    def together(self, pad, level):
        r = rnd.random()
        v = self.target()
        if self.partial and rnd.random() < 0.4:
            return self.some_lanes(pad)
        if level == BLOCK and self.barriers and r < 0.2:
            k = rnd.randint(1, 60)
            return [f"{pad}s[T] = {self.value()};", f"{pad}__syncthreads();", f"{pad}{v} += s[(T + {k}) % N];", f"{pad}__syncthreads();"]
        if level == BLOCK and self.barriers and r < 0.25:
            return [f"{pad}{v} += __syncthreads_{rnd.choice(['count', 'and', 'or'])}({self.condition()}) ? {rnd.randint(1, 99)} : 3;"]
        if r < 0.33:   # through memory, with the warp as a whole
            return [f"{pad}s[T] = {self.value()};", f"{pad}__syncwarp();", f"{pad}{v} ^= s[T / warpSize * warpSize + (lane + {rnd.randint(1, 7)}) % (warpSize < N - T / warpSize * warpSize ? warpSize : N - T / warpSize * warpSize)];",
                    f"{pad}__syncwarp();"]
        if r < 0.46:   # each lane with the mask of its own group
            size = rnd.choice([4, 8, 16])
            return [f"{pad}{v} += " + self.operation(f"group({size})") + ";"]
        if r < 0.55:
            u = self.fresh("u")
            line = f"{pad}unsigned {u} = vote(~0u, {self.condition()});"
            self.same.append(u)
            return [line]
        return [f"{pad}{v} {rnd.choice(['+=', '^=', '='])} " + self.operation() + ";"]

    def some_lanes(self, pad):
        """lanes on one side of a branch, with the mask that names them"""
        self.names += 1
        low, m, q = rnd.choice([4, 8, 16]), f"m{self.names}", f"q{self.names}"
        r = rnd.random()
        if r < 0.4:
            mask, lines = hex((1 << low) - 1) + "u", [f"{pad}if ({rnd.choice(['lane', 'lane', 'T'])} < {low}) {{"]
        elif r < 0.8:
            lines = [f"{pad}const bool {q} = {self.condition()};", f"{pad}auto {m} = __ballot_sync(~0u, {q});", f"{pad}if ({q}) {{"]
            mask = m
        else:
            return [f"{pad}if ({self.condition()})", f"{pad}    tickets(sums + 4);"]
        for _ in range(rnd.randint(1, 3)):
            lines += self.scope(pad + "    ", LANE, False, 3) if rnd.random() < 0.4 else []
            lines += [f"{pad}    {self.target()} {rnd.choice(['+=', '^='])} " + self.operation(mask) + ";"]
        if rnd.random() < 0.3:
            lines += [f"{pad}}} else {{"] + self.scope(pad + "    ", LANE, False, 3)
        return lines + [f"{pad}}}"]

    def scope(self, pad, level, loop, depth):
        kept, kept_block = list(self.same), list(self.block_same)
        lines = self.block(pad, level, loop, depth)
        self.same, self.block_same = kept, kept_block
        return lines

    def loop(self, pad, level, depth):
        i = self.fresh("i")
        choice = rnd.random()
        if level == BLOCK and choice < 0.4:
            head = f"for (unsigned {i} = 0; {i} < {rnd.choice(['3', '5', '(n & 3) + 1', 'blockIdx.x + 1'])}; {i}++) {{"
            self.block_same.append(i)
            lines = [pad + head] + self.scope(pad + "    ", BLOCK, False, depth + 1)
            self.block_same.remove(i)
        elif level >= WARP and choice < 0.8:
            head = rnd.choice([f"for (unsigned {i} = 0; {i} < T / warpSize + 1; {i}++) {{",
                               f"for (unsigned {i} = warpSize / 2; {i} > 0; {i} /= 2) {{",
                               f"for (unsigned {i} = 0; {i} < 5 && __any_sync(~0u, (({self.value(2)}) & 7) > {i}); {i}++) {{",
                               f"for (unsigned {i} = 0; {i} < (in[T / warpSize] & 3); {i}++) {{"])
            self.same.append(i)
            lines = [pad + head] + self.scope(pad + "    ", WARP, False, depth + 1)
            if rnd.random() < 0.3:
                lines += self.leave_loop(pad + "    ", self.warp_uniform())
                lines += self.scope(pad + "    ", WARP, False, depth + 1)
            self.same.remove(i)
        else:
            head = rnd.choice([f"for (unsigned {i} = 0; {i} < (({self.value()}) & 7); {i}++) {{", f"for (unsigned {i} = lane; {i} < n; {i} += warpSize) {{"])
            lines = [pad + head] + self.scope(pad + "    ", LANE, True, depth + 1)
        return lines + [f"{pad}}}"]

    def statement(self, pad, level, loop=False, depth=0):
        r = rnd.random()
        v = self.target()
        if level >= WARP and r < 0.4:
            return self.together(pad, level)
        if level >= WARP and self.returns and r < 0.45:
            return self.leave(pad)
        if r < 0.62 and depth < 4:
            inner, test = LANE, self.condition()
            if level == BLOCK and rnd.random() < 0.3:
                inner, test = BLOCK, self.block_uniform()
            elif level >= WARP and rnd.random() < 0.6:
                inner, test = WARP, self.warp_uniform()
            elif not self.parting:
                return [f"{pad}{v} += {self.value()};"]
            return self.branch(pad, test, lambda deeper: self.scope(deeper, inner, loop, depth + 1))
        if r < 0.75 and depth < 3:
            return self.loop(pad, level, depth)
        if r < 0.78 and loop and level == LANE:
            return self.leave_loop(pad, self.condition())
        if r < 0.82:
            return self.assign(pad, f"p[({self.value()}) & 3]")
        if r < 0.86:
            return self.add_to_sums(pad)
        return self.change(pad)

    def kernel(self, name):
        return frame(name, LOCAL + INDICES + DECLARED, FILL, self.body(BLOCK), PARTS)


DECLARED = [("sums", "unsigned *sums = out + 768;"), ("a", "unsigned a = in[G & 255];"), ("b", "unsigned b = T * 3;"), ("c", "unsigned c = n;"),
            ("p", "unsigned p[4] = {T, 1, 2, 3};")]
PARTS = [("a", "a"), ("b", "(b * 3)"), ("c", "(c * 5)"), ("p", "p[0] ^ p[1] ^ (p[2] << 3) ^ p[3]")]

HEAD = ("#ifndef ORACLE\n"
        "__device__ unsigned fold(unsigned long long m) { return (unsigned)m ^ (unsigned)(m >> 32) * 7; }\n"
        "template <class M> __device__ unsigned vote(M m, int p) { return fold(__ballot_sync(m, p)); }\n"
        "__device__ auto group(unsigned size)\n"
        "{\n    unsigned lane = (threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z)) % warpSize;\n"
        "    return (decltype(__activemask()))((1ull << size) - 1) << (lane & ~(size - 1));\n}\n"
        "__device__ void tickets(unsigned *p)\n"
        "{\n    unsigned lane = (threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z)) % warpSize;\n"
        "    auto m = __activemask();\n    unsigned first = __ffsll(m) - 1, base = 0;\n"
        "    if (lane == first)\n        base = atomicAdd(p, __popcll(m));\n"
        "    base = __shfl_sync(m, base, first);\n"
        "    atomicAdd(p + 1, base + __popcll(m & (((decltype(m))1 << lane) - 1)));\n}\n"
        "template <class M> __device__ unsigned present(M m) { return fold(__activemask()); }\n"
        "#endif\n")

SHAPES = "{ 64, 1, 1 }, { 32, 1, 1 }, { 40, 1, 1 }, { 32, 4, 2 }, { 64, 2, 2 }, { 96, 1, 1 }, { 33, 3, 1 }, { 128, 2, 1 }, { 192, 1, 1 }, { 16, 4, 1 }"

if __name__ == "__main__":
    write(Maker, 16, HEAD, f"#define OUTPUTS (768 + 8)\n#define WIDTHS 64\n#define SHAPES {SHAPES}\n",
          "static void atomicAdd(unsigned *p, unsigned v) { *p += v; }\nstatic void tickets(unsigned *p) { p[1] += (*p)++; }\n")
