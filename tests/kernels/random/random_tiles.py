#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes random kernels of the tiled kind for regions that run several rows or groups of threads at once, and the program that
compares them with the oracle: loops around barriers, sums that cross them, tiles in local memory read along rows and columns,
rows that part, leave early or loop by themselves, masks, private arrays.

usage: random_tiles.py SEED COUNT DIR      writes DIR/random.cu, DIR/random.cc
"""
from random_source import frame, rnd, write

pick = rnd.choice


class Maker:
    def __init__(self, least=1, most=6):
        self.sums = ["a", "b", "c", "d"][:rnd.randint(1, 4)]
        self.tiles = rnd.sample("stu", rnd.randint(1, 3))
        self.deep = 0
        self.most = rnd.randint(least, most)   # statements that hold others

    def scalar(self):
        return pick(["x", "y", "n", "i", "G", "T", str(rnd.randint(0, 9)), "blockIdx.x"] + self.sums)

    def place(self):
        """an index into in[]: along a row, down a column, the same for a row, wrapping or not"""
        return pick([f"(y * 16 + x + {rnd.randint(0, 9)}) & 255", f"(T + i * {rnd.randint(1, 20)}) & 255", f"(y * {rnd.randint(1, 9)} + i) & 255",
                     f"(i * 16 + x) & 255", f"(G ^ {rnd.randint(0, 63)}) & 255", "(x - y) & 255", f"({pick(self.sums)} + y) & 255"])

    def tile(self, j):
        return pick(self.tiles) + pick([f"[y * X + {j} % X]", f"[({j} % Y) * X + x]", f"[({j} + y) % N]", f"[({j} * {rnd.randint(1, 5)} + x) % N]",
                                        "[T]", f"[{j} % N]", f"[x * Y + {j} % Y]"])

    def value(self, j):
        v = pick([self.tile(j), self.tile(j), f"in[{self.place()}]", self.scalar()])
        return pick([v, v, f"({v} {pick('+-*^')} {self.scalar()})", f"({v} {pick('+*^')} {self.tile(j)})"])

    def condition(self):
        return pick([f"y < {rnd.randint(0, 9)}", f"y % {rnd.randint(2, 4)} == 0", "blockIdx.y + y < n", f"x < {rnd.randint(0, 40)}", "y * X + x < n * 3",
                     f"n > {rnd.randint(0, 30)}", f"({self.scalar()} & 3) != 1", "y > 0 && y + 1 < Y && x > 0 && x + 1 < X"])

    def inner(self, pad):
        """reads tiles only: between two barriers"""
        self.deep += 1
        lines, j = [], f"j{self.deep}"
        for _ in range(rnd.randint(1, 2)):
            r, v = rnd.random(), pick(self.sums)
            if r < 0.35:
                bound = pick(["X", "Y", "(n & 15)", "16", "8", "(y & 3)", f"({self.scalar()} & 7)"])
                lines += [f"{pad}for (unsigned {j} = 0; {j} < {bound}; {j}++) {{", f"{pad}    {v} += {self.value(j)} * {self.value(j)};"]
                if rnd.random() < 0.3:
                    lines += [f"{pad}    if ({self.condition()})", f"{pad}        {pick(['break', 'continue'])};", f"{pad}    {pick(self.sums)} ^= {self.value(j)};"]
                lines += [f"{pad}}}"]
            elif r < 0.6 and self.deep < self.most:
                lines += [f"{pad}if ({self.condition()}) {{"] + self.inner(pad + "    ")
                lines += ([f"{pad}}} else {{"] + self.inner(pad + "    ") if rnd.random() < 0.4 else []) + [f"{pad}}}"]
            elif r < 0.7:
                lines += [f"{pad}p[{pick(['i', 'y', 'x', v])} & 3] {pick(['=', '+=', '^='])} {self.value('i')};", f"{pad}{v} += p[{self.scalar()} & 3];"]
            elif r < 0.8:
                lines += [f"{pad}w[G] {pick(['=', '+='])} {self.value('i')};"]
            else:
                lines += [f"{pad}{v} {pick(['+=', '^=', '-=', '='])} {self.value('i')};"]
        return lines

    def fill(self, pad):
        lines = [f"{pad}{tile}[{pick(['T', 'T', 'x * Y + y'])}] = {pick(['', pick(self.sums) + ' + '])}in[{self.place()}];" for tile in self.tiles]
        if rnd.random() < 0.4:
            k = rnd.randrange(len(lines))
            lines[k] = f"{pad}if ({self.condition()})\n    {lines[k]}"
        return lines + [f"{pad}__syncthreads();"]

    def kernel(self, name):
        one = rnd.random() < 0.3  # a block with one row
        early = [f"    if ({self.condition()}) {{", "        out[G] = n;", "        return;", "    }"] if rnd.random() < 0.4 else []
        body = []
        if early and rnd.random() < 0.7:  # no barriers
            body = ["    const unsigned i = n;"] + early + self.inner("    ")
        else:
            body = [f"    for (unsigned i = 0; i < {pick(['n % 5', '3', '(n & 1) + 1'])}; i++) {{"] + self.fill("        ") + self.inner("        ")
            if rnd.random() < 0.3:
                body += ["        __syncthreads();"] + self.inner("        ")
            body += ["        __syncthreads();", "    }"]
            body += ["    {", "        const unsigned i = 7;"] + self.inner("        ") + ["    }"] if rnd.random() < 0.5 else []
        where = ["threadIdx.x", "threadIdx.y + blockDim.y * threadIdx.z", "blockDim.x", "blockDim.y * blockDim.z"]
        if one:
            where = ["threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z)", "0", "blockDim.x * blockDim.y * blockDim.z", "1"]
        return frame(name, LOCAL + [(v, f"const unsigned {v} = {text};") for v, text in zip("xyXY", where)] + DECLARED, FILL, body, PARTS)


LOCAL = [(v, f"__shared__ unsigned {v}[256];") for v in "stu"]
DECLARED = [("N", "const unsigned N = X * Y;"), ("T", "const unsigned T = y * X + x;"), ("G", "const unsigned G = blockIdx.x * N + T;"),
            ("w", "unsigned *w = out + 768;"), ("a", "unsigned a = x;"), ("b", "unsigned b = y + 3;"), ("c", "unsigned c = n;"),
            ("d", "unsigned d = T;"), ("p", "unsigned p[4] = {x, y, 2, n};")]
FILL = [("s", "s[T] = x;"), ("t", "t[T] = y;"), ("u", "u[T] = G;")]
PARTS = [("a", "a"), ("b", "(b * 3)"), ("c", "(c * 5)"), ("d", "(d * 7)"), ("p", "p[0] ^ p[1] ^ (p[2] << 3) ^ p[3]"), ("w", "w[G]")]
SHAPES = "{ 16, 16, 1 }, { 32, 8, 1 }, { 20, 9, 1 }, { 128, 1, 1 }, { 250, 1, 1 }, { 8, 4, 1 }, { 48, 5, 1 }, { 16, 4, 3 }"

if __name__ == "__main__":
    write(Maker, 6, "", f"#define OUTPUTS (768 * 2)\n#define WIDTHS 32\n#define SHAPES {SHAPES}\n")
