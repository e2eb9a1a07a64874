#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a kernel that goes wrong smaller while it goes wrong in the same way: takes out statements, and puts simple values in place
of expressions. Barriers and what is written for other threads stay or go together, so that no race is made.

usage: campaign_reduce.py CAMPAIGN RESOURCES KERNEL.cu SMALL.cu SEED --way=N [SECONDS]
"""
import re
import subprocess
import sys
import time

campaign, resources, source, out, seed, how = sys.argv[1:7]
end = time.time() + (float(sys.argv[7]) if len(sys.argv) > 7 else 300)


def outcome(lines):
    """1 differs, 3 or a signal: the compiler fails; 0 agrees"""
    with open(out + ".try.cu", "w") as f:
        f.write("\n".join(lines) + "\n")
    try:
        return subprocess.run([campaign, f"--resources={resources}", f"--check={out}.try.cu", how, seed], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, timeout=60).returncode
    except subprocess.TimeoutExpired:
        return "timeout"


def pieces(lines):
    """(first, last) of what may go as a whole: statements, blocks with their braces, exchanges between barriers"""
    found = []
    for i, line in enumerate(lines):
        text = line.strip()
        if text.endswith("{") and not text.startswith("}") and i > 2:
            depth, j = 0, i
            while j < len(lines):
                depth += lines[j].count("{") - lines[j].count("}")
                if depth <= 0:
                    break
                j += 1
            found.append((i, j))
        elif text.startswith("s[T] =") and i + 3 < len(lines) and "__syncthreads();" in lines[i + 1] and "__syncthreads();" in lines[i + 3]:
            found.append((i, i + 3))
        elif re.match(r"if \(.*\)$", text):
            found.append((i, i + 1))
        elif text.endswith(";") and "__syncthreads" not in text and not re.match(r"(const|unsigned|__shared__|s\[|r\[|out\[G\])", text):
            found.append((i, i))
    return sorted(found, key=lambda p: p[0] - p[1])


def simpler(line):
    """the line with one bracketed expression replaced"""
    for match in re.finditer(r"\(", line):
        depth, j = 0, match.start()
        while j < len(line):
            depth += (line[j] == "(") - (line[j] == ")")
            if not depth:
                break
            j += 1
        inner = line[match.start():j + 1]
        before = line[:match.start()]
        if len(inner) > 4 and not re.search(r"(\w|for |switch |if )$", before) and "[" not in before[-1:]:
            for value in "1", "T":
                yield before + value + line[j + 1:]


def main():
    with open(source) as f:
        lines = [line for line in f.read().split("\n") if line.strip()]
    wanted = outcome(lines)
    if wanted == 0:
        print("it does not go wrong", file=sys.stderr)
        return 1
    changed = True
    while changed and time.time() < end:
        changed = False
        for first, last in pieces(lines):
            shorter = lines[:first] + lines[last + 1:]
            if time.time() < end and outcome(shorter) == wanted:
                lines, changed = shorter, True
                break
        if changed:
            continue
        for i, line in enumerate(lines):
            for text in simpler(line) if i > 9 else ():
                if time.time() < end and outcome(lines[:i] + [text] + lines[i + 1:]) == wanted:
                    lines[i], changed = text, True
                    break
    with open(out, "w") as f:
        f.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
