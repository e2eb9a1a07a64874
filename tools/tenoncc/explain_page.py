#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes an HTML page of what tenoncc's vectoriser chose: the source with each line in the colour of how its threads run.

    tenoncc --explain-vector --json k.cu -o k.tnb > k.json
    tools/tenoncc/explain_page.py k.json > k.html
"""
import html
import json
import os
import sys

STYLE = """body { font: 14px sans-serif; margin: 2em; } table { border-collapse: collapse; margin-bottom: 2em; }
td { padding: 0 .8em; font: 13px monospace; white-space: pre; vertical-align: top; } td.n { color: #888; text-align: right; }
.once { background: #d3ecd3; } .loop { background: #dde6f6; } .one { background: #f6dcd6; } .note { color: #444; white-space: normal; }"""
CLASSES = {"at once": "once", "loop": "loop", "one by one": "one"}
LEGEND = (("once", "several threads at once"), ("loop", "a loop over the threads, which LLVM may vectorise"),
          ("one", "threads one by one"))


def describe(region):
    text = f"region {region['region']}: "
    text += f"{region['lanes']} threads at once" if region["mode"] == "at once" else region["why"]
    if "cost_at_once" in region:
        text += f" (cost {region['cost_one_by_one']:.0f} one by one, {region['cost_at_once']:.0f} at once)"
    return text


def kernel_table(kernel, lines):
    regions = [r for r in kernel["regions"] if r["first_line"]]
    first = min([kernel["line"]] + [r["first_line"] for r in regions])
    last = max([kernel["line"]] + [r["last_line"] for r in regions])
    width = f", warps of {kernel['width']}" if kernel["width"] else ""
    yield f"<h2>{html.escape(kernel['display'] + width)}</h2><table>"
    for number in range(first, last + 1):
        here = [r for r in regions if r["first_line"] <= number <= r["last_line"]]
        narrow = min(here, key=lambda r: r["last_line"] - r["first_line"], default=None)
        colour = CLASSES[narrow["mode"]] if narrow else ""
        notes = "<br>".join(html.escape(describe(r)) for r in regions if r["first_line"] == number)
        text = html.escape(lines[number - 1]) if number <= len(lines) else ""
        yield f'<tr><td class="n">{number}</td><td class="{colour}">{text}</td><td class="note">{notes}</td></tr>'
    yield "</table>"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as f:
        kernels = json.load(f)
    sources = {}
    print(f'<!doctype html><meta charset="utf-8"><title>tenoncc</title><style>{STYLE}</style>')
    print("<p>" + " ".join(f'<span class="{c}">&nbsp;{t}&nbsp;</span>' for c, t in LEGEND) + "</p>")
    for kernel in kernels:
        path = kernel["file"]
        if path not in sources:
            sources[path] = []
            if os.path.exists(path):
                with open(path, encoding="utf-8", errors="replace") as f:
                    sources[path] = f.read().split("\n")
        print("\n".join(kernel_table(kernel, sources[path])))


if __name__ == "__main__":
    main()
