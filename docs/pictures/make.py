#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws the pictures of docs/compiler.md: `docs/pictures/make.py` writes the SVG files beside it. They follow a light or dark page."""
import os

STYLE = """<style>
svg { background: #ffffff; font-family: sans-serif; font-size: 13px }
.t { fill: #1d2733 } .c { fill: #1d2733; font-family: monospace; font-size: 12px } .s { fill: #5b6b7f; font-size: 11px }
.line { stroke: #5b6b7f; fill: none } .arrow { stroke: #2b5fa8; fill: none; stroke-width: 1.4 } .tip { fill: #2b5fa8 }
.off { fill: #eef2f7; stroke: #b4bfcb } .on { fill: #9cc3f5; stroke: #2b5fa8 } .two { fill: #f3cf83; stroke: #a8842b }
.three { fill: #a9dcae; stroke: #3c8a46 } .wall { stroke: #b23b3b; stroke-width: 2.5 } .frame { fill: none; stroke: #5b6b7f; stroke-dasharray: 4 3 }
@media (prefers-color-scheme: dark) {
svg { background: #11161d } .t, .c { fill: #dde5ee } .s { fill: #93a3b5 } .line, .frame { stroke: #93a3b5 } .arrow { stroke: #7fb2f5 } .tip { fill: #7fb2f5 }
.off { fill: #1b232d; stroke: #445262 } .on { fill: #24568f; stroke: #7fb2f5 } .two { fill: #6b5214; stroke: #e0b95c } .three { fill: #22592a; stroke: #74c27d }
.wall { stroke: #e07a7a } }
</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="tip" d="M0 0L8 4L0 8z"/></marker></defs>
"""


class Picture:
    def __init__(self, width, height, title):
        self.size, self.title, self.parts = (width, height), title, []

    def box(self, x, y, w, h, kind="off"):
        self.parts.append(f'<rect class="{kind}" x="{x}" y="{y}" width="{w}" height="{h}" rx="2"/>')

    def text(self, x, y, words, kind="t", anchor="start"):
        words = words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        self.parts.append(f'<text class="{kind}" x="{x}" y="{y}" text-anchor="{anchor}" xml:space="preserve">{words}</text>')

    def code(self, x, y, lines):
        for n, line in enumerate(lines):
            self.text(x, y + 17 * n, line, "c")

    def line(self, x1, y1, x2, y2, kind="line"):
        tip = ' marker-end="url(#tip)"' if kind == "arrow" else ""
        self.parts.append(f'<line class="{kind}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"{tip}/>')

    def cells(self, x, y, kinds, w=18, h=18, labels=None):
        for n, kind in enumerate(kinds):
            self.box(x + n * w, y, w - 2, h, kind)
            if labels:
                self.text(x + n * w + w / 2 - 1, y + h - 5, labels[n], "s", "middle")

    def write(self, name):
        w, h = self.size
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".svg"), "w", encoding="utf-8") as f:
            f.write(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" role="img">\n<!-- SPDX-License-Identifier: Apache-2.0 -->\n'
                    f"<title>{self.title}</title>\n{STYLE}" + "\n".join(self.parts) + "\n</svg>\n")


def split():
    p = Picture(760, 204, "A kernel is cut at its barrier; each part runs for all threads of the block")
    p.code(16, 40, ["tile[t] = in[i];", "v = f(t);", "__syncthreads();", "out[i] = tile[63 - t] + v;"])
    p.line(10, 80, 214, 80, "wall")
    p.line(228, 80, 262, 80, "arrow")
    p.text(280, 24, "region 0: for each thread t")
    p.text(280, 148, "region 1: for each thread t")
    for top, kind in ((32, "on"), (156, "three")):
        p.cells(280, top, [kind] * 16, 20, 24, [str(t) if t < 15 else "..." for t in range(16)])
        p.line(284, top + 33, 596, top + 33, "arrow")
    p.line(280, 92, 600, 92, "wall")
    p.text(612, 96, "all have come here", "s")
    p.text(280, 112, "v: computed anew from t where that is cheap, else kept for each thread", "s")
    p.text(280, 126, "what is the same in all threads is kept once", "s")
    p.write("split")


def masks():
    p = Picture(760, 236, "A divergent branch and a loop become straight code under masks")
    p.code(16, 40, ["if (x < 0)", "    a();", "else", "    b();", "while (n--)", "    c();"])
    p.text(250, 22, "lanes")
    rows = [("x < 0 ?", "11111111"), ("a()  mask m & c", "10100110"), ("b()  mask m & !c", "01011001"), ("c()  round 1", "11111111"),
            ("c()  round 2", "11011011"), ("c()  round 3", "01001000"), ("after: the exits' values meet", "11111111")]
    for n, (name, bits) in enumerate(rows):
        y = 30 + n * 28
        p.cells(250, y, ["on" if b == "1" else "off" for b in bits], 24, 20)
        p.text(456, y + 15, name)
    p.text(640, 73, "skipped when empty", "s")
    p.text(640, 171, "ends when empty", "s")
    p.write("masks")


def lanes():
    p = Picture(760, 150, "A row of 40 threads as two whole vectors and one under a mask")
    p.text(16, 24, "a row of the block, blockDim.x = 40")
    p.cells(16, 34, ["on"] * 16 + ["three"] * 16 + ["two"] * 8 + ["off"] * 8, 15, 22)
    for x, words in ((16, "16 lanes: plain loads and stores"), (256, "16 lanes"), (496, "8 of 16 lanes: masked")):
        p.line(x, 66, x + (228 if x < 496 else 228), 66)
        p.text(x, 84, words, "s")
    p.code(16, 114, ["NAME.region.lanes(t = 0, left = 16)      ... (t = 16, left = 16)         ... (t = 32, left = 8)"])
    p.text(16, 138, "strides become vector loads, what is the same for all stays one scalar, the rest are gathers", "s")
    p.write("lanes")


def warps():
    p = Picture(760, 190, "A shuffle of a whole warp is one permutation of a vector")
    p.text(16, 24, "v += __shfl_down_sync(~0u, v, 2)     (8 lanes drawn of 32)")
    p.cells(150, 40, ["on"] * 8, 56, 24, [f"v{n}" for n in range(8)])
    for n in range(8):
        source = n + 2 if n + 2 < 8 else n
        p.line(150 + source * 56 + 27, 66, 150 + n * 56 + 27, 104, "arrow")
    p.cells(150, 106, ["three"] * 6 + ["two"] * 2, 56, 24, [f"v{n + 2 if n < 6 else n}" for n in range(8)])
    p.text(16, 57, "the vector v")
    p.text(16, 123, "permuted")
    p.text(612, 123, "own value where no", "s")
    p.text(612, 137, "source is there", "s")
    p.text(16, 160, "votes are the mask's bits as one number, the same for all lanes: what follows them is a uniform branch", "s")
    p.text(16, 177, "no lane waits, so the kernel is cut at block barriers alone", "s")
    p.write("warps")


def rows():
    p = Picture(760, 226, "Four rows of a block in step: what they share is loaded once")
    p.code(16, 36, ["for j:", "  sum += left[y][j] * right[j][x]"])
    p.text(330, 24, "right[j][x .. x+15], loaded once for four rows")
    p.cells(330, 32, ["two"] * 16, 18, 22)
    for r in range(4):
        y = 92 + r * 30
        p.box(250, y, 44, 22, "on")
        p.text(272, y + 15, f"left[{r}][j]", "s", "middle")
        p.cells(330, y, ["three"] * 16, 18, 22)
        p.text(628, y + 15, f"sum {r}, a register")
        p.line(296, y + 11, 326, y + 11, "arrow")
    for x in (366, 474, 582):
        p.line(x, 56, x, 88, "arrow")
    p.text(16, 110, "four rows, y to y + 3,", "s")
    p.text(16, 125, "of 16 threads each", "s")
    p.write("rows")


for draw in (split, masks, lanes, warps, rows):
    draw()
