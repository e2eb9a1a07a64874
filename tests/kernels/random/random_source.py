# SPDX-License-Identifier: Apache-2.0
"""What the makers of random kernels share: where chance comes from, the statements that all of them have, and the frame of a kernel,
which declares only what the kernel uses, so that small kernels are small for the compiler too."""
import random
import re
import sys

rnd = random.Random()   # a kernel depends on its seed alone


class Source:
    """a kernel is written statement by statement until the budget is spent"""
    variables = "abc"

    def __init__(self, least, most):
        self.budget = rnd.randint(least, most)
        self.names = 0
        self.deepest = rnd.choice([0, 1, 1, 2, 3])   # of expressions in expressions

    def fresh(self, letter):
        self.names += 1
        return f"{letter}{self.names}"

    def target(self):
        return rnd.choice(self.variables)

    def block(self, pad, *where):
        lines = []
        for _ in range(rnd.randint(1, 4)):
            self.budget -= 1
            if self.budget < 0:
                break
            lines += self.statement(pad, *where)
        return lines or [f"{pad}{self.target()} += {self.value()};"]

    def body(self, *where):
        lines = []
        while self.budget > 0:
            lines += self.block("    ", *where)
        return lines

    def branch(self, pad, condition, block):
        """an if, with an else half of the time; `block` writes either side"""
        lines = [f"{pad}if ({condition}) {{"] + block(pad + "    ")
        if rnd.random() < 0.5:
            lines += [f"{pad}}} else {{"] + block(pad + "    ")
        return lines + [f"{pad}}}"]

    def leave_loop(self, pad, condition):
        return [f"{pad}if ({condition})", f"{pad}    {rnd.choice(['break', 'continue'])};"]

    def leave(self, pad):
        return [f"{pad}if ({self.condition()} && {self.condition()}) {{", f"{pad}    out[G] = {self.value()};", f"{pad}    return;", f"{pad}}}"]

    def assign(self, pad, place, operations=("=", "+=", "^=")):
        return [f"{pad}{place} {rnd.choice(operations)} {self.value()};"]

    def change(self, pad):
        return self.assign(pad, self.target(), ("=", "+=", "^=", "-="))

    def add_to_sums(self, pad):
        place = rnd.choice(["blockIdx.x & 3", f"({self.value()}) & 3"])
        return [f"{pad}atomicAdd(&sums[{place}], {self.value()});"]


INDICES = [("N", "const unsigned N = blockDim.x * blockDim.y * blockDim.z;"),
           ("T", "const unsigned T = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);"),
           ("G", "const unsigned G = blockIdx.x * N + T;"), ("lane", "const unsigned lane = T % warpSize;")]
LOCAL = [("s", "__shared__ unsigned s[256];")]
FILL = [("s", "s[T] = T;")]


def uses(text, name):
    return re.search(rf"\b{name}\b", text) is not None


def frame(name, declared, filled, body, parts, end=()):
    """A kernel around `body`. `declared`: (name, declaration) in order, kept if something later uses the name; `filled`: the same for
    what writes local memory first, with a barrier behind it; `parts`: (name, term) of what out[G] gets; `end`: lines after that."""
    text = "\n".join(body) + "\n" + "\n".join(end)
    terms = [term for used, term in parts if uses(text, used)] or [parts[0][1]]
    tail = [f"    out[G] = {' ^ '.join(terms)};"] + list(end)
    text += tail[0]
    first = ["    " + line for used, line in filled if uses(text, used)]
    first += ["    __syncthreads();"] if first else []
    text += "\n".join(first)
    head = []
    for used, line in reversed(declared):
        if uses(text, used):
            head.insert(0, "    " + line)
            text += line
    return "\n".join([f'extern "C" __global__ void {name}(const unsigned *in, unsigned *out, unsigned n)', "{"] + head + first + body + tail + ["}", ""])


def write(maker, most, head="", defines="", functions=""):
    """the program of a maker: SEED COUNT DIR [STATEMENTS]"""
    seed, count, out = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    most = int(sys.argv[4]) if len(sys.argv) > 4 else most
    rnd.seed(seed)
    with open(f"{out}/random.cu", "w") as f:
        f.write(head + "\n".join(maker(most=most).kernel(f"k{i}") for i in range(count)))
    table = ", ".join(f"{{ \"k{i}\", k{i} }}" for i in range(count))
    with open(f"{out}/random.cc", "w") as f:
        f.write(f'''#define ORACLE 1
{defines}#include "tests/kernels/random/oracle.h"
{functions}#include "random.cu"
static const struct {{ const char *name; Kernel *kernel; }} table[] = {{ {table} }};
#include "tests/kernels/random/compare.h"
''')
