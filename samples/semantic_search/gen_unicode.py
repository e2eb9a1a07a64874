#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes unicode_table.h: what the BERT normaliser needs of Unicode, from Python's unicodedata.

    python3 gen_unicode.py > unicode_table.h

Classes come as sorted ranges. Folding (canonical decomposition, combining marks dropped, lower case, one code point at
a time as the fast BERT tokenizer does it) comes as runs: `step` 1 or 2, and the distance from a code point to its
image, for the many letters that fold to one other letter; the few that fold to several stand in a table of their own.
Hangul syllables decompose by arithmetic and stand in no table.
"""
import sys
import unicodedata as ud

LIMIT = 0x110000
WHITE = {0x20, 0x09, 0x0A, 0x0D, 0x2028, 0x2029}


def white(c):
    return c in WHITE or ud.category(chr(c)) == "Zs"


def dropped(c):
    """Control, format, private and surrogate code points; NUL and the replacement sign; combining marks."""
    if c in (0x09, 0x0A, 0x0D):
        return False
    k = ud.category(chr(c))
    return c in (0, 0xFFFD) or k in ("Cc", "Cf", "Co", "Cs", "Mn")


def punctuation(c):
    if 33 <= c <= 47 or 58 <= c <= 64 or 91 <= c <= 96 or 123 <= c <= 126:
        return True
    return ud.category(chr(c))[0] == "P"


def hangul(c):
    return 0xAC00 <= c < 0xAC00 + 11172


def fold(c):
    s = [x for x in ud.normalize("NFD", chr(c)) if ud.category(x) != "Mn"]
    return [ord(y) for x in s for y in x.lower()]


def ranges(test):
    out, start = [], None
    for c in range(LIMIT + 1):
        hit = c < LIMIT and test(c)
        if hit and start is None:
            start = c
        elif not hit and start is not None:
            out.append((start, c - 1))
            start = None
    return out


def runs(pairs):
    """Joins (code point, image) pairs with one distance and one step into (first, last, step, distance)."""
    out = []
    for c, image in pairs:
        d = image - c
        if out and out[-1][3] == d:
            first, last, step, _ = out[-1]
            gap = c - last
            if gap <= 2 and (first == last or step == gap):
                out[-1] = (first, c, gap, d)
                continue
        out.append((c, c, 1, d))
    return out


def table(name, rows, form):
    print(f"static const struct {form[0]} {name}[] = {{")
    line = "   "
    for r in rows:
        cell = " {" + ", ".join(f"0x{v:x}" if i in form[1] else str(v) for i, v in enumerate(r)) + "},"
        if len(line) + len(cell) > 118:
            print(line)
            line = "   "
        line += cell
    print(line)
    print("};\n")


def main():
    one, many = [], []
    for c in range(LIMIT):
        if white(c) or dropped(c) or hangul(c) or 0xD800 <= c < 0xE000:
            continue
        f = fold(c)
        if f == [c]:
            continue
        if len(f) == 1:
            one.append((c, f[0]))
        else:
            if not f or len(f) > 3:
                sys.exit(f"U+{c:04X} folds to {len(f)} code points: widen the table")
            many.append((c, *(f + [0, 0])[:3]))
    print("/* SPDX-License-Identifier: Apache-2.0 */")
    print("/*")
    print(" * What the BERT normaliser needs of Unicode: ranges that it drops, takes as space or as punctuation, and")
    print(" * how letters fold. Included by wordpiece.c alone.")
    print(f" * Written by gen_unicode.py from Unicode {ud.unidata_version}; do not edit.")
    print(" */")
    print("/* clang-format off */\n#pragma once\n\n#include <stdint.h>\n")
    print("struct cp_range {\n    uint32_t first, last;\n};\n")
    print("/* Every step-th code point of first..last folds to itself plus distance. */")
    print("struct cp_run {\n    uint32_t first, last, step;\n    int32_t distance;\n};\n")
    print("/* One code point that folds to two or three; an unused place is 0. */")
    print("struct cp_fold {\n    uint32_t from, to[3];\n};\n")
    table("cp_dropped", ranges(dropped), ("cp_range", {0, 1}))
    table("cp_space", ranges(white), ("cp_range", {0, 1}))
    table("cp_punctuation", ranges(punctuation), ("cp_range", {0, 1}))
    table("cp_runs", runs(one), ("cp_run", {0, 1}))
    print("static const struct cp_fold cp_folds[] = {")
    line = "   "
    for r in many:
        cell = f" {{0x{r[0]:x}, {{0x{r[1]:x}, 0x{r[2]:x}, 0x{r[3]:x}}}}},"
        if len(line) + len(cell) > 118:
            print(line)
            line = "   "
        line += cell
    print(line)
    print("};")


main()
