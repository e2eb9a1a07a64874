#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes random kernels for the vectoriser, and the program that compares them with the oracle: loops that lanes leave at
different rounds, goto, switch, return, neighbours' addresses that wrap, several types, private arrays, atomics.

usage: random_vectors.py SEED COUNT DIR [STATEMENTS]      writes DIR/random.cu, DIR/random.cc
"""
from random_source import FILL, INDICES, LOCAL, Source, frame, rnd, uses, write

# Private arrays of several kinds: name, declaration, elements that a thread reads and writes ({} is any index), what they hold in the end.
ARRAYS = {
    "longs": ("pl", "unsigned long long pl[6] = {T, n, 5, (unsigned long long)T << 40, 1, 2};", ["pl[({}) % 6u]"], "(unsigned)(pl[0] ^ pl[3] >> 32)"),
    "bytes": ("pb", "unsigned char pb[16] = {1, 2, 3, (unsigned char)T};", ["pb[({}) & 15]", "pb[4 + (({}) & 3)]"], "(unsigned)(pb[3] * 7 + pb[15])"),
    "shorts": ("ph", "short ph[8] = {-1, 2, -3, (short)T};", ["ph[({}) & 7]"], "(unsigned)(ph[1] + ph[7])"),
    "floats": ("pf", "float pf[5] = {1.0f, (float)(T & 63)};", ["pf[({}) % 5u]"], "(unsigned)(int)pf[1]"),
    "square": ("pq", "unsigned pq[3][4] = {{T, 1}, {2, n}};", ["pq[({}) % 3u][({}) & 3]", "pq[1][({}) & 3]", "pq[({}) % 3u][2]"], "(pq[0][1] ^ pq[2][3])"),
    "pairs": ("pp", "struct Pair { unsigned x; int y; } pp[5] = {{T, 1}, {2, 3}};", ["pp[({}) % 5u].x", "pp[({}) % 5u].y", "pp[3].y"],
              "(pp[1].x ^ (unsigned)pp[4].y)"),
    "mixed": ("pm", "struct Mixed { long long x; int y; unsigned char z; } pm[3] = {{T, 1, 2}, {3, 4, 5}};",
              ["pm[({}) % 3u].x", "pm[({}) % 3u].y", "pm[({}) % 3u].z"], "(unsigned)(pm[1].x + pm[2].z)"),
    "shown": ("pe", "unsigned pe[6] = {T, n, 3};", ["pe[({}) % 6u]"], "pe[2]"),
    "part": ("pu", "unsigned pu[9]; pu[2] = T; pu[3] = n; pu[4] = 7; pu[5] = 8;", ["pu[2 + (({}) & 3)]"], "pu[5]"),
    "large": ("pw", "unsigned pw[40]; for (unsigned k = 0; k < 40; k++) pw[k] = k * T;", ["pw[({}) % 40u]"], "(pw[39] ^ pw[7])"),
}


class Maker(Source):
    def __init__(self, least=4, most=18):
        super().__init__(least, most)
        self.ints = ["a", "b", "c"]
        self.barriers = rnd.random() < 0.4
        self.gray = rnd.random() < 0.25
        self.wide = rnd.choice([2, 2, 3, 4])
        self.kinds = rnd.sample(sorted(ARRAYS), rnd.randint(0, 3))
        self.counts = rnd.choice(["atomicAdd", "atomicAdd", "atomicMax", "atomicXor", "atomicOr", "atomicMin"])

    def element(self, depth):
        """one element of a private array"""
        kind = rnd.choice(self.kinds)
        place = rnd.choice(ARRAYS[kind][2])
        while "{}" in place:
            i = self.value(depth + 1) if rnd.random() < 0.5 else str(rnd.randint(0, 9))
            place = place.replace("{}", f"(unsigned)({i})", 1)
        return place

    def whole(self, pad):
        """what is done to more than one element, or with an address"""
        choices = [f"{self.element(1)} = 1;"]
        if "square" in self.kinds:
            choices += ["__builtin_memcpy(pq[2], p, 16);", "__builtin_memcpy(pq[0], pq[1], sizeof pq[0]);", "__builtin_memset(pq, 0, sizeof pq);"]
        if "pairs" in self.kinds:
            choices += [f"pp[(unsigned)({self.value(2)}) % 5u] = pp[2];", f"{{ Pair *w = pp; for (int k = 0; k < 4; k++, w++) w->x += {self.target()} + w[1].x; }}"]
        if "mixed" in self.kinds:
            choices += [f"pm[(unsigned)({self.value(2)}) % 3u] = pm[1];"]
        if "shown" in self.kinds:
            choices += [f"{self.target()} += touch(pe, {self.value(2)});"] * 2
        if "large" in self.kinds:
            choices += [f"for (unsigned k = 0; k < 40; k++) pw[k] {rnd.choice(['+=', '^='])} {rnd.choice(['k', 'T', self.target()])};",
                        f"for (unsigned k = T % 5u; k < 40; k += (T & 3) + 1) {self.target()} += pw[k];"]
        if "longs" in self.kinds:
            choices += [f"{{ unsigned long long *w = {self.condition()} ? pl : pl + 2; w[1] += w[{rnd.randint(0, 3)}]; }}"]
        return [pad + rnd.choice(choices)]

    def index(self, depth):
        """an index into in[], of every width and sign, near the thread's own or anywhere"""
        r = rnd.random()
        if r < 0.12:
            return self.part()
        r = rnd.random()
        if r < 0.25:
            return f"(G + {rnd.randint(0, 9)}) & 255"
        if r < 0.4:
            return f"(unsigned)(T * {rnd.choice([1, 1, 2, 3, 4])} + {rnd.randint(0, 40)}) % 256"
        if r < 0.5:
            return f"(T - {rnd.randint(0, 3)}u) % 256u"
        if r < 0.58:
            return f"128 + (int)(100 - threadIdx.x % 100)"
        if r < 0.66:
            return f"128 + (int)threadIdx.x % 128 - {rnd.randint(0, 50)}"
        if r < 0.72:
            return f"(blockIdx.x * {rnd.randint(1, 7)} + {rnd.randint(0, 99)}) & 255"
        if r < 0.78:
            return f"(unsigned char)({self.value(depth + 1)})"
        return f"({self.value(depth + 1)}) & 255"

    def part(self):
        """rows and columns of an index: the same for all lanes, or neighbours, while they stay in one row"""
        i = rnd.choice(["T", "G", "T", f"(T + {rnd.randint(0, 70)})", "threadIdx.x", "(G * 2)", "(T - 3)"])
        k = rnd.choice(["16", "32", "64", "20", "n", "(n & 63)", "(blockIdx.x + 17)", "blockDim.x", "33"])
        return rnd.choice([f"{i} & {rnd.choice([15, 31, 63, 7, 240, 224])}", f"({i} >> {rnd.randint(2, 6)}) & 255", f"({i} % {k}u) & 255".replace(")u", ")"),
                           f"({i} / {k} * 3 + {i} % {k}) & 255", f"(unsigned)(({i} & 31) * 4 + ({i} >> 5)) % 256",
                           f"({i} + {rnd.randint(0, 200)}) % 64", f"(2 * T - (T & (n - {rnd.randint(1, 6)}))) & 255",
                           f"({i} & ((1u << (n & {rnd.choice([3, 5, 7])})) - 1)) & 255", f"({i} & (blockIdx.x * 16 + 15)) & 255", f"({i} / {k}) & 127"]).replace("nu)", "n)").replace("xu)", "x)")

    def value(self, depth=0):
        r = rnd.random()
        if depth > self.deepest or r < 0.3:
            return rnd.choice(self.ints + ["T", "G", "n", str(rnd.randint(0, 40)), "blockIdx.x", "threadIdx.x"])
        if r < 0.42:
            return f"in[{self.index(depth)}]"
        if r < 0.47 and self.kinds and rnd.random() < 0.7:
            return f"(unsigned)(long long)({self.element(depth + 1)})"
        if r < 0.47:
            return f"p[({self.value(depth + 1)}) & 7]"
        if r < 0.5:
            return f"(unsigned)small[{self.index(depth)}]"
        if r < 0.54:
            return f"({self.condition(depth + 1)} ? {self.value(depth + 1)} : {self.value(depth + 1)})"
        if r < 0.58:
            return f"(unsigned)(float)(({self.value(depth + 1)}) & 4095)"
        if r < 0.61:
            return f"(unsigned)((long long)(int)({self.value(depth + 1)}) * {rnd.randint(-9, 9)} >> {rnd.randint(0, 20)})"
        if r < 0.64:
            return f"(unsigned)((double)(({self.value(depth + 1)}) & 65535) * 0.5)"
        if r < 0.67:
            return f"(unsigned)(short)({self.value(depth + 1)})"
        if r < 0.7:
            return f"(unsigned)((int)({self.value(depth + 1)}) {rnd.choice('/%')} (int)((({self.value(depth + 1)}) & 15) + 1))"
        if r < 0.73:
            return f"(({self.value(depth + 1)}) {rnd.choice('/%')} ((({self.value(depth + 1)}) & 31) + 1u))"
        if r < 0.76:
            kind, more = rnd.choice([("int", ""), ("unsigned", "u")])
            return f"(unsigned)__dp4a(({kind})({self.value(depth + 1)}), ({kind})({self.value(depth + 1)}), {rnd.randint(0, 99)}{more})"
        op = rnd.choice(["+", "-", "*", "^", "&", "|", "+", "^", ">>", "<<"])
        if op in (">>", "<<"):
            return f"(({self.value(depth + 1)}) {op} (({self.value(depth + 1)}) & 15))"
        return f"(({self.value(depth + 1)}) {op} ({self.value(depth + 1)}))"

    def condition(self, depth=0):
        r = rnd.random()
        if r < 0.5:
            return f"((({self.value(depth)}) & {rnd.choice([1, 3, 7, 15])}) {rnd.choice(['<', '==', '!=', '>'])} {rnd.randint(0, 4)})"
        if r < 0.7:
            return f"((int)({self.value(depth)}) {rnd.choice(['<', '>', '<='])} (int)({self.value(depth)}))"
        if r < 0.85:
            return f"((blockIdx.x + n) & {rnd.choice([1, 2, 3])})"
        return f"(T {rnd.choice(['<', '>', '==', '>='])} {rnd.randint(0, 40)})"

    def walk(self, pad, i):
        """neighbouring lanes at neighbouring places, each its own number of rounds"""
        self.ints.append(i)
        body = self.block(pad + "    ", True, 3)
        while i in self.ints:
            self.ints.remove(i)
        return [f"{pad}for ({rnd.choice(['int', 'unsigned'])} {i} = T; {i} < 256; {i} += {rnd.choice(['blockDim.x', 'N', '7'])}) {{",
                f"{pad}    {self.target()} += in[{i}];"] + body + [f"{pad}}}"]

    def loop(self, pad, depth):
        i = self.fresh("i")
        r = rnd.random()
        if r < 0.3:
            lines = [f"{pad}for (unsigned {i} = 0; {i} < (({self.value()}) & 7); {i}++) {{"]
        elif r < 0.5:
            lines = [f"{pad}for (unsigned {i} = T; {i} < n + {rnd.randint(0, 200)}u; {i} += blockDim.x * {rnd.randint(1, 2)} + 1) {{"]
        elif r < 0.65:
            lines = [f"{pad}for (int {i} = 0; {i} < (int)(n & 15); {i}++) {{"]
        elif r < 0.7:
            return self.walk(pad, i)
        elif r < 0.8:
            lines = [f"{pad}for (unsigned {i} = {self.value()}, g{i} = 0; ({i} & 15) != 3 && g{i} < 20; {i} = {i} * 5 + 1, g{i}++) {{"]
        else:
            lines = [f"{pad}for (long long {i} = (int)T; {i} > -3; {i} -= {rnd.randint(3, 30)}) {{"]
        self.ints += [i, i]
        body = self.block(pad + "    ", True, depth + 1)
        lines += body
        while i in self.ints:
            self.ints.remove(i)
        return lines + [f"{pad}}}"]

    def fields(self, pad):
        """several elements at a constant distance from lane to lane, as of neighbouring structures"""
        k, i = rnd.choice([2, 2, 3, 4, 4, 5, 6, 8, 16, 17, 20]), self.fresh("f")
        bits = rnd.choice(["in", "in", "in", "small", "halves", "longs"])
        room = {"in": 256, "small": 1024, "halves": 512, "longs": 128}[bits]
        kind = rnd.choice(["unsigned", "int", "long long", "size_t"])
        start = rnd.choice(["T", "T", "T + 1", "T - 2", "G", "threadIdx.x", "(unsigned)(n - T)", "(a & 15)", "(in[T & 255] & 31)", "(T % 20)", "(T >> 2)"])
        lines = [f"{pad}const {kind} {i} = ({kind})({start}) * {k};"]
        places = rnd.sample(range(-1, min(k, 8) + 1), rnd.randint(1, min(k, 5)))
        loads = [f"(unsigned){bits}[{i} + {at}]" for at in places]
        return lines + [f"{pad}if ({i} >= 1 && {i} < {room - k - 1}) {{", f"{pad}    {self.target()} += {' ^ '.join(loads)};",
                        f"{pad}    {self.target()} ^= {loads[0]} * 7;", f"{pad}}}"]

    def put_fields(self, pad):
        k = self.wide
        places = rnd.sample(range(k), k if rnd.random() < 0.8 else rnd.randint(1, k))
        lines = [f"{pad}wide[G * {k} + {at}] {rnd.choice(['=', '=', '+='])} {self.value(2)};" for at in places]
        if self.gray: # a place of each thread's own, without a step from lane to lane
            lines = [x.replace("wide[G", "wide[Q") for x in lines]
            return [f"{pad}if (Q < {768 * 2 // k}) {{"] + ["    " + x for x in lines] + [f"{pad}}}"]
        return [f"{pad}if (G < {768 * 2 // k}) {{"] + ["    " + x for x in lines] + [f"{pad}}}"] if k != 2 or rnd.random() < 0.7 else [
            f"{pad}{{ unsigned w0 = {self.value(2)}, w1 = {self.value(2)};", f"{pad}wide[G * 2] = w0;", f"{pad}wide[G * 2 + 1] = w1; }}"]

    def count(self, pad):
        place = rnd.choice([f"({self.value(1)}) & 15", f"{rnd.randint(0, 15)}", "T & 15", "blockIdx.x & 15"])
        value = rnd.choice(["1u", "2u", self.value(1)])
        return [f"{pad}{self.counts}(&h[{place}], {value});"]

    def statement(self, pad, loop=False, depth=0):
        r = rnd.random()
        v = self.target()
        if r < 0.03:
            return self.count(pad)
        if r < 0.08:
            return self.fields(pad)
        if r < 0.11:
            return self.put_fields(pad)
        r = rnd.random()
        if r < 0.05:
            j = self.fresh("j")
            kind, start = rnd.choice([("int", "(int)T - 3"), ("unsigned", "T - 2"), ("unsigned", "100 - T"), ("int", "20 - (int)threadIdx.x"),
                                      ("long long", "(int)(G - 5)"), ("unsigned", "G + n")] + [("unsigned", i) for i in self.ints])
            return [f"{pad}{kind} {j} = {start};", f"{pad}if ((unsigned){j} < 256 && {j} >= 0)", f"{pad}    {v} {rnd.choice(['+=', '^='])} in[{j}];"]
        if r < 0.22 and depth < 4:
            return self.branch(pad, self.condition(), lambda inner: self.block(inner, loop, depth + 1))
        if r < 0.42 and depth < 3:
            return self.loop(pad, depth)
        if r < 0.5 and loop:
            return self.leave_loop(pad, self.condition())
        if r < 0.54 and not self.barriers:
            return self.leave(pad)
        if r < 0.6:
            return [f"{pad}switch (({self.value()}) & 7) {{", f"{pad}case 0: {v} += 5; break;", f"{pad}case 2: {v} ^= {self.value()};",
                    f"{pad}case 3: {self.target()} = {self.value()}; break;", f"{pad}case 6: {v} -= in[{self.index(0)}]; break;",
                    f"{pad}default: {self.target()} += 1;", f"{pad}}}"]
        if r < 0.64 and not loop and not self.barriers:
            name = self.fresh("l")
            lines = [f"{pad}{{ unsigned again = 0;", f"{pad}{name}:", f"{pad}if (again++ < (({self.value()}) & 3)) {{"]
            lines += self.block(pad + "    ", False, depth + 3)
            lines += [f"{pad}    if ({self.condition()}) goto {name};", f"{pad}    {v} ^= 9;"]
            return lines + [f"{pad}    goto {name};" if rnd.random() < 0.5 else f"{pad}    {v} += 1;", f"{pad}}} }}"]
        if r < 0.72 and self.kinds and rnd.random() < 0.7:
            if rnd.random() < 0.4:
                return self.whole(pad)
            place = self.element(1)
            value = f"(float)(({self.value()}) & 255)" if place.startswith("pf[") else self.value()
            return [f"{pad}{place} = {value};"]
        if r < 0.72:
            return self.assign(pad, f"p[({self.value()}) & 7]")
        if r < 0.78:
            return self.assign(pad, f"tmp[G * 2 + {rnd.randint(0, 1)}]")
        if r < 0.81:
            return self.add_to_sums(pad)
        return self.change(pad)

    def shown(self, body):
        """what the arrays hold in the end"""
        return [f"    c ^= {end};" for array, _, _, end in (ARRAYS[k] for k in self.kinds) if uses(body, array)]

    def kernel(self, name):
        body = []
        while self.budget > 0:
            body += self.block("    ")
            if self.barriers:
                k = rnd.randint(1, 60)
                body += ["    s[T] = a;", "    __syncthreads();", f"    b ^= s[(T + {k}) % N];", "    __syncthreads();"]
        end = ["    __syncthreads();", "    out[G] += h[T & 15];"] if any("&h[" in line for line in body) else []
        body += self.shown("\n".join(body))
        return frame(name, LOCAL + [("h", "__shared__ unsigned h[16];")] + INDICES + DECLARED, FILL + [("h", "if (T < 16) h[T] = T;")], body, PARTS, end)


DECLARED = [("Q", "const unsigned Q = G ^ G >> 1;"), ("small", "const unsigned char *small = (const unsigned char *)in;"),
            ("halves", "const unsigned short *halves = (const unsigned short *)in;"),
            ("longs", "const unsigned long long *longs = (const unsigned long long *)in;"), ("tmp", "unsigned *tmp = out + 768;"),
            ("sums", "unsigned *sums = out + 768 * 3;"), ("wide", "unsigned *wide = out + 768 * 3 + 4;"), ("a", "unsigned a = in[G & 255];"),
            ("b", "unsigned b = T * 3;"), ("c", "unsigned c = n;"), ("p", "unsigned p[8] = {T, 1, 2, 3, n};")] + [(a, text) for a, text, _, _ in ARRAYS.values()]
PARTS = [("a", "a"), ("b", "(b * 3)"), ("c", "(c * 5)"), ("p", "p[0] ^ p[1] ^ (p[2] << 3) ^ p[3] ^ (p[7] * 11)"), ("tmp", "tmp[G * 2]")]

# A function that stays one where it is called with an array's address.
HEAD = "__device__ __noinline__ unsigned touch(unsigned *q, unsigned i)\n{\n    q[i % 6u] ^= i;\n    return q[(i >> 3) % 6u];\n}\n\n"

if __name__ == "__main__":
    write(Maker, 18, HEAD, "#define OUTPUTS (768 * 3 + 4 + 768 * 2)\n#define WIDTHS 32\n#define __noinline__\n", '''static int __dp4a(int a, int b, int c)
{
    for (int k = 0; k < 32; k += 8)
        c += (signed char)(a >> k) * (signed char)(b >> k);
    return c;
}
static unsigned __dp4a(unsigned a, unsigned b, unsigned c)
{
    for (int k = 0; k < 32; k += 8)
        c += (a >> k & 255) * (b >> k & 255);
    return c;
}
static void atomicAdd(unsigned *p, unsigned v) { *p += v; }
static void atomicXor(unsigned *p, unsigned v) { *p ^= v; }
static void atomicOr(unsigned *p, unsigned v) { *p |= v; }
static void atomicMax(unsigned *p, unsigned v) { *p = *p > v ? *p : v; }
static void atomicMin(unsigned *p, unsigned v) { *p = *p < v ? *p : v; }
''')
