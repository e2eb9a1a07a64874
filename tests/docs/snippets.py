#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compiles the C code of the documents and runs what is a whole program; see README.md."""
import os
import re
import subprocess
import sys
import tempfile

build = os.path.abspath(os.environ.get("TENON_BUILD", "build"))
compiler = os.environ.get("CC", "cc").split()
LIBRARIES = {"tenon/kernels/": "-ltenon-kernels", "tenon/compile.h": "-ltenon-compile"}
BLOCK = re.compile(r"(?:<!-- given: (?P<given>[^>]*?) -->\n+)?^```(?P<kind>c|cuda)\n(?P<code>.*?)^```$", re.M | re.S)
FILE = re.compile(r"/\* (\S+\.(?:c|cu|h)) \*/\n")
USED = ["-std=c11", "-Wall", "-Wextra", "-Werror"]
GIVEN = ["-Wno-unused", "-Wno-maybe-uninitialized", "-Wno-uninitialized"]     # fragments use little of what they name


def run(where, command, folder, **more):
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **more)
    if done.returncode:
        print("%s: %s\n%s" % (where, " ".join(command), done.stdout))
    return done.returncode == 0, done.stdout


def libraries(code):
    return [flag for header, flag in LIBRARIES.items() if header in code] + ["-ltenon"]


def flags():
    return ["-Iinclude", "-I" + os.path.join(build, "include")]


def whole_program(given, code):
    """A fragment inside a function, behind its includes and what it takes for granted."""
    lines = code.splitlines()
    includes = [line for line in lines if line.startswith("#include")]
    rest = [line for line in lines if not line.startswith("#include")]
    return "\n".join(["#include <stdio.h>", "#include <string.h>", "#include <tenon/tenon.h>", "#include <tenon/compile.h>"] +
                     includes + ["int snippet(void);", "int snippet(void)", "{", given or ""] + rest + ["return 0;", "}", ""])


def check_block(where, match, number, folder, root):
    code, kind = match["code"], match["kind"]
    named = FILE.match(code)
    name = named[1] if named else "block%d.%s" % (number, "cu" if kind == "cuda" else "c")
    program = "int main(" in code
    if kind == "c" and not program and not named:
        code = whole_program(match["given"], code)
    with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
        f.write(code)
    stem = os.path.join(folder, os.path.splitext(name)[0])
    source = os.path.join(folder, name)
    if kind == "cuda":
        return run(where, [os.path.join(build, "bin/tenoncc"), "--bundle", source, "-o", stem + ".tnb"], root)[0]
    if not program:
        return run(where, compiler + USED + GIVEN + flags() + ["-c", source, "-o", stem + ".o"], root)[0]
    library = os.path.join(build, "lib")
    good, _ = run(where, compiler + USED + flags() + [source, "-o", stem, "-L" + library, "-Wl,-rpath," + library] +
                  libraries(code), root)
    # Where a page shows what the program prints, it prints that.
    shown = re.match(r"\n+(?:prints\n+|It prints:?\n+)?```text\n(.*?)^```$", match.string[match.end():], re.M | re.S)
    if good:
        good, output = run(where, [stem], folder, env={**os.environ, "TENON_SIM": "a100"}, timeout=60)
        if good and shown and output != shown[1]:
            print("%s: prints\n%snot\n%s" % (where, output, shown[1]))
            good = False
    return good


def check_page(page, root):
    with open(page, encoding="utf-8") as f:
        text = f.read()
    total = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        blocks = list(BLOCK.finditer(text))
        for number, match in sorted(enumerate(blocks), key=lambda b: b[1]["kind"] == "c"):     # bundles first
            where = "%s:%d" % (page, text.count("\n", 0, match.start("code")) + 1)
            total += 1
            failed += not check_block(where, match, number, folder, root)
    return total, failed


def main():
    pages = []
    for folder, folders, names in os.walk("."):
        folders[:] = [f for f in folders if not f.startswith((".", "build"))]
        pages += [os.path.join(folder, name) for name in names if name.endswith(".md")]
    total = failed = 0
    for page in sorted(pages):
        more, bad = check_page(page, os.getcwd())
        total, failed = total + more, failed + bad
    print("%d blocks, %d failed" % (total, failed))
    sys.exit(1 if failed or not total else 0)


if __name__ == "__main__":
    main()
