#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the kernels of a range of seeds, k<SEED> each; a kernel depends on its seed alone. Those that use warp operations have a
file of their own, since they are compiled once for each width.

usage: campaign_maker.py FIRST COUNT DIR      writes DIR/plain.cu, DIR/warps.cu
"""
import random
import sys

import random_kernels
import random_vectors
import random_warps

WORDS = "_sync(", "ballot_count(", "vote(", "present(", "tickets(", "__syncwarp("   # what uses warps
WARPS = 10**9   # seeds from here on are random_warps.py's


def kernel(seed):
    for module in random_kernels, random_vectors, random_warps:
        module.rnd.seed(seed)
    # Small kernels find most and cost little; some are as large as the random tests' own.
    size = random.Random(seed).random()
    least, most = (1, 4) if size < 0.75 else (4, 9) if size < 0.95 else (9, 26)
    module = random_warps if seed >= WARPS else random_vectors if seed & 1 else random_kernels
    return module.Maker(least, most).kernel(f"k{seed}")


if __name__ == "__main__":
    first, count, out = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    made = [kernel(s) for s in range(first, first + count)]
    for name, wanted in ("plain", False), ("warps", True):
        with open(f"{out}/{name}.cu", "w") as f:
            f.write(random_kernels.HEAD + random_warps.HEAD)
            f.write("\n".join(k for k in made if any(word in k for word in WORDS) == wanted))
